// Canonical texts of trees, and walks over expressions.
#include <algorithm>

#include "sql/ast.h"
#include "sql/lexer.h"

namespace braid::sql {
namespace {

std::string joined(const std::vector<Part>& parts, std::string_view between = ", ") {
  std::string out;
  for (const auto& p : parts) out += (out.empty() ? "" : std::string(between)) + print(*p);
  return out;
}
std::string arguments(const std::vector<ExpressionPtr>& args, std::size_t from = 0) {
  std::string out;
  for (std::size_t i = from; i < args.size(); ++i) out += (i == from ? "" : ", ") + print(*args[i]);
  return out;
}
std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}
std::string print(const Duration& d) { return std::to_string(d.amount) + " " + d.unit; }

std::string print(const Properties& properties) {
  std::string out;
  for (const auto& p : properties)
    out += (out.empty() ? "" : ", ") + print_identifier(p.name) + "=" + (p.variable ? std::get<std::string>(p.value.rep()) : print_literal(p.value));
  return out;
}
std::string with_clause(const Properties& properties) { return properties.empty() ? "" : " WITH (" + print(properties) + ")"; }

std::string print(const ColumnElement& c) {
  auto out = print_identifier(c.name) + " " + print(c.type);
  switch (c.role) {
    case ColumnRole::value: break;
    case ColumnRole::key: out += " KEY"; break;
    case ColumnRole::primary_key: out += " PRIMARY KEY"; break;
    case ColumnRole::headers: out += " HEADERS"; break;
    case ColumnRole::header: out += " HEADER(" + quoted_text(c.header_key) + ")"; break;
  }
  return out;
}

std::string print_case(const Expression& e) {
  std::string out = "(CASE";
  std::size_t i = 0;
  if (e.node == Node::simple_case) out += " " + print(*e.args[i++]);
  const auto end = e.args.size() - (e.has_else ? 1 : 0);
  for (; i + 1 < end; i += 2) out += " WHEN " + print(*e.args[i]) + " THEN " + print(*e.args[i + 1]);
  if (e.has_else) out += " ELSE " + print(*e.args.back());
  return out + " END)";
}

std::string print(const WindowClause& w) {
  static constexpr std::string_view names[] = {"TUMBLING", "HOPPING", "SESSION"};
  std::string out = " " + (w.name.empty() ? "" : print_identifier(w.name) + " ") + std::string(names[int(w.kind)]) + " ( ";
  out += (w.kind == WindowKind::session ? "" : "SIZE ") + print(w.size);
  if (w.advance) out += " , ADVANCE BY " + print(*w.advance);
  if (w.retention) out += " , RETENTION " + print(*w.retention);
  if (w.grace) out += " , GRACE PERIOD " + print(*w.grace);
  return out + " ) ";
}

std::string print(const AliasedSource& s) { return print_identifier(s.source) + " " + print_identifier(s.alias); }

std::string print(const JoinClause& j) {
  std::string out = "\n" + std::string(join_word_text(j.type)) + " JOIN " + print(j.right);
  if (j.within) {
    out += " WITHIN " + (j.within->asymmetric ? "(" + print(j.within->before) + ", " + print(j.within->after) + ")" : print(j.within->before));
    if (j.within->grace) out += " GRACE PERIOD " + print(*j.within->grace);
  }
  return out + " ON (" + print(*j.on) + ")";
}

std::string print(const SelectItem& item) {
  switch (item.kind) {
    case SelectItem::Kind::all: return "*";
    case SelectItem::Kind::all_of: return print_identifier(item.source) + ".*";
    case SelectItem::Kind::all_fields: return print(*item.expression) + "->*";
    case SelectItem::Kind::single: break;
  }
  return print(*item.expression) + (item.alias ? " " + print_identifier(*item.alias) : "");
}

std::string group_text(const std::vector<Part>& parts, bool parenthesised) {
  return parenthesised ? "(" + joined(parts) + ")" : joined(parts);
}

std::string print_create(const CreateSource& c, std::string_view verb) {
  std::string out(verb);
  if (c.or_replace) out += "OR REPLACE ";
  if (c.is_source) out += "SOURCE ";
  out += c.kind == SourceKind::table ? "TABLE " : "STREAM ";
  if (c.if_not_exists) out += "IF NOT EXISTS ";
  out += print_identifier(c.name);
  if (c.has_columns) {
    std::string columns;
    for (const auto& e : c.columns) columns += (columns.empty() ? "" : ", ") + print(e);
    out += " (" + columns + ")";
  }
  return out + with_clause(c.with);
}

std::string print_values(const InsertValues& v, std::string_view keyword) {
  std::string out = print_identifier(v.name);
  if (!v.columns.empty()) {
    std::string columns;
    for (const auto& c : v.columns) columns += (columns.empty() ? "" : ", ") + print_identifier(c);
    out += " (" + columns + ")";
  }
  return out + " " + std::string(keyword) + " (" + joined(v.values) + ")";
}

std::string_view show_text(ShowWhat what) {
  switch (what) {
    case ShowWhat::properties: return "PROPERTIES";
    case ShowWhat::topics: return "TOPICS";
    case ShowWhat::all_topics: return "ALL TOPICS";
    case ShowWhat::streams: return "STREAMS";
    case ShowWhat::tables: return "TABLES";
    case ShowWhat::queries: return "QUERIES";
    case ShowWhat::functions: return "FUNCTIONS";
    case ShowWhat::connectors: return "CONNECTORS";
    case ShowWhat::source_connectors: return "SOURCE CONNECTORS";
    case ShowWhat::sink_connectors: return "SINK CONNECTORS";
    case ShowWhat::connector_plugins: return "CONNECTOR PLUGINS";
    case ShowWhat::types: return "TYPES";
    case ShowWhat::variables: return "VARIABLES";
  }
  return "";
}
std::string kind_text(SourceKind kind) { return kind == SourceKind::table ? "TABLE " : "STREAM "; }

struct StatementPrinter {
  std::string operator()(const Query& q) const { return print(q); }
  std::string operator()(const CreateSource& c) const { return print_create(c, "CREATE "); }
  std::string operator()(const CreateAs& c) const {
    return "CREATE " + std::string(c.or_replace ? "OR REPLACE " : "") + kind_text(c.kind) + (c.if_not_exists ? "IF NOT EXISTS " : "") + print_identifier(c.name) +
           with_clause(c.with) + " AS " + print(c.query);
  }
  std::string operator()(const InsertInto& i) const { return "INSERT INTO " + print_identifier(i.name) + with_clause(i.with) + " " + print(i.query); }
  std::string operator()(const InsertValues& v) const { return "INSERT INTO " + print_values(v, "VALUES"); }
  std::string operator()(const AlterSource& a) const {
    std::string columns;
    for (const auto& c : a.added) columns += (columns.empty() ? "" : ", ") + ("ADD COLUMN " + print(c));
    return "ALTER " + kind_text(a.kind) + print_identifier(a.name) + " " + columns;
  }
  std::string operator()(const DropSource& d) const {
    return "DROP " + kind_text(d.kind) + (d.if_exists ? "IF EXISTS " : "") + print_identifier(d.name) + (d.delete_topic ? " DELETE TOPIC" : "");
  }
  std::string operator()(const CreateType& t) const {
    return "CREATE TYPE " + std::string(t.if_not_exists ? "IF NOT EXISTS " : "") + print_identifier(t.name) + " AS " + print(t.type);
  }
  std::string operator()(const DropType& t) const { return "DROP TYPE " + std::string(t.if_exists ? "IF EXISTS " : "") + print_identifier(t.name); }
  std::string operator()(const Show& s) const { return "SHOW " + std::string(show_text(s.what)) + (s.extended ? " EXTENDED" : ""); }
  std::string operator()(const Describe& d) const {
    switch (d.what) {
      case DescribeWhat::streams: return std::string("DESCRIBE STREAMS") + (d.extended ? " EXTENDED" : "");
      case DescribeWhat::tables: return std::string("DESCRIBE TABLES") + (d.extended ? " EXTENDED" : "");
      case DescribeWhat::function: return "DESCRIBE FUNCTION " + print_identifier(d.name);
      case DescribeWhat::connector: return "DESCRIBE CONNECTOR " + print_identifier(d.name);
      case DescribeWhat::source: break;
    }
    return "DESCRIBE " + print_identifier(d.name) + (d.extended ? " EXTENDED" : "");
  }
  std::string operator()(const Print& p) const {
    return "PRINT " + quoted_text(p.topic) + (p.from_beginning ? " FROM BEGINNING" : "") + (p.interval ? " INTERVAL " + std::to_string(*p.interval) : "") +
           (p.limit ? " LIMIT " + std::to_string(*p.limit) : "");
  }
  std::string operator()(const ControlQuery& c) const {
    static constexpr std::string_view words[] = {"TERMINATE ", "PAUSE ", "RESUME "};
    return std::string(words[int(c.action)]) + (c.query ? print_identifier(*c.query) : "ALL");
  }
  std::string operator()(const SetProperty& p) const { return (p.system ? "ALTER SYSTEM " : "SET ") + quoted_text(p.name) + "=" + quoted_text(p.value); }
  std::string operator()(const UnsetProperty& p) const { return "UNSET " + quoted_text(p.name); }
  std::string operator()(const DefineVariable& d) const { return "DEFINE " + print_identifier(d.name) + "=" + quoted_text(d.value); }
  std::string operator()(const UndefineVariable& u) const { return "UNDEFINE " + print_identifier(u.name); }
  std::string operator()(const CreateConnector& c) const {
    return std::string("CREATE ") + (c.sink ? "SINK" : "SOURCE") + " CONNECTOR " + (c.if_not_exists ? "IF NOT EXISTS " : "") + print_identifier(c.name) + with_clause(c.with);
  }
  std::string operator()(const DropConnector& c) const { return "DROP CONNECTOR " + std::string(c.if_exists ? "IF EXISTS " : "") + print_identifier(c.name); }
  std::string operator()(const AssertTopic& a) const {
    return std::string("ASSERT ") + (a.exists ? "" : "NOT EXISTS ") + "TOPIC " + quoted_text(a.topic) + with_clause(a.with) + (a.timeout ? " TIMEOUT " + print(*a.timeout) : "");
  }
  std::string operator()(const AssertSchema& a) const {
    return std::string("ASSERT ") + (a.exists ? "" : "NOT EXISTS ") + "SCHEMA" + (a.subject ? " SUBJECT " + quoted_text(*a.subject) : "") +
           (a.id ? " ID " + std::to_string(*a.id) : "") + (a.timeout ? " TIMEOUT " + print(*a.timeout) : "");
  }
  std::string operator()(const AssertValues& a) const {
    return "ASSERT " + std::string(a.tombstone ? "NULL VALUES " : "VALUES ") + print_values(a.row, a.tombstone ? "KEY" : "VALUES");
  }
  std::string operator()(const AssertSource& a) const { return print_create(a.source, "ASSERT "); }
  std::string operator()(const RunScript& r) const { return "RUN SCRIPT " + quoted_text(r.file); }
  std::string operator()(const Explain& e) const { return "EXPLAIN " + (e.statement ? print(*e.statement) : print_identifier(*e.query)); }
};

}  // namespace

