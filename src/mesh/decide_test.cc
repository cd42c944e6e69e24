#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits/mesh.h"
#include "mesh/testing.h"

namespace braid::mesh {
namespace {

struct MeshRules : ::testing::Test {
  testing::MemoryMesh mesh;
  void SetUp() override { mesh.set_up_demo(); }

  PublishProduct complete(std::string name) {
    PublishProduct p{.name = std::move(name)};
    p.fields.owner = "@analytics-team";
    p.fields.description = "Trades above 500 pennies, with the region of the trader";
    return p;
  }
  std::vector<std::string> fields_of(const Refusal& r) {
    std::vector<std::string> out;
    for (const auto& p : r.problems) out.push_back(p.field);
    return out;
  }
};

TEST_F(MeshRules, TheDemoHasThreeProductsOfThreeDomains) {
  ASSERT_EQ(mesh.state.products.size(), 3u);
  const Product& trades = *mesh.state.product("stocktrades");
  EXPECT_EQ(trades.domain, "execution");
  EXPECT_EQ(trades.owner, "@execution-team");
  EXPECT_EQ(trades.state, Lifecycle::published);
  EXPECT_EQ(trades.version.text(), "1.0.0");
  ASSERT_EQ(trades.ports.size(), 1u);
  EXPECT_EQ(trades.ports[0].topic, "stocktrades");
  EXPECT_EQ(trades.created_ms, trades.changed_ms);
  EXPECT_EQ(trades.changed_by, "priya");
}

TEST_F(MeshRules, PublishingSaysEverythingThatIsMissingAtOnce) {
  mesh.facts.missing_topics = {"high_value_stock_trades"};
  auto refused = mesh.ask("tomas", PublishProduct{.name = "high_value_stock_trades", .fields = {.sla = "tier-9"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, ErrorCode::invalid_input);
  EXPECT_EQ(fields_of(refused.error()), (std::vector<std::string>{"/sla", "/owner", "/description", "/ports"}));
  EXPECT_EQ(refused.error().error.message,
            "product high_value_stock_trades cannot be published: an owner, a description and an output port are missing; 'tier-9' is no SLA tier; choose one of: tier-1, tier-2, tier-3");
}

TEST_F(MeshRules, BlankDescriptionsAreMissing) {
  auto p = complete("x");
  p.fields.description = " \n ";
  auto refused = mesh.ask("tomas", p);
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), std::vector<std::string>{"/description"});
}

TEST_F(MeshRules, PublishedInTheCallersDomainWithDefaults) {
  auto done = mesh.tell("tomas", complete("high_value_stock_trades"));
  ASSERT_TRUE(done);
  ASSERT_EQ(done->events.size(), 1u);
  EXPECT_EQ(done->events[0].type, "product.published");
  EXPECT_EQ(done->events[0].by, "tomas");
  EXPECT_EQ(done->events[0].acting_as, "analytics");
  EXPECT_TRUE(done->events[0].before.empty());
  const Product& p = *mesh.state.product("high_value_stock_trades");
  EXPECT_EQ(p.domain, "analytics");
  EXPECT_EQ(p.quality, Quality::raw);
  EXPECT_EQ(p.sla, SlaTier::tier_3);
  EXPECT_EQ(p.revision, 1);
}

TEST_F(MeshRules, TheOwnersAtSignMayBeLeftOut) {
  auto p = complete("x");
  p.fields.owner = "analytics-team";
  ASSERT_TRUE(mesh.tell("tomas", p));
  EXPECT_EQ(mesh.state.product("x")->owner, "@analytics-team");
}

TEST_F(MeshRules, AnotherDomainMayNotChangeIt) {
  ASSERT_TRUE(mesh.tell("tomas", complete("high_value_stock_trades")));
  auto refused = mesh.ask("mira", ChangeProduct{.name = "high_value_stock_trades", .fields = {.description = "mine now"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, ErrorCode::forbidden);
  EXPECT_EQ(refused.error().error.message, "product high_value_stock_trades belongs to analytics, and only its members may change it; you are mira of membership");
  EXPECT_EQ(refused.error().error.hint, "ask Amina Diallo (amina) or Tomás Silva (tomas)");
  // Not even the platform's people: a product belongs to its domain.
  EXPECT_FALSE(mesh.ask("paula", RemoveProduct{.name = "high_value_stock_trades", .seen = {.force = true}}));
}

TEST_F(MeshRules, NobodyAndUnknownPeopleAreToldHowToSayWhoTheyAre) {
  auto nobody = mesh.ask("", complete("x"));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().error.code, ErrorCode::unauthenticated);
  EXPECT_NE(nobody.error().error.hint.find("Braid-As"), std::string::npos);
  auto unknown = mesh.ask("thomas", complete("x"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().error.code, ErrorCode::unauthenticated);
  EXPECT_EQ(unknown.error().error.message, "nobody here is called 'thomas'");
  EXPECT_EQ(unknown.error().error.hint, "did you mean 'tomas'?");
}

TEST_F(MeshRules, ATopicIsThePortOfOneProductOnly) {
  auto p = complete("trades_again");
  p.fields.ports = {Port{.name = "t", .topic = "stocktrades"}};
  auto refused = mesh.ask("tomas", p);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().error.message.find("topic 'stocktrades' is already a port of product stocktrades of execution"), std::string::npos);
}

TEST_F(MeshRules, ProductsOfAnotherDomainCannotBeMade) {
  auto p = complete("x");
  p.fields.owner = "@execution-team";
  auto refused = mesh.ask("tomas", p);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, ErrorCode::forbidden);
  p.fields.domain = "analytics";
  refused = mesh.ask("tomas", p);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.message, "product x cannot be published: team @execution-team belongs to execution, not to analytics");
}

TEST_F(MeshRules, TheSecondOfTwoEditorsIsToldWhatChanged) {
  ASSERT_TRUE(mesh.tell("priya", ChangeProduct{.name = "stocktrades", .fields = {.description = "All trades"}, .expected_revision = 1}));
  auto second = mesh.ask("jonas.hart", ChangeProduct{.name = "stocktrades", .fields = {.documentation = "..."}, .expected_revision = 1});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error.code, ErrorCode::conflict);
  EXPECT_EQ(second.error().revision, 2);
  ASSERT_EQ(second.error().since.size(), 1u);
  EXPECT_EQ(second.error().since[0].by, "priya");
  EXPECT_EQ(second.error().since[0].after, (json::object{{"description", "All trades"}}));
  EXPECT_NE(second.error().error.message.find("priya changed description"), std::string::npos);
  EXPECT_TRUE(mesh.tell("jonas.hart", ChangeProduct{.name = "stocktrades", .fields = {.documentation = "..."}, .expected_revision = 2}));
}

