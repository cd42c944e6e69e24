// The validator against JSON Schema's own test suite (Debian's json-schema-test-suite: drafts 4, 6 and 7; another copy with the newer drafts
// can be named in JSON_SCHEMA_TEST_SUITE), and against own cases for what 2019-09 and 2020-12 brought.
#include "format/json_schema/validator.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace braid::format::json_schema {
namespace {

namespace fs = std::filesystem;

// "" when it fulfils the schema, else why not; "!..." when the schema or the check failed.
std::string verdict(std::string_view schema_text, std::string_view document, std::vector<Reference> references = {}) {
  auto schema = parse(schema_text, references, true);
  if (!schema) return "!" + schema.error().message;
  auto validator = Validator::compile(*std::move(schema));
  if (!validator) return "!" + validator.error().message;
  auto found = (*validator)->check(document);
  if (!found) return "!" + found.error().message;
  // Both views of a document must agree.
  if (const auto node = parse_json_text(document)) {
    auto other = (*validator)->check(*node);
    EXPECT_TRUE(other);
    if (other) { EXPECT_EQ(other->has_value(), found->has_value()) << schema_text << " " << document; }
  }
  return found->has_value() ? (*found)->text() : "";
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Suite {
  int passed = 0;
  std::vector<std::string> failed;
};

std::vector<Reference> remotes(const fs::path& root) {
  std::vector<Reference> out;
  if (!fs::exists(root / "remotes")) return out;
  for (const auto& entry : fs::recursive_directory_iterator(root / "remotes"))
    if (entry.is_regular_file() && entry.path().extension() == ".json")
      out.push_back({"http://localhost:1234/" + fs::relative(entry.path(), root / "remotes").generic_string(), read_file(entry.path())});
  return out;
}

Suite run(const fs::path& root, const std::string& draft, std::string_view schema_uri) {
  Suite out;
  const auto all_remotes = remotes(root);
  for (const auto& file : fs::directory_iterator(root / "tests" / draft)) {
    if (file.path().extension() != ".json") continue;
    auto groups = parse_json_text(read_file(file.path()));
    if (!groups) { out.failed.push_back(file.path().filename().string() + ": unreadable"); continue; }
    for (const auto& group : groups->items) {
      JsonNode schema = *group.find("schema");
      if (schema.is_object() && schema.find("$schema") == nullptr) {
        JsonNode with = JsonNode::object();
        with.set("$schema", JsonNode::of(std::string(schema_uri)));
        for (auto& m : schema.members) with.set(m.name, m.value);
        schema = std::move(with);
      }
      // Remote schemas without an address of their own draft take the draft of the test.
      std::vector<Reference> references;
      const std::string text = print_json_text(schema);
      if (text.find("localhost:1234") != std::string::npos || file.path().stem() == "refRemote" || file.path().stem() == "vocabulary") references = all_remotes;
      auto parsed = parse(text, references, true);
      auto validator = parsed ? Validator::compile(*std::move(parsed)) : std::unexpected(parsed.error());
      for (const auto& test : group.find("tests")->items) {
        const std::string name = file.path().stem().string() + " / " + group.find("description")->text + " / " + test.find("description")->text;
        if (!validator) { out.failed.push_back(name + ": " + validator.error().message); continue; }
        const auto found = (*validator)->check(print_json_text(*test.find("data")));
        const bool valid = found && !found->has_value();
        if (found && valid == test.find("valid")->flag) ++out.passed;
        else out.failed.push_back(name + (found ? valid ? ": accepted" : ": " + (*found)->text() : ": " + found.error().message));
      }
    }
  }
  return out;
}

TEST(JsonSchemaSuite, RequiredTests) {
  const char* other = std::getenv("JSON_SCHEMA_TEST_SUITE");
  const fs::path root = other != nullptr ? other : "/usr/share/json-schema-test-suite";
  if (!fs::exists(root / "tests")) GTEST_SKIP() << "json-schema-test-suite is not installed";
  const std::pair<std::string, std::string_view> drafts[] = {
      {"draft4", "http://json-schema.org/draft-04/schema#"}, {"draft6", "http://json-schema.org/draft-06/schema#"}, {"draft7", "http://json-schema.org/draft-07/schema#"},
      {"draft2019-09", "https://json-schema.org/draft/2019-09/schema"}, {"draft2020-12", "https://json-schema.org/draft/2020-12/schema"}};
  for (const auto& [draft, uri] : drafts) {
    if (!fs::exists(root / "tests" / draft)) continue;
    const auto out = run(root, draft, uri);
    EXPECT_GT(out.passed, 300) << draft;
    RecordProperty(draft, out.passed);
    for (const auto& failed : out.failed) ADD_FAILURE() << draft << " " << failed;
    std::printf("%s: %d passed, %zu failed\n", draft.c_str(), out.passed, out.failed.size());
  }
}

const std::string d2020 = R"("$schema":"https://json-schema.org/draft/2020-12/schema")", d2019 = R"("$schema":"https://json-schema.org/draft/2019-09/schema")";

TEST(JsonSchemaValidator, SaysWhereAndWhy) {
  const auto* order = R"({"type":"object","required":["id"],"properties":{"id":{"type":"integer","minimum":1},
    "items":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number"}},"additionalProperties":false}}}})";
  EXPECT_EQ(verdict(order, R"({"id":5,"items":[{"price":1.5}]})"), "");
  EXPECT_EQ(verdict(order, R"({"id":0})"), "/id is 0, below the minimum 1");
  EXPECT_EQ(verdict(order, R"({"items":[]})"), "the document misses the property \"id\"");
  EXPECT_EQ(verdict(order, R"({"id":1,"items":[{},{"price":"x"}]})"), "/items/1/price must be number, is \"x\"");
  EXPECT_EQ(verdict(order, R"({"id":1,"items":[{"prize":1}]})"), "/items/0 has the property \"prize\", which the schema does not know");
  EXPECT_EQ(verdict(R"({"enum":[1,"a"]})", "2"), "the document is 2, not one of [1,\"a\"]");
  EXPECT_EQ(verdict(R"({"type":["string","null"]})", "2"), "the document must be string or null, is 2");
  EXPECT_EQ(verdict("true", "{").substr(0, 10), "!not JSON:");
}

TEST(JsonSchemaValidator, NumbersAreExact) {
  EXPECT_EQ(verdict(R"({"const":9007199254740993})", "9007199254740993"), "");
  EXPECT_NE(verdict(R"({"const":9007199254740993})", "9007199254740992"), "");
  EXPECT_EQ(verdict(R"({"const":1.0})", "1"), "");
  EXPECT_EQ(verdict(R"({"type":"integer"})", "123456789012345678901234567890"), "");
  EXPECT_EQ(verdict(R"({"multipleOf":0.01})", "4.35"), "");
  EXPECT_NE(verdict(R"({"multipleOf":0.01})", "4.355"), "");
  EXPECT_NE(verdict(R"({"uniqueItems":true})", "[1,1.0]"), "");
  EXPECT_EQ(verdict(R"({"uniqueItems":true})", "[1,\"1\",true]"), "");
}

TEST(JsonSchemaValidator, PrefixItems2020) {
  const std::string pair = "{" + d2020 + R"(,"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false})";
  EXPECT_EQ(verdict(pair, R"(["a",1])"), "");
  EXPECT_EQ(verdict(pair, R"(["a"])"), "");
  EXPECT_NE(verdict(pair, R"([1])"), "");
  EXPECT_NE(verdict(pair, R"(["a",1,2])"), "");
}

