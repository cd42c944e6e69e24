#include "mesh/observed.h"

#include <algorithm>

#include "base/clock.h"
#include "base/limits/mesh.h"
#include "mesh/model.h"

namespace braid::mesh {
namespace {

constexpr std::int64_t group_memory_ms = 60'000;      // a member heartbeats every 3 s, and is out after 45 s without
constexpr std::int64_t rate_window_ms = 20'000;       // what "per second" is measured over
constexpr std::size_t looks_max = 16;

// Names are chosen by clients; a record of a flow must stay small.
std::string cut(const std::string& text) {
  constexpr std::size_t bytes_max = limits::lineage_record_bytes_max / 16;
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (std::uint8_t(text[end]) & 0xc0) == 0x80) --end;   // not inside a character
  return text.substr(0, end) + "...";
}

}  // namespace

std::string key_of(const Seen& w) {
  return json::print(json::array{w.via, w.principal, w.client, w.group, w.topic, w.writes ? "writes" : "reads"});
}

std::string encode(const Flow& f) {
  return json::print(json::object{{"kind", "flow"}, {"via", f.who.via}, {"principal", f.who.principal}, {"client", f.who.client}, {"consumer_group", f.who.group}, {"topic", f.who.topic},
                                  {"direction", f.who.writes ? "writes" : "reads"}, {"host", f.host}, {"first_seen", iso8601(f.first_ms)}, {"last_seen", iso8601(f.last_ms)},
                                  {"records", f.records}, {"bytes", f.bytes}, {"counted", f.counted}});
}

Result<Flow> decode_flow(std::string_view text) {
  TRY(const auto o, json::parse_object(text));
  Flow f;
  TRY(f.who.via, json::required_string(o, "via"));
  TRY(f.who.topic, json::required_string(o, "topic"));
  for (const auto& [name, into] : {std::pair("principal", &f.who.principal), {"client", &f.who.client}, {"consumer_group", &f.who.group}, {"host", &f.host}}) {
    TRY(auto value, json::optional_string(o, name));
    *into = std::move(value).value_or("");
  }
  TRY(const auto direction, json::required_string(o, "direction"));
  if (direction != "writes" && direction != "reads") return fail(ErrorCode::corrupt, "a flow's direction is writes or reads, not '" + direction + "'");
  f.who.writes = direction == "writes";
  for (const auto& [name, into] : {std::pair("first_seen", &f.first_ms), {"last_seen", &f.last_ms}}) {
    TRY(const auto value, json::required_string(o, name));
    TRY(*into, parse_date_ms(value));
  }
  for (const auto& [name, into] : {std::pair("records", &f.records), {"bytes", &f.bytes}}) {
    TRY(const auto value, json::optional_int(o, name));
    if (value && *value < 0) return fail(ErrorCode::corrupt, std::string("a flow's ") + name + " are below zero");
    *into = std::uint64_t(value.value_or(0));
  }
  TRY(const auto counted, json::optional_bool(o, "counted"));
  f.counted = counted.value_or(true);
  return f;
}

Flow& Observed::flow(const Seen& who, std::int64_t now_ms) {
  const auto it = flows_.find(who);
  if (it != flows_.end()) return it->second;
  if (flows_.size() >= limits::lineage_flows_max) forget_oldest();
  Flow& f = flows_[who];
  f.who = who;
  f.first_ms = f.last_ms = now_ms;
  if (since_ms_ == 0 || now_ms < since_ms_) since_ms_ = now_ms;
  news_ = true;
  forgotten_.erase(who);
  return f;
}

void Observed::forget_oldest() {
  const auto oldest = std::ranges::min_element(flows_, {}, [](const auto& entry) { return entry.second.last_ms; });
  if (oldest == flows_.end()) return;
  changed_.erase(oldest->first);
  looks_.erase(oldest->first);
  forgotten_.insert(oldest->first);
  flows_.erase(oldest);
}

void Observed::credit(const Seen& who, const Count& from, std::uint64_t records, std::uint64_t bytes, bool counted, std::int64_t now_ms) {
  Seen cut_who = who;
  for (auto* text : {&cut_who.principal, &cut_who.client, &cut_who.group}) *text = cut(*text);
  Flow& f = flow(cut_who, from.first_ms > 0 && from.records == records ? from.first_ms : now_ms);
  f.host = cut(from.host);
  f.last_ms = std::max(f.last_ms, from.last_ms > 0 ? from.last_ms : now_ms);
  f.records += records;
  f.bytes += bytes;
  if (!counted) f.counted = false;
  changed_.insert(cut_who);
  ++revision_;
}

