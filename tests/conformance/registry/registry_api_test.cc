// The REST API without a socket: what is beside the rules (those are tested in registry/ and by the conformance cases).
#include <gtest/gtest.h>

#include "api/registry/routes.h"
#include "registry/memory_journal.h"

namespace braid::api::registry_api {
namespace {

class RegistryApi : public testing::Test {
 protected:
  RegistryApi() : shards_(io::Shards::start(1)) {
    braid::registry::Registry::OpenJournal open = [](eventlog::Journal::Apply apply) { return braid::registry::MemoryJournal::open(std::move(apply)); };
    registry_ = *io::block_on(shards_->control(), braid::registry::Registry::open_on(std::move(open), metrics_));
    add_routes(router_, *registry_, metrics_, true);
  }
  http::Response call(std::string method, std::string target, std::string body = {}, http::Headers headers = {}) {
    auto request = http::Request::make(std::move(method), std::move(target), std::move(body), std::move(headers));
    return io::block_on(shards_->control(), router_.handle(*std::move(request)));
  }
  std::string text(std::string method, std::string target, std::string body = {}) { return call(std::move(method), std::move(target), std::move(body)).body; }

  Metrics metrics_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<braid::registry::Registry> registry_;
  http::Router router_;
};

const std::string string_schema = R"({"schema":"\"string\""})", int_schema = R"({"schema":"\"int\""})";

TEST_F(RegistryApi, ContentTypesAreNegotiated) {
  EXPECT_EQ(call("GET", "/config").headers.get("content-type"), "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(call("GET", "/config", "", {{"Accept", "application/json"}}).headers.get("content-type"), "application/json");
  EXPECT_EQ(call("GET", "/config", "", {{"Accept", "application/json; q=0.5, application/vnd.schemaregistry+json"}}).headers.get("content-type"),
            "application/vnd.schemaregistry+json");
  EXPECT_EQ(call("GET", "/config", "", {{"Accept", "text/html"}}).status, 406);
  EXPECT_EQ(call("POST", "/subjects/s/versions", string_schema, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(call("POST", "/subjects/s/versions", string_schema, {{"Content-Type", "application/octet-stream"}}).status, 200);
}

TEST_F(RegistryApi, SubjectsMayHoldAnything) {
  EXPECT_EQ(call("POST", "/subjects/a%2Fb%20%C3%BC/versions", string_schema).status, 200);
  EXPECT_EQ(text("GET", "/subjects"), R"(["a/b ü"])");
  EXPECT_EQ(text("GET", "/subjects/a%2Fb%20%C3%BC/versions/"), "[1]");
  EXPECT_EQ(call("POST", "/subjects/a%0Ab/versions", string_schema).status, 422);
}

TEST_F(RegistryApi, ContextsInThePath) {
  EXPECT_EQ(call("POST", "/contexts/.c/subjects/s/versions?normalize=true", string_schema).status, 200);
  EXPECT_EQ(text("GET", "/subjects"), R"([":.c:s"])");
  EXPECT_EQ(text("GET", "/contexts/.c/subjects"), R"([":.c:s"])");
  EXPECT_EQ(text("GET", "/contexts/.d/subjects"), "[]");
  EXPECT_EQ(text("GET", "/contexts"), R"([".",".c"])");
  EXPECT_EQ(call("GET", "/contexts/.c/schemas/ids/1").status, 200);
  EXPECT_EQ(call("GET", "/schemas/ids/1").status, 404);                       // ids belong to their context
  EXPECT_EQ(call("GET", "/schemas/ids/1?subject=s").status, 200);             // an unqualified subject is looked for in all
  EXPECT_EQ(text("PUT", "/contexts/.c/config", R"({"compatibility":"FULL"})"), R"({"compatibility":"FULL"})");
  EXPECT_EQ(text("GET", "/config/:.c:s?defaultToGlobal=true"), R"({"compatibilityLevel":"FULL"})");
  EXPECT_EQ(text("GET", "/config"), R"({"compatibilityLevel":"BACKWARD"})");
  EXPECT_EQ(call("DELETE", "/contexts/.c").status, 422);
  EXPECT_EQ(call("GET", "/contexts/a:b/subjects").status, 400);
}

TEST_F(RegistryApi, BooleansAreJavas) {
  call("POST", "/subjects/s/versions", string_schema);
  call("DELETE", "/subjects/s?permanent=no");
  EXPECT_EQ(text("GET", "/subjects?deleted=True"), R"(["s"])");
  EXPECT_EQ(text("GET", "/subjects?deleted=yes"), "[]");
}

TEST_F(RegistryApi, BadBodiesAreAnswered) {
  EXPECT_EQ(call("POST", "/subjects/s/versions", "{").status, 400);
  EXPECT_EQ(call("POST", "/subjects/s/versions", "[]").status, 400);
  EXPECT_EQ(call("POST", "/subjects/s/versions", "").status, 422);
  EXPECT_EQ(call("POST", "/subjects/s/versions", R"({"schema":5,"new_field_of_tomorrow":{}})").status, 422);
  EXPECT_EQ(call("POST", "/subjects/s/versions", R"({"schema":"\"int\"","schemaType":null,"references":null})").status, 200);
  EXPECT_EQ(text("GET", "/nothing/here"), R"({"error_code":404,"message":"HTTP 404 Not Found"})");
}

TEST_F(RegistryApi, WhatWasWrittenIsRead) {
  EXPECT_EQ(call("PUT", "/config", R"({"compatibility":"NONE"})").status, 200);
  call("POST", "/subjects/s/versions", string_schema);
  call("POST", "/subjects/s/versions", int_schema);
  EXPECT_EQ(text("GET", "/subjects/s/versions/latest/schema"), "\"int\"");
  EXPECT_EQ(text("GET", "/schemas/ids/1/versions"), R"([{"subject":"s","version":1}])");
  EXPECT_EQ(text("DELETE", "/subjects/s/versions/1"), "1");
  EXPECT_EQ(text("GET", "/subjects/s/versions?deletedAsNegative=true"), "[-1,2]");
}

}  // namespace
}  // namespace braid::api::registry_api
