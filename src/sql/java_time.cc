#include "sql/java_time.h"

#include <unicode/basictz.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace braid::sql {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::array month_names{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
constexpr std::array day_names{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string padded(std::int64_t v, int width) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%0*lld", v < 0 ? width + 1 : width, static_cast<long long>(v));
  return buffer;
}
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
bool leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int month_days(std::int64_t year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : days[std::size_t(month - 1)];
}
bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); });
}
bool digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> bad_text(std::string_view text, std::string_view what) {
  return fail(ErrorCode::invalid_input, "'" + std::string(text.substr(0, 100)) + "' is no " + std::string(what));
}

// n digits at `at`, or -1.
int digits(std::string_view text, std::size_t& at, int n) {
  int v = 0;
  if (at + std::size_t(n) > text.size()) return -1;
  for (int i = 0; i < n; ++i) {
    if (!digit(text[at + std::size_t(i)])) return -1;
    v = v * 10 + (text[at + std::size_t(i)] - '0');
  }
  at += std::size_t(n);
  return v;
}

// +02, +0200, +02:00, +02:00:00, Z. Empty when there is none; moves `at`.
std::optional<std::int64_t> read_offset(std::string_view text, std::size_t& at) {
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) { ++at; return 0; }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const bool negative = text[at] == '-';
  std::size_t here = at + 1;
  int hours = digits(text, here, 2), minutes = 0, seconds = 0;
  if (hours < 0) hours = digits(text, here, 1);
  if (hours < 0 || hours > 18) return std::nullopt;
  const auto part = [&](int& into) {
    std::size_t next = here + (here < text.size() && text[here] == ':');
    const int v = digits(text, next, 2);
    if (v < 0 || v > 59) return false;
    into = v;
    here = next;
    return true;
  };
  if (part(minutes)) part(seconds);
  at = here;
  const std::int64_t ms = ((hours * 60 + minutes) * 60LL + seconds) * 1000;
  return negative ? -ms : ms;
}

std::string offset_text(std::int64_t ms, int letter, int count) {
  if ((letter == 'X' || (letter == 'Z' && count == 5)) && ms == 0) return "Z";
  const std::int64_t minutes = std::abs(ms) / 60'000;
  const char sign = ms < 0 ? '-' : '+';
  if (letter == 'O' || (letter == 'Z' && count == 4)) {
    if (ms == 0) return "GMT";
    if (letter == 'O' && count == 1) return std::string("GMT") + sign + std::to_string(minutes / 60) + (minutes % 60 ? ":" + padded(minutes % 60, 2) : "");
    return std::string("GMT") + sign + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2);
  }
  const bool colon = letter == 'Z' ? count == 5 : count == 3 || count == 5;
  std::string out = sign + padded(minutes / 60, 2);
  if (letter != 'Z' && count == 1 && minutes % 60 == 0) return out;
  out += (colon ? ":" : "") + padded(minutes % 60, 2);
  if (letter != 'Z' && count >= 4 && std::abs(ms) / 1000 % 60 != 0) out += (colon ? ":" : "") + padded(std::abs(ms) / 1000 % 60, 2);
  return out;
}

}  // namespace

