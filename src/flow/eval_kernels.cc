#include "flow/eval_kernels.h"

#include <cmath>
#include <limits>

#include "flow/arithmetic.h"

namespace braid::flow {

using data::Column;
using data::Kind;
using sql::BoundExpression;
using sql::Op;

namespace {

enum class Layout { bools, ints, longs, doubles, texts, values };
Layout layout_of(const data::Type& type) {
  switch (type.kind()) {
    case Kind::boolean: return Layout::bools;
    case Kind::integer: case Kind::date: case Kind::time: return Layout::ints;
    case Kind::bigint: case Kind::timestamp: return Layout::longs;
    case Kind::double_: return Layout::doubles;
    case Kind::string: case Kind::bytes: return Layout::texts;
    default: return Layout::values;
  }
}

bool is_comparison(Op op) { return op >= Op::eq && op <= Op::ge; }
bool is_arithmetic(Op op) { return op >= Op::add && op <= Op::modulo; }

Flags both_valid(const Column& a, const Column& b) {
  if (!a.any_null() && !b.any_null()) return {};
  Flags out(a.size());
  const auto x = a.valid(), y = b.valid();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = x[i] & y[i];
  return out;
}
Flags valid_of(const Column& a) { return a.any_null() ? Flags(a.valid().begin(), a.valid().end()) : Flags(); }

ColumnPtr bools(Flags data, Flags valid = {}) { return std::make_shared<Column>(Column::of_bools(std::move(data), std::move(valid))); }

template <class T, class F> Flags compare_all(std::span<const T> a, std::span<const T> b, F f) {
  Flags out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(a[i], b[i]);
  return out;
}
template <class T> Flags compare_with(Op op, std::span<const T> a, std::span<const T> b) {
  switch (op) {
    case Op::eq: return compare_all(a, b, [](const T& x, const T& y) { return x == y; });
    case Op::ne: return compare_all(a, b, [](const T& x, const T& y) { return x != y; });
    case Op::lt: return compare_all(a, b, [](const T& x, const T& y) { return x < y; });
    case Op::le: return compare_all(a, b, [](const T& x, const T& y) { return x <= y; });
    case Op::gt: return compare_all(a, b, [](const T& x, const T& y) { return x > y; });
    default: return compare_all(a, b, [](const T& x, const T& y) { return x >= y; });
  }
}

ColumnPtr comparison(Op op, const Column& a, const Column& b) {
  Flags out;
  switch (layout_of(a.type())) {
    case Layout::bools: out = compare_with(op, a.bools(), b.bools()); break;
    case Layout::ints: out = compare_with(op, a.ints(), b.ints()); break;
    case Layout::longs: out = compare_with(op, a.longs(), b.longs()); break;
    case Layout::doubles: out = compare_with(op, a.doubles(), b.doubles()); break;
    default: out = compare_with(op, a.texts(), b.texts());
  }
  const Flags valid = both_valid(a, b);      // a comparison with null is false
  for (std::size_t i = 0; i < valid.size(); ++i) out[i] &= valid[i];
  return bools(std::move(out));
}

template <class T, class F> std::vector<T> combine(std::span<const T> a, std::span<const T> b, F f) {
  std::vector<T> out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(a[i], b[i]);
  return out;
}

template <class T> std::vector<T> whole_numbers(Op op, std::span<const T> a, std::span<const T> b, Flags& valid, const RowFailed& failed) {
  switch (op) {
    case Op::add: return combine(a, b, [](T x, T y) { return wrap_add(x, y); });
    case Op::subtract: return combine(a, b, [](T x, T y) { return wrap_subtract(x, y); });
    case Op::multiply: return combine(a, b, [](T x, T y) { return wrap_multiply(x, y); });
    default: break;
  }
  std::vector<T> out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!is_set(valid, i)) continue;
    if (b[i] == 0) {
      if (valid.empty()) valid.assign(a.size(), 1);
      valid[i] = 0;
      failed(i, Error{ErrorCode::invalid_input, "/ by zero"});
      continue;
    }
    out[i] = op == Op::divide ? wrap_divide(a[i], b[i]) : wrap_modulo(a[i], b[i]);
  }
  return out;
}

std::vector<double> real_numbers(Op op, std::span<const double> a, std::span<const double> b) {
  switch (op) {
    case Op::add: return combine(a, b, [](double x, double y) { return x + y; });
    case Op::subtract: return combine(a, b, [](double x, double y) { return x - y; });
    case Op::multiply: return combine(a, b, [](double x, double y) { return x * y; });
    case Op::divide: return combine(a, b, [](double x, double y) { return x / y; });
    default: return combine(a, b, [](double x, double y) { return std::fmod(x, y); });
  }
}

