#include "observe/activity.h"

#include <algorithm>
#include <charconv>

#include "observe/topic_profile.h"
#include "base/limits/observe.h"

namespace braid::observe {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::int64_t look_ms_max = 10'000;   // between two looks; what is longer was not watched (the machine slept)
constexpr std::size_t usual_hours_min = 24;

std::string hour_key(std::int64_t n) { return "hour:" + std::to_string(n); }
std::string day_key(std::int64_t n) { return "day:" + std::to_string(n); }

}  // namespace

void Bucket::add(const Bucket& other) {
  records += other.records;
  bytes += other.bytes;
  watched_s += other.watched_s;
  up_s += other.up_s;
  down_s += other.down_s;
  stale_s += other.stale_s;
  promised_s += other.promised_s;
  worst_gap_s = std::max(worst_gap_s, other.worst_gap_s);
}

std::optional<double> Bucket::availability() const {
  if (!observed()) return std::nullopt;
  return double(up_s) / double(watched_s + down_s);
}
std::optional<double> Bucket::uptime() const {
  if (!observed()) return std::nullopt;
  return double(up_s - std::min(up_s, stale_s)) / double(watched_s + down_s);
}

void Activity::add(const std::string& topic, std::int64_t at_ms, const Bucket& bucket) {
  const std::int64_t hour = at_ms / hour_ms, day = at_ms / day_ms;
  hours_[hour][topic].add(bucket);
  days_[day][topic].add(bucket);
  dirty_[hour_key(hour)] = false;
  dirty_[day_key(day)] = false;
}

void Activity::tick(std::int64_t now_ms, const std::vector<Sight>& sights, bool up) {
  const std::int64_t since = now_ms - ticked_ms_;
  const bool first = ticked_ms_ == 0 || since <= 0 || since > look_ms_max;
  // Whole seconds, and what is left over counts next time.
  const std::uint32_t seconds = first ? 0 : std::uint32_t(since / 1000);
  if (!first && seconds == 0) return;
  ticked_ms_ = first ? now_ms : ticked_ms_ + std::int64_t(seconds) * 1000;
  minutes_.watched(now_ms, seconds, up);
  for (const auto& s : sights) {
    const auto& n = *s.numbers;
    const auto known = last_.find(n.name);
    if (known == last_.end() && last_.size() >= limits::observed_topics_max) continue;
    auto& last = last_[n.name];
    const bool same = known != last_.end() && last.id == n.id && last.end <= n.end && last.bytes <= n.bytes_in;
    Bucket b;
    // The first look at a topic: only what came since the last one is known to be of this time.
    if (same) {
      b.records = std::uint64_t(n.end - last.end);
      b.bytes = n.bytes_in - last.bytes;
    } else if (known == last_.end() && ticked_ms_ != 0 && !first) {
      b.records = std::uint64_t(n.end);            // made since the last look
      b.bytes = n.bytes_in;
    }
    last = {n.id, n.end, n.bytes_in};
    minutes_.came(n.name, now_ms, b.records, b.bytes);
    b.watched_s = seconds;
    b.up_s = up ? seconds : 0;
    if (s.age_s) b.worst_gap_s = std::uint32_t(std::clamp(*s.age_s, 0.0, 4e9));
    if (s.promised_age_s) {
      b.promised_s = seconds;
      if (!s.age_s || *s.age_s > *s.promised_age_s) b.stale_s = seconds;
    }
    if (b == Bucket{}) continue;
    add(n.name, now_ms, b);
  }
  drop_old(now_ms);
}

void Activity::was_down(std::int64_t from_ms, std::int64_t to_ms) {
  from_ms = std::max(from_ms, to_ms - days_kept * day_ms);
  if (from_ms >= to_ms || days_.empty()) return;
  std::vector<std::string> topics;
  for (const auto& [name, bucket] : days_.rbegin()->second) topics.push_back(name);   // those that were there on the last day
  for (std::int64_t at = from_ms; at < to_ms;) {
    const std::int64_t until = std::min(to_ms, (at / hour_ms + 1) * hour_ms);
    Bucket b;
    b.down_s = std::uint32_t((until - at) / 1000);
    if (b.down_s > 0)
      for (const auto& name : topics) add(name, at, b);
    at = until;
  }
  drop_old(to_ms);
}

void Activity::drop_old(std::int64_t now_ms) {
  const std::int64_t hour = now_ms / hour_ms - hours_kept, day = now_ms / day_ms - days_kept;
  while (!hours_.empty() && hours_.begin()->first < hour) {
    dirty_[hour_key(hours_.begin()->first)] = true;
    hours_.erase(hours_.begin());
  }
  while (!days_.empty() && days_.begin()->first < day) {
    dirty_[day_key(days_.begin()->first)] = true;
    days_.erase(days_.begin());
  }
}

