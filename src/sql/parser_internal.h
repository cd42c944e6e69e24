// The parser's insides, shared by the files that implement it.
#pragma once
#include <initializer_list>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace braid::sql {

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  // statements (parser.cc, parser_query.cc)
  Result<std::vector<Statement>> script(const ParseOptions& options);
  Result<Statement> statement(const ParseOptions& options);
  Result<Query> query();
  Result<std::vector<ColumnElement>> table_elements();
  Result<std::vector<ColumnElement>> column_list();

  // expressions and types (parser_expression.cc)
  Result<ExpressionPtr> expression();
  Result<ExpressionPtr> value_expression();
  Result<ExpressionPtr> primary();
  Result<TypeName> type();

  // tokens
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool word(std::string_view w, std::size_t ahead = 0) const { return peek(ahead).kind == TokenKind::word && peek(ahead).text == w; }
  bool symbol(std::string_view s, std::size_t ahead = 0) const { return peek(ahead).is(s); }
  bool identifier_at(std::size_t ahead = 0) const;
  std::unexpected<Error> expecting(std::initializer_list<std::string_view> what) const;
  std::unexpected<Error> near() const;

 private:
  friend class DepthGuard;
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(std::string_view w) { if (!word(w)) return false; ++at_; return true; }
  bool accept_symbol(std::string_view s) { if (!symbol(s)) return false; ++at_; return true; }
  Result<void> expect(std::string_view w);
  Result<void> expect_symbol(std::string_view s);
  Result<std::string> identifier();
  Result<std::string> string();
  Result<std::string> string_or_identifier();
  Result<std::int64_t> integer();
  Place place() const;
  Place place_from(const Place& begin) const;          // ends after the last token taken
  std::unexpected<Error> error_at(const Token& token, std::string message, std::string hint = {}) const;
  std::unexpected<Error> prepare_error(const Token& token, std::string message, std::string hint = {}) const;

  Result<ExpressionPtr> make(Expression e, const Place& begin);
  Result<ExpressionPtr> and_expression();
  Result<ExpressionPtr> not_expression();
  Result<ExpressionPtr> predicated();
  Result<ExpressionPtr> concat();
  Result<ExpressionPtr> additive();
  Result<ExpressionPtr> multiplicative();
  Result<ExpressionPtr> unary();
  Result<ExpressionPtr> primary_base();
  Result<ExpressionPtr> case_expression();
  Result<ExpressionPtr> call_arguments(Expression e, const Place& begin);
  Result<ExpressionPtr> constructor(Expression e, const Place& begin);
  Result<ExpressionPtr> number(bool negative, const Place& begin);
  bool lambda_ahead() const;
  Result<ExpressionPtr> lambda();
  Result<Value> literal_value();

  Result<StatementTree> create();
  Result<StatementTree> create_source(bool or_replace);
  Result<StatementTree> insert();
  Result<StatementTree> alter();
  Result<StatementTree> drop();
  Result<StatementTree> show();
  Result<StatementTree> describe();
  Result<StatementTree> print();
  Result<StatementTree> explain(const ParseOptions& options);
  Result<StatementTree> assert_statement(const ParseOptions& options);
  Result<StatementTree> tree(const ParseOptions& options);
  Result<bool> if_exists(bool not_exists);
  Result<Properties> properties(bool required = false);
  Result<ColumnElement> column_element();
  Result<std::vector<Part>> values();
  Result<std::optional<Duration>> timeout();

  Result<SelectItem> select_item();
  Result<AliasedSource> aliased_source();
  Result<std::optional<JoinClause>> join();
  Result<WindowClause> window();
  Result<Duration> duration();
  Result<std::vector<Part>> expression_group(bool& parenthesised);

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

class DepthGuard {                             // counts how deep the recursion is; ask ok() before going on
 public:
  explicit DepthGuard(Parser& parser) : parser_(parser) { ++parser_.depth_; }
  ~DepthGuard() { --parser_.depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;
  Result<void> ok() const;

 private:
  Parser& parser_;
};

}  // namespace braid::sql
