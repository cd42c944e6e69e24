#include "storage/segment.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "wire/crc32c.h"
#include "base/limits/kafka.h"

namespace braid::storage {
namespace {

constexpr std::size_t scan_bytes = 256 * limits::KiB;
constexpr BytesView index_magic("braididx", 8);
constexpr std::uint32_t index_version = 1;

std::string padded_name(const SegmentInfo& info, const char* suffix) {
  std::array<char, 48> name{};
  if (info.generation == 0) std::snprintf(name.data(), name.size(), "%020lld%s", static_cast<long long>(info.base), suffix);
  else std::snprintf(name.data(), name.size(), "%020lld.%u%s", static_cast<long long>(info.base), info.generation, suffix);
  return name.data();
}

std::unexpected<Error> damaged(const std::string& path, std::uint64_t position, const std::string& why) { return segment_damaged(path, position, why); }

// The last index entry that is not behind `offset`.
const IndexEntry* entry_before(const SegmentIndex& index, std::int64_t offset) {
  const auto at = std::upper_bound(index.begin(), index.end(), offset, [](std::int64_t o, const IndexEntry& e) { return o < e.offset; });
  return at == index.begin() ? nullptr : &*std::prev(at);
}

// Walks the batches of a file from a position on. `visit(header, position)` returns false to stop.
template <class Visit> Result<void> walk_headers(const io::File& file, const std::string& path, const SegmentInfo& info, std::uint64_t position, Visit visit) {
  Bytes window;
  std::uint64_t window_at = 0;
  while (position < info.size) {
    if (position < window_at || position + wire::batch_header_bytes > window_at + window.size()) {
      window.resize(std::size_t(std::min<std::uint64_t>(scan_bytes, info.size - position)));
      TRY(const auto got, file.read_at(position, window));
      window.resize(got);
      window_at = position;
    }
    auto header = wire::parse_batch_header(BytesView(window).substr(std::size_t(position - window_at)));
    if (!header) return damaged(path, position, header.error().message);
    if (position + header->size() > info.size) return damaged(path, position, "the batch there reaches beyond the end of the segment");
    if (!visit(*header, position)) return {};
    position += header->size();
  }
  return {};
}

}  // namespace

std::string segment_name(const SegmentInfo& info) { return padded_name(info, ".log"); }
std::string index_name(const SegmentInfo& info) { return padded_name(info, ".index"); }

std::unexpected<Error> segment_damaged(const std::string& path, std::uint64_t position, const std::string& why) {
  return fail(ErrorCode::corrupt, path + " is damaged at byte " + std::to_string(position) + ": " + why,
              "restore the file from a backup and start the node again, or give the records up by deleting them beyond this point (delete-records)");
}

void extend_index(SegmentIndex& index, const SegmentInfo& before, const wire::BatchHeader& batch) {
  if (index.empty() || before.size >= index.back().position + index_interval_bytes)
    index.push_back({batch.base_offset, std::uint32_t(before.size), before.max_timestamp_ms});
}

Result<SegmentIndex> build_index(const io::File& file, const std::string& path, const SegmentInfo& info) {
  SegmentIndex index;
  SegmentInfo upto{info.base, info.base, 0, wire::no_timestamp, 0};
  TRY_VOID(walk_headers(file, path, info, 0, [&](const wire::BatchHeader& header, std::uint64_t) {
    extend_index(index, upto, header);
    upto.size += header.size();
    upto.max_timestamp_ms = std::max(upto.max_timestamp_ms, header.max_timestamp);
    return true;
  }));
  return index;
}

// "braididx", u32 version, u32 CRC-32C of the rest, i64 base, i64 next, u64 size, u32 count, then per entry i64 offset, u32 position, i64 max timestamp.
Bytes encode_index(const SegmentIndex& index, const SegmentInfo& info) {
  Bytes bytes(index_magic);
  Writer out(bytes);
  out.le(index_version);
  out.le<std::uint32_t>(0);
  out.le(info.base);
  out.le(info.next);
  out.le(info.size);
  out.le(std::uint32_t(index.size()));
  for (const auto& e : index) {
    out.le(e.offset);
    out.le(e.position);
    out.le(e.max_timestamp_ms);
  }
  store_le(bytes.data() + 12, wire::crc32c(BytesView(bytes).substr(16)));
  return bytes;
}

std::optional<SegmentIndex> decode_index(BytesView bytes, const SegmentInfo& info) {
  Reader in(bytes);
  if (in.bytes(8) != index_magic || in.le<std::uint32_t>() != index_version) return std::nullopt;
  const auto crc = in.le<std::uint32_t>();
  if (!in.ok() || crc != wire::crc32c(bytes.substr(16))) return std::nullopt;
  if (in.le<std::int64_t>() != info.base || in.le<std::int64_t>() != info.next || in.le<std::uint64_t>() != info.size) return std::nullopt;
  const auto count = in.le<std::uint32_t>();
  if (!in.ok() || in.remaining() != std::size_t(count) * 20) return std::nullopt;
  SegmentIndex index(count);
  for (auto& e : index) {
    e.offset = in.le<std::int64_t>();
    e.position = in.le<std::uint32_t>();
    e.max_timestamp_ms = in.le<std::int64_t>();
  }
  return index;
}

Result<SegmentRead> read_segment(const io::File& file, const std::string& path, const SegmentInfo& info, const SegmentIndex& index, std::int64_t from,
                                 std::int64_t limit, std::size_t bytes_max, bool at_least_one) {
  const auto* entry = entry_before(index, from);
  const std::uint64_t start = entry == nullptr ? 0 : entry->position;
  SegmentRead read;
  read.next = from;
  // Enough for what is asked plus the way from the index entry; a batch that does not fit is read on its own below.
  std::size_t wanted = std::min(bytes_max, limits::kafka_fetch_bytes_max) + index_interval_bytes;
  for (;;) {
    read.bytes.resize(std::size_t(std::min<std::uint64_t>(wanted, info.size - start)));
    TRY(const auto got, file.read_at(start, read.bytes));
    if (got < read.bytes.size()) return damaged(path, start + got, "the file ends there, " + std::to_string(info.size) + " bytes were written");
    BytesView rest(read.bytes);
    read.skip = read.length = 0;
    std::size_t needed = 0;   // for a first batch that the buffer cuts off
    bool limited = false;
    while (!rest.empty()) {
      const std::uint64_t position = start + (read.bytes.size() - rest.size());
      if (rest.size() < wire::batch_header_bytes && position + rest.size() < info.size) { needed = wire::batch_header_bytes; break; }
      const auto header = wire::parse_batch_header(rest);
      if (!header) return damaged(path, position, header.error().message);
      if (position + header->size() > info.size) return damaged(path, position, "the batch there reaches beyond the end of the segment");
      if (header->last_offset() >= limit) { limited = true; break; }
      if (header->last_offset() < from) {
        if (header->size() > rest.size()) { needed = header->size(); break; }
        read.skip += header->size();
        rest.remove_prefix(header->size());
        continue;
      }
      if (read.length + header->size() > bytes_max && !(read.length == 0 && at_least_one)) break;
      if (header->size() > rest.size()) { needed = header->size(); break; }
      auto batch = wire::take_batch(rest);
      if (!batch) return damaged(path, position, batch.error().message);
      read.length += header->size();
      read.next = header->next_offset();
    }
    if (read.length == 0 && needed == 0 && !limited && rest.empty()) {
      if (start + read.bytes.size() < info.size) needed = wire::batch_header_bytes;
      else read.next = std::max(from, std::min(info.next, limit));   // compaction left nothing from here on
    }
    if (read.length > 0 || needed == 0) return read;
    wanted = read.bytes.size() - rest.size() + needed + wire::batch_header_bytes;
    if (wanted <= read.bytes.size()) wanted = read.bytes.size() + needed;
  }
}

Result<std::optional<RecordTime>> find_time_in_batch(const wire::BatchView& batch, std::int64_t timestamp_ms, std::int64_t from) {
  if (batch.header.max_timestamp < timestamp_ms) return std::nullopt;
  Bytes scratch;
  TRY(auto reader, wire::RecordReader::open(batch, scratch));
  wire::RecordRef record;
  std::vector<wire::RecordHeader> headers;
  for (;;) {
    headers.clear();
    TRY(const bool more, reader.next(record, headers));
    if (!more) return std::nullopt;
    if (record.timestamp_ms >= timestamp_ms && record.offset >= from) return RecordTime{record.offset, record.timestamp_ms, batch.header.leader_epoch};
  }
}

Result<std::optional<RecordTime>> find_time(const io::File& file, const std::string& path, const SegmentInfo& info, const SegmentIndex& index,
                                            std::int64_t timestamp_ms, std::int64_t from, std::int64_t limit) {
  if (info.max_timestamp_ms < timestamp_ms) return std::nullopt;
  std::uint64_t start = 0;   // the last entry before which everything is too early
  for (const auto& e : index) {
    if (e.max_timestamp_ms >= timestamp_ms) break;
    start = e.position;
  }
  // A batch may promise what it does not have: the record of its largest timestamp lies before `from`, or compaction took it.
  for (;;) {
    std::optional<std::pair<wire::BatchHeader, std::uint64_t>> found;
    TRY_VOID(walk_headers(file, path, info, start, [&](const wire::BatchHeader& header, std::uint64_t position) {
      if (header.last_offset() >= limit) return false;
      if (header.max_timestamp < timestamp_ms || header.last_offset() < from) return true;
      found = {header, position};
      return false;
    }));
    if (!found) return std::nullopt;
    Bytes bytes(found->first.size(), '\0');
    TRY(const auto got, file.read_at(found->second, bytes));
    bytes.resize(got);
    BytesView rest(bytes);
    auto batch = wire::take_batch(rest);
    if (!batch) return damaged(path, found->second, batch.error().message);
    TRY(const auto record, find_time_in_batch(*batch, timestamp_ms, from));
    if (record) return record;
    start = found->second + found->first.size();
  }
}

}  // namespace braid::storage
