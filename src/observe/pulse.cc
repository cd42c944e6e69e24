#include "observe/pulse.h"

#include <algorithm>
#include <cmath>

namespace braid::observe {
namespace {

constexpr std::int64_t window_ns = 5'500'000'000;      // five beats, and what a late one may be late
constexpr std::int64_t shortest_ns = 200'000'000;      // below it a rate is noise

json::value or_null(const std::optional<double>& v) { return v ? json::value(rounded(*v)) : json::value(nullptr); }

}  // namespace

double rounded(double v) {
  if (v == 0 || !std::isfinite(v)) return 0;
  if (std::abs(v) >= 1000) return std::round(v);
  const double scale = std::pow(10.0, 2 - std::floor(std::log10(std::abs(v))));
  return std::round(v * scale) / scale;
}

Pulse::Pulse(Counters& counters, const Clock& clock) : counters_(counters), clock_(clock) {}

void Pulse::start(io::Shard& shard) {
  running_ = true;
  beat();
  shard.spawn(run(this));
}

io::Task<void> Pulse::run(Pulse* self) {
  auto at = std::chrono::steady_clock::now();
  while (!self->stopping_) {
    at = std::max(at + period, std::chrono::steady_clock::now());
    co_await self->stop_.wait(at);
    if (!self->stopping_) self->beat();
  }
  self->ended_ = true;
  self->beaten_.notify_all();
}

io::Task<void> Pulse::close() {
  stopping_ = true;
  stop_.notify_all();
  beaten_.notify_all();
  while (running_ && !ended_) co_await beaten_.wait(io::after(io::Milliseconds(100)));
}

io::Task<bool> Pulse::next(io::Deadline deadline) {
  const auto before = beats_, nudges = nudges_;
  while (beats_ == before && nudges_ == nudges && !stopping_) {
    const bool woken = co_await beaten_.wait(deadline);
    if (!woken) co_return false;
  }
  co_return !stopping_;
}

void Pulse::nudge() {
  ++nudges_;
  beaten_.notify_all();
}

void Pulse::beat() {
  const std::int64_t now_ns = clock_.monotonic_ns();
  at_ms_ = clock_.wall_ms();
  ++beats_;
  text_.reset();

  const auto rates = [&](Readings& readings, std::int64_t a, std::uint64_t b, std::optional<double>& first, std::optional<double>& second) {
    if (!readings.empty() && (readings.back().a > a || readings.back().b > b)) readings.clear();   // it began anew
    readings.push_back({now_ns, a, b});
    while (readings.size() > 2 && now_ns - readings.front().at_ns > window_ns) readings.pop_front();
    const auto& old = readings.front();
    const double seconds = double(now_ns - old.at_ns) / 1e9;
    if (now_ns - old.at_ns < shortest_ns) return;
    first = double(a - old.a) / seconds;
    second = double(b - old.b) / seconds;
  };

  std::map<std::string, TopicPulse, std::less<>> topics;
  std::map<std::string, Readings, std::less<>> readings;
  std::optional<double> records, bytes;
  for (auto& n : counters_.topics()) {
    TopicPulse p;
    // A topic that was deleted and made again counts from its own beginning.
    auto& mine = readings[n.name];
    if (const auto before = topics_.find(n.name); before != topics_.end() && before->second.now.id == n.id) mine = std::move(topic_readings_[n.name]);
    rates(mine, n.end, n.bytes_in, p.records_per_second, p.bytes_per_second);
    if (!n.bytes_known) p.bytes_per_second.reset();
    if (p.records_per_second) records = records.value_or(0) + *p.records_per_second;
    if (p.bytes_per_second) bytes = bytes.value_or(0) + *p.bytes_per_second;
    if (n.last_append_ms >= 0) p.age_s = std::max<double>(0, double(at_ms_ - n.last_append_ms) / 1000);
    std::string name = n.name;
    p.now = std::move(n);
    topics.emplace(std::move(name), std::move(p));
  }
  topics_ = std::move(topics);
  topic_readings_ = std::move(readings);

  std::map<std::string, QueryPulse, std::less<>> queries;
  readings.clear();
  for (auto& n : counters_.queries()) {
    QueryPulse q;
    auto& mine = readings[n.id];
    if (queries_.contains(n.id)) mine = std::move(query_readings_[n.id]);
    rates(mine, n.records_in, std::uint64_t(n.records_out), q.records_in_per_second, q.records_out_per_second);
    std::string id = n.id;
    q.now = std::move(n);
    queries.emplace(std::move(id), std::move(q));
  }
  queries_ = std::move(queries);
  query_readings_ = std::move(readings);

  node_.now = counters_.node();
  node_.records_per_second = topics_.empty() && beats_ > 1 ? std::optional<double>(0) : records;
  node_.bytes_per_second = topics_.empty() && beats_ > 1 ? std::optional<double>(0) : bytes;
  for (const auto& listener : listeners_) listener(*this);
  beaten_.notify_all();
}

const TopicPulse* Pulse::topic(std::string_view name) const {
  const auto at = topics_.find(name);
  return at == topics_.end() ? nullptr : &at->second;
}

json::object Pulse::json(const std::set<std::string, std::less<>>* wanted) const {
  json::object topics, queries;
  const auto add = [&](const std::string& name, const TopicPulse& p) {
    topics[name] = json::object{{"records_per_second", or_null(p.records_per_second)}, {"bytes_per_second", or_null(p.bytes_per_second)}, {"records", p.now.records},
                                {"last_record_at", p.now.last_append_ms < 0 ? json::value(nullptr) : json::value(iso8601(p.now.last_append_ms))}, {"age_s", or_null(p.age_s)}};
  };
  if (wanted == nullptr) {
    topics.reserve(topics_.size());
    for (const auto& [name, p] : topics_) add(name, p);
  } else {
    for (const auto& name : *wanted)
      if (const auto* p = topic(name)) add(name, *p);
  }
  for (const auto& [id, q] : queries_)
    queries[id] = json::object{{"state", q.now.state}, {"records_in_per_second", or_null(q.records_in_per_second)}, {"records_out_per_second", or_null(q.records_out_per_second)},
                               {"records_in", q.now.records_in}, {"records_out", q.now.records_out}, {"errors", q.now.errors}, {"lag", q.now.lag}};
  return {{"at", iso8601(at_ms_)},
          {"node", json::object{{"records_per_second", or_null(node_.records_per_second)}, {"bytes_per_second", or_null(node_.bytes_per_second)}, {"topics", topics_.size()},
                                {"queries", queries_.size()}, {"connections", node_.now.connections}, {"uptime_s", std::max<std::int64_t>(0, (at_ms_ - node_.now.started_ms) / 1000)},
                                {"event_log", node_.now.event_log}, {"version", node_.now.version},
                                {"not_writable", node_.now.not_writable.empty() ? json::value(nullptr) : json::value(node_.now.not_writable)}}},
          {"topics", std::move(topics)}, {"queries", std::move(queries)}};
}

std::shared_ptr<const std::string> Pulse::everything() {
  if (!text_) text_ = std::make_shared<const std::string>(json::print(json(nullptr)));
  return text_;
}
std::string Pulse::only(const std::set<std::string, std::less<>>& topics) const { return json::print(json(&topics)); }

}  // namespace braid::observe
