// An expression of the Common Expression Language (CEL): what rules of a schema and policies say about a value. Parsed and checked once,
// evaluated any number of times; immutable, so any number of threads may evaluate it.
// Known: all operators, the macros has, all, exists, exists_one, map and filter, the standard functions and conversions, strings
// (charAt, indexOf, join, lowerAscii, replace, split, substring, trim, ...), timestamps and durations, and isEmail, isHostname, isIpv4,
// isIpv6, isUri, isUriRef, isUuid. Not known: construction of messages, enums by name, `matches` beyond RE2.
// Values are dynamically typed: wrong types are errors when they meet, with the place in the text; unknown functions and variables are
// errors of compile(). Bounds: nesting by limits::cel_nesting_max, one evaluation by limits::cel_steps_max. Errors: invalid_input (the
// expression, or a value that it cannot work on), overloaded (the budget).
// Specification: github.com/google/cel-spec.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "format/cel/value.h"

namespace braid::format::cel {

class Expression {
 public:
  // `variables`: the names that it may use; anything else is refused with a hint.
  static Result<std::shared_ptr<const Expression>> compile(std::string_view text, std::span<const std::string_view> variables);
  ~Expression();

  // Gives the value of a variable; null when it has none here.
  using Lookup = std::function<const Value*(std::string_view name)>;
  Result<Value> evaluate(const Lookup& lookup) const;

  const std::string& text() const { return text_; }

 private:
  struct Node;
  friend class Parser;
  friend class Evaluator;
  explicit Expression(std::string text);
  std::string text_;
  std::unique_ptr<Node> root_;
};
using ExpressionPtr = std::shared_ptr<const Expression>;   // shared by the cache of rules and whoever evaluates

}  // namespace braid::format::cel
