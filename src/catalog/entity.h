// Entities of the stream catalog and how they are called. Plain values and pure functions.
//
// Qualified names (reference: Confluent Stream Catalog; forms that are accepted for a topic: `lsrc-x:.:topic`, `lsrc-x:lkc-y:topic`, `lkc-y:topic`
// and the topic alone; whatever stands before the name is not compared, because a node has one registry and one cluster):
//   kafka_topic lsrc:.:T · sr_subject_version lsrc:.:SUBJECT:VERSION · sr_schema lsrc:.:ID · sr_record lsrc:.:ID:RECORD · sr_field lsrc:.:ID:RECORD.FIELD
//   kafka_logical_cluster LKC · cf_environment ENV · data_product, query, domain lsrc:.:NAME
// The second part is the registry's context ("." is the default one).
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace braid::catalog {

enum class EntityType { kafka_topic, kafka_logical_cluster, cf_environment, sr_subject_version, sr_schema, sr_record, sr_field, data_product, query, domain };
inline constexpr std::array entity_types = {EntityType::kafka_topic, EntityType::kafka_logical_cluster, EntityType::cf_environment, EntityType::sr_subject_version, EntityType::sr_schema,
                                            EntityType::sr_record, EntityType::sr_field, EntityType::data_product, EntityType::query, EntityType::domain};
std::string_view name_of(EntityType type);
std::optional<EntityType> entity_type_named(std::string_view name);

// What an entity is called inside its type: a topic "pageviews", a version "pageviews-value:1", a field "3:ksql.users.userid". Schemas of another
// context than the default have it in front: ".ctx:..." 
struct EntityRef {
  EntityType type = EntityType::kafka_topic;
  std::string key;
  friend auto operator<=>(const EntityRef&, const EntityRef&) = default;
};

struct Place {                             // how this node is called in qualified names
  std::string registry = "lsrc-braid", cluster = "lkc-braid", environment = "env-braid";
};
std::string qualified_name(const Place& place, const EntityRef& ref);
EntityRef parse_qualified_name(EntityType type, std::string_view name);
std::string guid_of(const EntityRef& ref);  // the same entity has the same one, always

struct Entity {
  EntityRef ref;
  std::uint64_t id = 0;                    // in the search index
  std::string name;                        // for people
  std::string description;                 // from its source; people's own description is in the Annotations
  std::string domain, owner, quality, format, state;   // facets; the owning team or the product's
  std::vector<std::string> fields;         // names of its fields, for search
  std::vector<std::string> tags;           // of its source: a product's, inline ones of a field
  std::string documentation;
  json::object attributes;                 // what its type has beside these
  std::int64_t created_ms = 0, updated_ms = 0;   // 0: unknown
};

}  // namespace braid::catalog
