#include "eventlog/embedded/decode.h"

#include "wire/record_batch.h"

namespace braid::eventlog {
namespace {

Result<void> decode_batch(const wire::BatchView& batch, Offset from, Chunk& chunk, std::vector<wire::RecordHeader>& headers) {
  auto scratch = std::make_shared<Bytes>();
  TRY(auto reader, wire::RecordReader::open(batch, *scratch));
  if (batch.header.codec() != wire::Codec::none) chunk.owners.push_back(std::move(scratch));
  wire::RecordRef record;
  for (;;) {
    headers.clear();
    TRY(const bool more, reader.next(record, headers));
    if (!more) return {};
    if (record.offset < from.value) continue;
    chunk.records.push_back({Offset{record.offset}, record.timestamp_ms, record.key, record.value, std::uint32_t(chunk.headers.size()), record.headers_count});
    for (const auto& header : headers) chunk.headers.push_back({header.name, header.value});
  }
}

}  // namespace

Result<void> decode_pieces(const std::vector<storage::Piece>& pieces, Offset from, Chunk& chunk) {
  std::vector<wire::RecordHeader> headers;
  for (const auto& piece : pieces) {
    bool used = false;
    BytesView bytes = piece.bytes;
    while (const auto batch = wire::next_batch_unchecked(bytes)) {
      chunk.next = Offset{batch->header.next_offset()};
      if (batch->header.control() || batch->header.last_offset() < from.value) continue;
      used = true;
      chunk.records.reserve(chunk.records.size() + std::size_t(batch->header.records_count));
      TRY_VOID(decode_batch(*batch, from, chunk, headers));
    }
    if (used) chunk.owners.push_back(piece.owner);
  }
  return {};
}

}  // namespace braid::eventlog
