// Schemas and records made to be slow: each must end soon, with an answer or with an error that says what was too much. None of these tests looks
// at a clock; before the bounds they ran for hours or ended the process.
#include <gtest/gtest.h>

#include "base/limits/schemas.h"
#include "format/avro/compatibility.h"
#include "format/avro/codec.h"
#include "format/avro/datum.h"
#include "format/json_schema/difference.h"
#include "format/json_schema/validator.h"
#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/difference.h"
#include "format/serde.h"

namespace braid::format {
namespace {

std::string n(int i) { return std::to_string(i); }

// --- Avro ---

avro::SchemaPtr avro_schema(const std::string& text) {
  auto schema = avro::parse(text);
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *schema : *avro::parse("\"null\"");
}

std::string avro_union(int records, const std::string& prefix) {
  std::string out = "[";
  for (int i = 0; i < records; ++i) out += (i > 0 ? "," : "") + (R"({"type":"record","name":")" + prefix) + n(i) + R"(","fields":[{"name":"x","type":"int"}]})";
  return out + "]";
}

// d0 has twice d1, which has twice d2, and so on; `leaf` is the type at the end, `rest` stands behind each field.
std::string avro_diamond(int depth, const std::string& leaf, const std::string& rest = {}) {
  std::string out = leaf;
  for (int i = depth - 1; i >= 0; --i) {
    const auto below = i == depth - 1 ? leaf : "\"d" + n(i + 1) + "\"";
    out = R"({"type":"record","name":"d)" + n(i) + R"(","fields":[{"name":"a","type":)" + out + rest + R"(},{"name":"b","type":)" + below + rest + "}]}";
  }
  return out;
}

TEST(Budgets, AvroUnionsOfRecords) {
  const auto one = avro_schema(avro_union(700, "a")), other = avro_schema(avro_union(700, "b"));
  const auto found = avro::incompatibilities(*one, *other);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "SCHEMA_TOO_COMPLEX");
  EXPECT_TRUE(avro::incompatibilities(*avro_schema(avro_union(300, "a")), *avro_schema(avro_union(300, "a"))).empty());
  const auto program = avro::Program::compile(one, other);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().message.find("too complex"), std::string::npos) << program.error().message;
}

// Two rings of records whose lengths have no common factor: each pair of them meets, one inside the other.
TEST(Budgets, AvroRingsThatMeetNowhere) {
  const auto ring = [](int length) {
    std::string out = "[";
    for (int i = 0; i < length; ++i) out += (i > 0 ? "," : "") + (R"({"type":"record","name":"r)" + n(i)) + R"(","fields":[{"name":"next","type":"r)" + n((i + 1) % length) + R"("}]})";
    return out + "]";
  };
  const auto one = avro_schema(ring(53)), other = avro_schema(ring(59));
  EXPECT_EQ(avro::incompatibilities(*one, *other).at(0).kind, "SCHEMA_TOO_COMPLEX");
  EXPECT_FALSE(avro::Program::compile(one, other));
}

TEST(Budgets, AvroDiamonds) {
  const auto numbers = avro_schema(avro_diamond(60, "\"int\"")), texts = avro_schema(avro_diamond(60, "\"string\""));
  EXPECT_TRUE(avro::incompatibilities(*numbers, *numbers).empty());
  const auto found = avro::incompatibilities(*numbers, *texts);
  EXPECT_FALSE(found.empty());
  EXPECT_LE(found.size(), 2 * limits::schema_differences_max);
  EXPECT_FALSE(avro::Program::compile(texts, numbers));
  EXPECT_TRUE(avro::Program::compile(numbers, numbers));
  EXPECT_LT(avro::resolved_text(*numbers).size(), 100'000u);
}

// No byte at all, and 2^60 fields to read.
TEST(Budgets, AvroRecordsOfNothing) {
  const auto nothing = avro_schema(avro_diamond(60, "\"null\""));
  const auto program = avro::Program::compile(nothing, nothing);
  ASSERT_TRUE(program);
  const auto decoded = avro::decode(**program, "");
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("more fields without bytes"), std::string::npos) << decoded.error().message;
  avro::Input input("");
  EXPECT_FALSE(avro::skip(nothing->root(), input));
  const auto list = avro_schema(R"({"type":"array","items":)" + avro_diamond(60, "\"null\"") + "}");
  const auto of_list = avro::Program::compile(list, list);
  ASSERT_TRUE(of_list);
  EXPECT_FALSE(avro::decode(**of_list, std::string("\x7f\x00", 2)));
}

// Defaults that leave out fields whose defaults leave out fields.
TEST(Budgets, AvroDefaults) {
  const auto empty = avro_schema(R"({"type":"record","name":"w","fields":[]})");
  const auto doubling = avro_schema(R"({"type":"record","name":"w","fields":[{"name":"top","default":{},"type":)" +
                                    [] {
                                      std::string out = R"({"type":"record","name":"d40","fields":[{"name":"x","type":"int","default":1}]})";
                                      for (int i = 39; i >= 0; --i)
                                        out = R"({"type":"record","name":"d)" + n(i) + R"(","fields":[{"name":"a","default":{},"type":)" + out + R"(},{"name":"b","default":{},"type":"d)" + n(i + 1) + R"("}]})";
                                      return out;
                                    }() + "}]}");
  const auto program = avro::Program::compile(empty, doubling);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().message.find("the default has more than"), std::string::npos) << program.error().message;
  const auto endless = avro_schema(R"({"type":"record","name":"w","fields":[{"name":"self","type":"w","default":{}}]})");
  EXPECT_FALSE(avro::Program::compile(empty, endless));
}

TEST(Budgets, AvroRecordsThatRecur) {
  const auto list = avro_schema(R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})");
  const auto program = avro::Program::compile(list, list);
  ASSERT_TRUE(program);
  EXPECT_TRUE(avro::decode(**program, std::string(100, '\2') + std::string(1, '\0')));
  const auto deep = avro::decode(**program, std::string(1'000'000, '\2') + std::string(1, '\0'));
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("nested too deep"), std::string::npos) << deep.error().message;
}

