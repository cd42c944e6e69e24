// One running query: reads its sources' partitions, runs its topology, writes its sink, commits. A coroutine on one shard, no thread of its own;
// at rest it waits for the log to wake it. Records of several partitions are processed in the order of their times as far as they have arrived.
// At-least-once: outputs are written, then state and positions go to disk together (snapshot.h), then the offsets to the consumer group, where
// Kafka's tools see them. A write that fails is tried again; the task never goes on without it.
// Threads: everything but the constructor's caller runs on `shard`. Parts outlive the task; the Engine and running coroutines share it.
#pragma once
#include <deque>
#include <memory>
#include <string>

#include "eventlog/event_log.h"
#include "flow/engine.h"
#include "flow/records.h"
#include "flow/snapshot.h"
#include "flow/topology.h"
#include "io/sync.h"

namespace braid::flow {

struct TaskSpec {
  std::string id;
  sql::StepPtr root;
  bool queryable = false;                       // a table that pull queries may read
  std::string state_file;                       // empty: keeps no state on disk and commits nothing (push queries)
  std::string group;
  bool from_beginning = true;                   // where a partition without a position starts
  io::Milliseconds commit_interval{1000};
  std::optional<WriteSchema> key_schema{}, value_schema{};
  std::optional<std::int64_t> limit{};          // push queries
  bool with_tombstones = true;
  bool near_misses = false;                     // see Runtime
  bool until_end = false;                       // ends where its sources ended when it started (a pull query over a stream)
};

// Schemas by id, fetched from the registry on the control shard when a record names one that is not known yet.
class SchemaCache final : public format::Schemas {
 public:
  SchemaCache(registry::Registry& registry, io::Shard& control) : registry_(registry), control_(control) {}
  const format::SchemaText* by_id(SchemaId id) override;
  io::Task<void> fetch(std::vector<SchemaId> ids);
  void put(SchemaId id, format::SchemaText text) { known_[id.value] = std::move(text); }

 private:
  registry::Registry& registry_;
  io::Shard& control_;
  std::map<std::int32_t, format::SchemaText> known_;
  std::map<std::int32_t, io::Deadline> unknown_until_;   // asked before and not there: not asked again for a while
};
// On the control shard: the text of a registered schema with all it refers to.
Result<format::SchemaText> schema_text(registry::Registry& registry, SchemaId id);

// A row of a SELECT's result: the selected columns, which are the values of its last step. Of a deletion only the key's columns are known.
Rows::Row row_of(const sql::Step& root, const Batch& batch, std::size_t row);

// A row of a queryable table's state.
struct StateRow {
  data::Values key, row;
  std::int64_t time = 0;
  std::int64_t window_start = 0, window_end = 0;
};
struct StateQuery {
  std::vector<data::Values> keys;               // empty: all rows
  std::optional<std::int64_t> start_from, start_to, end_from, end_to;   // of the window, inclusive
  std::size_t rows_max = 100'000;               // more is Error{overloaded}
};

class QueryTask {
 public:
  static io::Task<Result<std::shared_ptr<QueryTask>>> create(Parts parts, TaskSpec spec);

  static io::Task<void> run(std::shared_ptr<QueryTask> self);   // spawn it; returns after stop() and the last commit
  void stop();
  io::Task<void> stopped();
  void pause(bool on);
  // Topics have this many partitions: those that are new to this task are read from their beginning, and written to.
  using TopicPartitions = std::shared_ptr<const std::map<std::string, std::int32_t>>;   // shared by all tasks that are told
  io::Task<Result<void>> look_for_partitions(TopicPartitions partitions);

  QueryCounts counts() const;
  QueryState state() const { return state_; }
  const std::string& error() const { return error_; }
  const std::deque<Problems::One>& problems() const { return problems_; }
  std::vector<Problems::One> take_new_problems() { return std::exchange(new_problems_, {}); }
  std::vector<StepCount> step_counts() const { return topology_ ? topology_->counts() : std::vector<StepCount>(); }
  std::vector<NearMiss> near_misses() const { return topology_ ? topology_->near_misses() : std::vector<NearMiss>(); }
  Result<std::vector<StateRow>> read_state(const StateQuery& query) const;
  // Push queries: what has come since the last call; waits for something until the deadline.
  io::Task<Result<Rows>> take_rows(io::Deadline deadline);

 private:
  struct Buffered {
    eventlog::Chunk chunk;
    std::size_t at = 0;                         // next record to take
    std::uint64_t taken_by = 0;                 // the last run that has its owners
  };
  struct Input {                                // a partition on its way into the merge; addresses in the maps below
    const eventlog::TopicPartition* place;
    Offset* position;
    const Offset* end;
    std::deque<Buffered>* queue;
  };
  struct Run {                                  // records of one topic, in the order of their times
    std::uint64_t number = 0;
    const std::string* topic = nullptr;
    std::vector<InRecord> records;
    std::vector<std::vector<HeaderRef>> headers;
    std::vector<std::shared_ptr<const void>> owners;
    std::size_t bytes = 0;
  };

  QueryTask(Parts parts, TaskSpec spec);
  io::Task<Result<void>> open();
  io::Task<Result<void>> open_partitions();
  io::Task<Result<void>> step();                // wait for records and process them
  io::Task<void> decode_and_push(const std::string& topic, std::vector<InRecord> records, std::vector<std::shared_ptr<const void>> owners);
  io::Task<Result<void>> process(eventlog::Chunk chunk);
  io::Task<Result<void>> process_merged();
  Run take_oldest();
  io::Task<void> write_outputs();
  io::Task<void> write_partition(std::int32_t partition, std::vector<eventlog::Record> records);
  io::Task<void> commit();
  void note(const Problem& problem);
  void collect(const Batch& batch);             // rows of a push query
  std::size_t buffered() const;
  void count_read(const std::string& topic, const std::vector<InRecord>& records);
  void check_end();

  Parts parts_;
  TaskSpec spec_;
  Runtime runtime_;
  SchemaCache schemas_;
  std::unique_ptr<Topology> topology_;
  std::vector<std::unique_ptr<SourceDecoder>> decoders_;
  std::unique_ptr<SinkEncoder> encoder_;
  std::unique_ptr<StateFile> state_file_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::unique_ptr<eventlog::Writer> writer_;
  std::int32_t sink_partitions_ = 1;
  std::uint32_t round_robin_ = 0;
  std::vector<OutRecord> outputs_;
  bool outputs_lost_ = false;                   // the task was stopped while they could not be written: nothing may be committed
  std::vector<TopicCount> read_;
  TopicCount written_;

  std::map<eventlog::TopicPartition, std::deque<Buffered>> buffers_;   // more than one partition: waiting for their turn in time
  std::map<eventlog::TopicPartition, Offset> positions_;   // next to process
  std::map<eventlog::TopicPartition, Offset> ends_;        // as last asked
  std::uint64_t runs_ = 0;
  bool ordered_ = false;                        // several inputs whose order by time matters
  int idle_rounds_ = 0;
  bool dirty_ = false;
  io::Deadline commit_at_ = io::never;

  QueryState state_ = QueryState::starting;
  std::string error_;
  bool stopping_ = false, paused_ = false, finished_ = false;
  io::Notifier changed_;                        // pause, stop, rows taken, finished
  std::deque<Problems::One> problems_;
  std::vector<Problems::One> new_problems_;

  Rows pending_rows_;
  std::int64_t rows_given_ = 0;
  std::map<eventlog::TopicPartition, Offset> stop_at_;     // until_end
};

}  // namespace braid::flow
