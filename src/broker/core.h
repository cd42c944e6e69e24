// What the API handlers share. Private to broker/. A Core is made by Server::start and outlives every connection.
// Threads: everything here may be used on every shard; per-shard state is reached by here().
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "broker/added_partitions.h"
#include "broker/errors.h"
#include "broker/server.h"
#include "io/sync.h"
#include "wire/apis.h"
#include "wire/message.h"

namespace braid::broker {

class Coordinator;   // groups: coordinator.h
class Login;         // security/sasl.h

struct ApiCounters {
  Counter* requests = nullptr;
  Counter* failures = nullptr;    // could not be decoded, or an unsupported version
  Histogram* seconds = nullptr;
};

struct BrokerMetrics {
  explicit BrokerMetrics(Metrics& metrics);
  std::map<wire::ApiKey, ApiCounters> apis;
  Gauge& connections;
  Counter& accepted;
  Counter& refused;               // over the connection limits
  Counter& handshakes;            // TLS
  Counter& handshakes_failed;
  Counter& malformed;             // frames that made us close a connection
  Counter& bytes_in;
  Counter& bytes_out;
  Counter& records_refused;       // partitions of a Produce request that got an error
  Gauge& request_memory;
  Counter& slow_cut;              // connections whose request came too slowly while others waited for its memory
  Gauge& groups;
  Gauge& group_members;
};

struct FrameBeingRead {           // a request whose bytes have not all come
  std::chrono::steady_clock::time_point began;
  std::size_t bytes = 0;          // announced, and held in the budget
  io::Stream* stream = nullptr;
};

struct ShardState {               // one per shard, touched there only
  TrafficTable traffic;
  GroupUseTable group_uses;
  AddedPartitions added;          // by Produce, to transactions
  std::size_t request_bytes = 0;  // of requests being read or worked on
  io::Notifier request_done;
  std::set<const FrameBeingRead*> reading;
  std::set<storage::Watch*> long_polls;   // under way
  std::map<Uuid, std::vector<std::int32_t>> leader_epochs;   // of topics seen in Metadata
};

struct Core {
  Core(io::Shards& s, storage::Log& l, storage::GroupOffsets& f, storage::Transactions& t, const Gate* g, Options o, Metrics& m);
  ~Core();
  io::Shards& shards;
  storage::Log& log;
  storage::GroupOffsets& offsets;
  storage::Transactions& transactions;
  const Gate* gate;
  Options options;
  BrokerMetrics metrics;
  std::vector<std::unique_ptr<ShardState>> shard_states;
  std::unique_ptr<Coordinator> coordinator;
  std::atomic<bool> stopping = false;   // long polls end soon

  ShardState& here() { return *shard_states[std::size_t(io::Shard::current()->index())]; }
  std::int64_t now_ms() const { return options.clock->wall_ms(); }
  std::int64_t monotonic_ms() const { return options.clock->monotonic_ns() / 1'000'000; }
};

// One request. Lives in the connection's coroutine for as long as its handler runs.
struct Call {
  Core& core;
  wire::RequestHeader header;
  Caller caller;
  io::Endpoint reached;           // our side of the connection
  Login* login = nullptr;         // of the connection

  io::Endpoint advertised() const { return core.options.advertised.value_or(reached); }
  std::int16_t version() const { return header.version; }
  // The gate, the ACLs, and what nobody may touch (permission.cc).
  bool allows(Operation operation, Resource kind, std::string_view name) const;
  bool allows_cluster(Operation operation) const { return allows(operation, Resource::cluster, cluster_name); }
  bool allows_idempotence() const;                                                  // InitProducerId without a transactional id
  std::int32_t allowed_operations(Resource kind, std::string_view name) const;      // the authorized_operations of answers
};

// The frame to send back; empty when the request wants no answer. An Error closes the connection.
using Served = Result<std::optional<wire::Gather>>;
using Serve = io::Task<Served> (*)(const Call& call, BytesView body);

Serve find_handler(wire::ApiKey key);   // dispatch.cc: the one list of handlers

}  // namespace braid::broker
