#include "api/ksql/entities.h"

#include <algorithm>

#include "api/ksql/properties.h"
#include "api/ksql/row_json.h"
#include "sql/functions.h"

namespace braid::api {
namespace {

json::object entity(std::string_view type, const std::string& text) { return {{"@type", type}, {"statementText", text}, {"warnings", json::array()}}; }

std::string_view kind_name(sql::SourceKind kind) { return kind == sql::SourceKind::stream ? "STREAM" : "TABLE"; }

json::object source_summary(const sql::Source& source) {
  return {{"type", kind_name(source.kind)}, {"name", source.name}, {"topic", source.topic}, {"keyFormat", format::name_of(source.key_format.format)},
          {"valueFormat", format::name_of(source.value_format.format)}, {"isWindowed", source.window.has_value()}};
}

std::string_view window_name(sql::WindowKind kind) {
  return kind == sql::WindowKind::tumbling ? "TUMBLING" : kind == sql::WindowKind::hopping ? "HOPPING" : "SESSION";
}

json::array fields_of(const sql::Schema& schema) {
  json::array fields;
  for (const auto& column : schema.key) fields.push_back(json::object{{"name", column.name}, {"schema", type_json(column.type)}, {"type", "KEY"}});
  for (const auto& column : schema.value) fields.push_back(json::object{{"name", column.name}, {"schema", type_json(column.type)}});
  for (const auto& column : schema.headers) {
    const auto type = column.key ? data::Type(data::Kind::bytes)
                                 : data::Type::array(data::Type::structure({{"KEY", data::Kind::string}, {"VALUE", data::Kind::bytes}}));
    fields.push_back(json::object{{"name", column.name}, {"schema", type_json(type)}, {"type", "HEADER"}, {"headerKey", column.key ? json::value(*column.key) : json::value(nullptr)}});
  }
  return fields;
}

json::object query_summary(const flow::QueryInfo& query) {
  json::array sinks, topics;
  if (!query.sink.empty()) sinks.push_back(json::value(query.sink));
  if (!query.sink_topic.empty()) topics.push_back(json::value(query.sink_topic));
  const auto state = flow::name_of(query.state);
  return {{"queryString", query.statement}, {"sinks", std::move(sinks)}, {"sinkKafkaTopics", std::move(topics)}, {"id", query.id},
          {"statusCount", json::object{{state, 1}}}, {"queryType", query.persistent ? "PERSISTENT" : "PUSH"}, {"state", state}};
}

// The counters as ksqlDB's DESCRIBE EXTENDED prints them, one line, name and value in turn.
std::string statistics_of(const std::vector<flow::QueryInfo>& queries) {
  std::int64_t in = 0, out = 0, failed = 0, late = 0;
  for (const auto& query : queries) {
    in += query.counts.records_in;
    out += query.counts.records_out;
    failed += query.counts.undecodable + query.counts.errors;
    late += query.counts.late;
  }
  return "consumer-total-messages: " + std::to_string(in) + " total-messages: " + std::to_string(out) + " failed-messages: " + std::to_string(failed) +
         " late-records: " + std::to_string(late);
}

json::object description_of(const flow::Engine& engine, const sql::Source& source, bool extended, const eventlog::TopicInfo& topic) {
  json::array readers, writers;
  std::vector<flow::QueryInfo> concerned;
  for (const auto& query : engine.queries()) {
    if (!query.persistent) continue;
    const bool reads = std::find(query.sources.begin(), query.sources.end(), source.name) != query.sources.end();
    const bool writes = query.sink == source.name;
    if (reads) readers.push_back(query_summary(query));
    if (writes) writers.push_back(query_summary(query));
    if (writes || (reads && extended)) concerned.push_back(query);
  }
  json::object out{{"name", source.name}, {"windowType", nullptr}, {"readQueries", std::move(readers)}, {"writeQueries", std::move(writers)},
                   {"fields", fields_of(source.schema)}, {"type", kind_name(source.kind)}, {"timestamp", source.timestamp ? source.timestamp->column : ""},
                   {"statistics", extended ? statistics_of(concerned) : ""}, {"errorStats", ""}, {"extended", extended},
                   {"keyFormat", format::name_of(source.key_format.format)}, {"valueFormat", format::name_of(source.value_format.format)},
                   {"topic", source.topic}, {"partitions", topic.partitions}, {"replication", topic.partitions == 0 ? 0 : topic.replication_factor},
                   {"statement", source.statement}, {"queryOffsetSummaries", json::array()}, {"sourceConstraints", json::array()},
                   {"clusterStatistics", json::array()}, {"clusterErrorStats", json::array()}};
  if (source.window) out["windowType"] = window_name(source.window->kind);
  json::array errors;
  if (extended)
    for (const auto& query : concerned)
      for (const auto& problem : engine.problems(query.id).last)
        errors.push_back(json::object{{"queryId", query.id}, {"timestamp", problem.at_ms}, {"kind", problem.kind}, {"errorMessage", problem.reason},
                                      {"topic", problem.topic}, {"partition", problem.partition}, {"offset", problem.offset}});
  out["processingErrors"] = std::move(errors);   // ours: what could not be processed, with its reason
  return out;
}

std::string step_name(const sql::Step& step) {
  switch (step.kind) {
    case sql::StepKind::source: return "SOURCE";
    case sql::StepKind::filter: return "FILTER";
    case sql::StepKind::project: return "PROJECT";
    case sql::StepKind::flat_map: return "FLAT_MAP";
    case sql::StepKind::select_key: return "REKEY";
    case sql::StepKind::group: return "GROUP";
    case sql::StepKind::aggregate: return "AGGREGATE";
    case sql::StepKind::stream_stream_join:
    case sql::StepKind::stream_table_join:
    case sql::StepKind::table_table_join: return "JOIN";
    case sql::StepKind::foreign_key_join: return "FK_JOIN";
    case sql::StepKind::sink: return "SINK";
  }
  return "STEP";
}

std::string expressions_text(const std::vector<sql::NamedExpression>& columns) {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ", ") + (column.expression ? column.expression->text + " AS " : std::string()) + column.name;
  return out;
}

std::string step_detail(const sql::Step& step) {
  switch (step.kind) {
    case sql::StepKind::source: return step.source + " (topic " + step.topic + ")";
    case sql::StepKind::filter: return step.condition ? step.condition->text : "";
    case sql::StepKind::project: return expressions_text(step.columns);
    case sql::StepKind::select_key:
    case sql::StepKind::group: return "BY " + expressions_text(step.new_keys);
    case sql::StepKind::aggregate: {
      std::string out;
      for (const auto& call : step.aggregates) out += (out.empty() ? "" : ", ") + call.function->name + " AS " + call.name;
      if (step.window) out += std::string(", ") + std::string(window_name(step.window->kind)) + " " + std::to_string(step.window->size_ms) + " ms";
      return out + (step.emit_final ? ", EMIT FINAL" : "");
    }
    case sql::StepKind::stream_stream_join:
    case sql::StepKind::stream_table_join:
    case sql::StepKind::table_table_join:
    case sql::StepKind::foreign_key_join:
      return step.join == sql::JoinKind::inner ? "INNER" : step.join == sql::JoinKind::left ? "LEFT" : step.join == sql::JoinKind::right ? "RIGHT" : "OUTER";
    case sql::StepKind::sink: return step.sink + " (topic " + step.topic + ")";
    default: return "";
  }
}

void append_step(std::string& out, const sql::Step& step, int depth) {
  const auto detail = step_detail(step);
  out += std::string(std::size_t(depth) * 2, ' ') + " > [ " + step_name(step) + " ] | Schema: " + step.schema.text() + (detail.empty() ? "" : " | " + detail) + "\n";
  for (const auto& input : step.inputs) append_step(out, *input, depth + 1);
}

json::object query_description(const flow::Engine& engine, const flow::QueryInfo& query) {
  json::array sources, sinks, errors;
  for (const auto& source : query.sources) sources.push_back(json::value(source));
  if (!query.sink.empty()) sinks.push_back(json::value(query.sink));
  for (const auto& problem : engine.problems(query.id).last)
    errors.push_back(json::object{{"timestamp", problem.at_ms}, {"errorMessage", problem.reason}, {"type", problem.kind}});
  const auto state = flow::name_of(query.state);
  json::object out{{"id", query.id}, {"statementText", query.statement}, {"windowType", nullptr}, {"fields", query.root ? fields_of(query.root->schema) : json::array()},
                   {"sources", std::move(sources)}, {"sinks", std::move(sinks)}, {"topology", ""}, {"executionPlan", query.root ? plan_text(*query.root) : ""},
                   {"overriddenProperties", json::object()}, {"ksqlHostQueryStatus", json::object{{"localhost", state}}}, {"queryType", query.persistent ? "PERSISTENT" : "PUSH"},
                   {"queryErrors", std::move(errors)}, {"tasksMetadata", json::array()}, {"state", state}};
  // Ours: what the query did since this node started.
  const auto& c = query.counts;
  out["counts"] = json::object{{"records_in", c.records_in}, {"records_out", c.records_out}, {"undecodable", c.undecodable}, {"errors", c.errors}, {"null_keys", c.null_keys},
                               {"late", c.late}, {"lag", c.lag}, {"state_entries", c.state_entries}, {"state_bytes", c.state_bytes}};
  if (!query.error.empty()) out["error"] = query.error;
  return out;
}

}  // namespace

