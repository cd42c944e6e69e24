#include "sql/binder.h"

#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::sql {
namespace {

using data::Kind;

bool time_kind(Kind k) { return k == Kind::date || k == Kind::time || k == Kind::timestamp; }

Type as_decimal(const Type& t) {
  if (t.is(Kind::integer)) return Type::decimal(10, 0);
  if (t.is(Kind::bigint)) return Type::decimal(19, 0);
  return t;
}

Type literal_type(const Value& v) {
  if (v.holds<bool>()) return Kind::boolean;
  if (v.holds<std::int32_t>()) return Kind::integer;
  if (v.holds<std::int64_t>()) return Kind::bigint;
  if (v.holds<double>()) return Kind::double_;
  if (v.holds<data::Decimal>()) {
    const auto& d = std::get<data::Decimal>(v.rep());
    const int scale = std::max(d.scale(), 0);
    return Type::decimal(std::max(d.precision(), scale), scale);
  }
  return Kind::string;
}

std::string type_text(const std::optional<Type>& t) { return t ? std::string(data::name_of(t->kind())) : "NULL"; }

std::string_view compare_name(std::string_view symbol) {
  if (symbol == "=") return "EQUAL";
  if (symbol == "<>") return "NOT_EQUAL";
  if (symbol == "<") return "LESS_THAN";
  if (symbol == "<=") return "LESS_THAN_OR_EQUAL";
  if (symbol == ">") return "GREATER_THAN";
  if (symbol == ">=") return "GREATER_THAN_OR_EQUAL";
  return symbol == "IS DISTINCT FROM" ? "IS_DISTINCT_FROM" : "IS_NOT_DISTINCT_FROM";
}
Op compare_op(std::string_view symbol) {
  if (symbol == "=") return Op::eq;
  if (symbol == "<>") return Op::ne;
  if (symbol == "<") return Op::lt;
  if (symbol == "<=") return Op::le;
  if (symbol == ">") return Op::gt;
  if (symbol == ">=") return Op::ge;
  return symbol == "IS DISTINCT FROM" ? Op::distinct : Op::not_distinct;
}

bool comparable(const Type& left, std::string_view symbol, const Type& right) {
  const auto op = compare_op(symbol);
  const bool equality = op == Op::eq || op == Op::ne || op == Op::distinct || op == Op::not_distinct;
  switch (left.kind()) {
    case Kind::integer: case Kind::bigint: case Kind::double_: case Kind::decimal: return right.numeric();
    case Kind::string: return right.is(Kind::string) || time_kind(right.kind());
    case Kind::boolean: case Kind::array: case Kind::map: case Kind::struct_: return equality && right.kind() == left.kind();
    case Kind::time: return right.is(Kind::time) || right.is(Kind::string);
    case Kind::date: case Kind::timestamp: return right.is(Kind::date) || right.is(Kind::timestamp) || right.is(Kind::string);
    case Kind::bytes: return right.is(Kind::bytes);
  }
  return false;
}

// The one type that both sides of a comparison are converted to.
Type comparison_type(const Type& left, const Type& right) {
  if (left == right) return left;
  if (left.numeric() && right.numeric()) {
    if (left.is(Kind::double_) || right.is(Kind::double_)) return Kind::double_;
    if (left.is(Kind::decimal) || right.is(Kind::decimal)) {
      const auto a = as_decimal(left), b = as_decimal(right);
      const int scale = std::max(a.scale(), b.scale());
      return Type::decimal(std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale, scale);
    }
    return Kind::bigint;
  }
  if (left.is(Kind::string)) return right;
  if (right.is(Kind::string)) return left;
  if (time_kind(left.kind()) && time_kind(right.kind())) return Kind::timestamp;
  return left;
}

BoundPtr make_bound(Op op, Type type, std::vector<BoundPtr> args, const Expression& e) {
  BoundExpression b;
  b.op = op;
  b.type = std::move(type);
  b.args = std::move(args);
  b.text = print(e);
  return std::make_shared<const BoundExpression>(std::move(b));
}

BoundPtr negate_if(bool negated, BoundPtr e, const Expression& source) {
  return negated ? make_bound(Op::not_, Kind::boolean, {std::move(e)}, source) : e;
}

bool is_literal(const Expression& e) { return e.node == Node::literal; }

// "12", "1.5", "1e3": the numeric type that a text stands for.
std::optional<Type> numeric_text_type(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto decimal = data::Decimal::parse(text);
  if (!decimal) return std::nullopt;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const auto v = decimal->unscaled();
    if (v > INT32_MIN && v < INT32_MAX) return Type(Kind::integer);
    if (v > INT64_MIN && v < INT64_MAX) return Type(Kind::bigint);
  }
  const int scale = std::max(decimal->scale(), 0);
  return Type::decimal(std::max(decimal->precision(), scale), scale);
}

Type widen(const Type& left, const Type& right) {
  const auto a = as_decimal(left), b = as_decimal(right);
  const int scale = std::max(a.scale(), b.scale());
  return Type::decimal(std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale, scale);
}

}  // namespace

