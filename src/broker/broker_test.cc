// The Kafka port over a real socket: order, limits, malformed frames, long polls, the gate, groups over a restart.
#include "broker/added_partitions.h"
#include "broker/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <random>

#include "base/limits/kafka.h"
#include "io/test_certificates.h"
#include "wire/error_code.h"
#include "wire/messages_admin.h"
#include "wire/messages_cluster.h"
#include "wire/messages_consumer.h"
#include "wire/messages_core.h"
#include "wire/messages_data.h"
#include "wire/messages_groups.h"
#include "wire/messages_transactions.h"
#include "wire/record_batch.h"

namespace braid::broker {
namespace {

using wire::ApiKey;
using wire::KafkaError;
constexpr io::Milliseconds patience{20'000};   // ends a test that would hang; never decides one

class NoSecrets final : public Gate {   // nobody may touch "secret", and no batch longer than 200 bytes may enter "short"
 public:
  bool allows(const Caller&, Operation, Resource, std::string_view name) const override { return name != "secret"; }
  std::optional<Refusal> refuses(const Caller&, std::string_view topic, PartitionId, BytesView batch) const override {
    if (topic != "short" || batch.size() <= 200) return std::nullopt;
    return Refusal{{ErrorCode::forbidden, "too long for the contract"}, {{0, "this one"}}};
  }
};

struct Client {
  std::unique_ptr<io::Stream> stream;
  std::int32_t next = 1;
  std::deque<Bytes> kept;   // decoded records are views into these

  io::Task<Result<void>> send(Bytes frame) { co_return co_await stream->write(frame, io::after(patience)); }
  io::Task<Result<Bytes>> receive() {
    char length[4];
    CO_TRY_VOID(co_await stream->read_exactly(length, io::after(patience)));
    Bytes frame(load_be<std::uint32_t>(length), '\0');
    CO_TRY_VOID(co_await stream->read_exactly(frame, io::after(patience)));
    co_return frame;
  }
  template <class Request> Bytes frame(const Request& request, std::int16_t version) {
    wire::RequestHeader header{Request::message.api, version, next++, "test"};
    return wire::frame_request(header, request).flat();
  }
  template <class Response> static Result<Response> read(BytesView frame, std::int16_t version) {
    Reader in(frame);
    in.be<std::int32_t>();
    if (Response::message.api != ApiKey::api_versions && wire::find_api(Response::message.api)->flexible(version)) in.uvarint();
    return wire::decode<Response>(in.rest(), version);
  }
};

template <class Response, class Request> io::Task<Result<Response>> ask(Client& client, Request request, std::int16_t version) {
  CO_TRY_VOID(co_await client.send(client.frame(request, version)));
  CO_TRY(auto frame, co_await client.receive());
  client.kept.push_back(std::move(frame));
  co_return Client::read<Response>(client.kept.back(), version);
}

class BrokerTest : public testing::Test {
 public:
  BrokerTest() {
    std::string name = testing::TempDir() + "braid_broker_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    start();
  }
  ~BrokerTest() override {
    clients_.clear();
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
    auto offsets = run(storage::GroupOffsets::open(*log_, *shards_, 2));
    ASSERT_TRUE(offsets) << offsets.error().text();
    offsets_ = *std::move(offsets);
    auto transactions = run(storage::Transactions::open(*log_, *offsets_, *shards_));
    ASSERT_TRUE(transactions) << transactions.error().text();
    transactions_ = *std::move(transactions);
    auto server = run(Server::start(*shards_, *log_, *offsets_, *transactions_, &gate_, options_, metrics_));
    ASSERT_TRUE(server) << server.error().text();
    server_ = *std::move(server);
  }
  void stop() {
    run(server_->close());
    run(transactions_->close());
    run(offsets_->close());
    run(log_->close());
    server_.reset();
    transactions_.reset();
    offsets_.reset();
    log_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  Client& client() {
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
  void make_topic(Client& c, const std::string& name) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({name, 2, 1, {}, {}});
    EXPECT_EQ((call<wire::CreateTopicsResponse>(c, request, 5).topics.at(0).error_code), 0);
  }
  // Connections race: what one client has sent may arrive after what another sends later.
  void wait_for_state(const std::string& group, std::string_view state) {
    auto& c = client();
    wire::DescribeGroupsRequest describe;
    describe.groups = {group};
    std::string seen;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (seen != state && std::chrono::steady_clock::now() < end) seen = call<wire::DescribeGroupsResponse>(c, describe, 1).groups.at(0).group_state;
    EXPECT_EQ(seen, state);
  }
  double malformed() { return metrics_.counter("braid_kafka_malformed_requests_total", "").value(); }

  NoSecrets gate_;
  Options options_{{"127.0.0.1", 0}};
  Metrics metrics_;
  std::string directory_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> log_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<storage::Transactions> transactions_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Client>> clients_;
};

wire::ProduceRequest produce_request(const std::string& topic, const Bytes& batch, std::int16_t acks = -1, std::int32_t partition = 0) {
  wire::ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 1000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  auto& p = data.partition_data.emplace_back();
  p.index = partition;
  p.records.emplace().pieces.push_back({BytesView(batch)});
  return request;
}
Bytes batch_of(std::vector<std::string> values) {
  wire::BatchBuilder builder;
  for (const auto& v : values) builder.add(1'700'000'000'000, std::nullopt, BytesView(v));
  return *builder.finish();
}
wire::FetchRequest fetch_request(const std::string& topic, std::int64_t from, std::int32_t wait_ms, std::int32_t min_bytes = 1, std::int32_t max_bytes = 1 << 20) {
  wire::FetchRequest request;
  request.max_wait_ms = wait_ms;
  request.min_bytes = min_bytes;
  request.max_bytes = max_bytes;
  auto& t = request.topics.emplace_back();
  t.topic = topic;
  for (std::int32_t i = 0; i < 2; ++i) {
    auto& p = t.partitions.emplace_back();
    p.partition = i;
    p.fetch_offset = i == 0 ? from : 0;
    p.partition_max_bytes = max_bytes;
  }
  return request;
}

TEST_F(BrokerTest, ApiVersionsOfTheFutureAreAnsweredInVersion0) {
  auto& c = client();
  const auto now = call<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{"test", "1.0"}, 3);
  EXPECT_EQ(now.error_code, 0);
  EXPECT_EQ(now.api_keys.size(), wire::apis.size());
  Bytes future;   // header v2 of an unknown version 99 with a body we cannot read
  Writer w(future);
  w.be<std::uint32_t>(2 + 2 + 4 + 2 + 1 + 3);
  w.be<std::int16_t>(18);
  w.be<std::int16_t>(99);
  w.be<std::int32_t>(5);
  w.be<std::int16_t>(-1);
  w.bytes(BytesView("\0xyz", 4));
  ASSERT_TRUE(run(c.send(future)));
  const auto frame = run(c.receive());
  ASSERT_TRUE(frame) << frame.error().text();
  const auto answer = Client::read<wire::ApiVersionsResponse>(*frame, 0);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error_code, std::int16_t(KafkaError::unsupported_version));
  EXPECT_FALSE(answer->api_keys.empty());
  EXPECT_EQ((call<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{"bad name!", "1"}, 3).error_code), std::int16_t(KafkaError::invalid_request));
}

TEST_F(BrokerTest, MalformedFramesCloseTheirConnectionAndNothingElse) {
  auto& good = client();
  make_topic(good, "t");
  const auto closes = [&](Bytes frame) {
    auto& bad = client();
    EXPECT_TRUE(run(bad.send(std::move(frame))));
    return !run(bad.receive());
  };
  EXPECT_TRUE(closes(Bytes("\xff\xff\xff\xff", 4)));                      // negative length
  EXPECT_TRUE(closes(Bytes("\x7f\xff\xff\xff", 4)));                      // 2 GiB announced
  EXPECT_TRUE(closes(Bytes("\0\0\0\4\0\3\0\1", 8)));                      // shorter than a header
  EXPECT_TRUE(closes(Bytes("\0\0\0\x0a\x7f\0\0\0\0\0\0\1\xff\xff", 14)));  // no such API
  EXPECT_TRUE(closes(Bytes("\0\0\0\x0a\0\3\0\x63\0\0\0\1\xff\xff", 14)));  // Metadata version 99
  EXPECT_TRUE(closes(Bytes("\0\0\0\x0e\0\3\0\1\0\0\0\1\xff\xff\x7f\xff\xff\xff", 18)));   // two billion topics
  const auto before = malformed();
  EXPECT_GE(before, 6);
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {   // any bytes behind a header that looks right
    Bytes body(random() % 80, '\0');
    for (auto& b : body) b = char(random());
    Bytes frame;
    Writer w(frame);
    const auto& api = wire::apis[random() % wire::apis.size()];
    if (api.key == ApiKey::join_group || api.key == ApiKey::fetch) continue;   // may rightly wait
    w.be(std::uint32_t(body.size() + 10));
    w.be(std::int16_t(api.key));
    w.be(std::int16_t(api.max));
    w.be<std::int32_t>(i);
    w.be<std::int16_t>(-1);
    w.bytes(body);
    auto& bad = client();
    ASSERT_TRUE(run(bad.send(std::move(frame))));
    bad.stream->peer();
    (void)run(bad.receive());
    shards_->control().post([s = std::move(bad.stream)] { s->close(); });
    clients_.pop_back();
  }
  EXPECT_EQ((call<wire::MetadataResponse>(good, wire::MetadataRequest{}, 1).topics.size()), 3u);   // ours, __consumer_offsets and __transaction_state
}

io::Task<std::unique_ptr<io::Stream>> secured(std::unique_ptr<io::Stream> stream, std::shared_ptr<const io::TlsClient> trust) {
  auto tls = trust->wrap(std::move(stream), "localhost", {});
  const auto done = co_await tls->handshake(io::after(patience));
  EXPECT_TRUE(done) << done.error().text();
  co_return std::unique_ptr<io::Stream>(std::move(tls));
}

TEST_F(BrokerTest, SpeaksTls) {
  io::TestCertificates certificates;
  certificates.issue("node", "DNS:localhost");
  stop();
  options_.tls = *io::TlsServer::open(io::TlsFiles{certificates.path("node.crt"), certificates.path("node.key"), ""});
  start();
  const std::shared_ptr<const io::TlsClient> trust = *io::TlsClient::open(io::TlsTrust{certificates.path("ca.crt"), "--ca", "", ""});
  auto& c = client();
  c.stream = run(secured(std::move(c.stream), trust));
  make_topic(c, "t");
  const Bytes batch = batch_of({std::string(500'000, 'x')});
  for (int i = 0; i < 3; ++i) EXPECT_EQ((call<wire::ProduceResponse>(c, produce_request("t", batch), 9).responses.at(0).partition_responses.at(0).error_code), 0);
  const auto fetched = call<wire::FetchResponse>(c, fetch_request("t", 0, 100), 11);
  EXPECT_EQ(fetched.responses.at(0).partitions.at(0).high_watermark, 3);
  // Who speaks plain Kafka is closed without a word, and stands in the metrics.
  auto& plain = client();
  EXPECT_TRUE(run(plain.send(plain.frame(wire::ApiVersionsRequest{}, 0))));
  EXPECT_FALSE(run(plain.receive()));
  EXPECT_EQ(metrics_.counter("braid_tls_handshake_failures_total", "", {{"listener", "kafka"}}).value(), 1);
  // Half a handshake holds up nobody, the stop included.
  auto& half = client();
  EXPECT_TRUE(run(half.send(Bytes("\x16\x03\x01", 3))));
  EXPECT_EQ((call<wire::MetadataResponse>(c, wire::MetadataRequest{}, 1).topics.size()), 3u);
}

TEST_F(BrokerTest, ADamagedPartitionIsToldToReadersAndTheOthersGoOn) {
  auto& before = client();
  make_topic(before, "t");
  const Bytes batch = batch_of({"a"});
  for (std::int32_t partition = 0; partition < 2; ++partition) call<wire::ProduceResponse>(before, produce_request("t", batch, -1, partition), 9);
  const auto id = log_->topics()->find("t")->id;
  clients_.clear();
  stop();   // writes the segments
  {
    auto file = *files_->open(directory_ + "/data/partitions/" + to_text(id) + "/0/00000000000000000000.log", io::OpenMode::read_write);
    ASSERT_TRUE(file->write_at(65, BytesView("damage")));
  }
  start();
  auto& c = client();
  const auto fetched = call<wire::FetchResponse>(c, fetch_request("t", 0, 100), 11);
  const auto& partitions = fetched.responses.at(0).partitions;
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].error_code, std::int16_t(wire::KafkaError::corrupt_message));
  EXPECT_EQ(partitions[1].error_code, 0);
  EXPECT_EQ(partitions[1].high_watermark, 1);
  EXPECT_EQ((call<wire::ProduceResponse>(c, produce_request("t", batch), 9).responses.at(0).partition_responses.at(0).error_code), 0);   // behind the damage
}

// Requests that are announced and never come hold memory that others wait for: they are cut, and never is more taken than there is.
TEST_F(BrokerTest, HalfSentRequestsNeitherFillTheMemoryNorStopTheOthers) {
  stop();
  options_.request_memory = 2 * limits::MiB;
  options_.slow_request_ms = 50;
  start();
  auto& held = metrics_.gauge("braid_kafka_request_memory_bytes", "");
  for (int i = 0; i < 40; ++i) {
    auto& half = client();
    Bytes begin;
    Writer w(begin);
    w.be(std::uint32_t(700 * limits::KiB));
    w.bytes(Bytes(100, 'x'));
    EXPECT_TRUE(run(half.send(std::move(begin))));
    EXPECT_LE(held.value(), double(options_.request_memory));
  }
  for (int i = 0; i < 2; ++i) {   // one on each shard
    auto& good = client();
    wire::ProduceRequest request = produce_request("nowhere", batch_of({"x"}));
    const Bytes batch = batch_of({std::string(600 * limits::KiB, 'x')});
    request.topic_data.at(0).partition_data.at(0).records->pieces = {{BytesView(batch)}};
    EXPECT_EQ((call<wire::ProduceResponse>(good, request, 9).responses.at(0).partition_responses.at(0).error_code), std::int16_t(wire::KafkaError::unknown_topic_or_partition));
    EXPECT_LE(held.value(), double(options_.request_memory));
  }
  EXPECT_GE(metrics_.counter("braid_kafka_slow_requests_cut_total", "").value(), 1);
}

TEST_F(BrokerTest, RefusesTooManyConnectionsOfOneAddress) {
  stop();
  options_.connections_per_address = 2;
  start();
  const auto answered = [&](Client& c) { return bool(run(ask<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{}, 0))); };
  auto& first = client();
  EXPECT_TRUE(answered(first));
  EXPECT_TRUE(answered(client()));
  EXPECT_FALSE(answered(client()));
  EXPECT_EQ(metrics_.counter("braid_kafka_connections_refused_total", "").value(), 1);
  shards_->control().post([s = std::move(first.stream)] { s->close(); });
  const auto end = std::chrono::steady_clock::now() + patience;   // the place is free once the broker has seen the end
  while (!answered(client())) ASSERT_LT(std::chrono::steady_clock::now(), end);
}

io::Task<Result<std::vector<Bytes>>> pipeline(Client& c, std::vector<Bytes> frames, std::size_t answers) {
  for (auto& frame : frames) CO_TRY_VOID(co_await c.send(std::move(frame)));
  std::vector<Bytes> out;
  while (out.size() < answers) {
    CO_TRY(auto frame, co_await c.receive());
    out.push_back(std::move(frame));
  }
  co_return out;
}

TEST_F(BrokerTest, AnswersComeInTheOrderOfRequestsAndBatchesKeepTheirs) {
  auto& c = client();
  make_topic(c, "t");
  std::vector<Bytes> frames, batches;
  for (int i = 0; i < 50; ++i) batches.push_back(batch_of({"v" + std::to_string(i)}));
  const auto first = c.next;
  for (int i = 0; i < 50; ++i) {
    frames.push_back(c.frame(produce_request("t", batches[std::size_t(i)], i % 10 == 5 ? 0 : -1, i % 2), 7));   // acks=0 gets no answer
    if (i % 20 == 19) frames.push_back(c.frame(wire::MetadataRequest{}, 1));
  }
  const auto answers = run(pipeline(c, std::move(frames), 45 + 2));
  ASSERT_TRUE(answers) << answers.error().text();
  std::int32_t last = first - 1;
  std::map<int, std::int64_t> next_offset;
  for (const auto& answer : *answers) {
    const auto id = load_be<std::int32_t>(answer.data());
    EXPECT_GT(id, last);
    last = id;
  }
  const auto got = call<wire::FetchResponse>(c, fetch_request("t", 0, 1000), 11);
  for (const auto& p : got.responses.at(0).partitions) {
    auto bytes = p.records->flat();
    BytesView rest(bytes);
    int expected = p.partition_index;
    while (auto batch = wire::next_batch_unchecked(rest)) {
      EXPECT_NE(batch->bytes.find("v" + std::to_string(expected)), BytesView::npos);
      expected += 2;
    }
    EXPECT_EQ(expected, 50 + p.partition_index);
  }
}

TEST_F(BrokerTest, ProduceSaysWhatIsWrong) {
  auto& c = client();
  make_topic(c, "t");
  make_topic(c, "short");
  const auto outcome = [&](wire::ProduceRequest request, std::int16_t version = 8) {
    return call<wire::ProduceResponse>(c, std::move(request), version).responses.at(0).partition_responses.at(0);
  };
  const auto good = batch_of({"x"});
  EXPECT_EQ(outcome(produce_request("t", good)).error_code, 0);
  EXPECT_EQ(outcome(produce_request("nothing", good)).error_code, std::int16_t(KafkaError::unknown_topic_or_partition));
  EXPECT_EQ(outcome(produce_request("t", good, -1, 7)).error_code, std::int16_t(KafkaError::unknown_topic_or_partition));
  EXPECT_EQ(outcome(produce_request("t", good, 5)).error_code, std::int16_t(KafkaError::invalid_required_acks));
  EXPECT_EQ(outcome(produce_request("t", good), 2).error_code, std::int16_t(KafkaError::unsupported_version));
  EXPECT_EQ(outcome(produce_request("t", good + good)).error_code, std::int16_t(KafkaError::invalid_record));
  EXPECT_EQ(outcome(produce_request("__consumer_offsets", good)).error_code, std::int16_t(KafkaError::invalid_topic_exception));
  auto torn = good;
  torn.back() ^= 1;
  EXPECT_EQ(outcome(produce_request("t", torn)).error_code, std::int16_t(KafkaError::corrupt_message));
  EXPECT_EQ(outcome(produce_request("secret", good)).error_code, std::int16_t(KafkaError::topic_authorization_failed));
  const auto refused = outcome(produce_request("short", batch_of({Bytes(500, 'x')})));
  EXPECT_EQ(refused.error_code, std::int16_t(KafkaError::invalid_record));
  EXPECT_EQ(refused.error_message, "too long for the contract");
  ASSERT_EQ(refused.record_errors.size(), 1u);
  EXPECT_EQ(refused.record_errors[0].batch_index_error_message, "this one");
  auto another = produce_request("t", good);
  another.transactional_id = "secret";
  EXPECT_EQ(outcome(another).error_code, std::int16_t(KafkaError::transactional_id_authorization_failed));
}

io::Task<Result<wire::FetchResponse>> fetch_while_producing(Client& reader, Client& writer, wire::FetchRequest fetch, wire::ProduceRequest produce) {
  CO_TRY_VOID(co_await reader.send(reader.frame(fetch, 11)));
  auto producing = ask<wire::ProduceResponse>(writer, std::move(produce), 7);
  CO_TRY(const auto produced, co_await std::move(producing));
  CO_TRY(auto frame, co_await reader.receive());
  reader.kept.push_back(std::move(frame));
  co_return Client::read<wire::FetchResponse>(reader.kept.back(), 11);
}

TEST_F(BrokerTest, ALongPollEndsWithTheRecordItWaitsFor) {
  auto& reader = client();
  auto& writer = client();
  make_topic(writer, "t");
  const auto batch = batch_of({"news"});
  const auto got = run(fetch_while_producing(reader, writer, fetch_request("t", 0, 100'000), produce_request("t", batch)));
  ASSERT_TRUE(got) << got.error().text();   // well before its 100 s: the test's own patience is 20 s
  EXPECT_EQ(got->responses.at(0).partitions.at(0).records->size(), batch.size());
  EXPECT_EQ(got->session_id, 0);
}

TEST_F(BrokerTest, AStopEndsLongPolls) {
  auto& reader = client();
  make_topic(reader, "t");
  ASSERT_TRUE(run(reader.send(reader.frame(fetch_request("t", 0, 290'000), 11))));
  run(ask<wire::MetadataResponse>(client(), wire::MetadataRequest{}, 1));   // the fetch has most likely begun
  stop();
  start();
}

TEST_F(BrokerTest, AStopReleasesParkedMembers) {
  auto& leader = client();
  auto& follower = client();
  wire::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 30'000;
  join.rebalance_timeout_ms = 300'000;
  join.protocol_type = "consumer";
  join.protocols = {{"range", {"meta"}}};
  const auto one = call<wire::JoinGroupResponse>(leader, join, 3);   // version 3 needs no id first
  ASSERT_EQ(one.error_code, 0);
  ASSERT_TRUE(run(follower.send(follower.frame(join, 3))));
  wait_for_state("g", "PreparingRebalance");                       // parked: the leader has not come back
  auto again = join;
  again.member_id = one.member_id;
  call<wire::JoinGroupResponse>(leader, again, 3);                 // both are in generation 2 now
  const auto joined = run(follower.receive());
  ASSERT_TRUE(joined);
  wire::SyncGroupRequest sync;
  sync.group_id = "g";
  sync.generation_id = 2;
  sync.member_id = Client::read<wire::JoinGroupResponse>(*joined, 3)->member_id;
  ASSERT_TRUE(run(follower.send(follower.frame(sync, 1))));        // parked: the leader has assigned nothing
  auto& third = client();
  ASSERT_TRUE(run(third.send(third.frame(join, 3))));
  run(ask<wire::MetadataResponse>(client(), wire::MetadataRequest{}, 1));
  stop();   // must not hang, and must not answer one with the other's kind
  start();
}

TEST_F(BrokerTest, FetchGivesAtLeastOneBatchAndKeepsTheLimits) {
  auto& c = client();
  make_topic(c, "t");
  const auto batch = batch_of({Bytes(1000, 'a')});
  for (int i = 0; i < 3; ++i)
    for (int p = 0; p < 2; ++p) call<wire::ProduceResponse>(c, produce_request("t", batch, -1, p), 7);
  const auto tiny = call<wire::FetchResponse>(c, fetch_request("t", 0, 100, 1, 10), 11);
  EXPECT_EQ(tiny.responses.at(0).partitions.at(0).records->size(), batch.size());   // KIP-74
  EXPECT_EQ(tiny.responses.at(0).partitions.at(1).records->size(), 0u);
  EXPECT_EQ(tiny.responses.at(0).partitions.at(1).high_watermark, 3);
  const auto two = call<wire::FetchResponse>(c, fetch_request("t", 0, 100, 1, std::int32_t(2 * batch.size())), 11);
  EXPECT_EQ(two.responses.at(0).partitions.at(0).records->size(), 2 * batch.size());
  const auto beyond = call<wire::FetchResponse>(c, fetch_request("t", 9, 5'000), 11);
  EXPECT_EQ(beyond.responses.at(0).partitions.at(0).error_code, std::int16_t(KafkaError::offset_out_of_range));
  auto secret = fetch_request("secret", 0, 0);
  EXPECT_EQ((call<wire::FetchResponse>(c, secret, 11).responses.at(0).partitions.at(0).error_code), std::int16_t(KafkaError::topic_authorization_failed));
}

TEST_F(BrokerTest, TrafficIsCountedPerClientAndTopic) {
  auto& c = client();
  make_topic(c, "t");
  const auto batch = batch_of({"a", "b", "c"});
  call<wire::ProduceResponse>(c, produce_request("t", batch), 7);
  call<wire::FetchResponse>(c, fetch_request("t", 0, 100), 11);
  const auto seen = run(server_->traffic());
  ASSERT_EQ(seen.traffic.size(), 2u);
  EXPECT_TRUE(seen.groups.empty());
  for (const auto& t : seen.traffic) {
    EXPECT_EQ(t.client_id, "test");
    EXPECT_EQ(t.principal, "anonymous");
    EXPECT_EQ(t.host, "127.0.0.1");
    EXPECT_EQ(t.topic, "t");
    EXPECT_EQ(t.records, 3u);
    EXPECT_EQ(t.bytes, batch.size());
  }
}

TEST_F(BrokerTest, ClientsAreNotedWithTheirGroupAndItsTopics) {
  auto& c = client();
  make_topic(c, "t");
  wire::JoinGroupRequest join;
  join.group_id = "readers";
  join.session_timeout_ms = join.rebalance_timeout_ms = 30'000;
  join.protocol_type = "consumer";
  join.protocols = {{"range", {Bytes("\0\1\0\0\0\1\0\1t\0\0\0\0", 13)}}};   // version 1, one topic, no user data
  call<wire::JoinGroupResponse>(c, join, 3);
  join.group_id = "others";
  join.protocols = {{"range", {Bytes("\0\1\0\0\0\7", 6)}}};   // says seven topics and has none
  call<wire::JoinGroupResponse>(c, join, 3);
  wire::OffsetCommitRequest commit;   // without membership
  commit.group_id = "simple";
  commit.topics = {{"t", {{0, 1}}}};
  call<wire::OffsetCommitResponse>(c, commit, 8);
  const auto seen = run(server_->traffic());
  ASSERT_EQ(seen.groups.size(), 3u);
  for (const auto& use : seen.groups) {
    EXPECT_EQ(use.client_id, "test");
    EXPECT_EQ(use.host, "127.0.0.1");
    EXPECT_GT(use.last_seen_ms, 0);
    EXPECT_EQ(use.topics, use.group == "others" ? std::set<std::string>{} : std::set<std::string>{"t"}) << use.group;
  }
}

TEST(Traffic, ABoundedTableCountsTheRestTogether) {
  TrafficTable table;
  for (std::size_t i = 0; i < limits::traffic_entries_max + 50; ++i) table.add({"p", "client-" + std::to_string(i), "h"}, "t", Direction::fetched, 1, 2, 3, std::int64_t(i));
  const auto all = table.list();
  EXPECT_EQ(all.size(), limits::traffic_entries_max + 1);
  const auto rest = std::ranges::find(all, "(others)", &Traffic::client_id);
  ASSERT_NE(rest, all.end());
  EXPECT_EQ(rest->records, 100u);
  TrafficTable sum;
  sum.merge(all), sum.merge({{"p", "client-0", "h", "t", Direction::fetched, -5, 9, 1, 2, 3}});
  const auto first = sum.list();
  const auto merged = std::ranges::find(first, "client-0", &Traffic::client_id);
  EXPECT_EQ(merged->records, 4u);
  EXPECT_EQ(merged->first_seen_ms, -5);
  EXPECT_EQ(merged->last_seen_ms, 9);
}

TEST_F(BrokerTest, GroupsAndOffsetsSurviveARestart) {
  auto* c = &client();
  make_topic(*c, "t");
  wire::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 30'000;
  join.rebalance_timeout_ms = 30'000;
  join.protocol_type = "consumer";
  join.protocols = {{"range", {"meta"}}};
  join.member_id = call<wire::JoinGroupResponse>(*c, join, 7).member_id;   // MEMBER_ID_REQUIRED
  const auto joined = call<wire::JoinGroupResponse>(*c, join, 7);
  ASSERT_EQ(joined.error_code, 0);
  wire::SyncGroupRequest sync;
  sync.group_id = "g";
  sync.generation_id = joined.generation_id;
  sync.member_id = join.member_id;
  sync.assignments = {{join.member_id, {"mine"}}};
  EXPECT_EQ((call<wire::SyncGroupResponse>(*c, sync, 5).assignment.bytes), "mine");
  wire::OffsetCommitRequest commit;
  commit.group_id = "g";
  commit.generation_id = joined.generation_id;
  commit.member_id = join.member_id;
  commit.topics = {{"t", {{0, 42, -1, -1, "note"}, {9, 1, -1, -1, ""}}}};
  const auto committed = call<wire::OffsetCommitResponse>(*c, commit, 8);
  EXPECT_EQ(committed.topics.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(committed.topics.at(0).partitions.at(1).error_code, std::int16_t(KafkaError::unknown_topic_or_partition));

  clients_.clear();
  stop();
  start();
  c = &client();
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = joined.generation_id;
  beat.member_id = join.member_id;
  EXPECT_EQ((call<wire::HeartbeatResponse>(*c, beat, 4).error_code), 0);
  wire::OffsetFetchRequest fetch;
  fetch.groups = {{"g", std::nullopt, -1, std::nullopt}};
  const auto fetched = call<wire::OffsetFetchResponse>(*c, fetch, 8);
  EXPECT_EQ(fetched.groups.at(0).topics.at(0).partitions.at(0).committed_offset, 42);
  EXPECT_EQ(fetched.groups.at(0).topics.at(0).partitions.at(0).metadata, "note");
  wire::DeleteGroupsRequest gone;
  gone.groups_names = {"g", "nobody"};
  const auto refused = call<wire::DeleteGroupsResponse>(*c, gone, 2);
  EXPECT_EQ(refused.results.at(0).error_code, std::int16_t(KafkaError::group_id_not_empty));
  EXPECT_EQ(refused.results.at(1).error_code, std::int16_t(KafkaError::group_id_not_found));
  wire::LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.members = {{join.member_id, std::nullopt, std::nullopt}};
  EXPECT_EQ((call<wire::LeaveGroupResponse>(*c, leave, 5).members.at(0).error_code), 0);
  EXPECT_EQ((call<wire::DeleteGroupsResponse>(*c, gone, 2).results.at(0).error_code), 0);
  EXPECT_TRUE((call<wire::OffsetFetchResponse>(*c, fetch, 8).groups.at(0).topics.empty()));
}

// --- transactions

struct Producer {
  std::string id;
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t sequence = 0;
};
Producer begin_producer(BrokerTest& test, Client& c, const std::string& id) {
  wire::InitProducerIdRequest request;
  request.transactional_id = id;
  request.transaction_timeout_ms = 60'000;
  const auto response = test.call<wire::InitProducerIdResponse>(c, request, 4);
  EXPECT_EQ(response.error_code, 0);
  return {id, response.producer_id, response.producer_epoch};
}
std::int16_t add_partition(BrokerTest& test, Client& c, const Producer& p, const std::string& topic, std::int32_t partition = 0, std::int16_t version = 3) {
  wire::AddPartitionsToTxnRequest request;
  request.transactional_id = p.id;
  request.producer_id = p.producer_id;
  request.producer_epoch = p.epoch;
  request.topics.push_back({topic, {partition}});
  return test.call<wire::AddPartitionsToTxnResponse>(c, request, version).results_by_topic.at(0).results_by_partition.at(0).partition_error_code;
}
wire::ProduceRequest transactional(Producer& p, const std::string& topic, const std::string& value, Bytes& batch) {
  wire::BatchOptions options;
  options.producer_id = p.producer_id;
  options.producer_epoch = p.epoch;
  options.base_sequence = p.sequence++;
  options.transactional = true;
  wire::BatchBuilder builder(options);
  builder.add(1'700'000'000'000, std::nullopt, BytesView(value));
  batch = *builder.finish();
  auto request = produce_request(topic, batch);
  request.transactional_id = p.id;
  return request;
}
std::int16_t end_transaction(BrokerTest& test, Client& c, const Producer& p, bool commit, std::int16_t version = 3) {
  wire::EndTxnRequest request;
  request.transactional_id = p.id;
  request.producer_id = p.producer_id;
  request.producer_epoch = p.epoch;
  request.committed = commit;
  return test.call<wire::EndTxnResponse>(c, request, version).error_code;
}
std::int16_t as_code(KafkaError error) { return std::int16_t(error); }

TEST_F(BrokerTest, ATransactionFromBeginToEnd) {
  auto& c = client();
  make_topic(c, "tx");
  wire::FindCoordinatorRequest find;
  find.key_type = 1;
  find.coordinator_keys = {"mover"};
  EXPECT_EQ((call<wire::FindCoordinatorResponse>(c, find, 4).coordinators.at(0).node_id), 1);
  auto p = begin_producer(*this, c, "mover");
  EXPECT_EQ(add_partition(*this, c, p, "nowhere"), as_code(KafkaError::unknown_topic_or_partition));
  EXPECT_EQ(add_partition(*this, c, p, "tx"), 0);
  Bytes batch;
  EXPECT_EQ((call<wire::ProduceResponse>(c, transactional(p, "tx", "kept", batch), 9).responses.at(0).partition_responses.at(0).error_code), 0);

  auto committed = fetch_request("tx", 0, 0);
  committed.isolation_level = 1;
  const auto before = call<wire::FetchResponse>(c, committed, 12).responses.at(0).partitions.at(0);
  EXPECT_EQ(before.records->size(), 0u);
  EXPECT_EQ(before.last_stable_offset, 0);
  EXPECT_EQ(before.high_watermark, 1);
  EXPECT_TRUE(before.aborted_transactions);
  const auto uncommitted = call<wire::FetchResponse>(c, fetch_request("tx", 0, 0), 12).responses.at(0).partitions.at(0);
  EXPECT_GT(uncommitted.records->size(), 0u);
  EXPECT_FALSE(uncommitted.aborted_transactions);

  wire::DescribeTransactionsRequest describe;
  describe.transactional_ids = {"mover", "nobody"};
  const auto described = call<wire::DescribeTransactionsResponse>(c, describe, 0);
  EXPECT_EQ(described.transaction_states.at(0).transaction_state, "Ongoing");
  EXPECT_EQ(described.transaction_states.at(0).topics.at(0).topic, "tx");
  EXPECT_EQ(described.transaction_states.at(1).error_code, as_code(KafkaError::transactional_id_not_found));
  wire::DescribeProducersRequest producers;
  producers.topics.push_back({"tx", {0}});
  const auto active = call<wire::DescribeProducersResponse>(c, producers, 0).topics.at(0).partitions.at(0).active_producers;
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active.at(0).current_txn_start_offset, 0);

  EXPECT_EQ(end_transaction(*this, c, p, true), 0);
  EXPECT_EQ((call<wire::FetchResponse>(c, committed, 12).responses.at(0).partitions.at(0).last_stable_offset), 2);
  EXPECT_EQ(add_partition(*this, c, p, "tx"), 0);
  (void)call<wire::ProduceResponse>(c, transactional(p, "tx", "dropped", batch), 9);
  EXPECT_EQ(end_transaction(*this, c, p, false), 0);
  const auto after = call<wire::FetchResponse>(c, committed, 12).responses.at(0).partitions.at(0);
  ASSERT_EQ(after.aborted_transactions->size(), 1u);
  EXPECT_EQ(after.aborted_transactions->at(0).producer_id, p.producer_id);
  EXPECT_EQ(after.aborted_transactions->at(0).first_offset, 2);
  EXPECT_EQ(after.last_stable_offset, 4);

  wire::ListTransactionsRequest list;
  list.state_filters = {"CompleteAbort", "Sideways"};
  const auto listed = call<wire::ListTransactionsResponse>(c, list, 1);
  EXPECT_EQ(listed.transaction_states.size(), 1u);
  EXPECT_EQ(listed.unknown_state_filters, std::vector<std::string>{"Sideways"});
}

TEST_F(BrokerTest, TransactionErrorsAreThoseOfTheVersion) {
  auto& c = client();
  make_topic(c, "tx");
  auto old = begin_producer(*this, c, "mover");
  Bytes batch;
  EXPECT_EQ((call<wire::ProduceResponse>(c, transactional(old, "tx", "early", batch), 9).responses.at(0).partition_responses.at(0).error_code), as_code(KafkaError::invalid_txn_state));
  --old.sequence;
  EXPECT_EQ((call<wire::ProduceResponse>(c, transactional(old, "tx", "early", batch), 11).responses.at(0).partition_responses.at(0).error_code), as_code(KafkaError::transaction_abortable));
  --old.sequence;
  auto nameless = transactional(old, "tx", "x", batch);
  nameless.transactional_id.reset();
  EXPECT_EQ((call<wire::ProduceResponse>(c, nameless, 9).responses.at(0).partition_responses.at(0).error_code), as_code(KafkaError::transactional_id_authorization_failed));
  const auto fresh = begin_producer(*this, c, "mover");
  EXPECT_EQ(fresh.epoch, old.epoch + 1);
  EXPECT_EQ(add_partition(*this, c, old, "tx", 0, 3), as_code(KafkaError::producer_fenced));
  EXPECT_EQ(add_partition(*this, c, old, "tx", 0, 1), as_code(KafkaError::invalid_producer_epoch));
  EXPECT_EQ(end_transaction(*this, c, old, true, 3), as_code(KafkaError::producer_fenced));
  EXPECT_EQ(end_transaction(*this, c, fresh, true, 3), as_code(KafkaError::invalid_txn_state));
  wire::InitProducerIdRequest request;
  request.transactional_id = "secret";
  request.transaction_timeout_ms = 1000;
  const auto nobody = call<wire::InitProducerIdResponse>(c, request, 4);
  EXPECT_EQ(nobody.error_code, as_code(KafkaError::transactional_id_authorization_failed));
  EXPECT_EQ(nobody.producer_epoch, -1);
  request.transactional_id = "";
  EXPECT_EQ((call<wire::InitProducerIdResponse>(c, request, 4).error_code), as_code(KafkaError::invalid_request));
  request.transactional_id = "slow";
  request.transaction_timeout_ms = 900'001;
  EXPECT_EQ((call<wire::InitProducerIdResponse>(c, request, 4).error_code), as_code(KafkaError::invalid_transaction_timeout));
}

TEST_F(BrokerTest, OffsetsOfATransactionAreUnstableUntilItEnds) {
  auto& c = client();
  make_topic(c, "tx");
  const auto p = begin_producer(*this, c, "mover");
  wire::AddOffsetsToTxnRequest add;
  add.transactional_id = p.id;
  add.producer_id = p.producer_id;
  add.producer_epoch = p.epoch;
  add.group_id = "readers";
  EXPECT_EQ((call<wire::AddOffsetsToTxnResponse>(c, add, 3).error_code), 0);
  wire::TxnOffsetCommitRequest commit;
  commit.transactional_id = p.id;
  commit.group_id = "readers";
  commit.producer_id = p.producer_id;
  commit.producer_epoch = p.epoch;
  commit.topics.push_back({"tx", {{0, 42, -1, std::nullopt}}});
  EXPECT_EQ((call<wire::TxnOffsetCommitResponse>(c, commit, 3).topics.at(0).partitions.at(0).error_code), 0);
  commit.generation_id = 3;
  commit.member_id = "gone";
  EXPECT_EQ((call<wire::TxnOffsetCommitResponse>(c, commit, 3).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::unknown_member_id)) << "the group is there, by its undecided offsets";
  auto elsewhere = commit;
  elsewhere.group_id = "nobody";
  EXPECT_EQ((call<wire::TxnOffsetCommitResponse>(c, elsewhere, 3).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::illegal_generation));
  wire::OffsetFetchRequest fetch;
  fetch.group_id = "readers";
  fetch.topics.emplace().push_back({"tx", {0}});
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).committed_offset), -1);
  fetch.require_stable = true;
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::unstable_offset_commit));
  EXPECT_EQ(end_transaction(*this, c, p, true), 0);
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).committed_offset), 42);
  const auto young = begin_producer(*this, c, "mover");
  add.producer_epoch = young.epoch;
  EXPECT_EQ((call<wire::AddOffsetsToTxnResponse>(c, add, 3).error_code), 0);
  commit.generation_id = -1;
  commit.member_id.clear();
  commit.producer_epoch = p.epoch;
  EXPECT_EQ((call<wire::TxnOffsetCommitResponse>(c, commit, 3).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::invalid_producer_epoch)) << "for good: a client must not try it again";
}

// --- Transactions V2

wire::EndTxnResponse end_v2(BrokerTest& test, Client& c, Producer& p, bool commit) {
  wire::EndTxnRequest request;
  request.transactional_id = p.id;
  request.producer_id = p.producer_id;
  request.producer_epoch = p.epoch;
  request.committed = commit;
  return test.call<wire::EndTxnResponse>(c, request, 5);
}
void go_on(Producer& p, const wire::EndTxnResponse& answer) {
  EXPECT_EQ(answer.error_code, 0);
  p.producer_id = answer.producer_id;
  p.epoch = answer.producer_epoch;
  p.sequence = 0;
}
std::int64_t transaction_records(BrokerTest& test) {
  std::int64_t n = 0;
  const auto topic = test.log_->topics()->find(storage::Transactions::topic_name);
  for (std::int32_t i = 0; i < topic->partition_count(); ++i) n += test.run(test.log_->state(topic, PartitionId{i}))->high_watermark.value;
  return n;
}
std::int16_t first_error(const wire::ProduceResponse& response) { return response.responses.at(0).partition_responses.at(0).error_code; }

TEST_F(BrokerTest, ItsFeaturesAreShownAndStay) {
  auto& c = client();
  for (const std::int16_t version : {3, 4}) {
    const auto features = call<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{"test", "1.0"}, version);
    EXPECT_EQ(features.finalized_features_epoch, 0);
    ASSERT_EQ(features.finalized_features.size(), 2u);
    EXPECT_EQ(features.finalized_features[1].name, "transaction.version");
    EXPECT_EQ(features.finalized_features[1].max_version_level, 2);
    ASSERT_EQ(features.supported_features.size(), version == 3 ? 0u : 2u) << "a lowest version of 0 breaks clients of version 3";
    if (version == 3) continue;
    EXPECT_EQ(features.supported_features[1].name, "transaction.version");
    EXPECT_EQ(features.supported_features[1].min_version, 0);
    EXPECT_EQ(features.supported_features[1].max_version, 2);
  }
  const auto update = [&](const std::string& feature, std::int16_t level, std::int16_t version) {
    wire::UpdateFeaturesRequest request;
    request.feature_updates.push_back({feature, level, true, 3});
    const auto answer = call<wire::UpdateFeaturesResponse>(c, request, version);
    if (version == 2) {
      EXPECT_EQ(answer.error_code != 0, answer.error_message.has_value());
      return answer.error_code;
    }
    EXPECT_EQ(answer.error_code, 0);
    EXPECT_EQ(answer.results.at(0).feature, feature);
    EXPECT_EQ(answer.results.at(0).error_code != 0, answer.results.at(0).error_message.has_value());
    return answer.results.at(0).error_code;
  };
  for (std::int16_t version = 0; version <= 2; ++version) {
    EXPECT_EQ(update("transaction.version", 2, version), 0) << "it is";
    EXPECT_EQ(update("transaction.version", 1, version), as_code(KafkaError::feature_update_failed));
    EXPECT_EQ(update("transaction.version", 3, version), as_code(KafkaError::invalid_update_version));
    EXPECT_EQ(update("metadata.version", 20, version), as_code(KafkaError::invalid_update_version));
    EXPECT_EQ((call<wire::UpdateFeaturesResponse>(c, wire::UpdateFeaturesRequest{}, version).error_code), as_code(KafkaError::invalid_request));
  }
}

TEST_F(BrokerTest, ATransactionV2FromBeginToEnd) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  Bytes batch;
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(p, "tx", "one", batch), 12)), 0) << "nobody added the partition";
  const auto after_first = transaction_records(*this);
  for (const char* value : {"two", "three"}) EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(p, "tx", value, batch), 12)), 0);
  auto& other = client();   // on another shard, perhaps
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(other, transactional(p, "tx", "four", batch), 12)), 0);
  EXPECT_EQ(transaction_records(*this), after_first) << "only the first batch of a partition is noted";

  const auto late = p;
  const auto ended = end_v2(*this, c, p, true);
  EXPECT_EQ(ended.producer_id, p.producer_id);
  EXPECT_EQ(ended.producer_epoch, p.epoch + 1);
  const auto again = end_v2(*this, c, p, true);
  EXPECT_EQ(again.error_code, 0);
  EXPECT_EQ(again.producer_epoch, ended.producer_epoch);
  EXPECT_EQ(end_v2(*this, c, p, false).error_code, as_code(KafkaError::invalid_txn_state));
  for (auto* connection : {&c, &other}) {
    auto zombie = late;
    EXPECT_EQ(first_error(call<wire::ProduceResponse>(*connection, transactional(zombie, "tx", "late", batch), 12)), as_code(KafkaError::invalid_producer_epoch));
    auto elsewhere = transactional(zombie, "tx", "late", batch);
    elsewhere.topic_data[0].partition_data[0].index = 1;
    EXPECT_EQ(first_error(call<wire::ProduceResponse>(*connection, elsewhere, 12)), as_code(KafkaError::invalid_producer_epoch)) << "where it never wrote";
  }
  go_on(p, ended);
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(p, "tx", "dropped", batch), 12)), 0);
  const auto aborted = end_v2(*this, c, p, false);
  EXPECT_EQ(aborted.producer_epoch, p.epoch + 1);
  go_on(p, aborted);
  EXPECT_EQ(end_v2(*this, c, p, true).error_code, as_code(KafkaError::invalid_txn_state)) << "nothing to commit";
  EXPECT_EQ(end_v2(*this, c, p, true).producer_id, -1);
  go_on(p, end_v2(*this, c, p, false));   // nothing to abort, which is fine

  auto committed = fetch_request("tx", 0, 0);
  committed.isolation_level = 1;
  const auto seen = call<wire::FetchResponse>(c, committed, 12).responses.at(0).partitions.at(0);
  EXPECT_EQ(seen.last_stable_offset, 7);   // four, a marker, one, a marker
  ASSERT_EQ(seen.aborted_transactions->size(), 1u);
  EXPECT_EQ(seen.aborted_transactions->at(0).first_offset, 5);

  // The same id, as clients of V1 use it.
  auto old = begin_producer(*this, c, "mover");
  EXPECT_GT(old.epoch, p.epoch);
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(p, "tx", "fenced", batch), 12)), as_code(KafkaError::invalid_producer_epoch));
  EXPECT_EQ(end_v2(*this, c, p, false).error_code, as_code(KafkaError::producer_fenced)) << "an epoch that was begun is no answer to an end";
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(old, "tx", "early", batch), 11)), as_code(KafkaError::transaction_abortable));
  --old.sequence;
  EXPECT_EQ(add_partition(*this, c, old, "tx"), 0);
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(old, "tx", "v1", batch), 11)), 0);
  EXPECT_EQ(end_transaction(*this, c, old, true, 4), 0);
  EXPECT_EQ(end_transaction(*this, c, old, true, 4), 0);
}