TEST_F(MeshRules, DomainsTeamsAndPeopleTellTheSecondEditorToo) {
  const auto domain = mesh.state.domain("execution")->revision, team = mesh.state.team("@execution-team")->revision, person = mesh.state.person("priya")->revision;
  ASSERT_TRUE(mesh.tell("priya", DefineDomain{.name = "execution", .title = "Trading", .expected_revision = domain}));
  auto second = mesh.ask("jonas.hart", DefineDomain{.name = "execution", .description = "...", .expected_revision = domain});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error.code, ErrorCode::conflict);
  EXPECT_EQ(second.error().revision, domain + 1);
  ASSERT_EQ(second.error().since.size(), 1u);
  EXPECT_EQ(second.error().since[0].after, (json::object{{"title", "Trading"}}));
  EXPECT_NE(second.error().error.message.find("priya changed title"), std::string::npos) << second.error().error.message;
  EXPECT_TRUE(mesh.ask("jonas.hart", DefineDomain{.name = "execution", .description = "...", .expected_revision = domain + 1}));
  EXPECT_TRUE(mesh.ask("jonas.hart", DefineDomain{.name = "execution", .description = "..."})) << "who says no revision is not held to one";
  ASSERT_TRUE(mesh.tell("priya", DefineTeam{.name = "@execution-team", .description = "We trade", .expected_revision = team}));
  EXPECT_EQ(mesh.ask("priya", DefineTeam{.name = "@execution-team", .description = "x", .expected_revision = team}).error().error.code, ErrorCode::conflict);
  ASSERT_TRUE(mesh.tell("priya", DefinePerson{.name = "priya", .full_name = "Priya R.", .expected_revision = person}));
  EXPECT_EQ(mesh.ask("priya", DefinePerson{.name = "priya", .full_name = "x", .expected_revision = person}).error().error.code, ErrorCode::conflict);
  EXPECT_EQ(mesh.ask("priya", RemoveTeam{.name = "@execution-team", .expected_revision = team}).error().error.code, ErrorCode::conflict);
  auto gone = mesh.ask("priya", DefineTeam{.name = "@gone-team", .domain = "execution", .expected_revision = 3});
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().error.message.find("is not there"), std::string::npos);
}

