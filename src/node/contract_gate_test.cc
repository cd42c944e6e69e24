// The contract gate over a registry in memory: which records it lets in, and what it says of the others.
#include "node/contract_gate.h"

#include <gtest/gtest.h>

#include "registry/identity.h"
#include "registry/memory_journal.h"
#include "registry/service.h"
#include "storage/log.h"

namespace braid::node {
namespace {

Bytes framed(std::int32_t id, std::string_view body) {
  Bytes out(5, '\0');
  store_be(out.data() + 1, id);
  return out + Bytes(body);
}

class ContractGateTest : public testing::Test {
 protected:
  ContractGateTest() : shards_(io::Shards::start(2)), gate_(ContractGate::make(*shards_, metrics_)) {
    registry::Registry::OpenJournal open = [](eventlog::Journal::Apply apply) { return registry::MemoryJournal::open(std::move(apply)); };
    registry_ = *wait(registry::Registry::open_on(std::move(open), metrics_));
  }
  ~ContractGateTest() override { wait(gate_->detach()); }
  template <class T> T wait(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }

  registry::RegisteredSchema add(const std::string& subject, const std::string& text, std::optional<std::string> rule = {}, std::optional<std::string> on_failure = {},
                                 registry::SchemaType type = registry::SchemaType::json) {
    registry::SchemaDraft draft;
    draft.type = type;
    draft.text = text;
    if (rule) {
      registry::Rule made;
      made.name = "theRule";
      made.kind = "CONDITION";
      made.type = "CEL";
      made.mode = "WRITE";
      made.expr = rule;
      made.on_failure = on_failure;
      draft.rule_set = registry::RuleSet{.domain_rules = {made}, .enable_at = "SERVER"};
    }
    auto out = wait(registry_->add(subject, std::move(draft)));
    EXPECT_TRUE(out) << out.error().message;
    return *out;
  }
  storage::TopicPtr topic(storage::ConfigMap configs = {}) {
    auto out = std::make_shared<storage::Topic>();
    out->name = "orders";
    out->id[0] = 1;
    configs.emplace("confluent.value.schema.validation", "true");
    out->config = *storage::parse_topic_config(configs);
    return out;
  }
  struct Sent { std::optional<Bytes> value; std::vector<wire::RecordHeader> headers{}; std::optional<Bytes> key{}; };
  storage::LogResult<storage::RecordVerdict> judge(const storage::TopicPtr& to, const std::vector<Sent>& records, int shard = 1) {
    wire::BatchBuilder builder;
    for (const auto& r : records) builder.add(1000, r.key, r.value, r.headers);
    const Bytes bytes = *builder.finish();
    BytesView rest(bytes);
    const auto batch = *wire::take_batch(rest);
    return io::block_on(shards_->at(shard), gate_->judge(to, PartitionId{0}, batch));
  }
  // "fine", "refused 1: ...", "diverted 0,2"
  std::string said(const storage::TopicPtr& to, const std::vector<Sent>& records) {
    const auto out = judge(to, records);
    if (!out) return "failed: " + out.error().error.message;
    std::string text;
    for (const auto& one : out->refused) text += "refused " + std::to_string(one.index) + ": " + one.message + "\n";
    if (!out->keep.empty()) {
      text += "diverted to " + out->dead_letter_topic + ":";
      for (std::size_t i = 0; i < out->keep.size(); ++i) if (!out->keep[i]) text += " " + std::to_string(i);
      text += "\n";
    }
    return text.empty() ? "fine" : text;
  }
  std::vector<std::string> letters(const storage::RecordVerdict& verdict) {   // each header as name=value
    std::vector<std::string> out;
    BytesView rest(verdict.dead_letters);
    const auto batch = *wire::take_batch(rest);
    Bytes scratch;
    auto reader = *wire::RecordReader::open(batch, scratch);
    wire::RecordRef record;
    std::vector<wire::RecordHeader> headers;
    while (*reader.next(record, headers)) {}
    for (const auto& h : headers) out.push_back(std::string(h.name) + "=" + std::string(h.value.value_or("null")));
    return out;
  }

  Metrics metrics_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<ContractGate> gate_;
  std::unique_ptr<registry::Registry> registry_;
};

const std::string number = R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]})";

TEST_F(ContractGateTest, TakesNothingUntilTheRegistryIsThere) {
  EXPECT_EQ(judge(topic(), {{framed(1, "{}")}}).error().reason, storage::Reason::stopping);   // clients try again
}

TEST_F(ContractGateTest, AnIdMustExistAndBeOfTheSubject) {
  const auto mine = add("orders-value", number), other = add("other-value", R"({"type":"string"})");
  gate_->attach(*registry_);
  EXPECT_EQ(said(topic(), {{framed(mine.id.value, "not looked at")}, {std::nullopt}}), "fine");   // a tombstone has no schema
  EXPECT_EQ(said(topic(), {{framed(mine.id.value, "{}")}, {framed(other.id.value, "{}")}, {framed(99, "{}")}, {Bytes("{}")}, {Bytes()}}),
            "refused 1: schema id 2 is of subject other-value, and the values of topic orders need one of subject orders-value\n"
            "refused 2: schema id 99 does not exist in the registry\n"
            "refused 3: the value carries no schema id (its first byte is 123 and it has 2 bytes), and topic orders takes only values with one\n"
            "refused 4: the value carries no schema id (it is empty), and topic orders takes only values with one\n");
}