TEST_F(BrokerTest, ARequestAddsAllItsPartitionsAtOnce) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  const auto before = transaction_records(*this);
  Bytes first, second, foreign;
  auto request = transactional(p, "tx", "one", first);
  p.sequence = 0;
  auto more = transactional(p, "tx", "two", second).topic_data[0].partition_data[0];
  more.index = 1;
  request.topic_data[0].partition_data.push_back(more);
  auto answer = call<wire::ProduceResponse>(c, request, 12);
  for (const auto& partition : answer.responses.at(0).partition_responses) EXPECT_EQ(partition.error_code, 0);
  EXPECT_EQ(transaction_records(*this), before + 1);
  // Batches of two producers in one request: one of them is not who has the id.
  auto q = begin_producer(*this, c, "other");
  auto mixed = transactional(q, "tx", "three", foreign);
  mixed.topic_data[0].partition_data.push_back(more);
  answer = call<wire::ProduceResponse>(c, mixed, 12);
  EXPECT_EQ(answer.responses.at(0).partition_responses.at(0).error_code, 0);
  EXPECT_EQ(answer.responses.at(0).partition_responses.at(1).error_code, as_code(KafkaError::invalid_producer_id_mapping));
  // An id that nobody has.
  Producer nobody{"nobody", 4711, 0};
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(nobody, "tx", "x", first), 12)), as_code(KafkaError::invalid_producer_id_mapping));
}