void Observed::add(const Seen& who, const std::string& host, std::uint64_t records, std::uint64_t bytes, std::int64_t now_ms) {
  credit(who, {who, host, now_ms, now_ms, records, bytes}, records, bytes, true, now_ms);
}

void Observed::look(const Counts& now, std::int64_t now_ms) {
  decltype(totals_) totals;   // counters that are gone are forgotten
  for (const auto& c : now.counts) {
    const std::pair at(c.who, c.host);
    const auto it = totals_.find(at);
    const Total before = it == totals_.end() ? Total{} : it->second;
    const bool again = c.records < before.records || c.bytes < before.bytes;
    const std::uint64_t records = again ? c.records : c.records - before.records, bytes = again ? c.bytes : c.bytes - before.bytes;
    totals[at] = {c.records, c.bytes};
    if (records == 0 && bytes == 0) continue;
    if (c.who.via != "kafka" || c.who.writes) {
      credit(c.who, c, records, bytes, true, now_ms);
      continue;
    }
    std::vector<std::string> groups;
    for (const auto& use : now.groups)
      if (use.principal == c.who.principal && use.client == c.who.client && use.host == c.host && use.last_ms + group_memory_ms >= c.last_ms && (use.topics.empty() || use.topics.contains(c.who.topic)))
        groups.push_back(use.group);
    // Where the topics of one membership are known, one that says nothing about its topics is not asked.
    if (groups.size() > 1) {
      std::vector<std::string> sure;
      for (const auto& use : now.groups)
        if (use.topics.contains(c.who.topic) && std::ranges::find(groups, use.group) != groups.end()) sure.push_back(use.group);
      std::ranges::sort(sure);
      sure.erase(std::ranges::unique(sure).begin(), sure.end());
      if (!sure.empty()) groups = std::move(sure);
    }
    Seen who = c.who;
    if (groups.size() == 1) who.group = groups.front();
    credit(who, c, records, bytes, true, now_ms);
    if (groups.size() > 1)
      for (const auto& group : groups) {
        who.group = group;
        credit(who, c, 0, 0, false, now_ms);
      }
  }
  totals_ = std::move(totals);
  // Rates: of everything that has moved inside the window.
  for (const auto& [who, f] : flows_)
    if (f.last_ms + rate_window_ms >= now_ms || looks_.contains(who)) {
      auto& looks = looks_[who];
      looks.push_back({now_ms, f.records});
      while (looks.size() > looks_max || (looks.size() > 2 && looks[1].at_ms + rate_window_ms <= now_ms)) looks.pop_front();
    }
  for (auto it = looks_.begin(); it != looks_.end();) {
    const auto at = flows_.find(it->first);
    const auto& looks = it->second;
    if (at == flows_.end()) {
      it = looks_.erase(it);
      continue;
    }
    const auto span_ms = looks.back().at_ms - looks.front().at_ms;
    std::optional<double> rate;
    if (span_ms > 0 && at->second.counted) rate = double(looks.back().records - looks.front().records) * 1000 / double(span_ms);
    if (rate != at->second.records_per_second) {
      at->second.records_per_second = rate;
      ++revision_;
    }
    // At rest: the rate is zero and stays so until something moves.
    if (rate == 0.0 && at->second.last_ms + rate_window_ms < now_ms) it = looks_.erase(it);
    else ++it;
  }
}

std::vector<Observed::Entry> Observed::take_changes() {
  std::vector<Entry> out;
  for (const auto& who : changed_)
    if (const auto it = flows_.find(who); it != flows_.end()) out.push_back({key_of(who), encode(it->second)});
  for (const auto& who : forgotten_) out.push_back({key_of(who), ""});
  changed_.clear();
  forgotten_.clear();
  news_ = false;
  return out;
}

std::vector<Observed::Entry> Observed::all() const {
  std::vector<Entry> out;
  out.reserve(flows_.size());
  for (const auto& [who, f] : flows_) out.push_back({key_of(who), encode(f)});
  return out;
}

Result<void> Observed::restore(std::string_view key, std::optional<std::string_view> value) {
  if (!value || value->empty()) {
    std::erase_if(flows_, [&](const auto& entry) { return key_of(entry.first) == key; });   // rare: only beyond the bound
    return {};
  }
  TRY(auto f, decode_flow(*value));
  if (since_ms_ == 0 || f.first_ms < since_ms_) since_ms_ = f.first_ms;
  if (flows_.size() >= limits::lineage_flows_max && !flows_.contains(f.who)) forget_oldest();
  const Seen who = f.who;
  flows_[who] = std::move(f);
  ++revision_;
  return {};
}

}  // namespace braid::mesh
