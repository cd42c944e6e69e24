// braid sql: statements by -e, -f, from a pipe, or interactively (sql_shell.cc).
#include "cli/sql.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

json::object properties_of(const SqlOptions& options) {
  json::object out;
  if (options.earliest) out["auto.offset.reset"] = "earliest";
  return out;
}

// Rows as they arrive. The first ones are kept for a moment, so that the columns can be as wide as they need.
class RowPrinter {
 public:
  RowPrinter(Session& session, bool only_new) : session_(session), only_new_(only_new) {}

  bool line(std::string_view text) {
    if (text.empty()) return true;
    const auto parsed = json::parse(text);
    if (!parsed) {            // PRINT writes plain lines
      finish();
      std::printf("%s\n", std::string(text).c_str());
      return true;
    }
    if (parsed->is_object()) return object(parsed->as_object(), text);
    if (!parsed->is_array()) return true;
    ++rows_;
    if (session_.json()) {
      std::printf("%s\n", row_json(parsed->as_array()).c_str());
      std::fflush(stdout);
      return true;
    }
    std::vector<std::string> row;
    for (const auto& v : parsed->as_array()) row.push_back(v.is_null() ? "null" : cell(v));
    if (streaming_) {
      std::fputs(table_->row_text(row).c_str(), stdout);
    } else if (table_) {
      table_->add(std::move(row));
      first_ = first_ == std::chrono::steady_clock::time_point{} ? std::chrono::steady_clock::now() : first_;
      if (table_->size() >= 500) stream();
    }
    return true;
  }
  void idle() {
    if (table_ && table_->size() > 0 && !streaming_ && std::chrono::steady_clock::now() - first_ > std::chrono::milliseconds(150)) stream();
    std::fflush(stdout);
    // Somebody who has just loaded a file waits here for ever; a script is not told.
    if (only_new_ && table_ && rows_ == 0 && std::chrono::steady_clock::now() - began_ > std::chrono::seconds(2)) {
      only_new_ = false;
      std::fputs("no new record yet. What is there already is read with --from beginning (in the shell: from beginning)\n", stderr);
    }
  }
  void finish() {
    if (table_ && !streaming_ && !session_.json()) std::fputs(table_->text().c_str(), stdout);
    table_.reset();
    std::fflush(stdout);
  }
  std::size_t rows() const { return rows_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool object(const json::object& o, std::string_view text) {
    if (const auto* names = o.if_contains("columnNames"); names && names->is_array()) {
      columns_.clear();
      for (const auto& name : names->as_array()) columns_.push_back(cell(name));
      table_.emplace(columns_);
      if (const auto* types = o.if_contains("columnTypes"); types && types->is_array())
        for (std::size_t i = 0; i < columns_.size() && i < types->as_array().size(); ++i) {
          const std::string type = cell(types->as_array()[i]);
          if (type == "INTEGER" || type == "BIGINT" || type == "DOUBLE" || type.starts_with("DECIMAL")) table_->right(i);
        }
      return true;
    }
    if (o.contains("error_code") || o.contains("errorCode")) {
      Answer answer;
      answer.status = 400;
      answer.body = text;
      error_ = error_of(answer);
      return false;
    }
    if (const auto* message = o.if_contains("finalMessage")) {
      finish();
      session_.say(cell(*message));
      return true;
    }
    if (o.contains("continuationToken")) return true;
    finish();
    std::printf("%s\n", std::string(text).c_str());
    return true;
  }
  std::string row_json(const json::array& row) const {
    json::object out;
    for (std::size_t i = 0; i < row.size() && i < columns_.size(); ++i) out[columns_[i]] = row[i];
    return json::print(out);
  }
  void stream() {
    std::fputs(table_->start_stream().c_str(), stdout);
    std::fflush(stdout);
    streaming_ = true;
  }
  Session& session_;
  std::vector<std::string> columns_;
  std::optional<Table> table_;
  bool streaming_ = false;
  std::size_t rows_ = 0;
  bool only_new_;                // a person waits, and the query begins with what comes from now on
  std::chrono::steady_clock::time_point first_{}, began_ = std::chrono::steady_clock::now();
  std::optional<Error> error_;
};

Result<void> run_query(Session& session, const Statement& statement, const SqlOptions& options) {
  json::object body{{"sql", statement.text}, {"properties", properties_of(options)}};
  RowPrinter printer(session, !options.earliest && !session.json() && ::isatty(STDERR_FILENO) && ::isatty(STDOUT_FILENO));
  const http::Headers headers{{"Content-Type", "application/vnd.ksql.v1+json"}, {"Accept", "application/vnd.ksqlapi.delimited.v1"}};
  auto done = session.stream_lines("POST", "/query-stream", json::print(body), headers, [&](std::string_view text) { return printer.line(text); }, [&] { printer.idle(); });
  printer.finish();
  if (!done) return done;
  if (printer.error()) return std::unexpected(*printer.error());
  if (kind_of(statement.text) == StatementKind::query && ::isatty(STDOUT_FILENO))
    session.say(std::to_string(printer.rows()) + (printer.rows() == 1 ? " row" : " rows"));
  return {};
}

// A cell of a list: a statement of many lines as one, a list of names as names.
std::string flat_cell(const json::value& value) {
  if (value.is_array()) {
    std::string out;
    for (const auto& item : value.as_array()) out += (out.empty() ? "" : ", ") + cell(item);
    return out;
  }
  if (!value.is_string()) return cell(value);
  std::string one_line;
  for (const char c : std::string_view(value.as_string())) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) one_line += c;
    else if (!one_line.empty() && one_line.back() != ' ') one_line += ' ';
  }
  return printable(one_line);
}

