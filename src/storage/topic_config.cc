#include "storage/topic_config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits/kafka.h"
#include "storage/node_settings.h"
#include "wire/recompress.h"

namespace braid::storage {
namespace {

// Names, types and defaults: kafka.apache.org/documentation/#topicconfigs (4.0). What this log does not need it accepts and ignores only
// where ignoring keeps Kafka's promise (min.insync.replicas on one node, preallocate) and says "no effect" in its documentation; the rest is refused by name.
constexpr std::array table{
    ConfigEntry{"braid.contract.action", ConfigType::string, "refuse", "", "the most that is done about a record that breaks its contract: refuse, divert (to the dead letters; the producer is acknowledged) or count"},
    ConfigEntry{"braid.contract.dead.letter.topic", ConfigType::string, "", "", "where diverted records go; empty: the topic's name and .dead-letters"},
    ConfigEntry{"braid.contract.payload", ConfigType::boolean, "false", "", "whether the bytes must be what their schema says; needs schema validation of keys or values"},
    ConfigEntry{"braid.contract.rules", ConfigType::boolean, "true", "", "whether conditions of the schema's rule set with enableAt SERVER or ALL are evaluated; needs schema validation"},
    ConfigEntry{"cleanup.policy", ConfigType::list, "delete", "log.cleanup.policy", "delete: old segments go by time and size; compact: keep the last value of each key"},
    ConfigEntry{"compression.gzip.level", ConfigType::int32, "-1", "compression.gzip.level", "no effect: the usual level is taken where compression.type asks for this codec"},
    ConfigEntry{"compression.lz4.level", ConfigType::int32, "9", "compression.lz4.level", "no effect: the usual level is taken where compression.type asks for this codec"},
    ConfigEntry{"compression.type", ConfigType::string, "producer", "compression.type", "producer: batches are kept as they were sent; uncompressed, gzip, snappy, lz4 or zstd: others are compressed again that way"},
    ConfigEntry{"compression.zstd.level", ConfigType::int32, "3", "compression.zstd.level", "no effect: the usual level is taken where compression.type asks for this codec"},
    ConfigEntry{"confluent.key.schema.validation", ConfigType::boolean, "false", "", "whether a key must carry the id of a schema of the topic's subject"},
    ConfigEntry{"confluent.key.subject.name.strategy", ConfigType::string, "io.confluent.kafka.serializers.subject.TopicNameStrategy", "", "which subject that is: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy"},
    ConfigEntry{"confluent.value.schema.validation", ConfigType::boolean, "false", "", "whether a value must carry the id of a schema of the topic's subject"},
    ConfigEntry{"confluent.value.subject.name.strategy", ConfigType::string, "io.confluent.kafka.serializers.subject.TopicNameStrategy", "", "which subject that is: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy"},
    ConfigEntry{"delete.retention.ms", ConfigType::int64, "86400000", "log.cleaner.delete.retention.ms", "how long tombstones of a compacted topic stay"},
    ConfigEntry{"file.delete.delay.ms", ConfigType::int64, "60000", "log.segment.delete.delay.ms", "no effect: files go when nobody reads them any more"},
    ConfigEntry{"flush.messages", ConfigType::int64, "9223372036854775807", "log.flush.interval.messages", "no effect: see flush.policy, which decides"},
    ConfigEntry{"flush.ms", ConfigType::int64, "9223372036854775807", "log.flush.interval.ms", "no effect: see flush.policy, which decides"},
    ConfigEntry{"flush.policy", ConfigType::string, "durable", "", "durable: answered when on disk; async: answered when written, the operating system brings it to the disk"},
    ConfigEntry{"follower.replication.throttled.replicas", ConfigType::list, "", "", "no effect: no replicas on one node"},
    ConfigEntry{"index.interval.bytes", ConfigType::int32, "4096", "log.index.interval.bytes", "no effect: how dense the offset index is, is fixed"},
    ConfigEntry{"leader.replication.throttled.replicas", ConfigType::list, "", "", "no effect: no replicas on one node"},
    ConfigEntry{"local.retention.bytes", ConfigType::int64, "-2", "log.local.retention.bytes", "no effect: all that is kept is kept here; -2: as retention.bytes"},
    ConfigEntry{"local.retention.ms", ConfigType::int64, "-2", "log.local.retention.ms", "no effect: all that is kept is kept here; -2: as retention.ms"},
    ConfigEntry{"max.compaction.lag.ms", ConfigType::int64, "9223372036854775807", "log.cleaner.max.compaction.lag.ms", "the longest a record stays uncompacted"},
    ConfigEntry{"max.message.bytes", ConfigType::int32, "1048588", "message.max.bytes", "the largest record batch, after compression"},
    ConfigEntry{"message.timestamp.after.max.ms", ConfigType::int64, "3600000", "log.message.timestamp.after.max.ms", "how far in the future a timestamp may lie"},
    ConfigEntry{"message.timestamp.before.max.ms", ConfigType::int64, "9223372036854775807", "log.message.timestamp.before.max.ms", "how far in the past a timestamp may lie"},
    ConfigEntry{"message.timestamp.type", ConfigType::string, "CreateTime", "log.message.timestamp.type", "CreateTime, or LogAppendTime"},
    ConfigEntry{"min.cleanable.dirty.ratio", ConfigType::real, "0.5", "log.cleaner.min.cleanable.ratio", "how much must be new before a topic is compacted"},
    ConfigEntry{"min.compaction.lag.ms", ConfigType::int64, "0", "log.cleaner.min.compaction.lag.ms", "the shortest a record stays uncompacted"},
    ConfigEntry{"min.insync.replicas", ConfigType::int32, "1", "min.insync.replicas", "no effect: there is one copy, and it is always in sync"},
    ConfigEntry{"preallocate", ConfigType::boolean, "false", "log.preallocate", "no effect: the write-ahead log is preallocated, segments are not"},
    ConfigEntry{"remote.log.copy.disable", ConfigType::boolean, "false", "", "no effect: there is no remote storage"},
    ConfigEntry{"remote.log.delete.on.disable", ConfigType::boolean, "false", "", "no effect: there is no remote storage"},
    ConfigEntry{"remote.storage.enable", ConfigType::boolean, "false", "", "false: there is no remote storage"},
    ConfigEntry{"retention.bytes", ConfigType::int64, "-1", "log.retention.bytes", "the largest size of a partition; -1: no limit"},
    ConfigEntry{"retention.ms", ConfigType::int64, "604800000", "log.retention.ms", "how long records stay; -1: for ever"},
    ConfigEntry{"segment.bytes", ConfigType::int32, "134217728", "log.segment.bytes", "the size at which a segment file is closed"},
    ConfigEntry{"segment.index.bytes", ConfigType::int32, "10485760", "log.index.size.max.bytes", "no effect: the index grows with its segment"},
    ConfigEntry{"segment.jitter.ms", ConfigType::int64, "0", "log.roll.jitter.ms", "no effect: segments are closed by one thread, one after the other"},
    ConfigEntry{"segment.ms", ConfigType::int64, "604800000", "log.roll.ms", "the age at which a segment file is closed"},
    ConfigEntry{"unclean.leader.election.enable", ConfigType::boolean, "false", "unclean.leader.election.enable", "no effect: no replicas on one node"},
};
static_assert(std::ranges::is_sorted(table, {}, &ConfigEntry::name));

bool topic_name_text(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." && std::ranges::all_of(name, fits);
}

std::unexpected<Error> wrong(std::string_view name, std::string_view value, std::string_view expected) {
  return fail(ErrorCode::invalid_input, std::string(name) + " cannot be '" + std::string(value) + "'", "use " + std::string(expected));
}

template <class T> Result<T> number(std::string_view name, std::string_view text, T min, T max, std::string_view expected) {
  T value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || value < min || value > max) return wrong(name, text, expected);
  return value;
}

}  // namespace

