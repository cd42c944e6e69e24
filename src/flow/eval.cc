#include "flow/eval.h"

#include <cmath>
#include <numeric>

#include "flow/arithmetic.h"
#include "flow/eval_kernels.h"

namespace braid::flow {

using data::Column;
using data::Kind;
using data::Value;
using sql::BoundExpression;
using sql::Op;
using Space = sql::ColumnRef::Space;

RowSet rows_of(const Batch& batch) { return {batch.rows, &batch.key, &batch.now.columns, &batch}; }
RowSet rows_before(const Batch& batch) { return {batch.rows, &batch.key, &batch.before->columns, &batch}; }

namespace {

using Rows = std::vector<std::uint32_t>;

// Rows to look at: all of them, or a list.
struct Selection {
  std::size_t size = 0;
  const std::uint32_t* list = nullptr;
  std::uint32_t row(std::size_t i) const { return list ? list[i] : std::uint32_t(i); }
};

bool builds_value(Op op);

class Evaluation {
 public:
  Evaluation(const RowSet& rows, const EvalContext& context) : rows_(rows), context_(context) {}

  ColumnPtr run(const BoundExpression& e, Selection selection) {
    ColumnPtr out = eval(e, selection);
    if (failures_.empty()) return out;
    return without_failed(e, *out, selection);
  }

 private:
  ColumnPtr eval(const BoundExpression& e, Selection s);
  ColumnPtr column(const BoundExpression& e, Selection s);
  ColumnPtr literal(const BoundExpression& e, Selection s);
  ColumnPtr logical(const BoundExpression& e, Selection s);
  ColumnPtr choose(const BoundExpression& e, Selection s);
  ColumnPtr call(const BoundExpression& e, Selection s);
  ColumnPtr by_value(const BoundExpression& e, Selection s);
  ColumnPtr contained(const BoundExpression& e, Selection s);
  ColumnPtr with_lambdas(const BoundExpression& e, Selection s);
  // One row, for bodies of lambdas: parameters count over all enclosing lambdas.
  Result<Value> scalar(const BoundExpression& e, std::uint32_t row, std::span<const Value> parameters);
  Result<Value> scalar_call(const BoundExpression& e, std::uint32_t row, std::span<const Value> parameters);
  Value cell(const sql::ColumnRef& ref, std::uint32_t row) const;

  // A function that fails gives null by itself, as ksqlDB's do; any other failure makes the whole expression null.
  void reported(std::uint32_t row, const BoundExpression& e, const Error& error) { if (context_.report) (*context_.report)(row, e, error); }
  void failed(std::uint32_t row, Error error) { failures_.emplace_back(row, std::move(error)); }
  ColumnPtr without_failed(const BoundExpression& e, const Column& out, Selection s);

