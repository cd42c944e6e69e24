// Names, texts, dates and versions that people give.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/limits/mesh.h"
#include "mesh/model.h"

namespace braid::mesh {
namespace {

constexpr char32_t invalid = 0xFFFFFFFF;

// One code point from valid UTF-8 at `at`, which moves on; `invalid` for anything that is not (overlong forms and surrogates included).
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at);
  const auto continues = [&](std::size_t i) { return (byte(at + i) & 0xC0) == 0x80; };
  if (first < 0x80) return char32_t(text[at++]);
  if (first >= 0xC2 && first < 0xE0 && continues(1)) {
    const char32_t c = ((first & 0x1F) << 6) | (byte(at + 1) & 0x3F);
    at += 2;
    return c;
  }
  if (first >= 0xE0 && first < 0xF0 && continues(1) && continues(2)) {
    const char32_t c = ((first & 0x0F) << 12) | ((byte(at + 1) & 0x3F) << 6) | (byte(at + 2) & 0x3F);
    at += 3;
    return c >= 0x800 && (c < 0xD800 || c > 0xDFFF) ? c : invalid;
  }
  if (first >= 0xF0 && first < 0xF5 && continues(1) && continues(2) && continues(3)) {
    const char32_t c = ((first & 0x07) << 18) | ((byte(at + 1) & 0x3F) << 12) | ((byte(at + 2) & 0x3F) << 6) | (byte(at + 3) & 0x3F);
    at += 4;
    return c >= 0x10000 && c <= 0x10FFFF ? c : invalid;
  }
  at++;
  return invalid;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }
// They make a name read as another one (U+202A..202E, U+2066..2069). Right-to-left letters do not need them.
bool is_override(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }
bool is_space(char32_t c) { return c == ' ' || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A); }

std::string hex(char32_t c) {
  char out[16];
  std::snprintf(out, sizeof out, "U+%04X", unsigned(c));
  return out;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

}  // namespace

std::size_t characters(std::string_view utf8) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < utf8.size(); ++n) next_character(utf8, at);
  return n;
}

Result<void> check_name(std::string_view what, std::string_view name) {
  const std::string label(what);
  if (name.empty()) return fail(ErrorCode::invalid_input, "the " + label + " is empty", "give it a name of 1 to " + std::to_string(limits::name_characters_max) + " characters");
  std::size_t count = 0;
  char32_t first = 0, last = 0;
  for (std::size_t at = 0; at < name.size(); ++count) {
    const std::size_t begin = at;
    const char32_t c = next_character(name, at);
    if (c == invalid) return fail(ErrorCode::invalid_input, "the " + label + " is not valid UTF-8 at byte " + std::to_string(begin), "send names as UTF-8");
    if (is_control(c) || is_override(c))
      return fail(ErrorCode::invalid_input, "the " + label + " has the invisible character " + hex(c) + " at position " + std::to_string(count + 1),
                  "leave out control characters and bidirectional overrides; letters of any script are fine");
    if (count == 0) first = c;
    last = c;
  }
  if (is_space(first) || is_space(last)) return fail(ErrorCode::invalid_input, "the " + label + " '" + std::string(name) + "' begins or ends with a space", "leave the space out");
  if (count > limits::name_characters_max)
    return fail(ErrorCode::invalid_input, "the " + label + " has " + std::to_string(count) + " characters; at most " + std::to_string(limits::name_characters_max) + " are allowed",
                "give it a shorter name and put the rest into the description");
  return {};
}

Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
  const std::string label(what);
  if (text.size() > bytes_max)
    return fail(ErrorCode::invalid_input, "the " + label + " has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(bytes_max) + " are allowed",
                "shorten it, or link to a longer text");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(text, at);
    if (c == invalid) return fail(ErrorCode::invalid_input, "the " + label + " is not valid UTF-8 at byte " + std::to_string(begin), "send texts as UTF-8");
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F)
      return fail(ErrorCode::invalid_input, "the " + label + " has the control character " + hex(c) + " at byte " + std::to_string(begin), "leave it out; tabs and line ends are fine");
  }
  return {};
}

std::string nearest(std::string_view wrong, const std::vector<std::string>& known) {
  const std::string w = lower_ascii(wrong.substr(0, 64));
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, w.size() / 3) + 1;
  for (const std::string& name : known) {
    const std::string k = lower_ascii(std::string_view(name).substr(0, 64));
    if (k.size() > w.size() + best_distance || w.size() > k.size() + best_distance) continue;
    std::vector<std::size_t> row(k.size() + 1);
    for (std::size_t j = 0; j <= k.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= w.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= k.size(); ++j) {
        const std::size_t up = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (w[i - 1] == k[j - 1] ? 0 : 1)});
        diagonal = up;
      }
    }
    if (row.back() < best_distance) best_distance = row.back(), best = name;
  }
  return best;
}

