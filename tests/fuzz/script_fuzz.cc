// link: braid_api
// Any text as a script for the editor: statements in order, inside the text, not over each other; places that grow with the bytes.
#include <cstdint>
#include <cstdlib>

#include "api/editor/script.h"

using namespace braid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const api::TextPlaces places(text);
  std::size_t at = 0;
  for (const auto& part : api::split_script(text)) {
    if (part.span.begin < at || part.span.end < part.span.begin || part.span.end > size) std::abort();
    at = part.span.end;
    if (places.utf16(part.span.begin) > places.utf16(part.span.end) || places.utf16(part.span.end) > 2 * size) std::abort();   // bytes that are no UTF-8 may count for two
    json::object into;
    places.put(into, part.statement ? part.span : part.statement.error().where.value_or(part.span));
    (void)places.line_column(part.span.begin);
    if (part.statement) (void)api::kind_of(*part.statement);
  }
  return 0;
}
