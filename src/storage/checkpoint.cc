#include "storage/checkpoint.h"

#include "wire/crc32c.h"

namespace braid::storage {
namespace {

constexpr BytesView magic("braidckp", 8);
constexpr std::uint32_t version = 4;   // 1 had no transactions, 2 no compaction, 3 no settings
constexpr std::size_t header_bytes = 16;

// Until version 2 without the version itself.
std::uint32_t checksum(BytesView bytes, std::uint32_t of_version) {
  const auto before = of_version >= 3 ? wire::crc32c(bytes.substr(8, 4)) : 0;
  return wire::crc32c(bytes.substr(header_bytes), before);
}

void put_partition(Writer& out, const PartitionRecord& p) {
  out.varint(p.log_start);
  out.varint(p.flushed_end);
  out.uvarint(p.epochs.size());
  for (const auto& e : p.epochs) {
    out.varint(e.epoch);
    out.varint(e.start);
  }
  out.uvarint(p.segments.size());
  for (const auto& s : p.segments) {
    out.varint(s.base);
    out.varint(s.next);
    out.uvarint(s.size);
    out.varint(s.max_timestamp_ms);
    out.varint(s.created_ms);
    out.uvarint(s.generation);
  }
  out.varint(p.clean_end);
  out.uvarint(p.producers.size());
  for (const auto& [id, batches] : p.producers) {
    out.varint(id);
    out.uvarint(batches.size());
    for (const auto& b : batches) {
      out.varint(b.epoch);
      out.varint(b.first_sequence);
      out.varint(b.last_sequence);
      out.varint(b.base_offset);
      out.varint(b.last_offset);
      out.varint(b.seen_ms);
    }
  }
  out.uvarint(p.open.size());
  for (const auto& t : p.open) {
    out.varint(t.producer.id);
    out.varint(t.producer.epoch);
    out.varint(t.first);
  }
  out.uvarint(p.aborted.size());
  for (const auto& t : p.aborted) {
    out.varint(t.producer_id);
    out.varint(t.first);
    out.varint(t.last);
    out.varint(t.stable);
  }
}

PartitionRecord take_partition(Reader& in, std::uint32_t from_version) {
  PartitionRecord p;
  p.log_start = in.varint();
  p.flushed_end = in.varint();
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    EpochStart e;
    e.epoch = std::int32_t(in.varint());
    e.start = in.varint();
    p.epochs.push_back(e);
  }
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    SegmentInfo s;
    s.base = in.varint();
    s.next = in.varint();
    s.size = in.uvarint();
    s.max_timestamp_ms = in.varint();
    s.created_ms = in.varint();
    if (from_version >= 3) s.generation = std::uint32_t(in.uvarint());
    p.segments.push_back(s);
  }
  if (from_version >= 3) p.clean_end = in.varint();
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    const auto id = in.varint();
    std::vector<ProducerBatch> batches;
    for (auto m = in.uvarint(); m > 0 && in.ok(); --m) {
      ProducerBatch b;
      b.epoch = std::int16_t(in.varint());
      b.first_sequence = std::int32_t(in.varint());
      b.last_sequence = std::int32_t(in.varint());
      b.base_offset = in.varint();
      b.last_offset = in.varint();
      b.seen_ms = in.varint();
      batches.push_back(b);
    }
    if (batches.empty()) in.set_failed();
    p.producers.emplace(id, std::move(batches));
  }
  if (from_version < 2) return p;
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    OpenTransaction t;
    t.producer.id = in.varint();
    t.producer.epoch = std::int16_t(in.varint());
    t.first = in.varint();
    p.open.push_back(t);
  }
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    AbortedTransaction t;
    t.producer_id = in.varint();
    t.first = in.varint();
    t.last = in.varint();
    t.stable = in.varint();
    p.aborted.push_back(t);
  }
  return p;
}

}  // namespace

Bytes encode(const Checkpoint& checkpoint) {
  Bytes bytes(magic);
  Writer out(bytes);
  out.le(version);
  out.le<std::uint32_t>(0);
  out.le(checkpoint.replay_from);
  out.u8(checkpoint.clean ? 1 : 0);
  out.le(checkpoint.epoch);
  put_uuid(out, checkpoint.cluster);
  out.le(checkpoint.next_producer_id);
  out.uvarint(checkpoint.settings.size());
  for (const auto& settings : checkpoint.settings) put_settings(out, settings);
  out.uvarint(checkpoint.topics.size());
  for (const auto& t : checkpoint.topics) {
    put_topic(out, t.topic);
    for (const auto& p : t.partitions) put_partition(out, p);   // as many as the topic says
  }
  store_le(bytes.data() + 12, checksum(bytes, version));
  return bytes;
}

Result<Checkpoint> decode_checkpoint(BytesView bytes) {
  Reader in(bytes);
  if (in.bytes(8) != magic) return fail(ErrorCode::corrupt, "the checkpoint does not begin with 'braidckp'");
  const auto v = in.le<std::uint32_t>();
  if (in.ok() && (v < 1 || v > version))
    return fail(ErrorCode::unsupported, "the checkpoint has format version " + std::to_string(v) + ", this program knows up to " + std::to_string(version), "start the program that wrote it");
  const auto crc = in.le<std::uint32_t>();
  if (!in.ok() || crc != checksum(bytes, v)) return fail(ErrorCode::corrupt, "the checkpoint's checksum does not match its " + std::to_string(bytes.size()) + " bytes");
  Checkpoint c;
  c.replay_from = in.le<std::uint64_t>();
  c.clean = in.u8() != 0;
  c.epoch = in.le<std::int32_t>();
  c.cluster = take_uuid(in);
  c.next_producer_id = in.le<std::int64_t>();
  if (v >= 4)
    for (auto n = in.uvarint(); n > 0 && in.ok(); --n) c.settings.push_back(take_settings(in));
  for (auto n = in.uvarint(); n > 0 && in.ok(); --n) {
    CheckpointTopic t;
    t.topic = take_topic(in);
    for (std::int32_t i = 0; i < t.topic.partitions && in.ok(); ++i) t.partitions.push_back(take_partition(in, v));
    c.topics.push_back(std::move(t));
  }
  if (!in.ok() || !in.done()) return fail(ErrorCode::corrupt, "the checkpoint ends too early or too late");
  return c;
}

}  // namespace braid::storage
