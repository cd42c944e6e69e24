#include "format/avro/schema.h"

#include <gtest/gtest.h>

namespace braid::format::avro {
namespace {

std::string canonical(std::string_view text) {
  auto schema = parse(text);
  return schema ? canonical_text(**schema) : "error: " + schema.error().message;
}
std::string normalised(std::string_view text) {
  auto schema = parse(text);
  return schema ? normalised_text(**schema) : "error: " + schema.error().message;
}
std::string refusal(std::string_view text, ParseOptions options = {}) {
  auto schema = parse(text, {}, options);
  return schema ? "accepted" : schema.error().message;
}

TEST(AvroSchema, PrimitivesWithoutPropertiesCollapse) {
  EXPECT_EQ(canonical(R"({"type":"int"})"), R"("int")");
  EXPECT_EQ(canonical(R"( "string" )"), R"("string")");
  EXPECT_EQ(canonical(R"({"type":"int","logicalType":"date"})"), R"({"type":"int","logicalType":"date"})");
}

TEST(AvroSchema, KeysOfATypeComeInJavasOrder) {
  EXPECT_EQ(canonical(R"({"fields":[{"aliases":["old"],"doc":"d","x":1,"order":"descending","default":0,"type":"int","name":"a"}],
                          "aliases":["B","o.C"],"z":true,"name":"A","doc":"what","namespace":"n","type":"record"})"),
            R"({"type":"record","name":"A","namespace":"n","doc":"what","fields":[{"name":"a","type":"int","doc":"d","default":0,)"
            R"("order":"descending","aliases":["old"],"x":1}],"z":true,"aliases":["B","o.C"]})");
  EXPECT_EQ(canonical(R"({"type":"enum","symbols":["A","B"],"default":"A","name":"n.E"})"),
            R"({"type":"enum","name":"E","namespace":"n","symbols":["A","B"],"default":"A"})");
}

TEST(AvroSchema, RedundantNamespacesGo) {
  EXPECT_EQ(canonical(R"({"type":"record","name":"A","namespace":"n","fields":[
      {"name":"b","type":{"type":"record","name":"n.B","fields":[]}},{"name":"c","type":"n.B"},
      {"name":"d","type":{"type":"fixed","name":"m.F","size":2}},{"name":"e","type":{"type":"enum","name":"E","namespace":"","symbols":[]}}]})"),
            R"({"type":"record","name":"A","namespace":"n","fields":[{"name":"b","type":{"type":"record","name":"B","fields":[]}},)"
            R"({"name":"c","type":"B"},{"name":"d","type":{"type":"fixed","name":"F","namespace":"m","size":2}},)"
            R"({"name":"e","type":{"type":"enum","name":"E","namespace":"","symbols":[]}}]})");
}

TEST(AvroSchema, NumbersPrintAsJavaDoes) {
  const auto with_default = [](std::string value) {
    const std::string text = canonical(R"({"type":"record","name":"R","fields":[{"name":"a","type":"double","default":)" + value + "}]}");
    const auto at = text.find("\"default\":") + 10;
    return text.substr(at, text.find('}', at) - at);
  };
  EXPECT_EQ(with_default("1"), "1");
  EXPECT_EQ(with_default("1.0"), "1.0");
  EXPECT_EQ(with_default("1e10"), "1.0E10");
  EXPECT_EQ(with_default("1e6"), "1000000.0");
  EXPECT_EQ(with_default("12345678.9"), "1.23456789E7");
  EXPECT_EQ(with_default("0.001"), "0.001");
  EXPECT_EQ(with_default("0.00012"), "1.2E-4");
  EXPECT_EQ(with_default("-0.5"), "-0.5");
  EXPECT_EQ(with_default("\"1.5\""), "1.5");   // a text where a number belongs
}

TEST(AvroSchema, AnyPropertyAndTextSurvives) {
  EXPECT_EQ(canonical(R"({"type":"record","name":"R","doc":"grün \u00e9 \"q\" \n","custom":{"b":[1,null],"a":{}},"fields":[]})"),
            "{\"type\":\"record\",\"name\":\"R\",\"doc\":\"grün é \\\"q\\\" \\n\",\"fields\":[],\"custom\":{\"b\":[1,null],\"a\":{}}}");
}

TEST(AvroSchema, NormalisedHasFullNamesAndSortedProperties) {
  EXPECT_EQ(normalised(R"({"type":"record","name":"A","namespace":"n","z":1,"b":2,"doc":"d","fields":[
      {"name":"a","type":{"type":"bytes","logicalType":"decimal","scale":0,"precision":4}},
      {"name":"s","type":["null","string"],"default":null,"doc":"x"},{"name":"r","type":["null","A"]}]})"),
            R"({"name":"n.A","type":"record","fields":[)"
            R"({"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":4},"order":"ASCENDING"},)"
            R"({"name":"s","type":["null","string"],"order":"ASCENDING","doc":"x","default":null},)"
            R"({"name":"r","type":["null","n.A"],"order":"ASCENDING"}],"doc":"d","b":2,"z":1})");
}

