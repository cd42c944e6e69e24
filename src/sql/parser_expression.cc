// Expressions and types. Precedence from loose to tight: OR, AND, NOT, one predicate, ||, + -, * / %, sign, postfix.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/limits/texts.h"
#include "sql/parser_internal.h"

namespace braid::sql {
namespace {

constexpr std::array units{std::string_view("DAY"), std::string_view("HOUR"), std::string_view("MINUTE"), std::string_view("SECOND"),
                           std::string_view("MILLISECOND"), std::string_view("DAYS"), std::string_view("HOURS"), std::string_view("MINUTES"),
                           std::string_view("SECONDS"), std::string_view("MILLISECONDS")};
bool unit_word(std::string_view w) { return std::ranges::find(units, w) != units.end(); }

Expression node(Node kind, std::vector<ExpressionPtr> args = {}) {
  Expression e;
  e.node = kind;
  e.args = std::move(args);
  return e;
}

}  // namespace

Result<void> DepthGuard::ok() const {
  if (parser_.depth_ > limits::sql_nesting_max)
    return fail(ErrorCode::invalid_input, "the statement is nested deeper than " + std::to_string(limits::sql_nesting_max) + " levels",
                "split it into several statements", parser_.peek().span);
  return {};
}

Result<ExpressionPtr> Parser::make(Expression e, const Place& begin) {
  e.place = place_from(begin);
  for (const auto& arg : e.args) e.depth = std::max(e.depth, arg->depth + 1);
  if (e.depth > limits::sql_tree_depth_max)
    return fail(ErrorCode::invalid_input, "the expression has more than " + std::to_string(limits::sql_tree_depth_max) + " levels",
                "split it into several statements", e.place.span);
  return std::make_shared<const Expression>(std::move(e));
}

Result<ExpressionPtr> Parser::expression() {
  DepthGuard guard(*this);
  TRY_VOID(guard.ok());
  const auto begin = place();
  TRY(auto left, and_expression());
  while (accept("OR")) {
    TRY(auto right, and_expression());
    TRY(left, make(node(Node::or_, {left, right}), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::and_expression() {
  const auto begin = place();
  TRY(auto left, not_expression());
  while (accept("AND")) {
    TRY(auto right, not_expression());
    TRY(left, make(node(Node::and_, {left, right}), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::not_expression() {
  std::vector<Place> nots;                      // a loop, so that the text it prints to, (NOT (NOT x)), parses again
  while (word("NOT")) { nots.push_back(place()); take(); }
  TRY(auto inner, predicated());
  for (; !nots.empty(); nots.pop_back()) { TRY(inner, make(node(Node::not_, {inner}), nots.back())); }
  return inner;
}

Result<ExpressionPtr> Parser::predicated() {
  const auto begin = place();
  TRY(auto left, value_expression());
  if (peek().kind == TokenKind::symbol) {
    const auto& s = peek().text;
    if (s == "=" || s == "<>" || s == "<" || s == "<=" || s == ">" || s == ">=") {
      auto e = node(Node::compare);
      e.symbol = take().text;
      TRY(auto right, value_expression());
      e.args = {left, right};
      return make(std::move(e), begin);
    }
    return left;
  }
  if (word("IS")) {
    take();
    const bool negated = accept("NOT");
    if (accept("NULL")) return make(node(negated ? Node::is_not_null : Node::is_null, {left}), begin);
    if (!accept("DISTINCT")) return expecting({"NULL", "DISTINCT"});
    TRY_VOID(expect("FROM"));
    auto e = node(Node::compare);
    e.symbol = negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM";
    TRY(auto right, value_expression());
    e.args = {left, right};
    return make(std::move(e), begin);
  }
  const bool negated = word("NOT") && (word("BETWEEN", 1) || word("IN", 1) || word("LIKE", 1));
  if (negated) take();
  if (accept("BETWEEN")) {
    TRY(auto low, value_expression());
    TRY_VOID(expect("AND"));
    TRY(auto high, value_expression());
    auto e = node(Node::between, {left, low, high});
    e.negated = negated;
    return make(std::move(e), begin);
  }
  if (accept("IN")) {
    TRY_VOID(expect_symbol("("));
    auto e = node(Node::in, {left});
    e.negated = negated;
    do {
      TRY(auto item, expression());
      e.args.push_back(item);
    } while (accept_symbol(","));
    TRY_VOID(expect_symbol(")"));
    return make(std::move(e), begin);
  }
  if (accept("LIKE")) {
    TRY(auto pattern, value_expression());
    auto e = node(Node::like, {left, pattern});
    e.negated = negated;
    if (word("ESCAPE") && peek(1).kind == TokenKind::string) {
      take();
      const auto token = take();
      if (token.text.size() != 1) return prepare_error(token, "Expected single character in ESCAPE clause but got: '" + token.text + "'");
      e.escape = token.text;
    }
    return make(std::move(e), begin);
  }
  return left;
}

Result<ExpressionPtr> Parser::value_expression() { return concat(); }

Result<ExpressionPtr> Parser::concat() {
  const auto begin = place();
  TRY(auto left, additive());
  while (accept_symbol("||")) {
    TRY(auto right, additive());
    auto e = node(Node::call, {left, right});
    e.name = "CONCAT";
    TRY(left, make(std::move(e), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::additive() {
  const auto begin = place();
  TRY(auto left, multiplicative());
  while (symbol("+") || symbol("-")) {
    auto e = node(Node::arithmetic);
    e.symbol = take().text;
    TRY(auto right, multiplicative());
    e.args = {left, right};
    TRY(left, make(std::move(e), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::multiplicative() {
  const auto begin = place();
  TRY(auto left, unary());
  while (symbol("*") || symbol("/") || symbol("%")) {
    auto e = node(Node::arithmetic);
    e.symbol = take().text;
    TRY(auto right, unary());
    e.args = {left, right};
    TRY(left, make(std::move(e), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::unary() {
  const auto begin = place();
  std::vector<std::pair<bool, Place>> signs;
  while (symbol("-") || symbol("+")) {
    const auto next = peek(1).kind;
    const bool minus = symbol("-");
    if (minus && (next == TokenKind::integer || next == TokenKind::decimal || next == TokenKind::floating)) break;   // the sign of a literal
    signs.emplace_back(minus, place());
    take();
  }
  if (!signs.empty()) {
    TRY(auto inner, unary());
    for (; !signs.empty(); signs.pop_back())
      { TRY(inner, make(node(signs.back().first ? Node::negate : Node::plus, {inner}), signs.back().second)); }
    return inner;
  }
  TRY(auto left, primary());
  while (word("AT") && word("TIME", 1)) {
    take(); take();
    TRY_VOID(expect("ZONE"));
    auto e = node(Node::at_time_zone, {left});
    TRY(auto zone, string());
    e.value = Value(zone);
    TRY(left, make(std::move(e), begin));
  }
  return left;
}

Result<ExpressionPtr> Parser::primary() {
  const auto begin = place();
  TRY(auto base, primary_base());
  while (true) {
    if (accept_symbol("[")) {
      DepthGuard guard(*this);
      TRY_VOID(guard.ok());
      TRY(auto index, value_expression());
      TRY_VOID(expect_symbol("]"));
      TRY(base, make(node(Node::subscript, {base, index}), begin));
    } else if (symbol("->") && !symbol("*", 1)) {
      take();
      auto e = node(Node::field, {base});
      TRY(e.name, identifier());
      TRY(base, make(std::move(e), begin));
    } else {
      return base;
    }
  }
}

Result<ExpressionPtr> Parser::number(bool negative, const Place& begin) {
  const auto token = take();
  const auto text = (negative ? "-" : "") + token.text;
  Expression e;
  if (token.kind == TokenKind::integer) {
    std::int64_t v = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (ec != std::errc{}) return prepare_error(tokens_[at_ - (negative ? 2 : 1)], "Invalid numeric literal: " + text, "numbers above BIGINT need a decimal point");
    if (v >= INT32_MIN && v <= INT32_MAX) e.value = Value(std::int32_t(v));
    else e.value = Value(v);
  } else if (token.kind == TokenKind::decimal) {
    TRY(auto decimal, data::Decimal::parse(text));
    e.value = Value(decimal);
  } else {
    const double v = std::strtod(text.c_str(), nullptr);
    if (!std::isfinite(v)) return prepare_error(tokens_[at_ - (negative ? 2 : 1)], "Number overflows DOUBLE: " + text);
    e.value = Value(v);
  }
  return make(std::move(e), begin);
}

bool Parser::lambda_ahead() const {
  if (identifier_at() && symbol("=>", 1)) return true;
  if (!symbol("(")) return false;
  std::size_t i = 1;
  while (identifier_at(i)) {
    if (symbol(")", i + 1)) return symbol("=>", i + 2);
    if (!symbol(",", i + 1)) return false;
    i += 2;
  }
  return false;
}

Result<ExpressionPtr> Parser::lambda() {
  const auto begin = place();
  auto e = node(Node::lambda);
  const bool list = accept_symbol("(");
  do {
    const auto token = peek();
    TRY(auto name, identifier());
    if (std::ranges::find(e.names, name) != e.names.end()) return prepare_error(token, "Lambda function argument already used: " + name);
    e.names.push_back(std::move(name));
  } while (list && accept_symbol(","));
  if (list) TRY_VOID(expect_symbol(")"));
  TRY_VOID(expect_symbol("=>"));
  TRY(auto body, expression());
  // The parameters' names inside the body mean the parameters.
  body = rewrite(body, [&](const Expression& inner) -> ExpressionPtr {
    if (inner.node != Node::column || !inner.qualifier.empty() || std::ranges::find(e.names, inner.name) == e.names.end()) return nullptr;
    auto variable = inner;
    variable.node = Node::lambda_variable;
    return std::make_shared<const Expression>(std::move(variable));
  });
  e.args = {body};
  return make(std::move(e), begin);
}

Result<ExpressionPtr> Parser::call_arguments(Expression e, const Place& begin) {
  e.node = Node::call;
  if (symbol("*") && symbol(")", 1)) {
    take(); take();
    e.star = true;
    return make(std::move(e), begin);
  }
  if (!accept_symbol(")")) {
    do {
      if (lambda_ahead()) {
        TRY(auto arg, lambda());
        e.args.push_back(arg);
      } else if (e.args.empty() && peek().kind == TokenKind::word && unit_word(peek().text) && symbol(",", 1)) {   // elsewhere SECOND is a column
        const auto unit_begin = place();
        auto unit = node(Node::unit);
        unit.name = take().text;
        if (unit.name.back() != 'S') unit.name += 'S';
        TRY(auto arg, make(std::move(unit), unit_begin));
        e.args.push_back(arg);
      } else {
        TRY(auto arg, expression());
        e.args.push_back(arg);
      }
    } while (accept_symbol(","));
    TRY_VOID(expect_symbol(")"));
  }
  return make(std::move(e), begin);
}

Result<ExpressionPtr> Parser::constructor(Expression e, const Place& begin) {
  if (e.node == Node::array) {
    TRY_VOID(expect_symbol("["));
    if (!symbol("]")) do {
      TRY(auto item, expression());
      e.args.push_back(item);
    } while (accept_symbol(","));
    TRY_VOID(expect_symbol("]"));
    return make(std::move(e), begin);
  }
  TRY_VOID(expect_symbol("("));
  if (!symbol(")")) do {
    if (e.node == Node::map) {
      TRY(auto key, expression());
      e.args.push_back(key);
    } else {
      TRY(auto name, identifier());
      e.names.push_back(std::move(name));
    }
    TRY_VOID(expect_symbol(":="));
    TRY(auto item, expression());
    e.args.push_back(item);
  } while (accept_symbol(","));
  TRY_VOID(expect_symbol(")"));
  return make(std::move(e), begin);
}

Result<ExpressionPtr> Parser::case_expression() {
  const auto begin = place();
  TRY_VOID(expect("CASE"));
  auto e = node(Node::searched_case);
  if (!word("WHEN")) {
    e.node = Node::simple_case;
    TRY(auto operand, value_expression());
    e.args.push_back(operand);
  }
  do {
    TRY_VOID(expect("WHEN"));
    TRY(auto when, expression());
    TRY_VOID(expect("THEN"));
    TRY(auto then, expression());
    e.args.push_back(when);
    e.args.push_back(then);
  } while (word("WHEN"));
  if (accept("ELSE")) {
    TRY(auto otherwise, expression());
    e.args.push_back(otherwise);
    e.has_else = true;
  }
  TRY_VOID(expect("END"));
  return make(std::move(e), begin);
}

Result<ExpressionPtr> Parser::primary_base() {
  const auto begin = place();
  const auto& token = peek();
  switch (token.kind) {
    case TokenKind::integer: case TokenKind::decimal: case TokenKind::floating: return number(false, begin);
    case TokenKind::string: {
      Expression e;
      e.value = Value(take().text);
      return make(std::move(e), begin);
    }
    case TokenKind::symbol:
      if (token.text == "-" && (peek(1).kind == TokenKind::integer || peek(1).kind == TokenKind::decimal || peek(1).kind == TokenKind::floating)) {
        take();
        return number(true, begin);
      }
      if (accept_symbol("(")) {
        TRY(auto inner, expression());
        TRY_VOID(expect_symbol(")"));
        return inner;
      }
      return near();
    default: break;
  }
  if (token.kind == TokenKind::word) {
    const auto& w = token.text;
    Expression e;
    if (w == "NULL") { take(); return make(std::move(e), begin); }
    if (w == "TRUE" || w == "FALSE") { e.value = Value(w == "TRUE"); take(); return make(std::move(e), begin); }
    if (w == "CASE") return case_expression();
    if (w == "CAST" && symbol("(", 1)) {
      take(); take();
      e.node = Node::cast;
      TRY(auto inner, expression());
      TRY_VOID(expect("AS"));
      TRY(e.type, type());
      TRY_VOID(expect_symbol(")"));
      e.args = {inner};
      return make(std::move(e), begin);
    }
    if (w == "ARRAY" && symbol("[", 1)) { take(); e.node = Node::array; return constructor(std::move(e), begin); }
    // MAP() and STRUCT() without arguments are constructors, too.
    if (w == "MAP" && symbol("(", 1)) { take(); e.node = Node::map; return constructor(std::move(e), begin); }
    if (w == "STRUCT" && symbol("(", 1)) { take(); e.node = Node::structure; return constructor(std::move(e), begin); }
  }
  if (!identifier_at()) return near();
  Expression e;
  TRY(e.name, identifier());
  if (peek().kind == TokenKind::string) {
    e.node = Node::typed_text;
    e.value = Value(take().text);
    return make(std::move(e), begin);
  }
  if (accept_symbol("(")) return call_arguments(std::move(e), begin);
  e.node = Node::column;
  if (symbol(".") && identifier_at(1)) {
    take();
    e.qualifier = std::move(e.name);
    TRY(e.name, identifier());
  }
  return make(std::move(e), begin);
}

Result<TypeName> Parser::type() {
  DepthGuard guard(*this);
  TRY_VOID(guard.ok());
  TypeName result;
  const auto begin = place();
  if (word("DECIMAL")) {
    take();
    result.name = "DECIMAL";
    TRY_VOID(expect_symbol("("));
    for (int i = 0; i < 2; ++i) {
      if (i == 1) TRY_VOID(expect_symbol(","));
      if (peek().kind != TokenKind::integer) return expecting({"INTEGER_VALUE"});
      result.parameters.push_back(take().text);
    }
    TRY_VOID(expect_symbol(")"));
  } else {
    if (!identifier_at()) return near();
    const bool is_word = peek().kind == TokenKind::word;
    TRY(result.name, identifier());
    if (is_word && (result.name == "ARRAY" || result.name == "MAP") && symbol("<")) {
      const bool map = result.name == "MAP";
      take();
      TRY(auto first, type());
      result.parts.push_back(std::move(first));
      if (map) {
        TRY_VOID(expect_symbol(","));
        TRY(auto second, type());
        result.parts.push_back(std::move(second));
      }
      TRY_VOID(expect_symbol(">"));
    } else if (is_word && result.name == "STRUCT" && (symbol("<") || symbol("<>"))) {
      if (!accept_symbol("<>")) {
        take();
        do {
          TRY(auto name, identifier());
          TRY(auto part, type());
          result.fields.push_back(std::move(name));
          result.parts.push_back(std::move(part));
        } while (accept_symbol(","));
        TRY_VOID(expect_symbol(">"));
      }
    } else if (symbol("(")) {
      take();
      do {
        if (peek().kind != TokenKind::integer && !word("STRING")) return expecting({"'STRING'", "INTEGER_VALUE"});
        result.parameters.push_back(take().text);
      } while (accept_symbol(","));
      if (!symbol(")")) return expecting({"','", "')'"});
      take();
      if (symbol("(")) return expecting({"','", "')'"});
    }
  }
  result.place = place_from(begin);
  for (int suffixes = 1; word("ARRAY") && !symbol("<", 1); ++suffixes) {
    if (depth_ + suffixes > limits::sql_nesting_max)
      return fail(ErrorCode::invalid_input, "the type is nested deeper than " + std::to_string(limits::sql_nesting_max) + " levels", "", peek().span);
    take();
    TypeName array;
    array.name = "ARRAY";
    array.parts.push_back(std::move(result));
    array.place = place_from(begin);
    result = std::move(array);
  }
  return result;
}

}  // namespace braid::sql
