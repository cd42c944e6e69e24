// Errors as our own HTTP APIs (/api/v1) say them. The table from ErrorCode to status is http::status_of; this adds what a mesh refusal knows
// beyond its sentence: everything that is missing, who is affected, what changed meanwhile. Pure functions.
//
//   {"error_code":409,"code":"conflict","message":"...","hint":"...","where":{"begin":3,"end":7},
//    "problems":[{"field":"/owner","message":"..."}],"impact":{...},"changed_since":[...],"revision":8}
//
// error_code, code and message are always there, the rest only when it says something.
#pragma once
#include "http/server.h"
#include "mesh/state.h"

namespace braid::api {

json::object error_body(const Error& error);
http::Response refuse(const Error& error);
http::Response refuse(const mesh::Refusal& refusal);

// The status and error number with which the Confluent-compatible catalog answers (docs/formats/catalog_api.md): Atlas numbers where they are
// known, else the plain HTTP status.
struct CatalogError {
  int status = 500;
  int error_code = 500;
  std::string message;
};
http::Response refuse(const CatalogError& error);

}  // namespace braid::api
