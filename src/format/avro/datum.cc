#include "format/avro/datum.h"

#include <cmath>

namespace braid::format::avro {
namespace {

// Builds the tree from the events; `stack` holds the containers under way.
struct TreeSink {
  Datum root;
  struct Level { Datum* datum; std::size_t field; };
  std::vector<Level> stack;

  Datum& place() {
    if (stack.empty()) return root;
    auto& level = stack.back();
    Datum& parent = *level.datum;
    if (parent.type == Type::record) return parent.items[level.field];
    if (parent.type == Type::map) return parent.entries.back().second;
    if (parent.type == Type::union_) { stack.pop_back(); return parent.items[0]; }
    return parent.items.back();
  }
  Datum& put(Type type) { Datum& d = place(); d.type = type; return d; }
  void null_value() { put(Type::null_); }
  void boolean(bool v) { put(Type::boolean).whole = v; }
  void int_value(std::int32_t v) { put(Type::int_).whole = v; }
  void long_value(std::int64_t v) { put(Type::long_).whole = v; }
  void float_value(float v) { put(Type::float_).real = v; }
  void double_value(double v) { put(Type::double_).real = v; }
  void bytes(BytesView v) { put(Type::bytes).bytes = Bytes(v); }
  void string(BytesView v) { put(Type::string).bytes = Bytes(v); }
  void fixed(BytesView v) { put(Type::fixed).bytes = Bytes(v); }
  void enum_value(std::uint32_t symbol) { put(Type::enum_).whole = symbol; }
  void begin_record(const Node& reader) {
    Datum& d = put(Type::record);
    d.items.resize(reader.fields.size());
    stack.push_back({&d, 0});
  }
  void field(std::uint32_t index) { stack.back().field = index; }
  void end_record() { stack.pop_back(); }
  void begin_array() { stack.push_back({&put(Type::array), 0}); }
  void item() { stack.back().datum->items.emplace_back(); }
  void end_array() { stack.pop_back(); }
  void begin_map() { stack.push_back({&put(Type::map), 0}); }
  void key(BytesView k) { stack.back().datum->entries.emplace_back(Bytes(k), Datum{}); }
  void end_map() { stack.pop_back(); }
  void branch(std::uint32_t index) {
    Datum& d = put(Type::union_);
    d.whole = index;
    d.items.resize(1);
    stack.push_back({&d, 0});
  }
};

Result<void> wrong(const Node& schema, const Datum& value) {
  return fail(ErrorCode::invalid_input, "a value of type " + std::string(name_of(value.type)) + " does not fit " + std::string(name_of(schema.type)));
}

void json_into(std::string& out, const Node& schema, const Datum& value);

void json_bytes(std::string& out, const Bytes& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto b = std::uint8_t(c);
    if (b < 0x80) { text.push_back(c); continue; }
    text.push_back(char(0xc0 | (b >> 6)));
    text.push_back(char(0x80 | (b & 0x3f)));
  }
  print_json_string(out, text);
}

void json_real(std::string& out, double value) {
  if (std::isfinite(value)) out += java_double_text(value);
  else print_json_string(out, java_double_text(value));
}

void json_record(std::string& out, const Node& schema, const Datum& value) {
  out.push_back('{');
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    if (i != 0) out.push_back(',');
    print_json_string(out, schema.fields[i].name);
    out.push_back(':');
    json_into(out, *schema.fields[i].type, value.items[i]);
  }
  out.push_back('}');
}

void json_into(std::string& out, const Node& schema, const Datum& value) {
  switch (value.type) {
    case Type::null_: out += "null"; return;
    case Type::boolean: out += value.whole != 0 ? "true" : "false"; return;
    case Type::int_:
    case Type::long_: out += std::to_string(value.whole); return;
    case Type::float_:
    case Type::double_: json_real(out, value.real); return;
    case Type::string: print_json_string(out, value.bytes); return;
    case Type::bytes:
    case Type::fixed: json_bytes(out, value.bytes); return;
    case Type::enum_: print_json_string(out, schema.symbols[std::size_t(value.whole)]); return;
    case Type::union_: json_into(out, *schema.branches[std::size_t(value.whole)], value.items[0]); return;
    case Type::record: json_record(out, schema, value); return;
    case Type::array:
      out.push_back('[');
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i != 0) out.push_back(',');
        json_into(out, *schema.items, value.items[i]);
      }
      out.push_back(']');
      return;
    case Type::map:
      out.push_back('{');
      for (std::size_t i = 0; i < value.entries.size(); ++i) {
        if (i != 0) out.push_back(',');
        print_json_string(out, value.entries[i].first);
        out.push_back(':');
        json_into(out, *schema.items, value.entries[i].second);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace

Result<Datum> decode(const Program& program, BytesView bytes) {
  TreeSink sink;
  TRY_VOID(program.decode(bytes, sink));
  return std::move(sink.root);
}

Result<std::string> decode_to_json(const Program& program, BytesView bytes) {
  TRY(auto value, decode(program, bytes));
  std::string out;
  json_into(out, program.reader().root(), value);
  return out;
}

Result<void> encode(const Node& schema, const Datum& value, Bytes& out) {
  if (schema.type != value.type) return wrong(schema, value);
  switch (schema.type) {
    case Type::null_: return {};
    case Type::boolean: put_boolean(out, value.whole != 0); return {};
    case Type::int_:
      if (value.whole < INT32_MIN || value.whole > INT32_MAX) return wrong(schema, value);
      put_long(out, value.whole);
      return {};
    case Type::long_: put_long(out, value.whole); return {};
    case Type::float_: put_float(out, float(value.real)); return {};
    case Type::double_: put_double(out, value.real); return {};
    case Type::bytes:
    case Type::string: put_bytes(out, value.bytes); return {};
    case Type::fixed:
      if (value.bytes.size() != std::size_t(schema.size)) return wrong(schema, value);
      put_fixed(out, value.bytes);
      return {};
    case Type::enum_:
      if (value.whole < 0 || std::size_t(value.whole) >= schema.symbols.size()) return wrong(schema, value);
      put_long(out, value.whole);
      return {};
    case Type::record:
      if (value.items.size() != schema.fields.size()) return wrong(schema, value);
      for (std::size_t i = 0; i < schema.fields.size(); ++i)
        if (auto done = encode(*schema.fields[i].type, value.items[i], out); !done)
          return std::unexpected(std::move(done).error().during("field " + schema.fields[i].name));
      return {};
    case Type::array:
      if (!value.items.empty()) put_long(out, std::int64_t(value.items.size()));
      for (const auto& item : value.items) TRY_VOID(encode(*schema.items, item, out));
      put_long(out, 0);
      return {};
    case Type::map:
      if (!value.entries.empty()) put_long(out, std::int64_t(value.entries.size()));
      for (const auto& [key, entry] : value.entries) {
        put_bytes(out, key);
        TRY_VOID(encode(*schema.items, entry, out));
      }
      put_long(out, 0);
      return {};
    case Type::union_:
      if (value.whole < 0 || std::size_t(value.whole) >= schema.branches.size() || value.items.size() != 1) return wrong(schema, value);
      put_long(out, value.whole);
      return encode(*schema.branches[std::size_t(value.whole)], value.items[0], out);
  }
  return {};
}

}  // namespace braid::format::avro
