#include <gtest/gtest.h>

#include "format/json_schema/difference.h"

namespace braid::format::json_schema {
namespace {

std::string refusal(std::string_view text) {
  auto schema = parse(text);
  return schema ? "accepted" : schema.error().message;
}
std::string changes(std::string_view original, std::string_view update, bool lenient = false) {
  const auto o = parse(original), u = parse(update);
  if (!o || !u) return "not a schema";
  std::string out;
  for (const auto& d : incompatible_changes(**o, **u, lenient)) out += d.kind + " " + d.path + ";";
  return out;
}

TEST(JsonSchema, CanonicalKeepsKeysAndDigits) {
  const auto schema = parse(R"({ "type" : "number", "multipleOf" : 1.50, "maximum": 1e3, "x": null })");
  ASSERT_TRUE(schema);
  EXPECT_EQ(canonical_text(**schema), R"({"type":"number","multipleOf":1.50,"maximum":1E+3,"x":null})");
  EXPECT_EQ(normalised_text(**schema), R"({"maximum":1E+3,"multipleOf":1.50,"type":"number","x":null})");
}

TEST(JsonSchema, RefusesWhatIsNoSchemaNamingThePlace) {
  EXPECT_EQ(refusal("true"), "accepted");
  EXPECT_EQ(refusal("[1]"), "a JSON Schema is an object or a boolean, got an array");
  EXPECT_EQ(refusal(R"({"type":"text"})"), "#/type: unknown type: [text]");
  EXPECT_EQ(refusal(R"({"properties":{"a":3}})"), "#/properties/a: expected type: Boolean or Object, found: a number");
  EXPECT_EQ(refusal(R"({"properties":{"a":{"minLength":"x"}}})"), "#/properties/a/minLength: expected a whole number of 0 or more, found: \"x\"");
  EXPECT_EQ(refusal(R"({"pattern":"("})").substr(0, 10), "#/pattern:");
  EXPECT_EQ(refusal(R"({"$ref":"#/definitions/a"})"), "#: \"$ref\": \"#/definitions/a\" leads nowhere");
  EXPECT_EQ(refusal(R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#"}}})"), "accepted");
}

TEST(JsonSchema, ReferencesAreFoundByNameAndByUri) {
  const std::vector<Reference> references{{"address.json", R"({"definitions":{"zip":{"type":"string"}}})"}};
  EXPECT_TRUE(parse(R"({"$ref":"address.json#/definitions/zip"})", references));
  EXPECT_TRUE(parse(R"({"$id":"http://x.org/a/person.json","properties":{"a":{"$ref":"address.json"}}})", references));
  EXPECT_FALSE(parse(R"({"$ref":"adress.json"})", references));
}

TEST(JsonSchemaDifference, ContentModelsDecideAboutProperties) {
  const auto* open = R"({"type":"object","properties":{"a":{"type":"string"}}})";
  const auto* open_more = R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}})";
  const auto* closed = R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})";
  const auto* closed_more = R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"additionalProperties":false})";
  EXPECT_EQ(changes(open, open), "");
  EXPECT_EQ(changes(open, open_more), "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/b;");
  EXPECT_EQ(changes(open, open_more, true), "");
  EXPECT_EQ(changes(open_more, open), "");
  EXPECT_EQ(changes(closed, closed_more), "");
  EXPECT_EQ(changes(closed_more, closed), "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/b;");
  EXPECT_EQ(changes(closed, open), "");
  EXPECT_EQ(changes(open, closed), "ADDITIONAL_PROPERTIES_REMOVED #/additionalProperties;");
}

TEST(JsonSchemaDifference, Bounds) {
  EXPECT_EQ(changes(R"({"maximum":5})", R"({"maximum":6})"), "");
  EXPECT_EQ(changes(R"({"maximum":6})", R"({"maximum":5})"), "MAXIMUM_DECREASED #/maximum;");
  EXPECT_EQ(changes(R"({"type":"number","exclusiveMaximum":6})", R"({"type":"number","exclusiveMaximum":5})"), "EXCLUSIVE_MAXIMUM_DECREASED #/exclusiveMaximum;");
  EXPECT_EQ(changes(R"({"type":"number","multipleOf":0.3})", R"({"type":"number","multipleOf":0.1})"), "");
  EXPECT_EQ(changes(R"({"enum":["a","b"]})", R"({"enum":["a"]})"), "ENUM_ARRAY_NARROWED #/enum;");
  EXPECT_EQ(changes(R"({"type":"string"})", R"({"type":"integer"})"), "TYPE_CHANGED #/;");
}

TEST(JsonSchemaDifference, UnionsMatchAsManyAsPossible) {
  const auto* two = R"({"oneOf":[{"type":"string"},{"type":"object","properties":{"x":{"type":"integer"}}}]})";
  const auto* swapped = R"({"oneOf":[{"type":"object","properties":{"x":{"type":"integer"}}},{"type":"string"}]})";
  EXPECT_EQ(changes(two, swapped), "");
  EXPECT_EQ(changes(R"({"type":["string","null"]})", R"({"type":["string","null","integer"]})"), "");
  EXPECT_EQ(changes(R"({"type":["string","null"]})", R"({"type":["string"]})"), "SUM_TYPE_NARROWED #/;");
}

TEST(JsonSchemaDifference, CombinationsChangeByConfluentsRules) {
  EXPECT_EQ(changes(R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"anyOf":[{"type":"string"},{"type":"integer"}]})"), "");
  EXPECT_EQ(changes(R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", R"({"oneOf":[{"type":"string"},{"type":"integer"}]})"), "COMBINED_TYPE_CHANGED #/;");
  EXPECT_EQ(changes(R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"allOf":[{"type":"string"}]})"), "COMBINED_TYPE_CHANGED #/;");
  EXPECT_EQ(changes(R"({"allOf":[{"type":"string"},{"minLength":1}]})", R"({"oneOf":[{"type":"string"}]})"), "");
}

TEST(JsonSchemaDifference, UnevaluatedProperties) {
  const std::string head = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"a":{"type":"string"}})";
  const auto with = [&](const char* rest) { return head + rest + "}"; };
  EXPECT_EQ(changes(with("").c_str(), with(R"(,"unevaluatedProperties":false)").c_str()), "UNEVALUATED_PROPERTIES_REMOVED #/unevaluatedProperties;");
  EXPECT_EQ(changes(with("").c_str(), with(R"(,"unevaluatedProperties":true)").c_str()), "UNEVALUATED_PROPERTIES_NARROWED #/unevaluatedProperties;");
  EXPECT_EQ(changes(with(R"(,"unevaluatedProperties":true)").c_str(), with("").c_str()), "");
  EXPECT_EQ(changes(with(R"(,"unevaluatedProperties":false)").c_str(), with(R"(,"unevaluatedProperties":{"type":"string"})").c_str()), "");
  // additionalProperties: false decides; what is unevaluated then does not open it.
  const std::string closed = R"(,"additionalProperties":false,"unevaluatedProperties":{"type":"integer"})";
  const std::string other = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}})" + closed + "}";
  EXPECT_EQ(changes(other.c_str(), with(closed.c_str()).c_str()), "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/b;");
}

