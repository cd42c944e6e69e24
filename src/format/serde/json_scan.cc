#include "format/serde/json_scan.h"

#include <array>

namespace braid::format::scan {
namespace {

constexpr auto between = [] {   // what may stand between the texts and brackets of a nested value
  std::array<bool, 256> out{};
  for (const char c : std::string_view(" \n\r\t,:+-.0123456789eEtrufalsn")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

int hex4(const char* p) {
  int v = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const int d = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (d < 0) return -1;
    v = v * 16 + d;
  }
  return v;
}

void append_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += char(0xc0 | (c >> 6));
    out += char(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += char(0xe0 | (c >> 12));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  } else {
    out += char(0xf0 | (c >> 18));
    out += char(0x80 | ((c >> 12) & 0x3f));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  }
}

}  // namespace

const char* nested_end(const char* p, const char* end, Beyond& beyond) {
  std::uint64_t objects = 0;   // one bit for each open bracket, the innermost lowest: is it a '{'?
  int depth = 0;
  while (p != end) {
    const char c = *p++;
    if (c == '"') {
      p = text_end(p, end, beyond);
      if (p == nullptr) return nullptr;
      ++p;
    } else if (c == '{' || c == '[') {
      if (++depth > 64) return nullptr;
      objects = objects << 1 | (c == '{');
    } else if (c == '}' || c == ']') {
      if ((objects & 1) != (c == '}')) return nullptr;
      objects >>= 1;
      if (--depth == 0) return p;
    } else if (!between[static_cast<unsigned char>(c)]) {
      return nullptr;
    }
  }
  return nullptr;
}

bool unescape(std::string_view raw, std::string& out) {
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p != end) {
    const auto* stop = static_cast<const char*>(std::memchr(p, '\\', std::size_t(end - p)));
    if (stop == nullptr) stop = end;
    out.append(p, stop);
    if (stop == end) return true;
    if (end - stop < 2) return false;
    p = stop + 2;
    switch (stop[1]) {
      case '"': case '\\': case '/': out += stop[1]; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        int c = end - p < 4 ? -1 : hex4(p);
        if (c < 0 || (c >= 0xdc00 && c < 0xe000)) return false;
        p += 4;
        if (c >= 0xd800 && c < 0xdc00) {
          const int low = end - p < 6 || p[0] != '\\' || p[1] != 'u' ? -1 : hex4(p + 2);
          if (low < 0xdc00 || low >= 0xe000) return false;
          p += 6;
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(std::uint32_t(c), out);
        break;
      }
      default: return false;
    }
  }
  return true;
}

}  // namespace braid::format::scan
