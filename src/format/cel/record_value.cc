#include "format/cel/record_value.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>

#include "base/limits/texts.h"

namespace braid::format::cel {
namespace {

namespace pb = google::protobuf;

std::string_view type_name(avro::Type type) {
  static constexpr std::string_view names[] = {"NULL", "BOOLEAN", "INT", "LONG", "FLOAT", "DOUBLE", "BYTES", "STRING", "RECORD", "ENUM", "ARRAY", "MAP", "UNION", "FIXED"};
  return names[std::size_t(type)];
}

void avro_leaves(const avro::Node& schema, const avro::Datum& d, const std::string& full_name, const std::string& name, const Visit& visit) {
  switch (schema.type) {
    case avro::Type::record:
      for (std::size_t i = 0; i < schema.fields.size() && i < d.items.size(); ++i) {
        const auto& f = schema.fields[i];
        avro_leaves(*f.type, d.items[i], schema.name.full() + "." + f.name, f.name, visit);
      }
      return;
    case avro::Type::array:
      for (const auto& item : d.items) avro_leaves(*schema.items, item, full_name, name, visit);
      return;
    case avro::Type::map:
      for (const auto& [key, item] : d.entries) avro_leaves(*schema.items, item, full_name, name, visit);
      return;
    case avro::Type::union_:
      if (std::size_t(d.whole) < schema.branches.size() && !d.items.empty()) avro_leaves(*schema.branches[std::size_t(d.whole)], d.items[0], full_name, name, visit);
      return;
    default:
      if (!name.empty()) visit({full_name, name, type_name(schema.type), {}, value_of(schema, d)});
  }
}

// A part of a schema behind "$ref": "#/...". Other references are not followed: their fields are looked at by rules on the whole message.
const JsonNode* behind_ref(const JsonNode& root, const JsonNode* node) {
  for (int hops = 0; node != nullptr && hops < 20; ++hops) {
    const auto* ref = node->find("$ref");
    if (ref == nullptr || !ref->is_string()) return node;
    std::string_view path = ref->text;
    if (!path.starts_with('#')) return nullptr;
    path.remove_prefix(1);
    const JsonNode* at = &root;
    while (at != nullptr && !path.empty()) {
      path.remove_prefix(1);
      const auto end = std::min(path.find('/'), path.size());
      at = at->find(path.substr(0, end));
      path.remove_prefix(end);
    }
    node = at;
  }
  return node;
}

std::string_view json_type(const JsonNode& value) {
  switch (value.kind) {
    case JsonNode::Kind::null: return "NULL";
    case JsonNode::Kind::boolean: return "BOOLEAN";
    case JsonNode::Kind::string: return "STRING";
    case JsonNode::Kind::number: return value.is_integer() ? "INT" : "DOUBLE";
    default: return "";
  }
}

struct JsonWalk {
  const JsonNode& root;
  const Visit& visit;
  std::set<std::string> seen;      // a value that several branches of a combination describe is one leaf

