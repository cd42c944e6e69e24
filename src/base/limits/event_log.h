// Limits: event log on disk. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr int partitions_per_topic_max = 10'000;             // what people really make is below 1,000; a typing error stops here
inline constexpr std::size_t partitions_max = 200'000;              // about 1 KiB each at rest
inline constexpr std::size_t commit_group_bytes_max = 1 * MiB;      // more per fdatasync only adds latency (DESIGN section 7)
inline constexpr std::size_t unflushed_bytes_max = 128 * MiB;       // acknowledged but not in segments; then appends wait for the disk
inline constexpr std::size_t tail_cache_bytes_max = 32 * MiB;       // newest batches kept in memory for readers at the end, all partitions
inline constexpr std::size_t node_settings_max = 10'000;             // of brokers and groups, changed by clients: all are copied at a change
inline constexpr std::size_t open_segments_max = 256;               // file descriptors for reading, all shards

}  // namespace braid::limits
