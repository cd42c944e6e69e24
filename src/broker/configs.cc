// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs. Topic settings stand in storage/topic_config's table; the node's own in the one below,
// with Kafka's names. The node's settings come from its configuration file, so clients can read and not change them.
#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "base/limits/kafka.h"
#include "broker/handlers.h"
#include "storage/hidden_topics.h"
#include "storage/transactions.h"

namespace braid::broker {
namespace {

constexpr std::int8_t topic_resource = 2, broker_resource = 4, logger_resource = 8, client_metrics_resource = 16, group_resource = 32;
constexpr std::int8_t from_topic = 1, from_static_broker = 4, from_default = 5;
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

// The broker-wide form of a topic setting.
const std::string* node_default(const Core& core, std::string_view name);
Described describe_topic_default(const Core& core, const storage::ConfigEntry& entry, bool synonyms, bool documentation) {
  Described out;
  const auto* set = node_default(core, entry.name);
  out.name = entry.broker_name;
  out.value = set != nullptr ? *set : std::string(entry.default_value);
  out.read_only = true;
  out.config_source = set != nullptr ? from_static_broker : from_default;
  out.config_type = type_code(entry.type);
  if (documentation) out.documentation = "The default of topics: " + std::string(entry.doc);
  if (synonyms) {
    if (set != nullptr) out.synonyms.push_back({out.name, *set, from_static_broker});
    out.synonyms.push_back({out.name, std::string(entry.default_value), from_default});
  }
  return out;
}

// The broker-wide value of a topic setting, where the node's configuration has one.
const std::string* node_default(const Core& core, std::string_view name) {
  const auto it = core.options.topic_defaults.find(std::string(name));
  return it == core.options.topic_defaults.end() ? nullptr : &it->second;
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
  if (wanted.resource_name.empty()) return;   // cluster-wide dynamic settings: there are none
  for (const auto& setting : broker_settings)
    if (asked_for(wanted.configuration_keys, setting.name))
      out.configs.push_back(describe_broker_setting(call.core, setting, request.include_synonyms, request.include_documentation));
  std::set<std::string_view> listed;
  for (const auto& setting : broker_settings) listed.insert(setting.name);
  for (const auto& entry : storage::topic_config_table())
    if (!entry.broker_name.empty() && !listed.contains(entry.broker_name) && asked_for(wanted.configuration_keys, entry.broker_name))
      out.configs.push_back(describe_topic_default(call.core, entry, request.include_synonyms, request.include_documentation));
}

// What a group's coordinator goes by, under the names of group resources. The same for all groups.
void describe_group(const Call& call, const wire::DescribeConfigsRequest::Resource& wanted, const wire::DescribeConfigsRequest& request, Outcome& out) {
  if (wanted.resource_name.empty()) return refuse(out, KafkaError::invalid_request, "a group has a name");
  if (!call.allows(Operation::describe_configs, Resource::group, wanted.resource_name)) return refuse(out, KafkaError::group_authorization_failed, "not allowed to see the settings of the group " + wanted.resource_name);
  for (const auto* name : {"consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"}) {
    if (!asked_for(wanted.configuration_keys, name)) continue;
    const auto setting = std::ranges::find(broker_settings, "group." + std::string(name), &BrokerSetting::name);
    auto& config = out.configs.emplace_back(describe_broker_setting(call.core, *setting, request.include_synonyms, request.include_documentation));
    config.name = name;
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
  if (type == broker_resource || type == logger_resource || type == group_resource)
    return fail(ErrorCode::unsupported, "the settings of the node, its loggers and groups come from its configuration file and cannot be changed by clients", "edit the file and start the node again");
  return fail(ErrorCode::invalid_input, "settings of resource type " + std::to_string(type) + " do not exist here, only topics (2) and brokers (4)");
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

// One operation on top of what is in force.
Result<std::optional<std::string>> apply_operation(const Core& core, const storage::Topic& topic, const wire::IncrementalAlterConfigsRequest::Config& op) {
  constexpr std::int8_t set = 0, remove = 1, append = 2, subtract = 3;
  if (op.config_operation == remove) return std::optional<std::string>();
  if (!op.value) return fail(ErrorCode::invalid_input, "setting " + op.name + " has no value");
  if (op.config_operation == set) return op.value;
  if (op.config_operation != append && op.config_operation != subtract)
    return fail(ErrorCode::invalid_input, "operation " + std::to_string(op.config_operation) + " does not exist; there are 0 set, 1 delete, 2 append, 3 subtract");
  const auto* entry = storage::find_topic_config(op.name);
  if (entry == nullptr) return fail(ErrorCode::not_found, "there is no topic setting " + op.name);
  if (entry->type != ConfigType::list) return fail(ErrorCode::conflict, "setting " + op.name + " is no list: append and subtract do not apply");
  const auto own = topic.configs.find(op.name);
  const auto* node = node_default(core, op.name);
  auto items = split(own != topic.configs.end() ? own->second : node != nullptr ? *node : std::string(entry->default_value));
  for (const auto& item : split(*op.value)) {
    if (op.config_operation == subtract) std::erase(items, item);
    else if (std::ranges::find(items, item) == items.end()) items.push_back(item);
  }
  return std::optional<std::string>(join(items));
}

// Settings of a group are the group's; those of brokers, loggers and client metrics the cluster's.
std::optional<KafkaError> alter_denied(const Call& call, std::int8_t type, const std::string& name) {
  if (type == group_resource) return call.allows(Operation::alter_configs, Resource::group, name) ? std::nullopt : std::optional(KafkaError::group_authorization_failed);
  return call.allows_cluster(Operation::alter_configs) ? std::nullopt : std::optional(KafkaError::cluster_authorization_failed);
}

// Kafka's tools clear throttles that they may have set on the broker. Removing what nobody can have set changes nothing, so it is no error.
bool nothing_to_remove(const Call& call, const wire::IncrementalAlterConfigsRequest::Resource& wanted) {
  if (wanted.resource_type != broker_resource || (!wanted.resource_name.empty() && wanted.resource_name != std::to_string(call.core.options.node_id))) return false;
  return std::ranges::all_of(wanted.configs, [](const auto& op) { return op.config_operation == 1 && std::ranges::find(broker_settings, op.name, &BrokerSetting::name) == broker_settings.end(); });
}

Altered altered_error(std::int8_t type, const std::string& name, KafkaError error, std::string message) {
  Altered out;
  out.error_code = code(error);
  if (error != KafkaError::none) out.error_message = std::move(message);
  out.resource_type = type;
  out.resource_name = name;
  return out;
}

}  // namespace

std::vector<Described> describe_topic_settings(const Core& core, const storage::ConfigMap& set, bool synonyms, bool documentation) {
  std::vector<Described> out;
  for (const auto& entry : storage::topic_config_table()) {
    Described& config = out.emplace_back();
    config.name = entry.name;
    config.config_type = type_code(entry.type);
    if (documentation) config.documentation = entry.doc;
    const auto own = set.find(config.name);
    const auto* node = node_default(core, entry.name);
    const std::string broker_name(entry.broker_name.empty() ? entry.name : entry.broker_name);
    std::vector<wire::DescribeConfigsResponse::Synonym> all;
    if (own != set.end()) all.push_back({config.name, own->second, from_topic});
    if (node != nullptr) all.push_back({broker_name, *node, from_static_broker});
    all.push_back({broker_name, std::string(entry.default_value), from_default});
    config.value = all.front().value;
    config.config_source = all.front().source;
    if (synonyms) config.synonyms = std::move(all);
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
    if (wanted.resource_type != topic_resource) {
      const auto denied = alter_denied(call, wanted.resource_type, wanted.resource_name);
      out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, denied.value_or(KafkaError::invalid_request), denied ? "not allowed to change settings of it" : not_changeable(wanted.resource_type).error().text()));
      continue;
    }
    Changes changes;
    std::string missing;
    for (const auto& config : wanted.configs) {
      if (!config.value) missing = config.name;
      changes[config.name] = config.value;
    }
    if (!missing.empty()) {
      out.responses.push_back(altered_error(topic_resource, wanted.resource_name, KafkaError::invalid_request, "setting " + missing + " has no value"));
      continue;
    }
    auto outcome = co_await alter_topic(call, wanted.resource_name, std::move(changes), true, request.validate_only);
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
    if (wanted.resource_type != topic_resource) {
      if (const auto denied = alter_denied(call, wanted.resource_type, wanted.resource_name)) refuse(*denied, "not allowed to change settings of it");
      else if (nothing_to_remove(call, wanted)) out.responses.push_back(altered_error(wanted.resource_type, wanted.resource_name, KafkaError::none, ""));
      else refuse(KafkaError::invalid_request, not_changeable(wanted.resource_type).error().text());
      continue;
    }
    if (!call.allows(Operation::alter_configs, Resource::topic, wanted.resource_name)) {
      refuse(KafkaError::topic_authorization_failed, "not allowed to change " + wanted.resource_name);
      continue;
    }
    const auto topic = call.core.log.topics()->find(wanted.resource_name);
    if (topic == nullptr) {
      refuse(KafkaError::unknown_topic_or_partition, "there is no topic " + wanted.resource_name);
      continue;
    }
    Changes changes;
    std::optional<Error> wrong;
    for (const auto& op : wanted.configs) {
      if (changes.contains(op.name)) wrong = Error{ErrorCode::invalid_input, "setting " + op.name + " is named more than once"};
      auto value = apply_operation(call.core, *topic, op);
      if (!value) wrong = value.error();
      else changes[op.name] = *std::move(value);
    }
    std::erase_if(changes, [](const auto& change) { return !change.second && storage::find_topic_config(change.first) == nullptr; });   // what cannot be set is not there: removing it is done
    if (wrong) {
      refuse(wrong->code == ErrorCode::invalid_input ? KafkaError::invalid_request : KafkaError::invalid_config, wrong->message);
      continue;
    }
    auto outcome = co_await alter_topic(call, wanted.resource_name, std::move(changes), false, request.validate_only);
    out.responses.push_back(std::move(outcome));
  }
  co_return out;
}

}  // namespace braid::broker
