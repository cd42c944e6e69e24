// The REST API without a socket: what is beside the rules (those are tested in registry/ and by the conformance cases).
#include <gtest/gtest.h>

#include "api/registry/routes.h"
#include "base/json.h"
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

TEST_F(RegistryApi, VerdictsAreExplained) {
  const std::string one = R"({"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"})";
  const std::string two = R"({"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}"})";
  call("POST", "/subjects/s/versions", one);
  EXPECT_EQ(text("POST", "/compatibility/subjects/s/versions/latest", two), R"({"is_compatible":false})");
  const auto explained = *json::parse_object(text("POST", "/compatibility/subjects/s/versions/latest?verbose=true&explain=true", two));
  const auto& difference = explained.at("differences").as_array().at(0).as_object();
  EXPECT_EQ(difference.at("kind"), "READER_FIELD_MISSING_DEFAULT_VALUE");
  EXPECT_EQ(difference.at("breaks"), "readers");
  EXPECT_EQ(explained.at("version"), 1);
  EXPECT_EQ(explained.at("compatibility"), "BACKWARD");
  EXPECT_EQ(explained.at("messages").as_array().size(), 5u);   // the difference, a record, the old version, its schema, the settings
  EXPECT_EQ(std::string(explained.at("messages").as_array()[1].as_string()).substr(0, 30), "{example: '{}', writtenWith: '");
  const auto& example = explained.at("example").as_object();
  EXPECT_EQ(example.at("record"), "{}");
  EXPECT_EQ(example.at("written_with"), "old");
  EXPECT_NE(example.at("error").as_string().find("'a' is missing"), std::string::npos) << example.at("error").as_string();
}

TEST_F(RegistryApi, TagsAreChangedAndFound) {
  const std::string schema = R"({"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}"})";
  call("POST", "/subjects/s/versions", schema);
  const auto tagged = call("POST", "/subjects/s/versions/1/tags", R"({"tagsToAdd":[{"schemaEntity":{"entityPath":"R.a","entityType":"sr_field"},"tags":["PII"]}]})");
  EXPECT_EQ(tagged.status, 200) << tagged.body;
  EXPECT_EQ(json::parse_object(tagged.body)->at("version"), 2);
  EXPECT_NE(text("GET", "/subjects/s/versions/2?findTags=*").find(R"("schemaTags":[{"schemaEntity":{"entityPath":"R.a","entityType":"sr_field"},"tags":["PII"]}])"), std::string::npos);
  EXPECT_EQ(text("GET", "/subjects/s/versions/2?findTags=OTHER").find("schemaTags"), std::string::npos);
  call("POST", "/subjects/s/versions/2/tags", R"({"tagsToAdd":[{"schemaEntity":{"entityPath":"R.a","entityType":"sr_field"},"tags":["OTHER"]}]})");
  EXPECT_NE(text("GET", "/subjects/s/versions/3?findTags=OTHER").find(R"("tags":["OTHER","PII"])"), std::string::npos);   // all tags of what has one of them
  EXPECT_EQ(call("POST", "/subjects/s/versions/1/tags", R"({"tagsToAdd":[{"tags":["PII"]}]})").status, 400);
  EXPECT_EQ(call("POST", "/subjects/none/versions/1/tags", "{}").status, 404);
}

