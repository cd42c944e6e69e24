// The log on a real disk, with its threads: what a broker sees.
#include "storage/log.h"
#include "storage/node_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "io/sim/files.h"
#include "storage/numbers.h"
#include "wire/record_batch.h"
#include "base/limits/units.h"

namespace braid::storage {
namespace {

Bytes batch_of(std::vector<std::string> values, std::int64_t first_timestamp = 1000, wire::BatchOptions options = {}) {
  wire::BatchBuilder builder(options);
  for (auto& value : values) builder.add(first_timestamp++, "key", value);
  return *builder.finish();
}
Bytes sequenced(std::int64_t producer, std::int16_t epoch, std::int32_t sequence, std::vector<std::string> values) {
  wire::BatchOptions options;
  options.producer_id = producer;
  options.producer_epoch = epoch;
  options.base_sequence = sequence;
  return batch_of(std::move(values), 1000, options);
}

class LogTest : public testing::Test {
 public:
  LogTest() {
    std::string name = testing::TempDir() + "braid_log_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
  }
  ~LogTest() override {
    close();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    shards_ = io::Shards::start(2);
    LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    options.metrics = metrics_;
    auto log = Log::open(*files_, *shards_, options);
    ASSERT_TRUE(log) << log.error().text();
    log_ = *std::move(log);
  }
  void close() {
    if (log_) run(log_->close());
    stop_hard();
  }
  void stop_hard() {   // as a kill: nothing is written any more
    if (shards_) shards_->stop();
    log_.reset();
    shards_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  TopicPtr topic(const std::string& name, std::int32_t partitions = 1, ConfigMap configs = {}) {
    if (auto known = log_->topics()->find(name)) return known;
    auto made = run(log_->create_topic({name, partitions, configs}));
    EXPECT_TRUE(made) << made.error().error.text();
    return *made;
  }
  LogResult<Appended> append(const TopicPtr& to, Bytes batch, int partition = 0) { return run(log_->append(to, PartitionId{partition}, std::move(batch))); }
  std::vector<std::string> read_all(const TopicPtr& from, int partition = 0, std::int64_t offset = 0, std::size_t bytes_max = 1 << 20) {
    std::vector<std::string> values;
    for (;;) {
      ReadOptions options;
      options.bytes_max = bytes_max;
      auto out = run(log_->read(from, PartitionId{partition}, Offset{offset}, options));
      if (!out) {
        values.push_back("error: " + out.error().error.message);
        return values;
      }
      if (out->pieces.empty()) return values;
      for (const auto& piece : out->pieces) {
        BytesView bytes = piece.bytes;
        while (!bytes.empty()) {
          auto batch = wire::take_batch(bytes);
          if (!batch) {
            values.push_back("bad batch: " + batch.error().message);
            return values;
          }
          Bytes scratch;
          auto reader = *wire::RecordReader::open(*batch, scratch);
          wire::RecordRef record;
          std::vector<wire::RecordHeader> headers;
          while (*reader.next(record, headers))
            if (record.offset >= offset) {
              EXPECT_EQ(record.offset, offset);
              values.emplace_back(*record.value);
              ++offset;
            }
        }
      }
      EXPECT_EQ(out->next.value, offset);
    }
  }

  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::string directory_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<Log> log_;
  Metrics* metrics_ = nullptr;
};

using Values = std::vector<std::string>;

TEST_F(LogTest, GivesOffsetsInOrderAndReadsThemBack) {
  const auto t = topic("orders", 3);
  const auto first = append(t, batch_of({"a", "b"}));
  ASSERT_TRUE(first) << first.error().error.text();
  EXPECT_EQ(first->base_offset.value, 0);
  EXPECT_EQ(append(t, batch_of({"c"}))->base_offset.value, 2);
  EXPECT_EQ(append(t, batch_of({"other"}), 2)->base_offset.value, 0);
  EXPECT_EQ(read_all(t), (Values{"a", "b", "c"}));
  EXPECT_EQ(read_all(t, 0, 1), (Values{"b", "c"}));
  EXPECT_EQ(read_all(t, 2), (Values{"other"}));
  EXPECT_EQ(read_all(t, 1), Values{});
  EXPECT_EQ(run(log_->read(t, PartitionId{0}, Offset{4}))  .error().reason, Reason::offset_out_of_range);
  EXPECT_EQ(run(log_->read(t, PartitionId{7}, Offset{0})).error().reason, Reason::unknown_topic_or_partition);
}

TEST_F(LogTest, KeepsEverythingOverACleanStopAndOverAKill) {
  auto t = topic("orders");
  const auto id = t->id;
  append(t, batch_of({"a", "b"}));
  close();
  open();
  EXPECT_FALSE(log_->recovered());
  t = log_->topics()->find("orders");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->id, id);
  EXPECT_EQ(read_all(t), (Values{"a", "b"}));
  EXPECT_EQ(append(t, batch_of({"c"}))->base_offset.value, 2);
  stop_hard();
  open();
  EXPECT_TRUE(log_->recovered());
  t = log_->topics()->find("orders");
  EXPECT_EQ(read_all(t), (Values{"a", "b", "c"}));
  EXPECT_EQ(run(log_->state(t, PartitionId{0}))->leader_epoch, 1);
  EXPECT_EQ(run(log_->epoch_end(t, PartitionId{0}, 0))->end.value, 3);
}

TEST_F(LogTest, ReadsFromSegmentsTailAndAcrossBoth) {
  auto t = topic("orders", 1, {{"segment.bytes", "300"}});
  Values all;
  for (int i = 0; i < 20; ++i) {
    all.push_back("value " + std::to_string(i));
    ASSERT_TRUE(append(t, batch_of({all.back()}, 5000 + i)));
    if (i % 7 == 6) { ASSERT_TRUE(run(log_->checkpoint())); }
  }
  EXPECT_EQ(read_all(t), all);
  close();
  open();
  t = log_->topics()->find("orders");
  EXPECT_EQ(read_all(t), all);
  EXPECT_EQ(read_all(t, 0, 0, 1), all);   // a byte at a time is a batch at a time
  EXPECT_EQ(read_all(t, 0, 13), Values(all.begin() + 13, all.end()));
  const auto at = run(log_->offset_at_time(t, PartitionId{0}, 5011));
  ASSERT_TRUE(at && *at);
  EXPECT_EQ((*at)->offset.value, 11);
  EXPECT_EQ((*at)->timestamp_ms, 5011);
  EXPECT_FALSE(*run(log_->offset_at_time(t, PartitionId{0}, 9999)));
  EXPECT_EQ((*run(log_->offset_of_max_timestamp(t, PartitionId{0})))->offset.value, 19);
}

TEST_F(LogTest, AnswersARepeatedBatchWithItsFirstOffset) {
  auto t = topic("orders");
  EXPECT_EQ(append(t, sequenced(5, 0, 0, {"a", "b"}))->base_offset.value, 0);
  EXPECT_EQ(append(t, sequenced(5, 0, 2, {"c"}))->base_offset.value, 2);
  const auto again = append(t, sequenced(5, 0, 0, {"a", "b"}));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->base_offset.value, 0);
  EXPECT_EQ(append(t, sequenced(5, 0, 4, {"gap"})).error().reason, Reason::out_of_order_sequence);
  EXPECT_EQ(append(t, sequenced(5, 1, 3, {"new epoch"})).error().reason, Reason::out_of_order_sequence);
  EXPECT_EQ(append(t, sequenced(5, 1, 0, {"d"}))->base_offset.value, 3);
  EXPECT_EQ(append(t, sequenced(5, 0, 3, {"old"})).error().reason, Reason::invalid_producer_epoch);
  EXPECT_EQ(append(t, sequenced(6, 0, 77, {"e"}))->base_offset.value, 4);   // never seen: any first sequence
  stop_hard();
  open();
  t = log_->topics()->find("orders");
  EXPECT_TRUE(append(t, sequenced(5, 1, 0, {"d"}))->duplicate);
  EXPECT_EQ(append(t, sequenced(5, 1, 1, {"f"}))->base_offset.value, 5);
  EXPECT_EQ(read_all(t), (Values{"a", "b", "c", "d", "e", "f"}));
}

TEST_F(LogTest, RefusesWhatBreaksTheRules) {
  const auto t = topic("orders", 1, {{"max.message.bytes", "200"}});
  auto damaged = batch_of({"a"});
  damaged.back() = char(damaged.back() ^ 1);
  EXPECT_EQ(append(t, damaged).error().reason, Reason::corrupt_message);
  auto old = batch_of({"a"});
  old[16] = 1;
  EXPECT_EQ(append(t, old).error().reason, Reason::unsupported_format);
  EXPECT_EQ(append(t, batch_of({std::string(300, 'x')})).error().reason, Reason::message_too_large);
  EXPECT_EQ(append(t, batch_of({"a"}) + batch_of({"b"})).error().reason, Reason::invalid_record);
  wire::BatchOptions control;
  control.control = true;
  EXPECT_EQ(append(t, batch_of({"a"}, 0, control)).error().reason, Reason::invalid_record);
  const auto compacted = topic("compacted", 1, {{"cleanup.policy", "compact"}});
  wire::BatchBuilder keyless;
  keyless.add(1, std::nullopt, "v");
  EXPECT_EQ(append(compacted, *keyless.finish()).error().reason, Reason::invalid_record);
  EXPECT_EQ(read_all(t), Values{});
  EXPECT_EQ(append(t, batch_of({"good"}))->base_offset.value, 0);
}

// The codecs of the stored batches, in order.
std::vector<wire::Codec> stored_codecs(LogTest& test, const TopicPtr& topic) {
  std::vector<wire::Codec> out;
  for (Offset at{0};;) {
    const auto read = test.run(test.log_->read(topic, PartitionId{0}, at, ReadOptions{}));
    EXPECT_TRUE(read);
    if (!read || read->pieces.empty()) return out;
    for (const auto& piece : read->pieces) {
      BytesView bytes = piece.bytes;
      while (const auto batch = wire::next_batch_unchecked(bytes)) out.push_back(batch->header.codec());
    }
    at = read->next;
  }
}

TEST_F(LogTest, CompressesAsTheTopicWantsIt) {
  const auto squeezed = topic("squeezed", 1, {{"compression.type", "lz4"}});
  const auto plain = topic("plain", 1, {{"compression.type", "uncompressed"}});
  const auto as_sent = topic("as-sent");
  const std::vector<std::string> values{"the same again and again and again and again", "the same again and again and again and again"};
  std::vector<wire::Codec> sent;
  for (const auto codec : {wire::Codec::none, wire::Codec::gzip, wire::Codec::snappy, wire::Codec::lz4, wire::Codec::zstd}) {
    wire::BatchOptions options;
    options.codec = codec;
    options.producer_id = 7;
    options.producer_epoch = 0;
    options.base_sequence = std::int32_t(sent.size() * 2);
    sent.push_back(codec);
    for (const auto& to : {squeezed, plain, as_sent}) {
      const auto appended = append(to, batch_of(values, 1000, options));
      ASSERT_TRUE(appended) << appended.error().error.text();
      const auto again = append(to, batch_of(values, 1000, options));
      ASSERT_TRUE(again) << again.error().error.text();
      EXPECT_TRUE(again->duplicate);
    }
  }
  const auto check = [&] {
    EXPECT_EQ(stored_codecs(*this, topic("squeezed")), std::vector<wire::Codec>(5, wire::Codec::lz4));
    EXPECT_EQ(stored_codecs(*this, topic("plain")), std::vector<wire::Codec>(5, wire::Codec::none));
    EXPECT_EQ(stored_codecs(*this, topic("as-sent")), sent);
    for (const auto* name : {"squeezed", "plain", "as-sent"}) {
      const auto all = read_all(topic(name));
      ASSERT_EQ(all.size(), 10u) << name;
      for (const auto& value : all) EXPECT_EQ(value, values[0]) << name;
    }
  };
  check();
  close();
  open();
  check();
  ASSERT_TRUE(run(log_->alter_configs("squeezed", {{"compression.type", "zstd"}}, false)));
  ASSERT_TRUE(append(topic("squeezed"), batch_of(values)));
  EXPECT_EQ(stored_codecs(*this, topic("squeezed")).back(), wire::Codec::zstd);
  EXPECT_FALSE(run(log_->alter_configs("squeezed", {{"compression.type", "rar"}}, false)));
}

TEST_F(LogTest, FindsNoOffsetByTimeBelowTheStart) {
  auto t = topic("orders");
  const auto found = [&](std::int64_t timestamp_ms) {
    const auto at = run(log_->offset_at_time(t, PartitionId{0}, timestamp_ms));
    return at && *at ? (*at)->offset.value : -1;
  };
  ASSERT_TRUE(append(t, batch_of({"a", "b"}, 9000)));   // the latest timestamps are those that go
  ASSERT_TRUE(append(t, batch_of({"c", "d"}, 1000)));
  ASSERT_TRUE(append(t, batch_of({"e"}, 2000)));
  ASSERT_TRUE(run(log_->delete_records(t, PartitionId{0}, Offset{3})));
  for (const bool in_segments : {false, true}) {   // the tail in memory, then segments
    if (in_segments) { ASSERT_TRUE(run(log_->checkpoint())); }
    EXPECT_EQ(found(0), 3);
    EXPECT_EQ(found(1000), 3);
    EXPECT_EQ(found(1500), 4);
    EXPECT_EQ(found(5000), -1);
  }
}

TEST_F(LogTest, DeletesRecordsAndTopics) {
  auto t = topic("orders", 1, {{"segment.bytes", "200"}});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(t, batch_of({"value " + std::to_string(i)})));
  ASSERT_TRUE(run(log_->checkpoint()));
  EXPECT_EQ(run(log_->delete_records(t, PartitionId{0}, Offset{7}))->value, 7);
  EXPECT_EQ(run(log_->read(t, PartitionId{0}, Offset{6})).error().reason, Reason::offset_out_of_range);
  EXPECT_EQ(read_all(t, 0, 7), (Values{"value 7", "value 8", "value 9"}));
  stop_hard();
  open();
  t = log_->topics()->find("orders");
  EXPECT_EQ(run(log_->state(t, PartitionId{0}))->log_start.value, 7);
  EXPECT_EQ(read_all(t, 0, 7).size(), 3u);
  ASSERT_TRUE(run(log_->checkpoint()));
  const auto path = directory_ + "/data/partitions/" + to_text(t->id);
  EXPECT_FALSE(std::filesystem::exists(path + "/0/00000000000000000000.log"));
  EXPECT_TRUE(std::filesystem::exists(path));
  const auto old_id = t->id;
  ASSERT_TRUE(run(log_->delete_topic(t->id)));
  EXPECT_FALSE(log_->topics()->find("orders"));
  EXPECT_EQ(append(t, batch_of({"late"})).error().reason, Reason::unknown_topic_or_partition);
  ASSERT_TRUE(run(log_->checkpoint()));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_NE(topic("orders")->id, old_id);
}

