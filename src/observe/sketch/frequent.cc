#include "observe/sketch/frequent.h"

#include <algorithm>
#include <bit>
#include <map>

#include "observe/sketch/hash.h"

namespace braid::observe {

std::string_view cut_text(std::string_view utf8, std::size_t bytes_max) {
  if (utf8.size() <= bytes_max) return utf8;
  std::size_t end = bytes_max;
  while (end > 0 && (std::uint8_t(utf8[end]) & 0xC0) == 0x80) --end;
  return utf8.substr(0, end);
}

Frequent::Frequent(std::size_t capacity) : capacity_(capacity) { slots_.assign(std::bit_ceil(capacity * 2), 0); }

std::size_t Frequent::find(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash ^ (hash >> 32)) & mask;
  while (slots_[at] != 0 && items_[slots_[at] - 1u].hash != hash) at = (at + 1) & mask;
  return at;
}

void Frequent::put(std::uint64_t hash, std::size_t item) { slots_[find(hash)] = std::uint16_t(item + 1); }

// Open addressing without tombstones: what follows moves up if it may.
void Frequent::erase(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = find(hash);
  for (std::size_t at = (hole + 1) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const std::uint64_t h = items_[slots_[at] - 1u].hash;
    const std::size_t home = (h ^ (h >> 32)) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;   // its home lies behind the hole
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = 0;
}

// Counters only grow, so the search goes on where it stopped; a whole round without finding `floor_` raises it. One step per call on average.
std::size_t Frequent::smallest() {
  for (;;) {
    std::uint64_t least = ~std::uint64_t(0);
    for (std::size_t n = 0; n < items_.size(); ++n) {
      if (cursor_ >= items_.size()) cursor_ = 0;
      const std::uint64_t count = items_[cursor_].count;
      if (count <= floor_) return cursor_;
      least = std::min(least, count);
      ++cursor_;
    }
    floor_ = least;
  }
}

void Frequent::add(std::uint64_t hash, std::uint8_t kind, std::uint64_t bits, std::string_view text, std::uint64_t weight) {
  total_ += weight;
  const std::size_t at = find(hash);
  if (slots_[at] != 0) {
    items_[slots_[at] - 1u].count += weight;
    return;
  }
  if (items_.size() < capacity_) {
    slots_[at] = std::uint16_t(items_.size() + 1);
    items_.push_back({hash, weight, 0, bits, kind, std::string(cut_text(text, text_bytes_max))});
    return;
  }
  const std::size_t victim = smallest();
  Item& item = items_[victim];
  erase(item.hash);
  smallest_taken_ = std::max(smallest_taken_, item.count);
  item.hash = hash;
  item.error = item.count;
  item.count += weight;
  item.bits = bits;
  item.kind = kind;
  item.text.assign(cut_text(text, text_bytes_max));
  put(hash, victim);
}

// What only one of them counts may have been in the other up to its smallest counter.
void Frequent::merge(const Frequent& other) {
  const auto least = [](const Frequent& f) {
    if (f.items_.size() < f.capacity_ && f.complete()) return std::uint64_t(0);
    std::uint64_t out = ~std::uint64_t(0);
    for (const auto& i : f.items_) out = std::min(out, i.count);
    return f.items_.empty() ? 0 : std::max(out, f.items_.size() < f.capacity_ ? f.smallest_taken_ : out);
  };
  const std::uint64_t mine = least(*this), theirs = least(other);
  std::map<std::uint64_t, Item> all;
  for (const auto& i : items_) {
    auto& to = all[i.hash] = i;
    to.count += theirs;
    to.error += theirs;
  }
  for (const auto& i : other.items_) {
    const auto [to, fresh] = all.try_emplace(i.hash, i);
    if (fresh) {
      to->second.count += mine;
      to->second.error += mine;
    } else {
      to->second.count += i.count - theirs;
      to->second.error += i.error - theirs;
    }
  }
  std::vector<Item> sorted;
  for (auto& [hash, item] : all) sorted.push_back(std::move(item));
  std::ranges::stable_sort(sorted, std::greater<>{}, &Item::count);
  smallest_taken_ = std::max(smallest_taken_, other.smallest_taken_);
  if (sorted.size() > capacity_) {
    smallest_taken_ = std::max(smallest_taken_, sorted[capacity_].count);
    sorted.resize(capacity_);
  }
  total_ += other.total_;
  items_ = std::move(sorted);
  index_all();
}

void Frequent::index_all() {
  std::ranges::fill(slots_, std::uint16_t(0));
  cursor_ = 0;
  floor_ = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) put(items_[i].hash, i);
}

std::vector<Frequent::Item> Frequent::top(std::size_t most) const {
  std::vector<Item> out;
  for (const auto& i : items_)
    if (i.error == 0 || i.count - i.error > i.error) out.push_back(i);   // more than half of its count is its own for sure
  std::ranges::sort(out, [](const Item& a, const Item& b) { return a.count != b.count ? a.count > b.count : a.hash < b.hash; });
  if (out.size() > most) out.resize(most);
  return out;
}

std::size_t Frequent::memory_bytes() const {
  std::size_t out = slots_.capacity() * sizeof(slots_[0]) + items_.capacity() * sizeof(Item);
  for (const auto& i : items_)
    if (i.text.capacity() > 15) out += i.text.capacity() + 1;
  return out;
}

void Frequent::encode(Bytes& out) const {
  Writer w(out);
  w.uvarint(capacity_);
  w.uvarint(total_);
  w.uvarint(smallest_taken_);
  w.uvarint(items_.size());
  for (const auto& i : items_) {
    w.le(i.hash);
    w.uvarint(i.count);
    w.uvarint(i.error);
    w.u8(i.kind);
    w.uvarint(i.bits);
    w.uvarint(i.text.size());
    w.bytes(i.text);
  }
}

Result<Frequent> Frequent::decode(Reader& in) {
  const auto bad = [](const char* what) { return fail(ErrorCode::corrupt, std::string("a list of frequent values ") + what); };
  const auto capacity = in.uvarint();
  if (!in.ok() || capacity == 0 || capacity > 4096) return bad("has an impossible capacity");
  Frequent out(capacity);
  out.total_ = in.uvarint();
  out.smallest_taken_ = in.uvarint();
  const auto count = in.uvarint();
  if (!in.ok() || count > capacity) return bad("is longer than it may be");
  for (std::uint64_t i = 0; i < count; ++i) {
    Item item;
    item.hash = in.le<std::uint64_t>();
    item.count = in.uvarint();
    item.error = in.uvarint();
    item.kind = in.u8();
    item.bits = in.uvarint();
    const auto size = in.uvarint();
    if (!in.ok() || size > text_bytes_max) return bad("is cut short");
    item.text = std::string(in.bytes(size));
    if (!in.ok() || item.error > item.count) return bad("is cut short, or counts less than nothing");
    if (out.slots_[out.find(item.hash)] != 0) return bad("names a value twice");
    out.items_.push_back(std::move(item));
    out.put(out.items_.back().hash, out.items_.size() - 1);
  }
  return out;
}

}  // namespace braid::observe
