#include "registry/json.h"

#include <algorithm>

#include "registry/identity.h"

namespace braid::registry {
namespace {

std::unexpected<Error> wrong(std::string_view field, std::string_view wanted) {
  return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' must be " + std::string(wanted));
}

const json::value* present(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v == nullptr || v->is_null() ? nullptr : v;
}

// Scalars are taken as texts where a text is wanted, as Jackson does.
std::optional<std::string> text_of(const json::value& v) {
  if (v.is_string()) return std::string(v.as_string());
  if (v.is_number() || v.is_bool()) return json::print(v);
  return std::nullopt;
}

Result<std::optional<std::string>> text_in(const json::object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  auto text = text_of(*v);
  if (!text) return wrong(field, "a string");
  return text;
}

Result<std::optional<std::int32_t>> int_in(const json::object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  std::int64_t n = 0;
  if (v->is_int64()) {
    n = v->as_int64();
  } else if (v->is_string()) {
    const std::string text(v->as_string());
    char* end = nullptr;
    n = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') return wrong(field, "a whole number");
  } else {
    return wrong(field, "a whole number");
  }
  if (n < INT32_MIN || n > INT32_MAX) return wrong(field, "a whole number of 32 bits");
  return std::int32_t(n);
}

Result<std::optional<bool>> bool_in(const json::object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (v->is_bool()) return v->as_bool();
  if (v->is_string() && (v->as_string() == "true" || v->as_string() == "false")) return v->as_string() == "true";
  return wrong(field, "true or false");
}

Result<std::set<std::string>> text_set(const json::value& v, std::string_view field) {
  std::set<std::string> out;
  if (!v.is_array()) return wrong(field, "a list of strings");
  for (const auto& item : v.as_array()) {
    auto text = text_of(item);
    if (!text) return wrong(field, "a list of strings");
    out.insert(*std::move(text));
  }
  return out;
}

Result<std::map<std::string, std::string>> text_map(const json::object& o, std::string_view field) {
  std::map<std::string, std::string> out;
  const auto* v = present(o, field);
  if (v == nullptr) return out;
  if (!v->is_object()) return wrong(field, "an object of strings");
  for (const auto& [key, value] : v->as_object()) {
    if (value.is_null()) continue;
    auto text = text_of(value);
    if (!text) return wrong(field, "an object of strings");
    out.emplace(key, *std::move(text));
  }
  return out;
}

Result<Rule> rule_of(const json::value& v) {
  if (!v.is_object()) return wrong("rules", "a list of objects");
  const auto& o = v.as_object();
  Rule rule;
  TRY(auto name, text_in(o, "name"));
  rule.name = name.value_or("");
  TRY(rule.doc, text_in(o, "doc"));
  TRY(rule.kind, text_in(o, "kind"));
  TRY(rule.mode, text_in(o, "mode"));
  TRY(rule.type, text_in(o, "type"));
  if (const auto* tags = present(o, "tags")) { TRY(rule.tags, text_set(*tags, "tags")); }
  TRY(rule.params, text_map(o, "params"));
  TRY(rule.expr, text_in(o, "expr"));
  TRY(rule.on_success, text_in(o, "onSuccess"));
  TRY(rule.on_failure, text_in(o, "onFailure"));
  TRY(auto disabled, bool_in(o, "disabled"));
  rule.disabled = disabled.value_or(false);
  return rule;
}

Result<std::vector<Rule>> rules_in(const json::object& o, std::string_view field) {
  std::vector<Rule> out;
  const auto* v = present(o, field);
  if (v == nullptr) return out;
  if (!v->is_array()) return wrong(field, "a list of rules");
  for (const auto& item : v->as_array()) {
    TRY(auto rule, rule_of(item));
    out.push_back(std::move(rule));
  }
  return out;
}

json::array to_array(const std::set<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

json::object to_json(const Rule& rule) {
  json::object o;
  const auto text = [&](std::string_view field, const std::optional<std::string>& value) { if (value) o[field] = *value; };
  o["name"] = rule.name;
  text("doc", rule.doc);
  text("kind", rule.kind);
  text("mode", rule.mode);
  text("type", rule.type);
  if (!rule.tags.empty()) o["tags"] = to_array(rule.tags);
  if (!rule.params.empty()) {
    json::object params;
    for (const auto& [key, value] : rule.params) params[key] = value;
    o["params"] = std::move(params);
  }
  text("expr", rule.expr);
  text("onSuccess", rule.on_success);
  text("onFailure", rule.on_failure);
  o["disabled"] = rule.disabled;
  return o;
}

json::array to_json(const std::vector<Rule>& rules) {
  json::array out;
  for (const auto& rule : rules) out.emplace_back(to_json(rule));
  return out;
}

}  // namespace

Result<std::optional<std::vector<Reference>>> references_in(const json::object& o) {
  const auto* v = present(o, "references");
  if (v == nullptr) return std::nullopt;
  if (!v->is_array()) return wrong("references", "a list");
  std::vector<Reference> out;
  for (const auto& item : v->as_array()) {
    if (!item.is_object()) return wrong("references", "a list of objects with name, subject and version");
    Reference reference;
    TRY(auto name, text_in(item.as_object(), "name"));
    TRY(auto subject, text_in(item.as_object(), "subject"));
    TRY(auto version, int_in(item.as_object(), "version"));
    reference.name = name.value_or("");
    reference.subject = subject.value_or("");
    reference.version = version.value_or(-1);
    out.push_back(std::move(reference));
  }
  return out;
}

Result<std::optional<Metadata>> metadata_in(const json::object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (!v->is_object()) return wrong(field, "an object");
  const auto& m = v->as_object();
  Metadata out;
  if (const auto* tags = present(m, "tags")) {
    if (!tags->is_object()) return wrong("tags", "an object of lists");
    for (const auto& [path, list] : tags->as_object()) {
      TRY(auto set, text_set(list, "tags"));
      out.tags.emplace(path, std::move(set));
    }
  }
  TRY(out.properties, text_map(m, "properties"));
  if (const auto* sensitive = present(m, "sensitive")) { TRY(out.sensitive, text_set(*sensitive, "sensitive")); }
  return out;
}

Result<std::optional<RuleSet>> rule_set_in(const json::object& o, std::string_view field) {
  const auto* v = present(o, field);
  if (v == nullptr) return std::nullopt;
  if (!v->is_object()) return wrong(field, "an object");
  RuleSet out;
  TRY(out.migration_rules, rules_in(v->as_object(), "migrationRules"));
  TRY(out.domain_rules, rules_in(v->as_object(), "domainRules"));
  TRY(out.encoding_rules, rules_in(v->as_object(), "encodingRules"));
  TRY(out.enable_at, text_in(v->as_object(), "enableAt"));
  return out;
}

static Result<std::vector<format::EntityTags>> tags_in(const json::object& o, std::string_view field) {
  std::vector<format::EntityTags> out;
  const auto* v = present(o, field);
  if (v == nullptr) return out;
  if (!v->is_array()) return wrong(field, "a list of objects with schemaEntity and tags");
  for (const auto& item : v->as_array()) {
    const auto* entity = item.is_object() ? present(item.as_object(), "schemaEntity") : nullptr;
    if (entity == nullptr || !entity->is_object()) return wrong(field, "a list of objects with schemaEntity and tags");
    format::EntityTags tags;
    TRY(auto path, text_in(entity->as_object(), "entityPath"));
    TRY(auto type, text_in(entity->as_object(), "entityType"));
    if (!path || path->empty()) return wrong("schemaEntity", "an object with entityPath and entityType");
    tags.path = *std::move(path);
    std::string kind = type.value_or("sr_field");
    for (auto& c : kind) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    if (kind != "sr_field" && kind != "sr_record") return wrong("entityType", "sr_field or sr_record, got '" + kind + "'");
    tags.record = kind == "sr_record";
    if (const auto* list = present(item.as_object(), "tags")) { TRY(tags.tags, text_set(*list, "tags")); }
    out.push_back(std::move(tags));
  }
  return out;
}

json::array to_json(const std::vector<format::EntityTags>& tags) {
  json::array out;
  for (const auto& t : tags) {
    json::object entity{{"entityPath", t.path}, {"entityType", t.record ? "sr_record" : "sr_field"}};
    out.emplace_back(json::object{{"schemaEntity", std::move(entity)}, {"tags", to_array(t.tags)}});
  }
  return out;
}

Result<TagRequest> tag_request(const json::object& body) {
  TagRequest out;
  TRY(out.new_version, int_in(body, "newVersion"));
  TRY(out.tags.add, tags_in(body, "tagsToAdd"));
  TRY(out.tags.remove, tags_in(body, "tagsToRemove"));
  TRY(out.metadata, metadata_in(body, "metadata"));
  TRY(out.rule_set, rule_set_in(body, "ruleSet"));
  TRY(out.rules_to_merge, rule_set_in(body, "rulesToMerge"));
  if (const auto* names = present(body, "rulesToRemove")) {
    TRY(auto set, text_set(*names, "rulesToRemove"));
    out.rules_to_remove.assign(set.begin(), set.end());
  }
  TRY(out.propagate_tags, bool_in(body, "propagateSchemaTags"));
  return out;
}

Result<SchemaRequest> schema_request(const json::object& body) {
  SchemaRequest out;
  TRY(out.text, text_in(body, "schema"));
  TRY(out.type, text_in(body, "schemaType"));
  TRY(out.references, references_in(body));
  TRY(out.metadata, metadata_in(body, "metadata"));
  TRY(out.rule_set, rule_set_in(body, "ruleSet"));
  TRY(out.version, int_in(body, "version"));
  TRY(out.id, int_in(body, "id"));
  TRY(out.tags.add, tags_in(body, "schemaTagsToAdd"));
  TRY(out.tags.remove, tags_in(body, "schemaTagsToRemove"));
  TRY(out.propagate_tags, bool_in(body, "propagateSchemaTags"));
  return out;
}

Result<void> read_content(const json::object& o, RegisteredSchema& schema) {
  TRY(const auto type, json::optional_string(o, "schemaType"));
  const auto known = schema_type_named(type.value_or("AVRO"));
  if (!known) return fail(ErrorCode::unsupported, "schema type '" + *type + "'");
  schema.type = *known;
  TRY(auto references, references_in(o));
  if (references) schema.references = *std::move(references);
  TRY(schema.metadata, metadata_in(o, "metadata"));
  TRY(schema.rule_set, rule_set_in(o, "ruleSet"));
  TRY(schema.text, json::required_string(o, "schema"));
  TRY(const auto deleted, json::optional_bool(o, "deleted"));
  schema.deleted = deleted.value_or(false);
  schema.guid = identity_of(schema.text, schema.references, schema.metadata, schema.rule_set);
  return {};
}

json::array to_json(const std::vector<Reference>& references) {
  json::array out;
  for (const auto& reference : references)
    out.emplace_back(json::object{{"name", reference.name}, {"subject", reference.subject}, {"version", reference.version}});
  return out;
}

json::object to_json(const Metadata& metadata) {
  json::object out;
  if (!metadata.tags.empty()) {
    json::object tags;
    for (const auto& [path, set] : metadata.tags) tags[path] = to_array(set);
    out["tags"] = std::move(tags);
  }
  if (!metadata.properties.empty()) {
    json::object properties;
    for (const auto& [key, value] : metadata.properties) properties[key] = value;
    out["properties"] = std::move(properties);
  }
  if (!metadata.sensitive.empty()) out["sensitive"] = to_array(metadata.sensitive);
  return out;
}

json::object to_json(const RuleSet& rule_set) {
  json::object out;
  if (!rule_set.migration_rules.empty()) out["migrationRules"] = to_json(rule_set.migration_rules);
  if (!rule_set.domain_rules.empty()) out["domainRules"] = to_json(rule_set.domain_rules);
  if (!rule_set.encoding_rules.empty()) out["encodingRules"] = to_json(rule_set.encoding_rules);
  if (rule_set.enable_at) out["enableAt"] = *rule_set.enable_at;
  return out;
}

Result<ConfigChange> config_change(const json::object& body) {
  ConfigChange out;
  for (const auto& [key, value] : body)
    if (value.is_null()) out.cleared.emplace_back(key);
  auto& c = out.values;
  TRY(c.alias, text_in(body, "alias"));
  TRY(c.alias_for_deks, bool_in(body, "aliasForDeks"));
  TRY(c.normalize, bool_in(body, "normalize"));
  TRY(c.validate_fields, bool_in(body, "validateFields"));
  TRY(c.validate_new_schemas, bool_in(body, "validateNewSchemas"));
  TRY(c.validate_rules, bool_in(body, "validateRules"));
  for (const std::string_view field : {"compatibility", "compatibilityLevel"}) {
    TRY(auto level, text_in(body, field));
    if (!level) continue;
    c.level = level_named(*level);
    if (!c.level) return fail(ErrorCode::unsupported, "there is no compatibility level '" + *level + "'");
  }
  TRY(auto policy, text_in(body, "compatibilityPolicy"));
  if (policy) {
    c.policy = policy_named(*policy);
    if (!c.policy) return fail(ErrorCode::unsupported, "there is no compatibility policy '" + *policy + "'");
  }
  TRY(c.group, text_in(body, "compatibilityGroup"));
  TRY(c.default_metadata, metadata_in(body, "defaultMetadata"));
  TRY(c.override_metadata, metadata_in(body, "overrideMetadata"));
  TRY(c.default_rule_set, rule_set_in(body, "defaultRuleSet"));
  TRY(c.override_rule_set, rule_set_in(body, "overrideRuleSet"));
  return out;
}

Config applied(const ConfigChange& change, Config config) {
  const auto cleared = [&](std::string_view field) { return std::find(change.cleared.begin(), change.cleared.end(), field) != change.cleared.end(); };
  if (cleared("alias")) config.alias.reset();
  if (cleared("aliasForDeks")) config.alias_for_deks.reset();
  if (cleared("normalize")) config.normalize.reset();
  if (cleared("validateFields")) config.validate_fields.reset();
  if (cleared("validateNewSchemas")) config.validate_new_schemas.reset();
  if (cleared("validateRules")) config.validate_rules.reset();
  if (cleared("compatibility") || cleared("compatibilityLevel")) config.level.reset();
  if (cleared("compatibilityPolicy")) config.policy.reset();
  if (cleared("compatibilityGroup")) config.group.reset();
  if (cleared("defaultMetadata")) config.default_metadata.reset();
  if (cleared("overrideMetadata")) config.override_metadata.reset();
  if (cleared("defaultRuleSet")) config.default_rule_set.reset();
  if (cleared("overrideRuleSet")) config.override_rule_set.reset();
  return over(change.values, config);
}

json::object to_json(const Config& config, std::string_view level_field) {
  json::object o;
  if (config.alias) o["alias"] = *config.alias;
  if (config.alias_for_deks) o["aliasForDeks"] = *config.alias_for_deks;
  if (config.normalize) o["normalize"] = *config.normalize;
  if (config.validate_fields) o["validateFields"] = *config.validate_fields;
  if (config.validate_new_schemas) o["validateNewSchemas"] = *config.validate_new_schemas;
  if (config.validate_rules) o["validateRules"] = *config.validate_rules;
  if (config.level) o[level_field] = name_of(*config.level);
  if (config.policy) o["compatibilityPolicy"] = name_of(*config.policy);
  if (config.group) o["compatibilityGroup"] = *config.group;
  if (config.default_metadata) o["defaultMetadata"] = to_json(*config.default_metadata);
  if (config.override_metadata) o["overrideMetadata"] = to_json(*config.override_metadata);
  if (config.default_rule_set) o["defaultRuleSet"] = to_json(*config.default_rule_set);
  if (config.override_rule_set) o["overrideRuleSet"] = to_json(*config.override_rule_set);
  return o;
}

}  // namespace braid::registry
