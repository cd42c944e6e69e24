// link: braid_mesh
// Any bytes as an event, an audit entry, a name, a version and a date: a value or an error. What is decoded encodes to the same value again, and an
// event that is refused leaves the state as it was.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mesh/audit.h"
#include "mesh/openlineage.h"
#include "mesh/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::mesh;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto event = decode_event(input)) {
    const auto again = decode_event(encode(*event));
    if (!again || !(*again == *event)) std::abort();
    State state;
    const auto before = state.to_json();
    if (!apply(state, *event) && state.to_json() != before) std::abort();
  }
  if (const auto entry = decode_audit_entry(input)) {
    const auto again = decode_audit_entry(encode(*entry));
    if (!again || !(*again == *entry)) std::abort();
  }
  if (const auto flow = decode_flow(input)) {
    const auto again = decode_flow(encode(*flow));
    if (!again || !(*again == *flow)) std::abort();
  }
  if (const auto run = decode_open_run(input)) {
    const auto again = decode_open_run(encode(*run));
    if (!again || !(*again == *run)) std::abort();
  }
  if (const auto version = Version::parse(input)) {
    const auto again = Version::parse(version->text());
    if (!again || version->text() != input || !(*again == *version)) std::abort();
  }
  (void)parse_date_ms(input).has_value();
  (void)check_name("name", input).has_value();
  (void)check_text("text", input, 1000).has_value();
  (void)nearest(input, {"abc", "pageviews", ""});
  return 0;
}