TEST(JsonSchemaDifference, OlderDraftsDoNotKnowNewerWords) {
  const auto draft7 = [](const char* rest) { return std::string(R"({"$schema":"http://json-schema.org/draft-07/schema#",)") + rest + "}"; };
  EXPECT_EQ(changes(draft7(R"("title":"x")").c_str(), draft7(R"("dependentRequired":{"a":["b"]})").c_str()), "");
  EXPECT_EQ(changes(draft7(R"("title":"x")").c_str(), draft7(R"("prefixItems":[{"type":"string"}])").c_str()), "");
}

// A pair that is met again on the way counts as compatible, but only until it has proved otherwise: here c meets a in the middle of a's own
// comparison, and the branch of c that was thought to do must not be remembered as doing.
TEST(JsonSchemaDifference, WhatWasAssumedOnTheWayIsNotKept) {
  const auto schema = [](const char* leaf) {
    return std::string(R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"object","properties":{"b":{"$ref":"#/definitions/b"},"z":{"type":")") + leaf +
           R"("}}},"b":{"type":"object","properties":{"a":{"$ref":"#/definitions/a"}}}}})";
  };
  const auto found = changes(schema("string").c_str(), schema("integer").c_str());
  EXPECT_NE(found.find("TYPE_CHANGED #/properties/z;"), std::string::npos) << found;
  EXPECT_NE(found.find("TYPE_CHANGED #/properties/b/properties/a/properties/z;"), std::string::npos) << found;
}

TEST(JsonSchemaDifference, RecursiveSchemasEnd) {
  const auto* list = R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"integer"}}})";
  EXPECT_EQ(changes(list, list), "");
  EXPECT_EQ(changes(list, R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"string"}}})"), "TYPE_CHANGED #/properties/next/properties/v;TYPE_CHANGED #/properties/v;");
  EXPECT_EQ(changes(R"({"$ref":"#"})", R"({"$ref":"#"})"), "");
}

// Everything inside everything: the budget ends what would take for ever.
TEST(JsonSchemaDifference, ExponentialSchemasAreCutOff) {
  std::string text = R"({"type":"string","minLength":1})", other = R"({"type":"string","minLength":2})";
  for (int i = 0; i < 12; ++i) {
    text = R"({"anyOf":[)" + text + "," + text + R"(,{"const":)" + std::to_string(i) + "}]}";
    other = R"({"anyOf":[)" + other + "," + other + R"(,{"const":)" + std::to_string(i) + "}]}";
  }
  EXPECT_NE(changes(text, other), "");
}

}  // namespace
}  // namespace braid::format::json_schema
