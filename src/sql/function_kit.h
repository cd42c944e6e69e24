// How functions are described: signatures as text, code as plain functions over values. Inside sql/ only; callers use sql/functions.h.
// The lists are in functions.cc (all names, alphabetical); the code is in functions_*.cc, aggregates.cc, table_functions.cc.
#pragma once
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sql/functions.h"

namespace braid::sql {

// One call of a scalar function. Everything is borrowed for the time of the call.
struct Arguments {
  std::span<const Value> values;
  std::span<const LambdaFunction> lambdas;
  const CallContext& context;
  const Type& type;                          // of the result
  std::span<const Type> types;               // of the values, after conversion; STRING where it was the literal NULL
  const void* prepared = nullptr;            // what Prepare made of the literals
  const Value& operator[](std::size_t i) const { return values[i]; }
  std::size_t size() const { return values.size(); }
  bool null(std::size_t i) const { return i >= values.size() || values[i].null(); }
};
using Code = Result<Value>(const Arguments&);
// Work that literal arguments allow to do once: a compiled pattern. Null when they are no literals; a bad literal fails per row, not here.
using Prepare = std::shared_ptr<const void>(std::span<const std::optional<Value>> literals);
using ResultType = Type(std::span<const Type> arguments);   // of signatures that end in -> DECIMAL or have a STRUCT there

enum class Nulls : std::uint8_t { give_null, are_seen };

struct ScalarFunction {
  std::string_view name;                     // in the case in which messages show it
  std::string_view category;
  std::string_view description;
  std::vector<std::string_view> signatures;  // (INT val, STRING... rest) -> ARRAY<T>
  Code* code;
  Nulls nulls = Nulls::give_null;
  ResultType* result_type = nullptr;
  Prepare* prepare = nullptr;
};

// What an aggregate is made from: types of all arguments of the call, constants where they are literals, type parameters by name.
struct AggregateArguments {
  std::span<const Type> types;
  std::span<const std::optional<Value>> constants;
  const FunctionSettings& settings;
};
using AggregateFactory = Result<ResolvedAggregate>(const AggregateArguments&);
struct AggregateFunction {
  std::string_view name;
  std::string_view description;
  std::vector<std::string_view> signatures;  // parameters behind a | are literals of the call: (T val | INT n) -> ARRAY<T>
  AggregateFactory* factory;
};

using TableCode = Result<std::vector<Value>>(std::span<const Value> arguments);
struct TableFunction {
  std::string_view name;
  std::string_view description;
  std::vector<std::string_view> signatures;
  TableCode* code;
  Nulls nulls = Nulls::give_null;            // give_null: no rows
};

struct FunctionPack {
  std::vector<ScalarFunction> scalars;
  std::vector<AggregateFunction> aggregates;
  std::vector<TableFunction> tables;
};

// Which signature fits the arguments, and what follows from it. Rules: first without conversions, then with; a signature without variadic
// parameter beats one with; fewer type parameters beat more; then the cheaper conversions, then the earlier signature. Variadic signatures
// that tie are ambiguous. Error texts are ksqlDB's.
struct SignatureMatch {
  std::size_t index = 0;
  std::optional<Type> result{};              // empty: the signature alone does not tell
  std::vector<std::optional<Type>> conversions;
  std::vector<Type> types;                   // after conversion
  std::vector<std::vector<Type>> lambda_parameters;
  std::vector<std::optional<Type>> lambda_results;   // by argument: what a lambda's result must be converted to, and from which type
  std::vector<Type> lambda_bodies;           // by argument; STRING where it is no lambda
  std::size_t variable_arguments = 0;        // how many stand before the |
};
Result<SignatureMatch> match_signature(std::string_view name, std::span<const std::string_view> signatures, std::span<const ArgumentType> arguments);
std::string shown_signature(std::string_view name, std::string_view signature, bool with_result);   // abs(INT val)

// Texts. Positions and lengths of SQL functions count UTF-16 units, as Java does; these take the short way when a text is ASCII.
bool is_ascii(std::string_view text);
std::size_t utf16_length(std::string_view text);
std::u16string to_utf16(std::string_view text);
std::string to_utf8(std::u16string_view text);

std::unexpected<Error> function_error(std::string message);

// Number conversions of Java: (int) d and (long) d cut off and stop at the ends; NaN is 0.
std::int32_t java_int(double v);
std::int64_t java_long(double v);
data::Decimal decimal_of_double(double v, bool& ok);   // BigDecimal.valueOf
Result<data::Decimal> fit_decimal(const data::Decimal& v, int precision, int scale);   // rounds half up; error when it does not fit
std::string sql_text(const Value& value, const Type& type, bool nested = false);   // CAST(x AS STRING)
Type wider_decimal(const Type& a, const Type& b);      // holds all values of both
Type decimal_type_of(const Type& number);              // INTEGER is DECIMAL(10, 0), BIGINT is DECIMAL(19, 0)

}  // namespace braid::sql
