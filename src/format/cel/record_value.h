// Records as CEL values: what a rule sees as `message`, and the single fields that rules of type CEL_FIELD look at one by one.
// Avro: enums are their symbols, logical types their plain values, a null field is not set. JSON: as it stands. Protobuf: enums are their
// numbers (as CEL has it), fields that are not set read as their default and has() says no. Pure functions.
#pragma once
#include <functional>
#include <set>

#include "base/bytes.h"
#include "format/avro/datum.h"
#include "format/cel/value.h"
#include "format/json_schema/schema.h"

namespace google::protobuf { class Message; }

namespace braid::format::cel {

// One value that is no record, list or map, in the field where it stands (an item of a list stands in the list's field).
struct Leaf {
  std::string full_name;           // n.Order.id; pkg.Order.id; $.address.zip
  std::string name;                // id
  std::string_view type_name;      // STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL, ENUM, FIXED
  std::set<std::string> tags;      // those that stand in the schema text; JSON Schema only
  Value value;
};
using Visit = std::function<void(Leaf leaf)>;

Value value_of(const avro::Node& schema, const avro::Datum& datum);
void visit_leaves(const avro::Node& schema, const avro::Datum& datum, const Visit& visit);

void visit_leaves(const json_schema::Schema& schema, const JsonNode& document, const Visit& visit);

Value value_of(const google::protobuf::Message& message);
void visit_leaves(const google::protobuf::Message& message, const Visit& visit);

}  // namespace braid::format::cel
