#include "format/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "base/limits/texts.h"

namespace braid::format {
namespace {

class Parser {
 public:
  Parser(std::string_view text, JsonDialect dialect) : text_(text), dialect_(dialect) {}

  Result<JsonNode> whole() {
    JsonNode node;
    if (value(node, 0) && space()) {
      if (at_ == text_.size()) return node;
      error("the text goes on after its end");
    }
    const std::size_t at = std::min(error_at_, text_.size());
    const auto before = text_.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return fail(ErrorCode::invalid_input,
                "not valid JSON at line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + error_, {},
                SourceSpan{at, at + 1});
  }

 private:
  bool error(std::string what) {
    if (error_.empty()) { error_ = std::move(what); error_at_ = at_; }
    return false;
  }
  bool more() const { return at_ < text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool space() {
    while (more()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') { ++at_; continue; }
      if (c != '/' || !dialect_.comments) break;
      if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const auto end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return error("a comment that does not end");
        at_ = end + 2;
      } else {
        break;
      }
    }
    return true;
  }

  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }

  bool value(JsonNode& node, int depth) {
    if (depth > limits::schema_nesting_max) return error("nested more than " + std::to_string(limits::schema_nesting_max) + " deep");
    if (!space()) return false;
    if (!more()) return error("a value expected, the text ends");
    switch (peek()) {
      case '{': return object(node, depth);
      case '[': return array(node, depth);
      case '"': node.kind = JsonNode::Kind::string; return string(node.text);
      case 't': if (word("true")) { node = JsonNode::of_bool(true); return true; } break;
      case 'f': if (word("false")) { node = JsonNode::of_bool(false); return true; } break;
      case 'n': if (word("null")) return true; break;
      case 'N': if (dialect_.not_a_number && word("NaN")) { node = JsonNode::of_number("NaN"); return true; } break;
      case 'I': if (dialect_.not_a_number && word("Infinity")) { node = JsonNode::of_number("Infinity"); return true; } break;
      default: return number(node);
    }
    return error("a value expected");
  }

  bool object(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::object;
    ++at_;
    if (!space()) return false;
    if (peek() == '}') { ++at_; return true; }
    std::unordered_map<std::string, std::size_t> places;   // where a name stands already
    while (true) {
      if (!space()) return false;
      if (peek() != '"') return error("a name in quotes expected");
      std::string name;
      if (!string(name) || !space()) return false;
      if (peek() != ':') return error("':' expected after the name '" + name + "'");
      ++at_;
      JsonNode child;
      if (!value(child, depth + 1) || !space()) return false;
      const auto [known, added] = places.try_emplace(name, node.members.size());
      if (added) node.members.push_back({std::move(name), std::move(child)});
      else node.members[known->second].value = std::move(child);
      if (peek() == ',') { ++at_; continue; }
      if (peek() == '}') { ++at_; return true; }
      return error(more() ? "',' or '}' expected" : "'}' expected, the text ends");
    }
  }

  bool array(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::array;
    ++at_;
    if (!space()) return false;
    if (peek() == ']') { ++at_; return true; }
    while (true) {
      if (!value(node.items.emplace_back(), depth + 1) || !space()) return false;
      if (peek() == ',') { ++at_; continue; }
      if (peek() == ']') { ++at_; return true; }
      return error(more() ? "',' or ']' expected" : "']' expected, the text ends");
    }
  }

  bool hex4(std::uint32_t& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return error("four hexadecimal digits expected after \\u");
      unit = unit * 16 + std::uint32_t(digit);
    }
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
      out.push_back(char(c));
    } else if (c < 0x800) {
      out.push_back(char(0xc0 | (c >> 6)));
      out.push_back(char(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
      out.push_back(char(0xe0 | (c >> 12)));
      out.push_back(char(0x80 | ((c >> 6) & 0x3f)));
      out.push_back(char(0x80 | (c & 0x3f)));
    } else {
      out.push_back(char(0xf0 | (c >> 18)));
      out.push_back(char(0x80 | ((c >> 12) & 0x3f)));
      out.push_back(char(0x80 | ((c >> 6) & 0x3f)));
      out.push_back(char(0x80 | (c & 0x3f)));
    }
  }

  bool unicode_escape(std::string& out) {
    std::uint32_t unit = 0;
    if (!hex4(unit)) return false;
    if (unit >= 0xd800 && unit < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      const std::size_t back = at_;
      std::uint32_t low = 0;
      at_ += 2;
      if (!hex4(low)) return false;
      if (low >= 0xdc00 && low < 0xe000) {
        append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        return true;
      }
      at_ = back;
    }
    append_utf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);   // half a pair has no UTF-8
    return true;
  }