TEST_F(MeshRules, ChangesCarryOnlyWhatChanged) {
  auto done = mesh.tell("priya", ChangeProduct{.name = "stocktrades", .fields = {.sla = "tier-2", .tags = std::vector<std::string>{"trading"}}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->events[0].before, (json::object{{"sla", "tier-1"}}));
  EXPECT_EQ(done->events[0].after, (json::object{{"sla", "tier-2"}}));
  auto nothing = mesh.tell("priya", ChangeProduct{.name = "stocktrades", .fields = {.sla = "tier-2"}});
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->events.empty());
}

TEST_F(MeshRules, ConsumersAreNamedBeforeADeprecation) {
  ASSERT_TRUE(mesh.tell("lena", RegisterConsumer{.product = "stocktrades", .team = "@accounting-team", .purpose = "Check settlements", .name = "settlement-check"}));
  mesh.facts.readers = {{"query", "CTAS_TRENDING_STOCKS_5", "stocktrades", "CREATE TABLE ..."}};
  auto refused = mesh.ask("priya", DeprecateProduct{.name = "stocktrades"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, ErrorCode::conflict);
  EXPECT_EQ(refused.error().error.message,
            "product stocktrades is read by 1 registered consumer: settlement-check (@accounting-team of accounting) and 1 running query: CTAS_TRENDING_STOCKS_5");
  ASSERT_TRUE(refused.error().impact);
  const std::string confirm = refused.error().impact->confirm;

  // Somebody else registers meanwhile: the token is for another list.
  ASSERT_TRUE(mesh.tell("tomas", RegisterConsumer{.product = "stocktrades", .team = {}, .purpose = "Dashboards"}));
  auto stale = mesh.ask("priya", DeprecateProduct{.name = "stocktrades", .seen = {.confirm = confirm}});
  ASSERT_FALSE(stale);
  EXPECT_NE(stale.error().error.message.find("no longer what you had seen"), std::string::npos);
  auto done = mesh.tell("priya", DeprecateProduct{.name = "stocktrades", .notice = "Use trades", .seen = {.confirm = stale.error().impact->confirm}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->events[0].told, (std::vector<std::string>{"consumer @analytics-team of analytics", "consumer settlement-check of accounting", "query CTAS_TRENDING_STOCKS_5"}));
  EXPECT_EQ(mesh.state.product("stocktrades")->state, Lifecycle::deprecated);

  auto late = mesh.ask("mira", RegisterConsumer{.product = "stocktrades", .team = "@membership-team", .purpose = "x"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.code, ErrorCode::conflict);
  EXPECT_NE(late.error().error.message.find("is deprecated (sunset "), std::string::npos);
}

TEST_F(MeshRules, TextsChangeWithoutAskingButNameTheReaders) {
  ASSERT_TRUE(mesh.tell("lena", RegisterConsumer{.product = "users", .purpose = "Reports"}));
  auto done = mesh.tell("mira", ChangeProduct{.name = "users", .fields = {.description = "All of them"}});
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->told);
  EXPECT_EQ(done->told->consumers.size(), 1u);
  EXPECT_FALSE(mesh.ask("mira", ChangeProduct{.name = "users", .fields = {.quality = "raw"}}));
  EXPECT_TRUE(mesh.ask("mira", ChangeProduct{.name = "users", .fields = {.quality = "raw"}, .seen = {.force = true}}));
}

TEST_F(MeshRules, LifecycleGoesForwardOnly) {
  EXPECT_FALSE(mesh.ask("priya", RetireProduct{.name = "stocktrades"}));
  ASSERT_TRUE(mesh.tell("priya", DeprecateProduct{.name = "stocktrades", .sunset_ms = mesh.facts.now_ms + 1000}));
  EXPECT_FALSE(mesh.ask("priya", DeprecateProduct{.name = "stocktrades", .sunset_ms = mesh.facts.now_ms - 1}));
  ASSERT_TRUE(mesh.tell("priya", RetireProduct{.name = "stocktrades"}));
  EXPECT_FALSE(mesh.ask("priya", ChangeProduct{.name = "stocktrades", .fields = {.description = "x"}}));
  EXPECT_FALSE(mesh.ask("priya", PublishProduct{.name = "stocktrades", .fields = {.owner = "@execution-team", .description = "x"}}));
  ASSERT_TRUE(mesh.tell("priya", RemoveProduct{.name = "stocktrades"}));
  EXPECT_EQ(mesh.state.product("stocktrades"), nullptr);
  EXPECT_EQ(mesh.state.history["stocktrades"].size(), 4u);
}

TEST_F(MeshRules, DraftsNeedLittleAndBecomeProducts) {
  ASSERT_TRUE(mesh.tell("tomas", DraftProduct{.name = "idea"}));
  EXPECT_EQ(mesh.state.product("idea")->state, Lifecycle::draft);
  EXPECT_FALSE(mesh.ask("lena", RegisterConsumer{.product = "idea", .purpose = "x"}));
  auto refused = mesh.ask("tomas", PublishProduct{.name = "idea"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), (std::vector<std::string>{"/owner", "/description"}));
  ASSERT_TRUE(mesh.tell("tomas", DraftProduct{.name = "idea", .fields = {.owner = "@analytics-team", .description = "An idea"}}));
  ASSERT_TRUE(mesh.tell("amina", PublishProduct{.name = "idea", .expected_revision = 2}));
  EXPECT_EQ(mesh.state.product("idea")->revision, 3);
  EXPECT_FALSE(mesh.ask("tomas", DraftProduct{.name = "idea"}));
}

TEST_F(MeshRules, LosingAPortNeedsANewMajorVersion) {
  const std::vector<Port> other{Port{.name = "trades_v2", .topic = "trades_v2"}};
  auto refused = mesh.ask("priya", ChangeProduct{.name = "stocktrades", .fields = {.version = "1.1.0", .ports = other}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().error.message.find("needs version 2.0.0"), std::string::npos);
  EXPECT_TRUE(mesh.ask("priya", ChangeProduct{.name = "stocktrades", .fields = {.version = "2.0.0", .ports = other}}));
  EXPECT_FALSE(mesh.ask("priya", ChangeProduct{.name = "stocktrades", .fields = {.version = "0.9.0"}}));
}

TEST_F(MeshRules, ConsumersSayWhoAndWhatFor) {
  auto refused = mesh.ask("paula", RegisterConsumer{.product = "users"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), (std::vector<std::string>{"/team", "/purpose"}));
  EXPECT_FALSE(mesh.ask("tomas", RegisterConsumer{.product = "users", .team = "@accounting-team", .purpose = "x"}));
  ASSERT_TRUE(mesh.tell("tomas", RegisterConsumer{.product = "users", .purpose = "Join", .name = "app"}));
  EXPECT_EQ(mesh.ask("lena", RegisterConsumer{.product = "users", .purpose = "x", .name = "app"}).error().error.code, ErrorCode::already_exists);
  auto again = mesh.tell("tomas", RegisterConsumer{.product = "users", .purpose = "Join", .name = "app"});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->events.empty());
  EXPECT_EQ(mesh.ask("lena", UnregisterConsumer{.product = "users", .name = "app"}).error().error.code, ErrorCode::forbidden);
  ASSERT_TRUE(mesh.tell("mira", UnregisterConsumer{.product = "users", .name = "app"}));   // the owner may, too
  EXPECT_TRUE(mesh.state.consumers.empty());
}

TEST_F(MeshRules, NamesOfAllScriptsAreKeptAsTheyAre) {
  for (const std::string& name : std::vector<std::string>{"Preise \"netto\" <b>&'", "🚕 Fahrten", "بيانات المبيعات", "売上", std::string(300, 'x')}) {
    ASSERT_TRUE(mesh.tell("tomas", complete(name))) << name;
    EXPECT_EQ(mesh.state.product(name)->ports[0].topic, name);
  }
  std::string emoji;
  for (std::size_t i = 0; i < limits::name_characters_max; ++i) emoji += "🚕";
  EXPECT_TRUE(mesh.tell("tomas", complete(emoji)));
  EXPECT_FALSE(mesh.ask("tomas", complete(emoji + "x")));
  EXPECT_FALSE(mesh.ask("tomas", complete("")));
  EXPECT_FALSE(mesh.ask("tomas", complete(" a")));
  EXPECT_FALSE(mesh.ask("tomas", complete("a\nb")));
  EXPECT_FALSE(mesh.ask("tomas", complete("a\xff")));
  EXPECT_FALSE(mesh.ask("tomas", complete("abc\u202Edef")));
}

TEST_F(MeshRules, MembershipIsTheDomainsBusiness) {
  EXPECT_FALSE(mesh.ask("tomas", DefinePerson{.name = "tomas", .teams = std::vector<std::string>{"@analytics-team", "@execution-team"}}));
  EXPECT_TRUE(mesh.ask("priya", DefinePerson{.name = "tomas", .teams = std::vector<std::string>{"@analytics-team", "@execution-team"}}));
  EXPECT_FALSE(mesh.ask("priya", DefinePerson{.name = "priya", .platform = true}));
  EXPECT_TRUE(mesh.ask("tomas", DefinePerson{.name = "tomas", .email = "t@x.example"}));
  EXPECT_FALSE(mesh.ask("lena", DefinePerson{.name = "tomas", .email = "t@x.example"}));
  EXPECT_FALSE(mesh.ask("tomas", DefineDomain{.name = "new"}));
  EXPECT_TRUE(mesh.ask("paula", DefineDomain{.name = "new"}));
  EXPECT_FALSE(mesh.ask("", DefineDomain{.name = "new"}));
}

TEST_F(MeshRules, TheLastPlatformPersonStays) {
  EXPECT_EQ(mesh.ask("paula", DefinePerson{.name = "paula", .platform = false}).error().error.code, ErrorCode::conflict);
  EXPECT_EQ(mesh.ask("paula", RemovePerson{.name = "paula"}).error().error.code, ErrorCode::conflict);
}

TEST_F(MeshRules, WhatIsUsedIsNotRemoved) {
  EXPECT_EQ(mesh.ask("paula", RemoveDomain{.name = "edge"}).error().error.message, "domain edge still has team @edge-team and product pageviews");
  EXPECT_EQ(mesh.ask("paula", RemoveTeam{.name = "@edge-team"}).error().error.code, ErrorCode::conflict);
  ASSERT_TRUE(mesh.tell("paula", RemoveTeam{.name = "@accounting-team"}));
  EXPECT_TRUE(mesh.state.person("lena")->teams.empty());
  ASSERT_TRUE(mesh.tell("paula", RemoveDomain{.name = "accounting"}));
}

TEST(MeshSetUp, AnEmptyMeshIsSetUpByWhoeverIsThere) {
  testing::MemoryMesh mesh;
  EXPECT_TRUE(mesh.state.unclaimed());
  ASSERT_TRUE(mesh.tell("", DefineDomain{.name = "sales"}));
  ASSERT_TRUE(mesh.tell("", DefineTeam{.name = "sellers", .domain = "sales"}));
  ASSERT_TRUE(mesh.tell("", DefinePerson{.name = "ana", .teams = std::vector<std::string>{"sellers"}, .platform = true}));
  EXPECT_FALSE(mesh.tell("", DefineDomain{.name = "other"}));
  EXPECT_FALSE(mesh.tell("", PublishProduct{.name = "x"}));
  EXPECT_TRUE(mesh.tell("ana", PublishProduct{.name = "x", .fields = {.owner = "sellers", .description = "d"}}));
}

TEST(MeshText, VersionsAreOrderedAsSemverSays) {
  const char* ordered[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"};
  for (std::size_t i = 0; i < std::size(ordered); ++i)
    for (std::size_t j = 0; j < std::size(ordered); ++j) {
      const auto a = Version::parse(ordered[i]), b = Version::parse(ordered[j]);
      ASSERT_TRUE(a && b);
      EXPECT_EQ(*a <=> *b, i <=> j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(a->text(), ordered[i]);
    }
  for (const char* bad : {"", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-a..b", "1.0.0-01", "1.0.0+", "v1.0.0", "1.0.x", "99999999999999999999.0.0", "-1.0.0"})
    EXPECT_FALSE(Version::parse(bad)) << bad;
}

TEST(MeshText, DatesOfAllForms) {
  EXPECT_EQ(*parse_date_ms("1970-01-02"), 2 * 86'400'000 - 1);
  EXPECT_EQ(*parse_date_ms("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(*parse_date_ms("1970-01-01T01:00:00.25+01:00"), 250);
  EXPECT_EQ(*parse_date_ms("1234"), 1234);
  for (const char* bad : {"", "soon", "2027-02-30", "2027-1-1", "2027-01-31T25:00:00Z", "2027-01-31T12:00:00ZZ", "-5", "2027-01-31T", "99999999999999999"}) EXPECT_FALSE(parse_date_ms(bad)) << bad;
}

TEST(MeshEvents, ForeignEventsAreRefusedAndChangeNothing) {
  testing::MemoryMesh mesh;
  mesh.set_up_demo();
  const auto before = mesh.state.to_json();
  for (const char* text : {R"({"v":1,"type":"product.published","kind":"product","subject":"x","at":"1970-01-01","after":{"quality":"best"}})",
                           R"({"v":1,"type":"product.blessed","kind":"product","subject":"x","at":"1970-01-01"})",
                           R"({"v":1,"type":"consumer.registered","kind":"consumer","subject":"x/y","at":"1970-01-01","after":{"product":"nope","name":"y"}})",
                           R"({"v":1,"type":"product.changed","kind":"product","subject":"users","at":"1970-01-01","after":{"ports":[1]}})"}) {
    auto event = decode_event(text);
    ASSERT_TRUE(event) << text;
    EXPECT_FALSE(apply(mesh.state, *event)) << text;
    EXPECT_EQ(mesh.state.to_json(), before) << text;
  }
  EXPECT_FALSE(decode_event("{}"));
  EXPECT_FALSE(decode_event("[]"));
  EXPECT_EQ(decode_event(R"({"v":2,"type":"a.b","kind":"a","subject":"x","at":"1970-01-01"})").error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace braid::mesh
