// Text -> tokens of the dialect. Comments and white space are skipped; every token knows its place. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::sql {

enum class TokenKind : std::uint8_t {
  word,              // an identifier or keyword without quotes; `text` in capitals
  quoted,            // "x" or `x`; `text` without quotes, case kept
  string,            // 'x'; `text` without quotes
  integer, decimal, floating,
  digit_word,        // 1abc: an identifier that starts with a digit; in capitals
  variable,          // ${x}; `text` is x
  symbol,            // , ( ) [ ] ; . := -> => = <> != < <= > >= + - * / % || : and anything we do not know
  end,
};
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  SourceSpan span{};
  int line = 1, column = 1;                    // from 1
  bool is(std::string_view symbol_text) const { return kind == TokenKind::symbol && text == symbol_text; }
};

// Error{invalid_input} for a text without its end (string, quoted identifier, comment) or above limits::sql_text_bytes_max.
Result<std::vector<Token>> tokenize(std::string_view text);

bool is_reserved_word(std::string_view word);        // capitals; words that cannot be identifiers without quotes
const std::vector<std::string_view>& keywords();     // all of the grammar's words, for completion and "did you mean"

}  // namespace braid::sql
