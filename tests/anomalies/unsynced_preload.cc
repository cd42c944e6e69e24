// Preloaded into a broker (LD_PRELOAD) by the anomaly tests: keeps unsynced.h's table in the file that UNSYNCED_TABLE names. Knows the calls that
// src/io/file.cc makes: open, pwritev, fdatasync, fsync, close, rename, unlink. (What is cut off by ftruncate was never acknowledged.)
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "unsynced.h"

namespace {
using namespace braid::anomalies;

template <class F> F real(const char* name) { return reinterpret_cast<F>(dlsym(RTLD_NEXT, name)); }

std::mutex mutex;   // never held while a real call runs

UnsyncedTable* table() {
  static UnsyncedTable* const made = []() -> UnsyncedTable* {
    const char* path = std::getenv("UNSYNCED_TABLE");
    if (path == nullptr) return nullptr;
    static const auto open_now = real<int (*)(const char*, int, ...)>("open");
    const int fd = open_now(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || real<int (*)(int, off_t)>("ftruncate")(fd, sizeof(UnsyncedTable)) != 0) return nullptr;
    void* at = mmap(nullptr, sizeof(UnsyncedTable), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? nullptr : static_cast<UnsyncedTable*>(at);
  }();
  return made;
}

std::unordered_map<int, UnsyncedFile*>& open_files() {
  static auto& files = *new std::unordered_map<int, UnsyncedFile*>;
  return files;
}

UnsyncedFile* find(const char* path) {
  for (std::int64_t i = 0; i < table()->count; ++i)
    if (std::strcmp(table()->files[i].path, path) == 0) return &table()->files[i];
  return nullptr;
}

void opened(int fd, const char* path, int flags) {
  struct stat info {};
  if (fd < 0 || (flags & O_ACCMODE) != O_RDWR || table() == nullptr || std::strlen(path) >= unsynced_path_max || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
  const std::lock_guard lock(mutex);
  auto* file = find(path);
  if (file == nullptr) {
    if (table()->count >= std::int64_t(unsynced_files_max)) return;
    file = &table()->files[table()->count];
    std::memcpy(file->path, path, std::strlen(path) + 1);
    ++table()->count;
  }
  open_files()[fd] = file;
}

// What stands where something is about to be written, unless it is itself not synced yet.
void keep_old(int fd, UnsyncedFile& file, std::int64_t begin, std::int64_t end) {
  static const auto open_now = real<int (*)(const char*, int, ...)>("open");
  static const auto close_now = real<int (*)(int)>("close");
  for (const auto* unsynced : {&file.waiting, &file.syncing}) {
    if (unsynced->empty() || unsynced->end <= begin || unsynced->begin >= end) continue;
    if (unsynced->begin <= begin) begin = std::min(end, unsynced->end);
    else end = unsynced->begin;   // writes that begin before what is unsynced and reach over it do not happen in a log
  }
  if (begin >= end) return;
  std::vector<char> old(std::size_t(end - begin));
  const auto got = ::pread(fd, old.data(), old.size(), begin);
  if (got <= 0) return;
  const auto shadow = std::string(std::getenv("UNSYNCED_TABLE")) + "." + std::to_string(&file - table()->files);
  const int to = open_now(shadow.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (to < 0) return;
  if (::pwrite(to, old.data(), std::size_t(got), begin) != got) std::abort();   // full: then the test says nothing
  close_now(to);
}

UnsyncedFile* known(int fd) {
  const auto at = open_files().find(fd);
  return at == open_files().end() ? nullptr : at->second;
}

template <class Sync> int synced(int fd, Sync sync) {
  static const bool lies = std::getenv("UNSYNCED_LIE") != nullptr;   // nothing is ever safe: to see the test fail
  if (lies) return sync(fd);
  {
    const std::lock_guard lock(mutex);
    if (auto* file = known(fd); file != nullptr && !file->waiting.empty()) {
      file->syncing.add(file->waiting.begin, file->waiting.end);   // a sync of another thread may be under way
      file->waiting = {};
    }
  }
  const int result = sync(fd);
  const std::lock_guard lock(mutex);
  if (auto* file = known(fd); file != nullptr && !file->syncing.empty()) {
    if (result != 0) file->waiting.add(file->syncing.begin, file->syncing.end);
    file->syncing = {};
  }
  return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  static const auto next = real<int (*)(const char*, int, ...)>("open");
  va_list more;
  va_start(more, flags);
  const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  const int fd = next(path, flags, mode);
  opened(fd, path, flags);
  return fd;
}

int close(int fd) {
  static const auto next = real<int (*)(int)>("close");
  {
    const std::lock_guard lock(mutex);
    open_files().erase(fd);
  }
  return next(fd);
}

ssize_t pwritev(int fd, const iovec* pieces, int count, off_t offset) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
  std::int64_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += std::int64_t(pieces[i].iov_len);
  {
    const std::lock_guard lock(mutex);   // before the write: a kill may come between the two
    if (auto* file = known(fd)) {
      keep_old(fd, *file, offset, std::int64_t(offset) + bytes);
      file->waiting.add(offset, std::int64_t(offset) + bytes);
    }
  }
  return next(fd, pieces, count, offset);
}

int fdatasync(int fd) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return synced(fd, next);
}
int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  return synced(fd, next);
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  const int result = next(from, to);
  if (result == 0 && table() != nullptr && std::strlen(to) < unsynced_path_max) {
    const std::lock_guard lock(mutex);
    if (auto* old = find(to)) old->path[0] = '\0';
    if (auto* file = find(from)) std::memcpy(file->path, to, std::strlen(to) + 1);
  }
  return result;
}

int unlink(const char* path) {
  static const auto next = real<int (*)(const char*)>("unlink");
  const int result = next(path);
  if (result == 0 && table() != nullptr) {
    const std::lock_guard lock(mutex);
    if (auto* file = find(path)) file->path[0] = '\0';
  }
  return result;
}

}  // extern "C"
