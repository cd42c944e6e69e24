// Live numbers, activity and profiles over the embedded log. Every answer of every call below is also held against the OpenAPI document (test_world.h).
#include "api/observe/observe_api.h"

#include <gtest/gtest.h>

#include <thread>

#include "api/mesh/test_world.h"
#include "storage/numbers.h"

namespace braid::api {
namespace {

using testing::Reply;

struct LogCounters final : observe::Counters {
  storage::Log* log = nullptr;
  std::vector<observe::TopicNumbers> topics() override {
    std::vector<observe::TopicNumbers> out;
    const auto all = log->topics();
    for (const auto& [name, topic] : all->by_name()) {
      if (name.starts_with('_')) continue;
      const auto n = storage::numbers_of(*topic);
      out.push_back({name, topic->id, n.records, n.end, n.bytes_in, n.last_append_ms});
    }
    return out;
  }
  std::vector<observe::QueryNumbers> queries() override { return {{"CSAS_X_5", "running", 10, 9, 0, 1}}; }
  observe::NodeNumbers node() override { return {3, system_clock().wall_ms(), "embedded", "0.1.0", ""}; }
};

io::Task<void> start(observe::Pulse* pulse, std::unique_ptr<observe::Profiles>* profiles, testing::TestWorld* world) {
  observe::Profiles::Parts parts{world->log(), world->registry(), world->mesh(), *pulse, world->shards(), world->metrics(), system_clock()};
  observe::ProfilesOptions options;
  options.look = io::Milliseconds(20);
  options.share = 0.5;
  pulse->start(world->shard());
  auto opened = co_await observe::Profiles::open(parts, options);
  EXPECT_TRUE(opened);
  if (opened) *profiles = *std::move(opened);
}
io::Task<void> stop(observe::Pulse* pulse, observe::Profiles* profiles) {
  co_await profiles->close();
  co_await pulse->close();
}
io::Task<void> beat(observe::Pulse* pulse) {
  pulse->beat();
  co_return;
}
io::Task<void> write_some(eventlog::EventLog* log, std::string topic, int count) {
  auto writer = *log->writer();
  std::vector<eventlog::Record> records;
  for (int i = 0; i < count; ++i) records.push_back({.key = "User_" + std::to_string(i % 9), .value = R"({"price":)" + std::to_string(i) + R"(,"side":"BUY"})"});
  const eventlog::TopicPartition to{topic, PartitionId{0}};
  auto writing = writer->write(to, std::move(records));
  EXPECT_TRUE(co_await std::move(writing));
}
// The first events of the stream, then the client goes away.
io::Task<std::string> listen(const http::Router* router, std::string target, int events) {
  auto request = http::Request::make("GET", target);
  http::Response response = co_await router->handle(*std::move(request));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get_or("Content-Type", ""), "text/event-stream; charset=utf-8");
  struct Few final : http::BodyWriter {
    std::string text;
    int left;
    explicit Few(int n) : left(n) {}
    io::Task<Result<void>> write(Bytes bytes) override {
      text += bytes;
      --left;
      co_return Result<void>{};
    }
    bool closed() const override { return left <= 0; }
    void on_close(std::move_only_function<void()>) override {}
  } out(events);
  co_await response.stream(out);
  co_return out.text;
}

struct ObserveApiTest : ::testing::Test {
  testing::TestWorld world;
  LogCounters counters;
  observe::Pulse pulse{counters, system_clock()};
  std::unique_ptr<observe::Profiles> profiles;
  std::unique_ptr<ObserveApi> api;
  void SetUp() override {
    counters.log = &world.storage();
    world.set_up_demo();
    io::block_on(world.shard(), start(&pulse, &profiles, &world));
    api = std::make_unique<ObserveApi>(pulse, *profiles, world.mesh(), world.log(), system_clock());
    api->add_routes(world.router());
  }
  void TearDown() override { io::block_on(world.shard(), stop(&pulse, profiles.get())); }
  void write(const std::string& topic, int count) { io::block_on(world.shard(), write_some(&world.log(), topic, count)); }
  Reply profile_with(const std::string& target, std::uint64_t records, const char* pointer) {
    Reply reply;
    for (int i = 0; i < 1000; ++i) {
      reply = world.call("GET", target);
      boost::system::error_code ec;
      const auto* n = reply.body.find_pointer(pointer, ec);
      if (n && n->is_number() && n->to_number<std::uint64_t>() >= records) return reply;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << target << " never had " << records << " records: " << reply.text.substr(0, 500);
    return reply;
  }
};

std::string text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : found ? json::print(*found) : "(nothing)";
}

TEST_F(ObserveApiTest, LiveNumbersOnceAndAsAStream) {
  write("users", 10);
  io::block_on(world.shard(), beat(&pulse));
  const auto all = world.call("GET", "/api/v1/live/snapshot");
  EXPECT_EQ(text(all.body, "/topics/users/records"), "10");
  EXPECT_EQ(text(all.body, "/queries/CSAS_X_5/state"), "running");
  EXPECT_EQ(text(all.body, "/node/connections"), "3");
  EXPECT_TRUE(all.body.at("topics").as_object().contains("stocktrades"));
  EXPECT_TRUE(all.body.at("topics").at("stocktrades").at("age_s").is_null());       // nothing came yet
  const auto some = world.call("GET", "/api/v1/live/snapshot?topics=users,nobody");
  EXPECT_EQ(some.body.at("topics").as_object().size(), 1u);
  const auto stream = io::block_on(world.shard(), listen(&world.router(), "/api/v1/live?topics=users", 2));
  EXPECT_EQ(stream.find("event: tick\ndata: {"), stream.find("event:"));
  EXPECT_NE(stream.find("event: tick", stream.find("event: tick") + 1), std::string::npos) << stream;
}

TEST_F(ObserveApiTest, ActivityByPeriods) {
  const auto hours = world.call("GET", "/api/v1/topics/users/activity?period=1h&periods=5");
  ASSERT_EQ(hours.status, 200) << hours.text;
  EXPECT_EQ(hours.body.at("periods").as_array().size(), 5u);
  EXPECT_TRUE(hours.body.at("periods").as_array()[0].at("records").is_null());      // nobody was there to see it
  EXPECT_EQ(world.call("GET", "/api/v1/topics/users/activity").body.at("periods").as_array().size(), 28u);
  EXPECT_EQ(world.call("GET", "/api/v1/topics/users/activity?period=5h").status, 400);
  EXPECT_EQ(world.call("GET", "/api/v1/topics/users/activity?period=1d&periods=0").status, 400);
  const auto missing = world.call("GET", "/api/v1/topics/user/activity");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(text(missing.body, "/hint"), "did you mean 'users'?");
}

TEST_F(ObserveApiTest, ActivityByTheMinuteOfOneTopicAndOfMany) {
  const auto one = world.call("GET", "/api/v1/topics/users/activity?period=1m&periods=60");
  ASSERT_EQ(one.status, 200) << one.text;
  EXPECT_EQ(one.body.at("periods").as_array().size(), 60u);
  EXPECT_EQ(text(one.body, "/period_s"), "60");
  EXPECT_TRUE(one.body.at("periods").as_array()[0].at("records").is_null());
  EXPECT_EQ(world.call("GET", "/api/v1/topics/users/activity?period=7m").status, 400);
  const auto all = world.call("GET", "/api/v1/activity?periods=30");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all.body.at("from").as_array().size(), 30u);
  EXPECT_EQ(all.body.at("topics").at("users").at("records").as_array().size(), 30u);
  const auto some = world.call("GET", "/api/v1/activity?topics=users,nobody&period=1h&periods=3");
  EXPECT_EQ(some.body.at("topics").as_object().size(), 1u);
  EXPECT_EQ(text(some.body, "/period_s"), "3600");
  EXPECT_EQ(world.call("GET", "/api/v1/activity?period=0m").status, 400);
}

