// A segment: a file with some of a partition's RecordBatches, one behind the other, byte for byte as on the wire, named by the offset of the
// first one (%020d.log, or %020d.G.log when it was compacted G times). Beside a finished segment lies its index (.index), which can always be rebuilt from it.
// doc: docs/formats/segment.md
//
// These functions read and write; who may do so when is the partition's affair (partition.h). Any thread, one writer per file.
// Errors: corrupt, naming file and byte, when what was written is not there.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file.h"
#include "wire/record_batch.h"

namespace braid::storage {

inline constexpr std::uint64_t index_interval_bytes = 32 * 1024;   // an entry of 16 bytes per so many bytes of log

struct IndexEntry {
  std::int64_t offset = 0;             // first offset of the batch at `position`
  std::uint32_t position = 0;
  std::int64_t max_timestamp_ms = wire::no_timestamp;   // of everything before `position`
};
using SegmentIndex = std::vector<IndexEntry>;   // sorted; the first entry is the segment's start

// What is known of a segment without opening it.
struct SegmentInfo {
  std::int64_t base = 0;               // first offset
  std::int64_t next = 0;               // offset behind the last batch
  std::uint64_t size = 0;              // bytes that count; the file may be longer after a crash
  std::int64_t max_timestamp_ms = wire::no_timestamp;
  std::int64_t created_ms = 0;         // wall time, for segment.ms
  std::uint32_t generation = 0;        // how often what is in it was compacted; part of the file's name
  friend bool operator==(const SegmentInfo&, const SegmentInfo&) = default;
};

std::string segment_name(const SegmentInfo& info);
std::string index_name(const SegmentInfo& info);
std::unexpected<Error> segment_damaged(const std::string& path, std::uint64_t position, const std::string& why);

// Follows what is appended to a segment and keeps the index dense enough.
void extend_index(SegmentIndex& index, const SegmentInfo& before, const wire::BatchHeader& batch);

Result<SegmentIndex> build_index(const io::File& file, const std::string& path, const SegmentInfo& info);   // walks all batch headers
Bytes encode_index(const SegmentIndex& index, const SegmentInfo& info);
std::optional<SegmentIndex> decode_index(BytesView bytes, const SegmentInfo& info);                         // nothing when it does not fit

struct SegmentRead {
  Bytes bytes;
  std::size_t skip = 0;                // bytes in front that were only read on the way
  std::size_t length = 0;              // of the whole batches behind them
  std::int64_t next = 0;               // where to go on: behind the last of them, or behind what was compacted away
};
// Whole batches from the one that contains `from` (or the first one behind it), all below `limit`, checksums verified.
Result<SegmentRead> read_segment(const io::File& file, const std::string& path, const SegmentInfo& info, const SegmentIndex& index, std::int64_t from,
                                 std::int64_t limit, std::size_t bytes_max, bool at_least_one);

struct RecordTime {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = wire::no_timestamp;
  std::int32_t leader_epoch = -1;
};
// The first record of the batch with this timestamp or a later one, at offset `from` or above (what lies below the log's start is gone).
Result<std::optional<RecordTime>> find_time_in_batch(const wire::BatchView& batch, std::int64_t timestamp_ms, std::int64_t from);
// The same over a whole segment, below `limit`.
Result<std::optional<RecordTime>> find_time(const io::File& file, const std::string& path, const SegmentInfo& info, const SegmentIndex& index,
                                            std::int64_t timestamp_ms, std::int64_t from, std::int64_t limit);

}  // namespace braid::storage
