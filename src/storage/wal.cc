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
constexpr std::uint32_t file_version = 2;
constexpr std::uint64_t file_header_bytes = 64;
constexpr std::uint32_t group_magic = 0x70726762, unsynced_magic = 0x75726762;
constexpr std::size_t group_header_bytes = 24, unsynced_header_bytes = 32;
constexpr std::size_t window_bytes = limits::MiB;
constexpr std::string_view suffix = ".wal", spare_prefix = "spare-";
// Writing over a file that was written before costs a fifth of the CPU of writing a new one, whose pages and blocks have to be found first.
// Under load three files are in use (one being written, two waiting for their checkpoint), so with as many spares none is ever made anew.
constexpr std::size_t spare_files_max = 3;

std::uint64_t padded(std::uint64_t n) { return (n + 7) & ~std::uint64_t{7}; }

struct FileHeader {
  std::uint64_t sequence = 0;
  std::uint64_t first_group = 0;
  std::uint64_t synced = 0;
  std::uint32_t version = file_version;
};

Bytes encode(const FileHeader& header) {
  Bytes out(file_magic);
  Writer writer(out);
  writer.le<std::uint32_t>(file_version);
  writer.le<std::uint32_t>(0);
  writer.le(header.sequence);
  writer.le(header.first_group);
  writer.le(header.synced);
  store_le(out.data() + 12, wire::crc32c(BytesView(out).substr(16, 24)));
  out.resize(file_header_bytes, '\0');
  return out;
}

// Empty when this is not the header of that file: it was being made when the node stopped, or is about to be used again.
Result<std::optional<FileHeader>> read_header(const io::File& file, std::uint64_t sequence, const std::string& path) {
  std::array<char, file_header_bytes> bytes{};
  TRY(const auto got, file.read_at(0, bytes));
  const BytesView view(bytes.data(), got);
  if (got < file_header_bytes || !view.starts_with(file_magic)) return std::nullopt;
  const auto version = load_le<std::uint32_t>(bytes.data() + 8);
  if (version == 0) return std::nullopt;   // a write that broke off here
  if (version > file_version)
    return fail(ErrorCode::unsupported, path + " has format version " + std::to_string(version) + ", this program knows versions 1 and 2", "start the program that wrote it");
  if (load_le<std::uint32_t>(bytes.data() + 12) != wire::crc32c(view.substr(16, version == 1 ? 16 : 24))) return std::nullopt;
  if (load_le<std::uint64_t>(bytes.data() + 16) != sequence) return std::nullopt;
  const auto first_group = load_le<std::uint64_t>(bytes.data() + 24);
  return FileHeader{sequence, first_group, version == 1 ? first_group - 1 : load_le<std::uint64_t>(bytes.data() + 32), version};
}

struct GroupHeader {
  std::uint32_t crc = 0;
  std::uint64_t number = 0;
  std::uint32_t length = 0;
  std::uint32_t entries = 0;
  std::uint64_t synced = 0;
  std::size_t bytes = group_header_bytes;            // of the header itself
};
bool is_group_magic(std::uint32_t magic) { return magic == group_magic || magic == unsynced_magic; }

std::optional<GroupHeader> parse_group(BytesView bytes) {
  if (bytes.size() < group_header_bytes) return std::nullopt;
  const auto magic = load_le<std::uint32_t>(bytes.data());
  if (!is_group_magic(magic)) return std::nullopt;
  GroupHeader header{load_le<std::uint32_t>(bytes.data() + 4), load_le<std::uint64_t>(bytes.data() + 8), load_le<std::uint32_t>(bytes.data() + 16),
                     load_le<std::uint32_t>(bytes.data() + 20)};
  header.synced = header.number - 1;
  if (magic == unsynced_magic) {
    if (bytes.size() < unsynced_header_bytes) return std::nullopt;
    header.synced = load_le<std::uint64_t>(bytes.data() + group_header_bytes);
    header.bytes = unsynced_header_bytes;
  }
  return header;
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

// A group as it lies in the file, its header read.
struct Group : GroupHeader {
  BytesView whole;
  BytesView payload() const { return whole.substr(bytes); }
};

// The group at `at`, or nothing when there is no whole one.
Result<std::optional<Group>> group_at(Window& window, std::uint64_t at) {
  TRY(const auto head, window.at(at, unsynced_header_bytes));
  const auto header = parse_group(head);
  if (!header) return std::nullopt;
  TRY(const auto whole, window.at(at, header->bytes + header->length));
  if (whole.size() < header->bytes + header->length) return std::nullopt;
  if (wire::crc32c(whole.substr(8)) != header->crc) return std::nullopt;
  return Group{*header, whole};
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
    TRY(const auto file, files_.open(path_of(sequence), io::OpenMode::read));
    TRY(const auto header, read_header(*file, sequence, path_of(sequence)));
    if (!header) break;
    list_.push_back({sequence, header->first_group, header->version == file_version});
  }
  while (list_.size() > 1 && list_[1].first_group <= from_group) {   // a trim that the node did not live to finish
    TRY_VOID(files_.remove(path_of(list_.front().sequence)));
    list_.pop_front();
  }
  std::size_t read = 0;
  for (; read < list_.size() && list_[read].first_group <= next_group_; ++read) TRY_VOID(replay_file(list_[read], apply, from_group));
  const auto unread = read < list_.size() ? std::ranges::find(sequences, list_[read].sequence)
                      : list_.empty()     ? sequences.begin()
                                          : std::ranges::upper_bound(sequences, list_.back().sequence);
  list_.resize(read);
  TRY_VOID(give_up_behind({unread, sequences.end()}));
  return make_certain();
}

