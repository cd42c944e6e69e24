#include "api/records/payload.h"

#include "api/records/avro_json.h"
#include "api/records/value_json.h"
#include "base/base64.h"
#include "format/serde.h"

namespace braid::api {
namespace {

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = std::uint8_t(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((std::uint8_t(text[i + k]) & 0xC0) != 0x80) return false;
    if (c == 0xE0 && std::uint8_t(text[i + 1]) < 0xA0) return false;   // a longer form than needed
    if (c == 0xED && std::uint8_t(text[i + 1]) > 0x9F) return false;   // a surrogate
    if (c == 0xF0 && std::uint8_t(text[i + 1]) < 0x90) return false;
    if (c == 0xF4 && std::uint8_t(text[i + 1]) > 0x8F) return false;
    i += length;
  }
  return true;
}

bool printable(std::string_view text) {
  for (const char c : text)
    if (std::uint8_t(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') return false;
  return valid_utf8(text);
}

// One schema, for the moment of one decode.
class OneSchema final : public format::Schemas {
 public:
  explicit OneSchema(format::SchemaText text) : text_(std::move(text)) {}
  const format::SchemaText* by_id(SchemaId) override { return &text_; }

 private:
  format::SchemaText text_;
};

Result<std::string> decode_protobuf(const registry::RegisteredSchema& schema, std::vector<std::string> references, BytesView payload) {
  const format::SchemaText text{"PROTOBUF", schema.text, std::move(references)};
  TRY(const auto inferred, format::infer_columns(format::Format::protobuf, text, false));
  format::SerdeSpec spec;
  spec.format = format::Format::protobuf;
  spec.columns = inferred.columns;
  OneSchema schemas(text);
  TRY(const auto serde, format::make_serde(std::move(spec), schemas));
  std::vector<data::Column> columns;
  std::vector<data::Column*> pointers;
  for (const auto& field : inferred.columns) columns.emplace_back(field.type);
  for (auto& column : columns) pointers.push_back(&column);
  TRY_VOID(serde->decode(payload, pointers));
  json::object out;
  for (std::size_t i = 0; i < columns.size(); ++i) out[inferred.columns[i].name] = to_json(columns[i].get(0), inferred.columns[i].type);
  return json::print(out);
}

}  // namespace

Result<std::string> Payloads::decode_with(const registry::RegisteredSchema& schema, BytesView payload) {
  switch (schema.type) {
    case registry::SchemaType::avro: {
      auto& program = programs_[schema.id.value];
      if (!program) {
        TRY(const auto parsed, registry_.avro(schema.id));
        TRY(program, format::avro::Program::compile(parsed, parsed));
      }
      return format::avro::decode_to_json(*program, payload.substr(5));
    }
    case registry::SchemaType::json: return std::string(payload.substr(5));
    case registry::SchemaType::protobuf: {
      TRY(const auto referenced, registry_.referenced_texts(schema));
      std::vector<std::string> texts;
      for (const auto& reference : referenced) texts.push_back(reference.text);
      return decode_protobuf(schema, std::move(texts), payload);
    }
  }
  return fail(ErrorCode::bug, "a schema type without a decoder");
}

Decoded Payloads::decode(BytesView payload) {
  Decoded out;
  if (payload.size() >= 5 && payload[0] == 0) {
    const SchemaId id{load_be<std::int32_t>(payload.data() + 1)};
    const auto schema = registry_.by_id(id);
    if (schema) {
      out.schema_id = id.value;
      out.format = schema->type == registry::SchemaType::json ? "JSON_SR" : std::string(registry::name_of(schema->type));
      auto text = decode_with(*schema, payload);
      auto value = text ? json::parse(*text) : Result<json::value>(std::unexpected(text.error()));
      if (value) {
        out.value = *std::move(value);
        return out;
      }
      out.problem = "does not decode with schema " + std::to_string(id.value) + ": " + value.error().message;
    } else {
      out.problem = "names schema " + std::to_string(id.value) + ", which the registry does not have";
    }
  } else if (printable(payload)) {
    if (auto value = json::parse(payload)) {
      out.format = "JSON";
      out.value = *std::move(value);
    } else {
      out.format = "TEXT";
      out.value = json::value(payload);
    }
    return out;
  }
  if (out.format.empty()) out.format = "BINARY";
  out.value = json::object{{"base64", base64(payload)}};
  return out;
}

Result<Bytes> Payloads::encode(const json::value& value, const registry::RegisteredSchema* schema) {
  if (schema == nullptr) return value.is_string() ? Bytes(value.get_string()) : Bytes(json::print(value));
  Bytes out;
  Writer writer(out);
  writer.u8(0);
  writer.be<std::int32_t>(schema->id.value);
  switch (schema->type) {
    case registry::SchemaType::json: writer.bytes(json::print(value)); return out;
    case registry::SchemaType::avro: {
      TRY(const auto parsed, registry_.avro(schema->id));
      TRY(const auto datum, datum_from_json(parsed->root(), value));
      TRY_VOID(format::avro::encode(parsed->root(), datum, out));
      return out;
    }
    case registry::SchemaType::protobuf:
      return fail(ErrorCode::unsupported, "records of the Protobuf schema " + std::to_string(schema->id.value) + " cannot be written from JSON yet",
                  "write them with a Kafka client and its Protobuf serializer");
  }
  return fail(ErrorCode::bug, "a schema type without an encoder");
}

}  // namespace braid::api
