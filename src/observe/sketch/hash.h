// One 64-bit hash per value, shared by the sketches of a field. Kept state depends on it: it never changes (docs/formats/profiles.md).
// Pure functions.
#pragma once
#include <xxhash.h>

#include <bit>
#include <cstdint>
#include <string_view>

namespace braid::observe {

// The finaliser of SplitMix64: every input bit moves every output bit.
inline std::uint64_t hash_of(std::uint64_t v) {
  v += 0x9e3779b97f4a7c15;
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
  v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
  return v ^ (v >> 31);
}
inline std::uint64_t hash_of(std::int64_t v) { return hash_of(std::uint64_t(v)); }
// A whole number has one hash, whether it came as INTEGER, BIGINT or DOUBLE; 0.0 and -0.0 are one value.
inline std::uint64_t hash_of(double v) {
  if (v > -9.0e15 && v < 9.0e15 && double(std::int64_t(v)) == v) return hash_of(std::int64_t(v));
  return hash_of(std::bit_cast<std::uint64_t>(v));
}
inline std::uint64_t hash_of(std::string_view v) { return XXH3_64bits(v.data(), v.size()); }

}  // namespace braid::observe
