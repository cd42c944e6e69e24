// Kafka record batch, magic 2: on disk in a segment, and inside Produce and Fetch.
// Spec: kafka.apache.org/44/implementation/message-format (read 2026-11-22). All fixed-size integers big-endian.
//
//   at  size  field              notes
//    0    8   base_offset        first record's offset; a producer sends 0 and the log overwrites it
//    8    4   batch_length       bytes after this field, so the whole batch is batch_length + 12
//   12    4   leader_epoch       outside the CRC, so the log may set it without rewriting the checksum
//   16    1   magic              2; else Error{unsupported}
//   17    4   crc                CRC-32C of everything from `attributes` to the end
//   21    2   attributes         bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
//   23    4   last_offset_delta  offset of the last record minus base_offset
//   27    8   base_timestamp     of the first record, ms
//   35    8   max_timestamp      of all records, ms
//   43    8   producer_id        -1: not idempotent
//   51    2   producer_epoch
//   53    4   base_sequence
//   57    4   records_count
//   61        records            compressed as one block when the codec says so
// A record: varint length, attributes (1), varint timestamp delta, varint offset delta, varint key length (-1: null), key, varint value length
// (-1: null: a tombstone), value, varint header count, and per header: varint name length, name, varint value length (-1: null), value.
//
// Pure values and functions; any thread. Views point into the batch (or, for a compressed one, into the scratch that the reader was given).
// Errors: corrupt (length, checksum, structure), unsupported (magic 0 and 1, unknown codec), overloaded (a decompression bomb).
// Limit: batch_length <= limits::kafka_request_bytes_max, checked before any allocation. Page: docs/formats/segment.md
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "wire/compress.h"

namespace braid::wire {

inline constexpr std::size_t batch_prefix_bytes = 12;   // base_offset and batch_length
inline constexpr std::size_t batch_header_bytes = 61;
inline constexpr std::int64_t no_timestamp = -1;

struct BatchHeader {
  std::int64_t base_offset = 0;
  std::int32_t batch_length = 0;
  std::int32_t leader_epoch = -1;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t base_timestamp = no_timestamp;
  std::int64_t max_timestamp = no_timestamp;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t records_count = 0;

  std::size_t size() const { return std::size_t(batch_length) + batch_prefix_bytes; }
  std::int64_t last_offset() const { return base_offset + last_offset_delta; }
  std::int64_t next_offset() const { return last_offset() + 1; }
  std::int32_t last_sequence() const;                      // wraps from 2^31-1 to 0, as producers do
  Codec codec() const { return Codec(attributes & 7); }
  bool log_append_time() const { return (attributes & 8) != 0; }
  bool transactional() const { return (attributes & 16) != 0; }
  bool control() const { return (attributes & 32) != 0; }
  bool delete_horizon() const { return (attributes & 64) != 0; }   // base_timestamp is when its tombstones or marker may go (KIP-534)
  bool idempotent() const { return producer_id >= 0; }
};

// The header of the batch that starts here. Checks magic, lengths and counts, not the checksum; the rest of the batch need not be there.
Result<BatchHeader> parse_batch_header(BytesView bytes);
// The first whole batch of `bytes`, checked up to its checksum; `bytes` moves behind it.
struct BatchView { BatchHeader header; BytesView bytes; };
Result<BatchView> take_batch(BytesView& bytes);
// Splits what is certain to be whole batches (what the log gave out) without checking again. Empty at the end, or when cut short.
std::optional<BatchView> next_batch_unchecked(BytesView& bytes);

struct RecordHeader {
  BytesView name;
  std::optional<BytesView> value;
};

struct RecordRef {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = no_timestamp;    // the log's append time where the batch says so
  std::optional<BytesView> key;
  std::optional<BytesView> value;
  std::uint32_t headers_begin = 0;             // into the vector that next() was given
  std::uint32_t headers_count = 0;
};

// Walks the records of one batch without copying. The batch and the scratch outlive the reader and its records.
class RecordReader {
 public:
  // Decompresses into `scratch` when the batch is compressed; otherwise leaves it alone.
  static Result<RecordReader> open(const BatchView& batch, Bytes& scratch);
  // The next record; false after the last one. Appends its headers to `headers`.
  Result<bool> next(RecordRef& record, std::vector<RecordHeader>& headers);
  // Every offset delta was 0, 1, 2, ... so far: what a producer must send (compaction may leave gaps later).
  bool deltas_in_sequence() const { return in_sequence_; }

 private:
  RecordReader(const BatchHeader& header, BytesView records) : header_(header), reader_(records) {}
  std::unexpected<Error> broken(std::string_view why) const;
  BatchHeader header_;
  Reader reader_;
  std::int32_t index_ = 0;
  bool in_sequence_ = true;
};

// Puts records together. finish() gives a batch with base offset 0, ready to be sent or appended, and leaves the builder empty.
struct BatchOptions {
  Codec codec = Codec::none;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  bool transactional = false;
  bool control = false;
};
class BatchBuilder {
 public:
  explicit BatchBuilder(BatchOptions options = {}) : options_(options) {}
  void add(std::int64_t timestamp_ms, std::optional<BytesView> key, std::optional<BytesView> value, std::span<const RecordHeader> headers = {});
  std::int32_t records() const { return count_; }
  std::size_t bytes() const { return batch_header_bytes + records_.size(); }   // before compression
  Result<Bytes> finish();

 private:
  BatchOptions options_;
  Bytes records_;
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ = no_timestamp;
  std::int64_t max_timestamp_ = no_timestamp;
};

// A marker: the control batch of one record that ends a transaction in a partition (KIP-98). Its record's key is i16 version 0, i16 type (0 abort,
// 1 commit); its value i16 version 0, i32 coordinator epoch.
Bytes marker_batch(std::int64_t producer_id, std::int16_t producer_epoch, bool commit, std::int64_t timestamp_ms, std::int32_t coordinator_epoch = 0);
// Whether a control batch commits (true) or aborts; nothing when it is another kind of control batch, which does not end a transaction.
std::optional<bool> marker_commits(const BatchView& batch);

// The batch with the records for which keep[i] is not 0, at least one of them: same offsets, same timestamps, same producer, compressed as before.
// `delete_horizon_ms` is noted in it where it is given; one that the batch has already stays.
Result<Bytes> rebuild_batch(const BatchView& batch, const std::vector<char>& keep, std::optional<std::int64_t> delete_horizon_ms);

// Changes to a whole batch in place. Offset and epoch are outside the checksum; the append time is inside, so it is computed again
// (and so is it after a new max_timestamp).
void set_base_offset(Bytes& batch, std::int64_t base_offset);
void set_leader_epoch(Bytes& batch, std::int32_t epoch);
void set_log_append_time(Bytes& batch, std::int64_t timestamp_ms);
void set_max_timestamp(Bytes& batch, std::int64_t timestamp_ms);
std::uint32_t batch_crc(BytesView batch);   // of a whole batch, computed

}  // namespace braid::wire
