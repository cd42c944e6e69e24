// For tests: holds a JSON value, or an answer of the API, against the OpenAPI document. Knows the keywords that our documents use and fails on
// any other, so that nothing is silently unchecked.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace braid::api::testing {

// What is wrong, each with its place; empty when the value keeps the schema.
std::vector<std::string> check_schema(const json::value& document, const json::value& schema, const json::value& value, const std::string& at = "");
// The same for an answer to `method path` (without query) with this status and body.
std::vector<std::string> check_answer(const json::value& document, std::string_view method, std::string_view path, int status, const json::value& body);

}  // namespace braid::api::testing
