// How much of a topic a profiler looks at: one block of 1,024 offsets in 2^n. Pure.
// Chosen by offset and not by chance, so that after a crash the same records are chosen again.
#pragma once
#include <cstdint>

namespace braid::observe {

inline constexpr int block_shift = 10;                     // 1,024 offsets
inline constexpr int sampling_max = 12;                    // at least one block in 4,096
inline constexpr double catch_up_seconds = 60;             // in which a backlog is worked off

constexpr std::int64_t block_of(std::int64_t offset) { return offset >> block_shift; }
constexpr bool is_chosen(std::int64_t offset, int sampling) { return (block_of(offset) & ((std::int64_t(1) << sampling) - 1)) == 0; }

// The first offset of the next block that is chosen after the one of this offset.
constexpr std::int64_t next_chosen(std::int64_t offset, int sampling) { return ((block_of(offset) >> sampling) + 1) << (sampling + block_shift); }

struct Load {
  double arriving_per_s = 0;               // records
  std::int64_t lag = 0;                    // records that wait
  double ns_per_record = 0;                // that are looked into; 0: not known yet
  double share = 0;                        // of a shard's time that this profiler may take
};
// The n for this load: the smallest with which what comes and the backlog fit into the share. Less is looked at at once, more again one step at a time, so
// that it does not swing. Before the cost of a record is known it stays as it is.
int sampling_for(const Load& load, int now);

}  // namespace braid::observe
