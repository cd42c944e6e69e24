// Schema -> text: canonical, normalised, resolved. Key orders are those of Java's Schema.toString (Avro 1.12) and of the registry's
// normaliser; note that a type prints its own properties before its aliases, a field the other way round.
#include <algorithm>
#include <set>

#include "format/avro/schema.h"

namespace braid::format::avro {
namespace {

constexpr auto numbers = NumberStyle::java_double;

bool type_word(std::string_view name) {
  static constexpr std::string_view words[] = {"null", "boolean", "int", "long", "float", "double", "bytes", "string",
                                               "record", "enum", "array", "map", "union", "fixed"};
  return std::find(std::begin(words), std::end(words), name) != std::end(words);
}

// How a name is written inside `space`.
std::string qualified(const Name& name, const std::string& space) {
  return name.space == space && !type_word(name.name) ? name.name : name.full();
}

std::string_view order_text(Order order) {
  return order == Order::ascending ? "ascending" : order == Order::descending ? "descending" : "ignore";
}

class ObjectPrinter {
 public:
  explicit ObjectPrinter(std::string& out) : out_(out) { out_.push_back('{'); }
  void key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    print_json_string(out_, name);
    out_.push_back(':');
  }
  void text(std::string_view name, std::string_view value) { key(name); print_json_string(out_, value); }
  void json(std::string_view name, const JsonNode& value) { key(name); print_json_text(out_, value, numbers); }
  template <class List> void texts(std::string_view name, const List& values) {
    key(name);
    char separator = '[';
    for (const auto& value : values) { out_.push_back(separator); separator = ','; print_json_string(out_, value); }
    out_ += separator == '[' ? "[]" : "]";
  }
  void end() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

class Canonical {
 public:
  explicit Canonical(std::set<std::string> known) : known_(std::move(known)) {}

  void type(const Node& node, const std::string& space) {
    if (node.named()) return named(node, space);
    if (node.type == Type::union_) {
      char separator = '[';
      for (const auto* branch : node.branches) { out.push_back(separator); separator = ','; type(*branch, space); }
      out += separator == '[' ? "[]" : "]";
      return;
    }
    const bool collection = node.type == Type::array || node.type == Type::map;
    if (!collection && node.properties.empty()) return print_json_string(out, name_of(node.type));
    ObjectPrinter object(out);
    object.text("type", name_of(node.type));
    if (collection) {
      object.key(node.type == Type::array ? "items" : "values");
      type(*node.items, space);
    }
    for (const auto& property : node.properties) object.json(property.name, property.value);
    object.end();
  }

  std::string out;

 private:
  void named(const Node& node, const std::string& space) {
    if (!known_.insert(node.name.full()).second) return print_json_string(out, qualified(node.name, space));
    ObjectPrinter object(out);
    object.text("type", node.is_error ? "error" : name_of(node.type));
    object.text("name", node.name.name);
    if (node.name.space != space) object.text("namespace", node.name.space);   // "" inside a namespace says that there is none
    if (node.doc) object.text("doc", *node.doc);
    if (node.type == Type::record) {
      object.key("fields");
      char separator = '[';
      for (const auto& f : node.fields) { out.push_back(separator); separator = ','; field(f, node.name.space); }
      out += separator == '[' ? "[]" : "]";
    } else if (node.type == Type::enum_) {
      object.texts("symbols", node.symbols);
      if (node.enum_default) object.text("default", *node.enum_default);
    } else {
      object.key("size");
      out += std::to_string(node.size);
    }
    for (const auto& property : node.properties) object.json(property.name, property.value);
    if (!node.aliases.empty()) {
      std::vector<std::string> aliases;
      for (const auto& alias : node.aliases) aliases.push_back(qualified(alias, node.name.space));
      object.texts("aliases", aliases);
    }
    object.end();
  }

  void field(const Field& f, const std::string& space) {
    ObjectPrinter object(out);
    object.text("name", f.name);
    object.key("type");
    type(*f.type, space);
    if (f.doc) object.text("doc", *f.doc);
    if (f.default_value) object.json("default", *f.default_value);
    if (f.order != Order::ascending) object.text("order", order_text(f.order));
    if (!f.aliases.empty()) object.texts("aliases", f.aliases);
    for (const auto& property : f.properties) object.json(property.name, property.value);
    object.end();
  }

