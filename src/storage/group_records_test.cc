#include "storage/group_records.h"

#include <gtest/gtest.h>

#include "storage/consumer_records.h"

namespace braid::storage {
namespace {

TEST(GroupRecords, OffsetsRoundTrip) {
  const OffsetKey key{"g", "orders", PartitionId{3}};
  const OffsetCommit commit{"orders", PartitionId{3}, Offset{77}, 5, "note", 123456789};
  const auto back = decode_group_key(encode(key));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<OffsetKey>(*back), key);
  EXPECT_EQ(*decode_offset_value(key, encode_value(commit)), commit);
  EXPECT_EQ(encode(key), Bytes("\0\1\0\1g\0\6orders\0\0\0\3", 17));   // Kafka's bytes
}

TEST(GroupRecords, GroupsRoundTrip) {
  StoredGroup group{"g", "consumer", 4, "range", "a", 99, {{"a", "i1", "c", "/127.0.0.1", 60000, 10000, "sub", "ass"}, {"b", {}, "c", "/::1", 1, 2, "", ""}}};
  const auto key = decode_group_key(encode(GroupKey{"g"}));
  ASSERT_TRUE(key);
  EXPECT_EQ(*decode_group_value(std::get<GroupKey>(*key), encode_value(group)), group);
}

TEST(GroupRecords, OldVersionsAreRead) {
  Bytes v1;
  Writer w(v1);
  w.be<std::int16_t>(1);
  w.be<std::int64_t>(5);
  w.be<std::int16_t>(1);
  w.bytes("m");
  w.be<std::int64_t>(7);
  w.be<std::int64_t>(8);
  const auto commit = decode_offset_value({"g", "t", PartitionId{0}}, v1);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->offset.value, 5);
  EXPECT_EQ(commit->committed_ms, 7);
}

TEST(GroupRecords, CutAnywhereIsAnError) {
  StoredGroup group{"g", "consumer", 4, "range", "a", 99, {{"a", "i1", "c", "/127.0.0.1", 60000, 10000, "sub", "ass"}}};
  const auto bytes = encode_value(group);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_group_value({"g"}, BytesView(bytes).substr(0, n))) << n;
  EXPECT_FALSE(decode_group_key(Bytes("\0\x9", 2)));
}

StoredConsumerGroup a_consumer_group() {
  Uuid topic{};
  topic[3] = 7;
  StoredConsumerMember m{"i1", std::nullopt, "c", "/127.0.0.1", {"a", "b"}, "x.*", 60000, "range", {{topic, {0, 1}}}, 5, 4, Reconciliation::unrevoked_partitions, {{topic, {0}}}, {{topic, {2}}}};
  StoredConsumerGroup group{"g", 6, 5, {}};
  group.members["m1"] = m;
  group.members["m2"] = StoredConsumerMember{{}, {}, "", "", {}, {}, 1, {}, {}, 0, 0, Reconciliation::stable, {}, {}};
  return group;
}

TEST(ConsumerRecords, GroupsRoundTrip) {
  const auto group = a_consumer_group();
  StoredConsumerGroup back;
  for (const auto& r : encode_consumer_group(group)) {
    const auto key = decode_group_key(r.key);
    ASSERT_TRUE(key) << key.error().text();
    EXPECT_EQ(std::get<ConsumerGroupKey>(*key).group, "g");
    ASSERT_TRUE(apply_consumer_record(back, r.key, *r.value));
  }
  EXPECT_EQ(back, group);
}

TEST(ConsumerRecords, BytesAreKafkas) {   // checked by hand against ConsumerGroupMetadata{Key,Value} and ConsumerGroupMemberMetadata{Key,Value}
  StoredConsumerGroup group{"g", 6, std::nullopt, {}};
  const auto epoch = encode_consumer_group(group);
  ASSERT_EQ(epoch.size(), 1u);
  EXPECT_EQ(epoch[0].key, Bytes("\0\3\0\1g", 5));
  EXPECT_EQ(*epoch[0].value, Bytes("\0\0\0\0\0\6\0", 7));
  group.epoch.reset();
  group.members["m"] = std::nullopt;
  const auto gone = encode_consumer_group(group);
  ASSERT_EQ(gone.size(), 3u);
  EXPECT_EQ(gone.back().key, Bytes("\0\5\0\1g\0\1m", 8));
  EXPECT_FALSE(gone.back().value);
  StoredConsumerMember m;
  m.client_id = "c";
  m.client_host = "/h";
  m.topics = {"t"};
  m.rebalance_timeout_ms = 1;
  group.members["m"] = m;
  EXPECT_EQ(*encode_consumer_group(group).front().value, Bytes("\0\0\0\0\2c\3/h\2\2t\0\0\0\0\1\0\0", 19));
}

TEST(ConsumerRecords, CutAnywhereIsAnError) {
  for (const auto& r : encode_consumer_group(a_consumer_group()))
    for (std::size_t n = 0; n < r.value->size(); ++n) {
      StoredConsumerGroup back;
      EXPECT_FALSE(apply_consumer_record(back, r.key, BytesView(*r.value).substr(0, n))) << n;
    }
}

}  // namespace
}  // namespace braid::storage
