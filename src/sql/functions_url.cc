// Parts of URLs as java.net.URI finds them (RFC 2396), and application/x-www-form-urlencoded texts.
#include "data/java_text.h"
#include "sql/function_code.h"

namespace braid::sql {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }
int hex_value(char c) { return digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

struct Uri {
  std::optional<std::string> scheme, host, path, query, fragment;
  int port = -1;
};

// %41 becomes A; what is no UTF-8 afterwards becomes U+FFFD.
std::string unescaped(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += char(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return to_utf8(to_utf16(out));
}

// Characters that a URI may have without escaping, and well-formed escapes; anything beyond ASCII is let through as Java does.
bool legal(std::string_view text, std::string_view also) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (letter(c) || digit(c) || static_cast<unsigned char>(c) >= 0x80 || std::string_view("-_.!~*'();/?:@&=+$,").contains(c) || also.contains(c)) continue;
    if (c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) continue;
    return false;
  }
  return true;
}

std::optional<Uri> parse_uri(std::string_view text) {
  Uri out;
  if (text.empty()) return std::nullopt;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    if (!legal(text.substr(hash + 1), "[]")) return std::nullopt;
    out.fragment = unescaped(text.substr(hash + 1), false);
    text = text.substr(0, hash);
  }
  if (const auto colon = text.find_first_of(":/?"); colon != std::string_view::npos && text[colon] == ':') {
    const std::string_view scheme = text.substr(0, colon);
    if (scheme.empty() || !letter(scheme[0])) return std::nullopt;
    for (const char c : scheme)
      if (!letter(c) && !digit(c) && c != '+' && c != '-' && c != '.') return std::nullopt;
    out.scheme = std::string(scheme);
    text = text.substr(colon + 1);
    if (text.empty()) return std::nullopt;
    if (text[0] != '/') return legal(text, "[]") ? std::optional(out) : std::nullopt;   // opaque: mailto:a@b has neither host nor path
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    if (!legal(text.substr(mark + 1), "[]")) return std::nullopt;
    out.query = unescaped(text.substr(mark + 1), false);
    text = text.substr(0, mark);
  }
  if (text.starts_with("//")) {
    const auto slash = text.find('/', 2);
    std::string_view authority = text.substr(2, slash == std::string_view::npos ? slash : slash - 2);
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
    if (!legal(authority, "[]")) return std::nullopt;
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    const auto colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
    if (colon != std::string_view::npos) {
      const std::string_view port = authority.substr(colon + 1);
      if (!port.empty()) {
        const auto number = data::parse_java_int(port);
        if (!number || !digit(port[0])) return out;   // a registry-based authority: no host, no port
        out.port = *number;
      }
      authority = authority.substr(0, colon);
    }
    if (!authority.empty() && !authority.contains('_')) out.host = std::string(authority);   // Java takes no underscore in host names
  }
  if (!legal(text, "")) return std::nullopt;
  out.path = unescaped(text, false);
  return out;
}

template <class F> Result<Value> part(const Arguments& a, F f) {
  const auto uri = parse_uri(a[0].string());
  return uri ? f(*uri) : Value();
}
Value text_or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

}  // namespace

Result<Value> eval_url_extract_fragment(const Arguments& a) { return part(a, [](const Uri& u) { return text_or_null(u.fragment); }); }
Result<Value> eval_url_extract_host(const Arguments& a) { return part(a, [](const Uri& u) { return text_or_null(u.host); }); }
Result<Value> eval_url_extract_path(const Arguments& a) { return part(a, [](const Uri& u) { return text_or_null(u.path); }); }
Result<Value> eval_url_extract_protocol(const Arguments& a) { return part(a, [](const Uri& u) { return text_or_null(u.scheme); }); }
Result<Value> eval_url_extract_query(const Arguments& a) { return part(a, [](const Uri& u) { return text_or_null(u.query); }); }
Result<Value> eval_url_extract_port(const Arguments& a) { return part(a, [](const Uri& u) { return u.port < 0 ? Value() : Value(u.port); }); }

Result<Value> eval_url_extract_parameter(const Arguments& a) {
  const std::string& text = a[0].string();
  if (!parse_uri(text)) return Value();
  // The raw query, so that an escaped & or = stays part of its value.
  std::string_view query = std::string_view(text).substr(0, text.find('#'));
  const auto mark = query.find('?');
  if (mark == std::string_view::npos) return Value();
  query.remove_prefix(mark + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (unescaped(pair.substr(0, equals), true) != a[1].string()) continue;
    return equals == std::string_view::npos ? Value() : Value(unescaped(pair.substr(equals + 1), true));
  }
  return Value();
}

Result<Value> eval_url_encode_param(const Arguments& a) {
  std::string out;
  for (const char c : a[0].string()) {
    if (letter(c) || digit(c) || std::string_view(".-*_").contains(c)) out += c;
    else if (c == ' ') out += '+';
    else {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
    }
  }
  return Value(std::move(out));
}
Result<Value> eval_url_decode_param(const Arguments& a) {
  const std::string& text = a[0].string();
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0))
      return function_error("url_decode udf encountered an escape that is none in '" + text.substr(0, 100) + "'");
  return Value(unescaped(text, true));
}

}  // namespace braid::sql
