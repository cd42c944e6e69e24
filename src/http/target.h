// Request targets: split at '?' and '/', percent-decoded piece by piece. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace braid::http {

struct Request;

Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
Result<void> split_target(Request& request);   // fills path, segments and query from `target`

}  // namespace braid::http
