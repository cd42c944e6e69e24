// The four codecs of Kafka's record batches. Pure functions; any thread. Sizes in bytes.
// gzip: RFC 1952, several members in a row are one text. snappy: the raw block format, and the "xerial" framing that Java and JavaScript clients
// put around it (we read both and write the framing). lz4: the LZ4 frame format. zstd: RFC 8878, several frames in a row are one text.
// Errors: corrupt (not in the codec's format), overloaded (more bytes than `bytes_max` would come out: a decompression bomb), unsupported.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits/kafka.h"

namespace braid::wire {

enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
std::string_view name_of(Codec codec);   // Kafka's names
inline constexpr int codecs_count = 5;

// Appends to `out`. On failure `out` holds an unspecified part.
Result<void> compress(Codec codec, BytesView in, Bytes& out);
Result<void> decompress(Codec codec, BytesView in, Bytes& out, std::size_t bytes_max = limits::decompressed_batch_bytes_max);

}  // namespace braid::wire