Result<void> check_config_type(const ConfigEntry& entry, std::string_view value) {
  switch (entry.type) {
    case ConfigType::boolean:
      if (value != "true" && value != "false") return wrong(entry.name, value, "true or false");
      return {};
    case ConfigType::int32:
      if (!number<std::int32_t>(entry.name, value, -1, INT32_MAX, "")) return wrong(entry.name, value, "a whole number up to 2147483647");
      return {};
    case ConfigType::int64:
      if (!number<std::int64_t>(entry.name, value, entry.default_value == "-2" ? -2 : -1, INT64_MAX, "")) return wrong(entry.name, value, "a whole number, -1 for no limit");
      return {};
    case ConfigType::real:
      if (!number<double>(entry.name, value, 0.0, 1.0, "")) return wrong(entry.name, value, "a number from 0 to 1");
      return {};
    case ConfigType::string:
    case ConfigType::list: return {};
  }
  return {};
}

std::span<const ConfigEntry> topic_config_table() { return table; }

const ConfigEntry* find_topic_config(std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &ConfigEntry::name);
  return at != table.end() && at->name == name ? &*at : nullptr;
}

namespace {

Result<ContractConfig::Subject> subject_strategy(std::string_view name, std::string_view value) {
  const auto plain = value.substr(value.rfind('.') + 1);   // npos + 1 is 0: without its package
  if (plain == "TopicNameStrategy") return ContractConfig::Subject::topic;
  if (plain == "RecordNameStrategy") return ContractConfig::Subject::record;
  if (plain == "TopicRecordNameStrategy") return ContractConfig::Subject::topic_record;
  return wrong(name, value, "TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy, with or without io.confluent.kafka.serializers.subject. in front");
}

// False: the setting is none of the contract's.
Result<bool> assign_contract(ContractConfig& contract, const std::string& name, const std::string& value) {
  if (name == "confluent.key.schema.validation") {
    contract.key.on = value == "true";
  } else if (name == "confluent.value.schema.validation") {
    contract.value.on = value == "true";
  } else if (name == "confluent.key.subject.name.strategy") {
    TRY(contract.key.subject, subject_strategy(name, value));
  } else if (name == "confluent.value.subject.name.strategy") {
    TRY(contract.value.subject, subject_strategy(name, value));
  } else if (name == "braid.contract.action") {
    using Action = ContractConfig::Action;
    if (value != "refuse" && value != "divert" && value != "count") return wrong(name, value, "refuse, divert or count");
    contract.action = value == "refuse" ? Action::refuse : value == "divert" ? Action::divert : Action::count;
  } else if (name == "braid.contract.payload") {
    contract.payload = value == "true";
  } else if (name == "braid.contract.rules") {
    contract.rules = value == "true";
  } else if (name == "braid.contract.dead.letter.topic") {
    if (!value.empty() && !topic_name_text(value)) return wrong(name, value, "the name of a topic: 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
    if (value.starts_with("_")) return wrong(name, value, "a name that does not begin with _: such topics are the node's own");
    contract.dead_letter_topic = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<TopicConfig> parse_topic_config(const ConfigMap& overrides) {
  TopicConfig config;
  config.timestamp_after_ms_max = 3'600'000;   // since Kafka 4.0 (KIP-1030); what the node itself writes is not held to it (AppendOptions::trusted)
  ContractConfig contract;
  for (const auto& [name, value] : overrides) {
    const auto* entry = find_topic_config(name);
    if (entry == nullptr) return fail(ErrorCode::invalid_input, "there is no topic setting '" + name + "'", "the settings are Kafka's, for example retention.ms");
    TRY_VOID(check_config_type(*entry, value));
    TRY(const bool of_contract, assign_contract(contract, name, value));
    if (of_contract) continue;
    if (name == "cleanup.policy") {
      if (value != "delete" && value != "compact" && value != "compact,delete" && value != "delete,compact")
        return wrong(name, value, "delete, compact, or compact,delete");
      config.compacted = value.find("compact") != std::string::npos;
      config.deletes_old = value.find("delete") != std::string::npos;
    } else if (name == "compression.type") {
      if (value != "producer" && !wire::codec_named(value)) return wrong(name, value, "producer, uncompressed, gzip, snappy, lz4 or zstd");
    } else if (name == "flush.policy") {
      if (value != "durable" && value != "async") return wrong(name, value, "durable or async");
      config.durable = value == "durable";
    } else if (name == "message.timestamp.type") {
      if (value != "CreateTime" && value != "LogAppendTime") return wrong(name, value, "CreateTime or LogAppendTime");
      config.log_append_time = value == "LogAppendTime";
    } else if (name == "retention.ms") {
      TRY(config.retention_ms, number<std::int64_t>(name, value, -1, INT64_MAX, "milliseconds, or -1 for ever"));
    } else if (name == "retention.bytes") {
      TRY(config.retention_bytes, number<std::int64_t>(name, value, -1, INT64_MAX, "bytes, or -1 for no limit"));
    } else if (name == "min.compaction.lag.ms") {
      TRY(config.compaction_lag_ms_min, number<std::int64_t>(name, value, 0, INT64_MAX, "milliseconds from 0"));
    } else if (name == "max.compaction.lag.ms") {
      TRY(config.compaction_lag_ms_max, number<std::int64_t>(name, value, 1, INT64_MAX, "milliseconds from 1"));
    } else if (name == "delete.retention.ms") {
      TRY(config.delete_retention_ms, number<std::int64_t>(name, value, 0, INT64_MAX, "milliseconds from 0"));
    } else if (name == "min.cleanable.dirty.ratio") {
      TRY(config.dirty_ratio_min, number<double>(name, value, 0.0, 1.0, "a number from 0 to 1"));
    } else if (name == "segment.bytes") {
      TRY(config.segment_bytes, number<std::int64_t>(name, value, 14, INT32_MAX, "bytes from 14 to 2147483647"));   // 14: Kafka's minimum
    } else if (name == "segment.ms") {
      TRY(config.segment_ms, number<std::int64_t>(name, value, 1, INT64_MAX, "milliseconds from 1"));
    } else if (name == "max.message.bytes") {
      TRY(config.message_bytes_max, number<std::int32_t>(name, value, 0, std::int32_t(limits::kafka_request_bytes_max), "bytes up to 104857600"));
    } else if (name == "message.timestamp.before.max.ms") {
      TRY(config.timestamp_before_ms_max, number<std::int64_t>(name, value, 0, INT64_MAX, "milliseconds from 0"));
    } else if (name == "message.timestamp.after.max.ms") {
      TRY(config.timestamp_after_ms_max, number<std::int64_t>(name, value, 0, INT64_MAX, "milliseconds from 0"));
    } else if (name == "remote.storage.enable") {
      if (value == "true") return fail(ErrorCode::unsupported, "remote.storage.enable 'true' is not offered: there is no remote storage", "use false");
    } else if (name == "min.insync.replicas") {
      TRY_VOID(number<std::int32_t>(name, value, 1, INT32_MAX, "a whole number from 1"));
    }
  }
  if (config.compaction_lag_ms_min > config.compaction_lag_ms_max)
    return fail(ErrorCode::invalid_input, "min.compaction.lag.ms is above max.compaction.lag.ms", "the shortest time a record stays uncompacted cannot be longer than the longest");
  if (contract.key.on || contract.value.on) config.contract = std::make_shared<const ContractConfig>(std::move(contract));
  return config;
}

ConfigMap effective_configs(const ConfigMap& overrides) {
  ConfigMap all;
  for (const auto& entry : table) all.emplace(entry.name, entry.default_value);
  for (const auto& [name, value] : overrides) all.insert_or_assign(name, value);
  return all;
}

}  // namespace braid::storage
