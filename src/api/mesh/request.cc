#include "api/mesh/request.h"

#include <algorithm>
#include <charconv>

namespace braid::api {

Result<json::object> body_of(const http::Request& r, std::initializer_list<std::string_view> known, std::initializer_list<std::string_view> read_only) {
  if (r.body.find_first_not_of(" \t\r\n") == std::string::npos) return json::object{};
  TRY(auto o, json::parse_object(r.body));
  for (const auto& field : o) {
    const std::string_view name = field.key();
    if (std::ranges::find(known, name) != known.end() || std::ranges::find(read_only, name) != read_only.end()) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    std::string list;
    for (const auto& n : names) list += (list.empty() ? "" : ", ") + n;
    const std::string near = mesh::nearest(name, names);
    return fail(ErrorCode::invalid_input, "the body has the field '" + std::string(name.substr(0, 100)) + "', which means nothing here",
                near.empty() ? "fields are: " + list : "did you mean '" + near + "'?");
  }
  return o;
}

Result<std::optional<std::string>> text_field(const json::object& o, std::string_view field) {
  if (const auto* v = o.if_contains(field); v && v->is_null()) return std::string();
  return json::optional_string(o, field);
}

Result<std::optional<std::vector<std::string>>> list_field(const json::object& o, std::string_view field) {
  if (!o.contains(field)) return std::nullopt;
  TRY(auto list, json::string_list(o, field));
  return list;
}

Result<std::optional<std::int64_t>> expected_revision(const http::Request& r, const json::object& body) {
  if (const auto header = r.headers.get("If-Match"); header && *header != "*") {
    std::string_view text = *header;
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    std::int64_t revision = 0;
    const auto [p, ec] = std::from_chars(text.data(), text.data() + text.size(), revision);
    if (ec != std::errc{} || p != text.data() + text.size())
      return fail(ErrorCode::invalid_input, "If-Match must be a revision, got '" + std::string(*header) + "'", "send what ETag said, for example If-Match: \"3\"");
    return revision;
  }
  return json::optional_int(body, "revision");
}

Result<mesh::Acknowledgement> acknowledgement(const http::Request& r) {
  mesh::Acknowledgement seen;
  seen.confirm = std::string(r.query_first("confirm").value_or(""));
  TRY(seen.force, r.query_flag("force", false));
  return seen;
}

bool is_dry_run(const http::Request& r) { return r.query_flag("dry_run", false).value_or(true); }

Result<std::int64_t> time_parameter(const http::Request& r, std::string_view name, std::int64_t now_ms) {
  const auto text = r.query_first(name);
  if (!text || text->empty()) return 0;
  std::int64_t n = 0;
  const auto [p, ec] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (ec == std::errc{} && p + 1 == text->data() + text->size() && n >= 0 && n < 1'000'000) {
    switch (*p) {
      case 'd': return now_ms - n * 86'400'000;
      case 'h': return now_ms - n * 3'600'000;
      case 'm': return now_ms - n * 60'000;
      case 's': return now_ms - n * 1'000;
    }
  }
  if (text->size() == 10 && name == "since") return mesh::parse_date_ms(std::string(*text) + "T00:00:00Z");   // a day begins at its beginning
  auto parsed = mesh::parse_date_ms(*text);
  if (!parsed) return fail(ErrorCode::invalid_input, "the parameter " + std::string(name) + " is no time: '" + std::string(text->substr(0, 60)) + "'", "write 7d, 12h, 30m, a date or an ISO time");
  return parsed;
}

Result<Paging> paging(const http::Request& r, std::size_t limit_default, std::size_t limit_max) {
  TRY(const auto limit, r.query_int("limit", std::int64_t(limit_default)));
  TRY(const auto offset, r.query_int("offset", 0));
  if (limit < 0 || limit > std::int64_t(limit_max)) return fail(ErrorCode::invalid_input, "limit must be from 0 to " + std::to_string(limit_max) + ", got " + std::to_string(limit));
  if (offset < 0) return fail(ErrorCode::invalid_input, "offset must not be negative, got " + std::to_string(offset));
  return Paging{std::size_t(limit), std::size_t(offset)};
}

http::Response answer(int status, const json::object& body) { return http::Response::json(status, json::print(body)); }

http::Response with_revision(http::Response response, std::int64_t revision) {
  response.headers.set("ETag", "\"" + std::to_string(revision) + "\"");
  return response;
}

json::value events_json(const std::vector<mesh::Event>& events) {
  json::array out;
  for (const auto& e : events) out.push_back(mesh::to_json(e));
  return out;
}
json::value told_json(const std::optional<mesh::Impact>& told) { return told ? json::value(mesh::to_json(*told)) : json::value(nullptr); }
json::object dry_run_json(const mesh::Done& done) { return {{"dry_run", true}, {"events", events_json(done.events)}, {"told", told_json(done.told)}}; }
json::array json_strings(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& s : list) out.emplace_back(s);
  return out;
}

Error unknown_thing(std::string_view kind, const std::string& name, const std::vector<std::string>& known) {
  const std::string near = mesh::nearest(name, known);
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 10; ++i) list += (i ? ", " : "") + known[i];
  return Error{ErrorCode::not_found, "there is no " + std::string(kind) + " '" + name + "'", near.empty() ? (list.empty() ? "there is none yet" : "there are: " + list) : "did you mean '" + near + "'?", {}};
}

}  // namespace braid::api
