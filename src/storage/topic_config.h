// Settings of a topic, by Kafka's names: one table with type, default and meaning, and the parsed values that the log works with.
// Plain values and pure functions. Times in milliseconds, sizes in bytes; -1 means "no limit" where Kafka means that.
// `flush.policy` is ours: durable (an answer means the bytes are on disk) or async (answered at once, synced a moment later).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace braid::storage {

using ConfigMap = std::map<std::string, std::string>;

enum class ConfigType { boolean, string, int32, int64, real, list };

struct ConfigEntry {
  std::string_view name;
  ConfigType type;
  std::string_view default_value;
  std::string_view broker_name;   // the broker-wide setting that Kafka names as its synonym ("log.retention.ms"); may be empty
  std::string_view doc;
};

std::span<const ConfigEntry> topic_config_table();             // in alphabetical order
const ConfigEntry* find_topic_config(std::string_view name);   // null when there is no such setting

struct TopicConfig {
  bool compacted = false;               // cleanup.policy contains compact
  bool deletes_old = true;              // cleanup.policy contains delete
  bool durable = true;                  // flush.policy
  bool log_append_time = false;         // message.timestamp.type
  std::int64_t retention_ms = 604'800'000;
  std::int64_t retention_bytes = -1;
  std::int64_t compaction_lag_ms_min = 0;
  std::int64_t compaction_lag_ms_max = INT64_MAX;
  std::int64_t delete_retention_ms = 86'400'000;
  double dirty_ratio_min = 0.5;
  std::int64_t segment_bytes = 134'217'728;
  std::int64_t segment_ms = 604'800'000;
  std::int32_t message_bytes_max = 1'048'588;
  std::int64_t timestamp_before_ms_max = INT64_MAX;
  std::int64_t timestamp_after_ms_max = INT64_MAX;
};

// Checks every name and value; the first wrong one is the error.
Result<TopicConfig> parse_topic_config(const ConfigMap& overrides);
// Overrides on top of the defaults: what is in force.
ConfigMap effective_configs(const ConfigMap& overrides);

}  // namespace braid::storage
