#include "eventlog/embedded/embedded_log.h"

#include "base/clock.h"
#include "eventlog/embedded/reader.h"
#include "eventlog/embedded/visible_topic.h"

namespace braid::eventlog {
namespace {

TopicInfo info_of(const storage::Topic& topic) {
  TopicInfo info;
  info.name = topic.name;
  info.id = topic.id;
  info.partitions = topic.partition_count();
  info.internal = topic.internal;
  return info;
}

class EmbeddedLog final : public EventLog {
 public:
  EmbeddedLog(storage::Log& log, storage::GroupOffsets& offsets, std::string bootstrap, const Clock& clock)
      : log_(log), offsets_(offsets), bootstrap_(std::move(bootstrap)), clock_(clock) {}

  io::Task<Result<TopicInfo>> create_topic(TopicSpec spec) override {
    storage::NewTopic topic;
    topic.name = std::move(spec.name);
    topic.partitions = spec.partitions;
    topic.configs = std::move(spec.configs);
    if (spec.cleanup == Cleanup::delete_old) topic.configs.erase("cleanup.policy");
    else topic.configs["cleanup.policy"] = spec.cleanup == Cleanup::compact ? "compact" : "compact,delete";
    auto making = log_.create_topic(std::move(topic));
    CO_TRY(const auto made, co_await std::move(making));
    co_return info_of(*made);
  }
  io::Task<Result<void>> delete_topic(std::string name) override {
    const auto topic = visible_topic(log_, name);
    if (!topic) co_return std::unexpected(no_such_topic(name));
    auto deleting = log_.delete_topic(topic->id);
    CO_TRY_VOID(co_await std::move(deleting));
    auto forgetting = offsets_.remove_topic(name);
    CO_TRY_VOID(co_await std::move(forgetting));
    co_return Result<void>{};
  }
  io::Task<Result<void>> add_partitions(std::string name, std::int32_t new_total) override {
    auto adding = log_.add_partitions(std::move(name), new_total);
    CO_TRY_VOID(co_await std::move(adding));
    co_return Result<void>{};
  }
  io::Task<Result<std::vector<TopicInfo>>> list_topics() override {
    std::vector<TopicInfo> list;
    const auto topics = log_.topics();
    for (const auto& [_, topic] : topics->by_name())
      if (!storage::is_hidden_topic(topic->name)) list.push_back(info_of(*topic));
    co_return list;
  }
  io::Task<Result<TopicInfo>> describe_topic(std::string name) override {
    const auto topic = visible_topic(log_, name);
    if (!topic) co_return std::unexpected(no_such_topic(name));
    co_return info_of(*topic);
  }
  io::Task<Result<std::map<std::string, std::string>>> topic_configs(std::string name) override {
    const auto topic = visible_topic(log_, name);
    if (!topic) co_return std::unexpected(no_such_topic(name));
    co_return log_.effective_configs(*topic);
  }
  io::Task<Result<void>> alter_topic_configs(std::string name, std::map<std::string, std::optional<std::string>> changes) override {
    auto altering = log_.alter_configs(std::move(name), std::move(changes), false);
    CO_TRY_VOID(co_await std::move(altering));
    co_return Result<void>{};
  }

  io::Task<Result<PartitionBounds>> bounds(TopicPartition partition) override {
    const auto topic = visible_topic(log_, partition.topic);
    if (!topic) co_return std::unexpected(no_such_topic(partition.topic));
    auto looking = log_.state(topic, partition.partition);
    CO_TRY(const auto state, co_await std::move(looking));
    co_return PartitionBounds{state.log_start, state.last_stable};
  }
  io::Task<Result<Offset>> offset_at_time(TopicPartition partition, std::int64_t timestamp_ms) override {
    const auto topic = visible_topic(log_, partition.topic);
    if (!topic) co_return std::unexpected(no_such_topic(partition.topic));
    auto looking = log_.state(topic, partition.partition);   // before the search: what comes later is not asked for
    CO_TRY(const auto state, co_await std::move(looking));
    auto searching = log_.offset_at_time(topic, partition.partition, timestamp_ms, storage::Isolation::read_committed);
    CO_TRY(const auto found, co_await std::move(searching));
    co_return found ? found->offset : state.last_stable;
  }

  Result<std::unique_ptr<Reader>> reader(std::vector<std::pair<TopicPartition, Offset>> from) override {
    const auto topics = log_.topics();
    for (const auto& [partition, offset] : from) {
      const auto topic = storage::is_hidden_topic(partition.topic) ? nullptr : topics->find(partition.topic);
      if (!topic) return std::unexpected(no_such_topic(partition.topic));
      if (partition.partition.value < 0 || partition.partition.value >= topic->partition_count()) return std::unexpected(no_such_partition(partition, topic->partition_count()));
      if (offset.value < 0) return fail(ErrorCode::invalid_input, "offset " + std::to_string(offset.value) + " of " + partition.topic + " is below 0");
    }
    return embedded_reader(log_, std::move(from));
  }
  Result<std::unique_ptr<Writer>> writer() override { return embedded_writer(log_, clock_); }

  io::Task<Result<void>> commit(std::string group, std::map<TopicPartition, Offset> offsets) override {
    std::vector<storage::OffsetCommit> commits;
    for (const auto& [partition, offset] : offsets) {
      storage::OffsetCommit c;
      c.topic = partition.topic;
      c.partition = partition.partition;
      c.offset = offset;
      c.committed_ms = clock_.wall_ms();
      commits.push_back(std::move(c));
    }
    auto committing = offsets_.commit(std::move(group), std::move(commits));
    CO_TRY_VOID(co_await std::move(committing));
    co_return Result<void>{};
  }
  io::Task<Result<std::map<TopicPartition, Offset>>> committed(std::string group) override {
    auto asking = offsets_.fetch(std::move(group));
    const auto commits = co_await std::move(asking);
    std::map<TopicPartition, Offset> offsets;
    for (const auto& c : commits) offsets.emplace(TopicPartition{c.topic, c.partition}, c.offset);
    co_return offsets;
  }
  io::Task<Result<std::vector<std::string>>> list_groups() override {
    auto asking = offsets_.groups();
    co_return co_await std::move(asking);
  }
  io::Task<Result<std::string>> cluster_id() override { co_return to_base64url(log_.cluster_id()); }
  std::string bootstrap() const override { return bootstrap_; }

 private:
  storage::Log& log_;
  storage::GroupOffsets& offsets_;
  std::string bootstrap_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<EventLog> embedded_log(storage::Log& log, storage::GroupOffsets& offsets, std::string bootstrap, const Clock& clock) {
  return std::make_unique<EmbeddedLog>(log, offsets, std::move(bootstrap), clock);
}

}  // namespace braid::eventlog
