#include "api/errors.h"

namespace braid::api {

json::object error_body(const Error& error) {
  json::object o{{"error_code", http::status_of(error.code)}, {"code", name_of(error.code)}, {"message", error.message}};
  if (!error.hint.empty()) o["hint"] = error.hint;
  if (error.where) o["where"] = json::object{{"begin", error.where->begin}, {"end", error.where->end}};
  return o;
}

http::Response refuse(const Error& error) { return http::Response::json(http::status_of(error.code), json::print(error_body(error))); }

http::Response refuse(const mesh::Refusal& refusal) {
  json::object o = error_body(refusal.error);
  if (!refusal.problems.empty()) {
    json::array problems;
    for (const auto& p : refusal.problems) problems.push_back(json::object{{"field", p.field}, {"message", p.message}});
    o["problems"] = std::move(problems);
  }
  if (refusal.impact) o["impact"] = mesh::to_json(*refusal.impact);
  if (!refusal.since.empty()) {
    json::array since;
    for (const auto& e : refusal.since) since.push_back(mesh::to_json(e));
    o["changed_since"] = std::move(since);
  }
  if (refusal.revision) o["revision"] = *refusal.revision;
  return http::Response::json(http::status_of(refusal.error.code), json::print(o));
}

http::Response refuse(const CatalogError& error) {
  return http::Response::json(error.status, json::print(json::object{{"error_code", error.error_code}, {"message", error.message}}));
}

}  // namespace braid::api
