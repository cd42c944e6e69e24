// Text -> syntax tree: the whole grammar of ksqlDB (reference page ksqldb.md 3.1). Hand-written recursive descent. Pure.
// Errors are Error{invalid_input} with ksqlDB's form "line L:C: Syntax Error\n<what was expected>", the place, and a hint where we have one.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"

namespace braid::sql {

struct ParseOptions {
  bool test_statements = false;                // also the test tool's ASSERT VALUES, ASSERT STREAM, RUN SCRIPT
};
Result<std::vector<Statement>> parse_script(std::string_view sql, ParseOptions options = {});   // each statement ends with a semicolon
Result<Statement> parse_statement(std::string_view sql);                                        // exactly one; the semicolon may be missing
Result<ExpressionPtr> parse_expression(std::string_view sql);
Result<TypeName> parse_type(std::string_view sql);
Result<std::vector<ColumnElement>> parse_columns(std::string_view sql);                         // ID BIGINT KEY, V STRING  (also in parentheses)

// ${name} -> its value, everywhere, also inside strings and quoted names. Unknown names stay as they are.
std::string substitute_variables(std::string_view sql, const std::map<std::string, std::string>& variables);

// Does the text end inside a statement, string or comment? For an interactive client: ask for more lines.
bool wants_more(std::string_view sql);

// The best match for a misspelt word, or empty: at most a third of the letters may differ.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace braid::sql