std::int64_t Duration::ms() const {
  std::int64_t factor = 1;
  if (unit == "SECONDS") factor = 1000;
  else if (unit == "MINUTES") factor = 60'000;
  else if (unit == "HOURS") factor = 3'600'000;
  else if (unit == "DAYS") factor = 86'400'000;
  std::int64_t out = 0;
  return __builtin_mul_overflow(amount, factor, &out) ? INT64_MAX : out;
}

bool operator==(const Expression& a, const Expression& b) {
  return a.node == b.node && a.name == b.name && a.qualifier == b.qualifier && a.symbol == b.symbol && a.names == b.names && a.value == b.value &&
         a.type == b.type && a.escape == b.escape && a.negated == b.negated && a.has_else == b.has_else && a.star == b.star &&
         std::ranges::equal(a.args, b.args, [](const auto& x, const auto& y) { return *x == *y; });
}
bool operator==(const Explain& a, const Explain& b) {
  return a.query == b.query && (!a.statement || !b.statement ? !a.statement && !b.statement : *a.statement == *b.statement);
}

std::string print_identifier(std::string_view name) {
  if (name.size() > 3 && name.substr(0, 2) == "${" && name.back() == '}') return std::string(name);
  bool plain = !name.empty() && !is_reserved_word(name) && !(name[0] >= '0' && name[0] <= '9') && name[0] != '@';
  for (const char c : name) plain = plain && ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@');
  if (plain) return std::string(name);
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string print_literal(const Value& value) {
  if (value.null()) return "null";
  if (value.holds<bool>()) return value.boolean() ? "true" : "false";
  if (value.holds<std::int32_t>()) return std::to_string(std::get<std::int32_t>(value.rep()));
  if (value.holds<std::int64_t>()) return std::to_string(std::get<std::int64_t>(value.rep()));
  if (value.holds<double>()) {
    auto text = data::java_double_text(std::get<double>(value.rep()));
    return text.find_first_of("EIN") == std::string::npos ? text + "E0" : text;   // without an exponent it would come back as a DECIMAL
  }
  if (value.holds<data::Decimal>()) {
    auto text = std::get<data::Decimal>(value.rep()).text();
    return text.find('.') == std::string::npos ? text + "." : text;
  }
  if (value.holds<std::string>()) return quoted_text(std::get<std::string>(value.rep()));
  return value.debug_text();
}

std::string_view join_word_text(JoinWord word) {
  switch (word) {
    case JoinWord::inner: return "INNER";
    case JoinWord::left: return "LEFT OUTER";
    case JoinWord::right: return "RIGHT OUTER";
    case JoinWord::outer: return "FULL OUTER";
  }
  return "";
}

std::string print(const TypeName& t) {
  if (!t.parts.empty() || t.name == "STRUCT") {
    std::string parts;
    for (std::size_t i = 0; i < t.parts.size(); ++i)
      parts += (i ? ", " : "") + (i < t.fields.size() ? print_identifier(t.fields[i]) + " " : "") + print(t.parts[i]);
    return t.name + "<" + parts + ">";
  }
  std::string out = t.name == "DECIMAL" && !t.parameters.empty() ? t.name : print_identifier(t.name);
  if (!t.parameters.empty()) {
    out += "(";
    for (std::size_t i = 0; i < t.parameters.size(); ++i) out += (i ? ", " : "") + t.parameters[i];
    out += ")";
  }
  return out;
}

std::string print(const Expression& e) {
  const auto arg = [&](std::size_t i) { return print(*e.args[i]); };
  switch (e.node) {
    case Node::literal: return print_literal(e.value);
    case Node::column: return (e.qualifier.empty() ? "" : print_identifier(e.qualifier) + ".") + print_identifier(e.name);
    case Node::lambda_variable: return print_identifier(e.name);
    case Node::not_: return "(NOT " + arg(0) + ")";
    case Node::and_: return "(" + arg(0) + " AND " + arg(1) + ")";
    case Node::or_: return "(" + arg(0) + " OR " + arg(1) + ")";
    case Node::compare: case Node::arithmetic: return "(" + arg(0) + " " + e.symbol + " " + arg(1) + ")";
    case Node::is_null: return "(" + arg(0) + " IS NULL)";
    case Node::is_not_null: return "(" + arg(0) + " IS NOT NULL)";
    case Node::between: return "(" + arg(0) + (e.negated ? " NOT" : "") + " BETWEEN " + arg(1) + " AND " + arg(2) + ")";
    case Node::in: return "(" + arg(0) + (e.negated ? " NOT" : "") + " IN (" + arguments(e.args, 1) + "))";
    case Node::like: return "(" + arg(0) + (e.negated ? " NOT" : "") + " LIKE " + arg(1) + (e.escape ? " ESCAPE " + quoted_text(*e.escape) : "") + ")";
    // A space keeps "- -1" from becoming a comment, and a bracket "-(1)" from becoming a negative literal.
    case Node::negate: return e.args[0]->node == Node::literal ? "-(" + arg(0) + ")" : "-" + std::string(arg(0)[0] == '-' ? " " : "") + arg(0);
    case Node::plus: return "+" + arg(0);
    case Node::simple_case: case Node::searched_case: return print_case(e);
    case Node::cast: return "CAST(" + arg(0) + " AS " + print(*e.type) + ")";
    case Node::array: return "ARRAY[" + arguments(e.args) + "]";
    case Node::map: {
      std::string out;
      for (std::size_t i = 0; i + 1 < e.args.size(); i += 2) out += (i ? ", " : "") + arg(i) + ":=" + arg(i + 1);
      return "MAP(" + out + ")";
    }
    case Node::structure: {
      std::string out;
      for (std::size_t i = 0; i < e.args.size(); ++i) out += (i ? ", " : "") + print_identifier(e.names[i]) + ":=" + arg(i);
      return "STRUCT(" + out + ")";
    }
    case Node::call: return print_identifier(e.name) + "(" + (e.star ? "*" : arguments(e.args)) + ")";
    case Node::subscript: return arg(0) + "[" + arg(1) + "]";
    case Node::field: return arg(0) + "->" + print_identifier(e.name);
    case Node::all_fields: return arg(0) + "->*";
    case Node::lambda: {
      std::string names;
      for (const auto& n : e.names) names += (names.empty() ? "" : ", ") + print_identifier(n);
      return (e.names.size() == 1 ? names : "(" + names + ")") + " => " + arg(0);
    }
    case Node::unit: return e.name;
    case Node::typed_text: return print_identifier(e.name) + " " + print_literal(e.value);
    case Node::at_time_zone: return "(" + arg(0) + " AT TIME ZONE " + print_literal(e.value) + ")";
  }
  return "";
}

std::string print(const Query& q) {
  std::string out = "SELECT";
  for (std::size_t i = 0; i < q.items.size(); ++i) out += (i ? "," : "") + std::string(q.items.size() > 1 ? "\n  " : " ") + print(q.items[i]);
  out += "\nFROM " + print(q.from);
  for (const auto& j : q.joins) out += print(j);
  if (q.window) out += "\nWINDOW" + print(*q.window);
  if (q.where) out += "\nWHERE " + print(*q.where);
  if (q.group_by) out += "\nGROUP BY " + group_text(*q.group_by, q.group_by_parenthesised);
  if (q.partition_by) out += "\nPARTITION BY " + group_text(*q.partition_by, q.partition_by_parenthesised);
  if (q.having) out += "\nHAVING " + print(*q.having);
  if (q.emit != Emit::none) out += q.emit == Emit::changes ? "\nEMIT CHANGES" : "\nEMIT FINAL";
  if (q.limit) out += "\nLIMIT " + std::to_string(*q.limit);
  return out;
}

std::string print(const Statement& statement) { return std::visit(StatementPrinter{}, statement.tree); }

ExpressionPtr rewrite(const ExpressionPtr& e, const std::function<ExpressionPtr(const Expression&)>& f) {
  if (auto replaced = f(*e)) return replaced;
  std::vector<ExpressionPtr> args;
  bool changed = false;
  for (const auto& arg : e->args) {
    args.push_back(rewrite(arg, f));
    changed = changed || args.back() != arg;
  }
  if (!changed) return e;
  auto copy = *e;
  copy.args = std::move(args);
  return std::make_shared<const Expression>(std::move(copy));
}

void visit(const Expression& e, const std::function<void(const Expression&)>& f) {
  f(e);
  for (const auto& arg : e.args) visit(*arg, f);
}

}  // namespace braid::sql
