// From a Protobuf schema to libprotobuf's descriptors, for reading and writing messages, and to the serialized form of the API.
#pragma once
#include <memory>

#include "format/protobuf_schema/schema.h"

namespace google::protobuf {
class DescriptorPool;
class Descriptor;
class FileDescriptor;
class FileDescriptorProto;
}  // namespace google::protobuf

namespace braid::format::protobuf_schema {

// A pool with the file and all it imports. Owns them; immutable, any number of threads may read it.
class Descriptors {
 public:
  static Result<std::shared_ptr<const Descriptors>> build(const Schema& schema);
  ~Descriptors();
  const google::protobuf::FileDescriptor& file() const { return *file_; }
  // The message that the indexes of the wire format name ([0] is the first); null when there is none.
  const google::protobuf::Descriptor* message_at(std::span<const int> indexes) const;

 private:
  Descriptors();
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

// A pool with the file and its imports, as far as they can be found; null when the file does not link.
std::shared_ptr<const google::protobuf::DescriptorPool> pool_of(const google::protobuf::FileDescriptorProto& proto, std::span<const Reference> references);
Result<std::string> serialized_text(const Schema& schema);            // base64 of the FileDescriptorProto
std::vector<std::string> top_level_fields(const Schema& schema);      // of the first message

}  // namespace braid::format::protobuf_schema
