// From a query whose names are resolved to the steps that compute it. Internal to the planner; the files query_planner.cc (sources, filters,
// projections), query_join.cc and query_aggregate.cc implement it. The rules and texts are ksqlDB's (ksqldb.md 5, and its documentation of
// keys, projections and joins).
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sql/binder.h"
#include "sql/planner.h"
#include "sql/query_names.h"
#include "sql/with_properties.h"

namespace braid::sql {

// A step under construction and what the next one can see of it.
struct Stage {
  std::shared_ptr<Step> step;
  Scope scope;                                 // what expressions can name
  std::vector<ScopeColumn> keys;               // its key columns, by the names that the projection uses
  std::vector<std::string> star;               // what SELECT * means, in order
  std::map<std::string, std::vector<std::string>> star_of;   // what alias.* means
  const ScopeColumn* key(std::string_view name) const;
};

struct SelectColumn {
  std::string alias;
  ExpressionPtr expression;                    // over the stage's scope; a plain column may be a key
  Place place{};
};

// What the rows go into.
struct SinkTarget {
  std::string name;
  const Source* existing = nullptr;            // INSERT INTO
  bool persistent() const { return !name.empty(); }
};

class QueryPlanner {
 public:
  QueryPlanner(const NamedQuery& named, const PlanContext& context, SinkTarget target) : named_(named), q_(named.query), context_(context), target_(std::move(target)) {}
  // The steps up to the last projection. The sink is added by the caller.
  Result<Stage> plan();
  bool result_is_table() const { return table_; }
  // After plan(): is every part of the key in the projection? Asked late, because other mistakes are told first.
  Result<void> check_keys() const { return keys_problem_ ? Result<void>(std::unexpected(*keys_problem_)) : Result<void>(); }

 private:
  // checks of the whole query (query_checks.cc)
  Result<void> check_sources();
  Result<void> check_columns();
  Result<void> check_select();
  Result<void> check_clauses();
  Result<std::set<std::string>> check_references(const Expression& e, std::string_view clause, bool after_aggregate);
  std::vector<std::string> sources_with(const Expression& column, bool after_aggregate) const;

  // sources, filters, projections (query_planner.cc)
  Stage source_stage(const NamedSource& source, const std::string& id);
  ExpressionPtr internal(const ExpressionPtr& e) const;     // qualified names -> names of the scope
  Result<Stage> filter(Stage stage, const ExpressionPtr& condition, std::string_view clause, const std::string& id);
  Result<Stage> partition_by(Stage stage);
  Result<Stage> flat_map(Stage stage);
  Result<Stage> project(Stage stage);
  Result<std::vector<SelectColumn>> select_columns(const Stage& stage);
  Result<std::vector<SelectColumn>> expand_struct(const Stage& stage, const SelectItem& item);
  bool projection_contains(const Expression& qualified) const;   // of the select list as the user wrote it
  Result<void> check_source_keys(const Stage& stage);
  std::unexpected<Error> keys_missing(std::string_view type, const std::vector<std::string>& keys, bool all, bool synthetic = false) const;
  ExpressionPtr target_literal(const ExpressionPtr& e, std::size_t index) const;   // INSERT INTO: a literal takes the target's DECIMAL
  std::set<std::string> referenced_system_columns(const std::string& alias) const;

  // joins (query_join.cc)
  struct JoinInfo {
    const NamedSource* left = nullptr;
    const NamedSource* right = nullptr;
    ExpressionPtr left_expression, right_expression;        // qualified
    JoinWord type = JoinWord::inner;
    bool flipped = false;                                   // the user wrote right = left
    const JoinClause* clause = nullptr;
  };
  struct JoinSide {                                         // a leaf, or the tree of the joins so far
    Stage stage;
    SourceKind kind = SourceKind::stream;
    std::vector<const NamedSource*> sources;
    std::vector<ExpressionPtr> equivalent, viable;          // join expressions that equal the key; columns that may name it
    bool inner = false;                                     // is it a join itself?
    std::optional<std::int32_t> partitions{};
  };
  Result<JoinInfo> join_info(const JoinClause& clause, const NamedSource& joined);
  Result<Stage> join_sources();
  Result<JoinSide> leaf(const NamedSource& source, const std::string& id);
  Result<JoinSide> join(JoinSide left, JoinSide right, const JoinInfo& info, const std::string& prefix, bool last);
  Result<bool> verify_join(const JoinSide& left, const JoinSide& right, const JoinInfo& info);   // true: by foreign key
  Result<void> rekey(JoinSide& side, const ExpressionPtr& expression, const std::string& id);
  bool joins_on_non_key(const Expression& e, const JoinSide& side) const;

  // aggregates (query_aggregate.cc)
  Result<Stage> aggregate(Stage stage);

  const NamedQuery& named_;
  const Query& q_;
  const PlanContext& context_;
  SinkTarget target_;
  bool table_ = false;
  bool windowed_result_ = false;
  std::vector<ExpressionPtr> partition_keys_;               // internal; replaced by the key's column in the projection
  std::vector<std::string> partition_names_;
  std::vector<std::pair<ExpressionPtr, std::string>> table_function_columns_;
  std::vector<ExpressionPtr> join_keys_;                    // qualified columns of which the projection needs one
  std::string synthetic_key_;
  std::vector<std::string> foreign_key_left_keys_;          // of the left table, when the last join is by foreign key
  std::string foreign_key_left_;
  std::optional<Error> keys_problem_;
};

std::string column_list(const std::vector<Field>& columns);
std::string join_names(const std::vector<std::string>& names, std::string_view last);   // a, b and c

}  // namespace braid::sql
