// The HTTP servers, and who may reach them.
#include "api/mesh/mesh_api.h"
#include "io/net.h"
#include "node/parts.h"

namespace braid::node {
namespace {

// The host part of a Host or Origin value: "localhost:8080" -> "localhost", "[::1]:80" -> "::1", "http://a:1" -> "a".
std::string host_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  if (text.starts_with('[')) return std::string(text.substr(1, text.find(']') == std::string_view::npos ? text.npos : text.find(']') - 1));
  return std::string(text.substr(0, text.find(':')));
}

// Without passwords, the browser of whoever sits here must not become a tool of the pages it shows: a page of another site may neither reach
// us under its own name (DNS rebinding) nor send changes or open a WebSocket (cross-site requests carry its Origin).
std::optional<Error> not_from_here(const http::Request& request) {
  const std::string host = host_of(request.headers.get_or("Host", "localhost"));
  if (!io::Endpoint{host, 0}.loopback())
    return Error{ErrorCode::forbidden, "this node serves this machine only, and was asked under the name '" + host + "'", "use http://127.0.0.1 or http://localhost"};
  const auto origin = request.headers.get("Origin");
  const bool reads_only = request.method == "GET" && !request.headers.get("Upgrade");
  if (origin && !reads_only && !io::Endpoint{host_of(*origin), 0}.loopback())
    return Error{ErrorCode::forbidden, "a page of " + std::string(*origin) + " may not change anything here", "open this node's own pages"};
  return std::nullopt;
}

io::Task<std::optional<http::Response>> identify(http::Request& request) {
  std::optional<http::Response> refused;
  request.headers.remove(api::login_header);
  if (const auto error = not_from_here(request)) {
    refused = http::error_response(*error);
  } else if (const auto as = request.headers.get("Braid-As")) {
    request.principal = std::string(*as);
  } else if (const auto said = request.query_first("as"); said && request.method == "GET") {   // an EventSource or WebSocket cannot set headers
    request.principal = std::string(*said);
  }
  co_return refused;
}

Result<std::unique_ptr<http::Server>> listen(Parts& parts, const http::Router& router, std::string name, std::uint16_t port) {
  http::ServerOptions options;
  options.name = std::move(name);
  options.listen = io::Endpoint{parts.config.listen, port};
  options.tls = parts.tls;
  return http::Server::start(router, std::move(options), parts.metrics);
}

std::string url_of(const Parts& parts, const http::Server& server) {
  return (parts.tls ? "https://" : "http://") + io::Endpoint{host_for_others(parts.config), server.local().port}.text();
}

}  // namespace

std::string host_for_others(const Config& config) {
  if (!config.advertise.empty()) return config.advertise;
  return config.listen == "0.0.0.0" || config.listen == "::" ? "localhost" : config.listen;   // every address of this machine: the one that works here
}

// Other machines are let in only with TLS and authentication: without either, anybody on the way reads or asks.
Result<void> check_reach(const Config& config) {
  if (io::Endpoint{config.listen, 0}.loopback()) return {};
  const bool tls = !config.tls_certificate.empty(), logins = config.authentication_required;
  if (tls && logins) return {};
  const std::string what = "listen: " + config.listen + " can be reached from other machines, and this node has " + (tls ? "no authentication" : logins ? "no TLS" : "neither TLS nor authentication");
  std::string hint = "add to its configuration:\n";
  if (!tls) hint += "  tls_certificate: /etc/braid/braid.crt\n  tls_key: /etc/braid/braid.key\n";
  if (!logins) hint += "  authentication: required\n";
  if (!tls) hint += io::how_to_make_a_certificate() + "\n";
  if (!logins) hint += "The first start with authentication makes the first user.\n";
  return fail(ErrorCode::unsupported, what, hint + "Or listen: 127.0.0.1 serves this machine alone; reach it from elsewhere by a tunnel (ssh -L)");
}

http::Middleware local_caller() {
  return [](http::Request& request) { return identify(request); };
}

io::Task<Result<void>> start_servers(Parts& parts) {
  CO_TRY(parts.main_server, listen(parts, parts.main_router, "main", parts.config.http_port));
  CO_TRY(parts.registry_server, listen(parts, parts.registry_router, "registry", parts.config.registry_port));
  CO_TRY(parts.ksql_server, listen(parts, parts.ksql_router, "ksql", parts.config.ksql_port));
  parts.addresses.main = url_of(parts, *parts.main_server);
  parts.addresses.registry = url_of(parts, *parts.registry_server);
  parts.addresses.ksql = url_of(parts, *parts.ksql_server);
  co_return Result<void>{};
}

io::Task<void> stop_servers(Parts& parts) {
  static constexpr io::Milliseconds grace{5'000};
  for (auto* server : {&parts.ksql_server, &parts.registry_server, &parts.main_server})
    if (*server) co_await (*server)->stop(grace);
}

}  // namespace braid::node
