// What statements answer on POST /ksql, one JSON object each, discriminated by "@type". Clients tell them apart by their fields, so the sets of
// fields matter: reference page ksqldb.md 3.2; ksqlDB's entity classes are the specification. Pure over the engine's own view.
#pragma once
#include <string>

#include "base/json.h"
#include "eventlog/event_log.h"
#include "flow/engine.h"
#include "sql/ast.h"
#include "sql/metastore.h"

namespace braid::api {

json::value done_entity(const sql::Statement& statement, const flow::Done& done);
json::value sources_entity(const flow::Engine& engine, sql::SourceKind kind, const std::string& text);
Result<json::value> described_sources(const flow::Engine& engine, sql::SourceKind kind, const std::string& text);
Result<json::value> source_description(const flow::Engine& engine, const std::string& name, bool extended, const eventlog::TopicInfo& topic, const std::string& text);
json::value queries_entity(const flow::Engine& engine, const std::string& text);
json::value described_queries(const flow::Engine& engine, const std::string& text);
Result<json::value> explained_query(const flow::Engine& engine, const std::string& id, const std::string& text);
json::value explained_plan(const sql::QueryPlan& plan, const std::string& text);
json::value functions_entity(const std::string& text);
Result<json::value> function_description(const std::string& name, const std::string& text);
json::value types_entity(const flow::Engine& engine, const std::string& text);
json::value properties_entity(const flow::Engine& engine, const flow::Session& session, const std::string& text);
json::value variables_entity(const flow::Session& session, const std::string& text);

std::string topic_of(const flow::Engine& engine, const std::string& source);   // empty when there is no such source
std::string plan_text(const sql::Step& root);                                  // the steps as people read them: EXPLAIN

}  // namespace braid::api
