// Structured log lines: an event name and fields, never a sentence with values glued in. Thread-safe. One line of key=value (or JSON) to stderr.
// Nothing logs and returns the same error: whoever handles it says it.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace braid::log {

enum class Level { debug, info, warn, error, off };
enum class Style { text, json };

struct Field {
  std::string_view name;
  std::string value;
  bool quoted = true;  // numbers and booleans are not
  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v ? "true" : "false"), quoted(false) {}
  template <std::integral T> Field(std::string_view n, T v) : name(n), value(std::to_string(v)), quoted(false) {}
  Field(std::string_view n, double v) : name(n), value(std::to_string(v)), quoted(false) {}
};
using Fields = std::initializer_list<Field>;

void configure(Level level, Style style);  // once, at start
void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace braid::log
