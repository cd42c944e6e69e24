// The code of the aggregate functions; listed with their signatures in functions.cc. A state is a Value: it goes through stores and changelogs.
#include "sql/aggregates.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/bytes.h"

namespace braid::sql {

using data::Decimal;
using data::Entries;
using data::Field;
using data::Int128;
using data::Kind;
using data::Values;

namespace {

using Row = std::span<const Value>;

Result<Value> same(const Value& state) { return state; }

Result<Value> plus(const Value& a, const Value& b, const Type& type, int sign) {
  switch (type.kind()) {
    case Kind::integer: return Value(std::int32_t(std::uint32_t(a.integer()) + std::uint32_t(sign) * std::uint32_t(b.integer())));   // wraps, as Java
    case Kind::bigint: return Value(std::int64_t(std::uint64_t(a.bigint()) + std::uint64_t(sign) * std::uint64_t(b.bigint())));
    case Kind::double_: return Value(a.real() + sign * b.real());
    default: {
      const Decimal sum(a.decimal().unscaled() + sign * b.decimal().unscaled(), type.scale());
      TRY(const Decimal there, fit_decimal(sum, type.precision(), type.scale()));
      return Value(there);
    }
  }
}
Value zero(const Type& type) {
  switch (type.kind()) {
    case Kind::integer: return Value(0);
    case Kind::bigint: return Value(std::int64_t{0});
    case Kind::double_: return Value(0.0);
    default: return Value(Decimal(0, type.scale()));
  }
}

Result<std::int64_t> literal_int(const AggregateArguments& call, std::size_t i, std::string_view function) {
  if (i >= call.constants.size() || !call.constants[i] || call.constants[i]->null())
    return fail(ErrorCode::invalid_input, "Parameter " + std::to_string(i + 1) + " passed to function " + std::string(function) + " must be a literal constant");
  return call.constants[i]->to_int64();
}
Result<bool> literal_bool(const AggregateArguments& call, std::size_t i, std::string_view function) {
  if (!call.constants[i] || !call.constants[i]->holds<bool>())
    return fail(ErrorCode::invalid_input, "Parameter " + std::to_string(i + 1) + " passed to function " + std::string(function) + " must be a literal constant");
  return call.constants[i]->boolean();
}

}  // namespace

Result<ResolvedAggregate> make_count(const AggregateArguments& call) {
  ResolvedAggregate out;
  out.type = out.state_type = Kind::bigint;
  const bool all = call.types.empty();
  out.initial = [] { return Value(std::int64_t{0}); };
  out.add = [all](const Value& s, Row row) -> Result<Value> { return all || !row[0].null() ? Value(s.bigint() + 1) : s; };
  out.undo = [all](const Value& s, Row row) -> Result<Value> { return all || !row[0].null() ? Value(s.bigint() - 1) : s; };
  out.merge = [](const Value& a, const Value& b) -> Result<Value> { return Value(a.bigint() + b.bigint()); };
  out.result = same;
  return out;
}

Result<ResolvedAggregate> make_sum(const AggregateArguments& call) {
  ResolvedAggregate out;
  const Type type = call.types[0];
  out.type = out.state_type = type;
  out.initial = [type] { return zero(type); };
  out.add = [type](const Value& s, Row row) -> Result<Value> { return row[0].null() ? s : plus(s, row[0], type, 1); };
  out.undo = [type](const Value& s, Row row) -> Result<Value> { return row[0].null() ? s : plus(s, row[0], type, -1); };
  out.merge = [type](const Value& a, const Value& b) { return plus(a, b, type, 1); };
  out.result = same;
  return out;
}

Result<ResolvedAggregate> make_sum_list(const AggregateArguments& call) {
  ResolvedAggregate out;
  const Type type = call.types[0].element();
  out.type = out.state_type = type;
  const auto each = [type](const Value& s, Row row, int sign) -> Result<Value> {
    if (row[0].null()) return s;
    Value sum = s;
    for (const auto& v : row[0].items())
      if (!v.null()) { TRY(sum, plus(sum, v, type, sign)); }
    return sum;
  };
  out.initial = [type] { return zero(type); };
  out.add = [each](const Value& s, Row row) { return each(s, row, 1); };
  out.undo = [each](const Value& s, Row row) { return each(s, row, -1); };
  out.merge = [type](const Value& a, const Value& b) { return plus(a, b, type, 1); };
  out.result = same;
  return out;
}

namespace {
Result<ResolvedAggregate> make_extreme(const AggregateArguments& call, bool greatest) {
  ResolvedAggregate out;
  out.type = out.state_type = call.types[0];
  const auto pick = [greatest](const Value& a, const Value& b) -> Result<Value> {
    if (a.null()) return b;
    if (b.null()) return a;
    return (greatest ? compare(b, a) > 0 : compare(b, a) < 0) ? b : a;
  };
  out.initial = [] { return Value(); };
  out.add = [pick](const Value& s, Row row) { return pick(s, row[0]); };
  out.merge = pick;
  out.result = same;
  return out;
}
}  // namespace
Result<ResolvedAggregate> make_max(const AggregateArguments& call) { return make_extreme(call, true); }
Result<ResolvedAggregate> make_min(const AggregateArguments& call) { return make_extreme(call, false); }

Result<ResolvedAggregate> make_avg(const AggregateArguments& call) {
  ResolvedAggregate out;
  const Type sum_type = call.types[0].is(Kind::double_) ? Type(Kind::double_) : Type(Kind::bigint);
  out.type = Kind::double_;
  out.state_type = Type::structure({{"SUM", sum_type}, {"COUNT", Kind::bigint}});
  const auto step = [sum_type](const Value& s, Row row, int sign) -> Result<Value> {
    if (row[0].null()) return s;
    const Value wide = row[0].holds<std::int32_t>() ? Value(std::int64_t{row[0].integer()}) : row[0];
    TRY(auto sum, plus(s.fields()[0], wide, sum_type, sign));
    return Value::structure({std::move(sum), Value(s.fields()[1].bigint() + sign)});
  };
  out.initial = [sum_type] { return Value::structure({zero(sum_type), Value(std::int64_t{0})}); };
  out.add = [step](const Value& s, Row row) { return step(s, row, 1); };
  out.undo = [step](const Value& s, Row row) { return step(s, row, -1); };
  out.merge = [sum_type](const Value& a, const Value& b) -> Result<Value> {
    TRY(auto sum, plus(a.fields()[0], b.fields()[0], sum_type, 1));
    return Value::structure({std::move(sum), Value(a.fields()[1].bigint() + b.fields()[1].bigint())});
  };
  out.result = [](const Value& s) -> Result<Value> {
    const std::int64_t n = s.fields()[1].bigint();
    return Value(n == 0 ? 0.0 : s.fields()[0].to_double() / double(n));
  };
  return out;
}

namespace {
// Sum, count and the sum of squared distances from the mean, kept up row by row (Youngs and Cramer).
Result<ResolvedAggregate> make_deviation(const AggregateArguments& call, bool root) {
  ResolvedAggregate out;
  (void)call;
  out.type = Kind::double_;
  out.state_type = Type::structure({{"SUM", Kind::double_}, {"COUNT", Kind::bigint}, {"M2", Kind::double_}});
  const auto make = [](double sum, std::int64_t n, double m2) { return Value::structure({Value(sum), Value(n), Value(m2)}); };
  out.initial = [make] { return make(0, 0, 0); };
  out.add = [make](const Value& s, Row row) -> Result<Value> {
    if (row[0].null()) return s;
    const double v = row[0].to_double(), sum = s.fields()[0].real() + v;
    const std::int64_t n = s.fields()[1].bigint() + 1;
    double m2 = s.fields()[2].real();
    if (n > 1) {
      const double off = double(n) * v - sum;
      m2 += off * off / double(n * (n - 1));
    }
    return make(sum, n, m2);
  };
  out.undo = [make](const Value& s, Row row) -> Result<Value> {
    if (row[0].null()) return s;
    const double v = row[0].to_double(), sum = s.fields()[0].real();
    const std::int64_t n = s.fields()[1].bigint();
    if (n <= 1) return make(0, 0, 0);
    const double off = double(n) * v - sum;
    return make(sum - v, n - 1, n == 2 ? 0 : s.fields()[2].real() - off * off / double(n * (n - 1)));
  };
  out.merge = [make](const Value& a, const Value& b) -> Result<Value> {
    const double n = double(a.fields()[1].bigint()), m = double(b.fields()[1].bigint());
    if (n == 0) return b;
    if (m == 0) return a;
    const double off = m / n * a.fields()[0].real() - b.fields()[0].real();
    return make(a.fields()[0].real() + b.fields()[0].real(), std::int64_t(n + m), a.fields()[2].real() + b.fields()[2].real() + n / (m * (n + m)) * off * off);
  };
  out.result = [root](const Value& s) -> Result<Value> {
    const std::int64_t n = s.fields()[1].bigint();
    const double variance = n < 2 ? 0.0 : s.fields()[2].real() / double(n - 1);
    return Value(root ? std::sqrt(variance) : variance);
  };
  return out;
}
}  // namespace
Result<ResolvedAggregate> make_stddev_samp(const AggregateArguments& call) { return make_deviation(call, false); }   // the square, as ksqlDB documents
Result<ResolvedAggregate> make_stddev_sample(const AggregateArguments& call) { return make_deviation(call, true); }

Result<ResolvedAggregate> make_correlation(const AggregateArguments&) {
  ResolvedAggregate out;
  out.type = Kind::double_;
  out.state_type = Type::structure({{"SUM_X", Kind::double_}, {"SUM_Y", Kind::double_}, {"SUM_X2", Kind::double_}, {"SUM_Y2", Kind::double_}, {"SUM_XY", Kind::double_}, {"COUNT", Kind::bigint}});
  const auto step = [](const Value& s, Row row, int sign) -> Result<Value> {
    if (row[0].null() || row[1].null()) return s;
    const double x = row[0].to_double(), y = row[1].to_double();
    const auto& f = s.fields();
    return Value::structure({Value(f[0].real() + sign * x), Value(f[1].real() + sign * y), Value(f[2].real() + sign * (x * x)), Value(f[3].real() + sign * (y * y)),
                             Value(f[4].real() + sign * (x * y)), Value(f[5].bigint() + sign)});
  };
  out.initial = [] { return Value::structure({Value(0.0), Value(0.0), Value(0.0), Value(0.0), Value(0.0), Value(std::int64_t{0})}); };
  out.add = [step](const Value& s, Row row) { return step(s, row, 1); };
  out.undo = [step](const Value& s, Row row) { return step(s, row, -1); };
  out.merge = [](const Value& a, const Value& b) -> Result<Value> {
    Values sum;
    for (std::size_t i = 0; i < 5; ++i) sum.emplace_back(a.fields()[i].real() + b.fields()[i].real());
    sum.emplace_back(a.fields()[5].bigint() + b.fields()[5].bigint());
    return Value::structure(std::move(sum));
  };
  out.result = [](const Value& s) -> Result<Value> {
    const auto& f = s.fields();
    const double x = f[0].real(), y = f[1].real(), n = double(f[5].bigint());
    return Value((n * f[4].real() - x * y) / std::sqrt((n * f[2].real() - x * x) * (n * f[3].real() - y * y)));
  };
  return out;
}

namespace {
constexpr std::int64_t no_limit = INT32_MAX;

std::int64_t limit_of(const std::optional<std::int64_t>& setting) { return setting && *setting >= 0 ? *setting : no_limit; }

Result<ResolvedAggregate> make_collect(const AggregateArguments& call, bool distinct, std::int64_t limit) {
  ResolvedAggregate out;
  out.type = out.state_type = Type::array(call.types[0]);
  const auto add = [distinct, limit](const Value& s, const Value& v) -> Value {
    const Values& items = s.items();
    if (std::int64_t(items.size()) >= limit || (distinct && std::find(items.begin(), items.end(), v) != items.end())) return s;
    Values more;
    more.reserve(items.size() + 1);
    more.insert(more.end(), items.begin(), items.end());
    more.push_back(v);
    return Value::array(std::move(more));
  };
  out.initial = [] { return Value::array({}); };
  out.add = [add](const Value& s, Row row) -> Result<Value> { return add(s, row[0]); };
  if (!distinct)
    out.undo = [](const Value& s, Row row) -> Result<Value> {   // the last that is equal: which of several was this row's is not known
      Values left = s.items();
      const auto it = std::find(left.rbegin(), left.rend(), row[0]);
      if (it != left.rend()) left.erase(std::next(it).base());
      return Value::array(std::move(left));
    };
  out.merge = [add](const Value& a, const Value& b) -> Result<Value> {
    Value merged = a;
    for (const auto& v : b.items()) merged = add(merged, v);
    return merged;
  };
  out.result = same;
  return out;
}
}  // namespace
Result<ResolvedAggregate> make_collect_list(const AggregateArguments& call) { return make_collect(call, false, limit_of(call.settings.collect_list_limit)); }
Result<ResolvedAggregate> make_collect_set(const AggregateArguments& call) { return make_collect(call, true, limit_of(call.settings.collect_set_limit)); }

Result<ResolvedAggregate> make_histogram(const AggregateArguments&) {
  constexpr std::size_t different_max = 1000;   // ksqlDB's
  ResolvedAggregate out;
  out.type = out.state_type = Type::map(Kind::string, Kind::bigint);
  const auto step = [](const Value& s, const Value& key, std::int64_t by) -> Value {
    if (key.null()) return s;
    Entries entries = s.entries();
    const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; });
    if (it != entries.end()) {
      it->second = Value(it->second.bigint() + by);
      if (it->second.bigint() < 1) entries.erase(it);
    } else if (by > 0 && entries.size() < different_max) {
      entries.emplace_back(key, Value(by));
    }
    return Value::map(std::move(entries));
  };
  out.initial = [] { return Value::map({}); };
  out.add = [step](const Value& s, Row row) -> Result<Value> { return step(s, row[0], 1); };
  out.undo = [step](const Value& s, Row row) -> Result<Value> { return step(s, row[0], -1); };
  out.merge = [step](const Value& a, const Value& b) -> Result<Value> {
    Value merged = a;
    for (const auto& [key, n] : b.entries()) merged = step(merged, key, n.bigint());
    return merged;
  };
  out.result = same;
  return out;
}

