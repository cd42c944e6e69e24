// How the coordinator of a KIP-848 group gives out partitions. Pure functions: the same input gives the same output.
//
//   uniform  everybody has the same number, one more or less; who has a partition keeps it where that allows
//   range    of each topic everybody gets a run of neighbours, in the order of the members, so that topics with the same number of partitions
//            and the same subscribers are cut at the same places
//
// Spec: KIP-848, "Server Side Assignors". Apache Kafka's range also tries to keep what members have; ours does not.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace braid::broker {

using Assignment = std::map<Uuid, std::set<std::int32_t>>;   // topic -> partitions; a topic without partitions is not in it
using TopicSizes = std::map<Uuid, std::int32_t>;             // topic -> how many partitions

struct AssignorMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::set<Uuid> topics;   // that it subscribes to and that exist
  Assignment had;          // its last target
};

inline constexpr std::array<std::string_view, 2> assignors{"uniform", "range"};   // the first is the default
bool is_assignor(std::string_view name);

// Every partition of every subscribed topic goes to exactly one of its subscribers. Members with nothing have an empty entry.
std::map<std::string, Assignment> assign(std::string_view assignor, const std::vector<AssignorMember>& members, const TopicSizes& topics);

}  // namespace braid::broker
