#include "broker/traffic.h"

#include <algorithm>

#include "base/limits/kafka.h"

namespace braid::broker {

Traffic& TrafficTable::entry(KeyView key, std::int64_t now_ms) {
  auto it = entries_.find(key);
  if (it != entries_.end()) return it->second;
  const auto own = [](const KeyView& k) { return Key{std::string(std::get<0>(k)), std::string(std::get<1>(k)), std::string(std::get<2>(k)), std::string(std::get<3>(k)), std::get<4>(k)}; };
  Key fresh = own(key);
  if (entries_.size() >= limits::traffic_entries_max) {
    std::get<1>(fresh) = "(others)";
    std::get<2>(fresh).clear();
  }
  auto [at, made] = entries_.try_emplace(fresh);
  if (made) at->second = {std::get<0>(fresh), std::get<1>(fresh), std::get<2>(fresh), std::get<3>(fresh), std::get<4>(fresh), now_ms, now_ms};
  return at->second;
}

void TrafficTable::add(const Caller& caller, const std::string& topic, Direction direction, std::uint64_t batches, std::uint64_t records, std::uint64_t bytes,
                       std::int64_t now_ms) {
  auto& e = entry({caller.principal, caller.client_id, caller.host, topic, direction}, now_ms);
  e.last_seen_ms = now_ms;
  e.batches += batches;
  e.records += records;
  e.bytes += bytes;
}

std::vector<Traffic> TrafficTable::list() const {
  std::vector<Traffic> out;
  out.reserve(entries_.size());
  for (const auto& [key, e] : entries_) out.push_back(e);
  return out;
}

void TrafficTable::merge(const std::vector<Traffic>& other) {
  for (const auto& o : other) {
    auto& e = entry({o.principal, o.client_id, o.host, o.topic, o.direction}, o.first_seen_ms);
    e.first_seen_ms = std::min(e.first_seen_ms, o.first_seen_ms);
    e.last_seen_ms = std::max(e.last_seen_ms, o.last_seen_ms);
    e.batches += o.batches;
    e.records += o.records;
    e.bytes += o.bytes;
  }
}

GroupUse* GroupUseTable::entry(const std::string& principal, const std::string& client_id, const std::string& host, const std::string& group) {
  Key key{principal, client_id, host, group};
  if (const auto it = entries_.find(key); it != entries_.end()) return &it->second;
  if (entries_.size() >= limits::traffic_entries_max) return nullptr;
  return &entries_.emplace(std::move(key), GroupUse{principal, client_id, host, group, {}, 0}).first->second;
}

void GroupUseTable::note(const Caller& caller, const std::string& group, const std::vector<std::string_view>& topics, std::int64_t now_ms) {
  auto* e = entry(caller.principal, caller.client_id, caller.host, group);
  if (!e) return;
  e->last_seen_ms = now_ms;
  for (const auto topic : topics)
    if (e->topics.size() < limits::traffic_topics_per_group_max) e->topics.emplace(topic);
}

std::vector<GroupUse> GroupUseTable::list() const {
  std::vector<GroupUse> out;
  out.reserve(entries_.size());
  for (const auto& [key, e] : entries_) out.push_back(e);
  return out;
}

void GroupUseTable::merge(const std::vector<GroupUse>& other) {
  for (const auto& o : other) {
    auto* e = entry(o.principal, o.client_id, o.host, o.group);
    if (!e) continue;
    e->topics.insert(o.topics.begin(), o.topics.end());
    e->last_seen_ms = std::max(e->last_seen_ms, o.last_seen_ms);
  }
}

}  // namespace braid::broker
