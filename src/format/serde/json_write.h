// Writes values as Jackson does, which is what ksqlDB's readers see: nulls are written, DOUBLE as Double.toString (NaN and infinities as texts), DECIMAL
// with all of its scale, BYTES as base64, times as numbers. Pure functions that append to `out`. Inside format/ only.
#pragma once
#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "data/column.h"

namespace braid::format {

void write_json_text(std::string_view text, Bytes& out);                             // with quotes
void write_json_cell(const data::Column& column, std::size_t row, Bytes& out);       // one row of a column

}  // namespace braid::format
