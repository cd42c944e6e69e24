// Compaction on a real disk: what stays, what goes and when, and that a kill between any two steps loses nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "storage/transactions.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

using Records = std::map<std::int64_t, std::string>;   // "key=value" by offset; "key!" is a tombstone

class CompactionTest : public testing::Test {
 public:
  CompactionTest() {
    std::string name = testing::TempDir() + "braid_compact_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
    topic_ = *run(log_->create_topic({"t", 1, {{"cleanup.policy", "compact"}, {"segment.bytes", "300"}, {"min.cleanable.dirty.ratio", "0.01"}, {"delete.retention.ms", "10000"}}}));
  }
  ~CompactionTest() override {
    kill();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    shards_ = io::Shards::start(2);
    LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    options.clock = &clock_;
    options.compaction_table_bytes = table_bytes_;
    options.retention_check_ms = 600'000;   // only when we say so
    auto log = Log::open(*files_, *shards_, options);
    ASSERT_TRUE(log) << log.error().text();
    log_ = *std::move(log);
    offsets_ = *run(GroupOffsets::open(*log_, *shards_, 1));
    TransactionOptions transaction_options;
    transaction_options.clock = &clock_;
    transaction_options.timers = false;
    transactions_ = *run(Transactions::open(*log_, *offsets_, *shards_, transaction_options));
    topic_ = log_->topics()->find("t");
  }
  void kill() {
    if (shards_) shards_->stop();
    transactions_.reset();
    offsets_.reset();
    log_.reset();
    shards_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  void write(const std::vector<std::pair<std::string, std::optional<std::string>>>& records, ProducerIdentity who = {}, std::int32_t sequence = -1) {
    wire::BatchOptions options;
    options.producer_id = who.id;
    options.producer_epoch = who.epoch;
    options.base_sequence = sequence;
    options.transactional = who.id >= 0;
    wire::BatchBuilder builder(options);
    for (const auto& [key, value] : records) builder.add(clock_.wall_ms(), key, value ? std::optional<BytesView>(*value) : std::nullopt);
    const auto done = run(log_->append(topic_, PartitionId{0}, *builder.finish()));
    ASSERT_TRUE(done) << done.error().error.text();
  }
  void fill() {   // so that what was written before lies in finished segments
    for (int i = 0; i < 8; ++i) write({{"filler" + std::to_string(i), std::string(100, 'f')}});
    ASSERT_TRUE(run(log_->checkpoint()));
  }
  Records read(Isolation isolation = Isolation::read_uncommitted, std::int64_t from = 0) {
    Records all;
    std::set<std::int64_t> aborting;
    for (Offset at{from};;) {
      ReadOptions options;
      options.isolation = isolation;
      options.bytes_max = 200;
      const auto out = run(log_->read(topic_, PartitionId{0}, at, options));
      if (!out) {
        all[-1] = out.error().error.message;
        return all;
      }
      if (out->pieces.empty()) return all;
      std::size_t next = 0;
      for (const auto& piece : out->pieces) {
        BytesView bytes = piece.bytes;
        while (const auto batch = wire::next_batch_unchecked(bytes)) {
          const auto& header = batch->header;
          for (; next < out->aborted.size() && out->aborted[next].first <= header.last_offset(); ++next) aborting.insert(out->aborted[next].producer_id);
          if (header.control()) {
            aborting.erase(header.producer_id);
            if (isolation == Isolation::read_uncommitted) all[header.base_offset] = "marker";
            continue;
          }
          if (header.transactional() && aborting.contains(header.producer_id)) continue;
          Bytes scratch;
          auto reader = *wire::RecordReader::open(*batch, scratch);
          wire::RecordRef record;
          std::vector<wire::RecordHeader> headers;
          while (*reader.next(record, headers))
            if (!record.key->starts_with("filler") && record.offset >= at.value) all[record.offset] = Bytes(*record.key) + (record.value ? "=" + Bytes(*record.value) : "!");
        }
      }
      EXPECT_GT(out->next, at);
      at = out->next;
    }
  }
  std::uint64_t bytes() { return run(log_->state(topic_, PartitionId{0}))->bytes; }

  ManualClock clock_{1'700'000'000'000};
  std::size_t table_bytes_ = 1 << 20;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::string directory_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<GroupOffsets> offsets_;
  std::unique_ptr<Transactions> transactions_;
  TopicPtr topic_;
};

TEST_F(CompactionTest, KeepsTheNewestOfEachKeyInItsPlace) {
  write({{"a", "1"}, {"b", "1"}, {"a", "2"}});
  write({{"c", "1"}});
  write({{"b", "2"}});
  fill();
  const auto before = bytes();
  run(log_->compact());
  const Records expected{{2, "a=2"}, {3, "c=1"}, {4, "b=2"}};
  EXPECT_EQ(read(), expected);
  EXPECT_EQ(read(Isolation::read_committed), expected);
  EXPECT_LT(bytes(), before);
  EXPECT_EQ(read(Isolation::read_uncommitted, 1), expected);   // from a place that is empty now
  EXPECT_EQ(run(log_->state(topic_, PartitionId{0}))->log_start.value, 0);
  // A newer record comes, then it is compacted again, over a checkpoint and a kill.
  ASSERT_TRUE(run(log_->checkpoint()));
  write({{"c", "2"}});
  fill();
  kill();
  open();
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{2, "a=2"}, {4, "b=2"}, {13, "c=2"}}));
}