ColumnPtr arithmetic(const BoundExpression& e, const Column& a, const Column& b, const RowFailed& failed) {
  Flags valid = both_valid(a, b);
  if (e.type.is(Kind::integer)) {
    auto out = whole_numbers(e.op, a.ints(), b.ints(), valid, failed);
    return std::make_shared<Column>(Column::of_ints(e.type, std::move(out), std::move(valid)));
  }
  if (e.type.is(Kind::bigint)) {
    auto out = whole_numbers(e.op, a.longs(), b.longs(), valid, failed);
    return std::make_shared<Column>(Column::of_longs(e.type, std::move(out), std::move(valid)));
  }
  return std::make_shared<Column>(Column::of_doubles(real_numbers(e.op, a.doubles(), b.doubles()), std::move(valid)));
}

// Java's narrowing of a double: NaN is 0, what is too large stays at the limit.
template <class T> T narrow(double v) {
  if (std::isnan(v)) return 0;
  if (v >= -double(std::numeric_limits<T>::min())) return std::numeric_limits<T>::max();
  if (v <= double(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return T(v);
}

template <class T, class S, class F> std::vector<T> convert_all(std::span<const S> in, F f) {
  std::vector<T> out(in.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(in[i]);
  return out;
}

template <class S> ColumnPtr convert_from(std::span<const S> in, const data::Type& to, Flags valid) {
  switch (to.kind()) {
    case Kind::integer:
      if constexpr (std::is_same_v<S, double>)
        return std::make_shared<Column>(Column::of_ints(to, convert_all<std::int32_t>(in, narrow<std::int32_t>), std::move(valid)));
      else
        return std::make_shared<Column>(Column::of_ints(to, convert_all<std::int32_t>(in, [](S v) { return std::int32_t(v); }), std::move(valid)));
    case Kind::bigint:
      if constexpr (std::is_same_v<S, double>)
        return std::make_shared<Column>(Column::of_longs(to, convert_all<std::int64_t>(in, narrow<std::int64_t>), std::move(valid)));
      else
        return std::make_shared<Column>(Column::of_longs(to, convert_all<std::int64_t>(in, [](S v) { return std::int64_t(v); }), std::move(valid)));
    default: return std::make_shared<Column>(Column::of_doubles(convert_all<double>(in, [](S v) { return double(v); }), std::move(valid)));
  }
}

bool machine_number(const data::Type& type) { return type.is(Kind::integer) || type.is(Kind::bigint) || type.is(Kind::double_); }

ColumnPtr cast(const BoundExpression& e, const Column& in) {
  switch (in.type().kind()) {
    case Kind::integer: return convert_from(in.ints(), e.type, valid_of(in));
    case Kind::bigint: return convert_from(in.longs(), e.type, valid_of(in));
    default: return convert_from(in.doubles(), e.type, valid_of(in));
  }
}

}  // namespace

bool has_kernel(const BoundExpression& e) {
  const auto type = [&](std::size_t i) -> const data::Type& { return e.args[i]->type; };
  if (is_comparison(e.op)) return type(0).kind() == type(1).kind() && layout_of(type(0)) != Layout::values;
  if (is_arithmetic(e.op)) return machine_number(e.type) && type(0) == e.type && type(1) == e.type;
  switch (e.op) {
    case Op::is_null: case Op::is_not_null: case Op::not_: return true;
    case Op::like: return type(0).is(Kind::string) && type(1).is(Kind::string);
    case Op::cast: return machine_number(e.type) && machine_number(type(0));
    default: return false;
  }
}

ColumnPtr run_kernel(const BoundExpression& e, const Column& left, const Column* right, const RowFailed& failed) {
  if (is_comparison(e.op)) return comparison(e.op, left, *right);
  if (is_arithmetic(e.op)) return arithmetic(e, left, *right, failed);
  switch (e.op) {
    case Op::is_not_null: return bools(Flags(left.valid().begin(), left.valid().end()));
    case Op::is_null: {
      Flags out(left.size());
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = left.null(i);
      return bools(std::move(out));
    }
    case Op::not_: {
      Flags out(left.size());
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = !left.bools()[i];
      return bools(std::move(out), valid_of(left));
    }
    case Op::like: {
      Flags out(left.size());
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = !left.null(i) && !right->null(i) && like(left.texts()[i], right->texts()[i], e.escape);
      return bools(std::move(out));
    }
    default: return cast(e, left);
  }
}

}  // namespace braid::flow
