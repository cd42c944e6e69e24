#include "mesh/lineage.h"

#include <algorithm>

#include "base/limits/mesh.h"
#include "base/log.h"

namespace braid::mesh {
namespace {

const std::string position_group = "_braid_lineage";
constexpr std::size_t records_per_write = 2'000;
constexpr io::Milliseconds read_patience{30'000};

// Bounded on disk: what lies before the last whole piece is not needed (at most lineage_flows_max records of some 400 bytes are).
eventlog::TopicSpec flows_spec() {
  eventlog::TopicSpec spec;
  spec.name = Lineage::topic;
  spec.configs = {{"retention.ms", "-1"}, {"retention.bytes", "67108864"}, {"segment.bytes", "8388608"}};
  return spec;
}
// A week of events for whoever collects them.
eventlog::TopicSpec events_spec() {
  eventlog::TopicSpec spec;
  spec.name = Lineage::events_topic;
  spec.configs = {{"retention.ms", "604800000"}, {"retention.bytes", "134217728"}, {"segment.bytes", "16777216"}, {"max.message.bytes", std::to_string(limits::mesh_record_bytes_max)}};
  return spec;
}

io::Task<Result<void>> make_topic(eventlog::EventLog& log, eventlog::TopicSpec spec) {
  const std::string name = spec.name;
  auto found = co_await log.describe_topic(name);
  if (found) co_return Result<void>{};
  if (found.error().code != ErrorCode::not_found) co_return std::unexpected(std::move(found).error());
  auto made = co_await log.create_topic(std::move(spec));
  if (!made && made.error().code != ErrorCode::already_exists) co_return std::unexpected(std::move(made).error().during("creating " + name));
  co_return Result<void>{};
}

// Named values: g++ 12 and temporaries of a co_await (io/task.h).
const eventlog::TopicPartition flows_place{std::string(Lineage::topic), PartitionId{0}}, events_place{std::string(Lineage::events_topic), PartitionId{0}};

}  // namespace

struct Lineage::Impl {
  eventlog::EventLog& log;
  const Clock& clock;
  Mesh& mesh;
  LineageSources& sources;
  LineageOptions options;
  Observed observed{};
  std::map<std::string, OpenRun> runs{};
  std::unique_ptr<eventlog::Writer> writer{};
  std::uint64_t mesh_listener = 0, mesh_changes = 0;
  std::uint64_t bytes_since_whole = 0, whole_bytes = 0;
  std::int64_t kept_ms = 0;
  std::vector<Observed::Entry> unwritten{};   // of a write that failed
  std::vector<json::object> untold{};         // events of a write that failed
  std::string trouble{};
  io::Turns looking{};
  io::Notifier stopping{};
  io::Gate gate{};

  struct Cached {
    std::string key;
    std::shared_ptr<const LineageGraph> graph;
  };
  Cached cached[2]{};

  OpenLineageContext context() const {
    OpenLineageContext c;
    const std::string bootstrap = log.bootstrap();
    c.dataset_namespace = "kafka://" + bootstrap.substr(0, bootstrap.find(','));
    c.version = options.version;
    c.state = &mesh.state();
    c.observed = &observed;
    c.columns_of = [this](const std::string& topic) { return sources.columns_of(topic); };
    return c;
  }

  Result<void> apply(const eventlog::RecordView& record) {
    if (!record.key) return fail(ErrorCode::corrupt, "a record of " + std::string(topic) + " has no key");
    TRY(const auto key, json::parse(*record.key));
    if (!key.is_array() || key.get_array().size() < 2 || !key.get_array()[0].is_string() || !key.get_array()[1].is_string()) return fail(ErrorCode::corrupt, "its key is no flow and no run");
    if (key.get_array()[0].get_string() == "run" && key.get_array().size() == 2) {
      const std::string query(key.get_array()[1].get_string());
      if (!record.value || record.value->empty()) {
        runs.erase(query);
        return {};
      }
      TRY(auto run, decode_open_run(*record.value));
      runs[query] = std::move(run);
      return {};
    }
    return observed.restore(*record.key, record.value);
  }

