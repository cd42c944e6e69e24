// Texts and bytes. Positions count UTF-16 units as in Java; ASCII texts take a short way without conversion.
#include <openssl/evp.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/base64.h"
#include "base/clock.h"
#include "data/java_text.h"
#include "sql/function_code.h"

namespace braid::sql {

using data::Blob;
using data::Kind;

bool is_ascii(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any |= static_cast<unsigned char>(c);
  return any < 0x80;
}
std::size_t utf16_length(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    n += (byte & 0xc0) != 0x80;       // not a continuation byte
    n += byte >= 0xf0;                // beyond the basic plane: a surrogate pair
  }
  return n;
}
std::u16string to_utf16(std::string_view text) {
  const auto u = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), int32_t(text.size())));
  return {u.getBuffer(), std::size_t(u.length())};
}
std::string to_utf8(std::u16string_view text) {
  std::string out;
  icu::UnicodeString(false, text.data(), int32_t(text.size())).toUTF8String(out);
  return out;
}

namespace {

icu::UnicodeString unicode(std::string_view text) { return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), int32_t(text.size()))); }
std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}
Value blob(std::string bytes) { return Value(Blob{std::move(bytes)}); }
bool bytes_in(const Value& v) { return v.holds<Blob>(); }

// Runs an operation on texts as UTF-16, or directly on the bytes when they are ASCII. `op` is generic over string types.
template <class Op> Value on_units(std::string_view text, Op op) {
  if (is_ascii(text)) return Value(op(text));
  const std::u16string wide = to_utf16(text);
  return Value(to_utf8(op(std::u16string_view(wide))));
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

template <class S> S sub(S text, std::int64_t position, std::int64_t length) {
  // From 1; 0 is as 1; negative from the end. Beyond the ends is empty or cut.
  const std::int64_t size = std::int64_t(text.size());
  std::int64_t from = position > 0 ? position - 1 : position < 0 ? std::max<std::int64_t>(0, size + position) : 0;
  from = std::min(from, size);
  const std::int64_t to = length < 0 ? from : std::min(size, from + std::min(length, size));
  return text.substr(std::size_t(from), std::size_t(to - from));
}

template <class S> std::basic_string<typename S::value_type> padded(S text, std::size_t target, S padding, bool left) {
  std::basic_string<typename S::value_type> fill;
  if (text.size() >= target) return std::basic_string<typename S::value_type>(text.substr(0, target));
  while (fill.size() < target - text.size()) fill += padding;
  fill.resize(target - text.size());
  return left ? fill.append(text) : std::basic_string<typename S::value_type>(text).append(fill);
}

constexpr std::size_t pad_max = 16 * 1024 * 1024;   // a length from the data must not take all memory

Result<Value> pad(const Arguments& a, bool left) {
  if (a.null(0) || a.null(1) || a.null(2) || a[1].integer() < 0) return Value();
  const std::size_t target = std::size_t(a[1].integer());
  if (target > pad_max) return function_error("a text cannot be padded to more than 16777216 characters, asked for " + std::to_string(target));
  if (bytes_in(a[0])) {
    if (a[2].bytes().empty()) return Value();
    return blob(padded<std::string_view>(a[0].bytes(), target, a[2].bytes(), left));
  }
  if (a[2].string().empty()) return Value();
  if (is_ascii(a[0].string()) && is_ascii(a[2].string())) return Value(padded<std::string_view>(a[0].string(), target, a[2].string(), left));
  const auto text = to_utf16(a[0].string()), fill = to_utf16(a[2].string());
  return Value(to_utf8(padded<std::u16string_view>(text, target, fill, left)));
}

// Encodings of ENCODE, TO_BYTES and FROM_BYTES.
Result<std::string> decoded(const std::string& text, std::string_view encoding) {
  const std::string name = lower_ascii(encoding);
  if (name == "utf8") return text;
  if (name == "ascii") {
    std::string out;
    for (const char16_t c : to_utf16(text)) out += c < 0x80 ? char(c) : '?';
    return out;
  }
  if (name == "hex") {
    std::string_view digits = text;
    const bool prefixed = digits.starts_with("0x");
    if (prefixed) digits.remove_prefix(2);
    else if ((digits.starts_with("X'") || digits.starts_with("x'")) && digits.ends_with('\'') && digits.size() > 2) digits = digits.substr(2, digits.size() - 3);
    const std::string even = prefixed && digits.size() % 2 ? "0" + std::string(digits) : std::string(digits);   // only 0x123 may be odd
    auto bytes = parse_hex(even);
    if (!bytes) return fail(ErrorCode::invalid_input, "'" + text.substr(0, 60) + "' is no hexadecimal text");
    return *bytes;
  }
  if (name == "base64") {
    auto bytes = parse_base64(text);
    if (!bytes) return fail(ErrorCode::invalid_input, "'" + text.substr(0, 60) + "' is no base64 text");
    return *bytes;
  }
  return fail(ErrorCode::invalid_input, "Unknown encoding type '" + std::string(encoding) + "'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.");
}
Result<std::string> encoded(const std::string& bytes, std::string_view encoding, bool upper_hex) {
  const std::string name = lower_ascii(encoding);
  if (name == "utf8") return utf8(unicode(bytes));   // what is no UTF-8 becomes U+FFFD
  if (name == "ascii") {
    std::string out;
    for (const char c : bytes) {
      if (static_cast<unsigned char>(c) < 0x80) out += c;
      else out += "\xEF\xBF\xBD";
    }
    return out;
  }
  if (name == "hex") return hex(bytes, upper_hex);
  if (name == "base64") return base64(bytes);
  return fail(ErrorCode::invalid_input, "Unknown encoding type '" + std::string(encoding) + "'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.");
}

struct MaskLetters {
  std::optional<char16_t> upper = u'X', lower = u'x', digit = u'n', other = u'-';
};
// Units [from, to) of the text are masked. The letters come behind argument `first`.
Result<Value> masked(const Arguments& a, std::size_t first, std::size_t from, std::size_t to, std::u16string text) {
  MaskLetters letters;
  if (a.size() > first) {
    const auto letter = [&](std::size_t i) -> std::optional<char16_t> {
      if (a[i].null()) return std::nullopt;
      const auto wide = to_utf16(a[i].string());
      return wide.empty() ? std::nullopt : std::optional(wide[0]);
    };
    letters = {letter(first), letter(first + 1), letter(first + 2), letter(first + 3)};
  }
  for (std::size_t i = from; i < to; ++i) {
    const char16_t c = text[i];
    const auto& mask = u_isupper(c) ? letters.upper : u_islower(c) ? letters.lower : u_isdigit(c) ? letters.digit : letters.other;
    if (mask) text[i] = *mask;
  }
  return Value(to_utf8(text));
}
Result<Value> mask_part(const Arguments& a, bool left, bool keep) {
  if (a.null(0) || a.null(1)) return Value();
  if (a[1].integer() < 0) return function_error("the number of characters to mask must not be negative, got " + std::to_string(a[1].integer()));
  const std::u16string text = to_utf16(a[0].string());
  const std::size_t n = std::min(text.size(), std::size_t(a[1].integer()));
  const std::size_t size = text.size();
  if (left) return keep ? masked(a, 2, n, size, text) : masked(a, 2, 0, n, text);
  return keep ? masked(a, 2, 0, size - n, text) : masked(a, 2, size - n, size, text);
}

template <class T> Result<Value> number_of(const Arguments& a, auto make) {
  if (a.null(0)) return Value();
  const std::string order = a.size() > 1 && !a[1].null() ? a[1].string() : "BIG_ENDIAN";
  const bool big = order == "BIG_ENDIAN";
  if (!big && order != "LITTLE_ENDIAN") return function_error("byte order must be BIG_ENDIAN or LITTLE_ENDIAN, got '" + order + "'");
  const std::string& bytes = a[0].bytes();
  if (bytes.size() != sizeof(T)) return function_error("expected " + std::to_string(sizeof(T)) + " bytes, got " + std::to_string(bytes.size()));
  return Value(make(big ? load_be<T>(bytes.data()) : load_le<T>(bytes.data())));
}

}  // namespace

