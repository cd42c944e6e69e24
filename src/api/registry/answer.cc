#include "api/registry/answer.h"

#include <algorithm>

#include "registry/identity.h"
#include "registry/json.h"

namespace braid::api::registry_api {
namespace {

constexpr std::string_view spoken[] = {"application/vnd.schemaregistry.v1+json", "application/vnd.schemaregistry+json", "application/json"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return out;
}

// One range of an Accept field: its type, and its quality in thousandths.
std::pair<std::string, int> accept_range(std::string_view range) {
  const auto semicolon = range.find(';');
  std::pair<std::string, int> out{lower(trimmed(range.substr(0, semicolon))), 1000};
  if (semicolon == std::string_view::npos) return out;
  const auto at = range.find("q=", semicolon);
  if (at != std::string_view::npos) out.second = int(std::strtod(std::string(range.substr(at + 2)).c_str(), nullptr) * 1000);
  return out;
}

}  // namespace

http::Response ok(const json::value& body) { return http::Response::json(200, json::print(body), media_type); }
http::Response raw(std::string body) { return http::Response::json(200, std::move(body), media_type); }

http::Response failed(int status, int code, std::string message) {
  return http::Response::json(status, json::print(json::object{{"error_code", code}, {"message", std::move(message)}}), media_type);
}
http::Response refused(const braid::registry::Refusal& refusal) { return failed(refusal.http_status(), refusal.code, refusal.message); }

http::Response error_form(int status, const Error& error) {
  std::string message = error.message;
  if (status == 404) message = "HTTP 404 Not Found";
  if (status == 405) message = "HTTP 405 Method Not Allowed";
  return failed(status, status, std::move(message));
}

std::expected<std::string, http::Response> negotiate(const http::Request& request) {
  if (const auto type = request.headers.get("content-type"); type && !request.body.empty()) {
    const auto name = lower(trimmed(type->substr(0, type->find(';'))));
    if (name != "application/octet-stream" && !name.empty() && std::find(std::begin(spoken), std::end(spoken), name) == std::end(spoken))
      return std::unexpected(failed(415, 415, "HTTP 415 Unsupported Media Type"));
  }
  const auto accept = request.headers.get("accept");
  if (!accept || trimmed(*accept).empty()) return media_type;
  std::string best;
  int best_quality = 0;
  for (std::size_t begin = 0; begin <= accept->size();) {
    const auto end = std::min(accept->find(',', begin), accept->size());
    const auto [name, quality] = accept_range(accept->substr(begin, end - begin));
    begin = end + 1;
    const bool any = name == "*/*" || name == "application/*";
    const bool known = std::find(std::begin(spoken), std::end(spoken), name) != std::end(spoken);
    // Between equals the registry's own type wins.
    const int rank = quality * 2 + (name == media_type || any ? 1 : 0);
    if ((any || known) && quality > 0 && rank > best_quality) {
      best_quality = rank;
      best = any ? media_type : name;
    }
  }
  if (best.empty()) return std::unexpected(failed(406, 406, "HTTP 406 Not Acceptable"));
  return best;
}

bool flag(const http::Request& request, std::string_view name, bool otherwise) {
  const auto value = request.query_first(name);
  return value ? lower(*value) == "true" : otherwise;
}

std::string text(const http::Request& request, std::string_view name) { return std::string(request.query_first(name).value_or("")); }

braid::registry::Page page(const http::Request& request) {
  braid::registry::Page out;
  out.offset = request.query_int("offset", 0).value_or(0);
  out.limit = request.query_int("limit", -1).value_or(-1);
  return out;
}

json::object schema_object(const braid::registry::RegisteredSchema& schema, const std::string& text) {
  json::object o{{"subject", schema.subject}, {"version", schema.version}, {"id", schema.id.value}, {"guid", braid::registry::guid_text(schema.guid)},
                 {"schemaType", braid::registry::name_of(schema.type)}};
  if (!schema.references.empty()) o["references"] = braid::registry::to_json(schema.references);
  if (schema.metadata) o["metadata"] = braid::registry::to_json(*schema.metadata);
  if (schema.rule_set) o["ruleSet"] = braid::registry::to_json(*schema.rule_set);
  o["schema"] = text;
  if (schema.registered_ms >= 0) o["ts"] = schema.registered_ms;
  if (schema.deleted) o["deleted"] = true;
  return o;
}

}  // namespace braid::api::registry_api
