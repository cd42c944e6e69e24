// ListOffsets, OffsetForLeaderEpoch, DeleteRecords: questions about positions in partitions.
#include <map>

#include "broker/handlers.h"

namespace braid::broker {
namespace {

constexpr std::int64_t latest = -1, earliest = -2, largest_timestamp = -3, earliest_local = -4, latest_tiered = -5;

storage::TopicPtr find_partition(const Call& call, const std::string& name, std::int32_t partition) {
  auto topic = call.core.log.topics()->find(name);
  return topic != nullptr && partition >= 0 && partition < topic->partition_count() ? topic : nullptr;
}

// KIP-320: a client that has seen another history than ours is told so.
KafkaError check_epoch(std::int32_t claimed, std::int32_t ours) {
  if (claimed < 0 || claimed == ours) return KafkaError::none;
  return claimed < ours ? KafkaError::fenced_leader_epoch : KafkaError::unknown_leader_epoch;
}

io::Task<wire::ListOffsetsResponse::Partition> list_one(const Call& call, std::string name, wire::ListOffsetsRequest::Partition wanted, storage::Isolation isolation) {
  auto& log = call.core.log;
  wire::ListOffsetsResponse::Partition out;
  out.partition_index = wanted.partition_index;
  const auto topic = find_partition(call, name, wanted.partition_index);
  if (topic == nullptr) {
    out.error_code = code(KafkaError::unknown_topic_or_partition);
    co_return out;
  }
  const PartitionId partition{wanted.partition_index};
  const auto state = co_await log.state(topic, partition);
  if (!state) {
    out.error_code = code(state.error().reason);
    co_return out;
  }
  if (const auto error = check_epoch(wanted.current_leader_epoch, state->leader_epoch); error != KafkaError::none) {
    out.error_code = code(error);
    co_return out;
  }
  // Each of these came with a version of its own.
  const int since = wanted.timestamp == largest_timestamp ? 7 : wanted.timestamp == earliest_local ? 8 : wanted.timestamp == latest_tiered ? 9 : 0;
  if (call.version() < since) {
    out.error_code = code(KafkaError::unsupported_version);
    co_return out;
  }
  switch (wanted.timestamp) {
    case latest:
      out.offset = isolation == storage::Isolation::read_committed ? state->last_stable.value : state->high_watermark.value;
      out.leader_epoch = state->leader_epoch;
      co_return out;
    case earliest:
    case earliest_local:
      out.offset = state->log_start.value;
      out.leader_epoch = state->leader_epoch;
      co_return out;
    case latest_tiered: co_return out;   // there is no tiered storage: offset -1, as Kafka answers then
    default: break;
  }
  if (wanted.timestamp < 0 && wanted.timestamp != largest_timestamp) {
    out.error_code = code(KafkaError::unsupported_version);
    co_return out;
  }
  storage::LogResult<std::optional<storage::OffsetAtTime>> found;
  if (wanted.timestamp == largest_timestamp) found = co_await log.offset_of_max_timestamp(topic, partition);
  else found = co_await log.offset_at_time(topic, partition, wanted.timestamp, isolation);
  if (!found) {
    out.error_code = code(read_error(found.error()));
  } else if (*found) {
    out.offset = (*found)->offset.value;
    out.timestamp = (*found)->timestamp_ms;
    out.leader_epoch = (*found)->leader_epoch;
  }
  co_return out;
}

}  // namespace

io::Task<wire::ListOffsetsResponse> list_offsets(const Call& call, wire::ListOffsetsRequest request) {
  const auto isolation = request.isolation_level == 1 ? storage::Isolation::read_committed : storage::Isolation::read_uncommitted;
  wire::ListOffsetsResponse out;
  std::map<std::pair<std::string, std::int32_t>, int> times;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) ++times[{topic.name, partition.partition_index}];
  for (const auto& topic : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    const bool allowed = call.allows(Operation::describe, Resource::topic, topic.name);
    for (const auto& partition : topic.partitions) {
      const int n = std::exchange(times[{topic.name, partition.partition_index}], 0);
      if (n == 0) continue;   // already refused
      if (allowed && n == 1) {
        answers.partitions.push_back(co_await list_one(call, topic.name, partition, isolation));
        continue;
      }
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      answer.error_code = code(allowed ? KafkaError::invalid_request : KafkaError::topic_authorization_failed);
    }
  }
  co_return out;
}

io::Task<wire::OffsetForLeaderEpochResponse> offset_for_leader_epoch(const Call& call, wire::OffsetForLeaderEpochRequest request) {
  wire::OffsetForLeaderEpochResponse out;
  for (const auto& wanted_topic : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.topic = wanted_topic.topic;
    for (const auto& wanted : wanted_topic.partitions) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition = wanted.partition;
      const auto topic = find_partition(call, wanted_topic.topic, wanted.partition);
      if (!call.allows(Operation::describe, Resource::topic, wanted_topic.topic)) {
        answer.error_code = code(KafkaError::topic_authorization_failed);
        continue;
      }
      if (topic == nullptr) {
        answer.error_code = code(KafkaError::unknown_topic_or_partition);
        continue;
      }
      const auto state = co_await call.core.log.state(topic, PartitionId{wanted.partition});
      if (!state) {
        answer.error_code = code(state.error().reason);
        continue;
      }
      answer.error_code = code(check_epoch(wanted.current_leader_epoch, state->leader_epoch));
      if (answer.error_code != 0) continue;
      const auto end = co_await call.core.log.epoch_end(topic, PartitionId{wanted.partition}, wanted.leader_epoch);
      if (!end) {
        answer.error_code = code(end.error().reason);
        continue;
      }
      answer.leader_epoch = end->epoch;
      answer.end_offset = end->end.value;
    }
  }
  co_return out;
}

io::Task<wire::DeleteRecordsResponse> delete_records(const Call& call, wire::DeleteRecordsRequest request) {
  wire::DeleteRecordsResponse out;
  for (const auto& wanted_topic : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = wanted_topic.name;
    for (const auto& wanted : wanted_topic.partitions) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = wanted.partition_index;
      const auto topic = find_partition(call, wanted_topic.name, wanted.partition_index);
      if (!call.allows(Operation::remove, Resource::topic, wanted_topic.name)) {
        answer.error_code = code(KafkaError::topic_authorization_failed);
        continue;
      }
      if (topic == nullptr) {
        answer.error_code = code(KafkaError::unknown_topic_or_partition);
        continue;
      }
      if (topic->internal) {
        answer.error_code = code(KafkaError::invalid_topic_exception);
        continue;
      }
      if (topic->config.compacted && !topic->config.deletes_old) {   // the newest value of each key stays, so nobody deletes from the front
        answer.error_code = code(KafkaError::policy_violation);
        continue;
      }
      const auto start = co_await call.core.log.delete_records(topic, PartitionId{wanted.partition_index}, Offset{wanted.offset});
      if (start) answer.low_watermark = start->value;
      else answer.error_code = code(start.error().reason);
    }
  }
  co_return out;
}

}  // namespace braid::broker