// A producer sends the next batches before the first is answered, which waits for the coordinator: they keep their order.
TEST_F(BrokerTest, BatchesKeepTheirOrderWhileTheFirstJoinsTheTransaction) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  for (int round = 0; round < 20; ++round) {
    constexpr int batches = 10;
    Bytes frames;
    for (int i = 0; i < batches; ++i) {
      Bytes batch;
      frames += c.frame(transactional(p, "tx", std::to_string(i), batch), 12);
    }
    ASSERT_TRUE(run(c.send(frames)));
    for (int i = 0; i < batches; ++i) {
      const auto frame = run(c.receive());
      ASSERT_TRUE(frame);
      const auto answer = Client::read<wire::ProduceResponse>(*frame, 12);
      ASSERT_TRUE(answer);
      EXPECT_EQ(first_error(*answer), 0) << "round " << round << " batch " << i;
      EXPECT_EQ(answer->responses.at(0).partition_responses.at(0).base_offset, round * (batches + 1) + i);
    }
    go_on(p, end_v2(*this, c, p, true));
  }
}

// One request waits for the coordinator because of one of its partitions; the next is for the other partition, which the transaction has.
TEST_F(BrokerTest, ABatchDoesNotOvertakeOneThatWaitsForTheCoordinator) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  for (int round = 0; round < 5; ++round) {
    std::array<Bytes, 4> batches;
    EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, transactional(p, "tx", "0", batches[0]), 12)), 0);
    auto both = transactional(p, "tx", "1", batches[1]);
    auto q = p;
    q.sequence = 0;
    both.topic_data[0].partition_data.push_back(transactional(q, "tx", "elsewhere", batches[2]).topic_data[0].partition_data[0]);
    both.topic_data[0].partition_data[1].index = 1;
    const Bytes second = c.frame(both, 12), third = c.frame(transactional(p, "tx", "2", batches[3]), 12);
    ASSERT_TRUE(run(c.send(second + third)));
    for (int i = 0; i < 2; ++i) {
      const auto frame = run(c.receive());
      ASSERT_TRUE(frame);
      const auto answer = Client::read<wire::ProduceResponse>(*frame, 12);
      ASSERT_TRUE(answer);
      for (const auto& partition : answer->responses.at(0).partition_responses) EXPECT_EQ(partition.error_code, 0) << "round " << round << " request " << i;
      EXPECT_EQ(answer->responses.at(0).partition_responses.at(0).base_offset, round * 4 + 1 + i);
    }
    go_on(p, end_v2(*this, c, p, true));
  }
}

