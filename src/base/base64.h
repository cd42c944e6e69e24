// Base64 (RFC 4648, section 4, with padding) and hexadecimal texts of bytes. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace braid {

void append_base64(std::string& out, BytesView bytes);
std::string base64(BytesView bytes);
std::optional<Bytes> parse_base64(std::string_view text);   // padding may be missing; empty when it is no base64

std::string hex(BytesView bytes, bool upper = false);
std::optional<Bytes> parse_hex(std::string_view text);      // an even number of digits of any case

}  // namespace braid
