// The group coordinator: owns every Group and ConsumerGroup, gives it time, parks and answers its requests, and keeps it and its offsets in __consumer_offsets
// (storage/group_offsets.h has the records and the map of offsets; group.h the rules).
//
// Threads: may be called from every shard; each group lives on the shard that its name hashes to and is changed there only.
// An answer to OffsetCommit or SyncGroup leaves after its record is on disk. Errors are Kafka's codes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "broker/core.h"
#include "broker/group.h"
#include "wire/messages_consumer.h"
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

  io::Task<wire::ConsumerGroupHeartbeatResponse> consumer_heartbeat(wire::ConsumerGroupHeartbeatRequest request, Client client, const Call& call);
  io::Task<wire::ConsumerGroupDescribeResponse::Group> describe_consumer_group(std::string group);
  // May this member, with this epoch, read the group's offsets (OffsetFetch from version 9)? Anybody may read those of a classic group.
  io::Task<KafkaError> check_fetch(std::string group, std::optional<std::string> member_id, std::int32_t member_epoch);

  // `version` is OffsetCommit's.
  io::Task<wire::OffsetCommitResponse> commit(wire::OffsetCommitRequest request, std::int16_t version = 9);
  // `error`: found before; it is answered for every partition. `version` is TxnOffsetCommit's.
  io::Task<wire::TxnOffsetCommitResponse> commit_in_transaction(wire::TxnOffsetCommitRequest request, KafkaError error, std::int16_t version);
  // `stable`: what an open transaction may still change is answered with UNSTABLE_OFFSET_COMMIT. topics null: all that the group has committed.
  io::Task<std::vector<wire::OffsetFetchResponse::Topic>> fetch(std::string group, std::optional<std::vector<wire::OffsetFetchRequest::Topic>> topics, bool stable);
  io::Task<wire::OffsetDeleteResponse> delete_offsets(wire::OffsetDeleteRequest request);

  // Empty: there is no such group. `any_kind`: a KIP-848 group too, told in the words of a classic one.
  io::Task<std::optional<wire::DescribeGroupsResponse::Group>> describe(std::string group, bool any_kind = true);
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
