// SELECT and PRINT as streams: POST /query, POST /query-stream, POST /close-query.
//
// Four forms of one answer, chosen by Accept (Form). Rows are written as they come; a push query ends when the client goes away.
#include "api/ksql/errors.h"
#include "api/ksql/ksql.h"
#include "api/ksql/request.h"
#include "api/ksql/row_json.h"
#include "base/log.h"
#include "sql/parser.h"

namespace braid::api {
namespace {

constexpr io::Milliseconds row_patience{500};       // then a look at whether the client is still there
constexpr std::size_t write_bytes = 64 * 1024;

enum class Form {
  delimited,    // a metadata object, then one array a line: application/vnd.ksqlapi.delimited.v1
  json_array,   // the same as one JSON array: application/json
  streamed,     // [{"header":...},{"row":...},{"finalMessage":...}]: application/vnd.ksql.v1+json
};

constexpr std::string_view delimited_type = "application/vnd.ksqlapi.delimited.v1";
constexpr std::string_view streamed_type = "application/vnd.ksql.v1+json";
constexpr std::string_view protobuf_type = "application/vnd.ksql.v1+protobuf";

Form form_of(const http::Request& request, bool old_endpoint) {
  const auto accept = request.headers.get_or("Accept", "");
  if (accept.find(delimited_type) != std::string_view::npos) return Form::delimited;
  if (accept.find(streamed_type) != std::string_view::npos) return Form::streamed;
  if (!old_endpoint && accept.find("application/json") != std::string_view::npos) return Form::json_array;
  return old_endpoint ? Form::streamed : Form::delimited;
}

std::string quoted(std::string_view text) { return json::print(json::value(text)); }

std::string schema_text(const flow::RowStream& rows) {
  std::string out;
  const auto& columns = rows.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!out.empty()) out += ", ";
    out += "`" + columns[i].name + "` " + columns[i].type.text();
    if (rows.pull() && rows.key_column(i)) out += " KEY";
  }
  return out;
}

std::string head_of(Form form, const flow::RowStream& rows) {
  if (form == Form::streamed) return "[{\"header\":{\"queryId\":" + quoted(rows.query_id()) + ",\"schema\":" + quoted(schema_text(rows)) + "}}";
  std::string names, types;
  for (const auto& column : rows.columns()) {
    names += (names.empty() ? "" : ",") + quoted(column.name);
    types += (types.empty() ? "" : ",") + quoted(column.type.text());
  }
  const auto object = "{\"queryId\":" + quoted(rows.query_id()) + ",\"columnNames\":[" + names + "],\"columnTypes\":[" + types + "]}";
  return form == Form::delimited ? object + "\n" : "[" + object;
}

void append_row(std::string& out, Form form, const flow::Rows::Row& row, const std::vector<data::Field>& columns) {
  switch (form) {
    case Form::delimited:
      append_ksql_row(out, row.values, columns);
      out += '\n';
      return;
    case Form::json_array:
      out += ",\n";
      append_ksql_row(out, row.values, columns);
      return;
    case Form::streamed:
      out += ",\n{\"row\":{\"columns\":";
      append_ksql_row(out, row.values, columns);
      out += row.tombstone ? ",\"tombstone\":true}}" : "}}";
  }
}

std::string tail_of(Form form, flow::Rows::End end, bool pull) {
  if (form == Form::delimited) return "";
  if (form == Form::json_array) return "]";
  if (end == flow::Rows::End::limit_reached) return ",\n{\"finalMessage\":\"Limit Reached\"}]";
  return pull ? "]" : ",\n{\"finalMessage\":\"Query Completed\"}]";
}

std::string error_line(Form form, const Error& error) {
  const auto object = json::print(to_json(ksql_error(error)));
  if (form == Form::delimited) return object + "\n";
  return form == Form::json_array ? ",\n" + object + "]" : ",\n{\"errorMessage\":" + object + "}]";
}

io::Task<void> write_rows(std::shared_ptr<flow::RowStream> rows, Form form, http::BodyWriter& out) {
  out.on_close([rows] { rows->close(); });
  Bytes head = head_of(form, *rows);
  const auto begun = co_await out.write(std::move(head));
  if (!begun) co_return;
  while (!out.closed()) {
    const auto got = co_await rows->next(io::after(row_patience));
    Bytes text;
    if (!got) {
      if (got.error().code == ErrorCode::stopping && out.closed()) co_return;
      text = error_line(form, got.error());
      (void)co_await out.write(std::move(text));
      co_return;
    }
    for (const auto& row : got->rows) {
      append_row(text, form, row, rows->columns());
      if (text.size() >= write_bytes) {
        Bytes full = std::exchange(text, {});
        const auto written = co_await out.write(std::move(full));
        if (!written) co_return;
      }
    }
    const bool ended = got->end != flow::Rows::End::no;
    if (ended) text += tail_of(form, got->end, rows->pull());
    if (!text.empty()) {
      const auto written = co_await out.write(std::move(text));
      if (!written) co_return;
    }
    if (ended) co_return;
  }
  Bytes tail = tail_of(form, flow::Rows::End::completed, rows->pull());   // the server stops: say that this is the end
  if (!tail.empty()) (void)co_await out.write(std::move(tail));
}

