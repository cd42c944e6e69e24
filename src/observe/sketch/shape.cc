#include "observe/sketch/shape.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>

namespace braid::observe {
namespace {

constexpr auto ascii = [] {
  std::array<char, 128> out{};
  for (int c = 0; c < 128; ++c)
    out[std::size_t(c)] = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : c >= '0' && c <= '9' ? '9' : c == ' ' || (c >= 9 && c <= 13) ? ' ' : c < 32 || c == 127 ? '.' : char(c);
  return out;
}();

}  // namespace

void shape_of(std::string_view utf8, std::string& out) {
  out.clear();
  const auto size = std::int32_t(std::min<std::size_t>(utf8.size(), 1 << 20));
  std::size_t characters = 0;
  for (std::int32_t i = 0; i < size; ++characters) {
    if (characters == shape_characters_max) {
      out += "…";
      return;
    }
    if (const auto c = std::uint8_t(utf8[std::size_t(i)]); c < 128) {
      out.push_back(ascii[c]);
      ++i;
      continue;
    }
    const std::int32_t begin = i;
    UChar32 c = 0;
    U8_NEXT(utf8.data(), i, size, c);
    if (c < 0) out.push_back('?');
    else if (u_isUUppercase(c) || u_istitle(c)) out.push_back('A');
    else if (u_isalpha(c)) out.push_back('a');
    else if (u_isdigit(c)) out.push_back('9');
    else if (u_isUWhiteSpace(c)) out.push_back(' ');
    else if (u_iscntrl(c) || u_charType(c) == U_FORMAT_CHAR) out.push_back('.');   // also what turns the direction of writing
    else out.append(utf8.substr(std::size_t(begin), std::size_t(i - begin)));
  }
}

}  // namespace braid::observe
