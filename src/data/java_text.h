// Texts of numbers as Java reads and writes them, for data that Java programs write and read: JSON, DELIMITED, casts from text. Pure functions.
// Specification: Integer.parseInt, Long.parseLong, Double.parseDouble, BigDecimal.toString of Java 17.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::data {

std::optional<std::int32_t> parse_java_int(std::string_view text);    // sign and ASCII digits, nothing else; empty when out of range
std::optional<std::int64_t> parse_java_long(std::string_view text);
// Also with white space around, a d or f behind, NaN and Infinity. Numbers beyond a double are infinite or zero, as in Java. No hexadecimal form.
std::optional<double> parse_java_double(std::string_view text);
// What `new BigDecimal(text).toString()` gives for the text of a JSON number: 1.10 stays, 1e3 is 1E+3, 0.0000001 is 1E-7.
std::string big_decimal_text(std::string_view number);
// Double.toString into `at` (at least 32 bytes); returns the length.
std::size_t write_java_double(double v, char* at);

std::string_view trim_java(std::string_view text);   // String.trim: everything up to U+0020 off both ends

}  // namespace braid::data
