// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the SSE4.2 instruction where there is one. Pure; any thread.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace braid::wire {

// `before` is the checksum of the bytes in front of these, so that pieces can be summed one after the other.
std::uint32_t crc32c(BytesView bytes, std::uint32_t before = 0);

}  // namespace braid::wire
