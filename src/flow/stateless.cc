// Operators that keep nothing between rows: filter, project, flat_map, select_key, group; and the one that only remembers a table's rows.
#include <xxhash.h>

#include <algorithm>
#include <cmath>

#include "flow/codec.h"
#include "flow/operator.h"

namespace braid::flow {

using data::Column;
using data::Value;
using sql::StepKind;

namespace {

bool true_at(const Column& column, std::size_t row) { return !column.null(row) && column.bools()[row]; }

Flags all_true(const Column& condition, const Flags& present) {
  Flags out(condition.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = is_set(present, i) && true_at(condition, i);
  return out;
}

// The parts of a condition that must all be true.
void and_terms(const sql::BoundPtr& e, std::vector<sql::BoundPtr>& out) {
  if (e->op != sql::Op::and_) return out.push_back(e);
  and_terms(e->args[0], out);
  and_terms(e->args[1], out);
}

// How far a row is from meeting a comparison of numbers: 0 (exactly at the bound) up to 1, which is also the answer for anything else.
double distance_of(const Value& left, const Value& right) {
  const auto number = [](const Value& v) { return v.holds<std::int32_t>() || v.holds<std::int64_t>() || v.holds<double>() || v.holds<data::Decimal>(); };
  if (!number(left) || !number(right)) return 1;
  const double a = left.to_double(), b = right.to_double(), apart = std::abs(a - b), scale = std::max({std::abs(a), std::abs(b), 1e-9});
  return std::isfinite(apart) && std::isfinite(scale) ? std::min(1.0, apart / scale) : 1;
}

class Filter final : public Operator {
 public:
  using Operator::Operator;
  std::vector<NearMiss> near_misses() const override { return rows_out() == 0 ? misses_ : std::vector<NearMiss>(); }
  void process(int, Batch batch) override {
    if (step_.result == sql::SourceKind::stream) return stream(std::move(batch));
    table(std::move(batch));
  }

 private:
  void stream(Batch batch) {
    const ColumnPtr condition = eval(*step_.condition, batch, batch.now.columns, batch.now.present);
    std::vector<std::uint32_t> rows;
    rows.reserve(batch.rows);
    for (std::uint32_t i = 0; i < batch.rows; ++i)
      if (is_set(batch.now.present, i) && true_at(*condition, i)) rows.push_back(i);
    if (rows.size() == batch.rows) return emit(std::move(batch));
    if (!rows.empty()) return emit(select(batch, rows));
    if (runtime_.near_misses && rows_out() == 0 && looked_at_ < rows_looked_at_max) look_closer(batch);
  }

  // Nothing passed: which of these rows came closest? Only while nothing has, and over so many rows that it stays cheap.
  void look_closer(const Batch& batch) {
    std::vector<sql::BoundPtr> terms;
    and_terms(step_.condition, terms);
    const EvalContext context{runtime_.call_context(), nullptr};
    const RowSet rows{batch.rows, &batch.key, &batch.now.columns, &batch};
    std::vector<double> distances(batch.rows, 0);
    std::vector<ColumnPtr> met;
    for (const auto& term : terms) {
      met.push_back(evaluate(*term, rows, context));
      const bool compares = term->op >= sql::Op::eq && term->op <= sql::Op::ge && term->args.size() == 2;
      const ColumnPtr left = compares ? evaluate(*term->args[0], rows, context) : nullptr, right = compares ? evaluate(*term->args[1], rows, context) : nullptr;
      for (std::size_t i = 0; i < batch.rows; ++i)
        if (!true_at(*met.back(), i)) distances[i] += compares ? 0.5 + 0.5 * distance_of(left->get(i), right->get(i)) : 1;
    }
    looked_at_ += batch.rows;
    for (std::size_t i = 0; i < batch.rows; ++i) {
      if (!is_set(batch.now.present, i)) continue;
      if (misses_.size() == near_misses_kept && distances[i] >= misses_.back().distance) continue;
      NearMiss miss{&step_, step_.schema.key, read_row(batch.key, i), {}, distances[i]};
      for (auto& v : read_row(batch.now.columns, i)) miss.values.push_back(std::move(v));
      miss.fields.insert(miss.fields.end(), step_.schema.value.begin(), step_.schema.value.end());
      for (std::size_t t = 0; t < terms.size(); ++t)
        if (!true_at(*met[t], i)) miss.failed.push_back(terms[t]->text);
      misses_.insert(std::ranges::upper_bound(misses_, miss.distance, {}, &NearMiss::distance), std::move(miss));
      if (misses_.size() > near_misses_kept) misses_.pop_back();
    }
  }
  static constexpr std::size_t rows_looked_at_max = 50'000;
  std::size_t looked_at_ = 0;
  std::vector<NearMiss> misses_;

  // A row that no longer passes becomes a deletion, but only when it was there before.
  void table(Batch batch) {
    Flags now = all_true(*eval(*step_.condition, batch, batch.now.columns, batch.now.present), batch.now.present);
    Flags before;
    if (batch.before) before = all_true(*eval(*step_.condition, batch, batch.before->columns, batch.before->present), batch.before->present);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < batch.rows; ++i)
      if (now[i] || !batch.before || before[i]) rows.push_back(i);
    batch.now.present = std::move(now);
    if (batch.before) batch.before->present = std::move(before);
    if (rows.size() == batch.rows) return emit(std::move(batch));
    if (!rows.empty()) emit(select(batch, rows));
  }
};

class Project final : public Operator {
 public:
  using Operator::Operator;
  void process(int, Batch batch) override {
    Columns now = columns(batch, batch.now);
    if (batch.before) {
      Columns before = columns(batch, *batch.before);
      batch.before->columns = std::move(before);
    }
    batch.now.columns = std::move(now);
    Columns key;
    for (const int k : step_.keep_keys) key.push_back(batch.key[std::size_t(k)]);
    batch.key = std::move(key);
    if (batch.key.empty()) batch.key_present.assign(batch.rows, 0);
    batch.header_columns.clear();
    emit(std::move(batch));
  }

