#include "format/serde/json_write.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/base64.h"
#include "data/java_text.h"

namespace braid::format {

using data::Column;
using data::Kind;
using data::Type;
using data::Value;

void write_json_text(std::string_view text, Bytes& out) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += "\\u00"; out += "0123456789ABCDEF"[c >> 4]; out += "0123456789ABCDEF"[c & 15];
    }
  }
  out.append(text, from);
  out += '"';
}

namespace {

template <class N> void write_number(N v, Bytes& out) {
  char buffer[24];
  out.append(buffer, std::size_t(std::to_chars(buffer, buffer + sizeof buffer, v).ptr - buffer));
}

void write_double(double v, Bytes& out) {
  char buffer[40];
  const std::string_view text(buffer, data::write_java_double(v, buffer));
  if (std::isfinite(v)) out += text;
  else write_json_text(text, out);   // as Jackson does; read back as a text
}

void write_base64(BytesView bytes, Bytes& out) {
  out += '"';
  append_base64(out, bytes);
  out += '"';
}

void write_value(const Value& value, const Type& type, Bytes& out) {
  if (value.null()) {
    out += "null";
    return;
  }
  switch (type.kind()) {
    case Kind::boolean: out += value.boolean() ? "true" : "false"; return;
    case Kind::integer: write_number(value.integer(), out); return;
    case Kind::bigint: write_number(value.bigint(), out); return;
    case Kind::double_: write_double(value.real(), out); return;
    case Kind::decimal: out += value.decimal().text(); return;
    case Kind::string: write_json_text(value.string(), out); return;
    case Kind::bytes: write_base64(value.bytes(), out); return;
    case Kind::date: write_number(value.date().days, out); return;
    case Kind::time: write_number(value.time().ms, out); return;
    case Kind::timestamp: write_number(value.timestamp().ms, out); return;
    case Kind::array: {
      out += '[';
      bool first = true;
      for (const auto& item : value.items()) {
        if (!std::exchange(first, false)) out += ',';
        write_value(item, type.element(), out);
      }
      out += ']';
      return;
    }
    case Kind::map: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : value.entries()) {
        if (!std::exchange(first, false)) out += ',';
        write_json_text(key.null() ? "null" : key.string(), out);
        out += ':';
        write_value(item, type.element(), out);
      }
      out += '}';
      return;
    }
    case Kind::struct_: {
      out += '{';
      for (std::size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) out += ',';
        write_json_text(type.fields()[i].name, out);
        out += ':';
        write_value(value.fields()[i], type.fields()[i].type, out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

void write_json_cell(const Column& column, std::size_t row, Bytes& out) {
  if (column.null(row)) {
    out += "null";
    return;
  }
  switch (column.type().kind()) {
    case Kind::boolean: out += column.bools()[row] ? "true" : "false"; return;
    case Kind::integer: case Kind::date: case Kind::time: write_number(column.ints()[row], out); return;
    case Kind::bigint: case Kind::timestamp: write_number(column.longs()[row], out); return;
    case Kind::double_: write_double(column.doubles()[row], out); return;
    case Kind::string: write_json_text(column.texts()[row], out); return;
    case Kind::bytes: write_base64(column.texts()[row], out); return;
    default: write_value(column.values()[row], column.type(), out);
  }
}

}  // namespace braid::format
