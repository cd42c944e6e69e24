// Transactions at the port: may this caller, then the coordinator of storage/transactions.h; and the admin questions about them. InitProducerId too.
#include <re2/re2.h>

#include <algorithm>

#include "base/log.h"
#include "broker/coordinator.h"
#include "broker/handlers.h"

namespace braid::broker {
namespace {

using storage::ProducerIdentity;
using storage::Reason;

// What the coordinator refuses. PRODUCER_FENCED came later; before that its meaning was told by INVALID_PRODUCER_EPOCH.
KafkaError coordinator_error(const storage::Failure& failure, bool knows_fenced) {
  switch (failure.reason) {
    case Reason::producer_fenced: return knows_fenced ? KafkaError::producer_fenced : KafkaError::invalid_producer_epoch;
    case Reason::storage_failed:
    case Reason::overloaded:
    case Reason::stopping: return KafkaError::coordinator_not_available;   // the client tries again
    default: return kafka_error(failure.reason);
  }
}

KafkaError check_transactional_id(const Call& call, const std::string& id) {
  if (id.empty()) return KafkaError::invalid_request;
  return call.allows(Operation::write, Resource::transactional_id, id) ? KafkaError::none : KafkaError::transactional_id_authorization_failed;
}

}  // namespace

io::Task<wire::InitProducerIdResponse> init_producer_id(const Call& call, wire::InitProducerIdRequest request) {
  wire::InitProducerIdResponse out;
  out.producer_epoch = -1;   // what a refusal has
  if (!request.transactional_id && !call.allows_idempotence()) {
    out.error_code = code(KafkaError::cluster_authorization_failed);
    co_return out;
  }
  if (!request.transactional_id) {
    const auto id = co_await call.core.log.new_producer_id();
    if (!id) {
      out.error_code = code(id.error().reason);
      co_return out;
    }
    out.producer_id = *id;
    out.producer_epoch = 0;
    co_return out;
  }
  auto error = check_transactional_id(call, *request.transactional_id);
  if (error == KafkaError::none && (request.producer_id < 0) != (request.producer_epoch < 0)) error = KafkaError::invalid_request;
  if (error != KafkaError::none) {
    out.error_code = code(error);
    co_return out;
  }
  std::optional<ProducerIdentity> expected;
  if (request.producer_id >= 0) expected = ProducerIdentity{request.producer_id, request.producer_epoch};
  const auto who = co_await call.core.transactions.init(*request.transactional_id, request.transaction_timeout_ms, expected);
  if (!who) {
    out.error_code = code(coordinator_error(who.error(), call.version() >= 4));
    co_return out;
  }
  out.producer_id = who->id;
  out.producer_epoch = who->epoch;
  co_return out;
}

io::Task<wire::AddPartitionsToTxnResponse> add_partitions_to_txn(const Call& call, wire::AddPartitionsToTxnRequest request) {
  wire::AddPartitionsToTxnResponse out;
  const auto topics = call.core.log.topics();
  const auto error = check_transactional_id(call, request.transactional_id);
  std::set<storage::TransactionPartition> wanted;
  bool all_good = true;
  for (const auto& topic : request.topics) {
    auto& answers = out.results_by_topic.emplace_back();
    answers.name = topic.name;
    const auto known = topics->find(topic.name);
    for (const auto p : topic.partitions) {
      auto outcome = error;
      if (outcome == KafkaError::none && (!call.allows(Operation::write, Resource::topic, topic.name) || (known != nullptr && known->internal))) outcome = KafkaError::topic_authorization_failed;
      if (outcome == KafkaError::none && (known == nullptr || p < 0 || p >= known->partition_count())) outcome = KafkaError::unknown_topic_or_partition;
      answers.results_by_partition.push_back({p, code(outcome)});
      all_good = all_good && outcome == KafkaError::none;
      wanted.insert({topic.name, p});
    }
  }
  auto rest = KafkaError::operation_not_attempted;   // all of them or none
  if (all_good) {
    const auto added = co_await call.core.transactions.add(request.transactional_id, {request.producer_id, request.producer_epoch}, std::move(wanted));
    if (added) co_return out;
    rest = coordinator_error(added.error(), call.version() >= 2);
  }
  for (auto& topic : out.results_by_topic)
    for (auto& p : topic.results_by_partition)
      if (p.partition_error_code == 0) p.partition_error_code = code(rest);
  co_return out;
}

io::Task<wire::AddOffsetsToTxnResponse> add_offsets_to_txn(const Call& call, wire::AddOffsetsToTxnRequest request) {
  wire::AddOffsetsToTxnResponse out;
  auto error = check_transactional_id(call, request.transactional_id);
  if (error == KafkaError::none && request.group_id.empty()) error = KafkaError::invalid_group_id;
  if (error == KafkaError::none && !call.allows(Operation::read, Resource::group, request.group_id)) error = KafkaError::group_authorization_failed;
  if (error == KafkaError::none) {
    const auto added = co_await call.core.transactions.add_group(request.transactional_id, {request.producer_id, request.producer_epoch}, request.group_id);
    if (!added) error = coordinator_error(added.error(), call.version() >= 2);
  }
  out.error_code = code(error);
  co_return out;
}

io::Task<wire::EndTxnResponse> end_txn(const Call& call, wire::EndTxnRequest request) {
  wire::EndTxnResponse out;
  auto error = check_transactional_id(call, request.transactional_id);
  if (error == KafkaError::none) {
    call.core.here().added.forget(request.transactional_id);
    const auto epoch = call.version() >= 5 ? storage::EpochAtEnd::grows : storage::EpochAtEnd::stays;
    const auto ended = co_await call.core.transactions.end(request.transactional_id, {request.producer_id, request.producer_epoch}, request.committed, epoch);
    if (ended) {
      out.producer_id = ended->id;
      out.producer_epoch = ended->epoch;
    } else {
      error = coordinator_error(ended.error(), call.version() >= 2);
    }
  }
  out.error_code = code(error);
  co_return out;
}

io::Task<wire::TxnOffsetCommitResponse> txn_offset_commit(const Call& call, wire::TxnOffsetCommitRequest request) {
  auto error = check_transactional_id(call, request.transactional_id);
  if (error == KafkaError::none && request.group_id.empty()) error = KafkaError::invalid_group_id;
  if (error == KafkaError::none && !call.allows(Operation::read, Resource::group, request.group_id)) error = KafkaError::group_authorization_failed;
  std::vector<wire::TxnOffsetCommitRequest::Topic> denied;
  if (error == KafkaError::none)
    std::erase_if(request.topics, [&](auto& topic) {
      if (call.allows(Operation::read, Resource::topic, topic.name)) return false;
      denied.push_back(std::move(topic));
      return true;
    });
  if (error == KafkaError::none && call.version() >= 5 && !request.topics.empty()) {   // Transactions V2: the group joins the transaction here
    const auto added = co_await call.core.transactions.add_group(request.transactional_id, {request.producer_id, request.producer_epoch}, request.group_id);
    if (!added) error = coordinator_error(added.error(), false);   // as Kafka: to this request an old epoch is INVALID_PRODUCER_EPOCH
  }
  auto committing = call.core.coordinator->commit_in_transaction(std::move(request), error, call.version());
  auto out = co_await std::move(committing);
  for (const auto& topic : denied) {
    auto& answers = out.topics.emplace_back();
    answers.name = topic.name;
    for (const auto& p : topic.partitions) answers.partitions.push_back({p.partition_index, code(KafkaError::topic_authorization_failed)});
  }
  co_return out;
}

io::Task<wire::DescribeProducersResponse> describe_producers(const Call& call, wire::DescribeProducersRequest request) {
  wire::DescribeProducersResponse out;
  for (const auto& wanted : request.topics) {
    auto& answers = out.topics.emplace_back();
    answers.name = wanted.name;
    const auto topic = call.core.log.topics()->find(wanted.name);
    const bool allowed = call.allows(Operation::read, Resource::topic, wanted.name);
    for (const auto p : wanted.partition_indexes) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = p;
      if (!allowed || topic == nullptr) {
        answer.error_code = code(allowed ? KafkaError::unknown_topic_or_partition : KafkaError::topic_authorization_failed);
        continue;
      }
      const auto producers = co_await call.core.log.producers(topic, PartitionId{p});
      if (!producers) {
        answer.error_code = code(producers.error().reason);
        answer.error_message = producers.error().error.message;
        continue;
      }
      for (const auto& known : *producers) {
        auto& producer = answer.active_producers.emplace_back();
        producer.producer_id = known.producer.id;
        producer.producer_epoch = known.producer.epoch;
        producer.last_sequence = known.last_sequence;
        producer.last_timestamp = known.last_seen_ms;
        producer.coordinator_epoch = known.had_marker ? 0 : -1;
        producer.current_txn_start_offset = known.open_since;
      }
    }
  }
  co_return out;
}

