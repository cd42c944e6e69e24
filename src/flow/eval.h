// Runs bound expressions over batches: typed kernels where the columns have fast layouts, row by row over Values elsewhere.
// AND, OR and CASE look at a row's right-hand parts only where they are needed. A row whose evaluation fails gives null (the whole expression;
// only a function, and a part of ARRAY, MAP or STRUCT, is null by itself, as in ksqlDB) and a report with the reason; nothing is aborted. Comparisons with null give false, as ksqlDB's do.
// Stateless; thread-safe as far as `Report` is.
#pragma once
#include <functional>

#include "flow/batch.h"
#include "sql/expression.h"

namespace braid::flow {

// What an expression may look at. Views; valid during the call.
struct RowSet {
  std::size_t rows = 0;
  const Columns* key = nullptr;
  const Columns* value = nullptr;
  const Batch* meta = nullptr;                  // time, window, partition, offset, header columns
};
RowSet rows_of(const Batch& batch);             // over `now`
RowSet rows_before(const Batch& batch);         // over `before`

// Called for each row that failed, with its number in the batch.
using Report = std::function<void(std::size_t row, const sql::BoundExpression& expression, const Error& error)>;

struct EvalContext {
  sql::CallContext call{};
  const Report* report = nullptr;
};

// One entry per row.
ColumnPtr evaluate(const sql::BoundExpression& expression, const RowSet& rows, const EvalContext& context);
// Only for `selected` rows: one entry per selected row, in that order.
ColumnPtr evaluate(const sql::BoundExpression& expression, const RowSet& rows, std::span<const std::uint32_t> selected, const EvalContext& context);
// A constant expression (INSERT VALUES, a pull query's key): no columns to look at.
Result<data::Value> evaluate_constant(const sql::BoundExpression& expression, const sql::CallContext& context);

}  // namespace braid::flow
