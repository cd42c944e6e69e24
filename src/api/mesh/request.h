// Private to api/mesh: reading requests, writing answers.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "api/errors.h"
#include "base/json.h"
#include "http/server.h"
#include "mesh/mesh.h"

namespace braid::api {

// The body as a JSON object; an empty body is an empty object. A field that is neither known nor read-only is an error with the nearest name,
// so that a typing error never silently changes nothing.
Result<json::object> body_of(const http::Request& r, std::initializer_list<std::string_view> known, std::initializer_list<std::string_view> read_only = {});

// A text field of a change: absent leaves it, null empties it.
Result<std::optional<std::string>> text_field(const json::object& o, std::string_view field);
Result<std::optional<std::vector<std::string>>> list_field(const json::object& o, std::string_view field);

// If-Match: "7", or "revision": 7 in the body.
Result<std::optional<std::int64_t>> expected_revision(const http::Request& r, const json::object& body);
Result<mesh::Acknowledgement> acknowledgement(const http::Request& r);
bool is_dry_run(const http::Request& r);
// "7d", "12h", "30m", "45s" ago, or a date or time. Absent: 0.
Result<std::int64_t> time_parameter(const http::Request& r, std::string_view name, std::int64_t now_ms);

struct Paging {
  std::size_t limit = 100, offset = 0;
};
Result<Paging> paging(const http::Request& r, std::size_t limit_default, std::size_t limit_max = 500);

http::Response answer(int status, const json::object& body);
http::Response with_revision(http::Response response, std::int64_t revision);   // ETag
json::value events_json(const std::vector<mesh::Event>& events);
json::value told_json(const std::optional<mesh::Impact>& told);                  // null when nobody was
json::object dry_run_json(const mesh::Done& done);
json::array json_strings(const std::vector<std::string>& list);
// not_found, with the nearest name or those there are.
Error unknown_thing(std::string_view kind, const std::string& name, const std::vector<std::string>& known);
template <class Map> std::vector<std::string> names_in(const Map& map) {
  std::vector<std::string> out;
  for (const auto& [name, thing] : map) out.push_back(name);
  return out;
}

}  // namespace braid::api

// In handlers: the value, or the refusal is the answer.
#define API_TRY(lhs, ...) BRAID_TRY_API_(BRAID_CONCAT(api_, __LINE__), lhs, __VA_ARGS__)
#define BRAID_TRY_API_(tmp, lhs, ...) \
  auto tmp = (__VA_ARGS__); \
  if (!tmp) co_return ::braid::api::refuse(tmp.error()); \
  lhs = *std::move(tmp)

// In handlers of MeshApi: the Done of a command; what it was refused with, or what a dry run would do, is the answer. The command is named before
// the co_await because g++ 12 destroys braced temporaries in such expressions twice.
#define EXECUTE(done, r, ...) \
  ::braid::mesh::Command BRAID_CONCAT(command_, __LINE__) = __VA_ARGS__; \
  auto done = co_await execute(r, std::move(BRAID_CONCAT(command_, __LINE__))); \
  if (!done) co_return std::move(done).error(); \
  if (is_dry_run(r)) co_return answer(200, dry_run_json(*done))
