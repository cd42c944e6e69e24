// Profiles over the embedded log: they follow the products, go on where they were after a clean stop and after a hard one and count nothing twice.
#include "observe/profiles.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "eventlog/embedded/embedded_log.h"
#include "mesh/demo_organisation.h"
#include "mesh/readers.h"
#include "storage/numbers.h"

namespace braid::observe {
namespace {

template <class T> T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "profiles test: %s\n", r.error().text().c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

struct LogCounters final : Counters {
  storage::Log* log = nullptr;
  std::vector<TopicNumbers> topics() override {
    std::vector<TopicNumbers> out;
    const auto all = log->topics();
    for (const auto& [name, topic] : all->by_name()) {
      if (name.starts_with('_')) continue;
      const auto n = storage::numbers_of(*topic);
      out.push_back({name, topic->id, n.records, n.end, n.bytes_in, n.last_append_ms});
    }
    return out;
  }
  std::vector<QueryNumbers> queries() override { return {}; }
  NodeNumbers node() override { return {}; }
};

struct World {
  std::string directory;
  std::unique_ptr<io::FileSystem> files = io::real_files();
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<io::Shards> shards;
  std::unique_ptr<storage::Log> storage;
  std::unique_ptr<storage::GroupOffsets> offsets;
  std::unique_ptr<eventlog::EventLog> log;
  std::unique_ptr<registry::Registry> registry;
  mesh::NoReaders readers;
  std::unique_ptr<mesh::Mesh> mesh;
  LogCounters counters;
  std::unique_ptr<Pulse> pulse;
  std::unique_ptr<Profiles> profiles;
  ProfilesOptions options;

  World() {
    std::string name = ::testing::TempDir() + "braid_profiles_XXXXXX";
    directory = ::mkdtemp(name.data());
    options.share = 0.5;
    options.look = io::Milliseconds(20);
    options.keep_least = options.keep_most = io::Milliseconds(20);
    open();
  }
  ~World() {
    if (profiles) close();
    std::filesystem::remove_all(directory);
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards->control(), std::move(task)); }

  static io::Task<void> open_upper(World* w) {
    registry::Options o;
    w->registry = must(co_await registry::Registry::open(*w->log, *w->metrics, std::move(o)));
    w->mesh = must(co_await mesh::Mesh::open(*w->log, system_clock(), w->readers));
    w->pulse = std::make_unique<Pulse>(w->counters, system_clock());
    w->pulse->start(w->shards->control());
    Profiles::Parts parts{*w->log, *w->registry, *w->mesh, *w->pulse, *w->shards, *w->metrics, system_clock()};
    w->profiles = must(co_await Profiles::open(parts, w->options));
  }
  void open() {
    metrics = std::make_unique<Metrics>();
    shards = io::Shards::start(2);
    storage::LogOptions o;
    o.directory = directory + "/log";
    storage = must(storage::Log::open(*files, *shards, o));
    counters.log = storage.get();
    offsets = must(run(storage::GroupOffsets::open(*storage, *shards, 1)));
    log = eventlog::embedded_log(*storage, *offsets, "127.0.0.1:9092");
    run(open_upper(this));
  }
  static io::Task<void> close_upper(World* w) {
    co_await w->profiles->close();
    co_await w->pulse->close();
    co_await w->mesh->close();
    co_await w->registry->close();
    co_await w->offsets->close();
    co_await w->storage->close();
  }
  void close() {
    run(close_upper(this));
    drop();
  }
  void drop() {   // without close(): as kill -9 leaves it
    shards->stop();
    profiles.reset(), pulse.reset(), mesh.reset(), registry.reset(), log.reset(), offsets.reset(), storage.reset(), shards.reset(), metrics.reset();
  }

