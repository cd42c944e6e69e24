#include "data/java_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "data/value.h"

namespace braid::data {
namespace {

template <class T> std::optional<T> parse_whole(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  T out{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::int32_t> parse_java_int(std::string_view text) { return parse_whole<std::int32_t>(text); }
std::optional<std::int64_t> parse_java_long(std::string_view text) { return parse_whole<std::int64_t>(text); }

std::string_view trim_java(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> parse_java_double(std::string_view text) {
  text = trim_java(text);
  bool negative = false;
  std::string_view rest = text;
  if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (rest == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (rest == "Infinity") return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  if (rest.size() > 1 && (rest.back() == 'd' || rest.back() == 'D' || rest.back() == 'f' || rest.back() == 'F')) rest.remove_suffix(1);
  if (rest.empty() || !((rest.front() >= '0' && rest.front() <= '9') || rest.front() == '.')) return std::nullopt;  // from_chars also knows "inf"
  double out = 0;
  const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (end != rest.data() + rest.size()) return std::nullopt;
  if (ec == std::errc::result_out_of_range) {  // from_chars leaves `out` alone: too large or too small is told by the exponent's sign
    const auto e = rest.find_first_of("eE");
    const bool small = e != std::string_view::npos ? rest[e + 1] == '-' : rest.front() == '.' || rest.front() == '0';
    out = small ? 0.0 : std::numeric_limits<double>::infinity();
  } else if (ec != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -out : out;
}

std::string big_decimal_text(std::string_view number) {
  std::string digits;
  bool negative = false, point = false;
  std::int64_t scale = 0;
  std::size_t i = 0;
  if (!number.empty() && (number[0] == '-' || number[0] == '+')) negative = number[i++] == '-';
  for (; i < number.size() && number[i] != 'e' && number[i] != 'E'; ++i) {
    if (number[i] == '.') { point = true; continue; }
    digits += number[i];
    scale += point;
  }
  if (i < number.size()) scale -= parse_java_long(number.substr(i + 1)).value_or(0);
  const auto first = digits.find_first_not_of('0');
  const bool zero = first == std::string::npos;
  digits.erase(0, zero ? digits.size() - 1 : first);
  const std::int64_t adjusted = std::int64_t(digits.size()) - 1 - scale;
  std::string out = negative && !zero ? "-" : "";
  if (scale >= 0 && adjusted >= -6) {
    if (scale == 0) return out + digits;
    if (std::int64_t(digits.size()) <= scale) digits.insert(0, std::string(std::size_t(scale) + 1 - digits.size(), '0'));
    digits.insert(digits.size() - std::size_t(scale), ".");
    return out + digits;
  }
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  if (adjusted != 0) out += (adjusted > 0 ? "E+" : "E") + std::to_string(adjusted);
  return out;
}

std::size_t write_java_double(double v, char* at) {
  // Whole numbers below 10^7 and plain fractions are the usual case and need no detour over scientific digits.
  if (v > -1e7 && v < 1e7 && v == std::trunc(v) && !(v == 0 && std::signbit(v))) {
    char* end = std::to_chars(at, at + 16, std::int32_t(v)).ptr;
    *end++ = '.';
    *end++ = '0';
    return std::size_t(end - at);
  }
  const double size = std::abs(v);
  if (size >= 1e-3 && size < 1e7) {
    char* end = std::to_chars(at, at + 32, v, std::chars_format::fixed).ptr;
    return std::size_t(end - at);
  }
  const std::string text = java_double_text(v);
  std::memcpy(at, text.data(), text.size());
  return text.size();
}

}  // namespace braid::data
