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

}  // namespace
}  // namespace braid::wire
