#include "storage/producers.h"

#include <algorithm>

namespace braid::storage {

LogResult<std::optional<ProducerBatch>> Producers::check(const wire::BatchHeader& batch) const {
  const auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return std::nullopt;   // never seen, or expired: any first sequence is good
  const auto& batches = found->second;
  const auto epoch = batches.back().epoch;
  const std::string who = "producer " + std::to_string(batch.producer_id);
  if (batch.producer_epoch < epoch)
    return refuse(Reason::invalid_producer_epoch, who + " has epoch " + std::to_string(batch.producer_epoch) + ", a newer one has epoch " + std::to_string(epoch));
  if (batch.base_sequence < 0) return std::nullopt;
  std::int32_t expected = 0;   // what a new epoch begins with, also when so far only markers have it
  for (const auto& known : batches) {
    if (!known.sequenced() || known.epoch != batch.producer_epoch) continue;
    if (known.first_sequence == batch.base_sequence && known.last_sequence == batch.last_sequence()) return known;
    expected = known.last_sequence == INT32_MAX ? 0 : known.last_sequence + 1;
  }
  if (batch.base_sequence == expected) return std::nullopt;
  if (batch.producer_epoch > epoch)
    return refuse(Reason::out_of_order_sequence, who + " begins its epoch " + std::to_string(batch.producer_epoch) + " with sequence " +
                                                     std::to_string(batch.base_sequence) + " instead of 0");
  return refuse(Reason::out_of_order_sequence,
                who + " sent sequence " + std::to_string(batch.base_sequence) + ", the next one is " + std::to_string(expected));
}

void Producers::add(const wire::BatchHeader& batch, std::int64_t seen_ms, std::int64_t committed_end) {
  if (!batch.idempotent()) return;
  auto& batches = producers_[batch.producer_id];
  if (!batches.empty() && batches.back().last_offset >= batch.base_offset) return;   // replayed over a state that has it already
  batches.push_back({batch.producer_epoch, batch.base_sequence, batch.last_sequence(), batch.base_offset, batch.last_offset(), seen_ms});
  if (batches.size() == 1) return;
  // Forget what neither answers nor decides anything any more, whatever is rolled back later: batches with five safe ones behind them, and
  // those without a sequence that have a safe one behind them.
  std::size_t safe = 0, safe_sequenced = 0;
  for (auto at = batches.end(); at != batches.begin();) {
    --at;
    if (at->last_offset >= committed_end) continue;
    const bool needed = at->sequenced() ? safe_sequenced < batches_kept : safe == 0;
    ++safe;
    safe_sequenced += at->sequenced();
    if (!needed) at = batches.erase(at);
  }
}

void Producers::truncate(std::int64_t end) {
  for (auto it = producers_.begin(); it != producers_.end();) {
    auto& batches = it->second;
    while (!batches.empty() && batches.back().last_offset >= end) batches.pop_back();
    it = batches.empty() ? producers_.erase(it) : std::next(it);
  }
}

}  // namespace braid::storage
