// Joins: a left-deep tree in the order of the text. Each side projects its columns to ALIAS_COLUMN first; the key of a join is one of the joined
// columns, or a synthetic ROWKEY when neither side of the condition is a column (and for FULL OUTER, where either side may be missing).
#include <algorithm>

#include "sql/query_planner.h"

namespace braid::sql {
namespace {
std::string_view kind_text(WindowKind k) { return k == WindowKind::session ? "SESSION" : k == WindowKind::hopping ? "HOPPING" : "TUMBLING"; }
bool contains(const std::vector<ExpressionPtr>& set, const Expression& e) {
  return std::ranges::any_of(set, [&](const auto& x) { return *x == e; });
}
std::string type_text(JoinWord w) {
  switch (w) {
    case JoinWord::inner: return "[INNER] JOIN";
    case JoinWord::left: return "LEFT [OUTER] JOIN";
    case JoinWord::right: return "RIGHT [OUTER] JOIN";
    case JoinWord::outer: return "[FULL] OUTER JOIN";
  }
  return "";
}
// Without qualifiers: over the columns of one source.
ExpressionPtr unqualified(const ExpressionPtr& e) {
  return rewrite(e, [](const Expression& n) -> ExpressionPtr {
    if (n.node != Node::column || n.qualifier.empty()) return nullptr;
    auto copy = n;
    copy.qualifier.clear();
    return std::make_shared<const Expression>(std::move(copy));
  });
}
}  // namespace

Result<QueryPlanner::JoinInfo> QueryPlanner::join_info(const JoinClause& clause, const NamedSource& joined) {
  const auto& on = *clause.on;
  const auto equality = [](const Expression& e) { return e.node == Node::compare && e.symbol == "="; };
  const auto span = on.place.span;
  if (on.node != Node::compare) {
    if (on.node == Node::and_ && equality(*on.args[0]) && equality(*on.args[1]))
      return fail(ErrorCode::unsupported, "Invalid join condition: joins on multiple conditions are not yet supported. Got " + print(on) + ".", "join on one condition and put the other into WHERE", span);
    return fail(ErrorCode::unsupported, "Unsupported join expression: " + print(on), "a join condition has the form a.x = b.y", span);
  }
  if (!equality(on)) return fail(ErrorCode::unsupported, "Only equality join criteria is supported.", "a join condition has the form a.x = b.y", span);
  TRY(auto left_used, check_references(*on.args[0], "JOIN ON", false));
  TRY(auto right_used, check_references(*on.args[1], "JOIN ON", false));
  const auto only = [&](const std::set<std::string>& used, const Expression& side) -> Result<const NamedSource*> {
    if (used.size() != 1)
      return fail(ErrorCode::invalid_input, "Invalid comparison expression '" + print(side) + "' in join '" + print(on) + "'. Each side of the join comparision must contain references from exactly one source.",
                  "a join condition has the form a.x = b.y", side.place.span);
    return named_.by_alias(*used.begin());
  };
  JoinInfo info;
  TRY(info.left, only(left_used, *on.args[0]));
  TRY(info.right, only(right_used, *on.args[1]));
  if (info.left == info.right)
    return fail(ErrorCode::invalid_input, "Each side of the join must reference exactly one source and not the same source. Left side references `" + info.left->alias + "` and right references `" + info.right->alias + "`",
                "compare a column of each source", span);
  const auto lw = info.left->source->window, rw = info.right->source->window;
  if (lw.has_value() != rw.has_value()) {
    const auto says = [](const std::optional<WindowInfo>& w) { return w ? std::string(kind_text(w->kind)) : std::string("not"); };
    return fail(ErrorCode::unsupported, "Can not join windowed source to non-windowed source.\n`" + info.left->alias + "` is " + says(lw) + " windowed\n`" + info.right->alias + "` is " + says(rw) + " windowed", "", span);
  }
  if (lw && (lw->kind == WindowKind::session) != (rw->kind == WindowKind::session))
    return fail(ErrorCode::unsupported, "Incompatible windowed sources.\nLeft source: " + std::string(kind_text(lw->kind)) + "\nRight source: " + std::string(kind_text(rw->kind)) +
                                            "\nSession windowed sources can only be joined to other session windowed sources, and may still not result in expected behaviour as session bounds must be an exact match for the join to work\n"
                                            "Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources", "", span);
  if (info.left != &joined && info.right != &joined)
    return fail(ErrorCode::invalid_input, "A join criteria is expected to reference the source (`" + joined.alias + "`) in the FROM clause, instead the right source references `" + info.right->alias +
                                              "` and the left source references `" + info.left->alias + "`", "", span);
  info.left_expression = on.args[0];
  info.right_expression = on.args[1];
  info.type = clause.type;
  info.clause = &clause;
  return info;
}

Result<QueryPlanner::JoinSide> QueryPlanner::leaf(const NamedSource& source, const std::string& id) {
  JoinSide side;
  side.stage = source_stage(source, id);
  side.kind = source.source->kind;
  side.sources = {&source};
  side.partitions = context_.schemas.partitions(source.source->topic);
  return side;
}

namespace {
// The side with all of its columns as value columns named ALIAS_COLUMN, so that no names meet in the join.
Stage prefixed(Stage stage, const std::string& alias, const std::set<std::string>& system_columns, const std::string& id) {
  auto step = std::make_shared<Step>();
  step->kind = StepKind::project;
  step->id = id;
  step->result = stage.step->result;
  step->windowed = stage.step->windowed;
  step->inputs = {stage.step};
  Stage out;
  for (std::size_t i = 0; i < stage.keys.size(); ++i) {
    const auto name = alias + "_" + stage.keys[i].name;
    step->keep_keys.push_back(int(i));
    step->schema.key.push_back({name, stage.keys[i].type});
    out.keys.push_back({name, stage.keys[i].type, {ColumnRef::Space::key, int(i)}});
  }
  for (const auto& c : stage.scope.columns) {
    const bool system = is_system_column(c.name) && c.ref.space != ColumnRef::Space::value;
    if (system && !is_window_bound(c.name) && !system_columns.contains(c.name)) continue;
    const auto name = alias + "_" + c.name;
    out.scope.columns.push_back({name, c.type, {ColumnRef::Space::value, int(step->columns.size())}});
    step->columns.push_back({name, column_expression(c)});
    step->schema.value.push_back({name, c.type});
  }
  for (const auto& name : stage.star) out.star.push_back(alias + "_" + name);
  out.star_of[alias] = out.star;
  out.step = std::move(step);
  return out;
}
}  // namespace

// Gives the side the key that the join compares, when it is not its key already.
Result<void> QueryPlanner::rekey(JoinSide& side, const ExpressionPtr& qualified, const std::string& id) {
  auto& stage = side.stage;
  const auto e = internal(qualified);
  if (stage.keys.size() == 1 && e->node == Node::column && e->name == stage.keys[0].name) return {};
  if (side.inner && contains(side.equivalent, *qualified)) return {};
  if (stage.step->windowed)
    return fail(ErrorCode::unsupported, "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.", "", qualified->place.span);
  if (stage.step->result == SourceKind::table)
    return fail(ErrorCode::unsupported, "Cannot repartition a TABLE source. If this is a join, joins on tables are only supported on the table's primary key.", "", qualified->place.span);
  Binder binder(stage.scope, context_.metastore);
  TRY(auto bound, binder.bind_typed(e));
  auto step = std::make_shared<Step>();
  step->kind = StepKind::select_key;
  step->id = id;
  step->result = SourceKind::stream;
  step->inputs = {stage.step};
  std::vector<std::string> used;
  for (const auto& c : stage.scope.columns) used.push_back(c.name);
  const auto name = e->node == Node::column ? e->name : AliasMaker(used).for_expression(*e);
  step->new_keys.push_back({name, bound});
  step->schema.key = {{name, bound->type}};
  step->schema.value = stage.step->schema.value;
  step->repartitions = true;
  stage.keys = {{name, bound->type, {ColumnRef::Space::key, 0}}};
  stage.step = std::move(step);
  return {};
}

bool QueryPlanner::joins_on_non_key(const Expression& e, const JoinSide& side) const {
  if (e.node != Node::column) return true;
  for (const auto* s : side.sources) {
    if (side.inner && s->alias != e.qualifier) continue;
    const auto& key = s->source->schema.key;
    return key.size() != 1 || key[0].name != e.name;
  }
  return true;
}

// ksqlDB's rules for which kinds of sources can be joined on what; true when the join is by foreign key.
Result<bool> QueryPlanner::verify_join(const JoinSide& left, const JoinSide& right, const JoinInfo& info) {
  const auto span = info.clause->place.span;
  const auto sources = info.left->source->name + " " + type_text(info.type) + " " + info.right->source->name;
  const auto& shown_left = info.flipped ? info.right_expression : info.left_expression;
  const auto& shown_right = info.flipped ? info.left_expression : info.right_expression;
  const auto condition = print(*shown_left) + " = " + print(*shown_right);
  const auto type_of = [&](const JoinSide& side, const ExpressionPtr& e) -> Result<Type> {
    Binder binder(side.stage.scope, context_.metastore);
    return binder.type_of(side.inner ? internal(e) : unqualified(e));
  };
  const auto same_types = [&]() -> Result<void> {
    TRY(auto lt, type_of(left, info.left_expression));
    TRY(auto rt, type_of(right, info.right_expression));
    if (lt == rt) return {};
    const auto& a = info.flipped ? rt : lt;
    const auto& b = info.flipped ? lt : rt;
    return fail(ErrorCode::invalid_input, "Invalid join condition: types don't match. Got " + print(*shown_left) + "{" + a.text() + "} = " + print(*shown_right) + "{" + b.text() + "}.",
                "convert one side with CAST(... AS ...)", span);
  };
  if (left.kind == SourceKind::stream) {
    if (right.kind == SourceKind::table) {
      if (info.type == JoinWord::outer || info.type == JoinWord::right)
        return fail(ErrorCode::unsupported, std::string("Invalid join type: ") + (info.type == JoinWord::outer ? "full-outer" : "right-outer") + " join not supported for stream-table join. Got " + sources + ".", "use INNER or LEFT JOIN", span);
      if (joins_on_non_key(*info.right_expression, right))
        return fail(ErrorCode::unsupported, "Invalid join condition: stream-table joins require to join on the table's primary key. Got " + condition + ".", "join on the table's key", span);
    }
    TRY_VOID(same_types());
    return false;
  }
  if (right.kind == SourceKind::stream)
    return fail(ErrorCode::unsupported, "Invalid join order: table-stream joins are not supported; only stream-table joins. Got " + sources + ".", "write the stream first: FROM stream JOIN table", span);
  if (joins_on_non_key(*info.right_expression, right))
    return fail(ErrorCode::unsupported, "Invalid join condition: table-table joins require to join on the primary key of the right input table. Got " + condition + ".", "join on the right table's key", span);
  if (!joins_on_non_key(*info.left_expression, left)) {
    TRY_VOID(same_types());
    return false;
  }
  if (info.type == JoinWord::outer || info.type == JoinWord::right)
    return fail(ErrorCode::unsupported, std::string("Invalid join type: ") + (info.type == JoinWord::outer ? "full-outer" : "right-outer") + " join not supported for foreign-key table-table join. Got " + sources + ".", "use INNER or LEFT JOIN", span);
  if (left.inner || right.inner)
    return fail(ErrorCode::unsupported, "Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. Got " + condition + ".", "do it in two steps", span);
  TRY_VOID(same_types());
  if (right.stage.step->windowed) return fail(ErrorCode::unsupported, "Foreign-key table-table joins are not supported on windowed tables.", "", span);
  return true;
}

Result<QueryPlanner::JoinSide> QueryPlanner::join(JoinSide left, JoinSide right, const JoinInfo& info, const std::string& prefix, bool last) {
  TRY(const bool foreign, verify_join(left, right, info));
  const auto span = info.clause->place.span;
  JoinSide out;
  out.inner = true;
  out.kind = left.kind == SourceKind::table && right.kind == SourceKind::table ? SourceKind::table : SourceKind::stream;
  out.sources = left.sources;
  out.sources.insert(out.sources.end(), right.sources.begin(), right.sources.end());
  // Which expressions equal the new key, and which columns may give it its name.
  const std::vector<ExpressionPtr> both{info.left_expression, info.right_expression};
  if (info.type != JoinWord::outer) {
    out.equivalent = both;
    if (contains(left.equivalent, *both[0]) || contains(left.equivalent, *both[1]))
      for (const auto& e : left.equivalent)
        if (!contains(out.equivalent, *e)) out.equivalent.push_back(e);
    auto candidates = left.viable;
    candidates.push_back(info.left_expression);
    candidates.push_back(info.right_expression);
    for (const auto& e : candidates)
      if (e->node == Node::column && contains(out.equivalent, *e) && !contains(out.viable, *e)) out.viable.push_back(e);
  }
  const auto left_alias = left.sources[0]->alias;
  const auto left_keys = left.stage.keys;
  const auto prepare = [&](JoinSide& side, const std::string& name) {
    if (side.inner) return;
    const auto& alias = side.sources[0]->alias;
    side.stage = prefixed(std::move(side.stage), alias, referenced_system_columns(alias), "PrependAlias" + prefix + name);
  };
  prepare(left, "Left");
  prepare(right, "Right");
  if (!foreign) {
    TRY_VOID(rekey(left, info.left_expression, prefix + "LeftSourceKeyed-SelectKey"));
    TRY_VOID(rekey(right, info.right_expression, prefix + "RightSourceKeyed-SelectKey"));
    if (left.partitions && right.partitions && *left.partitions != *right.partitions) {
      const auto& l = "`" + left_alias + "`";
      const auto r = "`" + right.sources[0]->alias + "`";
      return fail(ErrorCode::conflict, "Can't join " + l + " with " + r + " since the number of partitions don't match. " + l + " partitions = " + std::to_string(*left.partitions) + "; " + r +
                                           " partitions = " + std::to_string(*right.partitions) + ". Please repartition either one so that the number of partitions match.",
                  "CREATE STREAM ... WITH (PARTITIONS=" + std::to_string(*left.partitions) + ") AS SELECT ... repartitions one", span);
    }
  }
  out.partitions = right.partitions;
  auto step = std::make_shared<Step>();
  step->id = prefix + "Join";
  step->result = out.kind;
  step->windowed = left.stage.step->windowed;
  step->inputs = {left.stage.step, right.stage.step};
  step->join = info.type == JoinWord::inner ? JoinKind::inner : info.type == JoinWord::left ? JoinKind::left : info.type == JoinWord::right ? JoinKind::right : JoinKind::outer;
  const bool streams = left.kind == SourceKind::stream && right.kind == SourceKind::stream;
  const auto& within = info.clause->within;
  if (streams) {
    step->kind = StepKind::stream_stream_join;
    if (!within)
      return fail(ErrorCode::invalid_input, "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause with a stream-stream join, please visit: "
                                            "https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select", "add WITHIN 1 HOUR", span);
    step->before_ms = within->before.ms();
    step->after_ms = within->after.ms();
    if (within->grace) step->grace_ms = within->grace->ms();
  } else {
    const bool stream_table = left.kind == SourceKind::stream;
    step->kind = foreign ? StepKind::foreign_key_join : stream_table ? StepKind::stream_table_join : StepKind::table_table_join;
    if (within)
      return fail(ErrorCode::invalid_input, stream_table ? "A window definition was provided for a Stream-Table join. These joins are not windowed. Please drop the window definition (ie. the WITHIN clause) and try to execute your join again."
                                                         : "A window definition was provided for a Table-Table join. These joins are not windowed. Please drop the window definition (i.e. the WITHIN clause) and try to execute your Table-Table join again.",
                  "drop the WITHIN clause", span);
  }
  auto& stage = out.stage;
  // Columns of both sides.
  step->schema.value = left.stage.step->schema.value;
  stage.scope = left.stage.scope;
  const int offset = int(step->schema.value.size());
  step->schema.value.insert(step->schema.value.end(), right.stage.step->schema.value.begin(), right.stage.step->schema.value.end());
  for (auto c : right.stage.scope.columns) {
    if (c.ref.space != ColumnRef::Space::value) continue;
    c.ref.index += offset;
    stage.scope.columns.push_back(std::move(c));
  }
  std::erase_if(stage.scope.columns, [](const auto& c) { return c.ref.space == ColumnRef::Space::key; });
  stage.star_of = left.stage.star_of;
  stage.star_of.insert(right.stage.star_of.begin(), right.stage.star_of.end());
  for (const auto* s : out.sources) stage.star.insert(stage.star.end(), stage.star_of[s->alias].begin(), stage.star_of[s->alias].end());
  synthetic_key_.clear();
  foreign_key_left_.clear();
  foreign_key_left_keys_.clear();
  if (foreign) {
    Binder binder(left.stage.scope, context_.metastore);
    TRY(step->foreign_key, binder.bind_typed(internal(info.left_expression)));
    step->schema.key = left.stage.step->schema.key;
    stage.keys = left.stage.keys;
    foreign_key_left_ = left_alias;
    for (const auto& k : left_keys) foreign_key_left_keys_.push_back(k.name);
  } else {
    if (left.stage.keys.size() > 1) return fail(ErrorCode::unsupported, "JOINs are not supported with multiple key columns: " + column_list(left.stage.step->schema.key), "", span);
    const auto type = left.stage.keys[0].type;
    const auto &lw = left.sources[0]->source->window, &rw = right.sources[0]->source->window;
    // Formats with a registry are always keyed anew, since the same key may have been written with different schemas.
    if (lw && rw && !format::uses_registry(left.sources[0]->source->key_format.format) && (lw->kind != rw->kind || lw->size_ms != rw->size_ms))
      return fail(ErrorCode::unsupported, "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.", "both sides must have the same window", span);
    std::string name;
    if (out.viable.empty()) {
      std::vector<std::string> used;
      for (const auto* s : out.sources)
        for (const auto* part : {&s->source->schema.key, &s->source->schema.value})
          for (const auto& c : *part) used.push_back(c.name);
      name = AliasMaker(used).next("ROWKEY", true);
      synthetic_key_ = name;
    } else {
      auto chosen = out.viable[0];
      for (const auto& e : out.viable)
        if (projection_contains(*e)) { chosen = e; break; }
      name = chosen->qualifier + "_" + chosen->name;
    }
    FormatInfo any_format;
    any_format.format = format::Format::json;
    if (auto checked = check_key_format(any_format, {{name, type}}); !checked && checked.error().message.starts_with("Map keys")) {
      auto failed = checked.error();
      failed.where = span;
      return std::unexpected(std::move(failed));
    }
    const ScopeColumn key{name, type, {ColumnRef::Space::key, 0}};
    step->schema.key = {{name, type}};
    stage.keys = {key};
    if (!synthetic_key_.empty()) {
      stage.scope.columns.push_back(key);
      if (last) stage.star.insert(stage.star.begin(), name);
    }
  }
  join_keys_ = out.viable;
  stage.step = std::move(step);
  return out;
}

Result<Stage> QueryPlanner::join_sources() {
  std::vector<JoinInfo> infos;
  const auto* first = &named_.sources[0];
  const auto flip = [](JoinInfo info) {
    std::swap(info.left, info.right);
    std::swap(info.left_expression, info.right_expression);
    info.flipped = !info.flipped;
    return info;
  };
  for (std::size_t i = 0; i < q_.joins.size(); ++i) {
    TRY(auto info, join_info(q_.joins[i], named_.sources[i + 1]));
    infos.push_back(info.right == first ? flip(info) : info);
  }
  const auto has = [](const JoinSide& side, const NamedSource* s) { return std::ranges::find(side.sources, s) != side.sources.end(); };
  JoinSide root;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    auto info = infos[i];
    std::string prefix;
    for (std::size_t k = i + 1; k < infos.size(); ++k) prefix += "L_";
    if (i == 0) { TRY(root, leaf(*info.left, "KafkaTopic_" + prefix + "Left")); }
    if (has(root, info.right) && has(root, info.left))
      return fail(ErrorCode::invalid_input, "Cannot perform circular join - both `" + info.right->alias + "` and " + print(*info.left_expression) + " are already included in the current join tree", "", info.clause->place.span);
    if (!has(root, info.left)) {
      if (!has(root, info.right))
        return fail(ErrorCode::invalid_input, "Cannot build JOIN tree; neither source in the join is the FROM source or included in a previous JOIN: " + print(*info.clause->on), "", info.clause->place.span);
      info = flip(info);
    }
    TRY(auto right, leaf(*info.right, "KafkaTopic_" + prefix + "Right"));
    TRY(root, join(std::move(root), std::move(right), info, prefix, i + 1 == infos.size()));
  }
  return root.stage;
}

}  // namespace braid::sql
