// Limits: profiles, activity and live numbers. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr std::size_t profile_fields_max = 500;              // of one topic; what comes after them is counted and said
inline constexpr std::size_t profile_field_bytes_max = 64 * KiB;    // of one field's sketches, whatever comes; usually 10 to 30 KiB
inline constexpr std::size_t profile_state_bytes_max = 64 * MiB;    // of one topic's kept profile, decompressed
inline constexpr std::size_t profile_memory_max = 256 * MiB;        // of all profiles of a node; beyond it further topics are not profiled and say why
inline constexpr std::size_t profile_sample_records_max = 100'000;  // that are read for a profile on demand: some 50 ms of work
inline constexpr std::size_t observed_topics_max = 20'000;          // whose activity is followed; some 20 KiB each over 92 days
inline constexpr std::size_t live_streams_max = 1'000;              // clients of the live numbers at one time

}  // namespace braid::limits
