// AVRO: Confluent's wire format (a zero byte, the id of the writer's schema) and Avro's binary encoding. For each schema that records were written
// with, a plan is made once: which field goes into which column and how. Reading then runs over the bytes and appends to the columns directly;
// fields that nobody asked for are stepped over, text is not copied. Names match without regard to case, numbers widen, anything scalar becomes
// STRING when the column is one. Specification: Avro 1.12; conversions as Connect's AvroData and ksqlDB's translators do.
#include <charconv>
#include <deque>
#include <unordered_map>

#include "data/java_text.h"
#include "format/avro/codec.h"
#include "format/serde/avro_types.h"
#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using avro::Input;
using avro::Node;
using data::Column;
using data::Decimal;
using data::Field;
using data::Int128;
using data::Kind;
using data::Type;
using data::Value;

std::string describe(const Node& node) {
  const auto type = sql_type_of(node);
  return std::string(avro::name_of(node.type)) + (type ? " (" + type->text() + ")" : "");
}

// ---- reading ----

enum class Read : std::uint8_t {
  nothing,                                                      // the writer's null
  nullable,                                                     // [null, T] or [T, null]
  boolean, int_, int_to_long, int_to_double, long_, long_to_int, long_to_double, float_, double_, text, bytes, fixed, enum_,
  micros_to_timestamp, nanos_to_timestamp, millis_to_timestamp, micros_to_time, int_to_timestamp,
  decimal, as_text, array, map, entries, record, union_, branches,
};

struct ReadStep {
  Read op = Read::nothing;
  int null_branch = 0;
  const ReadStep* inner = nullptr;              // nullable: the value; array, map: the items; as_text: none
  const Node* node = nullptr;
  Type to{};
  struct FieldStep { const ReadStep* step; const Node* node; std::uint32_t target; };   // step is null: skip
  std::vector<FieldStep> fields{};              // record, entries: in the writer's order
  std::vector<const ReadStep*> branches{};      // branches: by the writer's index, null: give null; union_ (to a struct): the same
  std::vector<std::uint32_t> targets{};         // union_: the struct's field of each branch
};

Decimal decimal_of(BytesView big_endian, int scale, bool& ok) {
  ok = big_endian.size() <= 16;
  if (!ok) {   // leading sign bytes are fine
    const char sign = char(big_endian[0] < 0 ? -1 : 0);
    while (big_endian.size() > 16 && big_endian[0] == sign) big_endian.remove_prefix(1);
    ok = big_endian.size() <= 16;
    if (!ok) return {};
  }
  Int128 v = !big_endian.empty() && big_endian[0] < 0 ? -1 : 0;
  for (const char c : big_endian) v = Int128(static_cast<unsigned __int128>(v) << 8 | static_cast<unsigned char>(c));
  return {v, scale};
}

class ReadPlan {
 public:
  // Empty columns[i].name matches the root itself (an unwrapped value).
  static Result<std::unique_ptr<ReadPlan>> make(avro::SchemaPtr schema, const std::vector<Field>& columns, bool unwrapped) {
    auto plan = std::make_unique<ReadPlan>();
    plan->schema_ = std::move(schema);
    const Node& root = plan->schema_->root();
    if (unwrapped) {
      TRY(plan->root_, plan->step(root, columns[0].type, columns[0].name));
      return plan;
    }
    const Node* record = root.nullable_of() != nullptr ? root.nullable_of() : &root;
    if (record->type != avro::Type::record)
      return fail(ErrorCode::invalid_input, "the records are written as Avro " + describe(root) + ", not as records with fields",
                  columns.size() == 1 ? "WRAP_SINGLE_VALUE=false reads them into the one column" : "");
    plan->null_branch_ = record == &root ? -1 : root.null_branch();
    plan->missing_.assign(columns.size(), true);
    for (const auto& field : record->fields) {
      int column = -1;
      for (const bool exact : {true, false})
        for (std::size_t i = 0; column < 0 && i < columns.size(); ++i)
          if (plan->missing_[i] && (exact ? columns[i].name == field.name : same_name(columns[i].name, field.name))) column = int(i);
      // A name that differs in case only leaves the column to a field that is spelled the same.
      if (column >= 0 && columns[std::size_t(column)].name != field.name && record->find_field(columns[std::size_t(column)].name) != nullptr) column = -1;
      const ReadStep* made = nullptr;
      if (column >= 0) {
        TRY(made, plan->step(*field.type, columns[std::size_t(column)].type, columns[std::size_t(column)].name));
        plan->missing_[std::size_t(column)] = false;
      }
      plan->fields_.push_back({made, field.type, std::uint32_t(column)});
    }
    return plan;
  }

