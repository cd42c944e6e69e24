#include "eventlog/embedded/decode.h"

#include <algorithm>
#include <set>

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

Result<void> decode_read(const storage::ReadOutcome& read, Offset from, Chunk& chunk) {
  std::vector<wire::RecordHeader> headers;
  // KIP-98: a producer's transactional batches are dropped from the first offset of an aborted transaction of its to that transaction's marker.
  std::size_t next_aborted = 0;
  std::set<std::int64_t> aborting;
  for (const auto& piece : read.pieces) {
    bool used = false;
    BytesView bytes = piece.bytes;
    while (const auto batch = wire::next_batch_unchecked(bytes)) {
      chunk.next = Offset{batch->header.next_offset()};
      const auto& header = batch->header;
      for (; next_aborted < read.aborted.size() && read.aborted[next_aborted].first <= header.last_offset(); ++next_aborted) aborting.insert(read.aborted[next_aborted].producer_id);
      if (header.control()) aborting.erase(header.producer_id);
      if (header.transactional() && aborting.contains(header.producer_id)) continue;
      if (batch->header.control() || batch->header.last_offset() < from.value) continue;
      used = true;
      // By doubling: batches may be of one record each, and exact room for every one of them would move all records again with each.
      if (const auto wanted = chunk.records.size() + std::size_t(batch->header.records_count); wanted > chunk.records.capacity()) chunk.records.reserve(std::max(wanted, 2 * chunk.records.capacity()));
      TRY_VOID(decode_batch(*batch, from, chunk, headers));
    }
    if (used) chunk.owners.push_back(piece.owner);
  }
  return {};
}

}  // namespace braid::eventlog
