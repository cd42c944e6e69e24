#include "data/column.h"

#include <algorithm>
#include <cstring>

namespace braid::data {

struct Column::Arena {
  static constexpr std::size_t block_bytes = 16 * 1024;
  std::vector<std::unique_ptr<char[]>> blocks;
  std::size_t left = 0;
  char* at = nullptr;

  std::string_view keep(std::string_view text) {
    if (text.size() > left) {
      const std::size_t size = std::max(block_bytes, text.size());
      blocks.push_back(std::make_unique<char[]>(size));
      at = blocks.back().get();
      left = size;
    }
    std::memcpy(at, text.data(), text.size());
    const std::string_view kept(at, text.size());
    at += text.size();
    left -= text.size();
    return kept;
  }
};

void Column::reserve(std::size_t rows) {
  valid_.reserve(rows);
  switch (type_.kind()) {
    case Kind::boolean: bools_.reserve(rows); break;
    case Kind::integer: case Kind::date: case Kind::time: ints_.reserve(rows); break;
    case Kind::bigint: case Kind::timestamp: longs_.reserve(rows); break;
    case Kind::double_: doubles_.reserve(rows); break;
    case Kind::string: case Kind::bytes: texts_.reserve(rows); break;
    default: values_.reserve(rows);
  }
}

Value Column::get(std::size_t row) const {
  if (null(row)) return {};
  switch (type_.kind()) {
    case Kind::boolean: return Value(bools_[row] != 0);
    case Kind::integer: return Value(ints_[row]);
    case Kind::date: return Value(Date{ints_[row]});
    case Kind::time: return Value(Time{ints_[row]});
    case Kind::bigint: return Value(longs_[row]);
    case Kind::timestamp: return Value(Timestamp{longs_[row]});
    case Kind::double_: return Value(doubles_[row]);
    case Kind::string: return Value(texts_[row]);
    case Kind::bytes: return Value(Blob{std::string(texts_[row])});
    default: return values_[row];
  }
}

void Column::append(const Value& value) {
  if (value.null()) return append_null();
  switch (type_.kind()) {
    case Kind::boolean: return append_bool(value.boolean());
    case Kind::integer: return append_int(value.integer());
    case Kind::date: return append_int(value.date().days);
    case Kind::time: return append_int(value.time().ms);
    case Kind::bigint: return append_long(value.bigint());
    case Kind::timestamp: return append_long(value.timestamp().ms);
    case Kind::double_: return append_double(value.real());
    case Kind::string: return append_text(value.string());
    case Kind::bytes: return append_text(value.bytes());
    default:
      valid_.push_back(1);
      values_.push_back(value);
  }
}

void Column::append_null() {
  valid_.push_back(0);
  ++nulls_;
  switch (type_.kind()) {
    case Kind::boolean: bools_.push_back(0); break;
    case Kind::integer: case Kind::date: case Kind::time: ints_.push_back(0); break;
    case Kind::bigint: case Kind::timestamp: longs_.push_back(0); break;
    case Kind::double_: doubles_.push_back(0); break;
    case Kind::string: case Kind::bytes: texts_.emplace_back(); break;
    default: values_.emplace_back();
  }
}

void Column::append_text(std::string_view v) {
  if (!arena_) arena_ = std::make_shared<Arena>();
  append_view(arena_->keep(v));
}

void Column::share_owners_of(const Column& other) {
  owners_.insert(owners_.end(), other.owners_.begin(), other.owners_.end());
  if (other.arena_) owners_.push_back(other.arena_);
}

void Column::set_valid(std::vector<std::uint8_t> valid, std::size_t rows) {
  if (valid.empty()) {
    valid_.assign(rows, 1);
    return;
  }
  BRAID_ASSERT(valid.size() == rows);
  valid_ = std::move(valid);
  nulls_ = std::size_t(std::count(valid_.begin(), valid_.end(), std::uint8_t{0}));
}

Column Column::of_bools(std::vector<std::uint8_t> data, std::vector<std::uint8_t> valid) {
  Column out(Kind::boolean);
  out.set_valid(std::move(valid), data.size());
  out.bools_ = std::move(data);
  return out;
}
Column Column::of_ints(Type type, std::vector<std::int32_t> data, std::vector<std::uint8_t> valid) {
  Column out(std::move(type));
  out.set_valid(std::move(valid), data.size());
  out.ints_ = std::move(data);
  return out;
}
Column Column::of_longs(Type type, std::vector<std::int64_t> data, std::vector<std::uint8_t> valid) {
  Column out(std::move(type));
  out.set_valid(std::move(valid), data.size());
  out.longs_ = std::move(data);
  return out;
}
Column Column::of_doubles(std::vector<double> data, std::vector<std::uint8_t> valid) {
  Column out(Kind::double_);
  out.set_valid(std::move(valid), data.size());
  out.doubles_ = std::move(data);
  return out;
}

Column Column::select(std::span<const std::uint32_t> rows) const {
  Column out(type_);
  out.valid_.reserve(rows.size());
  for (auto row : rows) {
    out.valid_.push_back(valid_[row]);
    out.nulls_ += valid_[row] == 0;
  }
  const auto pick = [&](const auto& from, auto& into) {
    if (from.empty()) return;
    into.reserve(rows.size());
    for (auto row : rows) into.push_back(from[row]);
  };
  pick(bools_, out.bools_);
  pick(ints_, out.ints_);
  pick(longs_, out.longs_);
  pick(doubles_, out.doubles_);
  pick(texts_, out.texts_);
  pick(values_, out.values_);
  if (!texts_.empty()) {
    out.owners_ = owners_;
    if (arena_) out.owners_.push_back(arena_);
  }
  return out;
}

}  // namespace braid::data
