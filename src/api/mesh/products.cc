// Data products: list, read, publish, change, deprecate, retire, remove; their consumers, impact and history.
#include <algorithm>

#include "api/mesh/mesh_api.h"
#include "api/mesh/request.h"
#include "base/log.h"
#include "http/client.h"
#include "mesh/promises.h"

namespace braid::api {
namespace {

// What a client may send back from an answer without harm.
#define PRODUCT_FIELDS "domain", "owner", "description", "documentation", "quality", "sla", "promises", "tags", "ports", "version"
#define PRODUCT_READ_ONLY "name", "state", "revision", "deprecation", "created", "changed", "changed_by", "consumers", "readers", "confirm", "told", "sunset_over"

Result<mesh::ProductFields> fields_from(const json::object& o) {
  mesh::ProductFields f;
  TRY(f.domain, text_field(o, "domain"));
  TRY(f.owner, text_field(o, "owner"));
  TRY(f.description, text_field(o, "description"));
  TRY(f.documentation, text_field(o, "documentation"));
  TRY(f.quality, json::optional_string(o, "quality"));
  TRY(f.sla, json::optional_string(o, "sla"));
  TRY(f.version, json::optional_string(o, "version"));
  TRY(f.tags, list_field(o, "tags"));
  if (const auto* promises = o.if_contains("promises")) {
    if (!promises->is_object() && !promises->is_null()) return fail(ErrorCode::invalid_input, "field 'promises' must be an object, or null for what the tier says", "for example: \"promises\": {\"freshness_s\": 30}");
    f.promises = promises->is_null() ? mesh::no_promises() : promises->get_object();
  }
  if (const auto* ports = o.if_contains("ports")) {
    f.ports.emplace();
    if (ports->is_null()) return f;
    if (!ports->is_array()) return fail(ErrorCode::invalid_input, "field 'ports' must be a list", "for example: \"ports\": [{\"name\": \"orders\", \"kind\": \"topic\", \"topic\": \"orders\"}]");
    for (std::size_t i = 0; i < ports->get_array().size(); ++i) {
      const auto& v = ports->get_array()[i];
      if (const auto* topic = v.if_string()) {   // just the topic's name
        f.ports->push_back(mesh::Port{.name = std::string(*topic), .topic = std::string(*topic)});
        continue;
      }
      if (!v.is_object()) return fail(ErrorCode::invalid_input, "field 'ports/" + std::to_string(i) + "' must be an object or the name of a topic");
      auto port = mesh::port_from(v.get_object());
      if (!port) return std::unexpected(std::move(port).error().during("port " + std::to_string(i)));
      f.ports->push_back(*std::move(port));
    }
  }
  return f;
}

bool contains_word(const mesh::Product& p, std::string_view lower_word) {
  const auto has = [&](std::string_view text) {
    return std::ranges::search(text, lower_word, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? char(a + 32) : a) == b; }).begin() != text.end() || lower_word.empty();
  };
  return has(p.name) || has(p.description) || has(p.owner) || has(p.domain) || std::ranges::any_of(p.tags, has);
}

std::string base_url(const http::Request& r) { return "http://" + std::string(r.headers.get_or("Host", "127.0.0.1:8080")); }

}  // namespace

void MeshApi::add_product_routes(http::Router& router) {
  router.get("/api/v1/products", [this](http::Request r) { return products(std::move(r)); });
  router.post("/api/v1/products", [this](http::Request r) { return publish(std::move(r)); });
  router.get("/api/v1/products/{product}", [this](http::Request r) { return product(std::move(r)); });
  router.patch("/api/v1/products/{product}", [this](http::Request r) { return change(std::move(r)); });
  router.del("/api/v1/products/{product}", [this](http::Request r) { return remove_product(std::move(r)); });
  router.post("/api/v1/products/{product}/publish", [this](http::Request r) { return publish_draft(std::move(r)); });
  router.post("/api/v1/products/{product}/deprecate", [this](http::Request r) { return deprecate(std::move(r)); });
  router.post("/api/v1/products/{product}/retire", [this](http::Request r) { return retire(std::move(r)); });
  router.get("/api/v1/products/{product}/impact", [this](http::Request r) { return impact(std::move(r)); });
  router.get("/api/v1/products/{product}/history", [this](http::Request r) { return history(std::move(r)); });
  router.get("/api/v1/products/{product}/consumers", [this](http::Request r) { return consumers(std::move(r)); });
  router.post("/api/v1/products/{product}/consumers", [this](http::Request r) { return register_consumer(std::move(r)); });
  router.del("/api/v1/products/{product}/consumers/{consumer}", [this](http::Request r) { return unregister_consumer(std::move(r)); });
}

