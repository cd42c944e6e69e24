// Files served from memory: the portal's assets and the OpenAPI document. Plain values; the bytes must outlive the files.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "http/server.h"

namespace braid::http {

struct StaticFile {
  std::string_view content;
  std::string content_type;
  std::string etag;                    // with quotes; static_file() computes it from the content
  std::string_view gzipped{};          // empty: not available compressed
  bool immutable = false;              // its name carries a hash, so it may be kept for a year
};
StaticFile static_file(std::string_view content, std::string content_type);
std::string content_type_of(std::string_view file_name);                       // by extension; application/octet-stream if unknown
Response serve_static(const Request& request, const StaticFile& file);         // 304 when If-None-Match has the etag

// Adds GET prefix/{rest*}. A path that names no file gets `fallback` (a single-page portal's index) if that is set, else 404.
void add_static(Router& router, std::string prefix, std::map<std::string, StaticFile> files, std::string fallback = {});

}  // namespace braid::http
