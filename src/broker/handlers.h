// The API handlers: each takes a decoded request and makes its response. One file per family; dispatch.cc lists them.
// Called on the connection's shard; the Call outlives the handler.
#pragma once
#include "broker/core.h"
#include "wire/messages_admin.h"
#include "wire/messages_cluster.h"
#include "wire/messages_consumer.h"
#include "wire/messages_core.h"
#include "wire/messages_data.h"
#include "wire/messages_groups.h"
#include "wire/messages_security.h"
#include "wire/messages_transactions.h"

namespace braid::broker {

// Kafka's features (KIP-584) that this node has, always at their highest level.
struct Feature {
  std::string_view name;
  std::int16_t min, max;
};
inline constexpr std::array features{
    Feature{"group.version", 0, 1},         // consumer groups of KIP-848
    Feature{"transaction.version", 0, 2},   // Transactions V2 of KIP-890
};

// metadata.cc
io::Task<wire::MetadataResponse> metadata(const Call& call, wire::MetadataRequest request);
io::Task<wire::DescribeClusterResponse> describe_cluster(const Call& call, wire::DescribeClusterRequest request);
io::Task<wire::FindCoordinatorResponse> find_coordinator(const Call& call, wire::FindCoordinatorRequest request);
// produce.cc, fetch.cc
io::Task<wire::ProduceResponse> produce(const Call& call, wire::ProduceRequest request);
io::Task<wire::FetchResponse> fetch(const Call& call, wire::FetchRequest request);
// offsets.cc
io::Task<wire::ListOffsetsResponse> list_offsets(const Call& call, wire::ListOffsetsRequest request);
io::Task<wire::OffsetForLeaderEpochResponse> offset_for_leader_epoch(const Call& call, wire::OffsetForLeaderEpochRequest request);
io::Task<wire::DeleteRecordsResponse> delete_records(const Call& call, wire::DeleteRecordsRequest request);
// transactions.cc
io::Task<wire::InitProducerIdResponse> init_producer_id(const Call& call, wire::InitProducerIdRequest request);
io::Task<wire::AddPartitionsToTxnResponse> add_partitions_to_txn(const Call& call, wire::AddPartitionsToTxnRequest request);
io::Task<wire::AddOffsetsToTxnResponse> add_offsets_to_txn(const Call& call, wire::AddOffsetsToTxnRequest request);
io::Task<wire::EndTxnResponse> end_txn(const Call& call, wire::EndTxnRequest request);
io::Task<wire::TxnOffsetCommitResponse> txn_offset_commit(const Call& call, wire::TxnOffsetCommitRequest request);
io::Task<wire::DescribeProducersResponse> describe_producers(const Call& call, wire::DescribeProducersRequest request);
io::Task<wire::DescribeTransactionsResponse> describe_transactions(const Call& call, wire::DescribeTransactionsRequest request);
io::Task<wire::ListTransactionsResponse> list_transactions(const Call& call, wire::ListTransactionsRequest request);
// topics.cc
io::Task<wire::CreateTopicsResponse> create_topics(const Call& call, wire::CreateTopicsRequest request);
io::Task<wire::DeleteTopicsResponse> delete_topics(const Call& call, wire::DeleteTopicsRequest request);
io::Task<wire::CreatePartitionsResponse> create_partitions(const Call& call, wire::CreatePartitionsRequest request);
// cluster.cc
io::Task<wire::DescribeLogDirsResponse> describe_log_dirs(const Call& call, wire::DescribeLogDirsRequest request);
io::Task<wire::AlterReplicaLogDirsResponse> alter_replica_log_dirs(const Call& call, wire::AlterReplicaLogDirsRequest request);
io::Task<wire::ElectLeadersResponse> elect_leaders(const Call& call, wire::ElectLeadersRequest request);
io::Task<wire::AlterPartitionReassignmentsResponse> alter_partition_reassignments(const Call& call, wire::AlterPartitionReassignmentsRequest request);
io::Task<wire::ListPartitionReassignmentsResponse> list_partition_reassignments(const Call& call, wire::ListPartitionReassignmentsRequest request);
io::Task<wire::DescribeClientQuotasResponse> describe_client_quotas(const Call& call, wire::DescribeClientQuotasRequest request);
io::Task<wire::DescribeTopicPartitionsResponse> describe_topic_partitions(const Call& call, wire::DescribeTopicPartitionsRequest request);
io::Task<wire::UpdateFeaturesResponse> update_features(const Call& call, wire::UpdateFeaturesRequest request);
// configs.cc
io::Task<wire::ListConfigResourcesResponse> list_config_resources(const Call& call, wire::ListConfigResourcesRequest request);
io::Task<wire::DescribeConfigsResponse> describe_configs(const Call& call, wire::DescribeConfigsRequest request);
io::Task<wire::AlterConfigsResponse> alter_configs(const Call& call, wire::AlterConfigsRequest request);
io::Task<wire::IncrementalAlterConfigsResponse> incremental_alter_configs(const Call& call, wire::IncrementalAlterConfigsRequest request);
// groups.cc
io::Task<wire::ConsumerGroupHeartbeatResponse> consumer_group_heartbeat(const Call& call, wire::ConsumerGroupHeartbeatRequest request);
io::Task<wire::ConsumerGroupDescribeResponse> consumer_group_describe(const Call& call, wire::ConsumerGroupDescribeRequest request);
io::Task<wire::JoinGroupResponse> join_group(const Call& call, wire::JoinGroupRequest request);
io::Task<wire::SyncGroupResponse> sync_group(const Call& call, wire::SyncGroupRequest request);
io::Task<wire::HeartbeatResponse> heartbeat(const Call& call, wire::HeartbeatRequest request);
io::Task<wire::LeaveGroupResponse> leave_group(const Call& call, wire::LeaveGroupRequest request);
io::Task<wire::OffsetCommitResponse> offset_commit(const Call& call, wire::OffsetCommitRequest request);
io::Task<wire::OffsetFetchResponse> offset_fetch(const Call& call, wire::OffsetFetchRequest request);
io::Task<wire::OffsetDeleteResponse> offset_delete(const Call& call, wire::OffsetDeleteRequest request);
io::Task<wire::DescribeGroupsResponse> describe_groups(const Call& call, wire::DescribeGroupsRequest request);
io::Task<wire::ListGroupsResponse> list_groups(const Call& call, wire::ListGroupsRequest request);
io::Task<wire::DeleteGroupsResponse> delete_groups(const Call& call, wire::DeleteGroupsRequest request);

// security/handlers.cc
io::Task<wire::SaslHandshakeResponse> sasl_handshake(const Call& call, wire::SaslHandshakeRequest request);
io::Task<wire::SaslAuthenticateResponse> sasl_authenticate(const Call& call, wire::SaslAuthenticateRequest request);
io::Task<wire::DescribeAclsResponse> describe_acls(const Call& call, wire::DescribeAclsRequest request);
io::Task<wire::CreateAclsResponse> create_acls(const Call& call, wire::CreateAclsRequest request);
io::Task<wire::DeleteAclsResponse> delete_acls(const Call& call, wire::DeleteAclsRequest request);
io::Task<wire::DescribeUserScramCredentialsResponse> describe_user_scram_credentials(const Call& call, wire::DescribeUserScramCredentialsRequest request);
io::Task<wire::AlterUserScramCredentialsResponse> alter_user_scram_credentials(const Call& call, wire::AlterUserScramCredentialsRequest request);

// Epochs of all partitions; they change at start only, so they are asked of the log once per shard (metadata.cc).
io::Task<std::vector<std::int32_t>> leader_epochs(Core& core, storage::TopicPtr topic);
// The offsets topic is written by the coordinator alone.
bool is_internal_name(std::string_view topic);

// All settings of a topic with value, source and synonyms (configs.cc). `set` holds what was set for the topic itself.
std::vector<wire::DescribeConfigsResponse::Config> describe_topic_settings(const Core& core, const storage::ConfigMap& set, bool synonyms, bool documentation);

// What CreateTopics and the configs API agree on about a replication factor (topics.cc).
std::optional<Error> replication_factor_error(const Core& core, std::int16_t factor);

}  // namespace braid::broker