Civil civil_of_days(std::int64_t days) {
  // Counts from 0000-03-01, so that the leap day is the last of its year.
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = floor_div(shifted, 146'097);
  const std::int64_t of_era = shifted - era * 146'097;
  const std::int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  const int day = int(of_year - (153 * month + 2) / 5 + 1);
  const int civil_month = int(month < 10 ? month + 3 : month - 9);
  return {year_of_era + era * 400 + (civil_month <= 2), civil_month, day};
}

std::int64_t days_of_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

std::string iso_date(std::int64_t days) {
  const Civil c = civil_of_days(days);
  return (c.year > 9999 ? "+" : "") + padded(c.year, 4) + "-" + padded(c.month, 2) + "-" + padded(c.day, 2);
}
std::string iso_time(std::int64_t ms) {
  std::string out = padded(ms / 3'600'000, 2) + ":" + padded(ms / 60'000 % 60, 2);
  if (ms % 60'000 != 0) out += ":" + padded(ms / 1000 % 60, 2);
  if (ms % 1000 != 0) out += "." + padded(ms % 1000, 3);
  return out;
}
std::string iso_timestamp(std::int64_t ms) {
  const std::int64_t days = floor_div(ms, day_ms), rest = ms - days * day_ms;
  return iso_date(days) + "T" + padded(rest / 3'600'000, 2) + ":" + padded(rest / 60'000 % 60, 2) + ":" + padded(rest / 1000 % 60, 2) + "." + padded(rest % 1000, 3);
}

namespace {

bool read_date(std::string_view text, std::size_t& at, std::int64_t& days, bool parts_may_miss) {
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const int year = digits(text, at, 4);
  if (year < 0) return false;
  int month = 1, day = 1;
  const auto part = [&](int& into) {
    if (at >= text.size() || text[at] != '-') return parts_may_miss;
    ++at;
    into = digits(text, at, 2);
    if (into < 0) { --at; into = digits(text, ++at, 1); }   // 2022-4-8
    return into > 0;
  };
  if (!part(month) || !part(day) || month > 12) return false;
  if (day > month_days(negative ? -year : year, month)) return false;
  days = days_of_civil(negative ? -year : year, month, day);
  return true;
}

bool read_time(std::string_view text, std::size_t& at, std::int64_t& ms) {
  const int hour = digits(text, at, 2);
  int minute = 0, second = 0;
  std::int64_t fraction = 0;
  if (hour < 0 || hour > 23) return false;
  if (at < text.size() && text[at] == ':') {
    ++at;
    if ((minute = digits(text, at, 2)) < 0 || minute > 59) return false;
    if (at < text.size() && text[at] == ':') {
      ++at;
      if ((second = digits(text, at, 2)) < 0 || second > 59) return false;
      if (at < text.size() && text[at] == '.') {
        ++at;
        int n = 0;
        for (; at < text.size() && digit(text[at]); ++at, ++n)
          if (n < 3) fraction = fraction * 10 + (text[at] - '0');
        if (n == 0) return false;
        for (; n < 3; ++n) fraction *= 10;
      }
    }
  }
  ms = ((hour * 60LL + minute) * 60 + second) * 1000 + fraction;
  return true;
}

}  // namespace

Result<std::int32_t> parse_iso_date(std::string_view text) {
  std::size_t at = 0;
  std::int64_t days = 0;
  if (!read_date(text, at, days, true)) return bad_text(text, "date like 2022-04-28");
  if (at == text.size()) return std::int32_t(days);
  std::int64_t ms = 0;   // the date of a whole timestamp will do
  if (text[at] == 'T' && read_time(text, ++at, ms) && at == text.size()) return std::int32_t(days);
  return bad_text(text, "date like 2022-04-28");
}

Result<std::int32_t> parse_iso_time(std::string_view text) {
  std::size_t at = 0;
  std::int64_t ms = 0;
  if (!read_time(text, at, ms) || at != text.size()) return bad_text(text, "time like 21:44:47.943");
  return std::int32_t(ms);
}

Result<std::int64_t> parse_iso_timestamp(std::string_view text) {
  std::size_t at = 0;
  std::int64_t days = 0, ms = 0;
  const auto bad = [&] { return bad_text(text, "timestamp like 2022-04-28T21:44:47.943 (a zone may follow)"); };
  if (!read_date(text, at, days, true)) return bad();
  if (at < text.size() && (text[at] == 'T' || text[at] == 't' || text[at] == ' ')) {
    ++at;
    if (at < text.size() && !read_time(text, at, ms)) return bad();
  }
  const std::int64_t local = days * day_ms + ms;
  if (at == text.size()) return local;
  if (const auto offset = read_offset(text, at); offset && at == text.size()) return local - *offset;
  if (at < text.size() && text[at] == '[' && text.back() == ']') ++at, text.remove_suffix(1);
  const auto zone = TimeZone::find(text.substr(at));
  if (!zone) return bad();
  return zone->utc_of_local(local);
}

Result<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone out;
  out.name_ = name;
  std::string_view rest = name;
  if (rest.starts_with("UTC") || rest.starts_with("GMT")) rest.remove_prefix(3);
  else if (rest.starts_with("UT")) rest.remove_prefix(2);
  if (rest.empty() && !name.empty()) return out;
  std::size_t at = 0;
  if (const auto offset = read_offset(rest, at); offset && at == rest.size()) {
    out.fixed_ms_ = *offset;
    return out;
  }
  // Names of summer times, which the zone data does not know as zones.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> summer{{{"PDT", "America/Los_Angeles"}, {"MDT", "America/Denver"}, {"CDT", "America/Chicago"},
      {"EDT", "America/New_York"}, {"EST", "America/New_York"}, {"CEST", "Europe/Paris"}, {"BST", "Europe/London"}, {"EEST", "Europe/Helsinki"}}};
  std::string wanted(name);
  for (const auto& [alias, zone] : summer)
    if (same_letters(alias, name)) wanted = zone;
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(wanted)));
  icu::UnicodeString id;
  if (zone == nullptr || zone->getID(id) == icu::UnicodeString("Etc/Unknown") || dynamic_cast<icu::BasicTimeZone*>(zone.get()) == nullptr)
    return fail(ErrorCode::invalid_input, "Unknown time-zone ID: " + std::string(name), "for example UTC, Europe/London, +02:00");
  out.zone_ = std::shared_ptr<const icu::BasicTimeZone>(static_cast<icu::BasicTimeZone*>(zone.release()));
  return out;
}

