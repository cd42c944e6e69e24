// link: braid_storage
// Any bytes as a record of __consumer_offsets: a value or an error; what was read is written as it was understood.
#include <cstdint>
#include <cstdlib>

#include "storage/consumer_records.h"
#include "storage/group_records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::storage;
  const braid::BytesView bytes(reinterpret_cast<const char*>(data), size);
  (void)decode_group_key(bytes);
  const OffsetKey offset_key{"g", "t", braid::PartitionId{0}};
  if (const auto commit = decode_offset_value(offset_key, bytes); commit && !(*decode_offset_value(offset_key, encode_value(*commit)) == *commit)) std::abort();
  const GroupKey group_key{"g"};
  if (const auto group = decode_group_value(group_key, bytes); group && !(*decode_group_value(group_key, encode_value(*group)) == *group)) std::abort();
  for (const std::int16_t version : {3, 5, 6, 7, 8}) {   // a record of a KIP-848 group
    braid::Bytes key;
    braid::Writer out(key);
    out.be(version);
    out.bytes(braid::BytesView("\0\1g\0\1m", 6));
    StoredConsumerGroup group, back;
    if (!apply_consumer_record(group, key, bytes)) continue;
    for (const auto& r : encode_consumer_group(group))
      if (r.value && !apply_consumer_record(back, r.key, *r.value)) std::abort();
    if (!(back == group)) std::abort();
  }
  return 0;
}
