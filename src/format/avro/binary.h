// Avro's binary encoding, one value at a time: a cursor that reads and functions that append. Header only, for the record path.
// The cursor never reads past the end: after the first failure it stays failed, gives zeros, and says why. It does not own its bytes.
// Specification: Avro 1.12, "Binary Encoding". int and long are zig-zag base-128; float and double little-endian.
#pragma once
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/limits/schemas.h"

namespace braid::format::avro {

class Input {
 public:
  explicit Input(BytesView bytes) : at_(bytes.data()), begin_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return why_ == nullptr; }
  const char* why() const { return why_ == nullptr ? "" : why_; }     // what was wrong, in words
  std::size_t remaining() const { return std::size_t(end_ - at_); }
  std::size_t position() const { return std::size_t(at_ - begin_); }
  void fail(const char* why) {
    if (why_ == nullptr) why_ = why;
    at_ = end_;
  }

  std::int64_t long_value() {
    if (at_ != end_ && std::uint8_t(*at_) < 0x80) return unzigzag(std::uint8_t(*at_++));   // most lengths, branches and small numbers
    return long_slow();
  }
  std::int32_t int_value() {
    const std::int64_t v = long_value();
    if (v < INT32_MIN || v > INT32_MAX) { fail("a number that does not fit an int"); return 0; }
    return std::int32_t(v);
  }
  bool boolean() {
    if (at_ == end_) { fail("the bytes end inside a value"); return false; }
    const auto b = std::uint8_t(*at_++);
    if (b > 1) fail("a boolean that is neither 0 nor 1");
    return b == 1;
  }
  float float_value() { return fixed_width<float>(); }
  double double_value() { return fixed_width<double>(); }
  BytesView take(std::size_t n) {
    if (n > remaining()) { fail("the bytes end inside a value"); return {}; }
    at_ += n;
    return {at_ - n, n};
  }
  // Items without bytes are bounded for the whole input: nothing else would.
  bool spend_empty_items(std::size_t n) {
    if (n > empty_items_left_) return false;
    empty_items_left_ -= n;
    return true;
  }
  // So are fields: each takes a byte, or is one of the few that take none (records of records of nothing would double at each level).
  bool spend_fields(std::size_t n) {
    if (n > fields_left_) { fail("more fields without bytes than a value may have"); return false; }
    fields_left_ -= n;
    return true;
  }
  bool spend_defaults(std::size_t n) {
    if (n > defaults_left_) { fail("more defaults to fill in than a value may have"); return false; }
    defaults_left_ -= n;
    return true;
  }
  BytesView bytes() {
    const std::int64_t n = long_value();
    if (n < 0) { fail("a negative length"); return {}; }
    return take(std::size_t(n));
  }

 private:
  std::int64_t long_slow() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) { fail("the bytes end inside a number"); return 0; }
      const auto b = std::uint8_t(*at_++);
      if (shift == 63 && b > 1) break;
      value |= std::uint64_t(b & 0x7f) << shift;
      if (b < 0x80) return unzigzag(value);
    }
    fail("a number longer than 10 bytes");
    return 0;
  }
  template <class T> T fixed_width() {
    if (remaining() < sizeof(T)) { fail("the bytes end inside a value"); return T{}; }
    at_ += sizeof(T);
    return load_le<T>(at_ - sizeof(T));
  }

  const char* at_;
  const char* begin_;
  const char* end_;
  const char* why_ = nullptr;
  std::size_t empty_items_left_ = limits::avro_empty_items_max;
  std::size_t fields_left_ = std::size_t(end_ - begin_) + limits::avro_empty_items_max;
  std::size_t defaults_left_ = limits::avro_defaults_read_max;
};

inline void put_long(Bytes& out, std::int64_t v) {
  std::uint64_t u = zigzag(v);
  char buffer[10];
  int n = 0;
  while (u >= 0x80) { buffer[n++] = char(u | 0x80); u >>= 7; }
  buffer[n++] = char(u);
  out.append(buffer, std::size_t(n));
}
inline void put_int(Bytes& out, std::int32_t v) { put_long(out, v); }
inline void put_boolean(Bytes& out, bool v) { out.push_back(v ? 1 : 0); }
inline void put_float(Bytes& out, float v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); }
inline void put_double(Bytes& out, double v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); }
inline void put_bytes(Bytes& out, BytesView v) { put_long(out, std::int64_t(v.size())); out.append(v); }   // bytes and string
inline void put_fixed(Bytes& out, BytesView v) { out.append(v); }
// A union is put_long(branch) and the value. An array or map is blocks: put_long(count), the items (a map's: put_bytes(key), value), then put_long(0).

}  // namespace braid::format::avro
