// Regular expressions by ICU, whose syntax is closest to java.util.regex (look-around, back-references, possessive quantifiers, \p{...}).
// Patterns come from statements or from data, so matching is bounded in time and stack.
#include <unicode/regex.h>

#include "sql/function_code.h"

namespace braid::sql {
namespace {

constexpr int32_t step_limit = 1000;              // ICU's unit: about 10,000 matching steps, some milliseconds
constexpr int32_t stack_bytes_max = 4 * 1024 * 1024;

icu::UnicodeString unicode(std::string_view text) { return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), int32_t(text.size()))); }
std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

Result<std::unique_ptr<icu::RegexPattern>> compile(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  std::unique_ptr<icu::RegexPattern> pattern(icu::RegexPattern::compile(unicode(text), 0, where, status));
  if (U_FAILURE(status)) return fail(ErrorCode::invalid_input, "'" + text.substr(0, 100) + "' is no regular expression: " + u_errorName(status) + " at character " + std::to_string(where.offset));
  return pattern;
}

std::shared_ptr<const void> prepare(const std::optional<Value>& literal) {
  if (!literal || literal->null()) return nullptr;
  auto pattern = compile(literal->string());
  if (!pattern) return nullptr;   // the call says it per row
  return std::shared_ptr<const icu::RegexPattern>(std::move(*pattern));
}

// The matcher over one text; owns the pattern when it was no literal.
class Matcher {
 public:
  static Result<Matcher> make(const Arguments& a, std::size_t pattern_at, const std::string& text) {
    Matcher out;
    const auto* pattern = static_cast<const icu::RegexPattern*>(a.prepared);
    if (pattern == nullptr) {
      TRY(out.own_, compile(a[pattern_at].string()));
      pattern = out.own_.get();
    }
    out.text_ = std::make_unique<icu::UnicodeString>(unicode(text));
    UErrorCode status = U_ZERO_ERROR;
    out.matcher_.reset(pattern->matcher(*out.text_, status));
    if (U_FAILURE(status)) return fail(ErrorCode::bug, "no matcher for a regular expression");
    out.matcher_->setTimeLimit(step_limit, status);
    out.matcher_->setStackLimit(stack_bytes_max, status);
    return out;
  }
  Result<bool> find() {
    UErrorCode status = U_ZERO_ERROR;
    const bool found = matcher_->find(status);
    if (status == U_REGEX_TIME_OUT || status == U_REGEX_STACK_OVERFLOW)
      return function_error("the regular expression takes too long on this text: it was given up");
    return found;
  }
  icu::RegexMatcher& operator*() { return *matcher_; }
  icu::RegexMatcher* operator->() { return matcher_.get(); }
  const icu::UnicodeString& text() const { return *text_; }

 private:
  std::unique_ptr<icu::RegexPattern> own_;
  std::unique_ptr<icu::UnicodeString> text_;
  std::unique_ptr<icu::RegexMatcher> matcher_;
};

Result<Value> group_of(Matcher& m, std::int32_t group) {
  UErrorCode status = U_ZERO_ERROR;
  if (m->start(group, status) < 0 || U_FAILURE(status)) return Value();   // the group took no part
  return Value(utf8(m->group(group, status)));
}

}  // namespace

std::shared_ptr<const void> prepare_regex_first(std::span<const std::optional<Value>> literals) { return prepare(literals[0]); }
std::shared_ptr<const void> prepare_regex_second(std::span<const std::optional<Value>> literals) { return prepare(literals[1]); }

Result<Value> eval_regexp_extract(const Arguments& a) {
  TRY(Matcher m, Matcher::make(a, 0, a[1].string()));
  const std::int32_t group = a.size() > 2 ? a[2].integer() : 0;
  if (group < 0 || group > m->groupCount()) return Value();
  TRY(const bool found, m.find());
  return found ? group_of(m, group) : Value();
}

Result<Value> eval_regexp_extract_all(const Arguments& a) {
  TRY(Matcher m, Matcher::make(a, 0, a[1].string()));
  const std::int32_t group = a.size() > 2 ? a[2].integer() : 0;
  if (group < 0 || group > m->groupCount()) return Value();
  data::Values out;
  for (;;) {
    TRY(const bool found, m.find());
    if (!found) break;
    TRY(auto v, group_of(m, group));
    out.push_back(std::move(v));
  }
  return Value::array(std::move(out));
}

Result<Value> eval_regexp_replace(const Arguments& a) {
  TRY(Matcher m, Matcher::make(a, 1, a[0].string()));
  UErrorCode status = U_ZERO_ERROR;
  const auto out = m->replaceAll(unicode(a[2].string()), status);
  if (U_FAILURE(status)) return function_error(std::string("the replacement failed: ") + u_errorName(status));
  return Value(utf8(out));
}

Result<Value> eval_regexp_split_to_array(const Arguments& a) {
  data::Values out;
  if (a[1].string().empty()) {   // every character
    const auto text = unicode(a[0].string());
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) out.push_back(Value(utf8(text.tempSubStringBetween(i, text.moveIndex32(i, 1)))));
    return Value::array(std::move(out));
  }
  TRY(Matcher m, Matcher::make(a, 1, a[0].string()));
  int32_t at = 0;
  for (;;) {
    TRY(const bool found, m.find());
    if (!found) break;
    UErrorCode status = U_ZERO_ERROR;
    const int32_t from = m->start(status), to = m->end(status);
    if (to == from && (from == 0 || from == m.text().length())) continue;
    out.push_back(Value(utf8(m.text().tempSubStringBetween(at, from))));
    at = to;
  }
  out.push_back(Value(utf8(m.text().tempSubString(at))));
  return Value::array(std::move(out));
}

}  // namespace braid::sql
