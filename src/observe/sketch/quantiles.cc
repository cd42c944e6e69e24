#include "observe/sketch/quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace braid::observe {
namespace {

constexpr std::size_t level_min = 32;      // smaller ones would be emptied so often that it costs more than their memory
constexpr std::size_t levels_max = 60;     // 2^60 values of weight one

}  // namespace

std::size_t Quantiles::capacity(std::size_t level) const {
  double c = k;
  for (std::size_t h = level + 1; h < levels_.size() && c > double(level_min); ++h) c *= 2.0 / 3;
  return std::max(level_min, std::size_t(std::ceil(c)));
}

std::size_t Quantiles::capacity_in_all() const {
  std::size_t out = 0;
  for (std::size_t h = 0; h < levels_.size(); ++h) out += capacity(h);
  return out;
}

std::size_t Quantiles::held() const {
  std::size_t out = 0;
  for (const auto& level : levels_) out += level.size();
  return out;
}

void Quantiles::add(double v) {
  if (!std::isfinite(v)) return;
  if (count_ == 0) min_ = max_ = v;
  else if (v < min_) min_ = v;
  else if (v > max_) max_ = v;
  ++count_;
  if (room_ == 0) shrink();
  levels_[0].push_back(v);
  --room_;
}

// Makes room: empties the lowest full level into the one above, every other value of it.
void Quantiles::shrink() {
  if (levels_.empty()) levels_.emplace_back();
  while (held() >= capacity_in_all()) {
    std::size_t h = 0;
    while (levels_[h].size() < capacity(h)) ++h;         // one is full, or together they would not be
    if (h + 1 == levels_.size()) levels_.emplace_back();
    auto& from = levels_[h];
    if (h == 0) std::ranges::sort(from);
    std::vector<double> stays;
    if (from.size() % 2 == 1) {                          // the odd one out waits here
      stays.push_back(from.back());
      from.pop_back();
    }
    coin_ ^= coin_ << 13;
    coin_ ^= coin_ >> 7;
    coin_ ^= coin_ << 17;
    std::vector<double> up;
    up.reserve(from.size() / 2 + levels_[h + 1].size());
    for (std::size_t i = (coin_ >> 40) & 1; i < from.size(); i += 2) up.push_back(from[i]);
    const auto middle = std::ptrdiff_t(up.size());
    up.insert(up.end(), levels_[h + 1].begin(), levels_[h + 1].end());
    std::inplace_merge(up.begin(), up.begin() + middle, up.end());
    levels_[h + 1] = std::move(up);
    from.swap(stays);
  }
  room_ = capacity_in_all() - held();
  levels_[0].reserve(levels_[0].size() + std::min<std::size_t>(room_, 2 * k));
}

void Quantiles::merge(const Quantiles& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) min_ = other.min_, max_ = other.max_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  if (levels_.size() < other.levels_.size()) levels_.resize(other.levels_.size());
  for (std::size_t h = 0; h < other.levels_.size(); ++h) {
    auto& mine = levels_[h];
    const auto middle = std::ptrdiff_t(mine.size());
    mine.insert(mine.end(), other.levels_[h].begin(), other.levels_[h].end());
    if (h > 0) std::inplace_merge(mine.begin(), mine.begin() + middle, mine.end());
  }
  coin_ ^= other.coin_ * 0x2545f4914f6cdd1d;
  if (coin_ == 0) coin_ = 1;
  shrink();
}

std::vector<std::pair<double, std::uint64_t>> Quantiles::weighted() const {
  std::vector<std::pair<double, std::uint64_t>> out;
  out.reserve(held());
  for (std::size_t h = 0; h < levels_.size(); ++h)
    for (const double v : levels_[h]) out.emplace_back(v, std::uint64_t(1) << h);
  std::ranges::sort(out);
  return out;
}

std::vector<double> Quantiles::at(std::span<const double> shares) const {
  std::vector<double> out;
  const auto all = weighted();
  std::uint64_t total = 0;
  for (const auto& [v, w] : all) total += w;
  std::size_t i = 0;
  std::uint64_t below = 0;
  for (const double share : shares) {
    if (all.empty()) {
      out.push_back(0);
      continue;
    }
    const double wanted = std::clamp(share, 0.0, 1.0) * double(total);
    while (i + 1 < all.size() && double(below + all[i].second) < wanted) below += all[i++].second;
    out.push_back(share <= 0 ? min_ : share >= 1 ? max_ : all[i].first);
  }
  return out;
}

double Quantiles::at(double share) const { return at(std::span<const double>(&share, 1))[0]; }

double Quantiles::share_below(double v) const {
  std::uint64_t below = 0, total = 0;
  for (std::size_t h = 0; h < levels_.size(); ++h)
    for (const double x : levels_[h]) {
      total += std::uint64_t(1) << h;
      if (x < v) below += std::uint64_t(1) << h;
    }
  return total == 0 ? 0 : double(below) / double(total);
}

std::size_t Quantiles::memory_bytes() const {
  std::size_t out = levels_.capacity() * sizeof(levels_[0]);
  for (const auto& level : levels_) out += level.capacity() * sizeof(double);
  return out;
}

void Quantiles::encode(Bytes& out) const {
  Writer w(out);
  w.uvarint(count_);
  w.le(std::bit_cast<std::uint64_t>(min_));
  w.le(std::bit_cast<std::uint64_t>(max_));
  w.le(coin_);
  w.uvarint(room_);
  w.uvarint(levels_.size());
  for (const auto& level : levels_) {
    w.uvarint(level.size());
    for (const double v : level) w.le(std::bit_cast<std::uint64_t>(v));
  }
}

Result<Quantiles> Quantiles::decode(Reader& in) {
  const auto bad = [](const char* what) { return fail(ErrorCode::corrupt, std::string("a sketch of quantiles ") + what); };
  Quantiles out;
  out.count_ = in.uvarint();
  out.min_ = std::bit_cast<double>(in.le<std::uint64_t>());
  out.max_ = std::bit_cast<double>(in.le<std::uint64_t>());
  out.coin_ = in.le<std::uint64_t>();
  out.room_ = in.uvarint();
  const auto levels = in.uvarint();
  if (!in.ok() || levels > levels_max || out.coin_ == 0) return bad("is cut short or has too many levels");
  if (!std::isfinite(out.min_) || !std::isfinite(out.max_)) return bad("has bounds that are no numbers");
  for (std::uint64_t h = 0; h < levels; ++h) {
    const auto size = in.uvarint();
    if (!in.ok() || size > in.remaining() / 8) return bad("is cut short");
    auto& level = out.levels_.emplace_back();
    level.reserve(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      level.push_back(std::bit_cast<double>(in.le<std::uint64_t>()));
      if (!std::isfinite(level.back())) return bad("holds what is no number");
    }
    if (h > 0 && !std::ranges::is_sorted(level)) return bad("has a level out of order");
  }
  const std::size_t all = out.capacity_in_all(), held = out.held();
  if (held > all || out.room_ > all - held) return bad("holds more than it may");
  return out;
}

}  // namespace braid::observe
