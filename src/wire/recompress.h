// A record batch with another codec (compression.type of a topic): the same records, offsets, times and producer, other bytes and checksum.
// Pure; any thread. Errors: those of decompress() and compress().
#pragma once
#include "wire/record_batch.h"

namespace braid::wire {

Result<Bytes> recompress(const BatchView& batch, Codec codec);
// By the names of compression.type: uncompressed, gzip, snappy, lz4, zstd. Empty for any other, "producer" too.
std::optional<Codec> codec_named(std::string_view compression_type);

}  // namespace braid::wire
