// Names of subjects and the contexts they live in. A subject outside the default context is written ":.context:name"; ":.context:" alone
// stands for the whole context. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace braid::registry {

inline constexpr std::string_view default_context = ".";
inline constexpr std::string_view global_context = ".__GLOBAL";   // settings above all contexts live under ":.__GLOBAL:"
inline constexpr std::string_view every_context = ":*:";          // as a prefix in lists

struct SubjectName {
  std::string context{default_context};   // begins with a dot
  std::string subject;                    // without its context; empty for the context itself
  bool qualified = false;                 // a context was written

  std::string text() const;               // ":.ctx:subject", or just "subject" in the default context
};

SubjectName parse_subject(std::string_view text);
// A reference without a context means the context of the schema that refers.
std::string in_context_of(std::string_view subject, std::string_view referring_subject);
std::string context_subject(std::string_view context);            // ":.ctx:"
bool valid_subject(std::string_view text);                        // no control characters, none of the reserved names

}  // namespace braid::registry
