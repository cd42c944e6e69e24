#include "connect/avro_rows.h"

#include "base/json.h"

namespace braid::connect {
namespace {

json::value nullable(const data::Type& type, const std::string& record_name);

json::value avro_type(const data::Type& type, const std::string& record_name) {
  switch (type.kind()) {
    case data::Kind::boolean: return "boolean";
    case data::Kind::bigint: return "long";
    case data::Kind::double_: return "double";
    case data::Kind::date: return json::object{{"type", "int"}, {"logicalType", "date"}};
    case data::Kind::timestamp: return json::object{{"type", "long"}, {"logicalType", "timestamp-millis"}};
    case data::Kind::array: return json::object{{"type", "array"}, {"items", nullable(type.element(), record_name + "_item")}};
    case data::Kind::struct_: {
      json::array fields;
      std::vector<std::string> taken;
      for (const auto& field : type.fields()) {
        taken.push_back(schema_name(field.name, taken));
        fields.push_back(json::object{{"name", taken.back()}, {"type", nullable(field.type, record_name + "_" + taken.back())}, {"default", nullptr}});
      }
      return json::object{{"type", "record"}, {"name", record_name}, {"fields", std::move(fields)}};
    }
    default: return "string";
  }
}

json::value nullable(const data::Type& type, const std::string& record_name) { return json::array{"null", avro_type(type, record_name)}; }

void encode(const data::Value& value, const data::Type& type, Writer& out) {
  if (value.null()) return out.varint(0);
  out.varint(1);
  switch (type.kind()) {
    case data::Kind::boolean: return out.u8(value.boolean() ? 1 : 0);
    case data::Kind::bigint: return out.varint(value.bigint());
    case data::Kind::double_: return out.le(value.real());
    case data::Kind::date: return out.varint(value.date().days);
    case data::Kind::timestamp: return out.varint(value.timestamp().ms);
    case data::Kind::array: {
      const auto& items = value.items();
      if (!items.empty()) {
        out.varint(std::int64_t(items.size()));
        for (const auto& item : items) encode(item, type.element(), out);
      }
      return out.varint(0);
    }
    case data::Kind::struct_:
      for (std::size_t i = 0; i < type.fields().size(); ++i) encode(value.fields()[i], type.fields()[i].type, out);
      return;
    default:
      out.varint(std::int64_t(value.string().size()));
      out.bytes(value.string());
  }
}

}  // namespace

std::string avro_schema_text(std::string_view record_name, const std::vector<InferredColumn>& columns) {
  const std::string name = schema_name(record_name);
  json::array fields;
  for (const auto& column : columns) {
    json::object field{{"name", column.name}, {"type", nullable(column.type, name + "_" + column.name)}, {"default", nullptr}};
    if (column.source_name != column.name) field["doc"] = column.source_name;
    fields.push_back(std::move(field));
  }
  return json::print(json::object{{"type", "record"}, {"name", name}, {"fields", std::move(fields)}});
}

void encode_avro_row(const std::vector<InferredColumn>& columns, const data::Values& row, Bytes& out) {
  Writer writer(out);
  for (std::size_t i = 0; i < columns.size(); ++i) encode(row[i], columns[i].type, writer);
}

}  // namespace braid::connect