TEST_F(BrokerTest, OffsetsJoinATransactionV2ByThemselves) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  wire::TxnOffsetCommitRequest commit;
  commit.transactional_id = p.id;
  commit.group_id = "readers";
  commit.producer_id = p.producer_id;
  commit.producer_epoch = p.epoch;
  commit.topics.push_back({"tx", {{0, 42, -1, std::nullopt}}});
  const auto outcome = [&](std::int16_t version) { return call<wire::TxnOffsetCommitResponse>(c, commit, version).topics.at(0).partitions.at(0).error_code; };
  EXPECT_EQ(outcome(3), as_code(KafkaError::invalid_txn_state)) << "V1 adds the group first";
  EXPECT_EQ(outcome(4), as_code(KafkaError::transaction_abortable));
  EXPECT_EQ(outcome(5), 0);
  const auto noted = transaction_records(*this);
  EXPECT_EQ(outcome(5), 0);
  EXPECT_EQ(transaction_records(*this), noted);
  wire::OffsetFetchRequest fetch;
  fetch.group_id = "readers";
  fetch.topics.emplace().push_back({"tx", {0}});
  fetch.require_stable = true;
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::unstable_offset_commit));
  const auto ended = end_v2(*this, c, p, true);
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).committed_offset), 42);
  EXPECT_EQ(outcome(5), as_code(KafkaError::invalid_producer_epoch)) << "late";
  go_on(p, ended);
  commit.producer_epoch = p.epoch;
  commit.topics[0].partitions[0].committed_offset = 50;
  EXPECT_EQ(outcome(5), 0);
  go_on(p, end_v2(*this, c, p, false));
  EXPECT_EQ((call<wire::OffsetFetchResponse>(c, fetch, 7).topics.at(0).partitions.at(0).committed_offset), 42);
}

