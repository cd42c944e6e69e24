#include "wire/compress.h"

#include <gtest/gtest.h>

#include "wire/crc32c.h"

namespace braid::wire {
namespace {

class EveryCodec : public testing::TestWithParam<int> {
 public:
  Codec codec() const { return Codec(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::Range(0, codecs_count), [](const auto& info) { return std::string(name_of(Codec(info.param))); });

TEST_P(EveryCodec, GivesBackWhatItWasGiven) {
  for (const std::size_t size : {0, 1, 100, 32 * 1024, 32 * 1024 + 1, 300'000}) {
    Bytes text;
    for (std::size_t i = 0; i < size; ++i) text.push_back(char((i * i) >> 7));
    Bytes packed = "kept", unpacked = "also";
    ASSERT_TRUE(compress(codec(), text, packed));
    const auto result = decompress(codec(), BytesView(packed).substr(4), unpacked);
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(unpacked, "also" + text);
  }
}

TEST_P(EveryCodec, StopsABomb) {
  Bytes packed, out;
  ASSERT_TRUE(compress(codec(), Bytes(1'000'000, 'x'), packed));
  const auto result = decompress(codec(), packed, out, 999'999);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::overloaded);
  EXPECT_LE(out.size(), 1'000'000u);
  out.clear();
  EXPECT_TRUE(decompress(codec(), packed, out, 1'000'000));
}

TEST_P(EveryCodec, RefusesACutText) {
  if (codec() == Codec::none) GTEST_SKIP() << "nothing to notice";
  Bytes packed;
  ASSERT_TRUE(compress(codec(), Bytes(100'000, 'x') + "and an end", packed));
  for (std::size_t keep = 1; keep < packed.size(); keep = keep * 3 / 2 + 1) {
    Bytes out;
    // A cut between two blocks of framed snappy cannot be seen here; the record count of the batch shows it.
    const auto result = decompress(codec(), BytesView(packed).substr(0, keep), out);
    if (result) EXPECT_EQ(codec(), Codec::snappy);
    else EXPECT_EQ(result.error().code, ErrorCode::corrupt) << keep;
  }
}

TEST(Compress, ReadsRawSnappy) {   // as librdkafka sends it
  Bytes out;
  ASSERT_TRUE(decompress(Codec::snappy, BytesView("\x05\x10hello", 7), out));
  EXPECT_EQ(out, "hello");
}

TEST(Compress, ReadsXerialSnappyOfTwoBlocks) {   // as snappy-java and kafkajs-snappy send it
  const Bytes framed("\x82SNAPPY\0\0\0\0\1\0\0\0\1\0\0\0\7\x05\x10hello\0\0\0\7\x05\x10world", 38);
  Bytes out;
  ASSERT_TRUE(decompress(Codec::snappy, framed, out));
  EXPECT_EQ(out, "helloworld");
}

TEST(Compress, ReadsGzipOfTwoMembers) {
  Bytes packed, out;
  ASSERT_TRUE(compress(Codec::gzip, "one ", packed));
  ASSERT_TRUE(compress(Codec::gzip, "two", packed));
  ASSERT_TRUE(decompress(Codec::gzip, packed, out));
  EXPECT_EQ(out, "one two");
}

TEST(Crc32c, MatchesThePublishedValues) {   // RFC 3720 B.4
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(Bytes(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(Bytes(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283u);
}

}  // namespace
}  // namespace braid::wire
