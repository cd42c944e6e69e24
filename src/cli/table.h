// Aligned tables for terminals. Widths are in columns of a UTF-8 terminal; cells are cut at `width_max` with an ellipsis when the table is
// wider than the terminal. Plain object.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace braid::cli {

std::size_t display_width(std::string_view utf8);
std::string cut_to_width(std::string_view utf8, std::size_t width);   // with … when something was cut
std::string printable(std::string_view text);                         // control characters as \n, \x1b: a record must not steer a terminal
std::size_t terminal_width();                                         // of stdout; 0 when it is no terminal

// A cell for people: texts as they are, null as empty, numbers and nested values as JSON.
std::string cell(const json::value& v);
std::string cell(const json::object& o, std::string_view field);

class Table {
 public:
  explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)), right_(titles_.size(), false) {}
  Table& right(std::size_t column) { right_[column] = true; return *this; }
  void add(std::vector<std::string> row);
  std::size_t size() const { return rows_.size(); }
  std::string text() const;                 // titles, rows; ends with a newline; only titles when there are no rows

  // For output that goes on: widths are fixed by what is there now; later rows are printed with row_text().
  std::string start_stream();
  std::string row_text(const std::vector<std::string>& row) const;

 private:
  std::vector<std::size_t> widths() const;
  std::string line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const;
  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> stream_widths_;
};

}  // namespace braid::cli
