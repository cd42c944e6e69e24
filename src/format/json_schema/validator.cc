#include "format/json_schema/validator.h"

#include <re2/re2.h>
#include <simdjson.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/limits/http.h"
#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "format/json_schema/meta_schema.h"
#include "format/json_schema/tree.h"
#include "format/json_schema/uri.h"
#include "format/text_formats.h"

namespace braid::format::json_schema {
namespace {

enum class Type : std::uint8_t { null_ = 1, boolean = 2, number = 4, string = 8, array = 16, object = 32 };
constexpr std::uint8_t integer_bit = 64;

// --- two views of a document, one code for both ---

// A number prints the same whether it was 1, 1.0 or 1e0, so that equal values have equal texts.
void print_number(std::string& out, long double value) {
  char buffer[64];
  if (value == std::floor(value) && std::fabs(value) < 1e18L) out += std::to_string((long long)value);
  else out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, double(value)).ptr);
}

// Whole numbers exactly, others as the double that a record's reader makes of them: 1.1 in a schema is the 1.1 of a document.
long double number_in(const std::string& digits) {
  return digits.find_first_of(".eE") == std::string::npos ? std::strtold(digits.c_str(), nullptr) : (long double)std::strtod(digits.c_str(), nullptr);
}

struct NodeView {
  const JsonNode* node;

  Type type() const {
    switch (node->kind) {
      case JsonNode::Kind::null: return Type::null_;
      case JsonNode::Kind::boolean: return Type::boolean;
      case JsonNode::Kind::number: return Type::number;
      case JsonNode::Kind::string: return Type::string;
      case JsonNode::Kind::array: return Type::array;
      case JsonNode::Kind::object: return Type::object;
    }
    return Type::null_;
  }
  bool flag() const { return node->flag; }
  std::string_view text() const { return node->text; }
  long double number() const { return number_in(node->text); }
  std::size_t size() const { return node->is_array() ? node->items.size() : node->members.size(); }
  template <class F> void items(F f) const {
    for (const auto& item : node->items) if (!f(NodeView{&item})) return;
  }
  template <class F> void members(F f) const {
    for (const auto& m : node->members) if (!f(std::string_view(m.name), NodeView{&m.value})) return;
  }
};

struct SimdView {
  simdjson::dom::element element;

  Type type() const {
    using E = simdjson::dom::element_type;
    switch (element.type()) {
      case E::NULL_VALUE: return Type::null_;
      case E::BOOL: return Type::boolean;
      case E::INT64: case E::UINT64: case E::DOUBLE: return Type::number;
      case E::STRING: return Type::string;
      case E::ARRAY: return Type::array;
      case E::OBJECT: return Type::object;
    }
    return Type::null_;
  }
  bool flag() const { return bool(element); }
  std::string_view text() const { return std::string_view(element); }
  long double number() const {
    if (element.is_int64()) return (long double)std::int64_t(element);
    if (element.is_uint64()) return (long double)std::uint64_t(element);
    return (long double)double(element);
  }
  std::size_t size() const { return element.is_array() ? simdjson::dom::array(element).size() : simdjson::dom::object(element).size(); }
  template <class F> void items(F f) const {
    for (const auto item : simdjson::dom::array(element)) if (!f(SimdView{item})) return;
  }
  template <class F> void members(F f) const {
    for (const auto m : simdjson::dom::object(element)) if (!f(m.key, SimdView{m.value})) return;
  }
};

// Equal values have equal texts: keys sorted, numbers by value.
template <class V> void canonical(std::string& out, const V& v) {
  switch (v.type()) {
    case Type::null_: out += "null"; return;
    case Type::boolean: out += v.flag() ? "true" : "false"; return;
    case Type::number: print_number(out, v.number()); return;
    case Type::string: print_json_string(out, v.text()); return;
    case Type::array:
      out.push_back('[');
      v.items([&](const V& item) { canonical(out, item); out.push_back(','); return true; });
      out.push_back(']');
      return;
    case Type::object: {
      std::map<std::string, std::string> sorted;
      v.members([&](std::string_view key, const V& value) { canonical(sorted[std::string(key)], value); return true; });
      out.push_back('{');
      for (const auto& [key, value] : sorted) { print_json_string(out, key); out += ":" + value + ","; }
      out.push_back('}');
      return;
    }
  }
}
template <class V> std::string canonical(const V& v) {
  std::string out;
  canonical(out, v);
  return out;
}

// --- the compiled schema ---

class Pattern {
 public:
  explicit Pattern(const std::string& text) : text_(text) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(8 << 20);
    re2_ = std::make_unique<RE2>(text, options);
    if (re2_->ok()) return;
    re2_.reset();
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    icu_.reset(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(text), where, status));
    if (U_FAILURE(status)) icu_.reset();
  }
  bool ok() const { return re2_ != nullptr || icu_ != nullptr; }
  const std::string& text() const { return text_; }
  bool matches(std::string_view value) const {
    if (re2_ != nullptr) return RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *re2_);
    UErrorCode status = U_ZERO_ERROR;
    const auto subject = icu::UnicodeString::fromUTF8(icu::StringPiece(value.data(), std::int32_t(value.size())));
    const std::unique_ptr<icu::RegexMatcher> matcher(icu_->matcher(subject, status));
    if (U_FAILURE(status)) return false;
    matcher->setTimeLimit(1000, status);
    const bool found = matcher->find(status);
    return U_SUCCESS(status) && found;
  }

 private:
  std::string text_;
  std::unique_ptr<RE2> re2_;
  std::unique_ptr<icu::RegexPattern> icu_;
};

