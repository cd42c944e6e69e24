// CAST, the conversions that happen by themselves, and the texts of values. ksqlDB's rules; Java's numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/java_text.h"
#include "sql/function_kit.h"
#include "sql/java_time.h"

namespace braid::sql {

using data::Date;
using data::Decimal;
using data::Kind;
using data::Time;
using data::Timestamp;

std::unexpected<Error> function_error(std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); }

std::int32_t java_int(double v) {
  if (std::isnan(v)) return 0;
  if (v >= 2147483647.0) return std::numeric_limits<std::int32_t>::max();
  if (v <= -2147483648.0) return std::numeric_limits<std::int32_t>::min();
  return std::int32_t(v);
}

std::int64_t java_long(double v) {
  if (std::isnan(v)) return 0;
  if (v >= 9223372036854775807.0) return std::numeric_limits<std::int64_t>::max();
  if (v <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
  return std::int64_t(v);
}

Decimal decimal_of_double(double v, bool& ok) {
  char buffer[40];
  const auto parsed = Decimal::parse({buffer, data::write_java_double(v, buffer)});
  ok = parsed.has_value();
  return ok ? *parsed : Decimal();
}

Result<Decimal> fit_decimal(const Decimal& v, int precision, int scale) {
  auto there = v.rescaled(scale);
  if (!there || there->precision() > precision)
    return function_error("Numeric field overflow: A field with precision " + std::to_string(precision) + " and scale " + std::to_string(scale) +
                          " must round to an absolute value less than 10^" + std::to_string(precision - scale) + ". Got " + v.text());
  return *there;
}

Type wider_decimal(const Type& a, const Type& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int whole = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  return Type::decimal(whole + scale, scale);
}

Type decimal_type_of(const Type& number) {
  if (number.is(Kind::decimal)) return number;
  return number.is(Kind::bigint) ? Type::decimal(19, 0) : Type::decimal(10, 0);
}

std::string sql_text(const Value& value, const Type& type, bool nested) {
  if (value.null()) return "null";
  switch (type.kind()) {
    case Kind::boolean: return value.boolean() ? "true" : "false";
    case Kind::integer: return std::to_string(value.integer());
    case Kind::bigint: return std::to_string(value.bigint());
    case Kind::double_: return data::java_double_text(value.real());
    case Kind::decimal: return value.decimal().text();
    case Kind::string: return value.string();
    case Kind::bytes: return value.bytes();
    case Kind::date: return iso_date(value.date().days);
    case Kind::time: return iso_time(value.time().ms);
    case Kind::timestamp: return iso_timestamp(value.timestamp().ms);
    case Kind::array: {
      std::string out = "[";
      for (const auto& item : value.items()) out += (out.size() > 1 ? ", " : "") + sql_text(item, type.element(), true);
      return out + "]";
    }
    case Kind::map: {
      std::string out = "{";
      for (const auto& [k, v] : value.entries()) out += (out.size() > 1 ? ", " : "") + sql_text(k, type.key(), true) + "=" + sql_text(v, type.element(), true);
      return out + "}";
    }
    case Kind::struct_: {
      std::string out = "Struct{";
      for (std::size_t i = 0; i < type.fields().size(); ++i)
        if (!value.fields()[i].null()) out += (out.size() > 7 ? "," : "") + type.fields()[i].name + "=" + sql_text(value.fields()[i], type.fields()[i].type, true);
      return out + "}";
    }
  }
  (void)nested;
  return {};
}

namespace {

Result<Value> cast_text(const std::string& text, const Type& to) {
  const std::string_view bare = data::trim_java(text);
  const auto bad = [&] { return function_error("Cannot cast '" + text.substr(0, 100) + "' to " + to.text()); };
  switch (to.kind()) {
    case Kind::boolean: {
      std::string low(bare);
      for (char& c : low)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
      return Value(low == "true");
    }
    case Kind::integer: {
      const auto v = data::parse_java_int(bare);
      return v ? Result<Value>(Value(*v)) : bad();
    }
    case Kind::bigint: {
      const auto v = data::parse_java_long(bare);
      return v ? Result<Value>(Value(*v)) : bad();
    }
    case Kind::double_: {
      const auto v = data::parse_java_double(bare);
      return v ? Result<Value>(Value(*v)) : bad();
    }
    case Kind::decimal: {
      TRY(const Decimal v, Decimal::parse(bare));
      TRY(const Decimal there, fit_decimal(v, to.precision(), to.scale()));
      return Value(there);
    }
    case Kind::date: {
      TRY(const auto days, parse_iso_date(bare));
      return Value(Date{days});
    }
    case Kind::time: {
      TRY(const auto ms, parse_iso_time(bare));
      return Value(Time{ms});
    }
    case Kind::timestamp: {
      TRY(const auto ms, parse_iso_timestamp(bare));
      return Value(Timestamp{ms});
    }
    default: return bad();
  }
}

Result<Value> cast_number(const Value& value, const Type& from, const Type& to) {
  switch (to.kind()) {
    case Kind::integer:
      if (from.is(Kind::bigint)) return Value(std::int32_t(value.bigint()));
      if (from.is(Kind::double_)) return Value(java_int(value.real()));
      break;
    case Kind::bigint:
      if (from.is(Kind::integer)) return Value(std::int64_t(value.integer()));
      if (from.is(Kind::double_)) return Value(java_long(value.real()));
      break;
    case Kind::double_: return Value(value.to_double());
    case Kind::decimal: {
      Decimal v;
      if (from.is(Kind::decimal)) v = value.decimal();
      else if (from.is(Kind::double_)) {
        bool ok = false;
        v = decimal_of_double(value.real(), ok);
        if (!ok) return function_error("Cannot cast " + data::java_double_text(value.real()) + " to " + to.text());
      } else v = Decimal(value.to_int64(), 0);
      TRY(const Decimal there, fit_decimal(v, to.precision(), to.scale()));
      return Value(there);
    }
    default: break;
  }
  // A decimal to a whole number: cut off, then the low bits, as BigDecimal.intValue does.
  data::Int128 whole = value.decimal().unscaled();
  for (int i = 0; i < value.decimal().scale() && whole != 0; ++i) whole /= 10;
  for (int i = 0; i < -value.decimal().scale(); ++i) whole *= 10;
  return to.is(Kind::integer) ? Value(std::int32_t(std::int64_t(whole))) : Value(std::int64_t(whole));
}

constexpr std::int64_t day_ms = 86'400'000;

}  // namespace

bool castable(const Type& from, const Type& to) {
  if (from == to) return true;
  if (to.is(Kind::string)) return !from.is(Kind::bytes);
  if (from.numeric() && to.numeric()) return true;
  switch (from.kind()) {
    case Kind::string: return !to.nested() && !to.is(Kind::bytes);
    case Kind::timestamp: return to.is(Kind::date) || to.is(Kind::time);
    case Kind::date: return to.is(Kind::timestamp);
    case Kind::array: return to.is(Kind::array) && castable(from.element(), to.element());
    case Kind::map: return to.is(Kind::map) && castable(from.key(), to.key()) && castable(from.element(), to.element());
    case Kind::struct_:
      if (!to.is(Kind::struct_)) return false;
      return std::all_of(to.fields().begin(), to.fields().end(), [&](const data::Field& f) {
        const int i = from.field_index(f.name);
        return i < 0 || castable(from.fields()[std::size_t(i)].type, f.type);
      });
    default: return false;
  }
}

Result<Value> cast_value(const Value& value, const Type& from, const Type& to) {
  if (value.null()) return Value();
  if (from == to) return value;
  if (to.is(Kind::string)) return Value(sql_text(value, from));
  if (from.numeric() && to.numeric()) return cast_number(value, from, to);
  switch (from.kind()) {
    case Kind::string: return cast_text(value.string(), to);
    case Kind::timestamp: {
      const std::int64_t ms = value.timestamp().ms;
      std::int64_t days = ms / day_ms, rest = ms % day_ms;
      if (rest < 0) { rest += day_ms; --days; }
      if (to.is(Kind::date)) return Value(Date{std::int32_t(days)});
      if (to.is(Kind::time)) return Value(Time{std::int32_t(rest)});
      break;
    }
    case Kind::date:
      if (to.is(Kind::timestamp)) return Value(Timestamp{value.date().days * day_ms});
      break;
    case Kind::array:
      if (to.is(Kind::array)) {
        data::Values out;
        out.reserve(value.items().size());
        for (const auto& item : value.items()) {
          TRY(auto v, cast_value(item, from.element(), to.element()));
          out.push_back(std::move(v));
        }
        return Value::array(std::move(out));
      }
      break;
    case Kind::map:
      if (to.is(Kind::map)) {
        data::Entries out;
        for (const auto& [k, v] : value.entries()) {
          TRY(auto key, cast_value(k, from.key(), to.key()));
          TRY(auto item, cast_value(v, from.element(), to.element()));
          out.emplace_back(std::move(key), std::move(item));
        }
        return Value::map(std::move(out));
      }
      break;
    case Kind::struct_:
      if (to.is(Kind::struct_)) {
        data::Values out;
        for (const auto& field : to.fields()) {
          const int i = from.field_index(field.name);
          if (i < 0) { out.emplace_back(); continue; }
          TRY(auto v, cast_value(value.fields()[std::size_t(i)], from.fields()[std::size_t(i)].type, field.type));
          out.push_back(std::move(v));
        }
        return Value::structure(std::move(out));
      }
      break;
    default: break;
  }
  return function_error("Cast of " + from.text() + " to " + to.text() + " is not supported");
}

bool implicitly_convertible(const Type& from, const Type& to) {
  if (from == to) return true;
  if (from.numeric() && to.numeric()) {
    if (to.is(Kind::double_)) return true;
    if (to.is(Kind::decimal)) {
      if (from.is(Kind::double_)) return false;
      const Type source = decimal_type_of(from);
      return source.scale() <= to.scale() && source.precision() - source.scale() <= to.precision() - to.scale();
    }
    return from.is(Kind::integer) && to.is(Kind::bigint);
  }
  switch (from.kind()) {
    case Kind::string: return to.is(Kind::date) || to.is(Kind::time) || to.is(Kind::timestamp);   // '2020-01-01' where a DATE is expected
    case Kind::array: return to.is(Kind::array) && implicitly_convertible(from.element(), to.element());
    case Kind::map: return to.is(Kind::map) && implicitly_convertible(from.key(), to.key()) && implicitly_convertible(from.element(), to.element());
    case Kind::struct_:
      if (!to.is(Kind::struct_)) return false;
      return std::all_of(to.fields().begin(), to.fields().end(), [&](const data::Field& f) {
        const int i = from.field_index(f.name);
        return i < 0 || implicitly_convertible(from.fields()[std::size_t(i)].type, f.type);
      });
    default: return false;
  }
}

}  // namespace braid::sql
