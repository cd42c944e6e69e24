#include "broker/errors.h"

namespace braid::broker {

KafkaError kafka_error(storage::Reason reason) {
  using storage::Reason;
  switch (reason) {
    case Reason::unknown_topic_or_partition: return KafkaError::unknown_topic_or_partition;
    case Reason::offset_out_of_range: return KafkaError::offset_out_of_range;
    case Reason::corrupt_message: return KafkaError::corrupt_message;
    case Reason::invalid_record: return KafkaError::invalid_record;
    case Reason::invalid_timestamp: return KafkaError::invalid_timestamp;
    case Reason::message_too_large: return KafkaError::message_too_large;
    case Reason::unsupported_format: return KafkaError::unsupported_for_message_format;
    case Reason::unsupported_compression: return KafkaError::unsupported_compression_type;
    case Reason::out_of_order_sequence: return KafkaError::out_of_order_sequence_number;
    case Reason::invalid_producer_epoch: return KafkaError::invalid_producer_epoch;
    case Reason::producer_fenced: return KafkaError::producer_fenced;
    case Reason::invalid_transaction_state: return KafkaError::invalid_txn_state;
    case Reason::invalid_producer_id_mapping: return KafkaError::invalid_producer_id_mapping;
    case Reason::invalid_transaction_timeout: return KafkaError::invalid_transaction_timeout;
    case Reason::concurrent_transactions: return KafkaError::concurrent_transactions;
    case Reason::fenced_leader_epoch: return KafkaError::fenced_leader_epoch;
    case Reason::unknown_leader_epoch: return KafkaError::unknown_leader_epoch;
    case Reason::topic_exists: return KafkaError::topic_already_exists;
    case Reason::invalid_topic: return KafkaError::invalid_topic_exception;
    case Reason::invalid_partitions: return KafkaError::invalid_partitions;
    case Reason::invalid_config: return KafkaError::invalid_config;
    case Reason::invalid_request: return KafkaError::invalid_request;
    case Reason::storage_failed: return KafkaError::kafka_storage_error;
    case Reason::overloaded: return KafkaError::kafka_storage_error;
    case Reason::stopping: return KafkaError::not_leader_or_follower;
  }
  return KafkaError::unknown_server_error;
}

KafkaError read_error(const storage::Failure& failure) {
  if (failure.reason == storage::Reason::storage_failed && failure.error.code == ErrorCode::corrupt) return KafkaError::corrupt_message;
  return kafka_error(failure.reason);
}

KafkaError kafka_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::invalid_input: return KafkaError::invalid_request;
    case ErrorCode::not_found: return KafkaError::unknown_topic_or_partition;
    case ErrorCode::already_exists: return KafkaError::topic_already_exists;
    case ErrorCode::conflict: return KafkaError::invalid_request;
    case ErrorCode::incompatible: return KafkaError::policy_violation;
    case ErrorCode::unauthenticated: return KafkaError::cluster_authorization_failed;
    case ErrorCode::forbidden: return KafkaError::cluster_authorization_failed;
    case ErrorCode::unsupported: return KafkaError::unsupported_version;
    case ErrorCode::overloaded: return KafkaError::kafka_storage_error;
    case ErrorCode::timeout: return KafkaError::request_timed_out;
    case ErrorCode::stopping: return KafkaError::not_leader_or_follower;
    case ErrorCode::unavailable: return KafkaError::leader_not_available;
    case ErrorCode::io: return KafkaError::kafka_storage_error;
    case ErrorCode::corrupt: return KafkaError::corrupt_message;
    case ErrorCode::bug: return KafkaError::unknown_server_error;
  }
  return KafkaError::unknown_server_error;
}

}  // namespace braid::broker