TEST(Budgets, AvroNamesFieldsAliasesAndSymbols) {
  std::string fields, other, aliases, symbols;
  for (int i = 0; i < 20'000; ++i) {
    fields += (i > 0 ? "," : "") + (R"({"name":"f)" + n(i)) + R"(","type":"int"})";
    other += (i > 0 ? "," : "") + (R"({"name":"g)" + n(i)) + R"(","type":"int","default":0,"aliases":["f)" + n(i) + R"("]})";
    aliases += (i > 0 ? ",\"" : "\"") + ("h" + n(i)) + "\"";
    symbols += (i > 0 ? ",\"" : "\"") + ("S" + n(i)) + "\"";
  }
  const auto writer = avro_schema(R"({"type":"record","name":"R","fields":[)" + fields + "]}"), reader = avro_schema(R"({"type":"record","name":"R","fields":[)" + other + "]}");
  EXPECT_TRUE(avro::incompatibilities(*reader, *writer).empty());
  EXPECT_TRUE(avro::Program::compile(writer, reader));
  EXPECT_TRUE(avro::parse(R"({"type":"record","name":"R","fields":[{"name":"x","type":"R","aliases":[)" + aliases + R"(]}],"aliases":[)" + aliases + "]}"));
  const auto big = avro_schema(R"({"type":"enum","name":"E","symbols":[)" + symbols + "]}"), small = avro_schema(R"({"type":"enum","name":"E","symbols":["S1"]})");
  EXPECT_EQ(avro::incompatibilities(*small, *big).size(), 1u);
  EXPECT_TRUE(avro::Program::compile(big, big));
  const auto long_name = avro::parse(R"({"type":"record","name":"R","namespace":")" + std::string(500'000, 'n') + R"(","fields":[{"name":"x","type":"R"}]})");
  ASSERT_FALSE(long_name);
  EXPECT_NE(long_name.error().message.find("Name too long"), std::string::npos) << long_name.error().message;
}

// --- JSON Schema ---

json_schema::SchemaPtr json_of(const std::string& text) {
  auto schema = json_schema::parse(text);
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *schema : *json_schema::parse("{}");
}

auto json_changes(const json_schema::Schema& original, const json_schema::Schema& update) { return json_schema::incompatible_changes(original, update, false); }

std::string any_of(int depth, int width, int& leaf, const std::string& type) {
  if (depth == 0) return R"({"type":"object","properties":{"p)" + n(leaf++) + R"(":{"type":")" + type + R"("}}})";
  std::string out = R"({"anyOf":[)";
  for (int i = 0; i < width; ++i) out += (i > 0 ? "," : "") + any_of(depth - 1, width, leaf, type);
  return out + "]}";
}

TEST(Budgets, JsonAnyOfOfAnyOf) {
  int a = 0, b = 100'000;
  const auto one = json_of(any_of(8, 3, a, "string")), other = json_of(any_of(8, 3, b, "integer"));
  const auto found = json_changes(*one, *other);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "SCHEMA_TOO_COMPLEX");
}

std::string json_diamond(int depth, const std::string& leaf) {
  std::string out = R"({"$ref":"#/definitions/d0","definitions":{)";
  for (int i = 0; i < depth; ++i)
    out += "\"d" + n(i) + R"(":{"type":"object","properties":{"a":{"$ref":"#/definitions/d)" + n(i + 1) + R"("},"b":{"$ref":"#/definitions/d)" + n(i + 1) + R"("}}},)";
  return out + "\"d" + n(depth) + "\":" + leaf + "}}";
}

