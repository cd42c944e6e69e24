// Topics of the log: made, changed and deleted on the control shard, one at a time, each change an entry of the write-ahead log.
#include <algorithm>
#include <cctype>

#include "storage/log_impl.h"
#include "base/limits/event_log.h"

namespace braid::storage {

TopicPtr Topics::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : at->second;
}
TopicPtr Topics::find(const Uuid& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}
void Topics::put(TopicPtr topic) {
  by_id_[topic->id] = topic;
  by_name_[topic->name] = std::move(topic);
}
void Topics::remove(const Uuid& id) {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) return;
  by_name_.erase(at->second->name);
  by_id_.erase(at);
}

LogResult<void> check_topic_name(std::string_view name) {
  constexpr std::string_view hint = "use 1 to 249 characters of a-z A-Z 0-9 . _ -";
  const auto shown = std::string(name.substr(0, 300));
  if (name.empty()) return refuse(Reason::invalid_topic, "a topic needs a name", std::string(hint));
  if (name == "." || name == "..") return refuse(Reason::invalid_topic, "a topic cannot be named '" + shown + "'", std::string(hint));
  if (name.size() > 249) return refuse(Reason::invalid_topic, "the topic name '" + shown + "' has " + std::to_string(name.size()) + " characters", std::string(hint));
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-')
      return refuse(Reason::invalid_topic, "the topic name '" + shown + "' contains '" + std::string(1, c) + "'", std::string(hint));
  return {};
}

namespace {
std::size_t partitions_of(const Topics& topics) {
  std::size_t n = 0;
  for (const auto& [_, topic] : topics.by_name()) n += topic->partitions.size();
  return n;
}
LogResult<void> check_room(const Topics& topics, std::int64_t more) {
  const auto have = partitions_of(topics);
  if (have + std::size_t(more) <= limits::partitions_max) return {};
  return refuse(Reason::overloaded, "this node has " + std::to_string(have) + " partitions and takes at most " + std::to_string(limits::partitions_max), "delete topics that nobody needs");
}
}  // namespace

PartitionPtr LogImpl::make_partition(const TopicEntry& topic, std::int32_t number) {
  std::uint64_t hash = std::uint64_t(number) * 0x9e3779b97f4a7c15ull;
  for (const auto byte : topic.id) hash = (hash ^ byte) * 0x100000001b3ull;
  const int shard = int((hash >> 32) % std::uint64_t(shards_.size()));
  return std::make_shared<Partition>(topic.id, topic.name, number, options_.directory + "/partitions/" + to_text(topic.id) + "/" + std::to_string(number), shard,
                                     owners_[std::size_t(shard)]->totals);
}

namespace {
ConfigMap laid_over(ConfigMap defaults, const ConfigMap& own) {
  for (const auto& [name, value] : own) defaults.insert_or_assign(name, value);
  return defaults;
}
}  // namespace

Result<TopicConfig> config_under(const ConfigMap& defaults, const ConfigMap& own) { return parse_topic_config(laid_over(defaults, own)); }

Result<TopicPtr> LogImpl::make_topic(const TopicEntry& entry, const Topic* before) {
  auto topic = std::make_shared<Topic>();
  topic->name = entry.name;
  topic->id = entry.id;
  topic->internal = entry.internal;
  topic->configs = entry.configs;
  topic->created_ms = entry.created_ms;
  TRY(topic->config, config_under(settings_.load()->topic_defaults, entry.configs));
  if (before != nullptr) topic->partitions = before->partitions;
  for (auto n = topic->partition_count(); n < entry.partitions; ++n) topic->partitions.push_back(make_partition(entry, n));
  return topic;
}

ConfigMap LogImpl::effective_configs(const Topic& topic) const {
  return laid_over(storage::effective_configs(settings_.load()->topic_defaults), topic.configs);
}

