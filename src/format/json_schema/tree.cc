#include "format/json_schema/tree.h"

#include <algorithm>
#include <charconv>

#include "base/limits/texts.h"

namespace braid::format::json_schema {
namespace {

std::string_view text_of(const JsonNode& node, std::string_view key) {
  const auto* v = node.find(key);
  return v != nullptr && v->is_string() ? std::string_view(v->text) : std::string_view();
}
std::optional<double> number_of(const JsonNode& node, std::string_view key) {
  const auto* v = node.find(key);
  return v != nullptr && v->is_number() ? std::optional(v->number()) : std::nullopt;
}
bool has_any(const JsonNode& node, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](auto key) { return node.find(key) != nullptr; });
}

bool absolute(std::string_view uri) {
  const auto colon = uri.find(':');
  return colon != std::string_view::npos && colon > 0 && uri.find_first_of("/?#") > colon;
}
std::string_view without_fragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }

// RFC 3986 resolution, as far as names of schemas need it.
std::string resolve(std::string_view base, std::string_view ref) {
  if (absolute(ref) || base.empty()) return std::string(ref);
  base = without_fragment(base);
  if (ref.empty() || ref.starts_with('#')) return std::string(base) + std::string(ref);
  const auto scheme = base.find("://");
  if (ref.starts_with('/')) {
    const auto authority = scheme == std::string_view::npos ? 0 : base.find('/', scheme + 3);
    return std::string(base.substr(0, authority)) + std::string(ref);
  }
  const auto slash = base.rfind('/');
  const bool path = slash != std::string_view::npos && (scheme == std::string_view::npos || slash > scheme + 2);
  std::string_view folder = path ? base.substr(0, slash + 1) : std::string_view();
  while (ref.starts_with("./")) ref.remove_prefix(2);
  while (ref.starts_with("../") && folder.size() > 1) {
    ref.remove_prefix(3);
    folder = folder.substr(0, folder.rfind('/', folder.size() - 2) + 1);
  }
  return (path ? std::string(folder) : scheme == std::string_view::npos ? "" : std::string(base) + "/") + std::string(ref);
}

}  // namespace

const JsonNode* Forest::child(const JsonNode& node, std::string_view name) const {
  if (node.members.size() < 16) return node.find(name);
  auto& index = children_[&node];
  if (index.empty())
    for (const auto& member : node.members) index.emplace(member.name, &member.value);
  const auto at = index.find(name);
  return at == index.end() ? nullptr : at->second;
}

// "#/definitions/a~1b%20c" below a root.
const JsonNode* Forest::at_pointer(const JsonNode& root, std::string_view pointer) const {
  const JsonNode* at = &root;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const auto end = pointer.find('/');
    const auto raw = pointer.substr(0, end);
    pointer = end == std::string_view::npos ? std::string_view() : pointer.substr(end);
    std::string name;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '~' && i + 1 < raw.size()) { name.push_back(raw[++i] == '1' ? '/' : '~'); continue; }
      if (raw[i] == '%' && i + 2 < raw.size()) {
        const std::string hex(raw.substr(i + 1, 2));
        char* stop = nullptr;
        const long code = std::strtol(hex.c_str(), &stop, 16);
        if (*stop == '\0') { name.push_back(char(code)); i += 2; continue; }
      }
      name.push_back(raw[i]);
    }
    if (at->is_array()) {
      std::size_t index = 0;
      const auto [stop, ec] = std::from_chars(name.data(), name.data() + name.size(), index);
      if (ec != std::errc{} || stop != name.data() + name.size() || index >= at->items.size()) return nullptr;
      at = &at->items[index];
    } else {
      at = child(*at, name);
      if (at == nullptr) return nullptr;
    }
  }
  return at;
}

bool is_meta_schema(std::string_view uri) {
  uri = without_fragment(uri);
  for (const std::string_view known : {"http://json-schema.org/draft-04/schema", "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-07/schema",
                                       "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"})
    if (uri == known || (known.starts_with("http:") && uri.starts_with("https:") && uri.substr(6) == known.substr(5))) return true;
  return false;
}

