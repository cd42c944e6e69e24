// link: braid_api
// Any text as STOMP frames: frames that print and read back the same, an error, or a wait for more.
#include <cstdint>
#include <cstdlib>

#include "api/prototype/stomp.h"

using namespace braid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto frames = api::take_stomp_frames(text);
  if (!frames) return 0;
  for (auto frame : *frames) {
    std::erase_if(frame.headers, [](const auto& h) { return h.first == "content-length"; });
    std::string again = api::print(frame);
    const auto back = api::take_stomp_frames(again);
    if (!back || back->size() != 1 || back->front().body != frame.body) std::abort();
  }
  return 0;
}
