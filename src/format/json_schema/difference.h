// What changed between two JSON Schemas that readers cannot live with. Pure functions.
// Specification: reference of Confluent Schema Registry, section "JSON Schema" of its compatibility rules (SchemaDiff).
#pragma once
#include "format/json_schema/schema.h"

namespace braid::format::json_schema {

struct Difference {
  std::string kind;          // TYPE_CHANGED, ...
  std::string path;          // #/properties/a
  std::string message;
};

// Changes from `original` to `update` by which data valid for `original` may be invalid for `update`; empty: compatible.
std::vector<Difference> incompatible_changes(const Schema& original, const Schema& update, bool lenient);

}  // namespace braid::format::json_schema
