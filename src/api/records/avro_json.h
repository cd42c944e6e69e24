// JSON as an Avro value: what a person writes becomes what the schema wants. Unions take the first branch that fits, with or without Avro's own
// {"string": ...} wrapping; missing fields take their default; bytes are characters 0..255. Pure. The error names the field.
#pragma once
#include "base/json.h"
#include "format/avro/datum.h"

namespace braid::api {

Result<format::avro::Datum> datum_from_json(const format::avro::Node& schema, const json::value& value, const std::string& path = "");

}  // namespace braid::api
