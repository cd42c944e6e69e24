#include "catalog/tokens.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include "base/limits/catalog.h"

namespace braid::catalog {
namespace {

enum class Kind { separator, lower, upper, letter, digit, symbol, mark };

Kind kind_of(UChar32 c) {
  if (c < 0x80) {
    if (c >= 'a' && c <= 'z') return Kind::lower;
    if (c >= 'A' && c <= 'Z') return Kind::upper;
    if (c >= '0' && c <= '9') return Kind::digit;
    return Kind::separator;
  }
  switch (u_charType(c)) {
    case U_LOWERCASE_LETTER: return Kind::lower;
    case U_UPPERCASE_LETTER: case U_TITLECASE_LETTER: return Kind::upper;
    case U_MODIFIER_LETTER: case U_OTHER_LETTER: return Kind::letter;
    case U_DECIMAL_DIGIT_NUMBER: case U_LETTER_NUMBER: case U_OTHER_NUMBER: return Kind::digit;
    case U_NON_SPACING_MARK: case U_ENCLOSING_MARK: case U_COMBINING_SPACING_MARK: return Kind::mark;
    case U_OTHER_SYMBOL: case U_PRIVATE_USE_CHAR: return Kind::symbol;
    default: return Kind::separator;
  }
}

void append_utf8(std::string& out, UChar32 c) {
  char buffer[4];
  int32_t n = 0;
  U8_APPEND_UNSAFE(buffer, n, c);
  out.append(buffer, std::size_t(n));
}

// Lower case without accents: the first character of the decomposition.
void append_folded(std::string& out, UChar32 c) {
  if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? char(c + 32) : char(c);
    return;
  }
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2* const nfkd = unorm2_getNFKDInstance(&status);   // ICU's own immutable table
  UChar decomposed[32];
  UErrorCode ec = U_ZERO_ERROR;
  const int32_t n = nfkd ? unorm2_getRawDecomposition(nfkd, c, decomposed, 32, &ec) : -1;
  if (n > 0 && U_SUCCESS(ec)) {
    UChar32 first = decomposed[0];
    if (n > 1 && (first & 0xFC00) == 0xD800) first = ((first & 0x3FF) << 10) + (decomposed[1] & 0x3FF) + 0x10000;
    if (first != c) { append_folded(out, first); return; }
  }
  append_utf8(out, u_foldCase(c, U_FOLD_CASE_DEFAULT));
}

struct Piece {
  std::size_t begin, end;
  std::string text;
};

}  // namespace

void tokenize(std::string_view text, const std::function<bool(const Token&)>& each) {
  const auto* s = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = int32_t(std::min<std::size_t>(text.size(), 1 << 30));
  std::vector<Piece> pieces;   // of the word under way, split at camel-case boundaries
  std::size_t given = 0;
  Kind last = Kind::separator;
  const auto flush = [&]() -> bool {
    if (pieces.empty()) return true;
    Token whole{.text = {}, .begin = pieces.front().begin, .end = pieces.back().end};
    for (const auto& p : pieces) whole.text += p.text;
    bool go_on = ++given <= limits::search_tokens_max && each(whole);
    if (pieces.size() > 1)
      for (auto& p : pieces)
        if (go_on) go_on = each(Token{.text = std::move(p.text), .begin = p.begin, .end = p.end, .part = true});
    pieces.clear();
    return go_on;
  };
  int32_t at = 0;
  while (at < size) {
    const auto begin = std::size_t(at);
    UChar32 c;
    U8_NEXT(s, at, size, c);
    const Kind kind = c < 0 ? Kind::separator : kind_of(c);
    if (kind == Kind::separator) {
      if (!flush()) return;
      last = kind;
      continue;
    }
    if (kind == Kind::mark) {   // belongs to the letter before it, and is folded away
      if (!pieces.empty()) pieces.back().end = std::size_t(at);
      continue;
    }
    if (kind == Kind::symbol) {
      if (!flush()) return;
      pieces.push_back({begin, std::size_t(at), {}});
      append_folded(pieces.back().text, c);
      if (!flush()) return;
      last = Kind::separator;
      continue;
    }
    bool boundary = pieces.empty();
    if (!boundary && kind == Kind::upper && (last == Kind::lower || last == Kind::digit)) boundary = true;
    if (!boundary && kind == Kind::upper && last == Kind::upper && at < size) {   // "HTTPServer": the last capital begins the next part
      int32_t peek = at;
      UChar32 next;
      U8_NEXT(s, peek, size, next);
      if (next >= 0 && kind_of(next) == Kind::lower) boundary = true;
    }
    if (boundary) pieces.push_back({begin, begin, {}});
    append_folded(pieces.back().text, c);
    pieces.back().end = std::size_t(at);
    last = kind;
  }
  flush();
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> out;
  tokenize(text, [&](const Token& t) { out.push_back(t); return true; });
  return out;
}

}  // namespace braid::catalog
