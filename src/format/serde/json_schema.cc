// JSON Schemas <-> columns, by the rules of Connect's JSON Schema converter, which ksqlDB uses for JSON_SR: each field may be null, its order is
// connect.index, its exact type connect.type; DECIMAL and times are marked by their titles.
#include <algorithm>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "data/java_text.h"
#include "format/json_text.h"
#include "format/serde/serdes.h"

namespace braid::format {

using data::Field;
using data::Kind;
using data::Type;

namespace {

constexpr int default_precision = 64;   // Connect's for decimals that do not say theirs
constexpr std::string_view connect_data = "org.apache.kafka.connect.data.";

std::string_view text_of(const JsonNode& node, std::string_view name) {
  const JsonNode* found = node.find(name);
  return found != nullptr && found->is_string() ? std::string_view(found->text) : std::string_view();
}

class SchemaReader {
 public:
  explicit SchemaReader(const JsonNode& root) : root_(root) {}

  // Empty: nothing that SQL knows, or a type inside itself, which has no end.
  std::optional<Type> type(const JsonNode& node, int depth = 0) const {
    if (depth > limits::schema_nesting_max || !node.is_object() || left_ == 0 || std::find(path_.begin(), path_.end(), &node) != path_.end()) return std::nullopt;
    --left_;
    path_.push_back(&node);
    auto out = known(node, depth);
    path_.pop_back();
    return out;
  }
  bool exhausted() const { return left_ == 0; }

  std::optional<Type> known(const JsonNode& node, int depth) const {
    if (const auto ref = text_of(node, "$ref"); !ref.empty()) {
      const JsonNode* target = resolve(ref);
      return target == nullptr ? std::nullopt : type(*target, depth + 1);
    }
    for (const char* word : {"oneOf", "anyOf"})
      if (const JsonNode* choices = node.find(word); choices != nullptr && choices->is_array()) return choice(*choices, depth);
    if (const JsonNode* all = node.find("allOf"); all != nullptr && all->is_array() && all->items.size() == 1) return type(all->items[0], depth + 1);
    const JsonNode* kind = node.find("type");
    if (kind != nullptr && kind->is_array()) {
      std::vector<std::string> names;
      for (const auto& n : kind->items)
        if (n.text != "null") names.push_back(n.text);
      if (names.size() != 1) return names.empty() ? std::nullopt : std::optional(Type(Kind::string));
      return named(names[0], node, depth);
    }
    if (kind != nullptr && kind->is_string()) return named(kind->text, node, depth);
    if (node.find("enum") != nullptr) return Type(Kind::string);
    if (node.find("properties") != nullptr) return named("object", node, depth);
    return std::nullopt;
  }

  std::vector<Field> fields(const JsonNode& object, int depth) const {
    struct Indexed { int index; Field field; };
    std::vector<Indexed> found;
    if (const JsonNode* properties = object.find("properties"); properties != nullptr)
      for (const auto& p : properties->members) {
        const auto t = type(p.value, depth + 1);
        if (!t) continue;
        const JsonNode* index = p.value.find("connect.index");
        found.push_back({index != nullptr && index->is_integer() ? data::parse_java_int(index->text).value_or(INT32_MAX) : INT32_MAX, {p.name, *t}});
      }
    std::stable_sort(found.begin(), found.end(), [](const Indexed& a, const Indexed& b) { return a.index < b.index; });
    std::vector<Field> out;
    for (auto& f : found) out.push_back(std::move(f.field));
    return out;
  }

  // The object that a record is, looking through null alternatives and references; null when it is none.
  const JsonNode* record(const JsonNode& node, int depth = 0) const {
    if (depth > limits::schema_nesting_max || !node.is_object()) return nullptr;
    if (const auto ref = text_of(node, "$ref"); !ref.empty()) {
      const JsonNode* target = resolve(ref);
      return target == nullptr ? nullptr : record(*target, depth + 1);
    }
    for (const char* word : {"oneOf", "anyOf"})
      if (const JsonNode* choices = node.find(word); choices != nullptr && choices->is_array()) {
        const JsonNode* only = nullptr;
        for (const auto& c : choices->items)
          if (text_of(c, "type") != "null") {
            if (only != nullptr) return nullptr;
            only = &c;
          }
        return only == nullptr ? nullptr : record(*only, depth + 1);
      }
    const auto t = type(node, depth);
    return t && t->is(Kind::struct_) ? &node : nullptr;
  }

