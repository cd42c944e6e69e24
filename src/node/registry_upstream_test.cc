// The registry elsewhere, as this node asks it and passes calls on to it: a small server stands for the registry, over plain text and TLS.
#include "node/registry_upstream.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "io/test_certificates.h"
#include "registry/memory_journal.h"

namespace braid::node {
namespace {

io::Task<http::Response> say(http::Response response) { co_return response; }

TEST(RegistryPlace, IsReadFromAnAddress) {
  const auto plain = registry_place("http://registry:8081");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->name(), "http://registry:8081");
  EXPECT_EQ(plain->authorization, "");
  const auto named = registry_place("http://us%40er:pass%20word@registry:8081/api");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->authorization, "Basic dXNAZXI6cGFzcyB3b3Jk");                  // us@er:pass word
  EXPECT_EQ(named->name().find("pass"), std::string::npos) << named->name();
  EXPECT_FALSE(registry_place("http://nobody@registry:8081"));
  EXPECT_EQ(without_secret("http://user:secret@host:1"), "http://user:***@host:1");
  EXPECT_EQ(without_secret("http://host:1"), "http://host:1");
}

// What stands for the registry: it tells what it was asked.
class Elsewhere {
 public:
  Elsewhere(io::Shards& shards, std::shared_ptr<const io::TlsServer> tls = nullptr) : shards_(shards) {
    router_.add("GET", "/schemas", [this](http::Request r) { return told(std::move(r), "[]"); });
    for (const char* method : {"GET", "POST", "PUT", "DELETE"})
      router_.add(method, "/{rest*}", [this](http::Request r) { return told(std::move(r), "{\"here\":true}"); });
    options_.name = "elsewhere";
    options_.listen = {"127.0.0.1", 0};
    options_.tls = std::move(tls);
    io::block_on(shards_.control(), started(*this));
  }
  ~Elsewhere() { stop(); }
  void stop() {
    if (server_ == nullptr) return;
    io::block_on(shards_.control(), server_->stop(io::Milliseconds(1000)));
    server_.reset();
  }
  int port() const { return options_.listen.port; }
  std::vector<http::Request> asked;

 private:
  static io::Task<void> started(Elsewhere& self) {
    auto server = http::Server::start(self.router_, self.options_, self.metrics_);
    EXPECT_TRUE(server);
    if (server) {
      self.server_ = *std::move(server);
      self.options_.listen = self.server_->local();
    }
    co_return;
  }
  io::Task<http::Response> told(http::Request request, std::string body) {
    asked.push_back(std::move(request));
    return say(http::Response::json(200, std::move(body), "application/vnd.schemaregistry.v1+json"));
  }

  io::Shards& shards_;
  http::Router router_;
  http::ServerOptions options_;
  Metrics metrics_;
  std::unique_ptr<http::Server> server_;
};

class Forwarded : public testing::Test {
 protected:
  Forwarded() : shards_(io::Shards::start(1)), elsewhere_(*shards_) {
    braid::registry::Registry::OpenJournal open = [](eventlog::Journal::Apply apply) { return braid::registry::MemoryJournal::open(std::move(apply)); };
    registry_ = *io::block_on(shards_->control(), braid::registry::Registry::open_on(std::move(open), metrics_));
    own_.get("/compatibility/subjects/{s}/versions", [](http::Request) { return say(http::Response::text(200, "own")); });
    own_.get("/schemas/ids/{id}", [](http::Request r) { return say(r.param("id") == "7" ? http::Response::text(200, "known") : http::Response::text(404, "not known")); });
    add_forwarding(router_, *registry_place("http://user:word@127.0.0.1:" + std::to_string(elsewhere_.port())), *registry_, own_, true);
  }
  http::Response call(std::string method, std::string target, std::string body = {}, http::Headers headers = {}) {
    auto request = http::Request::make(std::move(method), std::move(target), std::move(body), std::move(headers));
    return io::block_on(shards_->control(), router_.handle(*std::move(request)));
  }

  std::unique_ptr<io::Shards> shards_;
  Elsewhere elsewhere_;
  Metrics metrics_;
  std::unique_ptr<braid::registry::Registry> registry_;
  http::Router own_, router_;
};