TEST(Budgets, JsonDiamonds) {
  const auto one = json_of(json_diamond(60, R"({"type":"string"})")), other = json_of(json_diamond(60, R"({"type":"integer"})"));
  EXPECT_TRUE(json_changes(*one, *one).empty());
  const auto found = json_changes(*one, *other);
  EXPECT_FALSE(found.empty());
  EXPECT_LE(found.size(), 2 * limits::schema_differences_max);
  EXPECT_TRUE(json_changes(*one, *json_of(json_diamond(60, R"({"type":["string","null"]})"))).empty());   // compatible ones double as well
}

TEST(Budgets, JsonPatternsThatTakeForEver) {
  const std::string name(40, 'a');
  const auto found = json_changes(*json_of(R"({"type":"object","properties":{")" + name + R"(!":{"type":"string"}},"additionalProperties":false})"),
                                                       *json_of(R"({"type":"object","patternProperties":{"^(a+)+$":{"type":"string"}},"additionalProperties":false})"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "SCHEMA_TOO_COMPLEX");
}

TEST(Budgets, JsonManyDefinitionsAndLongPaths) {
  std::string definitions, uses;
  for (int i = 0; i < 10'000; ++i) {
    definitions += (i > 0 ? ",\"x" : "\"x") + n(i) + R"(":{"type":"string"})";
    uses += (i > 0 ? ",\"p" : "\"p") + n(i) + R"(":{"$ref":"#/definitions/x)" + n(i) + "\"}";
  }
  const auto wide = json_of(R"({"type":"object","properties":{)" + uses + R"(},"definitions":{)" + definitions + "}}");
  EXPECT_TRUE(json_changes(*wide, *wide).empty());
  std::string deep = R"({"type":"object","properties":{)" + uses + R"(},"definitions":{)" + definitions + "}}";
  for (int i = 0; i < 90; ++i) deep = R"({"properties":{")" + std::string(4'000, 'n') + "\":" + deep + "}}";
  EXPECT_FALSE(json_schema::parse(deep));   // those definitions are not at the root: "leads nowhere"
}

// --- Protobuf ---

std::string proto(const std::string& text) { return "syntax = \"proto3\"; " + text; }

