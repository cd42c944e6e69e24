// Arrays, maps and nulls.
#include <algorithm>
#include <unordered_set>

#include "sql/function_code.h"

namespace braid::sql {

using data::Entries;
using data::Values;

namespace {

using Seen = std::unordered_set<Value, data::ValueHash>;

Values distinct(const Values& in, Seen& seen) {
  Values out;
  for (const auto& v : in)
    if (seen.insert(v).second) out.push_back(v);
  return out;
}

Result<Value> extreme(const Arguments& a, bool greatest) {
  const Value* best = nullptr;
  for (const auto& v : a[0].items()) {
    if (v.null()) continue;
    if (best == nullptr || (greatest ? compare(v, *best) > 0 : compare(v, *best) < 0)) best = &v;
  }
  return best == nullptr ? Value() : *best;
}

constexpr std::size_t series_max = 1'000'000;   // an array from two numbers of the data must not take all memory

}  // namespace

Result<Value> eval_array_concat(const Arguments& a) {
  if (a.null(0)) return a[1];
  if (a.null(1)) return a[0];
  Values out = a[0].items();
  out.insert(out.end(), a[1].items().begin(), a[1].items().end());
  return Value::array(std::move(out));
}
Result<Value> eval_array_contains(const Arguments& a) {
  if (a.null(0)) return Value(false);
  return Value(std::find(a[0].items().begin(), a[0].items().end(), a[1]) != a[0].items().end());
}
Result<Value> eval_array_distinct(const Arguments& a) {
  Seen seen;
  return Value::array(distinct(a[0].items(), seen));
}
Result<Value> eval_array_except(const Arguments& a) {
  Seen seen(a[1].items().begin(), a[1].items().end());
  return Value::array(distinct(a[0].items(), seen));
}
Result<Value> eval_array_intersect(const Arguments& a) {
  const Seen other(a[1].items().begin(), a[1].items().end());
  Seen seen;
  Values out;
  for (const auto& v : a[0].items())
    if (other.contains(v) && seen.insert(v).second) out.push_back(v);
  return Value::array(std::move(out));
}
Result<Value> eval_array_union(const Arguments& a) {
  Seen seen;
  Values out = distinct(a[0].items(), seen);
  Values more = distinct(a[1].items(), seen);
  out.insert(out.end(), more.begin(), more.end());
  return Value::array(std::move(out));
}
Result<Value> eval_array_join(const Arguments& a) {
  if (a.null(0)) return Value();
  const std::string delimiter = a.size() < 2 ? "," : a.null(1) ? "" : a[1].string();
  const Type& element = a.types[0].element();
  if (element.nested()) return function_error("can only join primitive element types, got " + element.text());
  std::string out;
  bool first = true;
  for (const auto& v : a[0].items()) {
    if (!std::exchange(first, false)) out += delimiter;
    out += sql_text(v, element);
  }
  return Value(std::move(out));
}
Result<Value> eval_array_length(const Arguments& a) { return Value(std::int32_t(a[0].items().size())); }
Result<Value> eval_array_max(const Arguments& a) { return extreme(a, true); }
Result<Value> eval_array_min(const Arguments& a) { return extreme(a, false); }
Result<Value> eval_array_remove(const Arguments& a) {
  if (a.null(0)) return Value();
  Values out;
  for (const auto& v : a[0].items())
    if (!(v == a[1])) out.push_back(v);
  return Value::array(std::move(out));
}
Result<Value> eval_array_sort(const Arguments& a) {
  bool descending = false;
  if (a.size() > 1) {
    std::string direction;
    for (const char c : a[1].string()) direction += char(std::toupper(static_cast<unsigned char>(c)));
    descending = direction.starts_with("DES");
    if (!descending && !direction.starts_with("ASC")) return Value();
  }
  Values out = a[0].items();
  std::stable_sort(out.begin(), out.end(), [&](const Value& x, const Value& y) {
    if (x.null() || y.null()) return !x.null() && y.null();   // nulls last, either way
    return descending ? compare(x, y) > 0 : compare(x, y) < 0;
  });
  return Value::array(std::move(out));
}
Result<Value> eval_slice(const Arguments& a) {
  if (a.null(0)) return Value();
  const std::int64_t size = std::int64_t(a[0].items().size());
  const std::int64_t from = a.null(1) ? 0 : a[1].integer() - 1, to = a.null(2) ? size : a[2].integer();
  if (from < 0 || from > to || to > size) return Value();
  return Value::array(Values(a[0].items().begin() + from, a[0].items().begin() + to));
}
Result<Value> eval_generate_series(const Arguments& a) {
  const std::int64_t start = a[0].to_int64(), end = a[1].to_int64();
  const std::int64_t step = a.size() > 2 ? a[2].integer() : start <= end ? 1 : -1;
  if (step == 0) return function_error("GENERATE_SERIES step cannot be zero");
  if ((step > 0 && start > end) || (step < 0 && start < end)) return function_error("GENERATE_SERIES step has wrong sign");
  const auto distance = step > 0 ? std::uint64_t(end) - std::uint64_t(start) : std::uint64_t(start) - std::uint64_t(end);
  const std::uint64_t count = distance / std::uint64_t(step > 0 ? step : -step) + 1;
  if (count > series_max) return function_error("GENERATE_SERIES would give " + std::to_string(count) + " values; at most 1000000 are given");
  const bool narrow = a[0].holds<std::int32_t>();
  Values out;
  out.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int64_t v = start + std::int64_t(i) * step;
    out.push_back(narrow ? Value(std::int32_t(v)) : Value(v));
  }
  return Value::array(std::move(out));
}

