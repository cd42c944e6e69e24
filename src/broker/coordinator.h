// The group coordinator: owns every Group, gives it time, parks and answers its requests, and keeps it and its offsets in __consumer_offsets
// (storage/group_offsets.h has the records and the map of offsets; group.h the rules).
//
// Threads: may be called from every shard; each group lives on the shard that its name hashes to and is changed there only.
// An answer to OffsetCommit or SyncGroup leaves after its record is on disk. Errors are Kafka's codes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "broker/group.h"
#include "broker/core.h"
#include "wire/messages_transactions.h"

namespace braid::broker {

class Coordinator {
 public:
  // Reads __consumer_offsets (makes it where it is missing) and restores the groups.
  static io::Task<Result<std::unique_ptr<Coordinator>>> open(Core& core);
  ~Coordinator();

  io::Task<wire::JoinGroupResponse> join(wire::JoinGroupRequest request, std::int16_t version, Client client);
  io::Task<wire::SyncGroupResponse> sync(wire::SyncGroupRequest request);
  io::Task<KafkaError> heartbeat(wire::HeartbeatRequest request);
  // One outcome per member, in order.
  io::Task<std::vector<KafkaError>> leave(std::string group, std::vector<wire::LeaveGroupRequest::Member> members);

  io::Task<wire::OffsetCommitResponse> commit(wire::OffsetCommitRequest request);
  // `error`: found before; it is answered for every partition.
  io::Task<wire::TxnOffsetCommitResponse> commit_in_transaction(wire::TxnOffsetCommitRequest request, KafkaError error);
  // `stable`: what an open transaction may still change is answered with UNSTABLE_OFFSET_COMMIT. topics null: all that the group has committed.
  io::Task<std::vector<wire::OffsetFetchResponse::Topic>> fetch(std::string group, std::optional<std::vector<wire::OffsetFetchRequest::Topic>> topics, bool stable);
  io::Task<wire::OffsetDeleteResponse> delete_offsets(wire::OffsetDeleteRequest request);

  io::Task<std::optional<wire::DescribeGroupsResponse::Group>> describe(std::string group);   // empty: there is no such group
  io::Task<std::vector<wire::ListGroupsResponse::Group>> list();
  io::Task<KafkaError> remove(std::string group);
  io::Task<void> forget_topic(std::string topic);   // it was deleted: so are its offsets
  io::Task<void> close();                           // answers what is parked, stops the timers

 private:
  struct Local;   // the groups of one shard
  explicit Coordinator(Core& core);
  io::Shard& home(const std::string& group) const;
  Local& local(const std::string& group) const;

  Core& core_;
  std::vector<std::unique_ptr<Local>> locals_;
};

}  // namespace braid::broker
