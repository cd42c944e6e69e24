// What a running profile takes from who reads: one shard reads and decodes a topic of stocktrades at full speed, again and again; first alone, then
// while a profile works off the same topic beside it. Prints rows/s and CPU seconds per million rows of both, and their ratios.
//   bench_profile_cost [records] [passes] [share of a shard's time for profiles]
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "eventlog/embedded/embedded_log.h"
#include "format/avro/binary.h"
#include "mesh/demo_organisation.h"
#include "mesh/readers.h"
#include "observe/profiles.h"
#include "observe/sketch/hash.h"
#include "storage/numbers.h"

namespace {

using namespace braid;

constexpr const char* schema = R"({"type":"record","name":"StockTrade","fields":[{"name":"side","type":"string"},{"name":"quantity","type":"int"},{"name":"symbol","type":"string"},
  {"name":"price","type":"int"},{"name":"account","type":"string"},{"name":"userid","type":"string"}]})";

template <class T> T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "%s\n", r.error().text().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}
double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
double seconds() { return double(system_clock().monotonic_ns()) / 1e9; }

struct Counting final : observe::Counters {
  storage::Log* log = nullptr;
  std::vector<observe::TopicNumbers> topics() override {
    std::vector<observe::TopicNumbers> out;
    const auto all = log->topics();
    for (const auto& [name, topic] : all->by_name()) {
      if (name.starts_with("_")) continue;
      const auto n = storage::numbers_of(*topic);
      out.push_back({name, topic->id, n.records, n.end, n.bytes_in, n.last_append_ms});
    }
    return out;
  }
  std::vector<observe::QueryNumbers> queries() override { return {}; }
  observe::NodeNumbers node() override { return {}; }
};

io::Task<void> fill(eventlog::EventLog* log, std::int32_t id, std::int64_t count) {
  static constexpr const char* symbols[] = {"ZVZZT", "ZJZZT", "ZTEST", "ZVV", "ZXZZT"};
  auto writer = must(log->writer());
  for (std::int64_t at = 0; at < count;) {
    std::vector<eventlog::Record> records;
    for (int i = 0; i < 2000 && at < count; ++i, ++at) {
      Bytes b;
      Writer w(b);
      w.u8(0);
      w.be(id);
      const auto r = observe::hash_of(std::uint64_t(at));
      format::avro::put_bytes(b, r % 2 ? "BUY" : "SELL");
      format::avro::put_int(b, std::int32_t(r % 5000 + 1));
      format::avro::put_bytes(b, symbols[r / 7 % 5]);
      format::avro::put_int(b, std::int32_t(r / 11 % 1000 + 1));
      format::avro::put_bytes(b, r % 3 ? "ABC123" : "LMN456");
      format::avro::put_bytes(b, "User_" + std::to_string(r % 9 + 1));
      records.push_back({.key = std::string(symbols[r / 7 % 5]), .value = std::move(b)});
    }
    const eventlog::TopicPartition to{"stocktrades", PartitionId{0}};
    auto writing = writer->write(to, std::move(records));
    must(co_await std::move(writing));
  }
}

