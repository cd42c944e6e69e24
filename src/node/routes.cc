// Which API is served on which port.
#include "api/openapi/document.h"
#include "api/portal/portal.h"
#include "api/registry/routes.h"
#include "base/json.h"
#include "node/parts.h"

namespace braid::node {
namespace {

io::Task<http::Response> answer(http::Response response) { co_return response; }

http::Response status_answer(const Parts& parts) {
  json::object o;
  o["status"] = parts.ready ? "ready" : "not ready";
  o["version"] = BRAID_VERSION;
  if (const auto failed = parts.storage ? parts.storage->status().failed : std::string(); !failed.empty()) {
    o["status"] = "not ready";
    o["event_log"] = failed;
    return http::Response::json(503, json::print(o));
  }
  return http::Response::json(parts.ready ? 200 : 503, json::print(o));
}

http::Response front_page(const Parts& parts) {
  json::object at{{"main", parts.addresses.main}, {"registry", parts.addresses.registry}, {"ksql", parts.addresses.ksql}, {"kafka", parts.addresses.kafka}};
  json::object o{{"name", "braid"}, {"version", BRAID_VERSION}, {"described_by", "/openapi.json"}, {"event_log", parts.config.event_log}, {"listens", std::move(at)}};
  return http::Response::json(200, json::pretty(std::move(o)));
}

void add_health_routes(http::Router& router, Parts& parts) {
  router.get("/healthz", [](http::Request) { return answer(http::Response::json(200, R"({"status":"ok"})")); });
  router.get("/readyz", [&parts](http::Request) { return answer(status_answer(parts)); });
  router.get("/metrics", [&parts](http::Request) { return answer(http::Response::text(200, parts.metrics.text(), "text/plain; version=0.0.4; charset=utf-8")); });
}

}  // namespace

Result<void> add_routes(Parts& parts) {
  for (auto* router : {&parts.main_router, &parts.registry_router, &parts.ksql_router}) {
    if (parts.config.authentication_required) {
      router->use_on_head(logged_in_caller(parts, *router));
      router->use_on_head(path_rules(parts, *router));
      continue;
    }
    router->use(local_caller());
    router->use(api::known_people(*parts.mesh));
  }
  add_health_routes(parts.main_router, parts);
  parts.mesh_api->add_routes(parts.main_router);
  api::registry_api::ServiceInfo info;
  info.kafka_cluster_id = parts.cluster_id;
  if (parts.config.schema_registry_url.empty()) {
    api::registry_api::add_routes(parts.main_router, *parts.registry, parts.metrics, false, info);
    api::registry_api::add_routes(parts.registry_router, *parts.registry, parts.metrics, true, info);
  } else {
    TRY(auto place, registry_place(parts.config.schema_registry_url));
    place.trusted = parts.trusted;
    api::registry_api::add_routes(parts.own_registry_router, *parts.registry, parts.metrics, true, info);
    add_forwarding(parts.main_router, place, *parts.registry, parts.own_registry_router, false);
    add_forwarding(parts.registry_router, place, *parts.registry, parts.own_registry_router, true);
  }
  parts.lineage_api->add_routes(parts.main_router);
  parts.catalog_api->add_routes(parts.main_router);
  parts.catalog_api->add_routes(parts.registry_router);
  parts.records_api->add_routes(parts.main_router);
  parts.observe_api->add_routes(parts.main_router);
  parts.ksql_api->add_routes(parts.main_router, false);
  parts.ksql_api->add_routes(parts.ksql_router, true);
  parts.prototype_api->add_routes(parts.main_router);
  parts.editor_api->add_routes(parts.main_router);
  parts.operations_api->add_routes(parts.main_router);
  parts.security_api->add_routes(parts.main_router);
  TRY_VOID(api::add_openapi_routes(parts.main_router, {api::security_openapi(), api::mesh_openapi(), api::records_openapi(), api::lineage_openapi(), api::observe_openapi(), api::editor_openapi(), api::operations_openapi()}));
  api::add_portal_routes(parts.main_router, api::portal_files(), [&parts] { return front_page(parts); });
  return {};
}

}  // namespace braid::node
