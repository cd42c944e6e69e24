// The two ways to read JSON agree: in place (json_scan.h) and by simdjson give the same values, or the same error, for any bytes. Records lie with
// nothing readable behind them, so that a step too far ends the test.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "format/serde/json_fields.h"
#include "format/serde/json_scan.h"
#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using data::Column;
using data::Field;
using data::Kind;
using data::Type;

// One page with a wall behind it.
class Wall {
 public:
  Wall() : page_(std::size_t(sysconf(_SC_PAGESIZE))) {
    void* const at = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) std::abort();
    memory_ = static_cast<char*>(at);
    if (mprotect(memory_ + page_, page_, PROT_NONE) != 0) std::abort();
  }
  ~Wall() { munmap(memory_, 2 * page_); }
  Wall(const Wall&) = delete;
  Wall& operator=(const Wall&) = delete;
  BytesView put(BytesView text) {
    BRAID_ASSERT(text.size() <= page_);
    char* const at = memory_ + page_ - text.size();
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

 private:
  std::size_t page_;
  char* memory_ = nullptr;
};

std::string cell(const Column& column, std::size_t row) {
  if (column.type().is(Kind::double_) && !column.null(row)) return "bits " + std::to_string(std::bit_cast<std::uint64_t>(column.doubles()[row]));
  return column.get(row).debug_text();
}

class Pair {
 public:
  explicit Pair(std::vector<Field> columns) : columns_(std::move(columns)) {
    quick_ = *make_json({.columns = columns_}, JsonReading::in_place);
    careful_ = *make_json({.columns = columns_}, JsonReading::careful);
  }

  // What was read, or the error; reports where the two differ.
  std::string read(BytesView text, const std::vector<bool>& wanted = {}) {
    const auto quick = read(*quick_, wall_.put(text), wanted), careful = read(*careful_, text, wanted);
    EXPECT_EQ(quick, careful) << "record " << text;
    return quick;
  }

 private:
  std::string read(Serde& serde, BytesView text, const std::vector<bool>& wanted) {
    std::vector<Column> into;
    std::vector<Column*> at;
    for (const auto& f : columns_) into.emplace_back(f.type);
    for (std::size_t i = 0; i < into.size(); ++i) at.push_back(wanted.empty() || wanted[i] ? &into[i] : nullptr);
    const auto done = serde.decode(text, at);
    if (!done) return "error: " + done.error().message;
    std::string out;
    for (const Column* c : at) {
      if (c == nullptr) continue;
      if (c->size() != 1) return "a column has " + std::to_string(c->size()) + " rows";
      out += (out.empty() ? "" : " | ") + cell(*c, 0);
    }
    return out;
  }

  std::vector<Field> columns_;
  std::unique_ptr<Serde> quick_, careful_;
  Wall wall_;
};

const std::vector<Field> all_kinds = {
    {"A", Kind::string}, {"B", Kind::integer}, {"C", Kind::bigint}, {"D", Kind::double_}, {"E", Kind::boolean}, {"F", Kind::timestamp}, {"G", Kind::date},
    {"H", Kind::time}, {"I", Kind::bytes}, {"J", Type::decimal(9, 3)}, {"K", Type::array(Kind::bigint)}, {"L", Type::map(Kind::string, Kind::string)},
    {"M", Type::structure({{"X", Kind::integer}, {"Y", Type::array(Kind::string)}})}, {"A_NAME_LONGER_THAN_SIXTEEN_BYTES", Kind::string}, {"N\xc3\x84", Kind::double_}};

class Records {
 public:
  explicit Records(unsigned seed) : rng_(seed) {}
  std::size_t below(std::size_t n) { return rng_() % n; }
  template <std::size_t N> std::string one_of(const char* const (&some)[N]) { return some[below(N)]; }

