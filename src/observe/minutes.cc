#include "observe/minutes.h"

#include <algorithm>

namespace braid::observe {
namespace {
std::size_t slot_of(std::int64_t minute) { return std::size_t(minute % Minutes::kept); }
}  // namespace

void Minutes::watched(std::int64_t now_ms, std::uint32_t seconds, bool up) {
  const std::int64_t minute = now_ms / minute_ms;
  auto& w = watches_[slot_of(minute)];
  if (w.minute != minute) w = {minute, 0, 0};
  w.watched_s += seconds;
  if (up) w.up_s += seconds;
  if (minute == swept_minute_) return;
  swept_minute_ = minute;
  for (auto& [name, t] : topics_)
    if (!t.ring.empty() && t.last_minute <= minute - kept) std::vector<Slot>().swap(t.ring);   // nothing came for two hours
}

void Minutes::came(const std::string& topic, std::int64_t now_ms, std::uint64_t records, std::uint64_t bytes) {
  const std::int64_t minute = now_ms / minute_ms;
  const auto [at, is_new] = topics_.try_emplace(topic);
  Topic& t = at->second;
  if (is_new) t.since_minute = minute;
  if (records == 0 && bytes == 0) return;
  if (t.ring.empty()) {
    t.ring.resize(std::size_t(kept));
  } else if (minute > t.last_minute) {
    for (std::int64_t m = std::max(t.last_minute + 1, minute - kept + 1); m <= minute; ++m) t.ring[slot_of(m)] = {};
  }
  t.last_minute = std::max(t.last_minute, minute);
  if (minute <= t.last_minute - kept) return;      // the clock was set back by hours
  auto& slot = t.ring[slot_of(minute)];
  slot.records += records;
  slot.bytes += bytes;
}

Minutes::Count Minutes::over(const std::string& topic, std::int64_t from_ms, std::int64_t to_ms) const {
  Count out;
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return out;
  const Topic& t = at->second;
  for (std::int64_t m = std::max(from_ms / minute_ms, t.since_minute); m < to_ms / minute_ms; ++m) {
    const auto& w = watches_[slot_of(m)];
    if (w.minute != m) continue;
    out.watched_s += w.watched_s;
    out.up_s += w.up_s;
    if (t.ring.empty() || m > t.last_minute || m <= t.last_minute - kept) continue;
    out.records += t.ring[slot_of(m)].records;
    out.bytes += t.ring[slot_of(m)].bytes;
  }
  return out;
}

std::size_t Minutes::rings() const { return std::size_t(std::ranges::count_if(topics_, [](const auto& t) { return !t.second.ring.empty(); })); }

}  // namespace braid::observe
