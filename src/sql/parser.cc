// Statements, and what every part of the parser needs: tokens, places, errors.
#include "sql/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sql/parser_internal.h"

namespace braid::sql {
namespace {

std::string shown(const Token& token, std::string_view text) {
  return token.kind == TokenKind::end ? "<EOF>" : std::string(text.substr(token.span.begin, token.span.end - token.span.begin));
}
std::string at(const Token& token) { return std::to_string(token.line) + ":" + std::to_string(token.column); }

// Words that begin a statement, for "did you mean".
const std::vector<std::string>& statement_words() {
  static const std::vector<std::string> words{"ALTER", "ASSERT", "CREATE", "DEFINE", "DESCRIBE", "DROP", "EXPLAIN", "INSERT", "LIST", "PAUSE", "PRINT",
                                              "RESUME", "SELECT", "SET", "SHOW", "TERMINATE", "UNDEFINE", "UNSET"};
  return words;
}

}  // namespace

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > word.size() + best_distance || word.size() > candidate.size() + best_distance) continue;
    // Edits, where two letters in the wrong order count as one.
    std::vector<std::size_t> before, above(candidate.size() + 1), row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      before = std::exchange(above, row);
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (word[i - 1] == candidate[j - 1] ? 0 : 1)});
        if (i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    if (row.back() < best_distance) { best_distance = row.back(); best = candidate; }
  }
  return best;
}

bool Parser::identifier_at(std::size_t ahead) const {
  const auto& t = peek(ahead);
  return t.kind == TokenKind::quoted || t.kind == TokenKind::digit_word || t.kind == TokenKind::variable ||
         (t.kind == TokenKind::word && !is_reserved_word(t.text));
}

std::unexpected<Error> Parser::error_at(const Token& token, std::string message, std::string hint) const {
  return fail(ErrorCode::invalid_input, "line " + at(token) + ": Syntax Error\n" + message, std::move(hint), token.span);
}

// Errors that the text is well formed but says something impossible. ksqlDB counts the column of these from 2.
std::unexpected<Error> Parser::prepare_error(const Token& token, std::string message, std::string hint) const {
  return fail(ErrorCode::invalid_input, "Failed to prepare statement: line " + std::to_string(token.line) + ":" + std::to_string(token.column + 1) + ": " + message,
              std::move(hint), token.span);
}

std::unexpected<Error> Parser::expecting(std::initializer_list<std::string_view> what) const {
  const auto& token = peek();
  std::string list;
  std::vector<std::string> words;
  for (const auto w : what) {
    list += (list.empty() ? "" : ", ") + std::string(w);
    words.emplace_back(w);
  }
  std::string hint;
  if (token.kind == TokenKind::word)
    if (const auto word = closest(token.text, words); !word.empty()) hint = "did you mean '" + word + "'?";
  if (what.size() == 1) {
    const auto only = std::string(*what.begin());
    const bool quoted = only.front() == '\'';
    if (token.kind == TokenKind::end || quoted) return error_at(token, "missing " + (quoted ? only : "'" + only + "'") + " at '" + shown(token, text_) + "'", hint);
    if (token.kind == TokenKind::word && is_reserved_word(token.text) && only == "an identifier") {
      const auto text = shown(token, text_);
      return error_at(token, "\"" + text + "\" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as '`" + text + "`'",
                      "write it in back-quotes: `" + text + "`");
    }
  }
  return error_at(token, "Expecting " + (what.size() == 1 ? std::string(*what.begin()) : "{" + list + "}"), hint);
}

std::unexpected<Error> Parser::near() const {
  const auto& token = peek();
  const auto text = shown(token, text_);
  std::string hint;
  if (token.kind == TokenKind::word && is_reserved_word(token.text))
    hint = "\"" + text + "\" is a reserved keyword; to use it as a name write it in back-quotes: `" + text + "`";
  if (token.kind == TokenKind::end) hint = "the statement ends too early";
  return error_at(token, "Syntax error at or near '" + text + "' at line " + at(token), hint);
}

Place Parser::place() const { return {peek().span, peek().line, peek().column}; }
Place Parser::place_from(const Place& begin) const {
  auto whole = begin;
  if (at_ > 0) whole.span.end = std::max(tokens_[at_ - 1].span.end, begin.span.begin);
  return whole;
}

