// Where each column of a query comes from: a pure function over the checked plan. For every source column that takes part: which output column it
// becomes and how, or, when it only decides which rows there are (WHERE, HAVING, ON, GROUP BY), that it does, in words taken from the statement.
// Thread-safe; never fails: what it cannot name it gives as the expression's own text.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sql/plan.h"

namespace braid::sql {

enum class How : std::uint8_t {
  unchanged,   // the same value under the same name
  renamed,     // the same value under another name; a field of a struct that became a column, too
  computed,    // goes into an expression or an aggregate
  filtered,    // decides which rows pass: WHERE, HAVING
  joined,      // decides which rows meet: ON
  grouped,     // decides which rows are one group: GROUP BY
};
std::string_view name_of(How how);

struct ColumnFlow {
  int source = 0;              // index into PlanLineage::sources
  std::string from;            // column of the source, "ITEM->NAME" for a field of a struct; empty: the rows as such (COUNT(*))
  std::string to;              // output column; empty: not a value of the output, but decides about its rows
  How how = How::unchanged;
  std::string text;            // "PRICE over 500", "SUM(QUANTITY)", "left join on USERID = ID"; empty where there is nothing to say
  bool aggregated = false;     // computed over several rows
  bool condition = false;      // stands only in the WHEN of a CASE: chooses the value, does not go into it
  friend bool operator==(const ColumnFlow&, const ColumnFlow&) = default;
};

struct PlanLineage {
  struct Source {
    std::string name, topic;
    SourceKind kind = SourceKind::stream;
  };
  std::vector<Source> sources;         // one per leaf of the plan: a stream that is joined with itself stands twice
  std::string sink, sink_topic;        // empty for a query that somebody reads
  std::vector<Field> keys, values;     // columns of the output
  std::vector<ColumnFlow> flows;       // by output column, then those that decide about rows in the order of the data
  std::string sketch;                  // "join, filter, group by 15 minutes": what it does, in the order of the data
};

PlanLineage lineage_of(const Step& root);

}  // namespace braid::sql
