// Settings of a topic, by Kafka's names: one table with type, default and meaning, and the parsed values that the log works with.
// Plain values and pure functions. Times in milliseconds, sizes in bytes; -1 means "no limit" where Kafka means that.
// `flush.policy` is ours: durable (an answer means the bytes are on disk) or async (they are written: the end of the process loses nothing, that of the machine what it had not yet brought to the disk).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
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

// What the records of a topic must keep (storage/record_gate.h). Only there when keys or values are to be checked.
struct ContractConfig {
  enum class Subject { topic, record, topic_record };   // TopicNameStrategy and its like: under which subject the schema must stand
  enum class Action { count, divert, refuse };          // the most that is done about a record that breaks it, mildest first
  struct Side {
    bool on = false;                    // confluent.{key,value}.schema.validation
    Subject subject = Subject::topic;   // confluent.{key,value}.subject.name.strategy
  };
  Side key, value;
  Action action = Action::refuse;       // braid.contract.action
  bool payload = false;                 // braid.contract.payload: the bytes must be what the schema says
  bool rules = true;                    // braid.contract.rules: conditions of the schema's rule set that are enabled at the server
  std::string dead_letter_topic;        // braid.contract.dead.letter.topic; empty: the topic's name and ".dead-letters"
};

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
  std::shared_ptr<const ContractConfig> contract;   // null: no record is looked into; shared by the copies of the settings
};

// Checks every name and value; the first wrong one is the error.
Result<TopicConfig> parse_topic_config(const ConfigMap& overrides);
// Overrides on top of the defaults: what is in force.
ConfigMap effective_configs(const ConfigMap& overrides);

}  // namespace braid::storage