TEST_F(LogTest, ChangesTopics) {
  auto t = topic("orders", 1);
  EXPECT_EQ(run(log_->create_topic({"orders"})).error().reason, Reason::topic_exists);
  EXPECT_EQ(run(log_->create_topic({"or/ders"})).error().reason, Reason::invalid_topic);
  EXPECT_EQ(run(log_->create_topic({"x", 0})).error().reason, Reason::invalid_partitions);
  EXPECT_EQ(run(log_->create_topic({"x", 1, {{"retention.msx", "1"}}})).error().reason, Reason::invalid_config);
  ASSERT_TRUE(run(log_->create_topic({"a.b"})));
  EXPECT_EQ(run(log_->create_topic({"a_b"})).error().reason, Reason::invalid_topic);
  EXPECT_EQ(run(log_->add_partitions("orders", 1)).error().reason, Reason::invalid_partitions);
  t = *run(log_->add_partitions("orders", 3));
  EXPECT_EQ(append(t, batch_of({"a"}), 2)->base_offset.value, 0);
  t = *run(log_->alter_configs("orders", {{"retention.ms", "1000"}, {"flush.policy", "async"}}));
  EXPECT_EQ(t->config.retention_ms, 1000);
  EXPECT_FALSE(t->config.durable);
  t = *run(log_->alter_configs("orders", {{"retention.ms", std::nullopt}}));
  EXPECT_EQ(t->config.retention_ms, 604'800'000);
  stop_hard();
  open();
  t = log_->topics()->find("orders");
  EXPECT_EQ(t->partition_count(), 3);
  EXPECT_EQ(t->configs, (ConfigMap{{"flush.policy", "async"}}));
  EXPECT_EQ(read_all(t, 2), Values{"a"});
}

