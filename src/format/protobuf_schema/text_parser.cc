#include "format/protobuf_schema/text_parser.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"

namespace braid::format::protobuf_schema {
namespace {

struct Token {
  enum class Kind { end, word, number, text, symbol };
  Kind kind = Kind::end;
  std::string text;             // of a text: what stands for it between the quotes, escapes undone
  std::size_t at = 0;
};

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { next(); }

  Result<File> file() {
    File out;
    while (ok() && token_.kind != Token::Kind::end) top_level(out);
    if (ok()) return out;
    const auto before = text_.substr(0, std::min(error_at_, text_.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return fail(ErrorCode::invalid_input, "Syntax error at line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + error_, {},
                SourceSpan{error_at_, error_at_ + 1});
  }

 private:
  bool ok() const { return error_.empty(); }
  void error(std::string what, std::size_t at) {
    if (!ok()) return;
    error_ = std::move(what);
    error_at_ = at;
    token_ = {};
    at_ = text_.size();
  }
  void expected(std::string_view what) {
    error(std::string(what) + " expected, got " + (token_.kind == Token::Kind::end ? "the end" : "'" + token_.text + "'"), token_.at);
  }

  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') { ++at_; continue; }
      if (text_.substr(at_, 2) == "//") { at_ = std::min(text_.find('\n', at_), text_.size()); continue; }
      if (text_.substr(at_, 2) == "/*") {
        const auto end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return error("a comment that does not end", at_);
        at_ = end + 2;
        continue;
      }
      break;
    }
  }

