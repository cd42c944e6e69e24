#include "api/prototype/prototype.h"

#include <algorithm>

#include "api/prototype/stomp.h"
#include "base/clock.h"
#include "http/client.h"

namespace braid::api {
namespace {

constexpr std::string_view audit_log = "/topic/audit-log";

std::string text_at(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v && v->is_string() ? std::string(v->get_string()) : std::string();
}
const json::array* list_at(const json::value& v, std::string_view field) {
  const auto* o = v.if_object();
  const auto* list = o ? o->if_contains(field) : nullptr;
  return list ? list->if_array() : nullptr;
}

// As Spring Boot answers what a handler did not want; the prototype hides the reason, we say it.
http::Response spring_error(int status, const std::string& message, const std::string& path) {
  const char* phrase = status == 400 ? "Bad Request" : status == 401 ? "Unauthorized" : status == 404 ? "Not Found" : status == 409 ? "Conflict" : "Internal Server Error";
  return http::Response::json(status, json::print(json::object{{"timestamp", iso8601(system_clock().wall_ms())}, {"status", status}, {"error", phrase}, {"message", message}, {"path", path}}));
}

std::string qualified(const std::string& topic) { return "lsrc-braid:.:" + topic; }
// The topic of lsrc-x:.:topic; empty when the name has not three parts.
std::string topic_of(const std::string& qualified_name) {
  const auto first = qualified_name.find(':');
  const auto second = first == std::string::npos ? first : qualified_name.find(':', first + 1);
  return second == std::string::npos ? "" : qualified_name.substr(second + 1);
}
std::string without_value_suffix(std::string name) {
  if (const auto at = name.find("-value"); at != std::string::npos) name.erase(at);
  return name;
}
std::string or_not_available(std::string text) { return text.empty() ? "n/a" : text; }

http::Response json_answer(const json::value& v) { return http::Response::json(200, json::print(v)); }

}  // namespace

Prototype::Prototype(const http::Router& api, PrototypeOptions options) : api_(api), options_(std::move(options)) {}

void Prototype::add_routes(http::Router& router) {
  router.get("/priv/data-products", [this](http::Request r) { return data_products(std::move(r)); });
  router.post("/priv/data-products", [this](http::Request r) { return publish(std::move(r)); });
  router.get("/priv/data-products/manage", [this](http::Request r) { return manage(std::move(r)); });
  for (const char* method : {"GET", "POST", "PUT"})   // the prototype's mapping names no verb
    router.add(method, "/priv/data-products/{name}", [this](http::Request r) { return data_product(std::move(r)); });
  router.del("/priv/data-products/{name}", [this](http::Request r) { return remove(std::move(r)); });
  router.get("/priv/use-cases", [this](http::Request r) { return use_cases(std::move(r)); });
  router.get("/priv/topics", [this](http::Request r) { return topics(std::move(r)); });
  router.get("/priv/socket", [this](http::Request r) { return socket(std::move(r)); });
  router.post("/ksqldb/execute-use-case/{name}", [this](http::Request r) { return execute(std::move(r)); });
  // The cloud's pages, each as the one of ours that shows the same.
  const std::pair<const char*, const char*> links[] = {{"/urls/cc", "/"}, {"/urls/cc/environment", "/"}, {"/urls/cc/environment/cluster", "/operations/topics"},
      {"/urls/cc/environment/cluster/ksql", "/create"}, {"/urls/cc/environment/schema-registry", "/operations/schemas"}, {"/urls/cc/environment/cluster/connectors", "/operations/topics"},
      {"/urls/cc/environment/schema-registry/schema/{n}", "/operations/schemas/{}"}, {"/urls/cc/environment/cluster/topics/{n}", "/operations/topics/{}"},
      {"/urls/cc/environment/cluster/lineage/{n}", "/products/{}#lineage"}};
  for (const auto& [pattern, page] : links) router.get(pattern, [this, page = std::string(page)](http::Request r) { return link(std::move(r), page); });
  router.get("/urls/data-product/{name}", [this](http::Request r) { return product_urls(std::move(r)); });
  router.get("/actuator/info", [this](http::Request r) { return info(std::move(r)); });
  router.get("/actuator/health", [this](http::Request r) { return health(std::move(r)); });
}

Prototype::Deed Prototype::deed_of(const http::Request& r) const {
  return {r.principal == "anonymous" ? options_.person : r.principal, "http://" + std::string(r.headers.get_or("Host", "127.0.0.1:8080")), r.peer, {}, std::string(r.headers.get_or("Authorization", ""))};
}

std::string Prototype::Reply::message() const {
  const auto* o = body.if_object();
  if (!o) return "HTTP " + std::to_string(status);
  const std::string message = text_at(*o, "message"), hint = text_at(*o, "hint");
  std::string out = message;
  if (const auto* problems = list_at(body, "problems"))
    for (const auto& p : *problems)
      if (p.is_object()) out += "; " + text_at(p.get_object(), "message");
  return hint.empty() ? out : out + " (" + hint + ")";
}

// One call of our own API, in this process.
io::Task<Prototype::Reply> Prototype::call(Deed& deed, std::string method, std::string target, std::string body) {
  deed.commands.push_back(method + " " + target + (body.empty() ? "" : "\n" + body));
  http::Headers headers{{"Host", deed.base.substr(7)}, {"Content-Type", "application/json"}};
  auto request = http::Request::make(method, target, std::move(body), headers);
  Reply reply;
  if (!request) co_return reply;
  request->peer = deed.peer;
  if (deed.authorization.empty()) request->headers.set("Braid-As", deed.as);
  else request->headers.set("Authorization", deed.authorization);
  http::Request as_configured = *request;
  http::Response response = co_await api_.handle(std::move(as_configured));
  // A mesh that does not know the configured person is still being set up, or is not the demo: then nobody asks, and the mesh decides.
  if (response.status == 401) {
    request->headers.remove("Braid-As");
    http::Request as_nobody = *std::move(request);
    http::Response second = co_await api_.handle(std::move(as_nobody));
    if (second.status != 401) response = std::move(second);
  }
  reply.status = response.status;
  if (!response.body.empty())
    if (auto parsed = json::parse(response.body)) reply.body = *std::move(parsed);
  co_return reply;
}

void Prototype::say(const std::string& message, const std::vector<std::string>& commands) {
  json::array list;
  for (const auto& c : commands) list.emplace_back(c);
  const std::string body = json::print(json::object{{"message", message}, {"commands", std::move(list)}});
  for (const Listener* listener : listeners_)
    for (const auto& [id, destination] : listener->subscriptions) {
      StompFrame frame{"MESSAGE", {{"destination", destination}, {"subscription", id}, {"message-id", std::to_string(++next_message_)}, {"content-type", "application/json"}}, body};
      (void)listener->socket->send(print(frame));
    }
}

json::object Prototype::urls_of(const Deed& deed, const std::string& topic) const {
  const std::string name = http::percent_encode(topic);
  return {{"schemaUrl", deed.base + "/operations/schemas/" + name + "-value"}, {"portUrl", deed.base + "/operations/topics/" + name},
          {"lineageUrl", deed.base + "/products/" + name + "#lineage"}, {"exportUrl", deed.base + "/api/v1/topics/" + name + "/records?from=beginning&limit=10000"}};
}

// Null for a port without a registered value schema: it is no data product to the prototype.
json::value Prototype::product_json(const Deed& deed, const json::object& product, const json::object& port) const {
  const auto* schema = port.if_contains("value_schema");
  if (!schema || !schema->is_object()) return nullptr;
  const auto& s = schema->get_object();
  const std::string topic = text_at(port, "topic");
  return json::object{{"@type", "DataProduct"}, {"name", topic}, {"qualifiedName", qualified(topic)}, {"description", or_not_available(text_at(product, "description"))},
                      {"owner", or_not_available(text_at(product, "owner"))}, {"domain", or_not_available(text_at(product, "domain"))}, {"sla", or_not_available(text_at(product, "sla"))},
                      {"quality", or_not_available(text_at(product, "quality"))}, {"urls", urls_of(deed, topic)},
                      {"schema", json::object{{"subject", s.at("subject")}, {"version", s.at("version")}, {"id", s.at("id")}, {"schema", s.at("schema")}}}};
}

io::Task<Result<json::array>> Prototype::products(Deed& deed) {
  json::array out;
  const Reply listed = co_await call(deed, "GET", "/api/v1/products?limit=1000");
  if (!listed.ok()) co_return fail(ErrorCode::unavailable, listed.message());
  const auto* summaries = list_at(listed.body, "products");
  if (!summaries) co_return out;
  for (const auto& summary : *summaries) {
    const std::string state = text_at(summary.as_object(), "state");
    if (state != "published" && state != "deprecated") continue;
    Deed quiet = deed;                     // the audit log names the search, not each look
    const Reply full = co_await call(quiet, "GET", "/api/v1/products/" + http::percent_encode(text_at(summary.as_object(), "name")));
    const auto* ports = list_at(full.body, "ports");
    if (!full.ok() || !ports) continue;
    for (const auto& port : *ports) {
      if (text_at(port.as_object(), "topic").starts_with("_")) continue;
      auto one = product_json(deed, full.body.get_object(), port.as_object());
      if (one.is_object()) out.push_back(std::move(one));
    }
  }
  co_return out;
}

Prototype::Answer Prototype::data_products(http::Request r) {
  Deed deed = deed_of(r);
  auto found = co_await products(deed);
  if (!found) co_return spring_error(500, found.error().message, r.path);
  say("Get all Topics from Confluent Data Catalog with tag 'ProdDP'", deed.commands);
  co_return json_answer(*found);
}

Prototype::Answer Prototype::data_product(http::Request r) {
  Deed deed = deed_of(r);
  auto found = co_await products(deed);
  if (!found) co_return spring_error(500, found.error().message, r.path);
  say("Get all Topics from Confluent Data Catalog with tag 'ProdDP'", deed.commands);
  const std::string topic = topic_of(r.param("name"));
  for (const auto& product : *found)
    if (text_at(product.get_object(), "name") == topic) co_return json_answer(product);
  co_return spring_error(404, "no data product has the qualified name '" + r.param("name") + "'", r.path);
}

Prototype::Answer Prototype::manage(http::Request r) {
  Deed deed = deed_of(r);
  auto found = co_await products(deed);
  if (!found) co_return spring_error(500, found.error().message, r.path);
  say("Get all Topics from Confluent Data Catalog with tag 'ProdDP'", deed.commands);
  Deed second = deed_of(r);
  const Reply topics = co_await call(second, "GET", "/api/v1/topics");
  if (!topics.ok()) co_return spring_error(500, topics.message(), r.path);
  say("Get all Topics from Confluent Data Catalog", second.commands);
  json::array out = *std::move(found);
  std::set<std::string> products_named;
  for (const auto& product : out) products_named.insert(text_at(product.get_object(), "name"));
  if (const auto* list = list_at(topics.body, "topics"))
    for (const auto& topic : *list) {
      const std::string name = text_at(topic.as_object(), "name");
      if (name.starts_with("_") || products_named.contains(name)) continue;
      out.push_back(json::object{{"@type", "Topic"}, {"name", without_value_suffix(name)}, {"qualifiedName", qualified(name)}});
    }
  co_return json_answer(out);
}

// The prototype's checks in its order; its lists of allowed owners are the teams of the domain here.
Prototype::Answer Prototype::publish(http::Request r) {
  Deed deed = deed_of(r);
  const auto body = json::parse_object(r.body);
  if (!body) co_return spring_error(400, body.error().message, r.path);
  if (text_at(*body, "@type") != "TOPIC") co_return spring_error(400, "only data products of the type TOPIC can be made, got '" + text_at(*body, "@type") + "'", r.path);
  const std::string topic = topic_of(text_at(*body, "qualifiedName"));
  const auto* metadata = body->if_contains("dataProductBusinessMetadata");
  if (topic.empty() || !metadata || !metadata->is_object())
    co_return spring_error(400, "the body needs qualifiedName (lsrc-x:.:topic) and dataProductBusinessMetadata", r.path);
  const auto& given = metadata->get_object();
  const std::string owner = text_at(given, "owner"), description = text_at(given, "description"), quality = text_at(given, "quality"), sla = text_at(given, "sla");
  std::string domain = text_at(given, "domain");
  if (domain.find_first_not_of(' ') == std::string::npos) domain = options_.domain;

  Deed looks = deed;
  const Reply schema = co_await call(looks, "GET", "/subjects/" + http::percent_encode(topic + "-value") + "/versions/latest");
  if (!schema.ok()) co_return spring_error(401, "the topic " + topic + " has no registered schema " + topic + "-value", r.path);
  const Reply team = co_await call(looks, "GET", "/api/v1/teams/" + http::percent_encode(owner));
  if (owner.empty() || !team.ok()) co_return spring_error(401, "the owner '" + owner + "' is no team of this mesh", r.path);
  if (sla != "tier-1" && sla != "tier-2" && sla != "tier-3") co_return spring_error(401, "sla must be tier-1, tier-2 or tier-3, got '" + sla + "'", r.path);
  if (quality != "authoritative" && quality != "curated" && quality != "raw") co_return spring_error(401, "quality must be authoritative, curated or raw, got '" + quality + "'", r.path);
  if (domain != options_.domain) co_return spring_error(401, "this API publishes for the domain " + options_.domain + " only, not for '" + domain + "'", r.path);
  if (text_at(team.body.as_object(), "domain") != options_.domain)
    co_return spring_error(401, "the owner " + owner + " is a team of the domain " + text_at(team.body.as_object(), "domain") + ", not of " + options_.domain, r.path);

  json::object fields{{"domain", domain}, {"owner", owner}, {"description", description}, {"quality", quality}, {"sla", sla}};
  const Reply known = co_await call(looks, "GET", "/api/v1/products/" + http::percent_encode(topic));
  const std::string state = known.ok() ? text_at(known.body.as_object(), "state") : "";
  Reply done;
  if (state == "published" || state == "deprecated") {
    std::string change = json::print(fields);
    done = co_await call(deed, "PATCH", "/api/v1/products/" + http::percent_encode(topic), std::move(change));
  } else {
    fields["name"] = topic;
    json::array ports;
    ports.emplace_back(topic);
    fields["ports"] = std::move(ports);
    std::string made = json::print(fields);
    done = co_await call(deed, "POST", "/api/v1/products", std::move(made));
  }
  if (!done.ok()) co_return spring_error(401, done.message(), r.path);
  say("BusinessMetadata entity '" + qualified(topic) + "' as 'DataProduct'", deed.commands);
  if (const auto* ports = list_at(done.body, "ports"))
    for (const auto& port : *ports)
      if (text_at(port.as_object(), "topic") == topic) {
        auto product = product_json(deed, done.body.get_object(), port.as_object());
        co_return json_answer(product);
      }
  co_return spring_error(500, "the product " + topic + " was published without a port on its topic", r.path);
}

Prototype::Answer Prototype::remove(http::Request r) {
  Deed deed = deed_of(r);
  const std::string topic = topic_of(r.param("name"));
  Deed looks = deed;
  const Reply listed = co_await call(looks, "GET", "/api/v1/products?limit=1000");
  std::string name, domain, owner;
  if (const auto* list = list_at(listed.body, "products"))
    for (const auto& product : *list) {
      const auto* ports = list_at(product, "ports");
      const bool has = ports && std::any_of(ports->begin(), ports->end(), [&](const auto& p) { return text_at(p.as_object(), "topic") == topic; });
      const std::string state = text_at(product.as_object(), "state");
      if (!has || (state != "published" && state != "deprecated")) continue;
      name = text_at(product.as_object(), "name");
      domain = text_at(product.as_object(), "domain");
      owner = text_at(product.as_object(), "owner");
    }
  if (name.empty()) co_return spring_error(404, "no data product has the qualified name '" + r.param("name") + "'", r.path);
  if (domain != options_.domain) co_return spring_error(401, "the data product " + name + " belongs to the domain " + domain + " (" + owner + "), not to " + options_.domain, r.path);
  const Reply done = co_await call(deed, "DELETE", "/api/v1/products/" + http::percent_encode(name));
  if (!done.ok()) co_return spring_error(done.status == 409 ? 409 : 401, done.message(), r.path);
  say("Delete DataProduct Business Metadata from entity '" + qualified(topic) + "'", deed.commands);
  co_return http::Response::empty(200);
}

Prototype::Answer Prototype::use_cases(http::Request r) {
  const Deed deed = deed_of(r);
  json::array out;
  for (const auto& c : options_.use_cases) {
    std::string inputs;
    for (const auto& input : c.inputs) inputs += (inputs.empty() ? "" : ", ") + input;
    out.push_back(json::object{{"name", c.name}, {"title", c.title}, {"description", c.description}, {"inputs", inputs}, {"ksqlDbCommand", c.sql}, {"outputTopic", c.output},
                               {"ksqlDbLaunchUrl", deed.base + "/create?sql=" + http::percent_encode(c.sql)}});
  }
  co_return json_answer(out);
}

Prototype::Answer Prototype::execute(http::Request r) {
  Deed deed = deed_of(r);
  const auto found = std::find_if(options_.use_cases.begin(), options_.use_cases.end(), [&](const auto& c) { return c.name == r.param("name"); });
  if (found == options_.use_cases.end()) co_return spring_error(400, "there is no use case '" + r.param("name") + "'", r.path);
  json::object properties{{"ksql.streams.auto.offset.reset", "earliest"}};
  std::string body = json::print(json::object{{"ksql", found->sql}, {"streamsProperties", std::move(properties)}});
  const Reply done = co_await call(deed, "POST", "/ksql", std::move(body));
  std::vector<std::string> commands{"ksqlClient.executeStatement(\"" + found->sql + "\")"};
  say(done.ok() ? "Use ksqlDB SDK to execute statement" : "Use ksqlDB SDK to execute statement: it failed, " + done.message(), commands);
  if (!done.ok()) co_return spring_error(400, done.message(), r.path);   // the prototype swallows it; its client shows any other status as a failure
  co_return http::Response::empty(200);
}

Prototype::Answer Prototype::topics(http::Request r) {
  Deed deed = deed_of(r);
  const std::string include(r.query_first("includeTag").value_or("")), exclude(r.query_first("excludeTag").value_or(""));
  std::string search = "/catalog/v1/search/basic?types=kafka_topic&limit=500";
  if (!include.empty()) search += "&tag=" + http::percent_encode(include);
  const Reply found = co_await call(deed, "GET", std::move(search));
  if (!found.ok()) co_return spring_error(500, found.message(), r.path);
  json::array entities;
  Deed quiet = deed;
  if (const auto* list = list_at(found.body, "entities"))
    for (const auto& header : *list) {
      const auto* tags = list_at(header, "classificationNames");
      if (!exclude.empty() && tags && std::any_of(tags->begin(), tags->end(), [&](const auto& t) { return t.is_string() && t.get_string() == exclude; })) continue;
      const auto* attributes = header.as_object().if_contains("attributes");
      const std::string name = attributes && attributes->is_object() ? text_at(attributes->get_object(), "qualifiedName") : "";
      Reply entity = co_await call(quiet, "GET", "/catalog/v1/entity/type/kafka_topic/name/" + http::percent_encode(name));
      if (entity.ok()) entities.push_back(std::move(entity.body));
    }
  const std::string message = "Get all Topics from Confluent Data Catalog" + (include.empty() ? "" : " with tag '" + include + "'");
  say(message, deed.commands);
  json::array commands;
  for (const auto& c : deed.commands) commands.emplace_back(c);
  json::object entry{{"message", message}, {"commands", std::move(commands)}};
  co_return json_answer(json::object{{"entities", std::move(entities)}, {"auditLogEntry", std::move(entry)}});
}

Prototype::Answer Prototype::link(http::Request r, std::string page) {
  if (const auto hole = page.find("{}"); hole != std::string::npos) page.replace(hole, 2, http::percent_encode(r.param("n")));
  co_return http::Response::text(200, deed_of(r).base + page, "text/plain;charset=UTF-8");
}

Prototype::Answer Prototype::product_urls(http::Request r) {
  const Deed deed = deed_of(r);
  const std::string topic = topic_of(r.param("name"));
  co_return json_answer(urls_of(deed, topic.empty() ? r.param("name") : topic));
}

Prototype::Answer Prototype::info(http::Request r) {
  Deed deed = deed_of(r);
  const Reply person = co_await call(deed, "GET", "/api/v1/people/" + http::percent_encode(deed.as));
  std::string team = "n/a";
  if (const auto* teams = list_at(person.body, "teams"); teams && !teams->empty() && teams->front().is_string()) team = teams->front().get_string();
  json::object git{{"commit", json::object{{"id", "braid-" BRAID_VERSION}}}};
  co_return json_answer(json::object{{"mode", "local"}, {"domain", options_.domain}, {"team", team}, {"git", std::move(git)}});
}

Prototype::Answer Prototype::health(http::Request r) {
  Deed deed = deed_of(r);
  const Reply ready = co_await call(deed, "GET", "/readyz");
  co_return http::Response::json(ready.ok() ? 200 : 503, ready.ok() ? R"({"status":"UP"})" : R"({"status":"DOWN"})");
}

// ---- the socket ----

Prototype::Answer Prototype::socket(http::Request r) {
  co_return http::upgrade_to_websocket(r, {"v12.stomp"}, [this](http::WebSocket& socket) { return talk(socket); });
}

// One client, until either side closes. `socket` lives as long as this call.
io::Task<void> Prototype::talk(http::WebSocket& socket) {
  Listener listener{&socket, {}};
  listeners_.insert(&listener);
  std::string pending;
  bool connected = false;
  const auto refuse = [&](const std::string& message) {
    (void)socket.send(print(StompFrame{"ERROR", {{"message", message}}, ""}));
    socket.close(1002, message);
  };
  while (!socket.closed()) {
    auto message = co_await socket.receive();
    if (!message || !*message) break;
    pending += (*message)->data;
    auto frames = take_stomp_frames(pending);
    if (!frames) {
      refuse(frames.error().message);
      break;
    }
    for (const auto& frame : *frames) {
      const std::string id(frame.header("id")), destination(frame.header("destination"));
      if (frame.command == "CONNECT" || frame.command == "STOMP") {
        const auto versions = frame.header("accept-version");
        if (versions.find("1.2") == std::string_view::npos) {
          refuse("STOMP 1.2 is spoken here, the client accepts '" + std::string(versions) + "'");
          break;
        }
        connected = true;
        (void)socket.send(print(StompFrame{"CONNECTED", {{"version", "1.2"}, {"heart-beat", "0,0"}, {"server", "braid/" BRAID_VERSION}}, ""}));
        continue;
      }
      if (!connected) {
        refuse("the first frame must be CONNECT, got " + frame.command.substr(0, 40));
        break;
      }
      if (frame.command == "SUBSCRIBE") {
        if (destination != audit_log || id.empty()) {
          refuse("SUBSCRIBE needs an id and the destination " + std::string(audit_log));
          break;
        }
        std::erase_if(listener.subscriptions, [&](const auto& s) { return s.first == id; });
        if (listener.subscriptions.size() < 10) listener.subscriptions.emplace_back(id, destination);
      } else if (frame.command == "UNSUBSCRIBE") {
        std::erase_if(listener.subscriptions, [&](const auto& s) { return s.first == id; });
      } else if (frame.command != "DISCONNECT") {
        refuse(frame.command.substr(0, 40) + " is not taken here: the audit log is read only");
        break;
      }
      if (const auto receipt = frame.header("receipt"); !receipt.empty()) (void)socket.send(print(StompFrame{"RECEIPT", {{"receipt-id", std::string(receipt)}}, ""}));
      if (frame.command == "DISCONNECT") socket.close(1000, "");
    }
  }
  listeners_.erase(&listener);
}

}  // namespace braid::api
