// What a producer sends, checked in full before it gets an offset: one whole batch, checksum, record count, offset deltas 0 to n-1, and the
// topic's rules. Pure; any thread (it runs on the caller's shard, not on the partition's).
#pragma once
#include "storage/log.h"
#include "wire/record_batch.h"

namespace braid::storage {

// Sets the append time in `batch` when the topic wants it, and mends a wrong max_timestamp, by which records are found later.
LogResult<wire::BatchHeader> check_batch(Bytes& batch, const Topic& topic, const AppendOptions& options, std::int64_t now_ms);

}  // namespace braid::storage
