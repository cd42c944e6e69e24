// Tags that a schema's metadata gives by path. Pure.
#pragma once
#include <string_view>

#include "format/inline_tags.h"
#include "registry/schema.h"

namespace braid::registry {

// The tags of every pattern that means this field ("n.Order.email"; of JSON Schema also without "$." in front).
inline std::set<std::string> tags_by_path(const Metadata& metadata, std::string_view full_name) {
  std::set<std::string> out;
  const std::string_view bare = full_name.starts_with("$.") ? full_name.substr(2) : full_name;
  for (const auto& [pattern, tags] : metadata.tags)
    if (format::path_matches(pattern, full_name) || format::path_matches(pattern, bare)) out.insert(tags.begin(), tags.end());
  return out;
}

}  // namespace braid::registry
