// A subject's versions with their fields, and what changed between two of them.
#include <algorithm>
#include <set>

#include "api/errors.h"
#include "api/mesh/request.h"
#include "api/operations/operations.h"
#include "catalog/schema_fields.h"
#include "format/avro/compatibility.h"
#include "format/json_schema/difference.h"
#include "format/protobuf_schema/difference.h"
#include "registry/example.h"
#include "registry/service.h"

namespace braid::api {
namespace {

using catalog::SchemaContent;
using catalog::SchemaField;

constexpr int depth_max = 20;
constexpr std::size_t tree_fields_max = 5'000;   // a record inside itself would unfold for ever

// The record that a field's type names, if the schema defines it: "array of ksql.line" names ksql.line.
const std::string* record_in(const SchemaContent& schema, std::string_view type) {
  const std::string* best = nullptr;
  for (const auto& record : schema.records) {
    if (record.name.empty() || (best && best->size() >= record.name.size())) continue;
    const auto at = type.find(record.name);
    if (at == std::string_view::npos) continue;
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; };
    const bool begins = at == 0 || !is_word(type[at - 1]), ends = at + record.name.size() == type.size() || !is_word(type[at + record.name.size()]);
    if (begins && ends) best = &record.name;
  }
  return best;
}

json::array tree(const SchemaContent& schema, const std::string& record, std::vector<std::string> inside, std::size_t& left) {
  json::array out;
  if (int(inside.size()) > depth_max || std::ranges::find(inside, record) != inside.end()) return out;
  inside.push_back(record);
  for (const auto& f : schema.fields) {
    if (f.record != record || left == 0) continue;
    --left;
    json::array tags;
    for (const auto& t : f.tags) tags.emplace_back(t);
    const auto* nested = record_in(schema, f.type);
    json::object one{{"name", f.name}, {"type", f.type}, {"doc", f.doc}, {"tags", std::move(tags)}, {"fields", nested ? tree(schema, *nested, inside, left) : json::array()}};
    out.push_back(std::move(one));
  }
  return out;
}

void flatten(const json::array& fields, const std::string& prefix, std::map<std::string, std::pair<std::string, std::string>>& out) {
  for (const auto& f : fields) {
    const auto& o = f.get_object();
    const std::string path = prefix + std::string(o.at("name").get_string());
    out[path] = {std::string(o.at("type").get_string()), std::string(o.at("doc").get_string())};
    flatten(o.at("fields").get_array(), path + ".", out);
  }
}

json::array fields_of(const registry::RegisteredSchema& schema) {
  const auto content = catalog::read_schema(registry::name_of(schema.type), schema.text);
  std::size_t left = tree_fields_max;
  return content.records.empty() ? json::array() : tree(content, content.records.front().name, {}, left);
}

// Why one side cannot live with the other, and at which field as far as that can be told.
struct Break {
  std::string path, message;
};

// /fields/1/type/fields/0 of an Avro schema -> the names on the way.
std::string avro_path(const json::value& schema, std::string_view pointer) {
  std::string out;
  const json::value* at = &schema;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    boost::system::error_code ec;
    const auto* next = at->find_pointer("/" + std::string(pointer.substr(0, end)), ec);
    if (!next) break;
    if (at->is_array() && next->is_object())
      if (const auto* name = next->get_object().if_contains("name"); name && name->is_string() && !next->get_object().contains("fields")) out += (out.empty() ? "" : ".") + std::string(name->get_string());
    at = next;
    pointer.remove_prefix(end);
  }
  return out;
}

std::string json_path(std::string_view path) {
  std::string out;
  constexpr std::string_view properties = "/properties/";
  for (auto at = path.find(properties); at != std::string_view::npos; at = path.find(properties, at)) {
    at += properties.size();
    out += (out.empty() ? "" : ".") + std::string(path.substr(at, std::min(path.find('/', at), path.size()) - at));
  }
  return out;
}

// What was written with `writer` and cannot be read with `reader`.
Result<std::vector<Break>> breaks(registry::Registry& registry, const registry::RegisteredSchema& reader, const registry::RegisteredSchema& writer) {
  std::vector<Break> out;
  if (reader.type != writer.type)
    return std::vector<Break>{{"", "the type of the schema changed from " + std::string(registry::name_of(writer.type)) + " to " + std::string(registry::name_of(reader.type))}};
  switch (reader.type) {
    case registry::SchemaType::avro: {
      TRY(const auto new_schema, registry.avro(reader.id));
      TRY(const auto old_schema, registry.avro(writer.id));
      const auto text = json::parse(reader.text);
      for (const auto& i : format::avro::incompatibilities(*new_schema, *old_schema)) out.push_back({text ? avro_path(*text, i.location) : "", i.kind + ": " + i.message});
      return out;
    }
    case registry::SchemaType::json: {
      TRY(const auto new_schema, registry.json_schema(reader.id));
      TRY(const auto old_schema, registry.json_schema(writer.id));
      for (const auto& d : format::json_schema::incompatible_changes(*old_schema, *new_schema, false)) out.push_back({json_path(d.path), d.kind + ": " + d.message});
      return out;
    }
    case registry::SchemaType::protobuf: {
      TRY(const auto new_schema, registry.protobuf(reader.id));
      TRY(const auto old_schema, registry.protobuf(writer.id));
      for (const auto& d : format::protobuf_schema::incompatible_changes(*old_schema, *new_schema)) out.push_back({"", d.kind + ": " + d.message + " (" + d.path + ")"});
      return out;
    }
  }
  return out;
}

Result<registry::Parsed::Any> any_of(registry::Registry& registry, const registry::RegisteredSchema& schema) {
  switch (schema.type) {
    case registry::SchemaType::avro: return registry.avro(schema.id);
    case registry::SchemaType::json: return registry.json_schema(schema.id);
    case registry::SchemaType::protobuf: return registry.protobuf(schema.id);
  }
  return fail(ErrorCode::bug, "a schema of no type");
}

