// Rows on their way through a query: columns for key and value, and beside them the time, window, origin and headers of each row.
// A Batch moves from operator to operator; columns are shared and immutable, so an operator that keeps a column does not copy it.
// Rows stand in record order. What leaves an operator is the same sequence of rows whatever the size of the batches (ksqldb.md 5.1, 5.2).
// Plain data of one shard. Times in milliseconds since 1970.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "data/column.h"
#include "sql/schema.h"

namespace braid::flow {

using ColumnPtr = std::shared_ptr<const data::Column>;
using Columns = std::vector<ColumnPtr>;
using Flags = std::vector<std::uint8_t>;        // one per row; an empty vector means: all rows are set

inline bool is_set(const Flags& flags, std::size_t row) { return flags.empty() || flags[row] != 0; }

struct Header {
  Bytes name;
  std::optional<Bytes> value;
};
using Headers = std::vector<Header>;
using HeadersPtr = std::shared_ptr<const Headers>;

// Value columns with the rows in which there is a value at all: a stream's null record and a table's deletion have none.
struct Side {
  Columns columns;
  Flags present;
};

struct Batch {
  std::size_t rows = 0;
  Columns key;
  Flags key_present;
  Side now;                                     // a stream's events; a table's rows after the change
  std::optional<Side> before;                   // a table's rows before the change, where an operator further down asked for them
  std::vector<std::int64_t> time;
  std::vector<std::int64_t> window_start, window_end;   // of windowed rows; otherwise empty
  std::vector<std::int32_t> partition;          // where the row was read; empty: 0
  std::vector<std::int64_t> offset;             // empty: 0
  std::vector<std::int32_t> lane;               // which stream time the row belongs to; empty: 0
  std::vector<HeadersPtr> headers;              // empty: no row has any
  Columns header_columns;                       // the source's HEADERS columns

  bool windowed() const { return !window_start.empty(); }
  bool has_key(std::size_t row) const { return is_set(key_present, row); }
  std::int32_t lane_of(std::size_t row) const { return lane.empty() ? 0 : lane[row]; }
  HeadersPtr headers_of(std::size_t row) const { return headers.empty() ? nullptr : headers[row]; }
};

// Those rows, in that order (a row may come more than once).
Batch select(const Batch& batch, std::span<const std::uint32_t> rows);
Columns select(const Columns& columns, std::span<const std::uint32_t> rows);
Flags select(const Flags& flags, std::span<const std::uint32_t> rows);
// Everything of a batch but its columns: time, windows, origin, headers.
void select_meta(Batch& out, const Batch& from, std::span<const std::uint32_t> rows);

// Copies one cell; text is copied into the column's own memory.
void append_cell(data::Column& out, const data::Column& in, std::size_t row);

// Columns under construction, row by row.
class ColumnsBuilder {
 public:
  explicit ColumnsBuilder(const std::vector<data::Field>& fields);
  void append(std::span<const data::Value> row);    // as many values as there are fields
  void append_nulls();
  data::Column& at(std::size_t i) { return columns_[i]; }
  std::size_t size() const { return columns_.size(); }
  Columns finish();

 private:
  std::vector<data::Column> columns_;
};

// A row's cells as values.
void read_row(const Columns& columns, std::size_t row, data::Values& out);
inline data::Values read_row(const Columns& columns, std::size_t row) {
  data::Values out;
  read_row(columns, row, out);
  return out;
}

}  // namespace braid::flow