std::int64_t TimeZone::offset_ms(std::int64_t utc_ms) const {
  if (!zone_) return fixed_ms_;
  int32_t raw = 0, summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  static_cast<const icu::BasicTimeZone*>(zone_.get())->getOffset(double(utc_ms), 0, raw, summer, status);
  return raw + summer;
}

std::int64_t TimeZone::utc_of_local(std::int64_t local_ms) const {
  if (!zone_) return local_ms - fixed_ms_;
  int32_t raw = 0, summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  static_cast<const icu::BasicTimeZone*>(zone_.get())->getOffsetFromLocal(double(local_ms), UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, raw, summer, status);
  return local_ms - raw - summer;
}

Result<TimePattern> TimePattern::compile(std::string_view pattern) {
  TimePattern out;
  out.pattern_ = pattern;
  const auto literal = [&](std::string_view text) {
    if (out.pieces_.empty() || out.pieces_.back().letter != '\0') out.pieces_.push_back({});
    out.pieces_.back().text += text;
  };
  int open = 0;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (std::isalpha(static_cast<unsigned char>(c))) {
      std::size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (!std::string_view("GyuDMLQqdEeahHkKmsSAnNVzOXxZ").contains(c))
        return fail(ErrorCode::invalid_input, "Unknown pattern letter: " + std::string(1, c) + " in '" + std::string(pattern) + "'");
      const int count = int(end - i);
      const int most = std::string_view("dhHkKms").contains(c) ? 2 : c == 'D' ? 3 : std::string_view("MLQqEeGXxZ").contains(c) ? 5 : c == 'S' ? 9 : 19;
      if (count > most || (c == 'V' && count != 2)) return fail(ErrorCode::invalid_input, "Too many pattern letters: " + std::string(1, c) + " in '" + std::string(pattern) + "'");
      out.pieces_.push_back({.letter = c, .count = count});
      i = end;
    } else if (c == '\'') {
      std::string text;
      std::size_t end = i + 1;
      for (;; ++end) {
        if (end >= pattern.size()) return fail(ErrorCode::invalid_input, "Pattern ends with an incomplete string literal: " + std::string(pattern));
        if (pattern[end] == '\'') {
          if (end + 1 >= pattern.size() || pattern[end + 1] != '\'') break;
          ++end;
        }
        text += pattern[end];
      }
      literal(end == i + 1 ? std::string_view("'") : std::string_view(text));
      i = end + 1;
    } else if (c == '[' || c == ']') {
      open += c == '[' ? 1 : -1;
      if (open < 0) return fail(ErrorCode::invalid_input, "Pattern invalid as it contains ] without previous [: " + std::string(pattern));
      out.pieces_.push_back({.letter = c});
      ++i;
    } else if (c == '{' || c == '}' || c == '#') {
      return fail(ErrorCode::invalid_input, "Pattern includes reserved character: '" + std::string(1, c) + "'");
    } else {
      literal(pattern.substr(i++, 1));
    }
  }
  return out;
}

