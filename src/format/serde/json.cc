// JSON and JSON_SR. A record is read in one pass where it lies, names first compared with those that are expected (json_scan.h, json_fields.h).
// What is wrong or too unusual for that is left to simdjson's on-demand parser, which decides what is JSON, and what the error is: in either way only
// the fields that somebody asked for are looked at, the others are stepped over, and the values are the same (json_ways_test.cc holds both to it).
// Conversions are ksqlDB's: numbers and texts of numbers for numeric columns, anything for STRING, base64 for BYTES, numbers for times.
// JSON_SR has Confluent's wire format in front (a zero byte, schema id). Specification: RFC 8259.
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/base64.h"
#include "data/java_text.h"
#include "format/serde/json_fields.h"
#include "format/serde/json_scan.h"
#include "format/serde/json_write.h"
#include "format/serde/serdes.h"

namespace braid::format {
namespace {

using data::Column;
using data::Decimal;
using data::Field;
using data::Kind;
using data::Type;
using data::Value;
namespace od = simdjson::ondemand;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

// JSON without white space between tokens.
std::string compact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && static_cast<unsigned char>(c) <= ' ') continue;
    out += c;
    if (quoted && c == '\\' && i + 1 < text.size()) out += text[++i];
    else if (c == '"') quoted = !quoted;
  }
  return out;
}

class JsonReader {
  // A scalar read in place, for what is written for od::value.
  struct Plain { std::string_view token, text{}; };   // text: of a string, without quotes and escapes

 public:
  JsonReader(std::vector<Field> columns, bool unwrapped, JsonReading reading)
      : columns_(std::move(columns)), unwrapped_(unwrapped), in_place_(reading == JsonReading::in_place && !unwrapped), fields_(columns_), set_(columns_.size()) {}

  Result<void> read(BytesView payload, std::span<Column* const> columns) {
    payload_ = payload;
    ++row_;
    if (!in_place_) return read_carefully(payload, columns);
    return read_in_place(columns) ? Result<void>{} : read_again(payload, columns);
  }

 private:
  // --- in one pass, where the record lies ---

