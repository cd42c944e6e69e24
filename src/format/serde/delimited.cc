// DELIMITED: one line of separated values (RFC 4180 quoting), a field per column. An empty field is null, quoted or not, as in ksqlDB: an empty
// text does not come back. Which fields are quoted follows what ksqlDB writes, so that texts are equal: the first field of a line is quoted unless
// it starts with a letter or digit; others when they start with a character up to '#', end in white space, or hold a delimiter, quote or line end.
// DATE, TIME and TIMESTAMP are their numbers, BYTES are base64.
#include <cstring>

#include "base/base64.h"
#include "data/java_text.h"
#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using data::Column;
using data::Decimal;
using data::Field;
using data::Kind;
using data::Value;

std::string utf8(char32_t c) {
  std::string out;
  if (c < 0x80) out += char(c);
  else if (c < 0x800) { out += char(0xc0 | c >> 6); out += char(0x80 | (c & 63)); }
  else { out += char(0xe0 | c >> 12); out += char(0x80 | (c >> 6 & 63)); out += char(0x80 | (c & 63)); }
  return out;
}

bool letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class DelimitedSerde final : public Serde {
 public:
  DelimitedSerde(std::vector<Field> columns, std::string delimiter) : columns_(std::move(columns)), delimiter_(std::move(delimiter)) {}

  Result<void> decode(BytesView payload, std::span<Column* const> columns) override {
    if (payload.ends_with('\n')) payload.remove_suffix(1);
    if (payload.ends_with('\r')) payload.remove_suffix(1);
    std::size_t at = 0, field = 0;
    for (bool more = true; more; ++field) {
      std::string_view text;
      bool copied = false;
      TRY(more, next(payload, at, text, copied));
      if (field >= columns_.size()) continue;   // counted for the error below
      if (Column* column = columns[field]) TRY_VOID(append(text, copied, columns_[field], *column));
    }
    if (field != columns_.size())
      return fail(ErrorCode::invalid_input, "Unexpected field count, csvFields:" + std::to_string(field) + " schemaFields:" + std::to_string(columns_.size()));
    return {};
  }

  Result<bool> encode(std::span<const Column* const> columns, std::size_t row, Bytes& out) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += delimiter_;
      if (!columns[i]->null(row)) write(*columns[i], row, i == 0, out);
    }
    return true;
  }

 private:
  // The field that starts at `at`; moves `at` behind its delimiter. True when another field follows. `copied`: text is in scratch_.
  Result<bool> next(BytesView line, std::size_t& at, std::string_view& text, bool& copied) {
    if (at < line.size() && line[at] == '"') {
      scratch_.clear();
      copied = true;
      for (++at;; ++at) {
        if (at == line.size()) return fail(ErrorCode::invalid_input, "a quoted field does not end: the closing \" is missing");
        if (line[at] == '"') {
          if (at + 1 == line.size() || line[at + 1] != '"') break;
          ++at;
        }
        scratch_ += line[at];
      }
      ++at;
      while (at < line.size() && (line[at] == ' ' || line[at] == '\t') && !line.substr(at).starts_with(delimiter_)) ++at;
      text = scratch_;
      if (at == line.size()) return false;
      if (!line.substr(at).starts_with(delimiter_)) return fail(ErrorCode::invalid_input, "text follows the closing \" of a field at byte " + std::to_string(at));
      at += delimiter_.size();
      return true;
    }
    const auto end = line.find(delimiter_, at);
    text = line.substr(at, end == std::string_view::npos ? end : end - at);
    if (end == std::string_view::npos) return false;
    at = end + delimiter_.size();
    return true;
  }

  static Result<void> append(std::string_view text, bool copied, const Field& field, Column& column) {
    if (text.empty()) {
      column.append_null();
      return {};
    }
    const auto bad = [&] {
      return fail(ErrorCode::invalid_input, "column " + field.name + ": '" + std::string(text.substr(0, 80)) + "' is no " + field.type.text());
    };
    const std::string_view bare = data::trim_java(text);
    switch (field.type.kind()) {
      case Kind::boolean: column.append_bool(same_name(bare, "true")); return {};
      case Kind::integer: case Kind::date: case Kind::time: {
        const auto v = data::parse_java_int(bare);
        if (!v) return bad();
        column.append_int(*v);
        return {};
      }
      case Kind::bigint: case Kind::timestamp: {
        const auto v = data::parse_java_long(bare);
        if (!v) return bad();
        column.append_long(*v);
        return {};
      }
      case Kind::double_: {
        const auto v = data::parse_java_double(bare);
        if (!v) return bad();
        column.append_double(*v);
        return {};
      }
      case Kind::decimal: {
        TRY(const Decimal v, Decimal::parse(bare));
        if (!v.fits(field.type.precision(), field.type.scale())) return bad();
        TRY(const Decimal there, v.rescaled(field.type.scale()));
        if (there != v) return bad();
        column.append(Value(there));
        return {};
      }
      case Kind::bytes: {
        const auto v = parse_base64(bare);
        if (!v) return bad();
        column.append_text(*v);
        return {};
      }
      default:
        if (copied) column.append_text(text);
        else column.append_view(text);
        return {};
    }
  }

  void write(const Column& column, std::size_t row, bool first, Bytes& out) {
    char buffer[40];
    switch (column.type().kind()) {
      case Kind::boolean: out += column.bools()[row] ? "true" : "false"; return;
      case Kind::integer: case Kind::date: case Kind::time: quoted(std::to_string(column.ints()[row]), first, out); return;
      case Kind::bigint: case Kind::timestamp: quoted(std::to_string(column.longs()[row]), first, out); return;
      case Kind::double_: quoted({buffer, data::write_java_double(column.doubles()[row], buffer)}, first, out); return;
      case Kind::decimal: quoted(column.values()[row].decimal().text(), first, out); return;
      case Kind::bytes: quoted(base64(column.texts()[row]), first, out); return;
      default: quoted(column.texts()[row], first, out);
    }
  }

  void quoted(std::string_view text, bool first, Bytes& out) const {
    bool quote = text.empty() ? first : (first && !letter_or_digit(text.front())) || static_cast<unsigned char>(text.front()) <= '#' ||
                                            static_cast<unsigned char>(text.back()) <= ' ';
    quote = quote || text.find_first_of("\"\r\n") != std::string_view::npos || text.find(delimiter_) != std::string_view::npos;
    if (!quote) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  std::vector<Field> columns_;
  std::string delimiter_;
  std::string scratch_;
};

}  // namespace

