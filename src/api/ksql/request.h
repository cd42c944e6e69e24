// The bodies of ksqlDB's REST API. Pure.
#pragma once
#include <string>

#include "base/json.h"
#include "flow/engine.h"
#include "sql/ast.h"

namespace braid::api {

struct KsqlRequest {
  std::string text;                       // "ksql" or "sql"
  flow::Session session;                  // streamsProperties or properties; sessionVariables
  std::int64_t command_sequence = -1;     // commandSequenceNumber: wait until the command topic is applied that far
};
Result<KsqlRequest> parse_ksql_request(std::string_view body, std::string_view text_field);

// "CreateStream", "ListTopics": the name of a statement as ksqlDB's messages call it.
std::string statement_kind(const sql::Statement& statement);

}  // namespace braid::api
