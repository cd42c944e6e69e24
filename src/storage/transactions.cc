#include "storage/transactions.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/log.h"
#include "base/limits/kafka.h"
#include "io/all.h"
#include "io/sync.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

struct Entry {
  Transaction now;
  io::Turns turns;       // one request at a time
  bool gone = false;     // forgotten while somebody waited for the turn
};
using EntryPtr = std::shared_ptr<Entry>;   // shared with the calls under way

// One partition of the topic with the ids in it. Touched on its home shard only.
struct Part {
  std::map<std::string, EntryPtr> entries;
  std::multimap<std::int64_t, std::string> deadlines;   // of ongoing transactions; an entry may be out of date, the transaction decides
  std::int64_t checked_ms = 0;   // when all entries were last looked at
  io::Notifier changed;
};

std::unexpected<Failure> unknown_id(const std::string& id) {
  return refuse(Reason::invalid_producer_id_mapping, "the transactional id '" + id + "' is not known", "call initTransactions first");
}

class TransactionsImpl final : public Transactions {
 public:
  TransactionsImpl(Log& log, GroupOffsets& offsets, io::Shards& shards, TransactionOptions options)
      : log_(log), offsets_(offsets), shards_(shards), options_(options), clock_(*options.clock) {
    for (int i = 0; i < shards.size(); ++i) gates_.push_back(std::make_unique<io::Gate>());
  }

  io::Task<Result<void>> open() {
    topic_ = log_.topics()->find(topic_name);
    if (topic_ == nullptr) {
      NewTopic fresh;
      fresh.name = topic_name;
      fresh.partitions = options_.partitions;
      fresh.configs = {{"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}};   // a start reads all of it
      fresh.internal = true;
      auto making = log_.create_topic(std::move(fresh));
      CO_TRY(topic_, co_await std::move(making));
    }
    for (std::int32_t p = 0; p < topic_->partition_count(); ++p) {
      parts_.push_back(std::make_unique<Part>());
      auto loading = load(p);
      CO_TRY_VOID(co_await std::move(loading));
    }
    for (std::int32_t p = 0; p < topic_->partition_count(); ++p) {
      auto there = home(p).on([this, p] { return recover(p); });
      co_await std::move(there);
    }
    auto healing = abort_orphans();
    co_await std::move(healing);
    if (options_.timers)
      for (std::int32_t p = 0; p < topic_->partition_count(); ++p) home(p).spawn(keep_time(p));
    co_return Result<void>{};
  }

  io::Task<LogResult<ProducerIdentity>> init(std::string id, std::int32_t timeout_ms, std::optional<ProducerIdentity> expected) override {
    if (id.empty() || id.size() > INT16_MAX) co_return refuse(Reason::invalid_request, "a transactional id has 1 to 32767 bytes");
    if (timeout_ms <= 0 || timeout_ms > options_.timeout_ms_max)
      co_return refuse(Reason::invalid_transaction_timeout, "a transaction timeout of " + std::to_string(timeout_ms) + " ms is not between 1 and " + std::to_string(options_.timeout_ms_max),
                       "set transaction.timeout.ms to at most " + std::to_string(options_.timeout_ms_max));
    const auto p = part_of(id);
    auto there = home(p).on([this, p, id, timeout_ms, expected] { return init_here(p, id, timeout_ms, expected); });
    co_return co_await std::move(there);
  }
  io::Task<LogResult<void>> add(std::string id, ProducerIdentity who, std::set<TransactionPartition> partitions) override {
    const auto p = part_of(id);
    auto there = home(p).on([this, p, id, who, partitions] { return add_here(p, id, who, partitions); });
    co_return co_await std::move(there);
  }
  io::Task<LogResult<void>> add_group(std::string id, ProducerIdentity who, std::string group) override {
    std::set<TransactionPartition> one;
    one.insert({GroupOffsets::topic_name, offsets_.partition_of(group).value});
    auto adding = add(std::move(id), who, std::move(one));
    co_return co_await std::move(adding);
  }
  io::Task<LogResult<ProducerIdentity>> end(std::string id, ProducerIdentity who, bool commit, EpochAtEnd epoch) override {
    const auto p = part_of(id);
    auto there = home(p).on([this, p, id, who, commit, epoch] { return end_here(p, id, who, commit, epoch); });
    co_return co_await std::move(there);
  }

  io::Task<std::optional<Transaction>> describe(std::string id) override {
    const auto p = part_of(id);
    auto there = home(p).on([this, p, id]() -> std::optional<Transaction> {
      const auto entry = find(p, id);
      if (!entry || entry->now.producer.epoch < 0) return std::nullopt;
      return entry->now;
    });
    co_return co_await std::move(there);
  }
  io::Task<std::vector<Transaction>> list() override {
    std::vector<Transaction> all;
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto there = home(p).on([this, p] {
        std::vector<Transaction> some;
        for (const auto& [_, entry] : parts_[std::size_t(p)]->entries)
          if (entry->now.producer.epoch >= 0) some.push_back(entry->now);
        return some;
      });
      auto some = co_await std::move(there);
      std::ranges::move(some, std::back_inserter(all));
    }
    std::ranges::sort(all, {}, &Transaction::id);
    co_return all;
  }

  io::Task<void> expire() override {
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) {
      auto there = home(p).on([this, p] { return expire_here(p); });
      co_await std::move(there);
    }
  }

