// Files that every Protobuf schema may import without a reference. doc: docs/decisions/2026-11-23-protobuf-built-in-files.md
#pragma once
#include <string_view>

namespace braid::format::protobuf_schema {

// google/type/* and confluent/*, whose names and numbers are the published ones; empty when there is none. google/protobuf/* comes with libprotobuf.
std::string_view built_in_text(std::string_view import_name);

}  // namespace braid::format::protobuf_schema
