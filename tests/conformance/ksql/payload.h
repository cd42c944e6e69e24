// The test side of records: values as the case files write them <-> bytes of a topic, and the comparison of what came out (ksqldb.md 1.4).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "format/serde.h"
#include "json.h"
#include "sql/plan.h"

namespace braid::cases {

// A schema registry in memory; ids count up from 1.
class MemoryRegistry final : public format::Schemas {
 public:
  SchemaId add(const std::string& subject, format::SchemaText schema, std::optional<int> id = {});
  std::optional<SchemaId> latest_id(const std::string& subject) const;
  const format::SchemaText* latest(const std::string& subject) const;
  const format::SchemaText* by_id(SchemaId id) override;

 private:
  std::map<std::int32_t, format::SchemaText> schemas_;
  std::map<std::string, std::int32_t> latest_;
  std::int32_t next_ = 1;
};

// How the keys or values of a topic are written.
struct Side {
  sql::FormatInfo format;
  std::vector<data::Field> columns;
  bool is_key = false;
  std::string subject;                           // <topic>-key or <topic>-value
};

// Empty: the payload is null.
Result<std::optional<Bytes>> encode(const Json& value, const Side& side, MemoryRegistry& registry);
// Numbers that are DOUBLEs of a typed format are marked with '~' before their text: they compare with a tolerance.
Result<Json> decode(const std::optional<Bytes>& bytes, const Side& side, MemoryRegistry& registry);

// Empty when they agree; else where and how they do not.
std::string difference(const Json& expected, const Json& actual, bool exact_numbers);

std::string to_base64(std::string_view bytes);
std::string from_base64(std::string_view text);

}  // namespace braid::cases
