// usage: registry_server PORT
// The schema registry over a journal in memory, with its HTTP API and /metrics, on 127.0.0.1. Prints the port it listens on; 0 takes a free one.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "api/registry/routes.h"
#include "io/shard.h"
#include "registry/memory_journal.h"

namespace {

using namespace braid;

struct Running {
  Metrics metrics;
  std::unique_ptr<registry::Registry> registry;
  http::Router router;
  std::unique_ptr<http::Server> server;
};

io::Task<http::Response> metrics_text(Metrics* metrics) { co_return http::Response::text(200, metrics->text(), "text/plain; version=0.0.4"); }

io::Task<Result<std::uint16_t>> start(Running* r, std::uint16_t port) {
  registry::Registry::OpenJournal open = [](eventlog::Journal::Apply apply) { return registry::MemoryJournal::open(std::move(apply)); };
  CO_TRY(r->registry, co_await registry::Registry::open_on(std::move(open), r->metrics));
  api::registry_api::add_routes(r->router, *r->registry, r->metrics, true);
  r->router.get("/metrics", [metrics = &r->metrics](http::Request) { return metrics_text(metrics); });
  http::ServerOptions options;
  options.name = "registry";
  options.listen = io::Endpoint{"127.0.0.1", port};
  CO_TRY(r->server, http::Server::start(r->router, options, r->metrics));
  co_return r->server->local().port;
}

io::Task<bool> stop(Running* r) {
  co_await r->server->stop(io::Milliseconds(1000));
  r->server.reset();
  co_await r->registry->close();
  co_return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: registry_server PORT\n");
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Running running;
  auto shards = io::Shards::start(1);
  auto port = io::block_on(shards->control(), start(&running, std::uint16_t(std::strtol(argv[1], nullptr, 10))));
  if (!port) {
    std::fprintf(stderr, "registry_server: %s\n", port.error().text().c_str());
    return 1;
  }
  std::printf("%d\n", int(*port));
  std::fflush(stdout);
  int caught = 0;
  sigwait(&signals, &caught);
  io::block_on(shards->control(), stop(&running));
  shards->stop();
  return 0;
}