  io::Task<void> close() override {
    stopping_ = true;
    for (std::int32_t p = 0; p < std::int32_t(parts_.size()); ++p) home(p).post([part = parts_[std::size_t(p)].get()] { part->changed.notify_all(); });
    for (int i = 0; i < shards_.size(); ++i) {
      auto there = shards_.at(i).on([gate = gates_[std::size_t(i)].get()] { return gate->close(); });
      co_await std::move(there);
    }
  }

 private:
  std::int32_t part_of(const std::string& id) const { return partition_of_group(id, std::int32_t(parts_.size())).value; }   // Kafka's choice too
  io::Shard& home(std::int32_t part) const { return shards_.at(part % shards_.size()); }
  io::Gate& gate() const { return *gates_[std::size_t(io::Shard::current()->index())]; }
  EntryPtr find(std::int32_t p, const std::string& id) const {
    const auto& entries = parts_[std::size_t(p)]->entries;
    const auto at = entries.find(id);
    return at == entries.end() ? nullptr : at->second;
  }

  // The rest runs on the home shard of the part, a turn of the entry held by whoever changes it.

  io::Task<LogResult<ProducerIdentity>> init_here(std::int32_t p, std::string id, std::int32_t timeout_ms, std::optional<ProducerIdentity> expected) {
    const auto pass = gate().enter();
    if (!pass) co_return refuse(Reason::stopping, "the node is stopping");
    auto& part = *parts_[std::size_t(p)];
    for (;;) {
      auto entry = find(p, id);
      if (!entry) {
        if (part.entries.size() >= limits::transactional_ids_max / parts_.size()) co_return refuse(Reason::overloaded, "this node knows too many transactional ids already", "use fewer, or wait until old ones expire");
        entry = part.entries[id] = std::make_shared<Entry>();
        entry->now.id = id;
      }
      auto coming = entry->turns.take();
      const auto turn = co_await std::move(coming);
      if (entry->gone) continue;
      auto doing = init_in_turn(p, entry, timeout_ms, expected);
      auto done = co_await std::move(doing);
      if (entry->now.producer.epoch < 0) forget(p, entry);   // it could not be written
      co_return done;
    }
  }
  io::Task<LogResult<ProducerIdentity>> init_in_turn(std::int32_t p, EntryPtr entry, std::int32_t timeout_ms, std::optional<ProducerIdentity> expected) {
    CO_TRY_VOID(check_owner(entry->now, expected));
    std::optional<std::int16_t> asked_with;
    if (entry->now.state == TransactionState::ongoing) {
      auto fencing = abort_and_fence(p, entry);
      CO_TRY_VOID(co_await std::move(fencing));
      if (expected) {   // the caller itself left it open
        asked_with = expected->epoch;
        expected = entry->now.producer;
      }
    } else if (entry->now.preparing()) {
      auto finishing = finish(p, entry, false);
      CO_TRY_VOID(co_await std::move(finishing));
    }
    std::int64_t fresh = -1;
    if (needs_producer_id(entry->now, expected)) {
      auto naming = log_.new_producer_id();
      CO_TRY(fresh, co_await std::move(naming));
    }
    CO_TRY(auto next, begin_producer(entry->now, expected, fresh, timeout_ms, clock_.wall_ms()));
    if (asked_with) next.last_epoch = *asked_with;
    if (next != entry->now) {
      auto storing = store(p, entry, std::move(next), Ack::safe);
      CO_TRY_VOID(co_await std::move(storing));
    }
    co_return entry->now.producer;
  }

