// link: braid_format
// Any bytes: a Protobuf file, as text or base64. What parses must print, parse again to the same text, get along with itself, and link or be refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/difference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::format::protobuf_schema;
  const auto schema = parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!schema) return 0;
  const auto text = canonical_text(**schema);
  const auto again = parse(text);
  if (!again || canonical_text(**again) != text) std::abort();
  normalised_text(**schema);
  if (!incompatible_changes(**schema, **again).empty()) std::abort();
  (void)serialized_text(**schema);
  return 0;
}