void print_list(const json::array& items, std::initializer_list<std::pair<const char*, const char*>> columns) {
  std::vector<std::string> titles;
  for (const auto& [title, field] : columns) titles.emplace_back(title);
  Table table(std::move(titles));
  for (const auto& item : items) {
    std::vector<std::string> row;
    for (const auto& [title, field] : columns) {
      const json::value* value = item.is_object() ? item.as_object().if_contains(field) : &item;
      row.push_back(value == nullptr ? std::string() : flat_cell(*value));
    }
    table.add(std::move(row));
  }
  std::fputs(table.size() == 0 ? "there is none\n" : table.text().c_str(), stdout);
}

std::string type_text(const json::value& schema) {
  const std::string type = text_at(schema, "type");
  if (type == "STRUCT") {
    std::string out = "STRUCT<";
    for (const auto& field : array_at(schema, "fields"))
      out += (out.size() > 7 ? ", " : "") + text_at(field, "name") + " " + type_text(field.as_object().contains("schema") ? field.at("schema") : json::value());
    return out + ">";
  }
  const auto* member = schema.is_object() ? schema.as_object().if_contains("memberSchema") : nullptr;
  if (type == "ARRAY" && member) return "ARRAY<" + type_text(*member) + ">";
  if (type == "MAP" && member) return "MAP<STRING, " + type_text(*member) + ">";
  const auto* parameters = schema.is_object() ? schema.as_object().if_contains("parameters") : nullptr;
  if (type == "DECIMAL" && parameters && parameters->is_object())
    return "DECIMAL(" + std::to_string(whole_at(*parameters, "precision")) + ", " + std::to_string(whole_at(*parameters, "scale")) + ")";
  return type == "STRING" ? "VARCHAR(STRING)" : type;
}

void print_source(const json::value& d) {
  std::printf("%s  %s on topic %s\n", text_at(d, "name").c_str(), text_at(d, "type").c_str(), text_at(d, "topic").c_str());
  Table table({"field", "type"});
  for (const auto& field : array_at(d, "fields")) {
    const auto* schema = field.as_object().if_contains("schema");
    const std::string role = text_at(field, "type");
    table.add({text_at(field, "name"), (schema ? type_text(*schema) : "") + (role == "KEY" ? " (" + std::string(text_at(d, "type") == "TABLE" ? "primary key" : "key") + ")" : "")});
  }
  std::fputs(table.text().c_str(), stdout);
  for (const auto* list : {"readQueries", "writeQueries"})
    for (const auto& query : array_at(d, list))
      std::printf("%s %s\n", list == std::string_view("readQueries") ? "read by" : "written by", text_at(query, "id").c_str());
  if (const auto statement = text_at(d, "statement"); !statement.empty()) std::printf("%s\n", statement.c_str());
}