  Result<void> read(BytesView payload, std::span<Column* const> columns) const {
    Input in(payload);
    if (root_ != nullptr) {
      if (columns[0] != nullptr) cell(*root_, in, *columns[0]);
      else return {};
    } else {
      if (null_branch_ >= 0 && in.long_value() == null_branch_) {
        for (Column* column : columns)
          if (column != nullptr) column->append_null();
        return {};
      }
      for (const auto& field : fields_) {
        if (field.step != nullptr && columns[field.target] != nullptr) cell(*field.step, in, *columns[field.target]);
        else if (!avro::skip(*field.node, in)) break;
        if (!in.ok()) break;
      }
      for (std::size_t i = 0; i < missing_.size(); ++i)
        if (missing_[i] && columns[i] != nullptr) columns[i]->append_null();
    }
    if (!in.ok()) return fail(ErrorCode::invalid_input, std::string("not readable as Avro: ") + in.why());
    if (in.remaining() != 0) return fail(ErrorCode::invalid_input, "not readable as Avro: " + std::to_string(in.remaining()) + " bytes are left after the value");
    return {};
  }

 private:
  ReadStep& add(Read op, const Node& node, const Type& to) {
    steps_.push_back({.op = op, .node = &node, .to = to});
    return steps_.back();
  }

  Result<const ReadStep*> step(const Node& node, const Type& to, const std::string& column) {
    using enum avro::Type;
    if (node.type == union_) return union_step(node, to, column);
    if (node.type == null_) return &add(Read::nothing, node, to);
    if (to.is(Kind::string) && node.type != string && node.type != enum_) {
      if (node.type == record || node.type == array || node.type == map) return mismatch(node, to, column);
      const auto natural = sql_type_of(node);
      TRY(const ReadStep* inner, step(node, *natural, column));
      ReadStep& out = add(Read::as_text, node, *natural);
      out.inner = inner;
      return &out;
    }
    if (const auto d = avro_decimal(node)) {
      if (!to.is(Kind::decimal)) return mismatch(node, to, column);
      return &add(Read::decimal, node, to);
    }
    switch (node.type) {
      case boolean: return scalar(Read::boolean, node, to, to.is(Kind::boolean), column);
      case int_: {
        const Kind k = to.kind();
        const Read op = k == Kind::bigint ? Read::int_to_long : k == Kind::double_ ? Read::int_to_double : k == Kind::timestamp ? Read::int_to_timestamp : Read::int_;
        return scalar(op, node, to, k == Kind::integer || k == Kind::bigint || k == Kind::double_ || k == Kind::date || k == Kind::time || k == Kind::timestamp, column);
      }
      case long_: return long_step(node, to, column);
      case float_: return scalar(Read::float_, node, to, to.is(Kind::double_), column);
      case double_: return scalar(Read::double_, node, to, to.is(Kind::double_), column);
      case bytes: return scalar(Read::bytes, node, to, to.is(Kind::bytes), column);
      case fixed: return scalar(Read::fixed, node, to, to.is(Kind::bytes), column);
      case string: return scalar(Read::text, node, to, to.is(Kind::string), column);
      case enum_: return scalar(Read::enum_, node, to, to.is(Kind::string), column);
      case array: {
        if (to.is(Kind::map) && node.items->type == record && node.items->fields.size() == 2) return entries_step(node, to, column);
        if (!to.is(Kind::array)) return mismatch(node, to, column);
        TRY(const ReadStep* items, step(*node.items, to.element(), column));
        ReadStep& out = add(Read::array, node, to);
        out.inner = items;
        return &out;
      }
      case map: {
        if (!to.is(Kind::map)) return mismatch(node, to, column);
        TRY(const ReadStep* values, step(*node.items, to.element(), column));
        ReadStep& out = add(Read::map, node, to);
        out.inner = values;
        return &out;
      }
      case record: return record_step(node, to, column);
      default: return mismatch(node, to, column);
    }
  }

  Result<const ReadStep*> long_step(const Node& node, const Type& to, const std::string& column) {
    using enum avro::Logical;
    Read op = Read::long_;
    bool fits = true;
    switch (to.kind()) {
      case Kind::bigint: break;
      case Kind::integer: op = Read::long_to_int; break;
      case Kind::double_: op = Read::long_to_double; break;
      case Kind::timestamp:
        op = node.logical == timestamp_micros || node.logical == local_timestamp_micros ? Read::micros_to_timestamp
             : node.logical == timestamp_nanos || node.logical == local_timestamp_nanos ? Read::nanos_to_timestamp : Read::millis_to_timestamp;
        break;
      case Kind::time: op = Read::micros_to_time; fits = node.logical == time_micros; break;
      default: fits = false;
    }
    return scalar(op, node, to, fits, column);
  }