std::string TimePattern::format(std::int64_t local_ms, const TimeZone& zone, std::int64_t offset_ms) const {
  const std::int64_t days = floor_div(local_ms, day_ms), ms = local_ms - days * day_ms;
  const Civil date = civil_of_days(days);
  const std::int64_t year_of_era = date.year > 0 ? date.year : 1 - date.year;
  const int weekday = int(((days + 3) % 7 + 7) % 7);   // 0 is Monday
  const std::int64_t hour = ms / 3'600'000;
  const auto name = [](std::string_view full, int count) { return std::string(count == 4 ? full : full.substr(0, count == 5 ? 1 : 3)); };
  std::string out;
  for (const auto& p : pieces_) {
    switch (p.letter) {
      case '\0': out += p.text; break;
      case '[': case ']': break;
      case 'G': out += p.count == 4 ? (date.year > 0 ? "Anno Domini" : "Before Christ") : (date.year > 0 ? "AD" : "BC"); break;
      case 'y': case 'u': {
        const std::int64_t year = p.letter == 'u' ? date.year : year_of_era;
        if (p.count == 2) out += padded(std::abs(year) % 100, 2);
        else out += (p.count >= 4 && year > 9999 ? "+" : "") + padded(year, p.count);
        break;
      }
      case 'M': case 'L': out += p.count <= 2 ? padded(date.month, p.count) : name(month_names[std::size_t(date.month - 1)], p.count); break;
      case 'Q': case 'q': {
        const int quarter = (date.month + 2) / 3;
        constexpr std::array full{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
        out += p.count <= 2 ? padded(quarter, p.count) : p.count == 3 ? "Q" + std::to_string(quarter) : p.count == 4 ? full[std::size_t(quarter - 1)] : std::to_string(quarter);
        break;
      }
      case 'd': out += padded(date.day, p.count); break;
      case 'D': out += padded(days - days_of_civil(date.year, 1, 1) + 1, p.count); break;
      case 'E': out += name(day_names[std::size_t(weekday)], p.count); break;
      case 'e': out += p.count <= 2 ? padded((weekday + 1) % 7 + 1, p.count) : name(day_names[std::size_t(weekday)], p.count); break;   // weeks start on Sunday
      case 'a': out += hour < 12 ? "AM" : "PM"; break;
      case 'h': out += padded((hour + 11) % 12 + 1, p.count); break;
      case 'H': out += padded(hour, p.count); break;
      case 'k': out += padded(hour == 0 ? 24 : hour, p.count); break;
      case 'K': out += padded(hour % 12, p.count); break;
      case 'm': out += padded(ms / 60'000 % 60, p.count); break;
      case 's': out += padded(ms / 1000 % 60, p.count); break;
      case 'S': out += (padded(ms % 1000, 3) + "000000").substr(0, std::size_t(p.count)); break;
      case 'A': out += padded(ms, p.count); break;
      case 'n': out += padded(ms % 1000 * 1'000'000, p.count); break;
      case 'N': out += padded(ms * 1'000'000, p.count); break;
      case 'V': out += zone.name(); break;
      case 'z': {
        const std::unique_ptr<icu::TimeZone> icu_zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone.name())));
        icu::UnicodeString text;
        const bool summer = icu_zone->getRawOffset() != offset_ms;
        icu_zone->getDisplayName(summer, p.count == 4 ? icu::TimeZone::LONG : icu::TimeZone::SHORT, icu::Locale::getUS(), text);
        std::string utf8;
        text.toUTF8String(utf8);
        out += zone.name() == "UTC" || zone.name() == "Z" ? (p.count == 4 ? "Coordinated Universal Time" : "UTC") : utf8;
        break;
      }
      default: out += offset_text(offset_ms, p.letter, p.count);
    }
  }
  return out;
}

// Parses one text by a pattern; sections in brackets may be missing.
class TimeReader {
 public:
  TimeReader(const TimePattern& pattern, std::string_view text) : pieces_(pattern.pieces_), pattern_(pattern.pattern_), text_(text) {}

  Result<TimePattern::Parsed> read() {
    if (!run(0, pieces_.size()) || at_ != text_.size())
      return fail(ErrorCode::invalid_input, "Text '" + std::string(text_.substr(0, 100)) + "' could not be parsed with '" + pattern_ + "' at index " + std::to_string(at_));
    return resolve();
  }

 private:
  struct Fields {
    std::optional<std::int64_t> year, month, day, day_of_year, hour, half_hour, minute, second, fraction_ms, milli_of_day, nano_of_day;
    std::optional<bool> afternoon;
    bool before_christ = false;
    std::optional<std::int64_t> offset_ms;
    std::optional<std::string> zone;
  };