TEST(AvroSchema, ReferencesStayNames) {
  const std::vector<std::string> references{R"({"type":"record","name":"n.B","fields":[{"name":"x","type":"int"}]})"};
  const auto schema = parse(R"({"type":"record","name":"n.A","fields":[{"name":"b","type":"n.B"}]})", references);
  ASSERT_TRUE(schema);
  EXPECT_EQ(canonical_text(**schema), R"({"type":"record","name":"A","namespace":"n","fields":[{"name":"b","type":"B"}]})");
  EXPECT_EQ(resolved_text(**schema),
            R"({"type":"record","name":"A","namespace":"n","fields":[{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"x","type":"int"}]}}]})");
}

TEST(AvroSchema, RecursiveAndForwardNamesResolve) {
  EXPECT_EQ(canonical(R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})"),
            R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]})");
  EXPECT_EQ(canonical(R"({"type":"record","name":"R","fields":[{"name":"a","type":"E"},{"name":"b","type":{"type":"enum","name":"E","symbols":["X"]}}]})"),
            R"({"type":"record","name":"R","fields":[{"name":"a","type":{"type":"enum","name":"E","symbols":["X"]}},{"name":"b","type":"E"}]})");
}

TEST(AvroSchema, RefusalsNameWhatIsWrong) {
  EXPECT_EQ(refusal("{"), "not valid JSON at line 1, column 2: a name in quotes expected");
  EXPECT_EQ(refusal(R"({"type":"record","name":"R"})"), "Record has no fields: R needs a list under \"fields\"");
  EXPECT_EQ(refusal(R"({"type":"record","fields":[]})").substr(0, 17), "No name in schema");
  EXPECT_EQ(refusal(R"({"type":"record","name":"R","fields":[{"name":"a","type":"X"}]})").substr(0, 46),
            "Undefined name: \"X\" is not a defined name (the");
  EXPECT_EQ(refusal(R"(["int","int"])"), "Duplicate in union: int");
  EXPECT_EQ(refusal(R"(["int",["null"]])"), "Nested union: a union may not directly hold another union");
  EXPECT_EQ(refusal(R"({"type":"enum","name":"E","symbols":["A","A"]})"), "Duplicate enum symbol: A in E");
  EXPECT_EQ(refusal(R"({"type":"record","name":"1R","fields":[]})").substr(0, 25), "Illegal character in name");
  EXPECT_EQ(refusal(R"({"type":"fixed","name":"F"})").substr(0, 18), "Invalid or no size");
  EXPECT_EQ(refusal(R"("nope")").substr(0, 14), "Undefined name");
  const auto* bad_default = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]})";
  EXPECT_EQ(refusal(bad_default), "accepted");   // as Confluent's registry does unless validateNewSchemas is set
  EXPECT_EQ(refusal(bad_default, {.validate_defaults = true}), "Invalid default for field 'a' of record R: \"x\" is not a int");
}

TEST(AvroSchema, NestingIsBounded) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += R"({"type":"array","items":)";
  EXPECT_NE(refusal(text).find("nested more than"), std::string::npos);
}

// A flat list whose members name the next one: written out, each stands inside the one before.
TEST(AvroSchema, ChainsOfNamesAreBounded) {
  const auto chain = [](int length) {
    std::string text = "[";
    for (int i = 0; i < length; ++i)
      text += (i == 0 ? "" : ",") + (R"({"type":"record","name":"R)" + std::to_string(i)) + R"(","fields":[{"name":"f","type":")" + (i + 1 < length ? "R" + std::to_string(i + 1) : "int") + R"("}]})";
    return text + "]";
  };
  EXPECT_EQ(refusal(chain(20000)).substr(0, 21), "types nested too deep");
  const auto fine = parse(chain(60));
  ASSERT_TRUE(fine);
  EXPECT_EQ(canonical(canonical_text(**fine)), canonical_text(**fine));
}

TEST(AvroSchema, LogicalTypesCountOnlyWhereTheyAreValid) {
  const auto logical = [](std::string_view text) { return (*parse(text))->root().logical; };
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"timestamp-millis"})"), Logical::timestamp_millis);
  EXPECT_EQ(logical(R"({"type":"int","logicalType":"timestamp-millis"})"), Logical::none_);
  EXPECT_EQ(logical(R"({"type":"bytes","logicalType":"decimal","precision":4,"scale":5})"), Logical::none_);
  const auto decimal = *parse(R"({"type":"bytes","logicalType":"decimal","precision":4,"scale":2})");
  EXPECT_EQ(decimal->root().logical, Logical::decimal);
  EXPECT_EQ(decimal->root().scale, 2);
}

}  // namespace
}  // namespace braid::format::avro