  Result<const ReadStep*> union_step(const Node& node, const Type& to, const std::string& column) {
    if (const Node* value = node.nullable_of()) {
      TRY(const ReadStep* inner, step(*value, to, column));
      ReadStep& out = add(Read::nullable, node, to);
      out.inner = inner;
      out.null_branch = node.null_branch();
      return &out;
    }
    std::size_t real = 0;
    for (const Node* branch : node.branches) real += branch->type != avro::Type::null_;
    std::vector<const ReadStep*> branches;
    std::vector<std::uint32_t> targets;
    const bool to_struct = to.is(Kind::struct_) && real > 1;
    for (const Node* branch : node.branches) {
      const ReadStep* made = nullptr;
      std::uint32_t target = 0;
      if (branch->type != avro::Type::null_) {
        if (to_struct) {
          int at = to.field_index(branch_name(*branch));
          for (std::size_t i = 0; at < 0 && i < to.fields().size(); ++i)
            if (same_name(to.fields()[i].name, branch_name(*branch))) at = int(i);
          if (at >= 0) {
            TRY(made, step(*branch, to.fields()[std::size_t(at)].type, column));
            target = std::uint32_t(at);
          }
        } else {
          TRY(made, step(*branch, to, column));
        }
      }
      branches.push_back(made);
      targets.push_back(target);
    }
    ReadStep& out = add(to_struct ? Read::union_ : Read::branches, node, to);
    out.branches = std::move(branches);
    out.targets = std::move(targets);
    return &out;
  }

  Result<const ReadStep*> entries_step(const Node& node, const Type& to, const std::string& column) {
    TRY(const ReadStep* key, step(*node.items->fields[0].type, to.key(), column));
    TRY(const ReadStep* value, step(*node.items->fields[1].type, to.element(), column));
    ReadStep& out = add(Read::entries, node, to);
    out.fields = {{key, node.items->fields[0].type, 0}, {value, node.items->fields[1].type, 1}};
    return &out;
  }

  Result<const ReadStep*> record_step(const Node& node, const Type& to, const std::string& column) {
    if (!to.is(Kind::struct_)) return mismatch(node, to, column);
    std::vector<ReadStep::FieldStep> fields;
    for (const auto& field : node.fields) {
      int at = to.field_index(field.name);
      for (std::size_t i = 0; at < 0 && i < to.fields().size(); ++i)
        if (same_name(to.fields()[i].name, field.name) && node.find_field(to.fields()[i].name) == nullptr) at = int(i);
      const ReadStep* made = nullptr;
      if (at >= 0) { TRY(made, step(*field.type, to.fields()[std::size_t(at)].type, column + "." + field.name)); }
      fields.push_back({made, field.type, std::uint32_t(at)});
    }
    ReadStep& out = add(Read::record, node, to);
    out.fields = std::move(fields);
    return &out;
  }

  Result<const ReadStep*> scalar(Read op, const Node& node, const Type& to, bool fits, const std::string& column) {
    if (!fits) return mismatch(node, to, column);
    return &add(op, node, to);
  }
  static std::unexpected<Error> mismatch(const Node& node, const Type& to, const std::string& column) {
    return fail(ErrorCode::invalid_input, "column " + column + " is " + to.text() + ", but the records are written with Avro " + describe(node) + " there");
  }

  static std::int64_t floored(std::int64_t v, std::int64_t by) { return v / by - (v % by < 0); }

  // Appends one value to the column. A failed input leaves any value; the caller looks at in.ok().
  static void cell(const ReadStep& s, Input& in, Column& column) {
    switch (s.op) {
      case Read::nullable:
        if (in.long_value() == s.null_branch) return column.append_null();
        return cell(*s.inner, in, column);
      case Read::nothing: return column.append_null();
      case Read::boolean: return column.append_bool(in.boolean());
      case Read::int_: return column.append_int(in.int_value());
      case Read::int_to_long: case Read::int_to_timestamp: return column.append_long(in.int_value());
      case Read::int_to_double: return column.append_double(in.int_value());
      case Read::long_: case Read::millis_to_timestamp: return column.append_long(in.long_value());
      case Read::long_to_double: return column.append_double(double(in.long_value()));
      case Read::long_to_int: return column.append_int(in.int_value());
      case Read::micros_to_timestamp: return column.append_long(floored(in.long_value(), 1000));
      case Read::nanos_to_timestamp: return column.append_long(floored(in.long_value(), 1'000'000));
      case Read::micros_to_time: return column.append_int(std::int32_t(in.long_value() / 1000));
      case Read::float_: return column.append_double(in.float_value());
      case Read::double_: return column.append_double(in.double_value());
      case Read::text: case Read::bytes: return column.append_view(in.bytes());
      case Read::fixed: return column.append_view(in.take(std::size_t(s.node->size)));
      case Read::enum_: {
        const auto symbol = in.long_value();
        if (symbol < 0 || std::size_t(symbol) >= s.node->symbols.size()) { in.fail("an enum symbol that does not exist"); return column.append_null(); }
        return column.append_text(s.node->symbols[std::size_t(symbol)]);
      }
      case Read::branches: {
        const ReadStep* branch = branch_of(s, in);
        return branch == nullptr ? column.append_null() : cell(*branch, in, column);
      }
      default: return column.append(value(s, in));
    }
  }

