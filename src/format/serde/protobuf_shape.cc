#include "format/serde/protobuf_shape.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "data/java_text.h"
#include "format/serde/serdes.h"

namespace braid::format::protobuf {

using data::Field;
using data::Kind;
using data::Type;
using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;

namespace {

class Errors final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text.empty()) text = "line " + std::to_string(line + 1) + ":" + std::to_string(column + 1) + ": " + message;
  }
  std::string text;
};

struct WellKnown { std::string_view name; Known known; Wire wire; };
constexpr WellKnown well_known[] = {
    {"google.protobuf.DoubleValue", Known::wrapper, Wire::double_}, {"google.protobuf.FloatValue", Known::wrapper, Wire::float_},
    {"google.protobuf.Int64Value", Known::wrapper, Wire::int64},    {"google.protobuf.UInt64Value", Known::wrapper, Wire::uint64},
    {"google.protobuf.Int32Value", Known::wrapper, Wire::int32},    {"google.protobuf.UInt32Value", Known::wrapper, Wire::uint32},
    {"google.protobuf.BoolValue", Known::wrapper, Wire::bool_},     {"google.protobuf.StringValue", Known::wrapper, Wire::string},
    {"google.protobuf.BytesValue", Known::wrapper, Wire::bytes},    {"google.protobuf.Timestamp", Known::timestamp, Wire::message},
    {"google.type.Date", Known::date, Wire::message},               {"google.type.TimeOfDay", Known::time_of_day, Wire::message},
    {"confluent.type.Decimal", Known::decimal, Wire::message}};

Wire wire_of(FieldDescriptorProto::Type type) {
  switch (type) {
    case FieldDescriptorProto::TYPE_DOUBLE: return Wire::double_;
    case FieldDescriptorProto::TYPE_FLOAT: return Wire::float_;
    case FieldDescriptorProto::TYPE_INT64: return Wire::int64;
    case FieldDescriptorProto::TYPE_UINT64: return Wire::uint64;
    case FieldDescriptorProto::TYPE_INT32: return Wire::int32;
    case FieldDescriptorProto::TYPE_FIXED64: return Wire::fixed64;
    case FieldDescriptorProto::TYPE_FIXED32: return Wire::fixed32;
    case FieldDescriptorProto::TYPE_BOOL: return Wire::bool_;
    case FieldDescriptorProto::TYPE_STRING: return Wire::string;
    case FieldDescriptorProto::TYPE_BYTES: return Wire::bytes;
    case FieldDescriptorProto::TYPE_UINT32: return Wire::uint32;
    case FieldDescriptorProto::TYPE_SFIXED32: return Wire::sfixed32;
    case FieldDescriptorProto::TYPE_SFIXED64: return Wire::sfixed64;
    case FieldDescriptorProto::TYPE_SINT32: return Wire::sint32;
    case FieldDescriptorProto::TYPE_SINT64: return Wire::sint64;
    default: return Wire::message;
  }
}

// key: "precision", value: "4" in any order inside the braces of (confluent.field_meta).
void read_decimal_parameters(const FieldDescriptorProto& from, FieldShape& into) {
  for (const auto& option : from.options().uninterpreted_option()) {
    if (option.name_size() == 0 || option.name(0).name_part().find("field_meta") == std::string::npos) continue;
    const std::string text = option.aggregate_value();
    for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      const std::string entry = text.substr(at, text.find('}', at) - at);
      const auto quoted_behind = [&](std::string_view word) -> std::string {
        const auto place = entry.find(word);
        const auto open = place == std::string::npos ? place : entry.find('"', place);
        if (open == std::string::npos) return {};
        return entry.substr(open + 1, entry.find('"', open + 1) - open - 1);
      };
      const auto number = data::parse_java_int(quoted_behind("value"));
      if (!number) continue;
      if (quoted_behind("key") == "precision") into.precision = *number;
      if (quoted_behind("key") == "scale") into.scale = *number;
    }
  }
}

}  // namespace

class ShapeBuilder {
 public:
  Result<std::shared_ptr<const Shape>> build(const SchemaText& schema) {
    for (const auto& reference : schema.references) TRY_VOID(add_file(reference, false));
    TRY_VOID(add_file(schema.text, true));
    for (std::size_t i = 0; i < pending_.size(); ++i) TRY_VOID(fill(pending_[i]));
    for (const auto& p : pending_)
      for (auto& f : p.into->fields) f.map = f.repeated && f.message != nullptr && (f.message->map_entry || connect_entry(*f.message, *p.into));
    if (shape_->main_.empty()) return fail(ErrorCode::invalid_input, "the Protobuf schema has no message");
    return std::shared_ptr<const Shape>(std::move(shape_));
  }

 private:
  struct Pending { const DescriptorProto* from; Message* into; bool proto3; };