  const RowSet& rows_;
  const EvalContext& context_;
  std::vector<std::pair<std::uint32_t, Error>> failures_;
};

ColumnPtr Evaluation::without_failed(const BoundExpression& e, const Column& out, Selection s) {
  std::vector<std::uint8_t> bad(rows_.rows, 0);
  for (auto& [row, error] : failures_) {
    if (!bad[row] && context_.report) (*context_.report)(row, e, error);
    bad[row] = 1;
  }
  auto fixed = std::make_shared<Column>(out.type());
  fixed->reserve(s.size);
  for (std::size_t i = 0; i < s.size; ++i) {
    if (bad[s.row(i)]) fixed->append_null();
    else append_cell(*fixed, out, i);
  }
  return fixed;
}

ColumnPtr selected(const ColumnPtr& column, Selection s) {
  if (!s.list) return column;
  return std::make_shared<Column>(column->select(std::span(s.list, s.size)));
}

ColumnPtr longs(const std::vector<std::int64_t>& all, Selection s) {
  std::vector<std::int64_t> out(s.size, 0);
  if (!all.empty())
    for (std::size_t i = 0; i < s.size; ++i) out[i] = all[s.row(i)];
  return std::make_shared<Column>(Column::of_longs(Kind::bigint, std::move(out)));
}

ColumnPtr Evaluation::column(const BoundExpression& e, Selection s) {
  const auto at = std::size_t(e.column.index);
  switch (e.column.space) {
    case Space::key: return selected(rows_.key->at(at), s);
    case Space::value: return selected(rows_.value->at(at), s);
    case Space::header: return selected(rows_.meta->header_columns.at(at), s);
    case Space::rowtime: return longs(rows_.meta->time, s);
    case Space::rowoffset: return longs(rows_.meta->offset, s);
    case Space::windowstart: return longs(rows_.meta->window_start, s);
    case Space::windowend: return longs(rows_.meta->window_end, s);
    case Space::rowpartition: {
      std::vector<std::int32_t> out(s.size, 0);
      if (!rows_.meta->partition.empty())
        for (std::size_t i = 0; i < s.size; ++i) out[i] = rows_.meta->partition[s.row(i)];
      return std::make_shared<Column>(Column::of_ints(Kind::integer, std::move(out)));
    }
  }
  return literal(e, s);
}

Value Evaluation::cell(const sql::ColumnRef& ref, std::uint32_t row) const {
  const auto at = std::size_t(ref.index);
  const auto long_at = [&](const std::vector<std::int64_t>& all) { return Value(all.empty() ? std::int64_t(0) : all[row]); };
  switch (ref.space) {
    case Space::key: return rows_.key->at(at)->get(row);
    case Space::value: return rows_.value->at(at)->get(row);
    case Space::header: return rows_.meta->header_columns.at(at)->get(row);
    case Space::rowtime: return long_at(rows_.meta->time);
    case Space::rowoffset: return long_at(rows_.meta->offset);
    case Space::windowstart: return long_at(rows_.meta->window_start);
    case Space::windowend: return long_at(rows_.meta->window_end);
    case Space::rowpartition: return Value(rows_.meta->partition.empty() ? std::int32_t(0) : rows_.meta->partition[row]);
  }
  return {};
}

ColumnPtr Evaluation::literal(const BoundExpression& e, Selection s) {
  auto out = std::make_shared<Column>(e.type);
  out->reserve(s.size);
  if (!e.literal.null() && e.type.is(Kind::string)) {   // one copy of the text for all rows
    auto text = std::make_shared<const std::string>(e.literal.string());
    for (std::size_t i = 0; i < s.size; ++i) out->append_view(*text);
    out->share(std::move(text));
    return out;
  }
  for (std::size_t i = 0; i < s.size; ++i) out->append(e.literal);
  return out;
}

// Three-valued AND and OR; the right side is evaluated where the left does not decide.
ColumnPtr Evaluation::logical(const BoundExpression& e, Selection s) {
  const bool deciding = e.op == Op::or_;      // the value of a side that settles the result
  ColumnPtr left = eval(*e.args[0], s);
  Rows open;
  for (std::size_t i = 0; i < s.size; ++i)
    if (left->null(i) || (left->bools()[i] != 0) != deciding) open.push_back(s.row(i));
  std::vector<std::uint8_t> out(s.size), valid(s.size, 1);
  if (open.empty()) {
    std::fill(out.begin(), out.end(), std::uint8_t(deciding));
    return std::make_shared<Column>(Column::of_bools(std::move(out)));
  }
  const bool whole = open.size() == s.size;
  const ColumnPtr right = eval(*e.args[1], whole ? s : Selection{open.size(), open.data()});
  std::size_t j = 0;
  for (std::size_t i = 0; i < s.size; ++i) {
    const bool left_null = left->null(i);
    if (!left_null && (left->bools()[i] != 0) == deciding) {
      out[i] = deciding;
      continue;
    }
    const bool right_null = right->null(j);
    if (!right_null && (right->bools()[j] != 0) == deciding) out[i] = deciding;
    else if (left_null || right_null) valid[i] = 0;
    else out[i] = !deciding;
    ++j;
  }
  return std::make_shared<Column>(Column::of_bools(std::move(out), std::move(valid)));
}

// CASE: each WHEN sees the rows that no earlier one took; each THEN only its own.
ColumnPtr Evaluation::choose(const BoundExpression& e, Selection s) {
  struct Taken { ColumnPtr values; Rows places; };
  std::vector<Taken> taken;
  Rows open(s.size);                          // places in the selection, not rows
  std::iota(open.begin(), open.end(), 0u);
  const auto rows_at = [&](const Rows& places) {
    Rows rows;
    rows.reserve(places.size());
    for (const auto p : places) rows.push_back(s.row(p));
    return rows;
  };
  for (std::size_t i = 0; i + 1 < e.args.size() && !open.empty(); i += 2) {
    const Rows rows = rows_at(open);
    const ColumnPtr when = eval(*e.args[i], {rows.size(), rows.data()});
    Rows hit, rest;
    for (std::size_t k = 0; k < open.size(); ++k) (!when->null(k) && when->bools()[k] ? hit : rest).push_back(open[k]);
    if (!hit.empty()) {
      const Rows hit_rows = rows_at(hit);
      taken.push_back({eval(*e.args[i + 1], {hit_rows.size(), hit_rows.data()}), std::move(hit)});
    }
    open = std::move(rest);
  }
  if (e.args.size() % 2 == 1 && !open.empty()) {
    const Rows rows = rows_at(open);
    taken.push_back({eval(*e.args.back(), {rows.size(), rows.data()}), std::move(open)});
  }
  std::vector<std::pair<const Column*, std::size_t>> from(s.size, {nullptr, 0});
  for (const auto& t : taken)
    for (std::size_t k = 0; k < t.places.size(); ++k) from[t.places[k]] = {t.values.get(), k};
  auto out = std::make_shared<Column>(e.type);
  out->reserve(s.size);
  for (const auto& [column, at] : from) {
    if (column) append_cell(*out, *column, at);
    else out->append_null();
  }
  return out;
}

// A part of ARRAY[...], MAP(...) or STRUCT(...) that fails is null by itself; the rest of the value stays.
bool builds_value(Op op) { return op == Op::array || op == Op::map || op == Op::structure || op == Op::cast; }   // CAST of what fails is null, too

ColumnPtr Evaluation::contained(const BoundExpression& e, Selection s) {
  Evaluation part(rows_, context_);
  return part.run(e, s);
}

// A strict operation without a kernel: arguments as columns, the operation on values.
ColumnPtr Evaluation::by_value(const BoundExpression& e, Selection s) {
  Columns args;
  for (const auto& a : e.args) args.push_back(builds_value(e.op) ? contained(*a, s) : eval(*a, s));
  auto out = std::make_shared<Column>(e.type);
  out->reserve(s.size);
  data::Values values(args.size());
  for (std::size_t i = 0; i < s.size; ++i) {
    for (std::size_t k = 0; k < args.size(); ++k) values[k] = args[k]->get(i);
    auto result = apply_operation(e, values);
    if (result) {
      out->append(*result);
    } else {
      out->append_null();
      failed(s.row(i), std::move(result).error());
    }
  }
  return out;
}

Result<Value> invoke(const sql::ResolvedScalar& f, const BoundExpression& e, data::Values& values, std::span<const sql::LambdaFunction> lambdas,
                     const sql::CallContext& context) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k].null()) continue;
    // Of a variadic function the planner may give only the parameters that stand in its list.
    if (k < f.parameters.size() && f.parameters[k] && e.args[k] && !(e.args[k]->type == *f.parameters[k])) {
      TRY(values[k], sql::cast_value(values[k], e.args[k]->type, *f.parameters[k]));
    }
  }
  if (f.null_in_null_out && lambdas.empty()) {
    for (const auto& v : values)
      if (v.null()) return Value();
  }
  return f.eval(values, lambdas, context);
}

