#include <gtest/gtest.h>

#include "format/serde.h"

namespace braid::format {
namespace {

using data::Column;
using data::Field;
using data::Kind;
using data::Type;
using data::Value;

struct NoSchemas : Schemas {
  const SchemaText* by_id(SchemaId) override { return nullptr; }
};

std::string decoded(std::vector<Field> fields, std::string_view payload, bool unwrap = false, Format format = Format::json, FormatProperties properties = {}) {
  NoSchemas schemas;
  auto serde = make_serde({.format = format, .unwrap_single = unwrap, .columns = fields, .properties = std::move(properties)}, schemas);
  if (!serde) return serde.error().message;
  std::vector<Column> columns;
  for (const auto& f : fields) columns.emplace_back(f.type);
  std::vector<Column*> at;
  for (auto& c : columns) at.push_back(&c);
  if (auto done = (*serde)->decode(payload, at); !done) return "error: " + done.error().message;
  std::string out;
  for (auto& c : columns) {
    if (c.size() != 1) return "column has " + std::to_string(c.size()) + " rows";
    out += (out.empty() ? "" : " ") + c.get(0).debug_text();
  }
  return out;
}

std::string encoded(std::vector<Field> fields, std::vector<Value> row, bool unwrap = false, Format format = Format::json, FormatProperties properties = {}) {
  NoSchemas schemas;
  auto serde = make_serde({.format = format, .unwrap_single = unwrap, .columns = fields, .properties = std::move(properties)}, schemas);
  if (!serde) return serde.error().message;
  std::vector<Column> columns;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    columns.emplace_back(fields[i].type);
    columns.back().append(row[i]);
  }
  std::vector<const Column*> at;
  for (auto& c : columns) at.push_back(&c);
  Bytes out;
  const auto there = (*serde)->encode(at, 0, out);
  if (!there) return "error: " + there.error().message;
  return *there ? out : "<null>";
}

TEST(Json, FieldsMatchWithoutCase) {
  EXPECT_EQ(decoded({{"ID", Kind::bigint}, {"NAME", Kind::string}, {"AGE", Kind::integer}}, R"({"id": 120, "name":"bob", "age": "49"})"), "120 'bob' 49");
  EXPECT_EQ(decoded({{"A", Kind::integer}}, R"({"a":1,"A":2})"), "1");
  EXPECT_EQ(decoded({{"A", Kind::integer}, {"a", Kind::integer}}, R"({"a":1,"A":2})"), "2 1");
  EXPECT_EQ(decoded({{"A", Kind::integer}, {"B", Kind::string}}, R"({"C":[1,{"A":2}]})"), "null null");
  EXPECT_EQ(decoded({{"A\"B", Kind::integer}}, R"({"a\"b":1})"), "1");
  EXPECT_EQ(decoded({{"A", Kind::integer}}, "null"), "null");
}

TEST(Json, ConvertsAsKsqldbDoes) {
  EXPECT_EQ(decoded({{"A", Kind::string}}, R"({"a":1.10})"), "'1.10'");
  EXPECT_EQ(decoded({{"A", Kind::string}}, R"({"a":true})"), "'true'");
  EXPECT_EQ(decoded({{"A", Kind::string}}, R"({"a":{"x": [1, "b c"]}})"), R"('{"x":[1,"b c"]}')");
  EXPECT_EQ(decoded({{"A", Kind::string}}, R"({"a":"tab\there \u00e4"})"), "'tab\there ä'");
  EXPECT_EQ(decoded({{"A", Kind::boolean}}, R"({"a":"TRUE"})"), "true");
  EXPECT_EQ(decoded({{"A", Kind::double_}}, R"({"a":"1.5"})"), "1.5");
  EXPECT_EQ(decoded({{"A", Kind::double_}}, R"({"a":10})"), "10.0");
  EXPECT_EQ(decoded({{"A", Kind::integer}}, R"({"a":1.9})"), "1");
  EXPECT_EQ(decoded({{"A", Type::decimal(4, 2)}}, R"({"a":10.1})"), "10.10");
  EXPECT_EQ(decoded({{"A", Type::decimal(4, 2)}}, R"({"a":"1"})"), "1.00");
  EXPECT_EQ(decoded({{"A", Kind::bytes}}, R"({"a":"YWJj"})"), "bytes(3)");
  EXPECT_EQ(decoded({{"A", Kind::timestamp}, {"B", Kind::date}, {"C", Kind::time}}, R"({"a":1,"b":2,"c":3})"), "timestamp 1 date 2 time 3");
  EXPECT_EQ(decoded({{"A", Kind::bigint}}, R"({"a":"x"})"), "error: field A: 'x' is no BIGINT");
  EXPECT_EQ(decoded({{"A", Kind::integer}}, R"({"a":true})"), "error: field A is a boolean, which is no INTEGER");
}

TEST(Json, Nested) {
  const Type type = Type::structure({{"X", Type::array(Kind::string)}, {"Y", Type::map(Kind::string, Kind::bigint)}});
  EXPECT_EQ(decoded({{"A", type}}, R"({"A":{"y":{"k":1,"l":null},"x":[1,null,"b"]}})"), "{['1', null, 'b'], {'k': 1, 'l': null}}");
  EXPECT_EQ(decoded({{"A", Type::array(Kind::double_)}}, "[1, 2.5]", true), "[1.0, 2.5]");
  EXPECT_EQ(decoded({{"A", Kind::boolean}}, "true", true), "true");
  EXPECT_EQ(decoded({{"A", Kind::string}}, "\"hello\"", true), "'hello'");
  EXPECT_EQ(encoded({{"A", type}}, {Value::structure({Value::array({Value("a"), Value()}), Value::map({{Value("k"), Value(std::int64_t{7})}})})}),
            R"({"A":{"X":["a",null],"Y":{"k":7}}})");
}

TEST(Json, BrokenRecordsAreErrors) {
  for (const char* text : {"", "{", "{\"a\":}", "{\"a\":1}x", "[1]", "{\"a\":tru}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\xff\"}", "{\"a\" 1}"})
    EXPECT_TRUE(decoded({{"A", Kind::string}}, text).starts_with("error:")) << text << " gave " << decoded({{"A", Kind::string}}, text);
}

TEST(Json, SkipsColumnsThatNobodyNeeds) {
  NoSchemas schemas;
  auto serde = make_serde({.columns = {{"A", Kind::integer}, {"B", Kind::integer}}}, schemas);
  Column b(Kind::integer);
  Column* const columns[] = {nullptr, &b};
  ASSERT_TRUE((*serde)->decode(R"({"A":"not looked at","B":5})", columns));
  EXPECT_EQ(b.get(0).integer(), 5);
}

TEST(Json, Writes) {
  EXPECT_EQ(encoded({{"A", Kind::double_}, {"B", Kind::string}, {"C", Kind::bigint}}, {Value(1e10), Value("q\"\n\x01"), Value()}),
            "{\"A\":1.0E10,\"B\":\"q\\\"\\n\\u0001\",\"C\":null}");
  EXPECT_EQ(encoded({{"A", Type::decimal(6, 4)}}, {Value(data::Decimal(100000, 4))}), R"({"A":10.0000})");
  EXPECT_EQ(encoded({{"A", Kind::integer}}, {Value(5)}, true), "5");
  EXPECT_EQ(encoded({{"A", Kind::integer}}, {Value()}, true), "<null>");
}

TEST(Json, MapsMayBeEntries) {
  EXPECT_EQ(decoded({{"M", Type::map(Kind::string, Kind::integer)}}, R"({"m":[{"key":"a","value":1},{"key":"a","value":2}]})"), "{'a': 2}");
}

TEST(JsonSr, InfersAndDerives) {
  const auto inferred = [](const char* text) {
    const auto columns = infer_columns(Format::json_sr, {"JSON", text}, false);
    if (!columns) return columns.error().message;
    std::string out = columns->unwrapped ? "bare" : "";
    for (const auto& c : columns->columns) out += (out.empty() ? "" : ", ") + c.name + " " + c.type.text();
    return out;
  };
  EXPECT_EQ(inferred(R"({"type":"object","properties":{"c1":{"type":"integer"},"c2":{"type":["null","string"]},"c3":{"type":"number"}}})"), "c1 BIGINT, c2 STRING, c3 DOUBLE");
  EXPECT_EQ(inferred(R"({"type":"object","properties":{"B":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]},"A":{"connect.index":0,"type":"boolean"}}})"), "A BOOLEAN, B INTEGER");
  EXPECT_EQ(inferred(R"({"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int64"}]})"), "bare,  BIGINT");
  EXPECT_EQ(inferred(R"({"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.parameters":{"scale":"2","connect.decimal.precision":"4"}})"), "bare,  DECIMAL(4, 2)");
  EXPECT_EQ(inferred(R"({"type":"object","properties":{"a":{"$ref":"#/definitions/A"},"m":{"type":"object","additionalProperties":{"type":"string"}}},"definitions":{"A":{"type":"object","properties":{"x":{"enum":["p"]}}}}})"),
            "a STRUCT<`x` STRING>, m MAP<STRING, STRING>");
  EXPECT_EQ(derive_schema(Format::json_sr, {{"FOO", Kind::integer}}, false, false)->text,
            R"({"type":"object","properties":{"FOO":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]}}})");
  EXPECT_EQ(derive_schema(Format::json_sr, {{"K", Kind::integer}}, true, true)->text, R"({"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]})");
}

