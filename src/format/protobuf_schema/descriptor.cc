#include "format/protobuf_schema/descriptor.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <set>

#include "base/limits/texts.h"
#include "format/protobuf_schema/ast.h"
#include "format/protobuf_schema/built_in.h"
#include "format/protobuf_schema/from_descriptor.h"
#include "format/protobuf_schema/names.h"
#include "format/protobuf_schema/text_parser.h"

namespace braid::format::protobuf_schema {
namespace {

namespace pb = google::protobuf;

class Errors final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  using Location = pb::DescriptorPool::ErrorCollector::ErrorLocation;
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    if (first.empty()) first = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": " + message;
  }
  void AddError(const std::string& file, const std::string& element, const pb::Message*, Location, const std::string& message) override {
    if (first.empty()) first = file + ": " + element + ": " + message;
  }
  std::string first;
};

Result<pb::FileDescriptorProto> proto_of(const std::string& name, const std::string& text) {
  pb::io::ArrayInputStream stream(text.data(), int(text.size()));
  Errors errors;
  pb::io::Tokenizer tokenizer(&stream, &errors);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&errors);
  pb::FileDescriptorProto proto;
  proto.set_name(name);
  if (!parser.Parse(&tokenizer, &proto) || !errors.first.empty())
    return fail(ErrorCode::invalid_input, "not readable as a Protobuf file, " + errors.first);
  if (!proto.has_syntax()) proto.set_syntax("proto2");
  proto.set_name(name);
  return proto;
}

void drop_custom_options(pb::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->name() == "uninterpreted_option") {
      std::vector<pb::UninterpretedOption> kept;   // those without a custom part: "deprecated", "packed", ...
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        pb::UninterpretedOption option;
        option.CopyFrom(reflection->GetRepeatedMessage(message, field, i));
        if (option.name_size() == 1 && !option.name(0).is_extension()) kept.push_back(std::move(option));
      }
      reflection->ClearField(&message, field);
      for (const auto& option : kept) reflection->AddMessage(&message, field)->CopyFrom(option);
      continue;
    }
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) { drop_custom_options(*reflection->MutableMessage(&message, field)); continue; }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) drop_custom_options(*reflection->MutableRepeatedMessage(&message, field, i));
  }
}

}  // namespace

// Adds files to the pool, imports first.
class PoolBuilder {
 public:
  PoolBuilder(pb::DescriptorPool& pool, std::span<const Reference> references) : pool_(pool), references_(references) {}

  Result<const pb::FileDescriptor*> add(const std::string& name, const std::string& text, int depth) {
    if (const auto* there = pool_.FindFileByName(name)) return there;
    if (depth > limits::schema_nesting_max) return fail(ErrorCode::invalid_input, "imports nested too deep");
    TRY(auto proto, proto_of(name, text));
    return add(std::move(proto), depth);
  }

  Result<const pb::FileDescriptor*> add(pb::FileDescriptorProto proto, int depth) {
    for (const auto& import : proto.dependency()) TRY_VOID(add_import(import, depth + 1));
    Errors unread;
    if (const auto* file = pool_.BuildFileCollectingErrors(proto, &unread)) return file;
    // Custom options that nobody defines do not change how messages are encoded.
    drop_custom_options(proto);
    Errors errors;
    const auto* file = pool_.BuildFileCollectingErrors(proto, &errors);
    if (file == nullptr) return fail(ErrorCode::invalid_input, "the Protobuf schema does not link: " + errors.first);
    return file;
  }

 private:
  Result<void> add_import(const std::string& name, int depth) {
    if (pool_.FindFileByName(name) != nullptr) return {};
    for (const auto& reference : references_) {
      if (reference.name != name) continue;
      TRY(auto text, proto_text(reference.text));
      TRY([[maybe_unused]] auto* file, add(name, text, depth));
      return {};
    }
    if (const auto* file = pb::DescriptorPool::generated_pool()->FindFileByName(name); file != nullptr && name.starts_with("google/protobuf/")) {
      pb::FileDescriptorProto proto;
      file->CopyTo(&proto);
      for (const auto& import : proto.dependency()) TRY_VOID(add_import(import, depth + 1));
      if (pool_.BuildFile(proto) == nullptr) return fail(ErrorCode::bug, "built-in file " + name + " does not link");
      return {};
    }
    const auto text = built_in_text(name);
    if (text.empty()) return fail(ErrorCode::invalid_input, "import \"" + name + "\" is neither among the references nor built in");
    const std::string head = name.starts_with("google/type/") ? "syntax = \"proto3\"; package google.type; " : "";
    TRY([[maybe_unused]] auto* file, add(name, head + std::string(text), depth));
    return {};
  }

  // References may have been registered as base64.
  static Result<std::string> proto_text(const std::string& stored) {
    TRY(auto file, parse_any(stored));
    const Schema as_schema(std::make_unique<const File>(std::move(file)), {});
    return linkable_text(as_schema);
  }

  pb::DescriptorPool& pool_;
  std::span<const Reference> references_;
};

Descriptors::Descriptors() : pool_(std::make_unique<pb::DescriptorPool>()) {}
Descriptors::~Descriptors() = default;

Result<std::shared_ptr<const Descriptors>> Descriptors::build(const Schema& schema) {
  std::shared_ptr<Descriptors> out(new Descriptors());
  PoolBuilder builder(*out->pool_, schema.references());
  TRY(out->file_, builder.add("schema.proto", linkable_text(schema), 0));
  return out;
}

const pb::Descriptor* Descriptors::message_at(std::span<const int> indexes) const {
  if (indexes.empty() || indexes[0] < 0 || indexes[0] >= file_->message_type_count()) return nullptr;
  const auto* out = file_->message_type(indexes[0]);
  for (const int index : indexes.subspan(1)) {
    if (index < 0 || index >= out->nested_type_count()) return nullptr;
    out = out->nested_type(index);
  }
  return out;
}

std::shared_ptr<const pb::DescriptorPool> pool_of(const pb::FileDescriptorProto& proto, std::span<const Reference> references) {
  auto pool = std::make_shared<pb::DescriptorPool>();
  auto copy = proto;
  if (copy.name().empty()) copy.set_name("schema.proto");
  PoolBuilder builder(*pool, references);
  if (!builder.add(std::move(copy), 0)) return nullptr;
  return pool;
}

Result<std::string> serialized_text(const Schema& schema) {
  TRY(auto descriptors, Descriptors::build(schema));
  pb::FileDescriptorProto proto;
  descriptors->file().CopyTo(&proto);
  return to_base64(proto.SerializeAsString());
}

std::vector<std::string> top_level_fields(const Schema& schema) {
  std::vector<std::string> out;
  if (schema.file().messages.empty()) return out;
  const auto& m = schema.file().messages[0];
  for (const auto& f : m.fields) out.push_back(f.name);
  for (const auto& o : m.oneofs)
    for (const auto& f : o.fields) out.push_back(f.name);
  return out;
}

}  // namespace braid::format::protobuf_schema