struct Compiled;

// A schema with an address of its own: a document, or a part with an "$id".
struct Resource {
  std::string uri;
  const JsonNode* root = nullptr;
  Draft draft = Draft::draft7;
  std::unordered_map<std::string, const JsonNode*> anchors;
  std::unordered_map<std::string, const Compiled*> dynamic;   // "$dynamicAnchor"; "" for "$recursiveAnchor": true
  std::vector<std::pair<std::string, const JsonNode*>> dynamic_nodes;
  bool validates = true;                                      // false: a "$vocabulary" without assertions
};

struct Compiled {
  const Resource* resource = nullptr;
  std::optional<bool> fixed;                                  // true and false as schemas
  std::uint8_t types = 0;                                     // 0: any
  std::string type_names;
  std::unordered_set<std::string> values;                     // enum, const
  bool has_values = false;
  std::string values_text;
  const Compiled* ref = nullptr;
  std::string dynamic_name;                                   // looked up in the scopes at run time; ref is what it is without them
  bool is_dynamic = false;
  std::vector<const Compiled*> all, any, one;
  const Compiled *negated = nullptr, *condition = nullptr, *then = nullptr, *otherwise = nullptr;

  std::optional<long double> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
  std::optional<double> min_length, max_length;
  const Pattern* pattern = nullptr;
  std::string format;

  std::vector<const Compiled*> prefix;
  const Compiled *items = nullptr, *contains = nullptr, *unevaluated_items = nullptr;
  double min_contains = 1;
  std::optional<double> max_contains, min_items, max_items;
  bool unique = false;

  std::unordered_map<std::string, const Compiled*> properties;
  std::vector<std::pair<const Pattern*, const Compiled*>> patterns;
  const Compiled *additional = nullptr, *names = nullptr, *unevaluated_properties = nullptr;
  std::vector<std::string> required;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  std::vector<std::pair<std::string, const Compiled*>> dependent_schemas;
  std::optional<double> min_properties, max_properties;
};

std::string_view text_of(const JsonNode& node, std::string_view key) {
  const auto* v = node.find(key);
  return v != nullptr && v->is_string() ? std::string_view(v->text) : std::string_view();
}
std::optional<double> number_of(const JsonNode& node, std::string_view key) {
  const auto* v = node.find(key);
  return v != nullptr && v->is_number() ? std::optional(v->number()) : std::nullopt;
}

class Compiler {
 public:
  Compiler(std::deque<JsonNode>& documents, std::deque<Resource>& resources, std::deque<Compiled>& schemas, std::deque<Pattern>& patterns)
      : documents_(documents), resources_(resources), schemas_(schemas), patterns_(patterns) {}

  Result<const Compiled*> run(const Schema& schema) {
    auto& root = add_document(schema.root, "", draft_of(schema.root));
    for (const auto& r : schema.references) {
      auto& resource = add_document(r.root, resolve_uri(root.uri, r.name), r.root.find("$schema") != nullptr ? draft_of(r.root) : root.draft);
      addresses_.emplace(r.name, &resource);
    }
    for (auto& r : resources_) set_vocabulary(r);
    TRY(const auto* out, compile(schema.root, root));
    // Dynamic anchors of every resource may become the target of a "$dynamicRef".
    for (std::size_t i = 0; i < resources_.size(); ++i)
      for (const auto& [name, node] : resources_[i].dynamic_nodes) { TRY(resources_[i].dynamic[name], compile(*node, resource_of(*node, resources_[i]))); }
    return out;
  }

 private:
  static std::string_view id_of(const JsonNode& node, Draft draft) {
    if (!node.is_object()) return {};
    if (draft <= Draft::draft7 && node.find("$ref") != nullptr) return {};   // what stands beside a $ref does not count there
    return text_of(node, draft == Draft::draft4 ? "id" : "$id");
  }

  Resource& add_document(const JsonNode& root, std::string uri, Draft draft) {
    auto& r = resources_.emplace_back();
    r.root = &root;
    r.draft = draft;
    r.uri = std::string(before_fragment(uri));
    addresses_.emplace(r.uri, &r);
    if (const auto id = id_of(root, draft); !id.empty() && !id.starts_with('#')) r.uri = std::string(before_fragment(resolve_uri(r.uri, id)));
    addresses_.emplace(r.uri, &r);
    opened_[&root] = &r;
    walk(root, r, 0, true);
    return r;
  }

  void set_vocabulary(Resource& r) {
    const auto uri = before_fragment(text_of(*r.root, "$schema"));
    const auto at = addresses_.find(std::string(uri));
    if (at == addresses_.end()) return;
    if (const auto* list = at->second->root->find("$vocabulary"); list != nullptr && list->is_object())
      r.validates = std::any_of(list->members.begin(), list->members.end(), [](const JsonMember& m) { return m.name.ends_with("/vocab/validation"); });
  }

