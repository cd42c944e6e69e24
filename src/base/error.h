// Errors as values: what was asked, what was seen, where, what to do next. See docs/decisions/2026-11-23-errors-as-values.md.
// Plain values; thread-safe to move between threads, no shared state.
#pragma once
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace braid {

// One list for the whole product. Each is mapped once to a Kafka error, an HTTP status and an exit code.
enum class ErrorCode {
  invalid_input,    // the caller's text, bytes or arguments are wrong
  not_found,        // the named thing does not exist
  already_exists,   // the named thing exists and may not be made again
  conflict,         // the state forbids it now (somebody else changed it, it is still used)
  incompatible,     // a schema or contract change breaks its readers
  unauthenticated,  // we do not know who asks
  forbidden,        // we know, and they may not
  unsupported,      // understood, but not built or not offered
  overloaded,       // a limit of base/limits.h was reached
  timeout,          // a deadline passed
  stopping,         // the node or the part is shutting down
  unavailable,      // a peer or a part cannot be reached
  io,               // the operating system said no
  corrupt,          // stored bytes do not check out
  bug,              // our own mistake, reported instead of hidden
};
std::string_view name_of(ErrorCode code);

// Bytes [begin, end) of the text the user gave us.
struct SourceSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::bug;
  std::string message;                    // one sentence: what was asked, what we saw
  std::string hint{};                     // what to do next; empty if nothing helps
  std::optional<SourceSpan> where{};      // bytes into the user's SQL, schema or file

  Error&& during(std::string_view step) &&;   // prefixes the step: "CREATE STREAM orders: ..."
  std::string text() const;                   // message, and the hint on a second line when there is one
};

template <class T = void> using Result = std::expected<T, Error>;

[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {},
                                          std::optional<SourceSpan> where = std::nullopt);

// What a terminal shows: message, the line with a caret under `where`, hint.
std::string render(const Error& error, std::string_view source);

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace braid

// For what we control; stays on in release. What others control (bytes, SQL, configuration) returns an Error instead.
#define BRAID_ASSERT(condition) \
  do { if (!(condition)) [[unlikely]] ::braid::assert_failed(#condition, __FILE__, __LINE__); } while (0)

#define BRAID_CONCAT_(a, b) a##b
#define BRAID_CONCAT(a, b) BRAID_CONCAT_(a, b)
#define BRAID_TRY_(tmp, ret, lhs, ...) \
  auto tmp = (__VA_ARGS__); \
  if (!tmp) [[unlikely]] ret std::unexpected(std::move(tmp).error()); \
  lhs = *std::move(tmp)
#define BRAID_TRY_VOID_(tmp, ret, ...) \
  do { auto tmp = (__VA_ARGS__); if (!tmp) [[unlikely]] ret std::unexpected(std::move(tmp).error()); } while (0)

// TRY(auto x, expr): x is the value, or the error leaves the function. TRY_VOID(expr) where there is no value to keep.
#define TRY(lhs, ...) BRAID_TRY_(BRAID_CONCAT(try_, __LINE__), return, lhs, __VA_ARGS__)
#define TRY_VOID(...) BRAID_TRY_VOID_(BRAID_CONCAT(try_, __LINE__), return, __VA_ARGS__)
// The same inside a coroutine; the expression may contain co_await.
#define CO_TRY(lhs, ...) BRAID_TRY_(BRAID_CONCAT(try_, __LINE__), co_return, lhs, __VA_ARGS__)
#define CO_TRY_VOID(...) BRAID_TRY_VOID_(BRAID_CONCAT(try_, __LINE__), co_return, __VA_ARGS__)
