// What the files of this folder share: one factory per format, and how columns are checked. Inside format/ only.
#pragma once
#include "format/serde.h"

namespace braid::format {

Result<std::unique_ptr<Serde>> make_none(const SerdeSpec& spec);
Result<std::unique_ptr<Serde>> make_kafka(SerdeSpec spec);
Result<std::unique_ptr<Serde>> make_delimited(SerdeSpec spec);
// JSON and JSON_SR. `careful` leaves every record to simdjson: what tests and the fuzzer hold the quick way to.
enum class JsonReading { in_place, careful };
Result<std::unique_ptr<Serde>> make_json(SerdeSpec spec, JsonReading reading = JsonReading::in_place);
Result<std::unique_ptr<Serde>> make_avro(SerdeSpec spec, Schemas& schemas);
Result<std::unique_ptr<Serde>> make_protobuf(SerdeSpec spec, Schemas& schemas);   // PROTOBUF and PROTOBUF_NOSR

Result<InferredColumns> infer_avro(const SchemaText& schema, const FormatProperties& properties);
Result<InferredColumns> infer_json(const SchemaText& schema);
Result<InferredColumns> infer_protobuf(const SchemaText& schema, const FormatProperties& properties);
Result<SchemaText> derive_avro(const std::vector<data::Field>& columns, bool unwrap_single, const FormatProperties& properties);
Result<SchemaText> derive_json(const std::vector<data::Field>& columns, bool unwrap_single);
Result<SchemaText> derive_protobuf(const std::vector<data::Field>& columns, bool is_key, const FormatProperties& properties);

// A schema whose types, written out in full as columns, would never end or fill the memory.
std::unexpected<Error> too_many_columns(std::string_view kind);

Result<char32_t> delimiter_of(const FormatProperties& properties);   // of DELIMITED; a comma unless DELIMITER says otherwise

// Confluent's wire format: a zero byte and the id of the schema, big-endian, in front of the payload.
inline constexpr std::size_t wire_header_bytes = 5;
void append_wire_header(SchemaId id, Bytes& out);
std::optional<SchemaId> wire_schema_id(BytesView payload);
std::unexpected<Error> no_wire_header(Format format, BytesView payload);

// Names match without regard to case, as ksqlDB matches columns with fields. ASCII letters only: Unicode's rules would cost on each record.
bool same_name(std::string_view a, std::string_view b);
std::string folded(std::string_view name);

std::string column_list(const std::vector<data::Field>& columns, bool is_key);   // [`K` INTEGER KEY, `V` STRING]

}  // namespace braid::format
