#include "format/cel/functions.h"

#include <re2/re2.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "format/text_formats.h"

namespace braid::format::cel {
namespace {

using Arguments = std::span<const Value>;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); }
std::unexpected<Error> no_overload(std::string_view function, Arguments arguments) {
  std::string types;
  for (const auto& a : arguments) types += (types.empty() ? "" : ", ") + std::string(a.type());
  return wrong("no such overload: " + std::string(function) + "(" + types + ")");
}

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t time_min = -62135596800, time_max = 253402300799;   // years 1 to 9999

Result<Value> timestamp(std::int64_t seconds, std::int64_t nanos) {
  seconds += nanos / second_ns;
  nanos %= second_ns;
  if (nanos < 0) { nanos += second_ns; --seconds; }
  if (seconds < time_min || seconds > time_max) return wrong("a timestamp outside the years 1 to 9999");
  return Value(Timestamp{seconds, std::int32_t(nanos)});
}

Result<Value> moved(const Timestamp& t, std::int64_t nanos) { return timestamp(t.seconds + nanos / second_ns, t.nanos + nanos % second_ns); }

// --- UTF-8 by code points ---

std::vector<std::string_view> points(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto b = std::uint8_t(text[i]);
    const std::size_t n = std::min<std::size_t>(b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4, text.size() - i);
    out.push_back(text.substr(i, n));
    i += n;
  }
  return out;
}
std::int64_t point_count(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (std::uint8_t(c) & 0xc0) != 0x80; });
}
bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto b = std::uint8_t(text[i]);
    const std::size_t n = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
    if (n == 0 || i + n > text.size()) return false;
    for (std::size_t k = 1; k < n; ++k)
      if ((std::uint8_t(text[i + k]) & 0xc0) != 0x80) return false;
    if ((b == 0xe0 && std::uint8_t(text[i + 1]) < 0xa0) || (b == 0xed && std::uint8_t(text[i + 1]) > 0x9f) || (b == 0xf0 && std::uint8_t(text[i + 1]) < 0x90) ||
        (b == 0xf4 && std::uint8_t(text[i + 1]) > 0x8f)) return false;
    i += n;
  }
  return true;
}

// --- conversions ---

Result<Value> to_int(Arguments a) {
  if (a[0].as<std::int64_t>()) return a[0];
  if (const auto* u = a[0].as<std::uint64_t>()) return *u <= std::uint64_t(INT64_MAX) ? Result<Value>(Value(std::int64_t(*u))) : wrong("int(): " + std::to_string(*u) + " is too large");
  if (const auto* d = a[0].as<double>()) return *d > -9.2233720368547758e18 && *d < 9.2233720368547758e18 ? Result<Value>(Value(std::int64_t(*d))) : wrong("int(): " + text_of(a[0]) + " is out of range");
  if (const auto* t = a[0].as<Timestamp>()) return Value(t->seconds);
  if (const auto* s = a[0].as<std::string>()) {
    std::int64_t n = 0;
    std::string_view text = *s;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    return ec == std::errc{} && end == text.data() + text.size() ? Result<Value>(Value(n)) : wrong("int(): " + text_of(a[0]) + " is no whole number");
  }
  return no_overload("int", a);
}
Result<Value> to_uint(Arguments a) {
  if (a[0].as<std::uint64_t>()) return a[0];
  if (const auto* i = a[0].as<std::int64_t>()) return *i >= 0 ? Result<Value>(Value(std::uint64_t(*i))) : wrong("uint(): " + std::to_string(*i) + " is negative");
  if (const auto* d = a[0].as<double>()) return *d > -1 && *d < 1.8446744073709552e19 ? Result<Value>(Value(std::uint64_t(*d))) : wrong("uint(): " + text_of(a[0]) + " is out of range");
  if (const auto* s = a[0].as<std::string>()) {
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(s->data(), s->data() + s->size(), n);
    return ec == std::errc{} && end == s->data() + s->size() ? Result<Value>(Value(n)) : wrong("uint(): " + text_of(a[0]) + " is no whole number of 0 or more");
  }
  return no_overload("uint", a);
}
Result<Value> to_double(Arguments a) {
  if (a[0].as<double>()) return a[0];
  if (const auto* i = a[0].as<std::int64_t>()) return Value(double(*i));
  if (const auto* u = a[0].as<std::uint64_t>()) return Value(double(*u));
  if (const auto* s = a[0].as<std::string>()) {
    char* end = nullptr;
    const double d = std::strtod(s->c_str(), &end);
    return !s->empty() && *end == '\0' ? Result<Value>(Value(d)) : wrong("double(): " + text_of(a[0]) + " is no number");
  }
  return no_overload("double", a);
}

