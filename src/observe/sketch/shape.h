// The shape of a text: which kinds of characters stand where. "User_1" is Aaaa_9, "2026-11-27" is 9999-99-99.
// A for capital letters, a for small ones and letters without case, 9 for digits; white space is one space, control characters are a dot,
// everything else stands for itself. At most 40 characters, then an ellipsis; bytes that are no UTF-8 are a question mark. Pure.
#pragma once
#include <string>
#include <string_view>

namespace braid::observe {

inline constexpr std::size_t shape_characters_max = 40;
void shape_of(std::string_view utf8, std::string& out);   // replaces `out`

}  // namespace braid::observe
