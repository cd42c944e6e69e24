// Names that people type: found in any case, and when there is none, the error says which was meant. One request to the node each.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"

namespace braid::cli {

// kind: "topic", "product", "subject", "domain", "team", "person", "source" (streams and tables).
Result<std::vector<std::string>> names_of(Session& session, std::string_view kind);
// The name as the node has it. Not there: Error{not_found} with "did you mean".
Result<std::string> find_name(Session& session, std::string_view kind, const std::string& typed);

std::string text_at(const json::value& v, std::string_view field);            // empty unless it is a string
const json::array& array_at(const json::value& v, std::string_view field);    // empty unless it is an array
std::int64_t whole_at(const json::value& v, std::string_view field);          // 0 unless it is a number

}  // namespace braid::cli
