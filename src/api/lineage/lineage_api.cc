#include "api/lineage/lineage_api.h"

#include <charconv>
#include <cstdio>

#include "api/mesh/request.h"
#include "base/limits/mesh.h"
#include "base/suggest.h"

namespace braid::api {
namespace {

constexpr std::size_t depth_default = 2, depth_max = 100;
constexpr io::Milliseconds read_patience{10'000};

std::string etag_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3ULL;
  char out[32];
  std::snprintf(out, sizeof out, "\"%016llx\"", static_cast<unsigned long long>(hash));
  return out;
}

bool is_known(const http::Request& r, std::string_view etag) {
  const auto given = r.headers.get("If-None-Match");
  return given && (given->find(etag) != std::string_view::npos || *given == "*");
}

http::Response tagged(const http::Request& r, const std::string& text, const std::string& etag) {
  http::Response response = is_known(r, etag) ? http::Response::empty(304) : http::Response::json(200, text);
  response.headers.set("ETag", etag);
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

// 0: all the way.
Result<std::size_t> depth_of(const http::Request& r, std::size_t otherwise) {
  const auto text = r.query_first("depth");
  if (!text || text->empty()) return otherwise;
  if (*text == "all") return std::size_t(0);
  std::size_t n = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (ec != std::errc{} || end != text->data() + text->size() || n < 1 || n > depth_max)
    return fail(ErrorCode::invalid_input, "depth must be all or a number from 1 to " + std::to_string(depth_max) + ", got '" + std::string(text->substr(0, 40)) + "'");
  return n;
}

// The column as queries call it here: any case, and a field of a struct as A->B or A.B.
Result<std::string> column_of(const mesh::Lineage& lineage, const mesh::LineageGraph& graph, const std::vector<std::size_t>& start, std::string_view asked) {
  std::string wanted(asked);
  for (std::size_t at; (at = wanted.find('.')) != wanted.npos;) wanted.replace(at, 1, "->");
  const std::string head = wanted.substr(0, wanted.find("->"));
  std::set<std::string> known;
  for (const auto node : start) {
    known.merge(graph.columns_used(node));
    if (const auto& id = graph.nodes[node].id; id.starts_with("topic:"))
      for (const auto& c : lineage.columns_of(id.substr(6))) known.insert(c.name);
  }
  const auto same = [](std::string_view a, std::string_view b) { return edit_distance(a, b) == 0; };
  for (const auto& name : known)
    if (name == head) return wanted;
  for (const auto& name : known)
    if (same(name, head)) return name + wanted.substr(head.size());
  const std::vector<std::string> names(known.begin(), known.end());
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  const std::string meant = did_you_mean(head, names);
  return fail(ErrorCode::not_found, graph.nodes[start.front()].title + " has no column '" + std::string(asked.substr(0, 200)) + "'",
              !meant.empty() ? meant : list.empty() ? "its columns are not known: no stream and no schema describes it" : "its columns: " + list);
}

}  // namespace

const LineageApi::Whole& LineageApi::whole(std::shared_ptr<const mesh::LineageGraph> graph, bool internal, bool columns) {
  Whole& w = whole_[(internal ? 1 : 0) + (columns ? 2 : 0)];
  if (w.of == graph) return w;
  mesh::LineageView view;
  if (columns) view.columns_of = [this](const std::string& topic) { return lineage_.columns_of(topic); };
  boost::json::monotonic_resource memory(256 * 1024);   // freed at once
  w.text = json::print(mesh::to_json(*graph, view, &memory));
  w.etag = etag_of(w.text);
  w.of = std::move(graph);
  return w;
}

io::Task<http::Response> LineageApi::graph(http::Request r) {
  API_TRY(const bool internal, r.query_flag("internal", false));
  API_TRY(const bool columns, r.query_flag("columns", false));
  auto found = co_await lineage_.graph(internal);
  if (!found) co_return refuse(found.error());
  const auto graph = *std::move(found);
  const std::string of(r.query_first("of").value_or("")), column(r.query_first("column").value_or(""));
  if (of.empty()) {
    if (!column.empty()) co_return refuse(Error{ErrorCode::invalid_input, "column needs of: whose column " + column.substr(0, 200) + " is to be followed", "for example ?of=product:stocktrades&column=PRICE", {}});
    const Whole& w = whole(graph, internal, columns);
    co_return tagged(r, w.text, w.etag);
  }
  API_TRY(const auto start, graph->named(of));
  API_TRY(const auto depth, depth_of(r, column.empty() ? depth_default : 0));
  const auto part = graph->around(start, depth);
  mesh::LineageView view;
  view.part = &part;
  view.columns_of = [this](const std::string& topic) { return lineage_.columns_of(topic); };
  mesh::LineageGraph::Trace trace;
  if (!column.empty()) {
    API_TRY(view.column, column_of(lineage_, *graph, start, column));
    trace = graph->trace(start, view.column);
    view.trace = &trace;
  }
  json::object body = mesh::to_json(*graph, view);
  json::array ids;
  for (const auto node : start) ids.emplace_back(graph->nodes[node].id);
  body["of"] = std::move(ids);
  const std::string text = json::print(body);
  co_return tagged(r, text, etag_of(text));
}

io::Task<http::Response> LineageApi::events(http::Request r) {
  const eventlog::TopicPartition place{std::string(mesh::Lineage::events_topic), PartitionId{0}};
  API_TRY(const auto since_ms, time_parameter(r, "since", clock_.wall_ms()));
  API_TRY(const auto after, r.query_int("after", -1));
  API_TRY(const auto limit, r.query_int("limit", 100));
  if (limit < 1 || limit > std::int64_t(limits::openlineage_events_per_call_max))
    co_return refuse(Error{ErrorCode::invalid_input, "limit must be from 1 to " + std::to_string(limits::openlineage_events_per_call_max) + ", got " + std::to_string(limit), "go on with after", {}});
  const auto bounds = co_await log_.bounds(place);
  if (!bounds) co_return refuse(bounds.error());
  Offset from = bounds->earliest;
  if (since_ms > 0) {
    const auto at = co_await log_.offset_at_time(place, since_ms);
    if (!at) co_return refuse(at.error());
    from = *at;
  }
  if (after >= 0) from = std::max(from, Offset{after + 1});
  std::vector<std::string> found;
  std::int64_t last = std::max(after, from.value - 1);
  if (from < bounds->end) {
    std::vector<std::pair<eventlog::TopicPartition, Offset>> where{{place, from}};
    auto reader = log_.reader(std::move(where));
    if (!reader) co_return refuse(reader.error());
    Offset at = from;
    while (at < bounds->end && std::int64_t(found.size()) < limit) {
      const auto chunks = co_await (*reader)->next(io::after(read_patience));
      if (!chunks) co_return refuse(chunks.error());
      if (chunks->empty()) break;
      for (const auto& chunk : *chunks) {
        for (const auto& record : chunk.records) {
          if (std::int64_t(found.size()) >= limit) break;
          if (record.value) found.emplace_back(*record.value);
          last = record.offset.value;
        }
        at = std::max(at, chunk.next);
      }
    }
  }
  const std::string next = std::to_string(last);
  http::Response response;
  if (r.headers.get_or("Accept", "").find("ndjson") != std::string_view::npos) {
    std::string text;
    for (const auto& event : found) text += event + "\n";
    response = http::Response::text(200, std::move(text), "application/x-ndjson");
  } else {
    json::array list;
    for (const auto& event : found)
      if (auto parsed = json::parse(event)) list.push_back(*std::move(parsed));
    response = answer(200, json::object{{"events", std::move(list)}, {"next", last}, {"more", last + 1 < bounds->end.value}});
  }
  response.headers.set("Braid-Next", next);
  co_return response;
}

void LineageApi::add_routes(http::Router& router) {
  router.get("/api/v1/lineage", [this](http::Request r) { return graph(std::move(r)); });
  router.get("/api/v1/lineage/openlineage", [this](http::Request r) { return events(std::move(r)); });
}

std::string_view lineage_openapi() {
  return R"json({
"tags": [{"name": "lineage", "description": "Where data comes from and who reads it: declared and observed, to the column"}],
"paths": {
  "/api/v1/lineage": {
    "get": {"operationId": "getLineage", "tags": ["lineage"], "summary": "The whole mesh as a graph, or what leads to one thing and what comes from it; with the trace of a column",
      "description": "Declared (ports of products, statements, registered consumers) and observed (traffic) are held together on every edge. The answer has an ETag; If-None-Match is answered 304 as long as nothing has changed.",
      "parameters": [
        {"name": "of", "in": "query", "schema": {"type": "string"}, "description": "product:NAME, topic:NAME, query:ID, any node's id, or a bare name; in any case. Without it the whole mesh"},
        {"name": "depth", "in": "query", "schema": {"type": "string", "default": "2"}, "description": "How many edges far, 1 to 100, or all; with column all is the default"},
        {"name": "column", "in": "query", "schema": {"type": "string"}, "description": "Follow this column of `of` both ways; a field of a struct as ITEM->NAME or ITEM.NAME"},
        {"name": "columns", "in": "query", "schema": {"type": "boolean", "default": false}, "description": "Columns in the answer for the whole mesh, too (with `of` they are always there)"},
        {"name": "internal", "in": "query", "schema": {"type": "boolean", "default": false}, "description": "Also topics whose names begin with _"}],
      "responses": {"200": {"description": "The graph", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lineage"}}}}, "304": {"$ref": "#/components/responses/NotChanged"}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/lineage/openlineage": {
    "get": {"operationId": "getOpenLineageEvents", "tags": ["lineage"], "summary": "What queries did, as OpenLineage RunEvents, oldest first",
      "parameters": [
        {"name": "since", "in": "query", "schema": {"type": "string"}, "description": "7d, 12h, 30m, a date or an ISO time"},
        {"name": "after", "in": "query", "schema": {"type": "integer"}, "description": "Go on behind this event: `next` of the page before"},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}}],
      "responses": {"200": {"description": "Events; with Accept: application/x-ndjson one a line, and `next` in the header Braid-Next", "content": {
          "application/json": {"schema": {"type": "object", "required": ["events", "next", "more"], "properties": {"events": {"type": "array", "items": {"$ref": "#/components/schemas/OpenLineageRunEvent"}}, "next": {"type": "integer"}, "more": {"type": "boolean"}}}},
          "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/OpenLineageRunEvent"}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
},
"components": {
  "responses": {"NotChanged": {"description": "Nothing has changed since the ETag that was given", "content": {}}},
  "schemas": {
    "LineageStatus": {"type": "string", "enum": ["ok", "declared_never_seen", "seen_not_declared", "at_rest"], "description": "ok: declared, and seen in the last ten minutes; at_rest: declared and seen, but not lately"},
    "LineageColumn": {"type": "object", "required": ["name", "type"], "additionalProperties": false, "properties": {"name": {"type": "string"}, "type": {"type": "string"}}},
    "LineageNode": {"type": "object", "required": ["id", "kind", "name", "title", "domain", "product", "owner", "state", "last_seen"], "additionalProperties": false, "properties": {
      "id": {"type": "string", "description": "topic:NAME (also of a product: a product and its topic are one node), product:NAME (a product without a topic), query:ID, group:NAME, client:VIA/PRINCIPAL/CLIENT, consumer:TEAM/NAME"},
      "kind": {"type": "string", "enum": ["product", "topic", "query", "client", "group", "consumer"], "description": "consumer: registered on a product; it stands for the group or client that it was recognised in"},
      "name": {"type": "string"}, "title": {"type": "string"}, "topic": {"type": "string"},
      "domain": {"type": ["string", "null"]}, "product": {"type": ["string", "null"]}, "owner": {"type": ["string", "null"]},
      "state": {"type": ["string", "null"], "description": "published, draft, deprecated, retired; running, paused, failed, starting; seen, declared; null for a topic that is no product"},
      "last_seen": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
      "written": {"$ref": "#/components/schemas/LineageStatus"}, "read": {"$ref": "#/components/schemas/LineageStatus"}, "topic_missing": {"type": "boolean", "description": "The product's topic is not there"},
      "statement": {"type": "string"}, "sketch": {"type": "string", "description": "What a query does, in the order of the data: \"join, filter\""}, "error": {"type": "string", "description": "Why a query failed"},
      "via": {"type": ["string", "null"], "description": "kafka, http, sql, generator"}, "principal": {"type": ["string", "null"]}, "client_id": {"type": ["string", "null"]}, "group": {"type": ["string", "null"]},
      "interactive": {"type": "boolean", "description": "Somebody who looks, by this node's own record API or SQL"}, "team": {"type": "string"}, "purpose": {"type": "string"},
      "columns": {"type": "array", "items": {"$ref": "#/components/schemas/LineageColumn"}}}},
    "LineageEdge": {"type": "object", "required": ["from", "to", "kind", "basis", "status", "first_seen", "last_seen", "records", "bytes", "records_per_second"], "additionalProperties": false, "properties": {
      "from": {"type": "string"}, "to": {"type": "string"}, "kind": {"type": "string", "enum": ["reads", "writes", "produces", "consumes"]},
      "basis": {"type": "string", "enum": ["declared", "observed", "both"]}, "status": {"$ref": "#/components/schemas/LineageStatus"},
      "first_seen": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]}, "last_seen": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
      "records": {"type": ["integer", "null"], "description": "Since it was first seen; null: never seen, or a client that reads for several groups at once"}, "bytes": {"type": ["integer", "null"]},
      "records_per_second": {"type": ["number", "null"], "description": "Over the last 20 seconds; null: not measured"},
      "by": {"type": "array", "items": {"type": "string"}, "description": "A registered consumer that reads by these queries of its team"},
      "columns": {"type": "array", "items": {"type": "object", "required": ["from", "to", "how", "text"], "additionalProperties": false, "properties": {
        "from": {"type": ["string", "null"], "description": "null: the rows as such, as COUNT(*) takes them"}, "to": {"type": ["string", "null"], "description": "null: it decides which rows there are"},
        "how": {"type": "string", "enum": ["unchanged", "renamed", "computed", "filtered", "joined", "grouped"]}, "text": {"type": "string"}}}}}},
    "Lineage": {"type": "object", "required": ["nodes", "edges", "observed_since", "kafka_clients_seen", "summary"], "additionalProperties": false, "properties": {
      "of": {"type": "array", "items": {"type": "string"}, "description": "The nodes that were asked for"},
      "nodes": {"type": "array", "items": {"$ref": "#/components/schemas/LineageNode"}}, "edges": {"type": "array", "items": {"$ref": "#/components/schemas/LineageEdge"}},
      "observed_since": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
      "kafka_clients_seen": {"type": "boolean", "description": "false: the event log is a Kafka cluster, so clients do not come by this node; only what it reads and writes itself is observed"},
      "summary": {"type": "object", "required": ["nodes", "edges", "declared_never_seen", "seen_not_declared", "at_rest"], "properties": {"nodes": {"type": "integer"}, "edges": {"type": "integer"}, "declared_never_seen": {"type": "integer"}, "seen_not_declared": {"type": "integer", "description": "Without people who look"}, "at_rest": {"type": "integer"}}},
      "trace": {"type": "object", "required": ["column", "path", "notes", "columns"], "additionalProperties": false, "properties": {"column": {"type": "string"}, "path": {"type": "array", "items": {"type": "integer"}, "description": "Indices into edges"},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}}, "columns": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}, "description": "What the column is called at each node"}}}}},
    "OpenLineageRunEvent": {"type": "object", "required": ["eventType", "eventTime", "producer", "schemaURL", "run", "job"], "description": "https://openlineage.io/spec/2-0-2/OpenLineage.json", "properties": {
      "eventType": {"type": "string", "enum": ["START", "RUNNING", "COMPLETE", "ABORT"]}, "eventTime": {"$ref": "#/components/schemas/Time"}, "producer": {"type": "string"}, "schemaURL": {"type": "string"},
      "run": {"type": "object", "required": ["runId"]}, "job": {"type": "object", "required": ["namespace", "name"]}, "inputs": {"type": "array"}, "outputs": {"type": "array"}}}
  }
}
})json";
}

}  // namespace braid::api
