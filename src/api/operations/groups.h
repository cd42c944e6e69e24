// Consumer groups as their coordinator sees them; node implements it over the broker (node/groups.h), because api may not reach it, or
// over a Kafka cluster. Without one (tests) only what the log itself knows (committed offsets) is shown. Lives on the control shard.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/event_log.h"

namespace braid::api {

struct GroupInfo {
  struct Member {
    std::string id, client_id, host;
    std::map<std::string, std::vector<std::int32_t>> assignment;   // partitions by topic; empty when it cannot be read
  };
  std::string name, state, protocol;       // "Stable", "Empty", ...; the assignor's name
  std::vector<Member> members;
};

class Groups {
 public:
  virtual ~Groups() = default;
  virtual io::Task<std::vector<GroupInfo>> list() = 0;                               // with their members, by name
  virtual io::Task<std::optional<GroupInfo>> describe(std::string group) = 0;
  // Error{conflict} while the group has members; all or none.
  virtual io::Task<Result<void>> set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) = 0;
  virtual io::Task<Result<void>> remove(std::string group) = 0;                      // not_found, conflict
};

}  // namespace braid::api
