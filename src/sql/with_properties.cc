#include "sql/with_properties.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::sql {
namespace {

using data::Kind;
using format::Format;

std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return out;
}

std::unexpected<Error> bad(const Property& p, std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid_input, "Failed to prepare statement: " + std::move(message), std::move(hint), p.place.span);
}

std::string value_text(const Value& v) {
  if (v.holds<std::string>()) return std::get<std::string>(v.rep());
  return print_literal(v);
}

Result<std::int64_t> integer_of(const Property& p, std::int64_t low, std::int64_t high, std::string_view kind) {
  std::optional<std::int64_t> v;
  if (p.value.holds<std::int32_t>() || p.value.holds<std::int64_t>()) v = p.value.to_int64();
  if (p.value.holds<std::string>()) {
    const auto& text = std::get<std::string>(p.value.rep());
    std::int64_t n = 0;
    if (auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n); ec == std::errc{} && end == text.data() + text.size()) v = n;
  }
  if (!v || *v < low || *v > high)
    return bad(p, "Invalid value " + value_text(p.value) + " for property " + p.name + ": Not a number of type " + std::string(kind), p.name + " is a whole number");
  return *v;
}

Result<bool> boolean_of(const Property& p) {
  if (p.value.holds<bool>()) return p.value.boolean();
  const auto text = upper(value_text(p.value));
  if (text == "TRUE") return true;
  if (text == "FALSE") return false;
  return bad(p, "Invalid value " + value_text(p.value) + " for property " + p.name + ": Expected value to be either true or false");
}

// '30 SECONDS' -> milliseconds.
Result<std::int64_t> duration_of(std::string_view text) {
  const auto wrong = [&](std::string reason) { return fail(ErrorCode::invalid_input, "Invalid duration: '" + std::string(text) + "'. " + reason); };
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return wrong("Expected format: '<size> <unit>', e.g. '10 SECONDS'");
  Duration d;
  const auto number = text.substr(0, space);
  if (auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), d.amount); ec != std::errc{} || end != number.data() + number.size())
    return wrong("Size must be a whole number: '" + std::string(number) + "'");
  auto unit = upper(text.substr(space + 1));
  while (!unit.empty() && unit.back() == ' ') unit.pop_back();
  auto plural = unit;
  if (!plural.empty() && plural.back() != 'S') plural += 'S';
  for (const std::string_view known : {"DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"})
    if (plural == known) { d.unit = plural; return d.ms(); }
  return wrong("Unknown time unit: '" + unit + "'");
}

// A column name as SQL writes it: capitals unless quoted.
std::string column_name(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '`' || text.front() == '"') && text.back() == text.front()) return std::string(text.substr(1, text.size() - 2));
  return upper(text);
}

Result<void> check_delimiter(const Property& p) {
  const auto text = value_text(p.value);
  const auto prefix = "Configuration " + p.name + " is invalid: ";
  const std::string example = "\nExample valid value: ';'";
  if (text.empty())
    return bad(p, prefix + "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'" + example, "for example ';'");
  if (text.size() == 1 || text == "TAB" || text == "SPACE") return {};
  return bad(p, prefix + "Invalid delimiter value: '" + text + "'. Delimiter must be a single character or TAB,SPACE" + example, "for example ';'");
}

Result<void> check_nullable(const Property& p) {
  const auto text = value_text(p.value);
  if (text == "OPTIONAL" || text == "WRAPPER") return {};
  return bad(p, "Invalid value " + text + " for property " + p.name + ": String must be one of: OPTIONAL, WRAPPER, null");
}

struct Reader {
  WithProperties& out;
  std::optional<std::string> window_type{};
  const Property* window_size = nullptr;
  const Property* key_format = nullptr;
  const Property* value_format = nullptr;
  const Property* both_formats = nullptr;
  const Property* avro_name = nullptr;
  const Property* full_name = nullptr;