  bool run(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const auto& p = pieces_[i];
      if (p.letter == ']') continue;
      if (p.letter == '[') {
        std::size_t close = i + 1;
        for (int depth = 1; close < to; ++close) {
          if (pieces_[close].letter == '[') ++depth;
          if (pieces_[close].letter == ']' && --depth == 0) break;
        }
        const std::size_t before = at_;
        const Fields saved = fields_;
        if (!run(i + 1, close)) {
          at_ = before;
          fields_ = saved;
        }
        i = close;
        continue;
      }
      if (p.letter == '\0') {
        if (!same_letters(text_.substr(at_, p.text.size()), p.text)) return false;
        at_ += p.text.size();
        continue;
      }
      if (!read_piece(i)) return false;
    }
    return true;
  }

  static bool numeric(const TimePattern::Piece& p) {
    return std::string_view("yudDhHkKmsSAnN").contains(p.letter) || (std::string_view("MLQqe").contains(p.letter) && p.count <= 2);
  }

  // A number as Java takes it: fixed width for two letters and more (years: at least), leaving the digits that fixed fields right behind need.
  std::optional<std::int64_t> number(std::size_t i) {
    const auto& p = pieces_[i];
    const bool year = p.letter == 'y' || p.letter == 'u';
    const bool fixed = p.count >= 2 && (!year || p.count == 2);
    bool negative = false;
    if (year && p.count != 2 && at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) negative = text_[at_++] == '-';
    std::size_t have = 0;
    while (at_ + have < text_.size() && digit(text_[at_ + have])) ++have;
    std::size_t most = fixed ? std::size_t(p.count) : 18, least = fixed || year ? std::size_t(p.count) : 1;
    if (!fixed) {
      std::size_t reserved = 0;
      for (std::size_t next = i + 1; next < pieces_.size() && numeric(pieces_[next]) && pieces_[next].count >= 1; ++next) reserved += std::size_t(pieces_[next].count);
      most = std::min(most, have > reserved ? have - reserved : 0);
    }
    const std::size_t n = std::min(have, most);
    if (n < least || n == 0) return std::nullopt;
    std::int64_t v = 0;
    for (std::size_t k = 0; k < n; ++k) v = v * 10 + (text_[at_ + k] - '0');
    at_ += n;
    return negative ? -v : v;
  }

  template <std::size_t N> std::optional<std::int64_t> name(const std::array<const char*, N>& names) {
    for (const bool full : {true, false})
      for (std::size_t k = 0; k < N; ++k) {
        const std::string_view wanted = full ? std::string_view(names[k]) : std::string_view(names[k]).substr(0, 3);
        if (same_letters(text_.substr(at_, wanted.size()), wanted)) {
          at_ += wanted.size();
          return std::int64_t(k);
        }
      }
    return std::nullopt;
  }

  bool take(std::optional<std::int64_t>& into, std::optional<std::int64_t> v, std::int64_t low, std::int64_t high) {
    if (!v || *v < low || *v > high) return false;
    into = v;
    return true;
  }

  bool read_piece(std::size_t i) {
    const auto& p = pieces_[i];
    std::optional<std::int64_t> ignored;
    switch (p.letter) {
      case 'y': case 'u': {
        auto v = number(i);
        if (v && p.count == 2) *v += 2000;
        return take(fields_.year, v, -999'999'999, 999'999'999);
      }
      case 'M': case 'L':
        if (p.count > 2) {
          auto v = name(month_names);
          if (v) ++*v;
          return take(fields_.month, v, 1, 12);
        }
        return take(fields_.month, number(i), 1, 12);
      case 'd': return take(fields_.day, number(i), 1, 31);
      case 'D': return take(fields_.day_of_year, number(i), 1, 366);
      case 'Q': case 'q': return p.count <= 2 && take(ignored, number(i), 1, 4);
      case 'E': return name(day_names).has_value();
      case 'e': return p.count <= 2 ? take(ignored, number(i), 1, 7) : name(day_names).has_value();
      case 'G': {
        const bool ad = same_letters(text_.substr(at_, 2), "AD"), bc = same_letters(text_.substr(at_, 2), "BC");
        at_ += ad || bc ? 2 : 0;
        fields_.before_christ = bc;
        return ad || bc;
      }
      case 'a': {
        const bool am = same_letters(text_.substr(at_, 2), "AM"), pm = same_letters(text_.substr(at_, 2), "PM");
        at_ += am || pm ? 2 : 0;
        fields_.afternoon = pm;
        return am || pm;
      }
      case 'H': return take(fields_.hour, number(i), 0, 23);
      case 'k': {
        if (!take(fields_.hour, number(i), 1, 24)) return false;
        fields_.hour = *fields_.hour % 24;
        return true;
      }
      case 'h': {
        if (!take(fields_.half_hour, number(i), 1, 12)) return false;
        fields_.half_hour = *fields_.half_hour % 12;
        return true;
      }
      case 'K': return take(fields_.half_hour, number(i), 0, 11);
      case 'm': return take(fields_.minute, number(i), 0, 59);
      case 's': return take(fields_.second, number(i), 0, 59);
      case 'S': return fraction(p.count);
      case 'A': return take(fields_.milli_of_day, number(i), 0, day_ms - 1);
      case 'n': {
        auto v = number(i);
        if (v) *v /= 1'000'000;
        return take(fields_.fraction_ms, v, 0, 999);
      }
      case 'N': return take(fields_.nano_of_day, number(i), 0, day_ms * 1'000'000 - 1);
      case 'V': case 'z': return zone();
      default: {
        if (same_letters(text_.substr(at_, 3), "GMT")) {
          at_ += 3;
          fields_.offset_ms = 0;
          if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return true;
        }
        fields_.offset_ms = read_offset(text_, at_);
        return fields_.offset_ms.has_value();
      }
    }
  }

  bool fraction(int count) {
    std::int64_t ms = 0;
    for (int k = 0; k < count; ++k) {
      if (at_ >= text_.size() || !digit(text_[at_])) return false;
      if (k < 3) ms = ms * 10 + (text_[at_] - '0');
      ++at_;
    }
    for (int k = count; k < 3; ++k) ms *= 10;
    fields_.fraction_ms = ms;
    return true;
  }

  bool zone() {
    std::size_t end = at_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || std::string_view("/_+-:").contains(text_[end]))) ++end;
    for (; end > at_; --end) {
      const auto found = TimeZone::find(text_.substr(at_, end - at_));
      if (!found) continue;
      fields_.zone = std::string(text_.substr(at_, end - at_));
      at_ = end;
      return true;
    }
    return false;
  }

  Result<TimePattern::Parsed> resolve() const {
    TimePattern::Parsed out;
    out.offset_ms = fields_.offset_ms;
    out.zone = fields_.zone;
    if (fields_.year || fields_.month || fields_.day || fields_.day_of_year) {
      std::int64_t year = fields_.year.value_or(1970);
      if (fields_.before_christ) year = 1 - year;
      if (fields_.day_of_year) {
        if (*fields_.day_of_year == 366 && !leap(year)) return fail(ErrorCode::invalid_input, "Invalid date 'DayOfYear 366' as '" + std::to_string(year) + "' is not a leap year");
        out.days = days_of_civil(year, 1, 1) + *fields_.day_of_year - 1;
      } else {
        const int month = int(fields_.month.value_or(1));
        // Java's smart resolving: 31 June is the 30th.
        out.days = days_of_civil(year, month, std::min(int(fields_.day.value_or(1)), month_days(year, month)));
      }
    }
    if (fields_.milli_of_day) out.ms_of_day = fields_.milli_of_day;
    else if (fields_.nano_of_day) out.ms_of_day = *fields_.nano_of_day / 1'000'000;
    else if (fields_.hour || fields_.half_hour || fields_.minute || fields_.second || fields_.fraction_ms) {
      std::int64_t hour = fields_.hour.value_or(0);
      if (!fields_.hour && fields_.half_hour) hour = *fields_.half_hour + (fields_.afternoon.value_or(false) ? 12 : 0);
      out.ms_of_day = ((hour * 60 + fields_.minute.value_or(0)) * 60 + fields_.second.value_or(0)) * 1000 + fields_.fraction_ms.value_or(0);
    }
    return out;
  }

  const std::vector<TimePattern::Piece>& pieces_;
  const std::string& pattern_;
  std::string_view text_;
  std::size_t at_ = 0;
  Fields fields_;
};

Result<TimePattern::Parsed> TimePattern::parse(std::string_view text) const { return TimeReader(*this, text).read(); }

}  // namespace braid::sql