const ScopeColumn* Scope::find(std::string_view name) const {
  for (const auto& c : columns)
    if (c.name == name) return &c;
  return nullptr;
}

std::string place_prefix(const Place& place) { return "Line: " + std::to_string(place.line) + ", Col: " + std::to_string(place.column) + ": "; }

BoundPtr column_expression(const ScopeColumn& column) {
  BoundExpression b;
  b.op = Op::column;
  b.type = column.type;
  b.column = column.ref;
  b.text = print_identifier(column.name);
  return std::make_shared<const BoundExpression>(std::move(b));
}

BoundPtr convert(BoundPtr e, const Type& to) {
  if (e->type == to) return e;
  BoundExpression b;
  b.type = to;
  if (e->op == Op::literal) {
    if (e->literal.null()) { b.text = e->text; return std::make_shared<const BoundExpression>(std::move(b)); }
    if (auto value = cast_value(e->literal, e->type, to)) {
      b.literal = *std::move(value);
      b.text = e->text;
      return std::make_shared<const BoundExpression>(std::move(b));
    }
  }
  b.op = Op::cast;
  b.text = "CAST(" + e->text + " AS " + to.text() + ")";
  b.args = {std::move(e)};
  return std::make_shared<const BoundExpression>(std::move(b));
}

Result<Type> arithmetic_type(std::string_view symbol, const Type& left, const Type& right) {
  if (left.numeric() && right.numeric()) {
    if (left.is(Kind::double_) || right.is(Kind::double_)) return Type(Kind::double_);
    if (left.is(Kind::decimal) || right.is(Kind::decimal)) {
      const auto a = as_decimal(left), b = as_decimal(right);
      const int ap = a.precision(), as = a.scale(), bp = b.precision(), bs = b.scale();
      if (symbol == "+" || symbol == "-") return Type::decimal(std::max(as, bs) + std::max(ap - as, bp - bs) + 1, std::max(as, bs));
      if (symbol == "*") return Type::decimal(ap + bp + 1, as + bs);
      if (symbol == "/") return Type::decimal(ap - as + bs + std::max(6, as + bp + 1), std::max(6, as + bp + 1));
      return Type::decimal(std::min(ap - as, bp - bs) + std::max(as, bs), std::max(as, bs));
    }
    return left.is(Kind::bigint) || right.is(Kind::bigint) ? Type(Kind::bigint) : Type(Kind::integer);
  }
  if (left.is(Kind::string) && right.is(Kind::string) && symbol == "+") return Type(Kind::string);
  return fail(ErrorCode::invalid_input, "Unsupported arithmetic types. " + std::string(data::name_of(left.kind())) + " " + std::string(data::name_of(right.kind())));
}

std::optional<Type> coercible(const Type& from, const Type& to, bool literal) {
  const auto f = from.kind(), t = to.kind();
  if (f == Kind::decimal && t == Kind::decimal) return widen(from, to);
  if ((f == Kind::integer || f == Kind::bigint) && t == Kind::decimal) return widen(from, to);
  if (from.numeric() && to.numeric()) {
    const auto rank = [](Kind k) { return k == Kind::integer ? 0 : k == Kind::bigint ? 1 : k == Kind::decimal ? 2 : 3; };
    return rank(f) <= rank(t) ? std::optional<Type>(to) : std::nullopt;
  }
  if (f == Kind::array && t == Kind::array) {
    if (auto element = coercible(from.element(), to.element(), literal)) return Type::array(*element);
    return std::nullopt;
  }
  if (f == Kind::map && t == Kind::map) {
    const auto key = coercible(from.key(), to.key(), literal), value = coercible(from.element(), to.element(), literal);
    if (key && value) return Type::map(*key, *value);
    return std::nullopt;
  }
  if (f == Kind::struct_ && t == Kind::struct_) {
    std::vector<Field> fields;
    for (const auto& field : to.fields()) {
      const int i = from.field_index(field.name);
      if (i < 0) { fields.push_back(field); continue; }
      auto type = coercible(from.fields()[std::size_t(i)].type, field.type, literal);
      if (!type) return std::nullopt;
      fields.push_back({field.name, *type});
    }
    for (const auto& field : from.fields())
      if (to.field_index(field.name) < 0) fields.push_back(field);
    return Type::structure(std::move(fields));
  }
  if (f == t) return to;
  if (f == Kind::string && (time_kind(t) || t == Kind::bytes)) return to;
  if (literal && t == Kind::string && (f == Kind::boolean || from.numeric() || time_kind(f))) return to;
  if (literal && f == Kind::string && (t == Kind::boolean || to.numeric())) return to;
  return std::nullopt;
}

std::unexpected<Error> Binder::error(const Expression& e, std::string message, std::string hint) const {
  return fail(ErrorCode::invalid_input, std::move(message), std::move(hint), e.place.span);
}

Result<Binder::Typed> Binder::bind(const ExpressionPtr& e) {
  auto result = bind_node(e);
  if (!result && !result.error().where) result.error().where = e->place.span;
  return result;
}

