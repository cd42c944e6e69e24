// Loads and generators against the real log and the real registry, in one process.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "connect/file_load.h"
#include "connect/generator.h"
#include "eventlog/embedded/embedded_log.h"

namespace braid::connect {
namespace {

class Connect : public testing::Test {
 public:
  Connect() {
    std::string name = testing::TempDir() + "braid_connect_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    storage::LogOptions options;
    options.directory = directory_ + "/data";
    storage_ = *storage::Log::open(*files_, *shards_, options);
    offsets_ = *run(storage::GroupOffsets::open(*storage_, *shards_, 1));
    log_ = eventlog::embedded_log(*storage_, *offsets_, "127.0.0.1:9092");
    registry_ = *run(registry::Registry::open(*log_, metrics_));
  }
  ~Connect() override {
    run(registry_->close());
    run(offsets_->close());
    run(storage_->close());
    shards_->stop();
    std::filesystem::remove_all(directory_);
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }

  Result<LoadReport> load(std::string_view text, LoadSpec spec, std::size_t cut = 7, bool whole = true) {
    const auto loading = FileLoad::begin(*log_, *registry_, std::move(spec));
    for (std::size_t at = 0; at < text.size(); at += cut) TRY_VOID(run(loading->feed(Bytes(text.substr(at, cut)))));
    if (!whole) return loading->so_far();   // the upload broke off here
    return run(loading->finish());
  }
  std::int64_t end_of(const std::string& topic, std::int32_t partition = 0) {
    eventlog::TopicPartition at{topic, PartitionId{partition}};
    return run(log_->bounds(std::move(at)))->end.value;
  }

 protected:
  std::string directory_;
  Metrics metrics_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(1);
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<registry::Registry> registry_;
};

LoadSpec spec_for(std::string topic, std::string source = "cities.csv") {
  LoadSpec spec;
  spec.topic = std::move(topic);
  spec.source = std::move(source);
  return spec;
}

TEST_F(Connect, LoadsRowsWithASchemaMadeFromThem) {
  const auto report = load("city,founded,big\nRome,753,true\nBern,1191,false\nNowhere,never,true\n", spec_for("cities"));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->topic_created);
  EXPECT_EQ(report->rows_read, 3);
  EXPECT_EQ(report->rows_written, 3);   // "never" makes the column a STRING: nothing is lost
  EXPECT_EQ(report->columns[1].type.text(), "STRING");
  EXPECT_EQ(end_of("cities"), 3);
  EXPECT_NE(registry_->latest("cities-value")->text.find("\"name\":\"founded\""), std::string::npos);
}

TEST_F(Connect, SaysWhichRowsDidNotFitOnceTheTypesAreFixed) {
  auto spec = spec_for("numbers", "numbers.csv");
  spec.sample_rows = 2;
  const auto report = load("n\n1\n2\nthree\n4\n", spec);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->rows_written, 3);
  EXPECT_EQ(report->rows_rejected, 1);
  ASSERT_EQ(report->rejected.size(), 1u);
  EXPECT_EQ(report->rejected[0].reason, "line 4, column n: \"three\" is no BIGINT");
}

TEST_F(Connect, ARepeatedLoadWritesNothingTwice) {
  std::string text = "id,name\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + ",name " + std::to_string(i) + "\n";
  auto spec = spec_for("people", "people.csv");
  spec.partitions = 3;
  spec.key = "id";
  spec.sample_rows = 100;
  const auto broken = load(text, spec, 1000, false);
  ASSERT_TRUE(broken) << broken.error().text();
  EXPECT_GT(broken->rows_read, broken->rows_written);
  const auto rest = load(text, spec, 1000);
  ASSERT_TRUE(rest) << rest.error().text();
  EXPECT_EQ(rest->rows_already_there + rest->rows_written, 5000);
  EXPECT_EQ(end_of("people", 0) + end_of("people", 1) + end_of("people", 2), 5000);
  const auto again = load(text, spec, 1000);
  EXPECT_EQ(again->rows_written, 0);
  EXPECT_EQ(again->rows_already_there, 5000);
}

TEST_F(Connect, RefusesATopicThatHasOtherRecords) {
  ASSERT_TRUE(load("a\n1\n", spec_for("t", "one.csv")));
  const auto other = load("a\n1\n", spec_for("t", "two.csv"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::already_exists);
  auto spec = spec_for("t", "two.csv");
  spec.append = true;
  EXPECT_EQ(load("a\n1\n", spec)->rows_written, 1);
}

TEST_F(Connect, NamesTheColumnsWhenTheKeyIsNotAmongThem) {
  auto spec = spec_for("t");
  spec.key = "citty";
  const auto report = load("city,n\nRome,1\n", spec);
  EXPECT_EQ(report.error().hint, "the columns are: city, n");
  EXPECT_EQ(load("", spec_for("empty")).error().message, "cities.csv is empty");
}

io::Task<std::int64_t> generate(Generator& generator, std::int64_t at_least) {
  while (generator.written() < at_least) co_await io::sleep_for(io::Milliseconds(5));
  co_await generator.stop();
  co_return generator.written();
}

TEST_F(Connect, AGeneratorGoesOnWhereTheTopicEnds) {
  GeneratorOptions options;
  options.records_per_second = 20'000;
  options.partitions = 1;
  options.seed = 7;
  const auto& kind = *find_sample_kind("pageviews");
  std::int64_t total = 0;
  for (int round = 0; round < 2; ++round) {
    auto generator = run(Generator::start(*log_, *registry_, kind, options, metrics_));
    ASSERT_TRUE(generator) << generator.error().text();
    total += run(generate(**generator, 50));
    EXPECT_EQ(end_of("pageviews"), total);
  }
  // The viewtime of record n is 1 + 10 n, also over the restart.
  eventlog::TopicPartition at{"pageviews", PartitionId{0}};
  auto reader = *log_->reader({{at, Offset{total - 1}}});
  const auto chunks = run(reader->next(io::after(io::Milliseconds(5000))));
  ASSERT_TRUE(chunks && !chunks->empty());
  const auto& last = chunks->back().records.back();
  EXPECT_EQ(Reader(last.value->substr(5)).varint(), 1 + 10 * (total - 1));
}

}  // namespace
}  // namespace braid::connect
