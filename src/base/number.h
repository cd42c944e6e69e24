// Whole numbers out of text that people and clients wrote. Pure functions.
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace braid {

// The number when `text` is one from end to end, with a minus before it or not; nothing for anything else, also for what does not fit.
inline std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

}  // namespace braid
