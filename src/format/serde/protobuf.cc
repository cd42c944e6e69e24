// PROTOBUF (Confluent's wire format: zero byte, schema id, path to the message) and PROTOBUF_NOSR (bare messages of a schema that follows from the
// columns). Our own wire codec over message shapes: one pass notes where the wanted fields stand, a second puts them into the columns.
// A missing field is its type's default, except where the schema tells apart (optional, wrappers, messages): there it is null.
// Specification: protobuf.dev/programming-guides/encoding; Confluent's wire format for the message index.
#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/limits/texts.h"
#include "data/java_text.h"
#include "format/serde/protobuf_shape.h"
#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using data::Column;
using data::Decimal;
using data::Field;
using data::Int128;
using data::Kind;
using data::Type;
using data::Value;
using protobuf::FieldShape;
using protobuf::Known;
using protobuf::Message;
using protobuf::Shape;
using protobuf::Wire;

constexpr std::int64_t day_ms = 86'400'000;

// ---- calendar, for google.type.Date ----

std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - 719'468;
}
void date_of(std::int64_t days, std::int64_t& year, std::int64_t& month, std::int64_t& day) {
  const std::int64_t shifted = days + 719'468, era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097, of_era = shifted - era * 146'097;
  const std::int64_t y = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365, of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
  day = of_year - (153 * m + 2) / 5 + 1;
  month = m < 10 ? m + 3 : m - 9;
  year = y + era * 400 + (month <= 2);
}

// ---- reading ----

struct Piece {                 // one occurrence of a field
  std::uint64_t bits = 0;      // varint, fixed32, fixed64
  BytesView bytes{};           // length-delimited
  std::uint8_t wire_type = 0;
};

// The next field of a message. False at the end or on failure (r.ok() tells).
bool next(Reader& r, int& number, Piece& piece) {
  if (r.done() || !r.ok()) return false;
  const std::uint64_t tag = r.uvarint();
  number = int(tag >> 3);
  piece.wire_type = std::uint8_t(tag & 7);
  if (!r.ok() || number == 0 || tag >> 3 > 536'870'911) { r.set_failed(); return false; }
  switch (piece.wire_type) {
    case 0: piece.bits = r.uvarint(); break;
    case 1: piece.bits = r.le<std::uint64_t>(); break;
    case 2: { const std::uint64_t n = r.uvarint(); piece.bytes = n > r.remaining() ? (r.set_failed(), BytesView()) : r.bytes(std::size_t(n)); break; }
    case 5: piece.bits = r.le<std::uint32_t>(); break;
    default: r.set_failed();   // groups were never part of proto3
  }
  return r.ok();
}

std::uint8_t wire_type_of(Wire wire) {
  switch (wire) {
    case Wire::double_: case Wire::fixed64: case Wire::sfixed64: return 1;
    case Wire::float_: case Wire::fixed32: case Wire::sfixed32: return 5;
    case Wire::string: case Wire::bytes: case Wire::message: return 2;
    default: return 0;
  }
}

struct MessagePlan;

struct Slot {                                  // how a field of a message becomes a value
  const FieldShape* field = nullptr;           // null: the schema does not have it, always null
  Type to{};
  const MessagePlan* inner = nullptr;          // a STRUCT's fields; for a map the slots of key and value
  bool is_oneof = false;                       // inner holds one slot per choice
};

struct MessagePlan {
  std::vector<Slot> slots;                     // by column or by field of the STRUCT
  std::unordered_map<int, std::pair<std::uint32_t, std::uint32_t>> by_number;   // slot, and the choice inside a oneof
};

struct Found { std::vector<Piece> pieces; std::uint32_t choice = 0; };

class Plan {
 public:
  static Result<std::unique_ptr<Plan>> make(std::shared_ptr<const Shape> shape, const Message& message, const std::vector<Field>& columns) {
    auto plan = std::make_unique<Plan>();
    plan->shape_ = std::move(shape);
    TRY(plan->root_, plan->message_plan(message, columns, 0));
    plan->found_.resize(columns.size());
    return plan;
  }

