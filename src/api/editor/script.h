// A text of several statements, some of them perhaps wrong, taken apart so that each is looked at by itself. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "sql/ast.h"

namespace braid::api {

struct ScriptPart {
  SourceSpan span;                         // from its first token to its semicolon, in bytes of the text
  Result<sql::Statement> statement;        // places count in the whole text, also those of the error
};
// Splits at semicolons outside of strings and comments. A text that cannot be read to its end (an open string) gives one last, wrong part.
std::vector<ScriptPart> split_script(std::string_view text);

// Bytes of UTF-8 to UTF-16 units, lines and columns, for editors in a browser. Offsets may come in any order.
class TextPlaces {
 public:
  explicit TextPlaces(std::string_view text);
  std::size_t utf16(std::size_t byte) const;
  std::pair<int, int> line_column(std::size_t byte) const;   // from 1; the column in characters
  void put(json::object& into, SourceSpan span) const;       // begin, end, utf16_begin, utf16_end

 private:
  std::string_view text_;
  std::vector<std::size_t> utf16_;         // at every 256th byte
};

std::string_view kind_of(const sql::Statement& statement);   // "create_stream_as"

}  // namespace braid::api
