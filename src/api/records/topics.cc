// Topics: list, create, describe, change, delete.
#include "api/records/records.h"

#include "api/mesh/mesh_api.h"
#include "base/log.h"

namespace braid::api {
namespace {

constexpr std::int64_t partitions_max = 10'000;   // of one topic; Kafka's tools refuse such numbers as typing errors too

Result<std::map<std::string, std::optional<std::string>>> config_changes(const json::object& body) {
  std::map<std::string, std::optional<std::string>> out;
  const auto* configs = body.if_contains("configs");
  if (configs == nullptr || configs->is_null()) return out;
  if (!configs->is_object()) return fail(ErrorCode::invalid_input, "field 'configs' must be an object of names and values");
  for (const auto& [name, value] : configs->get_object()) {
    if (value.is_null()) out[std::string(name)] = std::nullopt;
    else out[std::string(name)] = value.is_string() ? std::string(value.get_string()) : json::print(value);
  }
  return out;
}

Result<std::int32_t> partition_count(const json::object& body, std::int64_t otherwise) {
  TRY(const auto given, json::optional_int(body, "partitions"));
  const auto count = given.value_or(otherwise);
  if (count < 1 || count > partitions_max)
    return fail(ErrorCode::invalid_input, "partitions must be a whole number from 1 to " + std::to_string(partitions_max) + ", got " + std::to_string(count));
  return std::int32_t(count);
}

// Its own topics, and ksqlDB's log of what queries could not process: nobody of the mesh made them.
bool kept_by_node(const eventlog::TopicInfo& topic) { return topic.internal || topic.name.starts_with("_") || topic.name.ends_with("ksql_processing_log"); }

}  // namespace

Records::Records(eventlog::EventLog& log, registry::Registry& registry, TopicGuard* guard, mesh::AuditSink* audit, mesh::TrafficSink* traffic)
    : log_(log), registry_(registry), guard_(guard), audit_(audit), traffic_(traffic), payloads_(registry) {}

void Records::count(const http::Request& request, const std::string& topic, bool writes, std::uint64_t records, std::uint64_t bytes) {
  if (traffic_ && records > 0) traffic_->seen({"http", request.principal, "", "", topic, writes}, request.peer.host, records, bytes);
}

void Records::add_routes(http::Router& router) {
  router.get("/api/v1/topics", [this](http::Request r) { return list_topics(std::move(r)); });
  router.post("/api/v1/topics", [this](http::Request r) { return create_topic(std::move(r)); });
  router.get("/api/v1/topics/{topic}", [this](http::Request r) { return describe_topic(std::move(r)); });
  router.patch("/api/v1/topics/{topic}", [this](http::Request r) { return change_topic(std::move(r)); });
  router.del("/api/v1/topics/{topic}", [this](http::Request r) { return delete_topic(std::move(r)); });
  router.get("/api/v1/topics/{topic}/records", [this](http::Request r) { return read(std::move(r)); });
  router.post("/api/v1/topics/{topic}/records", [this](http::Request r) { return write(std::move(r)); });
  router.add("POST", "/api/v1/load", [this](http::Request r) { return load(std::move(r)); }, http::Body::streamed);
}

io::Task<Result<void>> Records::permit(const http::Request& request, std::string_view action, std::string topic) {
  if (topic.starts_with("_"))
    co_return fail(ErrorCode::forbidden, "the topic " + topic + " is kept by the node and cannot be changed by hand",
                   "topics whose names begin with _ hold schemas, statements, products and the audit");
  if (guard_ == nullptr) co_return Result<void>{};
  co_return guard_->may(request, action, topic);
}

io::Task<void> Records::note(const http::Request& request, std::string what, std::string topic, std::string before, std::string after) {
  if (audit_ == nullptr) co_return;
  mesh::AuditEntry entry;
  entry.who = request.principal;
  entry.what = what;
  entry.kind = "topic";
  entry.subject = topic;
  entry.message = what.substr(what.find('.') + 1) + " topic " + topic;
  entry.before = std::move(before);
  entry.after = std::move(after);
  entry.client = caller_of(request).client;
  const auto recorded = co_await audit_->record(std::move(entry));
  if (!recorded) log::warn("audit_entry_lost", {{"what", what}, {"topic", topic}, {"reason", recorded.error().message}});
}

io::Task<Result<json::object>> Records::topic_json(eventlog::TopicInfo topic, bool in_full) {
  json::object out{{"name", topic.name}, {"partitions", topic.partitions}, {"internal", kept_by_node(topic)}};
  out["id"] = to_text(topic.id);
  std::int64_t records = 0;
  json::array partitions;
  for (std::int32_t p = 0; p < topic.partitions; ++p) {
    eventlog::TopicPartition at{topic.name, PartitionId{p}};
    CO_TRY(const auto bounds, co_await log_.bounds(std::move(at)));
    records += bounds.end.value - bounds.earliest.value;
    partitions.push_back(json::object{{"partition", p}, {"earliest", bounds.earliest.value}, {"end", bounds.end.value}});
  }
  out["records"] = records;
  for (const std::string side : {"key", "value"}) {
    const auto schema = registry_.latest(topic.name + "-" + side);
    if (!schema) continue;
    json::object known{{"subject", schema->subject}, {"version", schema->version}, {"id", schema->id.value}, {"type", registry::name_of(schema->type)}};
    if (in_full) known["schema"] = schema->text;
    out[side + "_schema"] = std::move(known);
  }
  if (in_full) {
    out["bounds"] = std::move(partitions);
    CO_TRY(const auto configs, co_await log_.topic_configs(topic.name));
    json::object listed;
    for (const auto& [name, value] : configs) listed[name] = value;
    out["configs"] = std::move(listed);
    if (contract_report_) {
      const auto setting = [&](const char* name) { const auto it = configs.find(name); return it == configs.end() ? std::string() : it->second; };
      json::object contract = contract_report_(topic.name);
      contract["checks_keys"] = setting("confluent.key.schema.validation") == "true";
      contract["checks_values"] = setting("confluent.value.schema.validation") == "true";
      contract["checks_payload"] = setting("braid.contract.payload") == "true";
      contract["checks_rules"] = setting("braid.contract.rules") == "true";
      contract["action"] = setting("braid.contract.action");
      const auto letters = setting("braid.contract.dead.letter.topic");
      contract["dead_letter_topic"] = letters.empty() ? topic.name + ".dead-letters" : letters;
      out["contract"] = std::move(contract);
    }
  }
  co_return out;
}

io::Task<http::Response> Records::list_topics(http::Request request) {
  const auto internal = request.query_flag("internal", false);
  if (!internal) co_return http::error_response(internal.error());
  const auto topics = co_await log_.list_topics();
  if (!topics) co_return http::error_response(topics.error());
  json::array out;
  for (const auto& topic : *topics) {
    if (!*internal && kept_by_node(topic)) continue;
    auto described = co_await topic_json(topic, false);
    if (described) out.push_back(*std::move(described));   // a topic that was deleted meanwhile is not listed
  }
  co_return http::Response::json(200, json::print(json::object{{"topics", std::move(out)}}));
}

io::Task<http::Response> Records::create_topic(http::Request request) {
  const auto body = json::parse_object(request.body);
  if (!body) co_return http::error_response(body.error());
  const auto name = json::required_string(*body, "name");
  if (!name) co_return http::error_response(name.error());
  const auto partitions = partition_count(*body, 1);
  if (!partitions) co_return http::error_response(partitions.error());
  const auto configs = config_changes(*body);
  if (!configs) co_return http::error_response(configs.error());
  const auto permitted = co_await permit(request, "create", *name);
  if (!permitted) co_return http::error_response(permitted.error());
  eventlog::TopicSpec spec;
  spec.name = *name;
  spec.partitions = *partitions;
  for (const auto& [key, value] : *configs)
    if (value) spec.configs[key] = *value;
  if (const auto policy = spec.configs.find("cleanup.policy"); policy != spec.configs.end()) {
    const bool compact = policy->second.find("compact") != std::string::npos, remove = policy->second.find("delete") != std::string::npos;
    spec.cleanup = compact && remove ? eventlog::Cleanup::compact_and_delete : compact ? eventlog::Cleanup::compact : eventlog::Cleanup::delete_old;
  }
  const auto created = co_await log_.create_topic(std::move(spec));
  if (!created) co_return http::error_response(created.error());
  const auto described = co_await topic_json(*created, true);
  if (!described) co_return http::error_response(described.error());
  co_await note(request, "topic.created", *name, "", json::print(*described));
  co_return http::Response::json(201, json::print(*described));
}

io::Task<http::Response> Records::describe_topic(http::Request request) {
  const auto topic = co_await log_.describe_topic(request.param("topic"));
  if (!topic) co_return http::error_response(topic.error());
  const auto described = co_await topic_json(*topic, true);
  if (!described) co_return http::error_response(described.error());
  co_return http::Response::json(200, json::print(*described));
}

io::Task<http::Response> Records::change_topic(http::Request request) {
  const std::string name = request.param("topic");
  const auto body = json::parse_object(request.body);
  if (!body) co_return http::error_response(body.error());
  const auto topic = co_await log_.describe_topic(name);
  if (!topic) co_return http::error_response(topic.error());
  const auto partitions = partition_count(*body, topic->partitions);
  if (!partitions) co_return http::error_response(partitions.error());
  const auto configs = config_changes(*body);
  if (!configs) co_return http::error_response(configs.error());
  const auto permitted = co_await permit(request, "change", name);
  if (!permitted) co_return http::error_response(permitted.error());
  const auto before = co_await topic_json(*topic, true);
  if (*partitions != topic->partitions) {
    const auto grown = co_await log_.add_partitions(name, *partitions);
    if (!grown) co_return http::error_response(grown.error());
  }
  if (!configs->empty()) {
    const auto altered = co_await log_.alter_topic_configs(name, *configs);
    if (!altered) co_return http::error_response(altered.error());
  }
  const auto now = co_await log_.describe_topic(name);
  if (!now) co_return http::error_response(now.error());
  const auto after = co_await topic_json(*now, true);
  if (!after) co_return http::error_response(after.error());
  // Named first: g++ 12 destroys the temporaries of a conditional operator beside co_await twice.
  std::string old_text, new_text = json::print(*after);
  if (before) old_text = json::print(*before);
  co_await note(request, "topic.changed", name, std::move(old_text), std::move(new_text));
  co_return http::Response::json(200, json::print(*after));
}

io::Task<http::Response> Records::delete_topic(http::Request request) {
  const std::string name = request.param("topic");
  const auto topic = co_await log_.describe_topic(name);
  if (!topic) co_return http::error_response(topic.error());
  const auto permitted = co_await permit(request, "delete", name);
  if (!permitted) co_return http::error_response(permitted.error());
  const auto before = co_await topic_json(*topic, true);
  const auto deleted = co_await log_.delete_topic(name);
  if (!deleted) co_return http::error_response(deleted.error());
  std::string old_text;
  if (before) old_text = json::print(*before);
  co_await note(request, "topic.deleted", name, std::move(old_text), std::string());
  co_return http::Response::empty(204);
}

}  // namespace braid::api
