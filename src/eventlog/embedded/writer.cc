#include "eventlog/embedded/reader.h"
#include "eventlog/embedded/visible_topic.h"
#include "wire/record_batch.h"
#include "base/limits/units.h"

namespace braid::eventlog {
namespace {

// A batch of ours may be larger than what the topic lets a client send, but not so large that a reader cannot hold some of them.
constexpr std::size_t batch_bytes_max = 32 * limits::MiB;

class EmbeddedWriter final : public Writer {
 public:
  EmbeddedWriter(storage::Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  io::Task<Result<Offset>> write(TopicPartition to, std::vector<Record> records) override {
    const auto topic = visible_topic(log_, to.topic);
    if (!topic) co_return std::unexpected(no_such_topic(to.topic));
    if (to.partition.value < 0 || to.partition.value >= topic->partition_count()) co_return std::unexpected(no_such_partition(to, topic->partition_count()));
    auto writing = append(topic, to.partition, std::move(records));
    co_return co_await std::move(writing);
  }

  io::Task<Result<std::pair<TopicPartition, Offset>>> write_keyed(std::string name, Record record) override {
    const auto topic = visible_topic(log_, name);
    if (!topic) co_return std::unexpected(no_such_topic(name));
    TopicPartition to{name, record.key ? partition_of(*record.key, topic->partition_count()) : PartitionId{std::int32_t(round_robin_++ % std::uint32_t(topic->partition_count()))}};
    std::vector<Record> one;
    one.push_back(std::move(record));
    auto writing = append(topic, to.partition, std::move(one));
    CO_TRY(const auto offset, co_await std::move(writing));
    co_return std::pair(std::move(to), offset);
  }

 private:
  Result<Bytes> build(const storage::Topic& topic, const std::vector<Record>& records) const {
    if (records.empty()) return fail(ErrorCode::invalid_input, "a write to " + topic.name + " without records");
    const auto now = clock_.wall_ms();
    wire::BatchBuilder builder;
    std::vector<wire::RecordHeader> headers;
    for (const auto& record : records) {
      if (topic.config.compacted && !record.key)
        return fail(ErrorCode::invalid_input, "a record for the compacted topic " + topic.name + " has no key", "compacted topics keep the last record of each key");
      const auto bytes = (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
      if (bytes > std::size_t(topic.config.message_bytes_max))
        return fail(ErrorCode::invalid_input, "a record of " + std::to_string(bytes) + " bytes is larger than max.message.bytes of topic " + topic.name + ", " +
                                                  std::to_string(topic.config.message_bytes_max), "raise max.message.bytes of the topic");
      headers.clear();
      for (const auto& header : record.headers) headers.push_back({header.name, header.value});
      builder.add(record.timestamp_ms.value_or(now), record.key, record.value, headers);
      if (builder.bytes() > batch_bytes_max)
        return fail(ErrorCode::overloaded, "a write of " + std::to_string(records.size()) + " records to " + topic.name + " is larger than " + std::to_string(batch_bytes_max) + " bytes",
                    "write fewer records at once");
    }
    return builder.finish();
  }

  io::Task<Result<Offset>> append(storage::TopicPtr topic, PartitionId partition, std::vector<Record> records) {
    CO_TRY(auto batch, build(*topic, records));
    storage::AppendOptions options;
    options.trusted = true;
    auto appending = log_.append(topic, partition, std::move(batch), options);
    CO_TRY(const auto done, co_await std::move(appending));
    co_return done.base_offset;
  }

  storage::Log& log_;
  const Clock& clock_;
  std::uint32_t round_robin_ = 0;
};

}  // namespace

std::unique_ptr<Writer> embedded_writer(storage::Log& log, const Clock& clock) { return std::make_unique<EmbeddedWriter>(log, clock); }

}  // namespace braid::eventlog
