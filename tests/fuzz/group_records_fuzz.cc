// link: braid_storage
// Any bytes as a record of __consumer_offsets: a value or an error; what was read is written as it was understood.
#include <cstdint>
#include <cstdlib>

#include "storage/group_records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::storage;
  const braid::BytesView bytes(reinterpret_cast<const char*>(data), size);
  (void)decode_group_key(bytes);
  const OffsetKey offset_key{"g", "t", braid::PartitionId{0}};
  if (const auto commit = decode_offset_value(offset_key, bytes); commit && !(*decode_offset_value(offset_key, encode_value(*commit)) == *commit)) std::abort();
  const GroupKey group_key{"g"};
  if (const auto group = decode_group_value(group_key, bytes); group && !(*decode_group_value(group_key, encode_value(*group)) == *group)) std::abort();
  return 0;
}
