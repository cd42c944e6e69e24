// GROUP BY: a projection of what the functions need, the new key, the aggregation, HAVING, and the projection of the results.
#include <algorithm>

#include "sql/parser.h"
#include "sql/query_planner.h"

namespace braid::sql {
namespace {

using data::Kind;

ExpressionPtr column_named(const std::string& name, const Place& place) {
  Expression c;
  c.node = Node::column;
  c.name = name;
  c.place = place;
  return std::make_shared<const Expression>(std::move(c));
}

// ksqlDB's rules of what may stand beside an aggregate function.
class Rules {
 public:
  Rules(const std::vector<ExpressionPtr>& groups, bool windowed, const FunctionSettings& functions) : groups_(groups), windowed_(windowed), functions_(functions) {}
  enum class Clause { select, where, group_by, having };

  Result<void> check(const ExpressionPtr& e, Clause clause) {
    clause_ = clause;
    bare_.clear();
    failed_.reset();
    walk(*e, nullptr, false);
    if (failed_) return std::unexpected(*failed_);
    if (clause == Clause::select && !grouped(*e) && !bare_.empty()) {
      if (not_grouped_.empty()) not_grouped_place_ = e->place;
      not_grouped_.push_back(print(*e));
    }
    if (clause == Clause::having) having_.insert(having_.end(), bare_.begin(), bare_.end());
    return {};
  }
  Result<void> finish() const {
    if (calls.empty())
      return fail(ErrorCode::invalid_input, "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.", "for example COUNT(*)");
    const auto list = [](const std::vector<std::string>& items) {
      std::string out;
      for (const auto& i : items) out += (out.empty() ? "" : ", ") + i;
      return out;
    };
    if (!not_grouped_.empty())
      return fail(ErrorCode::invalid_input, "Non-aggregate SELECT expression(s) not part of GROUP BY: " + list(not_grouped_) + "\nEither add the column(s) to the GROUP BY or remove them from the SELECT.",
                  "add it to GROUP BY, or take LATEST_BY_OFFSET(" + not_grouped_[0] + ")", not_grouped_place_.span);
    if (!having_.empty())
      return fail(ErrorCode::invalid_input, "Non-aggregate HAVING expression not part of GROUP BY: " + list(having_) + "\nConsider switching the HAVING clause to a WHERE clause before the GROUP BY.", "use WHERE");
    return {};
  }
  std::vector<ExpressionPtr> calls;                    // of aggregate functions, each once

 private:
  bool grouped(const Expression& e) const {
    if (windowed_ && e.node == Node::column && is_window_bound(e.name)) return true;
    return std::ranges::any_of(groups_, [&](const auto& g) { return *g == e; });
  }
  void walk(const Expression& e, const Expression* function, bool in_group) {
    if (failed_) return;
    in_group = in_group || grouped(e);
    const auto kind = e.node == Node::call ? function_kind(e.name, functions_) : std::nullopt;
    const bool aggregate = kind == FunctionKind::aggregate;
    if (e.node == Node::call && !kind) {
      failed_ = fail(ErrorCode::invalid_input, "Can't find any functions with the name '" + e.name + "'", "SHOW FUNCTIONS lists them", e.place.span).error();
      return;
    }
    if (aggregate) {
      if (function) {
        failed_ = fail(ErrorCode::invalid_input, "Aggregate functions can not be nested: " + function->name + "(" + e.name + "())", "", e.place.span).error();
        return;
      }
      if (clause_ == Clause::group_by) {
        failed_ = fail(ErrorCode::invalid_input, "GROUP BY does not support aggregate functions: " + e.name + " is an aggregate function.", "", e.place.span).error();
        return;
      }
      if (std::ranges::none_of(calls, [&](const auto& c) { return *c == e; })) calls.push_back(std::make_shared<const Expression>(e));
      function = &e;
    }
    if (e.node == Node::column) {
      const bool bound = is_window_bound(e.name);
      if (!in_group || function || bound) {
        const bool checked = clause_ != Clause::select || function;
        if (checked && bound && windowed_) {
          failed_ = fail(ErrorCode::invalid_input, "Window bounds column " + print(e) + " can only be used in the SELECT clause of windowed aggregations and can not be passed to aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397",
                         "", e.place.span).error();
          return;
        }
        if (!function && !in_group) bare_.push_back(print(e));
      }
      return;
    }
    for (const auto& arg : e.args) walk(*arg, function, in_group);
  }

