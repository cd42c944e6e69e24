// Settings that were changed while the node ran: storage/node_settings.h.
#include "base/limits/event_log.h"
#include "base/log.h"
#include "storage/failure.h"
#include "storage/log_impl.h"

namespace braid::storage {
namespace {

// All brokers first, then this one, which lies over them.
ConfigMap topic_defaults_of(const std::map<NodeSettings::Key, ConfigMap>& changed, ConfigMap defaults) {
  for (const auto& [whose, settings] : changed) {
    if (whose.first != broker_settings_type) continue;
    for (const auto& entry : topic_config_table())
      if (const auto at = settings.find(std::string(entry.broker_name)); at != settings.end() && !entry.broker_name.empty()) defaults.insert_or_assign(std::string(entry.name), at->second);
  }
  return defaults;
}

std::size_t count(const std::map<NodeSettings::Key, ConfigMap>& changed) {
  std::size_t n = 0;
  for (const auto& [_, settings] : changed) n += settings.size();
  return n;
}

}  // namespace

Result<void> check_topic_defaults(const ConfigMap& defaults) {
  TRY_VOID(parse_topic_config(defaults));
  if (const auto codec = defaults.find("compression.type"); codec != defaults.end() && codec->second != "producer")
    return fail(ErrorCode::unsupported, "compression.type cannot be the default of all topics", "set it for the topics that are to have it");
  return {};
}

const std::string* NodeSettings::find(std::int8_t type, std::string_view name, std::string_view setting) const {
  const auto of = changed.find({type, std::string(name)});
  if (of == changed.end()) return nullptr;
  const auto at = of->second.find(std::string(setting));
  return at == of->second.end() ? nullptr : &at->second;
}

void LogImpl::put_settings(NodeSettings& settings, const SettingsEntry& entry) const {
  if (entry.settings.empty()) settings.changed.erase({entry.resource_type, entry.name});
  else settings.changed[{entry.resource_type, entry.name}] = entry.settings;
  settings.topic_defaults = topic_defaults_of(settings.changed, options_.topic_defaults);
}

// The topics as they are under other defaults.
Result<std::shared_ptr<Topics>> LogImpl::topics_under(const NodeSettings& settings) {
  const auto now = topics_.load();
  auto next = std::make_shared<Topics>(*now);
  if (settings.topic_defaults == settings_.load()->topic_defaults) return next;   // of a group, for example
  for (const auto& [_, topic] : now->by_name()) {
    auto changed = std::make_shared<Topic>(*topic);
    TRY(changed->config, config_under(settings.topic_defaults, topic->configs));
    next->put(std::move(changed));
  }
  return next;
}

// What the log was told before: at a start, so that a setting which this program does not take any more costs that setting and not the start.
void LogImpl::restore_settings(const SettingsEntry& entry) {
  auto next = std::make_shared<NodeSettings>(*settings_.load());
  put_settings(*next, entry);
  auto good = check_topic_defaults(next->topic_defaults);
  auto topics = good ? topics_under(*next) : Result<std::shared_ptr<Topics>>(std::unexpected(good.error()));
  if (!topics) {
    log::error("settings_not_taken", {{"of", entry.name.empty() ? "all brokers" : entry.name}, {"what", topics.error().message}});
    return;
  }
  settings_.store(std::move(next));
  topics_.store(*std::move(topics));
}

io::Task<LogResult<void>> LogImpl::change_settings(NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check) {
  auto there = shards_.control().on([this, whose, changes, replace, only_check] { return change_settings_turn(whose, changes, replace, only_check); });
  co_return co_await std::move(there);
}

io::Task<LogResult<void>> LogImpl::change_settings_turn(NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check) {
  const auto turn = co_await changing_.take();
  if (stopping_) co_return refuse(Reason::stopping, "the log is being closed");
  auto next = std::make_shared<NodeSettings>(*settings_.load());
  SettingsEntry entry{whose.first, whose.second, {}};
  if (const auto now = next->changed.find(whose); now != next->changed.end() && !replace) entry.settings = now->second;
  for (auto& [name, value] : changes) {
    if (value) entry.settings[name] = *value;
    else entry.settings.erase(name);
  }
  put_settings(*next, entry);
  if (count(next->changed) > limits::node_settings_max)
    co_return refuse(Reason::invalid_config, "more than " + std::to_string(limits::node_settings_max) + " settings of brokers and groups", "remove those of groups that are no more");
  // By themselves too: others may lie over them at the moment.
  if (auto good = check_topic_defaults(topic_defaults_of({{whose, entry.settings}}, {})); !good) co_return std::unexpected(Failure(Reason::invalid_config, std::move(good).error()));
  if (auto good = check_topic_defaults(next->topic_defaults); !good) co_return std::unexpected(Failure(Reason::invalid_config, std::move(good).error()));
  auto topics = topics_under(*next);
  if (!topics) co_return std::unexpected(Failure(Reason::invalid_config, std::move(topics).error()));
  if (only_check) co_return LogResult<void>{};
  auto committing = commit_entry(std::move(entry));
  CO_TRY_VOID(co_await std::move(committing));
  settings_.store(std::move(next));
  topics_.store(*std::move(topics));   // nobody else changes topics: this is our turn
  co_return LogResult<void>{};
}

std::shared_ptr<const NodeSettings> node_settings(const Log& log) { return static_cast<const LogImpl&>(log).settings(); }
io::Task<LogResult<void>> change_node_settings(Log& log, NodeSettings::Key whose, SettingChanges changes, bool replace, bool only_check) {
  return static_cast<LogImpl&>(log).change_settings(std::move(whose), std::move(changes), replace, only_check);
}

}  // namespace braid::storage
