// FILTER, REDUCE, TRANSFORM. A lambda is a function over values that the engine made of the expression.
#include <algorithm>

#include "sql/function_code.h"

namespace braid::sql {

Result<Value> eval_filter(const Arguments& a) {
  if (a.null(0)) return Value();
  const auto& keep = a.lambdas[0];
  if (a[0].holds<data::Array>()) {
    data::Values out;
    for (const auto& item : a[0].items()) {
      TRY(const Value yes, keep(std::span(&item, 1)));
      if (!yes.null() && yes.boolean()) out.push_back(item);
    }
    return Value::array(std::move(out));
  }
  data::Entries out;
  for (const auto& [k, v] : a[0].entries()) {
    const Value pair[] = {k, v};
    TRY(const Value yes, keep(pair));
    if (!yes.null() && yes.boolean()) out.emplace_back(k, v);
  }
  return Value::map(std::move(out));
}

Result<Value> eval_reduce(const Arguments& a) {
  if (a.null(1)) return Value();
  Value state = a[1];
  if (a.null(0)) return state;
  const auto& step = a.lambdas[0];
  if (a[0].holds<data::Array>()) {
    for (const auto& item : a[0].items()) {
      const Value pair[] = {state, item};
      TRY(state, step(pair));
    }
    return state;
  }
  for (const auto& [k, v] : a[0].entries()) {
    const Value three[] = {state, k, v};
    TRY(state, step(three));
  }
  return state;
}

Result<Value> eval_transform(const Arguments& a) {
  if (a.null(0)) return Value();
  if (a[0].holds<data::Array>()) {
    data::Values out;
    out.reserve(a[0].items().size());
    for (const auto& item : a[0].items()) {
      TRY(auto v, a.lambdas[0](std::span(&item, 1)));
      out.push_back(std::move(v));
    }
    return Value::array(std::move(out));
  }
  data::Entries out;
  for (const auto& [k, v] : a[0].entries()) {
    const Value pair[] = {k, v};
    TRY(auto key, a.lambdas[0](pair));
    TRY(auto value, a.lambdas[1](pair));
    if (std::any_of(out.begin(), out.end(), [&](const auto& e) { return e.first == key; }))
      return function_error("the keys that TRANSFORM gives must be different, got one twice");
    out.emplace_back(std::move(key), std::move(value));
  }
  return Value::map(std::move(out));
}

}  // namespace braid::sql