io::Task<void> write_lines(std::shared_ptr<flow::LineStream> lines, http::BodyWriter& out) {
  out.on_close([lines] { lines->close(); });
  while (!out.closed()) {
    const auto got = co_await lines->next(io::after(row_patience));
    if (!got) {
      if (got.error().code == ErrorCode::stopping) co_return;
      Bytes text = json::print(to_json(ksql_error(got.error()))) + "\n";
      (void)co_await out.write(std::move(text));
      co_return;
    }
    Bytes text;
    for (const auto& line : *got) text += line + "\n";
    if (!text.empty()) {
      const auto written = co_await out.write(std::move(text));
      if (!written) co_return;
    }
    if (lines->ended()) co_return;
  }
}

}  // namespace

io::Task<http::Response> Ksql::query(http::Request request, bool old_endpoint) {
  auto call = parse_ksql_request(request.body, old_endpoint ? "ksql" : "sql");
  if (!call) co_return respond(ksql_error(call.error()));
  if (request.headers.get_or("Accept", "").find(protobuf_type) != std::string_view::npos)
    co_return respond(KsqlError{406, 40600, "rows as " + std::string(protobuf_type) + " are not built yet; ask for application/vnd.ksql.v1+json"});
  const auto sql = sql::substitute_variables(call->text, call->session.variables);
  auto statements = sql::parse_script(sql);
  if (!statements) co_return respond(ksql_statement_error(statements.error(), call->text));
  if (statements->size() != 1)
    co_return respond(ksql_error(Error{ErrorCode::invalid_input, "Expected exactly one KSQL statement; found " + std::to_string(statements->size()) + " instead"}));
  sql::Statement statement = std::move(statements->front());
  if (guard_ != nullptr)
    if (auto may = guard_->may(request, statement, call->session.properties); !may) co_return respond(ksql_statement_error(may.error(), statement.text));
  if (std::holds_alternative<sql::Print>(statement.tree)) co_return co_await print(std::move(statement), std::move(call->session));
  const std::string text = statement.text;
  if (!std::holds_alternative<sql::Query>(statement.tree))
    co_return respond(ksql_statement_error(
        Error{ErrorCode::invalid_input, "Statement type `" + statement_kind(statement) + "' not supported for this resource", "The following statement types should be issued to the `/ksql' endpoint"}, text));
  auto started = co_await engine_.select(std::move(statement), std::move(call->session));
  if (!started) co_return respond(ksql_statement_error(started.error(), text));

  const auto form = form_of(request, old_endpoint);
  std::shared_ptr<flow::RowStream> rows = *std::move(started);   // shared by the response and its on_close
  http::Response response;
  response.headers.set("Content-Type", form == Form::delimited ? std::string(delimited_type) : form == Form::streamed ? std::string(streamed_type) : "application/json");
  response.stream = [rows, form](http::BodyWriter& out) { return write_rows(rows, form, out); };
  co_return response;
}

io::Task<http::Response> Ksql::print(sql::Statement statement, flow::Session session) {
  const std::string text = statement.text;
  auto started = co_await engine_.print(std::move(statement), std::move(session));
  if (!started) co_return respond(ksql_statement_error(started.error(), text));
  std::shared_ptr<flow::LineStream> lines = *std::move(started);
  http::Response response;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.stream = [lines](http::BodyWriter& out) { return write_lines(lines, out); };
  co_return response;
}

io::Task<http::Response> Ksql::close_query(http::Request request) {
  const auto body = json::parse_object(request.body);
  if (!body) co_return respond(ksql_error(body.error()));
  const auto id = json::required_string(*body, "queryId");
  if (!id) co_return respond(ksql_error(id.error()));
  if (const auto query = engine_.query(*id); guard_ != nullptr && query)
    if (auto may = guard_->may_end(request, *query); !may) co_return respond(ksql_error(may.error()));
  if (!engine_.end_push_query(*id)) co_return respond(KsqlError{400, 40000, "No query with id " + *id});
  co_return http::Response::empty(200);
}

}  // namespace braid::api
