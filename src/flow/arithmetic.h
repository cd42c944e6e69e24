// Arithmetic, comparison and text matching on single values with Java's rules: integers wrap, division of whole numbers by zero fails, DOUBLE
// gives Infinity or NaN, DECIMAL results must be exact in the type's precision and scale. Pure.
#pragma once
#include <span>

#include "sql/expression.h"

namespace braid::flow {

// One strict operation (everything but column, and, or, case, call, lambda_parameter) on its arguments' values.
Result<data::Value> apply_operation(const sql::BoundExpression& expression, std::span<const data::Value> arguments);

bool like(std::string_view text, std::string_view pattern, char escape);   // % any text, _ one character (UTF-8); the whole text must match

inline std::int32_t wrap_add(std::int32_t a, std::int32_t b) { return std::int32_t(std::uint32_t(a) + std::uint32_t(b)); }
inline std::int64_t wrap_add(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) + std::uint64_t(b)); }
inline std::int32_t wrap_subtract(std::int32_t a, std::int32_t b) { return std::int32_t(std::uint32_t(a) - std::uint32_t(b)); }
inline std::int64_t wrap_subtract(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) - std::uint64_t(b)); }
inline std::int32_t wrap_multiply(std::int32_t a, std::int32_t b) { return std::int32_t(std::uint32_t(a) * std::uint32_t(b)); }
inline std::int64_t wrap_multiply(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) * std::uint64_t(b)); }
// b is not 0. The lowest number divided by -1 wraps.
template <class T> T wrap_divide(T a, T b) { return b == -1 ? wrap_subtract(T(0), a) : T(a / b); }
template <class T> T wrap_modulo(T a, T b) { return b == -1 ? T(0) : T(a % b); }

}  // namespace braid::flow
