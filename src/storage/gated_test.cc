// Topics with a contract, over a gate that the test decides: what is refused, what is diverted, and that offsets and sequence numbers go on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "io/all.h"
#include "storage/log.h"
#include "storage/record_gate.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

// Refuses values that begin with "bad", diverts those that begin with "odd".
class ByFirstLetters final : public RecordGate {
 public:
  io::Task<LogResult<RecordVerdict>> judge(TopicPtr, PartitionId, wire::BatchView batch) override {
    for (int i = ++judged; i % 3 != 0; ++i) co_await io::yield();   // some take longer than others
    RecordVerdict out;
    Bytes scratch;
    auto reader = *wire::RecordReader::open(batch, scratch);
    wire::RecordRef record;
    std::vector<wire::RecordHeader> headers;
    wire::BatchBuilder letters;
    std::vector<char> keep;
    for (std::int32_t i = 0; *reader.next(record, headers); ++i) {
      if (record.value->starts_with("bad")) out.refused.push_back({i, "it is bad"});
      keep.push_back(!record.value->starts_with("odd"));
      if (!keep.back()) letters.add(record.timestamp_ms, record.key, record.value);
    }
    if (letters.records() > 0) {
      out.keep = std::move(keep);
      out.dead_letter_topic = "letters";
      out.dead_letters = *letters.finish();
    }
    co_return out;
  }
  std::atomic<int> judged = 0;
};

using Values = std::vector<std::string>;

io::Task<void> append_into(Log& log, TopicPtr to, std::string value, std::int64_t& offset) {
  wire::BatchBuilder builder;
  builder.add(1000, "key", value);
  auto appending = log.append(to, PartitionId{0}, *builder.finish());
  const auto done = co_await std::move(appending);
  if (done) offset = done->base_offset.value;
}

