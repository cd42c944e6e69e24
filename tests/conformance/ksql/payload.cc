#include "payload.h"

#include <cmath>
#include <cstdlib>

#include "flow/records.h"

namespace braid::cases {

using data::Kind;
using data::Type;
using data::Value;
using format::Format;

SchemaId MemoryRegistry::add(const std::string& subject, format::SchemaText schema, std::optional<int> id) {
  std::int32_t chosen = 0;
  if (id) {
    chosen = *id;
  } else {
    for (const auto& [known, s] : schemas_)
      if (s.type == schema.type && s.text == schema.text && s.references == schema.references) chosen = known;
    if (chosen == 0) {
      while (schemas_.contains(next_)) ++next_;
      chosen = next_++;
    }
  }
  schemas_[chosen] = std::move(schema);
  latest_[subject] = chosen;
  return SchemaId{chosen};
}
std::optional<SchemaId> MemoryRegistry::latest_id(const std::string& subject) const {
  const auto it = latest_.find(subject);
  return it == latest_.end() ? std::nullopt : std::optional(SchemaId{it->second});
}
const format::SchemaText* MemoryRegistry::latest(const std::string& subject) const {
  const auto it = latest_.find(subject);
  return it == latest_.end() ? nullptr : &schemas_.at(it->second);
}
const format::SchemaText* MemoryRegistry::by_id(SchemaId id) {
  const auto it = schemas_.find(id.value);
  return it == schemas_.end() ? nullptr : &it->second;
}

namespace {
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}
std::string to_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned n = unsigned(std::uint8_t(bytes[i])) << 16;
    if (i + 1 < bytes.size()) n |= unsigned(std::uint8_t(bytes[i + 1])) << 8;
    if (i + 2 < bytes.size()) n |= std::uint8_t(bytes[i + 2]);
    out.push_back(base64_digits[n >> 18]);
    out.push_back(base64_digits[n >> 12 & 63]);
    out.push_back(i + 1 < bytes.size() ? base64_digits[n >> 6 & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? base64_digits[n & 63] : '=');
  }
  return out;
}
std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto digit = base64_digits.find(c);
    if (digit == std::string_view::npos) continue;
    bits = bits << 6 | unsigned(digit);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(char(bits >> have & 0xff));
    }
  }
  return out;
}

