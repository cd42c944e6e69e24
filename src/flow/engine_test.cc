// The running engine over the real log and registry: what a statement does, what a query answers, and that kill -9 loses nothing.
#include "flow/engine.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "eventlog/embedded/embedded_log.h"
#include "sql/metastore.h"
#include "sql/parser.h"
#include "storage/group_offsets.h"
#include "storage/log.h"

namespace braid::flow {
namespace {

using data::Value;

template <class T> T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "unexpected error: %s\n", r.error().text().c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

// A node without its ports.
class Node {
 public:
  explicit Node(const std::string& directory, io::Milliseconds commit_interval = io::Milliseconds(50)) {
    storage::LogOptions options;
    options.directory = directory + "/log";
    options.metrics = &metrics_;
    auto opened = storage::Log::open(*files_, *shards_, options);
    if (!opened) std::abort();
    storage_ = *std::move(opened);
    offsets_ = must(run(storage::GroupOffsets::open(*storage_, *shards_, 1)));
    log_ = eventlog::embedded_log(*storage_, *offsets_, "127.0.0.1:9092");
    registry_ = must(run(registry::Registry::open(*log_, metrics_)));
    EngineOptions engine;
    engine.state_directory = directory + "/state";
    engine.commit_interval = commit_interval;
    engine.properties["auto.offset.reset"] = "earliest";
    const Parts parts{*log_, *registry_, *files_, *shards_, pool_, metrics_};
    engine_ = must(run(Engine::open(parts, engine)));
  }
  ~Node() {
    run(engine_->close());
    engine_.reset();
    run(registry_->close());
    registry_.reset();
    run(offsets_->close());
    run(storage_->close());
    shards_->stop();
    log_.reset();
    offsets_.reset();
    storage_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  Engine& engine() { return *engine_; }
  eventlog::EventLog& log() { return *log_; }
  registry::Registry& registry() { return *registry_; }
  double commits() { return metrics_.counter("braid_log_commits_total", "").value(); }

  std::vector<Done> execute(std::string sql) { return must(run(engine_->execute_script(std::move(sql), {}))); }
  Error refused(std::string sql) {
    auto r = run(engine_->execute_script(std::move(sql), {}));
    if (r) ADD_FAILURE() << "was not refused";
    return r ? Error{} : r.error();
  }
  void write(const std::string& topic, std::optional<Bytes> key, std::optional<Bytes> value, std::int64_t time = 0) { must(run(write_one(*log_, topic, std::move(key), std::move(value), time))); }
  std::vector<std::string> select(std::string sql, std::size_t rows_min = 0) {
    return must(run(read_rows(*engine_, std::move(sql), rows_min)));
  }
  // Asks again until the answer is `wanted` or ten seconds have gone: queries run on their own.
  std::vector<std::string> select_until(const std::string& sql, const std::vector<std::string>& wanted) {
    std::vector<std::string> got;
    for (int i = 0; i < 1000; ++i) {
      got = select(sql);
      if (got == wanted) break;
      run(io::sleep_for(io::Milliseconds(10)));
    }
    return got;
  }

 private:
  static io::Task<Result<void>> write_one(eventlog::EventLog& log, std::string topic, std::optional<Bytes> key, std::optional<Bytes> value, std::int64_t time) {
    CO_TRY(auto writer, log.writer());
    eventlog::Record record{std::move(key), std::move(value), time};
    auto asked1 = writer->write_keyed(std::move(topic), std::move(record));
    CO_TRY_VOID(co_await std::move(asked1));
    co_return Result<void>{};
  }
  static io::Task<Result<std::vector<std::string>>> read_rows(Engine& engine, std::string sql, std::size_t rows_min) {
    Session session;
    auto asked2 = engine.select_text(std::move(sql), session);
    CO_TRY(auto stream, co_await std::move(asked2));
    std::vector<std::string> out;
    const auto deadline = io::after(io::Milliseconds(10'000));
    while (true) {
      auto asked3 = stream->next(deadline);
      CO_TRY(auto rows, co_await std::move(asked3));
      for (const auto& r : rows.rows) {
        std::string line;
        for (const auto& v : r.values) line += (line.empty() ? "" : " ") + (v.holds<std::string>() ? v.string() : v.debug_text());
        out.push_back(line + (r.tombstone ? " deleted" : ""));
      }
      if (rows.end != Rows::End::no || (rows_min > 0 && out.size() >= rows_min) || std::chrono::steady_clock::now() > deadline) break;
    }
    co_return out;
  }

  Metrics metrics_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  io::Pool pool_{2};
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<Engine> engine_;
};

class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("braid_engine_" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

constexpr const char* clicks = "CREATE STREAM clicks (who STRING KEY, page STRING) WITH (kafka_topic='clicks', value_format='JSON', partitions=2);";
constexpr const char* counts = "CREATE TABLE counts AS SELECT who, COUNT(*) AS n FROM clicks GROUP BY who;";

TEST_F(EngineTest, ATableIsFilledAndAnswersPullQueriesByKeyAndWhole) {
  Node node(directory_);
  const auto done = node.execute(std::string(clicks) + counts);
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].message, "Stream created");
  EXPECT_EQ(done[1].message.find("Created query with ID CTAS_COUNTS_"), 0u);
  node.execute("INSERT INTO clicks (who, page) VALUES ('ana', '/'); INSERT INTO clicks (who, page) VALUES ('bo', '/'); INSERT INTO clicks (who, page) VALUES ('ana', '/a');");
  const auto all = node.select_until("SELECT * FROM counts;", {"ana 2", "bo 1"});
  EXPECT_EQ(all, (std::vector<std::string>{"ana 2", "bo 1"}));
  EXPECT_EQ(node.select("SELECT * FROM counts WHERE who = 'bo';"), (std::vector<std::string>{"bo 1"}));
  EXPECT_EQ(node.select("SELECT n FROM counts WHERE who = 'ana';").size(), 1u);
  EXPECT_TRUE(node.select("SELECT * FROM counts WHERE who = 'eve';").empty());
  const auto info = node.engine().query(done[1].query_id);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->sink_topic, "COUNTS");
}

TEST_F(EngineTest, APushQueryGivesRowsAsTheyComeAndEndsAtItsLimit) {
  Node node(directory_);
  node.execute(clicks);
  node.write("clicks", "a", R"({"PAGE":"/1"})");
  node.write("clicks", "a", R"({"PAGE":"/2"})");
  EXPECT_EQ(node.select("SELECT page FROM clicks EMIT CHANGES LIMIT 2;").size(), 2u);
  for (int i = 0; i < 100 && !node.engine().queries().empty(); ++i) node.run(io::sleep_for(io::Milliseconds(10)));
  EXPECT_TRUE(node.engine().queries().empty());
}

TEST_F(EngineTest, StatementsAndStateAreThereAfterARestart) {
  {
    Node node(directory_);
    node.execute(std::string(clicks) + counts + "CREATE STREAM gone (a INT) WITH (kafka_topic='gone', value_format='JSON', partitions=1); DROP STREAM gone;");
    node.write("clicks", "ana", R"({"PAGE":"/"})");
    node.select_until("SELECT * FROM counts;", {"ana 1"});
  }
  Node node(directory_);
  EXPECT_NE(node.engine().metastore().find("CLICKS"), nullptr);
  EXPECT_EQ(node.engine().metastore().find("GONE"), nullptr);
  node.write("clicks", "ana", R"({"PAGE":"/"})");
  EXPECT_EQ(node.select_until("SELECT * FROM counts;", {"ana 2"}), (std::vector<std::string>{"ana 2"}));
}

TEST_F(EngineTest, PauseResumeTerminateAndDrop) {
  Node node(directory_);
  const auto done = node.execute(std::string(clicks) + counts);
  const std::string id = done[1].query_id;
  EXPECT_NE(node.refused("DROP STREAM clicks;").message, "");
  node.execute("PAUSE " + id + ";");
  node.write("clicks", "ana", R"({"PAGE":"/"})");
  EXPECT_EQ(node.engine().query(id)->state, QueryState::paused);
  EXPECT_TRUE(node.select("SELECT * FROM counts;").empty());
  node.execute("RESUME " + id + ";");
  EXPECT_EQ(node.select_until("SELECT * FROM counts;", {"ana 1"}), (std::vector<std::string>{"ana 1"}));
  node.execute("TERMINATE " + id + ";");
  EXPECT_FALSE(node.engine().query(id));
  node.execute("DROP TABLE counts; DROP STREAM clicks;");
  EXPECT_TRUE(node.engine().metastore().sources().empty());
  EXPECT_EQ(node.refused("TERMINATE nothing_1;").code, ErrorCode::not_found);
}

TEST_F(EngineTest, RecordsThatCannotBeDecodedAreCountedAndKeptWithTheirReason) {
  Node node(directory_);
  const auto done = node.execute(std::string(clicks) + counts);
  node.write("clicks", "ana", "{not json");
  node.write("clicks", "ana", R"({"PAGE":"/"})");
  EXPECT_EQ(node.select_until("SELECT * FROM counts;", {"ana 1"}), (std::vector<std::string>{"ana 1"}));
  for (int i = 0; i < 500 && node.engine().problems(done[1].query_id).last.empty(); ++i) node.run(io::sleep_for(io::Milliseconds(10)));
  const auto problems = node.engine().problems(done[1].query_id);
  ASSERT_EQ(problems.last.size(), 1u);
  EXPECT_EQ(problems.last[0].kind, "deserialization_error");
  EXPECT_EQ(problems.last[0].topic, "clicks");
  EXPECT_EQ(node.engine().query(done[1].query_id)->counts.undecodable, 1);
}

TEST_F(EngineTest, AvroSinksRegisterTheirSchemaAndStreamsOverItNeedNoColumns) {
  Node node(directory_);
  node.execute(std::string(clicks) + "CREATE STREAM pages WITH (kafka_topic='pages', value_format='AVRO') AS SELECT who, page FROM clicks;");
  const auto schema = node.registry().latest("pages-value");
  ASSERT_TRUE(schema);
  EXPECT_NE(schema->text.find("PAGE"), std::string::npos);
  node.execute("CREATE STREAM again (who STRING KEY) WITH (kafka_topic='pages', value_format='AVRO');");
  node.write("clicks", "ana", R"({"PAGE":"/x"})");
  EXPECT_EQ(node.select("SELECT who, page FROM again EMIT CHANGES LIMIT 1;").size(), 1u);
}

TEST_F(EngineTest, WindowedTablesAnswerByKeyAndWindow) {
  Node node(directory_);
  node.execute(std::string(clicks) + "CREATE TABLE per_minute AS SELECT who, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY who;");
  for (const std::int64_t t : {1'000, 2'000, 61'000, 125'000}) node.write("clicks", "ana", R"({"PAGE":"/"})", t);
  const std::vector<std::string> all = node.select_until("SELECT who, n FROM per_minute WHERE who = 'ana';", {"ana 2", "ana 1", "ana 1"});
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(node.select("SELECT who, n FROM per_minute WHERE who = 'ana' AND WINDOWSTART >= 60000 AND WINDOWSTART < 120000;").size(), 1u);
}

// What lies in several partitions is taken in the order of its times, and still in large batches: a write to the disk for each change of partition
// would make history a thousand times slower than it need be.
TEST_F(EngineTest, PartitionsWhoseTimesInterleaveAreProcessedInLargeBatches) {
  constexpr int each = 3000;
  Node node(directory_);
  node.execute(clicks);
  auto writer = must(node.log().writer());
  for (std::int32_t p = 0; p < 2; ++p) {
    std::vector<eventlog::Record> records;
    for (int i = 0; i < each; ++i) records.push_back({p == 0 ? "ana" : "bo", R"({"PAGE":"/"})", 2 * i + p});
    must(node.run(writer->write({"clicks", PartitionId{p}}, std::move(records))));
  }
  const auto before = node.commits();
  node.execute(counts);
  const std::vector<std::string> all{"ana " + std::to_string(each), "bo " + std::to_string(each)};
  EXPECT_EQ(node.select_until("SELECT * FROM counts;", all), all);
  EXPECT_LT(node.commits() - before, each / 10);
}

TEST_F(EngineTest, PartitionsThatAreAddedLaterAreReadFromTheirBeginningAndStillAfterARestart) {
  const auto in_partition = [](Node& node, std::int32_t partition, std::string who) {
    auto writer = must(node.log().writer());
    std::vector<eventlog::Record> records;
    records.push_back({std::move(who), R"({"PAGE":"/"})", 0});
    must(node.run(writer->write({"clicks", PartitionId{partition}}, std::move(records))));
  };
  {
    Node node(directory_);
    node.execute(std::string(clicks) + counts + "CREATE TABLE per_page AS SELECT page, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY page;");
    in_partition(node, 1, "ana");
    node.select_until("SELECT * FROM counts;", {"ana 1"});
    must(node.run(node.log().add_partitions("clicks", 3)));
    in_partition(node, 2, "ana");
    EXPECT_EQ(node.select_until("SELECT * FROM counts;", {"ana 2"}), (std::vector<std::string>{"ana 2"}));
    EXPECT_EQ(node.select_until("SELECT page, n FROM per_page;", {"/ 2"}), (std::vector<std::string>{"/ 2"}));
  }
  Node node(directory_);
  in_partition(node, 2, "ana");
  EXPECT_EQ(node.select_until("SELECT * FROM counts;", {"ana 3"}), (std::vector<std::string>{"ana 3"}));
  EXPECT_EQ(node.select_until("SELECT page, n FROM per_page;", {"/ 3"}), (std::vector<std::string>{"/ 3"}));
}

// A child process counts; it is killed at some point; the parent opens the same directory, goes on, and the counts are those of the input.
TEST_F(EngineTest, KillNineLosesNothingAndCountsNothingTwice) {
  constexpr int records = 3000;
  for (const int wait_ms : {350, 700}) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    const pid_t child = ::fork();
    if (child == 0) {
      Node node(directory_, io::Milliseconds(20));
      node.execute(std::string(clicks) + counts);
      for (int i = 0;; ++i) node.write("clicks", "k" + std::to_string(i % 7), R"({"PAGE":"/"})");
    }
    ::usleep(useconds_t(wait_ms) * 1000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    Node node(directory_);
    if (!node.engine().metastore().find("COUNTS")) continue;   // killed before it had begun
    for (int i = 0; i < records / 100; ++i) node.write("clicks", "k" + std::to_string(i % 7), R"({"PAGE":"/"})");
    std::map<std::string, int> wanted;
    {
      struct Count {
        static io::Task<Result<std::map<std::string, int>>> all(eventlog::EventLog& log) {
          std::map<std::string, int> out;
          std::vector<std::pair<eventlog::TopicPartition, Offset>> from;
          std::int64_t left = 0;
          for (int p = 0; p < 2; ++p) {
            const eventlog::TopicPartition place{"clicks", PartitionId{p}};
            auto asked4 = log.bounds(place);
            CO_TRY(const auto bounds, co_await std::move(asked4));
            left += bounds.end.value - bounds.earliest.value;
            from.emplace_back(place, bounds.earliest);
          }
          CO_TRY(auto reader, log.reader(std::move(from)));
          while (left > 0) {
            auto asked5 = reader->next(io::after(io::Milliseconds(5000)));
            CO_TRY(const auto chunks, co_await std::move(asked5));
            if (chunks.empty()) break;
            for (const auto& c : chunks)
              for (const auto& r : c.records) {
                ++out[std::string(*r.key)];
                --left;
              }
          }
          co_return out;
        }
      };
      wanted = must(node.run(Count::all(node.log())));
    }
    std::vector<std::string> rows;
    for (const auto& [k, n] : wanted) rows.push_back(k + " " + std::to_string(n));
    EXPECT_EQ(node.select_until("SELECT * FROM counts;", rows), rows);
  }
}

}  // namespace
}  // namespace braid::flow
