// Metadata, DescribeCluster, FindCoordinator: one broker, which leads and coordinates everything.
#include <algorithm>
#include <set>

#include "broker/handlers.h"
#include "storage/hidden_topics.h"

namespace braid::broker {

bool is_internal_name(std::string_view topic) { return topic == "__consumer_offsets" || topic == "__transaction_state"; }

io::Task<std::vector<std::int32_t>> leader_epochs(Core& core, storage::TopicPtr topic) {
  auto& known = core.here().leader_epochs;
  const auto count = std::size_t(topic->partition_count());
  if (const auto it = known.find(topic->id); it != known.end() && it->second.size() >= count) co_return it->second;
  std::vector<std::int32_t> epochs;
  for (std::int32_t p = 0; p < topic->partition_count(); ++p) {
    const auto state = co_await core.log.state(topic, PartitionId{p});
    epochs.push_back(state ? state->leader_epoch : 0);
  }
  if (known.size() > core.log.topics()->by_name().size() + 100) known.clear();   // deleted topics leave their entry behind
  known[topic->id] = epochs;
  co_return epochs;
}

namespace {

using Topic = wire::MetadataResponse::Topic;

Topic topic_error(std::optional<std::string> name, const Uuid& id, KafkaError error) {
  Topic out;
  out.name = std::move(name);
  out.topic_id = id;
  out.error_code = code(error);
  return out;
}

io::Task<Topic> describe(const Call& call, storage::TopicPtr topic, bool with_operations) {
  Topic out;
  if (with_operations) out.topic_authorized_operations = call.allowed_operations(Resource::topic, topic->name);
  out.name = topic->name;
  out.topic_id = topic->id;
  out.is_internal = topic->internal;
  const auto node = call.core.options.node_id;
  const auto epochs = co_await leader_epochs(call.core, topic);
  for (std::int32_t p = 0; p < topic->partition_count(); ++p) {
    auto& partition = out.partitions.emplace_back();
    partition.partition_index = p;
    partition.leader_id = node;
    partition.leader_epoch = epochs[std::size_t(p)];
    partition.replica_nodes = {node};
    partition.isr_nodes = {node};
  }
  co_return out;
}

io::Task<Topic> find_or_create(const Call& call, std::string name, bool may_create, bool with_operations) {
  if (!call.allows(Operation::describe, Resource::topic, name)) co_return topic_error(name, {}, KafkaError::topic_authorization_failed);
  if (auto topic = call.core.log.topics()->find(name)) co_return co_await describe(call, std::move(topic), with_operations);
  if (!storage::check_topic_name(name)) co_return topic_error(name, {}, KafkaError::invalid_topic_exception);
  if (!may_create || is_internal_name(name)) co_return topic_error(name, {}, KafkaError::unknown_topic_or_partition);
  if (!call.allows_cluster(Operation::create) && !call.allows(Operation::create, Resource::topic, name)) co_return topic_error(name, {}, KafkaError::topic_authorization_failed);
  storage::NewTopic fresh;
  fresh.name = name;
  fresh.partitions = call.core.options.default_partitions;
  auto made = co_await call.core.log.create_topic(std::move(fresh));
  if (made) co_return co_await describe(call, *std::move(made), with_operations);
  if (auto topic = call.core.log.topics()->find(name)) co_return co_await describe(call, std::move(topic), with_operations);   // another client was faster
  co_return topic_error(name, {}, kafka_error(made.error().reason));
}

}  // namespace

io::Task<wire::MetadataResponse> metadata(const Call& call, wire::MetadataRequest request) {
  auto& core = call.core;
  const auto at = call.advertised();
  wire::MetadataResponse out;
  out.brokers.push_back({core.options.node_id, at.host, at.port, std::nullopt});
  out.cluster_id = to_base64url(core.log.cluster_id());
  out.controller_id = core.options.node_id;
  const bool operations = request.include_topic_authorized_operations;
  if (request.include_cluster_authorized_operations) out.cluster_authorized_operations = call.allows_cluster(Operation::describe) ? call.allowed_operations(Resource::cluster, cluster_name) : 0;
  const bool all = !request.topics || (call.version() == 0 && request.topics->empty());
  if (all) {
    const auto topics = core.log.topics();
    for (const auto& [name, topic] : topics->by_name())
      if (call.allows(Operation::describe, Resource::topic, name)) out.topics.push_back(co_await describe(call, topic, operations));
    co_return out;
  }
  const bool may_create = core.options.auto_create_topics && (call.version() < 4 || request.allow_auto_topic_creation);
  std::set<std::string> names;   // one that is asked for twice is answered once
  std::set<Uuid> ids;
  for (auto& wanted : *request.topics) {
    const bool by_name = wanted.name && wanted.topic_id == Uuid{};   // Java's client sends an empty name beside an id
    if (by_name ? !names.insert(*wanted.name).second : !ids.insert(wanted.topic_id).second) continue;
    if (by_name) {
      out.topics.push_back(co_await find_or_create(call, *wanted.name, may_create, operations));
      continue;
    }
    auto topic = core.log.topics()->find(wanted.topic_id);
    if (topic == nullptr || storage::is_hidden_topic(topic->name))
      out.topics.push_back(topic_error(std::nullopt, wanted.topic_id, KafkaError::unknown_topic_id));
    else if (!call.allows(Operation::describe, Resource::topic, topic->name))   // an id is no secret, a name is
      out.topics.push_back(topic_error(std::nullopt, wanted.topic_id, KafkaError::topic_authorization_failed));
    else
      out.topics.push_back(co_await describe(call, std::move(topic), operations));
  }
  co_return out;
}

io::Task<wire::DescribeClusterResponse> describe_cluster(const Call& call, wire::DescribeClusterRequest request) {
  const auto at = call.advertised();
  wire::DescribeClusterResponse out;
  out.endpoint_type = request.endpoint_type;
  out.cluster_id = to_base64url(call.core.log.cluster_id());
  out.controller_id = call.core.options.node_id;
  if (request.endpoint_type != 1) {
    out.error_code = code(KafkaError::unsupported_endpoint_type);
    out.error_message = "this node has no controllers to connect to, only brokers (endpoint type 1)";
    co_return out;
  }
  out.brokers.push_back({call.core.options.node_id, at.host, at.port, std::nullopt});
  if (request.include_cluster_authorized_operations) out.cluster_authorized_operations = call.allows_cluster(Operation::describe) ? call.allowed_operations(Resource::cluster, cluster_name) : 0;
  co_return out;
}

io::Task<wire::FindCoordinatorResponse> find_coordinator(const Call& call, wire::FindCoordinatorRequest request) {
  const auto at = call.advertised();
  using Coordinator = wire::FindCoordinatorResponse::Coordinator;
  const auto find = [&](const std::string& key) {
    Coordinator c;
    c.key = key;
    if (request.key_type == 0 && !call.allows(Operation::describe, Resource::group, key)) {
      c.error_code = code(KafkaError::group_authorization_failed);
    } else if (request.key_type == 1 && !call.allows(Operation::describe, Resource::transactional_id, key)) {
      c.error_code = code(KafkaError::transactional_id_authorization_failed);
    } else if (request.key_type != 0 && request.key_type != 1) {
      c.error_code = code(KafkaError::invalid_request);
      c.error_message = "key type " + std::to_string(request.key_type) + " is not offered, only groups (0) and transactions (1)";
    } else {
      c.node_id = call.core.options.node_id;
      c.host = at.host;
      c.port = at.port;
    }
    return c;
  };
  wire::FindCoordinatorResponse out;
  if (call.version() >= 4) {
    for (const auto& key : request.coordinator_keys) out.coordinators.push_back(find(key));
    co_return out;
  }
  const auto c = find(request.key);
  out.error_code = c.error_code;
  out.error_message = c.error_message;
  out.node_id = c.node_id;
  out.host = c.host;
  out.port = c.port;
  co_return out;
}

}  // namespace braid::broker
