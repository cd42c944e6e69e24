// Declared and observed, held together. The mesh is the demo's.
#include "mesh/lineage_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mesh/testing.h"

namespace braid::mesh {
namespace {

constexpr std::int64_t now = 1'790'000'100'000;

std::shared_ptr<const QueryFlow> high_value() {
  QueryFlow q;
  q.id = "CSAS_HIGH_7";
  q.statement = "CREATE STREAM high AS ...";
  q.sketch = "join, filter";
  q.state = "running";
  q.sink = "HIGH";
  q.sink_topic = "high";
  q.columns = {{"USERID", "STRING"}, {"REGION", "STRING"}, {"PRICE", "INTEGER"}};
  q.inputs = {{"STOCKTRADES", "stocktrades", {{"PRICE", "PRICE", "unchanged", ""}, {"USERID", "", "joined", "join on USERID = ID"}, {"PRICE", "", "filtered", "PRICE over 500"}, {"QUANTITY", "", "filtered", "QUANTITY over 2500"}}},
              {"USERS", "users", {{"ID", "USERID", "renamed", ""}, {"REGIONID", "REGION", "renamed", ""}, {"ID", "", "joined", "join on USERID = ID"}}}};
  return std::make_shared<const QueryFlow>(std::move(q));
}
std::shared_ptr<const QueryFlow> totals() {
  QueryFlow q;
  q.id = "CTAS_TOTALS_9";
  q.sink_topic = "totals";
  q.sketch = "group by 15 minutes";
  q.state = "running";
  q.columns = {{"REGION", "STRING"}, {"TOTAL", "BIGINT"}};
  q.inputs = {{"HIGH", "high", {{"REGION", "REGION", "unchanged", ""}, {"PRICE", "TOTAL", "computed", "SUM(PRICE)", true}, {"REGION", "", "grouped", "grouped by REGION"}}}};
  return std::make_shared<const QueryFlow>(std::move(q));
}

struct LineageGraphTest : ::testing::Test {
  testing::MemoryMesh mesh;
  Observed observed;
  LineageFacts facts;

  void SetUp() override {
    mesh.set_up_demo();
    facts.topics = {"_braid_mesh", "high", "pageviews", "stocktrades", "totals", "users"};
    facts.queries = {high_value(), totals()};
    facts.now_ms = now;
  }
  void tell(const std::string& person, Command command) {
    const auto done = mesh.tell(person, command);
    ASSERT_TRUE(done) << done.error().error.message;
  }
  void publish(const std::string& name) {
    PublishProduct p{.name = name};
    p.fields.owner = "@analytics-team";
    p.fields.description = "made of others";
    tell("tomas", p);
  }
  void seen(Seen who, std::uint64_t records = 5, std::int64_t last = now - 1'000) { observed.look({{Count{std::move(who), "h", last - 1'000, last, records, records * 10}}, {}}, last); }
  LineageGraph build() { return LineageGraph::build(mesh.state, observed, facts); }
  static std::string edges(const LineageGraph& g) {
    std::vector<std::string> lines;
    for (const auto& e : g.edges)
      lines.push_back(g.nodes[e.from].id + " " + e.kind + " " + g.nodes[e.to].id + " " + std::string(name_of(e.basis())) + " " + std::string(name_of(g.status(e))) + "\n");
    std::ranges::sort(lines);
    std::string out;
    for (const auto& line : lines) out += line;
    return out;
  }
  static const LineageNode& node(const LineageGraph& g, const std::string& id) { return g.nodes[g.find(id).value()]; }
};

TEST_F(LineageGraphTest, ProductsAndStatementsAreDeclaredAndNotYetSeen) {
  const auto g = build();
  EXPECT_EQ(edges(g),
            "query:CSAS_HIGH_7 writes topic:high declared declared_never_seen\n"
            "query:CTAS_TOTALS_9 writes topic:totals declared declared_never_seen\n"
            "topic:high reads query:CTAS_TOTALS_9 declared declared_never_seen\n"
            "topic:stocktrades reads query:CSAS_HIGH_7 declared declared_never_seen\n"
            "topic:users reads query:CSAS_HIGH_7 declared declared_never_seen\n");
  const auto& product = node(g, "topic:stocktrades");
  EXPECT_EQ(product.kind, "product");
  EXPECT_EQ(product.domain, "execution");
  EXPECT_EQ(product.owner, "@execution-team");
  EXPECT_EQ(product.state, "published");
  EXPECT_EQ(product.written, EdgeStatus::declared_never_seen);
  EXPECT_EQ(node(g, "topic:high").kind, "topic");
  EXPECT_FALSE(g.find("topic:_braid_mesh"));
  facts.internal = true;
  EXPECT_TRUE(build().find("topic:_braid_mesh"));
}