std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string fraction(std::int32_t nanos) {
  if (nanos == 0) return "";
  std::string digits = std::to_string(nanos);
  digits.insert(0, 9 - digits.size(), '0');
  while (digits.ends_with('0')) digits.pop_back();
  return "." + digits;
}

std::string timestamp_text(const Timestamp& t) {
  const std::chrono::sys_seconds at{std::chrono::seconds(t.seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::string year = std::to_string(int(date.year()));
  year.insert(0, 4 - std::min<std::size_t>(4, year.size()), '0');
  return year + "-" + two(int(unsigned(date.month()))) + "-" + two(int(unsigned(date.day()))) + "T" + two(int(time.hours().count())) + ":" + two(int(time.minutes().count())) + ":" +
         two(int(time.seconds().count())) + fraction(t.nanos) + "Z";
}

Result<Value> to_string(Arguments a) {
  if (a[0].as<std::string>()) return a[0];
  if (const auto* b = a[0].as<bool>()) return Value(std::string(*b ? "true" : "false"));
  if (const auto* i = a[0].as<std::int64_t>()) return Value(std::to_string(*i));
  if (const auto* u = a[0].as<std::uint64_t>()) return Value(std::to_string(*u));
  if (const auto* d = a[0].as<double>()) {
    char buffer[40];
    return Value(std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, *d).ptr));
  }
  if (const auto* y = a[0].as<ByteString>()) return valid_utf8(y->bytes) ? Result<Value>(Value(y->bytes)) : wrong("string(): the bytes are no UTF-8");
  if (const auto* t = a[0].as<Timestamp>()) return Value(timestamp_text(*t));
  if (const auto* n = a[0].as<Duration>()) {
    const auto whole = n->nanos / second_ns, rest = std::abs(n->nanos % second_ns);
    return Value((n->nanos < 0 && whole == 0 ? "-" : "") + std::to_string(whole) + fraction(std::int32_t(rest)) + "s");
  }
  return no_overload("string", a);
}
Result<Value> to_bytes(Arguments a) {
  if (a[0].as<ByteString>()) return a[0];
  if (const auto* s = a[0].as<std::string>()) return Value(ByteString{*s});
  return no_overload("bytes", a);
}
Result<Value> to_bool(Arguments a) {
  if (a[0].as<bool>()) return a[0];
  if (const auto* s = a[0].as<std::string>()) {
    for (const std::string_view yes : {"1", "t", "true", "TRUE", "True"}) if (*s == yes) return Value(true);
    for (const std::string_view no : {"0", "f", "false", "FALSE", "False"}) if (*s == no) return Value(false);
    return wrong("bool(): " + text_of(a[0]) + " is neither true nor false");
  }
  return no_overload("bool", a);
}
Result<Value> to_timestamp(Arguments a) {
  if (a[0].as<Timestamp>()) return a[0];
  if (const auto* i = a[0].as<std::int64_t>()) return timestamp(*i, 0);
  const auto* s = a[0].as<std::string>();
  if (s == nullptr) return no_overload("timestamp", a);
  const std::string_view text = *s;
  if (!is_date_time(text)) return wrong("timestamp(): " + text_of(a[0]) + " is no time such as 2026-11-27T08:30:00Z");
  const auto part = [&](std::size_t at, std::size_t n) { int out = 0; std::from_chars(text.data() + at, text.data() + at + n, out); return out; };
  const std::chrono::year_month_day date(std::chrono::year(part(0, 4)), std::chrono::month(unsigned(part(5, 2))), std::chrono::day(unsigned(part(8, 2))));
  std::int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t(86400) + part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2);
  std::size_t at = 19;
  std::int64_t nanos = 0;
  if (text[at] == '.') {
    std::int64_t unit = 100'000'000;
    for (++at; text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) nanos += (text[at] - '0') * unit;
  }
  if (text[at] == '+' || text[at] == '-') seconds -= (text[at] == '-' ? -1 : 1) * (part(at + 1, 2) * 3600 + part(at + 4, 2) * 60);
  return timestamp(seconds, nanos);
}
Result<Value> to_duration(Arguments a) {
  if (a[0].as<Duration>()) return a[0];
  const auto* s = a[0].as<std::string>();
  if (s == nullptr) return no_overload("duration", a);
  std::string_view text = *s;
  const auto bad = [&] { return wrong("duration(): " + text_of(a[0]) + " is no span such as 1h30m or 1.5s"); };
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return bad();
  long double total = 0;
  while (!text.empty()) {
    double n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n, std::chars_format::fixed);
    if (ec != std::errc{} || text[0] == '-') return bad();
    text.remove_prefix(std::size_t(end - text.data()));
    static constexpr std::pair<std::string_view, double> units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    const auto* unit = std::find_if(std::begin(units), std::end(units), [&](const auto& u) {
      return text.starts_with(u.first) && !(u.first == "m" && text.starts_with("ms"));
    });
    if (unit == std::end(units)) return bad();
    total += (long double)n * (long double)unit->second;
    text.remove_prefix(unit->first.size());
  }
  if (total > 9.2e18L) return wrong("duration(): " + text_of(a[0]) + " is longer than 292 years");
  return Value(Duration{std::int64_t(std::round(negative ? -total : total))});
}
Result<Value> type_of(Arguments a) { return Value(TypeName{std::string(a[0].type())}); }
Result<Value> as_is(Arguments a) { return a[0]; }

