#include "format/protobuf_schema/names.h"

#include <algorithm>

#include "base/limits/texts.h"
#include "format/protobuf_schema/text_parser.h"

namespace braid::format::protobuf_schema {

bool scalar_type(std::string_view type) {
  static constexpr std::string_view all[] = {"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64",
                                             "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"};
  return std::find(std::begin(all), std::end(all), type) != std::end(all);
}

Names::Names(const Schema& schema) { add_file(schema.file(), schema, 0); }

void Names::add_file(const File& file, const Schema& schema, int depth) {
  for (const auto& m : file.messages) add(file, m, file.package);
  for (const auto& e : file.extends) add(e, file.package);
  for (const auto& e : file.enums) types_.emplace(file.package.empty() ? e.name : file.package + "." + e.name, Found{nullptr, &e, &file});
  if (depth > limits::schema_nesting_max) return;
  for (const auto* list : {&file.imports, &file.public_imports, &file.weak_imports})
    for (const auto& name : *list) {
      if (!seen_.emplace(name, true).second) continue;
      std::optional<File> file_named;
      for (const auto& reference : schema.references())
        if (reference.name == name)
          if (auto parsed = parse_any(reference.text)) file_named = with_maps(*std::move(parsed));   // it was accepted when it was registered
      if (!file_named) file_named = built_in_file(name);
      if (file_named) add_file(files_.emplace_back(*std::move(file_named)), schema, depth + 1);
      else if (missing_.empty()) missing_ = name;
    }
}

void Names::add(const File& file, const Message& message, const std::string& scope) {
  const std::string full = scope.empty() ? message.name : scope + "." + message.name;
  types_.emplace(full, Found{&message, nullptr, &file});
  for (const auto& m : message.messages) add(file, m, full);
  for (const auto& e : message.extends) add(e, full);
  for (const auto& e : message.enums) types_.emplace(full + "." + e.name, Found{nullptr, &e, &file});
}

void Names::add(const Extend& extend, const std::string& scope) {
  for (const auto& f : extend.fields) extensions_.emplace(scope.empty() ? f.name : scope + "." + f.name, f.label == Label::repeated);
}

std::optional<std::string> Names::extension(std::string_view written, std::string_view scope, bool* repeated) const {
  const auto look = [&](std::string name) -> std::optional<std::string> {
    looked_up_ += name.size();
    const auto at = extensions_.find(name);
    if (at == extensions_.end()) return std::nullopt;
    if (repeated != nullptr) *repeated = at->second;
    return name;
  };
  if (written.starts_with('.')) return look(std::string(written.substr(1)));
  while (!exhausted()) {
    if (auto found = look(scope.empty() ? std::string(written) : std::string(scope) + "." + std::string(written))) return found;
    if (scope.empty()) return std::nullopt;
    const auto dot = scope.rfind('.');
    scope = dot == std::string_view::npos ? std::string_view() : scope.substr(0, dot);
  }
  return {};
}

Names::Found Names::find(std::string_view written, std::string_view scope, std::string* full) const {
  const auto look = [&](const std::string& name) -> Found {
    looked_up_ += name.size();
    const auto at = types_.find(name);
    if (at == types_.end()) return {};
    if (full != nullptr) *full = name;
    return at->second;
  };
  if (written.starts_with('.')) return look(std::string(written.substr(1)));
  while (!exhausted()) {
    if (auto found = look(scope.empty() ? std::string(written) : std::string(scope) + "." + std::string(written))) return found;
    if (scope.empty()) return {};
    const auto dot = scope.rfind('.');
    scope = dot == std::string_view::npos ? std::string_view() : scope.substr(0, dot);
  }
  return {};
}

std::string Names::full_with_dot(const std::string& written, const std::string& scope) const {
  if (scalar_type(written)) return written;
  std::string full;
  return find(written, scope, &full) ? "." + full : written;
}

}  // namespace braid::format::protobuf_schema
