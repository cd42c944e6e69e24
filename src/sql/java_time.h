// Dates, times and their texts as Java's java.time gives them: ISO texts, DateTimeFormatter patterns, time zones by name.
// Plain values and pure functions; thread-safe. All numbers count from 1970-01-01T00:00 UTC (days, milliseconds) or from midnight (milliseconds).
// Specification: java.time.format.DateTimeFormatter of Java 17 (letters y u M L d D E e a H h K k m s S A n N V z O X x Z Q q w W G, quotes, optional
// sections), parsing leniently about letter case as ksqlDB does. Not supported: localised styles, padding (p).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::sql {

struct Civil { std::int64_t year; int month, day; };
Civil civil_of_days(std::int64_t days);                 // proleptic Gregorian
std::int64_t days_of_civil(std::int64_t year, int month, int day);

std::string iso_date(std::int64_t days);                // 2022-04-28
std::string iso_time(std::int64_t ms);                  // LocalTime.toString: 13:25, 13:25:01, 13:25:01.002
std::string iso_timestamp(std::int64_t ms);             // 2022-04-28T21:44:47.943
Result<std::int32_t> parse_iso_date(std::string_view text);
Result<std::int32_t> parse_iso_time(std::string_view text);
Result<std::int64_t> parse_iso_timestamp(std::string_view text);   // parts may be missing from the end; a zone or offset converts to UTC

// A time zone by its name: UTC, Europe/London, PST, GMT+2, +05:30.
class TimeZone {
 public:
  static Result<TimeZone> find(std::string_view name);
  static TimeZone utc() { return {}; }
  std::int64_t offset_ms(std::int64_t utc_ms) const;           // to add to UTC
  std::int64_t utc_of_local(std::int64_t local_ms) const;      // in a gap later, in an overlap the earlier offset, as Java
  const std::string& name() const { return name_; }
 private:
  std::string name_ = "UTC";
  std::shared_ptr<const void> zone_{};                         // an ICU zone, shared and not changed
  std::int64_t fixed_ms_ = 0;
};

class TimePattern {
 public:
  static Result<TimePattern> compile(std::string_view pattern);
  std::string format(std::int64_t local_ms, const TimeZone& zone, std::int64_t offset_ms) const;
  struct Parsed {
    std::optional<std::int64_t> days;                          // when the text has a date
    std::optional<std::int64_t> ms_of_day;
    std::optional<std::int64_t> offset_ms;                     // when the text has an offset
    std::optional<std::string> zone;                           // or a zone's name
  };
  Result<Parsed> parse(std::string_view text) const;

  struct Piece {
    char letter = '\0';                                        // '\0': literal text; '[' and ']': an optional section
    int count = 0;
    std::string text{};
  };

 private:
  std::vector<Piece> pieces_;
  std::string pattern_;
  friend class TimeReader;
};

}  // namespace braid::sql
