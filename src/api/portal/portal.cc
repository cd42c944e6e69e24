#include "api/portal/portal.h"

#include <memory>

#include "base/log.h"
#include "http/static_files.h"

namespace braid::api {
namespace {

// style-src without 'unsafe-inline': the portal's components set styles through the object model, which CSP allows.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view no_portal =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Braid</title>\n"
    "<h1>This node was built without the portal</h1>\n"
    "<p>It was configured with <code>-DBRAID_PORTAL=OFF</code>. Everything else is here: <a href=\"/openapi.json\">the API's description</a>, <a href=\"/readyz\">the node's state</a>, "
    "and the <code>braid</code> command.</p></html>\n";

http::Response guarded(http::Response response) {
  response.headers.set("Content-Security-Policy", std::string(policy));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return response;
}

http::StaticFile served(const PortalFile& file) {
  http::StaticFile out;
  out.content_type = http::content_type_of(file.name);
  out.etag = "W/\"" + std::string(file.etag) + "\"";
  out.immutable = file.name.starts_with("assets/");
  (file.gzipped ? out.gzipped : out.content) = file.bytes;
  return out;
}

io::Task<http::Response> serve(http::Request request, std::shared_ptr<const http::StaticFile> file) { co_return guarded(http::serve_static(request, *file)); }
io::Task<http::Response> answer(http::Response response) { co_return response; }

}  // namespace

bool wants_html(const http::Request& request) {
  return request.method == "GET" && request.headers.get_or("Accept", "").find("text/html") != std::string_view::npos;
}

void add_portal_routes(http::Router& router, const std::vector<PortalFile>& files, std::function<http::Response()> front_page) {
  std::shared_ptr<const http::StaticFile> page;   // shared by the handlers that serve it
  for (const auto& file : files) {
    auto shared = std::make_shared<const http::StaticFile>(served(file));
    if (file.name == "index.html") {
      page = shared;
    } else {
      router.get("/" + std::string(file.name), [shared](http::Request r) { return serve(std::move(r), shared); });
    }
  }
  if (!page) {
    auto missing = std::make_shared<const http::StaticFile>(http::static_file(no_portal, "text/html; charset=utf-8"));
    router.get("/", [missing, front_page](http::Request r) { return wants_html(r) ? serve(std::move(r), missing) : answer(front_page()); });
    return;
  }
  router.get("/", [page, front_page](http::Request r) {
    if (wants_html(r)) return serve(std::move(r), page);
    auto plain = front_page();
    plain.headers.set("Vary", "Accept");
    return answer(std::move(plain));
  });
  // A file of an older build that a page still asks for is a plain 404 under /assets, never the page.
  router.otherwise(wants_html, [page](http::Request r) { return serve(std::move(r), page); });
}

}  // namespace braid::api
