#include "storage/failure.h"

namespace braid::storage {

ErrorCode code_of(Reason reason) {
  switch (reason) {
    case Reason::unknown_topic_or_partition: return ErrorCode::not_found;
    case Reason::offset_out_of_range:
    case Reason::corrupt_message:
    case Reason::invalid_record:
    case Reason::invalid_timestamp:
    case Reason::message_too_large:
    case Reason::invalid_topic:
    case Reason::invalid_partitions:
    case Reason::invalid_config:
    case Reason::invalid_transaction_timeout:
    case Reason::invalid_request: return ErrorCode::invalid_input;
    case Reason::unsupported_format:
    case Reason::unsupported_compression: return ErrorCode::unsupported;
    case Reason::out_of_order_sequence:
    case Reason::invalid_producer_epoch:
    case Reason::producer_fenced:
    case Reason::invalid_transaction_state:
    case Reason::invalid_producer_id_mapping:
    case Reason::concurrent_transactions:
    case Reason::fenced_leader_epoch:
    case Reason::unknown_leader_epoch: return ErrorCode::conflict;
    case Reason::topic_exists: return ErrorCode::already_exists;
    case Reason::storage_failed: return ErrorCode::io;
    case Reason::overloaded: return ErrorCode::overloaded;
    case Reason::stopping: return ErrorCode::stopping;
  }
  return ErrorCode::bug;
}

Reason Failure::reason_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found: return Reason::unknown_topic_or_partition;
    case ErrorCode::invalid_input: return Reason::invalid_request;
    case ErrorCode::already_exists: return Reason::topic_exists;
    case ErrorCode::overloaded: return Reason::overloaded;
    case ErrorCode::stopping: return Reason::stopping;
    case ErrorCode::unsupported: return Reason::unsupported_format;
    default: return Reason::storage_failed;
  }
}

std::unexpected<Failure> refuse(Reason reason, std::string message, std::string hint) {
  return std::unexpected(Failure(reason, Error{code_of(reason), std::move(message), std::move(hint)}));
}

}  // namespace braid::storage
