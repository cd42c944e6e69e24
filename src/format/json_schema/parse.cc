// Text -> Schema. Refuses what is no JSON Schema, naming the place: keywords of the wrong kind, unknown types, patterns that are no
// expressions, references that lead nowhere. Unknown keywords are kept and mean nothing.
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "format/json_schema/tree.h"

namespace braid::format::json_schema {
namespace {

// Where we are, as a chain: a text is made of it only for a message.
struct Path {
  const Path* above = nullptr;
  std::string name{};
  std::string text() const {
    std::string out = above == nullptr ? "" : above->text();
    if (out.size() < 1'000 && above != nullptr) out += "/" + name;
    return out;
  }
  Path operator/(std::string_view below) const { return {this, std::string(below)}; }
};

std::unexpected<Error> invalid(const Path& path, std::string message) {
  return fail(ErrorCode::invalid_input, "#" + path.text() + ": " + std::move(message));
}

std::string kind_of(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null: return "null";
    case JsonNode::Kind::boolean: return "a boolean";
    case JsonNode::Kind::number: return "a number";
    case JsonNode::Kind::string: return "a string";
    case JsonNode::Kind::array: return "an array";
    case JsonNode::Kind::object: return "an object";
  }
  return "something else";
}

class Checker {
 public:
  explicit Checker(Draft draft) : draft_(draft) {}

  // `node` stands where a schema must stand.
  Result<void> schema(const JsonNode& node, const Path& path) {
    if (node.is_boolean()) return {};
    if (!node.is_object()) return invalid(path, "expected type: Boolean or Object, found: " + kind_of(node));
    const bool only_ref = node.find("$ref") != nullptr && node.find("$ref")->is_string() && draft_ < Draft::draft2019;
    if (const auto* ref = node.find("$ref"); ref != nullptr && ref->is_string()) refs.emplace_back(path.text(), ref->text);
    for (const auto& member : node.members) {
      if (only_ref && member.name != "definitions" && member.name != "$defs") continue;
      if (auto checked = keyword(member.name, member.value, path / member.name); !checked) return checked;
    }
    return {};
  }

  std::vector<std::pair<std::string, std::string>> refs;      // where, and what it says

