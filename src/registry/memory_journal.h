// A Journal that keeps its records in memory: for tests, and for a registry that need not outlive its process. Applies at once.
// Lives on one shard; not thread-safe.
#pragma once
#include "eventlog/journal.h"

namespace braid::registry {

class MemoryJournal final : public eventlog::Journal {
 public:
  explicit MemoryJournal(Apply apply) : apply_(std::move(apply)) {}
  static io::Task<Result<std::unique_ptr<eventlog::Journal>>> open(Apply apply);

  io::Task<io::Turns::Turn> turn() override;
  io::Task<Result<Offset>> write(std::vector<eventlog::Record> records) override;
  io::Task<Result<void>> catch_up() override;
  Offset applied() const override { return Offset{std::int64_t(records_.size())}; }
  io::Task<void> close() override;
  const std::vector<eventlog::Record>& records() const { return records_; }

 private:
  Apply apply_;
  io::Turns turns_;
  std::vector<eventlog::Record> records_;
};

}  // namespace braid::registry
