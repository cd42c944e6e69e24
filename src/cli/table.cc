#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdio>

namespace braid::cli {
namespace {

// The next code point; a byte that is no UTF-8 counts as one character.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return std::uint8_t(text[i]); };
  const std::uint8_t first = byte(at);
  const int more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : -1;
  if (more <= 0 || at + std::size_t(more) >= text.size()) {
    ++at;
    return more == 0 ? first : U'\ufffd';
  }
  char32_t c = first & (0x3f >> more);
  for (int i = 1; i <= more; ++i) c = c << 6 | (byte(at + std::size_t(i)) & 0x3f);
  at += std::size_t(more) + 1;
  return c;
}

std::size_t width_of(char32_t c) {
  const int w = ::wcwidth(wchar_t(c));
  return w < 0 ? 1 : std::size_t(w);
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < utf8.size();) width += width_of(next_code_point(utf8, at));
  return width;
}

std::string cut_to_width(std::string_view utf8, std::size_t width) {
  std::size_t used = 0, fits = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    used += width_of(next_code_point(utf8, at));
    if (used > width) return std::string(utf8.substr(0, fits)) + "…";
    if (used < width) fits = at;
  }
  return std::string(utf8);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto u = std::uint8_t(c);
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (u < 0x20 || u == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", u);
      out += escape;
    } else {
      out += c;
    }
  }
  return out;
}

std::size_t terminal_width() {
  winsize size{};
  if (!::isatty(STDOUT_FILENO) || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::string cell(const json::value& v) {
  if (v.is_null()) return "";
  if (v.is_string()) return printable(std::string_view(v.as_string()));
  if (v.is_double()) {
    // As JSON prints it, but 3 instead of 3E0.
    char text[40];
    std::snprintf(text, sizeof text, "%.15g", v.as_double());
    return text;
  }
  return printable(json::print(v));
}

std::string cell(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v ? cell(*v) : "";
}

void Table::add(std::vector<std::string> row) {
  row.resize(titles_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> out;
  for (const auto& title : titles_) out.push_back(display_width(title));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], display_width(row[i]));
  const std::size_t room = terminal_width();
  if (room == 0) return out;
  // Too wide: the widest column gives way first, down to 12 columns.
  for (;;) {
    std::size_t total = 2 * (out.size() - 1);
    for (const auto w : out) total += w;
    const auto widest = std::max_element(out.begin(), out.end());
    if (total <= room || *widest <= 12) return out;
    *widest = std::max<std::size_t>(12, *widest - std::min(*widest - 12, total - room));
  }
}

std::string Table::line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool last = i + 1 == row.size();
    const bool bounded = terminal_width() > 0;
    const std::string text = bounded && display_width(row[i]) > widths[i] ? cut_to_width(row[i], widths[i]) : row[i];
    const std::size_t width = display_width(text);
    const std::string padding(width < widths[i] ? widths[i] - width : 0, ' ');
    if (i > 0) out += "  ";
    out += right_[i] ? padding + text : last ? text : text + padding;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out + "\n";
}

std::string Table::text() const {
  const auto w = widths();
  std::string out = line(titles_, w);
  for (const auto& row : rows_) out += line(row, w);
  return out;
}

std::string Table::start_stream() {
  stream_widths_ = widths();
  std::string out = line(titles_, stream_widths_);
  for (const auto& row : rows_) out += line(row, stream_widths_);
  rows_.clear();
  return out;
}

std::string Table::row_text(const std::vector<std::string>& row) const {
  auto whole = row;
  whole.resize(titles_.size());
  return line(whole, stream_widths_);
}

}  // namespace braid::cli
