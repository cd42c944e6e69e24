#include "data/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace braid::data {
namespace {

constexpr int digits_max = 38;

constexpr auto powers = [] {
  std::array<Int128, digits_max + 1> out{};
  Int128 p = 1;
  for (auto& slot : out) {
    slot = p;
    if (&slot != &out.back()) p *= 10;  // 10^38 is the last that fits
  }
  return out;
}();
Int128 power_of_ten(int n) { return powers[std::size_t(n)]; }
Int128 absolute(Int128 v) { return v < 0 ? -v : v; }

int digit_count(Int128 v) {
  v = absolute(v);
  int n = 1;
  while (n <= digits_max && v >= power_of_ten(n)) ++n;
  return n;
}

std::string digits_of(Int128 v) {
  if (v == 0) return "0";
  std::string out;
  for (v = absolute(v); v > 0; v /= 10) out += char('0' + int(v % 10));
  std::reverse(out.begin(), out.end());
  return out;
}

std::size_t mix(std::size_t seed, std::size_t more) { return seed ^ (more + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2)); }

}  // namespace

int Decimal::precision() const { return digit_count(unscaled()); }

std::string Decimal::text() const {
  const Int128 v = unscaled();
  std::string digits = digits_of(v);
  if (scale_ > 0) {
    if (int(digits.size()) <= scale_) digits.insert(0, std::string(std::size_t(scale_) + 1 - digits.size(), '0'));
    digits.insert(digits.size() - std::size_t(scale_), ".");
  } else if (scale_ < 0 && v != 0) {
    digits.append(std::size_t(-scale_), '0');
  }
  return v < 0 ? "-" + digits : digits;
}

double Decimal::to_double() const {
  const std::string t = text();
  double out = 0;
  std::from_chars(t.data(), t.data() + t.size(), out);
  return out;
}

Result<Decimal> Decimal::parse(std::string_view text) {
  const auto bad = [&] { return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' is not a decimal number"); };
  std::size_t i = 0;
  bool negative = false;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  Int128 unscaled = 0;
  int scale = 0, digits = 0;
  bool point = false, any = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) { point = true; continue; }
    if (text[i] < '0' || text[i] > '9') break;
    any = true;
    if (digits > 0 || text[i] != '0') ++digits;
    if (digits > digits_max) return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' has more than 38 digits");
    unscaled = unscaled * 10 + (text[i] - '0');
    if (point) ++scale;
  }
  if (!any) return bad();
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    int exponent = 0;
    std::size_t from = i + 1;
    if (from < text.size() && text[from] == '+') ++from;
    const auto [end, ec] = std::from_chars(text.data() + from, text.data() + text.size(), exponent);
    if (ec != std::errc{} || end == text.data() + from || std::abs(exponent) > 1000) return bad();
    scale -= exponent;
    i = std::size_t(end - text.data());
  }
  if (i != text.size()) return bad();
  return Decimal(negative ? -unscaled : unscaled, scale);
}

Result<Decimal> Decimal::rescaled(int scale) const {
  const Int128 v = unscaled();
  if (scale >= scale_) {
    const int up = scale - scale_;
    if (v != 0 && (up > digits_max || digit_count(v) + up > digits_max))
      return fail(ErrorCode::invalid_input, text() + " with " + std::to_string(scale) + " digits behind the point has more than 38 digits");
    return Decimal(v == 0 ? Int128(0) : v * power_of_ten(up), scale);
  }
  const int down = scale_ - scale;
  if (down > digits_max) return Decimal(0, scale);
  const Int128 unit = power_of_ten(down);
  Int128 whole = v / unit;
  const Int128 rest = absolute(v % unit);
  if (rest >= unit - rest) whole += v < 0 ? -1 : 1;  // half up: away from zero at the half
  return Decimal(whole, scale);
}

bool Decimal::fits(int precision, int scale) const {
  const auto there = rescaled(scale);
  return there && there->precision() <= precision;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const Int128 x = a.unscaled(), y = b.unscaled();
  if (a.scale_ == b.scale_) return x <=> y;
  if ((x < 0) != (y < 0)) return x < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  if (x == 0 || y == 0) return x <=> y;
  // Compare |a| with |b| by their integral lengths, then digit by digit, so that nothing can overflow.
  const std::string da = digits_of(x), db = digits_of(y);
  const int la = int(da.size()) - a.scale_, lb = int(db.size()) - b.scale_;
  auto magnitude = la <=> lb;
  for (std::size_t i = 0; magnitude == 0 && i < std::max(da.size(), db.size()); ++i)
    magnitude = (i < da.size() ? da[i] : '0') <=> (i < db.size() ? db[i] : '0');
  return x < 0 ? 0 <=> magnitude : magnitude;
}

