// /api/v1 over the embedded log. Every answer of every call below is also held against the OpenAPI document (test_world.h).
#include <gtest/gtest.h>

#include "api/mesh/test_world.h"

namespace braid::api {
namespace {

using testing::Reply;

struct MeshApiTest : ::testing::Test {
  testing::TestWorld world;
  void SetUp() override { world.set_up_demo(); }
  Reply publish_high_value() {
    world.create_topic("high_value_stock_trades");
    return world.call("POST", "/api/v1/products", R"({"name":"high_value_stock_trades","owner":"@analytics-team","description":"Trades above 500 pennies","quality":"curated","sla":"tier-2","tags":["trading"]})", "tomas");
  }
};

std::string text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : found ? json::print(*found) : "(nothing)";
}

TEST_F(MeshApiTest, TheOrganisationCanBeRead) {
  EXPECT_EQ(world.call("GET", "/api/v1/domains").body.at("total").as_int64(), 5);
  const auto execution = world.call("GET", "/api/v1/domains/execution");
  EXPECT_EQ(json::print(execution.body.at("members")), R"(["jonas.hart","priya"])");
  EXPECT_EQ(json::print(execution.body.at("products")), R"(["stocktrades"])");
  EXPECT_EQ(world.call("GET", "/api/v1/teams?domain=edge").body.at("total").as_int64(), 1);
  EXPECT_EQ(world.call("GET", "/api/v1/teams/edge-team").status, 200);
  EXPECT_EQ(text(world.call("GET", "/api/v1/people/tomas").body, "/full_name"), "Tomás Silva");
  EXPECT_EQ(world.call("GET", "/api/v1/people?domain=analytics").body.at("total").as_int64(), 2);
  const auto missing = world.call("GET", "/api/v1/domains/execuTion");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(text(missing.body, "/hint"), "did you mean 'execution'?");
}

TEST_F(MeshApiTest, WhoIAm) {
  EXPECT_TRUE(world.call("GET", "/api/v1/whoami").body.at("person").is_null());
  const auto me = world.call("GET", "/api/v1/whoami", "", "tomas");
  EXPECT_EQ(text(me.body, "/person"), "tomas");
  EXPECT_EQ(json::print(me.body.at("domains")), R"(["analytics"])");
  const auto stranger = world.call("GET", "/api/v1/whoami", "", "thomas");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_EQ(text(stranger.body, "/hint"), "did you mean 'tomas'?");
}

TEST_F(MeshApiTest, PublishingIsRefusedWithAllThatIsMissing) {
  const auto refused = world.call("POST", "/api/v1/products", R"({"name":"high_value_stock_trades"})", "tomas");
  EXPECT_EQ(refused.status, 400);
  ASSERT_EQ(refused.body.at("problems").as_array().size(), 3u) << refused.text;
  EXPECT_EQ(text(refused.body, "/problems/0/field"), "/owner");
  EXPECT_EQ(text(refused.body, "/problems/1/field"), "/description");
  EXPECT_EQ(text(refused.body, "/problems/2/field"), "/ports");
  EXPECT_EQ(world.call("GET", "/api/v1/products/high_value_stock_trades").status, 404);
}

TEST_F(MeshApiTest, TheSecondToChangeADomainIsToldWhatChanged) {
  const auto seen = world.call("GET", "/api/v1/domains/execution").body.at("revision").as_int64();
  const auto with = [&](std::int64_t revision, std::string title) { return R"({"title":")" + title + R"(","revision":)" + std::to_string(revision) + "}"; };
  ASSERT_EQ(world.call("PUT", "/api/v1/domains/execution", with(seen, "Trading"), "priya").status, 200);
  const auto late = world.call("PUT", "/api/v1/domains/execution", with(seen, "Dealing"), "priya");
  ASSERT_EQ(late.status, 409) << late.text;
  EXPECT_EQ(text(late.body, "/revision"), std::to_string(seen + 1));
  EXPECT_EQ(text(late.body, "/changed_since/0/after/title"), "Trading");
  EXPECT_EQ(world.call("PUT", "/api/v1/domains/execution", with(seen + 1, "Dealing"), "priya").status, 200);
}

TEST_F(MeshApiTest, PromisesAreLaidOverCheckedAndNamedToConsumers) {
  ASSERT_EQ(publish_high_value().status, 201);
  const std::string path = "/api/v1/products/high_value_stock_trades";
  EXPECT_EQ(text(world.call("GET", path).body, "/promises/freshness_s"), "null");
  const auto set = world.call("PATCH", path, R"({"promises":{"freshness_s":300,"records_per_second_min":0.5,"null_share_max":{"price":0.01,"side":0}}})", "tomas");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(text(set.body, "/promises/freshness_s"), "300");
  EXPECT_EQ(text(set.body, "/promises/history_days"), "null");
  const auto more = world.call("PATCH", path, R"({"promises":{"availability":0.95,"freshness_s":null,"null_share_max":{"side":null}}})", "tomas");
  ASSERT_EQ(more.status, 200) << more.text;
  world.restart();
  const auto kept = world.call("GET", path);
  EXPECT_EQ(text(kept.body, "/promises/records_per_second_min"), "5E-1") << "what a change leaves out stays";
  EXPECT_EQ(text(kept.body, "/promises/freshness_s"), "null");
  EXPECT_EQ(text(kept.body, "/promises/availability"), "9.5E-1");
  EXPECT_EQ(text(kept.body, "/promises/null_share_max"), R"({"price":1E-2})");
  const std::pair<const char*, const char*> wrong[] = {{R"({"freshness":3})", "/promises/freshness"}, {R"({"freshness_s":0})", "/promises/freshness_s"}, {R"({"history_days":1.5})", "/promises/history_days"},
      {R"({"records_per_second_min":"many"})", "/promises/records_per_second_min"}, {R"({"availability":1.5})", "/promises/availability"}, {R"({"null_share_max":{"a/b":2}})", "/promises/null_share_max/a~1b"},
      {R"({"null_share_max":3})", "/promises/null_share_max"}};
  for (const auto& [promises, field] : wrong) {
    const auto refused = world.call("PATCH", path, R"({"promises":)" + std::string(promises) + "}", "tomas");
    EXPECT_EQ(refused.status, 400) << promises;
    EXPECT_EQ(text(refused.body, "/problems/0/field"), field) << refused.text;
  }
  EXPECT_EQ(world.call("PATCH", path, R"({"promises":3})", "tomas").status, 400);
  ASSERT_EQ(world.call("POST", path + "/consumers", R"({"team":"@accounting-team","purpose":"Check"})", "lena").status, 201);
  EXPECT_EQ(world.call("PATCH", path, R"({"promises":null})", "tomas").status, 409) << "consumers rely on it";
  const auto forced = world.call("PATCH", path + "?force=true", R"({"promises":null})", "tomas");
  ASSERT_EQ(forced.status, 200) << forced.text;
  EXPECT_EQ(text(forced.body, "/promises/null_share_max"), "{}");
  EXPECT_EQ(text(forced.body, "/promises/availability"), "null");
}

TEST_F(MeshApiTest, PublishFindUseDeprecate) {
  const auto published = publish_high_value();
  ASSERT_EQ(published.status, 201) << published.text;
  EXPECT_EQ(*published.headers.get("ETag"), "\"1\"");
  EXPECT_EQ(*published.headers.get("Location"), "/api/v1/products/high_value_stock_trades");
  EXPECT_EQ(text(published.body, "/domain"), "analytics");
  EXPECT_EQ(text(published.body, "/ports/0/bootstrap"), "127.0.0.1:9092");
  EXPECT_EQ(text(published.body, "/ports/0/records_url"), "http://127.0.0.1:8080/api/v1/topics/high_value_stock_trades/records");

  // Read at once: list, one, search, catalog.
  EXPECT_EQ(world.call("GET", "/api/v1/products?domain=analytics").body.at("total").as_int64(), 1);
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=high+value").body, "/results/0/name"), "high_value_stock_trades");
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/high_value_stock_trades", R"({"description":"mine"})", "mira").status, 403);

  const auto consumer = world.call("POST", "/api/v1/products/stocktrades/consumers", R"({"team":"@accounting-team","purpose":"Check settlements","name":"settlement-check"})", "lena");
  ASSERT_EQ(consumer.status, 201) << consumer.text;
  EXPECT_EQ(text(consumer.body, "/name"), "settlement-check");
  EXPECT_EQ(text(consumer.body, "/ports/0/value_schema/subject"), "stocktrades-value");
  EXPECT_EQ(world.call("POST", "/api/v1/products/stocktrades/consumers", R"({"team":"@accounting-team","purpose":"Check settlements","name":"settlement-check"})", "lena").status, 200);

  world.readers.all = {{"query", "CSAS_HIGH_VALUE_STOCK_TRADES_7", "stocktrades", "CREATE STREAM ..."}};
  const auto named = world.call("POST", "/api/v1/products/stocktrades/deprecate", R"({"sunset":"2099-01-31"})", "priya");
  ASSERT_EQ(named.status, 409) << named.text;
  EXPECT_EQ(text(named.body, "/impact/consumers/0/name"), "settlement-check");
  EXPECT_EQ(text(named.body, "/impact/readers/0/name"), "CSAS_HIGH_VALUE_STOCK_TRADES_7");
  const std::string confirm = text(named.body, "/impact/confirm");
  EXPECT_EQ(text(world.call("GET", "/api/v1/products/stocktrades/impact").body, "/confirm"), confirm);
  EXPECT_EQ(world.call("POST", "/api/v1/products/stocktrades/deprecate?confirm=wrong", "", "priya").status, 409);
  const auto dry = world.call("POST", "/api/v1/products/stocktrades/deprecate?dry_run=true&confirm=" + confirm, "", "priya");
  EXPECT_EQ(dry.status, 200);
  EXPECT_EQ(text(dry.body, "/events/0/type"), "product.deprecated");
  EXPECT_EQ(text(world.call("GET", "/api/v1/products/stocktrades").body, "/state"), "published");
  const auto deprecated = world.call("POST", "/api/v1/products/stocktrades/deprecate?confirm=" + confirm, R"({"sunset":"2099-01-31"})", "priya");
  ASSERT_EQ(deprecated.status, 200) << deprecated.text;
  EXPECT_EQ(text(deprecated.body, "/deprecation/sunset"), "2099-01-31T23:59:59.999Z");
  EXPECT_EQ(world.call("POST", "/api/v1/products/stocktrades/consumers", R"({"team":"@membership-team","purpose":"x"})", "mira").status, 409);
  EXPECT_EQ(world.call("DELETE", "/api/v1/products/stocktrades/consumers/settlement-check", "", "lena").status, 200);
  EXPECT_EQ(world.call("DELETE", "/api/v1/products/stocktrades/consumers/settlement-check", "", "lena").status, 404);
}

TEST_F(MeshApiTest, ProductsComeWithTheirSchemas) {
  const auto product = world.call("GET", "/api/v1/products/pageviews");
  EXPECT_EQ(product.status, 200);
  EXPECT_EQ(text(product.body, "/ports/0/value_schema/type"), "AVRO");
  EXPECT_NE(text(product.body, "/ports/0/value_schema/schema").find("viewtime"), std::string::npos);
  EXPECT_EQ(text(product.body, "/ports/0/key_schema"), "null");
  EXPECT_EQ(text(product.body, "/sla"), "tier-2");
}

TEST_F(MeshApiTest, TheSecondEditorLearnsWhatTheFirstDid) {
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"description":"Everybody"})", "mira", {{"If-Match", "\"1\""}}).status, 200);
  const auto second = world.call("PATCH", "/api/v1/products/users", R"({"documentation":"x","revision":1})", "mira");
  ASSERT_EQ(second.status, 409) << second.text;
  EXPECT_EQ(text(second.body, "/revision"), "2");
  EXPECT_EQ(text(second.body, "/changed_since/0/after/description"), "Everybody");
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"documentation":"x","revision":2})", "mira").status, 200);
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"documentation":"x"})", "mira", {{"If-Match", "\"two\""}}).status, 400);
  // Every change since is named, field by field, by whom; of a draft, too.
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"tags":["a"],"quality":"raw"})", "mira").status, 200);
  const auto third = world.call("PATCH", "/api/v1/products/users", R"({"tags":["b"],"revision":2})", "mira");
  ASSERT_EQ(third.status, 409) << third.text;
  EXPECT_EQ(third.body.at("changed_since").as_array().size(), 2u);
  EXPECT_EQ(text(third.body, "/changed_since/1/by"), "mira");
  EXPECT_EQ(text(third.body, "/changed_since/1/after/tags"), R"(["a"])");
  EXPECT_EQ(text(third.body, "/changed_since/1/after/quality"), "raw");
  EXPECT_EQ(world.call("DELETE", "/api/v1/products/users", "", "mira", {{"If-Match", "\"1\""}}).status, 409);
  ASSERT_EQ(world.call("POST", "/api/v1/products", R"({"name":"idea","state":"draft","description":"one"})", "tomas").status, 201);
  ASSERT_EQ(world.call("POST", "/api/v1/products", R"({"name":"idea","state":"draft","description":"two","revision":1})", "tomas").status, 200);
  const auto draft = world.call("POST", "/api/v1/products", R"({"name":"idea","state":"draft","description":"three","revision":1})", "tomas");
  ASSERT_EQ(draft.status, 409) << draft.text;
  EXPECT_EQ(text(draft.body, "/changed_since/0/after/description"), "two");
  EXPECT_EQ(text(world.call("GET", "/api/v1/products/idea").body, "/description"), "two");
}