  static const ReadStep* branch_of(const ReadStep& s, Input& in) {
    const auto at = in.long_value();
    if (at < 0 || std::size_t(at) >= s.branches.size()) {
      in.fail("a union branch that does not exist");
      return nullptr;
    }
    return s.branches[std::size_t(at)];
  }

  static Value value(const ReadStep& s, Input& in) {
    switch (s.op) {
      case Read::nullable: return in.long_value() == s.null_branch ? Value() : value(*s.inner, in);
      case Read::nothing: return {};
      case Read::boolean: return Value(in.boolean());
      case Read::int_: {
        const auto v = in.int_value();
        return s.to.is(Kind::date) ? Value(data::Date{v}) : s.to.is(Kind::time) ? Value(data::Time{v}) : Value(v);
      }
      case Read::int_to_long: return Value(std::int64_t{in.int_value()});
      case Read::int_to_timestamp: return Value(data::Timestamp{in.int_value()});
      case Read::int_to_double: return Value(double(in.int_value()));
      case Read::long_: return Value(in.long_value());
      case Read::long_to_double: return Value(double(in.long_value()));
      case Read::long_to_int: return Value(in.int_value());
      case Read::millis_to_timestamp: return Value(data::Timestamp{in.long_value()});
      case Read::micros_to_timestamp: return Value(data::Timestamp{floored(in.long_value(), 1000)});
      case Read::nanos_to_timestamp: return Value(data::Timestamp{floored(in.long_value(), 1'000'000)});
      case Read::micros_to_time: return Value(data::Time{std::int32_t(in.long_value() / 1000)});
      case Read::float_: return Value(double(in.float_value()));
      case Read::double_: return Value(in.double_value());
      case Read::text: return Value(in.bytes());
      case Read::bytes: return Value(data::Blob{std::string(in.bytes())});
      case Read::fixed: return Value(data::Blob{std::string(in.take(std::size_t(s.node->size)))});
      case Read::enum_: {
        const auto symbol = in.long_value();
        if (symbol < 0 || std::size_t(symbol) >= s.node->symbols.size()) { in.fail("an enum symbol that does not exist"); return {}; }
        return Value(s.node->symbols[std::size_t(symbol)]);
      }
      case Read::decimal: return decimal(s, in);
      case Read::as_text: return text_of(s, in);
      case Read::array: return array(s, in);
      case Read::map: case Read::entries: return map(s, in);
      case Read::record: return record(s, in);
      case Read::branches: {
        const ReadStep* branch = branch_of(s, in);
        return branch == nullptr ? Value() : value(*branch, in);
      }
      case Read::union_: {
        const auto at = in.long_value();
        if (at < 0 || std::size_t(at) >= s.branches.size()) { in.fail("a union branch that does not exist"); return {}; }
        if (s.node->branches[std::size_t(at)]->type == avro::Type::null_) return {};
        data::Values fields(s.to.fields().size());
        if (s.branches[std::size_t(at)] == nullptr) avro::skip(*s.node->branches[std::size_t(at)], in);
        else fields[s.targets[std::size_t(at)]] = value(*s.branches[std::size_t(at)], in);
        return Value::structure(std::move(fields));
      }
    }
    return {};
  }

  static Value decimal(const ReadStep& s, Input& in) {
    const BytesView bytes = s.node->type == avro::Type::fixed ? in.take(std::size_t(s.node->size)) : in.bytes();
    if (!in.ok()) return {};
    bool ok = true;
    const Decimal v = decimal_of(bytes, avro_decimal(*s.node)->scale, ok);
    if (!ok) { in.fail("a decimal with more than 38 digits"); return {}; }
    if (v.scale() == s.to.scale()) return Value(v);
    const auto there = v.rescaled(s.to.scale());
    if (!there) { in.fail("a decimal with more than 38 digits"); return {}; }
    return Value(*there);
  }

