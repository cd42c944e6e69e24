// Compatibility settings and modes.
#include "registry/decide.h"

namespace braid::registry {
namespace {

// Subjects that a scope stands for: the subject itself, all of a context, or (empty) all of the default context.
bool in_scope(const std::string& subject, const std::string& scope) {
  if (scope.empty()) return parse_subject(subject).context == default_context;
  const auto name = parse_subject(scope);
  if (name.qualified && name.subject.empty()) return name.context == global_context || parse_subject(subject).context == name.context;
  return subject == scope;
}

Outcome<int> check_subject(const std::string& subject) {
  if (!subject.empty() && !valid_subject(subject)) return refuse(code::invalid_subject, "The specified subject '" + subject + "' is not a valid.");
  return 0;
}

}  // namespace

Outcome<Decided<Config>> decide_set_config(const State& state, const std::string& subject, const json::object& body) {
  OUTCOME_TRY([[maybe_unused]] auto valid, check_subject(subject));
  auto change = config_change(body);
  if (!change && change.error().code == ErrorCode::unsupported)
    return refuse(code::invalid_level,
                  "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive");
  if (!change) return refuse(422, change.error().message);
  for (const auto* rules : {&change->values.default_rule_set, &change->values.override_rule_set})
    if (*rules)
      if (const auto wrong = wrong_rule(**rules)) return refuse(code::invalid_rules, "Invalid rule set: " + *wrong);
  const auto mode = state.mode_in_force(subject);
  if (mode == Mode::readonly || mode == Mode::readonly_override)
    return refuse(code::not_permitted, subject.empty() ? "The registry is in read-only mode" : "Subject " + subject + " in context " + context_text(subject) + " is in read-only mode");
  const auto* stored = state.config(subject);
  auto config = applied(*change, stored != nullptr ? *stored : Config{});
  return Decided<Config>{config, {ConfigStored{subject, config}}};
}

Outcome<Decided<Config>> decide_delete_config(const State& state, const std::string& subject) {
  OUTCOME_TRY([[maybe_unused]] auto valid, check_subject(subject));
  const auto mode = state.mode_in_force(subject);
  if (mode == Mode::readonly || mode == Mode::readonly_override)
    return refuse(code::not_permitted, subject.empty() ? "The registry is in read-only mode" : "Subject " + subject + " in context " + context_text(subject) + " is in read-only mode");
  const auto* stored = state.config(subject);
  if (subject.empty()) {
    Decided<Config> out{state.config_in_force("")};
    if (stored != nullptr) out.events.push_back(ConfigErased{""});
    return out;
  }
  if (stored == nullptr) return subject_not_found(subject);
  return Decided<Config>{*stored, {ConfigErased{subject}}};
}

Outcome<Decided<Mode>> decide_set_mode(const State& state, const std::string& subject, std::string_view text, bool force) {
  OUTCOME_TRY([[maybe_unused]] auto valid, check_subject(subject));
  const auto mode = mode_named(text);
  if (!mode) return refuse(code::invalid_mode, "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.");
  if (*mode == Mode::forward && subject != context_subject(global_context))
    return refuse(code::invalid_mode, "Forward mode only supported on global level: PUT /mode/" + context_subject(global_context));
  Decided<Mode> out{*mode};
  if (*mode == Mode::import && state.mode_in_force(subject) != Mode::import && !force) {
    for (const auto& [name, versions] : state.subjects())
      if (in_scope(name, subject) && state.has_live(name)) return refuse(code::not_permitted, "Cannot import since found existing subjects");
    // What is deleted softly would come back with other ids; it goes for good.
    for (const auto& [name, versions] : state.subjects())
      if (in_scope(name, subject))
        for (const auto& [version, schema] : versions) {
          for (const auto& [user, user_version] : state.users_of(name, version))
            if (!in_scope(user, subject))
              return refuse(code::reference_exists, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=" + name + ",version=" + std::to_string(version) + "}.");
          out.events.push_back(SchemaErased{name, version});
        }
  }
  out.events.push_back(ModeStored{subject, *mode});
  return out;
}

Outcome<Decided<std::optional<Mode>>> decide_delete_mode(const State& state, const std::string& subject, bool recursive) {
  OUTCOME_TRY([[maybe_unused]] auto valid, check_subject(subject));
  const auto stored = state.mode(subject);
  const bool whole = subject.empty() || (parse_subject(subject).qualified && parse_subject(subject).subject.empty());
  const bool has_default = subject.empty() || subject == context_subject(global_context);
  if (!stored && !has_default && !recursive) return subject_not_found(subject);
  Decided<std::optional<Mode>> out{stored ? stored : has_default ? std::optional(Mode::readwrite) : std::nullopt};
  if (stored) out.events.push_back(ModeErased{subject});
  if (recursive && whole)
    for (const auto& [name, mode] : state.modes())
      if (name != subject && in_scope(name, subject)) out.events.push_back(ModeErased{name});
  return out;
}

}  // namespace braid::registry
