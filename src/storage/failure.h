// Why the log refused something: a reason that the broker maps one to one to a Kafka error code, and an Error for people.
// Plain values. A Failure turns into its Error by itself where the caller has no use for the reason (TRY works across the two).
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace braid::storage {

enum class Reason {
  unknown_topic_or_partition,   // UNKNOWN_TOPIC_OR_PARTITION 3
  offset_out_of_range,          // OFFSET_OUT_OF_RANGE 1
  corrupt_message,              // CORRUPT_MESSAGE 2: length or checksum of a batch we were sent
  invalid_record,               // INVALID_RECORD 87: the batch is intact but breaks a rule (count, deltas, null key, control bit)
  invalid_timestamp,            // INVALID_TIMESTAMP 32
  message_too_large,            // MESSAGE_TOO_LARGE 10
  unsupported_format,           // UNSUPPORTED_FOR_MESSAGE_FORMAT 43: magic 0 and 1
  unsupported_compression,      // UNSUPPORTED_COMPRESSION_TYPE 76
  out_of_order_sequence,        // OUT_OF_ORDER_SEQUENCE_NUMBER 45
  invalid_producer_epoch,       // INVALID_PRODUCER_EPOCH 47
  producer_fenced,              // PRODUCER_FENCED 90: a newer producer has this transactional id
  invalid_transaction_state,    // INVALID_TXN_STATE 48
  invalid_producer_id_mapping,  // INVALID_PRODUCER_ID_MAPPING 49: the transactional id belongs to another producer id, or to none
  invalid_transaction_timeout,  // INVALID_TRANSACTION_TIMEOUT 50
  concurrent_transactions,      // CONCURRENT_TRANSACTIONS 51: the one before is not ended everywhere yet; the client tries again
  fenced_leader_epoch,          // FENCED_LEADER_EPOCH 74
  unknown_leader_epoch,         // UNKNOWN_LEADER_EPOCH 75
  topic_exists,                 // TOPIC_ALREADY_EXISTS 36
  invalid_topic,                // INVALID_TOPIC_EXCEPTION 17
  invalid_partitions,           // INVALID_PARTITIONS 37
  invalid_config,               // INVALID_CONFIG 40
  invalid_request,              // INVALID_REQUEST 42
  storage_failed,               // KAFKA_STORAGE_ERROR 56: the disk said no, is full, or stored bytes do not check out
  overloaded,                   // a limit was reached; the client may try again (KAFKA_STORAGE_ERROR 56, retriable)
  stopping,                     // NOT_LEADER_OR_FOLLOWER 6: the node shuts down
};

// One record of a refused batch (Produce v8 and later names them).
struct RecordFailure {
  std::int32_t index = 0;   // of the record in its batch
  std::string message;
};

struct [[nodiscard]] Failure {
  Reason reason = Reason::storage_failed;
  Error error;
  std::vector<RecordFailure> records{};

  Failure(Reason r, Error e) : reason(r), error(std::move(e)) {}
  // An Error from below (disk, decoding) without a closer reason.
  Failure(Error e) : reason(reason_of(e.code)), error(std::move(e)) {}  // NOLINT: meant to be implicit
  operator Error() && { return std::move(error); }                      // NOLINT: meant to be implicit

  static Reason reason_of(ErrorCode code);
};

template <class T = void> using LogResult = std::expected<T, Failure>;

[[nodiscard]] std::unexpected<Failure> refuse(Reason reason, std::string message, std::string hint = {});
// The ErrorCode that people and HTTP see for a reason.
ErrorCode code_of(Reason reason);

}  // namespace braid::storage