 private:
  Columns columns(const Batch& batch, const Side& side) {
    Columns out;
    out.reserve(step_.columns.size());
    for (const auto& c : step_.columns) out.push_back(eval(*c.expression, batch, side.columns, side.present));
    return out;
  }
};

class FlatMap final : public Operator {
 public:
  using Operator::Operator;
  void process(int, Batch batch) override {
    std::vector<Columns> arguments;
    for (const auto& call : step_.table_functions) {
      Columns& args = arguments.emplace_back();
      for (const auto& a : call.arguments) args.push_back(eval(*a, batch, batch.now.columns, batch.now.present));
    }
    std::vector<Column> made;
    const std::size_t first = step_.schema.value.size() - step_.table_functions.size();
    for (std::size_t f = 0; f < step_.table_functions.size(); ++f) made.emplace_back(step_.schema.value[first + f].type);
    std::vector<std::uint32_t> from;
    for (std::uint32_t row = 0; row < batch.rows; ++row)
      if (is_set(batch.now.present, row)) expand(row, arguments, made, from);
    if (from.empty()) return;
    Batch out = select(batch, from);
    for (auto& m : made) out.now.columns.push_back(std::make_shared<Column>(std::move(m)));
    emit(std::move(out));
  }

 private:
  // As many rows as the longest result; shorter ones are filled up with nulls.
  void expand(std::uint32_t row, const std::vector<Columns>& arguments, std::vector<Column>& made, std::vector<std::uint32_t>& from) {
    std::vector<std::vector<Value>> results;
    std::size_t longest = 0;
    for (std::size_t f = 0; f < arguments.size(); ++f) {
      const auto& call = step_.table_functions[f];
      data::Values values;
      for (std::size_t a = 0; a < arguments[f].size(); ++a) values.push_back(arguments[f][a]->get(row));
      auto result = convert(call, values);
      if (!result) {
        Problem p{Problem::Kind::expression, step_.id, result.error().message, call.function->name};
        runtime_.problem(std::move(p));
        results.emplace_back();
        continue;
      }
      longest = std::max(longest, result->size());
      results.push_back(*std::move(result));
    }
    for (std::size_t i = 0; i < longest; ++i) {
      for (std::size_t f = 0; f < results.size(); ++f) {
        if (i < results[f].size()) made[f].append(results[f][i]);
        else made[f].append_null();
      }
      from.push_back(row);
    }
  }

