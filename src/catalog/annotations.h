// What people say about entities: tag definitions and tags, business metadata definitions and values, description, owner and e-mail. The rules
// (pure) and the records of `_braid_catalog` in which they are kept: one record per thing, its key says which, its value what it is now, a
// tombstone that it is gone; so the topic can be compacted. Format: docs/formats/catalog_records.md.
// Names and refusals are those of Confluent's Stream Catalog, that is Apache Atlas: number = HTTP status x 10000 + Atlas number.
#pragma once
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "catalog/entity.h"

namespace braid::catalog {

struct Refusal {
  int status = 400;
  int number = 400;                        // error_code of the answer
  std::string message;
};
template <class T> using Answer = std::expected<T, Refusal>;

Refusal unknown_type(std::string_view name);                              // 4040001
Refusal unknown_tag(std::string_view name);                               // 4040008
Refusal unknown_entity(std::string_view type, std::string_view name);     // 4040009
Refusal bad_request(std::string message);                                 // 400

// What is said about one entity.
struct Annotation {
  std::map<std::string, json::object> tags;                // tag -> its attributes and options, as in a Tag
  std::map<std::string, json::object> business_metadata;   // definition -> values
  std::map<std::string, std::string> attributes;           // description, owner, ownerEmail
  bool empty() const { return tags.empty() && business_metadata.empty() && attributes.empty(); }
};

// One record of the topic; an empty value takes the thing away.
struct Change {
  std::string key;                         // a JSON array: ["tag","kafka_topic","pageviews","PII"]
  std::optional<std::string> value;
};

enum class DefinitionKind { tag, business_metadata };

class Annotations {
 public:
  std::map<std::string, json::object> tag_definitions, business_metadata_definitions;   // as they are answered
  std::map<EntityRef, Annotation> by_entity;

  const Annotation* of(const EntityRef& ref) const;
  std::vector<EntityRef> tagged(std::string_view tag) const;

  Result<void> apply(std::string_view key, std::optional<std::string_view> value);
  std::optional<std::string> value_of(std::string_view key) const;   // what the record of this key says now
  // The entity that a record is about, if it is about one.
  static std::optional<EntityRef> subject_of(std::string_view key);

  // --- decisions: the record that would make it so ---
  struct Context {
    std::string who;
    std::int64_t now_ms = 0;
  };
  Answer<Change> define(DefinitionKind kind, const json::object& definition, bool update, const Context& context) const;
  Answer<Change> undefine(DefinitionKind kind, const std::string& name) const;
  Answer<Change> tag(const EntityRef& ref, const std::string& name, const json::object& tag, bool update, const Context& context) const;
  Answer<Change> untag(const EntityRef& ref, const std::string& name) const;
  Answer<Change> put_business_metadata(const EntityRef& ref, const std::string& qualified_name, const std::string& name, const json::object& values, bool update) const;
  Answer<Change> remove_business_metadata(const EntityRef& ref, const std::string& name) const;
  Answer<std::optional<Change>> set_attributes(const EntityRef& ref, const std::map<std::string, std::string>& attributes) const;   // empty: nothing changes
};

}  // namespace braid::catalog
