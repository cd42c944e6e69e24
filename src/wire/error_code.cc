#include "wire/error_code.h"

namespace braid::wire {

std::string_view name_of(KafkaError error) {
  switch (error) {
    case KafkaError::unknown_server_error: return "UNKNOWN_SERVER_ERROR";
    case KafkaError::none: return "NONE";
    case KafkaError::offset_out_of_range: return "OFFSET_OUT_OF_RANGE";
    case KafkaError::corrupt_message: return "CORRUPT_MESSAGE";
    case KafkaError::unknown_topic_or_partition: return "UNKNOWN_TOPIC_OR_PARTITION";
    case KafkaError::leader_not_available: return "LEADER_NOT_AVAILABLE";
    case KafkaError::not_leader_or_follower: return "NOT_LEADER_OR_FOLLOWER";
    case KafkaError::request_timed_out: return "REQUEST_TIMED_OUT";
    case KafkaError::message_too_large: return "MESSAGE_TOO_LARGE";
    case KafkaError::offset_metadata_too_large: return "OFFSET_METADATA_TOO_LARGE";
    case KafkaError::coordinator_load_in_progress: return "COORDINATOR_LOAD_IN_PROGRESS";
    case KafkaError::coordinator_not_available: return "COORDINATOR_NOT_AVAILABLE";
    case KafkaError::invalid_topic_exception: return "INVALID_TOPIC_EXCEPTION";
    case KafkaError::invalid_required_acks: return "INVALID_REQUIRED_ACKS";
    case KafkaError::illegal_generation: return "ILLEGAL_GENERATION";
    case KafkaError::inconsistent_group_protocol: return "INCONSISTENT_GROUP_PROTOCOL";
    case KafkaError::invalid_group_id: return "INVALID_GROUP_ID";
    case KafkaError::unknown_member_id: return "UNKNOWN_MEMBER_ID";
    case KafkaError::invalid_session_timeout: return "INVALID_SESSION_TIMEOUT";
    case KafkaError::rebalance_in_progress: return "REBALANCE_IN_PROGRESS";
    case KafkaError::topic_authorization_failed: return "TOPIC_AUTHORIZATION_FAILED";
    case KafkaError::group_authorization_failed: return "GROUP_AUTHORIZATION_FAILED";
    case KafkaError::cluster_authorization_failed: return "CLUSTER_AUTHORIZATION_FAILED";
    case KafkaError::invalid_timestamp: return "INVALID_TIMESTAMP";
    case KafkaError::unsupported_sasl_mechanism: return "UNSUPPORTED_SASL_MECHANISM";
    case KafkaError::illegal_sasl_state: return "ILLEGAL_SASL_STATE";
    case KafkaError::unsupported_version: return "UNSUPPORTED_VERSION";
    case KafkaError::topic_already_exists: return "TOPIC_ALREADY_EXISTS";
    case KafkaError::invalid_partitions: return "INVALID_PARTITIONS";
    case KafkaError::invalid_replication_factor: return "INVALID_REPLICATION_FACTOR";
    case KafkaError::invalid_replica_assignment: return "INVALID_REPLICA_ASSIGNMENT";
    case KafkaError::invalid_config: return "INVALID_CONFIG";
    case KafkaError::invalid_request: return "INVALID_REQUEST";
    case KafkaError::unsupported_for_message_format: return "UNSUPPORTED_FOR_MESSAGE_FORMAT";
    case KafkaError::policy_violation: return "POLICY_VIOLATION";
    case KafkaError::out_of_order_sequence_number: return "OUT_OF_ORDER_SEQUENCE_NUMBER";
    case KafkaError::duplicate_sequence_number: return "DUPLICATE_SEQUENCE_NUMBER";
    case KafkaError::invalid_producer_epoch: return "INVALID_PRODUCER_EPOCH";
    case KafkaError::invalid_txn_state: return "INVALID_TXN_STATE";
    case KafkaError::invalid_producer_id_mapping: return "INVALID_PRODUCER_ID_MAPPING";
    case KafkaError::invalid_transaction_timeout: return "INVALID_TRANSACTION_TIMEOUT";
    case KafkaError::concurrent_transactions: return "CONCURRENT_TRANSACTIONS";
    case KafkaError::transactional_id_authorization_failed: return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
    case KafkaError::security_disabled: return "SECURITY_DISABLED";
    case KafkaError::operation_not_attempted: return "OPERATION_NOT_ATTEMPTED";
    case KafkaError::kafka_storage_error: return "KAFKA_STORAGE_ERROR";
    case KafkaError::log_dir_not_found: return "LOG_DIR_NOT_FOUND";
    case KafkaError::sasl_authentication_failed: return "SASL_AUTHENTICATION_FAILED";
    case KafkaError::unknown_producer_id: return "UNKNOWN_PRODUCER_ID";
    case KafkaError::group_id_not_empty: return "NON_EMPTY_GROUP";
    case KafkaError::group_id_not_found: return "GROUP_ID_NOT_FOUND";
    case KafkaError::fetch_session_id_not_found: return "FETCH_SESSION_ID_NOT_FOUND";
    case KafkaError::fenced_leader_epoch: return "FENCED_LEADER_EPOCH";
    case KafkaError::unknown_leader_epoch: return "UNKNOWN_LEADER_EPOCH";
    case KafkaError::unsupported_compression_type: return "UNSUPPORTED_COMPRESSION_TYPE";
    case KafkaError::member_id_required: return "MEMBER_ID_REQUIRED";
    case KafkaError::group_max_size_reached: return "GROUP_MAX_SIZE_REACHED";
    case KafkaError::fenced_instance_id: return "FENCED_INSTANCE_ID";
    case KafkaError::election_not_needed: return "ELECTION_NOT_NEEDED";
    case KafkaError::no_reassignment_in_progress: return "NO_REASSIGNMENT_IN_PROGRESS";
    case KafkaError::group_subscribed_to_topic: return "GROUP_SUBSCRIBED_TO_TOPIC";
    case KafkaError::invalid_record: return "INVALID_RECORD";
    case KafkaError::unstable_offset_commit: return "UNSTABLE_OFFSET_COMMIT";
    case KafkaError::throttling_quota_exceeded: return "THROTTLING_QUOTA_EXCEEDED";
    case KafkaError::producer_fenced: return "PRODUCER_FENCED";
    case KafkaError::resource_not_found: return "RESOURCE_NOT_FOUND";
    case KafkaError::duplicate_resource: return "DUPLICATE_RESOURCE";
    case KafkaError::unacceptable_credential: return "UNACCEPTABLE_CREDENTIAL";
    case KafkaError::invalid_update_version: return "INVALID_UPDATE_VERSION";
    case KafkaError::feature_update_failed: return "FEATURE_UPDATE_FAILED";
    case KafkaError::unknown_topic_id: return "UNKNOWN_TOPIC_ID";
    case KafkaError::transactional_id_not_found: return "TRANSACTIONAL_ID_NOT_FOUND";
    case KafkaError::fenced_member_epoch: return "FENCED_MEMBER_EPOCH";
    case KafkaError::unreleased_instance_id: return "UNRELEASED_INSTANCE_ID";
    case KafkaError::unsupported_assignor: return "UNSUPPORTED_ASSIGNOR";
    case KafkaError::stale_member_epoch: return "STALE_MEMBER_EPOCH";
    case KafkaError::unsupported_endpoint_type: return "UNSUPPORTED_ENDPOINT_TYPE";
    case KafkaError::transaction_abortable: return "TRANSACTION_ABORTABLE";
    case KafkaError::invalid_regular_expression: return "INVALID_REGULAR_EXPRESSION";
  }
  return {};
}

}  // namespace braid::wire
