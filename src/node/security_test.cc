// Reading HTTP Basic, and telling a node's own pages from those of other sites. The rest of it is in tests/security, with real clients.
#include "node/security.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace braid::node {
namespace {

TEST(Basic, IsReadAsItIsSent) {
  const auto login = parse_basic("Basic " + base64("tomas:pass:word with ü"));
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "tomas");
  EXPECT_EQ(login->password, "pass:word with ü");
  EXPECT_TRUE(parse_basic("basic " + base64("a:")));   // the scheme's case does not matter; an empty password is one, a wrong one
  const std::vector<std::string> wrong{"", "Basic", "Basic ", "Bearer abc", "Basic !!!", "Basic " + base64("nocolon"), "Basic " + base64(":nobody"), "Basic " + base64(std::string(300, 'a') + ":x")};
  for (const auto& bad : wrong)
    EXPECT_FALSE(parse_basic(bad)) << bad;
}

TEST(Origin, IsOursOrForeign) {
  EXPECT_TRUE(same_origin("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(same_origin("https://data.example.com", "data.example.com"));
  EXPECT_FALSE(same_origin("http://evil.example", "data.example.com"));
  EXPECT_FALSE(same_origin("http://data.example.com.evil.example", "data.example.com"));
  EXPECT_FALSE(same_origin("http://127.0.0.1:8081", "127.0.0.1:8080"));
  EXPECT_FALSE(same_origin("null", ""));
}

}  // namespace
}  // namespace braid::node
