// The state of one task on disk: a file of blocks, each with the input positions and the entries of the stores that changed since the block before.
// A block counts when it is whole (length and checksum); a torn tail is cut off on opening, and the task goes on from the block before it, which
// named the input positions that belong to that state. When the file has grown well beyond the state it is rewritten (atomically).
//   file   "BRFLOW01", then blocks
//   block  u32 length of the body, u64 XXH3 of the body, body
//   body   varint n, n x (text topic, u32 partition, u64 next offset); varint m, m x (text store, text key, u8 has, [text payload])
// Texts stand behind a varint length. Numbers big-endian. doc: docs/formats/flow-state.md
// Threads: prepare() on the task's shard, write() may run in a pool; not both at once. Errors: io, corrupt (the header, never a tail).
#pragma once
#include <map>
#include <memory>
#include <string>

#include "flow/store.h"
#include "io/file.h"

namespace braid::flow {

using Positions = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;   // (topic, partition) -> next offset to read

class StateFile {
 public:
  // Fills `stores` and positions() from the file; a new file when there is none.
  static Result<std::unique_ptr<StateFile>> open(io::FileSystem& files, std::string path, StoreSet& stores);
  const Positions& positions() const { return positions_; }

  struct Prepared { Bytes block; bool whole = false; };
  Prepared prepare(StoreSet& stores, const Positions& positions);   // takes the changes out of the stores
  Result<void> write(const Prepared& prepared);                     // durable when it returns
  std::uint64_t bytes() const { return size_; }

 private:
  StateFile(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Result<void> load(StoreSet& stores);

  io::FileSystem& files_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t size_ = 0, whole_size_ = 0;     // of the file, and of its last rewriting
  Positions positions_;
};

}  // namespace braid::flow
