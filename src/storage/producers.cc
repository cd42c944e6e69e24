#include "storage/producers.h"

namespace braid::storage {

LogResult<std::optional<ProducerBatch>> Producers::check(const wire::BatchHeader& batch) const {
  const auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return std::nullopt;   // never seen, or expired: any first sequence is good
  const auto& batches = found->second;
  const auto& last = batches.back();
  const std::string who = "producer " + std::to_string(batch.producer_id);
  if (batch.producer_epoch < last.epoch)
    return refuse(Reason::invalid_producer_epoch, who + " has epoch " + std::to_string(batch.producer_epoch) + ", a newer one has epoch " + std::to_string(last.epoch));
  if (batch.producer_epoch > last.epoch) {
    if (batch.base_sequence == 0) return std::nullopt;
    return refuse(Reason::out_of_order_sequence, who + " begins its epoch " + std::to_string(batch.producer_epoch) + " with sequence " +
                                                     std::to_string(batch.base_sequence) + " instead of 0");
  }
  for (const auto& known : batches)
    if (known.epoch == batch.producer_epoch && known.first_sequence == batch.base_sequence && known.last_sequence == batch.last_sequence()) return known;
  const std::int32_t expected = last.last_sequence == INT32_MAX ? 0 : last.last_sequence + 1;
  if (batch.base_sequence == expected) return std::nullopt;
  return refuse(Reason::out_of_order_sequence,
                who + " sent sequence " + std::to_string(batch.base_sequence) + ", the next one is " + std::to_string(expected));
}

void Producers::add(const wire::BatchHeader& batch, std::int64_t seen_ms, std::int64_t committed_end) {
  if (!batch.idempotent()) return;
  auto& batches = producers_[batch.producer_id];
  if (!batches.empty() && batches.back().last_offset >= batch.base_offset) return;   // replayed over a state that has it already
  batches.push_back({batch.producer_epoch, batch.base_sequence, batch.last_sequence(), batch.base_offset, batch.last_offset(), seen_ms});
  while (batches.size() > batches_kept && batches[batches_kept].last_offset < committed_end) batches.erase(batches.begin());
}

void Producers::truncate(std::int64_t end) {
  for (auto it = producers_.begin(); it != producers_.end();) {
    auto& batches = it->second;
    while (!batches.empty() && batches.back().last_offset >= end) batches.pop_back();
    it = batches.empty() ? producers_.erase(it) : std::next(it);
  }
}

void Producers::expire(std::int64_t before_ms) {
  std::erase_if(producers_, [&](const auto& p) { return p.second.back().seen_ms < before_ms; });
}

}  // namespace braid::storage
