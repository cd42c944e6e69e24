// link: braid_format
// Any bytes: two JSON Schemas, split at the first zero byte. Canonical text is a fixed point; a schema gets along with itself; comparing two
// ends.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/json_schema/difference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::format::json_schema;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  const auto first = parse(input.substr(0, zero));
  if (!first) return 0;
  const auto text = canonical_text(**first);
  const auto again = parse(text);
  if (!again || canonical_text(**again) != text) std::abort();
  normalised_text(**first);
  for (const auto& change : incompatible_changes(**first, **again, false))
    if (change.kind != "SCHEMA_TOO_COMPLEX") std::abort();
  if (zero == std::string_view::npos) return 0;
  const auto second = parse(input.substr(zero + 1));
  if (second) (void)incompatible_changes(**first, **second, true);
  return 0;
}
