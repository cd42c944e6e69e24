#include <gtest/gtest.h>

#include "eventlog/event_log.h"

namespace braid::eventlog {

// Hashes from Kafka's own published tests of Utils.murmur2: "21" -973932308, "foobar" -790332482, "a-little-bit-long-string" -985981536,
// "a-little-bit-longer-string" -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8" -58897971, "abc" 479470107.
TEST(Partitioner, AgreesWithKafka) {
  const std::pair<const char*, std::int32_t> known[] = {{"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829}, {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971}, {"abc", 479470107}};
  for (const auto& [key, hash] : known) EXPECT_EQ(partition_of(key, 1000).value, (hash & 0x7fffffff) % 1000) << key;
}

}  // namespace braid::eventlog
