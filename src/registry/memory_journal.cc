#include "registry/memory_journal.h"

#include "base/log.h"

namespace braid::registry {

io::Task<Result<std::unique_ptr<eventlog::Journal>>> MemoryJournal::open(Apply apply) {
  std::unique_ptr<eventlog::Journal> journal = std::make_unique<MemoryJournal>(std::move(apply));
  co_return std::move(journal);
}

io::Task<io::Turns::Turn> MemoryJournal::turn() { co_return co_await turns_.take(); }

io::Task<Result<Offset>> MemoryJournal::write(std::vector<eventlog::Record> records) {
  const Offset first = applied();
  for (auto& record : records) {
    eventlog::RecordView view;
    view.offset = applied();
    view.timestamp_ms = record.timestamp_ms.value_or(system_clock().wall_ms());
    if (record.key) view.key = *record.key;
    if (record.value) view.value = *record.value;
    if (auto done = apply_(view); !done) log::warn("journal_record_skipped", {{"reason", done.error().message}});
    records_.push_back(std::move(record));
  }
  co_return first;
}

io::Task<Result<void>> MemoryJournal::catch_up() { co_return Result<void>{}; }
io::Task<void> MemoryJournal::close() { co_return; }

}  // namespace braid::registry
