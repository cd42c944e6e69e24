// The OpenAPI 3.1 document of everything under /api/v1. Each area of the API describes itself in one text (paths, schemas, parameters, tags);
// they are merged at start, so a path described twice or a $ref to nothing stops the node in its tests, not a client later.
//
// An area is a JSON object with any of: "tags": [], "paths": {}, "components": {"schemas": {}, "parameters": {}, "responses": {}}.
// It may refer to what other areas define. What all share (Error and its answers, `as`, `dry_run`, paging) is in common.cc.
// Pure functions; the document never changes while the node runs.
#pragma once
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/server.h"

namespace braid::api {

std::string_view openapi_common();      // info, the error form, shared parameters

Result<json::object> merge_openapi(const std::vector<std::string_view>& areas);

// GET /openapi.json and GET /api/v1/openapi.json, with an ETag.
Result<void> add_openapi_routes(http::Router& router, const std::vector<std::string_view>& areas);

}  // namespace braid::api