Result<void> Parser::expect(std::string_view w) {
  if (accept(w)) return {};
  return expecting({w});
}
Result<void> Parser::expect_symbol(std::string_view s) {
  if (accept_symbol(s)) return {};
  return expecting({"'" + std::string(s) + "'"});
}
Result<std::string> Parser::identifier() {
  if (!identifier_at()) return expecting({"an identifier"});
  const auto token = take();
  return token.kind == TokenKind::variable ? "${" + token.text + "}" : token.text;
}
Result<std::string> Parser::string() {
  if (peek().kind != TokenKind::string) return expecting({"STRING"});
  return take().text;
}
Result<std::string> Parser::string_or_identifier() { return peek().kind == TokenKind::string ? string() : identifier(); }

Result<std::int64_t> Parser::integer() {
  const bool negative = symbol("-") && peek(1).kind == TokenKind::integer;
  if (negative) take();
  if (peek().kind != TokenKind::integer) return expecting({"INTEGER_VALUE"});
  const auto token = take();
  std::int64_t v = 0;
  const auto text = (negative ? "-" : "") + token.text;
  if (std::from_chars(text.data(), text.data() + text.size(), v).ec != std::errc{}) return prepare_error(token, "Invalid numeric literal: " + text);
  return v;
}

Result<Value> Parser::literal_value() {
  if (peek().kind == TokenKind::string) return Value(take().text);
  if (accept("TRUE")) return Value(true);
  if (accept("FALSE")) return Value(false);
  if (accept("NULL")) return Value();
  const auto numeric = [](TokenKind k) { return k == TokenKind::integer || k == TokenKind::decimal || k == TokenKind::floating; };
  const auto begin = place();
  if (symbol("-") && numeric(peek(1).kind)) {
    take();
    TRY(auto e, number(true, begin));
    return e->value;
  }
  if (numeric(peek().kind)) {
    TRY(auto e, number(false, begin));
    return e->value;
  }
  return expecting({"STRING", "INTEGER_VALUE", "DECIMAL_VALUE", "TRUE", "FALSE", "NULL"});
}

Result<bool> Parser::if_exists(bool not_exists) {
  if (!word("IF") || !(not_exists ? word("NOT", 1) : word("EXISTS", 1))) return false;
  take();
  if (not_exists) TRY_VOID(expect("NOT"));
  TRY_VOID(expect("EXISTS"));
  return true;
}

Result<Properties> Parser::properties(bool required) {
  Properties result;
  if (!required && !word("WITH")) return result;
  TRY_VOID(expect("WITH"));
  TRY_VOID(expect_symbol("("));
  do {
    Property p;
    const auto begin = place();
    TRY(p.name, string_or_identifier());
    for (auto& c : p.name) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
    TRY_VOID(expect_symbol("="));
    if (peek().kind == TokenKind::variable) {
      p.value = Value("${" + take().text + "}");
      p.variable = true;
    } else {
      TRY(p.value, literal_value());
    }
    p.place = place_from(begin);
    result.push_back(std::move(p));
  } while (accept_symbol(","));
  TRY_VOID(expect_symbol(")"));
  return result;
}

Result<ColumnElement> Parser::column_element() {
  ColumnElement c;
  const auto begin = place();
  TRY(c.name, identifier());
  TRY(c.type, type());
  if (accept("PRIMARY")) {
    TRY_VOID(expect("KEY"));
    c.role = ColumnRole::primary_key;
  } else if (accept("KEY")) {
    c.role = ColumnRole::key;
  } else if (accept("HEADERS")) {
    c.role = ColumnRole::headers;
  } else if (accept("HEADER")) {
    TRY_VOID(expect_symbol("("));
    c.role = ColumnRole::header;
    TRY(c.header_key, string());
    TRY_VOID(expect_symbol(")"));
  }
  c.place = place_from(begin);
  return c;
}

Result<std::vector<ColumnElement>> Parser::column_list() {
  std::vector<ColumnElement> columns;
  do {
    TRY(auto c, column_element());
    columns.push_back(std::move(c));
  } while (accept_symbol(","));
  return columns;
}

Result<std::vector<ColumnElement>> Parser::table_elements() {
  TRY_VOID(expect_symbol("("));
  TRY(auto columns, column_list());
  TRY_VOID(expect_symbol(")"));
  return columns;
}

