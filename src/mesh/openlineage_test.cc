// Runs and their events. What an event must have is transcribed by hand from the specification (2-0-2 and the facets' own pages): required() below.
#include "mesh/openlineage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mesh/testing.h"

namespace braid::mesh {
namespace {

constexpr std::int64_t now = 1'790'000'100'000;

// Everything that is wrong with an event, by the specification.
std::vector<std::string> problems(const json::value& event) {
  std::vector<std::string> out;
  const auto need = [&](const json::object& o, const std::string& at, std::initializer_list<std::pair<const char*, char>> fields) {
    for (const auto& [name, type] : fields) {
      const auto* v = o.if_contains(name);
      const bool good = v && (type == 's' ? v->is_string() && !v->get_string().empty() : type == 'o' ? v->is_object() : type == 'a' ? v->is_array() : type == 'i' ? v->is_int64() || v->is_uint64() : false);
      if (!good) out.push_back(at + "/" + name);
    }
  };
  const auto is_uri = [](const json::value& v) { return v.is_string() && (v.get_string().starts_with("https://") || v.get_string().starts_with("urn:")); };
  const auto facets = [&](const json::object& owner, const char* field, const std::string& at) {
    const auto* all = owner.if_contains(field);
    if (!all) return;
    if (!all->is_object()) return out.push_back(at + "/" + field);
    for (const auto& f : all->get_object()) {
      const std::string place = at + "/" + field + "/" + std::string(f.key());
      if (!f.value().is_object()) { out.push_back(place); continue; }
      const json::object& o = f.value().get_object();
      need(o, place, {{"_producer", 's'}, {"_schemaURL", 's'}});
      if (!o.contains("_schemaURL") || !is_uri(o.at("_schemaURL")) || o.at("_schemaURL").as_string().find("#/$defs/") == json::value("").as_string().npos) out.push_back(place + "/_schemaURL");
      if (f.key() == "schema") need(o, place, {{"fields", 'a'}});
      if (f.key() == "sql") need(o, place, {{"query", 's'}});
      if (f.key() == "jobType") need(o, place, {{"processingType", 's'}, {"integration", 's'}});
      if (f.key() == "processing_engine") need(o, place, {{"version", 's'}});
      if (f.key() == "outputStatistics" || f.key() == "inputStatistics") need(o, place, {{"rowCount", 'i'}});
      if (f.key() == "errorMessage") need(o, place, {{"message", 's'}, {"programmingLanguage", 's'}});
      if (f.key() == "ownership") need(o, place, {{"owners", 'a'}});
      if (f.key() != "columnLineage") continue;
      need(o, place, {{"fields", 'o'}, {"dataset", 'a'}});
      const auto input = [&](const json::value& i) {
        need(i.as_object(), place + "/inputFields", {{"namespace", 's'}, {"name", 's'}, {"field", 's'}, {"transformations", 'a'}});
        for (const auto& t : i.at("transformations").as_array()) {
          need(t.as_object(), place + "/transformations", {{"type", 's'}, {"subtype", 's'}});
          static const std::set<std::string> direct{"IDENTITY", "TRANSFORMATION", "AGGREGATION"}, indirect{"JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"};
          const std::string type(t.at("type").as_string()), subtype(t.at("subtype").as_string());
          if (!(type == "DIRECT" ? direct : indirect).contains(subtype)) out.push_back(place + ": " + type + " " + subtype);
        }
      };
      for (const auto& field_of : o.at("fields").as_object())
        for (const auto& i : field_of.value().at("inputFields").as_array()) input(i);
      for (const auto& i : o.at("dataset").as_array()) input(i);
    }
  };
  const json::object& e = event.as_object();
  need(e, "", {{"eventType", 's'}, {"eventTime", 's'}, {"producer", 's'}, {"schemaURL", 's'}, {"run", 'o'}, {"job", 'o'}});
  static const std::set<std::string> types{"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"};
  if (!types.contains(std::string(e.at("eventType").as_string()))) out.push_back("eventType");
  if (e.at("eventTime").as_string().size() != 24 || !e.at("eventTime").as_string().ends_with("Z")) out.push_back("eventTime");
  if (!is_uri(e.at("producer")) || !is_uri(e.at("schemaURL"))) out.push_back("producer or schemaURL");
  const json::object& run = e.at("run").as_object();
  need(run, "/run", {{"runId", 's'}});
  const std::string id(run.at("runId").as_string());
  if (id.size() != 36 || std::ranges::count(id, '-') != 4) out.push_back("/run/runId");
  facets(run, "facets", "/run");
  need(e.at("job").as_object(), "/job", {{"namespace", 's'}, {"name", 's'}});
  facets(e.at("job").as_object(), "facets", "/job");
  for (const char* side : {"inputs", "outputs"})
    for (const auto& d : e.at(side).as_array()) {
      need(d.as_object(), side, {{"namespace", 's'}, {"name", 's'}});
      facets(d.as_object(), "facets", side);
      facets(d.as_object(), "inputFacets", side);
      facets(d.as_object(), "outputFacets", side);
    }
  return out;
}

struct OpenLineageTest : ::testing::Test {
  testing::MemoryMesh mesh;
  Observed observed;
  std::map<std::string, OpenRun> runs;
  std::vector<std::shared_ptr<const QueryFlow>> queries;
  int next_id = 0;
  std::int64_t at = now;

