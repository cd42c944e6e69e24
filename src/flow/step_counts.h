// What a running query says about its steps, for previews and for those who wonder where their rows went. Plain values.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/value.h"
#include "sql/plan.h"

namespace braid::flow {

// Rows that went into and came out of a step since the query was started. Changes and deletions of a table count as rows.
struct StepCount {
  const sql::Step* step = nullptr;         // of the query's plan
  std::int64_t in = 0, out = 0;
};

// A row that a filter dropped while nothing passed it, and the parts of its condition that the row did not meet.
struct NearMiss {
  const sql::Step* step = nullptr;
  std::vector<data::Field> fields;
  data::Values values;
  std::vector<std::string> failed;         // as SQL
  double distance = 0;                     // the smaller, the nearer; 1 for each part that is missed by any amount
};
inline constexpr std::size_t near_misses_kept = 3;

}  // namespace braid::flow