 private:
  Result<void> keyword(std::string_view name, const JsonNode& value, const Path& path) {
    const auto is = [&](std::initializer_list<std::string_view> names) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (name == "type") return type(value, path);
    if (is({"properties", "patternProperties", "definitions", "$defs", "dependentSchemas"})) return schemas_by_name(name, value, path);
    if (is({"allOf", "anyOf", "oneOf", "prefixItems"})) return schema_list(value, path);
    if (is({"not", "if", "then", "else", "additionalProperties", "additionalItems", "propertyNames", "contains", "unevaluatedProperties", "unevaluatedItems"}))
      return schema(value, path);
    if (name == "items") return value.is_array() && draft_ != Draft::draft2020 ? schema_list(value, path) : schema(value, path);
    if (name == "required") return names(value, path);
    if (name == "dependentRequired") return names_by_name(value, path);
    if (name == "dependencies") return dependencies(value, path);
    if (is({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"})) return count(value, path);
    if (is({"minimum", "maximum", "multipleOf"})) return number(name, value, path);
    if (is({"exclusiveMinimum", "exclusiveMaximum"}))
      return value.is_boolean() && draft_ <= Draft::draft7 ? Result<void>{} : number(name, value, path);
    if (name == "pattern") return pattern(value, path);
    if (name == "enum") return value.is_array() ? Result<void>{} : invalid(path, "expected an array of values, found: " + kind_of(value));
    if (name == "uniqueItems") return value.is_boolean() ? Result<void>{} : invalid(path, "expected type: Boolean, found: " + kind_of(value));
    if (is({"title", "description", "$ref", "$schema", "$id", "format"}))
      return value.is_string() ? Result<void>{} : invalid(path, "expected type: String, found: " + kind_of(value));
    return {};
  }

  Result<void> type(const JsonNode& value, const Path& path) {
    if (value.is_array()) {
      if (value.items.empty()) return invalid(path, "a list of types needs at least one");
      for (const auto& item : value.items) {
        if (!item.is_string()) return invalid(path, "a list of types holds names, found: " + kind_of(item));
        TRY_VOID(type(item, path));
      }
      return {};
    }
    static constexpr std::string_view known[] = {"null", "boolean", "string", "number", "integer", "array", "object"};
    if (!value.is_string()) return invalid(path, "expected a type's name or a list of them, found: " + kind_of(value));
    if (std::find(std::begin(known), std::end(known), value.text) == std::end(known)) return invalid(path, "unknown type: [" + value.text + "]");
    return {};
  }

  Result<void> schemas_by_name(std::string_view keyword, const JsonNode& value, const Path& path) {
    if (!value.is_object()) return invalid(path, "expected type: Object, found: " + kind_of(value));
    for (const auto& member : value.members) {
      if (keyword == "patternProperties") TRY_VOID(pattern(JsonNode::of(member.name), path));
      TRY_VOID(schema(member.value, path / member.name));
    }
    return {};
  }

  Result<void> schema_list(const JsonNode& value, const Path& path) {
    if (!value.is_array()) return invalid(path, "expected type: Array, found: " + kind_of(value));
    for (std::size_t i = 0; i < value.items.size(); ++i) TRY_VOID(schema(value.items[i], path / std::to_string(i)));
    return {};
  }

  Result<void> names(const JsonNode& value, const Path& path) {
    if (!value.is_array()) return invalid(path, "expected an array of names, found: " + kind_of(value));
    for (const auto& item : value.items)
      if (!item.is_string()) return invalid(path, "expected an array of names, found " + kind_of(item) + " in it");
    return {};
  }

  Result<void> names_by_name(const JsonNode& value, const Path& path) {
    if (!value.is_object()) return invalid(path, "expected type: Object, found: " + kind_of(value));
    for (const auto& member : value.members) TRY_VOID(names(member.value, path / member.name));
    return {};
  }

  Result<void> dependencies(const JsonNode& value, const Path& path) {
    if (!value.is_object()) return invalid(path, "expected type: Object, found: " + kind_of(value));
    for (const auto& member : value.members) {
      const Path place = path / member.name;
      if (auto checked = member.value.is_array() ? names(member.value, place) : schema(member.value, place); !checked) return checked;
    }
    return {};
  }

  Result<void> count(const JsonNode& value, const Path& path) {
    const double n = value.number();
    if (!value.is_number() || !(n >= 0) || n != double(std::int64_t(std::min(n, 9e15)))) return invalid(path, "expected a whole number of 0 or more, found: " + print_json_text(value));
    return {};
  }

  Result<void> number(std::string_view name, const JsonNode& value, const Path& path) {
    if (!value.is_number()) return invalid(path, "expected type: Number, found: " + kind_of(value));
    if (name == "multipleOf" && !(value.number() > 0)) return invalid(path, "must be above 0");
    return {};
  }

  Result<void> pattern(const JsonNode& value, const Path& path) {
    if (!value.is_string()) return invalid(path, "expected type: String, found: " + kind_of(value));
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(value.text);
    const std::unique_ptr<icu::RegexPattern> compiled(icu::RegexPattern::compile(text, where, status));
    if (U_FAILURE(status)) return invalid(path, "'" + value.text + "' is no regular expression (at character " + std::to_string(where.offset) + ")");
    return {};
  }

  Draft draft_;
};

Result<JsonNode> read(std::string_view text) {
  TRY(auto root, parse_json_text(text, {.not_a_number = true}));
  if (!root.is_object() && !root.is_boolean()) return fail(ErrorCode::invalid_input, "a JSON Schema is an object or a boolean, got " + kind_of(root));
  return root;
}

}  // namespace

Result<SchemaPtr> parse(std::string_view text, std::span<const Reference> references, bool lenient) {
  auto schema = std::make_shared<Schema>();
  TRY(schema->root, read(text));
  schema->draft = draft_of(schema->root);
  for (const auto& reference : references) {
    auto root = read(reference.text);
    if (!root) return std::unexpected(std::move(root).error().during("reference " + reference.name));
    schema->references.push_back({reference.name, *std::move(root)});
  }
  if (lenient) return schema;
  Checker checker(schema->draft);
  TRY_VOID(checker.schema(schema->root, Path{}));
  Forest forest(*schema);
  for (const auto& [path, ref] : checker.refs)
    if (!is_meta_schema(ref) && forest.find(ref, forest.documents().front()).first == nullptr)
      return fail(ErrorCode::invalid_input, "#" + path + ": \"$ref\": \"" + ref + "\" leads nowhere",
                  "define it in the schema, or register it as another subject and name it under \"references\"");
  return schema;
}

std::string canonical_text(const Schema& schema) { return print_json_text(schema.root, NumberStyle::java_decimal); }
std::string normalised_text(const Schema& schema) { return print_json_text(with_sorted_keys(schema.root), NumberStyle::java_decimal); }

}  // namespace braid::format::json_schema
