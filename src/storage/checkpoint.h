// The checkpoint: everything that is not records, and up to where the segments hold the records, so that a start reads this one file and the
// groups of the write-ahead log behind it, whatever the length of the history. Written as a whole, replaced by rename.
// File `checkpoint`: "braidckp", u32 version, u32 CRC-32C of the version and the rest, then fields little-endian (checkpoint.cc). doc: docs/formats/checkpoint.md
#pragma once
#include <vector>

#include "storage/entries.h"
#include "storage/partition.h"

namespace braid::storage {

struct CheckpointTopic {
  TopicEntry topic;
  std::vector<PartitionRecord> partitions;
};

struct Checkpoint {
  std::uint64_t replay_from = 1;     // first group of the write-ahead log that is not in here
  bool clean = false;                // written by close(): nothing follows
  std::int32_t epoch = 0;            // leader epoch of the run that wrote it
  Uuid cluster{};
  std::int64_t next_producer_id = 0;
  std::vector<SettingsEntry> settings;   // changed while the node ran
  std::vector<CheckpointTopic> topics;
};

Bytes encode(const Checkpoint& checkpoint);
Result<Checkpoint> decode_checkpoint(BytesView bytes);

}  // namespace braid::storage
