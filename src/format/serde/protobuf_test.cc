#include <gtest/gtest.h>

#include <map>

#include "base/base64.h"
#include "format/serde.h"

namespace braid::format {
namespace {

using data::Column;
using data::Field;
using data::Kind;
using data::Type;
using data::Value;

struct Known : Schemas {
  SchemaText text;
  const SchemaText* by_id(SchemaId) override { return &text; }
};

std::string decoded(SchemaText schema, std::vector<Field> columns, std::string_view hex_body) {
  Known known;
  known.text = std::move(schema);
  auto serde = make_serde({.format = Format::protobuf, .columns = columns}, known);
  if (!serde) return serde.error().message;
  std::vector<Column> out;
  for (const auto& f : columns) out.emplace_back(f.type);
  std::vector<Column*> at;
  for (auto& c : out) at.push_back(&c);
  const Bytes payload = *parse_hex("0000000007" + std::string(hex_body));
  if (auto done = (*serde)->decode(payload, at); !done) return "error: " + done.error().message;
  std::string text;
  for (auto& c : out) text += (text.empty() ? "" : " ") + c.get(0).debug_text();
  return text;
}

std::string encoded(SerdeSpec spec, std::vector<Value> row) {
  Known known;
  if (spec.format == Format::protobuf) spec.write_schema_id = SchemaId{7};
  const auto columns = spec.columns;
  auto serde = make_serde(spec, known);
  if (!serde) return serde.error().message;
  std::vector<Column> in;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    in.emplace_back(columns[i].type);
    in.back().append(row[i]);
  }
  std::vector<const Column*> at;
  for (auto& c : in) at.push_back(&c);
  Bytes out;
  const auto done = (*serde)->encode(at, 0, out);
  return done ? hex(out) : "error: " + done.error().message;
}

std::string inferred(SchemaText schema, FormatProperties properties = {}) {
  const auto columns = infer_columns(Format::protobuf, schema, false, properties);
  if (!columns) return columns.error().message;
  std::string text;
  for (const auto& c : columns->columns) text += (text.empty() ? "" : ", ") + c.name + " " + c.type.text();
  return text;
}

TEST(ProtobufSerde, BytesOfTheSpecification) {
  const SchemaText schema{"PROTOBUF", "syntax = \"proto3\"; message Test { int32 a = 1; string b = 2; repeated int32 f = 6; Inner c = 3; message Inner { sint64 z = 1; } }"};
  EXPECT_EQ(decoded(schema, {{"A", Kind::integer}}, "00089601"), "150");
  EXPECT_EQ(decoded(schema, {{"B", Kind::string}}, "00120774657374696e67"), "'testing'");
  EXPECT_EQ(decoded(schema, {{"F", Type::array(Kind::integer)}}, "003206038e029ea705"), "[3, 270, 86942]");   // packed
  EXPECT_EQ(decoded(schema, {{"F", Type::array(Kind::bigint)}}, "003003308e02"), "[3, 270]");                  // and not
  EXPECT_EQ(decoded(schema, {{"C", Type::structure({{"Z", Kind::bigint}})}}, "001a020803"), "{-2}");
  EXPECT_EQ(decoded(schema, {{"A", Kind::integer}, {"B", Kind::string}, {"C", Type::structure({{"Z", Kind::bigint}})}, {"X", Kind::string}}, "00"), "0 '' null null");
  EXPECT_EQ(decoded(schema, {{"A", Kind::integer}}, "000896"), "error: not readable as Protobuf: the bytes do not fit the schema's message");
  EXPECT_EQ(decoded(schema, {{"A", Kind::integer}}, "000a0161"), "error: not readable as Protobuf: the bytes do not fit the schema's message");
  EXPECT_EQ(decoded(schema, {{"A", Kind::boolean}}, "00"), "error: column A is BOOLEAN, but the Protobuf schema has INTEGER there");
}

TEST(ProtobufSerde, FindsTheMessageByItsPath) {
  const SchemaText schema{"PROTOBUF", "syntax = \"proto3\"; package p; message A { int32 x = 1; } message B { message C { string y = 1; } }"};
  EXPECT_EQ(decoded(schema, {{"Y", Kind::string}}, "0402000a0168"), "'h'");   // [1, 0]
  EXPECT_EQ(decoded(schema, {{"Y", Kind::string}}, "0408000a0168"), "error: not readable as Protobuf: schema 7 has no message at the record's path");
  EXPECT_EQ(inferred(schema, {{"FULL_SCHEMA_NAME", "p.A"}}), "x INTEGER");
  EXPECT_EQ(inferred(schema, {{"FULL_SCHEMA_NAME", "Nope"}}), "the Protobuf schema has no message Nope");
}

TEST(ProtobufSerde, Infers) {
  EXPECT_EQ(inferred({"PROTOBUF", R"(syntax = "proto3"; import "confluent/type/decimal.proto"; import "google/protobuf/timestamp.proto";
    message M { bool c1 = 1; uint32 c2 = 2; float c3 = 3; map<string, int32> m = 4; E e = 5; enum E { ZERO = 0; } google.protobuf.Timestamp t = 6; google.protobuf.StringValue w = 7;
      confluent.type.Decimal d = 8 [(confluent.field_meta) = { params: [{ value: "4", key: "precision" }, { value: "2", key: "scale" }]}]; oneof pick { int32 i = 9; string s = 10; } optional int64 o = 11; M self = 12; bytes b = 13; })"}),
            "c1 BOOLEAN, c2 BIGINT, c3 DOUBLE, m MAP<STRING, INTEGER>, e STRING, t TIMESTAMP, w STRING, d DECIMAL(4, 2), pick_0 STRUCT<`i` INTEGER, `s` STRING>, o BIGINT, b BYTES");
  SchemaText with_reference{"PROTOBUF", "syntax = \"proto3\"; import \"event.proto\"; message Logistics { Event event = 1; }"};
  EXPECT_EQ(inferred(with_reference), "the Protobuf schema names a type that is not there: Event");
  with_reference.references = {"syntax = \"proto3\"; message Event { int64 timestamp = 1; }"};
  EXPECT_EQ(inferred(with_reference), "event STRUCT<`timestamp` BIGINT>");
  EXPECT_EQ(inferred({"PROTOBUF", "message {"}).substr(0, 36), "the Protobuf schema cannot be read: ");
}

TEST(ProtobufSerde, OneofsAndEnums) {
  const SchemaText schema{"PROTOBUF", "syntax = \"proto3\"; message M { oneof pick { int32 i = 1; string s = 2; } enum E { A = 0; B = 3; } E e = 3; }"};
  const Type pick = Type::structure({{"i", Kind::integer}, {"s", Kind::string}});
  EXPECT_EQ(decoded(schema, {{"pick_0", pick}, {"e", Kind::string}}, "001201781803"), "{null, 'x'} 'B'");
  EXPECT_EQ(decoded(schema, {{"pick_0", pick}, {"e", Kind::string}}, "00"), "null 'A'");
}

TEST(ProtobufSerde, Writes) {
  const std::vector<Field> columns{{"I", Kind::integer}, {"S", Kind::string}};
  EXPECT_EQ(encoded({.format = Format::protobuf, .columns = columns}, {Value(150), Value()}), "00000000070008" "9601");
  EXPECT_EQ(encoded({.format = Format::protobuf_nosr, .columns = columns}, {Value(0), Value("a")}), "120161");
  EXPECT_EQ(encoded({.format = Format::protobuf_nosr, .columns = columns, .properties = {{"NULLABLE_REPRESENTATION", "OPTIONAL"}}}, {Value(0), Value()}), "0800");
  EXPECT_EQ(encoded({.format = Format::protobuf_nosr, .columns = columns, .properties = {{"NULLABLE_REPRESENTATION", "WRAPPER"}}}, {Value(0), Value()}), "0a00");
  EXPECT_EQ(encoded({.format = Format::protobuf, .columns = {{"S", Kind::string}}, .properties = {{"FULL_SCHEMA_NAME", "B"}},
                     .write_schema = SchemaText{"PROTOBUF", "syntax = \"proto3\"; message A {} message B { string s = 5; }"}}, {Value("x")}).substr(10), "0202" "2a0178");
  EXPECT_EQ(encoded({.format = Format::protobuf, .columns = {{"A", Type::array(Type::array(Kind::integer))}}}, {Value()}),
            "PROTOBUF cannot write ARRAY<ARRAY<INTEGER>> (column A): its repeated fields do not nest");
}

TEST(ProtobufSerde, DerivesWhatKsqldbRegisters) {
  const std::vector<Field> columns{{"I", Kind::integer}, {"L", Kind::bigint}, {"S", Kind::string}};
  EXPECT_EQ(derive_schema(Format::protobuf, columns, false, false)->text, "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int32 I = 1;\n  int64 L = 2;\n  string S = 3;\n}\n");
  EXPECT_EQ(derive_schema(Format::protobuf, {{"I", Kind::integer}}, false, false, {{"NULLABLE_REPRESENTATION", "WRAPPER"}})->text,
            "syntax = \"proto3\";\n\nimport \"google/protobuf/wrappers.proto\";\n\nmessage ConnectDefault1 {\n  google.protobuf.Int32Value I = 1;\n}\n");
  EXPECT_EQ(derive_schema(Format::protobuf, {{"I", Kind::integer}}, false, false, {{"FULL_SCHEMA_NAME", "io.examples.Customer"}})->text.substr(0, 60),
            "syntax = \"proto3\";\npackage io.examples;\n\nmessage Customer {\n");
  EXPECT_EQ(check_columns(Format::protobuf, {{"M", Type::map(Kind::integer, Kind::integer)}}, false).error().message, "PROTOBUF format only supports MAP types with STRING keys");
}

}  // namespace
}  // namespace braid::format
