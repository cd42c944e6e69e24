// What the observer counts with, out of the log, the broker and the engine; and the observer itself.
#include <algorithm>

#include "node/parts.h"
#include "storage/numbers.h"

namespace braid::node {
namespace {

std::string_view state_name(flow::QueryState state) {
  switch (state) {
    case flow::QueryState::starting: return "starting";
    case flow::QueryState::running: return "running";
    case flow::QueryState::paused: return "paused";
    case flow::QueryState::error: return "failed";
    case flow::QueryState::terminated: break;
  }
  return "terminated";
}

// What both kinds of log have in common: the engine's queries, and the node.
class NodeCounters : public observe::Counters {
 public:
  explicit NodeCounters(Parts& parts) : parts_(parts), started_ms_(parts.clock.wall_ms()), connections_(parts.metrics.gauge("braid_kafka_connections", "Open Kafka connections.")) {}

  std::vector<observe::QueryNumbers> queries() override {
    std::vector<observe::QueryNumbers> out;
    for (const auto& q : parts_.engine->queries())
      if (q.persistent) out.push_back({q.id, std::string(state_name(q.state)), q.counts.records_in, q.counts.records_out, q.counts.errors + q.counts.undecodable, q.counts.lag});
    return out;
  }

  observe::NodeNumbers node() override {
    return {std::int64_t(connections_.value()), started_ms_, parts_.config.event_log, BRAID_VERSION, not_writable()};
  }

 protected:
  virtual std::string not_writable() const = 0;
  Parts& parts_;

 private:
  std::int64_t started_ms_;
  Gauge& connections_;
};

class EmbeddedCounters final : public NodeCounters {
 public:
  using NodeCounters::NodeCounters;
  std::vector<observe::TopicNumbers> topics() override {
    std::vector<observe::TopicNumbers> out;
    const auto topics = parts_.storage->topics();
    out.reserve(topics->by_name().size());
    for (const auto& [name, topic] : topics->by_name()) {
      if (topic->internal || name.starts_with('_')) continue;
      const auto n = storage::numbers_of(*topic);
      out.push_back({name, topic->id, n.records, n.end, n.bytes_in, n.last_append_ms});
    }
    return out;
  }

 private:
  std::string not_writable() const override { return parts_.storage->status().failed; }
};

// A Kafka cluster is asked from time to time: at most a tenth of the time is spent on it. Bytes it does not tell; when a record came is known from
// the second look on.
class ClusterCounters final : public NodeCounters {
 public:
  explicit ClusterCounters(Parts& parts) : NodeCounters(parts) {}
  std::vector<observe::TopicNumbers> topics() override {
    std::vector<observe::TopicNumbers> out;
    for (const auto& [name, n] : known_) out.push_back(n);
    return out;
  }

  static io::Task<void> follow(ClusterCounters* self) {
    while (!self->stopping_) {
      const auto began = self->parts_.clock.monotonic_ns();
      const auto looked = co_await self->look();
      self->failed_ = looked ? std::string() : looked.error().message;
      const auto took_ms = (self->parts_.clock.monotonic_ns() - began) / 1'000'000;
      co_await self->changed_.wait(io::after(io::Milliseconds(std::max<std::int64_t>(1'000, 9 * took_ms))));
    }
    self->ended_ = true;
    self->changed_.notify_all();
  }
  io::Task<void> stop() {
    stopping_ = true;
    changed_.notify_all();
    while (!ended_) co_await changed_.wait(io::after(io::Milliseconds(50)));
  }
  io::Task<Result<void>> look() {
    auto listing = parts_.log->list_topics();
    CO_TRY(const auto topics, co_await std::move(listing));
    std::map<std::string, observe::TopicNumbers> now;
    for (const auto& topic : topics) {
      if (topic.internal || topic.name.starts_with('_') || stopping_) continue;
      observe::TopicNumbers n;
      n.name = topic.name;
      n.id = topic.id;
      n.bytes_known = false;
      bool complete = true;
      for (std::int32_t p = 0; p < topic.partitions && complete; ++p) {
        eventlog::TopicPartition place{topic.name, PartitionId{p}};
        auto asking = parts_.log->bounds(std::move(place));
        const auto bounds = co_await std::move(asking);
        complete = bounds.has_value();   // deleted meanwhile, or without a leader for a moment: as it was before
        if (!complete) break;
        n.end += bounds->end.value;
        n.records += bounds->end.value - bounds->earliest.value;
      }
      const auto before = known_.find(topic.name);
      if (before != known_.end() && before->second.id == n.id) {
        if (!complete) n = before->second;
        else n.last_append_ms = n.end > before->second.end ? parts_.clock.wall_ms() : before->second.last_append_ms;
      } else if (!complete) {
        continue;
      }
      now[topic.name] = std::move(n);
    }
    if (!stopping_) known_ = std::move(now);
    co_return Result<void>{};
  }

 private:
  std::string not_writable() const override { return failed_; }
  std::map<std::string, observe::TopicNumbers> known_;
  std::string failed_;
  bool stopping_ = false, ended_ = false;
  io::Notifier changed_;
};

}  // namespace

io::Task<Result<void>> open_observation(Parts& parts) {
  if (parts.storage) {
    parts.counters = std::make_unique<EmbeddedCounters>(parts);
  } else {
    auto counters = std::make_unique<ClusterCounters>(parts);
    CO_TRY_VOID(co_await counters->look());
    parts.shards->control().spawn(ClusterCounters::follow(counters.get()));
    parts.counters = std::move(counters);
  }
  parts.pulse = std::make_unique<observe::Pulse>(*parts.counters, parts.clock);
  parts.pulse->start(parts.shards->control());
  observe::Profiles::Parts needed{*parts.log, *parts.registry, *parts.mesh, *parts.pulse, *parts.shards, parts.metrics, parts.clock};
  observe::ProfilesOptions options;
  CO_TRY(parts.profiles, co_await observe::Profiles::open(needed, options));
  co_return Result<void>{};
}

io::Task<void> close_observation(Parts& parts) {
  if (parts.profiles) co_await parts.profiles->close();
  if (parts.pulse) co_await parts.pulse->close();
  if (auto* cluster = dynamic_cast<ClusterCounters*>(parts.counters.get())) co_await cluster->stop();
}

}  // namespace braid::node