  // Notes ids and anchors of a schema and all below it. Only where schemas may stand: an "$id" inside an enum is none.
  void walk(const JsonNode& node, Resource& outer, int depth, bool is_root = false) {
    if (!node.is_object() || depth > limits::schema_nesting_max || !walked_.insert(&node).second) return;
    Resource* r = &outer;
    if (const auto id = id_of(node, outer.draft); !id.empty() && !is_root) {
      if (id.starts_with('#')) {
        if (outer.draft <= Draft::draft7) outer.anchors.emplace(std::string(id.substr(1)), &node);
      } else {
        const std::string full = resolve_uri(outer.uri, id);
        auto& inner = resources_.emplace_back();
        inner.root = &node;
        inner.draft = node.find("$schema") != nullptr ? draft_of(node) : outer.draft;
        inner.uri = std::string(before_fragment(full));
        if (const auto fragment = fragment_of(full); !fragment.empty()) inner.anchors.emplace(std::string(fragment), &node);
        addresses_.emplace(inner.uri, &inner);
        opened_[&node] = &inner;
        r = &inner;
      }
    }
    if (is_root && r->draft <= Draft::draft7)
      if (const auto fragment = fragment_of(id_of(node, r->draft)); !fragment.empty()) r->anchors.emplace(std::string(fragment), &node);
    if (const auto anchor = text_of(node, "$anchor"); !anchor.empty()) r->anchors.emplace(std::string(anchor), &node);
    if (const auto anchor = text_of(node, "$dynamicAnchor"); !anchor.empty() && r->draft == Draft::draft2020) {
      r->anchors.emplace(std::string(anchor), &node);
      r->dynamic_nodes.emplace_back(std::string(anchor), &node);
    }
    if (const auto* flag = node.find("$recursiveAnchor"); flag != nullptr && flag->flag && r->draft == Draft::draft2019 && &node == r->root) r->dynamic_nodes.emplace_back("", &node);
    for (const auto& m : node.members) {
      static constexpr std::string_view one[] = {"not", "if", "then", "else", "additionalProperties", "additionalItems", "propertyNames", "contains", "unevaluatedProperties", "unevaluatedItems", "items"};
      static constexpr std::string_view many[] = {"allOf", "anyOf", "oneOf", "prefixItems", "items"};
      static constexpr std::string_view named[] = {"properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"};
      const auto among = [&](const auto& list) { return std::find(std::begin(list), std::end(list), m.name) != std::end(list); };
      if (m.value.is_object() && among(one)) walk(m.value, *r, depth + 1);
      if (m.value.is_array() && among(many)) for (const auto& item : m.value.items) walk(item, *r, depth + 1);
      if (m.value.is_object() && among(named)) for (const auto& inner : m.value.members) walk(inner.value, *r, depth + 1);
    }
  }

  Resource& resource_of(const JsonNode& node, Resource& outer) {
    const auto at = opened_.find(&node);
    return at == opened_.end() ? outer : *at->second;
  }

  Resource* document_at(const std::string& uri) {
    if (const auto at = addresses_.find(uri); at != addresses_.end()) return at->second;
    for (const auto draft : {Draft::draft4, Draft::draft6, Draft::draft7, Draft::draft2019, Draft::draft2020}) {
      const auto known = meta_schema_uri(draft);
      const bool same = uri == known || (known.starts_with("http:") && uri.starts_with("https:") && std::string_view(uri).substr(6) == known.substr(5));
      if (!same) continue;
      auto text = parse_json_text(meta_schema_text(draft));
      BRAID_ASSERT(text.has_value());
      auto& root = documents_.emplace_back(*std::move(text));
      auto& r = add_document(root, std::string(known), draft);
      addresses_.emplace(uri, &r);
      return &r;
    }
    return nullptr;
  }

  std::pair<const JsonNode*, Resource*> find(std::string_view reference, Resource& from) {
    const std::string full = resolve_uri(from.uri, reference);
    Resource* r = document_at(std::string(before_fragment(full)));
    if (r == nullptr) r = document_at(std::string(before_fragment(reference)));
    if (r == nullptr) return {nullptr, nullptr};
    const std::string fragment = percent_decoded(fragment_of(full));
    if (fragment.empty()) return {r->root, r};
    if (!fragment.starts_with('/')) {
      const auto at = r->anchors.find(fragment);
      return {at == r->anchors.end() ? nullptr : at->second, r};
    }
    const JsonNode* node = r->root;
    std::string_view rest = fragment;
    while (!rest.empty()) {
      rest.remove_prefix(1);
      const auto end = std::min(rest.find('/'), rest.size());
      std::string name;
      for (std::size_t i = 0; i < end; ++i) {
        if (rest[i] == '~' && i + 1 < end) name.push_back(rest[++i] == '1' ? '/' : '~');
        else name.push_back(rest[i]);
      }
      rest.remove_prefix(end);
      if (node->is_array()) {
        std::size_t index = 0;
        const auto [stop, ec] = std::from_chars(name.data(), name.data() + name.size(), index);
        if (ec != std::errc{} || stop != name.data() + name.size() || index >= node->items.size()) return {nullptr, r};
        node = &node->items[index];
      } else {
        node = node->find(name);
        if (node == nullptr) return {nullptr, r};
      }
      if (const auto at = opened_.find(node); at != opened_.end()) r = at->second;
    }
    walk(*node, *r, 0);   // it may stand where no schema was expected
    return {node, &resource_of(*node, *r)};
  }