Result<BoundPtr> Binder::bind_typed(const ExpressionPtr& e) {
  TRY(auto typed, bind(e));
  if (typed.untyped)
    return error(*e, "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).", "write CAST(null AS STRING), or the type that you mean");
  return typed.expression;
}

Result<Type> Binder::type_of(const ExpressionPtr& e) {
  TRY(auto b, bind_typed(e));
  return b->type;
}

Result<BoundPtr> Binder::bind_condition(const ExpressionPtr& e, std::string_view clause) {
  auto typed = bind(e);
  if (!typed) {
    auto failed = typed.error();
    failed.message = "Error in " + std::string(clause) + " expression: " + failed.message;
    return std::unexpected(std::move(failed));
  }
  if (typed->untyped || !typed->expression->type.is(Kind::boolean))
    return error(*e, "Type error in " + std::string(clause) + " expression: Should evaluate to boolean but is " + print(*e) + " (" +
                         (typed->untyped ? "NULL" : typed->expression->type.text()) + ") instead.", "compare it with something");
  return typed->expression;
}

Result<Binder::Typed> Binder::bind_node(const ExpressionPtr& p) {
  const auto& e = *p;
  switch (e.node) {
    case Node::literal: {
      BoundExpression b;
      b.literal = e.value;
      b.text = print(e);
      if (!e.value.null()) b.type = literal_type(e.value);
      return Typed{std::make_shared<const BoundExpression>(std::move(b)), e.value.null()};
    }
    case Node::column: case Node::lambda_variable: return bind_column(e);
    case Node::not_: case Node::and_: case Node::or_: case Node::is_null: case Node::is_not_null: return bind_logic(e);
    case Node::compare: return bind_compare(e);
    case Node::arithmetic: case Node::negate: case Node::plus: return bind_arithmetic(e);
    case Node::between: return bind_between(e);
    case Node::in: return bind_in(e);
    case Node::like: return bind_like(e);
    case Node::simple_case: case Node::searched_case: return bind_case(e);
    case Node::cast: return bind_cast(e);
    case Node::array: return bind_array(e);
    case Node::map: return bind_map(e);
    case Node::structure: return bind_structure(e);
    case Node::subscript: return bind_subscript(e);
    case Node::field: return bind_field(e);
    case Node::call: return bind_call(e);
    case Node::unit: {
      BoundExpression b;
      b.literal = Value(e.name);
      b.text = e.name;
      return Typed{std::make_shared<const BoundExpression>(std::move(b))};
    }
    case Node::typed_text: {
      TypeName name;
      name.name = e.name;
      TRY(auto type, resolve_type(name, metastore_));
      auto value = cast_value(e.value, Kind::string, type);
      if (!value) return error(e, value.error().message, value.error().hint);
      BoundExpression b;
      b.type = type;
      b.literal = *std::move(value);
      b.text = print(e);
      return Typed{std::make_shared<const BoundExpression>(std::move(b))};
    }
    case Node::all_fields: return error(e, "-> * can only stand in the SELECT list.");
    case Node::lambda: return error(e, "A lambda can only be an argument of a function that takes one.", "TRANSFORM, FILTER and REDUCE take lambdas");
    case Node::at_time_zone: return fail(ErrorCode::unsupported, "AT TIME ZONE is not supported.", "use CONVERT_TZ(timestamp, from, to)", e.place.span);
  }
  return error(e, "unknown expression");
}

Result<Binder::Typed> Binder::bind_column(const Expression& e) {
  for (auto it = lambda_.rbegin(); it != lambda_.rend(); ++it)
    if (e.qualifier.empty() && it->name == e.name) {
      BoundExpression b;
      b.op = Op::lambda_parameter;
      b.type = it->type;
      b.index = it->index;
      b.text = print(e);
      return Typed{std::make_shared<const BoundExpression>(std::move(b))};
    }
  if (const auto* column = scope_.find(e.name)) return Typed{column_expression(*column)};
  std::vector<std::string> names;
  for (const auto& c : scope_.columns) names.push_back(c.name);
  const auto near = closest(e.name, names);
  return error(e, "Unknown column " + print(e) + ".", near.empty() ? "" : "did you mean " + print_identifier(near) + "?");
}

Result<Binder::Typed> Binder::bind_logic(const Expression& e) {
  std::vector<BoundPtr> args;
  const bool null_test = e.node == Node::is_null || e.node == Node::is_not_null;
  for (const auto& arg : e.args) {
    TRY(auto typed, bind(arg));
    if (!null_test) {
      if (typed.untyped) typed = {convert(typed.expression, Kind::boolean)};
      if (!typed.expression->type.is(Kind::boolean))
        return error(*arg, "Error processing expression: " + print(e) + ". " + print(*arg) + " should be BOOLEAN but is " + typed.expression->type.text() + ".");
    }
    args.push_back(typed.expression);
  }
  const Op op = e.node == Node::not_ ? Op::not_ : e.node == Node::and_ ? Op::and_ : e.node == Node::or_ ? Op::or_ : e.node == Node::is_null ? Op::is_null : Op::is_not_null;
  return Typed{make_bound(op, Kind::boolean, std::move(args), e)};
}

