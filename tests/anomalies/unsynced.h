// What a power loss may take: the parts of files that were written and not yet synced, kept in a file that outlives the process (mapped, shared), and
// beside it what stood there before (PATH.N for file N, at the same offsets; nothing where the file was shorter).
// unsynced_preload.cc, preloaded into the broker, keeps them; the driver reads them after kill -9 and before the next start.
// One process writes, under its own lock; the driver reads when that process is dead.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace braid::anomalies {

inline constexpr std::size_t unsynced_files_max = 4096, unsynced_path_max = 240;

struct ByteRange {
  std::int64_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
  void add(std::int64_t from, std::int64_t to) {
    if (empty()) begin = from, end = to;
    else begin = std::min(begin, from), end = std::max(end, to);
  }
};
struct UnsyncedFile {
  char path[unsynced_path_max];
  ByteRange waiting;   // written and not synced
  ByteRange syncing;   // the same, and a sync is under way that will make it safe
};
struct UnsyncedTable {
  std::int64_t count;
  UnsyncedFile files[unsynced_files_max];
};

}  // namespace braid::anomalies
