// Compaction of the finished segments of one partition (cleanup.policy=compact): of each key the newest record stays, in its place and with its
// offset; tombstones stay for delete.retention.ms after they were first compacted; what was aborted goes, and markers once they have nothing left to end.
// Reads old segment files and writes new ones beside them; who swaps them, and that nothing can be lost between, is partition.h's affair.
// doc: docs/formats/segment.md, docs/decisions/2026-11-27-compaction.md. Spec: KIP-58 (lag), KIP-534 (delete horizon in the batch).
//
// Blocking, any thread. Memory: a table of at most `table_bytes_max` (24 bytes a key) plus one batch. When the keys do not fit, only the
// records before the first that did not fit are compacted; the rest waits for the next time.
// Errors: corrupt, naming file and byte; io. Then no file of the result remains listed anywhere; the next compaction writes over it.
#pragma once
#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "io/file.h"
#include "storage/segment.h"
#include "storage/transaction_marks.h"

namespace braid::storage {

struct CompactionPlan {
  std::string directory;
  std::vector<SegmentInfo> segments;         // oldest first, without gaps in the list; all below the last stable offset
  std::int64_t clean_end = 0;                // below this every record was compacted before
  std::vector<AbortedTransaction> aborted;   // of the partition
  std::int64_t log_start = 0;
  std::int64_t now_ms = 0;
  std::int64_t delete_retention_ms = 0;
  std::uint64_t segment_bytes = 0;           // new segments are filled up to this
  std::size_t table_bytes_max = 0;
  std::uint64_t hash_seed = 0;               // unknown to those who choose keys
  const std::atomic<bool>* stop = nullptr;   // ErrorCode::stopping once it is true
};

struct CompactionOutcome {
  std::vector<SegmentInfo> segments;         // in the place of the plan's; synced, with their indexes
  std::vector<SegmentIndex> indexes;         // one each
  std::int64_t clean_end = 0;
  std::set<std::int64_t> ended;              // offsets of abort markers that went: nothing of their transactions is left
  std::uint64_t bytes_before = 0, bytes_after = 0;
};

Result<CompactionOutcome> compact(io::FileSystem& files, const CompactionPlan& plan);

}  // namespace braid::storage
