#include "format/protobuf_schema/from_descriptor.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "base/limits/texts.h"
#include "format/protobuf_schema/text_parser.h"

namespace braid::format::protobuf_schema {
namespace {

namespace pb = google::protobuf;

// Options as they would be written in a file. Custom ones are unknown fields until the pool names them.
class OptionReader {
 public:
  explicit OptionReader(const pb::DescriptorPool* pool) : pool_(pool), factory_(pool) {}

  std::vector<Option> read(const pb::Message& options) {
    if (options.GetReflection()->GetUnknownFields(options).empty()) return known(options);
    const auto* type = pool_ == nullptr ? nullptr : pool_->FindMessageTypeByName(options.GetDescriptor()->full_name());
    if (type == nullptr) return known(options);
    const std::unique_ptr<pb::Message> named(factory_.GetPrototype(type)->New());
    return named->ParseFromString(options.SerializeAsString()) ? known(*named) : known(options);
  }

 private:
  // Confluent's order: known options in an order of its own, then its own metadata, then what others defined.
  static int rank(const pb::FieldDescriptor& field) {
    static constexpr std::string_view first[] = {"java_package", "java_outer_classname", "java_multiple_files", "java_generate_equals_and_hash", "java_string_check_utf8",
                                                 "optimize_for", "go_package", "ctype", "packed", "jstype"};
    if (field.is_extension()) return field.full_name().starts_with("confluent.") ? 1'000 : 2'000;
    const auto at = std::find(std::begin(first), std::end(first), field.name());
    return at == std::end(first) ? 100 : int(at - std::begin(first));
  }

  std::vector<Option> known(const pb::Message& options) {
    std::vector<Option> out;
    std::vector<const pb::FieldDescriptor*> fields;
    options.GetReflection()->ListFields(options, &fields);
    std::stable_sort(fields.begin(), fields.end(), [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
    for (const auto* field : fields) {
      if (field->name() == "uninterpreted_option") continue;
      const std::string name = field->is_extension() ? "(" + field->full_name() + ")" : field->name();
      if (!field->is_repeated()) { out.push_back({name, value(options, *field, -1, 0)}); continue; }
      for (int i = 0; i < options.GetReflection()->FieldSize(options, field); ++i) out.push_back({name, value(options, *field, i, 0)});
    }
    return out;
  }

  OptionValue value(const pb::Message& m, const pb::FieldDescriptor& f, int index, int depth) {
    const auto& r = *m.GetReflection();
    const bool one = index < 0;
    OptionValue out;
    switch (f.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_BOOL: out.text = (one ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, index)) ? "true" : "false"; break;
      case pb::FieldDescriptor::CPPTYPE_ENUM: out.text = (one ? r.GetEnum(m, &f) : r.GetRepeatedEnum(m, &f, index))->name(); break;
      case pb::FieldDescriptor::CPPTYPE_STRING:
        out.kind = OptionValue::Kind::text;
        out.text = one ? r.GetString(m, &f) : r.GetRepeatedString(m, &f, index);
        break;
      case pb::FieldDescriptor::CPPTYPE_INT32: out.text = std::to_string(one ? r.GetInt32(m, &f) : r.GetRepeatedInt32(m, &f, index)); break;
      case pb::FieldDescriptor::CPPTYPE_INT64: out.text = std::to_string(one ? r.GetInt64(m, &f) : r.GetRepeatedInt64(m, &f, index)); break;
      case pb::FieldDescriptor::CPPTYPE_UINT32: out.text = std::to_string(one ? r.GetUInt32(m, &f) : r.GetRepeatedUInt32(m, &f, index)); break;
      case pb::FieldDescriptor::CPPTYPE_UINT64: out.text = std::to_string(one ? r.GetUInt64(m, &f) : r.GetRepeatedUInt64(m, &f, index)); break;
      case pb::FieldDescriptor::CPPTYPE_FLOAT: out.text = real(one ? double(r.GetFloat(m, &f)) : double(r.GetRepeatedFloat(m, &f, index))); break;
      case pb::FieldDescriptor::CPPTYPE_DOUBLE: out.text = real(one ? r.GetDouble(m, &f) : r.GetRepeatedDouble(m, &f, index)); break;
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        out.kind = OptionValue::Kind::message;
        if (depth < limits::schema_nesting_max) out.entries = entries(one ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, index), depth + 1);
        break;
    }
    return out;
  }