Result<Value> size(Arguments a) {
  if (const auto* s = a[0].as<std::string>()) return Value(point_count(*s));
  if (const auto* b = a[0].as<ByteString>()) return Value(std::int64_t(b->bytes.size()));
  if (const auto* l = a[0].as<ListPtr>()) return Value(std::int64_t((*l)->size()));
  if (const auto* m = a[0].as<MapPtr>()) return Value(std::int64_t((*m)->entries.size()));
  return no_overload("size", a);
}

// --- strings ---

template <class F> Result<Value> on_texts(std::string_view name, Arguments a, F f) {
  const auto *s = a[0].as<std::string>(), *t = a.size() > 1 ? a[1].as<std::string>() : nullptr;
  if (s == nullptr || t == nullptr) return no_overload(name, a);
  return f(*s, *t);
}
Result<Value> contains(Arguments a) { return on_texts("contains", a, [](const auto& s, const auto& t) -> Result<Value> { return Value(s.find(t) != std::string::npos); }); }
Result<Value> starts_with(Arguments a) { return on_texts("startsWith", a, [](const auto& s, const auto& t) -> Result<Value> { return Value(s.starts_with(t)); }); }
Result<Value> ends_with(Arguments a) { return on_texts("endsWith", a, [](const auto& s, const auto& t) -> Result<Value> { return Value(s.ends_with(t)); }); }
Result<Value> matches(Arguments a) {
  return on_texts("matches", a, [](const auto& s, const auto& t) -> Result<Value> {
    static thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> known;   // compiling costs more than matching
    auto& pattern = known[t];
    if (pattern == nullptr) {
      if (known.size() > 256) { known.clear(); return matches(std::array<Value, 2>{Value(s), Value(t)}); }
      RE2::Options options;
      options.set_log_errors(false);
      pattern = std::make_unique<RE2>(t, options);
    }
    if (!pattern->ok()) return wrong("matches(): '" + t + "' is no regular expression: " + pattern->error());
    return Value(RE2::PartialMatch(s, *pattern));
  });
}
template <bool (*check)(std::string_view)> Result<Value> looks_like(Arguments a) {
  const auto* s = a[0].as<std::string>();
  if (s == nullptr) return no_overload("is...", a);
  return Value(check(*s));
}
template <bool upper> Result<Value> ascii_case(Arguments a) {
  const auto* s = a[0].as<std::string>();
  if (s == nullptr) return no_overload(upper ? "upperAscii" : "lowerAscii", a);
  std::string out = *s;
  for (auto& c : out) c = upper ? (c >= 'a' && c <= 'z' ? char(c - 32) : c) : (c >= 'A' && c <= 'Z' ? char(c + 32) : c);
  return Value(std::move(out));
}
Result<Value> trim(Arguments a) {
  const auto* s = a[0].as<std::string>();
  if (s == nullptr) return no_overload("trim", a);
  const auto first = s->find_first_not_of(" \t\n\r\v\f");
  return Value(first == std::string::npos ? std::string() : s->substr(first, s->find_last_not_of(" \t\n\r\v\f") - first + 1));
}
Result<Value> char_at(Arguments a) {
  const auto* s = a[0].as<std::string>();
  const auto* i = a[1].as<std::int64_t>();
  if (s == nullptr || i == nullptr) return no_overload("charAt", a);
  const auto all = points(*s);
  if (*i == std::int64_t(all.size())) return Value(std::string());
  if (*i < 0 || *i > std::int64_t(all.size())) return wrong("charAt(): index " + std::to_string(*i) + " of a text of " + std::to_string(all.size()) + " characters");
  return Value(std::string(all[std::size_t(*i)]));
}
template <bool last> Result<Value> index_of(Arguments a) {
  return on_texts(last ? "lastIndexOf" : "indexOf", a, [&](const std::string& s, const std::string& t) -> Result<Value> {
    const auto* from = a.size() > 2 ? a[2].as<std::int64_t>() : nullptr;
    if (a.size() > 2 && from == nullptr) return no_overload("indexOf", a);
    std::size_t begin = last ? std::string::npos : 0;
    if (from != nullptr) {
      const auto all = points(s);
      if (*from < 0 || *from > std::int64_t(all.size())) return wrong("indexOf(): index " + std::to_string(*from) + " of a text of " + std::to_string(all.size()) + " characters");
      begin = std::size_t(*from) == all.size() ? s.size() : std::size_t(all[std::size_t(*from)].data() - s.data());
    }
    const auto at = last ? s.rfind(t, begin) : s.find(t, begin);
    return Value(at == std::string::npos ? std::int64_t(-1) : point_count(std::string_view(s).substr(0, at)));
  });
}
Result<Value> substring(Arguments a) {
  const auto* s = a[0].as<std::string>();
  const auto* begin = a[1].as<std::int64_t>();
  const auto* end = a.size() > 2 ? a[2].as<std::int64_t>() : nullptr;
  if (s == nullptr || begin == nullptr || (a.size() > 2 && end == nullptr)) return no_overload("substring", a);
  const auto all = points(*s);
  const auto stop = end != nullptr ? *end : std::int64_t(all.size());
  if (*begin < 0 || stop > std::int64_t(all.size()) || *begin > stop)
    return wrong("substring(): " + std::to_string(*begin) + " to " + std::to_string(stop) + " of a text of " + std::to_string(all.size()) + " characters");
  std::string out;
  for (auto i = *begin; i < stop; ++i) out += all[std::size_t(i)];
  return Value(std::move(out));
}
Result<Value> replace(Arguments a) {
  const auto *s = a[0].as<std::string>(), *from = a[1].as<std::string>(), *to = a[2].as<std::string>();
  const auto* limit = a.size() > 3 ? a[3].as<std::int64_t>() : nullptr;
  if (s == nullptr || from == nullptr || to == nullptr || (a.size() > 3 && limit == nullptr)) return no_overload("replace", a);
  std::int64_t left = limit != nullptr && *limit >= 0 ? *limit : INT64_MAX;
  std::string out;
  std::size_t at = 0;
  if (from->empty()) {
    for (const auto point : points(*s)) { if (left > 0) { out += *to; --left; } out += point; }
    if (left > 0) out += *to;
    return Value(std::move(out));
  }
  while (left-- > 0) {
    const auto next = s->find(*from, at);
    if (next == std::string::npos) break;
    out += s->substr(at, next - at) + *to;
    at = next + from->size();
    if (out.size() > (1u << 24)) return wrong("replace(): the text grows beyond 16 MiB");
  }
  return Value(out + s->substr(at));
}
Result<Value> split(Arguments a) {
  const auto *s = a[0].as<std::string>(), *by = a[1].as<std::string>();
  const auto* limit = a.size() > 2 ? a[2].as<std::int64_t>() : nullptr;
  if (s == nullptr || by == nullptr || (a.size() > 2 && limit == nullptr)) return no_overload("split", a);
  List out;
  const std::int64_t most = limit != nullptr && *limit >= 0 ? *limit : INT64_MAX;
  if (most == 0) return list_of({});
  if (by->empty()) {
    const auto all = points(*s);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (std::int64_t(out.size()) + 1 == most) { out.emplace_back(std::string(s->substr(std::size_t(all[i].data() - s->data())))); break; }
      out.emplace_back(std::string(all[i]));
    }
    return list_of(std::move(out));
  }
  std::size_t at = 0;
  while (std::int64_t(out.size()) + 1 < most) {
    const auto next = s->find(*by, at);
    if (next == std::string::npos) break;
    out.emplace_back(s->substr(at, next - at));
    at = next + by->size();
  }
  out.emplace_back(s->substr(at));
  return list_of(std::move(out));
}
Result<Value> join(Arguments a) {
  const auto* list = a[0].as<ListPtr>();
  const auto* by = a.size() > 1 ? a[1].as<std::string>() : nullptr;
  if (list == nullptr || (a.size() > 1 && by == nullptr)) return no_overload("join", a);
  std::string out;
  for (std::size_t i = 0; i < (*list)->size(); ++i) {
    const auto* s = (**list)[i].as<std::string>();
    if (s == nullptr) return no_overload("join", a);
    if (i > 0 && by != nullptr) out += *by;
    out += *s;
    if (out.size() > (1u << 24)) return wrong("join(): the text grows beyond 16 MiB");
  }
  return Value(std::move(out));
}

