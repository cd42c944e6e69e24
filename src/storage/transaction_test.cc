// The rules of a transactional id, and its records.
#include "storage/transaction.h"

#include <gtest/gtest.h>

#include "storage/transaction_marks.h"

namespace braid::storage {
namespace {

using State = TransactionState;

Transaction begun(std::int16_t epoch = 0) {
  Transaction t;
  t.id = "pay";
  t.producer = {7, epoch};
  t.timeout_ms = 60'000;
  t.updated_ms = 100;
  return t;
}
Transaction in_state(State state, std::int16_t epoch = 0) {
  auto t = begun(epoch);
  t.state = state;
  if (state == State::ongoing || t.preparing()) t.partitions = {{"orders", 0}, {"orders", 2}, {"stock", 1}};
  t.started_ms = 200;
  return t;
}

TEST(Transaction, AFirstProducerGetsEpochZeroAndTheNextOneMore) {
  Transaction fresh;
  fresh.id = "pay";
  ASSERT_TRUE(needs_producer_id(fresh, std::nullopt));
  const auto first = begin_producer(fresh, std::nullopt, 7, 1000, 50);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->producer, (ProducerIdentity{7, 0}));
  EXPECT_FALSE(needs_producer_id(*first, std::nullopt));
  EXPECT_EQ(begin_producer(*first, std::nullopt, -1, 1000, 60)->producer, (ProducerIdentity{7, 1}));
  EXPECT_EQ(begin_producer(in_state(State::prepare_commit), std::nullopt, -1, 1000, 60).error().reason, Reason::concurrent_transactions);
}

TEST(Transaction, UsedUpEpochsMeanANewProducerId) {
  const auto last = in_state(State::complete_commit, Transaction::epoch_max);
  ASSERT_TRUE(needs_producer_id(last, std::nullopt));
  const auto next = begin_producer(last, ProducerIdentity{7, Transaction::epoch_max}, 8, 1000, 60);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->producer, (ProducerIdentity{8, 0}));
  EXPECT_EQ(next->previous_producer_id, 7);
  // The answer was lost; asked again in the same words it is the same.
  EXPECT_EQ(*begin_producer(*next, ProducerIdentity{7, Transaction::epoch_max}, 9, 1000, 60), *next);
  EXPECT_EQ(begin_producer(*next, ProducerIdentity{7, 5}, 9, 1000, 60).error().reason, Reason::producer_fenced);
  EXPECT_EQ(fence(in_state(State::ongoing, INT16_MAX), 1).producer.epoch, INT16_MAX);
}

TEST(Transaction, WhoSaysWhoTheyAreKeepsTheIdOrIsFenced) {   // KIP-360
  const auto t = in_state(State::complete_abort, 4);
  const auto next = begin_producer(t, ProducerIdentity{7, 4}, -1, 1000, 60);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->producer.epoch, 5);
  EXPECT_EQ(*begin_producer(*next, ProducerIdentity{7, 4}, -1, 1000, 61), *next);   // repeated
  EXPECT_EQ(begin_producer(*next, ProducerIdentity{7, 3}, -1, 1000, 61).error().reason, Reason::producer_fenced);
  EXPECT_EQ(begin_producer(*next, ProducerIdentity{6, 5}, -1, 1000, 61).error().reason, Reason::producer_fenced);
  const auto other = begin_producer(*next, std::nullopt, -1, 1000, 62);   // another instance: what was asked before is no longer repeated
  EXPECT_EQ(begin_producer(*other, ProducerIdentity{7, 4}, -1, 1000, 63).error().reason, Reason::producer_fenced);
}

TEST(Transaction, PartitionsBeginItAndAreAddedOnce) {
  const auto first = add_partitions(begun(), {7, 0}, {{"orders", 0}}, 300);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->state, State::ongoing);
  EXPECT_EQ(first->started_ms, 300);
  EXPECT_EQ(*add_partitions(*first, {7, 0}, {{"orders", 0}}, 400), *first);
  const auto second = add_partitions(*first, {7, 0}, {{"orders", 1}}, 400);
  EXPECT_EQ(second->partitions.size(), 2u);
  EXPECT_EQ(second->started_ms, 300);
  EXPECT_EQ(add_partitions(*first, {7, 1}, {{"orders", 0}}, 1).error().reason, Reason::producer_fenced);
  EXPECT_EQ(add_partitions(*first, {8, 0}, {{"orders", 0}}, 1).error().reason, Reason::invalid_producer_id_mapping);
  EXPECT_EQ(add_partitions(in_state(State::prepare_abort), {7, 0}, {{"orders", 0}}, 1).error().reason, Reason::concurrent_transactions);
  EXPECT_EQ(add_partitions(completed(in_state(State::prepare_commit), 9), {7, 0}, {{"new", 0}}, 500)->partitions.size(), 1u);
}