TEST_F(RegistryApi, FormatsAndLists) {
  const std::string proto = R"({"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; import \"confluent/meta.proto\"; import \"google/protobuf/descriptor.proto\"; extend google.protobuf.FieldOptions { string note = 50001; } message M { string a = 1 [(confluent.field_meta) = { doc: \"x\" }, (note) = \"n\", deprecated = true]; }"})";
  EXPECT_EQ(call("POST", "/subjects/p/versions", proto).status, 200);
  EXPECT_EQ(text("GET", "/subjects/p/versions/1/schema?format=serialized").find("syntax"), std::string::npos);
  const auto plain = text("GET", "/subjects/p/versions/1/schema?format=ignore_extensions");
  EXPECT_EQ(plain.find("note"), std::string::npos) << plain;
  EXPECT_NE(plain.find("field_meta"), std::string::npos) << plain;   // Confluent's own are no extensions to its registry
  EXPECT_NE(plain.find("deprecated = true"), std::string::npos);
  call("POST", "/subjects/part/versions", R"({"schema":"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}"})");
  call("POST", "/subjects/whole/versions", R"({"schema":"{\"type\":\"array\",\"items\":\"E\"}","references":[{"name":"E","subject":"part","version":1}]})");
  EXPECT_EQ(text("GET", "/subjects/whole/versions/1/schema?format=resolved"), R"({"type":"array","items":{"type":"enum","name":"E","symbols":["A"]}})");
  call("POST", "/contexts/.c/subjects/part/versions", R"({"schema":"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}"})");
  call("POST", "/contexts/.c/subjects/whole/versions", R"({"schema":"{\"type\":\"array\",\"items\":\"E\"}","references":[{"name":"E","subject":"part","version":1}]})");
  EXPECT_NE(text("GET", "/subjects/:.c:whole/versions/1?referenceFormat=qualified").find(R"("subject":":.c:part")"), std::string::npos);
  EXPECT_NE(text("GET", "/subjects/:.c:whole/versions/1").find(R"("references":[{"name":"E","subject":"part")"), std::string::npos);
  call("PUT", "/config/nick", R"({"alias":"part"})");
  EXPECT_NE(text("GET", "/schemas?aliases=true").find(R"("aliases":["nick"])"), std::string::npos);
  EXPECT_EQ(call("GET", "/subjects/nick/versions/1").status, 200);
  call("POST", "/subjects/ruled/versions", R"({"schema":"\"long\"","ruleSet":{"domainRules":[{"name":"r","type":"CEL","expr":"true"}]}})");
  const auto ruled = *json::parse(text("GET", "/schemas?ruleType=CEL"));
  ASSERT_EQ(ruled.as_array().size(), 1u);
  EXPECT_EQ(ruled.as_array()[0].as_object().at("subject"), "ruled");
}

TEST_F(RegistryApi, SettingsThatWereNotMade) {
  EXPECT_EQ(text("GET", "/config/:.__GLOBAL:"), R"({"compatibilityLevel":"BACKWARD"})");
  EXPECT_EQ(text("GET", "/mode/:.__GLOBAL:"), R"({"mode":"READWRITE"})");
  EXPECT_EQ(call("GET", "/config/s").status, 404);
  call("PUT", "/config/s", R"({"normalize":true})");
  EXPECT_EQ(text("GET", "/config/s"), R"({"normalize":true,"compatibilityLevel":"BACKWARD"})");
  call("PUT", "/config/:.__GLOBAL:", R"({"compatibility":"FULL"})");
  EXPECT_EQ(text("GET", "/config"), R"({"compatibilityLevel":"BACKWARD"})");                      // the default context's own
  EXPECT_EQ(text("GET", "/config?defaultToGlobal=true"), R"({"compatibilityLevel":"FULL"})");
  EXPECT_EQ(text("DELETE", "/mode/:.c:?recursive=true"), "{}");
  EXPECT_EQ(text("DELETE", "/mode"), R"({"mode":"READWRITE"})");
}

TEST_F(RegistryApi, WhatIsNotOfferedSaysSo) {
  for (const std::string path : {"/associations", "/associations/resources/1", "/dek-registry/v1/keks", "/exporters"}) {
    const auto answer = call("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_NE(answer.body.find("not offered here"), std::string::npos) << path;
  }
}

TEST_F(RegistryApi, SchemasThatAreTooLarge) {
  const auto answer = call("POST", "/subjects/s/versions", R"({"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[],\"doc\":\")" + std::string(1'100'000, 'x') + R"(\"}"})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("42209"), std::string::npos) << answer.body.substr(0, 200);
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
