// The portal on the main port: its page at / and at every path that is no API's, its files under the names they were built with.
//
// A browser (Accept names text/html) gets the portal, everybody else what the API answers: / with another Accept is the front page in JSON, an
// unknown path is an API's 404. First segments that routes have belong to the APIs and are no client routes.
// Every answer has a strict Content-Security-Policy: no inline script or style, nothing from elsewhere, no frames around us.
// Pure but for the routes; the files' bytes are part of the program. Lives on the control shard.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace braid::api {

struct PortalFile {
  std::string_view name;        // index.html, assets/main-1A2B3C.js
  std::string_view bytes;
  bool gzipped = false;
  std::string_view etag;        // a hash of what is not compressed, without quotes
};
// Linked in by cmake/Portal.cmake; empty when the node was built without the portal.
const std::vector<PortalFile>& portal_files();

bool wants_html(const http::Request& request);

// Add it last: `front_page` is the JSON answer of /. `files` may be empty: then / says to a browser that this node has no portal.
void add_portal_routes(http::Router& router, const std::vector<PortalFile>& files, std::function<http::Response()> front_page);

}  // namespace braid::api
