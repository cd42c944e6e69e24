// What types do the columns of these rows have? Pure. Looks at every row it is shown; the answer fits all of them.
// Whole numbers are BIGINT (the next row may be larger than those seen), numbers with a point DOUBLE, true and false BOOLEAN, ISO dates DATE,
// ISO times of day with a date TIMESTAMP, objects STRUCT, arrays ARRAY, everything else STRING. Digits with a leading zero (07001) stay STRING:
// they are codes, and as numbers they would lose it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "data/value.h"

namespace braid::connect {

struct InferredColumn {
  std::string source_name;                  // as the file has it
  std::string name;                         // as a schema may have it: [A-Za-z_][A-Za-z0-9_]*
  data::Type type;
};

class TypeInference {
 public:
  explicit TypeInference(bool texts_only) : texts_only_(texts_only) {}   // CSV: every cell is a text that may mean a number
  void see(const json::object& row);
  std::vector<InferredColumn> columns() const;   // in order of first appearance; a column that was always null is STRING

 private:
  struct Seen {
    bool whole = false, real = false, boolean = false, date = false, timestamp = false, text = false;
    std::vector<std::string> field_order;
    std::map<std::string, Seen> fields;          // an object's
    std::vector<Seen> element;                   // an array's, at most one
    bool object = false, array = false;
  };
  void see_value(Seen& seen, const json::value& value, int depth);
  void see_text(Seen& seen, std::string_view text) const;
  static void see_field(Seen& parent, std::string_view name, const json::value& value, TypeInference& self, int depth);
  static data::Type type_of(const Seen& seen);
  bool texts_only_;
  Seen root_;
};

// The value of a cell as that type, or why it is none. Takes what infer has seen: texts that mean numbers, ISO dates, real JSON values.
Result<data::Value> to_value(const json::value& cell, const data::Type& type);

// A valid name made of any text: "air time (min)" -> air_time_min. Names stay different from those in `taken`.
std::string schema_name(std::string_view text, const std::vector<std::string>& taken = {});

}  // namespace braid::connect