json::value done_entity(const sql::Statement& statement, const flow::Done& done) {
  if (!done.warning.empty()) {
    auto out = entity("warning_entity", statement.text);
    out["message"] = done.warning;
    return out;
  }
  if (std::holds_alternative<sql::InsertValues>(statement.tree)) return nullptr;   // ksqlDB answers an empty list
  auto out = entity("currentStatus", statement.text);
  json::object status{{"status", "SUCCESS"}, {"message", done.message}, {"queryId", nullptr}};
  if (!done.query_id.empty()) status["queryId"] = done.query_id;
  out["commandId"] = done.command_id;
  out["commandStatus"] = std::move(status);
  out["commandSequenceNumber"] = done.sequence;
  return out;
}

json::value sources_entity(const flow::Engine& engine, sql::SourceKind kind, const std::string& text) {
  const bool streams = kind == sql::SourceKind::stream;
  auto out = entity(streams ? "streams" : "tables", text);
  json::array list;
  for (const auto& [name, source] : engine.metastore().sources())
    if (source.kind == kind) list.push_back(source_summary(source));
  out[streams ? "streams" : "tables"] = std::move(list);
  return out;
}

Result<json::value> described_sources(const flow::Engine& engine, sql::SourceKind kind, const std::string& text) {
  auto out = entity("source_descriptions", text);
  json::array list;
  for (const auto& [name, source] : engine.metastore().sources())
    if (source.kind == kind) list.push_back(description_of(engine, source, true, {}));
  out["sourceDescriptions"] = std::move(list);
  return out;
}

