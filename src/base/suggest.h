// "Did you mean ...": the known name that is nearest to a mistyped one. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace braid {

// Insertions, deletions, replacements and swaps of neighbours, without regard to ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);
// Empty when nothing is near enough to be meant: at most a third of the letters may differ, or `wrong` is the beginning of one name only.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);
// "did you mean \"x\"?", or empty.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace braid
