// Names of a query: its sources found, its columns qualified, its select items named. Internal to the planner.
#pragma once
#include <string>
#include <vector>

#include "sql/ast.h"
#include "sql/metastore.h"

namespace braid::sql {

struct NamedSource {
  const Source* source = nullptr;
  std::string alias;
  Place place{};
};
struct NamedQuery {
  Query query;                                 // every column that a source has is qualified; every single select item has an alias
  std::vector<NamedSource> sources;            // FROM first, then the joins in their order
  bool is_join() const { return sources.size() > 1; }
  const NamedSource* by_alias(std::string_view alias) const;
};
Result<NamedQuery> resolve_names(const Query& query, const Metastore& metastore);

// Aliases that no column of the sources has: KSQL_COL_0, F1, F1_1, ...
class AliasMaker {
 public:
  explicit AliasMaker(std::vector<std::string> used);
  std::string for_expression(const Expression& e);   // the field's name for a->b, else KSQL_COL_n
  std::string next(const std::string& prefix, bool drop_zero);

 private:
  std::map<std::string, std::set<int>> used_;
  std::map<std::string, int> next_;
};

bool is_pseudo_column(std::string_view name);        // ROWTIME, ROWPARTITION, ROWOFFSET
bool is_window_bound(std::string_view name);         // WINDOWSTART, WINDOWEND
inline bool is_system_column(std::string_view name) { return is_pseudo_column(name) || is_window_bound(name); }
bool source_has(const Source& source, std::string_view column);

}  // namespace braid::sql