  void next() {
    skip_space();
    token_ = {};
    token_.at = at_;
    if (!ok() || at_ >= text_.size()) return;
    const char c = text_[at_];
    std::size_t end = at_ + 1;
    if (letter(c)) {
      token_.kind = Token::Kind::word;
      while (end < text_.size() && (letter(text_[end]) || digit(text_[end]))) ++end;
    } else if (digit(c) || (c == '.' && end < text_.size() && digit(text_[end]))) {
      token_.kind = Token::Kind::number;
      while (end < text_.size() && (letter(text_[end]) || digit(text_[end]) || text_[end] == '.' ||
                                    ((text_[end] == '+' || text_[end] == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E') && text_.substr(at_, 2) != "0x")))
        ++end;
    } else if (c == '"' || c == '\'') {
      while (end < text_.size() && text_[end] != c && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
      if (end >= text_.size() || text_[end] != c) return error("a string that does not end", at_);
      token_.kind = Token::Kind::text;
      token_.text = unescaped(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return;
    } else {
      token_.kind = Token::Kind::symbol;
    }
    token_.text = std::string(text_.substr(at_, end - at_));
    at_ = end;
  }

  bool is(std::string_view text) const { return token_.kind != Token::Kind::text && token_.kind != Token::Kind::end && token_.text == text; }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    next();
    return true;
  }
  void want(std::string_view text) {
    if (!take(text)) expected("'" + std::string(text) + "'");
  }
  std::string word(std::string_view what) {
    if (token_.kind != Token::Kind::word) { expected(what); return {}; }
    if (token_.text.size() > limits::schema_name_bytes_max)
      error(std::string(what) + " has more than " + std::to_string(limits::schema_name_bytes_max) + " characters", token_.at);
    auto out = token_.text;
    next();
    return out;
  }
  std::string full_name(std::string_view what) {
    std::string out;
    if (take(".")) out = ".";
    out += word(what);
    while (ok() && take(".")) out += "." + word(what);
    return out;
  }
  std::string text() {
    if (token_.kind != Token::Kind::text) { expected("a text in quotes"); return {}; }
    std::string out;
    while (token_.kind == Token::Kind::text) { out += token_.text; next(); }   // neighbours are one
    return out;
  }
  std::int64_t whole() {
    const bool negative = take("-");
    if (token_.kind != Token::Kind::number) { expected("a whole number"); return 0; }
    std::string_view digits = token_.text;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) { base = 16; digits.remove_prefix(2); }
    else if (digits.size() > 1 && digits[0] == '0') base = 8;
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (ec != std::errc{} || end != digits.data() + digits.size()) { expected("a whole number"); return 0; }
    next();
    return negative ? -value : value;
  }
  std::int32_t tag() {
    const auto at = token_.at;
    const auto value = whole();
    if (ok() && (value < 1 || value > 536'870'911)) error("a field's number is 1 to 536870911, got " + std::to_string(value), at);
    else if (ok() && value >= 19'000 && value <= 19'999) error("the field numbers 19000 to 19999 belong to Protobuf itself", at);
    return std::int32_t(value);
  }

  void top_level(File& file) {
    if (take(";")) return;
    if (is("syntax") || is("edition")) {
      file.edition = is("edition");
      next();
      want("=");
      const auto at = token_.at;
      file.syntax = text();
      want(";");
      if (ok() && !file.edition && file.syntax != "proto2" && file.syntax != "proto3") error("unexpected syntax: " + file.syntax, at);
    } else if (take("package")) {
      file.package = full_name("a package's name");
      want(";");
    } else if (take("import")) {
      auto* list = &file.imports;
      if (take("public")) list = &file.public_imports;
      else if (take("weak")) list = &file.weak_imports;
      list->push_back(text());
      want(";");
    } else if (take("option")) {
      file.options.push_back(option());
      want(";");
    } else if (take("message")) {
      file.messages.push_back(message(0));
    } else if (take("enum")) {
      file.enums.push_back(enumeration());
    } else if (take("service")) {
      file.services.push_back(service());
    } else if (take("extend")) {
      file.extends.push_back(extend(0));
    } else {
      expected("syntax, package, import, option, message, enum, service or extend");
    }
  }

  // name = value
  Option option() {
    Option out;
    out.name = option_name();
    want("=");
    out.value = value(0);
    return out;
  }
  std::string option_name() {
    std::string out;
    do {
      if (take("(")) {
        out += "(" + full_name("an option's name") + ")";
        want(")");
      } else {
        out += word("an option's name");
      }
      if (is(".")) out += ".";
    } while (ok() && take("."));
    return out;
  }
  // A name that comes again makes a list of its values.
  using Places = std::unordered_map<std::string, std::size_t>;
  static void put(std::vector<Option>& entries, Places& places, Option entry) {
    const auto [place, added] = places.try_emplace(entry.name, entries.size());
    if (added) return entries.push_back(std::move(entry));
    auto* at = &entries[place->second];
    if (at->value.kind != OptionValue::Kind::list) {
      OptionValue list;
      list.kind = OptionValue::Kind::list;
      list.items.push_back(std::move(at->value));
      at->value = std::move(list);
    }
    auto& items = at->value.items;
    if (entry.value.kind != OptionValue::Kind::list) items.push_back(std::move(entry.value));
    else items.insert(items.end(), std::make_move_iterator(entry.value.items.begin()), std::make_move_iterator(entry.value.items.end()));
  }
  OptionValue value(int depth) {
    OptionValue out;
    if (depth > limits::schema_nesting_max) { error("options nested too deep", token_.at); return out; }
    if (token_.kind == Token::Kind::text) { out.kind = OptionValue::Kind::text; out.text = text(); return out; }
    if (is("{") || is("<")) {
      const std::string close = is("{") ? "}" : ">";
      next();
      out.kind = OptionValue::Kind::message;
      Places places;
      while (ok() && !take(close)) {
        if (token_.kind == Token::Kind::end) { expected("'" + close + "'"); break; }
        Option entry;
        if (take("[")) { entry.name = "[" + full_name("an extension's name"); while (ok() && take("/")) entry.name += "/" + full_name("a type's name"); entry.name += "]"; want("]"); }
        else entry.name = word("a field's name");
        if (!take(":") && !is("{") && !is("<")) expected("':'");
        if (ok()) entry.value = value(depth + 1);
        put(out.entries, places, std::move(entry));
        if (!take(",")) take(";");
      }
      return out;
    }
    if (take("[")) {
      out.kind = OptionValue::Kind::list;
      while (ok() && !take("]")) {
        out.items.push_back(value(depth + 1));
        if (!take(",") && !is("]")) expected("',' or ']'");
      }
      return out;
    }
    if (take("-")) out.text = "-";
    else take("+");
    if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::number) { expected("a value"); return out; }
    out.text += token_.kind == Token::Kind::word ? full_name("a value") : token_.text;
    if (token_.kind == Token::Kind::number) next();
    return out;
  }
  std::vector<Option> bracketed_options() {
    std::vector<Option> out;
    if (!take("[")) return out;
    do out.push_back(option());
    while (ok() && take(","));
    want("]");
    return out;
  }

  Range range(std::int64_t least) {
    const auto at = token_.at;
    const auto first = whole();
    std::int64_t last = first;
    const bool pair = take("to");
    if (pair) last = take("max") ? INT32_MAX : whole();
    if (ok() && (first < least || first > INT32_MAX || last < first || last > INT32_MAX)) error("a range goes from a number to a larger one", at);
    return {std::int32_t(first), std::int32_t(last), pair};
  }
  Reserved reserved(std::int64_t least) {
    Reserved out;
    do {
      if (token_.kind == Token::Kind::text) out.names.push_back(text());
      else if (token_.kind == Token::Kind::word) out.names.push_back(word("a name"));
      else out.ranges.push_back(range(least));
    } while (ok() && take(","));
    want(";");
    return out;
  }

  Label label() {
    if (is("optional")) { next(); return Label::optional; }
    if (is("required")) { next(); return Label::required; }
    if (is("repeated")) { next(); return Label::repeated; }
    return Label::none;
  }

  // type name = tag [options];
  Field field_rest(Label label, std::string type) {
    Field out;
    out.label = label;
    out.type = std::move(type);
    if (out.type == "map" && take("<")) {
      out.key_type = full_name("a map's key type");
      want(",");
      out.value_type = full_name("a map's value type");
      want(">");
      out.type = "map<" + out.key_type + ", " + out.value_type + ">";
    }
    out.name = word("a field's name");
    want("=");
    out.tag = tag();
    out.options = bracketed_options();
    // Neither is an option to Wire, whose order decides: they stand behind the others.
    for (const std::string_view special : {"default", "json_name"})
      std::stable_partition(out.options.begin(), out.options.end(), [&](const Option& o) { return o.name != special; });
    want(";");
    return out;
  }

  Group group_rest(Label label, int depth) {
    Group out;
    out.label = label;
    out.name = word("a group's name");
    want("=");
    out.tag = tag();
    bracketed_options();
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); break; }
      if (take(";")) continue;
      Message inside;
      member(inside, depth + 1);
      for (auto& f : inside.fields) out.fields.push_back(std::move(f));
    }
    return out;
  }

