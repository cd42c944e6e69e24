// Text -> Schema. What is refused, and how names find their types, follows Avro 1.12's Java parser.
#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_set>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "format/avro/schema.h"

namespace braid::format::avro {
namespace {

std::optional<Type> primitive(std::string_view name) {
  static constexpr std::pair<std::string_view, Type> all[] = {
      {"null", Type::null_}, {"boolean", Type::boolean}, {"int", Type::int_},     {"long", Type::long_},
      {"float", Type::float_}, {"double", Type::double_}, {"bytes", Type::bytes}, {"string", Type::string}};
  for (const auto& [text, type] : all)
    if (text == name) return type;
  return std::nullopt;
}

std::string shown(const JsonNode& node) {
  std::string text = print_json_text(node);
  if (text.size() > 120) text = text.substr(0, 117) + "...";
  return text;
}

std::unexpected<Error> invalid(std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid_input, std::move(message), std::move(hint));
}

bool valid_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<std::string> text_of(const JsonNode& object, std::string_view key) {
  const auto* node = object.find(key);
  if (node == nullptr || !node->is_string()) return std::nullopt;
  return node->text;
}

std::optional<std::int64_t> whole_of(const JsonNode& object, std::string_view key) {
  const auto* node = object.find(key);
  if (node == nullptr || !node->is_integer()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
  if (ec != std::errc{}) return std::nullopt;
  return value;
}

bool reserved_in_type(std::string_view key, Type type) {
  static constexpr std::string_view keys[] = {"doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys) || (type == Type::enum_ && key == "default");
}
bool reserved_in_field(std::string_view key) {
  static constexpr std::string_view keys[] = {"default", "doc", "name", "order", "type", "aliases"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

// The most digits that an unscaled value of so many bytes holds.
int digits_in(std::int64_t bytes) { return int(double(8 * bytes - 1) * 0.30102999566398119521); }

void set_decimal(Node& node, const JsonNode& json) {
  const auto precision = whole_of(json, "precision");
  const auto scale = whole_of(json, "scale").value_or(0);
  if (node.type != Type::bytes && node.type != Type::fixed) return;
  if (!precision || *precision <= 0 || *precision > 1'000'000 || scale < 0 || scale > *precision) return;
  if (node.type == Type::fixed && *precision > digits_in(node.size)) return;
  node.logical = Logical::decimal;
  node.precision = int(*precision);
  node.scale = int(scale);
}

void set_logical(Node& node, const JsonNode& json) {
  const auto kind = text_of(json, "logicalType");
  if (!kind) return;
  struct Entry { std::string_view name; Type type; Logical logical; };
  static constexpr Entry all[] = {
      {"uuid", Type::string, Logical::uuid}, {"date", Type::int_, Logical::date}, {"time-millis", Type::int_, Logical::time_millis},
      {"time-micros", Type::long_, Logical::time_micros}, {"timestamp-millis", Type::long_, Logical::timestamp_millis},
      {"timestamp-micros", Type::long_, Logical::timestamp_micros}, {"timestamp-nanos", Type::long_, Logical::timestamp_nanos},
      {"local-timestamp-millis", Type::long_, Logical::local_timestamp_millis},
      {"local-timestamp-micros", Type::long_, Logical::local_timestamp_micros},
      {"local-timestamp-nanos", Type::long_, Logical::local_timestamp_nanos}};
  for (const auto& entry : all)
    if (entry.name == *kind && entry.type == node.type) node.logical = entry.logical;
  if (*kind == "uuid" && node.type == Type::fixed && node.size == 16) node.logical = Logical::uuid;
  if (*kind == "duration" && node.type == Type::fixed && node.size == 12) node.logical = Logical::duration;
  if (*kind == "decimal") set_decimal(node, json);
}

}  // namespace

// A use of a name that the text defines only later (or never).
struct Pending {
  const Node* placeholder;
  std::string name;
  std::string space;
  std::string user;        // "the type of field 'x'"
};

class SchemaParser {
 public:
  SchemaParser(Schema& schema, ParseOptions options) : schema_(schema), options_(options) {}

  Result<const Node*> text(std::string_view source) {
    TRY(auto json, parse_json_text(source, {.comments = true}));
    space_.clear();
    pending_.clear();
    const auto first = schema_.nodes_.size();
    TRY(auto* root, type(json, "the schema"));
    TRY_VOID(settle(root, first));
    return root;
  }

  void set_root(const Node* root) { schema_.root_ = root; }
  void add_referenced(const Node* root) {
    if (root->named()) schema_.referenced_.push_back(root->name.full());
  }

 private:
  Node& add(Type type) {
    auto& node = schema_.nodes_.emplace_back();
    node.type = type;
    node.index = std::uint32_t(schema_.nodes_.size() - 1);
    return node;
  }

  Result<void> check_name(std::string_view name, std::string_view what) {
    if (!options_.validate_names || valid_name(name)) return {};
    if (name.empty()) return invalid("Empty name: " + std::string(what) + " has no characters");
    return invalid("Illegal character in name: " + std::string(what) + " is '" + std::string(name) + "'",
                   "a name begins with a letter or _ and goes on with letters, digits or _");
  }

  Result<Name> make_name(std::string_view text, std::string_view space, std::string_view what) {
    Name out;
    const auto dot = text.rfind('.');
    out.space = std::string(dot == std::string_view::npos ? space : text.substr(0, dot));
    out.name = std::string(dot == std::string_view::npos ? text : text.substr(dot + 1));
    if (options_.validate_names && out.space.size() + out.name.size() > limits::schema_name_bytes_max)
      return invalid("Name too long: " + std::string(what) + " has " + std::to_string(out.space.size() + out.name.size()) + " characters with its namespace; " +
                     std::to_string(limits::schema_name_bytes_max) + " are possible");
    TRY_VOID(check_name(out.name, what));
    if (options_.validate_namespaces && !out.space.empty()) {
      for (std::size_t begin = 0; begin <= out.space.size();) {
        const auto end = std::min(out.space.find('.', begin), out.space.size());
        if (!valid_name(std::string_view(out.space).substr(begin, end - begin)))
          return invalid("Illegal namespace '" + out.space + "' of " + std::string(what));
        begin = end + 1;
      }
    }
    return out;
  }

  const Node* known(const std::string& name) const {
    if (name.find('.') == std::string::npos && !space_.empty())
      if (const auto* node = schema_.find(space_ + "." + name)) return node;
    return schema_.find(name);
  }

  // A name, an object or a list. `user` says whose type it is, for messages.
  Result<const Node*> type(const JsonNode& json, const std::string& user) {
    if (json.is_string()) return named(json.text, user);
    if (json.is_array()) return union_of(json, user);
    if (json.is_object()) return described(json, user);
    return invalid("No type: " + user + " must be a name, a list or an object, got " + shown(json));
  }

  Result<const Node*> named(const std::string& name, const std::string& user) {
    if (const auto simple = primitive(name)) return &add(*simple);
    if (const auto* node = known(name)) return node;
    static constexpr std::string_view complex[] = {"record", "error", "enum", "array", "map", "fixed", "union"};
    if (name.empty() || std::find(std::begin(complex), std::end(complex), name) != std::end(complex))
      return invalid("Undefined name: " + user + " is \"" + name + "\", which is no type by itself",
                     "write {\"type\": \"" + name + "\", ...}");
    const auto& placeholder = add(Type::null_);
    pending_.push_back({&placeholder, name, space_, user});
    return &placeholder;
  }

  Result<const Node*> union_of(const JsonNode& json, const std::string& user) {
    std::vector<const Node*> branches;
    for (std::size_t i = 0; i < json.items.size(); ++i) {
      TRY(auto* branch, type(json.items[i], "branch " + std::to_string(i + 1) + " of the union in " + user));
      branches.push_back(branch);
    }
    auto& node = add(Type::union_);
    node.branches = std::move(branches);
    unions_.push_back(&node);
    return &node;
  }

  Result<const Node*> described(const JsonNode& json, const std::string& user) {
    const auto kind = text_of(json, "type");
    if (!kind) return invalid("No type: " + user + " has no \"type\" that is a name: " + shown(json));
    if (const auto simple = primitive(*kind)) {
      auto& node = add(*simple);
      keep_properties(node, json);
      return &node;
    }
    if (*kind == "array" || *kind == "map") return collection(json, *kind == "array" ? Type::array : Type::map, user);
    if (*kind == "record" || *kind == "error" || *kind == "enum" || *kind == "fixed") return named_type(json, *kind, user);
    if (const auto* node = known(*kind)) return node;
    if (kind->find('.') != std::string::npos || known(*kind) != nullptr) return named(*kind, user);
    return invalid("Type not supported: " + *kind + " (" + user + ")",
                   "types are null, boolean, int, long, float, double, bytes, string, record, enum, array, map, fixed and names defined before");
  }

  Result<const Node*> collection(const JsonNode& json, Type type_of, const std::string& user) {
    const auto* inner = json.find(type_of == Type::array ? "items" : "values");
    if (inner == nullptr)
      return invalid(std::string(type_of == Type::array ? "Array has no items type: " : "Map has no values type: ") + shown(json) + " (" + user + ")");
    TRY(auto* items, type(*inner, (type_of == Type::array ? "the items of " : "the values of ") + user));
    auto& node = add(type_of);
    node.items = items;
    keep_properties(node, json);
    return &node;
  }

  Result<const Node*> named_type(const JsonNode& json, const std::string& kind, const std::string& user) {
    const auto text = text_of(json, "name");
    if (!text) return invalid("No name in schema: the " + kind + " in " + user + " needs a \"name\": " + shown(json));
    TRY(auto name, make_name(*text, text_of(json, "namespace").value_or(space_), "the name of the " + kind + " in " + user));
    if (primitive(name.full())) return invalid("Schemas may not be named after primitives: " + name.full());
    auto& node = add(kind == "enum" ? Type::enum_ : kind == "fixed" ? Type::fixed : Type::record);
    node.is_error = kind == "error";
    node.name = name;
    node.doc = text_of(json, "doc");
    const std::string saved = space_;
    space_ = name.space;
    const std::string full = name.full();
    if (node.type == Type::record) {
      TRY_VOID(define(full, &node));
      TRY_VOID(fields(node, json));
    } else if (node.type == Type::enum_) {
      TRY_VOID(symbols(node, json));
      TRY_VOID(define(full, &node));
    } else {
      const auto size = whole_of(json, "size");
      if (!size || *size > INT32_MAX) return invalid("Invalid or no size: fixed " + full + " needs a whole number as \"size\": " + shown(json));
      if (*size < 0) return invalid("Invalid fixed size: " + std::to_string(*size) + " of " + full);
      node.size = std::int32_t(*size);
      TRY_VOID(define(full, &node));
    }
    space_ = saved;
    keep_properties(node, json);
    TRY(auto aliases, alias_list(json, full));
    std::unordered_set<std::string> seen;
    for (const auto& alias : aliases) {
      TRY(auto alias_name, make_name(alias, node.name.space, "an alias of " + full));
      if (seen.insert(alias_name.full()).second) node.aliases.push_back(std::move(alias_name));
    }
    return &node;
  }

  Result<void> define(const std::string& full, const Node* node) {
    if (!schema_.names_.emplace(full, node).second) return invalid("Can't redefine: " + full, "use its name instead of defining it again");
    return {};
  }

  Result<void> symbols(Node& node, const JsonNode& json) {
    const auto* list = json.find("symbols");
    const std::string full = node.name.full();
    if (list == nullptr || !list->is_array()) return invalid("Enum has no symbols: " + full + " needs a list under \"symbols\"");
    std::set<std::string_view> seen;
    for (const auto& item : list->items) {
      if (!item.is_string()) return invalid("a symbol of enum " + full + " is no string: " + shown(item));
      TRY_VOID(check_name(item.text, "a symbol of enum " + full));
      if (!seen.insert(item.text).second) return invalid("Duplicate enum symbol: " + item.text + " in " + full);
      node.symbols.push_back(item.text);
    }
    node.enum_default = text_of(json, "default");
    if (node.enum_default && !seen.contains(*node.enum_default))
      return invalid("The Enum Default: " + *node.enum_default + " is not in the enum symbol set of " + full);
    return {};
  }

  Result<void> fields(Node& record, const JsonNode& json) {
    const auto* list = json.find("fields");
    const std::string full = record.name.full();
    if (list == nullptr || !list->is_array()) return invalid("Record has no fields: " + full + " needs a list under \"fields\"");
    std::set<std::string> seen;
    for (const auto& item : list->items) {
      TRY(auto made, field(item, full));
      if (!seen.insert(made.name).second) return invalid("Duplicate field " + made.name + " in record " + full);
      record.fields.push_back(std::move(made));
    }
    return {};
  }

  Result<Field> field(const JsonNode& json, const std::string& record) {
    Field out;
    if (!json.is_object()) return invalid("a field of record " + record + " is no object: " + shown(json));
    const auto name = text_of(json, "name");
    if (!name) return invalid("No field name: " + shown(json) + " in record " + record);
    TRY_VOID(check_name(*name, "a field of record " + record));
    out.name = *name;
    out.doc = text_of(json, "doc");
    const auto* type_node = json.find("type");
    if (type_node == nullptr) return invalid("No field type: field '" + *name + "' of record " + record);
    TRY(out.type, type(*type_node, "the type of field '" + *name + "' of record " + record));
    if (const auto* order = json.find("order")) {
      std::string text = order->text;
      std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      if (text == "ascending") out.order = Order::ascending;
      else if (text == "descending") out.order = Order::descending;
      else if (text == "ignore") out.order = Order::ignore;
      else return invalid("the order of field '" + *name + "' of record " + record + " must be ascending, descending or ignore, got " + shown(*order));
    }
    if (const auto* value = json.find("default")) {
      out.default_value = *value;
      // Java's parser takes a text where a number belongs and keeps the number.
      if (value->is_string() && (out.type->type == Type::float_ || out.type->type == Type::double_)) {
        char* end = nullptr;
        const double number = std::strtod(value->text.c_str(), &end);
        if (value->text.empty() || *end != '\0')
          return invalid("the default of field '" + *name + "' of record " + record + " is no number: " + shown(*value));
        out.default_value = JsonNode::of_number(java_double_text(number));
      }
      defaults_.push_back({out.type, *out.default_value, "field '" + *name + "' of record " + record});
    }
    for (const auto& member : json.members)
      if (!reserved_in_field(member.name)) out.properties.push_back(member);
    TRY(out.aliases, alias_list(json, "field '" + *name + "' of record " + record));
    return out;
  }

  Result<std::vector<std::string>> alias_list(const JsonNode& json, const std::string& owner) {
    std::vector<std::string> out;
    const auto* list = json.find("aliases");
    if (list == nullptr) return out;
    if (!list->is_array()) return invalid("aliases not an array: " + owner);
    std::unordered_set<std::string_view> seen;
    for (const auto& item : list->items) {
      if (!item.is_string()) return invalid("alias not a string: " + shown(item) + " of " + owner);
      if (seen.insert(item.text).second) out.push_back(item.text);
    }
    return out;
  }

  void keep_properties(Node& node, const JsonNode& json) {
    for (const auto& member : json.members)
      if (!reserved_in_type(member.name, node.type)) node.properties.push_back(member);
    set_logical(node, json);
  }

  // Names used before they were defined now find their types; then unions and defaults can be checked.
  Result<void> settle(const Node*& root, std::size_t first) {
    std::unordered_map<const Node*, const Node*> found;
    for (const auto& use : pending_) {
      space_ = use.space;
      const auto* node = known(use.name);
      if (node == nullptr)
        return invalid("Undefined name: \"" + use.name + "\" is not a defined name (" + use.user + ")",
                       "define it before, or name the schema that defines it under \"references\"");
      found.emplace(use.placeholder, node);
    }
    const auto replace = [&](const Node*& slot) {
      if (const auto at = found.find(slot); at != found.end()) slot = at->second;
    };
    if (!found.empty()) {
      for (auto i = first; i < schema_.nodes_.size(); ++i) {
        auto& node = schema_.nodes_[i];
        for (auto& f : node.fields) replace(f.type);
        for (auto& branch : node.branches) replace(branch);
        replace(node.items);
      }
      for (auto& check : defaults_) replace(check.type);
      replace(root);
    }
    for (const auto* node : unions_) TRY_VOID(check_union(*node));
    unions_.clear();
    if (options_.validate_defaults) {
      for (const auto& check : defaults_)
        if (!valid_default(*check.type, check.value))
          return invalid("Invalid default for " + check.owner + ": " + shown(check.value) + " is not a " + std::string(name_of(check.type->type)));
    }
    defaults_.clear();
    return {};
  }

  Result<void> check_union(const Node& node) {
    std::set<std::string> seen;
    for (const auto* branch : node.branches) {
      if (branch->type == Type::union_) return invalid("Nested union: a union may not directly hold another union");
      const std::string name = branch->named() ? branch->name.full() : std::string(name_of(branch->type));
      if (!seen.insert(name).second) return invalid("Duplicate in union: " + name);
    }
    return {};
  }

  struct DefaultCheck { const Node* type; JsonNode value; std::string owner; };

  Schema& schema_;
  ParseOptions options_;
  std::string space_;
  std::vector<Pending> pending_;
  std::vector<const Node*> unions_;
  std::vector<DefaultCheck> defaults_;
};

std::string_view name_of(Type type) {
  static constexpr std::string_view names[] = {"null",   "boolean", "int",  "long",  "float", "double", "bytes",
                                               "string", "record",  "enum", "array", "map",   "union",  "fixed"};
  return names[std::size_t(type)];
}

const Field* Node::find_field(std::string_view field) const {
  for (const auto& f : fields)
    if (f.name == field) return &f;
  return nullptr;
}

int Node::null_branch() const {
  for (std::size_t i = 0; i < branches.size(); ++i)
    if (branches[i]->type == Type::null_) return int(i);
  return -1;
}

const Node* Node::nullable_of() const {
  const int null_at = null_branch();
  return branches.size() == 2 && null_at >= 0 ? branches[std::size_t(1 - null_at)] : nullptr;
}

const Node* Schema::find(std::string_view full_name) const {
  const auto at = names_.find(std::string(full_name));
  return at == names_.end() ? nullptr : at->second;
}

// How deep the text would nest that writes these types out. Names used before their definition can make it deeper than the text that came in,
// and whoever walks the types (printing, comparing, compiling) goes as deep.
class DepthCheck {
 public:
  DepthCheck(int depth_max, std::set<std::string> known) : depth_max_(depth_max), known_(std::move(known)) {}
  bool fits(const Node& node, int depth = 0) {
    if (depth > depth_max_) return false;
    if (node.named() && !known_.insert(node.name.full()).second) return true;
    if (node.items != nullptr && !fits(*node.items, depth + 1)) return false;
    for (const auto* branch : node.branches)
      if (!fits(*branch, depth + 1)) return false;
    for (const auto& field : node.fields)
      if (!fits(*field.type, depth + 3)) return false;   // {"fields":[{"type":
    return true;
  }

 private:
  int depth_max_;
  std::set<std::string> known_;
};

Result<SchemaPtr> parse(std::string_view text, std::span<const std::string> references, ParseOptions options) {
  auto schema = std::make_shared<Schema>();
  // What is stored already was accepted once, maybe by a more lenient registry.
  SchemaParser lenient(*schema, {.validate_names = false});
  for (const auto& reference : references) {
    auto root = lenient.text(reference);
    if (!root) return std::unexpected(std::move(root).error().during("a referenced schema"));
    lenient.add_referenced(*root);
  }
  SchemaParser parser(*schema, options);
  TRY(auto* root, parser.text(text));
  parser.set_root(root);
  const std::set<std::string> as_names(schema->referenced().begin(), schema->referenced().end());
  if (!DepthCheck(limits::schema_nesting_max - 4, as_names).fits(*root) || !DepthCheck(4 * limits::schema_nesting_max, {}).fits(*root))
    return invalid("types nested too deep: written out they nest more than " + std::to_string(limits::schema_nesting_max) + " deep");
  return schema;
}

bool valid_default(const Node& type, const JsonNode& value) {
  const auto in_range = [&](double low, double high) { return value.is_integer() && value.number() >= low && value.number() <= high; };
  switch (type.type) {
    case Type::null_: return value.is_null();
    case Type::boolean: return value.is_boolean();
    case Type::int_: return in_range(-2147483648.0, 2147483647.0);
    case Type::long_: return in_range(-9223372036854775808.0, 9223372036854775807.0);
    case Type::float_:
    case Type::double_: return value.is_number();
    case Type::bytes:
    case Type::string:
    case Type::fixed: return value.is_string();
    case Type::enum_: return value.is_string();
    case Type::array: return value.is_array() && std::all_of(value.items.begin(), value.items.end(), [&](const auto& i) { return valid_default(*type.items, i); });
    case Type::map:
      return value.is_object() && std::all_of(value.members.begin(), value.members.end(), [&](const auto& m) { return valid_default(*type.items, m.value); });
    case Type::union_: return !type.branches.empty() && valid_default(*type.branches[0], value);
    case Type::record:
      if (!value.is_object()) return false;
      for (const auto& field : type.fields) {
        const auto* given = value.find(field.name);
        if (given != nullptr ? !valid_default(*field.type, *given) : !field.default_value) return false;
      }
      return true;
  }
  return false;
}

}  // namespace braid::format::avro
