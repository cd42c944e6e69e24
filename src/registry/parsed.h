// A schema of any of the three kinds, parsed: its canonical texts, its fields, and the tags that stand in it.
// Immutable; any number of threads may read it.
#pragma once
#include <memory>
#include <variant>

#include "format/avro/schema.h"
#include "format/inline_tags.h"
#include "format/json_schema/schema.h"
#include "format/protobuf_schema/schema.h"
#include "registry/schema.h"
#include "registry/settings.h"

namespace braid::registry {

struct Validation {
  bool is_new = true;          // names are checked; what is stored already is read leniently
  bool strict = false;         // validateNewSchemas: defaults and namespaces too
};

class Parsed {
 public:
  using Any = std::variant<format::avro::SchemaPtr, format::json_schema::SchemaPtr, format::protobuf_schema::SchemaPtr>;

  static Result<std::shared_ptr<const Parsed>> parse(SchemaType type, std::string_view text, const std::vector<ReferencedText>& references,
                                                     Validation validation);

  SchemaType type() const { return type_; }
  const Any& any() const { return any_; }
  const std::string& canonical() const { return canonical_; }
  std::string normalised() const;
  std::string formatted(std::string_view format) const;            // "resolved", "serialized", "ignore_extensions"; unknown names give the canonical text
  std::vector<std::string> top_level_fields() const;
  std::vector<format::EntityTags> inline_tags() const;             // parts that have tags in the text
  Result<std::string> with_tags(const format::TagChange& change) const;

 private:
  Parsed(SchemaType type, Any any);
  SchemaType type_;
  Any any_;
  std::string canonical_;
};
using ParsedPtr = std::shared_ptr<const Parsed>;                   // shared by the cache and whoever decodes with it

}  // namespace braid::registry
