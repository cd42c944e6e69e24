// A query's plan as the portal draws it: steps from the sources to the sink, each with the part of the text that it comes from. Pure.
#pragma once
#include <map>

#include "base/json.h"
#include "sql/ast.h"
#include "sql/plan.h"

namespace braid::api {

// Numbers of the steps, sources first, the sink last: the same for a SELECT alone and for the CREATE AS around it.
std::map<const sql::Step*, int> step_ids(const sql::Step& root);
// {"steps":[{"id","kind","title","inputs":[ids],"begin","end"}]}; begin and end are bytes of the text that `query` was parsed from, null where a
// step comes from no single part of it. `query` may be null.
json::object plan_json(const sql::Step& root, const sql::Query* query);
std::string_view name_of(sql::StepKind kind);            // "filter"
const sql::Query* query_of(const sql::Statement& statement);   // the SELECT inside it; null when there is none

}  // namespace braid::api
