// POST /inserts-stream: rows of JSON, one a line, written into a stream as they come; one acknowledgement a line.
#include "api/ksql/entities.h"
#include "api/ksql/errors.h"
#include "api/ksql/ksql.h"
#include "api/ksql/row_json.h"
#include "base/limits/texts.h"

namespace braid::api {
namespace {

// Lines of a body that comes in pieces.
class Lines {
 public:
  explicit Lines(std::shared_ptr<http::BodyReader> body) : body_(std::move(body)) {}
  io::Task<Result<std::optional<std::string>>> next() {
    for (;;) {
      if (const auto end = text_.find('\n'); end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        co_return line;
      }
      if (ended_) {
        if (text_.empty()) co_return std::nullopt;
        co_return std::exchange(text_, {});
      }
      if (text_.size() > limits::load_row_bytes_max) co_return fail(ErrorCode::overloaded, "a line of the request is too long");
      CO_TRY(auto piece, co_await body_->next());
      if (piece) text_ += *piece;
      else ended_ = true;
    }
  }

 private:
  std::shared_ptr<http::BodyReader> body_;   // shared with the connection
  std::string text_;
  bool ended_ = false;
};

Result<std::vector<std::pair<std::string, data::Value>>> row_of(const json::object& object, const sql::Metastore& metastore, const std::string& target) {
  std::vector<std::pair<std::string, data::Value>> row;
  const auto* source = metastore.find(target);
  if (source == nullptr) return fail(ErrorCode::not_found, "Cannot insert values into an unknown stream/table: " + target);
  for (const auto& [name, value] : object) {
    const std::string upper = name.size() > 1 && name.front() == '`' ? std::string(name.substr(1, name.size() - 2)) : upper_case(name);
    const data::Type* type = nullptr;
    for (const auto* columns : {&source->schema.key, &source->schema.value})
      for (const auto& column : *columns)
        if (column.name == upper) type = &column.type;
    if (type == nullptr) return fail(ErrorCode::not_found, "Column name `" + upper + "` does not exist in " + target);
    TRY(auto converted, json_to_value(value, *type));
    row.emplace_back(upper, std::move(converted));
  }
  return row;
}

}  // namespace

io::Task<void> Ksql::insert_lines(std::shared_ptr<http::Request> request, http::BodyWriter& out) {
  Lines lines(request->body_reader);
  const auto first = co_await lines.next();
  const auto head = first && *first ? json::parse_object(**first) : Result<json::object>(fail(ErrorCode::invalid_input, "the first line must be {\"target\": \"STREAM\"}"));
  const auto target = head ? json::required_string(*head, "target") : Result<std::string>(std::unexpected(head.error()));
  if (!target) {
    Bytes text = json::print(to_json(ksql_error(target.error()))) + "\n";
    (void)co_await out.write(std::move(text));
    co_return;
  }
  const std::string source = target->starts_with('`') ? target->substr(1, target->size() - 2) : upper_case(*target);
  Result<void> may;
  if (guard_ != nullptr) {
    sql::InsertValues insert;
    insert.name = source;
    sql::Statement statement;
    statement.tree = std::move(insert);
    const std::map<std::string, std::string> none;
    may = guard_->may(*request, statement, none);
  }
  for (std::int64_t sequence = 0;; ++sequence) {
    const auto line = co_await lines.next();
    if (!line || !*line) co_return;
    if ((*line)->find_first_not_of(" \t\r") == std::string::npos) {
      --sequence;
      continue;
    }
    const auto object = json::parse_object(**line);
    auto row = object ? row_of(*object, engine_.metastore(), source) : Result<std::vector<std::pair<std::string, data::Value>>>(std::unexpected(object.error()));
    Result<void> done;
    flow::Session session;   // named: no braced temporary inside a co_await (g++ 12)
    if (!may) done = std::unexpected(may.error());
    else if (row) done = co_await engine_.insert(source, *std::move(row), std::move(session));
    else done = std::unexpected(row.error());
    json::object answer{{"status", done ? "ok" : "error"}, {"seq", sequence}};
    if (!done) {
      const auto error = ksql_error(done.error());
      answer["error_code"] = error.error_code;
      answer["message"] = error.message;
    }
    Bytes text = json::print(answer) + "\n";
    const auto written = co_await out.write(std::move(text));
    if (!written || !done) co_return;
  }
}

io::Task<http::Response> Ksql::inserts_stream(http::Request request) {
  const auto shared = std::make_shared<http::Request>(std::move(request));
  http::Response response;
  response.headers.set("Content-Type", "application/vnd.ksqlapi.delimited.v1");
  response.stream = [this, shared](http::BodyWriter& out) { return insert_lines(shared, out); };
  co_return response;
}

}  // namespace braid::api
