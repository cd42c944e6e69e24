// A JSON Schema as its text says it, checked to be one. Drafts 4, 6, 7, 2019-09 and 2020-12; without "$schema" draft 7.
// Immutable once parsed; any number of threads may read it.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "format/json_text.h"

namespace braid::format::json_schema {

enum class Draft { draft4, draft6, draft7, draft2019, draft2020 };

// Another schema that "$ref" may name.
struct Reference {
  std::string name;
  std::string text;
};

class Schema {
 public:
  Draft draft = Draft::draft7;
  JsonNode root;                                          // an object or a boolean
  struct Resolved { std::string name; JsonNode root; };
  std::vector<Resolved> references;
};
using SchemaPtr = std::shared_ptr<const Schema>;          // shared by the registry's cache and its users

// Refuses what is no JSON Schema: a keyword of the wrong kind, an unknown "type", a "$ref" that leads nowhere, a pattern that is no expression.
// `lenient` reads what is stored already: it was accepted once, maybe by another registry, and must stay readable.
Result<SchemaPtr> parse(std::string_view text, std::span<const Reference> references = {}, bool lenient = false);

std::string canonical_text(const Schema& schema);         // compact, keys in their order, numbers exact
std::string normalised_text(const Schema& schema);        // the same with sorted keys

}  // namespace braid::format::json_schema
