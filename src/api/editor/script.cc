#include "api/editor/script.h"

#include <algorithm>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace braid::api {
namespace {

constexpr std::size_t statements_max = 200;   // each is parsed with all the text before it blanked out
constexpr std::size_t mark = 256;

// The parser counts lines and bytes from the beginning of what it gets: what stands before the statement is blanked, its lines stay.
Result<sql::Statement> parse_in_place(std::string_view text, SourceSpan span) {
  std::string padded(text.substr(0, span.begin));
  for (char& c : padded)
    if (c != '\n') c = ' ';
  padded += text.substr(span.begin, span.end - span.begin);
  return sql::parse_statement(padded);
}

std::size_t utf16_units(std::string_view bytes) {
  std::size_t n = 0;
  for (const unsigned char c : bytes) n += (c & 0xC0) == 0x80 ? 0 : c >= 0xF0 ? 2 : 1;
  return n;
}

struct Kind {
  static std::string_view of(sql::SourceKind kind, std::string_view stream, std::string_view table) { return kind == sql::SourceKind::stream ? stream : table; }
  std::string_view operator()(const sql::Query&) { return "query"; }
  std::string_view operator()(const sql::CreateSource& s) { return of(s.kind, "create_stream", "create_table"); }
  std::string_view operator()(const sql::CreateAs& s) { return of(s.kind, "create_stream_as", "create_table_as"); }
  std::string_view operator()(const sql::InsertInto&) { return "insert_into"; }
  std::string_view operator()(const sql::InsertValues&) { return "insert_values"; }
  std::string_view operator()(const sql::AlterSource&) { return "alter"; }
  std::string_view operator()(const sql::DropSource&) { return "drop"; }
  std::string_view operator()(const sql::CreateType&) { return "create_type"; }
  std::string_view operator()(const sql::DropType&) { return "drop_type"; }
  std::string_view operator()(const sql::Show&) { return "show"; }
  std::string_view operator()(const sql::Describe&) { return "describe"; }
  std::string_view operator()(const sql::Explain&) { return "explain"; }
  std::string_view operator()(const sql::Print&) { return "print"; }
  std::string_view operator()(const sql::ControlQuery& s) {
    return s.action == sql::QueryAction::terminate ? "terminate" : s.action == sql::QueryAction::pause ? "pause" : "resume";
  }
  std::string_view operator()(const sql::SetProperty&) { return "set"; }
  std::string_view operator()(const sql::UnsetProperty&) { return "unset"; }
  std::string_view operator()(const sql::DefineVariable&) { return "define"; }
  std::string_view operator()(const sql::UndefineVariable&) { return "undefine"; }
  std::string_view operator()(const sql::AssertTopic&) { return "assert"; }
  std::string_view operator()(const sql::AssertSchema&) { return "assert"; }
  template <class T> std::string_view operator()(const T&) { return "other"; }
};

}  // namespace

std::string_view kind_of(const sql::Statement& statement) { return std::visit(Kind{}, statement.tree); }

std::vector<ScriptPart> split_script(std::string_view text) {
  std::vector<ScriptPart> out;
  std::size_t readable = text.size();
  auto tokens = sql::tokenize(text);
  if (!tokens) {
    readable = tokens.error().where ? tokens.error().where->begin : 0;
    auto before = sql::tokenize(text.substr(0, readable));
    tokens = before ? std::move(before) : Result<std::vector<sql::Token>>(std::vector<sql::Token>());
  }
  std::optional<SourceSpan> open;
  const auto close = [&](SourceSpan span) {
    if (out.size() < statements_max) out.push_back({span, parse_in_place(text, span)});
    open.reset();
  };
  for (const auto& token : *tokens) {
    if (token.kind == sql::TokenKind::end) break;
    if (!open && token.is(";")) continue;   // an empty statement says nothing
    if (!open) open = token.span;
    open->end = token.span.end;
    if (token.is(";")) close(*open);
  }
  if (readable < text.size()) close(SourceSpan{open ? open->begin : readable, text.size()});
  else if (open) close(*open);
  return out;
}

TextPlaces::TextPlaces(std::string_view text) : text_(text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size(); at += mark) {
    utf16_.push_back(units);
    units += utf16_units(text.substr(at, mark));
  }
  utf16_.push_back(units);
}

std::size_t TextPlaces::utf16(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  if (byte == text_.size()) return utf16_.back();
  const std::size_t block = byte / mark;
  return utf16_[block] + utf16_units(text_.substr(block * mark, byte - block * mark));
}

std::pair<int, int> TextPlaces::line_column(std::size_t byte) const {
  const auto before = text_.substr(0, std::min(byte, text_.size()));
  const auto last = before.rfind('\n');
  const auto line = before.substr(last == std::string_view::npos ? 0 : last + 1);
  return {1 + int(std::ranges::count(before, '\n')), 1 + int(std::ranges::count_if(line, [](unsigned char c) { return (c & 0xC0) != 0x80; }))};
}

void TextPlaces::put(json::object& into, SourceSpan span) const {
  into["begin"] = span.begin;
  into["end"] = span.end;
  into["utf16_begin"] = utf16(span.begin);
  into["utf16_end"] = utf16(span.end);
}

}  // namespace braid::api
