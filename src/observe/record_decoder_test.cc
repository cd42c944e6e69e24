// Records become fields: by their schemas, as JSON, text or bytes; what cannot be decoded is counted with its reason.
#include "observe/record_decoder.h"

#include <gtest/gtest.h>

#include "format/avro/binary.h"

namespace braid::observe {
namespace {

struct Topic {
  std::vector<std::pair<std::optional<Bytes>, std::optional<Bytes>>> records;
  RecordDecoder decoder;
  TopicProfile profile;

  void add(std::optional<Bytes> key, std::optional<Bytes> value) { records.emplace_back(std::move(key), std::move(value)); }
  void schema(int id, std::string type, std::string text) { decoder.schemas().put(SchemaId{id}, format::SchemaText{std::move(type), std::move(text), {}}); }
  json::array run() {
    std::vector<eventlog::RecordView> views;
    for (std::size_t i = 0; i < records.size(); ++i) {
      eventlog::RecordView r;
      r.offset = Offset{std::int64_t(i)};
      r.timestamp_ms = 1000 + std::int64_t(i);
      if (records[i].first) r.key = *records[i].first;
      if (records[i].second) r.value = *records[i].second;
      views.push_back(r);
    }
    decoder.add(views, profile);
    profile.records += views.size();
    records.clear();
    return profile.fields_json();
  }
};

const json::object& field(const json::array& fields, std::string_view path, std::string_view side = "value") {
  for (const auto& f : fields)
    if (f.at("path").as_string() == path && f.at("in").as_string() == side) return f.get_object();
  static const json::object none;
  ADD_FAILURE() << "no field " << path << " in " << json::print(fields);
  return none;
}

Bytes framed(int id, Bytes payload) {
  Bytes out;
  Writer w(out);
  w.u8(0);
  w.be(std::int32_t(id));
  w.bytes(payload);
  return out;
}
Bytes trade(std::string side, std::int32_t price) {
  Bytes out;
  format::avro::put_bytes(out, side);
  format::avro::put_int(out, price);
  return out;
}

constexpr const char* v1 = R"({"type":"record","name":"T","fields":[{"name":"side","type":"string"},{"name":"price","type":"int"}]})";
constexpr const char* v2 = R"({"type":"record","name":"T","fields":[{"name":"side","type":"string"},{"name":"price","type":"int"},{"name":"note","type":["null","string"],"default":null}]})";

TEST(RecordDecoder, VersionsOfASchemaAddFields) {
  Topic t;
  t.schema(7, "AVRO", v1);
  t.schema(8, "AVRO", v2);
  for (int i = 0; i < 10; ++i) t.add("k" + std::to_string(i % 2), framed(7, trade("BUY", i)));
  for (int i = 0; i < 5; ++i) {
    Bytes b = trade("SELL", 100);
    format::avro::put_long(b, i == 0 ? 0 : 1);
    if (i != 0) format::avro::put_bytes(b, "hello");
    t.add("k", framed(8, b));
  }
  t.add("k", std::nullopt);   // a tombstone has no value
  const auto fields = t.run();
  EXPECT_EQ(field(fields, "side").at("count").as_uint64(), 15u);
  EXPECT_EQ(field(fields, "price").at("max"), 100);
  EXPECT_EQ(field(fields, "note").at("count").as_uint64(), 4u);
  EXPECT_EQ(field(fields, "note").at("nulls").as_uint64(), 1u);
  EXPECT_EQ(field(fields, "note").at("absent").as_uint64(), 10u);
  EXPECT_EQ(field(fields, "(key)", "key").at("count").as_uint64(), 16u);
  EXPECT_EQ(field(fields, "(key)", "key").at("distinct").at("estimate").as_uint64(), 3u);
  EXPECT_EQ(t.profile.undecodable, 0u);
  EXPECT_EQ(t.profile.last_record_ms, 1015);
}

TEST(RecordDecoder, WhatCannotBeDecodedIsCountedWithItsReasonAndInNoField) {
  Topic t;
  t.schema(7, "AVRO", v1);
  for (int i = 0; i < 6; ++i) t.add(std::nullopt, framed(7, i % 2 ? trade("BUY", i) : Bytes("\x7f")));
  t.add(std::nullopt, framed(99, "x"));
  t.add(std::nullopt, Bytes("{\"a\": "));
  const auto fields = t.run();
  EXPECT_EQ(t.profile.undecodable, 5u);
  EXPECT_EQ(field(fields, "side").at("count").as_uint64(), 3u);
  EXPECT_EQ(field(fields, "side").at("nulls").as_uint64(), 0u);
  bool unknown = false, broken = false;
  for (const auto& [reason, n] : t.profile.reasons) {
    unknown = unknown || reason == "value: names schema 99, which the registry does not have";
    broken = broken || reason.starts_with("value: looks like JSON and is not");
  }
  EXPECT_TRUE(unknown);
  EXPECT_TRUE(broken);
}

TEST(RecordDecoder, UnknownSchemasAreNamedOnce) {
  Topic t;
  const Bytes a = framed(5, "x"), b = framed(6, "y");
  std::vector<eventlog::RecordView> views(3);
  views[0].value = views[1].value = a;
  views[2].key = b;
  EXPECT_EQ(t.decoder.unknown_schemas(views).size(), 2u);
  t.decoder.schemas().put(SchemaId{5}, fail(ErrorCode::not_found, "no such schema"));
  EXPECT_EQ(t.decoder.unknown_schemas(views).size(), 1u);   // not asked for again at once
}

TEST(RecordDecoder, JsonWithoutASchemaByPath) {
  Topic t;
  t.add(std::nullopt, Bytes(R"({"id":1,"user":{"name":"ana","tags":["x","y"]},"ok":true,"price":1.5,"gone":null})"));
  t.add(std::nullopt, Bytes(R"({"id":2,"user":{"name":"bo","tags":[]},"ok":false,"price":2})"));
  t.add(std::nullopt, Bytes(R"( {"id":"three"})"));
  t.add(std::nullopt, Bytes("just text"));
  t.add(std::nullopt, Bytes("\x00\x01\xff", 3));
  const auto fields = t.run();
  EXPECT_EQ(field(fields, "id").at("type"), "BIGINT | STRING");
  EXPECT_EQ(field(fields, "id").at("count").as_uint64(), 3u);
  EXPECT_EQ(field(fields, "user.name").at("count").as_uint64(), 2u);
  EXPECT_EQ(field(fields, "user.tags[]").at("count").as_uint64(), 2u);
  EXPECT_EQ(field(fields, "user.tags").at("lengths").at("max").as_uint64(), 2u);
  EXPECT_EQ(field(fields, "price").at("max"), 2.0);
  EXPECT_EQ(field(fields, "ok").at("top").as_array().size(), 2u);
  EXPECT_EQ(field(fields, "gone").at("nulls").as_uint64(), 1u);
  EXPECT_EQ(field(fields, "(value)").at("type"), "STRING | BYTES");
  EXPECT_EQ(field(fields, "(value)").at("count").as_uint64(), 2u);
  EXPECT_EQ(t.profile.undecodable, 0u);
}

TEST(RecordDecoder, NestedFieldsOfASchema) {
  Topic t;
  t.schema(3, "AVRO", R"({"type":"record","name":"O","fields":[{"name":"at","type":{"type":"record","name":"A","fields":[{"name":"city","type":"string"}]}},
    {"name":"tags","type":{"type":"array","items":"string"}},{"name":"attrs","type":{"type":"map","values":"int"}}]})");
  Bytes b;
  format::avro::put_bytes(b, "Porto");
  format::avro::put_long(b, 2);
  format::avro::put_bytes(b, "new");
  format::avro::put_bytes(b, "old");
  format::avro::put_long(b, 0);
  format::avro::put_long(b, 1);
  format::avro::put_bytes(b, "size");
  format::avro::put_int(b, 42);
  format::avro::put_long(b, 0);
  t.add(std::nullopt, framed(3, b));
  const auto fields = t.run();
  EXPECT_EQ(t.profile.undecodable, 0u) << (t.profile.reasons.empty() ? "" : t.profile.reasons.begin()->first);
  EXPECT_EQ(field(fields, "at").at("type"), "STRUCT");
  EXPECT_EQ(field(fields, "at.city").at("min"), "Porto");
  EXPECT_EQ(field(fields, "tags[]").at("count").as_uint64(), 2u);
  EXPECT_EQ(field(fields, "attrs{key}").at("min"), "size");
  EXPECT_EQ(field(fields, "attrs{}").at("max"), 42);
}

TEST(RecordDecoder, JsonSchemaAndBareValues) {
  Topic t;
  t.schema(1, "JSON", R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}})");
  t.schema(2, "AVRO", R"("string")");
  t.add(framed(2, Bytes("\x04hi")), framed(1, R"({"a":5,"b":"x"})"));
  t.add(Bytes("\x00\x00\x00\x00\x00\x00\x00\x07", 8), std::nullopt);   // a number as Kafka's LongSerializer writes it
  const auto fields = t.run();
  EXPECT_EQ(t.profile.undecodable, 0u) << (t.profile.reasons.empty() ? "" : t.profile.reasons.begin()->first);
  EXPECT_EQ(field(fields, "a").at("max"), 5);
  EXPECT_EQ(field(fields, "(key)", "key").at("count").as_uint64(), 2u);
}

}  // namespace
}  // namespace braid::observe
