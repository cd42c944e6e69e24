#include "registry/example_protobuf.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "base/base64.h"
#include "base/limits/schemas.h"
#include "format/json_text.h"
#include "format/protobuf_schema/descriptor.h"

namespace braid::registry {
namespace {

namespace pb = google::protobuf;
namespace protobuf_schema = format::protobuf_schema;
using format::JsonNode;
using pb::FieldDescriptor;
using Made = std::unique_ptr<pb::Message>;

constexpr int depth_max = 6;

std::string type_text(const FieldDescriptor& f) {
  const std::string type = f.type() == FieldDescriptor::TYPE_MESSAGE || f.type() == FieldDescriptor::TYPE_GROUP ? f.message_type()->full_name()
                           : f.type() == FieldDescriptor::TYPE_ENUM                                              ? f.enum_type()->full_name()
                                                                                                                   : f.type_name();
  return f.is_map() ? "map" : (f.is_repeated() ? "repeated " : "") + type;
}

// The value of a field (of its first element, if it is repeated), by what kinds of values can be the same.
struct Value {
  enum class Kind { whole, real, text, message } kind = Kind::whole;
  std::int64_t whole = 0;      // unsigned values above its range as the same bits
  double real = 0;
  std::string text{};
  const pb::Message* message = nullptr;
};

Value value_of(const pb::Message& m, const FieldDescriptor& f) {
  const auto& r = *m.GetReflection();
  const auto get = [&](auto one, auto of_many) { return f.is_repeated() ? (r.*of_many)(m, &f, 0) : (r.*one)(m, &f); };
  Value out;
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: out.whole = get(&pb::Reflection::GetInt32, &pb::Reflection::GetRepeatedInt32); break;
    case FieldDescriptor::CPPTYPE_INT64: out.whole = get(&pb::Reflection::GetInt64, &pb::Reflection::GetRepeatedInt64); break;
    case FieldDescriptor::CPPTYPE_UINT32: out.whole = get(&pb::Reflection::GetUInt32, &pb::Reflection::GetRepeatedUInt32); break;
    case FieldDescriptor::CPPTYPE_UINT64: out.whole = std::int64_t(get(&pb::Reflection::GetUInt64, &pb::Reflection::GetRepeatedUInt64)); break;
    case FieldDescriptor::CPPTYPE_BOOL: out.whole = get(&pb::Reflection::GetBool, &pb::Reflection::GetRepeatedBool); break;
    case FieldDescriptor::CPPTYPE_ENUM: out.whole = get(&pb::Reflection::GetEnumValue, &pb::Reflection::GetRepeatedEnumValue); break;
    case FieldDescriptor::CPPTYPE_FLOAT: out = {.kind = Value::Kind::real, .real = get(&pb::Reflection::GetFloat, &pb::Reflection::GetRepeatedFloat)}; break;
    case FieldDescriptor::CPPTYPE_DOUBLE: out = {.kind = Value::Kind::real, .real = get(&pb::Reflection::GetDouble, &pb::Reflection::GetRepeatedDouble)}; break;
    case FieldDescriptor::CPPTYPE_STRING: out = {.kind = Value::Kind::text, .text = f.is_repeated() ? r.GetRepeatedString(m, &f, 0) : r.GetString(m, &f)}; break;
    case FieldDescriptor::CPPTYPE_MESSAGE: out = {.kind = Value::Kind::message, .message = f.is_repeated() ? &r.GetRepeatedMessage(m, &f, 0) : &r.GetMessage(m, &f)}; break;
  }
  return out;
}

JsonNode picture(const pb::Message& m);

JsonNode picture(const Value& v, const FieldDescriptor& f) {
  if (v.kind == Value::Kind::message) return picture(*v.message);
  if (v.kind == Value::Kind::text) return JsonNode::of(f.type() == FieldDescriptor::TYPE_BYTES ? base64(v.text) : v.text);
  if (v.kind == Value::Kind::real) return JsonNode::of_number(format::java_double_text(v.real));
  if (f.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return JsonNode::of_bool(v.whole != 0);
  if (const auto* named = f.cpp_type() == FieldDescriptor::CPPTYPE_ENUM ? f.enum_type()->FindValueByNumber(int(v.whole)) : nullptr) return JsonNode::of(named->name());
  return JsonNode::of_number(f.cpp_type() == FieldDescriptor::CPPTYPE_UINT64 ? std::to_string(std::uint64_t(v.whole)) : std::to_string(v.whole));
}

// As JSON, with the fields' own names. Our records have at most one element in a list or map.
JsonNode picture(const pb::Message& m) {
  JsonNode out = JsonNode::object();
  std::vector<const FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  for (const auto* f : fields) {
    const auto value = value_of(m, *f);
    if (f->is_map()) {
      const auto& entry = *value.message;
      const auto* key = entry.GetDescriptor()->map_key();
      const auto key_node = picture(value_of(entry, *key), *key);
      JsonNode map = JsonNode::object();
      map.set(key_node.is_string() ? key_node.text : format::print_json_text(key_node), picture(value_of(entry, *entry.GetDescriptor()->map_value()), *entry.GetDescriptor()->map_value()));
      out.set(f->name(), std::move(map));
    } else if (f->is_repeated()) {
      JsonNode list = JsonNode::array();
      list.items.push_back(picture(value, *f));
      out.set(f->name(), std::move(list));
    } else {
      out.set(f->name(), picture(value, *f));
    }
  }
  return out;
}

std::string shown(const Value& v, const FieldDescriptor& f) { return format::print_json_text(picture(v, f)); }

// Who knows a oneof's name, or another of its fields, takes a choice that they do not know for none. Who knows nothing of it does not ask.
bool something_left(const pb::OneofDescriptor& oneof, const pb::Descriptor& reader) {
  if (reader.FindOneofByName(oneof.name()) != nullptr) return true;
  for (int i = 0; i < oneof.field_count(); ++i)
    if (reader.FindFieldByNumber(oneof.field(i)->number()) != nullptr) return true;
  return false;
}

// What of a record is read as something else, or not at all. Empty: all of it is read.
std::optional<std::string> misread(const pb::Message& written, const pb::Message& read, const std::string& path = {}) {
  std::vector<const FieldDescriptor*> fields;
  written.GetReflection()->ListFields(written, &fields);
  for (const auto* f : fields) {
    const auto* there = read.GetDescriptor()->FindFieldByNumber(f->number());
    const std::string field = "the field " + path + f->name() + " (number " + std::to_string(f->number()) + ")";
    const auto value = value_of(written, *f);
    if (there == nullptr) {
      const auto* oneof = f->real_containing_oneof();
      if (oneof != nullptr && something_left(*oneof, *read.GetDescriptor())) return field + " is not known: the oneof " + oneof->name() + " reads as if nothing had been chosen";
      continue;
    }
    const auto& r = *read.GetReflection();
    const bool present = there->is_repeated() ? r.FieldSize(read, there) > 0 : r.HasField(read, there);
    if (!present) {
      const auto* oneof = there->real_containing_oneof();
      const auto* chosen = oneof == nullptr ? nullptr : r.GetOneofFieldDescriptor(read, oneof);
      if (chosen != nullptr) return field + " is lost: in the oneof " + oneof->name() + " only one is kept, and " + chosen->name() + " came behind it";
      return field + ", written as " + type_text(*f) + " " + shown(value, *f) + ", is not read as " + type_text(*there) + ": it is as if it had not been written";
    }
    if (there->is_repeated() && r.FieldSize(read, there) > 1)   // one was written
      return field + ", written as " + type_text(*f) + " " + shown(value, *f) + ", is read as " + std::to_string(r.FieldSize(read, there)) + " values of " + there->type_name();
    const auto got = value_of(read, *there);
    if (value.kind == Value::Kind::message && got.kind == Value::Kind::message) {
      if (auto inside = misread(*value.message, *got.message, path + f->name() + ".")) return inside;
      continue;
    }
    const bool same = value.kind == got.kind && value.whole == got.whole && value.real == got.real && value.text == got.text;
    if (!same) return field + ", written as " + type_text(*f) + " " + shown(value, *f) + ", is read as " + type_text(*there) + " " + shown(got, *there);
  }
  return std::nullopt;
}

// Records of a message: the plainest one, then each field in each of its ways.
class Records {
 public:
  explicit Records(pb::DynamicMessageFactory& factory) : factory_(factory) {}

  Made empty(const pb::Descriptor& of) { return Made(factory_.GetPrototype(&of)->New()); }

  // Only what must be there; null: it has no end.
  Made plainest(const pb::Descriptor& of, int depth) {
    if (depth > depth_max || !afford(of)) return nullptr;
    auto out = empty(of);
    for (int i = 0; i < of.field_count(); ++i)
      if ((of.field(i)->is_required() || of.map_key() != nullptr) && !put_first(*out, *of.field(i), depth)) return nullptr;
    return out;
  }

  std::vector<Made> all(const pb::Descriptor& of, int depth = 0) {
    std::vector<Made> out;
    auto least = plainest(of, depth);
    if (least == nullptr) return out;
    for (int i = 0; i < of.field_count(); ++i) {
      const auto* f = of.field(i);
      if (out.size() >= limits::example_records_max || !afford(of)) break;
      if (f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        out.push_back(copy(*least));
        put(*out.back(), *f, nullptr);
        continue;
      }
      if (depth >= depth_max) continue;
      auto inner = all(*f->message_type(), depth + 1);
      if (inner.empty()) inner.push_back(empty(*f->message_type()));
      for (const auto& value : inner) {
        if (out.size() >= limits::example_records_max || !afford(of)) break;
        out.push_back(copy(*least));
        put(*out.back(), *f, value.get());
      }
    }
    out.push_back(std::move(least));
    return out;
  }

  // With these two fields; null: it has no end.
  Made with(const pb::Descriptor& of, const FieldDescriptor& a, const FieldDescriptor& b) {
    auto out = plainest(of, 0);
    if (out == nullptr || !put_first(*out, a, 0) || !put_first(*out, b, 0)) return nullptr;
    return out;
  }

 private:
  // A message costs what its fields cost, set or not.
  bool afford(const pb::Descriptor& of) {
    parts_ += 1 + std::size_t(of.field_count()) / 16;
    return parts_ <= limits::example_parts_max;
  }

  static Made copy(const pb::Message& m) {
    Made out(m.New());
    out->CopyFrom(m);
    return out;
  }

  bool put_first(pb::Message& m, const FieldDescriptor& f, int depth) {
    if (f.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      put(m, f, nullptr);
      return true;
    }
    const auto value = plainest(*f.message_type(), depth + 1);
    if (value != nullptr) put(m, f, value.get());
    return value != nullptr;
  }

  static void put(pb::Message& m, const FieldDescriptor& f, const pb::Message* value) {
    const auto& r = *m.GetReflection();
    if (f.is_repeated()) r.ClearField(&m, &f);
    // 1 is the same whole number, truth and number of an enum. A zigzag 1 would be true to who expects a truth value.
    const int whole = f.type() == FieldDescriptor::TYPE_SINT32 || f.type() == FieldDescriptor::TYPE_SINT64 ? 2 : 1;
    const auto set = [&](auto one, auto add, auto v) { f.is_repeated() ? (r.*add)(&m, &f, v) : (r.*one)(&m, &f, v); };
    switch (f.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: return set(&pb::Reflection::SetInt32, &pb::Reflection::AddInt32, whole);
      case FieldDescriptor::CPPTYPE_INT64: return set(&pb::Reflection::SetInt64, &pb::Reflection::AddInt64, whole);
      case FieldDescriptor::CPPTYPE_UINT32: return set(&pb::Reflection::SetUInt32, &pb::Reflection::AddUInt32, 1u);
      case FieldDescriptor::CPPTYPE_UINT64: return set(&pb::Reflection::SetUInt64, &pb::Reflection::AddUInt64, 1u);
      case FieldDescriptor::CPPTYPE_BOOL: return set(&pb::Reflection::SetBool, &pb::Reflection::AddBool, true);
      case FieldDescriptor::CPPTYPE_FLOAT: return set(&pb::Reflection::SetFloat, &pb::Reflection::AddFloat, 1.5f);
      case FieldDescriptor::CPPTYPE_DOUBLE: return set(&pb::Reflection::SetDouble, &pb::Reflection::AddDouble, 1.5);
      case FieldDescriptor::CPPTYPE_ENUM: {
        int number = f.enum_type()->value(0)->number();
        for (int i = 0; number == 0 && i < f.enum_type()->value_count(); ++i) number = f.enum_type()->value(i)->number();
        return set(&pb::Reflection::SetEnumValue, &pb::Reflection::AddEnumValue, number);
      }
      case FieldDescriptor::CPPTYPE_STRING: f.is_repeated() ? r.AddString(&m, &f, "text") : r.SetString(&m, &f, "text"); return;
      case FieldDescriptor::CPPTYPE_MESSAGE: (f.is_repeated() ? r.AddMessage(&m, &f) : r.MutableMessage(&m, &f))->CopyFrom(*value); return;
    }
  }

  pb::DynamicMessageFactory& factory_;
  std::size_t parts_ = 0;
};

class Search {
 public:
  Search(const pb::FileDescriptor& reader, const pb::FileDescriptor& writer) : reader_(reader), writer_(writer) {}

  std::optional<Example> run() {
    const pb::LogSilencer quiet;   // that a text is no UTF-8 is found here on purpose
    for (int i = 0; i < writer_.message_type_count(); ++i)
      if (auto found = message(*writer_.message_type(i), reader_.FindMessageTypeByName(writer_.message_type(i)->name()))) return found;
    return std::nullopt;
  }

 private:
  std::optional<Example> message(const pb::Descriptor& writer, const pb::Descriptor* reader) {
    auto records = records_.all(writer);
    if (reader == nullptr) {   // of all that it could say
      if (records.empty()) return std::nullopt;
      return Example{format::print_json_text(picture(*records.front())), "there is no message " + writer.name() + " in the schema that reads"};
    }
    for (int i = 0; i < reader->real_oneof_decl_count(); ++i) add_pairs(writer, *reader->oneof_decl(i), records);
    for (const auto& record : records) {
      if (++tried_ > limits::example_records_max) return std::nullopt;
      if (auto error = fails(*record, *reader)) return Example{format::print_json_text(picture(*record)), "message " + writer.name() + ": " + *error};
    }
    for (int i = 0; i < writer.nested_type_count(); ++i) {
      const auto& nested = *writer.nested_type(i);
      if (nested.map_key() != nullptr) continue;
      if (auto found = message(nested, reader->FindNestedTypeByName(nested.name()))) return found;
    }
    return std::nullopt;
  }

  // Fields that were not a choice among each other and are one now.
  void add_pairs(const pb::Descriptor& writer, const pb::OneofDescriptor& oneof, std::vector<Made>& records) {
    for (int i = 0; i < oneof.field_count(); ++i)
      for (int j = i + 1; j < oneof.field_count(); ++j) {
        if (records.size() >= limits::example_records_max || ++pairs_ > limits::example_parts_max) return;
        const auto* a = writer.FindFieldByNumber(oneof.field(i)->number());
        const auto* b = writer.FindFieldByNumber(oneof.field(j)->number());
        if (a == nullptr || b == nullptr || (a->real_containing_oneof() != nullptr && a->real_containing_oneof() == b->real_containing_oneof())) continue;
        if (auto both = records_.with(writer, *a, *b)) records.push_back(std::move(both));
      }
  }

  std::optional<std::string> fails(const pb::Message& written, const pb::Descriptor& reader) {
    const auto read = records_.empty(reader);
    if (!read->ParsePartialFromString(written.SerializePartialAsString())) return "the bytes of this record cannot be read";
    if (!read->IsInitialized()) return "this record does not have what is required: " + read->InitializationErrorString();
    return misread(written, *read);
  }

  const pb::FileDescriptor& reader_;
  const pb::FileDescriptor& writer_;
  pb::DynamicMessageFactory factory_;
  Records records_{factory_};
  std::size_t tried_ = 0, pairs_ = 0;
};

}  // namespace

std::optional<Example> protobuf_example(const protobuf_schema::Schema& reader, const protobuf_schema::Schema& writer) {
  for (const auto* schema : {&reader, &writer})
    if (canonical_text(*schema).size() > limits::example_schema_bytes_max) return std::nullopt;
  const auto reads = protobuf_schema::Descriptors::build(reader), wrote = protobuf_schema::Descriptors::build(writer);
  if (!reads || !wrote) return std::nullopt;
  return Search((*reads)->file(), (*wrote)->file()).run();
}

}  // namespace braid::registry
