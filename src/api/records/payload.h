// Payloads as JSON for people and scripts, and back: by the registry's schema where a payload carries an id, else as JSON, text or base64.
// Lives on the registry's shard. Nothing here fails on bytes: what cannot be decoded is shown as what it is, with the reason.
#pragma once
#include <map>
#include <string>

#include "base/json.h"
#include "format/avro/codec.h"
#include "registry/registry.h"

namespace braid::api {

struct Decoded {
  json::value value;                       // of the payload
  std::string format;                      // AVRO, PROTOBUF, JSON_SR, JSON, TEXT, BINARY
  std::int32_t schema_id = -1;             // -1: none
  std::string problem;                     // why it is shown raw; empty when all is well
};

class Payloads {
 public:
  explicit Payloads(registry::Registry& registry) : registry_(registry) {}
  Decoded decode(BytesView payload);
  // `schema`: what a payload must be written with (null: plain JSON, or the text itself when the value is a string).
  Result<Bytes> encode(const json::value& value, const registry::RegisteredSchema* schema);

 private:
  Result<std::string> decode_with(const registry::RegisteredSchema& schema, BytesView payload);
  registry::Registry& registry_;
  std::map<std::int32_t, format::avro::ProgramPtr> programs_;   // writer = reader, by id
};

}  // namespace braid::api