Draft draft_of(const JsonNode& root) {
  const auto uri = text_of(root, "$schema");
  if (uri.find("draft-04") != std::string_view::npos) return Draft::draft4;
  if (uri.find("draft-06") != std::string_view::npos) return Draft::draft6;
  if (uri.find("2019-09") != std::string_view::npos) return Draft::draft2019;
  if (uri.find("2020-12") != std::string_view::npos) return Draft::draft2020;
  return Draft::draft7;
}

Forest::Forest(const Schema& schema) {
  const auto add_document = [&](const JsonNode& root, std::string name) {
    auto& document = documents_.emplace_back();
    document.root = &root;
    document.draft = draft_of(root);
    document.name = std::move(name);
    document.base = std::string(without_fragment(text_of(root, document.draft == Draft::draft4 ? "id" : "$id")));
    collect(root, document, document.base.empty() ? document.name : document.base, 0);
  };
  add_document(schema.root, "");
  for (const auto& reference : schema.references) add_document(reference.root, reference.name);
}

void Forest::collect(const JsonNode& node, Document& document, const std::string& base, int depth) {
  if (depth > limits::schema_nesting_max) return;
  std::string here = base;
  if (node.is_object()) {
    const auto id = text_of(node, document.draft == Draft::draft4 ? "id" : "$id");
    if (!id.empty()) {
      const auto full = resolve(base, id);
      document.anchors.emplace(std::string(id), &node);
      document.anchors.emplace(std::string(id.starts_with('#') ? full : without_fragment(full)), &node);
      if (!id.starts_with('#')) here = std::string(without_fragment(full));
    }
    for (const std::string_view key : {"$anchor", "$dynamicAnchor"})
      if (const auto anchor = text_of(node, key); !anchor.empty()) {
        document.anchors.emplace("#" + std::string(anchor), &node);
        document.anchors.emplace(here + "#" + std::string(anchor), &node);
      }
  }
  for (const auto& item : node.items) collect(item, document, here, depth + 1);
  for (const auto& member : node.members)
    if (member.name != "enum" && member.name != "const" && member.name != "default" && member.name != "examples") collect(member.value, document, here, depth + 1);
}

std::pair<const JsonNode*, const Document*> Forest::find(std::string_view ref, const Document& from) const {
  const auto hash = ref.find('#');
  const auto fragment = hash == std::string_view::npos ? std::string_view() : ref.substr(hash + 1);
  const auto name = without_fragment(ref);
  const auto below = [&](const JsonNode* root, const Document* document) -> std::pair<const JsonNode*, const Document*> {
    if (fragment.empty()) return {root, document};
    if (fragment.starts_with('/')) return {at_pointer(*root, fragment), document};
    const auto at = document->anchors.find("#" + std::string(fragment));
    return {at == document->anchors.end() ? nullptr : at->second, document};
  };
  if (name.empty()) return below(from.root, &from);
  if (const auto at = from.anchors.find(std::string(ref)); at != from.anchors.end()) return {at->second, &from};
  const std::string base = from.base.empty() ? from.name : from.base;
  const std::string full = resolve(base, name);
  for (const auto& document : documents_)
    if (&document != &from && !document.name.empty() && (document.name == name || document.name == full || resolve(base, document.name) == full || document.base == full))
      return below(document.root, &document);
  if (full == from.base || name == from.base) return below(from.root, &from);
  for (const auto& document : documents_)
    for (const auto& key : {std::string(name), full})
      if (const auto at = document.anchors.find(key); at != document.anchors.end()) return below(at->second, &document);
  return {nullptr, nullptr};
}

Tree& Forest::add(Tree::Kind kind, const JsonNode& source, const Document& document) {
  auto& tree = trees_.emplace_back();
  tree.kind = kind;
  tree.source = &source;
  tree.document = &document;
  return tree;
}

const Tree* Forest::root() { return build(*documents_[0].root, documents_[0]); }

const Tree* Forest::build(const JsonNode& node, const Document& document) {
  if (const auto at = known_.find(&node); at != known_.end()) return at->second;
  const auto* tree = built(node, document);
  known_[&node] = tree;
  return tree;
}

