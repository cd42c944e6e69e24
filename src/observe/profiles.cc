#include "observe/profiles.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "base/log.h"
#include "base/limits/observe.h"

namespace braid::observe {

using eventlog::Record;
using eventlog::TopicPartition;

namespace {

constexpr int reconcile_beats = 2;                       // products are followed every second look
constexpr std::string_view topic_prefix = "topic:";
constexpr std::string_view heartbeat_key = "heartbeat";

eventlog::TopicSpec spec() {
  eventlog::TopicSpec s;
  s.name = std::string(Profiles::topic);
  s.cleanup = eventlog::Cleanup::compact;
  s.configs["max.message.bytes"] = std::to_string(limits::profile_state_bytes_max);
  return s;
}

Record record_of(std::string key, std::optional<Bytes> value) {
  Record r;
  r.key = std::move(key);
  r.value = std::move(value);
  return r;
}

}  // namespace

struct Profiles::Impl {
  struct Followed {
    std::shared_ptr<Profiler> profiler;                  // shared with its coroutine
    io::Shard* shard = nullptr;
    std::int64_t since_ms = 0, kept_ms = 0;
    std::uint64_t kept_records = 0;
    Profiler::View last;                                 // without fields; at most some seconds old
    std::uint64_t counted_records = 0, counted_profiled = 0, counted_undecodable = 0;
    std::int64_t counted_cpu_ns = 0;
  };

  Parts parts;
  ProfilesOptions options;
  std::vector<std::unique_ptr<Allowance>> allowances;    // one per shard
  std::map<std::string, Followed, std::less<>> followed;
  std::map<std::string, TopicProfile, std::less<>> kept; // read at the start, not yet followed
  std::map<std::string, std::string, std::less<>> reasons;
  std::map<std::string, double, std::less<>> promised;   // by topic: the age that its product promises
  Activity activity;
  std::unique_ptr<eventlog::Writer> writer;
  std::int64_t activity_kept_ms = 0;
  bool stopping = false, running = false, ended = false;
  io::Notifier changed;
  std::size_t memory = 0;
  std::set<std::string> gauges;

  Impl(Parts p, ProfilesOptions o) : parts(p), options(o) {
    for (int i = 0; i < parts.shards.size(); ++i) allowances.push_back(std::make_unique<Allowance>(options.share));
  }

  SchemaLookup lookup() {
    registry::Registry* registry = &parts.registry;
    return [registry](SchemaId id) -> Result<format::SchemaText> {
      TRY(const auto schema, registry->by_id(id));
      format::SchemaText out{std::string(registry::name_of(schema.type)), schema.text, {}};
      TRY(const auto references, registry->referenced_texts(schema));
      for (const auto& r : references) out.references.push_back(r.text);
      return out;
    };
  }

  // --- the kept state

  io::Task<Result<void>> load() {
    const TopicPartition place{std::string(Profiles::topic), PartitionId{0}};
    auto describing = parts.log.describe_topic(place.topic);
    auto there = co_await std::move(describing);
    if (!there) {
      if (there.error().code != ErrorCode::not_found) co_return std::unexpected(there.error());
      auto creating = parts.log.create_topic(spec());
      CO_TRY_VOID(co_await std::move(creating));
    }
    CO_TRY(writer, parts.log.writer());
    auto asking = parts.log.bounds(place);
    CO_TRY(const auto bounds, co_await std::move(asking));
    std::map<std::string, Bytes> newest;
    if (bounds.earliest < bounds.end) {
      std::vector<std::pair<TopicPartition, Offset>> from;
      from.emplace_back(place, bounds.earliest);
      CO_TRY(auto reader, parts.log.reader(std::move(from)));
      for (Offset at = bounds.earliest; at < bounds.end;) {
        auto reading = reader->next(io::after(io::Milliseconds(2000)), 8 * limits::MiB);
        CO_TRY(const auto chunks, co_await std::move(reading));
        if (chunks.empty()) break;
        for (const auto& chunk : chunks) {
          for (const auto& r : chunk.records) {
            if (!r.key) continue;
            if (r.value) newest[std::string(*r.key)] = Bytes(*r.value);
            else newest.erase(std::string(*r.key));
          }
          at = chunk.next;
        }
      }
    }
    std::int64_t seen_ms = 0;
    for (const auto& [key, value] : newest) {
      if (key == heartbeat_key) {
        std::from_chars(value.data(), value.data() + value.size(), seen_ms);
        continue;
      }
      Result<void> taken;
      if (key.starts_with(topic_prefix)) {
        auto profile = TopicProfile::decode(value);
        if (profile) kept[key.substr(topic_prefix.size())] = *std::move(profile);
        else taken = std::unexpected(profile.error());
      } else {
        taken = activity.restore(key, value);
      }
      if (!taken) log::warn("kept_profile_skipped", {{"key", key}, {"reason", taken.error().text()}});
    }
    const std::int64_t now = parts.clock.wall_ms();
    if (seen_ms > 0 && seen_ms < now) activity.was_down(seen_ms, now);
    co_return Result<void>{};
  }

