// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs. Topic settings stand in storage/topic_config's table; the node's own in the one below,
// with Kafka's names. What the node was started with comes from its configuration file. Clients may change the defaults of topics, the settings in
// the table of those without effect, and the timeouts of single groups (storage/node_settings.h keeps them); the rest they can only read.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>

#include "base/limits/kafka.h"
#include "broker/handlers.h"
#include "storage/hidden_topics.h"
#include "storage/node_settings.h"
#include "storage/transactions.h"

namespace braid::broker {
namespace {

constexpr std::int8_t topic_resource = 2, broker_resource = storage::broker_settings_type, logger_resource = 8, client_metrics_resource = 16, group_resource = storage::group_settings_type;
constexpr std::int8_t from_topic = 1, from_broker = 2, from_all_brokers = 3, from_static_broker = 4, from_default = 5, from_group = 8;
using storage::ConfigType;
using Described = wire::DescribeConfigsResponse::Config;

std::int8_t type_code(ConfigType type) {
  switch (type) {
    case ConfigType::boolean: return 1;
    case ConfigType::string: return 2;
    case ConfigType::int32: return 3;
    case ConfigType::int64: return 5;
    case ConfigType::real: return 6;
    case ConfigType::list: return 7;
  }
  return 0;
}

struct BrokerSetting {
  std::string_view name;
  ConfigType type;
  std::string_view default_value;   // Kafka's default
  std::string_view doc;
  std::string (*value)(const Core&);
};

std::string yes_no(bool b) { return b ? "true" : "false"; }

// In alphabetical order. The broker-wide forms of topic settings (log.retention.ms) come from storage/topic_config's table: topic_defaults below.
constexpr std::array broker_settings{
    BrokerSetting{"advertised.listeners", ConfigType::string, "", "Where clients are told to connect; empty: the address they reached the node at.",
                  [](const Core& c) { return c.options.advertised ? "PLAINTEXT://" + c.options.advertised->text() : std::string(); }},
    BrokerSetting{"auto.create.topics.enable", ConfigType::boolean, "true", "Make a topic when a client asks for one that is not there.",
                  [](const Core& c) { return yes_no(c.options.auto_create_topics); }},
    BrokerSetting{"broker.id", ConfigType::int32, "-1", "The number of this node.", [](const Core& c) { return std::to_string(c.options.node_id); }},
    BrokerSetting{"compression.type", ConfigType::string, "producer", "Batches are stored as producers send them.", [](const Core&) { return std::string("producer"); }},
    BrokerSetting{"connections.max.idle.ms", ConfigType::int64, "600000", "A connection without requests for so long is closed.",
                  [](const Core&) { return std::to_string(limits::kafka_idle_ms_max); }},
    BrokerSetting{"default.replication.factor", ConfigType::int32, "1", "There is one copy: this is a single node.", [](const Core&) { return std::string("1"); }},
    BrokerSetting{"delete.topic.enable", ConfigType::boolean, "true", "Topics can be deleted.", [](const Core&) { return std::string("true"); }},
    BrokerSetting{"fetch.max.bytes", ConfigType::int32, "57671680", "The most that one Fetch answer holds.",
                  [](const Core&) { return std::to_string(limits::kafka_fetch_bytes_max); }},
    BrokerSetting{"group.consumer.assignors", ConfigType::list, "uniform,range", "How the coordinator gives out partitions to groups of KIP-848; the first is the default.", [](const Core&) { return std::string("uniform,range"); }},
    BrokerSetting{"group.consumer.heartbeat.interval.ms", ConfigType::int32, "5000", "How often members of KIP-848 groups show that they live.",
                  [](const Core& c) { return std::to_string(c.options.consumer_heartbeat_interval_ms); }},
    BrokerSetting{"group.consumer.max.size", ConfigType::int32, "2147483647", "The most members of one KIP-848 group.", [](const Core&) { return std::to_string(limits::kafka_group_members_max); }},
    BrokerSetting{"group.consumer.migration.policy", ConfigType::string, "bidirectional", "disabled: a group with members keeps its protocol; an empty one takes that of its next member.", [](const Core&) { return std::string("disabled"); }},
    BrokerSetting{"group.consumer.session.timeout.ms", ConfigType::int32, "45000", "Members of KIP-848 groups that are silent for so long are out.",
                  [](const Core& c) { return std::to_string(c.options.consumer_session_timeout_ms); }},
    BrokerSetting{"group.coordinator.rebalance.protocols", ConfigType::list, "classic,consumer,streams", "The group protocols that are offered.", [](const Core&) { return std::string("classic,consumer"); }},
    BrokerSetting{"group.initial.rebalance.delay.ms", ConfigType::int32, "3000", "How long the first member of a group waits for others.",
                  [](const Core& c) { return std::to_string(c.options.initial_rebalance_delay_ms); }},
    BrokerSetting{"group.max.session.timeout.ms", ConfigType::int32, "1800000", "The longest session timeout that a member may ask for.",
                  [](const Core& c) { return std::to_string(c.options.session_timeout_max_ms); }},
    BrokerSetting{"group.max.size", ConfigType::int32, "2147483647", "The most members of one group.", [](const Core&) { return std::to_string(limits::kafka_group_members_max); }},
    BrokerSetting{"group.min.session.timeout.ms", ConfigType::int32, "6000", "The shortest session timeout that a member may ask for.",
                  [](const Core& c) { return std::to_string(c.options.session_timeout_min_ms); }},
    BrokerSetting{"listeners", ConfigType::list, "PLAINTEXT://:9092", "Where the node listens.", [](const Core& c) { return "PLAINTEXT://" + c.options.endpoint.text(); }},
    BrokerSetting{"log.dirs", ConfigType::string, "", "Where the log lies. There is one directory.", [](const Core& c) { return c.options.log_directory; }},
    BrokerSetting{"log.retention.check.interval.ms", ConfigType::int64, "300000", "How often old segments are looked for.", [](const Core&) { return std::to_string(storage::LogOptions{}.retention_check_ms); }},
    BrokerSetting{"log.retention.hours", ConfigType::int32, "168", "No effect: log.retention.ms decides, which has this as its default.", [](const Core&) { return std::string("168"); }},
    BrokerSetting{"log.roll.hours", ConfigType::int32, "168", "No effect: log.roll.ms decides, which has this as its default.", [](const Core&) { return std::string("168"); }},
    BrokerSetting{"max.connections", ConfigType::int32, "2147483647", "The most connections; beyond it new ones are closed.", [](const Core&) { return std::to_string(limits::kafka_connections_max); }},
    BrokerSetting{"max.incremental.fetch.session.cache.slots", ConfigType::int32, "1000", "Fetch sessions are not kept: each answer says so, and clients send whole requests.", [](const Core&) { return std::string("0"); }},
    BrokerSetting{"min.insync.replicas", ConfigType::int32, "1", "There is one copy, and it is always in sync.", [](const Core&) { return std::string("1"); }},
    BrokerSetting{"node.id", ConfigType::int32, "", "The number of this node.", [](const Core& c) { return std::to_string(c.options.node_id); }},
    BrokerSetting{"num.partitions", ConfigType::int32, "1", "Partitions of a topic that is made without saying how many.",
                  [](const Core& c) { return std::to_string(c.options.default_partitions); }},
    BrokerSetting{"offset.metadata.max.bytes", ConfigType::int32, "4096", "The most text beside a committed offset.",
                  [](const Core&) { return std::to_string(limits::kafka_offset_metadata_bytes_max); }},
    BrokerSetting{"offsets.retention.minutes", ConfigType::int32, "10080", "Offsets of a group that has been empty for so long are forgotten.",
                  [](const Core& c) { return std::to_string(c.options.offsets_retention_ms / 60'000); }},
    BrokerSetting{"offsets.topic.num.partitions", ConfigType::int32, "50", "Partitions of __consumer_offsets.",
                  [](const Core& c) {
                    const auto topic = c.log.topics()->find(storage::GroupOffsets::topic_name);
                    return std::to_string(topic == nullptr ? 0 : topic->partition_count());
                  }},
    BrokerSetting{"offsets.topic.replication.factor", ConfigType::int32, "3", "There is one copy: this is a single node.", [](const Core&) { return std::string("1"); }},
    BrokerSetting{"producer.id.expiration.ms", ConfigType::int32, "86400000", "What is known of a producer that writes nothing is forgotten after so long.", [](const Core&) { return std::to_string(storage::LogOptions{}.producer_expiry_ms); }},
    BrokerSetting{"queued.max.request.bytes", ConfigType::int64, "-1", "Requests being read or worked on, all connections together; beyond it sockets wait.", [](const Core&) { return std::to_string(limits::kafka_request_memory_max); }},
    BrokerSetting{"socket.request.max.bytes", ConfigType::int32, "104857600", "The longest request.", [](const Core&) { return std::to_string(limits::kafka_request_bytes_max); }},
    BrokerSetting{"transaction.max.timeout.ms", ConfigType::int32, "900000", "The longest time that a transaction may ask for.", [](const Core&) { return std::to_string(storage::TransactionOptions{}.timeout_ms_max); }},
    BrokerSetting{"transaction.state.log.replication.factor", ConfigType::int32, "3", "There is one copy: this is a single node.", [](const Core&) { return std::string("1"); }},
    BrokerSetting{"transactional.id.expiration.ms", ConfigType::int32, "604800000", "A transactional id that nobody uses is forgotten after so long.", [](const Core&) { return std::to_string(storage::TransactionOptions{}.id_expiry_ms); }},
};

// What Kafka lets clients change while a broker runs and that has nothing here to work on: kept, shown, and without effect. Each name is listed only
// where leaving it without effect breaks no promise.
constexpr std::string_view no_threads = "No effect: there are as many threads as cores.", no_replicas = "No effect: no replicas on one node.", no_kerberos = "No effect: logins are SASL PLAIN and SCRAM.",
                           no_cleaner = "No effect: one thread compacts.";
constexpr std::array inert_settings{
    storage::ConfigEntry{"background.threads", ConfigType::int32, "10", "background.threads", no_threads},
    storage::ConfigEntry{"follower.replication.throttled.rate", ConfigType::int64, "9223372036854775807", "follower.replication.throttled.rate", no_replicas},
    storage::ConfigEntry{"leader.replication.throttled.rate", ConfigType::int64, "9223372036854775807", "leader.replication.throttled.rate", no_replicas},
    storage::ConfigEntry{"log.cleaner.backoff.ms", ConfigType::int64, "15000", "log.cleaner.backoff.ms", no_cleaner},
    storage::ConfigEntry{"log.cleaner.dedupe.buffer.size", ConfigType::int64, "134217728", "log.cleaner.dedupe.buffer.size", no_cleaner},
    storage::ConfigEntry{"log.cleaner.io.buffer.size", ConfigType::int32, "524288", "log.cleaner.io.buffer.size", no_cleaner},
    storage::ConfigEntry{"log.cleaner.threads", ConfigType::int32, "1", "log.cleaner.threads", no_cleaner},
    storage::ConfigEntry{"num.io.threads", ConfigType::int32, "8", "num.io.threads", no_threads},
    storage::ConfigEntry{"num.network.threads", ConfigType::int32, "3", "num.network.threads", no_threads},
    storage::ConfigEntry{"num.recovery.threads.per.data.dir", ConfigType::int32, "2", "num.recovery.threads.per.data.dir", no_threads},
    storage::ConfigEntry{"num.replica.fetchers", ConfigType::int32, "1", "num.replica.fetchers", no_replicas},
    storage::ConfigEntry{"replica.alter.log.dirs.io.max.bytes.per.second", ConfigType::int64, "9223372036854775807", "replica.alter.log.dirs.io.max.bytes.per.second", no_replicas},
    storage::ConfigEntry{"sasl.kerberos.kinit.cmd", ConfigType::string, "/usr/bin/kinit", "sasl.kerberos.kinit.cmd", no_kerberos},
    storage::ConfigEntry{"sasl.kerberos.min.time.before.relogin", ConfigType::int64, "60000", "sasl.kerberos.min.time.before.relogin", no_kerberos},
    storage::ConfigEntry{"sasl.kerberos.ticket.renew.jitter", ConfigType::real, "0.05", "sasl.kerberos.ticket.renew.jitter", no_kerberos},
    storage::ConfigEntry{"sasl.kerberos.ticket.renew.window.factor", ConfigType::real, "0.8", "sasl.kerberos.ticket.renew.window.factor", no_kerberos},
};

// The settings of a broker that clients may change, by the name that brokers have for them. Null: there is none of that name.
const storage::ConfigEntry* find_changeable(std::string_view name) {
  if (name.empty()) return nullptr;
  if (const auto at = std::ranges::find(inert_settings, name, &storage::ConfigEntry::broker_name); at != inert_settings.end()) return &*at;
  const auto table = storage::topic_config_table();
  const auto at = std::ranges::find(table, name, &storage::ConfigEntry::broker_name);
  return at == table.end() ? nullptr : &*at;
}

// No list and an empty one both mean all.
bool asked_for(const std::optional<std::vector<std::string>>& keys, std::string_view name) { return !keys || keys->empty() || std::ranges::find(*keys, name) != keys->end(); }

Described describe_broker_setting(const Core& core, const BrokerSetting& setting, bool synonyms, bool documentation) {
  Described out;
  const auto value = setting.value(core);
  out.name = setting.name;
  out.value = value;
  out.read_only = true;
  out.config_source = value == setting.default_value ? from_default : from_static_broker;
  out.config_type = type_code(setting.type);
  if (documentation) out.documentation = setting.doc;
  if (synonyms) {
    if (out.config_source == from_static_broker) out.synonyms.push_back({out.name, value, from_static_broker});
    if (!setting.default_value.empty()) out.synonyms.push_back({out.name, std::string(setting.default_value), from_default});
  }
  return out;
}

// Where a changeable setting of the broker has its values from, what is in force first; without Kafka's default. `of_all`: as it is for all brokers,
// without what was set for this one.
using Synonyms = std::vector<wire::DescribeConfigsResponse::Synonym>;
Synonyms broker_values(const Core& core, const storage::NodeSettings& changed, const storage::ConfigEntry& entry, bool of_all = false) {
  Synonyms all;
  const std::string name(entry.broker_name);
  if (!name.empty()) {
    const auto* own = of_all ? nullptr : changed.find(broker_resource, std::to_string(core.options.node_id), name);
    if (own != nullptr) all.push_back({name, *own, from_broker});
    if (const auto* common = changed.find(broker_resource, "", name)) all.push_back({name, *common, from_all_brokers});
  }
  if (const auto at = core.options.topic_defaults.find(std::string(entry.name)); at != core.options.topic_defaults.end())
    all.push_back({name.empty() ? std::string(entry.name) : name, at->second, from_static_broker});
  return all;
}

Described described(std::string name, ConfigType type, Synonyms all, bool synonyms) {
  Described out;
  out.name = std::move(name);
  out.value = all.front().value;
  out.config_source = all.front().source;
  out.config_type = type_code(type);
  if (synonyms) out.synonyms = std::move(all);
  return out;
}

Described describe_changeable(const Core& core, const storage::NodeSettings& changed, const storage::ConfigEntry& entry, bool of_all, bool synonyms, bool documentation) {
  auto all = broker_values(core, changed, entry, of_all);
  all.push_back({std::string(entry.broker_name), std::string(entry.default_value), from_default});
  auto out = described(std::string(entry.broker_name), entry.type, std::move(all), synonyms);
  if (documentation) out.documentation = (storage::find_topic_config(entry.name) == &entry ? "The default of topics: " : "") + std::string(entry.doc);
  return out;
}

using Outcome = wire::DescribeConfigsResponse::Outcome;
void refuse(Outcome& out, KafkaError error, std::string message) {
  out.error_code = code(error);
  out.error_message = std::move(message);
}

void describe_broker(const Call& call, const wire::DescribeConfigsRequest::Resource& wanted, const wire::DescribeConfigsRequest& request, Outcome& out) {
  if (!call.allows_cluster(Operation::describe_configs)) return refuse(out, KafkaError::cluster_authorization_failed, "not allowed to see the settings of brokers");
  if (!wanted.resource_name.empty() && wanted.resource_name != std::to_string(call.core.options.node_id))
    return refuse(out, KafkaError::invalid_request, "there is no broker " + wanted.resource_name + "; this node is " + std::to_string(call.core.options.node_id));
  const auto changed = storage::node_settings(call.core.log);
  const bool of_all = wanted.resource_name.empty();
  const auto show = [&](const storage::ConfigEntry& entry) {
    if (!asked_for(wanted.configuration_keys, entry.broker_name)) return;
    if (of_all && changed->find(broker_resource, "", entry.broker_name) == nullptr) return;   // only what was set for them
    out.configs.push_back(describe_changeable(call.core, *changed, entry, of_all, request.include_synonyms, request.include_documentation));
  };
  std::set<std::string_view> listed;   // compression.gzip.level is named alike by topics and brokers
  for (const auto& entry : storage::topic_config_table())
    if (!entry.broker_name.empty() && listed.insert(entry.broker_name).second) show(entry);
  for (const auto& entry : inert_settings) show(entry);
  if (of_all) return;
  for (const auto& setting : broker_settings)
    if (!listed.contains(setting.name) && asked_for(wanted.configuration_keys, setting.name))
      out.configs.push_back(describe_broker_setting(call.core, setting, request.include_synonyms, request.include_documentation));
}

// What a group's coordinator goes by, under the names of group resources: what was set for it, else what the node has for all.
void describe_group(const Call& call, const wire::DescribeConfigsRequest::Resource& wanted, const wire::DescribeConfigsRequest& request, Outcome& out) {
  if (wanted.resource_name.empty()) return refuse(out, KafkaError::invalid_request, "a group has a name");
  if (!call.allows(Operation::describe_configs, Resource::group, wanted.resource_name)) return refuse(out, KafkaError::group_authorization_failed, "not allowed to see the settings of the group " + wanted.resource_name);
  for (const auto* name : {"consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"}) {
    if (!asked_for(wanted.configuration_keys, name)) continue;
    const auto setting = std::ranges::find(broker_settings, "group." + std::string(name), &BrokerSetting::name);
    auto& config = out.configs.emplace_back(describe_broker_setting(call.core, *setting, request.include_synonyms, request.include_documentation));
    config.name = name;
    config.read_only = false;
    if (const auto* own = storage::node_settings(call.core.log)->find(group_resource, wanted.resource_name, name)) {
      config.value = *own;
      config.config_source = from_group;
      if (request.include_synonyms) config.synonyms.insert(config.synonyms.begin(), {config.name, *own, from_group});
    }
  }
}

void describe_topic(const Call& call, const wire::DescribeConfigsRequest::Resource& wanted, const wire::DescribeConfigsRequest& request, Outcome& out) {
  if (!call.allows(Operation::describe_configs, Resource::topic, wanted.resource_name))
    return refuse(out, KafkaError::topic_authorization_failed, "not allowed to see the settings of " + wanted.resource_name);
  if (auto named = storage::check_topic_name(wanted.resource_name); !named) return refuse(out, KafkaError::invalid_topic_exception, named.error().error.message);
  const auto topic = call.core.log.topics()->find(wanted.resource_name);
  if (topic == nullptr) return refuse(out, KafkaError::unknown_topic_or_partition, "there is no topic " + wanted.resource_name);
  for (auto& config : describe_topic_settings(call.core, topic->configs, request.include_synonyms, request.include_documentation))
    if (asked_for(wanted.configuration_keys, config.name)) out.configs.push_back(std::move(config));
}

using Altered = wire::AlterConfigsResponse::Outcome;
using Changes = std::map<std::string, std::optional<std::string>>;

std::unexpected<Error> not_changeable(std::int8_t type) {
  if (type == client_metrics_resource) return fail(ErrorCode::unsupported, "metrics of clients are not collected, so there are no subscriptions to them");
  if (type == logger_resource) return fail(ErrorCode::unsupported, "the levels of loggers come from the configuration file of the node and cannot be changed by clients", "edit the file and start the node again");
  return fail(ErrorCode::invalid_input, "settings of resource type " + std::to_string(type) + " do not exist here, only topics (2), brokers (4) and groups (32)");
}

Altered altered_error(std::int8_t type, const std::string& name, KafkaError error, std::string message) {
  Altered out;
  out.error_code = code(error);
  if (error != KafkaError::none) out.error_message = std::move(message);
  out.resource_type = type;
  out.resource_name = name;
  return out;
}

io::Task<Altered> alter_topic(const Call& call, std::string name, Changes changes, bool replace, bool validate_only) {
  Altered out;
  out.resource_type = topic_resource;
  out.resource_name = name;
  const auto refuse = [&](KafkaError error, std::string message) {
    out.error_code = code(error);
    out.error_message = std::move(message);
  };
  const auto topic = call.core.log.topics()->find(name);
  if (!call.allows(Operation::alter_configs, Resource::topic, name)) {
    refuse(KafkaError::topic_authorization_failed, "not allowed to change " + name);
  } else if (topic == nullptr) {
    storage::ConfigMap wanted;   // settings are looked at before the topic, as Kafka does
    for (const auto& [key, value] : changes)
      if (value) wanted[key] = *value;
    if (const auto parsed = storage::parse_topic_config(wanted); !parsed) refuse(KafkaError::invalid_config, parsed.error().message);
    else refuse(KafkaError::unknown_topic_or_partition, "there is no topic " + name);
  } else if (validate_only) {
    storage::ConfigMap merged = replace ? storage::ConfigMap() : topic->configs;
    for (const auto& [key, value] : changes) {
      if (value) merged[key] = *value;
      else merged.erase(key);
    }
    if (const auto parsed = storage::parse_topic_config(merged); !parsed) refuse(KafkaError::invalid_config, parsed.error().message);
  } else {
    const auto altered = co_await call.core.log.alter_configs(name, std::move(changes), replace);
    if (!altered) refuse(kafka_error(altered.error().reason), altered.error().error.message);
  }
  co_return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}
std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

using Operations = std::vector<wire::IncrementalAlterConfigsRequest::Config>;
constexpr std::int8_t op_set = 0, op_remove = 1, op_append = 2, op_subtract = 3;

// One operation on top of what is in force.
Result<std::optional<std::string>> apply_operation(const wire::IncrementalAlterConfigsRequest::Config& op, const storage::ConfigEntry* entry, const std::string& in_force) {
  if (op.config_operation == op_remove) return std::optional<std::string>();
  if (!op.value) return fail(ErrorCode::invalid_input, "setting " + op.name + " has no value");
  if (op.config_operation == op_set) return op.value;
  if (op.config_operation != op_append && op.config_operation != op_subtract)
    return fail(ErrorCode::invalid_input, "operation " + std::to_string(op.config_operation) + " does not exist; there are 0 set, 1 delete, 2 append, 3 subtract");
  if (entry == nullptr) return fail(ErrorCode::not_found, "there is no setting " + op.name);
  if (entry->type != ConfigType::list) return fail(ErrorCode::conflict, "setting " + op.name + " is no list: append and subtract do not apply");
  auto items = split(in_force);
  for (const auto& item : split(*op.value)) {
    if (op.config_operation == op_subtract) std::erase(items, item);
    else if (std::ranges::find(items, item) == items.end()) items.push_back(item);
  }
  return std::optional<std::string>(join(items));
}

// `find` gives the setting of a name, null where there is none; `in_force` its value. What cannot be set is not there: removing it is done.
template <class Find, class InForce> Result<Changes> changes_of(const Operations& operations, Find find, InForce in_force) {
  Changes changes;
  for (const auto& op : operations) {
    if (changes.contains(op.name)) return fail(ErrorCode::invalid_input, "setting " + op.name + " is named more than once");
    const auto* entry = find(op.name);
    TRY(auto value, apply_operation(op, entry, entry == nullptr ? std::string() : in_force(*entry)));
    if (value || entry != nullptr) changes[op.name] = std::move(value);
  }
  return changes;
}

// --- brokers and groups

// Their bounds are group.consumer.min.* and group.consumer.max.* of Kafka.
struct GroupSetting {
  storage::ConfigEntry entry;
  std::int32_t min, max;
};
constexpr std::array group_settings{
    GroupSetting{{"consumer.heartbeat.interval.ms", ConfigType::int32, "5000", "", ""}, 5'000, 15'000},
    GroupSetting{{"consumer.session.timeout.ms", ConfigType::int32, "45000", "", ""}, 45'000, 60'000},
};
const storage::ConfigEntry* find_group_setting(std::string_view name) {
  const auto at = std::ranges::find(group_settings, name, [](const GroupSetting& s) { return s.entry.name; });
  return at == group_settings.end() ? nullptr : &at->entry;
}

Result<void> check_group_setting(const Core& core, const std::string& name, const std::string& value) {
  const auto at = std::ranges::find(group_settings, name, [](const GroupSetting& s) { return s.entry.name; });
  if (at == group_settings.end()) return fail(ErrorCode::not_found, "there is no setting " + name + " of groups", "there are consumer.heartbeat.interval.ms and consumer.session.timeout.ms, of groups of KIP-848");
  TRY_VOID(storage::check_config_type(at->entry, value));
  const bool session = name == "consumer.session.timeout.ms";   // a node that was started with less takes less
  const auto least = std::min(at->min, session ? core.options.consumer_session_timeout_ms : core.options.consumer_heartbeat_interval_ms);
  std::int32_t ms = 0;
  std::from_chars(value.data(), value.data() + value.size(), ms);   // its type was checked
  if (ms < least || ms > at->max) return fail(ErrorCode::invalid_input, name + " cannot be " + value, "use " + std::to_string(least) + " to " + std::to_string(at->max));
  return {};
}

Result<void> check_broker_setting(const std::string& name, const std::string& value) {
  if (const auto* entry = find_changeable(name)) {
    auto shown = *entry;   // the error names what was asked for
    shown.name = name;
    return storage::check_config_type(shown, value);
  }
  if (std::ranges::find(broker_settings, name, &BrokerSetting::name) != broker_settings.end())
    return fail(ErrorCode::unsupported, "setting " + name + " comes from the configuration file of the node and cannot be changed by clients", "edit the file and start the node again");
  return fail(ErrorCode::not_found, "there is no setting " + name + " of brokers");
}

Result<Changes> topic_changes(const Core& core, const storage::Topic& topic, const Operations& operations) {
  const auto changed = storage::node_settings(core.log);
  return changes_of(operations, [](const std::string& name) { return storage::find_topic_config(name); }, [&](const storage::ConfigEntry& entry) {
    if (const auto own = topic.configs.find(std::string(entry.name)); own != topic.configs.end()) return own->second;
    const auto values = broker_values(core, *changed, entry);
    return values.empty() ? std::string(entry.default_value) : *values.front().value;
  });
}

Result<Changes> node_changes(const Core& core, const wire::IncrementalAlterConfigsRequest::Resource& wanted) {
  const auto changed = storage::node_settings(core.log);
  if (wanted.resource_type == group_resource) return changes_of(wanted.configs, find_group_setting, [](const auto& entry) { return std::string(entry.default_value); });
  return changes_of(wanted.configs, find_changeable, [&](const storage::ConfigEntry& entry) {
    const auto values = broker_values(core, *changed, entry, wanted.resource_name.empty());
    return values.empty() ? std::string(entry.default_value) : *values.front().value;
  });
}

io::Task<Altered> alter_node(const Call& call, std::int8_t type, std::string name, Changes changes, bool replace, bool validate_only) {
  const bool group = type == group_resource;
  std::optional<std::pair<KafkaError, std::string>> wrong;
  if (group && name.empty()) wrong.emplace(KafkaError::invalid_request, "settings are of one group: name it");
  if (!group && !name.empty() && name != std::to_string(call.core.options.node_id))
    wrong.emplace(KafkaError::invalid_request, "there is no broker " + name + "; this node is " + std::to_string(call.core.options.node_id) + ", and the settings of all brokers have no name");
  for (const auto& [setting, value] : changes) {
    if (!value || wrong) continue;
    if (const auto good = group ? check_group_setting(call.core, setting, *value) : check_broker_setting(setting, *value); !good)
      wrong.emplace(group ? KafkaError::invalid_config : KafkaError::invalid_request, good.error().text());
  }
  if (!wrong) {
    auto changing = storage::change_node_settings(call.core.log, {type, name}, std::move(changes), replace, validate_only);
    const auto changed = co_await std::move(changing);
    if (!changed) wrong.emplace(changed.error().reason == storage::Reason::invalid_config && !group ? KafkaError::invalid_request : kafka_error(changed.error().reason), changed.error().error.text());
  }
  co_return altered_error(type, name, wrong ? wrong->first : KafkaError::none, wrong ? wrong->second : "");
}

// Settings of a group are the group's; those of brokers, loggers and client metrics the cluster's.
std::optional<KafkaError> alter_denied(const Call& call, std::int8_t type, const std::string& name) {
  if (type == group_resource) return call.allows(Operation::alter_configs, Resource::group, name) ? std::nullopt : std::optional(KafkaError::group_authorization_failed);
  return call.allows_cluster(Operation::alter_configs) ? std::nullopt : std::optional(KafkaError::cluster_authorization_failed);
}

}  // namespace

std::vector<Described> describe_topic_settings(const Core& core, const storage::ConfigMap& set, bool synonyms, bool documentation) {
  std::vector<Described> out;
  const auto changed = storage::node_settings(core.log);
  for (const auto& entry : storage::topic_config_table()) {
    Synonyms all;
    if (const auto own = set.find(std::string(entry.name)); own != set.end()) all.push_back({std::string(entry.name), own->second, from_topic});
    std::ranges::move(broker_values(core, *changed, entry), std::back_inserter(all));
    all.push_back({std::string(entry.broker_name.empty() ? entry.name : entry.broker_name), std::string(entry.default_value), from_default});
    auto& config = out.emplace_back(described(std::string(entry.name), entry.type, std::move(all), synonyms));
    if (documentation) config.documentation = entry.doc;
  }
  return out;
}

io::Task<wire::DescribeConfigsResponse> describe_configs(const Call& call, wire::DescribeConfigsRequest request) {
  wire::DescribeConfigsResponse out;
  for (const auto& wanted : request.resources) {
    auto& answer = out.results.emplace_back();
    answer.resource_type = wanted.resource_type;
    answer.resource_name = wanted.resource_name;
    if (wanted.resource_type == topic_resource) describe_topic(call, wanted, request, answer);
    else if (wanted.resource_type == broker_resource) describe_broker(call, wanted, request, answer);
    else if (wanted.resource_type == group_resource) describe_group(call, wanted, request, answer);
    else if (wanted.resource_type == client_metrics_resource || wanted.resource_type == logger_resource) {   // nobody has such settings here
      if (!call.allows_cluster(Operation::describe_configs)) refuse(answer, KafkaError::cluster_authorization_failed, "not allowed to see the settings of the cluster");
      else if (wanted.resource_type == logger_resource) refuse(answer, KafkaError::invalid_request, not_changeable(0).error().message);
    }
    else refuse(answer, KafkaError::invalid_request, not_changeable(0).error().message);
  }
  co_return out;
}

io::Task<wire::ListConfigResourcesResponse> list_config_resources(const Call& call, wire::ListConfigResourcesRequest request) {
  wire::ListConfigResourcesResponse out;
  const auto node = std::to_string(call.core.options.node_id);
  const auto wanted = [&](std::int8_t type) {
    if (call.version() == 0) return type == client_metrics_resource;
    return request.resource_types.empty() || std::ranges::find(request.resource_types, type) != request.resource_types.end();
  };
  if (!call.allows_cluster(Operation::describe_configs)) {
    out.error_code = code(KafkaError::cluster_authorization_failed);
    co_return out;
  }
  for (const auto type : request.resource_types)
    if (type != topic_resource && type != broker_resource && type != logger_resource && type != client_metrics_resource && type != group_resource) out.error_code = code(KafkaError::unsupported_version);
  if (out.error_code != 0) co_return out;
  if (wanted(topic_resource))
    for (const auto& [name, topic] : call.core.log.topics()->by_name())
      if (!storage::is_hidden_topic(name)) out.config_resources.push_back({name, topic_resource});
  if (wanted(broker_resource)) out.config_resources.push_back({node, broker_resource});
  if (wanted(group_resource))
    for (const auto& [whose, _] : storage::node_settings(call.core.log)->changed)
      if (whose.first == group_resource) out.config_resources.push_back({whose.second, group_resource});
  co_return out;
}

io::Task<wire::AlterConfigsResponse> alter_configs(const Call& call, wire::AlterConfigsRequest request) {
  wire::AlterConfigsResponse out;
  std::map<std::pair<std::int8_t, std::string>, int> times;
  for (const auto& wanted : request.resources) ++times[{wanted.resource_type, wanted.resource_name}];
  for (const auto& wanted : request.resources) {
    if (const int n = std::exchange(times[{wanted.resource_type, wanted.resource_name}], 0); n != 1) {
      if (n > 1) out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, KafkaError::invalid_request, "the request names " + wanted.resource_name + " more than once"));
      continue;
    }
    const bool node = wanted.resource_type == broker_resource || wanted.resource_type == group_resource;
    const auto refuse = [&](KafkaError error, std::string message) { out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, error, std::move(message))); };
    if (wanted.resource_type != topic_resource) {
      const auto denied = alter_denied(call, wanted.resource_type, wanted.resource_name);
      if (denied) refuse(*denied, "not allowed to change settings of it");
      else if (!node) refuse(KafkaError::invalid_request, not_changeable(wanted.resource_type).error().text());
      if (denied || !node) continue;
    }
    Changes changes;
    std::string missing;
    for (const auto& config : wanted.configs) {
      if (!config.value) missing = config.name;
      changes[config.name] = config.value;
    }
    if (!missing.empty()) {
      refuse(KafkaError::invalid_request, "setting " + missing + " has no value");
      continue;
    }
    auto altering = node ? alter_node(call, wanted.resource_type, wanted.resource_name, std::move(changes), true, request.validate_only)
                         : alter_topic(call, wanted.resource_name, std::move(changes), true, request.validate_only);
    auto outcome = co_await std::move(altering);
    out.responses.push_back(std::move(outcome));
  }
  co_return out;
}

