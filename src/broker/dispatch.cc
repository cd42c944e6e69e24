// The one list of handlers. A test checks that it and wire/apis.h name the same APIs.
#include <array>

#include "broker/handlers.h"

namespace braid::broker {
namespace {

template <class Request, auto handle> io::Task<Served> serve(const Call& call, BytesView body) {
  CO_TRY(auto request, wire::decode<Request>(body, call.version()));
  const auto response = co_await handle(call, std::move(request));
  co_return wire::frame_response(call.header.correlation_id, response, call.version());
}

// acks=0 gets no answer; when something went wrong the connection is closed, so that the client looks at its metadata again.
io::Task<Served> serve_produce(const Call& call, BytesView body) {
  CO_TRY(auto request, wire::decode<wire::ProduceRequest>(body, call.version()));
  const auto acks = request.acks;
  const auto response = co_await produce(call, std::move(request));
  if (acks != 0) co_return wire::frame_response(call.header.correlation_id, response, call.version());
  for (const auto& topic : response.responses)
    for (const auto& p : topic.partition_responses)
      if (p.error_code != 0)
        co_return fail(ErrorCode::conflict, "produce with acks=0 to " + topic.name + "-" + std::to_string(p.index) + ": " + p.error_message.value_or("refused"));
  co_return std::optional<wire::Gather>();
}

bool good_software_name(std::string_view text) {   // [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (text.empty() || !alnum(text.front()) || !alnum(text.back())) return false;
  for (char c : text)
    if (!alnum(c) && c != '-' && c != '.') return false;
  return true;
}

io::Task<Served> serve_api_versions(const Call& call, BytesView body) {
  wire::ApiVersionsResponse response;
  auto version = call.version();
  if (version > wire::find_api(wire::ApiKey::api_versions)->max) {   // KIP-511: answered in version 0, with our range, and the client comes back
    version = 0;
    response.error_code = code(KafkaError::unsupported_version);
  } else {
    CO_TRY(const auto request, wire::decode<wire::ApiVersionsRequest>(body, version));
    if (version >= 3 && (!good_software_name(request.client_software_name) || !good_software_name(request.client_software_version)))
      response.error_code = code(KafkaError::invalid_request);
  }
  for (const auto& feature : features) {
    if (version >= 4 || feature.min > 0) response.supported_features.push_back({std::string(feature.name), feature.min, feature.max});   // a client of version 3 fails over a lowest version of 0 (KAFKA-17011)
    if (version >= 3) response.finalized_features.push_back({std::string(feature.name), feature.max, feature.max});
  }
  if (version >= 3) response.finalized_features_epoch = 0;
  for (const auto& api : wire::apis) response.api_keys.push_back({std::int16_t(api.key), api.min, api.max});
  co_return wire::frame_response(call.header.correlation_id, response, version);
}

struct Handler {
  wire::ApiKey key;
  Serve serve;
};

constexpr std::array handlers{
    Handler{wire::ApiKey::add_offsets_to_txn, serve<wire::AddOffsetsToTxnRequest, add_offsets_to_txn>},
    Handler{wire::ApiKey::add_partitions_to_txn, serve<wire::AddPartitionsToTxnRequest, add_partitions_to_txn>},
    Handler{wire::ApiKey::alter_configs, serve<wire::AlterConfigsRequest, alter_configs>},
    Handler{wire::ApiKey::alter_partition_reassignments, serve<wire::AlterPartitionReassignmentsRequest, alter_partition_reassignments>},
    Handler{wire::ApiKey::alter_replica_log_dirs, serve<wire::AlterReplicaLogDirsRequest, alter_replica_log_dirs>},
    Handler{wire::ApiKey::api_versions, serve_api_versions},
    Handler{wire::ApiKey::consumer_group_describe, serve<wire::ConsumerGroupDescribeRequest, consumer_group_describe>},
    Handler{wire::ApiKey::consumer_group_heartbeat, serve<wire::ConsumerGroupHeartbeatRequest, consumer_group_heartbeat>},
    Handler{wire::ApiKey::alter_user_scram_credentials, serve<wire::AlterUserScramCredentialsRequest, alter_user_scram_credentials>},
    Handler{wire::ApiKey::create_acls, serve<wire::CreateAclsRequest, create_acls>},
    Handler{wire::ApiKey::create_partitions, serve<wire::CreatePartitionsRequest, create_partitions>},
    Handler{wire::ApiKey::create_topics, serve<wire::CreateTopicsRequest, create_topics>},
    Handler{wire::ApiKey::delete_acls, serve<wire::DeleteAclsRequest, delete_acls>},
    Handler{wire::ApiKey::delete_groups, serve<wire::DeleteGroupsRequest, delete_groups>},
    Handler{wire::ApiKey::delete_records, serve<wire::DeleteRecordsRequest, delete_records>},
    Handler{wire::ApiKey::delete_topics, serve<wire::DeleteTopicsRequest, delete_topics>},
    Handler{wire::ApiKey::describe_client_quotas, serve<wire::DescribeClientQuotasRequest, describe_client_quotas>},
    Handler{wire::ApiKey::describe_acls, serve<wire::DescribeAclsRequest, describe_acls>},
    Handler{wire::ApiKey::describe_cluster, serve<wire::DescribeClusterRequest, describe_cluster>},
    Handler{wire::ApiKey::describe_configs, serve<wire::DescribeConfigsRequest, describe_configs>},
    Handler{wire::ApiKey::describe_groups, serve<wire::DescribeGroupsRequest, describe_groups>},
    Handler{wire::ApiKey::describe_log_dirs, serve<wire::DescribeLogDirsRequest, describe_log_dirs>},
    Handler{wire::ApiKey::describe_producers, serve<wire::DescribeProducersRequest, describe_producers>},
    Handler{wire::ApiKey::describe_topic_partitions, serve<wire::DescribeTopicPartitionsRequest, describe_topic_partitions>},
    Handler{wire::ApiKey::describe_user_scram_credentials, serve<wire::DescribeUserScramCredentialsRequest, describe_user_scram_credentials>},
    Handler{wire::ApiKey::describe_transactions, serve<wire::DescribeTransactionsRequest, describe_transactions>},
    Handler{wire::ApiKey::elect_leaders, serve<wire::ElectLeadersRequest, elect_leaders>},
    Handler{wire::ApiKey::end_txn, serve<wire::EndTxnRequest, end_txn>},
    Handler{wire::ApiKey::fetch, serve<wire::FetchRequest, fetch>},
    Handler{wire::ApiKey::find_coordinator, serve<wire::FindCoordinatorRequest, find_coordinator>},
    Handler{wire::ApiKey::heartbeat, serve<wire::HeartbeatRequest, heartbeat>},
    Handler{wire::ApiKey::incremental_alter_configs, serve<wire::IncrementalAlterConfigsRequest, incremental_alter_configs>},
    Handler{wire::ApiKey::init_producer_id, serve<wire::InitProducerIdRequest, init_producer_id>},
    Handler{wire::ApiKey::join_group, serve<wire::JoinGroupRequest, join_group>},
    Handler{wire::ApiKey::leave_group, serve<wire::LeaveGroupRequest, leave_group>},
    Handler{wire::ApiKey::list_config_resources, serve<wire::ListConfigResourcesRequest, list_config_resources>},
    Handler{wire::ApiKey::list_groups, serve<wire::ListGroupsRequest, list_groups>},
    Handler{wire::ApiKey::list_offsets, serve<wire::ListOffsetsRequest, list_offsets>},
    Handler{wire::ApiKey::list_partition_reassignments, serve<wire::ListPartitionReassignmentsRequest, list_partition_reassignments>},
    Handler{wire::ApiKey::list_transactions, serve<wire::ListTransactionsRequest, list_transactions>},
    Handler{wire::ApiKey::metadata, serve<wire::MetadataRequest, metadata>},
    Handler{wire::ApiKey::offset_commit, serve<wire::OffsetCommitRequest, offset_commit>},
    Handler{wire::ApiKey::offset_delete, serve<wire::OffsetDeleteRequest, offset_delete>},
    Handler{wire::ApiKey::offset_fetch, serve<wire::OffsetFetchRequest, offset_fetch>},
    Handler{wire::ApiKey::offset_for_leader_epoch, serve<wire::OffsetForLeaderEpochRequest, offset_for_leader_epoch>},
    Handler{wire::ApiKey::produce, serve_produce},
    Handler{wire::ApiKey::sasl_authenticate, serve<wire::SaslAuthenticateRequest, sasl_authenticate>},
    Handler{wire::ApiKey::sasl_handshake, serve<wire::SaslHandshakeRequest, sasl_handshake>},
    Handler{wire::ApiKey::sync_group, serve<wire::SyncGroupRequest, sync_group>},
    Handler{wire::ApiKey::txn_offset_commit, serve<wire::TxnOffsetCommitRequest, txn_offset_commit>},
    Handler{wire::ApiKey::update_features, serve<wire::UpdateFeaturesRequest, update_features>},
};

constexpr bool same_apis() {
  for (const auto& api : wire::apis) {
    int n = 0;
    for (const auto& handler : handlers) n += handler.key == api.key;
    if (n != 1) return false;
  }
  return handlers.size() == wire::apis.size();
}
static_assert(same_apis(), "wire/apis.h and the handlers name the same APIs, each once");

}  // namespace

Serve find_handler(wire::ApiKey key) {
  for (const auto& handler : handlers)
    if (handler.key == key) return handler.serve;
  return nullptr;
}

}  // namespace braid::broker
