#include "observe/promises.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.h"

namespace braid::observe {
namespace {

constexpr std::array tiers{TierPromises{mesh::SlaTier::tier_1, 60, 0.999, 0.5}, TierPromises{mesh::SlaTier::tier_2, 900, 0.995, 0.25},
                           TierPromises{mesh::SlaTier::tier_3, 86'400, 0.99, 0}};
constexpr double close_to = 0.8;                     // of what is allowed is used up
constexpr std::int64_t period_ms = 6 * Activity::hour_ms;
constexpr std::size_t periods = 28;
constexpr std::int64_t week_ms = 7 * Activity::day_ms;
constexpr std::uint32_t watched_least_s = 60;        // before anything is said of a share or a rate

std::string number_text(double v) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(v) >= 100 || v == std::floor(v) ? "%.0f" : std::abs(v) >= 1 ? "%.1f" : "%.3g", v);
  return text;
}
std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", std::floor(share * 100'000) / 1000);   // never rounded up to what was not reached
  std::string out = text;
  while (out.ends_with('0')) out.pop_back();
  if (out.ends_with('.')) out.pop_back();
  return out + " %";
}

Judged begin(std::string name, std::string text, double promised, std::string unit, std::string from) {
  Judged j;
  j.name = std::move(name);
  j.text = std::move(text);
  j.promised = promised;
  j.unit = std::move(unit);
  j.from = std::move(from);
  return j;
}

Judged freshness(const mesh::Product& product, const Evidence& e) {
  const auto promised = promised_freshness_s(product);
  Judged j = begin("freshness", "a record at least every " + length_text(double(promised)), double(promised), "s", std::string(mesh::name_of(product.sla)));
  if (e.activity)
    for (const auto& p : e.activity->periods(e.topic, e.now_ms, period_ms, periods)) {
      const bool known = p.bucket.watched_s > 0;
      j.history.push_back({p.from_ms, !known ? Kept::unknown : p.bucket.worst_gap_s > promised ? Kept::broken : Kept::kept, known ? std::optional<double>(p.bucket.worst_gap_s) : std::nullopt});
    }
  if (!e.pulse) return j.why = "there is no topic " + e.topic, j;
  if (!e.pulse->age_s) return j.why = "no record has come yet", j;
  const double age = *e.pulse->age_s;
  j.measured = age;
  j.state = age > double(promised) ? Kept::broken : age > close_to * double(promised) ? Kept::close : Kept::kept;
  j.why = "the last record came " + length_text(age) + " ago" +
          (j.state == Kept::broken ? ", " + length_text(age - double(promised)) + " longer than promised" : "; promised is one in " + length_text(double(promised)));
  return j;
}

Judged availability(const mesh::Product& product, const Evidence& e) {
  const double promised = promises_of(product.sla).availability;
  Judged j = begin("availability", "can be written and read " + percent(promised) + " of the time", promised, "share", std::string(mesh::name_of(product.sla)));
  if (!e.activity) return j.why = "nobody has watched it", j;
  for (const auto& p : e.activity->periods(e.topic, e.now_ms, period_ms, periods)) {
    const auto value = p.bucket.availability();
    j.history.push_back({p.from_ms, !value ? Kept::unknown : *value < promised ? Kept::broken : Kept::kept, value});
  }
  const Bucket week = e.activity->over(e.topic, e.now_ms - week_ms, e.now_ms);
  const std::uint32_t seen = week.watched_s + week.down_s;
  if (seen < watched_least_s) return j.why = "it has been watched for " + length_text(seen) + " only", j;
  const double measured = *week.availability();
  j.measured = measured;
  j.state = measured < promised ? Kept::broken : 1 - measured > close_to * (1 - promised) ? Kept::close : Kept::kept;
  const double lost = double(seen - week.up_s);
  j.why = "in the " + length_text(seen) + " that are known of the last 7 days it could be reached " + percent(measured) + " of the time" +
          (lost > 0 ? ", and not for " + length_text(lost) + (week.down_s > 0 ? " (" + length_text(week.down_s) + " of these the node was not running)" : "") : "");
  return j;
}

std::optional<Judged> volume(const mesh::Product& product, const Evidence& e) {
  const double share = promises_of(product.sla).volume_share;
  if (share == 0) return std::nullopt;
  Judged j = begin("volume", "at least " + percent(share) + " of its usual volume", share, "share", std::string(mesh::name_of(product.sla)));
  if (!e.activity) return j.why = "nobody has watched it", j;
  const auto usual = e.activity->usual(e.topic, e.now_ms);
  const double scale = usual.per_hour && *usual.per_hour > 0 ? 3600 / *usual.per_hour : 0;
  const auto rate_of = [](const Bucket& b) { return double(b.records) / double(b.watched_s); };
  for (const auto& p : e.activity->periods(e.topic, e.now_ms, period_ms, periods)) {
    const bool known = p.bucket.watched_s >= watched_least_s && scale > 0;
    const double value = known ? rate_of(p.bucket) * scale : 0;
    j.history.push_back({p.from_ms, !known ? Kept::unknown : value < j.promised ? Kept::broken : Kept::kept, known ? std::optional(value) : std::nullopt});
  }
  if (!e.pulse) return j.why = "there is no topic " + e.topic, j;
  if (scale == 0)
    return j.why = usual.per_hour ? "usually nothing comes in an hour" : "its usual volume is known after 24 whole hours; " + std::to_string(usual.hours) + " have been watched", j;
  const Bucket lately = e.activity->over(e.topic, e.now_ms - Activity::hour_ms, e.now_ms);
  if (lately.watched_s < watched_least_s) return j.why = "it has been watched for " + length_text(lately.watched_s) + " only", j;
  const double measured = rate_of(lately) * scale;
  j.measured = measured;
  j.state = measured < j.promised ? Kept::broken : measured * close_to < j.promised ? Kept::close : Kept::kept;
  j.why = number_text(rate_of(lately)) + " records/s over the last " + length_text(lately.watched_s) + ", " + percent(measured) + " of its usual " + number_text(*usual.per_hour / 3600);
  return j;
}

}  // namespace

