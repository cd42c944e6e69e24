// The inside of the Engine, shared by its files: engine.cc (statements and the command topic), engine_tasks.cc (starting, stopping and watching
// tasks), engine_reads.cc (push and pull queries, PRINT, INSERT). Lives on the control shard.
#pragma once
#include <set>
#include <unordered_map>

#include "base/json.h"
#include "eventlog/journal.h"
#include "flow/engine.h"
#include "flow/task.h"
#include "io/sync.h"
#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::flow {

// Answers the planner from the registry and a list of topics taken before, and notes what it answered, so that a restart plans with the same answers.
class NotedLookup final : public sql::SchemaLookup {
 public:
  NotedLookup(registry::Registry& registry, std::map<std::string, std::int32_t> topics) : registry_(registry), topics_(std::move(topics)) {}
  std::optional<Found> latest(std::string_view subject) override;
  std::optional<Found> by_id(SchemaId id) override;
  std::optional<std::int32_t> partitions(std::string_view topic) override;
  json::object noted() const;                   // for the command

 private:
  std::optional<Found> note(std::string key, std::optional<Found> found);
  registry::Registry& registry_;
  std::map<std::string, std::int32_t> topics_;
  std::map<std::string, std::optional<Found>> schemas_;
  std::map<std::string, std::optional<std::int32_t>> asked_topics_;
};

// Answers the planner from what a command noted.
class ReplayedLookup final : public sql::SchemaLookup {
 public:
  explicit ReplayedLookup(const json::object& noted) : noted_(noted) {}
  std::optional<Found> latest(std::string_view subject) override { return schema("latest:" + std::string(subject)); }
  std::optional<Found> by_id(SchemaId id) override { return schema("id:" + std::to_string(id.value)); }
  std::optional<std::int32_t> partitions(std::string_view topic) override;

 private:
  std::optional<Found> schema(const std::string& key) const;
  const json::object& noted_;
};

// What stands in the command topic.
struct Command {
  std::string id;                               // its key: stream/`X`/create
  std::string statement;
  std::map<std::string, std::string> properties;
  json::object lookups;
  std::optional<SchemaId> key_schema, value_schema;   // with which the sink writes
  Bytes value() const;
  static Result<Command> read(BytesView key, BytesView value);
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(Parts parts, EngineOptions options);
  io::Task<Result<void>> start();

  io::Task<void> close() override;
  io::Task<Result<Done>> execute(sql::Statement statement, Session session) override;
  io::Task<Result<std::vector<Done>>> execute_script(std::string sql, Session session) override;
  io::Task<Result<std::unique_ptr<RowStream>>> select(sql::Statement statement, Session session) override;
  io::Task<Result<std::unique_ptr<RowStream>>> select_text(std::string sql, Session session) override;
  io::Task<Result<std::unique_ptr<LineStream>>> print(sql::Statement statement, Session session) override;
  io::Task<Result<sql::QueryPlan>> explain(sql::Statement statement, Session session) override;
  io::Task<std::unique_ptr<sql::SchemaLookup>> schema_lookup() override;
  bool end_push_query(const std::string& query_id) override;
  io::Task<Result<void>> insert(std::string source, std::vector<std::pair<std::string, data::Value>> values, Session session) override;
  const sql::Metastore& metastore() const override { return metastore_; }
  std::vector<QueryInfo> queries() const override;
  std::optional<QueryInfo> query(const std::string& id) const override;
  Problems problems(const std::string& query_id) const override;
  std::map<std::string, CommandStatus> statuses() const override { return statuses_; }
  std::optional<CommandStatus> status(const std::string& command_id) const override;
  const std::map<std::string, std::string>& properties() const override { return properties_; }
  const std::string& service_id() const override { return options_.service_id; }

  // A task and where it runs.
  struct Running {
    io::Shard* shard = nullptr;
    std::shared_ptr<QueryTask> task;
  };
  void forget_push(const std::string& id);
  Parts& parts() { return parts_; }

