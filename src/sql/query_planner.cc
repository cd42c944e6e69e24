#include "sql/query_planner.h"

#include <algorithm>

#include "sql/parser.h"

namespace braid::sql {

using data::Kind;

const ScopeColumn* Stage::key(std::string_view name) const {
  for (const auto& k : keys)
    if (k.name == name) return &k;
  return nullptr;
}

std::string column_list(const std::vector<Field>& columns) {
  std::string out;
  for (const auto& c : columns) out += (out.empty() ? "" : ", ") + ("`" + c.name + "` " + c.type.text());
  return "[" + out + "]";
}

std::string join_names(const std::vector<std::string>& names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) out += (i == 0 ? "" : i + 1 == names.size() ? " " + std::string(last) + " " : ", ") + names[i];
  return out;
}

namespace {
ColumnRef system_ref(std::string_view name) {
  if (name == "ROWTIME") return {ColumnRef::Space::rowtime, 0};
  if (name == "ROWPARTITION") return {ColumnRef::Space::rowpartition, 0};
  if (name == "ROWOFFSET") return {ColumnRef::Space::rowoffset, 0};
  if (name == "WINDOWSTART") return {ColumnRef::Space::windowstart, 0};
  return {ColumnRef::Space::windowend, 0};
}
Type system_type(std::string_view name) { return name == "ROWPARTITION" ? Type(Kind::integer) : Type(Kind::bigint); }
Type header_type(const HeaderColumn& h) {
  if (h.key) return Kind::bytes;
  return Type::array(Type::structure({{"KEY", Kind::string}, {"VALUE", Kind::bytes}}));
}
}  // namespace

Stage QueryPlanner::source_stage(const NamedSource& named, const std::string& id) {
  const auto& source = *named.source;
  Stage stage;
  stage.step = std::make_shared<Step>();
  auto& step = *stage.step;
  step.kind = StepKind::source;
  step.id = id;
  step.result = source.kind;
  step.schema = source.schema;
  step.windowed = source.window.has_value();
  step.source = source.name;
  step.topic = source.topic;
  step.key_format = source.key_format;
  step.value_format = source.value_format;
  step.window_info = source.window;
  step.timestamp = source.timestamp;
  for (std::size_t i = 0; i < source.schema.value.size(); ++i)
    stage.scope.columns.push_back({source.schema.value[i].name, source.schema.value[i].type, {ColumnRef::Space::value, int(i)}});
  for (std::size_t i = 0; i < source.schema.headers.size(); ++i)
    stage.scope.columns.push_back({source.schema.headers[i].name, header_type(source.schema.headers[i]), {ColumnRef::Space::header, int(i)}});
  for (const auto* name : {"ROWTIME", "ROWPARTITION", "ROWOFFSET"}) stage.scope.columns.push_back({name, system_type(name), system_ref(name)});
  if (source.window)
    for (const auto* name : {"WINDOWSTART", "WINDOWEND"}) stage.scope.columns.push_back({name, Kind::bigint, system_ref(name)});
  for (std::size_t i = 0; i < source.schema.key.size(); ++i) {
    const ScopeColumn key{source.schema.key[i].name, source.schema.key[i].type, {ColumnRef::Space::key, int(i)}};
    stage.scope.columns.push_back(key);
    stage.keys.push_back(key);
    stage.star.push_back(key.name);
  }
  if (source.window) stage.star.insert(stage.star.end(), {"WINDOWSTART", "WINDOWEND"});
  for (const auto& c : source.schema.value) stage.star.push_back(c.name);
  for (const auto& h : source.schema.headers) stage.star.push_back(h.name);
  stage.star_of[named.alias] = stage.star;
  return stage;
}

ExpressionPtr QueryPlanner::internal(const ExpressionPtr& e) const {
  return rewrite(e, [&](const Expression& n) -> ExpressionPtr {
    if (n.node != Node::column || n.qualifier.empty()) return nullptr;
    auto copy = n;
    if (named_.is_join()) copy.name = n.qualifier + "_" + n.name;
    copy.qualifier.clear();
    return std::make_shared<const Expression>(std::move(copy));
  });
}