TEST_F(MeshApiTest, AProductCanBeSentBackAsItWasRead) {
  auto body = world.call("GET", "/api/v1/products/users").body.as_object();
  body["description"] = "Changed in an editor";
  const auto answer = world.call("PATCH", "/api/v1/products/users", json::print(body), "mira");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(text(answer.body, "/description"), "Changed in an editor");
}

TEST_F(MeshApiTest, TypingErrorsInFieldsAreNoSilence) {
  const auto refused = world.call("PATCH", "/api/v1/products/users", R"({"descripton":"x"})", "mira");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.body, "/hint"), "did you mean 'description'?");
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"tags":"x"})", "mira").status, 400);
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"([1])", "mira").status, 400);
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", "{", "mira").status, 400);
  EXPECT_EQ(world.call("GET", "/api/v1/products?state=odd").status, 400);
  EXPECT_EQ(world.call("GET", "/api/v1/products?limit=-1").status, 400);
  EXPECT_EQ(world.call("GET", "/api/v1/audit?since=yesterdayish").status, 400);
}

TEST_F(MeshApiTest, NamesWithQuotesEmojiAndMarkup) {
  const std::string topic = "odd";
  world.create_topic(topic);
  const auto made = world.call("POST", "/api/v1/products", R"({"name":"🚕 \"Fahrten\" <img src=x>/..","owner":"@analytics-team","description":"d","ports":["odd"]})", "tomas");
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string path = std::string(*made.headers.get("Location"));
  EXPECT_EQ(path.find('<'), std::string::npos);
  const auto read = world.call("GET", path);
  ASSERT_EQ(read.status, 200) << path;
  EXPECT_EQ(text(read.body, "/name"), "🚕 \"Fahrten\" <img src=x>/..");
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=fahrten").body, "/results/0/name"), "🚕 \"Fahrten\" <img src=x>/..");
  EXPECT_EQ(world.call("DELETE", path, "", "tomas").status, 200);
}