void LogImpl::publish(TopicPtr topic) {
  auto next = std::make_shared<Topics>(*topics_.load());
  next->put(std::move(topic));
  topics_.store(std::move(next));
  count_topics();
}
void LogImpl::unpublish(const Uuid& id) {
  auto next = std::make_shared<Topics>(*topics_.load());
  next->remove(id);
  topics_.store(std::move(next));
  count_topics();
}
void LogImpl::count_topics() {
  if (!numbers_) return;
  const auto topics = topics_.load();
  numbers_->topics.set(double(topics->by_name().size()));
  numbers_->partitions.set(double(partitions_of(*topics)));
}

namespace {
TopicEntry entry_of(const Topic& topic) {
  return {topic.id, topic.internal, topic.created_ms, topic.name, topic.partition_count(), topic.configs};
}
LogResult<void> check_configs(const ConfigMap& configs) {
  if (auto parsed = parse_topic_config(configs); !parsed) return std::unexpected(Failure(Reason::invalid_config, std::move(parsed).error()));
  return {};
}
std::unexpected<Failure> unknown_topic(const std::string& name) {
  return refuse(Reason::unknown_topic_or_partition, "there is no topic '" + name + "'", "list the topics to see their names");
}
}  // namespace

LogResult<void> LogImpl::check_new_topic(const NewTopic& topic) const {
  TRY_VOID(check_topic_name(topic.name));
  const auto topics = topics_.load();
  if (topics->find(topic.name)) return refuse(Reason::topic_exists, "there is a topic '" + topic.name + "' already");
  if (topic.partitions < 1 || topic.partitions > limits::partitions_per_topic_max)
    return refuse(Reason::invalid_partitions, "topic '" + topic.name + "' cannot have " + std::to_string(topic.partitions) + " partitions",
                  "use 1 to " + std::to_string(limits::partitions_per_topic_max));
  TRY_VOID(check_room(*topics, topic.partitions));
  // Metrics replace '.' by '_', so two topics that differ in nothing else would be one there; Kafka refuses them too.
  const auto folded = [](std::string name) { std::ranges::replace(name, '.', '_'); return name; };
  if (topic.name.find_first_of("._") != std::string::npos)
    for (const auto& [other, _] : topics->by_name())
      if (other.size() == topic.name.size() && folded(other) == folded(topic.name))
        return refuse(Reason::invalid_topic, "topic '" + topic.name + "' collides with '" + other + "': they differ only in '.' and '_'");
  return check_configs(topic.configs);
}

// Writes the description; once it is on disk, shows the topic to everybody.
io::Task<LogResult<TopicPtr>> LogImpl::change_topic(TopicEntry entry, TopicPtr before) {
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  CO_TRY(auto topic, make_topic(entry, before.get()));
  auto committing = commit_entry(std::move(entry));
  CO_TRY_VOID(co_await std::move(committing));
  for (std::size_t n = before ? before->partitions.size() : 0; n < topic->partitions.size(); ++n) {
    auto* owner = &owner_of(*topic->partitions[n]);
    owner->shard.post([owner, partition = topic->partitions[n]] { owner->partitions.insert(partition); });   // before anybody can ask for it
  }
  publish(topic);
  co_return topic;
}

io::Task<LogResult<TopicPtr>> LogImpl::create_topic(NewTopic topic) {
  auto there = shards_.control().on([this, topic = std::move(topic)] { return create_topic_turn(topic); });
  co_return co_await std::move(there);
}
io::Task<LogResult<TopicPtr>> LogImpl::create_topic_turn(NewTopic topic) {
  const auto turn = co_await changing_.take();
  if (auto good = check_new_topic(topic); !good) co_return std::unexpected(std::move(good).error());
  TopicEntry entry;
  entry.id = options_.new_id();
  entry.internal = topic.internal;
  entry.created_ms = clock_.wall_ms();
  entry.name = topic.name;
  entry.partitions = topic.partitions;
  entry.configs = topic.configs;
  auto changing = change_topic(std::move(entry), nullptr);
  co_return co_await std::move(changing);
}

