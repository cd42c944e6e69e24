// Queries, groups and schemas over a real engine and log; answers are held against the OpenAPI document by the world.
#include <gtest/gtest.h>

#include "api/operations/engine_world.h"

namespace braid::api {
namespace {

using testing::EngineWorld;

std::string text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : found ? json::print(*found) : "(nothing)";
}
constexpr const char* set_up =
    "CREATE STREAM trades (SYMBOL STRING KEY, PRICE INT) WITH (kafka_topic='trades', value_format='JSON', partitions=2);"
    "CREATE STREAM high AS SELECT * FROM trades WHERE PRICE > 500 EMIT CHANGES;"
    "CREATE STREAM higher AS SELECT * FROM high WHERE PRICE > 600 EMIT CHANGES;";

std::string id_of(EngineWorld& world, const std::string& stream) {
  const auto listed = world.call("GET", "/api/v1/queries");
  for (const auto& q : listed.body.as_array())
    if (text(q, "/stream") == stream) return text(q, "/id");
  return "";
}

TEST(Queries, AreListedPausedResumedAndEnded) {
  EngineWorld world;
  world.sql(set_up);
  world.write("trades", R"([{"key":"A","value":{"PRICE":700}},{"key":"B","value":{"PRICE":100}}])");
  const std::string high = id_of(world, "HIGH"), higher = id_of(world, "HIGHER");
  ASSERT_FALSE(high.empty());
  const auto counted = world.eventually([&]() -> json::value {
    auto q = world.call("GET", "/api/v1/queries/" + high).body;
    return q.at("records_in").as_int64() == 2 && q.at("records_out").as_int64() == 1 ? q : json::value(nullptr);
  });
  ASSERT_FALSE(counted.is_null());
  EXPECT_EQ(text(counted, "/writes"), "HIGH");
  EXPECT_EQ(text(counted, "/reads"), R"(["trades"])");
  EXPECT_NE(text(counted, "/plan/steps/1/title").find("PRICE > 500"), std::string::npos) << json::print(counted.at("plan"));

  EXPECT_EQ(text(world.call("POST", "/api/v1/queries/" + high + "/pause?dry_run=true", "", "tomas").body, "/dry_run"), "true");
  EXPECT_EQ(text(world.call("GET", "/api/v1/queries/" + high).body, "/state"), "running");
  EXPECT_EQ(text(world.call("POST", "/api/v1/queries/" + high + "/pause", "", "tomas").body, "/state"), "paused");
  EXPECT_EQ(text(world.call("GET", "/api/v1/queries/" + high).body, "/state"), "paused");
  EXPECT_EQ(text(world.call("POST", "/api/v1/queries/" + high + "/resume", "", "tomas").body, "/state"), "running");

  // Another query reads what this one writes: it is named first.
  const auto refused = world.call("POST", "/api/v1/queries/" + high + "/terminate", "", "tomas");
  ASSERT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(text(refused.body, "/impact/readers/0/name"), higher);
  EXPECT_EQ(world.call("POST", "/api/v1/queries/" + high + "/terminate?confirm=wrong", "", "tomas").status, 409);
  const auto done = world.call("POST", "/api/v1/queries/" + high + "/terminate?confirm=" + text(refused.body, "/impact/confirm"), "", "tomas");
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(world.call("GET", "/api/v1/queries/" + high).status, 404);
  EXPECT_EQ(world.call("POST", "/api/v1/queries/" + higher + "/terminate", "", "tomas").status, 200);   // nobody reads it
  EXPECT_EQ(world.call("POST", "/api/v1/queries/nothing/pause").status, 404);
}

TEST(Groups, AreListedMovedAndRemoved) {
  EngineWorld world;
  world.call("POST", "/api/v1/topics", R"({"name":"orders","partitions":2})");
  world.write("orders", R"([{"value":"a","partition":0},{"value":"b","partition":0},{"value":"c","partition":1,"timestamp":1900000000000}])");
  const std::string name = "checks \"\xF0\x9F\x93\x88\" \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";
  const std::string path = "/api/v1/groups/checks%20%22%F0%9F%93%88%22%20%D7%A9%D7%9C%D7%95%D7%9D";
  world.groups.all[name] = GroupInfo{name, "Empty", "", {}};
  std::map<eventlog::TopicPartition, Offset> committed{{{"orders", PartitionId{0}}, Offset{1}}};
  ASSERT_TRUE(io::block_on(world.shard(), world.log().commit(name, committed)));
  const auto listed = world.call("GET", "/api/v1/groups");
  EXPECT_EQ(text(listed.body, "/0/group"), name);
  EXPECT_EQ(text(listed.body, "/0/lag"), "1");
  EXPECT_EQ(text(world.call("GET", path).body, "/offsets/0/committed"), "1");

  const auto would = world.call("POST", path + "/offsets?dry_run=true", R"({"topic":"orders","to":"earliest"})", "tomas");
  ASSERT_EQ(would.status, 200) << would.text;
  EXPECT_EQ(text(would.body, "/changes"), R"([{"topic":"orders","partition":0,"from":1,"to":0,"lag_after":2},{"topic":"orders","partition":1,"from":null,"to":0,"lag_after":1}])");
  EXPECT_EQ(text(world.call("GET", path).body, "/offsets/0/committed"), "1");   // nothing moved
  const auto move = [&](const std::string& to) { return text(world.call("POST", path + "/offsets", R"({"topic":"orders","to":)" + to + "}", "tomas").body, "/changes/0/to"); };
  EXPECT_EQ(move("\"latest\""), "2");
  EXPECT_EQ(move("\"-1\""), "1");
  EXPECT_EQ(move("0"), "0");
  EXPECT_EQ(move("99"), "2");                                     // no further than the end
  EXPECT_EQ(move("\"2029-01-01T00:00:00Z\""), "2");
  EXPECT_EQ(text(world.call("GET", path).body, "/offsets/1/committed"), "0");   // its record is later
  EXPECT_EQ(world.call("POST", path + "/offsets", R"({"topic":"orders","to":"noon"})", "tomas").status, 400);
  EXPECT_EQ(world.call("POST", path + "/offsets", R"({"topic":"orders","to":"latest","partitions":[7]})", "tomas").status, 400);
  EXPECT_EQ(world.call("POST", path + "/offsets", R"({"topic":"orders","to":"latest"})").status, 401);
  EXPECT_EQ(world.call("POST", path + "/offsets", R"({"topic":"nothing","to":"latest"})", "tomas").status, 404);

  world.groups.all[name].members.push_back({"m-1", "billing", "127.0.0.1", {{"orders", {0, 1}}}});
  const auto busy = world.call("POST", path + "/offsets", R"({"topic":"orders","to":"earliest"})", "tomas");
  EXPECT_EQ(busy.status, 409);
  EXPECT_NE(busy.text.find("billing"), std::string::npos);
  EXPECT_EQ(text(world.call("GET", path).body, "/members/0/assignment/0/partitions"), "[0,1]");
  EXPECT_EQ(world.call("DELETE", path, "", "tomas").status, 409);
  world.groups.all[name].members.clear();
  EXPECT_EQ(world.call("DELETE", path + "?dry_run=true", "", "tomas").status, 200);
  EXPECT_TRUE(world.groups.all.contains(name));
  EXPECT_EQ(world.call("DELETE", path, "", "tomas").status, 200);
  EXPECT_FALSE(world.groups.all.contains(name));
  EXPECT_EQ(world.call("GET", "/api/v1/groups/nothing").status, 404);
}

TEST(Groups, ThoseOfQueriesAreLeftAlone) {
  EngineWorld world;
  world.sql(set_up);
  world.write("trades", R"([{"key":"A","value":{"PRICE":700}}])");
  const auto group = world.eventually([&]() -> json::value {
    const auto listed = world.call("GET", "/api/v1/groups");
    for (const auto& g : listed.body.as_array())
      if (g.at("internal").as_bool()) return g;
    return nullptr;
  });
  ASSERT_FALSE(group.is_null());
  EXPECT_EQ(world.call("POST", "/api/v1/groups/" + text(group, "/group") + "/offsets", R"({"topic":"trades","to":"latest"})", "tomas").status, 403);
}

TEST(Schemas, HaveFieldsAndDifferences) {
  EngineWorld world;
  const auto add = [&](const std::string& avro) {
    return world.register_schema("orders-value", avro);
  };
  add(R"({"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"string"},{"name":"note","type":["null","string"],"default":null},{"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"}]}}}]})");
  add(R"({"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"string"},{"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"count","type":"int","default":1}]}}}]})");
  const auto subject = world.call("GET", "/api/v1/schemas/orders-value");
  ASSERT_EQ(subject.status, 200) << subject.text;
  EXPECT_EQ(text(subject.body, "/compatibility"), "BACKWARD");
  EXPECT_EQ(text(subject.body, "/versions/0/fields/2/name"), "lines");
  EXPECT_EQ(text(subject.body, "/versions/1/fields/1/fields/1/name"), "count") << json::print(subject.body.at("versions").at(1).at("fields"));
  const auto diff = world.call("GET", "/api/v1/schemas/orders-value/diff");
  ASSERT_EQ(diff.status, 200) << diff.text;
  EXPECT_EQ(text(diff.body, "/differences/0/path"), "lines.count");
  EXPECT_EQ(text(diff.body, "/differences/0/breaks"), "nobody");
  EXPECT_EQ(text(diff.body, "/differences/1/path"), "note");
  EXPECT_EQ(text(diff.body, "/differences/1/kind"), "removed");
  EXPECT_EQ(text(diff.body, "/compatible/FULL"), "true");
  EXPECT_TRUE(diff.body.at("examples").as_array().empty());
  // The other way round is a removal of what has a default, and an addition of what has one: nobody breaks either.
  world.set_compatibility("orders-value", "NONE");
  add(R"({"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"int"},{"name":"must","type":"string"}]})");
  const auto hard = world.call("GET", "/api/v1/schemas/orders-value/diff?from=2&to=3");
  ASSERT_EQ(hard.status, 200) << hard.text;
  const auto of = [&](const std::string& path) {
    for (const auto& d : hard.body.at("differences").as_array())
      if (text(d, "/path") == path) return text(d, "/breaks");
    return std::string("(none)");
  };
  EXPECT_EQ(of("id"), "both");
  EXPECT_EQ(of("must"), "writers");
  EXPECT_EQ(of("lines"), "readers");
  EXPECT_EQ(text(hard.body, "/compatible/BACKWARD"), "false");
  ASSERT_EQ(hard.body.at("examples").as_array().size(), 2u) << hard.text;   // in each direction a record
  EXPECT_EQ(text(hard.body, "/examples/0/written_with"), "from");
  EXPECT_EQ(text(hard.body, "/examples/0/record").substr(0, 7), R"({"id":")");
  EXPECT_EQ(text(hard.body, "/examples/1/written_with"), "to");
  EXPECT_EQ(text(hard.body, "/examples/1/record"), R"({"id":0,"must":""})");
  EXPECT_EQ(world.call("GET", "/api/v1/schemas/orders-value/diff?from=2&to=9").status, 404);
  EXPECT_EQ(world.call("GET", "/api/v1/schemas/orders-valeu").status, 404);
}