TEST_F(ObserveApiTest, ThePromisesOfAllProductsInOneCall) {
  write("users", 20);
  profile_with("/api/v1/products/users/profile", 20, "/ports/0/records");
  const auto set = world.call("PATCH", "/api/v1/products/users?force=true", R"({"promises":{"freshness_s":3600,"null_share_max":{"side":0}}})", "mira");
  ASSERT_EQ(set.status, 200) << set.text;
  io::block_on(world.shard(), beat(&pulse));
  const auto all = world.call("GET", "/api/v1/promises");
  ASSERT_EQ(all.status, 200) << all.text;
  const auto of = [&](const Reply& reply, std::string_view name) -> json::value {
    for (const auto& p : reply.body.at("products").as_array())
      if (p.at("product").as_string() == name) return p;
    return nullptr;
  };
  const auto users = of(all, "users");
  ASSERT_TRUE(users.is_object()) << all.text;
  EXPECT_EQ(text(users, "/state"), "kept");
  EXPECT_EQ(text(users, "/promises/0/promised/from"), "product");
  EXPECT_EQ(text(users, "/promises/0/promised/value"), "3.6E3");
  const auto& nulls = users.at("promises").as_array().back();
  EXPECT_EQ(text(nulls, "/field"), "side");
  EXPECT_EQ(text(nulls, "/state"), "kept") << json::print(nulls);
  std::size_t sum = 0;
  for (const auto& [state, n] : all.body.at("summary").as_object()) sum += n.to_number<std::size_t>();
  EXPECT_EQ(sum, all.body.at("products").as_array().size());
  EXPECT_GT(sum, 1u);
  EXPECT_TRUE(of(world.call("GET", "/api/v1/promises?state=broken,unknown"), "users").is_null());
  EXPECT_TRUE(of(world.call("GET", "/api/v1/promises?domain=execution"), "users").is_null());
  const auto wrong = world.call("GET", "/api/v1/promises?state=bad");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(text(wrong.body, "/hint"), "kept, close, broken or unknown; several with commas between");
}

