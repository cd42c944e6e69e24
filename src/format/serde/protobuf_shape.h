// What a Protobuf schema's messages look like on the wire: fields by number, their types, which are repeated, maps, optional. Enough to read and
// write records without descriptors. Made from a schema's text by libprotobuf's parser. Immutable once made; inside format/ only.
// Specification: protobuf.dev language guide (proto2, proto3); well-known types as Confluent's Connect converter maps them.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/type.h"
#include "format/serde.h"

namespace braid::format::protobuf {

enum class Wire : std::uint8_t { double_, float_, int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64, bool_, string, bytes, enum_, message };
// Messages that stand for a value of their own.
enum class Known : std::uint8_t { none, wrapper, timestamp, date, time_of_day, decimal };

struct Message;
struct Enum { std::string name; std::vector<std::pair<std::int32_t, std::string>> values; };

struct FieldShape {
  std::string name;
  int number = 0;
  Wire wire = Wire::int32;          // of a wrapper: the wrapped type
  Known known = Known::none;
  bool repeated = false;
  bool map = false;                 // message has the fields key and value
  bool presence = false;            // absent is null, not the type's default
  bool packed = false;
  int oneof = -1;                   // into Message::oneofs; -1 also for the synthetic ones of `optional`
  const Message* message = nullptr;
  const Enum* enumeration = nullptr;
  int precision = 64, scale = 0;    // of a decimal
};

struct Message {
  std::string full_name;
  std::vector<FieldShape> fields;
  std::vector<std::string> oneofs;
  std::vector<int> index;           // the path by which the wire format names it: [0], or [1, 0] for the first inside the second
  bool map_entry = false;
  const FieldShape* find(std::string_view name) const;   // any case, exact first
};

class Shape {
 public:
  static Result<std::shared_ptr<const Shape>> parse(const SchemaText& schema);
  const Message* find(std::string_view full_name) const;         // also without the package
  const Message* at(const std::vector<int>& index) const;        // of the main file
  const Message& first() const { return *main_.front(); }

 private:
  friend class ShapeBuilder;
  std::deque<Message> messages_;
  std::deque<Enum> enums_;
  std::unordered_map<std::string, const Message*> by_name_;
  std::vector<const Message*> main_;   // top-level messages of the main file
};

// The SQL type of a field; empty for recursive messages.
std::optional<data::Type> sql_type_of(const FieldShape& field);
Result<std::vector<data::Field>> columns_of(const Message& message);

}  // namespace braid::format::protobuf