Result<Value> eval_as_map(const Arguments& a) {
  Entries out;
  const std::size_t n = std::min(a[0].items().size(), a[1].items().size());
  for (std::size_t i = 0; i < n; ++i) {
    const Value& key = a[0].items()[i];
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.first == key; });
    if (same != out.end()) same->second = a[1].items()[i];
    else out.emplace_back(key, a[1].items()[i]);
  }
  return Value::map(std::move(out));
}
Result<Value> eval_map_keys(const Arguments& a) {
  Values out;
  for (const auto& [k, v] : a[0].entries()) out.push_back(k);
  return Value::array(std::move(out));
}
Result<Value> eval_map_values(const Arguments& a) {
  Values out;
  for (const auto& [k, v] : a[0].entries()) out.push_back(v);
  return Value::array(std::move(out));
}
Result<Value> eval_map_union(const Arguments& a) {
  if (a.null(0)) return a[1];
  if (a.null(1)) return a[0];
  Entries out = a[0].entries();
  for (const auto& entry : a[1].entries()) {
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.first == entry.first; });
    if (same != out.end()) same->second = entry.second;
    else out.push_back(entry);
  }
  return Value::map(std::move(out));
}
Type entries_result(std::span<const Type> arguments) {
  return Type::array(Type::structure({{"K", data::Kind::string}, {"V", arguments[0].element()}}));
}
Result<Value> eval_entries(const Arguments& a) {
  Entries entries = a[0].entries();
  if (a[1].boolean()) std::stable_sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return compare(x.first, y.first) < 0; });
  Values out;
  for (auto& [k, v] : entries) out.push_back(Value::structure({k, v}));
  return Value::array(std::move(out));
}

Result<Value> eval_as_value(const Arguments& a) { return a[0]; }
Result<Value> eval_coalesce(const Arguments& a) {
  for (const auto& v : a.values)
    if (!v.null()) return v;
  return Value();
}
Result<Value> eval_ifnull(const Arguments& a) { return a.null(0) ? a[1] : a[0]; }
Result<Value> eval_nullif(const Arguments& a) {
  if (a.null(0)) return Value();
  return a[0] == a[1] ? Value() : a[0];
}

}  // namespace braid::sql
