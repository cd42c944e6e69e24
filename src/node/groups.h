// Consumer groups as api/operations wants to see them: of our own broker, or of a Kafka cluster. Live on the control shard; the broker's Server must outlive
// BrokerGroups.
#pragma once
#include "api/operations/groups.h"
#include "broker/server.h"
#include "eventlog/kafka/groups.h"

namespace braid::node {

class BrokerGroups final : public api::Groups {
 public:
  explicit BrokerGroups(broker::Server& server) : server_(server) {}
  io::Task<std::vector<api::GroupInfo>> list() override;
  io::Task<std::optional<api::GroupInfo>> describe(std::string group) override;
  io::Task<Result<void>> set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) override;
  io::Task<Result<void>> remove(std::string group) override;

 private:
  broker::Server& server_;
};

class KafkaGroups final : public api::Groups {
 public:
  explicit KafkaGroups(std::unique_ptr<eventlog::ClusterGroups> cluster) : cluster_(std::move(cluster)) {}
  io::Task<std::vector<api::GroupInfo>> list() override;
  io::Task<std::optional<api::GroupInfo>> describe(std::string group) override;
  io::Task<Result<void>> set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) override;
  io::Task<Result<void>> remove(std::string group) override;

 private:
  std::unique_ptr<eventlog::ClusterGroups> cluster_;
};

// ConsumerProtocolAssignment, as the members of a group with protocol type "consumer" write it; empty for anything else.
std::map<std::string, std::vector<std::int32_t>> partitions_assigned(BytesView assignment);

}  // namespace braid::node