  Result<void> read(BytesView bytes, std::span<Column* const> columns) {
    for (auto& f : found_) f.pieces.clear();
    Reader r(bytes);
    int number = 0;
    Piece piece;
    while (next(r, number, piece)) {
      const auto it = root_->by_number.find(number);
      if (it == root_->by_number.end() || columns[it->second.first] == nullptr) continue;
      note(root_->slots[it->second.first], it->second.second, piece, found_[it->second.first]);
    }
    if (!r.ok()) return broken();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i] != nullptr) TRY_VOID(append(root_->slots[i], found_[i], *columns[i]));
    return {};
  }

  Result<Value> read_struct(BytesView bytes) { return structure(*root_, bytes, 0); }

 private:
  static std::unexpected<Error> broken() { return fail(ErrorCode::invalid_input, "not readable as Protobuf: the bytes do not fit the schema's message"); }

  Result<const MessagePlan*> message_plan(const Message& message, const std::vector<Field>& fields, int depth) {
    if (depth > limits::schema_nesting_max) return fail(ErrorCode::invalid_input, "the Protobuf messages are nested too deep");
    plans_.emplace_back();
    MessagePlan& out = plans_.back();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      Slot slot{.to = fields[i].type};
      if (const FieldShape* f = message.find(fields[i].name)) {
        slot.field = f;
        out.by_number.emplace(f->number, std::pair(std::uint32_t(i), 0u));
        TRY(slot.inner, inner_of(*f, fields[i], depth));
      } else if (fields[i].type.is(Kind::struct_)) {
        for (std::size_t o = 0; o < message.oneofs.size(); ++o) {
          if (!same_name(message.oneofs[o] + "_" + std::to_string(o), fields[i].name)) continue;
          slot.is_oneof = true;
          TRY(slot.inner, message_plan(message, fields[i].type.fields(), depth + 1));
          for (const auto& [number, at] : slot.inner->by_number) out.by_number.emplace(number, std::pair(std::uint32_t(i), at.first));
        }
      }
      out.slots.push_back(slot);
    }
    return &out;
  }

  Result<const MessagePlan*> inner_of(const FieldShape& f, const Field& column, int depth) {
    const auto mismatch = [&] {
      const auto there = protobuf::sql_type_of(f);
      return fail(ErrorCode::invalid_input, "column " + column.name + " is " + column.type.text() + ", but the Protobuf schema has " + (there ? there->text() : "a message") + " there");
    };
    const Type& t = column.type;
    if (t.is(Kind::map)) {
      if (!f.repeated || f.message == nullptr || f.message->fields.size() != 2 || f.message->find("key") == nullptr || f.message->find("value") == nullptr) return mismatch();
      return message_plan(*f.message, {{"key", t.key()}, {"value", t.element()}}, depth + 1);
    }
    if (f.repeated != t.is(Kind::array)) return mismatch();
    const Type& one = t.is(Kind::array) ? t.element() : t;
    if (one.is(Kind::struct_)) {
      if (f.message == nullptr || f.known != Known::none) return mismatch();
      return message_plan(*f.message, one.fields(), depth + 1);
    }
    if (!fits(f, one)) return mismatch();
    return nullptr;
  }

  static bool fits(const FieldShape& f, const Type& t) {
    switch (f.known) {
      case Known::timestamp: return t.is(Kind::timestamp);
      case Known::date: return t.is(Kind::date);
      case Known::time_of_day: return t.is(Kind::time);
      case Known::decimal: return t.is(Kind::decimal);
      default: break;
    }
    if (f.wire == Wire::message) return false;
    if (t.is(Kind::string)) return f.wire != Wire::bytes;
    switch (f.wire) {
      case Wire::string: case Wire::enum_: return false;
      case Wire::bytes: return t.is(Kind::bytes);
      case Wire::bool_: return t.is(Kind::boolean);
      case Wire::double_: case Wire::float_: return t.is(Kind::double_);
      case Wire::int32: case Wire::sint32: case Wire::sfixed32: return t.is(Kind::integer) || t.is(Kind::bigint) || t.is(Kind::double_);
      default: return t.is(Kind::bigint) || t.is(Kind::integer) || t.is(Kind::double_);
    }
  }

  static void note(const Slot& slot, std::uint32_t choice, const Piece& piece, Found& found) {
    const bool many = slot.field != nullptr && slot.field->repeated;
    if (!many) found.pieces.clear();   // of several the last one counts
    found.pieces.push_back(piece);
    found.choice = choice;
  }

  // --- scalars ---

  static std::int64_t whole(Wire wire, std::uint64_t bits) {
    switch (wire) {
      case Wire::int32: case Wire::enum_: case Wire::sfixed32: return std::int32_t(bits);
      case Wire::uint32: case Wire::fixed32: return std::int64_t(std::uint32_t(bits));
      case Wire::sint32: return std::int32_t(unzigzag(bits));
      case Wire::sint64: return unzigzag(bits);
      default: return std::int64_t(bits);
    }
  }
  static double real(Wire wire, std::uint64_t bits) {
    return wire == Wire::double_ ? std::bit_cast<double>(bits) : wire == Wire::float_ ? double(std::bit_cast<float>(std::uint32_t(bits))) : double(whole(wire, bits));
  }
  static std::string enum_name(const FieldShape& f, std::int64_t number) {
    for (const auto& [n, name] : f.enumeration->values)
      if (n == number) return name;
    return "UNKNOWN_ENUM_VALUE_" + f.enumeration->name + "_" + std::to_string(number);
  }

  // A scalar's piece as bits or bytes: unpacks a wrapper; an empty one is the default.
  static bool unwrap(const FieldShape& f, Piece& piece) {
    if (f.known != Known::wrapper) return piece.wire_type == wire_type_of(f.wire);
    if (piece.wire_type != 2) return false;
    Reader r(piece.bytes);
    Piece inside{.wire_type = wire_type_of(f.wire)};
    Piece at;
    int number = 0;
    while (next(r, number, at))
      if (number == 1) inside = at;
    piece = inside;
    return r.ok() && piece.wire_type == wire_type_of(f.wire);
  }

  static Result<Value> scalar(const FieldShape& f, Piece piece, const Type& to) {
    if (f.known != Known::none && f.known != Known::wrapper) return known(f, piece, to);
    if (!unwrap(f, piece)) return broken();
    switch (to.kind()) {
      case Kind::boolean: return Value(piece.bits != 0);
      case Kind::integer: return Value(std::int32_t(whole(f.wire, piece.bits)));
      case Kind::bigint: return Value(whole(f.wire, piece.bits));
      case Kind::double_: return Value(real(f.wire, piece.bits));
      case Kind::bytes: return Value(data::Blob{std::string(piece.bytes)});
      default: break;
    }
    switch (f.wire) {
      case Wire::string: return Value(piece.bytes);
      case Wire::enum_: return Value(enum_name(f, whole(f.wire, piece.bits)));
      case Wire::bool_: return Value(piece.bits != 0 ? "true" : "false");
      case Wire::double_: case Wire::float_: return Value(data::java_double_text(real(f.wire, piece.bits)));
      default: return Value(std::to_string(whole(f.wire, piece.bits)));
    }
  }

  static Result<Value> known(const FieldShape& f, const Piece& piece, const Type& to) {
    if (piece.wire_type != 2) return broken();
    Reader r(piece.bytes);
    std::int64_t part[5] = {};
    BytesView digits;
    Piece at;
    int number = 0;
    while (next(r, number, at)) {
      if (number < 1 || number > 4) continue;
      part[number] = std::int64_t(at.bits);
      if (number == 1) digits = at.bytes;
    }
    if (!r.ok()) return broken();
    switch (f.known) {
      case Known::timestamp: return Value(data::Timestamp{std::int64_t(std::uint64_t(part[1]) * 1000) + part[2] / 1'000'000});
      case Known::date:
        if (part[1] < -10000 || part[1] > 10000 || part[2] < 1 || part[2] > 12 || part[3] < 1 || part[3] > 31) return broken();
        return Value(data::Date{std::int32_t(days_of(part[1], part[2], part[3]))});
      case Known::time_of_day: {
        const std::int64_t ms = ((std::int64_t(std::int32_t(part[1])) * 60 + std::int32_t(part[2])) * 60 + std::int32_t(part[3])) * 1000 + std::int32_t(part[4]) / 1'000'000;
        return Value(data::Time{std::int32_t(ms)});
      }
      default: {
        if (digits.size() > 16) return broken();
        Int128 v = !digits.empty() && digits[0] < 0 ? -1 : 0;
        for (const char c : digits) v = Int128(static_cast<unsigned __int128>(v) << 8 | static_cast<unsigned char>(c));
        // The record's own scale counts; without one (0 is not written) the schema's.
        const int scale = part[3] != 0 ? int(std::int32_t(part[3])) : part[2] != 0 ? 0 : f.scale;
        if (scale < -38 || scale > 38) return broken();
        TRY(const Decimal there, Decimal(v, scale).rescaled(to.scale()));
        return Value(there);
      }
    }
  }

  static Value missing(const FieldShape& f, const Type& to) {
    if (f.presence) return {};
    switch (to.kind()) {
      case Kind::boolean: return Value(false);
      case Kind::integer: return Value(0);
      case Kind::bigint: return Value(std::int64_t{0});
      case Kind::double_: return Value(0.0);
      case Kind::bytes: return {};   // as ksqlDB reads it: no bytes are null, unlike an empty text
      default: break;
    }
    if (f.wire == Wire::enum_) return f.enumeration->values.empty() ? Value() : Value(f.enumeration->values.front().second);
    if (f.wire == Wire::string) return Value("");
    return f.wire == Wire::bool_ ? Value("false") : f.wire == Wire::double_ || f.wire == Wire::float_ ? Value("0.0") : Value("0");
  }

  // --- columns and values ---

  Result<void> append(const Slot& slot, const Found& found, Column& column) {
    const FieldShape* f = slot.field;
    if (f == nullptr || f->repeated || slot.inner != nullptr || f->known != Known::none || found.pieces.empty()) {
      TRY(const Value v, value(slot, found, 0));
      column.append(v);
      return {};
    }
    const Piece& piece = found.pieces.back();
    if (piece.wire_type != wire_type_of(f->wire)) return broken();
    switch (slot.to.kind()) {
      case Kind::boolean: column.append_bool(piece.bits != 0); return {};
      case Kind::integer: column.append_int(std::int32_t(whole(f->wire, piece.bits))); return {};
      case Kind::bigint: column.append_long(whole(f->wire, piece.bits)); return {};
      case Kind::double_: column.append_double(real(f->wire, piece.bits)); return {};
      case Kind::bytes: column.append_view(piece.bytes); return {};
      case Kind::string:
        if (f->wire == Wire::string) { column.append_view(piece.bytes); return {}; }
        [[fallthrough]];
      default: {
        TRY(const Value v, scalar(*f, piece, slot.to));
        column.append(v);
        return {};
      }
    }
  }

  Result<Value> value(const Slot& slot, const Found& found, int depth) {
    if (slot.is_oneof) {
      if (found.pieces.empty()) return Value();
      data::Values fields(slot.to.fields().size());
      TRY(fields[found.choice], value(slot.inner->slots[found.choice], Found{found.pieces, 0}, depth + 1));
      return Value::structure(std::move(fields));
    }
    if (slot.field == nullptr) return Value();
    const FieldShape& f = *slot.field;
    if (slot.to.is(Kind::map)) return map(slot, found, depth);
    if (f.repeated) return array(slot, found, depth);
    if (found.pieces.empty()) return missing(f, slot.to);
    if (slot.inner != nullptr) {
      if (found.pieces.back().wire_type != 2) return broken();
      return structure(*slot.inner, found.pieces.back().bytes, depth + 1);
    }
    return scalar(f, found.pieces.back(), slot.to);
  }

  Result<Value> structure(const MessagePlan& plan, BytesView bytes, int depth) {
    if (depth > limits::json_nesting_max) return broken();
    std::vector<Found> found(plan.slots.size());
    Reader r(bytes);
    int number = 0;
    Piece piece;
    while (next(r, number, piece)) {
      const auto it = plan.by_number.find(number);
      if (it != plan.by_number.end()) note(plan.slots[it->second.first], it->second.second, piece, found[it->second.first]);
    }
    if (!r.ok()) return broken();
    data::Values fields;
    for (std::size_t i = 0; i < plan.slots.size(); ++i) {
      TRY(auto v, value(plan.slots[i], found[i], depth));
      fields.push_back(std::move(v));
    }
    return Value::structure(std::move(fields));
  }

  Result<Value> array(const Slot& slot, const Found& found, int depth) {
    const FieldShape& f = *slot.field;
    const Type& element = slot.to.element();
    data::Values items;
    const std::uint8_t wanted = f.known == Known::none ? wire_type_of(f.wire) : 2;
    for (const Piece& piece : found.pieces) {
      if (slot.inner != nullptr) {
        if (piece.wire_type != 2) return broken();
        TRY(auto v, structure(*slot.inner, piece.bytes, depth + 1));
        items.push_back(std::move(v));
      } else if (piece.wire_type == 2 && wanted != 2) {   // packed
        Reader r(piece.bytes);
        while (!r.done() && r.ok()) {
          Piece one{.wire_type = wanted};
          one.bits = wanted == 0 ? r.uvarint() : wanted == 1 ? r.le<std::uint64_t>() : r.le<std::uint32_t>();
          TRY(auto v, scalar(f, one, element));
          items.push_back(std::move(v));
        }
        if (!r.ok()) return broken();
      } else {
        TRY(auto v, scalar(f, piece, element));
        items.push_back(std::move(v));
      }
    }
    return Value::array(std::move(items));
  }

  Result<Value> map(const Slot& slot, const Found& found, int depth) {
    data::Entries entries;
    for (const Piece& piece : found.pieces) {
      if (piece.wire_type != 2) return broken();
      TRY(const Value pair, structure(*slot.inner, piece.bytes, depth + 1));
      const Value& key = pair.fields()[0];
      bool replaced = false;
      for (auto& e : entries)
        if (e.first == key) { e.second = pair.fields()[1]; replaced = true; }
      if (!replaced) entries.emplace_back(key, pair.fields()[1]);
    }
    return Value::map(std::move(entries));
  }

  std::shared_ptr<const Shape> shape_;   // shared: plans point into it
  std::deque<MessagePlan> plans_;
  const MessagePlan* root_ = nullptr;
  std::vector<Found> found_;             // by column; kept for its memory
};