  Result<const Pattern*> pattern(const std::string& text) {
    const auto& out = patterns_.emplace_back(text);
    if (!out.ok()) return fail(ErrorCode::invalid_input, "'" + text + "' is no regular expression");
    return &out;
  }

  Result<void> sub(const Compiled*& to, const JsonNode* node, Resource& r) {
    if (node == nullptr || !(node->is_object() || node->is_boolean())) return {};
    TRY(to, compile(*node, r));
    return {};
  }
  Result<void> list(std::vector<const Compiled*>& to, const JsonNode* node, Resource& r) {
    if (node == nullptr) return {};
    for (const auto& item : node->items) { TRY(const auto* c, compile(item, r)); to.push_back(c); }
    return {};
  }

  Result<const Compiled*> compile(const JsonNode& node, Resource& outer) {
    if (const auto at = known_.find(&node); at != known_.end()) return at->second;
    if (++depth_ > limits::schema_nesting_max * 4) return fail(ErrorCode::invalid_input, "the schema is nested too deep");
    if (schemas_.size() > limits::schema_comparisons_max) return fail(ErrorCode::invalid_input, "the schema has too many parts");
    auto& c = schemas_.emplace_back();
    known_[&node] = &c;
    auto& r = resource_of(node, outer);
    c.resource = &r;
    if (node.is_boolean()) c.fixed = node.flag;
    else if (auto done = fill(c, node, r); !done) return std::unexpected(std::move(done).error());
    --depth_;
    return &c;
  }

  Result<void> fill(Compiled& c, const JsonNode& node, Resource& r) {
    const bool old = r.draft <= Draft::draft7;
    if (const auto* ref = node.find("$ref"); ref != nullptr && ref->is_string()) {
      TRY(c.ref, target(ref->text, r));
      if (old) return {};
    }
    if (const auto* ref = node.find("$recursiveRef"); ref != nullptr && r.draft == Draft::draft2019) {
      const auto [place, resource] = find("#", r);
      TRY(c.ref, target("#", r));
      c.is_dynamic = std::any_of(resource->dynamic_nodes.begin(), resource->dynamic_nodes.end(), [](const auto& d) { return d.first.empty(); });
    }
    if (const auto ref = text_of(node, "$dynamicRef"); !ref.empty() && r.draft == Draft::draft2020) {
      const auto [place, resource] = find(ref, r);
      TRY(c.ref, target(std::string(ref), r));
      c.dynamic_name = std::string(fragment_of(ref));
      c.is_dynamic = place != nullptr && text_of(*place, "$dynamicAnchor") == c.dynamic_name && !c.dynamic_name.empty();
    }
    TRY_VOID(list(c.all, node.find("allOf"), r));
    TRY_VOID(list(c.any, node.find("anyOf"), r));
    TRY_VOID(list(c.one, node.find("oneOf"), r));
    TRY_VOID(sub(c.negated, node.find("not"), r));
    if (r.draft >= Draft::draft7 && node.find("if") != nullptr) {
      TRY_VOID(sub(c.condition, node.find("if"), r));
      TRY_VOID(sub(c.then, node.find("then"), r));
      TRY_VOID(sub(c.otherwise, node.find("else"), r));
    }
    TRY_VOID(fill_array(c, node, r));
    TRY_VOID(fill_object(c, node, r));
    if (r.validates) return fill_assertions(c, node, r);
    return {};
  }

  Result<const Compiled*> target(const std::string& reference, Resource& r) {
    const auto [place, resource] = find(reference, r);
    if (place == nullptr || !(place->is_object() || place->is_boolean())) return fail(ErrorCode::invalid_input, "\"$ref\": \"" + reference + "\" leads nowhere");
    return compile(*place, *resource);
  }

  Result<void> fill_array(Compiled& c, const JsonNode& node, Resource& r) {
    const auto* items = node.find("items");
    if (r.draft == Draft::draft2020) {
      TRY_VOID(list(c.prefix, node.find("prefixItems"), r));
      TRY_VOID(sub(c.items, items, r));
    } else if (items != nullptr && items->is_array()) {
      TRY_VOID(list(c.prefix, items, r));
      TRY_VOID(sub(c.items, node.find("additionalItems"), r));
    } else {
      TRY_VOID(sub(c.items, items, r));
    }
    if (r.draft >= Draft::draft6) TRY_VOID(sub(c.contains, node.find("contains"), r));
    if (r.draft >= Draft::draft2019) {
      TRY_VOID(sub(c.unevaluated_items, node.find("unevaluatedItems"), r));
      c.min_contains = number_of(node, "minContains").value_or(1);
      c.max_contains = number_of(node, "maxContains");
    }
    return {};
  }

