// The one list of Kafka APIs that Braid speaks and in which versions. ApiVersions answers from it, the dispatcher refuses by it, headers are
// chosen by it, the documentation is printed from it. Why these ranges: docs/decisions/2026-11-23-kafka-api-versions.md.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace braid::wire {

enum class ApiKey : std::int16_t {
  produce = 0, fetch = 1, list_offsets = 2, metadata = 3, offset_commit = 8, offset_fetch = 9, find_coordinator = 10, join_group = 11,
  heartbeat = 12, leave_group = 13, sync_group = 14, describe_groups = 15, list_groups = 16, sasl_handshake = 17, api_versions = 18, create_topics = 19,
  delete_topics = 20, delete_records = 21, init_producer_id = 22, offset_for_leader_epoch = 23,
  add_partitions_to_txn = 24, add_offsets_to_txn = 25, end_txn = 26, txn_offset_commit = 28, describe_acls = 29, create_acls = 30, delete_acls = 31,
  describe_configs = 32, alter_configs = 33, alter_replica_log_dirs = 34, describe_log_dirs = 35, sasl_authenticate = 36,
  create_partitions = 37, delete_groups = 42, elect_leaders = 43, incremental_alter_configs = 44, alter_partition_reassignments = 45,
  list_partition_reassignments = 46, offset_delete = 47, describe_client_quotas = 48, describe_user_scram_credentials = 50,
  alter_user_scram_credentials = 51, update_features = 57, describe_cluster = 60, describe_producers = 61,
  describe_transactions = 65, list_transactions = 66, consumer_group_heartbeat = 68, consumer_group_describe = 69, list_config_resources = 74,
  describe_topic_partitions = 75,
};

struct Api {
  ApiKey key;
  std::string_view name;
  std::int16_t min;             // the lowest version that ApiVersions lists
  std::int16_t max;
  std::int16_t flexible_since;  // first version with compact types and tagged fields; above max where there is none
  std::int16_t served_min;      // lower ones are listed for old clients' feature tests only and answered with UNSUPPORTED_VERSION

  constexpr bool flexible(std::int16_t version) const { return version >= flexible_since; }
  constexpr bool serves(std::int16_t version) const { return version >= served_min && version <= max; }
};

inline constexpr std::int16_t never_flexible = 32767;