  Message message(int depth) {
    Message out;
    const auto at = token_.at;
    out.name = word("a message's name");
    path_bytes_ += out.name.size() + 1;
    if (path_bytes_ > limits::schema_name_bytes_max)
      error("a message's full name has more than " + std::to_string(limits::schema_name_bytes_max) + " characters", at);
    body(out, depth);
    path_bytes_ -= out.name.size() + 1;
    return out;
  }
  void body(Message& out, int depth) {
    if (depth > limits::schema_nesting_max) return error("messages nested too deep", token_.at);
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); return; }
      member(out, depth);
    }
  }
  void member(Message& out, int depth) {
    if (depth > limits::schema_nesting_max) return error("messages nested too deep", token_.at);
    if (take(";")) return;
    // A keyword may also be the type or name of a field: what follows decides.
    const auto saved_token = token_;
    const auto saved_at = at_;
    if (token_.kind == Token::Kind::word) {
      const std::string first = token_.text;
      next();
      const bool named = token_.kind == Token::Kind::word;
      if (first == "message" && named) { auto m = message(depth + 1); out.messages.push_back(std::move(m)); return; }
      if (first == "enum" && named) { out.enums.push_back(enumeration()); return; }
      if (first == "extend" && (named || is("."))) { out.extends.push_back(extend(depth + 1)); return; }
      if (first == "oneof" && named) { out.oneofs.push_back(oneof(depth + 1)); return; }
      if (first == "option" && (named || is("("))) { out.options.push_back(option()); want(";"); return; }
      if (first == "reserved" && (token_.kind == Token::Kind::number || token_.kind == Token::Kind::text)) { out.reserved.push_back(reserved(1)); return; }
      if (first == "reserved" && named && edition_name_follows()) { out.reserved.push_back(reserved(1)); return; }
      if (first == "extensions" && token_.kind == Token::Kind::number) { extensions(out); return; }
      token_ = saved_token;
      at_ = saved_at;
    }
    const auto l = label();
    if (is("group")) {
      next();
      if (token_.kind == Token::Kind::word) { out.groups.push_back(group_rest(l, depth)); return; }
      out.fields.push_back(field_rest(l, "group"));
      return;
    }
    out.fields.push_back(field_rest(l, full_name("a field's type")));
  }
  // "reserved foo, bar;" of editions, not a field of a type called reserved.
  bool edition_name_follows() {
    const auto rest = text_.substr(at_);
    const auto at = rest.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && (rest[at] == ',' || rest[at] == ';');
  }
  void extensions(Message& out) {
    Extensions e;
    do e.ranges.push_back(range(1));
    while (ok() && take(","));
    e.options = bracketed_options();
    want(";");
    out.extensions.push_back(std::move(e));
  }

  OneOf oneof(int depth) {
    OneOf out;
    out.name = word("a oneof's name");
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); break; }
      if (take(";")) continue;
      if (take("option")) { out.options.push_back(option()); want(";"); continue; }
      if (is("optional") || is("required") || is("repeated")) { error("a field of a oneof has no label", token_.at); break; }
      if (take("group")) { out.groups.push_back(group_rest(Label::none, depth)); continue; }
      out.fields.push_back(field_rest(Label::none, full_name("a field's type")));
    }
    return out;
  }

  Extend extend(int depth) {
    Extend out;
    out.name = full_name("the name of a message");
    Message inside;
    body(inside, depth);
    out.fields = std::move(inside.fields);
    return out;
  }

  Enum enumeration() {
    Enum out;
    out.name = word("an enum's name");
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); break; }
      if (take(";")) continue;
      const std::string first = word("a constant's name");
      if (first == "option" && !is("=")) { out.options.push_back(option()); want(";"); continue; }
      if (first == "reserved" && !is("=")) { out.reserved.push_back(reserved(INT32_MIN)); continue; }
      EnumConstant constant;
      constant.name = first;
      want("=");
      const auto at = token_.at;
      const auto number = whole();
      if (ok() && (number < INT32_MIN || number > INT32_MAX)) error("an enum's number has 32 bits", at);
      constant.number = std::int32_t(number);
      constant.options = bracketed_options();
      want(";");
      out.constants.push_back(std::move(constant));
    }
    return out;
  }

  Service service() {
    Service out;
    out.name = word("a service's name");
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); break; }
      if (take(";")) continue;
      if (take("option")) { out.options.push_back(option()); want(";"); continue; }
      want("rpc");
      out.rpcs.push_back(rpc());
    }
    return out;
  }
  Rpc rpc() {
    Rpc out;
    out.name = word("the name of an rpc");
    const auto type = [&](std::string& name, bool& stream) {
      want("(");
      name = full_name("a message's name");
      if (name == "stream" && !is(")")) { stream = true; name = full_name("a message's name"); }
      want(")");
    };
    type(out.request, out.request_stream);
    want("returns");
    type(out.response, out.response_stream);
    if (take(";")) return out;
    want("{");
    while (ok() && !take("}")) {
      if (token_.kind == Token::Kind::end) { expected("'}'"); break; }
      if (take(";")) continue;
      want("option");
      out.options.push_back(option());
      want(";");
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
  std::string error_;
  std::size_t error_at_ = 0;
  std::size_t path_bytes_ = 0;   // of the names of the messages that we are in
};

}  // namespace