TEST_F(LineageGraphTest, QueriesAreSeenByTheirOwnCounters) {
  seen({"query", "", "CSAS_HIGH_7", "", "stocktrades", false}, 100);
  seen({"query", "", "CSAS_HIGH_7", "", "users", false}, 10, now - 2 * lineage_rest_ms);
  seen({"query", "", "CSAS_HIGH_7", "", "high", true}, 7);
  seen({"query", "", "CSAS_GONE_1", "", "stocktrades", false}, 100);
  const auto g = build();
  EXPECT_EQ(edges(g),
            "query:CSAS_HIGH_7 writes topic:high both ok\n"
            "query:CTAS_TOTALS_9 writes topic:totals declared declared_never_seen\n"
            "topic:high reads query:CTAS_TOTALS_9 declared declared_never_seen\n"
            "topic:stocktrades reads query:CSAS_HIGH_7 both ok\n"
            "topic:users reads query:CSAS_HIGH_7 both at_rest\n");
  EXPECT_EQ(node(g, "topic:stocktrades").read, EdgeStatus::ok);
  EXPECT_EQ(node(g, "topic:users").read, EdgeStatus::at_rest);
  publish("high");
  const auto& query = build().nodes[build().find("query:CSAS_HIGH_7").value()];
  EXPECT_EQ(query.domain, "analytics") << "of the product that it fills";
}

TEST_F(LineageGraphTest, WhoeverReadsWithoutBeingRegisteredIsSeenButNotDeclared) {
  facts.queries.clear();
  seen({"kafka", "anonymous", "rdkafka", "kcat-readers", "stocktrades", false});
  seen({"kafka", "anonymous", "rdkafka", "", "pageviews", false});
  seen({"http", "tomas", "", "", "pageviews", false});
  const auto g = build();
  EXPECT_EQ(edges(g),
            "topic:pageviews consumes client:http/tomas/ observed seen_not_declared\n"
            "topic:pageviews consumes client:kafka/anonymous/rdkafka observed seen_not_declared\n"
            "topic:stocktrades consumes group:kcat-readers observed seen_not_declared\n");
  EXPECT_TRUE(node(g, "client:http/tomas/").interactive);
  EXPECT_EQ(node(g, "client:http/tomas/").domain, "analytics");
  EXPECT_EQ(node(g, "group:kcat-readers").client_id, "rdkafka");
  const auto summary = to_json(g, {}).at("summary");
  EXPECT_EQ(summary.at("seen_not_declared").as_int64(), 2) << "people who look are not counted";
}

TEST_F(LineageGraphTest, ARegisteredConsumerIsRecognised) {
  facts.queries.clear();
  tell("lena", RegisterConsumer{.product = "stocktrades", .team = "@accounting-team", .purpose = "risk", .name = "risk-board"});
  EXPECT_EQ(edges(build()), "topic:stocktrades consumes consumer:@accounting-team/risk-board declared declared_never_seen\n");
  tell("lena", DefinePerson{.name = "risk-bot", .teams = {{"@accounting-team"}}, .service = true});
  struct Case { Seen who; bool same; };
  const Case cases[] = {
      {{"kafka", "anonymous", "rdkafka", "risk-board", "stocktrades", false}, true},        // its group
      {{"kafka", "anonymous", "Risk-Board", "", "stocktrades", false}, true},               // its client id, in any case
      {{"kafka", "risk-board", "x", "y", "stocktrades", false}, true},                      // its principal
      {{"kafka", "anonymous", "x", "accounting-team", "stocktrades", false}, true},         // its team's name
      {{"http", "risk-bot", "", "", "stocktrades", false}, true},                           // a service of the team
      {{"http", "lena", "", "", "stocktrades", false}, false},                              // somebody of the team who looks
      {{"sql", "lena", "", "", "stocktrades", false}, false},
      {{"http", "tomas", "", "", "stocktrades", false}, false},
      {{"kafka", "anonymous", "risk-board-2", "", "stocktrades", false}, false},
  };
  for (const auto& c : cases) {
    observed = Observed();
    seen(c.who);
    const auto g = build();
    const auto text = edges(g);
    EXPECT_EQ(text.find("consumer:@accounting-team/risk-board both ok") != text.npos, c.same) << text;
    EXPECT_EQ(g.edges.size(), c.same ? 1u : 2u) << text;
    // Somebody who looks makes no product a read one, and is no warning.
    const auto json = to_json(g, {});
    EXPECT_EQ(json.at("summary").at("seen_not_declared").as_int64(), c.who.via == "kafka" && !c.same ? 1 : 0) << text;
    EXPECT_EQ(g.nodes[*g.find("topic:stocktrades")].read, c.who.via != "kafka" && !c.same ? EdgeStatus::declared_never_seen : EdgeStatus::ok) << text;
  }
  // It reads another product, too: the same application, but that was not declared.
  observed = Observed();
  seen({"kafka", "anonymous", "rdkafka", "risk-board", "users", false});
  EXPECT_EQ(edges(build()),
            "topic:stocktrades consumes consumer:@accounting-team/risk-board declared declared_never_seen\n"
            "topic:users consumes consumer:@accounting-team/risk-board observed seen_not_declared\n");
}

