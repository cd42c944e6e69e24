#include "catalog/schema_fields.h"

#include <gtest/gtest.h>

#include "catalog/entity.h"

namespace braid::catalog {
namespace {

std::string shown(const SchemaContent& c) {
  std::string out;
  for (const auto& f : c.fields) out += f.record + "." + f.name + ": " + f.type + "\n";
  return out;
}

TEST(SchemaFields, Avro) {
  const auto c = read_schema("AVRO", R"({"type":"record","name":"Order","namespace":"shop","doc":"One order","fields":[
    {"name":"id","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"when"},
    {"name":"note","type":["null","string"],"confluent:tags":["PII"]},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"next","type":["null","Order"]}]}}},
    {"name":"extra","type":{"type":"map","values":["int","string"]}},
    {"name":"state","type":{"type":"enum","name":"State","symbols":["A"]}}]})");
  EXPECT_EQ(shown(c),
            "shop.Order.id: long (timestamp-millis)\nshop.Order.note: string, optional\nshop.Order.lines: array of shop.Line\nshop.Line.sku: string\nshop.Line.next: Order, optional\n"
            "shop.Order.extra: map of int or string\nshop.Order.state: enum shop.State\n");
  ASSERT_EQ(c.records.size(), 2u);
  EXPECT_EQ(c.records[0].doc, "One order");
  EXPECT_EQ(c.fields[1].tags, std::vector<std::string>{"PII"});
}

TEST(SchemaFields, JsonSchema) {
  const auto c = read_schema("JSON", R"({"title":"Order","type":"object","properties":{"id":{"type":"integer","description":"number"},"at":{"type":"string","format":"date-time"},
    "who":{"oneOf":[{"type":"null"},{"type":"string"}]},"to":{"type":"object","properties":{"city":{"type":["string","null"]}}},"tags":{"type":"array","items":{"type":"string"}}}})");
  EXPECT_EQ(shown(c), "Order.id: integer\nOrder.at: string (date-time)\nOrder.who: string, optional\nOrder.to: Order.to\nOrder.to.city: string, optional\nOrder.tags: array of string\n");
}

TEST(SchemaFields, Protobuf) {
  const auto c = read_schema("PROTOBUF", R"(syntax = "proto3"; package shop; import "x.proto"; option java_package = "a;b";
    // One order
    message Order { /* number */ int64 id = 1 [deprecated = true]; repeated Line lines = 2; map<string, int32> counts = 3; optional string note = 4;
      oneof who { string person = 5; int32 machine = 6; } message Line { string sku = 1; } enum State { A = 0; } reserved 9, 10; State state = 7; }
    service S { rpc Get (Order) returns (Order) { option x = 1; } }
    message Other { .shop.Order order = 1; })");
  EXPECT_EQ(shown(c),
            "shop.Order.id: int64\nshop.Order.lines: array of Line\nshop.Order.counts: map of int32\nshop.Order.note: string, optional\nshop.Order.person: string, optional\n"
            "shop.Order.machine: int32, optional\nshop.Order.Line.sku: string\nshop.Order.state: State\nshop.Other.order: .shop.Order\n");
  EXPECT_EQ(c.fields[0].doc, "number");
  EXPECT_EQ(c.records[0].doc, "One order");
}

TEST(SchemaFields, NonsenseHasNone) {
  for (const char* type : {"AVRO", "JSON", "PROTOBUF"})
    for (const char* text : {"", "{", "[]", "null", "message", "message X", "message X {", "message X { map<", "{\"type\":1}", "{\"type\":\"record\",\"fields\":[1,{}]}", "oneof", "/*", "\"", "message A { oneof"})
      EXPECT_LE(read_schema(type, text).fields.size(), 1u) << type << " " << text;
}

TEST(QualifiedNames, OfContextsAndNamesWithColons) {
  const Place place;
  for (const EntityRef& ref : {EntityRef{EntityType::kafka_topic, "users"}, EntityRef{EntityType::sr_subject_version, "a:b-value:3"}, EntityRef{EntityType::sr_schema, ".ctx:3"}, EntityRef{EntityType::sr_field, "3:ksql.users.userid"},
                               EntityRef{EntityType::data_product, "a: b"}, EntityRef{EntityType::data_product, ".odd"}, EntityRef{EntityType::kafka_logical_cluster, "lkc-braid"}, EntityRef{EntityType::query, "CSAS_X_1"}})
    EXPECT_EQ(parse_qualified_name(ref.type, qualified_name(place, ref)), ref) << qualified_name(place, ref);
  EXPECT_EQ(qualified_name(place, {EntityType::sr_subject_version, ".ctx:users-value:1"}), "lsrc-braid:.ctx:users-value:1");
  EXPECT_EQ(guid_of({EntityType::kafka_topic, "users"}).size(), 36u);
  EXPECT_NE(guid_of({EntityType::kafka_topic, "users"}), guid_of({EntityType::data_product, "users"}));
}

}  // namespace
}  // namespace braid::catalog
