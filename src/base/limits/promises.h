// Limits: what a product may promise. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include <cstddef>
#include <cstdint>

namespace braid::limits {

inline constexpr std::int64_t promised_freshness_s_max = 365LL * 86'400;   // beyond a year nobody waits for a record
inline constexpr std::int64_t promised_history_days_max = 36'500;
inline constexpr double promised_rate_max = 1e9;                           // records/s; more than any node takes
inline constexpr double promised_availability_least = 0.5;                 // less is no promise
inline constexpr std::size_t promised_fields_max = 100;                    // with a share of nulls; each is judged whenever somebody looks

}  // namespace braid::limits
