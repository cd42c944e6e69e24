#include "api/ksql/errors.h"

namespace braid::api {
namespace {

std::pair<int, int> numbers_of(ErrorCode code, bool statement) {
  switch (code) {
    case ErrorCode::unauthenticated: return {401, 40100};
    case ErrorCode::forbidden: return {403, 40300};
    case ErrorCode::overloaded: return {429, 42900};
    case ErrorCode::timeout: return {503, 50301};
    case ErrorCode::unavailable: return {503, 50302};
    case ErrorCode::stopping: return {503, 50303};
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::bug: return {500, 50000};
    default: return statement ? std::pair{400, 40001} : std::pair{400, 40000};
  }
}

// One text for those who read only `message`, as ksqlDB's clients do.
std::string message_of(const Error& error) { return error.hint.empty() ? error.message : error.message + "\n" + error.hint; }

}  // namespace

KsqlError ksql_error(const Error& error) {
  const auto [status, number] = numbers_of(error.code, false);
  return {status, number, message_of(error)};
}

KsqlError ksql_statement_error(const Error& error, std::string statement) {
  const auto [status, number] = numbers_of(error.code, true);
  return {status, number, message_of(error), std::move(statement)};
}

json::object to_json(const KsqlError& error) {
  json::object out{{"@type", error.statement ? "statement_error" : "generic_error"}, {"error_code", error.error_code}, {"message", error.message}};
  if (error.statement) {
    out["statementText"] = *error.statement;
    out["entities"] = error.entities;
  }
  return out;
}

http::Response respond(const KsqlError& error) { return http::Response::json(error.status, json::print(to_json(error)), "application/vnd.ksql.v1+json"); }

}  // namespace braid::api