// ---- writing ----

class MessageWriter {
 public:
  // Which field each column goes to; made once.
  static Result<std::vector<const FieldShape*>> fields_for(const Message& message, const std::vector<Field>& columns) {
    std::vector<const FieldShape*> out;
    for (const auto& c : columns) {
      const FieldShape* f = message.find(c.name);
      if (f == nullptr) return fail(ErrorCode::incompatible, "column " + c.name + " has no field in the Protobuf message " + message.full_name);
      TRY_VOID(check(*f, c.type, c.name));
      out.push_back(f);
    }
    return out;
  }

  static Result<void> field(const FieldShape& f, const Value& v, const Type& type, Bytes& out) {
    if (v.null()) return {};
    if (type.is(Kind::map)) {
      for (const auto& [key, item] : v.entries()) {
        Bytes entry;
        TRY_VOID(field(*f.message->find("key"), key.null() ? Value("") : key, type.key(), entry));
        TRY_VOID(field(*f.message->find("value"), item, type.element(), entry));
        delimited(f.number, entry, out);
      }
      return {};
    }
    if (!f.repeated) return single(f, v, type, out, f.presence);
    const Type& element = type.element();
    const std::uint8_t wire_type = f.known == Known::none ? wire_type_of(f.wire) : 2;
    if (wire_type != 2 && f.packed) {
      if (v.items().empty()) return {};
      Bytes packed;
      for (const auto& item : v.items()) TRY_VOID(bare(f, item, element, packed));
      delimited(f.number, packed, out);
      return {};
    }
    for (const auto& item : v.items()) TRY_VOID(single(f, item, element, out, true));
    return {};
  }