Result<Value> eval_chr(const Arguments& a) {
  std::int64_t code = -1;
  if (a[0].holds<std::int32_t>()) {
    code = a[0].integer();
  } else {   // \u004b, several in a row for a surrogate pair
    const std::string& text = a[0].string();
    std::u16string units;
    for (std::size_t i = 0; i < text.size(); i += 6) {
      const auto digits = text.substr(i).starts_with("\\u") && i + 6 <= text.size() ? parse_hex(text.substr(i + 2, 4)) : std::nullopt;
      if (!digits) return Value();
      units += char16_t(static_cast<unsigned char>((*digits)[0]) << 8 | static_cast<unsigned char>((*digits)[1]));
    }
    return units.empty() ? Value() : Value(to_utf8(units));
  }
  if (code < 0 || code > 0x10ffff) return Value();
  return Value(utf8(icu::UnicodeString(UChar32(code))));
}

Result<Value> eval_concat(const Arguments& a) {
  const bool bytes = a.type.is(Kind::bytes);
  std::string out;
  for (const auto& v : a.values)
    if (!v.null()) out += bytes ? v.bytes() : v.string();
  return bytes ? blob(std::move(out)) : Value(std::move(out));
}
Result<Value> eval_concat_ws(const Arguments& a) {
  if (a.null(0)) return Value();
  const bool bytes = a.type.is(Kind::bytes);
  std::string out;
  bool first = true;
  for (const auto& v : a.values.subspan(1)) {
    if (v.null()) continue;
    if (!std::exchange(first, false)) out += bytes ? a[0].bytes() : a[0].string();
    out += bytes ? v.bytes() : v.string();
  }
  return bytes ? blob(std::move(out)) : Value(std::move(out));
}

