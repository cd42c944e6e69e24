#include "sql/lineage.h"

#include <algorithm>
#include <map>

namespace braid::sql {
namespace {

struct Leaf {
  int source = 0;
  std::string column;
  bool condition = false;
  friend bool operator==(const Leaf&, const Leaf&) = default;
};

// A column of a step in terms of the sources' columns.
struct Made {
  std::string text;
  std::vector<Leaf> leaves;
  bool whole = false;          // exactly one source column (or a field of it), as it is
  bool aggregated = false;
  int rows_of = -1;            // counts rows of this source rather than reading a column
};

bool word_start(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '@'; }
bool word_part(char c) { return word_start(c) || (c >= '0' && c <= '9'); }

bool simple(std::string_view text) {   // needs no parentheses inside a larger expression
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
    if (c == ' ' && depth == 0) return false;
  }
  return true;
}

std::string unparenthesised(std::string text) {
  while (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) return text;
    }
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::string duration(std::int64_t ms) {
  static constexpr std::pair<std::int64_t, const char*> units[] = {{86'400'000, "day"}, {3'600'000, "hour"}, {60'000, "minute"}, {1'000, "second"}};
  for (const auto& [size, name] : units)
    if (ms >= size && ms % size == 0) return std::to_string(ms / size) + " " + name + (ms == size ? "" : "s");
  return std::to_string(ms) + " ms";
}

std::string window_text(const WindowSpec& w) {
  if (w.kind == WindowKind::session) return "sessions with gaps of " + duration(w.size_ms);
  return (w.kind == WindowKind::hopping ? "hopping windows of " : "windows of ") + duration(w.size_ms);
}

std::string_view join_text(JoinKind kind) {
  switch (kind) {
    case JoinKind::inner: return "join";
    case JoinKind::left: return "left join";
    case JoinKind::right: return "right join";
    case JoinKind::outer: return "full join";
  }
  return "join";
}

void add_leaves(std::vector<Leaf>& to, const std::vector<Leaf>& more, bool condition) {
  for (Leaf leaf : more) {
    leaf.condition = leaf.condition || condition;
    const auto same = std::ranges::find_if(to, [&](const Leaf& l) { return l.source == leaf.source && l.column == leaf.column; });
    if (same == to.end()) to.push_back(std::move(leaf));
    else same->condition = same->condition && leaf.condition;
  }
}

// What leaves a step.
struct Rows {
  std::vector<Made> key, value, headers;
  std::map<std::string, const Made*> by_name(const Schema& schema) const {
    std::map<std::string, const Made*> out;
    for (std::size_t i = 0; i < value.size() && i < schema.value.size(); ++i) out[schema.value[i].name] = &value[i];
    for (std::size_t i = 0; i < headers.size() && i < schema.headers.size(); ++i) out[schema.headers[i].name] = &headers[i];
    for (std::size_t i = 0; i < key.size() && i < schema.key.size(); ++i) out.try_emplace(schema.key[i].name, &key[i]);
    return out;
  }
  Made rowtime, window_start, window_end;
};

class Tracer {
 public:
  PlanLineage run(const Step& root) {
    count_names(root);
    const Rows rows = trace(root);
    out_.sink = root.kind == StepKind::sink ? root.sink : "";
    out_.sink_topic = root.kind == StepKind::sink ? root.topic : "";
    out_.keys = root.schema.key;
    out_.values = root.schema.value;
    std::vector<ColumnFlow> values;
    // A transient query has its key among the values already.
    if (root.kind == StepKind::sink)
      for (std::size_t i = 0; i < rows.key.size() && i < root.schema.key.size(); ++i) flows_into(root.schema.key[i].name, rows.key[i], values);
    for (std::size_t i = 0; i < rows.value.size() && i < root.schema.value.size(); ++i) flows_into(root.schema.value[i].name, rows.value[i], values);
    values.insert(values.end(), deciding_.begin(), deciding_.end());
    out_.flows = std::move(values);
    if (out_.sketch.empty()) out_.sketch = "select";
    return std::move(out_);
  }