TEST_F(Forwarded, CallsArePassedOnAsTheyAre) {
  const auto answer = call("POST", "/subjects/a%2Fb/versions?normalize=true", "{\"schema\":\"x\"}", {{"Accept", "application/json"}, {"Authorization", "Bearer mine"}, {"X-Own", "1"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"here\":true}");
  EXPECT_EQ(answer.headers.get("content-type"), "application/vnd.schemaregistry.v1+json");
  ASSERT_GE(elsewhere_.asked.size(), 1u);
  const auto& asked = elsewhere_.asked[0];
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.target, "/subjects/a%2Fb/versions?normalize=true");              // not decoded and encoded anew
  EXPECT_EQ(asked.body, "{\"schema\":\"x\"}");
  EXPECT_EQ(asked.headers.get("accept"), "application/json");
  EXPECT_EQ(asked.headers.get("x-own"), "1");
  EXPECT_EQ(asked.headers.get("authorization"), "Basic dXNlcjp3b3Jk");             // the node's own way in, never the caller's
}

TEST_F(Forwarded, WhatOnlyBraidAnswersIsAnsweredHere) {
  EXPECT_EQ(call("GET", "/compatibility/subjects/s/versions?explain=true").body, "own");
  EXPECT_TRUE(elsewhere_.asked.empty());
}

TEST_F(Forwarded, ARegistryThatIsAwayIsSaidToBe) {
  EXPECT_EQ(call("GET", "/subjects").status, 200);
  elsewhere_.stop();
  const auto away = call("GET", "/subjects");
  EXPECT_EQ(away.status, 503);
  const auto body = json::parse_object(away.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->at("error_code"), 50003);
  EXPECT_NE(away.body.find("http://127.0.0.1:" + std::to_string(elsewhere_.port())), std::string::npos) << away.body;
  EXPECT_EQ(away.body.find("word"), std::string::npos);                            // the password stays here
  const auto known = call("GET", "/schemas/ids/7");                                // an id never changes: what was read before holds
  EXPECT_EQ(known.body, "known");
  EXPECT_TRUE(known.headers.get("warning"));
  EXPECT_EQ(call("GET", "/schemas/ids/8").status, 503);
  EXPECT_EQ(call("POST", "/subjects/s/versions", "{}").status, 503);
}

// A registry that misbehaves: it says what it is told to say, byte for byte, and waits where it is told to wait.
struct Fake {
  std::unique_ptr<io::Listener> listener;
  std::string answer;                    // to any call
  std::string waits_at;                  // a call whose head has this is answered when `goes_on` is set
  bool goes_on = false, floods = false;  // floods: the answer has no end
  io::Notifier asked_or_released;
  int asked = 0;
  std::vector<std::unique_ptr<io::Stream>> open;   // closed with the fake
};

io::Task<void> talk(Fake* fake, io::Stream* stream) {
  std::string head;
  std::array<char, 4096> chunk;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto n = co_await stream->read_some(chunk);
    if (!n || *n == 0) co_return;
    head.append(chunk.data(), *n);
  }
  ++fake->asked;
  fake->asked_or_released.notify_all();
  const bool waits = !fake->waits_at.empty() && head.find(fake->waits_at) != std::string::npos;
  while (waits && !fake->goes_on) (void)co_await fake->asked_or_released.wait();
  const std::string answer = fake->answer;
  (void)co_await stream->write(BytesView(answer));
  const std::string piece = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  while (fake->floods) {
    const auto taken = co_await stream->write(BytesView(piece));
    if (!taken) break;
  }
  stream->close();
}

io::Task<void> accept_all(Fake* fake, io::Gate::Pass pass) {
  for (;;) {
    auto accepted = co_await fake->listener->accept(*io::Shard::current());
    if (!accepted) break;
    fake->open.push_back(*std::move(accepted));
    io::Shard::current()->spawn(talk(fake, fake->open.back().get()));
  }
  (void)pass;
}

io::Task<void> ask_into(const http::Router* router, std::string target, std::optional<http::Response>* out, io::Notifier* done) {
  auto request = http::Request::make("GET", std::move(target));
  auto answering = router->handle(*std::move(request));
  *out = co_await std::move(answering);
  done->notify_all();
}

