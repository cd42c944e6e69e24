#include "observe/sketch/histogram.h"

#include <algorithm>
#include <cmath>

namespace braid::observe {
namespace {

constexpr int exponent_min = -1000, exponent_max = 1021;   // 2^-exponent stays a normal double, and all doubles fit into 64 bins of 2^1019
constexpr std::int64_t half(std::int64_t n) { return n >= 0 ? n / 2 : -((-n + 1) / 2); }   // floor
constexpr double number_limit = 4.5e15;    // beyond it a bin's number is no whole number that a double can tell from the next

}  // namespace

AdaptiveHistogram::AdaptiveHistogram(int finest) : exponent_(finest), finest_(finest), scale_(std::ldexp(1.0, -finest)) {}

std::int64_t AdaptiveHistogram::number_of(double v) const { return std::int64_t(std::floor(v * scale_)); }

void AdaptiveHistogram::widen() {
  std::array<std::uint64_t, bins_max> wider{};
  const std::int64_t first = half(first_);
  for (std::int64_t n = low_; any_ && n <= high_; ++n) wider[std::size_t(half(n) - first)] += counts_[std::size_t(n - first_)];
  counts_ = wider;
  first_ = first;
  low_ = half(low_);
  high_ = half(high_);
  ++exponent_;
  scale_ = std::ldexp(1.0, -exponent_);
}

void AdaptiveHistogram::move_to(std::int64_t first) {
  std::array<std::uint64_t, bins_max> moved{};
  for (std::int64_t n = low_; n <= high_; ++n) moved[std::size_t(n - first)] = counts_[std::size_t(n - first_)];
  counts_ = moved;
  first_ = first;
}

// The room is put on the side on which the values grow, so that it lasts until the width has to double.
void AdaptiveHistogram::make_room(double v) {
  while (std::abs(v * scale_) > number_limit) widen();
  if (!any_) {
    any_ = true;
    low_ = high_ = number_of(v);
    first_ = low_;
    return;
  }
  while (std::max(high_, number_of(v)) - std::min(low_, number_of(v)) >= std::int64_t(bins_max)) widen();
  const std::int64_t n = number_of(v);
  const std::int64_t low = std::min(low_, n), high = std::max(high_, n);
  if (low < first_) move_to(high - std::int64_t(bins_max) + 1);
  else if (high >= first_ + std::int64_t(bins_max)) move_to(low);
  low_ = low;
  high_ = high;
}

void AdaptiveHistogram::add(double v, std::uint64_t weight) {
  if (!std::isfinite(v) || weight == 0) return;
  const double scaled = v * scale_;
  if (!any_ || std::abs(scaled) > number_limit || scaled < double(low_) || scaled >= double(high_ + 1)) make_room(v);
  counts_[std::size_t(number_of(v) - first_)] += weight;
  total_ += weight;
}

void AdaptiveHistogram::merge(const AdaptiveHistogram& other) {
  if (!other.any_) return;
  AdaptiveHistogram theirs = other;
  if (!any_) {
    const int finest = finest_;
    *this = theirs;
    finest_ = finest;
    return;
  }
  while (theirs.exponent_ < exponent_) theirs.widen();
  while (exponent_ < theirs.exponent_) widen();
  while (std::max(high_, theirs.high_) - std::min(low_, theirs.low_) >= std::int64_t(bins_max)) {
    widen();
    theirs.widen();
  }
  const std::int64_t low = std::min(low_, theirs.low_), high = std::max(high_, theirs.high_);
  move_to(low);
  low_ = low;
  high_ = high;
  for (std::int64_t n = theirs.low_; n <= theirs.high_; ++n) counts_[std::size_t(n - first_)] += theirs.counts_[std::size_t(n - theirs.first_)];
  total_ += theirs.total_;
}

std::vector<AdaptiveHistogram::Bin> AdaptiveHistogram::bins(std::size_t most) const {
  std::vector<Bin> out;
  if (!any_) return out;
  AdaptiveHistogram joined = *this;
  while (std::size_t(joined.high_ - joined.low_ + 1) > std::max<std::size_t>(most, 1)) joined.widen();
  for (std::int64_t n = joined.low_; n <= joined.high_; ++n)
    out.push_back({std::ldexp(double(n), joined.exponent_), std::ldexp(double(n + 1), joined.exponent_), joined.counts_[std::size_t(n - joined.first_)]});
  return out;
}

void AdaptiveHistogram::encode(Bytes& out) const {
  Writer w(out);
  w.varint(finest_);
  w.varint(exponent_);
  w.u8(any_);
  if (!any_) return;
  w.varint(low_);
  w.uvarint(std::uint64_t(high_ - low_));
  for (std::int64_t n = low_; n <= high_; ++n) w.uvarint(counts_[std::size_t(n - first_)]);
}

Result<AdaptiveHistogram> AdaptiveHistogram::decode(Reader& in) {
  const auto bad = [] { return fail(ErrorCode::corrupt, "a histogram is cut short or has impossible bounds"); };
  AdaptiveHistogram out;
  const auto finest = in.varint(), exponent = in.varint();
  if (!in.ok() || finest < exponent_min || exponent < finest || exponent > exponent_max) return bad();
  out.finest_ = int(finest);
  out.exponent_ = int(exponent);
  out.scale_ = std::ldexp(1.0, -out.exponent_);
  if (in.u8() == 0) return in.ok() ? Result<AdaptiveHistogram>(out) : bad();
  out.any_ = true;
  out.low_ = out.first_ = in.varint();
  const auto span = in.uvarint();
  if (!in.ok() || span >= bins_max || std::abs(double(out.low_)) > number_limit + bins_max) return bad();
  out.high_ = out.low_ + std::int64_t(span);
  for (std::int64_t n = out.low_; n <= out.high_; ++n) {
    const auto count = in.uvarint();
    if (count > ~std::uint64_t(0) - out.total_) return bad();
    out.counts_[std::size_t(n - out.first_)] = count;
    out.total_ += count;
  }
  if (!in.ok()) return bad();
  return out;
}

bool operator==(const AdaptiveHistogram& a, const AdaptiveHistogram& b) {
  if (a.any_ != b.any_ || a.exponent_ != b.exponent_ || a.total_ != b.total_) return false;
  if (!a.any_) return true;
  if (a.low_ != b.low_ || a.high_ != b.high_) return false;
  for (std::int64_t n = a.low_; n <= a.high_; ++n)
    if (a.counts_[std::size_t(n - a.first_)] != b.counts_[std::size_t(n - b.first_)]) return false;
  return true;
}

}  // namespace braid::observe
