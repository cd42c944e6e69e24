#include "api/catalog/catalog_api.h"

#include <algorithm>

#include "api/errors.h"
#include "api/mesh/mesh_api.h"
#include "base/limits/catalog.h"

namespace braid::api {
namespace {

using catalog::EntityRef;
using catalog::Refusal;

http::Response refused(const Refusal& r) { return refuse(CatalogError{r.status, r.number, r.message}); }
http::Response refused(const Error& e) {
  const int status = http::status_of(e.code);
  return refuse(CatalogError{status, status, e.message});
}
http::Response answer_json(const json::value& body) { return http::Response::json(200, json::print(body)); }

// The body as a list of objects. A single object is taken as a list of one.
catalog::Answer<std::vector<json::object>> items_of(const http::Request& r) {
  auto parsed = json::parse(r.body);
  if (!parsed) return std::unexpected(catalog::bad_request(parsed.error().message));
  std::vector<json::object> items;
  if (parsed->is_object()) items.push_back(parsed->get_object());
  if (parsed->is_array())
    for (auto& item : parsed->get_array()) {
      if (!item.is_object()) return std::unexpected(catalog::bad_request("the body must be a list of objects"));
      items.push_back(std::move(item.get_object()));
    }
  if (items.empty()) return std::unexpected(catalog::bad_request("the body must be a list of at least one object"));
  if (items.size() > limits::catalog_items_per_call_max)
    return std::unexpected(catalog::bad_request("at most " + std::to_string(limits::catalog_items_per_call_max) + " items are taken in one call, got " + std::to_string(items.size())));
  return items;
}
std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  const auto* s = v ? v->if_string() : nullptr;
  return s ? std::string(*s) : std::string();
}
json::value error_of(const Refusal& r) { return json::object{{"error_code", r.number}, {"message", r.message}}; }

catalog::Writer writer_of(const http::Request& r) { return {.who = r.principal, .client = caller_of(r).client}; }

// The answers of a call about several things: what failed stands with its item; if all failed, the call failed.
struct Batch {
  json::array out;
  std::size_t failed = 0;
  std::optional<Refusal> first;
  void add(json::object item) { out.push_back(std::move(item)); }
  void add_failed(json::object item, const Refusal& why) {
    if (!first) first = why;
    ++failed;
    item["error"] = error_of(why);
    out.push_back(std::move(item));
  }
  http::Response response() const { return first && failed == out.size() ? refused(*first) : answer_json(out); }
};

}  // namespace

void CatalogApi::add_routes(http::Router& router) {
  const std::string base = "/catalog/v1";
  for (const Kind kind : {Kind::tag, Kind::business_metadata}) {
    const std::string path = base + (kind == Kind::tag ? "/types/tagdefs" : "/types/businessmetadatadefs");
    router.get(path, [this, kind](http::Request r) { return definitions(std::move(r), kind); });
    router.post(path, [this, kind](http::Request r) { return define(std::move(r), kind, false); });
    router.put(path, [this, kind](http::Request r) { return define(std::move(r), kind, true); });
    router.get(path + "/{name}", [this, kind](http::Request r) { return definition(std::move(r), kind); });
    router.del(path + "/{name}", [this, kind](http::Request r) { return undefine(std::move(r), kind); });
  }
  router.put(base + "/entity", [this](http::Request r) { return update_entity(std::move(r)); });
  const std::string one = base + "/entity/type/{type}/name/{qn}";
  router.get(one, [this](http::Request r) { return entity(std::move(r)); });
  router.post(base + "/entity/tags", [this](http::Request r) { return put_tags(std::move(r), false); });
  router.put(base + "/entity/tags", [this](http::Request r) { return put_tags(std::move(r), true); });
  router.get(one + "/tags", [this](http::Request r) { return tags(std::move(r)); });
  router.del(one + "/tags/{name}", [this](http::Request r) { return remove_tag(std::move(r)); });
  router.post(base + "/entity/businessmetadata", [this](http::Request r) { return put_business_metadata(std::move(r), false); });
  router.put(base + "/entity/businessmetadata", [this](http::Request r) { return put_business_metadata(std::move(r), true); });
  router.get(one + "/businessmetadata", [this](http::Request r) { return business_metadata(std::move(r)); });
  router.del(one + "/businessmetadata/{name}", [this](http::Request r) { return remove_business_metadata(std::move(r)); });
  router.get(base + "/search/basic", [this](http::Request r) { return search_basic(std::move(r)); });
  router.get(base + "/search/attribute", [this](http::Request r) { return search_attribute(std::move(r)); });
  router.get(base + "/ready", [this](http::Request r) { return ready(std::move(r)); });
  router.get(base + "/synced", [this](http::Request r) { return ready(std::move(r)); });
  router.error_form(base, [](int status, const Error& e) { return refuse(CatalogError{status, status, e.message}); });
}