  io::Task<LogResult<void>> add_here(std::int32_t p, std::string id, ProducerIdentity who, std::set<TransactionPartition> partitions) {
    const auto pass = gate().enter();
    if (!pass) co_return refuse(Reason::stopping, "the node is stopping");
    const auto entry = find(p, id);
    if (!entry) co_return unknown_id(id);
    auto coming = entry->turns.take();
    const auto turn = co_await std::move(coming);
    if (entry->gone || entry->now.producer.epoch < 0) co_return unknown_id(id);
    CO_TRY(auto next, add_partitions(entry->now, who, partitions, clock_.wall_ms()));
    if (next != entry->now) {
      auto storing = store(p, entry, std::move(next), Ack::safe);
      CO_TRY_VOID(co_await std::move(storing));
    }
    auto admitting = admit(who, std::move(partitions));
    co_await std::move(admitting);
    co_return LogResult<void>{};
  }
  io::Task<void> admit(ProducerIdentity who, std::set<TransactionPartition> partitions) {
    for (const auto& partition : partitions) {
      auto admitting = log_.admit_transaction(log_.topics()->find(partition.topic), PartitionId{partition.partition}, who);
      (void)co_await std::move(admitting);   // a topic that was deleted takes no batches either
    }
  }

  io::Task<LogResult<ProducerIdentity>> end_here(std::int32_t p, std::string id, ProducerIdentity who, bool commit, EpochAtEnd epoch) {
    const auto pass = gate().enter();
    if (!pass) co_return refuse(Reason::stopping, "the node is stopping");
    const auto entry = find(p, id);
    if (!entry) co_return unknown_id(id);
    auto coming = entry->turns.take();
    const auto turn = co_await std::move(coming);
    if (entry->gone || entry->now.producer.epoch < 0) co_return unknown_id(id);
    std::int64_t fresh = -1;
    if (epoch == EpochAtEnd::grows && ending_needs_producer_id(entry->now, who)) {
      auto naming = log_.new_producer_id();
      CO_TRY(fresh, co_await std::move(naming));
    }
    const auto now_ms = clock_.wall_ms();
    CO_TRY(auto next, epoch == EpochAtEnd::grows ? end_with_next_epoch(entry->now, who, commit, fresh, now_ms) : end_by_producer(entry->now, who, commit, now_ms));
    if (next != entry->now) {
      auto storing = store(p, entry, std::move(next), Ack::safe);
      CO_TRY_VOID(co_await std::move(storing));
    }
    if (entry->now.preparing()) {   // else it was ended before, or there was nothing in it
      auto finishing = finish(p, entry, false);
      CO_TRY_VOID(co_await std::move(finishing));
    }
    co_return entry->now.producer;
  }

  io::Task<LogResult<void>> abort_and_fence(std::int32_t p, EntryPtr entry) {
    auto next = fence(entry->now, clock_.wall_ms());
    auto storing = store(p, entry, std::move(next), Ack::safe);
    CO_TRY_VOID(co_await std::move(storing));
    auto finishing = finish(p, entry, false);
    co_return co_await std::move(finishing);
  }

  // Writes the markers of a decided transaction and notes its end. What fails now is tried again later; the decision stands.
  io::Task<LogResult<void>> finish(std::int32_t p, EntryPtr entry, bool recovering) {
    std::vector<io::Task<void>> marking;
    std::optional<Failure> failure;
    for (const auto& partition : entry->now.partitions) marking.push_back(mark(partition, entry->now.producer, entry->now.commits(), failure));
    auto all = io::all(std::move(marking));
    co_await std::move(all);
    if (failure) {
      if (!recovering && !stopping_) log::warn("transaction_not_ended_yet", {{"transactional_id", entry->now.id}, {"error", failure->error.message}});
      co_return refuse(Reason::concurrent_transactions, "the transaction of '" + entry->now.id + "' is decided, but not ended in all its partitions yet: " + failure->error.message, "try again");
    }
    auto next = completed(entry->now, clock_.wall_ms());
    auto storing = store(p, entry, next, Ack::none);   // nobody needs to wait for it: after a crash the markers are found to be there
    if (!co_await std::move(storing)) entry->now = std::move(next);   // true all the same
    co_return LogResult<void>{};
  }
  io::Task<void> mark(TransactionPartition partition, ProducerIdentity who, bool commit, std::optional<Failure>& failure) {
    LogResult<void> done;
    if (partition.topic == GroupOffsets::topic_name) {
      auto ending = offsets_.end_transaction(PartitionId{partition.partition}, who, commit);
      done = co_await std::move(ending);
    } else {
      auto ending = log_.end_transaction(log_.topics()->find(partition.topic), PartitionId{partition.partition}, who, commit);
      auto ended = co_await std::move(ending);
      if (!ended) done = std::unexpected(std::move(ended).error());
    }
    if (!done && done.error().reason != Reason::unknown_topic_or_partition) failure = std::move(done).error();
  }

