#include <gtest/gtest.h>

#include <set>

#include "catalog/index.h"
#include "catalog/tokens.h"
#include "catalog/vocabulary.h"

namespace braid::catalog {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& t : tokens_of(text)) out.push_back(t.part ? "+" + t.text : t.text);
  return out;
}
using Words = std::vector<std::string>;

Document document(std::uint64_t id) {
  Document out;
  out.id = id;
  out.name = "thing" + std::to_string(id);
  return out;
}

io::Task<void> filled_behind(Index* index) {
  index->behind();
  for (std::uint64_t id = 1; id <= 300; ++id) {
    std::vector<Document> one;
    one.push_back(document(id));
    index->put(std::move(one));
  }
  std::vector<std::uint64_t> first{1};
  index->as_usual();                                   // what was put before is still on its way
  index->remove(std::move(first));
  EXPECT_EQ(co_await index->size(), 299u);
  SearchRequest request;
  request.text = "thing300";
  auto searching = index->search(std::move(request));
  const auto found = co_await std::move(searching);
  EXPECT_TRUE(found && found->total >= 1);
}

TEST(Index, AFillBehindOthersKeepsTheOrderOfCalls) {
  const auto shards = io::Shards::start(1);
  auto index = Index::open();
  ASSERT_TRUE(index);
  io::block_on(shards->control(), filled_behind(index->get()));
}

TEST(SearchWords, AreFoldedAndSplit) {
  EXPECT_EQ(words("high_value_stock-trades v2"), (Words{"high", "value", "stock", "trades", "v2"}));
  EXPECT_EQ(words("StockTrade HTTPServer"), (Words{"stocktrade", "+stock", "+trade", "httpserver", "+http", "+server"}));
  EXPECT_EQ(words("Tomás Über ÅNGSTRÖM Ελλάδα"), (Words{"tomas", "uber", "angstrom", "ελλαδα"}));
  EXPECT_EQ(words("🚕 rides"), (Words{"🚕", "rides"}));
  EXPECT_EQ(words("بيانات المبيعات"), (Words{"بيانات", "المبيعات"}));
  EXPECT_EQ(words("売上 a\xff\xfe b"), (Words{"売上", "a", "b"}));
  EXPECT_EQ(words("  ...  "), Words{});
}

TEST(SearchWords, KnowWhereTheyStand) {
  const auto t = tokens_of("é Straße");
  ASSERT_EQ(t.size(), 2u);
  EXPECT_EQ(t[1].begin, 3u);
  EXPECT_EQ(t[1].end, 10u);
}

TEST(EditDistance, CountsTypingErrors) {
  EXPECT_EQ(edit_distance("pagevews", "pageviews", 2), 1);
  EXPECT_EQ(edit_distance("pagevewis", "pageviews", 2), 2);
  EXPECT_EQ(edit_distance("teh", "the", 2), 1);
  EXPECT_EQ(edit_distance("abc", "xyz", 2), 3);
  EXPECT_EQ(edit_distance("", "ab", 2), 2);
}

TEST(VocabularyOfWords, FindsWhatWasMeant) {
  Vocabulary v;
  for (const char* w : {"pageviews", "pages", "stocktrades", "users", "user", "trades", "trade"}) v.add(w);
  ASSERT_FALSE(v.near("pagevews", 5).empty());
  EXPECT_EQ(v.near("pagevews", 5)[0].word, "pageviews");
  EXPECT_EQ(v.near("pagevews", 5)[0].distance, 1);
  ASSERT_FALSE(v.near("stoktrad", 5).empty());
  EXPECT_EQ(v.near("stoktrad", 5)[0].word, "stocktrades");
  EXPECT_TRUE(v.near("stoktrad", 5)[0].prefix);
  EXPECT_EQ(v.containing("trade", 5), (Words{"stocktrades"}));
  EXPECT_TRUE(v.has_prefix("stockt"));
  EXPECT_FALSE(v.has_prefix("stockx"));
  v.add("pageviews");
  v.remove("pageviews");
  EXPECT_TRUE(v.has("pageviews"));
  v.remove("pageviews");
  EXPECT_FALSE(v.has("pageviews"));
  EXPECT_TRUE(v.near("pagevews", 5).empty());
}

