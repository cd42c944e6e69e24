#include "flow/operator.h"

namespace braid::flow {

std::string_view name_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::undecodable: return "deserialization_error";
    case Problem::Kind::expression: return "record_processing_error";
    case Problem::Kind::null_key: return "null_key";
    case Problem::Kind::late: return "late_record";
    case Problem::Kind::timestamp: return "timestamp_error";
  }
  return "unknown";
}

void Runtime::problem(Problem p) {
  switch (p.kind) {
    case Problem::Kind::undecodable: ++counters.undecodable; break;
    case Problem::Kind::expression: ++counters.expression_errors; break;
    case Problem::Kind::null_key: ++counters.null_keys; break;
    case Problem::Kind::late: ++counters.late; break;
    case Problem::Kind::timestamp: ++counters.bad_timestamps; break;
  }
  if (report) report(p);
}

namespace {
void fill_origin(Problem& p, const Batch& batch, std::size_t row) {
  if (row >= batch.rows) return;
  if (!batch.partition.empty()) p.partition = batch.partition[row];
  if (!batch.offset.empty()) p.offset = batch.offset[row];
  if (!batch.time.empty()) p.time = batch.time[row];
}
}  // namespace

void Operator::drop(Problem::Kind kind, const Batch& batch, std::size_t row, std::string reason) {
  Problem p{kind, step_.id, std::move(reason)};
  fill_origin(p, batch, row);
  runtime_.problem(std::move(p));
}

ColumnPtr Operator::eval(const sql::BoundExpression& expression, const Batch& batch, const Columns& columns, const Flags& present) {
  const Report report = [&](std::size_t row, const sql::BoundExpression& e, const Error& error) {
    if (!is_set(present, row)) return;
    Problem p{Problem::Kind::expression, step_.id, error.message, e.text};
    fill_origin(p, batch, row);
    runtime_.problem(std::move(p));
  };
  const EvalContext context{runtime_.call_context(), &report};
  const RowSet rows{batch.rows, &batch.key, &columns, &batch};
  return evaluate(expression, rows, context);
}

RowsOut::RowsOut(const sql::Schema& schema, bool with_before, bool windowed) : key_(schema.key), now_(schema.value), windowed_(windowed) {
  if (with_before) before_.emplace(schema.value);
}

void RowsOut::key(const Columns& columns, std::size_t row) {
  for (std::size_t i = 0; i < key_.size(); ++i) append_cell(key_.at(i), *columns[i], row);
  key_present_.push_back(1);
}
void RowsOut::key(std::span<const data::Value> values) {
  key_.append(values);
  key_present_.push_back(1);
}

void RowsOut::row(const data::Values* now, const data::Values* before, std::int64_t time, const Batch& like, std::size_t row) {
  if (now) now_.append(*now);
  else now_.append_nulls();
  present_.push_back(now != nullptr);
  if (before_) {
    if (before) before_->append(*before);
    else before_->append_nulls();
    before_present_.push_back(before != nullptr);
  }
  time_.push_back(time);
  lane_.push_back(like.lane_of(row));
  any_lane_ |= lane_.back() != 0;
  headers_.push_back(like.headers_of(row));
  any_headers_ |= headers_.back() != nullptr;
}

void RowsOut::window(std::int64_t start, std::int64_t end) {
  start_.push_back(start);
  end_.push_back(end);
}

Batch RowsOut::finish() {
  Batch out;
  out.rows = time_.size();
  out.key = key_.finish();
  out.key_present = std::move(key_present_);
  out.now = {now_.finish(), std::move(present_)};
  if (before_) out.before = Side{before_->finish(), std::move(before_present_)};
  out.time = std::move(time_);
  if (windowed_) {
    out.window_start = std::move(start_);
    out.window_end = std::move(end_);
  }
  if (any_lane_) out.lane = std::move(lane_);
  if (any_headers_) out.headers = std::move(headers_);
  return out;
}

}  // namespace braid::flow
