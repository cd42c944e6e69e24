// The broker's consumer groups, as api/operations wants to see them. Lives on the control shard; the broker's Server must outlive it.
#pragma once
#include "api/operations/groups.h"
#include "broker/server.h"

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

// ConsumerProtocolAssignment, as the members of a group with protocol type "consumer" write it; empty for anything else.
std::map<std::string, std::vector<std::int32_t>> partitions_assigned(BytesView assignment);

}  // namespace braid::node
