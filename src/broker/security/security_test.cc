// The Kafka port with authentication: logins by each mechanism, what strangers get, ACLs as clients meet them, users over the protocol, a restart.
#include "broker/security/security.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>

#include "broker/security/testing.h"
#include "broker/server.h"
#include "storage/hidden_topics.h"
#include "wire/error_code.h"
#include "wire/messages_admin.h"
#include "wire/messages_core.h"
#include "wire/messages_data.h"
#include "wire/messages_groups.h"
#include "wire/messages_security.h"
#include "wire/messages_transactions.h"
#include "wire/record_batch.h"

namespace braid::broker {
namespace {

using wire::ApiKey;
using wire::KafkaError;
constexpr io::Milliseconds patience{20'000};   // ends a test that would hang; never decides one

struct Client {
  std::unique_ptr<io::Stream> stream;
  std::int32_t next = 1;
  std::deque<Bytes> kept;

  io::Task<Result<Bytes>> exchange(Bytes frame) {
    CO_TRY_VOID(co_await stream->write(frame, io::after(patience)));
    char length[4];
    CO_TRY_VOID(co_await stream->read_exactly(length, io::after(patience)));
    Bytes answer(load_be<std::uint32_t>(length), '\0');
    CO_TRY_VOID(co_await stream->read_exactly(answer, io::after(patience)));
    co_return answer;
  }
};

template <class Response, class Request> io::Task<Result<Response>> ask(Client& client, Request request, std::int16_t version) {
  wire::RequestHeader header{Request::message.api, version, client.next++, "test"};
  Bytes asked = wire::frame_request(header, request).flat();
  auto exchanging = client.exchange(std::move(asked));
  CO_TRY(auto frame, co_await std::move(exchanging));
  client.kept.push_back(std::move(frame));
  Reader in(client.kept.back());
  in.be<std::int32_t>();
  if (Response::message.api != ApiKey::api_versions && wire::find_api(Response::message.api)->flexible(version)) in.uvarint();
  co_return wire::decode<Response>(in.rest(), version);
}

Bytes framed(BytesView token) {
  Bytes out;
  Writer(out).be(std::uint32_t(token.size()));
  return out.append(token);
}

Bytes one_record() {
  wire::BatchBuilder builder;
  builder.add(1'000'000, "k", "v");
  return *builder.finish();
}

class SecurityTest : public ::testing::Test {
 public:
  SecurityTest() {
    std::string name = ::testing::TempDir() + "braid_security_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    options_.required = true;
    options_.super_users = {"admin"};
    start();
    add_user("admin");
    add_user("ana");
  }
  ~SecurityTest() override {
    stop();
    shards_->stop();
    std::filesystem::remove_all(directory_);
  }
  void start() {
    storage::LogOptions options;
    options.directory = directory_ + "/data";
    auto log = storage::Log::open(*files_, *shards_, options);
    ASSERT_TRUE(log) << log.error().text();
    log_ = *std::move(log);
    offsets_ = *run(storage::GroupOffsets::open(*log_, *shards_, 2));
    transactions_ = *run(storage::Transactions::open(*log_, *offsets_, *shards_));
    auto security = run(Security::open(*log_, *shards_, options_, metrics_));
    ASSERT_TRUE(security) << security.error().text();
    security_ = *std::move(security);
    Options broker;
    broker.endpoint = {"127.0.0.1", 0};
    broker.security = security_.get();
    server_ = *run(Server::start(*shards_, *log_, *offsets_, *transactions_, nullptr, broker, metrics_));
  }
  void stop() {
    clients_.clear();
    run(server_->close());
    run(security_->close());
    run(transactions_->close());
    run(offsets_->close());
    run(log_->close());
    server_.reset();
    security_.reset();
    transactions_.reset();
    offsets_.reset();
    log_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }

  static io::Task<Result<void>> set_user(Security* security, std::string user, std::string password) {
    auto hashing = security->hash_password(std::move(password), 4096);
    auto credentials = co_await std::move(hashing);
    std::vector<SecurityCommand> commands;
    commands.push_back(SetUser{std::move(user), std::move(credentials)});
    auto changing = security->change(std::move(commands), "test", "");
    CO_TRY_VOID(co_await std::move(changing));
    co_return Result<void>{};
  }
  void add_user(const std::string& user) { ASSERT_TRUE(run(set_user(security_.get(), user, "password of " + user))); }
  void change(SecurityCommand command) {
    std::vector<SecurityCommand> commands;
    commands.push_back(std::move(command));
    const auto done = run(security_->change(std::move(commands), "test", ""));
    ASSERT_TRUE(done) << done.error().text();
  }
  void add_acl(Resource resource, std::string name, Operation operation, Permission permission = Permission::allow, Pattern pattern = Pattern::literal, std::string principal = "User:ana") {
    change(AddAcl{{resource, std::move(name), pattern, std::move(principal), "*", operation, permission}});
  }

  Client& connect() {
    auto stream = run(io::connect(server_->endpoint(), io::after(patience)));
    EXPECT_TRUE(stream);
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->stream = *std::move(stream);
    return *clients_.back();
  }
  template <class Response, class Request> Response call(Client& c, Request request, std::int16_t version) {
    auto response = run(ask<Response>(c, std::move(request), version));
    EXPECT_TRUE(response) << response.error().text();
    return response ? *std::move(response) : Response{};
  }
  template <class Response, class Request> bool is_cut_off(Client& c, Request request, std::int16_t version) { return !run(ask<Response>(c, std::move(request), version)); }

  std::int16_t handshake(Client& c, const std::string& mechanism, std::int16_t version = 1) {
    return call<wire::SaslHandshakeResponse>(c, wire::SaslHandshakeRequest{mechanism}, version).error_code;
  }
  wire::SaslAuthenticateResponse token(Client& c, Bytes bytes, std::int16_t version = 2) {
    wire::SaslAuthenticateRequest request;
    request.auth_bytes.bytes = std::move(bytes);
    return call<wire::SaslAuthenticateResponse>(c, request, version);
  }
  static Bytes plain(const std::string& user, const std::string& password) { return Bytes(1, '\0') + user + Bytes(1, '\0') + password; }
  wire::SaslAuthenticateResponse log_in(Client& c, const std::string& user, const std::string& password, const std::string& mechanism = "PLAIN") {
    EXPECT_EQ(handshake(c, mechanism), 0);
    if (mechanism == "PLAIN") return token(c, plain(user, password));
    testing::ScramClient scram(*mechanism_named(mechanism), user, password);
    auto first = token(c, scram.first());
    if (first.error_code != 0) return first;
    auto last = token(c, scram.final(first.auth_bytes.bytes));
    EXPECT_TRUE(last.error_code != 0 || scram.accepts(last.auth_bytes.bytes));
    return last;
  }
  Client& as(const std::string& user) {
    auto& c = connect();
    EXPECT_EQ(log_in(c, user, "password of " + user).error_code, 0);
    return c;
  }
  void make_topic(const std::string& name) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({name, 1, 1, {}, {}});
    EXPECT_EQ((call<wire::CreateTopicsResponse>(as("admin"), request, 5).topics.at(0).error_code), 0);
  }
  std::int16_t produce(Client& c, const std::string& topic) {
    const Bytes batch = one_record();
    wire::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    auto& partition = data.partition_data.emplace_back();
    partition.records.emplace().pieces.push_back({batch, nullptr});
    return call<wire::ProduceResponse>(c, request, 7).responses.at(0).partition_responses.at(0).error_code;
  }
  std::int16_t fetch(Client& c, const std::string& topic) {
    wire::FetchRequest request;
    request.max_bytes = 1'000'000;
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    wanted.partitions.emplace_back().partition_max_bytes = 1'000'000;
    return call<wire::FetchResponse>(c, request, 11).responses.at(0).partitions.at(0).error_code;
  }
  wire::MetadataResponse metadata(Client& c, std::optional<std::vector<std::string>> names) {
    wire::MetadataRequest request;
    if (names) {
      request.topics.emplace();
      for (auto& name : *names) request.topics->emplace_back().name = name;
    }
    request.allow_auto_topic_creation = false;
    request.include_topic_authorized_operations = true;
    return call<wire::MetadataResponse>(c, request, 8);
  }

  SecurityOptions options_;
  Metrics metrics_;
  std::string directory_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> log_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<storage::Transactions> transactions_;
  std::unique_ptr<Security> security_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Client>> clients_;
};

std::int16_t number(KafkaError error) { return std::int16_t(error); }

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