 private:
  // A persistent query as the commands want it, and the task that does it.
  struct Persistent {
    sql::QueryPlan plan;
    std::map<std::string, std::string> properties;
    std::optional<SchemaId> key_schema, value_schema;
    bool paused = false;
    bool paused_there = false;                  // what the task was last told
    bool restart = false;                       // replaced: the running task does the old plan
    std::int64_t started_ms = 0;
    Running running;
    std::string start_error;
    QueryCounts counts;
    QueryState state = QueryState::starting;
    std::string error;
    std::deque<Problems::One> problems;
  };
  struct Push {
    sql::QueryPlan plan;
    Running running;
    std::int64_t started_ms = 0;
    QueryCounts counts;
  };

  // statements
  std::map<std::string, std::string> merged(const Session& session) const;
  io::Task<std::map<std::string, std::int32_t>> topic_partitions();
  io::Task<Result<Done>> change(sql::Statement statement, Session session);        // through the command topic
  io::Task<Result<Done>> insert_values(sql::Statement statement, Session session);
  io::Task<Result<void>> make_topic(const sql::Planned& planned, NotedLookup& lookup);
  io::Task<Result<void>> register_schemas(const sql::Planned& planned, Command& command);
  io::Task<Result<std::optional<SchemaId>>> register_schema(const sql::Source& source, bool is_key, bool always);
  io::Task<Result<Done>> write(Command command, Done done);
  Result<void> apply(const eventlog::RecordView& record);
  Result<void> apply_command(const Command& command, Offset at);
  Result<void> apply_control(const sql::ControlQuery& control);
  void start_query(sql::QueryPlan plan, const Command& command);
  void set_status(const std::string& command_id, CommandStatus status);
  std::optional<sql::QueryPlan> materializing(const sql::DdlCommand& ddl, const std::string& number) const;

  // tasks
  io::Task<void> reconcile();                   // makes the tasks be as the commands want them
  io::Task<void> start_task(std::string id);
  io::Task<void> stop_task(Running running);
  io::Task<void> watch();                       // counts, problems, metrics, once a second
  io::Task<void> refresh();
  io::Task<void> find_new_partitions();         // of the topics that queries read or write
  io::Task<void> write_problems(std::vector<std::pair<std::string, Problems::One>> found);
  io::Task<Result<std::optional<WriteSchema>>> write_schema(std::optional<SchemaId> id);
  io::Shard& shard_of(const std::string& id);
  std::string state_file(const std::string& id) const;
  TaskSpec spec_of(const std::string& id, const Persistent& p) const;

  // reads
  io::Task<Result<std::unique_ptr<RowStream>>> push(sql::Planned planned, Session session, bool until_end);
  io::Task<Result<std::unique_ptr<RowStream>>> pull(sql::Planned planned, Session session);
  io::Task<Result<void>> write_row(const sql::Source& source, sql::InsertRow row);

  Parts parts_;
  EngineOptions options_;
  std::map<std::string, std::string> properties_;
  sql::Metastore metastore_;
  std::unique_ptr<eventlog::Journal> journal_;
  std::map<std::string, Persistent> persistent_;
  std::map<std::string, Push> pushes_;
  std::vector<Running> leaving_;                // tasks whose query is gone
  std::vector<std::string> files_to_remove_;
  std::map<std::string, CommandStatus> statuses_;
  std::deque<std::string> status_order_;
  std::unique_ptr<eventlog::Writer> writer_;    // INSERT VALUES and the processing log
  io::Turns reconciling_;
  io::Notifier stop_;
  io::Gate gate_;
  bool open_ = false, closing_ = false, watching_ = false;
  std::uint32_t next_push_ = 0;
  io::Deadline look_for_partitions_at_{};
  bool problem_topic_made_ = false;
};

std::string bare_name(const std::string& service_id);   // "default_" -> "default"

}  // namespace braid::flow