 private:
  static Result<void> check(const FieldShape& f, const Type& t, const std::string& name) {
    const auto there = protobuf::sql_type_of(f);
    const auto wrong = [&] {
      return fail(ErrorCode::incompatible, "column " + name + " is " + t.text() + ", which the Protobuf schema has no place for: it says " + (there ? there->text() : "a message"));
    };
    if (t.is(Kind::map)) {
      if (f.message == nullptr || !f.repeated || f.message->find("key") == nullptr || f.message->find("value") == nullptr) return wrong();
      return check(*f.message->find("value"), t.element(), name);
    }
    if (t.is(Kind::array) != f.repeated) return wrong();
    const Type& one = t.is(Kind::array) ? t.element() : t;
    if (one.is(Kind::struct_)) {
      if (f.message == nullptr || f.known != Known::none) return wrong();
      for (const auto& inner : one.fields()) {
        const FieldShape* g = f.message->find(inner.name);
        if (g == nullptr) return fail(ErrorCode::incompatible, "field " + inner.name + " of column " + name + " has no field in the Protobuf message " + f.message->full_name);
        TRY_VOID(check(*g, inner.type, name + "->" + inner.name));
      }
      return {};
    }
    const Type& seen = there->is(Kind::array) ? there->element() : *there;
    const bool number = one.is(Kind::integer) || one.is(Kind::bigint);
    if (seen.kind() == one.kind() || (number && (seen.is(Kind::integer) || seen.is(Kind::bigint) || seen.is(Kind::double_)))) return {};
    return wrong();
  }

