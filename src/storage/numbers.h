// What a topic has taken, as its partitions last said: for whoever watches. Cheap: a few loads per partition, no shard is asked. On any thread.
#pragma once
#include "storage/log.h"

namespace braid::storage {

struct TopicNumbers {
  std::int64_t records = 0;          // between the log starts and the high watermarks
  std::int64_t end = 0;              // high watermarks together: only grows
  std::uint64_t bytes_in = 0;        // appended since this process started
  std::int64_t last_append_ms = -1;  // -1: never, as far as is known; after a start the newest timestamp of the last batch
};
TopicNumbers numbers_of(const Topic& topic);

}  // namespace braid::storage
