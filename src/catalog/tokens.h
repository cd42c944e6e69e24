// Words of a text, as search sees them: letters and digits of any script, folded (case, accents), and symbols such as emoji each for itself.
// "StockTrade_v2" gives stocktrade, stock, trade, v2: a name in camel case is found whole and by its parts. Pure; invalid UTF-8 is skipped.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::catalog {

struct Token {
  std::string text;            // folded
  std::size_t begin = 0, end = 0;   // bytes in the original
  bool part = false;           // of a camel-case word that was given before; stands at the same place as the whole
};

// Calls `each` for every token in order; stops when it returns false. At most `limits::search_tokens_max` tokens.
void tokenize(std::string_view text, const std::function<bool(const Token&)>& each);
std::vector<Token> tokens_of(std::string_view text);

}  // namespace braid::catalog
