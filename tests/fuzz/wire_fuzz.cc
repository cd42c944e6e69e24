// link: braid_wire
// Any bytes as a Kafka frame: a message or an error, never undefined behaviour; and what was understood is written as it was read.
#include <cstdint>
#include <cstdlib>

#include "wire/all_messages.h"

namespace {
using namespace braid;
using namespace braid::wire;

template <class M> void both_ways(BytesView body, std::int16_t version) {
  const auto message = decode<M>(body, version);
  if (!message) return;
  Gather out, again;
  encode(*message, version, out);
  const Bytes wire = out.flat();
  const auto back = decode<M>(wire, version);
  if (!back) std::abort();
  encode(*back, version, again);
  if (again.flat() != wire) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView frame(reinterpret_cast<const char*>(data), size);
  Reader in(frame);
  const auto header = read_request_header(in);
  if (!header) return 0;
  const auto* api = find_api(header->api);
  if (header->version < api->min || header->version > api->max) return 0;
  const auto body = in.rest();
  for_each_message(AllMessages{}, [&]<class M>() {
    if (M::message.api == header->api) both_ways<M>(body, header->version);
  });
  return 0;
}
