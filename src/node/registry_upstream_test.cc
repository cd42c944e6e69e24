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