  bool string(std::string& out) {
    ++at_;
    while (more()) {
      const std::size_t begin = at_;
      while (more() && text_[at_] != '"' && text_[at_] != '\\' && std::uint8_t(text_[at_]) >= 0x20) ++at_;
      out.append(text_.substr(begin, at_ - begin));
      if (!more()) break;
      const char c = text_[at_];
      if (c == '"') { ++at_; return true; }
      if (c != '\\') return error("a control character inside a string");
      ++at_;
      if (!more()) break;
      switch (text_[at_++]) {
        case '"': out.push_back('"'); break;
        case '\\': out.push_back('\\'); break;
        case '/': out.push_back('/'); break;
        case 'b': out.push_back('\b'); break;
        case 'f': out.push_back('\f'); break;
        case 'n': out.push_back('\n'); break;
        case 'r': out.push_back('\r'); break;
        case 't': out.push_back('\t'); break;
        case 'u': if (!unicode_escape(out)) return false; break;
        default: --at_; return error("an escape that JSON does not know");
      }
    }
    return error("a string that does not end");
  }

  bool digits() {
    if (peek() < '0' || peek() > '9') return error("a digit expected");
    while (peek() >= '0' && peek() <= '9') ++at_;
    return true;
  }

  bool number(JsonNode& node) {
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    if (dialect_.not_a_number && at_ > begin && word("Infinity")) { node = JsonNode::of_number("-Infinity"); return true; }
    if (peek() == '0') ++at_;
    else if (peek() >= '1' && peek() <= '9') digits();
    else { at_ = begin; return error("a value expected"); }
    if (peek() >= '0' && peek() <= '9') return error("a number must not begin with 0");
    if (peek() == '.') { ++at_; if (!digits()) return false; }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    node = JsonNode::of_number(std::string(text_.substr(begin, at_ - begin)));
    return true;
  }

  std::string_view text_;
  JsonDialect dialect_;
  std::size_t at_ = 0;
  std::string error_;
  std::size_t error_at_ = 0;
};

void print_number(std::string& out, const JsonNode& node, NumberStyle style) {
  const bool word = !node.text.empty() && (node.text.back() == 'N' || node.text.back() == 'y');   // NaN, Infinity
  if (style == NumberStyle::as_written || (word && style == NumberStyle::java_decimal)) { out += word ? '"' + node.text + '"' : node.text; return; }
  if (node.is_integer()) { out += node.text == "-0" ? "0" : node.text; return; }
  if (style == NumberStyle::java_decimal) { out += java_decimal_text(node.text); return; }
  const double value = node.number();
  const std::string text = java_double_text(value);
  if (std::isfinite(value)) out += text;
  else out += '"' + text + '"';   // Jackson quotes what is no number
}

std::u16string utf16(std::string_view text) {
  std::u16string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto b = std::uint8_t(text[i]);
    const std::size_t n = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    std::uint32_t c = n == 1 ? b : b & (0xff >> (n + 1));
    for (std::size_t k = 1; k < n && i + k < text.size(); ++k) c = (c << 6) | (std::uint8_t(text[i + k]) & 0x3f);
    if (c >= 0x10000) {
      out.push_back(char16_t(0xd800 + ((c - 0x10000) >> 10)));
      out.push_back(char16_t(0xdc00 + ((c - 0x10000) & 0x3ff)));
    } else {
      out.push_back(char16_t(c));
    }
    i += n;
  }
  return out;
}

}  // namespace

bool JsonNode::is_integer() const { return is_number() && text.find_first_of(".eENy") == std::string::npos; }

double JsonNode::number() const {
  if (!is_number()) return std::numeric_limits<double>::quiet_NaN();
  return std::strtod(text.c_str(), nullptr);   // knows NaN and Infinity as well, and goes to infinity instead of failing
}

