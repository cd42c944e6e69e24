// Reading Avro records fast: a Program is compiled once from the writer's and the reader's schema, and then drives a sink of the caller with
// the values in the shape of the reader's schema, straight from the bytes. Fields that nobody wants are skipped; what the writer lacks comes
// from the reader's defaults. Programs are immutable: any number of threads may run one.
//
//   CO_TRY(auto program, Program::compile(writer, reader));
//   CO_TRY_VOID(program->decode(bytes, sink));
//
// A sink has these members; they are called in the order of the bytes (fields of a record need not come in the reader's order):
//   null_value() boolean(bool) int_value(int32_t) long_value(int64_t) float_value(float) double_value(double)
//   bytes(BytesView) string(BytesView) fixed(BytesView) enum_value(uint32_t symbol)          symbol: index into the reader's symbols
//   begin_record(const Node& reader)  field(uint32_t index)  end_record()                     field: before its value; index of the reader's field
//   begin_array()  item()  end_array()    begin_map()  key(BytesView)  end_map()              item and key: before each value
//   branch(uint32_t index)                                                                    before the value of a union of the reader
//
// Views are valid during the call only. Bounds: nesting at run time by limits::json_nesting_max, items that take no bytes by
// limits::avro_empty_items_max, everything else by the bytes themselves. Errors: corrupt (bytes that do not fit the writer's schema),
// incompatible (a value that the reader's schema has no place for; compile() refuses what can never work).
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "base/limits/texts.h"
#include "format/avro/binary.h"
#include "format/avro/schema.h"

namespace braid::format::avro {

enum class Op : std::uint8_t {
  null_, boolean, int_, long_, float_, double_, bytes, string, fixed, enum_, record, array, map,
  int_as_long, int_as_float, int_as_double, long_as_float, long_as_double, float_as_double, string_as_bytes, bytes_as_string,
  from_union,        // the writer has a union: its branch decides the next step
  to_union,          // the reader has a union: the value goes to one of its branches
  mismatch,          // a branch of the writer for which the reader has no place: an error when such a value comes
};

struct Step {
  Op op = Op::null_;
  const Node* writer = nullptr;
  const Node* reader = nullptr;
  std::uint32_t branch = 0;               // to_union
  bool empty_items = false;               // array: its items take no bytes
  const Step* inner = nullptr;            // items, or the step behind to_union
  std::vector<const Step*> branches;      // from_union
  std::vector<std::int32_t> symbols;      // enum: writer's index -> reader's, -1 none
  struct FieldStep { const Step* step; const Node* skip; std::uint32_t index; };   // step is null: skip
  std::vector<FieldStep> fields;          // record, in the writer's order
  struct DefaultStep { const Step* step; Bytes encoded; std::uint32_t index; };
  std::vector<DefaultStep> defaults;      // record: what the writer lacks
};

// Moves over one value. False: input.ok() is false.
bool skip(const Node& writer, Input& input, int depth = 0);
// A default of the reader's schema in binary, as the reader would write it.
Result<Bytes> encode_default(const Node& type, const JsonNode& value);

class Program {
 public:
  // `wanted` (by index of the reader's root fields) leaves out top-level fields; empty means all.
  static Result<std::shared_ptr<const Program>> compile(SchemaPtr writer, SchemaPtr reader, const std::vector<bool>& wanted = {});

  const Schema& writer() const { return *writer_; }
  const Schema& reader() const { return *reader_; }

  // One value, and nothing behind it.
  template <class Sink> Result<void> decode(BytesView bytes, Sink& sink) const {
    Input input(bytes);
    if (!run(*root_, input, sink, 0)) return failure(input);
    if (input.remaining() != 0) return trailing(input);
    return {};
  }

 private:
  friend class Compiler;
  template <class Sink> static bool run(const Step& step, Input& in, Sink& sink, int depth);
  template <class Sink> static bool run_record(const Step& step, Input& in, Sink& sink, int depth);
  template <class Sink> static bool run_blocks(const Step& step, Input& in, Sink& sink, int depth);
  std::unexpected<Error> failure(const Input& input) const;
  std::unexpected<Error> trailing(const Input& input) const;

