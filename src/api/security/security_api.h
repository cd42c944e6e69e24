// /api/v1/users and /api/v1/acls: who may log in, and who may do what with topics, groups and the node; the same that Kafka's admin clients see.
// Lives on the control shard. Described for clients by security_openapi().
//
//   GET    /api/v1/users                 who there is, never a password
//   PUT    /api/v1/users/{user}          {"password","iterations"}: makes a user, or gives a new password
//   DELETE /api/v1/users/{user}
//   GET    /api/v1/acls                  ?user=&resource=&name=&pattern=&operation=&permission=&host=
//   POST   /api/v1/acls                  {"acls":[{"user","operation","resource","name","pattern","permission","host"}]}: all of them or none
//   DELETE /api/v1/acls                  the same parameters as GET, at least one of them; ?dry_run=true
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/server.h"

namespace braid::api {

std::string_view security_openapi();

struct UserInfo {
  std::string name;
  std::vector<std::pair<std::string, int>> credentials;   // mechanism and iterations
  bool super = false;
};
struct AclInfo {
  std::string principal;                   // "User:tomas", "User:*"
  std::string operation, resource, name, pattern = "literal", permission = "allow", host = "*";
  friend bool operator==(const AclInfo&, const AclInfo&) = default;
};
struct AclQuery {                          // what is empty may be anything
  std::string principal, operation, resource, name, pattern, permission, host;
  bool everything() const { return (principal + operation + resource + name + pattern + permission + host).empty(); }
};

// Users and ACLs, wherever they are kept; node implements it over the broker, because api may not reach it.
class SecurityAdmin {
 public:
  struct Who {
    std::string user, client;
  };
  virtual ~SecurityAdmin() = default;
  virtual bool required() const = 0;                                           // callers log in, and ACLs decide
  virtual Result<void> may(const http::Request& request, bool change) const = 0;   // manage users and ACLs, or see them
  virtual std::vector<UserInfo> users() const = 0;                             // by name
  virtual io::Task<Result<bool>> set_password(std::string user, std::string password, std::optional<std::int64_t> iterations, Who who) = 0;   // true: the user is new
  virtual io::Task<Result<void>> remove_user(std::string user, Who who) = 0;
  virtual Result<std::vector<AclInfo>> acls(const AclQuery& query) const = 0;
  virtual io::Task<Result<std::vector<AclInfo>>> add_acls(std::vector<AclInfo> acls, Who who) = 0;   // those that were not there yet
  virtual io::Task<Result<void>> remove_acls(std::vector<AclInfo> acls, Who who) = 0;
};

class SecurityApi {
 public:
  explicit SecurityApi(SecurityAdmin* admin) : admin_(admin) {}   // null on a Kafka cluster, which has its own users
  void add_routes(http::Router& router);

 private:
  using Answer = io::Task<http::Response>;
  Answer list_users(http::Request r);
  Answer put_user(http::Request r);
  Answer remove_user(http::Request r);
  Answer list_acls(http::Request r);
  Answer add_acls(http::Request r);
  Answer remove_acls(http::Request r);
  Result<void> may(const http::Request& r, bool change) const;

  SecurityAdmin* admin_;
};

}  // namespace braid::api
