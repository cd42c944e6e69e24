#include "storage/compaction.h"
#include "base/limits/units.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <unordered_map>

namespace braid::storage {
namespace {

constexpr std::size_t read_bytes = 1 * limits::MiB;

// The newest offset of each key, by a 128-bit hash of the key (as Kafka does with MD5). Grows up to its bound.
class NewestOffsets {
 public:
  NewestOffsets(std::size_t bytes_max, std::uint64_t seed) : slots_max_(std::max<std::size_t>(bytes_max / sizeof(Slot), 64)), seed_(seed), slots_(std::min<std::size_t>(slots_max_, 1024)) {}

  // False when there is no room for a new key.
  bool put(BytesView key, std::int64_t offset) {
    if ((used_ + 1) * 10 > slots_.size() * 8 && !grow()) {
      Slot* known = find(key);
      if (known->offset < 0) return false;
      known->offset = offset;
      return true;
    }
    Slot* slot = find(key);
    used_ += slot->offset < 0;
    slot->offset = offset;
    return true;
  }
  std::int64_t newest(BytesView key) const { return const_cast<NewestOffsets*>(this)->find(key)->offset; }   // -1: not there

 private:
  struct Slot {
    std::uint64_t low = 0, high = 0;
    std::int64_t offset = -1;
  };
  Slot* at(std::vector<Slot>& slots, std::uint64_t low, std::uint64_t high) const {
    for (std::size_t i = std::size_t(low) % slots.size();; i = i + 1 == slots.size() ? 0 : i + 1) {
      auto& slot = slots[i];
      if (slot.offset < 0 || (slot.low == low && slot.high == high)) {
        slot.low = low;
        slot.high = high;
        return &slot;
      }
    }
  }
  Slot* find(BytesView key) {
    const auto hash = XXH3_128bits_withSeed(key.data(), key.size(), seed_);
    return at(slots_, hash.low64, hash.high64);
  }
  bool grow() {
    const auto size = std::min(slots_.size() * 2, slots_max_);
    if (size <= slots_.size()) return false;
    std::vector<Slot> larger(size);
    for (const auto& slot : slots_)
      if (slot.offset >= 0) at(larger, slot.low, slot.high)->offset = slot.offset;
    slots_.swap(larger);
    return true;
  }
  std::size_t slots_max_;
  std::uint64_t seed_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

// Which batches belong to aborted transactions.
class Aborted {
 public:
  explicit Aborted(const std::vector<AbortedTransaction>& all) {
    for (const auto& t : all) by_producer_[t.producer_id].push_back(t);
    for (auto& [_, list] : by_producer_) std::ranges::sort(list, {}, &AbortedTransaction::last);
  }
  bool contains(const wire::BatchHeader& batch) const {
    if (!batch.transactional()) return false;
    const auto found = by_producer_.find(batch.producer_id);
    if (found == by_producer_.end()) return false;
    const auto at = std::ranges::upper_bound(found->second, batch.base_offset, {}, &AbortedTransaction::last);
    return at != found->second.end() && at->first <= batch.base_offset;
  }

 private:
  std::unordered_map<std::int64_t, std::vector<AbortedTransaction>> by_producer_;
};

// Reads whole, checked batches of a segment in order. `visit(batch)` returns Result<bool>; false stops.
template <class Visit> Result<void> each_batch(io::FileSystem& files, const CompactionPlan& plan, const SegmentInfo& info, Visit visit) {
  const auto path = plan.directory + "/" + segment_name(info);
  TRY(auto file, files.open(path, io::OpenMode::read));
  std::int64_t from = info.base;
  Bytes window;
  std::uint64_t window_at = 0;
  for (std::uint64_t position = 0; position < info.size;) {
    const auto at_hand = [&] { return position >= window_at && position < window_at + window.size() ? window_at + window.size() - position : 0; };
    std::size_t needed = wire::batch_header_bytes;
    for (;;) {
      if (at_hand() < needed) {
        if (position + needed > info.size) return segment_damaged(path, position, "a batch there reaches beyond the end of the segment");
        if (plan.stop != nullptr && *plan.stop) return fail(ErrorCode::stopping, "the log is being closed");
        window.resize(std::size_t(std::min<std::uint64_t>(std::max(read_bytes, needed), info.size - position)));
        TRY(const auto got, file->read_at(position, window));
        if (got < window.size()) return segment_damaged(path, position + got, "the file ends there, " + std::to_string(info.size) + " bytes were written");
        window_at = position;
      }
      const auto header = wire::parse_batch_header(BytesView(window).substr(std::size_t(position - window_at)));
      if (!header) return segment_damaged(path, position, header.error().message);
      if (header->size() <= at_hand()) break;
      needed = header->size();
    }
    BytesView rest = BytesView(window).substr(std::size_t(position - window_at));
    const auto batch = wire::take_batch(rest);
    if (!batch) return segment_damaged(path, position, batch.error().message);
    if (batch->header.base_offset < from) return segment_damaged(path, position, "the batch there begins before the end of the one before");
    from = batch->header.next_offset();
    TRY(const bool more, visit(*batch));
    if (!more) return {};
    position += batch->header.size();
  }
  return {};
}

// The new segments: opened when the first batch comes, closed when full.
class Output {
 public:
  Output(io::FileSystem& files, const CompactionPlan& plan, CompactionOutcome& out) : files_(files), plan_(plan), out_(out) {
    for (const auto& segment : plan.segments) generation_ = std::max(generation_, segment.generation + 1);
  }

