// A reader of the port sees what is committed, and nothing of aborted transactions; and it comes through what compaction left out.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "eventlog/embedded/embedded_log.h"
#include "storage/transactions.h"
#include "wire/record_batch.h"

namespace braid::eventlog {
namespace {

class CommittedTest : public testing::Test {
 public:
  CommittedTest() {
    std::string name = testing::TempDir() + "braid_committed_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    storage::LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    storage_ = *storage::Log::open(*files_, *shards_, options);
    offsets_ = *run(storage::GroupOffsets::open(*storage_, *shards_, 1));
    transactions_ = *run(storage::Transactions::open(*storage_, *offsets_, *shards_));
    log_ = embedded_log(*storage_, *offsets_, "127.0.0.1:9092");
    topic_ = *run(storage_->create_topic({"t", 1, {{"cleanup.policy", "compact"}, {"segment.bytes", "200"}, {"min.cleanable.dirty.ratio", "0"}}}));
  }
  ~CommittedTest() override {
    run(transactions_->close());
    run(offsets_->close());
    run(storage_->close());
    shards_->stop();
    std::filesystem::remove_all(directory_);
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  void write(storage::ProducerIdentity who, std::int32_t sequence, std::string key, std::string value) {
    wire::BatchOptions options;
    options.producer_id = who.id;
    options.producer_epoch = who.epoch;
    options.base_sequence = sequence;
    options.transactional = who.id >= 0;
    wire::BatchBuilder builder(options);
    builder.add(1000, key, value);
    ASSERT_TRUE(run(storage_->append(topic_, PartitionId{0}, *builder.finish())));
  }
  static io::Task<std::vector<std::string>> read(EventLog& log) {
    std::vector<std::string> values;
    const TopicPartition partition{"t", PartitionId{0}};
    auto asking = log.bounds(partition);
    const auto bounds = *co_await std::move(asking);
    std::vector<std::pair<TopicPartition, Offset>> from{{partition, Offset{0}}};
    auto reader = *log.reader(std::move(from));
    for (Offset at{0}; at < bounds.end;) {   // up to the end that bounds() tells, as whoever catches up does
      auto reading = reader->next(io::after(io::Milliseconds(20'000)), 100);
      const auto chunks = co_await std::move(reading);
      if (!chunks || chunks->empty()) {
        values.push_back("the end does not come");
        break;
      }
      for (const auto& chunk : *chunks) {
        for (const auto& record : chunk.records) values.emplace_back(*record.value);
        at = chunk.next;
      }
    }
    co_return values;
  }

  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::string directory_;
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<storage::Transactions> transactions_;
  std::unique_ptr<EventLog> log_;
  storage::TopicPtr topic_;
};

using Values = std::vector<std::string>;

TEST_F(CommittedTest, TransactionsShowWhenTheyAreCommitted) {
  const auto who = *run(transactions_->init("p", 60'000, std::nullopt));
  const auto begin = [&] { ASSERT_TRUE(run(transactions_->add("p", who, {{"t", 0}}))); };
  write({}, -1, "a", "plain");
  begin();
  write(who, 0, "b", "one");
  EXPECT_EQ(run(read(*log_)), Values{"plain"});
  ASSERT_TRUE(run(transactions_->end("p", who, true)));
  begin();
  write(who, 1, "c", "aborted");
  write({}, -1, "d", "between");
  ASSERT_TRUE(run(transactions_->end("p", who, false)));
  begin();
  write(who, 2, "e", "two");
  ASSERT_TRUE(run(transactions_->end("p", who, true)));
  EXPECT_EQ(run(read(*log_)), (Values{"plain", "one", "between", "two"}));
}

TEST_F(CommittedTest, WhatCompactionLeftOutIsNoObstacle) {
  for (int i = 0; i < 12; ++i) write({}, -1, "k" + std::to_string(i % 2), std::to_string(i));
  const auto who = *run(transactions_->init("p", 60'000, std::nullopt));
  ASSERT_TRUE(run(transactions_->add("p", who, {{"t", 0}})));
  for (int i = 0; i < 6; ++i) write({}, -1, "k0", "newer" + std::to_string(i));
  write(who, 0, "open", "open");   // the end lies before this one
  write({}, -1, "k9", "behind");
  ASSERT_TRUE(run(storage_->checkpoint()));
  run(storage_->compact());
  const auto values = run(read(*log_));
  EXPECT_EQ(values.back(), "newer5");
  EXPECT_LT(values.size(), 12u);
}

}  // namespace
}  // namespace braid::eventlog
