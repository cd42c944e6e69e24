// The tree of a Protobuf file: what stands in it, without comments and positions. Plain values; inside protobuf_schema/ and its tests.
// Specification: protobuf.dev, language guides for proto2 and proto3, editions kept as written.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace braid::format::protobuf_schema {

struct Option;

struct OptionValue {
  enum class Kind : std::uint8_t { text, word, message, list };   // word: a number, boolean or identifier as written
  Kind kind = Kind::word;
  std::string text;                                               // of text: the characters that the escapes stand for
  std::vector<Option> entries;                                    // of message
  std::vector<OptionValue> items;                                 // of list
};

struct Option {
  std::string name;                                               // "deprecated", "(my.option).field"
  OptionValue value;
};

enum class Label : std::uint8_t { none, optional, required, repeated };

struct Field {
  Label label = Label::none;
  std::string type;                                               // as written; "map<K, V>" for maps
  std::string key_type, value_type;                               // of a map
  std::string name;
  std::int32_t tag = 0;
  std::vector<Option> options;
  bool is_map() const { return !key_type.empty(); }
};

struct Message;

struct Group {                                                    // proto2
  Label label = Label::none;
  std::string name;
  std::int32_t tag = 0;
  std::vector<Field> fields;
};

struct OneOf {
  std::string name;
  std::vector<Field> fields;
  std::vector<Group> groups;
  std::vector<Option> options;
};

struct Range {
  std::int32_t first = 0, last = 0;                               // last is INT32_MAX for "max"
  bool pair = false;                                              // written as "5 to 5"
  friend auto operator<=>(const Range&, const Range&) = default;
};

struct Reserved {                                                 // one statement
  std::vector<Range> ranges;
  std::vector<std::string> names;
};

struct Extensions {
  std::vector<Range> ranges;
  std::vector<Option> options;
};

struct EnumConstant {
  std::string name;
  std::int32_t number = 0;
  std::vector<Option> options;
};

struct Enum {
  std::string name;
  std::vector<EnumConstant> constants;
  std::vector<Option> options;
  std::vector<Reserved> reserved;
};

struct Extend {
  std::string name;
  std::vector<Field> fields;
};

inline constexpr std::int32_t field_number_max = 536'870'911;

struct Message {
  std::string name;
  std::vector<Field> fields;
  std::vector<OneOf> oneofs;
  std::vector<Group> groups;
  std::vector<Message> messages;
  std::vector<Enum> enums;
  std::vector<Reserved> reserved;
  std::vector<Extensions> extensions;
  std::vector<Extend> extends;
  std::vector<Option> options;
};

struct Rpc {
  std::string name, request, response;
  bool request_stream = false, response_stream = false;
  std::vector<Option> options;
};

struct Service {
  std::string name;
  std::vector<Rpc> rpcs;
  std::vector<Option> options;
};

struct File {
  std::string syntax;                                             // "proto2", "proto3", an edition's year, or empty when nothing was said
  bool edition = false;
  std::string package;
  std::vector<std::string> imports, public_imports, weak_imports;
  std::vector<Option> options;
  std::vector<Message> messages;
  std::vector<Enum> enums;
  std::vector<Extend> extends;
  std::vector<Service> services;
};

// Descriptors write a map as a repeated field of a message of their own (option map_entry); here it is a map<> again. For whoever reads types;
// the canonical text keeps what was registered.
File with_maps(File file);
bool has_map_entries(const File& file);

}  // namespace braid::format::protobuf_schema
