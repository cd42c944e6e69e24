// Shared by the contract tests: a World per test, and calls that block.
#pragma once
#include <gtest/gtest.h>

#include <chrono>

#include "adapters.h"

namespace braid::contract {

using namespace eventlog;
using eventlog::Reader;   // not the cursor of base/bytes.h

// Generous: a deadline here never decides a test, it only ends one that would hang.
inline constexpr io::Milliseconds patience{20'000};

class Contract : public testing::TestWithParam<Adapter> {
 public:
  Contract() : world_(GetParam().make()) {}
  EventLog& log() { return world_->log(); }
  template <class T> T run(io::Task<T> task) { return io::block_on(world_->shards().control(), std::move(task)); }

  void make_topic(const std::string& name, std::int32_t partitions = 1, Cleanup cleanup = Cleanup::delete_old) {
    TopicSpec spec;
    spec.name = name;
    spec.partitions = partitions;
    spec.cleanup = cleanup;
    const auto made = run(log().create_topic(std::move(spec)));
    ASSERT_TRUE(made) << made.error().text();
  }

 protected:
  std::unique_ptr<World> world_;
};

inline TopicPartition at(const std::string& topic, std::int32_t partition = 0) { return {topic, PartitionId{partition}}; }
inline Record record(std::optional<Bytes> key, std::optional<Bytes> value, std::optional<std::int64_t> timestamp_ms = std::nullopt) {
  Record r;
  r.key = std::move(key);
  r.value = std::move(value);
  r.timestamp_ms = timestamp_ms;
  return r;
}

// What a record is, without views.
struct Seen {
  TopicPartition from;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::optional<Bytes> key, value;
  std::vector<std::pair<Bytes, std::optional<Bytes>>> headers;
};

io::Task<Result<std::vector<Seen>>> read_some(EventLog& log, std::vector<std::pair<TopicPartition, Offset>> from, std::size_t count);
io::Task<Result<Offset>> write_some(EventLog& log, TopicPartition to, std::vector<Record> records);

#define BRAID_CONTRACT_FOR_ALL_ADAPTERS(suite) \
  INSTANTIATE_TEST_SUITE_P(Adapters, suite, testing::ValuesIn(adapters()), [](const auto& info) { return info.param.name; })

}  // namespace braid::contract