std::vector<Activity::Period> Activity::periods(const std::string& topic, std::int64_t now_ms, std::int64_t length_ms, std::size_t count) const {
  std::vector<Period> out;
  const std::int64_t present = now_ms / length_ms * length_ms;
  for (std::size_t i = count; i-- > 0;) {
    const std::int64_t from = present - std::int64_t(i) * length_ms;
    Period p{from, {}};
    if (length_ms < hour_ms) {
      const auto c = minutes_.over(topic, from, from + length_ms);
      p.bucket.records = c.records;
      p.bucket.bytes = c.bytes;
      p.bucket.watched_s = c.watched_s;
      p.bucket.up_s = c.up_s;
      out.push_back(p);
      continue;
    }
    const bool by_day = length_ms % day_ms == 0;
    const auto& all = by_day ? days_ : hours_;
    const std::int64_t unit = by_day ? day_ms : hour_ms;
    for (auto at = all.lower_bound(from / unit); at != all.end() && at->first < (from + length_ms) / unit; ++at)
      if (const auto found = at->second.find(topic); found != at->second.end()) p.bucket.add(found->second);
    out.push_back(p);
  }
  return out;
}

Bucket Activity::over(const std::string& topic, std::int64_t from_ms, std::int64_t to_ms) const {
  Bucket out;
  for (auto at = hours_.lower_bound(from_ms / hour_ms); at != hours_.end() && at->first * hour_ms < to_ms; ++at)
    if (const auto found = at->second.find(topic); found != at->second.end()) out.add(found->second);
  return out;
}

Activity::Usual Activity::usual(const std::string& topic, std::int64_t now_ms) const {
  std::vector<double> counts;
  const std::int64_t present = now_ms / hour_ms;
  for (auto at = hours_.lower_bound(present - 7 * 24); at != hours_.end() && at->first < present; ++at) {
    const auto found = at->second.find(topic);
    if (found != at->second.end() && found->second.watched_s >= 3500) counts.push_back(double(found->second.records));
  }
  Usual out{std::nullopt, counts.size()};
  if (counts.size() < usual_hours_min) return out;
  std::ranges::nth_element(counts, counts.begin() + std::ptrdiff_t(counts.size() / 2));
  out.per_hour = counts[counts.size() / 2];
  return out;
}

std::vector<Activity::Kept> Activity::changed() {
  std::vector<Kept> out;
  for (const auto& [key, remove] : dirty_) {
    if (remove) {
      out.push_back({key, std::nullopt});
      continue;
    }
    const bool hour = key.starts_with("hour:");
    std::int64_t number = 0;
    (void)std::from_chars(key.data() + key.find(':') + 1, key.data() + key.size(), number);   // a key that add() made
    const auto& all = hour ? hours_ : days_;
    const auto at = all.find(number);
    if (at == all.end()) continue;
    Bytes plain;
    Writer w(plain);
    w.uvarint(at->second.size());
    for (const auto& [topic, b] : at->second) {
      w.uvarint(topic.size());
      w.bytes(topic);
      for (const auto n : {b.records, b.bytes, std::uint64_t(b.watched_s), std::uint64_t(b.up_s), std::uint64_t(b.down_s), std::uint64_t(b.stale_s), std::uint64_t(b.worst_gap_s),
                           std::uint64_t(b.promised_s)})
        w.uvarint(n);
    }
    out.push_back({key, packed(format, plain)});
  }
  dirty_.clear();
  return out;
}

Result<void> Activity::restore(std::string_view key, BytesView value) {
  const bool hour = key.starts_with("hour:"), day = key.starts_with("day:");
  std::int64_t number = 0;
  const std::string_view digits = key.substr(std::min(key.size(), key.find(':') + 1));
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if ((!hour && !day) || ec != std::errc{} || end != digits.data() + digits.size() || number < 0)
    return fail(ErrorCode::corrupt, "a kept activity has the unknown key " + std::string(key.substr(0, 60)));
  TRY(const auto plain, unpacked(format, value));
  Reader in(plain);
  ByTopic topics;
  const auto count = in.uvarint();
  if (!in.ok() || count > limits::observed_topics_max) return fail(ErrorCode::corrupt, "a kept activity has too many topics");
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string name(in.bytes(in.uvarint()));
    Bucket b;
    b.records = in.uvarint();
    b.bytes = in.uvarint();
    for (auto* n : {&b.watched_s, &b.up_s, &b.down_s, &b.stale_s, &b.worst_gap_s, &b.promised_s}) *n = std::uint32_t(in.uvarint());
    if (!in.ok() || name.empty()) return fail(ErrorCode::corrupt, "a kept activity is cut short");
    topics[std::move(name)] = b;
  }
  if (!in.done()) return fail(ErrorCode::corrupt, "a kept activity is longer than its topics");
  (hour ? hours_ : days_)[number] = std::move(topics);
  return {};
}

void Activity::forget(const std::string& topic) {
  last_.erase(topic);
  minutes_.forget(topic);
  for (auto& [number, topics] : hours_)
    if (topics.erase(topic) > 0) dirty_[hour_key(number)] = false;
  for (auto& [number, topics] : days_)
    if (topics.erase(topic) > 0) dirty_[day_key(number)] = false;
}

}  // namespace braid::observe
