#include "broker/assignor.h"

#include <algorithm>

namespace braid::broker {
namespace {

using Targets = std::map<std::string, Assignment>;

struct Load {   // of one member, while partitions are given out
  const AssignorMember* member;
  Assignment* target;
  std::size_t count = 0;

  void take(const Uuid& topic, std::int32_t partition) {
    (*target)[topic].insert(partition);
    ++count;
  }
  void give(const Uuid& topic, std::int32_t partition) {
    auto& partitions = (*target)[topic];
    partitions.erase(partition);
    if (partitions.empty()) target->erase(topic);
    --count;
  }
};

std::vector<std::size_t> subscribers_of(const std::vector<Load>& loads, const Uuid& topic) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < loads.size(); ++i)
    if (loads[i].member->topics.contains(topic)) out.push_back(i);
  return out;
}

// Nobody loses a partition that it may keep: it has subscribed to it and nobody was given it before.
std::map<Uuid, std::set<std::int32_t>> keep_what_was(std::vector<Load>& loads, const TopicSizes& topics) {
  std::map<Uuid, std::set<std::int32_t>> free;
  for (const auto& [topic, size] : topics)
    for (std::int32_t p = 0; p < size; ++p) free[topic].insert(p);
  for (auto& load : loads) {
    for (const auto& [topic, partitions] : load.member->had) {
      const auto open = free.find(topic);
      if (open == free.end() || !load.member->topics.contains(topic)) continue;
      for (const auto p : partitions)
        if (open->second.erase(p) > 0) load.take(topic, p);
    }
  }
  return free;
}

// All subscribe to the same: each keeps up to its share, the rest goes to those below it. Linear in the partitions.
void even_out_equals(std::vector<Load>& loads, std::map<Uuid, std::set<std::int32_t>>& free, std::size_t partitions) {
  const std::size_t share = partitions / loads.size();
  std::size_t extras = partitions % loads.size();   // so many members have one more
  std::vector<std::size_t> quota(loads.size(), share);
  std::vector<std::size_t> order(loads.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](auto a, auto b) { return loads[a].count > loads[b].count; });   // who has more keeps more
  for (const auto i : order) {
    if (extras == 0) break;
    ++quota[i];
    --extras;
  }
  for (std::size_t i = 0; i < loads.size(); ++i) {
    while (loads[i].count > quota[i]) {
      const auto last = std::prev(loads[i].target->end());
      const Uuid topic = last->first;
      const auto partition = *last->second.rbegin();
      loads[i].give(topic, partition);
      free[topic].insert(partition);
    }
  }
  std::size_t at = 0;
  for (const auto& [topic, some] : free) {
    for (const auto p : some) {
      while (loads[at].count >= quota[at]) ++at;
      loads[at].take(topic, p);
    }
  }
}

// Subscriptions differ: the least loaded subscriber gets what is free, then partitions move while that makes two members more equal.
void even_out_others(std::vector<Load>& loads, const std::map<Uuid, std::set<std::int32_t>>& free, const TopicSizes& topics) {
  std::map<Uuid, std::vector<std::size_t>> subscribers;
  std::vector<Uuid> order;
  for (const auto& [topic, size] : topics) {
    auto some = subscribers_of(loads, topic);
    if (some.empty()) continue;
    subscribers[topic] = std::move(some);
    order.push_back(topic);
  }
  const auto least = [&](const Uuid& topic) {
    return *std::ranges::min_element(subscribers[topic], {}, [&](std::size_t i) { return loads[i].count; });
  };
  std::ranges::stable_sort(order, {}, [&](const Uuid& t) { return subscribers[t].size(); });   // the least choice first
  for (const auto& topic : order)
    if (const auto some = free.find(topic); some != free.end())
      for (const auto p : some->second) loads[least(topic)].take(topic, p);
  for (bool moved = true; moved;) {   // each move lowers the sum of squares, so it ends
    moved = false;
    for (const auto& topic : order) {
      for (const auto i : subscribers[topic]) {
        for (;;) {
          const auto to = least(topic);
          const auto mine = loads[i].target->find(topic);
          if (mine == loads[i].target->end() || loads[i].count < loads[to].count + 2) break;
          const auto partition = *mine->second.rbegin();
          loads[i].give(topic, partition);
          loads[to].take(topic, partition);
          moved = true;
        }
      }
    }
  }
}

void uniform(std::vector<Load>& loads, const TopicSizes& topics) {
  auto free = keep_what_was(loads, topics);
  const bool equal = std::ranges::all_of(loads, [&](const Load& l) { return l.member->topics == loads.front().member->topics; });
  if (!equal) return even_out_others(loads, free, topics);
  std::size_t partitions = 0;
  std::erase_if(free, [&](const auto& f) { return !loads.front().member->topics.contains(f.first); });
  for (const auto& topic : loads.front().member->topics)
    if (const auto it = topics.find(topic); it != topics.end()) partitions += std::size_t(it->second);
  even_out_equals(loads, free, partitions);
}

void range(std::vector<Load>& loads, const TopicSizes& topics) {
  std::ranges::sort(loads, {}, [](const Load& l) { return std::pair(l.member->instance_id.value_or(l.member->id), l.member->id); });   // a static member keeps its place
  for (const auto& [topic, size] : topics) {
    const auto some = subscribers_of(loads, topic);
    if (some.empty()) continue;
    const auto share = size / std::int32_t(some.size()), extras = size % std::int32_t(some.size());
    std::int32_t next = 0;
    for (std::size_t k = 0; k < some.size(); ++k)
      for (std::int32_t n = share + (std::int32_t(k) < extras ? 1 : 0); n > 0; --n) loads[some[k]].take(topic, next++);
  }
}

}  // namespace

bool is_assignor(std::string_view name) { return std::ranges::find(assignors, name) != assignors.end(); }

Targets assign(std::string_view assignor, const std::vector<AssignorMember>& members, const TopicSizes& topics) {
  Targets out;
  std::vector<Load> loads;
  for (const auto& m : members) loads.push_back({&m, &out[m.id]});
  if (loads.empty()) return out;
  if (assignor == "range") range(loads, topics);
  else uniform(loads, topics);
  return out;
}

}  // namespace braid::broker