TEST(Transaction, EndsOnceInOneWay) {
  const auto ending = end_by_producer(in_state(State::ongoing), {7, 0}, true, 500);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->state, State::prepare_commit);
  EXPECT_EQ(*end_by_producer(*ending, {7, 0}, true, 501), *ending);
  EXPECT_EQ(end_by_producer(*ending, {7, 0}, false, 501).error().reason, Reason::invalid_transaction_state);
  const auto done = completed(*ending, 600);
  EXPECT_EQ(done.state, State::complete_commit);
  EXPECT_TRUE(done.partitions.empty());
  EXPECT_EQ(*end_by_producer(done, {7, 0}, true, 601), done);
  EXPECT_EQ(end_by_producer(done, {7, 0}, false, 601).error().reason, Reason::invalid_transaction_state);
  EXPECT_EQ(end_by_producer(begun(), {7, 0}, false, 1).error().reason, Reason::invalid_transaction_state);
  const auto fenced = fence(in_state(State::ongoing), 700);
  EXPECT_EQ(fenced.state, State::prepare_abort);
  EXPECT_EQ(end_by_producer(fenced, {7, 0}, true, 701).error().reason, Reason::producer_fenced);
}

// --- Transactions V2

TEST(TransactionV2, EveryEndGivesTheNextEpoch) {
  const auto ending = end_with_next_epoch(in_state(State::ongoing, 4), {7, 4}, true, -1, 500);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->state, State::prepare_commit);
  EXPECT_EQ(ending->producer, (ProducerIdentity{7, 5}));   // the markers have it
  EXPECT_EQ(ending->last_epoch, 4);
  EXPECT_EQ(ending->partitions.size(), 3u);
  const auto done = completed(*ending, 600);
  EXPECT_EQ(done.state, State::complete_commit);
  EXPECT_EQ(done.producer, (ProducerIdentity{7, 5}));
  EXPECT_EQ(add_partitions(done, {7, 4}, {{"orders", 0}}, 700).error().reason, Reason::producer_fenced);   // what comes late is of an old epoch
  const auto next = add_partitions(done, {7, 5}, {{"orders", 0}}, 700);
  ASSERT_TRUE(next);
  EXPECT_EQ(end_with_next_epoch(*next, {7, 5}, false, -1, 800)->producer.epoch, 6);
  EXPECT_EQ(end_by_producer(*next, {7, 5}, true, 800)->producer.epoch, 5);   // the same id, ended as V1 does
}

TEST(TransactionV2, AnEmptyTransactionMayBeAbortedAndNotCommitted) {
  for (const auto state : {State::empty, State::complete_commit, State::complete_abort}) {
    auto t = in_state(state, 4);
    t.started_ms = -1;
    const auto aborted = end_with_next_epoch(t, {7, 4}, false, -1, 500);
    ASSERT_TRUE(aborted) << name_of(state);
    EXPECT_EQ(aborted->state, State::complete_abort);
    EXPECT_EQ(aborted->producer.epoch, 5);
    EXPECT_EQ(aborted->started_ms, 500);
    EXPECT_EQ(end_with_next_epoch(t, {7, 4}, true, -1, 500).error().reason, Reason::invalid_transaction_state) << name_of(state);
    EXPECT_EQ(end_by_producer(t, {7, 4}, false, 500).has_value(), state == State::complete_abort) << "V1 does not know it";
  }
}

