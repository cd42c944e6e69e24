// link: braid_format
// Any bytes: a schema text and a record, split at the first zero byte. What parses must print, parse again to the same text, and read or refuse the record.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/avro/compatibility.h"
#include "format/avro/datum.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::format::avro;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  const auto schema = parse(input.substr(0, zero), {}, {.validate_names = false});
  if (!schema) return 0;
  const auto text = canonical_text(**schema);
  const auto again = parse(text, {}, {.validate_names = false});
  if (!again || canonical_text(**again) != text) std::abort();
  normalised_text(**schema);
  if (!incompatibilities(**again, **schema).empty()) std::abort();
  const auto program = Program::compile(*schema, *again);
  if (program && zero != std::string_view::npos) (void)decode_to_json(**program, input.substr(zero + 1));
  return 0;
}
