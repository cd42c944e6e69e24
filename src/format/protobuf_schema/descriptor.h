// From a Protobuf schema to libprotobuf's descriptors, for reading and writing messages, and to the serialized form of the API.
#pragma once
#include <memory>

#include "format/protobuf_schema/schema.h"

namespace google::protobuf {
class DescriptorPool;
class Descriptor;
class FileDescriptor;
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

Result<std::string> serialized_text(const Schema& schema);            // base64 of the FileDescriptorProto
std::vector<std::string> top_level_fields(const Schema& schema);      // of the first message

}  // namespace braid::format::protobuf_schema
