#include "catalog/annotations.h"

#include <algorithm>

#include "base/limits/catalog.h"
#include "base/limits/mesh.h"
#include "mesh/model.h"

namespace braid::catalog {
namespace {

constexpr std::string_view tag_definition_key = "tagdef", metadata_definition_key = "bmdef", tag_key = "tag", metadata_key = "bm", attributes_key = "attributes";

std::string key_of(std::initializer_list<std::string_view> parts) {
  json::array a;
  for (const auto p : parts) a.emplace_back(p);
  return json::print(a);
}

std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  const auto* s = v ? v->if_string() : nullptr;
  return s ? std::string(*s) : std::string();
}

Refusal atlas(int status, int number, std::string message) { return {status, status * 10'000 + number, std::move(message)}; }

// Atlas's rule for names of types: a letter, then letters, digits, '_' and (for tags) spaces; Confluent allows up to 8,192 characters.
bool good_definition_name(std::string_view name) {
  if (name.empty() || mesh::characters(name) > limits::catalog_name_characters_max) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80); };
  return letter(name[0]) && std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == ' '; });
}

// Booleans may come as texts ("true"): the course's own script sends them so.
std::optional<bool> lenient_bool(const json::value& v) {
  if (const auto* b = v.if_bool()) return *b;
  if (const auto* s = v.if_string()) {
    if (*s == "true") return true;
    if (*s == "false") return false;
  }
  return std::nullopt;
}

Answer<json::array> attribute_definitions(const json::object& definition) {
  json::array out;
  const auto* v = definition.if_contains("attributeDefs");
  if (!v || v->is_null()) return out;
  if (!v->is_array()) return std::unexpected(bad_request("attributeDefs must be a list"));
  for (const auto& item : v->get_array()) {
    if (!item.is_object()) return std::unexpected(bad_request("attributeDefs must be a list of objects"));
    json::object a = item.get_object();
    const std::string name = text_of(a, "name");
    if (!good_definition_name(name)) return std::unexpected(atlas(400, 19, "Given attribute name " + name + " was invalid: a letter, then letters, digits or _"));
    for (const auto& other : out)
      if (other.at("name").as_string() == name) return std::unexpected(bad_request("attribute " + name + " is defined twice"));
    for (const char* flag : {"isOptional", "isUnique", "isIndexable", "includeInNotification"}) {
      const auto* given = a.if_contains(flag);
      if (!given || given->is_null()) continue;
      const auto parsed = lenient_bool(*given);
      if (!parsed) return std::unexpected(bad_request(std::string(flag) + " of attribute " + name + " must be true or false"));
      a[flag] = *parsed;
    }
    if (!a.contains("isOptional")) a["isOptional"] = true;
    if (!a.contains("typeName")) a["typeName"] = "string";
    if (!a.contains("cardinality")) a["cardinality"] = "SINGLE";
    out.push_back(std::move(a));
  }
  return out;
}

const json::array* list_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v ? v->if_array() : nullptr;
}

bool allowed_on(const json::object& definition, EntityType type) {
  const auto* types = list_of(definition, "entityTypes");
  if (!types || types->empty()) return true;
  return std::ranges::any_of(*types, [&](const json::value& t) {
    const auto* s = t.if_string();
    return s && (*s == name_of(type) || *s == "cf_entity");   // the base type of all
  });
}

}  // namespace

Refusal unknown_type(std::string_view name) { return atlas(404, 1, "Given typename " + std::string(name) + " was invalid"); }
Refusal unknown_tag(std::string_view name) { return atlas(404, 8, "Given classification " + std::string(name) + " was invalid"); }
Refusal unknown_entity(std::string_view type, std::string_view name) {
  return atlas(404, 9, "Instance " + std::string(type) + " with unique attribute {qualifiedName=" + std::string(name) + "} does not exist");
}
Refusal bad_request(std::string message) { return {400, 400, std::move(message)}; }

const Annotation* Annotations::of(const EntityRef& ref) const {
  const auto it = by_entity.find(ref);
  return it == by_entity.end() ? nullptr : &it->second;
}