  Result<void> fill_object(Compiled& c, const JsonNode& node, Resource& r) {
    if (const auto* properties = node.find("properties"))
      for (const auto& m : properties->members) { TRY(c.properties[m.name], compile(m.value, r)); }
    if (const auto* properties = node.find("patternProperties"))
      for (const auto& m : properties->members) {
        TRY(const auto* p, pattern(m.name));
        TRY(const auto* s, compile(m.value, r));
        c.patterns.emplace_back(p, s);
      }
    TRY_VOID(sub(c.additional, node.find("additionalProperties"), r));
    if (r.draft >= Draft::draft6) TRY_VOID(sub(c.names, node.find("propertyNames"), r));
    if (r.draft >= Draft::draft2019) TRY_VOID(sub(c.unevaluated_properties, node.find("unevaluatedProperties"), r));
    for (const std::string_view key : {"dependencies", "dependentRequired", "dependentSchemas"}) {
      const auto* by_name = node.find(key);
      if (by_name == nullptr) continue;
      for (const auto& m : by_name->members) {
        if (m.value.is_array()) {
          auto& names = c.dependent_required.emplace_back(m.name, std::vector<std::string>{}).second;
          for (const auto& item : m.value.items) names.push_back(item.text);
        } else {
          TRY(const auto* s, compile(m.value, r));
          c.dependent_schemas.emplace_back(m.name, s);
        }
      }
    }
    return {};
  }

  Result<void> fill_assertions(Compiled& c, const JsonNode& node, Resource& r) {
    if (const auto* type = node.find("type")) {
      const auto add = [&](const std::string& name) {
        c.type_names += (c.type_names.empty() ? "" : " or ") + name;
        if (name == "null") c.types |= std::uint8_t(Type::null_);
        if (name == "boolean") c.types |= std::uint8_t(Type::boolean);
        if (name == "number") c.types |= std::uint8_t(Type::number);
        if (name == "integer") c.types |= integer_bit;
        if (name == "string") c.types |= std::uint8_t(Type::string);
        if (name == "array") c.types |= std::uint8_t(Type::array);
        if (name == "object") c.types |= std::uint8_t(Type::object);
      };
      if (type->is_string()) add(type->text);
      for (const auto& item : type->items) add(item.text);
    }
    const auto* values = node.find("enum");
    const auto* constant = r.draft >= Draft::draft6 ? node.find("const") : nullptr;
    if (values != nullptr || constant != nullptr) {
      c.has_values = true;
      if (values != nullptr)
        for (const auto& v : values->items) c.values.insert(canonical(NodeView{&v}));
      if (constant != nullptr) {
        const auto only = canonical(NodeView{constant});
        const bool listed = values == nullptr || c.values.contains(only);
        c.values.clear();
        if (listed) c.values.insert(only);
      }
      c.values_text = constant != nullptr ? print_json_text(*constant) : print_json_text(*values);
      if (c.values_text.size() > 200) c.values_text = c.values_text.substr(0, 197) + "...";
    }
    const auto exact = [&](std::string_view key) -> std::optional<long double> {
      const auto* v = node.find(key);
      return v != nullptr && v->is_number() ? std::optional(number_in(v->text)) : std::nullopt;
    };
    c.minimum = exact("minimum");
    c.maximum = exact("maximum");
    c.exclusive_minimum = exact("exclusiveMinimum");
    c.exclusive_maximum = exact("exclusiveMaximum");
    if (r.draft <= Draft::draft4 || (node.find("exclusiveMinimum") != nullptr && node.find("exclusiveMinimum")->is_boolean()) ||
        (node.find("exclusiveMaximum") != nullptr && node.find("exclusiveMaximum")->is_boolean())) {
      const auto on = [&](std::string_view key) { const auto* v = node.find(key); return v != nullptr && v->is_boolean() && v->flag; };
      if (on("exclusiveMinimum")) { c.exclusive_minimum = c.minimum; c.minimum.reset(); }
      if (on("exclusiveMaximum")) { c.exclusive_maximum = c.maximum; c.maximum.reset(); }
    }
    c.multiple_of = exact("multipleOf");
    c.min_length = number_of(node, "minLength");
    c.max_length = number_of(node, "maxLength");
    if (const auto* p = node.find("pattern"); p != nullptr && p->is_string()) { TRY(c.pattern, pattern(p->text)); }
    if (r.draft <= Draft::draft7) c.format = std::string(text_of(node, "format"));
    c.min_items = number_of(node, "minItems");
    c.max_items = number_of(node, "maxItems");
    if (const auto* unique = node.find("uniqueItems")) c.unique = unique->flag;
    c.min_properties = number_of(node, "minProperties");
    c.max_properties = number_of(node, "maxProperties");
    if (const auto* required = node.find("required"); required != nullptr && required->is_array())
      for (const auto& item : required->items) c.required.push_back(item.text);
    return {};
  }

  std::deque<JsonNode>& documents_;
  std::deque<Resource>& resources_;
  std::deque<Compiled>& schemas_;
  std::deque<Pattern>& patterns_;
  std::unordered_map<std::string, Resource*> addresses_;
  std::unordered_map<const JsonNode*, Resource*> opened_;
  std::unordered_map<const JsonNode*, const Compiled*> known_;
  std::unordered_set<const JsonNode*> walked_;
  int depth_ = 0;
};

std::size_t characters(std::string_view text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char c) { return (std::uint8_t(c) & 0xc0) != 0x80; }));
}

bool fits_format(std::string_view format, std::string_view text) {
  if (format == "date-time") return is_date_time(text);
  if (format == "date") return is_date(text);
  if (format == "time") return is_time(text);
  if (format == "email") return is_email(text);
  if (format == "hostname") return is_hostname(text);
  if (format == "ipv4") return is_ipv4(text);
  if (format == "ipv6") return is_ipv6(text);
  if (format == "uri") return is_uri(text);
  if (format == "uri-reference") return is_uri_reference(text);
  if (format == "uuid") return is_uuid(text);
  return true;
}

