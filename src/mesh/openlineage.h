// OpenLineage out: the queries of a node as runs, and what happens to them as RunEvents (https://openlineage.io/spec/2-0-2/OpenLineage.json).
// Pure: decide_runs() compares the runs that are known with the queries there are.
//
// A job is a query. A run is its life from CREATE to TERMINATE, over restarts of the node: a streaming query that goes on from its state is the same
// run. START when it begins; RUNNING from time to time while records flow, and when it fails (with the error: the engine tries again); COMPLETE when
// somebody ended it; ABORT when CREATE OR REPLACE put another statement in its place.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesh/lineage_graph.h"

namespace braid::mesh {

struct OpenRun {
  std::string query, run_id;           // run_id: a UUID
  std::string fingerprint;             // of the statement
  std::int64_t started_ms = 0, told_ms = 0;   // told: the last event
  std::uint64_t told_records = 0;      // written by it, as the last event said
  std::string told_error;
  std::string inputs, output;          // topics, for the end of a query that is no longer there: "a\nb"
  friend bool operator==(const OpenRun&, const OpenRun&) = default;
};
std::string encode(const OpenRun& run);
Result<OpenRun> decode_open_run(std::string_view text);
std::string run_key(std::string_view query);

enum class RunEventType { start, running, complete, abort };
std::string_view name_of(RunEventType type);   // "START"

// What the events need beside the query.
struct OpenLineageContext {
  std::string dataset_namespace;       // kafka://HOST:PORT
  std::string job_namespace = "braid";
  std::string version;                 // of braid
  const State* state = nullptr;        // owners and descriptions of products
  const Observed* observed = nullptr;  // statistics
  ColumnsOf columns_of;
};

struct RunDecision {
  std::vector<json::object> events;                    // in order
  std::vector<std::string> changed, ended;             // queries whose OpenRun is to be kept or forgotten
};
// Changes `runs` to what they are after the events. `new_run_id` gives a fresh UUID.
RunDecision decide_runs(std::map<std::string, OpenRun>& runs, const std::vector<std::shared_ptr<const QueryFlow>>& queries, const OpenLineageContext& context,
                        const std::function<std::string()>& new_run_id, std::int64_t now_ms);

inline constexpr std::int64_t running_event_ms = 600'000;   // a RUNNING event at most this often

}  // namespace braid::mesh