inline constexpr std::array apis{
    // librdkafka before 2.11.1 sends batches uncompressed unless Produce 0 is in the range; it still uses version 7 then.
    Api{ApiKey::produce, "Produce", 0, 13, 9, 3},
    Api{ApiKey::fetch, "Fetch", 4, 18, 12, 4},
    Api{ApiKey::list_offsets, "ListOffsets", 1, 10, 6, 1},
    Api{ApiKey::metadata, "Metadata", 0, 13, 9, 0},
    Api{ApiKey::offset_commit, "OffsetCommit", 1, 10, 8, 1},
    Api{ApiKey::offset_fetch, "OffsetFetch", 1, 10, 6, 1},
    Api{ApiKey::find_coordinator, "FindCoordinator", 0, 6, 3, 0},
    Api{ApiKey::join_group, "JoinGroup", 0, 9, 6, 0},
    Api{ApiKey::heartbeat, "Heartbeat", 0, 4, 4, 0},
    Api{ApiKey::leave_group, "LeaveGroup", 0, 5, 4, 0},
    Api{ApiKey::sync_group, "SyncGroup", 0, 5, 4, 0},
    Api{ApiKey::describe_groups, "DescribeGroups", 0, 6, 5, 0},
    Api{ApiKey::list_groups, "ListGroups", 0, 5, 3, 0},
    Api{ApiKey::sasl_handshake, "SaslHandshake", 0, 1, never_flexible, 0},
    Api{ApiKey::api_versions, "ApiVersions", 0, 4, 3, 0},
    Api{ApiKey::create_topics, "CreateTopics", 2, 7, 5, 2},
    Api{ApiKey::delete_topics, "DeleteTopics", 1, 6, 4, 1},
    Api{ApiKey::delete_records, "DeleteRecords", 0, 2, 2, 0},
    Api{ApiKey::init_producer_id, "InitProducerId", 0, 5, 2, 0},
    Api{ApiKey::offset_for_leader_epoch, "OffsetForLeaderEpoch", 2, 4, 4, 2},
    Api{ApiKey::add_partitions_to_txn, "AddPartitionsToTxn", 0, 3, 3, 0},
    Api{ApiKey::add_offsets_to_txn, "AddOffsetsToTxn", 0, 4, 3, 0},
    // Version 5 of EndTxn and TxnOffsetCommit, and 12 of Produce, are Transactions V2; clients use them when transaction.version 2 is finalized, which it is.
    Api{ApiKey::end_txn, "EndTxn", 0, 5, 3, 0},
    Api{ApiKey::txn_offset_commit, "TxnOffsetCommit", 0, 5, 3, 0},
    Api{ApiKey::describe_acls, "DescribeAcls", 0, 3, 2, 0},
    Api{ApiKey::create_acls, "CreateAcls", 0, 3, 2, 0},
    Api{ApiKey::delete_acls, "DeleteAcls", 0, 3, 2, 0},
    Api{ApiKey::describe_configs, "DescribeConfigs", 1, 4, 4, 1},
    Api{ApiKey::alter_configs, "AlterConfigs", 0, 2, 2, 0},
    Api{ApiKey::alter_replica_log_dirs, "AlterReplicaLogDirs", 1, 2, 2, 1},
    Api{ApiKey::describe_log_dirs, "DescribeLogDirs", 1, 4, 2, 1},
    Api{ApiKey::sasl_authenticate, "SaslAuthenticate", 0, 2, 2, 0},
    Api{ApiKey::create_partitions, "CreatePartitions", 0, 3, 2, 0},
    Api{ApiKey::delete_groups, "DeleteGroups", 0, 2, 2, 0},
    Api{ApiKey::elect_leaders, "ElectLeaders", 0, 2, 2, 0},
    Api{ApiKey::incremental_alter_configs, "IncrementalAlterConfigs", 0, 1, 1, 0},
    Api{ApiKey::alter_partition_reassignments, "AlterPartitionReassignments", 0, 1, 0, 0},
    Api{ApiKey::list_partition_reassignments, "ListPartitionReassignments", 0, 0, 0, 0},
    Api{ApiKey::offset_delete, "OffsetDelete", 0, 0, never_flexible, 0},
    // There are none, which is an answer; AlterClientQuotas is not listed, because nothing would be held to it.
    Api{ApiKey::describe_client_quotas, "DescribeClientQuotas", 0, 1, 1, 0},
    Api{ApiKey::describe_cluster, "DescribeCluster", 0, 2, 0, 0},
    Api{ApiKey::describe_user_scram_credentials, "DescribeUserScramCredentials", 0, 0, 0, 0},
    Api{ApiKey::alter_user_scram_credentials, "AlterUserScramCredentials", 0, 0, 0, 0},
    Api{ApiKey::describe_producers, "DescribeProducers", 0, 0, 0, 0},
    Api{ApiKey::describe_transactions, "DescribeTransactions", 0, 0, 0, 0},
    Api{ApiKey::list_transactions, "ListTransactions", 0, 2, 0, 0},
    Api{ApiKey::consumer_group_heartbeat, "ConsumerGroupHeartbeat", 0, 1, 0, 0},
    Api{ApiKey::consumer_group_describe, "ConsumerGroupDescribe", 0, 1, 0, 0},
    Api{ApiKey::list_config_resources, "ListConfigResources", 0, 1, 0, 0},
    Api{ApiKey::describe_topic_partitions, "DescribeTopicPartitions", 0, 0, 0, 0},
    Api{ApiKey::update_features, "UpdateFeatures", 0, 2, 0, 0},
};

constexpr const Api* find_api(ApiKey key) {
  for (const auto& api : apis)
    if (api.key == key) return &api;
  return nullptr;
}

}  // namespace braid::wire
