// Produce: one record batch per partition. All partitions of a request are appended at once and share the disk's next sync.
#include <algorithm>

#include "broker/handlers.h"
#include "io/all.h"

namespace braid::broker {
namespace {

// The few header fields of a magic 2 batch that decide before storage looks at all of it (layout: wire/record_batch.h).
constexpr std::size_t length_at = 8, magic_at = 16, attributes_at = 21, producer_id_at = 43, producer_epoch_at = 51, records_count_at = 57, header_bytes = 61;
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

// A batch that may be appended.
struct Taken {
  std::string name;
  storage::TopicPtr topic;
  const wire::ProduceRequest::Partition* data;
  Outcome* out;

  BytesView batch() const { return data->records->pieces.front().bytes; }
  bool transactional() const { return (load_be<std::int16_t>(batch().data() + attributes_at) & transactional_bit) != 0; }
  storage::ProducerIdentity producer() const { return {load_be<std::int64_t>(batch().data() + producer_id_at), load_be<std::int16_t>(batch().data() + producer_epoch_at)}; }
  AddedPartitions::Place place() const { return {topic->id, data->index}; }
};

void refuse(const Call& call, Outcome& out, storage::Failure failure) {
  auto error = kafka_error(failure.reason);
  if (failure.reason == storage::Reason::invalid_transaction_state && call.version() >= 11) error = KafkaError::transaction_abortable;   // KIP-890
  if (failure.reason == storage::Reason::producer_fenced) error = KafkaError::invalid_producer_epoch;   // what Produce calls it
  refuse(out, error, failure.error.message);
  for (auto& record : failure.records) out.record_errors.push_back({record.index, std::move(record.message)});
  call.core.metrics.records_refused.add();
}

io::Task<void> append(const Call& call, std::string name, storage::TopicPtr topic, const wire::ProduceRequest::Partition& data, storage::Ack ack, Outcome& out) {
  auto& core = call.core;
  const auto view = data.records->pieces.front().bytes;
  const auto records = std::uint64_t(load_be<std::uint32_t>(view.data() + records_count_at));
  storage::AppendOptions options;
  options.ack = ack;
  auto appended = co_await core.log.append(topic, PartitionId{data.index}, Bytes(view), options);
  if (!appended) {
    refuse(call, out, std::move(appended).error());
    co_return;
  }
  out.base_offset = appended->base_offset.value;
  out.log_append_time_ms = appended->log_append_time_ms;
  out.log_start_offset = appended->log_start.value;
  if (!appended->duplicate) core.here().traffic.add(call.caller, name, Direction::produced, 1, records, view.size(), core.now_ms());
}

std::vector<io::Task<void>> start(const Call& call, std::vector<Taken> batches, storage::Ack ack) {
  std::vector<io::Task<void>> appends;
  for (auto& b : batches) appends.push_back(append(call, std::move(b.name), std::move(b.topic), *b.data, ack, *b.out));
  return appends;
}

io::Task<void> leave(std::optional<AddedPartitions::Standing>& standing) {
  standing.reset();
  co_return;
}

// Transactions V2: partitions that are not yet in the producer's transaction are added to it, all of a request at once; then its batches are appended.
io::Task<void> append_in_transaction(const Call& call, std::string id, std::vector<Taken> batches, storage::Ack ack) {
  const auto line = call.core.here().added.line(id);
  const auto known = [&](const Taken& b) { return !b.transactional() || line->knows(b.producer(), b.place()); };
  if (line->idle() && std::ranges::all_of(batches, known)) {
    auto all = io::all(start(call, std::move(batches), ack));
    co_await std::move(all);
    co_return;
  }
  std::optional<AddedPartitions::Standing> standing;
  standing.emplace(line);
  auto waiting = standing->wait();
  co_await std::move(waiting);

  std::optional<storage::ProducerIdentity> who;
  std::set<storage::TransactionPartition> wanted;
  std::set<AddedPartitions::Place> places;
  std::erase_if(batches, [&](Taken& b) {
    if (known(b)) return false;
    if (who.value_or(b.producer()) != b.producer()) {
      storage::Failure several(storage::Reason::invalid_producer_id_mapping, Error{ErrorCode::invalid_input, "one request has batches of several transactional producers", "", {}});
      refuse(call, *b.out, std::move(several));
      return true;
    }
    who = b.producer();
    wanted.insert({b.name, b.data->index});
    places.insert(b.place());
    return false;
  });
  if (who) {
    auto adding = call.core.transactions.add(id, *who, std::move(wanted));
    const auto added = co_await std::move(adding);
    if (added) line->learn(*who, places);
    else
      std::erase_if(batches, [&](Taken& b) {
        if (known(b)) return false;
        refuse(call, *b.out, added.error());
        return true;
      });
  }
  auto steps = start(call, std::move(batches), ack);
  steps.push_back(leave(standing));   // whoever is next may begin once these have begun their way to the disk
  auto all = io::all(std::move(steps));
  co_await std::move(all);
}

// One partition, as far as it can be decided without storage. Empty: it is to be appended.
bool decide(const Call& call, const wire::ProduceRequest& request, const std::string& name, const storage::TopicPtr& topic,
            const wire::ProduceRequest::Partition& data, Outcome& out) {
  if (call.version() < 3) return refuse(out, KafkaError::unsupported_version, ""), false;
  if (request.acks < -1 || request.acks > 1) return refuse(out, KafkaError::invalid_required_acks, "acks must be -1, 0 or 1"), false;
  if (request.transactional_id && !call.allows(Operation::write, Resource::transactional_id, *request.transactional_id))
    return refuse(out, KafkaError::transactional_id_authorization_failed, "not allowed to use the transactional id " + *request.transactional_id), false;
  if (call.version() >= 13 && topic == nullptr) return refuse(out, KafkaError::unknown_topic_id, "there is no topic with that id"), false;
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
  std::vector<Taken> taken;
  const auto topics = call.core.log.topics();
  const auto ack = request.acks == 0 ? storage::Ack::none : storage::Ack::safe;   // acks=1 means on disk too: one node, one promise
  out.responses.resize(request.topic_data.size());
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const auto& wanted = request.topic_data[t];
    auto& answers = out.responses[t];
    const auto topic = call.version() >= 13 ? topics->find(wanted.topic_id) : topics->find(wanted.name);
    answers.name = call.version() >= 13 && topic != nullptr ? topic->name : wanted.name;
    answers.topic_id = wanted.topic_id;
    answers.partition_responses.resize(wanted.partition_data.size());
    for (std::size_t p = 0; p < wanted.partition_data.size(); ++p) {
      auto& answer = answers.partition_responses[p];
      answer.index = wanted.partition_data[p].index;
      if (decide(call, request, answers.name, topic, wanted.partition_data[p], answer))
        taken.push_back({answers.name, topic, &wanted.partition_data[p], &answer});
      else
        call.core.metrics.records_refused.add();
    }
  }
  if (call.version() >= 12 && request.transactional_id && !taken.empty()) {
    auto appending = append_in_transaction(call, *request.transactional_id, std::move(taken), ack);
    co_await std::move(appending);
    co_return out;
  }
  auto all = io::all(start(call, std::move(taken), ack));   // starts them in order, so batches of one connection keep theirs
  co_await std::move(all);
  co_return out;
}

}  // namespace braid::broker
