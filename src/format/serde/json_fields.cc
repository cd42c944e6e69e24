#include "format/serde/json_fields.h"

#include <algorithm>

#include "format/serde/serdes.h"

namespace braid::format {

JsonFields::JsonFields(const std::vector<data::Field>& columns) : names_(1) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    exact_.try_emplace(columns[i].name, int(i));
    folded_.try_emplace(folded(columns[i].name), int(i));
  }
}

int JsonFields::find(std::string_view name) const {
  if (const auto it = exact_.find(name); it != exact_.end()) return it->second;
  const auto it = folded_.find(folded(name));
  return it == folded_.end() ? -1 : it->second;
}

JsonFields::Seen JsonFields::learn(Seen last, std::string_view name) {
  if (name.size() > name_bytes_max) return none;
  Seen seen = none;
  if (const auto it = seen_.find(name); it != seen_.end()) {
    seen = it->second;
  } else {
    if (names_.size() > names_max) return none;
    seen = Seen(names_.size());
    Name& added = names_.emplace_back();
    added.quoted.reserve(name.size() + 1);
    added.quoted.append(name).append("\"");
    for (std::size_t i = 0; i < std::min<std::size_t>(added.quoted.size(), 16); ++i) {
      reinterpret_cast<unsigned char*>(added.word)[i] = static_cast<unsigned char>(added.quoted[i]);
      reinterpret_cast<unsigned char*>(added.mask)[i] = 0xff;
    }
    added.column = find(name);
    added.beyond_ascii = std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    seen_.emplace(name, seen);
  }
  names_[last].next = seen;
  return seen;
}

}  // namespace braid::format
