#include "base/error.h"

#include <gtest/gtest.h>

namespace braid {

TEST(Render, PointsAtThePlaceInTheRightLine) {
  const std::string sql = "SELECT a,\n       amuont\nFROM orders";
  const Error error{ErrorCode::not_found, "column \"amuont\" does not exist", "did you mean \"amount\"?", SourceSpan{17, 23}};
  EXPECT_EQ(render(error, sql),
            "error: column \"amuont\" does not exist\n"
            "  2 |        amuont\n"
            "             ^^^^^^\n"
            "hint: did you mean \"amount\"?\n");
}

TEST(Render, SurvivesAPlaceAtTheEndOfTheText) {
  EXPECT_EQ(render(Error{ErrorCode::invalid_input, "unexpected end", "", SourceSpan{6, 7}}, "SELECT"),
            "error: unexpected end\n  1 | SELECT\n            ^\n");
}

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorCode::invalid_input, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  TRY(auto h, half(n));
  TRY_VOID(half(h));
  return half(h);
}
TEST(Try, LeavesWithTheFirstError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

}  // namespace braid
