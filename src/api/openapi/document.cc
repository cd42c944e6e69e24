#include "api/openapi/document.h"

#include <memory>
#include <set>

#include "http/static_files.h"

namespace braid::api {
namespace {

// Adds the fields of `from` to `into`; one that both have is an error.
Result<void> add_fields(json::object& into, const json::object& from, std::string_view where) {
  for (const auto& field : from) {
    if (into.contains(field.key())) return fail(ErrorCode::bug, "OpenAPI: " + std::string(where) + " describes " + std::string(field.key()) + " twice");
    into[field.key()] = field.value();
  }
  return {};
}

const json::value* at_pointer(const json::value& document, std::string_view pointer) {
  boost::system::error_code ec;
  return document.find_pointer(pointer, ec);
}

Result<void> check_references(const json::value& document, const json::value& v) {
  if (const auto* a = v.if_array()) {
    for (const auto& item : *a) TRY_VOID(check_references(document, item));
  } else if (const auto* o = v.if_object()) {
    for (const auto& field : *o) {
      if (field.key() == "$ref" && field.value().is_string()) {
        const std::string_view ref = field.value().get_string();
        if (!ref.starts_with("#/") || !at_pointer(document, ref.substr(1))) return fail(ErrorCode::bug, "OpenAPI: nothing is at " + std::string(ref));
      }
      TRY_VOID(check_references(document, field.value()));
    }
  }
  return {};
}

}  // namespace

Result<json::object> merge_openapi(const std::vector<std::string_view>& areas) {
  TRY(auto document, json::parse_object(openapi_common()));
  for (const auto& text : areas) {
    if (text == openapi_common()) continue;   // always part of it; naming it does no harm
    auto parsed = json::parse_object(text);
    if (!parsed) return std::unexpected(std::move(parsed).error().during("OpenAPI"));
    const json::object& area = *parsed;
    if (const auto* tags = area.if_contains("tags"); tags && tags->is_array())
      for (const auto& tag : tags->get_array()) document["tags"].as_array().push_back(tag);
    if (const auto* paths = area.if_contains("paths"); paths && paths->is_object())
      for (const auto& path : paths->get_object()) {
        if (!path.value().is_object()) return fail(ErrorCode::bug, "OpenAPI: path " + std::string(path.key()) + " is no object");
        auto& known = document["paths"].as_object();
        if (!known.contains(path.key())) known[path.key()] = json::object{};
        TRY_VOID(add_fields(known[path.key()].as_object(), path.value().get_object(), path.key()));
      }
    if (const auto* components = area.if_contains("components"); components && components->is_object())
      for (const auto& kind : components->get_object()) {
        auto& known = document["components"].as_object();
        if (!known.contains(kind.key())) known[kind.key()] = json::object{};
        if (!kind.value().is_object()) return fail(ErrorCode::bug, "OpenAPI: components/" + std::string(kind.key()) + " is no object");
        TRY_VOID(add_fields(known[kind.key()].as_object(), kind.value().get_object(), std::string("components/") + std::string(kind.key())));
      }
  }
  const json::value whole = document;
  TRY_VOID(check_references(whole, whole));
  return document;
}

namespace {
io::Task<http::Response> serve(http::Request request, std::shared_ptr<const http::StaticFile> file) { co_return http::serve_static(request, *file); }
}  // namespace

Result<void> add_openapi_routes(http::Router& router, const std::vector<std::string_view>& areas) {
  TRY(const auto document, merge_openapi(areas));
  // Shared by the handlers of both paths, which the router owns; the file views the text.
  auto text = std::make_shared<const std::string>(json::pretty(document) + "\n");
  auto file = std::make_shared<const http::StaticFile>(http::static_file(*text, "application/json"));
  for (const std::string_view path : {"/openapi.json", "/api/v1/openapi.json"})
    router.get(path, [text, file](http::Request r) { return serve(std::move(r), file); });
  return {};
}

}  // namespace braid::api
