// link: braid_catalog
// Any bytes as a schema of each kind, as text to search in, and as a record of the catalog: never more than a refusal. Words stand where they say.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalog/annotations.h"
#include "catalog/entity.h"
#include "catalog/schema_fields.h"
#include "catalog/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::catalog;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const char* type : {"AVRO", "JSON", "PROTOBUF"}) (void)read_schema(type, input);
  std::size_t at = 0;
  tokenize(input, [&](const Token& t) {
    if (t.begin > t.end || t.end > size || t.text.empty() || (!t.part && t.begin < at)) std::abort();
    if (!t.part) at = t.end;
    return true;
  });
  for (const EntityType type : entity_types) (void)guid_of(parse_qualified_name(type, input));
  Annotations annotations;
  const auto zero = input.find('\0');
  const auto value = zero == std::string_view::npos ? std::nullopt : std::optional(input.substr(zero + 1));
  if (annotations.apply(input.substr(0, zero), value) && value && !annotations.value_of(input.substr(0, zero)) && !annotations.by_entity.empty()) std::abort();
  return 0;
}