Result<json::value> source_description(const flow::Engine& engine, const std::string& name, bool extended, const eventlog::TopicInfo& topic, const std::string& text) {
  const auto* source = engine.metastore().find(name);
  if (source == nullptr)
    return fail(ErrorCode::not_found, "Could not find STREAM/TABLE '" + name + "' in the Metastore" + engine.metastore().alternatives(name));
  auto out = entity("sourceDescription", text);
  out["sourceDescription"] = description_of(engine, *source, extended, topic);
  return out;
}

json::value queries_entity(const flow::Engine& engine, const std::string& text) {
  auto out = entity("queries", text);
  json::array list;
  for (const auto& query : engine.queries()) list.push_back(query_summary(query));
  out["queries"] = std::move(list);
  return out;
}

json::value described_queries(const flow::Engine& engine, const std::string& text) {
  auto out = entity("query_descriptions", text);
  json::array list;
  for (const auto& query : engine.queries()) list.push_back(query_description(engine, query));
  out["queryDescriptions"] = std::move(list);
  return out;
}

Result<json::value> explained_query(const flow::Engine& engine, const std::string& id, const std::string& text) {
  auto found = engine.query(id);
  if (!found) found = engine.query(upper_case(id));
  if (!found) return fail(ErrorCode::not_found, "Query with id:" + id + " does not exist, use SHOW QUERIES to view the full set of queries.");
  auto out = entity("queryDescription", text);
  out["queryDescription"] = query_description(engine, *found);
  return out;
}