TEST_F(BrokerTest, AProducerMayNameTopicsByTheirId) {
  auto& c = client();
  make_topic(c, "tx");
  auto p = begin_producer(*this, c, "mover");
  Bytes batch;
  auto request = transactional(p, "", "by id", batch);
  request.topic_data[0].topic_id = log_->topics()->find("tx")->id;
  auto answer = call<wire::ProduceResponse>(c, request, 13);
  EXPECT_EQ(first_error(answer), 0);
  EXPECT_EQ(answer.responses.at(0).topic_id, request.topic_data[0].topic_id);
  const Bytes plain = batch_of({"plain"});
  auto unknown = produce_request("tx", plain);
  unknown.topic_data[0].topic_id[0] ^= 0x55;
  EXPECT_EQ(first_error(call<wire::ProduceResponse>(c, unknown, 13)), as_code(KafkaError::unknown_topic_id));
  go_on(p, end_v2(*this, c, p, true));
  EXPECT_EQ(run(log_->state(log_->topics()->find("tx"), PartitionId{0}))->last_stable.value, 2);
}

TEST(AddedPartitions, RemembersOneTransactionOfEachProducerAndForgetsTheIdle) {
  AddedPartitions table;
  const Uuid topic{1};
  const auto line = table.line("a");
  line->learn({7, 0}, {{topic, 0}});
  line->learn({7, 0}, {{topic, 1}});
  EXPECT_TRUE(line->knows({7, 0}, {topic, 0}));
  EXPECT_FALSE(line->knows({7, 1}, {topic, 0}));
  EXPECT_FALSE(line->knows({7, 0}, {topic, 2}));
  line->learn({7, 1}, {{topic, 2}});
  EXPECT_FALSE(line->knows({7, 1}, {topic, 0})) << "of the transaction before";
  {
    AddedPartitions::Standing standing(line);
    EXPECT_FALSE(line->idle());
    table.forget("a");
    EXPECT_EQ(table.size(), 1u) << "somebody stands in it";
    for (std::size_t i = 0; i < limits::kafka_added_lines_max; ++i) table.line("b" + std::to_string(i));
    EXPECT_LE(table.size(), limits::kafka_added_lines_max);
    EXPECT_EQ(table.line("a"), line);
  }
  table.forget("a");
  EXPECT_NE(table.line("a"), line);
}