  Result<void> read(const Property& p) {
    const auto text = value_text(p.value);
    const auto& n = p.name;
    if (n == "KAFKA_TOPIC") {
      if (text.empty()) return bad(p, "Invalid value  for property KAFKA_TOPIC: String must be non-empty");
      out.topic = text;
    } else if (n == "KEY_FORMAT") { out.key_format = text; out.key_format_place = p.place; key_format = &p; }
    else if (n == "VALUE_FORMAT") { out.value_format = text; out.value_format_place = p.place; value_format = &p; }
    else if (n == "FORMAT") { both_formats = &p; }
    else if (n == "PARTITIONS") { TRY(const auto v, integer_of(p, 1, 1'000'000, "INT")); out.partitions = std::int32_t(v); }
    else if (n == "REPLICAS") { TRY(const auto v, integer_of(p, -1, 32'767, "SHORT")); out.replicas = std::int16_t(v); }
    else if (n == "RETENTION_MS") { TRY(out.retention_ms, integer_of(p, INT64_MIN, INT64_MAX, "LONG")); }
    else if (n == "CLEANUP_POLICY") { out.cleanup_policy = text; }
    else if (n == "TIMESTAMP") { out.timestamp_column = column_name(text); }
    else if (n == "TIMESTAMP_FORMAT") { out.timestamp_format = text; }
    else if (n == "WRAP_SINGLE_VALUE") { TRY(out.wrap, boolean_of(p)); }
    else if (n == "KEY_DELIMITER") { TRY_VOID(check_delimiter(p)); out.key_delimiter = text; }
    else if (n == "VALUE_DELIMITER") { TRY_VOID(check_delimiter(p)); out.value_delimiter = text; }
    else if (n == "KEY_SCHEMA_ID") { TRY(const auto v, integer_of(p, 0, INT32_MAX, "INT")); out.key_schema_id = SchemaId{std::int32_t(v)}; }
    else if (n == "VALUE_SCHEMA_ID") { TRY(const auto v, integer_of(p, 0, INT32_MAX, "INT")); out.value_schema_id = SchemaId{std::int32_t(v)}; }
    else if (n == "KEY_SCHEMA_FULL_NAME") { out.key_full_name = text; }
    else if (n == "VALUE_SCHEMA_FULL_NAME") { full_name = &p; out.value_full_name = text; }
    else if (n == "VALUE_AVRO_SCHEMA_FULL_NAME") { avro_name = &p; out.value_full_name = text; }
    else if (n == "KEY_PROTOBUF_NULLABLE_REPRESENTATION") { TRY_VOID(check_nullable(p)); out.key_nullable = text; }
    else if (n == "VALUE_PROTOBUF_NULLABLE_REPRESENTATION") { TRY_VOID(check_nullable(p)); out.value_nullable = text; }
    else if (n == "WINDOW_TYPE") { window_type = upper(text); TRY_VOID(check_window_type(p)); }
    else if (n == "WINDOW_SIZE") { window_size = &p; }
    else if (n == "SOURCED_BY_CONNECTOR" || n == "SOURCE_CONNECTOR") { out.connector = text; }
    else if (n == "QUERY_ID") { out.query_id = upper(text); }
    return {};
  }

  Result<void> check_window_type(const Property& p) {
    if (*window_type == "SESSION" || *window_type == "HOPPING" || *window_type == "TUMBLING") return {};
    return bad(p, "Invalid value " + value_text(p.value) + " for property WINDOW_TYPE: String must be one of: SESSION, HOPPING, TUMBLING, null");
  }

  Result<void> finish() {
    if (both_formats) {
      for (const auto* other : {key_format, value_format})
        if (other)
          return bad(*other, "Cannot supply both '" + other->name + "' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.");
      out.key_format = out.value_format = value_text(both_formats->value);
      out.key_format_place = out.value_format_place = both_formats->place;
    }
    if (avro_name && full_name)
      return bad(*avro_name, "Cannot supply both 'VALUE_AVRO_SCHEMA_FULL_NAME' and 'VALUE_SCHEMA_FULL_NAME' properties. Please only set 'VALUE_SCHEMA_FULL_NAME'.");
    std::optional<std::int64_t> size;
    if (window_size) {
      auto parsed = duration_of(value_text(window_size->value));
      if (!parsed) return bad(*window_size, "Configuration WINDOW_SIZE is invalid: " + parsed.error().message + "\nExample valid value: '10 SECONDS'", "for example '10 SECONDS'");
      size = *parsed;
    }
    if (!window_type) return {};
    if (*window_type == "SESSION") {
      if (window_size) return bad(*window_size, "'WINDOW_SIZE' should not be set for SESSION windows.");
      out.window = WindowInfo{WindowKind::session, {}};
      return {};
    }
    if (!size)
      return fail(ErrorCode::invalid_input, "Failed to prepare statement: '" + *window_type + "' requires 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'");
    out.window = WindowInfo{*window_type == "HOPPING" ? WindowKind::hopping : WindowKind::tumbling, size};
    return {};
  }
};

constexpr std::array create_as_names{
    std::string_view("KAFKA_TOPIC"), std::string_view("KEY_FORMAT"), std::string_view("VALUE_FORMAT"), std::string_view("FORMAT"), std::string_view("PARTITIONS"),
    std::string_view("REPLICAS"), std::string_view("RETENTION_MS"), std::string_view("CLEANUP_POLICY"), std::string_view("TIMESTAMP"),
    std::string_view("TIMESTAMP_FORMAT"), std::string_view("WRAP_SINGLE_VALUE"), std::string_view("KEY_DELIMITER"), std::string_view("VALUE_DELIMITER"),
    std::string_view("KEY_SCHEMA_ID"), std::string_view("VALUE_SCHEMA_ID"), std::string_view("KEY_SCHEMA_FULL_NAME"), std::string_view("VALUE_SCHEMA_FULL_NAME"),
    std::string_view("VALUE_AVRO_SCHEMA_FULL_NAME"), std::string_view("KEY_PROTOBUF_NULLABLE_REPRESENTATION"), std::string_view("VALUE_PROTOBUF_NULLABLE_REPRESENTATION")};
constexpr std::array create_names{std::string_view("WINDOW_TYPE"), std::string_view("WINDOW_SIZE"), std::string_view("SOURCED_BY_CONNECTOR"), std::string_view("SOURCE_CONNECTOR")};

std::vector<std::string> names_for(WithUse use) {
  if (use == WithUse::insert) return {"QUERY_ID"};
  std::vector<std::string> names(create_as_names.begin(), create_as_names.end());
  if (use == WithUse::create) names.insert(names.end(), create_names.begin(), create_names.end());
  return names;
}

bool contains_map(const Type& t) {
  if (t.is(Kind::map)) return true;
  if (t.is(Kind::array)) return contains_map(t.element());
  if (t.is(Kind::struct_)) return std::ranges::any_of(t.fields(), [](const auto& f) { return contains_map(f.type); });
  return false;
}

std::string column_list(const std::vector<Field>& columns, bool is_key) {
  std::string out;
  for (const auto& c : columns) out += (out.empty() ? "" : ", ") + ("`" + c.name + "` " + c.type.text() + (is_key ? " KEY" : ""));
  return "[" + out + "]";
}

// A type inside that the format cannot hold; its message, or empty.
std::string delimited_problem(const Type& t) {
  if (t.is(Kind::array) || t.is(Kind::map) || t.is(Kind::struct_)) return "The 'DELIMITED' format does not support type '" + std::string(data::name_of(t.kind())) + "'";
  return "";
}
std::string map_key_problem(const Type& t, std::string_view message) {
  if (t.is(Kind::map)) return t.key().is(Kind::string) ? map_key_problem(t.element(), message) : std::string(message);
  if (t.is(Kind::array)) return map_key_problem(t.element(), message);
  if (t.is(Kind::struct_))
    for (const auto& f : t.fields())
      if (auto p = map_key_problem(f.type, message); !p.empty()) return p;
  return "";
}
std::string avro_name_problem(const std::string& name) {
  if (name.empty()) return "Empty name";
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!letter(name[0])) return "Illegal initial character: " + name;
  for (const char c : name)
    if (!letter(c) && !(c >= '0' && c <= '9')) return "Illegal character in: " + name;
  return "";
}
std::string avro_type_problem(const Type& t) {
  if (t.is(Kind::array)) return avro_type_problem(t.element());
  if (t.is(Kind::map)) return avro_type_problem(t.element());
  if (t.is(Kind::struct_))
    for (const auto& f : t.fields()) {
      if (auto p = avro_name_problem(f.name); !p.empty()) return p;
      if (auto p = avro_type_problem(f.type); !p.empty()) return p;
    }
  return "";
}

std::string format_problem(const FormatInfo& info, const std::vector<Field>& columns, bool is_key) {
  switch (info.format) {
    case Format::none:
      return columns.empty() ? "" : "The 'NONE' format can only be used when no columns are defined. Got: " + column_list(columns, is_key);
    case Format::kafka: {
      if (columns.empty()) return "";
      if (columns.size() > 1) return "The 'KAFKA' format only supports a single field. Got: " + column_list(columns, is_key);
      const auto kind = columns[0].type.kind();
      if (kind == Kind::integer || kind == Kind::bigint || kind == Kind::double_ || kind == Kind::string || kind == Kind::bytes) return "";
      return "The 'KAFKA' format does not support type '" + std::string(data::name_of(kind)) + "'";
    }
    case Format::delimited:
      for (const auto& c : columns)
        if (auto p = delimited_problem(c.type); !p.empty()) return p + ", column: `" + c.name + "`";
      return "";
    case Format::json: case Format::json_sr: case Format::avro: case Format::protobuf: case Format::protobuf_nosr: break;
  }
  const bool avro = info.format == Format::avro, protobuf = info.format == Format::protobuf || info.format == Format::protobuf_nosr;
  for (const auto& c : columns) {
    auto p = map_key_problem(c.type, avro ? "Avro only supports MAPs with STRING keys" : protobuf ? "PROTOBUF format only supports MAP types with STRING keys. See https://github.com/confluentinc/ksql/issues/6177."
                                                                                                   : "JSON only supports MAP types with STRING keys");
    if (p.empty() && avro && !(unwraps(info, columns.size(), is_key))) p = avro_name_problem(c.name);
    if (p.empty() && avro) p = avro_type_problem(c.type);
    if (!p.empty()) return avro && !p.starts_with("Avro") ? "Schema is not compatible with Avro: " + p : p;
  }
  return "";
}

Result<void> check_format(const FormatInfo& info, const std::vector<Field>& columns, bool is_key) {
  const auto problem = format_problem(info, columns, is_key);
  if (problem.empty()) return {};
  std::string features;
  if (info.wrap) features = "WRAP_SINGLES";
  if (info.unwrap) features = "UNWRAP_SINGLES";
  return fail(ErrorCode::invalid_input, std::string(is_key ? "Key" : "Value") + " format does not support schema.\nformat: " + std::string(format::name_of(info.format)) +
                                            "\nschema: Persistence{columns=" + column_list(columns, is_key) + ", features=[" + features + "]}\nreason: " + problem,
              std::string("choose another ") + (is_key ? "KEY_FORMAT" : "VALUE_FORMAT") + ", for example JSON");
}

}  // namespace

Result<format::Format> known_format(std::string_view name) {
  auto parsed = format::parse_format(name);
  if (parsed) return parsed;
  std::vector<std::string> names{"NONE", "KAFKA", "DELIMITED", "JSON", "JSON_SR", "AVRO", "PROTOBUF", "PROTOBUF_NOSR"};
  const auto near = closest(upper(name), names);
  return fail(ErrorCode::invalid_input, "Unknown format: " + upper(name), near.empty() ? "the formats are NONE, KAFKA, DELIMITED, JSON, JSON_SR, AVRO, PROTOBUF, PROTOBUF_NOSR" : "did you mean " + near + "?");
}

Result<WithProperties> read_with(const Properties& with, WithUse use) {
  WithProperties out;
  Reader reader{out};
  const auto known = names_for(use);
  std::string unknown;
  const Property* first_unknown = nullptr;
  for (const auto& p : with)
    if (std::ranges::find(known, p.name) == known.end()) {
      unknown += (unknown.empty() ? "" : ",") + p.name;
      if (!first_unknown) first_unknown = &p;
    }
  if (first_unknown) {
    const auto near = closest(first_unknown->name, known);
    return bad(*first_unknown, "Invalid config variable(s) in the WITH clause: " + unknown, near.empty() ? "" : "did you mean " + near + "?");
  }
  for (std::size_t i = 0; i < with.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (with[i].name == with[j].name) return bad(with[i], "Duplicate property in the WITH clause: " + with[i].name);
  for (const auto& p : with) TRY_VOID(reader.read(p));
  TRY_VOID(reader.finish());
  if (use == WithUse::create && !out.topic)
    return fail(ErrorCode::invalid_input, "Failed to prepare statement: Missing required property \"KAFKA_TOPIC\" which has no default value.", "add WITH (KAFKA_TOPIC='...', VALUE_FORMAT='...')");
  return out;
}

namespace {
Result<format::FormatProperties> format_properties(Format format, const std::optional<std::string>& full_name, const std::optional<std::string>& delimiter,
                                                   const std::optional<std::string>& nullable, std::string_view nullable_name) {
  const bool protobuf = format == Format::protobuf || format == Format::protobuf_nosr;
  format::FormatProperties out;
  if (nullable && !protobuf) return fail(ErrorCode::invalid_input, "Property " + std::string(nullable_name) + " can only be enabled with protobuf format");
  if (full_name && format::uses_registry(format)) {
    auto trimmed = *full_name;
    while (!trimmed.empty() && trimmed.back() == ' ') trimmed.pop_back();
    while (!trimmed.empty() && trimmed.front() == ' ') trimmed.erase(0, 1);
    if (trimmed.empty()) return fail(ErrorCode::invalid_input, "fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}");
    out["FULL_SCHEMA_NAME"] = trimmed;
  } else if (full_name) {
    return fail(ErrorCode::invalid_input, std::string(format::name_of(format)) + " does not support the following configs: [fullSchemaName]");
  }
  if (delimiter) {
    if (format != Format::delimited) return fail(ErrorCode::invalid_input, std::string(format::name_of(format)) + " does not support the following configs: [delimiter]");
    out["DELIMITER"] = *delimiter;
  }
  if (nullable) out["NULLABLE_REPRESENTATION"] = *nullable;
  return out;
}

std::string camel(std::string_view name) {
  std::string out;
  bool start = true;
  for (char c : name) {
    if (c == '_') { start = true; continue; }
    if (start) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
    else c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    out += c;
    start = false;
  }
  return out;
}
}  // namespace

Result<format::FormatProperties> key_format_properties(const WithProperties& with, Format format, std::string_view source_name) {
  auto name = with.key_full_name;
  if (!name && format == Format::avro) name = "io.confluent.ksql.avro_schemas." + camel(source_name) + "Key";
  return format_properties(format, name, with.key_delimiter, with.key_nullable, "KEY_PROTOBUF_NULLABLE_REPRESENTATION");
}
Result<format::FormatProperties> value_format_properties(const WithProperties& with, Format format) {
  return format_properties(format, with.value_full_name, with.value_delimiter, with.value_nullable, "VALUE_PROTOBUF_NULLABLE_REPRESENTATION");
}

format::FormatProperties inheritable(Format format, const format::FormatProperties& properties) {
  format::FormatProperties out;
  for (const auto& [name, value] : properties) {
    if (name == "DELIMITER" && format == Format::delimited) out[name] = value;
    if (name == "NULLABLE_REPRESENTATION" && (format == Format::protobuf || format == Format::protobuf_nosr)) out[name] = value;
  }
  return out;
}

void set_key_features(FormatInfo& format, std::size_t columns) {
  format.wrap = false;
  format.unwrap = columns == 1 && format::supports_unwrapping(format.format) && format::supports_wrapping(format.format);
}

Result<void> set_value_features(FormatInfo& format, std::size_t columns, std::optional<bool> wrap, const std::map<std::string, std::string>& properties) {
  format.wrap = format.unwrap = false;
  const auto supported = [&](bool w) { return w ? format::supports_wrapping(format.format) : format::supports_unwrapping(format.format); };
  if (wrap) {
    if (!supported(*wrap))
      return fail(ErrorCode::invalid_input, "Format '" + std::string(format::name_of(format.format)) + "' does not support 'WRAP_SINGLE_VALUE' set to '" + (*wrap ? "true" : "false") + "'.");
    if (columns != 1) return fail(ErrorCode::invalid_input, "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
    (*wrap ? format.wrap : format.unwrap) = true;
    return {};
  }
  const auto set = properties.find("ksql.persistence.wrap.single.values");
  if (columns != 1 || set == properties.end() || set->second.empty()) return {};
  const bool w = upper(set->second) == "TRUE";
  if (supported(w)) (w ? format.wrap : format.unwrap) = true;
  return {};
}

bool unwraps(const FormatInfo& format, std::size_t columns, bool is_key) {
  if (columns != 1) return false;
  if (format.wrap) return false;
  if (format.unwrap) return true;
  (void)is_key;
  return format.format == Format::kafka || format.format == Format::delimited;
}

Result<void> check_key_format(const FormatInfo& format, const std::vector<Field>& key) {
  for (const auto& c : key)
    if (contains_map(c.type))
      return fail(ErrorCode::invalid_input, "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to inconsistent serialization. Key column name: `" +
                                                c.name + "`. Column type: " + c.type.text() + ". See https://github.com/confluentinc/ksql/issues/6621 for more.",
                  "choose key columns without maps");
  return check_format(format, key, true);
}
Result<void> check_value_format(const FormatInfo& format, const std::vector<Field>& value) { return check_format(format, value, false); }

Result<void> check_timestamp_column(const std::optional<TimestampColumn>& timestamp, const Schema& schema) {
  if (!timestamp) return {};
  const Type* type = nullptr;
  for (const auto* part : {&schema.key, &schema.value})
    for (const auto& c : *part)
      if (c.name == timestamp->column) type = &c.type;
  if (!type)
    return fail(ErrorCode::invalid_input, "The TIMESTAMP column set in the WITH clause does not exist in the schema: '" + timestamp->column + "'");
  if (type->is(Kind::string)) {
    if (!timestamp->format)
      return fail(ErrorCode::invalid_input, "A String timestamp field has been specified without also specifying the timestamp_format", "add TIMESTAMP_FORMAT='yyyy-MM-dd HH:mm:ss' with the pattern of the column");
    return {};
  }
  if (timestamp->format)
    return fail(ErrorCode::invalid_input, "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.");
  if (type->is(Kind::bigint) || type->is(Kind::timestamp)) return {};
  return fail(ErrorCode::invalid_input, "Timestamp column, `" + timestamp->column + "`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified.");
}

}  // namespace braid::sql
