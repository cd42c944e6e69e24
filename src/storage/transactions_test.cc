// The coordinator over a log on a real disk: visibility, fencing, time-outs, offsets, and all of it over kills.
#include "storage/transactions.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "wire/record_batch.h"

namespace braid::storage {
namespace {

class TransactionsTest : public testing::Test {
 public:
  TransactionsTest() {
    std::string name = testing::TempDir() + "braid_txn_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
  }
  ~TransactionsTest() override {
    kill();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    shards_ = io::Shards::start(2);
    LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    options.clock = &clock_;
    auto log = Log::open(*files_, *shards_, options);
    ASSERT_TRUE(log) << log.error().text();
    log_ = *std::move(log);
    auto offsets = run(GroupOffsets::open(*log_, *shards_, 2));
    ASSERT_TRUE(offsets) << offsets.error().text();
    offsets_ = *std::move(offsets);
    TransactionOptions transaction_options;
    transaction_options.clock = &clock_;
    transaction_options.timers = false;
    auto transactions = run(Transactions::open(*log_, *offsets_, *shards_, transaction_options));
    ASSERT_TRUE(transactions) << transactions.error().text();
    transactions_ = *std::move(transactions);
    topic_ = log_->topics()->find("t");
    if (!topic_) topic_ = *run(log_->create_topic({"t", 2}));
  }
  void kill() {
    if (shards_) shards_->stop();
    transactions_.reset();
    offsets_.reset();
    log_.reset();
    shards_.reset();
  }
  template <class T> T run(io::Task<T> task) { return io::block_on(shards_->control(), std::move(task)); }
  ProducerIdentity begin(const std::string& id) {
    const auto who = run(transactions_->init(id, 60'000, std::nullopt));
    EXPECT_TRUE(who) << who.error().error.text();
    return who.value_or(ProducerIdentity{});
  }
  void add(const std::string& id, ProducerIdentity who, std::set<TransactionPartition> partitions) {
    const auto added = run(transactions_->add(id, who, std::move(partitions)));
    EXPECT_TRUE(added) << added.error().error.text();
  }
  LogResult<Appended> write(ProducerIdentity who, std::int32_t sequence, std::string value, std::int32_t partition = 0, bool transactional = true) {
    wire::BatchOptions options;
    options.producer_id = who.id;
    options.producer_epoch = who.epoch;
    options.base_sequence = who.id < 0 ? -1 : sequence;
    options.transactional = transactional;
    wire::BatchBuilder builder(options);
    builder.add(1000, "k", value);
    return run(log_->append(topic_, PartitionId{partition}, *builder.finish()));
  }
  LogResult<ProducerIdentity> end(const std::string& id, ProducerIdentity who, bool commit, EpochAtEnd epoch = EpochAtEnd::stays) {
    return run(transactions_->end(id, who, commit, epoch));
  }
  ProducerIdentity end_v2(const std::string& id, ProducerIdentity who, bool commit) {
    const auto next = end(id, who, commit, EpochAtEnd::grows);
    EXPECT_TRUE(next) << next.error().error.text();
    return next.value_or(ProducerIdentity{});
  }
  void journal(const Transaction& t) {   // as if the coordinator had written it
    wire::BatchBuilder builder;
    const auto key = encode_transaction_key(t.id), value = encode_transaction_value(t);
    builder.add(1000, key, value);
    AppendOptions trusted;
    trusted.trusted = true;
    const auto topic = log_->topics()->find(Transactions::topic_name);
    ASSERT_TRUE(run(log_->append(topic, partition_of_group(t.id, topic->partition_count()), *builder.finish(), trusted)));
  }
  std::int64_t journal_records() {
    std::int64_t n = 0;
    const auto topic = log_->topics()->find(Transactions::topic_name);
    for (std::int32_t p = 0; p < topic->partition_count(); ++p) n += run(log_->state(topic, PartitionId{p}))->high_watermark.value;
    return n;
  }
  std::int16_t epoch_in(std::int32_t partition, std::int64_t producer) {   // of its newest batch or marker there
    const auto all = run(log_->producers(topic_, PartitionId{partition}));
    for (const auto& known : *all)
      if (known.producer.id == producer) return known.producer.epoch;
    return -1;
  }
  // What a reader of committed records sees, the way a client sorts it out.
  std::vector<std::string> committed(std::int32_t partition = 0) {
    std::vector<std::string> values;
    std::set<std::int64_t> aborting;
    for (Offset at{0};;) {
      ReadOptions options;
      options.isolation = Isolation::read_committed;
      options.bytes_max = 100;   // a batch or two at a time
      const auto read = run(log_->read(topic_, PartitionId{partition}, at, options));
      if (!read) return {"error: " + read.error().error.message};
      if (read->pieces.empty()) return values;
      std::size_t next = 0;
      for (const auto& piece : read->pieces) {
        BytesView bytes = piece.bytes;
        while (const auto batch = wire::next_batch_unchecked(bytes)) {
          const auto& header = batch->header;
          for (; next < read->aborted.size() && read->aborted[next].first <= header.last_offset(); ++next) aborting.insert(read->aborted[next].producer_id);
          if (header.control()) aborting.erase(header.producer_id);
          if (header.control() || (header.transactional() && aborting.contains(header.producer_id))) continue;
          Bytes scratch;
          auto reader = *wire::RecordReader::open(*batch, scratch);
          wire::RecordRef record;
          std::vector<wire::RecordHeader> headers;
          while (*reader.next(record, headers)) values.emplace_back(*record.value);
        }
      }
      at = read->next;
    }
  }
  PartitionState state(std::int32_t partition = 0) { return *run(log_->state(topic_, PartitionId{partition})); }
  std::optional<std::int64_t> offset(const std::string& group) {
    const auto all = run(offsets_->fetch(group));
    if (all.empty()) return std::nullopt;
    return all.front().offset.value;
  }

  ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::string directory_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<GroupOffsets> offsets_;
  std::unique_ptr<Transactions> transactions_;
  TopicPtr topic_;
};

using Values = std::vector<std::string>;

TEST_F(TransactionsTest, ShowsNothingBeforeTheCommitAndAllOfItAfter) {
  const auto who = begin("a");
  add("a", who, {{"t", 0}, {"t", 1}});
  ASSERT_TRUE(write(who, 0, "one"));
  ASSERT_TRUE(write(who, 0, "two", 1));
  ASSERT_TRUE(write({}, 0, "plain", 0, false));
  EXPECT_EQ(committed(), Values{});   // what lies behind an open transaction waits too
  EXPECT_EQ(state().last_stable.value, 0);
  EXPECT_EQ(state().high_watermark.value, 2);
  ASSERT_TRUE(end("a", who, true));
  EXPECT_EQ(committed(), (Values{"one", "plain"}));
  EXPECT_EQ(committed(1), Values{"two"});
  EXPECT_EQ(state().last_stable.value, 3);
  EXPECT_EQ(state().high_watermark.value, 3);   // the marker is one record
  ASSERT_TRUE(end("a", who, true));   // asked again
  EXPECT_EQ(state().high_watermark.value, 3);
  EXPECT_EQ(end("a", who, false).error().reason, Reason::invalid_transaction_state);
}

TEST_F(TransactionsTest, AbortedRecordsAreNeverShown) {
  const auto who = begin("a");
  for (int i = 0; i < 4; ++i) {
    add("a", who, {{"t", 0}});
    ASSERT_TRUE(write(who, i, "v" + std::to_string(i)));
    ASSERT_TRUE(end("a", who, i % 2 == 0));
  }
  EXPECT_EQ(committed(), (Values{"v0", "v2"}));
  ASSERT_TRUE(run(log_->checkpoint()));
  EXPECT_EQ(committed(), (Values{"v0", "v2"}));
  kill();
  open();
  EXPECT_EQ(committed(), (Values{"v0", "v2"}));
}

TEST_F(TransactionsTest, ABatchOutsideATransactionIsRefused) {
  const auto who = begin("a");
  EXPECT_EQ(write(who, 0, "early").error().reason, Reason::invalid_transaction_state);
  add("a", who, {{"t", 0}});
  EXPECT_EQ(write(who, 0, "elsewhere", 1).error().reason, Reason::invalid_transaction_state);
  ASSERT_TRUE(write(who, 0, "in"));
  EXPECT_EQ(write(who, 1, "not transactional", 0, false).error().reason, Reason::invalid_transaction_state);
  ASSERT_TRUE(end("a", who, true));
  EXPECT_EQ(write(who, 1, "late").error().reason, Reason::invalid_transaction_state);
  EXPECT_EQ(committed(), Values{"in"});
}

TEST_F(TransactionsTest, ASecondInstanceFencesTheFirst) {
  const auto first = begin("a");
  add("a", first, {{"t", 0}});
  ASSERT_TRUE(write(first, 0, "zombie"));
  const auto second = begin("a");
  EXPECT_EQ(second.id, first.id);
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(state().last_stable, state().high_watermark);   // aborted
  EXPECT_EQ(write(first, 1, "again").error().reason, Reason::invalid_producer_epoch);
  EXPECT_EQ(end("a", first, true).error().reason, Reason::producer_fenced);
  EXPECT_EQ(run(transactions_->add("a", first, {{"t", 1}})).error().reason, Reason::producer_fenced);
  add("a", second, {{"t", 0}});
  ASSERT_TRUE(write(second, 0, "new"));
  ASSERT_TRUE(end("a", second, true));
  EXPECT_EQ(committed(), Values{"new"});
}

TEST_F(TransactionsTest, WhatTakesTooLongIsAborted) {
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "slow"));
  clock_.advance_ms(59'000);
  run(transactions_->expire());
  EXPECT_EQ(run(transactions_->describe("a"))->state, TransactionState::ongoing);
  clock_.advance_ms(2'000);
  run(transactions_->expire());
  EXPECT_EQ(run(transactions_->describe("a"))->state, TransactionState::complete_abort);
  EXPECT_EQ(state().last_stable, state().high_watermark);
  EXPECT_EQ(end("a", who, true).error().reason, Reason::producer_fenced);
  EXPECT_EQ(write(who, 1, "later").error().reason, Reason::invalid_producer_epoch);
  EXPECT_EQ(committed(), Values{});
}

TEST_F(TransactionsTest, AnOpenTransactionOutlivesAKill) {
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "before"));
  kill();
  open();
  EXPECT_EQ(committed(), Values{});
  ASSERT_TRUE(write(who, 1, "after"));
  EXPECT_EQ(write(who, 1, "after")->duplicate, true);
  ASSERT_TRUE(end("a", who, true));
  EXPECT_EQ(committed(), (Values{"before", "after"}));
}

TEST_F(TransactionsTest, OffsetsCountOnceTheTransactionIsCommitted) {
  const auto who = begin("a");
  const auto commit = [&](std::int64_t to) {
    OffsetCommit c;
    c.topic = "t";
    c.offset = Offset{to};
    return run(offsets_->commit_in_transaction("g", who, {c}));
  };
  EXPECT_EQ(commit(1).error().reason, Reason::invalid_transaction_state);
  ASSERT_TRUE(run(transactions_->add_group("a", who, "g")));
  ASSERT_TRUE(commit(5));
  EXPECT_EQ(offset("g"), std::nullopt);
  EXPECT_EQ(run(offsets_->undecided("g")).size(), 1u);
  kill();
  open();
  EXPECT_EQ(offset("g"), std::nullopt);
  EXPECT_EQ(run(offsets_->undecided("g")).size(), 1u);
  ASSERT_TRUE(end("a", who, true));
  EXPECT_EQ(offset("g"), 5);
  EXPECT_TRUE(run(offsets_->undecided("g")).empty());
  ASSERT_TRUE(run(transactions_->add_group("a", who, "g")));
  ASSERT_TRUE(commit(9));
  ASSERT_TRUE(end("a", who, false));
  EXPECT_EQ(offset("g"), 5);
  kill();
  open();
  EXPECT_EQ(offset("g"), 5);
}

TEST_F(TransactionsTest, ADecisionIsCarriedOutAfterAKill) {   // the decision alone is on disk: its markers were never written
  const auto who = begin("a");
  add("a", who, {{"t", 0}, {"t", 1}});
  ASSERT_TRUE(write(who, 0, "one"));
  ASSERT_TRUE(write(who, 0, "two", 1));
  auto decided = *run(transactions_->describe("a"));
  decided.state = TransactionState::prepare_commit;
  journal(decided);
  kill();
  open();
  EXPECT_EQ(committed(), Values{"one"});
  EXPECT_EQ(committed(1), Values{"two"});
  EXPECT_EQ(run(transactions_->describe("a"))->state, TransactionState::complete_commit);
}

TEST_F(TransactionsTest, ATransactionNobodyAnswersForIsAbortedAtTheStart) {
  ASSERT_TRUE(run(log_->admit_transaction(topic_, PartitionId{0}, {500, 0})));
  ASSERT_TRUE(write({500, 0}, 0, "orphan"));
  ASSERT_TRUE(write({}, 0, "plain", 0, false));
  EXPECT_EQ(committed(), Values{});
  kill();
  open();
  EXPECT_EQ(committed(), Values{"plain"});
}

TEST_F(TransactionsTest, IdsThatNobodyUsesAreForgotten) {
  begin("a");
  begin("b");
  EXPECT_EQ(run(transactions_->list()).size(), 2u);
  clock_.advance_ms(604'800'001);
  run(transactions_->expire());
  EXPECT_TRUE(run(transactions_->list()).empty());
  kill();
  open();
  EXPECT_TRUE(run(transactions_->list()).empty());
  EXPECT_EQ(run(transactions_->add("a", {0, 0}, {{"t", 0}})).error().reason, Reason::invalid_producer_id_mapping);
}

// --- Transactions V2

TEST_F(TransactionsTest, V2GivesEachTransactionItsEpochAndMarkersCarryTheNext) {
  auto who = begin("a");
  const auto first = who;
  Values expected;
  for (int i = 0; i < 6; ++i) {
    const bool commit = i % 3 != 1;
    add("a", who, {{"t", 0}});
    ASSERT_TRUE(write(who, 0, "v" + std::to_string(i))) << "a new epoch begins with sequence 0";
    const auto next = end_v2("a", who, commit);
    EXPECT_EQ(next, (ProducerIdentity{who.id, std::int16_t(who.epoch + 1)}));
    EXPECT_EQ(epoch_in(0, who.id), next.epoch);
    EXPECT_EQ(write(who, 1, "late").error().reason, Reason::invalid_producer_epoch);
    EXPECT_EQ(run(transactions_->add("a", who, {{"t", 1}})).error().reason, Reason::producer_fenced);
    EXPECT_EQ(end_v2("a", who, commit), next) << "asked again";
    EXPECT_EQ(end("a", who, !commit, EpochAtEnd::grows).error().reason, Reason::invalid_transaction_state);
    if (commit) expected.push_back("v" + std::to_string(i));
    who = next;
    if (i == 2) {
      kill();
      open();
    }
  }
  EXPECT_EQ(who.epoch, first.epoch + 6);
  EXPECT_EQ(committed(), expected);
  EXPECT_EQ(end("a", first, true, EpochAtEnd::grows).error().reason, Reason::producer_fenced);
}

TEST_F(TransactionsTest, V2AbortsAnEmptyTransaction) {
  const auto who = begin("a");
  EXPECT_EQ(end("a", who, true, EpochAtEnd::grows).error().reason, Reason::invalid_transaction_state);
  const auto next = end_v2("a", who, false);
  EXPECT_EQ(next.epoch, who.epoch + 1);
  kill();
  open();
  EXPECT_EQ(run(transactions_->describe("a"))->producer, next);
  EXPECT_EQ(end_v2("a", who, false), next);
  EXPECT_EQ(end("a", who, false).error().reason, Reason::producer_fenced) << "V1 knows no such repetition";
}

TEST_F(TransactionsTest, AnIdMovesFromV1ToV2AndBack) {
  auto who = begin("a");
  std::int32_t sequence = 0;
  for (int i = 0; i < 8; ++i) {
    add("a", who, {{"t", 0}});
    ASSERT_TRUE(write(who, sequence++, "v" + std::to_string(i)));
    if (i % 4 < 2) {
      const auto same = end("a", who, true);
      ASSERT_TRUE(same);
      EXPECT_EQ(*same, who);
    } else {
      who = end_v2("a", who, true);
      sequence = 0;
    }
    if (i == 3) {   // another instance, of either kind
      who = begin("a");
      sequence = 0;
    }
  }
  EXPECT_EQ(committed(), (Values{"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"}));
}

// An older instance that has written nothing ends, as V2 does, behind one that ends as V1 does: its epoch is the one before, and it must not get the other's.
TEST_F(TransactionsTest, AnOlderInstanceIsNotTakenForARepeatedEnd) {
  const auto old = begin("a"), young = begin("a");
  ASSERT_EQ(young.epoch, old.epoch + 1);
  for (const bool commit : {true, false}) {
    add("a", young, {{"t", 0}});
    ASSERT_TRUE(end("a", young, commit));
    EXPECT_EQ(end("a", old, commit, EpochAtEnd::grows).error().reason, Reason::producer_fenced);
  }
}

TEST_F(TransactionsTest, AddingAgainWritesNothing) {
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  const auto before = journal_records();
  for (int i = 0; i < 5; ++i) {
    add("a", who, {{"t", 0}});
    ASSERT_TRUE(write(who, i, "v"));
  }
  EXPECT_EQ(journal_records(), before);
  add("a", who, {{"t", 0}, {"t", 1}});
  EXPECT_EQ(journal_records(), before + 1);
}

TEST_F(TransactionsTest, UsedUpEpochsRotateTheProducerId) {
  for (const bool killed : {false, true})
    for (const bool commit : {true, false}) {
      const std::string id = std::string(killed ? "killed" : "plain") + (commit ? "-commit" : "-abort");
      auto t = Transaction{};
      const auto old = begin(id);
      t = *run(transactions_->describe(id));
      t.producer.epoch = Transaction::epoch_max - 1;
      journal(t);
      kill();
      open();
      auto who = t.producer;
      add(id, who, {{"t", 0}});
      ASSERT_TRUE(write(who, 0, id + "1"));
      who = end_v2(id, who, commit);
      ASSERT_EQ(who, (ProducerIdentity{old.id, Transaction::epoch_max}));
      add(id, who, {{"t", 0}});
      ASSERT_TRUE(write(who, 0, id + "2"));
      const auto next = end_v2(id, who, commit);
      EXPECT_NE(next.id, old.id);
      EXPECT_EQ(next.epoch, 0);
      EXPECT_EQ(epoch_in(0, old.id), INT16_MAX);
      if (killed) {
        kill();
        open();
      }
      EXPECT_EQ(end_v2(id, who, commit), next);
      EXPECT_EQ(end(id, who, !commit, EpochAtEnd::grows).error().reason, Reason::invalid_transaction_state);
      EXPECT_EQ(write(who, 1, "late").error().reason, Reason::invalid_producer_epoch);
      EXPECT_EQ(run(transactions_->add(id, who, {{"t", 0}})).error().reason, Reason::invalid_producer_id_mapping);
      EXPECT_EQ(*run(transactions_->init(id, 60'000, who)), next) << "or who it was is said at a beginning";
      add(id, next, {{"t", 0}});
      ASSERT_TRUE(write(next, 0, id + "3"));
      EXPECT_EQ(end_v2(id, next, true), (ProducerIdentity{next.id, 1}));
    }
  EXPECT_EQ(committed(), (Values{"plain-commit1", "plain-commit2", "plain-commit3", "plain-abort3", "killed-commit1", "killed-commit2", "killed-commit3", "killed-abort3"}));
}

TEST_F(TransactionsTest, AV2DecisionIsCarriedOutAfterAKill) {   // the decision alone is on disk, with the epoch of the markers and the producer id behind it
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "one"));
  auto decided = *run(transactions_->describe("a"));
  decided.state = TransactionState::prepare_commit;
  decided.last_epoch = decided.ended_epoch = decided.producer.epoch++;
  journal(decided);
  const auto other = begin("b");
  add("b", other, {{"t", 1}});
  ASSERT_TRUE(write(other, 0, "two", 1));
  auto rotating = *run(transactions_->describe("b"));
  rotating.state = TransactionState::prepare_abort;
  rotating.producer.epoch = INT16_MAX;
  rotating.last_epoch = rotating.ended_epoch = Transaction::epoch_max;
  rotating.next_producer_id = 70'000;
  journal(rotating);
  kill();
  open();
  EXPECT_EQ(committed(), Values{"one"});
  EXPECT_EQ(committed(1), Values{});
  EXPECT_EQ(end_v2("a", who, true), (ProducerIdentity{who.id, std::int16_t(who.epoch + 1)}));
  EXPECT_EQ(epoch_in(0, who.id), who.epoch + 1);
  EXPECT_EQ(run(transactions_->describe("b"))->producer, (ProducerIdentity{70'000, 0}));
  EXPECT_EQ(end_v2("b", {other.id, Transaction::epoch_max}, false), (ProducerIdentity{70'000, 0}));
  EXPECT_EQ(epoch_in(1, other.id), INT16_MAX);
}

TEST_F(TransactionsTest, ATopicMadeAgainIsAddedAgain) {   // in one transaction: its name is known, the partition is another one
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "old"));
  ASSERT_TRUE(run(log_->delete_topic(topic_->id)));
  topic_ = *run(log_->create_topic({"t", 2}));
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "new"));
  ASSERT_TRUE(end("a", who, true));
  EXPECT_EQ(committed(), Values{"new"});
}

TEST_F(TransactionsTest, AWaitingReaderWakesAtTheCommit) {
  const auto who = begin("a");
  add("a", who, {{"t", 0}});
  ASSERT_TRUE(write(who, 0, "one"));
  const auto waits = [](TransactionsTest& test, ProducerIdentity producer) -> io::Task<bool> {
    auto watch = test.log_->watch();
    watch->add(test.topic_, PartitionId{0}, Offset{0}, Isolation::read_committed);
    const bool early = co_await watch->wait(io::after(io::Milliseconds(1)));
    EXPECT_FALSE(early);
    auto ending = test.transactions_->end("a", producer, true);
    EXPECT_TRUE(co_await std::move(ending));
    co_return co_await watch->wait(io::after(io::Milliseconds(20'000)));
  };
  EXPECT_TRUE(run(waits(*this, who)));
}

}  // namespace
}  // namespace braid::storage
