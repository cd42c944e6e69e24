// The streaming SQL engine of a node: what has been created, the queries that run, and their answers.
//
// Every statement that changes something is checked by planning it, written to the command topic, and takes effect when it is read back from
// there (DESIGN D1, D4), so a call returns once its own change is visible. A restart reads the topic again; an entry that cannot be applied is
// skipped and reported, it never stops the node. Persistent queries run as tasks, spread over the shards; a task is a coroutine without a thread
// of its own. At-least-once: outputs first, then state and positions together, so after kill -9 a query goes on from its last commit.
//
// Threads: the Engine lives on the control shard; RowStreams and LineStreams too. Other shards are asked inside. Ownership: what `Parts` names
// must outlive the Engine; an Engine must be closed before it is destroyed, and outlive the streams it gave out.
// Errors: invalid_input (the text; `where` says which bytes), not_found, already_exists, conflict, unsupported, unavailable, stopping.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "data/value.h"
#include "eventlog/event_log.h"
#include "io/file.h"
#include "io/shard.h"
#include "registry/registry.h"
#include "flow/step_counts.h"
#include "sql/plan.h"

namespace braid::sql {
class Metastore;
class SchemaLookup;
struct Statement;
}  // namespace braid::sql

namespace braid::flow {

struct Parts {
  eventlog::EventLog& log;
  registry::Registry& registry;                 // lives on the control shard
  io::FileSystem& files;
  io::Shards& shards;
  io::Pool& pool;
  Metrics& metrics;
  const Clock& clock = system_clock();
};

struct EngineOptions {
  std::string service_id = "default_";          // names topics and consumer groups: _confluent-ksql-default_command_topic
  std::string state_directory;                  // state of the queries; made if absent
  std::map<std::string, std::string> properties{};   // server-wide defaults under ksqlDB's names
  io::Milliseconds commit_interval{1000};       // how much work a crash repeats, at most
};

// What a request brings with it; overrides the server's properties for its statements.
struct Session {
  std::map<std::string, std::string> properties{};   // auto.offset.reset, ksql.query.pull.table.scan.enabled, ...
  std::map<std::string, std::string> variables{};    // ${name}
  bool near_misses = false;                          // of a push query: filters that let nothing pass remember the nearest rows
};

// The effect of a statement that changed something.
struct Done {
  std::string command_id;                       // stream/`ORDERS`/create, as in GET /status
  std::string message;                          // ksqlDB's words: "Stream created"
  std::string query_id{};                       // of the persistent query it started or stopped
  std::int64_t sequence = -1;                   // its place in the command topic; -1 when it has none (INSERT VALUES)
  std::string warning{};                        // e.g. IF NOT EXISTS met something that exists
};

enum class QueryState { starting, running, paused, error, terminated };
std::string_view name_of(QueryState state);     // RUNNING, PAUSED, ...

struct TopicCount {                             // of one topic that a query reads or writes; bytes of keys and values
  std::string topic;
  std::int64_t records = 0, bytes = 0, last_ms = 0;
};

struct QueryCounts {
  std::int64_t records_in = 0, records_out = 0; // since the query was started in this process
  std::int64_t undecodable = 0, errors = 0, null_keys = 0, late = 0;
  std::int64_t lag = 0;                         // records that wait in its sources
  std::int64_t state_bytes = 0, state_entries = 0;
  std::vector<TopicCount> read{};               // by topic; those that gave something
  TopicCount written{};
};

struct Problems {                               // the last ones of a query, newest last
  struct One { std::int64_t at_ms = 0; std::string kind, reason, step, expression, topic; std::int32_t partition = 0; std::int64_t offset = -1; };
  std::vector<One> last;
};

struct QueryInfo {
  std::string id;
  std::string statement;
  sql::StepPtr root;
  bool persistent = true;                       // false: a push query that somebody is reading
  bool is_table = false;
  std::string sink, sink_topic;                 // empty for push queries
  std::vector<std::string> sources;
  QueryState state = QueryState::starting;
  std::string error;                            // why it is in `error`, or what it last recovered from
  std::int64_t started_ms = 0;
  QueryCounts counts;
};

// Rows of a SELECT. next() gives some rows as they come, or none at the deadline; `end` is set once no more will come.
struct Rows {
  struct Row {
    data::Values values;                        // in the order of columns()
    bool tombstone = false;                     // a deletion of a table's row: the key is set, the rest null
  };
  std::vector<Row> rows;
  enum class End { no, limit_reached, completed } end = End::no;
};
class RowStream {
 public:
  virtual ~RowStream() = default;               // ends the query: a push query's task is stopped
  virtual const std::string& query_id() const = 0;
  virtual const std::vector<data::Field>& columns() const = 0;
  virtual std::size_t key_columns() const = 0;  // how many of them are the key; they come first when they do
  virtual bool key_column(std::size_t index) const { return index < key_columns(); }   // a projection may put them anywhere
  virtual bool pull() const = 0;
  virtual io::Task<Result<Rows>> next(io::Deadline deadline) = 0;
  virtual void close() = 0;                     // a next() under way ends with ErrorCode::stopping
  // Of a push query, also after its end; a pull query over a table's state has none.
  virtual sql::StepPtr plan() const { return nullptr; }
  virtual io::Task<std::vector<StepCount>> step_counts() { co_return std::vector<StepCount>(); }
  virtual io::Task<std::vector<NearMiss>> near_misses() { co_return std::vector<NearMiss>(); }
};

// Lines of PRINT 'topic'.
class LineStream {
 public:
  virtual ~LineStream() = default;
  virtual io::Task<Result<std::vector<std::string>>> next(io::Deadline deadline) = 0;
  virtual bool ended() const = 0;
  virtual void close() = 0;
};

struct CommandStatus {
  enum class State { queued, parsing, executing, running, terminated, success, error } state = State::success;
  std::string message;
  std::string query_id;
};

class Engine {
 public:
  static io::Task<Result<std::unique_ptr<Engine>>> open(Parts parts, EngineOptions options);
  virtual ~Engine() = default;
  virtual io::Task<void> close() = 0;           // stops the tasks, commits what they did