struct SearchIndex : ::testing::Test {
  std::unique_ptr<Index> index;
  void SetUp() override {
    index = *Index::open();
    index->put_now({
        {.id = 1, .type = "data_product", .name = "pageviews", .description = "Website page views", .fields = "viewtime, userid, pageid", .owner = "@edge-team, edge", .tags = "web",
         .documentation = "One record is one page shown to one user.", .domain = "edge", .owner_team = "@edge-team", .quality = "curated", .format = "AVRO", .state = "published", .tag_list = {"web"}},
        {.id = 2, .type = "kafka_topic", .name = "pageviews", .description = "", .fields = "viewtime, userid, pageid", .owner = "", .tags = "", .documentation = "", .domain = "edge"},
        {.id = 3, .type = "data_product", .name = "stocktrades", .description = "All trades", .fields = "side, quantity, symbol, price, account, userid", .owner = "@execution-team, execution", .tags = "trading",
         .documentation = "", .domain = "execution", .owner_team = "@execution-team", .quality = "authoritative", .format = "AVRO", .state = "published", .tag_list = {"trading"}},
        {.id = 4, .type = "data_product", .name = "users", .description = "All users from all regions", .fields = "registertime, userid, regionid, gender", .owner = "@membership-team, membership", .tags = "",
         .documentation = "", .domain = "membership", .owner_team = "@membership-team", .quality = "authoritative", .format = "AVRO", .state = "published"},
        {.id = 5, .type = "sr_field", .name = "userid", .description = "", .fields = "", .owner = "", .tags = "PII", .documentation = "", .tag_list = {"PII"}},
        {.id = 6, .type = "data_product", .name = "🚕 Fahrten \"Köln\" <b>", .description = "Taxi", .fields = "", .owner = "", .tags = "", .documentation = "", .domain = "analytics"},
    });
  }
  std::vector<std::uint64_t> ids(const SearchAnswer& a) {
    std::vector<std::uint64_t> out;
    for (const auto& h : a.hits) out.push_back(h.id);
    return out;
  }
  SearchAnswer search(std::string text, std::map<std::string, std::vector<std::string>> filters = {}) {
    auto answer = index->search_now({.text = std::move(text), .filters = std::move(filters)});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : SearchAnswer{};
  }
  std::string shown(const Match& m) {
    std::string out;
    for (const auto& s : m.segments) out += s.hit ? "[" + s.text + "]" : s.text;
    return out;
  }
};
using Ids = std::vector<std::uint64_t>;

TEST_F(SearchIndex, ATypingErrorFindsWhatWasMeantAndSaysSo) {
  const auto a = search("pagevews");
  EXPECT_EQ(ids(a), (Ids{1, 2}));
  EXPECT_EQ(a.corrected, (std::map<std::string, std::string>{{"pagevews", "pageviews"}}));
  ASSERT_FALSE(a.hits[0].matches.empty());
  EXPECT_EQ(a.hits[0].matches[0].field, "name");
  EXPECT_EQ(a.hits[0].matches[0].how, "typo");
  EXPECT_EQ(a.hits[0].matches[0].asked, "pagevews");
  EXPECT_EQ(shown(a.hits[0].matches[0]), "[pageviews]");
}

TEST_F(SearchIndex, PrefixesAndPartsOfWords) {
  EXPECT_EQ(ids(search("pagev")), (Ids{1, 2}));
  EXPECT_EQ(ids(search("trades")), (Ids{3}));
  const auto a = search("trade");
  ASSERT_EQ(ids(a), (Ids{3}));
  EXPECT_EQ(a.hits[0].matches[0].how, "inside");
  EXPECT_TRUE(a.corrected.empty());
}

