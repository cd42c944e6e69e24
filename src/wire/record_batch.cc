#include "wire/record_batch.h"

#include <algorithm>

#include "wire/crc32c.h"
#include "base/limits/kafka.h"

namespace braid::wire {
namespace {

constexpr std::size_t epoch_at = 12, crc_at = 17, attributes_at = 21, base_timestamp_at = 27, max_timestamp_at = 35, records_count_at = 57;
constexpr std::size_t record_bytes_min = 7;   // length, attributes, two deltas, two null lengths, header count

std::size_t varint_size(std::int64_t v) {
  std::size_t n = 1;
  for (auto rest = zigzag(v); rest >= 0x80; rest >>= 7) ++n;
  return n;
}

// A length and that many bytes; -1 is null. False when the bytes are not there.
bool take_nullable(Reader& reader, std::optional<BytesView>& out) {
  const auto length = reader.varint();
  if (length < -1 || !reader.ok()) return false;
  out.reset();
  if (length == -1) return true;
  out = reader.bytes(std::size_t(length));
  return reader.ok();
}

}  // namespace

std::int32_t BatchHeader::last_sequence() const {
  if (base_sequence < 0) return base_sequence;
  const std::int64_t last = std::int64_t(base_sequence) + last_offset_delta;
  return std::int32_t(last & 0x7fff'ffff);
}

Result<BatchHeader> parse_batch_header(BytesView bytes) {
  if (bytes.size() > 16 && bytes[16] != 2)
    return fail(ErrorCode::unsupported, "record format (magic) " + std::to_string(int(bytes[16])) + " is not supported, only 2",
                "use a client that is not older than Kafka 0.11");
  if (bytes.size() < batch_header_bytes)
    return fail(ErrorCode::corrupt, "a record batch needs " + std::to_string(batch_header_bytes) + " bytes of header, got " + std::to_string(bytes.size()));
  Reader reader(bytes.substr(0, batch_header_bytes));
  BatchHeader h;
  h.base_offset = reader.be<std::int64_t>();
  h.batch_length = reader.be<std::int32_t>();
  h.leader_epoch = reader.be<std::int32_t>();
  reader.skip(1);
  h.crc = reader.be<std::uint32_t>();
  h.attributes = reader.be<std::int16_t>();
  h.last_offset_delta = reader.be<std::int32_t>();
  h.base_timestamp = reader.be<std::int64_t>();
  h.max_timestamp = reader.be<std::int64_t>();
  h.producer_id = reader.be<std::int64_t>();
  h.producer_epoch = reader.be<std::int16_t>();
  h.base_sequence = reader.be<std::int32_t>();
  h.records_count = reader.be<std::int32_t>();
  if (h.batch_length < std::int32_t(batch_header_bytes - batch_prefix_bytes) || std::size_t(h.batch_length) > limits::kafka_request_bytes_max)
    return fail(ErrorCode::corrupt, "a record batch claims a length of " + std::to_string(h.batch_length) + " bytes");
  if (h.last_offset_delta < 0 || h.records_count < 0 || h.base_offset < 0 || h.base_offset > INT64_MAX - INT32_MAX - 1)
    return fail(ErrorCode::corrupt, "a record batch has base offset " + std::to_string(h.base_offset) + ", last delta " + std::to_string(h.last_offset_delta) +
                                        ", " + std::to_string(h.records_count) + " records");
  return h;
}

Result<BatchView> take_batch(BytesView& bytes) {
  TRY(const auto header, parse_batch_header(bytes));
  if (header.size() > bytes.size())
    return fail(ErrorCode::corrupt, "a record batch of " + std::to_string(header.size()) + " bytes is cut off after " + std::to_string(bytes.size()));
  const auto whole = bytes.substr(0, header.size());
  if (const auto crc = batch_crc(whole); crc != header.crc)
    return fail(ErrorCode::corrupt, "a record batch has checksum " + std::to_string(header.crc) + ", its bytes give " + std::to_string(crc));
  bytes.remove_prefix(header.size());
  return BatchView{header, whole};
}

std::optional<BatchView> next_batch_unchecked(BytesView& bytes) {
  const auto header = parse_batch_header(bytes);
  if (!header || header->size() > bytes.size()) return std::nullopt;
  const BatchView view{*header, bytes.substr(0, header->size())};
  bytes.remove_prefix(header->size());
  return view;
}

Result<RecordReader> RecordReader::open(const BatchView& batch, Bytes& scratch) {
  auto records = batch.bytes.substr(batch_header_bytes);
  if (const auto codec = batch.header.codec(); codec != Codec::none) {
    scratch.clear();
    TRY_VOID(decompress(codec, records, scratch));
    records = scratch;
  }
  if (records.size() / record_bytes_min < std::size_t(batch.header.records_count))
    return fail(ErrorCode::corrupt, "a record batch claims " + std::to_string(batch.header.records_count) + " records in " +
                                        std::to_string(records.size()) + " bytes");
  return RecordReader(batch.header, records);
}

std::unexpected<Error> RecordReader::broken(std::string_view why) const {
  return fail(ErrorCode::corrupt, "record " + std::to_string(index_) + " of a batch cannot be read: " + std::string(why));
}

Result<bool> RecordReader::next(RecordRef& record, std::vector<RecordHeader>& headers) {
  if (index_ == header_.records_count) {
    if (!reader_.done()) return broken(std::to_string(reader_.remaining()) + " bytes follow the last record");
    return false;
  }
  const auto length = reader_.varint();
  if (!reader_.ok() || length < 0 || std::uint64_t(length) > reader_.remaining()) return broken("its length does not fit");
  Reader in(reader_.bytes(std::size_t(length)));
  in.skip(1);   // attributes: none are defined
  const auto timestamp_delta = in.varint();
  const auto offset_delta = in.varint();
  if (offset_delta < 0 || offset_delta > header_.last_offset_delta) return broken("its offset lies outside the batch");
  if (offset_delta != index_) in_sequence_ = false;
  record.offset = header_.base_offset + offset_delta;
  record.timestamp_ms = header_.log_append_time() ? header_.max_timestamp : std::int64_t(std::uint64_t(header_.base_timestamp) + std::uint64_t(timestamp_delta));
  if (!take_nullable(in, record.key) || !take_nullable(in, record.value)) return broken("its key or value does not fit");
  const auto count = in.varint();
  if (!in.ok() || count < 0 || std::uint64_t(count) > in.remaining() / 2) return broken("its header count does not fit");
  record.headers_begin = std::uint32_t(headers.size());
  record.headers_count = std::uint32_t(count);
  for (std::int64_t i = 0; i < count; ++i) {
    std::optional<BytesView> name;
    RecordHeader header;
    if (!take_nullable(in, name) || !name || !take_nullable(in, header.value)) return broken("a header does not fit");
    header.name = *name;
    headers.push_back(header);
  }
  if (!in.done()) return broken(std::to_string(in.remaining()) + " bytes follow its headers");
  ++index_;
  return true;
}

namespace {
void put_record(Bytes& records, std::int64_t timestamp_delta, std::int64_t offset_delta, const std::optional<BytesView>& key, const std::optional<BytesView>& value,
                std::span<const RecordHeader> headers) {
  const auto sized = [](const std::optional<BytesView>& v) { return v ? varint_size(std::int64_t(v->size())) + v->size() : std::size_t{1}; };
  std::size_t length = 1 + varint_size(timestamp_delta) + varint_size(offset_delta) + sized(key) + sized(value) + varint_size(std::int64_t(headers.size()));
  for (const auto& header : headers) length += sized(header.name) + sized(header.value);
  Writer out(records);
  const auto put = [&](const std::optional<BytesView>& v) {
    out.varint(v ? std::int64_t(v->size()) : -1);
    if (v) out.bytes(*v);
  };
  out.varint(std::int64_t(length));
  out.u8(0);
  out.varint(timestamp_delta);
  out.varint(offset_delta);
  put(key);
  put(value);
  out.varint(std::int64_t(headers.size()));
  for (const auto& header : headers) {
    put(header.name);
    put(header.value);
  }
}
}  // namespace

void BatchBuilder::add(std::int64_t timestamp_ms, std::optional<BytesView> key, std::optional<BytesView> value, std::span<const RecordHeader> headers) {
  if (count_ == 0) base_timestamp_ = timestamp_ms;
  max_timestamp_ = count_ == 0 ? timestamp_ms : std::max(max_timestamp_, timestamp_ms);
  put_record(records_, std::int64_t(std::uint64_t(timestamp_ms) - std::uint64_t(base_timestamp_)), count_, key, value, headers);
  ++count_;
}

Result<Bytes> BatchBuilder::finish() {
  BRAID_ASSERT(count_ > 0);
  Bytes batch;
  batch.reserve(bytes());
  Writer out(batch);
  out.be<std::int64_t>(0);
  out.be<std::int32_t>(0);    // length: below
  out.be<std::int32_t>(-1);
  out.u8(2);
  out.be<std::uint32_t>(0);   // checksum: below
  out.be<std::int16_t>(std::int16_t(int(options_.codec) | (options_.transactional ? 16 : 0) | (options_.control ? 32 : 0)));
  out.be<std::int32_t>(count_ - 1);
  out.be<std::int64_t>(base_timestamp_);
  out.be<std::int64_t>(max_timestamp_);
  out.be<std::int64_t>(options_.producer_id);
  out.be<std::int16_t>(options_.producer_epoch);
  out.be<std::int32_t>(options_.base_sequence);
  out.be<std::int32_t>(count_);
  TRY_VOID(compress(options_.codec, records_, batch));
  if (batch.size() - batch_prefix_bytes > limits::kafka_request_bytes_max)
    return fail(ErrorCode::overloaded, "a record batch of " + std::to_string(batch.size()) + " bytes is larger than " + std::to_string(limits::kafka_request_bytes_max),
                "write fewer records at once");
  store_be(batch.data() + 8, std::int32_t(batch.size() - batch_prefix_bytes));
  store_be(batch.data() + crc_at, batch_crc(batch));
  records_.clear();
  count_ = 0;
  return batch;
}

Bytes marker_batch(std::int64_t producer_id, std::int16_t producer_epoch, bool commit, std::int64_t timestamp_ms, std::int32_t coordinator_epoch) {
  BatchOptions options;
  options.producer_id = producer_id;
  options.producer_epoch = producer_epoch;
  options.transactional = options.control = true;
  Bytes key, value;
  Writer key_out(key), value_out(value);
  key_out.be<std::int16_t>(0);
  key_out.be<std::int16_t>(commit ? 1 : 0);
  value_out.be<std::int16_t>(0);
  value_out.be(coordinator_epoch);
  BatchBuilder builder(options);
  builder.add(timestamp_ms, key, value);
  auto batch = builder.finish();
  BRAID_ASSERT(batch);
  return *std::move(batch);
}

std::optional<bool> marker_commits(const BatchView& batch) {
  if (!batch.header.control()) return std::nullopt;
  Bytes scratch;
  auto reader = RecordReader::open(batch, scratch);
  if (!reader) return std::nullopt;
  RecordRef record;
  std::vector<RecordHeader> headers;
  const auto more = reader->next(record, headers);
  if (!more || !*more || !record.key) return std::nullopt;
  Reader key(*record.key);
  key.be<std::int16_t>();   // a later version adds fields behind the type
  const auto type = key.be<std::int16_t>();
  if (!key.ok() || type < 0 || type > 1) return std::nullopt;
  return type == 1;
}

Result<Bytes> rebuild_batch(const BatchView& batch, const std::vector<char>& keep, std::optional<std::int64_t> delete_horizon_ms) {
  const auto& header = batch.header;
  const auto base_timestamp = delete_horizon_ms.value_or(header.base_timestamp);   // all deltas are relative to it
  Bytes scratch, records;
  TRY(auto reader, RecordReader::open(batch, scratch));
  RecordRef record;
  std::vector<RecordHeader> headers;
  std::int32_t count = 0;
  std::int64_t latest = no_timestamp;
  for (std::size_t i = 0;; ++i) {
    headers.clear();
    TRY(const bool more, reader.next(record, headers));
    if (!more) break;
    if (i >= keep.size() || keep[i] == 0) continue;
    latest = count == 0 ? record.timestamp_ms : std::max(latest, record.timestamp_ms);
    put_record(records, std::int64_t(std::uint64_t(record.timestamp_ms) - std::uint64_t(base_timestamp)), record.offset - header.base_offset, record.key, record.value, headers);
    ++count;
  }
  BRAID_ASSERT(count > 0);
  Bytes out(batch.bytes.substr(0, batch_header_bytes));
  TRY_VOID(compress(header.codec(), records, out));
  store_be(out.data() + 8, std::int32_t(out.size() - batch_prefix_bytes));
  store_be(out.data() + attributes_at, std::int16_t(header.attributes | (delete_horizon_ms ? 64 : 0)));
  store_be(out.data() + base_timestamp_at, base_timestamp);
  store_be(out.data() + max_timestamp_at, header.log_append_time() ? header.max_timestamp : latest);
  store_be(out.data() + records_count_at, count);
  store_be(out.data() + crc_at, batch_crc(out));
  return out;
}

void set_base_offset(Bytes& batch, std::int64_t base_offset) { store_be(batch.data(), base_offset); }
void set_leader_epoch(Bytes& batch, std::int32_t epoch) { store_be(batch.data() + epoch_at, epoch); }
void set_log_append_time(Bytes& batch, std::int64_t timestamp_ms) {
  store_be(batch.data() + attributes_at, std::int16_t(load_be<std::int16_t>(batch.data() + attributes_at) | 8));
  set_max_timestamp(batch, timestamp_ms);
}
void set_max_timestamp(Bytes& batch, std::int64_t timestamp_ms) {
  store_be(batch.data() + max_timestamp_at, timestamp_ms);
  store_be(batch.data() + crc_at, batch_crc(batch));
}
std::uint32_t batch_crc(BytesView batch) { return crc32c(batch.substr(attributes_at)); }

}  // namespace braid::wire