Result<char32_t> delimiter_of(const FormatProperties& properties) {
  const auto it = properties.find("DELIMITER");
  if (it == properties.end()) return U',';
  const std::string& text = it->second;
  if (same_name(text, "TAB")) return U'\t';
  if (same_name(text, "SPACE")) return U' ';
  if (text.find_first_not_of(" \t") == std::string::npos)
    return fail(ErrorCode::invalid_input,
                "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\n"
                "Example valid value: ';'");
  char32_t c = static_cast<unsigned char>(text[0]);
  std::size_t bytes = 1;
  if ((c & 0xe0) == 0xc0) { c &= 0x1f; bytes = 2; }
  else if ((c & 0xf0) == 0xe0) { c &= 0x0f; bytes = 3; }
  else if (c >= 0x80) bytes = 0;   // beyond a Java char
  for (std::size_t i = 1; i < bytes && i < text.size(); ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  if (text.size() != bytes)
    return fail(ErrorCode::invalid_input,
                "Invalid delimiter value: '" + text + "'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'");
  return c;
}

Result<std::unique_ptr<Serde>> make_delimited(SerdeSpec spec) {
  TRY(const char32_t delimiter, delimiter_of(spec.properties));
  return std::make_unique<DelimitedSerde>(std::move(spec.columns), utf8(delimiter));
}

}  // namespace braid::format
