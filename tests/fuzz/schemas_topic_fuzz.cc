// link: braid_registry
// Any bytes as a record of `_schemas`: key and value, split at the first zero byte. Read or refused; what was read and written again is the same event.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  using namespace braid::registry;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  const auto value = zero == std::string_view::npos ? std::nullopt : std::optional<BytesView>(input.substr(zero + 1));
  const auto event = parse_record(input.substr(0, zero), value, 1);
  if (!event) return 0;
  State state;
  (void)state.apply(*event);
  const auto record = to_record(*event);
  const auto again = parse_record(record.key ? std::optional<BytesView>(*record.key) : std::nullopt,
                                  record.value ? std::optional<BytesView>(*record.value) : std::nullopt, 1);
  if (!again || again->index() != event->index()) std::abort();
  const auto twice = to_record(*again);
  if (twice.key != record.key || twice.value != record.value) std::abort();
  return 0;
}
