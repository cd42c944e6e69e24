// Who really produces to and reads from which topic (DESIGN D5): counted per principal, client and topic as it happens. Lineage is made of it.
// A fetch does not say for which group it is, and a client fetches on another connection than the one it talks to its group on: so group
// requests are noted here too (who is in which group, about which topics), and who looks at both brings them together by client and host.
// Both tables live on one shard; Server::traffic() adds up those of all shards. Times: milliseconds since 1970. Bytes: as on the wire.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "broker/gate.h"

namespace braid::broker {

enum class Direction { produced, fetched };

struct Traffic {
  std::string principal;
  std::string client_id;
  std::string host;
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
  // Beyond limits::traffic_entries_max new clients are counted together under the client id "(others)".
  void add(const Caller& caller, const std::string& topic, Direction direction, std::uint64_t batches, std::uint64_t records, std::uint64_t bytes, std::int64_t now_ms);
  std::vector<Traffic> list() const;
  void merge(const std::vector<Traffic>& other);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, Direction>;
  using KeyView = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, Direction>;
  struct Less {   // looked up for each batch: without copies
    using is_transparent = void;
    template <class A, class B> bool operator()(const A& a, const B& b) const { return view(a) < view(b); }
    static KeyView view(const KeyView& k) { return k; }
    static KeyView view(const Key& k) { return {std::get<0>(k), std::get<1>(k), std::get<2>(k), std::get<3>(k), std::get<4>(k)}; }
  };
  Traffic& entry(KeyView key, std::int64_t now_ms);
  std::map<Key, Traffic, Less> entries_;
};

// A client that takes part in a consumer group, or commits offsets for one.
struct GroupUse {
  std::string principal;
  std::string client_id;
  std::string host;
  std::string group;
  std::set<std::string> topics;   // that it subscribes to or has committed; empty: not known (a subscription by pattern is sent as topics, so rare)
  std::int64_t last_seen_ms = 0;
};

class GroupUseTable {
 public:
  // Beyond limits::traffic_entries_max nothing new is noted.
  void note(const Caller& caller, const std::string& group, const std::vector<std::string_view>& topics, std::int64_t now_ms);
  std::vector<GroupUse> list() const;
  void merge(const std::vector<GroupUse>& other);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  GroupUse* entry(const std::string& principal, const std::string& client_id, const std::string& host, const std::string& group);
  std::map<Key, GroupUse> entries_;
};

}  // namespace braid::broker
