// The functions of the dialect: what arguments they take, what they give, and how they compute it. Pure; thread-safe to resolve.
// scalar: one row in, one value out. aggregate: a state per group. table: one row in, some rows out.
// Semantics follow ksqlDB's function reference; an error inside a function is a null result and an entry in the processing log.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/value.h"

namespace braid::sql {

using data::Type;
using data::Value;

// A lambda argument while types are found: given the types of its parameters, what is the type of its body?
struct LambdaShape {
  int parameters = 1;
  std::function<Result<Type>(std::span<const Type>)> body_type;
};
struct ArgumentType {
  std::optional<Type> type{};                  // empty: the literal NULL, or a lambda
  const LambdaShape* lambda = nullptr;
  std::optional<Value> constant{};             // known when the argument is a literal: some functions need it to find their type
};
using LambdaFunction = std::function<Result<Value>(std::span<const Value>)>;

// What differs from one server, statement or test to another.
struct FunctionPack;                            // functions beside the built-in ones; see sql/function_kit.h and sql/test_functions.h
struct FunctionSettings {
  const FunctionPack* extra = nullptr;          // not owned
  std::optional<std::int64_t> collect_list_limit{};   // ksql.functions.collect_list.limit
  std::optional<std::int64_t> collect_set_limit{};    // ksql.functions.collect_set.limit
};

struct CallContext {
  std::int64_t now_ms = 0;                     // UNIX_TIMESTAMP() and its like; the task's wall clock
};

// A call as a step of an expression. `arguments` are in order; a lambda's place holds null, its function is in `lambdas` in order of the lambdas.
using ScalarEval = std::function<Result<Value>(std::span<const Value> arguments, std::span<const LambdaFunction> lambdas, const CallContext& context)>;
struct ResolvedScalar {
  std::string name;
  Type type;                                   // of the result
  std::vector<std::optional<Type>> parameters; // what each argument is converted to first (empty: leave it as it is)
  // For a lambda argument at place i: the types of its parameters.
  std::vector<std::vector<Type>> lambda_parameters;
  bool null_in_null_out = false;               // a null argument makes the result null without a call
  ScalarEval eval;
};
// A unit of time as an argument (TIMESTAMPADD(SECONDS, 5, t)) is a STRING constant with the unit's name.
Result<ResolvedScalar> resolve_scalar(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings = {});

// The state of one group is a Value, so that stores, snapshots and changelogs need to know nothing of the function.
struct ResolvedAggregate {
  std::string name;
  Type type;                                   // of the result
  Type state_type;
  std::vector<std::optional<Type>> parameters; // of the arguments that change from row to row; literal arguments are bound at resolve time
  std::function<Value()> initial;
  std::function<Result<Value>(const Value& state, std::span<const Value> arguments)> add;
  std::function<Result<Value>(const Value& state, std::span<const Value> arguments)> undo;   // empty: not possible over a table
  std::function<Result<Value>(const Value& a, const Value& b)> merge;                        // session windows
  std::function<Result<Value>(const Value& state)> result;
};
// `parameters` counts the arguments that change; those behind them in the call are literals and already bound: TOPK(x, 3) has one parameter.
Result<ResolvedAggregate> resolve_aggregate(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings = {});

struct ResolvedTableFunction {
  std::string name;
  Type type;                                   // of one element
  std::vector<std::optional<Type>> parameters;
  std::function<Result<std::vector<Value>>(std::span<const Value> arguments)> eval;
};
Result<ResolvedTableFunction> resolve_table_function(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings = {});

enum class FunctionKind { scalar, aggregate, table };
struct FunctionInfo {                          // for SHOW FUNCTIONS, DESCRIBE FUNCTION, completion and "did you mean"
  std::string name;
  FunctionKind kind;
  std::string category;
  std::string description;
  std::vector<std::string> signatures;         // ABS(number DOUBLE) -> DOUBLE
};
const std::vector<FunctionInfo>& all_functions();   // by name
std::optional<FunctionKind> function_kind(std::string_view name, const FunctionSettings& settings = {});   // any case

// CAST and the conversions that are done without being asked for (INTEGER -> BIGINT -> DECIMAL -> DOUBLE, literals).
Result<Value> cast_value(const Value& value, const Type& from, const Type& to);
bool castable(const Type& from, const Type& to);
bool implicitly_convertible(const Type& from, const Type& to);

}  // namespace braid::sql
