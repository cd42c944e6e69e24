// link: braid_observe
// What a profile costs: decoding stocktrades (Avro, 6 fields) into columns alone, with the sketches of all fields, and each kind of column by itself.
// bytes_per_field is what the sketches take; listeners of the live numbers cost one text per beat.
#include <benchmark/benchmark.h>

#include "format/avro/binary.h"
#include "observe/pulse.h"
#include "observe/record_decoder.h"
#include "observe/sketch/hash.h"

namespace {

using namespace braid;
using namespace braid::observe;

constexpr const char* schema = R"({"type":"record","name":"StockTrade","fields":[{"name":"side","type":"string"},{"name":"quantity","type":"int"},{"name":"symbol","type":"string"},
  {"name":"price","type":"int"},{"name":"account","type":"string"},{"name":"userid","type":"string"}]})";
constexpr std::size_t lot = 512;

struct Trades {
  std::vector<Bytes> values;
  std::vector<eventlog::RecordView> records;
  explicit Trades(std::size_t n) {
    static constexpr const char* symbols[] = {"ZVZZT", "ZJZZT", "ZTEST", "ZVV", "ZXZZT"};
    for (std::size_t i = 0; i < n; ++i) {
      Bytes b;
      Writer w(b);
      w.u8(0);
      w.be(std::int32_t(1));
      const auto r = hash_of(std::uint64_t(i));
      format::avro::put_bytes(b, r % 2 ? "BUY" : "SELL");
      format::avro::put_int(b, std::int32_t(r % 5000 + 1));
      format::avro::put_bytes(b, symbols[r / 7 % 5]);
      format::avro::put_int(b, std::int32_t(r / 11 % 1000 + 1));
      format::avro::put_bytes(b, r % 3 ? "ABC123" : "LMN456");
      format::avro::put_bytes(b, "User_" + std::to_string(r % 9 + 1));
      values.push_back(std::move(b));
    }
    for (std::size_t i = 0; i < n; ++i) {
      eventlog::RecordView v;
      v.offset = Offset{std::int64_t(i)};
      v.value = values[i];
      records.push_back(v);
    }
  }
};

void decode_alone(benchmark::State& state) {
  const Trades trades(100'000);
  SchemaTexts schemas;
  schemas.put(SchemaId{1}, format::SchemaText{"AVRO", schema, {}});
  format::SerdeSpec spec;
  spec.format = format::Format::avro;
  spec.columns = format::infer_columns(format::Format::avro, *schemas.by_id(SchemaId{1}), false)->columns;
  const auto serde = *format::make_serde(spec, schemas);
  for (auto _ : state)
    for (std::size_t at = 0; at < trades.values.size(); at += lot) {
      std::vector<data::Column> columns;
      std::vector<data::Column*> to;
      columns.reserve(spec.columns.size());
      for (const auto& f : spec.columns) {
        columns.emplace_back(f.type);
        columns.back().reserve(lot);
        to.push_back(&columns.back());
      }
      for (std::size_t i = at; i < std::min(at + lot, trades.values.size()); ++i) benchmark::DoNotOptimize(serde->decode(trades.values[i], to));
    }
  state.SetItemsProcessed(std::int64_t(state.iterations()) * 100'000);
}
BENCHMARK(decode_alone);

void decode_and_profile(benchmark::State& state) {
  const Trades trades(100'000);
  RecordDecoder decoder;
  decoder.schemas().put(SchemaId{1}, format::SchemaText{"AVRO", schema, {}});
  TopicProfile profile;
  for (auto _ : state)
    for (std::size_t at = 0; at < trades.records.size(); at += lot) decoder.add(std::span(trades.records).subspan(at, std::min(lot, trades.records.size() - at)), profile);
  state.SetItemsProcessed(std::int64_t(state.iterations()) * 100'000);
  state.counters["bytes_per_field"] = double(profile.memory_bytes()) / double(profile.fields().size());
  state.counters["kept_bytes_per_field"] = double(profile.encode().size()) / double(profile.fields().size());
}
BENCHMARK(decode_and_profile);

template <class Fill> void column(benchmark::State& state, data::Type type, Fill fill) {
  Scratch scratch;
  FieldProfile field;
  data::Column c(type);
  for (std::size_t i = 0; i < 100'000; ++i) fill(c, i);
  for (auto _ : state) field.add(c, scratch);
  state.SetItemsProcessed(std::int64_t(state.iterations()) * 100'000);
  state.counters["bytes"] = double(field.memory_bytes());
}
void few_texts(benchmark::State& state) { column(state, data::Kind::string, [](data::Column& c, std::size_t i) { c.append_text("User_" + std::to_string(i % 9)); }); }
void unique_texts(benchmark::State& state) { column(state, data::Kind::string, [](data::Column& c, std::size_t i) { c.append_text("order-" + std::to_string(hash_of(std::uint64_t(i)))); }); }
void few_whole_numbers(benchmark::State& state) { column(state, data::Kind::integer, [](data::Column& c, std::size_t i) { c.append_int(std::int32_t(hash_of(std::uint64_t(i)) % 100)); }); }
void unique_real_numbers(benchmark::State& state) { column(state, data::Kind::double_, [](data::Column& c, std::size_t i) { c.append_double(double(hash_of(std::uint64_t(i)) >> 11) / 7); }); }
BENCHMARK(few_texts);
BENCHMARK(unique_texts);
BENCHMARK(few_whole_numbers);
BENCHMARK(unique_real_numbers);

struct ManyTopics final : Counters {
  std::int64_t n = 0;
  std::vector<TopicNumbers> topics() override {
    std::vector<TopicNumbers> out;
    ++n;
    for (int i = 0; i < 1000; ++i) out.push_back({"a.topic.of.some.domain." + std::to_string(i), {1}, n, n, std::uint64_t(n), 1'700'000'000'000});
    return out;
  }
  std::vector<QueryNumbers> queries() override { return {}; }
  NodeNumbers node() override { return {}; }
};
void beat_of_1000_topics(benchmark::State& state) {
  ManyTopics counters;
  ManualClock clock(1'700'000'000'000);
  Pulse pulse(counters, clock);
  for (auto _ : state) {
    clock.advance_ms(1000);
    pulse.beat();
  }
}
void beat_of_1000_topics_with_listeners(benchmark::State& state) {
  ManyTopics counters;
  ManualClock clock(1'700'000'000'000);
  Pulse pulse(counters, clock);
  for (auto _ : state) {
    clock.advance_ms(1000);
    pulse.beat();
    for (int client = 0; client < 100; ++client) benchmark::DoNotOptimize(pulse.everything());
  }
}
BENCHMARK(beat_of_1000_topics)->Unit(benchmark::kMicrosecond);
BENCHMARK(beat_of_1000_topics_with_listeners)->Unit(benchmark::kMicrosecond);

}  // namespace