 private:
  // Names that more than one source has are shown with the source in front.
  void count_names(const Step& step) {
    if (step.kind == StepKind::source)
      for (const auto* part : {&step.schema.key, &step.schema.value})
        for (const auto& f : *part) ++names_[f.name];
    for (const auto& input : step.inputs) count_names(*input);
  }

  void sketch(std::string word) {
    if (std::ranges::find(done_, word) != done_.end()) return;
    out_.sketch += (out_.sketch.empty() ? "" : ", ") + word;
    done_.push_back(std::move(word));
  }

  void flows_into(const std::string& to, const Made& made, std::vector<ColumnFlow>& flows) const {
    for (const auto& leaf : made.leaves) {
      ColumnFlow f{leaf.source, leaf.column, to, How::computed, {}, made.aggregated, leaf.condition};
      if (made.whole) f.how = leaf.column == to ? How::unchanged : How::renamed;
      else f.text = unparenthesised(made.text);
      if (std::ranges::find(flows, f) == flows.end()) flows.push_back(std::move(f));
    }
    if (made.leaves.empty() && made.rows_of >= 0) flows.push_back({made.rows_of, "", to, How::computed, made.text, made.aggregated, false});
  }

  void decides(const std::vector<Leaf>& leaves, How how, const std::string& text) {
    for (const auto& leaf : leaves) {
      ColumnFlow f{leaf.source, leaf.column, "", how, text, false, leaf.condition};
      if (std::ranges::find(deciding_, f) == deciding_.end()) deciding_.push_back(std::move(f));
    }
  }

  Rows trace(const Step& step) {
    switch (step.kind) {
      case StepKind::source: return source(step);
      case StepKind::filter: return filter(step);
      case StepKind::project: return project(step);
      case StepKind::flat_map: return flat_map(step);
      case StepKind::select_key: return select_key(step);
      case StepKind::group: return group(step);
      case StepKind::aggregate: return aggregate(step);
      case StepKind::stream_stream_join:
      case StepKind::stream_table_join:
      case StepKind::table_table_join:
      case StepKind::foreign_key_join: return join(step);
      case StepKind::sink: return trace(*step.inputs[0]);
    }
    return {};
  }

  Rows source(const Step& step) {
    const int at = int(out_.sources.size());
    out_.sources.push_back({step.source, step.topic, step.result});
    const auto column = [&](const std::string& name) {
      Made m;
      m.text = names_[name] > 1 ? step.source + "." + name : name;
      m.leaves.push_back({at, name, false});
      m.whole = true;
      return m;
    };
    Rows rows;
    for (const auto& f : step.schema.key) rows.key.push_back(column(f.name));
    for (const auto& f : step.schema.value) rows.value.push_back(column(f.name));
    for (const auto& h : step.schema.headers) rows.headers.push_back(column(h.name));
    rows.rowtime = column("ROWTIME");
    if (step.windowed) rows.window_start = column("WINDOWSTART"), rows.window_end = column("WINDOWEND");
    return rows;
  }

  Rows filter(const Step& step) {
    Rows rows = trace(*step.inputs[0]);
    const Schema& schema = step.inputs[0]->schema;
    for (const auto& part : conjuncts(step.condition)) decides(made(*part, rows, schema).leaves, How::filtered, phrase(*part, rows, schema));
    sketch("filter");
    return rows;
  }

  Rows project(const Step& step) {
    const Rows in = trace(*step.inputs[0]);
    Rows rows;
    rows.rowtime = in.rowtime, rows.window_start = in.window_start, rows.window_end = in.window_end, rows.headers = in.headers;
    for (const int k : step.keep_keys)
      if (std::size_t(k) < in.key.size()) rows.key.push_back(in.key[std::size_t(k)]);
    for (const auto& c : step.columns) rows.value.push_back(made(*c.expression, in, step.inputs[0]->schema));
    return rows;
  }

  Rows flat_map(const Step& step) {
    Rows rows = trace(*step.inputs[0]);
    const Rows in = rows;
    for (const auto& call : step.table_functions) {
      Made m = call_of(call.function->name, call.arguments, in, step.inputs[0]->schema);
      rows.value.push_back(std::move(m));
    }
    sketch("explode");
    return rows;
  }

