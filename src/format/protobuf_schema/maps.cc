// Entries of maps as descriptors write them -> map<>.
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "format/protobuf_schema/ast.h"

namespace braid::format::protobuf_schema {
namespace {

bool is_entry(const Message& m) {
  return m.fields.size() == 2 && m.fields[0].name == "key" && m.fields[1].name == "value" && m.oneofs.empty() &&
         std::any_of(m.options.begin(), m.options.end(), [](const Option& o) { return o.name == "map_entry" && o.value.text == "true"; });
}

bool has_entries(const Message& m) { return std::any_of(m.messages.begin(), m.messages.end(), [](const Message& n) { return is_entry(n) || has_entries(n); }); }

void fold(Message& m) {
  for (auto& nested : m.messages) fold(nested);
  std::unordered_map<std::string_view, const Message*> entries;
  for (const auto& nested : m.messages)
    if (is_entry(nested)) entries.emplace(nested.name, &nested);
  if (entries.empty()) return;
  for (auto& f : m.fields) {
    if (f.label != Label::repeated || f.is_map()) continue;
    const std::string_view type = f.type;
    const auto dot = type.rfind('.');
    const auto entry = entries.find(type.substr(dot == std::string_view::npos ? 0 : dot + 1));
    if (entry == entries.end() || (dot != std::string_view::npos && type.substr(0, dot) != m.name && !type.substr(0, dot).ends_with("." + m.name))) continue;
    f.key_type = entry->second->fields[0].type;
    f.value_type = entry->second->fields[1].type;
    f.label = Label::none;
    f.type = "map<" + f.key_type + ", " + f.value_type + ">";
  }
  std::erase_if(m.messages, is_entry);
}

}  // namespace

bool has_map_entries(const File& file) { return std::any_of(file.messages.begin(), file.messages.end(), has_entries); }

File with_maps(File file) {
  for (auto& m : file.messages) fold(m);
  return file;
}

}  // namespace braid::format::protobuf_schema