// ROWTIME, WINDOWSTART and WINDOWEND are compared with texts as if they were timestamps: WHERE ROWTIME >= '2020-05'.
Result<void> Binder::read_time_text(const Expression& column, const Typed& column_side, const Expression& text, Typed& text_side) const {
  if (column.node != Node::column || (column.name != "ROWTIME" && column.name != "WINDOWSTART" && column.name != "WINDOWEND")) return {};
  if (column_side.untyped || !column_side.expression->type.is(Kind::bigint) || !is_literal(text) || !text.value.holds<std::string>()) return {};
  auto time = cast_value(text.value, Kind::string, Kind::timestamp);
  if (!time || time->null())
    return error(text, "Failed to parse timestamp " + print(text) + ": " + (time ? "no time" : time.error().message) +
                           "\nRequired format is: \"yyyy-MM-dd'T'HH:mm:ss.SSS\", with an optional numeric 4-digit timezone, for example: '2020-05-26T23:59:58.000' or with tz: '2020-05-26T23:59:58.000+0200'. "
                           "A trailing 'Z' instead of tz indicates the zero UTC offset. Partials are also supported, for example \"2020-05-26\"", "for example '2020-05-26T23:59:58.000'");
  BoundExpression b;
  b.type = Kind::bigint;
  b.literal = Value(std::get<data::Timestamp>(time->rep()).ms);
  b.text = print(text);
  text_side = {std::make_shared<const BoundExpression>(std::move(b))};
  return {};
}

Result<Binder::Typed> Binder::bind_compare(const Expression& e) {
  TRY(auto left, bind(e.args[0]));
  TRY(auto right, bind(e.args[1]));
  if (left.untyped || right.untyped)
    return error(e, "Comparison with NULL not supported: " + type_text(left.type()) + " " + e.symbol + " " + type_text(right.type()) +
                        "\nUse 'IS NULL' or 'IS NOT NULL' instead.", "use IS NULL or IS NOT NULL");
  TRY_VOID(read_time_text(*e.args[0], left, *e.args[1], right));
  TRY_VOID(read_time_text(*e.args[1], right, *e.args[0], left));
  const auto& lt = left.expression->type;
  const auto& rt = right.expression->type;
  if (!comparable(lt, e.symbol, rt))
    return error(e, "Cannot compare " + print(*e.args[0]) + " (" + lt.text() + ") to " + print(*e.args[1]) + " (" + rt.text() + ") with " +
                        std::string(compare_name(e.symbol)) + ".", "convert one side with CAST(... AS ...)");
  if (lt.nested()) return Typed{make_bound(compare_op(e.symbol), Kind::boolean, {left.expression, right.expression}, e)};
  const auto common = comparison_type(lt, rt);
  return Typed{make_bound(compare_op(e.symbol), Kind::boolean, {convert(left.expression, common), convert(right.expression, common)}, e)};
}

Result<Binder::Typed> Binder::bind_arithmetic(const Expression& e) {
  TRY(auto left, bind(e.args[0]));
  if (e.node != Node::arithmetic) {
    if (left.untyped) return left;
    if (!left.expression->type.numeric())
      return error(e, "Error processing expression: " + print(e) + ". Unsupported arithmetic types. " + std::string(data::name_of(left.expression->type.kind())));
    if (e.node == Node::plus) return left;
    return Typed{make_bound(Op::negate, left.expression->type, {left.expression}, e)};
  }
  TRY(auto right, bind(e.args[1]));
  if (left.untyped && right.untyped) return error(e, "Error processing expression: " + print(e) + ". Unsupported arithmetic types. NULL NULL");
  if (left.untyped) left = {convert(left.expression, right.expression->type)};
  if (right.untyped) right = {convert(right.expression, left.expression->type)};
  const auto& lt = left.expression->type;
  const auto& rt = right.expression->type;
  auto type = arithmetic_type(e.symbol, lt, rt);
  if (!type) return error(e, "Error processing expression: " + print(e) + ". " + type.error().message, "convert one side with CAST(... AS ...)");
  if (type->is(Kind::string)) return Typed{make_bound(Op::concat, *type, {left.expression, right.expression}, e)};
  const Op op = e.symbol == "+" ? Op::add : e.symbol == "-" ? Op::subtract : e.symbol == "*" ? Op::multiply : e.symbol == "/" ? Op::divide : Op::modulo;
  const auto side = [&](BoundPtr b) { return type->is(Kind::decimal) ? convert(b, as_decimal(b->type)) : convert(b, *type); };
  return Typed{make_bound(op, *type, {side(left.expression), side(right.expression)}, e)};
}