  static Value text_of(const ReadStep& s, Input& in) {
    const Value v = value(*s.inner, in);
    if (v.null()) return {};
    switch (s.to.kind()) {   // of the natural type
      case Kind::boolean: return Value(v.boolean() ? "true" : "false");
      case Kind::double_: return Value(data::java_double_text(v.real()));
      case Kind::decimal: return Value(v.decimal().text());
      case Kind::bytes: return Value(v.bytes());
      case Kind::date: return Value(std::to_string(v.date().days));
      case Kind::time: return Value(std::to_string(v.time().ms));
      case Kind::timestamp: return Value(std::to_string(v.timestamp().ms));
      default: return Value(std::to_string(v.to_int64()));
    }
  }

  // Calls `item` for each item of an array or map; items of at least one byte are bounded by the input.
  template <class F> static void blocks(Input& in, F item) {
    while (in.ok()) {
      auto count = in.long_value();
      if (count < 0) {
        if (count == INT64_MIN) return in.fail("a block with too many items");
        count = -count;
        if (in.long_value() < 0) return in.fail("a negative block size");
      }
      if (count == 0 || !in.ok()) return;
      if (std::size_t(count) > in.remaining() && !in.spend_empty_items(std::size_t(count))) return in.fail("a block with more items than bytes");
      for (; count > 0 && in.ok(); --count) item();
    }
  }

  static Value array(const ReadStep& s, Input& in) {
    data::Values items;
    blocks(in, [&] { items.push_back(value(*s.inner, in)); });
    return Value::array(std::move(items));
  }
  static Value map(const ReadStep& s, Input& in) {
    data::Entries entries;
    blocks(in, [&] {
      Value key = s.op == Read::map ? Value(in.bytes()) : value(*s.fields[0].step, in);
      Value item = s.op == Read::map ? value(*s.inner, in) : value(*s.fields[1].step, in);
      for (auto& e : entries)
        if (e.first == key) { e.second = std::move(item); return; }
      entries.emplace_back(std::move(key), std::move(item));
    });
    return Value::map(std::move(entries));
  }
  static Value record(const ReadStep& s, Input& in) {
    data::Values fields(s.to.fields().size());
    for (const auto& f : s.fields) {
      if (!in.ok()) break;
      if (f.step == nullptr) avro::skip(*f.node, in);
      else fields[f.target] = value(*f.step, in);
    }
    return Value::structure(std::move(fields));
  }

  avro::SchemaPtr schema_;                       // shared: the steps point into it
  std::deque<ReadStep> steps_;
  const ReadStep* root_ = nullptr;               // unwrapped
  int null_branch_ = -1;                         // of a nullable root
  std::vector<ReadStep::FieldStep> fields_;      // wrapped: the writer's fields in order
  std::vector<std::uint8_t> missing_;            // columns that the writer does not have
};

// ---- writing ----

struct WriteStep {
  const Node* node = nullptr;
  int null_branch = -1, branch = -1;             // of a union around it
  Type from{};
  const WriteStep* inner = nullptr;
  struct FieldStep { const WriteStep* step; int source; Bytes instead; bool has_instead; };   // step null: always `instead`
  std::vector<FieldStep> fields{};
  const Bytes* instead = nullptr;                // what a null becomes where the schema takes none: the field's default
};

void put_decimal(Bytes& out, Int128 v, std::size_t fixed_size) {
  char bytes[16];
  for (int i = 15; i >= 0; --i) { bytes[i] = char(v & 0xff); v >>= 8; }
  std::size_t from = 0;   // as BigInteger.toByteArray: the fewest bytes with the sign bit right
  while (from < 15 && ((bytes[from] == 0 && bytes[from + 1] >= 0) || (bytes[from] == -1 && bytes[from + 1] < 0))) ++from;
  const BytesView shortest(bytes + from, 16 - from);
  if (fixed_size == 0) return avro::put_bytes(out, shortest);
  if (fixed_size > shortest.size()) out.append(fixed_size - shortest.size(), bytes[0] < 0 ? char(-1) : '\0');
  out.append(shortest.substr(shortest.size() - std::min(shortest.size(), fixed_size)));
}

class WritePlan {
 public:
  static Result<std::unique_ptr<WritePlan>> make(avro::SchemaPtr schema, const std::vector<Field>& columns, bool unwrapped) {
    auto plan = std::make_unique<WritePlan>();
    plan->schema_ = std::move(schema);
    const Node& root = plan->schema_->root();
    if (unwrapped) {
      TRY(plan->root_, plan->step(root, columns[0].type, columns[0].name));
      return plan;
    }
    TRY(plan->root_, plan->record_step(root, columns, "the record"));
    return plan;
  }

