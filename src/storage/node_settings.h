// Settings that clients changed while the node ran: of this broker, of all brokers, of groups (KIP-226, KIP-848). The log keeps them itself, in its
// write-ahead log and checkpoint, because topics go by some of them: log.retention.ms is the retention.ms of all topics that do not say otherwise.
// They lie over what the node was started with (LogOptions::topic_defaults); what a topic says itself lies over them.
//
// Any thread may ask; changes are made one after the other on the control shard, and are on disk when they return. What is returned never changes.
// Which names there are, and who may change them, is for the caller to say (broker/configs.cc). Here only the defaults of topics are looked into.
// Errors: invalid_config (topics cannot go by it, or too many settings), storage_failed, stopping.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "storage/log.h"
#include "storage/topic_config.h"

namespace braid::storage {

// Kafka's resource types. The name of a broker is its number; without a name: all brokers.
inline constexpr std::int8_t broker_settings_type = 4, group_settings_type = 32;

struct NodeSettings {
  using Key = std::pair<std::int8_t, std::string>;
  std::map<Key, ConfigMap> changed;   // none is empty
  ConfigMap topic_defaults;           // in force, by the names that topics have for them
  const std::string* find(std::int8_t type, std::string_view name, std::string_view setting) const;   // null: not changed
};

std::shared_ptr<const NodeSettings> node_settings(const Log& log);

// Nothing as a value removes. `replace`: what is not among the changes goes. `only_check`: changes nothing.
using SettingChanges = std::map<std::string, std::optional<std::string>>;
io::Task<LogResult<void>> change_node_settings(Log& log, NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check);

// Whether a value is of the type that the setting has.
Result<void> check_config_type(const ConfigEntry& entry, std::string_view value);

}  // namespace braid::storage