TEST(Delimited, ReadsAndWrites) {
  const std::vector<Field> abc = {{"A", Kind::bigint}, {"B", Kind::string}, {"C", Kind::integer}};
  EXPECT_EQ(decoded(abc, "0,zero,0", false, Format::delimited), "0 'zero' 0");
  EXPECT_EQ(decoded(abc, "0,\"a,\"\"b\",\r\n", false, Format::delimited), "0 'a,\"b' null");
  EXPECT_EQ(decoded(abc, "0|z|0", false, Format::delimited, {{"DELIMITER", "|"}}), "0 'z' 0");
  EXPECT_EQ(decoded(abc, "0\tz\t0", false, Format::delimited, {{"DELIMITER", "TAB"}}), "0 'z' 0");
  EXPECT_EQ(decoded(abc, "0☺z☺0", false, Format::delimited, {{"DELIMITER", "☺"}}), "0 'z' 0");
  EXPECT_EQ(decoded(abc, "0,z", false, Format::delimited), "error: Unexpected field count, csvFields:2 schemaFields:3");
  EXPECT_EQ(encoded({{"A", Type::decimal(20, 4)}, {"B", Kind::string}}, {Value(data::Decimal(-123451200, 4)), Value("x y")}, false, Format::delimited), "\"-12345.1200\",x y");
  EXPECT_EQ(encoded(abc, {Value(std::int64_t{-1}), Value("a,b"), Value(-2)}, false, Format::delimited), "\"-1\",\"a,b\",-2");
  EXPECT_EQ(check_properties(Format::delimited, {{"DELIMITER", "<~>"}}).error().message.substr(0, 30), "Invalid delimiter value: '<~>'");
}

TEST(Kafka, Primitives) {
  EXPECT_EQ(decoded({{"A", Kind::integer}}, std::string_view("\0\0\0\x05", 4), false, Format::kafka), "5");
  EXPECT_EQ(decoded({{"A", Kind::double_}}, std::string_view("\x3f\xf8\0\0\0\0\0\0", 8), false, Format::kafka), "1.5");
  EXPECT_EQ(decoded({{"A", Kind::bigint}}, "abc", false, Format::kafka), "error: column A: Kafka's BIGINT has 8 bytes, the record has 3");
  EXPECT_EQ(encoded({{"A", Kind::bigint}}, {Value(std::int64_t{258})}, false, Format::kafka), std::string("\0\0\0\0\0\0\1\2", 8));
  EXPECT_EQ(encoded({{"A", Kind::string}}, {Value()}, false, Format::kafka), "<null>");
  EXPECT_EQ(decoded({{"K", Type::array(Kind::double_)}}, "", false, Format::kafka), "The 'KAFKA' format does not support type 'ARRAY', column: `K`");
}

}  // namespace
}  // namespace braid::format
