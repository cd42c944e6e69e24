#include "flow/codec.h"

#include "base/limits/texts.h"

namespace braid::flow {

using data::Kind;
using data::Value;

namespace {

// In the order of data::Value::Rep.
enum Tag : std::uint8_t { null_, bool_, int_, long_, real_, decimal_, text_, blob_, date_, time_, timestamp_, array_, map_, struct_ };

void append_text(Bytes& out, std::string_view text) {
  Writer w(out);
  w.uvarint(text.size());
  w.bytes(text);
}

void append_decimal(Writer& w, const data::Decimal& d) {
  const auto u = static_cast<unsigned __int128>(d.unscaled());
  w.be(std::uint64_t(u >> 64));
  w.be(std::uint64_t(u));
  w.be(std::int32_t(d.scale()));
}
data::Decimal take_decimal(Reader& in) {
  const auto high = in.be<std::uint64_t>();
  const auto low = in.be<std::uint64_t>();
  const int scale = in.be<std::int32_t>();
  return data::Decimal(data::Int128((static_cast<unsigned __int128>(high) << 64) | low), scale);
}

std::uint64_t bits(double v) { return std::bit_cast<std::uint64_t>(v); }

Result<Value> take(Reader& in, int depth) {
  if (depth > limits::json_nesting_max) return fail(ErrorCode::corrupt, "a stored value is nested too deeply");
  const auto bad = [] { return fail(ErrorCode::corrupt, "a stored value is cut short"); };
  const auto list = [&](std::size_t parts) -> Result<data::Values> {
    if (!in.ok() || parts > in.remaining()) return bad();
    data::Values items;
    items.reserve(parts);
    for (std::size_t i = 0; i < parts; ++i) {
      TRY(auto item, take(in, depth + 1));
      items.push_back(std::move(item));
    }
    return items;
  };
  const std::uint8_t tag = in.u8();
  if (!in.ok()) return bad();
  Value out;
  switch (tag) {
    case null_: break;
    case bool_: out = Value(in.u8() != 0); break;
    case int_: out = Value(in.be<std::int32_t>()); break;
    case long_: out = Value(in.be<std::int64_t>()); break;
    case real_: out = Value(std::bit_cast<double>(in.be<std::uint64_t>())); break;
    case decimal_: out = Value(take_decimal(in)); break;
    case text_: out = Value(in.bytes(in.uvarint())); break;
    case blob_: out = Value(data::Blob{std::string(in.bytes(in.uvarint()))}); break;
    case date_: out = Value(data::Date{in.be<std::int32_t>()}); break;
    case time_: out = Value(data::Time{in.be<std::int32_t>()}); break;
    case timestamp_: out = Value(data::Timestamp{in.be<std::int64_t>()}); break;
    case array_: {
      TRY(auto items, list(in.uvarint()));
      return Value::array(std::move(items));
    }
    case struct_: {
      TRY(auto items, list(in.uvarint()));
      return Value::structure(std::move(items));
    }
    case map_: {
      const std::uint64_t count = in.uvarint();
      if (count > in.remaining()) return bad();
      TRY(auto items, list(count * 2));
      data::Entries entries;
      entries.reserve(count);
      for (std::size_t i = 0; i + 1 < items.size(); i += 2) entries.emplace_back(std::move(items[i]), std::move(items[i + 1]));
      return Value::map(std::move(entries));
    }
    default: return fail(ErrorCode::corrupt, "a stored value has the unknown tag " + std::to_string(tag));
  }
  if (!in.ok()) return bad();
  return out;
}

void append_key_text(Bytes& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t zero = text.find('\0'); zero != std::string_view::npos; zero = text.find('\0', from)) {
    out.append(text.substr(from, zero - from));
    out.append("\0\xff", 2);
    from = zero + 1;
  }
  out.append(text.substr(from));
  out.append("\0\x01", 2);
}

Result<std::string> take_key_text(Reader& in) {
  std::string out;
  while (true) {
    const char c = char(in.u8());
    if (!in.ok()) return fail(ErrorCode::corrupt, "a stored key is cut short");
    if (c != '\0') {
      out.push_back(c);
      continue;
    }
    const std::uint8_t next = in.u8();
    if (next == 1) return out;
    if (next != 0xff) return fail(ErrorCode::corrupt, "a stored key has a wrong escape");
    out.push_back('\0');
  }
}

}  // namespace

void append_value(Bytes& out, const Value& value) {
  Writer w(out);
  w.u8(std::uint8_t(value.rep().index()));
  switch (value.rep().index()) {
    case null_: break;
    case bool_: w.u8(value.boolean()); break;
    case int_: w.be(value.integer()); break;
    case long_: w.be(value.bigint()); break;
    case real_: w.be(bits(value.real())); break;
    case decimal_: append_decimal(w, value.decimal()); break;
    case text_: append_text(out, value.string()); break;
    case blob_: append_text(out, value.bytes()); break;
    case date_: w.be(value.date().days); break;
    case time_: w.be(value.time().ms); break;
    case timestamp_: w.be(value.timestamp().ms); break;
    case array_:
      w.uvarint(value.items().size());
      for (const auto& v : value.items()) append_value(out, v);
      break;
    case map_:
      w.uvarint(value.entries().size());
      for (const auto& [k, v] : value.entries()) {
        append_value(out, k);
        append_value(out, v);
      }
      break;
    default:
      w.uvarint(value.fields().size());
      for (const auto& v : value.fields()) append_value(out, v);
  }
}

