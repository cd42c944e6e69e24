// Bound expressions: every name resolved to a column, every function to its code, every type known. What the planner gives and the engine runs.
// Immutable and shared; thread-safe to read.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sql/functions.h"
#include "sql/schema.h"

namespace braid::sql {

struct BoundExpression;
using BoundPtr = std::shared_ptr<const BoundExpression>;

enum class Op : std::uint8_t {
  literal, column, lambda_parameter,
  cast,                                        // args[0] to `type`; a value that cannot be converted gives null and a processing-log entry
  not_, and_, or_,                             // three-valued; and/or look at the right side only where the left does not decide
  eq, ne, lt, le, gt, ge, distinct, not_distinct,   // both sides already of one comparable type
  is_null, is_not_null,
  add, subtract, multiply, divide, modulo, negate,  // both sides already converted; DECIMAL results have the type's precision and scale
  concat,
  like,                                        // args: text, pattern; `escape`
  between,                                     // args: value, low, high
  in,                                          // args: value, items...
  case_,                                       // args: when, then, when, then, ..., [else when the count is odd]; evaluated lazily
  subscript,                                   // args: array or map, index or key. Arrays count from 1, negative from the end
  field,                                       // args[0] a struct; `index` of the field
  call,                                        // `function`, args; lambdas in `lambdas`
  array, map, structure,                       // args: items; keys and values in turn; fields
};

struct BoundLambda {
  std::vector<Type> parameters;
  BoundPtr body;                               // lambda_parameter nodes refer to parameters by `index`, counted over all enclosing lambdas, outermost first
  int first_parameter = 0;                     // index of this lambda's first parameter
};

struct BoundExpression {
  Op op = Op::literal;
  Type type;
  std::vector<BoundPtr> args{};
  Value literal{};                             // null literal: Value() with `type` of the place where it stands
  ColumnRef column{};
  int index = 0;                               // field, lambda_parameter
  char escape = '\0';                          // like
  std::shared_ptr<const ResolvedScalar> function{};
  std::vector<BoundLambda> lambdas{};
  std::string text{};                          // canonical SQL text of this expression, for EXPLAIN and the processing log
};

}  // namespace braid::sql
