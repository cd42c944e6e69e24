// The transaction coordinator: who has which transactional id, which partitions belong to whose transaction, and how it ends everywhere or nowhere.
// Kept in the topic __transaction_state in Kafka's record format; the rules are transaction.h's.
//
// A transaction ends in three steps: the decision is written (from here on it will happen, whatever crashes), every partition gets its marker,
// the end is noted. end() answers after the markers are on disk, so that who committed also reads what it committed. Being one process with the
// log, the coordinator tells each partition whose batches to take (Log::admit_transaction), and the marker takes that back in the partition itself:
// a batch that comes late can never open a transaction that nobody would end. Transactions V2 (KIP-890) needs no other entry: who receives the first batch for
// a partition calls add() before it appends; a producer gets a new epoch with each end, so what comes late is also known to be old.
//
// Threads: may be called from every shard and resumes there; an id lives on one shard, the one of its partition of the topic, and requests for one
// id are served one after the other. Ownership: log, offsets, shards and clock outlive it. Times in milliseconds.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/group_offsets.h"
#include "storage/log.h"
#include "storage/transaction.h"

namespace braid::storage {

struct TransactionOptions {
  std::int32_t partitions = 4;                       // of __transaction_state when it is made; they only spread work over shards
  std::int32_t timeout_ms_max = 900'000;             // Kafka's transaction.max.timeout.ms
  std::int64_t id_expiry_ms = 604'800'000;           // Kafka's transactional.id.expiration.ms
  std::int32_t check_ms = 10'000;                    // the longest time between two looks at what is overdue
  const Clock* clock = &system_clock();
  bool timers = true;                                // false: nothing happens by itself, the simulation calls expire()
};

enum class EpochAtEnd { stays, grows };              // Transactions V1, V2

class Transactions {
 public:
  static constexpr const char* topic_name = "__transaction_state";

  // Reads the topic, making it where it is missing; ends what was decided before a crash; aborts what no transactional id answers for any more.
  static io::Task<Result<std::unique_ptr<Transactions>>> open(Log& log, GroupOffsets& offsets, io::Shards& shards, TransactionOptions options = {});
  virtual ~Transactions() = default;

  // InitProducerId. What another producer with this id has under way is aborted first. `expected`: who the caller believes to be (KIP-360).
  virtual io::Task<LogResult<ProducerIdentity>> init(std::string id, std::int32_t timeout_ms, std::optional<ProducerIdentity> expected) = 0;
  virtual io::Task<LogResult<void>> add(std::string id, ProducerIdentity who, std::set<TransactionPartition> partitions) = 0;
  virtual io::Task<LogResult<void>> add_group(std::string id, ProducerIdentity who, std::string group) = 0;
  // The answer is who goes on: the same producer, or with `grows` one with the next epoch (a new producer id where the epochs are used up).
  virtual io::Task<LogResult<ProducerIdentity>> end(std::string id, ProducerIdentity who, bool commit, EpochAtEnd epoch = EpochAtEnd::stays) = 0;

  virtual io::Task<std::optional<Transaction>> describe(std::string id) = 0;
  virtual io::Task<std::vector<Transaction>> list() = 0;   // by id
  virtual io::Task<void> expire() = 0;                     // aborts what is overdue, goes on with what could not be ended, forgets ids that nobody uses
  virtual io::Task<void> close() = 0;                      // waits for what is under way
};

}  // namespace braid::storage