TEST(Records, ThatCannotBeDecodedSayWhyAndShowTheirBytes) {
  EngineWorld world;
  world.call("POST", "/api/v1/topics", R"({"name":"odd"})");
  world.write_raw("odd", std::string("\0\0\0\x03\xE7xyz", 8));
  world.write_raw("odd", std::string("\xFF\xFE\0", 3));
  world.write_raw("odd", std::string(1 << 20, 'x'));
  world.write_raw("odd", std::string(300, '[') + std::string(300, ']'));
  const auto read = world.call("GET", "/api/v1/topics/odd/records?from=beginning");
  ASSERT_EQ(read.status, 200);
  EXPECT_NE(text(read.body, "/records/0/value_problem").find("schema 999"), std::string::npos);
  EXPECT_EQ(text(read.body, "/records/0/value_hex"), "00000003e778797a");
  EXPECT_EQ(text(read.body, "/records/1/value_hex"), "fffe00");
  EXPECT_EQ(text(read.body, "/records/1/value_format"), "BINARY");
  EXPECT_EQ(text(read.body, "/records/2/value").size(), std::size_t(1 << 20));
  EXPECT_FALSE(text(read.body, "/records/3/value").empty());   // deeply nested: as JSON or as text, never a failure
}

}  // namespace
}  // namespace braid::api