  Rows select_key(const Step& step) {
    const Rows in = trace(*step.inputs[0]);
    Rows rows = in;
    rows.key.clear();
    for (const auto& k : step.new_keys) rows.key.push_back(made(*k.expression, in, step.inputs[0]->schema));
    if (step.id.starts_with("PartitionBy")) sketch("partition by");
    return rows;
  }

  Rows group(const Step& step) {
    const Rows in = trace(*step.inputs[0]);
    Rows rows = in;
    rows.key.clear();
    std::string names;
    std::vector<Leaf> leaves;
    for (const auto& k : step.new_keys) {
      rows.key.push_back(made(*k.expression, in, step.inputs[0]->schema));
      names += (names.empty() ? "" : ", ") + unparenthesised(rows.key.back().text);
      add_leaves(leaves, rows.key.back().leaves, false);
    }
    decides(leaves, How::grouped, "grouped by " + names);
    return rows;
  }

  Rows aggregate(const Step& step) {
    const Rows in = trace(*step.inputs[0]);
    const Schema& schema = step.inputs[0]->schema;
    Rows rows;
    rows.key = in.key;
    rows.rowtime = in.rowtime;
    for (const auto& p : step.passed) rows.value.push_back(made(*p.expression, in, schema));
    for (const auto& call : step.aggregates) {
      Made m = call_of(call.function->name, call.arguments, in, schema);
      m.aggregated = true;
      m.whole = false;
      // COUNT(*) is bound to nothing, or to the record's time: it counts rows.
      const bool rows_only = std::ranges::all_of(call.arguments, [](const BoundPtr& a) { return a->op == Op::literal || (a->op == Op::column && a->column.space == ColumnRef::Space::rowtime); });
      if (call.function->name == "COUNT" && rows_only) {
        m.text = "COUNT(*)";
        m.leaves.clear();
      }
      if (m.leaves.empty() && !out_.sources.empty()) m.rows_of = int(out_.sources.size()) - 1;
      rows.value.push_back(std::move(m));
    }
    std::string how = "group";
    if (step.window) {
      const std::string text = window_text(*step.window);
      rows.window_start = in.rowtime, rows.window_end = in.rowtime;
      for (auto* bound : {&rows.window_start, &rows.window_end}) bound->whole = false, bound->aggregated = true;
      rows.window_start.text = "start of " + text;
      rows.window_end.text = "end of " + text;
      how += " by " + (step.window->kind == WindowKind::session ? "session" : duration(step.window->size_ms));
    }
    sketch(how);
    return rows;
  }

  Rows join(const Step& step) {
    const Rows left = trace(*step.inputs[0]);
    const Rows right = trace(*step.inputs[1]);
    Rows rows;
    rows.value = left.value;
    rows.value.insert(rows.value.end(), right.value.begin(), right.value.end());
    rows.rowtime = left.rowtime, rows.window_start = left.window_start, rows.window_end = left.window_end;
    Made on_left, on_right;
    if (step.kind == StepKind::foreign_key_join) {
      rows.key = left.key;
      on_left = made(*step.foreign_key, left, step.inputs[0]->schema);
      if (!right.key.empty()) on_right = right.key[0];
    } else {
      if (!left.key.empty()) on_left = left.key[0];
      if (!right.key.empty()) on_right = right.key[0];
      rows.key.push_back(key_of(step, left, right, on_left, on_right));
    }
    const std::string text = std::string(join_text(step.join)) + " on " + unparenthesised(on_left.text) + " = " + unparenthesised(on_right.text);
    decides(on_left.leaves, How::joined, text);
    decides(on_right.leaves, How::joined, text);
    sketch(std::string(join_text(step.join)));
    return rows;
  }

  // The key of a join is named after the column that the projection takes it from; both sides are equal where both are there.
  Made key_of(const Step& step, const Rows& left, const Rows& right, const Made& on_left, const Made& on_right) const {
    const std::string& name = step.schema.key.empty() ? std::string() : step.schema.key[0].name;
    if (step.join != JoinKind::outer)
      for (const auto& [rows, input] : {std::pair(&left, step.inputs[0].get()), std::pair(&right, step.inputs[1].get())}) {
        const auto names = rows->by_name(input->schema);
        if (const auto it = names.find(name); it != names.end()) return *it->second;
      }
    Made both = on_left;
    add_leaves(both.leaves, on_right.leaves, false);
    both.whole = false;
    if (both.text != on_right.text) both.text += " or " + on_right.text;
    return both;
  }

