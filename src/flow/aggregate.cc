// GROUP BY: one state per group, or per group and window. Kafka Streams' aggregates with caching off: every input row gives on the new result
// of its group; late rows (window end + grace <= stream time) are dropped and counted; EMIT FINAL gives each window once, when it closes.
// State of a group: the passed columns of its last row, then one state per function. State and result rows have the same shape.
#include <map>

#include "flow/codec.h"
#include "flow/operator.h"

namespace braid::flow {

using data::Value;
using data::Values;

namespace {

constexpr std::int64_t default_grace_ms = 24LL * 60 * 60 * 1000;   // Kafka Streams' grace when none is given

// Arguments and passed columns of a batch, evaluated for one side.
struct Inputs {
  Columns passed;
  std::vector<Columns> arguments;
};

class Aggregate : public Operator {
 public:
  Aggregate(const sql::Step& step, Runtime& runtime, bool before) : Operator(step, runtime), with_before_(before) {}

 protected:
  Inputs inputs(const Batch& batch, const Side& side) {
    Inputs out;
    for (const auto& p : step_.passed) out.passed.push_back(eval(*p.expression, batch, side.columns, side.present));
    for (const auto& call : step_.aggregates) {
      Columns& args = out.arguments.emplace_back();
      for (const auto& a : call.arguments) args.push_back(eval(*a, batch, side.columns, side.present));
    }
    return out;
  }

  Values initial() const {
    Values state(step_.passed.size());
    for (const auto& call : step_.aggregates) state.push_back(call.function->initial());
    return state;
  }

  enum class Change { add, undo };
  void change(Values& state, const Inputs& in, const Batch& batch, std::size_t row, Change change) {
    for (std::size_t i = 0; i < in.passed.size(); ++i) state[i] = in.passed[i]->get(row);
    for (std::size_t a = 0; a < step_.aggregates.size(); ++a) {
      const auto& call = step_.aggregates[a];
      Value& slot = state[in.passed.size() + a];
      auto next = run(call, slot, in.arguments[a], row, change);
      if (next) slot = *std::move(next);
      else failed(batch, row, call, next.error());
    }
  }

  Values result(const Values& state, const Batch& batch, std::size_t row) {
    Values out(state.begin(), state.begin() + std::ptrdiff_t(step_.passed.size()));
    for (std::size_t a = 0; a < step_.aggregates.size(); ++a) {
      auto value = step_.aggregates[a].function->result(state[step_.passed.size() + a]);
      if (!value) failed(batch, row, step_.aggregates[a], value.error());
      out.push_back(value ? *std::move(value) : Value());
    }
    return out;
  }

  void merge(Values& into, const Values& from, const Batch& batch, std::size_t row) {
    const std::size_t passed = step_.passed.size();
    for (std::size_t i = 0; i < passed; ++i)
      if (into[i].null()) into[i] = from[i];
    for (std::size_t a = 0; a < step_.aggregates.size(); ++a) {
      auto value = step_.aggregates[a].function->merge(into[passed + a], from[passed + a]);
      if (value) into[passed + a] = *std::move(value);
      else failed(batch, row, step_.aggregates[a], value.error());
    }
  }

  void failed(const Batch& batch, std::size_t row, const sql::AggregateCall& call, const Error& error) {
    Problem p{Problem::Kind::expression, step_.id, error.message, call.function->name};
    if (!batch.offset.empty() && row < batch.rows) p.offset = batch.offset[row];
    runtime_.problem(std::move(p));
  }

  const bool with_before_;

 private:
  static Result<Value> run(const sql::AggregateCall& call, const Value& state, const Columns& columns, std::size_t row, Change change) {
    Values arguments;
    arguments.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      Value v = columns[i]->get(row);
      const auto& parameters = call.function->parameters;
      if (!v.null() && i < parameters.size() && parameters[i] && !(columns[i]->type() == *parameters[i])) {
        TRY(v, sql::cast_value(v, columns[i]->type(), *parameters[i]));
      }
      arguments.push_back(std::move(v));
    }
    if (change == Change::add) return call.function->add(state, arguments);
    if (!call.function->undo) return fail(ErrorCode::unsupported, call.function->name + " cannot take a row back");
    return call.function->undo(state, arguments);
  }
};

// One state per group, over a stream or a table.
class Unwindowed final : public Aggregate {
 public:
  Unwindowed(const sql::Step& step, Runtime& runtime, bool before) : Aggregate(step, runtime, before), store_(runtime.stores.table(step.id)) {}

