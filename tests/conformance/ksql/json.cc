#include "json.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace braid::cases {

namespace {

bool equal_any_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Result<Json> document() {
    TRY(Json out, value());
    skip();
    if (at_ != text_.size()) return wrong("the end of the file");
    return out;
  }

 private:
  std::unexpected<Error> wrong(std::string_view wanted) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + std::ptrdiff_t(std::min(at_, text_.size())), '\n');
    return fail(ErrorCode::invalid_input, "JSON: expected " + std::string(wanted) + " in line " + std::to_string(line));
  }
  void skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.size(), text_.find('\n', at_));
      } else if (text_.substr(at_, 2) == "/*") {
        const auto end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Result<Json> value() {
    skip();
    if (at_ >= text_.size()) return wrong("a value");
    Json out;
    const char c = text_[at_];
    if (c == '{') return object();
    if (c == '[') return array();
    if (c == '"') {
      out.kind = Json::Kind::string;
      TRY(out.text, string());
      return out;
    }
    struct Word { std::string_view text; Json::Kind kind; bool truth; };
    for (const Word& word : {Word{"true", Json::Kind::boolean, true}, Word{"false", Json::Kind::boolean, false}, Word{"null", Json::Kind::null, false}}) {
      if (text_.substr(at_).starts_with(word.text)) {
        at_ += word.text.size();
        out.kind = word.kind;
        out.boolean = word.truth;
        return out;
      }
    }
    const std::size_t from = at_;
    while (at_ < text_.size() && std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos) ++at_;
    if (from == at_) return wrong("a value");
    out.kind = Json::Kind::number;
    out.text = std::string(text_.substr(from, at_ - from));
    return out;
  }
  Result<Json> object() {
    Json out;
    out.kind = Json::Kind::object;
    take('{');
    if (take('}')) return out;
    while (true) {
      skip();
      if (at_ >= text_.size() || text_[at_] != '"') return wrong("a field's name");
      TRY(auto name, string());
      if (!take(':')) return wrong("':'");
      TRY(auto v, value());
      out.fields.emplace_back(std::move(name), std::move(v));
      if (take('}')) return out;
      if (!take(',')) return wrong("',' or '}'");
    }
  }
  Result<Json> array() {
    Json out;
    out.kind = Json::Kind::array;
    take('[');
    if (take(']')) return out;
    while (true) {
      TRY(auto v, value());
      out.items.push_back(std::move(v));
      if (take(']')) return out;
      if (!take(',')) return wrong("',' or ']'");
    }
  }
  static void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out.push_back(char(code));
    } else if (code < 0x800) {
      out.push_back(char(0xc0 | code >> 6));
      out.push_back(char(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
      out.push_back(char(0xe0 | code >> 12));
      out.push_back(char(0x80 | (code >> 6 & 0x3f)));
      out.push_back(char(0x80 | (code & 0x3f)));
    } else {
      out.push_back(char(0xf0 | code >> 18));
      out.push_back(char(0x80 | (code >> 12 & 0x3f)));
      out.push_back(char(0x80 | (code >> 6 & 0x3f)));
      out.push_back(char(0x80 | (code & 0x3f)));
    }
  }
  unsigned hex4() {
    const std::string digits(text_.substr(at_, 4));
    at_ += 4;
    return unsigned(std::strtoul(digits.c_str(), nullptr, 16));
  }
  Result<std::string> string() {
    std::string out;
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] != '\\') {
        out.push_back(text_[at_++]);
        continue;
      }
      const char e = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      at_ += 2;
      switch (e) {
        case 'n': out.push_back('\n'); break;
        case 't': out.push_back('\t'); break;
        case 'r': out.push_back('\r'); break;
        case 'b': out.push_back('\b'); break;
        case 'f': out.push_back('\f'); break;
        case 'u': {
          unsigned code = hex4();
          if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            code = 0x10000 + ((code - 0xd800) << 10) + (hex4() - 0xdc00);
          }
          append_utf8(out, code);
          break;
        }
        default: out.push_back(e);
      }
    }
    if (at_ >= text_.size()) return wrong("the end of a string");
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
  const Json* found = nullptr;
  for (const auto& [n, v] : fields)
    if (n == name) found = &v;
  return found;
}
const Json* Json::find_any_case(std::string_view name) const {
  if (const Json* exact = find(name)) return exact;
  for (const auto& [n, v] : fields)
    if (equal_any_case(n, name)) return &v;
  return nullptr;
}
std::string Json::string_or(std::string_view name, std::string otherwise) const {
  const Json* v = find(name);
  return v && v->is(Kind::string) ? v->text : otherwise;
}
long long Json::int_or(std::string_view name, long long otherwise) const {
  const Json* v = find(name);
  return v && v->is(Kind::number) ? std::strtoll(v->text.c_str(), nullptr, 10) : otherwise;
}

Result<Json> parse_json(std::string_view text) { return Parser(text).document(); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04x", unsigned(c));
          out += buffer;
        } else {
          out.push_back(c);
        }
    }
  }
  return out + "\"";
}

std::string print(const Json& json) {
  switch (json.kind) {
    case Json::Kind::null: return "null";
    case Json::Kind::boolean: return json.boolean ? "true" : "false";
    case Json::Kind::number: return json.text;
    case Json::Kind::string: return quoted(json.text);
    case Json::Kind::array: {
      std::string out = "[";
      for (const auto& i : json.items) out += (out.size() > 1 ? "," : "") + print(i);
      return out + "]";
    }
    case Json::Kind::object: {
      std::string out = "{";
      for (const auto& [n, v] : json.fields) out += (out.size() > 1 ? "," : "") + quoted(n) + ":" + print(v);
      return out + "}";
    }
  }
  return {};
}

Number number_of(std::string_view text) {
  Number out;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) out.negative = text[at++] == '-';
  bool fraction = false;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    out.digits.push_back(text[at]);
    out.scale += fraction;
  }
  if (at < text.size()) out.scale -= std::strtoll(std::string(text.substr(at + 1)).c_str(), nullptr, 10);
  out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
  if (out.digits.empty()) {
    out.digits = "0";
    out.negative = false;
  }
  return out;
}
bool whole(const Number& n) { return n.scale <= 0; }
bool identical(const Number& a, const Number& b) { return a.negative == b.negative && a.digits == b.digits && a.scale == b.scale; }
bool same_value(const Number& a, const Number& b) {
  if (a.digits == "0" || b.digits == "0") return a.digits == b.digits;
  if (a.negative != b.negative) return false;
  std::string x = a.digits, y = b.digits;
  if (a.scale > b.scale) y.append(std::size_t(std::min<long long>(a.scale - b.scale, 400)), '0');
  else x.append(std::size_t(std::min<long long>(b.scale - a.scale, 400)), '0');
  return x == y;
}

}  // namespace braid::cases