  const std::vector<ExpressionPtr>& groups_;
  bool windowed_;
  const FunctionSettings& functions_;
  Clause clause_ = Clause::select;
  std::vector<std::string> bare_, not_grouped_, having_;
  Place not_grouped_place_{};
  std::optional<Error> failed_;
};

struct Resolved {
  std::shared_ptr<const ResolvedAggregate> function;
  std::vector<BoundPtr> arguments;
};
Result<Resolved> resolve_call(const Expression& call, Binder& binder, const FunctionSettings& functions) {
  std::vector<ArgumentType> types;
  std::vector<BoundPtr> bound;
  for (const auto& arg : call.args) {
    TRY(auto typed, binder.bind(arg));
    ArgumentType a;
    a.type = typed.type();
    if (typed.expression->op == Op::literal && !typed.untyped) a.constant = typed.expression->literal;
    types.push_back(std::move(a));
    bound.push_back(typed.expression);
  }
  auto resolved = resolve_aggregate(call.name, types, functions);
  if (!resolved) {
    auto failed = resolved.error();
    failed.where = call.place.span;
    return std::unexpected(std::move(failed));
  }
  Resolved out;
  for (std::size_t i = 0; i < resolved->parameters.size() && i < bound.size(); ++i)
    out.arguments.push_back(resolved->parameters[i] ? convert(bound[i], *resolved->parameters[i]) : bound[i]);
  out.function = std::make_shared<const ResolvedAggregate>(*std::move(resolved));
  return out;
}

WindowSpec window_spec(const WindowClause& w) {
  WindowSpec out;
  out.kind = w.kind;
  out.size_ms = w.size.ms();
  out.advance_ms = w.advance ? w.advance->ms() : out.size_ms;
  if (w.grace) out.grace_ms = w.grace->ms();
  if (w.retention) out.retention_ms = w.retention->ms();
  return out;
}

}  // namespace

Result<Stage> QueryPlanner::aggregate(Stage stage) {
  TRY(auto selects, select_columns(stage));
  const bool windowed = q_.window.has_value();
  std::vector<ExpressionPtr> groups;
  if (q_.group_by) for (const auto& g : *q_.group_by) groups.push_back(internal(g.of));
  Rules rules(groups, windowed, context_.metastore.functions());
  for (const auto& s : selects) TRY_VOID(rules.check(s.expression, Rules::Clause::select));
  if (q_.where) TRY_VOID(rules.check(internal(q_.where.of), Rules::Clause::where));
  for (const auto& g : groups) TRY_VOID(rules.check(g, Rules::Clause::group_by));
  const auto having = q_.having ? internal(q_.having.of) : nullptr;
  if (having) TRY_VOID(rules.check(having, Rules::Clause::having));
  TRY_VOID(rules.finish());
  if (!q_.group_by) {
    if (target_.persistent()) {
      std::string list;
      for (const auto& c : rules.calls) list += (list.empty() ? "" : ", ") + (c->args.empty() ? print_identifier(c->name) + "(ROWTIME)" : print(*c));
      return fail(ErrorCode::invalid_input, "CREATE TABLE AS SELECT statement does not support aggregate function [" + list + "] without a GROUP BY clause.", "add GROUP BY",
                  rules.calls.empty() ? std::nullopt : std::optional<SourceSpan>(rules.calls[0]->place.span));
    }
  }
  // The types of everything, in the words of the user, before anything is moved around.
  Scope typed_scope = stage.scope;
  if (windowed)
    for (const auto* name : {"WINDOWSTART", "WINDOWEND"})
      if (!typed_scope.find(name)) typed_scope.columns.push_back({name, Kind::bigint, {std::string_view(name) == "WINDOWSTART" ? ColumnRef::Space::windowstart : ColumnRef::Space::windowend, 0}});
  Binder typing(typed_scope, context_.metastore);
  for (const auto& s : selects) TRY_VOID(typing.bind_typed(s.expression));
  // The names of the group's columns: the alias of the select item that is the expression, else the column's own.
  std::vector<std::string> used;
  for (const auto& c : stage.scope.columns) used.push_back(c.name);
  std::vector<std::string> key_names;
  std::vector<std::string> missing;
  for (const auto& g : groups) {
    std::vector<std::string> aliases;
    for (const auto& s : selects)
      if (*s.expression == *g) aliases.push_back("`" + s.alias + "`");
    if (aliases.size() > 1)
      return fail(ErrorCode::invalid_input, "The projection contains a key column more than once: " + join_names(aliases, "and") +
                                                ".\nEach key column must only be in the projection once. If you intended to copy the key into the value, then consider using the AS_VALUE function to indicate which key reference should be copied.",
                  "write AS_VALUE(" + print(*g) + ")");
    if (aliases.empty()) missing.push_back(print(*g));
    key_names.push_back(!aliases.empty() && target_.persistent() ? aliases[0].substr(1, aliases[0].size() - 2) : g->node == Node::column ? g->name : AliasMaker(used).for_expression(*g));
  }
  if (target_.persistent()) {
    const auto is_key = [&](const SelectColumn& s) { return std::ranges::any_of(groups, [&](const auto& g) { return *g == *s.expression; }); };
    const bool only_keys = std::ranges::all_of(selects, [&](const auto& s) { return is_key(s); });
    if (only_keys) return fail(ErrorCode::invalid_input, "The projection contains no value columns.", "select an aggregate function, for example COUNT(*)");
    if (!missing.empty()) keys_problem_ = keys_missing("grouping expression", missing, true).error();
  }
  // Prepare: the columns that the group and the functions read.
  auto prepare = std::make_shared<Step>();
  prepare->kind = StepKind::project;
  prepare->id = "Aggregate-Prepare";
  prepare->result = stage.step->result;
  prepare->windowed = stage.step->windowed;
  prepare->inputs = {stage.step};
  prepare->schema.key = stage.step->schema.key;
  for (std::size_t i = 0; i < prepare->schema.key.size(); ++i) prepare->keep_keys.push_back(int(i));
  Scope prepared;
  const auto need = [&](const Expression& e) {
    visit(e, [&](const Expression& n) {
      if (n.node != Node::column || prepared.find(n.name)) return;
      if (const auto* c = stage.scope.find(n.name)) {
        prepared.columns.push_back({c->name, c->type, {ColumnRef::Space::value, int(prepare->columns.size())}});
        prepare->columns.push_back({c->name, column_expression(*c)});
        prepare->schema.value.push_back({c->name, c->type});
      }
    });
  };
  for (const auto& g : groups) need(*g);
  for (const auto& c : rules.calls) need(*c);
  Binder binder(prepared, context_.metastore);
  auto group = std::make_shared<Step>();
  group->kind = StepKind::group;
  group->id = "Aggregate-GroupBy";
  group->result = stage.step->result;
  group->windowed = false;
  group->inputs = {prepare};
  group->schema.value = prepare->schema.value;
  Stage out;
  std::vector<Field> group_fields;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    TRY(auto bound, binder.bind_typed(groups[i]));
    group->new_keys.push_back({key_names[i], bound});
    group->schema.key.push_back({key_names[i], bound->type});
    out.keys.push_back({key_names[i], bound->type, {ColumnRef::Space::key, int(i)}});
  }
  if (groups.empty()) {
    BoundExpression one;                               // one group for all rows
    one.type = Kind::integer;
    one.literal = Value(std::int32_t(1));
    one.text = "1";
    group->new_keys.push_back({"KSQL_COL_0", std::make_shared<const BoundExpression>(std::move(one))});
    group->schema.key.push_back({"KSQL_COL_0", Kind::integer});
  }
  bool same_key = groups.size() == stage.keys.size() && !groups.empty();
  for (std::size_t i = 0; same_key && i < groups.size(); ++i) same_key = groups[i]->node == Node::column && groups[i]->name == stage.keys[i].name;
  if (same_key && stage.step->windowed) same_key = false;
  group->repartitions = !same_key;
  auto step = std::make_shared<Step>();
  step->kind = StepKind::aggregate;
  step->id = "Aggregate-Aggregate";
  step->result = SourceKind::table;
  step->windowed = windowed;
  step->inputs = {group};
  step->schema.key = group->schema.key;
  step->emit_final = q_.emit == Emit::final;
  if (q_.window) step->window = window_spec(*q_.window);
  std::vector<std::pair<ExpressionPtr, std::string>> results;
  std::vector<std::string> not_for_tables;
  for (const auto& call : rules.calls) {
    const auto name = "KSQL_AGG_VARIABLE_" + std::to_string(step->aggregates.size());
    TRY(auto resolved, resolve_call(*call, binder, context_.metastore.functions()));
    if (stage.step->result == SourceKind::table && !resolved.function->undo && std::ranges::find(not_for_tables, call->name) == not_for_tables.end())
      not_for_tables.push_back(call->name);
    // A function's state is a record of the changelog, in the sink's value format.
    out.scope.columns.push_back({name, resolved.function->type, {ColumnRef::Space::value, int(step->aggregates.size())}});
    step->schema.value.push_back({name, resolved.function->type});
    step->aggregates.push_back({name, resolved.function, std::move(resolved.arguments)});
    results.emplace_back(call, name);
  }
  if (!not_for_tables.empty()) {
    const auto message = not_for_tables.size() == 1 ? "The aggregation function " + not_for_tables[0] + " cannot be applied to a table source, only to a stream source."
                                                    : "The aggregation functions " + join_names(not_for_tables, "and") + " cannot be applied to a table source, only to a stream source.";
    return fail(ErrorCode::unsupported, message, "tables take functions that can be undone: COUNT, SUM, AVG, COLLECT_LIST, HISTOGRAM");
  }
  out.step = step;
  for (const auto& k : out.keys) out.scope.columns.push_back(k);
  if (windowed) {
    out.scope.columns.push_back({"WINDOWSTART", Kind::bigint, {ColumnRef::Space::windowstart, 0}});
    out.scope.columns.push_back({"WINDOWEND", Kind::bigint, {ColumnRef::Space::windowend, 0}});
  }
  // Afterwards an expression of the group is a key column, and a call is its result. Key names that are also source columns with another
  // meaning cannot clash: what is not replaced is a constant.
  const auto final_form = [&](const ExpressionPtr& e) {
    return rewrite(e, [&](const Expression& n) -> ExpressionPtr {
      for (std::size_t i = 0; i < groups.size(); ++i)
        if (*groups[i] == n) return column_named(key_names[i], n.place);
      for (const auto& [call, name] : results)
        if (*call == n) return column_named(name, n.place);
      return nullptr;
    });
  };
  if (having) {
    auto typed = typing.bind_condition(having, "HAVING");
    if (!typed) return std::unexpected(typed.error());
    TRY(out, filter(std::move(out), final_form(having), "HAVING", "Aggregate-HavingFilter"));
  }
  auto project = std::make_shared<Step>();
  project->kind = StepKind::project;
  project->id = "Aggregate-Project";
  project->result = SourceKind::table;
  project->windowed = windowed;
  project->inputs = {out.step};
  project->schema.key = group->schema.key;
  for (std::size_t i = 0; i < project->schema.key.size(); ++i) project->keep_keys.push_back(int(i));
  Binder last(out.scope, context_.metastore);
  for (const auto& s : selects) {
    if (target_.persistent()) {
      if (std::ranges::any_of(groups, [&](const auto& g) { return *g == *s.expression; })) continue;
      if (s.expression->node == Node::column && is_window_bound(s.expression->name) && s.alias == s.expression->name) continue;
    }
    auto bound = last.bind_typed(final_form(s.expression));
    if (!bound) {
      auto failed = bound.error();
      if (failed.message.starts_with("Cast of ")) failed.message = "Invalid Select: " + failed.message;
      return std::unexpected(std::move(failed));
    }
    project->columns.push_back({s.alias, *bound});
    project->schema.value.push_back({s.alias, (*bound)->type});
  }
  out.step = std::move(project);
  return out;
}

}  // namespace braid::sql
