#include "api/editor/plan_json.h"

#include <algorithm>

namespace braid::api {
namespace {

using sql::Step;
using sql::StepKind;

void number(const Step& step, std::map<const Step*, int>& ids, std::vector<const Step*>& order) {
  for (const auto& input : step.inputs) number(*input, ids, order);
  if (ids.emplace(&step, int(ids.size())).second) order.push_back(&step);
}

bool aggregates_below(const Step& step) {
  if (step.kind == StepKind::aggregate) return true;
  return std::ranges::any_of(step.inputs, [](const auto& input) { return aggregates_below(*input); });
}

std::string without_parentheses(std::string text) {
  while (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) return text;       // the first parenthesis ends before the last one
    }
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::string names(const std::vector<sql::NamedExpression>& columns) {
  std::string out;
  for (const auto& c : columns) out += (out.empty() ? "" : ", ") + c.name;
  return out;
}

std::string duration(std::int64_t ms) {
  const std::pair<std::int64_t, const char*> units[] = {{86'400'000, " d"}, {3'600'000, " h"}, {60'000, " min"}, {1'000, " s"}, {1, " ms"}};
  for (const auto& [size, unit] : units)
    if (ms >= size && ms % size == 0) return std::to_string(ms / size) + unit;
  return "0 ms";
}

std::string window_text(const sql::WindowSpec& w) {
  if (w.kind == sql::WindowKind::session) return "sessions with gaps of " + duration(w.size_ms);
  std::string out = "windows of " + duration(w.size_ms);
  if (w.kind == sql::WindowKind::hopping) out += " every " + duration(w.advance_ms);
  return out;
}

// The sources that a step reads from, by name: to tell which JOIN of the text made it.
void sources_of(const Step& step, std::vector<std::string>& out) {
  if (step.kind == StepKind::source) out.push_back(step.source);
  for (const auto& input : step.inputs) sources_of(*input, out);
}

struct Described {
  std::string title;
  std::optional<SourceSpan> span;
};

SourceSpan joined(const SourceSpan& a, const SourceSpan& b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

std::optional<SourceSpan> span_of(const std::optional<std::vector<sql::Part>>& parts, const sql::Place& place) {
  if (!parts || parts->empty()) return std::nullopt;
  SourceSpan out = place.span.end > place.span.begin ? place.span : (*parts)[0]->place.span;
  for (const auto& part : *parts)
    if (part) out = joined(out, part->place.span);
  return out;
}

Described describe_join(const Step& step, const sql::Query* query) {
  Described out{step.join == sql::JoinKind::inner ? "join" : step.join == sql::JoinKind::left ? "left join" : step.join == sql::JoinKind::right ? "right join" : "outer join", {}};
  if (!query || step.inputs.size() != 2) return out;
  std::vector<std::string> right;
  sources_of(*step.inputs[1], right);
  for (const auto& clause : query->joins) {
    if (right.empty() || right.back() != clause.right.source) continue;
    out.title += " " + clause.right.source + (clause.on ? " on " + without_parentheses(sql::print(*clause.on)) : "");
    out.span = clause.on ? joined(clause.right.place.span, clause.on->place.span) : clause.right.place.span;
  }
  return out;
}

Described describe(const Step& step, const sql::Query* query) {
  switch (step.kind) {
    case StepKind::source: {
      Described out{"read " + step.source, {}};
      if (query && query->from.source == step.source) out.span = query->from.place.span;
      if (query)
        for (const auto& j : query->joins)
          if (j.right.source == step.source) out.span = j.right.place.span;
      return out;
    }
    case StepKind::filter: {
      const bool having = step.result == sql::SourceKind::table && aggregates_below(step);
      const sql::Part* part = query ? (having ? &query->having : &query->where) : nullptr;
      if (part && *part) return {"filter " + without_parentheses(sql::print(**part)), (*part)->place.span};
      return {"filter " + (step.condition ? without_parentheses(step.condition->text) : ""), {}};
    }
    case StepKind::project: {
      Described out{"select " + names(step.columns), {}};
      if (query && !query->items.empty()) out.span = joined(query->items.front().place.span, query->items.back().place.span);
      return out;
    }
    case StepKind::flat_map: return {"one row per element", {}};
    case StepKind::select_key: return {"key by " + names(step.new_keys), query ? span_of(query->partition_by, query->partition_by_place) : std::nullopt};
    case StepKind::group: return {"group by " + names(step.new_keys), query ? span_of(query->group_by, query->group_by_place) : std::nullopt};
    case StepKind::aggregate: {
      std::string calls;
      for (const auto& a : step.aggregates) calls += (calls.empty() ? "" : ", ") + a.function->name;
      Described out{calls.empty() ? "aggregate" : calls, {}};
      if (step.window) out.title += " in " + window_text(*step.window);
      if (step.emit_final) out.title += ", final results only";
      if (query && query->window) out.span = query->window->place.span;
      return out;
    }
    case StepKind::stream_stream_join: case StepKind::stream_table_join: case StepKind::table_table_join: case StepKind::foreign_key_join: return describe_join(step, query);
    case StepKind::sink: return {"write " + step.sink, {}};
  }
  return {};
}

}  // namespace

std::string_view name_of(sql::StepKind kind) {
  switch (kind) {
    case StepKind::source: return "source";
    case StepKind::filter: return "filter";
    case StepKind::project: return "project";
    case StepKind::flat_map: return "flat_map";
    case StepKind::select_key: return "key";
    case StepKind::group: return "group";
    case StepKind::aggregate: return "aggregate";
    case StepKind::stream_stream_join: case StepKind::stream_table_join: case StepKind::table_table_join: case StepKind::foreign_key_join: return "join";
    case StepKind::sink: return "sink";
  }
  return "step";
}

const sql::Query* query_of(const sql::Statement& statement) {
  if (const auto* q = std::get_if<sql::Query>(&statement.tree)) return q;
  if (const auto* c = std::get_if<sql::CreateAs>(&statement.tree)) return &c->query;
  if (const auto* i = std::get_if<sql::InsertInto>(&statement.tree)) return &i->query;
  return nullptr;
}

std::map<const sql::Step*, int> step_ids(const sql::Step& root) {
  std::map<const Step*, int> ids;
  std::vector<const Step*> order;
  number(root, ids, order);
  return ids;
}

json::object plan_json(const sql::Step& root, const sql::Query* query) {
  std::map<const Step*, int> ids;
  std::vector<const Step*> order;
  number(root, ids, order);
  json::array steps;
  for (const Step* step : order) {
    json::array inputs;
    for (const auto& input : step->inputs) inputs.push_back(ids.at(input.get()));
    const Described described = describe(*step, query);
    json::object one{{"id", ids.at(step)}, {"kind", name_of(step->kind)}, {"title", described.title}, {"inputs", std::move(inputs)}, {"begin", nullptr}, {"end", nullptr}};
    if (described.span) {
      one["begin"] = described.span->begin;
      one["end"] = described.span->end;
    }
    steps.push_back(std::move(one));
  }
  return {{"steps", std::move(steps)}};
}

}  // namespace braid::api