  std::vector<Option> entries(const pb::Message& m, int depth) {
    std::vector<Option> out;
    std::vector<const pb::FieldDescriptor*> fields;
    m.GetReflection()->ListFields(m, &fields);
    for (const auto* field : fields) {
      const std::string name = field->is_extension() ? "[" + field->full_name() + "]" : field->name();
      if (!field->is_repeated()) { out.push_back({name, value(m, *field, -1, depth)}); continue; }
      OptionValue list;
      list.kind = OptionValue::Kind::list;
      for (int i = 0; i < m.GetReflection()->FieldSize(m, field); ++i) list.items.push_back(value(m, *field, i, depth));
      out.push_back({name, std::move(list)});
    }
    // A decimal's precision and scale stand with their value first, as Connect's converter has always written them.
    if (out.size() == 2 && out[0].name == "key" && out[1].name == "value" && (out[0].value.text == "precision" || out[0].value.text == "scale")) std::swap(out[0], out[1]);
    return out;
  }

  static std::string real(double value) {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
  }

  const pb::DescriptorPool* pool_;
  pb::DynamicMessageFactory factory_;
};

std::string type_of(const pb::FieldDescriptorProto& field) {
  if (!field.type_name().empty()) return field.type_name();
  return pb::FieldDescriptor::TypeName(static_cast<pb::FieldDescriptor::Type>(field.type()));
}

class Converter {
 public:
  explicit Converter(const pb::DescriptorPool* pool) : options_(pool) {}
  std::vector<Option> read_options(const pb::Message& options) { return options_.read(options); }

  Field field_of(const pb::FieldDescriptorProto& field, bool proto3, bool in_oneof) {
    Field out;
    out.name = field.name();
    out.tag = field.number();
    out.type = type_of(field);
    if (field.label() == pb::FieldDescriptorProto::LABEL_REPEATED) out.label = Label::repeated;
    else if (field.label() == pb::FieldDescriptorProto::LABEL_REQUIRED) out.label = Label::required;
    else if (field.proto3_optional() || (!proto3 && !in_oneof)) out.label = Label::optional;
    out.options = read_options(field.options());
    const auto special = [&](const char* name, const std::string& text, bool quoted) {
      out.options.push_back({name, {.kind = quoted ? OptionValue::Kind::text : OptionValue::Kind::word, .text = text}});
    };
    if (field.has_default_value()) {
      if (field.type() == pb::FieldDescriptorProto::TYPE_BYTES) special("default", unescaped(field.default_value()), true);
      else special("default", field.default_value(), field.type() == pb::FieldDescriptorProto::TYPE_STRING);
    }
    if (field.has_json_name()) special("json_name", field.json_name(), true);
    return out;
  }

  Enum enum_of(const pb::EnumDescriptorProto& e) {
    Enum out;
    out.name = e.name();
    out.options = read_options(e.options());
    for (const auto& value : e.value()) out.constants.push_back({value.name(), value.number(), read_options(value.options())});
    for (const auto& range : e.reserved_range()) out.reserved.push_back({{Range{range.start(), range.end()}}, {}});   // a statement each
    for (const auto& name : e.reserved_name()) out.reserved.push_back({{}, {name}});
    return out;
  }

  template <class List> std::vector<Extend> extends_of(const List& list, bool proto3) {
    std::vector<Extend> out;
    std::map<std::string, std::size_t> places;
    for (const auto& field : list) {
      const auto [place, added] = places.try_emplace(field.extendee(), out.size());
      if (added) out.push_back({field.extendee(), {}});
      out[place->second].fields.push_back(field_of(field, proto3, false));
    }
    return out;
  }