// KIP-890's rules for a repeated EndTxn, all of them: by state, epoch and direction.
TEST(TransactionV2, ARepeatedEndIsKnownByItsEpoch) {
  enum Outcome { decides, again, aborts_nothing, wrong, fenced, foreign };
  const auto outcome_of = [](const Transaction& now, ProducerIdentity who, bool commit) {
    const auto next = end_with_next_epoch(now, who, commit, 8, 900);
    if (!next)
      return next.error().reason == Reason::producer_fenced ? fenced : next.error().reason == Reason::invalid_transaction_state ? wrong
             : next.error().reason == Reason::invalid_producer_id_mapping                                                      ? foreign
                                                                                                                               : Outcome(-1);
    if (*next == now) return again;
    return next->preparing() ? decides : aborts_nothing;
  };
  const std::int16_t at = 4;
  for (const auto state : {State::empty, State::ongoing, State::prepare_commit, State::prepare_abort, State::complete_commit, State::complete_abort})
    for (const bool commit : {true, false})
      for (std::int16_t epoch = at - 2; epoch <= at + 1; ++epoch) {
        auto t = in_state(state, at);
        t.ended_epoch = at - 1;
        const bool complete = state == State::complete_commit || state == State::complete_abort;
        auto expected = fenced;
        if (state == State::ongoing && epoch == at) expected = decides;
        if (state == State::empty && epoch == at) expected = commit ? wrong : aborts_nothing;
        if ((t.preparing() || complete) && epoch == at - 1) expected = t.commits() == commit ? again : wrong;
        if (complete && epoch == at) expected = commit ? wrong : aborts_nothing;
        EXPECT_EQ(outcome_of(t, {7, epoch}, commit), expected) << name_of(state) << " epoch " << epoch << (commit ? " commit" : " abort");
        EXPECT_EQ(outcome_of(t, {6, epoch}, commit), foreign) << name_of(state);
        t.ended_epoch = -1;   // the epoch before was another instance's: this one began with its own and ended as V1 does
        if (epoch != at) {
          EXPECT_EQ(outcome_of(t, {7, epoch}, commit), fenced) << name_of(state) << (commit ? " commit" : " abort");
        }
      }
  auto rotated = in_state(State::complete_commit, 0);
  rotated.producer = {8, 0};
  rotated.previous_producer_id = 7;
  rotated.ended_epoch = Transaction::epoch_max;
  EXPECT_EQ(outcome_of(rotated, {7, Transaction::epoch_max}, true), again);
  EXPECT_EQ(outcome_of(rotated, {7, Transaction::epoch_max}, false), wrong);
  EXPECT_EQ(outcome_of(rotated, {7, 3}, true), foreign);
  for (const auto state : {State::empty, State::ongoing, State::prepare_commit}) {
    rotated.state = state;
    EXPECT_EQ(outcome_of(rotated, {7, Transaction::epoch_max}, true), fenced) << name_of(state);
  }
  rotated = completed(rotated, 901);
  rotated.producer.epoch = 1;   // it has moved on
  EXPECT_EQ(outcome_of(rotated, {7, Transaction::epoch_max}, true), foreign);
}

TEST(TransactionV2, TheLastEpochEndsAProducerId) {
  const auto last = in_state(State::ongoing, Transaction::epoch_max);
  EXPECT_TRUE(ending_needs_producer_id(last, last.producer));
  EXPECT_FALSE(ending_needs_producer_id(last, {7, Transaction::epoch_max - 1}));
  EXPECT_FALSE(ending_needs_producer_id(in_state(State::ongoing, Transaction::epoch_max - 1), {7, Transaction::epoch_max - 1}));
  const auto ending = end_with_next_epoch(last, last.producer, true, 8, 500);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->producer, (ProducerIdentity{7, INT16_MAX}));   // of the last markers
  EXPECT_EQ(ending->next_producer_id, 8);
  EXPECT_FALSE(ending_needs_producer_id(*ending, last.producer));
  EXPECT_EQ(*end_with_next_epoch(*ending, last.producer, true, 9, 501), *ending);   // repeated before the markers are written
  const auto reread = decode_transaction_value("pay", encode_transaction_value(*ending));
  ASSERT_TRUE(reread);
  const auto done = completed(*reread, 600);
  EXPECT_EQ(done.producer, (ProducerIdentity{8, 0}));
  EXPECT_EQ(done.previous_producer_id, 7);
  EXPECT_EQ(done.next_producer_id, -1);
  EXPECT_EQ(done.last_epoch, Transaction::epoch_max);
  EXPECT_EQ(*end_with_next_epoch(done, last.producer, true, 9, 601), done);
  EXPECT_EQ(*begin_producer(done, last.producer, 9, 1000, 602), done);   // or it begins anew, as who it was
  const auto nothing = end_with_next_epoch(in_state(State::empty, Transaction::epoch_max), {7, Transaction::epoch_max}, false, 8, 500);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->producer, (ProducerIdentity{8, 0}));
  EXPECT_EQ(nothing->previous_producer_id, 7);
}