class Misbehaving : public testing::Test {
 protected:
  Misbehaving() : shards_(io::Shards::start(1)) {
    braid::registry::Registry::OpenJournal open = [](eventlog::Journal::Apply apply) { return braid::registry::MemoryJournal::open(std::move(apply)); };
    registry_ = *io::block_on(shards_->control(), braid::registry::Registry::open_on(std::move(open), metrics_));
    own_.get("/schemas/ids/{id}", [](http::Request r) { return say(r.param("id") == "7" ? http::Response::text(200, "known") : http::Response::text(404, "not known")); });
    io::block_on(shards_->control(), listen(this));
    place_ = *registry_place("http://user:word@127.0.0.1:" + std::to_string(fake_.listener->local().port));
    place_.away = std::chrono::hours(1);
  }
  ~Misbehaving() override { io::block_on(shards_->control(), stop(this)); }
  void forward() { add_forwarding(router_, place_, *registry_, own_, true); }
  http::Response get(const std::string& target) {
    auto request = http::Request::make("GET", target);
    return io::block_on(shards_->control(), router_.handle(*std::move(request)));
  }
  // What is said of a registry that does not answer as it should.
  std::string trouble(const http::Response& r) {
    const auto body = json::parse_object(r.body);
    EXPECT_EQ(r.status, 503) << r.body;
    EXPECT_TRUE(body && body->at("error_code") == 50003) << r.body;
    EXPECT_NE(r.body.find(place_.name()), std::string::npos) << r.body;
    EXPECT_NE(r.body.find("schema_registry_url"), std::string::npos) << r.body;
    EXPECT_EQ(r.body.find("word"), std::string::npos) << r.body;
    return body ? std::string(body->at("message").as_string()) : r.body;
  }

  static io::Task<void> listen(Misbehaving* self) {
    self->fake_.listener = *io::Listener::bind({"127.0.0.1", 0});
    auto pass = self->gate_.enter();
    io::Shard::current()->spawn(accept_all(&self->fake_, std::move(*pass)));
    co_return;
  }
  static io::Task<void> stop(Misbehaving* self) {
    self->fake_.listener->close();
    self->fake_.goes_on = true;
    self->fake_.asked_or_released.notify_all();
    for (auto& stream : self->fake_.open) stream->close();
    co_await self->gate_.close();
    co_await io::yield();
  }

  std::unique_ptr<io::Shards> shards_;
  Metrics metrics_;
  std::unique_ptr<braid::registry::Registry> registry_;
  http::Router own_, router_;
  Fake fake_;
  io::Gate gate_;
  RegistryPlace place_;
};

