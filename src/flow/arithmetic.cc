#include "flow/arithmetic.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

namespace braid::flow {

using data::Decimal;
using data::Int128;
using data::Kind;
using data::Value;
using sql::BoundExpression;
using sql::Op;
using Big = boost::multiprecision::int512_t;   // the product of two 38-digit numbers, scaled up once more, fits

namespace {

Big big(Int128 v) {
  const bool negative = v < 0;
  const unsigned __int128 u = negative ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
  Big out = Big(std::uint64_t(u >> 64));
  out <<= 64;
  out += Big(std::uint64_t(u));
  return negative ? Big(-out) : out;
}
Big power10(int n) {
  Big out = 1;
  for (int i = 0; i < n; ++i) out *= 10;
  return out;
}

// numerator / denominator * 10^-scale_of_numerator as a decimal of exactly (precision, scale), or why not.
Result<Value> exact(Big numerator, int from_scale, const data::Type& type) {
  const int shift = type.scale() - from_scale;
  if (shift >= 0) {
    numerator *= power10(shift);
  } else {
    const Big divisor = power10(-shift);
    if (numerator % divisor != 0) return fail(ErrorCode::invalid_input, "Rounding necessary");
    numerator /= divisor;
  }
  const Big limit = power10(type.precision());
  if (numerator >= limit || numerator <= -limit)
    return fail(ErrorCode::invalid_input, "Numeric field overflow: the result does not fit into " + type.text());
  const bool negative = numerator < 0;
  if (negative) numerator = -numerator;
  const Big mask = (Big(1) << 64) - 1;
  const std::uint64_t low = static_cast<std::uint64_t>(Big(numerator & mask));
  const std::uint64_t high = static_cast<std::uint64_t>(Big(numerator >> 64));
  Int128 out = Int128((static_cast<unsigned __int128>(high) << 64) | low);
  if (negative) out = -out;
  return Value(Decimal(out, type.scale()));
}

Result<Value> decimal_arithmetic(Op op, const Decimal& a, const Decimal& b, const data::Type& type) {
  const int scale = std::max(a.scale(), b.scale());
  const Big x = big(a.unscaled()) * power10(scale - a.scale());
  const Big y = big(b.unscaled()) * power10(scale - b.scale());
  switch (op) {
    case Op::add: return exact(x + y, scale, type);
    case Op::subtract: return exact(x - y, scale, type);
    case Op::multiply: return exact(big(a.unscaled()) * big(b.unscaled()), a.scale() + b.scale(), type);
    case Op::divide: {
      if (y == 0) return fail(ErrorCode::invalid_input, "Division by zero");
      // The quotient is rounded to the type's precision and then must fit its scale; we ask for exactness at its scale.
      const Big scaled = x * power10(type.scale());
      if (scaled % y != 0) return fail(ErrorCode::invalid_input, "Rounding necessary: " + a.text() + " / " + b.text());
      return exact(scaled / y, type.scale(), type);
    }
    case Op::modulo:
      if (y == 0) return fail(ErrorCode::invalid_input, "Division by zero");
      return exact(x % y, scale, type);
    default: return fail(ErrorCode::bug, "no such arithmetic on DECIMAL");
  }
}

template <class T> Result<Value> whole_arithmetic(Op op, T a, T b) {
  switch (op) {
    case Op::add: return Value(wrap_add(a, b));
    case Op::subtract: return Value(wrap_subtract(a, b));
    case Op::multiply: return Value(wrap_multiply(a, b));
    case Op::divide:
      if (b == 0) return fail(ErrorCode::invalid_input, "/ by zero");
      return Value(wrap_divide(a, b));
    default:
      if (b == 0) return fail(ErrorCode::invalid_input, "/ by zero");
      return Value(wrap_modulo(a, b));
  }
}

double real_arithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    default: return std::fmod(a, b);
  }
}

Result<Value> arithmetic(const BoundExpression& e, const Value& a, const Value& b) {
  if (a.null() || b.null()) return Value();
  switch (e.type.kind()) {
    case Kind::integer: return whole_arithmetic(e.op, a.integer(), b.integer());
    case Kind::bigint: return whole_arithmetic(e.op, a.to_int64(), b.to_int64());
    case Kind::double_: return Value(real_arithmetic(e.op, a.to_double(), b.to_double()));
    case Kind::decimal: {
      const auto as_decimal = [](const Value& v) { return v.holds<Decimal>() ? v.decimal() : Decimal(v.to_int64(), 0); };
      return decimal_arithmetic(e.op, as_decimal(a), as_decimal(b), e.type);
    }
    case Kind::string: return Value(a.string() + b.string());
    default: return fail(ErrorCode::bug, "no arithmetic on " + e.type.text());
  }
}

Result<Value> negate(const Value& v) {
  if (v.null()) return Value();
  if (v.holds<std::int32_t>()) return Value(wrap_subtract(0, v.integer()));
  if (v.holds<std::int64_t>()) return Value(wrap_subtract(std::int64_t(0), v.bigint()));
  if (v.holds<double>()) return Value(-v.real());
  return Value(Decimal(-v.decimal().unscaled(), v.decimal().scale()));
}