TEST_F(LineageGraphTest, ATeamReadsByItsOwnQueries) {
  publish("high");
  tell("tomas", RegisterConsumer{.product = "stocktrades", .team = "@analytics-team", .purpose = "to build on it"});
  EXPECT_NE(edges(build()).find("consumer:@analytics-team/@analytics-team declared declared_never_seen"), std::string::npos);
  seen({"query", "", "CSAS_HIGH_7", "", "stocktrades", false}, 100);
  const auto g = build();
  EXPECT_NE(edges(g).find("topic:stocktrades consumes consumer:@analytics-team/@analytics-team both ok"), std::string::npos) << edges(g);
}

TEST_F(LineageGraphTest, WritersOfAProductAreDeclaredWhenTheyAreItsDomains) {
  facts.queries.clear();
  seen({"generator", "", "sample data", "", "users", true});
  seen({"kafka", "priya", "x", "", "stocktrades", true});           // of execution
  seen({"kafka", "anonymous", "Execution-Team", "", "stocktrades", true});
  seen({"kafka", "anonymous", "rdkafka", "", "stocktrades", true});
  seen({"kafka", "mira", "y", "", "stocktrades", true});            // of membership
  seen({"kafka", "mira", "y", "", "deleted", true});                // a topic that is no more
  EXPECT_EQ(edges(build()),
            "client:generator//sample data produces topic:users both ok\n"
            "client:kafka/anonymous/Execution-Team produces topic:stocktrades both ok\n"
            "client:kafka/anonymous/rdkafka produces topic:stocktrades observed seen_not_declared\n"
            "client:kafka/mira/y produces topic:stocktrades observed seen_not_declared\n"
            "client:kafka/priya/x produces topic:stocktrades both ok\n");
}

TEST_F(LineageGraphTest, ThingsAreFoundInAnyCaseAndSuggested) {
  publish("high");
  const auto g = build();
  const auto ids = [&](std::string_view of) {
    std::string out;
    const auto found = g.named(of);
    if (!found) return found.error().message + " | " + found.error().hint;
    for (const auto n : *found) out += g.nodes[n].id + " ";
    return out;
  };
  EXPECT_EQ(ids("product:StockTrades"), "topic:stocktrades ");
  EXPECT_EQ(ids("topic:HIGH"), "topic:high ");
  EXPECT_EQ(ids("query:csas_high_7"), "query:CSAS_HIGH_7 ");
  EXPECT_EQ(ids("high"), "topic:high ");
  EXPECT_EQ(ids("csas_high_7"), "query:CSAS_HIGH_7 ");
  EXPECT_EQ(ids("product:totals"), "there is no product 'totals' in the mesh | there are: high, pageviews, stocktrades, users");
  EXPECT_EQ(ids("stoktrades"), "there is no product, topic, query, group or client 'stoktrades' in the mesh | did you mean \"stocktrades\"?");
}

TEST_F(LineageGraphTest, AroundGoesUpAndDownButNotSideways) {
  seen({"kafka", "anonymous", "r", "readers", "totals", false});
  seen({"kafka", "anonymous", "r", "readers", "users", false});
  const auto g = build();
  const auto ids = [&](const std::string& of, std::size_t depth) {
    std::string out;
    const auto part = g.around(*g.named(of), depth);
    for (const auto n : part.nodes) out += g.nodes[n].id + " ";
    return out + std::to_string(part.edges.size());
  };
  EXPECT_EQ(ids("topic:high", 1), "topic:high query:CSAS_HIGH_7 query:CTAS_TOTALS_9 2");
  EXPECT_EQ(ids("topic:high", 2), "topic:high topic:stocktrades topic:totals topic:users query:CSAS_HIGH_7 query:CTAS_TOTALS_9 5");
  EXPECT_EQ(ids("topic:high", 0), "topic:high topic:stocktrades topic:totals topic:users query:CSAS_HIGH_7 query:CTAS_TOTALS_9 group:readers 6");
  EXPECT_EQ(ids("topic:stocktrades", 0), "topic:high topic:stocktrades topic:totals query:CSAS_HIGH_7 query:CTAS_TOTALS_9 group:readers 5") << "users is not downstream";
}