  io::Task<LogResult<void>> store(std::int32_t p, EntryPtr entry, Transaction next, Ack ack) {
    auto appending = append(p, next.id, encode_transaction_value(next), ack);
    CO_TRY_VOID(co_await std::move(appending));
    entry->now = std::move(next);
    if (entry->now.state == TransactionState::ongoing) watch_time(*parts_[std::size_t(p)], entry->now);
    co_return LogResult<void>{};
  }
  io::Task<LogResult<void>> append(std::int32_t p, std::string id, std::optional<Bytes> value, Ack ack) {
    wire::BatchBuilder builder;
    const auto key = encode_transaction_key(id);
    builder.add(clock_.wall_ms(), key, value ? std::optional<BytesView>(*value) : std::nullopt);
    auto batch = builder.finish();
    if (!batch) co_return std::unexpected(Failure(std::move(batch).error()));
    AppendOptions options;
    options.trusted = true;
    options.ack = ack;
    auto appending = log_.append(topic_, PartitionId{p}, *std::move(batch), options);
    CO_TRY_VOID(co_await std::move(appending));
    co_return LogResult<void>{};
  }

  void forget(std::int32_t p, const EntryPtr& entry) {
    entry->gone = true;
    parts_[std::size_t(p)]->entries.erase(entry->now.id);
  }

  // --- time

  void watch_time(Part& part, const Transaction& t) {
    const auto deadline = t.started_ms + t.timeout_ms;
    if (t.updated_ms != t.started_ms && part.deadlines.contains(deadline)) {   // most are added to a few times; note each deadline once
      const auto [from, to] = part.deadlines.equal_range(deadline);
      for (auto at = from; at != to; ++at)
        if (at->second == t.id) return;
    }
    const bool first = part.deadlines.empty() || deadline < part.deadlines.begin()->first;
    part.deadlines.emplace(deadline, t.id);
    if (first) part.changed.notify_all();
  }

  io::Task<void> keep_time(std::int32_t p) {
    const auto pass = gate().enter();
    if (!pass) co_return;
    auto& part = *parts_[std::size_t(p)];
    while (!stopping_) {
      auto wait_ms = std::int64_t(options_.check_ms);
      if (!part.deadlines.empty()) wait_ms = std::clamp<std::int64_t>(part.deadlines.begin()->first - clock_.wall_ms() + 1, 1, wait_ms);
      auto waiting = part.changed.wait(io::after(io::Milliseconds(wait_ms)));
      const bool news = co_await std::move(waiting);
      if (stopping_) break;
      if (news) continue;   // only a new first deadline
      auto expiring = expire_here(p);
      co_await std::move(expiring);
    }
  }

  io::Task<void> expire_here(std::int32_t p) {
    auto& part = *parts_[std::size_t(p)];
    const auto now = clock_.wall_ms();
    std::vector<EntryPtr> due;
    while (!part.deadlines.empty() && part.deadlines.begin()->first <= now) {
      if (const auto entry = find(p, part.deadlines.begin()->second)) due.push_back(entry);
      part.deadlines.erase(part.deadlines.begin());
    }
    if (now >= part.checked_ms + options_.check_ms) {
      part.checked_ms = now;
      for (const auto& [_, entry] : part.entries) {
        const auto& t = entry->now;
        if (t.preparing() || (t.state != TransactionState::ongoing && t.updated_ms >= 0 && t.updated_ms < now - options_.id_expiry_ms)) due.push_back(entry);
      }
    }
    for (const auto& entry : due) {
      if (stopping_) co_return;
      auto coming = entry->turns.take();
      const auto turn = co_await std::move(coming);
      if (entry->gone) continue;
      const auto& t = entry->now;
      if (t.preparing()) {
        auto finishing = finish(p, entry, false);
        (void)co_await std::move(finishing);
      } else if (t.state == TransactionState::ongoing && t.started_ms + t.timeout_ms <= now) {
        log::info("transaction_timed_out", {{"transactional_id", t.id}, {"producer_id", t.producer.id}, {"timeout_ms", t.timeout_ms}});
        auto fencing = abort_and_fence(p, entry);
        if (!co_await std::move(fencing) && entry->now.state == TransactionState::ongoing) part.deadlines.emplace(now + options_.check_ms, t.id);
      } else if (t.state != TransactionState::ongoing && t.updated_ms >= 0 && t.updated_ms < now - options_.id_expiry_ms) {
        auto removing = append(p, t.id, std::nullopt, Ack::safe);
        if (co_await std::move(removing)) forget(p, entry);
      }
    }
  }