bool multiple(long double value, long double of) {
  if (of <= 0 || value == 0) return true;
  const long double ratio = value / of;
  if (value == std::floor(value) && of == std::floor(of)) return std::fmod(value, of) == 0;
  if (std::fabs(ratio) > 9e15L) return std::fmod(value, of) == 0;
  return std::fabs(ratio - std::round(ratio)) <= 1e-9L * std::max(1.0L, std::fabs(ratio) * 1e-6L);   // 0.0075 is a multiple of 0.0001
}

// Which members or items something has looked at already.
using Marks = std::vector<char>;
void merge(Marks& to, const Marks& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = char(to[i] | from[i]);
}

class Checker {
 public:
  bool over = false;
  std::optional<Violation> violation;

  template <class V> bool check(const Compiled& c, const V& v, Marks* outer) {
    if (c.fixed) return *c.fixed || report("false", "is not allowed here");
    if (over || ++steps_ > limits::json_schema_steps_max || depth_ > limits::json_nesting_max * 2) { over = true; return false; }
    ++depth_;
    const bool enters = scopes_.empty() || scopes_.back() != c.resource;
    if (enters) scopes_.push_back(c.resource);
    const bool out = body(c, v, outer);
    if (enters) scopes_.pop_back();
    --depth_;
    return out;
  }

 private:
  bool report(std::string_view keyword, std::string message) {
    if (quiet_ > 0 || violation) return false;
    std::string path;
    for (const auto& step : path_) {
      path.push_back('/');
      if (step.index >= 0) path += std::to_string(step.index);
      else for (const char ch : step.name) { if (ch == '~') path += "~0"; else if (ch == '/') path += "~1"; else path.push_back(ch); }
    }
    violation = Violation{std::move(path), std::string(keyword), std::move(message)};
    return false;
  }
  template <class V> static std::string shown(const V& v) {
    std::string out = canonical(v);
    return out.size() > 80 ? out.substr(0, 77) + "..." : out;
  }
  template <class V> bool quietly(const Compiled& c, const V& v, Marks* marks) {
    ++quiet_;
    const bool out = check(c, v, marks);
    --quiet_;
    return out;
  }

  template <class V> bool body(const Compiled& c, const V& v, Marks* outer) {
    const Type type = v.type();
    if (!types(c, v, type)) return false;
    if (c.has_values && !c.values.contains(canonical(v))) return report("enum", "is " + shown(v) + ", not one of " + c.values_text);
    Marks own;
    Marks* marks = outer;
    const bool collects = (type == Type::object && c.unevaluated_properties != nullptr) || (type == Type::array && c.unevaluated_items != nullptr);
    if (collects) {
      own.assign(v.size(), 0);
      marks = &own;
    }
    if (!in_place(c, v, marks)) return false;
    switch (type) {
      case Type::number: if (!number(c, v.number(), v)) return false; break;
      case Type::string: if (!string(c, v.text())) return false; break;
      case Type::array: if (!array(c, v, marks)) return false; break;
      case Type::object: if (!object(c, v, marks)) return false; break;
      default: break;
    }
    if (collects && outer != nullptr) merge(*outer, own);
    return true;
  }

  template <class V> bool types(const Compiled& c, const V& v, Type type) {
    if (c.types == 0 || (c.types & std::uint8_t(type)) != 0) return true;
    if (type == Type::number && (c.types & integer_bit) != 0) {
      const long double n = v.number();
      if (n == std::floor(n)) return true;
    }
    return report("type", "must be " + c.type_names + ", is " + shown(v));
  }

  template <class V> bool in_place(const Compiled& c, const V& v, Marks* marks) {
    if (c.ref != nullptr && !check(*dynamic(c), v, marks)) return false;
    for (const auto* s : c.all)
      if (!check(*s, v, marks)) return false;
    if (!c.any.empty()) {
      bool fits = false;
      for (const auto* s : c.any) {
        Marks part(marks != nullptr ? marks->size() : 0);
        if (!quietly(*s, v, marks != nullptr ? &part : nullptr)) continue;
        fits = true;
        if (marks == nullptr) break;
        merge(*marks, part);
      }
      if (!fits) return report("anyOf", "is " + shown(v) + ", which fits none of the " + std::to_string(c.any.size()) + " schemas under anyOf");
    }
    if (!c.one.empty()) {
      std::size_t fits = 0;
      Marks chosen;
      for (const auto* s : c.one) {
        Marks part(marks != nullptr ? marks->size() : 0);
        if (!quietly(*s, v, marks != nullptr ? &part : nullptr)) continue;
        if (++fits > 1) break;
        chosen = std::move(part);
      }
      if (fits != 1)
        return report("oneOf", "is " + shown(v) + ", which fits " + (fits == 0 ? "none" : "more than one") + " of the " + std::to_string(c.one.size()) + " schemas under oneOf");
      if (marks != nullptr) merge(*marks, chosen);
    }
    if (c.negated != nullptr && quietly(*c.negated, v, nullptr)) return report("not", "is " + shown(v) + ", which the schema under not forbids");
    if (c.condition != nullptr) {
      Marks part(marks != nullptr ? marks->size() : 0);
      const bool holds = quietly(*c.condition, v, marks != nullptr ? &part : nullptr);
      if (holds && marks != nullptr) merge(*marks, part);
      const auto* next = holds ? c.then : c.otherwise;
      if (next != nullptr && !check(*next, v, marks)) return false;
    }
    return !over;
  }

