// SQL text cut into statements, as the shell and scripts need it. Pure. The node has the real parser; this one only knows where a statement
// ends: at a ';' outside of texts ('..'), names ("..", `..`) and comments (-- and /* */).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace braid::cli {

struct Statement {
  std::string text;            // with its ';', without the space around it
  std::size_t begin = 0;       // in the whole text
};

struct Statements {
  std::vector<Statement> whole;
  std::string rest;            // begun and not ended; only space and comments count as nothing
};
Statements split_statements(std::string_view text);

enum class StatementKind { query, print, other };   // query: SELECT (also behind a comment); print: PRINT topic
StatementKind kind_of(std::string_view statement);
bool goes_on_for_ever(std::string_view statement);  // EMIT CHANGES without LIMIT, or PRINT without LIMIT

}  // namespace braid::cli
