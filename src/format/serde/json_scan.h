// Steps of a reader of JSON that goes once over a text, where it lies and without room behind it. Pure functions over [p, end); none reads at or behind
// `end`. The caller sees to it that the last byte, end[-1], is a '}': a step over a number, a name or white space stops there at the latest, so only
// texts and compares look at `end`. They are strict: what they take is JSON (RFC 8259); where they give a null pointer the text is not, or is rare enough
// to be left to somebody slower. Whether texts are good UTF-8 is not looked at, only whether they are more than ASCII (Beyond): the caller checks then.
#pragma once
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace braid::format::scan {

using Beyond = std::uint64_t;   // not zero: there was a byte beyond ASCII

inline std::uint64_t load8(const char* p) {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// May a value end before this character? One that runs on is not what it looked like: 1a, truex, "a"b.
inline bool ends_value(char c) { return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* space(const char* p) {
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
  return p;
}

// The first quote, backslash or control character; `end` without one.
inline const char* text_stop(const char* p, const char* end, Beyond& beyond) {
#ifdef __SSE2__
  while (end - p >= 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i stops = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'))),
                                       _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x));
    beyond |= unsigned(_mm_movemask_epi8(x));   // of bytes behind the stop too, which costs a look at worst
    if (const unsigned mask = unsigned(_mm_movemask_epi8(stops)); mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#endif
  for (; p != end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"' || c == '\\' || c < 0x20) return p;
    beyond |= c & 0x80;
  }
  return end;
}

// p: behind the opening quote. The closing quote, escapes before it or not; null when there is none or a control character comes first.
inline const char* text_end(const char* p, const char* end, Beyond& beyond) {
  for (;;) {
    p = text_stop(p, end, beyond);
    if (p == end || (*p != '"' && *p != '\\')) return nullptr;
    if (*p == '"') return p;
    if (end - p < 2 || static_cast<unsigned char>(p[1]) < 0x20) return nullptr;
    beyond |= static_cast<unsigned char>(p[1]) & 0x80;
    p += 2;
  }
}

struct Number {
  std::uint64_t digits = 0;      // all of them, the point left out; only right when there are at most 19
  int count = 0;                 // of digits
  int exponent = 0;              // the number is digits * 10^exponent
  bool negative = false;
  bool whole = true;             // neither a point nor an exponent

  static constexpr int exact_digits = 18;    // that many always fit 64 bits with a sign
  std::int64_t as_long() const { return negative ? -std::int64_t(digits) : std::int64_t(digits); }
  // True when one multiplication or division gives the nearest double (Clinger 1990): both sides of it are exact.
  bool easy_double() const { return count <= exact_digits && digits <= (std::uint64_t{1} << 53) && exponent >= -22 && exponent <= 22; }
  double as_double() const {     // easy_double() only
    static constexpr double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double v = double(digits);
    if (exponent < 0) v /= powers[-exponent];
    else v *= powers[exponent];
    return negative ? -v : v;
  }
};

inline bool digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// p: its first character. Where it ends; null when this is no number.
inline const char* number(const char* p, Number& n) {
  n.negative = *p == '-';
  p += n.negative;
  const char* const first = p;
  for (; digit(*p); ++p) n.digits = n.digits * 10 + std::uint64_t(*p - '0');
  n.count = int(p - first);
  if (n.count == 0 || (*first == '0' && n.count > 1)) return nullptr;
  if (*p == '.') {
    n.whole = false;
    const char* const fraction = ++p;
    for (; digit(*p); ++p) n.digits = n.digits * 10 + std::uint64_t(*p - '0');
    if (p == fraction) return nullptr;
    n.exponent = -int(p - fraction);
    n.count += int(p - fraction);
  }
  if (*p == 'e' || *p == 'E') {
    n.whole = false;
    ++p;
    const bool down = *p == '-';
    if (*p == '-' || *p == '+') ++p;
    const char* const power = p;
    int value = 0;
    for (; digit(*p); ++p)
      if (value < 100'000) value = value * 10 + (*p - '0');
    if (p == power) return nullptr;
    n.exponent += down ? -value : value;
  }
  return ends_value(*p) ? p : nullptr;
}

// true, false, null; p at their first letter. Where it ends, null if it is not there.
inline const char* word(const char* p, const char* end, std::string_view expected) {
  if (std::size_t(end - p) <= expected.size() || std::memcmp(p, expected.data(), expected.size()) != 0) return nullptr;
  p += expected.size();
  return ends_value(*p) ? p : nullptr;
}

// p: at a '{' or '['. Behind its closing bracket; null when brackets do not match, lie deeper than 64, or anything stands there that JSON has not.
// Looks at brackets and texts, not at the grammar between them. May give `end` itself.
const char* nested_end(const char* p, const char* end, Beyond& beyond);

// The text between quotes without its escapes, appended to `out`. False: an escape that JSON has not, or half of a surrogate pair.
bool unescape(std::string_view raw, std::string& out);

}  // namespace braid::format::scan
