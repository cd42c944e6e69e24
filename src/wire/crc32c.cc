#include "wire/crc32c.h"

#include <array>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace braid::wire {

#ifdef __SSE4_2__
std::uint32_t crc32c(BytesView bytes, std::uint32_t before) {
  std::uint64_t crc = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(at));
  auto crc32 = std::uint32_t(crc);
  for (; left > 0; ++at, --left) crc32 = _mm_crc32_u8(crc32, std::uint8_t(*at));
  return ~crc32;
}
#else
namespace {
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr auto table = make_table();
}  // namespace

std::uint32_t crc32c(BytesView bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ std::uint8_t(c)) & 0xff];
  return ~crc;
}
#endif

}  // namespace braid::wire