io::Task<wire::IncrementalAlterConfigsResponse> incremental_alter_configs(const Call& call, wire::IncrementalAlterConfigsRequest request) {
  wire::IncrementalAlterConfigsResponse out;
  std::map<std::pair<std::int8_t, std::string>, int> times;
  for (const auto& wanted : request.resources) ++times[{wanted.resource_type, wanted.resource_name}];
  for (const auto& wanted : request.resources) {
    if (const int n = std::exchange(times[{wanted.resource_type, wanted.resource_name}], 0); n != 1) {
      if (n > 1) out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, KafkaError::invalid_request, "the request names " + wanted.resource_name + " more than once"));
      continue;
    }
    const auto refuse = [&](KafkaError error, std::string message) { out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, error, std::move(message))); };
    const bool node = wanted.resource_type == broker_resource || wanted.resource_type == group_resource;
    if (wanted.resource_type != topic_resource) {
      const auto denied = alter_denied(call, wanted.resource_type, wanted.resource_name);
      if (denied) refuse(*denied, "not allowed to change settings of it");
      else if (!node) refuse(KafkaError::invalid_request, not_changeable(wanted.resource_type).error().text());
      if (denied || !node) continue;
    } else if (!call.allows(Operation::alter_configs, Resource::topic, wanted.resource_name)) {
      refuse(KafkaError::topic_authorization_failed, "not allowed to change " + wanted.resource_name);
      continue;
    }
    const auto topic = node ? nullptr : call.core.log.topics()->find(wanted.resource_name);
    if (topic == nullptr && !node) {
      refuse(KafkaError::unknown_topic_or_partition, "there is no topic " + wanted.resource_name);
      continue;
    }
    const auto changes = node ? node_changes(call.core, wanted) : topic_changes(call.core, *topic, wanted.configs);
    if (!changes) {
      refuse(changes.error().code == ErrorCode::invalid_input || wanted.resource_type == broker_resource ? KafkaError::invalid_request : KafkaError::invalid_config, changes.error().message);
      continue;
    }
    auto altering = node ? alter_node(call, wanted.resource_type, wanted.resource_name, *changes, false, request.validate_only)
                         : alter_topic(call, wanted.resource_name, *changes, false, request.validate_only);
    auto outcome = co_await std::move(altering);
    out.responses.push_back(std::move(outcome));
  }
  co_return out;
}

}  // namespace braid::broker