Result<Binder::Typed> Binder::bind_between(const Expression& e) {
  std::vector<Typed> sides;
  for (const auto& arg : e.args) {
    TRY(auto typed, bind(arg));
    sides.push_back(typed);
  }
  for (std::size_t i = 1; i < sides.size(); ++i) TRY_VOID(read_time_text(*e.args[0], sides[0], *e.args[i], sides[i]));
  std::optional<Type> common;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (sides[i].untyped) continue;
    const auto& type = sides[i].expression->type;
    if (!common) { common = type; continue; }
    if (!comparable(*common, ">=", type))
      return error(*e.args[i], "Cannot compare " + print(*e.args[0]) + " (" + common->text() + ") to " + print(*e.args[i]) + " (" + type.text() + ") with " +
                                   (i == 1 ? "GREATER_THAN_OR_EQUAL" : "LESS_THAN_OR_EQUAL") + ".");
    common = comparison_type(*common, type);
  }
  std::vector<BoundPtr> args;
  for (auto& side : sides) args.push_back(convert(side.expression, common.value_or(Type(Kind::string))));
  return Typed{negate_if(e.negated, make_bound(Op::between, Kind::boolean, std::move(args), e), e)};
}

Result<Binder::Typed> Binder::bind_in(const Expression& e) {
  std::vector<ExpressionPtr> items;
  for (std::size_t i = 0; i < e.args.size(); ++i)
    if (i == 0 || !is_literal(*e.args[i]) || !e.args[i]->value.null()) items.push_back(e.args[i]);
  const auto invalid = [](Error failed) {
    failed.message = "Invalid Predicate: " + failed.message;
    return std::unexpected<Error>(std::move(failed));
  };
  auto common = common_type(items);
  if (!common) return invalid(common.error());
  std::vector<BoundPtr> args;
  for (const auto& item : items) {
    auto bound = bind_as(item, common->value_or(Type(Kind::string)));
    if (!bound) return invalid(bound.error());
    args.push_back(*bound);
  }
  return Typed{negate_if(e.negated, make_bound(Op::in, Kind::boolean, std::move(args), e), e)};
}

Result<Binder::Typed> Binder::bind_like(const Expression& e) {
  std::vector<BoundPtr> args;
  for (const auto& arg : e.args) {
    TRY(auto typed, bind(arg));
    if (typed.untyped) typed = {convert(typed.expression, Kind::string)};
    if (!typed.expression->type.is(Kind::string))
      return error(*arg, "LIKE expects STRING operands, got " + print(*arg) + " (" + typed.expression->type.text() + ").");
    args.push_back(typed.expression);
  }
  BoundExpression b;
  b.op = Op::like;
  b.type = Kind::boolean;
  b.args = std::move(args);
  b.escape = e.escape ? (*e.escape)[0] : '\0';
  b.text = print(e);
  return Typed{negate_if(e.negated, std::make_shared<const BoundExpression>(std::move(b)), e)};
}

Result<Binder::Typed> Binder::bind_case(const Expression& e) {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  std::size_t i = e.node == Node::simple_case ? 1 : 0;
  const auto end = e.args.size() - (e.has_else ? 1 : 0);
  for (; i + 1 < end; i += 2) {
    auto when = e.args[i];
    if (e.node == Node::simple_case) {
      Expression compare;
      compare.node = Node::compare;
      compare.symbol = "=";
      compare.args = {e.args[0], when};
      compare.place = when->place;
      when = std::make_shared<const Expression>(std::move(compare));
    }
    branches.emplace_back(when, e.args[i + 1]);
  }
  std::optional<Type> type;
  std::vector<Typed> parts;
  for (const auto& [when, then] : branches) {
    TRY(auto condition, bind(when));
    if (condition.untyped || !condition.expression->type.is(Kind::boolean))
      return error(*when, "WHEN operand type should be boolean.\nType for '" + print(*when) + "' is " + type_text(condition.type()));
    TRY(auto result, bind(then));
    parts.push_back(condition);
    parts.push_back(result);
    if (result.untyped) continue;
    if (!type) { type = result.expression->type; continue; }
    if (!(*type == result.expression->type))
      return error(*then, "Invalid Case expression. Type for all 'THEN' clauses should be the same.\nTHEN expression '" + print(*then) + "' has type: " +
                              result.expression->type.text() + ".\nPrevious THEN expression(s) type: " + type->text() + ".", "convert it with CAST(... AS " + type->text() + ")");
  }
  if (e.has_else) {
    TRY(auto otherwise, bind(e.args.back()));
    parts.push_back(otherwise);
    if (!otherwise.untyped) {
      if (type && !(*type == otherwise.expression->type))
        return error(*e.args.back(), "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses.\nTHEN type: " + type->text() +
                                         ".\nDEFAULT type: " + otherwise.expression->type.text() + ".", "convert it with CAST(... AS " + type->text() + ")");
      type = otherwise.expression->type;
    }
  }
  if (!type) return error(e, "Invalid Case expression. All case branches have NULL type", "convert one of them: CAST(null AS STRING)");
  std::vector<BoundPtr> args;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const bool condition = k % 2 == 0 && !(e.has_else && k + 1 == parts.size());
    args.push_back(condition ? parts[k].expression : convert(parts[k].expression, *type));
  }
  return Typed{make_bound(Op::case_, *type, std::move(args), e)};
}

