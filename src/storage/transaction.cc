#include "storage/transaction.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/limits/kafka.h"

namespace braid::storage {
namespace {

constexpr std::array<std::pair<TransactionState, std::string_view>, 6> names{{{TransactionState::empty, "Empty"},
                                                                              {TransactionState::ongoing, "Ongoing"},
                                                                              {TransactionState::prepare_commit, "PrepareCommit"},
                                                                              {TransactionState::prepare_abort, "PrepareAbort"},
                                                                              {TransactionState::complete_commit, "CompleteCommit"},
                                                                              {TransactionState::complete_abort, "CompleteAbort"}}};

std::string text_of(ProducerIdentity who) { return "producer " + std::to_string(who.id) + " with epoch " + std::to_string(who.epoch); }

std::unexpected<Failure> fenced(const Transaction& now, ProducerIdentity who) {
  return refuse(Reason::producer_fenced, text_of(who) + " no longer has the transactional id '" + now.id + "', which is that of " + text_of(now.producer),
                "another instance with the same transactional id began, or a transaction took longer than its timeout");
}

std::unexpected<Failure> other_producer(const Transaction& now, ProducerIdentity who) {
  return refuse(Reason::invalid_producer_id_mapping, "the transactional id '" + now.id + "' is that of " + text_of(now.producer) + ", not of " + text_of(who), "call initTransactions first");
}

// 32767 is never given to a producer: it fences, or is on the last markers of a producer id.
bool used_to_fence(const Transaction& now) { return now.producer.epoch > Transaction::epoch_max; }

LogResult<void> check_producer(const Transaction& now, ProducerIdentity who) {
  if (who.id != now.producer.id) return other_producer(now, who);
  if (who.epoch != now.producer.epoch) return fenced(now, who);
  return {};
}

std::unexpected<Failure> busy(const Transaction& now) {
  return refuse(Reason::concurrent_transactions, "the transaction of '" + now.id + "' before this one is not ended in all its partitions yet", "try again");
}

std::unexpected<Failure> wrong_state(const Transaction& now, bool commit) {
  return refuse(Reason::invalid_transaction_state, "there is nothing to " + std::string(commit ? "commit" : "abort") + " for '" + now.id + "': it is " + std::string(name_of(now.state)));
}

}  // namespace

std::string_view name_of(TransactionState state) {
  for (const auto& [s, name] : names)
    if (s == state) return name;
  return "Dead";
}
std::optional<TransactionState> transaction_state_named(std::string_view name) {
  for (const auto& [s, n] : names)
    if (n == name) return s;
  return std::nullopt;
}

LogResult<void> check_owner(const Transaction& now, std::optional<ProducerIdentity> expected) {
  if (!expected || now.producer.epoch < 0) return {};
  if (expected->id == now.producer.id && (expected->epoch == now.producer.epoch || (now.last_epoch >= 0 && expected->epoch == now.last_epoch))) return {};
  // A repeated request whose first answer, with a new producer id, was lost.
  if (expected->id == now.previous_producer_id && expected->epoch >= Transaction::epoch_max && now.last_epoch == expected->epoch) return {};
  return fenced(now, *expected);
}

bool needs_producer_id(const Transaction& now, std::optional<ProducerIdentity> expected) {
  return now.producer.id < 0 || (now.used_up() && (!expected || expected->epoch == now.producer.epoch));
}

LogResult<Transaction> begin_producer(const Transaction& now, std::optional<ProducerIdentity> expected, std::int64_t fresh_producer_id, std::int32_t timeout_ms, std::int64_t now_ms) {
  TRY_VOID(check_owner(now, expected));
  if (now.preparing() || now.state == TransactionState::ongoing) return busy(now);
  const bool current = now.producer.epoch < 0 || !expected || (expected->id == now.producer.id && expected->epoch == now.producer.epoch);
  if (!current) return now;   // asked before: the same answer again
  Transaction next = now;
  next.last_epoch = expected ? now.producer.epoch : std::int16_t(-1);
  if (needs_producer_id(now, expected)) {
    next.previous_producer_id = now.producer.id;
    next.producer = {fresh_producer_id, 0};
  } else {
    ++next.producer.epoch;
  }
  next.ended_epoch = -1;
  next.timeout_ms = timeout_ms;
  next.state = TransactionState::empty;
  next.partitions.clear();
  next.started_ms = -1;
  next.updated_ms = now_ms;
  return next;
}

LogResult<Transaction> add_partitions(const Transaction& now, ProducerIdentity who, const std::set<TransactionPartition>& more, std::int64_t now_ms) {
  TRY_VOID(check_producer(now, who));
  if (now.preparing()) return busy(now);
  Transaction next = now;
  if (now.state != TransactionState::ongoing) {
    next.partitions.clear();
    next.started_ms = now_ms;
  }
  next.partitions.insert(more.begin(), more.end());
  if (now.state == TransactionState::ongoing && next.partitions.size() == now.partitions.size()) return now;
  if (next.partitions.size() > limits::transaction_partitions_max)
    return refuse(Reason::overloaded, "a transaction has at most " + std::to_string(limits::transaction_partitions_max) + " partitions", "commit more often");
  next.state = TransactionState::ongoing;
  next.updated_ms = now_ms;
  return next;
}

LogResult<Transaction> end_by_producer(const Transaction& now, ProducerIdentity who, bool commit, std::int64_t now_ms) {
  TRY_VOID(check_producer(now, who));
  if (now.state == TransactionState::empty) return wrong_state(now, commit);
  if (now.state != TransactionState::ongoing) {
    if (now.commits() != commit) return wrong_state(now, commit);
    return now;
  }
  Transaction next = now;
  next.state = commit ? TransactionState::prepare_commit : TransactionState::prepare_abort;
  next.ended_epoch = -1;
  next.updated_ms = now_ms;
  return next;
}

bool ending_needs_producer_id(const Transaction& now, ProducerIdentity who) { return now.used_up() && !now.preparing() && who == now.producer; }

LogResult<Transaction> end_with_next_epoch(const Transaction& now, ProducerIdentity who, bool commit, std::int64_t fresh_producer_id, std::int64_t now_ms) {
  const bool complete = now.state == TransactionState::complete_commit || now.state == TransactionState::complete_abort;
  const bool current = who == now.producer;
  const bool before_rotation = who.id == now.previous_producer_id && who.epoch == Transaction::epoch_max && now.producer.epoch == 0;
  if (who.id != now.producer.id && !before_rotation) return other_producer(now, who);
  // With an epoch for each transaction, the epoch before means the transaction before: the answer to its end was lost. Kafka looks at the number alone;
  // it may also be that of an older instance, when one that ends as V1 does came behind it, so here the end has to be that epoch's.
  const bool answerable = !used_to_fence(now) || now.next_producer_id >= 0;
  const bool next_to_it = (who.id == now.producer.id && who.epoch + 1 == now.producer.epoch && answerable) || (complete && before_rotation);
  const bool repeated = next_to_it && now.ended_epoch == who.epoch;
  if (now.preparing() || complete) {
    if (!repeated && !(current && complete)) return fenced(now, who);
    if (repeated) {
      if (now.commits() != commit) return wrong_state(now, commit);
      return now;
    }
  } else if (!current) {
    return fenced(now, who);
  }
  const bool ongoing = now.state == TransactionState::ongoing;
  if (!ongoing && commit) return wrong_state(now, commit);
  if (used_to_fence(now)) return fenced(now, who);
  Transaction next = now;
  next.last_epoch = next.ended_epoch = now.producer.epoch;
  next.updated_ms = now_ms;
  ++next.producer.epoch;
  if (now.used_up()) next.next_producer_id = fresh_producer_id;
  next.state = commit ? TransactionState::prepare_commit : TransactionState::prepare_abort;
  if (ongoing) return next;
  next.started_ms = now_ms;   // aborting nothing: no partition waits for a marker
  return completed(next, now_ms);
}

Transaction fence(const Transaction& now, std::int64_t now_ms) {
  Transaction next = now;
  next.state = TransactionState::prepare_abort;
  next.ended_epoch = now.producer.epoch;
  if (next.producer.epoch < INT16_MAX) ++next.producer.epoch;   // never given to anybody
  next.last_epoch = -1;
  next.updated_ms = now_ms;
  return next;
}

Transaction completed(const Transaction& now, std::int64_t now_ms) {
  Transaction next = now;
  next.state = now.state == TransactionState::prepare_commit ? TransactionState::complete_commit : TransactionState::complete_abort;
  next.partitions.clear();
  next.updated_ms = now_ms;
  if (now.next_producer_id >= 0) {   // the epochs are used up; last_epoch stays what the producer had
    next.previous_producer_id = now.producer.id;
    next.producer = {now.next_producer_id, 0};
    next.next_producer_id = -1;
  }
  return next;
}

// --- records

namespace {
constexpr std::uint64_t previous_id_tag = 0, next_id_tag = 1, ended_epoch_tag = 9998, last_epoch_tag = 9999;

void put_short_string(Writer& out, std::string_view text) {
  out.be(std::int16_t(text.size()));
  out.bytes(text);
}
void put_compact(Writer& out, std::string_view text) {
  out.uvarint(text.size() + 1);
  out.bytes(text);
}
std::string take_compact(Reader& in) {
  const auto n = in.uvarint();
  if (n == 0) in.set_failed();
  return std::string(in.bytes(n == 0 ? 0 : n - 1));
}
void skip_tags(Reader& in) {
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    in.uvarint();
    in.bytes(in.uvarint());
  }
}
void take_topics(Reader& in, Transaction& out, bool compact) {
  std::int64_t topics = compact ? std::int64_t(in.uvarint()) - 1 : in.be<std::int32_t>();
  for (; topics > 0 && in.ok(); --topics) {
    const auto name = compact ? take_compact(in) : std::string(in.bytes(std::size_t(std::max<std::int16_t>(0, in.be<std::int16_t>()))));
    std::int64_t partitions = compact ? std::int64_t(in.uvarint()) - 1 : in.be<std::int32_t>();
    for (; partitions > 0 && in.ok(); --partitions) out.partitions.insert({name, in.be<std::int32_t>()});
    if (compact) skip_tags(in);
  }
}
std::unexpected<Error> broken(const char* what) { return fail(ErrorCode::corrupt, std::string("__transaction_state has a ") + what + " that ends too early"); }
}  // namespace