TEST_F(MeshApiTest, SearchForgivesAndSaysWhy) {
  const auto answer = world.call("GET", "/api/v1/search?q=pagevews");
  EXPECT_EQ(text(answer.body, "/results/0/name"), "pageviews");
  EXPECT_EQ(text(answer.body, "/results/0/type"), "data_product");
  EXPECT_EQ(text(answer.body, "/corrected/pagevews"), "pageviews");
  EXPECT_EQ(text(answer.body, "/results/0/matches/0/how"), "typo");
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=regionid&type=sr_field").body, "/results/0/name"), "regionid");
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=regionid&type=data_product").body, "/results/0/name"), "users");
  EXPECT_EQ(world.call("GET", "/api/v1/search?quality=authoritative&type=data_product").body.at("total").as_int64(), 2);
  EXPECT_EQ(world.call("GET", "/api/v1/search?q=").status, 200);
  EXPECT_EQ(world.call("GET", "/api/v1/search?q=" + std::string(2000, 'x')).status, 400);
  world.queries.all = {{.id = "CTAS_TRENDING_STOCKS_5", .statement = "CREATE TABLE trending_stocks AS SELECT ...", .sink = "TRENDING_STOCKS", .source_topics = {"stocktrades"}, .sink_topic = "TRENDING_STOCKS", .state = "RUNNING"}};
  world.queries.changes = 1;
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=trending&type=query").body, "/results/0/name"), "CTAS_TRENDING_STOCKS_5");
}

