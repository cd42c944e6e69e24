// link: braid_wire
// The first byte chooses the codec, the rest is what a stranger calls compressed: bytes up to the cap, or an Error.
#include "wire/compress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  if (size == 0) return 0;
  const BytesView in(reinterpret_cast<const char*>(data) + 1, size - 1);
  Bytes out;
  constexpr std::size_t cap = 1 << 20;
  if (wire::decompress(wire::Codec(data[0] % 6), in, out, cap)) BRAID_ASSERT(out.size() <= cap);
  return 0;
}