namespace {

std::string raw_text(const Json& v) { return v.is(Json::Kind::string) ? v.text : print(v); }
long long whole_number(const Json& v) { return std::strtoll(raw_text(v).c_str(), nullptr, 10); }

Result<Value> to_value(const Json& v, const Type& type) {
  if (v.null()) return Value();
  switch (type.kind()) {
    case Kind::boolean: return Value(v.is(Json::Kind::boolean) ? v.boolean : raw_text(v) == "true");
    case Kind::integer: return Value(std::int32_t(whole_number(v)));
    case Kind::bigint: return Value(std::int64_t(whole_number(v)));
    case Kind::double_: return Value(std::strtod(raw_text(v).c_str(), nullptr));
    case Kind::decimal: {
      TRY(auto d, data::Decimal::parse(raw_text(v)));
      TRY(auto scaled, d.rescaled(type.scale()));
      return Value(scaled);
    }
    case Kind::string: return Value(raw_text(v));
    case Kind::bytes: return Value(data::Blob{from_base64(raw_text(v))});
    case Kind::date: return Value(data::Date{std::int32_t(whole_number(v))});
    case Kind::time: return Value(data::Time{std::int32_t(whole_number(v))});
    case Kind::timestamp: return Value(data::Timestamp{std::int64_t(whole_number(v))});
    case Kind::array: {
      data::Values items;
      for (const auto& i : v.items) {
        TRY(auto item, to_value(i, type.element()));
        items.push_back(std::move(item));
      }
      return Value::array(std::move(items));
    }
    case Kind::map: {
      data::Entries entries;
      for (const auto& [name, field] : v.fields) {
        Json key;
        key.kind = Json::Kind::string;
        key.text = name;
        TRY(auto k, to_value(key, type.key()));
        TRY(auto item, to_value(field, type.element()));
        entries.emplace_back(std::move(k), std::move(item));
      }
      return Value::map(std::move(entries));
    }
    case Kind::struct_: {
      data::Values fields;
      for (const auto& f : type.fields()) {
        const Json* found = v.find_any_case(f.name);
        TRY(auto item, found ? to_value(*found, f.type) : Result<Value>(Value()));
        fields.push_back(std::move(item));
      }
      return Value::structure(std::move(fields));
    }
  }
  return Value();
}

Json number(std::string text) {
  Json out;
  out.kind = Json::Kind::number;
  out.text = std::move(text);
  return out;
}
Json text_json(std::string text) {
  Json out;
  out.kind = Json::Kind::string;
  out.text = std::move(text);
  return out;
}

std::string key_text(const Value& v) {
  if (v.holds<std::string>()) return v.string();
  if (v.holds<std::int32_t>() || v.holds<std::int64_t>()) return std::to_string(v.to_int64());
  if (v.holds<bool>()) return v.boolean() ? "true" : "false";
  if (v.holds<double>()) return data::java_double_text(v.real());
  return v.debug_text();
}

Json to_json(const Value& v, const Type& type) {
  Json out;
  if (v.null()) return out;
  switch (type.kind()) {
    case Kind::boolean:
      out.kind = Json::Kind::boolean;
      out.boolean = v.boolean();
      return out;
    case Kind::integer: return number(std::to_string(v.integer()));
    case Kind::bigint: return number(std::to_string(v.bigint()));
    case Kind::double_: return number("~" + data::java_double_text(v.real()));
    case Kind::decimal: return number(v.decimal().text());
    case Kind::string: return text_json(v.string());
    case Kind::bytes: return text_json(to_base64(v.bytes()));
    case Kind::date: return number(std::to_string(v.date().days));
    case Kind::time: return number(std::to_string(v.time().ms));
    case Kind::timestamp: return number(std::to_string(v.timestamp().ms));
    case Kind::array:
      out.kind = Json::Kind::array;
      for (const auto& i : v.items()) out.items.push_back(to_json(i, type.element()));
      return out;
    case Kind::map:
      out.kind = Json::Kind::object;
      for (const auto& [k, item] : v.entries()) out.fields.emplace_back(key_text(k), to_json(item, type.element()));
      return out;
    case Kind::struct_:
      out.kind = Json::Kind::object;
      for (std::size_t i = 0; i < type.fields().size(); ++i) out.fields.emplace_back(type.fields()[i].name, to_json(v.fields()[i], type.fields()[i].type));
      return out;
  }
  return out;
}

// The columns that the topic's own schema has, and a serde for them.
struct Typed { std::vector<data::Field> columns; bool bare = false; std::unique_ptr<format::Serde> serde; };
Result<Typed> typed(const Side& side, MemoryRegistry& registry) {
  Typed out;
  format::SerdeSpec spec;
  const format::SchemaText* schema = format::uses_registry(side.format.format) ? registry.latest(side.subject) : nullptr;
  if (schema) {
    TRY(auto inferred, format::infer_columns(side.format.format, *schema, side.is_key, side.format.properties));
    out.columns = std::move(inferred.columns);
    out.bare = inferred.unwrapped;
    if (out.bare && out.columns[0].name.empty()) out.columns[0].name = side.is_key ? "ROWKEY" : "ROWVAL";
    spec = flow::serde_spec(side.format, out.columns, side.is_key);
    spec.unwrap_single = inferred.unwrapped;
    spec.write_schema = *schema;
    spec.write_schema_id = registry.latest_id(side.subject);
  } else {
    out.columns = side.columns;
    out.bare = flow::unwraps(side.format, side.columns.size(), side.is_key);
    spec = flow::serde_spec(side.format, side.columns, side.is_key);
  }
  TRY(out.serde, format::make_serde(std::move(spec), registry));
  return out;
}

Result<std::optional<Bytes>> encode_typed(const Json& value, const Side& side, MemoryRegistry& registry) {
  TRY(auto t, typed(side, registry));
  std::vector<data::Column> columns;
  for (const auto& f : t.columns) {
    const Json* found = t.bare ? &value : value.find_any_case(f.name);
    TRY(const auto v, found ? to_value(*found, f.type) : Result<Value>(Value()));
    columns.emplace_back(f.type).append(v);
  }
  std::vector<const data::Column*> at;
  for (const auto& c : columns) at.push_back(&c);
  Bytes out;
  TRY(const bool some, t.serde->encode(at, 0, out));
  return some ? std::optional(std::move(out)) : std::nullopt;
}

Result<std::optional<Bytes>> encode_kafka(const Json& value, const Side& side) {
  Bytes out;
  Writer w(out);
  switch (side.columns.empty() ? Kind::string : side.columns[0].type.kind()) {
    case Kind::integer: w.be(std::int32_t(whole_number(value))); break;
    case Kind::bigint: w.be(std::int64_t(whole_number(value))); break;
    case Kind::double_: w.be(std::bit_cast<std::uint64_t>(std::strtod(raw_text(value).c_str(), nullptr))); break;
    default: out = raw_text(value);
  }
  return std::optional(std::move(out));
}

Result<Json> decode_kafka(const Bytes& bytes, const Side& side) {
  Reader in(bytes);
  Json out;
  switch (side.columns.empty() ? Kind::string : side.columns[0].type.kind()) {
    case Kind::integer: out = number(std::to_string(in.be<std::int32_t>())); break;
    case Kind::bigint: out = number(std::to_string(in.be<std::int64_t>())); break;
    case Kind::double_: out = number(data::java_double_text(std::bit_cast<double>(in.be<std::uint64_t>()))); break;
    default: return text_json(bytes);
  }
  if (!in.ok() || !in.done()) return fail(ErrorCode::invalid_input, "the key has " + std::to_string(bytes.size()) + " bytes");
  return out;
}

}  // namespace