TEST_F(SearchIndex, FieldsOwnersTagsAndDocumentation) {
  EXPECT_EQ(ids(search("regionid")), (Ids{4}));
  EXPECT_EQ(ids(search("execution-team")), (Ids{3}));
  EXPECT_EQ(ids(search("pii")), (Ids{5}));
  const auto a = search("shown user");
  ASSERT_EQ(ids(a), (Ids{1}));
  EXPECT_EQ(shown(a.hits[0].matches.back()), "One record is one page [shown] to one [user].");
}

TEST_F(SearchIndex, ExactNamesComeFirst) { EXPECT_EQ(search("userid").hits[0].id, 5u); }

TEST_F(SearchIndex, WordsThatDoNotOccurTogether) {
  const auto a = search("regionid symbol");
  EXPECT_EQ(ids(a).size(), 2u);
  EXPECT_TRUE(a.relaxed);
}

TEST_F(SearchIndex, EmojiQuotesAccentsAndMarkupAreText) {
  EXPECT_EQ(ids(search("🚕")), (Ids{6}));
  const auto a = search("koln");
  ASSERT_EQ(ids(a), (Ids{6}));
  EXPECT_EQ(shown(a.hits[0].matches[0]), "🚕 Fahrten \"[Köln]\" <b>");
  EXPECT_TRUE(search("\" OR * NEAR( ^").hits.empty());   // no syntax reaches the index
  EXPECT_TRUE(search("''';--").hits.empty());
  EXPECT_TRUE(search("zzzzqqqq").hits.empty());
}

TEST_F(SearchIndex, FacetsCountWhatOneWouldSee) {
  const auto all = search("");
  EXPECT_EQ(all.total, 6u);
  EXPECT_EQ(all.facets.at("type").at("data_product"), 4u);
  EXPECT_EQ(all.facets.at("quality").at("authoritative"), 2u);
  EXPECT_FALSE(all.facets.at("quality").contains(""));
  const auto a = search("userid", {{"quality", {"authoritative"}}});
  EXPECT_EQ(a.total, 2u);
  EXPECT_EQ(a.facets.at("quality").at("curated"), 1u);          // one more, if it were chosen, too
  EXPECT_EQ(a.facets.at("domain").at("execution"), 1u);
  EXPECT_FALSE(a.facets.at("domain").contains("edge"));
  EXPECT_EQ(search("userid", {{"quality", {"none"}}}).total, 0u);
  EXPECT_EQ(search("", {{"tag", {"web", "PII"}}}).total, 2u);
}

TEST_F(SearchIndex, ChangesAreSeen) {
  index->put_now({{.id = 2, .type = "kafka_topic", .name = "clicks"}});
  EXPECT_EQ(ids(search("pageviews")), (Ids{1}));
  EXPECT_EQ(ids(search("clicks")), (Ids{2}));
  index->remove_now({1, 2, 99});
  EXPECT_TRUE(search("pageviews").hits.empty());
  EXPECT_TRUE(search("clicks").hits.empty());
}

TEST_F(SearchIndex, PagesDoNotOverlap) {
  std::vector<Document> many;
  for (std::uint64_t i = 100; i < 150; ++i) many.push_back({.id = i, .type = "kafka_topic", .name = "orders_" + std::to_string(i)});
  index->put_now(many);
  std::set<std::uint64_t> seen;
  for (std::size_t offset = 0; offset < 60; offset += 7) {
    const auto page = index->search_now({.text = "orders", .limit = 7, .offset = offset});
    for (const auto& h : page->hits) EXPECT_TRUE(seen.insert(h.id).second);
  }
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_TRUE(index->search_now({.text = "orders", .limit = 7, .offset = 1'000'000})->hits.empty());
}

TEST_F(SearchIndex, LongTextsAreCutAroundTheHit) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "wört ";
  text += "needle ";
  for (int i = 0; i < 2000; ++i) text += "wört ";
  index->put_now({{.id = 7, .type = "data_product", .name = "long", .documentation = text}});
  const auto a = search("needle");
  ASSERT_EQ(ids(a), (Ids{7}));
  const std::string s = shown(a.hits[0].matches[0]);
  EXPECT_LT(s.size(), 400u);
  EXPECT_NE(s.find("[needle]"), std::string::npos);
}

}  // namespace
}  // namespace braid::catalog