  void walk(const JsonNode* schema, const JsonNode& value, const std::string& path, const std::string& name, std::set<std::string> tags, int depth) {
    schema = behind_ref(root, schema);
    if (schema == nullptr || !schema->is_object() || depth > limits::schema_nesting_max) return;
    if (const auto* list = schema->find("confluent:tags"); list != nullptr)
      for (const auto& tag : list->items) tags.insert(tag.text);
    for (const std::string_view key : {"allOf", "anyOf", "oneOf"})
      if (const auto* list = schema->find(key); list != nullptr)
        for (const auto& part : list->items) walk(&part, value, path, name, tags, depth + 1);
    if (value.is_object()) {
      if (const auto* properties = schema->find("properties"))
        for (const auto& member : value.members)
          if (const auto* inner = properties->find(member.name)) walk(inner, member.value, path + "." + member.name, member.name, {}, depth + 1);
      return;
    }
    if (value.is_array()) {
      const auto* items = schema->find("items");
      if (items != nullptr && items->is_object())
        for (std::size_t i = 0; i < value.items.size(); ++i) walk(items, value.items[i], path + "[" + std::to_string(i) + "]", name, tags, depth + 1);
      return;
    }
    if (!name.empty() && (schema->find("type") != nullptr || schema->find("enum") != nullptr || schema->find("const") != nullptr) && seen.insert(path).second)
      visit({path, name, json_type(value), std::move(tags), from_json(value)});
  }
};

Value pb_value(const pb::Message& m, const pb::FieldDescriptor& f, int index) {   // index -1: not repeated
  const auto& r = *m.GetReflection();
  const bool at = index >= 0;
  switch (f.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32: return std::int64_t(at ? r.GetRepeatedInt32(m, &f, index) : r.GetInt32(m, &f));
    case pb::FieldDescriptor::CPPTYPE_INT64: return std::int64_t(at ? r.GetRepeatedInt64(m, &f, index) : r.GetInt64(m, &f));
    case pb::FieldDescriptor::CPPTYPE_UINT32: return std::uint64_t(at ? r.GetRepeatedUInt32(m, &f, index) : r.GetUInt32(m, &f));
    case pb::FieldDescriptor::CPPTYPE_UINT64: return std::uint64_t(at ? r.GetRepeatedUInt64(m, &f, index) : r.GetUInt64(m, &f));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return at ? r.GetRepeatedDouble(m, &f, index) : r.GetDouble(m, &f);
    case pb::FieldDescriptor::CPPTYPE_FLOAT: return double(at ? r.GetRepeatedFloat(m, &f, index) : r.GetFloat(m, &f));
    case pb::FieldDescriptor::CPPTYPE_BOOL: return at ? r.GetRepeatedBool(m, &f, index) : r.GetBool(m, &f);
    case pb::FieldDescriptor::CPPTYPE_ENUM: return std::int64_t(at ? r.GetRepeatedEnumValue(m, &f, index) : r.GetEnumValue(m, &f));
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      std::string text = at ? r.GetRepeatedString(m, &f, index) : r.GetString(m, &f);
      if (f.type() == pb::FieldDescriptor::TYPE_BYTES) return ByteString{std::move(text)};
      return text;
    }
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: return value_of(at ? r.GetRepeatedMessage(m, &f, index) : r.GetMessage(m, &f));
  }
  return Null{};
}

std::string_view type_name(const pb::FieldDescriptor& f) {
  switch (f.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32: case pb::FieldDescriptor::CPPTYPE_UINT32: return "INT";
    case pb::FieldDescriptor::CPPTYPE_INT64: case pb::FieldDescriptor::CPPTYPE_UINT64: return "LONG";
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return "DOUBLE";
    case pb::FieldDescriptor::CPPTYPE_FLOAT: return "FLOAT";
    case pb::FieldDescriptor::CPPTYPE_BOOL: return "BOOLEAN";
    case pb::FieldDescriptor::CPPTYPE_ENUM: return "ENUM";
    case pb::FieldDescriptor::CPPTYPE_STRING: return f.type() == pb::FieldDescriptor::TYPE_BYTES ? "BYTES" : "STRING";
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: return "RECORD";
  }
  return "";
}

// google.protobuf.Timestamp, Duration and the wrappers are the values that they stand for.
std::optional<Value> well_known(const pb::Message& m) {
  const auto& type = *m.GetDescriptor();
  if (!type.full_name().starts_with("google.protobuf.")) return std::nullopt;
  const auto whole = [&](std::string_view name) -> std::int64_t {
    const auto* f = type.FindFieldByName(std::string(name));
    if (f == nullptr) return 0;
    return f->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT64 ? m.GetReflection()->GetInt64(m, f) : m.GetReflection()->GetInt32(m, f);
  };
  if (type.name() == "Timestamp") return Value(Timestamp{whole("seconds"), std::int32_t(whole("nanos"))});
  if (type.name() == "Duration") return Value(Duration{std::int64_t(std::uint64_t(whole("seconds")) * 1'000'000'000u + std::uint64_t(whole("nanos")))});
  if (type.name().ends_with("Value") && type.field_count() == 1 && type.field(0)->name() == "value") return pb_value(m, *type.field(0), -1);
  return std::nullopt;
}

bool is_set(const pb::Message& m, const pb::FieldDescriptor& f) {
  const auto& r = *m.GetReflection();
  return f.is_repeated() ? r.FieldSize(m, &f) > 0 : r.HasField(m, &f);
}

}  // namespace

Value value_of(const avro::Node& schema, const avro::Datum& d) {
  switch (schema.type) {
    case avro::Type::null_: return Null{};
    case avro::Type::boolean: return d.whole != 0;
    case avro::Type::int_: case avro::Type::long_: return d.whole;
    case avro::Type::float_: case avro::Type::double_: return d.real;
    case avro::Type::bytes: case avro::Type::fixed: return ByteString{d.bytes};
    case avro::Type::string: return std::string(d.bytes);
    case avro::Type::enum_: return std::size_t(d.whole) < schema.symbols.size() ? Value(schema.symbols[std::size_t(d.whole)]) : Value(Null{});
    case avro::Type::array: {
      List out;
      for (const auto& item : d.items) out.push_back(value_of(*schema.items, item));
      return list_of(std::move(out));
    }
    case avro::Type::map: {
      Map out;
      for (const auto& [key, item] : d.entries) out.entries.emplace_back(Value(std::string(key)), value_of(*schema.items, item));
      return map_of(std::move(out));
    }
    case avro::Type::union_:
      return std::size_t(d.whole) < schema.branches.size() && !d.items.empty() ? value_of(*schema.branches[std::size_t(d.whole)], d.items[0]) : Value(Null{});
    case avro::Type::record: {
      Map out;
      for (std::size_t i = 0; i < schema.fields.size() && i < d.items.size(); ++i) {
        auto value = value_of(*schema.fields[i].type, d.items[i]);
        if (value.as<Null>()) out.absent.push_back(schema.fields[i].name);
        out.entries.emplace_back(Value(schema.fields[i].name), std::move(value));
      }
      return map_of(std::move(out));
    }
  }
  return Null{};
}

void visit_leaves(const avro::Node& schema, const avro::Datum& datum, const Visit& visit) { avro_leaves(schema, datum, "", "", visit); }

void visit_leaves(const json_schema::Schema& schema, const JsonNode& document, const Visit& visit) {
  JsonWalk{schema.root, visit, {}}.walk(&schema.root, document, "$", "", {}, 0);
}

Value value_of(const pb::Message& m) {
  if (auto known = well_known(m)) return *std::move(known);
  Map out;
  const auto& type = *m.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& f = *type.field(i);
    const bool set = is_set(m, f);
    if (!set) out.absent.push_back(f.name());
    if (f.is_map()) {
      Map map;
      for (int k = 0; k < m.GetReflection()->FieldSize(m, &f); ++k) {
        const auto& entry = m.GetReflection()->GetRepeatedMessage(m, &f, k);
        map.entries.emplace_back(pb_value(entry, *f.message_type()->map_key(), -1), pb_value(entry, *f.message_type()->map_value(), -1));
      }
      out.entries.emplace_back(Value(f.name()), map_of(std::move(map)));
    } else if (f.is_repeated()) {
      List list;
      for (int k = 0; k < m.GetReflection()->FieldSize(m, &f); ++k) list.push_back(pb_value(m, f, k));
      out.entries.emplace_back(Value(f.name()), list_of(std::move(list)));
    } else if (f.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && !set) {
      out.entries.emplace_back(Value(f.name()), Value(Null{}));   // its defaults would go on without end in a recursive message
    } else {
      out.entries.emplace_back(Value(f.name()), pb_value(m, f, -1));
    }
  }
  return map_of(std::move(out));
}

void visit_leaves(const pb::Message& m, const Visit& visit) {
  const auto& type = *m.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& f = *type.field(i);
    const int count = f.is_repeated() ? m.GetReflection()->FieldSize(m, &f) : is_set(m, f) || f.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE ? 1 : 0;
    for (int k = 0; k < count; ++k) {
      const int index = f.is_repeated() ? k : -1;
      if (f.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && !well_known(index >= 0 ? m.GetReflection()->GetRepeatedMessage(m, &f, index) : m.GetReflection()->GetMessage(m, &f)))
        visit_leaves(index >= 0 ? m.GetReflection()->GetRepeatedMessage(m, &f, index) : m.GetReflection()->GetMessage(m, &f), visit);
      else
        visit({f.full_name(), f.name(), type_name(f), {}, pb_value(m, f, index)});
    }
  }
}

}  // namespace braid::format::cel