  // True: all columns have their row. False: the record is wrong, or too unusual for this. The columns that were set until then keep their values,
  // which are those that simdjson would have given.
  bool read_in_place(std::span<Column* const> columns) {
    const char* p = payload_.data();
    const char* end = p + payload_.size();
    while (end != p && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t')) --end;
    if (end == p || end[-1] != '}') return false;   // which is where json_scan.h's steps stop
    p = scan::space(p);
    if (*p != '{') return false;
    p = scan::space(p + 1);
    scan::Beyond beyond = 0;
    JsonFields::Seen last = JsonFields::none;
    for (bool more = *p != '}'; more;) {
      if (*p != '"') return false;
      ++p;
      int index = -1;
      if (const auto seen = fields_.expected(last, p, end); seen != JsonFields::none) [[likely]] {
        p += fields_.size(seen);
        beyond |= fields_.beyond_ascii(seen);
        index = fields_.column(seen);
        last = seen;
      } else {
        const char* const to = scan::text_end(p, end, beyond);
        if (to == nullptr || !unexpected(last, {p, to}, index)) return false;
        p = to;
      }
      p = scan::space(p + 1);
      if (*p != ':') return false;
      p = scan::space(p + 1);
      Column* const column = index < 0 ? nullptr : columns[std::size_t(index)];
      if (column == nullptr || set_[std::size_t(index)] == row_) {
        p = skip(p, end, beyond);
      } else {
        p = take(p, end, beyond, columns_[std::size_t(index)], *column);
        if (p != nullptr) set_[std::size_t(index)] = row_;
      }
      if (p == nullptr || p == end) return false;
      p = scan::space(p);
      if (*p == ',') p = scan::space(p + 1);
      else if (*p == '}') more = false;
      else return false;
    }
    if (p + 1 != end) return false;
    if (beyond != 0 && !simdjson::validate_utf8(payload_.data(), payload_.size())) return false;
    fill(columns);
    return true;
  }

  // A raw name that did not come after `last` before. False: it has an escape that JSON has not.
  bool unexpected(JsonFields::Seen& last, std::string_view name, int& index) {
    if (name.find('\\') != std::string_view::npos) {
      unescaped_.clear();
      if (!scan::unescape(name, unescaped_)) return false;
      index = fields_.find(unescaped_);
    } else if (const auto seen = fields_.learn(last, name); seen != JsonFields::none) {
      index = fields_.column(seen);
      last = seen;
    } else {
      index = fields_.find(name);
    }
    return true;
  }

  // The value at p, appended to `column`. Behind it, or null with nothing appended.
  const char* take(const char* p, const char* end, scan::Beyond& beyond, const Field& field, Column& column) {
    scan::Number n;
    switch (field.type.kind()) {
      case Kind::string:
        if (*p == '"') {
          const char* const to = scan::text_stop(p + 1, end, beyond);
          if (to != end && *to == '"' && scan::ends_value(to[1])) {
            column.append_view({p + 1, to});
            return to + 1;
          }
        }
        break;
      case Kind::integer: case Kind::date: case Kind::time:
        if (const char* const to = scan::number(p, n); to != nullptr && n.whole && n.count <= scan::Number::exact_digits) {
          column.append_int(std::int32_t(n.as_long()));
          return to;
        }
        break;
      case Kind::bigint: case Kind::timestamp:
        if (const char* const to = scan::number(p, n); to != nullptr && n.whole && n.count <= scan::Number::exact_digits) {
          column.append_long(n.as_long());
          return to;
        }
        break;
      case Kind::double_:
        if (const char* const to = scan::number(p, n); to != nullptr && n.easy_double()) {
          column.append_double(n.as_double());
          return to;
        }
        break;
      default: break;
    }
    scan::Beyond more = 0;   // a copy, so that the caller's may stay in a register
    p = take_other(p, end, more, field, column);
    beyond |= more;
    return p;
  }

  // What take() does not find worth its while: any value for any type.
  [[gnu::noinline]] const char* take_other(const char* p, const char* end, scan::Beyond& beyond, const Field& field, Column& column) {
    if (*p == 'n') {
      p = scan::word(p, end, "null");
      if (p != nullptr) column.append_null();
      return p;
    }
    if (*p == '{' || *p == '[') return take_nested(p, end, beyond, field, column);
    const char* const to = skip(p, end, beyond);
    if (to == nullptr || !scan::ends_value(*to) || field.type.nested()) return nullptr;
    Plain value{.token = {p, to}};
    od::json_type json = od::json_type::number;
    if (*p == '"') {
      json = od::json_type::string;
      value.text = value.token.substr(1, value.token.size() - 2);
      if (value.text.find('\\') != std::string_view::npos) {
        unescaped_.clear();
        if (!scan::unescape(value.text, unescaped_)) return nullptr;
        value.text = unescaped_;
      }
      if (field.type.is(Kind::string)) {
        column.append_text(value.text);
        return to;
      }
    } else if (*p == 't' || *p == 'f') {
      json = od::json_type::boolean;
    }
    const auto read = scalar(value, json, field.type, field.name);
    if (!read) return nullptr;
    column.append(*read);
    return to;
  }

  const char* take_nested(const char* p, const char* end, scan::Beyond& beyond, const Field& field, Column& column) {
    const char* const to = scan::nested_end(p, end, beyond);
    if (to == nullptr || to == end || !scan::ends_value(*to)) return nullptr;
    const BytesView text(p, to);
    od::document doc;
    od::value value;
    if (parser_.iterate(padded(text)).get(doc) || doc.get_value().get(value)) return nullptr;
    return append(value, field.type, field.name, column) ? to : nullptr;
  }

  // Behind the value at p, whatever it is; null when there is none.
  static const char* skip(const char* p, const char* end, scan::Beyond& beyond) {
    scan::Number n;
    switch (*p) {
      case '"':
        p = scan::text_end(p + 1, end, beyond);
        return p == nullptr ? nullptr : p + 1;
      case '{': case '[': return scan::nested_end(p, end, beyond);
      case 't': return scan::word(p, end, "true");
      case 'f': return scan::word(p, end, "false");
      case 'n': return scan::word(p, end, "null");
      default: return scan::number(p, n);
    }
  }

  void fill(std::span<Column* const> columns) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns[i] != nullptr && set_[i] != row_) columns[i]->append_null();
  }

  // By simdjson, from the beginning, so that errors do not depend on how far the other way came: what has its value already is read once more, elsewhere.
  [[gnu::noinline]] Result<void> read_again(BytesView payload, std::span<Column* const> columns) {
    if (spare_.empty() || ++spare_rows_ == spare_rows_max) {
      spare_.clear();
      for (const auto& f : columns_) spare_.emplace_back(f.type);
      spare_rows_ = 0;
    }
    into_.assign(columns.begin(), columns.end());
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (into_[i] != nullptr && set_[i] == row_) into_[i] = &spare_[i];
    ++row_;
    return read_carefully(payload, into_);
  }

  // --- by simdjson ---

  Result<void> read_carefully(BytesView payload, std::span<Column* const> columns) {
    od::document doc;
    if (const auto ec = parser_.iterate(padded(payload)).get(doc)) return broken(ec);
    if (unwrapped_) {
      if (columns[0] == nullptr) return {};
      bool scalar = false;
      if (const auto ec = doc.is_scalar().get(scalar)) return broken(ec);
      if (scalar) {
        if (token(doc).size() != data::trim_java(payload).size()) return trailing();
        return append_scalar(doc, columns_[0].type, columns_[0].name, *columns[0]);
      } else {
        od::value value;
        if (const auto ec = doc.get_value().get(value)) return broken(ec);
        TRY_VOID(append(value, columns_[0].type, columns_[0].name, *columns[0]));
      }
    } else {
      TRY_VOID(read_row(doc, columns));
    }
    const char* more = nullptr;
    if (doc.current_location().get(more) == simdjson::SUCCESS) return trailing();
    return {};
  }

  // The text in our buffer, with the room behind it that simdjson wants. It looks there when a record ends early: the error must not depend on what lay there.
  simdjson::padded_string_view padded(BytesView text) {
    if (buffer_.size() < text.size() + simdjson::SIMDJSON_PADDING) buffer_.resize(text.size() * 2 + 2 * simdjson::SIMDJSON_PADDING);
    std::memcpy(buffer_.data(), text.data(), text.size());
    std::memset(buffer_.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(buffer_.data(), text.size(), buffer_.size());
  }

  Result<void> read_row(od::document& doc, std::span<Column* const> columns) {
    od::json_type type{};
    if (const auto ec = doc.type().get(type)) return broken(ec);
    if (type == od::json_type::null) {
      bool is_null = false;
      if (const auto ec = doc.is_null().get(is_null)) return broken(ec);
      for (Column* column : columns)
        if (column != nullptr) column->append_null();
      return is_null ? Result<void>{} : broken(simdjson::N_ATOM_ERROR);
    }
    if (type != od::json_type::object) return fail(ErrorCode::invalid_input, "the record is not a JSON object but " + payload_start());
    od::object object;
    if (const auto ec = doc.get_object().get(object)) return broken(ec);
    JsonFields::Seen last = JsonFields::none;
    for (auto member : object) {
      od::raw_json_string key;
      if (const auto ec = member.key().get(key)) return broken(ec);
      const int index = column_of(last, key);
      if (index < 0 || columns[std::size_t(index)] == nullptr || set_[std::size_t(index)] == row_) continue;
      // Used where it lies: to copy an iterator that was just made costs two stalled loads (its halves are stored one by one and read at once).
      auto got = member.value();
      if (const auto ec = got.error()) return broken(ec);
      od::value& value = got.value();
      set_[std::size_t(index)] = row_;
      const Field& field = columns_[std::size_t(index)];
      TRY_VOID(append(value, field.type, field.name, *columns[std::size_t(index)]));
    }
    fill(columns);
    return {};
  }

  int column_of(JsonFields::Seen& last, od::raw_json_string key) {
    if (const auto seen = fields_.expected(last, key.raw(), buffer_.data() + buffer_.size()); seen != JsonFields::none) {
      last = seen;
      return fields_.column(seen);
    }
    const std::string_view name = raw_text(key);
    int index = -1;
    return unexpected(last, name, index) ? index : fields_.find(name);
  }

  static std::string_view raw_text(od::raw_json_string key) {
    const char* from = key.raw();
    const char* to = from;
    for (; *to != '"'; ++to)
      if (*to == '\\') ++to;
    return {from, std::size_t(to - from)};
  }

  // T: od::value, or od::document when the whole record is a scalar.
  template <class T> Result<void> append_scalar(T& value, const Type& type, std::string_view name, Column& column) {
    od::json_type json{};
    if (const auto ec = value.type().get(json)) return broken(ec);
    if (json == od::json_type::null) {
      bool is_null = false;
      if (const auto ec = value.is_null().get(is_null)) return broken(ec);
      if (!is_null) return broken(simdjson::N_ATOM_ERROR);
      column.append_null();
      return {};
    }
    switch (type.kind()) {
      case Kind::string:
        if (json == od::json_type::string) return append_string(value, column);
        if (json == od::json_type::number) column.append_text(data::big_decimal_text(token(value)));
        else if (json == od::json_type::boolean) { TRY(const bool v, get_bool(value)); column.append_text(v ? "true" : "false"); }
        return {};
      case Kind::integer: {
        std::int64_t v = 0;
        if (json == od::json_type::number && value.get_int64().get(v) == simdjson::SUCCESS) { column.append_int(std::int32_t(v)); return {}; }
        TRY(v, slow_long(value, json, type, name));
        column.append_int(std::int32_t(v));
        return {};
      }
      case Kind::bigint: case Kind::timestamp: {
        std::int64_t v = 0;
        if (json == od::json_type::number && value.get_int64().get(v) == simdjson::SUCCESS) { column.append_long(v); return {}; }
        TRY(v, slow_long(value, json, type, name));
        column.append_long(v);
        return {};
      }
      case Kind::double_: {
        double v = 0;
        if (json == od::json_type::number && value.get_double().get(v) == simdjson::SUCCESS) { column.append_double(v); return {}; }
        TRY(v, slow_double(value, json, type, name));
        column.append_double(v);
        return {};
      }
      default: {
        TRY(const Value v, scalar(value, json, type, name));
        column.append(v);
        return {};
      }
    }
  }

  Result<void> append(od::value& value, const Type& type, std::string_view name, Column& column) {
    od::json_type json{};
    if (const auto ec = value.type().get(json)) return broken(ec);
    if (type.nested() || json == od::json_type::array || json == od::json_type::object) {
      TRY(const Value v, read_value(value, json, type, name));
      column.append(v);
      return {};
    }
    return append_scalar(value, type, name, column);
  }

  template <class T> Result<void> append_string(T& value, Column& column) {
    const std::string_view raw = token(value);
    if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
      column.append_view(payload_.substr(std::size_t(raw.data() - buffer_.data()) + 1, raw.size() - 2));
      return {};
    }
    std::string_view text;
    if (const auto ec = value.get_string().get(text)) return broken(ec);
    column.append_text(text);
    return {};
  }

  Result<Value> read_value(od::value& value, od::json_type json, const Type& type, std::string_view name) {
    if (json == od::json_type::null) {
      bool is_null = false;
      if (const auto ec = value.is_null().get(is_null)) return broken(ec);
      if (!is_null) return broken(simdjson::N_ATOM_ERROR);
      return Value();
    }
    if (type.is(Kind::array)) return read_array(value, json, type, name);
    if (type.is(Kind::map)) return read_map(value, json, type, name);
    if (type.is(Kind::struct_)) return read_struct(value, json, type, name);
    if (json == od::json_type::array || json == od::json_type::object) {
      if (!type.is(Kind::string)) return mismatch(json, type, name);
      std::string_view text;
      if (const auto ec = simdjson::to_json_string(value).get(text)) return broken(ec);
      return Value(compact(text));
    }
    return scalar(value, json, type, name);
  }

  Result<Value> read_array(od::value& value, od::json_type json, const Type& type, std::string_view name) {
    if (json != od::json_type::array) return mismatch(json, type, name);
    od::array array;
    if (const auto ec = value.get_array().get(array)) return broken(ec);
    data::Values items;
    for (auto item : array) {
      od::value v;
      if (const auto ec = item.get(v)) return broken(ec);
      TRY(auto read, child(v, type.element(), name));
      items.push_back(std::move(read));
    }
    return Value::array(std::move(items));
  }

  // [{"key": k, "value": v}, ...]: how Connect writes maps whose keys may be null.
  Result<Value> read_entries(od::value& value, const Type& type, std::string_view name) {
    const Type entry = Type::structure({{"key", type.key()}, {"value", type.element()}});
    TRY(const Value list, read_array(value, od::json_type::array, Type::array(entry), name));
    data::Entries entries;
    for (const auto& e : list.items()) {
      if (e.null()) continue;
      const auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& x) { return x.first == e.fields()[0]; });
      if (same != entries.end()) same->second = e.fields()[1];
      else entries.emplace_back(e.fields()[0], e.fields()[1]);
    }
    return Value::map(std::move(entries));
  }

  Result<Value> read_map(od::value& value, od::json_type json, const Type& type, std::string_view name) {
    if (json == od::json_type::array) return read_entries(value, type, name);
    if (json != od::json_type::object) return mismatch(json, type, name);
    od::object object;
    if (const auto ec = value.get_object().get(object)) return broken(ec);
    data::Entries entries;
    for (auto member : object) {
      std::string_view key;
      if (const auto ec = member.unescaped_key().get(key)) return broken(ec);
      Value key_value{std::string(key)};
      od::value v;
      if (const auto ec = member.value().get(v)) return broken(ec);
      TRY(auto read, child(v, type.element(), name));
      const auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key_value; });
      if (same != entries.end()) same->second = std::move(read);
      else entries.emplace_back(std::move(key_value), std::move(read));
    }
    return Value::map(std::move(entries));
  }

  Result<Value> read_struct(od::value& value, od::json_type json, const Type& type, std::string_view name) {
    if (json != od::json_type::object) return mismatch(json, type, name);
    od::object object;
    if (const auto ec = value.get_object().get(object)) return broken(ec);
    const auto& fields = type.fields();
    data::Values values(fields.size());
    std::vector<bool> done(fields.size());
    for (auto member : object) {
      od::raw_json_string key;
      if (const auto ec = member.key().get(key)) return broken(ec);
      std::string_view key_text = raw_text(key);
      std::string unescaped;
      if (key_text.find('\\') != std::string_view::npos && scan::unescape(key_text, unescaped)) key_text = unescaped;
      int index = type.field_index(key_text);
      for (std::size_t i = 0; index < 0 && i < fields.size(); ++i)
        if (same_name(fields[i].name, key_text)) index = int(i);
      if (index < 0 || done[std::size_t(index)]) continue;
      od::value v;
      if (const auto ec = member.value().get(v)) return broken(ec);
      TRY(values[std::size_t(index)], child(v, fields[std::size_t(index)].type, fields[std::size_t(index)].name));
      done[std::size_t(index)] = true;
    }
    return Value::structure(std::move(values));
  }

  Result<Value> child(od::value& value, const Type& type, std::string_view name) {
    od::json_type json{};
    if (const auto ec = value.type().get(json)) return broken(ec);
    return read_value(value, json, type, name);
  }

  // A number, text or boolean for a scalar type.
  template <class T> Result<Value> scalar(T& value, od::json_type json, const Type& type, std::string_view name) {
    switch (type.kind()) {
      case Kind::boolean:
        if (json == od::json_type::boolean) { TRY(const bool v, get_bool(value)); return Value(v); }
        if (json == od::json_type::string) { TRY(const auto text, get_text(value)); return Value(same_name(text, "true")); }
        return mismatch(json, type, name);
      case Kind::integer: { TRY(const auto v, slow_long(value, json, type, name)); return Value(std::int32_t(v)); }
      case Kind::bigint: { TRY(const auto v, slow_long(value, json, type, name)); return Value(v); }
      case Kind::date: { TRY(const auto v, slow_long(value, json, type, name)); return Value(data::Date{std::int32_t(v)}); }
      case Kind::time: { TRY(const auto v, slow_long(value, json, type, name)); return Value(data::Time{std::int32_t(v)}); }
      case Kind::timestamp: { TRY(const auto v, slow_long(value, json, type, name)); return Value(data::Timestamp{v}); }
      case Kind::double_: { TRY(const auto v, slow_double(value, json, type, name)); return Value(v); }
      case Kind::decimal: return decimal(value, json, type, name);
      case Kind::bytes: {
        if (json != od::json_type::string) return mismatch(json, type, name);
        TRY(const auto text, get_text(value));
        auto bytes = parse_base64(text);
        if (!bytes) return fail(ErrorCode::invalid_input, "field " + std::string(name) + ": the text is no base64");
        return Value(data::Blob{std::move(*bytes)});
      }
      case Kind::string:
        if (json == od::json_type::string) { TRY(const auto text, get_text(value)); return Value(text); }
        if (json == od::json_type::boolean) { TRY(const bool v, get_bool(value)); return Value(v ? "true" : "false"); }
        return Value(data::big_decimal_text(token(value)));
      default: return mismatch(json, type, name);
    }
  }

  // Whole numbers, also out of texts ("49") and out of numbers with a fraction or beyond 64 bits (cut off as Java's longValue does).
  template <class T> Result<std::int64_t> slow_long(T& value, od::json_type json, const Type& type, std::string_view name) {
    if (json == od::json_type::string) {
      if (type.is(Kind::date) || type.is(Kind::time) || type.is(Kind::timestamp)) return mismatch(json, type, name);
      TRY(const auto text, get_text(value));
      const auto wide = data::parse_java_long(text);
      if (!wide || (type.is(Kind::integer) && *wide != std::int32_t(*wide))) return bad_text(text, type, name);
      return *wide;
    }
    if (json != od::json_type::number) return mismatch(json, type, name);
    const std::string_view digits = token(value);
    if (const auto v = data::parse_java_long(digits)) return *v;
    const auto v = data::parse_java_double(digits);
    if (!v) return bad_text(digits, type, name);
    const double whole = std::trunc(*v);
    if (whole >= -9.2e18 && whole <= 9.2e18) return std::int64_t(whole);
    return fail(ErrorCode::invalid_input, "field " + std::string(name) + ": " + std::string(digits) + " does not fit " + type.text());
  }

  template <class T> Result<double> slow_double(T& value, od::json_type json, const Type& type, std::string_view name) {
    if (json == od::json_type::number) {
      const auto v = data::parse_java_double(token(value));
      if (!v) return bad_text(token(value), type, name);
      return *v;
    }
    if (json != od::json_type::string) return mismatch(json, type, name);
    TRY(const auto text, get_text(value));
    const auto v = data::parse_java_double(text);
    if (!v) return bad_text(text, type, name);
    return *v;
  }

  template <class T> Result<Value> decimal(T& value, od::json_type json, const Type& type, std::string_view name) {
    std::string_view text;
    if (json == od::json_type::number) text = token(value);
    else if (json == od::json_type::string) { TRY(text, get_text(value)); }
    else return mismatch(json, type, name);
    TRY(const Decimal v, Decimal::parse(text));
    const auto there = v.rescaled(type.scale());
    if (!there || *there != v || there->precision() > type.precision())
      return fail(ErrorCode::invalid_input, "Cannot fit decimal '" + std::string(text) + "' into " + type.text() + " without rounding, field " + std::string(name));
    return Value(*there);
  }

  template <class T> Result<std::string_view> get_text(T& value) {
    std::string_view text;
    if (const auto ec = value.get_string().get(text)) return broken(ec);
    return text;
  }
  template <class T> Result<bool> get_bool(T& value) {
    bool v = false;
    if (const auto ec = value.get_bool().get(v)) return broken(ec);
    return v;
  }
  static Result<std::string_view> get_text(Plain& value) { return value.text; }
  static Result<bool> get_bool(Plain& value) { return value.token[0] == 't'; }
  static std::string_view token(Plain& value) { return value.token; }
  static std::string_view token(od::value& value) { return trimmed(value.raw_json_token()); }
  static std::string_view token(od::document& doc) {
    std::string_view text;
    if (doc.raw_json_token().get(text)) return {};
    return trimmed(text);
  }

  static std::unexpected<Error> broken(simdjson::error_code ec) {
    return fail(ErrorCode::invalid_input, std::string("the record is not valid JSON: ") + simdjson::error_message(ec));
  }
  static std::unexpected<Error> trailing() { return fail(ErrorCode::invalid_input, "the record is not one JSON value: text follows it"); }
  static std::unexpected<Error> mismatch(od::json_type json, const Type& type, std::string_view name) {
    const char* seen = json == od::json_type::string ? "a text" : json == od::json_type::number ? "a number" : json == od::json_type::boolean ? "a boolean"
                       : json == od::json_type::array ? "an array" : "an object";
    return fail(ErrorCode::invalid_input, "field " + std::string(name) + " is " + seen + ", which is no " + type.text());
  }
  static std::unexpected<Error> bad_text(std::string_view text, const Type& type, std::string_view name) {
    return fail(ErrorCode::invalid_input, "field " + std::string(name) + ": '" + std::string(text.substr(0, 80)) + "' is no " + type.text());
  }
  std::string payload_start() const { return "'" + std::string(payload_.substr(0, 40)) + (payload_.size() > 40 ? "...'" : "'"); }

  std::vector<Field> columns_;
  bool unwrapped_, in_place_;
  JsonFields fields_;
  std::vector<std::uint64_t> set_;   // by column: the row in which it was last set
  std::uint64_t row_ = 0;
  std::string unescaped_;
  static constexpr int spare_rows_max = 16;   // so few that what is in refused records is not kept for long
  std::vector<Column> spare_;
  int spare_rows_ = 0;
  std::vector<Column*> into_;
  od::parser parser_;
  std::string buffer_;
  BytesView payload_;
};

