#include "connect/rows.h"

#include <algorithm>
#include <array>

#include "base/limits/texts.h"

namespace braid::connect {
namespace {

Error too_long(std::int64_t line) {
  return {ErrorCode::overloaded, "line " + std::to_string(line) + ": the row is longer than " + std::to_string(limits::load_row_bytes_max) + " bytes",
          "is a quote or a brace left open there?"};
}

// Splits cells by a state machine, so that a row may be cut anywhere between two feeds, also inside "" or \r\n.
class CsvReader final : public RowReader {
 public:
  explicit CsvReader(CsvDialect dialect) : dialect_(dialect) {}

  void feed(std::string_view bytes) override {
    if (first_) {
      first_ = false;
      if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);   // a byte order mark, as spreadsheets write it
    }
    for (const char c : bytes) take(c);
  }
  void finish() override {
    if (state_ != State::cell_start || !cells_.empty()) end_row();
  }
  std::optional<Result<Row>> next() override {
    if (ready_.empty()) return std::nullopt;
    auto row = std::move(ready_.front());
    ready_.pop_front();
    return row;
  }

 private:
  enum class State { cell_start, bare, quoted, quote_in_quoted };
  struct Cell {
    std::string text;
    bool quoted = false;
  };

  void take(char c) {
    if (row_bytes_++ > limits::load_row_bytes_max && !skipping_) {
      skipping_ = true;
      ready_.push_back(std::unexpected(too_long(row_line_)));
    }
    if (c == '\n') ++line_;
    switch (state_) {
      case State::quoted:
        if (c == '"') state_ = State::quote_in_quoted;
        else put(c);
        return;
      case State::quote_in_quoted:
        if (c == '"') {
          put('"');
          state_ = State::quoted;
          return;
        }
        state_ = State::bare;
        break;
      case State::cell_start:
        if (c == '"') {
          cell_.quoted = true;
          state_ = State::quoted;
          return;
        }
        state_ = State::bare;
        break;
      case State::bare: break;
    }
    if (c == dialect_.delimiter) end_cell();
    else if (c == '\n') end_row();
    else if (c != '\r') put(c);
  }

  void put(char c) {
    if (!skipping_) cell_.text += c;
  }
  void end_cell() {
    cells_.push_back(std::exchange(cell_, {}));
    state_ = State::cell_start;
  }
  void end_row() {
    const bool blank = cells_.empty() && cell_.text.empty() && !cell_.quoted;
    end_cell();
    if (!blank && !skipping_) emit();
    cells_.clear();
    skipping_ = false;
    row_bytes_ = 0;
    row_line_ = line_;
  }
  void emit() {
    if (names_.empty()) {
      for (std::size_t i = 0; i < cells_.size(); ++i) names_.push_back(dialect_.header ? cells_[i].text : "c" + std::to_string(i + 1));
      if (dialect_.header) return;
    }
    if (cells_.size() != names_.size()) {
      ready_.push_back(fail(ErrorCode::invalid_input, "line " + std::to_string(row_line_) + " has " + std::to_string(cells_.size()) +
                                                          " cells, the header has " + std::to_string(names_.size())));
      return;
    }
    Row row{row_line_, {}};
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i].text.empty() && !cells_[i].quoted) row.fields[names_[i]] = nullptr;
      else row.fields[names_[i]] = cells_[i].text;
    }
    ready_.push_back(std::move(row));
  }

  CsvDialect dialect_;
  State state_ = State::cell_start;
  Cell cell_;
  std::vector<Cell> cells_;
  std::vector<std::string> names_;
  std::deque<Result<Row>> ready_;
  std::int64_t line_ = 1, row_line_ = 1;
  std::size_t row_bytes_ = 0;
  bool skipping_ = false, first_ = true;
};

// Cuts out top-level objects by counting braces outside of strings; what stands between them (commas, brackets, line ends) is passed over.
class JsonReader final : public RowReader {
 public:
  void feed(std::string_view bytes) override {
    for (const char c : bytes) take(c);
  }
  void finish() override {
    if (depth_ > 0 && !skipping_)
      ready_.push_back(fail(ErrorCode::invalid_input, "line " + std::to_string(row_line_) + ": the file ends inside an object"));
  }
  std::optional<Result<Row>> next() override {
    if (ready_.empty()) return std::nullopt;
    auto row = std::move(ready_.front());
    ready_.pop_front();
    return row;
  }

 private:
  void take(char c) {
    if (c == '\n') {
      ++line_;
      stray_ = false;
    }
    if (depth_ == 0) {
      if (c == '{') {
        depth_ = 1;
        row_line_ = line_;
        text_ = "{";
      } else if (!stray_ && std::string_view(" \t\r\n,[]\xEF\xBB\xBF").find(c) == std::string_view::npos) {
        stray_ = true;   // once a line
        ready_.push_back(fail(ErrorCode::invalid_input, "line " + std::to_string(line_) + ": expected an object, found '" + std::string(1, c) + "'"));
      }
      return;
    }
    if (text_.size() < limits::load_row_bytes_max) {
      text_ += c;
    } else if (!skipping_) {
      skipping_ = true;
      ready_.push_back(std::unexpected(too_long(row_line_)));
    }
    if (in_string_) {
      if (escaped_) escaped_ = false;
      else if (c == '\\') escaped_ = true;
      else if (c == '"') in_string_ = false;
      return;
    }
    if (c == '"') in_string_ = true;
    else if (c == '{') ++depth_;
    else if (c == '}' && --depth_ == 0) emit();
  }
  void emit() {
    if (!std::exchange(skipping_, false)) {
      auto parsed = json::parse_object(text_);
      if (parsed) ready_.push_back(Row{row_line_, *std::move(parsed)});
      else ready_.push_back(std::unexpected(std::move(parsed).error().during("line " + std::to_string(row_line_))));
    }
    text_.clear();
  }

  std::string text_;
  std::deque<Result<Row>> ready_;
  std::int64_t line_ = 1, row_line_ = 1;
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false, skipping_ = false, stray_ = false;
};

}  // namespace

std::unique_ptr<RowReader> csv_reader(CsvDialect dialect) { return std::make_unique<CsvReader>(dialect); }
std::unique_ptr<RowReader> json_reader() { return std::make_unique<JsonReader>(); }

FileFormat guess_format(std::string_view file_name, std::string_view first_bytes) {
  const auto ends = [&](std::string_view ending) {
    return file_name.size() >= ending.size() &&
           std::equal(ending.rbegin(), ending.rend(), file_name.rbegin(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? char(b + 32) : b); });
  };
  if (ends(".json") || ends(".jsonl") || ends(".ndjson")) return FileFormat::json;
  if (ends(".csv") || ends(".tsv") || ends(".txt")) return FileFormat::csv;
  const auto at = first_bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return at != std::string_view::npos && (first_bytes[at] == '{' || first_bytes[at] == '[') ? FileFormat::json : FileFormat::csv;
}

char guess_delimiter(std::string_view first_bytes) {
  const auto line = first_bytes.substr(0, first_bytes.find('\n'));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    if (const auto count = std::count(line.begin(), line.end(), candidate); count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace braid::connect