  Result<void> add_file(const std::string& text, bool main) {
    google::protobuf::io::ArrayInputStream stream(text.data(), int(text.size()));
    Errors errors;
    google::protobuf::io::Tokenizer tokenizer(&stream, &errors);
    google::protobuf::compiler::Parser parser;
    parser.RecordErrorsTo(&errors);
    google::protobuf::LogSilencer quiet;   // it would say on stderr that a file without syntax is proto2
    files_.push_back(std::make_unique<FileDescriptorProto>());
    FileDescriptorProto& file = *files_.back();
    if (!parser.Parse(&tokenizer, &file) || !errors.text.empty()) return fail(ErrorCode::invalid_input, "the Protobuf schema cannot be read: " + errors.text);
    const std::string space = file.package();
    const bool proto3 = file.syntax() == "proto3";
    for (int i = 0; i < file.message_type_size(); ++i) {
      TRY(Message * added, add_message(file.message_type(i), space, {i}, proto3, 0));
      if (main) shape_->main_.push_back(added);
    }
    for (const auto& e : file.enum_type()) add_enum(e, space);
    return {};
  }

  // Connect's converter writes maps as entry messages by these names where map<> cannot say the value's type in full.
  static bool connect_entry(const Message& entry, const Message& parent) {
    const std::string prefix = parent.full_name + ".ConnectDefault";
    return entry.full_name.starts_with(prefix) && entry.full_name.ends_with("Entry") && entry.fields.size() == 2 && entry.fields[0].name == "key" && entry.fields[1].name == "value";
  }
  // A schema that came as a descriptor says in its text that a message is a map's entry.
  static bool is_map_entry(const DescriptorProto& from) {
    const auto& said = from.options().uninterpreted_option();
    return from.options().map_entry() || std::any_of(said.begin(), said.end(), [](const auto& o) {
      return o.name_size() == 1 && o.name(0).name_part() == "map_entry" && o.identifier_value() == "true";
    });
  }
  static std::string joined(const std::string& space, const std::string& name) { return space.empty() ? name : space + "." + name; }

  Result<Message*> add_message(const DescriptorProto& from, const std::string& space, std::vector<int> index, bool proto3, int depth) {
    if (depth > limits::schema_nesting_max) return fail(ErrorCode::invalid_input, "the Protobuf schema's messages are nested too deep");
    shape_->messages_.push_back({.full_name = joined(space, from.name()), .fields = {}, .oneofs = {}, .index = index, .map_entry = is_map_entry(from)});
    Message* into = &shape_->messages_.back();
    shape_->by_name_.emplace(into->full_name, into);
    pending_.push_back({&from, into, proto3});
    for (int i = 0; i < from.nested_type_size(); ++i) {
      index.push_back(i);
      TRY_VOID(add_message(from.nested_type(i), into->full_name, index, proto3, depth + 1));
      index.pop_back();
    }
    for (const auto& e : from.enum_type()) add_enum(e, into->full_name);
    return into;
  }

  void add_enum(const EnumDescriptorProto& from, const std::string& space) {
    shape_->enums_.push_back({joined(space, from.name()), {}});
    for (const auto& v : from.value()) shape_->enums_.back().values.emplace_back(v.number(), v.name());
    enums_.emplace(shape_->enums_.back().name, &shape_->enums_.back());
  }

  Result<void> fill(const Pending& p) {
    for (const auto& o : p.from->oneof_decl()) p.into->oneofs.push_back(o.name());
    for (const auto& f : p.from->field()) {
      FieldShape field;
      field.name = f.name();
      field.number = f.number();
      field.repeated = f.label() == FieldDescriptorProto::LABEL_REPEATED;
      field.presence = f.proto3_optional() || (!p.proto3 && !field.repeated) || f.has_oneof_index();
      field.oneof = f.has_oneof_index() && !f.proto3_optional() ? f.oneof_index() : -1;
      field.packed = f.options().has_packed() ? f.options().packed() : p.proto3;
      if (f.has_type_name()) TRY_VOID(resolve(f, p.into->full_name, field));
      else field.wire = wire_of(f.type());
      if (field.wire == Wire::message || field.known != Known::none) field.presence = true;
      p.into->fields.push_back(std::move(field));
    }
    return {};
  }

  Result<void> resolve(const FieldDescriptorProto& from, std::string scope, FieldShape& into) {
    std::string name = from.type_name();
    const bool absolute = name.starts_with('.');
    if (absolute) name.erase(0, 1);
    for (;;) {
      const std::string full = absolute ? name : joined(scope, name);
      if (const auto it = shape_->by_name_.find(full); it != shape_->by_name_.end()) {
        into.wire = Wire::message;
        into.message = it->second;
        for (const auto& k : well_known)
          if (full == k.name) { into.known = k.known; into.wire = k.wire; }
        if (into.known == Known::decimal) read_decimal_parameters(from, into);
        return {};
      }
      if (const auto it = enums_.find(full); it != enums_.end()) {
        into.wire = Wire::enum_;
        into.enumeration = it->second;
        return {};
      }
      for (const auto& k : well_known)
        if (full == k.name) {
          into.known = k.known;
          into.wire = k.wire;
          if (k.known == Known::decimal) read_decimal_parameters(from, into);
          return {};
        }
      if (absolute || scope.empty()) break;
      const auto dot = scope.rfind('.');
      scope = dot == std::string::npos ? "" : scope.substr(0, dot);
    }
    return fail(ErrorCode::invalid_input, "the Protobuf schema names a type that is not there: " + from.type_name(), "register it as a reference of the schema");
  }

