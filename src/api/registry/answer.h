// Answers and parameters as this API wants them: content types, error bodies, booleans, pages. Pure functions; inside api/registry/ only.
#pragma once
#include "base/json.h"
#include "http/server.h"
#include "registry/refusal.h"
#include "registry/schema.h"
#include "registry/service.h"

namespace braid::api::registry_api {

inline constexpr const char* media_type = "application/vnd.schemaregistry.v1+json";

http::Response ok(const json::value& body);
http::Response raw(std::string body);                                      // a schema's own text
http::Response refused(const braid::registry::Refusal& refusal);
http::Response failed(int status, int code, std::string message);
http::Response error_form(int status, const Error& error);                 // for the Router

// 406 and 415 where the client asks for, or sends, what this API does not speak. Otherwise the type to answer with.
std::expected<std::string, http::Response> negotiate(const http::Request& request);

bool flag(const http::Request& request, std::string_view name, bool otherwise = false);   // like Java: "true" in any case, else false
std::string text(const http::Request& request, std::string_view name);
braid::registry::Page page(const http::Request& request);
template <class T> std::vector<T> cut(std::vector<T> all, const braid::registry::Page& page) {
  const auto begin = std::min<std::int64_t>(std::max<std::int64_t>(page.offset, 0), std::int64_t(all.size()));
  const auto end = page.limit < 1 ? std::int64_t(all.size()) : std::min<std::int64_t>(std::int64_t(all.size()), begin + page.limit);
  return {std::make_move_iterator(all.begin() + begin), std::make_move_iterator(all.begin() + end)};
}

// {subject, version, id, guid, schemaType, references, metadata, ruleSet, schema, ts, deleted}; what is empty is left out.
json::object schema_object(const braid::registry::RegisteredSchema& schema, const std::string& text);

}  // namespace braid::api::registry_api
