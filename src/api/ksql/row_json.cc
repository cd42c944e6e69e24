#include "api/ksql/row_json.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/base64.h"
#include "base/clock.h"
#include "sql/functions.h"

namespace braid::api {
namespace {

void append_json_text(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (std::uint8_t(c) < 0x20) {
          out += "\\u00";
          out += digits[std::uint8_t(c) >> 4];
          out += digits[std::uint8_t(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

template <class T> void append_number(std::string& out, T v) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  out.append(buffer, end);
}

std::string key_text(const data::Value& key) {
  if (key.holds<std::string>()) return key.string();
  if (key.holds<double>()) return data::java_double_text(key.real());
  return key.debug_text();
}

}  // namespace

void append_ksql_json(std::string& out, const data::Value& value, const data::Type& type) {
  if (value.null()) {
    out += "null";
    return;
  }
  switch (type.kind()) {
    case data::Kind::boolean: out += value.boolean() ? "true" : "false"; return;
    case data::Kind::integer: return append_number(out, value.integer());
    case data::Kind::bigint: return append_number(out, value.bigint());
    case data::Kind::double_: {
      const bool finite = std::isfinite(value.real());   // JSON has no NaN
      out += (finite ? "" : "\"") + data::java_double_text(value.real()) + (finite ? "" : "\"");
      return;
    }
    case data::Kind::decimal: out += value.decimal().text(); return;
    case data::Kind::string: return append_json_text(out, value.string());
    case data::Kind::bytes: out += '"' + base64(value.bytes()) + '"'; return;
    case data::Kind::date: out += '"' + iso8601(std::int64_t(value.date().days) * 86'400'000).substr(0, 10) + '"'; return;
    case data::Kind::time: {
      const auto text = iso8601(value.time().ms);
      out += '"' + text.substr(11, value.time().ms % 1000 == 0 ? 8 : 12) + '"';
      return;
    }
    case data::Kind::timestamp: out += '"' + iso8601(value.timestamp().ms).substr(0, 23) + '"'; return;
    case data::Kind::array: {
      out += '[';
      bool first = true;
      for (const auto& item : value.items()) {
        if (!std::exchange(first, false)) out += ',';
        append_ksql_json(out, item, type.element());
      }
      out += ']';
      return;
    }
    case data::Kind::map: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : value.entries()) {
        if (!std::exchange(first, false)) out += ',';
        append_json_text(out, key_text(key));
        out += ':';
        append_ksql_json(out, item, type.element());
      }
      out += '}';
      return;
    }
    case data::Kind::struct_: {
      out += '{';
      for (std::size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) out += ',';
        append_json_text(out, type.fields()[i].name);
        out += ':';
        append_ksql_json(out, value.fields()[i], type.fields()[i].type);
      }
      out += '}';
      return;
    }
  }
}

void append_ksql_row(std::string& out, const data::Values& row, const std::vector<data::Field>& columns) {
  out += '[';
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_ksql_json(out, row[i], columns[i].type);
  }
  out += ']';
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return out;
}

Result<data::Value> json_to_value(const json::value& value, const data::Type& type) {
  if (value.is_null()) return data::Value();
  const auto wrong = [&] { return fail(ErrorCode::invalid_input, json::print(value) + " is no " + type.text()); };
  // Scalars go through SQL's own casts, from the type that JSON gives them.
  const auto cast = [&](data::Value from, const data::Type& from_type) -> Result<data::Value> {
    if (from_type == type) return from;
    if (!sql::castable(from_type, type)) return wrong();
    return sql::cast_value(from, from_type, type);
  };
  switch (type.kind()) {
    case data::Kind::array: {
      if (!value.is_array()) return wrong();
      data::Values items;
      for (const auto& item : value.get_array()) {
        TRY(auto v, json_to_value(item, type.element()));
        items.push_back(std::move(v));
      }
      return data::Value::array(std::move(items));
    }
    case data::Kind::map: {
      if (!value.is_object()) return wrong();
      data::Entries entries;
      for (const auto& [name, item] : value.get_object()) {
        TRY(auto key, json_to_value(json::value(name), type.key()));
        TRY(auto v, json_to_value(item, type.element()));
        entries.emplace_back(std::move(key), std::move(v));
      }
      return data::Value::map(std::move(entries));
    }
    case data::Kind::struct_: {
      if (!value.is_object()) return wrong();
      data::Values fields;
      for (const auto& field : type.fields()) {
        const auto* found = value.get_object().if_contains(field.name);
        TRY(auto v, found == nullptr ? Result<data::Value>(data::Value()) : json_to_value(*found, field.type));
        fields.push_back(std::move(v));
      }
      return data::Value::structure(std::move(fields));
    }
    case data::Kind::bytes: {
      const auto decoded = value.is_string() ? parse_base64(value.get_string()) : std::nullopt;
      if (!decoded) return wrong();
      return data::Value(data::Blob{*decoded});
    }
    default: break;
  }
  if (value.is_bool()) return cast(value.get_bool(), data::Kind::boolean);
  if (value.is_int64()) return cast(std::int64_t(value.get_int64()), data::Kind::bigint);
  if (value.is_number()) {
    if (type.is(data::Kind::double_)) return data::Value(value.to_number<double>());
    return cast(data::java_double_text(value.to_number<double>()), data::Kind::string);
  }
  if (value.is_string()) return cast(std::string(value.get_string()), data::Kind::string);
  return wrong();
}

json::object type_json(const data::Type& type) {
  json::object out{{"type", data::name_of(type.kind())}, {"fields", nullptr}, {"memberSchema", nullptr}};
  if (type.is(data::Kind::struct_)) {
    json::array fields;
    for (const auto& field : type.fields()) fields.push_back(json::object{{"name", field.name}, {"schema", type_json(field.type)}});
    out["fields"] = std::move(fields);
  } else if (type.is(data::Kind::array) || type.is(data::Kind::map)) {
    out["memberSchema"] = type_json(type.element());
    if (type.is(data::Kind::map)) out["keySchema"] = type_json(type.key());
  } else if (type.is(data::Kind::decimal)) {
    out["parameters"] = json::object{{"precision", type.precision()}, {"scale", type.scale()}};
  }
  return out;
}

}  // namespace braid::api
