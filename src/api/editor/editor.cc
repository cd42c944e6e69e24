#include "api/editor/editor.h"

#include <algorithm>
#include <set>

#include "api/editor/plan_json.h"
#include "api/editor/script.h"
#include "api/errors.h"
#include "api/ksql/row_json.h"
#include "base/limits/texts.h"
#include "sql/functions.h"
#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::api {
namespace {

constexpr std::int64_t rows_default = 100, rows_max = 10'000;
constexpr std::int64_t seconds_default = 30, seconds_max = 300;
constexpr io::Milliseconds steps_every{1'000};
constexpr std::size_t write_bytes = 64 * 1024;

Result<std::string> sql_of(const json::object& body) {
  TRY(auto text, json::required_string(body, "sql"));
  if (text.size() > limits::sql_text_bytes_max)
    return fail(ErrorCode::invalid_input, "the SQL text has " + std::to_string(text.size()) + " bytes, above the limit of " + std::to_string(limits::sql_text_bytes_max));
  return text;
}

// ---- check ----

// What the node knows, and over it what the statements before would have made.
class Sandbox final : public sql::SchemaLookup {
 public:
  explicit Sandbox(std::unique_ptr<sql::SchemaLookup> real) : real_(std::move(real)) {}
  std::optional<Found> latest(std::string_view subject) override {
    if (const auto it = schemas_.find(subject); it != schemas_.end()) return it->second;
    return real_->latest(subject);
  }
  std::optional<Found> by_id(SchemaId id) override { return real_->by_id(id); }
  std::optional<std::int32_t> partitions(std::string_view topic) override {
    if (const auto it = topics_.find(topic); it != topics_.end()) return it->second;
    return real_->partitions(topic);
  }
  void made(const sql::Planned& planned) {
    if (planned.topic && !partitions(planned.topic->name)) topics_[planned.topic->name] = planned.topic->partitions.value_or(1);
    const auto* put = planned.ddl ? std::get_if<sql::PutSource>(&*planned.ddl) : nullptr;
    if (!put) return;
    for (const bool is_key : {true, false}) {
      const auto& format = is_key ? put->source.key_format : put->source.value_format;
      const auto& columns = is_key ? put->source.schema.key : put->source.schema.value;
      const std::string subject = put->source.topic + (is_key ? "-key" : "-value");
      if (!format::uses_registry(format.format) || columns.empty() || latest(subject)) continue;
      if (auto text = format::derive_schema(format.format, columns, is_key, sql::unwraps(format, columns.size(), is_key), format.properties))
        schemas_[subject] = Found{SchemaId{-1}, *std::move(text)};
    }
  }

 private:
  std::unique_ptr<sql::SchemaLookup> real_;
  std::map<std::string, std::int32_t, std::less<>> topics_;
  std::map<std::string, Found, std::less<>> schemas_;
};

json::object error_json(const Error& error, const ScriptPart& part, const TextPlaces& places) {
  const SourceSpan where = error.where.value_or(part.span);
  json::object out{{"message", error.message}, {"hint", error.hint}};
  places.put(out, where);
  const auto [line, column] = places.line_column(where.begin);
  out["line"] = line;
  out["column"] = column;
  return out;
}

json::array columns_of(const sql::Schema& schema, bool transient) {
  json::array out;
  std::set<std::string> keys;
  for (const auto& f : schema.key) {
    keys.insert(f.name);
    if (!transient) out.push_back(json::object{{"name", f.name}, {"type", f.type.text()}, {"key", true}});
  }
  // The rows of a SELECT are its value columns; keys that were selected are among them.
  for (const auto& f : schema.value) out.push_back(json::object{{"name", f.name}, {"type", f.type.text()}, {"key", transient && keys.contains(f.name)}});
  return out;
}

struct Checker {
  const flow::Engine& engine;
  sql::Metastore metastore;
  Sandbox lookup;
  std::map<std::string, std::string> properties;
  std::map<std::string, std::string> variables;
  int number = 0;

  json::object look_at(const ScriptPart& part, std::string_view text, const TextPlaces& places) {
    json::object out;
    places.put(out, part.span);
    out["text"] = text.substr(part.span.begin, part.span.end - part.span.begin);
    out["kind"] = part.statement ? kind_of(*part.statement) : "error";
    out["ok"] = true;
    for (const char* field : {"error", "writes", "sink_topic", "plan"}) out[field] = nullptr;
    out["reads"] = json::array();
    out["columns"] = json::array();
    auto done = part.statement ? plan(*part.statement, out) : Result<void>(std::unexpected(part.statement.error()));
    if (!done) {
      out["ok"] = false;
      out["error"] = error_json(done.error(), part, places);
    }
    return out;
  }

  Result<void> plan(const sql::Statement& statement, json::object& out) {
    if (const auto* s = std::get_if<sql::SetProperty>(&statement.tree)) return properties[s->name] = s->value, Result<void>{};
    if (const auto* s = std::get_if<sql::UnsetProperty>(&statement.tree)) return properties.erase(s->name), Result<void>{};
    if (const auto* s = std::get_if<sql::DefineVariable>(&statement.tree)) return variables[s->name] = s->value, Result<void>{};
    if (const auto* s = std::get_if<sql::UndefineVariable>(&statement.tree)) return variables.erase(s->name), Result<void>{};
    if (const auto* s = std::get_if<sql::Explain>(&statement.tree)) return s->statement ? plan(*s->statement, out) : Result<void>{};
    const sql::PlanContext context{metastore, properties, lookup, std::to_string(number++)};
    if (const auto* s = std::get_if<sql::InsertValues>(&statement.tree)) {
      TRY(const auto row, sql::plan_insert(*s, context));
      out["writes"] = s->name;
      out["sink_topic"] = row.source->topic;
      return {};
    }
    if (const auto* s = std::get_if<sql::ControlQuery>(&statement.tree)) {
      if (s->query && !metastore.queries().contains(*s->query)) return fail(ErrorCode::not_found, "Unknown queryId: " + *s->query, "SHOW QUERIES lists those that run", statement.place.span);
      return {};
    }
    if (std::holds_alternative<sql::Show>(statement.tree) || std::holds_alternative<sql::Describe>(statement.tree) || std::holds_alternative<sql::Print>(statement.tree) ||
        std::holds_alternative<sql::AssertTopic>(statement.tree) || std::holds_alternative<sql::AssertSchema>(statement.tree))
      return {};
    TRY(auto planned, sql::plan(statement, context));
    describe(statement, planned, out);
    lookup.made(planned);
    if (planned.nothing_to_do) return {};
    if (planned.ddl) {
      if (const auto* drop = std::get_if<sql::DropSourceCommand>(&*planned.ddl))
        for (const auto& id : metastore.writers_of(drop->name)) metastore.remove_query(id);
      metastore.apply(*planned.ddl);
    }
    if (planned.query && planned.query->root->kind == sql::StepKind::sink) metastore.add_query(*planned.query);
    return {};
  }

  void describe(const sql::Statement& statement, const sql::Planned& planned, json::object& out) const {
    if (const auto* put = planned.ddl ? std::get_if<sql::PutSource>(&*planned.ddl) : nullptr) {
      out["columns"] = columns_of(put->source.schema, false);
      if (planned.query) {
        out["writes"] = put->source.name;
        out["sink_topic"] = put->source.topic;
      } else {
        out["writes"] = put->source.name;
      }
    }
    if (const auto* drop = planned.ddl ? std::get_if<sql::DropSourceCommand>(&*planned.ddl) : nullptr) out["writes"] = drop->name;
    if (!planned.query) return;
    const auto& root = *planned.query->root;
    json::array reads;
    for (const auto& source : planned.query->sources) reads.emplace_back(source);
    out["reads"] = std::move(reads);
    out["plan"] = plan_json(root, query_of(statement));
    if (root.kind == sql::StepKind::sink) {
      out["writes"] = root.sink;
      out["sink_topic"] = root.topic;
      if (out["columns"].as_array().empty()) out["columns"] = columns_of(root.schema, false);
    } else {
      out["columns"] = columns_of(root.schema, true);
    }
  }
};

// ---- preview ----

struct Preview {
  std::shared_ptr<flow::RowStream> rows;   // shared by the response and its on_close
  std::int64_t limit = rows_default;
  io::Deadline until;
};

std::string steps_line(const flow::RowStream& rows, const std::vector<flow::StepCount>& counts) {
  const auto ids = step_ids(*rows.plan());
  json::array steps;
  for (const auto& c : counts)
    if (const auto it = ids.find(c.step); it != ids.end()) steps.push_back(json::object{{"id", it->second}, {"in", c.in}, {"out", c.out}});
  return json::print(json::object{{"steps", std::move(steps)}}) + "\n";
}

std::string nearest_line(const flow::RowStream& rows, const std::vector<flow::NearMiss>& misses) {
  const auto ids = step_ids(*rows.plan());
  json::array list;
  for (const auto& miss : misses) {
    const auto it = ids.find(miss.step);
    json::object row;
    for (std::size_t i = 0; i < miss.fields.size(); ++i) {
      std::string text;
      append_ksql_json(text, miss.values[i], miss.fields[i].type);
      auto value = json::parse(text);
      row[miss.fields[i].name] = value ? *std::move(value) : json::value(nullptr);
    }
    json::array failed;
    for (const auto& term : miss.failed) failed.emplace_back(term);
    list.push_back(json::object{{"step", it == ids.end() ? json::value(nullptr) : json::value(it->second)}, {"row", std::move(row)}, {"failed", std::move(failed)}});
  }
  return json::print(json::object{{"nearest", std::move(list)}}) + "\n";
}

io::Task<void> write_preview(Preview preview, http::BodyWriter& out) {
  const auto rows = preview.rows;
  out.on_close([rows] { rows->close(); });
  json::array columns;
  for (std::size_t i = 0; i < rows->columns().size(); ++i)
    columns.push_back(json::object{{"name", rows->columns()[i].name}, {"type", rows->columns()[i].type.text()}, {"key", rows->key_column(i)}});
  Bytes head = json::print(json::object{{"columns", std::move(columns)}}) + "\n";
  auto sent = co_await out.write(std::move(head));
  std::int64_t given = 0;
  const char* end = "stopped";
  auto next_steps = io::after(steps_every);
  while (sent && !out.closed()) {
    const auto now = std::chrono::steady_clock::now();
    Bytes text;
    if (now >= preview.until) {
      end = "time";
      break;
    }
    if (now >= next_steps) {
      const auto counts = co_await rows->step_counts();
      text += steps_line(*rows, counts);
      next_steps = io::after(steps_every);
    }
    const auto wait = std::min(preview.until, next_steps);
    const auto got = co_await rows->next(wait);
    if (!got) {
      if (!out.closed()) {
        text += json::print(json::object{{"error", error_body(got.error())}}) + "\n";
        sent = co_await out.write(std::move(text));
      }
      co_return;
    }
    for (const auto& row : got->rows) {
      if (given == preview.limit) break;
      text += "{\"row\":";
      append_ksql_row(text, row.values, rows->columns());
      text += row.tombstone ? ",\"tombstone\":true}\n" : "}\n";
      ++given;
      if (text.size() >= write_bytes) {
        Bytes full = std::exchange(text, {});
        sent = co_await out.write(std::move(full));
        if (!sent) co_return;
      }
    }
    if (!text.empty()) {
      sent = co_await out.write(std::move(text));
      if (!sent) co_return;
    }
    if (given == preview.limit || got->end == flow::Rows::End::limit_reached) {
      end = "limit";
      break;
    }
    if (got->end == flow::Rows::End::completed) {
      end = "completed";
      break;
    }
  }
  if (!sent) co_return;
  const auto counts = co_await rows->step_counts();
  Bytes tail = steps_line(*rows, counts);
  if (given == 0) {
    const auto misses = co_await rows->near_misses();
    if (!misses.empty()) tail += nearest_line(*rows, misses);
  }
  tail += json::print(json::object{{"end", end}}) + "\n";
  (void)co_await out.write(std::move(tail));
}

// The SELECT of a statement, as one that can be run by itself.
Result<sql::Statement> select_of(const std::string& text) {
  TRY(auto statement, sql::parse_statement(text));
  const sql::Query* inside = query_of(statement);
  if (!inside)
    return fail(ErrorCode::invalid_input, "there is nothing to preview: the statement has no SELECT", "a preview runs SELECT, CREATE ... AS SELECT and INSERT INTO ... SELECT");
  if (std::holds_alternative<sql::Query>(statement.tree)) return statement;
  sql::Query query = *inside;
  if (query.emit == sql::Emit::none) query.emit = sql::Emit::changes;   // what a persistent query does without being told
  sql::Statement out;
  out.tree = std::move(query);
  out.text = statement.text;
  out.place = statement.place;
  return out;
}

Result<std::int64_t> bounded(const json::object& body, std::string_view field, std::int64_t otherwise, std::int64_t most) {
  TRY(const auto given, json::optional_int(body, field));
  const auto value = given.value_or(otherwise);
  if (value < 1 || value > most) return fail(ErrorCode::invalid_input, std::string(field) + " must be from 1 to " + std::to_string(most) + ", got " + std::to_string(value));
  return value;
}

json::array field_list(const sql::Schema& schema) { return columns_of(schema, false); }

}  // namespace

Editor::Editor(flow::Engine& engine, const mesh::Mesh& mesh, std::vector<UseCase> use_cases, StatementGuard* guard)
    : engine_(engine), mesh_(mesh), use_cases_(std::move(use_cases)), guard_(guard) {}

void Editor::add_routes(http::Router& router) {
  router.post("/api/v1/sql/check", [this](http::Request r) { return check(std::move(r)); });
  router.post("/api/v1/sql/preview", [this](http::Request r) { return preview(std::move(r)); });
  router.get("/api/v1/sql/words", [this](http::Request r) { return words(std::move(r)); });
  router.get("/api/v1/use-cases", [this](http::Request r) { return list_use_cases(std::move(r)); });
}

io::Task<http::Response> Editor::check(http::Request request) {
  const auto body = json::parse_object(request.body);
  if (!body) co_return refuse(body.error());
  const auto text = sql_of(*body);
  if (!text) co_return refuse(text.error());
  auto lookup = co_await engine_.schema_lookup();
  Checker checker{engine_, engine_.metastore(), Sandbox(std::move(lookup)), engine_.properties(), {}};
  const TextPlaces places(*text);
  json::array statements;
  for (const auto& part : split_script(*text)) statements.push_back(checker.look_at(part, *text, places));
  co_return http::Response::json(200, json::print(json::object{{"statements", std::move(statements)}}));
}

io::Task<http::Response> Editor::preview(http::Request request) {
  const auto body = json::parse_object(request.body);
  if (!body) co_return refuse(body.error());
  const auto text = sql_of(*body);
  if (!text) co_return refuse(text.error());
  const auto limit = bounded(*body, "limit", rows_default, rows_max);
  if (!limit) co_return refuse(limit.error());
  const auto seconds = bounded(*body, "seconds", seconds_default, seconds_max);
  if (!seconds) co_return refuse(seconds.error());
  const auto from = json::optional_string(*body, "from");
  if (!from) co_return refuse(from.error());
  if (from->value_or("earliest") != "earliest" && **from != "latest")
    co_return refuse(Error{ErrorCode::invalid_input, "from must be earliest or latest, got '" + **from + "'"});
  auto statement = select_of(*text);
  if (!statement) co_return refuse(statement.error());
  flow::Session session;
  if (guard_ != nullptr)
    if (const auto may = guard_->may(request, *statement, session.properties); !may) co_return refuse(may.error());
  session.properties["auto.offset.reset"] = from->value_or("earliest");
  session.near_misses = true;
  auto started = co_await engine_.select(*std::move(statement), std::move(session));
  if (!started) co_return refuse(started.error());
  Preview preview{*std::move(started), *limit, io::after(io::Milliseconds(1000 * *seconds))};
  http::Response response;
  response.headers.set("Content-Type", "application/x-ndjson");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [preview](http::BodyWriter& out) { return write_preview(preview, out); };
  co_return response;
}

io::Task<http::Response> Editor::words(http::Request) {
  json::array keywords, functions, sources;
  for (const auto word : sql::keywords()) keywords.emplace_back(word);
  for (const auto& f : sql::all_functions()) {
    json::array signatures;
    for (const auto& s : f.signatures) signatures.emplace_back(s);
    const char* kind = f.kind == sql::FunctionKind::scalar ? "scalar" : f.kind == sql::FunctionKind::aggregate ? "aggregate" : "table";
    functions.push_back(json::object{{"name", f.name}, {"kind", kind}, {"category", f.category}, {"signatures", std::move(signatures)}, {"summary", f.description}});
  }
  for (const auto& [name, source] : engine_.metastore().sources()) {
    json::object one{{"name", name}, {"kind", source.kind == sql::SourceKind::stream ? "stream" : "table"}, {"topic", source.topic}, {"columns", field_list(source.schema)},
                     {"product", nullptr}, {"domain", nullptr}};
    if (const auto* product = mesh_.state().product_of_topic(source.topic)) {
      one["product"] = product->name;
      one["domain"] = product->domain;
    }
    sources.push_back(std::move(one));
  }
  co_return http::Response::json(200, json::print(json::object{{"keywords", std::move(keywords)}, {"functions", std::move(functions)}, {"sources", std::move(sources)}}));
}

io::Task<http::Response> Editor::list_use_cases(http::Request) {
  json::array out;
  for (const auto& c : use_cases_) {
    json::array inputs;
    for (const auto& input : c.inputs) inputs.emplace_back(input);
    out.push_back(json::object{{"name", c.name}, {"title", c.title}, {"description", c.description}, {"inputs", std::move(inputs)}, {"output", c.output},
                               {"kind", c.table ? "table" : "stream"}, {"sql", c.sql}});
  }
  co_return http::Response::json(200, json::print(out));
}

}  // namespace braid::api
