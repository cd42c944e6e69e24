// Records and fields of a schema's text, as the catalog shows and finds them. Pure and forgiving: a text that cannot be read has no fields here,
// because refusing schemas is the registry's business. Avro and JSON Schema are read as JSON, Protobuf by a small scanner of messages.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace braid::catalog {

struct SchemaRecord {
  std::string name;                        // full name: "ksql.users"; for JSON Schema its title, or "root"
  std::string doc;
};
struct SchemaField {
  std::string record;                      // full name of the record it is in
  std::string name;
  std::string type;                        // for people: "long", "string, optional", "array of ksql.line", "string or int"
  std::string doc;
  std::vector<std::string> tags;           // inline: Avro's and JSON Schema's "confluent:tags"
};
struct SchemaContent {
  std::vector<SchemaRecord> records;
  std::vector<SchemaField> fields;         // in the order of the text
};

// `type` is AVRO, JSON or PROTOBUF. At most limits::schema_fields_max fields.
SchemaContent read_schema(std::string_view type, std::string_view text);

}  // namespace braid::catalog
