// Which column a field of a JSON record goes to. Records of a topic mostly have the same fields in the same order, so each name seen remembers the one
// that followed it, and that one is compared with the bytes first: two words, no hash, no copy. Fields that are sometimes left out are stepped over.
// One shard; names are kept raw, without escapes, and are bounded in number and length, so what is in the records cannot make this grow.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/type.h"

namespace braid::format {

class JsonFields {
 public:
  explicit JsonFields(const std::vector<data::Field>& columns);

  // A name that was seen. 0 stands for the beginning of a record and for every name that is not kept.
  using Seen = std::uint32_t;
  static constexpr Seen none = 0;

  // p: behind a name's opening quote; nothing at or behind `end` is read. The name there, if it is one of those expected after `last`; else none.
  Seen expected(Seen last, const char* p, const char* end) const {
    Seen seen = names_[last].next;
    for (int tries = 0; seen != none && tries < tries_max; ++tries) {
      const Name& name = names_[seen];
      if (same(name, p, end)) return seen;
      seen = name.next;
    }
    return none;
  }
  int column(Seen seen) const { return names_[seen].column; }                               // -1: no column has this name
  std::size_t size(Seen seen) const { return names_[seen].quoted.size() - 1; }              // in bytes
  bool beyond_ascii(Seen seen) const { return names_[seen].beyond_ascii; }

  // The same for any raw name without an escape; from now on it is expected after `last`. None when there is no room: then ask find().
  Seen learn(Seen last, std::string_view name);
  // The column of a name (escapes taken out), -1: exactly the same first, then without regard to case.
  int find(std::string_view name) const;

  static constexpr std::size_t names_max = 1024;       // names, and bytes of one: 256 KiB for one reader at most
  static constexpr std::size_t name_bytes_max = 255;

 private:
  static constexpr int tries_max = 4;   // so many fields may be missing in a row; more cost less by hash
  struct Name {
    std::uint64_t word[2] = {}, mask[2] = {};   // the first 16 bytes of `quoted`, ready to compare
    std::string quoted;                         // with its closing quote, so that a longer name is another one
    int column = -1;
    Seen next = none;
    bool beyond_ascii = false;
  };

  static bool same(const Name& name, const char* p, const char* end) {
    const std::size_t size = name.quoted.size();
    if (end - p >= 16) [[likely]] {
      std::uint64_t bytes[2];
      std::memcpy(bytes, p, sizeof bytes);
      if ((((bytes[0] ^ name.word[0]) & name.mask[0]) | ((bytes[1] ^ name.word[1]) & name.mask[1])) != 0) return false;
      return size <= 16 || (std::size_t(end - p) >= size && std::memcmp(p + 16, name.quoted.data() + 16, size - 16) == 0);
    }
    if (size <= 8 && end - p >= 8) {   // the last field of a record, mostly
      std::uint64_t bytes;
      std::memcpy(&bytes, p, sizeof bytes);
      return ((bytes ^ name.word[0]) & name.mask[0]) == 0;
    }
    return std::size_t(end - p) >= size && std::memcmp(p, name.quoted.data(), size) == 0;
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T> using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  ByName<int> exact_, folded_;    // columns
  ByName<Seen> seen_;
  std::vector<Name> names_;       // [0]: the beginning of a record
};

}  // namespace braid::format
