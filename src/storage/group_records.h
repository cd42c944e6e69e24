// The records of __consumer_offsets in Kafka's own format, so that Kafka's tools and a later move to Kafka can read them.
// Spec: Kafka's OffsetCommitKey/Value and GroupMetadataKey/Value. All integers big-endian; strings have a 2-byte length, -1 is null.
//
//   key   version 1: group, topic, partition (4)         value version 3: offset (8), leader epoch (4), metadata, commit time (8)
//   key   version 2: group                               value version 3: protocol type, generation (4), protocol?, leader?, state time (8),
//         members: member id, instance id?, client id, client host, rebalance timeout (4), session timeout (4), subscription, assignment
// Keys of versions 3 to 8 and 16 belong to the groups of KIP-848: consumer_records.h.
// Written: the versions above. Read: keys 0 to 2, offset values 0 to 3, group values 0 to 3. A null value removes what the key names.
// Pure functions; any thread. Errors: corrupt, unsupported (a newer version).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"

namespace braid::storage {

struct OffsetCommit {
  std::string topic;
  PartitionId partition{};
  Offset offset{};
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::int64_t committed_ms = 0;
  friend bool operator==(const OffsetCommit&, const OffsetCommit&) = default;
};

struct StoredMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = 0;
  std::int32_t session_timeout_ms = 0;
  Bytes subscription;
  Bytes assignment;
  friend bool operator==(const StoredMember&, const StoredMember&) = default;
};

struct StoredGroup {
  std::string group;
  std::string protocol_type;
  std::int32_t generation = 0;
  std::optional<std::string> protocol;
  std::optional<std::string> leader;
  std::int64_t state_changed_ms = -1;
  std::vector<StoredMember> members;
  friend bool operator==(const StoredGroup&, const StoredGroup&) = default;
};

struct OffsetKey {
  std::string group;
  std::string topic;
  PartitionId partition{};
  friend auto operator<=>(const OffsetKey&, const OffsetKey&) = default;
};
struct GroupKey {
  std::string group;
  friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

struct ConsumerGroupKey {
  std::string group;
  Bytes key;                     // as it is in the log; consumer_records.h reads it
  friend auto operator<=>(const ConsumerGroupKey&, const ConsumerGroupKey&) = default;
};

Bytes encode(const OffsetKey& key);
Bytes encode(const GroupKey& key);
inline Bytes encode(const ConsumerGroupKey& key) { return key.key; }
Bytes encode_value(const OffsetCommit& commit);
Bytes encode_value(const StoredGroup& group);

Result<std::variant<OffsetKey, GroupKey, ConsumerGroupKey>> decode_group_key(BytesView key);
Result<OffsetCommit> decode_offset_value(const OffsetKey& key, BytesView value);
Result<StoredGroup> decode_group_value(const GroupKey& key, BytesView value);

}  // namespace braid::storage