class GatedLog : public testing::Test {
 public:
  GatedLog() {
    std::string name = testing::TempDir() + "braid_gated_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
  }
  ~GatedLog() override {
    run(log_->close());
    kill();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    shards_ = io::Shards::start(2);
    LogOptions options;
    options.directory = directory_ + "/data";
    options.gate = &gate_;
    auto log = Log::open(*files_, *shards_, options);
    ASSERT_TRUE(log) << log.error().text();
    log_ = *std::move(log);
  }
  void kill() {
    shards_->stop();
    log_.reset();
    shards_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  TopicPtr topic(const std::string& name, ConfigMap configs = {{"confluent.value.schema.validation", "true"}}) {
    if (auto known = log_->topics()->find(name)) return known;
    auto made = run(log_->create_topic({name, 1, std::move(configs)}));
    EXPECT_TRUE(made) << made.error().error.text();
    return *made;
  }
  LogResult<Appended> append(const TopicPtr& to, const Values& values, wire::BatchOptions options = {}) {
    wire::BatchBuilder builder(options);
    for (const auto& value : values) builder.add(1000, "key", value);
    return run(log_->append(to, PartitionId{0}, *builder.finish()));
  }
  Values read(const std::string& name, std::int64_t from = 0) {   // "offset value"
    Values out;
    auto got = run(log_->read(log_->topics()->find(name), PartitionId{0}, Offset{from}));
    EXPECT_TRUE(got);
    for (const auto& piece : got->pieces) {
      BytesView bytes = piece.bytes;
      while (!bytes.empty()) {
        auto batch = wire::take_batch(bytes);
        EXPECT_TRUE(batch) << batch.error().message;
        Bytes scratch;
        auto reader = *wire::RecordReader::open(*batch, scratch);
        wire::RecordRef record;
        std::vector<wire::RecordHeader> headers;
        while (*reader.next(record, headers)) out.push_back(std::to_string(record.offset) + " " + std::string(*record.value));
      }
    }
    return out;
  }

  ByFirstLetters gate_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::string directory_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<Log> log_;
};

TEST_F(GatedLog, TopicsWithoutAContractAreNotJudged) {
  EXPECT_TRUE(append(topic("free", {}), {"bad"}));
  EXPECT_TRUE(append(topic("off", {{"confluent.value.schema.validation", "false"}, {"braid.contract.payload", "true"}}), {"bad"}));
  EXPECT_EQ(gate_.judged, 0);
}

TEST_F(GatedLog, ARefusedRecordRefusesItsBatchByName) {
  const auto t = topic("orders");
  const auto done = append(t, {"good", "bad one", "odd", "bad two"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, Reason::invalid_record);
  ASSERT_EQ(done.error().records.size(), 2u);
  EXPECT_EQ(done.error().records[1].index, 3);
  EXPECT_EQ(done.error().error.message, "topic orders refuses 2 of 4 records: record 1: it is bad");
  EXPECT_EQ(read("orders"), Values{});
  EXPECT_EQ(log_->topics()->find("letters"), nullptr);   // nothing was diverted
}

TEST_F(GatedLog, DivertedRecordsLeaveGapsAndAreKeptOverAKill) {
  const auto t = topic("orders");
  EXPECT_EQ(append(t, {"a", "odd 1", "b"})->base_offset.value, 0);
  EXPECT_EQ(append(t, {"odd 2", "odd 3"})->base_offset.value, 3);   // nothing is left of it but its offsets
  EXPECT_EQ(append(t, {"c"})->base_offset.value, 5);
  const Values kept{"0 a", "2 b", "5 c"}, letters{"0 odd 1", "1 odd 2", "2 odd 3"};
  EXPECT_EQ(read("orders"), kept);
  EXPECT_EQ(read("orders", 3), Values{"5 c"});
  EXPECT_EQ(read("letters"), letters);
  kill();
  open();
  EXPECT_EQ(read("orders"), kept);
  EXPECT_EQ(read("letters"), letters);
  ASSERT_TRUE(run(log_->checkpoint()));   // into segments
  EXPECT_EQ(read("orders"), kept);
  EXPECT_EQ(append(topic("orders"), {"d"})->base_offset.value, 6);
}

TEST_F(GatedLog, SequenceNumbersGoOnBehindWhatWasDiverted) {
  const auto t = topic("orders");
  wire::BatchOptions options;
  options.producer_id = 7;
  options.producer_epoch = 0;
  options.base_sequence = 0;
  ASSERT_TRUE(append(t, {"odd", "a", "odd"}, options));
  options.base_sequence = 3;
  ASSERT_TRUE(append(t, {"odd"}, options));
  options.base_sequence = 4;
  const auto next = append(t, {"b"}, options);
  ASSERT_TRUE(next) << next.error().error.message;
  EXPECT_EQ(next->base_offset.value, 4);
  const auto again = append(t, {"b"}, options);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(read("orders"), (Values{"1 a", "4 b"}));
}

TEST_F(GatedLog, BatchesKeepTheirOrder) {
  const auto t = topic("orders");
  std::vector<std::int64_t> offsets(50, -1);
  std::vector<io::Task<void>> all;
  for (int i = 0; i < 50; ++i) all.push_back(append_into(*log_, t, i % 7 == 0 ? "odd" : std::to_string(i), offsets[std::size_t(i)]));
  run(io::all(std::move(all)));   // started in this order, under way at the same time
  for (int i = 0; i < 50; ++i) EXPECT_EQ(offsets[std::size_t(i)], i);
}

TEST(ContractSettings, AreCheckedByName) {
  EXPECT_EQ(parse_topic_config({})->contract, nullptr);
  const auto set = parse_topic_config({{"confluent.key.schema.validation", "true"}, {"confluent.key.subject.name.strategy", "io.confluent.kafka.serializers.subject.RecordNameStrategy"},
                                       {"braid.contract.action", "divert"}, {"braid.contract.dead.letter.topic", "letters"}});
  ASSERT_TRUE(set && set->contract);
  EXPECT_TRUE(set->contract->key.on);
  EXPECT_FALSE(set->contract->value.on);
  EXPECT_EQ(set->contract->key.subject, ContractConfig::Subject::record);
  EXPECT_EQ(set->contract->action, ContractConfig::Action::divert);
  const auto said = [](ConfigMap configs) { auto out = parse_topic_config(configs); return out ? std::string() : out.error().message; };
  EXPECT_EQ(said({{"braid.contract.action", "drop"}}), "braid.contract.action cannot be 'drop'");
  EXPECT_EQ(said({{"confluent.value.subject.name.strategy", "com.acme.Mine"}}), "confluent.value.subject.name.strategy cannot be 'com.acme.Mine'");
  EXPECT_EQ(said({{"braid.contract.dead.letter.topic", "a b"}}), "braid.contract.dead.letter.topic cannot be 'a b'");
  EXPECT_EQ(said({{"braid.contract.dead.letter.topic", "_schemas"}}), "braid.contract.dead.letter.topic cannot be '_schemas'");
}

}  // namespace
}  // namespace braid::storage