Result<Binder::Typed> Binder::bind_cast(const Expression& e) {
  TRY(auto type, resolve_type(*e.type, metastore_));
  TRY(auto inner, bind(e.args[0]));
  if (inner.untyped) return Typed{convert(inner.expression, type)};
  if (inner.expression->type == type) return inner;
  if (!castable(inner.expression->type, type))
    return error(e, "Cast of " + inner.expression->type.text() + " to " + type.text() + " is not supported");
  return Typed{make_bound(Op::cast, type, {inner.expression}, e)};
}

Result<Binder::Typed> Binder::bind_array(const Expression& e) {
  if (e.args.empty())
    return error(e, "Array constructor cannot be empty. Please supply at least one element (see https://github.com/confluentinc/ksql/issues/4239).");
  TRY(auto common, common_type(e.args));
  if (!common)
    return error(e, "Cannot construct an array with all NULL elements (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL value to the desired type.");
  std::vector<BoundPtr> args;
  for (const auto& arg : e.args) {
    TRY(auto item, bind_as(arg, *common));
    args.push_back(item);
  }
  return Typed{make_bound(Op::array, Type::array(*common), std::move(args), e)};
}

Result<Binder::Typed> Binder::bind_map(const Expression& e) {
  if (e.args.empty())
    return error(e, "Map constructor cannot be empty. Please supply at least one key value pair (see https://github.com/confluentinc/ksql/issues/4239).");
  std::vector<ExpressionPtr> keys, values;
  for (std::size_t i = 0; i + 1 < e.args.size(); i += 2) { keys.push_back(e.args[i]); values.push_back(e.args[i + 1]); }
  TRY(auto key, common_type(keys));
  if (!key)
    return error(e, "Cannot construct a map with all NULL keys (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL key to the desired type.");
  TRY(auto value, common_type(values));
  if (!value)
    return error(e, "Cannot construct a map with all NULL values (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL value to the desired type.");
  std::vector<BoundPtr> args;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    TRY(auto k, bind_as(keys[i], *key));
    TRY(auto v, bind_as(values[i], *value));
    args.push_back(k);
    args.push_back(v);
  }
  return Typed{make_bound(Op::map, Type::map(*key, *value), std::move(args), e)};
}

Result<Binder::Typed> Binder::bind_structure(const Expression& e) {
  std::vector<Field> fields;
  std::vector<BoundPtr> args;
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    for (const auto& f : fields)
      if (f.name == e.names[i]) return error(e, "Duplicate field names found in STRUCT: '" + print(e) + "'", "give each field its own name");
    TRY(auto value, bind_typed(e.args[i]));
    fields.push_back({e.names[i], value->type});
    args.push_back(value);
  }
  return Typed{make_bound(Op::structure, Type::structure(std::move(fields)), std::move(args), e)};
}

Result<Binder::Typed> Binder::bind_subscript(const Expression& e) {
  TRY(auto base, bind(e.args[0]));
  TRY(auto index, bind(e.args[1]));
  if (!base.untyped && base.expression->type.is(Kind::array)) {
    if (index.untyped || (!index.expression->type.is(Kind::integer) && !index.expression->type.is(Kind::bigint)))
      return error(*e.args[1], "Array index must be an INTEGER, got " + print(*e.args[1]) + " (" + type_text(index.type()) + ").");
    return Typed{make_bound(Op::subscript, base.expression->type.element(), {base.expression, convert(index.expression, Kind::integer)}, e)};
  }
  if (!base.untyped && base.expression->type.is(Kind::map)) {
    const auto& key = base.expression->type.key();
    return Typed{make_bound(Op::subscript, base.expression->type.element(), {base.expression, convert(index.expression, key)}, e)};
  }
  const bool structure = !base.untyped && base.expression->type.is(Kind::struct_);
  return error(e, "Subscript expression (" + print(e) + ") do not apply to " + (base.untyped ? "NULL" : base.expression->type.text()) + "." +
                      (structure ? " Use the dereference operator for STRUCTS: " + print(*e.args[0]) + "->" + print(*e.args[1]) : ""));
}

Result<Binder::Typed> Binder::bind_field(const Expression& e) {
  TRY(auto base, bind(e.args[0]));
  if (base.untyped || !base.expression->type.is(Kind::struct_))
    return error(e, "Expected STRUCT type, got: " + (base.untyped ? "NULL" : base.expression->type.text()));
  const int index = base.expression->type.field_index(e.name);
  if (index < 0) {
    std::vector<std::string> names;
    for (const auto& f : base.expression->type.fields()) names.push_back(f.name);
    const auto near = closest(e.name, names);
    return error(e, "Could not find field '" + e.name + "' in '" + print(*e.args[0]) + "'.", near.empty() ? "" : "did you mean " + print_identifier(near) + "?");
  }
  BoundExpression b;
  b.op = Op::field;
  b.type = base.expression->type.fields()[std::size_t(index)].type;
  b.args = {base.expression};
  b.index = index;
  b.text = print(e);
  return Typed{std::make_shared<const BoundExpression>(std::move(b))};
}

