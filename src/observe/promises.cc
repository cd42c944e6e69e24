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

std::vector<Activity::Period> history_of(const Evidence& e) {
  return e.with_history && e.activity ? e.activity->periods(e.topic, e.now_ms, period_ms, periods) : std::vector<Activity::Period>();
}

Judged freshness(const mesh::Product& product, const Evidence& e) {
  const auto promised = promised_freshness_s(product);
  Judged j = begin("freshness", "a record at least every " + length_text(double(promised)), double(promised), "s", product.promises.freshness_s ? "product" : std::string(mesh::name_of(product.sla)));
  for (const auto& p : history_of(e)) {
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
  const double promised = product.promises.availability.value_or(promises_of(product.sla).availability);
  Judged j = begin("availability", "can be written and read " + percent(promised) + " of the time", promised, "share", product.promises.availability ? "product" : std::string(mesh::name_of(product.sla)));
  if (!e.activity) return j.why = "nobody has watched it", j;
  for (const auto& p : history_of(e)) {
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
  const auto own = product.promises.records_per_second_min;
  const double share = promises_of(product.sla).volume_share;
  if (!own && share == 0) return std::nullopt;
  Judged j = own ? begin("volume", "at least " + number_text(*own) + " records/s", *own, "records/s", "product")
                 : begin("volume", "at least " + percent(share) + " of its usual volume", share, "share", std::string(mesh::name_of(product.sla)));
  if (!e.activity) return j.why = "nobody has watched it", j;
  const auto usual = own ? Activity::Usual{} : e.activity->usual(e.topic, e.now_ms);
  const double scale = own ? 1 : usual.per_hour && *usual.per_hour > 0 ? 3600 / *usual.per_hour : 0;
  const auto rate_of = [](const Bucket& b) { return double(b.records) / double(b.watched_s); };
  for (const auto& p : history_of(e)) {
    const bool known = p.bucket.watched_s >= watched_least_s && scale > 0;
    const double value = known ? rate_of(p.bucket) * scale : 0;
    j.history.push_back({p.from_ms, !known ? Kept::unknown : value < j.promised ? Kept::broken : Kept::kept, known ? std::optional(value) : std::nullopt});
  }
  if (!e.pulse) return j.why = "there is no topic " + e.topic, j;
  if (!own && scale == 0)
    return j.why = usual.per_hour ? "usually nothing comes in an hour" : "its usual volume is known after 24 whole hours; " + std::to_string(usual.hours) + " have been watched", j;
  const Bucket lately = e.activity->over(e.topic, e.now_ms - Activity::hour_ms, e.now_ms);
  if (lately.watched_s < watched_least_s) return j.why = "it has been watched for " + length_text(lately.watched_s) + " only", j;
  const double measured = rate_of(lately) * scale;
  j.measured = measured;
  j.state = measured < j.promised ? Kept::broken : measured * close_to < j.promised ? Kept::close : Kept::kept;
  j.why = number_text(rate_of(lately)) + " records/s over the last " + length_text(lately.watched_s) + (own ? std::string() : ", " + percent(measured) + " of its usual " + number_text(*usual.per_hour / 3600));
  return j;
}

std::optional<Judged> history(const mesh::Product& product, const Evidence& e) {
  if (!product.promises.history_days) return std::nullopt;
  const auto promised = double(*product.promises.history_days);
  Judged j = begin("history", "records are kept for at least " + number_text(promised) + (promised == 1 ? " day" : " days"), promised, "d", "product");
  if (!e.retention_ms) return j.why = "the settings of topic " + e.topic + " cannot be read", j;
  const bool bounded = e.retention_bytes && *e.retention_bytes >= 0;
  const std::string size = bounded ? "; its retention.bytes may delete them earlier" : "";
  if (*e.retention_ms < 0) {
    j.state = bounded ? Kept::close : Kept::kept;
    j.why = "the topic keeps its records for ever" + size;
    return j;
  }
  j.measured = double(*e.retention_ms) / double(Activity::day_ms);
  j.state = *j.measured < promised ? Kept::broken : bounded ? Kept::close : Kept::kept;
  j.why = "retention.ms of the topic is " + number_text(*j.measured) + " days" + size;
  return j;
}

// The counts are of everything that was looked into since the profile began: a bad day long ago weighs as much as today.
Judged nulls(const std::string& field, double promised, const Evidence& e) {
  Judged j = begin("nulls", promised == 0 ? field + " is never null or absent" : field + " is null or absent in at most " + percent(promised) + " of the records", promised, "share", "product");
  j.field = field;
  if (!e.fields) return j.why = e.pulse ? "topic " + e.topic + " has no running profile" : "there is no topic " + e.topic, j;
  const auto at = e.fields->fields.find(field);
  if (at == e.fields->fields.end()) {
    if (e.fields->profiled == 0) return j.why = "no record has been looked into yet", j;
    const auto near = mesh::nearest(field, e.fields->known);
    return j.why = "none of the " + std::to_string(e.fields->profiled) + " records that were looked into has a field " + field + (near.empty() ? "" : "; there is " + near), j;
  }
  const auto& c = at->second;
  const std::uint64_t missing = c.nulls + c.absent, all = c.count + missing;
  if (all == 0) return j.why = "no record has been looked into yet", j;
  const double measured = double(missing) / double(all);
  j.measured = measured;
  j.state = measured > promised ? Kept::broken : measured > close_to * promised ? Kept::close : Kept::kept;
  j.why = std::to_string(missing) + " of " + std::to_string(all) + " since " + iso8601(e.fields->since_ms).substr(0, 16) + "Z are without a value";
  return j;
}

}  // namespace

Kept worst(const std::vector<Judged>& all) {
  Kept out = Kept::unknown;
  for (const auto& j : all) {
    if (j.state == Kept::broken) return Kept::broken;
    if (j.state == Kept::close || (j.state == Kept::kept && out == Kept::unknown)) out = j.state;
  }
  return out;
}

const TierPromises& promises_of(mesh::SlaTier tier) { return *std::ranges::find(tiers, tier, &TierPromises::tier); }
std::int64_t promised_freshness_s(const mesh::Product& product) { return product.promises.freshness_s.value_or(promises_of(product.sla).freshness_s); }

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
  if (auto h = history(product, e)) out.push_back(*std::move(h));
  for (const auto& [field, share] : product.promises.null_share_max) out.push_back(nulls(field, share, e));
  return out;
}

json::object to_json(const Judged& j) {
  json::array history;
  for (const auto& p : j.history)
    history.push_back(json::object{{"from", iso8601(p.from_ms)}, {"state", name_of(p.state)}, {"value", p.value ? json::value(*p.value) : json::value(nullptr)}});
  return {{"name", j.name}, {"field", j.field.empty() ? json::value(nullptr) : json::value(j.field)}, {"promised", json::object{{"text", j.text}, {"value", j.promised}, {"unit", j.unit}, {"from", j.from}}},
          {"measured", j.measured ? json::value(json::object{{"value", *j.measured}, {"unit", j.unit}}) : json::value(nullptr)},
          {"state", name_of(j.state)}, {"why", j.why}, {"history", std::move(history)}};
}

}  // namespace braid::observe
