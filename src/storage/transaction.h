// One transactional id as a state machine without I/O (KIP-98, KIP-360, KIP-890): what a request may do now and what the id is
// like afterwards. Transactions V1 and V2 differ in how they end: V2 gives the producer a new epoch with every end. One id may use both by turns. transactions.h is the shell that writes the outcome to __transaction_state and carries it out.
// Plain values and pure functions; times in milliseconds since 1970. Errors are Failures whose reason is Kafka's.
//
//   empty -> ongoing -> prepare_commit -> complete_commit -> ongoing ...
//                    -> prepare_abort  -> complete_abort
// prepare_*: the decision is on disk; markers are being written. A producer that is fenced (another one began, or its time was up) gets a higher epoch with it,
// and so does one that ends its transaction as V2 does: the markers carry that epoch, so that nothing of the transaction can come behind them.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "storage/failure.h"
#include "storage/transaction_marks.h"

namespace braid::storage {

// The numbers and names are Kafka's, in records and answers.
enum class TransactionState : std::int8_t { empty = 0, ongoing = 1, prepare_commit = 2, prepare_abort = 3, complete_commit = 4, complete_abort = 5 };
std::string_view name_of(TransactionState state);
std::optional<TransactionState> transaction_state_named(std::string_view name);

struct TransactionPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TransactionPartition&, const TransactionPartition&) = default;
};

struct Transaction {
  static constexpr std::int16_t epoch_max = 32'766;   // the last one that is given out; behind it comes a new producer id

  std::string id;
  ProducerIdentity producer{};                  // epoch -1: made this moment
  std::int64_t previous_producer_id = -1;       // before the epochs were used up
  std::int64_t next_producer_id = -1;           // while preparing: the markers are this one's last, then the id goes on with that producer id
  std::int16_t last_epoch = -1;                 // that the present one was asked for with; a repeated request is recognised by it
  std::int16_t ended_epoch = -1;                // of the producer when its last transaction was ended as V2 does, or by its timeout
  std::int32_t timeout_ms = 0;
  TransactionState state = TransactionState::empty;
  std::set<TransactionPartition> partitions;
  std::int64_t started_ms = -1;
  std::int64_t updated_ms = -1;

  bool preparing() const { return state == TransactionState::prepare_commit || state == TransactionState::prepare_abort; }
  bool commits() const { return state == TransactionState::prepare_commit || state == TransactionState::complete_commit; }
  bool used_up() const { return producer.epoch >= epoch_max; }
  friend bool operator==(const Transaction&, const Transaction&) = default;
};

// InitProducerId, once nothing is ongoing or preparing. `expected`: who the caller believes to be (KIP-360). `fresh_producer_id` is taken where
// needs_producer_id() says so. A result equal to `now` is the answer to a repeated request: nothing is to be written.
LogResult<void> check_owner(const Transaction& now, std::optional<ProducerIdentity> expected);
bool needs_producer_id(const Transaction& now, std::optional<ProducerIdentity> expected);
LogResult<Transaction> begin_producer(const Transaction& now, std::optional<ProducerIdentity> expected, std::int64_t fresh_producer_id, std::int32_t timeout_ms, std::int64_t now_ms);

// AddPartitionsToTxn, AddOffsetsToTxn. Equal to `now` when all of them are in it.
LogResult<Transaction> add_partitions(const Transaction& now, ProducerIdentity who, const std::set<TransactionPartition>& more, std::int64_t now_ms);

// EndTxn. Equal to `now` when it was ended in this way before; preparing when it is to be ended, or still is being ended, in this way.
LogResult<Transaction> end_by_producer(const Transaction& now, ProducerIdentity who, bool commit, std::int64_t now_ms);
// EndTxn of Transactions V2. `fresh_producer_id` is taken where ending_needs_producer_id() says so. Equal to `now` when the request is a repeated one (its
// epoch is the one that was ended), whose answer is now.producer; preparing when markers are to be written; complete_abort when there was nothing to abort.
bool ending_needs_producer_id(const Transaction& now, ProducerIdentity who);
LogResult<Transaction> end_with_next_epoch(const Transaction& now, ProducerIdentity who, bool commit, std::int64_t fresh_producer_id, std::int64_t now_ms);
// Aborts an ongoing transaction and fences its producer.
Transaction fence(const Transaction& now, std::int64_t now_ms);
// Of a preparing one: every partition has its marker.
Transaction completed(const Transaction& now, std::int64_t now_ms);

// The record of __transaction_state, in Kafka's format: key version 0 is the id; values of version 0 and 1 are read, 1 is written.
//   value v1: i16 1, i64 producer id, i16 epoch, i32 timeout, i8 state, compact nullable array of (compact topic, compact array of i32, tags),
//             i64 updated, i64 started, tagged fields: 0 = i64 previous producer id; 1 = i64 next producer id;
//             9998, 9999 (ours, Kafka passes them over) = i16 ended epoch, i16 last epoch
Bytes encode_transaction_key(std::string_view id);
Bytes encode_transaction_value(const Transaction& transaction);
Result<std::string> decode_transaction_key(BytesView bytes);
Result<Transaction> decode_transaction_value(std::string id, BytesView bytes);

}  // namespace braid::storage
