// Private to node/*.cc: what a node consists of, in the order in which it is built. Destruction is the reverse.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "broker/server.h"
#include "http/server.h"
#include "io/file.h"
#include "io/shard.h"
#include "node/node.h"
#include "storage/log.h"

namespace braid::node {

struct Parts {
  Config config;
  Addresses addresses;
  Metrics metrics;
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<io::FileLock> lock;          // of the data directory
  std::unique_ptr<io::Shards> shards;
  std::unique_ptr<storage::Log> storage;
  std::unique_ptr<storage::GroupOffsets> group_offsets;
  http::Router main_router, registry_router, ksql_router;
  std::unique_ptr<http::Server> main_server, registry_server, ksql_server;
  std::unique_ptr<broker::Server> kafka_server;
  bool ready = false, stopped = false;
};

// Each builds its part or says why it cannot; called on the control shard, in this order.
Result<void> check_reach(const Config& config);                   // no strangers without TLS and authentication
Result<void> open_data_directory(Parts& parts);
Result<void> open_storage(Parts& parts);
io::Task<Result<void>> open_group_offsets(Parts& parts);
io::Task<Result<void>> start_broker(Parts& parts);
void add_process_metrics(Metrics& metrics);
void add_health_routes(http::Router& router, Parts& parts); // /metrics /healthz /readyz
http::Middleware local_caller();                                  // who asks, on a loopback address
io::Task<Result<void>> start_servers(Parts& parts);
io::Task<void> stop_servers(Parts& parts);

}  // namespace braid::node