TEST_F(ObserveApiTest, TheProfileOfAProduct) {
  write("users", 90);
  const auto reply = profile_with("/api/v1/products/users/profile", 90, "/ports/0/records");
  EXPECT_EQ(text(reply.body, "/sla"), "tier-1");
  EXPECT_EQ(text(reply.body, "/ports/0/basis/kind"), "running");
  EXPECT_EQ(text(reply.body, "/ports/0/sampled"), "null");
  EXPECT_EQ(text(reply.body, "/ports/0/promises/0/name"), "freshness");
  EXPECT_EQ(text(reply.body, "/ports/0/promises/0/promised/value"), "6E1");
  bool key = false, price = false;
  for (const auto& f : reply.body.at("ports").as_array()[0].at("fields").as_array()) {
    if (text(f, "/path") == "(key)") key = text(f, "/shapes/0/shape") == "Aaaa_9" && text(f, "/distinct/estimate") == "9";
    if (text(f, "/path") == "price") price = text(f, "/max") == "89" && text(f, "/count") == "90";
  }
  EXPECT_TRUE(key) << reply.text.substr(0, 800);
  EXPECT_TRUE(price) << reply.text.substr(0, 800);
  EXPECT_EQ(world.call("GET", "/api/v1/products/user/profile").status, 404);
}

TEST_F(ObserveApiTest, TheProfileOfATopicThatIsNoProductIsOfItsNewestRecordsAndSaysSo) {
  world.create_topic("private");
  write("private", 50);
  const auto all = world.call("GET", "/api/v1/topics/private/profile");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(text(all.body, "/basis/kind"), "newest");
  EXPECT_EQ(text(all.body, "/records"), "50");
  EXPECT_EQ(text(all.body, "/promises"), "[]");
  const auto few = world.call("GET", "/api/v1/topics/private/profile?records=7");
  EXPECT_EQ(text(few.body, "/records"), "7");
  EXPECT_EQ(text(few.body, "/since"), "null");
  EXPECT_EQ(world.call("GET", "/api/v1/topics/private/profile?records=0").status, 400);
  EXPECT_EQ(world.call("GET", "/api/v1/topics/privat/profile").status, 404);
  world.create_topic("empty");
  const auto empty = world.call("GET", "/api/v1/topics/empty/profile");
  EXPECT_EQ(text(empty.body, "/records"), "0");
  EXPECT_EQ(text(empty.body, "/fields"), "[]");
}

TEST_F(ObserveApiTest, AProductWhoseTopicIsGoneSaysSo) {
  world.delete_topic("pageviews");
  io::block_on(world.shard(), beat(&pulse));
  const auto reply = world.call("GET", "/api/v1/products/pageviews/profile");
  // It may still be followed for a moment; afterwards the port is missing. Both keep the document.
  EXPECT_EQ(reply.status, 200) << reply.text;
  for (int i = 0; i < 1000 && text(world.call("GET", "/api/v1/products/pageviews/profile").body, "/ports/0/missing") == "(nothing)"; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_NE(text(world.call("GET", "/api/v1/products/pageviews/profile").body, "/ports/0/missing").find("there is no topic"), std::string::npos);
}

}  // namespace
}  // namespace braid::api