Result<Binder::Typed> Binder::bind_aggregate_type(const Expression& e) {
  std::vector<ArgumentType> arguments;
  for (const auto& arg : e.args) {
    TRY(auto typed, bind(arg));
    ArgumentType a;
    a.type = typed.type();
    if (typed.expression->op == Op::literal && !typed.untyped) a.constant = typed.expression->literal;
    arguments.push_back(std::move(a));
  }
  TRY(auto resolved, resolve_aggregate(e.name, arguments, metastore_.functions()));
  BoundExpression b;
  b.type = resolved.type;
  b.text = print(e);
  return Typed{std::make_shared<const BoundExpression>(std::move(b))};
}

Result<Binder::Typed> Binder::bind_call(const Expression& e) {
  const auto kind = function_kind(e.name, metastore_.functions());
  if (!kind) {
    std::vector<std::string> names;
    for (const auto& f : all_functions()) {
      auto name = f.name;
      for (auto& c : name) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
      names.push_back(std::move(name));
    }
    const auto near = closest(e.name, names);
    return error(e, "Can't find any functions with the name '" + e.name + "'", near.empty() ? "SHOW FUNCTIONS lists them" : "did you mean " + near + "?");
  }
  if (*kind == FunctionKind::aggregate) return bind_aggregate_type(e);
  std::vector<ArgumentType> arguments;
  std::vector<Typed> bound;
  std::vector<LambdaShape> shapes(e.args.size());
  const auto outer = lambda_.size();
  const int first = lambda_.empty() ? 0 : lambda_.back().index + 1;
  const auto with_parameters = [&](const Expression& lambda, std::span<const Type> types) {
    lambda_.resize(outer);
    for (std::size_t i = 0; i < lambda.names.size() && i < types.size(); ++i) lambda_.push_back({lambda.names[i], types[i], first + int(i)});
  };
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    ArgumentType a;
    if (e.args[i]->node == Node::lambda) {
      const auto lambda = e.args[i];
      shapes[i].parameters = int(lambda->names.size());
      shapes[i].body_type = [this, lambda, with_parameters, outer](std::span<const Type> types) -> Result<Type> {
        with_parameters(*lambda, types);
        auto body = bind_typed(lambda->args[0]);
        lambda_.resize(outer);
        if (!body) return std::unexpected(body.error());
        return (*body)->type;
      };
      a.lambda = &shapes[i];
      bound.push_back({});
    } else {
      TRY(auto typed, bind(e.args[i]));
      a.type = typed.type();
      if (typed.expression->op == Op::literal && !typed.untyped) a.constant = typed.expression->literal;
      bound.push_back(std::move(typed));
    }
    arguments.push_back(std::move(a));
  }
  if (*kind == FunctionKind::table) {
    TRY(auto resolved, resolve_table_function(e.name, arguments, metastore_.functions()));
    BoundExpression b;
    b.type = resolved.type;
    b.text = print(e);
    return Typed{std::make_shared<const BoundExpression>(std::move(b))};
  }
  auto resolved = resolve_scalar(e.name, arguments, metastore_.functions());
  if (!resolved) {
    auto failed = resolved.error();
    if (!failed.where) failed.where = e.place.span;
    return std::unexpected(std::move(failed));
  }
  BoundExpression b;
  b.op = Op::call;
  b.type = resolved->type;
  b.text = print(e);
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    if (e.args[i]->node == Node::lambda) {
      const auto types = i < resolved->lambda_parameters.size() ? resolved->lambda_parameters[i] : std::vector<Type>();
      with_parameters(*e.args[i], types);
      auto body = bind_typed(e.args[i]->args[0]);
      lambda_.resize(outer);
      if (!body) return std::unexpected(body.error());
      b.lambdas.push_back({types, *body, first});
      BoundExpression placeholder;
      b.args.push_back(std::make_shared<const BoundExpression>(std::move(placeholder)));
      continue;
    }
    auto arg = bound[i].expression;
    if (i < resolved->parameters.size() && resolved->parameters[i]) arg = convert(arg, *resolved->parameters[i]);
    b.args.push_back(arg);
  }
  b.function = std::make_shared<const ResolvedScalar>(*std::move(resolved));
  return Typed{std::make_shared<const BoundExpression>(std::move(b))};
}

Result<std::optional<Type>> Binder::common_type(const std::vector<ExpressionPtr>& items, const std::optional<Type>& first) {
  std::optional<Type> result = first;
  for (const auto& item : items) { TRY(result, common_with(item, result)); }
  return result;
}