const Tree* Forest::built(const JsonNode& node, const Document& document) {
  if (node.is_boolean()) return &add(node.flag ? Tree::Kind::any : Tree::Kind::nothing, node, document);
  std::vector<const Tree*> parts;
  const auto ref = text_of(node, "$ref");
  if (node.find("$ref") != nullptr && !ref.empty()) {
    auto& tree = add(Tree::Kind::reference, node, document);
    tree.target = std::string(ref);
    tree.has_default = node.find("default") != nullptr;
    if (document.draft < Draft::draft2019) return &tree;   // what stands beside a $ref does not count there
    parts.push_back(&tree);
  }
  if (const auto* list = node.find("enum"); list != nullptr) {
    auto& tree = add(Tree::Kind::enumeration, node, document);
    tree.values = list->items;
    parts.push_back(&tree);
  }
  static constexpr std::pair<std::string_view, Tree::Criterion> combined[] = {
      {"allOf", Tree::Criterion::all}, {"anyOf", Tree::Criterion::any}, {"oneOf", Tree::Criterion::one}};
  for (const auto& [key, criterion] : combined) {
    const auto* list = node.find(key);
    if (list == nullptr) continue;
    auto& tree = add(Tree::Kind::combined, node, document);
    tree.criterion = criterion;
    for (const auto& item : list->items) tree.parts.push_back(build(item, document));
    parts.push_back(&tree);
  }
  if (const auto* inner = node.find("not")) {
    auto& tree = add(Tree::Kind::negation, node, document);
    tree.parts.push_back(build(*inner, document));
    parts.push_back(&tree);
  }
  if (const auto* value = node.find("const"); value != nullptr && document.draft != Draft::draft4) {
    auto& tree = add(Tree::Kind::constant, node, document);
    tree.values.push_back(*value);
    parts.push_back(&tree);
  }
  if (node.find("if") != nullptr && document.draft >= Draft::draft7) parts.push_back(&add(Tree::Kind::conditional, node, document));

  const auto* type = node.find("type");
  if (type == nullptr) {
    const bool newer = document.draft >= Draft::draft2019;   // older drafts do not know all words
    if (has_any(node, {"items", "additionalItems", "minItems", "maxItems", "uniqueItems"}) || (document.draft != Draft::draft4 && has_any(node, {"contains"})) ||
        (newer && has_any(node, {"prefixItems", "unevaluatedItems", "minContains", "maxContains"})))
      parts.push_back(array(node, document));
    if (has_any(node, {"properties", "required", "minProperties", "maxProperties", "dependencies", "patternProperties", "additionalProperties"}) ||
        (document.draft != Draft::draft4 && has_any(node, {"propertyNames"})) ||
        (newer && has_any(node, {"dependentRequired", "dependentSchemas", "unevaluatedProperties"})))
      parts.push_back(object(node, document));
    if (has_any(node, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})) parts.push_back(number(node, document, false));
    if (has_any(node, {"minLength", "maxLength", "pattern", "format"})) parts.push_back(string(node, document));
  } else if (type->is_string()) {
    parts.push_back(typed(node, document, type->text));
  } else if (type->is_array()) {
    auto& tree = add(Tree::Kind::combined, node, document);
    tree.criterion = Tree::Criterion::any;
    for (const auto& item : type->items) tree.parts.push_back(typed(node, document, item.text));
    parts.push_back(&tree);
  }

  if (parts.empty()) parts.push_back(&add(Tree::Kind::any, node, document));
  if (parts.size() > 1) {
    auto& tree = add(Tree::Kind::combined, node, document);
    tree.criterion = Tree::Criterion::all;
    tree.parts = std::move(parts);
    parts = {&tree};
  }
  auto& out = const_cast<Tree&>(*parts[0]);   // made above, in trees_
  out.has_default = node.find("default") != nullptr;
  out.connect_bytes = text_of(node, "connect.type") == "bytes";
  return &out;
}

const Tree* Forest::typed(const JsonNode& node, const Document& document, std::string_view type) {
  if (type == "string") return string(node, document);
  if (type == "integer" || type == "number") return number(node, document, type == "integer");
  if (type == "boolean") return &add(Tree::Kind::boolean, node, document);
  if (type == "null") return &add(Tree::Kind::null_, node, document);
  if (type == "array") return array(node, document);
  return object(node, document);
}

const Tree* Forest::string(const JsonNode& node, const Document& document) {
  auto& tree = add(Tree::Kind::string, node, document);
  tree.min_length = number_of(node, "minLength");
  tree.max_length = number_of(node, "maxLength");
  if (const auto* pattern = node.find("pattern"); pattern != nullptr && pattern->is_string()) tree.pattern = pattern->text;
  return &tree;
}