  static void tag(int number, std::uint8_t wire_type, Bytes& out) { Writer(out).uvarint(std::uint64_t(number) << 3 | wire_type); }
  static void delimited(int number, BytesView bytes, Bytes& out) {
    tag(number, 2, out);
    Writer(out).uvarint(bytes.size());
    out += bytes;
  }
  static void varint_field(int number, std::int64_t v, Bytes& out) {
    if (v == 0) return;
    tag(number, 0, out);
    Writer(out).uvarint(std::uint64_t(v));
  }

  // One value with its tag. `always`: also a default, which proto3 leaves out where absence means the same.
  static Result<void> single(const FieldShape& f, const Value& v, const Type& type, Bytes& out, bool always) {
    if (f.known == Known::wrapper) {
      FieldShape inside = f;
      inside.known = Known::none;
      inside.number = 1;
      Bytes message;
      if (!v.null()) TRY_VOID(single(inside, v, type, message, false));
      delimited(f.number, message, out);
      return {};
    }
    if (type.is(Kind::struct_)) {
      Bytes message;
      if (!v.null())
        for (std::size_t i = 0; i < type.fields().size(); ++i) TRY_VOID(field(*f.message->find(type.fields()[i].name), v.fields()[i], type.fields()[i].type, message));
      delimited(f.number, message, out);
      return {};
    }
    if (f.known != Known::none) {
      Bytes message;
      if (!v.null()) known(v, type, message);
      delimited(f.number, message, out);
      return {};
    }
    const std::size_t before = out.size();
    tag(f.number, wire_type_of(f.wire), out);
    const std::size_t start = out.size();
    TRY_VOID(bare(f, v, type, out));
    if (!always) {   // a default is one or more zero bytes
      bool zero = true;
      for (std::size_t i = start; zero && i < out.size(); ++i) zero = out[i] == 0;
      if (zero && !(f.wire == Wire::double_ && std::signbit(v.to_double()))) out.resize(before);
    }
    return {};
  }

