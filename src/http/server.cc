#include <array>

#include "base/limits/http.h"
#include "base/limits/net.h"
#include "base/log.h"
#include "http/connection.h"

namespace braid::http {
namespace {

// For who speaks plain HTTP to a port that speaks TLS.
std::string use_https(const ServerState& server, const io::Endpoint& local) {
  const Error error{ErrorCode::invalid_input, "this port speaks HTTPS, and was asked in plain HTTP", "use https://" + local.text()};
  const Response response = server.router.error("/", 400, error);
  return "HTTP/1.1 400 Bad Request\r\nContent-Type: " + std::string(response.headers.get_or("Content-Type", "application/json")) +
         "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n" + response.body;
}

bool begins_http(BytesView text) {
  static constexpr std::array<std::string_view, 8> methods{"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "PATCH ", "OPTIONS ", "PRI "};
  for (const auto method : methods)
    if (text.starts_with(method)) return true;
  return false;
}

io::Task<bool> shake_hands(ServerState& server, Connection& connection) {
  std::vector<std::string> protocols{"h2", "http/1.1"};
  auto wrapped = server.options.tls->wrap(std::move(connection.stream), std::move(protocols));
  auto& tls = *wrapped;
  connection.stream = std::move(wrapped);
  connection.secure = true;
  const auto done = co_await tls.handshake(io::after(io::Milliseconds(limits::tls_handshake_ms_max)));
  if (done) {
    server.handshakes->add();
    co_return true;
  }
  if (done.error().code == ErrorCode::stopping) co_return false;
  server.handshakes_failed->add();
  io::log_failed_handshake(server.options.name, tls.peer(), done.error());
  if (begins_http(tls.plain_text())) {
    const std::string answer = use_https(server, tls.local());
    (void)co_await tls.under().write(BytesView(answer), io::after(server.options.write));
  }
  co_return false;
}

io::Task<void> serve(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, std::string address, io::Gate::Pass pass) {
  bool ready = true;
  if (server->options.tls) ready = co_await shake_hands(*server, *connection);
  if (ready) co_await serve_http1(server, connection);
  else connection->close();
  if (const auto at = server->by_address.find(address); --at->second == 0) server->by_address.erase(at);
  server->connections.erase(connection);
  server->open_connections->add(-1);
  (void)pass;
}

io::Task<void> accept_loop(std::shared_ptr<ServerState> server, std::shared_ptr<io::Listener> listener, io::Gate::Pass pass) {
  auto& shard = *io::Shard::current();
  while (!server->stopping) {
    auto accepted = co_await listener->accept(shard);
    if (server->stopping) break;
    if (!accepted) {
      if (accepted.error().code == ErrorCode::stopping) break;
      log::warn("http_accept_failed", {{"server", server->options.name}, {"why", accepted.error().message}});   // no file descriptors left, for example
      co_await io::sleep_for(io::Milliseconds(100));
      continue;
    }
    auto inside = server->gate.enter();
    if (!inside) break;
    std::string address = (*accepted)->peer().host;
    const auto per_address = server->options.connections_per_address;
    const auto from_there = server->by_address.find(address);
    if (server->connections.size() >= limits::http_connections_max ||
        (from_there != server->by_address.end() && from_there->second >= (per_address ? per_address : limits::http_connections_per_address_max))) {
      server->refused->add();
      (*accepted)->close();
      continue;
    }
    ++server->by_address[address];
    auto connection = std::make_shared<Connection>(std::move(*accepted));
    server->connections.insert(connection);
    server->open_connections->add(1);
    shard.spawn(serve(server, std::move(connection), std::move(address), std::move(*inside)));
  }
  (void)pass;
}

class ServerImpl final : public Server {
 public:
  ServerImpl(std::shared_ptr<ServerState> state, std::shared_ptr<io::Listener> listener) : state_(std::move(state)), listener_(std::move(listener)) {}
  io::Endpoint local() const override { return listener_->local(); }
  io::Task<void> stop(io::Milliseconds grace) override {
    state_->stopping = true;
    listener_->close();
    const auto open = state_->connections;   // a copy: closing takes connections out
    for (const auto& connection : open) {
      if (connection->idle) connection->close();
      else if (connection->on_stop) connection->on_stop();
    }
    const auto until = io::after(grace);
    while (!state_->connections.empty() && std::chrono::steady_clock::now() < until) co_await io::sleep_for(io::Milliseconds(5));
    const auto left = state_->connections;
    if (!left.empty()) log::warn("http_stop_cuts_connections", {{"server", state_->options.name}, {"connections", left.size()}});
    for (const auto& connection : left) connection->close();
    co_await state_->gate.close();
  }

 private:
  std::shared_ptr<ServerState> state_;         // shared with the connections' tasks, which end before stop() returns
  std::shared_ptr<io::Listener> listener_;     // shared with the accept loop
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Router& router, ServerOptions options, Metrics& metrics) {
  TRY(auto bound, io::Listener::bind(options.listen));
  std::shared_ptr<io::Listener> listener(std::move(bound));
  const Labels who{{"server", options.name}};
  auto state = std::make_shared<ServerState>(router, std::move(options));
  for (int i = 1; i <= 5; ++i) {
    Labels labels = who;
    labels["status"] = std::to_string(i) + "xx";
    state->by_status[i] = &metrics.counter("braid_http_requests_total", "HTTP requests answered, by class of status", labels);
  }
  state->bytes_out = &metrics.counter("braid_http_response_bytes_total", "bytes of HTTP responses", who);
  state->open_connections = &metrics.gauge("braid_http_connections", "open HTTP connections", who);
  state->refused = &metrics.counter("braid_http_connections_refused_total", "HTTP connections closed at once because there were too many, in all or from their address", who);
  const Labels by_listener{{"listener", state->options.name}};
  state->handshakes = &metrics.counter("braid_tls_handshakes_total", "TLS handshakes that succeeded", by_listener);
  state->handshakes_failed = &metrics.counter("braid_tls_handshake_failures_total", "TLS handshakes that failed", by_listener);
  state->seconds = &metrics.histogram("braid_http_request_seconds", "time from the first byte of a request to the last of its answer",
                                      {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, who);
  auto pass = state->gate.enter();
  BRAID_ASSERT(pass.has_value());
  io::Shard::current()->spawn(accept_loop(state, listener, std::move(*pass)));
  return std::make_unique<ServerImpl>(std::move(state), std::move(listener));
}

}  // namespace braid::http