CatalogApi::Reply CatalogApi::ready(http::Request) { co_return http::Response::json(200, "true"); }

// --- definitions ---

CatalogApi::Reply CatalogApi::definitions(http::Request r, Kind kind) {
  const std::string prefix(r.query_first("prefix").value_or(""));
  const auto& all = kind == Kind::tag ? catalog_.annotations().tag_definitions : catalog_.annotations().business_metadata_definitions;
  json::array out;
  for (const auto& [name, d] : all) if (name.starts_with(prefix)) out.push_back(d);
  co_return answer_json(out);
}

CatalogApi::Reply CatalogApi::definition(http::Request r, Kind kind) {
  const auto& all = kind == Kind::tag ? catalog_.annotations().tag_definitions : catalog_.annotations().business_metadata_definitions;
  const auto it = all.find(r.param("name"));
  if (it == all.end()) co_return refused(catalog::unknown_type(r.param("name")));
  co_return answer_json(it->second);
}

CatalogApi::Reply CatalogApi::define(http::Request r, Kind kind, bool update) {
  auto items = items_of(r);
  if (!items) co_return refused(items.error());
  Batch batch;
  const std::string what = std::string(kind == Kind::tag ? "tag_definition" : "business_metadata_definition") + (update ? ".changed" : ".created");
  for (const auto& item : *items) {
    const std::string name = text_of(item, "name");
    const catalog::Annotations::Context context{r.principal, clock_.wall_ms()};
    catalog::Catalog::Decide decide = [item, kind, update, context](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> { return a.define(kind, item, update, context); };
    auto done = co_await catalog_.write(writer_of(r), what, name, std::nullopt, std::move(decide));
    const auto& all = kind == Kind::tag ? catalog_.annotations().tag_definitions : catalog_.annotations().business_metadata_definitions;
    const auto it = all.find(name);
    if (!done) batch.add_failed({{"name", name}}, done.error());
    else if (it != all.end()) batch.add(it->second);
  }
  co_return batch.response();
}

CatalogApi::Reply CatalogApi::undefine(http::Request r, Kind kind) {
  const std::string name = r.param("name");
  catalog::Catalog::Decide decide = [name, kind](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> { return a.undefine(kind, name); };
  const std::string what = kind == Kind::tag ? "tag_definition.removed" : "business_metadata_definition.removed";
  auto done = co_await catalog_.write(writer_of(r), what, name, std::nullopt, std::move(decide));
  if (!done) co_return refused(done.error());
  co_return http::Response::empty(204);
}

// --- entities ---

io::Task<catalog::Answer<EntityRef>> CatalogApi::find(std::string type, std::string name) {
  using Found = catalog::Answer<EntityRef>;
  auto fresh = co_await catalog_.refresh();
  if (!fresh) co_return Found(std::unexpected(Refusal{http::status_of(fresh.error().code), http::status_of(fresh.error().code), fresh.error().message}));
  const auto known = catalog::entity_type_named(type);
  if (!known) co_return Found(std::unexpected(catalog::unknown_type(type)));
  EntityRef ref = catalog::parse_qualified_name(*known, name);
  catalog_.fetch(ref);
  if (!catalog_.find(ref)) co_return Found(std::unexpected(catalog::unknown_entity(type, name)));
  co_return Found(std::move(ref));
}

json::array CatalogApi::classifications_of(const catalog::Entity& e) const {
  json::array out;
  const catalog::Annotation* a = catalog_.annotations().of(e.ref);
  for (const auto& name : catalog_.public_tags_of(e)) {
    json::object c{{"typeName", name}, {"entityGuid", catalog::guid_of(e.ref)}, {"entityStatus", "ACTIVE"}, {"propagate", false}, {"validityPeriods", json::array{}}, {"removePropagationsOnEntityDelete", false}};
    if (a)
      if (const auto it = a->tags.find(name); it != a->tags.end())
        for (const auto& field : it->second) if (field.key() != "by" && field.key() != "at") c[field.key()] = field.value();
    out.push_back(std::move(c));
  }
  return out;
}

json::object CatalogApi::header_of(const catalog::Entity& e, const std::vector<std::string>& extra) const {
  const json::object all = catalog_.attributes_of(e);
  json::object attributes;
  for (const char* name : {"qualifiedName", "name", "nameLower", "tenant", "createTime", "updateTime", "context", "id", "version", "description", "owner"})
    if (const auto* v = all.if_contains(name)) attributes[name] = *v;
  for (const auto& name : extra)
    if (const auto* v = all.if_contains(name)) attributes[name] = *v;
  json::array names;
  for (const auto& tag : catalog_.public_tags_of(e)) names.emplace_back(tag);
  return {{"typeName", catalog::name_of(e.ref.type)}, {"attributes", std::move(attributes)}, {"guid", catalog::guid_of(e.ref)}, {"status", "ACTIVE"}, {"displayText", e.name},
          {"classificationNames", std::move(names)}, {"classifications", classifications_of(e)}, {"meaningNames", json::array{}}, {"meanings", json::array{}}, {"isIncomplete", false}, {"labels", json::array{}}};
}

CatalogApi::Reply CatalogApi::entity(http::Request r) {
  auto ref = co_await find(r.param("type"), r.param("qn"));
  if (!ref) co_return refused(ref.error());
  json::object attributes = co_await catalog_.attributes_in_full(*ref);
  const catalog::Entity* e = catalog_.find(*ref);
  if (!e) co_return refused(catalog::unknown_entity(r.param("type"), r.param("qn")));
  json::object o = header_of(*e, {});
  for (const char* field : {"displayText", "meaningNames"}) o.erase(field);
  if (const auto* created = attributes.if_contains("createTime")) o["createTime"] = *created;
  if (const auto* updated = attributes.if_contains("updateTime")) o["updateTime"] = *updated;
  o["version"] = 0;
  o["provenanceType"] = 0;
  o["isProxy"] = false;
  o["customAttributes"] = json::object{};
  json::object business;
  for (const auto& [name, values] : catalog_.business_metadata_of(*e)) {
    json::object v = values;
    v["__bmName"] = name;
    business[name] = std::move(v);
  }
  o["businessAttributes"] = std::move(business);
  json::object referred;
  const bool small = r.query_flag("minExtInfo", false).value_or(false);
  if (!r.query_flag("ignoreRelationships", false).value_or(false)) {
    json::object relations;
    for (const char* relation : {"logical_cluster", "schema", "record", "fields", "subject_versions", "data_product"}) {
      json::array list;
      for (const auto& other : catalog_.related(*e, relation)) {
        const catalog::Entity* there = catalog_.find(other);
        json::object link{{"guid", catalog::guid_of(other)}, {"typeName", catalog::name_of(other.type)}, {"entityStatus", "ACTIVE"}, {"displayText", there->name},
                          {"relationshipStatus", "ACTIVE"}, {"qualifiedName", catalog::qualified_name(catalog_.place(), other)}};
        if (std::string_view(relation) == "logical_cluster") link["relationshipType"] = "kafka_logical_cluster_topics";
        list.push_back(std::move(link));
        if (!small) referred[catalog::guid_of(other)] = header_of(*there, {});
      }
      if (list.empty()) continue;
      const bool many = std::string_view(relation).ends_with("s");
      relations[relation] = many ? json::value(std::move(list)) : list.front();
    }
    o["relationshipAttributes"] = std::move(relations);
  }
  o["attributes"] = std::move(attributes);
  co_return answer_json(json::object{{"referredEntities", std::move(referred)}, {"entity", std::move(o)}});
}

CatalogApi::Reply CatalogApi::update_entity(http::Request r) {
  auto items = items_of(r);
  if (!items) co_return refused(items.error());
  const auto* given = items->front().if_contains("entity");
  if (!given || !given->is_object()) co_return refused(catalog::bad_request("the body must be {\"entity\": {\"typeName\": ..., \"attributes\": {...}}}"));
  const json::object& e = given->get_object();
  const auto* attributes = e.if_contains("attributes");
  if (!attributes || !attributes->is_object()) co_return refused(catalog::bad_request("the entity has no attributes"));
  const std::string type = text_of(e, "typeName"), name = text_of(attributes->get_object(), "qualifiedName");
  auto ref = co_await find(type, name);
  if (!ref) co_return refused(ref.error());
  if (ref->type == catalog::EntityType::data_product || ref->type == catalog::EntityType::domain)
    co_return refused(catalog::bad_request("a " + type + " is changed by its owners under /api/v1, not here"));
  std::map<std::string, std::string> changes;
  for (const char* field : {"description", "owner", "ownerEmail"})
    if (const auto* v = attributes->get_object().if_contains(field)) {
      if (!v->is_string() && !v->is_null()) co_return refused(catalog::bad_request("attribute " + std::string(field) + " must be a text"));
      changes[field] = v->is_null() ? "" : std::string(v->get_string());
    }
  const EntityRef subject = *ref;
  catalog::Catalog::Decide decide = [subject, changes](const catalog::Annotations& a) { return a.set_attributes(subject, changes); };
  auto done = co_await catalog_.write(writer_of(r), "entity.changed", name, subject, std::move(decide));
  if (!done) co_return refused(done.error());
  const catalog::Entity* now = catalog_.find(subject);
  if (!now) co_return refused(catalog::unknown_entity(type, name));
  json::object header = header_of(*now, {"ownerEmail", "description", "owner"});
  header["attributes"].as_object()["qualifiedName"] = name;
  json::array updated;
  updated.push_back(std::move(header));
  co_return answer_json(json::object{{"mutatedEntities", json::object{{"UPDATE", std::move(updated)}}}});
}

// --- tags ---

CatalogApi::Reply CatalogApi::put_tags(http::Request r, bool update) {
  auto items = items_of(r);
  if (!items) co_return refused(items.error());
  Batch batch;
  for (const auto& item : *items) {
    const std::string name = text_of(item, "typeName"), type = text_of(item, "entityType"), qn = text_of(item, "entityName");
    json::object out{{"typeName", name}, {"entityType", type}, {"entityName", qn}};
    auto ref = co_await find(type, qn);
    if (!ref) { batch.add_failed(std::move(out), ref.error()); continue; }
    const EntityRef subject = *ref;
    const catalog::Annotations::Context context{r.principal, clock_.wall_ms()};
    catalog::Catalog::Decide decide = [subject, name, item, update, context](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> { return a.tag(subject, name, item, update, context); };
    const std::string what = update ? "tag.changed" : "tag.added";
    auto done = co_await catalog_.write(writer_of(r), what, qn, subject, std::move(decide));
    if (!done) { batch.add_failed(std::move(out), done.error()); continue; }
    if (const catalog::Entity* e = catalog_.find(subject))
      for (const auto& c : classifications_of(*e))
        if (c.at("typeName").as_string() == name) for (const auto& field : c.as_object()) out[field.key()] = field.value();
    batch.add(std::move(out));
  }
  co_return batch.response();
}

CatalogApi::Reply CatalogApi::tags(http::Request r) {
  auto ref = co_await find(r.param("type"), r.param("qn"));
  if (!ref) co_return refused(ref.error());
  json::array out;
  for (auto& c : classifications_of(*catalog_.find(*ref))) {
    json::object o = c.as_object();
    o["entityType"] = r.param("type");
    o["entityName"] = r.param("qn");
    out.push_back(std::move(o));
  }
  co_return answer_json(out);
}

CatalogApi::Reply CatalogApi::remove_tag(http::Request r) {
  auto ref = co_await find(r.param("type"), r.param("qn"));
  if (!ref) co_return refused(ref.error());
  const EntityRef subject = *ref;
  const std::string name = r.param("name");
  catalog::Catalog::Decide decide = [subject, name](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> { return a.untag(subject, name); };
  auto done = co_await catalog_.write(writer_of(r), "tag.removed", r.param("qn"), subject, std::move(decide));
  if (!done) co_return refused(done.error());
  co_return http::Response::empty(204);
}

// --- business metadata ---

CatalogApi::Reply CatalogApi::put_business_metadata(http::Request r, bool update) {
  auto items = items_of(r);
  if (!items) co_return refused(items.error());
  Batch batch;
  for (const auto& item : *items) {
    const std::string name = text_of(item, "typeName"), type = text_of(item, "entityType"), qn = text_of(item, "entityName");
    json::object out{{"typeName", name}, {"entityType", type}, {"entityName", qn}};
    auto ref = co_await find(type, qn);
    if (!ref) { batch.add_failed(std::move(out), ref.error()); continue; }
    const EntityRef subject = *ref;
    const auto* given = item.if_contains("attributes");
    const json::object values = given && given->is_object() ? given->get_object() : json::object{};
    catalog::Catalog::Decide decide = [subject, qn, name, values, update](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> {
      return a.put_business_metadata(subject, qn, name, values, update);
    };
    const std::string what = update ? "business_metadata.changed" : "business_metadata.added";
    auto done = co_await catalog_.write(writer_of(r), what, qn, subject, std::move(decide));
    if (!done) { batch.add_failed(std::move(out), done.error()); continue; }
    if (const catalog::Annotation* a = catalog_.annotations().of(subject))
      if (const auto it = a->business_metadata.find(name); it != a->business_metadata.end()) out["attributes"] = it->second;
    batch.add(std::move(out));
  }
  co_return batch.response();
}

CatalogApi::Reply CatalogApi::business_metadata(http::Request r) {
  auto ref = co_await find(r.param("type"), r.param("qn"));
  if (!ref) co_return refused(ref.error());
  json::array out;
  for (const auto& [name, values] : catalog_.business_metadata_of(*catalog_.find(*ref)))
    out.push_back(json::object{{"typeName", name}, {"attributes", values}, {"entityType", r.param("type")}, {"entityName", r.param("qn")}});
  co_return answer_json(out);
}

CatalogApi::Reply CatalogApi::remove_business_metadata(http::Request r) {
  auto ref = co_await find(r.param("type"), r.param("qn"));
  if (!ref) co_return refused(ref.error());
  const EntityRef subject = *ref;
  const std::string name = r.param("name");
  catalog::Catalog::Decide decide = [subject, name](const catalog::Annotations& a) -> catalog::Answer<std::optional<catalog::Change>> { return a.remove_business_metadata(subject, name); };
  auto done = co_await catalog_.write(writer_of(r), "business_metadata.removed", r.param("qn"), subject, std::move(decide));
  if (!done) co_return refused(done.error());
  co_return http::Response::empty(204);
}

// --- search ---

namespace {

// `types` and `attrs` are older names of `type` and `attr`; each may repeat or hold a list with commas.
std::vector<std::string> all_of(const http::Request& r, std::initializer_list<std::string_view> names) {
  std::vector<std::string> out;
  for (const auto name : names)
    for (const auto& value : r.query_all(name)) {
      std::size_t at = 0;
      while (at <= value.size()) {
        const auto comma = std::min(value.find(',', at), value.size());
        if (comma > at) out.push_back(value.substr(at, comma - at));
        at = comma + 1;
      }
    }
  return out;
}

catalog::Answer<catalog::ListRequest> common_parameters(const http::Request& r) {
  catalog::ListRequest request;
  for (const auto& type : all_of(r, {"type", "types"})) {
    if (type == "cf_entity") continue;     // the base type of all
    const auto known = catalog::entity_type_named(type);
    if (!known) return std::unexpected(catalog::unknown_type(type));
    request.types.push_back(*known);
  }
  request.tag = r.query_first("tag").value_or("");
  request.sort_by = r.query_first("sortBy").value_or("");
  const std::string_view order = r.query_first("sortOrder").value_or("ASCENDING");
  if (order != "ASCENDING" && order != "DESCENDING") return std::unexpected(catalog::bad_request("sortOrder must be ASCENDING or DESCENDING, got " + std::string(order)));
  request.descending = order == "DESCENDING";
  const auto limit = r.query_int("limit", 100), offset = r.query_int("offset", 0);
  if (!limit) return std::unexpected(catalog::bad_request(limit.error().message));
  if (!offset) return std::unexpected(catalog::bad_request(offset.error().message));
  if (*limit < 0 || *limit > std::int64_t(limits::search_page_max)) return std::unexpected(catalog::bad_request("limit must be from 0 to " + std::to_string(limits::search_page_max) + ", got " + std::to_string(*limit)));
  if (*offset < 0) return std::unexpected(catalog::bad_request("offset must not be negative"));
  request.limit = std::size_t(*limit);
  request.offset = std::size_t(*offset);
  return request;
}

}  // namespace

CatalogApi::Reply CatalogApi::search_basic(http::Request r) {
  auto request = common_parameters(r);
  if (!request) co_return refused(request.error());
  request->text = r.query_first("query").value_or("");
  if (request->text == "*") request->text.clear();
  co_return co_await search(std::move(r), *std::move(request));
}

CatalogApi::Reply CatalogApi::search_attribute(http::Request r) {
  auto request = common_parameters(r);
  if (!request) co_return refused(request.error());
  const auto names = r.query_all("attrName"), prefixes = r.query_all("attrValuePrefix");
  if (names.size() != prefixes.size()) co_return refused(catalog::bad_request("attrName and attrValuePrefix belong together; got " + std::to_string(names.size()) + " and " + std::to_string(prefixes.size())));
  for (std::size_t i = 0; i < names.size(); ++i) request->attribute_prefixes.emplace_back(names[i], prefixes[i]);
  co_return co_await search(std::move(r), *std::move(request));
}

CatalogApi::Reply CatalogApi::search(http::Request r, catalog::ListRequest request) {
  auto fresh = co_await catalog_.refresh();
  if (!fresh) co_return refused(fresh.error());
  const auto extra = all_of(r, {"attr", "attrs"});
  json::array types, entities;
  for (const auto type : request.types) types.emplace_back(catalog::name_of(type));
  const json::object parameters{{"includeDeleted", r.query_flag("deleted", false).value_or(false)}, {"limit", request.limit}, {"offset", request.offset}};
  auto found = co_await catalog_.list(std::move(request));
  if (!found) co_return refused(found.error());
  for (const auto& ref : *found)
    if (const catalog::Entity* e = catalog_.find(ref)) entities.push_back(header_of(*e, extra));
  co_return answer_json(json::object{{"searchParameters", parameters}, {"types", std::move(types)}, {"entities", std::move(entities)}, {"referredEntities", json::object{}}});
}

}  // namespace braid::api
