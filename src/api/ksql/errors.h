// Errors as ksqlDB's REST API says them: {"@type":"generic_error"|"statement_error","error_code":40001,"message":...}. Pure.
#pragma once
#include <optional>
#include <string>

#include "base/json.h"
#include "http/server.h"

namespace braid::api {

struct KsqlError {
  int status = 400;
  int error_code = 40001;                 // HTTP status * 100 + n
  std::string message;
  std::optional<std::string> statement{}; // set: a statement_error
  json::array entities{};                 // what earlier statements of the same request did
};
KsqlError ksql_error(const Error& error);                                     // a generic error, or 400/40000 for a bad request
KsqlError ksql_statement_error(const Error& error, std::string statement);
json::object to_json(const KsqlError& error);
http::Response respond(const KsqlError& error);

}  // namespace braid::api
