// Lineage of a running mesh: looks at the counters of a node every few seconds, keeps what it saw in `_braid_lineage`, tells what queries do as
// OpenLineage events in `_braid_openlineage`, and answers with the graph of now (lineage_graph.h).
//
// What is kept: one record per flow and per open run, by key; the newest counts. Flows that are new are written at the next look, amounts once a
// minute and at a clean stop, so a crash loses at most a minute of amounts. Now and then everything is written again in one piece, and the group
// `_braid_lineage` commits where that piece begins: a start reads from there, and the topic's retention takes what lies before.
//
// Lives on the control shard; not thread-safe. EventLog, Clock, Mesh and LineageSources outlive it. close() before destroying it.
// Errors: those of the log at open(); later ones are logged once per kind of trouble and tried again.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "eventlog/event_log.h"
#include "io/sync.h"
#include "mesh/lineage_graph.h"
#include "mesh/mesh.h"
#include "mesh/openlineage.h"

namespace braid::mesh {

// What lineage must know of the other parts of a node; node implements it, tests play it.
class LineageSources {
 public:
  virtual ~LineageSources() = default;
  virtual io::Task<Counts> counts() = 0;
  virtual std::vector<std::shared_ptr<const QueryFlow>> queries() = 0;   // persistent ones, by id; the same object while nothing changed
  virtual std::uint64_t revision() = 0;                                  // grows when one came, went or changed its state
  virtual std::vector<LineageColumn> columns_of(const std::string& topic) = 0;   // by its streams, else by its schema; empty: not known
};

struct LineageOptions {
  io::Milliseconds look{5'000};
  io::Milliseconds keep{60'000};          // amounts
  bool sees_kafka_clients = true;         // false: the log is a cluster of somebody else, whose clients do not come by here
  bool watch = true;                      // false: only look() looks; for tests
  std::string version;                    // of braid, for OpenLineage
  std::uint64_t whole_after_bytes = 1 << 20;   // written since the last whole piece (and twice its size): time for another
};

class Lineage final : public TrafficSink {
 public:
  static constexpr std::string_view topic = "_braid_lineage";
  static constexpr std::string_view events_topic = "_braid_openlineage";
  static io::Task<Result<std::unique_ptr<Lineage>>> open(eventlog::EventLog& log, const Clock& clock, Mesh& mesh, LineageSources& sources, LineageOptions options);
  ~Lineage() override;
  io::Task<void> close();                 // a last look, and everything written

  void seen(const Seen& who, const std::string& host, std::uint64_t records, std::uint64_t bytes) override;
  io::Task<void> look();                  // now; the watching does it by itself

  // As it is now; the same graph while nothing has changed. With internal topics on demand.
  io::Task<Result<std::shared_ptr<const LineageGraph>>> graph(bool internal = false);
  const Observed& observed() const;
  std::vector<LineageColumn> columns_of(const std::string& topic) const;

 private:
  struct Impl;
  explicit Lineage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::mesh