json::object MeshApi::product_summary(const mesh::Product& p) const {
  json::object o = mesh::to_json(p);
  o.erase("documentation");
  const auto it = mesh_.state().consumers.find(p.name);
  o["consumers"] = it == mesh_.state().consumers.end() ? 0 : it->second.size();
  return o;
}

// Where and how the records of a port are read; schemas as the registry has them under <topic>-key and <topic>-value.
json::object MeshApi::how_to_read(const mesh::Port& port, const http::Request& r) const {
  json::object o = mesh::to_json(port);
  const std::string base = base_url(r);
  bool decoded = false;
  for (const char* side : {"key", "value"}) {
    json::value schema = nullptr;
    if (registry_)
      if (const auto latest = registry_->latest(port.topic + "-" + side)) {
        schema = json::object{{"subject", latest->subject}, {"version", latest->version}, {"id", latest->id.value}, {"type", registry::name_of(latest->type)}, {"schema", latest->text}};
        decoded = decoded || (side[0] == 'v' && latest->type == registry::SchemaType::avro);
      }
    o[std::string(side) + "_schema"] = std::move(schema);
  }
  const std::string records = base + "/api/v1/topics/" + http::percent_encode(port.topic) + "/records";
  o["lineage"] = "topic:" + port.topic;
  o["bootstrap"] = log_.bootstrap();
  o["records_url"] = records;
  o["read_with"] = json::object{{"kcat", "kcat -b " + log_.bootstrap() + " -t " + port.topic + " -C -o end" + (decoded ? " -s value=avro -r " + base : "")},
                                {"curl", "curl '" + records + "?from=-10'"}};
  return o;
}

json::object MeshApi::product_in_full(const mesh::Product& p, const http::Request& r) const {
  json::object o = mesh::to_json(p);
  json::array ports, consumers, readers;
  for (const auto& port : p.ports) ports.push_back(how_to_read(port, r));
  o["ports"] = std::move(ports);
  const mesh::Impact impact = mesh_.impact(p.name);
  const json::object said = mesh::to_json(impact);
  o["consumers"] = said.at("consumers");
  o["readers"] = said.at("readers");
  o["sunset_over"] = p.deprecation && p.deprecation->sunset_ms < clock_.wall_ms();
  return o;
}

MeshApi::Answer MeshApi::products(http::Request r) {
  API_TRY(const auto page, paging(r, 100, 1000));
  const auto asked = [&](std::string_view name) { return std::string(r.query_first(name).value_or("")); };
  const std::string domain = asked("domain"), owner = asked("owner"), state = asked("state"), quality = asked("quality"), sla = asked("sla"), consumer = asked("consumer");
  if (!state.empty() && state != "any") { API_TRY(const auto known, mesh::parse_lifecycle(state)); (void)known; }
  if (!quality.empty()) { API_TRY(const auto known, mesh::parse_quality(quality)); (void)known; }
  if (!sla.empty()) { API_TRY(const auto known, mesh::parse_sla(sla)); (void)known; }
  std::string word = asked("q");
  for (char& c : word) if (c >= 'A' && c <= 'Z') c = char(c + 32);
  const auto tags = r.query_all("tag");
  json::array out;
  std::size_t total = 0;
  for (const auto& [name, p] : mesh_.state().products) {
    if (!domain.empty() && p.domain != domain) continue;
    if (!owner.empty() && p.owner != owner && p.owner != "@" + owner) continue;
    if (state.empty() ? p.state == mesh::Lifecycle::retired : state != "any" && mesh::name_of(p.state) != state) continue;
    if (!quality.empty() && mesh::name_of(p.quality) != quality) continue;
    if (!sla.empty() && mesh::name_of(p.sla) != sla) continue;
    if (!std::ranges::all_of(tags, [&](const auto& t) { return std::ranges::find(p.tags, t) != p.tags.end(); })) continue;
    if (!contains_word(p, word)) continue;
    if (!consumer.empty() && std::ranges::none_of(mesh_.state().consumers_of(name), [&](const auto& c) { return c.domain == consumer || c.team == consumer || c.name == consumer; })) continue;
    if (total++ < page.offset || out.size() >= page.limit) continue;
    out.push_back(product_summary(p));
  }
  co_return answer(200, {{"products", std::move(out)}, {"total", total}});
}

