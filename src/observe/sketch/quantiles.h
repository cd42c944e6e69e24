// Where the values lie: quantiles from a KLL sketch with k = 200. A quantile's rank is off by less than 1.65 % of the values in 99 of 100 cases.
// A plain value. Memory: below 16 KiB for any number of values. NaN and infinities are not taken. Its coin is its own: the same values in the same
// order give the same sketch. Z. Karnin, K. Lang, E. Liberty, "Optimal quantile approximation in streams", 2016.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::observe {

class Quantiles {
 public:
  static constexpr int k = 200;

  void add(double v);
  void add(std::span<const double> values) { for (const double v : values) add(v); }
  void merge(const Quantiles& other);
  std::uint64_t count() const { return count_; }
  double min() const { return min_; }                    // of count() > 0
  double max() const { return max_; }
  double at(double share) const;                         // 0 to 1; 0 when there is nothing
  std::vector<double> at(std::span<const double> shares) const;   // ascending
  double share_below(double v) const;                    // of the values, those < v
  std::size_t memory_bytes() const;

  void encode(Bytes& out) const;
  static Result<Quantiles> decode(Reader& in);
  friend bool operator==(const Quantiles&, const Quantiles&) = default;

 private:
  std::size_t capacity(std::size_t level) const;
  std::size_t capacity_in_all() const;
  std::size_t held() const;
  void shrink();
  std::vector<std::pair<double, std::uint64_t>> weighted() const;   // in order of value

  std::vector<std::vector<double>> levels_;              // a value on level h stands for 2^h; all but the lowest are sorted
  std::size_t room_ = 0;                                 // how many more the lowest takes before shrink()
  std::uint64_t count_ = 0;
  double min_ = 0, max_ = 0;
  std::uint64_t coin_ = 0x9e3779b97f4a7c15;
};

}  // namespace braid::observe