Result<std::vector<Part>> Parser::values() {
  std::vector<Part> parts;
  TRY_VOID(expect_symbol("("));
  if (!symbol(")")) do {
    TRY(auto e, value_expression());
    parts.emplace_back(e);
  } while (accept_symbol(","));
  TRY_VOID(expect_symbol(")"));
  return parts;
}

Result<std::optional<Duration>> Parser::timeout() {
  std::optional<Duration> result;
  if (accept("TIMEOUT")) { TRY(result, duration()); }
  return result;
}

Result<StatementTree> Parser::create_source(bool or_replace) {
  CreateSource c;
  c.or_replace = or_replace;
  c.is_source = accept("SOURCE");
  if (accept("TABLE")) c.kind = SourceKind::table;
  else if (!accept("STREAM")) return expecting({"STREAM", "TABLE"});
  TRY(c.if_not_exists, if_exists(true));
  c.name_place = place();
  TRY(c.name, identifier());
  if (symbol("(")) {
    TRY(c.columns, table_elements());
    c.has_columns = true;
  }
  TRY(c.with, properties());
  if (c.has_columns || c.is_source || !word("AS")) return StatementTree(std::move(c));
  take();
  CreateAs as;
  as.kind = c.kind;
  as.or_replace = c.or_replace;
  as.if_not_exists = c.if_not_exists;
  as.name = std::move(c.name);
  as.with = std::move(c.with);
  as.name_place = c.name_place;
  TRY(as.query, query());
  return StatementTree(std::move(as));
}

Result<StatementTree> Parser::create() {
  const bool or_replace = word("OR");
  if (or_replace) { take(); TRY_VOID(expect("REPLACE")); }
  if (!or_replace && accept("TYPE")) {
    CreateType t;
    TRY(t.if_not_exists, if_exists(true));
    TRY(t.name, identifier());
    TRY_VOID(expect("AS"));
    TRY(t.type, type());
    return StatementTree(std::move(t));
  }
  if (!or_replace && (word("SINK") || word("SOURCE")) && word("CONNECTOR", 1)) {
    CreateConnector c;
    c.sink = take().text == "SINK";
    take();
    TRY(c.if_not_exists, if_exists(true));
    TRY(c.name, identifier());
    TRY(c.with, properties(true));
    return StatementTree(std::move(c));
  }
  if (!word("SOURCE") && !word("STREAM") && !word("TABLE")) {
    if (or_replace) return expecting({"SOURCE", "STREAM", "TABLE"});
    return expecting({"OR", "SINK", "SOURCE", "STREAM", "TABLE", "TYPE"});
  }
  return create_source(or_replace);
}

Result<StatementTree> Parser::insert() {
  TRY_VOID(expect("INTO"));
  const auto name_place = place();
  TRY(auto name, identifier());
  if (symbol("(") || word("VALUES")) {
    InsertValues v;
    v.name = std::move(name);
    v.name_place = name_place;
    if (accept_symbol("(")) {
      do {
        TRY(auto column, identifier());
        v.columns.push_back(std::move(column));
      } while (accept_symbol(","));
      TRY_VOID(expect_symbol(")"));
    }
    TRY_VOID(expect("VALUES"));
    TRY(v.values, values());
    return StatementTree(std::move(v));
  }
  InsertInto i;
  i.name = std::move(name);
  i.name_place = name_place;
  TRY(i.with, properties());
  if (!word("SELECT")) return expecting({"VALUES", "SELECT", "WITH"});
  TRY(i.query, query());
  return StatementTree(std::move(i));
}

Result<StatementTree> Parser::alter() {
  if (accept("SYSTEM")) {
    SetProperty p;
    p.system = true;
    TRY(p.name, string());
    TRY_VOID(expect_symbol("="));
    TRY(p.value, string());
    return StatementTree(std::move(p));
  }
  AlterSource a;
  if (accept("TABLE")) a.kind = SourceKind::table;
  else if (!accept("STREAM")) return expecting({"STREAM", "TABLE", "SYSTEM"});
  a.name_place = place();
  TRY(a.name, identifier());
  do {
    TRY_VOID(expect("ADD"));
    if (word("COLUMN") && identifier_at(1)) take();
    ColumnElement c;
    const auto begin = place();
    TRY(c.name, identifier());
    TRY(c.type, type());
    c.place = place_from(begin);
    a.added.push_back(std::move(c));
  } while (accept_symbol(","));
  return StatementTree(std::move(a));
}

