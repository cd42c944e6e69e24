// Limits: a registry that runs elsewhere. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr std::size_t upstream_answer_bytes_max = 256 * MiB;   // Karapace lists all versions in one answer: 100,000 schemas of 2 KB, and room
inline constexpr int upstream_patience_ms = 15'000;                   // for one answer; clients of a registry give up after 20 to 60 s
inline constexpr int upstream_away_ms = 2'000;                        // who has just not answered is not waited for again by whoever can do without

}  // namespace braid::limits
