#include "registry/subject_name.h"

#include <algorithm>

namespace braid::registry {

std::string SubjectName::text() const {
  return context == default_context ? subject : ":" + context + ":" + subject;
}

SubjectName parse_subject(std::string_view text) {
  SubjectName out;
  if (!text.starts_with(":.")) {
    out.subject = std::string(text);
    return out;
  }
  const auto end = text.find(':', 1);
  out.qualified = true;
  out.context = std::string(text.substr(1, end == std::string_view::npos ? std::string_view::npos : end - 1));
  if (end != std::string_view::npos) out.subject = std::string(text.substr(end + 1));
  return out;
}

std::string in_context_of(std::string_view subject, std::string_view referring_subject) {
  auto name = parse_subject(subject);
  if (!name.qualified) name.context = parse_subject(referring_subject).context;
  return name.text();
}

std::string context_subject(std::string_view context) { return ":" + std::string(context) + ":"; }

bool valid_subject(std::string_view text) {
  const auto name = parse_subject(text);
  if (name.subject == "__GLOBAL" || name.subject == "__EMPTY") return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = std::uint8_t(text[i]);
    if (c < 0x20 || c == 0x7f) return false;
    if (c == 0xc2 && i + 1 < text.size() && std::uint8_t(text[i + 1]) >= 0x80 && std::uint8_t(text[i + 1]) < 0xa0) return false;   // C1 controls
  }
  return true;
}

}  // namespace braid::registry