Result<Stage> QueryPlanner::filter(Stage stage, const ExpressionPtr& condition, std::string_view clause, const std::string& id) {
  Binder binder(stage.scope, context_.metastore);
  TRY(auto bound, binder.bind_condition(condition, clause));
  auto step = std::make_shared<Step>();
  step->kind = StepKind::filter;
  step->id = id;
  step->result = stage.step->result;
  step->schema = stage.step->schema;
  step->schema.headers = stage.step->schema.headers;
  step->windowed = stage.step->windowed;
  step->condition = bound;
  step->inputs = {stage.step};
  stage.step = std::move(step);
  return stage;
}

// The rows with everything as a value column that a later step may name although it does not survive a change of the key: the key itself,
// header columns, and ROWPARTITION and the like where the query uses them.
static Stage materialise(Stage stage, const std::set<std::string>& system_columns, const std::string& id) {
  auto step = std::make_shared<Step>();
  step->kind = StepKind::project;
  step->id = id;
  step->result = stage.step->result;
  step->windowed = stage.step->windowed;
  step->inputs = {stage.step};
  step->schema.key = stage.step->schema.key;
  for (std::size_t i = 0; i < step->schema.key.size(); ++i) step->keep_keys.push_back(int(i));
  Scope scope;
  for (const auto& c : stage.scope.columns) {
    if (is_system_column(c.name) && c.ref.space != ColumnRef::Space::value) {
      if (is_window_bound(c.name) || !system_columns.contains(c.name)) { scope.columns.push_back(c); continue; }
    }
    scope.columns.push_back({c.name, c.type, {ColumnRef::Space::value, int(step->columns.size())}});
    step->columns.push_back({c.name, column_expression(c)});
    step->schema.value.push_back({c.name, c.type});
  }
  stage.scope = std::move(scope);
  stage.step = std::move(step);
  return stage;
}

std::set<std::string> QueryPlanner::referenced_system_columns(const std::string& alias) const {
  std::set<std::string> names;
  const auto note = [&](const Part& part) {
    if (part) visit(*part, [&](const Expression& e) {
      if (e.node == Node::column && is_system_column(e.name) && (e.qualifier == alias || (e.qualifier.empty() && !named_.is_join()))) names.insert(e.name);
    });
  };
  for (const auto& item : q_.items) {
    note(item.expression);
    // SELECT * behind a join and PARTITION BY shows them too.
    if (item.kind == SelectItem::Kind::all && named_.is_join() && q_.partition_by) names.insert({"ROWTIME", "ROWPARTITION", "ROWOFFSET"});
  }
  note(q_.where);
  note(q_.having);
  for (const auto& j : q_.joins) note(j.on);
  if (q_.group_by) for (const auto& g : *q_.group_by) note(g);
  if (q_.partition_by) for (const auto& p : *q_.partition_by) note(p);
  return names;
}