  std::string space() {
    static const char* const some[] = {"", "", "", "", "", "", " ", "\n", "\t ", "\r\n"};
    return one_of(some);
  }
  std::string text() {
    static const char* const pieces[] = {"a", "Zz", "7", " ", "ä", "€", "😀", "{", "}", "]", "[", ",", ":", "'", "sixteen bytes or more", "\\\"", "\\\\", "\\/", "\\b", "\\n",
                                         "\\u00e4", "\\u20AC", "\\ud83d\\ude00", "\\u0000", "12", "true"};
    static const char* const rare[] = {"\\ud83d", "\\ude00", "\\x", "\\", "\x01", "\xff", "\\u12g4", "\n", "\\\xc3\xa4", "\\\xff", "\xc3", "\\\x02"};
    std::string out = "\"";
    for (std::size_t i = below(6); i > 0; --i) out += below(150) == 0 ? one_of(rare) : one_of(pieces);
    return out + "\"";
  }
  std::string number() {
    static const char* const some[] = {"0", "-0", "-0.0", "1", "-1", "12", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                                       "999999999999999999", "1234567890123456789", "18446744073709551616", "123456789012345678901234567890", "0.1", "1.50", "1e3", "1E+2", "-2.5e-3", "1e22",
                                       "1e23", "9007199254740992", "9007199254740993.0", "90071992547409931e-2", "1e400", "-1e400", "1e-400", "4.9e-324", "1.7976931348623157e308", "0.30000000000000004",
                                       "0.000000000000000000000000000001", "123.456", "8e-7", "1e-22", "3.3e-23", "100000.125", "17.000", "1e99999999999"};
    static const char* const rare[] = {"01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "1a", "--1", "NaN", "Infinity", "00", "-01.5", "1.e3", "1 2"};
    if (below(100) == 0) return one_of(rare);
    if (below(3) == 0) return one_of(some);
    std::string out = std::to_string(rng_() >> below(64));
    if (below(2) == 0) out.insert(below(out.size()) + 1, ".").append("5");
    return out;
  }
  std::string value(int depth = 0) {
    static const char* const words[] = {"true", "false", "null"};
    static const char* const wrong[] = {"tru", "nul", "nulll", "truefalse", "", "'a'", "[1,}", "{\"a\"}", "]", "\x01", "[\\\"]"};
    switch (below(depth < 3 ? 12 : 9)) {
      case 0: case 1: case 2: return text();
      case 3: case 4: case 5: case 6: return number();
      case 7: return one_of(words);
      case 8: return below(40) == 0 ? one_of(wrong) : "\"" + number() + "\"";
      case 9: case 10: {
        std::string out = "[";
        for (std::size_t i = below(4), first = 1; i > 0; --i, first = 0) out += (first ? "" : ",") + space() + value(depth + 1) + space();
        return out + "]";
      }
      default: return record(below(4), depth + 1);
    }
  }
  // Mostly of the column's own type.
  std::string value_for(const Type& type) {
    if (below(40) == 0) return value();
    switch (type.kind()) {
      case Kind::string: return text();
      case Kind::boolean: return below(2) ? "true" : "false";
      case Kind::bytes: return "\"YWJj\"";
      case Kind::array: return "[" + std::to_string(below(100)) + "," + std::to_string(below(100)) + "]";
      case Kind::map: return "{" + text() + ":" + text() + "}";
      case Kind::struct_: return "{\"y\":[" + text() + "]," + space() + "\"X\":" + std::to_string(below(100)) + "}";
      case Kind::double_: return number();
      default: return below(40) == 0 ? number() : (below(2) ? "-" : "") + std::to_string(below(100'000));
    }
  }
  std::string name(const std::string& of) {
    std::string out;
    for (const char c : of) {
      const bool letter = c >= 'A' && c <= 'Z';
      if (below(300) == 0 && static_cast<unsigned char>(c) < 0x80) out += "\\u00" + std::string(1, "0123456789abcdef"[c >> 4]) + "0123456789abcdef"[c & 15];
      else out += letter && lower_ ? char(c + 32) : c;
    }
    return "\"" + out + "\"";
  }
  std::string record(std::size_t fields, int depth) {
    std::string out = "{" + space();
    for (std::size_t i = 0; i < fields; ++i) {
      static const char* const names[] = {"\"a\"", "\"x\"", "\"Y\"", "\"k\\\"\"", "\"\"", "\"\xff\"", "\"key\"", "\"value\""};
      out += (i == 0 ? "" : ",") + space() + (below(3) == 0 ? one_of(names) : text()) + space() + ":" + space() + value(depth) + space();
    }
    return out + "}";
  }
  // Fields of all columns, in an order that stays for a while; some left out, some twice, some that no column has.
  std::string row() {
    if (order_.empty() || below(20) == 0) {
      order_.clear();
      for (std::size_t i = 0; i < all_kinds.size(); ++i) order_.push_back(i);
      std::shuffle(order_.begin(), order_.end(), rng_);
      lower_ = below(2) == 0;
      leaves_out_ = below(3) == 0;
    }
    std::string out = space() + "{" + space();
    bool first = true;
    const auto add = [&](const std::string& key, const std::string& v) {
      out += (std::exchange(first, false) ? "" : ",") + space() + key + space() + ":" + space() + v + space();
    };
    for (const std::size_t i : order_) {
      if (leaves_out_ && below(3) == 0) continue;
      add(name(all_kinds[i].name), value_for(all_kinds[i].type));
      if (below(30) == 0) add(name(all_kinds[i].name), value());
      if (below(15) == 0) add(text(), value());
      if (below(15) == 0) add("\"other\"", value());
    }
    out += "}" + space();
    if (below(50) == 0) out += "x";
    return out;
  }
  void spoil(std::string& text) {
    static constexpr std::string_view bytes = "{}[]\",:\\ 0-.e\x01\xff\xc3n";
    for (std::size_t i = below(2) + 1; i > 0 && !text.empty(); --i) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0: text.resize(at); break;
        case 1: text[at] = bytes[below(bytes.size())]; break;
        case 2: text.insert(at, 1, bytes[below(bytes.size())]); break;
        default: text.erase(at, 1);
      }
    }
  }
  std::vector<bool> wanted() {
    if (below(3) != 0) return {};
    std::vector<bool> out;
    for (std::size_t i = 0; i < all_kinds.size(); ++i) out.push_back(below(2) == 0);
    return out;
  }

 private:
  std::mt19937_64 rng_;
  std::vector<std::size_t> order_;
  bool lower_ = false, leaves_out_ = false;
};

TEST(JsonWays, AgreeOnAnyRecord) {
  std::size_t read = 0, refused = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Records records(seed);
    Pair pair(all_kinds);
    for (int i = 0; i < 1000; ++i) {
      std::string text = records.row();
      if (i % 3 == 0) records.spoil(text);
      if (text.size() > 4096) continue;
      ++(pair.read(text, records.wanted()).starts_with("error:") ? refused : read);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(read, 1000u);       // the records are neither all good nor all bad
  EXPECT_GT(refused, 1000u);
}

// Each number as each kind: what fits is the same, what does not is the same error.
TEST(JsonWays, AgreeOnNumbers) {
  Records records(5);
  Pair pair({{"I", Kind::integer}, {"L", Kind::bigint}, {"D", Kind::double_}, {"S", Kind::string}, {"T", Kind::timestamp}, {"N", Type::decimal(20, 4)}});
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    const std::string n = records.number();
    const char* const column[] = {"I", "L", "D", "S", "T", "N"};
    (void)pair.read("{\"" + std::string(column[i % 6]) + "\":" + n + (i % 2 ? " }" : "}"));
  }
}

TEST(JsonWays, AgreeOnEachLengthOfATextAtTheEnd) {
  Pair pair({{"A", Kind::string}, {"A_NAME_LONGER_THAN_SIXTEEN_BYTES", Kind::string}});
  for (const std::string& name : {std::string("A"), std::string("A_NAME_LONGER_THAN_SIXTEEN_BYTES")})
    for (std::size_t length = 0; length < 70; ++length) {
      const std::string text(length, 'x'), record = "{\"" + name + "\":\"" + text + "\"}";
      EXPECT_NE(pair.read(record).find("'" + text + "'"), std::string::npos);
      for (std::size_t cut = 0; cut < record.size(); ++cut) EXPECT_TRUE(pair.read(record.substr(0, cut)).starts_with("error:"));
    }
}

TEST(JsonWays, FieldsInAnyOrder) {
  Pair pair({{"A", Kind::integer}, {"B", Kind::string}, {"C", Kind::double_}});
  EXPECT_EQ(pair.read(R"({"a":1,"b":"x","c":0.5})"), "1 | 'x' | bits " + std::to_string(std::bit_cast<std::uint64_t>(0.5)));
  const std::string same = pair.read(R"({"a":1,"b":"x","c":0.5})");
  EXPECT_EQ(pair.read(R"({"c":0.5,"b":"x","a":1})"), same);
  EXPECT_EQ(pair.read(R"({"b":"x","zz":[{"a":7},"}"],"c":0.5,"a":1})"), same);
  EXPECT_EQ(pair.read(R"({"a":1,"c":0.5,"b":"x"})"), same);
  EXPECT_EQ(pair.read(R"({"A":1,"B":"x","c":0.5})"), same);
  EXPECT_EQ(pair.read(R"( { "a" : 1 , "b" : "x" , "c" : 0.5 } )"), same);
  EXPECT_EQ(pair.read(R"({"a":1,"a":2,"b":"x","b":3,"c":0.5,"C":null})"), same);           // the first of two
  EXPECT_EQ(pair.read(R"({"\u0061":1,"b":"\u0078","c":0.5})"), same);
  EXPECT_EQ(pair.read(R"({"aa":9,"a":1,"b":"x","bb":"a","c":0.5,"":0})"), same);           // names that begin like others
  EXPECT_EQ(pair.read(R"({"c":0.5})").substr(0, 11), "null | null");
  EXPECT_EQ(pair.read(R"({"b":null,"b":"x"})"), "null | null | null");                     // a null counts as the first too
  EXPECT_EQ(pair.read("{}"), "null | null | null");
  EXPECT_EQ(pair.read(R"({"a":1,"b":"x","c":0.5})"), same);
}

