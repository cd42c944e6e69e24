#include "cli/statements.h"

#include <cctype>
#include <utility>

namespace braid::cli {
namespace {

// The end of what begins at `at`: a quoted text or name, or a comment. npos: it is not closed. `at` itself if nothing of the kind begins here.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '\'' || c == '"' || c == '`') {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] != c) continue;
      if (i + 1 < text.size() && text[i + 1] == c) ++i;   // doubled: part of the text
      else return i + 1;
    }
    return std::string_view::npos;
  }
  if (c == '-' && at + 1 < text.size() && text[at + 1] == '-') {
    const auto end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (c == '/' && at + 1 < text.size() && text[at + 1] == '*') {
    const auto end = text.find("*/", at + 2);
    return end == std::string_view::npos ? std::string_view::npos : end + 2;
  }
  return at;
}

bool is_comment(std::string_view text, std::size_t at) {
  return at + 1 < text.size() && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));
}

bool space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// The words of a statement in capitals, without texts, names and comments.
std::vector<std::string> bare_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(std::exchange(word, {}));
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t after = skip_quoted(text, at);
    if (after == std::string_view::npos) break;
    if (after != at) {
      end_word();
      at = after;
      continue;
    }
    const char c = text[at++];
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') word += char(std::toupper(static_cast<unsigned char>(c)));
    else end_word();
  }
  end_word();
  return out;
}

}  // namespace

Statements split_statements(std::string_view text) {
  Statements out;
  std::size_t begin = 0;
  bool anything = false;      // besides space and comments
  for (std::size_t at = 0; at < text.size();) {
    if (!anything && (space(text[at]) || is_comment(text, at))) {
      const std::size_t after = space(text[at]) ? at + 1 : skip_quoted(text, at);
      if (after == std::string_view::npos) {
        out.rest = text.substr(begin);
        return out;
      }
      at = after;
      begin = after;          // a comment in front of a statement is left out
      continue;
    }
    const std::size_t after = skip_quoted(text, at);
    if (after == std::string_view::npos) {
      out.rest = text.substr(begin);
      return out;
    }
    if (after != at) {
      anything = true;
      at = after;
      continue;
    }
    if (text[at] == ';') {
      if (anything) out.whole.push_back({std::string(text.substr(begin, at + 1 - begin)), begin});
      begin = ++at;
      anything = false;
      continue;
    }
    anything = true;
    ++at;
  }
  if (anything) out.rest = text.substr(begin);
  return out;
}

StatementKind kind_of(std::string_view statement) {
  const auto words = bare_words(statement);
  if (words.empty()) return StatementKind::other;
  if (words[0] == "SELECT") return StatementKind::query;
  if (words[0] == "PRINT") return StatementKind::print;
  return StatementKind::other;
}

bool goes_on_for_ever(std::string_view statement) {
  const auto words = bare_words(statement);
  bool limit = false, changes = false;
  for (const auto& word : words) {
    limit = limit || word == "LIMIT";
    changes = changes || word == "CHANGES";
  }
  return !limit && (changes || kind_of(statement) == StatementKind::print);
}

}  // namespace braid::cli