io::Task<LogResult<TopicPtr>> LogImpl::add_partitions(std::string name, std::int32_t new_total) {
  auto there = shards_.control().on([this, name, new_total] { return add_partitions_turn(name, new_total); });
  co_return co_await std::move(there);
}
io::Task<LogResult<TopicPtr>> LogImpl::add_partitions_turn(std::string name, std::int32_t new_total) {
  const auto turn = co_await changing_.take();
  const auto before = topics_.load()->find(name);
  if (!before) co_return unknown_topic(name);
  if (new_total <= before->partition_count() || new_total > limits::partitions_per_topic_max)
    co_return refuse(Reason::invalid_partitions, "topic '" + name + "' has " + std::to_string(before->partition_count()) + " partitions and cannot have " + std::to_string(new_total),
                     "partitions can only be added, up to " + std::to_string(limits::partitions_per_topic_max));
  CO_TRY_VOID(check_room(*topics_.load(), new_total - before->partition_count()));
  auto entry = entry_of(*before);
  entry.partitions = new_total;
  auto changing = change_topic(std::move(entry), before);
  co_return co_await std::move(changing);
}

io::Task<LogResult<TopicPtr>> LogImpl::alter_configs(std::string name, std::map<std::string, std::optional<std::string>> changes, bool replace) {
  auto there = shards_.control().on([this, name, changes, replace] { return alter_configs_turn(name, changes, replace); });
  co_return co_await std::move(there);
}
io::Task<LogResult<TopicPtr>> LogImpl::alter_configs_turn(std::string name, std::map<std::string, std::optional<std::string>> changes, bool replace) {
  const auto turn = co_await changing_.take();
  const auto before = topics_.load()->find(name);
  if (!before) co_return unknown_topic(name);
  auto entry = entry_of(*before);
  if (replace) entry.configs.clear();
  for (auto& [key, value] : changes) {
    if (find_topic_config(key) == nullptr) co_return refuse(Reason::invalid_config, "there is no topic setting '" + key + "'", "the settings are Kafka's, for example retention.ms");
    if (value) entry.configs[key] = *value;
    else entry.configs.erase(key);
  }
  if (auto good = check_configs(entry.configs); !good) co_return std::unexpected(std::move(good).error());
  auto changing = change_topic(std::move(entry), before);
  co_return co_await std::move(changing);
}

io::Task<LogResult<void>> LogImpl::delete_topic(Uuid id) {
  auto there = shards_.control().on([this, id] { return delete_topic_turn(id); });
  co_return co_await std::move(there);
}
io::Task<LogResult<void>> LogImpl::delete_topic_turn(Uuid id) {
  const auto turn = co_await changing_.take();
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  const auto topic = topics_.load()->find(id);
  if (!topic) co_return unknown_topic("id " + to_text(id));
  auto committing = commit_entry(GoneEntry{id});
  CO_TRY_VOID(co_await std::move(committing));
  unpublish(id);
  for (const auto& partition : topic->partitions) {
    auto* owner = &owner_of(*partition);
    owner->shard.post([owner, partition] {
      partition->set_gone();
      owner->partitions.erase(partition);
      std::erase_if(owner->open_files, [&](const auto& file) { return file.first.starts_with(partition->directory + "/"); });   // else the disk keeps their space
    });
  }
  doomed_directories_.push_back(options_.directory + "/partitions/" + to_text(id));
  co_return LogResult<void>{};
}

io::Task<LogResult<std::int64_t>> LogImpl::new_producer_id() {
  auto there = shards_.control().on([this] { return producer_id_turn(); });
  co_return co_await std::move(there);
}
io::Task<LogResult<std::int64_t>> LogImpl::producer_id_turn() {
  const auto turn = co_await changing_.take();
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  if (next_producer_id_ == producer_ids_reserved_) {
    constexpr std::int64_t block = 1000;   // Kafka's block; one entry on disk per so many ids
    auto committing = commit_entry(ProducersEntry{producer_ids_reserved_ + block});
    CO_TRY_VOID(co_await std::move(committing));
    producer_ids_reserved_ += block;
  }
  co_return next_producer_id_++;
}

}  // namespace braid::storage
