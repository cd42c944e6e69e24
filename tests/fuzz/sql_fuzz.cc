// link: braid_sql
// Any text is a script or an error that names a place in it; what parses prints to a text that parses to the same tree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sql/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::sql;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto script = parse_script(input, {.test_statements = true});
  wants_more(input);
  if (!script) {
    if (script.error().message.empty() || (script.error().where && script.error().where->end > size)) std::abort();
    return 0;
  }
  for (const auto& statement : *script) {
    const auto text = print(statement);
    const auto again = parse_script(text + ";", {.test_statements = true});
    if (!again || again->size() != 1 || !((*again)[0] == statement) || print((*again)[0]) != text) std::abort();
  }
  return 0;
}
