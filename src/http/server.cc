#include "base/limits/http.h"
#include "base/log.h"
#include "http/connection.h"

namespace braid::http {
namespace {

io::Task<void> serve(std::shared_ptr<ServerState> server, std::shared_ptr<Connection> connection, io::Gate::Pass pass) {
  co_await serve_http1(server, connection);
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
    if (server->connections.size() >= limits::http_connections_max) {
      (*accepted)->close();
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(*accepted));
    server->connections.insert(connection);
    server->open_connections->add(1);
    shard.spawn(serve(server, std::move(connection), std::move(*inside)));
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
  state->seconds = &metrics.histogram("braid_http_request_seconds", "time from the first byte of a request to the last of its answer",
                                      {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, who);
  auto pass = state->gate.enter();
  BRAID_ASSERT(pass.has_value());
  io::Shard::current()->spawn(accept_loop(state, listener, std::move(*pass)));
  return std::make_unique<ServerImpl>(std::move(state), std::move(listener));
}

}  // namespace braid::http
