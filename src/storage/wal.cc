#include "storage/wal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/limits/units.h"
#include "base/log.h"
#include "wire/crc32c.h"

namespace braid::storage {
namespace {

constexpr BytesView file_magic("braidwal", 8);
constexpr std::uint32_t file_version = 1;
constexpr std::uint64_t file_header_bytes = 64;
constexpr std::uint32_t group_magic = 0x70726762;
constexpr std::size_t group_header_bytes = 24;
constexpr std::size_t window_bytes = limits::MiB;
constexpr std::string_view suffix = ".wal", spare_prefix = "spare-";
// Writing over a file that was written before costs a fifth of the CPU of writing a new one, whose pages and blocks have to be found first.
// Under load three files are in use (one being written, two waiting for their checkpoint), so with as many spares none is ever made anew.
constexpr std::size_t spare_files_max = 3;

std::uint64_t padded(std::uint64_t n) { return (n + 7) & ~std::uint64_t{7}; }

struct FileHeader {
  std::uint64_t sequence = 0;
  std::uint64_t first_group = 0;
};

Bytes encode(const FileHeader& header) {
  Bytes out(file_magic);
  Writer writer(out);
  writer.le<std::uint32_t>(file_version);
  writer.le<std::uint32_t>(0);
  writer.le(header.sequence);
  writer.le(header.first_group);
  store_le(out.data() + 12, wire::crc32c(BytesView(out).substr(16, 16)));
  out.resize(file_header_bytes, '\0');
  return out;
}

// Empty when this is not the header of that file: it was being made when the node stopped, or is about to be used again.
Result<std::optional<FileHeader>> read_header(const io::File& file, std::uint64_t sequence, const std::string& path) {
  std::array<char, file_header_bytes> bytes{};
  TRY(const auto got, file.read_at(0, bytes));
  const BytesView view(bytes.data(), got);
  if (got < file_header_bytes || !view.starts_with(file_magic)) return std::nullopt;
  if (load_le<std::uint32_t>(bytes.data() + 12) != wire::crc32c(view.substr(16, 16))) return std::nullopt;
  if (const auto version = load_le<std::uint32_t>(bytes.data() + 8); version != file_version)
    return fail(ErrorCode::unsupported, path + " has format version " + std::to_string(version) + ", this program knows version 1", "start the program that wrote it");
  if (load_le<std::uint64_t>(bytes.data() + 16) != sequence) return std::nullopt;
  return FileHeader{sequence, load_le<std::uint64_t>(bytes.data() + 24)};
}

struct GroupHeader {
  std::uint32_t crc = 0;
  std::uint64_t number = 0;
  std::uint32_t length = 0;
  std::uint32_t entries = 0;
};
std::optional<GroupHeader> parse_group(BytesView bytes) {
  if (bytes.size() < group_header_bytes || load_le<std::uint32_t>(bytes.data()) != group_magic) return std::nullopt;
  return GroupHeader{load_le<std::uint32_t>(bytes.data() + 4), load_le<std::uint64_t>(bytes.data() + 8), load_le<std::uint32_t>(bytes.data() + 16),
                     load_le<std::uint32_t>(bytes.data() + 20)};
}

// Reads forward through a file, a window at a time.
class Window {
 public:
  Window(const io::File& file, std::uint64_t end) : file_(file), end_(end) {}
  // `n` bytes at `at`, fewer at the end of the file. Valid until the next call.
  Result<BytesView> at(std::uint64_t at, std::size_t n) {
    if (at >= end_) return BytesView{};
    n = std::size_t(std::min<std::uint64_t>(n, end_ - at));
    if (at < begin_ || at + n > begin_ + bytes_.size()) {
      bytes_.resize(std::max<std::size_t>(n, std::size_t(std::min<std::uint64_t>(window_bytes, end_ - at))));
      TRY(const auto got, file_.read_at(at, bytes_));
      bytes_.resize(got);
      begin_ = at;
      n = std::min(n, got);
    }
    return BytesView(bytes_).substr(at - begin_, n);
  }

 private:
  const io::File& file_;
  std::uint64_t end_;
  std::uint64_t begin_ = 0;
  Bytes bytes_;
};

// The whole group at `at`, or nothing when there is no valid one.
Result<std::optional<std::pair<GroupHeader, BytesView>>> group_at(Window& window, std::uint64_t at) {
  using Found = std::optional<std::pair<GroupHeader, BytesView>>;
  TRY(const auto head, window.at(at, group_header_bytes));
  const auto header = parse_group(head);
  if (!header) return Found{};
  TRY(const auto whole, window.at(at, group_header_bytes + header->length));
  if (whole.size() < group_header_bytes + header->length) return Found{};
  if (wire::crc32c(whole.substr(8)) != header->crc) return Found{};
  return Found{std::pair(*header, whole.substr(group_header_bytes))};
}

}  // namespace

std::string Wal::path_of(std::uint64_t sequence) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%020llu", static_cast<unsigned long long>(sequence));
  return directory_ + "/" + name.data() + std::string(suffix);
}

