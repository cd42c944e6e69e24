#include "catalog/vocabulary.h"

#include <algorithm>
#include <array>

namespace braid::catalog {
namespace {

constexpr std::size_t word_bytes_max = 64;   // longer words take part with their beginning only
constexpr char edge = '\x01';                // stands before and after a word in its trigrams

std::uint32_t trigram(std::string_view s, std::size_t at) {
  return std::uint32_t(std::uint8_t(s[at])) << 16 | std::uint32_t(std::uint8_t(s[at + 1])) << 8 | std::uint8_t(s[at + 2]);
}
std::vector<std::uint32_t> trigrams(std::string_view word, bool edges) {
  std::string padded;
  if (edges) padded += edge;
  padded += word.substr(0, word_bytes_max);
  if (edges) padded += edge;
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i + 3 <= padded.size(); ++i) out.push_back(trigram(padded, i));
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int most) {
  a = a.substr(0, word_bytes_max);
  b = b.substr(0, word_bytes_max);
  if (int(a.size()) - int(b.size()) > most || int(b.size()) - int(a.size()) > most) return most + 1;
  std::array<int, word_bytes_max + 1> before{}, row{}, next{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = int(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = int(i);
    int best = next[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
      best = std::min(best, next[j]);
    }
    if (best > most) return most + 1;
    before = row;
    row = next;
  }
  return std::min(row[b.size()], most + 1);
}

void Vocabulary::add(std::string_view word) {
  if (word.empty()) return;
  const auto [it, is_new] = ids_.try_emplace(std::string(word), 0);
  if (!is_new) {
    ++words_[it->second].uses;
    return;
  }
  std::uint32_t id;
  if (free_.empty()) {
    id = std::uint32_t(words_.size());
    words_.emplace_back();
    counts_.push_back(0);
  } else {
    id = free_.back();
    free_.pop_back();
  }
  words_[id] = {std::string(word), 1};
  it->second = id;
  for (const std::uint32_t t : trigrams(word, true)) postings_[t].push_back(id);
}

void Vocabulary::remove(std::string_view word) {
  const auto it = ids_.find(std::string(word));
  if (it == ids_.end() || --words_[it->second].uses > 0) return;
  const std::uint32_t id = it->second;
  for (const std::uint32_t t : trigrams(word, true)) {
    const auto posting = postings_.find(t);
    if (posting == postings_.end()) continue;
    std::erase(posting->second, id);
    if (posting->second.empty()) postings_.erase(posting);
  }
  ids_.erase(it);
  words_[id] = {};
  free_.push_back(id);
}

bool Vocabulary::has(std::string_view word) const { return ids_.contains(std::string(word)); }

// Words that share at least `shared_min` trigrams with the text.
std::vector<std::uint32_t> Vocabulary::candidates(std::string_view text, bool edges, int shared_min) const {
  std::vector<std::uint32_t> touched, out;
  for (const std::uint32_t t : trigrams(text, edges)) {
    const auto posting = postings_.find(t);
    if (posting == postings_.end()) continue;
    for (const std::uint32_t id : posting->second)
      if (counts_[id]++ == 0) touched.push_back(id);
  }
  for (const std::uint32_t id : touched) {
    if (counts_[id] >= shared_min) out.push_back(id);
    counts_[id] = 0;
  }
  return out;
}

bool Vocabulary::has_prefix(std::string_view prefix) const {
  if (prefix.size() < 2) return true;   // nearly always; and nobody mistypes one letter
  const std::string start = edge + std::string(prefix.substr(0, 2));
  const auto posting = postings_.find(trigram(start, 0));
  return posting != postings_.end() && std::ranges::any_of(posting->second, [&](std::uint32_t id) { return words_[id].text.starts_with(prefix); });
}

std::vector<std::string> Vocabulary::containing(std::string_view part, std::size_t most) const {
  if (part.size() < 3) return {};
  std::vector<const Word*> found;
  const auto wanted = trigrams(part, false);
  // The rarest trigram decides who is looked at.
  const std::vector<std::uint32_t>* rarest = nullptr;
  for (const std::uint32_t t : wanted) {
    const auto posting = postings_.find(t);
    if (posting == postings_.end()) return {};
    if (!rarest || posting->second.size() < rarest->size()) rarest = &posting->second;
  }
  for (const std::uint32_t id : *rarest)
    if (const auto at = words_[id].text.find(part); at != std::string::npos && at > 0) found.push_back(&words_[id]);
  const auto better = [](const Word* a, const Word* b) { return a->uses != b->uses ? a->uses > b->uses : a->text < b->text; };
  const std::size_t n = std::min(most, found.size());
  std::ranges::partial_sort(found, found.begin() + std::ptrdiff_t(n), better);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(found[i]->text);
  return out;
}

std::vector<Vocabulary::Near> Vocabulary::near(std::string_view wrong, std::size_t most) const {
  if (wrong.size() < 3) return {};
  const int errors_max = wrong.size() < 5 ? 1 : 2;
  const int total = int(trigrams(wrong, true).size());
  // An error spoils at most three trigrams, a swap four. Short words keep few, so at least one is asked for.
  const int shared = std::max(1, total - 3 * errors_max - 1);
  struct Ranked {
    Near near;
    std::uint32_t uses;
  };
  std::vector<Ranked> found;
  for (const std::uint32_t id : candidates(wrong, true, shared)) {
    const Word& word = words_[id];
    int distance = edit_distance(wrong, word.text, errors_max);
    bool prefix = false;
    if (distance > errors_max && word.text.size() > wrong.size()) {
      for (int longer = -1; longer <= 1 && wrong.size() >= 5; ++longer) {
        const int d = edit_distance(wrong, std::string_view(word.text).substr(0, wrong.size() + std::size_t(longer + 1) - 1), 1);
        if (d <= 1) distance = d, prefix = true;
      }
    }
    if (distance > errors_max || distance == 0) continue;
    found.push_back({{word.text, distance, prefix}, word.uses});
  }
  std::ranges::sort(found, [](const Ranked& a, const Ranked& b) {
    if (a.near.prefix != b.near.prefix) return !a.near.prefix;
    if (a.near.distance != b.near.distance) return a.near.distance < b.near.distance;
    if (a.uses != b.uses) return a.uses > b.uses;
    return a.near.word < b.near.word;
  });
  std::vector<Near> out;
  for (std::size_t i = 0; i < found.size() && out.size() < most; ++i) out.push_back(std::move(found[i].near));
  return out;
}

}  // namespace braid::catalog
