// JSON as people wrote it, for schema texts: keeps the order of the keys and the digits of the numbers, which decide canonical texts and ids.
// Records go through simdjson and API bodies through base/json.h; neither keeps both. Plain values and pure functions; no threads involved.
// Nesting is bounded by limits::schema_nesting_max. Specification: RFC 8259, with the extensions that Jackson takes where JsonDialect says so.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace braid::format {

struct JsonMember;

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool flag = false;                  // of a boolean
  std::string text;                   // a string's characters (UTF-8), or a number's digits as they were written
  std::vector<JsonNode> items;        // of an array
  std::vector<JsonMember> members;    // of an object, in the order of the text; of a name that comes twice the last value stays

  bool is_null() const { return kind == Kind::null; }
  bool is_boolean() const { return kind == Kind::boolean; }
  bool is_number() const { return kind == Kind::number; }
  bool is_string() const { return kind == Kind::string; }
  bool is_array() const { return kind == Kind::array; }
  bool is_object() const { return kind == Kind::object; }
  bool is_integer() const;            // a number without point and exponent
  double number() const;              // NaN unless it is a number; beyond a double's range infinite

  const JsonNode* find(std::string_view name) const;   // null when absent, or when this is no object
  void set(std::string name, JsonNode value);          // replaces, or appends

  static JsonNode of(std::string text);
  static JsonNode of_bool(bool flag);
  static JsonNode of_number(std::string digits);
  static JsonNode object();
  static JsonNode array();
};

struct JsonMember {
  std::string name;
  JsonNode value;
};

struct JsonDialect {
  bool comments = false;              // // and /* */, as Avro's own parser takes them
  bool not_a_number = false;          // NaN, Infinity and -Infinity as bare words
};

// The whole text is one value. The error carries the place (SourceSpan) and what was expected there.
Result<JsonNode> parse_json_text(std::string_view text, JsonDialect dialect = {});

// How numbers are printed.
enum class NumberStyle {
  as_written,        // the digits of the source
  java_double,       // whole numbers exact; others as Java prints a double: 1.0, 1.0E10
  java_decimal,      // as java.math.BigDecimal.toString prints: scale kept, 1e3 is 1E+3
};

std::string print_json_text(const JsonNode& node, NumberStyle style = NumberStyle::as_written);   // compact
void print_json_text(std::string& out, const JsonNode& node, NumberStyle style = NumberStyle::as_written);
void print_json_string(std::string& out, std::string_view text);   // with quotes; escapes only what must be, as Jackson does
JsonNode with_sorted_keys(const JsonNode& node);                    // all objects below too, by UTF-16 code units as Java sorts

std::string java_double_text(double value);          // Double.toString of Java 19 and later: the shortest digits
std::string java_decimal_text(std::string_view digits);

bool same_json(const JsonNode& a, const JsonNode& b);   // key order does not matter, numbers by value
bool less_utf16(std::string_view a, std::string_view b);

}  // namespace braid::format
