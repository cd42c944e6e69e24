// link: braid_http
// Any bytes as a client's frames, in pieces: the same events and the same end however they are cut, and never undefined behaviour.
#include <cstdint>
#include <cstdlib>

#include "http/websocket.h"

using namespace braid;

namespace {
struct Outcome {
  std::vector<http::WebSocketEvent> events;
  bool ok = true;
  std::uint16_t code = 0;
};
Outcome run(BytesView bytes, std::size_t piece) {
  Outcome out;
  http::WebSocketParser parser(4096);
  while (!bytes.empty()) {
    const auto here = std::min(piece, bytes.size());
    if (!parser.put(bytes.substr(0, here), out.events)) {
      out.ok = false;
      out.code = parser.failure_code();
      break;
    }
    bytes.remove_prefix(here);
  }
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = run(all, all.size() + 1), pieces = run(all, 1 + data[0] % 7);
  if (whole.ok != pieces.ok || whole.code != pieces.code || whole.events.size() != pieces.events.size()) std::abort();
  for (std::size_t i = 0; i < whole.events.size(); ++i)
    if (whole.events[i].data != pieces.events[i].data || whole.events[i].kind != pieces.events[i].kind || whole.events[i].data.size() > 4096) std::abort();
  return 0;
}
