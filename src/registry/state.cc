#include "registry/state.h"

#include <algorithm>

namespace braid::registry {

Result<void> State::apply(Event event) {
  if (auto* e = std::get_if<SchemaStored>(&event)) return store(std::move(e->schema));
  if (const auto* e = std::get_if<SchemaErased>(&event)) erase(e->subject, e->version);
  if (const auto* e = std::get_if<ConfigStored>(&event)) configs_[e->subject] = e->config;
  if (const auto* e = std::get_if<ConfigErased>(&event)) configs_.erase(e->subject);
  if (const auto* e = std::get_if<ModeStored>(&event)) modes_[e->subject] = e->mode;
  if (const auto* e = std::get_if<ModeErased>(&event)) modes_.erase(e->subject);
  if (const auto* e = std::get_if<ContextStored>(&event)) named_contexts_.insert(e->context);
  if (const auto* e = std::get_if<ContextErased>(&event)) named_contexts_.erase(e->context);
  if (const auto* e = std::get_if<SubjectDeleted>(&event)) {
    if (const auto at = subjects_.find(e->subject); at != subjects_.end())
      for (auto& [version, schema] : at->second)
        if (version <= e->up_to_version) schema.deleted = true;
  }
  if (const auto* e = std::get_if<SubjectCleared>(&event)) {
    std::vector<std::int32_t> gone;
    if (const auto at = subjects_.find(e->subject); at != subjects_.end())
      for (const auto& [version, schema] : at->second)
        if (schema.deleted) gone.push_back(version);
    for (const auto version : gone) erase(e->subject, version);
  }
  return {};
}

Result<void> State::store(RegisteredSchema schema) {
  auto& context = context_of(schema.subject);
  if (const auto at = context.places.find(schema.id.value); at != context.places.end() && !at->second.empty()) {
    const auto& [subject, version] = *at->second.begin();
    const auto* other = find(subject, version);
    const bool itself = at->second.size() == 1 && subject == schema.subject && version == schema.version;
    if (other != nullptr && other->guid != schema.guid && !itself)
      return fail(ErrorCode::conflict, "id " + std::to_string(schema.id.value) + " of subject '" + schema.subject + "' already stands for other content");
  }
  auto subject = subjects_.try_emplace(schema.subject).first;
  if (subject->second.contains(schema.version)) {
    erase(schema.subject, schema.version);
    subject = subjects_.try_emplace(schema.subject).first;
  }
  if (subject->second.empty()) ++context.subjects;
  context.places[schema.id.value].emplace(schema.subject, schema.version);
  context.ids[schema.guid].insert(schema.id.value);
  context.id_max = std::max(context.id_max, schema.id.value);
  link(schema, true);
  const auto version = schema.version;
  subject->second.insert_or_assign(version, std::move(schema));
  return {};
}

void State::erase(const std::string& subject, std::int32_t version) {
  const auto at = subjects_.find(subject);
  if (at == subjects_.end()) return;
  const auto found = at->second.find(version);
  if (found == at->second.end()) return;
  auto& context = context_of(subject);
  const auto& schema = found->second;
  link(schema, false);
  auto& places = context.places[schema.id.value];
  places.erase({subject, version});
  if (places.empty()) {
    context.places.erase(schema.id.value);
    auto& ids = context.ids[schema.guid];
    ids.erase(schema.id.value);
    if (ids.empty()) context.ids.erase(schema.guid);
  }
  at->second.erase(found);
  if (at->second.empty()) {
    subjects_.erase(at);
    --context.subjects;
  }
}

void State::link(const RegisteredSchema& schema, bool add) {
  for (const auto& reference : schema.references) {
    const Place target{in_context_of(reference.subject, schema.subject), reference.version};
    if (add) {
      users_[target].insert({schema.subject, schema.version});
    } else if (const auto at = users_.find(target); at != users_.end()) {
      at->second.erase({schema.subject, schema.version});
      if (at->second.empty()) users_.erase(at);
    }
  }
}

const Versions* State::versions(std::string_view subject) const {
  const auto at = subjects_.find(subject);
  return at == subjects_.end() ? nullptr : &at->second;
}

const RegisteredSchema* State::find(std::string_view subject, std::int32_t version) const {
  const auto* all = versions(subject);
  if (all == nullptr) return nullptr;
  const auto at = all->find(version);
  return at == all->end() ? nullptr : &at->second;
}

const RegisteredSchema* State::latest(std::string_view subject, bool deleted_too) const {
  const auto* all = versions(subject);
  if (all == nullptr) return nullptr;
  for (auto at = all->rbegin(); at != all->rend(); ++at)
    if (deleted_too || !at->second.deleted) return &at->second;
  return nullptr;
}

bool State::has_live(std::string_view subject) const { return latest(subject) != nullptr; }

const std::set<Place>* State::places_of(std::string_view context, SchemaId id) const {
  const auto at = contexts_.find(context);
  if (at == contexts_.end()) return nullptr;
  const auto found = at->second.places.find(id.value);
  return found == at->second.places.end() ? nullptr : &found->second;
}

std::optional<SchemaId> State::id_of(std::string_view context, const Guid& guid) const {
  const auto at = contexts_.find(context);
  if (at == contexts_.end()) return std::nullopt;
  const auto found = at->second.ids.find(guid);
  if (found == at->second.ids.end()) return std::nullopt;
  return SchemaId{*found->second.begin()};
}

std::int32_t State::id_max(std::string_view context) const {
  const auto at = contexts_.find(context);
  return at == contexts_.end() ? 0 : at->second.id_max;
}

std::vector<std::pair<std::string, SchemaId>> State::ids_of(const Guid& guid) const {
  std::vector<std::pair<std::string, SchemaId>> out;
  for (const auto& [name, context] : contexts_)
    if (const auto found = context.ids.find(guid); found != context.ids.end())
      for (const auto id : found->second) out.emplace_back(name, SchemaId{id});
  return out;
}

std::set<Place> State::users_of(std::string_view subject, std::int32_t version) const {
  const auto at = users_.find({std::string(subject), version});
  return at == users_.end() ? std::set<Place>{} : at->second;
}

std::vector<std::string> State::contexts() const {
  std::set<std::string> names(named_contexts_.begin(), named_contexts_.end());
  for (const auto& [name, context] : contexts_)
    if (context.subjects > 0) names.insert(name);
  names.erase(std::string(default_context));
  std::vector<std::string> out{std::string(default_context)};
  out.insert(out.end(), names.begin(), names.end());
  return out;
}

bool State::context_in_use(std::string_view context) const {
  const auto at = contexts_.find(context);
  return at != contexts_.end() && at->second.subjects > 0;
}

const Config* State::config(std::string_view subject) const {
  const auto at = configs_.find(subject);
  return at == configs_.end() ? nullptr : &at->second;
}

std::optional<Mode> State::mode(std::string_view subject) const {
  const auto at = modes_.find(subject);
  return at == modes_.end() ? std::nullopt : std::optional(at->second);
}

// What stands above all subjects of a context, nearest first.
static std::vector<std::string> scopes_above(std::string_view subject) {
  const auto name = parse_subject(subject);
  std::vector<std::string> out;
  out.push_back(name.context == default_context ? "" : context_subject(name.context));
  out.push_back(context_subject(global_context));
  return out;
}

Config State::config_in_force(std::string_view subject) const {
  Config defaults;
  defaults.level = Level::backward;
  const auto global = [&] {
    const auto* stored = config("");
    const auto* above = config(context_subject(global_context));
    Config out = above != nullptr ? over(*above, defaults) : defaults;
    return stored != nullptr ? over(*stored, out) : out;
  };
  if (!subject.empty())
    if (const auto* own = config(subject)) return over(*own, global());
  for (const auto& scope : scopes_above(subject))
    if (const auto* stored = config(scope)) return over(*stored, defaults);
  return defaults;
}

Mode State::mode_in_force(std::string_view subject) const {
  if (!subject.empty())
    if (const auto own = mode(subject)) return *own;
  for (const auto& scope : scopes_above(subject))
    if (const auto stored = mode(scope)) return *stored;
  return Mode::readwrite;
}

}  // namespace braid::registry
