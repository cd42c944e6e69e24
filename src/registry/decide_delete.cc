// Deleting subjects, versions and contexts: first softly, then for good.
#include <algorithm>

#include "registry/decide.h"

namespace braid::registry {
namespace {

Outcome<int> check_writable(const State& state, const std::string& subject) {
  const auto mode = state.mode_in_force(subject);
  if (mode == Mode::readonly || mode == Mode::readonly_override) return not_in_mode(subject, "in read-only mode");
  return 0;
}

// `whole`: the subject goes with all its versions, so references inside it do not count.
Outcome<int> check_unreferenced(const State& state, const std::string& subject, std::int32_t version, bool whole) {
  for (const auto& [user, user_version] : state.users_of(subject, version)) {
    if (whole && user == subject) continue;
    const auto* schema = state.find(user, user_version);
    if (schema != nullptr && !schema->deleted)
      return refuse(code::reference_exists, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=" + subject +
                                                ",version=" + std::to_string(version) + "}.");
  }
  return 0;
}

// Settings of a subject that has no versions any more go with it.
void forget_settings(const State& state, const std::string& subject, std::vector<Event>& events) {
  if (state.mode(subject)) events.push_back(ModeErased{subject});
  if (state.config(subject) != nullptr) events.push_back(ConfigErased{subject});
}

}  // namespace

Outcome<Decided<std::vector<std::int32_t>>> decide_delete_subject(const State& state, const std::string& subject, bool permanent) {
  if (!valid_subject(subject)) return refuse(code::invalid_subject, "The specified subject '" + subject + "' is not a valid.");
  const auto* versions = state.versions(subject);
  if (versions == nullptr) return subject_not_found(subject);
  if (!permanent && !state.has_live(subject))
    return refuse(code::subject_soft_deleted, "Subject '" + subject + "' was soft deleted.Set permanent=true to delete permanently");
  OUTCOME_TRY([[maybe_unused]] auto writable, check_writable(state, subject));
  Decided<std::vector<std::int32_t>> out;
  for (const auto& [version, schema] : *versions) {
    if (!permanent && schema.deleted) continue;
    OUTCOME_TRY([[maybe_unused]] auto free, check_unreferenced(state, subject, version, true));
    if (permanent && !schema.deleted)
      return refuse(code::subject_not_soft_deleted, "Subject '" + subject + "' was not deleted first before being permanently deleted");
    out.answer.push_back(version);
    if (permanent) out.events.push_back(SchemaErased{subject, version});
  }
  if (permanent) forget_settings(state, subject, out.events);
  else out.events.push_back(SubjectDeleted{subject, out.answer.back()});
  return out;
}

Outcome<Decided<std::int32_t>> decide_delete_version(const State& state, const std::string& subject, const std::string& text, bool permanent) {
  OUTCOME_TRY(auto number, parse_version(text));
  if (state.versions(subject) == nullptr) return subject_not_found(subject);
  const auto* schema = number == 0 ? state.latest(subject) : state.find(subject, number);
  if (schema == nullptr) return version_not_found(number == 0 ? "-1" : std::to_string(number));
  const auto version = schema->version;
  const std::string named = "Subject '" + subject + "' Version " + std::to_string(version);
  if (!permanent && schema->deleted) return refuse(code::version_soft_deleted, named + " was soft deleted.Set permanent=true to delete permanently");
  OUTCOME_TRY([[maybe_unused]] auto writable, check_writable(state, subject));
  OUTCOME_TRY([[maybe_unused]] auto free, check_unreferenced(state, subject, version, false));
  if (permanent && !schema->deleted) return refuse(code::version_not_soft_deleted, named + " was not deleted first before being permanently deleted");
  Decided<std::int32_t> out{version};
  if (permanent) {
    out.events.push_back(SchemaErased{subject, version});
    if (state.versions(subject)->size() == 1) forget_settings(state, subject, out.events);
    return out;
  }
  auto deleted = *schema;
  deleted.deleted = true;
  out.events.push_back(SchemaStored{std::move(deleted)});
  return out;
}

Outcome<Decided<int>> decide_delete_context(const State& state, const std::string& context) {
  const std::string name = context.starts_with('.') ? context : "." + context;
  if (state.context_in_use(name)) return refuse(code::context_not_empty, "The specified context '" + context_subject(name) + "' is not empty.");
  Decided<int> out;
  out.events.push_back(ContextErased{name});
  const auto scope = context_subject(name);
  if (state.config(scope) != nullptr) out.events.push_back(ConfigErased{scope});
  if (state.mode(scope)) out.events.push_back(ModeErased{scope});
  return out;
}

}  // namespace braid::registry
