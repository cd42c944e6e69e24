// The shell around decide() and apply(): takes commands, writes their events to `_braid_mesh`, applies them when the log has them, and leaves an
// audit entry for each event and each refusal. A call that returned can be read at once.
// Lives on one shard (the control shard); not thread-safe. EventLog, Clock and Readers outlive it. Call close() before destroying it.
#pragma once
#include <functional>
#include <memory>

#include "eventlog/journal.h"
#include "mesh/audit.h"
#include "mesh/state.h"

namespace braid::mesh {

struct Done {
  std::vector<Event> events;                             // what happened (would happen, for a dry run); empty: it was so already
  std::optional<Impact> told{};
};

class Mesh {
 public:
  static constexpr std::string_view topic = "_braid_mesh";
  static io::Task<Result<std::unique_ptr<Mesh>>> open(eventlog::EventLog& log, const Clock& clock, Readers& readers);
  ~Mesh();

  // With dry_run nothing is written, not even an audit entry.
  io::Task<std::expected<Done, Refusal>> execute(Caller caller, Command command, bool dry_run = false);
  const State& state() const;
  Audit& audit();
  Impact impact(std::string_view product) const;         // who is affected by a change of this product now

  // Called on this shard after each event has been applied, in order. Not called for events that were there before open().
  using Listener = std::function<void(const Event&)>;
  std::uint64_t listen(Listener listener);
  void unlisten(std::uint64_t id);
  // The last events, oldest first, at most limits::mesh_events_in_memory_max; those with offset > after.
  std::vector<Event> recent(std::int64_t after_offset, std::size_t limit) const;
  io::Task<void> close();

 private:
  struct Impl;
  explicit Mesh(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::mesh
