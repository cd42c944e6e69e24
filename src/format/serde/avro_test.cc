#include <gtest/gtest.h>

#include <map>

#include "format/avro/binary.h"
#include "format/serde.h"

namespace braid::format {
namespace {

using data::Column;
using data::Field;
using data::Kind;
using data::Type;
using data::Value;

struct Known : Schemas {
  std::map<std::int32_t, SchemaText> texts;
  const SchemaText* by_id(SchemaId id) override {
    const auto it = texts.find(id.value);
    return it == texts.end() ? nullptr : &it->second;
  }
};

Bytes header(std::int32_t id) {
  Bytes out(1, '\0');
  Writer(out).be(id);
  return out;
}

std::string decoded(const char* schema, std::vector<Field> columns, Bytes body, bool unwrap = false) {
  Known known;
  known.texts[3] = {"AVRO", schema};
  auto serde = make_serde({.format = Format::avro, .unwrap_single = unwrap, .columns = columns}, known);
  if (!serde) return serde.error().message;
  std::vector<Column> out;
  for (const auto& f : columns) out.emplace_back(f.type);
  std::vector<Column*> at;
  for (auto& c : out) at.push_back(&c);
  const Bytes payload = header(3) + body;
  if (auto done = (*serde)->decode(payload, at); !done) return "error: " + done.error().message;
  std::string text;
  for (auto& c : out) text += (text.empty() ? "" : " ") + c.get(0).debug_text();
  return text;
}

std::string encoded(const char* schema, std::vector<Field> columns, std::vector<Value> row) {
  Known known;
  auto serde = make_serde({.format = Format::avro, .columns = columns, .write_schema_id = SchemaId{3}, .write_schema = SchemaText{"AVRO", schema}}, known);
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
  return done ? out.substr(5) : "error: " + done.error().message;
}

Bytes number(std::int64_t v) { Bytes out; avro::put_long(out, v); return out; }
Bytes text(std::string_view v) { Bytes out; avro::put_bytes(out, v); return out; }

TEST(AvroSerde, FieldsMatchWithoutCaseAndOthersAreSkipped) {
  const char* schema = R"({"type":"record","name":"R","namespace":"com.acme","fields":[{"name":"extra","type":{"type":"array","items":"string"}},{"name":"name","type":["null","string"]},{"name":"id","type":"int"}]})";
  const Bytes body = number(2) + text("x") + text("yy") + number(0) + number(1) + text("bob") + number(120);
  EXPECT_EQ(decoded(schema, {{"ID", Kind::bigint}, {"NAME", Kind::string}, {"AGE", Kind::integer}}, body), "120 'bob' null");
  EXPECT_EQ(decoded(schema, {{"ID", Kind::string}}, body), "'120'");
  EXPECT_EQ(decoded(schema, {{"NAME", Kind::integer}}, body), "error: column NAME is INTEGER, but the records are written with Avro string (STRING) there");
  EXPECT_EQ(decoded(schema, {{"ID", Kind::bigint}}, body.substr(0, 6)), "error: not readable as Avro: the bytes end inside a number");
  EXPECT_EQ(decoded(schema, {{"ID", Kind::bigint}}, body + "x"), "error: not readable as Avro: 1 bytes are left after the value");
}

TEST(AvroSerde, BareValuesLogicalTypesAndUnions) {
  EXPECT_EQ(decoded("\"int\"", {{"FOO", Kind::integer}}, number(10), true), "10");
  EXPECT_EQ(decoded("\"int\"", {{"FOO", Kind::string}}, number(10), true), "'10'");
  EXPECT_EQ(decoded(R"({"type":"array","items":["null","int"]})", {{"FOO", Type::array(Kind::string)}}, number(2) + number(1) + number(5) + number(0) + number(0), true), "['5', null]");
  EXPECT_EQ(decoded(R"({"type":"long","logicalType":"timestamp-micros"})", {{"T", Kind::timestamp}}, number(-1), true), "timestamp -1");
  EXPECT_EQ(decoded(R"({"type":"bytes","logicalType":"decimal","scale":2})", {{"D", Type::decimal(64, 2)}}, text("\x19\x79"), true), "65.21");
  EXPECT_EQ(decoded(R"(["null","int","string"])", {{"U", Type::structure({{"int", Kind::integer}, {"string", Kind::string}})}}, number(2) + text("a"), true), "{null, 'a'}");
  EXPECT_EQ(decoded(R"({"type":"enum","name":"E","symbols":["A","B"]})", {{"E", Kind::string}}, number(1), true), "'B'");
  EXPECT_EQ(decoded("\"int\"", {{"FOO", Kind::integer}}, number(10)), "error: the records are written as Avro int (INTEGER), not as records with fields");
}

TEST(AvroSerde, SaysWhichSchemaIsMissing) {
  Known known;
  auto serde = make_serde({.format = Format::avro, .columns = {{"A", Kind::integer}}}, known);
  Column a(Kind::integer);
  Column* const at[] = {&a};
  const auto missing = (*serde)->decode(header(9) + number(1), at);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().message, "schema 9 is not known here yet");
  EXPECT_EQ((*serde)->schema_id_of(header(9))->value, 9);
  EXPECT_EQ((*serde)->decode("{\"a\":1}", at).error().code, ErrorCode::invalid_input);
}

TEST(AvroSerde, WritesWithARegisteredSchema) {
  const char* schema = R"({"type":"record","name":"R","fields":[{"name":"opt","type":"string","default":"foo"},{"name":"n","type":"int","default":7},{"name":"u","type":["null","long"]}]})";
  EXPECT_EQ(encoded(schema, {{"N", Kind::integer}, {"U", Kind::bigint}}, {Value(), Value(std::int64_t{5})}), text("foo") + number(7) + number(1) + number(5));
  EXPECT_EQ(encoded(schema, {{"N", Kind::integer}}, {Value(2)}), text("foo") + number(2) + number(0));
  EXPECT_EQ(encoded(schema, {{"N", Kind::string}}, {Value()}), "column N is STRING, which the Avro schema has no place for: it says int (INTEGER)");
  EXPECT_EQ(encoded(schema, {{"X", Kind::string}}, {Value()}), "column X has no field in the Avro schema of the record");
  EXPECT_EQ(encoded(R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})", {{"A", Kind::integer}}, {Value()}),
            "error: field a is null, but the Avro schema takes no null there");
}