Result<StatementTree> Parser::drop() {
  if (accept("TYPE")) {
    DropType t;
    TRY(t.if_exists, if_exists(false));
    TRY(t.name, identifier());
    return StatementTree(std::move(t));
  }
  if (accept("CONNECTOR")) {
    DropConnector c;
    TRY(c.if_exists, if_exists(false));
    TRY(c.name, identifier());
    return StatementTree(std::move(c));
  }
  DropSource d;
  if (accept("TABLE")) d.kind = SourceKind::table;
  else if (!accept("STREAM")) return expecting({"STREAM", "TABLE", "TYPE", "CONNECTOR"});
  TRY(d.if_exists, if_exists(false));
  d.name_place = place();
  TRY(d.name, identifier());
  if (accept("DELETE")) {
    TRY_VOID(expect("TOPIC"));
    d.delete_topic = true;
  }
  return StatementTree(std::move(d));
}

Result<StatementTree> Parser::show() {
  Show s;
  struct Form { std::string_view word; ShowWhat what; bool extended; };
  static constexpr std::array<Form, 9> forms{{{"PROPERTIES", ShowWhat::properties, false}, {"TOPICS", ShowWhat::topics, true},
                                              {"STREAMS", ShowWhat::streams, true}, {"TABLES", ShowWhat::tables, true},
                                              {"QUERIES", ShowWhat::queries, true}, {"FUNCTIONS", ShowWhat::functions, false},
                                              {"CONNECTORS", ShowWhat::connectors, false}, {"TYPES", ShowWhat::types, false},
                                              {"VARIABLES", ShowWhat::variables, false}}};
  for (const auto& form : forms)
    if (accept(form.word)) {
      s.what = form.what;
      s.extended = form.extended && accept("EXTENDED");
      return StatementTree(s);
    }
  if (accept("ALL")) {
    TRY_VOID(expect("TOPICS"));
    s.what = ShowWhat::all_topics;
    s.extended = accept("EXTENDED");
  } else if (word("SOURCE") || word("SINK")) {
    s.what = take().text == "SOURCE" ? ShowWhat::source_connectors : ShowWhat::sink_connectors;
    TRY_VOID(expect("CONNECTORS"));
  } else if (accept("CONNECTOR")) {
    TRY_VOID(expect("PLUGINS"));
    s.what = ShowWhat::connector_plugins;
  } else {
    return expecting({"ALL", "CONNECTOR", "CONNECTORS", "FUNCTIONS", "PROPERTIES", "QUERIES", "SINK", "SOURCE", "STREAMS", "TABLES", "TOPICS", "TYPES", "VARIABLES"});
  }
  return StatementTree(s);
}

Result<StatementTree> Parser::describe() {
  Describe d;
  if (accept("STREAMS") || (word("TABLES") && !symbol(".", 1))) {
    if (accept("TABLES")) d.what = DescribeWhat::tables;
    else d.what = DescribeWhat::streams;
    d.extended = accept("EXTENDED");
    return StatementTree(std::move(d));
  }
  if (word("FUNCTION") && (identifier_at(1) || peek(1).kind == TokenKind::string)) {
    take();
    d.what = DescribeWhat::function;
    TRY(d.name, string_or_identifier());
    return StatementTree(std::move(d));
  }
  if (accept("CONNECTOR")) {
    d.what = DescribeWhat::connector;
    TRY(d.name, identifier());
    return StatementTree(std::move(d));
  }
  d.name_place = place();
  TRY(d.name, identifier());
  d.extended = accept("EXTENDED");
  return StatementTree(std::move(d));
}

Result<StatementTree> Parser::print() {
  Print p;
  const bool quoted = peek().kind != TokenKind::word;
  const auto token = peek();
  TRY(p.topic, string_or_identifier());
  // A topic's name is case-sensitive; written without quotes it stands as it was typed.
  if (!quoted) p.topic = shown(token, text_);
  if (accept("FROM")) {
    TRY_VOID(expect("BEGINNING"));
    p.from_beginning = true;
  }
  if (accept("INTERVAL") || accept("SAMPLE")) { TRY(p.interval, integer()); }
  if (accept("LIMIT")) { TRY(p.limit, integer()); }
  return StatementTree(std::move(p));
}

