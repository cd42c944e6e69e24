#include "api/registry/routes.h"

#include <algorithm>
#include <charconv>

#include "api/registry/answer.h"
#include "base/percent.h"
#include "registry/identity.h"
#include "registry/json.h"
#include "registry/subject_name.h"

namespace braid::api::registry_api {
namespace {

namespace reg = braid::registry;
using http::Request;
using http::Response;
using io::Task;

// The handlers. One per Router; kept alive by the routes that call it (shared_ptr: by all of them).
class Api : public std::enable_shared_from_this<Api> {
 public:
  Api(reg::Registry& registry, Metrics& metrics, ServiceInfo info)
      : service_(registry.service()),
        info_(std::move(info)),
        succeeded_(metrics.counter("kafka_schema_registry_api_success_count", "Calls answered with a status below 400")),
        failed_(metrics.counter("kafka_schema_registry_api_failure_count", "Calls answered with a status of 400 or more")) {
    metrics.gauge("kafka_schema_registry_node_count", "Nodes that serve this registry").set(1);
    metrics.gauge("kafka_schema_registry_master_slave_role", "1: this node takes writes").set(1);
  }

  void add(http::Router& router, bool own_port);

 private:
  using Method = Task<Response> (Api::*)(Request);
  void route(http::Router& router, std::string_view method, std::string_view pattern, Method handler);
  static Task<Response> serve(std::shared_ptr<Api> self, Method handler, Request request);
  static Task<Response> in_context(const http::Router* router, Request request);

  // The subject of the path: in its canonical form, and behind its alias.
  std::string subject(const Request& r) const { return service_.real_subject(plain_subject(r)); }
  static std::string plain_subject(const Request& r) {
    const auto& written = r.param("subject");
    return written.starts_with(":.:") ? written.substr(3) : written;
  }
  static std::expected<reg::SchemaRequest, Response> body_of(const Request& r);
  Response schema_answer(const reg::Outcome<reg::RegisteredSchema>& schema, const Request& r);
  json::object described(const reg::RegisteredSchema& schema, const Request& r);
  std::string text_of(const reg::RegisteredSchema& schema, const std::string& format);
  static std::expected<SchemaId, Response> id_of(const Request& r);
  json::object by_id_object(const reg::RegisteredSchema& schema, const Request& r, bool with_place);

  Task<Response> root(Request) { co_return ok(json::object{}); }
  Task<Response> types(Request) { co_return ok(json::array{"JSON", "PROTOBUF", "AVRO"}); }
  Task<Response> list_schemas(Request r);
  Task<Response> schema_by_id(Request r);
  Task<Response> text_by_id(Request r);
  Task<Response> subjects_of_id(Request r);
  Task<Response> versions_of_id(Request r);
  Task<Response> schema_by_guid(Request r);
  Task<Response> ids_of_guid(Request r);
  Task<Response> list_subjects(Request r);
  Task<Response> look_up(Request r);
  Task<Response> delete_subject(Request r);
  Task<Response> list_versions(Request r);
  Task<Response> register_schema(Request r);
  Task<Response> version(Request r);
  Task<Response> version_text(Request r);
  Task<Response> referenced_by(Request r);
  Task<Response> tag_schema(Request r);
  Task<Response> delete_version(Request r);
  Task<Response> with_metadata(Request r);
  Task<Response> compatibility(Request r);
  Task<Response> get_config(Request r);
  Task<Response> put_config(Request r);
  Task<Response> delete_config(Request r);
  Task<Response> get_mode(Request r);
  Task<Response> put_mode(Request r);
  Task<Response> delete_mode(Request r);
  Task<Response> contexts(Request r);
  Task<Response> delete_context(Request r);
  Task<Response> no_associations(Request) {
    co_return failed(404, 404, "HTTP 404 Not Found: associations of topics and subjects are not offered here; a topic's subject follows from its name (NAME-key, NAME-value)");
  }
  Task<Response> no_keys(Request) {
    co_return failed(404, 404, "HTTP 404 Not Found: the registry of encryption keys is not offered here; rules of type ENCRYPT need a Confluent registry that has it");
  }
  Task<Response> no_exporters(Request) {
    co_return failed(404, 404, "HTTP 404 Not Found: schema exporters are not offered here; read the topic _schemas, or copy schemas in mode IMPORT");
  }
  Task<Response> metadata_id(Request r);
  Task<Response> metadata_version(Request r);
  Task<Response> metadata_deployment(Request) { co_return ok(json::object{{"attributes", json::array{}}}); }

