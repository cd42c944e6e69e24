// What changed between two Protobuf files that readers cannot live with. Pure functions.
// Specification: reference of Confluent Schema Registry, section "Protobuf" of its compatibility rules (SchemaDiff).
#pragma once
#include "format/protobuf_schema/schema.h"

namespace braid::format::protobuf_schema {

struct Difference {
  std::string kind;          // FIELD_SCALAR_KIND_CHANGED, ...
  std::string path;          // #/Message/1
  std::string message;
};

// Changes from `original` to `update` by which what was written with `original` cannot be read with `update`; empty: compatible.
std::vector<Difference> incompatible_changes(const Schema& original, const Schema& update);

}  // namespace braid::format::protobuf_schema
