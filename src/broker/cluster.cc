// What administrators ask about replicas, directories, elections, quotas. One node, one directory, one copy: the answers say so, with Kafka's codes.
#include <algorithm>

#include "broker/handlers.h"
#include "storage/hidden_topics.h"

namespace braid::broker {
namespace {

struct Verdict {
  KafkaError error = KafkaError::none;
  std::optional<std::string> message{};
};

// Is there such a partition, and may the caller do that with it?
Verdict check_partition(const Call& call, const std::string& topic, std::int32_t partition, Operation operation) {
  if (!call.allows(operation, Resource::cluster, cluster_name)) return {KafkaError::cluster_authorization_failed, "not allowed on the cluster"};
  const auto found = storage::is_hidden_topic(topic) ? nullptr : call.core.log.topics()->find(topic);
  if (found == nullptr) return {KafkaError::unknown_topic_or_partition, "there is no topic " + topic};
  if (partition < 0 || partition >= found->partition_count())
    return {KafkaError::unknown_topic_or_partition, "topic " + topic + " has no partition " + std::to_string(partition) + ", only 0 to " + std::to_string(found->partition_count() - 1)};
  return {};
}

io::Task<wire::DescribeLogDirsResponse::Topic> sizes_of(const Call& call, storage::TopicPtr topic, std::optional<std::vector<std::int32_t>> partitions) {
  wire::DescribeLogDirsResponse::Topic out;
  out.name = topic->name;
  for (std::int32_t p = 0; p < topic->partition_count(); ++p) {
    if (partitions && std::ranges::find(*partitions, p) == partitions->end()) continue;
    const auto state = co_await call.core.log.state(topic, PartitionId{p});
    if (state) out.partitions.push_back({p, std::int64_t(state->bytes), 0, false});   // gone meanwhile: not listed
  }
  co_return out;
}

// A feature's level is what the program can do: asking for the level that it has is fine, another one there is not.
Verdict check_feature_level(const wire::UpdateFeaturesRequest::Update& update) {
  const auto known = std::ranges::find(features, std::string_view(update.feature), &Feature::name);
  if (known == features.end()) {
    std::string names;
    for (const auto& feature : features) names += (names.empty() ? "" : ", ") + std::string(feature.name);
    return {KafkaError::invalid_update_version, "there is no feature " + update.feature + " here, only " + names};
  }
  const auto wanted = std::to_string(update.max_version_level);
  if (update.max_version_level < known->min || update.max_version_level > known->max)
    return {KafkaError::invalid_update_version,
            "level " + wanted + " of " + update.feature + " is not supported, only " + std::to_string(known->min) + " to " + std::to_string(known->max)};
  if (update.max_version_level == known->max) return {};
  return {KafkaError::feature_update_failed, update.feature + " is at level " + std::to_string(known->max) + " and stays there, it cannot be set to " + wanted +
                                                 ": clients that do not know the level are served as before, each by the versions it speaks"};
}

}  // namespace

io::Task<wire::DescribeLogDirsResponse> describe_log_dirs(const Call& call, wire::DescribeLogDirsRequest request) {
  wire::DescribeLogDirsResponse out;
  if (!call.allows(Operation::describe, Resource::cluster, cluster_name)) {
    out.error_code = code(KafkaError::cluster_authorization_failed);
    co_return out;
  }
  auto& dir = out.results.emplace_back();
  dir.log_dir = call.core.options.log_directory;
  dir.error_code = code(call.core.log.status().failed.empty() ? KafkaError::none : KafkaError::kafka_storage_error);
  if (call.core.options.free_bytes) dir.usable_bytes = call.core.options.free_bytes();
  const auto topics = call.core.log.topics();
  if (!request.topics) {
    for (const auto& [name, topic] : topics->by_name())
      if (!storage::is_hidden_topic(name)) dir.topics.push_back(co_await sizes_of(call, topic, std::nullopt));
    co_return out;
  }
  for (auto& wanted : *request.topics) {
    const auto topic = topics->find(wanted.topic);
    if (topic != nullptr && !storage::is_hidden_topic(topic->name)) dir.topics.push_back(co_await sizes_of(call, topic, std::move(wanted.partitions)));   // Kafka too leaves out what is not there
  }
  co_return out;
}

io::Task<wire::AlterReplicaLogDirsResponse> alter_replica_log_dirs(const Call& call, wire::AlterReplicaLogDirsRequest request) {
  wire::AlterReplicaLogDirsResponse out;
  for (const auto& dir : request.dirs) {
    for (const auto& topic : dir.topics) {
      auto& answer = out.results.emplace_back();
      answer.topic_name = topic.topic;
      for (const auto p : topic.partitions) {
        auto error = check_partition(call, topic.topic, p, Operation::alter).error;
        if (error == KafkaError::none && dir.path != call.core.options.log_directory) error = KafkaError::log_dir_not_found;   // it lies in the one directory already
        answer.partitions.push_back({p, code(error)});
      }
    }
  }
  co_return out;
}

io::Task<wire::ElectLeadersResponse> elect_leaders(const Call& call, wire::ElectLeadersRequest request) {
  wire::ElectLeadersResponse out;
  if (!call.allows_cluster(Operation::alter)) out.error_code = code(KafkaError::cluster_authorization_failed);   // for each partition too
  if (!request.topic_partitions) co_return out;   // all: Kafka names only those that had an election
  for (const auto& topic : *request.topic_partitions) {
    auto& answer = out.replica_election_results.emplace_back();
    answer.topic = topic.topic;
    for (const auto p : topic.partitions) {
      auto verdict = check_partition(call, topic.topic, p, Operation::alter);
      if (verdict.error == KafkaError::none) verdict = {KafkaError::election_not_needed, "this node leads it: it is the only one"};
      answer.partition_result.push_back({p, code(verdict.error), std::move(verdict.message)});
    }
  }
  co_return out;
}

io::Task<wire::AlterPartitionReassignmentsResponse> alter_partition_reassignments(const Call& call, wire::AlterPartitionReassignmentsRequest request) {
  wire::AlterPartitionReassignmentsResponse out;
  out.allow_replication_factor_change = request.allow_replication_factor_change;
  const auto node = call.core.options.node_id;
  if (!call.allows_cluster(Operation::alter)) {   // for each partition too
    out.error_code = code(KafkaError::cluster_authorization_failed);
    out.error_message = "not allowed on the cluster";
  }
  for (const auto& topic : request.topics) {
    auto& answer = out.responses.emplace_back();
    answer.name = topic.name;
    for (const auto& p : topic.partitions) {
      auto verdict = check_partition(call, topic.name, p.partition_index, Operation::alter);
      if (verdict.error == KafkaError::none && !p.replicas) verdict = {KafkaError::no_reassignment_in_progress, "nothing is being moved, so there is nothing to cancel"};
      else if (verdict.error == KafkaError::none && *p.replicas != std::vector<std::int32_t>{node})
        verdict = {KafkaError::invalid_replica_assignment, "this node is the only broker: each partition can be assigned to [" + std::to_string(node) + "] only"};
      answer.partitions.push_back({p.partition_index, code(verdict.error), std::move(verdict.message)});
    }
  }
  co_return out;
}

io::Task<wire::ListPartitionReassignmentsResponse> list_partition_reassignments(const Call& call, wire::ListPartitionReassignmentsRequest) {
  wire::ListPartitionReassignmentsResponse out;   // what is asked for is assigned at once, so nothing is ever under way
  if (!call.allows(Operation::describe, Resource::cluster, cluster_name)) out.error_code = code(KafkaError::cluster_authorization_failed);
  co_return out;
}

io::Task<wire::DescribeClientQuotasResponse> describe_client_quotas(const Call& call, wire::DescribeClientQuotasRequest request) {
  wire::DescribeClientQuotasResponse out;
  const auto refuse = [&](KafkaError error, std::string message) {
    out.error_code = code(error);
    out.error_message = std::move(message);
  };
  if (!call.allows_cluster(Operation::describe_configs)) {
    refuse(KafkaError::cluster_authorization_failed, "not allowed to see the settings of the cluster");
    co_return out;
  }
  for (const auto& c : request.components) {
    if (c.entity_type.empty()) refuse(KafkaError::invalid_request, "a component has no entity type");
    else if (c.match_type < 0 || c.match_type > 2) refuse(KafkaError::invalid_request, "match type " + std::to_string(c.match_type) + " does not exist; there are 0 by name, 1 the default, 2 any");
    else if ((c.match_type == 0) != c.match.has_value()) refuse(KafkaError::invalid_request, "a match needs its name, and only a match by name has one");
  }
  if (out.error_code == 0) out.entries.emplace();   // none: nobody is throttled
  co_return out;
}

io::Task<wire::DescribeTopicPartitionsResponse> describe_topic_partitions(const Call& call, wire::DescribeTopicPartitionsRequest request) {
  wire::DescribeTopicPartitionsResponse out;
  const auto topics = call.core.log.topics();
  const auto node = call.core.options.node_id;
  std::set<std::string> names;   // in order, so that a cursor says where to go on
  if (request.topics.empty()) {
    for (const auto& [name, topic] : topics->by_name())
      if (call.allows(Operation::describe, Resource::topic, name)) names.insert(name);
  }
  for (const auto& topic : request.topics) names.insert(topic.name);
  if (request.cursor) names.erase(names.begin(), names.lower_bound(request.cursor->topic_name));
  auto left = std::clamp(request.response_partition_limit, 1, 2000);   // Kafka's max.request.partition.size.limit
  for (const auto& name : names) {
    const bool goes_on = request.cursor && request.cursor->topic_name == name;
    const auto from = goes_on ? std::max(request.cursor->partition_index, 0) : 0;
    if (left == 0) {
      out.next_cursor.emplace(name, from);
      break;
    }
    auto& answer = out.topics.emplace_back();
    answer.name = name;
    const auto topic = topics->find(name);
    if (!call.allows(Operation::describe, Resource::topic, name)) answer.error_code = code(KafkaError::topic_authorization_failed);
    else if (!storage::check_topic_name(name)) answer.error_code = code(KafkaError::invalid_topic_exception);
    else if (topic == nullptr) answer.error_code = code(KafkaError::unknown_topic_or_partition);
    if (answer.error_code != 0) continue;
    answer.topic_id = topic->id;
    answer.is_internal = topic->internal;
    answer.topic_authorized_operations = call.allowed_operations(Resource::topic, name);
    const auto epochs = co_await leader_epochs(call.core, topic);
    for (auto p = from; p < topic->partition_count(); ++p) {
      if (left == 0) {
        out.next_cursor.emplace(name, p);
        co_return out;
      }
      --left;
      auto& partition = answer.partitions.emplace_back();
      partition.partition_index = p;
      partition.leader_id = node;
      partition.leader_epoch = epochs[std::size_t(p)];
      partition.replica_nodes = partition.isr_nodes = {node};
      partition.eligible_leader_replicas.emplace();
      partition.last_known_elr.emplace();
    }
  }
  co_return out;
}

io::Task<wire::UpdateFeaturesResponse> update_features(const Call& call, wire::UpdateFeaturesRequest request) {
  wire::UpdateFeaturesResponse out;
  if (!call.allows_cluster(Operation::alter)) {
    out.error_code = code(KafkaError::cluster_authorization_failed);
    out.error_message = "not allowed to alter the cluster";
    co_return out;
  }
  if (request.feature_updates.empty()) {
    out.error_code = code(KafkaError::invalid_request);
    out.error_message = "the request names no feature";
    co_return out;
  }
  for (const auto& update : request.feature_updates) {
    auto verdict = check_feature_level(update);
    if (verdict.error != KafkaError::none && call.version() >= 2) {   // one outcome for all of them
      out.error_code = code(verdict.error);
      out.error_message = std::move(verdict.message);
      co_return out;
    }
    out.results.push_back({update.feature, code(verdict.error), std::move(verdict.message)});
  }
  co_return out;
}

}  // namespace braid::broker
