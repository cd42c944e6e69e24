#include "eventlog/event_log.h"

namespace braid::eventlog {

// murmur2 as Kafka's clients have it (org.apache.kafka.common.utils.Utils.murmur2): 32 bits, seed 0x9747b28c, little-endian words.
PartitionId partition_of(BytesView key, std::int32_t partitions) {
  constexpr std::uint32_t m = 0x5bd1e995;
  std::uint32_t h = 0x9747b28c ^ std::uint32_t(key.size());
  std::size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    std::uint32_t k = load_le<std::uint32_t>(key.data() + at) * m;
    k ^= k >> 24;
    h = (h * m) ^ (k * m);
  }
  std::uint32_t tail = 0;
  for (std::size_t i = key.size(); i > at; --i) tail = (tail << 8) | std::uint8_t(key[i - 1]);
  if (at < key.size()) h = (h ^ tail) * m;
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return PartitionId{std::int32_t(h & 0x7fffffff) % partitions};
}

}  // namespace braid::eventlog
