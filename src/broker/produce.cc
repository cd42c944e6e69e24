// Produce: one record batch per partition. All partitions of a request are appended at once and share the disk's next sync.
#include "broker/handlers.h"
#include "io/all.h"

namespace braid::broker {
namespace {

// The few header fields of a magic 2 batch that decide before storage looks at all of it (layout: wire/record_batch.h).
constexpr std::size_t length_at = 8, magic_at = 16, attributes_at = 21, records_count_at = 57, header_bytes = 61;
constexpr std::int16_t zstd = 4, transactional_bit = 0x10;

using Outcome = wire::ProduceResponse::Partition;

void refuse(Outcome& out, KafkaError error, std::string message) {
  out.error_code = code(error);
  out.error_message = std::move(message);
}

// What the protocol forbids, whatever the topic; storage checks the records themselves.
bool acceptable(const Call& call, const wire::ProduceRequest& request, const wire::ProduceRequest::Partition& data, Outcome& out) {
  if (!data.records || data.records->size() == 0) return refuse(out, KafkaError::invalid_record, "the partition comes without a record batch"), false;
  const BytesView batch = data.records->pieces.front().bytes;
  if (batch.size() <= magic_at) return refuse(out, KafkaError::corrupt_message, "the batch is shorter than its header"), false;
  if (batch[magic_at] != 2)
    return refuse(out, KafkaError::unsupported_for_message_format, "message format " + std::to_string(int(batch[magic_at])) + " is too old; only format 2 (Kafka 0.11 and later) is taken"), false;
  if (batch.size() < header_bytes) return refuse(out, KafkaError::corrupt_message, "the batch is shorter than its header"), false;
  const auto length = std::size_t(load_be<std::uint32_t>(batch.data() + length_at)) + 12;
  if (length < batch.size())
    return refuse(out, KafkaError::invalid_record, "a Produce request may have one record batch per partition, here are more"), false;
  const auto attributes = load_be<std::int16_t>(batch.data() + attributes_at);
  if ((attributes & transactional_bit) != 0 && !request.transactional_id)
    return refuse(out, KafkaError::transactional_id_authorization_failed, "a transactional batch in a request without transactional id"), false;
  if ((attributes & 7) == zstd && call.version() < 7)
    return refuse(out, KafkaError::unsupported_compression_type, "zstd needs Produce version 7"), false;
  return true;
}

io::Task<void> append(const Call& call, std::string name, storage::TopicPtr topic, const wire::ProduceRequest::Partition& data, storage::Ack ack, Outcome& out) {
  auto& core = call.core;
  const auto view = data.records->pieces.front().bytes;
  const auto records = std::uint64_t(load_be<std::uint32_t>(view.data() + records_count_at));
  storage::AppendOptions options;
  options.ack = ack;
  auto appended = co_await core.log.append(topic, PartitionId{data.index}, Bytes(view), options);
  if (!appended) {
    auto& failure = appended.error();
    auto error = kafka_error(failure.reason);
    if (failure.reason == storage::Reason::invalid_transaction_state && call.version() >= 11) error = KafkaError::transaction_abortable;   // KIP-890
    refuse(out, error, failure.error.message);
    for (auto& record : failure.records) out.record_errors.push_back({record.index, std::move(record.message)});
    core.metrics.records_refused.add();
    co_return;
  }
  out.base_offset = appended->base_offset.value;
  out.log_append_time_ms = appended->log_append_time_ms;
  out.log_start_offset = appended->log_start.value;
  if (!appended->duplicate) core.here().traffic.add(call.caller, name, Direction::produced, 1, records, view.size(), core.now_ms());
}

// One partition, as far as it can be decided without storage. Empty: it is to be appended.
bool decide(const Call& call, const wire::ProduceRequest& request, const std::string& name, const storage::TopicPtr& topic,
            const wire::ProduceRequest::Partition& data, Outcome& out) {
  if (call.version() < 3) return refuse(out, KafkaError::unsupported_version, ""), false;
  if (request.acks < -1 || request.acks > 1) return refuse(out, KafkaError::invalid_required_acks, "acks must be -1, 0 or 1"), false;
  if (request.transactional_id && !call.allows(Operation::write, Resource::transactional_id, *request.transactional_id))
    return refuse(out, KafkaError::transactional_id_authorization_failed, "not allowed to use the transactional id " + *request.transactional_id), false;
  if (!call.allows(Operation::write, Resource::topic, name)) return refuse(out, KafkaError::topic_authorization_failed, "not allowed to write to " + name), false;
  if (topic == nullptr || data.index < 0 || data.index >= topic->partition_count())
    return refuse(out, KafkaError::unknown_topic_or_partition, "there is no partition " + name + "-" + std::to_string(data.index)), false;
  if (topic->internal) return refuse(out, KafkaError::invalid_topic_exception, name + " is written by the node itself"), false;
  if (!acceptable(call, request, data, out)) return false;
  if (call.core.gate == nullptr) return true;
  auto refusal = call.core.gate->refuses(call.caller, name, PartitionId{data.index}, data.records->pieces.front().bytes);
  if (!refusal) return true;
  refuse(out, KafkaError::invalid_record, refusal->error.message);
  for (auto& record : refusal->records) out.record_errors.push_back({record.index, std::move(record.message)});
  return false;
}

}  // namespace

io::Task<wire::ProduceResponse> produce(const Call& call, wire::ProduceRequest request) {
  wire::ProduceResponse out;
  std::vector<io::Task<void>> appends;
  const auto topics = call.core.log.topics();
  const auto ack = request.acks == 0 ? storage::Ack::none : storage::Ack::safe;   // acks=1 means on disk too: one node, one promise
  out.responses.resize(request.topic_data.size());
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const auto& wanted = request.topic_data[t];
    auto& answers = out.responses[t];
    answers.name = wanted.name;
    answers.partition_responses.resize(wanted.partition_data.size());
    const auto topic = topics->find(wanted.name);
    for (std::size_t p = 0; p < wanted.partition_data.size(); ++p) {
      auto& answer = answers.partition_responses[p];
      answer.index = wanted.partition_data[p].index;
      if (decide(call, request, wanted.name, topic, wanted.partition_data[p], answer))
        appends.push_back(append(call, wanted.name, topic, wanted.partition_data[p], ack, answer));
      else
        call.core.metrics.records_refused.add();
    }
  }
  co_await io::all(std::move(appends));   // starts them in order, so batches of one connection keep theirs
  co_return out;
}

}  // namespace braid::broker
