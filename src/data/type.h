// Logical types: what SQL, schemas, contracts and profiles share. A Type is a small immutable value; nested parts are shared, so copying is cheap.
// Thread-safe to copy and read. Texts are ksqlDB's: BIGINT, DECIMAL(4, 2), ARRAY<STRING>, MAP<STRING, INTEGER>, STRUCT<`A` INTEGER, `B` STRING>.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace braid::data {

enum class Kind : std::uint8_t { boolean, integer, bigint, double_, decimal, string, bytes, date, time, timestamp, array, map, struct_ };
std::string_view name_of(Kind kind);   // "INTEGER", "STRUCT"

struct Field;

class Type {
 public:
  Type() : Type(Kind::string) {}
  Type(Kind scalar) : kind_(scalar) {}   // NOLINT: a Kind is a Type; not for decimal, array, map, struct
  static Type decimal(int precision, int scale);
  static Type array(Type element);
  static Type map(Type key, Type value);
  static Type structure(std::vector<Field> fields);

  Kind kind() const { return kind_; }
  bool is(Kind k) const { return kind_ == k; }
  bool numeric() const { return kind_ == Kind::integer || kind_ == Kind::bigint || kind_ == Kind::double_ || kind_ == Kind::decimal; }
  bool nested() const { return kind_ >= Kind::array; }
  int precision() const { return precision_; }              // decimal
  int scale() const { return scale_; }
  const Type& element() const;                              // array; the value of a map
  const Type& key() const;                                  // map
  const std::vector<Field>& fields() const;                 // struct
  int field_index(std::string_view name) const;             // exact name; -1 when absent

  std::string text() const;                                 // struct field names in back-quotes
  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Nested;
  Kind kind_;
  std::int16_t precision_ = 0, scale_ = 0;
  std::shared_ptr<const Nested> nested_;
};

struct Field {
  std::string name;
  Type type;
  friend bool operator==(const Field&, const Field&) = default;
};

}  // namespace braid::data
