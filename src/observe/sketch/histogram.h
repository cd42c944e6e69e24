// How the values are spread: counts in bins of equal width that adapt to what comes. Counts are exact; the width is a power of two, and doubles
// when the values no longer fit, so a histogram has up to `bins_max` bins and usually more than half of them.
// A plain value of about 600 bytes. NaN and infinities are not taken. merge() gives what the union of the values would have given, at the wider width.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::observe {

class AdaptiveHistogram {
 public:
  static constexpr std::size_t bins_max = 64;
  struct Bin {
    double from = 0, to = 0;               // [from, to)
    std::uint64_t count = 0;
  };

  // `finest`: the power of two with which the width starts; 0 for whole numbers.
  explicit AdaptiveHistogram(int finest = -1000);
  void add(double v, std::uint64_t weight = 1);
  void merge(const AdaptiveHistogram& other);
  std::uint64_t total() const { return total_; }
  // Neighbouring bins joined until there are at most `most`; without the empty ones at both ends.
  std::vector<Bin> bins(std::size_t most = 24) const;

  void encode(Bytes& out) const;
  static Result<AdaptiveHistogram> decode(Reader& in);
  friend bool operator==(const AdaptiveHistogram& a, const AdaptiveHistogram& b);

 private:
  std::int64_t number_of(double v) const;  // of the bin, at the present width
  void make_room(double v);
  void widen();                            // to twice the width
  void move_to(std::int64_t first);

  int exponent_, finest_;                  // width = 2^exponent_
  double scale_;                           // 2^-exponent_
  bool any_ = false;
  std::int64_t first_ = 0;                 // number of counts_[0]; bin n holds [n * width, (n + 1) * width)
  std::int64_t low_ = 0, high_ = 0;        // numbers in use
  std::uint64_t total_ = 0;
  std::array<std::uint64_t, bins_max> counts_{};
};

}  // namespace braid::observe
