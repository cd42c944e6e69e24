// Rules that concern the query as a whole, before any step is made: which sources go together, which columns exist, which clauses may meet.
#include <algorithm>

#include "sql/parser.h"
#include "sql/query_planner.h"

namespace braid::sql {

Result<void> QueryPlanner::check_sources() {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < named_.sources.size(); ++i) {
    const auto& name = named_.sources[i].source->name;
    if (!seen.insert(name).second) {
      const auto message = i > 1 ? "N-way joins do not support multiple occurrences of the same source. Source: '" + name + "'."
                                 : "Can not join '" + name + "' to '" + name + "': self joins are not yet supported.";
      return fail(ErrorCode::unsupported, message, "create a second stream or table over the same topic and join that", named_.sources[i].place.span);
    }
    for (const auto& c : named_.sources[i].source->schema.value)
      if (is_pseudo_column(c.name))
        return fail(ErrorCode::invalid_input, "Your stream/table has columns with the same name as newly introduced pseudocolumns in ksqlDB, and cannot be queried as a result. The conflicting names are: `" + c.name + "`.\n");
  }
  std::string kafka;
  for (const auto& s : named_.sources)
    if (s.source->value_format.format == format::Format::kafka) kafka += (kafka.empty() ? "" : ", ") + s.alias;
  if (!kafka.empty() && (named_.is_join() || q_.group_by))
    return fail(ErrorCode::unsupported, "Source(s) " + kafka + " are using the 'KAFKA' value format. This format does not yet support " + (named_.is_join() ? "JOIN" : "GROUP BY") +
                                            ".\nThe KAFKA format is primarily intended for use as a key format. It can be used as a value format, but can not be used in any operation that requires a repartition or changelog topic.",
                "make a stream with VALUE_FORMAT='JSON' out of it first");
  return {};
}

std::vector<std::string> QueryPlanner::sources_with(const Expression& column, bool after_aggregate) const {
  std::vector<std::string> out;
  for (const auto& s : named_.sources) {
    if (!column.qualifier.empty() && column.qualifier != s.alias) continue;
    if (source_has(*s.source, column.name) || (after_aggregate && q_.window && is_window_bound(column.name) && (column.qualifier.empty() || !named_.is_join()))) out.push_back(s.alias);
  }
  return out;
}

Result<std::set<std::string>> QueryPlanner::check_references(const Expression& e, std::string_view clause, bool after_aggregate) {
  std::set<std::string> used;
  std::optional<Error> failed;
  visit(e, [&](const Expression& n) {
    if (failed || n.node != Node::column) return;
    const auto owners = sources_with(n, after_aggregate);
    if (owners.size() == 1 || (owners.size() > 1 && !is_window_bound(n.name))) { used.insert(owners[0]); return; }
    if (owners.empty() && clause == "SELECT" && named_.is_join() && n.qualifier.empty() && n.name.starts_with("ROWKEY") && !q_.group_by) return;   // a join's own key
    const auto shown = named_.is_join() ? print(n) : print_identifier(n.name);
    std::vector<std::string> names;
    for (const auto& s : named_.sources) {
      for (const auto* part : {&s.source->schema.key, &s.source->schema.value})
        for (const auto& c : *part) names.push_back(c.name);
    }
    const auto near = closest(n.name, names);
    const auto what = clause == "PARTITION BY" ? "cannot be resolved. '" + shown + "' must be a column in the source schema since PARTITION BY is applied on the input." : std::string("cannot be resolved.");
    failed = fail(ErrorCode::invalid_input, place_prefix(n.place) + std::string(clause) + " column '" + shown + "' " + what,
                  near.empty() || near == n.name ? "DESCRIBE " + print_identifier(named_.sources[0].source->name) + " shows the columns" : "did you mean " + print_identifier(near) + "?", n.place.span).error();
  });
  if (failed) return std::unexpected(*std::move(failed));
  return used;
}

Result<void> QueryPlanner::check_columns() {
  if (q_.where) TRY_VOID(check_references(*q_.where, "WHERE", true));
  if (q_.group_by)
    for (const auto& g : *q_.group_by) TRY_VOID(check_references(*g, "GROUP BY", true));
  if (q_.partition_by)
    for (const auto& p : *q_.partition_by) TRY_VOID(check_references(*p, "PARTITION BY", true));
  if (q_.having) TRY_VOID(check_references(*q_.having, "HAVING", true));
  for (const auto& item : q_.items)
    if (item.expression) TRY_VOID(check_references(*item.expression, "SELECT", true));
  return {};
}

Result<void> QueryPlanner::check_select() {
  for (const auto& item : q_.items) {
    if (item.kind != SelectItem::Kind::single) continue;
    const auto& alias = *item.alias;
    auto upper = alias;
    for (auto& c : upper) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
    if (is_system_column(upper)) {
      const auto text = print(*item.expression);
      auto unqualified = text.substr(text.find('.') + 1);
      for (auto& c : unqualified) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
      if (unqualified != upper)
        return fail(ErrorCode::invalid_input, "`" + upper + "` is a reserved column name. You cannot use it as an alias for a column.", "choose another alias", item.place.span);
      if (target_.persistent())
        return fail(ErrorCode::invalid_input, "Reserved column name in select: `" + upper + "`. Please remove or alias the column.", "write " + text + " AS another_name", item.place.span);
    }
    std::string outer;
    std::optional<Error> failed;
    const Expression* in_case = nullptr;
    const std::function<void(const Expression&)> walk = [&](const Expression& e) {
      if (failed) return;
      const auto* outer_case = in_case;
      if (e.node == Node::searched_case || e.node == Node::simple_case) in_case = &e;
      const bool table_call = e.node == Node::call && function_kind(e.name, context_.metastore.functions()) == FunctionKind::table;
      if (table_call) {
        if (!outer.empty()) failed = fail(ErrorCode::invalid_input, "Table functions cannot be nested: " + outer + "(" + e.name + "())", "", e.place.span).error();
        else if (q_.group_by) failed = fail(ErrorCode::invalid_input, "Table functions cannot be used with aggregations.", "do it in two steps: first the table function, then GROUP BY", e.place.span).error();
        else if (in_case) failed = fail(ErrorCode::invalid_input, "Table functions cannot be used in CASE: " + print(*in_case), "", e.place.span).error();
        outer = e.name;
      }
      for (const auto& arg : e.args) walk(*arg);
      if (table_call) outer.clear();
      in_case = outer_case;
    };
    walk(*item.expression);
    if (failed) return std::unexpected(*std::move(failed));
  }
  return {};
}

Result<void> QueryPlanner::check_clauses() {
  if (q_.partition_by && q_.partition_by->empty())
    return fail(ErrorCode::invalid_input, "PARTITION BY requires at least one expression", "PARTITION BY column", q_.partition_by_place.span);
  if (q_.group_by) {
    if (q_.group_by->empty()) return fail(ErrorCode::invalid_input, "GROUP BY requires at least one expression", "GROUP BY column", q_.group_by_place.span);
    for (std::size_t i = 0; i < q_.group_by->size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (*(*q_.group_by)[i] == *(*q_.group_by)[j])
          return fail(ErrorCode::invalid_input, "Duplicate GROUP BY expression: " + print(*(*q_.group_by)[i]), "remove one of the two", (*q_.group_by)[i]->place.span);
  }
  if (q_.partition_by && q_.group_by) return fail(ErrorCode::invalid_input, "Only one of PARTITION BY and GROUP BY can be used in a query", "GROUP BY sets the key already", q_.partition_by_place.span);
  return {};
}

}  // namespace braid::sql
