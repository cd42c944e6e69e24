#include "wire/compress.h"
#include "base/limits/units.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace braid::wire {
namespace {

constexpr std::size_t step_bytes = 64 * limits::KiB;          // how much the output grows at least
constexpr std::size_t xerial_block_bytes = 32 * limits::KiB;  // snappy-java's default block
constexpr BytesView xerial_magic("\x82SNAPPY\0", 8);

std::unexpected<Error> corrupt(std::string_view codec, std::string_view why) {
  return fail(ErrorCode::corrupt, "a " + std::string(codec) + " block cannot be read: " + std::string(why));
}
std::unexpected<Error> too_large(std::size_t bytes_max) {
  return fail(ErrorCode::overloaded, "a compressed block would become larger than " + std::to_string(bytes_max) + " bytes", "send smaller batches");
}

// Room for more output: at least step_bytes, growing with what is there, never beyond the cap plus one (so that the overrun shows).
std::size_t grow(Bytes& out, std::size_t start, std::size_t bytes_max) {
  const std::size_t used = out.size() - start;
  const std::size_t more = std::min(std::max(step_bytes, used), bytes_max + 1 - used);
  out.resize(out.size() + more);
  return more;
}

Result<void> gunzip(BytesView in, Bytes& out, std::size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return fail(ErrorCode::bug, "zlib does not start");   // 32: gzip or zlib header
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = uInt(in.size());
  const std::size_t start = out.size();
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = grow(out, start, bytes_max);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = uInt(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (out.size() - start > bytes_max) return too_large(bytes_max);
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) return {};
      if (inflateReset(&stream) != Z_OK) return corrupt("gzip", "a second member does not start");
      continue;
    }
    if (code != Z_OK) return corrupt("gzip", stream.msg != nullptr ? stream.msg : "it ends too early");
    if (stream.avail_in == 0 && stream.avail_out != 0) return corrupt("gzip", "it ends too early");
  }
}