  io::Task<Result<void>> restore() {
    CO_TRY(const auto bounds, co_await log.bounds(flows_place));
    Offset from = bounds.earliest;
    auto committed = co_await log.committed(position_group);
    if (committed)
      if (const auto it = committed->find(flows_place); it != committed->end()) from = std::clamp(it->second, bounds.earliest, bounds.end);
    bytes_since_whole = 0;
    if (from >= bounds.end) co_return Result<void>{};
    std::vector<std::pair<eventlog::TopicPartition, Offset>> where{{flows_place, from}};
    CO_TRY(auto reader, log.reader(std::move(where)));
    Offset at = from;
    while (at < bounds.end) {
      CO_TRY(const auto chunks, co_await reader->next(io::after(read_patience), 4 << 20));
      if (chunks.empty()) co_return fail(ErrorCode::timeout, "reading " + std::string(topic) + " takes too long");
      for (const auto& chunk : chunks) {
        for (const auto& record : chunk.records) {
          if (const auto done = apply(record); !done)
            log::warn("lineage_record_skipped", {{"topic", topic}, {"offset", record.offset.value}, {"reason", done.error().message}});
          bytes_since_whole += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
        }
        at = std::max(at, chunk.next);
      }
    }
    co_return Result<void>{};
  }

  void report(const Error& error) {
    if (trouble != error.message) log::warn("lineage_not_kept", {{"reason", error.message}});
    trouble = error.message;
  }

  io::Task<Result<Offset>> write(std::vector<Observed::Entry> entries) {
    Offset first{-1};
    for (std::size_t from = 0; from < entries.size(); from += records_per_write) {
      std::vector<eventlog::Record> records;
      for (std::size_t i = from; i < std::min(entries.size(), from + records_per_write); ++i) {
        eventlog::Record record;
        record.key = entries[i].key;
        if (!entries[i].value.empty()) record.value = entries[i].value;
        records.push_back(std::move(record));
      }
      const auto at = co_await writer->write(flows_place, std::move(records));
      if (!at) co_return std::unexpected(at.error());
      if (first.value < 0) first = *at;
    }
    for (const auto& e : entries) bytes_since_whole += e.key.size() + e.value.size();
    co_return first;
  }

  io::Task<void> keep(std::vector<Observed::Entry> entries) {
    entries.insert(entries.begin(), std::make_move_iterator(unwritten.begin()), std::make_move_iterator(unwritten.end()));
    unwritten.clear();
    if (entries.empty()) co_return;
    auto copy = entries;
    const auto written = co_await write(std::move(copy));
    if (!written) {
      report(written.error());
      // A flow is written whole each time, so of one key only the last matters.
      std::map<std::string, std::string> last;
      for (auto& e : entries) last[std::move(e.key)] = std::move(e.value);
      for (auto& [key, value] : last) unwritten.push_back({key, std::move(value)});
      co_return;
    }
    trouble.clear();
    if (bytes_since_whole < options.whole_after_bytes + 2 * whole_bytes) co_return;
    std::vector<Observed::Entry> whole = observed.all();
    for (const auto& [query, run] : runs) whole.push_back({run_key(query), encode(run)});
    bytes_since_whole = 0;
    const auto begins = co_await write(std::move(whole));
    if (!begins) {
      report(begins.error());
      co_return;
    }
    whole_bytes = std::exchange(bytes_since_whole, 0);
    std::map<eventlog::TopicPartition, Offset> position{{flows_place, *begins}};
    const auto committed = co_await log.commit(position_group, std::move(position));
    if (!committed) report(committed.error());
  }

  io::Task<void> tell(std::vector<json::object> events) {
    events.insert(events.begin(), std::make_move_iterator(untold.begin()), std::make_move_iterator(untold.end()));
    untold.clear();
    for (std::size_t i = 0; i < events.size(); ++i) {
      std::vector<eventlog::Record> records(1);
      records[0].key = std::string(events[i].at("run").at("runId").as_string());
      records[0].value = json::print(events[i]);
      const auto written = co_await writer->write(events_place, std::move(records));
      if (written) continue;
      report(written.error());
      const std::size_t room = std::min(events.size() - i, limits::openlineage_events_per_call_max);
      for (std::size_t k = i; k < i + room; ++k) untold.push_back(std::move(events[k]));
      co_return;
    }
  }

