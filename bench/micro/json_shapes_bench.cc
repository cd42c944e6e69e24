// link: braid_format
// JSON records of several shapes to columns: in place, and as it goes when every record is left to simdjson. What is usual must be faster in place; what
// is refused is read twice, and this says what that costs.
#include <benchmark/benchmark.h>

#include <functional>

#include "format/serde/serdes.h"

namespace {

using namespace braid;
using namespace braid::format;
using data::Column;
using data::Kind;
using data::Type;

constexpr int batch = 1024;

// A trade of 105 bytes; `gap` stands where white space may, `extra` before the last field.
std::string trade(int i, std::string_view account, std::string_view gap = "", bool symbol = true, std::string_view extra = "") {
  std::string out = "{";
  const auto field = [&](std::string_view name, std::string_view value) {
    out.append("\"").append(name).append("\":").append(gap).append(value).append(",").append(gap);
  };
  field("SIDE", "\"BUY\"");
  field("QUANTITY", std::to_string(i % 5000));
  if (symbol) field("SYMBOL", "\"ZJZZT\"");
  field("PRICE", std::to_string(i % 1000));
  field("ACCOUNT", "\"" + std::string(account) + "\"");
  field("USERID", "\"User_5\"");
  out.append(extra).append("\"AMOUNT\":").append(gap).append(std::to_string(i % 999)).append(".25}");
  return out;
}

std::string refused(int i) {
  std::string out = trade(i, "ABC123");
  return out.insert(out.size() - 1, "x");   // 12.25x}
}

std::vector<data::Field> trade_columns() {
  return {{"SIDE", Kind::string}, {"QUANTITY", Kind::integer}, {"SYMBOL", Kind::string}, {"PRICE", Kind::integer}, {"ACCOUNT", Kind::string}, {"USERID", Kind::string}, {"AMOUNT", Kind::double_}};
}
std::vector<data::Field> with_tags() {
  auto out = trade_columns();
  out.push_back({"TAGS", Type::array(Kind::string)});
  return out;
}
std::vector<data::Field> with_decimal() {
  auto out = trade_columns();
  out.back().type = Type::decimal(10, 2);
  return out;
}

void read(benchmark::State& state, JsonReading reading, std::vector<data::Field> columns, std::function<std::string(int)> make) {
  auto serde = *make_json({.columns = columns}, reading);
  std::vector<std::string> records;
  for (int i = 0; i < batch; ++i) records.push_back(make(i));
  for (auto _ : state) {
    std::vector<Column> out;
    std::vector<Column*> to;
    for (const auto& f : columns) out.emplace_back(f.type);
    for (auto& c : out) {
      c.reserve(batch);
      to.push_back(&c);
    }
    std::size_t row = 0;
    for (const auto& r : records) {
      ++row;
      if (!serde->decode(r, to)) append_missing(to, row);
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["rows/s"] = benchmark::Counter(double(state.iterations()) * batch, benchmark::Counter::kIsRate);
}

#define SHAPE(name, columns, record)                                                                                       \
  BENCHMARK_CAPTURE(read, name/in_place, JsonReading::in_place, columns, [](int i) { return record; });                    \
  BENCHMARK_CAPTURE(read, name/simdjson, JsonReading::careful, columns, [](int i) { return record; })

SHAPE(plain, trade_columns(), trade(i, "ABC123"));
SHAPE(spaces, trade_columns(), trade(i, "ABC123", " "));
SHAPE(indented, trade_columns(), trade(i, "ABC123", "\n      "));
SHAPE(escapes, trade_columns(), trade(i, "AB\\\"C\\n\\u00e4"));
SHAPE(beyond_ascii, trade_columns(), trade(i, "Zürich Straße"));
SHAPE(long_text, trade_columns(), trade(i, std::string(400, 'y')));
SHAPE(field_missing_in_a_third, trade_columns(), trade(i, "ABC123", "", i % 3 != 0));
SHAPE(escape_in_a_name, trade_columns(), trade(i, "ABC123", "", true, "\"\\u0041\":1,"));
SHAPE(decimal, with_decimal(), trade(i, "ABC123"));
SHAPE(array_wanted, with_tags(), trade(i, "ABC123", "", true, "\"TAGS\":[\"a\",\"bc\"],"));
SHAPE(array_not_wanted, trade_columns(), trade(i, "ABC123", "", true, "\"TAGS\":[\"a\",\"bc\",{\"x\":[1,2,3]}],"));
SHAPE(refused_at_the_end, trade_columns(), refused(i));

}  // namespace
