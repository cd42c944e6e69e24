// JSON as the case files have it: comments allowed, numbers kept as they were written, fields in order. Pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace braid::cases {

struct Json {
  enum class Kind { null, boolean, number, string, array, object } kind = Kind::null;
  bool boolean = false;
  std::string text{};                            // a number as written, or a string's characters
  std::vector<Json> items{};
  std::vector<std::pair<std::string, Json>> fields{};

  bool null() const { return kind == Kind::null; }
  bool is(Kind k) const { return kind == k; }
  const Json* find(std::string_view name) const;                 // exact name
  const Json* find_any_case(std::string_view name) const;        // exact first, then whatever the case
  std::string string_or(std::string_view name, std::string otherwise) const;
  long long int_or(std::string_view name, long long otherwise) const;
};

Result<Json> parse_json(std::string_view text);
std::string print(const Json& json);             // compact
std::string quoted(std::string_view text);

// A decimal number as BigDecimal has it: digits without leading zeros, sign, scale.
struct Number { bool negative = false; std::string digits; long long scale = 0; };
Number number_of(std::string_view text);
bool whole(const Number& n);                     // scale <= 0
bool identical(const Number& a, const Number& b);
bool same_value(const Number& a, const Number& b);

}  // namespace braid::cases
