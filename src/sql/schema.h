// The logical schema of a source or of a step of a plan: key columns, then value columns. Plain values.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "data/type.h"

namespace braid::sql {

using data::Field;
using data::Type;

enum class SourceKind { stream, table };

struct HeaderColumn {                  // a column filled from record headers: all of them, or the last one with this key
  std::string name;
  std::optional<std::string> key;      // empty: ARRAY<STRUCT<KEY STRING, VALUE BYTES>>; else BYTES
};

struct Schema {
  std::vector<Field> key;
  std::vector<Field> value;
  std::vector<HeaderColumn> headers{};
  std::string text() const;            // `ID` STRING KEY, `A` INTEGER  (PRIMARY KEY is said by the caller who knows that it is a table)
};

enum class WindowKind { tumbling, hopping, session };
struct WindowInfo {                    // of a source whose keys are windowed
  WindowKind kind = WindowKind::tumbling;
  std::optional<std::int64_t> size_ms{};   // absent for session windows
};

// Where a bound expression finds a column of its row.
struct ColumnRef {
  enum class Space : std::uint8_t { key, value, rowtime, rowpartition, rowoffset, windowstart, windowend, header };
  Space space = Space::value;
  int index = 0;                       // into Schema::key, Schema::value or Schema::headers
  friend bool operator==(const ColumnRef&, const ColumnRef&) = default;
};

}  // namespace braid::sql
