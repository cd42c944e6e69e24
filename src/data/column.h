// Columns and batches: rows as the engine moves them, one typed array per column. Fast layouts for the scalar kinds; DECIMAL, ARRAY, MAP and
// STRUCT are kept as Values. Text and bytes are views; the column shares ownership of what they point into, so text decoded from a record is
// not copied. A Column is built by one owner (append) and then only read; not thread-safe while it is built.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "data/value.h"

namespace braid::data {

class Column {
 public:
  explicit Column(Type type = Kind::string) : type_(std::move(type)) {}

  const Type& type() const { return type_; }
  std::size_t size() const { return valid_.size(); }
  bool null(std::size_t row) const { return valid_[row] == 0; }
  bool any_null() const { return nulls_ > 0; }
  void reserve(std::size_t rows);

  // Any value of the column's type; null for null. Slow but general.
  Value get(std::size_t row) const;
  void append(const Value& value);
  void append_null();

  // Typed access for kernels. Which array is in use is decided by the type's kind:
  //   boolean -> bools; integer, date, time -> ints; bigint, timestamp -> longs; double -> doubles; string, bytes -> texts; others -> values.
  // Arrays have an entry for each row, null rows too (with an unspecified value).
  std::span<const std::uint8_t> bools() const { return bools_; }
  std::span<const std::int32_t> ints() const { return ints_; }
  std::span<const std::int64_t> longs() const { return longs_; }
  std::span<const double> doubles() const { return doubles_; }
  std::span<const std::string_view> texts() const { return texts_; }
  std::span<const Value> values() const { return values_; }
  std::span<const std::uint8_t> valid() const { return valid_; }

  void append_bool(bool v) { valid_.push_back(1); bools_.push_back(v); }
  void append_int(std::int32_t v) { valid_.push_back(1); ints_.push_back(v); }
  void append_long(std::int64_t v) { valid_.push_back(1); longs_.push_back(v); }
  void append_double(double v) { valid_.push_back(1); doubles_.push_back(v); }
  void append_view(std::string_view v) { valid_.push_back(1); texts_.push_back(v); }   // the bytes must be kept alive through share()
  void append_text(std::string_view v);                                                // copies into the column's own memory
  void share(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }
  void share_owners_of(const Column& other);   // after append_view of text that lives in `other`

  // Whole arrays at once, for kernels: `valid` empty means no row is null.
  static Column of_bools(std::vector<std::uint8_t> data, std::vector<std::uint8_t> valid = {});
  static Column of_ints(Type type, std::vector<std::int32_t> data, std::vector<std::uint8_t> valid = {});
  static Column of_longs(Type type, std::vector<std::int64_t> data, std::vector<std::uint8_t> valid = {});
  static Column of_doubles(std::vector<double> data, std::vector<std::uint8_t> valid = {});

  Column select(std::span<const std::uint32_t> rows) const;   // those rows, in that order; shares text

 private:
  void set_valid(std::vector<std::uint8_t> valid, std::size_t rows);
  Type type_;
  std::vector<std::uint8_t> valid_;
  std::size_t nulls_ = 0;
  std::vector<std::uint8_t> bools_;
  std::vector<std::int32_t> ints_;
  std::vector<std::int64_t> longs_;
  std::vector<double> doubles_;
  std::vector<std::string_view> texts_;
  std::vector<Value> values_;
  std::vector<std::shared_ptr<const void>> owners_;
  struct Arena;
  std::shared_ptr<Arena> arena_;   // shared with columns made by select()
};

}  // namespace braid::data
