#include "format/cel/expression.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/limits/schemas.h"
#include "format/cel/functions.h"

namespace braid::format::cel {

// One node of the tree. `begin` is where it stands in the text, for messages.
struct Expression::Node {
  enum class Kind : std::uint8_t {
    literal, variable, select, has, index, call, list, map, conditional, and_, or_, not_, negate, add, subtract, multiply, divide, remainder, equal, not_equal,
    less, less_equal, greater, greater_equal, in, all, exists, exists_one, map_macro, filter
  };
  Kind kind = Kind::literal;
  std::size_t begin = 0;
  Value value;                                   // literal
  std::string name;                              // variable, field, function; the variable of a macro
  const Function* function = nullptr;
  std::vector<std::unique_ptr<Node>> parts;      // operands; a macro: range, then its bodies; map: key, value, key, value, ...
};

Expression::Expression(std::string text) : text_(std::move(text)) {}
Expression::~Expression() = default;

// --- text -> tree ---

class Parser {
 public:
  using Node = Expression::Node;
  using Kind = Node::Kind;
  using NodePtr = std::unique_ptr<Node>;

  Parser(std::string_view text, std::span<const std::string_view> variables) : text_(text), scope_(variables.begin(), variables.end()) {}

  Result<NodePtr> run() {
    NodePtr out = expression(0);
    if (out) {
      space();
      if (at_ < text_.size()) set_error(at_, "'" + std::string(text_.substr(at_, 10)) + "' is not expected here");
    }
    if (failed_) return std::unexpected(std::move(error_));
    return out;
  }

 private:
  // The first error is kept; a null node says that there is one.
  NodePtr set_error(std::size_t at, std::string message, std::string hint = {}) {
    if (failed_) return nullptr;
    failed_ = true;
    error_ = Error{ErrorCode::invalid_input, std::move(message) + ", at character " + std::to_string(at + 1), std::move(hint)};
    error_.where = SourceSpan{at, std::min(at + 1, text_.size())};
    return nullptr;
  }
  static NodePtr node(Kind kind, std::size_t begin) {
    auto out = std::make_unique<Node>();
    out->kind = kind;
    out->begin = begin;
    return out;
  }