  // Statements that change something: CREATE, CREATE AS, INSERT INTO, INSERT VALUES, ALTER, DROP, CREATE and DROP TYPE, TERMINATE, PAUSE, RESUME.
  virtual io::Task<Result<Done>> execute(sql::Statement statement, Session session) = 0;
  // The whole text, statement by statement, until the first that fails; SELECT and PRINT are refused here.
  virtual io::Task<Result<std::vector<Done>>> execute_script(std::string sql, Session session) = 0;

  // SELECT: a push query (EMIT CHANGES) or a pull query.
  virtual io::Task<Result<std::unique_ptr<RowStream>>> select(sql::Statement statement, Session session) = 0;
  virtual io::Task<Result<std::unique_ptr<RowStream>>> select_text(std::string sql, Session session) = 0;
  virtual io::Task<Result<std::unique_ptr<LineStream>>> print(sql::Statement statement, Session session) = 0;
  // The plan of a SELECT or CREATE AS, without running it (EXPLAIN). Schemas that would have to be registered are not.
  virtual io::Task<Result<sql::QueryPlan>> explain(sql::Statement statement, Session session) = 0;
  // What the planner asks about schemas and topics, as they are now. For plans that nobody runs; must not outlive the Engine.
  virtual io::Task<std::unique_ptr<sql::SchemaLookup>> schema_lookup() = 0;
  virtual bool end_push_query(const std::string& query_id) = 0;   // POST /close-query; false: no such query

  // One row, as POST /inserts-stream and INSERT VALUES write it: values by column name, converted to the column's type.
  virtual io::Task<Result<void>> insert(std::string source, std::vector<std::pair<std::string, data::Value>> values, Session session) = 0;

  virtual const sql::Metastore& metastore() const = 0;
  virtual std::vector<QueryInfo> queries() const = 0;             // persistent ones first, by id; counts are at most a second old
  virtual std::optional<QueryInfo> query(const std::string& id) const = 0;
  virtual Problems problems(const std::string& query_id) const = 0;
  virtual std::map<std::string, CommandStatus> statuses() const = 0;   // by command id, the last 1,000
  virtual std::optional<CommandStatus> status(const std::string& command_id) const = 0;
  virtual const std::map<std::string, std::string>& properties() const = 0;   // in force for requests that override nothing
  virtual const std::string& service_id() const = 0;
};

}  // namespace braid::flow
