// A frame under construction: bytes of our own, and shared pieces (stored record batches) that are sent from where they lie.
// Not thread-safe; a value. pieces() are views into the Gather and into what its owners keep alive: use them while the Gather lives.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace braid::wire {

// Bytes somebody else may share. Without an owner they are a view into a frame that the holder keeps.
struct Piece {
  BytesView bytes;
  std::shared_ptr<const void> owner{};
};

class Gather {
 public:
  template <class T> void be(T v) { Writer(own_).be(v); }
  void u8(std::uint8_t v) { own_.push_back(char(v)); }
  void uvarint(std::uint64_t v) { Writer(own_).uvarint(v); }
  void bytes(BytesView v) { own_.append(v); }
  void share(Piece piece) {
    if (piece.bytes.empty()) return;
    shared_bytes_ += piece.bytes.size();
    shared_.push_back({own_.size(), std::move(piece)});
  }
  std::size_t size() const { return own_.size() + shared_bytes_; }
  void patch_be32(std::size_t at, std::uint32_t v) { store_be(own_.data() + at, v); }   // `at` counts our own bytes, before any shared piece
  void reserve(std::size_t n) { own_.reserve(n); }

  std::vector<BytesView> pieces() const {
    std::vector<BytesView> out;
    out.reserve(2 * shared_.size() + 1);
    std::size_t done = 0;
    for (const auto& s : shared_) {
      if (s.at > done) out.push_back(BytesView(own_).substr(done, s.at - done));
      done = s.at;
      out.push_back(s.piece.bytes);
    }
    if (done < own_.size()) out.push_back(BytesView(own_).substr(done));
    return out;
  }
  Bytes flat() const {   // a copy, for tests and tagged fields
    Bytes out;
    out.reserve(size());
    for (auto p : pieces()) out.append(p);
    return out;
  }

 private:
  struct Shared {
    std::size_t at;
    Piece piece;
  };
  Bytes own_;
  std::vector<Shared> shared_;
  std::size_t shared_bytes_ = 0;
};

}  // namespace braid::wire
