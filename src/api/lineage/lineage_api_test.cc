// /api/v1/lineage over the embedded log. Every answer is also held against the OpenAPI document (test_world.h).
#include <gtest/gtest.h>

#include "api/mesh/test_world.h"

namespace braid::api {
namespace {

using testing::Reply;

struct LineageApiTest : ::testing::Test {
  testing::TestWorld world;
  mesh::QueryFlow query;
  std::int64_t now = system_clock().wall_ms();

  void SetUp() override {
    world.set_up_demo();
    world.create_topic("high");
    query.id = "CSAS_HIGH_7";
    query.statement = "CREATE STREAM high AS SELECT * FROM stocktrades WHERE price > 500;";
    query.sketch = "filter";
    query.state = "running";
    query.sink = "HIGH";
    query.sink_topic = "high";
    query.columns = {{"PRICE", "INTEGER"}};
    query.inputs = {{"STOCKTRADES", "stocktrades", {{"PRICE", "PRICE", "unchanged", ""}, {"PRICE", "", "filtered", "PRICE over 500"}}}};
    world.lineage_sources.columns["stocktrades"] = {{"PRICE", "INTEGER"}, {"SIDE", "STRING"}};
    put();
    see({"query", "", "CSAS_HIGH_7", "", "stocktrades", false}, 100);
    see({"kafka", "anonymous", "rdkafka", "", "stocktrades", false}, 12);
    world.lineage_sources.seen.groups = {{"anonymous", "rdkafka", "127.0.0.1", "kcat-readers", {"stocktrades"}, now}};
    world.look();
  }
  void put() {
    world.lineage_sources.flows = {std::make_shared<const mesh::QueryFlow>(query)};
    ++world.lineage_sources.changes;
  }
  void see(mesh::Seen who, std::uint64_t records) { world.lineage_sources.seen.counts.push_back({std::move(who), "127.0.0.1", now, now, records, records * 10}); }
  static const json::value* edge(const Reply& r, std::string_view from, std::string_view to) {
    for (const auto& e : r.body.at("edges").as_array())
      if (e.at("from").as_string() == from && e.at("to").as_string() == to) return &e;
    return nullptr;
  }
};

TEST_F(LineageApiTest, TheWholeMeshHasAnEtagThatHoldsUntilSomethingHappens) {
  // Rates are known once two looks are at least a millisecond apart.
  auto first = world.call("GET", "/api/v1/lineage");
  while (edge(first, "topic:stocktrades", "group:kcat-readers")->at("records_per_second").is_null()) {
    world.look();
    first = world.call("GET", "/api/v1/lineage");
  }
  ASSERT_EQ(first.status, 200);
  const auto* group = edge(first, "topic:stocktrades", "group:kcat-readers");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->at("status").as_string(), "seen_not_declared");
  EXPECT_EQ(group->at("records").to_number<int>(), 12);
  EXPECT_FALSE(group->as_object().contains("columns"));
  EXPECT_EQ(edge(first, "topic:stocktrades", "query:CSAS_HIGH_7")->at("status").as_string(), "ok");
  EXPECT_EQ(edge(first, "query:CSAS_HIGH_7", "topic:high")->at("status").as_string(), "declared_never_seen");
  const std::string etag(*first.headers.get("ETag"));
  EXPECT_EQ(world.call("GET", "/api/v1/lineage", "", "", {{"If-None-Match", etag}}).status, 304);
  world.look();   // nothing new was counted
  EXPECT_EQ(world.call("GET", "/api/v1/lineage", "", "", {{"If-None-Match", etag}}).status, 304);
  world.lineage_sources.seen.counts[1].records = 13;
  world.look();
  const auto second = world.call("GET", "/api/v1/lineage", "", "", {{"If-None-Match", etag}});
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(edge(second, "topic:stocktrades", "group:kcat-readers")->at("records").to_number<int>(), 13);
  EXPECT_TRUE(edge(world.call("GET", "/api/v1/lineage?columns=true"), "topic:stocktrades", "query:CSAS_HIGH_7")->as_object().contains("columns"));
  EXPECT_NE(world.call("GET", "/api/v1/lineage?internal=true").text.find("topic:_braid_mesh"), std::string::npos);
}

TEST_F(LineageApiTest, OfOneThingWithItsColumns) {
  const auto r = world.call("GET", "/api/v1/lineage?of=product:STOCKTRADES&depth=1");
  ASSERT_EQ(r.status, 200) << r.text;
  EXPECT_EQ(json::print(r.body.at("of")), R"(["topic:stocktrades"])");
  EXPECT_EQ(r.body.at("nodes").as_array().size(), 3u);
  for (const auto& n : r.body.at("nodes").as_array())
    if (n.at("id").as_string() == "topic:stocktrades") {
      EXPECT_EQ(n.at("kind").as_string(), "product");
      EXPECT_EQ(json::print(n.at("columns")), R"([{"name":"PRICE","type":"INTEGER"},{"name":"SIDE","type":"STRING"}])");
    }
  EXPECT_EQ(json::print(edge(r, "topic:stocktrades", "query:CSAS_HIGH_7")->at("columns")),
            R"([{"from":"PRICE","to":"PRICE","how":"unchanged","text":""},{"from":"PRICE","to":null,"how":"filtered","text":"PRICE over 500"}])");
  EXPECT_EQ(world.call("GET", "/api/v1/lineage?of=stocktrades&depth=all").body.at("nodes").as_array().size(), 4u);
}

TEST_F(LineageApiTest, AColumnIsTracedInAnyCase) {
  const auto r = world.call("GET", "/api/v1/lineage?of=topic:high&column=price");
  ASSERT_EQ(r.status, 200) << r.text;
  EXPECT_EQ(r.body.at("trace").at("column").as_string(), "PRICE");
  EXPECT_EQ(r.body.at("trace").at("notes").at("query:CSAS_HIGH_7").as_string(), "PRICE unchanged, over 500");
  ASSERT_EQ(r.body.at("trace").at("path").as_array().size(), 2u);
  for (const auto& i : r.body.at("trace").at("path").as_array()) EXPECT_LT(std::size_t(i.as_int64()), r.body.at("edges").as_array().size());
}

TEST_F(LineageApiTest, SaysWhatIsWrong) {
  const auto error = [&](const char* target, int status) {
    const auto r = world.call("GET", target);
    EXPECT_EQ(r.status, status) << target << " " << r.text;
    const auto* hint = r.body.as_object().if_contains("hint");
    return std::string(r.body.at("message").as_string()) + " | " + (hint ? std::string(hint->as_string()) : "");
  };
  EXPECT_EQ(error("/api/v1/lineage?of=stoktrades", 404), "there is no product, topic, query, group or client 'stoktrades' in the mesh | did you mean \"stocktrades\"?");
  EXPECT_EQ(error("/api/v1/lineage?of=stocktrades&column=prise", 404), "stocktrades has no column 'prise' | did you mean \"PRICE\"?");
  EXPECT_EQ(error("/api/v1/lineage?of=users&column=x", 404), "users has no column 'x' | its columns are not known: no stream and no schema describes it");
  EXPECT_EQ(error("/api/v1/lineage?column=PRICE", 400), "column needs of: whose column PRICE is to be followed | for example ?of=product:stocktrades&column=PRICE");
  EXPECT_EQ(error("/api/v1/lineage?of=users&depth=0", 400), "depth must be all or a number from 1 to 100, got '0' | ");
  EXPECT_EQ(error("/api/v1/lineage/openlineage?limit=0", 400), "limit must be from 1 to 1000, got 0 | go on with after");
  EXPECT_EQ(world.call("GET", "/api/v1/lineage/openlineage?since=soon").status, 400);
}

TEST_F(LineageApiTest, WhatWasSeenSurvivesARestartAndSoDoRuns) {
  world.restart();
  const auto r = world.call("GET", "/api/v1/lineage");
  const auto* group = edge(r, "topic:stocktrades", "group:kcat-readers");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->at("records").to_number<int>(), 12);
  EXPECT_TRUE(group->at("records_per_second").is_null()) << "not measured since the start";
  world.lineage_sources.seen.counts.clear();
  see({"kafka", "anonymous", "rdkafka", "", "stocktrades", false}, 3);   // counters of the new process begin at zero
  world.look();
  EXPECT_EQ(edge(world.call("GET", "/api/v1/lineage"), "topic:stocktrades", "group:kcat-readers")->at("records").to_number<int>(), 15);
  const auto events = world.call("GET", "/api/v1/lineage/openlineage").body;
  EXPECT_EQ(events.at("events").as_array().size(), 1u) << "the run goes on, it does not start again: " << json::print(events);
}