TEST(TransactionV2, AnEpochThatOnlyFencesIsNeverGivenOut) {
  for (const bool finished : {false, true}) {
    auto t = fence(in_state(State::ongoing, Transaction::epoch_max), 500);   // its time was up
    if (finished) t = completed(t, 600);
    for (const bool commit : {true, false}) EXPECT_EQ(end_with_next_epoch(t, {7, Transaction::epoch_max}, commit, 8, 700).error().reason, Reason::producer_fenced);
    EXPECT_EQ(end_with_next_epoch(t, {7, INT16_MAX}, false, 8, 700).error().reason, Reason::producer_fenced);
  }
  // Before the last epoch whose time was up may go on: it asks to abort what was aborted, and gets the epoch that fenced it.
  const auto late = completed(fence(in_state(State::ongoing, 4), 500), 600);
  EXPECT_EQ(end_with_next_epoch(late, {7, 4}, false, -1, 700)->producer.epoch, 5);
  EXPECT_EQ(end_with_next_epoch(late, {7, 4}, true, -1, 700).error().reason, Reason::invalid_transaction_state);
}

TEST(TransactionV2, BeginningAnewAfterALostAnswerGivesTheEpochOfTheAnswer) {
  const auto done = completed(*end_with_next_epoch(in_state(State::ongoing, 4), {7, 4}, true, -1, 500), 600);
  EXPECT_EQ(begin_producer(done, ProducerIdentity{7, 4}, -1, 1000, 700)->producer.epoch, 5);
  EXPECT_EQ(begin_producer(done, ProducerIdentity{7, 5}, -1, 1000, 700)->producer.epoch, 6);
  EXPECT_EQ(begin_producer(done, ProducerIdentity{7, 5}, -1, 1000, 700)->ended_epoch, -1);
  const auto as_v1 = completed(*end_by_producer(*add_partitions(done, {7, 5}, {{"orders", 0}}, 700), {7, 5}, true, 800), 900);
  EXPECT_EQ(end_with_next_epoch(as_v1, {7, 4}, true, -1, 901).error().reason, Reason::producer_fenced) << "a transaction of V1 came since";
  EXPECT_EQ(begin_producer(done, std::nullopt, -1, 1000, 700)->producer.epoch, 6);
  EXPECT_EQ(begin_producer(done, ProducerIdentity{7, 3}, -1, 1000, 700).error().reason, Reason::producer_fenced);
}

TEST(TransactionRecord, IsReadAsItWasWritten) {
  for (auto state : {State::empty, State::ongoing, State::prepare_commit, State::prepare_abort, State::complete_commit, State::complete_abort}) {
    auto t = in_state(state, 3);
    EXPECT_EQ(*decode_transaction_value("pay", encode_transaction_value(t)), t);
    t.previous_producer_id = 5;
    t.last_epoch = 2;
    EXPECT_EQ(*decode_transaction_value("pay", encode_transaction_value(t)), t);
    t.next_producer_id = 9;
    EXPECT_EQ(*decode_transaction_value("pay", encode_transaction_value(t)), t);
    t.ended_epoch = 1;
    EXPECT_EQ(*decode_transaction_value("pay", encode_transaction_value(t)), t);
  }
  EXPECT_EQ(*decode_transaction_key(encode_transaction_key("pay")), "pay");
  const auto bytes = encode_transaction_value(in_state(State::ongoing));
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_transaction_value("pay", BytesView(bytes).substr(0, n))) << n;
  EXPECT_EQ(decode_transaction_value("pay", Bytes("\0\7", 2)).error().code, ErrorCode::unsupported);
}

TEST(TransactionRecord, IsKafkasOwn) {   // by hand, from TransactionLogValue: version 0, as Kafka before 4.0 writes it
  const Bytes v0("\0\0" "\0\0\0\0\0\0\0\7" "\0\3" "\0\0\xea\x60" "\1" "\0\0\0\1" "\0\6orders" "\0\0\0\2" "\0\0\0\0" "\0\0\0\2"
                 "\0\0\0\0\0\0\0\x64" "\0\0\0\0\0\0\0\xc8", 2 + 8 + 2 + 4 + 1 + 4 + 8 + 4 + 8 + 16);
  auto expected = in_state(State::ongoing, 3);
  expected.partitions = {{"orders", 0}, {"orders", 2}};
  const auto read = decode_transaction_value("pay", v0);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, expected);
}

TEST(TransactionRecord, ReadsWhatAnEarlierVersionOfThisProgramWrote) {   // version 1 without and with its two tagged fields
  const Bytes head("\0\1" "\0\0\0\0\0\0\0\7" "\0\3" "\0\0\xea\x60" "\4" "\1" "\0\0\0\0\0\0\0\x64" "\0\0\0\0\0\0\0\xc8", 2 + 8 + 2 + 4 + 1 + 1 + 16);
  auto expected = in_state(State::complete_commit, 3);
  const auto plain = decode_transaction_value("pay", head + Bytes("\0", 1));
  ASSERT_TRUE(plain) << plain.error().text();
  EXPECT_EQ(*plain, expected);
  expected.previous_producer_id = 5;
  expected.last_epoch = 2;
  const auto tagged = decode_transaction_value("pay", head + Bytes("\2" "\0\x08\0\0\0\0\0\0\0\5" "\x8f\x4e\2\0\2", 1 + 2 + 8 + 2 + 1 + 2));
  ASSERT_TRUE(tagged) << tagged.error().text();
  EXPECT_EQ(*tagged, expected);
}