Result<std::optional<Bytes>> encode(const Json& value, const Side& side, MemoryRegistry& registry) {
  if (value.null() || side.format.format == Format::none) return std::optional<Bytes>();
  switch (side.format.format) {
    case Format::kafka: return encode_kafka(value, side);
    case Format::json: return std::optional(print(value));
    case Format::delimited: return std::optional(raw_text(value));
    default: return encode_typed(value, side, registry);
  }
}

Result<Json> decode(const std::optional<Bytes>& bytes, const Side& side, MemoryRegistry& registry) {
  if (!bytes || side.format.format == Format::none) return Json();
  switch (side.format.format) {
    case Format::kafka: return decode_kafka(*bytes, side);
    case Format::json: return parse_json(*bytes);
    case Format::delimited: return text_json(*bytes);
    default: break;
  }
  TRY(auto t, typed(side, registry));
  std::vector<data::Column> columns;
  for (const auto& f : t.columns) columns.emplace_back(f.type);
  std::vector<data::Column*> at;
  for (auto& c : columns) at.push_back(&c);
  TRY_VOID(t.serde->decode(*bytes, at));
  if (t.bare) return to_json(columns[0].get(0), t.columns[0].type);
  Json out;
  out.kind = Json::Kind::object;
  for (std::size_t i = 0; i < columns.size(); ++i) out.fields.emplace_back(t.columns[i].name, to_json(columns[i].get(0), t.columns[i].type));
  return out;
}

namespace {

std::string short_text(const Json& j) {
  std::string out = print(j);
  return out.size() > 160 ? out.substr(0, 160) + "..." : out;
}
std::string mismatch(const std::string& path, const Json& expected, const Json& actual) {
  return (path.empty() ? "" : path + ": ") + "expected " + short_text(expected) + ", got " + short_text(actual);
}

bool numbers_agree(const Json& expected, const Json& actual, bool exact) {
  if (actual.text.starts_with("~") || !exact) {
    const double a = std::strtod(actual.text.c_str() + actual.text.starts_with("~"), nullptr);
    return std::fabs(std::strtod(expected.text.c_str(), nullptr) - a) < 1e-6;
  }
  const Number e = number_of(expected.text), a = number_of(actual.text);
  if (actual.text.find_first_of(".eE") == std::string::npos) return same_value(e, a);
  if (expected.text.find_first_of(".eE") == std::string::npos) return whole(a) && same_value(e, a);
  return same_value(e, a);   // 10.0 for a DECIMAL(6, 4): the cases give numbers, not scales
}

std::string compare(const std::string& path, const Json& expected, const Json& actual, bool exact) {
  const auto differs = [&] { return mismatch(path, expected, actual); };
  switch (expected.kind) {
    case Json::Kind::null: return actual.null() ? "" : differs();
    case Json::Kind::boolean: return actual.is(Json::Kind::boolean) && actual.boolean == expected.boolean ? "" : differs();
    case Json::Kind::number: return actual.is(Json::Kind::number) && numbers_agree(expected, actual, exact) ? "" : differs();
    case Json::Kind::string:
      if (actual.is(Json::Kind::string)) return actual.text == expected.text ? "" : differs();
      if (actual.is(Json::Kind::number) && !actual.text.starts_with("~")) return identical(number_of(expected.text), number_of(actual.text)) ? "" : differs();
      return differs();
    case Json::Kind::array:
      if (!actual.is(Json::Kind::array) || actual.items.size() != expected.items.size()) return differs();
      for (std::size_t i = 0; i < expected.items.size(); ++i)
        if (auto d = compare(path + "[" + std::to_string(i) + "]", expected.items[i], actual.items[i], exact); !d.empty()) return d;
      return "";
    case Json::Kind::object: {
      if (!actual.is(Json::Kind::object) || actual.fields.size() != expected.fields.size()) return differs();
      const Json missing;
      for (const auto& [name, value] : expected.fields) {
        const Json* found = actual.find(name);
        if (!found) {
          std::string upper = name;
          for (auto& c : upper) c = char(std::toupper(static_cast<unsigned char>(c)));
          found = actual.find(upper);
        }
        if (auto d = compare(path + "." + name, value, found ? *found : missing, exact); !d.empty()) return d;
      }
      return "";
    }
  }
  return differs();
}

}  // namespace

std::string difference(const Json& expected, const Json& actual, bool exact_numbers) { return compare("", expected, actual, exact_numbers); }

}  // namespace braid::cases