namespace {
// Sorted from the greatest; equal ones in the order of arrival. An item is the value itself or a struct that starts with it.
Value top_insert(const Value& s, Value item, std::size_t k, bool structs, bool distinct) {
  const auto key = [&](const Value& v) -> const Value& { return structs ? v.fields()[0] : v; };
  const Values& items = s.items();
  const auto at = std::find_if(items.begin(), items.end(), [&](const Value& v) { return compare(key(v), key(item)) < 0; });
  if (std::size_t(at - items.begin()) >= k) return s;
  if (distinct && std::find(items.begin(), items.end(), item) != items.end()) return s;
  Values more;
  more.reserve(std::min(items.size() + 1, k));
  more.insert(more.end(), items.begin(), at);
  more.push_back(std::move(item));
  more.insert(more.end(), at, items.end());
  if (more.size() > k) more.resize(k);
  return Value::array(std::move(more));
}

Result<ResolvedAggregate> make_top(const AggregateArguments& call, bool distinct) {
  const std::size_t changing = call.types.size() - 1;
  TRY(const std::int64_t k, literal_int(call, changing, distinct ? "TOPKDISTINCT" : "TOPK"));
  if (k < 1) return fail(ErrorCode::invalid_input, "k must be 1 or greater, got " + std::to_string(k));
  const bool structs = changing > 1;
  ResolvedAggregate out;
  if (structs) {
    std::vector<Field> fields{{"sort_col", call.types[0]}};
    for (std::size_t i = 1; i < changing; ++i) fields.push_back({"col" + std::to_string(i - 1), call.types[i]});
    out.type = Type::array(Type::structure(std::move(fields)));
  } else {
    out.type = Type::array(call.types[0]);
  }
  out.state_type = out.type;
  out.initial = [] { return Value::array({}); };
  out.add = [=](const Value& s, Row row) -> Result<Value> {
    if (row[0].null()) return s;
    return top_insert(s, structs ? Value::structure(Values(row.begin(), row.end())) : row[0], std::size_t(k), structs, distinct);
  };
  out.merge = [=](const Value& a, const Value& b) -> Result<Value> {
    Value merged = a;
    for (const auto& item : b.items()) merged = top_insert(merged, item, std::size_t(k), structs, distinct);
    return merged;
  };
  out.result = same;
  return out;
}

// Offsets are not known here; the order in which rows come is. One counter per resolved call numbers them; a state that comes back from a
// store with a higher number moves the counter on.
struct Arrivals {
  std::int64_t last = 0;
  std::int64_t next(std::int64_t seen) { return last = std::max(last, seen) + 1; }
};

Result<ResolvedAggregate> make_by_offset(const AggregateArguments& call, bool latest) {
  const std::string_view name = latest ? "LATEST_BY_OFFSET" : "EARLIEST_BY_OFFSET";
  const Type type = call.types[0];
  bool ignore_nulls = true;
  std::int64_t n = 0;   // 0: one value, not an array
  if (call.types.size() > 1) {
    if (call.types[1].is(Kind::boolean)) { TRY(ignore_nulls, literal_bool(call, 1, name)); }
    else {
      TRY(n, literal_int(call, 1, name));
      if (n < 1) return fail(ErrorCode::invalid_input, std::string(latest ? "latestN" : "earliestN") + " must be 1 or greater");
      if (call.types.size() > 2) { TRY(ignore_nulls, literal_bool(call, 2, name)); }
    }
  }
  ResolvedAggregate out;
  const Type item_type = Type::structure({{"SEQ", Kind::bigint}, {"VAL", type}});
  // Not shared between threads: an aggregate is resolved per task.
  const auto arrivals = std::make_shared<Arrivals>();
  if (n == 0) {
    out.type = type;
    out.state_type = item_type;
    out.initial = [] { return Value(); };
    out.add = [=](const Value& s, Row row) -> Result<Value> {
      const std::int64_t seq = arrivals->next(s.null() ? 0 : s.fields()[0].bigint());
      if ((ignore_nulls && row[0].null()) || (!latest && !s.null())) return s;
      return Value::structure({Value(seq), row[0]});
    };
    out.merge = [=](const Value& a, const Value& b) -> Result<Value> {
      if (a.null()) return b;
      if (b.null()) return a;
      return (a.fields()[0].bigint() < b.fields()[0].bigint()) == latest ? b : a;
    };
    out.result = [](const Value& s) -> Result<Value> { return s.null() ? Value() : s.fields()[1]; };
    return out;
  }
  out.type = Type::array(type);
  out.state_type = Type::array(item_type);
  out.initial = [] { return Value::array({}); };
  const auto cut = [latest, n](Values items) {
    if (std::int64_t(items.size()) > n) {
      if (latest) items.erase(items.begin(), items.end() - n);
      else items.resize(std::size_t(n));
    }
    return Value::array(std::move(items));
  };
  out.add = [=](const Value& s, Row row) -> Result<Value> {
    const std::int64_t seq = arrivals->next(s.items().empty() ? 0 : s.items().back().fields()[0].bigint());
    if ((ignore_nulls && row[0].null()) || (!latest && std::int64_t(s.items().size()) >= n)) return s;
    Values items = s.items();
    items.push_back(Value::structure({Value(seq), row[0]}));
    return cut(std::move(items));
  };
  out.merge = [=](const Value& a, const Value& b) -> Result<Value> {
    Values items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    std::stable_sort(items.begin(), items.end(), [](const Value& x, const Value& y) { return x.fields()[0].bigint() < y.fields()[0].bigint(); });
    return cut(std::move(items));
  };
  out.result = [](const Value& s) -> Result<Value> {
    Values values;
    for (const auto& item : s.items()) values.push_back(item.fields()[1]);
    return Value::array(std::move(values));
  };
  return out;
}
}  // namespace
Result<ResolvedAggregate> make_topk(const AggregateArguments& call) { return make_top(call, false); }
Result<ResolvedAggregate> make_topkdistinct(const AggregateArguments& call) { return make_top(call, true); }
Result<ResolvedAggregate> make_earliest_by_offset(const AggregateArguments& call) { return make_by_offset(call, false); }
Result<ResolvedAggregate> make_latest_by_offset(const AggregateArguments& call) { return make_by_offset(call, true); }

