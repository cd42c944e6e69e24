// Serdes: the bytes of a record's key or value <-> columns of logical types, one implementation per KSQL format.
// A Serde is made once per source or sink and then used from one shard; decoding is per record into columns, so nothing is allocated per row
// beyond what the columns need. Texts are views into the record's bytes where the format allows it; the caller shares their owner with the column.
// Errors are per record (a record that cannot be decoded is counted and kept with its reason by the caller, and never stops a query).
// What must match is in docs of ksqlDB's serialisation formats and reference page ksqldb.md 1.4 (wrapping, wire format, case-insensitive fields).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"
#include "data/column.h"

namespace braid::format {

enum class Format { none, kafka, delimited, json, json_sr, avro, protobuf, protobuf_nosr };
std::string_view name_of(Format format);                       // "AVRO", "JSON_SR"
Result<Format> parse_format(std::string_view name);            // any case; the error lists those there are
bool uses_registry(Format format);                             // avro, json_sr, protobuf
bool supports_wrapping(Format format);                         // json, avro, json_sr, protobuf_nosr: both ways; protobuf: wrapped only
bool supports_unwrapping(Format format);

// Properties of a format as WITH(...) gives them, with the names in capitals: VALUE_DELIMITER as "DELIMITER", the full schema name as
// "FULL_SCHEMA_NAME", "NULLABLE_REPRESENTATION" (OPTIONAL or WRAPPER).
using FormatProperties = std::map<std::string, std::string>;

struct SchemaText {                                            // as the registry keeps it
  std::string type;                                            // AVRO, JSON, PROTOBUF
  std::string text;
  std::vector<std::string> references{};                       // texts of referenced schemas, in dependency order
};

// What a serde needs from a schema registry; implemented over registry::Registry, and in memory by tests. Called on the serde's shard;
// answers at once from a cache that its owner fills (see prepare()).
class Schemas {
 public:
  virtual ~Schemas() = default;
  virtual const SchemaText* by_id(SchemaId id) = 0;            // null: not known here (yet)
};

struct SerdeSpec {
  Format format = Format::json;
  bool is_key = false;
  bool unwrap_single = false;                                  // one column stored bare instead of inside a record
  std::vector<data::Field> columns;                            // in order, names as SQL has them
  FormatProperties properties{};
  std::optional<SchemaId> write_schema_id{};                   // formats with a registry: what encode() writes in front of each record
  std::optional<SchemaText> write_schema{};                    // and the schema it encodes with (may differ from what `columns` would derive)
};

class Serde {
 public:
  virtual ~Serde() = default;
  // Appends one value to each of `columns` (same order as in the spec; a null pointer skips a column that nobody needs).
  // An absent payload (a tombstone or a null key) never comes here. On error nothing or something may have been appended: the caller
  // truncates by appending nulls where a column is one short; see append_missing().
  // Error{not_found} with the schema id in the message: the schema is not in `Schemas` yet; fetch it and try again.
  virtual Result<void> decode(BytesView payload, std::span<data::Column* const> columns) = 0;
  // Row `row` of the columns as the payload of a record, appended to `out`. Empty optional in wrapped single null values follows ksqlDB.
  // Returns false when the payload is null (an unwrapped null).
  virtual Result<bool> encode(std::span<const data::Column* const> columns, std::size_t row, Bytes& out) = 0;
  // The registry id in front of a payload, for formats that have one: lets the caller fetch schemas before decoding.
  virtual std::optional<SchemaId> schema_id_of(BytesView payload) const { (void)payload; return std::nullopt; }
};

Result<std::unique_ptr<Serde>> make_serde(SerdeSpec spec, Schemas& schemas);

// Brings all columns to `rows` entries by appending nulls: after a decode error in the middle of a record.
void append_missing(std::span<data::Column* const> columns, std::size_t rows);

// Can these columns be written in this format at all? The error is the reason in ksqlDB's words: The 'KAFKA' format does not support type 'ARRAY',
// column: `K`. make_serde() and derive_schema() check it too.
Result<void> check_columns(Format format, const std::vector<data::Field>& columns, bool is_key);
// Are these properties known to the format, and their values good? ksqlDB's words: JSON does not support the following configs: [delimiter].
Result<void> check_properties(Format format, const FormatProperties& properties);

// Schema <-> columns, for CREATE STREAM without columns (inference) and for sinks (the schema that is registered).
struct InferredColumns {
  std::vector<data::Field> columns;                            // names as the schema spells them
  bool unwrapped = false;                                      // the schema is no record: one anonymous column (its name is empty)
};
// The same with names in capitals, inside STRUCTs too: what ksqlDB makes of a schema unless it was named by its id.
InferredColumns in_capitals(InferredColumns columns);
Result<InferredColumns> infer_columns(Format format, const SchemaText& schema, bool is_key, const FormatProperties& properties = {});
Result<SchemaText> derive_schema(Format format, const std::vector<data::Field>& columns, bool is_key, bool unwrap_single, const FormatProperties& properties = {});

}  // namespace braid::format
