// One Avro value of any schema, held in memory: for tools, tests and edges that are not on the record path (which uses Program and a sink).
// Plain value.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "format/avro/codec.h"

namespace braid::format::avro {

struct Datum {
  Type type = Type::null_;
  std::int64_t whole = 0;                            // boolean, int, long; the symbol's index of an enum; the branch of a union
  double real = 0;                                   // float, double
  Bytes bytes;                                       // bytes, string, fixed
  std::vector<Datum> items;                          // array; record's fields in the schema's order; a union's value, alone
  std::vector<std::pair<Bytes, Datum>> entries;      // map
  friend bool operator==(const Datum&, const Datum&) = default;
};

Result<Datum> decode(const Program& program, BytesView bytes);
// Refuses a value that does not fit the schema, naming the place.
Result<void> encode(const Node& schema, const Datum& value, Bytes& out);

// The value as plain JSON for people: unions without their branch names, bytes as characters 0..255, numbers that JSON cannot say as texts.
Result<std::string> decode_to_json(const Program& program, BytesView bytes);

}  // namespace braid::format::avro
