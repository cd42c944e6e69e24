#include "storage/numbers.h"

#include <algorithm>

#include "storage/partition.h"

namespace braid::storage {

TopicNumbers numbers_of(const Topic& topic) {
  TopicNumbers out;
  for (const auto& partition : topic.partitions) {
    const auto& n = partition->numbers();
    const std::int64_t end = n.end;
    out.end += end;
    out.records += std::max<std::int64_t>(0, end - n.start);
    out.bytes_in += n.bytes_in;
    out.last_append_ms = std::max<std::int64_t>(out.last_append_ms, n.last_append_ms);
  }
  return out;
}

}  // namespace braid::storage
