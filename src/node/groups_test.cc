#include "node/groups.h"

#include <gtest/gtest.h>

namespace braid::node {
namespace {

Bytes assignment(const std::vector<std::pair<std::string, std::vector<std::int32_t>>>& topics) {
  Bytes out;
  Writer w(out);
  w.be(std::int16_t(1));
  w.be(std::int32_t(topics.size()));
  for (const auto& [topic, partitions] : topics) {
    w.be(std::int16_t(topic.size()));
    w.bytes(topic);
    w.be(std::int32_t(partitions.size()));
    for (const auto p : partitions) w.be(p);
  }
  w.be(std::int32_t(-1));   // no user data
  return out;
}

TEST(Assignment, IsReadAsConsumersWriteIt) {
  const auto read = partitions_assigned(assignment({{"orders", {0, 3}}, {"trades", {}}}));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read.at("orders"), (std::vector<std::int32_t>{0, 3}));
  EXPECT_TRUE(read.at("trades").empty());
}

TEST(Assignment, AnyBytesAreReadOrLeftOut) {
  const Bytes whole = assignment({{"orders", {0, 1, 2}}});
  for (std::size_t n = 0; n < whole.size() - 4; ++n) EXPECT_TRUE(partitions_assigned(BytesView(whole).substr(0, n)).empty()) << n;
  Bytes endless = whole;
  store_be<std::int32_t>(endless.data() + 2, 0x7fffffff);   // more topics than bytes
  EXPECT_EQ(partitions_assigned(endless).size(), 1u);
}

}  // namespace
}  // namespace braid::node