Result<void> Wal::replay_file(const Piece& piece, const Apply& apply, std::uint64_t skip_below) {
  const auto path = path_of(piece.sequence);
  TRY(file_, files_.open(path, io::OpenMode::read_write));
  TRY(const auto size, file_->size());
  Window window(*file_, size);
  std::uint64_t at = file_header_bytes;
  std::uint64_t expected = piece.first_group;
  for (;;) {
    TRY(const auto group, group_at(window, at));
    if (!group || group->number != expected) break;
    ++expected;
    while (!uncertain_.empty() && uncertain_.front().number <= group->synced) uncertain_.pop_front();
    uncertain_.push_back({group->number, piece.sequence, at, group->whole.size()});
    at = padded(at + group->whole.size());
    if (group->number < skip_below) continue;
    Reader reader(group->payload());
    for (std::uint32_t i = 0; i < group->entries; ++i) {
      const auto entry = reader.bytes(reader.le<std::uint32_t>());
      if (!reader.ok()) return fail(ErrorCode::corrupt, path + ": group " + std::to_string(group->number) + " at byte " + std::to_string(at) + " is not what was written");
      auto applied = apply(entry);
      if (!applied) return std::unexpected(std::move(applied).error().during(path));
    }
    ++replayed_groups_;
  }
  if (expected > next_group_) next_group_ = expected;
  position_ = at;
  // Behind a hole nothing would be found again, and an older program would not understand what is added to its file: then the next group opens a new one.
  capacity_ = expected < next_group_ || !piece.current_version ? at : size;
  return {};
}

std::unexpected<Error> Wal::lost(const std::string& path, std::uint64_t from, std::uint64_t later_group) const {
  return fail(ErrorCode::corrupt, path + " is damaged at byte " + std::to_string(from) + ": group " + std::to_string(next_group_) + " cannot be read, but group " +
                                      std::to_string(later_group) + " behind it can: acknowledged records are lost", "restore the data directory from a backup");
}