bool equal(const Value& a, const Value& b) {
  if (a.rep().index() == b.rep().index()) return a == b;
  return compare(a, b) == 0;   // numbers of two types
}

bool comparison(Op op, const Value& a, const Value& b) {
  switch (op) {
    case Op::eq: return equal(a, b);
    case Op::ne: return !equal(a, b);
    case Op::lt: return compare(a, b) < 0;
    case Op::le: return compare(a, b) <= 0;
    case Op::gt: return compare(a, b) > 0;
    default: return compare(a, b) >= 0;
  }
}

Value subscript(const Value& container, const Value& index) {
  if (container.null() || index.null()) return {};
  if (container.holds<data::Map>()) {
    const Value* found = container.find(index);
    return found ? *found : Value();
  }
  const auto& items = container.items();
  const std::int64_t at = index.to_int64();
  const std::int64_t size = std::int64_t(items.size());
  const std::int64_t place = at > 0 ? at - 1 : at < 0 ? size + at : -1;
  return place < 0 || place >= size ? Value() : items[std::size_t(place)];
}

Result<Value> make_map(std::span<const Value> arguments) {
  data::Entries entries;
  entries.reserve(arguments.size() / 2);
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == arguments[i]; });
    if (same != entries.end()) same->second = arguments[i + 1];
    else entries.emplace_back(arguments[i], arguments[i + 1]);
  }
  return Value::map(std::move(entries));
}

}  // namespace

Result<Value> apply_operation(const BoundExpression& e, std::span<const Value> args) {
  switch (e.op) {
    case Op::literal: return e.literal;
    case Op::cast: return args[0].null() ? Result<Value>(Value()) : sql::cast_value(args[0], e.args[0]->type, e.type);
    case Op::not_: return args[0].null() ? Value() : Value(!args[0].boolean());
    case Op::eq: case Op::ne: case Op::lt: case Op::le: case Op::gt: case Op::ge:
      return Value(!args[0].null() && !args[1].null() && comparison(e.op, args[0], args[1]));
    case Op::distinct: case Op::not_distinct: {
      const bool same = args[0].null() || args[1].null() ? args[0].null() == args[1].null() : equal(args[0], args[1]);
      return Value(same == (e.op == Op::not_distinct));
    }
    case Op::is_null: return Value(args[0].null());
    case Op::is_not_null: return Value(!args[0].null());
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: case Op::modulo: return arithmetic(e, args[0], args[1]);
    case Op::negate: return negate(args[0]);
    case Op::concat: {
      if (args[0].null() || args[1].null()) return Value();
      if (args[0].holds<data::Blob>()) return Value(data::Blob{args[0].bytes() + args[1].bytes()});
      return Value(args[0].string() + args[1].string());
    }
    case Op::like:
      if (args[0].null() || args[1].null()) return Value(false);
      return Value(like(args[0].string(), args[1].string(), e.escape));
    case Op::between: {
      if (args[0].null() || args[1].null() || args[2].null()) return Value(false);
      return Value(compare(args[0], args[1]) >= 0 && compare(args[0], args[2]) <= 0);
    }
    case Op::in: {
      if (args[0].null()) return Value(false);
      for (const auto& item : args.subspan(1))
        if (!item.null() && equal(args[0], item)) return Value(true);
      return Value(false);
    }
    case Op::subscript: return subscript(args[0], args[1]);
    case Op::field:
      if (args[0].null()) return Value();
      return args[0].fields()[std::size_t(e.index)];
    case Op::array: return Value::array(data::Values(args.begin(), args.end()));
    case Op::map: return make_map(args);
    case Op::structure: return Value::structure(data::Values(args.begin(), args.end()));
    default: return fail(ErrorCode::bug, "this operation is not applied to values: " + e.text);
  }
}

namespace {
std::size_t character_bytes(char first) {
  const auto b = static_cast<unsigned char>(first);
  return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}
}  // namespace

// Greedy with one remembered '%': linear in practice, quadratic at worst.
bool like(std::string_view text, std::string_view pattern, char escape) {
  std::size_t t = 0, p = 0, star_p = std::string_view::npos, star_t = 0;
  while (t < text.size()) {
    bool matched = false;
    if (p < pattern.size()) {
      const bool escaped = escape != '\0' && pattern[p] == escape && p + 1 < pattern.size();
      const char c = escaped ? pattern[p + 1] : pattern[p];
      if (!escaped && c == '%') {
        star_p = ++p;
        star_t = t;
        continue;
      }
      if (!escaped && c == '_') {
        t = std::min(text.size(), t + character_bytes(text[t]));
        ++p;
        matched = true;
      } else if (c == text[t]) {
        ++t;
        p += escaped ? 2 : 1;
        matched = true;
      }
    }
    if (matched) continue;
    if (star_p == std::string_view::npos) return false;
    p = star_p;
    star_t = std::min(text.size(), star_t + character_bytes(text[star_t]));
    t = star_t;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace braid::flow
