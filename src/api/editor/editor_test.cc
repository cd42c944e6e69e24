// check, preview and words over a real engine; answers are held against the OpenAPI document by the world.
#include <gtest/gtest.h>

#include "api/editor/script.h"
#include "api/operations/engine_world.h"

namespace braid::api {
namespace {

using testing::EngineWorld;

std::string body(const std::string& sql, const std::string& more = "") { return "{\"sql\":" + json::print(json::value(sql)) + more + "}"; }
std::string text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : found ? json::print(*found) : "(nothing)";
}
constexpr const char* set_up =
    "CREATE STREAM trades (SYMBOL STRING KEY, PRICE INT, QUANTITY INT, USERID STRING) WITH (kafka_topic='trades', value_format='JSON', partitions=1);"
    "CREATE TABLE users (ID STRING PRIMARY KEY, REGION STRING) WITH (kafka_topic='users', value_format='JSON', partitions=1);";
constexpr const char* records = R"([{"key":"A","value":{"PRICE":100,"QUANTITY":10,"USERID":"u1"}},{"key":"B","value":{"PRICE":600,"QUANTITY":3000,"USERID":"u1"}},{"key":"C","value":{"PRICE":700,"QUANTITY":20,"USERID":"u9"}}])";

TEST(Script, IsSplitOutsideOfStringsAndComments) {
  const std::string sql = "-- a; b\nSELECT 'x;y' FROM A EMIT CHANGES; ;\n /* ; */ SHOW TABLES;  SHOW `a;b";
  const auto parts = split_script(sql);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(sql.substr(parts[0].span.begin, parts[0].span.end - parts[0].span.begin), "SELECT 'x;y' FROM A EMIT CHANGES;");
  EXPECT_TRUE(parts[0].statement && parts[1].statement);
  EXPECT_EQ(kind_of(*parts[1].statement), "show");
  EXPECT_FALSE(parts[2].statement);
  EXPECT_EQ(parts[2].span.end, sql.size());
  EXPECT_TRUE(split_script(" -- nothing\n").empty());
}

TEST(Script, PlacesAreCountedForBrowsers) {
  const std::string sql = "-- \xF0\x9F\x93\x88 gr\xC3\xBC\xC3\x9F\nSELEC;" + std::string(1000, ' ');
  const TextPlaces places(sql);
  EXPECT_EQ(places.utf16(sql.find('\n')), 10u);   // the chart is two units, two letters are one each
  EXPECT_EQ(places.line_column(sql.find("SELEC")), (std::pair{2, 1}));
  EXPECT_EQ(places.utf16(sql.size()), sql.size() - 4);
}

TEST(EditorCheck, SaysWhatEachStatementWouldDoAndDoesNothing) {
  EngineWorld world;
  world.sql(set_up);
  const std::string sql =
      "CREATE STREAM high WITH (value_format='AVRO') AS\n  SELECT T.USERID, U.REGION, T.PRICE FROM trades T JOIN users U ON T.USERID = U.ID\n  WHERE T.PRICE > 500 EMIT CHANGES;\n"
      "CREATE TABLE per_region AS SELECT REGION, COUNT(*) AS N FROM high WINDOW TUMBLING (SIZE 15 MINUTES) GROUP BY REGION EMIT CHANGES;\n"
      "CREATE STREAM again WITH (kafka_topic='HIGH', value_format='AVRO');\n"
      "INSERT INTO trades (SYMBOL, PRICE) VALUES ('Z', 1);";
  const auto reply = world.call("POST", "/api/v1/sql/check", body(sql));
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto& s = reply.body.at("statements").as_array();
  ASSERT_EQ(s.size(), 4u);
  for (const auto& one : s) EXPECT_TRUE(one.at("ok").as_bool()) << json::print(one);
  EXPECT_EQ(text(s[0], "/kind"), "create_stream_as");
  EXPECT_EQ(text(s[0], "/reads"), R"(["TRADES","USERS"])");
  EXPECT_EQ(text(s[0], "/writes"), "HIGH");
  EXPECT_EQ(text(s[0], "/sink_topic"), "HIGH");
  std::string kinds;
  for (const auto& step : s[0].at("plan").at("steps").as_array()) {
    kinds += text(step, "/kind") + " ";
    if (text(step, "/kind") != "filter") continue;
    EXPECT_NE(text(step, "/title").find("T.PRICE > 500"), std::string::npos) << text(step, "/title");
    EXPECT_EQ(sql.substr(step.at("begin").to_number<std::size_t>(), step.at("end").to_number<std::size_t>() - step.at("begin").to_number<std::size_t>()), "T.PRICE > 500");
  }
  EXPECT_TRUE(kinds.starts_with("source ")) << kinds;
  EXPECT_TRUE(kinds.ends_with("sink ")) << kinds;
  EXPECT_NE(kinds.find("join "), std::string::npos) << kinds;
  EXPECT_EQ(text(s[1], "/kind"), "create_table_as");      // it reads the stream that only the text has
  EXPECT_EQ(text(s[2], "/columns/0/name"), "REGION") << json::print(s[2]);   // and the schema of a topic that is not there
  EXPECT_EQ(text(s[3], "/writes"), "TRADES");
  // Nothing has happened.
  EXPECT_EQ(world.call("GET", "/api/v1/queries").body.as_array().size(), 0u);
  EXPECT_EQ(world.call("GET", "/api/v1/topics/HIGH").status, 404);
  EXPECT_EQ(text(world.call("GET", "/api/v1/sql/words").body, "/sources/1/name"), "USERS");
}

TEST(EditorCheck, ErrorsHaveTheirExactPlaces) {
  EngineWorld world;
  world.sql(set_up);
  const std::string sql = "-- \xF0\x9F\x93\x88\nSELECT amuont FROM trades EMIT CHANGES;\nSELEC * FROM trades;\nSELECT * FROM trades EMIT CHANGES;\nSELECT 'open";
  const auto reply = world.call("POST", "/api/v1/sql/check", body(sql));
  const auto& s = reply.body.at("statements").as_array();
  ASSERT_EQ(s.size(), 4u) << reply.text;
  EXPECT_FALSE(s[0].at("ok").as_bool());
  const auto at = [&](const json::value& one, const char* which) { return one.at("error").at(which).to_number<std::size_t>(); };
  EXPECT_EQ(sql.substr(at(s[0], "begin"), at(s[0], "end") - at(s[0], "begin")), "amuont") << json::print(s[0]);
  EXPECT_EQ(at(s[0], "utf16_begin"), at(s[0], "begin") - 2);
  EXPECT_EQ(at(s[0], "line"), 2u);
  EXPECT_EQ(at(s[0], "column"), 8u);
  EXPECT_EQ(at(s[1], "line"), 3u);
  EXPECT_EQ(text(s[1], "/kind"), "error");
  EXPECT_TRUE(s[2].at("ok").as_bool()) << json::print(s[2]);
  EXPECT_EQ(at(s[3], "line"), 5u);
  EXPECT_EQ(world.call("POST", "/api/v1/sql/check", "{}").status, 400);
}

TEST(EditorPreview, GivesRowsAndCountsSteps) {
  EngineWorld world;
  world.sql(set_up);
  world.write("users", R"([{"key":"u1","value":{"REGION":"Region_1"}}])");
  world.write("trades", records);
  const auto lines = world.lines("/api/v1/sql/preview", body("CREATE STREAM high AS SELECT SYMBOL, PRICE FROM trades WHERE PRICE > 500 EMIT CHANGES;", R"(,"limit":2)"));
  ASSERT_GE(lines.size(), 5u);
  EXPECT_EQ(text(lines[0], "/columns/0/name"), "SYMBOL");
  EXPECT_EQ(text(lines[0], "/columns/0/key"), "true");
  EXPECT_EQ(text(lines[1], "/row"), R"(["B",600])");
  EXPECT_EQ(text(lines[2], "/row"), R"(["C",700])");
  const auto& steps = lines[lines.size() - 2].at("steps").as_array();
  EXPECT_EQ(json::print(steps), R"([{"id":0,"in":3,"out":3},{"id":1,"in":3,"out":2},{"id":2,"in":2,"out":2}])");
  EXPECT_EQ(text(lines.back(), "/end"), "limit");
  EXPECT_EQ(world.call("GET", "/api/v1/queries").body.as_array().size(), 0u);   // it has ended
}

TEST(EditorPreview, ShowsTheNearestRowsWhenNothingPasses) {
  EngineWorld world;
  world.sql(set_up);
  world.write("trades", records);
  const auto lines = world.lines("/api/v1/sql/preview", body("SELECT SYMBOL FROM trades WHERE PRICE > 650 AND QUANTITY > 2500 EMIT CHANGES;", R"(,"seconds":1)"));
  EXPECT_EQ(text(lines.back(), "/end"), "time");
  const auto& nearest = lines[lines.size() - 2];
  ASSERT_TRUE(nearest.as_object().contains("nearest")) << json::print(nearest);
  EXPECT_EQ(text(nearest, "/nearest/0/row/SYMBOL"), "B");   // 600 is near 650; 20 is far from 2500
  EXPECT_EQ(nearest.at("nearest").at(0).at("failed").as_array().size(), 1u);
  EXPECT_NE(text(nearest, "/nearest/0/failed/0").find("650"), std::string::npos);
}

TEST(EditorPreview, RefusesWhatHasNoRows) {
  EngineWorld world;
  world.sql(set_up);
  EXPECT_EQ(world.call("POST", "/api/v1/sql/preview", body("SHOW TABLES;")).status, 400);
  EXPECT_EQ(world.call("POST", "/api/v1/sql/preview", body("SELECT * FROM nothing EMIT CHANGES;")).status, 404);
  EXPECT_EQ(world.call("POST", "/api/v1/sql/preview", body("SELECT * FROM trades EMIT CHANGES;", R"(,"limit":0)")).status, 400);
  EXPECT_EQ(world.call("POST", "/api/v1/sql/preview", body("SELECT * FROM trades EMIT CHANGES;", R"(,"from":"noon")")).status, 400);
}

TEST(Editor, KnowsTheWordsAndTheUseCases) {
  EngineWorld world;
  world.sql(set_up);
  const auto words = world.call("GET", "/api/v1/sql/words");
  EXPECT_EQ(text(words.body, "/sources/0/columns/0/name"), "SYMBOL");
  EXPECT_GT(words.body.at("functions").as_array().size(), 100u);
  EXPECT_EQ(world.call("GET", "/api/v1/use-cases").body.as_array().size(), 3u);
}

}  // namespace
}  // namespace braid::api
