// A record that shows why two schemas do not get along: it is valid for whoever wrote it, and whoever reads it with the other schema fails on it.
// Pure functions. Looked for within a budget and given only when our own decoder (Avro) or validator (JSON Schema) has failed on it, or
// libprotobuf has read something else than was written.
#pragma once
#include "registry/verdict.h"

namespace braid::registry {

struct Example {
  std::string record;          // as JSON text
  std::string error;           // what the reader says to it
  bool new_reads_old = true;   // written with the old schema and read with the new one, or the other way round
};

// Empty: none was found within the budget, or nothing fails after all.
std::optional<Example> failing_record(const Parsed::Any& reader, const Parsed::Any& writer, bool reader_is_new);
inline std::optional<Example> failing_record(const Parsed& reader, const Parsed& writer, bool reader_is_new) { return failing_record(reader.any(), writer.any(), reader_is_new); }

}  // namespace braid::registry
