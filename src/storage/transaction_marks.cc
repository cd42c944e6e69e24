#include "storage/transaction_marks.h"

#include <algorithm>

namespace braid::storage {

std::vector<OpenTransaction> TransactionMarks::all_open() const {
  std::vector<OpenTransaction> all;
  for (const auto& [_, transaction] : open_) all.push_back(transaction);
  std::ranges::sort(all, {}, &OpenTransaction::first);
  return all;
}

void TransactionMarks::data(const wire::BatchHeader& batch) {
  const auto [at, fresh] = open_.try_emplace(batch.producer_id, OpenTransaction{{batch.producer_id, batch.producer_epoch}, batch.base_offset});
  if (fresh) undecided_.insert(batch.base_offset);
}

void TransactionMarks::marker(const wire::BatchHeader& batch, bool commit) {
  admitted_.erase(batch.producer_id);
  const auto at = open_.find(batch.producer_id);
  if (at == open_.end()) return;
  if (!commit) {
    AbortedTransaction aborted{batch.producer_id, at->second.first, batch.base_offset, batch.next_offset()};
    for (const auto first : undecided_)   // the first one or the second
      if (first != aborted.first) {
        aborted.stable = first;
        break;
      }
    aborted_.push_back(aborted);
  }
  decided_.push_back({at->second, batch.base_offset, !commit});
  open_.erase(at);
}

void TransactionMarks::committed(std::int64_t high_watermark) {
  for (; released_ < decided_.size() && decided_[released_].marker < high_watermark; ++released_) undecided_.erase(decided_[released_].transaction.first);
}

void TransactionMarks::flushed(std::int64_t flushed_end) {
  committed(flushed_end);
  while (!decided_.empty() && decided_.front().marker < flushed_end) {
    decided_.pop_front();
    --released_;
  }
}

void TransactionMarks::truncate(std::int64_t end) {
  std::erase_if(open_, [&](const auto& entry) {
    if (entry.second.first < end) return false;
    undecided_.erase(entry.second.first);
    return true;
  });
  while (!decided_.empty() && decided_.back().marker >= end) {
    const auto& transaction = decided_.back().transaction;
    if (transaction.first < end) open_.emplace(transaction.producer.id, transaction);
    else undecided_.erase(transaction.first);
    decided_.pop_back();
  }
  released_ = std::min(released_, decided_.size());
  while (!aborted_.empty() && aborted_.back().last >= end) aborted_.pop_back();
}

void TransactionMarks::log_starts(std::int64_t at) {
  std::erase_if(aborted_, [&](const AbortedTransaction& t) { return t.last < at; });
}

void TransactionMarks::ended(const std::set<std::int64_t>& markers) {
  std::erase_if(aborted_, [&](const AbortedTransaction& t) { return markers.contains(t.last); });
}

std::vector<AbortedTransaction> TransactionMarks::aborted(std::int64_t from, std::int64_t end) const {
  std::vector<AbortedTransaction> found;
  for (auto at = std::ranges::lower_bound(aborted_, from, {}, &AbortedTransaction::last); at != aborted_.end(); ++at) {
    if (at->first < end) found.push_back(*at);
    if (at->stable >= end) break;
  }
  std::ranges::sort(found, {}, &AbortedTransaction::first);
  return found;
}

std::vector<OpenTransaction> TransactionMarks::open_at(std::int64_t flushed_end) const {
  std::vector<OpenTransaction> found;
  for (const auto& [_, transaction] : open_)
    if (transaction.first < flushed_end) found.push_back(transaction);
  for (const auto& decided : decided_)
    if (decided.transaction.first < flushed_end && decided.marker >= flushed_end) found.push_back(decided.transaction);
  std::ranges::sort(found, {}, &OpenTransaction::first);
  return found;
}
std::vector<AbortedTransaction> TransactionMarks::aborted_at(std::int64_t flushed_end) const {
  return {aborted_.begin(), std::ranges::lower_bound(aborted_, flushed_end, {}, &AbortedTransaction::last)};
}
void TransactionMarks::restore(std::vector<OpenTransaction> open, std::vector<AbortedTransaction> aborted) {
  for (const auto& transaction : open) {
    open_.emplace(transaction.producer.id, transaction);
    undecided_.insert(transaction.first);
  }
  aborted_ = std::move(aborted);
}

}  // namespace braid::storage