// The node answers each statement with an entity; the known ones are laid out, any other is shown as it is.
void print_entity(const json::value& entity) {
  if (!entity.is_object()) return;
  const auto& o = entity.as_object();
  if (const auto* status = o.if_contains("commandStatus")) {
    std::printf("%s\n", text_at(*status, "message").c_str());
  } else if (o.contains("streams")) {
    print_list(array_at(entity, "streams"), {{"stream", "name"}, {"topic", "topic"}, {"key", "keyFormat"}, {"value", "valueFormat"}, {"windowed", "isWindowed"}});
  } else if (o.contains("tables")) {
    print_list(array_at(entity, "tables"), {{"table", "name"}, {"topic", "topic"}, {"key", "keyFormat"}, {"value", "valueFormat"}, {"windowed", "isWindowed"}});
  } else if (o.contains("topics") && !array_at(entity, "topics").empty()) {
    print_list(array_at(entity, "topics"), {{"topic", "name"}, {"partition replicas", "replicaInfo"}});
  } else if (o.contains("queries")) {
    print_list(array_at(entity, "queries"), {{"query", "id"}, {"type", "queryType"}, {"state", "state"}, {"writes", "sinks"}, {"statement", "queryString"}});
  } else if (o.contains("functions")) {
    print_list(array_at(entity, "functions"), {{"function", "name"}, {"type", "type"}, {"category", "category"}});
  } else if (o.contains("properties")) {
    print_list(array_at(entity, "properties"), {{"property", "name"}, {"scope", "scope"}, {"value", "value"}});
  } else if (o.contains("variables")) {
    print_list(array_at(entity, "variables"), {{"variable", "name"}, {"value", "value"}});
  } else if (const auto* d = o.if_contains("sourceDescription"); d && d->is_object()) {
    print_source(*d);
  } else if (const auto* q = o.if_contains("queryDescription"); q && q->is_object()) {
    std::printf("%s\n%s\n", text_at(*q, "statementText").c_str(), text_at(*q, "executionPlan").c_str());
  } else if (const auto message = text_at(entity, "message"); !message.empty()) {
    std::printf("%s\n", message.c_str());
  } else {
    std::printf("%s\n", json::pretty(entity).c_str());
  }
  for (const auto& warning : array_at(entity, "warnings")) std::printf("note: %s\n", (warning.is_object() ? text_at(warning, "message") : cell(warning)).c_str());
}

// ksqlDB's error form has one field for everything. Its texts begin with the place, "line 3:14: ..." or "Line: 3, Col: 14: ...", and what to do
// next is their last line.
void find_place(Error& error, std::string_view statement) {
  std::size_t line = 0, column = 0;
  int used = 0;
  if (error.where) return;
  for (const char* form : {"line %zu:%zu:%n", "Line: %zu, Col: %zu:%n"})
    if (used == 0 && std::sscanf(error.message.c_str(), form, &line, &column, &used) < 2) used = 0;
  if (used == 0 || line == 0 || column == 0) return;
  if (const auto break_at = error.message.rfind('\n'); error.hint.empty() && break_at != std::string::npos) {
    error.hint = error.message.substr(break_at + 1);
    error.message.resize(break_at);
  }
  std::size_t at = 0;
  for (std::size_t l = 1; l < line; ++l) {
    at = statement.find('\n', at);
    if (at == std::string_view::npos) return;
    ++at;
  }
  at += column - 1;
  if (at > statement.size()) return;
  std::size_t end = at;
  while (end < statement.size() && (std::isalnum(static_cast<unsigned char>(statement[end])) || statement[end] == '_')) ++end;
  error.where = SourceSpan{at, std::max(end, at + 1)};
}

Result<void> run_other(Session& session, const Statement& statement, const SqlOptions& options) {
  json::object body{{"ksql", statement.text}, {"streamsProperties", properties_of(options)}};
  TRY(const auto answer, session.send_text("POST", "/ksql", json::print(body), "application/vnd.ksql.v1+json"));
  if (session.json()) session.print(answer);
  else if (answer.is_array())
    for (const auto& entity : answer.as_array()) print_entity(entity);
  return {};
}

}  // namespace

Result<void> run_statement(Session& session, const Statement& statement, SqlOptions& options) {
  auto done = kind_of(statement.text) == StatementKind::other ? run_other(session, statement, options) : run_query(session, statement, options);
  if (!done) find_place(done.error(), statement.text);
  return done;
}

Result<void> sql(Session& session, const Arguments& arguments) {
  SqlOptions options;
  options.earliest = arguments.get("from") == "beginning";
  std::string text;
  for (const auto& one : arguments.all("execute")) text += one + (one.find_last_not_of(" \n\t") != std::string::npos && one[one.find_last_not_of(" \n\t")] != ';' ? ";\n" : "\n");
  for (const auto& file : arguments.all("file")) {
    TRY(const auto more, read_whole_file(file));
    text += more + "\n";
  }
  if (text.empty()) {
    if (::isatty(STDIN_FILENO)) return sql_shell(session, options);
    TRY(text, read_whole_file("-"));
  }
  const auto statements = split_statements(text);
  std::size_t done = 0;
  for (const auto& statement : statements.whole) {
    auto ran = run_statement(session, statement, options);
    if (!ran) {
      Error error = std::move(ran).error();
      if (error.where) error.message = render(error, statement.text).substr(7);   // without "error: ", which main adds
      if (error.where) error.hint.clear();
      while (error.message.ends_with('\n')) error.message.pop_back();
      if (statements.whole.size() > 1) error.message += "\n(statement " + std::to_string(done + 1) + " of " + std::to_string(statements.whole.size()) + "; those before it were executed)";
      return std::unexpected(std::move(error));
    }
    if (session.interrupted()) return {};
    ++done;
  }
  if (!statements.rest.empty())
    return fail(ErrorCode::invalid_input, "the last statement does not end: " + cut_to_width(printable(statements.rest), 60), "statements end with ';'");
  return {};
}

}  // namespace braid::cli