TEST(JsonSchemaValidator, ContainsIsCounted) {
  for (const auto& draft : {d2019, d2020}) {
    const std::string s = "{" + draft + R"(,"contains":{"type":"integer"},"minContains":2,"maxContains":3})";
    EXPECT_NE(verdict(s, R"([1,"a"])"), "");
    EXPECT_EQ(verdict(s, R"([1,2,"a"])"), "");
    EXPECT_NE(verdict(s, R"([1,2,3,4])"), "");
  }
  EXPECT_EQ(verdict("{" + d2020 + R"(,"contains":{"type":"integer"},"minContains":0})", "[]"), "");
  EXPECT_NE(verdict(R"({"contains":{"type":"integer"},"minContains":0})", "[]"), "");   // draft 7 does not know minContains
}

TEST(JsonSchemaValidator, UnevaluatedSeesThroughCombinations) {
  const std::string s = "{" + d2020 + R"(,"allOf":[{"properties":{"a":true}}],"anyOf":[{"properties":{"b":{"type":"integer"}},"required":["b"]},{"properties":{"c":true},"required":["c"]}],
    "if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"properties":{"d":true}},"unevaluatedProperties":false})";
  EXPECT_EQ(verdict(s, R"({"a":1,"b":1})"), "");
  EXPECT_EQ(verdict(s, R"({"a":1,"b":1,"c":1})"), "");                       // both branches fit, so both count
  EXPECT_NE(verdict(s, R"({"b":"x","c":1})"), "");                           // the branch that failed does not count
  EXPECT_EQ(verdict(s, R"({"b":1,"k":1,"d":1})"), "");
  EXPECT_NE(verdict(s, R"({"b":1,"d":1})"), "");
  const std::string items = "{" + d2020 + R"(,"prefixItems":[true],"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})";
  EXPECT_EQ(verdict(items, R"([{}, "a", 2])"), "");
  EXPECT_NE(verdict(items, R"([{}, "a", 2.5])"), "");
  const std::string old_items = "{" + d2019 + R"(,"items":[true],"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})";
  EXPECT_NE(verdict(old_items, R"([{}, "a", 2])"), "");                      // contains evaluates nothing in 2019-09
}

