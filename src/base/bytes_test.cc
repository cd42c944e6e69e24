#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace braid {

TEST(Varint, RoundTripsTheExtremes) {
  for (std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-65}, std::int64_t{300},
                         std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    Bytes out;
    Writer(out).varint(v);
    Reader in(out);
    EXPECT_EQ(in.varint(), v);
    EXPECT_TRUE(in.ok() && in.done());
  }
}

TEST(Reader, StaysFailedAfterAShortRead) {
  Reader in(std::string_view("\x00\x01\x02", 3));
  EXPECT_EQ(in.be<std::int16_t>(), 1);
  EXPECT_EQ(in.be<std::int32_t>(), 0);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0);
  EXPECT_EQ(in.bytes(1), "");
}

TEST(Reader, RefusesAVarintWithoutEnd) {
  Reader in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  in.uvarint();
  EXPECT_FALSE(in.ok());
}

TEST(BigEndian, IsBigEndian) {
  Bytes out;
  Writer(out).be<std::int32_t>(0x01020304);
  EXPECT_EQ(out, "\x01\x02\x03\x04");
}

}  // namespace braid
