// Settings of a subject, a context or the whole registry: compatibility and what goes with it, and the mode. Plain values.
#pragma once
#include "registry/schema.h"

namespace braid::registry {

enum class Level : std::uint8_t { none, backward, backward_transitive, forward, forward_transitive, full, full_transitive };
std::string_view name_of(Level level);                            // "BACKWARD_TRANSITIVE"
std::optional<Level> level_named(std::string_view name);          // any case

enum class Policy : std::uint8_t { strict, lenient, logical };
std::string_view name_of(Policy policy);
std::optional<Policy> policy_named(std::string_view name);

enum class Mode : std::uint8_t { readwrite, readonly, readonly_override, import, forward };
std::string_view name_of(Mode mode);
std::optional<Mode> mode_named(std::string_view name);            // any case

// Every field may be unset: then the scope above decides.
struct Config {
  std::optional<std::string> alias;
  std::optional<bool> alias_for_deks;
  std::optional<bool> normalize, validate_fields, validate_new_schemas, validate_rules;
  std::optional<Level> level;
  std::optional<Policy> policy;
  std::optional<std::string> group;                               // compatibilityGroup
  std::optional<Metadata> default_metadata, override_metadata;
  std::optional<RuleSet> default_rule_set, override_rule_set;
  friend bool operator==(const Config&, const Config&) = default;
};

Config over(const Config& upper, const Config& lower);            // fields of `upper` where they are set

// default < specific < override, key by key; rules by name.
std::optional<Metadata> merged(const std::optional<Metadata>& lower, const std::optional<Metadata>& upper);
std::optional<RuleSet> merged(const std::optional<RuleSet>& lower, const std::optional<RuleSet>& upper);

}  // namespace braid::registry