TEST_F(CompactionTest, AKillBeforeTheCheckpointFindsTheOldSegments) {
  write({{"a", "1"}});
  write({{"a", "2"}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{1, "a=2"}}));
  kill();   // the checkpoint still lists the old files
  open();
  EXPECT_EQ(read(), (Records{{0, "a=1"}, {1, "a=2"}}));
  run(log_->compact());   // writes over what the first one left behind
  EXPECT_EQ(read(), (Records{{1, "a=2"}}));
  ASSERT_TRUE(run(log_->checkpoint()));
  kill();
  open();
  EXPECT_EQ(read(), (Records{{1, "a=2"}}));
  std::size_t compacted = 0, others = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ + "/data/partitions/" + to_text(topic_->id))) {
    if (entry.path().extension() != ".log") continue;
    ++(entry.path().filename().string().find(".1.log") != std::string::npos ? compacted : others);
  }
  EXPECT_GT(compacted, 0u);
  EXPECT_EQ(others, 1u);   // the one that grows; those that were compacted are gone
}

TEST_F(CompactionTest, TombstonesGoWhenTheirTimeIsUp) {
  write({{"a", "1"}, {"b", "1"}});
  write({{"a", std::nullopt}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{1, "b=1"}, {2, "a!"}}));
  clock_.advance_ms(9'000);
  write({{"x", "1"}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read().at(2), "a!");   // not yet
  clock_.advance_ms(2'000);
  write({{"x", "2"}});
  fill();
  run(log_->compact());
  EXPECT_FALSE(read().contains(2));
  EXPECT_EQ(read().at(1), "b=1");
}

TEST_F(CompactionTest, AbortedRecordsGoAndMarkersAfterThem) {
  const auto who = *run(transactions_->init("p", 60'000, std::nullopt));
  const auto transaction = [&](const std::string& key, const std::string& value, std::int32_t sequence, bool commit) {
    ASSERT_TRUE(run(transactions_->add("p", who, {{"t", 0}})));
    write({{key, value}}, who, sequence);
    ASSERT_TRUE(run(transactions_->end("p", who, commit)));
  };
  write({{"a", "old"}});                 // 0
  transaction("a", "aborted", 0, false);   // 1, marker 2
  transaction("b", "kept", 1, true);       // 3, marker 4
  transaction("c", "first", 2, true);      // 5, marker 6
  transaction("c", "second", 3, true);     // 7, marker 8
  fill();
  run(log_->compact());
  EXPECT_EQ(read(Isolation::read_committed), (Records{{0, "a=old"}, {3, "b=kept"}, {7, "c=second"}}));
  EXPECT_EQ(read(), (Records{{0, "a=old"}, {2, "marker"}, {3, "b=kept"}, {4, "marker"}, {6, "marker"}, {7, "c=second"}, {8, "marker"}}));
  clock_.advance_ms(11'000);
  write({{"x", "1"}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{0, "a=old"}, {3, "b=kept"}, {4, "marker"}, {7, "c=second"}, {8, "marker"}, {17, "x=1"}}));
  ASSERT_TRUE(run(log_->checkpoint()));
  kill();
  open();
  transaction("d", "later", 4, true);   // the entry of the aborted one went with its marker: later records of the producer are not taken for it
  const auto after = read(Isolation::read_committed);
  EXPECT_EQ(after.at(3), "b=kept");
  EXPECT_EQ(after.rbegin()->second, "d=later");
}

TEST_F(CompactionTest, NeverReachesIntoAnOpenTransaction) {
  write({{"a", "1"}});
  const auto who = *run(transactions_->init("p", 60'000, std::nullopt));
  ASSERT_TRUE(run(transactions_->add("p", who, {{"t", 0}})));
  write({{"a", "2"}}, who, 0);
  write({{"a", "3"}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{0, "a=1"}, {1, "a=2"}, {2, "a=3"}}));
  ASSERT_TRUE(run(transactions_->end("p", who, false)));
  fill();
  run(log_->compact());
  EXPECT_EQ(read(Isolation::read_committed), (Records{{2, "a=3"}}));
}

TEST_F(CompactionTest, WithMoreKeysThanMemoryTakesMoreRounds) {
  kill();
  table_bytes_ = 64 * 24;
  open();
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 200; ++i) write({{"k" + std::to_string(i), std::to_string(round)}});
  fill();
  for (int i = 0; i < 20; ++i) run(log_->compact());
  const auto left = read();
  EXPECT_EQ(left.size(), 200u);
  for (const auto& [offset, record] : left) EXPECT_TRUE(record.ends_with("=1")) << record;
}

TEST_F(CompactionTest, TheLagKeepsYoungRecords) {
  ASSERT_TRUE(run(log_->alter_configs("t", {{"min.compaction.lag.ms", "60000"}})));
  write({{"a", "1"}});
  write({{"a", "2"}});
  fill();
  run(log_->compact());
  EXPECT_EQ(read().size(), 2u);
  clock_.advance_ms(61'000);
  run(log_->compact());
  EXPECT_EQ(read(), (Records{{1, "a=2"}}));
}

TEST_F(CompactionTest, ReadersAtAnyOffsetComeThrough) {
  for (int i = 0; i < 60; ++i) write({{"k" + std::to_string(i % 3), std::to_string(i)}});
  fill();
  run(log_->compact());
  const auto whole = read();
  EXPECT_EQ(whole.size(), 3u);
  for (std::int64_t from = 0; from < 60; ++from) EXPECT_EQ(read(Isolation::read_uncommitted, from), Records(whole.lower_bound(from), whole.end())) << from;
}

}  // namespace
}  // namespace braid::storage
