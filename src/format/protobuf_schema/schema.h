// A Protobuf file (proto2, proto3) as a tree: what its text says, kept well enough to print the canonical text that decides ids.
// Immutable once parsed; any number of threads may read it. The tree itself is in ast.h; descriptors for reading and writing messages come
// from descriptor.h.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::format::protobuf_schema {

struct File;   // ast.h

// A file that "import" may name, by the name in the reference.
struct Reference {
  std::string name;
  std::string text;
};

class Schema {
 public:
  explicit Schema(std::unique_ptr<const File> file, std::vector<Reference> references);
  ~Schema();
  const File& file() const { return *file_; }             // maps are maps
  const File& written() const { return written_ ? *written_ : *file_; }   // as registered: a descriptor's maps are repeated entries
  const std::vector<Reference>& references() const { return references_; }

 private:
  std::unique_ptr<const File> file_, written_;            // written_ where it differs
  std::vector<Reference> references_;
};
using SchemaPtr = std::shared_ptr<const Schema>;          // shared by the registry's cache and its users

// Proto text, or a base64 FileDescriptorProto. Imports must be among the references or built in (google/protobuf/*, google/type/*,
// confluent/*); every type named must exist.
// `lenient` reads what is stored already: it was accepted once, maybe by another registry, and must stay readable.
Result<SchemaPtr> parse(std::string_view text, std::span<const Reference> references = {}, bool lenient = false);

std::string canonical_text(const Schema& schema);
std::string normalised_text(const Schema& schema);
std::string plain_text(const Schema& schema);             // canonical, without custom options and extensions
std::string linkable_text(const Schema& schema);          // canonical, with maps as maps: what a Protobuf compiler takes

}  // namespace braid::format::protobuf_schema