Result<Value> eval_elt(const Arguments& a) {
  if (a.null(0) || a[0].integer() < 1 || std::size_t(a[0].integer()) >= a.size()) return Value();
  return a[std::size_t(a[0].integer())];
}
Result<Value> eval_field(const Arguments& a) {
  if (!a.null(0))
    for (std::size_t i = 1; i < a.size(); ++i)
      if (!a[i].null() && a[i].string() == a[0].string()) return Value(std::int32_t(i));
  return Value(0);
}

Result<Value> eval_encode(const Arguments& a) {
  TRY(const std::string bytes, decoded(a[0].string(), a[1].string()));
  TRY(std::string text, encoded(bytes, a[2].string(), false));
  return Value(std::move(text));
}
Result<Value> eval_to_bytes(const Arguments& a) {
  TRY(std::string bytes, decoded(a[0].string(), a[1].string()));
  return blob(std::move(bytes));
}
Result<Value> eval_from_bytes(const Arguments& a) {
  TRY(std::string text, encoded(a[0].bytes(), a[1].string(), true));
  return Value(std::move(text));
}

Result<Value> eval_initcap(const Arguments& a) {
  auto text = unicode(a[0].string());
  text.toLower(icu::Locale::getUS());
  bool start = true;
  for (int32_t i = 0; i < text.length(); ++i) {
    const UChar32 c = text.char32At(i);
    if (start && !u_isWhitespace(c)) text.replace(i, U16_LENGTH(c), u_toupper(c));
    start = u_isWhitespace(c);
    i += U16_LENGTH(c) - 1;
  }
  return Value(utf8(text));
}

Result<Value> eval_instr(const Arguments& a) {
  const std::u16string text = to_utf16(a[0].string()), wanted = to_utf16(a[1].string());
  const std::int64_t position = a.size() > 2 ? a[2].integer() : 1;
  std::int64_t occurrence = a.size() > 3 ? a[3].integer() : 1;
  if (wanted.empty() || position == 0 || occurrence < 1) return Value(0);
  if (position > 0) {
    std::size_t at = std::size_t(position - 1);
    for (;; ++at) {
      at = at > text.size() ? std::u16string::npos : text.find(wanted, at);
      if (at == std::u16string::npos) return Value(0);
      if (--occurrence == 0) return Value(std::int32_t(at + 1));
    }
  }
  std::int64_t at = std::int64_t(text.size()) + position;
  for (; at >= 0; --at) {
    const auto found = text.rfind(wanted, std::size_t(at));
    if (found == std::u16string::npos) return Value(0);
    if (--occurrence == 0) return Value(std::int32_t(found + 1));
    at = std::int64_t(found);
  }
  return Value(0);
}

Result<Value> eval_lcase(const Arguments& a) {
  if (is_ascii(a[0].string())) return Value(lower_ascii(a[0].string()));
  return Value(utf8(unicode(a[0].string()).toLower(icu::Locale::getRoot())));
}
Result<Value> eval_ucase(const Arguments& a) {
  if (is_ascii(a[0].string())) {
    std::string out = a[0].string();
    for (char& c : out)
      if (c >= 'a' && c <= 'z') c = char(c - 32);
    return Value(std::move(out));
  }
  return Value(utf8(unicode(a[0].string()).toUpper(icu::Locale::getRoot())));
}
Result<Value> eval_len(const Arguments& a) { return Value(std::int32_t(bytes_in(a[0]) ? a[0].bytes().size() : utf16_length(a[0].string()))); }
Result<Value> eval_lpad(const Arguments& a) { return pad(a, true); }
Result<Value> eval_rpad(const Arguments& a) { return pad(a, false); }
Result<Value> eval_mask(const Arguments& a) {
  if (a.null(0)) return Value();
  const std::u16string text = to_utf16(a[0].string());
  return masked(a, 1, 0, text.size(), text);
}
Result<Value> eval_mask_keep_left(const Arguments& a) { return mask_part(a, true, true); }
Result<Value> eval_mask_keep_right(const Arguments& a) { return mask_part(a, false, true); }
Result<Value> eval_mask_left(const Arguments& a) { return mask_part(a, true, false); }
Result<Value> eval_mask_right(const Arguments& a) { return mask_part(a, false, false); }