  // `source`: the old segment that the batch comes from.
  Result<void> add(BytesView batch, const SegmentInfo& source) {
    TRY(const auto header, wire::parse_batch_header(batch));
    if (file_ && now_.size + header.size() > plan_.segment_bytes) TRY_VOID(finish(header.base_offset));
    if (!file_) {
      now_ = {header.base_offset, header.base_offset, 0, wire::no_timestamp, source.created_ms, generation_};
      index_.clear();
      TRY(file_, files_.open(plan_.directory + "/" + segment_name(now_), io::OpenMode::create));
      TRY_VOID(file_->truncate(0));   // of an attempt that did not come to its end
    }
    extend_index(index_, now_, header);
    buffer_.append(batch);
    now_.size += header.size();
    now_.next = header.next_offset();
    now_.max_timestamp_ms = std::max(now_.max_timestamp_ms, header.max_timestamp);
    return buffer_.size() < read_bytes ? Result<void>{} : flush();
  }
  // `next`: where the one behind it will begin; up to there nothing is left, so the segment covers it.
  Result<void> finish(std::int64_t next) {
    if (!file_) return {};
    TRY_VOID(flush());
    TRY_VOID(file_->sync());
    file_.reset();
    now_.next = next;
    TRY(auto index_file, files_.open(plan_.directory + "/" + index_name(now_), io::OpenMode::create));
    TRY_VOID(index_file->truncate(0));
    TRY_VOID(index_file->write_at(0, BytesView(encode_index(index_, now_))));
    out_.bytes_after += now_.size;
    out_.segments.push_back(now_);
    out_.indexes.push_back(std::move(index_));
    index_ = {};
    return {};
  }

 private:
  Result<void> flush() {
    if (buffer_.empty()) return {};
    TRY_VOID(file_->write_at(written(), BytesView(buffer_)));
    buffer_.clear();
    return {};
  }
  std::uint64_t written() const { return now_.size - buffer_.size(); }

  io::FileSystem& files_;
  const CompactionPlan& plan_;
  CompactionOutcome& out_;
  std::unique_ptr<io::File> file_;
  std::uint32_t generation_ = 1;   // one more than that of any file it replaces, so the new names are new
  SegmentInfo now_;
  SegmentIndex index_;
  Bytes buffer_;
};

class Compactor {
 public:
  Compactor(io::FileSystem& files, const CompactionPlan& plan) : files_(files), plan_(plan), aborted_(plan.aborted), newest_(plan.table_bytes_max, plan.hash_seed) {}

  Result<CompactionOutcome> run() {
    TRY_VOID(map_keys());
    Output output(files_, plan_, out_);
    out_.clean_end = mapped_to_;
    for (const auto& segment : plan_.segments) {
      out_.bytes_before += segment.size;
      TRY_VOID(each_batch(files_, plan_, segment, [&](const wire::BatchView& batch) -> Result<bool> {
        TRY_VOID(copy(batch, segment, output));
        return true;
      }));
    }
    TRY_VOID(output.finish(plan_.segments.back().next));
    TRY_VOID(files_.sync_directory(plan_.directory));
    return std::move(out_);
  }