TEST(Budgets, ProtobufTenThousandMessages) {
  std::string flat, nested, closing;
  for (int i = 0; i < 10'000; ++i) {
    flat += "message M" + n(i) + " { M" + n((i + 1) % 10'000) + " next = 1; int32 x = 2; } ";
    nested += "message N" + n(i) + " { ";
    closing += "} ";
  }
  const auto schema = protobuf_schema::parse(proto(flat));
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_TRUE(protobuf_schema::incompatible_changes(**schema, **schema).empty());
  EXPECT_EQ(protobuf_schema::incompatible_changes(**schema, **protobuf_schema::parse(proto("message M0 {}"))).size(), 9'999u);
  EXPECT_FALSE(protobuf_schema::normalised_text(**schema).empty());
  const auto deep = protobuf_schema::parse(proto(nested + closing));
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("nested too deep"), std::string::npos) << deep.error().message;
}

TEST(Budgets, ProtobufTextThatGrows) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "message N { ";
  for (int i = 1; i < 15'000; ++i) text += "bool f" + n(i) + "=" + n(i) + ";";
  const auto grown = protobuf_schema::parse(proto(text + std::string(150, '}')));
  ASSERT_FALSE(grown);
  EXPECT_NE(grown.error().message.find("too complex"), std::string::npos) << grown.error().message;
  const auto long_name = protobuf_schema::parse(proto("message " + std::string(100'000, 'N') + " {}"));
  ASSERT_FALSE(long_name);
  EXPECT_NE(long_name.error().message.find("more than"), std::string::npos) << long_name.error().message;
  // Each name is looked for in each of the messages around it.
  std::string around, fields;
  for (int i = 0; i < 100; ++i) around += "message " + std::string(39, 'N') + " { ";
  std::string types;
  for (int i = 1; i < 4'000; ++i) { types += "message T" + n(i) + " {} "; fields += "T" + n(i) + " f" + n(i) + " = " + n(i) + "; "; }
  const auto looked_up = protobuf_schema::parse(proto(types + around + fields + std::string(100, '}')));
  ASSERT_FALSE(looked_up);
  EXPECT_NE(looked_up.error().message.find("too complex"), std::string::npos) << looked_up.error().message;
}

TEST(Budgets, ProtobufListsOfManyThings) {
  std::string reserved, fields, oneof, options, extends;
  for (int i = 1; i <= 15'000; ++i) {
    reserved += "reserved \"r" + n(i) + "\", " + n(100'000 + 2 * i) + ";";
    fields += "int32 f" + n(i) + " = " + n(i) + ";";
    oneof += "int32 o" + n(i) + " = " + n(200'000 + i) + ";";
    options += "(o).x" + n(i) + " = 1, ";
    extends += "extend E" + n(i % 5'000) + " { string e" + n(i) + " = " + n(i) + "; } ";
  }
  const auto schema = protobuf_schema::parse(proto("message A { " + reserved + fields + " oneof q { " + oneof + " } string s = 99999 [" + options + " deprecated = true]; } " + extends));
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_FALSE(protobuf_schema::normalised_text(**schema).empty());
  EXPECT_EQ(protobuf_schema::incompatible_changes(**schema, **protobuf_schema::parse(proto("message A { oneof q { int32 o1 = 200001; } }"))).size(), 14'999u);
}

// --- Columns ---

TEST(Budgets, ColumnsOfTypesInManyPlaces) {
  const auto inferred = [](Format format, const std::string& text) -> std::string {
    SchemaText schema;
    schema.type = std::string(format == Format::avro ? "AVRO" : format == Format::protobuf ? "PROTOBUF" : "JSON");
    schema.text = text;
    const auto columns = infer_columns(format, schema, false, {});
    return columns ? n(int(columns->columns.size())) : columns.error().message;
  };
  EXPECT_NE(inferred(Format::avro, avro_diamond(60, "\"int\"")).find("more than 10000 columns"), std::string::npos);
  EXPECT_NE(inferred(Format::json_sr, json_diamond(60, R"({"type":"string"})")).find("more than 10000 columns"), std::string::npos);
  std::string messages;
  for (int i = 0; i < 60; ++i) messages += "message D" + n(i) + " { D" + n(i + 1) + " a = 1; D" + n(i + 1) + " b = 2; } ";
  EXPECT_NE(inferred(Format::protobuf, proto(messages + "message D60 { int32 x = 1; }")).find("more than 10000 columns"), std::string::npos);
  // A tree is a type inside itself: below the first branches it is left out, as a column cannot hold it.
  EXPECT_EQ(inferred(Format::json_sr, R"({"type":"object","properties":{"v":{"type":"string"},"left":{"$ref":"#"},"right":{"$ref":"#"}}})"), "3");
}

}  // namespace
}  // namespace braid::format
