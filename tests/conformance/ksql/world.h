// One case's world: topics and registry in memory, the real planner and engine. Runs a case as ksqlDB's own runner does (ksqldb.md 1.2).
#pragma once
#include <string>

#include "cases.h"

namespace braid::cases {

struct RunOptions {
  std::size_t batch_rows = 1;                    // 1 is the definition; other sizes must give the same
};

// Empty when the case passes; else at most three lines that say why not.
std::string run_case(const Case& c, const RunOptions& options);

}  // namespace braid::cases