// One pass over the topic: read, decode to columns.
io::Task<std::int64_t> pass(eventlog::EventLog* log, format::Schemas* schemas, std::vector<data::Field> fields, std::int64_t count) {
  format::SerdeSpec spec;
  spec.format = format::Format::avro;
  spec.columns = std::move(fields);
  const auto serde = must(format::make_serde(spec, *schemas));
  std::vector<std::pair<eventlog::TopicPartition, Offset>> from;
  from.emplace_back(eventlog::TopicPartition{"stocktrades", PartitionId{0}}, Offset{0});
  auto reader = must(log->reader(std::move(from)));
  std::int64_t rows = 0;
  while (rows < count) {
    auto reading = reader->next(io::after(io::Milliseconds(5000)));
    for (const auto& chunk : must(co_await std::move(reading))) {
      std::vector<data::Column> columns;
      std::vector<data::Column*> to;
      columns.reserve(spec.columns.size());
      for (const auto& f : spec.columns) {
        columns.emplace_back(f.type);
        to.push_back(&columns.back());
      }
      for (const auto& r : chunk.records) must(serde->decode(*r.value, to));
      rows += std::int64_t(chunk.records.size());
    }
    co_await io::yield();
  }
  co_return rows;
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 2'000'000;
  const int passes = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string directory = std::filesystem::temp_directory_path() / ("braid_profile_cost_" + std::to_string(system_clock().monotonic_ns()));
  auto files = io::real_files();
  auto shards = io::Shards::start(1);
  io::Shard& shard = shards->control();
  storage::LogOptions log_options;
  log_options.directory = directory + "/log";
  auto storage = must(storage::Log::open(*files, *shards, log_options));
  auto offsets = must(io::block_on(shard, storage::GroupOffsets::open(*storage, *shards, 1)));
  auto log = eventlog::embedded_log(*storage, *offsets, "");
  Metrics metrics;
  auto registry = must(io::block_on(shard, registry::Registry::open(*log, metrics)));
  registry::SchemaDraft draft;
  draft.text = schema;
  const auto id = must(io::block_on(shard, registry->add("stocktrades-value", draft))).id;
  must(io::block_on(shard, log->create_topic(eventlog::TopicSpec{.name = "stocktrades"})));
  io::block_on(shard, fill(log.get(), id.value, count));
  observe::SchemaTexts schemas;
  schemas.put(id, format::SchemaText{"AVRO", schema, {}});
  const auto fields = must(format::infer_columns(format::Format::avro, *schemas.by_id(id), false)).columns;

  struct Measured { double rows_per_second, cpu_per_million; };
  const auto measure = [&](const char* what) {
    const double began = seconds(), cpu = cpu_seconds();
    std::int64_t rows = 0;
    for (int i = 0; i < passes; ++i) rows += io::block_on(shard, pass(log.get(), &schemas, fields, count));
    const double took = seconds() - began;
    const Measured m{double(rows) / took, (cpu_seconds() - cpu) / double(rows) * 1e6};
    std::printf("%-28s %10.0f rows/s  %.3f CPU s per million rows\n", what, m.rows_per_second, m.cpu_per_million);
    return m;
  };
  (void)measure("warm-up");
  const auto alone = measure("reading alone");

  mesh::NoReaders readers;
  auto mesh = must(io::block_on(shard, mesh::Mesh::open(*log, system_clock(), readers)));
  for (const auto& step : mesh::demo_organisation()) (void)io::block_on(shard, mesh->execute(step.caller, step.command));
  mesh::PublishProduct publish;
  publish.name = "stocktrades";
  publish.fields.owner = "@execution-team";
  publish.fields.description = "Trades";
  (void)io::block_on(shard, mesh->execute({.person = "priya"}, publish));
  Counting counters;
  counters.log = storage.get();
  observe::Pulse pulse(counters, system_clock());
  const auto start = [](observe::Pulse* p, io::Shard* s) -> io::Task<void> {
    p->start(*s);
    co_return;
  };
  io::block_on(shard, start(&pulse, &shard));
  observe::Profiles::Parts parts{*log, *registry, *mesh, pulse, *shards, metrics, system_clock()};
  observe::ProfilesOptions options;
  if (argc > 3) options.share = std::atof(argv[3]);
  auto profiles = must(io::block_on(shard, observe::Profiles::open(parts, options)));
  const double beside_cpu = cpu_seconds(), beside_began = seconds();
  const auto beside = measure("reading beside a profile");
  const double took_cpu = cpu_seconds() - beside_cpu, took = seconds() - beside_began;
  const auto view = io::block_on(shard, profiles->view("stocktrades"));
  if (view)
    std::printf("profile: %llu records passed, %llu looked into, now 1 in %d, lag %lld, %.2f s of CPU, %zu bytes of memory for 7 fields\n", (unsigned long long)view->records,
                (unsigned long long)view->profiled, 1 << view->sampling, (long long)view->lag, double(view->cpu_ns) / 1e9, view->memory);
  if (view) std::printf("the profile took %.1f %% of that CPU time, %.1f %% of the time\n", 100 * double(view->cpu_ns) / 1e9 / took_cpu, 100 * double(view->cpu_ns) / 1e9 / took);
  std::printf("ratio: %.3f of the rows/s, %.3f of the CPU per row\n", beside.rows_per_second / alone.rows_per_second, beside.cpu_per_million / alone.cpu_per_million);
  const auto again = measure("reading after it caught up");
  std::printf("ratio: %.3f of the rows/s\n", again.rows_per_second / alone.rows_per_second);
  io::block_on(shard, profiles->close());
  io::block_on(shard, pulse.close());
  io::block_on(shard, mesh->close());
  io::block_on(shard, registry->close());
  io::block_on(shard, offsets->close());
  io::block_on(shard, storage->close());
  shards->stop();
  std::filesystem::remove_all(directory);
}