  void process(int, Batch batch) override {
    const Inputs now = inputs(batch, batch.now);
    std::optional<Inputs> before;
    if (batch.before) before = inputs(batch, *batch.before);
    RowsOut out(step_.schema, with_before_, false);
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const bool put = is_set(batch.now.present, row);
      const bool take = before && is_set(batch.before->present, row);
      if (!put && !take) continue;
      key.clear();
      append_key(key, batch.key, row);
      const auto* old = store_.find(key);
      const bool undo = take && old;
      if (!put && !old) continue;
      Values old_result;
      if (with_before_ && old) old_result = result(old->row, batch, row);
      const std::int64_t time = old ? std::max(batch.time[row], old->time) : batch.time[row];
      const bool existed = old != nullptr;
      Values state = old ? old->row : initial();
      if (undo) change(state, *before, batch, row, Change::undo);
      if (put) change(state, now, batch, row, Change::add);
      const Values new_result = result(state, batch, row);
      store_.put(key, std::move(state), time);
      out.key(batch.key, row);
      out.row(&new_result, existed ? &old_result : nullptr, time, batch, row);
    }
    if (out.size() > 0) emit(out.finish());
  }

 private:
  TableStore& store_;
};

// Windows of a fixed size: tumbling and hopping.
class TimeWindows final : public Aggregate {
 public:
  TimeWindows(const sql::Step& step, Runtime& runtime, bool before) : Aggregate(step, runtime, before), spec_(*step.window) {
    grace_ = spec_.grace_ms.value_or(step.emit_final ? 0 : default_grace_ms);
    retention_ = std::max(spec_.size_ms + grace_, spec_.retention_ms.value_or(0));
  }

  void process(int, Batch batch) override {
    const Inputs in = inputs(batch, batch.now);
    RowsOut out(step_.schema, with_before_, true);
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!is_set(batch.now.present, row)) continue;
      WindowedStore& store = lane(batch.lane_of(row));
      const std::int64_t time = batch.time[row];
      store.stream_time = std::max(store.stream_time, time);
      const std::int64_t close = store.stream_time - grace_;
      key.clear();
      append_key(key, batch.key, row);
      const std::int64_t size = spec_.size_ms, step = spec_.advance_ms > 0 ? spec_.advance_ms : size;
      for (std::int64_t start = std::max<std::int64_t>(0, time - size + step) / step * step; start <= time; start += step) {
        if (start + size > close) update(store, key, start, in, batch, row, out);
        else drop(Problem::Kind::late, batch, row, late_reason(start, close));
      }
      if (step_.emit_final) finals(store, close, batch, row, out);
      store.expire(store.stream_time / step * step - retention_);
    }
    if (out.size() > 0) emit(out.finish());
  }

 private:
  std::string late_reason(std::int64_t start, std::int64_t close) const {
    return "the window [" + std::to_string(start) + ", " + std::to_string(start + spec_.size_ms) + ") was closed: stream time minus grace is " + std::to_string(close);
  }

  WindowedStore& lane(std::int32_t number) {
    if (number == last_lane_) return *last_store_;
    last_store_ = &runtime_.stores.windowed(step_.id + "@" + std::to_string(number));
    last_lane_ = number;
    return *last_store_;
  }

  void update(WindowedStore& store, const Bytes& key, std::int64_t start, const Inputs& in, const Batch& batch, std::size_t row, RowsOut& out) {
    const auto* old = store.find(key, start, 0);
    const std::int64_t time = old ? std::max(batch.time[row], old->time) : batch.time[row];
    Values old_result;
    const bool existed = old != nullptr;
    if (with_before_ && old) old_result = result(old->row, batch, row);
    Values state = old ? old->row : initial();
    change(state, in, batch, row, Change::add);
    if (!step_.emit_final) {
      const Values new_result = result(state, batch, row);
      out.key(batch.key, row);
      out.row(&new_result, existed ? &old_result : nullptr, time, batch, row);
      out.window(start, start + spec_.size_ms);
    }
    store.put(key, start, 0, std::move(state), time);
  }

  void finals(WindowedStore& store, std::int64_t close, const Batch& batch, std::size_t row, RowsOut& out) {
    const std::int64_t step = spec_.advance_ms > 0 ? spec_.advance_ms : spec_.size_ms;
    std::int64_t from = store.emitted_to == WindowedStore::none ? 0 : store.emitted_to - spec_.size_ms + 1;
    if (runtime_.streams_expiry) from = std::max(from, store.stream_time / step * step - spec_.size_ms - grace_);
    const std::int64_t to = close - spec_.size_ms;
    if (to < 0 || (store.emitted_to != WindowedStore::none && close <= store.emitted_to)) return;
    store.scan(from, to, [&](BytesView key, const WindowedStore::Entry& e) {
      auto values = take_key(key, step_.schema.key);
      BRAID_ASSERT(values);                       // we wrote it
      const Values final_result = result(e.row, batch, row);
      out.key(*values);
      out.row(&final_result, nullptr, e.time, batch, row);
      out.window(e.first, e.first + spec_.size_ms);
    });
    store.emitted_to = close;
  }

  const sql::WindowSpec& spec_;
  std::int64_t grace_ = 0, retention_ = 0;
  std::int32_t last_lane_ = -1;
  WindowedStore* last_store_ = nullptr;
};