  Result<void> write_row(std::span<const Column* const> columns, std::size_t row, Bytes& out) const {
    if (root_->branch >= 0) avro::put_long(out, root_->branch);
    for (const auto& field : root_->fields) {
      if (field.step == nullptr) { out += field.instead; continue; }
      const Column& column = *columns[std::size_t(field.source)];
      if (column.null(row)) {
        if (field.step->null_branch >= 0) avro::put_long(out, field.step->null_branch);
        else if (field.has_instead) out += field.instead;
        else if (field.step->node->type != avro::Type::null_) return null_error(root_->node->fields[std::size_t(&field - root_->fields.data())].name);
        continue;
      }
      TRY_VOID(write_cell(*field.step, column, row, out));
    }
    return {};
  }
  Result<void> write_bare(const Column& column, std::size_t row, Bytes& out) const { return write_cell(*root_, column, row, out); }

 private:
  static std::unexpected<Error> null_error(const std::string& field) {
    return fail(ErrorCode::invalid_input, "field " + field + " is null, but the Avro schema takes no null there", "make the field a union with null, or give it a default");
  }
  static std::unexpected<Error> mismatch(const Node& node, const Type& from, const std::string& where) {
    return fail(ErrorCode::incompatible, "column " + where + " is " + from.text() + ", which the Avro schema has no place for: it says " + describe(node));
  }

  Result<const WriteStep*> step(const Node& node, const Type& from, const std::string& where) {
    using enum avro::Type;
    if (node.type == union_) {
      std::optional<Error> first;
      for (std::size_t i = 0; i < node.branches.size(); ++i) {
        if (node.branches[i]->type == null_) continue;
        auto made = step(*node.branches[i], from, where);
        if (!made) {
          if (!first) first = made.error();
          continue;
        }
        steps_.push_back(**made);
        steps_.back().branch = int(i);
        steps_.back().null_branch = -1;
        for (std::size_t n = 0; n < node.branches.size(); ++n)
          if (node.branches[n]->type == null_) steps_.back().null_branch = int(n);
        return &steps_.back();
      }
      if (first) return std::unexpected(*first);
      return mismatch(node, from, where);
    }
    bool fits = false;
    const Kind k = from.kind();
    switch (node.type) {
      case boolean: fits = k == Kind::boolean; break;
      case int_: fits = k == Kind::integer || k == Kind::date || k == Kind::time; break;
      case long_: fits = k == Kind::integer || k == Kind::bigint || k == Kind::timestamp || k == Kind::time; break;
      case float_: case double_: fits = k == Kind::integer || k == Kind::bigint || k == Kind::double_; break;
      case bytes: fits = avro_decimal(node) ? k == Kind::decimal : k == Kind::bytes; break;
      case fixed: fits = avro_decimal(node) ? k == Kind::decimal : k == Kind::bytes; break;
      case string: case enum_: fits = k == Kind::string; break;
      case array:
        if (k == Kind::map && node.items->type == record && node.items->fields.size() == 2) return entries_step(node, from, where);
        fits = k == Kind::array;
        break;
      case map: fits = k == Kind::map && from.key().is(Kind::string); break;
      case record: return k == Kind::struct_ ? record_step(node, from.fields(), where) : mismatch(node, from, where);
      default: fits = false;
    }
    if (!fits) return mismatch(node, from, where);
    const WriteStep* inner = nullptr;
    if (node.type == array || node.type == map) { TRY(inner, step(*node.items, from.element(), where)); }
    steps_.push_back({.node = &node, .from = from, .inner = inner});
    return &steps_.back();
  }

  Result<const WriteStep*> entries_step(const Node& node, const Type& from, const std::string& where) {
    TRY(const WriteStep* key, step(*node.items->fields[0].type, from.key(), where));
    TRY(const WriteStep* value, step(*node.items->fields[1].type, from.element(), where));
    WriteStep out{.node = &node, .from = from};
    out.fields.push_back({key, 0, {}, false});
    out.fields.push_back({value, 1, {}, false});
    steps_.push_back(std::move(out));
    return &steps_.back();
  }

