// Avro schemas <-> columns, by the rules of Connect's Avro converter, which ksqlDB uses: nullable unions, the namespace of ksqlDB, logical types
// with connect.* properties, maps as arrays of entries (ksqlDB's map keys may be null).
#include <algorithm>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "data/java_text.h"
#include "format/serde/avro_types.h"
#include "format/serde/serdes.h"

namespace braid::format {

using data::Field;
using data::Kind;
using data::Type;

namespace {

constexpr int default_precision = 64;   // Connect's for decimals that do not say theirs

const JsonNode* property(const avro::Node& node, std::string_view name) {
  for (const auto& p : node.properties)
    if (p.name == name) return &p.value;
  return nullptr;
}

// The way down, and how many types there may still be.
struct Path : std::vector<const avro::Node*> { std::size_t left = limits::schema_columns_max; };

std::optional<Type> type_of(const avro::Node& node, Path& path) {
  if (path.left == 0) return std::nullopt;
  --path.left;
  if (std::find(path.begin(), path.end(), &node) != path.end() || path.size() > std::size_t(limits::schema_nesting_max)) return std::nullopt;   // recursive
  path.push_back(&node);
  struct Leave { Path& path; ~Leave() { path.pop_back(); } } leave{path};
  if (const auto d = avro_decimal(node)) return Type::decimal(d->precision, d->scale);
  using enum avro::Type;
  switch (node.type) {
    case null_: return std::nullopt;
    case boolean: return Type(Kind::boolean);
    case int_: return Type(node.logical == avro::Logical::date ? Kind::date : node.logical == avro::Logical::time_millis ? Kind::time : Kind::integer);
    case long_:
      switch (node.logical) {
        case avro::Logical::timestamp_millis: case avro::Logical::timestamp_micros: case avro::Logical::timestamp_nanos:
        case avro::Logical::local_timestamp_millis: case avro::Logical::local_timestamp_micros: case avro::Logical::local_timestamp_nanos: return Type(Kind::timestamp);
        case avro::Logical::time_micros: return Type(Kind::time);
        default: return Type(Kind::bigint);
      }
    case float_: case double_: return Type(Kind::double_);
    case bytes: case fixed: return Type(Kind::bytes);
    case string: case enum_: return Type(Kind::string);
    case array: {
      if (node.items->type == record && is_map_entry(*node.items)) {
        const auto key = type_of(*node.items->fields[0].type, path), value = type_of(*node.items->fields[1].type, path);
        return key && value ? std::optional(Type::map(*key, *value)) : std::nullopt;
      }
      const auto item = type_of(*node.items, path);
      return item ? std::optional(Type::array(*item)) : std::nullopt;
    }
    case map: {
      const auto value = type_of(*node.items, path);
      return value ? std::optional(Type::map(Kind::string, *value)) : std::nullopt;
    }
    case record: {
      std::vector<Field> fields;
      for (const auto& f : node.fields)
        if (auto t = type_of(*f.type, path)) fields.push_back({f.name, *t});
      return Type::structure(std::move(fields));
    }
    case union_: {
      std::vector<const avro::Node*> real;
      for (const auto* b : node.branches)
        if (b->type != null_) real.push_back(b);
      if (real.empty()) return std::nullopt;
      if (real.size() == 1) return type_of(*real[0], path);
      std::vector<Field> fields;
      for (const auto* b : real)
        if (auto t = type_of(*b, path)) fields.push_back({branch_name(*b), *t});
      return Type::structure(std::move(fields));
    }
  }
  return std::nullopt;
}

class SchemaWriter {
 public:
  explicit SchemaWriter(std::string space) : space_(std::move(space)) {}

  JsonNode record(const std::vector<Field>& fields, const std::string& name) {
    JsonNode out = JsonNode::object();
    out.set("type", JsonNode::of("record"));
    out.set("name", JsonNode::of(name));
    if (!space_.empty()) out.set("namespace", JsonNode::of(space_));
    JsonNode list = JsonNode::array();
    for (const auto& f : fields) list.items.push_back(field(f.name, f.type, name + "_" + f.name));
    out.set("fields", std::move(list));
    out.set("connect.name", JsonNode::of(full(name)));
    return out;
  }

