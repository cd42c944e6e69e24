// Every message, for what goes over all of them: tests, the fuzz target, the documentation.
#pragma once
#include "wire/messages_admin.h"
#include "wire/messages_cluster.h"
#include "wire/messages_consumer.h"
#include "wire/messages_core.h"
#include "wire/messages_data.h"
#include "wire/messages_groups.h"
#include "wire/messages_security.h"
#include "wire/messages_transactions.h"

namespace braid::wire {

template <class... M> struct MessageList {};
using AllMessages =
    MessageList<ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse,
                OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, FindCoordinatorRequest, FindCoordinatorResponse,
                JoinGroupRequest, JoinGroupResponse, HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest,
                SyncGroupResponse, DescribeGroupsRequest, DescribeGroupsResponse, ListGroupsRequest, ListGroupsResponse, ApiVersionsRequest,
                ApiVersionsResponse, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, DeleteRecordsRequest,
                DeleteRecordsResponse, InitProducerIdRequest, InitProducerIdResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
                DescribeConfigsRequest, DescribeConfigsResponse, AlterConfigsRequest, AlterConfigsResponse, CreatePartitionsRequest,
                CreatePartitionsResponse, DeleteGroupsRequest, DeleteGroupsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
                OffsetDeleteRequest, OffsetDeleteResponse, DescribeClusterRequest, DescribeClusterResponse, AddPartitionsToTxnRequest,
                AddPartitionsToTxnResponse, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, EndTxnRequest, EndTxnResponse, TxnOffsetCommitRequest,
                TxnOffsetCommitResponse, DescribeProducersRequest, DescribeProducersResponse, DescribeTransactionsRequest,
                DescribeTransactionsResponse, ListTransactionsRequest, ListTransactionsResponse, AlterReplicaLogDirsRequest,
                AlterReplicaLogDirsResponse, DescribeLogDirsRequest, DescribeLogDirsResponse, ElectLeadersRequest, ElectLeadersResponse,
                AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ListPartitionReassignmentsRequest,
                ListPartitionReassignmentsResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse, ListConfigResourcesRequest,
                ListConfigResourcesResponse, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, ConsumerGroupHeartbeatRequest,
                ConsumerGroupHeartbeatResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, SaslHandshakeRequest, SaslHandshakeResponse,
                SaslAuthenticateRequest, SaslAuthenticateResponse, DescribeAclsRequest, DescribeAclsResponse, CreateAclsRequest, CreateAclsResponse,
                DeleteAclsRequest, DeleteAclsResponse, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse,
                AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, UpdateFeaturesRequest, UpdateFeaturesResponse>;

template <class F, class... M> void for_each_message(MessageList<M...>, F f) { (f.template operator()<M>(), ...); }

// The protocol as markdown, printed from the declarations: docs/formats/kafka-protocol.md is this text.
std::string protocol_page();

}  // namespace braid::wire