TEST(AvroSerde, DerivesWhatKsqldbRegisters) {
  const auto derived = derive_schema(Format::avro, {{"FOO", Kind::integer}}, false, false);
  EXPECT_EQ(derived->text, R"({"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"FOO","type":["null","int"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"})");
  const auto map = derive_schema(Format::avro, {{"M", Type::map(Kind::string, Kind::integer)}}, true, true, {{"FULL_SCHEMA_NAME", "a.b.OutputKey"}});
  EXPECT_EQ(map->text, R"({"type":"array","items":{"type":"record","name":"OutputKey","namespace":"a.b","fields":[{"name":"key","type":["null","string"],"default":null},{"name":"value","type":["null","int"],"default":null}],"connect.internal.type":"MapEntry"},"connect.name":"a.b.OutputKey"})");
  EXPECT_EQ(derive_schema(Format::avro, {{"1Bad", Kind::integer}}, false, false).error().message, "Schema is not compatible with Avro: Illegal initial character: 1Bad");
  EXPECT_EQ(derive_schema(Format::avro, {{"M", Type::map(Kind::integer, Kind::integer)}}, false, false).error().message, "Avro only supports MAPs with STRING keys");
}

TEST(AvroSerde, InfersColumns) {
  const auto record = infer_columns(Format::avro, {"AVRO", R"({"type":"record","name":"blah","fields":[{"name":"c1","type":{"type":"int","logicalType":"date"}},{"name":"c2","type":["null",{"type":"fixed","name":"md5","size":16}]},{"name":"c3","type":"null"},{"name":"c4","type":{"type":"map","values":"float"}}]})"}, false);
  ASSERT_TRUE(record);
  std::string text;
  for (const auto& c : record->columns) text += c.name + " " + c.type.text() + ",";
  EXPECT_EQ(text, "c1 DATE,c2 BYTES,c4 MAP<STRING, DOUBLE>,");
  EXPECT_TRUE(infer_columns(Format::avro, {"AVRO", "\"int\""}, true)->unwrapped);
  // A recursive record has no SQL type; what leads into the circle is left out.
  EXPECT_EQ(infer_columns(Format::avro, {"AVRO", R"({"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]})"}, false)->columns.size(), 1u);
}

}  // namespace
}  // namespace braid::format
