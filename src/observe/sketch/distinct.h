// How many different values there were: exact up to 512, then HyperLogLog with 2^14 registers (standard error 0.81 %).
// A plain value. Memory: 8 KiB while exact, 16 KiB after; never more. Takes hashes of values (hash.h); merge() is exact, in any order.
// Estimator without bias tables: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, section 3.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::observe {

class Distinct {
 public:
  static constexpr int precision = 14;
  static constexpr std::size_t exact_max = 512;
  static constexpr double standard_error = 0.0081;   // 1.04 / sqrt(2^14)

  void add(std::uint64_t hash);
  void add(std::span<const std::uint64_t> hashes);
  void merge(const Distinct& other);
  std::uint64_t estimate() const;
  bool exact() const { return registers_.empty(); }
  std::size_t memory_bytes() const;

  void encode(Bytes& out) const;
  static Result<Distinct> decode(Reader& in);
  friend bool operator==(const Distinct& a, const Distinct& b);

 private:
  void add_exact(std::uint64_t hash);
  void add_dense(std::uint64_t hash);
  void grow();                            // from exact to registers
  std::vector<std::uint64_t> hashes() const;   // of the exact form, sorted

  std::vector<std::uint64_t> slots_;      // open addressing; 0 is free, so hash 0 counts as 1
  std::size_t used_ = 0;
  std::vector<std::uint8_t> registers_;
};

}  // namespace braid::observe
