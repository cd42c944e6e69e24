#include "api/security/security_api.h"

#include "api/mesh/mesh_api.h"
#include "api/mesh/request.h"

namespace braid::api {
namespace {

json::object user_json(const UserInfo& user) {
  json::array credentials;
  for (const auto& [mechanism, iterations] : user.credentials) credentials.push_back(json::object{{"mechanism", mechanism}, {"iterations", iterations}});
  return {{"name", user.name}, {"super", user.super}, {"credentials", std::move(credentials)}};
}

json::object acl_json(const AclInfo& acl) {
  return {{"principal", acl.principal}, {"operation", acl.operation}, {"resource", acl.resource}, {"name", acl.name}, {"pattern", acl.pattern}, {"permission", acl.permission}, {"host", acl.host}};
}
json::array acls_json(const std::vector<AclInfo>& acls) {
  json::array out;
  for (const auto& acl : acls) out.push_back(acl_json(acl));
  return out;
}

// "tomas" and "User:tomas" are the same; everybody is "*".
std::string principal_from(std::string name) { return name.empty() || name.starts_with("User:") ? name : "User:" + name; }

SecurityAdmin::Who who_of(const http::Request& r) {
  const auto caller = caller_of(r);
  return {r.principal, caller.client};
}

AclQuery query_of(const http::Request& r) {
  const auto get = [&](std::string_view name) { return std::string(r.query_first(name).value_or("")); };
  AclQuery out{principal_from(get("user")), get("operation"), get("resource"), get("name"), get("pattern"), get("permission"), get("host")};
  return out;
}

Result<AclInfo> acl_from(const json::value& v) {
  if (!v.is_object()) return fail(ErrorCode::invalid_input, "an ACL is an object", R"(for example {"user":"tomas","operation":"read","resource":"topic","name":"orders"})");
  const auto& o = v.get_object();
  static const std::vector<std::string> known{"user", "principal", "operation", "resource", "name", "pattern", "permission", "host"};
  for (const auto& field : o)
    if (std::ranges::find(known, std::string_view(field.key())) == known.end())
      return fail(ErrorCode::invalid_input, "an ACL has no field '" + std::string(field.key().substr(0, 100)) + "'", "its fields are user, operation, resource, name, pattern, permission, host");
  AclInfo out;
  const auto take = [&](std::string_view field, std::string& into) -> Result<void> {
    TRY(auto text, json::optional_string(o, field));
    if (text && !text->empty()) into = *std::move(text);
    return {};
  };
  TRY_VOID(take("principal", out.principal));
  TRY_VOID(take("user", out.principal));
  TRY_VOID(take("operation", out.operation));
  TRY_VOID(take("resource", out.resource));
  TRY_VOID(take("name", out.name));
  TRY_VOID(take("pattern", out.pattern));
  TRY_VOID(take("permission", out.permission));
  TRY_VOID(take("host", out.host));
  out.principal = principal_from(out.principal);
  if (out.principal.empty()) return fail(ErrorCode::invalid_input, "an ACL is for somebody: the field 'user' is missing", "a name, or * for everybody");
  if (out.operation.empty() || out.resource.empty()) return fail(ErrorCode::invalid_input, "an ACL is about something: the fields 'operation' and 'resource' must be there");
  if (out.resource == "cluster" && out.name.empty()) out.name = "kafka-cluster";
  return out;
}

}  // namespace

Result<void> SecurityApi::may(const http::Request& r, bool change) const {
  if (admin_ == nullptr)
    return fail(ErrorCode::unsupported, "the event log of this node is a Kafka cluster, which keeps its own users and ACLs", "use that cluster's tools: kafka-configs and kafka-acls");
  return admin_->may(r, change);
}

void SecurityApi::add_routes(http::Router& router) {
  router.get("/api/v1/users", [this](http::Request r) { return list_users(std::move(r)); });
  router.put("/api/v1/users/{user}", [this](http::Request r) { return put_user(std::move(r)); });
  router.del("/api/v1/users/{user}", [this](http::Request r) { return remove_user(std::move(r)); });
  router.get("/api/v1/acls", [this](http::Request r) { return list_acls(std::move(r)); });
  router.post("/api/v1/acls", [this](http::Request r) { return add_acls(std::move(r)); });
  router.del("/api/v1/acls", [this](http::Request r) { return remove_acls(std::move(r)); });
}

SecurityApi::Answer SecurityApi::list_users(http::Request r) {
  if (const auto may_see = may(r, false); !may_see) co_return refuse(may_see.error());
  json::array out;
  for (const auto& user : admin_->users()) out.push_back(user_json(user));
  const auto total = out.size();
  co_return answer(200, json::object{{"authentication", admin_->required() ? "required" : "none"}, {"users", std::move(out)}, {"total", total}});
}

SecurityApi::Answer SecurityApi::put_user(http::Request r) {
  const std::string user = r.param("user");
  // Everybody may change their own password.
  const bool own = admin_ != nullptr && admin_->required() && r.principal == user;
  if (const auto may_change = may(r, true); !may_change && !own) co_return refuse(may_change.error());
  const auto body = body_of(r, {"password", "iterations"});
  if (!body) co_return refuse(body.error());
  auto password = json::required_string(*body, "password");
  if (!password) co_return refuse(password.error());
  const auto iterations = json::optional_int(*body, "iterations");
  if (!iterations) co_return refuse(iterations.error());
  auto setting = admin_->set_password(user, *std::move(password), *iterations, who_of(r));
  const auto made = co_await std::move(setting);
  if (!made) co_return refuse(made.error());
  for (const auto& one : admin_->users())
    if (one.name == user) co_return answer(*made ? 201 : 200, user_json(one));
  co_return refuse(Error{ErrorCode::conflict, "the user " + user + " was removed at the same moment"});
}

SecurityApi::Answer SecurityApi::remove_user(http::Request r) {
  if (const auto may_change = may(r, true); !may_change) co_return refuse(may_change.error());
  const std::string user = r.param("user");
  if (admin_->required() && user == r.principal) co_return refuse(Error{ErrorCode::conflict, "you are " + user + ": nobody removes themselves", "let another super user do it"});
  auto removing = admin_->remove_user(user, who_of(r));
  if (const auto removed = co_await std::move(removing); !removed) co_return refuse(removed.error());
  AclQuery of_user;
  of_user.principal = principal_from(user);
  const auto left = admin_->acls(of_user);
  co_return answer(200, json::object{{"removed", user}, {"acls_left", left ? left->size() : 0}});
}

SecurityApi::Answer SecurityApi::list_acls(http::Request r) {
  if (const auto may_see = may(r, false); !may_see) co_return refuse(may_see.error());
  const auto found = admin_->acls(query_of(r));
  if (!found) co_return refuse(found.error());
  co_return answer(200, json::object{{"enforced", admin_->required()}, {"acls", acls_json(*found)}, {"total", found->size()}});
}

SecurityApi::Answer SecurityApi::add_acls(http::Request r) {
  if (const auto may_change = may(r, true); !may_change) co_return refuse(may_change.error());
  const auto body = body_of(r, {"acls"});
  if (!body) co_return refuse(body.error());
  const auto* list = body->if_contains("acls");
  if (list == nullptr || !list->is_array() || list->get_array().empty()) co_return refuse(Error{ErrorCode::invalid_input, "the field 'acls' must be a list with at least one ACL"});
  std::vector<AclInfo> acls;
  for (const auto& one : list->get_array()) {
    auto acl = acl_from(one);
    if (!acl) co_return refuse(acl.error());
    acls.push_back(*std::move(acl));
  }
  auto adding = admin_->add_acls(std::move(acls), who_of(r));
  const auto added = co_await std::move(adding);
  if (!added) co_return refuse(added.error());
  co_return answer(added->empty() ? 200 : 201, json::object{{"added", acls_json(*added)}, {"enforced", admin_->required()}});
}

SecurityApi::Answer SecurityApi::remove_acls(http::Request r) {
  if (const auto may_change = may(r, true); !may_change) co_return refuse(may_change.error());
  const auto query = query_of(r);
  if (query.everything()) co_return refuse(Error{ErrorCode::invalid_input, "which ACLs are to go? The request names none", "say at least one of user, resource, name, operation, permission, pattern, host"});
  const auto found = admin_->acls(query);
  if (!found) co_return refuse(found.error());
  const bool dry_run = is_dry_run(r);
  if (!dry_run && !found->empty()) {
    auto removing = admin_->remove_acls(*found, who_of(r));
    if (const auto removed = co_await std::move(removing); !removed) co_return refuse(removed.error());
  }
  co_return answer(200, json::object{{"dry_run", dry_run}, {"removed", acls_json(*found)}});
}

}  // namespace braid::api