Result<StatementTree> Parser::explain(const ParseOptions& options) {
  Explain e;
  const bool starts = peek().kind == TokenKind::word && std::ranges::find(statement_words(), peek().text) != statement_words().end();
  if (starts && !symbol(";", 1) && peek(1).kind != TokenKind::end) {
    Statement inner;
    inner.place = place();
    DepthGuard guard(*this);
    TRY_VOID(guard.ok());
    TRY(inner.tree, tree(options));
    inner.place = place_from(inner.place);
    inner.text = std::string(text_.substr(inner.place.span.begin, inner.place.span.end - inner.place.span.begin));
    e.statement = std::make_shared<const Statement>(std::move(inner));
  } else {
    TRY(e.query, identifier());
  }
  return StatementTree(std::move(e));
}

Result<StatementTree> Parser::assert_statement(const ParseOptions& options) {
  if (options.test_statements) {
    if (word("VALUES") || (word("NULL") && word("VALUES", 1))) {
      AssertValues a;
      a.tombstone = accept("NULL");
      take();
      a.row.name_place = place();
      TRY(a.row.name, identifier());
      if (accept_symbol("(")) {
        do {
          TRY(auto column, identifier());
          a.row.columns.push_back(std::move(column));
        } while (accept_symbol(","));
        TRY_VOID(expect_symbol(")"));
      }
      TRY_VOID(expect(a.tombstone ? "KEY" : "VALUES"));
      TRY(a.row.values, values());
      return StatementTree(std::move(a));
    }
    if (word("STREAM") || word("TABLE")) {
      TRY(auto created, create_source(false));
      if (auto* source = std::get_if<CreateSource>(&created)) return StatementTree(AssertSource{std::move(*source)});
      return near();
    }
  }
  const bool exists = !word("NOT");
  if (!exists) { take(); TRY_VOID(expect("EXISTS")); }
  if (accept("TOPIC")) {
    AssertTopic a;
    a.exists = exists;
    TRY(a.topic, string_or_identifier());
    TRY(a.with, properties());
    TRY(a.timeout, timeout());
    return StatementTree(std::move(a));
  }
  if (accept("SCHEMA")) {
    AssertSchema a;
    a.exists = exists;
    if (accept("SUBJECT")) {
      TRY(auto subject, string_or_identifier());
      a.subject = std::move(subject);
    }
    if (accept("ID")) { TRY(a.id, integer()); }
    TRY(a.timeout, timeout());
    return StatementTree(std::move(a));
  }
  return near();
}

Result<StatementTree> Parser::tree(const ParseOptions& options) {
  if (word("SELECT")) {
    TRY(auto q, query());
    return StatementTree(std::move(q));
  }
  if (accept("CREATE")) return create();
  if (accept("INSERT")) return insert();
  if (accept("ALTER")) return alter();
  if (accept("DROP")) return drop();
  if (accept("SHOW") || accept("LIST")) return show();
  if (accept("DESCRIBE")) return describe();
  if (accept("PRINT")) return print();
  if (accept("EXPLAIN")) return explain(options);
  if (accept("ASSERT")) return assert_statement(options);
  if (word("TERMINATE") || word("PAUSE") || word("RESUME")) {
    ControlQuery c;
    const auto w = take().text;
    c.action = w == "PAUSE" ? QueryAction::pause : w == "RESUME" ? QueryAction::resume : QueryAction::terminate;
    if (!accept("ALL")) { TRY(c.query, identifier()); }
    return StatementTree(std::move(c));
  }
  if (accept("SET")) {
    SetProperty p;
    TRY(p.name, string());
    TRY_VOID(expect_symbol("="));
    TRY(p.value, string());
    return StatementTree(std::move(p));
  }
  if (accept("UNSET")) {
    UnsetProperty p;
    TRY(p.name, string());
    return StatementTree(std::move(p));
  }
  if (accept("DEFINE")) {
    DefineVariable d;
    TRY(d.name, identifier());
    TRY_VOID(expect_symbol("="));
    TRY(d.value, string());
    return StatementTree(std::move(d));
  }
  if (accept("UNDEFINE")) {
    UndefineVariable u;
    TRY(u.name, identifier());
    return StatementTree(std::move(u));
  }
  if (options.test_statements && accept("RUN")) {
    TRY_VOID(expect("SCRIPT"));
    RunScript r;
    TRY(r.file, string());
    return StatementTree(std::move(r));
  }
  const auto& token = peek();
  std::string hint;
  if (const auto word = closest(token.text, statement_words()); token.kind == TokenKind::word && !word.empty()) hint = "did you mean '" + word + "'?";
  else hint = "a statement begins with one of ALTER, ASSERT, CREATE, DEFINE, DESCRIBE, DROP, EXPLAIN, INSERT, PRINT, SELECT, SHOW, TERMINATE, ...";
  return error_at(token, "Unknown statement '" + shown(token, text_) + "'", hint);
}