  Made call_of(const std::string& name, const std::vector<BoundPtr>& arguments, const Rows& in, const Schema& schema) {
    Made m;
    std::string list;
    for (const auto& a : arguments) {
      const Made part = made(*stripped(a), in, schema);
      list += (list.empty() ? "" : ", ") + unparenthesised(part.text);
      add_leaves(m.leaves, part.leaves, false);
      m.aggregated = m.aggregated || part.aggregated;
    }
    m.text = name + "(" + list + ")";
    return m;
  }

  static const Made& at(const std::vector<Made>& list, int index) {
    static const Made nothing;
    return index >= 0 && std::size_t(index) < list.size() ? list[std::size_t(index)] : nothing;
  }

  Made column(const ColumnRef& ref, const Rows& in) const {
    switch (ref.space) {
      case ColumnRef::Space::key: return at(in.key, ref.index);
      case ColumnRef::Space::value: return at(in.value, ref.index);
      case ColumnRef::Space::header: return at(in.headers, ref.index);
      case ColumnRef::Space::windowstart: return in.window_start;
      case ColumnRef::Space::windowend: return in.window_end;
      case ColumnRef::Space::rowtime: return in.rowtime;
      case ColumnRef::Space::rowpartition: return pseudo(in, "ROWPARTITION");
      case ColumnRef::Space::rowoffset: return pseudo(in, "ROWOFFSET");
    }
    return {};
  }
  static Made pseudo(const Rows& in, const char* name) {
    Made m = in.rowtime;
    for (auto& leaf : m.leaves) leaf.column = name;
    m.text = name;
    return m;
  }

  // Conversions that nobody wrote say nothing to a reader.
  static const BoundPtr& stripped(const BoundPtr& e) { return e->op == Op::cast && e->args.size() == 1 && e->args[0]->op != Op::literal ? stripped(e->args[0]) : e; }

  void gather(const BoundExpression& e, const Rows& in, const Schema& schema, bool condition, Made& into) {
    if (e.op == Op::column) {
      const Made c = column(e.column, in);
      add_leaves(into.leaves, c.leaves, condition);
      into.aggregated = into.aggregated || c.aggregated;
      if (c.rows_of >= 0) into.rows_of = c.rows_of;
      return;
    }
    if (e.op == Op::field) {
      const Made whole = made(e, in, schema);
      if (whole.whole) return add_leaves(into.leaves, whole.leaves, condition);
    }
    for (std::size_t i = 0; i < e.args.size(); ++i) {
      if (!e.args[i]) continue;
      const bool when = e.op == Op::case_ && i % 2 == 0 && i + 1 < e.args.size();
      gather(*e.args[i], in, schema, condition || when, into);
    }
    for (const auto& lambda : e.lambdas)
      if (lambda.body) gather(*lambda.body, in, schema, condition, into);
  }

  Made made(const BoundExpression& e, const Rows& in, const Schema& schema) {
    if (e.op == Op::column) return column(e.column, in);
    if (e.op == Op::call && e.function && e.function->name == "AS_VALUE" && e.args.size() == 1) return made(*e.args[0], in, schema);
    if (e.op == Op::field && e.args.size() == 1) {
      Made base = made(*e.args[0], in, schema);
      const auto& fields = e.args[0]->type.is(data::Kind::struct_) ? e.args[0]->type.fields() : no_fields();
      if (base.whole && base.leaves.size() == 1 && e.index >= 0 && std::size_t(e.index) < fields.size()) {
        base.leaves[0].column += "->" + fields[std::size_t(e.index)].name;
        base.text += "->" + fields[std::size_t(e.index)].name;
        return base;
      }
    }
    Made m;
    gather(e, in, schema, false, m);
    m.text = in_source_words(e.text, in, schema);
    return m;
  }
  static const std::vector<Field>& no_fields() {
    static const std::vector<Field> none;
    return none;
  }