Result<std::int64_t> parse_date_ms(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid_input, "'" + std::string(text.substr(0, 60)) + "' is no date", "write it like 2027-01-31, 2027-01-31T12:00:00Z or as milliseconds since 1970");
  };
  const auto number = [&](std::size_t at, std::size_t digits, int& out) {
    if (at + digits > text.size()) return false;
    const char* end = text.data() + at + digits;
    const auto [p, ec] = std::from_chars(text.data() + at, end, out);
    return ec == std::errc{} && p == end && text[at] != '-' && text[at] != '+';
  };
  std::int64_t raw = 0;
  if (const auto [p, ec] = std::from_chars(text.data(), text.data() + text.size(), raw); !text.empty() && ec == std::errc{} && p == text.data() + text.size()) {
    if (raw < 0 || raw > 253'402'300'799'999) return bad();   // year 9999
    return raw;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0;
  if (!number(0, 4, year) || text.size() < 10 || text[4] != '-' || text[7] != '-' || !number(5, 2, month) || !number(8, 2, day)) return bad();
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)), std::chrono::day(unsigned(day))};
  if (!date.ok()) return bad();
  const std::int64_t midnight = std::chrono::sys_days(date).time_since_epoch().count() * 86'400'000LL;
  if (text.size() == 10) return midnight + 86'399'999;   // a day lasts until its end
  if ((text[10] != 'T' && text[10] != ' ') || !number(11, 2, hour) || text.size() < 16 || text[13] != ':' || !number(14, 2, minute)) return bad();
  std::size_t at = 16;
  if (at < text.size() && text[at] == ':') {
    if (!number(at + 1, 2, second)) return bad();
    at += 3;
    if (at < text.size() && text[at] == '.') {
      std::size_t digits = 0;
      for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits)
        if (digits < 3) milli = milli * 10 + (text[at] - '0');
      if (digits == 0) return bad();
      for (; digits < 3; ++digits) milli *= 10;
    }
  }
  int offset_minutes = 0;
  if (at < text.size() && text[at] == 'Z') {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    int h = 0, m = 0;
    if (!number(at + 1, 2, h) || at + 3 >= text.size() || text[at + 3] != ':' || !number(at + 4, 2, m) || h > 18 || m > 59) return bad();
    offset_minutes = (h * 60 + m) * (text[at] == '-' ? -1 : 1);
    at += 6;
  }
  if (at != text.size() || hour > 23 || minute > 59 || second > 59) return bad();
  return midnight + ((hour * 60LL + minute - offset_minutes) * 60 + second) * 1000 + milli;
}

Result<Version> Version::parse(std::string_view text) {
  const auto bad = [&](std::string why) {
    return fail(ErrorCode::invalid_input, "'" + std::string(text.substr(0, 60)) + "' is no version: " + why, "versions are written MAJOR.MINOR.PATCH, for example 1.2.0 (semver.org)");
  };
  if (text.size() > 100) return bad("it is longer than 100 characters");
  Version v;
  std::string_view core = text;
  if (const auto plus = core.find('+'); plus != std::string_view::npos) v.build = core.substr(plus + 1), core = core.substr(0, plus);
  if (const auto dash = core.find('-'); dash != std::string_view::npos) v.pre_release = core.substr(dash + 1), core = core.substr(0, dash);
  const bool has_build = text.find('+') != std::string_view::npos;
  const bool has_pre = text.substr(0, text.find('+')).find('-') != std::string_view::npos;
  std::uint64_t* parts[] = {&v.major, &v.minor, &v.patch};
  for (int i = 0; i < 3; ++i) {
    const auto dot = core.find('.');
    const std::string_view part = core.substr(0, dot);
    const auto [p, ec] = std::from_chars(part.data(), part.data() + part.size(), *parts[i]);
    if (part.empty() || ec != std::errc{} || p != part.data() + part.size()) return bad("three numbers are needed");
    if (part.size() > 1 && part[0] == '0') return bad("a number must not begin with 0");
    if ((i < 2) != (dot != std::string_view::npos)) return bad("three numbers are needed");
    core = dot == std::string_view::npos ? std::string_view{} : core.substr(dot + 1);
  }
  const auto identifiers_ok = [](std::string_view list, bool numbers_without_zero) {
    while (true) {
      const auto dot = list.find('.');
      const std::string_view one = list.substr(0, dot);
      if (one.empty() || !std::ranges::all_of(one, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; })) return false;
      const bool numeric = std::ranges::all_of(one, [](char c) { return c >= '0' && c <= '9'; });
      if (numbers_without_zero && numeric && one.size() > 1 && one[0] == '0') return false;
      if (dot == std::string_view::npos) return true;
      list = list.substr(dot + 1);
    }
  };
  if (has_pre && !identifiers_ok(v.pre_release, true)) return bad("what follows '-' must be letters, digits and hyphens between dots");
  if (has_build && !identifiers_ok(v.build, false)) return bad("what follows '+' must be letters, digits and hyphens between dots");
  return v;
}

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) + (pre_release.empty() ? "" : "-" + pre_release) + (build.empty() ? "" : "+" + build);
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  if (const auto c = a.major <=> b.major; c != 0) return c;
  if (const auto c = a.minor <=> b.minor; c != 0) return c;
  if (const auto c = a.patch <=> b.patch; c != 0) return c;
  if (a.pre_release.empty() != b.pre_release.empty()) return a.pre_release.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  if (a.pre_release == b.pre_release) return std::strong_ordering::equal;
  std::string_view x = a.pre_release, y = b.pre_release;
  while (true) {
    const std::string_view p = x.substr(0, x.find('.')), q = y.substr(0, y.find('.'));
    const auto numeric = [](std::string_view s) { return std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; }); };
    if (numeric(p) != numeric(q)) return numeric(p) ? std::strong_ordering::less : std::strong_ordering::greater;
    if (numeric(p) && p.size() != q.size()) return p.size() <=> q.size();   // no leading zeros, so the longer one is the larger
    if (const auto c = p.compare(q); c != 0) return c <=> 0;
    const bool x_ends = p.size() == x.size(), y_ends = q.size() == y.size();
    if (x_ends || y_ends) return x_ends && y_ends ? std::strong_ordering::equal : x_ends ? std::strong_ordering::less : std::strong_ordering::greater;
    x = x.substr(p.size() + 1);
    y = y.substr(q.size() + 1);
  }
}

}  // namespace braid::mesh
