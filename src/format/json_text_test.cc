#include "format/json_text.h"

#include <gtest/gtest.h>

namespace braid::format {
namespace {

std::string again(std::string_view text, NumberStyle style = NumberStyle::as_written) {
  auto node = parse_json_text(text);
  return node ? print_json_text(*node, style) : node.error().message;
}

TEST(JsonText, KeepsOrderAndDigits) {
  EXPECT_EQ(again(R"( { "b" : 1.0 , "a" : [ 1e3 , -0 , "x\u0041\ud83d\ude00" ] } )"), "{\"b\":1.0,\"a\":[1e3,-0,\"xA😀\"]}");
  EXPECT_EQ(again(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");   // the last value, at the first place
}

TEST(JsonText, DecimalsPrintAsBigDecimal) {
  EXPECT_EQ(java_decimal_text("1.0"), "1.0");
  EXPECT_EQ(java_decimal_text("1.50"), "1.50");
  EXPECT_EQ(java_decimal_text("1e3"), "1E+3");
  EXPECT_EQ(java_decimal_text("1.5e3"), "1.5E+3");
  EXPECT_EQ(java_decimal_text("0.0000001"), "1E-7");
  EXPECT_EQ(java_decimal_text("-0.00"), "0.00");
  EXPECT_EQ(java_decimal_text("12.5e1"), "125");
}

TEST(JsonText, RefusesWithThePlace) {
  EXPECT_EQ(again("[1,]"), "not valid JSON at line 1, column 4: a value expected");
  EXPECT_EQ(again("{\n \"a\" 1}"), "not valid JSON at line 2, column 6: ':' expected after the name 'a'");
  EXPECT_EQ(again("01"), "not valid JSON at line 1, column 2: a number must not begin with 0");
  EXPECT_EQ(again("1 2"), "not valid JSON at line 1, column 3: the text goes on after its end");
  EXPECT_EQ(again(""), "not valid JSON at line 1, column 1: a value expected, the text ends");
  EXPECT_EQ(again("// c\n1"), "not valid JSON at line 1, column 1: a value expected");
  EXPECT_TRUE(parse_json_text("// c\n/* d */1", {.comments = true}));
}

TEST(JsonText, SortsAsJavaDoes) {
  EXPECT_TRUE(less_utf16("\xF0\x9F\x98\x80", "\xEF\xBD\x81"));   // a surrogate pair sorts before U+FF41
  EXPECT_EQ(print_json_text(with_sorted_keys(*parse_json_text(R"({"b":{"d":1,"c":2},"a":[{"y":1,"x":2}]})"))),
            R"({"a":[{"x":2,"y":1}],"b":{"c":2,"d":1}})");
}

}  // namespace
}  // namespace braid::format
