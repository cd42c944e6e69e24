// The write-ahead log: what was acknowledged but is not yet in a segment. One sequence of groups over a few preallocated files; a group is
// written as a whole, and either it is all there after a crash or it is not. Whoever needs a promise syncs; a sync covers all groups before it.
//
// File wal/NNNNNNNNNNNNNNNNNNNN.wal (N: its sequence number). Little-endian. doc: docs/formats/wal.md
//    at  size  field
//     0    8   "braidwal"
//     8    4   version           2 (1: without `synced`, every group "bgrp")
//    12    4   crc               CRC-32C of bytes 16 to 40
//    16    8   sequence          as in the file's name
//    24    8   first_group       number of the first group in this file
//    32    8   synced            all groups up to this one were on disk when this file was begun
//    64        groups, each at a multiple of 8:
//          0    4   magic        0x70726762 ("bgrp"), or 0x75726762 ("bgru"): groups before this one were not on disk yet
//          4    4   crc          CRC-32C of everything from `number` to the end of the payload
//          8    8   number       one more than that of the group before; files that were used before hold lower ones, so old bytes never pass
//         16    4   length       of the payload
//         20    4   entries      in the payload, each: u32 length, then so many bytes
//         24    8   synced       "bgru" only: all groups up to this one were on disk when this one was written
//                   payload
//
// When a group cannot be read after a crash and a later one can: if any later one says that it was on disk, the disk has lost what it had promised
// (ErrorCode::corrupt); else nobody was promised anything, and the later ones are wiped out.
//
// Used by one thread at a time (the commit thread). A failed sync is final: what reached the disk is unknown, so the Wal refuses everything
// after it. A failed write is not: the same place is written again.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/file.h"

namespace braid::storage {

class Wal {
 public:
  // Reads the groups from `from_group` on and gives each of their entries to `apply`, then is ready to go on behind the last whole group.
  // ErrorCode::corrupt when a group is damaged although later groups exist: then acknowledged records would be missing.
  using Apply = std::function<Result<void>(BytesView entry)>;
  static Result<std::unique_ptr<Wal>> open(io::FileSystem& files, std::string directory, std::uint64_t file_bytes, std::uint64_t from_group, const Apply& apply);

  // One group. `pieces` are the entries with their lengths already in front, `entries` says how many. It outlives this process, not yet this machine.
  Result<void> append(std::span<const BytesView> pieces, std::uint32_t entries);
  // All groups appended so far outlive the machine.
  Result<void> sync();
  Result<void> write(std::span<const BytesView> pieces, std::uint32_t entries) {
    TRY_VOID(append(pieces, entries));
    return sync();
  }
  // Files that hold only groups up to this one may go; a few are kept to be written again.
  Result<void> trim(std::uint64_t up_to_group);

  std::uint64_t last_group() const { return next_group_ - 1; }
  std::uint64_t replayed_groups() const { return replayed_groups_; }
  std::uint64_t bytes() const;                       // of all files
  bool broken() const { return broken_; }            // a sync failed

 private:
  struct Piece {
    std::uint64_t sequence = 0;
    std::uint64_t first_group = 0;
    bool current_version = true;
  };
  struct Place {                                     // of a group that was read
    std::uint64_t number = 0, sequence = 0, at = 0, bytes = 0;
  };
  Wal(io::FileSystem& files, std::string directory, std::uint64_t file_bytes) : files_(files), directory_(std::move(directory)), file_bytes_(file_bytes) {}
  std::string path_of(std::uint64_t sequence) const;
  Result<void> replay(std::uint64_t from_group, const Apply& apply);
  Result<void> replay_file(const Piece& piece, const Apply& apply, std::uint64_t skip_below);
  Result<void> give_up_behind(std::span<const std::uint64_t> later_files);
  Result<std::vector<std::uint64_t>> later_groups(const io::File& file, const std::string& path, std::uint64_t from) const;
  std::unexpected<Error> lost(const std::string& path, std::uint64_t from, std::uint64_t later_group) const;
  Result<void> make_certain();
  Result<void> rotate(std::uint64_t bytes_needed);
  bool all_synced() const { return synced_group_ + 1 == next_group_; }

  io::FileSystem& files_;
  std::string directory_;
  std::uint64_t file_bytes_;
  std::deque<Piece> list_;                           // oldest first; the last one is being written
  std::vector<std::string> spares_;                  // files to be used again
  std::unique_ptr<io::File> file_;
  std::deque<std::pair<std::uint64_t, std::unique_ptr<io::File>>> behind_;   // full ones with groups that no sync has covered, by sequence
  std::uint64_t position_ = 0;
  std::uint64_t capacity_ = 0;                       // of the current file
  std::uint64_t next_group_ = 1;
  std::uint64_t synced_group_ = 0;                   // all up to this one are on disk, or are not needed any more
  std::uint64_t replayed_groups_ = 0;
  std::deque<Place> uncertain_;                      // during the replay: groups read that no later one says to be on disk
  bool broken_ = false;
};

}  // namespace braid::storage
