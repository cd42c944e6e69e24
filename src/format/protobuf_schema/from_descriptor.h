// FileDescriptorProto -> tree: what clients in Python, Go, .NET and JavaScript send (in base64), and libprotobuf's own files.
#pragma once
#include <optional>
#include <string_view>

#include "format/protobuf_schema/ast.h"

namespace google::protobuf {
class DescriptorPool;
class FileDescriptorProto;
}  // namespace google::protobuf

namespace braid::format::protobuf_schema {

// The pool holds what the file imports; without it custom options have no names and are left out.
File from_descriptor(const google::protobuf::FileDescriptorProto& proto, const google::protobuf::DescriptorPool* pool = nullptr);
std::optional<std::string> from_base64(std::string_view text);   // standard alphabet; line breaks are taken
std::string to_base64(std::string_view bytes);

}  // namespace braid::format::protobuf_schema
