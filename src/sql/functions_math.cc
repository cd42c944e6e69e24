#include <cmath>
#include <limits>
#include <numbers>

#include "base/clock.h"
#include "sql/function_code.h"

namespace braid::sql {

using data::Decimal;
using data::Int128;
using data::Kind;

namespace {

template <class F> Result<Value> real(const Arguments& a, F f) { return Value(double(f(a[0].to_double()))); }

// Rounds towards where `up` says by one unit of `scale`; the result has v's scale again.
enum class Rounding : std::uint8_t { half_up, down, ceiling, floor };
Result<Decimal> rounded(const Decimal& v, int places, Rounding how, int result_scale) {
  if (places >= v.scale()) return v.rescaled(result_scale);
  Int128 unit = 1;
  for (int i = places; i < v.scale() && i - places < 38; ++i) unit *= 10;
  Int128 whole = v.unscaled() / unit;
  const Int128 rest = v.unscaled() % unit;
  switch (how) {
    case Rounding::half_up: {   // the half goes in the positive direction, as Math.round does
      const Int128 size = rest < 0 ? -rest : rest;
      if (rest > 0 && size >= unit - size) ++whole;
      if (rest < 0 && size > unit - size) --whole;
      break;
    }
    case Rounding::ceiling: whole += rest > 0; break;
    case Rounding::floor: whole -= rest < 0; break;
    case Rounding::down: break;
  }
  return Decimal(whole, places).rescaled(result_scale);
}

Result<Value> round_decimal(const Arguments& a, Rounding how) {
  const int places = a.size() > 1 ? a[1].integer() : 0;
  TRY(const Decimal v, rounded(a[0].decimal(), places, how, a.type.scale()));
  TRY(const Decimal fitted, fit_decimal(v, a.type.precision(), a.type.scale()));
  return Value(fitted);
}

Result<Value> round_number(const Arguments& a, Rounding how) {
  if (a[0].holds<Decimal>()) return round_decimal(a, how);
  if (!a[0].holds<double>()) return Value(a[0].to_int64());
  const double v = a[0].real();
  if (a.size() == 1) return Value(java_long(how == Rounding::down ? std::trunc(v) : std::floor(v + 0.5)));
  if (!std::isfinite(v)) return Value(v);
  bool ok = false;
  const Decimal exact = decimal_of_double(v, ok);
  if (!ok) return Value(v);   // more digits than 38: nothing behind the point to round
  TRY(const Decimal there, rounded(exact, a[1].integer(), how, std::max(0, exact.scale())));
  return Value(there.to_double());
}

Result<Value> most(const Arguments& a, bool greatest) {
  const Value* best = nullptr;
  for (const auto& v : a.values) {
    if (v.null()) continue;
    if (best == nullptr || (greatest ? compare(v, *best) > 0 : compare(v, *best) < 0)) best = &v;
  }
  if (best == nullptr) return Value();
  if (!a.type.is(Kind::decimal)) return *best;
  TRY(const Decimal there, best->decimal().rescaled(a.type.scale()));
  return Value(there);
}

}  // namespace

Type same_decimal(std::span<const Type> arguments) { return arguments[0]; }
Type widest_decimal(std::span<const Type> arguments) {
  std::optional<Type> out;
  for (const auto& t : arguments)
    if (t.is(Kind::decimal)) out = out ? wider_decimal(*out, t) : t;
  return out.value_or(Type::decimal(10, 0));
}
Type rounded_decimal(std::span<const Type> arguments) {   // ROUND(x) has no digits behind the point; ROUND(x, n) keeps the type
  if (arguments.size() > 1) return arguments[0];
  return Type::decimal(std::max(1, arguments[0].precision() - arguments[0].scale()), 0);
}

Result<Value> eval_abs(const Arguments& a) {
  const Value& v = a[0];
  if (v.holds<std::int32_t>()) return Value(v.integer() < 0 ? std::int32_t(-std::uint32_t(v.integer())) : v.integer());   // wraps, as Math.abs
  if (v.holds<std::int64_t>()) return Value(v.bigint() < 0 ? std::int64_t(-std::uint64_t(v.bigint())) : v.bigint());
  if (v.holds<double>()) return Value(std::fabs(v.real()));
  const Int128 u = v.decimal().unscaled();
  return Value(Decimal(u < 0 ? -u : u, v.decimal().scale()));
}
Result<Value> eval_ceil(const Arguments& a) {
  if (a[0].holds<double>()) return Value(std::ceil(a[0].real()));
  if (a[0].holds<Decimal>()) {
    TRY(const Decimal v, rounded(a[0].decimal(), 0, Rounding::ceiling, a.type.scale()));
    return Value(v);
  }
  return a[0];
}
Result<Value> eval_floor(const Arguments& a) {
  if (a[0].holds<double>()) return Value(std::floor(a[0].real()));
  if (a[0].holds<Decimal>()) {
    TRY(const Decimal v, rounded(a[0].decimal(), 0, Rounding::floor, a.type.scale()));
    return Value(v);
  }
  return a[0];
}
Result<Value> eval_round(const Arguments& a) { return round_number(a, Rounding::half_up); }
Result<Value> eval_trunc(const Arguments& a) { return round_number(a, Rounding::down); }
Result<Value> eval_sign(const Arguments& a) {
  const double v = a[0].to_double();
  return Value(v > 0 ? 1 : v < 0 ? -1 : 0);
}
Result<Value> eval_greatest(const Arguments& a) { return most(a, true); }
Result<Value> eval_least(const Arguments& a) { return most(a, false); }

Result<Value> eval_acos(const Arguments& a) { return real(a, [](double v) { return std::acos(v); }); }
Result<Value> eval_asin(const Arguments& a) { return real(a, [](double v) { return std::asin(v); }); }
Result<Value> eval_atan(const Arguments& a) { return real(a, [](double v) { return std::atan(v); }); }
Result<Value> eval_cbrt(const Arguments& a) { return real(a, [](double v) { return std::cbrt(v); }); }
Result<Value> eval_cos(const Arguments& a) { return real(a, [](double v) { return std::cos(v); }); }
Result<Value> eval_cosh(const Arguments& a) { return real(a, [](double v) { return std::cosh(v); }); }
Result<Value> eval_cot(const Arguments& a) { return real(a, [](double v) { return 1.0 / std::tan(v); }); }
Result<Value> eval_degrees(const Arguments& a) { return real(a, [](double v) { return v * (180.0 / std::numbers::pi); }); }
Result<Value> eval_radians(const Arguments& a) { return real(a, [](double v) { return v * (std::numbers::pi / 180.0); }); }
Result<Value> eval_exp(const Arguments& a) { return real(a, [](double v) { return std::exp(v); }); }
Result<Value> eval_ln(const Arguments& a) { return real(a, [](double v) { return std::log(v); }); }
Result<Value> eval_sin(const Arguments& a) { return real(a, [](double v) { return std::sin(v); }); }
Result<Value> eval_sinh(const Arguments& a) { return real(a, [](double v) { return std::sinh(v); }); }
Result<Value> eval_sqrt(const Arguments& a) { return real(a, [](double v) { return std::sqrt(v); }); }
Result<Value> eval_tan(const Arguments& a) { return real(a, [](double v) { return std::tan(v); }); }
Result<Value> eval_tanh(const Arguments& a) { return real(a, [](double v) { return std::tanh(v); }); }
Result<Value> eval_atan2(const Arguments& a) { return Value(std::atan2(a[0].to_double(), a[1].to_double())); }
Result<Value> eval_power(const Arguments& a) { return Value(std::pow(a[0].to_double(), a[1].to_double())); }
Result<Value> eval_pi(const Arguments&) { return Value(std::numbers::pi); }

Result<Value> eval_log(const Arguments& a) {
  if (a.size() == 1) return Value(std::log(a[0].to_double()));   // natural, as ksqlDB computes it
  const double base = a[0].to_double(), v = a[1].to_double();
  if (base <= 0 || base == 1) return Value(std::numeric_limits<double>::quiet_NaN());
  return Value(std::log(v) / std::log(base));
}

Result<Value> eval_random(const Arguments&) {
  const Uuid bits = random_uuid();
  std::uint64_t v = 0;
  for (std::size_t i = 9; i < 16; ++i) v = v << 8 | bits[i];   // 56 bits without the version's
  return Value(double(v >> 3) * 0x1.0p-53);
}

Result<Value> eval_geo_distance(const Arguments& a) {
  for (std::size_t i = 0; i < 4; ++i)
    if (a.null(i)) return Value();
  const double lat1 = a[0].real(), lon1 = a[1].real(), lat2 = a[2].real(), lon2 = a[3].real();
  if (std::abs(lat1) > 90 || std::abs(lat2) > 90 || std::abs(lon1) > 180 || std::abs(lon2) > 180)
    return function_error("valid latitude values for GeoDistance function are in the range of -90 to 90 and longitude values are in the range of -180 to +180");
  double radius = 6371;   // km; 3959 miles: ksqlDB's values
  if (a.size() > 4 && !a[4].null()) {
    std::string unit;
    for (const char c : a[4].string()) unit += char(std::tolower(static_cast<unsigned char>(c)));
    if (unit.starts_with("mi")) radius = 3959;
    else if (!unit.starts_with("km") && !unit.starts_with("kilo"))
      return function_error("GeoDistance function units parameter must be one of KM, MILES; got '" + a[4].string() + "'");
  }
  const auto rad = [](double degrees) { return degrees / 180.0 * std::numbers::pi; };
  const double dlat = rad(lat2 - lat1), dlon = rad(lon2 - lon1);
  const double h = std::pow(std::sin(dlat / 2), 2) + std::pow(std::sin(dlon / 2), 2) * std::cos(rad(lat1)) * std::cos(rad(lat2));
  return Value(radius * 2 * std::asin(std::sqrt(h)));
}

}  // namespace braid::sql
