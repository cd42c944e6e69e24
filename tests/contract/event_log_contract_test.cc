// What every adapter of the port promises (eventlog/event_log.h).
#include <algorithm>

#include "eventlog/kafka/groups.h"
#include "fixture.h"

namespace braid::contract {

// Reads until `count` records have come, or a generous deadline has passed.
io::Task<Result<std::vector<Seen>>> read_some(EventLog& log, std::vector<std::pair<TopicPartition, Offset>> from, std::size_t count) {
  CO_TRY(auto reader, log.reader(std::move(from)));
  std::vector<Seen> seen;
  const auto deadline = io::after(patience);
  while (seen.size() < count) {
    auto reading = reader->next(deadline);
    CO_TRY(const auto chunks, co_await std::move(reading));
    if (chunks.empty()) break;
    for (const auto& chunk : chunks)
      for (const auto& r : chunk.records) {
        Seen s;
        s.from = chunk.from;
        s.offset = r.offset.value;
        s.timestamp_ms = r.timestamp_ms;
        if (r.key) s.key = Bytes(*r.key);
        if (r.value) s.value = Bytes(*r.value);
        for (std::uint32_t i = 0; i < r.headers_count; ++i) {
          const auto& h = chunk.headers[r.headers_begin + i];
          s.headers.emplace_back(Bytes(h.name), h.value ? std::optional(Bytes(*h.value)) : std::nullopt);
        }
        seen.push_back(std::move(s));
      }
  }
  co_return seen;
}

io::Task<Result<Offset>> write_some(EventLog& log, TopicPartition to, std::vector<Record> records) {
  CO_TRY(auto writer, log.writer());
  auto writing = writer->write(std::move(to), std::move(records));
  co_return co_await std::move(writing);
}

namespace {

class EventLogContract : public Contract {
 public:
  // A cluster answers a change before all its brokers know of it.
  void eventually(const std::string& topic, const std::string& setting, const std::string& value) {
    std::string seen;
    for (const auto end = std::chrono::steady_clock::now() + patience; seen != value && std::chrono::steady_clock::now() < end;) {
      const auto configs = run(log().topic_configs(topic));
      ASSERT_TRUE(configs) << configs.error().text();
      seen = configs->at(setting);
    }
    EXPECT_EQ(seen, value);
  }
};
BRAID_CONTRACT_FOR_ALL_ADAPTERS(EventLogContract);

std::vector<Record> values(std::vector<std::string> list) {
  std::vector<Record> records;
  for (auto& v : list) records.push_back(record(std::nullopt, std::move(v)));
  return records;
}

TEST_P(EventLogContract, MakesListsDescribesAndDeletesTopics) {
  make_topic("b", 3);
  make_topic("a");
  const auto b = run(log().describe_topic("b"));
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_EQ(b->partitions, 3);
  EXPECT_FALSE(b->internal);
  std::vector<std::string> names;
  const auto topics = run(log().list_topics());
  ASSERT_TRUE(topics);
  for (const auto& topic : *topics)
    if (!topic.internal) names.push_back(topic.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(run(log().delete_topic("b")));
  auto gone = run(log().describe_topic("b"));
  for (const auto end = std::chrono::steady_clock::now() + patience; gone && std::chrono::steady_clock::now() < end;) gone = run(log().describe_topic("b"));   // a foreign broker may answer before it has told itself
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found);
  EXPECT_EQ(run(log().delete_topic("b")).error().code, ErrorCode::not_found);
}

TEST_P(EventLogContract, RefusesTopicsThatCannotBe) {
  make_topic("a");
  TopicSpec spec;
  spec.name = "a";
  EXPECT_EQ(run(log().create_topic(spec)).error().code, ErrorCode::already_exists);
  spec.name = "not/a/name";
  EXPECT_EQ(run(log().create_topic(spec)).error().code, ErrorCode::invalid_input);
  spec.name = "none";
  spec.partitions = -5;
  EXPECT_EQ(run(log().create_topic(spec)).error().code, ErrorCode::invalid_input);
  spec.partitions = 1;
  spec.configs = {{"no.such.setting", "1"}};
  EXPECT_EQ(run(log().create_topic(spec)).error().code, ErrorCode::invalid_input);
}

TEST_P(EventLogContract, AddsPartitionsAndChangesSettings) {
  make_topic("a", 1, Cleanup::compact);
  ASSERT_TRUE(run(log().add_partitions("a", 4)));
  EXPECT_EQ(run(log().describe_topic("a"))->partitions, 4);
  EXPECT_EQ(run(log().add_partitions("a", 2)).error().code, ErrorCode::invalid_input);
  auto configs = run(log().topic_configs("a"));
  ASSERT_TRUE(configs) << configs.error().text();
  EXPECT_EQ(configs->at("cleanup.policy"), "compact");
  ASSERT_TRUE(run(log().alter_topic_configs("a", {{"retention.ms", "1234"}})));
  eventually("a", "retention.ms", "1234");
  EXPECT_EQ(run(log().topic_configs("a"))->at("cleanup.policy"), "compact");
  ASSERT_TRUE(run(log().alter_topic_configs("a", {{"retention.ms", std::nullopt}})));
  eventually("a", "retention.ms", "604800000");
  EXPECT_EQ(run(log().alter_topic_configs("a", {{"no.such.setting", "1"}})).error().code, ErrorCode::invalid_input);
}

TEST_P(EventLogContract, GivesBackRecordsAsTheyWereWritten) {
  make_topic("a");
  std::vector<Record> records;
  records.push_back(record("k1", "v1", 1'600'000'000'000));
  records.push_back(record(std::nullopt, std::nullopt, 1'600'000'000'001));
  records.push_back(record("", "", 1'600'000'000'002));
  records.back().headers = {{"h", "x"}, {"h", std::nullopt}, {"", ""}};
  records.push_back(record(Bytes("\0\xff", 2), Bytes(100'000, 'v'), 1'500'000'000'000));
  ASSERT_EQ(run(write_some(log(), at("a"), records))->value, 0);
  const auto seen = run(read_some(log(), {{at("a"), Offset{0}}}, 4));
  ASSERT_TRUE(seen) << seen.error().text();
  ASSERT_EQ(seen->size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& s = (*seen)[i];
    EXPECT_EQ(s.from, at("a"));
    EXPECT_EQ(s.offset, std::int64_t(i));
    EXPECT_EQ(s.timestamp_ms, records[i].timestamp_ms);
    EXPECT_EQ(s.key, records[i].key);
    EXPECT_EQ(s.value, records[i].value);
    ASSERT_EQ(s.headers.size(), records[i].headers.size());
    for (std::size_t k = 0; k < s.headers.size(); ++k) {
      EXPECT_EQ(s.headers[k].first, records[i].headers[k].name);
      EXPECT_EQ(s.headers[k].second, records[i].headers[k].value);
    }
  }
}

TEST_P(EventLogContract, ReadsFromAnyOffsetAndKnowsItsBounds) {
  make_topic("a", 2);
  EXPECT_EQ(run(log().bounds(at("a")))->end.value, 0);
  run(write_some(log(), at("a"), values({"0", "1", "2"})));
  EXPECT_EQ(run(write_some(log(), at("a"), values({"3", "4"})))->value, 3);
  const auto bounds = run(log().bounds(at("a")));
  EXPECT_EQ(bounds->earliest.value, 0);
  EXPECT_EQ(bounds->end.value, 5);
  EXPECT_EQ(run(log().bounds(at("a", 1)))->end.value, 0);
  for (std::int64_t from = 0; from < 5; ++from) {
    const auto seen = run(read_some(log(), {{at("a"), Offset{from}}}, std::size_t(5 - from)));
    ASSERT_TRUE(seen) << seen.error().text();
    ASSERT_EQ(seen->size(), std::size_t(5 - from));
    EXPECT_EQ(seen->front().offset, from);
    EXPECT_EQ(seen->front().value, std::to_string(from));
  }
}

TEST_P(EventLogContract, FindsOffsetsByTime) {
  make_topic("a");
  std::vector<Record> records;
  for (int i = 0; i < 5; ++i) records.push_back(record(std::nullopt, "v", 1'600'000'000'000 + 1000 * i));
  run(write_some(log(), at("a"), std::move(records)));
  EXPECT_EQ(run(log().offset_at_time(at("a"), 0))->value, 0);
  EXPECT_EQ(run(log().offset_at_time(at("a"), 1'600'000'001'500))->value, 2);
  EXPECT_EQ(run(log().offset_at_time(at("a"), 1'600'000'002'000))->value, 2);
  EXPECT_EQ(run(log().offset_at_time(at("a"), 1'700'000'000'000))->value, 5);
}

TEST_P(EventLogContract, SaysWhatIsNotThere) {
  make_topic("a");
  EXPECT_EQ(run(log().bounds(at("nothing"))).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(log().bounds(at("a", 9))).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(write_some(log(), at("nothing"), values({"x"}))).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(write_some(log(), at("a", 9), values({"x"}))).error().code, ErrorCode::not_found);
}

io::Task<Result<std::vector<std::pair<TopicPartition, Offset>>>> write_keys(EventLog& log, std::string topic, std::vector<std::optional<Bytes>> keys) {
  CO_TRY(auto writer, log.writer());
  std::vector<std::pair<TopicPartition, Offset>> places;
  for (auto& key : keys) {
    auto writing = writer->write_keyed(topic, record(key, "v"));
    CO_TRY(auto place, co_await std::move(writing));
    places.push_back(std::move(place));
  }
  co_return places;
}

TEST_P(EventLogContract, ChoosesThePartitionAsKafkaDoes) {
  // murmur2 of these keys: the test values of org.apache.kafka.common.utils.UtilsTest.
  EXPECT_EQ(partition_of("21", 1'000'000'007).value, std::int32_t((std::uint32_t(-973932308) & 0x7fffffff) % 1'000'000'007));
  EXPECT_EQ(partition_of("foobar", 1'000'000'007).value, std::int32_t((std::uint32_t(-790332482) & 0x7fffffff) % 1'000'000'007));
  EXPECT_EQ(partition_of("a-little-bit-long-string", 1'000'000'007).value, std::int32_t((std::uint32_t(-985981536) & 0x7fffffff) % 1'000'000'007));
  EXPECT_EQ(partition_of("abc", 1'000'000'007).value, std::int32_t(479470107 % 1'000'000'007));
  make_topic("a", 5);
  const auto places = run(write_keys(log(), "a", {"k1", "k2", "k3", "k1"}));
  ASSERT_TRUE(places) << places.error().text();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ((*places)[i].first.partition, partition_of(std::vector<Bytes>{"k1", "k2", "k3", "k1"}[i], 5));
  EXPECT_EQ((*places)[3].second.value, (*places)[0].second.value + 1 + ((*places)[1].first == (*places)[0].first) + ((*places)[2].first == (*places)[0].first));
}

io::Task<Result<std::size_t>> count_next(Reader& reader, io::Milliseconds wait) {
  auto reading = reader.next(io::after(wait));
  CO_TRY(const auto chunks, co_await std::move(reading));
  std::size_t n = 0;
  for (const auto& chunk : chunks) n += chunk.records.size();
  co_return n;
}

TEST_P(EventLogContract, ReadersWaitForNewsSeekAndClose) {
  make_topic("a", 2);
  auto reader = run([](EventLog& l) -> io::Task<std::unique_ptr<Reader>> {
    std::vector<std::pair<TopicPartition, Offset>> from;
    from.emplace_back(at("a"), Offset{0});
    co_return *l.reader(std::move(from));
  }(log()));
  EXPECT_EQ(*run(count_next(*reader, io::Milliseconds(50))), 0u);   // the deadline, not an error
  run(write_some(log(), at("a"), values({"0", "1"})));
  EXPECT_EQ(*run(count_next(*reader, patience)), 2u);
  run(write_some(log(), at("a", 1), values({"x"})));
  const auto sought = run([](Reader& r) -> io::Task<Result<void>> { co_return r.seek(at("a", 1), Offset{0}); }(*reader));
  ASSERT_TRUE(sought);
  EXPECT_EQ(*run(count_next(*reader, patience)), 1u);
  run([](Reader& r) -> io::Task<Result<void>> { co_return r.seek(at("a"), Offset{1}); }(*reader));
  EXPECT_EQ(*run(count_next(*reader, patience)), 1u);
  run([](Reader& r) -> io::Task<void> {
    r.close();
    co_return;
  }(*reader));
  EXPECT_EQ(run(count_next(*reader, patience)).error().code, ErrorCode::stopping);
  run([](std::unique_ptr<Reader> r) -> io::Task<void> {   // ends where it was made
    r.reset();
    co_return;
  }(std::move(reader)));
}

// Beside the port: what a Kafka cluster says of its consumer groups. Members are seen by tests/operations and by hand; here nobody is in them.
TEST_P(EventLogContract, GroupsOfAClusterAreDescribedMovedAndRemoved) {
  if (GetParam().name != "kafka") GTEST_SKIP() << "the embedded log's groups are the broker's business";
  make_topic("a", 2);
  ASSERT_TRUE(run(log().commit("readers", {{at("a"), Offset{5}}})));
  ASSERT_TRUE(run(log().commit("others", {{at("a"), Offset{1}}})));
  KafkaOptions options;
  options.bootstrap = log().bootstrap();
  auto opened = ClusterGroups::open(options);
  ASSERT_TRUE(opened) << opened.error().text();
  auto& groups = **opened;
  const auto all = run(groups.all());
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, "others");
  EXPECT_EQ((*all)[1].name, "readers");
  EXPECT_EQ((*all)[1].state, "Empty");
  EXPECT_TRUE((*all)[1].members.empty());
  const auto one = run(groups.one("readers"));
  ASSERT_TRUE(one) << one.error().text();
  ASSERT_TRUE(*one);
  EXPECT_EQ((*one)->state, "Empty");
  const auto moved = run(groups.set_offsets("readers", {{at("a"), Offset{2}}, {at("a", 1), Offset{3}}}));
  ASSERT_TRUE(moved) << moved.error().text();
  EXPECT_EQ(*run(log().committed("readers")), (std::map<TopicPartition, Offset>{{at("a"), Offset{2}}, {at("a", 1), Offset{3}}}));
  const auto removed = run(groups.remove("readers"));
  ASSERT_TRUE(removed) << removed.error().text();
  const auto gone = run(groups.one("readers"));
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_FALSE(*gone);
  EXPECT_EQ(run(groups.all())->size(), 1u);
  EXPECT_EQ(run(groups.remove("readers")).error().code, ErrorCode::not_found);
}

TEST_P(EventLogContract, KeepsCommittedOffsets) {
  make_topic("a", 2);
  auto others = run(log().list_groups());   // a foreign broker may have some already
  ASSERT_TRUE(others) << others.error().text();
  EXPECT_TRUE(run(log().committed("nobody"))->empty());
  const auto done = run(log().commit("readers", {{at("a"), Offset{5}}, {at("a", 1), Offset{7}}}));
  ASSERT_TRUE(done) << done.error().text();
  ASSERT_TRUE(run(log().commit("readers", {{at("a"), Offset{6}}})));
  const auto committed = run(log().committed("readers"));
  ASSERT_TRUE(committed) << committed.error().text();
  EXPECT_EQ(*committed, (std::map<TopicPartition, Offset>{{at("a"), Offset{6}}, {at("a", 1), Offset{7}}}));
  auto groups = run(log().list_groups());
  ASSERT_TRUE(groups) << groups.error().text();
  std::ranges::sort(*groups);
  std::erase(*others, "readers");
  others->push_back("readers");
  std::ranges::sort(*others);
  EXPECT_EQ(*groups, *others);
}

TEST_P(EventLogContract, ManyRecordsInOrderOverManyPartitions) {
  make_topic("a", 4);
  constexpr int per_partition = 2000;
  for (int p = 0; p < 4; ++p) {
    std::vector<Record> records;
    for (int i = 0; i < per_partition; ++i) records.push_back(record(std::to_string(p), std::to_string(i)));
    ASSERT_TRUE(run(write_some(log(), at("a", p), std::move(records))));
  }
  std::vector<std::pair<TopicPartition, Offset>> from;
  for (int p = 0; p < 4; ++p) from.emplace_back(at("a", p), Offset{0});
  const auto seen = run(read_some(log(), from, 4 * per_partition));
  ASSERT_TRUE(seen) << seen.error().text();
  ASSERT_EQ(seen->size(), std::size_t(4 * per_partition));
  std::map<TopicPartition, std::int64_t> next;
  for (const auto& s : *seen) {
    EXPECT_EQ(s.offset, next[s.from]++);
    EXPECT_EQ(s.value, std::to_string(s.offset));
  }
}

}  // namespace
}  // namespace braid::contract