// ---- what administrators ask of the cluster

TEST_F(BrokerTest, OneDirectoryOneReplicaNoElections) {
  auto& c = client();
  make_topic(c, "t");
  const Bytes batch = batch_of({"hello"});
  EXPECT_EQ((call<wire::ProduceResponse>(c, produce_request("t", batch), 7).responses.at(0).partition_responses.at(0).error_code), 0);
  wire::DescribeLogDirsRequest dirs;
  dirs.topics.emplace().push_back({"t", {0}});
  dirs.topics->push_back({"nowhere", {0}});
  const auto described = call<wire::DescribeLogDirsResponse>(c, dirs, 4);
  ASSERT_EQ(described.results.size(), 1u);
  ASSERT_EQ(described.results[0].topics.size(), 1u) << "what is not there is left out";
  EXPECT_EQ(described.results[0].topics[0].partitions.at(0).partition_size, std::int64_t(batch.size()));
  dirs.topics.reset();
  EXPECT_EQ((call<wire::DescribeLogDirsResponse>(c, dirs, 1).results.at(0).topics.size()), 3u) << "t, __consumer_offsets and __transaction_state";

  wire::ElectLeadersRequest elect;
  elect.topic_partitions.emplace().push_back({"t", {0, 9}});
  const auto elected = call<wire::ElectLeadersResponse>(c, elect, 2).replica_election_results.at(0).partition_result;
  EXPECT_EQ(elected.at(0).error_code, as_code(KafkaError::election_not_needed));
  EXPECT_EQ(elected.at(1).error_code, as_code(KafkaError::unknown_topic_or_partition));

  wire::AlterPartitionReassignmentsRequest move;
  auto& partitions = move.topics.emplace_back(wire::AlterPartitionReassignmentsRequest::Topic{"t", {}}).partitions;
  partitions.push_back({0, std::vector<std::int32_t>{1}});
  partitions.push_back({1, std::vector<std::int32_t>{1, 2}});
  partitions.push_back({1, std::nullopt});
  const auto moved = call<wire::AlterPartitionReassignmentsResponse>(c, move, 1).responses.at(0).partitions;
  EXPECT_EQ(moved.at(0).error_code, 0);
  EXPECT_EQ(moved.at(1).error_code, as_code(KafkaError::invalid_replica_assignment));
  EXPECT_EQ(moved.at(2).error_code, as_code(KafkaError::no_reassignment_in_progress));
  EXPECT_TRUE((call<wire::ListPartitionReassignmentsResponse>(c, wire::ListPartitionReassignmentsRequest{}, 0).topics.empty()));

  const auto quotas = call<wire::DescribeClientQuotasResponse>(c, wire::DescribeClientQuotasRequest{}, 1);
  EXPECT_EQ(quotas.error_code, 0);
  EXPECT_TRUE(quotas.entries && quotas.entries->empty());
  wire::AlterReplicaLogDirsRequest to;
  to.dirs.push_back({"/elsewhere", {{"t", {0}}}});
  EXPECT_EQ((call<wire::AlterReplicaLogDirsResponse>(c, to, 2).results.at(0).partitions.at(0).error_code), as_code(KafkaError::log_dir_not_found));
}

TEST_F(BrokerTest, TopicPartitionsComeInPages) {
  auto& c = client();
  for (const auto* name : {"a", "b"}) make_topic(c, name);
  wire::DescribeTopicPartitionsRequest request;
  request.topics = {{"b"}, {"a"}, {"nowhere"}, {"secret"}};
  request.response_partition_limit = 3;
  const auto first = call<wire::DescribeTopicPartitionsResponse>(c, request, 0);
  ASSERT_EQ(first.topics.size(), 2u);
  EXPECT_EQ(first.topics[0].name, "a");
  EXPECT_EQ(first.topics[1].partitions.size(), 1u);
  ASSERT_TRUE(first.next_cursor);
  EXPECT_EQ(first.next_cursor->topic_name, "b");
  EXPECT_EQ(first.next_cursor->partition_index, 1);
  request.cursor = first.next_cursor;
  const auto second = call<wire::DescribeTopicPartitionsResponse>(c, request, 0);
  ASSERT_EQ(second.topics.size(), 3u);
  EXPECT_EQ(second.topics[0].partitions.at(0).partition_index, 1);
  EXPECT_EQ(second.topics[1].error_code, as_code(KafkaError::unknown_topic_or_partition));
  EXPECT_EQ(second.topics[2].error_code, as_code(KafkaError::topic_authorization_failed));
  EXPECT_FALSE(second.next_cursor);
}

TEST_F(BrokerTest, WhatTheNodeWasStartedWithIsReadAndNotChanged) {
  auto& c = client();
  wire::DescribeConfigsRequest describe;
  describe.include_synonyms = describe.include_documentation = true;
  describe.resources = {{4, "1", std::vector<std::string>{"log.retention.ms", "group.consumer.session.timeout.ms"}}, {32, "any", std::nullopt}, {16, "any", std::nullopt}, {4, "7", std::nullopt}, {99, "x", std::nullopt}};
  const auto results = call<wire::DescribeConfigsResponse>(c, describe, 4).results;
  ASSERT_EQ(results.at(0).configs.size(), 2u);
  EXPECT_EQ(results[0].configs[0].name, "log.retention.ms");
  EXPECT_EQ(results[0].configs[0].value, "604800000");
  EXPECT_EQ(results[0].configs[0].config_source, 5);
  EXPECT_FALSE(results[0].configs[0].read_only);
  EXPECT_EQ(results[0].configs[1].name, "group.consumer.session.timeout.ms");
  EXPECT_EQ(results[0].configs[1].value, "45000");
  EXPECT_TRUE(results[0].configs[1].read_only);
  ASSERT_EQ(results.at(1).configs.size(), 2u);
  EXPECT_EQ(results[1].configs[1].name, "consumer.session.timeout.ms");
  EXPECT_EQ(results.at(2).error_code, 0);
  EXPECT_TRUE(results[2].configs.empty());
  EXPECT_EQ(results.at(3).error_code, as_code(KafkaError::invalid_request));
  EXPECT_EQ(results.at(4).error_code, as_code(KafkaError::invalid_request));

  wire::IncrementalAlterConfigsRequest alter;
  alter.resources = {{4, "1", {{"leader.replication.throttled.rate", 1, std::nullopt}}}, {4, "", {{"listeners", 0, "PLAINTEXT://:1"}}}, {32, "any", {{"consumer.session.timeout.ms", 0, "1"}}}, {8, "1", {{"kafka", 0, "DEBUG"}}}, {4, "2", {{"log.retention.ms", 0, "1"}}}, {32, "", {}}};
  const auto altered = call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses;
  EXPECT_EQ(altered.at(0).error_code, 0) << "nothing was set, so there is nothing to remove";
  EXPECT_EQ(altered.at(1).error_code, as_code(KafkaError::invalid_request));
  EXPECT_EQ(altered.at(2).error_code, as_code(KafkaError::invalid_config));
  for (const std::size_t i : {3u, 4u, 5u}) EXPECT_EQ(altered.at(i).error_code, as_code(KafkaError::invalid_request)) << i;
  make_topic(c, "t");
  alter.resources = {{2, "t", {{"retention.ms", 0, "1"}}}, {2, "t", {{"retention.ms", 0, "2"}}}};
  const auto twice = call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses;
  ASSERT_EQ(twice.size(), 1u);
  EXPECT_EQ(twice[0].error_code, as_code(KafkaError::invalid_request));
  alter.resources = {{2, "t", {{"remote.storage.enable", 0, "true"}}}, {2, "u", {}}};
  const auto refused = call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses;
  EXPECT_EQ(refused.at(0).error_code, as_code(KafkaError::invalid_config));
  EXPECT_EQ(refused.at(1).error_code, as_code(KafkaError::unknown_topic_or_partition));
}

