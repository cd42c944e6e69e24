// The checker finds each anomaly that it names, and nothing in a history that is right. Each history below is the right one with one thing changed.
#include <gtest/gtest.h>

#include <algorithm>

#include "history.h"

namespace braid::anomalies {
namespace {

// Two producers, one partition. 1 and 2 are plain; 3 and 4 are a committed transaction, 5 an aborted one, 6 one of which nobody knows (it was committed).
// The log: 0:1 1:3 2:2 3:4 (4: marker) 5:5 (6: marker) 7:6 (8: marker). Consumer 0 reads committed records, consumer 1 all.
class Right {
 public:
  History h;
  Right() {
    h.transactions = {{Outcome::ok, 20}, {Outcome::failed, -1}, {Outcome::unknown, 40}};
    h.sends = {{1, 0, 0, -1, Outcome::ok, 0}, {3, 0, 1, 0, Outcome::ok, 1}, {2, 0, 0, -1, Outcome::ok, 2}, {4, 0, 1, 0, Outcome::ok, 3}, {5, 0, 1, 1, Outcome::ok, 5}, {6, 0, 1, 2, Outcome::ok, 7}};
    for (const auto& [offset, value] : all()) h.log.push_back({9, 0, offset, value});
    for (const auto& [offset, value] : all())
      if (value != 5) h.committed_log.push_back({9, 0, offset, value, true});
    std::int64_t at = 50;
    for (const auto& read : h.committed_log) h.reads.push_back({0, 0, read.offset, read.value, true, -1, at++});
    for (const auto& read : h.log) h.reads.push_back({1, 0, read.offset, read.value, false, -1, at++});
  }
  static std::vector<std::pair<std::int64_t, std::int64_t>> all() { return {{0, 1}, {1, 3}, {2, 2}, {3, 4}, {5, 5}, {7, 6}}; }
  void forget(std::int64_t value, bool committed_only = false) {
    const auto is = [&](const Read& r) { return r.value == value; };
    if (!committed_only) std::erase_if(h.log, is);
    std::erase_if(h.committed_log, is);
    std::erase_if(h.reads, [&](const Read& r) { return r.value == value && (r.committed_only || !committed_only); });
  }
  Read& read(int consumer, std::int64_t offset) {
    return *std::ranges::find_if(h.reads, [&](const Read& r) { return r.consumer == consumer && r.offset == offset; });
  }
};

bool finds(const History& history, std::string_view kind) {
  return std::ranges::any_of(check(history), [&](const Anomaly& a) { return a.kind == kind; });
}

TEST(AnomalyChecker, FindsNothingWhereNothingIsWrong) {
  const auto found = check(Right().h);
  EXPECT_TRUE(found.empty()) << found[0].kind << ": " << found[0].what;
}

TEST(AnomalyChecker, FindsWhatWasLost) {
  Right middle, end, hidden;
  middle.forget(2);
  EXPECT_TRUE(finds(middle.h, "lost-write"));
  end.forget(6);
  EXPECT_TRUE(finds(end.h, "unseen"));
  hidden.forget(2, true);   // in the log, but readers of committed records never get it
  EXPECT_TRUE(finds(hidden.h, "lost-write"));
}

TEST(AnomalyChecker, WhatWasNotAcknowledgedMayBeMissing) {
  Right right;
  right.forget(2);
  right.h.sends[2].outcome = Outcome::unknown;
  right.h.sends[2].offset = -1;
  EXPECT_TRUE(check(right.h).empty());
}

TEST(AnomalyChecker, FindsWhatStandsTwice) {
  Right right;
  right.h.log.push_back({9, 0, 9, 1});
  EXPECT_TRUE(finds(right.h, "duplicate"));
}

TEST(AnomalyChecker, FindsTwoValuesAtOneOffset) {
  Right seen, promised;
  seen.read(1, 2).value = 4;
  EXPECT_TRUE(finds(seen.h, "inconsistent-offsets"));
  promised.h.sends[2].offset = 0;   // a spurious offset 0
  EXPECT_TRUE(finds(promised.h, "inconsistent-offsets"));
  EXPECT_TRUE(finds(promised.h, "misplaced"));
}

TEST(AnomalyChecker, FindsWhatNobodySent) {
  Right right;
  right.h.log.push_back({9, 0, 9, 77});
  EXPECT_TRUE(finds(right.h, "phantom"));
}

TEST(AnomalyChecker, FindsReadsOfAbortedRecords) {
  Right consumer, end;
  consumer.h.reads.push_back({2, 0, 5, 5, true, -1, 99});
  EXPECT_TRUE(finds(consumer.h, "aborted-read"));
  end.h.committed_log.push_back({9, 0, 5, 5, true});
  EXPECT_TRUE(finds(end.h, "aborted-read"));
  Right allowed;   // read_uncommitted may
  allowed.h.reads.push_back({2, 0, 5, 5, false, -1, 99});
  EXPECT_TRUE(check(allowed.h).empty());
}

TEST(AnomalyChecker, FindsReadsBeforeTheCommit) {
  Right right;
  right.read(0, 1).at = 19;
  EXPECT_TRUE(finds(right.h, "precommitted-read"));
}

TEST(AnomalyChecker, FindsTornTransactions) {
  Right known, unknown;
  known.forget(4, true);
  EXPECT_TRUE(finds(known.h, "torn-transaction"));
  unknown.h.transactions[0].outcome = Outcome::unknown;   // nobody knows its fate, but it has one
  unknown.forget(4, true);
  EXPECT_TRUE(finds(unknown.h, "torn-transaction"));
}

TEST(AnomalyChecker, FindsReadersThatGoBackOrSkip) {
  Right back, skip, again;
  back.h.reads.push_back({1, 0, 2, 2, false, -1, 99});
  EXPECT_TRUE(finds(back.h, "nonmonotonic-poll"));
  std::erase_if(skip.h.reads, [](const Read& r) { return r.consumer == 1 && r.offset == 2; });
  EXPECT_TRUE(finds(skip.h, "poll-skip"));
  again.h.reads.push_back({1, 0, -1});   // a new assignment may go back
  again.h.reads.push_back({1, 0, 2, 2, false, -1, 99});
  EXPECT_TRUE(check(again.h).empty());
}

TEST(AnomalyChecker, FindsRecordsOutOfTheirOrder) {
  Right right;
  std::swap(right.h.sends[0].value, right.h.sends[2].value);   // sent 2 and then 1; the log has 1 before 2
  std::swap(right.h.sends[0].offset, right.h.sends[2].offset);
  EXPECT_TRUE(finds(right.h, "nonmonotonic-send"));
}

TEST(AnomalyChecker, FindsTransactionsThatReadEachOther) {
  Right right;
  right.read(0, 7).transaction = 0;   // the first read what the third wrote,
  right.h.reads.push_back({2, 0, 1, 3, true, 2, 60});   // the third what the first wrote
  EXPECT_TRUE(finds(right.h, "read-cycle"));
}

}  // namespace
}  // namespace braid::anomalies