  static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool digit(char c) { return c >= '0' && c <= '9'; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void space() {
    while (at_ < text_.size()) {
      if (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\f') ++at_;
      else if (text_.substr(at_, 2) == "//") at_ = std::min(text_.find('\n', at_), text_.size());
      else return;
    }
  }
  bool take(std::string_view symbol) {
    space();
    if (text_.substr(at_, symbol.size()) != symbol) return false;
    if (letter(symbol[0]) && (letter(peek(symbol.size())) || digit(peek(symbol.size())))) return false;
    at_ += symbol.size();
    return true;
  }
  bool need(std::string_view symbol) {
    if (take(symbol)) return true;
    set_error(at_, "'" + std::string(symbol) + "' expected" + (at_ < text_.size() ? ", found '" + std::string(text_.substr(at_, 10)) + "'" : ", the text ends"));
    return false;
  }
  std::string identifier() {
    space();
    std::size_t end = at_;
    while (end < text_.size() && (letter(text_[end]) || (end > at_ && digit(text_[end])))) ++end;
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  NodePtr expression(int depth) {
    if (depth > limits::cel_nesting_max) return set_error(at_, "the expression is nested too deep");
    auto condition = or_chain(depth + 1);
    if (!condition) return nullptr;
    space();
    const std::size_t begin = at_;
    if (!take("?")) return condition;
    auto out = node(Kind::conditional, begin);
    auto yes = or_chain(depth + 1);
    if (!yes || !need(":")) return nullptr;
    auto no = expression(depth + 1);
    if (!no) return nullptr;
    out->parts.push_back(std::move(condition));
    out->parts.push_back(std::move(yes));
    out->parts.push_back(std::move(no));
    return out;
  }

  // A chain a || b || c is one node with all its parts: long chains must not nest.
  template <class Next> NodePtr chain(std::string_view symbol, Kind kind, Next next) {
    auto first = next();
    if (!first) return nullptr;
    NodePtr out;
    while (true) {
      space();
      const std::size_t begin = at_;
      if (!take(symbol)) break;
      auto part = next();
      if (!part) return nullptr;
      if (!out) {
        out = node(kind, begin);
        out->parts.push_back(std::move(first));
      }
      out->parts.push_back(std::move(part));
    }
    return out ? std::move(out) : std::move(first);
  }
  NodePtr or_chain(int depth) { return chain("||", Kind::or_, [&] { return and_chain(depth); }); }
  NodePtr and_chain(int depth) { return chain("&&", Kind::and_, [&] { return relation(depth); }); }

  struct Symbol { std::string_view text; Kind kind; };

  template <std::size_t N, class Next> NodePtr binary(const Symbol (&symbols)[N], Next next) {
    auto left = next();
    int links = 0;
    while (left) {
      space();
      const std::size_t begin = at_;
      const Symbol* found = nullptr;
      for (const auto& s : symbols)
        if (take(s.text)) { found = &s; break; }
      if (found == nullptr) return left;
      if (++links > limits::cel_nesting_max) return set_error(begin, "too many operators in one chain");
      auto right = next();
      if (!right) return nullptr;
      auto out = node(found->kind, begin);
      out->parts.push_back(std::move(left));
      out->parts.push_back(std::move(right));
      left = std::move(out);
    }
    return nullptr;
  }
  NodePtr relation(int depth) {
    static constexpr Symbol symbols[] = {{"==", Kind::equal}, {"!=", Kind::not_equal}, {"<=", Kind::less_equal}, {"<", Kind::less}, {">=", Kind::greater_equal}, {">", Kind::greater}, {"in", Kind::in}};
    return binary(symbols, [&] { return sum(depth); });
  }
  NodePtr sum(int depth) {
    static constexpr Symbol symbols[] = {{"+", Kind::add}, {"-", Kind::subtract}};
    return binary(symbols, [&] { return product(depth); });
  }
  NodePtr product(int depth) {
    static constexpr Symbol symbols[] = {{"*", Kind::multiply}, {"/", Kind::divide}, {"%", Kind::remainder}};
    return binary(symbols, [&] { return unary(depth); });
  }

  NodePtr unary(int depth) {
    if (depth > limits::cel_nesting_max) return set_error(at_, "the expression is nested too deep");
    space();
    const std::size_t begin = at_;
    if (peek() == '!' && peek(1) != '=') {
      ++at_;
      auto inner = unary(depth + 1);
      if (!inner) return nullptr;
      auto out = node(Kind::not_, begin);
      out->parts.push_back(std::move(inner));
      return out;
    }
    if (peek() == '-' && !digit(peek(1))) {
      ++at_;
      auto inner = unary(depth + 1);
      if (!inner) return nullptr;
      auto out = node(Kind::negate, begin);
      out->parts.push_back(std::move(inner));
      return out;
    }
    return member(depth);
  }

  NodePtr member(int depth) {
    auto out = primary(depth + 1);
    int links = 0;
    while (out) {
      space();
      const std::size_t begin = at_;
      if (++links > limits::cel_nesting_max) return set_error(begin, "the expression is nested too deep");
      if (peek() == '.' && !digit(peek(1))) {
        ++at_;
        const auto name = identifier();
        if (name.empty()) return set_error(at_, "a name expected after '.'");
        space();
        if (peek() == '(') { out = method(std::move(out), name, begin, depth); continue; }
        auto select = node(Kind::select, begin);
        select->name = name;
        select->parts.push_back(std::move(out));
        out = std::move(select);
      } else if (take("[")) {
        auto index = expression(depth + 1);
        if (!index || !need("]")) return nullptr;
        auto whole = node(Kind::index, begin);
        whole->parts.push_back(std::move(out));
        whole->parts.push_back(std::move(index));
        out = std::move(whole);
      } else {
        return out;
      }
    }
    return nullptr;
  }

  bool arguments(std::vector<NodePtr>& out, std::string_view close, int depth) {
    if (take(close)) return true;
    do {
      space();
      if (!out.empty() && text_.substr(at_, 1) == close) break;   // a comma at the end
      auto part = expression(depth + 1);
      if (!part) return false;
      out.push_back(std::move(part));
    } while (take(","));
    return need(close);
  }

  NodePtr method(NodePtr target, const std::string& name, std::size_t begin, int depth) {
    static constexpr std::pair<std::string_view, Kind> macros[] = {{"all", Kind::all}, {"exists", Kind::exists}, {"exists_one", Kind::exists_one}, {"map", Kind::map_macro}, {"filter", Kind::filter}};
    for (const auto& [macro, kind] : macros)
      if (name == macro) return comprehension(std::move(target), kind, name, begin, depth);
    need("(");
    std::vector<NodePtr> parts;
    parts.push_back(std::move(target));
    if (!arguments(parts, ")", depth)) return nullptr;
    return call(name, std::move(parts), true, begin);
  }

  NodePtr comprehension(NodePtr target, Kind kind, const std::string& macro, std::size_t begin, int depth) {
    need("(");
    auto out = node(kind, begin);
    out->name = identifier();
    if (out->name.empty()) return set_error(at_, macro + "() needs the name of a variable first", "for example: items." + macro + "(i, i > 0)");
    if (!need(",")) return nullptr;
    out->parts.push_back(std::move(target));
    scope_.push_back(out->name);
    auto body = expression(depth + 1);
    if (body) {
      out->parts.push_back(std::move(body));
      if (kind == Kind::map_macro && take(",")) {
        auto result = expression(depth + 1);
        if (result) out->parts.push_back(std::move(result));
      }
    }
    scope_.pop_back();
    if (failed_ || !need(")")) return nullptr;
    return out;
  }

  NodePtr call(const std::string& name, std::vector<NodePtr> parts, bool as_member, std::size_t begin) {
    const auto* function = find_function(name);
    if (function == nullptr || !(as_member ? function->member : function->global)) {
      const auto near = similar_function(name);
      return set_error(begin, "there is no function " + name + (as_member ? "() of a value" : "()"), near.empty() ? "" : "did you mean " + near + "()?");
    }
    if (parts.size() < function->min_arguments || parts.size() > function->max_arguments)
      return set_error(begin, name + "() takes " + std::to_string(function->min_arguments - (as_member ? 1 : 0)) +
                                  (function->max_arguments > function->min_arguments ? " or more" : "") + " arguments, got " + std::to_string(parts.size() - (as_member ? 1 : 0)));
    auto out = node(Kind::call, begin);
    out->name = name;
    out->function = function;
    out->parts = std::move(parts);
    return out;
  }

  NodePtr primary(int depth) {
    if (depth > limits::cel_nesting_max) return set_error(at_, "the expression is nested too deep");
    space();
    const std::size_t begin = at_;
    const char c = peek();
    if (take("(")) {
      auto inner = expression(depth + 1);
      if (!inner || !need(")")) return nullptr;
      return inner;
    }
    if (take("[")) {
      auto out = node(Kind::list, begin);
      return arguments(out->parts, "]", depth) ? std::move(out) : nullptr;
    }
    if (take("{")) return map_literal(begin, depth);
    if (digit(c) || (c == '.' && digit(peek(1))) || (c == '-' && digit(peek(1)))) return number(begin);
    if (auto text = string_literal()) return text;
    if (failed_) return nullptr;
    if (c == '.') ++at_;   // .name: the same, from the root
    const auto name = identifier();
    if (name.empty()) return set_error(at_, at_ < text_.size() ? "a value expected, found '" + std::string(text_.substr(at_, 10)) + "'" : "a value expected, the text ends");
    if (name == "true" || name == "false" || name == "null") {
      auto out = node(Kind::literal, begin);
      out->value = name == "null" ? Value(Null{}) : Value(name == "true");
      return out;
    }
    space();
    if (peek() == '(') {
      ++at_;
      if (name == "has") return has_macro(begin, depth);
      std::vector<NodePtr> parts;
      if (!arguments(parts, ")", depth)) return nullptr;
      return call(name, std::move(parts), false, begin);
    }
    if (peek() == '{') return set_error(begin, "messages cannot be made here: " + name + "{...}");
    static constexpr std::string_view types[] = {"int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"};
    const bool known = std::find(scope_.begin(), scope_.end(), name) != scope_.end();
    if (!known && std::find(std::begin(types), std::end(types), name) != std::end(types)) {
      auto out = node(Kind::literal, begin);
      out->value = TypeName{name};
      return out;
    }
    if (!known) {
      std::string names;
      for (const auto& v : scope_) names += (names.empty() ? "" : ", ") + v;
      return set_error(begin, "there is no variable " + name, names.empty() ? "no variables can be used here" : "there are: " + names);
    }
    auto out = node(Kind::variable, begin);
    out->name = name;
    return out;
  }

  NodePtr has_macro(std::size_t begin, int depth) {
    auto inner = expression(depth + 1);
    if (!inner || !need(")")) return nullptr;
    if (inner->kind != Kind::select) return set_error(begin, "has() takes a field, as in has(message.name)");
    inner->kind = Kind::has;
    return inner;
  }

  NodePtr map_literal(std::size_t begin, int depth) {
    auto out = node(Kind::map, begin);
    if (take("}")) return out;
    do {
      space();
      if (peek() == '}') break;
      auto key = expression(depth + 1);
      if (!key || !need(":")) return nullptr;
      auto value = expression(depth + 1);
      if (!value) return nullptr;
      out->parts.push_back(std::move(key));
      out->parts.push_back(std::move(value));
    } while (take(","));
    return need("}") ? std::move(out) : nullptr;
  }

  NodePtr number(std::size_t begin) {
    auto out = node(Kind::literal, begin);
    const bool negative = peek() == '-';
    std::size_t end = at_ + (negative ? 1 : 0);
    if (text_.substr(end, 2) == "0x" || text_.substr(end, 2) == "0X") {
      std::uint64_t n = 0;
      const auto* first = text_.data() + end + 2;
      const auto [stop, ec] = std::from_chars(first, text_.data() + text_.size(), n, 16);
      if (ec != std::errc{} || stop == first) return set_error(begin, "a hexadecimal number expected");
      at_ = std::size_t(stop - text_.data());
      if (peek() == 'u' || peek() == 'U') {
        ++at_;
        if (negative) return set_error(begin, "an unsigned number has no sign");
        out->value = n;
        return out;
      }
      if (n > std::uint64_t(INT64_MAX) + (negative ? 1 : 0)) return set_error(begin, "the number does not fit 64 bits");
      out->value = negative ? std::int64_t(0 - n) : std::int64_t(n);
      return out;
    }
    bool real = false;
    while (end < text_.size() && digit(text_[end])) ++end;
    if (end + 1 < text_.size() && text_[end] == '.' && digit(text_[end + 1])) {
      real = true;
      ++end;
      while (end < text_.size() && digit(text_[end])) ++end;
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t after = end + 1;
      if (after < text_.size() && (text_[after] == '+' || text_[after] == '-')) ++after;
      if (after < text_.size() && digit(text_[after])) {
        real = true;
        end = after;
        while (end < text_.size() && digit(text_[end])) ++end;
      }
    }
    const std::string digits(text_.substr(at_, end - at_));
    at_ = end;
    if (real) { out->value = std::strtod(digits.c_str(), nullptr); return out; }
    const auto* stop = digits.data() + digits.size();
    if (peek() == 'u' || peek() == 'U') {
      ++at_;
      std::uint64_t n = 0;
      if (negative || std::from_chars(digits.data(), stop, n).ec != std::errc{}) return set_error(begin, digits + "u is no unsigned number of 64 bits");
      out->value = n;
      return out;
    }
    std::int64_t n = 0;
    if (std::from_chars(digits.data(), stop, n).ec != std::errc{}) return set_error(begin, digits + " does not fit 64 bits");
    out->value = n;
    return out;
  }

  // 'a', "a", '''a''', with r (raw) and b (bytes) in front. Null: there is no literal here.
  NodePtr string_literal() {
    const std::size_t begin = at_;
    std::size_t at = at_;
    bool raw = false, bytes = false;
    while (at < text_.size() && at < begin + 2) {
      const char c = text_[at];
      if ((c == 'r' || c == 'R') && !raw) raw = true;
      else if ((c == 'b' || c == 'B') && !bytes) bytes = true;
      else break;
      ++at;
    }
    if (at >= text_.size() || (text_[at] != '\'' && text_[at] != '"')) return nullptr;
    const char quote = text_[at];
    const std::string triple(3, quote);
    const bool is_triple = text_.substr(at, 3) == triple;
    at += is_triple ? 3 : 1;
    std::string out;
    while (true) {
      if (at >= text_.size() || (!is_triple && text_[at] == '\n')) return set_error(begin, "a text that does not end");
      if (is_triple ? text_.substr(at, 3) == triple : text_[at] == quote) { at += is_triple ? 3 : 1; break; }
      if (text_[at] != '\\' || raw) { out.push_back(text_[at++]); continue; }
      if (!escape(at, bytes, out)) return set_error(at, "an escape that is not known");
    }
    at_ = at;
    auto literal = node(Kind::literal, begin);
    literal->value = bytes ? Value(ByteString{std::move(out)}) : Value(std::move(out));
    return literal;
  }

  bool escape(std::size_t& at, bool bytes, std::string& out) const {
    if (at + 1 >= text_.size()) return false;
    const char c = text_[at + 1];
    static constexpr std::string_view from = "abfnrtv\\'\"`?", to = "\a\b\f\n\r\t\v\\'\"`?";
    if (const auto known = from.find(c); known != std::string_view::npos) { out.push_back(to[known]); at += 2; return true; }
    const auto code = [&](std::size_t begin, std::size_t n, int base) -> std::int64_t {
      std::uint32_t value = 0;
      if (begin + n > text_.size()) return -1;
      const auto* first = text_.data() + begin;
      const auto [stop, ec] = std::from_chars(first, first + n, value, base);
      return ec == std::errc{} && stop == first + n ? std::int64_t(value) : -1;
    };
    std::int64_t value = -1;
    std::size_t used = 0;
    if (c == 'x' || c == 'X') { value = code(at + 2, 2, 16); used = 4; }
    else if (c == 'u') { value = code(at + 2, 4, 16); used = 6; }
    else if (c == 'U') { value = code(at + 2, 8, 16); used = 10; }
    else if (c >= '0' && c <= '3') { value = code(at + 1, 3, 8); used = 4; }
    if (value < 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return false;
    if (bytes && (c == 'u' || c == 'U')) return false;
    at += used;
    if (bytes || value < 0x80) { out.push_back(char(value)); return true; }
    const auto v = std::uint32_t(value);
    if (v < 0x800) out += {char(0xc0 | (v >> 6)), char(0x80 | (v & 0x3f))};
    else if (v < 0x10000) out += {char(0xe0 | (v >> 12)), char(0x80 | ((v >> 6) & 0x3f)), char(0x80 | (v & 0x3f))};
    else out += {char(0xf0 | (v >> 18)), char(0x80 | ((v >> 12) & 0x3f)), char(0x80 | ((v >> 6) & 0x3f)), char(0x80 | (v & 0x3f))};
    return true;
  }

  std::string_view text_;
  std::vector<std::string> scope_;
  std::size_t at_ = 0;
  bool failed_ = false;
  Error error_{};
};

// --- tree -> value ---

class Evaluator {
 public:
  using Node = Expression::Node;
  using Kind = Node::Kind;

  explicit Evaluator(const Expression::Lookup& lookup) : lookup_(lookup) {}

  Result<Value> run(const Node& n) {
    if (++steps_ > limits::cel_steps_max) return over(n);
    auto out = value(n);
    if (out) {
      if (const auto* s = out->as<std::string>()) steps_ += s->size() / 64;
      return out;
    }
    if (!out.error().where) {
      out.error().message += ", at character " + std::to_string(n.begin + 1);
      out.error().where = SourceSpan{n.begin, n.begin + 1};
    }
    return out;
  }

 private:
  static std::unexpected<Error> over(const Node&) {
    return fail(ErrorCode::overloaded, "the expression takes more than " + std::to_string(limits::cel_steps_max) + " steps", "look at fewer items, or nest all() and exists() less");
  }
  static std::unexpected<Error> wrong(std::string message, std::string hint = {}) { return fail(ErrorCode::invalid_input, std::move(message), std::move(hint)); }

  Result<Value> value(const Node& n) {
    switch (n.kind) {
      case Kind::literal: return n.value;
      case Kind::variable: return variable(n);
      case Kind::select: return select(n);
      case Kind::has: return has(n);
      case Kind::index: return index(n);
      case Kind::call: return call(n);
      case Kind::list: {
        List out;
        for (const auto& part : n.parts) { TRY(auto v, run(*part)); out.push_back(std::move(v)); }
        return list_of(std::move(out));
      }
      case Kind::map: return map(n);
      case Kind::conditional: {
        TRY(const auto condition, run(*n.parts[0]));
        const auto* b = condition.as<bool>();
        if (b == nullptr) return wrong("no such overload: " + std::string(condition.type()) + " before '?'");
        return run(*n.parts[*b ? 1 : 2]);
      }
      case Kind::and_: return both(n, false);
      case Kind::or_: return both(n, true);
      case Kind::not_: {
        TRY(const auto v, run(*n.parts[0]));
        if (const auto* b = v.as<bool>()) return Value(!*b);
        return wrong("no such overload: !" + std::string(v.type()));
      }
      case Kind::negate: { TRY(const auto v, run(*n.parts[0])); return negated(v); }
      case Kind::all: case Kind::exists: case Kind::exists_one: case Kind::map_macro: case Kind::filter: return comprehension(n);
      default: return binary(n);
    }
  }

  // && and ||: one operand that decides makes an error of the others harmless.
  Result<Value> both(const Node& n, bool decides) {
    std::optional<Error> error;
    for (const auto& part : n.parts) {
      auto v = run(*part);
      if (!v) {
        if (v.error().code == ErrorCode::overloaded) return v;
        if (!error) error = std::move(v).error();
        continue;
      }
      const auto* b = v->as<bool>();
      if (b == nullptr) {
        if (!error) error = Error{ErrorCode::invalid_input, "no such overload: " + std::string(v->type()) + (decides ? " || ..." : " && ...")};
      } else if (*b == decides) {
        return Value(decides);
      }
    }
    if (error) return std::unexpected(*std::move(error));
    return Value(!decides);
  }

  Result<Value> variable(const Node& n) {
    for (auto at = locals_.rbegin(); at != locals_.rend(); ++at)
      if (*at->first == n.name) return *at->second;
    if (const auto* v = lookup_(n.name)) return *v;
    return wrong("the variable " + n.name + " has no value here");
  }

  static std::string fields_of(const Map& map) {
    std::string names;
    for (const auto& [key, v] : map.entries) {
      if (names.size() > 200) return names + ", ...";
      if (const auto* text = key.as<std::string>()) names += (names.empty() ? "" : ", ") + *text;
    }
    return names;
  }

  Result<Value> select(const Node& n) {
    TRY(const auto target, run(*n.parts[0]));
    const auto* map = target.as<MapPtr>();
    if (map == nullptr) return wrong("no such field: ." + n.name + " of " + std::string(target.type()));
    if (const auto* v = (*map)->find(std::string_view(n.name))) return *v;
    return wrong("no such field: " + n.name, "its fields are " + fields_of(**map));
  }

  Result<Value> has(const Node& n) {
    TRY(const auto target, run(*n.parts[0]));
    const auto* map = target.as<MapPtr>();
    if (map == nullptr) return wrong("no such field: ." + n.name + " of " + std::string(target.type()));
    const auto& absent = (*map)->absent;
    return Value((*map)->find(std::string_view(n.name)) != nullptr && std::find(absent.begin(), absent.end(), n.name) == absent.end());
  }

  Result<Value> index(const Node& n) {
    TRY(const auto target, run(*n.parts[0]));
    TRY(const auto key, run(*n.parts[1]));
    if (const auto* map = target.as<MapPtr>()) {
      steps_ += (*map)->entries.size() / 16;
      if (const auto* v = (*map)->find(key)) return *v;
      return wrong("no such key: " + text_of(key));
    }
    const auto* list = target.as<ListPtr>();
    if (list == nullptr) return wrong("no such overload: " + std::string(target.type()) + "[" + std::string(key.type()) + "]");
    const auto zero = compared(key, Value(std::int64_t(0)));
    if (!zero || (!key.as<std::int64_t>() && !key.as<std::uint64_t>() && !key.as<double>())) return wrong("no such overload: list[" + std::string(key.type()) + "]");
    const auto size = std::int64_t((*list)->size());
    if (*zero < 0 || compared(key, Value(size)).value_or(1) != -1) return wrong("index out of bounds: " + text_of(key) + " of a list of " + std::to_string(size));
    const auto i = key.as<std::int64_t>() ? *key.as<std::int64_t>() : key.as<std::uint64_t>() ? std::int64_t(*key.as<std::uint64_t>()) : std::int64_t(*key.as<double>());
    if (const auto* d = key.as<double>(); d != nullptr && double(i) != *d) return wrong("an index must be whole: " + text_of(key));
    return (**list)[std::size_t(i)];
  }

  Result<Value> call(const Node& n) {
    std::vector<Value> arguments;
    for (const auto& part : n.parts) {
      TRY(auto v, run(*part));
      if (const auto* s = v.as<std::string>()) steps_ += s->size() / 16;
      arguments.push_back(std::move(v));
    }
    if (steps_ > limits::cel_steps_max) return over(n);
    return n.function->call(arguments);
  }

  Result<Value> map(const Node& n) {
    Map out;
    for (std::size_t i = 0; i < n.parts.size(); i += 2) {
      TRY(auto key, run(*n.parts[i]));
      if (!key.as<std::string>() && !key.as<bool>() && !key.as<std::int64_t>() && !key.as<std::uint64_t>()) return wrong("a map's key must be a string, a whole number or a bool, not " + std::string(key.type()));
      if (out.find(key) != nullptr) return wrong("the key " + text_of(key) + " comes twice");
      TRY(auto v, run(*n.parts[i + 1]));
      out.entries.emplace_back(std::move(key), std::move(v));
    }
    return map_of(std::move(out));
  }

  Result<Value> binary(const Node& n) {
    TRY(const auto a, run(*n.parts[0]));
    TRY(const auto b, run(*n.parts[1]));
    if (const auto* list = a.as<ListPtr>()) steps_ += (*list)->size() / 8;
    if (const auto* list = b.as<ListPtr>()) steps_ += (*list)->size() / 8;
    switch (n.kind) {
      case Kind::add: return add(a, b);
      case Kind::subtract: return subtract(a, b);
      case Kind::multiply: return multiply(a, b);
      case Kind::divide: return divide(a, b);
      case Kind::remainder: return remainder(a, b);
      case Kind::equal: return Value(equal(a, b));
      case Kind::not_equal: return Value(!equal(a, b));
      case Kind::in: {
        if (const auto* list = b.as<ListPtr>()) return Value(std::any_of((*list)->begin(), (*list)->end(), [&](const Value& v) { return equal(v, a); }));
        if (const auto* m = b.as<MapPtr>()) return Value((*m)->find(a) != nullptr);
        return wrong("no such overload: " + std::string(a.type()) + " in " + std::string(b.type()));
      }
      default: break;
    }
    const auto order = compared(a, b);
    if (!order) return wrong("no such overload: " + std::string(a.type()) + " and " + std::string(b.type()) + " cannot be compared");
    if (*order == 2) return Value(false);
    switch (n.kind) {
      case Kind::less: return Value(*order < 0);
      case Kind::less_equal: return Value(*order <= 0);
      case Kind::greater: return Value(*order > 0);
      default: return Value(*order >= 0);
    }
  }

  // Lists go by item, maps by key.
  Result<Value> comprehension(const Node& n) {
    TRY(const auto range, run(*n.parts[0]));
    std::vector<const Value*> items;
    if (const auto* list = range.as<ListPtr>()) for (const auto& v : **list) items.push_back(&v);
    else if (const auto* m = range.as<MapPtr>()) for (const auto& [key, v] : (*m)->entries) items.push_back(&key);
    else return wrong("a list or a map expected before ." + std::string(n.kind == Kind::all ? "all" : n.kind == Kind::filter ? "filter" : n.kind == Kind::map_macro ? "map" : "exists") + "(), got " + std::string(range.type()));
    std::optional<Error> error;
    List collected;
    std::size_t count = 0;
    for (const auto* item : items) {
      locals_.emplace_back(&n.name, item);
      auto v = run(*n.parts[1]);
      if (v && n.kind == Kind::map_macro && n.parts.size() == 3) {
        const auto* wanted = v->as<bool>();
        const bool take = wanted != nullptr && *wanted;
        if (wanted == nullptr) {
          v = wrong("no such overload: the condition gives " + std::string(v->type()) + ", not bool");
        } else if (take) {
          v = run(*n.parts[2]);
        } else {
          locals_.pop_back();
          continue;
        }
      }
      locals_.pop_back();
      if (!v) {
        if (v.error().code == ErrorCode::overloaded || n.kind == Kind::map_macro || n.kind == Kind::filter || n.kind == Kind::exists_one) return v;
        if (!error) error = std::move(v).error();
        continue;
      }
      if (n.kind == Kind::map_macro) { collected.push_back(*std::move(v)); continue; }
      const auto* b = v->as<bool>();
      if (b == nullptr) return wrong("no such overload: the condition gives " + std::string(v->type()) + ", not bool");
      if (n.kind == Kind::all && !*b) return Value(false);
      if (n.kind == Kind::exists && *b) return Value(true);
      if (*b) { ++count; if (n.kind == Kind::filter) collected.push_back(*item); }
    }
    if (error) return std::unexpected(*std::move(error));
    switch (n.kind) {
      case Kind::all: return Value(true);
      case Kind::exists: return Value(false);
      case Kind::exists_one: return Value(count == 1);
      default: return list_of(std::move(collected));
    }
  }

  const Expression::Lookup& lookup_;
  std::vector<std::pair<const std::string*, const Value*>> locals_;
  std::size_t steps_ = 0;
};

Result<std::shared_ptr<const Expression>> Expression::compile(std::string_view text, std::span<const std::string_view> variables) {
  if (text.size() > limits::cel_text_bytes_max) return fail(ErrorCode::invalid_input, "an expression of " + std::to_string(text.size()) + " bytes is too long");
  std::shared_ptr<Expression> out(new Expression(std::string(text)));
  TRY(out->root_, Parser(out->text_, variables).run());
  return out;
}

Result<Value> Expression::evaluate(const Lookup& lookup) const { return Evaluator(lookup).run(*root_); }

}  // namespace braid::format::cel