  JsonNode type(const Type& t, const std::string& name) {
    switch (t.kind()) {
      case Kind::boolean: return JsonNode::of("boolean");
      case Kind::integer: return JsonNode::of("int");
      case Kind::bigint: return JsonNode::of("long");
      case Kind::double_: return JsonNode::of("double");
      case Kind::string: return JsonNode::of("string");
      case Kind::bytes: return JsonNode::of("bytes");
      case Kind::date: return logical("int", "Date", "date");
      case Kind::time: return logical("int", "Time", "time-millis");
      case Kind::timestamp: return logical("long", "Timestamp", "timestamp-millis");
      case Kind::decimal: {
        JsonNode out = JsonNode::object();
        out.set("type", JsonNode::of("bytes"));
        out.set("scale", JsonNode::of_number(std::to_string(t.scale())));
        out.set("precision", JsonNode::of_number(std::to_string(t.precision())));
        out.set("connect.version", JsonNode::of_number("1"));
        JsonNode parameters = JsonNode::object();
        parameters.set("scale", JsonNode::of(std::to_string(t.scale())));
        parameters.set("connect.decimal.precision", JsonNode::of(std::to_string(t.precision())));
        out.set("connect.parameters", std::move(parameters));
        out.set("connect.name", JsonNode::of("org.apache.kafka.connect.data.Decimal"));
        out.set("logicalType", JsonNode::of("decimal"));
        return out;
      }
      case Kind::array: {
        JsonNode out = JsonNode::object();
        out.set("type", JsonNode::of("array"));
        out.set("items", nullable(t.element(), name));
        return out;
      }
      case Kind::map: {
        JsonNode entry = JsonNode::object();
        entry.set("type", JsonNode::of("record"));
        entry.set("name", JsonNode::of(name));
        if (!space_.empty()) entry.set("namespace", JsonNode::of(space_));
        JsonNode fields = JsonNode::array();
        fields.items.push_back(field("key", t.key(), name + "_MapKey"));
        fields.items.push_back(field("value", t.element(), name + "_MapValue"));
        entry.set("fields", std::move(fields));
        entry.set("connect.internal.type", JsonNode::of("MapEntry"));
        JsonNode out = JsonNode::object();
        out.set("type", JsonNode::of("array"));
        out.set("items", std::move(entry));
        out.set("connect.name", JsonNode::of(full(name)));
        return out;
      }
      case Kind::struct_: return record(t.fields(), name);
    }
    return JsonNode::of("null");
  }

 private:
  std::string full(const std::string& name) const { return space_.empty() ? name : space_ + "." + name; }
  JsonNode nullable(const Type& t, const std::string& name) {
    JsonNode out = JsonNode::array();
    out.items.push_back(JsonNode::of("null"));
    out.items.push_back(type(t, name));
    return out;
  }
  JsonNode field(const std::string& field_name, const Type& t, const std::string& name) {
    JsonNode out = JsonNode::object();
    out.set("name", JsonNode::of(field_name));
    out.set("type", nullable(t, name));
    out.set("default", JsonNode());
    return out;
  }
  static JsonNode logical(const char* base, const std::string& connect, const char* logical_type) {
    JsonNode out = JsonNode::object();
    out.set("type", JsonNode::of(base));
    out.set("connect.version", JsonNode::of_number("1"));
    out.set("connect.name", JsonNode::of("org.apache.kafka.connect.data." + connect));
    out.set("logicalType", JsonNode::of(logical_type));
    return out;
  }
  std::string space_;
};

}  // namespace

std::optional<AvroDecimal> avro_decimal(const avro::Node& node) {
  if (node.logical == avro::Logical::decimal) return AvroDecimal{node.precision, node.scale};
  if (node.type != avro::Type::bytes) return std::nullopt;
  const JsonNode* logical = property(node, "logicalType");
  if (logical == nullptr || !logical->is_string() || logical->text != "decimal") return std::nullopt;
  const JsonNode* scale = property(node, "scale");
  return AvroDecimal{default_precision, scale != nullptr && scale->is_integer() ? data::parse_java_int(scale->text).value_or(0) : 0};
}

bool is_map_entry(const avro::Node& record) {
  if (record.fields.size() != 2 || record.fields[0].name != "key" || record.fields[1].name != "value") return false;
  const JsonNode* mark = property(record, "connect.internal.type");
  return (mark != nullptr && mark->text == "MapEntry") || (record.name.space == "io.confluent.connect.avro" && record.name.name == "MapEntry");
}

std::string branch_name(const avro::Node& node) { return node.named() ? node.name.name : std::string(avro::name_of(node.type)); }

std::optional<Type> sql_type_of(const avro::Node& node) {
  Path path;
  return type_of(node, path);
}

Result<InferredColumns> infer_avro(const SchemaText& schema, const FormatProperties&) {
  TRY(const auto parsed, avro::parse(schema.text, schema.references));
  Path path;
  const auto type = type_of(parsed->root(), path);
  if (path.left == 0) return too_many_columns("Avro");
  if (!type) return fail(ErrorCode::invalid_input, "the Avro schema has no type that SQL knows: " + schema.text.substr(0, 200));
  if (parsed->root().type == avro::Type::record) {
    if (type->fields().empty()) return fail(ErrorCode::invalid_input, "Schema does not include any columns with types that ksqlDB supports.");
    return InferredColumns{type->fields(), false};
  }
  return InferredColumns{{{"", *type}}, true};
}

Result<SchemaText> derive_avro(const std::vector<Field>& columns, bool unwrap_single, const FormatProperties& properties) {
  std::string space = "io.confluent.ksql.avro_schemas", name = "KsqlDataSourceSchema";
  if (const auto it = properties.find("FULL_SCHEMA_NAME"); it != properties.end()) {
    const std::string full(data::trim_java(it->second));
    const auto dot = full.rfind('.');
    space = dot == std::string::npos ? "" : full.substr(0, dot);
    name = dot == std::string::npos ? full : full.substr(dot + 1);
  }
  SchemaWriter writer(space);
  return SchemaText{"AVRO", print_json_text(unwrap_single ? writer.type(columns[0].type, name) : writer.record(columns, name))};
}

}  // namespace braid::format