std::vector<EntityRef> Annotations::tagged(std::string_view tag) const {
  std::vector<EntityRef> out;
  for (const auto& [ref, a] : by_entity) if (a.tags.contains(std::string(tag))) out.push_back(ref);
  return out;
}

namespace {
// The parts of a record's key, or nothing if it is none of ours.
std::vector<std::string> parts_of(std::string_view key) {
  const auto parsed = json::parse(key);
  std::vector<std::string> parts;
  if (!parsed || !parsed->is_array()) return parts;
  for (const auto& p : parsed->get_array()) {
    const auto* s = p.if_string();
    if (!s) return {};
    parts.emplace_back(*s);
  }
  return parts;
}
}  // namespace

std::optional<EntityRef> Annotations::subject_of(std::string_view key) {
  const auto parts = parts_of(key);
  if (parts.size() < 3) return std::nullopt;
  const auto type = entity_type_named(parts[1]);
  return type ? std::optional(EntityRef{*type, parts[2]}) : std::nullopt;
}

Result<void> Annotations::apply(std::string_view key, std::optional<std::string_view> value) {
  const auto parts = parts_of(key);
  const auto bad = [&](std::string_view why) { return fail(ErrorCode::corrupt, "catalog record with key " + std::string(key.substr(0, 200)) + ": " + std::string(why)); };
  json::object o;
  if (value) { TRY(o, json::parse_object(*value)); }
  if (parts.size() == 2 && (parts[0] == tag_definition_key || parts[0] == metadata_definition_key)) {
    auto& definitions = parts[0] == tag_definition_key ? tag_definitions : business_metadata_definitions;
    if (value) definitions.insert_or_assign(parts[1], std::move(o));
    else definitions.erase(parts[1]);
    return {};
  }
  if (parts.size() < 3) return bad("the key says nothing we know");
  const auto ref = subject_of(key);
  if (!ref) return bad("unknown type of entity");
  Annotation now = by_entity.contains(*ref) ? by_entity.at(*ref) : Annotation{};
  if (parts.size() == 4 && (parts[0] == tag_key || parts[0] == metadata_key)) {
    auto& things = parts[0] == tag_key ? now.tags : now.business_metadata;
    if (value) things.insert_or_assign(parts[3], std::move(o));
    else things.erase(parts[3]);
  } else if (parts.size() == 3 && parts[0] == attributes_key) {
    now.attributes.clear();
    for (const auto& field : o) {
      const auto* s = field.value().if_string();
      if (!s) return bad("an attribute is no text");
      now.attributes.emplace(field.key(), *s);
    }
  } else {
    return bad("the key says nothing we know");
  }
  if (now.empty()) by_entity.erase(*ref);
  else by_entity.insert_or_assign(*ref, std::move(now));
  return {};
}

std::optional<std::string> Annotations::value_of(std::string_view key) const {
  const auto parts = parts_of(key);
  const auto in = [](const std::map<std::string, json::object>& things, const std::string& name) {
    const auto it = things.find(name);
    return it == things.end() ? std::nullopt : std::optional(json::print(it->second));
  };
  if (parts.size() == 2) return in(parts[0] == tag_definition_key ? tag_definitions : business_metadata_definitions, parts[1]);
  const auto ref = subject_of(key);
  const Annotation* there = ref ? of(*ref) : nullptr;
  if (!there) return std::nullopt;
  if (parts.size() == 4) return in(parts[0] == tag_key ? there->tags : there->business_metadata, parts[3]);
  json::object o;
  for (const auto& [name, value] : there->attributes) o[name] = value;
  return o.empty() ? std::nullopt : std::optional(json::print(o));
}

