#include "flow/topology.h"

#include <algorithm>
#include <map>

#include "flow/codec.h"

namespace braid::flow {

using sql::SourceKind;
using sql::Step;
using sql::StepKind;

namespace {

// The end of the line: keeps a table's rows where they can be asked for, and hands the batch out.
class Outlet final : public Operator {
 public:
  Outlet(const Step& step, Runtime& runtime, std::function<void(Batch)> out, bool queryable) : Operator(step, runtime), out_(std::move(out)) {
    if (!queryable || step.result != SourceKind::table) return;
    if (step.windowed) windowed_ = &runtime.stores.windowed(result_store);
    else table_ = &runtime.stores.table(result_store);
    if (const auto* window = window_of(step)) {
      session_ = window->kind == sql::WindowKind::session;
      retention_ = std::max(window->retention_ms.value_or(0), window->size_ms + window->grace_ms.value_or(24LL * 60 * 60 * 1000));
    }
  }
  void process(int, Batch batch) override {
    if (table_) keep(batch);
    if (windowed_) keep_windowed(batch);
    out_(std::move(batch));
  }

 private:
  void keep(const Batch& batch) {
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      key.clear();
      append_key(key, batch.key, row);
      if (is_set(batch.now.present, row)) table_->put(key, read_row(batch.now.columns, row), batch.time[row]);
      else table_->erase(key);
    }
  }
  void keep_windowed(const Batch& batch) {
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      key.clear();
      append_key(key, batch.key, row);
      const std::int64_t start = batch.window_start[row], end = batch.window_end[row];
      const std::int64_t first = session_ ? end : start, second = session_ ? start : end - start;
      if (is_set(batch.now.present, row)) windowed_->put(key, first, second, read_row(batch.now.columns, row), batch.time[row]);
      else windowed_->erase(key, first, second);
      windowed_->stream_time = std::max(windowed_->stream_time, first);
    }
    if (retention_ > 0 && windowed_->stream_time > WindowedStore::none + retention_) windowed_->expire(windowed_->stream_time - retention_);
  }

  std::function<void(Batch)> out_;
  TableStore* table_ = nullptr;
  WindowedStore* windowed_ = nullptr;
  bool session_ = false;
  std::int64_t retention_ = 0;
};

void note_columns(const sql::BoundExpression& e, std::vector<bool>& needed) {
  if (e.op == sql::Op::column && e.column.space == sql::ColumnRef::Space::value) needed[std::size_t(e.column.index)] = true;
  for (const auto& a : e.args)
    if (a) note_columns(*a, needed);
  for (const auto& l : e.lambdas) note_columns(*l.body, needed);
}

// Walks from a source towards the sink as long as rows keep their columns, and notes those that are read. False: all of them are.
bool note_needed(const Step& reader, std::vector<bool>& needed) {
  if (reader.result != SourceKind::stream && reader.kind != StepKind::aggregate) return false;
  switch (reader.kind) {
    case StepKind::filter: note_columns(*reader.condition, needed); return true;
    case StepKind::select_key: case StepKind::group:
      for (const auto& k : reader.new_keys) note_columns(*k.expression, needed);
      return true;
    case StepKind::project:
      for (const auto& c : reader.columns) note_columns(*c.expression, needed);
      return true;
    case StepKind::aggregate:
      for (const auto& p : reader.passed) note_columns(*p.expression, needed);
      for (const auto& a : reader.aggregates)
        for (const auto& argument : a.arguments) note_columns(*argument, needed);
      return true;
    default: return false;
  }
}

std::vector<bool> needed_values(const Step& source, const std::vector<const Step*>& readers) {
  std::vector<bool> needed(source.schema.value.size(), false);
  const std::vector<bool> all(source.schema.value.size(), true);
  for (const Step* reader : readers) {
    if (!note_needed(*reader, needed)) return all;
    if (reader->kind == StepKind::project || reader->kind == StepKind::aggregate) {
      if (source.timestamp)
        for (std::size_t i = 0; i < needed.size(); ++i)
          if (source.schema.value[i].name == source.timestamp->column) needed[i] = true;
      return needed;
    }
  }
  return all;
}

bool path_to(const Step& from, const Step& source, std::vector<const Step*>& readers) {
  if (&from == &source) return true;
  for (const auto& input : from.inputs) {
    if (path_to(*input, source, readers)) {
      readers.push_back(&from);
      return true;
    }
  }
  return false;
}

}  // namespace

