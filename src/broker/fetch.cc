// Fetch: whole batches as they are stored, sent from the memory they lie in. Waits for min_bytes or max_wait; no sessions (session_id 0 in the
// answer is the protocol's "none"). KIP-74: the first partition with records gives at least one batch, whatever the limits say.
#include <algorithm>
#include <chrono>

#include "base/limits/kafka.h"
#include "broker/handlers.h"

namespace braid::broker {
namespace {

using io::Milliseconds;

struct Wanted {   // one partition of the request, and its place in the answer
  storage::TopicPtr topic;
  const wire::FetchRequest::Partition* partition;
  wire::FetchResponse::Partition* answer;
  std::int64_t next = 0;
};

struct Pass {
  std::size_t bytes = 0;
  bool failed = false;
};

void refuse(wire::FetchResponse::Partition& answer, KafkaError error) {
  answer.error_code = code(error);
  answer.records.emplace();
  answer.aborted_transactions.emplace();   // not null, where Apache Kafka says so: a partition that is not there
}

io::Task<void> read_one(const Call& call, Wanted& wanted, storage::ReadOptions options, std::size_t budget, Pass& pass) {
  auto& answer = *wanted.answer;
  options.bytes_max = std::min<std::size_t>(budget, std::size_t(std::max(wanted.partition->partition_max_bytes, 0)));
  options.at_least_one = pass.bytes == 0;
  options.current_leader_epoch = wanted.partition->current_leader_epoch;
  auto outcome = co_await call.core.log.read(wanted.topic, PartitionId{wanted.partition->partition}, Offset{wanted.partition->fetch_offset}, options);
  if (!outcome) {
    pass.failed = true;
    refuse(answer, read_error(outcome.error()));
    answer.aborted_transactions.reset();
    co_return;
  }
  answer.error_code = 0;
  answer.high_watermark = outcome->high_watermark.value;
  answer.last_stable_offset = outcome->last_stable.value;
  answer.log_start_offset = outcome->log_start.value;
  if (options.isolation == storage::Isolation::read_committed) {
    auto& aborted = answer.aborted_transactions.emplace();
    for (const auto& t : outcome->aborted) aborted.push_back({t.producer_id, t.first});
  }
  auto& records = answer.records.emplace();
  for (auto& piece : outcome->pieces) records.pieces.push_back({piece.bytes, std::move(piece.owner)});
  pass.bytes += outcome->bytes;
  wanted.next = outcome->next.value;
}

std::vector<Wanted> resolve(const Call& call, const wire::FetchRequest& request, wire::FetchResponse& out, Pass& pass) {
  const auto topics = call.core.log.topics();
  std::vector<Wanted> found;
  out.responses.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& wanted = request.topics[t];
    auto& answers = out.responses[t];
    answers.topic = wanted.topic;
    answers.topic_id = wanted.topic_id;
    answers.partitions.resize(wanted.partitions.size());
    const bool by_id = call.version() >= 13;
    const auto topic = by_id ? topics->find(wanted.topic_id) : topics->find(wanted.topic);
    const bool allowed = (by_id && topic == nullptr) || call.allows(Operation::read, Resource::topic, by_id ? topic->name : wanted.topic);
    for (std::size_t p = 0; p < wanted.partitions.size(); ++p) {
      const auto& partition = wanted.partitions[p];
      auto& answer = answers.partitions[p];
      answer.partition_index = partition.partition;
      if (allowed && topic != nullptr && partition.partition >= 0 && partition.partition < topic->partition_count()) {
        found.push_back({topic, &partition, &answer, partition.fetch_offset});
        continue;
      }
      pass.failed = true;
      const auto absent = by_id && topic == nullptr ? KafkaError::unknown_topic_id : KafkaError::unknown_topic_or_partition;
      refuse(answer, allowed ? absent : KafkaError::topic_authorization_failed);
    }
  }
  return found;
}

void count_traffic(const Call& call, const std::vector<Wanted>& all) {
  for (const auto& wanted : all) {
    if (!wanted.answer->records || wanted.answer->records->size() == 0) continue;
    const auto records = std::uint64_t(std::max<std::int64_t>(0, wanted.next - wanted.partition->fetch_offset));
    call.core.here().traffic.add(call.caller, wanted.topic->name, Direction::fetched, wanted.answer->records->pieces.size(), records, wanted.answer->records->size(),
                                 call.core.now_ms());
  }
}

}  // namespace

io::Task<wire::FetchResponse> fetch(const Call& call, wire::FetchRequest request) {
  wire::FetchResponse out;
  Pass first;
  auto wanted = resolve(call, request, out, first);
  const auto wait_ms = std::clamp(request.max_wait_ms, 0, limits::kafka_fetch_wait_ms_max);
  const auto deadline = io::after(Milliseconds(wait_ms));
  const auto bytes_max = std::min<std::size_t>(std::size_t(std::max(request.max_bytes, 0)), limits::kafka_fetch_bytes_max);
  const auto bytes_min = std::min<std::size_t>(std::size_t(std::max(request.min_bytes, 0)), bytes_max);
  storage::ReadOptions options;
  options.isolation = request.isolation_level == 1 ? storage::Isolation::read_committed : storage::Isolation::read_uncommitted;
  std::unique_ptr<storage::Watch> watch;
  for (;;) {
    Pass pass;
    pass.failed = first.failed;
    for (auto& one : wanted) co_await read_one(call, one, options, bytes_max - std::min(bytes_max, pass.bytes), pass);
    if (pass.bytes >= bytes_min || pass.failed || std::chrono::steady_clock::now() >= deadline || call.core.stopping) break;
    watch = call.core.log.watch();   // made anew each time: it wakes for what is beyond what this pass has seen
    for (const auto& one : wanted) {
      const auto seen = options.isolation == storage::Isolation::read_committed ? one.answer->last_stable_offset : one.answer->high_watermark;
      watch->add(one.topic, PartitionId{one.partition->partition}, Offset{seen}, options.isolation);
    }
    auto& waiting = call.core.here().long_polls;
    waiting.insert(watch.get());   // a stop wakes them
    const bool news = co_await watch->wait(deadline);
    waiting.erase(watch.get());
    watch.reset();
    if (!news) break;   // nothing new: what this pass has read is the answer
  }
  count_traffic(call, wanted);
  co_return out;
}

}  // namespace braid::broker
