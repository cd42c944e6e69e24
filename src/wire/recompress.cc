#include "wire/recompress.h"

namespace braid::wire {
namespace {
constexpr std::size_t length_at = 8, crc_at = 17, attributes_at = 21;
}

Result<Bytes> recompress(const BatchView& batch, Codec codec) {
  const auto records = batch.bytes.substr(batch_header_bytes);
  Bytes plain;
  if (batch.header.codec() != Codec::none) TRY_VOID(decompress(batch.header.codec(), records, plain));
  Bytes out(batch.bytes.substr(0, batch_header_bytes));
  const BytesView content = batch.header.codec() == Codec::none ? records : BytesView(plain);
  TRY_VOID(compress(codec, content, out));
  store_be(out.data() + length_at, std::int32_t(out.size() - batch_prefix_bytes));
  store_be(out.data() + attributes_at, std::int16_t((batch.header.attributes & ~7) | std::int16_t(codec)));
  store_be(out.data() + crc_at, batch_crc(out));
  return out;
}

std::optional<Codec> codec_named(std::string_view compression_type) {
  if (compression_type == "uncompressed") return Codec::none;
  for (const auto codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
    if (name_of(codec) == compression_type) return codec;
  return std::nullopt;
}

}  // namespace braid::wire