// --- time ---

Result<std::int64_t> zone_offset_s(const Timestamp& t, Arguments a) {
  if (a.size() < 2) return 0;
  const auto* zone = a[1].as<std::string>();
  if (zone == nullptr) return no_overload("a function of a timestamp", a);
  std::string_view text = *zone;
  if (text == "UTC" || text == "Z" || text.empty()) return 0;
  const bool sign = text[0] == '+' || text[0] == '-';
  const auto digits = sign ? text.substr(1) : text;
  if (digits.size() == 5 && digits[2] == ':') {
    int h = 0, m = 0;
    std::from_chars(digits.data(), digits.data() + 2, h);
    std::from_chars(digits.data() + 3, digits.data() + 5, m);
    return (text[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
  }
  const std::unique_ptr<icu::TimeZone> known(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(*zone)));
  if (*known == icu::TimeZone::getUnknown()) return wrong("'" + *zone + "' is no time zone");
  std::int32_t raw = 0, summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  known->getOffset(double(t.seconds) * 1000, false, raw, summer, status);
  return (raw + summer) / 1000;
}

enum class Part { year, month, day_of_year, day_of_month, date, day_of_week, hours, minutes, seconds, milliseconds };

template <Part part> Result<Value> time_part(Arguments a) {
  if (const auto* d = a[0].as<Duration>(); d != nullptr && a.size() == 1) {
    switch (part) {
      case Part::hours: return Value(d->nanos / (3600 * second_ns));
      case Part::minutes: return Value(d->nanos / (60 * second_ns));
      case Part::seconds: return Value(d->nanos / second_ns);
      case Part::milliseconds: return Value(d->nanos / 1'000'000 % 1000);
      default: break;
    }
  }
  const auto* t = a[0].as<Timestamp>();
  if (t == nullptr) return no_overload("a function of a timestamp", a);
  TRY(const auto offset, zone_offset_s(*t, a));
  const std::chrono::sys_seconds at{std::chrono::seconds(t->seconds + offset)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  switch (part) {
    case Part::year: return Value(std::int64_t(int(date.year())));
    case Part::month: return Value(std::int64_t(unsigned(date.month()) - 1));
    case Part::day_of_year: return Value(std::int64_t((day - std::chrono::sys_days(date.year() / 1 / 1)).count()));
    case Part::day_of_month: return Value(std::int64_t(unsigned(date.day()) - 1));
    case Part::date: return Value(std::int64_t(unsigned(date.day())));
    case Part::day_of_week: return Value(std::int64_t(std::chrono::weekday(day).c_encoding()));
    case Part::hours: return Value(std::int64_t(time.hours().count()));
    case Part::minutes: return Value(std::int64_t(time.minutes().count()));
    case Part::seconds: return Value(std::int64_t(time.seconds().count()));
    case Part::milliseconds: return Value(std::int64_t(t->nanos / 1'000'000));
  }
  return no_overload("a function of a timestamp", a);
}

constexpr Function functions[] = {
    {"bool", false, true, 1, 1, to_bool}, {"bytes", false, true, 1, 1, to_bytes}, {"charAt", true, false, 2, 2, char_at}, {"contains", true, false, 2, 2, contains},
    {"double", false, true, 1, 1, to_double}, {"duration", false, true, 1, 1, to_duration}, {"dyn", false, true, 1, 1, as_is}, {"endsWith", true, false, 2, 2, ends_with},
    {"getDate", true, false, 1, 2, time_part<Part::date>}, {"getDayOfMonth", true, false, 1, 2, time_part<Part::day_of_month>},
    {"getDayOfWeek", true, false, 1, 2, time_part<Part::day_of_week>}, {"getDayOfYear", true, false, 1, 2, time_part<Part::day_of_year>},
    {"getFullYear", true, false, 1, 2, time_part<Part::year>}, {"getHours", true, false, 1, 2, time_part<Part::hours>},
    {"getMilliseconds", true, false, 1, 2, time_part<Part::milliseconds>}, {"getMinutes", true, false, 1, 2, time_part<Part::minutes>},
    {"getMonth", true, false, 1, 2, time_part<Part::month>}, {"getSeconds", true, false, 1, 2, time_part<Part::seconds>},
    {"indexOf", true, false, 2, 3, index_of<false>}, {"int", false, true, 1, 1, to_int},
    {"isEmail", true, true, 1, 1, looks_like<is_email>}, {"isHostname", true, true, 1, 1, looks_like<is_hostname>}, {"isIpv4", true, true, 1, 1, looks_like<is_ipv4>},
    {"isIpv6", true, true, 1, 1, looks_like<is_ipv6>}, {"isUri", true, true, 1, 1, looks_like<is_uri>}, {"isUriRef", true, true, 1, 1, looks_like<is_uri_reference>},
    {"isUuid", true, true, 1, 1, looks_like<is_uuid>}, {"join", true, false, 1, 2, join}, {"lastIndexOf", true, false, 2, 3, index_of<true>},
    {"lowerAscii", true, false, 1, 1, ascii_case<false>}, {"matches", true, true, 2, 2, matches}, {"replace", true, false, 3, 4, replace}, {"size", true, true, 1, 1, size},
    {"split", true, false, 2, 3, split}, {"startsWith", true, false, 2, 2, starts_with}, {"string", false, true, 1, 1, to_string}, {"substring", true, false, 2, 3, substring},
    {"timestamp", false, true, 1, 1, to_timestamp}, {"trim", true, false, 1, 1, trim}, {"type", false, true, 1, 1, type_of}, {"uint", false, true, 1, 1, to_uint},
    {"upperAscii", true, false, 1, 1, ascii_case<true>},
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + ((a[i - 1] | 0x20) == (b[j - 1] | 0x20) ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

template <class F> Result<Value> whole(std::string_view op, const Value& a, const Value& b, F f) {
  const auto overflow = [&] { return wrong(std::string(op) + ": " + text_of(a) + " and " + text_of(b) + " go beyond 64 bits"); };
  if (const auto *x = a.as<std::int64_t>(), *y = b.as<std::int64_t>(); x && y) {
    std::int64_t out = 0;
    return f(*x, *y, &out) ? Result<Value>(overflow()) : Value(out);
  }
  if (const auto *x = a.as<std::uint64_t>(), *y = b.as<std::uint64_t>(); x && y) {
    std::uint64_t out = 0;
    return f(*x, *y, &out) ? Result<Value>(overflow()) : Value(out);
  }
  return no_overload(op, std::array{a, b});
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* at = std::lower_bound(std::begin(functions), std::end(functions), name, [](const Function& f, std::string_view n) { return f.name < n; });
  return at != std::end(functions) && at->name == name ? at : nullptr;
}

std::string similar_function(std::string_view name) {
  const Function* best = nullptr;
  std::size_t near = 3;
  if (name.size() > 64) return "";
  for (const auto& f : functions)
    if (const auto d = distance(name, f.name); d < near) { near = d; best = &f; }
  return best != nullptr ? std::string(best->name) : "";
}

Result<Value> add(const Value& a, const Value& b) {
  if (const auto *x = a.as<double>(), *y = b.as<double>(); x && y) return Value(*x + *y);
  if (const auto *x = a.as<std::string>(), *y = b.as<std::string>(); x && y) return Value(*x + *y);
  if (const auto *x = a.as<ByteString>(), *y = b.as<ByteString>(); x && y) return Value(ByteString{x->bytes + y->bytes});
  if (const auto *x = a.as<ListPtr>(), *y = b.as<ListPtr>(); x && y) {
    List out = **x;
    out.insert(out.end(), (*y)->begin(), (*y)->end());
    return list_of(std::move(out));
  }
  if (const auto* x = a.as<Timestamp>(); x && b.as<Duration>()) return moved(*x, b.as<Duration>()->nanos);
  if (const auto* y = b.as<Timestamp>(); y && a.as<Duration>()) return moved(*y, a.as<Duration>()->nanos);
  if (const auto *x = a.as<Duration>(), *y = b.as<Duration>(); x && y) {
    std::int64_t out = 0;
    return __builtin_add_overflow(x->nanos, y->nanos, &out) ? Result<Value>(wrong("+: the duration is too long")) : Value(Duration{out});
  }
  return whole("+", a, b, [](auto x, auto y, auto* out) { return __builtin_add_overflow(x, y, out); });
}

Result<Value> subtract(const Value& a, const Value& b) {
  if (const auto *x = a.as<double>(), *y = b.as<double>(); x && y) return Value(*x - *y);
  if (const auto *x = a.as<Timestamp>(), *y = b.as<Timestamp>(); x && y) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(x->seconds - y->seconds, second_ns, &out) || __builtin_add_overflow(out, std::int64_t(x->nanos) - y->nanos, &out)) return wrong("-: the times are more than 292 years apart");
    return Value(Duration{out});
  }
  if (const auto* x = a.as<Timestamp>(); x && b.as<Duration>()) return b.as<Duration>()->nanos == INT64_MIN ? Result<Value>(wrong("-: the duration is too long")) : moved(*x, -b.as<Duration>()->nanos);
  if (const auto *x = a.as<Duration>(), *y = b.as<Duration>(); x && y) {
    std::int64_t out = 0;
    return __builtin_sub_overflow(x->nanos, y->nanos, &out) ? Result<Value>(wrong("-: the duration is too long")) : Value(Duration{out});
  }
  return whole("-", a, b, [](auto x, auto y, auto* out) { return __builtin_sub_overflow(x, y, out); });
}

Result<Value> multiply(const Value& a, const Value& b) {
  if (const auto *x = a.as<double>(), *y = b.as<double>(); x && y) return Value(*x * *y);
  return whole("*", a, b, [](auto x, auto y, auto* out) { return __builtin_mul_overflow(x, y, out); });
}

static bool is_zero(const Value& v) {
  if (const auto* i = v.as<std::int64_t>()) return *i == 0;
  if (const auto* u = v.as<std::uint64_t>()) return *u == 0;
  return false;
}

Result<Value> divide(const Value& a, const Value& b) {
  if (const auto *x = a.as<double>(), *y = b.as<double>(); x && y) return Value(*x / *y);
  if (is_zero(b)) return wrong("divide by zero: " + text_of(a) + " / " + text_of(b));
  return whole("/", a, b, [](auto x, auto y, auto* out) {
    if constexpr (std::is_signed_v<decltype(x)>) if (x == INT64_MIN && y == -1) return true;
    *out = x / y;
    return false;
  });
}

Result<Value> remainder(const Value& a, const Value& b) {
  if (is_zero(b)) return wrong("modulus by zero: " + text_of(a) + " % " + text_of(b));
  return whole("%", a, b, [](auto x, auto y, auto* out) {
    if constexpr (std::is_signed_v<decltype(x)>) if (y == -1) { *out = 0; return x == INT64_MIN; }
    *out = x % y;
    return false;
  });
}

Result<Value> negated(const Value& a) {
  if (const auto* d = a.as<double>()) return Value(-*d);
  if (const auto* i = a.as<std::int64_t>()) return *i == INT64_MIN ? Result<Value>(wrong("-: " + text_of(a) + " has no opposite in 64 bits")) : Value(-*i);
  if (const auto* d = a.as<Duration>(); d && d->nanos != INT64_MIN) return Value(Duration{-d->nanos});
  return no_overload("-", std::array{a});
}

}  // namespace braid::format::cel