std::string unescaped(std::string_view written) {
  std::string out;
  const auto put = [&](unsigned c) {   // a character below 256, as UTF-8
    if (c < 0x80) return out.push_back(char(c));
    out.push_back(char(0xc0 | (c >> 6)));
    out.push_back(char(0x80 | (c & 0x3f)));
  };
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 >= written.size()) { out.push_back(written[i]); continue; }
    const char c = written[++i];
    const auto number = [&](std::size_t from, std::size_t digits_max, int base) {
      unsigned value = 0;
      const auto end = std::min(written.size(), from + digits_max);
      const auto stop = std::from_chars(written.data() + from, written.data() + end, value, base).ptr;
      i = std::size_t(stop - written.data()) - 1;
      put(value & 0xff);
    };
    static constexpr std::string_view letters = "abfnrtv", stands_for = "\a\b\f\n\r\t\v";
    if (const auto at = letters.find(c); at != std::string_view::npos) out.push_back(stands_for[at]);
    else if ((c == 'x' || c == 'X') && i + 1 < written.size() && std::isxdigit(std::uint8_t(written[i + 1]))) number(i + 1, 2, 16);
    else if (c >= '0' && c <= '7') number(i, 3, 8);
    else out.push_back(c);
  }
  return out;
}

Result<File> parse_text(std::string_view text) { return Parser(text).file(); }

}  // namespace braid::format::protobuf_schema
