#include "format/text_formats.h"

#include <algorithm>

namespace braid::format {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool hex(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool all_of(std::string_view text, bool (*what)(char)) { return std::all_of(text.begin(), text.end(), what); }

// Exactly n digits from `at`; -1 otherwise.
int number_at(std::string_view text, std::size_t at, std::size_t n) {
  if (at + n > text.size() || !all_of(text.substr(at, n), digit)) return -1;
  int out = 0;
  for (std::size_t i = 0; i < n; ++i) out = out * 10 + (text[at + i] - '0');
  return out;
}

bool uri_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !hex(text[i + 1]) || !hex(text[i + 2])) return false;
      i += 2;
    } else if (!letter(c) && !digit(c) && std::string_view("-._~:/?#[]@!$&'()*+,;=").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return std::count(text.begin(), text.end(), '#') <= 1;
}

// Brackets belong to an IPv6 address in the authority and nowhere else.
bool authority_ok(std::string_view rest) {
  std::string_view authority;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(authority.size());
  }
  if (rest.find_first_of("[]") != std::string_view::npos) return false;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || !is_ipv6(authority.substr(1, end - 1))) return false;
    authority.remove_prefix(end + 1);
    if (!authority.empty() && !authority.starts_with(':')) return false;
  }
  const auto colon = authority.find(':');
  if (authority.find_first_of("[]") != std::string_view::npos) return false;
  return colon == std::string_view::npos || all_of(authority.substr(colon + 1), digit);
}

std::size_t scheme_size(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !letter(text[0])) return 0;
  return std::all_of(text.begin(), text.begin() + long(colon), [](char c) { return letter(c) || digit(c) || c == '+' || c == '-' || c == '.'; }) ? colon : 0;
}

}  // namespace

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    const auto label = text.substr(begin, end - begin);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return letter(c) || digit(c) || c == '-'; })) return false;
    begin = end + 1;
  }
  return true;
}

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  for (const char c : local)
    if (!letter(c) && !digit(c) && std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) == std::string_view::npos && (c & 0x80) == 0) return false;
  if (domain.starts_with('[') && domain.ends_with(']')) {
    const auto literal = domain.substr(1, domain.size() - 2);
    return literal.starts_with("IPv6:") ? is_ipv6(literal.substr(5)) : is_ipv4(literal);
  }
  return is_hostname(domain);
}

bool is_ipv4(std::string_view text) {
  int parts = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++parts) {
    const auto end = std::min(text.find('.', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    if (part.empty() || part.size() > 3 || !all_of(part, digit) || (part.size() > 1 && part[0] == '0')) return false;
    if (number_at(part, 0, part.size()) > 255) return false;
    begin = end + 1;
  }
  return parts == 4;
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos) return false;
  const auto groups = [](std::string_view part, bool last) -> int {   // -1: wrong
    if (part.empty()) return 0;
    int out = 0;
    for (std::size_t begin = 0; begin <= part.size();) {
      const auto end = std::min(part.find(':', begin), part.size());
      const auto group = part.substr(begin, end - begin);
      if (group.find('.') != std::string_view::npos) return last && end == part.size() && is_ipv4(group) ? out + 2 : -1;
      if (group.empty() || group.size() > 4 || !all_of(group, hex)) return -1;
      ++out;
      begin = end + 1;
    }
    return out;
  };
  if (gap == std::string_view::npos) return groups(text, true) == 8;
  const int before = groups(text.substr(0, gap), false), after = groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

bool is_uri(std::string_view text) {
  const auto scheme = scheme_size(text);
  return scheme > 0 && uri_characters(text) && authority_ok(text.substr(scheme + 1));
}

bool is_uri_reference(std::string_view text) {
  if (is_uri(text)) return true;
  if (scheme_size(text) > 0 || !uri_characters(text) || !authority_ok(text)) return false;
  return text.substr(0, text.find_first_of("/?#")).find(':') == std::string_view::npos;   // a colon in the first segment would be a scheme
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !hex(text[i])) return false;
  return true;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_time(std::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const int hour = number_at(text, 0, 2), minute = number_at(text, 3, 2), second = number_at(text, 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  text.remove_prefix(8);
  if (text.starts_with('.')) {
    std::size_t n = 1;
    while (n < text.size() && digit(text[n])) ++n;
    if (n == 1) return false;
    text.remove_prefix(n);
  }
  int offset = 0;
  if (text != "Z" && text != "z") {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
    const int h = number_at(text, 1, 2), m = number_at(text, 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59) return false;
    offset = (h * 60 + m) * (text[0] == '-' ? -1 : 1);
  }
  if (second < 60) return true;
  const int utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440;   // leap seconds come at the end of a UTC day
  return utc == 23 * 60 + 59;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && is_date(text.substr(0, 10)) && (text[10] == 'T' || text[10] == 't') && is_time(text.substr(11));
}

}  // namespace braid::format