  // The outermost resource on the way here that has the anchor, as "$dynamicRef" and "$recursiveRef" ask.
  const Compiled* dynamic(const Compiled& c) const {
    if (!c.is_dynamic) return c.ref;
    for (const auto* scope : scopes_)
      if (const auto at = scope->dynamic.find(c.dynamic_name); at != scope->dynamic.end()) return at->second;
    return c.ref;
  }

  template <class V> bool number(const Compiled& c, long double n, const V& v) {
    const auto text = [](long double value) { std::string out; print_number(out, value); return out; };
    if (c.minimum && n < *c.minimum) return report("minimum", "is " + shown(v) + ", below the minimum " + text(*c.minimum));
    if (c.maximum && n > *c.maximum) return report("maximum", "is " + shown(v) + ", above the maximum " + text(*c.maximum));
    if (c.exclusive_minimum && n <= *c.exclusive_minimum) return report("exclusiveMinimum", "is " + shown(v) + ", not above " + text(*c.exclusive_minimum));
    if (c.exclusive_maximum && n >= *c.exclusive_maximum) return report("exclusiveMaximum", "is " + shown(v) + ", not below " + text(*c.exclusive_maximum));
    if (c.multiple_of && !multiple(n, *c.multiple_of)) return report("multipleOf", "is " + shown(v) + ", no multiple of " + text(*c.multiple_of));
    return true;
  }

  bool string(const Compiled& c, std::string_view text) {
    if (c.min_length || c.max_length) {
      const auto n = double(characters(text));
      if (c.min_length && n < *c.min_length) return report("minLength", "has " + std::to_string(std::size_t(n)) + " characters, fewer than " + std::to_string(std::int64_t(*c.min_length)));
      if (c.max_length && n > *c.max_length) return report("maxLength", "has " + std::to_string(std::size_t(n)) + " characters, more than " + std::to_string(std::int64_t(*c.max_length)));
    }
    if (c.pattern != nullptr && !c.pattern->matches(text)) return report("pattern", "is " + quoted(text) + ", which does not match " + c.pattern->text());
    if (!c.format.empty() && !fits_format(c.format, text)) return report("format", "is " + quoted(text) + ", no " + c.format);
    return true;
  }
  static std::string quoted(std::string_view text) {
    std::string out;
    print_json_string(out, text.substr(0, 80));
    return out;
  }

  template <class V> bool child(const Compiled& c, const V& v, std::string_view name, std::int64_t index) {
    path_.push_back({name, index});
    const bool out = check(c, v, nullptr);
    path_.pop_back();
    return out;
  }

  template <class V> bool array(const Compiled& c, const V& v, Marks* marks) {
    if (c.min_items || c.max_items) {
      const auto n = double(v.size());
      if (c.min_items && n < *c.min_items) return report("minItems", "has " + std::to_string(v.size()) + " items, fewer than " + std::to_string(std::int64_t(*c.min_items)));
      if (c.max_items && n > *c.max_items) return report("maxItems", "has " + std::to_string(v.size()) + " items, more than " + std::to_string(std::int64_t(*c.max_items)));
    }
    bool fine = true;
    std::size_t i = 0, contained = 0;
    if (!c.prefix.empty() || c.items != nullptr || c.contains != nullptr) {
      v.items([&](const V& item) {
        const auto* schema = i < c.prefix.size() ? c.prefix[i] : c.items;
        if (schema != nullptr) {
          fine = child(*schema, item, {}, std::int64_t(i));
          if (marks != nullptr) (*marks)[i] = 1;
        }
        if (fine && c.contains != nullptr && quietly(*c.contains, item, nullptr)) {
          ++contained;
          if (marks != nullptr && c.resource->draft == Draft::draft2020) (*marks)[i] = 1;
        }
        ++i;
        return fine && !over;
      });
    }
    if (!fine || over) return false;
    if (c.contains != nullptr) {
      if (double(contained) < c.min_contains) return report("contains", "has " + std::to_string(contained) + " items that contains asks for, at least " + std::to_string(std::int64_t(c.min_contains)) + " are needed");
      if (c.max_contains && double(contained) > *c.max_contains) return report("maxContains", "has " + std::to_string(contained) + " items that contains asks for, at most " + std::to_string(std::int64_t(*c.max_contains)) + " are allowed");
    }
    if (c.unique) {
      std::unordered_set<std::string> seen;
      v.items([&](const V& item) { fine = seen.insert(canonical(item)).second; return fine; });
      if (!fine) return report("uniqueItems", "has equal items");
    }
    if (c.unevaluated_items != nullptr) {
      i = 0;
      v.items([&](const V& item) {
        if ((*marks)[i] == 0) fine = child(*c.unevaluated_items, item, {}, std::int64_t(i));
        (*marks)[i++] = 1;
        return fine && !over;
      });
    }
    return fine && !over;
  }

  template <class V> static bool has(const V& v, std::string_view name) {
    bool out = false;
    v.members([&](std::string_view key, const V&) { out = key == name; return !out; });
    return out;
  }

