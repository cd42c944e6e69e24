#include "storage/group_records.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace braid::storage