const Value* Value::find(const Value& key) const {
  for (const auto& [k, v] : entries())
    if (k == key) return &v;
  return nullptr;
}

std::int64_t Value::to_int64() const { return holds<std::int32_t>() ? integer() : bigint(); }

double Value::to_double() const {
  if (holds<double>()) return real();
  if (holds<Decimal>()) return decimal().to_double();
  return double(to_int64());
}

bool operator==(const Value& a, const Value& b) {
  if (a.rep_.index() != b.rep_.index()) return false;
  if (a.holds<double>()) return a.real() == b.real() || (std::isnan(a.real()) && std::isnan(b.real()));
  if (a.holds<Array>()) return a.items() == b.items();
  if (a.holds<Struct>()) return a.fields() == b.fields();
  if (a.holds<Map>()) {
    if (a.entries().size() != b.entries().size()) return false;
    return std::all_of(a.entries().begin(), a.entries().end(), [&](const auto& entry) {
      const Value* other = b.find(entry.first);
      return other != nullptr && *other == entry.second;
    });
  }
  return std::visit([&]<class T>(const T& x) -> bool {
    if constexpr (std::is_same_v<T, Array> || std::is_same_v<T, Map> || std::is_same_v<T, Struct>) return false;
    else return x == std::get<T>(b.rep_);
  }, a.rep_);
}

std::size_t Value::hash() const {
  const std::size_t seed = rep_.index() * 0x9e3779b97f4a7c15ULL;
  return std::visit([&]<class T>(const T& x) -> std::size_t {
    if constexpr (std::is_same_v<T, std::monostate>) return seed;
    else if constexpr (std::is_same_v<T, Decimal>) {
      Int128 v = x.unscaled();
      int scale = x.scale();
      while (v != 0 && v % 10 == 0) { v /= 10; --scale; }
      return mix(mix(seed, std::size_t(v)), v == 0 ? 0 : std::size_t(scale));
    } else if constexpr (std::is_same_v<T, double>) return mix(seed, std::hash<double>{}(std::isnan(x) ? std::nan("") : x));
    else if constexpr (std::is_same_v<T, Blob>) return mix(seed, std::hash<std::string>{}(x.bytes));
    else if constexpr (std::is_same_v<T, Date>) return mix(seed, std::hash<std::int32_t>{}(x.days));
    else if constexpr (std::is_same_v<T, Time>) return mix(seed, std::hash<std::int32_t>{}(x.ms));
    else if constexpr (std::is_same_v<T, Timestamp>) return mix(seed, std::hash<std::int64_t>{}(x.ms));
    else if constexpr (std::is_same_v<T, Array>) return mix(seed, ValuesHash{}(*x.items));
    else if constexpr (std::is_same_v<T, Struct>) return mix(seed, ValuesHash{}(*x.fields));
    else if constexpr (std::is_same_v<T, Map>) {
      std::size_t sum = 0;  // entries in any order
      for (const auto& [k, v] : *x.entries) sum += mix(k.hash(), v.hash());
      return mix(seed, sum);
    } else return mix(seed, std::hash<T>{}(x));
  }, rep_);
}

std::size_t ValuesHash::operator()(const Values& v) const {
  std::size_t seed = v.size();
  for (const auto& item : v) seed = mix(seed, item.hash());
  return seed;
}

