// The most frequent values, by Space-Saving: `capacity` counters; a value without one takes over the smallest. A value that makes up more than
// 1/capacity of the stream is among them; a count is too large by at most the smallest counter, and says by how much (`error`).
// A plain value. A value is told apart by its 64-bit hash; what is shown of it is kept beside (a number's bits, or the first 64 bytes of a text).
// Memory: below 170 bytes a counter. A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams", 2005.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::observe {

class Frequent {
 public:
  static constexpr std::size_t text_bytes_max = 64;

  struct Item {
    std::uint64_t hash = 0;
    std::uint64_t count = 0;
    std::uint64_t error = 0;               // of count, how much may not be its own
    std::uint64_t bits = 0;                // of a number
    std::uint8_t kind = 0;                 // how the caller reads bits and text
    std::string text;                      // of a text; cut at a whole character
    friend bool operator==(const Item&, const Item&) = default;
  };

  explicit Frequent(std::size_t capacity = 128);
  void add(std::uint64_t hash, std::uint8_t kind, std::uint64_t bits, std::string_view text = {}, std::uint64_t weight = 1);
  void merge(const Frequent& other);
  std::uint64_t total() const { return total_; }
  std::size_t capacity() const { return capacity_; }
  bool complete() const { return smallest_taken_ == 0; }   // nothing was ever taken over: all counts are exact
  std::vector<Item> top(std::size_t most) const;           // those that are surely frequent, largest first; ties by hash
  std::size_t memory_bytes() const;

  void encode(Bytes& out) const;
  static Result<Frequent> decode(Reader& in);
  friend bool operator==(const Frequent& a, const Frequent& b) { return a.capacity_ == b.capacity_ && a.total_ == b.total_ && a.smallest_taken_ == b.smallest_taken_ && a.items_ == b.items_; }

 private:
  std::size_t find(std::uint64_t hash) const;              // slot with it, or the free one where it would be
  void put(std::uint64_t hash, std::size_t item);
  void erase(std::uint64_t hash);
  std::size_t smallest();
  void index_all();

  std::size_t capacity_;
  std::uint64_t total_ = 0;
  std::uint64_t smallest_taken_ = 0;                       // the largest count that was taken over
  std::vector<Item> items_;
  std::vector<std::uint16_t> slots_;                       // item + 1; 0 is free
  std::size_t cursor_ = 0;                                 // where the search for the smallest goes on
  std::uint64_t floor_ = 0;                                // no counter is below it
};

// The first bytes of a text, ending at a whole character.
std::string_view cut_text(std::string_view utf8, std::size_t bytes_max);

}  // namespace braid::observe