  void publish(const std::string& topic, int partitions = 1) {
    must(run(log->create_topic(eventlog::TopicSpec{.name = topic, .partitions = partitions})));
    if (mesh->state().people.empty())
      for (const auto& step : mesh::demo_organisation()) (void)run(mesh->execute(step.caller, step.command));
    mesh::PublishProduct p;
    p.name = topic;
    p.fields.owner = "@analytics-team";
    p.fields.description = "A test";
    const auto done = run(mesh->execute({.person = "tomas"}, p));
    ASSERT_TRUE(done) << done.error().error.text();
  }
  void write(const std::string& topic, int from, int count, int partition = 0) {
    auto writer = must(log->writer());
    std::vector<eventlog::Record> records;
    for (int i = from; i < from + count; ++i) records.push_back({.key = "k" + std::to_string(i % 7), .value = R"({"n":)" + std::to_string(i) + R"(,"who":"User_)" + std::to_string(i % 9) + "\"}"});
    const auto written = run(writer->write({topic, PartitionId{partition}}, std::move(records)));
    ASSERT_TRUE(written) << written.error().text();
  }
  std::optional<Profiler::View> view(const std::string& topic) { return run(profiles->view(topic)); }
  // Waits until the profile has passed so many records; there is nothing else to wait for.
  Profiler::View until(const std::string& topic, std::uint64_t records) {
    for (int i = 0; i < 1500; ++i) {
      if (auto v = view(topic); v && v->records >= records) return *std::move(v);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << topic << " did not get to " << records;
    return view(topic).value_or(Profiler::View{});
  }
};

std::uint64_t count_of(const Profiler::View& v, std::string_view path) {
  for (const auto& f : v.fields)
    if (f.at("path").as_string() == path) return f.at("count").to_number<std::uint64_t>();
  return 0;
}
std::uint64_t distinct_of(const Profiler::View& v, std::string_view path) {
  for (const auto& f : v.fields)
    if (f.at("path").as_string() == path) return f.at("distinct").at("estimate").to_number<std::uint64_t>();
  return 0;
}

TEST(ProfilesTest, FollowsTheTopicsOfProductsAndNoOthers) {
  World w;
  w.publish("orders", 3);
  must(w.run(w.log->create_topic(eventlog::TopicSpec{.name = "private"})));
  w.write("private", 0, 50);
  for (int p = 0; p < 3; ++p) w.write("orders", p * 100, 100, p);
  const auto v = w.until("orders", 300);
  EXPECT_EQ(v.records, 300u);
  EXPECT_EQ(v.profiled, 300u);
  EXPECT_EQ(count_of(v, "n"), 300u);
  EXPECT_EQ(distinct_of(v, "n"), 300u);
  EXPECT_EQ(distinct_of(v, "who"), 9u);
  EXPECT_FALSE(w.view("private"));
  const auto newest = w.run(w.profiles->profile_newest("private", 20));
  ASSERT_TRUE(newest) << newest.error().text();
  EXPECT_EQ(newest->records, 20u);
  EXPECT_FALSE(w.run(w.profiles->profile_newest("nobody", 20)));
}

TEST(ProfilesTest, GoesOnAfterACleanStop) {
  World w;
  w.publish("orders");
  w.write("orders", 0, 400);
  w.until("orders", 400);
  w.close();
  w.open();
  w.write("orders", 400, 100);
  const auto v = w.until("orders", 500);
  EXPECT_EQ(v.records, 500u);
  EXPECT_EQ(count_of(v, "n"), 500u);
  EXPECT_EQ(distinct_of(v, "n"), 500u);
}

TEST(ProfilesTest, CountsNothingTwiceAndLeavesNothingOutAfterAKill) {
  World w;
  w.publish("orders", 2);
  int written = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 5; ++i, written += 100) w.write("orders", written, 100, i % 2);
    w.until("orders", std::uint64_t(written) - 150);   // somewhere in between: some of it is kept, some not
    w.drop();
    w.open();
  }
  const auto v = w.until("orders", std::uint64_t(written));
  EXPECT_EQ(v.records, std::uint64_t(written));
  EXPECT_EQ(count_of(v, "n"), std::uint64_t(written));
  EXPECT_NEAR(double(distinct_of(v, "n")), written, 0.04 * written);
  EXPECT_LT(v.since_ms, system_clock().wall_ms());
}

TEST(ProfilesTest, ATopicThatIsMadeAnewBeginsANewProfile) {
  World w;
  w.publish("orders");
  w.write("orders", 0, 300);
  w.until("orders", 300);
  must(w.run(w.log->delete_topic("orders")));
  must(w.run(w.log->create_topic(eventlog::TopicSpec{.name = "orders"})));
  w.write("orders", 0, 10);
  for (int i = 0; i < 1500; ++i) {
    const auto v = w.view("orders");
    if (v && v->records == 10) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(w.view("orders")->records, 10u);
}

TEST(ProfilesTest, PromisesAreJudgedForAProduct) {
  World w;
  w.publish("orders");
  w.write("orders", 0, 10);
  w.until("orders", 10);
  w.run([](World* world) -> io::Task<void> { world->pulse->beat(); co_return; }(&w));
  const auto all = w.run(w.profiles->judged(*w.mesh->state().product("orders"), "orders"));
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[0].name, "freshness");
  mesh::Product own = *w.mesh->state().product("orders");
  own.promises.null_share_max = {{"n", 0}, {"nobody", 0.5}};
  own.promises.history_days = 3;
  own.promises.availability = 0.6;
  const auto with_nulls = w.run(w.profiles->judged(own, "orders", false));
  ASSERT_EQ(with_nulls.size(), all.size() + 3);
  const auto& n = with_nulls[with_nulls.size() - 2];
  EXPECT_EQ(n.field, "n");
  EXPECT_EQ(n.state, Kept::kept) << n.why;
  EXPECT_EQ(*n.measured, 0);
  EXPECT_EQ(with_nulls.back().state, Kept::unknown) << with_nulls.back().why;
  EXPECT_EQ(with_nulls[with_nulls.size() - 3].name, "history");
  EXPECT_TRUE(with_nulls[with_nulls.size() - 3].measured) << with_nulls[with_nulls.size() - 3].why;
  for (const auto& j : with_nulls) EXPECT_TRUE(j.history.empty());
  EXPECT_EQ(all[0].state, Kept::kept) << all[0].why;
}

}  // namespace
}  // namespace braid::observe