TEST(JsonSchemaValidator, DependentKeywords) {
  const std::string s = "{" + d2020 + R"(,"dependentRequired":{"card":["billing"]},"dependentSchemas":{"gift":{"required":["to"]}}})";
  EXPECT_EQ(verdict(s, R"({"card":1,"billing":2})"), "");
  EXPECT_EQ(verdict(s, R"({"card":1})"), "the document has \"card\" and misses \"billing\", which belongs to it");
  EXPECT_NE(verdict(s, R"({"gift":1})"), "");
}

TEST(JsonSchemaValidator, RecursionCanBeExtended) {
  // A tree whose nodes are whatever the outer schema makes of them.
  const Reference tree20{"tree.json", "{" + d2020 + R"(,"$id":"http://x.org/tree.json","$dynamicAnchor":"node","type":"object","properties":{"data":true,"children":{"type":"array","items":{"$dynamicRef":"#node"}}}})"};
  const std::string strict20 = "{" + d2020 + R"(,"$id":"http://x.org/strict.json","$dynamicAnchor":"node","$ref":"tree.json","unevaluatedProperties":false})";
  EXPECT_EQ(verdict(strict20, R"({"children":[{"data":1}]})", {tree20}), "");
  EXPECT_NE(verdict(strict20, R"({"children":[{"daat":1}]})", {tree20}), "");
  EXPECT_EQ(verdict(tree20.text, R"({"children":[{"daat":1}]})"), "");
  const Reference tree19{"tree.json", "{" + d2019 + R"(,"$id":"http://x.org/tree.json","$recursiveAnchor":true,"type":"object","properties":{"data":true,"children":{"type":"array","items":{"$recursiveRef":"#"}}}})"};
  const std::string strict19 = "{" + d2019 + R"(,"$id":"http://x.org/strict.json","$recursiveAnchor":true,"$ref":"tree.json","unevaluatedProperties":false})";
  EXPECT_EQ(verdict(strict19, R"({"children":[{"data":1}]})", {tree19}), "");
  EXPECT_NE(verdict(strict19, R"({"children":[{"daat":1}]})", {tree19}), "");
}

TEST(JsonSchemaValidator, ReferencesFollowIdsAndAnchors) {
  const std::string s = "{" + d2020 + R"(,"$id":"http://x.org/a/root.json","$ref":"inner.json#here","$defs":{"x":{"$id":"inner.json","$defs":{"y":{"$anchor":"here","type":"integer"}}}}})";
  EXPECT_EQ(verdict(s, "1"), "");
  EXPECT_NE(verdict(s, "\"a\""), "");
  EXPECT_EQ(verdict("{" + d2020 + R"(,"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"null"}}})", "null"), "");
  EXPECT_EQ(verdict(R"({"$ref":"nowhere.json"})", "1"), "!\"$ref\": \"nowhere.json\" leads nowhere");
  EXPECT_EQ(verdict("{" + d2020 + R"(,"$ref":"https://json-schema.org/draft/2020-12/schema"})", R"({"minLength":1})"), "");
  EXPECT_NE(verdict("{" + d2020 + R"(,"$ref":"https://json-schema.org/draft/2020-12/schema"})", R"({"properties":{"a":{"minLength":-1}}})"), "");
  // Beside a $ref nothing counts in draft 7, and everything later on.
  EXPECT_EQ(verdict(R"({"$ref":"#/definitions/a","maximum":1,"definitions":{"a":{"type":"integer"}}})", "5"), "");
  EXPECT_NE(verdict("{" + d2019 + R"(,"$ref":"#/$defs/a","maximum":1,"$defs":{"a":{"type":"integer"}}})", "5"), "");
}

TEST(JsonSchemaValidator, PatternsWithLookAround) {
  EXPECT_EQ(verdict(R"({"pattern":"^(?!foo).*$"})", "\"bar\""), "");
  EXPECT_NE(verdict(R"({"pattern":"^(?!foo).*$"})", "\"foobar\""), "");
  EXPECT_EQ(verdict(R"({"pattern":"^\\p{Lu}"})", "\"Ärger\""), "");
}

TEST(JsonSchemaValidator, SlowSchemasHitABudget) {
  // Doubling by reference: 2^40 ways through it.
  std::string defs;
  for (int i = 0; i < 40; ++i)
    defs += (i == 0 ? "" : ",") + ("\"d" + std::to_string(i) + R"(":{"anyOf":[{"$ref":"#/definitions/d)" + std::to_string(i + 1) + R"("},{"$ref":"#/definitions/d)" + std::to_string(i + 1) + "\"}]}");
  const std::string bomb = R"({"$ref":"#/definitions/d0","definitions":{)" + defs + R"(,"d40":{"type":"string"}}})";
  EXPECT_EQ(verdict(bomb, "1").substr(0, 32), "!checking the document takes mor");
  EXPECT_EQ(verdict(R"({"$ref":"#"})", "1").substr(0, 32), "!checking the document takes mor");
}

}  // namespace
}  // namespace braid::format::json_schema
