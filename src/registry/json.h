// The registry's values as JSON: what requests carry, what answers show and what stands in `_schemas`. The order of the keys is Confluent's.
// Pure functions. Unknown keys are ignored: newer clients send them.
#pragma once
#include "base/json.h"
#include "format/inline_tags.h"
#include "registry/schema.h"
#include "registry/settings.h"

namespace braid::registry {

// A body with schema, schemaType, references, metadata, ruleSet, version, id; every part may be missing.
struct SchemaRequest {
  std::optional<std::string> text;
  std::optional<std::string> type;            // as written
  std::optional<std::vector<Reference>> references;
  std::optional<Metadata> metadata;
  std::optional<RuleSet> rule_set;
  std::optional<std::int32_t> version, id;
  format::TagChange tags;                     // schemaTagsToAdd, schemaTagsToRemove
  std::optional<bool> propagate_tags;         // propagateSchemaTags: tags of the previous version that the text does not have
};
Result<SchemaRequest> schema_request(const json::object& body);

// The body of POST /subjects/{s}/versions/{v}/tags.
struct TagRequest {
  std::optional<std::int32_t> new_version;
  format::TagChange tags;
  std::optional<Metadata> metadata;
  std::optional<RuleSet> rule_set, rules_to_merge;
  std::vector<std::string> rules_to_remove;
  std::optional<bool> propagate_tags;
};
Result<TagRequest> tag_request(const json::object& body);
json::array to_json(const std::vector<format::EntityTags>& tags);

Result<std::optional<std::vector<Reference>>> references_in(const json::object& o);
Result<std::optional<Metadata>> metadata_in(const json::object& o, std::string_view field);
Result<std::optional<RuleSet>> rule_set_in(const json::object& o, std::string_view field);
// What a stored schema's object says besides its place and id, in a record as in an answer of another registry; and the GUID that follows from it.
Result<void> read_content(const json::object& o, RegisteredSchema& schema);
json::array to_json(const std::vector<Reference>& references);
json::object to_json(const Metadata& metadata);
json::object to_json(const RuleSet& rule_set);

// Changes of a Config: absent keeps, null clears.
struct ConfigChange {
  Config values;
  std::vector<std::string> cleared;           // names of the fields that are null
};
Result<ConfigChange> config_change(const json::object& body);   // an unknown level: ErrorCode::unsupported, the caller words it
Config applied(const ConfigChange& change, Config config);
json::object to_json(const Config& config, std::string_view level_field);   // "compatibility" or "compatibilityLevel"

}  // namespace braid::registry
