// What each Kafka API asks for, as a table: without ACLs a user gets the error that Apache Kafka gives; every other operation on the same resource
// is not enough; the right one is, and those that imply it. A test checks that no API is missing.
#include <functional>

#include "broker/security/test_port.h"
#include "wire/messages_cluster.h"
#include "wire/messages_consumer.h"

namespace braid::broker {
namespace {

constexpr auto topic_denied = KafkaError::topic_authorization_failed, group_denied = KafkaError::group_authorization_failed,
               cluster_denied = KafkaError::cluster_authorization_failed, transaction_denied = KafkaError::transactional_id_authorization_failed;
constexpr std::int16_t shown = 0, hidden = -1'000;   // for answers that leave out what a caller may not know of
const std::string cluster(cluster_name);

struct Needs {
  Resource resource;
  std::string name;
  Operation operation;
};
struct Row {
  ApiKey api;
  std::string what;
  std::vector<Needs> given;                          // allowed beforehand: what else the request needs
  Needs needs;
  std::int16_t refused;                              // what it gets without
  std::function<std::int16_t(TestClient&)> ask;
};

bool is_refusal(std::int16_t code) {
  return code == number(topic_denied) || code == number(group_denied) || code == number(cluster_denied) || code == number(transaction_denied) || code == hidden;
}
bool grants(Operation allowed, Operation wanted) {
  if (allowed == wanted) return true;
  if (wanted == Operation::describe) return allowed == Operation::read || allowed == Operation::write || allowed == Operation::remove || allowed == Operation::alter;
  return wanted == Operation::describe_configs && allowed == Operation::alter_configs;
}

class AuthorizationTest : public SecurityTest {
 public:
  AuthorizationTest() {
    for (const auto& name : {"t", "doomed", "doomed-by-id"}) make_topic(name);
    auto& admin = as("admin");
    wire::InitProducerIdRequest begin;
    begin.transactional_id = "x";
    begin.transaction_timeout_ms = 60'000;
    EXPECT_EQ((call<wire::InitProducerIdResponse>(admin, begin, 4).error_code), 0);
    EXPECT_EQ(commit(admin), 0);   // so that the group is there
  }

  Uuid id_of(const std::string& topic) { return log_->topics()->find(topic)->id; }

