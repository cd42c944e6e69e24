// Consumer groups of a Kafka cluster as their coordinators see them: who is in them and what they were given, moving their offsets, forgetting them.
// Beside the port, because the embedded log's groups are the broker's business (broker/coordinator.h); node puts either behind api/operations.
// Threads: called from any shard; what blocks runs on a small pool of its own, with a librdkafka client of its own.
// Errors: not_found, conflict (the group has members), forbidden, unavailable (the cluster does not answer), unsupported (too old for it).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/kafka/kafka_log.h"

namespace braid::eventlog {

struct ClusterGroup {
  struct Member {
    std::string id, client_id, host;
    std::map<std::string, std::vector<std::int32_t>> assignment;   // partitions by topic
  };
  std::string name, state, protocol;       // Kafka's words: "Stable", "Empty", ...; the assignor's name
  std::vector<Member> members;
};

class ClusterGroups {
 public:
  static Result<std::unique_ptr<ClusterGroups>> open(KafkaOptions options);
  ~ClusterGroups();

  io::Task<Result<std::vector<ClusterGroup>>> all();                               // by name
  io::Task<Result<std::optional<ClusterGroup>>> one(std::string name);             // empty: the coordinator does not know it
  io::Task<Result<void>> set_offsets(std::string group, std::map<TopicPartition, Offset> offsets);
  io::Task<Result<void>> remove(std::string group);

 private:
  struct Impl;
  explicit ClusterGroups(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::eventlog
