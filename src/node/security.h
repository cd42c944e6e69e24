// Users and ACLs in a node: the broker's Security as the API wants it, and who asks over HTTP. Lives on the control shard; Security outlives it.
#pragma once
#include "api/security/security_api.h"
#include "broker/security/security.h"

namespace braid::node {

class UsersAndAcls final : public api::SecurityAdmin {
 public:
  explicit UsersAndAcls(broker::Security& security) : security_(security) {}
  bool required() const override { return security_.required(); }
  Result<void> may(const http::Request& request, bool change) const override;
  std::vector<api::UserInfo> users() const override;
  io::Task<Result<bool>> set_password(std::string user, std::string password, std::optional<std::int64_t> iterations, Who who) override;
  io::Task<Result<void>> remove_user(std::string user, Who who) override;
  Result<std::vector<api::AclInfo>> acls(const api::AclQuery& query) const override;
  io::Task<Result<std::vector<api::AclInfo>>> add_acls(std::vector<api::AclInfo> acls, Who who) override;
  io::Task<Result<void>> remove_acls(std::vector<api::AclInfo> acls, Who who) override;

 private:
  broker::Security& security_;
};

// "Basic dG9tYXM6..." -> user and password. Empty when it is something else.
struct BasicLogin {
  std::string user, password;
};
std::optional<BasicLogin> parse_basic(std::string_view authorization);
// Whether a request with this Origin comes from a page of the host that it was sent to.
bool same_origin(std::string_view origin, std::string_view host);

}  // namespace braid::node
