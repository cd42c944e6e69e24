// Functions that give some rows for one.
#include "sql/aggregates.h"

namespace braid::sql {

Result<std::vector<Value>> eval_explode(std::span<const Value> arguments) { return arguments[0].items(); }

// All combinations of the columns being there or null; a column that is null anyway counts once.
Result<std::vector<Value>> eval_cube_explode(std::span<const Value> arguments) {
  const auto& columns = arguments[0].items();
  std::vector<std::size_t> set;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].null()) set.push_back(i);
  if (set.size() > 16) return function_error("CUBE_EXPLODE takes at most 16 columns that are not null, got " + std::to_string(set.size()));
  std::vector<Value> rows;
  for (std::size_t mask = 0; mask < (std::size_t{1} << set.size()); ++mask) {
    data::Values row(columns.size());
    for (std::size_t bit = 0; bit < set.size(); ++bit)
      if (mask >> (set.size() - 1 - bit) & 1) row[set[bit]] = columns[set[bit]];
    rows.push_back(Value::array(std::move(row)));
  }
  return rows;
}

}  // namespace braid::sql
