// Which types a Protobuf schema can name: its own, those of its references, and the built-in files. Pure; the Schema must outlive it.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits/schemas.h"
#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/schema.h"

namespace braid::format::protobuf_schema {

bool scalar_type(std::string_view type);

// A file that imports find without a reference (google/protobuf/*, google/type/*, confluent/*).
std::optional<File> built_in_file(const std::string& import_name);

class Names {
 public:
  explicit Names(const Schema& schema);

  struct Found {
    const Message* message = nullptr;
    const Enum* enumeration = nullptr;
    const File* file = nullptr;
    explicit operator bool() const { return file != nullptr; }
  };
  // As C++ looks up names: from the innermost scope outwards; a leading dot means the full name. `full` gets the name without a dot.
  Found find(std::string_view written, std::string_view scope, std::string* full = nullptr) const;
  std::string full_with_dot(const std::string& written, const std::string& scope) const;   // scalars and unknown names as written
  // The full name of an extension field, without a dot in front; empty when there is none. Custom options are such fields.
  std::optional<std::string> extension(std::string_view written, std::string_view scope, bool* repeated = nullptr) const;
  bool exhausted() const { return looked_up_ > limits::schema_lookup_bytes_max; }   // then nothing is found any more
  bool imports_found() const { return missing_.empty(); }
  const std::string& missing_import() const { return missing_; }
  const std::deque<File>& imported() const { return files_; }

 private:
  void add_file(const File& file, const Schema& schema, int depth);
  void add(const File& file, const Message& message, const std::string& scope);
  void add(const Extend& extend, const std::string& scope);
  std::unordered_map<std::string, Found> types_;
  std::unordered_map<std::string, bool> extensions_;         // full name -> repeated
  mutable std::size_t looked_up_ = 0;                        // characters, against the budget
  std::map<std::string, bool, std::less<>> seen_;
  std::deque<File> files_;
  std::string missing_;
};

}  // namespace braid::format::protobuf_schema