  io::Task<void> write(std::vector<Record> records) {
    if (records.empty()) co_return;
    TopicPartition place{std::string(Profiles::topic), PartitionId{0}};
    auto writing = writer->write(std::move(place), std::move(records));
    const auto written = co_await std::move(writing);
    if (!written) log::warn("profiles_not_kept", {{"reason", written.error().text()}});
  }

  io::Task<void> keep(std::string name, Followed& f) {
    std::shared_ptr<Profiler> profiler = f.profiler;
    const std::uint64_t records = f.last.records;
    auto encoding = f.shard->on([profiler] { return profiler->encode(); });
    Bytes state = co_await std::move(encoding);
    std::vector<Record> all;
    all.push_back(record_of(std::string(topic_prefix) + name, std::move(state)));
    f.kept_ms = parts.clock.wall_ms();
    f.kept_records = records;
    co_await write(std::move(all));
  }

  io::Task<void> keep_activity() {
    activity_kept_ms = parts.clock.wall_ms();
    std::vector<Record> all;
    for (auto& k : activity.changed()) all.push_back(record_of(std::move(k.key), std::move(k.value)));
    all.push_back(record_of(std::string(heartbeat_key), std::to_string(activity_kept_ms)));
    co_await write(std::move(all));
  }

  // --- who is followed

  io::Task<void> follow(std::string name, const TopicNumbers& numbers) {
    TopicProfile state;
    if (const auto k = kept.find(name); k != kept.end()) {
      if (k->second.id == numbers.id) state = std::move(k->second);
      kept.erase(k);
    }
    if (state.topic.empty()) {
      state.topic = name;
      state.id = numbers.id;
      state.since_ms = parts.clock.wall_ms();
    }
    Followed f;
    f.since_ms = state.since_ms;
    f.kept_records = f.counted_records = state.records;
    f.counted_profiled = state.profiled;
    f.counted_undecodable = state.undecodable;
    f.kept_ms = parts.clock.wall_ms();
    const int index = int(std::hash<std::string>()(name) % std::size_t(parts.shards.size()));
    f.shard = &parts.shards.at(index);
    ProfilerParts needed{parts.log, *f.shard, parts.shards.control(), lookup(), *allowances[std::size_t(index)], parts.clock};
    f.profiler = std::make_shared<Profiler>(std::move(needed), std::move(state));
    f.shard->spawn(Profiler::run(f.profiler));
    followed.emplace(std::move(name), std::move(f));
    co_return;
  }

  // A profile that is no longer followed is kept as it is, so that a product that comes back goes on from there; that of a deleted topic goes.
  io::Task<void> unfollow(std::string name, bool deleted) {
    const auto at = followed.find(name);
    Followed f = std::move(at->second);
    followed.erase(at);
    std::shared_ptr<Profiler> profiler = f.profiler;
    auto stopping_it = f.shard->on([profiler] {
      profiler->stop();
      return profiler->stopped();
    });
    co_await std::move(stopping_it);
    std::vector<Record> all;
    if (deleted) {
      all.push_back(record_of(std::string(topic_prefix) + name, std::nullopt));
    } else {
      auto encoding = f.shard->on([profiler] { return profiler->encode(); });
      Bytes state = co_await std::move(encoding);
      if (auto again = TopicProfile::decode(state)) kept[name] = *std::move(again);
      all.push_back(record_of(std::string(topic_prefix) + name, std::move(state)));
    }
    co_await write(std::move(all));
  }