// A name seen in a record that was refused for its bytes is not taken for good later.
TEST(JsonWays, BadNamesStayBad) {
  Pair pair({{"A", Kind::integer}});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pair.read("{\"b\xff\":1,\"a\":1}").starts_with("error:"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pair.read("{\"b\xc3\xa4\":1,\"a\":1}"), "1");
}

TEST(JsonWays, DeepValuesAreSteppedOver) {
  Pair pair({{"A", Kind::integer}});
  for (const std::size_t depth : {1u, 63u, 64u, 65u, 500u})
    EXPECT_EQ(pair.read("{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"a\":1}"), "1") << depth;
  EXPECT_EQ(pair.read(R"({"x":[1,{"y":"]}\"\\"}],"a":1})"), "1");
  for (const char* text : {R"({"x":[},"a":1]})", R"({"x":{]},"a":1})", R"({"x":[[1},2],"a":1})", R"({"x":[)", R"({"x":})", R"({"x":[\"],"a":1})"}) (void)pair.read(text);
}

// What is stepped over need not make sense, but it is UTF-8 without control characters, as the whole record is.
TEST(JsonWays, TextsThatNobodyWantsAreBytesToo) {
  Pair pair({{"A", Kind::integer}});
  EXPECT_EQ(pair.read(R"({"x":"\q","a":1})"), "1");
  for (const char* text : {"{\"x\":\"\xff\"}", "{\"x\":\"\\\xff\"}", "{\"x\":\"\x01\"}", "{\"x\":\"\\\x01\"}", "{\"x\":[\"\xff\"]}", "{\"x\":[\xff]}"}) {
    EXPECT_TRUE(pair.read(text).starts_with("error:")) << text;
    EXPECT_TRUE(pair.read(std::string(text).insert(1, "\"a\":1,")).starts_with("error:")) << text;
  }
}

