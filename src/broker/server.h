// The Kafka port: listens, and answers Kafka's protocol over the embedded log. Spec: docs/formats/kafka-protocol.md and README.md.
//
// Threads: start, traffic and close are called on the control shard. Each connection is a coroutine on one shard (they are dealt out in turn);
// partition work goes to the owning shard through storage's own calls; each group lives on one shard. Ownership: shards, log, offsets, transactions, gate,
// metrics and clock outlive the Server; close() before destroying it. Errors: a taken port, and whatever the log says while groups are loaded.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "broker/gate.h"
#include "broker/traffic.h"
#include "io/net.h"
#include "io/shard.h"
#include "io/tls.h"
#include "storage/group_offsets.h"
#include "storage/log.h"
#include "storage/transactions.h"

namespace braid::broker {

class Coordinator;   // coordinator.h
class Security;      // security/security.h

struct Options {
  io::Endpoint endpoint{"127.0.0.1", 9092};
  // What clients are told to connect to. Empty: the address they reached us at, which is right unless there is a NAT or proxy between.
  // Port 0: the one that we listen on.
  std::optional<io::Endpoint> advertised{};
  std::shared_ptr<const io::TlsServer> tls{};  // shared with the node, which reloads it; null: plain text
  std::size_t connections_per_address = 0;     // at one time (max.connections.per.ip); 0: the limit of base/limits/kafka.h
  std::size_t request_memory = 0;              // of requests being read or worked on, all connections together; 0: the limit of base/limits/kafka.h
  std::int32_t slow_request_ms = 10'000;       // a request that takes longer to come is cut when others wait for its memory
  std::int32_t node_id = 1;
  bool auto_create_topics = true;              // auto.create.topics.enable
  std::int32_t default_partitions = 1;         // num.partitions
  // Asked for three copies, a single node makes the one it has, says so in the answer and in the log, and goes on. false: refuse, as Apache Kafka does.
  bool clamp_replication_factor = true;
  // group.initial.rebalance.delay.ms. Kafka waits 3 s to save rebalances of large fleets; on one machine a first answer at once is worth more.
  std::int32_t initial_rebalance_delay_ms = 0;
  std::int32_t session_timeout_min_ms = 6'000;      // group.min.session.timeout.ms
  std::int32_t session_timeout_max_ms = 1'800'000;  // group.max.session.timeout.ms
  std::int32_t consumer_heartbeat_interval_ms = 5'000;   // group.consumer.heartbeat.interval.ms: groups of KIP-848
  std::int32_t consumer_session_timeout_ms = 45'000;     // group.consumer.session.timeout.ms
  std::int64_t offsets_retention_ms = 604'800'000;  // offsets.retention.minutes
  std::string log_directory{};                      // shown by DescribeLogDirs; the log itself was opened elsewhere
  std::function<std::int64_t()> free_bytes{};       // on its disk; -1 or empty: not known
  storage::ConfigMap topic_defaults{};              // as given to the log: settings of topics that do not say otherwise
  Security* security = nullptr;                     // users and ACLs; null: there are none, and everything is allowed. Outlives the Server
  const Clock* clock = &system_clock();
};

class Server {
 public:
  // `gate` may be null: everything is allowed.
  static io::Task<Result<std::unique_ptr<Server>>> start(io::Shards& shards, storage::Log& log, storage::GroupOffsets& offsets, storage::Transactions& transactions,
                                                         const Gate* gate, Options options, Metrics& metrics);
  virtual ~Server() = default;
  virtual io::Endpoint endpoint() const = 0;                      // where it listens; the port is the real one
  struct Seen {
    std::vector<Traffic> traffic;
    std::vector<GroupUse> groups;
  };
  virtual io::Task<Seen> traffic() = 0;                           // since the start, of all shards
  virtual Coordinator& groups() = 0;                              // lives as long as the Server
  virtual io::Task<void> close() = 0;                             // no new connections, answers what is under way, closes the rest
};

}  // namespace braid::broker