Result<Stage> QueryPlanner::partition_by(Stage stage) {
  const auto& parts = *q_.partition_by;
  const auto is_null = [](const Part& p) { return p->node == Node::literal && p->value.null(); };
  const bool by_null = std::ranges::any_of(parts, is_null);
  if (by_null && parts.size() > 1)
    return fail(ErrorCode::invalid_input, "Cannot PARTITION BY multiple columns including NULL", "", q_.partition_by_place.span);
  if (table_)
    return fail(ErrorCode::invalid_input, "PARTITION BY is not supported for tables: the rows of a table are identified by its primary key.",
                "create a stream over the table's topic and partition that", q_.partition_by_place.span);
  for (const auto& p : parts) partition_keys_.push_back(internal(p.of));
  // Nothing moves when the key stays what it is.
  bool same = !by_null && parts.size() == stage.keys.size();
  for (std::size_t i = 0; same && i < parts.size(); ++i) same = partition_keys_[i]->node == Node::column && stage.keys[i].name == partition_keys_[i]->name;
  if (same) {
    for (const auto& k : stage.keys) partition_names_.push_back(k.name);
    return stage;
  }
  if (stage.step->windowed)
    return fail(ErrorCode::invalid_input, "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.", "", q_.partition_by_place.span);
  std::vector<std::string> used;
  for (const auto& c : stage.scope.columns) used.push_back(c.name);
  AliasMaker aliases(used);
  // In a join, the key that nothing else names is gone now.
  std::set<std::string> system;
  for (const auto& s : named_.sources) system.merge(referenced_system_columns(s.alias));
  const auto old_keys = stage.keys;
  auto star = std::vector<std::string>();
  if (named_.is_join()) {
    for (const auto& c : stage.scope.columns) star.push_back(c.name);
  } else {
    for (const auto& name : stage.star)
      if (!stage.key(name)) star.push_back(name);
    for (const auto& k : old_keys) star.push_back(k.name);
  }
  stage = materialise(std::move(stage), system, "PartitionByInput");
  auto step = std::make_shared<Step>();
  step->kind = StepKind::select_key;
  step->id = "PartitionBy-SelectKey";
  step->result = SourceKind::stream;
  step->inputs = {stage.step};
  step->schema.value = stage.step->schema.value;
  step->repartitions = false;                                 // the rows go straight to the sink, by their new key
  stage.keys.clear();
  // An expression of key columns only is computed from the key, which a record without a value has too.
  Scope key_scope;
  for (const auto& k : old_keys) key_scope.columns.push_back(k);
  std::vector<std::string> first;
  if (!by_null)
    for (const auto& p : partition_keys_) {
      bool keys_only = true;
      visit(*p, [&](const Expression& e) { keys_only = keys_only && (e.node != Node::column || key_scope.find(e.name)); });
      Binder binder(keys_only ? key_scope : stage.scope, context_.metastore);
      TRY(auto bound, binder.bind_typed(p));
      const auto name = p->node == Node::column ? p->name : aliases.for_expression(*p);
      const ScopeColumn key{name, bound->type, {ColumnRef::Space::key, int(stage.keys.size())}};
      step->new_keys.push_back({name, bound});
      step->schema.key.push_back({name, bound->type});
      stage.keys.push_back(key);
      partition_names_.push_back(name);
      first.push_back(name);
      std::erase(star, name);
    }
  // Expressions without a name of their own can be named by it from now on.
  for (const auto& k : stage.keys)
    if (!stage.scope.find(k.name)) stage.scope.columns.push_back(k);
  first.insert(first.end(), star.begin(), star.end());
  stage.star = std::move(first);
  if (!named_.is_join()) stage.star_of[q_.from.alias] = stage.star;
  stage.step = std::move(step);
  return stage;
}

Result<Stage> QueryPlanner::flat_map(Stage stage) {
  std::vector<ExpressionPtr> calls;
  for (const auto& item : q_.items)
    if (item.kind == SelectItem::Kind::single) visit(*item.expression, [&](const Expression& e) {
      if (e.node == Node::call && function_kind(e.name, context_.metastore.functions()) == FunctionKind::table) calls.push_back(internal(std::make_shared<const Expression>(e)));
    });
  if (calls.empty()) return stage;
  if (table_) return fail(ErrorCode::invalid_input, "Table source is not supported with table functions", "use them over a stream", calls[0]->place.span);
  auto step = std::make_shared<Step>();
  step->kind = StepKind::flat_map;
  step->id = "FlatMap";
  step->result = stage.step->result;
  step->windowed = stage.step->windowed;
  step->inputs = {stage.step};
  step->schema = stage.step->schema;
  Binder binder(stage.scope, context_.metastore);
  for (const auto& call : calls) {
    std::vector<ArgumentType> types;
    std::vector<BoundPtr> bound;
    for (const auto& arg : call->args) {
      TRY(auto typed, binder.bind(arg));
      ArgumentType a;
      a.type = typed.type();
      if (typed.expression->op == Op::literal && !typed.untyped) a.constant = typed.expression->literal;
      types.push_back(std::move(a));
      bound.push_back(typed.expression);
    }
    auto resolved = resolve_table_function(call->name, types, context_.metastore.functions());
    if (!resolved) {
      auto failed = resolved.error();
      failed.where = call->place.span;
      return std::unexpected(std::move(failed));
    }
    for (std::size_t i = 0; i < bound.size() && i < resolved->parameters.size(); ++i)
      if (resolved->parameters[i]) bound[i] = convert(bound[i], *resolved->parameters[i]);
    const auto name = "KSQL_SYNTH_" + std::to_string(step->table_functions.size());
    const ScopeColumn column{name, resolved->type, {ColumnRef::Space::value, int(step->schema.value.size())}};
    step->schema.value.push_back({name, resolved->type});
    step->table_functions.push_back({name, std::make_shared<const ResolvedTableFunction>(*std::move(resolved)), std::move(bound)});
    stage.scope.columns.push_back(column);
    table_function_columns_.emplace_back(call, name);
  }
  stage.step = std::move(step);
  return stage;
}