  static std::string setting_subject(const Request& r) { return r.params.contains("subject") ? plain_subject(r) : std::string(); }

  // What stands above all subjects always has a setting, even when none was made.
  static bool has_default(const std::string& name) { return name.empty() || name == reg::context_subject(reg::global_context); }

  reg::Service& service_;
  ServiceInfo info_;
  Counter& succeeded_;
  Counter& failed_;
};

void Api::route(http::Router& router, std::string_view method, std::string_view pattern, Method handler) {
  router.add(method, pattern, [self = shared_from_this(), handler](Request r) { return serve(self, handler, std::move(r)); });
}

Task<Response> Api::serve(std::shared_ptr<Api> self, Method handler, Request request) {
  auto type = negotiate(request);
  if (!type) {
    self->failed_.add();
    co_return std::move(type).error();
  }
  auto response = co_await ((*self).*handler)(std::move(request));
  if (response.status != 204) response.headers.set("Content-Type", *type);
  (response.status < 400 ? self->succeeded_ : self->failed_).add();
  co_return response;
}

// /contexts/{ctx}/subjects/s/... is /subjects/:.ctx:s/..., and so on: the path is written anew and routed again.
Task<Response> Api::in_context(const http::Router* router, Request request) {
  std::string context = request.param("context");
  if (context.find(':') != std::string::npos) co_return failed(400, 400, "A context's name must not hold ':', got '" + context + "'");
  if (!context.starts_with('.')) context = "." + context;
  const std::string prefix = context == reg::default_context ? "" : reg::context_subject(context);
  const auto qualified = [&](const std::string& name) { return name.starts_with(":.") || name.starts_with(":*:") ? name : prefix + name; };
  auto segments = std::vector<std::string>(request.segments.begin() + 2, request.segments.end());
  auto query = request.query;
  const auto set_query = [&](std::string_view name) {
    for (auto& [key, value] : query)
      if (key == name) { value = qualified(value); return; }
    query.emplace_back(std::string(name), qualified(""));
  };
  while (!segments.empty() && segments.back().empty()) segments.pop_back();
  if (segments.empty() || segments[0] == "contexts") co_return failed(404, 404, "HTTP 404 Not Found");
  if (segments[0] == "config" || segments[0] == "mode") {
    if (segments.size() == 1 && !prefix.empty()) segments.push_back(prefix);
    else if (segments.size() > 1) segments[1] = qualified(segments[1]);
  }
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    if (segments[i] == "subjects" && (i == 0 || segments[0] == "compatibility")) { segments[i + 1] = qualified(segments[i + 1]); break; }
  if (segments[0] == "schemas" && segments.size() > 1 && segments[1] == "ids") set_query("subject");
  if (segments.size() == 1 && (segments[0] == "subjects" || segments[0] == "schemas")) set_query("subjectPrefix");
  std::string target;
  for (const auto& segment : segments) target += "/" + percent_encode(segment);
  char separator = '?';
  for (const auto& [key, value] : query) { target += separator + percent_encode(key) + "=" + percent_encode(value); separator = '&'; }
  auto inner = Request::make(request.method, std::move(target), std::move(request.body), std::move(request.headers));
  if (!inner) co_return failed(400, 400, inner.error().message);
  inner->principal = std::move(request.principal);
  inner->peer = request.peer;
  inner->local = request.local;
  inner->secure = request.secure;
  co_return co_await router->handle(*std::move(inner));
}

void Api::add(http::Router& router, bool own_port) {
  if (own_port) {
    route(router, "GET", "/", &Api::root);
    route(router, "POST", "/", &Api::root);
  }
  route(router, "GET", "/schemas", &Api::list_schemas);
  route(router, "GET", "/schemas/types", &Api::types);
  route(router, "GET", "/schemas/ids/{id}", &Api::schema_by_id);
  route(router, "GET", "/schemas/ids/{id}/schema", &Api::text_by_id);
  route(router, "GET", "/schemas/ids/{id}/subjects", &Api::subjects_of_id);
  route(router, "GET", "/schemas/ids/{id}/versions", &Api::versions_of_id);
  route(router, "GET", "/schemas/guids/{guid}", &Api::schema_by_guid);
  route(router, "GET", "/schemas/guids/{guid}/ids", &Api::ids_of_guid);
  route(router, "GET", "/subjects", &Api::list_subjects);
  route(router, "POST", "/subjects/{subject}", &Api::look_up);
  route(router, "DELETE", "/subjects/{subject}", &Api::delete_subject);
  route(router, "GET", "/subjects/{subject}/versions", &Api::list_versions);
  route(router, "POST", "/subjects/{subject}/versions", &Api::register_schema);
  route(router, "GET", "/subjects/{subject}/versions/{version}", &Api::version);
  route(router, "DELETE", "/subjects/{subject}/versions/{version}", &Api::delete_version);
  route(router, "GET", "/subjects/{subject}/versions/{version}/schema", &Api::version_text);
  route(router, "GET", "/subjects/{subject}/versions/{version}/referencedby", &Api::referenced_by);
  route(router, "POST", "/subjects/{subject}/versions/{version}/tags", &Api::tag_schema);
  route(router, "GET", "/subjects/{subject}/metadata", &Api::with_metadata);
  route(router, "POST", "/compatibility/subjects/{subject}/versions", &Api::compatibility);
  route(router, "POST", "/compatibility/subjects/{subject}/versions/{version}", &Api::compatibility);
  for (const std::string_view pattern : {"/config", "/config/{subject}"}) {
    route(router, "GET", pattern, &Api::get_config);
    route(router, "PUT", pattern, &Api::put_config);
    route(router, "DELETE", pattern, &Api::delete_config);
  }
  for (const std::string_view pattern : {"/mode", "/mode/{subject}"}) {
    route(router, "GET", pattern, &Api::get_mode);
    route(router, "PUT", pattern, &Api::put_mode);
    route(router, "DELETE", pattern, &Api::delete_mode);
  }
  route(router, "GET", "/contexts", &Api::contexts);
  route(router, "DELETE", "/contexts/{context}", &Api::delete_context);
  for (const std::string_view method : {"GET", "POST", "PUT", "DELETE"})
    router.add(method, "/contexts/{context}/{rest*}", [at = &router](Request r) { return in_context(at, std::move(r)); });
  // What belongs to Confluent's registry and not to this one says so, instead of looking like a wrong address.
  struct Absent { std::string_view path; Method handler; };
  for (const auto& [path, handler] : {Absent{"/associations", &Api::no_associations}, {"/dek-registry", &Api::no_keys}, {"/exporters", &Api::no_exporters}})
    for (const std::string_view method : {"GET", "POST", "PUT", "DELETE"}) {
      route(router, method, path, handler);
      route(router, method, std::string(path) + "/{rest*}", handler);
    }
  route(router, "GET", "/v1/metadata/id", &Api::metadata_id);
  route(router, "GET", "/v1/metadata/version", &Api::metadata_version);
  route(router, "GET", "/v1/metadata/deployment", &Api::metadata_deployment);
  for (const std::string_view prefix : {"/schemas", "/subjects", "/compatibility", "/config", "/mode", "/contexts", "/v1/metadata", "/associations", "/dek-registry", "/exporters"}) router.error_form(prefix, error_form);
  if (own_port) router.error_form("/", error_form);
}

std::expected<reg::SchemaRequest, Response> Api::body_of(const Request& r) {
  if (r.body.empty()) return std::unexpected(failed(422, 422, "The body must be a JSON object with a schema, it is empty"));
  auto body = json::parse_object(r.body);
  if (!body) return std::unexpected(failed(400, 400, body.error().message));
  auto request = reg::schema_request(*body);
  if (!request) return std::unexpected(failed(400, 400, request.error().message));
  return *std::move(request);
}

std::string Api::text_of(const reg::RegisteredSchema& schema, const std::string& format) {
  if (format.empty() || format == "default") return schema.text;
  const auto parsed = service_.parsed().of(schema);
  return parsed ? (*parsed)->formatted(format) : schema.text;
}

Response Api::schema_answer(const reg::Outcome<reg::RegisteredSchema>& schema, const Request& r) {
  return schema ? ok(described(*schema, r)) : refused(schema.error());
}

// The schema as `format`, `referenceFormat` and `findTags` ask for it.
json::object Api::described(const reg::RegisteredSchema& schema, const Request& r) {
  auto o = schema_object(schema, text_of(schema, text(r, "format")));
  if (text(r, "referenceFormat") == "qualified" && !schema.references.empty()) {
    auto references = schema.references;
    for (auto& reference : references) reference.subject = reg::in_context_of(reference.subject, schema.subject);
    o["references"] = reg::to_json(references);
  }
  if (const auto wanted = r.query_all("findTags"); !wanted.empty())
    if (const auto parsed = service_.parsed().of(schema)) {
      auto found = (*parsed)->inline_tags();
      if (std::find(wanted.begin(), wanted.end(), "*") == wanted.end())   // whoever has one of them, with all that it has
        std::erase_if(found, [&](const auto& entity) { return std::none_of(wanted.begin(), wanted.end(), [&](const auto& tag) { return entity.tags.contains(std::string(tag)); }); });
      if (!found.empty()) o["schemaTags"] = reg::to_json(found);
    }
  return o;
}

std::expected<SchemaId, Response> Api::id_of(const Request& r) {
  const auto& written = r.param("id");
  SchemaId out;
  const auto [end, ec] = std::from_chars(written.data(), written.data() + written.size(), out.value);
  if (ec != std::errc{} || end != written.data() + written.size()) return std::unexpected(failed(404, 404, "HTTP 404 Not Found"));
  return out;
}

json::object Api::by_id_object(const reg::RegisteredSchema& schema, const Request& r, bool with_place) {
  auto o = described(schema, r);
  o.erase("id");
  if (!with_place) {
    o.erase("subject");
    o.erase("version");
  }
  if (flag(r, "fetchMaxId")) o["maxId"] = service_.state().id_max(reg::parse_subject(schema.subject).context);
  return o;
}

static bool has_rule_of(const reg::RegisteredSchema& schema, const std::string& type) {
  if (!schema.rule_set) return false;
  for (const auto* rules : {&schema.rule_set->migration_rules, &schema.rule_set->domain_rules, &schema.rule_set->encoding_rules})
    for (const auto& rule : *rules)
      if (rule.type == type) return true;
  return false;
}

Task<Response> Api::list_schemas(Request r) {
  auto prefix = r.query_first("subjectPrefix");
  auto all = service_.schemas(prefix ? std::string(*prefix) : "", flag(r, "deleted"), flag(r, "latestOnly"));
  if (const auto type = text(r, "ruleType"); !type.empty())
    std::erase_if(all, [&](const reg::RegisteredSchema& schema) { return !has_rule_of(schema, type); });
  const bool aliases = flag(r, "aliases");
  auto range = page(r);
  if (range.limit < 1 || range.limit > 1000) range.limit = 1000;
  json::array out;
  for (const auto& schema : cut(std::move(all), range)) {
    auto o = described(schema, r);
    if (aliases)
      if (const auto names = service_.aliases_of(schema.subject); !names.empty()) o["aliases"] = json::array(names.begin(), names.end());
    out.emplace_back(std::move(o));
  }
  co_return ok(out);
}

Task<Response> Api::schema_by_id(Request r) {
  auto id = id_of(r);
  if (!id) co_return std::move(id).error();
  const auto asked = text(r, "subject");
  const auto schema = service_.by_id(*id, service_.real_subject(asked));
  if (!schema) co_return refused(schema.error());
  co_return ok(by_id_object(*schema, r, !asked.empty()));
}

Task<Response> Api::text_by_id(Request r) {
  auto id = id_of(r);
  if (!id) co_return std::move(id).error();
  const auto schema = service_.by_id(*id, service_.real_subject(text(r, "subject")));
  if (!schema) co_return refused(schema.error());
  co_return raw(text_of(*schema, text(r, "format")));
}

Task<Response> Api::subjects_of_id(Request r) {
  auto id = id_of(r);
  if (!id) co_return std::move(id).error();
  const auto places = service_.places(*id, service_.real_subject(text(r, "subject")), flag(r, "deleted"));
  if (!places) co_return refused(places.error());
  std::set<std::string> subjects;
  for (const auto& [subject, version] : *places) subjects.insert(subject);
  json::array out;
  for (const auto& subject : cut(std::vector<std::string>(subjects.begin(), subjects.end()), page(r))) out.emplace_back(subject);
  co_return ok(out);
}

Task<Response> Api::versions_of_id(Request r) {
  auto id = id_of(r);
  if (!id) co_return std::move(id).error();
  auto places = service_.places(*id, service_.real_subject(text(r, "subject")), flag(r, "deleted"));
  if (!places) co_return refused(places.error());
  json::array out;
  for (const auto& [subject, version] : cut(*std::move(places), page(r))) out.emplace_back(json::object{{"subject", subject}, {"version", version}});
  co_return ok(out);
}

Task<Response> Api::schema_by_guid(Request r) {
  const auto schema = service_.by_guid(r.param("guid"));
  if (!schema) co_return refused(schema.error());
  co_return ok(by_id_object(*schema, r, false));
}

Task<Response> Api::ids_of_guid(Request r) {
  json::array out;
  if (const auto guid = reg::parse_guid(r.param("guid")))
    for (const auto& [context, id] : service_.state().ids_of(*guid)) out.emplace_back(json::object{{"context", context}, {"id", id.value}});
  co_return ok(out);
}

Task<Response> Api::list_subjects(Request r) {
  const auto prefix = r.query_first("subjectPrefix");
  auto all = service_.subjects(prefix ? std::string(*prefix) : std::string(reg::every_context), flag(r, "deleted"), flag(r, "deletedOnly"));
  json::array out;
  for (const auto& subject : cut(std::move(all), page(r))) out.emplace_back(subject);
  co_return ok(out);
}

Task<Response> Api::look_up(Request r) {
  auto body = body_of(r);
  if (!body) co_return std::move(body).error();
  reg::LookupQuery query;
  query.subject = subject(r);
  query.request = *std::move(body);
  query.normalize = flag(r, "normalize");
  query.deleted = flag(r, "deleted");
  co_return schema_answer(service_.look_up(query), r);
}

Task<Response> Api::delete_subject(Request r) {
  auto versions = co_await service_.delete_subject(subject(r), flag(r, "permanent"));
  if (!versions) co_return refused(versions.error());
  json::array out;
  for (const auto version : *versions) out.emplace_back(version);
  co_return ok(out);
}

Task<Response> Api::list_versions(Request r) {
  const auto name = subject(r);
  const bool negative = flag(r, "deletedAsNegative");
  auto versions = service_.versions(name, flag(r, "deleted") || negative, flag(r, "deletedOnly"));
  if (!versions) co_return refused(versions.error());
  json::array out;
  for (const auto version : cut(*std::move(versions), page(r))) {
    const auto* schema = negative ? service_.state().find(name, version) : nullptr;
    out.emplace_back(schema != nullptr && schema->deleted ? -version : version);
  }
  co_return ok(out);
}

Task<Response> Api::register_schema(Request r) {
  auto body = body_of(r);
  if (!body) co_return std::move(body).error();
  reg::RegisterCommand command;
  command.subject = subject(r);
  command.request = *std::move(body);
  command.normalize = flag(r, "normalize");
  command.force = flag(r, "force");
  auto schema = co_await service_.register_schema(std::move(command));
  if (!schema) co_return refused(schema.error());
  auto o = schema_object(*schema, text_of(*schema, text(r, "format")));
  o.erase("subject");
  co_return ok(o);
}

Task<Response> Api::version(Request r) {
  co_return schema_answer(service_.version(subject(r), r.param("version"), flag(r, "deleted")), r);
}

Task<Response> Api::version_text(Request r) {
  const auto schema = service_.version(subject(r), r.param("version"), flag(r, "deleted"));
  if (!schema) co_return refused(schema.error());
  co_return raw(text_of(*schema, text(r, "format")));
}

Task<Response> Api::referenced_by(Request r) {
  auto ids = service_.referenced_by(subject(r), r.param("version"), flag(r, "deleted"));
  if (!ids) co_return refused(ids.error());
  json::array out;
  for (const auto id : cut(*std::move(ids), page(r))) out.emplace_back(id.value);
  co_return ok(out);
}

Task<Response> Api::tag_schema(Request r) {
  if (r.body.empty()) co_return failed(422, 422, "The body must be a JSON object with tagsToAdd or tagsToRemove, it is empty");
  auto body = json::parse_object(r.body);
  if (!body) co_return failed(400, 400, body.error().message);
  auto request = reg::tag_request(*body);
  if (!request) co_return failed(400, 400, request.error().message);
  reg::TagCommand command;
  command.subject = subject(r);
  command.version = r.param("version");
  command.request = *std::move(request);
  auto schema = co_await service_.tag_schema(std::move(command));
  if (!schema) co_return refused(schema.error());
  auto o = described(*schema, r);
  o.erase("subject");
  co_return ok(o);
}

Task<Response> Api::delete_version(Request r) {
  const auto version = co_await service_.delete_version(subject(r), r.param("version"), flag(r, "permanent"));
  if (!version) co_return refused(version.error());
  co_return ok(*version);
}

Task<Response> Api::with_metadata(Request r) {
  const auto keys = r.query_all("key"), values = r.query_all("value");
  std::map<std::string, std::string> properties;
  for (std::size_t i = 0; i < std::min(keys.size(), values.size()); ++i) properties[keys[i]] = values[i];
  co_return schema_answer(service_.with_metadata(subject(r), properties, flag(r, "deleted")), r);
}

Task<Response> Api::compatibility(Request r) {
  auto body = body_of(r);
  if (!body) co_return std::move(body).error();
  reg::CompatibilityQuery query;
  query.subject = subject(r);
  query.request = *std::move(body);
  query.normalize = flag(r, "normalize");
  query.verbose = flag(r, "verbose");
  query.example = query.verbose || flag(r, "explain");
  if (r.params.contains("version")) query.version = r.param("version");
  const auto verdict = service_.check_compatibility(query);
  if (!verdict) co_return refused(verdict.error());
  json::object out{{"is_compatible", verdict->compatible}};
  if (query.verbose) {
    json::array messages;
    for (const auto& message : verdict->messages) messages.emplace_back(message);
    if (const auto& e = verdict->example)   // before the three that close the list
      messages.insert(messages.begin() + std::ptrdiff_t(verdict->differences.size()), json::value("{example: '" + e->record + "', writtenWith: '" + (e->new_reads_old ? "old" : "new") + "', fails: '" + e->error + "'}"));
    out["messages"] = std::move(messages);
  }
  if (flag(r, "explain")) {
    json::array differences;
    for (const auto& d : verdict->differences)
      differences.emplace_back(json::object{{"kind", d.kind}, {"path", d.path}, {"what", d.what}, {"breaks", reg::breaks(d)}, {"why", d.why}, {"allowed", d.allowed}});
    out["differences"] = std::move(differences);
    out["compatibility"] = verdict->level;
    if (verdict->against > 0) out["version"] = verdict->against;
    if (const auto& e = verdict->example) out["example"] = json::object{{"record", e->record}, {"written_with", e->new_reads_old ? "old" : "new"}, {"error", e->error}};
  }
  co_return ok(out);
}

Task<Response> Api::get_config(Request r) {
  const auto name = setting_subject(r);
  const auto& state = service_.state();
  if (flag(r, "defaultToGlobal")) co_return ok(reg::to_json(state.config_in_force(name), "compatibilityLevel"));
  const auto* stored = state.config(name);
  if (stored == nullptr && !has_default(name))
    co_return failed(404, reg::code::no_subject_compatibility, "Subject '" + name + "' does not have subject-level compatibility configured");
  auto config = stored != nullptr ? *stored : reg::Config{};
  if (!config.level) config.level = reg::Level::backward;   // where only other things are set, the answer has the level of the server
  co_return ok(reg::to_json(config, "compatibilityLevel"));
}

Task<Response> Api::put_config(Request r) {
  if (r.body.empty()) co_return failed(422, 422, "The body must be a JSON object, for example {\"compatibility\": \"FULL\"}; it is empty");
  auto body = json::parse_object(r.body);
  if (!body) co_return failed(400, 400, body.error().message);
  auto config = co_await service_.set_config(setting_subject(r), *std::move(body));
  if (!config) co_return refused(config.error());
  co_return ok(reg::to_json(*config, "compatibility"));
}

Task<Response> Api::delete_config(Request r) {
  const auto config = co_await service_.delete_config(setting_subject(r));
  if (!config) co_return refused(config.error());
  co_return ok(reg::to_json(*config, "compatibilityLevel"));
}

Task<Response> Api::get_mode(Request r) {
  const auto name = setting_subject(r);
  const auto& state = service_.state();
  const auto answer = [](reg::Mode mode) { return ok(json::object{{"mode", reg::name_of(mode)}}); };
  if (flag(r, "defaultToGlobal")) co_return answer(state.mode_in_force(name));
  const auto mode = state.mode(name);
  if (!mode && has_default(name)) co_return answer(reg::Mode::readwrite);
  if (!mode) co_return failed(404, reg::code::no_subject_mode, "Subject '" + name + "' does not have subject-level mode configured");
  co_return answer(*mode);
}

Task<Response> Api::put_mode(Request r) {
  if (r.body.empty()) co_return failed(422, 422, "The body must be a JSON object, for example {\"mode\": \"READONLY\"}; it is empty");
  auto body = json::parse_object(r.body);
  if (!body) co_return failed(400, 400, body.error().message);
  const auto* mode = body->if_contains("mode");
  std::string wanted = mode != nullptr && mode->is_string() ? std::string(mode->as_string()) : "";
  const auto set = co_await service_.set_mode(setting_subject(r), std::move(wanted), flag(r, "force"));
  if (!set) co_return refused(set.error());
  co_return ok(json::object{{"mode", reg::name_of(*set)}});
}

Task<Response> Api::delete_mode(Request r) {
  const auto mode = co_await service_.delete_mode(setting_subject(r), flag(r, "recursive"));
  if (!mode) co_return refused(mode.error());
  json::object out;
  if (*mode) out["mode"] = reg::name_of(**mode);   // nothing was set: nothing is named
  co_return ok(out);
}

Task<Response> Api::contexts(Request r) {
  const auto prefix = text(r, "contextPrefix");
  std::vector<std::string> names;
  for (auto& name : service_.state().contexts())
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  json::array out;
  for (const auto& name : cut(std::move(names), page(r))) out.emplace_back(name);
  co_return ok(out);
}

Task<Response> Api::delete_context(Request r) {
  const auto done = co_await service_.delete_context(r.param("context"));
  if (!done) co_return refused(done.error());
  co_return Response::empty(204);
}

Task<Response> Api::metadata_id(Request) {
  json::object clusters{{"kafka-cluster", info_.kafka_cluster_id}, {"schema-registry-cluster", info_.registry_cluster_id}};
  json::object scope{{"path", json::array{}}, {"clusters", std::move(clusters)}};
  co_return ok(json::object{{"scope", std::move(scope)}, {"id", ""}});
}

Task<Response> Api::metadata_version(Request) { co_return ok(json::object{{"version", info_.version}, {"commitId", info_.commit_id}}); }

}  // namespace

void add_routes(http::Router& router, reg::Registry& registry, Metrics& metrics, bool own_port, ServiceInfo info) {
  std::make_shared<Api>(registry, metrics, std::move(info))->add(router, own_port);
}

}  // namespace braid::api::registry_api