  io::Task<void> reconcile() {
    std::map<std::string, const TopicNumbers*> wanted;
    promised.clear();
    reasons.clear();
    for (const auto& [name, product] : parts.mesh.state().products) {
      if (product.state == mesh::Lifecycle::retired) continue;
      for (const auto& port : product.ports) {
        const auto* p = parts.pulse.topic(port.topic);
        if (p == nullptr) {
          reasons[port.topic] = "there is no topic " + port.topic;
          continue;
        }
        wanted[port.topic] = &p->now;
        if (product.state != mesh::Lifecycle::draft) promised[port.topic] = double(promised_freshness_s(product));
      }
    }
    std::vector<std::pair<std::string, bool>> leave;
    for (const auto& [name, f] : followed) {
      const auto* p = parts.pulse.topic(name);
      const bool again = p != nullptr && ids[name] != p->now.id;   // deleted, and made anew under its name
      if (!wanted.contains(name) || again) leave.emplace_back(name, p == nullptr || again);
    }
    for (auto& [name, deleted] : leave) co_await unfollow(std::move(name), deleted);
    std::vector<std::pair<std::string, TopicNumbers>> come;
    for (const auto& [name, numbers] : wanted)
      if (!followed.contains(name)) come.emplace_back(name, *numbers);
    for (auto& [name, numbers] : come) {
      if (stopping) break;
      if (memory > limits::profile_memory_max) {
        reasons[name] = "the profiles of other topics take " + std::to_string(memory / limits::MiB) + " MiB, the most there may be";
        continue;
      }
      ids[name] = numbers.id;
      co_await follow(std::move(name), numbers);
    }
  }
  std::map<std::string, Uuid> ids;                       // of followed topics

  // --- looking around

  void count(const std::string& name, Followed& f) {
    const Labels labels{{"topic", name}};
    const auto add = [&](const char* metric, const char* help, std::uint64_t now, std::uint64_t& before) {
      if (now > before) parts.metrics.counter(metric, help, labels).add(double(now - before));
      before = now;
    };
    add("braid_profile_records_total", "Records that a profile has passed, looked into or not.", f.last.records, f.counted_records);
    add("braid_profile_looked_into_total", "Records that a profile has looked into.", f.last.profiled, f.counted_profiled);
    add("braid_profile_undecodable_total", "Records that a profile could not decode.", f.last.undecodable, f.counted_undecodable);
    if (f.last.cpu_ns > f.counted_cpu_ns) parts.metrics.counter("braid_profile_cpu_seconds_total", "Time spent on decoding and sketching.", labels).add(double(f.last.cpu_ns - f.counted_cpu_ns) / 1e9);
    f.counted_cpu_ns = f.last.cpu_ns;
    parts.metrics.gauge("braid_profile_lag_records", "Records that wait for a profile.", labels).set(double(f.last.lag));
    parts.metrics.gauge("braid_profile_memory_bytes", "Memory of a profile.", labels).set(double(f.last.memory));
    const auto* p = parts.pulse.topic(name);
    if (p && p->age_s) parts.metrics.gauge("braid_topic_last_record_age_seconds", "Time since the last record of a product's topic came.", labels).set(*p->age_s);
    if (const auto at = promised.find(name); at != promised.end())
      parts.metrics.gauge("braid_topic_promised_age_seconds", "The age that the product promises at most.", labels).set(at->second);
  }

  io::Task<void> look_around() {
    std::vector<std::string> names;
    for (const auto& [name, f] : followed) names.push_back(name);
    std::size_t all = 0;
    for (const auto& name : names) {
      const auto at = followed.find(name);
      if (at == followed.end()) continue;
      std::shared_ptr<Profiler> profiler = at->second.profiler;
      auto viewing = at->second.shard->on([profiler] { return profiler->view(false); });
      auto view = co_await std::move(viewing);
      at->second.last = std::move(view);
      all += at->second.last.memory;
      count(name, at->second);
    }
    memory = all;
    const std::int64_t now = parts.clock.wall_ms();
    for (const auto& name : names) {
      const auto at = followed.find(name);
      if (at == followed.end() || stopping) continue;
      auto& f = at->second;
      const std::int64_t every = std::clamp<std::int64_t>((now - f.since_ms) / 4, options.keep_least.count(), options.keep_most.count());
      if (f.last.records > f.kept_records && now - f.kept_ms >= every) co_await keep(name, f);
    }
    if (!stopping && now - activity_kept_ms >= options.keep_activity.count()) co_await keep_activity();
  }

  static io::Task<void> run(Impl* self) {
    int n = 0;
    while (!self->stopping) {
      co_await self->changed.wait(io::after(self->options.look));
      if (self->stopping) break;
      if (n++ % reconcile_beats == 0) co_await self->reconcile();
      if (!self->stopping) co_await self->look_around();
    }
    self->ended = true;
    self->changed.notify_all();
  }

