// The records of KIP-848 consumer groups in __consumer_offsets, in Kafka's own format. A group is several records, one key each:
//
//   key version 3: group             value: group epoch
//   key version 5: group, member     value: instance id?, rack?, client id, client host, topics, regex?, rebalance timeout, assignor?
//   key version 6: group             value: assignment epoch
//   key version 7: group, member     value: the member's target: topic ids and partitions
//   key version 8: group, member     value: member epoch, previous epoch, state, what it has, what it is to give up
// Keys: a 2-byte version, then strings with a 2-byte length. Values: version 0 (2 bytes), then Kafka's compact forms with tagged fields at the end.
// Read and passed over: key versions 4 (topics' sizes, which Kafka 4.1 no longer writes) and 16 (matches of patterns, which are made anew).
// Spec: Kafka 4.1's ConsumerGroup*Key and *Value. Pure functions; any thread. Errors: corrupt, unsupported (a newer version).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"

namespace braid::storage {

using TopicIdPartitions = std::map<Uuid, std::set<std::int32_t>>;

enum class Reconciliation : std::int8_t { stable = 0, unrevoked_partitions = 1, unreleased_partitions = 2 };   // Kafka's numbers

struct StoredConsumerMember {
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::set<std::string> topics;
  std::optional<std::string> regex;
  std::int32_t rebalance_timeout_ms = -1;
  std::optional<std::string> assignor;
  TopicIdPartitions target;
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  Reconciliation state = Reconciliation::stable;
  TopicIdPartitions assigned;
  TopicIdPartitions revoking;
  friend bool operator==(const StoredConsumerMember&, const StoredConsumerMember&) = default;
};

struct StoredConsumerGroup {
  std::string group;
  std::optional<std::int32_t> epoch;                                        // empty: not there, or not to be written
  std::optional<std::int32_t> assignment_epoch;
  std::map<std::string, std::optional<StoredConsumerMember>> members;       // empty: it is gone
  friend bool operator==(const StoredConsumerGroup&, const StoredConsumerGroup&) = default;
};

struct ConsumerRecord {
  Bytes key;
  std::optional<Bytes> value;   // empty: a tombstone
};

std::vector<ConsumerRecord> encode_consumer_group(const StoredConsumerGroup& group);
// Adds what one record says. Records come in the order of the log; a tombstone of a member's metadata removes the member.
Result<void> apply_consumer_record(StoredConsumerGroup& group, BytesView key, BytesView value);

bool is_consumer_key_version(std::int16_t version);   // 3 to 8, 16

}  // namespace braid::storage
