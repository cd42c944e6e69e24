#include "storage/entries.h"

#include <cstring>

#include "base/limits/event_log.h"

namespace braid::storage {

void put_string(Writer& out, std::string_view text) {
  out.uvarint(text.size());
  out.bytes(text);
}
std::string take_string(Reader& in) { return std::string(in.bytes(in.uvarint())); }
void put_uuid(Writer& out, const Uuid& uuid) { out.bytes({reinterpret_cast<const char*>(uuid.data()), uuid.size()}); }
Uuid take_uuid(Reader& in) {
  Uuid uuid{};
  const auto bytes = in.bytes(uuid.size());
  if (in.ok()) std::memcpy(uuid.data(), bytes.data(), uuid.size());
  return uuid;
}

namespace {
void put_configs(Writer& out, const ConfigMap& configs) {
  out.uvarint(configs.size());
  for (const auto& [name, value] : configs) {
    put_string(out, name);
    put_string(out, value);
  }
}
ConfigMap take_configs(Reader& in) {
  ConfigMap configs;
  for (auto count = in.uvarint(); count > 0 && in.ok(); --count) {
    auto name = take_string(in);
    configs[std::move(name)] = take_string(in);
  }
  return configs;
}
}  // namespace

void put_topic(Writer& out, const TopicEntry& topic) {
  put_uuid(out, topic.id);
  out.u8(topic.internal ? 1 : 0);
  out.le(topic.created_ms);
  put_string(out, topic.name);
  out.uvarint(std::uint64_t(topic.partitions));
  put_configs(out, topic.configs);
}
TopicEntry take_topic(Reader& in) {
  TopicEntry topic;
  topic.id = take_uuid(in);
  topic.internal = in.u8() != 0;
  topic.created_ms = in.le<std::int64_t>();
  topic.name = take_string(in);
  const auto partitions = in.uvarint();
  if (partitions < 1 || partitions > std::uint64_t(limits::partitions_per_topic_max)) in.set_failed();
  topic.partitions = std::int32_t(partitions);
  topic.configs = take_configs(in);
  return topic;
}

void put_settings(Writer& out, const SettingsEntry& settings) {
  out.u8(std::uint8_t(settings.resource_type));
  put_string(out, settings.name);
  put_configs(out, settings.settings);
}
SettingsEntry take_settings(Reader& in) {
  SettingsEntry out;
  out.resource_type = std::int8_t(in.u8());
  out.name = take_string(in);
  out.settings = take_configs(in);
  return out;
}

namespace {
enum Kind : std::uint8_t { batch = 1, topic = 2, gone = 3, log_start = 4, started = 5, producers = 6, settings = 7 };

struct Encoder {
  Writer& out;
  void operator()(const BatchEntry& e) { out.u8(Kind::batch); put_uuid(out, e.topic); out.le(e.partition); }
  void operator()(const TopicEntry& e) { out.u8(Kind::topic); put_topic(out, e); }
  void operator()(const GoneEntry& e) { out.u8(Kind::gone); put_uuid(out, e.topic); }
  void operator()(const LogStartEntry& e) { out.u8(Kind::log_start); put_uuid(out, e.topic); out.le(e.partition); out.le(e.offset); }
  void operator()(const StartedEntry& e) { out.u8(Kind::started); out.le(e.epoch); }
  void operator()(const ProducersEntry& e) { out.u8(Kind::producers); out.le(e.next_id); }
  void operator()(const SettingsEntry& e) { out.u8(Kind::settings); put_settings(out, e); }
};

Result<Entry> decode(Reader& in) {
  switch (const auto kind = in.u8()) {
    case Kind::batch: {
      BatchEntry e;
      e.topic = take_uuid(in);
      e.partition = in.le<std::int32_t>();
      e.batch = in.rest();
      return e;
    }
    case Kind::topic: return take_topic(in);
    case Kind::gone: return GoneEntry{take_uuid(in)};
    case Kind::log_start: {
      LogStartEntry e;
      e.topic = take_uuid(in);
      e.partition = in.le<std::int32_t>();
      e.offset = in.le<std::int64_t>();
      return e;
    }
    case Kind::started: return StartedEntry{in.le<std::int32_t>()};
    case Kind::producers: return ProducersEntry{in.le<std::int64_t>()};
    case Kind::settings: return take_settings(in);
    default: return fail(ErrorCode::unsupported, "an entry of kind " + std::to_string(int(kind)) + " is not known", "start the program that wrote it");
  }
}
}  // namespace

Bytes encode(const Entry& entry) {
  Bytes bytes;
  Writer out(bytes);
  std::visit(Encoder{out}, entry);
  return bytes;
}

Result<Entry> decode_entry(BytesView bytes) {
  Reader in(bytes);
  TRY(auto entry, decode(in));
  if (!in.ok() || !in.done()) return fail(ErrorCode::corrupt, "an entry of " + std::to_string(bytes.size()) + " bytes is not what was written");
  return entry;
}

}  // namespace braid::storage