const Tree* Forest::number(const JsonNode& node, const Document& document, bool integer) {
  auto& tree = add(Tree::Kind::number, node, document);
  tree.integer = integer;
  tree.minimum = number_of(node, "minimum");
  tree.maximum = number_of(node, "maximum");
  tree.exclusive_minimum = number_of(node, "exclusiveMinimum");   // draft 4's is a boolean and not compared
  tree.exclusive_maximum = number_of(node, "exclusiveMaximum");
  if (const auto* of = node.find("multipleOf"); of != nullptr && of->is_number()) tree.multiple_of = of->text;
  return &tree;
}

Tree::Rest Forest::rest(const JsonNode* node, const Document& document) {
  Tree::Rest out;
  if (node == nullptr) return out;
  out.given = true;
  if (node->is_boolean()) out.permitted = node->flag;
  else out.schema = build(*node, document);
  return out;
}

const Tree* Forest::object(const JsonNode& node, const Document& document) {
  auto& tree = add(Tree::Kind::object, node, document);
  if (const auto* list = node.find("properties"))
    for (const auto& member : list->members) tree.properties.emplace(member.name, build(member.value, document));
  if (const auto* list = node.find("patternProperties"))
    for (const auto& member : list->members) tree.pattern_properties.emplace_back(member.name, build(member.value, document));
  if (const auto* list = node.find("required"))
    for (const auto& item : list->items) tree.required.insert(item.text);
  for (const std::string_view key : {"dependencies", "dependentRequired", "dependentSchemas"}) {
    const auto* list = node.find(key);
    if (list == nullptr || (document.draft < Draft::draft2019 && key != "dependencies")) continue;
    for (const auto& member : list->members) {
      if (!member.value.is_array()) { tree.dependent_schemas.emplace(member.name, build(member.value, document)); continue; }
      auto& names = tree.dependent_required[member.name];
      for (const auto& item : member.value.items) names.insert(item.text);
    }
  }
  tree.min_properties = number_of(node, "minProperties");
  tree.max_properties = number_of(node, "maxProperties");
  tree.additional = rest(node.find("additionalProperties"), document);
  if (document.draft >= Draft::draft2019) tree.unevaluated = rest(node.find("unevaluatedProperties"), document);
  return &tree;
}

const Tree* Forest::array(const JsonNode& node, const Document& document) {
  auto& tree = add(Tree::Kind::array, node, document);
  const bool prefixed = document.draft == Draft::draft2020;
  const auto* items = node.find("items");
  if (const auto* list = prefixed ? node.find("prefixItems") : items; list != nullptr && list->is_array())
    for (const auto& item : list->items) tree.items.push_back(build(item, document));
  if (prefixed) {
    if (items != nullptr && (items->is_boolean() || node.find("prefixItems") != nullptr)) tree.additional = rest(items, document);
    else if (items != nullptr) tree.all_items = build(*items, document);
  } else {
    if (items != nullptr && !items->is_array()) tree.all_items = build(*items, document);
    tree.additional = rest(node.find("additionalItems"), document);
  }
  if (document.draft >= Draft::draft2019) tree.unevaluated = rest(node.find("unevaluatedItems"), document);
  tree.min_items = number_of(node, "minItems");
  tree.max_items = number_of(node, "maxItems");
  if (const auto* unique = node.find("uniqueItems")) tree.unique_items = unique->flag;
  if (const auto* contains = node.find("contains"); contains != nullptr && document.draft != Draft::draft4) {
    tree.contains = build(*contains, document);
    if (document.draft >= Draft::draft2019) {
      tree.min_contains = number_of(node, "minContains").value_or(1);
      tree.max_contains = number_of(node, "maxContains");
    }
  }
  return &tree;
}

const Tree* Forest::resolved(const Tree* tree) {
  for (int hops = 0; tree->kind == Tree::Kind::reference && hops < limits::schema_nesting_max; ++hops) {
    const auto [node, document] = find(tree->target, *tree->document);
    if (node == nullptr) break;
    tree = build(*node, *document);
  }
  if (tree->kind != Tree::Kind::reference) return tree;
  return &add(Tree::Kind::any, *tree->source, *tree->document);
}

}  // namespace braid::format::json_schema
