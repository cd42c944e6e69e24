#include "base/suggest.h"

#include <algorithm>

namespace braid {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_ago(b.size() + 1), before(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) before[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]), y = lower(b[j - 1]);
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y) now[j] = std::min(now[j], two_ago[j - 2] + 1);
    }
    std::swap(two_ago, before);
    std::swap(before, now);
  }
  return before[b.size()];
}

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  if (wrong.empty() || wrong.size() > 200) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (wrong.size() + 2) / 3) + 1;
  std::string only_start;
  int starts = 0;
  for (const auto& name : known) {
    if (name.size() > 200) continue;
    if (begins_with(name, wrong)) {
      ++starts;
      only_start = name;
    }
    const std::size_t distance = edit_distance(wrong, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  if (best.empty() && starts == 1) return only_start;
  return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const std::string near = nearest_name(wrong, known);
  return near.empty() ? std::string() : "did you mean \"" + near + "\"?";
}

}  // namespace braid
