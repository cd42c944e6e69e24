// The Protobuf side of example.h. Protobuf's decoders refuse little: mostly a record fails by being read as something that was not written, or by
// losing what was. Records are written and read by libprotobuf, and what comes out is held against what went in. Pure functions.
#pragma once
#include "format/protobuf_schema/schema.h"
#include "registry/example.h"

namespace braid::registry {

// Messages are matched by their names inside the package, fields by their numbers. A field that the reader does not have any more is no failure,
// unless it was a choice of a oneof of which something is left. Empty: none was found within the budget, or nothing fails after all.
std::optional<Example> protobuf_example(const format::protobuf_schema::Schema& reader, const format::protobuf_schema::Schema& writer);

}  // namespace braid::registry
