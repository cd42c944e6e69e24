// Why two schemas do not get along, in words that teach: what differs, where, who would break on which records, and what would be allowed
// instead. Pure functions over parsed schemas.
#pragma once
#include "registry/parsed.h"

namespace braid::registry {

struct Difference {
  std::string kind;          // READER_FIELD_MISSING_DEFAULT_VALUE, ...: Confluent's names
  std::string path;          // where: a JSON pointer (Avro), #/... (JSON Schema, Protobuf)
  std::string what;          // one sentence, in the words of Confluent's registry where clients look at them
  std::string info;          // Avro: the field, types or symbols that it is about
  std::string why;           // who fails, on which records
  std::string allowed;       // what to do instead
  bool new_reads_old = true; // true: readers with the new schema fail on old records; false: readers with the old one on new records
  SchemaType type = SchemaType::avro;
};

// All reasons why `reader` cannot read what `writer` wrote; empty when it can. `reader_is_new` words the texts.
std::vector<Difference> differences(const Parsed& reader, const Parsed& writer, bool reader_is_new, Policy policy);

std::string message_of(const Difference& difference);         // {errorType:'...', description:'...', ..., breaks:'...', allowed:'...'}

// "readers" (who get the new schema) or "writers" (whose new records the present readers get).
inline std::string_view breaks(const Difference& d) { return d.new_reads_old ? "readers" : "writers"; }

}  // namespace braid::registry