  std::shared_ptr<Shape> shape_ = std::make_shared<Shape>();
  std::vector<std::unique_ptr<FileDescriptorProto>> files_;
  std::vector<Pending> pending_;
  std::unordered_map<std::string, const Enum*> enums_;
};

Result<std::shared_ptr<const Shape>> Shape::parse(const SchemaText& schema) { return ShapeBuilder().build(schema); }

const FieldShape* Message::find(std::string_view name) const {
  for (const auto& f : fields)
    if (f.name == name) return &f;
  for (const auto& f : fields)
    if (same_name(f.name, name)) return &f;
  return nullptr;
}

const Message* Shape::find(std::string_view full_name) const {
  if (const auto it = by_name_.find(std::string(full_name)); it != by_name_.end()) return it->second;
  for (const Message* m : main_)
    if (m->full_name.size() > full_name.size() && m->full_name.ends_with(full_name) && m->full_name[m->full_name.size() - full_name.size() - 1] == '.') return m;
  return nullptr;
}

const Message* Shape::at(const std::vector<int>& index) const {
  for (const auto& m : messages_)
    if (m.index == index && (index.size() > 1 || std::find(main_.begin(), main_.end(), &m) != main_.end())) {
      // Messages of references have paths too: the first step must lead into the main file.
      if (index.size() == 1) return &m;
      if (index[0] >= 0 && std::size_t(index[0]) < main_.size() && m.full_name.starts_with(main_[std::size_t(index[0])]->full_name + ".")) return &m;
    }
  return nullptr;
}

namespace {

// The way down, and how many types there may still be.
struct Path : std::vector<const Message*> { std::size_t left = limits::schema_columns_max; };

std::optional<Type> type_of(const FieldShape& f, Path& path);

std::vector<Field> fields_of(const Message& m, Path& path) {
  std::vector<Field> out;
  std::vector<bool> seen(m.oneofs.size());
  path.push_back(&m);
  for (const auto& f : m.fields) {
    if (f.oneof >= 0) {   // Connect: one STRUCT for all of a oneof, where its first field stands
      if (seen[std::size_t(f.oneof)]) continue;
      seen[std::size_t(f.oneof)] = true;
      std::vector<Field> choices;
      for (const auto& other : m.fields)
        if (other.oneof == f.oneof)
          if (auto t = type_of(other, path)) choices.push_back({other.name, *t});
      out.push_back({m.oneofs[std::size_t(f.oneof)] + "_" + std::to_string(f.oneof), Type::structure(std::move(choices))});
      continue;
    }
    if (auto t = type_of(f, path)) out.push_back({f.name, *t});
  }
  path.pop_back();
  return out;
}

std::optional<Type> type_of(const FieldShape& f, Path& path) {
  if (path.left == 0) return std::nullopt;
  --path.left;
  std::optional<Type> one;
  switch (f.known) {
    case Known::timestamp: one = Type(Kind::timestamp); break;
    case Known::date: one = Type(Kind::date); break;
    case Known::time_of_day: one = Type(Kind::time); break;
    case Known::decimal: one = Type::decimal(f.precision, f.scale); break;
    default:
      switch (f.wire) {
        case Wire::double_: case Wire::float_: one = Type(Kind::double_); break;
        case Wire::int32: case Wire::sint32: case Wire::sfixed32: one = Type(Kind::integer); break;
        case Wire::bool_: one = Type(Kind::boolean); break;
        case Wire::string: case Wire::enum_: one = Type(Kind::string); break;
        case Wire::bytes: one = Type(Kind::bytes); break;
        case Wire::message: {
          if (f.message == nullptr || std::find(path.begin(), path.end(), f.message) != path.end()) return std::nullopt;   // recursive
          if (f.map) {
            const auto key = type_of(*f.message->find("key"), path), value = type_of(*f.message->find("value"), path);
            return key && value ? std::optional(Type::map(*key, *value)) : std::nullopt;
          }
          one = Type::structure(fields_of(*f.message, path));
          break;
        }
        default: one = Type(Kind::bigint);
      }
  }
  return f.repeated ? Type::array(*one) : *one;
}

}  // namespace

std::optional<Type> sql_type_of(const FieldShape& field) {
  Path path;
  return type_of(field, path);
}
Result<std::vector<Field>> columns_of(const Message& message) {
  Path path;
  auto out = fields_of(message, path);
  if (path.left == 0) return too_many_columns("Protobuf");
  return out;
}

}  // namespace braid::format::protobuf
