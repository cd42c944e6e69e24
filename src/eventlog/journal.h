// Keeps a state machine in step with a topic of one partition (DESIGN D4): the shell around decide() and apply().
// Opening replays the whole topic; afterwards every record, our own and those that others write, is applied once, in offset order, on the
// shard that opened the Journal. write() returns only when its record has been applied, so a call that has written reads its own change.
// A command takes a turn, decides on the current state, writes its events and gives the turn back: nothing changes between its decide and its apply.
//
//   const auto turn = co_await journal.turn();
//   CO_TRY(auto events, decide(state, command));
//   CO_TRY_VOID(co_await journal.write(std::move(events)));
//
// Lives on one shard; not thread-safe. The EventLog and whatever `apply` touches must outlive it. A record that apply refuses is skipped and
// reported through the log line `journal_record_skipped`; it never stops the journal.
#pragma once
#include <functional>
#include <memory>

#include "eventlog/event_log.h"
#include "io/sync.h"

namespace braid::eventlog {

class Journal {
 public:
  using Apply = std::function<Result<void>(const RecordView&)>;

  // Creates the topic (one partition) if it is not there.
  static io::Task<Result<std::unique_ptr<Journal>>> open(EventLog& log, TopicSpec topic, Apply apply);
  virtual ~Journal() = default;

  virtual io::Task<io::Turns::Turn> turn() = 0;
  virtual io::Task<Result<Offset>> write(std::vector<Record> records) = 0;    // the offset of the first
  // Waits until everything that was in the topic at the time of the call has been applied.
  virtual io::Task<Result<void>> catch_up() = 0;
  virtual Offset applied() const = 0;      // the next offset to apply
  virtual io::Task<void> close() = 0;      // stops following; call before destroying it
};

}  // namespace braid::eventlog
