#include "registry/parsed.h"

#include "format/inline_tags.h"
#include "format/protobuf_schema/descriptor.h"

namespace braid::registry {
namespace {

namespace avro = format::avro;
namespace json_schema = format::json_schema;
namespace protobuf_schema = format::protobuf_schema;

std::string canonical_of(const Parsed::Any& any) {
  return std::visit([](const auto& schema) { return canonical_text(*schema); }, any);
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
  if (const auto* schema = std::get_if<protobuf_schema::SchemaPtr>(&any_); schema != nullptr && format == "ignore_extensions")
    return protobuf_schema::plain_text(**schema);
  return canonical_;
}

std::vector<format::EntityTags> Parsed::inline_tags() const {
  Result<std::vector<format::EntityTags>> out;
  if (type_ == SchemaType::avro) out = format::avro_tags(avro::resolved_text(*std::get<avro::SchemaPtr>(any_)));
  else if (type_ == SchemaType::json) out = format::json_schema_tags(canonical_);
  else out = format::protobuf_tags(*std::get<protobuf_schema::SchemaPtr>(any_));
  return out ? *std::move(out) : std::vector<format::EntityTags>{};
}

Result<std::string> Parsed::with_tags(const format::TagChange& change) const {
  if (type_ == SchemaType::avro) return format::avro_with_tags(canonical_, change);
  if (type_ == SchemaType::json) return format::json_schema_with_tags(canonical_, change);
  return format::protobuf_with_tags(*std::get<protobuf_schema::SchemaPtr>(any_), change);
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

}  // namespace braid::registry