// A record for each direction that breaks, where one is found.
json::array examples(registry::Registry& registry, const registry::RegisteredSchema& old_one, const registry::RegisteredSchema& new_one, bool backward, bool forward) {
  json::array out;
  const auto before = any_of(registry, old_one), after = any_of(registry, new_one);
  if (!before || !after) return out;
  const auto add = [&](const std::optional<registry::Example>& e) {
    if (e) out.push_back(json::object{{"record", e->record}, {"written_with", e->new_reads_old ? "from" : "to"}, {"error", e->error}});
  };
  if (backward) add(registry::failing_record(*after, *before, true));
  if (forward) add(registry::failing_record(*before, *after, false));
  return out;
}

Error no_subject(const registry::Registry& registry, const std::string& subject) { return unknown_thing("subject", subject, registry.subjects()); }

}  // namespace

Operations::Answer Operations::subject(http::Request r) {
  const std::string name = r.param("subject");
  const auto versions = parts_.registry.versions(name);
  if (versions.empty()) co_return refuse(no_subject(parts_.registry, name));
  json::array list;
  for (const auto& v : versions) {
    json::array references;
    for (const auto& reference : v.references) references.push_back(json::object{{"name", reference.name}, {"subject", reference.subject}, {"version", reference.version}});
    list.push_back(json::object{{"version", v.version}, {"id", v.id.value}, {"type", registry::name_of(v.type)}, {"schema", v.text}, {"references", std::move(references)}, {"fields", fields_of(v)}});
  }
  const std::string level(registry::name_of(*parts_.registry.service().state().config_in_force(name).level));
  co_return http::Response::json(200, json::print(json::object{{"subject", name}, {"compatibility", level}, {"versions", std::move(list)}}));
}

Operations::Answer Operations::difference(http::Request r) {
  const std::string name = r.param("subject");
  const auto versions = parts_.registry.versions(name);
  if (versions.empty()) co_return refuse(no_subject(parts_.registry, name));
  const auto to = r.query_int("to", versions.back().version);
  if (!to) co_return refuse(to.error());
  const auto from = r.query_int("from", std::max(versions.front().version, std::int32_t(*to) - 1));
  if (!from) co_return refuse(from.error());
  const auto find = [&](std::int64_t number) -> const registry::RegisteredSchema* {
    const auto it = std::ranges::find(versions, number, [](const auto& v) { return std::int64_t(v.version); });
    return it == versions.end() ? nullptr : &*it;
  };
  const auto* old_one = find(*from);
  const auto* new_one = find(*to);
  if (!old_one || !new_one) {
    std::string known;
    for (const auto& v : versions) known += (known.empty() ? "" : ", ") + std::to_string(v.version);
    co_return refuse(Error{ErrorCode::not_found, "the subject " + name + " has no version " + std::to_string(old_one ? *to : *from), "it has " + known});
  }
  // backward: new readers, old records. forward: old readers, new records.
  const auto backward = breaks(parts_.registry, *new_one, *old_one);
  if (!backward) co_return refuse(backward.error());
  const auto forward = breaks(parts_.registry, *old_one, *new_one);
  if (!forward) co_return refuse(forward.error());

  std::map<std::string, std::pair<std::string, std::string>> before, after;
  flatten(fields_of(*old_one), "", before);
  flatten(fields_of(*new_one), "", after);
  struct Found { std::string kind, text; bool readers = false, writers = false; std::vector<std::string> why; };
  std::map<std::string, Found> found;
  for (const auto& [path, field] : before) {
    const auto now = after.find(path);
    if (now == after.end()) found[path] = {"removed", path + " (" + field.first + ") was removed"};
    else if (now->second.first != field.first) found[path] = {"changed", path + " was " + field.first + " and is " + now->second.first};
    else if (now->second.second != field.second) found[path] = {"changed", "the description of " + path + " changed"};
  }
  for (const auto& [path, field] : after)
    if (!before.contains(path)) found[path] = {"added", path + " (" + field.first + ") was added"};
  const auto attach = [&](const std::vector<Break>& list, bool writers) {
    for (const auto& b : list) {
      std::string path = b.path;
      if (!found.contains(path)) {         // a break that no field of ours shows: name the field that its message names, else keep it by itself
        path.clear();
        for (const auto& [known, difference] : found)
          if (!known.empty() && b.message.find("'" + known.substr(known.rfind('.') + 1) + "'") != std::string::npos) path = known;
      }
      auto& f = found[path];
      if (f.kind.empty()) f = {"changed", b.message, false, false, {}};
      (writers ? f.writers : f.readers) = true;
      f.why.push_back(b.message);
    }
  };
  attach(*backward, true);
  attach(*forward, false);
  json::array differences;
  for (const auto& [path, f] : found) {
    json::array why;
    for (const auto& w : f.why) why.emplace_back(w);
    differences.push_back(json::object{{"path", path}, {"kind", f.kind}, {"text", f.text}, {"breaks", f.readers && f.writers ? "both" : f.readers ? "readers" : f.writers ? "writers" : "nobody"}, {"why", std::move(why)}});
  }
  json::object compatible{{"BACKWARD", backward->empty()}, {"FORWARD", forward->empty()}, {"FULL", backward->empty() && forward->empty()}};
  co_return http::Response::json(200, json::print(json::object{{"subject", name}, {"from", *from}, {"to", *to}, {"differences", std::move(differences)}, {"compatible", std::move(compatible)},
                                                                 {"examples", examples(parts_.registry, *old_one, *new_one, !backward->empty(), !forward->empty())}}));
}

}  // namespace braid::api
