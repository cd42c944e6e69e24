// CreateTopics, DeleteTopics, CreatePartitions. Errors per topic, with a sentence; validate_only changes nothing.
#include <algorithm>
#include <set>

#include "base/limits/kafka.h"
#include "base/log.h"
#include "broker/coordinator.h"
#include "broker/handlers.h"

namespace braid::broker {

std::optional<Error> replication_factor_error(const Core& core, std::int16_t factor) {
  if (factor == -1 || factor == 1) return std::nullopt;
  if (factor < 1) return Error{ErrorCode::invalid_input, "a replication factor must be 1 or above, or -1 for the default; got " + std::to_string(factor)};
  if (core.options.clamp_replication_factor) return std::nullopt;
  return Error{ErrorCode::invalid_input, "replication factor " + std::to_string(factor) + " needs " + std::to_string(factor) + " brokers; this is a single node",
               "ask for 1 or -1"};
}

namespace {

using Created = wire::CreateTopicsResponse::Topic;

struct Problem {
  KafkaError error;
  std::string message;
};

// Kafka's metric names turn dots into underscores, so a.b and a_b may not both exist.
std::optional<std::string> colliding_name(const storage::Topics& topics, const std::string& name) {
  const auto flat = [](std::string s) { std::ranges::replace(s, '.', '_'); return s; };
  const bool suspicious = name.find_first_of("._") != std::string::npos;
  if (!suspicious) return std::nullopt;
  const auto wanted = flat(name);
  for (const auto& [other, topic] : topics.by_name())
    if (other != name && other.size() == name.size() && flat(other) == wanted) return other;
  return std::nullopt;
}

std::optional<Problem> check_assignments(const Core& core, const wire::CreateTopicsRequest::Topic& wanted) {
  if (wanted.num_partitions != -1 || wanted.replication_factor != -1)
    return Problem{KafkaError::invalid_request, "give either assignments or a number of partitions and a replication factor (then -1), not both"};
  std::set<std::int32_t> indexes;
  for (const auto& a : wanted.assignments) {
    indexes.insert(a.partition_index);
    if (a.broker_ids.empty() || std::ranges::any_of(a.broker_ids, [&](std::int32_t id) { return id != core.options.node_id; }))
      return Problem{KafkaError::invalid_replica_assignment, "this node is the only broker: each partition can be assigned to " + std::to_string(core.options.node_id) + " only"};
    if (a.broker_ids.size() > 1) return Problem{KafkaError::invalid_replica_assignment, "a broker can hold one replica of a partition only"};
  }
  if (indexes.size() != wanted.assignments.size() || *indexes.begin() != 0 || *indexes.rbegin() != std::int32_t(indexes.size()) - 1)
    return Problem{KafkaError::invalid_replica_assignment, "the assigned partitions must be numbered 0, 1, 2 and so on, each once"};
  return std::nullopt;
}

std::optional<Problem> plan(const Call& call, const wire::CreateTopicsRequest::Topic& wanted, storage::NewTopic& out) {
  const auto& core = call.core;
  const auto topics = core.log.topics();
  if (!call.allows_cluster(Operation::create) && !call.allows(Operation::create, Resource::topic, wanted.name)) return Problem{KafkaError::topic_authorization_failed, "not allowed to create " + wanted.name};
  if (auto named = storage::check_topic_name(wanted.name); !named) return Problem{KafkaError::invalid_topic_exception, named.error().error.message};
  if (is_internal_name(wanted.name)) return Problem{KafkaError::invalid_topic_exception, wanted.name + " is made by the node itself"};
  if (topics->find(wanted.name)) return Problem{KafkaError::topic_already_exists, "topic " + wanted.name + " already exists"};
  if (auto other = colliding_name(*topics, wanted.name))
    return Problem{KafkaError::invalid_topic_exception, wanted.name + " differs from the topic " + *other + " only by '.' and '_', which metrics cannot tell apart"};
  out.name = wanted.name;
  out.partitions = wanted.num_partitions == -1 ? core.options.default_partitions : wanted.num_partitions;
  if (!wanted.assignments.empty()) {
    if (auto problem = check_assignments(core, wanted)) return problem;
    out.partitions = std::int32_t(wanted.assignments.size());
  } else {
    if (auto error = replication_factor_error(core, wanted.replication_factor)) return Problem{KafkaError::invalid_replication_factor, error->message};
    if (out.partitions < 1 || std::size_t(out.partitions) > limits::kafka_partitions_per_topic_max)
      return Problem{KafkaError::invalid_partitions, "a topic has 1 to " + std::to_string(limits::kafka_partitions_per_topic_max) + " partitions, asked for " + std::to_string(out.partitions)};
    if (wanted.replication_factor > 1)
      log::info("replication_factor_clamped", {{"topic", wanted.name}, {"asked", wanted.replication_factor}, {"made", 1}});
  }
  for (const auto& config : wanted.configs) {
    if (!config.value) return Problem{KafkaError::invalid_config, "setting " + config.name + " has no value"};
    out.configs[config.name] = *config.value;
  }
  if (auto checked = core.log.check_new_topic(out); !checked) return Problem{kafka_error(checked.error().reason), checked.error().error.message};
  return std::nullopt;
}

void refuse(Created& out, const Problem& problem) {
  out.error_code = code(problem.error);
  out.error_message = problem.message;
}

void describe(const Call& call, Created& out, const Uuid& id, std::int32_t partitions, const storage::ConfigMap& set) {
  out.topic_id = id;
  if (!call.allows(Operation::describe_configs, Resource::topic, out.name)) {
    out.topic_config_error_code = code(KafkaError::topic_authorization_failed);
    return;
  }
  out.num_partitions = partitions;
  out.replication_factor = 1;
  for (auto& c : describe_topic_settings(call.core, set, false, false)) out.configs->push_back({c.name, c.value, c.read_only, c.config_source, c.is_sensitive});
}

}  // namespace

io::Task<wire::CreateTopicsResponse> create_topics(const Call& call, wire::CreateTopicsRequest request) {
  wire::CreateTopicsResponse out;
  std::map<std::string, int> times;
  for (const auto& wanted : request.topics) ++times[wanted.name];
  for (const auto& wanted : request.topics) {
    if (times[wanted.name] == 0) continue;   // already refused
    auto& answer = out.topics.emplace_back();
    answer.name = wanted.name;
    answer.configs.emplace();   // a refused topic has none
    if (std::exchange(times[wanted.name], 0) > 1) {
      refuse(answer, {KafkaError::invalid_request, "the request names topic " + wanted.name + " more than once"});
      continue;
    }
    storage::NewTopic fresh;
    if (const auto problem = plan(call, wanted, fresh)) {
      refuse(answer, *problem);
      continue;
    }
    const auto configs = fresh.configs;
    const auto partitions = fresh.partitions;
    if (request.validate_only) {
      describe(call, answer, {}, partitions, configs);
      continue;
    }
    const auto made = co_await call.core.log.create_topic(std::move(fresh));
    if (made) describe(call, answer, (*made)->id, partitions, configs);
    else refuse(answer, {kafka_error(made.error().reason), made.error().error.message});
  }
  co_return out;
}

io::Task<wire::DeleteTopicsResponse> delete_topics(const Call& call, wire::DeleteTopicsRequest request) {
  for (auto& name : request.topic_names) request.topics.push_back({name, {}});
  wire::DeleteTopicsResponse out;
  std::map<std::pair<std::optional<std::string>, Uuid>, int> times;
  for (const auto& wanted : request.topics) ++times[{wanted.name, wanted.topic_id}];
  for (const auto& wanted : request.topics) {
    const int n = std::exchange(times[{wanted.name, wanted.topic_id}], 0);
    if (n == 0) continue;   // already refused
    auto& answer = out.responses.emplace_back();
    answer.name = wanted.name;
    answer.topic_id = wanted.topic_id;
    const auto refuse = [&](KafkaError error, std::string message) {
      answer.error_code = code(error);
      answer.error_message = std::move(message);
    };
    if (n > 1) {
      refuse(KafkaError::invalid_request, "the request names this topic more than once");
      continue;
    }
    if (wanted.name && wanted.topic_id != Uuid{}) {
      refuse(KafkaError::invalid_request, "give a topic's name or its id, not both");
      continue;
    }
    const auto topics = call.core.log.topics();
    const auto topic = wanted.name ? topics->find(*wanted.name) : topics->find(wanted.topic_id);
    if (wanted.name && !call.allows(Operation::remove, Resource::topic, *wanted.name)) {   // before anything about it is told
      refuse(KafkaError::topic_authorization_failed, "not allowed to delete it");
      continue;
    }
    if (topic != nullptr && !wanted.name && !call.allows(Operation::describe, Resource::topic, topic->name)) {
      refuse(KafkaError::topic_authorization_failed, "not allowed to know of it");
      continue;
    }
    if (topic == nullptr) {
      refuse(wanted.name ? KafkaError::unknown_topic_or_partition : KafkaError::unknown_topic_id, "there is no such topic");
      continue;
    }
    answer.topic_id = topic->id;
    if (!call.allows(Operation::remove, Resource::topic, topic->name)) {
      refuse(KafkaError::topic_authorization_failed, "not allowed to delete it");
      continue;
    }
    answer.name = topic->name;
    if (topic->internal) {
      refuse(KafkaError::invalid_request, topic->name + " belongs to the node and cannot be deleted");
      continue;
    }
    const auto deleted = co_await call.core.log.delete_topic(topic->id);
    if (!deleted) {
      refuse(kafka_error(deleted.error().reason), deleted.error().error.message);
      continue;
    }
    co_await call.core.coordinator->forget_topic(topic->name);
  }
  co_return out;
}

io::Task<wire::CreatePartitionsResponse> create_partitions(const Call& call, wire::CreatePartitionsRequest request) {
  wire::CreatePartitionsResponse out;
  std::map<std::string, int> times;
  for (const auto& wanted : request.topics) ++times[wanted.name];
  for (const auto& wanted : request.topics) {
    const int n = std::exchange(times[wanted.name], 0);
    if (n == 0) continue;   // already refused
    auto& answer = out.results.emplace_back();
    answer.name = wanted.name;
    const auto refuse = [&](KafkaError error, std::string message) {
      answer.error_code = code(error);
      answer.error_message = std::move(message);
    };
    const auto topic = call.core.log.topics()->find(wanted.name);
    if (n > 1) {
      refuse(KafkaError::invalid_request, "the request names topic " + wanted.name + " more than once");
    } else if (!call.allows(Operation::alter, Resource::topic, wanted.name)) {
      refuse(KafkaError::topic_authorization_failed, "not allowed to change it");
    } else if (topic == nullptr) {
      refuse(KafkaError::unknown_topic_or_partition, "there is no topic " + wanted.name);
    } else if (topic->internal) {
      refuse(KafkaError::invalid_request, wanted.name + " belongs to the node");
    } else if (wanted.count <= topic->partition_count() || std::size_t(wanted.count) > limits::kafka_partitions_per_topic_max) {
      refuse(KafkaError::invalid_partitions, "topic " + wanted.name + " has " + std::to_string(topic->partition_count()) + " partitions; the new total must be above that and at most " +
                                                 std::to_string(limits::kafka_partitions_per_topic_max) + ", got " + std::to_string(wanted.count));
    } else if (wanted.assignments && wanted.assignments->size() != std::size_t(wanted.count - topic->partition_count())) {
      refuse(KafkaError::invalid_replica_assignment, "assignments are needed for each of the " + std::to_string(wanted.count - topic->partition_count()) + " new partitions, or for none");
    } else if (wanted.assignments && std::ranges::any_of(*wanted.assignments, [&](const auto& a) { return a.broker_ids != std::vector<std::int32_t>{call.core.options.node_id}; })) {
      refuse(KafkaError::invalid_replica_assignment, "this node is the only broker: each partition can be assigned to " + std::to_string(call.core.options.node_id) + " only");
    } else if (!request.validate_only) {
      const auto grown = co_await call.core.log.add_partitions(wanted.name, wanted.count);
      if (!grown) refuse(kafka_error(grown.error().reason), grown.error().error.message);
    }
  }
  co_return out;
}

}  // namespace braid::broker