// Where whole groups lie that would come after the one that is missing. ErrorCode::corrupt when one of them says that the missing one was on disk.
Result<std::vector<std::uint64_t>> Wal::later_groups(const io::File& file, const std::string& path, std::uint64_t from) const {
  std::vector<std::uint64_t> places;
  TRY(const auto size, file.size());
  Window window(file, size), other(file, size);
  for (std::uint64_t begin = from; begin < size; begin += window_bytes / 2) {
    TRY(const auto bytes, window.at(begin, window_bytes / 2));
    for (std::size_t i = 0; i + group_header_bytes <= bytes.size(); i += 8) {
      if (!is_group_magic(load_le<std::uint32_t>(bytes.data() + i))) continue;
      const auto number = load_le<std::uint64_t>(bytes.data() + i + 8);
      if (number < next_group_ || number > next_group_ + 1'000'000'000) continue;
      TRY(const auto group, group_at(other, begin + i));
      if (!group) continue;
      if (number > next_group_ && group->synced >= next_group_) return lost(path, from, number);
      places.push_back(begin + i);
    }
  }
  return places;
}

// Behind the first group that cannot be read there may be others that can: written, never synced, kept by chance. They must not come back later,
// when groups with their numbers have been written anew. First all is looked at, then something is changed.
Result<void> Wal::give_up_behind(std::span<const std::uint64_t> later_files) {
  std::vector<std::uint64_t> wiped;
  if (file_) { TRY(wiped, later_groups(*file_, path_of(list_.back().sequence), position_)); }
  for (const auto sequence : later_files) {
    const auto path = path_of(sequence);
    TRY(const auto file, files_.open(path, io::OpenMode::read));
    TRY(const auto header, read_header(*file, sequence, path));
    if (header && header->synced >= next_group_)
      return fail(ErrorCode::corrupt, path + " begins with group " + std::to_string(header->first_group) + ", group " + std::to_string(next_group_) + " is missing: acknowledged records are lost",
                  "restore the data directory from a backup");
    TRY_VOID(later_groups(*file, path, file_header_bytes));
  }
  for (const auto at : wiped) {
    const std::array<char, group_header_bytes> nothing{};
    TRY_VOID(file_->write_at(at, BytesView(nothing.data(), nothing.size())));
  }
  if (!wiped.empty()) {
    log::info("unsynced_groups_given_up", {{"from", next_group_}, {"groups", wiped.size()}});
    TRY_VOID(file_->sync());
  }
  for (std::size_t i = later_files.size(); i > 0; --i) TRY_VOID(files_.remove(path_of(later_files[i - 1])));
  return later_files.empty() ? Result<void>{} : files_.sync_directory(directory_);
}

// The last groups may have been written but not synced (a kill), or their sync may have failed and left pages that only look clean.
// They were just read, so they count: write them again and sync, before anybody sees what they hold.
Result<void> Wal::make_certain() {
  synced_group_ = next_group_ - 1;
  if (!file_) return {};
  std::unique_ptr<io::File> earlier;
  std::uint64_t open = 0;
  for (const auto& place : std::exchange(uncertain_, {})) {
    auto* file = file_.get();
    if (place.sequence != list_.back().sequence) {
      if (open != place.sequence) {
        if (earlier) TRY_VOID(earlier->sync());
        TRY(earlier, files_.open(path_of(place.sequence), io::OpenMode::read_write));
        open = place.sequence;
      }
      file = earlier.get();
    }
    Bytes bytes(std::size_t(place.bytes), '\0');
    TRY_VOID(file->read_at(place.at, bytes));
    TRY_VOID(file->write_at(place.at, BytesView(bytes)));
  }
  if (earlier) TRY_VOID(earlier->sync());
  return file_->sync();
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
    TRY_VOID(file->write_at(0, BytesView(encode(FileHeader{sequence, next_group_, synced_group_}))));
    if (all_synced()) TRY_VOID(file->sync());   // else with the next sync: a file used before may hold many pages that nobody needs on disk
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
  if (!all_synced()) behind_.emplace_back(list_.back().sequence, std::move(file_));
  list_.push_back({sequence, next_group_});
  file_ = std::move(file);
  position_ = file_header_bytes;
  capacity_ = std::max(size, wanted);
  return {};
}

Result<void> Wal::append(std::span<const BytesView> pieces, std::uint32_t entries) {
  if (broken_) return fail(ErrorCode::io, "the write-ahead log could not be synced before, so nothing can be promised any more", "check the disk, then start the node again");
  std::uint64_t length = 0;
  for (const auto piece : pieces) length += piece.size();
  BRAID_ASSERT(length <= UINT32_MAX);
  if (!file_ || position_ + unsynced_header_bytes + length > capacity_) TRY_VOID(rotate(unsynced_header_bytes + length));

  std::array<char, unsynced_header_bytes> bytes{};
  const BytesView head(bytes.data(), all_synced() ? group_header_bytes : unsynced_header_bytes);
  store_le(bytes.data(), all_synced() ? group_magic : unsynced_magic);
  store_le(bytes.data() + 8, next_group_);
  store_le(bytes.data() + 16, std::uint32_t(length));
  store_le(bytes.data() + 20, entries);
  store_le(bytes.data() + group_header_bytes, synced_group_);
  std::uint32_t crc = wire::crc32c(head.substr(8));
  for (const auto piece : pieces) crc = wire::crc32c(piece, crc);
  store_le(bytes.data() + 4, crc);

  std::vector<BytesView> all;
  all.reserve(pieces.size() + 1);
  all.push_back(head);
  all.insert(all.end(), pieces.begin(), pieces.end());
  if (auto written = file_->write_at(position_, all); !written) {
    // Whatever part of it arrived must never pass as a group later.
    const std::array<char, group_header_bytes> nothing{};
    if (!file_->write_at(position_, BytesView(nothing.data(), nothing.size()))) broken_ = true;
    return written;
  }
  position_ = padded(position_ + head.size() + length);
  ++next_group_;
  return {};
}

Result<void> Wal::sync() {
  if (all_synced()) return {};
  auto synced = [this]() -> Result<void> {
    for (const auto& [_, file] : behind_) TRY_VOID(file->sync());
    return file_->sync();
  }();
  if (!synced) {
    broken_ = true;
    return synced;
  }
  behind_.clear();
  synced_group_ = next_group_ - 1;
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
    if (!behind_.empty() && behind_.front().first == list_.front().sequence) behind_.pop_front();   // what it holds is in segments now
    list_.pop_front();
  }
  return {};
}

std::uint64_t Wal::bytes() const { return list_.empty() ? 0 : (list_.size() - 1) * file_bytes_ + position_; }

}  // namespace braid::storage
