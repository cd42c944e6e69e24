// Rows of a file that arrives piece by piece: CSV (RFC 4180) or JSON objects (one a line, or in one array).
// feed() takes any cut of the bytes; next() gives a row as soon as it is whole. Plain objects, not thread-safe. A row is bounded by
// limits::load_row_bytes_max. A row that is not well formed is given as an error with its line, and reading goes on behind it.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace braid::connect {

enum class FileFormat { csv, json };

struct Row {
  std::int64_t line = 0;                    // where it begins in the file, from 1
  json::object fields;                      // CSV: strings, and null for an empty cell that is not quoted
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual void feed(std::string_view bytes) = 0;
  virtual void finish() = 0;                // no more bytes come
  // Empty: more bytes are needed, or the end.
  virtual std::optional<Result<Row>> next() = 0;
};

struct CsvDialect {
  char delimiter = ',';
  bool header = true;                       // the first row has the names; otherwise c1, c2, ...
};
std::unique_ptr<RowReader> csv_reader(CsvDialect dialect = {});
std::unique_ptr<RowReader> json_reader();

// By the name's ending, else by the first bytes. The delimiter of a CSV file is the most frequent of , ; tab | in its first line.
FileFormat guess_format(std::string_view file_name, std::string_view first_bytes);
char guess_delimiter(std::string_view first_bytes);

}  // namespace braid::connect