const JsonNode* JsonNode::find(std::string_view name) const {
  for (const auto& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

void JsonNode::set(std::string name, JsonNode value) {
  for (auto& member : members)
    if (member.name == name) { member.value = std::move(value); return; }
  members.push_back({std::move(name), std::move(value)});
}

JsonNode JsonNode::of(std::string text) { JsonNode n; n.kind = Kind::string; n.text = std::move(text); return n; }
JsonNode JsonNode::of_bool(bool flag) { JsonNode n; n.kind = Kind::boolean; n.flag = flag; return n; }
JsonNode JsonNode::of_number(std::string digits) { JsonNode n; n.kind = Kind::number; n.text = std::move(digits); return n; }
JsonNode JsonNode::object() { JsonNode n; n.kind = Kind::object; return n; }
JsonNode JsonNode::array() { JsonNode n; n.kind = Kind::array; return n; }

Result<JsonNode> parse_json_text(std::string_view text, JsonDialect dialect) { return Parser(text, dialect).whole(); }

void print_json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (std::uint8_t(c) < 0x20) {
          out += "\\u00";
          out.push_back(hex[std::uint8_t(c) >> 4]);
          out.push_back(hex[std::uint8_t(c) & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

void print_json_text(std::string& out, const JsonNode& node, NumberStyle style) {
  switch (node.kind) {
    case JsonNode::Kind::null: out += "null"; return;
    case JsonNode::Kind::boolean: out += node.flag ? "true" : "false"; return;
    case JsonNode::Kind::number: print_number(out, node, style); return;
    case JsonNode::Kind::string: print_json_string(out, node.text); return;
    case JsonNode::Kind::array: {
      char separator = '[';
      for (const auto& item : node.items) { out.push_back(separator); separator = ','; print_json_text(out, item, style); }
      out += node.items.empty() ? "[]" : "]";
      return;
    }
    case JsonNode::Kind::object: {
      char separator = '{';
      for (const auto& member : node.members) {
        out.push_back(separator);
        separator = ',';
        print_json_string(out, member.name);
        out.push_back(':');
        print_json_text(out, member.value, style);
      }
      out += node.members.empty() ? "{}" : "}";
      return;
    }
  }
}

std::string print_json_text(const JsonNode& node, NumberStyle style) {
  std::string out;
  print_json_text(out, node, style);
  return out;
}

bool less_utf16(std::string_view a, std::string_view b) {
  const auto ascii = [](std::string_view s) { return std::all_of(s.begin(), s.end(), [](char c) { return std::uint8_t(c) < 0x80; }); };
  return ascii(a) && ascii(b) ? a < b : utf16(a) < utf16(b);
}

static void sort_keys(JsonNode& node) {
  for (auto& item : node.items) sort_keys(item);
  for (auto& member : node.members) sort_keys(member.value);
  std::sort(node.members.begin(), node.members.end(), [](const auto& a, const auto& b) { return less_utf16(a.name, b.name); });
}

JsonNode with_sorted_keys(const JsonNode& node) {
  JsonNode out = node;
  sort_keys(out);
  return out;
}

std::string java_double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
  const std::string_view text(buffer, std::size_t(end - buffer));
  const auto e = text.find('e');
  int exponent = 0;
  const auto* first = text.data() + e + 1;
  if (*first == '+') ++first;
  std::from_chars(first, end, exponent);
  std::string digits;
  for (const char c : text.substr(0, e))
    if (c != '.') digits.push_back(c);

  std::string out = value < 0 ? "-" : "";
  if (exponent < -3 || exponent >= 7) {
    out += digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  } else if (exponent < 0) {
    out += "0." + std::string(std::size_t(-exponent - 1), '0') + digits;
  } else {
    const auto whole = std::size_t(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    out += digits.substr(0, whole) + "." + (digits.size() > whole ? digits.substr(whole) : "0");
  }
  return out;
}

std::string java_decimal_text(std::string_view written) {
  const bool negative = written.starts_with('-');
  if (negative) written.remove_prefix(1);
  const auto e = written.find_first_of("eE");
  long exponent = 0;
  if (e != std::string_view::npos) {
    const std::string power(written.substr(e + 1));
    exponent = std::strtol(power.c_str(), nullptr, 10);
    if (exponent > 1'000'000'000 || exponent < -1'000'000'000) return std::string(written);   // beyond what a BigDecimal holds
  }
  const auto mantissa = written.substr(0, e);
  const auto point = mantissa.find('.');
  std::string digits(mantissa.substr(0, point));
  long scale = -exponent;
  if (point != std::string_view::npos) {
    digits += mantissa.substr(point + 1);
    scale += long(mantissa.size() - point - 1);
  }
  const auto first = digits.find_first_not_of('0');
  const bool zero = first == std::string::npos;
  digits = zero ? "0" : digits.substr(first);
  std::string out = negative && !zero ? "-" : "";
  if (scale == 0) return out + digits;
  const long adjusted = -scale + long(digits.size()) - 1;
  if (scale > 0 && adjusted >= -6) {
    const long pad = scale - long(digits.size());
    if (pad >= 0) return out + "0." + std::string(std::size_t(pad), '0') + digits;
    return out + digits.substr(0, std::size_t(-pad)) + "." + digits.substr(std::size_t(-pad));
  }
  out += digits.substr(0, 1);
  if (digits.size() > 1) out += "." + digits.substr(1);
  if (adjusted != 0) out += "E" + std::string(adjusted > 0 ? "+" : "") + std::to_string(adjusted);
  return out;
}

bool same_json(const JsonNode& a, const JsonNode& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case JsonNode::Kind::null: return true;
    case JsonNode::Kind::boolean: return a.flag == b.flag;
    case JsonNode::Kind::string: return a.text == b.text;
    case JsonNode::Kind::number: return a.text == b.text || a.number() == b.number();
    case JsonNode::Kind::array:
      return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_json);
    case JsonNode::Kind::object:
      if (a.members.size() != b.members.size()) return false;
      for (const auto& member : a.members) {
        const auto* other = b.find(member.name);
        if (other == nullptr || !same_json(member.value, *other)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace braid::format
