// Rules on records of all three formats, from the bytes to the complaint.
#include "registry/record_check.h"

#include <gtest/gtest.h>

#include "format/avro/datum.h"

namespace braid::registry {
namespace {

Rule rule(std::string name, std::string type, std::string expr, std::optional<std::string> on_failure = std::nullopt) {
  Rule out;
  out.name = std::move(name);
  out.kind = "CONDITION";
  out.type = std::move(type);
  out.mode = "WRITE";
  out.expr = std::move(expr);
  out.on_failure = std::move(on_failure);
  return out;
}

struct Checked {
  RegisteredSchema schema;
  ParsedPtr parsed;
  RecordCheckPtr check;
};

Result<Checked> made(SchemaType type, std::string text, std::vector<Rule> rules, std::string enable_at = "SERVER", std::optional<Metadata> metadata = std::nullopt) {
  Checked out;
  out.schema.type = type;
  out.schema.text = text;
  out.schema.metadata = std::move(metadata);
  out.schema.rule_set = RuleSet{.domain_rules = std::move(rules), .enable_at = std::move(enable_at)};
  TRY(out.parsed, Parsed::parse(type, text, {}, {}));
  TRY(out.check, RecordCheck::compile(out.schema, out.parsed));
  return out;
}

std::string complaints(const Checked& c, BytesView body) {
  std::string out;
  for (const auto& x : c.check->check(body)) out += (x.action == Complaint::Action::divert ? "divert: " : x.action == Complaint::Action::note ? "note: " : "") + x.message + "\n";
  return out;
}

const std::string order = R"({"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},
  {"name":"email","type":["null","string"],"default":null,"confluent:tags":["PII"]},{"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
  {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"count","type":"int"}]}}}]})";

Bytes order_bytes(const Checked& c, std::int64_t id, std::optional<std::string> email, int count) {
  using avro_datum = format::avro::Datum;
  using T = format::avro::Type;
  const auto& schema = *std::get<format::avro::SchemaPtr>(c.parsed->any());
  avro_datum e{.type = T::union_, .whole = email ? 1 : 0, .items = {email ? avro_datum{.type = T::string, .bytes = *email} : avro_datum{.type = T::null_}}};
  avro_datum line{.type = T::record, .items = {avro_datum{.type = T::string, .bytes = "x1"}, avro_datum{.type = T::int_, .whole = count}}};
  avro_datum record{.type = T::record, .items = {avro_datum{.type = T::long_, .whole = id}, e, avro_datum{.type = T::enum_, .whole = 1}, avro_datum{.type = T::array, .items = {line}}}};
  Bytes out;
  const auto done = format::avro::encode(schema.root(), record, out);
  EXPECT_TRUE(done) << (done ? "" : done.error().message);
  return out;
}

TEST(RecordCheck, ConditionsOnAvroRecords) {
  const auto c = made(SchemaType::avro, order, {rule("positive", "CEL", "message.id > 0"), rule("lines", "CEL", "message.state == 'NEW' ; size(message.lines) == 0"),
                                                rule("counted", "CEL", "message.lines.all(l, l.count > 0)", "DLQ")});
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(c->check->rule_count(), 3u);
  EXPECT_EQ(complaints(*c, order_bytes(*c, 5, "a@b.org", 1)), "");
  EXPECT_EQ(complaints(*c, order_bytes(*c, 0, "a@b.org", 1)), "rule 'positive' does not hold: message.id > 0\n");
  EXPECT_EQ(complaints(*c, order_bytes(*c, 1, "a@b.org", 0)), "divert: rule 'counted' does not hold: message.lines.all(l, l.count > 0)\n");
}

TEST(RecordCheck, FieldRulesFollowTags) {
  auto pii = rule("mail", "CEL_FIELD", "typeName == 'STRING' ; value.isEmail()");
  pii.tags = {"PII"};
  auto secret = rule("count", "CEL_FIELD", "value < 10 || name != 'count'", "NONE");
  secret.tags = {"LIMITED"};
  Metadata metadata;
  metadata.tags["**.count"] = {"LIMITED"};
  const auto c = made(SchemaType::avro, order, {pii, secret}, "ALL", metadata);
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(complaints(*c, order_bytes(*c, 5, "a@b.org", 1)), "");
  EXPECT_EQ(complaints(*c, order_bytes(*c, 5, std::nullopt, 1)), "");
  EXPECT_EQ(complaints(*c, order_bytes(*c, 5, "nobody", 1)), "rule 'mail' on shop.Order.email does not hold: value.isEmail() with value = \"nobody\"\n");
  EXPECT_EQ(complaints(*c, order_bytes(*c, 5, "a@b.org", 11)), "note: rule 'count' on shop.Line.count does not hold: value < 10 || name != 'count' with value = 11\n");
}

TEST(RecordCheck, OnlyWhatTheServerIsAskedFor) {
  const std::vector<Rule> rules{rule("never", "CEL", "false")};
  for (const std::string at : {"CLIENT", "GATEWAY", "NONE"}) EXPECT_EQ(made(SchemaType::avro, order, rules, at)->check->rule_count(), 0u) << at;
  EXPECT_EQ(made(SchemaType::avro, order, rules, "ALL")->check->rule_count(), 1u);
  auto disabled = rules;
  disabled[0].disabled = true;
  EXPECT_EQ(made(SchemaType::avro, order, disabled)->check->rule_count(), 0u);
  auto reading = rules;
  reading[0].mode = "READ";
  EXPECT_EQ(made(SchemaType::avro, order, reading)->check->rule_count(), 0u);
  auto transform = rules;
  transform[0].kind = "TRANSFORM";
  EXPECT_EQ(made(SchemaType::avro, order, transform)->check->rule_count(), 0u);
}

