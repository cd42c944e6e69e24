// Typed loops for the operators that decide a query's speed: comparisons, arithmetic, IS NULL, NOT, casts between numbers, LIKE on text.
// Internal to eval.cc. Pure.
#pragma once
#include <functional>

#include "flow/batch.h"
#include "sql/expression.h"

namespace braid::flow {

using RowFailed = std::function<void(std::size_t row, Error error)>;

bool has_kernel(const sql::BoundExpression& expression);
// `right` is null for operators with one argument. `expression` must have a kernel.
ColumnPtr run_kernel(const sql::BoundExpression& expression, const data::Column& left, const data::Column* right, const RowFailed& failed);

}  // namespace braid::flow
