#include "observe/sketch/distinct.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace braid::observe {
namespace {

constexpr std::size_t registers_count = std::size_t(1) << Distinct::precision;
constexpr int ranks = 64 - Distinct::precision + 1;      // 1 to 51; 0 is an untouched register
constexpr std::size_t first_slots = 16;

// Ertl's sigma and tau: the share of registers that are empty, and of those that are full.
double sigma(double x) {
  if (x == 1.0) return std::numeric_limits<double>::infinity();
  double y = 1, z = x, before;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}
double tau(double x) {
  if (x == 0.0 || x == 1.0) return 0;
  double y = 1, z = 1 - x, before;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}

}  // namespace

void Distinct::add(std::uint64_t hash) {
  if (exact()) add_exact(hash);
  else add_dense(hash);
}

void Distinct::add(std::span<const std::uint64_t> all) {
  std::size_t i = 0;
  for (; i < all.size() && exact(); ++i) add_exact(all[i]);
  for (; i < all.size(); ++i) add_dense(all[i]);
}

void Distinct::add_dense(std::uint64_t hash) {
  auto& r = registers_[hash >> (64 - precision)];
  // The bit that is set below the used ones ends the count for a hash that is all zero there.
  const auto rank = std::uint8_t(std::countl_zero((hash << precision) | (std::uint64_t(1) << (precision - 1))) + 1);
  if (rank > r) r = rank;
}

void Distinct::add_exact(std::uint64_t hash) {
  if (hash == 0) hash = 1;
  if (slots_.empty()) slots_.assign(first_slots, 0);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask)
    if (slots_[at] == hash) return;
  if (used_ == exact_max) {
    grow();
    return add_dense(hash);
  }
  slots_[at] = hash;
  if (++used_ * 2 <= slots_.size()) return;
  auto old = std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2, 0));
  const std::size_t wider = slots_.size() - 1;
  for (const auto h : old) {
    if (h == 0) continue;
    std::size_t to = h & wider;
    while (slots_[to] != 0) to = (to + 1) & wider;
    slots_[to] = h;
  }
}

void Distinct::grow() {
  registers_.assign(registers_count, 0);
  for (const auto h : slots_)
    if (h != 0) add_dense(h);
  std::vector<std::uint64_t>().swap(slots_);
  used_ = 0;
}

void Distinct::merge(const Distinct& other) {
  if (other.exact()) {
    for (const auto h : other.slots_)
      if (h != 0) add(h);
    return;
  }
  if (exact()) grow();
  for (std::size_t i = 0; i < registers_count; ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

std::uint64_t Distinct::estimate() const {
  if (exact()) return used_;
  std::array<double, ranks + 1> with{};
  for (const auto r : registers_) with[r] += 1;
  constexpr double m = registers_count;
  double z = m * tau(1 - with[ranks] / m);
  for (int k = ranks - 1; k >= 1; --k) z = 0.5 * (z + with[std::size_t(k)]);
  z += m * sigma(with[0] / m);
  return std::uint64_t(std::llround(m * m / (2 * std::log(2.0) * z)));
}

std::size_t Distinct::memory_bytes() const { return slots_.capacity() * sizeof(std::uint64_t) + registers_.capacity(); }

std::vector<std::uint64_t> Distinct::hashes() const {
  std::vector<std::uint64_t> out;
  for (const auto h : slots_)
    if (h != 0) out.push_back(h);
  std::ranges::sort(out);
  return out;
}

// 0, count, hashes in order; or 1 and the registers, one byte each.
void Distinct::encode(Bytes& out) const {
  Writer w(out);
  w.u8(exact() ? 0 : 1);
  if (!exact()) return w.bytes({reinterpret_cast<const char*>(registers_.data()), registers_.size()});
  const auto all = hashes();
  w.uvarint(all.size());
  for (const auto h : all) w.le(h);
}

Result<Distinct> Distinct::decode(Reader& in) {
  Distinct out;
  const auto form = in.u8();
  if (form > 1) return fail(ErrorCode::corrupt, "a count of distinct values has the unknown form " + std::to_string(form));
  if (form == 1) {
    const auto bytes = in.bytes(registers_count);
    if (!in.ok()) return fail(ErrorCode::corrupt, "a count of distinct values is cut short");
    out.registers_.assign(bytes.begin(), bytes.end());
    if (std::ranges::any_of(out.registers_, [](std::uint8_t r) { return r > ranks; })) return fail(ErrorCode::corrupt, "a register of a count of distinct values is too large");
    return out;
  }
  const auto count = in.uvarint();
  if (!in.ok() || count > exact_max) return fail(ErrorCode::corrupt, "an exact count of distinct values has " + std::to_string(count) + " of them");
  for (std::uint64_t i = 0; i < count; ++i) out.add_exact(in.le<std::uint64_t>());
  if (!in.ok() || out.used_ != count) return fail(ErrorCode::corrupt, "a count of distinct values is cut short");
  return out;
}

bool operator==(const Distinct& a, const Distinct& b) { return a.registers_ == b.registers_ && a.hashes() == b.hashes(); }

}  // namespace braid::observe