Result<std::optional<Type>> Binder::common_with(const ExpressionPtr& item, const std::optional<Type>& so_far) {
  if (!so_far) {
    TRY(auto typed, bind(item));
    return typed.type();
  }
  const auto& target = *so_far;
  const auto mismatch = [&](const Type& from) {
    return error(*item, "operator does not exist: " + target.text() + " = " + from.text() + " (" + print(*item) + ")\nHint: You might need to add explicit type casts.",
                 "convert it with CAST(... AS " + target.text() + ")");
  };
  const auto syntax = [&](std::string_view text) {
    return error(*item, "invalid input syntax for type " + std::string(data::name_of(target.kind())) + ": \"" + std::string(text) + "\".");
  };
  TRY(auto typed, bind(item));
  if (typed.untyped) return so_far;
  const auto& from = typed.expression->type;
  const auto nested = [&](Result<std::optional<Type>> inner) -> Result<std::optional<Type>> {
    if (inner || inner.error().message.starts_with("invalid input syntax")) return inner;
    return mismatch(from);
  };
  if (item->node == Node::array) {
    if (!target.is(Kind::array)) return mismatch(from);
    TRY(auto element, nested(common_type(item->args, target.element())));
    return std::optional<Type>(Type::array(*element));
  }
  if (item->node == Node::map) {
    if (!target.is(Kind::map)) return mismatch(from);
    std::vector<ExpressionPtr> keys, values;
    for (std::size_t i = 0; i + 1 < item->args.size(); i += 2) { keys.push_back(item->args[i]); values.push_back(item->args[i + 1]); }
    TRY(auto key, nested(common_type(keys, target.key())));
    TRY(auto value, nested(common_type(values, target.element())));
    return std::optional<Type>(Type::map(*key, *value));
  }
  if (item->node == Node::structure) {
    if (!target.is(Kind::struct_)) return mismatch(from);
    std::vector<Field> fields;
    for (std::size_t i = 0; i < item->args.size(); ++i) {
      const int there = target.field_index(item->names[i]);
      if (there < 0) { fields.push_back(from.fields()[i]); continue; }
      TRY(auto type, nested(common_with(item->args[i], target.fields()[std::size_t(there)].type)));
      fields.push_back({item->names[i], *type});
    }
    for (const auto& f : target.fields())
      if (std::ranges::find(item->names, f.name) == item->names.end()) fields.push_back(f);
    return std::optional<Type>(Type::structure(std::move(fields)));
  }
  if (is_literal(*item) && from.is(Kind::string)) {
    const auto& text = std::get<std::string>(item->value.rep());
    if (target.numeric()) {
      const auto number = numeric_text_type(text);
      if (!number) return syntax(text);
      if (target.is(Kind::double_)) return std::optional<Type>(Kind::double_);
      if (number->is(Kind::decimal) || target.is(Kind::decimal)) return std::optional<Type>(widen(*number, target));
      return std::optional<Type>(number->is(Kind::bigint) || target.is(Kind::bigint) ? Type(Kind::bigint) : Type(Kind::integer));
    }
    if (target.is(Kind::boolean)) {
      if (!cast_value(item->value, Kind::string, Kind::boolean) || text.empty()) return syntax(text);
      auto lower = text;
      for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
      for (const std::string_view word : {"true", "false", "yes", "no"})
        if (!lower.empty() && word.starts_with(lower)) return so_far;
      return syntax(text);
    }
  }
  if (auto type = coercible(from, target, is_literal(*item))) return type;
  if (auto type = coercible(target, from, is_literal(*item))) return type;
  return mismatch(from);
}

Result<BoundPtr> Binder::bind_as(const ExpressionPtr& e, const Type& type) {
  // A constructor is rebuilt with the common type's parts, so that its own literals are converted one by one.
  if (e->node == Node::array && type.is(Kind::array)) {
    std::vector<BoundPtr> args;
    for (const auto& arg : e->args) {
      TRY(auto item, bind_as(arg, type.element()));
      args.push_back(item);
    }
    return make_bound(Op::array, type, std::move(args), *e);
  }
  if (e->node == Node::map && type.is(Kind::map)) {
    std::vector<BoundPtr> args;
    for (std::size_t i = 0; i < e->args.size(); ++i) {
      TRY(auto item, bind_as(e->args[i], i % 2 == 0 ? type.key() : type.element()));
      args.push_back(item);
    }
    return make_bound(Op::map, type, std::move(args), *e);
  }
  if (e->node == Node::structure && type.is(Kind::struct_)) {
    std::vector<BoundPtr> args;
    for (const auto& field : type.fields()) {
      const auto at = std::ranges::find(e->names, field.name);
      if (at == e->names.end()) {
        BoundExpression null;
        null.type = field.type;
        null.text = "null";
        args.push_back(std::make_shared<const BoundExpression>(std::move(null)));
        continue;
      }
      TRY(auto value, bind_as(e->args[std::size_t(at - e->names.begin())], field.type));
      args.push_back(value);
    }
    return make_bound(Op::structure, type, std::move(args), *e);
  }
  TRY(auto typed, bind(e));
  return convert(typed.expression, type);
}

}  // namespace braid::sql