  static Result<std::vector<Value>> convert(const sql::TableFunctionCall& call, data::Values& values) {
    for (std::size_t i = 0; i < values.size() && i < call.function->parameters.size(); ++i) {
      const auto& wanted = call.function->parameters[i];
      if (wanted && !values[i].null() && !(*wanted == call.arguments[i]->type)) {
        TRY(values[i], sql::cast_value(values[i], call.arguments[i]->type, *wanted));
      }
    }
    return call.function->eval(values);
  }
};

// The lane of a row under its new key.
void assign_lanes(Batch& batch, std::int32_t lanes) {
  if (lanes <= 1) {
    batch.lane.clear();
    return;
  }
  batch.lane.resize(batch.rows);
  Bytes key;
  for (std::size_t i = 0; i < batch.rows; ++i) {
    key.clear();
    append_key(key, batch.key, i);
    batch.lane[i] = std::int32_t(XXH3_64bits(key.data(), key.size()) % std::uint64_t(lanes));
  }
}

// Does the expression look at the row's value? A row without one then has no key.
bool reads_value(const sql::BoundExpression& e) {
  if (e.op == sql::Op::column) return e.column.space == sql::ColumnRef::Space::value;
  for (const auto& a : e.args)
    if (a && reads_value(*a)) return true;
  return false;
}

ColumnPtr null_where_absent(ColumnPtr column, const Flags& present) {
  if (present.empty() || std::all_of(present.begin(), present.end(), [](auto p) { return p != 0; })) return column;
  auto out = std::make_shared<Column>(column->type());
  for (std::size_t i = 0; i < column->size(); ++i) {
    if (present[i]) append_cell(*out, *column, i);
    else out->append_null();
  }
  return out;
}

class SelectKey final : public Operator {
 public:
  using Operator::Operator;
  void process(int, Batch batch) override {
    Columns key;
    for (const auto& k : step_.new_keys) {
      ColumnPtr column = eval(*k.expression, batch, batch.now.columns, batch.now.present);
      key.push_back(reads_value(*k.expression) ? null_where_absent(std::move(column), batch.now.present) : std::move(column));
    }
    batch.key_present.assign(batch.rows, std::uint8_t(!key.empty()));
    if (key.size() == 1)
      for (std::size_t i = 0; i < batch.rows; ++i) batch.key_present[i] = !key[0]->null(i);
    batch.key = std::move(key);
    if (step_.repartitions) assign_lanes(batch, runtime_.lanes);
    emit(std::move(batch));
  }
};

class Group final : public Operator {
 public:
  using Operator::Operator;
  void process(int, Batch batch) override {
    const Columns now = keys(batch, batch.now);
    if (step_.result == sql::SourceKind::stream || !batch.before) return by_key(std::move(batch), now);
    table(std::move(batch), now);
  }

 private:
  Columns keys(const Batch& batch, const Side& side) {
    Columns out;
    for (const auto& k : step_.new_keys) out.push_back(eval(*k.expression, batch, side.columns, side.present));
    return out;
  }
  static bool any_null(const Columns& key, std::size_t row) {
    for (const auto& k : key)
      if (k->null(row)) return true;
    return false;
  }

