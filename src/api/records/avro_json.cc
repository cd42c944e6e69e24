#include "api/records/avro_json.h"

#include <limits>

namespace braid::api {
namespace {

namespace avro = format::avro;

std::unexpected<Error> misfit(const std::string& path, const avro::Node& schema, const json::value& value) {
  std::string shown = json::print(value);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  return fail(ErrorCode::invalid_input, (path.empty() ? "the value" : "field '" + path + "'") + " must be " + std::string(avro::name_of(schema.type)) +
                                            ", got " + shown);
}

Result<Bytes> latin1_bytes(const std::string& path, const avro::Node& schema, const json::value& value) {
  if (!value.is_string()) return misfit(path, schema, value);
  Bytes out;
  const std::string_view text = value.get_string();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = std::uint8_t(text[i]);
    if (c < 0x80) {
      out += char(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
      out += char(std::uint8_t((c & 3) << 6) | (std::uint8_t(text[++i]) & 0x3F));
    } else {
      return misfit(path, schema, value);
    }
  }
  return out;
}

Result<avro::Datum> record_datum(const avro::Node& schema, const json::value& value, const std::string& path) {
  if (!value.is_object()) return misfit(path, schema, value);
  const auto& object = value.get_object();
  avro::Datum out{avro::Type::record};
  for (const auto& field : schema.fields) {
    const std::string at = path.empty() ? field.name : path + "." + field.name;
    const auto* given = object.if_contains(field.name);
    json::value missing;
    if (given == nullptr) {
      if (!field.default_value) {
        const bool may_be_null = field.type->type == avro::Type::null_ ||
                                 (field.type->type == avro::Type::union_ && !field.type->branches.empty() && field.type->branches[0]->type == avro::Type::null_);
        if (!may_be_null) return fail(ErrorCode::invalid_input, "field '" + at + "' is missing and has no default");
      } else {
        TRY(missing, json::parse(format::print_json_text(*field.default_value)));
      }
      given = &missing;
    }
    TRY(auto item, datum_from_json(*field.type, *given, at));
    out.items.push_back(std::move(item));
  }
  for (const auto& [name, unused] : object) {
    bool known = false;
    for (const auto& field : schema.fields) known = known || field.name == std::string_view(name);
    if (!known) return fail(ErrorCode::invalid_input, "the schema has no field '" + (path.empty() ? "" : path + ".") + std::string(name) + "'");
  }
  return out;
}

Result<avro::Datum> union_datum(const avro::Node& schema, const json::value& value, const std::string& path) {
  avro::Datum out{avro::Type::union_};
  std::optional<Error> last;
  for (std::size_t i = 0; i < schema.branches.size(); ++i) {
    const auto& branch = *schema.branches[i];
    const json::value* inner = &value;
    if (value.is_object() && value.get_object().size() == 1 && branch.type != avro::Type::map) {
      const auto& [name, wrapped] = *value.get_object().begin();
      if (std::string_view(name) == avro::name_of(branch.type) || (!branch.name.name.empty() && std::string_view(name) == branch.name.full())) inner = &wrapped;
    }
    auto fitted = datum_from_json(branch, *inner, path);
    if (fitted) {
      out.whole = std::int64_t(i);
      out.items.push_back(*std::move(fitted));
      return out;
    }
    if (branch.type != avro::Type::null_) last = std::move(fitted).error();
  }
  if (last) return std::unexpected(*std::move(last));
  return misfit(path, schema, value);
}

}  // namespace

Result<avro::Datum> datum_from_json(const avro::Node& schema, const json::value& value, const std::string& path) {
  avro::Datum out{schema.type};
  switch (schema.type) {
    case avro::Type::null_:
      if (!value.is_null()) return misfit(path, schema, value);
      return out;
    case avro::Type::boolean:
      if (!value.is_bool()) return misfit(path, schema, value);
      out.whole = value.get_bool();
      return out;
    case avro::Type::int_:
    case avro::Type::long_:
      if (!value.is_int64()) return misfit(path, schema, value);
      out.whole = value.get_int64();
      if (schema.type == avro::Type::int_ &&
          (out.whole < std::numeric_limits<std::int32_t>::min() || out.whole > std::numeric_limits<std::int32_t>::max()))
        return misfit(path, schema, value);
      return out;
    case avro::Type::float_:
    case avro::Type::double_:
      if (!value.is_number()) return misfit(path, schema, value);
      out.real = value.to_number<double>();
      return out;
    case avro::Type::string:
      if (!value.is_string()) return misfit(path, schema, value);
      out.bytes = value.get_string();
      return out;
    case avro::Type::bytes:
    case avro::Type::fixed: {
      TRY(out.bytes, latin1_bytes(path, schema, value));
      if (schema.type == avro::Type::fixed && out.bytes.size() != std::size_t(schema.size)) return misfit(path, schema, value);
      return out;
    }
    case avro::Type::enum_:
      if (value.is_string())
        for (std::size_t i = 0; i < schema.symbols.size(); ++i)
          if (schema.symbols[i] == std::string_view(value.get_string())) {
            out.whole = std::int64_t(i);
            return out;
          }
      return misfit(path, schema, value);
    case avro::Type::record: return record_datum(schema, value, path);
    case avro::Type::union_: return union_datum(schema, value, path);
    case avro::Type::array:
      if (!value.is_array()) return misfit(path, schema, value);
      for (const auto& item : value.get_array()) {
        TRY(auto inner, datum_from_json(*schema.items, item, path + "[" + std::to_string(out.items.size()) + "]"));
        out.items.push_back(std::move(inner));
      }
      return out;
    case avro::Type::map:
      if (!value.is_object()) return misfit(path, schema, value);
      for (const auto& [name, item] : value.get_object()) {
        TRY(auto inner, datum_from_json(*schema.items, item, path + "." + std::string(name)));
        out.entries.emplace_back(Bytes(name), std::move(inner));
      }
      return out;
  }
  return misfit(path, schema, value);
}

}  // namespace braid::api
