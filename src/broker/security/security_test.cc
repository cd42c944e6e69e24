// The Kafka port with authentication: logins by each mechanism, what strangers get, ACLs as clients meet them, users over the protocol, a restart.
#include "broker/security/test_port.h"

namespace braid::broker {
namespace {

TEST_F(SecurityTest, EachMechanismLetsTheRightPasswordIn) {
  for (const std::string mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    auto& right = connect();
    EXPECT_EQ(log_in(right, "ana", "password of ana", mechanism).error_code, 0) << mechanism;
    EXPECT_EQ(metadata(right, std::vector<std::string>{}).brokers.size(), 1u);
    for (const auto& [user, password] : {std::pair<std::string, std::string>{"ana", "wrong"}, {"nobody", "password of ana"}}) {
      auto& wrong = connect();
      const auto answer = log_in(wrong, user, password, mechanism);
      EXPECT_EQ(answer.error_code, number(KafkaError::sasl_authentication_failed)) << mechanism;
      EXPECT_TRUE(answer.error_message);
      EXPECT_TRUE(is_cut_off<wire::ApiVersionsResponse>(wrong, wire::ApiVersionsRequest{}, 0)) << "a failed login ends the connection";
    }
  }
  auto& old = connect();   // tokens without Kafka's headers
  EXPECT_EQ(handshake(old, "PLAIN", 0), 0);
  const auto empty = run(old.exchange(framed(plain("ana", "password of ana"))));
  ASSERT_TRUE(empty) << empty.error().text();
  EXPECT_EQ(*empty, "");
  EXPECT_EQ(metadata(old, std::vector<std::string>{}).brokers.size(), 1u);
}

TEST_F(SecurityTest, StrangersMayOnlyLogIn) {
  auto& c = connect();
  EXPECT_EQ((call<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{}, 0).error_code), 0);
  EXPECT_TRUE(is_cut_off<wire::MetadataResponse>(c, wire::MetadataRequest{}, 1));
  auto& no_handshake = connect();
  EXPECT_EQ(token(no_handshake, plain("ana", "password of ana")).error_code, number(KafkaError::illegal_sasl_state));
  EXPECT_TRUE(is_cut_off<wire::MetadataResponse>(no_handshake, wire::MetadataRequest{}, 1));
  auto& other = connect();
  const auto answer = call<wire::SaslHandshakeResponse>(other, wire::SaslHandshakeRequest{"GSSAPI"}, 1);
  EXPECT_EQ(answer.error_code, number(KafkaError::unsupported_sasl_mechanism));
  EXPECT_EQ(answer.mechanisms, (std::vector<std::string>{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}));
  auto& large = connect();   // nobody reserves memory for a stranger
  Bytes frame;
  Writer(frame).be(std::uint32_t(50'000'000));
  EXPECT_FALSE(run(large.exchange(frame)));
}

TEST_F(SecurityTest, AclsDecideAndTheSuperUserIsAbove) {
  make_topic("orders");
  make_topic("orders-eu");
  auto& ana = as("ana");
  EXPECT_EQ(produce(ana, "orders"), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(fetch(ana, "orders"), number(KafkaError::topic_authorization_failed));
  EXPECT_TRUE(metadata(ana, std::nullopt).topics.empty());
  EXPECT_EQ(metadata(ana, std::vector<std::string>{"orders"}).topics.at(0).error_code, number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(metadata(ana, std::vector<std::string>{"not-there"}).topics.at(0).error_code, number(KafkaError::topic_authorization_failed)) << "or it could be told what is there";
  add_acl(Resource::topic, "ord", Operation::read, Permission::allow, Pattern::prefixed);
  EXPECT_EQ(fetch(ana, "orders"), 0);
  EXPECT_EQ(produce(ana, "orders"), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(metadata(ana, std::nullopt).topics.size(), 2u);   // read implies describe
  EXPECT_EQ(metadata(ana, std::vector<std::string>{"orders"}).topics.at(0).topic_authorized_operations, (1 << 3) | (1 << 8));
  add_acl(Resource::topic, "*", Operation::write);
  EXPECT_EQ(produce(ana, "orders-eu"), 0);
  add_acl(Resource::topic, "orders-eu", Operation::all, Permission::deny, Pattern::literal, "User:*");
  EXPECT_EQ(produce(ana, "orders-eu"), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(produce(ana, "orders"), 0);
  EXPECT_EQ(produce(as("admin"), "orders-eu"), 0);
  wire::InitProducerIdRequest id;
  EXPECT_EQ((call<wire::InitProducerIdResponse>(ana, id, 4).error_code), 0) << "who may write some topic may be idempotent";
  id.transactional_id = "tx";
  EXPECT_EQ((call<wire::InitProducerIdResponse>(ana, id, 4).error_code), number(KafkaError::transactional_id_authorization_failed));
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  EXPECT_EQ((call<wire::HeartbeatResponse>(ana, beat, 3).error_code), number(KafkaError::group_authorization_failed));
  wire::CreateTopicsRequest create;
  create.topics.push_back({"mine", 1, 1, {}, {}});
  EXPECT_EQ((call<wire::CreateTopicsResponse>(ana, create, 5).topics.at(0).error_code), number(KafkaError::topic_authorization_failed));
  add_acl(Resource::cluster, std::string(cluster_name), Operation::create);
  EXPECT_EQ((call<wire::CreateTopicsResponse>(ana, create, 5).topics.at(0).error_code), 0);
}

TEST_F(SecurityTest, WhatNoAclConcernsMayBeOpenToAll) {
  stop();
  options_.allow_if_no_acl = true;
  start();
  make_topic("orders");
  make_topic("pay");
  auto& ana = as("ana");
  EXPECT_EQ(produce(ana, "orders"), 0);
  EXPECT_EQ(fetch(ana, "orders"), 0);
  EXPECT_NE(produce(ana, "__braid_security"), 0) << "hidden is hidden";
  EXPECT_NE(fetch(ana, "__braid_security"), 0);
  wire::InitProducerIdRequest id;
  EXPECT_EQ((call<wire::InitProducerIdResponse>(ana, id, 4).error_code), 0);
  add_acl(Resource::topic, "ord", Operation::read, Permission::allow, Pattern::prefixed, "User:bob");
  EXPECT_EQ(fetch(ana, "orders"), number(KafkaError::topic_authorization_failed)) << "an ACL concerns it, so ACLs decide";
  EXPECT_EQ(fetch(ana, "pay"), 0);
  for (const auto& topic : metadata(ana, std::nullopt).topics) EXPECT_NE(topic.name, "orders");
  add_acl(Resource::topic, "pay", Operation::write, Permission::deny);
  EXPECT_EQ(produce(ana, "pay"), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(fetch(ana, "pay"), number(KafkaError::topic_authorization_failed)) << "denied one thing, allowed none";
  EXPECT_TRUE(is_cut_off<wire::MetadataResponse>(connect(), wire::MetadataRequest{}, 1)) << "without a login nothing is open";
}

TEST_F(SecurityTest, NobodySeesTheTopicOfPasswords) {
  auto& admin = as("admin");
  for (const auto& topic : metadata(admin, std::nullopt).topics) EXPECT_NE(*topic.name, storage::security_topic);
  EXPECT_EQ(fetch(admin, storage::security_topic), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(produce(admin, storage::security_topic), number(KafkaError::topic_authorization_failed));
  wire::DeleteTopicsRequest request;
  request.topic_names = {storage::security_topic};
  EXPECT_EQ((call<wire::DeleteTopicsResponse>(admin, request, 3).responses.at(0).error_code), number(KafkaError::topic_authorization_failed));
  wire::FetchRequest by_id;
  by_id.max_bytes = 1'000'000;
  auto& wanted = by_id.topics.emplace_back();
  wanted.topic_id = log_->topics()->find(storage::security_topic)->id;
  wanted.partitions.emplace_back().partition_max_bytes = 1'000'000;
  const auto answer = call<wire::FetchResponse>(admin, by_id, 13).responses.at(0).partitions.at(0);
  EXPECT_NE(answer.error_code, 0);
  EXPECT_TRUE(!answer.records || answer.records->size() == 0);
}

TEST_F(SecurityTest, AclsAreManagedByTheProtocol) {
  auto& admin = as("admin");
  wire::CreateAclsRequest create;
  create.creations.push_back({2, "orders", 4, "User:ana", "*", 3, 3});
  create.creations.push_back({2, "", 3, "User:ana", "*", 3, 3});
  create.creations.push_back({3, "g", 3, "ana", "*", 3, 3});
  EXPECT_EQ((call<wire::CreateAclsResponse>(as("ana"), create, 2).results.at(0).error_code), number(KafkaError::cluster_authorization_failed));
  const auto made = call<wire::CreateAclsResponse>(admin, create, 2);
  ASSERT_EQ(made.results.size(), 3u);
  EXPECT_EQ(made.results[0].error_code, 0);
  EXPECT_EQ(made.results[1].error_code, number(KafkaError::invalid_request));
  EXPECT_EQ(made.results[2].error_code, number(KafkaError::invalid_request));
  wire::DescribeAclsRequest describe;
  describe.resource_type_filter = 1;
  describe.pattern_type_filter = 1;
  describe.operation = 1;
  describe.permission_type = 1;
  EXPECT_EQ((call<wire::DescribeAclsResponse>(as("ana"), describe, 2).error_code), number(KafkaError::cluster_authorization_failed));
  auto listed = call<wire::DescribeAclsResponse>(admin, describe, 2);
  ASSERT_EQ(listed.resources.size(), 1u);
  EXPECT_EQ(listed.resources[0].resource_name, "orders");
  EXPECT_EQ(listed.resources[0].pattern_type, 4);
  EXPECT_EQ(listed.resources[0].acls.at(0).principal, "User:ana");
  wire::DeleteAclsRequest remove;
  remove.filters.push_back({2, "orders-eu", 2, std::nullopt, std::nullopt, 1, 1});   // match: what concerns orders-eu
  EXPECT_EQ((call<wire::DeleteAclsResponse>(admin, remove, 2).filter_results.at(0).matching_acls.size()), 1u);
  EXPECT_TRUE((call<wire::DescribeAclsResponse>(admin, describe, 2).resources.empty()));
}

TEST_F(SecurityTest, UsersAreManagedByTheProtocol) {
  auto& admin = as("admin");
  const Bytes salt = "salt of twelve";
  wire::AlterUserScramCredentialsRequest request;
  request.upsertions.push_back({"bo", 1, 4096, {salt}, {pbkdf2(Hash::sha256, "password of bo", salt, 4096)}});
  request.upsertions.push_back({"weak", 1, 100, {salt}, {pbkdf2(Hash::sha256, "x", salt, 100)}});
  request.upsertions.push_back({"odd", 9, 4096, {salt}, {salt}});
  request.deletions.push_back({"nobody", 1});
  EXPECT_EQ((call<wire::AlterUserScramCredentialsResponse>(as("ana"), request, 0).results.at(0).error_code), number(KafkaError::cluster_authorization_failed));
  std::map<std::string, std::int16_t> seen;
  for (const auto& result : call<wire::AlterUserScramCredentialsResponse>(admin, request, 0).results) seen[result.user] = result.error_code;
  EXPECT_EQ(seen, (std::map<std::string, std::int16_t>{{"bo", 0}, {"weak", 93}, {"odd", 33}, {"nobody", 91}}));
  auto& bo = connect();
  EXPECT_EQ(log_in(bo, "bo", "password of bo", "SCRAM-SHA-256").error_code, 0);
  auto& other = connect();
  EXPECT_EQ(log_in(other, "bo", "password of bo", "SCRAM-SHA-512").error_code, number(KafkaError::sasl_authentication_failed)) << "there is no such credential";
  wire::DescribeUserScramCredentialsRequest describe;
  const auto all = call<wire::DescribeUserScramCredentialsResponse>(admin, describe, 0);
  ASSERT_EQ(all.results.size(), 3u);
  EXPECT_EQ(all.results[2].user, "bo");
  EXPECT_EQ(all.results[2].credential_infos.at(0).iterations, 4096);
  describe.users.emplace();
  describe.users->push_back({"cy"});
  EXPECT_EQ((call<wire::DescribeUserScramCredentialsResponse>(admin, describe, 0).results.at(0).error_code), 91);
  EXPECT_EQ(metadata(bo, std::vector<std::string>{}).brokers.size(), 1u);
  change(RemoveUser{"bo"});
  EXPECT_TRUE(is_cut_off<wire::MetadataResponse>(bo, wire::MetadataRequest{}, 1)) << "a user who was removed is gone at once";
}

TEST_F(SecurityTest, EverythingIsThereAfterARestart) {
  make_topic("orders");
  add_acl(Resource::topic, "orders", Operation::write);
  add_acl(Resource::topic, "orders", Operation::read);
  change(RemoveAcl{{Resource::topic, "orders", Pattern::literal, "User:ana", "*", Operation::read, Permission::allow}});
  add_user("gone");
  change(RemoveUser{"gone"});
  stop();
  start();
  auto& ana = as("ana");
  EXPECT_EQ(produce(ana, "orders"), 0);
  EXPECT_EQ(fetch(ana, "orders"), number(KafkaError::topic_authorization_failed));
  EXPECT_EQ(log_in(connect(), "gone", "password of gone").error_code, number(KafkaError::sasl_authentication_failed));
}

TEST_F(SecurityTest, AChangedPasswordIsNotRememberedAsRight) {
  EXPECT_EQ(log_in(connect(), "ana", "password of ana").error_code, 0);
  EXPECT_EQ(log_in(connect(), "ana", "password of ana").error_code, 0);
  ASSERT_TRUE(run(set_user(security_.get(), "ana", "another one")));
  EXPECT_EQ(log_in(connect(), "ana", "password of ana").error_code, number(KafkaError::sasl_authentication_failed));
  EXPECT_EQ(log_in(connect(), "ana", "another one").error_code, 0);
}

TEST_F(SecurityTest, ASessionMustBeRenewedByTheSameUser) {
  stop();
  options_.session_ms_max = 600'000;
  start();
  auto& c = connect();
  EXPECT_EQ(log_in(c, "ana", "password of ana").session_lifetime_ms, 600'000);
  EXPECT_EQ(log_in(c, "ana", "password of ana").error_code, 0);
  EXPECT_EQ(metadata(c, std::vector<std::string>{}).brokers.size(), 1u);
  EXPECT_EQ(log_in(c, "admin", "password of admin").error_code, number(KafkaError::sasl_authentication_failed));
  stop();
  options_.session_ms_max = 1;
  start();
  auto& brief = as("ana");
  const auto end = std::chrono::steady_clock::now() + patience;
  bool cut = false;   // the first request after the millisecond is refused, whenever that is
  while (!cut && std::chrono::steady_clock::now() < end) cut = is_cut_off<wire::MetadataResponse>(brief, wire::MetadataRequest{}, 1);
  EXPECT_TRUE(cut);
}

TEST_F(SecurityTest, WithoutAuthenticationAclsAreRefusedAndNobodyIsAsked) {
  stop();
  options_.required = false;
  start();
  auto& c = connect();
  EXPECT_EQ(handshake(c, "PLAIN"), number(KafkaError::illegal_sasl_state));
  wire::CreateTopicsRequest create;
  create.topics.push_back({"open", 1, 1, {}, {}});
  EXPECT_EQ((call<wire::CreateTopicsResponse>(c, create, 5).topics.at(0).error_code), 0);
  EXPECT_EQ(produce(c, "open"), 0);
  wire::CreateAclsRequest acls;
  acls.creations.push_back({2, "orders", 3, "User:ana", "*", 3, 3});
  EXPECT_EQ((call<wire::CreateAclsResponse>(c, acls, 2).results.at(0).error_code), number(KafkaError::security_disabled));
  wire::DescribeUserScramCredentialsRequest describe;
  EXPECT_EQ((call<wire::DescribeUserScramCredentialsResponse>(c, describe, 0).results.size()), 2u);
}

}  // namespace
}  // namespace braid::broker