  Result<const WriteStep*> record_step(const Node& node_or_union, const std::vector<Field>& from, const std::string& where) {
    const Node& node = node_or_union.nullable_of() != nullptr ? *node_or_union.nullable_of() : node_or_union;
    if (node.type != avro::Type::record) return fail(ErrorCode::incompatible, where + " needs an Avro record, the schema says " + describe(node));
    WriteStep out{.node = &node, .from = Type::structure(from)};
    if (&node != &node_or_union) {
      out.null_branch = node_or_union.null_branch();
      out.branch = 1 - out.null_branch;
    }
    std::size_t used = 0;
    for (const auto& field : node.fields) {
      int source = -1;
      for (std::size_t i = 0; source < 0 && i < from.size(); ++i)
        if (from[i].name == field.name) source = int(i);
      for (std::size_t i = 0; source < 0 && i < from.size(); ++i)
        if (same_name(from[i].name, field.name)) source = int(i);
      WriteStep::FieldStep f{nullptr, source, {}, false};
      if (field.default_value) {
        TRY(f.instead, avro::encode_default(*field.type, *field.default_value));
        f.has_instead = true;
      }
      if (source >= 0) {
        TRY(f.step, step(*field.type, from[std::size_t(source)].type, from[std::size_t(source)].name));
        ++used;
      } else if (!f.has_instead) {
        int null_branch = -1;
        for (std::size_t n = 0; n < field.type->branches.size(); ++n)
          if (field.type->branches[n]->type == avro::Type::null_) null_branch = int(n);
        if (null_branch < 0)
          return fail(ErrorCode::incompatible, "Missing default value for required Avro field: [" + field.name + "]. This field appears in Avro schema in Schema Registry");
        avro::put_long(f.instead, null_branch);
        f.has_instead = true;
      }
      out.fields.push_back(std::move(f));
    }
    if (used < from.size())
      for (const auto& f : from) {
        bool there = false;
        for (const auto& field : node.fields) there = there || same_name(field.name, f.name);
        if (!there) return fail(ErrorCode::incompatible, "column " + f.name + " has no field in the Avro schema of " + where);
      }
    steps_.push_back(std::move(out));
    return &steps_.back();
  }

  static Result<void> write_cell(const WriteStep& s, const Column& column, std::size_t row, Bytes& out) {
    if (s.branch >= 0) avro::put_long(out, s.branch);
    switch (s.from.kind()) {
      case Kind::boolean: avro::put_boolean(out, column.bools()[row]); return {};
      case Kind::integer: case Kind::date: case Kind::time: return put_number(s, column.ints()[row], out);
      case Kind::bigint: case Kind::timestamp: return put_number(s, column.longs()[row], out);
      case Kind::double_: put_real(s, column.doubles()[row], out); return {};
      case Kind::string:
      case Kind::bytes: return put_text(s, column.texts()[row], out);
      default: return write_inside(s, column.values()[row], out);
    }
  }

  static Result<void> put_number(const WriteStep& s, std::int64_t v, Bytes& out) {
    if (s.node->type == avro::Type::float_ || s.node->type == avro::Type::double_) { put_real(s, double(v), out); return {}; }
    using enum avro::Logical;
    if (s.node->logical == timestamp_micros || s.node->logical == local_timestamp_micros || s.node->logical == time_micros) v *= 1000;
    if (s.node->logical == timestamp_nanos || s.node->logical == local_timestamp_nanos) v *= 1'000'000;
    avro::put_long(out, v);
    return {};
  }
  static void put_real(const WriteStep& s, double v, Bytes& out) {
    if (s.node->type == avro::Type::float_) avro::put_float(out, float(v));
    else avro::put_double(out, v);
  }
  static Result<void> put_text(const WriteStep& s, BytesView v, Bytes& out) {
    switch (s.node->type) {
      case avro::Type::enum_:
        for (std::size_t i = 0; i < s.node->symbols.size(); ++i)
          if (s.node->symbols[i] == v) { avro::put_long(out, std::int64_t(i)); return {}; }
        return fail(ErrorCode::invalid_input, "'" + std::string(v.substr(0, 60)) + "' is no symbol of the Avro enum " + s.node->name.full());
      case avro::Type::fixed:
        if (v.size() != std::size_t(s.node->size))
          return fail(ErrorCode::invalid_input, "the Avro fixed " + s.node->name.full() + " takes " + std::to_string(s.node->size) + " bytes, got " + std::to_string(v.size()));
        avro::put_fixed(out, v);
        return {};
      default: avro::put_bytes(out, v); return {};
    }
  }