  static Result<void> bare(const FieldShape& f, const Value& v, const Type& type, Bytes& out) {
    Writer w(out);
    switch (f.wire) {
      case Wire::string: case Wire::bytes: {
        const BytesView bytes = v.null() ? BytesView() : type.is(Kind::bytes) ? BytesView(v.bytes()) : BytesView(v.string());
        w.uvarint(bytes.size());
        w.bytes(bytes);
        return {};
      }
      case Wire::enum_: {
        std::int32_t number = 0;
        if (!v.null()) {
          bool there = false;
          for (const auto& [n, name] : f.enumeration->values)
            if (name == v.string()) { number = n; there = true; }
          if (!there) return fail(ErrorCode::invalid_input, "'" + v.string() + "' is no value of the Protobuf enum " + f.enumeration->name);
        }
        w.uvarint(std::uint64_t(std::int64_t(number)));
        return {};
      }
      case Wire::bool_: w.u8(!v.null() && v.boolean()); return {};
      case Wire::double_: w.le(std::bit_cast<std::uint64_t>(v.null() ? 0.0 : v.to_double())); return {};
      case Wire::float_: w.le(std::bit_cast<std::uint32_t>(float(v.null() ? 0.0 : v.to_double()))); return {};
      default: break;
    }
    const std::int64_t n = v.null() ? 0 : v.to_int64();
    switch (f.wire) {
      case Wire::sint32: case Wire::sint64: w.varint(n); return {};
      case Wire::fixed32: case Wire::sfixed32: w.le(std::uint32_t(n)); return {};
      case Wire::fixed64: case Wire::sfixed64: w.le(std::uint64_t(n)); return {};
      case Wire::uint32: w.uvarint(std::uint32_t(n)); return {};
      default: w.uvarint(std::uint64_t(n)); return {};
    }
  }

