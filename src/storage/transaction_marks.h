// What a partition knows of transactions: who may write transactional batches now, which transactions have no marker yet and so hold back the
// last stable offset, and which were aborted. Lives with its partition on one shard; no I/O.
//
// A marker counts once it is on disk: until then its transaction still holds back the last stable offset, and a rollback takes it away again.
// A decided transaction is remembered until its marker is in a segment, because a checkpoint describes the partition as of its segments.
#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>
#include <vector>

#include "wire/record_batch.h"

namespace braid::storage {

struct ProducerIdentity {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  friend auto operator<=>(const ProducerIdentity&, const ProducerIdentity&) = default;
};

struct OpenTransaction {
  ProducerIdentity producer;
  std::int64_t first = 0;        // offset of its first batch here
};

struct AbortedTransaction {
  std::int64_t producer_id = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;         // offset of its marker
  std::int64_t stable = 0;       // the last stable offset that its marker made possible: later entries begin at or behind it
};

class TransactionMarks {
 public:
  // Transactional batches of this producer are taken from now on, until its marker. Not kept over a restart; the coordinator does it again.
  void admit(ProducerIdentity who) { admitted_[who.id] = who.epoch; }
  bool admitted(ProducerIdentity who) const {
    const auto at = admitted_.find(who.id);
    return at != admitted_.end() && at->second == who.epoch;
  }
  bool open(std::int64_t producer_id) const { return open_.contains(producer_id); }
  bool concerns(std::int64_t producer_id) const { return open_.contains(producer_id) || admitted_.contains(producer_id); }
  std::vector<OpenTransaction> all_open() const;

  void data(const wire::BatchHeader& batch);                    // a transactional batch that is no marker was appended
  void marker(const wire::BatchHeader& batch, bool commit);
  void committed(std::int64_t high_watermark);                  // everything below is on disk
  void flushed(std::int64_t flushed_end);                       // everything below is in segments
  void truncate(std::int64_t end);                              // everything from there on never was
  void log_starts(std::int64_t at);
  void ended(const std::set<std::int64_t>& markers);           // compaction left nothing of these aborted transactions

  // The first offset that is not decided; `high_watermark` when all is.
  std::int64_t last_stable(std::int64_t high_watermark) const { return undecided_.empty() ? high_watermark : std::min(high_watermark, *undecided_.begin()); }
  // Those with records in [from, end) or their marker behind `from`, by first offset.
  std::vector<AbortedTransaction> aborted(std::int64_t from, std::int64_t end) const;
  bool any_aborted() const { return !aborted_.empty(); }

  // As of the segments, for the checkpoint.
  std::vector<OpenTransaction> open_at(std::int64_t flushed_end) const;
  std::vector<AbortedTransaction> aborted_at(std::int64_t flushed_end) const;
  void restore(std::vector<OpenTransaction> open, std::vector<AbortedTransaction> aborted);

 private:
  struct Decided {
    OpenTransaction transaction;
    std::int64_t marker;
    bool aborted;
  };
  std::unordered_map<std::int64_t, std::int16_t> admitted_;     // epoch by producer id
  std::unordered_map<std::int64_t, OpenTransaction> open_;      // by producer id
  std::deque<Decided> decided_;                                 // by marker; those that are not in segments yet
  std::size_t released_ = 0;                                    // of decided_: so many are on disk
  std::set<std::int64_t> undecided_;                            // first offsets: of open_ and of what is decided but not on disk
  std::vector<AbortedTransaction> aborted_;                     // by marker
};

}  // namespace braid::storage
