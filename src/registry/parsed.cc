#include "registry/parsed.h"

#include "format/avro/compatibility.h"
#include "format/json_schema/difference.h"
#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/difference.h"

namespace braid::registry {
namespace {

namespace avro = format::avro;
namespace json_schema = format::json_schema;
namespace protobuf_schema = format::protobuf_schema;

std::string canonical_of(const Parsed::Any& any) {
  return std::visit([](const auto& schema) { return canonical_text(*schema); }, any);
}

std::string described(const avro::Incompatibility& i, const std::string& reader, const std::string& writer) {
  const std::string& at = i.location;
  if (i.kind == "READER_FIELD_MISSING_DEFAULT_VALUE")
    return "The field '" + i.message + "' at path '" + at + "' in the " + reader + " schema has no default value and is missing in the " + writer + " schema";
  if (i.kind == "TYPE_MISMATCH")
    return "The type (path '" + at + "') of a field in the " + reader + " schema does not match with the " + writer + " schema";
  if (i.kind == "NAME_MISMATCH") return "The name of the schema has changed (path '" + at + "')";
  if (i.kind == "FIXED_SIZE_MISMATCH")
    return "The size of FIXED type field at path '" + at + "' in the " + reader + " schema does not match with the " + writer + " schema";
  if (i.kind == "MISSING_ENUM_SYMBOLS")
    return "The " + reader + " schema is missing enum symbols '" + i.message + "' at path '" + at + "' in the " + writer + " schema";
  return "The " + reader + " schema is missing a type inside a union field at path '" + at + "' in the " + writer + " schema";
}

std::vector<std::string> avro_differences(const avro::Schema& reader, const avro::Schema& writer, bool reader_is_new) {
  std::vector<std::string> out;
  const std::string names[] = {"old", "new"};
  for (const auto& i : avro::incompatibilities(reader, writer))
    out.push_back("{errorType:'" + i.kind + "', description:'" + described(i, names[reader_is_new], names[!reader_is_new]) + "', additionalInfo:'" + i.message + "'}");
  return out;
}

template <class Difference> std::vector<std::string> worded(const std::vector<Difference>& found, bool reader_is_new) {
  std::vector<std::string> out;
  for (const auto& d : found)
    out.push_back("{errorType:\"" + std::string(d.kind) + "\", description:\"The " + (reader_is_new ? "new" : "old") + " schema, at path '" + d.path + "', " +
                  d.message + "\"}");
  return out;
}

}  // namespace

Parsed::Parsed(SchemaType type, Any any) : type_(type), any_(std::move(any)), canonical_(canonical_of(any_)) {}

Result<std::shared_ptr<const Parsed>> Parsed::parse(SchemaType type, std::string_view text, const std::vector<ReferencedText>& references,
                                                    Validation validation) {
  if (type == SchemaType::avro) {
    std::vector<std::string> texts;
    for (const auto& r : references) texts.push_back(r.text);
    avro::ParseOptions options{.validate_names = validation.is_new, .validate_namespaces = validation.strict, .validate_defaults = validation.strict};
    TRY(auto schema, avro::parse(text, texts, options));
    return std::shared_ptr<const Parsed>(new Parsed(type, std::move(schema)));
  }
  if (type == SchemaType::json) {
    std::vector<json_schema::Reference> named;
    for (const auto& r : references) named.push_back({r.name, r.text});
    TRY(auto schema, json_schema::parse(text, named, !validation.is_new));
    return std::shared_ptr<const Parsed>(new Parsed(type, std::move(schema)));
  }
  std::vector<protobuf_schema::Reference> named;
  for (const auto& r : references) named.push_back({r.name, r.text});
  TRY(auto schema, protobuf_schema::parse(text, named, !validation.is_new));
  return std::shared_ptr<const Parsed>(new Parsed(type, std::move(schema)));
}

std::string Parsed::normalised() const {
  return std::visit([](const auto& schema) { return normalised_text(*schema); }, any_);
}

std::string Parsed::formatted(std::string_view format) const {
  if (const auto* schema = std::get_if<avro::SchemaPtr>(&any_); schema != nullptr && format == "resolved") return avro::resolved_text(**schema);
  if (const auto* schema = std::get_if<protobuf_schema::SchemaPtr>(&any_); schema != nullptr && format == "serialized") {
    auto text = protobuf_schema::serialized_text(**schema);
    if (text) return *std::move(text);
  }
  return canonical_;
}

std::vector<std::string> Parsed::top_level_fields() const {
  std::vector<std::string> out;
  if (const auto* schema = std::get_if<avro::SchemaPtr>(&any_))
    for (const auto& field : (*schema)->root().fields) out.push_back(field.name);
  if (const auto* schema = std::get_if<json_schema::SchemaPtr>(&any_))
    if (const auto* properties = (*schema)->root.find("properties"))
      for (const auto& member : properties->members) out.push_back(member.name);
  if (const auto* schema = std::get_if<protobuf_schema::SchemaPtr>(&any_)) out = protobuf_schema::top_level_fields(**schema);
  return out;
}

std::vector<std::string> differences(const Parsed& reader, const Parsed& writer, bool reader_is_new, Policy policy) {
  if (reader.type() != writer.type()) return {"Incompatible because of different schema type"};
  if (const auto* r = std::get_if<avro::SchemaPtr>(&reader.any())) return avro_differences(**r, *std::get<avro::SchemaPtr>(writer.any()), reader_is_new);
  if (const auto* r = std::get_if<json_schema::SchemaPtr>(&reader.any()))
    return worded(json_schema::incompatible_changes(*std::get<json_schema::SchemaPtr>(writer.any()), **r, policy == Policy::lenient), reader_is_new);
  return worded(protobuf_schema::incompatible_changes(*std::get<protobuf_schema::SchemaPtr>(writer.any()), *std::get<protobuf_schema::SchemaPtr>(reader.any())),
                reader_is_new);
}

}  // namespace braid::registry