 private:
  mutable std::vector<const JsonNode*> path_;
  mutable std::size_t left_ = limits::schema_columns_max;

  // Schemas of this text: #, #/definitions/X, #/$defs/X/properties/y.
  const JsonNode* resolve(std::string_view ref) const {
    if (!ref.starts_with('#')) return nullptr;
    ref.remove_prefix(1);
    const JsonNode* at = &root_;
    while (!ref.empty() && at != nullptr) {
      if (ref.front() != '/') return nullptr;
      ref.remove_prefix(1);
      std::string name(ref.substr(0, ref.find('/')));
      ref.remove_prefix(name.size());
      for (const auto& [from, to] : {std::pair("~1", "/"), std::pair("~0", "~")})
        for (std::size_t i; (i = name.find(from)) != std::string::npos;) name.replace(i, 2, to);
      at = at->find(name);
    }
    return at;
  }

  std::optional<Type> choice(const JsonNode& choices, int depth) const {
    std::vector<Type> types;
    for (const auto& c : choices.items) {
      if (text_of(c, "type") == "null") continue;
      const auto t = type(c, depth + 1);
      if (!t) return std::nullopt;
      types.push_back(*t);
    }
    if (types.empty()) return std::nullopt;
    if (types.size() == 1) return types[0];
    return Type(Kind::string);   // values of several types: their JSON as a text
  }

  std::optional<Type> named(std::string_view name, const JsonNode& node, int depth) const {
    const auto connect = text_of(node, "connect.type"), title = text_of(node, "title");
    const auto is = [&](std::string_view what) { return title.starts_with(connect_data) && title.substr(connect_data.size()) == what; };
    if (name == "boolean") return Type(Kind::boolean);
    if (is("Decimal")) {
      int precision = default_precision, scale = 0;
      if (const JsonNode* parameters = node.find("connect.parameters")) {
        scale = data::parse_java_int(text_of(*parameters, "scale")).value_or(0);
        precision = data::parse_java_int(text_of(*parameters, "connect.decimal.precision")).value_or(default_precision);
      }
      return Type::decimal(precision, scale);
    }
    if (name == "integer" || name == "number") {
      if (is("Date")) return Type(Kind::date);
      if (is("Time")) return Type(Kind::time);
      if (is("Timestamp")) return Type(Kind::timestamp);
      if (connect == "int8" || connect == "int16" || connect == "int32") return Type(Kind::integer);
      if (connect == "int64") return Type(Kind::bigint);
      if (connect == "float32" || connect == "float64") return Type(Kind::double_);
      return Type(name == "integer" ? Kind::bigint : Kind::double_);
    }
    if (name == "string") return Type(connect == "bytes" ? Kind::bytes : Kind::string);
    if (name == "array") {
      const JsonNode* items = node.find("items");
      if (items == nullptr) return std::nullopt;
      if (connect == "map") {
        const auto entry = type(*items, depth + 1);
        if (!entry || !entry->is(Kind::struct_) || entry->field_index("key") < 0 || entry->field_index("value") < 0) return std::nullopt;
        return Type::map(entry->fields()[std::size_t(entry->field_index("key"))].type, entry->fields()[std::size_t(entry->field_index("value"))].type);
      }
      const auto item = type(*items, depth + 1);
      return item ? std::optional(Type::array(*item)) : std::nullopt;
    }
    if (name == "object") {
      const JsonNode* more = node.find("additionalProperties");
      if (connect == "map" || (node.find("properties") == nullptr && more != nullptr && more->is_object())) {
        const auto value = more != nullptr ? type(*more, depth + 1) : std::nullopt;
        return value ? std::optional(Type::map(Kind::string, *value)) : std::nullopt;
      }
      return Type::structure(fields(node, depth));
    }
    return std::nullopt;
  }

