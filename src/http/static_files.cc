#include "http/static_files.h"

#include <xxhash.h>

#include <array>
#include <cstdio>

namespace braid::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> types{{
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".md", "text/markdown; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".woff2", "font/woff2"},
    {".yaml", "application/yaml"},
    {".yml", "application/yaml"},
}};

io::Task<Response> answer(Response response) { co_return response; }

}  // namespace

StaticFile static_file(std::string_view content, std::string content_type) {
  char etag[24];
  std::snprintf(etag, sizeof etag, "\"%016llx\"", static_cast<unsigned long long>(XXH3_64bits(content.data(), content.size())));
  StaticFile file;
  file.content = content;
  file.content_type = std::move(content_type);
  file.etag = etag;
  return file;
}

std::string content_type_of(std::string_view file_name) {
  for (const auto& [ending, type] : types)
    if (file_name.ends_with(ending)) return std::string(type);
  return "application/octet-stream";
}

Response serve_static(const Request& request, const StaticFile& file) {
  Response response;
  response.headers.add("ETag", file.etag);
  response.headers.add("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!file.gzipped.empty()) response.headers.add("Vary", "Accept-Encoding");
  const auto known = request.headers.get_or("If-None-Match", "");
  if (known == "*" || known.find(file.etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", file.content_type);
  if (!file.gzipped.empty() && request.headers.get_or("Accept-Encoding", "").find("gzip") != std::string_view::npos) {
    response.headers.add("Content-Encoding", "gzip");
    response.body = file.gzipped;
  } else {
    response.body = file.content;
  }
  return response;
}

void add_static(Router& router, std::string prefix, std::map<std::string, StaticFile> files, std::string fallback) {
  // The handler outlives this call, so it owns the table.
  auto table = std::make_shared<const std::map<std::string, StaticFile>>(std::move(files));
  if (prefix.ends_with('/')) prefix.pop_back();
  router.get(prefix + "/{rest*}", [table, fallback](Request request) {
    auto found = table->find(request.param("rest"));
    if (found == table->end() && !fallback.empty()) found = table->find(fallback);
    if (found == table->end()) return answer(error_response(Error{ErrorCode::not_found, "there is no file " + request.path}));
    return answer(serve_static(request, found->second));
  });
}

}  // namespace braid::http
