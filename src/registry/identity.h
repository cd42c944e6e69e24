// What makes two registered schemas the same: an MD5 over text, references, metadata and rules. The same content has the same id in a
// context and the same GUID everywhere. Byte-equal to Confluent's, so that a topic taken over keeps its ids. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "registry/schema.h"

namespace braid::registry {

Guid identity_of(std::string_view text, const std::vector<Reference>& references, const std::optional<Metadata>& metadata,
                 const std::optional<RuleSet>& rule_set);
std::string guid_text(const Guid& guid);                       // 8-4-4-4-12
std::optional<Guid> parse_guid(std::string_view text);
std::string guid_base64(const Guid& guid);                     // as the field md5 in `_schemas`

}  // namespace braid::registry
