// Who really produces to and reads from which topic (DESIGN D5): counted per principal, client and topic as it happens. Lineage is made of it.
// A TrafficTable lives on one shard; Server::traffic() adds up those of all shards. Times: milliseconds since 1970. Bytes: as on the wire.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "broker/gate.h"

namespace braid::broker {

enum class Direction { produced, fetched };

struct Traffic {
  std::string principal;
  std::string client_id;
  std::string topic;
  Direction direction = Direction::produced;
  std::int64_t first_seen_ms = 0;
  std::int64_t last_seen_ms = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;   // offsets covered; what a client skips in its first batch counts too
  std::uint64_t bytes = 0;
};

class TrafficTable {
 public:
  // Beyond limits::traffic_entries_max new client ids are counted together under the client id "(others)".
  void add(const Caller& caller, const std::string& topic, Direction direction, std::uint64_t batches, std::uint64_t records, std::uint64_t bytes, std::int64_t now_ms);
  std::vector<Traffic> list() const;
  void merge(const std::vector<Traffic>& other);

 private:
  using Key = std::tuple<std::string, std::string, std::string, Direction>;
  Traffic& entry(const std::string& principal, const std::string& client_id, const std::string& topic, Direction direction, std::int64_t now_ms);
  std::map<Key, Traffic> entries_;
};

}  // namespace braid::broker
