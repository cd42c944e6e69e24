// Which committed offsets are forgotten (KIP-211). Pure; times are milliseconds since 1970.
//
//   a group that was of consumers and is empty   when it has been empty, and the offset unchanged, for the retention time
//   a group with members                         only topics that nobody subscribes to, counted from the commit; never when subscriptions cannot be read
//   a name that only ever committed              counted from the commit
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "storage/group_records.h"

namespace braid::broker {

struct GroupFacts {
  bool has_members = false;
  std::optional<std::int64_t> empty_since_ms{};                  // empty: it never had members, as far as is known
  std::optional<std::set<std::string>> subscribed{};             // empty: cannot be known
};

inline bool offset_expires(const storage::OffsetCommit& offset, const GroupFacts& group, std::int64_t now_ms, std::int64_t retention_ms) {
  if (now_ms - offset.committed_ms <= retention_ms) return false;
  if (group.has_members) return group.subscribed && !group.subscribed->contains(offset.topic);
  return !group.empty_since_ms || now_ms - *group.empty_since_ms > retention_ms;
}

}  // namespace braid::broker
