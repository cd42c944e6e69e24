// Proto text -> tree. Pure. Errors carry line, column and what was expected there.
#pragma once
#include "base/error.h"
#include "format/protobuf_schema/ast.h"

namespace braid::format::protobuf_schema {

Result<File> parse_text(std::string_view text);
// Proto text, or a base64 FileDescriptorProto.
Result<File> parse_any(std::string_view text);

}  // namespace braid::format::protobuf_schema
