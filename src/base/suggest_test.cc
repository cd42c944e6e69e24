#include "base/suggest.h"

#include <gtest/gtest.h>

namespace braid {
namespace {

TEST(EditDistance, CountsASwapOnce) {
  EXPECT_EQ(edit_distance("pagevews", "pageviews"), 1u);
  EXPECT_EQ(edit_distance("sotcktrades", "stocktrades"), 1u);
  EXPECT_EQ(edit_distance("USERS", "users"), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(NearestName, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known{"pageviews", "stocktrades", "users"};
  EXPECT_EQ(nearest_name("pagevews", known), "pageviews");
  EXPECT_EQ(nearest_name("stock", known), "stocktrades");
  EXPECT_EQ(nearest_name("zebra", known), "");
  EXPECT_EQ(did_you_mean("user", known), "did you mean \"users\"?");
  EXPECT_EQ(did_you_mean("", known), "");
}

}  // namespace
}  // namespace braid