ColumnPtr Evaluation::call(const BoundExpression& e, Selection s) {
  if (!e.lambdas.empty()) return with_lambdas(e, s);
  Columns args;
  for (const auto& a : e.args) args.push_back(eval(*a, s));
  auto out = std::make_shared<Column>(e.type);
  out->reserve(s.size);
  data::Values values(args.size());
  for (std::size_t i = 0; i < s.size; ++i) {
    for (std::size_t k = 0; k < args.size(); ++k) values[k] = args[k]->get(i);
    auto result = invoke(*e.function, e, values, {}, context_.call);
    if (result) {
      out->append(*result);
    } else {
      out->append_null();
      reported(s.row(i), e, result.error());
    }
  }
  return out;
}

ColumnPtr Evaluation::with_lambdas(const BoundExpression& e, Selection s) {
  auto out = std::make_shared<Column>(e.type);
  for (std::size_t i = 0; i < s.size; ++i) {
    auto result = scalar(e, s.row(i), {});
    if (result) {
      out->append(*result);
    } else {
      out->append_null();
      failed(s.row(i), std::move(result).error());
    }
  }
  return out;
}

Result<Value> Evaluation::scalar_call(const BoundExpression& e, std::uint32_t row, std::span<const Value> parameters) {
  data::Values values(e.args.size());
  for (std::size_t k = 0; k < e.args.size(); ++k) {
    if (e.args[k]) { TRY(values[k], scalar(*e.args[k], row, parameters)); }
  }
  std::vector<sql::LambdaFunction> lambdas;
  for (const auto& lambda : e.lambdas) {
    lambdas.push_back([this, &lambda, row, parameters](std::span<const Value> given) -> Result<Value> {
      data::Values all(parameters.begin(), parameters.end());
      all.resize(std::size_t(lambda.first_parameter) + given.size());
      std::copy(given.begin(), given.end(), all.begin() + lambda.first_parameter);
      return scalar(*lambda.body, row, all);
    });
  }
  return invoke(*e.function, e, values, lambdas, context_.call);
}

