#include "registry/example.h"

#include <algorithm>
#include <cmath>

#include "base/limits/schemas.h"
#include "format/avro/datum.h"
#include "format/json_schema/validator.h"
#include "registry/example_protobuf.h"

namespace braid::registry {
namespace {

namespace avro = format::avro;
namespace json_schema = format::json_schema;
using format::JsonNode;

// --- Avro: records that differ in one choice (a union's branch, an enum's symbol, a list without an item) from the plainest one

class Records {
 public:
  // The `nth` record: choices are counted on the way, and the one whose turn it is goes another way. Empty: the value has no end.
  std::optional<avro::Datum> make(const avro::Node& node, std::size_t nth) {
    turn_ = nth;
    choices_ = 1;   // the 0th is the plainest
    parts_ = 0;
    return value(node, 0);
  }
  std::size_t choices() const { return choices_; }   // how many records there are, after make()

 private:
  // Of `n` ways, which one; 0 unless it is this choice's turn.
  std::size_t choose(std::size_t n) {
    const auto first = choices_;
    choices_ += n - 1;
    return turn_ >= first && turn_ < first + n - 1 ? turn_ - first + 1 : 0;
  }

  std::optional<avro::Datum> value(const avro::Node& node, int depth) {
    if (depth > 20 || ++parts_ > limits::example_parts_max) return std::nullopt;
    avro::Datum out{.type = node.type};
    const auto add = [&](const avro::Node& of) {
      auto item = value(of, depth + 1);
      if (item) out.items.push_back(*std::move(item));
      return item.has_value() || !out.items.empty();
    };
    switch (node.type) {
      case avro::Type::fixed: out.bytes = Bytes(std::size_t(std::min(node.size, 1 << 16)), '\0'); break;
      case avro::Type::enum_:
        if (node.symbols.empty()) return std::nullopt;
        out.whole = std::int64_t(choose(node.symbols.size()));
        break;
      case avro::Type::array:
        if (choose(2) == 0) (void)add(*node.items);      // without an item where an item has no end
        break;
      case avro::Type::map:
        if (choose(2) == 0)
          if (auto item = value(*node.items, depth + 1)) out.entries.emplace_back("key", *std::move(item));
        break;
      case avro::Type::union_: {
        if (node.branches.empty()) return std::nullopt;
        out.whole = std::int64_t(choose(node.branches.size()));
        if (!add(*node.branches[std::size_t(out.whole)])) return std::nullopt;
        break;
      }
      case avro::Type::record:
        for (const auto& field : node.fields)
          if (auto item = value(*field.type, depth + 1)) out.items.push_back(*std::move(item));
          else return std::nullopt;
        break;
      default: break;
    }
    return out;
  }

  std::size_t turn_ = 0, choices_ = 1, parts_ = 0;
};

std::optional<Example> avro_example(const avro::SchemaPtr& reader, const avro::SchemaPtr& writer) {
  const auto as_written = avro::Program::compile(writer, writer);
  const auto program = avro::Program::compile(writer, reader);
  if (!as_written) return std::nullopt;
  if (!program && program.error().code != ErrorCode::incompatible) return std::nullopt;   // the budget, not a record
  Records records;
  std::size_t count = 1;
  for (std::size_t nth = 0; nth < std::min(count, limits::example_records_max); ++nth) {
    const auto datum = records.make(writer->root(), nth);
    count = std::max(count, records.choices());
    Bytes bytes;
    if (!datum || !avro::encode(writer->root(), *datum, bytes)) continue;
    auto text = avro::decode_to_json(**as_written, bytes);
    if (!text) continue;
    if (!program) return Example{*std::move(text), program.error().message};          // no record at all can be read
    if (const auto read = avro::decode(**program, bytes); !read) return Example{*std::move(text), read.error().message};
  }
  return std::nullopt;
}

// --- JSON Schema: documents made of what both schemas speak of

class Documents {
 public:
  explicit Documents(const JsonNode& root) : root_(root) {}

