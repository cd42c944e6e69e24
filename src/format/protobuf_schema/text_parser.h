// Proto text -> tree. Pure. Errors carry line, column and what was expected there.
#pragma once
#include <span>

#include "base/error.h"
#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/schema.h"

namespace braid::format::protobuf_schema {

Result<File> parse_text(std::string_view text);
std::string unescaped(std::string_view written);        // \n, \x41, \101 and the others as the characters that they stand for
// Proto text, or a base64 FileDescriptorProto; the references name its custom options.
Result<File> parse_any(std::string_view text, std::span<const Reference> references = {});

}  // namespace braid::format::protobuf_schema