  SchemaPtr writer_, reader_;             // shared: the steps point into them
  std::deque<Step> steps_;
  const Step* root_ = nullptr;
};
using ProgramPtr = std::shared_ptr<const Program>;   // shared by all who read this pair of schemas

template <class Sink> bool Program::run(const Step& step, Input& in, Sink& sink, int depth) {
  switch (step.op) {
    case Op::null_: sink.null_value(); return in.ok();
    case Op::boolean: { const bool v = in.boolean(); if (!in.ok()) return false; sink.boolean(v); return true; }
    case Op::int_: { const auto v = in.int_value(); if (!in.ok()) return false; sink.int_value(v); return true; }
    case Op::long_: { const auto v = in.long_value(); if (!in.ok()) return false; sink.long_value(v); return true; }
    case Op::float_: { const auto v = in.float_value(); if (!in.ok()) return false; sink.float_value(v); return true; }
    case Op::double_: { const auto v = in.double_value(); if (!in.ok()) return false; sink.double_value(v); return true; }
    case Op::bytes:
    case Op::string_as_bytes: { const auto v = in.bytes(); if (!in.ok()) return false; sink.bytes(v); return true; }
    case Op::string:
    case Op::bytes_as_string: { const auto v = in.bytes(); if (!in.ok()) return false; sink.string(v); return true; }
    case Op::fixed: { const auto v = in.take(std::size_t(step.writer->size)); if (!in.ok()) return false; sink.fixed(v); return true; }
    case Op::int_as_long: { const auto v = in.int_value(); if (!in.ok()) return false; sink.long_value(v); return true; }
    case Op::int_as_float: { const auto v = in.int_value(); if (!in.ok()) return false; sink.float_value(float(v)); return true; }
    case Op::int_as_double: { const auto v = in.int_value(); if (!in.ok()) return false; sink.double_value(double(v)); return true; }
    case Op::long_as_float: { const auto v = in.long_value(); if (!in.ok()) return false; sink.float_value(float(v)); return true; }
    case Op::long_as_double: { const auto v = in.long_value(); if (!in.ok()) return false; sink.double_value(double(v)); return true; }
    case Op::float_as_double: { const auto v = in.float_value(); if (!in.ok()) return false; sink.double_value(double(v)); return true; }
    case Op::enum_: {
      const auto v = in.long_value();
      if (v < 0 || std::size_t(v) >= step.symbols.size()) { in.fail("an enum symbol that does not exist"); return false; }
      if (step.symbols[std::size_t(v)] < 0) { in.fail("an enum symbol that the reader's schema does not have"); return false; }
      sink.enum_value(std::uint32_t(step.symbols[std::size_t(v)]));
      return in.ok();
    }
    case Op::record: return run_record(step, in, sink, depth + 1);
    case Op::array:
    case Op::map: return run_blocks(step, in, sink, depth + 1);
    case Op::from_union: {
      const auto v = in.long_value();
      if (v < 0 || std::size_t(v) >= step.branches.size()) { in.fail("a union branch that does not exist"); return false; }
      return in.ok() && run(*step.branches[std::size_t(v)], in, sink, depth);
    }
    case Op::to_union: sink.branch(step.branch); return run(*step.inner, in, sink, depth);
    case Op::mismatch: in.fail("a value for which the reader's schema has no place"); return false;
  }
  return false;
}

template <class Sink> bool Program::run_record(const Step& step, Input& in, Sink& sink, int depth) {
  if (depth > limits::json_nesting_max) { in.fail("values nested too deep"); return false; }
  if (!in.spend_fields(step.fields.size())) return false;
  sink.begin_record(*step.reader);
  for (const auto& field : step.fields) {
    if (field.step == nullptr) {
      if (!skip(*field.skip, in, depth)) return false;
    } else {
      sink.field(field.index);
      if (!run(*field.step, in, sink, depth)) return false;
    }
  }
  for (const auto& missing : step.defaults) {
    if (!in.spend_defaults(missing.encoded.size() + 1)) return false;
    Input value(missing.encoded);
    sink.field(missing.index);
    if (!run(*missing.step, value, sink, depth)) { in.fail(value.why()); return false; }
  }
  sink.end_record();
  return true;
}

template <class Sink> bool Program::run_blocks(const Step& step, Input& in, Sink& sink, int depth) {
  if (depth > limits::json_nesting_max) { in.fail("values nested too deep"); return false; }
  const bool map = step.op == Op::map;
  if (map) sink.begin_map(); else sink.begin_array();
  while (true) {
    auto count = in.long_value();
    if (count < 0) {
      if (count == INT64_MIN) { in.fail("a block with too many items"); return false; }
      count = -count;
      if (in.long_value() < 0) { in.fail("a negative block size"); return false; }
    }
    if (!in.ok()) return false;
    if (count == 0) break;
    if (step.empty_items ? !in.spend_empty_items(std::size_t(count)) : std::size_t(count) > in.remaining()) {
      in.fail("a block with more items than bytes");
      return false;
    }
    for (; count > 0; --count) {
      if (map) {
        const auto key = in.bytes();
        if (!in.ok()) return false;
        sink.key(key);
      } else {
        sink.item();
      }
      if (!run(*step.inner, in, sink, depth)) return false;
    }
  }
  if (map) sink.end_map(); else sink.end_array();
  return true;
}

}  // namespace braid::format::avro
