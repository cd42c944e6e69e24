// decode(encode(x)) = x for what stands in the write-ahead log, the checkpoint and the index; and any cut or changed byte is noticed where a
// checksum guards it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/checkpoint.h"
#include "storage/entries.h"
#include "storage/segment.h"

namespace braid::storage {
namespace {

Uuid any_uuid() {
  Uuid uuid{};
  for (auto& byte : uuid) byte = *rc::gen::arbitrary<std::uint8_t>();
  return uuid;
}
TopicEntry any_topic() {
  TopicEntry topic;
  topic.id = any_uuid();
  topic.internal = *rc::gen::arbitrary<bool>();
  topic.created_ms = *rc::gen::arbitrary<std::int64_t>();
  topic.name = *rc::gen::arbitrary<std::string>();
  topic.partitions = *rc::gen::inRange(1, 5);
  topic.configs = *rc::gen::arbitrary<std::map<std::string, std::string>>();
  return topic;
}
bool same(const TopicEntry& a, const TopicEntry& b) {
  return a.id == b.id && a.internal == b.internal && a.created_ms == b.created_ms && a.name == b.name && a.partitions == b.partitions && a.configs == b.configs;
}

RC_GTEST_PROP(StorageFormats, EntriesComeBack, ()) {
  const auto topic = any_topic();
  auto decoded = decode_entry(encode(topic));
  RC_ASSERT(decoded.has_value() && std::holds_alternative<TopicEntry>(*decoded));
  RC_ASSERT(same(std::get<TopicEntry>(*decoded), topic));
  LogStartEntry start{any_uuid(), *rc::gen::arbitrary<std::int32_t>(), *rc::gen::arbitrary<std::int64_t>()};
  decoded = decode_entry(encode(start));
  RC_ASSERT(decoded.has_value());
  const auto& got = std::get<LogStartEntry>(*decoded);
  RC_ASSERT(got.topic == start.topic && got.partition == start.partition && got.offset == start.offset);
  const auto body = *rc::gen::arbitrary<std::string>();
  const auto bytes = encode(BatchEntry{start.topic, 7, {}}) + body;
  const auto batch = decode_entry(bytes);
  RC_ASSERT(batch.has_value() && std::get<BatchEntry>(*batch).batch == body && std::get<BatchEntry>(*batch).partition == 7);
}

RC_GTEST_PROP(StorageFormats, CheckpointsComeBackAndDamageIsNoticed, ()) {
  Checkpoint c;
  c.replay_from = *rc::gen::arbitrary<std::uint64_t>();
  c.clean = *rc::gen::arbitrary<bool>();
  c.epoch = *rc::gen::arbitrary<std::int32_t>();
  c.cluster = any_uuid();
  c.next_producer_id = *rc::gen::arbitrary<std::int64_t>();
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n) c.settings.push_back({32, std::string(std::size_t(n), 'g'), any_topic().configs});
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
    CheckpointTopic t;
    t.topic = any_topic();
    for (int p = 0; p < t.topic.partitions; ++p) {
      PartitionRecord r;
      r.log_start = *rc::gen::inRange(0, 1000);
      r.flushed_end = *rc::gen::inRange(0, 100000);
      r.epochs = {{1, 5}, {2, r.flushed_end}};
      r.segments = {{0, 10, 1000, 77, 88}, {10, 20, 5, -1, 99}};
      r.producers[*rc::gen::arbitrary<std::int64_t>()] = {{1, 2, 3, 4, 5, 6}};
      t.partitions.push_back(std::move(r));
    }
    c.topics.push_back(std::move(t));
  }
  auto bytes = encode(c);
  const auto back = decode_checkpoint(bytes);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->replay_from == c.replay_from && back->clean == c.clean && back->epoch == c.epoch && back->cluster == c.cluster && back->next_producer_id == c.next_producer_id);
  RC_ASSERT(back->settings.size() == c.settings.size());
  for (std::size_t i = 0; i < c.settings.size(); ++i)
    RC_ASSERT(back->settings[i].name == c.settings[i].name && back->settings[i].settings == c.settings[i].settings && back->settings[i].resource_type == 32);
  RC_ASSERT(back->topics.size() == c.topics.size());
  for (std::size_t i = 0; i < c.topics.size(); ++i) {
    RC_ASSERT(same(back->topics[i].topic, c.topics[i].topic));
    for (std::size_t p = 0; p < c.topics[i].partitions.size(); ++p) {
      const auto &a = back->topics[i].partitions[p], &b = c.topics[i].partitions[p];
      RC_ASSERT(a.log_start == b.log_start && a.flushed_end == b.flushed_end && a.epochs.size() == 2u && a.segments.size() == 2u);
      RC_ASSERT(a.segments[0].size == 1000u && a.segments[1].created_ms == 99 && a.producers.begin()->second[0].last_offset == 5);
    }
  }
  RC_ASSERT(encode(*back) == bytes);
  bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= 1;
  RC_ASSERT(!decode_checkpoint(bytes).has_value());
}

RC_GTEST_PROP(StorageFormats, IndexesComeBackAndDamageIsNoticed, ()) {
  SegmentInfo info{*rc::gen::inRange(0, 100), 5000, *rc::gen::inRange<std::uint64_t>(0, 1 << 30), 0, 0};
  SegmentIndex index;
  for (int n = *rc::gen::inRange(0, 20); n > 0; --n) index.push_back({*rc::gen::arbitrary<std::int64_t>(), *rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::int64_t>()});
  auto bytes = encode_index(index, info);
  const auto back = decode_index(bytes, info);
  RC_ASSERT(back.has_value() && back->size() == index.size());
  for (std::size_t i = 0; i < index.size(); ++i) RC_ASSERT((*back)[i].offset == index[i].offset && (*back)[i].position == index[i].position && (*back)[i].max_timestamp_ms == index[i].max_timestamp_ms);
  bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= 1;
  RC_ASSERT(!decode_index(bytes, info).has_value());
}

}  // namespace
}  // namespace braid::storage