  static void known(const Value& v, const Type& type, Bytes& out) {
    switch (type.kind()) {
      case Kind::timestamp: {
        std::int64_t seconds = v.timestamp().ms / 1000, ms = v.timestamp().ms % 1000;
        if (ms < 0) { ms += 1000; --seconds; }
        varint_field(1, seconds, out);
        varint_field(2, ms * 1'000'000, out);
        return;
      }
      case Kind::date: {
        std::int64_t year = 0, month = 0, day = 0;
        date_of(v.date().days, year, month, day);
        varint_field(1, year, out);
        varint_field(2, month, out);
        varint_field(3, day, out);
        return;
      }
      case Kind::time: {
        const std::int64_t ms = v.time().ms % day_ms;
        varint_field(1, ms / 3'600'000, out);
        varint_field(2, ms / 60'000 % 60, out);
        varint_field(3, ms / 1000 % 60, out);
        varint_field(4, ms % 1000 * 1'000'000, out);
        return;
      }
      default: {
        Int128 unscaled = v.decimal().unscaled();
        char bytes[16];
        for (int i = 15; i >= 0; --i) { bytes[i] = char(unscaled & 0xff); unscaled >>= 8; }
        std::size_t from = 0;
        while (from < 15 && ((bytes[from] == 0 && bytes[from + 1] >= 0) || (bytes[from] == -1 && bytes[from + 1] < 0))) ++from;
        delimited(1, {bytes + from, 16 - from}, out);
        varint_field(2, v.decimal().precision(), out);
        varint_field(3, v.decimal().scale(), out);
      }
    }
  }
};

// ---- the serde ----

class ProtobufSerde final : public Serde {
 public:
  ProtobufSerde(SerdeSpec spec, Schemas& schemas) : spec_(std::move(spec)), schemas_(schemas) {}

  Result<void> prepare() {
    bare_struct_ = spec_.unwrap_single && spec_.columns[0].type.is(Kind::struct_);
    fields_ = bare_struct_ ? spec_.columns[0].type.fields() : spec_.columns;
    const bool registry = spec_.format == Format::protobuf;
    if (registry && !spec_.write_schema_id) return {};
    SchemaText text;
    if (registry && spec_.write_schema) text = *spec_.write_schema;
    else { TRY(text, derive_protobuf(fields_, spec_.is_key, spec_.properties)); }
    TRY(shape_, Shape::parse(text));
    message_ = &shape_->first();
    if (const auto it = spec_.properties.find("FULL_SCHEMA_NAME"); it != spec_.properties.end() && registry) {
      message_ = shape_->find(data::trim_java(it->second));
      if (message_ == nullptr) return fail(ErrorCode::not_found, "the Protobuf schema has no message " + it->second);
    }
    TRY(targets_, MessageWriter::fields_for(*message_, fields_));
    if (!registry) { TRY(own_, Plan::make(shape_, *message_, fields_)); }
    return {};
  }

