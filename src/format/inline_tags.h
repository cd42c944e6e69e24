// Tags that stand inside a schema text: "confluent:tags" in Avro and JSON Schema, option (confluent.field_meta) and (confluent.message_meta)
// in Protobuf. Reads them, changes them, and says which paths a pattern means. Pure functions.
//
// Paths name records and their fields: "n.Order.id" (Avro: the record's full name, then the field), ".pkg.Order.id" (Protobuf),
// "object.address.object.zip" (JSON Schema: the way down, with "array" for items and "anyof.0" for branches). A leading dot counts for nothing.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "format/json_text.h"

namespace braid::format {

namespace protobuf_schema { class Schema; }

struct EntityTags {
  std::string path;
  bool record = false;                 // of a record (a message, an object) and not of a field
  std::set<std::string> tags;
  friend bool operator==(const EntityTags&, const EntityTags&) = default;
};

struct TagChange {
  std::vector<EntityTags> add, remove;
  bool skip_unknown = false;           // a path that leads nowhere is left out instead of refused
  bool empty() const { return add.empty() && remove.empty(); }
};

// `text`: a canonical text. Parts without tags are not listed.
Result<std::vector<EntityTags>> avro_tags(std::string_view text);
Result<std::vector<EntityTags>> json_schema_tags(std::string_view text);
std::vector<EntityTags> protobuf_tags(const protobuf_schema::Schema& schema);

// The text with the tags changed. A path that is not in the schema is refused, with those that are as the hint.
Result<std::string> avro_with_tags(std::string_view text, const TagChange& change);
Result<std::string> json_schema_with_tags(std::string_view text, const TagChange& change);
Result<std::string> protobuf_with_tags(const protobuf_schema::Schema& schema, const TagChange& change);

// Does a pattern of metadata.tags mean this path? "*" stands for any characters but dots, "**" for any, "?" for one.
bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace braid::format