TEST_F(BrokerTest, DefaultsOfTopicsAreChangedWhileTheNodeRuns) {
  auto& c = client();
  make_topic(c, "t");
  const auto alter = [&](std::int8_t type, std::string name, std::vector<wire::IncrementalAlterConfigsRequest::Config> ops, bool only_check = false) {
    wire::IncrementalAlterConfigsRequest request;
    request.resources = {{type, std::move(name), std::move(ops)}};
    request.validate_only = only_check;
    return call<wire::IncrementalAlterConfigsResponse>(c, request, 1).responses.at(0).error_code;
  };
  const auto describe = [&](std::int8_t type, std::string name, std::string setting) {
    wire::DescribeConfigsRequest request;
    request.include_synonyms = true;
    request.resources = {{type, std::move(name), std::vector{std::move(setting)}}};
    const auto configs = call<wire::DescribeConfigsResponse>(c, request, 4).results.at(0).configs;
    std::string out;
    if (configs.empty()) return out;
    out = configs[0].value.value_or("") + " from " + std::to_string(configs[0].config_source) + ":";
    for (const auto& s : configs[0].synonyms) out += " " + s.name + "=" + s.value.value_or("") + "/" + std::to_string(s.source);
    return out;
  };
  EXPECT_EQ(alter(4, "", {{"log.retention.ms", 0, "1000"}}, true), 0);
  EXPECT_EQ(describe(4, "", "log.retention.ms"), "") << "it was only checked";
  EXPECT_EQ(alter(4, "", {{"log.retention.ms", 0, "1000"}}), 0);
  EXPECT_EQ(alter(4, "1", {{"log.retention.ms", 0, "2000"}, {"log.cleanup.policy", 2, "compact"}, {"background.threads", 0, "9"}}), 0);
  EXPECT_EQ(describe(4, "", "log.retention.ms"), "1000 from 3: log.retention.ms=1000/3 log.retention.ms=604800000/5");
  EXPECT_EQ(describe(4, "1", "log.retention.ms"), "2000 from 2: log.retention.ms=2000/2 log.retention.ms=1000/3 log.retention.ms=604800000/5");
  EXPECT_EQ(describe(4, "1", "background.threads"), "9 from 2: background.threads=9/2 background.threads=10/5");
  EXPECT_EQ(describe(2, "t", "retention.ms"), "2000 from 2: log.retention.ms=2000/2 log.retention.ms=1000/3 log.retention.ms=604800000/5");
  EXPECT_EQ(describe(2, "t", "cleanup.policy"), "delete,compact from 2: log.cleanup.policy=delete,compact/2 log.cleanup.policy=delete/5");
  EXPECT_EQ(log_->topics()->find("t")->config.retention_ms, 2000) << "the topic goes by it";
  EXPECT_TRUE(log_->topics()->find("t")->config.compacted);
  make_topic(c, "later");
  EXPECT_EQ(log_->topics()->find("later")->config.retention_ms, 2000);
  EXPECT_EQ(alter(2, "t", {{"retention.ms", 0, "5"}, {"cleanup.policy", 3, "compact"}}), 0);
  EXPECT_EQ(log_->topics()->find("t")->config.retention_ms, 5) << "what a topic says itself lies over it";
  EXPECT_FALSE(log_->topics()->find("t")->config.compacted) << "subtracted from what was in force";
  EXPECT_EQ(alter(4, "1", {{"log.retention.ms", 1, std::nullopt}, {"log.cleanup.policy", 3, "compact"}, {"background.threads", 1, std::nullopt}}), 0);
  EXPECT_EQ(log_->topics()->find("later")->config.retention_ms, 1000);
  EXPECT_FALSE(log_->topics()->find("later")->config.compacted);
  wire::AlterConfigsRequest whole;
  whole.resources = {{4, "", {{"log.segment.bytes", "1048576"}}}};
  EXPECT_EQ((call<wire::AlterConfigsResponse>(c, whole, 2).responses.at(0).error_code), 0);
  EXPECT_EQ(log_->topics()->find("later")->config.retention_ms, 604'800'000) << "all that is not named goes";
  EXPECT_EQ(log_->topics()->find("later")->config.segment_bytes, 1'048'576);
  EXPECT_EQ(alter(4, "1", {{"log.retention.ms", 0, "long"}}), as_code(KafkaError::invalid_request));
  EXPECT_EQ(alter(4, "", {{"log.cleanup.policy", 0, "forget"}}), as_code(KafkaError::invalid_request));
  EXPECT_EQ(alter(4, "", {{"compression.type", 0, "lz4"}}), as_code(KafkaError::invalid_request));

  EXPECT_EQ(alter(32, "g", {{"consumer.session.timeout.ms", 0, "50000"}}), 0);
  EXPECT_EQ(describe(32, "g", "consumer.session.timeout.ms"), "50000 from 8: consumer.session.timeout.ms=50000/8 group.consumer.session.timeout.ms=45000/5");
  EXPECT_EQ(describe(32, "h", "consumer.session.timeout.ms"), "45000 from 5: group.consumer.session.timeout.ms=45000/5");
  EXPECT_EQ(alter(32, "g", {{"consumer.heartbeat.interval.ms", 0, "6000"}}), 0);
  wire::ConsumerGroupHeartbeatRequest join;
  join.group_id = "g";
  join.member_id = "m";
  join.rebalance_timeout_ms = 30'000;
  join.subscribed_topic_names = std::vector<std::string>{"t"};
  join.topic_partitions.emplace();
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, join, 1).heartbeat_interval_ms), 6000) << "the group goes by it";
  EXPECT_EQ(alter(32, "g", {{"consumer.heartbeat.interval.ms", 1, std::nullopt}}), 0);
  join.member_epoch = 1;
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, join, 1).heartbeat_interval_ms), 5000);
  EXPECT_EQ(alter(32, "g", {{"share.session.timeout.ms", 0, "50000"}}), as_code(KafkaError::invalid_config));
}

TEST_F(BrokerTest, WhatARequestNamesTwiceIsAnsweredOnce) {
  auto& c = client();
  make_topic(c, "t");
  make_topic(c, "u");
  wire::MetadataRequest metadata;
  metadata.topics.emplace() = {{{}, "t"}, {{}, "u"}, {{}, "t"}};
  const auto described = call<wire::MetadataResponse>(c, metadata, 8).topics;
  ASSERT_EQ(described.size(), 2u);
  metadata.topics->clear();
  const auto id = call<wire::MetadataResponse>(c, wire::MetadataRequest{std::vector<wire::MetadataRequest::Topic>{{{}, "t"}}}, 12).topics.at(0).topic_id;
  metadata.topics->push_back({id, std::nullopt});
  metadata.topics->push_back({id, std::nullopt});
  EXPECT_EQ((call<wire::MetadataResponse>(c, metadata, 12).topics.size()), 1u);
  metadata.topics->at(0).name = "";   // as Java's client asks by id
  const auto by_id = call<wire::MetadataResponse>(c, metadata, 12).topics;
  ASSERT_EQ(by_id.size(), 1u);
  EXPECT_EQ(by_id[0].name, "t");

  wire::ListOffsetsRequest list;
  list.topics.emplace_back().name = "t";
  for (const auto p : {0, 0, 1}) {
    auto& wanted = list.topics[0].partitions.emplace_back();
    wanted.partition_index = p;
    wanted.timestamp = -1;
  }
  const auto listed = call<wire::ListOffsetsResponse>(c, list, 8).topics.at(0).partitions;
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].error_code, as_code(KafkaError::invalid_request));
  EXPECT_EQ(listed[1].error_code, 0);

  wire::CreatePartitionsRequest grow;
  grow.topics = {{"t", 3, {}}, {"t", 4, {}}, {"u", 5, {}}};
  const auto grown = call<wire::CreatePartitionsResponse>(c, grow, 3).results;
  ASSERT_EQ(grown.size(), 2u);
  EXPECT_EQ(grown[0].error_code, as_code(KafkaError::invalid_request));
  EXPECT_EQ(grown[1].error_code, 0);
  EXPECT_EQ(log_->topics()->find("t")->partition_count(), 2);
  EXPECT_EQ(log_->topics()->find("u")->partition_count(), 5);

  wire::CreateTopicsRequest create;
  create.topics.push_back({"t", 2, 1, {}, {}});
  const auto refused = call<wire::CreateTopicsResponse>(c, create, 7).topics.at(0);
  EXPECT_EQ(refused.error_code, as_code(KafkaError::topic_already_exists));
  EXPECT_TRUE(refused.configs && refused.configs->empty());

  wire::DeleteTopicsRequest remove;
  remove.topics = {{"t", {}}, {"u", {}}, {"t", {}}};
  const auto removed = call<wire::DeleteTopicsResponse>(c, remove, 6).responses;
  ASSERT_EQ(removed.size(), 2u);
  EXPECT_EQ(removed[0].error_code, as_code(KafkaError::invalid_request));
  EXPECT_EQ(removed[1].error_code, 0);
  EXPECT_NE(log_->topics()->find("t"), nullptr);
  EXPECT_EQ(log_->topics()->find("u"), nullptr);
}