class JsonSerde final : public Serde {
 public:
  JsonSerde(SerdeSpec spec, JsonReading reading) : spec_(std::move(spec)), reader_(spec_.columns, spec_.unwrap_single, reading) {
    for (const auto& column : spec_.columns) {
      Bytes name(names_.empty() ? "{" : ",");
      write_json_text(column.name, name);
      name += ':';
      names_.push_back(std::move(name));
    }
  }

  Result<void> decode(BytesView payload, std::span<Column* const> columns) override {
    if (spec_.format == Format::json_sr) {
      if (!wire_schema_id(payload)) return no_wire_header(spec_.format, payload);
      payload.remove_prefix(wire_header_bytes);
    }
    return reader_.read(payload, columns);
  }

  Result<bool> encode(std::span<const Column* const> columns, std::size_t row, Bytes& out) override {
    if (spec_.unwrap_single && columns[0]->null(row)) return false;
    if (spec_.format == Format::json_sr) {
      if (!spec_.write_schema_id) return fail(ErrorCode::bug, "JSON_SR needs the id of a registered schema to write with");
      append_wire_header(*spec_.write_schema_id, out);
    }
    if (spec_.unwrap_single) {
      write_json_cell(*columns[0], row, out);
      return true;
    }
    if (names_.empty()) out += '{';
    for (std::size_t i = 0; i < names_.size(); ++i) {
      out += names_[i];
      write_json_cell(*columns[i], row, out);
    }
    out += '}';
    return true;
  }

  std::optional<SchemaId> schema_id_of(BytesView payload) const override {
    return spec_.format == Format::json_sr ? wire_schema_id(payload) : std::nullopt;
  }

 private:
  SerdeSpec spec_;
  JsonReader reader_;
  std::vector<Bytes> names_;   // {"A": and ,"B": ready to write
};

}  // namespace

Result<std::unique_ptr<Serde>> make_json(SerdeSpec spec, JsonReading reading) { return std::make_unique<JsonSerde>(std::move(spec), reading); }

}  // namespace braid::format