Result<Value> eval_md5(const Arguments& a) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(a[0].string().data(), a[0].string().size(), digest, &size, EVP_md5(), nullptr) != 1) return function_error("MD5 is not offered by this machine's OpenSSL");
  return Value(hex({reinterpret_cast<const char*>(digest), size}));
}

Result<Value> eval_replace(const Arguments& a) {
  const std::string &text = a[0].string(), &from = a[1].string(), &to = a[2].string();
  if (from.empty()) {   // Java's String.replace puts the new text between all characters
    std::u16string out;
    const auto wide = to_utf16(text), with = to_utf16(to);
    for (const char16_t c : wide) (out += with) += c;
    return Value(to_utf8(out += with));
  }
  std::string out;
  std::size_t at = 0;
  for (std::size_t next; (next = text.find(from, at)) != std::string::npos; at = next + from.size()) out.append(text, at, next - at).append(to);
  return Value(out.append(text, at));
}
Result<Value> eval_reverse(const Arguments& a) {
  auto text = unicode(a[0].string());
  text.reverse();
  return Value(utf8(text));
}

Result<Value> eval_split(const Arguments& a) {
  const bool bytes = bytes_in(a[0]);
  const std::string &text = bytes ? a[0].bytes() : a[0].string(), &delimiter = bytes ? a[1].bytes() : a[1].string();
  data::Values out;
  const auto put = [&](std::string_view part) { out.push_back(bytes ? blob(std::string(part)) : Value(part)); };
  if (delimiter.empty()) {
    for (std::size_t i = 0; i < text.size();) {
      std::size_t n = 1;
      if (!bytes)
        while (i + n < text.size() && (text[i + n] & 0xc0) == 0x80) ++n;
      put(std::string_view(text).substr(i, n));
      i += n;
    }
    if (text.empty()) put("");
    return Value::array(std::move(out));
  }
  std::size_t at = 0;
  for (std::size_t next; (next = text.find(delimiter, at)) != std::string::npos; at = next + delimiter.size()) put(std::string_view(text).substr(at, next - at));
  put(std::string_view(text).substr(at));
  return Value::array(std::move(out));
}
Result<Value> eval_split_to_map(const Arguments& a) {
  const std::string &text = a[0].string(), &entry = a[1].string(), &pair = a[2].string();
  if (entry.empty() || pair.empty()) return Value();
  data::Entries out;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = text.find(entry, at);
    if (end == std::string::npos) end = text.size();
    const std::string_view item = std::string_view(text).substr(at, end - at);
    at = end + entry.size();
    const auto split = item.find(pair);
    if (split == std::string_view::npos) continue;
    const Value key(item.substr(0, split));
    Value value(item.substr(split + pair.size()));
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.first == key; });
    if (same != out.end()) same->second = std::move(value);
    else out.emplace_back(key, std::move(value));
  }
  return Value::map(std::move(out));
}

Result<Value> eval_substring(const Arguments& a) {
  const std::int64_t position = a[1].integer(), length = a.size() > 2 ? a[2].integer() : INT32_MAX;
  if (bytes_in(a[0])) return blob(std::string(sub(std::string_view(a[0].bytes()), position, length)));
  return on_units(a[0].string(), [&](auto text) { return sub(text, position, length); });
}
Result<Value> eval_trim(const Arguments& a) { return Value(data::trim_java(a[0].string())); }

Result<Value> eval_uuid(const Arguments& a) {
  if (a.size() == 0) return Value(to_text(random_uuid()));
  if (a.null(0) || a[0].bytes().size() != 16) return Value();
  Uuid id;
  std::memcpy(id.data(), a[0].bytes().data(), id.size());
  return Value(to_text(id));
}

Result<Value> eval_int_from_bytes(const Arguments& a) { return number_of<std::int32_t>(a, [](std::int32_t v) { return v; }); }
Result<Value> eval_bigint_from_bytes(const Arguments& a) { return number_of<std::int64_t>(a, [](std::int64_t v) { return v; }); }
Result<Value> eval_double_from_bytes(const Arguments& a) { return number_of<std::uint64_t>(a, [](std::uint64_t v) { return std::bit_cast<double>(v); }); }

}  // namespace braid::sql
