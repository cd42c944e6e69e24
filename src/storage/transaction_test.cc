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

TEST(TransactionRecord, IsReadAsItWasWritten) {
  for (auto state : {State::empty, State::ongoing, State::prepare_commit, State::prepare_abort, State::complete_commit, State::complete_abort}) {
    auto t = in_state(state, 3);
    EXPECT_EQ(*decode_transaction_value("pay", encode_transaction_value(t)), t);
    t.previous_producer_id = 5;
    t.last_epoch = 2;
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