TEST_F(ContractGateTest, AHeaderMayCarryTheGuid) {
  const auto mine = add("orders-value", number);
  gate_->attach(*registry_);
  Bytes guid(1, '\1');
  guid.append(reinterpret_cast<const char*>(mine.guid.data()), 16);
  const auto to = topic({{"braid.contract.payload", "true"}});
  EXPECT_EQ(said(to, {{Bytes(R"({"n":1})"), {{"__value_schema_id", guid}}}}), "fine");
  EXPECT_EQ(said(to, {{Bytes(R"({"n":"x"})"), {{"__value_schema_id", guid}}}}).substr(0, 53), "refused 0: the value breaks schema orders-value: /n m");
  guid[3] = char(guid[3] + 1);
  EXPECT_NE(said(to, {{Bytes(R"({"n":1})"), {{"__value_schema_id", guid}}}}).find("does not exist in the registry"), std::string::npos);
}

TEST_F(ContractGateTest, KeysAreCheckedWhereAskedAndByTheirOwnSubject) {
  const auto key = add("orders-key", R"({"type":"string"})"), value = add("orders-value", number);
  gate_->attach(*registry_);
  const auto to = topic({{"confluent.key.schema.validation", "true"}});
  EXPECT_EQ(said(to, {{framed(value.id.value, "{}"), {}, framed(key.id.value, "\"k\"")}}), "fine");
  EXPECT_EQ(said(to, {{framed(value.id.value, "{}"), {}, framed(value.id.value, "\"k\"")}}),
            "refused 0: schema id 2 is of subject orders-value, and the keys of topic orders need one of subject orders-key\n");
}

TEST_F(ContractGateTest, SubjectsMayFollowTheRecordsName) {
  const auto avro = add("shop.Order", R"({"type":"record","name":"Order","namespace":"shop","fields":[]})", {}, {}, registry::SchemaType::avro);
  const auto proto = add("orders-shop.Line", "syntax = \"proto3\"; package shop; message Order {} message Line {}", {}, {}, registry::SchemaType::protobuf);
  gate_->attach(*registry_);
  const auto by_record = topic({{"confluent.value.subject.name.strategy", "RecordNameStrategy"}});
  const auto by_both = topic({{"confluent.value.subject.name.strategy", "TopicRecordNameStrategy"}});
  EXPECT_EQ(said(by_record, {{framed(avro.id.value, "")}}), "fine");
  EXPECT_EQ(said(by_both, {{framed(proto.id.value, "")}}), "fine");
  EXPECT_EQ(said(by_both, {{framed(avro.id.value, "")}}), "refused 0: schema id 1 is of subject shop.Order, and the values of topic orders need one of subject orders-shop.Order\n");
}

TEST_F(ContractGateTest, WhatTheRegistryForgetsIsForgottenHereToo) {
  const auto mine = add("orders-value", number);
  gate_->attach(*registry_);
  EXPECT_EQ(said(topic(), {{framed(mine.id.value, "{}")}, {framed(2, "{}")}}), "refused 1: schema id 2 does not exist in the registry\n");
  add("orders-value", number, "true");   // with a rule it is another schema
  EXPECT_EQ(said(topic(), {{framed(2, "{}")}}), "fine");   // registered a moment ago
  ASSERT_TRUE(wait(registry_->service().delete_subject("orders-value", false)));
  EXPECT_EQ(said(topic(), {{framed(mine.id.value, "{}")}}), "refused 0: schema id 1 does not exist in the registry any more: its versions were deleted\n");
}

TEST_F(ContractGateTest, ARuleSaysWhatBecomesOfARecordAndTheTopicHowFarItMayGo) {
  const auto strict = add("orders-value", number, "message.n > 0", "ERROR");
  gate_->attach(*registry_);
  const Sent good{framed(strict.id.value, R"({"n":1})")}, bad{framed(strict.id.value, R"({"n":0})")}, unknown{framed(99, "{}")};
  EXPECT_EQ(said(topic(), {good, bad}), "refused 1: the value breaks schema orders-value: rule 'theRule' does not hold: message.n > 0\n");
  EXPECT_EQ(said(topic({{"braid.contract.action", "divert"}}), {bad, good, unknown}), "diverted to orders.dead-letters: 0 2\n");
  EXPECT_EQ(said(topic({{"braid.contract.action", "count"}}), {bad, good, unknown}), "fine");
  EXPECT_EQ(said(topic({{"braid.contract.rules", "false"}}), {good, bad}), "fine");
  EXPECT_EQ(said(topic({{"braid.contract.action", "divert"}, {"braid.contract.dead.letter.topic", "orders"}}), {bad}), "failed: the dead letters of orders cannot go to the topic itself");
  const auto report = gate_->report("orders");
  EXPECT_EQ(json::print(report.at("checked")), "11");
  EXPECT_EQ(json::print(report.at("refused")), "1");
  EXPECT_EQ(json::print(report.at("diverted")), "2");
  EXPECT_EQ(json::print(report.at("counted")), "2");
}

TEST_F(ContractGateTest, RulesThatAskForLessAreHeard) {
  const auto diverting = add("orders-value", number, "message.n > 0", "DLQ");
  const auto noting = add("orders-value", number, "message.n > 0", "NONE");
  gate_->attach(*registry_);
  const Sent divert{framed(diverting.id.value, R"({"n":0})"), {{"mine", "yes"}}}, note{framed(noting.id.value, R"({"n":0})")};
  const auto verdict = judge(topic(), {note, divert});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->keep, (std::vector<char>{1, 0}));
  EXPECT_EQ(letters(*verdict), (std::vector<std::string>{"mine=yes", "__rule.topic=orders", "__rule.mode=WRITE", "__rule.name=theRule", "__rule.subject=orders-value",
                                                         "__rule.exception=the value breaks schema orders-value: rule 'theRule' does not hold: message.n > 0", "__braid.partition=0", "__braid.record=1"}));
}

}  // namespace
}  // namespace braid::node