  std::int16_t produce_in_transaction(TestClient& c, std::int16_t version = 7) {
    const Bytes batch = one_record();
    wire::ProduceRequest request;
    request.transactional_id = "x";
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = "t";
    data.topic_id = id_of("t");
    data.partition_data.emplace_back().records.emplace().pieces.push_back({batch, nullptr});
    return call<wire::ProduceResponse>(c, request, version).responses.at(0).partition_responses.at(0).error_code;
  }
  std::int16_t fetch_by_id(TestClient& c) {
    wire::FetchRequest request;
    request.max_bytes = 1'000'000;
    auto& wanted = request.topics.emplace_back();
    wanted.topic_id = id_of("t");
    wanted.partitions.emplace_back().partition_max_bytes = 1'000'000;
    return call<wire::FetchResponse>(c, request, 13).responses.at(0).partitions.at(0).error_code;
  }
  std::int16_t list_offsets(TestClient& c) {
    wire::ListOffsetsRequest request;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.emplace_back().timestamp = -1;
    return call<wire::ListOffsetsResponse>(c, request, 5).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t look_up(TestClient& c, const std::string& name, bool create) {
    wire::MetadataRequest request;
    request.topics.emplace().emplace_back().name = name;
    request.allow_auto_topic_creation = create;
    return call<wire::MetadataResponse>(c, request, 8).topics.at(0).error_code;
  }
  std::int16_t look_up_by_id(TestClient& c) {
    wire::MetadataRequest request;
    request.topics.emplace().emplace_back().topic_id = id_of("t");
    const auto answer = call<wire::MetadataResponse>(c, request, 12).topics.at(0);
    EXPECT_EQ(answer.name.has_value(), answer.error_code == 0) << "a name is told to those only who may know it";
    return answer.error_code;
  }
  std::int16_t look_up_all(TestClient& c) {
    for (const auto& topic : metadata(c, std::nullopt).topics)
      if (topic.name == "t") return shown;
    return hidden;
  }
  std::int16_t commit(TestClient& c) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.generation_id = -1;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.emplace_back().committed_metadata = "";
    return call<wire::OffsetCommitResponse>(c, request, 7).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t fetch_offsets(TestClient& c, std::int16_t version) {
    wire::OffsetFetchRequest request;
    request.group_id = "g";
    auto& topics = request.topics.emplace();
    topics.emplace_back().name = "t";
    topics[0].partition_indexes = {0};
    if (version >= 8) {
      auto& group = request.groups.emplace_back();
      group.group_id = "g";
      group.member_epoch = -1;
      group.topics = topics;
      const auto answer = call<wire::OffsetFetchResponse>(c, request, version).groups.at(0);
      return answer.error_code != 0 ? answer.error_code : answer.topics.at(0).partitions.at(0).error_code;
    }
    const auto answer = call<wire::OffsetFetchResponse>(c, request, version);
    return answer.error_code != 0 ? answer.error_code : answer.topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t fetch_all_offsets(TestClient& c) {
    wire::OffsetFetchRequest request;
    request.group_id = "g";
    return call<wire::OffsetFetchResponse>(c, request, 7).topics.empty() ? hidden : shown;
  }
  std::int16_t coordinator(TestClient& c, std::string key, std::int8_t type, std::int16_t version) {
    wire::FindCoordinatorRequest request;
    request.key = key;
    request.key_type = type;
    request.coordinator_keys = {key};
    const auto answer = call<wire::FindCoordinatorResponse>(c, request, version);
    return version >= 4 ? answer.coordinators.at(0).error_code : answer.error_code;
  }
  std::int16_t join(TestClient& c) {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.protocol_type = "consumer";
    request.protocols.emplace_back().name = "range";
    return call<wire::JoinGroupResponse>(c, request, 5).error_code;   // allowed: MEMBER_ID_REQUIRED
  }
  std::int16_t sync(TestClient& c) {
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.member_id = "m";
    return call<wire::SyncGroupResponse>(c, request, 3).error_code;
  }
  std::int16_t beat(TestClient& c) {
    wire::HeartbeatRequest request;
    request.group_id = "g";
    request.member_id = "m";
    return call<wire::HeartbeatResponse>(c, request, 3).error_code;
  }
  std::int16_t leave(TestClient& c) {
    wire::LeaveGroupRequest request;
    request.group_id = "g";
    request.members.emplace_back().member_id = "m";
    const auto answer = call<wire::LeaveGroupResponse>(c, request, 3);
    return answer.error_code != 0 ? answer.error_code : answer.members.at(0).error_code;
  }
  std::int16_t describe_group(TestClient& c) {
    wire::DescribeGroupsRequest request;
    request.groups = {"g"};
    return call<wire::DescribeGroupsResponse>(c, request, 4).groups.at(0).error_code;
  }
  std::int16_t list_groups(TestClient& c) {
    for (const auto& group : call<wire::ListGroupsResponse>(c, wire::ListGroupsRequest{}, 4).groups)
      if (group.group_id == "g") return shown;
    return hidden;
  }
  std::int16_t create_topic(TestClient& c) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({"made", 1, 1, {}, {}});
    request.validate_only = true;
    return call<wire::CreateTopicsResponse>(c, request, 5).topics.at(0).error_code;
  }
  std::int16_t see_settings_of_new_topic(TestClient& c) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({"made", 1, 1, {}, {}});
    request.validate_only = true;
    return call<wire::CreateTopicsResponse>(c, request, 5).topics.at(0).topic_config_error_code;
  }
  std::int16_t delete_topic(TestClient& c) {
    wire::DeleteTopicsRequest request;
    request.topic_names = {"doomed"};
    return call<wire::DeleteTopicsResponse>(c, request, 3).responses.at(0).error_code;
  }
  std::int16_t delete_topic_by_id(TestClient& c, Uuid id) {
    wire::DeleteTopicsRequest request;
    request.topics.emplace_back().topic_id = id;
    return call<wire::DeleteTopicsResponse>(c, request, 6).responses.at(0).error_code;
  }
  std::int16_t delete_records(TestClient& c) {
    wire::DeleteRecordsRequest request;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.emplace_back();
    return call<wire::DeleteRecordsResponse>(c, request, 1).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t init_producer(TestClient& c, std::optional<std::string> id) {
    wire::InitProducerIdRequest request;
    request.transactional_id = std::move(id);
    request.transaction_timeout_ms = 60'000;
    return call<wire::InitProducerIdResponse>(c, request, 4).error_code;
  }
  std::int16_t epoch_end(TestClient& c) {
    wire::OffsetForLeaderEpochRequest request;
    request.topics.emplace_back().topic = "t";
    request.topics[0].partitions.emplace_back();
    return call<wire::OffsetForLeaderEpochResponse>(c, request, 3).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t add_partitions(TestClient& c) {
    wire::AddPartitionsToTxnRequest request;
    request.transactional_id = "x";
    request.topics.push_back({"t", {0}});
    return call<wire::AddPartitionsToTxnResponse>(c, request, 1).results_by_topic.at(0).results_by_partition.at(0).partition_error_code;
  }
  std::int16_t add_offsets(TestClient& c) {
    wire::AddOffsetsToTxnRequest request;
    request.transactional_id = "x";
    request.group_id = "g";
    return call<wire::AddOffsetsToTxnResponse>(c, request, 1).error_code;
  }
  std::int16_t end_transaction(TestClient& c) {
    wire::EndTxnRequest request;
    request.transactional_id = "x";
    return call<wire::EndTxnResponse>(c, request, 1).error_code;
  }
  std::int16_t update_features(TestClient& c) {
    wire::UpdateFeaturesRequest request;
    request.feature_updates.push_back({"transaction.version", 2, false, 1});
    return call<wire::UpdateFeaturesResponse>(c, request, 1).error_code;
  }
  std::int16_t commit_in_transaction(TestClient& c, std::int16_t version = 3) {
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = "x";
    request.group_id = "g";
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.emplace_back().committed_metadata = "";
    return call<wire::TxnOffsetCommitResponse>(c, request, version).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t describe_acls(TestClient& c) {
    wire::DescribeAclsRequest request;
    request.resource_type_filter = request.pattern_type_filter = request.operation = request.permission_type = 1;
    return call<wire::DescribeAclsResponse>(c, request, 2).error_code;
  }
  std::int16_t create_acl(TestClient& c) {
    wire::CreateAclsRequest request;
    request.creations.push_back({2, "other", 3, "User:zoe", "*", 3, 3});
    return call<wire::CreateAclsResponse>(c, request, 2).results.at(0).error_code;
  }
  std::int16_t delete_acl(TestClient& c) {
    wire::DeleteAclsRequest request;
    request.filters.push_back({2, "nowhere", 3, std::nullopt, std::nullopt, 1, 1});
    return call<wire::DeleteAclsResponse>(c, request, 2).filter_results.at(0).error_code;
  }
  std::int16_t describe_configs(TestClient& c, std::int8_t type, std::string name) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({type, std::move(name), std::nullopt});
    return call<wire::DescribeConfigsResponse>(c, request, 2).results.at(0).error_code;
  }
  std::int16_t alter_configs(TestClient& c, std::int8_t type, std::string name) {
    wire::AlterConfigsRequest request;
    request.resources.push_back({type, std::move(name), {}});
    request.validate_only = true;
    return call<wire::AlterConfigsResponse>(c, request, 1).responses.at(0).error_code;
  }
  std::int16_t alter_configs_by_step(TestClient& c, std::int8_t type, std::string name) {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back({type, std::move(name), {{"retention.ms", 0, "1000000"}}});
    request.validate_only = true;
    return call<wire::IncrementalAlterConfigsResponse>(c, request, 0).responses.at(0).error_code;
  }
  std::int16_t move_replica(TestClient& c) {
    wire::AlterReplicaLogDirsRequest request;
    request.dirs.push_back({"/elsewhere", {{"t", {0}}}});
    return call<wire::AlterReplicaLogDirsResponse>(c, request, 1).results.at(0).partitions.at(0).error_code;
  }
  std::int16_t elect(TestClient& c) {
    wire::ElectLeadersRequest request;
    request.topic_partitions.emplace().push_back({"t", {0}});
    const auto answer = call<wire::ElectLeadersResponse>(c, request, 1);
    EXPECT_EQ(is_refusal(answer.error_code), is_refusal(answer.replica_election_results.at(0).partition_result.at(0).error_code));
    return answer.error_code;
  }
  std::int16_t reassign(TestClient& c) {
    wire::AlterPartitionReassignmentsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back();
    const auto answer = call<wire::AlterPartitionReassignmentsResponse>(c, request, 0);
    EXPECT_EQ(is_refusal(answer.error_code), is_refusal(answer.responses.at(0).partitions.at(0).error_code));
    return answer.error_code;
  }
  std::int16_t delete_offsets(TestClient& c) {
    wire::OffsetDeleteRequest request;
    request.group_id = "g";
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.emplace_back().partition_index = 7;   // not there: the group keeps its offset
    const auto answer = call<wire::OffsetDeleteResponse>(c, request, 0);
    return answer.error_code != 0 ? answer.error_code : answer.topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t set_password(TestClient& c) {
    wire::AlterUserScramCredentialsRequest request;
    request.deletions.push_back({"nobody", 1});
    return call<wire::AlterUserScramCredentialsResponse>(c, request, 0).results.at(0).error_code;
  }
  std::int16_t describe_cluster(TestClient& c) {
    wire::DescribeClusterRequest request;
    request.include_cluster_authorized_operations = true;
    return call<wire::DescribeClusterResponse>(c, request, 0).cluster_authorized_operations == 0 ? hidden : shown;
  }
  std::int16_t describe_producers(TestClient& c) {
    wire::DescribeProducersRequest request;
    request.topics.push_back({"t", {0}});
    return call<wire::DescribeProducersResponse>(c, request, 0).topics.at(0).partitions.at(0).error_code;
  }
  std::int16_t describe_transaction(TestClient& c) {
    wire::DescribeTransactionsRequest request;
    request.transactional_ids = {"x"};
    return call<wire::DescribeTransactionsResponse>(c, request, 0).transaction_states.at(0).error_code;
  }
  std::int16_t list_transactions(TestClient& c) { return call<wire::ListTransactionsResponse>(c, wire::ListTransactionsRequest{}, 0).transaction_states.empty() ? hidden : shown; }
  std::int16_t consumer_beat(TestClient& c, bool with_topic) {
    wire::ConsumerGroupHeartbeatRequest request;
    request.group_id = "new";
    request.member_id = to_base64url(random_uuid());
    request.rebalance_timeout_ms = 10'000;
    request.topic_partitions.emplace();
    request.subscribed_topic_names.emplace();
    if (with_topic) request.subscribed_topic_names->push_back("t");
    return call<wire::ConsumerGroupHeartbeatResponse>(c, request, 1).error_code;
  }
  std::int16_t consumer_describe(TestClient& c) {
    EXPECT_EQ(consumer_beat(as("admin"), true), 0);   // somebody who reads t
    wire::ConsumerGroupDescribeRequest request;
    request.group_ids = {"new"};
    return call<wire::ConsumerGroupDescribeResponse>(c, request, 0).groups.at(0).error_code;
  }
  std::int16_t describe_topic(TestClient& c) {
    wire::DescribeTopicPartitionsRequest request;
    request.topics.emplace_back().name = "t";
    return call<wire::DescribeTopicPartitionsResponse>(c, request, 0).topics.at(0).error_code;
  }
  std::int16_t describe_all_topics(TestClient& c) { return call<wire::DescribeTopicPartitionsResponse>(c, wire::DescribeTopicPartitionsRequest{}, 0).topics.empty() ? hidden : shown; }

  std::vector<Row> table();
};

std::vector<Row> AuthorizationTest::table() {
  constexpr auto read = Operation::read, write = Operation::write, create = Operation::create, remove = Operation::remove, alter = Operation::alter,
                 idempotent_write = Operation::idempotent_write;
  const auto topic = [](Operation o, std::string name = "t") { return Needs{Resource::topic, std::move(name), o}; };
  const auto group = [](Operation o, std::string name = "g") { return Needs{Resource::group, std::move(name), o}; };
  const auto transaction = [](Operation o) { return Needs{Resource::transactional_id, "x", o}; };
  const auto node = [](Operation o) { return Needs{Resource::cluster, cluster, o}; };
  const auto t = number(topic_denied), g = number(group_denied), c = number(cluster_denied), x = number(transaction_denied);
  const Uuid doomed = id_of("doomed-by-id");
  using C = TestClient;
  return {
      {ApiKey::produce, "", {}, topic(write), t, [this](C& k) { return produce(k, "t"); }},
      {ApiKey::produce, "in a transaction", {topic(write)}, transaction(write), x, [this](C& k) { return produce_in_transaction(k); }},
      {ApiKey::produce, "in a transaction, the topic", {transaction(write)}, topic(write), t, [this](C& k) { return produce_in_transaction(k); }},
      {ApiKey::produce, "in a transaction, 12", {topic(write)}, transaction(write), x, [this](C& k) { return produce_in_transaction(k, 12); }},
      {ApiKey::produce, "in a transaction, by id", {transaction(write)}, topic(write), t, [this](C& k) { return produce_in_transaction(k, 13); }},
      {ApiKey::fetch, "", {}, topic(read), t, [this](C& k) { return fetch(k, "t"); }},
      {ApiKey::fetch, "by id", {}, topic(read), t, [this](C& k) { return fetch_by_id(k); }},
      {ApiKey::list_offsets, "", {}, topic(Operation::describe), t, [this](C& k) { return list_offsets(k); }},
      {ApiKey::metadata, "one", {}, topic(Operation::describe), t, [this](C& k) { return look_up(k, "t", false); }},
      {ApiKey::metadata, "one that is not there", {}, topic(Operation::describe, "none"), t, [this](C& k) { return look_up(k, "none", false); }},
      {ApiKey::metadata, "by id", {}, topic(Operation::describe), t, [this](C& k) { return look_up_by_id(k); }},
      {ApiKey::metadata, "all", {}, topic(Operation::describe), hidden, [this](C& k) { return look_up_all(k); }},
      {ApiKey::metadata, "that makes a topic", {topic(Operation::describe, "new1")}, topic(create, "new1"), t, [this](C& k) { return look_up(k, "new1", true); }},
      {ApiKey::metadata, "that makes a topic, by the cluster", {topic(Operation::describe, "new2")}, node(create), t, [this](C& k) { return look_up(k, "new2", true); }},
      {ApiKey::offset_commit, "the group", {topic(read)}, group(read), g, [this](C& k) { return commit(k); }},
      {ApiKey::offset_commit, "the topic", {group(read)}, topic(read), t, [this](C& k) { return commit(k); }},
      {ApiKey::offset_fetch, "1, the group", {topic(Operation::describe)}, group(Operation::describe), g, [this](C& k) { return fetch_offsets(k, 1); }},
      {ApiKey::offset_fetch, "7, the group", {topic(Operation::describe)}, group(Operation::describe), g, [this](C& k) { return fetch_offsets(k, 7); }},
      {ApiKey::offset_fetch, "8, the group", {topic(Operation::describe)}, group(Operation::describe), g, [this](C& k) { return fetch_offsets(k, 8); }},
      {ApiKey::offset_fetch, "the topic", {group(Operation::describe)}, topic(Operation::describe), t, [this](C& k) { return fetch_offsets(k, 7); }},
      {ApiKey::offset_fetch, "all topics", {group(Operation::describe)}, topic(Operation::describe), hidden, [this](C& k) { return fetch_all_offsets(k); }},
      {ApiKey::find_coordinator, "of a group", {}, group(Operation::describe), g, [this](C& k) { return coordinator(k, "g", 0, 3); }},
      {ApiKey::find_coordinator, "of a group, 4", {}, group(Operation::describe), g, [this](C& k) { return coordinator(k, "g", 0, 4); }},
      {ApiKey::find_coordinator, "of a transaction", {}, transaction(Operation::describe), x, [this](C& k) { return coordinator(k, "x", 1, 3); }},
      {ApiKey::join_group, "", {}, group(read), g, [this](C& k) { return join(k); }},
      {ApiKey::sync_group, "", {}, group(read), g, [this](C& k) { return sync(k); }},
      {ApiKey::heartbeat, "", {}, group(read), g, [this](C& k) { return beat(k); }},
      {ApiKey::leave_group, "", {}, group(read), g, [this](C& k) { return leave(k); }},
      {ApiKey::describe_groups, "", {}, group(Operation::describe), g, [this](C& k) { return describe_group(k); }},
      {ApiKey::list_groups, "by the group", {}, group(Operation::describe), hidden, [this](C& k) { return list_groups(k); }},
      {ApiKey::list_groups, "by the cluster", {}, node(Operation::describe), hidden, [this](C& k) { return list_groups(k); }},
      {ApiKey::create_topics, "by the topic", {}, topic(create, "made"), t, [this](C& k) { return create_topic(k); }},
      {ApiKey::create_topics, "by the cluster", {}, node(create), t, [this](C& k) { return create_topic(k); }},
      {ApiKey::create_topics, "its settings", {topic(create, "made")}, topic(Operation::describe_configs, "made"), t, [this](C& k) { return see_settings_of_new_topic(k); }},
      {ApiKey::delete_topics, "", {}, topic(remove, "doomed"), t, [this](C& k) { return delete_topic(k); }},
      {ApiKey::delete_topics, "by id", {}, topic(remove, "doomed-by-id"), t, [this, doomed](C& k) { return delete_topic_by_id(k, doomed); }},
      {ApiKey::delete_records, "", {}, topic(remove), t, [this](C& k) { return delete_records(k); }},
      {ApiKey::init_producer_id, "by the cluster", {}, node(idempotent_write), c, [this](C& k) { return init_producer(k, std::nullopt); }},
      {ApiKey::init_producer_id, "by any topic", {}, topic(write, "any"), c, [this](C& k) { return init_producer(k, std::nullopt); }},
      {ApiKey::init_producer_id, "transactional", {}, transaction(write), x, [this](C& k) { return init_producer(k, "x"); }},
      {ApiKey::offset_for_leader_epoch, "", {}, topic(Operation::describe), t, [this](C& k) { return epoch_end(k); }},
      {ApiKey::add_partitions_to_txn, "the transaction", {topic(write)}, transaction(write), x, [this](C& k) { return add_partitions(k); }},
      {ApiKey::add_partitions_to_txn, "the topic", {transaction(write)}, topic(write), t, [this](C& k) { return add_partitions(k); }},
      {ApiKey::add_offsets_to_txn, "the transaction", {group(read)}, transaction(write), x, [this](C& k) { return add_offsets(k); }},
      {ApiKey::add_offsets_to_txn, "the group", {transaction(write)}, group(read), g, [this](C& k) { return add_offsets(k); }},
      {ApiKey::end_txn, "", {}, transaction(write), x, [this](C& k) { return end_transaction(k); }},
      {ApiKey::txn_offset_commit, "the transaction", {group(read), topic(read)}, transaction(write), x, [this](C& k) { return commit_in_transaction(k); }},
      {ApiKey::txn_offset_commit, "the group", {transaction(write), topic(read)}, group(read), g, [this](C& k) { return commit_in_transaction(k); }},
      {ApiKey::txn_offset_commit, "the topic", {transaction(write), group(read)}, topic(read), t, [this](C& k) { return commit_in_transaction(k); }},
      {ApiKey::txn_offset_commit, "the group, 5", {transaction(write), topic(read)}, group(read), g, [this](C& k) { return commit_in_transaction(k, 5); }},
      {ApiKey::update_features, "", {}, node(alter), c, [this](C& k) { return update_features(k); }},
      {ApiKey::describe_acls, "", {}, node(Operation::describe), c, [this](C& k) { return describe_acls(k); }},
      {ApiKey::create_acls, "", {}, node(alter), c, [this](C& k) { return create_acl(k); }},
      {ApiKey::delete_acls, "", {}, node(alter), c, [this](C& k) { return delete_acl(k); }},
      {ApiKey::describe_configs, "of a topic", {}, topic(Operation::describe_configs), t, [this](C& k) { return describe_configs(k, 2, "t"); }},
      {ApiKey::describe_configs, "of the node", {}, node(Operation::describe_configs), c, [this](C& k) { return describe_configs(k, 4, ""); }},
      {ApiKey::describe_configs, "of loggers", {}, node(Operation::describe_configs), c, [this](C& k) { return describe_configs(k, 8, "0"); }},
      {ApiKey::describe_configs, "of client metrics", {}, node(Operation::describe_configs), c, [this](C& k) { return describe_configs(k, 16, "m"); }},
      {ApiKey::describe_configs, "of a group", {}, group(Operation::describe_configs), g, [this](C& k) { return describe_configs(k, 32, "g"); }},
      {ApiKey::alter_configs, "of a topic", {}, topic(Operation::alter_configs), t, [this](C& k) { return alter_configs(k, 2, "t"); }},
      {ApiKey::alter_configs, "of the node", {}, node(Operation::alter_configs), c, [this](C& k) { return alter_configs(k, 4, ""); }},
      {ApiKey::alter_configs, "of a group", {}, group(Operation::alter_configs), g, [this](C& k) { return alter_configs(k, 32, "g"); }},
      {ApiKey::incremental_alter_configs, "of a topic", {}, topic(Operation::alter_configs), t, [this](C& k) { return alter_configs_by_step(k, 2, "t"); }},
      {ApiKey::incremental_alter_configs, "of the node", {}, node(Operation::alter_configs), c, [this](C& k) { return alter_configs_by_step(k, 4, ""); }},
      {ApiKey::incremental_alter_configs, "of a group", {}, group(Operation::alter_configs), g, [this](C& k) { return alter_configs_by_step(k, 32, "g"); }},
      {ApiKey::alter_replica_log_dirs, "", {}, node(alter), c, [this](C& k) { return move_replica(k); }},
      {ApiKey::describe_log_dirs, "", {}, node(Operation::describe), c, [this](C& k) { return call<wire::DescribeLogDirsResponse>(k, wire::DescribeLogDirsRequest{}, 3).error_code; }},
      {ApiKey::create_partitions, "", {}, topic(alter), t, [this](C& k) {
         wire::CreatePartitionsRequest request;
         request.topics.push_back({"t", 2, std::nullopt});
         request.validate_only = true;
         return call<wire::CreatePartitionsResponse>(k, request, 1).results.at(0).error_code;
       }},
      {ApiKey::delete_groups, "", {}, group(remove, "none"), g, [this](C& k) { return call<wire::DeleteGroupsResponse>(k, wire::DeleteGroupsRequest{{"none"}}, 1).results.at(0).error_code; }},
      {ApiKey::elect_leaders, "", {}, node(alter), c, [this](C& k) { return elect(k); }},
      {ApiKey::alter_partition_reassignments, "", {}, node(alter), c, [this](C& k) { return reassign(k); }},
      {ApiKey::list_partition_reassignments, "", {}, node(Operation::describe), c,
       [this](C& k) { return call<wire::ListPartitionReassignmentsResponse>(k, wire::ListPartitionReassignmentsRequest{}, 0).error_code; }},
      {ApiKey::offset_delete, "the group", {topic(read)}, group(remove), g, [this](C& k) { return delete_offsets(k); }},
      {ApiKey::offset_delete, "the topic", {group(remove)}, topic(read), t, [this](C& k) { return delete_offsets(k); }},
      {ApiKey::describe_client_quotas, "", {}, node(Operation::describe_configs), c,
       [this](C& k) { return call<wire::DescribeClientQuotasResponse>(k, wire::DescribeClientQuotasRequest{}, 0).error_code; }},
      {ApiKey::describe_user_scram_credentials, "", {}, node(Operation::describe), c,
       [this](C& k) { return call<wire::DescribeUserScramCredentialsResponse>(k, wire::DescribeUserScramCredentialsRequest{}, 0).error_code; }},
      {ApiKey::alter_user_scram_credentials, "", {}, node(alter), c, [this](C& k) { return set_password(k); }},
      {ApiKey::describe_cluster, "what may be done", {}, node(Operation::describe), hidden, [this](C& k) { return describe_cluster(k); }},
      {ApiKey::describe_producers, "", {}, topic(read), t, [this](C& k) { return describe_producers(k); }},
      {ApiKey::describe_transactions, "", {}, transaction(Operation::describe), x, [this](C& k) { return describe_transaction(k); }},
      {ApiKey::list_transactions, "", {}, transaction(Operation::describe), hidden, [this](C& k) { return list_transactions(k); }},
      {ApiKey::consumer_group_heartbeat, "the group", {}, group(read, "new"), g, [this](C& k) { return consumer_beat(k, false); }},
      {ApiKey::consumer_group_heartbeat, "the topic", {group(read, "new")}, topic(Operation::describe), t, [this](C& k) { return consumer_beat(k, true); }},
      {ApiKey::consumer_group_describe, "the group", {topic(Operation::describe)}, group(Operation::describe, "new"), g, [this](C& k) { return consumer_describe(k); }},
      {ApiKey::consumer_group_describe, "the topics", {group(Operation::describe, "new")}, topic(Operation::describe), t, [this](C& k) { return consumer_describe(k); }},
      {ApiKey::list_config_resources, "", {}, node(Operation::describe_configs), c, [this](C& k) { return call<wire::ListConfigResourcesResponse>(k, wire::ListConfigResourcesRequest{}, 1).error_code; }},
      {ApiKey::describe_topic_partitions, "one", {}, topic(Operation::describe), t, [this](C& k) { return describe_topic(k); }},
      {ApiKey::describe_topic_partitions, "all", {}, topic(Operation::describe), hidden, [this](C& k) { return describe_all_topics(k); }},
  };
}

TEST_F(AuthorizationTest, EachApiAsksForWhatKafkaAsksFor) {
  auto& ana = as("ana");
  const auto acl = [](const Needs& needs, Operation operation) { return Acl{needs.resource, needs.name, Pattern::literal, "User:ana", "*", operation, Permission::allow}; };
  const auto change_all = [&](std::vector<SecurityCommand> commands) {
    if (commands.empty()) return;
    const auto done = run(security_->change(std::move(commands), "test", ""));
    ASSERT_TRUE(done) << done.error().text();
  };
  for (const auto& row : table()) {
    const std::string what = std::string(wire::find_api(row.api)->name) + " " + row.what;
    std::vector<SecurityCommand> give, others, take, take_back;
    for (const auto& needs : row.given) give.push_back(AddAcl{acl(needs, needs.operation)});
    for (const auto operation : operations_of(row.needs.resource)) {
      if (grants(operation, row.needs.operation)) continue;
      bool also_given = false;
      for (const auto& needs : row.given) also_given = also_given || (needs.resource == row.needs.resource && needs.name == row.needs.name && needs.operation == operation);
      if (also_given) continue;
      others.push_back(AddAcl{acl(row.needs, operation)});
      take.push_back(RemoveAcl{acl(row.needs, operation)});
    }
    change_all(std::move(give));
    EXPECT_EQ(row.ask(ana), row.refused) << what << ": without an ACL for it";
    change_all(std::move(others));
    EXPECT_EQ(row.ask(ana), row.refused) << what << ": with every operation but " << name_of(row.needs.operation);
    change_all(std::move(take));
    change(AddAcl{acl(row.needs, row.needs.operation)});
    EXPECT_FALSE(is_refusal(row.ask(ana))) << what << ": with " << name_of(row.needs.operation) << " of " << row.needs.name;
    take_back.push_back(RemoveAcl{acl(row.needs, row.needs.operation)});
    for (const auto& needs : row.given) take_back.push_back(RemoveAcl{acl(needs, needs.operation)});
    change_all(std::move(take_back));
  }
}

TEST_F(AuthorizationTest, NoApiIsForgotten) {
  const std::set<ApiKey> for_everybody{ApiKey::api_versions, ApiKey::sasl_handshake, ApiKey::sasl_authenticate};
  std::set<ApiKey> seen = for_everybody;
  for (const auto& row : table()) seen.insert(row.api);
  for (const auto& api : wire::apis) EXPECT_TRUE(seen.contains(api.key)) << api.name << " is in no row of the table";
}

}  // namespace
}  // namespace braid::broker