TEST_F(LogTest, RetentionDropsOldSegments) {
  const auto t = topic("orders", 1, {{"segment.bytes", "200"}, {"retention.ms", "3600000"}});
  const auto now = system_clock().wall_ms();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append(t, batch_of({"value " + std::to_string(i)}, i < 4 ? now - 7'200'000 : now)));
  ASSERT_TRUE(run(log_->checkpoint()));
  run(log_->apply_retention());
  EXPECT_EQ(run(log_->state(t, PartitionId{0}))->log_start.value, 4);
  const auto sized = topic("sized", 1, {{"segment.bytes", "200"}, {"retention.bytes", "300"}});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(sized, batch_of({"value " + std::to_string(i)}, now)));
  ASSERT_TRUE(run(log_->checkpoint()));
  run(log_->apply_retention());
  const auto state = *run(log_->state(sized, PartitionId{0}));
  EXPECT_GE(state.bytes, 300u);
  EXPECT_LT(state.bytes, 600u);
}

TEST_F(LogTest, ProducerIdsAreNeverGivenTwice) {
  std::int64_t last = -1;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) {
      const auto id = *run(log_->new_producer_id());
      EXPECT_GT(id, last);
      last = id;
    }
    if (round == 0) close();
    else stop_hard();
    open();
  }
}

