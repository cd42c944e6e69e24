// Percent-encoding (RFC 3986, 2.1): for one path segment or query value, everything but unreserved characters.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace braid {

inline std::string percent_encode(std::string_view segment) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : segment) {
    const auto u = std::uint8_t(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += digits[u >> 4];
      out += digits[u & 15];
    }
  }
  return out;
}

}  // namespace braid
