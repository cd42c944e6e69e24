// link: braid_format
// Avro decoding alone: records of 7 fields (long, string, string, double, int, nullable string, boolean) into a sink that adds them up; all fields,
// two of them, and read with a newer schema.
#include <benchmark/benchmark.h>

#include "format/avro/codec.h"

namespace {

using namespace braid;
using namespace braid::format::avro;

constexpr const char* writer_text = R"({"type":"record","name":"R","fields":[{"name":"id","type":"long"},{"name":"user","type":"string"},{"name":"page","type":"string"},
  {"name":"price","type":"double"},{"name":"count","type":"int"},{"name":"note","type":["null","string"]},{"name":"ok","type":"boolean"}]})";
constexpr const char* reader_text = R"({"type":"record","name":"R","fields":[{"name":"price","type":"double"},{"name":"id","type":"double"},{"name":"user","type":"string"},
  {"name":"country","type":"string","default":"none"},{"name":"count","type":"long"},{"name":"note","type":["null","string"]}]})";

struct SumSink {
  std::int64_t sum = 0;
  std::size_t bytes_seen = 0;
  double real = 0;
  void null_value() {}
  void boolean(bool v) { sum += v; }
  void int_value(std::int32_t v) { sum += v; }
  void long_value(std::int64_t v) { sum += v; }
  void float_value(float v) { real += double(v); }
  void double_value(double v) { real += v; }
  void bytes(BytesView v) { bytes_seen += v.size(); }
  void string(BytesView v) { bytes_seen += v.size(); }
  void fixed(BytesView v) { bytes_seen += v.size(); }
  void enum_value(std::uint32_t v) { sum += v; }
  void begin_record(const Node&) {}
  void field(std::uint32_t) {}
  void end_record() {}
  void begin_array() {}
  void item() {}
  void end_array() {}
  void begin_map() {}
  void key(BytesView v) { bytes_seen += v.size(); }
  void end_map() {}
  void branch(std::uint32_t) {}
};

std::vector<Bytes> records() {
  std::vector<Bytes> out(1000);
  for (std::size_t i = 0; i < out.size(); ++i) {
    put_long(out[i], std::int64_t(i) * 7919);
    put_bytes(out[i], "User_" + std::to_string(i % 97));
    put_bytes(out[i], "Page_" + std::to_string(i % 31));
    put_double(out[i], double(i) / 8);
    put_int(out[i], std::int32_t(i % 300));
    put_long(out[i], i % 3 == 0 ? 0 : 1);
    if (i % 3 != 0) put_bytes(out[i], "a note of some words");
    put_boolean(out[i], i % 2 == 0);
  }
  return out;
}

void run(benchmark::State& state, const char* reader, const std::vector<bool>& wanted) {
  const auto program = *Program::compile(*parse(writer_text), *parse(reader), wanted);
  const auto all = records();
  SumSink sink;
  for (auto _ : state)
    for (const auto& record : all)
      if (!program->decode(record, sink)) state.SkipWithError("a record was not readable");
  benchmark::DoNotOptimize(sink);
  state.SetItemsProcessed(std::int64_t(state.iterations()) * std::int64_t(all.size()));
}

void all_fields(benchmark::State& state) { run(state, writer_text, {}); }
void two_of_seven(benchmark::State& state) { run(state, writer_text, {true, false, false, true, false, false, false}); }
void newer_reader(benchmark::State& state) { run(state, reader_text, {}); }
BENCHMARK(all_fields);
BENCHMARK(two_of_seven);
BENCHMARK(newer_reader);

}  // namespace
