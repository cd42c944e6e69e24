#include "registry/service.h"

#include <algorithm>

#include "registry/identity.h"

namespace braid::registry {
namespace {

// A prefix of subjects: ":*:" means all contexts; without a context only the default one is meant.
bool has_prefix(const std::string& subject, std::string_view prefix) {
  if (prefix.starts_with(every_context)) return parse_subject(subject).subject.starts_with(prefix.substr(every_context.size()));
  const auto wanted = parse_subject(prefix);
  const auto name = parse_subject(subject);
  if (wanted.qualified && prefix.find(':', 1) == std::string_view::npos) return name.context.starts_with(wanted.context);   // ":.c": the beginning of a context
  return name.context == wanted.context && name.subject.starts_with(wanted.subject);
}

bool unknown_unqualified(const State& state, const std::string& subject, bool deleted) {
  return !parse_subject(subject).qualified && state.latest(subject, deleted) == nullptr;
}

// An unqualified subject that the default context does not have is looked for in the others.
std::string located(const State& state, const std::string& subject, bool deleted) {
  if (!unknown_unqualified(state, subject, deleted)) return subject;
  for (const auto& context : state.contexts()) {
    auto other = SubjectName{context, subject}.text();
    if (state.latest(other, deleted) != nullptr) return other;
  }
  return subject;
}

}  // namespace

Outcome<RegisteredSchema> Service::look_up(const LookupQuery& query) {
  OUTCOME_TRY(auto place, registry::look_up(state(), parsed(), query));
  return *state().find(place.first, place.second);
}

Outcome<Verdict> Service::check_compatibility(const CompatibilityQuery& query) { return registry::check_compatibility(state(), parsed(), query); }

Outcome<RegisteredSchema> Service::version(const std::string& asked, const std::string& version, bool deleted) {
  OUTCOME_TRY(auto number, parse_version(version));
  const auto in = [&](const std::string& subject) -> const RegisteredSchema* {
    if (number == 0) return state().latest(subject, deleted);
    const auto* schema = state().find(subject, number);
    return schema == nullptr || (schema->deleted && !deleted) ? nullptr : schema;
  };
  if (const auto* schema = in(asked)) return *schema;
  if (!parse_subject(asked).qualified)
    for (const auto& context : state().contexts())
      if (const auto* schema = in(SubjectName{context, asked}.text())) return *schema;
  if (state().latest(asked, deleted) == nullptr) return subject_not_found(asked);
  return version_not_found(std::to_string(number));
}

Outcome<std::vector<std::int32_t>> Service::versions(const std::string& asked, bool deleted, bool deleted_only) {
  const auto* all = state().versions(asked);
  std::vector<std::int32_t> out;
  if (all != nullptr)
    for (const auto& [number, schema] : *all)
      if (deleted_only ? schema.deleted : deleted || !schema.deleted) out.push_back(number);
  if (state().latest(asked, deleted || deleted_only) == nullptr) return subject_not_found(asked);
  return out;
}

Outcome<std::vector<SchemaId>> Service::referenced_by(const std::string& asked, const std::string& text, bool deleted) {
  OUTCOME_TRY(auto schema, version(asked, text, true));   // who refers to a version that is deleted is a good question
  std::set<std::int32_t> ids;
  for (const auto& [subject, number] : state().users_of(schema.subject, schema.version)) {
    const auto* user = state().find(subject, number);
    if (user != nullptr && (deleted || !user->deleted)) ids.insert(user->id.value);
  }
  std::vector<SchemaId> out;
  for (const auto id : ids) out.push_back({id});
  return out;
}

Outcome<std::vector<Place>> Service::places(SchemaId id, const std::string& asked, bool deleted) {
  const auto name = parse_subject(asked);
  const std::set<Place>* found = state().places_of(name.context, id);
  if (!name.subject.empty() && !name.qualified) {   // an unqualified subject may live in any context
    const auto has = [&](const std::set<Place>* places, const std::string& subject) {
      return places != nullptr && std::any_of(places->begin(), places->end(), [&](const Place& p) { return p.first == subject; });
    };
    if (!has(found, asked))
      for (const auto& context : state().contexts()) {
        const auto* other = state().places_of(context, id);
        if (has(other, SubjectName{context, asked}.text())) { found = other; break; }
      }
  }
  if (found == nullptr) return refuse(code::schema_not_found, "Schema not found");
  std::vector<Place> out;
  for (const auto& place : *found) {
    const auto* schema = state().find(place.first, place.second);
    if (schema != nullptr && (deleted || !schema->deleted)) out.push_back(place);
  }
  return out;
}

Outcome<RegisteredSchema> Service::by_id(SchemaId id, const std::string& asked) {
  auto all = places(id, asked, true);
  if (!all || all->empty()) return refuse(code::schema_not_found, "Schema " + std::to_string(id.value) + " not found");
  const auto subject = located(state(), asked, true);
  const Place* best = nullptr;
  for (const auto& place : *all)
    if (best == nullptr || place.first == subject) best = &place;
  return *state().find(best->first, best->second);
}

Outcome<RegisteredSchema> Service::by_guid(std::string_view text) {
  const auto guid = parse_guid(text);
  if (guid)
    for (const auto& [context, id] : state().ids_of(*guid))
      if (const auto* places = state().places_of(context, id); places != nullptr && !places->empty())
        return *state().find(places->begin()->first, places->begin()->second);
  return refuse(code::schema_not_found, "Schema " + std::string(text) + " not found");
}

std::vector<std::string> Service::subjects(const std::string& prefix, bool deleted, bool deleted_only) {
  std::vector<std::string> out;
  for (const auto& [subject, versions] : state().subjects()) {
    if (!has_prefix(subject, prefix)) continue;
    const bool live = state().has_live(subject);
    if (deleted_only ? !live : deleted || live) out.push_back(subject);
  }
  return out;
}

std::vector<RegisteredSchema> Service::schemas(const std::string& prefix, bool deleted, bool latest_only) {
  std::vector<RegisteredSchema> out;
  for (const auto& [subject, versions] : state().subjects()) {
    if (!has_prefix(subject, prefix)) continue;
    if (latest_only) {
      if (const auto* latest = state().latest(subject, deleted)) out.push_back(*latest);
      continue;
    }
    for (const auto& [number, schema] : versions)
      if (deleted || !schema.deleted) out.push_back(schema);
  }
  return out;
}

Outcome<RegisteredSchema> Service::with_metadata(const std::string& asked, const std::map<std::string, std::string>& properties, bool deleted) {
  const auto* versions = state().versions(asked);
  if (versions == nullptr || state().latest(asked, deleted) == nullptr) return subject_not_found(asked);
  for (auto at = versions->rbegin(); at != versions->rend(); ++at) {
    const auto& schema = at->second;
    if (schema.deleted && !deleted) continue;
    if (!schema.metadata) continue;
    const auto& has = schema.metadata->properties;
    if (std::all_of(properties.begin(), properties.end(), [&](const auto& p) { const auto f = has.find(p.first); return f != has.end() && f->second == p.second; }))
      return schema;
  }
  return refuse(code::schema_not_found, "Schema not found");
}

std::vector<std::string> Service::aliases_of(const std::string& subject) const {
  std::vector<std::string> out;
  for (const auto& [name, config] : state().configs())
    if (config.alias && !config.alias->empty() && in_context_of(*config.alias, name) == subject) out.push_back(name);
  return out;
}

std::string Service::real_subject(const std::string& subject) const {
  const auto* config = state().config(subject);
  if (config == nullptr || !config->alias || config->alias->empty()) return subject;
  return in_context_of(*config->alias, subject);
}

}  // namespace braid::registry
