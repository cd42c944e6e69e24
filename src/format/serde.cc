#include "format/serde.h"

#include <algorithm>
#include <array>

#include "base/limits/schemas.h"
#include "format/serde/serdes.h"

namespace braid::format {

using data::Field;
using data::Kind;
using data::Type;

namespace {

struct FormatInfo {
  Format format;
  std::string_view name;
  bool registry, wraps, unwraps;
};
constexpr std::array formats{
    FormatInfo{Format::avro, "AVRO", true, true, true},
    FormatInfo{Format::delimited, "DELIMITED", false, false, true},
    FormatInfo{Format::json, "JSON", false, true, true},
    FormatInfo{Format::json_sr, "JSON_SR", true, true, true},
    FormatInfo{Format::kafka, "KAFKA", false, false, true},
    FormatInfo{Format::none, "NONE", false, false, false},
    FormatInfo{Format::protobuf, "PROTOBUF", true, true, false},
    FormatInfo{Format::protobuf_nosr, "PROTOBUF_NOSR", false, true, true},
};
const FormatInfo& info_of(Format format) {
  return *std::find_if(formats.begin(), formats.end(), [&](const FormatInfo& f) { return f.format == format; });
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return out;
}

std::unexpected<Error> unsupported_type(Format format, Kind kind, const std::string& column) {
  return fail(ErrorCode::invalid_input, "The '" + std::string(name_of(format)) + "' format does not support type '" + std::string(data::name_of(kind)) +
                                            "', column: `" + column + "`");
}

bool has_map_with_other_keys(const Type& type) {
  switch (type.kind()) {
    case Kind::map: return !type.key().is(Kind::string) || has_map_with_other_keys(type.element());
    case Kind::array: return has_map_with_other_keys(type.element());
    case Kind::struct_:
      return std::any_of(type.fields().begin(), type.fields().end(), [](const Field& f) { return has_map_with_other_keys(f.type); });
    default: return false;
  }
}

Result<void> check_map_keys(const std::vector<Field>& columns, const std::string& message) {
  for (const auto& column : columns)
    if (has_map_with_other_keys(column.type)) return fail(ErrorCode::invalid_input, message);
  return {};
}

bool avro_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

Result<void> check_avro_names(const std::vector<Field>& fields) {
  for (const auto& field : fields) {
    if (field.name.empty()) return fail(ErrorCode::invalid_input, "Schema is not compatible with Avro: Empty name");
    if (!avro_name_start(field.name[0])) return fail(ErrorCode::invalid_input, "Schema is not compatible with Avro: Illegal initial character: " + field.name);
    for (const char c : field.name)
      if (!avro_name_start(c) && !(c >= '0' && c <= '9')) return fail(ErrorCode::invalid_input, "Schema is not compatible with Avro: Illegal character in: " + field.name);
    const Type* inner = &field.type;
    while (inner->is(Kind::array) || inner->is(Kind::map)) inner = &inner->element();
    if (inner->is(Kind::struct_)) TRY_VOID(check_avro_names(inner->fields()));
  }
  return {};
}

}  // namespace

std::string_view name_of(Format format) { return info_of(format).name; }

Result<Format> parse_format(std::string_view name) {
  const std::string wanted = upper(name);
  for (const auto& f : formats)
    if (f.name == wanted) return f.format;
  return fail(ErrorCode::invalid_input, "Unknown format: " + wanted,
              "the formats are AVRO, DELIMITED, JSON, JSON_SR, KAFKA, NONE, PROTOBUF and PROTOBUF_NOSR");
}

bool uses_registry(Format format) { return info_of(format).registry; }
bool supports_wrapping(Format format) { return info_of(format).wraps; }
bool supports_unwrapping(Format format) { return info_of(format).unwraps; }

std::string column_list(const std::vector<Field>& columns, bool is_key) {
  std::string out = "[";
  for (const auto& column : columns) out += (out.size() > 1 ? ", `" : "`") + column.name + "` " + column.type.text() + (is_key ? " KEY" : "");
  return out + "]";
}

bool same_name(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return low(x) == low(y); });
}
std::string folded(std::string_view name) { return upper(name); }

Result<void> check_columns(Format format, const std::vector<Field>& columns, bool is_key) {
  switch (format) {
    case Format::none:
      if (!columns.empty())
        return fail(ErrorCode::invalid_input, "The 'NONE' format can only be used when no columns are defined. Got: " + column_list(columns, is_key));
      return {};
    case Format::kafka:
      for (const auto& column : columns)
        if (const Kind k = column.type.kind(); k != Kind::integer && k != Kind::bigint && k != Kind::double_ && k != Kind::string && k != Kind::bytes)
          return unsupported_type(format, k, column.name);
      if (columns.size() > 1)
        return fail(ErrorCode::invalid_input, "The 'KAFKA' format only supports a single field. Got: " + column_list(columns, is_key));
      return {};
    case Format::delimited:
      for (const auto& column : columns)
        if (column.type.nested()) return unsupported_type(format, column.type.kind(), column.name);
      return {};
    case Format::json:
    case Format::json_sr: return check_map_keys(columns, "JSON only supports MAP types with STRING keys");
    case Format::avro:
      TRY_VOID(check_map_keys(columns, "Avro only supports MAPs with STRING keys"));
      return check_avro_names(columns);
    case Format::protobuf:
    case Format::protobuf_nosr: return check_map_keys(columns, "PROTOBUF format only supports MAP types with STRING keys");
  }
  return {};
}