ExpressionPtr QueryPlanner::target_literal(const ExpressionPtr& e, std::size_t index) const {
  if (!target_.existing || e->node != Node::literal || e->value.null()) return e;
  const auto& schema = target_.existing->schema;
  const auto* field = index < schema.key.size() ? &schema.key[index] : index - schema.key.size() < schema.value.size() ? &schema.value[index - schema.key.size()] : nullptr;
  if (!field || !field->type.is(Kind::decimal)) return e;
  const auto from = e->value.holds<double>() ? Type(Kind::double_) : e->value.holds<std::int32_t>() ? Type(Kind::integer) : Type(Kind::bigint);
  if (!e->value.holds<double>() && !e->value.holds<std::int32_t>() && !e->value.holds<std::int64_t>() && !e->value.holds<data::Decimal>()) return e;
  Value value = e->value;
  if (!value.holds<data::Decimal>()) {
    auto parsed = data::Decimal::parse(print_literal(value));
    if (!parsed) return e;
    value = Value(*parsed);
  }
  const auto& d = std::get<data::Decimal>(value.rep());
  if (d.scale() > field->type.scale() || !d.fits(field->type.precision(), field->type.scale())) return e;
  auto rescaled = d.rescaled(field->type.scale());
  if (!rescaled) return e;
  Expression cast;                                          // CAST(literal AS DECIMAL(p, s)): keeps the type's precision
  cast.node = Node::cast;
  cast.place = e->place;
  cast.args = {e};
  TypeName type;
  type.name = "DECIMAL";
  type.parameters = {std::to_string(field->type.precision()), std::to_string(field->type.scale())};
  cast.type = std::move(type);
  (void)from;
  return std::make_shared<const Expression>(std::move(cast));
}

Result<std::vector<SelectColumn>> QueryPlanner::expand_struct(const Stage& stage, const SelectItem& item) {
  const auto base = internal(item.expression.of);
  Binder binder(stage.scope, context_.metastore);
  TRY(auto type, binder.type_of(base));
  if (!type.is(Kind::struct_))
    return fail(ErrorCode::invalid_input, (base->node == Node::column ? "Column `" + base->name + "`" : "Field " + base->name) + " is not a STRUCT type.", "", item.place.span);
  std::vector<SelectColumn> out;
  for (const auto& f : type.fields()) {
    Expression field;
    field.node = Node::field;
    field.args = {base};
    field.name = f.name;
    field.place = item.place;
    out.push_back({f.name, std::make_shared<const Expression>(std::move(field)), item.place});
  }
  return out;
}

Result<std::vector<SelectColumn>> QueryPlanner::select_columns(const Stage& stage) {
  std::vector<SelectColumn> out;
  for (std::size_t index = 0; index < q_.items.size(); ++index) {
    const auto& item = q_.items[index];
    if (item.kind == SelectItem::Kind::all || item.kind == SelectItem::Kind::all_of) {
      const auto& names = item.kind == SelectItem::Kind::all ? stage.star : stage.star_of.at(item.source);
      for (const auto& name : names) {
        Expression column;
        column.node = Node::column;
        column.name = name;
        column.place = item.place;
        out.push_back({name, std::make_shared<const Expression>(std::move(column)), item.place});
      }
      continue;
    }
    if (item.kind == SelectItem::Kind::all_fields) {
      TRY(auto fields, expand_struct(stage, item));
      out.insert(out.end(), fields.begin(), fields.end());
      continue;
    }
    auto e = target_literal(internal(item.expression.of), index);
    // What a step before has computed already is taken from there.
    const auto column = [&](const std::string& name, const Expression& at) {
      Expression c;
      c.node = Node::column;
      c.name = name;
      c.place = at.place;
      return std::make_shared<const Expression>(std::move(c));
    };
    for (std::size_t i = 0; i < partition_keys_.size() && i < partition_names_.size(); ++i)
      if (*partition_keys_[i] == *e) { e = column(partition_names_[i], *e); break; }
    e = rewrite(e, [&](const Expression& n) -> ExpressionPtr {
      for (const auto& [call, name] : table_function_columns_)
        if (*call == n) return column(name, n);
      return nullptr;
    });
    out.push_back({*item.alias, e, item.place});
  }
  return out;
}

bool QueryPlanner::projection_contains(const Expression& qualified) const {
  for (const auto& item : q_.items) {
    if (item.kind == SelectItem::Kind::all) return true;
    if (item.kind == SelectItem::Kind::all_of && qualified.node == Node::column && item.source == qualified.qualifier) return true;
    if (item.expression && item.kind == SelectItem::Kind::single && *item.expression == qualified) return true;
  }
  return false;
}