TEST_F(BrokerTest, SettingsAreAskedForAndTakenBackAsInKafka) {
  auto& c = client();
  make_topic(c, "t");
  wire::DescribeConfigsRequest describe;
  describe.resources = {{2, "t", std::vector<std::string>{}}, {2, "t", std::nullopt}, {4, "1", std::vector<std::string>{"log.retention.hours", "log.segment.bytes", "message.max.bytes", "transaction.max.timeout.ms"}}};
  const auto results = call<wire::DescribeConfigsResponse>(c, describe, 4).results;
  EXPECT_GT(results.at(0).configs.size(), 20u) << "no keys: all of them";
  EXPECT_EQ(results[0].configs.size(), results.at(1).configs.size());
  EXPECT_EQ(results.at(2).configs.size(), 4u);
  const auto after = std::ranges::find(results[1].configs, "message.timestamp.after.max.ms", &wire::DescribeConfigsResponse::Config::name);
  ASSERT_NE(after, results[1].configs.end());
  EXPECT_EQ(after->value, "3600000");
  wire::BatchBuilder builder;
  builder.add(options_.clock->wall_ms() + 7'200'000, std::nullopt, BytesView("from tomorrow"));
  const Bytes early = *builder.finish();
  EXPECT_EQ((call<wire::ProduceResponse>(c, produce_request("t", early), 9).responses.at(0).partition_responses.at(0).error_code), as_code(KafkaError::invalid_timestamp));

  wire::IncrementalAlterConfigsRequest alter;
  for (const bool dry : {true, false}) {
    alter.validate_only = dry;
    alter.resources = {{2, "t", {{"no.such.setting", 1, std::nullopt}}}};
    EXPECT_EQ((call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses.at(0).error_code), 0);
    alter.resources = {{2, "t", {{"no.such.setting", 0, "1"}}}};
    EXPECT_EQ((call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses.at(0).error_code), as_code(KafkaError::invalid_config));
  }
  wire::AlterConfigsRequest replace;
  replace.resources = {{2, "nowhere", {{"no.such.setting", "1"}}}};
  EXPECT_EQ((call<wire::AlterConfigsResponse>(c, replace, 2).responses.at(0).error_code), as_code(KafkaError::invalid_config));
  replace.resources = {{2, "nowhere", {{"retention.ms", "1"}}}};
  EXPECT_EQ((call<wire::AlterConfigsResponse>(c, replace, 2).responses.at(0).error_code), as_code(KafkaError::unknown_topic_or_partition));

  const auto delete_all = [&] {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({"t", {{0, -1}}});
    return call<wire::DeleteRecordsResponse>(c, request, 2).topics.at(0).partitions.at(0).error_code;
  };
  alter.resources = {{2, "t", {{"cleanup.policy", 0, "compact"}}}};
  EXPECT_EQ((call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses.at(0).error_code), 0);
  EXPECT_EQ(delete_all(), as_code(KafkaError::policy_violation));
  alter.resources = {{2, "t", {{"cleanup.policy", 0, "compact,delete"}}}};
  EXPECT_EQ((call<wire::IncrementalAlterConfigsResponse>(c, alter, 1).responses.at(0).error_code), 0);
  EXPECT_EQ(delete_all(), 0);
}

TEST_F(BrokerTest, OffsetsGoByTopicIdsFromVersionTen) {
  auto& c = client();
  make_topic(c, "t");
  make_topic(c, "secret");
  const auto id = log_->topics()->find("t")->id, hidden = log_->topics()->find("secret")->id;
  const Uuid never{1, 2, 3};
  wire::OffsetCommitRequest commit;
  commit.group_id = "g";
  commit.topics = {{"", {{0, 7}}, id}, {"", {{0, 8}}, never}, {"", {{0, 9}}, hidden}};
  const auto error_of = [](const auto& topics, const Uuid& wanted) {
    for (const auto& topic : topics)
      if (topic.topic_id == wanted) return topic.partitions.at(0).error_code;
    return std::int16_t(-99);
  };
  const auto committed = call<wire::OffsetCommitResponse>(c, commit, 10).topics;
  ASSERT_EQ(committed.size(), 3u);
  EXPECT_EQ(error_of(committed, id), 0);
  EXPECT_EQ(error_of(committed, never), as_code(KafkaError::unknown_topic_id));
  EXPECT_EQ(error_of(committed, hidden), as_code(KafkaError::topic_authorization_failed));
  wire::OffsetFetchRequest fetch;
  fetch.groups.emplace_back().group_id = "g";
  fetch.groups[0].topics.emplace() = {{"", {0, 1}, id}, {"", {0}, never}, {"", {0}, hidden}};
  const auto fetched = call<wire::OffsetFetchResponse>(c, fetch, 10).groups.at(0).topics;
  ASSERT_EQ(fetched.size(), 3u);
  EXPECT_EQ(fetched[0].topic_id, id);
  EXPECT_EQ(fetched[0].partitions.at(0).committed_offset, 7);
  EXPECT_EQ(fetched[0].partitions.at(1).committed_offset, -1);
  EXPECT_EQ(error_of(fetched, never), as_code(KafkaError::unknown_topic_id));
  EXPECT_EQ(error_of(fetched, hidden), as_code(KafkaError::topic_authorization_failed));
  fetch.groups[0].topics.reset();
  const auto all = call<wire::OffsetFetchResponse>(c, fetch, 10).groups.at(0).topics;
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].topic_id, id);

  wire::OffsetDeleteRequest forget;
  forget.group_id = "g";
  forget.topics = {{"t", {{0}, {9}}}};
  const auto forgotten = call<wire::OffsetDeleteResponse>(c, forget, 0).topics.at(0).partitions;
  EXPECT_EQ(forgotten.at(0).error_code, 0);
  EXPECT_EQ(forgotten.at(1).error_code, as_code(KafkaError::unknown_topic_or_partition));
  wire::DeleteGroupsRequest remove;
  remove.groups_names = {""};
  EXPECT_EQ((call<wire::DeleteGroupsResponse>(c, remove, 2).results.at(0).error_code), as_code(KafkaError::group_id_not_found));
}

// ---- groups of KIP-848

wire::ConsumerGroupHeartbeatRequest joining(const std::string& group, const std::string& member, const std::string& topic) {
  wire::ConsumerGroupHeartbeatRequest r;
  r.group_id = group;
  r.member_id = member;
  r.rebalance_timeout_ms = 60'000;
  r.subscribed_topic_names.emplace().push_back(topic);
  r.topic_partitions.emplace();
  return r;
}

TEST_F(BrokerTest, ConsumerGroupsOutliveTheNode) {
  auto& c = client();
  make_topic(c, "t");
  const auto features = call<wire::ApiVersionsResponse>(c, wire::ApiVersionsRequest{"test", "1.0"}, 4);
  ASSERT_FALSE(features.finalized_features.empty());
  EXPECT_EQ(features.finalized_features[0].name, "group.version");
  const auto a = call<wire::ConsumerGroupHeartbeatResponse>(c, joining("g", "a", "t"), 1);
  EXPECT_EQ(a.error_code, 0) << a.error_message.value_or("");
  ASSERT_TRUE(a.assignment);
  EXPECT_EQ(a.assignment->topic_partitions.at(0).partitions.size(), 2u);
  wire::OffsetCommitRequest commit;
  commit.group_id = "g";
  commit.member_id = "a";
  commit.generation_id = a.member_epoch;
  commit.topics.emplace_back().name = "t";
  commit.topics[0].partitions.push_back({0, 5});
  EXPECT_EQ((call<wire::OffsetCommitResponse>(c, commit, 9).topics.at(0).partitions.at(0).error_code), 0);
  commit.generation_id = 9;
  EXPECT_EQ((call<wire::OffsetCommitResponse>(c, commit, 9).topics.at(0).partitions.at(0).error_code), as_code(KafkaError::stale_member_epoch));

  clients_.clear();
  stop();
  start();
  auto& again = client();
  wire::ConsumerGroupDescribeRequest describe;
  describe.group_ids = {"g", "nobody"};
  const auto described = call<wire::ConsumerGroupDescribeResponse>(again, describe, 1).groups;
  ASSERT_EQ(described.at(0).members.size(), 1u);
  EXPECT_EQ(described[0].group_state, "Stable");
  EXPECT_EQ(described[0].members[0].assignment.topic_partitions.at(0).topic_name, "t");
  EXPECT_EQ(described.at(1).error_code, as_code(KafkaError::group_id_not_found));
  wire::ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "g";
  beat.member_id = "a";
  beat.member_epoch = a.member_epoch;
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(again, beat, 1).error_code), 0);
  wire::OffsetFetchRequest fetch;
  fetch.groups.emplace_back().group_id = "g";
  fetch.groups[0].topics.emplace().push_back({"t", {0}});
  EXPECT_EQ((call<wire::OffsetFetchResponse>(again, fetch, 8).groups.at(0).topics.at(0).partitions.at(0).committed_offset), 5);
}

TEST_F(BrokerTest, AnEmptyGroupMayChangeItsKind) {
  auto& c = client();
  make_topic(c, "t");
  wire::JoinGroupRequest classic;
  classic.group_id = "g";
  classic.session_timeout_ms = 10'000;
  classic.protocol_type = "consumer";
  classic.protocols = {{"range", {"m"}}};
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, joining("g", "a", "t"), 1).error_code), 0);
  EXPECT_EQ((call<wire::JoinGroupResponse>(c, classic, 3).error_code), as_code(KafkaError::inconsistent_group_protocol));
  wire::DescribeGroupsRequest describe;
  describe.groups = {"g"};
  EXPECT_EQ((call<wire::DescribeGroupsResponse>(c, describe, 6).groups.at(0).error_code), as_code(KafkaError::group_id_not_found));
  wire::ListGroupsRequest list;
  list.types_filter = {"Consumer"};
  EXPECT_EQ((call<wire::ListGroupsResponse>(c, list, 5).groups.at(0).group_type), "consumer");
  wire::DeleteGroupsRequest remove;
  remove.groups_names = {"g"};
  EXPECT_EQ((call<wire::DeleteGroupsResponse>(c, remove, 2).results.at(0).error_code), as_code(KafkaError::group_id_not_empty));
  wire::ConsumerGroupHeartbeatRequest leave;
  leave.group_id = "g";
  leave.member_id = "a";
  leave.member_epoch = -1;
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, leave, 1).error_code), 0);
  const auto joined = call<wire::JoinGroupResponse>(c, classic, 3);
  EXPECT_EQ(joined.error_code, 0);
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, joining("g", "a", "t"), 1).error_code), as_code(KafkaError::group_id_not_found));
  wire::LeaveGroupRequest out;
  out.group_id = "g";
  out.member_id = joined.member_id;
  EXPECT_EQ((call<wire::LeaveGroupResponse>(c, out, 1).error_code), 0);
  EXPECT_EQ((call<wire::ConsumerGroupHeartbeatResponse>(c, joining("g", "a", "t"), 1).error_code), 0);
  (void)call<wire::ConsumerGroupHeartbeatResponse>(c, leave, 1);
  EXPECT_EQ((call<wire::DeleteGroupsResponse>(c, remove, 2).results.at(0).error_code), 0);
  EXPECT_TRUE((call<wire::ListGroupsResponse>(c, wire::ListGroupsRequest{}, 5).groups.empty()));
}

}  // namespace
}  // namespace braid::broker
