// Does a JSON document fulfil a JSON Schema? Drafts 4, 6, 7, 2019-09 and 2020-12, with references, dynamic scopes and unevaluated parts.
// A Validator is the schema compiled once: references resolved, patterns compiled. Immutable, so any number of threads may check with it.
// Patterns run in RE2 (linear time); what RE2 does not know (look-around) runs in ICU with a time limit, as patterns come from strangers.
// A document costs at most limits::json_schema_steps_max steps; a schema that needs more is answered `overloaded`, never a hang.
// Specification: json-schema.org, the five drafts. "format" is checked in drafts 4 to 7, where it was meant to be, and is a note later on.
#pragma once
#include <memory>

#include "base/bytes.h"
#include "format/json_schema/schema.h"

namespace braid::format::json_schema {

struct Violation {
  std::string path;          // of the value: /items/3/price; empty: the document
  std::string keyword;       // of the schema: minimum
  std::string message;       // "is 5, below the minimum 10"
  std::string text() const { return (path.empty() ? "the document" : path) + " " + message; }
};

class Validator {
 public:
  static Result<std::shared_ptr<const Validator>> compile(SchemaPtr schema);
  ~Validator();

  // Empty: the document fulfils the schema. Otherwise the first thing that does not.
  // invalid_input: not JSON; overloaded: the budget is used up.
  Result<std::optional<Violation>> check(BytesView json) const;
  Result<std::optional<Violation>> check(const JsonNode& document) const;

 private:
  struct Impl;
  explicit Validator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
using ValidatorPtr = std::shared_ptr<const Validator>;    // shared by the cache and whoever checks with it

}  // namespace braid::format::json_schema
