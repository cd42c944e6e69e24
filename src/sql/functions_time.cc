// Dates and times. TIMESTAMP counts in UTC; a zone given to a function is that of the text.
#include <algorithm>

#include "sql/function_code.h"
#include "sql/java_time.h"

namespace braid::sql {

using data::Date;
using data::Time;
using data::Timestamp;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// The pattern of argument 1: compiled once when it is a literal.
class Pattern {
 public:
  static Result<Pattern> of(const Arguments& a) {
    Pattern out;
    if (a.prepared != nullptr) {
      out.at_ = static_cast<const TimePattern*>(a.prepared);
      return out;
    }
    TRY(auto own, TimePattern::compile(a[1].string()));
    out.own_ = std::make_unique<TimePattern>(std::move(own));
    out.at_ = out.own_.get();
    return out;
  }
  const TimePattern* operator->() const { return at_; }

 private:
  std::unique_ptr<TimePattern> own_;
  const TimePattern* at_ = nullptr;
};

Result<TimeZone> zone_of(const Arguments& a, std::size_t i) {
  if (i >= a.size()) return TimeZone::utc();
  return TimeZone::find(a[i].string());
}

Result<Value> format(const Arguments& a, std::int64_t utc_ms) {
  TRY(const auto pattern, Pattern::of(a));
  TRY(const auto zone, zone_of(a, 2));
  const std::int64_t offset = zone.offset_ms(utc_ms);
  return Value(pattern->format(utc_ms + offset, zone, offset));
}

Result<std::int64_t> parse(const Arguments& a) {
  TRY(const auto pattern, Pattern::of(a));
  TRY(const auto parsed, pattern->parse(a[0].string()));
  const std::int64_t local = parsed.days.value_or(0) * day_ms + parsed.ms_of_day.value_or(0);
  if (parsed.offset_ms) return local - *parsed.offset_ms;
  if (parsed.zone) {
    TRY(const auto zone, TimeZone::find(*parsed.zone));
    return zone.utc_of_local(local);
  }
  TRY(const auto zone, zone_of(a, 2));
  return zone.utc_of_local(local);
}

Result<std::int64_t> unit_ms(const std::string& unit) {
  std::string name;
  for (const char c : unit) name += char(std::toupper(static_cast<unsigned char>(c)));
  if (name.ends_with('S')) name.pop_back();
  constexpr std::pair<std::string_view, std::int64_t> units[] = {{"DAY", day_ms}, {"HOUR", 3'600'000}, {"MINUTE", 60'000}, {"SECOND", 1000}, {"MILLISECOND", 1}};
  for (const auto& [text, ms] : units)
    if (text == name) return ms;
  return fail(ErrorCode::invalid_input, "Unknown time unit: '" + unit + "'", "use DAYS, HOURS, MINUTES, SECONDS or MILLISECONDS");
}
Result<std::int64_t> interval(const Arguments& a, int sign) {
  TRY(const auto unit, unit_ms(a[0].string()));
  return sign * unit * std::int64_t(a[1].integer());
}

Result<Value> add_to_timestamp(const Arguments& a, int sign) {
  TRY(const auto ms, interval(a, sign));
  return Value(Timestamp{std::int64_t(std::uint64_t(a[2].timestamp().ms) + std::uint64_t(ms))});
}
Result<Value> add_to_date(const Arguments& a, int sign) {   // whole days; the rest is cut off
  TRY(const auto ms, interval(a, sign));
  return Value(Date{std::int32_t(floor_div(a[2].date().days * day_ms + ms, day_ms))});
}
Result<Value> add_to_time(const Arguments& a, int sign) {   // around midnight
  TRY(const auto ms, interval(a, sign));
  return Value(Time{std::int32_t(((a[2].time().ms + ms) % day_ms + day_ms) % day_ms)});
}

}  // namespace

std::shared_ptr<const void> prepare_time_pattern(std::span<const std::optional<Value>> literals) {
  if (!literals[1] || literals[1]->null()) return nullptr;
  auto pattern = TimePattern::compile(literals[1]->string());
  return pattern ? std::make_shared<const TimePattern>(std::move(*pattern)) : nullptr;
}

Result<Value> eval_convert_tz(const Arguments& a) {
  TRY(const auto from, TimeZone::find(a[1].string()));
  TRY(const auto to, TimeZone::find(a[2].string()));
  const std::int64_t utc = from.utc_of_local(a[0].timestamp().ms);
  return Value(Timestamp{utc + to.offset_ms(utc)});
}

Result<Value> eval_timestampadd(const Arguments& a) { return add_to_timestamp(a, 1); }
Result<Value> eval_timestampsub(const Arguments& a) { return add_to_timestamp(a, -1); }
Result<Value> eval_dateadd(const Arguments& a) { return add_to_date(a, 1); }
Result<Value> eval_datesub(const Arguments& a) { return add_to_date(a, -1); }
Result<Value> eval_timeadd(const Arguments& a) { return add_to_time(a, 1); }
Result<Value> eval_timesub(const Arguments& a) { return add_to_time(a, -1); }

Result<Value> eval_format_date(const Arguments& a) { return format(a, a[0].date().days * day_ms); }
Result<Value> eval_datetostring(const Arguments& a) { return format(a, a[0].integer() * day_ms); }
Result<Value> eval_format_time(const Arguments& a) { return format(a, a[0].time().ms); }
Result<Value> eval_format_timestamp(const Arguments& a) { return format(a, a[0].timestamp().ms); }
Result<Value> eval_timestamptostring(const Arguments& a) { return format(a, a[0].bigint()); }

Result<Value> eval_parse_date(const Arguments& a) {
  TRY(const auto pattern, Pattern::of(a));
  TRY(const auto parsed, pattern->parse(a[0].string()));
  if (parsed.ms_of_day && *parsed.ms_of_day != 0) return function_error("Date format contains time field: '" + a[1].string() + "'");
  return Value(Date{std::int32_t(parsed.days.value_or(0))});
}
Result<Value> eval_stringtodate(const Arguments& a) {
  TRY(const auto pattern, Pattern::of(a));
  TRY(const auto parsed, pattern->parse(a[0].string()));
  return Value(std::int32_t(parsed.days.value_or(0)));
}
Result<Value> eval_parse_time(const Arguments& a) {
  TRY(const auto pattern, Pattern::of(a));
  TRY(const auto parsed, pattern->parse(a[0].string()));
  if (parsed.days) return function_error("Time format contains date field: '" + a[1].string() + "'");
  return Value(Time{std::int32_t(parsed.ms_of_day.value_or(0))});
}
Result<Value> eval_parse_timestamp(const Arguments& a) {
  TRY(const auto ms, parse(a));
  return Value(Timestamp{ms});
}
Result<Value> eval_stringtotimestamp(const Arguments& a) {
  TRY(const auto ms, parse(a));
  return Value(ms);
}

Result<Value> eval_from_days(const Arguments& a) { return Value(Date{a[0].integer()}); }
Result<Value> eval_from_unixtime(const Arguments& a) { return Value(Timestamp{a[0].bigint()}); }
Result<Value> eval_unix_date(const Arguments& a) { return Value(a.size() > 0 ? a[0].date().days : std::int32_t(floor_div(a.context.now_ms, day_ms))); }
Result<Value> eval_unix_timestamp(const Arguments& a) { return Value(a.size() > 0 ? a[0].timestamp().ms : a.context.now_ms); }

}  // namespace braid::sql