  const JsonNode& root_;
};

JsonNode schema_of(const Type& t);

JsonNode nullable(const Type& t) {
  JsonNode out = JsonNode::array();
  JsonNode none = JsonNode::object();
  none.set("type", JsonNode::of("null"));
  out.items.push_back(std::move(none));
  out.items.push_back(schema_of(t));
  JsonNode whole = JsonNode::object();
  whole.set("oneOf", std::move(out));
  return whole;
}

JsonNode object_of(const std::vector<Field>& fields) {
  JsonNode properties = JsonNode::object();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    JsonNode field = JsonNode::object();
    field.set("connect.index", JsonNode::of_number(std::to_string(i)));
    JsonNode inner = nullable(fields[i].type);
    field.set("oneOf", std::move(inner.members[0].value));
    properties.set(fields[i].name, std::move(field));
  }
  JsonNode out = JsonNode::object();
  out.set("type", JsonNode::of("object"));
  out.set("properties", std::move(properties));
  return out;
}

JsonNode schema_of(const Type& t) {
  JsonNode out = JsonNode::object();
  const auto simple = [&](const char* type, const char* connect) {
    out.set("type", JsonNode::of(type));
    if (connect != nullptr) out.set("connect.type", JsonNode::of(connect));
  };
  const auto logical = [&](const char* type, const char* name, const char* connect) {
    out.set("type", JsonNode::of(type));
    out.set("title", JsonNode::of(std::string(connect_data) + name));
    out.set("connect.version", JsonNode::of_number("1"));
    out.set("connect.type", JsonNode::of(connect));
  };
  switch (t.kind()) {
    case Kind::boolean: simple("boolean", nullptr); break;
    case Kind::integer: simple("integer", "int32"); break;
    case Kind::bigint: simple("integer", "int64"); break;
    case Kind::double_: simple("number", "float64"); break;
    case Kind::string: simple("string", nullptr); break;
    case Kind::bytes: simple("string", "bytes"); break;
    case Kind::date: logical("integer", "Date", "int32"); break;
    case Kind::time: logical("integer", "Time", "int32"); break;
    case Kind::timestamp: logical("integer", "Timestamp", "int64"); break;
    case Kind::decimal: {
      logical("number", "Decimal", "bytes");
      JsonNode parameters = JsonNode::object();
      parameters.set("scale", JsonNode::of(std::to_string(t.scale())));
      parameters.set("connect.decimal.precision", JsonNode::of(std::to_string(t.precision())));
      out.set("connect.parameters", std::move(parameters));
      break;
    }
    case Kind::array:
      out.set("type", JsonNode::of("array"));
      out.set("items", nullable(t.element()));
      break;
    case Kind::map:
      simple("object", "map");
      out.set("additionalProperties", nullable(t.element()));
      break;
    case Kind::struct_: return object_of(t.fields());
  }
  return out;
}

}  // namespace

Result<InferredColumns> infer_json(const SchemaText& schema) {
  TRY(const JsonNode root, parse_json_text(schema.text));
  const SchemaReader reader(root);
  if (const JsonNode* record = reader.record(root)) {
    auto columns = reader.fields(*record, 0);
    if (reader.exhausted()) return too_many_columns("JSON");
    if (columns.empty()) return fail(ErrorCode::invalid_input, "Schema does not include any columns with types that ksqlDB supports.");
    return InferredColumns{std::move(columns), false};
  }
  const auto type = reader.type(root);
  if (reader.exhausted()) return too_many_columns("JSON");
  if (!type) return fail(ErrorCode::invalid_input, "the JSON schema has no type that SQL knows: " + schema.text.substr(0, 200));
  return InferredColumns{{{"", *type}}, true};
}

Result<SchemaText> derive_json(const std::vector<Field>& columns, bool unwrap_single) {
  return SchemaText{"JSON", print_json_text(unwrap_single ? nullable(columns[0].type) : object_of(columns))};
}

}  // namespace braid::format