MeshApi::Answer MeshApi::product(http::Request r) {
  const mesh::Product* p = mesh_.state().product(r.param("product"));
  if (!p) co_return refuse(unknown_thing("product", r.param("product"), names_in(mesh_.state().products)));
  co_return with_revision(answer(200, product_in_full(*p, r)), p->revision);
}

// The product as it is after the command, and who was told.
MeshApi::Answer MeshApi::answer_product(http::Request r, mesh::Command command, int status) {
  const std::string name = mesh::subject_of(command).name;
  EXECUTE(done, r, std::move(command));
  const mesh::Product* p = mesh_.state().product(name);
  if (!p) co_return refuse(unknown_thing("product", name, {}));   // removed by somebody else at once
  json::object o = product_in_full(*p, r);
  o["told"] = told_json(done->told);
  http::Response response = with_revision(answer(status, o), p->revision);
  if (status == 201) response.headers.set("Location", "/api/v1/products/" + http::percent_encode(name));
  co_return response;
}

MeshApi::Answer MeshApi::publish(http::Request r) {
  API_TRY(const auto body, body_of(r, {PRODUCT_FIELDS, "name", "state"}, {"revision"}));
  API_TRY(const auto fields, fields_from(body));
  API_TRY(const auto name, text_field(body, "name"));
  API_TRY(const auto state, json::optional_string(body, "state"));
  if (state.value_or("published") != "published" && *state != "draft")
    co_return refuse(Error{ErrorCode::invalid_input, "a product begins as published or draft, not as '" + state->substr(0, 60) + "'", "leave \"state\" out to publish", {}});
  const std::string named = name.value_or(fields.ports && fields.ports->size() == 1 ? fields.ports->front().topic : "");
  const bool existed = mesh_.state().product(named);
  mesh::Command command;
  API_TRY(auto revision, expected_revision(r, body));
  if (state == "draft") {
    command = mesh::DraftProduct{named, fields, revision};
  } else {
    command = mesh::PublishProduct{named, fields, revision};
  }
  const int status = existed ? 200 : 201;
  co_return co_await answer_product(std::move(r), std::move(command), status);
}

MeshApi::Answer MeshApi::publish_draft(http::Request r) {
  API_TRY(const auto body, body_of(r, {PRODUCT_FIELDS}, {PRODUCT_READ_ONLY}));
  API_TRY(const auto fields, fields_from(body));
  API_TRY(const auto revision, expected_revision(r, body));
  if (!mesh_.state().product(r.param("product"))) co_return refuse(unknown_thing("product", r.param("product"), names_in(mesh_.state().products)));
  mesh::Command command = mesh::PublishProduct{r.param("product"), fields, revision};
  co_return co_await answer_product(std::move(r), std::move(command), 200);
}

MeshApi::Answer MeshApi::change(http::Request r) {
  API_TRY(const auto body, body_of(r, {PRODUCT_FIELDS}, {PRODUCT_READ_ONLY}));
  API_TRY(const auto fields, fields_from(body));
  API_TRY(const auto revision, expected_revision(r, body));
  API_TRY(const auto seen, acknowledgement(r));
  mesh::Command command = mesh::ChangeProduct{r.param("product"), fields, revision, seen};
  co_return co_await answer_product(std::move(r), std::move(command), 200);
}

MeshApi::Answer MeshApi::deprecate(http::Request r) {
  API_TRY(const auto body, body_of(r, {"sunset", "notice", "replaced_by"}, {"revision"}));
  mesh::DeprecateProduct c{.name = r.param("product")};
  if (const auto* sunset = body.if_contains("sunset"); sunset && !sunset->is_null()) {
    if (const auto n = sunset->if_int64()) {
      c.sunset_ms = *n;
    } else {
      API_TRY(const auto text, json::required_string(body, "sunset"));
      API_TRY(c.sunset_ms, mesh::parse_date_ms(text));
    }
  }
  API_TRY(const auto notice, text_field(body, "notice"));
  API_TRY(const auto replaced_by, text_field(body, "replaced_by"));
  c.notice = notice.value_or("");
  c.replaced_by = replaced_by.value_or("");
  API_TRY(c.expected_revision, expected_revision(r, body));
  API_TRY(c.seen, acknowledgement(r));
  mesh::Command command = std::move(c);
  co_return co_await answer_product(std::move(r), std::move(command), 200);
}