  // --- start

  io::Task<Result<void>> load(std::int32_t p) {
    const PartitionId partition{p};
    auto looking = log_.state(topic_, partition);
    CO_TRY(const auto state, co_await std::move(looking));
    auto& part = *parts_[std::size_t(p)];
    part.checked_ms = clock_.wall_ms();
    for (auto at = state.log_start; at < state.high_watermark;) {
      auto reading = log_.read(topic_, partition, at, {});
      CO_TRY(const auto outcome, co_await std::move(reading));
      if (outcome.next <= at) break;
      at = outcome.next;
      for (const auto& piece : outcome.pieces) {
        BytesView bytes = piece.bytes;
        while (auto batch = wire::next_batch_unchecked(bytes)) CO_TRY_VOID(read_batch(part, *batch));
      }
    }
    co_return Result<void>{};
  }
  static Result<void> read_batch(Part& part, const wire::BatchView& batch) {
    Bytes scratch;
    TRY(auto reader, wire::RecordReader::open(batch, scratch));
    wire::RecordRef record;
    std::vector<wire::RecordHeader> headers;
    for (;;) {
      headers.clear();
      TRY(const bool more, reader.next(record, headers));
      if (!more) return {};
      if (!record.key) continue;
      // An id that cannot be read must stop the start: its transaction would stay open, or be decided wrongly.
      TRY(auto id, decode_transaction_key(*record.key));
      if (!record.value) {
        part.entries.erase(id);
        continue;
      }
      auto& entry = part.entries[id];
      if (!entry) entry = std::make_shared<Entry>();
      TRY(entry->now, decode_transaction_value(id, *record.value));
    }
  }

  io::Task<void> recover(std::int32_t p) {
    auto& part = *parts_[std::size_t(p)];
    const std::map<std::string, EntryPtr> entries = part.entries;
    for (const auto& [id, entry] : entries) {
      if (entry->now.state == TransactionState::ongoing) {
        watch_time(part, entry->now);
        auto admitting = admit(entry->now.producer, entry->now.partitions);
        co_await std::move(admitting);
      } else if (entry->now.preparing()) {
        auto finishing = finish(p, entry, true);
        if (const auto done = co_await std::move(finishing); !done) log::warn("transaction_not_ended_yet", {{"transactional_id", id}, {"error", done.error().error.message}});
      }
    }
  }

  // Transactions in partitions that no transactional id has: only when __transaction_state lost something. They would hold back readers for ever.
  io::Task<void> abort_orphans() {
    std::map<std::int64_t, bool> known;
    auto listing = list();
    const auto all = co_await std::move(listing);
    for (const auto& t : all)
      if (t.state == TransactionState::ongoing || t.preparing()) known[t.producer.id] = true;
    auto asking = log_.open_transactions();
    const auto open = co_await std::move(asking);
    for (const auto& one : open) {
      if (known.contains(one.transaction.producer.id)) continue;
      log::warn("orphaned_transaction_aborted", {{"topic", one.topic->name}, {"partition", one.partition.value}, {"producer_id", one.transaction.producer.id}});
      std::optional<Failure> failure;
      TransactionPartition partition{one.topic->name, one.partition.value};
      auto marking = mark(std::move(partition), one.transaction.producer, false, failure);
      co_await std::move(marking);
    }
  }

  Log& log_;
  GroupOffsets& offsets_;
  io::Shards& shards_;
  TransactionOptions options_;
  const Clock& clock_;
  TopicPtr topic_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::unique_ptr<io::Gate>> gates_;      // one per shard
  std::atomic<bool> stopping_ = false;
};

}  // namespace

io::Task<Result<std::unique_ptr<Transactions>>> Transactions::open(Log& log, GroupOffsets& offsets, io::Shards& shards, TransactionOptions options) {
  auto out = std::make_unique<TransactionsImpl>(log, offsets, shards, options);
  auto opening = out->open();
  CO_TRY_VOID(co_await std::move(opening));
  co_return std::unique_ptr<Transactions>(std::move(out));
}

}  // namespace braid::storage
