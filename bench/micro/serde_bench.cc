// link: braid_format
// How fast records become columns and columns records: 7 fields as in the demo's stocktrades, batches of 1,024 rows, one core.
// "filter" decodes the one column that a WHERE looks at, then the rest of the rows that pass (one in ten).
#include <benchmark/benchmark.h>

#include <random>

#include "format/serde.h"

namespace {

using namespace braid;
using namespace braid::format;
using data::Column;
using data::Field;
using data::Kind;
using data::Value;

constexpr std::size_t batch = 1024;

const std::vector<Field> columns = {{"SIDE", Kind::string}, {"QUANTITY", Kind::integer}, {"SYMBOL", Kind::string}, {"PRICE", Kind::integer},
                                    {"ACCOUNT", Kind::string}, {"USERID", Kind::string}, {"AMOUNT", Kind::double_}};

struct One : Schemas {
  SchemaText text;
  const SchemaText* by_id(SchemaId) override { return &text; }
};

struct Setup {
  One schemas;
  std::unique_ptr<Serde> serde;
  std::vector<Column> source;
  std::vector<const Column*> from;
  std::vector<Bytes> payloads;
  std::size_t bytes = 0;

  explicit Setup(Format format) {
    SerdeSpec spec{.format = format, .columns = columns};
    if (uses_registry(format)) {
      schemas.text = *derive_schema(format, columns, false, false);
      spec.write_schema_id = SchemaId{1};
      spec.write_schema = schemas.text;
    }
    serde = *make_serde(spec, schemas);
    std::mt19937 rng(7);
    for (const auto& f : columns) source.emplace_back(f.type);
    for (std::size_t row = 0; row < batch; ++row) {
      source[0].append_text(rng() % 2 ? "BUY" : "SELL");
      source[1].append_int(std::int32_t(rng() % 5000));
      source[2].append_text("ZJZZT");
      source[3].append_int(std::int32_t(rng() % 1000));
      source[4].append_text("ABC" + std::to_string(rng() % 1000));
      source[5].append_text("User_" + std::to_string(rng() % 10));
      source[6].append_double(double(rng() % 100000) / 100);
    }
    for (auto& c : source) from.push_back(&c);
    for (std::size_t row = 0; row < batch; ++row) {
      payloads.emplace_back();
      (void)*serde->encode(from, row, payloads.back());
      bytes += payloads.back().size();
    }
  }
};

void report(benchmark::State& state, const Setup& s) {
  state.counters["rows/s"] = benchmark::Counter(double(state.iterations()) * batch, benchmark::Counter::kIsRate);
  state.SetBytesProcessed(std::int64_t(state.iterations()) * std::int64_t(s.bytes));
}

void decode(benchmark::State& state, Format format, std::vector<bool> wanted) {
  Setup s(format);
  for (auto _ : state) {
    std::vector<Column> out;
    for (const auto& f : columns) out.emplace_back(f.type);
    std::vector<Column*> to;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].reserve(batch);
      to.push_back(wanted[i] ? &out[i] : nullptr);
    }
    for (const auto& p : s.payloads)
      if (!s.serde->decode(p, to)) state.SkipWithError("a record could not be read");
    benchmark::DoNotOptimize(out.data());
  }
  report(state, s);
}

void encode(benchmark::State& state, Format format) {
  Setup s(format);
  Bytes out;
  for (auto _ : state) {
    for (std::size_t row = 0; row < batch; ++row) {
      out.clear();
      if (!s.serde->encode(s.from, row, out)) state.SkipWithError("a record could not be written");
    }
    benchmark::DoNotOptimize(out.data());
  }
  report(state, s);
}

void filter(benchmark::State& state, Format format) {
  Setup s(format);
  std::size_t passed = 0;
  for (auto _ : state) {
    Column quantity(Kind::integer);
    std::vector<Column*> first(columns.size(), nullptr);
    first[1] = &quantity;
    for (const auto& p : s.payloads) (void)s.serde->decode(p, first);
    std::vector<Column> out;
    for (const auto& f : columns) out.emplace_back(f.type);
    std::vector<Column*> all;
    for (auto& c : out) all.push_back(&c);
    for (std::size_t row = 0; row < batch; ++row)
      if (quantity.ints()[row] < 500) { (void)s.serde->decode(s.payloads[row], all); ++passed; }
    std::vector<const Column*> result;
    for (auto& c : out) result.push_back(&c);
    Bytes written;
    for (std::size_t row = 0; row < out[0].size(); ++row) (void)s.serde->encode(result, row, written);
    benchmark::DoNotOptimize(written.data());
  }
  if (passed == 0) state.SkipWithError("nothing passed the filter");
  report(state, s);
}

const std::vector<bool> all(7, true), two{false, true, false, true, false, false, false};
BENCHMARK_CAPTURE(decode, json_all_columns, Format::json, all);
BENCHMARK_CAPTURE(decode, json_two_columns, Format::json, two);
BENCHMARK_CAPTURE(decode, avro_all_columns, Format::avro, all);
BENCHMARK_CAPTURE(decode, avro_two_columns, Format::avro, two);
BENCHMARK_CAPTURE(decode, delimited_all_columns, Format::delimited, all);
BENCHMARK_CAPTURE(encode, json, Format::json);
BENCHMARK_CAPTURE(encode, avro, Format::avro);
BENCHMARK_CAPTURE(encode, delimited, Format::delimited);
BENCHMARK_CAPTURE(filter, json, Format::json);
BENCHMARK_CAPTURE(filter, avro, Format::avro);

}  // namespace