Answer<Change> Annotations::define(DefinitionKind kind, const json::object& given, bool update, const Context& context) const {
  const bool is_tag = kind == DefinitionKind::tag;
  const auto& known = is_tag ? tag_definitions : business_metadata_definitions;
  const std::string name = text_of(given, "name");
  if (!good_definition_name(name)) return std::unexpected(atlas(400, 19, "Given type name '" + name.substr(0, 100) + "' was invalid: a letter, then letters, digits, _ or spaces"));
  const auto old = known.find(name);
  if (!update && old != known.end()) return std::unexpected(atlas(409, 1, "Given type " + name + " already exists"));
  if (!update && (is_tag ? business_metadata_definitions : tag_definitions).contains(name)) return std::unexpected(atlas(409, 1, "Given type " + name + " already exists"));
  if (update && old == known.end()) return std::unexpected(unknown_type(name));
  if (!update && known.size() >= limits::tag_definitions_max) return std::unexpected(Refusal{429, 429, "there are " + std::to_string(known.size()) + " definitions, the most there may be"});
  auto attributes = attribute_definitions(given);
  if (!attributes) return std::unexpected(attributes.error());
  json::array types;
  if (const auto* list = list_of(given, "entityTypes"))
    for (const auto& t : *list) {
      const auto* s = t.if_string();
      if (!s || (!entity_type_named(*s) && *s != "cf_entity")) return std::unexpected(unknown_type(s ? std::string_view(*s) : "?"));
      types.push_back(t);
    }
  const auto kept = [&](std::string_view field, json::value otherwise) {
    if (const auto* v = given.if_contains(field); v && !v->is_null()) return *v;
    if (old != known.end()) if (const auto* v = old->second.if_contains(field)) return *v;
    return otherwise;
  };
  json::object d{{"category", is_tag ? "CLASSIFICATION" : "BUSINESS_METADATA"},
                 {"guid", guid_of({EntityType::domain, (is_tag ? "tagdef/" : "bmdef/") + name})},
                 {"createdBy", old == known.end() ? json::value(context.who) : old->second.at("createdBy")},
                 {"updatedBy", context.who},
                 {"createTime", old == known.end() ? json::value(context.now_ms) : old->second.at("createTime")},
                 {"updateTime", context.now_ms},
                 {"version", old == known.end() ? 1 : old->second.at("version").to_number<std::int64_t>() + 1},
                 {"name", name},
                 {"description", kept("description", json::value(std::string_view(name)))},
                 {"typeVersion", "1.1"},
                 {"attributeDefs", given.contains("attributeDefs") || old == known.end() ? json::value(*attributes) : old->second.at("attributeDefs")}};
  if (const auto options = kept("options", json::object{}); options.is_object() && (!is_tag || !options.get_object().empty())) d["options"] = options;
  d["entityTypes"] = given.contains("entityTypes") || old == known.end() ? json::value(types) : old->second.at("entityTypes");
  if (is_tag) {
    d["superTypes"] = kept("superTypes", json::array{});
    d["subTypes"] = json::array{};
    if (const auto color = kept("color", nullptr); color.is_string()) d["color"] = color;
  }
  return Change{key_of({is_tag ? tag_definition_key : metadata_definition_key, name}), json::print(d)};
}

Answer<Change> Annotations::undefine(DefinitionKind kind, const std::string& name) const {
  const bool is_tag = kind == DefinitionKind::tag;
  if (!(is_tag ? tag_definitions : business_metadata_definitions).contains(name)) return std::unexpected(unknown_type(name));
  for (const auto& [ref, a] : by_entity)
    if (is_tag ? a.tags.contains(name) : a.business_metadata.contains(name)) return std::unexpected(atlas(409, 2, "Given type " + name + " has references"));
  return Change{key_of({is_tag ? tag_definition_key : metadata_definition_key, name}), std::nullopt};
}

Answer<Change> Annotations::tag(const EntityRef& ref, const std::string& name, const json::object& given, bool update, const Context& context) const {
  const auto definition = tag_definitions.find(name);
  if (definition == tag_definitions.end()) return std::unexpected(unknown_tag(name));
  if (!allowed_on(definition->second, ref.type))
    return std::unexpected(atlas(400, 55, "Classification " + name + " is not allowed on entities of type " + std::string(name_of(ref.type))));
  const Annotation* there = of(ref);
  const bool has = there && there->tags.contains(name);
  // Hexadecimal in Atlas: 400-00-01B and 400-00-06D.
  if (!update && has) return std::unexpected(atlas(400, 0x1B, "instance " + guid_of(ref) + " already is associated with classification " + name));
  if (update && !has) return std::unexpected(atlas(400, 0x6D, "Classification " + name + " is not associated with entity"));
  json::object t;
  for (const char* field : {"attributes", "propagate", "validityPeriods", "removePropagationsOnEntityDelete"})
    if (const auto* v = given.if_contains(field); v && !v->is_null()) t[field] = *v;
  t["by"] = context.who;
  t["at"] = context.now_ms;
  return Change{key_of({tag_key, name_of(ref.type), ref.key, name}), json::print(t)};
}

