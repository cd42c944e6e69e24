// What a verdict promises, for random pairs of schemas in each format: whoever is refused gets a record that fails (failing_record gives none that it
// has not seen fail), and whoever is not gets none, however hard it is looked for.
#include <gtest/gtest.h>

#include <random>

#include "registry/example.h"

namespace braid::registry {
namespace {

using Random = std::mt19937;
bool one_in(Random& random, unsigned n) { return random() % n == 0; }
template <std::size_t n> std::string any_of(Random& random, const char* const (&of)[n]) { return of[random() % n]; }

// Files of a message with five fields, of which a pair shares most.
std::string protobuf_text(Random& random, Random usual) {
  static constexpr const char* types[] = {"int32", "int64", "uint32", "sint32", "sint64", "bool", "string", "bytes", "fixed32", "fixed64", "float", "double", "Inner", "Colour", "map<string, int32>", "map<string, string>"};
  std::string out = "syntax = \"proto3\"; package p; enum Colour { NONE = 0; RED = 1; } message Inner { " + std::string(one_in(random, 6) ? "sint32" : "int32") + " n = 1; string t = 2; } message M {";
  std::string choices;
  for (int number = 1; number <= 6; ++number) {
    Random own(usual());   // of this field, the same in both files
    // The label stays: Confluent's rules, which decide, compare labels only where both are written, so "repeated int64" may become "int64" there.
    const bool repeated = one_in(own, 4);
    auto type = one_in(random, 6) ? any_of(random, types) : any_of(own, types);
    const bool plain = !type.starts_with("map");
    if (plain && repeated) type = "repeated " + type;
    if (one_in(random, 8)) continue;
    const std::string field = " " + type + " f" + std::to_string(number) + " = " + std::to_string(number) + ";";
    if (plain && !type.starts_with("repeated") && one_in(random, 4)) choices += field;
    else out += field;
  }
  return out + (choices.empty() ? "" : " oneof choice {" + choices + " }") + " }";
}

std::string avro_text(Random& random, Random usual) {
  static constexpr const char* types[] = {R"("int")", R"("long")", R"("string")", R"("bytes")", R"("boolean")", R"(["null","int"])", R"(["null","string","int"])", R"({"type":"array","items":"int"})", R"({"type":"array","items":["null","int"]})",
                                          R"({"type":"enum","name":"E1","symbols":["A","B"]})", R"({"type":"enum","name":"E1","symbols":["A","B","C"]})", R"({"type":"map","values":"long"})"};
  std::string fields;
  bool has_enum = false;
  for (char name = 'a'; name < 'f'; ++name) {
    Random own(usual());
    const auto type = one_in(random, 5) ? any_of(random, types) : any_of(own, types);
    const bool is_enum = type.find("E1") != std::string::npos;
    if (one_in(random, 6) || (is_enum && has_enum)) continue;
    has_enum = has_enum || is_enum;
    fields += (fields.empty() ? "" : ",") + std::string(R"({"name":")") + name + R"(","type":)" + type + (type.starts_with("[\"null\"") && one_in(random, 2) ? R"(,"default":null})" : "}");
  }
  return R"({"type":"record","name":"R","fields":[)" + fields + "]}";
}

std::string json_text(Random& random, Random usual) {
  static constexpr const char* types[] = {R"({"type":"integer"})", R"({"type":"number","minimum":2})", R"({"type":"number","minimum":3})", R"({"type":"string"})", R"({"type":"string","maxLength":4})", R"({"type":"string","minLength":2})",
                                          R"({"enum":["a","b"]})", R"({"enum":["a"]})", R"({"type":["string","null"]})", R"({"type":"array","items":{"type":"integer"}})"};
  std::string properties, required;
  for (char name = 'a'; name < 'e'; ++name) {
    Random own(usual());
    const auto type = one_in(random, 4) ? any_of(random, types) : any_of(own, types);
    if (one_in(random, 5)) continue;
    properties += (properties.empty() ? "\"" : ",\"") + std::string(1, name) + "\":" + type;
    if (one_in(random, 4)) required += (required.empty() ? "\"" : ",\"") + std::string(1, name) + "\"";
  }
  return R"({"type":"object","properties":{)" + properties + "}" + (required.empty() ? "" : ",\"required\":[" + required + "]") + (one_in(random, 2) ? R"(,"additionalProperties":false)" : "") + "}";
}

struct Counts {
  int compatible = 0, refused = 0, shown = 0, claimed_in_vain = 0;
  std::string without;   // the first refused pair that has no record
};

Counts count(SchemaType type, std::string (*text)(Random&, Random)) {
  Counts out;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    const Random usual(seed / 10);
    const auto before = text(random, usual), after = text(random, usual);
    const auto writer = Parsed::parse(type, before, {}, {}), reader = Parsed::parse(type, after, {}, {});
    EXPECT_TRUE(writer && reader) << before << "\n" << after;
    if (!writer || !reader) return out;
    const auto why = differences(**reader, **writer, true, Policy::strict);
    const bool fits = why.empty();
    const auto example = failing_record(**reader, **writer, true);
    (fits ? out.compatible : out.refused)++;
    if (!fits && example) ++out.shown;
    if (!fits && !example && out.without.empty()) out.without = why.front().kind + "\n" + before + "\n" + after;
    if (fits && example) {
      ++out.claimed_in_vain;
      ADD_FAILURE() << "compatible, and yet " << example->record << " fails: " << example->error << "\n" << before << "\n" << after;
    }
  }
  return out;
}

TEST(ExampleProperty, EveryRefusedAvroPairHasARecord) {
  const auto found = count(SchemaType::avro, avro_text);
  EXPECT_GT(found.compatible, 100);
  EXPECT_GT(found.refused, 500);
  EXPECT_EQ(found.shown, found.refused) << found.without;
}

TEST(ExampleProperty, EveryRefusedProtobufPairHasARecord) {
  const auto found = count(SchemaType::protobuf, protobuf_text);
  EXPECT_GT(found.compatible, 100);
  EXPECT_GT(found.refused, 500);
  EXPECT_EQ(found.shown, found.refused) << found.without;
}

TEST(ExampleProperty, NearlyEveryRefusedJsonSchemaPairHasADocument) {
  const auto found = count(SchemaType::json, json_text);
  EXPECT_GT(found.compatible, 50);
  EXPECT_GT(found.refused, 500);
  // Confluent's rules, which decide, refuse a change of type also where every old document stays valid: an enum of strings that becomes a string.
  EXPECT_GT(found.shown, found.refused * 98 / 100) << found.without;
}

}  // namespace
}  // namespace braid::registry
