// Ids that cannot be mixed up: comparing an Offset with a PartitionId does not compile. Plain values.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace braid {

template <class Tag, class Rep = std::int64_t> struct Id {
  Rep value{};
  friend auto operator<=>(const Id&, const Id&) = default;
};

using Offset = Id<struct OffsetTag>;                        // position of a record in a partition
using PartitionId = Id<struct PartitionTag, std::int32_t>;  // partition number inside a topic
using SchemaId = Id<struct SchemaTag, std::int32_t>;        // id of a registered schema

}  // namespace braid

template <class Tag, class Rep> struct std::hash<braid::Id<Tag, Rep>> {
  std::size_t operator()(const braid::Id<Tag, Rep>& id) const noexcept { return std::hash<Rep>{}(id.value); }
};