TEST_F(MeshApiTest, EveryChangeIsInTheAuditWithBeforeAndAfter) {
  ASSERT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"description":"Everybody"})", "mira").status, 200);
  const auto found = world.call("GET", "/api/v1/audit?subject=users&what=product.changed");
  ASSERT_EQ(found.body.at("total").as_int64(), 1) << found.text;
  EXPECT_EQ(text(found.body, "/entries/0/who"), "mira");
  EXPECT_EQ(text(found.body, "/entries/0/before/description"), "All users from all regions (both national and international)");
  EXPECT_EQ(text(found.body, "/entries/0/after/description"), "Everybody");
  EXPECT_EQ(world.call("GET", "/api/v1/audit/" + text(found.body, "/entries/0/id")).status, 200);
  EXPECT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"description":"Mine"})", "tomas").status, 403);
  const auto refused = world.call("GET", "/api/v1/audit?outcome=refused&who=tomas");
  ASSERT_EQ(refused.body.at("total").as_int64(), 1) << refused.text;
  EXPECT_EQ(text(refused.body, "/entries/0/what"), "product.change");
  EXPECT_GE(world.call("GET", "/api/v1/audit?q=EVERYBODY+mira").body.at("total").as_int64(), 1);
  EXPECT_EQ(world.call("GET", "/api/v1/audit?q=nothing+of+this").body.at("total").as_int64(), 0);

  // Pages, newest first.
  const auto first = world.call("GET", "/api/v1/audit?limit=2");
  const auto second = world.call("GET", "/api/v1/audit?limit=2&before=" + text(first.body, "/next"));
  EXPECT_LT(std::stoll(text(second.body, "/entries/0/sequence")), std::stoll(text(first.body, "/entries/1/sequence")));

  // In the topic, as flat JSON that SQL can read.
  const auto records = world.raw("_braid_audit");
  ASSERT_FALSE(records.empty());
  for (const auto& record : records) {
    const auto entry = json::parse_object(record);
    ASSERT_TRUE(entry);
    for (const auto& field : *entry) EXPECT_TRUE(field.value().is_string() || field.value().is_int64()) << record;
  }
  const auto history = world.call("GET", "/api/v1/products/users/history");
  EXPECT_EQ(history.body.at("total").as_int64(), 2);
}