std::unexpected<Error> QueryPlanner::keys_missing(std::string_view type, const std::vector<std::string>& keys, bool all, bool synthetic) const {
  std::string eg;
  for (const auto& k : keys) {
    eg += (eg.empty() ? "" : ", ") + k;
    if (!all) break;
  }
  std::string message = "Key" + std::string(all && keys.size() > 1 ? "s" : "") + " missing from projection (ie, SELECT). " + (synthetic ? "See https://cnfl.io/2LV7ouS." : "") +
                        "\nThe query used to build `" + target_.name + "` must include the " + std::string(type) + (keys.size() == 1 ? "" : "s") + " " +
                        join_names(keys, all ? "and" : "or") + " in its projection (eg, SELECT " + eg + "...).";
  if (synthetic)
    message += "\n" + keys[0] + " was added as a synthetic key column because the join criteria did not match any source column. This expression must be included in the projection and may be aliased. ";
  return fail(ErrorCode::invalid_input, std::move(message), "add " + eg + " to the SELECT list", q_.items.empty() ? std::nullopt : std::optional<SourceSpan>(q_.items[0].place.span));
}

Result<void> QueryPlanner::check_source_keys(const Stage& stage) {
  if (q_.partition_by) {
    const bool by_null = q_.partition_by->size() == 1 && (*q_.partition_by)[0]->node == Node::literal && (*q_.partition_by)[0]->value.null();
    if (by_null) return {};
    std::vector<std::string> names;
    bool all = true;
    for (const auto& p : *q_.partition_by) {
      names.push_back(print(*p));
      all = all && projection_contains(*p);
    }
    if (!all) return keys_missing("partitioning expression", names, true);
    return {};
  }
  if (named_.is_join()) {
    if (!foreign_key_left_.empty()) {
      std::vector<std::string> missing;
      for (const auto& name : foreign_key_left_keys_) {
        Expression column;
        column.node = Node::column;
        column.qualifier = foreign_key_left_;
        column.name = name;
        if (!projection_contains(column)) missing.push_back("`" + name + "`");
      }
      if (missing.empty()) return {};
      const std::string word = missing.size() == 1 ? "column" : "columns";
      std::string list;
      for (const auto& m : missing) list += (list.empty() ? "" : ", ") + m;
      return fail(ErrorCode::invalid_input, "Primary key " + word + " missing in projection. For foreign-key table-table joins, the projection must include all primary key columns from the left input table (`" +
                                                foreign_key_left_ + "`). Missing " + word + ": " + list + ".", "add them to the SELECT list");
    }
    if (!synthetic_key_.empty()) {
      Expression column;
      column.node = Node::column;
      column.name = synthetic_key_;
      if (!projection_contains(column)) return keys_missing("join expression", {synthetic_key_}, false, true);
      return {};
    }
    std::vector<std::string> names;
    for (const auto& k : join_keys_) {
      if (projection_contains(*k)) return {};
      names.push_back(print(*k));
    }
    return keys_missing("join expression", names, false);
  }
  std::vector<std::string> names;
  bool all = true;
  for (const auto& k : stage.keys) {
    Expression column;
    column.node = Node::column;
    column.qualifier = q_.from.alias;
    column.name = k.name;
    all = all && projection_contains(column);
    names.push_back(print_identifier(k.name));
  }
  if (!all) return keys_missing("key column", names, true);
  return {};
}

