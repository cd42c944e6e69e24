// What the server says of itself: /info, /healthcheck, /status, /clusterStatus, /is_valid_property and the small ones.
#include "api/ksql/errors.h"
#include "api/ksql/ksql.h"
#include "api/ksql/properties.h"
#include "base/clock.h"

namespace braid::api {
namespace {

// The version that we are compatible with: ksqlDB's own clients refuse servers that say less than 0.10 or 6.0 (reference page, 3.3).
constexpr std::string_view compatible_version = "0.29.0";

http::Response ksql_json(const json::value& body) { return http::Response::json(200, json::print(body), "application/json"); }

std::string_view name_of(flow::CommandStatus::State state) {
  using enum flow::CommandStatus::State;
  switch (state) {
    case queued: return "QUEUED";
    case parsing: return "PARSING";
    case executing: return "EXECUTING";
    case running: return "RUNNING";
    case terminated: return "TERMINATED";
    case success: return "SUCCESS";
    case error: return "ERROR";
  }
  return "ERROR";
}

json::object status_json(const flow::CommandStatus& status) {
  json::object out{{"status", name_of(status.state)}, {"message", status.message}, {"queryId", nullptr}};
  if (!status.query_id.empty()) out["queryId"] = status.query_id;
  return out;
}

}  // namespace

io::Task<http::Response> Ksql::info(http::Request) {
  json::object inner{{"version", compatible_version}, {"kafkaClusterId", kafka_cluster_id_}, {"ksqlServiceId", engine_.service_id()}, {"serverStatus", "RUNNING"}};
  json::object body{{"KsqlServerInfo", std::move(inner)}};
  co_return ksql_json(body);
}

io::Task<http::Response> Ksql::healthcheck(http::Request) {
  const auto topics = co_await log_.list_topics();
  const bool kafka = topics.has_value();
  json::object details;
  for (const auto& [name, good] : {std::pair{"metastore", true}, std::pair{"kafka", kafka}, std::pair{"commandRunner", true}})
    details[name] = json::object{{"isHealthy", good}};
  json::object body{{"isHealthy", kafka}, {"details", std::move(details)}, {"serverState", "READY"}};
  co_return http::Response::json(kafka ? 200 : 503, json::print(body));
}

io::Task<http::Response> Ksql::status(http::Request request) {
  if (request.params.empty()) {
    json::object all;
    for (const auto& [id, status] : engine_.statuses()) all[id] = name_of(status.state);
    json::object body{{"commandStatuses", std::move(all)}};
    co_return ksql_json(body);
  }
  const auto id = request.param("type") + "/" + request.param("entity") + "/" + request.param("action");
  const auto found = engine_.status(id);
  if (!found) co_return respond(KsqlError{404, 40400, "Command not found: " + id});
  co_return ksql_json(status_json(*found));
}

io::Task<http::Response> Ksql::cluster_status(http::Request request) {
  const auto host = request.local.text();
  json::object node{{"hostAlive", true}, {"lastStatusUpdateMs", system_clock().wall_ms()}, {"activeStandbyPerQuery", json::object()},
                    {"hostStoreLags", json::object{{"stateStoreLags", json::object()}, {"updateTimeMs", 0}}}};
  json::object body{{"clusterStatus", json::object{{host, std::move(node)}}}};
  co_return ksql_json(body);
}

io::Task<http::Response> Ksql::metadata(http::Request) {
  json::object scope{{"path", json::array()}, {"clusters", json::object{{"kafka-cluster", kafka_cluster_id_}, {"ksql-cluster", engine_.service_id()}}}};
  json::object body{{"version", compatible_version}, {"clusterId", json::object{{"id", engine_.service_id()}, {"scope", std::move(scope)}}}};
  co_return ksql_json(body);
}

io::Task<http::Response> Ksql::is_valid_property(http::Request request) {
  const auto& name = request.param("property");
  if (known_ksql_property(name)) co_return http::Response::json(200, "true");
  co_return respond(KsqlError{400, 40000, "One or more properties overrides set locally are prohibited by the KSQL server (use UNSET to reset their default value): [" + name + "]"});
}

io::Task<http::Response> Ksql::not_built(http::Request, std::string what) {
  co_return respond(KsqlError{501, 50100, what + " is not built yet"});
}

Ksql::Ksql(flow::Engine& engine, eventlog::EventLog& log, registry::Registry& registry, StatementGuard* guard, mesh::AuditSink* audit,
           std::string kafka_cluster_id)
    : engine_(engine), log_(log), registry_(registry), guard_(guard), audit_(audit), kafka_cluster_id_(std::move(kafka_cluster_id)) {}

void Ksql::add_routes(http::Router& router, bool own_port) {
  router.post("/ksql", [this](http::Request r) { return statements(std::move(r)); });
  router.post("/query", [this](http::Request r) { return query(std::move(r), true); });
  router.post("/query-stream", [this](http::Request r) { return query(std::move(r), false); });
  router.post("/close-query", [this](http::Request r) { return close_query(std::move(r)); });
  router.add("POST", "/inserts-stream", [this](http::Request r) { return inserts_stream(std::move(r)); }, http::Body::streamed);
  router.get("/info", [this](http::Request r) { return info(std::move(r)); });
  router.get("/healthcheck", [this](http::Request r) { return healthcheck(std::move(r)); });
  router.get("/status", [this](http::Request r) { return status(std::move(r)); });
  router.get("/status/{type}/{entity}/{action}", [this](http::Request r) { return status(std::move(r)); });
  router.get("/clusterStatus", [this](http::Request r) { return cluster_status(std::move(r)); });
  router.get("/is_valid_property/{property}", [this](http::Request r) { return is_valid_property(std::move(r)); });
  router.get("/ws/query", [this](http::Request r) { return not_built(std::move(r), "a query over a websocket"); });
  router.post("/ksql/terminate", [this](http::Request r) { return not_built(std::move(r), "terminating the cluster"); });
  if (!own_port) return;
  router.get("/", [](http::Request) -> io::Task<http::Response> {
    auto response = http::Response::empty(307);
    response.headers.set("Location", "/info");
    co_return response;
  });
  router.get("/v1/metadata", [this](http::Request r) { return metadata(std::move(r)); });
  for (const std::string path : {"/chc/ready", "/chc/live"})
    router.get(path, [](http::Request) -> io::Task<http::Response> { co_return http::Response::json(200, "{}"); });
}

}  // namespace braid::api
