#include "registry/settings.h"

#include <algorithm>

namespace braid::registry {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::pair<Enum, std::string_view> (&table)[N], std::string_view name) {
  std::string upper(name);
  for (auto& c : upper) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  for (const auto& [value, text] : table)
    if (text == upper) return value;
  return std::nullopt;
}
template <class Enum, std::size_t N> std::string_view name_in(const std::pair<Enum, std::string_view> (&table)[N], Enum value) {
  for (const auto& [candidate, text] : table)
    if (candidate == value) return text;
  return "";
}

constexpr std::pair<SchemaType, std::string_view> types[] = {{SchemaType::avro, "AVRO"}, {SchemaType::json, "JSON"}, {SchemaType::protobuf, "PROTOBUF"}};
constexpr std::pair<Level, std::string_view> levels[] = {
    {Level::none, "NONE"}, {Level::backward, "BACKWARD"}, {Level::backward_transitive, "BACKWARD_TRANSITIVE"}, {Level::forward, "FORWARD"},
    {Level::forward_transitive, "FORWARD_TRANSITIVE"}, {Level::full, "FULL"}, {Level::full_transitive, "FULL_TRANSITIVE"}};
constexpr std::pair<Policy, std::string_view> policies[] = {{Policy::strict, "STRICT"}, {Policy::lenient, "LENIENT"}, {Policy::logical, "LOGICAL"}};
constexpr std::pair<Mode, std::string_view> modes[] = {
    {Mode::readwrite, "READWRITE"}, {Mode::readonly, "READONLY"}, {Mode::readonly_override, "READONLY_OVERRIDE"}, {Mode::import, "IMPORT"}, {Mode::forward, "FORWARD"}};

// Rules of `upper` replace those of the same name and stand behind the others.
std::vector<Rule> merged_rules(const std::vector<Rule>& lower, const std::vector<Rule>& upper) {
  std::vector<Rule> out;
  for (const auto& rule : lower)
    if (std::none_of(upper.begin(), upper.end(), [&](const Rule& other) { return other.name == rule.name; })) out.push_back(rule);
  out.insert(out.end(), upper.begin(), upper.end());
  return out;
}

}  // namespace

std::string_view name_of(SchemaType type) { return name_in(types, type); }
std::optional<SchemaType> schema_type_named(std::string_view name) {
  for (const auto& [value, text] : types)
    if (text == name) return value;
  return std::nullopt;
}
std::string_view name_of(Level level) { return name_in(levels, level); }
std::optional<Level> level_named(std::string_view name) { return find_name(levels, name); }
std::string_view name_of(Policy policy) { return name_in(policies, policy); }
std::optional<Policy> policy_named(std::string_view name) { return find_name(policies, name); }
std::string_view name_of(Mode mode) { return name_in(modes, mode); }
std::optional<Mode> mode_named(std::string_view name) { return find_name(modes, name); }

Config over(const Config& upper, const Config& lower) {
  Config out = lower;
  const auto take = [](auto& to, const auto& from) { if (from) to = from; };
  take(out.alias, upper.alias);
  take(out.alias_for_deks, upper.alias_for_deks);
  take(out.normalize, upper.normalize);
  take(out.validate_fields, upper.validate_fields);
  take(out.validate_new_schemas, upper.validate_new_schemas);
  take(out.validate_rules, upper.validate_rules);
  take(out.level, upper.level);
  take(out.policy, upper.policy);
  take(out.group, upper.group);
  take(out.default_metadata, upper.default_metadata);
  take(out.override_metadata, upper.override_metadata);
  take(out.default_rule_set, upper.default_rule_set);
  take(out.override_rule_set, upper.override_rule_set);
  return out;
}

std::optional<Metadata> merged(const std::optional<Metadata>& lower, const std::optional<Metadata>& upper) {
  if (!lower) return upper;
  if (!upper) return lower;
  Metadata out = *lower;
  for (const auto& [path, tags] : upper->tags) out.tags[path].insert(tags.begin(), tags.end());
  for (const auto& [key, value] : upper->properties) out.properties[key] = value;
  out.sensitive.insert(upper->sensitive.begin(), upper->sensitive.end());
  return out;
}

std::optional<RuleSet> merged(const std::optional<RuleSet>& lower, const std::optional<RuleSet>& upper) {
  if (!lower) return upper;
  if (!upper) return lower;
  RuleSet out;
  out.migration_rules = merged_rules(lower->migration_rules, upper->migration_rules);
  out.domain_rules = merged_rules(lower->domain_rules, upper->domain_rules);
  out.encoding_rules = merged_rules(lower->encoding_rules, upper->encoding_rules);
  out.enable_at = upper->enable_at ? upper->enable_at : lower->enable_at;
  return out;
}

}  // namespace braid::registry