 private:
  // The newest record of each key among those that were never compacted; older ones are compared with them.
  Result<void> map_keys() {
    mapped_to_ = plan_.clean_end;
    bool full = false;
    for (const auto& segment : plan_.segments) {
      if (full) break;
      if (segment.next <= plan_.clean_end) continue;
      TRY_VOID(each_batch(files_, plan_, segment, [&](const wire::BatchView& batch) -> Result<bool> {
        if (batch.header.last_offset() < plan_.clean_end || batch.header.control() || aborted_.contains(batch.header)) {
          mapped_to_ = std::max(mapped_to_, batch.header.next_offset());
          return true;
        }
        TRY(auto reader, wire::RecordReader::open(batch, scratch_));
        wire::RecordRef record;
        for (;;) {
          headers_.clear();
          TRY(const bool more, reader.next(record, headers_));
          if (!more) break;
          if (!record.key || record.offset < plan_.clean_end) continue;
          if (!newest_.put(*record.key, record.offset)) {
            full = true;
            return false;
          }
          mapped_to_ = std::max(mapped_to_, record.offset + 1);
        }
        mapped_to_ = std::max(mapped_to_, batch.header.next_offset());
        return true;
      }));
      if (!full) mapped_to_ = std::max(mapped_to_, segment.next);
    }
    return {};
  }

  // A record that no newer one makes superfluous.
  bool stays(const wire::RecordRef& record) const {
    if (!record.key) return false;   // from before the topic was compacted; no key will ever replace it (Kafka drops it too)
    return newest_.newest(*record.key) <= record.offset;
  }

  Result<void> copy(const wire::BatchView& batch, const SegmentInfo& source, Output& output) {
    const auto& header = batch.header;
    if (header.base_offset >= mapped_to_) return output.add(batch.bytes, source);
    if (header.control()) return copy_marker(batch, source, output);
    if (aborted_.contains(header)) return {};
    const bool horizon_set = header.delete_horizon();
    const bool tombstones_go = horizon_set && plan_.now_ms >= header.base_timestamp;
    std::vector<char> keep;
    std::int32_t kept = 0;
    bool tombstones = false;
    TRY(auto reader, wire::RecordReader::open(batch, scratch_));
    wire::RecordRef record;
    for (;;) {
      headers_.clear();
      TRY(const bool more, reader.next(record, headers_));
      if (!more) break;
      const bool tombstone = record.key && !record.value;
      const bool stay = record.offset >= mapped_to_ || (stays(record) && !(tombstone && tombstones_go));
      keep.push_back(char(stay));
      kept += stay;
      tombstones = tombstones || (stay && tombstone);
    }
    if (kept == 0) return {};
    if (header.transactional()) has_records_[header.producer_id] = true;
    std::optional<std::int64_t> horizon;
    if (tombstones && !horizon_set) horizon = plan_.now_ms + plan_.delete_retention_ms;
    if (kept == header.records_count && !horizon) return output.add(batch.bytes, source);
    TRY(const auto rebuilt, wire::rebuild_batch(batch, keep, horizon));
    return output.add(rebuilt, source);
  }

  // Stays as long as there is a record for it to decide about, and delete.retention.ms longer, so that who reads slowly still sees the end.
  Result<void> copy_marker(const wire::BatchView& batch, const SegmentInfo& source, Output& output) {
    const auto& header = batch.header;
    const auto commit = wire::marker_commits(batch);
    const bool needed = std::exchange(has_records_[header.producer_id], false);
    if (!commit || needed) return output.add(batch.bytes, source);
    if (!header.delete_horizon()) {
      TRY(const auto rebuilt, wire::rebuild_batch(batch, {1}, plan_.now_ms + plan_.delete_retention_ms));
      return output.add(rebuilt, source);
    }
    if (plan_.now_ms < header.base_timestamp) return output.add(batch.bytes, source);
    if (!*commit) out_.ended.insert(header.base_offset);
    return {};
  }

  io::FileSystem& files_;
  const CompactionPlan& plan_;
  Aborted aborted_;
  NewestOffsets newest_;
  std::int64_t mapped_to_ = 0;
  std::unordered_map<std::int64_t, bool> has_records_;   // by producer: its transaction, up to here, has some left
  CompactionOutcome out_;
  Bytes scratch_;
  std::vector<wire::RecordHeader> headers_;
};

}  // namespace

Result<CompactionOutcome> compact(io::FileSystem& files, const CompactionPlan& plan) { return Compactor(files, plan).run(); }

}  // namespace braid::storage