io::Task<bool> poll_for(Log& log, TopicPtr topic, std::int64_t seen, io::Milliseconds wait) {
  auto watch = log.watch();
  watch->add(topic, PartitionId{0}, Offset{seen});
  auto waiting = watch->wait(io::after(wait));
  co_return co_await std::move(waiting);
}
TEST_F(LogTest, AWatchWakesForNews) {
  const auto t = topic("orders");
  append(t, batch_of({"a"}));
  EXPECT_TRUE(run(poll_for(*log_, t, 0, io::Milliseconds(10'000))));   // there already
  EXPECT_FALSE(run(poll_for(*log_, t, 1, io::Milliseconds(20))));
  bool woken = false;
  std::thread poller([&] { woken = io::block_on(shards_->at(1), poll_for(*log_, t, 1, io::Milliseconds(60'000))); });
  append(t, batch_of({"b"}));
  poller.join();
  EXPECT_TRUE(woken);
  std::thread other([&] { woken = io::block_on(shards_->at(1), poll_for(*log_, t, 2, io::Milliseconds(60'000))); });
  ASSERT_TRUE(run(log_->delete_topic(t->id)));
  other.join();
  EXPECT_TRUE(woken);
}

TEST_F(LogTest, ADamagedSegmentNamesItselfAndTheOthersGoOn) {
  auto t = topic("orders"), healthy = topic("healthy");
  append(t, batch_of({"a"}));
  append(healthy, batch_of({"fine"}));
  close();
  const auto path = directory_ + "/data/partitions/" + to_text(t->id) + "/0/00000000000000000000.log";
  {
    auto file = *files_->open(path, io::OpenMode::read_write);
    ASSERT_TRUE(file->write_at(65, BytesView("damage")));
  }
  open();
  t = log_->topics()->find("orders");
  const auto read = run(log_->read(t, PartitionId{0}, Offset{0}));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, Reason::storage_failed);
  EXPECT_TRUE(read.error().error.message.starts_with(path + " is damaged at byte 0: a record batch has checksum")) << read.error().error.message;
  EXPECT_EQ(read_all(log_->topics()->find("healthy")), Values{"fine"});
  EXPECT_EQ(append(t, batch_of({"b"}))->base_offset.value, 1);
  ASSERT_TRUE(run(log_->delete_records(t, PartitionId{0}, Offset{1})));
  EXPECT_EQ(read_all(t, 0, 1), Values{"b"});
}

TEST_F(LogTest, CountsForTheMetrics) {
  close();
  Metrics metrics;
  metrics_ = &metrics;
  open();
  const auto t = topic("orders", 3);
  ASSERT_TRUE(append(t, batch_of({"a"})));
  ASSERT_TRUE(run(log_->checkpoint()));
  const auto text = metrics.text();
  for (const auto* line : {"braid_log_topics 1\n", "braid_log_partitions 3\n", "braid_log_checkpoints_total 1\n", "braid_log_writable 1\n", "braid_log_commits_total 2\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
  close();
}

// Much more than may wait in memory: appends slow down to what the disk takes, nothing is refused and nothing lost.
TEST_F(LogTest, NumbersOfATopicAreThereWithoutAskingAShard) {
  const auto t = topic("numbers", 3);
  EXPECT_EQ(numbers_of(*t).end, 0);
  EXPECT_EQ(numbers_of(*t).last_append_ms, -1);
  ASSERT_TRUE(append(t, batch_of({"a", "b"}), 0));
  ASSERT_TRUE(append(t, batch_of({"c"}), 2));
  auto now = numbers_of(*t);
  EXPECT_EQ(now.end, 3);
  EXPECT_EQ(now.records, 3);
  EXPECT_GT(now.bytes_in, 100u);
  EXPECT_GT(now.last_append_ms, 1'600'000'000'000);      // when it came, not what the record says
  ASSERT_TRUE(run(log_->delete_records(t, PartitionId{0}, Offset{1})));
  EXPECT_EQ(numbers_of(*t).records, 2);
  stop_hard();
  open();
  now = numbers_of(*topic("numbers", 3));
  EXPECT_EQ(now.end, 3);
  EXPECT_EQ(now.records, 2);
  EXPECT_EQ(now.bytes_in, 0u);
  EXPECT_EQ(now.last_append_ms, 1001);                   // of the records themselves
}

TEST_F(LogTest, TakesMoreThanFitsIntoMemory) {
  const auto t = topic("orders");
  const auto batch = batch_of({std::string(900'000, 'x')});
  for (int i = 0; i < 160; ++i) ASSERT_TRUE(run(log_->append(t, PartitionId{0}, batch, AppendOptions{Ack::none, true})));
  const auto last = run(log_->append(t, PartitionId{0}, batch));
  ASSERT_TRUE(last) << last.error().error.text();
  EXPECT_EQ(last->base_offset.value, 160);
  const auto first = run(log_->read(t, PartitionId{0}, Offset{0}));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->high_watermark.value, 161);
}

// The same log with its threads on a simulated disk that becomes full.
TEST(LogOnAFullDisk, RefusesAppendsReadsOnAndResumes) {
  io::SimFiles disk(1);
  auto shards = io::Shards::start(2);
  LogOptions options;
  options.directory = "data";
  options.wal_file_bytes = 64 * limits::KiB;
  options.free_bytes_min = 0;
  options.threads = true;
  options.lock = false;
  auto log = *Log::open(disk, *shards, options);
  const auto run = [&](auto task) { return io::block_on(shards->control(), std::move(task)); };
  NewTopic fresh;
  fresh.name = "orders";
  const auto topic = *run(log->create_topic(fresh));
  ASSERT_TRUE(run(log->append(topic, PartitionId{0}, batch_of({"first"}))));
  io::SimFaults full;
  full.capacity_bytes = disk.used_bytes();
  disk.set_faults(full);
  int written = 1, refused = 0;
  for (int i = 0; i < 100 && refused < 3; ++i) {
    const auto done = run(log->append(topic, PartitionId{0}, batch_of({std::string(10'000, 'x')})));
    if (done) {
      EXPECT_EQ(done->base_offset.value, written++);
    } else {
      ++refused;
      EXPECT_EQ(done.error().reason, Reason::storage_failed);
      EXPECT_NE(done.error().error.message.find("No space left on device"), std::string::npos) << done.error().error.message;
    }
  }
  EXPECT_EQ(refused, 3);
  EXPECT_GT(written, 1);   // what was preallocated still takes records
  EXPECT_FALSE(log->status().failed.empty());
  EXPECT_EQ(run(log->read(topic, PartitionId{0}, Offset{0}))->high_watermark.value, written);
  disk.set_faults({});
  EXPECT_EQ(run(log->append(topic, PartitionId{0}, batch_of({"resumed"})))->base_offset.value, written);
  EXPECT_TRUE(log->status().failed.empty());
  run(log->close());
  shards->stop();
}

TEST(LogOnAFullDisk, KeepsRoomForItself) {
  io::SimFiles disk(1);
  auto shards = io::Shards::start(1);
  LogOptions options;
  options.directory = "data";
  options.wal_file_bytes = 64 * limits::KiB;
  options.free_bytes_min = limits::MiB;
  options.lock = false;
  auto log = *Log::open(disk, *shards, options);
  const auto run = [&](auto task) { return io::block_on(shards->control(), std::move(task)); };
  NewTopic fresh;
  fresh.name = "orders";
  const auto topic = *run(log->create_topic(fresh));
  io::SimFaults nearly;
  nearly.capacity_bytes = disk.used_bytes() + 100 * limits::KiB;
  disk.set_faults(nearly);
  const auto refused = run(log->append(topic, PartitionId{0}, batch_of({"x"})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.message, "the disk of data has only 0 MiB left, appends are refused below 1 MiB");
  EXPECT_FALSE(log->status().failed.empty());
  EXPECT_TRUE(run(log->delete_topic(topic->id)));   // what makes room goes through
  EXPECT_FALSE(log->status().failed.empty());       // and does not mean that there is room
  disk.set_faults({});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);   // bounds the wait alone
  while (!log->status().failed.empty() && std::chrono::steady_clock::now() < end) run(io::sleep_for(io::Milliseconds(10)));
  EXPECT_TRUE(log->status().failed.empty()) << "nobody wrote, and the log did not find the room by itself";
  run(log->close());
  shards->stop();
}

TEST_F(LogTest, ChangedSettingsHoldFromTheFirstMomentOfAStart) {
  topic("plain");
  topic("own", 1, {{"retention.ms", "7"}});
  ASSERT_TRUE(run(change_node_settings(*log_, {broker_settings_type, ""}, {{"log.retention.ms", "-1"}, {"log.segment.bytes", "1048576"}}, false, false)));
  ASSERT_TRUE(run(change_node_settings(*log_, {group_settings_type, "g"}, {{"consumer.session.timeout.ms", "50000"}}, false, false)));
  const auto check = [&](std::int64_t segment_bytes) {
    EXPECT_EQ(log_->topics()->find("plain")->config.retention_ms, -1);
    EXPECT_EQ(log_->topics()->find("plain")->config.segment_bytes, segment_bytes);
    EXPECT_EQ(log_->topics()->find("own")->config.retention_ms, 7);
    EXPECT_EQ(log_->effective_configs(*log_->topics()->find("plain")).at("retention.ms"), "-1");
    const auto settings = node_settings(*log_);
    ASSERT_NE(settings->find(group_settings_type, "g", "consumer.session.timeout.ms"), nullptr);
    EXPECT_EQ(settings->find(group_settings_type, "h", "consumer.session.timeout.ms"), nullptr);
  };
  check(1'048'576);
  stop_hard();   // from the write-ahead log
  open();
  check(1'048'576);
  close();       // from the checkpoint
  open();
  check(1'048'576);
  ASSERT_TRUE(run(change_node_settings(*log_, {broker_settings_type, ""}, {{"log.retention.ms", "-1"}}, true, false)));
  close();
  open();
  check(134'217'728);
  EXPECT_FALSE(run(change_node_settings(*log_, {broker_settings_type, ""}, {{"log.retention.ms", "soon"}}, false, false)));
  check(134'217'728);
}

}  // namespace
}  // namespace braid::storage
