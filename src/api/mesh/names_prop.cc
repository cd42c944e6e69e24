// Whatever a name is made of, every call of the mesh takes it and gives it back: quotes, markup, slashes, dots, percent signs, emoji, right-to-left, 300 characters.
#include <gtest/gtest.h>

#include <random>

#include "api/mesh/test_world.h"
#include "http/client.h"
#include "mesh/model.h"

namespace braid::api {
namespace {

std::vector<std::string> names() {
  static const std::vector<std::string> pieces = {"\"", "'", "<b>", "</script>", "&amp;", "/", "//", "..", ".", "\\", "%", "%2F", "%00", "?", "#", "+", ";", ",", "=", ":", "{x}", "[0]", "$(x)", "`", "~", "*", "@", "a", "Z", "0",
      " ", "é", "ß", "漢字", "שלום", "مرحبا", "🚕", "👩‍👩‍👧", "e\xCC\x81", "\xEF\xBC\x8F", "\xE2\x80\xA8x"};
  std::vector<std::string> out = {"..", ".", "%", "a/b", "\"", "'; DROP TABLE x; --", "שלום עולם", "null", "0", "draft", "x?y=z&w#v", "\\u0000", "🚕"};
  std::string longest;
  for (std::size_t i = 0; i < 300; ++i) longest += i % 3 == 0 ? "漢" : i % 3 == 1 ? "\"" : "🚕";
  out.push_back(longest);
  std::mt19937 random(11);
  for (int i = 0; i < 25; ++i) {
    std::string name;
    for (std::uint32_t n = 1 + random() % (i % 5 == 0 ? 60 : 8); n > 0; --n) name += pieces[random() % pieces.size()];
    if (mesh::check_name("name", name)) out.push_back(name);
  }
  return out;
}

std::string quoted(const std::string& text) { return json::print(json::value(text)); }
std::string at(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->get_string()) : "(nothing)";
}

TEST(MeshNames, EveryNameGoesThroughEveryCall) {
  testing::TestWorld world;
  world.set_up_demo();
  world.create_topic("odd");
  const auto list = names();
  ASSERT_GT(list.size(), 25u);
  for (const auto& name : list) {
    SCOPED_TRACE(name);
    const std::string part = http::percent_encode(name), product = "/api/v1/products/" + part;
    const auto expect = [&](int status, std::string method, std::string target, std::string body = {}, std::string person = {}) {
      auto reply = world.call(method, target, std::move(body), std::move(person));
      EXPECT_EQ(reply.status, status) << method << " " << target << ": " << reply.text.substr(0, 300);
      return reply;
    };
    EXPECT_EQ(at(expect(201, "PUT", "/api/v1/domains/" + part, R"({"title":)" + quoted(name) + "}", "paula").body, "/name"), name);
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/domains/" + part).body, "/title"), name);
    EXPECT_EQ(at(expect(201, "PUT", "/api/v1/teams/" + part, R"({"domain":)" + quoted(name) + "}", "paula").body, "/domain"), name);
    EXPECT_EQ(at(expect(201, "PUT", "/api/v1/people/" + part, R"({"teams":[)" + quoted(name) + "]}", "paula").body, "/domains/0"), name);
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/people/" + part).body, "/teams/0"), name);
    // That person publishes under the same name, with a port, a tag and a promise of it.
    EXPECT_EQ(at(expect(201, "POST", "/api/v1/products", R"({"state":"draft","name":)" + quoted(name) + "}", name).body, "/domain"), name);
    const auto published = expect(200, "POST", product + "/publish",
        R"({"owner":)" + quoted(name) + R"(,"description":"d","tags":[)" + quoted(name) + R"(],"ports":[{"name":)" + quoted(name) + R"(,"topic":"odd"}],"promises":{"null_share_max":{)" + quoted(name) + ":0.5}}}", name);
    EXPECT_EQ(at(published.body, "/ports/0/name"), name);
    ASSERT_TRUE(published.body.is_object());
    EXPECT_TRUE(published.body.at("promises").at("null_share_max").as_object().contains(name));
    EXPECT_EQ(at(expect(200, "GET", product).body, "/name"), name);
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/products?limit=1&domain=" + part).body, "/products/0/name"), name);
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/products?limit=1&tag=" + part).body, "/products/0/owner"), name);
    EXPECT_EQ(at(expect(201, "POST", product + "/consumers", R"({"purpose":"p","name":)" + quoted(name) + "}", name).body, "/name"), name);
    EXPECT_EQ(at(expect(200, "GET", product + "/consumers").body, "/consumers/0/name"), name);
    EXPECT_EQ(at(expect(200, "GET", product + "/impact").body, "/product"), name);
    EXPECT_EQ(at(expect(200, "GET", product + "/history").body, "/events/0/subject"), name + "/" + name);
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/audit?limit=1&what=product.published&subject=" + part).body, "/entries/0/subject"), name);
    expect(200, "GET", "/api/v1/search?q=" + part.substr(0, part.size() > 600 ? 0 : part.size()));
    EXPECT_EQ(at(expect(200, "GET", "/api/v1/lineage?of=product:" + part).body, "/nodes/0/product"), name);
    expect(200, "DELETE", product + "/consumers/" + part, "", name);
    expect(200, "POST", product + "/deprecate", R"({"notice":)" + quoted(name) + "}", name);
    expect(200, "DELETE", product, "", name);
    expect(200, "DELETE", "/api/v1/people/" + part, "", "paula");
    expect(200, "DELETE", "/api/v1/teams/" + part, "", "paula");
    expect(200, "DELETE", "/api/v1/domains/" + part, "", "paula");
  }
}

}  // namespace
}  // namespace braid::api
