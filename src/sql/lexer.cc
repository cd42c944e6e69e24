#include "sql/lexer.h"

#include <algorithm>
#include <array>

#include "base/limits/texts.h"

namespace braid::sql {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool word_part(char c) { return letter(c) || digit(c) || c == '_' || c == '@'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      TRY_VOID(skip_space());
      Token token;
      token.span.begin = at_;
      token.line = line_;
      token.column = int(at_ - line_start_) + 1;
      if (at_ == text_.size()) {
        token.span.end = at_;
        tokens.push_back(std::move(token));
        return tokens;
      }
      TRY_VOID(read(token));
      token.span.end = at_;
      tokens.push_back(std::move(token));
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void step() {
    if (text_[at_] == '\n') { ++line_; line_start_ = at_ + 1; }
    ++at_;
  }

  Result<void> skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') { step(); continue; }
      if (c == '-' && peek(1) == '-') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        continue;
      }
      if (c == '/' && peek(1) == '*') {
        const auto begin = at_;
        const auto line = line_;
        const auto column = int(at_ - line_start_) + 1;
        at_ += 2;
        while (at_ < text_.size() && !(text_[at_] == '*' && peek(1) == '/')) step();
        if (at_ >= text_.size()) return unfinished("comment", "close it with */", begin, line, column);
        at_ += 2;
        continue;
      }
      break;
    }
    return {};
  }

  std::unexpected<Error> unfinished(std::string_view what, std::string hint, std::size_t begin, int line, int column) const {
    return fail(ErrorCode::invalid_input, "line " + std::to_string(line) + ":" + std::to_string(column) + ": Syntax Error\nThe " + std::string(what) +
                                              " that starts here has no end", std::move(hint), SourceSpan{begin, text_.size()});
  }

  Result<void> read_quoted(Token& token, char quote, std::string_view what) {
    step();
    while (true) {
      if (at_ >= text_.size()) return unfinished(what, std::string("close it with ") + quote, token.span.begin, token.line, token.column);
      if (text_[at_] == quote) {
        if (peek(1) != quote) break;
        token.text.push_back(quote);
        at_ += 2;
        continue;
      }
      token.text.push_back(text_[at_]);
      step();
    }
    ++at_;
    return {};
  }

  // 1  1.5  .5  1e3  1.5E-3, or a word that starts with a digit when that is longer.
  void read_number(Token& token) {
    const auto begin = at_;
    while (digit(peek())) ++at_;
    token.kind = TokenKind::integer;
    if (peek() == '.') {
      token.kind = TokenKind::decimal;
      ++at_;
      while (digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      std::size_t ahead = 1;
      if (peek(1) == '+' || peek(1) == '-') ahead = 2;
      if (digit(peek(ahead))) {
        token.kind = TokenKind::floating;
        at_ += ahead;
        while (digit(peek())) ++at_;
      }
    }
    if (digit(text_[begin])) {
      auto end = begin;
      while (end < text_.size() && word_part(text_[end])) ++end;
      if (end > at_) { at_ = end; token.kind = TokenKind::digit_word; }
    }
    for (auto i = begin; i < at_; ++i) token.text.push_back(upper(text_[i]));
  }

  Result<void> read(Token& token) {
    const char c = text_[at_];
    if (c == '\'') { token.kind = TokenKind::string; return read_quoted(token, c, "string"); }
    if (c == '"' || c == '`') { token.kind = TokenKind::quoted; return read_quoted(token, c, "quoted name"); }
    if (digit(c) || (c == '.' && digit(peek(1)))) { read_number(token); return {}; }
    if (letter(c) || c == '_') {
      token.kind = TokenKind::word;
      while (word_part(peek())) token.text.push_back(upper(text_[at_++]));
      return {};
    }
    if (c == '$' && peek(1) == '{') {
      auto end = at_ + 2;
      while (end < text_.size() && word_part(text_[end])) ++end;
      if (end > at_ + 2 && end < text_.size() && text_[end] == '}') {
        token.kind = TokenKind::variable;
        token.text = std::string(text_.substr(at_ + 2, end - at_ - 2));
        at_ = end + 1;
        return {};
      }
    }
    token.kind = TokenKind::symbol;
    static constexpr std::array<std::string_view, 8> pairs{"<>", "!=", "<=", ">=", "||", ":=", "->", "=>"};
    const auto two = text_.substr(at_, 2);
    if (std::ranges::find(pairs, two) != pairs.end()) {
      token.text = two == "!=" ? "<>" : std::string(two);
      at_ += 2;
      return {};
    }
    // One character, all of its bytes when it is not ASCII.
    token.text.push_back(c);
    ++at_;
    if (static_cast<unsigned char>(c) >= 0x80)
      while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) token.text.push_back(text_[at_++]);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

// Words of the grammar that may also be names.
constexpr std::array non_reserved{
    std::string_view("SHOW"), std::string_view("TABLES"), std::string_view("COLUMNS"), std::string_view("COLUMN"), std::string_view("PARTITIONS"),
    std::string_view("FUNCTIONS"), std::string_view("FUNCTION"), std::string_view("SESSION"), std::string_view("STRUCT"), std::string_view("MAP"),
    std::string_view("ARRAY"), std::string_view("PARTITION"), std::string_view("INTEGER"), std::string_view("DATE"), std::string_view("TIME"),
    std::string_view("TIMESTAMP"), std::string_view("INTERVAL"), std::string_view("ZONE"), std::string_view("STRING"), std::string_view("YEAR"),
    std::string_view("MONTH"), std::string_view("DAY"), std::string_view("HOUR"), std::string_view("MINUTE"), std::string_view("SECOND"),
    std::string_view("EXPLAIN"), std::string_view("ANALYZE"), std::string_view("TYPE"), std::string_view("TYPES"), std::string_view("SET"),
    std::string_view("RESET"), std::string_view("IF"), std::string_view("SOURCE"), std::string_view("SINK"), std::string_view("PRIMARY"),
    std::string_view("KEY"), std::string_view("EMIT"), std::string_view("CHANGES"), std::string_view("FINAL"), std::string_view("ESCAPE"),
    std::string_view("REPLACE"), std::string_view("ASSERT"), std::string_view("ALTER"), std::string_view("ADD"), std::string_view("HEADER"),
    std::string_view("HEADERS"), std::string_view("GRACE"), std::string_view("PERIOD"), std::string_view("DEFINE"), std::string_view("UNDEFINE"),
    std::string_view("VARIABLES"), std::string_view("PLUGINS"), std::string_view("SYSTEM"), std::string_view("TIMEOUT"), std::string_view("SCHEMA"),
    std::string_view("SUBJECT"), std::string_view("ID"), std::string_view("PAUSE"), std::string_view("RESUME"),
};
constexpr std::array reserved{
    std::string_view("SELECT"), std::string_view("FROM"), std::string_view("AS"), std::string_view("ALL"), std::string_view("DISTINCT"),
    std::string_view("WHERE"), std::string_view("WITHIN"), std::string_view("WINDOW"), std::string_view("GROUP"), std::string_view("BY"),
    std::string_view("HAVING"), std::string_view("LIMIT"), std::string_view("AT"), std::string_view("OR"), std::string_view("AND"),
    std::string_view("IN"), std::string_view("NOT"), std::string_view("EXISTS"), std::string_view("BETWEEN"), std::string_view("LIKE"),
    std::string_view("IS"), std::string_view("NULL"), std::string_view("TRUE"), std::string_view("FALSE"), std::string_view("MILLISECOND"),
    std::string_view("YEARS"), std::string_view("MONTHS"), std::string_view("DAYS"), std::string_view("HOURS"), std::string_view("MINUTES"),
    std::string_view("SECONDS"), std::string_view("MILLISECONDS"), std::string_view("TUMBLING"), std::string_view("HOPPING"),
    std::string_view("SIZE"), std::string_view("ADVANCE"), std::string_view("RETENTION"), std::string_view("CASE"), std::string_view("WHEN"),
    std::string_view("THEN"), std::string_view("ELSE"), std::string_view("END"), std::string_view("JOIN"), std::string_view("FULL"),
    std::string_view("OUTER"), std::string_view("INNER"), std::string_view("LEFT"), std::string_view("RIGHT"), std::string_view("ON"),
    std::string_view("WITH"), std::string_view("VALUES"), std::string_view("CREATE"), std::string_view("TABLE"), std::string_view("TOPIC"),
    std::string_view("STREAM"), std::string_view("STREAMS"), std::string_view("INSERT"), std::string_view("DELETE"), std::string_view("INTO"),
    std::string_view("DESCRIBE"), std::string_view("EXTENDED"), std::string_view("PRINT"), std::string_view("CAST"), std::string_view("LIST"),
    std::string_view("TOPICS"), std::string_view("QUERY"), std::string_view("QUERIES"), std::string_view("TERMINATE"), std::string_view("LOAD"),
    std::string_view("DROP"), std::string_view("TO"), std::string_view("RENAME"), std::string_view("SAMPLE"), std::string_view("EXPORT"),
    std::string_view("CATALOG"), std::string_view("PROPERTIES"), std::string_view("BEGINNING"), std::string_view("UNSET"), std::string_view("RUN"),
    std::string_view("SCRIPT"), std::string_view("DECIMAL"), std::string_view("CONNECTOR"), std::string_view("CONNECTORS"),
    std::string_view("NAMESPACE"), std::string_view("MATERIALIZED"), std::string_view("VIEW"),
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  if (text.size() > limits::sql_text_bytes_max)
    return fail(ErrorCode::invalid_input, "the SQL text has " + std::to_string(text.size()) + " bytes, above the limit of " +
                                              std::to_string(limits::sql_text_bytes_max), "send it as several requests");
  return Lexer(text).run();
}

bool is_reserved_word(std::string_view word) { return std::ranges::find(reserved, word) != reserved.end(); }

const std::vector<std::string_view>& keywords() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> words(reserved.begin(), reserved.end());
    words.insert(words.end(), non_reserved.begin(), non_reserved.end());
    std::ranges::sort(words);
    return words;
  }();
  return all;
}

}  // namespace braid::sql
