// The edges of Boost.JSON: parsing with a good error, printing, and reading fields of API requests. Pure functions.
// For APIs and configuration. Records go through simdjson in format/, schema texts through format/'s own reader (key order, exact numbers).
#pragma once
#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

Result<value> parse(std::string_view text);    // the error says line, column and what was expected there
Result<object> parse_object(std::string_view text);
std::string print(const value& v);             // compact
std::string pretty(const value& v);            // two spaces, for people

// A field of an object: absent or null gives an empty optional; a wrong type is an error that names the field.
Result<std::optional<std::string>> optional_string(const object& o, std::string_view field);
Result<std::optional<std::int64_t>> optional_int(const object& o, std::string_view field);
Result<std::optional<bool>> optional_bool(const object& o, std::string_view field);
Result<std::string> required_string(const object& o, std::string_view field);
// A list of strings; absent or null is an empty list.
Result<std::vector<std::string>> string_list(const object& o, std::string_view field);

}  // namespace braid::json
