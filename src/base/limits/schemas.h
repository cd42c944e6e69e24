// Limits: schemas, documents, rules and records. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

// Registry
inline constexpr std::size_t schema_comparisons_max = 200'000;      // pairs of parts that one compatibility check may look at
inline constexpr std::size_t schema_differences_max = 1'000;        // differences of one pair of parts that are kept: a verdict is read by people
inline constexpr std::size_t schema_difference_copies_max = 50'000; // of all pairs together: parts used in many places would multiply theirs
inline constexpr std::size_t schema_pattern_ticks = 2;              // what one pattern may take on one property's name: about so many milliseconds
inline constexpr std::size_t schema_pattern_steps = 200;            // how many comparisons trying one pattern stands for
inline constexpr std::size_t schema_name_bytes_max = 4'000;         // a full name; paths are built from them for every field
inline constexpr std::size_t schema_lookup_bytes_max = 100'000'000; // characters hashed to find the types of one Protobuf file: some 100 ms
inline constexpr std::size_t schema_indent_bytes_max = 1'000'000;   // spaces that canonical Protobuf text would need: lines times depth
inline constexpr std::size_t schema_reference_bytes_max = 20'000'000;  // all that a schema refers to, directly or not, is parsed with it
inline constexpr std::size_t example_records_max = 300;             // records tried to show why schemas do not get along
inline constexpr std::size_t example_values_max = 100;              // values tried in one place of a JSON document
inline constexpr std::size_t example_parts_max = 5'000;             // values inside one tried record
inline constexpr std::size_t example_bytes_max = 1'000;             // a longer record teaches nobody
inline constexpr std::size_t example_schema_bytes_max = 50'000;     // of JSON Schemas for which documents are tried
inline constexpr std::size_t parsed_schemas_max = 20'000;           // parsed schemas remembered; then the memo starts again
inline constexpr std::size_t registry_schema_bytes_max = 1'000'000; // a schema is one record of `_schemas`, and Kafka takes 1 MiB with all that is around it

// Records
inline constexpr std::size_t avro_empty_items_max = 1 << 20;        // items and fields of one Avro value that take no bytes: only this bounds them
inline constexpr std::size_t avro_default_bytes_max = 1 << 20;      // of one field's default, with the defaults of what is inside it
inline constexpr std::size_t avro_defaults_read_max = 64 << 20;     // bytes of defaults that reading one value may go through: some 100 ms
inline constexpr std::size_t schema_columns_max = 10'000;           // columns and fields of columns that a schema stands for: types used in many places multiply

// Checking JSON documents
inline constexpr std::size_t json_schema_steps_max = 2'000'000;     // schema parts applied to one document: some 100 ms

// Rules in CEL
inline constexpr std::size_t cel_text_bytes_max = 64 * 1024;
inline constexpr int cel_nesting_max = 100;                         // each level of text passes some eight functions
inline constexpr std::size_t cel_steps_max = 200'000;               // of one evaluation: some 20 ms, and a record waits for it

// A registry that runs elsewhere
inline constexpr std::size_t upstream_settings_max = 500;           // subjects whose settings are asked for in one round: a call each
inline constexpr std::size_t upstream_unknown_ids_max = 10'000;     // ids that it did not have, remembered for two seconds

// The contract gate
inline constexpr std::size_t contract_schemas_max = 10'000;         // what a shard remembers of the registry's answers; then it asks again
inline constexpr std::size_t contract_reasons_max = 1'000;          // records named in one refusal: some 200 KB of answer
inline constexpr std::size_t contract_reason_bytes_max = 500;       // a reason is a sentence; it stands in headers and answers
inline constexpr std::size_t contract_faults_kept = 20;             // the newest of a topic, for people
inline constexpr std::size_t contract_topics_seen_max = 1'000;      // topics of which they are kept

}  // namespace braid::limits