  Message message_of(const pb::DescriptorProto& m, bool proto3, int depth) {
    Message out;
    out.name = m.name();
    if (depth > limits::schema_nesting_max) return out;
    std::vector<OneOf> oneofs(std::size_t(m.oneof_decl_size()));
    for (int i = 0; i < m.oneof_decl_size(); ++i) oneofs[std::size_t(i)] = {m.oneof_decl(i).name(), {}, {}, read_options(m.oneof_decl(i).options())};
    for (const auto& field : m.field()) {
      const bool in_oneof = field.has_oneof_index() && !field.proto3_optional() && field.oneof_index() >= 0 && field.oneof_index() < m.oneof_decl_size();
      auto made = field_of(field, proto3, in_oneof);
      if (in_oneof) oneofs[std::size_t(field.oneof_index())].fields.push_back(std::move(made));
      else out.fields.push_back(std::move(made));
    }
    for (auto& oneof : oneofs)
      if (!oneof.fields.empty()) out.oneofs.push_back(std::move(oneof));
    for (const auto& nested : m.nested_type()) out.messages.push_back(message_of(nested, proto3, depth + 1));
    for (const auto& e : m.enum_type()) out.enums.push_back(enum_of(e));
    const auto last = [](std::int32_t end) { return end - 1 >= 536'870'911 ? INT32_MAX : end - 1; };   // the end is exclusive there
    for (const auto& range : m.reserved_range()) out.reserved.push_back({{Range{range.start(), last(range.end())}}, {}});
    for (const auto& name : m.reserved_name()) out.reserved.push_back({{}, {name}});
    for (const auto& range : m.extension_range())
      out.extensions.push_back({{Range{range.start(), last(range.end())}}, {}});
    out.extends = extends_of(m.extension(), proto3);
    out.options = read_options(m.options());
    return out;
  }

 private:
  OptionReader options_;
};

}  // namespace

File from_descriptor(const pb::FileDescriptorProto& proto, const pb::DescriptorPool* pool) {
  Converter convert(pool);
  File out;
  out.syntax = proto.syntax();
  const bool proto3 = proto.syntax() == "proto3";
  out.package = proto.package();
  for (int i = 0; i < proto.dependency_size(); ++i) {
    const auto among = [&](const auto& list) { return std::find(list.begin(), list.end(), i) != list.end(); };
    auto& list = among(proto.public_dependency()) ? out.public_imports : among(proto.weak_dependency()) ? out.weak_imports : out.imports;
    list.push_back(proto.dependency(i));
  }
  out.options = convert.read_options(proto.options());
  for (const auto& m : proto.message_type()) out.messages.push_back(convert.message_of(m, proto3, 0));
  for (const auto& e : proto.enum_type()) out.enums.push_back(convert.enum_of(e));
  out.extends = convert.extends_of(proto.extension(), proto3);
  for (const auto& s : proto.service()) {
    Service service;
    service.name = s.name();
    service.options = convert.read_options(s.options());
    for (const auto& m : s.method())
      service.rpcs.push_back({m.name(), m.input_type(), m.output_type(), m.client_streaming(), m.server_streaming(), convert.read_options(m.options())});
    out.services.push_back(std::move(service));
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  bool padded = false;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ') continue;
    if (c == '=') { padded = true; continue; }
    const int value = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
    if (value < 0 || padded) return std::nullopt;
    bits = (bits << 6) | std::uint32_t(value);
    count += 6;
    if (count >= 8) { count -= 8; out.push_back(char(bits >> count)); }
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = std::uint32_t(std::uint8_t(bytes[i])) << 16;
    if (i + 1 < bytes.size()) group |= std::uint32_t(std::uint8_t(bytes[i + 1])) << 8;
    if (i + 2 < bytes.size()) group |= std::uint8_t(bytes[i + 2]);
    out.push_back(alphabet[group >> 18]);
    out.push_back(alphabet[(group >> 12) & 63]);
    out.push_back(i + 1 < bytes.size() ? alphabet[(group >> 6) & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? alphabet[group & 63] : '=');
  }
  return out;
}

}  // namespace braid::format::protobuf_schema
