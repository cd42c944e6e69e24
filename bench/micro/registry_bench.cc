// link: braid_registry
// The registry without log and network: what a start reads (100,000 records of _schemas), and one register, look-up and check with 0, 10,000 and
// 100,000 schemas there. Records of 7 fields, each schema under a subject of its own.
#include <benchmark/benchmark.h>

#include "registry/decide.h"
#include "registry/record.h"

namespace {

using namespace braid;
using namespace braid::registry;

std::string text_of(int n) {
  return R"({"type":"record","name":"Order","namespace":"bench","doc":"schema )" + std::to_string(n) +
         R"(","fields":[{"name":"id","type":"string"},{"name":"count","type":"int"},{"name":"at","type":"long"},{"name":"price","type":"double"},{"name":"ok","type":"boolean"},{"name":"note","type":["null","string"],"default":null},{"name":"raw","type":"bytes"}]})";
}
std::string subject_of(int n) { return "s" + std::to_string(n) + "-value"; }

Outcome<Decided<Place>> decide(State& state, ParsedSchemas& parsed, int n) {
  RegisterCommand command;
  command.subject = subject_of(n);
  command.request.text = text_of(n);
  return decide_register(state, parsed, command);
}

// Registered once, kept for all benchmarks.
struct Filled {
  State state;
  ParsedSchemas parsed{state};
  std::vector<eventlog::Record> records;
  explicit Filled(int schemas) {
    for (int n = 0; n < schemas; ++n) {
      const auto decided = decide(state, parsed, n);
      for (const auto& event : decided->events) {
        (void)state.apply(event);
        records.push_back(to_record(event));
      }
    }
  }
};
Filled& filled(int schemas) {
  static std::map<int, std::unique_ptr<Filled>> all;
  auto& one = all[schemas];
  if (!one) one = std::make_unique<Filled>(schemas);
  return *one;
}

void start(benchmark::State& bench) {
  const auto& records = filled(int(bench.range(0))).records;
  for (auto _ : bench) {
    State state;
    for (const auto& r : records) {
      auto event = parse_record(BytesView(*r.key), BytesView(*r.value), 1);
      if (!event || !state.apply(*event)) bench.SkipWithError("a record could not be read");
    }
    benchmark::DoNotOptimize(state.id_max("."));
  }
}

void register_one(benchmark::State& bench) {
  auto& f = filled(int(bench.range(0)));
  int n = 1'000'000;
  for (auto _ : bench) {
    auto decided = decide(f.state, f.parsed, n++);
    if (!decided || decided->events.empty()) bench.SkipWithError("not registered");
    benchmark::DoNotOptimize(to_record(decided->events.back()));
  }
}

void look_up_by_id(benchmark::State& bench) {
  auto& f = filled(int(bench.range(0)));
  std::int32_t n = 0;
  for (auto _ : bench) {
    const auto* places = f.state.places_of(".", SchemaId{1 + n++ % std::int32_t(bench.range(0))});
    benchmark::DoNotOptimize(f.state.find(places->begin()->first, places->begin()->second));
  }
}

void look_up_by_schema(benchmark::State& bench) {
  auto& f = filled(int(bench.range(0)));
  int n = 0;
  for (auto _ : bench) {
    LookupQuery query;
    query.subject = subject_of(n++ % 1000);
    query.request.text = text_of(n - 1 - (n - 1) / 1000 * 1000);
    if (!look_up(f.state, f.parsed, query)) bench.SkipWithError("not found");
  }
}

void check(benchmark::State& bench) {
  auto& f = filled(int(bench.range(0)));
  int n = 0;
  for (auto _ : bench) {
    CompatibilityQuery query;
    query.subject = subject_of(n++ % 1000);
    query.request.text = text_of(-n);
    if (const auto verdict = check_compatibility(f.state, f.parsed, query); !verdict || !verdict->compatible) bench.SkipWithError("not compatible");
  }
}

BENCHMARK(start)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(register_one)->Arg(0)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(look_up_by_id)->Arg(10'000)->Arg(100'000);
BENCHMARK(look_up_by_schema)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(check)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
