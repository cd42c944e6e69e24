// The engine of a node: runs statements, keeps persistent queries running, answers push and pull queries.
//
// Statements that change something (CREATE, DROP, ALTER, INSERT INTO ... SELECT, TERMINATE, PAUSE, RESUME) are checked by a dry run of the
// planner, appended to the command topic through eventlog::Journal, and applied when the log has them; execute() returns once that has
// happened, so a caller reads its own change. A bad entry in the topic is skipped and reported, and never stops the node.
// Persistent queries are tasks spread over the shards; a query at rest costs kilobytes and no thread. At-least-once: state snapshot and input
// offsets are committed after the outputs are written, so after kill -9 a query goes on from where it was, with its state.
//
// Threads: lives on one shard (the control shard) and is called from there; it reaches the queries' shards itself. EventLog, Registry (same
// shard), Shards, Pool and Metrics outlive it. Call close() before destroying it. Times are milliseconds, sizes bytes.
// Errors: invalid_input with the place in the statement's text, not_found, already_exists, conflict (DROP of what is still used),
// unsupported (by name), overloaded (too many push queries), and those of the log.
// Semantics: reference page ksqldb.md; REST shapes are api/ksql's business, not ours.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "data/value.h"
#include "eventlog/event_log.h"
#include "io/shard.h"
#include "registry/registry.h"
#include "sql/ast.h"
#include "sql/metastore.h"
#include "sql/plan.h"

namespace braid::flow {

struct EngineOptions {
  std::string service_id = "default_";              // in the names of the command topic, internal topics and groups
  std::string state_directory;                      // snapshots of query state, one folder per query
  std::map<std::string, std::string> properties{};  // defaults of the node: ksql.streams.auto.offset.reset and its like
  io::Milliseconds commit_interval{2000};           // how often a query writes its snapshot and offsets
  std::size_t push_queries_max = 100;
};

// What comes with a request. Names of properties as clients send them, with or without "ksql.streams.".
struct Session {
  std::map<std::string, std::string> properties{};
  std::map<std::string, std::string> variables{};
  std::string principal = "anonymous";
};

// What a statement did.
struct Done {
  std::string command_id;                           // "stream/`HIGH`/create"
  std::string message;                              // "Created query with ID CSAS_HIGH_3"
  std::optional<std::string> query_id{};
  std::int64_t sequence = -1;                       // offset in the command topic
  bool warning = false;                             // nothing was done and that is all right: IF NOT EXISTS and its like
};

enum class QueryState { running, paused, error, terminated };
enum class QueryKind { persistent, push, pull };

struct QueryInfo {
  std::string id;
  QueryKind kind = QueryKind::persistent;
  QueryState state = QueryState::running;
  std::string statement;
  std::string sink, sink_topic;                     // empty for push and pull queries
  std::vector<std::string> sources, source_topics;
  std::shared_ptr<const sql::QueryPlan> plan;       // shared with the running task
  std::int64_t started_ms = 0;
  // counted since the node started
  std::int64_t records_in = 0, records_out = 0, errors = 0, late_records = 0, lag_records = 0, state_entries = 0, state_bytes = 0;
  std::string last_error;                           // of a query in state error, or the newest record that could not be processed
};

// A record that a query could not process: kept with its reason in the processing log topic and, the newest ones, in memory.
struct ProcessingError {
  std::int64_t at_ms = 0;
  std::string query_id, step, topic;
  std::int32_t partition = 0;
  std::int64_t offset = -1;
  std::string reason;
  std::string record;                               // its value, shortened: text, or base64 when it is none
};

struct RowColumn {
  std::string name;
  data::Type type;
  bool key = false;
};
struct RowItem {
  data::Values values;
  bool tombstone = false;                           // the row was deleted: key columns are set, the others null
};

// The rows of a push query, a pull query, or PRINT (then one STRING column with one line each). Lives on the control shard.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual const std::string& query_id() const = 0;
  virtual const std::vector<RowColumn>& columns() const = 0;
  virtual bool windowed() const = 0;
  // The next rows; an empty vector at the deadline; an empty optional at the end (LIMIT reached, or a pull query is done).
  virtual io::Task<Result<std::optional<std::vector<RowItem>>>> next(io::Deadline deadline) = 0;
  virtual bool limit_reached() const = 0;           // how it ended: "Limit Reached", else "Query Completed"
  virtual void close() = 0;                         // the client has gone: the query ends, a next() under way too
};

class Engine {
 public:
  static io::Task<Result<std::unique_ptr<Engine>>> open(eventlog::EventLog& log, registry::Registry& registry, io::Shards& shards, io::Pool& pool,
                                                        EngineOptions options, Metrics& metrics);
  virtual ~Engine() = default;
  virtual io::Task<void> close() = 0;

  // One statement that changes something: CREATE ..., INSERT INTO ... SELECT, INSERT VALUES, ALTER, DROP, TERMINATE, PAUSE, RESUME.
  // With dry_run it is planned and checked, and nothing happens.
  virtual io::Task<Result<Done>> execute(sql::Statement statement, Session session, bool dry_run = false) = 0;

  // SELECT ... (push with EMIT CHANGES, else pull) and PRINT.
  virtual io::Task<Result<std::unique_ptr<Rows>>> query(sql::Statement statement, Session session) = 0;

  // For EXPLAIN: the plan of a statement that has a query in it, without running it.
  virtual io::Task<Result<std::shared_ptr<const sql::QueryPlan>>> explain(sql::Statement statement, Session session) = 0;

  virtual const sql::Metastore& metastore() const = 0;
  virtual io::Task<std::vector<QueryInfo>> queries() = 0;                              // by id; asks the shards
  virtual io::Task<std::optional<QueryInfo>> find_query(std::string id) = 0;
  virtual bool close_query(const std::string& id) = 0;                                 // a push query; false: there is none
  virtual std::vector<ProcessingError> processing_errors(std::string query_id) const = 0;   // newest first; empty id: of all
  virtual const std::map<std::string, std::string>& properties() const = 0;            // in force, for SHOW PROPERTIES

  // Called on the control shard when persistent queries or sources came or went: for the catalog and the mesh.
  virtual void on_change(std::function<void()> listener) = 0;
};

}  // namespace braid::flow
