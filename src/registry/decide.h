// The rules of the registry: what a command makes of the state, as events to write or a refusal with Confluent's number and text.
// Pure functions over State (the parsed schemas are a memo). Each command is decided while no other one is under way (Registry holds the turn).
#pragma once
#include "registry/example.h"
#include "registry/json.h"
#include "registry/parsed.h"
#include "registry/refusal.h"
#include "registry/state.h"
#include "registry/verdict.h"

namespace braid::registry {

// Parsed schemas of the state, remembered by context and id. Lives on one shard.
class ParsedSchemas {
 public:
  explicit ParsedSchemas(const State& state) : state_(state) {}
  Result<ParsedPtr> of(const RegisteredSchema& schema);                   // leniently: it was accepted once
  Result<std::vector<ReferencedText>> texts(const std::string& subject, const std::vector<Reference>& references) const;
  std::size_t shape_of(const RegisteredSchema& schema);                   // hash of its normalised text

 private:
  struct Known { Guid guid{}; ParsedPtr parsed; std::optional<std::size_t> shape; };
  const State& state_;
  std::map<std::pair<std::string, std::int32_t>, Known> known_;
};

template <class T> struct Decided {
  T answer{};
  std::vector<Event> events{};
};

struct RegisterCommand {
  std::string subject;
  SchemaRequest request;
  bool normalize = false;
  bool force = false;          // no compatibility check
};
Outcome<Decided<Place>> decide_register(const State& state, ParsedSchemas& parsed, const RegisterCommand& command);

// POST .../tags: the version's text with other tags, metadata or rules, as a new version.
struct TagCommand {
  std::string subject, version;
  TagRequest request;
};
Outcome<RegisterCommand> decide_tags(const State& state, ParsedSchemas& parsed, const TagCommand& command);

struct LookupQuery {
  std::string subject;
  SchemaRequest request;
  bool normalize = false;
  bool deleted = false;
};
Outcome<Place> look_up(const State& state, ParsedSchemas& parsed, const LookupQuery& query);

struct CompatibilityQuery {
  std::string subject;
  std::optional<std::string> version;      // empty: all live versions
  SchemaRequest request;
  bool normalize = false;
  bool verbose = false;
  bool example = false;                    // look for a record that fails
};
struct Verdict {
  bool compatible = true;
  std::vector<std::string> messages{};       // Confluent's list: the differences, the version they are with, the settings
  std::vector<Difference> differences{};     // the same as values
  std::int32_t against = 0;                  // the version that it does not get along with; 0: none
  std::string level{};                       // the compatibility level in force
  std::optional<Example> example{};          // a record that fails; only where it was asked for and found
};
Outcome<Verdict> check_compatibility(const State& state, ParsedSchemas& parsed, const CompatibilityQuery& query);

Outcome<Decided<std::vector<std::int32_t>>> decide_delete_subject(const State& state, const std::string& subject, bool permanent);
Outcome<Decided<std::int32_t>> decide_delete_version(const State& state, const std::string& subject, const std::string& version, bool permanent);
Outcome<Decided<int>> decide_delete_context(const State& state, const std::string& context);

// Empty subject: the global setting.
Outcome<Decided<Config>> decide_set_config(const State& state, const std::string& subject, const json::object& body);
Outcome<Decided<Config>> decide_delete_config(const State& state, const std::string& subject);      // answers what was there
Outcome<Decided<Mode>> decide_set_mode(const State& state, const std::string& subject, std::string_view mode, bool force);
// Answers what was there; empty when there was nothing (recursive).
Outcome<Decided<std::optional<Mode>>> decide_delete_mode(const State& state, const std::string& subject, bool recursive);

// "latest", "-1" or 1..2^31-1; 0 is the latest.
Outcome<std::int32_t> parse_version(std::string_view text);

// Rules and names that are checked whatever the level. Empty: fine.
std::optional<std::string> wrong_rule(const RuleSet& rule_set);

}  // namespace braid::registry