Result<Value> take_value(Reader& in) { return take(in, 0); }

void append_row(Bytes& out, const data::Values& row) {
  Writer(out).uvarint(row.size());
  for (const auto& v : row) append_value(out, v);
}

Result<data::Values> take_row(Reader& in) {
  const std::uint64_t count = in.uvarint();
  if (!in.ok() || count > in.remaining()) return fail(ErrorCode::corrupt, "a stored row is cut short");
  data::Values row;
  row.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(auto v, take(in, 0));
    row.push_back(std::move(v));
  }
  return row;
}

void append_key(Bytes& out, const Value& value) {
  if (value.null()) return out.push_back('\0');
  out.push_back('\1');
  Writer w(out);
  switch (value.rep().index()) {
    case bool_: w.u8(value.boolean()); break;
    case int_: w.be(value.integer()); break;
    case long_: w.be(value.bigint()); break;
    case real_: w.be(bits(value.real() == 0 ? 0.0 : value.real())); break;   // 0.0 and -0.0 are one key
    case decimal_: append_decimal(w, value.decimal()); break;
    case text_: append_key_text(out, value.string()); break;
    case blob_: append_key_text(out, value.bytes()); break;
    case date_: w.be(value.date().days); break;
    case time_: w.be(value.time().ms); break;
    case timestamp_: w.be(value.timestamp().ms); break;
    default: append_value(out, value);
  }
}

void append_key(Bytes& out, const Columns& columns, std::size_t row) {
  for (const auto& c : columns) {
    if (c->null(row)) {
      out.push_back('\0');
      continue;
    }
    switch (c->type().kind()) {
      case Kind::string: case Kind::bytes:
        out.push_back('\1');
        append_key_text(out, c->texts()[row]);
        break;
      case Kind::integer: case Kind::date: case Kind::time:
        out.push_back('\1');
        Writer(out).be(c->ints()[row]);
        break;
      case Kind::bigint: case Kind::timestamp:
        out.push_back('\1');
        Writer(out).be(c->longs()[row]);
        break;
      default: append_key(out, c->get(row));
    }
  }
}

Bytes key_of(std::span<const Value> values) {
  Bytes out;
  for (const auto& v : values) append_key(out, v);
  return out;
}

Result<data::Values> take_key(BytesView key, std::span<const data::Field> fields) {
  Reader in(key);
  data::Values out;
  for (const auto& f : fields) {
    if (in.u8() == 0) {
      out.emplace_back();
      continue;
    }
    switch (f.type.kind()) {
      case Kind::boolean: out.emplace_back(in.u8() != 0); break;
      case Kind::integer: out.emplace_back(in.be<std::int32_t>()); break;
      case Kind::bigint: out.emplace_back(in.be<std::int64_t>()); break;
      case Kind::double_: out.emplace_back(std::bit_cast<double>(in.be<std::uint64_t>())); break;
      case Kind::decimal: out.emplace_back(take_decimal(in)); break;
      case Kind::date: out.emplace_back(data::Date{in.be<std::int32_t>()}); break;
      case Kind::time: out.emplace_back(data::Time{in.be<std::int32_t>()}); break;
      case Kind::timestamp: out.emplace_back(data::Timestamp{in.be<std::int64_t>()}); break;
      case Kind::string: {
        TRY(auto text, take_key_text(in));
        out.emplace_back(std::move(text));
        break;
      }
      case Kind::bytes: {
        TRY(auto bytes, take_key_text(in));
        out.emplace_back(data::Blob{std::move(bytes)});
        break;
      }
      default: {
        TRY(auto v, take(in, 0));
        out.push_back(std::move(v));
      }
    }
  }
  if (!in.ok()) return fail(ErrorCode::corrupt, "a stored key is cut short");
  return out;
}

namespace {
std::size_t weight(const Value& v) {
  std::size_t out = sizeof(Value);
  if (v.holds<std::string>()) out += v.string().size() > 15 ? v.string().size() : 0;
  else if (v.holds<data::Blob>()) out += v.bytes().size();
  else if (v.holds<data::Array>()) for (const auto& i : v.items()) out += weight(i);
  else if (v.holds<data::Struct>()) for (const auto& i : v.fields()) out += weight(i);
  else if (v.holds<data::Map>()) for (const auto& [k, i] : v.entries()) out += weight(k) + weight(i);
  return out;
}
}  // namespace

std::size_t weight(const data::Values& row) {
  std::size_t out = 24;
  for (const auto& v : row) out += weight(v);
  return out;
}

}  // namespace braid::flow
