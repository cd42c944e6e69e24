#include "connect/generator.h"

#include <algorithm>
#include <map>

#include "base/log.h"

namespace braid::connect {
namespace {

constexpr std::int64_t tick_ms = 10;                 // at a fixed rate: write what is due this often
constexpr std::size_t records_per_write_max = 20'000;
constexpr io::Milliseconds retry_pause{1000};

class GeneratorImpl final : public Generator {
 public:
  GeneratorImpl(const SampleKind& kind, GeneratorOptions options, SchemaId schema, std::int32_t partitions, std::int64_t iteration,
                std::unique_ptr<eventlog::Writer> writer, Counter& counter)
      : kind_(kind), options_(options), partitions_(partitions), iteration_(iteration), writer_(std::move(writer)), counter_(counter),
        random_(options.seed ? *options.seed : std::random_device{}()) {
    Writer prefix(prefix_);
    prefix.u8(0);
    prefix.be<std::int32_t>(schema.value);
  }

  std::string_view topic() const override { return kind_.topic; }
  std::int64_t written() const override { return written_; }
  std::int64_t written_bytes() const override { return written_bytes_; }

  io::Task<void> stop() override {
    stopping_.notify_all();
    co_await gate_.close();
  }

  io::Task<void> run() {
    const auto pass = gate_.enter();
    if (!pass) co_return;
    if (options_.records_per_second) co_await run_at_rate(*options_.records_per_second);
    else co_await run_at_pace();
  }

 private:
  io::Task<void> run_at_pace() {
    while (!gate_.closed()) {
      const auto pause = std::int64_t(random_() % std::uint64_t(kind_.interval_ms_max + 1));
      co_await stopping_.wait(io::after(io::Milliseconds(pause)));
      if (gate_.closed()) break;
      co_await write(1);
    }
  }

  io::Task<void> run_at_rate(double per_second) {
    const auto started = std::chrono::steady_clock::now();
    std::int64_t due_before = 0;
    while (!gate_.closed()) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      const auto due = std::int64_t(seconds * per_second);
      const auto count = std::min<std::int64_t>(due - due_before, std::int64_t(records_per_write_max));
      if (count > 0) co_await write(std::size_t(count));
      due_before += count;
      if (count < std::int64_t(records_per_write_max)) co_await stopping_.wait(io::after(io::Milliseconds(tick_ms)));
    }
  }

  io::Task<void> write(std::size_t count) {
    std::map<std::int32_t, std::vector<eventlog::Record>> by_partition;
    for (std::size_t i = 0; i < count; ++i) {
      Sample sample = kind_.make(random_, iteration_++);
      const auto partition = eventlog::partition_of(sample.key, partitions_);
      by_partition[partition.value].push_back({std::move(sample.key), prefix_ + sample.avro});
    }
    for (auto& [partition, records] : by_partition) {
      const auto size = std::int64_t(records.size());
      std::int64_t bytes = 0;
      for (const auto& r : records) bytes += std::int64_t(r.key->size() + r.value->size());
      eventlog::TopicPartition to{std::string(kind_.topic), PartitionId{partition}};
      const auto offset = co_await writer_->write(std::move(to), std::move(records));
      if (!offset) {
        if (!failing_) log::warn("generator_cannot_write", {{"topic", kind_.topic}, {"reason", offset.error().message}});
        failing_ = true;
        co_await stopping_.wait(io::after(retry_pause));
        co_return;
      }
      if (failing_) log::info("generator_writes_again", {{"topic", kind_.topic}});
      failing_ = false;
      written_ += size;
      written_bytes_ += bytes;
      counter_.add(double(size));
    }
  }

  const SampleKind& kind_;
  GeneratorOptions options_;
  std::int32_t partitions_;
  std::int64_t iteration_;
  std::unique_ptr<eventlog::Writer> writer_;
  Counter& counter_;
  std::mt19937_64 random_;
  Bytes prefix_;
  std::int64_t written_ = 0, written_bytes_ = 0;
  bool failing_ = false;
  io::Gate gate_;
  io::Notifier stopping_;
};

io::Task<Result<eventlog::TopicInfo>> find_or_create(eventlog::EventLog& log, std::string topic, std::int32_t partitions) {
  auto found = co_await log.describe_topic(topic);
  if (found || found.error().code != ErrorCode::not_found) co_return found;
  eventlog::TopicSpec spec;
  spec.name = topic;
  spec.partitions = partitions;
  auto created = co_await log.create_topic(std::move(spec));
  if (created || created.error().code != ErrorCode::already_exists) co_return created;
  co_return co_await log.describe_topic(topic);
}

}  // namespace

io::Task<Result<std::unique_ptr<Generator>>> Generator::start(eventlog::EventLog& log, registry::Registry& registry, const SampleKind& kind,
                                                              GeneratorOptions options, Metrics& metrics) {
  CO_TRY(const auto topic, co_await find_or_create(log, std::string(kind.topic), options.partitions));
  registry::SchemaDraft draft;
  draft.text = std::string(kind.schema);
  CO_TRY(const auto schema, co_await registry.add(std::string(kind.topic) + "-value", std::move(draft)));
  std::int64_t iteration = 0;
  for (std::int32_t p = 0; p < topic.partitions; ++p) {
    eventlog::TopicPartition partition{std::string(kind.topic), PartitionId{p}};
    CO_TRY(const auto bounds, co_await log.bounds(std::move(partition)));
    iteration += bounds.end.value;
  }
  CO_TRY(auto writer, log.writer());
  auto& counter = metrics.counter("braid_generator_records_total", "Sample records written", {{"topic", std::string(kind.topic)}});
  auto generator = std::make_unique<GeneratorImpl>(kind, options, schema.id, topic.partitions, iteration, std::move(writer), counter);
  io::Shard::current()->spawn(generator->run());
  co_return generator;
}

}  // namespace braid::connect
