// link: braid_base
// Any bytes through the cursor: a value or a failed reader, never a read beyond the end.
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  braid::Reader in(braid::BytesView(reinterpret_cast<const char*>(data), size));
  while (in.ok() && !in.done()) {
    switch (in.u8() % 4) {
      case 0: in.uvarint(); break;
      case 1: in.be<std::int64_t>(); break;
      case 2: in.bytes(in.u8()); break;
      default: in.varint();
    }
  }
  return 0;
}