  void watch(const Pulse& pulse) {
    std::vector<Activity::Sight> sights;
    sights.reserve(pulse.topics().size());
    for (const auto& [name, p] : pulse.topics()) {
      const auto at = promised.find(name);
      sights.push_back({&p.now, p.age_s, at == promised.end() ? std::nullopt : std::optional<double>(at->second)});
    }
    activity.tick(pulse.at_ms(), sights, pulse.node().now.not_writable.empty());
  }
};

Profiles::Profiles(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Profiles::~Profiles() = default;

io::Task<Result<std::unique_ptr<Profiles>>> Profiles::open(Parts parts, ProfilesOptions options) {
  auto impl = std::make_unique<Impl>(parts, options);
  CO_TRY_VOID(co_await impl->load());
  Impl* self = impl.get();
  parts.pulse.listen([self](const Pulse& pulse) {
    if (!self->stopping) self->watch(pulse);
  });
  co_await self->reconcile();
  self->activity_kept_ms = parts.clock.wall_ms();
  self->running = true;
  parts.shards.control().spawn(Impl::run(self));
  co_return std::unique_ptr<Profiles>(new Profiles(std::move(impl)));
}

io::Task<void> Profiles::close() {
  Impl& i = *impl_;
  i.stopping = true;
  i.changed.notify_all();
  while (i.running && !i.ended) co_await i.changed.wait(io::after(io::Milliseconds(50)));
  std::vector<std::string> names;
  for (const auto& [name, f] : i.followed) names.push_back(name);
  for (auto& name : names) co_await i.unfollow(std::move(name), false);
  co_await i.keep_activity();
}

io::Task<std::optional<Profiler::View>> Profiles::view(std::string name, bool with_fields) {
  std::optional<Profiler::View> out;
  const auto at = impl_->followed.find(name);
  if (at == impl_->followed.end()) co_return out;
  std::shared_ptr<Profiler> profiler = at->second.profiler;
  io::Shard* shard = at->second.shard;
  auto viewing = shard->on([profiler, with_fields] { return profiler->view(with_fields); });
  out = co_await std::move(viewing);
  co_return out;
}

io::Task<Result<TopicProfile>> Profiles::profile_newest(std::string name, std::uint64_t records) {
  auto profiling = profile_of_newest(impl_->parts.log, impl_->lookup(), std::move(name), records);
  co_return co_await std::move(profiling);
}

bool Profiles::followed(const std::string& name) const { return impl_->followed.contains(name); }
std::string Profiles::why_not(const std::string& name) const {
  const auto at = impl_->reasons.find(name);
  return at == impl_->reasons.end() ? std::string() : at->second;
}
const Activity& Profiles::activity() const { return impl_->activity; }
const Pulse& Profiles::pulse() const { return impl_->parts.pulse; }

io::Task<std::vector<Judged>> Profiles::judged(const mesh::Product& product, std::string name, bool with_history) {
  Evidence e;
  e.with_history = with_history;
  e.now_ms = impl_->parts.clock.wall_ms();
  e.topic = name;
  e.activity = &impl_->activity;
  const mesh::Product copy = product;                    // it may change while we wait
  Result<std::map<std::string, std::string>> configs = fail(ErrorCode::not_found, "not asked for");
  if (copy.promises.history_days) {
    auto asking = impl_->parts.log.topic_configs(name);
    configs = co_await std::move(asking);
  }
  if (configs) {
    const auto number = [&](const char* setting) -> std::optional<std::int64_t> {
      const auto at = configs->find(setting);
      std::int64_t n = 0;
      if (at == configs->end() || std::from_chars(at->second.data(), at->second.data() + at->second.size(), n).ec != std::errc{}) return std::nullopt;
      return n;
    };
    e.retention_ms = number("retention.ms");
    e.retention_bytes = number("retention.bytes");
    // A compacted topic keeps the newest record of every key for as long as there is one.
    if (const auto at = configs->find("cleanup.policy"); at != configs->end() && at->second == "compact") e.retention_ms = e.retention_bytes = -1;
  }
  Profiler::FieldCounts counts;
  if (const auto at = impl_->followed.find(name); at != impl_->followed.end() && !copy.promises.null_share_max.empty()) {
    std::vector<std::string> paths;
    for (const auto& [path, share] : copy.promises.null_share_max) paths.push_back(path);
    std::shared_ptr<Profiler> profiler = at->second.profiler;
    io::Shard* shard = at->second.shard;
    auto counting = shard->on([profiler, paths] { return profiler->field_counts(paths); });
    counts = co_await std::move(counting);
    e.fields = &counts;
  }
  e.pulse = impl_->parts.pulse.topic(name);            // last: it may go while we wait
  co_return judge(copy, e);
}

}  // namespace braid::observe
