#include "broker/traffic.h"

#include <algorithm>

#include "base/limits.h"

namespace braid::broker {

Traffic& TrafficTable::entry(const std::string& principal, const std::string& client_id, const std::string& topic, Direction direction, std::int64_t now_ms) {
  Key key{principal, client_id, topic, direction};
  auto it = entries_.find(key);
  if (it == entries_.end()) {
    if (entries_.size() >= limits::traffic_entries_max) std::get<1>(key) = "(others)";
    it = entries_.try_emplace(key).first;
    auto& fresh = it->second;
    if (fresh.topic.empty()) fresh = {principal, std::get<1>(key), topic, direction, now_ms, now_ms};
  }
  return it->second;
}

void TrafficTable::add(const Caller& caller, const std::string& topic, Direction direction, std::uint64_t batches, std::uint64_t records, std::uint64_t bytes,
                       std::int64_t now_ms) {
  auto& e = entry(caller.principal, caller.client_id, topic, direction, now_ms);
  e.last_seen_ms = now_ms;
  e.batches += batches;
  e.records += records;
  e.bytes += bytes;
}

std::vector<Traffic> TrafficTable::list() const {
  std::vector<Traffic> out;
  for (const auto& [key, e] : entries_) out.push_back(e);
  return out;
}

void TrafficTable::merge(const std::vector<Traffic>& other) {
  for (const auto& o : other) {
    auto& e = entry(o.principal, o.client_id, o.topic, o.direction, o.first_seen_ms);
    e.first_seen_ms = std::min(e.first_seen_ms, o.first_seen_ms);
    e.last_seen_ms = std::max(e.last_seen_ms, o.last_seen_ms);
    e.batches += o.batches;
    e.records += o.records;
    e.bytes += o.bytes;
  }
}

}  // namespace braid::broker