const sql::WindowSpec* window_of(const Step& root) {
  if (root.kind == StepKind::aggregate && root.window) return &*root.window;
  for (const auto& input : root.inputs)
    if (const auto* found = window_of(*input)) return found;
  return nullptr;
}

Result<std::unique_ptr<Topology>> Topology::build(sql::StepPtr root, Runtime& runtime, std::function<void(Batch)> out, TopologyOptions options) {
  std::unique_ptr<Topology> topology(new Topology(root, runtime));
  topology->operators_.push_back(std::make_unique<Outlet>(*root, runtime, std::move(out), options.queryable));
  Operator& outlet = *topology->operators_.back();
  const Step& last = root->kind == StepKind::sink ? *root->inputs.at(0) : *root;
  TRY_VOID(topology->add(last, outlet, 0, false));
  for (auto& source : topology->sources_) {
    std::vector<const Step*> readers;
    path_to(*root, *source.step, readers);
    source.needed = needed_values(*source.step, readers);
  }
  return topology;
}

Operator& Topology::own(std::unique_ptr<Operator> op, Operator& next, int input) {
  op->link(&next, input);
  operators_.push_back(std::move(op));
  return *operators_.back();
}

Result<void> Topology::add(const Step& step, Operator& next, int input, bool before) {
  const bool table = step.result == SourceKind::table;
  switch (step.kind) {
    case StepKind::source: {
      Operator* first = &next;
      if (table && before) {
        first = &own(make_materialize(step, runtime_, step.id + "-rows"), next, input);
        input = 0;
      }
      sources_.push_back({&step, first, input, {}});
      return {};
    }
    case StepKind::filter: return add(*step.inputs.at(0), own(make_stateless(step, runtime_), next, input), 0, table);
    case StepKind::project: case StepKind::flat_map: case StepKind::select_key:
      return add(*step.inputs.at(0), own(make_stateless(step, runtime_), next, input), 0, before);
    case StepKind::group: return add(*step.inputs.at(0), own(make_stateless(step, runtime_), next, input), 0, table);
    case StepKind::aggregate: return add(*step.inputs.at(0), own(make_aggregate(step, runtime_, before), next, input), 0, false);
    case StepKind::stream_stream_join: case StepKind::stream_table_join: case StepKind::table_table_join: case StepKind::foreign_key_join: {
      auto join = step.kind == StepKind::stream_stream_join ? make_stream_join(step, runtime_)
                : step.kind == StepKind::stream_table_join ? make_stream_table_join(step, runtime_)
                : step.kind == StepKind::table_table_join ? make_table_join(step, runtime_, before) : make_foreign_key_join(step, runtime_, before);
      Operator& op = own(std::move(join), next, input);
      TRY_VOID(add(*step.inputs.at(0), op, 0, false));
      return add(*step.inputs.at(1), op, 1, false);
    }
    case StepKind::sink: return fail(ErrorCode::bug, "a plan has a sink in its middle: " + step.id);
  }
  return fail(ErrorCode::bug, "a plan has a step of unknown kind: " + step.id);
}

void Topology::push(std::size_t source, Batch batch) {
  Source& s = sources_[source];
  s.pushed += std::int64_t(batch.rows);
  if (batch.rows > 0) s.first->process(s.input, std::move(batch));
}

std::vector<StepCount> Topology::counts() const {
  std::map<const Step*, std::int64_t> out_of;
  for (const auto& s : sources_) out_of[s.step] += s.pushed;
  for (std::size_t i = 1; i < operators_.size(); ++i)   // the first is the outlet; what remembers a source's rows is no step of its own
    if (operators_[i]->step().kind != StepKind::source) out_of[&operators_[i]->step()] += operators_[i]->rows_out();
  std::vector<StepCount> counts;
  const std::function<void(const Step&)> add = [&](const Step& step) {
    StepCount count{&step, step.kind == StepKind::source ? out_of[&step] : 0, out_of[&step]};
    for (const auto& input : step.inputs) {
      add(*input);
      count.in += out_of[input.get()];
    }
    if (step.kind != StepKind::sink) counts.push_back(count);
  };
  add(*root_);
  return counts;
}

std::vector<NearMiss> Topology::near_misses() const {
  std::vector<NearMiss> all;
  for (const auto& op : operators_)
    for (auto& miss : op->near_misses()) all.push_back(std::move(miss));
  std::ranges::stable_sort(all, {}, &NearMiss::distance);
  if (all.size() > near_misses_kept) all.resize(near_misses_kept);
  return all;
}

void Topology::restored() {
  for (auto& op : operators_) op->restored();
}

}  // namespace braid::flow
