// Whether data written with one Avro schema can be read with another, and all the reasons why not.
// Specification: org.apache.avro.SchemaCompatibility of Avro 1.12: names match without their namespace or by an alias of the reader;
// logical types, docs, order and properties play no part. Pure functions.
#pragma once
#include <string>
#include <vector>

#include "format/avro/schema.h"

namespace braid::format::avro {

struct Incompatibility {
  std::string kind;          // READER_FIELD_MISSING_DEFAULT_VALUE, TYPE_MISMATCH, ...
  std::string location;      // JSON pointer into the reader's schema: /fields/1/type
  std::string message;       // what about it: the field, the types, the symbols
};

std::vector<Incompatibility> incompatibilities(const Schema& reader, const Schema& writer);   // empty: compatible

// Same kind of named type: do the names fit?
bool names_match(const Node& reader, const Node& writer);

}  // namespace braid::format::avro