  template <class V> bool object(const Compiled& c, const V& v, Marks* marks) {
    if (c.min_properties || c.max_properties) {
      const auto n = double(v.size());
      if (c.min_properties && n < *c.min_properties) return report("minProperties", "has " + std::to_string(v.size()) + " properties, fewer than " + std::to_string(std::int64_t(*c.min_properties)));
      if (c.max_properties && n > *c.max_properties) return report("maxProperties", "has " + std::to_string(v.size()) + " properties, more than " + std::to_string(std::int64_t(*c.max_properties)));
    }
    for (const auto& name : c.required)
      if (!has(v, name)) return report("required", "misses the property \"" + name + "\"");
    for (const auto& [name, needs] : c.dependent_required)
      if (has(v, name))
        for (const auto& needed : needs)
          if (!has(v, needed)) return report("dependentRequired", "has \"" + name + "\" and misses \"" + needed + "\", which belongs to it");
    for (const auto& [name, schema] : c.dependent_schemas)
      if (has(v, name) && !check(*schema, v, marks)) return false;
    bool fine = true;
    std::size_t i = 0;
    if (!c.properties.empty() || !c.patterns.empty() || c.additional != nullptr || c.names != nullptr) {
      std::string key_text;
      v.members([&](std::string_view key, const V& value) {
        bool known = false;
        if (!c.properties.empty()) {
          key_text.assign(key);
          if (const auto at = c.properties.find(key_text); at != c.properties.end()) {
            known = true;
            fine = child(*at->second, value, key, -1);
          }
        }
        for (const auto& [pattern, schema] : c.patterns)
          if (fine && pattern->matches(key)) {
            known = true;
            fine = child(*schema, value, key, -1);
          }
        if (fine && !known && c.additional != nullptr) {
          known = true;
          fine = c.additional->fixed == false ? report("additionalProperties", "has the property \"" + std::string(key) + "\", which the schema does not know")
                                              : child(*c.additional, value, key, -1);
        }
        if (fine && c.names != nullptr) {
          JsonNode name = JsonNode::of(std::string(key));
          fine = check(*c.names, NodeView{&name}, nullptr);
        }
        if (known && marks != nullptr) (*marks)[i] = 1;
        ++i;
        return fine && !over;
      });
    }
    if (!fine || over) return false;
    if (c.unevaluated_properties != nullptr) {
      i = 0;
      v.members([&](std::string_view key, const V& value) {
        if ((*marks)[i] == 0) {
          fine = c.unevaluated_properties->fixed == false ? report("unevaluatedProperties", "has the property \"" + std::string(key) + "\", which no part of the schema knows")
                                                          : child(*c.unevaluated_properties, value, key, -1);
        }
        (*marks)[i++] = 1;
        return fine && !over;
      });
    }
    return fine && !over;
  }

  struct Step { std::string_view name; std::int64_t index; };
  std::vector<Step> path_;
  std::vector<const Resource*> scopes_;
  std::size_t steps_ = 0;
  int depth_ = 0;
  int quiet_ = 0;
};

}  // namespace

struct Validator::Impl {
  SchemaPtr schema;
  std::deque<JsonNode> documents;
  std::deque<Resource> resources;
  std::deque<Compiled> schemas;
  std::deque<Pattern> patterns;
  const Compiled* root = nullptr;

  template <class V> Result<std::optional<Violation>> run(const V& v) const {
    Checker checker;
    const bool fine = checker.check(*root, v, nullptr);
    if (checker.over)
      return fail(ErrorCode::overloaded, "checking the document takes more than " + std::to_string(limits::json_schema_steps_max) + " steps, or the schema refers to itself without end",
                  "nest fewer anyOf and oneOf inside each other");
    if (fine) return std::optional<Violation>{};
    return std::optional(checker.violation.value_or(Violation{"", "", "does not fulfil the schema"}));
  }
};

Validator::Validator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Validator::~Validator() = default;

Result<std::shared_ptr<const Validator>> Validator::compile(SchemaPtr schema) {
  auto impl = std::make_unique<Impl>();
  impl->schema = std::move(schema);
  TRY(impl->root, Compiler(impl->documents, impl->resources, impl->schemas, impl->patterns).run(*impl->schema));
  return std::shared_ptr<const Validator>(new Validator(std::move(impl)));
}

Result<std::optional<Violation>> Validator::check(BytesView bytes) const {
  static thread_local simdjson::dom::parser parser;   // its buffers are what makes it fast
  if (bytes.size() > limits::http_body_bytes_max) return fail(ErrorCode::invalid_input, "the document has " + std::to_string(bytes.size()) + " bytes, more than are checked");
  simdjson::dom::element element;
  const auto error = parser.parse(bytes.data(), bytes.size(), true).get(element);
  if (error == simdjson::SUCCESS) return impl_->run(SimdView{element});
  if (error == simdjson::NUMBER_ERROR) {   // more digits than a machine word: exact, and slower
    TRY(const auto node, parse_json_text(bytes));
    return impl_->run(NodeView{&node});
  }
  return fail(ErrorCode::invalid_input, std::string("not JSON: ") + simdjson::error_message(error));
}
Result<std::optional<Violation>> Validator::check(const JsonNode& document) const { return impl_->run(NodeView{&document}); }

}  // namespace braid::format::json_schema
