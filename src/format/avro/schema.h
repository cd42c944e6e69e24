// An Avro schema as a graph of nodes: what a text says, with everything in it kept (docs, aliases, defaults, order, logical types, any other
// property with its exact JSON), because ids depend on the canonical text. Immutable once parsed, so any number of threads may read it.
// Ownership: the Schema owns all its nodes; a Node lives as long as its Schema. Schemas are shared by shared_ptr between the registry's cache
// and whoever decodes with them. Nodes may form cycles (recursive records): never walk them without remembering where you were.
// Specification: Avro 1.12. What Java's library does wins where it is more precise, because ids must be equal.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "format/json_text.h"

namespace braid::format::avro {

enum class Type : std::uint8_t { null_, boolean, int_, long_, float_, double_, bytes, string, record, enum_, array, map, union_, fixed };
std::string_view name_of(Type type);   // "null", "boolean", "int", ... "record", "enum", "array", "map", "union", "fixed"

// Only what is valid on its type counts; anything else under "logicalType" stays in the properties and is none_ here, as Avro asks.
enum class Logical : std::uint8_t {
  none_, decimal, uuid, date, time_millis, time_micros, timestamp_millis, timestamp_micros, timestamp_nanos,
  local_timestamp_millis, local_timestamp_micros, local_timestamp_nanos, duration,
};

struct Node;

struct Name {
  std::string space;                     // empty: none
  std::string name;
  std::string full() const { return space.empty() ? name : space + "." + name; }
  friend bool operator==(const Name&, const Name&) = default;
};

enum class Order : std::uint8_t { ascending, descending, ignore };

struct Field {
  std::string name;
  const Node* type = nullptr;
  std::optional<std::string> doc;
  std::optional<JsonNode> default_value;   // JSON null is a value
  Order order = Order::ascending;
  std::vector<std::string> aliases;
  std::vector<JsonMember> properties;      // what Avro does not know, in the order of the text
};

struct Node {
  Type type = Type::null_;
  Logical logical = Logical::none_;
  int precision = 0;                       // of a decimal
  int scale = 0;
  Name name;                               // of a record, enum or fixed
  std::optional<std::string> doc;
  std::vector<Name> aliases;
  std::vector<Field> fields;               // of a record
  bool is_error = false;                   // "type": "error"
  std::vector<std::string> symbols;        // of an enum
  std::optional<std::string> enum_default;
  const Node* items = nullptr;             // of an array its items, of a map its values
  std::vector<const Node*> branches;       // of a union
  std::int32_t size = 0;                   // of a fixed
  std::vector<JsonMember> properties;      // logicalType, precision, scale and whatever else is there, in the order of the text
  std::uint32_t index = 0;                 // place in its Schema, from 0 without gaps: for side tables

  bool named() const { return type == Type::record || type == Type::enum_ || type == Type::fixed; }
  const Field* find_field(std::string_view field) const;
  // ["null", T] and [T, "null"]: T and which branch is null. Empty for any other node.
  const Node* nullable_of() const;         // null when this is not such a union
  int null_branch() const;                 // -1 when there is none
};

struct ParseOptions {
  bool validate_names = true;              // [A-Za-z_][A-Za-z0-9_]* for records, fields, symbols
  bool validate_namespaces = false;        // the same for each part of a namespace
  bool validate_defaults = false;          // every default fits its field (the first branch of a union)
};

class Schema {
 public:
  const Node& root() const { return *root_; }
  std::size_t node_count() const { return nodes_.size(); }
  // A named type by its full name; null when there is none.
  const Node* find(std::string_view full_name) const;
  // Named types at the top of the referenced texts: canonical text leaves them as names.
  const std::vector<std::string>& referenced() const { return referenced_; }

 private:
  friend class SchemaParser;
  std::deque<Node> nodes_;                 // addresses stay
  const Node* root_ = nullptr;
  std::unordered_map<std::string, const Node*> names_;
  std::vector<std::string> referenced_;
};
using SchemaPtr = std::shared_ptr<const Schema>;   // shared by the registry's cache and all who decode with it

// `references`: texts of the schemas that this one refers to by name, each after those it needs itself.
Result<SchemaPtr> parse(std::string_view text, std::span<const std::string> references = {}, ParseOptions options = {});

std::string canonical_text(const Schema& schema);     // what is stored and hashed: Java's Schema.toString, types of references as names
std::string normalised_text(const Schema& schema);    // normalize=true: full names, properties sorted, "order" written
std::string resolved_text(const Schema& schema);      // format=resolved: as canonical, the referenced types written out

bool valid_default(const Node& type, const JsonNode& value);   // of a union: fits its first branch

}  // namespace braid::format::avro