TEST(JsonFields, RemembersWhatFollows) {
  JsonFields fields({{"A", Kind::integer}, {"B", Kind::integer}});
  const auto at = [&](JsonFields::Seen last, const std::string& name) {
    const std::string text = name + "\":1}";
    return fields.expected(last, text.data(), text.data() + text.size());
  };
  EXPECT_EQ(at(JsonFields::none, "a"), JsonFields::none);
  const auto a = fields.learn(JsonFields::none, "a"), x = fields.learn(a, "x"), b = fields.learn(x, "B");
  EXPECT_EQ(at(JsonFields::none, "a"), a);
  EXPECT_EQ(at(a, "x"), x);
  EXPECT_EQ(at(a, "B"), b);                       // x was left out
  EXPECT_EQ(at(a, "xx"), JsonFields::none);
  EXPECT_EQ(at(a, ""), JsonFields::none);
  EXPECT_EQ(at(b, "a"), JsonFields::none);        // nothing came after b yet
  EXPECT_EQ(fields.column(a), 0);
  EXPECT_EQ(fields.column(x), -1);
  EXPECT_EQ(fields.column(b), 1);
  EXPECT_EQ(fields.size(x), 1u);
}

TEST(JsonFields, AreBounded) {
  JsonFields fields({{"A", Kind::integer}});
  EXPECT_EQ(fields.learn(JsonFields::none, std::string(JsonFields::name_bytes_max + 1, 'n')), JsonFields::none);
  for (std::size_t i = 0; i < JsonFields::names_max; ++i) EXPECT_NE(fields.learn(JsonFields::none, "n" + std::to_string(i)), JsonFields::none);
  EXPECT_EQ(fields.learn(JsonFields::none, "one more"), JsonFields::none);
  EXPECT_NE(fields.learn(JsonFields::none, "n0"), JsonFields::none);
  EXPECT_EQ(fields.find("a"), 0);

  Pair pair({{"A", Kind::integer}});              // and a reader that has no room left reads on
  for (int i = 0; i < 3000; ++i) EXPECT_EQ(pair.read("{\"f" + std::to_string(i) + "\":0,\"a\":" + std::to_string(i) + "}"), std::to_string(i));
}

}  // namespace
}  // namespace braid::format
