// Expressions of the tree -> bound expressions: columns found in a scope, functions resolved, types known, conversions put in.
// Internal to the planner. Error texts are ksqlDB's; `where` is the expression's place.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sql/ast.h"
#include "sql/expression.h"
#include "sql/metastore.h"

namespace braid::sql {

struct ScopeColumn {
  std::string name;
  Type type;
  ColumnRef ref;
};

// The columns that expressions over a step's rows can name.
struct Scope {
  std::vector<ScopeColumn> columns;
  const ScopeColumn* find(std::string_view name) const;
};

class Binder {
 public:
  Binder(const Scope& scope, const Metastore& metastore) : scope_(scope), metastore_(metastore) {}

  // An empty optional type means the literal NULL (or an interval's unit), which takes the type of its place.
  struct Typed {
    BoundPtr expression;
    bool untyped = false;
    std::optional<Type> type() const { return untyped ? std::nullopt : std::optional<Type>(expression->type); }
  };
  Result<Typed> bind(const ExpressionPtr& e);
  Result<BoundPtr> bind_typed(const ExpressionPtr& e);      // NULL alone is an error: no type can be found
  Result<BoundPtr> bind_condition(const ExpressionPtr& e, std::string_view clause);   // WHERE, HAVING: errors say the clause
  Result<Type> type_of(const ExpressionPtr& e);

 private:
  struct LambdaParameter { std::string name; Type type; int index; };

  Result<Typed> bind_node(const ExpressionPtr& e);
  Result<Typed> bind_column(const Expression& e);
  Result<Typed> bind_logic(const Expression& e);
  Result<Typed> bind_compare(const Expression& e);
  Result<Typed> bind_arithmetic(const Expression& e);
  Result<Typed> bind_between(const Expression& e);
  Result<Typed> bind_in(const Expression& e);
  Result<Typed> bind_like(const Expression& e);
  Result<Typed> bind_case(const Expression& e);
  Result<Typed> bind_cast(const Expression& e);
  Result<Typed> bind_array(const Expression& e);
  Result<Typed> bind_map(const Expression& e);
  Result<Typed> bind_structure(const Expression& e);
  Result<Typed> bind_subscript(const Expression& e);
  Result<Typed> bind_field(const Expression& e);
  Result<Typed> bind_call(const Expression& e);
  Result<Typed> bind_aggregate_type(const Expression& e);

  Result<void> read_time_text(const Expression& column, const Typed& column_side, const Expression& text, Typed& text_side) const;

  // Common types (ARRAY, MAP, IN): driven by the first that is not null.
  Result<std::optional<Type>> common_type(const std::vector<ExpressionPtr>& items, const std::optional<Type>& first = std::nullopt);
  Result<std::optional<Type>> common_with(const ExpressionPtr& item, const std::optional<Type>& so_far);
  Result<BoundPtr> bind_as(const ExpressionPtr& e, const Type& type);    // converted to the common type

  std::unexpected<Error> error(const Expression& e, std::string message, std::string hint = {}) const;

  const Scope& scope_;
  const Metastore& metastore_;
  std::vector<LambdaParameter> lambda_;
};

BoundPtr convert(BoundPtr e, const Type& to);               // a cast unless it has the type already; literals are converted at once
BoundPtr column_expression(const ScopeColumn& column);
std::string place_prefix(const Place& place);               // "Line: 3, Col: 84: "
Result<Type> arithmetic_type(std::string_view symbol, const Type& left, const Type& right);
std::optional<Type> coercible(const Type& from, const Type& to, bool literal);   // ksqlDB's implicit coercion; gives the resulting type

}  // namespace braid::sql