  static Result<void> write(const WriteStep& s, const Value& v, Bytes& out) {
    if (v.null()) {
      if (s.null_branch < 0) return null_error("a value inside " + describe(*s.node));
      avro::put_long(out, s.null_branch);
      return {};
    }
    if (s.branch >= 0) avro::put_long(out, s.branch);
    return write_inside(s, v, out);
  }
  static Result<void> write_inside(const WriteStep& s, const Value& v, Bytes& out) {
    switch (s.from.kind()) {
      case Kind::boolean: avro::put_boolean(out, v.boolean()); return {};
      case Kind::integer: return put_number(s, v.integer(), out);
      case Kind::bigint: return put_number(s, v.bigint(), out);
      case Kind::date: return put_number(s, v.date().days, out);
      case Kind::time: return put_number(s, v.time().ms, out);
      case Kind::timestamp: return put_number(s, v.timestamp().ms, out);
      case Kind::double_: put_real(s, v.real(), out); return {};
      case Kind::string: return put_text(s, v.string(), out);
      case Kind::bytes: return put_text(s, v.bytes(), out);
      case Kind::decimal: {
        TRY(const Decimal there, v.decimal().rescaled(avro_decimal(*s.node)->scale));
        put_decimal(out, there.unscaled(), s.node->type == avro::Type::fixed ? std::size_t(s.node->size) : 0);
        return {};
      }
      case Kind::array:
        if (!v.items().empty()) {
          avro::put_long(out, std::int64_t(v.items().size()));
          for (const auto& item : v.items()) TRY_VOID(write(*s.inner, item, out));
        }
        avro::put_long(out, 0);
        return {};
      case Kind::map:
        if (!v.entries().empty()) {
          avro::put_long(out, std::int64_t(v.entries().size()));
          for (const auto& [key, item] : v.entries()) {
            if (s.inner != nullptr) {
              if (key.null()) return null_error("a map key");
              avro::put_bytes(out, key.string());
              TRY_VOID(write(*s.inner, item, out));
            } else {
              TRY_VOID(write(*s.fields[0].step, key, out));
              TRY_VOID(write(*s.fields[1].step, item, out));
            }
          }
        }
        avro::put_long(out, 0);
        return {};
      case Kind::struct_:
        for (const auto& f : s.fields) {
          if (f.step == nullptr) { out += f.instead; continue; }
          const Value& field = v.fields()[std::size_t(f.source)];
          if (field.null() && f.step->null_branch < 0 && f.has_instead) out += f.instead;
          else TRY_VOID(write(*f.step, field, out));
        }
        return {};
    }
    return {};
  }

  avro::SchemaPtr schema_;
  std::deque<WriteStep> steps_;
  const WriteStep* root_ = nullptr;
};

class AvroSerde final : public Serde {
 public:
  AvroSerde(SerdeSpec spec, Schemas& schemas, std::unique_ptr<WritePlan> writer) : spec_(std::move(spec)), schemas_(schemas), writer_(std::move(writer)) {}

  Result<void> decode(BytesView payload, std::span<Column* const> columns) override {
    const auto id = wire_schema_id(payload);
    if (!id) return no_wire_header(spec_.format, payload);
    if (*id != last_id_ || last_ == nullptr) {
      TRY(last_, plan_of(*id));
      last_id_ = *id;
    }
    return last_->read(payload.substr(wire_header_bytes), columns);
  }

  Result<bool> encode(std::span<const Column* const> columns, std::size_t row, Bytes& out) override {
    if (spec_.unwrap_single && columns[0]->null(row)) return false;
    if (!spec_.write_schema_id || writer_ == nullptr) return fail(ErrorCode::bug, "AVRO needs the id of a registered schema to write with");
    const std::size_t before = out.size();
    append_wire_header(*spec_.write_schema_id, out);
    const auto done = spec_.unwrap_single ? writer_->write_bare(*columns[0], row, out) : writer_->write_row(columns, row, out);
    if (!done) {
      out.resize(before);
      return std::unexpected(done.error());
    }
    return true;
  }

  std::optional<SchemaId> schema_id_of(BytesView payload) const override { return wire_schema_id(payload); }

 private:
  Result<const ReadPlan*> plan_of(SchemaId id) {
    const auto it = plans_.find(id.value);
    if (it != plans_.end()) return it->second.get();
    const SchemaText* text = schemas_.by_id(id);
    if (text == nullptr) return fail(ErrorCode::not_found, "schema " + std::to_string(id.value) + " is not known here yet");
    if (text->type != "AVRO") return fail(ErrorCode::invalid_input, "schema " + std::to_string(id.value) + " is of type " + text->type + ", not AVRO");
    TRY(auto schema, avro::parse(text->text, text->references));
    TRY(auto plan, ReadPlan::make(std::move(schema), spec_.columns, spec_.unwrap_single));
    return plans_.emplace(id.value, std::move(plan)).first->second.get();
  }

  SerdeSpec spec_;
  Schemas& schemas_;
  std::unique_ptr<WritePlan> writer_;
  std::unordered_map<std::int32_t, std::unique_ptr<ReadPlan>> plans_;   // by the writer's schema id
  SchemaId last_id_{-1};
  const ReadPlan* last_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Serde>> make_avro(SerdeSpec spec, Schemas& schemas) {
  std::unique_ptr<WritePlan> writer;
  if (spec.write_schema_id) {
    SchemaText text;
    if (spec.write_schema) text = *spec.write_schema;
    else { TRY(text, derive_avro(spec.columns, spec.unwrap_single, spec.properties)); }
    TRY(auto schema, avro::parse(text.text, text.references));
    TRY(writer, WritePlan::make(std::move(schema), spec.columns, spec.unwrap_single));
  }
  return std::make_unique<AvroSerde>(std::move(spec), schemas, std::move(writer));
}

}  // namespace braid::format
