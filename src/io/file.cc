#include "io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace braid::io {
namespace {

std::unexpected<Error> os_error(std::string_view what, const std::string& path, int number = errno) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(number == ENOENT ? ErrorCode::not_found : ErrorCode::io,
              "cannot " + std::string(what) + " " + path + ": " + std::strerror(number),
              full ? "free some space on that disk; nothing acknowledged is lost" : "");
}

class RealFile final : public File {
 public:
  RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~RealFile() override { ::close(fd_); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = ::pread(fd_, into.data() + done, into.size() - done, off_t(offset + done));
      if (n < 0) {
        if (errno == EINTR) continue;
        return os_error("read", path_);
      }
      if (n == 0) break;
      done += std::size_t(n);
    }
    return done;
  }
  Result<void> write_at(std::uint64_t offset, std::span<const BytesView> pieces) override {
    std::vector<iovec> vectors;
    vectors.reserve(pieces.size());
    for (auto piece : pieces)
      if (!piece.empty()) vectors.push_back({const_cast<char*>(piece.data()), piece.size()});
    std::size_t first = 0;
    while (first < vectors.size()) {
      const auto count = std::min<std::size_t>(vectors.size() - first, 1024);  // IOV_MAX
      auto n = ::pwritev(fd_, vectors.data() + first, int(count), off_t(offset));
      if (n < 0) {
        if (errno == EINTR) continue;
        return os_error("write", path_);
      }
      offset += std::uint64_t(n);
      while (first < vectors.size() && std::size_t(n) >= vectors[first].iov_len) n -= ssize_t(vectors[first++].iov_len);
      if (first < vectors.size() && n > 0) {
        vectors[first].iov_base = static_cast<char*>(vectors[first].iov_base) + n;
        vectors[first].iov_len -= std::size_t(n);
      }
    }
    return {};
  }
  Result<void> sync() override {
    if (::fdatasync(fd_) != 0) return os_error("sync", path_);
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_, off_t(size)) != 0) return os_error("truncate", path_);
    return {};
  }
  Result<void> reserve(std::uint64_t size) override {
    if (const int number = ::posix_fallocate(fd_, 0, off_t(size)); number != 0) return os_error("reserve space for", path_, number);
    return {};
  }
  Result<std::uint64_t> size() const override {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return os_error("look at", path_);
    return std::uint64_t(info.st_size);
  }

 private:
  int fd_;
  std::string path_;
};

class RealFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : mode == OpenMode::read_write ? O_RDWR : O_RDWR | O_CREAT);
    const int fd = ::open(path.c_str(), flags, 0640);
    if (fd < 0) return os_error("open", path);
    return std::make_unique<RealFile>(fd, path);
  }
  Result<bool> exists(const std::string& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return os_error("look at", path);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::vector<std::string> names;
    std::error_code ec;
    for (std::filesystem::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) names.push_back(it->path().filename());
    if (ec) return os_error("list", directory, ec.value());
    std::sort(names.begin(), names.end());
    return names;
  }
  Result<void> make_directories(const std::string& directory) override {
    std::error_code ec;
    std::filesystem::create_directories(directory, ec);
    if (ec) return os_error("make directory", directory, ec.value());
    return {};
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename", from);
    return {};
  }
  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_error("remove", path);
    return {};
  }
  Result<void> remove_all(const std::string& path) override {
    std::error_code ec;
    std::filesystem::remove_all(path, ec);
    if (ec) return os_error("remove", path, ec.value());
    return {};
  }
  Result<void> sync_directory(const std::string& directory) override {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return os_error("open", directory);
    const int failed = ::fsync(fd) != 0 ? errno : 0;
    ::close(fd);
    if (failed != 0) return os_error("sync", directory, failed);
    return {};
  }
  Result<std::uint64_t> free_bytes(const std::string& directory) override {
    struct statvfs info{};
    if (::statvfs(directory.c_str(), &info) != 0) return os_error("look at the disk of", directory);
    return std::uint64_t(info.f_bavail) * info.f_frsize;
  }
};

}  // namespace

Result<Bytes> File::read_all() const {
  TRY(const auto bytes, size());
  Bytes out(bytes, '\0');
  TRY(const auto got, read_at(0, out));
  out.resize(got);
  return out;
}

Result<Bytes> FileSystem::read_file(const std::string& path) {
  TRY(auto file, open(path, OpenMode::read));
  return file->read_all();
}

Result<void> FileSystem::replace_file(const std::string& path, BytesView content) {
  const std::string fresh = path + ".new";
  {
    TRY(auto file, open(fresh, OpenMode::create));
    TRY_VOID(file->truncate(0));
    TRY_VOID(file->write_at(0, content));
    TRY_VOID(file->sync());
  }
  TRY_VOID(rename(fresh, path));
  const auto slash = path.rfind('/');
  return sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

std::unique_ptr<FileSystem> real_files() { return std::make_unique<RealFiles>(); }

Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return os_error("open", path);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(ErrorCode::conflict, "another process holds " + path, "stop the other node, or give this one its own data directory");
  }
  return std::unique_ptr<FileLock>(new FileLock(fd));
}
FileLock::~FileLock() { ::close(fd_); }

}  // namespace braid::io