  Result<void> decode(BytesView payload, std::span<Column* const> columns) override {
    Plan* plan = own_.get();
    if (spec_.format == Format::protobuf) {
      const auto id = wire_schema_id(payload);
      if (!id) return no_wire_header(spec_.format, payload);
      payload.remove_prefix(wire_header_bytes);
      TRY(plan, plan_of(*id, payload));
    }
    if (!bare_struct_) return plan->read(payload, columns);
    if (columns[0] == nullptr) return {};
    TRY(const Value v, plan->read_struct(payload));
    columns[0]->append(v);
    return {};
  }

  Result<bool> encode(std::span<const Column* const> columns, std::size_t row, Bytes& out) override {
    if (spec_.unwrap_single && columns[0]->null(row)) return false;
    const std::size_t before = out.size();
    if (spec_.format == Format::protobuf) {
      if (!spec_.write_schema_id) return fail(ErrorCode::bug, "PROTOBUF needs the id of a registered schema to write with");
      append_wire_header(*spec_.write_schema_id, out);
      Writer w(out);
      if (message_->index == std::vector<int>{0}) w.u8(0);   // the usual case has a short form
      else {
        w.varint(std::int64_t(message_->index.size()));
        for (const int i : message_->index) w.varint(i);
      }
    }
    const Value bare = bare_struct_ ? columns[0]->get(row) : Value();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto done = MessageWriter::field(*targets_[i], bare_struct_ ? bare.fields()[i] : columns[i]->get(row), fields_[i].type, out);
      if (!done) {
        out.resize(before);
        return std::unexpected(done.error());
      }
    }
    return true;
  }

  std::optional<SchemaId> schema_id_of(BytesView payload) const override {
    return spec_.format == Format::protobuf ? wire_schema_id(payload) : std::nullopt;
  }

 private:
  // Moves payload behind the message index.
  Result<Plan*> plan_of(SchemaId id, BytesView& payload) {
    Reader r(payload);
    std::vector<int> index;
    const std::int64_t count = r.varint();
    if (count < 0 || count > limits::schema_nesting_max) return fail(ErrorCode::invalid_input, "not readable as Protobuf: the path to the message is broken");
    for (std::int64_t i = 0; i < count; ++i) index.push_back(int(r.varint()));
    if (!r.ok()) return fail(ErrorCode::invalid_input, "not readable as Protobuf: the path to the message is broken");
    if (index.empty()) index = {0};
    payload.remove_prefix(r.position());
    for (auto& p : plans_)
      if (p.id == id && p.index == index) return p.plan.get();
    const SchemaText* text = schemas_.by_id(id);
    if (text == nullptr) return fail(ErrorCode::not_found, "schema " + std::to_string(id.value) + " is not known here yet");
    if (text->type != "PROTOBUF") return fail(ErrorCode::invalid_input, "schema " + std::to_string(id.value) + " is of type " + text->type + ", not PROTOBUF");
    TRY(auto shape, Shape::parse(*text));
    const Message* message = shape->at(index);
    if (message == nullptr) return fail(ErrorCode::invalid_input, "not readable as Protobuf: schema " + std::to_string(id.value) + " has no message at the record's path");
    TRY(auto plan, Plan::make(std::move(shape), *message, fields_));
    plans_.push_back({id, std::move(index), std::move(plan)});
    return plans_.back().plan.get();
  }

  struct Known { SchemaId id; std::vector<int> index; std::unique_ptr<Plan> plan; };
  SerdeSpec spec_;
  Schemas& schemas_;
  bool bare_struct_ = false;                     // an unwrapped STRUCT: its message is the record
  std::vector<Field> fields_;
  std::shared_ptr<const Shape> shape_;           // what is written; shared with own_
  const Message* message_ = nullptr;
  std::vector<const FieldShape*> targets_;
  std::unique_ptr<Plan> own_;                    // PROTOBUF_NOSR
  std::vector<Known> plans_;
};

}  // namespace

Result<std::unique_ptr<Serde>> make_protobuf(SerdeSpec spec, Schemas& schemas) {
  auto serde = std::make_unique<ProtobufSerde>(std::move(spec), schemas);
  TRY_VOID(serde->prepare());
  return serde;
}

}  // namespace braid::format
