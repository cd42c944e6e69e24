// A start with many schemas: the registry serves at once, the catalog comes in behind and says so. What "behind" is, the tests decide: they keep the
// filling from running (Options::fill), so no test depends on who is faster.
#include <gtest/gtest.h>

#include "api/mesh/test_world.h"
#include "api/registry/routes.h"
#include "registry/service.h"

namespace braid::api {
namespace {

using testing::Reply;

std::string record(const std::string& name, const std::string& fields) { return R"({"type":"record","name":")" + name + R"(","fields":[)" + fields + "]}"; }
std::string field(const std::string& name, const std::string& more = "") { return R"({"name":")" + name + R"(","type":"long")" + more + "}"; }

io::Task<http::Response> ask(http::Router* router, http::Request request) { co_return co_await router->handle(std::move(request)); }

struct CatalogFillingTest : ::testing::Test {
  static constexpr int schemas = 20;
  testing::TestWorld world;
  std::vector<std::int32_t> ids;

  void SetUp() override {
    for (int i = 0; i < schemas; ++i) ids.push_back(world.register_schema(subject(i), record("R" + std::to_string(i), field("f" + std::to_string(i)))));
  }
  static std::string subject(int i) { return "s" + std::to_string(i) + "-value"; }
  void restart(bool fill, std::size_t subjects_at_open = 5) {
    world.catalog_options = {.subjects_at_open = subjects_at_open, .fill = fill};
    world.restart();
  }
  http::Response registry(const std::string& path) {
    http::Router router;
    registry_api::add_routes(router, world.registry(), world.metrics(), true);
    http::Headers headers;
    return io::block_on(world.shard(), ask(&router, *http::Request::make("GET", path, "", std::move(headers))));
  }
  Reply search(const std::string& type) { return world.call("GET", "/api/v1/search?type=" + type); }
  std::int64_t found(const std::string& type) { return search(type).body.at("total").as_int64(); }
};

TEST_F(CatalogFillingTest, TheRegistryAnswersBeforeTheCatalogIsWhole) {
  restart(false);
  EXPECT_EQ(world.catalog().indexing().of, std::size_t(schemas));
  EXPECT_EQ(world.catalog().indexing().done, 0u);
  EXPECT_EQ(world.catalog().texts_read(), 0u);
  const auto listed = registry("/subjects");
  ASSERT_EQ(listed.status, 200);
  EXPECT_EQ(json::parse(listed.body)->as_array().size(), std::size_t(schemas));
  for (int i = 0; i < schemas; ++i) {
    EXPECT_EQ(registry("/subjects/" + subject(i) + "/versions/1").status, 200);
    EXPECT_EQ(registry("/schemas/ids/" + std::to_string(ids[std::size_t(i)])).status, 200);
  }
  const auto answer = search("sr_field");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.at("total").as_int64(), 0);
  EXPECT_EQ(answer.body.at("indexing").at("done").as_int64(), 0);
  EXPECT_EQ(answer.body.at("indexing").at("of").as_int64(), schemas);
  EXPECT_EQ(world.catalog().texts_read(), 0u);
}

TEST_F(CatalogFillingTest, WhatIsWrittenMeanwhileIsReadAtOnceAndCostsNoMoreThanItself) {
  restart(false);
  world.register_schema("late-value", record("Late", field("late")));
  EXPECT_EQ(found("sr_field"), 1);
  EXPECT_EQ(world.catalog().texts_read(), 1u);
  world.register_schema(subject(3), record("R3", field("f3") + "," + field("more", R"(,"default":0)")));
  EXPECT_EQ(found("sr_subject_version"), 3);         // late, and both versions of the one that was still to come
  EXPECT_EQ(world.catalog().texts_read(), 3u);
  world.register_schema(subject(3), record("R3", field("f3") + "," + field("other", R"(,"default":0)")));
  EXPECT_EQ(found("sr_subject_version"), 4);
  EXPECT_EQ(world.catalog().texts_read(), 4u);       // the two versions that were there are not read again
}

TEST_F(CatalogFillingTest, WhatIsAskedForByNameIsThere) {
  restart(false);
  const auto status = [&](const std::string& type, const std::string& name) { return world.call("GET", "/catalog/v1/entity/type/" + type + "/name/lsrc-x:.:" + name).status; };
  EXPECT_EQ(status("sr_subject_version", subject(7) + ":1"), 200);
  EXPECT_EQ(status("sr_field", std::to_string(ids[8]) + ":R8.f8"), 200);
  EXPECT_EQ(status("sr_record", std::to_string(ids[9]) + ":R9"), 200);
  EXPECT_EQ(status("sr_schema", std::to_string(ids[10])), 200);
  EXPECT_EQ(world.catalog().texts_read(), 4u);
  EXPECT_EQ(status("sr_subject_version", subject(7) + ":2"), 404);
  EXPECT_EQ(status("sr_subject_version", "nobody:1"), 404);
  EXPECT_EQ(status("sr_schema", "4711"), 404);
  EXPECT_EQ(status("sr_schema", "x"), 404);
  EXPECT_EQ(world.catalog().texts_read(), 4u);
  EXPECT_FALSE(world.catalog().indexing().whole());
}

TEST_F(CatalogFillingTest, ItBecomesWholeByItself) {
  restart(true);
  io::block_on(world.shard(), world.catalog().whole());
  EXPECT_EQ(world.catalog().indexing().done, std::size_t(schemas));
  EXPECT_EQ(found("sr_field"), schemas);
  EXPECT_FALSE(search("sr_field").body.as_object().contains("indexing"));
  EXPECT_EQ(world.catalog().texts_read(), std::uint64_t(schemas));
}

TEST_F(CatalogFillingTest, WithFewSchemasItIsWholeFromTheStart) {
  restart(false, schemas);
  EXPECT_TRUE(world.catalog().indexing().whole());
  EXPECT_EQ(found("sr_field"), schemas);
  EXPECT_FALSE(search("sr_field").body.as_object().contains("indexing"));
}

TEST_F(CatalogFillingTest, WhatSubjectsShareGoesWithTheLastOfThem) {
  world.register_schema("shared-value", record("R0", field("f0")));   // the id of s0-value
  EXPECT_EQ(found("sr_subject_version"), schemas + 1);
  EXPECT_EQ(found("sr_schema"), schemas);
  for (const auto& gone : {subject(0), std::string("shared-value")}) {
    EXPECT_EQ(found("sr_field"), schemas) << gone;
    ASSERT_TRUE(io::block_on(world.shard(), world.registry().service().delete_subject(gone, false)));
  }
  EXPECT_EQ(found("sr_field"), schemas - 1);
  EXPECT_EQ(found("sr_schema"), schemas - 1);
  EXPECT_EQ(found("sr_subject_version"), schemas - 1);
}

}  // namespace
}  // namespace braid::api
