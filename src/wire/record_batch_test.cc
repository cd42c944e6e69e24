#include "wire/record_batch.h"

#include <gtest/gtest.h>

namespace braid::wire {
namespace {

Bytes one_record() {
  BatchBuilder builder;
  builder.add(1'600'000'000'000, "k", "v");
  return *builder.finish();
}

TEST(RecordBatch, IsWrittenByteForByteAsTheSpecificationSays) {
  const Bytes expected(
      "\0\0\0\0\0\0\0\0" "\0\0\0\x3a" "\xff\xff\xff\xff" "\2" "\x1d\x10\x83\xaf" "\0\0" "\0\0\0\0"
      "\0\0\1\x74\x87\x6e\x80\0" "\0\0\1\x74\x87\x6e\x80\0" "\xff\xff\xff\xff\xff\xff\xff\xff" "\xff\xff" "\xff\xff\xff\xff" "\0\0\0\1"
      "\x10" "\0" "\0" "\0" "\2k" "\2v" "\0", 70);
  EXPECT_EQ(one_record(), expected);
}

TEST(RecordBatch, RefusesOldFormatsByName) {
  Bytes bytes = one_record();
  bytes[16] = 1;
  const auto header = parse_batch_header(bytes);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, ErrorCode::unsupported);
  EXPECT_EQ(header.error().message, "record format (magic) 1 is not supported, only 2");
}

TEST(RecordBatch, SaysWhatIsWrong) {
  Bytes bytes = one_record();
  BytesView cut = BytesView(bytes).substr(0, 65);
  EXPECT_EQ(take_batch(cut).error().message, "a record batch of 70 bytes is cut off after 65");
  bytes[68] = 'w';
  BytesView view = bytes;
  EXPECT_TRUE(take_batch(view).error().message.starts_with("a record batch has checksum "));
}

TEST(RecordBatch, AppendTimeReplacesTheTimesOfAllRecords) {
  BatchBuilder builder;
  builder.add(5, std::nullopt, "a");
  builder.add(7, std::nullopt, "b");
  Bytes bytes = *builder.finish();
  set_log_append_time(bytes, 99);
  BytesView rest = bytes;
  const auto batch = take_batch(rest);
  ASSERT_TRUE(batch) << batch.error().text();
  EXPECT_TRUE(batch->header.log_append_time());
  Bytes scratch;
  auto reader = *RecordReader::open(*batch, scratch);
  RecordRef record;
  std::vector<RecordHeader> headers;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(*reader.next(record, headers));
    EXPECT_EQ(record.timestamp_ms, 99);
  }
}

TEST(RecordBatch, SequenceWrapsToZero) {
  BatchHeader header;
  header.base_sequence = INT32_MAX;
  header.last_offset_delta = 1;
  EXPECT_EQ(header.last_sequence(), 0);
}

TEST(RebuildBatch, KeepsOffsetsTimestampsAndTheProducer) {
  for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    BatchOptions options;
    options.codec = codec;
    options.producer_id = 7;
    options.producer_epoch = 2;
    options.base_sequence = 40;
    options.transactional = true;
    BatchBuilder builder(options);
    const std::vector<RecordHeader> headers{{"h", BytesView("x")}};
    for (int i = 0; i < 5; ++i) builder.add(1000 + i * 10, "k" + std::to_string(i), i == 3 ? std::nullopt : std::optional<BytesView>("value"), headers);
    auto bytes = *builder.finish();
    set_base_offset(bytes, 100);
    BytesView rest(bytes);
    const auto rebuilt = rebuild_batch(*take_batch(rest), {0, 1, 0, 1, 0}, 5000);
    ASSERT_TRUE(rebuilt);
    rest = *rebuilt;
    const auto batch = take_batch(rest);
    ASSERT_TRUE(batch) << batch.error().text();
    EXPECT_EQ(batch->header.base_offset, 100);
    EXPECT_EQ(batch->header.last_offset(), 104);
    EXPECT_EQ(batch->header.records_count, 2);
    EXPECT_EQ(batch->header.base_sequence, 40);
    EXPECT_EQ(batch->header.producer_id, 7);
    EXPECT_TRUE(batch->header.transactional());
    EXPECT_TRUE(batch->header.delete_horizon());
    EXPECT_EQ(batch->header.base_timestamp, 5000);
    EXPECT_EQ(batch->header.max_timestamp, 1030);
    EXPECT_EQ(batch->header.codec(), codec);
    Bytes scratch;
    auto reader = *RecordReader::open(*batch, scratch);
    RecordRef record;
    std::vector<RecordHeader> found;
    ASSERT_TRUE(*reader.next(record, found));
    EXPECT_EQ(record.offset, 101);
    EXPECT_EQ(record.timestamp_ms, 1010);
    EXPECT_EQ(record.value, "value");
    ASSERT_TRUE(*reader.next(record, found));
    EXPECT_EQ(record.offset, 103);
    EXPECT_EQ(record.timestamp_ms, 1030);
    EXPECT_FALSE(record.value);
    EXPECT_EQ(found.size(), 2u);
    EXPECT_FALSE(*reader.next(record, found));
  }
}

TEST(Marker, IsReadAsItWasWritten) {
  for (const bool commit : {true, false}) {
    const auto bytes = marker_batch(7, 3, commit, 1000);
    BytesView rest(bytes);
    const auto batch = take_batch(rest);
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->header.control() && batch->header.transactional());
    EXPECT_EQ(batch->header.producer_epoch, 3);
    EXPECT_EQ(marker_commits(*batch), commit);
  }
}

}  // namespace
}  // namespace braid::wire
