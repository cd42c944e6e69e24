// A JSON Schema as the difference rules see it: one node per kind of constraint, as Everit's library builds them, because verdicts must be
// the same. `type` as a list is an anyOf; several kinds of constraint in one place are an allOf. Inside json_schema/ only; not thread-safe.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "format/json_schema/schema.h"

namespace braid::format::json_schema {

struct Document {
  const JsonNode* root = nullptr;
  Draft draft = Draft::draft7;
  std::string name;                                   // the reference's; empty for the schema itself
  std::string base;                                   // its $id
  std::unordered_map<std::string, const JsonNode*> anchors;   // "#name" and "$id"s inside
};

struct Tree {
  enum class Kind : std::uint8_t { any, nothing, null_, boolean, string, number, array, object, enumeration, constant, combined, negation, conditional, reference };
  enum class Criterion : std::uint8_t { all, any, one };
  Kind kind = Kind::any;
  const JsonNode* source = nullptr;                   // where it was read
  const Document* document = nullptr;
  bool has_default = false;
  bool connect_bytes = false;                         // "connect.type": "bytes"
  std::string target;                                 // reference: the $ref

  Criterion criterion = Criterion::all;
  std::vector<const Tree*> parts;                     // combined; [0] of a negation

  std::optional<double> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<std::string> multiple_of;             // digits: compared as decimals
  bool integer = false;
  std::optional<double> min_length, max_length;
  std::optional<std::string> pattern;
  std::vector<JsonNode> values;                       // enumeration, constant

  std::map<std::string, const Tree*> properties;
  std::vector<std::pair<std::string, const Tree*>> pattern_properties;
  std::set<std::string> required;
  std::map<std::string, std::set<std::string>> dependent_required;
  std::map<std::string, const Tree*> dependent_schemas;
  std::optional<double> min_properties, max_properties;
  // additionalProperties or additionalItems (items behind prefixItems in newer drafts), and their unevaluated twins.
  struct Rest { bool permitted = true; const Tree* schema = nullptr; bool given = false; };
  Rest additional, unevaluated;

  const Tree* all_items = nullptr;
  std::vector<const Tree*> items;                     // by position
  std::optional<double> min_items, max_items, min_contains, max_contains;
  bool unique_items = false;
  const Tree* contains = nullptr;
};

// Builds the nodes of one schema and of what it refers to, when they are asked for.
class Forest {
 public:
  explicit Forest(const Schema& schema);
  const Tree* root();
  const Tree* build(const JsonNode& node, const Document& document);
  const Tree* resolved(const Tree* tree);             // behind references; `any` when one leads nowhere or in circles
  // Where a $ref leads; null: nowhere.
  std::pair<const JsonNode*, const Document*> find(std::string_view ref, const Document& from) const;
  const std::deque<Document>& documents() const { return documents_; }

 private:
  const JsonNode* child(const JsonNode& node, std::string_view name) const;
  const JsonNode* at_pointer(const JsonNode& root, std::string_view pointer) const;
  void collect(const JsonNode& node, Document& document, const std::string& base, int depth);
  Tree& add(Tree::Kind kind, const JsonNode& source, const Document& document);
  const Tree* typed(const JsonNode& node, const Document& document, std::string_view type);
  const Tree* object(const JsonNode& node, const Document& document);
  const Tree* array(const JsonNode& node, const Document& document);
  const Tree* number(const JsonNode& node, const Document& document, bool integer);
  const Tree* string(const JsonNode& node, const Document& document);
  const Tree* built(const JsonNode& node, const Document& document);
  Tree::Rest rest(const JsonNode* node, const Document& document);

  std::deque<Document> documents_;
  std::deque<Tree> trees_;
  std::unordered_map<const JsonNode*, const Tree*> known_;
  mutable std::unordered_map<const JsonNode*, std::unordered_map<std::string_view, const JsonNode*>> children_;   // of objects with many members
};

Draft draft_of(const JsonNode& root);
bool is_meta_schema(std::string_view uri);            // of one of the drafts; accepted in $ref without being read

}  // namespace braid::format::json_schema
