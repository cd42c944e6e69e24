// POST /ksql: statements one after the other, each answered by one entity; the first that fails ends the request and says what was done before.
#include "api/ksql/entities.h"
#include "api/ksql/errors.h"
#include "api/ksql/ksql.h"
#include "api/ksql/properties.h"
#include "api/ksql/request.h"
#include "api/mesh/mesh_api.h"
#include "base/log.h"
#include "sql/parser.h"

namespace braid::api {
namespace {

constexpr std::string_view ksql_type = "application/vnd.ksql.v1+json";

bool changes_something(const sql::Statement& s) {
  return std::holds_alternative<sql::CreateSource>(s.tree) || std::holds_alternative<sql::CreateAs>(s.tree) || std::holds_alternative<sql::InsertInto>(s.tree) ||
         std::holds_alternative<sql::InsertValues>(s.tree) || std::holds_alternative<sql::AlterSource>(s.tree) || std::holds_alternative<sql::DropSource>(s.tree) ||
         std::holds_alternative<sql::CreateType>(s.tree) || std::holds_alternative<sql::DropType>(s.tree) || std::holds_alternative<sql::ControlQuery>(s.tree);
}

// What the audit calls it, and on what.
struct Deed {
  std::string what, kind, subject;
};
Deed deed_of(const sql::Statement& statement, const flow::Done& done) {
  if (const auto* s = std::get_if<sql::CreateSource>(&statement.tree)) return {"source.created", "source", s->name};
  if (const auto* s = std::get_if<sql::CreateAs>(&statement.tree)) return {"query.created", "query", done.query_id.empty() ? s->name : done.query_id};
  if (const auto* s = std::get_if<sql::InsertInto>(&statement.tree)) return {"query.created", "query", done.query_id.empty() ? s->name : done.query_id};
  if (const auto* s = std::get_if<sql::AlterSource>(&statement.tree)) return {"source.changed", "source", s->name};
  if (const auto* s = std::get_if<sql::DropSource>(&statement.tree)) return {"source.dropped", "source", s->name};
  if (const auto* s = std::get_if<sql::CreateType>(&statement.tree)) return {"type.created", "type", s->name};
  if (const auto* s = std::get_if<sql::DropType>(&statement.tree)) return {"type.dropped", "type", s->name};
  if (const auto* s = std::get_if<sql::ControlQuery>(&statement.tree)) {
    const std::string verb = s->action == sql::QueryAction::terminate ? "terminated" : s->action == sql::QueryAction::pause ? "paused" : "resumed";
    return {"query." + verb, "query", s->query.value_or("ALL")};
  }
  return {};
}

Error cannot_here(const sql::Statement& statement) {
  if (std::holds_alternative<sql::Query>(statement.tree) || std::holds_alternative<sql::Print>(statement.tree))
    return {ErrorCode::invalid_input, "Statement type `" + statement_kind(statement) + "' not supported for this resource",
            "The following statement types should be issued to the websocket endpoint '/query' or '/query-stream':\n\t* PRINT\n\t* SELECT"};
  return {ErrorCode::unsupported, statement_kind(statement) + " is understood, but not built yet"};
}

}  // namespace

io::Task<http::Response> Ksql::statements(http::Request request) {
  auto call = parse_ksql_request(request.body, "ksql");
  if (!call) co_return respond(ksql_error(call.error()));
  auto session = std::move(call->session);
  auto parsed = sql::parse_script(sql::substitute_variables(call->text, session.variables));
  if (!parsed) co_return respond(ksql_statement_error(parsed.error(), call->text));
  json::array entities;
  for (const auto& written : *parsed) {
    // Variables that an earlier statement of this request defined: the text is looked at again.
    auto again = session.variables.empty() ? Result<sql::Statement>(written) : sql::parse_statement(sql::substitute_variables(written.text, session.variables));
    if (!again) co_return respond(ksql_statement_error(again.error(), written.text));
    const sql::Statement statement = *std::move(again);
    auto entity = co_await run_one(request, statement, session);
    if (!entity) {
      auto error = ksql_statement_error(entity.error(), statement.text);
      if (const bool assertion = std::holds_alternative<sql::AssertTopic>(statement.tree) || std::holds_alternative<sql::AssertSchema>(statement.tree);
          assertion && entity.error().code == ErrorCode::not_found) {
        error.status = 417;
        error.error_code = 41700;
      }
      error.entities = std::move(entities);
      co_return respond(error);
    }
    if (!entity->is_null()) entities.push_back(*std::move(entity));
  }
  co_return http::Response::json(200, json::print(entities), std::string(ksql_type));
}

io::Task<Result<json::value>> Ksql::run_one(const http::Request& request, const sql::Statement& statement, flow::Session& session) {
  if (changes_something(statement)) co_return co_await change(request, statement, session);
  if (const auto* s = std::get_if<sql::SetProperty>(&statement.tree)) {
    if (s->system) co_return fail(ErrorCode::unsupported, "ALTER SYSTEM is understood, but not built yet", "set the property in the node's configuration, or for a request with SET");
    if (!known_ksql_property(s->name)) co_return fail(ErrorCode::invalid_input, "Unknown property: " + s->name);
    session.properties[s->name] = s->value;
    co_return json::value(nullptr);
  }
  if (const auto* s = std::get_if<sql::UnsetProperty>(&statement.tree)) {
    session.properties.erase(s->name);
    co_return json::value(nullptr);
  }
  if (const auto* s = std::get_if<sql::DefineVariable>(&statement.tree)) {
    session.variables[s->name] = s->value;
    co_return json::value(nullptr);
  }
  if (const auto* s = std::get_if<sql::UndefineVariable>(&statement.tree)) {
    session.variables.erase(s->name);
    co_return json::value(nullptr);
  }
  co_return co_await show(statement, session);
}

io::Task<Result<json::value>> Ksql::change(const http::Request& request, const sql::Statement& statement, flow::Session session) {
  if (guard_ != nullptr) CO_TRY_VOID(guard_->may(request, statement, session.properties));
  CO_TRY(const auto done, co_await engine_.execute(statement, std::move(session)));
  const auto deed = deed_of(statement, done);
  if (audit_ != nullptr && !deed.what.empty() && done.warning.empty()) {
    mesh::AuditEntry entry;
    entry.who = request.principal;
    entry.what = deed.what;
    entry.kind = deed.kind;
    entry.subject = deed.subject;
    entry.message = done.message;
    json::object after{{"statement", statement.text}};
    entry.after = json::print(after);
    entry.client = caller_of(request).client;
    const auto recorded = co_await audit_->record(std::move(entry));
    if (!recorded) log::warn("audit_entry_lost", {{"what", deed.what}, {"subject", deed.subject}, {"reason", recorded.error().message}});
  }
  co_return done_entity(statement, done);
}

io::Task<Result<json::value>> Ksql::show(const sql::Statement& statement, const flow::Session& session) {
  const auto& text = statement.text;
  if (const auto* s = std::get_if<sql::Show>(&statement.tree)) {
    switch (s->what) {
      case sql::ShowWhat::topics:
      case sql::ShowWhat::all_topics: co_return co_await show_topics(*s, text);
      case sql::ShowWhat::streams: co_return s->extended ? described_sources(engine_, sql::SourceKind::stream, text) : sources_entity(engine_, sql::SourceKind::stream, text);
      case sql::ShowWhat::tables: co_return s->extended ? described_sources(engine_, sql::SourceKind::table, text) : sources_entity(engine_, sql::SourceKind::table, text);
      case sql::ShowWhat::queries: co_return s->extended ? described_queries(engine_, text) : queries_entity(engine_, text);
      case sql::ShowWhat::functions: co_return functions_entity(text);
      case sql::ShowWhat::types: co_return types_entity(engine_, text);
      case sql::ShowWhat::properties: co_return properties_entity(engine_, session, text);
      case sql::ShowWhat::variables: co_return variables_entity(session, text);
      default: co_return fail(ErrorCode::unsupported, "connectors are understood, but not built yet");
    }
  }
  if (const auto* s = std::get_if<sql::Describe>(&statement.tree)) {
    switch (s->what) {
      case sql::DescribeWhat::source: {
        eventlog::TopicInfo topic;
        if (const auto found = co_await log_.describe_topic(topic_of(engine_, s->name))) topic = *found;
        co_return source_description(engine_, s->name, s->extended, topic, text);
      }
      case sql::DescribeWhat::streams: co_return described_sources(engine_, sql::SourceKind::stream, text);
      case sql::DescribeWhat::tables: co_return described_sources(engine_, sql::SourceKind::table, text);
      case sql::DescribeWhat::function: co_return function_description(s->name, text);
      case sql::DescribeWhat::connector: co_return fail(ErrorCode::unsupported, "connectors are understood, but not built yet");
    }
  }
  if (const auto* s = std::get_if<sql::Explain>(&statement.tree)) {
    if (s->query) co_return explained_query(engine_, *s->query, text);
    CO_TRY(const auto plan, co_await engine_.explain(*s->statement, session));
    co_return explained_plan(plan, text);
  }
  if (const auto* s = std::get_if<sql::AssertTopic>(&statement.tree)) co_return co_await assert_topic(*s, text);
  if (const auto* s = std::get_if<sql::AssertSchema>(&statement.tree)) co_return co_await assert_schema(*s, text);
  co_return std::unexpected(cannot_here(statement));
}

io::Task<Result<json::value>> Ksql::show_topics(const sql::Show& show, std::string text) {
  CO_TRY(const auto topics, co_await log_.list_topics());
  json::array listed;
  for (const auto& topic : topics) {
    const bool internal = topic.internal || topic.name.starts_with("_");
    if (internal && show.what != sql::ShowWhat::all_topics) continue;
    json::array replicas;
    for (std::int32_t p = 0; p < topic.partitions; ++p) replicas.push_back(topic.replication_factor);
    json::object one{{"name", topic.name}, {"replicaInfo", std::move(replicas)}};
    if (show.extended) {
      std::int64_t consumers = 0;
      for (const auto& query : engine_.queries())
        for (const auto& source : query.sources) consumers += topic_of(engine_, source) == topic.name;
      one["consumerCount"] = consumers;        // queries of this node that read it
      one["consumerGroupCount"] = consumers;
    }
    listed.push_back(std::move(one));
  }
  json::object out{{"@type", show.extended ? "kafka_topics_extended" : "kafka_topics"}, {"statementText", text}, {"topics", std::move(listed)}, {"warnings", json::array()}};
  co_return json::value(std::move(out));
}

namespace {
constexpr io::Milliseconds assert_patience{1'000};   // ksqlDB's default without TIMEOUT
constexpr io::Milliseconds assert_pause{50};
}  // namespace

io::Task<Result<json::value>> Ksql::assert_topic(const sql::AssertTopic& wanted, std::string text) {
  const auto deadline = io::after(wanted.timeout ? io::Milliseconds(wanted.timeout->ms()) : assert_patience);
  std::string problem;
  for (;;) {
    const auto found = co_await log_.describe_topic(wanted.topic);
    if (!found && found.error().code != ErrorCode::not_found) co_return std::unexpected(found.error());
    problem.clear();
    if (found && !wanted.exists) problem = "Topic " + wanted.topic + " exists";
    else if (!found && wanted.exists) problem = "Topic " + wanted.topic + " does not exist";
    else if (found) {
      for (const auto& property : wanted.with) {
        const auto expected = property.value.holds<std::int32_t>() || property.value.holds<std::int64_t>() ? property.value.to_int64() : -1;
        const std::int64_t actual = property.name == "PARTITIONS" ? found->partitions : property.name == "REPLICAS" ? found->replication_factor : expected;
        if (actual != expected)
          problem += (problem.empty() ? "" : "\n") + std::string("Mismatched configuration for topic ") + wanted.topic + ": For config " +
                     (property.name == "PARTITIONS" ? "partitions" : "replicas") + ", expected " + std::to_string(expected) + " got " + std::to_string(actual);
      }
    }
    if (problem.empty() || std::chrono::steady_clock::now() >= deadline) break;
    co_await io::sleep_for(assert_pause);
  }
  if (!problem.empty()) co_return fail(ErrorCode::not_found, problem);
  json::object out{{"@type", "assert_topic"}, {"statementText", text}, {"topicName", wanted.topic}, {"exists", wanted.exists}, {"warnings", json::array()}};
  co_return json::value(std::move(out));
}

io::Task<Result<json::value>> Ksql::assert_schema(const sql::AssertSchema& wanted, std::string text) {
  const auto deadline = io::after(wanted.timeout ? io::Milliseconds(wanted.timeout->ms()) : assert_patience);
  for (;;) {
    bool there = true;
    if (wanted.id) {
      const auto schema = registry_.by_id(SchemaId{std::int32_t(*wanted.id)});
      there = schema.has_value() && (!wanted.subject || schema->subject == *wanted.subject);
    } else if (wanted.subject) {
      there = registry_.latest(*wanted.subject).has_value();
    }
    if (there == wanted.exists) break;
    if (std::chrono::steady_clock::now() >= deadline) {
      const std::string name = (wanted.subject ? "subject name " + *wanted.subject : std::string()) + (wanted.subject && wanted.id ? " and " : "") +
                               (wanted.id ? "id " + std::to_string(*wanted.id) : std::string());
      co_return fail(ErrorCode::not_found, "Schema with " + name + (wanted.exists ? " does not exist" : " exists"));
    }
    co_await io::sleep_for(assert_pause);
  }
  json::object out{{"@type", "assert_schema"}, {"statementText", text}, {"subject", nullptr}, {"id", nullptr}, {"exists", wanted.exists}, {"warnings", json::array()}};
  if (wanted.subject) out["subject"] = *wanted.subject;
  if (wanted.id) out["id"] = *wanted.id;
  co_return json::value(std::move(out));
}

}  // namespace braid::api