Bytes encode_transaction_key(std::string_view id) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(0));
  put_short_string(out, id);
  return bytes;
}

Bytes encode_transaction_value(const Transaction& t) {
  Bytes bytes;
  Writer out(bytes);
  out.be(std::int16_t(1));
  out.be(t.producer.id);
  out.be(t.producer.epoch);
  out.be(t.timeout_ms);
  out.be(std::int8_t(t.state));
  std::map<std::string_view, std::vector<std::int32_t>> topics;
  for (const auto& p : t.partitions) topics[p.topic].push_back(p.partition);
  out.uvarint(topics.size() + 1);
  for (const auto& [topic, partitions] : topics) {
    put_compact(out, topic);
    out.uvarint(partitions.size() + 1);
    for (const auto p : partitions) out.be(p);
    out.uvarint(0);
  }
  out.be(t.updated_ms);
  out.be(t.started_ms);
  out.uvarint(std::uint64_t(t.previous_producer_id >= 0) + std::uint64_t(t.next_producer_id >= 0) + std::uint64_t(t.ended_epoch >= 0) + std::uint64_t(t.last_epoch >= 0));
  if (t.previous_producer_id >= 0) {
    out.uvarint(previous_id_tag);
    out.uvarint(8);
    out.be(t.previous_producer_id);
  }
  if (t.next_producer_id >= 0) {
    out.uvarint(next_id_tag);
    out.uvarint(8);
    out.be(t.next_producer_id);
  }
  if (t.ended_epoch >= 0) {
    out.uvarint(ended_epoch_tag);
    out.uvarint(2);
    out.be(t.ended_epoch);
  }
  if (t.last_epoch >= 0) {
    out.uvarint(last_epoch_tag);
    out.uvarint(2);
    out.be(t.last_epoch);
  }
  return bytes;
}

