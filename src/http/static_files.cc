#include "http/static_files.h"

#include <xxhash.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace braid::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> types{{
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".md", "text/markdown; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".yaml", "application/yaml"},
    {".yml", "application/yaml"},
}};

io::Task<Response> answer(Response response) { co_return response; }

// Of our own bytes, made when the program was built.
Bytes inflated(std::string_view gzipped) {
  z_stream z{};
  BRAID_ASSERT(inflateInit2(&z, 15 + 16) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  z.avail_in = uInt(gzipped.size());
  Bytes out;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t had = out.size();
    out.resize(had + std::max<std::size_t>(4096, 4 * gzipped.size()));
    z.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    z.avail_out = uInt(out.size() - had);
    state = inflate(&z, Z_NO_FLUSH);
    out.resize(out.size() - z.avail_out);
  }
  inflateEnd(&z);
  BRAID_ASSERT(state == Z_STREAM_END);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool accepts_gzip(const Headers& headers) {
  std::string_view list = headers.get_or("Accept-Encoding", "");
  bool any = false;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto item = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const auto semicolon = item.find(';');
    const auto coding = trimmed(item.substr(0, semicolon));
    const auto weight = semicolon == std::string_view::npos ? std::string_view() : trimmed(item.substr(semicolon + 1));
    const bool refused = weight.starts_with("q=0") && weight.find_first_of("123456789") == std::string_view::npos;
    if (coding == "gzip" || coding == "x-gzip") return !refused;
    if (coding == "*") any = !refused;
  }
  return any;
}

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
  if (!file.gzipped.empty() && accepts_gzip(request.headers)) {
    response.headers.add("Content-Encoding", "gzip");
    response.body = file.gzipped;
  } else {
    response.body = file.content.empty() && !file.gzipped.empty() ? inflated(file.gzipped) : Bytes(file.content);
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