io::Task<wire::DescribeTransactionsResponse> describe_transactions(const Call& call, wire::DescribeTransactionsRequest request) {
  wire::DescribeTransactionsResponse out;
  for (const auto& id : request.transactional_ids) {
    auto& answer = out.transaction_states.emplace_back();
    answer.transactional_id = id;
    if (id.empty() || !call.allows(Operation::describe, Resource::transactional_id, id)) {
      answer.error_code = code(id.empty() ? KafkaError::invalid_request : KafkaError::transactional_id_authorization_failed);
      continue;
    }
    const auto found = co_await call.core.transactions.describe(id);
    if (!found) {
      answer.error_code = code(KafkaError::transactional_id_not_found);
      continue;
    }
    answer.transaction_state = name_of(found->state);
    answer.transaction_timeout_ms = found->timeout_ms;
    answer.transaction_start_time_ms = found->started_ms;
    answer.producer_id = found->producer.id;
    answer.producer_epoch = found->producer.epoch;
    for (const auto& partition : found->partitions) {
      if (!call.allows(Operation::describe, Resource::topic, partition.topic)) continue;
      if (answer.topics.empty() || answer.topics.back().topic != partition.topic) answer.topics.push_back({partition.topic, {}});
      answer.topics.back().partitions.push_back(partition.partition);
    }
  }
  co_return out;
}