TEST_F(LineageApiTest, OpenLineageEventsCanBePagedAndStreamed) {
  query.statement = "CREATE OR REPLACE STREAM high AS SELECT * FROM stocktrades WHERE price > 600;";
  put();
  world.look();
  world.lineage_sources.flows.clear();
  world.look();
  const auto all = world.call("GET", "/api/v1/lineage/openlineage?since=1h");
  std::string types;
  for (const auto& e : all.body.at("events").as_array()) types += std::string(e.at("eventType").as_string()) + " ";
  EXPECT_EQ(types, "START ABORT START COMPLETE ");
  EXPECT_FALSE(all.body.at("more").as_bool());
  const auto page = world.call("GET", "/api/v1/lineage/openlineage?limit=3");
  EXPECT_EQ(page.body.at("events").as_array().size(), 3u);
  EXPECT_TRUE(page.body.at("more").as_bool());
  const auto rest = world.call("GET", "/api/v1/lineage/openlineage?after=" + std::to_string(page.body.at("next").as_int64()));
  ASSERT_EQ(rest.body.at("events").as_array().size(), 1u);
  EXPECT_EQ(rest.body.at("events").as_array()[0].at("eventType").as_string(), "COMPLETE");
  const auto none = world.call("GET", "/api/v1/lineage/openlineage?after=" + std::to_string(rest.body.at("next").as_int64()));
  EXPECT_EQ(none.body.at("events").as_array().size(), 0u);
  EXPECT_EQ(none.body.at("next"), rest.body.at("next"));
  const auto lines = world.call("GET", "/api/v1/lineage/openlineage", "", "", {{"Accept", "application/x-ndjson"}});
  EXPECT_EQ(std::ranges::count(lines.text, '\n'), 4);
  EXPECT_EQ(*lines.headers.get("Braid-Next"), "3");
}

TEST_F(LineageApiTest, SearchAndProductsSayTheirLineage) {
  const auto found = world.call("GET", "/api/v1/search?q=stocktrades").body;
  bool product = false;
  for (const auto& r : found.at("results").as_array()) {
    if (r.at("lineage").is_null()) continue;
    EXPECT_EQ(world.call("GET", "/api/v1/lineage?of=" + std::string(r.at("lineage").as_string())).status, 200) << json::print(r);
    product = product || r.at("lineage").as_string() == "product:stocktrades";
  }
  EXPECT_TRUE(product);
  EXPECT_EQ(world.call("GET", "/api/v1/products/stocktrades").body.at("ports").as_array()[0].at("lineage").as_string(), "topic:stocktrades");
}

}  // namespace
}  // namespace braid::api
