#include "base/json.h"

#include <gtest/gtest.h>

namespace braid::json {

TEST(Parse, NamesThePlace) {
  const auto bad = parse("{\"a\": 1,\n \"b\": }");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("line 2, column 7"), std::string::npos) << bad.error().message;
}
TEST(Parse, RefusesTextBehindTheValueAndDeepNesting) {
  EXPECT_FALSE(parse("{} x"));
  EXPECT_FALSE(parse(std::string(100'000, '[')));
  EXPECT_TRUE(parse("[1, 2] \n"));
}
TEST(Fields, NameTheFieldThatIsWrong) {
  const auto o = parse_object(R"({"n": "x", "list": ["a"], "nil": null})");
  ASSERT_TRUE(o);
  EXPECT_EQ(optional_int(*o, "n").error().message, "field 'n' must be a whole number, got a string");
  EXPECT_EQ(required_string(*o, "m").error().message, "field 'm' is missing");
  EXPECT_EQ(*optional_string(*o, "nil"), std::nullopt);
  EXPECT_EQ(string_list(*o, "list")->size(), 1u);
}
TEST(Pretty, KeepsKeyOrder) { EXPECT_EQ(pretty(*parse(R"({"b":1,"a":[],"c":[true]})")), "{\n  \"b\": 1,\n  \"a\": [],\n  \"c\": [\n    true\n  ]\n}"); }

}  // namespace braid::json
