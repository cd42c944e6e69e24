// Byte strings, and cursors that read and write binary formats.
// A byte string is a std::string: records go to text parsers, hash maps and sockets without casts, and short keys need no allocation.
// Readers never read past the end: after the first short read they stay failed and give zeros, so a decoder checks ok() once at its end
// (and before any allocation whose size came from the bytes). Not thread-safe; a Reader does not own its bytes.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace braid {

using Bytes = std::string;
using BytesView = std::string_view;

template <class T> constexpr T to_big_endian(T value) {
  if constexpr (sizeof(T) == 1) return value;
  else if constexpr (sizeof(T) == 2) return T(__builtin_bswap16(std::uint16_t(value)));
  else if constexpr (sizeof(T) == 4) return T(__builtin_bswap32(std::uint32_t(value)));
  else return T(__builtin_bswap64(std::uint64_t(value)));
}
template <class T> T load_be(const char* at) { T v; std::memcpy(&v, at, sizeof v); return to_big_endian(v); }
template <class T> void store_be(char* at, T v) { v = to_big_endian(v); std::memcpy(at, &v, sizeof v); }
template <class T> T load_le(const char* at) { T v; std::memcpy(&v, at, sizeof v); return v; }
template <class T> void store_le(char* at, T v) { std::memcpy(at, &v, sizeof v); }

constexpr std::uint64_t zigzag(std::int64_t v) { return (std::uint64_t(v) << 1) ^ std::uint64_t(v >> 63); }
constexpr std::int64_t unzigzag(std::uint64_t v) { return std::int64_t(v >> 1) ^ -std::int64_t(v & 1); }

class Reader {
 public:
  explicit Reader(BytesView bytes) : at_(bytes.data()), begin_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  std::size_t remaining() const { return std::size_t(end_ - at_); }
  std::size_t position() const { return std::size_t(at_ - begin_); }
  void set_failed() { ok_ = false; at_ = end_; }

  template <class T> T be() { return take_fixed<T>() ? load_be<T>(at_ - sizeof(T)) : T{}; }
  template <class T> T le() { return take_fixed<T>() ? load_le<T>(at_ - sizeof(T)) : T{}; }
  std::uint8_t u8() { return be<std::uint8_t>(); }

  // Little-endian base-128, as in Kafka, Avro and Protobuf. At most 10 bytes.
  std::uint64_t uvarint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const std::uint8_t byte = std::uint8_t(*at_++);
      value |= std::uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    set_failed();
    return 0;
  }
  std::int64_t varint() { return unzigzag(uvarint()); }

  BytesView bytes(std::size_t n) {
    if (n > remaining()) { set_failed(); return {}; }
    at_ += n;
    return {at_ - n, n};
  }
  BytesView rest() { return bytes(remaining()); }
  void skip(std::size_t n) { bytes(n); }

 private:
  template <class T> bool take_fixed() {
    if (remaining() < sizeof(T)) { set_failed(); return false; }
    at_ += sizeof(T);
    return true;
  }
  const char* at_;
  const char* begin_;
  const char* end_;
  bool ok_ = true;
};

// Appends to a byte string it does not own.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}
  template <class T> void be(T v) { v = to_big_endian(v); out_.append(reinterpret_cast<const char*>(&v), sizeof v); }
  template <class T> void le(T v) { out_.append(reinterpret_cast<const char*>(&v), sizeof v); }
  void u8(std::uint8_t v) { out_.push_back(char(v)); }
  void uvarint(std::uint64_t v) {
    while (v >= 0x80) { out_.push_back(char(v | 0x80)); v >>= 7; }
    out_.push_back(char(v));
  }
  void varint(std::int64_t v) { uvarint(zigzag(v)); }
  void bytes(BytesView v) { out_.append(v); }
  std::size_t size() const { return out_.size(); }
  Bytes& out() { return out_; }

 private:
  Bytes& out_;
};

}  // namespace braid
