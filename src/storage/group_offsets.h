// Committed offsets and stored groups: a map in memory, kept in the topic __consumer_offsets in Kafka's record format (group_records.h).
// The broker's group coordinator and the embedded EventLog share one of these, so an offset committed by either is seen by both.
//
// Threads: may be called from every shard and resumes there. A group's data lives on one shard, the one of its partition of the topic.
// A change is applied after its record is on disk, in the order of the calls for one group. Ownership: log and shards outlive it.
// The topic is compacted, so a start reads about what is live.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/consumer_records.h"
#include "storage/group_records.h"
#include "storage/log.h"

namespace braid::storage {

class GroupOffsets {
 public:
  static constexpr const char* topic_name = "__consumer_offsets";

  // Reads the topic, making it with that many partitions when it is not there. Called on a shard.
  static io::Task<Result<std::unique_ptr<GroupOffsets>>> open(Log& log, io::Shards& shards, std::int32_t partitions);
  virtual ~GroupOffsets() = default;

  virtual io::Task<LogResult<void>> commit(std::string group, std::vector<OffsetCommit> commits) = 0;
  virtual io::Task<std::vector<OffsetCommit>> fetch(std::string group) = 0;        // by topic and partition
  // Offsets that count once the transaction is committed. Its coordinator admitted the producer to the group's partition (add_group).
  virtual io::Task<LogResult<void>> commit_in_transaction(std::string group, ProducerIdentity who, std::vector<OffsetCommit> commits) = 0;
  virtual io::Task<LogResult<void>> end_transaction(PartitionId partition, ProducerIdentity who, bool commit) = 0;   // the coordinator calls it
  virtual io::Task<std::set<std::pair<std::string, PartitionId>>> undecided(std::string group) = 0;   // written in transactions that are still open
  virtual PartitionId partition_of(const std::string& group) const = 0;            // of the topic
  virtual io::Task<LogResult<void>> remove(std::string group, std::vector<std::pair<std::string, PartitionId>> which) = 0;
  virtual io::Task<LogResult<void>> remove_topic(std::string topic) = 0;           // of all groups
  virtual io::Task<std::vector<std::string>> groups() = 0;                         // with offsets or a stored group, by name

  virtual io::Task<LogResult<void>> store_group(StoredGroup group) = 0;
  virtual io::Task<LogResult<void>> remove_group(std::string group) = 0;           // the group and all its offsets
  virtual io::Task<std::vector<StoredGroup>> stored_groups() = 0;
  // KIP-848: what changed of a group, in one batch. An empty StoredGroup of the same name (a classic group that it was) goes with it.
  virtual io::Task<LogResult<void>> store_consumer_group(StoredConsumerGroup changes) = 0;
  virtual io::Task<LogResult<void>> remove_consumer_group(std::string group) = 0;  // the group; its offsets stay
  virtual io::Task<std::vector<StoredConsumerGroup>> stored_consumer_groups() = 0;
  virtual io::Task<void> close() = 0;                                              // waits for writes under way
};

// Kafka's choice of the partition for a group: Java's String.hashCode of the name, without its sign, modulo the partitions.
PartitionId partition_of_group(std::string_view group, std::int32_t partitions);

}  // namespace braid::storage