// The value that all rows of the group have; null when they differ.
Result<ResolvedAggregate> make_attr(const AggregateArguments& call) {
  ResolvedAggregate out;
  out.type = call.types[0];
  out.state_type = Type::array(Type::structure({{"VALUE", call.types[0]}, {"COUNT", Kind::bigint}}));
  const auto step = [](const Value& s, const Value& v, std::int64_t by) -> Value {
    Values items = s.items();
    const auto it = std::find_if(items.begin(), items.end(), [&](const Value& i) { return i.fields()[0] == v; });
    if (it == items.end()) {
      if (by > 0) items.push_back(Value::structure({v, Value(by)}));
    } else if (const std::int64_t n = it->fields()[1].bigint() + by; n < 1) {
      items.erase(it);
    } else {
      *it = Value::structure({v, Value(n)});
    }
    return Value::array(std::move(items));
  };
  out.initial = [] { return Value::array({}); };
  out.add = [step](const Value& s, Row row) -> Result<Value> { return step(s, row[0], 1); };
  out.undo = [step](const Value& s, Row row) -> Result<Value> { return step(s, row[0], -1); };
  out.merge = [step](const Value& a, const Value& b) -> Result<Value> {
    Value merged = a;
    for (const auto& item : b.items()) merged = step(merged, item.fields()[0], item.fields()[1].bigint());
    return merged;
  };
  out.result = [](const Value& s) -> Result<Value> { return s.items().size() == 1 ? s.items()[0].fields()[0] : Value(); };
  return out;
}