Result<void> gzip(BytesView in, Bytes& out) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return fail(ErrorCode::bug, "zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, deflateEnd);
  const std::size_t before = out.size();
  out.resize(before + deflateBound(&stream, uLong(in.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = uInt(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream.avail_out = uInt(out.size() - before);
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return fail(ErrorCode::bug, "zlib did not finish in its own bound");
  out.resize(out.size() - stream.avail_out);
  return {};
}

Result<void> unsnap_block(BytesView in, Bytes& out, std::size_t start, std::size_t bytes_max) {
  std::size_t bytes = 0;
  if (!snappy::GetUncompressedLength(in.data(), in.size(), &bytes)) return corrupt("snappy", "its length cannot be read");
  const std::size_t before = out.size();
  if (bytes > bytes_max - (before - start)) return too_large(bytes_max);
  // A byte of snappy makes at most 64 bytes (a copy of three bytes), so a longer claim is a lie; checked before allocating.
  if (bytes / 64 > in.size()) return corrupt("snappy", "it claims more bytes than it can hold");
  out.resize(before + bytes);
  if (!snappy::RawUncompress(in.data(), in.size(), out.data() + before)) return corrupt("snappy", "its content is damaged");
  return {};
}

Result<void> unsnap(BytesView in, Bytes& out, std::size_t bytes_max) {
  const std::size_t start = out.size();
  if (!in.starts_with(xerial_magic)) return unsnap_block(in, out, start, bytes_max);
  Reader reader(in);
  reader.skip(16);   // magic, version, lowest compatible version
  while (reader.ok() && !reader.done()) {
    const auto block = reader.bytes(reader.be<std::uint32_t>());
    if (!reader.ok()) break;
    TRY_VOID(unsnap_block(block, out, start, bytes_max));
  }
  if (!reader.ok()) return corrupt("snappy", "a framed block ends too early");
  return {};
}

Result<void> snap(BytesView in, Bytes& out) {
  Writer writer(out);
  writer.bytes(xerial_magic);
  writer.be<std::uint32_t>(1);
  writer.be<std::uint32_t>(1);
  while (!in.empty()) {
    const auto block = in.substr(0, xerial_block_bytes);
    in.remove_prefix(block.size());
    const std::size_t length_at = out.size();
    out.resize(length_at + 4 + snappy::MaxCompressedLength(block.size()));
    std::size_t bytes = 0;
    snappy::RawCompress(block.data(), block.size(), out.data() + length_at + 4, &bytes);
    store_be(out.data() + length_at, std::uint32_t(bytes));
    out.resize(length_at + 4 + bytes);
  }
  return {};
}

Result<void> unlz4(BytesView in, Bytes& out, std::size_t bytes_max) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return fail(ErrorCode::bug, "lz4 does not start");
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> owner(context, LZ4F_freeDecompressionContext);
  const std::size_t start = out.size();
  std::size_t hint = 1;   // 0 once a frame is complete
  for (;;) {
    const std::size_t before = out.size();
    std::size_t room = grow(out, start, bytes_max);
    const std::size_t offered = room;
    std::size_t taken = in.size();
    hint = LZ4F_decompress(context, out.data() + before, &room, in.data(), &taken, nullptr);
    if (LZ4F_isError(hint)) return corrupt("lz4", LZ4F_getErrorName(hint));
    out.resize(before + room);
    in.remove_prefix(taken);
    if (out.size() - start > bytes_max) return too_large(bytes_max);
    if (hint == 0 && in.empty()) return {};
    if (hint != 0 && in.empty() && room < offered) return corrupt("lz4", "it ends too early");
  }
}

Result<void> lz4(BytesView in, Bytes& out) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;   // what Java clients can read
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  const std::size_t before = out.size();
  out.resize(before + LZ4F_compressFrameBound(in.size(), &preferences));
  const std::size_t bytes = LZ4F_compressFrame(out.data() + before, out.size() - before, in.data(), in.size(), &preferences);
  if (LZ4F_isError(bytes)) return fail(ErrorCode::bug, std::string("lz4: ") + LZ4F_getErrorName(bytes));
  out.resize(before + bytes);
  return {};
}

Result<void> unzstd(BytesView in, Bytes& out, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (!stream) return fail(ErrorCode::bug, "zstd does not start");
  const std::size_t start = out.size();
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = grow(out, start, bytes_max);
    ZSTD_outBuffer output{out.data() + before, room, 0};
    const std::size_t hint = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(hint)) return corrupt("zstd", ZSTD_getErrorName(hint));
    out.resize(before + output.pos);
    if (out.size() - start > bytes_max) return too_large(bytes_max);
    if (hint == 0 && input.pos == input.size) return {};
    if (hint != 0 && input.pos == input.size && output.pos < room) return corrupt("zstd", "it ends too early");
  }
}

Result<void> zstd(BytesView in, Bytes& out) {
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(in.size()));
  const std::size_t bytes = ZSTD_compress(out.data() + before, out.size() - before, in.data(), in.size(), 3);   // 3: Kafka's and zstd's default
  if (ZSTD_isError(bytes)) return fail(ErrorCode::bug, std::string("zstd: ") + ZSTD_getErrorName(bytes));
  out.resize(before + bytes);
  return {};
}

}  // namespace

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::none: return "none";
    case Codec::gzip: return "gzip";
    case Codec::snappy: return "snappy";
    case Codec::lz4: return "lz4";
    case Codec::zstd: return "zstd";
  }
  return "unknown";
}

Result<void> compress(Codec codec, BytesView in, Bytes& out) {
  switch (codec) {
    case Codec::none: out.append(in); return {};
    case Codec::gzip: return gzip(in, out);
    case Codec::snappy: return snap(in, out);
    case Codec::lz4: return lz4(in, out);
    case Codec::zstd: return zstd(in, out);
  }
  return fail(ErrorCode::unsupported, "there is no compression codec " + std::to_string(int(codec)));
}

Result<void> decompress(Codec codec, BytesView in, Bytes& out, std::size_t bytes_max) {
  switch (codec) {
    case Codec::none:
      if (in.size() > bytes_max) return too_large(bytes_max);
      out.append(in);
      return {};
    case Codec::gzip: return gunzip(in, out, bytes_max);
    case Codec::snappy: return unsnap(in, out, bytes_max);
    case Codec::lz4: return unlz4(in, out, bytes_max);
    case Codec::zstd: return unzstd(in, out, bytes_max);
  }
  return fail(ErrorCode::unsupported, "there is no compression codec " + std::to_string(int(codec)));
}

}  // namespace braid::wire
