// Which logical type an Avro schema stands for, and the Avro schema of columns. Shared by avro.cc (records) and avro_schema.cc. Inside format/ only.
#pragma once
#include <optional>

#include "data/type.h"
#include "format/avro/schema.h"

namespace braid::format {

// A DECIMAL's precision and scale as Connect reads them: a precision that is not given is 64. Empty for other nodes.
struct AvroDecimal { int precision, scale; };
std::optional<AvroDecimal> avro_decimal(const avro::Node& node);
// Connect writes maps with optional keys as arrays of records with key and value, marked as map entries.
bool is_map_entry(const avro::Node& record);
// The SQL type; empty for what SQL has no type for (null, recursive records).
std::optional<data::Type> sql_type_of(const avro::Node& node);
std::string branch_name(const avro::Node& node);   // of a union that becomes a STRUCT: int, string, or the record's own name

}  // namespace braid::format