Result<void> check_properties(Format format, const FormatProperties& properties) {
  struct Known { std::string_view name, config; };
  constexpr std::array known{Known{"DELIMITER", "delimiter"}, Known{"FULL_SCHEMA_NAME", "fullSchemaName"},
                             Known{"NULLABLE_REPRESENTATION", "nullableRepresentation"}};
  const auto allowed = [&](std::string_view name) {
    if (name == "DELIMITER") return format == Format::delimited;
    if (name == "FULL_SCHEMA_NAME") return uses_registry(format);
    if (name == "NULLABLE_REPRESENTATION") return format == Format::protobuf || format == Format::protobuf_nosr;
    return false;
  };
  std::string refused;
  for (const auto& [name, value] : properties) {
    if (allowed(name)) continue;
    const auto it = std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.name == name; });
    refused += (refused.empty() ? "" : ", ") + std::string(it == known.end() ? std::string_view(name) : it->config);
  }
  if (!refused.empty()) return fail(ErrorCode::invalid_input, std::string(name_of(format)) + " does not support the following configs: [" + refused + "]");
  if (format == Format::delimited) TRY_VOID(delimiter_of(properties));
  if (const auto it = properties.find("FULL_SCHEMA_NAME"); it != properties.end() && it->second.find_first_not_of(" \t\n") == std::string::npos)
    return fail(ErrorCode::invalid_input, "fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}");
  if (const auto it = properties.find("NULLABLE_REPRESENTATION"); it != properties.end() && upper(it->second) != "OPTIONAL" && upper(it->second) != "WRAPPER")
    return fail(ErrorCode::invalid_input, "'" + it->second + "' is no nullable representation", "use OPTIONAL or WRAPPER");
  return {};
}

std::unexpected<Error> too_many_columns(std::string_view kind) {
  return fail(ErrorCode::invalid_input, "the " + std::string(kind) + " schema stands for more than " + std::to_string(limits::schema_columns_max) + " columns and fields, because types are used in many places or in each other",
              "name the columns that you need in the statement");
}

void append_wire_header(SchemaId id, Bytes& out) {
  char header[wire_header_bytes] = {};
  store_be(header + 1, id.value);
  out.append(header, sizeof header);
}

std::optional<SchemaId> wire_schema_id(BytesView payload) {
  if (payload.size() < wire_header_bytes || payload[0] != 0) return std::nullopt;
  return SchemaId{load_be<std::int32_t>(payload.data() + 1)};
}

std::unexpected<Error> no_wire_header(Format format, BytesView payload) {
  return fail(ErrorCode::invalid_input,
              std::string(name_of(format)) + " records start with a zero byte and the four bytes of a schema id; this one of " + std::to_string(payload.size()) +
                  " bytes does not",
              "the producer does not use a schema registry, or the format of the stream is wrong");
}

Result<std::unique_ptr<Serde>> make_serde(SerdeSpec spec, Schemas& schemas) {
  TRY_VOID(check_columns(spec.format, spec.columns, spec.is_key));
  if (spec.unwrap_single && spec.columns.size() != 1)
    return fail(ErrorCode::bug, "only a single column can be unwrapped, got " + column_list(spec.columns, spec.is_key));
  switch (spec.format) {
    case Format::none: return make_none(spec);
    case Format::kafka: return make_kafka(std::move(spec));
    case Format::delimited: return make_delimited(std::move(spec));
    case Format::json:
    case Format::json_sr: return make_json(std::move(spec));
    case Format::avro: return make_avro(std::move(spec), schemas);
    case Format::protobuf:
    case Format::protobuf_nosr: return make_protobuf(std::move(spec), schemas);
  }
  return fail(ErrorCode::bug, "no such format");
}

namespace {
Type in_capitals(const Type& type) {
  switch (type.kind()) {
    case Kind::array: return Type::array(in_capitals(type.element()));
    case Kind::map: return Type::map(in_capitals(type.key()), in_capitals(type.element()));
    case Kind::struct_: {
      std::vector<Field> fields;
      for (const auto& f : type.fields()) fields.push_back({upper(f.name), in_capitals(f.type)});
      return Type::structure(std::move(fields));
    }
    default: return type;
  }
}
}  // namespace

InferredColumns in_capitals(InferredColumns columns) {
  for (auto& c : columns.columns) c = {upper(c.name), in_capitals(c.type)};
  return columns;
}

void append_missing(std::span<data::Column* const> columns, std::size_t rows) {
  for (data::Column* column : columns)
    if (column != nullptr)
      while (column->size() < rows) column->append_null();
}

Result<InferredColumns> infer_columns(Format format, const SchemaText& schema, bool is_key, const FormatProperties& properties) {
  (void)is_key;
  switch (format) {
    case Format::avro: return infer_avro(schema, properties);
    case Format::json_sr: return infer_json(schema);
    case Format::protobuf: return infer_protobuf(schema, properties);
    default: return fail(ErrorCode::invalid_input, "The '" + std::string(name_of(format)) + "' format has no schema in the registry to infer columns from");
  }
}

Result<SchemaText> derive_schema(Format format, const std::vector<Field>& columns, bool is_key, bool unwrap_single, const FormatProperties& properties) {
  TRY_VOID(check_columns(format, columns, is_key));
  switch (format) {
    case Format::avro: return derive_avro(columns, unwrap_single, properties);
    case Format::json_sr: return derive_json(columns, unwrap_single);
    case Format::protobuf:
    case Format::protobuf_nosr: return derive_protobuf(columns, is_key, properties);
    default: return fail(ErrorCode::invalid_input, "The '" + std::string(name_of(format)) + "' format has no schema in the registry");
  }
}

}  // namespace braid::format
