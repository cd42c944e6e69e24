// Protobuf schemas <-> columns: the text that ksqlDB registers for columns, and the columns of a message.
#include "data/java_text.h"
#include "format/serde/protobuf_shape.h"
#include "format/serde/serdes.h"

namespace braid::format {

using data::Field;
using data::Kind;
using data::Type;

namespace {

enum class Nullable : std::uint8_t { no, optional, wrapper };

class ProtoWriter {
 public:
  explicit ProtoWriter(Nullable nullable) : nullable_(nullable) {}

  Result<std::string> write(const std::vector<Field>& columns, const std::string& full_name) {
    std::string space, name = full_name;
    if (name.empty()) name = next_name();
    else if (const auto dot = name.rfind('.'); dot != std::string::npos) { space = name.substr(0, dot); name = name.substr(dot + 1); }
    TRY(const std::string body, message(columns, name, "", 0));
    std::string out = "syntax = \"proto3\";\n";
    if (!space.empty()) out += "package " + space + ";\n";
    out += "\n";
    for (const auto& [file, used] : {std::pair("confluent/meta.proto", decimal_), std::pair("confluent/type/decimal.proto", decimal_),
                                     std::pair("google/protobuf/timestamp.proto", timestamp_), std::pair("google/protobuf/wrappers.proto", wrappers_),
                                     std::pair("google/type/date.proto", date_), std::pair("google/type/timeofday.proto", time_)})
      if (used) out += std::string("import \"") + file + "\";\n";
    if (out.back() == '\n' && out[out.size() - 2] != '\n') out += "\n";
    return out + body;
  }

 private:
  std::string next_name() { return "ConnectDefault" + std::to_string(++names_); }

  Result<std::string> message(const std::vector<Field>& fields, const std::string& name, const std::string& indent, int depth) {
    std::string lines, inner;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      TRY(const std::string type, field_type(fields[i], indent + "  ", inner, depth));
      lines += indent + "  " + type + " " + fields[i].name + " = " + std::to_string(i + 1);
      const Type& one = fields[i].type.is(Kind::array) ? fields[i].type.element() : fields[i].type;
      if (one.is(Kind::decimal))
        lines += " [(confluent.field_meta) = {\n" + indent + "    params: [\n" + indent + "      {\n" + indent + "        value: \"" + std::to_string(one.precision()) +
                 "\",\n" + indent + "        key: \"precision\"\n" + indent + "      },\n" + indent + "      {\n" + indent + "        value: \"" + std::to_string(one.scale()) +
                 "\",\n" + indent + "        key: \"scale\"\n" + indent + "      }\n" + indent + "    ]\n" + indent + "  }]";
      lines += ";\n";
    }
    return indent + "message " + name + " {\n" + lines + inner + indent + "}\n";
  }

  Result<std::string> field_type(const Field& field, const std::string& indent, std::string& inner, int depth) {
    const Type& t = field.type;
    if (t.is(Kind::array)) {
      if (t.element().is(Kind::array) || t.element().is(Kind::map))
        return fail(ErrorCode::unsupported, "PROTOBUF cannot write " + t.text() + " (column " + field.name + "): its repeated fields do not nest", "put a STRUCT in between");
      TRY(const std::string item, single(t.element(), indent, inner, depth, false));
      return "repeated " + item;
    }
    if (t.is(Kind::map)) {
      if (t.element().is(Kind::array) || t.element().is(Kind::map))
        return fail(ErrorCode::unsupported, "PROTOBUF cannot write " + t.text() + " (column " + field.name + "): its map values cannot be repeated", "put a STRUCT in between");
      const std::string entry = next_name() + "Entry";   // ksqlDB counts the map's entry message
      if (t.element().is(Kind::decimal)) {   // map<> has no place for the precision
        TRY(const std::string text, message({{"key", t.key()}, {"value", t.element()}}, entry, indent, depth + 1));
        inner += "\n" + text;
        return "repeated " + entry;
      }
      TRY(const std::string value, single(t.element(), indent, inner, depth, false));
      return "map<string, " + value + ">";
    }
    return single(t, indent, inner, depth, true);
  }

  Result<std::string> single(const Type& t, const std::string& indent, std::string& inner, int depth, bool alone) {
    const auto scalar = [&](const char* plain, const char* wrapper) -> std::string {
      if (!alone || nullable_ == Nullable::no) return plain;
      if (nullable_ == Nullable::optional) return std::string("optional ") + plain;
      wrappers_ = true;
      return std::string("google.protobuf.") + wrapper;
    };
    const auto whole = [&](bool& used, const char* name) -> std::string {
      used = true;
      return alone && nullable_ == Nullable::optional ? std::string("optional ") + name : name;
    };
    switch (t.kind()) {
      case Kind::boolean: return scalar("bool", "BoolValue");
      case Kind::integer: return scalar("int32", "Int32Value");
      case Kind::bigint: return scalar("int64", "Int64Value");
      case Kind::double_: return scalar("double", "DoubleValue");
      case Kind::string: return scalar("string", "StringValue");
      case Kind::bytes: return scalar("bytes", "BytesValue");
      case Kind::decimal: return whole(decimal_, "confluent.type.Decimal");
      case Kind::date: return whole(date_, "google.type.Date");
      case Kind::time: return whole(time_, "google.type.TimeOfDay");
      case Kind::timestamp: return whole(timestamp_, "google.protobuf.Timestamp");
      default: {
        const std::string name = next_name();
        TRY(const std::string text, message(t.fields(), name, indent, depth + 1));
        inner += "\n" + text;
        return name;
      }
    }
  }

  Nullable nullable_;
  int names_ = 0;
  bool decimal_ = false, timestamp_ = false, wrappers_ = false, date_ = false, time_ = false;
};

}  // namespace

Result<SchemaText> derive_protobuf(const std::vector<Field>& columns, bool, const FormatProperties& properties) {
  Nullable nullable = Nullable::no;
  if (const auto it = properties.find("NULLABLE_REPRESENTATION"); it != properties.end()) nullable = same_name(it->second, "WRAPPER") ? Nullable::wrapper : Nullable::optional;
  std::string name;
  if (const auto it = properties.find("FULL_SCHEMA_NAME"); it != properties.end()) name = std::string(data::trim_java(it->second));
  TRY(std::string text, ProtoWriter(nullable).write(columns, name));
  return SchemaText{"PROTOBUF", std::move(text)};
}

Result<InferredColumns> infer_protobuf(const SchemaText& schema, const FormatProperties& properties) {
  TRY(const auto shape, protobuf::Shape::parse(schema));
  const protobuf::Message* message = &shape->first();
  if (const auto it = properties.find("FULL_SCHEMA_NAME"); it != properties.end()) {
    message = shape->find(data::trim_java(it->second));
    if (message == nullptr) return fail(ErrorCode::not_found, "the Protobuf schema has no message " + it->second);
  }
  TRY(auto columns, protobuf::columns_of(*message));
  if (columns.empty()) return fail(ErrorCode::invalid_input, "Schema does not include any columns with types that ksqlDB supports.");
  return InferredColumns{std::move(columns), false};
}

}  // namespace braid::format
