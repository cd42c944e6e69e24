#include "node/node.h"

#include "base/clock.h"
#include "base/log.h"
#include "node/certificates.h"
#include "node/limits.h"
#include "node/lineage.h"
#include "node/parts.h"

namespace braid::node {
namespace {

constexpr int pool_threads = 2;   // long work: scans, searches, big decodes

io::Task<Result<void>> start_parts(Parts& parts, std::optional<Demo> demo) {
  if (parts.tls) {
    parts.certificates = std::make_unique<CertificateKeeper>(*parts.tls, *parts.pool, parts.metrics, parts.clock);
    parts.certificates->start();
  }
  CO_TRY_VOID(co_await open_event_log(parts));
  CO_TRY_VOID(co_await open_registry(parts));
  CO_TRY_VOID(co_await open_engine(parts));
  CO_TRY_VOID(co_await open_mesh(parts));
  co_await audit_security(parts);
  CO_TRY_VOID(co_await open_observation(parts));
  if (demo) parts.use_cases = api::course_use_cases();
  CO_TRY_VOID(co_await open_lineage(parts));
  make_apis(parts);
  CO_TRY_VOID(add_routes(parts));
  if (demo) CO_TRY_VOID(co_await set_up_demo(parts, demo->records_per_second));
  co_await claim_mesh(parts);
  CO_TRY_VOID(co_await start_servers(parts));   // last: who reaches us finds everything there
  add_limit_metrics(parts);
  parts.ready = true;
  co_return Result<void>{};
}

io::Task<void> stop_parts(Parts& parts) {
  parts.ready = false;
  co_await stop_demo(parts);
  co_await stop_servers(parts);
  co_await close_lineage(parts);
  co_await close_observation(parts);
  co_await close_mesh(parts);
  co_await close_engine(parts);
  co_await close_registry(parts);
  co_await close_event_log(parts);
  if (parts.certificates) co_await parts.certificates->stop();
}

}  // namespace

Result<std::unique_ptr<Node>> Node::start(Config config, std::optional<Demo> demo) {
  const auto began = system_clock().monotonic_ns();
  TRY_VOID(check_reach(config));
  TRY_VOID(check_authentication(config));
  auto parts = std::make_unique<Parts>();
  parts->config = std::move(config);
  TRY_VOID(open_certificates(*parts));
  TRY_VOID(open_data_directory(*parts));
  add_process_metrics(parts->metrics);
  const int threads = parts->config.threads;
  parts->shards = io::Shards::start(threads > 0 ? threads : io::core_count());
  parts->pool = std::make_unique<io::Pool>(pool_threads);
  std::unique_ptr<Node> node(new Node(std::move(parts)));
  TRY_VOID(open_storage(*node->parts_));
  auto started = io::block_on(node->parts_->shards->control(), start_parts(*node->parts_, demo));
  if (!started) return std::unexpected(std::move(started).error());   // the Node's destructor takes down what was built
  log::info("node_started", {{"version", BRAID_VERSION},
                             {"data", node->parts_->config.data},
                             {"main", node->addresses().main},
                             {"threads", node->parts_->shards->size()},
                             {"ms", (system_clock().monotonic_ns() - began) / 1'000'000}});
  return node;
}

// Here, where all of its members are known.
Parts::Parts() = default;
Parts::~Parts() = default;

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Node::~Node() { stop(); }

void Node::stop() {
  if (parts_->stopped) return;
  parts_->stopped = true;
  const auto began = system_clock().monotonic_ns();
  io::block_on(parts_->shards->control(), stop_parts(*parts_));
  parts_->shards->stop();
  log::info("node_stopped", {{"ms", (system_clock().monotonic_ns() - began) / 1'000'000}});
}

void Node::reload() {
  if (parts_->certificates) parts_->certificates->reload("SIGHUP");
  else log::info("node_reload", {{"read_again", "nothing: there is no tls_certificate, and other settings are read at the start alone"}});
}

const Addresses& Node::addresses() const { return parts_->addresses; }

}  // namespace braid::node