Result<Statement> Parser::statement(const ParseOptions& options) {
  Statement s;
  s.place = place();
  TRY(s.tree, tree(options));
  s.place = place_from(s.place);
  return s;
}

Result<std::vector<Statement>> Parser::script(const ParseOptions& options) {
  std::vector<Statement> statements;
  while (!at_end()) {
    TRY(auto s, statement(options));
    if (at_end()) return expecting({"';'"});
    if (!symbol(";")) return near();
    take();
    s.place = place_from(s.place);
    s.text = std::string(text_.substr(s.place.span.begin, s.place.span.end - s.place.span.begin));
    statements.push_back(std::move(s));
  }
  return statements;
}

namespace {
Result<Parser> parser_of(std::string_view sql) {
  TRY(auto tokens, tokenize(sql));
  return Parser(sql, std::move(tokens));
}
}  // namespace

Result<std::vector<Statement>> parse_script(std::string_view sql, ParseOptions options) {
  TRY(auto parser, parser_of(sql));
  return parser.script(options);
}

Result<Statement> parse_statement(std::string_view sql) {
  TRY(auto parser, parser_of(sql));
  TRY(auto s, parser.statement({}));
  if (parser.symbol(";") && parser.peek(1).kind == TokenKind::end) {
    s.text = std::string(sql.substr(s.place.span.begin, parser.peek().span.end - s.place.span.begin));
    return s;
  }
  if (!parser.at_end()) return parser.near();
  s.text = std::string(sql.substr(s.place.span.begin, s.place.span.end - s.place.span.begin)) + ";";
  return s;
}

Result<ExpressionPtr> parse_expression(std::string_view sql) {
  TRY(auto parser, parser_of(sql));
  TRY(auto e, parser.expression());
  if (!parser.at_end()) return parser.near();
  return e;
}

Result<TypeName> parse_type(std::string_view sql) {
  TRY(auto parser, parser_of(sql));
  TRY(auto type, parser.type());
  if (!parser.at_end()) return parser.near();
  return type;
}

Result<std::vector<ColumnElement>> parse_columns(std::string_view sql) {
  TRY(auto parser, parser_of(sql));
  if (parser.at_end()) return std::vector<ColumnElement>();
  TRY(auto columns, parser.symbol("(") ? parser.table_elements() : parser.column_list());
  if (!parser.at_end()) return parser.near();
  return columns;
}

std::string substitute_variables(std::string_view sql, const std::map<std::string, std::string>& variables) {
  std::string out;
  std::size_t at = 0;
  while (at < sql.size()) {
    const auto begin = sql.find("${", at);
    const auto end = begin == std::string_view::npos ? begin : sql.find('}', begin);
    if (end == std::string_view::npos) break;
    auto name = std::string(sql.substr(begin + 2, end - begin - 2));
    auto found = variables.find(name);
    if (found == variables.end()) {
      for (auto& c : name) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
      found = variables.find(name);
    }
    out += sql.substr(at, begin - at);
    out += found == variables.end() ? std::string(sql.substr(begin, end + 1 - begin)) : found->second;
    at = end + 1;
  }
  out += sql.substr(at);
  return out;
}

bool wants_more(std::string_view sql) {
  auto tokens = tokenize(sql);
  if (!tokens) return tokens.error().message.find("has no end") != std::string::npos;
  return tokens->size() > 1 && !(*tokens)[tokens->size() - 2].is(";");
}

}  // namespace braid::sql
