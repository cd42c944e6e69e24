// Files served from memory: the portal's assets and the OpenAPI document. Plain values; the bytes must outlive the files.
// A file may be held compressed only: a client that does not take gzip then gets it inflated.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "http/server.h"

namespace braid::http {

struct StaticFile {
  std::string_view content;            // empty while `gzipped` is not: held compressed only
  std::string content_type;
  std::string etag;                    // with quotes; static_file() computes it from the content. Weak (W/"...") where both forms are served
  std::string_view gzipped{};          // empty: not available compressed
  bool immutable = false;              // its name carries a hash, so it may be kept for a year
};
StaticFile static_file(std::string_view content, std::string content_type);
std::string content_type_of(std::string_view file_name);                       // by extension; application/octet-stream if unknown
bool accepts_gzip(const Headers& headers);                                     // gzip or * in Accept-Encoding, not with q=0
Response serve_static(const Request& request, const StaticFile& file);         // 304 when If-None-Match has the etag

// Adds GET prefix/{rest*}. A path that names no file gets `fallback` (a single-page portal's index) if that is set, else 404.
void add_static(Router& router, std::string prefix, std::map<std::string, StaticFile> files, std::string fallback = {});

}  // namespace braid::http
