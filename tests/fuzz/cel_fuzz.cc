// link: braid_format
// Any bytes: an expression, and behind the first zero byte a JSON document for its variable `message`. Compiling and evaluating end in a
// value or an error, within the budget; the same input gives the same answer.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/cel/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::format;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  static constexpr std::string_view variables[] = {"message", "value"};
  const auto expression = cel::Expression::compile(input.substr(0, zero), variables);
  if (!expression) return 0;
  const auto document = parse_json_text(zero == std::string_view::npos ? R"({"a":1,"b":"x","c":[1,2.5,null],"d":{"e":true}})" : input.substr(zero + 1));
  if (!document) return 0;
  const auto message = cel::from_json(*document);
  const auto lookup = [&](std::string_view name) -> const cel::Value* { return name == "message" ? &message : nullptr; };
  const auto first = (*expression)->evaluate(lookup), second = (*expression)->evaluate(lookup);
  if (first.has_value() != second.has_value()) std::abort();
  if (first && cel::text_of(*first) != cel::text_of(*second)) std::abort();
  if (!first && first.error().code == braid::ErrorCode::bug) std::abort();
  return 0;
}