Result<std::unique_ptr<Wal>> Wal::open(io::FileSystem& files, std::string directory, std::uint64_t file_bytes, std::uint64_t from_group, const Apply& apply) {
  std::unique_ptr<Wal> wal(new Wal(files, std::move(directory), std::max<std::uint64_t>(file_bytes, 4096)));
  TRY_VOID(files.make_directories(wal->directory_));
  TRY_VOID(files.sync_directory(wal->directory_.substr(0, wal->directory_.rfind('/'))));   // a file's name is kept only if its directory's is
  TRY_VOID(wal->replay(from_group, apply));
  return wal;
}

Result<void> Wal::replay(std::uint64_t from_group, const Apply& apply) {
  TRY(const auto names, files_.list(directory_));
  std::vector<std::uint64_t> sequences;
  for (const auto& name : names) {
    if (name.starts_with(spare_prefix)) {
      spares_.push_back(directory_ + "/" + name);
      continue;
    }
    std::uint64_t sequence = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), sequence);
    if (ec == std::errc{} && std::string_view(end, name.data() + name.size()) == suffix) sequences.push_back(sequence);
  }
  next_group_ = from_group;
  for (const auto sequence : sequences) {
    TRY(auto file, files_.open(path_of(sequence), io::OpenMode::read_write));
    TRY(const auto header, read_header(*file, sequence, path_of(sequence)));
    if (!header) {
      if (sequence != sequences.back())
        return fail(ErrorCode::corrupt, path_of(sequence) + " has no valid header, but later files follow it", "restore the data directory from a backup");
      file.reset();
      TRY_VOID(files_.remove(path_of(sequence)));
      break;
    }
    list_.push_back({sequence, header->first_group});
  }
  while (list_.size() > 1 && list_[1].first_group <= from_group) {   // a trim that the node did not live to finish
    TRY_VOID(files_.remove(path_of(list_.front().sequence)));
    list_.pop_front();
  }
  for (const auto& piece : list_) {
    if (piece.first_group > next_group_)
      return fail(ErrorCode::corrupt, path_of(piece.sequence) + " begins with group " + std::to_string(piece.first_group) + ", group " + std::to_string(next_group_) +
                                          " is missing: acknowledged records are lost", "restore the data directory from a backup");
    TRY_VOID(replay_file(piece.sequence, apply, from_group));
  }
  // The last group may have been written but not synced (a kill), or its sync may have failed and left pages that only look clean.
  // It was just read, so it counts: write it again and sync, before anybody sees what it holds.
  if (!file_) return {};
  if (!last_group_bytes_.empty()) TRY_VOID(file_->write_at(last_group_at_, BytesView(last_group_bytes_)));
  last_group_bytes_.clear();
  return file_->sync();
}

Result<void> Wal::replay_file(std::uint64_t sequence, const Apply& apply, std::uint64_t skip_below) {
  const auto path = path_of(sequence);
  TRY(file_, files_.open(path, io::OpenMode::read_write));
  TRY(const auto size, file_->size());
  const bool last = sequence == list_.back().sequence;
  Window window(*file_, size);
  std::uint64_t at = file_header_bytes;
  std::uint64_t expected = 0;
  last_group_bytes_.clear();
  for (const auto& piece : list_)
    if (piece.sequence == sequence) expected = piece.first_group;
  for (;;) {
    TRY(const auto group, group_at(window, at));
    if (!group || group->first.number != expected) break;
    ++expected;
    last_group_at_ = at;
    TRY(const auto raw, window.at(at, group_header_bytes + group->second.size()));
    last_group_bytes_.assign(raw);
    at = padded(at + group_header_bytes + group->second.size());
    if (group->first.number < skip_below) continue;
    Reader reader(group->second);
    for (std::uint32_t i = 0; i < group->first.entries; ++i) {
      const auto entry = reader.bytes(reader.le<std::uint32_t>());
      if (!reader.ok()) return fail(ErrorCode::corrupt, path + ": group " + std::to_string(group->first.number) + " at byte " + std::to_string(at) + " is not what was written");
      auto applied = apply(entry);
      if (!applied) return std::unexpected(std::move(applied).error().during(path));
    }
    ++replayed_groups_;
  }
  if (expected > next_group_) next_group_ = expected;
  position_ = at;
  capacity_ = expected < next_group_ ? at : size;   // behind a hole nothing would be found again, so the next group opens a new file
  if (last) TRY_VOID(find_later_group(*file_, path, at, size));
  return {};
}

