// What a partition remembers of its idempotent producers: the last five batches of each, to answer a repeated batch with its first offset
// and to refuse a gap, and the epoch of its newest batch or marker, to refuse what an older epoch sends (Kafka's rules, KIP-98 and KIP-360).
// Lives with its partition on one shard; no I/O.
// Rolling back is forgetting the batches behind an offset, so the state always belongs to exactly the log it stands beside.
#pragma once
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/failure.h"
#include "wire/record_batch.h"

namespace braid::storage {

struct ProducerBatch {
  std::int16_t epoch = 0;
  std::int32_t first_sequence = 0;   // -1: a marker or an offset commit, which have none
  std::int32_t last_sequence = 0;
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t seen_ms = 0;       // wall time of the append; for expiry
  bool sequenced() const { return first_sequence >= 0; }
};

class Producers {
 public:
  static constexpr std::size_t batches_kept = 5;   // a Kafka producer has at most five requests under way

  // The batch it repeats; nothing when it is the next one. Refuses out_of_order_sequence and invalid_producer_epoch.
  LogResult<std::optional<ProducerBatch>> check(const wire::BatchHeader& batch) const;
  // `committed_end`: batches below it can no longer be rolled back, so all but five of them may be forgotten.
  void add(const wire::BatchHeader& batch, std::int64_t seen_ms, std::int64_t committed_end);
  void truncate(std::int64_t end);
  template <class Keep> void expire(std::int64_t before_ms, Keep keep) {   // but not those for which keep(producer id)
    std::erase_if(producers_, [&](const auto& p) { return p.second.back().seen_ms < before_ms && !keep(p.first); });
  }

  using Map = std::unordered_map<std::int64_t, std::vector<ProducerBatch>>;   // by producer id; oldest batch first, never empty
  const Map& all() const { return producers_; }
  void restore(std::int64_t producer_id, std::vector<ProducerBatch> batches) { producers_[producer_id] = std::move(batches); }

 private:
  Map producers_;
};

}  // namespace braid::storage