  // Values worth trying where `node` stands, the plainest first.
  std::vector<JsonNode> of(const JsonNode& node, int depth = 0) {
    std::vector<JsonNode> out;
    if (depth > 6 || ++parts_ > limits::example_parts_max) return {JsonNode()};
    if (node.is_boolean()) return {JsonNode::of("any"), JsonNode::of_number("1")};
    if (const auto* constant = node.find("const")) return {*constant};
    if (const auto* list = node.find("enum"); list != nullptr && list->is_array()) return {list->items.begin(), list->items.begin() + std::ptrdiff_t(std::min<std::size_t>(list->items.size(), 20))};
    if (const auto* ref = node.find("$ref"); ref != nullptr && ref->is_string())
      if (const auto* target = resolve(ref->text)) return of(*target, depth + 1);
    for (const char* word : {"anyOf", "oneOf", "allOf"})
      if (const auto* parts = node.find(word); parts != nullptr && parts->is_array())
        for (const auto& part : parts->items)
          for (auto& value : of(part, depth + 1)) add(out, std::move(value));
    const auto* type = node.find("type");
    std::vector<std::string> types;
    if (type != nullptr && type->is_string()) types.push_back(type->text);
    if (type != nullptr && type->is_array())
      for (const auto& item : type->items) types.push_back(item.text);
    if (type == nullptr && has(node, {"properties", "required", "additionalProperties", "patternProperties", "minProperties"})) types.emplace_back("object");
    if (type == nullptr && has(node, {"items", "minItems", "maxItems", "uniqueItems", "prefixItems"})) types.emplace_back("array");
    if (type == nullptr && has(node, {"minLength", "maxLength", "pattern"})) types.emplace_back("string");
    if (type == nullptr && has(node, {"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"})) types.emplace_back("number");
    if (types.empty() && out.empty()) types = {"string", "integer"};
    for (const auto& name : types) typed(name, node, depth, out);
    return out;
  }

 private:
  static void add(std::vector<JsonNode>& out, JsonNode value) {
    if (out.size() < limits::example_values_max) out.push_back(std::move(value));
  }
  static bool has(const JsonNode& node, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return node.find(word) != nullptr; });
  }
  static std::optional<double> number(const JsonNode& node, std::string_view word) {
    const auto* v = node.find(word);
    return v != nullptr && v->is_number() ? std::optional(v->number()) : std::nullopt;
  }
  static JsonNode number_node(double v) { return JsonNode::of_number(v == double(std::int64_t(v)) ? std::to_string(std::int64_t(v)) : format::java_double_text(v)); }

  const JsonNode* resolve(std::string_view ref) const {
    if (ref == "#") return &root_;
    for (const std::string_view place : {"#/definitions/", "#/$defs/"})
      if (ref.starts_with(place))
        if (const auto* all = root_.find(place.substr(2, place.size() - 3))) return all->find(ref.substr(place.size()));
    return nullptr;
  }

