// SQL values as JSON: DECIMAL as text with all of its scale, BYTES as base64, DATE,
// TIME and TIMESTAMP as ISO texts, maps and structs as objects. Pure.
#pragma once
#include "base/json.h"
#include "data/value.h"

namespace braid::api {

json::value to_json(const data::Value& value, const data::Type& type);

}  // namespace braid::api
