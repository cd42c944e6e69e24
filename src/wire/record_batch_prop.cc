// Laws of the record batch: what was built is read back, any damage is noticed, and no bytes break the reader.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/record_batch.h"

namespace braid::wire {
namespace {

struct Item {
  std::int64_t timestamp;
  std::optional<Bytes> key, value;
  std::vector<std::pair<Bytes, std::optional<Bytes>>> headers;
};

rc::Gen<std::optional<Bytes>> nullable() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::arbitrary<std::string>()), [](std::pair<int, std::string> p) -> std::optional<Bytes> {
    if (p.first == 0) return std::nullopt;
    return std::move(p.second);
  });
}
rc::Gen<Item> item() {
  return rc::gen::build<Item>(rc::gen::set(&Item::timestamp, rc::gen::inRange<std::int64_t>(0, 1LL << 50)), rc::gen::set(&Item::key, nullable()),
                              rc::gen::set(&Item::value, nullable()),
                              rc::gen::set(&Item::headers, rc::gen::container<decltype(Item::headers)>(rc::gen::pair(rc::gen::arbitrary<std::string>(), nullable()))));
}
Bytes build(const std::vector<Item>& items, Codec codec) {
  BatchOptions options;
  options.codec = codec;
  options.producer_id = 77;
  options.producer_epoch = 3;
  options.base_sequence = 12;
  BatchBuilder builder(options);
  for (const auto& i : items) {
    std::vector<RecordHeader> headers;
    for (const auto& [name, value] : i.headers) headers.push_back({name, value});
    builder.add(i.timestamp, i.key, i.value, headers);
  }
  auto batch = builder.finish();
  RC_ASSERT(batch.has_value());
  return *std::move(batch);
}
Result<int> read_all(BytesView bytes) {
  TRY(const auto batch, take_batch(bytes));
  Bytes scratch;
  TRY(auto reader, RecordReader::open(batch, scratch));
  std::vector<RecordHeader> headers;
  RecordRef record;
  for (int n = 0;; ++n) {
    TRY(const bool more, reader.next(record, headers));
    if (!more) return n;
  }
}

RC_GTEST_PROP(RecordBatch, ReadsBackWhatWasBuilt, ()) {
  const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<Item>>(item()));
  const auto codec = Codec(*rc::gen::inRange(0, codecs_count));
  Bytes bytes = build(items, codec);
  set_base_offset(bytes, 1000);
  set_leader_epoch(bytes, 9);
  BytesView rest(bytes);
  const auto batch = take_batch(rest);
  RC_ASSERT(batch.has_value());
  RC_ASSERT(rest.empty());
  RC_ASSERT(batch->header.base_offset == 1000 && batch->header.leader_epoch == 9 && batch->header.producer_id == 77);
  RC_ASSERT(batch->header.next_offset() == 1000 + std::int64_t(items.size()));
  Bytes scratch;
  auto reader = RecordReader::open(*batch, scratch);
  RC_ASSERT(reader.has_value());
  std::vector<RecordHeader> headers;
  RecordRef record;
  std::int64_t latest = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto more = reader->next(record, headers);
    RC_ASSERT(more.has_value() && *more);
    RC_ASSERT(record.offset == 1000 + std::int64_t(i));
    RC_ASSERT(record.timestamp_ms == items[i].timestamp);
    RC_ASSERT(record.key == items[i].key && record.value == items[i].value);
    RC_ASSERT(record.headers_count == items[i].headers.size());
    for (std::size_t k = 0; k < items[i].headers.size(); ++k) {
      RC_ASSERT(headers[record.headers_begin + k].name == items[i].headers[k].first);
      RC_ASSERT(headers[record.headers_begin + k].value == items[i].headers[k].second);
    }
    latest = std::max(latest, items[i].timestamp);
  }
  RC_ASSERT(batch->header.max_timestamp == latest);
  RC_ASSERT(*reader->next(record, headers) == false);
  RC_ASSERT(reader->deltas_in_sequence());
}

RC_GTEST_PROP(RecordBatch, NoticesAnyChangedBit, ()) {
  const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<Item>>(item()));
  Bytes bytes = build(items, Codec(*rc::gen::inRange(0, codecs_count)));
  const auto at = *rc::gen::inRange<std::size_t>(8, bytes.size());
  RC_PRE(at < 12 || at >= 16);   // the leader epoch is outside the checksum
  bytes[at] = char(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  RC_ASSERT(!read_all(bytes).has_value());
}

RC_GTEST_PROP(RecordBatch, SurvivesAnyBytesUnderAGoodChecksum, ()) {
  const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<Item>>(item()));
  Bytes bytes = build(items, Codec(*rc::gen::inRange(0, codecs_count)));
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) bytes[*rc::gen::inRange<std::size_t>(21, bytes.size())] = char(*rc::gen::arbitrary<int>());
  store_be(bytes.data() + 17, batch_crc(bytes));
  (void)read_all(bytes);   // a value or an error; sanitizers watch
}

RC_GTEST_PROP(RecordBatch, SurvivesACut, ()) {
  const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<Item>>(item()));
  const Bytes bytes = build(items, Codec::none);
  const auto keep = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!read_all(BytesView(bytes).substr(0, keep)).has_value());
}

}  // namespace
}  // namespace braid::wire
