// The functions of CEL, by name: one visible list. Inside cel/ only.
#pragma once
#include <span>
#include <string_view>

#include "format/cel/value.h"

namespace braid::format::cel {

struct Function {
  std::string_view name;
  bool member;                       // may be written as target.name(...)
  bool global;                       // may be written as name(...)
  std::size_t min_arguments, max_arguments;   // with the target
  Result<Value> (*call)(std::span<const Value> arguments);
};
const Function* find_function(std::string_view name);
std::string similar_function(std::string_view name);      // for hints; empty when nothing is near

Result<Value> add(const Value& a, const Value& b);
Result<Value> subtract(const Value& a, const Value& b);
Result<Value> multiply(const Value& a, const Value& b);
Result<Value> divide(const Value& a, const Value& b);
Result<Value> remainder(const Value& a, const Value& b);
Result<Value> negated(const Value& a);

}  // namespace braid::format::cel