  void typed(const std::string& type, const JsonNode& node, int depth, std::vector<JsonNode>& out) {
    if (type == "null") return add(out, JsonNode());
    if (type == "boolean") { add(out, JsonNode::of_bool(false)); return add(out, JsonNode::of_bool(true)); }
    if (type == "integer" || type == "number") {
      for (const char* word : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
        if (const auto v = number(node, word); v && std::abs(*v) < 1e15)
          for (const double by : {0.0, 1.0, -1.0}) add(out, number_node(*v + by));
      for (const double v : {0.0, 1.0, -1.0, 1e9, -1e9}) add(out, number_node(v));
      if (type == "number") add(out, JsonNode::of_number("0.5"));
      return;
    }
    if (type == "string") {
      add(out, JsonNode::of("text"));
      for (const char* word : {"minLength", "maxLength"})
        if (const auto v = number(node, word); v && *v <= 2'000)
          for (const double length : {*v, *v + 1, *v - 1})
            if (length >= 0) add(out, JsonNode::of(std::string(std::size_t(length), 'x')));
      add(out, JsonNode::of(""));
      return add(out, JsonNode::of(std::string(300, 'x')));
    }
    if (type == "array") return arrays(node, depth, out);
    if (type == "object") objects(node, depth, out);
  }

  void arrays(const JsonNode& node, int depth, std::vector<JsonNode>& out) {
    add(out, JsonNode::array());
    const auto* items = node.find("items");
    const auto values = items != nullptr && !items->is_array() ? of(*items, depth + 1) : std::vector<JsonNode>{JsonNode::of("any")};
    const auto least = std::size_t(std::min(number(node, "minItems").value_or(0), 50.0));
    for (const auto& value : values)
      for (const std::size_t length : {std::max<std::size_t>(least, 1), std::size_t(std::min(number(node, "maxItems").value_or(2), 50.0))}) {
        JsonNode list = JsonNode::array();
        list.items.assign(length, value);
        add(out, std::move(list));
      }
  }

  void objects(const JsonNode& node, int depth, std::vector<JsonNode>& out) {
    const auto* properties = node.find("properties");
    const auto* required = node.find("required");
    std::vector<std::pair<std::string, std::vector<JsonNode>>> values;
    if (properties != nullptr)
      for (const auto& p : properties->members)
        if (values.size() < 50) values.emplace_back(p.name, of(p.value, depth + 1));
    const auto is_required = [&](const std::string& name) {
      return required != nullptr && std::any_of(required->items.begin(), required->items.end(), [&](const JsonNode& n) { return n.text == name; });
    };
    JsonNode least = JsonNode::object(), all = JsonNode::object();
    for (const auto& [name, choices] : values) {
      if (choices.empty()) continue;
      if (is_required(name)) least.set(name, choices[0]);
      all.set(name, choices[0]);
    }
    add(out, least);
    if (all.members.size() != least.members.size()) add(out, all);
    // Each property in each of its ways, the others as plain as may be.
    for (const auto& [name, choices] : values)
      for (const auto& choice : choices) {
        JsonNode one = least;
        one.set(name, choice);
        add(out, std::move(one));
      }
    JsonNode more = least;
    more.set("another", JsonNode::of("any"));
    add(out, std::move(more));
  }

  const JsonNode& root_;
  std::size_t parts_ = 0;
};

// Properties that only the reader names, with values that it may not expect there.
void add_strange_properties(const JsonNode& reader, const JsonNode& writer, std::vector<JsonNode>& out) {
  const auto* named = reader.find("properties");
  const auto* known = writer.find("properties");
  if (named == nullptr || out.empty() || out[0].kind != JsonNode::Kind::object) return;
  const JsonNode least = out[0];
  for (const auto& p : named->members) {
    if ((known != nullptr && known->find(p.name) != nullptr) || out.size() > 2 * limits::example_values_max) continue;
    for (const auto& value : {JsonNode::of("any"), JsonNode::of_number("1"), JsonNode()}) {
      out.push_back(least);
      out.back().set(p.name, value);
    }
  }
}

std::optional<Example> json_example(const json_schema::SchemaPtr& reader, const json_schema::SchemaPtr& writer) {
  // A validator's own budget is a tenth of a second: many documents are tried on small schemas only.
  for (const auto* schema : {&reader, &writer})
    if (canonical_text(**schema).size() > limits::example_schema_bytes_max) return std::nullopt;
  const auto reads = json_schema::Validator::compile(reader), wrote = json_schema::Validator::compile(writer);
  if (!reads || !wrote) return std::nullopt;
  auto documents = Documents(writer->root).of(writer->root);
  add_strange_properties(reader->root, writer->root, documents);
  for (const auto& document : documents) {
    const auto valid = (*wrote)->check(document);
    if (!valid) return std::nullopt;                                   // too slow to go on
    if (*valid) continue;
    const auto violation = (*reads)->check(document);
    if (!violation) return std::nullopt;
    if (*violation) return Example{format::print_json_text(document), (*violation)->text()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Example> failing_record(const Parsed::Any& reader, const Parsed::Any& writer, bool reader_is_new) {
  std::optional<Example> out;
  if (const auto* r = std::get_if<avro::SchemaPtr>(&reader)) {
    if (const auto* w = std::get_if<avro::SchemaPtr>(&writer)) out = avro_example(*r, *w);
  } else if (const auto* j = std::get_if<json_schema::SchemaPtr>(&reader)) {
    if (const auto* w = std::get_if<json_schema::SchemaPtr>(&writer)) out = json_example(*j, *w);
  } else if (const auto* p = std::get_if<format::protobuf_schema::SchemaPtr>(&reader)) {
    if (const auto* w = std::get_if<format::protobuf_schema::SchemaPtr>(&writer)) out = protobuf_example(**p, **w);
  }
  if (out && out->record.size() > limits::example_bytes_max) return std::nullopt;
  if (out) out->new_reads_old = reader_is_new;
  return out;
}

}  // namespace braid::registry
