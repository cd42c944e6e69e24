#include "sql/functions.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "sql/java_time.h"

namespace braid::sql {
namespace {

using data::Blob;
using data::Decimal;
using data::Kind;

struct Typed {
  Typed(Value v, Type t) : value(std::move(v)), type(std::move(t)) {}
  Typed(int v) : value(v), type(Kind::integer) {}                              // NOLINT
  Typed(std::int64_t v) : value(v), type(Kind::bigint) {}                      // NOLINT
  Typed(double v) : value(v), type(Kind::double_) {}                           // NOLINT
  Typed(bool v) : value(v), type(Kind::boolean) {}                             // NOLINT
  Typed(const char* v) : value(v), type(Kind::string) {}                       // NOLINT
  Typed(std::nullptr_t) : value(), type(Kind::string), null_literal(true) {}   // NOLINT
  Value value;
  Type type;
  bool null_literal = false;
};
Typed ints(std::vector<int> items) {
  data::Values values;
  for (int i : items) values.emplace_back(i);
  return {Value::array(std::move(values)), Type::array(Kind::integer)};
}
Typed texts(std::vector<const char*> items) {
  data::Values values;
  for (const char* i : items) values.push_back(i == nullptr ? Value() : Value(i));
  return {Value::array(std::move(values)), Type::array(Kind::string)};
}
Typed dec(const char* text, int p, int s) { return {Value(*Decimal::parse(text)->rescaled(s)), Type::decimal(p, s)}; }
Typed blob(const char* text) { return {Value(Blob{text}), Kind::bytes}; }

std::string call(const char* name, std::vector<Typed> args, bool literals = false) {
  std::vector<ArgumentType> types;
  for (const auto& a : args) {
    types.push_back({.type = a.null_literal ? std::nullopt : std::optional(a.type)});
    if (literals) types.back().constant = a.value;
  }
  const auto f = resolve_scalar(name, types);
  if (!f) return f.error().message;
  std::vector<Value> values;
  for (std::size_t i = 0; i < args.size(); ++i) {
    Value v = args[i].value;
    if (f->parameters[i] && !v.null()) v = *cast_value(v, args[i].type, *f->parameters[i]);
    if (v.null() && f->null_in_null_out) return "null";
    values.push_back(std::move(v));
  }
  const auto out = f->eval(values, {}, CallContext{.now_ms = 86'400'000LL * 200});
  if (!out) return "error: " + out.error().message;
  return out->debug_text();
}

TEST(Scalars, Math) {
  EXPECT_EQ(call("ABS", {-1}), "1");
  EXPECT_EQ(call("abs", {dec("-3.2", 2, 1)}), "3.2");
  EXPECT_EQ(call("ABS", {INT32_MIN}), "-2147483648");
  EXPECT_EQ(call("ROUND", {1.5}), "2");
  EXPECT_EQ(call("ROUND", {-1.5}), "-1");
  EXPECT_EQ(call("ROUND", {1.2345, 2}), "1.23");
  EXPECT_EQ(call("ROUND", {dec("12345678987654321.2345678987654321", 33, 16), -2}), "12345678987654300.0000000000000000");
  EXPECT_EQ(call("ROUND", {dec("12345678987654321.2345678987654321", 33, 16)}), "12345678987654321");
  EXPECT_EQ(call("TRUNC", {12345.67, -3}), "12000.0");
  EXPECT_EQ(call("TRUNC", {-1.7}), "-1");
  EXPECT_EQ(call("CEIL", {dec("1.1", 2, 1)}), "2.0");
  EXPECT_EQ(call("FLOOR", {-1.1}), "-2.0");
  EXPECT_EQ(call("SIGN", {-5.5}), "-1");
  EXPECT_EQ(call("LOG", {13}), "2.5649493574615367");
  EXPECT_EQ(call("LOG", {15, 13}), "0.9471572411831843");
  EXPECT_EQ(call("SQRT", {dec("4.00", 4, 2)}), "2.0");
  EXPECT_EQ(call("GREATEST", {dec("1234567.89", 9, 2), dec("0.123456", 7, 6)}), "1234567.890000");
  EXPECT_EQ(call("LEAST", {3, nullptr, 2}), "2");
  EXPECT_EQ(call("GEO_DISTANCE", {37.4439, -122.1663, 51.5257, -0.1122}).substr(0, 15), "8634.6597965795");
  EXPECT_EQ(call("GEO_DISTANCE", {37.4439, -122.1663, 51.5257, -0.1122, "MI"}).substr(0, 15), "5365.6597291882");
}

TEST(Scalars, ResolutionErrors) {
  EXPECT_EQ(call("WONT_FIND_ME", {1}), "Can't find any functions with the name 'WONT_FIND_ME'");
  EXPECT_TRUE(call("greatest", {}).starts_with("Function 'greatest' does not accept parameters ()."));
  EXPECT_TRUE(call("greatest", {1, std::int64_t{2}}).starts_with("Function 'greatest' cannot be resolved due to ambiguous method parameters (INTEGER, BIGINT)."));
  EXPECT_EQ(call("greatest", {1, std::int64_t{2}, 3.5}), "3.5");
  EXPECT_TRUE(call("greatest", {nullptr, nullptr}).starts_with("Function 'greatest' cannot be resolved due to ambiguous method parameters (null, null)."));
  EXPECT_TRUE(call("DATEADD", {Typed(Value(data::Date{1}), Kind::date), 1, Typed(Value(data::Date{1}), Kind::date)}).starts_with("Function 'dateadd' does not accept parameters (DATE, INTEGER, DATE)."));
  const ArgumentType map{.type = Type::map(Kind::string, Kind::integer)};
  EXPECT_TRUE(resolve_table_function("EXPLODE", std::span(&map, 1)).error().message.starts_with(
      "Function 'explode' does not accept parameters (MAP<STRING, INTEGER>).\nValid alternatives are:\nexplode(ARRAY<DECIMAL> input)\nexplode(ARRAY<T> list)"));
}

TEST(Scalars, Text) {
  EXPECT_EQ(call("SUBSTRING", {"some_string", 6, 3}), "'str'");
  EXPECT_EQ(call("SUBSTRING", {"short", 6}), "''");
  EXPECT_EQ(call("SUBSTRING", {"stream", -3}), "'eam'");
  EXPECT_EQ(call("SUBSTRING", {"äöü€", 2, 2}), "'öü'");
  EXPECT_EQ(call("LEN", {"a😀"}), "3");
  EXPECT_EQ(call("INSTR", {"CORPORATE FLOOR", "OR", 3, 2}), "14");
  EXPECT_EQ(call("INSTR", {"CORPORATE FLOOR", "OR", -3}), "5");
  EXPECT_EQ(call("INSTR", {"CORPORATE FLOOR", "OR", -3, 2}), "2");
  EXPECT_EQ(call("INITCAP", {"the   Quick br0wn fOx"}), "'The   Quick Br0wn Fox'");
  EXPECT_EQ(call("CONCAT", {"a", nullptr, "b"}), "'ab'");
  EXPECT_EQ(call("CONCAT_WS", {", ", "apple", "banana", nullptr, "date"}), "'apple, banana, date'");
  EXPECT_EQ(call("LPAD", {"Foo", 7, "Bar"}), "'BarBFoo'");
  EXPECT_EQ(call("RPAD", {"Foo", 7, "Bar"}), "'FooBarB'");
  EXPECT_EQ(call("MASK", {"My Test $123"}), "'Xx-Xxxx--nnn'");
  EXPECT_EQ(call("MASK", {"My Test $123", "*", nullptr, "1", nullptr}), "'*y *est $111'");
  EXPECT_EQ(call("MASK_KEEP_LEFT", {"My Test $123", 4}), "'My Txxx--nnn'");
  EXPECT_EQ(call("MASK_LEFT", {"My Test $123", 4}), "'Xx-Xest $123'");
  EXPECT_EQ(call("MASK_RIGHT", {"My Test $123", 4}), "'My Test -nnn'");
  EXPECT_EQ(call("MASK_KEEP_RIGHT", {"My Test $123", 4}), "'Xx-Xxxx-$123'");
  EXPECT_EQ(call("SPLIT", {"a.b.", "."}), "['a', 'b', '']");
  EXPECT_EQ(call("SPLIT", {"aé", ""}), "['a', 'é']");
  EXPECT_EQ(call("SPLIT_TO_MAP", {"apple:=green/cherry:=red", "/", ":="}), "{'apple': 'green', 'cherry': 'red'}");
  EXPECT_EQ(call("CHR", {"\\u597d"}), "'好'");
  EXPECT_EQ(call("CHR", {75}), "'K'");
  EXPECT_EQ(call("ENCODE", {"4578616d706C6521", "hex", "ascii"}), "'Example!'");
  EXPECT_EQ(call("FROM_BYTES", {blob("!"), "hex"}), "'21'");
  EXPECT_EQ(call("MD5", {"hash me"}), "'17b31dce96b9d6c6d0a6ba95f47796fb'");
  EXPECT_EQ(call("UCASE", {"straße"}), "'STRASSE'");
  EXPECT_EQ(call("REPLACE", {"foo bar foo", "foo", "x"}), "'x bar x'");
  EXPECT_EQ(call("FIELD", {"hello", nullptr, "hello"}), "2");
  EXPECT_EQ(call("ELT", {2, "a", "b"}), "'b'");
  EXPECT_EQ(call("ELT", {3, "a", "b"}), "null");
}

TEST(Scalars, Regex) {
  EXPECT_EQ(call("REGEXP_EXTRACT", {"(.*) (.*)", "hello there", 2}, true), "'there'");
  EXPECT_EQ(call("REGEXP_EXTRACT", {"(.*) (.*)", "hello there", 2}), "'there'");
  EXPECT_EQ(call("REGEXP_EXTRACT_ALL", {"(\\w+) (\\w*)", "apurva mehta agavra ", 2}), "['mehta', '']");
  EXPECT_EQ(call("REGEXP_REPLACE", {"foobar", "a.b+", "x"}), "'foobar'");
  EXPECT_EQ(call("REGEXP_SPLIT_TO_ARRAY", {"aabcda", "(ab|cd)"}), "['a', '', 'a']");
  EXPECT_TRUE(call("REGEXP_EXTRACT", {"(", "x"}).starts_with("error: '(' is no regular expression"));
  EXPECT_EQ(call("REGEXP_EXTRACT", {"(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}),
            "error: the regular expression takes too long on this text: it was given up");
}

TEST(Scalars, Time) {
  EXPECT_EQ(call("FORMAT_TIMESTAMP", {Typed(Value(data::Timestamp{1526075913000}), Kind::timestamp), "yyyy-MM-dd HH:mm:ss zzz", "America/Los_Angeles"}), "'2018-05-11 14:58:33 PDT'");
  EXPECT_EQ(call("PARSE_TIMESTAMP", {"2018-05-11T21:58:33 PST", "yyyy-MM-dd'T'HH:mm:ss zzz"}), "timestamp 1526101113000");
  EXPECT_EQ(call("STRINGTOTIMESTAMP", {"2019-08-27T13:31:09.2+0000", "yyyy-MM-dd'T'HH:mm:ss.SX"}), "1566912669200");
  EXPECT_EQ(call("STRINGTOTIMESTAMP", {"2020-05-11T21:58:33z", "yyyy-MM-dd'T'HH:mm:ssX"}), "1589234313000");
  EXPECT_EQ(call("PARSE_DATE", {"01-JAN-2022", "dd-MMM-yyyy"}, true), "date 18993");
  EXPECT_EQ(call("PARSE_DATE", {"20220101", "yyyyMMdd"}), "date 18993");
  EXPECT_EQ(call("FORMAT_DATE", {Typed(Value(data::Date{-1}), Kind::date), "dd-MM-yyyy'Sophia'"}), "'31-12-1969Sophia'");
  EXPECT_EQ(call("FORMAT_TIME", {Typed(Value(data::Time{65000}), Kind::time), "HH_mm_ss_SSS"}), "'00_01_05_000'");
  EXPECT_EQ(call("PARSE_TIME", {"1:05 PM", "h:mm a"}), "time 47100000");
  EXPECT_EQ(call("CONVERT_TZ", {Typed(Value(data::Timestamp{100}), Kind::timestamp), "+0200", "+0500"}), "timestamp 10800100");
  EXPECT_EQ(call("CONVERT_TZ", {Typed(Value(data::Timestamp{1589234313000}), Kind::timestamp), "America/Los_Angeles", "America/New_York"}), "timestamp 1589245113000");
  EXPECT_EQ(call("TIMESTAMPADD", {"SECONDS", 5, Typed(Value(data::Timestamp{100}), Kind::timestamp)}), "timestamp 5100");
  EXPECT_EQ(call("DATESUB", {"DAYS", 5, Typed(Value(data::Date{3}), Kind::date)}), "date -2");
  EXPECT_EQ(call("TIMESUB", {"HOURS", 1, Typed(Value(data::Time{0}), Kind::time)}), "time 82800000");
  EXPECT_EQ(call("UNIX_DATE", {}), "200");
  EXPECT_TRUE(call("PARSE_DATE", {"x", "yyyy"}).starts_with("error: Text 'x' could not be parsed"));
}

TEST(JavaTime, RoundTripsPatterns) {
  for (const char* pattern : {"yyyy-MM-dd HH:mm:ss.SSS", "uuuuMMddHHmmssSSS", "EEEE, d MMMM yyyy h:mm:ss.SSS a", "yyyy-D'x'AAAAAAAA", "dd/MM/yyyy[ HH:mm:ss.SSS]"}) {
    const auto p = TimePattern::compile(pattern);
    ASSERT_TRUE(p) << pattern;
    for (const std::int64_t ms : {0LL, 1582934399999LL, 1709210096123LL, 4102444800000LL}) {
      const std::string text = p->format(ms, TimeZone::utc(), 0);
      const auto back = p->parse(text);
      ASSERT_TRUE(back) << pattern << " " << text << " " << back.error().message;
      EXPECT_EQ(*back->days * 86'400'000 + back->ms_of_day.value_or(0), ms) << pattern << " " << text;
    }
  }
  for (std::int64_t day = -1'000'000; day < 1'000'000; day += 37) {
    const Civil c = civil_of_days(day);
    ASSERT_EQ(days_of_civil(c.year, c.month, c.day), day);
  }
}

TEST(Scalars, ArraysAndMaps) {
  EXPECT_EQ(call("ARRAY_CONCAT", {ints({1, 2, 3, 1, 2}), ints({4, 1})}), "[1, 2, 3, 1, 2, 4, 1]");
  EXPECT_EQ(call("ARRAY_DISTINCT", {texts({"apple", "apple", nullptr, "cherry"})}), "['apple', null, 'cherry']");
  EXPECT_EQ(call("ARRAY_EXCEPT", {ints({1, 2, 3, 1, 2}), ints({2, 3})}), "[1]");
  EXPECT_EQ(call("ARRAY_INTERSECT", {ints({1, 2, 3, 1, 2}), ints({2, 1})}), "[1, 2]");
  EXPECT_EQ(call("ARRAY_UNION", {ints({1, 2, 3, 1, 2}), ints({4, 1})}), "[1, 2, 3, 4]");
  EXPECT_EQ(call("ARRAY_SORT", {texts({"Foo", "Bar", nullptr, "baz"})}), "['Bar', 'Foo', 'baz', null]");
  EXPECT_EQ(call("ARRAY_SORT", {ints({1, 3, 2}), "desc"}), "[3, 2, 1]");
  EXPECT_EQ(call("ARRAY_REMOVE", {texts({"Foo", "Bar", nullptr, "baz"}), nullptr}), "['Foo', 'Bar', 'baz']");
  EXPECT_EQ(call("ARRAY_JOIN", {texts({"Hello", "", nullptr}), "|"}), "'Hello||null'");
  EXPECT_EQ(call("ARRAY_MAX", {texts({"Foo", "Bar", nullptr, "baz"})}), "'baz'");
  EXPECT_EQ(call("SLICE", {ints({1, 2, 3, 4}), 2, 3}), "[2, 3]");
  EXPECT_EQ(call("GENERATE_SERIES", {1, 7, 3}), "[1, 4, 7]");
  EXPECT_EQ(call("GENERATE_SERIES", {2, 0}), "[2, 1, 0]");
  EXPECT_EQ(call("AS_MAP", {texts({"a", "b"}), ints({1, 2})}), "{'a': 1, 'b': 2}");
  EXPECT_EQ(call("COALESCE", {nullptr, "b"}), "'b'");
  EXPECT_EQ(call("NULLIF", {1, 1}), "null");
  const ArgumentType args[] = {{.type = Type::map(Kind::string, Kind::integer)}, {.type = Type(Kind::boolean)}};
  EXPECT_EQ(resolve_scalar("ENTRIES", args)->type.text(), "ARRAY<STRUCT<`K` STRING, `V` INTEGER>>");
}

TEST(Scalars, Json) {
  const char* text = R"({"log": {"cloud": "gcp836Csd", "instance": 4}, "list": [1.23450, "x"], "@type": null})";
  EXPECT_EQ(call("EXTRACTJSONFIELD", {text, "$.log.cloud"}), "'gcp836Csd'");
  EXPECT_EQ(call("EXTRACTJSONFIELD", {text, "$.log.instance"}), "'4'");
  EXPECT_EQ(call("EXTRACTJSONFIELD", {text, "$.list[0]"}), "'1.23450'");
  EXPECT_EQ(call("EXTRACTJSONFIELD", {text, "$['log']"}), R"('{"cloud":"gcp836Csd","instance":4}')");
  EXPECT_EQ(call("EXTRACTJSONFIELD", {text, "$.list[-1]"}), "null");
  EXPECT_EQ(call("EXTRACTJSONFIELD", {R"({"name": "cdd"}})", "$.name"}), "'cdd'");
  EXPECT_EQ(call("IS_JSON_STRING", {"[1, 2"}), "false");
  EXPECT_EQ(call("IS_JSON_STRING", {"null"}), "true");
  EXPECT_EQ(call("JSON_ARRAY_LENGTH", {"[1, [1, [2]], 3]"}), "3");
  EXPECT_EQ(call("JSON_ARRAY_LENGTH", {"{}"}), "null");
  EXPECT_EQ(call("JSON_CONCAT", {R"({"a": {"5": 6}})", R"({"a": {"3": 4}, "b": 1})"}), R"('{"a":{"3":4},"b":1}')");
  EXPECT_EQ(call("JSON_CONCAT", {"[1, 2]", R"({"a": 1})", "4"}), R"('[1,2,{"a":1},4]')");
  EXPECT_EQ(call("JSON_CONCAT", {"null", "null"}), "'[null,null]'");
  EXPECT_EQ(call("JSON_KEYS", {R"({"a": 1, "b": {}})"}), "['a', 'b']");
  EXPECT_EQ(call("JSON_RECORDS", {R"({"a": "Seven", "b": {"c": 1}})"}), R"({'a': 'Seven', 'b': '{"c":1}'})");
  EXPECT_EQ(call("JSON_ITEMS", {R"([1, {"a": 2}])"}), R"(['1', '{"a":2}'])");
  EXPECT_EQ(call("JSON_ARRAY_CONTAINS", {"[1, 2, 3]", 3}), "true");
  EXPECT_EQ(call("JSON_ARRAY_CONTAINS", {R"(["Pink", null])", "Pink"}), "true");
  EXPECT_EQ(call("TO_JSON_STRING", {Typed(Value(data::Time{60220000}), Kind::time)}), "'\"16:43:40\"'");
  EXPECT_EQ(call("TO_JSON_STRING", {ints({1, 2})}), "'[1,2]'");
}

TEST(Scalars, Url) {
  EXPECT_EQ(call("URL_EXTRACT_HOST", {"http://test@confluent.io:8080"}), "'confluent.io'");
  EXPECT_EQ(call("URL_EXTRACT_PORT", {"http://test@confluent.io:8080/nested/path?query&jobs"}), "8080");
  EXPECT_EQ(call("URL_EXTRACT_PORT", {"http://test.com/path"}), "null");
  EXPECT_EQ(call("URL_EXTRACT_PROTOCOL", {"www.confluent.io"}), "null");
  EXPECT_EQ(call("URL_EXTRACT_QUERY", {"http://www.test.com/path?q1&q2"}), "'q1&q2'");
  EXPECT_EQ(call("URL_EXTRACT_FRAGMENT", {"http://test.com#frag%20space"}), "'frag space'");
  EXPECT_EQ(call("URL_EXTRACT_PARAMETER", {"http://test.com?a%20b=c%20d", "a b"}), "'c d'");
  EXPECT_EQ(call("URL_EXTRACT_PARAMETER", {"http://www.test.com/?one=a&two=b&three", "three"}), "null");
  EXPECT_EQ(call("URL_EXTRACT_PATH", {"http://test.com/path/to#a"}), "'/path/to'");
  EXPECT_EQ(call("URL_ENCODE_PARAM", {"?foo $bar"}), "'%3Ffoo+%24bar'");
  EXPECT_EQ(call("URL_DECODE_PARAM", {"%3Ffoo+%24bar"}), "'?foo $bar'");
}

TEST(Scalars, Lambdas) {
  const LambdaShape identity{.parameters = 1, .body_type = [](std::span<const Type> p) -> Result<Type> { return p[0]; }};
  const ArgumentType args[] = {{.type = Type::array(Kind::integer)}, {.lambda = &identity}};
  const auto f = resolve_scalar("TRANSFORM", args);
  ASSERT_TRUE(f) << f.error().message;
  EXPECT_EQ(f->type.text(), "ARRAY<INTEGER>");
  ASSERT_EQ(f->lambda_parameters[1].size(), 1u);
  const LambdaFunction triple[] = {[](std::span<const Value> a) -> Result<Value> { return Value(a[0].integer() * 3); }};
  const Value values[] = {ints({1, 2}).value, Value()};
  EXPECT_EQ(f->eval(values, triple, {})->debug_text(), "[3, 6]");
  // A state of BIGINT with a lambda that gives INTEGER: the result is converted.
  const LambdaShape gives_int{.parameters = 2, .body_type = [](std::span<const Type>) -> Result<Type> { return Type(Kind::integer); }};
  const ArgumentType reduce[] = {{.type = Type::array(Kind::integer)}, {.type = Type(Kind::bigint)}, {.lambda = &gives_int}};
  const auto r = resolve_scalar("REDUCE", reduce);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->type.text(), "BIGINT");
  const LambdaFunction count[] = {[](std::span<const Value>) -> Result<Value> { return Value(7); }};
  const Value more[] = {ints({1, 2}).value, Value(std::int64_t{0}), Value()};
  EXPECT_TRUE(r->eval(more, count, {})->holds<std::int64_t>());
}

std::string aggregate(const char* name, std::vector<Type> types, std::vector<std::vector<Value>> rows, std::vector<Value> literals = {}) {
  std::vector<ArgumentType> args;
  for (const auto& t : types) args.push_back({.type = t});
  for (const auto& l : literals) args.push_back({.type = l.holds<bool>() ? Type(Kind::boolean) : Type(Kind::integer), .constant = l});
  const auto f = resolve_aggregate(name, args);
  if (!f) return f.error().message;
  Value state = f->initial();
  for (const auto& row : rows) state = *f->add(state, row);
  std::string out = f->result(state)->debug_text();
  // Taking all rows back is as if they had never been.
  if (f->undo && name != std::string("STDDEV_SAMP")) {
    for (const auto& row : rows) state = *f->undo(state, row);
    if (f->result(state)->debug_text() != f->result(f->initial())->debug_text()) out += " but undone " + f->result(state)->debug_text();
  }
  return out;
}

TEST(Aggregates, Documented) {
  const Type i = Kind::integer, d = Kind::double_, s = Kind::string;
  EXPECT_EQ(aggregate("COUNT", {i}, {{Value(1)}, {Value()}, {Value(3)}}), "2");
  EXPECT_EQ(aggregate("COUNT", {}, {{}, {}}), "2");
  EXPECT_EQ(aggregate("SUM", {i}, {{Value(1)}, {Value()}, {Value(3)}}), "4");
  EXPECT_EQ(aggregate("SUM", {Type::decimal(4, 1)}, {{Value(Decimal(54, 1))}, {Value(Decimal(1001, 1))}}), "105.5");
  EXPECT_EQ(aggregate("AVG", {i}, {{Value(1)}, {Value(2)}, {Value(2)}}), "1.6666666666666667");
  EXPECT_EQ(aggregate("MIN", {s}, {{Value("b")}, {Value("a")}, {Value()}}), "'a'");
  EXPECT_EQ(aggregate("MAX", {d}, {{Value()}, {Value(5.1)}, {Value(-1.0)}}), "5.1");
  EXPECT_EQ(aggregate("COLLECT_LIST", {i}, {{Value(1)}, {Value()}, {Value(1)}}), "[1, null, 1]");
  EXPECT_EQ(aggregate("COLLECT_SET", {i}, {{Value(1)}, {Value()}, {Value(1)}}), "[1, null]");
  EXPECT_EQ(aggregate("TOPK", {i}, {{Value(7)}, {Value(9)}, {Value()}, {Value(8)}, {Value(9)}}, {Value(3)}), "[9, 9, 8]");
  EXPECT_EQ(aggregate("TOPK", {i, s}, {{Value(0), Value("zero")}, {Value(100), Value("one")}, {Value(100), Value()}}, {Value(2)}), "[{100, 'one'}, {100, null}]");
  EXPECT_EQ(aggregate("TOPKDISTINCT", {i}, {{Value(7)}, {Value(9)}, {Value(8)}, {Value(9)}}, {Value(3)}), "[9, 8, 7]");
  EXPECT_EQ(aggregate("HISTOGRAM", {s}, {{Value("a")}, {Value("b")}, {Value("a")}}), "{'a': 2, 'b': 1}");
  EXPECT_EQ(aggregate("LATEST_BY_OFFSET", {i}, {{Value(1)}, {Value(2)}, {Value()}}), "2");
  EXPECT_EQ(aggregate("LATEST_BY_OFFSET", {i}, {{Value(1)}, {Value(2)}, {Value()}}, {Value(false)}), "null");
  EXPECT_EQ(aggregate("LATEST_BY_OFFSET", {i}, {{Value(1)}, {Value(2)}, {Value(3)}}, {Value(2)}), "[2, 3]");
  EXPECT_EQ(aggregate("EARLIEST_BY_OFFSET", {i}, {{Value()}, {Value(13)}, {Value(2)}}, {Value(true)}), "13");
  EXPECT_EQ(aggregate("EARLIEST_BY_OFFSET", {i}, {{Value()}, {Value(13)}}, {Value(false)}), "null");
  EXPECT_EQ(aggregate("ATTR", {s}, {{Value("1")}, {Value("1")}}), "'1'");
  EXPECT_EQ(aggregate("ATTR", {s}, {{Value("1")}, {Value()}}), "null");
  EXPECT_EQ(aggregate("STDDEV_SAMP", {d}, {{Value(10.0)}, {Value(12.0)}, {Value(13.0)}}), "2.333333333333333");
  EXPECT_EQ(aggregate("CORRELATION", {d, d}, {{Value(1.5), Value(8.0)}, {Value(-1.0), Value(-2.0)}, {Value(-4.5), Value(-1.0)}}), "0.7580764521133173");
  EXPECT_EQ(aggregate("SUM_LIST", {Type::array(i)}, {{ints({1, 2}).value}, {ints({3}).value}}), "6");
  std::vector<std::vector<Value>> many;
  for (int n = 0; n < 20000; ++n) many.push_back({Value(n % 10000)});
  const int estimate = std::stoi(aggregate("COUNT_DISTINCT", {i}, many));
  EXPECT_NEAR(estimate, 10000, 500);
  EXPECT_EQ(aggregate("COUNT_DISTINCT", {i}, {{Value(1)}, {Value(2)}, {Value(1)}, {Value()}}), "2");
  EXPECT_TRUE(aggregate("TOPK", {i}, {}).starts_with("Function 'TOPK' does not accept parameters (INTEGER)."));
}

TEST(Aggregates, MergeIsAsIfOneSession) {
  for (const char* name : {"COUNT", "SUM", "AVG", "MIN", "MAX", "COLLECT_LIST", "COLLECT_SET", "COUNT_DISTINCT", "ATTR", "LATEST_BY_OFFSET", "EARLIEST_BY_OFFSET"}) {
    const ArgumentType arg{.type = Type(Kind::integer)};
    const auto f = resolve_aggregate(name, std::span(&arg, 1));
    ASSERT_TRUE(f) << name;
    Value a = f->initial(), b = f->initial(), all = f->initial();
    for (int v : {4, 8, 15, 16}) { const Value row[] = {Value(v)}; a = *f->add(a, row); all = *f->add(all, row); }
    for (int v : {23, 42, 8}) { const Value row[] = {Value(v)}; b = *f->add(b, row); all = *f->add(all, row); }
    EXPECT_EQ(f->result(*f->merge(a, b))->debug_text(), f->result(all)->debug_text()) << name;
  }
}

TEST(TableFunctions, CubeAndExplode) {
  const ArgumentType arg{.type = Type::array(Kind::integer)};
  const auto cube = resolve_table_function("CUBE_EXPLODE", std::span(&arg, 1));
  ASSERT_TRUE(cube);
  EXPECT_EQ(cube->type.text(), "ARRAY<INTEGER>");
  std::string rows;
  const Value row[] = {ints({1, 2}).value};
  const auto cubes = cube->eval(row);
  for (const auto& r : *cubes) rows += r.debug_text();
  EXPECT_EQ(rows, "[null, null][null, 2][1, null][1, 2]");
  const ArgumentType decimals{.type = Type::array(Type::decimal(20, 10))};
  EXPECT_EQ(resolve_table_function("EXPLODE", std::span(&decimals, 1))->type.text(), "DECIMAL(20, 10)");
}

TEST(Casts, Documented) {
  const auto cast = [](const Value& v, const Type& from, const Type& to) {
    if (!castable(from, to)) return std::string("not castable");
    const auto out = cast_value(v, from, to);
    return out ? out->debug_text() : "error: " + out.error().message;
  };
  const Type s = Kind::string;
  EXPECT_EQ(cast(Value("12"), s, Kind::integer), "12");
  EXPECT_EQ(cast(Value("1.5"), s, Kind::integer), "error: Cannot cast '1.5' to INTEGER");
  EXPECT_EQ(cast(Value("TRUE"), s, Kind::boolean), "true");
  EXPECT_EQ(cast(Value("0.99"), s, Type::decimal(2, 1)), "1.0");
  EXPECT_EQ(cast(Value("10.1"), s, Type::decimal(2, 1)).substr(0, 29), "error: Numeric field overflow");
  EXPECT_EQ(cast(Value("2022-04-28T21:44:47.943Z"), s, Kind::timestamp), "timestamp 1651182287943");
  EXPECT_EQ(cast(Value("00:01"), s, Kind::time), "time 60000");
  EXPECT_EQ(cast(Value("1970-01-11"), s, Kind::date), "date 10");
  EXPECT_EQ(cast(Value(std::int64_t{2147483648}), Kind::bigint, Kind::integer), "-2147483648");
  EXPECT_EQ(cast(Value(1e300), Kind::double_, Kind::bigint), "9223372036854775807");
  EXPECT_EQ(cast(Value(0.99), Kind::double_, Type::decimal(2, 1)), "1.0");
  EXPECT_EQ(cast(Value(Decimal(1001, 2)), Type::decimal(4, 2), s), "'10.01'");
  EXPECT_EQ(cast(Value(1e10), Kind::double_, s), "'1.0E10'");
  EXPECT_EQ(cast(ints({1, 3}).value, Type::array(Kind::integer), s), "'[1, 3]'");
  EXPECT_EQ(cast(Value::map({{Value("this"), Value(1)}}), Type::map(Kind::string, Kind::integer), s), "'{this=1}'");
  EXPECT_EQ(cast(Value("x"), s, Type::array(Kind::integer)), "not castable");
  EXPECT_EQ(cast(Value(data::Timestamp{-2000}), Kind::timestamp, Kind::date), "date -1");
  const Type from = Type::structure({{"F0", Kind::bigint}, {"F1", Kind::string}}), to = Type::structure({{"F0", Kind::string}, {"F3", Kind::string}});
  EXPECT_EQ(cast(Value::structure({Value(std::int64_t{1}), Value("3")}), from, to), "{'1', null}");
}

TEST(Functions, ListIsComplete) {
  EXPECT_EQ(all_functions().size(), 150u);
  EXPECT_EQ(function_kind("topk"), FunctionKind::aggregate);
  for (const auto& f : all_functions()) {
    EXPECT_FALSE(f.signatures.empty()) << f.name;
    EXPECT_FALSE(f.description.empty()) << f.name;
  }
}

}  // namespace
}  // namespace braid::sql
