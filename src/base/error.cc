#include "base/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace braid {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input: return "invalid_input";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::incompatible: return "incompatible";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::overloaded: return "overloaded";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::stopping: return "stopping";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::io: return "io";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::bug: return "bug";
  }
  return "bug";
}

Error&& Error::during(std::string_view step) && {
  message = std::string(step) + ": " + message;
  return std::move(*this);
}

std::string Error::text() const { return hint.empty() ? message : message + "\nhint: " + hint; }

std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint, std::optional<SourceSpan> where) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(hint), where});
}

std::string render(const Error& error, std::string_view source) {
  std::string out = "error: " + error.message + "\n";
  if (error.where && error.where->begin <= source.size()) {
    const std::size_t begin = error.where->begin;
    const std::size_t newline = begin == 0 ? std::string_view::npos : source.rfind('\n', begin - 1);
    const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
    const std::size_t line_end = std::min(source.find('\n', begin), source.size());
    const auto number = std::to_string(1 + std::count(source.begin(), source.begin() + std::ptrdiff_t(begin), '\n'));
    const std::size_t width = std::max<std::size_t>(1, std::min(error.where->end, line_end) - std::min(begin, line_end));
    out += "  " + number + " | " + std::string(source.substr(line_start, line_end - line_start)) + "\n";
    out += std::string(number.size() + 5 + (begin - line_start), ' ') + std::string(width, '^') + "\n";
  }
  if (!error.hint.empty()) out += "hint: " + error.hint + "\n";
  return out;
}

void assert_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "braid: internal error, please report it: '%s' does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace braid
