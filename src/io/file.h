// Files. Everything that storage does to a disk goes through FileSystem, so that simulation can stand in for it (io/sim/).
// Blocking calls; a File is used from one thread at a time, except read_at, which any thread may call. Offsets and sizes in bytes.
// Errors are ErrorCode::io with the path and the operating system's words; a failed sync is final for that file.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::io {

class File {
 public:
  virtual ~File() = default;
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;  // short only at the end of the file
  virtual Result<void> write_at(std::uint64_t offset, std::span<const BytesView> pieces) = 0; // all of them, one behind the other
  virtual Result<void> sync() = 0;                                                            // fdatasync
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<void> reserve(std::uint64_t size) = 0;                                       // so that later writes need no new blocks
  virtual Result<std::uint64_t> size() const = 0;

  Result<void> write_at(std::uint64_t offset, BytesView bytes) { return write_at(offset, std::span(&bytes, 1)); }
  Result<Bytes> read_all() const;
};

enum class OpenMode { read, read_write, create };  // create: read_write, made if absent

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Result<void> make_directories(const std::string& directory) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // atomic; sync_directory makes it durable
  virtual Result<void> remove(const std::string& path) = 0;                         // a file; absent is no error
  virtual Result<void> remove_all(const std::string& path) = 0;                     // a directory with all in it
  virtual Result<void> sync_directory(const std::string& directory) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& directory) = 0;

  Result<Bytes> read_file(const std::string& path);
  // Write, sync, rename, sync the directory: after a crash the old or the new content is there, never a mixture.
  Result<void> replace_file(const std::string& path, BytesView content);
};

std::unique_ptr<FileSystem> real_files();

// Holds an advisory lock on a file for as long as it lives, so that two nodes never share a data directory.
class FileLock {
 public:
  static Result<std::unique_ptr<FileLock>> take(const std::string& path);  // ErrorCode::conflict if somebody else holds it
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace braid::io