namespace {
// HyperLogLog with 4,096 registers (1.6 % standard error), exact up to 256 different values: until then the state is their hashes.
constexpr std::size_t registers = 4096, exact_max = 256;

std::uint64_t spread_bits(std::uint64_t h) {   // the finaliser of MurmurHash3: Value::hash of small integers is not random enough
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}
void set_register(std::string& dense, std::uint64_t h) {
  const auto rank = char(std::countl_zero((h << 12) | 0xfff) + 1);
  char& slot = dense[h >> 52];
  slot = std::max(slot, rank);
}
std::string to_dense(const std::string& hashes) {
  std::string dense(registers, '\0');
  for (std::size_t i = 0; i + 8 <= hashes.size(); i += 8) set_register(dense, load_be<std::uint64_t>(hashes.data() + i));
  return dense;
}
void insert_hash(std::string& state, std::uint64_t h) {
  if (state.size() == registers) return set_register(state, h);
  for (std::size_t i = 0; i + 8 <= state.size(); i += 8)
    if (load_be<std::uint64_t>(state.data() + i) == h) return;
  char bytes[8];
  store_be(bytes, h);
  state.append(bytes, 8);
  if (state.size() > exact_max * 8) state = to_dense(state);
}
std::int64_t estimate(const std::string& state) {
  if (state.size() != registers) return std::int64_t(state.size() / 8);
  double sum = 0;
  int empty = 0;
  for (const char r : state) {
    sum += std::ldexp(1.0, -int(r));
    empty += r == 0;
  }
  const double m = double(registers), raw = 0.7213 / (1 + 1.079 / m) * m * m / sum;
  return std::llround(raw <= 2.5 * m && empty > 0 ? m * std::log(m / empty) : raw);
}
}  // namespace
Result<ResolvedAggregate> make_count_distinct(const AggregateArguments&) {
  ResolvedAggregate out;
  out.type = Kind::bigint;
  out.state_type = Kind::bytes;
  out.initial = [] { return Value(data::Blob{}); };
  out.add = [](const Value& s, Row row) -> Result<Value> {
    if (row[0].null()) return s;
    std::string state = s.bytes();
    insert_hash(state, spread_bits(row[0].hash()));
    return Value(data::Blob{std::move(state)});
  };
  out.merge = [](const Value& a, const Value& b) -> Result<Value> {
    std::string state = a.bytes(), other = b.bytes();
    if (state.size() != registers && other.size() == registers) std::swap(state, other);
    if (other.size() == registers) {
      for (std::size_t i = 0; i < registers; ++i) state[i] = std::max(state[i], other[i]);
    } else {
      for (std::size_t i = 0; i + 8 <= other.size(); i += 8) insert_hash(state, load_be<std::uint64_t>(other.data() + i));
    }
    return Value(data::Blob{std::move(state)});
  };
  out.result = [](const Value& s) -> Result<Value> { return Value(estimate(s.bytes())); };
  return out;
}

}  // namespace braid::sql
