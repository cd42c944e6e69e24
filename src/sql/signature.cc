// Reads signatures and finds the one that fits a call.
#include <algorithm>
#include <cctype>
#include <map>

#include "sql/function_kit.h"

namespace braid::sql {
namespace {

using data::Kind;

struct Pattern {
  enum class What : std::uint8_t { exact, decimal, parameter, array, map, structure, lambda, any };
  What what = What::any;
  Type type{};                      // exact
  std::string name{};               // parameter
  std::vector<Pattern> inner{};     // array: item; map: key, value; lambda: parameters, then the result
};

struct Parameter {
  Pattern pattern;
  std::string name;
  bool variadic = false;
};

struct Signature {
  std::vector<Parameter> parameters;
  Pattern result;
  std::size_t literals_from = SIZE_MAX;   // place of the |
  bool variadic() const { return std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.variadic; }); }
};

// Signatures are our own text in functions.cc, so mistakes in them are bugs.
class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : text_(text) {}
  Signature read() {
    Signature out;
    expect("(");
    while (!skip(")")) {
      if (skip("|")) out.literals_from = out.parameters.size();
      else if (!out.parameters.empty()) expect(",");
      Parameter p;
      p.pattern = pattern();
      p.variadic = skip("...");
      if (peek() != ',' && peek() != ')' && peek() != '|') p.name = word();
      out.parameters.push_back(std::move(p));
    }
    expect("->");
    out.result = pattern();
    return out;
  }

 private:
  Pattern pattern() {
    const std::string name = word();
    using enum Pattern::What;
    if (name == "ARRAY") {
      expect("<");
      Pattern item = pattern();
      expect(">");
      return {.what = array, .inner = {std::move(item)}};
    }
    if (name == "MAP") {
      expect("<");
      Pattern key = pattern();
      expect(",");
      Pattern value = pattern();
      expect(">");
      return {.what = map, .inner = {std::move(key), std::move(value)}};
    }
    if (name == "LAMBDA") {
      Pattern out{.what = lambda};
      expect("(");
      while (!skip(")")) {
        if (!out.inner.empty()) expect(",");
        out.inner.push_back(pattern());
      }
      expect("=>");
      out.inner.push_back(pattern());
      return out;
    }
    if (name == "DECIMAL") return {.what = decimal};
    if (name == "STRUCT") return {.what = structure};
    if (name == "ANY") return {.what = any};
    if (name.size() == 1) return {.what = parameter, .name = name};
    const std::pair<std::string_view, Kind> scalars[] = {
        {"BOOLEAN", Kind::boolean}, {"INT", Kind::integer}, {"BIGINT", Kind::bigint}, {"DOUBLE", Kind::double_}, {"STRING", Kind::string}, {"UNIT", Kind::string},
        {"BYTES", Kind::bytes},     {"DATE", Kind::date},   {"TIME", Kind::time},     {"TIMESTAMP", Kind::timestamp}};
    for (const auto& [text, kind] : scalars)
      if (name == text) return {.what = exact, .type = kind, .name = name};
    BRAID_ASSERT(!"unknown type in a signature");
  }
  void space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  char peek() { space(); return at_ < text_.size() ? text_[at_] : '\0'; }
  bool skip(std::string_view what) {
    space();
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void expect(std::string_view what) { const bool there = skip(what); BRAID_ASSERT(there); }
  std::string word() {
    space();
    std::string out;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) out += text_[at_++];
    BRAID_ASSERT(!out.empty());
    return out;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string pattern_text(const Pattern& p) {
  using enum Pattern::What;
  switch (p.what) {
    case exact: return p.name == "STRING" ? "VARCHAR" : p.name == "UNIT" ? "INTERVALUNIT" : p.name;
    case decimal: return "DECIMAL";
    case parameter: return p.name;
    case array: return "ARRAY<" + pattern_text(p.inner[0]) + ">";
    case map: return "MAP<" + pattern_text(p.inner[0]) + ", " + pattern_text(p.inner[1]) + ">";
    case structure: return "STRUCT";
    case any: return "ANY";
    case lambda: {
      std::string out = "LAMBDA (";
      for (std::size_t i = 0; i + 1 < p.inner.size(); ++i) out += (i > 0 ? ", " : "") + pattern_text(p.inner[i]);
      return out + ") => " + pattern_text(p.inner.back());
    }
  }
  return {};
}

using Bindings = std::map<std::string, Type>;

int parameter_count(const Pattern& p) {
  int n = p.what == Pattern::What::parameter;
  for (const auto& inner : p.inner) n += parameter_count(inner);
  return n;
}

int width_of(const Type& t) {
  switch (t.kind()) {
    case Kind::integer: return 0;
    case Kind::bigint: return 1;
    case Kind::decimal: return 2;
    case Kind::double_: return 3;
    default: return 9;
  }
}

// What a value of type `type` costs to be given to `pattern`; empty when it does not fit.
std::optional<int> fit(const Pattern& pattern, const Type& type, Bindings& bound, bool convert) {
  using enum Pattern::What;
  switch (pattern.what) {
    case any: return 0;
    case exact:
      if (type == pattern.type) return 0;
      if (convert && implicitly_convertible(type, pattern.type)) return width_of(pattern.type) - width_of(type) + 1;
      return std::nullopt;
    case decimal:
      if (type.is(Kind::decimal)) return 0;
      if (convert && (type.is(Kind::integer) || type.is(Kind::bigint))) return 2 - width_of(type) + 1;
      return std::nullopt;
    case structure: return type.is(Kind::struct_) ? std::optional(0) : std::nullopt;
    case array: return type.is(Kind::array) ? fit(pattern.inner[0], type.element(), bound, convert) : std::nullopt;
    case map: {
      if (!type.is(Kind::map)) return std::nullopt;
      const auto key = fit(pattern.inner[0], type.key(), bound, convert);
      if (!key) return std::nullopt;
      const auto value = fit(pattern.inner[1], type.element(), bound, convert);
      return value ? std::optional(*key + *value) : std::nullopt;
    }
    case parameter: {
      const auto [it, fresh] = bound.try_emplace(pattern.name, type);
      if (fresh || it->second == type) return 0;
      if (!convert) return std::nullopt;
      if (type.is(Kind::decimal) && it->second.is(Kind::decimal)) {
        it->second = wider_decimal(it->second, type);
        return 1;
      }
      if (implicitly_convertible(type, it->second)) return 1;
      if (implicitly_convertible(it->second, type)) {
        it->second = type;
        return 1;
      }
      return std::nullopt;
    }
    case lambda: return std::nullopt;
  }
  return std::nullopt;
}

// The type that the pattern stands for; empty while a type parameter in it is not known.
std::optional<Type> made(const Pattern& pattern, const Bindings& bound) {
  using enum Pattern::What;
  switch (pattern.what) {
    case exact: return pattern.type;
    case parameter: {
      const auto it = bound.find(pattern.name);
      return it == bound.end() ? std::nullopt : std::optional(it->second);
    }
    case array: {
      const auto item = made(pattern.inner[0], bound);
      return item ? std::optional(Type::array(*item)) : std::nullopt;
    }
    case map: {
      const auto key = made(pattern.inner[0], bound), value = made(pattern.inner[1], bound);
      return key && value ? std::optional(Type::map(*key, *value)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

struct Candidate {
  std::size_t index = 0;
  int cost = 0;
  int generics = 0;
  bool variadic = false;
  Bindings bound;
  std::vector<const Parameter*> parameters;   // by argument
  std::vector<std::optional<Type>> lambda_bodies;
};

// Spreads a signature's parameters over n arguments; empty when the number does not fit.
std::optional<std::vector<const Parameter*>> spread(const Signature& signature, std::size_t n) {
  std::vector<const Parameter*> out;
  const std::size_t fixed = signature.parameters.size() - (signature.variadic() ? 1 : 0);
  if (n < fixed || (!signature.variadic() && n != fixed)) return std::nullopt;
  for (const auto& p : signature.parameters) out.insert(out.end(), p.variadic ? n - fixed : 1, &p);
  return out;
}

// '2022-06-14' where a date is wanted.
bool is_time_literal(const ArgumentType& argument, const Pattern& pattern) {
  return argument.constant && argument.constant->holds<std::string>() && pattern.what == Pattern::What::exact &&
         (pattern.type.is(Kind::date) || pattern.type.is(Kind::time) || pattern.type.is(Kind::timestamp));
}

// A lambda's error, kept so that the caller hears of it when nothing else fits.
std::optional<Candidate> try_signature(const Signature& signature, std::span<const ArgumentType> arguments, bool convert, std::optional<Error>& lambda_error) {
  auto parameters = spread(signature, arguments.size());
  if (!parameters) return std::nullopt;
  Candidate out;
  out.parameters = std::move(*parameters);
  out.variadic = signature.variadic();
  out.lambda_bodies.resize(arguments.size());
  for (const auto& p : signature.parameters) out.generics += parameter_count(p.pattern);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Pattern& pattern = out.parameters[i]->pattern;
    if ((pattern.what == Pattern::What::lambda) != (arguments[i].lambda != nullptr)) return std::nullopt;
    if (arguments[i].lambda != nullptr || !arguments[i].type) continue;   // NULL fits everything
    auto cost = fit(pattern, *arguments[i].type, out.bound, convert);
    if (!cost && convert && is_time_literal(arguments[i], pattern)) cost = 5;
    if (!cost) return std::nullopt;
    out.cost += *cost;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].lambda == nullptr) continue;
    const auto& inner = out.parameters[i]->pattern.inner;
    if (arguments[i].lambda->parameters != int(inner.size()) - 1) return std::nullopt;
    std::vector<Type> types;
    for (std::size_t p = 0; p + 1 < inner.size(); ++p) {
      const auto type = made(inner[p], out.bound);
      if (!type) return std::nullopt;
      types.push_back(*type);
    }
    auto body = arguments[i].lambda->body_type(types);
    if (!body) {
      lambda_error = body.error();
      return std::nullopt;
    }
    // The state of a REDUCE keeps its type: what the lambda gives must become it, not the other way round.
    const auto before = out.bound;
    const auto cost = fit(inner.back(), *body, out.bound, convert);
    if (!cost || (before.contains(inner.back().name) && before.at(inner.back().name) != out.bound.at(inner.back().name))) return std::nullopt;
    out.cost += *cost;
    out.lambda_bodies[i] = *body;
  }
  return out;
}

std::string argument_text(std::span<const ArgumentType> arguments) {
  std::string out = "(";
  for (const auto& a : arguments) out += (out.size() > 1 ? ", " : "") + (a.lambda != nullptr ? "LAMBDA" : a.type ? a.type->text() : "null");
  return out + ")";
}

std::unexpected<Error> refuse(std::string_view name, std::string_view what, std::span<const std::string_view> signatures) {
  std::string message = "Function '" + std::string(name) + "' " + std::string(what) + ".\nValid alternatives are:\n";
  for (const auto& s : signatures) message += shown_signature(name, s, false) + "\n";
  return fail(ErrorCode::invalid_input, message + "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;");
}

}  // namespace

std::string shown_signature(std::string_view name, std::string_view signature, bool with_result) {
  const Signature read = SignatureReader(signature).read();
  std::string out = std::string(name) + "(";
  for (const auto& p : read.parameters)
    out += (out.back() == '(' ? "" : ", ") + pattern_text(p.pattern) + (p.variadic ? "..." : "") + (p.name.empty() ? "" : " " + p.name);
  return out + ")" + (with_result ? " -> " + pattern_text(read.result) : "");
}

Result<SignatureMatch> match_signature(std::string_view name, std::span<const std::string_view> signatures, std::span<const ArgumentType> arguments) {
  std::vector<Signature> read;
  for (const auto& s : signatures) read.push_back(SignatureReader(s).read());
  std::vector<Candidate> candidates;
  std::optional<Error> lambda_error;
  for (const bool convert : {false, true}) {
    for (std::size_t i = 0; i < read.size(); ++i) {
      auto found = try_signature(read[i], arguments, convert, lambda_error);
      if (!found) continue;
      found->index = i;
      candidates.push_back(std::move(*found));
    }
    if (!candidates.empty()) break;
  }
  if (candidates.empty()) {
    if (lambda_error) return std::unexpected(*lambda_error);
    return refuse(name, "does not accept parameters " + argument_text(arguments), signatures);
  }
  const auto rank = [](const Candidate& c) { return std::pair(c.variadic, c.generics); };
  std::stable_sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return !a.variadic && a.cost < b.cost;
  });
  if (candidates.size() > 1 && candidates[0].variadic && rank(candidates[0]) == rank(candidates[1]))
    return refuse(name, "cannot be resolved due to ambiguous method parameters " + argument_text(arguments), signatures);

  const Candidate& best = candidates[0];
  const Signature& signature = read[best.index];
  SignatureMatch out;
  out.index = best.index;
  out.variable_arguments = arguments.size();
  if (signature.literals_from != SIZE_MAX) {
    const auto variadic = std::find_if(signature.parameters.begin(), signature.parameters.end(), [](const Parameter& p) { return p.variadic; });
    const bool among_literals = std::size_t(variadic - signature.parameters.begin()) >= signature.literals_from;
    out.variable_arguments = among_literals ? signature.literals_from : arguments.size() - (signature.parameters.size() - signature.literals_from);
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Pattern& pattern = best.parameters[i]->pattern;
    auto wanted = made(pattern, best.bound);
    const auto& given = arguments[i].type;
    if (pattern.what == Pattern::What::decimal) wanted = !given ? std::nullopt : std::optional(given->is(Kind::decimal) ? *given : decimal_type_of(*given));
    out.types.push_back(wanted ? *wanted : given ? *given : Type(Kind::string));
    out.conversions.push_back(arguments[i].lambda == nullptr && wanted && (!given || *given != *wanted) ? wanted : std::nullopt);
    out.lambda_parameters.emplace_back();
    out.lambda_results.emplace_back();
    out.lambda_bodies.emplace_back();
    if (arguments[i].lambda == nullptr) continue;
    for (std::size_t p = 0; p + 1 < pattern.inner.size(); ++p) out.lambda_parameters.back().push_back(*made(pattern.inner[p], best.bound));
    out.lambda_bodies.back() = *best.lambda_bodies[i];
    const auto result = made(pattern.inner.back(), best.bound);
    if (result && *result != *best.lambda_bodies[i]) out.lambda_results.back() = *result;
  }
  out.result = made(signature.result, best.bound);
  return out;
}

}  // namespace braid::sql
