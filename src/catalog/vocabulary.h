// All words that occur in the index, and which of them somebody may have meant: words that contain what was typed, and words that are one or two
// typing errors away. Trigrams give candidates, the edit distance ranks them. Not thread-safe; owned by the index.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace braid::catalog {

// Insertions, deletions, substitutions and swaps of neighbours; more than `most` is reported as most + 1. Counts bytes... of folded words.
int edit_distance(std::string_view a, std::string_view b, int most);

class Vocabulary {
 public:
  void add(std::string_view word);       // counted; take it away as often as it was added
  void remove(std::string_view word);
  std::size_t size() const { return ids_.size(); }
  bool has(std::string_view word) const;
  bool has_prefix(std::string_view prefix) const;
  // Words that contain `part` but do not begin with it; most frequent first.
  std::vector<std::string> containing(std::string_view part, std::size_t most) const;

  struct Near {
    std::string word;
    int distance = 0;
    bool prefix = false;                 // only its beginning is near: the word goes on
  };
  // The nearest words, best first: 1 error for 3 to 4 bytes, 2 for 5 and more, none below 3.
  std::vector<Near> near(std::string_view wrong, std::size_t most) const;

 private:
  struct Word {
    std::string text;
    std::uint32_t uses = 0;
  };
  std::vector<std::uint32_t> candidates(std::string_view text, bool edges, int shared_min) const;
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::vector<Word> words_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> postings_;   // trigram -> words, ascending except after reuse
  mutable std::vector<std::uint8_t> counts_;   // scratch of candidates(), one per word, zero between calls
};

}  // namespace braid::catalog
