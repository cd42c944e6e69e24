// /api/v1/users and /api/v1/acls over users and ACLs that live in the test; every answer is held against the OpenAPI document.
#include "api/security/security_api.h"

#include <gtest/gtest.h>

#include <map>

#include "api/mesh/mesh_api.h"
#include "api/openapi/document.h"
#include "api/openapi/schema_check.h"

namespace braid::api {
namespace {

struct FakeAdmin final : SecurityAdmin {
  std::map<std::string, std::string> passwords{{"admin", "p"}};
  std::vector<AclInfo> all;
  bool allowed = true;

  bool required() const override { return true; }
  Result<void> may(const http::Request&, bool) const override {
    if (allowed) return {};
    return fail(ErrorCode::forbidden, "no");
  }
  std::vector<UserInfo> users() const override {
    std::vector<UserInfo> out;
    for (const auto& [name, password] : passwords) out.push_back({name, {{"SCRAM-SHA-256", 8192}}, name == "admin"});
    return out;
  }
  io::Task<Result<bool>> set_password(std::string user, std::string password, std::optional<std::int64_t>, Who) override {
    const bool fresh = !passwords.contains(user);
    passwords[user] = password;
    co_return fresh;
  }
  io::Task<Result<void>> remove_user(std::string user, Who) override {
    if (passwords.erase(user) == 0) co_return fail(ErrorCode::not_found, "there is no user '" + user + "'");
    co_return Result<void>{};
  }
  Result<std::vector<AclInfo>> acls(const AclQuery& query) const override {
    std::vector<AclInfo> out;
    for (const auto& acl : all)
      if (query.principal.empty() || query.principal == acl.principal) out.push_back(acl);
    return out;
  }
  io::Task<Result<std::vector<AclInfo>>> add_acls(std::vector<AclInfo> acls, Who) override {
    std::vector<AclInfo> fresh;
    for (const auto& acl : acls)
      if (std::ranges::find(all, acl) == all.end()) fresh.push_back(acl);
    all.insert(all.end(), fresh.begin(), fresh.end());
    co_return fresh;
  }
  io::Task<Result<void>> remove_acls(std::vector<AclInfo> acls, Who) override {
    for (const auto& acl : acls) std::erase(all, acl);
    co_return Result<void>{};
  }
};

class SecurityApiTest : public ::testing::Test {
 public:
  SecurityApiTest() {
    api_.add_routes(router_);
    auto merged = merge_openapi({mesh_openapi(), security_openapi()})   /* what all share names the mesh's Impact */;
    EXPECT_TRUE(merged) << merged.error().text();
    if (merged) document_ = *std::move(merged);
  }
  ~SecurityApiTest() override { shards_->stop(); }
  json::value call(int status, std::string method, std::string target, std::string body = {}, std::string principal = "admin") {
    auto request = http::Request::make(method, target, std::move(body));
    EXPECT_TRUE(request);
    request->principal = std::move(principal);
    auto response = io::block_on(shards_->control(), router_.handle(*std::move(request)));
    EXPECT_EQ(response.status, status) << method << " " << target << ": " << response.body;
    auto parsed = json::parse(response.body);
    EXPECT_TRUE(parsed) << response.body;
    for (const auto& wrong : testing::check_answer(document_, method, target.substr(0, target.find('?')), response.status, *parsed)) ADD_FAILURE() << method << " " << target << ": " << wrong;
    return *parsed;
  }

  FakeAdmin admin_;
  SecurityApi api_{&admin_};
  http::Router router_;
  json::value document_;
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(1);
};

TEST_F(SecurityApiTest, UsersComeAndGo) {
  EXPECT_EQ(call(200, "GET", "/api/v1/users").at("total"), 1);
  EXPECT_EQ(call(201, "PUT", "/api/v1/users/ana", R"({"password":"long enough"})").at("name"), "ana");
  EXPECT_EQ(call(200, "PUT", "/api/v1/users/ana", R"({"password":"another one","iterations":4096})").at("super"), false);
  EXPECT_EQ(admin_.passwords["ana"], "another one");
  call(400, "PUT", "/api/v1/users/ana", R"({"pasword":"typing error"})");
  call(400, "PUT", "/api/v1/users/ana", "{}");
  call(409, "DELETE", "/api/v1/users/admin");
  EXPECT_EQ(call(200, "DELETE", "/api/v1/users/ana").at("removed"), "ana");
  call(404, "DELETE", "/api/v1/users/ana");
}

TEST_F(SecurityApiTest, WhoMayNotMayOnlyChangeTheirOwnPassword) {
  admin_.allowed = false;
  call(403, "GET", "/api/v1/users");
  call(403, "GET", "/api/v1/acls");
  call(403, "PUT", "/api/v1/users/bo", R"({"password":"long enough"})", "ana");
  call(403, "DELETE", "/api/v1/users/bo", "", "ana");
  call(403, "POST", "/api/v1/acls", R"({"acls":[{"user":"ana","operation":"all","resource":"cluster"}]})", "ana");
  call(403, "DELETE", "/api/v1/acls?user=ana", "", "ana");
  call(201, "PUT", "/api/v1/users/ana", R"({"password":"long enough"})", "ana");
  EXPECT_TRUE(admin_.all.empty());
}

TEST_F(SecurityApiTest, AclsComeAndGo) {
  const std::string two = R"({"acls":[{"user":"ana","operation":"read","resource":"topic","name":"orders"},{"principal":"User:ana","operation":"alter","resource":"cluster"}]})";
  EXPECT_EQ(call(201, "POST", "/api/v1/acls", two).at("added").as_array().size(), 2u);
  EXPECT_EQ(call(200, "POST", "/api/v1/acls", two).at("added").as_array().size(), 0u);
  EXPECT_EQ(admin_.all[1].name, "kafka-cluster");
  call(400, "POST", "/api/v1/acls", R"({"acls":[]})");
  call(400, "POST", "/api/v1/acls", R"({"acls":[{"operation":"read","resource":"topic"}]})");
  call(400, "POST", "/api/v1/acls", R"({"acls":[{"user":"ana","operation":"read","resource":"topic","nmae":"x"}]})");
  EXPECT_EQ(call(200, "GET", "/api/v1/acls?user=ana").at("total"), 2);
  EXPECT_EQ(call(200, "GET", "/api/v1/acls?user=bo").at("total"), 0);
  call(400, "DELETE", "/api/v1/acls");
  EXPECT_EQ(call(200, "DELETE", "/api/v1/acls?user=ana&dry_run=true").at("removed").as_array().size(), 2u);
  EXPECT_EQ(admin_.all.size(), 2u);
  EXPECT_EQ(call(200, "DELETE", "/api/v1/acls?user=ana").at("dry_run"), false);
  EXPECT_TRUE(admin_.all.empty());
}

TEST_F(SecurityApiTest, AKafkaClusterHasItsOwn) {
  http::Router router;
  SecurityApi none(nullptr);
  none.add_routes(router);
  auto request = http::Request::make("GET", "/api/v1/users");
  EXPECT_EQ(io::block_on(shards_->control(), router.handle(*std::move(request))).status, 501);
}

}  // namespace
}  // namespace braid::api