const std::string list = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\nConnection: close\r\n\r\n[\"s\"]";

io::Task<void> slow_case(Fake* fake, const http::Router* router) {
  fake->answer = list;
  fake->waits_at = "GET /subjects ";
  std::optional<http::Response> slow, quick;
  io::Notifier done;
  io::Shard::current()->spawn(ask_into(router, "/subjects", &slow, &done));
  while (fake->asked == 0) (void)co_await fake->asked_or_released.wait();
  io::Shard::current()->spawn(ask_into(router, "/schemas/types", &quick, &done));   // while the first still waits
  while (!quick) (void)co_await done.wait();
  EXPECT_EQ(quick->body, "[\"s\"]");
  EXPECT_FALSE(slow);
  fake->goes_on = true;
  fake->asked_or_released.notify_all();
  while (!slow) (void)co_await done.wait();
  EXPECT_EQ(slow->status, 200);
  EXPECT_EQ(slow->body, "[\"s\"]");
}

TEST_F(Misbehaving, ASlowAnswerKeepsNobodyElseWaiting) {
  forward();
  io::block_on(shards_->control(), slow_case(&fake_, &router_));
}

TEST_F(Misbehaving, WhoNeverAnswersIsGivenUp) {
  place_.patience = io::Milliseconds(50);
  fake_.waits_at = "GET ";
  forward();
  const auto said = trouble(get("/subjects"));
  EXPECT_NE(said.find("GET /subjects was not answered within 50 ms"), std::string::npos) << said;
  const int asked = fake_.asked;
  EXPECT_EQ(get("/schemas/ids/7").body, "known");
  EXPECT_EQ(fake_.asked, asked) << "what is known is answered without waiting for that registry once more";
  trouble(get("/schemas/ids/8"));
}

TEST_F(Misbehaving, WhatIsNoAnswerIsSaidToBe) {
  forward();
  fake_.answer = "HELLO, who is there?\r\n\r\n";
  EXPECT_NE(trouble(get("/subjects")).find("GET /subjects: "), std::string::npos);
  fake_.answer = "";
  EXPECT_NE(trouble(get("/subjects")).find("GET /subjects: "), std::string::npos);
  fake_.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[\"s\"";
  const auto half = trouble(get("/subjects"));
  EXPECT_NE(half.find("closed in the middle of the message"), std::string::npos) << half;
  EXPECT_EQ(get("/schemas/ids/7").body, "known");
  fake_.answer = list;
  EXPECT_EQ(get("/subjects").body, "[\"s\"]");                                      // and when it is well again, so are we
  EXPECT_EQ(get("/schemas/ids/7").body, "[\"s\"]") << "it is asked again";
}

TEST_F(Misbehaving, ARedirectIsNotFollowed) {
  forward();
  for (const int status : {301, 302, 303, 307, 308}) {
    fake_.answer = "HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: http://other:8081/subjects\r\nContent-Length: 0\r\n\r\n";
    const auto said = trouble(get("/subjects"));
    EXPECT_NE(said.find("answers GET /subjects with " + std::to_string(status) + " and sends on to http://other:8081/subjects"), std::string::npos) << said;
  }
}

TEST_F(Misbehaving, ItsOwnErrorsArePassedOnAndWhatIsKnownIsAnswered) {
  forward();
  fake_.answer = "HTTP/1.1 500 Bad\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n{\"error_code\":50001,\"message\":\"disk\"}";
  const auto failed = get("/subjects");
  EXPECT_EQ(failed.status, 500);
  EXPECT_NE(failed.body.find("50001"), std::string::npos) << failed.body;
  const auto known = get("/schemas/ids/7");
  EXPECT_EQ(known.body, "known");
  EXPECT_TRUE(known.headers.get("warning"));
  EXPECT_EQ(get("/schemas/ids/8").status, 500);
}

TEST_F(Misbehaving, AnAnswerWithoutEndIsNotHeld) {
  place_.answer_bytes_max = 1'000'000;
  forward();
  fake_.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  fake_.floods = true;
  const auto said = trouble(get("/subjects"));
  EXPECT_NE(said.find("its answer to GET /subjects is larger than 1000000 bytes"), std::string::npos) << said;
}

// Lists schemas, and does not answer what else it is asked.
class ListsOnly final : public braid::registry::Upstream {
 public:
  explicit ListsOnly(int* calls) : calls_(calls) {}
  std::string name() const override { return "http://lists-only"; }
  io::Task<Result<braid::registry::UpstreamAnswer>> call(std::string, std::string target, std::string) override {
    ++*calls_;
    if (!target.starts_with("/schemas?")) co_return fail(ErrorCode::timeout, "not answered");
    braid::registry::UpstreamAnswer out{200, "["};
    for (int i = 1; i <= 300; ++i) out.body += (i > 1 ? "," : "") + std::string(R"({"subject":"s)") + std::to_string(i) + R"(","version":1,"id":)" + std::to_string(i) + R"(,"schema":"\"string\""})";
    out.body += "]";
    co_return out;
  }

 private:
  int* calls_;
};

io::Task<int> calls_until_open(Metrics* metrics) {
  int calls = 0;
  auto opening = braid::registry::Registry::open_remote(std::make_unique<ListsOnly>(&calls), *metrics);
  auto registry = co_await std::move(opening);
  EXPECT_TRUE(registry);
  const int until_open = calls;
  if (registry) {
    EXPECT_EQ((*registry)->subjects().size(), 300u);
    auto closing = (*registry)->close();
    co_await std::move(closing);
  }
  co_return until_open;
}

TEST(RegistryUpstream, WhoDoesNotAnswerOneCallIsNotAskedHundreds) {
  const auto shards = io::Shards::start(1);
  Metrics metrics;
  EXPECT_LE(io::block_on(shards->control(), calls_until_open(&metrics)), 3);   // each would be waited for as long as the first
}

TEST(RegistryUpstream, SpeaksTls) {
  const auto shards = io::Shards::start(1);
  io::TestCertificates certificates;
  certificates.issue("registry", "DNS:localhost,IP:127.0.0.1");
  auto tls = io::TlsServer::open({.certificate = certificates.path("registry.crt"), .key = certificates.path("registry.key")});
  ASSERT_TRUE(tls) << tls.error().message;
  Elsewhere elsewhere(*shards, *tls);
  auto place = registry_place("https://127.0.0.1:" + std::to_string(elsewhere.port()));
  ASSERT_TRUE(place);
  auto stranger = registry_upstream(*place);                                       // the system does not know this authority
  const auto refused = io::block_on(shards->control(), stranger->call("GET", "/subjects", ""));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("certificate"), std::string::npos) << refused.error().message;
  place->trusted = *io::TlsClient::open({.ca = certificates.path("ca.crt")});
  auto upstream = registry_upstream(*place);
  const auto answer = io::block_on(shards->control(), upstream->call("POST", "/subjects/s/versions", "{}"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "{\"here\":true}");
  ASSERT_EQ(elsewhere.asked.size(), 1u);
  EXPECT_EQ(elsewhere.asked[0].headers.get("confluent-accept-unknown-properties"), "true");
}

}  // namespace
}  // namespace braid::node