  std::set<std::string> known_;
};

std::vector<const JsonMember*> sorted(const std::vector<JsonMember>& properties) {
  std::vector<const JsonMember*> out;
  for (const auto& p : properties) out.push_back(&p);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return less_utf16(a->name, b->name); });
  return out;
}

class Normalised {
 public:
  explicit Normalised(std::set<std::string> known) : known_(std::move(known)) {}

  void type(const Node& node) {
    if (node.type == Type::union_) {
      char separator = '[';
      for (const auto* branch : node.branches) { out.push_back(separator); separator = ','; type(*branch); }
      out += separator == '[' ? "[]" : "]";
      return;
    }
    const bool collection = node.type == Type::array || node.type == Type::map;
    if (!node.named() && !collection && node.properties.empty()) return print_json_string(out, name_of(node.type));
    if (node.named() && !known_.insert(node.name.full()).second) return print_json_string(out, node.name.full());
    ObjectPrinter object(out);
    if (node.named()) object.text("name", node.name.full());
    object.text("type", node.is_error ? "error" : name_of(node.type));
    if (node.type == Type::record) {
      object.key("fields");
      char separator = '[';
      for (const auto& f : node.fields) { out.push_back(separator); separator = ','; field(f); }
      out += separator == '[' ? "[]" : "]";
    } else if (node.type == Type::enum_) {
      object.texts("symbols", node.symbols);
    } else if (node.type == Type::fixed) {
      object.key("size");
      out += std::to_string(node.size);
    } else if (collection) {
      object.key(node.type == Type::array ? "items" : "values");
      type(*node.items);
    }
    logical(node, object);
    if (node.doc) object.text("doc", *node.doc);
    if (!node.aliases.empty()) {
      std::set<std::string> aliases;
      for (const auto& alias : node.aliases) aliases.insert(alias.full());
      object.texts("aliases", aliases);
    }
    if (node.enum_default) object.text("default", *node.enum_default);
    for (const auto* property : sorted(node.properties))
      if (!(node.logical != Logical::none_ && part_of_logical(node, property->name))) object.json(property->name, with_sorted_keys(property->value));
    object.end();
  }

  std::string out;

 private:
  static bool part_of_logical(const Node& node, std::string_view key) {
    return key == "logicalType" || (node.logical == Logical::decimal && (key == "precision" || key == "scale"));
  }

  void logical(const Node& node, ObjectPrinter& object) {
    if (node.logical == Logical::none_) return;
    for (const auto& p : node.properties)
      if (p.name == "logicalType") object.json(p.name, p.value);
    if (node.logical != Logical::decimal) return;
    object.key("precision");
    out += std::to_string(node.precision);
    if (node.scale == 0) return;
    object.key("scale");
    out += std::to_string(node.scale);
  }

  void field(const Field& f) {
    ObjectPrinter object(out);
    object.text("name", f.name);
    object.key("type");
    type(*f.type);
    std::string order(order_text(f.order));
    for (auto& c : order) c = char(c - 32);
    object.text("order", order);
    if (f.doc) object.text("doc", *f.doc);
    if (!f.aliases.empty()) object.texts("aliases", std::set<std::string>(f.aliases.begin(), f.aliases.end()));
    if (f.default_value) object.json("default", with_sorted_keys(*f.default_value));
    for (const auto* property : sorted(f.properties)) object.json(property->name, with_sorted_keys(property->value));
    object.end();
  }

  std::set<std::string> known_;
};

std::set<std::string> referenced(const Schema& schema) { return {schema.referenced().begin(), schema.referenced().end()}; }

}  // namespace

std::string canonical_text(const Schema& schema) {
  Canonical printer(referenced(schema));
  printer.type(schema.root(), "");
  return std::move(printer.out);
}

std::string normalised_text(const Schema& schema) {
  Normalised printer(referenced(schema));
  printer.type(schema.root());
  return std::move(printer.out);
}

std::string resolved_text(const Schema& schema) {
  Canonical printer({});
  printer.type(schema.root(), "");
  return std::move(printer.out);
}

}  // namespace braid::format::avro
