// link: braid_storage
// Any bytes as an entry of the write-ahead log, a checkpoint or an index: a value or an Error. Checksums are made right first.
#include "storage/checkpoint.h"
#include "storage/entries.h"
#include "storage/segment.h"
#include "wire/crc32c.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  if (size < 17) return 0;
  Bytes bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto fit = [&](BytesView magic) {
    bytes.replace(0, 8, magic);
    store_le(bytes.data() + 8, std::uint32_t{1});
    store_le(bytes.data() + 12, wire::crc32c(BytesView(bytes).substr(16)));
  };
  switch (data[0] % 3) {
    case 0: (void)storage::decode_entry(bytes); break;
    case 1:
      fit("braidckp");
      (void)storage::decode_checkpoint(bytes);
      break;
    default:
      fit("braididx");
      (void)storage::decode_index(bytes, {});
  }
  return 0;
}