  io::Task<void> look(bool keep_all) {
    const auto turn = co_await looking.take();
    const Counts counts = co_await sources.counts();
    const std::int64_t now = clock.wall_ms();
    observed.look(counts, now);
    auto decided = decide_runs(runs, sources.queries(), context(), [] { return to_text(random_uuid()); }, now);
    std::vector<Observed::Entry> entries;
    const bool due = keep_all || observed.has_news() || now - kept_ms >= options.keep.count();
    if (due) {
      entries = observed.take_changes();
      kept_ms = now;
    }
    // Events first: a run that is known as told was told. After a crash between the two an event may come twice, which OpenLineage allows.
    co_await tell(std::move(decided.events));
    for (const auto& query : decided.changed)
      if (const auto it = runs.find(query); it != runs.end()) entries.push_back({run_key(query), encode(it->second)});
    for (const auto& query : decided.ended) entries.push_back({run_key(query), ""});
    co_await keep(std::move(entries));
  }

  io::Task<void> watch() {
    const auto pass = gate.enter();
    if (!pass) co_return;
    while (!gate.closed()) {
      co_await stopping.wait(io::after(options.look));
      if (gate.closed()) break;
      co_await look(false);
    }
  }
};

Lineage::Lineage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lineage::~Lineage() = default;

io::Task<Result<std::unique_ptr<Lineage>>> Lineage::open(eventlog::EventLog& log, const Clock& clock, Mesh& mesh, LineageSources& sources, LineageOptions options) {
  auto flows = flows_spec(), events = events_spec();
  CO_TRY_VOID(co_await make_topic(log, std::move(flows)));
  CO_TRY_VOID(co_await make_topic(log, std::move(events)));
  std::unique_ptr<Impl> impl(new Impl{.log = log, .clock = clock, .mesh = mesh, .sources = sources, .options = std::move(options)});   // in place: it does not move
  CO_TRY(impl->writer, log.writer());
  auto restored = co_await impl->restore();
  if (!restored) co_return std::unexpected(std::move(restored).error().during("what lineage has seen"));
  impl->kept_ms = clock.wall_ms();
  Impl* state = impl.get();
  impl->mesh_listener = mesh.listen([state](const Event&) { ++state->mesh_changes; });
  if (impl->options.watch) io::Shard::current()->spawn(impl->watch());
  co_return std::unique_ptr<Lineage>(new Lineage(std::move(impl)));
}

io::Task<void> Lineage::close() {
  impl_->stopping.notify_all();
  co_await impl_->gate.close();
  co_await impl_->look(true);
  impl_->mesh.unlisten(impl_->mesh_listener);
}

void Lineage::seen(const Seen& who, const std::string& host, std::uint64_t records, std::uint64_t bytes) { impl_->observed.add(who, host, records, bytes, impl_->clock.wall_ms()); }

io::Task<void> Lineage::look() { return impl_->look(true); }

io::Task<Result<std::shared_ptr<const LineageGraph>>> Lineage::graph(bool internal) {
  CO_TRY(const auto topics, co_await impl_->log.list_topics());
  LineageFacts facts;
  facts.now_ms = impl_->clock.wall_ms();
  facts.internal = internal;
  std::string names;
  for (const auto& t : topics) {
    facts.topics.push_back(t.name);
    names += t.name;
    names += '\n';
  }
  // Whether something is at rest depends on the time; a minute is exact enough for that.
  const std::string key = std::to_string(impl_->mesh_changes) + " " + std::to_string(impl_->sources.revision()) + " " + std::to_string(impl_->observed.revision()) + " " +
                          std::to_string(facts.now_ms / 60'000) + " " + names;
  auto& cached = impl_->cached[internal ? 1 : 0];
  if (cached.key == key) co_return cached.graph;
  facts.queries = impl_->sources.queries();
  facts.sees_kafka_clients = impl_->options.sees_kafka_clients;
  cached.graph = std::make_shared<const LineageGraph>(LineageGraph::build(impl_->mesh.state(), impl_->observed, facts));
  cached.key = key;
  co_return cached.graph;
}

const Observed& Lineage::observed() const { return impl_->observed; }
std::vector<LineageColumn> Lineage::columns_of(const std::string& topic) const { return impl_->sources.columns_of(topic); }

}  // namespace braid::mesh
