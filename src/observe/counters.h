// What the observer counts with: numbers that other parts keep anyway (log, broker, engine), implemented by node, and in memory by tests.
// Called on the control shard about once a second; answers at once. The implementation outlives who asks.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace braid::observe {

struct TopicNumbers {
  std::string name;
  Uuid id{};
  std::int64_t records = 0;                // in the log now
  std::int64_t end = 0;                    // ends of all partitions together: only grows
  std::uint64_t bytes_in = 0;              // written since the node started: only grows
  std::int64_t last_append_ms = -1;        // -1: never, as far as is known
  bool bytes_known = true;                 // a Kafka cluster does not tell
};

struct QueryNumbers {
  std::string id, state;                   // "running", "paused", "failed", ...
  std::int64_t records_in = 0, records_out = 0, errors = 0, lag = 0;
};

struct NodeNumbers {
  std::int64_t connections = 0;            // Kafka clients
  std::int64_t started_ms = 0;
  std::string event_log;                   // "embedded", or the cluster's address
  std::string version;
  std::string not_writable;                // why the log takes no records; empty when it does
};

class Counters {
 public:
  virtual ~Counters() = default;
  virtual std::vector<TopicNumbers> topics() = 0;    // those that people made: no name begins with _
  virtual std::vector<QueryNumbers> queries() = 0;
  virtual NodeNumbers node() = 0;
};

}  // namespace braid::observe
