// The bytes on disk of a small log, as docs/formats/{wal,segment,checkpoint}.md show them: what was written once must stay readable.
#include <gtest/gtest.h>

#include "io/sim/files.h"
#include "storage/checkpoint.h"
#include "storage/log.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

std::string hex(BytesView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.push_back(digits[std::uint8_t(c) >> 4]);
    out.push_back(digits[std::uint8_t(c) & 15]);
  }
  return out;
}

class GoldenLog : public testing::Test {
 public:
  GoldenLog() {
    LogOptions options;
    options.directory = "data";
    options.wal_file_bytes = 4096;
    options.free_bytes_min = 0;
    options.clock = &clock_;
    options.new_id = [this] {
      Uuid id{};
      id.fill(++ids_);
      return id;
    };
    options.threads = options.lock = false;
    log_ = *Log::open(disk_, *shards_, options);
    done(log_->create_topic({"orders", 1, {{"retention.ms", "-1"}}}));
    const auto topic = log_->topics()->find("orders");
    wire::BatchOptions producer;
    producer.producer_id = 7;
    producer.producer_epoch = 0;
    producer.base_sequence = 0;
    wire::BatchBuilder builder(producer);
    builder.add(1'600'000'000'000, "k", "v");
    done(log_->append(topic, PartitionId{0}, *builder.finish()));
  }
  ~GoldenLog() override {
    disk_.power_off();
    turn();
  }
  template <class T> static io::Task<void> finish(io::Task<T> task, bool& ended) {
    auto result = co_await std::move(task);
    EXPECT_TRUE(result.has_value());
    ended = true;
  }
  void turn() {
    for (bool any = true; any;) any = (shards_->control().poll() > 0) | log_->commit_step();
  }
  template <class T> void done(io::Task<T> task) {
    bool ended = false;
    shards_->control().spawn(finish(std::move(task), ended));
    turn();
    EXPECT_TRUE(ended);
  }
  std::string bytes_of(const std::string& path, std::size_t from, std::size_t length) { return hex(BytesView(*disk_.read_file(path)).substr(from, length)); }

  io::SimFiles disk_{1};
  ManualClock clock_{1'700'000'000'000};
  std::uint8_t ids_ = 0;
  std::unique_ptr<io::Shards> shards_ = io::Shards::without_threads(1);
  std::unique_ptr<Log> log_;
};

TEST_F(GoldenLog, WriteAheadLog) {
  EXPECT_EQ(bytes_of("data/wal/00000000000000000001.wal", 0, 64),
            "627261696477616c020000009e23b8cc0100000000000000010000000000000000000000000000000000000000000000000000000000000000000000"
            "00000000");
  EXPECT_EQ(bytes_of("data/wal/00000000000000000001.wal", 64, 240),
            "626772705a5ae85a010000000000000009000000010000000500000005000000000000000000000062677270da4e1fda020000000000000037000000"
            "01000000330000000202020202020202020202020202020202000068e5cf8b010000066f726465727301010c726574656e74696f6e2e6d73022d3100"
            "62677270ae993c2a03000000000000005f000000010000005b0000000102020202020202020202020202020202000000000000000000000000000000"
            "3a000000000240db0e7000000000000000000174876e800000000174876e800000000000000000070000000000000000000110000000026b02760000");
}
TEST_F(GoldenLog, SegmentAndCheckpoint) {
  done(log_->checkpoint());
  EXPECT_EQ(bytes_of("data/partitions/02020202-0202-0202-0202-020202020202/0/00000000000000000000.log", 0, 1000),
            "00000000000000000000003a000000000240db0e7000000000000000000174876e800000000174876e80000000000000000007000000000000000000"
            "0110000000026b027600");
  EXPECT_EQ(bytes_of("data/checkpoint", 0, 1000),
            "6272616964636b7004000000d88d69f60400000000000000000000000001010101010101010101010101010101000000000000000000010202020202"
            "0202020202020202020202000068e5cf8b010000066f726465727301010c726574656e74696f6e2e6d73022d310002010000010002468080f4f6905d"
            "80a0abfef9620000010e01000000000080a0abfef9620000");
}
TEST(Golden, CheckpointsOfVersion3AreRead) {
  const std::string_view hex =
            "6272616964636b70030000000d0a55dd0400000000000000000000000001010101010101010101010101010101000000000000000001020202020202"
            "02020202020202020202000068e5cf8b010000066f726465727301010c726574656e74696f6e2e6d73022d310002010000010002468080f4f6905d80"
            "a0abfef9620000010e01000000000080a0abfef9620000";
  Bytes bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes.push_back(char(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  const auto checkpoint = decode_checkpoint(bytes);
  ASSERT_TRUE(checkpoint) << checkpoint.error().text();
  EXPECT_TRUE(checkpoint->settings.empty());
  ASSERT_EQ(checkpoint->topics.size(), 1u);
  EXPECT_EQ(checkpoint->topics[0].topic.name, "orders");
}

}  // namespace
}  // namespace braid::storage