  // The expression's own text with the columns of the step in the words of the sources.
  std::string in_source_words(const std::string& text, const Rows& in, const Schema& schema) const {
    const auto names = in.by_name(schema);
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      if (c == '\'') {   // a text literal; '' inside it is a quote
        std::size_t end = i + 1;
        while (end < text.size() && (text[end] != '\'' || (end + 1 < text.size() && text[end + 1] == '\''))) end += text[end] == '\'' ? 2 : 1;
        out += text.substr(i, end + 1 - i);
        i = end + 1;
        continue;
      }
      const bool quoted = c == '`';
      if (!quoted && !word_start(c)) {
        out += c;
        ++i;
        continue;
      }
      std::size_t end = i + 1;
      if (quoted) {
        while (end < text.size() && text[end] != '`') ++end;
      } else {
        while (end < text.size() && word_part(text[end])) ++end;
      }
      const std::string name = quoted ? text.substr(i + 1, end - i - 1) : text.substr(i, end - i);
      if (quoted) end = std::min(end + 1, text.size());
      const bool is_field = out.ends_with("->"), is_call = end < text.size() && text[end] == '(';
      const auto it = names.find(name);
      if (is_field || is_call || it == names.end()) out += text.substr(i, end - i);
      else out += simple(it->second->text) ? it->second->text : "(" + it->second->text + ")";
      i = end;
    }
    return out;
  }

  static void split(const BoundPtr& e, std::vector<BoundPtr>& out) {
    if (e->op == Op::and_)
      for (const auto& a : e->args) split(a, out);
    else out.push_back(e);
  }
  static std::vector<BoundPtr> conjuncts(const BoundPtr& e) {
    std::vector<BoundPtr> out;
    if (e) split(e, out);
    return out;
  }

  // "PRICE over 500"; what has no such form is said as it was written.
  std::string phrase(const BoundExpression& e, const Rows& in, const Schema& schema) {
    const auto text_of = [&](const BoundPtr& a) { return unparenthesised(made(*stripped(a), in, schema).text); };
    const auto constant = [&](const BoundPtr& a) { return made(*a, in, schema).leaves.empty() && made(*a, in, schema).rows_of < 0; };
    switch (e.op) {
      case Op::eq: case Op::ne: case Op::lt: case Op::le: case Op::gt: case Op::ge: {
        auto op = e.op;
        BoundPtr a = e.args[0], b = e.args[1];
        if (constant(a) && !constant(b)) {
          std::swap(a, b);
          op = op == Op::lt ? Op::gt : op == Op::le ? Op::ge : op == Op::gt ? Op::lt : op == Op::ge ? Op::le : op;
        }
        if (!constant(b)) break;
        const std::string_view word = op == Op::eq ? " is " : op == Op::ne ? " is not " : op == Op::lt ? " under " : op == Op::le ? " at most " : op == Op::gt ? " over " : " at least ";
        return text_of(a) + std::string(word) + text_of(b);
      }
      case Op::is_null: return text_of(e.args[0]) + " is missing";
      case Op::is_not_null: return text_of(e.args[0]) + " is there";
      case Op::between: return text_of(e.args[0]) + " between " + text_of(e.args[1]) + " and " + text_of(e.args[2]);
      case Op::like: return text_of(e.args[0]) + " like " + text_of(e.args[1]);
      case Op::in: {
        std::string list;
        for (std::size_t i = 1; i < e.args.size(); ++i) list += (i > 1 ? ", " : "") + text_of(e.args[i]);
        return text_of(e.args[0]) + " one of " + list;
      }
      case Op::not_: return "not (" + phrase(*e.args[0], in, schema) + ")";
      default: break;
    }
    return unparenthesised(in_source_words(e.text, in, schema));
  }

  PlanLineage out_;
  std::vector<ColumnFlow> deciding_;
  std::vector<std::string> done_;
  std::map<std::string, int> names_;
};

}  // namespace

std::string_view name_of(How how) {
  switch (how) {
    case How::unchanged: return "unchanged";
    case How::renamed: return "renamed";
    case How::computed: return "computed";
    case How::filtered: return "filtered";
    case How::joined: return "joined";
    case How::grouped: return "grouped";
  }
  return "";
}

PlanLineage lineage_of(const Step& root) { return Tracer().run(root); }

}  // namespace braid::sql