// Windows that end when a key has been quiet for the gap; rows in between merge them.
class SessionWindows final : public Aggregate {
 public:
  SessionWindows(const sql::Step& step, Runtime& runtime, bool before) : Aggregate(step, runtime, before), spec_(*step.window) {
    grace_ = spec_.grace_ms.value_or(step.emit_final ? 0 : default_grace_ms);
    retention_ = std::max(spec_.size_ms + grace_, spec_.retention_ms.value_or(0));
  }

  void process(int, Batch batch) override {
    const Inputs in = inputs(batch, batch.now);
    RowsOut out(step_.schema, with_before_, true);
    Bytes key;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!is_set(batch.now.present, row)) continue;
      WindowedStore& store = runtime_.stores.windowed(step_.id + "@" + std::to_string(batch.lane_of(row)));
      store.stream_time = std::max(store.stream_time, batch.time[row]);
      const std::int64_t close = store.stream_time - grace_ - spec_.size_ms;
      key.clear();
      append_key(key, batch.key, row);
      one(store, key, close, in, batch, row, out);
      if (step_.emit_final) finals(store, close, batch, row, out);
      store.expire(store.stream_time - retention_);
    }
    if (out.size() > 0) emit(out.finish());
  }

 private:
  void one(WindowedStore& store, const Bytes& key, std::int64_t close, const Inputs& in, const Batch& batch, std::size_t row, RowsOut& out) {
    const std::int64_t time = batch.time[row], gap = spec_.size_ms;
    std::vector<WindowedStore::Entry> merged;
    if (const auto* sessions = store.of_key(key)) {
      for (const auto& s : *sessions)
        if (s.first >= time - gap && s.second <= time + gap) merged.push_back(s);
    }
    Values state = initial();
    std::int64_t start = time, end = time;
    for (const auto& s : merged) {
      merge(state, s.row, batch, row);
      start = std::min(start, s.second);
      end = std::max(end, s.first);
    }
    if (end < close) {
      drop(Problem::Kind::late, batch, row, "the session [" + std::to_string(start) + ", " + std::to_string(end) + "] was closed: stream time minus grace and gap is " + std::to_string(close));
      return;
    }
    if (start != time || end != time) {
      for (const auto& s : merged) {
        store.erase(key, s.first, s.second);
        if (step_.emit_final) continue;
        const Values old_result = with_before_ ? result(s.row, batch, row) : Values();
        give(nullptr, with_before_ ? &old_result : nullptr, s.second, s.first, batch, row, out);
      }
    }
    change(state, in, batch, row, Change::add);
    if (!step_.emit_final) {
      const Values new_result = result(state, batch, row);
      give(&new_result, nullptr, start, end, batch, row, out);
    }
    store.put(key, end, start, std::move(state), end);
  }

  void give(const Values* now, const Values* before, std::int64_t start, std::int64_t end, const Batch& batch, std::size_t row, RowsOut& out) {
    out.key(batch.key, row);
    out.row(now, before, end, batch, row);
    out.window(start, end);
  }

  void finals(WindowedStore& store, std::int64_t close, const Batch& batch, std::size_t row, RowsOut& out) {
    const std::int64_t from = store.emitted_to == WindowedStore::none ? 0 : store.emitted_to;
    if (close < 0 || (store.emitted_to != WindowedStore::none && close <= store.emitted_to)) return;
    store.scan(from, close - 1, [&](BytesView key, const WindowedStore::Entry& e) {
      auto values = take_key(key, step_.schema.key);
      BRAID_ASSERT(values);
      const Values final_result = result(e.row, batch, row);
      out.key(*values);
      out.row(&final_result, nullptr, e.first, batch, row);
      out.window(e.second, e.first);
    });
    store.emitted_to = close;
  }

  const sql::WindowSpec& spec_;
  std::int64_t grace_ = 0, retention_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_aggregate(const sql::Step& step, Runtime& runtime, bool before) {
  if (!step.window) return std::make_unique<Unwindowed>(step, runtime, before);
  if (step.window->kind == sql::WindowKind::session) return std::make_unique<SessionWindows>(step, runtime, before);
  return std::make_unique<TimeWindows>(step, runtime, before);
}

}  // namespace braid::flow