Result<std::string> decode_transaction_key(BytesView bytes) {
  Reader in(bytes);
  const auto version = in.be<std::int16_t>();
  if (in.ok() && version != 0) return fail(ErrorCode::unsupported, "__transaction_state has a key of version " + std::to_string(version) + ", which this program does not know");
  const auto size = in.be<std::int16_t>();
  std::string id(in.bytes(std::size_t(std::max<std::int16_t>(0, size))));
  if (!in.ok()) return broken("key");
  return id;
}

Result<Transaction> decode_transaction_value(std::string id, BytesView bytes) {
  Reader in(bytes);
  const auto version = in.be<std::int16_t>();
  if (in.ok() && (version < 0 || version > 1)) return fail(ErrorCode::unsupported, "__transaction_state has a value of version " + std::to_string(version) + ", which this program does not know");
  Transaction t;
  t.id = std::move(id);
  t.producer.id = in.be<std::int64_t>();
  t.producer.epoch = in.be<std::int16_t>();
  t.timeout_ms = in.be<std::int32_t>();
  const auto state = in.be<std::int8_t>();
  if (in.ok() && (state < 0 || state > 5)) return fail(ErrorCode::unsupported, "the transactional id '" + t.id + "' is in state " + std::to_string(state) + ", which this program does not know");
  t.state = TransactionState(state);
  take_topics(in, t, version == 1);
  t.updated_ms = in.be<std::int64_t>();
  t.started_ms = in.be<std::int64_t>();
  if (version == 1)
    for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
      const auto tag = in.uvarint();
      Reader field(in.bytes(in.uvarint()));
      if (tag == previous_id_tag) t.previous_producer_id = field.be<std::int64_t>();
      else if (tag == next_id_tag) t.next_producer_id = field.be<std::int64_t>();
      else if (tag == ended_epoch_tag) t.ended_epoch = field.be<std::int16_t>();
      else if (tag == last_epoch_tag) t.last_epoch = field.be<std::int16_t>();
      if (!field.ok()) in.set_failed();
    }
  if (!in.ok()) return broken("value");
  return t;
}

}  // namespace braid::storage