TEST(TransactionRecord, CarriesTheNextProducerIdAsKafkaDoes) {   // tag 1 of TransactionLogValue
  auto t = in_state(State::prepare_commit, INT16_MAX);
  t.partitions.clear();
  t.next_producer_id = 8;
  const auto bytes = encode_transaction_value(t);
  const Bytes tail("\1" "\1\x08\0\0\0\0\0\0\0\x08", 11);
  ASSERT_GT(bytes.size(), tail.size());
  EXPECT_EQ(bytes.substr(bytes.size() - tail.size()), tail);
}

// --- the marks of a partition

wire::BatchHeader batch(std::int64_t producer, std::int64_t base, std::int32_t records = 1) {
  wire::BatchHeader h;
  h.producer_id = producer;
  h.producer_epoch = 0;
  h.base_offset = base;
  h.last_offset_delta = records - 1;
  return h;
}

TEST(TransactionMarks, TheLastStableOffsetWaitsForMarkersOnDisk) {
  TransactionMarks m;
  EXPECT_EQ(m.last_stable(10), 10);
  m.data(batch(1, 10, 2));
  m.data(batch(2, 12));
  EXPECT_EQ(m.last_stable(13), 10);
  m.marker(batch(1, 13), true);
  m.committed(13);
  EXPECT_EQ(m.last_stable(13), 10);   // the marker itself is not on disk
  m.committed(14);
  EXPECT_EQ(m.last_stable(14), 12);
  m.marker(batch(2, 14), false);
  m.committed(15);
  EXPECT_EQ(m.last_stable(15), 15);
  ASSERT_EQ(m.aborted(0, 15).size(), 1u);
  EXPECT_EQ(m.aborted(0, 15).front().first, 12);
  EXPECT_TRUE(m.aborted(0, 12).empty());
  EXPECT_TRUE(m.aborted(15, 20).empty());
  EXPECT_EQ(m.aborted(14, 20).size(), 1u);
}

TEST(TransactionMarks, ARollbackTakesMarkersAndBeginningsBack) {
  TransactionMarks m;
  m.data(batch(1, 0));
  m.committed(1);
  m.marker(batch(1, 1), false);
  m.data(batch(1, 2));   // its next one
  m.data(batch(2, 3));
  m.truncate(1);
  EXPECT_TRUE(m.open(1));
  EXPECT_FALSE(m.open(2));
  EXPECT_EQ(m.all_open().front().first, 0);
  EXPECT_EQ(m.last_stable(1), 0);
  EXPECT_FALSE(m.any_aborted());
}

TEST(TransactionMarks, ACheckpointSeesThemAsOfTheSegments) {
  TransactionMarks m;
  m.data(batch(1, 0));
  m.marker(batch(1, 1), false);
  m.data(batch(2, 2));
  m.marker(batch(2, 5), false);
  m.committed(6);
  EXPECT_EQ(m.last_stable(6), 6);
  EXPECT_EQ(m.open_at(4).size(), 1u);
  EXPECT_EQ(m.open_at(4).front().producer.id, 2);
  EXPECT_EQ(m.aborted_at(4).size(), 1u);
  m.flushed(4);
  EXPECT_EQ(m.open_at(4).size(), 1u);
  TransactionMarks after;
  after.restore(m.open_at(4), m.aborted_at(4));
  EXPECT_EQ(after.last_stable(4), 2);
  after.marker(batch(2, 5), false);   // replayed
  after.committed(6);
  EXPECT_EQ(after.last_stable(6), 6);
  EXPECT_EQ(after.aborted(0, 6).size(), 2u);
}

TEST(TransactionMarks, AdmissionIsForOneEpochUntilTheMarker) {
  TransactionMarks m;
  m.admit({1, 4});
  EXPECT_TRUE(m.admitted({1, 4}));
  EXPECT_FALSE(m.admitted({1, 3}));
  m.marker(batch(1, 0), true);
  EXPECT_FALSE(m.admitted({1, 4}));
}

}  // namespace
}  // namespace braid::storage
