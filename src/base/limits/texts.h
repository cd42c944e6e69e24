// Limits: texts and files that people write. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

// Files
inline constexpr std::size_t load_row_bytes_max = 8 * MiB;           // one row of a file that is loaded; an open quote must not eat the memory

// Texts people write
inline constexpr std::size_t sql_text_bytes_max = 1 * MiB;
inline constexpr int sql_nesting_max = 200;                         // keeps the parser's stack under 256 KiB
inline constexpr int sql_tree_depth_max = 190;                     // a + b + c ... leans to the left; below the former, so that what we print can be parsed
inline constexpr int schema_nesting_max = 200;                      // the same, for Avro, JSON Schema and Protobuf
inline constexpr int json_nesting_max = 500;                        // records are read by recursion too

}  // namespace braid::limits