  void SetUp() override { mesh.set_up_demo(); }
  static QueryFlow query() {
    QueryFlow q;
    q.id = "CSAS_HIGH_7";
    q.statement = "CREATE STREAM high AS SELECT price, SUM(quantity) n, price * 2 p2, item->name nm FROM stocktrades;";
    q.state = "running";
    q.sink_topic = "high";
    q.columns = {{"PRICE", "INTEGER"}, {"N", "BIGINT"}, {"P2", "INTEGER"}, {"NM", "STRING"}};
    q.inputs = {{"STOCKTRADES", "stocktrades",
                 {{"PRICE", "PRICE", "unchanged", ""}, {"QUANTITY", "N", "computed", "SUM(QUANTITY)", true}, {"PRICE", "P2", "computed", "PRICE * 2"}, {"ITEM->NAME", "NM", "renamed", ""},
                  {"SIDE", "P2", "computed", "CASE ...", false, true}, {"", "N", "computed", "COUNT(*)", true}, {"SIDE", "", "filtered", "SIDE is 'BUY'"}, {"USERID", "", "joined", "join on USERID = ID"}, {"SYMBOL", "", "grouped", "grouped by SYMBOL"}}}};
    return q;
  }
  void set(QueryFlow q) { queries = {std::make_shared<const QueryFlow>(std::move(q))}; }
  std::vector<json::object> decide() {
    OpenLineageContext context;
    context.dataset_namespace = "kafka://127.0.0.1:9092";
    context.version = "0.1.0";
    context.state = &mesh.state;
    context.observed = &observed;
    context.columns_of = [](const std::string& topic) { return topic == "stocktrades" ? std::vector<LineageColumn>{{"PRICE", "INTEGER"}} : std::vector<LineageColumn>{}; };
    auto decided = decide_runs(runs, queries, context, [&] { return "00000000-0000-4000-8000-00000000000" + std::to_string(next_id++); }, at);
    for (const auto& event : decided.events) EXPECT_EQ(problems(event), std::vector<std::string>{}) << json::pretty(event);
    // What is kept restores the same.
    for (const auto& [id, run] : runs) EXPECT_EQ(decode_open_run(encode(run)).value(), run);
    return decided.events;
  }
  static std::string types(const std::vector<json::object>& events) {
    std::string out;
    for (const auto& e : events) out += std::string(e.at("eventType").as_string()) + " " + std::string(e.at("run").at("runId").as_string()).substr(35) + "; ";
    return out;
  }
};

TEST_F(OpenLineageTest, ARunStartsMovesAndEnds) {
  set(query());
  EXPECT_EQ(types(decide()), "START 0; ");
  EXPECT_EQ(types(decide()), "") << "nothing new";
  observed.add({"query", "", "CSAS_HIGH_7", "", "high", true}, "", 5, 50, at);
  EXPECT_EQ(types(decide()), "") << "not so soon";
  at += running_event_ms;
  const auto running = decide();
  EXPECT_EQ(types(running), "RUNNING 0; ");
  EXPECT_EQ(running[0].at("outputs").as_array()[0].at("outputFacets").at("outputStatistics").at("rowCount").to_number<int>(), 5);
  at += running_event_ms;
  EXPECT_EQ(types(decide()), "") << "at rest";
  queries.clear();
  const auto end = decide();
  EXPECT_EQ(types(end), "COMPLETE 0; ");
  EXPECT_EQ(end[0].at("inputs").as_array()[0].at("name").as_string(), "stocktrades") << "the run knows its topics";
  EXPECT_TRUE(runs.empty());
}

TEST_F(OpenLineageTest, AnotherStatementAbortsAndStarts) {
  set(query());
  decide();
  auto other = query();
  other.statement = "CREATE OR REPLACE ...";
  set(other);
  EXPECT_EQ(types(decide()), "ABORT 0; START 1; ");
}

TEST_F(OpenLineageTest, AFailureIsToldOnceAndTheRunGoesOn) {
  set(query());
  decide();
  auto failed = query();
  failed.state = "failed";
  failed.error = "the topic is gone";
  set(failed);
  const auto events = decide();
  EXPECT_EQ(types(events), "RUNNING 0; ");
  EXPECT_EQ(events[0].at("run").at("facets").at("errorMessage").at("message").as_string(), "the topic is gone");
  EXPECT_EQ(types(decide()), "");
  failed.error = "the topic is still gone";
  set(failed);
  EXPECT_EQ(types(decide()), "") << "other words a moment later";
  at += 60'000;
  EXPECT_EQ(types(decide()), "RUNNING 0; ");
}

TEST_F(OpenLineageTest, AStartSaysSchemaOwnersSqlAndColumns) {
  set(query());
  const auto event = decide().at(0);
  EXPECT_EQ(event.at("job").at("name").as_string(), "CSAS_HIGH_7");
  EXPECT_EQ(event.at("job").at("facets").at("sql").at("query").as_string(), query().statement);
  EXPECT_EQ(event.at("job").at("facets").at("jobType").at("processingType").as_string(), "STREAMING");
  const auto& in = event.at("inputs").as_array().at(0);
  EXPECT_EQ(in.at("namespace").as_string(), "kafka://127.0.0.1:9092");
  EXPECT_EQ(json::print(in.at("facets").at("schema").at("fields")), R"([{"name":"PRICE","type":"INTEGER"}])");
  EXPECT_EQ(in.at("facets").at("ownership").at("owners").as_array().at(0).at("name").as_string(), "team:@execution-team");
  const auto& lineage = event.at("outputs").as_array().at(0).at("facets").at("columnLineage");
  const auto said = [&](const json::value& list) {
    std::string out;
    for (const auto& f : list.as_array()) {
      const auto& t = f.at("transformations").as_array().at(0);
      out += std::string(f.at("field").as_string()) + " " + std::string(t.at("type").as_string()) + " " + std::string(t.at("subtype").as_string()) + "; ";
    }
    return out;
  };
  const auto field = [&](const char* name) { return said(lineage.at("fields").at(name).at("inputFields")); };
  EXPECT_EQ(field("PRICE"), "PRICE DIRECT IDENTITY; ");
  EXPECT_EQ(field("N"), "QUANTITY DIRECT AGGREGATION; ");
  EXPECT_EQ(field("P2"), "PRICE DIRECT TRANSFORMATION; SIDE INDIRECT CONDITIONAL; ");
  EXPECT_EQ(field("NM"), "ITEM.NAME DIRECT IDENTITY; ");
  EXPECT_EQ(said(lineage.at("dataset")), "SIDE INDIRECT FILTER; USERID INDIRECT JOIN; SYMBOL INDIRECT GROUP_BY; ");
}

TEST(OpenLineage, WhatIsNoRunIsRefused) {
  for (const char* text : {"", "{}", "[]", R"({"query":"q","run_id":"r","fingerprint":"f","started":"yesterday","told":"2026-01-01T00:00:00Z"})"}) EXPECT_FALSE(decode_open_run(text)) << text;
}

}  // namespace
}  // namespace braid::mesh
