#include "node/groups.h"

#include <algorithm>

#include "base/log.h"
#include "broker/coordinator.h"

namespace braid::node {
namespace {

api::GroupInfo info_of(const wire::DescribeGroupsResponse::Group& group) {
  api::GroupInfo out{group.group_id, group.group_state, group.protocol_data, {}};
  for (const auto& m : group.members) {
    std::string host = m.client_host;
    if (host.starts_with('/')) host.erase(0, 1);
    out.members.push_back({m.member_id, m.client_id, host, group.protocol_type == "consumer" ? partitions_assigned(m.member_assignment.bytes) : std::map<std::string, std::vector<std::int32_t>>()});
  }
  return out;
}

std::unexpected<Error> refused(wire::KafkaError error, const std::string& group) {
  switch (error) {
    case wire::KafkaError::group_id_not_found: return fail(ErrorCode::not_found, "there is no group '" + group + "'");
    case wire::KafkaError::group_id_not_empty:
    case wire::KafkaError::unknown_member_id:   // a commit from outside, while the group has members
    case wire::KafkaError::illegal_generation:
    case wire::KafkaError::rebalance_in_progress:
      return fail(ErrorCode::conflict, "the group " + group + " has members", "stop them first; then repeat");
    case wire::KafkaError::unknown_topic_or_partition: return fail(ErrorCode::not_found, "a partition of the topic is not there any more");
    default: return fail(ErrorCode::unavailable, "the group " + group + " could not be changed: Kafka error " + std::to_string(int(error)), "try again");
  }
}

}  // namespace

std::map<std::string, std::vector<std::int32_t>> partitions_assigned(BytesView assignment) {
  std::map<std::string, std::vector<std::int32_t>> out;
  Reader in(assignment);
  in.be<std::int16_t>();   // version
  for (auto topics = in.be<std::int32_t>(); topics > 0 && in.ok(); --topics) {
    const auto length = in.be<std::int16_t>();
    const auto topic = in.bytes(length < 0 ? 0 : std::size_t(length));
    std::vector<std::int32_t> partitions;
    for (auto n = in.be<std::int32_t>(); n > 0 && in.ok(); --n) partitions.push_back(in.be<std::int32_t>());
    if (in.ok()) out[std::string(topic)] = std::move(partitions);
  }
  return out;
}

io::Task<std::vector<api::GroupInfo>> BrokerGroups::list() {
  std::vector<api::GroupInfo> out;
  const auto all = co_await server_.groups().list();
  for (const auto& g : all) {
    auto described = co_await server_.groups().describe(g.group_id);
    if (described) out.push_back(info_of(*described));
  }
  co_return out;
}

io::Task<std::optional<api::GroupInfo>> BrokerGroups::describe(std::string group) {
  const auto found = co_await server_.groups().describe(group);
  std::optional<api::GroupInfo> out;
  if (found) out = info_of(*found);
  co_return out;
}

io::Task<Result<void>> BrokerGroups::set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) {
  wire::OffsetCommitRequest request;   // as Kafka's own tools do it: generation -1, no member; the coordinator refuses it while there are members
  request.group_id = group;
  for (const auto& [at, offset] : offsets) {
    if (request.topics.empty() || request.topics.back().name != at.topic) {
      request.topics.emplace_back();
      request.topics.back().name = at.topic;
    }
    wire::OffsetCommitRequest::Partition partition;
    partition.partition_index = at.partition.value;
    partition.committed_offset = offset.value;
    request.topics.back().partitions.push_back(std::move(partition));
  }
  const auto answer = co_await server_.groups().commit(std::move(request));
  for (const auto& topic : answer.topics)
    for (const auto& p : topic.partitions)
      if (p.error_code != 0) co_return refused(wire::KafkaError(p.error_code), group);
  co_return Result<void>{};
}

io::Task<Result<void>> BrokerGroups::remove(std::string group) {
  const auto error = co_await server_.groups().remove(group);
  if (error != wire::KafkaError::none) co_return refused(error, group);
  co_return Result<void>{};
}

namespace {

api::GroupInfo info_of(eventlog::ClusterGroup&& group) {
  api::GroupInfo out{std::move(group.name), std::move(group.state), std::move(group.protocol), {}};
  for (auto& m : group.members) out.members.push_back({std::move(m.id), std::move(m.client_id), std::move(m.host), std::move(m.assignment)});
  return out;
}

}  // namespace

// What the cluster does not say here it does not say to the log either (list_groups), whose error is then the answer.
io::Task<std::vector<api::GroupInfo>> KafkaGroups::list() {
  std::vector<api::GroupInfo> out;
  auto asking = cluster_->all();
  auto all = co_await std::move(asking);
  if (!all) log::warn("groups_of_the_cluster_unknown", {{"reason", all.error().text()}});
  else for (auto& g : *all) out.push_back(info_of(std::move(g)));
  co_return out;
}

io::Task<std::optional<api::GroupInfo>> KafkaGroups::describe(std::string group) {
  std::optional<api::GroupInfo> out;
  auto asking = cluster_->one(std::move(group));
  auto found = co_await std::move(asking);
  if (!found) log::warn("group_of_the_cluster_unknown", {{"reason", found.error().text()}});
  else if (*found) out = info_of(std::move(**found));
  co_return out;
}

io::Task<Result<void>> KafkaGroups::set_offsets(std::string group, std::map<eventlog::TopicPartition, Offset> offsets) {
  auto setting = cluster_->set_offsets(std::move(group), std::move(offsets));
  co_return co_await std::move(setting);
}

io::Task<Result<void>> KafkaGroups::remove(std::string group) {
  auto removing = cluster_->remove(std::move(group));
  co_return co_await std::move(removing);
}

}  // namespace braid::node