MeshApi::Answer MeshApi::retire(http::Request r) {
  API_TRY(const auto body, body_of(r, {}, {"revision"}));
  mesh::RetireProduct c{.name = r.param("product")};
  API_TRY(c.expected_revision, expected_revision(r, body));
  API_TRY(c.seen, acknowledgement(r));
  mesh::Command command = std::move(c);
  co_return co_await answer_product(std::move(r), std::move(command), 200);
}

MeshApi::Answer MeshApi::remove_product(http::Request r) {
  mesh::RemoveProduct c{.name = r.param("product")};
  const json::object nothing;
  API_TRY(c.expected_revision, expected_revision(r, nothing));
  API_TRY(c.seen, acknowledgement(r));
  EXECUTE(done, r, c);
  co_return answer(200, {{"removed", c.name}, {"told", told_json(done->told)}});
}

MeshApi::Answer MeshApi::impact(http::Request r) {
  if (!mesh_.state().product(r.param("product"))) co_return refuse(unknown_thing("product", r.param("product"), names_in(mesh_.state().products)));
  co_return answer(200, mesh::to_json(mesh_.impact(r.param("product"))));
}

MeshApi::Answer MeshApi::history(http::Request r) {
  const auto& all = mesh_.state().history;
  const auto it = all.find(r.param("product"));
  if (it == all.end()) co_return refuse(unknown_thing("product", r.param("product"), names_in(all)));
  json::array out;
  for (auto e = it->second.rbegin(); e != it->second.rend(); ++e) out.push_back(mesh::to_json(*e));
  const auto total = out.size();
  co_return answer(200, {{"product", r.param("product")}, {"events", std::move(out)}, {"total", total}});
}

MeshApi::Answer MeshApi::consumers(http::Request r) {
  if (!mesh_.state().product(r.param("product"))) co_return refuse(unknown_thing("product", r.param("product"), names_in(mesh_.state().products)));
  json::array out;
  for (const auto& c : mesh_.state().consumers_of(r.param("product"))) out.push_back(mesh::to_json(c));
  const auto total = out.size();
  co_return answer(200, {{"consumers", std::move(out)}, {"total", total}});
}

MeshApi::Answer MeshApi::register_consumer(http::Request r) {
  API_TRY(const auto body, body_of(r, {"team", "purpose", "name"}));
  mesh::RegisterConsumer c{.product = r.param("product"), .team = {}, .purpose = {}};
  API_TRY(const auto team, text_field(body, "team"));
  API_TRY(const auto purpose, text_field(body, "purpose"));
  API_TRY(const auto name, text_field(body, "name"));
  c.team = team.value_or("");
  c.purpose = purpose.value_or("");
  c.name = name.value_or("");
  EXECUTE(done, r, c);
  // The event says under which name it was registered; without an event it was registered so already.
  json::object consumer;
  if (!done->events.empty()) consumer = done->events.front().after;
  const auto existing = mesh_.state().consumers_of(c.product);
  for (const auto& e : existing) {
    const bool mine = done->events.empty() ? e.purpose == c.purpose && (c.name.empty() || e.name == c.name) : json::value(e.name) == consumer["name"];
    if (!mine) continue;
    consumer = mesh::to_json(e);
    break;
  }
  json::array ports;
  if (const mesh::Product* p = mesh_.state().product(c.product))
    for (const auto& port : p->ports) ports.push_back(how_to_read(port, r));
  consumer["ports"] = std::move(ports);
  const bool made = !done->events.empty() && done->events.front().before.empty();
  co_return answer(made ? 201 : 200, consumer);
}

MeshApi::Answer MeshApi::unregister_consumer(http::Request r) {
  EXECUTE(done, r, mesh::UnregisterConsumer{r.param("product"), r.param("consumer")});
  co_return answer(200, {{"removed", r.param("consumer")}, {"told", nullptr}});
}

}  // namespace braid::api