json::value explained_plan(const sql::QueryPlan& plan, const std::string& text) {
  auto out = entity("queryDescription", text);
  json::array sources;
  for (const auto& source : plan.sources) sources.push_back(json::value(source));
  json::array sinks;
  if (plan.root && !plan.root->sink.empty()) sinks.push_back(json::value(plan.root->sink));
  out["queryDescription"] = json::object{{"id", ""}, {"statementText", plan.statement}, {"windowType", nullptr},
                                         {"fields", plan.root ? fields_of(plan.root->schema) : json::array()}, {"sources", std::move(sources)}, {"sinks", std::move(sinks)},
                                         {"topology", ""}, {"executionPlan", plan.root ? plan_text(*plan.root) : ""}, {"overriddenProperties", json::object()},
                                         {"ksqlHostQueryStatus", json::object()}, {"queryType", "PUSH"}, {"queryErrors", json::array()},
                                         {"tasksMetadata", json::array()}, {"state", nullptr}};
  return out;
}

json::value functions_entity(const std::string& text) {
  auto out = entity("function_names", text);
  json::array list;
  for (const auto& function : sql::all_functions())
    list.push_back(json::object{{"name", function.name},
                                {"type", function.kind == sql::FunctionKind::scalar ? "SCALAR" : function.kind == sql::FunctionKind::aggregate ? "AGGREGATE" : "TABLE"},
                                {"category", function.category}});
  out["functions"] = std::move(list);
  return out;
}

Result<json::value> function_description(const std::string& name, const std::string& text) {
  const auto wanted = upper_case(name);
  for (const auto& function : sql::all_functions()) {
    if (function.name != wanted) continue;
    auto out = entity("describe_function", text);
    out["name"] = function.name;
    out["description"] = function.description;
    out["author"] = "";
    out["version"] = "";
    out["path"] = "internal";
    out["type"] = function.kind == sql::FunctionKind::scalar ? "SCALAR" : function.kind == sql::FunctionKind::aggregate ? "AGGREGATE" : "TABLE";
    json::array overloads;
    for (const auto& signature : function.signatures)
      overloads.push_back(json::object{{"signature", signature}, {"arguments", json::array()}, {"returnType", ""}, {"description", function.description}});
    out["functions"] = std::move(overloads);
    return out;
  }
  return fail(ErrorCode::not_found, "Can't find any functions with the name '" + wanted + "'");
}

json::value types_entity(const flow::Engine& engine, const std::string& text) {
  auto out = entity("type_list", text);
  json::object types;
  for (const auto& [name, type] : engine.metastore().types()) types[name] = type_json(type);
  out["types"] = std::move(types);
  return out;
}

json::value properties_entity(const flow::Engine& engine, const flow::Session& session, const std::string& text) {
  auto out = entity("properties", text);
  json::array list, overwritten, defaults;
  const auto& in_force = engine.properties();
  for (const auto& property : ksql_properties()) {
    const std::string name(property.name);
    const auto set = in_force.find(name);
    const auto mine = session.properties.find(name);
    std::string value(property.default_text);
    if (set != in_force.end()) value = set->second;
    if (name == "ksql.service.id") value = engine.service_id();
    if (mine != session.properties.end()) {
      value = mine->second;
      overwritten.push_back(json::value(name));
    }
    if (set == in_force.end() && mine == session.properties.end()) defaults.push_back(json::value(name));
    list.push_back(json::object{{"name", name}, {"scope", "KSQL"}, {"value", value}, {"editable", property.editable}, {"level", "SERVER"}});
  }
  out["properties"] = std::move(list);
  out["overwrittenProperties"] = std::move(overwritten);
  out["defaultProperties"] = std::move(defaults);
  return out;
}

json::value variables_entity(const flow::Session& session, const std::string& text) {
  auto out = entity("variables", text);
  json::array list;
  for (const auto& [name, value] : session.variables) list.push_back(json::object{{"name", name}, {"value", value}});
  out["variables"] = std::move(list);
  return out;
}

std::string topic_of(const flow::Engine& engine, const std::string& source) {
  const auto* found = engine.metastore().find(source);
  return found == nullptr ? std::string() : found->topic;
}

std::string plan_text(const sql::Step& root) {
  std::string out;
  append_step(out, root, 0);
  return out;
}

}  // namespace braid::api
