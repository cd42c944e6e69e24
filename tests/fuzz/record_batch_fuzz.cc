// link: braid_wire
// Any bytes as a record batch: records or an Error. The checksum is made right first, else nothing behind it would ever be reached.
#include "wire/record_batch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  Bytes bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.size() >= wire::batch_header_bytes) {
    store_be(bytes.data() + 8, std::int32_t(bytes.size() - wire::batch_prefix_bytes));
    store_be(bytes.data() + 17, wire::batch_crc(bytes));
  }
  BytesView rest = bytes;
  const auto batch = wire::take_batch(rest);
  if (!batch) return 0;
  Bytes scratch;
  auto reader = wire::RecordReader::open(*batch, scratch);
  if (!reader) return 0;
  std::vector<wire::RecordHeader> headers;
  wire::RecordRef record;
  for (;;) {
    const auto more = reader->next(record, headers);
    if (!more || !*more) return 0;
  }
}