TEST_F(MeshApiTest, EverythingIsThereAfterARestart) {
  ASSERT_EQ(publish_high_value().status, 201);
  ASSERT_EQ(world.call("POST", "/api/v1/products/users/consumers", R"({"purpose":"Reports"})", "lena").status, 201);
  const std::string product = json::print(world.call("GET", "/api/v1/products/high_value_stock_trades").body);
  const std::string consumers = world.call("GET", "/api/v1/products/users/consumers").text;
  const auto entries = world.call("GET", "/api/v1/audit?limit=500").body.at("total").as_int64();
  world.restart();
  EXPECT_EQ(json::print(world.call("GET", "/api/v1/products/high_value_stock_trades").body), product);
  EXPECT_EQ(world.call("GET", "/api/v1/products/users/consumers").text, consumers);
  EXPECT_EQ(world.call("GET", "/api/v1/audit?limit=500").body.at("total").as_int64(), entries);
  EXPECT_EQ(text(world.call("GET", "/api/v1/search?q=pagevews").body, "/results/0/name"), "pageviews");
}

TEST_F(MeshApiTest, DraftsAndRetirement) {
  ASSERT_EQ(world.call("POST", "/api/v1/products", R"({"name":"idea","state":"draft"})", "tomas").status, 201);
  EXPECT_EQ(world.call("POST", "/api/v1/products/idea/publish", "", "tomas").status, 400);
  world.create_topic("idea");
  EXPECT_EQ(world.call("POST", "/api/v1/products/idea/publish", R"({"owner":"@analytics-team","description":"An idea"})", "tomas").status, 200);
  EXPECT_EQ(world.call("POST", "/api/v1/products/idea/retire", "", "tomas").status, 409);
  EXPECT_EQ(world.call("POST", "/api/v1/products/idea/deprecate", "", "tomas").status, 200);
  EXPECT_EQ(world.call("POST", "/api/v1/products/idea/retire", "", "tomas").status, 200);
  EXPECT_EQ(world.call("GET", "/api/v1/products?domain=analytics").body.at("total").as_int64(), 0);
  EXPECT_EQ(world.call("GET", "/api/v1/products?domain=analytics&state=any").body.at("total").as_int64(), 1);
  EXPECT_EQ(world.call("DELETE", "/api/v1/products/idea", "", "tomas").status, 200);
  EXPECT_EQ(world.call("GET", "/api/v1/products/idea/history").status, 200);
}

