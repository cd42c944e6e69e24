#include "format/cel/expression.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace braid::format::cel {
namespace {

// The value as text, or "!" and the message.
std::string result(std::string_view text, std::string_view message = R"({"name":"Ada","age":36,"email":null,"tags":["a","b"],"address":{"zip":"12345"},"price":9.5})") {
  static constexpr std::string_view variables[] = {"message", "value"};
  const auto expression = Expression::compile(text, variables);
  if (!expression) return "!" + expression.error().message + (expression.error().hint.empty() ? "" : "; " + expression.error().hint);
  const auto json = parse_json_text(message);
  const Value root = from_json(*json);
  auto out = (*expression)->evaluate([&](std::string_view name) -> const Value* { return name == "message" ? &root : nullptr; });
  if (!out) return "!" + out.error().message + (out.error().hint.empty() ? "" : "; " + out.error().hint);
  return text_of(*out);
}

TEST(Cel, Arithmetic) {
  EXPECT_EQ(result("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(result("7 % 3"), "1");
  EXPECT_EQ(result("-7 / 2"), "-3");
  EXPECT_EQ(result("-7 % 2"), "-1");
  EXPECT_EQ(result("1.5 + 2.0"), "3.5");
  EXPECT_EQ(result("0x1F + 1"), "32");
  EXPECT_EQ(result("2u * 3u"), "6u");
  EXPECT_EQ(result("-(1 + 2)"), "-3");
  EXPECT_EQ(result("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(result("9223372036854775807 + 1"), "!+: 9223372036854775807 and 1 go beyond 64 bits, at character 21");
  EXPECT_EQ(result("1 / 0"), "!divide by zero: 1 / 0, at character 3");
  EXPECT_EQ(result("1 % 0"), "!modulus by zero: 1 % 0, at character 3");
  EXPECT_EQ(result("1.0 / 0.0"), "Infinity");
  EXPECT_EQ(result("1 + 1.0"), "!no such overload: +(int, double), at character 3");
  EXPECT_EQ(result("1u - 2u").substr(0, 2), "!-");
}

TEST(Cel, LogicAbsorbsErrors) {
  EXPECT_EQ(result("true && false || true"), "true");
  EXPECT_EQ(result("1 / 0 > 1 || true"), "true");
  EXPECT_EQ(result("false && 1 / 0 > 1"), "false");
  EXPECT_EQ(result("1 / 0 > 1 && false"), "false");
  EXPECT_EQ(result("1 / 0 > 1 || false").substr(0, 7), "!divide");
  EXPECT_EQ(result("true ? 1 : 1 / 0"), "1");
  EXPECT_EQ(result("!true"), "false");
  EXPECT_EQ(result("!!true"), "true");
  EXPECT_EQ(result("1 && true").substr(0, 17), "!no such overload");
  EXPECT_EQ(result("'a' ? 1 : 2").substr(0, 17), "!no such overload");
}

TEST(Cel, Comparisons) {
  EXPECT_EQ(result("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2 && 1 == 1"), "true");
  EXPECT_EQ(result("1 == 1.0 && 1u == 1 && 1 < 1.5 && 2u > 1"), "true");
  EXPECT_EQ(result("'a' < 'b' && b'a' < b'b' && false < true"), "true");
  EXPECT_EQ(result("1 == 'a'"), "false");
  EXPECT_EQ(result("1 < 'a'").substr(0, 17), "!no such overload");
  EXPECT_EQ(result("[1, 2] == [1, 2.0] && {'a': 1} == {'a': 1u}"), "true");
  EXPECT_EQ(result("9007199254740993 == 9007199254740992.0"), "false");   // exact, not by double
  EXPECT_EQ(result("double('NaN') == double('NaN') || double('NaN') < 1.0"), "false");
  EXPECT_EQ(result("2 in [1, 2] && !(3 in [1, 2]) && 'a' in {'a': 1}"), "true");
}

TEST(Cel, FieldsAndIndexes) {
  EXPECT_EQ(result("message.name"), "\"Ada\"");
  EXPECT_EQ(result("message.address.zip.size()"), "5");
  EXPECT_EQ(result("message['name']"), "\"Ada\"");
  EXPECT_EQ(result("message.tags[1]"), "\"b\"");
  EXPECT_EQ(result("message.tags[2]"), "!index out of bounds: 2 of a list of 2, at character 13");
  EXPECT_EQ(result("message.nmae"), "!no such field: nmae, at character 8; its fields are name, age, email, tags, address, price");
  EXPECT_EQ(result("has(message.name) && !has(message.nmae)"), "true");
  EXPECT_EQ(result("has(message.name.first)").substr(0, 15), "!no such field:");
  EXPECT_EQ(result("message.email == null"), "true");
  EXPECT_EQ(result("{'a': 1}['b']"), "!no such key: \"b\", at character 9");
  EXPECT_EQ(result("{'a': 1, 'a': 2}"), "!the key \"a\" comes twice, at character 1");
}

TEST(Cel, Macros) {
  EXPECT_EQ(result("[1, 2, 3].all(x, x > 0)"), "true");
  EXPECT_EQ(result("[1, 2, 3].exists(x, x > 2)"), "true");
  EXPECT_EQ(result("[1, 2, 3].exists_one(x, x > 2)"), "true");
  EXPECT_EQ(result("[1, 2, 3].map(x, x * 2)"), "[2, 4, 6]");
  EXPECT_EQ(result("[1, 2, 3].map(x, x > 1, x * 2)"), "[4, 6]");
  EXPECT_EQ(result("[1, 2, 3].filter(x, x != 2)"), "[1, 3]");
  EXPECT_EQ(result("{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])"), "true");
  EXPECT_EQ(result("[[1], [2, 3]].all(l, l.exists(x, x > 0))"), "true");
  EXPECT_EQ(result("[1, 0].exists(x, 1 / x == 1)"), "true");                // an error does not hide the hit
  EXPECT_EQ(result("[0, 1].all(x, 1 / x == 2)"), "false");
  EXPECT_EQ(result("[0].all(x, 1 / x == 1)").substr(0, 7), "!divide");
  EXPECT_EQ(result("[].all(x, x)"), "true");
  EXPECT_EQ(result("x + 1").substr(0, 23), "!there is no variable x");
}

TEST(Cel, Texts) {
  EXPECT_EQ(result("'a' + \"b\" + '''c''' + r'\\n'"), "\"abc\\\\n\"");
  EXPECT_EQ(result("'\\u00e4\\x41\\101'"), "\"äAA\"");
  EXPECT_EQ(result("size('äöü')"), "3");
  EXPECT_EQ(result("size(b'äöü')"), "6");
  EXPECT_EQ(result("'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo')"), "true");
  EXPECT_EQ(result("'hello'.matches('^h.*o$') && matches('abc', 'b')"), "true");
  EXPECT_EQ(result("'a'.matches('(')").substr(0, 11), "!matches():");
  EXPECT_EQ(result("'tacocat'.charAt(3)"), "\"o\"");
  EXPECT_EQ(result("'hello mellow'.indexOf('ello', 2)"), "7");
  EXPECT_EQ(result("'hello mellow'.lastIndexOf('ello')"), "7");
  EXPECT_EQ(result("'hello'.indexOf('x')"), "-1");
  EXPECT_EQ(result("'tacocat'.substring(4) + 'tacocat'.substring(0, 4)"), "\"cattaco\"");
  EXPECT_EQ(result("'hello hello'.replace('he', 'we', 1)"), "\"wello hello\"");
  EXPECT_EQ(result("'a,b,c'.split(',')"), "[\"a\", \"b\", \"c\"]");
  EXPECT_EQ(result("'a,b,c'.split(',', 2)"), "[\"a\", \"b,c\"]");
  EXPECT_EQ(result("['a', 'b'].join('-')"), "\"a-b\"");
  EXPECT_EQ(result("'  Ab '.trim().lowerAscii() + 'x'.upperAscii()"), "\"abX\"");
  EXPECT_EQ(result("'ada@example.org'.isEmail() && !'ada'.isEmail() && isIpv4('10.0.0.1') && isUuid('095d71cf-1255-6b9d-5e33-0ad575b3df5d') && 'http://x.org/a?b'.isUri()"), "true");
  EXPECT_EQ(result("'::1'.isIpv6() && '1::8'.isIpv6() && !'1::2::3'.isIpv6() && 'a.example'.isHostname() && '/a/b'.isUriRef()"), "true");
}

TEST(Cel, Conversions) {
  EXPECT_EQ(result("int('42') + int(2.9) + int(3u)"), "47");
  EXPECT_EQ(result("int('x')"), "!int(): \"x\" is no whole number, at character 1");
  EXPECT_EQ(result("uint(-1)").substr(0, 8), "!uint():");
  EXPECT_EQ(result("string(1.5) + string(2) + string(true) + string(b'x')"), "\"1.52truex\"");
  EXPECT_EQ(result("double('1e3')"), "1000.0");
  EXPECT_EQ(result("type(1) == int && type('a') == string && type([]) == list && type(null) == null_type && type(type(1)) == type"), "true");
  EXPECT_EQ(result("bool('true')"), "true");
}

TEST(Cel, Times) {
  EXPECT_EQ(result("string(timestamp('2026-11-27T08:30:00.5+01:00'))"), "\"2026-11-27T07:30:00.5Z\"");
  EXPECT_EQ(result("timestamp('2026-11-27T08:30:00Z') + duration('1h30m') == timestamp('2026-11-27T10:00:00Z')"), "true");
  EXPECT_EQ(result("timestamp('2026-11-27T08:30:00Z') - timestamp('2026-11-27T08:00:00Z') == duration('30m')"), "true");
  EXPECT_EQ(result("timestamp('2026-11-27T08:30:00Z').getFullYear()"), "2026");
  EXPECT_EQ(result("timestamp('2026-11-27T08:30:00Z').getMonth()"), "10");
  EXPECT_EQ(result("timestamp('2026-11-27T08:30:00Z').getDayOfWeek()"), "5");
  EXPECT_EQ(result("timestamp('2026-11-27T23:30:00Z').getDate('Europe/Berlin')"), "28");
  EXPECT_EQ(result("timestamp('2026-11-27T23:30:00Z').getHours('+02:00')"), "1");
  EXPECT_EQ(result("duration('90m').getHours() + duration('1.5s').getMilliseconds()"), "501");
  EXPECT_EQ(result("int(timestamp('1970-01-02T00:00:00Z'))"), "86400");
  EXPECT_EQ(result("timestamp('soon')").substr(0, 13), "!timestamp():");
}

TEST(Cel, RefusesWhatItCannotRead) {
  EXPECT_EQ(result(""), "!a value expected, the text ends, at character 1");
  EXPECT_EQ(result("1 +"), "!a value expected, the text ends, at character 4");
  EXPECT_EQ(result("1 2"), "!'2' is not expected here, at character 3");
  EXPECT_EQ(result("sise('a')"), "!there is no function sise(), at character 1; did you mean size()?");
  EXPECT_EQ(result("messge.name"), "!there is no variable messge, at character 1; there are: message, value");
  EXPECT_EQ(result("size()").substr(0, 13), "!size() takes");
  EXPECT_EQ(result("'abc"), "!a text that does not end, at character 1");
  EXPECT_EQ(result("Foo{a: 1}").substr(0, 24), "!messages cannot be made");
  EXPECT_EQ(result("has(message)"), "!has() takes a field, as in has(message.name), at character 1");
  EXPECT_EQ(result("value == 1"), "!the variable value has no value here, at character 1");
  EXPECT_EQ(result(std::string(5000, '(')).substr(0, 29), "!the expression is nested too");
  EXPECT_EQ(result(std::string(5000, '!') + "true").substr(0, 29), "!the expression is nested too");
}

TEST(Cel, SlowExpressionsHitABudget) {
  EXPECT_EQ(result("[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, true))))))").substr(0, 31),
            "!the expression takes more than");
}

// Any soup of tokens ends in a value or an error.
TEST(Cel, AnyTextEnds) {
  std::mt19937 random(11);
  const std::string_view tokens[] = {"1", "2.5", "'a'", "message", ".name", "[", "]", "(", ")", "{", "}", ",", ":", "?", "&&", "||", "!", "-", "+", "==", "<", " in ", ".all(", "x", "has(", "size(", "0x", "b'", "\\", "\"", "u", "null", "."};
  int values = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int n = int(random() % 12); n >= 0; --n) text += tokens[random() % std::size(tokens)];
    if (!result(text).starts_with("!")) ++values;
  }
  EXPECT_GT(values, 100);
}

}  // namespace
}  // namespace braid::format::cel
