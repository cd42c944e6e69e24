// What stands in the write-ahead log: one entry per appended batch and per change of a topic. Pure encoding; little-endian, varints as in base/bytes.h.
//   u8 kind, then
//   1 batch      uuid topic, i32 partition, the RecordBatch with its offset and epoch set
//   2 topic      uuid, u8 internal, i64 created_ms, string name, uvarint partitions, configs   (made or changed: the whole description)
//   3 gone       uuid: the topic was deleted
//   4 log_start  uuid, i32 partition, i64 offset: everything below is gone
//   5 started    i32 leader epoch from here on
//   6 producers  i64: producer ids below this one may have been given out
//   7 settings   i8 type and string name of whose they are, configs: all that were changed of it while the node ran; none: all are gone
// string: uvarint length, bytes. configs: uvarint count, then name and value strings. doc: docs/formats/wal.md
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "storage/topic_config.h"

namespace braid::storage {

struct BatchEntry {
  Uuid topic{};
  std::int32_t partition = 0;
  BytesView batch;              // into the bytes that were decoded
};
struct TopicEntry {
  Uuid id{};
  bool internal = false;
  std::int64_t created_ms = 0;
  std::string name;
  std::int32_t partitions = 0;
  ConfigMap configs;
};
struct GoneEntry { Uuid topic{}; };
struct LogStartEntry {
  Uuid topic{};
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};
struct StartedEntry { std::int32_t epoch = 0; };
struct ProducersEntry { std::int64_t next_id = 0; };
struct SettingsEntry {
  std::int8_t resource_type = 0;   // storage/node_settings.h
  std::string name;
  ConfigMap settings;
};

using Entry = std::variant<BatchEntry, TopicEntry, GoneEntry, LogStartEntry, StartedEntry, ProducersEntry, SettingsEntry>;

// For a batch only what stands in front of it: the batch itself is written from where it is.
Bytes encode(const Entry& entry);
Result<Entry> decode_entry(BytesView bytes);

// Shared with the checkpoint, which describes topics in the same way.
void put_string(Writer& out, std::string_view text);
std::string take_string(Reader& in);
void put_uuid(Writer& out, const Uuid& uuid);
Uuid take_uuid(Reader& in);
void put_topic(Writer& out, const TopicEntry& topic);
TopicEntry take_topic(Reader& in);
void put_settings(Writer& out, const SettingsEntry& settings);
SettingsEntry take_settings(Reader& in);

}  // namespace braid::storage
