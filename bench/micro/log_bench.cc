// link: braid_storage
// The embedded log on a real disk (BENCH_DIR, or the temporary directory): durable appends by concurrent writers, reads of the tail and of
// segments, and a start with 1,000 topics and 1,000,000 records after a clean stop and after a kill. "bytes_per_second" counts batch bytes.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "io/sync.h"
#include "storage/log.h"
#include "wire/record_batch.h"

namespace {

using namespace braid;
using namespace braid::storage;

std::string fresh_directory() {
  const char* base = std::getenv("BENCH_DIR");
  std::string name = (base != nullptr ? std::string(base) : std::filesystem::temp_directory_path().string()) + "/braid_bench_XXXXXX";
  return ::mkdtemp(name.data());
}

struct World {
  World() { open(); }
  ~World() {
    close();
    std::filesystem::remove_all(directory);
  }
  void open() {
    log::configure(log::Level::warn, log::Style::text);
    shards = io::Shards::start(2);
    LogOptions options;
    options.directory = directory + "/data";
    store = *Log::open(*files, *shards, options);
  }
  void close() {
    if (store) io::block_on(shards->control(), store->close());
    kill();
  }
  void kill() {
    shards->stop();
    store.reset();
    shards.reset();
  }
  TopicPtr topic(const std::string& name, int partitions) {
    NewTopic fresh;
    fresh.name = name;
    fresh.partitions = partitions;
    return *io::block_on(shards->control(), store->create_topic(fresh));
  }
  std::string directory = fresh_directory();
  std::unique_ptr<io::FileSystem> files = io::real_files();
  std::unique_ptr<io::Shards> shards;
  std::unique_ptr<Log> store;
};

Bytes batch_of(int records, int record_bytes) {
  wire::BatchBuilder builder;
  const Bytes value(std::size_t(record_bytes), 'v');
  for (int i = 0; i < records; ++i) builder.add(1'700'000'000'000 + i, "key", value);
  return *builder.finish();
}

io::Task<void> write_some(Log& log, TopicPtr topic, int partition, Bytes batch, int times, int& left, io::Notifier& done) {
  for (int i = 0; i < times; ++i) {
    auto appending = log.append(topic, PartitionId{partition}, batch);
    const auto appended = co_await std::move(appending);
    if (!appended) {
      std::fprintf(stderr, "append: %s\n", appended.error().error.message.c_str());
      std::exit(1);
    }
  }
  if (--left == 0) done.notify_all();
}
io::Task<void> write_all(Log& log, TopicPtr topic, int writers, Bytes batch, int times) {
  int left = writers;
  io::Notifier done;
  for (int w = 0; w < writers; ++w) io::Shard::current()->spawn(write_some(log, topic, w % topic->partition_count(), batch, times, left, done));
  while (left > 0) {
    auto waiting = done.wait();
    co_await std::move(waiting);
  }
}

// writers, records per batch, bytes per record
void append(benchmark::State& state) {
  World world;
  const auto topic = world.topic("bench", 12);
  const auto batch = batch_of(int(state.range(1)), int(state.range(2)));
  const int writers = int(state.range(0)), times = std::max(1, int((64 << 20) / (batch.size() * std::size_t(writers))));
  const int rounds = std::min(times, 2000);
  for (auto _ : state) io::block_on(world.shards->control(), write_all(*world.store, topic, writers, batch, rounds));
  state.SetBytesProcessed(std::int64_t(state.iterations()) * writers * rounds * std::int64_t(batch.size()));
  state.counters["appends"] = benchmark::Counter(double(state.iterations()) * writers * rounds, benchmark::Counter::kIsRate);
}
BENCHMARK(append)->Args({1, 1, 100})->Args({64, 1, 100})->Args({12, 160, 100})->Args({12, 60, 1000})->Args({12, 900, 1000})->Unit(benchmark::kMillisecond)->UseRealTime();

io::Task<std::int64_t> read_all(Log& log, TopicPtr topic, bool decode) {
  std::int64_t bytes = 0;
  Bytes scratch;
  std::vector<wire::RecordHeader> headers;
  for (Offset at{0};;) {
    auto reading = log.read(topic, PartitionId{0}, at);
    auto read = co_await std::move(reading);
    if (!read || read->pieces.empty()) co_return bytes;
    bytes += std::int64_t(read->bytes);
    at = read->next;
    if (!decode) continue;
    for (const auto& piece : read->pieces) {
      BytesView view = piece.bytes;
      while (const auto batch = wire::next_batch_unchecked(view)) {
        auto records = *wire::RecordReader::open(*batch, scratch);
        wire::RecordRef record;
        for (headers.clear(); *records.next(record, headers);) benchmark::DoNotOptimize(record.value);
      }
    }
  }
}
// segments (1) or tail (0), decode the records (1) or not (0)
void read(benchmark::State& state) {
  World world;
  const auto topic = world.topic("bench", 1);
  const int mib = state.range(0) != 0 ? 128 : 24;
  io::block_on(world.shards->control(), write_all(*world.store, topic, 1, batch_of(1000, 100), mib * 9));
  if (state.range(0) != 0) (void)io::block_on(world.shards->control(), world.store->checkpoint());
  std::int64_t bytes = 0;
  for (auto _ : state) bytes += io::block_on(world.shards->at(topic->partition_count() - 1), read_all(*world.store, topic, state.range(1) != 0));
  state.SetBytesProcessed(bytes);
  state.counters["records"] = benchmark::Counter(double(bytes) / 110.0, benchmark::Counter::kIsRate);
}
BENCHMARK(read)->Args({0, 0})->Args({0, 1})->Args({1, 0})->Args({1, 1})->Unit(benchmark::kMillisecond)->UseRealTime();

double resident_mib() {
  std::ifstream in("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  in >> pages >> resident;
  return double(resident) * 4096 / (1 << 20);
}

// 1,000 topics, 1,000,000 records; after a clean stop (0) or a kill (1)
void start(benchmark::State& state) {
  World world;
  for (int t = 0; t < 1000; ++t) {
    const auto topic = world.topic("topic-" + std::to_string(t), 1);
    io::block_on(world.shards->control(), write_all(*world.store, topic, 1, batch_of(100, 100), 10));
  }
  for (auto _ : state) {
    state.PauseTiming();
    if (state.range(0) == 0) world.close();
    else world.kill();
    const double before = resident_mib();
    state.ResumeTiming();
    world.open();
    state.PauseTiming();
    state.counters["resident_mib_more"] = resident_mib() - before;
    state.counters["resident_mib"] = resident_mib();
    state.ResumeTiming();
  }
}
BENCHMARK(start)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