TEST(RecordCheck, RulesThatAreNoneAreRefused) {
  const auto c = made(SchemaType::avro, order, {rule("typo", "CEL", "mesage.id > 0")});
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().message, "rule 'typo': there is no variable mesage, at character 1");
  const auto number = made(SchemaType::avro, order, {rule("number", "CEL", "message.id")});
  ASSERT_TRUE(number);
  EXPECT_EQ(complaints(*number, order_bytes(*number, 5, "a@b.org", 1)), "rule 'number' gives int, and a condition must give true or false\n");
  const auto field = made(SchemaType::avro, order, {rule("field", "CEL", "message.idd > 0")});
  EXPECT_EQ(complaints(*field, order_bytes(*field, 5, "a@b.org", 1)).substr(0, 60), "rule 'field' cannot be evaluated: no such field: idd, at cha");
}

TEST(RecordCheck, BytesThatDoNotFit) {
  const auto c = made(SchemaType::avro, order, {});
  EXPECT_EQ(complaints(*c, "").substr(0, 36), "the bytes are no record of the schem");
  auto longer = order_bytes(*c, 5, "a@b.org", 1) + "x";
  EXPECT_NE(complaints(*c, longer), "");
}

TEST(RecordCheck, JsonIsValidated) {
  const std::string text = R"({"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"mail":{"type":"string","confluent:tags":["PII"]},
    "lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string","confluent:tags":["PII"]}}}}}})";
  auto pii = rule("short", "CEL_FIELD", "size(value) < 5");
  pii.tags = {"PII"};
  const auto c = made(SchemaType::json, text, {pii, rule("even", "CEL", "message.id % 2 == 0")});
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(complaints(*c, R"({"id":2,"mail":"a","lines":[{"sku":"b"}]})"), "");
  EXPECT_EQ(complaints(*c, R"({"id":"x"})").substr(0, 26), "/id must be integer, is \"x");
  EXPECT_EQ(complaints(*c, R"({"id":3})"), "rule 'even' does not hold: message.id % 2 == 0\n");
  EXPECT_EQ(complaints(*c, R"({"id":2,"lines":[{"sku":"b"},{"sku":"too long"}]})"), "rule 'short' on $.lines[1].sku does not hold: size(value) < 5 with value = \"too long\"\n");
  EXPECT_EQ(complaints(*c, "{").substr(0, 8), "not JSON");
}

TEST(RecordCheck, ProtobufIsParsed) {
  const std::string text = R"(syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto"; import "confluent/meta.proto";
    message Other { int32 x = 1; }
    message Order { int64 id = 1; string mail = 2 [(confluent.field_meta) = { tags: ["PII"] }]; repeated Other others = 3; google.protobuf.Timestamp at = 4; optional int32 maybe = 5; })";
  auto pii = rule("mail", "CEL_FIELD", "value == '' || value.isEmail()");
  pii.tags = {"PII"};
  const auto c = made(SchemaType::protobuf, text, {rule("id", "CEL", "message.id > 0 && !has(message.maybe)"), rule("at", "CEL", "has(message.at) ; message.at < timestamp('2100-01-01T00:00:00Z')"),
                                                   rule("others", "CEL", "message.others.all(o, o.x > 0)"), pii});
  ASSERT_TRUE(c) << c.error().message;
  const std::string order_index("\x02\x02", 2);                        // one index, 1: the second message
  EXPECT_EQ(complaints(*c, order_index + std::string("\x08\x05", 2)), "");
  EXPECT_EQ(complaints(*c, order_index), "rule 'id' does not hold: message.id > 0 && !has(message.maybe)\n");
  EXPECT_EQ(complaints(*c, order_index + std::string("\x08\x05\x12\x01x", 5)), "rule 'mail' on shop.Order.mail does not hold: value == '' || value.isEmail() with value = \"x\"\n");
  EXPECT_EQ(complaints(*c, order_index + std::string("\x08\x05\x1a\x00", 4)), "rule 'others' does not hold: message.others.all(o, o.x > 0)\n");
  EXPECT_EQ(complaints(*c, order_index + std::string("\x08\x05\x28\x01", 4)), "rule 'id' does not hold: message.id > 0 && !has(message.maybe)\n");
  EXPECT_EQ(complaints(*c, order_index + "\xff"), "the bytes are no message shop.Order\n");
  EXPECT_EQ(complaints(*c, std::string("\x02\x0a", 2)), "the record is of a message that the schema does not have\n");
}

TEST(Frames, NameTheirSchema) {
  const std::string framed("\0\0\0\1\2rest", 9), global = std::string("\1") + std::string(16, 'g') + "rest";
  const auto by_id = frame_of(framed);
  ASSERT_TRUE(by_id && by_id->id);
  EXPECT_EQ(by_id->id->value, 258);
  EXPECT_EQ(by_id->rest, "rest");
  const auto by_guid = frame_of(global);
  ASSERT_TRUE(by_guid && by_guid->guid);
  EXPECT_EQ((*by_guid->guid)[3], 'g');
  EXPECT_FALSE(frame_of("{\"a\":1}"));
  EXPECT_FALSE(frame_of(std::string("\0\0\0", 3)));
}

}  // namespace
}  // namespace braid::registry