// A torn group can only be the last one: the next is written after its sync. If a later one is whole, the disk lost what it had promised.
Result<void> Wal::find_later_group(const io::File& file, const std::string& path, std::uint64_t from, std::uint64_t size) {
  Window window(file, size);
  for (std::uint64_t begin = from; begin < size; begin += window_bytes / 2) {
    TRY(const auto bytes, window.at(begin, window_bytes / 2));
    for (std::size_t i = 0; i + group_header_bytes <= bytes.size(); i += 8) {
      if (load_le<std::uint32_t>(bytes.data() + i) != group_magic) continue;
      const auto header = parse_group(bytes.substr(i));
      if (header->number <= next_group_ || header->number > next_group_ + 1'000'000'000) continue;
      Window other(file, size);
      TRY(const auto group, group_at(other, begin + i));
      if (group)
        return fail(ErrorCode::corrupt, path + " is damaged at byte " + std::to_string(from) + ": group " + std::to_string(next_group_) + " cannot be read, but group " +
                                            std::to_string(header->number) + " behind it can: acknowledged records are lost", "restore the data directory from a backup");
    }
  }
  return {};
}

Result<void> Wal::rotate(std::uint64_t bytes_needed) {
  const std::uint64_t sequence = list_.empty() ? 1 : list_.back().sequence + 1;
  const auto path = path_of(sequence);
  if (!spares_.empty()) {
    TRY_VOID(files_.rename(spares_.back(), path));
    spares_.pop_back();
    TRY_VOID(files_.sync_directory(directory_));   // before its header changes: under its old name it must not be found with a new one
  }
  auto opened = files_.open(path, io::OpenMode::create);
  if (!opened) return std::unexpected(std::move(opened).error());
  auto file = *std::move(opened);
  TRY(auto size, file->size());
  const std::uint64_t wanted = std::max(file_bytes_, padded(file_header_bytes + bytes_needed));
  bool announced = false;
  auto ready = [&]() -> Result<void> {
    if (size < wanted) TRY_VOID(file->reserve(wanted));
    announced = true;
    TRY_VOID(file->write_at(0, BytesView(encode({sequence, next_group_}))));
    TRY_VOID(file->sync());
    return files_.sync_directory(directory_);
  }();
  if (!ready) {   // no space: leave nothing half-made behind, the next attempt starts afresh
    file.reset();
    (void)files_.remove(path);
    // The removal may not outlive a power cut. The file would then say that it begins with this group, and a checkpoint behind it would let the
    // present file go: nothing more may be written there.
    if (announced) capacity_ = 0;
    return ready;
  }
  list_.push_back({sequence, next_group_});
  file_ = std::move(file);
  position_ = file_header_bytes;
  capacity_ = std::max(size, wanted);
  return {};
}

Result<void> Wal::write(std::span<const BytesView> pieces, std::uint32_t entries) {
  if (broken_) return fail(ErrorCode::io, "the write-ahead log could not be synced before, so nothing can be promised any more", "check the disk, then start the node again");
  std::uint64_t length = 0;
  for (const auto piece : pieces) length += piece.size();
  BRAID_ASSERT(length <= UINT32_MAX);
  if (!file_ || position_ + group_header_bytes + length > capacity_) TRY_VOID(rotate(group_header_bytes + length));

  std::array<char, group_header_bytes> head{};
  store_le(head.data(), group_magic);
  store_le(head.data() + 8, next_group_);
  store_le(head.data() + 16, std::uint32_t(length));
  store_le(head.data() + 20, entries);
  std::uint32_t crc = wire::crc32c(BytesView(head.data() + 8, group_header_bytes - 8));
  for (const auto piece : pieces) crc = wire::crc32c(piece, crc);
  store_le(head.data() + 4, crc);

  std::vector<BytesView> all;
  all.reserve(pieces.size() + 1);
  all.emplace_back(head.data(), head.size());
  all.insert(all.end(), pieces.begin(), pieces.end());
  if (auto written = file_->write_at(position_, all); !written) {
    // Whatever part of it arrived must never pass as a group later.
    const std::array<char, group_header_bytes> nothing{};
    if (!file_->write_at(position_, BytesView(nothing.data(), nothing.size()))) broken_ = true;
    return written;
  }
  if (auto synced = file_->sync(); !synced) {
    broken_ = true;
    return synced;
  }
  position_ = padded(position_ + group_header_bytes + length);
  ++next_group_;
  return {};
}

Result<void> Wal::trim(std::uint64_t up_to_group) {
  while (list_.size() > 1 && list_[1].first_group <= up_to_group + 1) {
    const auto path = path_of(list_.front().sequence);
    if (spares_.size() < spare_files_max) {
      const auto spare = directory_ + "/" + std::string(spare_prefix) + std::to_string(list_.front().sequence) + std::string(suffix);
      TRY_VOID(files_.rename(path, spare));
      spares_.push_back(spare);
    } else {
      TRY_VOID(files_.remove(path));
    }
    list_.pop_front();
  }
  return {};
}

std::uint64_t Wal::bytes() const { return list_.empty() ? 0 : (list_.size() - 1) * file_bytes_ + position_; }

}  // namespace braid::storage