TEST_F(LineageGraphTest, AColumnIsFollowedBothWays) {
  const auto g = build();
  const auto trace = [&](const std::string& of, const std::string& column) {
    const auto t = g.trace(*g.named(of), column);
    std::vector<std::string> lines;
    for (const auto e : t.edges) lines.push_back(g.nodes[g.edges[e].from].id + " > " + g.nodes[g.edges[e].to].id);
    std::ranges::sort(lines);
    std::string out;
    for (const auto& line : lines) out += line + "\n";
    for (const auto& [n, note] : t.notes) out += g.nodes[n].id + ": " + note + "\n";
    return out;
  };
  EXPECT_EQ(trace("topic:stocktrades", "PRICE"),
            "query:CSAS_HIGH_7 > topic:high\n"
            "query:CTAS_TOTALS_9 > topic:totals\n"
            "topic:high > query:CTAS_TOTALS_9\n"
            "topic:stocktrades > query:CSAS_HIGH_7\n"
            "topic:high: PRICE\n"
            "topic:stocktrades: PRICE\n"
            "topic:totals: TOTAL\n"
            "query:CSAS_HIGH_7: PRICE unchanged, over 500\n"
            "query:CTAS_TOTALS_9: TOTAL = SUM(PRICE)\n");
  EXPECT_EQ(trace("topic:totals", "TOTAL"), trace("topic:stocktrades", "PRICE")) << "the same way, from its end";
  EXPECT_EQ(trace("topic:stocktrades", "QUANTITY"), "topic:stocktrades > query:CSAS_HIGH_7\ntopic:stocktrades: QUANTITY\nquery:CSAS_HIGH_7: over 2500\n") << "decides, but goes no further";
  EXPECT_EQ(trace("topic:users", "REGIONID"),
            "query:CSAS_HIGH_7 > topic:high\n"
            "query:CTAS_TOTALS_9 > topic:totals\n"
            "topic:high > query:CTAS_TOTALS_9\n"
            "topic:users > query:CSAS_HIGH_7\n"
            "topic:high: REGION\n"
            "topic:totals: REGION\n"
            "topic:users: REGIONID\n"
            "query:CSAS_HIGH_7: REGIONID becomes REGION\n"
            "query:CTAS_TOTALS_9: REGION unchanged, grouped by REGION\n");
}

TEST_F(LineageGraphTest, CyclesEnd) {
  QueryFlow back;
  back.id = "INSERTQUERY_11";
  back.sink_topic = "stocktrades";
  back.columns = {{"PRICE", "INTEGER"}};
  back.inputs = {{"HIGH", "high", {{"PRICE", "PRICE", "unchanged", ""}}}};
  facts.queries.push_back(std::make_shared<const QueryFlow>(std::move(back)));
  const auto g = build();
  EXPECT_EQ(g.around(*g.named("topic:high"), 0).nodes.size(), 7u);
  EXPECT_EQ(g.trace(*g.named("topic:high"), "PRICE").edges.size(), 6u);
}

// Whatever was seen of whomever: every edge names nodes that are there, is in the lists of both, and has one status; nothing seen is lost.
TEST_F(LineageGraphTest, NothingSeenIsLost) {
  std::mt19937 random(3);
  const std::vector<std::string> topics{"users", "pageviews", "stocktrades", "high"}, names{"risk-board", "rdkafka", "accounting-team", "lena", "tomas", "x"};
  const std::vector<std::string> via{"kafka", "http", "sql", "generator"};
  tell("lena", RegisterConsumer{.product = "users", .team = "@accounting-team", .purpose = "p", .name = "risk-board"});
  tell("lena", RegisterConsumer{.product = "pageviews", .team = "@accounting-team", .purpose = "p"});
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  for (int round = 0; round < 200; ++round) {
    observed = Observed();
    std::uint64_t records = 0;
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t n = 1 + random() % 9;
      observed.add({pick(via), random() % 2 ? "anonymous" : pick(names), pick(names), random() % 3 ? "" : pick(names), pick(topics), random() % 3 == 0}, "h", n, n, now - 5);
      records += n;
    }
    const auto g = build();
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < g.edges.size(); ++i) {
      const auto& e = g.edges[i];
      ASSERT_LT(e.from, g.nodes.size());
      ASSERT_LT(e.to, g.nodes.size());
      EXPECT_EQ(std::ranges::count(g.edges_from(e.from), i), 1);
      EXPECT_EQ(std::ranges::count(g.edges_to(e.to), i), 1);
      EXPECT_EQ(e.kind == "reads" || e.kind == "writes" ? 1 : 0, g.nodes[e.from].kind == "query" || g.nodes[e.to].kind == "query");
      counted += e.records;
    }
    EXPECT_EQ(counted, records);
  }
}

}  // namespace
}  // namespace braid::mesh
