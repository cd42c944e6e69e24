// One value of a logical type, or null. A plain value: copies are deep for text and cheap (shared, immutable) for arrays, maps and structs.
// Numbers follow Java, which is what ksqlDB's results are compared with: INTEGER and BIGINT wrap, DOUBLE prints as Double.toString does.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "data/type.h"

namespace braid::data {

__extension__ typedef __int128 Int128;

// unscaled * 10^-scale, up to 38 digits. 8-byte aligned on purpose: a Value stays at 40 bytes.
class Decimal {
 public:
  Decimal() = default;
  Decimal(Int128 unscaled, int scale) : low_(std::uint64_t(unscaled)), high_(std::int64_t(unscaled >> 64)), scale_(scale) {}
  Int128 unscaled() const { return (Int128(high_) << 64) | Int128(low_); }
  int scale() const { return scale_; }
  int precision() const;                      // digits of unscaled, at least 1 (as BigDecimal.precision)
  std::string text() const;                   // plain notation with all of its scale: 10.00 (BigDecimal.toPlainString)
  double to_double() const;
  static Result<Decimal> parse(std::string_view text);   // 1, -1.50, 1e3, .5
  // The same number with another scale. Rounds half up when digits are lost; Error{invalid_input} when it does not fit 38 digits.
  Result<Decimal> rescaled(int scale) const;
  bool fits(int precision, int scale) const;  // after rescaling to `scale` it has at most `precision` digits
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);   // by number: 1.0 equals 1.00
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  std::uint64_t low_ = 0;
  std::int64_t high_ = 0;
  std::int32_t scale_ = 0;
};

struct Blob { std::string bytes; friend auto operator<=>(const Blob&, const Blob&) = default; };
struct Date { std::int32_t days = 0; friend auto operator<=>(const Date&, const Date&) = default; };             // since 1970-01-01
struct Time { std::int32_t ms = 0; friend auto operator<=>(const Time&, const Time&) = default; };               // since midnight
struct Timestamp { std::int64_t ms = 0; friend auto operator<=>(const Timestamp&, const Timestamp&) = default; };  // since 1970 UTC

class Value;
using Values = std::vector<Value>;
using Entries = std::vector<std::pair<Value, Value>>;    // of a map, in the order in which they were put; keys are unique
struct Array { std::shared_ptr<const Values> items; };
struct Map { std::shared_ptr<const Entries> entries; };
struct Struct { std::shared_ptr<const Values> fields; }; // by position of the type's fields

class Value {
 public:
  using Rep = std::variant<std::monostate, bool, std::int32_t, std::int64_t, double, Decimal, std::string, Blob, Date, Time, Timestamp, Array, Map, Struct>;

  Value() = default;                          // null
  Value(bool v) : rep_(v) {}                  // NOLINT: a Value stands for any of these
  Value(std::int32_t v) : rep_(v) {}          // NOLINT
  Value(std::int64_t v) : rep_(v) {}          // NOLINT
  Value(double v) : rep_(v) {}                // NOLINT
  Value(Decimal v) : rep_(v) {}               // NOLINT
  Value(std::string v) : rep_(std::move(v)) {}   // NOLINT
  Value(std::string_view v) : rep_(std::string(v)) {}   // NOLINT
  Value(const char* v) : rep_(std::string(v)) {}   // NOLINT
  Value(Blob v) : rep_(std::move(v)) {}       // NOLINT
  Value(Date v) : rep_(v) {}                  // NOLINT
  Value(Time v) : rep_(v) {}                  // NOLINT
  Value(Timestamp v) : rep_(v) {}             // NOLINT
  static Value array(Values items) { return Value(Rep(Array{std::make_shared<const Values>(std::move(items))})); }
  static Value map(Entries entries) { return Value(Rep(Map{std::make_shared<const Entries>(std::move(entries))})); }
  static Value structure(Values fields) { return Value(Rep(Struct{std::make_shared<const Values>(std::move(fields))})); }

  bool null() const { return rep_.index() == 0; }
  bool boolean() const { return std::get<bool>(rep_); }
  std::int32_t integer() const { return std::get<std::int32_t>(rep_); }
  std::int64_t bigint() const { return std::get<std::int64_t>(rep_); }
  double real() const { return std::get<double>(rep_); }
  const Decimal& decimal() const { return std::get<Decimal>(rep_); }
  const std::string& string() const { return std::get<std::string>(rep_); }
  const std::string& bytes() const { return std::get<Blob>(rep_).bytes; }
  Date date() const { return std::get<Date>(rep_); }
  Time time() const { return std::get<Time>(rep_); }
  Timestamp timestamp() const { return std::get<Timestamp>(rep_); }
  const Values& items() const { return *std::get<Array>(rep_).items; }
  const Entries& entries() const { return *std::get<Map>(rep_).entries; }
  const Values& fields() const { return *std::get<Struct>(rep_).fields; }
  template <class T> bool holds() const { return std::holds_alternative<T>(rep_); }
  const Rep& rep() const { return rep_; }

  const Value* find(const Value& key) const;  // in a map; null pointer when absent
  std::int64_t to_int64() const;              // of INTEGER or BIGINT
  double to_double() const;                   // of any number

  // Same type and same value; null equals null; map entries in any order; NaN equals NaN. For grouping and joins: keys are compared by value.
  friend bool operator==(const Value& a, const Value& b);
  std::size_t hash() const;                   // agrees with ==
  // Order of two values of one ordered type (numbers also across types). Null is below everything.
  friend std::weak_ordering compare(const Value& a, const Value& b);

  std::string debug_text() const;             // for tests and logs, not for users

 private:
  explicit Value(Rep rep) : rep_(std::move(rep)) {}
  Rep rep_;
};

struct ValueHash { std::size_t operator()(const Value& v) const { return v.hash(); } };
struct ValuesHash { std::size_t operator()(const Values& v) const; };

std::string java_double_text(double v);       // Double.toString: shortest digits, 1.0E10, 0.001, NaN, Infinity

}  // namespace braid::data