TEST_F(MeshApiTest, TheOrganisationCanBeChanged) {
  EXPECT_EQ(world.call("PUT", "/api/v1/domains/logistics", R"({"title":"Logistics"})", "paula").status, 201);
  EXPECT_EQ(world.call("PUT", "/api/v1/domains/logistics", R"({"description":"Ships"})", "paula").status, 200);
  EXPECT_EQ(world.call("PUT", "/api/v1/teams/@ship-team", R"({"domain":"logistics"})", "paula").status, 201);
  EXPECT_EQ(world.call("PUT", "/api/v1/people/sam", R"({"full_name":"Sam","teams":["ship-team"]})", "paula").status, 201);
  EXPECT_EQ(world.call("PUT", "/api/v1/teams/@ship-team?dry_run=true", R"({"description":"x"})", "sam").status, 200);
  EXPECT_EQ(world.call("PUT", "/api/v1/teams/@ship-team", R"({"description":"x"})", "tomas").status, 403);
  EXPECT_EQ(world.call("PUT", "/api/v1/teams/@ship-team", R"({"description":"x"})", "").status, 401);
  EXPECT_EQ(world.call("DELETE", "/api/v1/domains/logistics", "", "paula").status, 409);
  EXPECT_EQ(world.call("DELETE", "/api/v1/people/sam", "", "paula").status, 200);
  EXPECT_EQ(world.call("DELETE", "/api/v1/teams/ship-team", "", "paula").status, 200);
  EXPECT_EQ(world.call("DELETE", "/api/v1/domains/logistics", "", "paula").status, 200);
}

io::Task<void> run_stream(http::Response* response, http::MemoryWriter* out, bool* ended) {
  co_await response->stream(*out);
  *ended = true;
}
io::Task<http::Response> handle(const http::Router* router, http::Request request) { co_return co_await router->handle(std::move(request)); }
io::Task<void> wait_for(http::MemoryWriter* out, std::string what) {
  for (int i = 0; i < 1000 && out->written.find(what) == std::string::npos; ++i) co_await io::sleep_for(io::Milliseconds(5));
}
io::Task<void> close_and_wait(http::MemoryWriter* out, bool* ended) {
  out->close();
  for (int i = 0; i < 1000 && !*ended; ++i) co_await io::sleep_for(io::Milliseconds(5));
}

TEST_F(MeshApiTest, ChangesCanBeFollowed) {
  auto request = *http::Request::make("GET", "/api/v1/events?after=-1");
  http::Response response = io::block_on(world.shard(), handle(&world.router(), std::move(request)));
  ASSERT_EQ(response.status, 200);
  ASSERT_TRUE(response.stream);
  http::MemoryWriter out;
  bool ended = false;
  world.shard().spawn(run_stream(&response, &out, &ended));
  io::block_on(world.shard(), wait_for(&out, "\"subject\":\"stocktrades\""));
  ASSERT_EQ(world.call("PATCH", "/api/v1/products/users", R"({"description":"Everybody"})", "mira").status, 200);
  io::block_on(world.shard(), wait_for(&out, "event: product.changed"));
  io::block_on(world.shard(), close_and_wait(&out, &ended));
  EXPECT_TRUE(ended);
  EXPECT_NE(out.written.find("event: product.changed\ndata: {"), std::string::npos);
  EXPECT_NE(out.written.find("id: 0\nevent: person.defined"), std::string::npos);
}

TEST_F(MeshApiTest, TheDocumentIsServed) {
  for (const char* path : {"/openapi.json", "/api/v1/openapi.json"}) {
    const auto answer = world.call("GET", path);
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(text(answer.body, "/openapi"), "3.1.0");
  }
}

}  // namespace
}  // namespace braid::api