std::weak_ordering compare(const Value& a, const Value& b) {
  if (a.null() || b.null()) return int(!a.null()) <=> int(!b.null());
  const auto number = [](const Value& v) { return v.holds<std::int32_t>() || v.holds<std::int64_t>() || v.holds<double>() || v.holds<Decimal>(); };
  if (number(a) && number(b)) {
    if (a.holds<double>() || b.holds<double>()) {
      const double x = a.to_double(), y = b.to_double();
      if (std::isnan(x) || std::isnan(y)) return int(std::isnan(x)) <=> int(std::isnan(y));  // Java: NaN is above all
      return x < y ? std::weak_ordering::less : x > y ? std::weak_ordering::greater : std::weak_ordering::equivalent;
    }
    if (a.holds<Decimal>() || b.holds<Decimal>()) {
      const auto exact = [](const Value& v) { return v.holds<Decimal>() ? v.decimal() : Decimal(v.to_int64(), 0); };
      return exact(a) <=> exact(b);
    }
    return a.to_int64() <=> b.to_int64();
  }
  if (a.rep().index() != b.rep().index()) return a.rep().index() <=> b.rep().index();
  return std::visit([&]<class T>(const T& x) -> std::weak_ordering {
    if constexpr (std::is_same_v<T, std::monostate> || std::is_same_v<T, double>) return std::weak_ordering::equivalent;
    else if constexpr (std::is_same_v<T, Array> || std::is_same_v<T, Struct>) {
      const Values& l = a.holds<Array>() ? a.items() : a.fields();
      const Values& r = b.holds<Array>() ? b.items() : b.fields();
      for (std::size_t i = 0; i < l.size() && i < r.size(); ++i)
        if (const auto c = compare(l[i], r[i]); c != 0) return c;
      return l.size() <=> r.size();
    } else if constexpr (std::is_same_v<T, Map>) return a == b ? std::weak_ordering::equivalent : a.entries().size() <=> b.entries().size();
    else return x <=> std::get<T>(b.rep());
  }, a.rep());
}

std::string Value::debug_text() const {
  return std::visit([&]<class T>(const T& x) -> std::string {
    if constexpr (std::is_same_v<T, std::monostate>) return "null";
    else if constexpr (std::is_same_v<T, bool>) return x ? "true" : "false";
    else if constexpr (std::is_same_v<T, double>) return java_double_text(x);
    else if constexpr (std::is_same_v<T, Decimal>) return x.text();
    else if constexpr (std::is_same_v<T, std::string>) return "'" + x + "'";
    else if constexpr (std::is_same_v<T, Blob>) return "bytes(" + std::to_string(x.bytes.size()) + ")";
    else if constexpr (std::is_same_v<T, Date>) return "date " + std::to_string(x.days);
    else if constexpr (std::is_same_v<T, Time>) return "time " + std::to_string(x.ms);
    else if constexpr (std::is_same_v<T, Timestamp>) return "timestamp " + std::to_string(x.ms);
    else if constexpr (std::is_same_v<T, Array> || std::is_same_v<T, Struct>) {
      const Values& list = holds<Array>() ? items() : fields();
      std::string out = holds<Array>() ? "[" : "{";
      for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + item.debug_text();
      return out + (holds<Array>() ? "]" : "}");
    } else if constexpr (std::is_same_v<T, Map>) {
      std::string out = "{";
      for (const auto& [k, v] : *x.entries) out += (out.size() > 1 ? ", " : "") + k.debug_text() + ": " + v.debug_text();
      return out + "}";
    } else return std::to_string(x);
  }, rep_);
}

std::string java_double_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v < 0 ? "-Infinity" : "Infinity";
  if (v == 0) return std::signbit(v) ? "-0.0" : "0.0";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(v), std::chars_format::scientific).ptr;
  // Java gives at least two digits, and of those with two the nearest: 4.9E-324, where 5e-324 would be enough.
  if (buffer[1] == 'e') end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(v), std::chars_format::scientific, 1).ptr;
  const std::string_view text(buffer, std::size_t(end - buffer));
  const auto e = text.find('e');
  int exponent = 0;
  const auto power = text.substr(e + 1);
  std::from_chars(power.data() + (power.front() == '+'), power.data() + power.size(), exponent);
  std::string digits(1, text[0]);
  if (e > 2 && text.substr(1, e - 1) != ".0") digits += text.substr(2, e - 2);
  std::string out;
  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) {
      out = "0." + std::string(std::size_t(-exponent - 1), '0') + digits;
    } else {
      if (int(digits.size()) <= exponent + 1) digits.append(std::size_t(exponent + 2) - digits.size(), '0');
      out = digits.substr(0, std::size_t(exponent) + 1) + "." + digits.substr(std::size_t(exponent) + 1);
    }
  } else {
    out = digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  }
  return v < 0 ? "-" + out : out;
}

}  // namespace braid::data