io::Task<wire::ListTransactionsResponse> list_transactions(const Call& call, wire::ListTransactionsRequest request) {
  wire::ListTransactionsResponse out;
  for (const auto& filter : request.state_filters)
    if (!storage::transaction_state_named(filter)) out.unknown_state_filters.push_back(filter);
  std::optional<RE2> pattern;
  if (request.transactional_id_pattern && !request.transactional_id_pattern->empty()) {
    pattern.emplace(*request.transactional_id_pattern, RE2::Quiet);
    if (!pattern->ok()) {
      out.error_code = code(KafkaError::invalid_regular_expression);
      co_return out;
    }
  }
  const auto now = call.core.now_ms();
  const auto all = co_await call.core.transactions.list();
  for (const auto& t : all) {
    const auto passes = [](const auto& filters, const auto& value) { return filters.empty() || std::ranges::find(filters, value) != filters.end(); };
    if (!passes(request.state_filters, std::string(name_of(t.state))) || !passes(request.producer_id_filters, t.producer.id)) continue;
    if (request.duration_filter >= 0 && (t.started_ms < 0 || now - t.started_ms < request.duration_filter)) continue;
    if (pattern && !RE2::FullMatch(t.id, *pattern)) continue;
    if (!call.allows(Operation::describe, Resource::transactional_id, t.id)) continue;
    out.transaction_states.push_back({t.id, t.producer.id, std::string(name_of(t.state))});
  }
  co_return out;
}

}  // namespace braid::broker
