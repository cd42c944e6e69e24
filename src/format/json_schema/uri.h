// URIs as JSON Schema needs them: resolving a reference against a base. Pure functions. Specification: RFC 3986, section 5.
#pragma once
#include <string>
#include <string_view>

namespace braid::format::json_schema {

std::string resolve_uri(std::string_view base, std::string_view reference);
std::string_view before_fragment(std::string_view uri);
std::string_view fragment_of(std::string_view uri);              // without '#'; empty when there is none
std::string percent_decoded(std::string_view text);

}  // namespace braid::format::json_schema