Result<Stage> QueryPlanner::project(Stage stage) {
  TRY(auto selects, select_columns(stage));
  auto step = std::make_shared<Step>();
  step->kind = StepKind::project;
  step->id = "Project";
  step->result = stage.step->result;
  step->windowed = stage.step->windowed;
  step->inputs = {stage.step};
  Binder binder(stage.scope, context_.metastore);
  std::vector<std::vector<std::string>> key_aliases(stage.keys.size());
  for (const auto& s : selects) {
    const auto* key = s.expression->node == Node::column ? stage.key(s.expression->name) : nullptr;
    if (target_.persistent()) {
      if (s.expression->node == Node::column && is_window_bound(s.expression->name) && s.alias == s.expression->name) continue;   // stays with the key
      if (key) {
        auto& aliases = key_aliases[std::size_t(key->ref.index)];
        if (std::ranges::find(aliases, s.alias) == aliases.end()) aliases.push_back(s.alias);
        continue;
      }
    }
    auto bound = key && !target_.persistent() ? Result<BoundPtr>(column_expression(*key)) : binder.bind_typed(s.expression);
    if (!bound) {
      auto failed = bound.error();
      if (failed.message.starts_with("Cast of ")) failed.message = "Invalid Select: " + failed.message;
      return std::unexpected(std::move(failed));
    }
    step->columns.push_back({s.alias, *bound});
    step->schema.value.push_back({s.alias, (*bound)->type});
  }
  // The newer projection rule, an option: the key is what was selected of it, in that order, and may be nothing.
  const auto newer = context_.properties.find("ksql.new.query.planner.enabled");
  const bool selected_keys = newer != context_.properties.end() && newer->second == "true" && target_.persistent() && !named_.is_join() && !q_.partition_by && !table_;
  std::vector<std::size_t> order;
  for (const auto& s : selects)
    if (const auto* key = selected_keys && s.expression->node == Node::column ? stage.key(s.expression->name) : nullptr)
      if (std::ranges::find(order, std::size_t(key->ref.index)) == order.end()) order.push_back(std::size_t(key->ref.index));
  if (!selected_keys)
    for (std::size_t i = 0; i < stage.keys.size(); ++i) order.push_back(i);
  for (const auto i : order) {
    auto& aliases = key_aliases[i];
    if (!target_.persistent()) aliases = {stage.keys[i].name};
    if (aliases.empty()) aliases = {stage.keys[i].name};      // reported below, by the rule that says which expression is missing
    if (aliases.size() > 1) {
      std::ranges::sort(aliases);
      return fail(ErrorCode::invalid_input, "The projection contains a key column (`" + stage.keys[i].name + "`) more than once, aliased as: " + join_names(aliases, "and") +
                                                ".\nEach key column must only be in the projection once. If you intended to copy the key into the value, then consider using the AS_VALUE function to indicate which key reference should be copied.",
                  "write AS_VALUE(" + print_identifier(stage.keys[i].name) + ") AS " + print_identifier(aliases.back()));
    }
    step->keep_keys.push_back(int(i));
    step->schema.key.push_back({aliases[0], stage.keys[i].type});
  }
  if (step->schema.value.empty()) return fail(ErrorCode::invalid_input, "The projection contains no value columns.", "select at least one column besides the key; AS_VALUE(key) copies the key");
  if (target_.persistent() && !selected_keys)
    if (auto checked = check_source_keys(stage); !checked) keys_problem_ = checked.error();
  stage.step = std::move(step);
  return stage;
}

Result<Stage> QueryPlanner::plan() {
  TRY_VOID(check_sources());
  TRY_VOID(check_clauses());
  TRY_VOID(check_columns());
  TRY_VOID(check_select());
  Stage stage;
  if (named_.is_join()) {
    TRY(stage, join_sources());
  } else {
    stage = source_stage(named_.sources[0], "KsqlTopic");
  }
  table_ = stage.step->result == SourceKind::table;
  if (q_.where) { TRY(stage, filter(std::move(stage), internal(q_.where.of), "WHERE", "WhereFilter")); }
  if (q_.partition_by) { TRY(stage, partition_by(std::move(stage))); }
  TRY(stage, flat_map(std::move(stage)));
  bool aggregates = q_.group_by.has_value();
  for (const auto& item : q_.items)
    if (item.expression) visit(*item.expression, [&](const Expression& e) { aggregates = aggregates || (e.node == Node::call && function_kind(e.name, context_.metastore.functions()) == FunctionKind::aggregate); });
  if (aggregates) {
    TRY(stage, aggregate(std::move(stage)));
  } else {
    if (q_.window) return fail(ErrorCode::invalid_input, place_prefix(q_.window->place) + "WINDOW clause requires a GROUP BY clause.", "add GROUP BY", q_.window->place.span);
    if (q_.having) return fail(ErrorCode::invalid_input, "HAVING requires an associated GROUP BY clause.", "use WHERE, or add GROUP BY", q_.having->place.span);
    TRY(stage, project(std::move(stage)));
  }
  if (q_.emit == Emit::final && !(q_.group_by && q_.window))
    return fail(ErrorCode::invalid_input, "EMIT FINAL is only supported for windowed aggregations.", "use EMIT CHANGES, or add a WINDOW clause");
  table_ = stage.step->result == SourceKind::table;
  return stage;
}

}  // namespace braid::sql
