// Operators: one per step of a plan, linked into a tree that batches walk from the sources to the sink. Batch in, batch out, in record order.
// Semantics per record are Kafka Streams' with caching off (ksqldb.md section 5): every change is given on, in the order of its cause.
// One task on one shard; nothing here waits or locks. The Runtime outlives its operators.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "flow/batch.h"
#include "flow/eval.h"
#include "flow/step_counts.h"
#include "flow/store.h"
#include "sql/plan.h"

namespace braid::flow {

// Why a record, or an expression of it, could not be processed. Counted, and kept by whoever runs the task.
struct Problem {
  enum class Kind { undecodable, expression, null_key, late, timestamp };
  Kind kind = Kind::expression;
  std::string step;
  std::string reason;
  std::string expression{};
  std::string topic{};
  std::int32_t partition = 0;
  std::int64_t offset = -1;
  std::int64_t time = -1;
};
std::string_view name_of(Problem::Kind kind);

struct Counters {
  std::int64_t records_in = 0, records_out = 0;
  std::int64_t undecodable = 0, expression_errors = 0, null_keys = 0, late = 0, bad_timestamps = 0;
};

struct Runtime {
  const Clock* clock = &system_clock();
  StoreSet stores;
  Counters counters{};
  std::function<void(const Problem&)> report{}; // may be empty
  std::int32_t lanes = 1;                       // partitions of the repartitioned streams: how many stream times there are
  // How Kafka Streams' own stores behave in two places where it loses or delays results; on for conformance runs only
  // (docs/decisions/2026-11-23-final-results-are-not-lost.md).
  bool streams_expiry = false;                  // final results of windows that left the store before they closed are not given out
  std::int64_t outer_join_emit_interval_ms = 0; // wall-clock pause between emissions of unmatched records
  bool near_misses = false;                     // filters that let nothing pass remember which rows came closest (previews)

  sql::CallContext call_context() const { return {clock->wall_ms()}; }
  void problem(Problem p);
};

class Operator {
 public:
  Operator(const sql::Step& step, Runtime& runtime) : step_(step), runtime_(runtime) {}
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  virtual void process(int input, Batch batch) = 0;
  // After a restore: rebuild what is not kept in stores.
  virtual void restored() {}
  void link(Operator* next, int input) { next_ = next; next_input_ = input; }
  virtual std::vector<NearMiss> near_misses() const { return {}; }
  const sql::Step& step() const { return step_; }
  std::int64_t rows_out() const { return rows_out_; }

 protected:
  void emit(Batch batch) {
    rows_out_ += std::int64_t(batch.rows);
    if (batch.rows > 0 && next_) next_->process(next_input_, std::move(batch));
  }
  // An expression over the rows of `side` (now or before); rows that the side does not have are not reported.
  ColumnPtr eval(const sql::BoundExpression& expression, const Batch& batch, const Columns& columns, const Flags& present);
  void drop(Problem::Kind kind, const Batch& batch, std::size_t row, std::string reason);

  const sql::Step& step_;
  Runtime& runtime_;

 private:
  Operator* next_ = nullptr;
  int next_input_ = 0;
  std::int64_t rows_out_ = 0;
};

// Rows under construction for operators that make new rows.
class RowsOut {
 public:
  RowsOut(const sql::Schema& schema, bool with_before, bool windowed);
  void key(const Columns& columns, std::size_t row);
  void key(std::span<const data::Value> values);
  // After key(): the row's values, null pointer for none. `like` and `row` give headers, lane and origin.
  void row(const data::Values* now, const data::Values* before, std::int64_t time, const Batch& like, std::size_t row);
  void window(std::int64_t start, std::int64_t end);   // after row(), when windowed
  std::size_t size() const { return time_.size(); }
  Batch finish();

 private:
  ColumnsBuilder key_, now_;
  std::optional<ColumnsBuilder> before_;
  bool windowed_;
  Flags key_present_, present_, before_present_;
  std::vector<std::int64_t> time_, start_, end_;
  std::vector<std::int32_t> lane_;
  std::vector<HeadersPtr> headers_;
  bool any_headers_ = false, any_lane_ = false;
};

// Makes the operator of a step. `before`: whoever reads it needs a table's rows before each change.
std::unique_ptr<Operator> make_stateless(const sql::Step& step, Runtime& runtime);
std::unique_ptr<Operator> make_materialize(const sql::Step& step, Runtime& runtime, const std::string& store);   // adds `before` to a table's rows
std::unique_ptr<Operator> make_aggregate(const sql::Step& step, Runtime& runtime, bool before);
std::unique_ptr<Operator> make_table_join(const sql::Step& step, Runtime& runtime, bool before);       // table-table
std::unique_ptr<Operator> make_foreign_key_join(const sql::Step& step, Runtime& runtime, bool before);
std::unique_ptr<Operator> make_stream_table_join(const sql::Step& step, Runtime& runtime);
std::unique_ptr<Operator> make_stream_join(const sql::Step& step, Runtime& runtime);

}  // namespace braid::flow