Result<Value> Evaluation::scalar(const BoundExpression& e, std::uint32_t row, std::span<const Value> parameters) {
  switch (e.op) {
    case Op::literal: return e.literal;
    case Op::column: return cell(e.column, row);
    case Op::lambda_parameter: return parameters[std::size_t(e.index)];
    case Op::call: {
      auto result = scalar_call(e, row, parameters);
      if (result) return result;
      reported(row, e, result.error());
      return Value();
    }
    case Op::and_: case Op::or_: {
      const bool deciding = e.op == Op::or_;
      TRY(const Value left, scalar(*e.args[0], row, parameters));
      if (!left.null() && left.boolean() == deciding) return left;
      TRY(const Value right, scalar(*e.args[1], row, parameters));
      if (!right.null() && right.boolean() == deciding) return right;
      return left.null() || right.null() ? Value() : Value(!deciding);
    }
    case Op::case_: {
      for (std::size_t i = 0; i + 1 < e.args.size(); i += 2) {
        TRY(const Value when, scalar(*e.args[i], row, parameters));
        if (!when.null() && when.boolean()) return scalar(*e.args[i + 1], row, parameters);
      }
      if (e.args.size() % 2 == 1) return scalar(*e.args.back(), row, parameters);
      return Value();
    }
    default: {
      data::Values values(e.args.size());
      for (std::size_t k = 0; k < e.args.size(); ++k) {
        auto part = scalar(*e.args[k], row, parameters);
        if (part) values[k] = *std::move(part);
        else if (!builds_value(e.op)) return part;
        else if (context_.report) (*context_.report)(row, *e.args[k], part.error());
      }
      return apply_operation(e, values);
    }
  }
}

ColumnPtr Evaluation::eval(const BoundExpression& e, Selection s) {
  switch (e.op) {
    case Op::literal: return literal(e, s);
    case Op::column: return column(e, s);
    case Op::and_: case Op::or_: return logical(e, s);
    case Op::case_: return choose(e, s);
    case Op::call: return call(e, s);
    default: break;
  }
  if (has_kernel(e)) {
    const ColumnPtr left = eval(*e.args[0], s);
    const ColumnPtr right = e.args.size() > 1 ? eval(*e.args[1], s) : nullptr;
    return run_kernel(e, *left, right.get(), [&](std::size_t i, Error error) { failed(s.row(i), std::move(error)); });
  }
  return by_value(e, s);
}

}  // namespace

ColumnPtr evaluate(const BoundExpression& expression, const RowSet& rows, const EvalContext& context) {
  return Evaluation(rows, context).run(expression, {rows.rows, nullptr});
}

ColumnPtr evaluate(const BoundExpression& expression, const RowSet& rows, std::span<const std::uint32_t> selected_rows, const EvalContext& context) {
  return Evaluation(rows, context).run(expression, {selected_rows.size(), selected_rows.data()});
}

Result<Value> evaluate_constant(const BoundExpression& expression, const sql::CallContext& context) {
  Batch one;
  one.rows = 1;
  one.time = {context.now_ms};
  std::optional<Error> error;
  const Report report = [&](std::size_t, const BoundExpression&, const Error& e) { error = e; };
  EvalContext eval_context{context, &report};
  const ColumnPtr out = evaluate(expression, rows_of(one), eval_context);
  if (error) return std::unexpected(std::move(*error));
  return out->get(0);
}

}  // namespace braid::flow