Answer<Change> Annotations::untag(const EntityRef& ref, const std::string& name) const {
  const Annotation* there = of(ref);
  if (!there || !there->tags.contains(name)) {
    if (!tag_definitions.contains(name)) return std::unexpected(unknown_tag(name));
    return std::unexpected(atlas(400, 0x6D, "Classification " + name + " is not associated with entity"));
  }
  return Change{key_of({tag_key, name_of(ref.type), ref.key, name}), std::nullopt};
}

Answer<Change> Annotations::put_business_metadata(const EntityRef& ref, const std::string& qualified_name, const std::string& name, const json::object& values, bool update) const {
  const auto definition = business_metadata_definitions.find(name);
  if (definition == business_metadata_definitions.end()) return std::unexpected(unknown_type(name));
  if (!allowed_on(definition->second, ref.type))
    return std::unexpected(bad_request("Business-metadata " + name + " is not allowed on entities of type " + std::string(name_of(ref.type))));
  const Annotation* there = of(ref);
  const bool has = there && there->business_metadata.contains(name);
  if (!update && has) return std::unexpected(bad_request("Business-metadata attribute already exists in entity: " + qualified_name));
  const auto* attributes = list_of(definition->second, "attributeDefs");
  json::object now = update && has ? there->business_metadata.at(name) : json::object{};
  for (const auto& field : values) {
    const bool known = attributes && std::ranges::any_of(*attributes, [&](const json::value& a) { return a.at("name").as_string() == field.key(); });
    if (!known) return std::unexpected(bad_request("Business-metadata " + name + " has no attribute " + std::string(field.key())));
    if (field.value().is_null()) now.erase(field.key());
    else now[field.key()] = field.value();
  }
  std::string missing;
  if (attributes)
    for (const auto& a : *attributes)
      if (!a.at("isOptional").as_bool() && !now.contains(a.at("name").as_string())) missing += (missing.empty() ? "" : ", ") + std::string(a.at("name").as_string());
  if (!missing.empty()) return std::unexpected(bad_request("Business-metadata " + name + " needs: " + missing));
  return Change{key_of({metadata_key, name_of(ref.type), ref.key, name}), json::print(now)};
}

Answer<Change> Annotations::remove_business_metadata(const EntityRef& ref, const std::string& name) const {
  const Annotation* there = of(ref);
  if (!there || !there->business_metadata.contains(name)) {
    if (!business_metadata_definitions.contains(name)) return std::unexpected(unknown_type(name));
    return std::unexpected(Refusal{404, 404, "Business-metadata " + name + " is not associated with entity " + ref.key});
  }
  return Change{key_of({metadata_key, name_of(ref.type), ref.key, name}), std::nullopt};
}

Answer<std::optional<Change>> Annotations::set_attributes(const EntityRef& ref, const std::map<std::string, std::string>& attributes) const {
  const Annotation* there = of(ref);
  std::map<std::string, std::string> now = there ? there->attributes : std::map<std::string, std::string>{};
  for (const auto& [name, value] : attributes) {
    if (auto ok = mesh::check_text(name, value, limits::documentation_bytes_max); !ok) return std::unexpected(bad_request(ok.error().message));
    if (value.empty()) now.erase(name);
    else now[name] = value;
  }
  if (now == (there ? there->attributes : std::map<std::string, std::string>{})) return std::nullopt;
  json::object o;
  for (const auto& [name, value] : now) o[name] = value;
  return Change{key_of({attributes_key, name_of(ref.type), ref.key}), now.empty() ? std::nullopt : std::optional(json::print(o))};
}

}  // namespace braid::catalog