  void by_key(Batch batch, const Columns& key) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (!is_set(batch.now.present, i)) continue;
      if (any_null(key, i)) drop(Problem::Kind::null_key, batch, i, "a GROUP BY key is null: the record is not part of any group");
      else rows.push_back(i);
    }
    const bool whole = rows.size() == batch.rows;
    Batch out = whole ? std::move(batch) : select(batch, rows);
    out.key = whole ? key : select(key, rows);
    out.key_present.clear();
    if (step_.repartitions) assign_lanes(out, runtime_.lanes);
    emit(std::move(out));
  }

  // A change of a table: take the old row out of its group, put the new one into its group; one step when it is the same group.
  void table(Batch batch, const Columns& now) {
    const Columns before = keys(batch, *batch.before);
    std::vector<std::uint32_t> rows;
    Flags has_now, has_before, from_before;
    ColumnsBuilder key(step_.schema.key);
    const auto add = [&](std::uint32_t row, bool with_now, bool with_before) {
      rows.push_back(row);
      has_now.push_back(with_now);
      has_before.push_back(with_before);
      const Columns& source = with_now ? now : before;
      for (std::size_t i = 0; i < source.size(); ++i) append_cell(key.at(i), *source[i], row);
    };
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const bool put = is_set(batch.now.present, i) && !any_null(now, i);
      const bool take = is_set(batch.before->present, i) && !any_null(before, i);
      if (put && take && read_row(now, i) == read_row(before, i)) {
        add(i, true, true);
        continue;
      }
      if (take) add(i, false, true);
      if (put) add(i, true, false);
      if (!put && is_set(batch.now.present, i)) drop(Problem::Kind::null_key, batch, i, "a GROUP BY key is null: the row is not part of any group");
    }
    Batch out = select(batch, rows);
    out.key = key.finish();
    out.key_present.clear();
    out.now.present = std::move(has_now);
    out.before->present = std::move(has_before);
    if (step_.repartitions) assign_lanes(out, runtime_.lanes);
    emit(std::move(out));
  }
};

// Remembers a table's rows, so that those behind it see what each change replaced.
class Materialize final : public Operator {
 public:
  Materialize(const sql::Step& step, Runtime& runtime, const std::string& store) : Operator(step, runtime), store_(runtime.stores.table(store)) {}
  void process(int, Batch batch) override {
    ColumnsBuilder before(step_.schema.value);
    Flags present;
    std::vector<std::uint32_t> rows;
    Bytes key;
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (!batch.has_key(i)) {
        drop(Problem::Kind::null_key, batch, i, "a row of a table needs a key");
        continue;
      }
      rows.push_back(i);
      key.clear();
      append_key(key, batch.key, i);
      if (batch.windowed()) {
        append_key(key, Value(batch.window_start[i]));
        append_key(key, Value(batch.window_end[i]));
      }
      const auto* old = store_.find(key);
      present.push_back(old != nullptr);
      if (old) before.append(old->row);
      else before.append_nulls();
      if (is_set(batch.now.present, i)) store_.put(key, read_row(batch.now.columns, i), batch.time[i]);
      else store_.erase(key);
    }
    if (rows.size() != batch.rows) batch = select(batch, rows);
    batch.before = Side{before.finish(), std::move(present)};
    emit(std::move(batch));
  }

 private:
  TableStore& store_;
};

}  // namespace

std::unique_ptr<Operator> make_stateless(const sql::Step& step, Runtime& runtime) {
  switch (step.kind) {
    case StepKind::filter: return std::make_unique<Filter>(step, runtime);
    case StepKind::project: return std::make_unique<Project>(step, runtime);
    case StepKind::flat_map: return std::make_unique<FlatMap>(step, runtime);
    case StepKind::select_key: return std::make_unique<SelectKey>(step, runtime);
    case StepKind::group: return std::make_unique<Group>(step, runtime);
    default: return nullptr;
  }
}

std::unique_ptr<Operator> make_materialize(const sql::Step& step, Runtime& runtime, const std::string& store) {
  return std::make_unique<Materialize>(step, runtime, store);
}

}  // namespace braid::flow
