#include "format/inline_tags.h"

#include <algorithm>
#include <functional>

#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/schema.h"

namespace braid::format {
namespace {

constexpr std::string_view tags_key = "confluent:tags";

// A part of a schema as a visitor sees it: its path, whether it is a record, and its object.
using Visit = std::function<void(const std::string& path, bool record, JsonNode& node)>;

std::string text_in(const JsonNode& node, std::string_view key) {
  const auto* v = node.find(key);
  return v != nullptr && v->is_string() ? v->text : std::string();
}
JsonNode* find(JsonNode& node, std::string_view key) { return const_cast<JsonNode*>(std::as_const(node).find(key)); }

void walk_avro(JsonNode& node, const std::string& space, const Visit& visit) {
  for (auto& branch : node.items) walk_avro(branch, space, visit);
  auto* type = find(node, "type");
  if (type == nullptr) return;
  if (!type->is_string()) return walk_avro(*type, space, visit);
  if (auto* items = find(node, "items"); items != nullptr && type->text == "array") return walk_avro(*items, space, visit);
  if (auto* values = find(node, "values"); values != nullptr && type->text == "map") return walk_avro(*values, space, visit);
  if (type->text != "record" && type->text != "error") return;
  std::string full = text_in(node, "name"), inside = space;
  if (const auto dot = full.rfind('.'); dot != std::string::npos) inside = full.substr(0, dot);
  else {
    if (node.find("namespace") != nullptr) inside = text_in(node, "namespace");
    if (!inside.empty()) full = inside + "." + full;
  }
  visit(full, true, node);
  auto* fields = find(node, "fields");
  if (fields == nullptr) return;
  for (auto& field : fields->items) {
    visit(full + "." + text_in(field, "name"), false, field);
    if (auto* inner = find(field, "type")) walk_avro(*inner, inside, visit);
  }
}

void walk_json_schema(JsonNode& node, const std::string& scope, const Visit& visit) {
  if (!node.is_object()) return;
  if (auto* properties = find(node, "properties"); properties != nullptr && properties->is_object()) {
    visit(scope + "object", true, node);
    for (auto& member : properties->members) {
      const std::string path = scope + "object." + member.name;
      visit(path, false, member.value);
      walk_json_schema(member.value, path + ".", visit);
    }
  }
  for (const std::string_view key : {"items", "prefixItems"}) {
    auto* items = find(node, key);
    if (items == nullptr) continue;
    if (items->is_array()) for (auto& item : items->items) walk_json_schema(item, scope + "array.", visit);
    else walk_json_schema(*items, scope + "array.", visit);
  }
  static constexpr std::pair<std::string_view, std::string_view> combined[] = {{"allOf", "allof"}, {"anyOf", "anyof"}, {"oneOf", "oneof"}};
  for (const auto& [key, word] : combined)
    if (auto* list = find(node, key); list != nullptr && list->is_array())
      for (std::size_t i = 0; i < list->items.size(); ++i) walk_json_schema(list->items[i], scope + std::string(word) + "." + std::to_string(i) + ".", visit);
  if (auto* inner = find(node, "not")) walk_json_schema(*inner, scope + "not.", visit);
  for (const std::string_view key : {"definitions", "$defs"})
    if (auto* list = find(node, key); list != nullptr && list->is_object())
      for (auto& member : list->members) walk_json_schema(member.value, scope + std::string(key) + "." + member.name + ".", visit);
}

std::set<std::string> tags_of(const JsonNode& node) {
  std::set<std::string> out;
  if (const auto* list = node.find(tags_key); list != nullptr && list->is_array())
    for (const auto& item : list->items)
      if (item.is_string()) out.insert(item.text);
  return out;
}

void set_tags(JsonNode& node, const std::set<std::string>& tags) {
  if (tags.empty()) {
    std::erase_if(node.members, [](const JsonMember& m) { return m.name == tags_key; });
    return;
  }
  JsonNode list = JsonNode::array();
  for (const auto& tag : tags) list.items.push_back(JsonNode::of(tag));
  node.set(std::string(tags_key), std::move(list));
}

std::string_view bare(std::string_view path) {
  while (path.starts_with('.')) path.remove_prefix(1);
  return path;
}

// What a change makes of the tags of one part; `used` counts the entries that found their part.
std::set<std::string> changed(std::set<std::string> tags, std::string_view path, bool record, const TagChange& change, std::set<const EntityTags*>& used) {
  for (const auto& e : change.add)
    if (e.record == record && bare(e.path) == bare(path)) { tags.insert(e.tags.begin(), e.tags.end()); used.insert(&e); }
  for (const auto& e : change.remove)
    if (e.record == record && bare(e.path) == bare(path)) { for (const auto& tag : e.tags) tags.erase(tag); used.insert(&e); }
  return tags;
}

Result<void> all_used(const TagChange& change, const std::set<const EntityTags*>& used, const std::vector<std::string>& paths) {
  if (change.skip_unknown) return {};
  for (const auto* list : {&change.add, &change.remove})
    for (const auto& e : *list) {
      if (used.contains(&e)) continue;
      std::string known;
      for (const auto& path : paths) known += (known.empty() ? "" : ", ") + path;
      if (known.size() > 500) known = known.substr(0, 500) + "...";
      return fail(ErrorCode::invalid_input, std::string("No matching ") + (e.record ? "record" : "field") + " for the path '" + e.path + "' in the schema",
                  known.empty() ? "the schema has no records" : "its parts are " + known);
    }
  return {};
}

using Walk = void (*)(JsonNode&, const std::string&, const Visit&);

Result<std::vector<EntityTags>> read(std::string_view text, JsonDialect dialect, Walk walk) {
  TRY(auto root, parse_json_text(text, dialect));
  std::vector<EntityTags> out;
  walk(root, "", [&](const std::string& path, bool record, JsonNode& node) {
    if (auto tags = tags_of(node); !tags.empty()) out.push_back({path, record, std::move(tags)});
  });
  return out;
}

Result<std::string> change_text(std::string_view text, JsonDialect dialect, Walk walk, const TagChange& change) {
  TRY(auto root, parse_json_text(text, dialect));
  std::set<const EntityTags*> used;
  std::vector<std::string> paths;
  walk(root, "", [&](const std::string& path, bool record, JsonNode& node) {
    paths.push_back(path);
    if (!node.is_object()) return;
    auto before = tags_of(node);
    auto after = changed(before, path, record, change, used);
    if (after != before) set_tags(node, after);
  });
  TRY_VOID(all_used(change, used, paths));
  return print_json_text(root);
}

constexpr JsonDialect avro_dialect{.comments = true}, json_dialect{.not_a_number = true};

// --- Protobuf ---

namespace pb = protobuf_schema;

// (confluent.field_meta) = { tags: ["A", "B"] } or { tags: "A", tags: "B" }, and (confluent.field_meta).tags = "A".
bool is_meta(const pb::Option& option, std::string_view kind) {
  return bare(option.name) == kind || option.name == "(" + std::string(kind) + ")" || option.name == "(." + std::string(kind) + ")";
}
bool is_meta_tags(const pb::Option& option, std::string_view kind) {
  return option.name == "(" + std::string(kind) + ").tags" || option.name == "(." + std::string(kind) + ").tags";
}

void collect(const pb::OptionValue& value, std::set<std::string>& out) {
  if (value.kind == pb::OptionValue::Kind::text) out.insert(value.text);
  for (const auto& item : value.items) collect(item, out);
}

std::set<std::string> tags_of(const std::vector<pb::Option>& options, std::string_view kind) {
  std::set<std::string> out;
  for (const auto& option : options) {
    if (is_meta_tags(option, kind)) collect(option.value, out);
    if (is_meta(option, kind))
      for (const auto& entry : option.value.entries)
        if (entry.name == "tags") collect(entry.value, out);
  }
  return out;
}

void set_tags(std::vector<pb::Option>& options, std::string_view kind, const std::set<std::string>& tags) {
  std::erase_if(options, [&](const pb::Option& o) { return is_meta_tags(o, kind); });
  auto at = std::find_if(options.begin(), options.end(), [&](const pb::Option& o) { return is_meta(o, kind); });
  if (at != options.end()) std::erase_if(at->value.entries, [](const pb::Option& e) { return e.name == "tags"; });
  if (tags.empty()) {
    if (at != options.end() && at->value.entries.empty()) options.erase(at);
    return;
  }
  if (at == options.end()) {
    options.push_back({"(" + std::string(kind) + ")", {.kind = pb::OptionValue::Kind::message}});
    at = options.end() - 1;
  }
  pb::OptionValue list{.kind = pb::OptionValue::Kind::list};
  for (const auto& tag : tags) list.items.push_back({.kind = pb::OptionValue::Kind::text, .text = tag});
  at->value.kind = pb::OptionValue::Kind::message;
  at->value.entries.push_back({"tags", std::move(list)});
}

constexpr std::string_view field_meta = "confluent.field_meta", message_meta = "confluent.message_meta";
using VisitOptions = std::function<void(const std::string& path, bool record, std::vector<pb::Option>& options)>;

void walk_message(pb::Message& m, const std::string& scope, const VisitOptions& visit) {
  const std::string path = scope + "." + m.name;
  visit(path, true, m.options);
  for (auto& f : m.fields) visit(path + "." + f.name, false, f.options);
  for (auto& o : m.oneofs)
    for (auto& f : o.fields) visit(path + "." + f.name, false, f.options);
  for (auto& nested : m.messages) walk_message(nested, path, visit);
}
void walk_file(pb::File& file, const VisitOptions& visit) {
  for (auto& m : file.messages) walk_message(m, file.package.empty() ? "" : "." + file.package, visit);
}

bool glob(std::string_view pattern, std::string_view path) {
  std::size_t p = 0, s = 0;
  while (p < pattern.size()) {
    if (pattern[p] == '*') {
      const bool deep = p + 1 < pattern.size() && pattern[p + 1] == '*';
      auto rest = pattern.substr(p + (deep ? 2 : 1));
      if (deep && rest.starts_with('.') && glob(rest.substr(1), path.substr(s))) return true;   // "**.a" means "a" as well
      for (std::size_t at = s; at <= path.size(); ++at) {
        if (glob(rest, path.substr(at))) return true;
        if (at < path.size() && !deep && path[at] == '.') return false;
      }
      return false;
    }
    if (s >= path.size() || (pattern[p] == '?' ? path[s] == '.' : pattern[p] != path[s])) return false;
    ++p, ++s;
  }
  return s == path.size();
}

}  // namespace

Result<std::vector<EntityTags>> avro_tags(std::string_view text) { return read(text, avro_dialect, walk_avro); }
Result<std::vector<EntityTags>> json_schema_tags(std::string_view text) { return read(text, json_dialect, walk_json_schema); }
Result<std::string> avro_with_tags(std::string_view text, const TagChange& change) { return change_text(text, avro_dialect, walk_avro, change); }
Result<std::string> json_schema_with_tags(std::string_view text, const TagChange& change) { return change_text(text, json_dialect, walk_json_schema, change); }

std::vector<EntityTags> protobuf_tags(const pb::Schema& schema) {
  std::vector<EntityTags> out;
  pb::File file = schema.file();
  walk_file(file, [&](const std::string& path, bool record, std::vector<pb::Option>& options) {
    if (auto tags = tags_of(options, record ? message_meta : field_meta); !tags.empty()) out.push_back({path, record, std::move(tags)});
  });
  return out;
}

Result<std::string> protobuf_with_tags(const pb::Schema& schema, const TagChange& change) {
  auto file = std::make_unique<pb::File>(schema.written());
  std::set<const EntityTags*> used;
  std::vector<std::string> paths;
  bool any = false;
  walk_file(*file, [&](const std::string& path, bool record, std::vector<pb::Option>& options) {
    paths.push_back(path);
    const auto kind = record ? message_meta : field_meta;
    auto before = tags_of(options, kind);
    auto after = changed(before, path, record, change, used);
    any = any || !after.empty();
    if (after != before) set_tags(options, kind, after);
  });
  TRY_VOID(all_used(change, used, paths));
  static constexpr std::string_view meta_file = "confluent/meta.proto";
  const auto has = [](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), meta_file) != list.end(); };
  if (any && !has(file->imports) && !has(file->public_imports)) file->imports.emplace_back(meta_file);
  return canonical_text(pb::Schema(std::move(file), {}));
}

bool path_matches(std::string_view pattern, std::string_view path) {
  // Each "*" may try every place, so a pattern full of them is refused its power to be slow.
  if (std::count(pattern.begin(), pattern.end(), '*') > 8) return false;
  return glob(bare(pattern), bare(path));
}

}  // namespace braid::format
