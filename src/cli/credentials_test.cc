#include "cli/credentials.h"

#include <gtest/gtest.h>

#include <set>

namespace braid::cli {
namespace {

std::string found(std::string_view text, std::string_view host, std::string_view user = "") {
  const auto login = netrc_entry(text, host, user);
  return login ? login->user + ":" + login->password : "nobody";
}

TEST(Netrc, GivesTheEntryOfTheHost) {
  const std::string text = "# machine commented login x password y\nmachine a.example login ana password one\nmachine 127.0.0.1\n  login tomas\n  password two\nmachine 127.0.0.1 login admin password three\ndefault login guest password four\n";
  EXPECT_EQ(found(text, "a.example"), "ana:one");
  EXPECT_EQ(found(text, "127.0.0.1"), "tomas:two");
  EXPECT_EQ(found(text, "127.0.0.1", "admin"), "admin:three");
  EXPECT_EQ(found(text, "b.example"), "guest:four");
  EXPECT_EQ(found(text, "a.example", "tomas"), "nobody");
  EXPECT_EQ(found("", "a"), "nobody");
  EXPECT_EQ(found("machine", "a"), "nobody");
  EXPECT_EQ(found("login x password y", "a"), "nobody");
  EXPECT_EQ(found("default login d password p machine a login x password y", "a"), "x:y");
}

TEST(GeneratedPassword, IsAnotherEachTime) {
  std::set<std::string> all;
  for (int i = 0; i < 100; ++i) all.insert(generated_password());
  EXPECT_EQ(all.size(), 100u);
  for (const auto& one : all) EXPECT_EQ(one.size(), 24u);
}

}  // namespace
}  // namespace braid::cli