const TierPromises& promises_of(mesh::SlaTier tier) { return *std::ranges::find(tiers, tier, &TierPromises::tier); }
std::int64_t promised_freshness_s(const mesh::Product& product) { return promises_of(product.sla).freshness_s; }

std::string_view name_of(Kept state) {
  switch (state) {
    case Kept::kept: return "kept";
    case Kept::close: return "close";
    case Kept::broken: return "broken";
    case Kept::unknown: break;
  }
  return "unknown";
}

std::string length_text(double seconds) {
  const auto s = std::int64_t(std::llround(seconds));
  if (seconds < 10 && seconds != std::floor(seconds)) return number_text(seconds) + " s";
  if (s < 120) return std::to_string(s) + " s";
  if (s < 7200) return std::to_string(s / 60) + " min";
  if (s < 2 * 86'400) return std::to_string(s / 3600) + " h" + (s / 60 % 60 ? " " + std::to_string(s / 60 % 60) + " min" : "");
  return std::to_string(s / 86'400) + " d" + (s / 3600 % 24 ? " " + std::to_string(s / 3600 % 24) + " h" : "");
}

std::vector<Judged> judge(const mesh::Product& product, const Evidence& e) {
  std::vector<Judged> out{freshness(product, e), availability(product, e)};
  if (auto v = volume(product, e)) out.push_back(*std::move(v));
  return out;
}

json::object to_json(const Judged& j) {
  json::array history;
  for (const auto& p : j.history)
    history.push_back(json::object{{"from", iso8601(p.from_ms)}, {"state", name_of(p.state)}, {"value", p.value ? json::value(*p.value) : json::value(nullptr)}});
  return {{"name", j.name}, {"promised", json::object{{"text", j.text}, {"value", j.promised}, {"unit", j.unit}, {"from", j.from}}},
          {"measured", j.measured ? json::value(json::object{{"value", *j.measured}, {"unit", j.unit}}) : json::value(nullptr)},
          {"state", name_of(j.state)}, {"why", j.why}, {"history", std::move(history)}};
}

}  // namespace braid::observe
