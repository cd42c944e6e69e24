// A Kafka port with authentication, for tests: a fixture with a log, users and a server, and a client that logs in. Included by *_test.cc alone.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>

#include "broker/security/security.h"
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

using wire::ApiKey;
using wire::KafkaError;
inline constexpr io::Milliseconds patience{20'000};   // ends a test that would hang; never decides one

struct TestClient {
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

template <class Response, class Request> io::Task<Result<Response>> ask(TestClient& client, Request request, std::int16_t version) {
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

inline Bytes framed(BytesView token) {
  Bytes out;
  Writer(out).be(std::uint32_t(token.size()));
  return out.append(token);
}

inline Bytes one_record() {
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

  TestClient& connect() {
    auto stream = run(io::connect(server_->endpoint(), io::after(patience)));
    EXPECT_TRUE(stream);
    clients_.push_back(std::make_unique<TestClient>());
    clients_.back()->stream = *std::move(stream);
    return *clients_.back();
  }
  template <class Response, class Request> Response call(TestClient& c, Request request, std::int16_t version) {
    auto response = run(ask<Response>(c, std::move(request), version));
    EXPECT_TRUE(response) << response.error().text();
    return response ? *std::move(response) : Response{};
  }
  template <class Response, class Request> bool is_cut_off(TestClient& c, Request request, std::int16_t version) { return !run(ask<Response>(c, std::move(request), version)); }

  std::int16_t handshake(TestClient& c, const std::string& mechanism, std::int16_t version = 1) {
    return call<wire::SaslHandshakeResponse>(c, wire::SaslHandshakeRequest{mechanism}, version).error_code;
  }
  wire::SaslAuthenticateResponse token(TestClient& c, Bytes bytes, std::int16_t version = 2) {
    wire::SaslAuthenticateRequest request;
    request.auth_bytes.bytes = std::move(bytes);
    return call<wire::SaslAuthenticateResponse>(c, request, version);
  }
  static Bytes plain(const std::string& user, const std::string& password) { return Bytes(1, '\0') + user + Bytes(1, '\0') + password; }
  wire::SaslAuthenticateResponse log_in(TestClient& c, const std::string& user, const std::string& password, const std::string& mechanism = "PLAIN") {
    EXPECT_EQ(handshake(c, mechanism), 0);
    if (mechanism == "PLAIN") return token(c, plain(user, password));
    testing::ScramClient scram(*mechanism_named(mechanism), user, password);
    auto first = token(c, scram.first());
    if (first.error_code != 0) return first;
    auto last = token(c, scram.final(first.auth_bytes.bytes));
    EXPECT_TRUE(last.error_code != 0 || scram.accepts(last.auth_bytes.bytes));
    return last;
  }
  TestClient& as(const std::string& user) {
    auto& c = connect();
    EXPECT_EQ(log_in(c, user, "password of " + user).error_code, 0);
    return c;
  }
  void make_topic(const std::string& name) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({name, 1, 1, {}, {}});
    EXPECT_EQ((call<wire::CreateTopicsResponse>(as("admin"), request, 5).topics.at(0).error_code), 0);
  }
  std::int16_t produce(TestClient& c, const std::string& topic) {
    const Bytes batch = one_record();
    wire::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    auto& partition = data.partition_data.emplace_back();
    partition.records.emplace().pieces.push_back({batch, nullptr});
    return call<wire::ProduceResponse>(c, request, 7).responses.at(0).partition_responses.at(0).error_code;
  }
  std::int16_t fetch(TestClient& c, const std::string& topic) {
    wire::FetchRequest request;
    request.max_bytes = 1'000'000;
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    wanted.partitions.emplace_back().partition_max_bytes = 1'000'000;
    return call<wire::FetchResponse>(c, request, 11).responses.at(0).partitions.at(0).error_code;
  }
  wire::MetadataResponse metadata(TestClient& c, std::optional<std::vector<std::string>> names) {
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
  std::vector<std::unique_ptr<TestClient>> clients_;
};

inline std::int16_t number(KafkaError error) { return std::int16_t(error); }

}  // namespace braid::broker
