// ACLs: the index against a definition that looks at each ACL, on made-up ACLs and questions; and the rules one by one, as Kafka's documentation has them.
#include <gtest/gtest.h>

#include <random>

#include "broker/security/acl.h"
#include "broker/security/state.h"

namespace braid::broker {
namespace {

constexpr Operation calls[] = {Operation::read, Operation::write, Operation::create, Operation::remove, Operation::alter, Operation::describe,
                               Operation::cluster_action, Operation::describe_configs, Operation::alter_configs, Operation::idempotent_write};

// Kafka's words, read once more: authorizer, implied operations, patterns.
bool about(const Acl& acl, Resource resource, const std::string& name) {
  if (acl.resource != resource) return false;
  return acl.pattern == Pattern::prefixed ? name.starts_with(acl.name) : acl.name == name || acl.name == "*";
}
bool of_caller(const Acl& acl, const std::string& principal, const std::string& host) {
  return (acl.principal == "User:*" || acl.principal == principal) && (acl.host == "*" || acl.host == host);
}
bool defined(const std::vector<Acl>& acls, const std::string& principal, const std::string& host, Operation op, Resource resource, const std::string& name) {
  bool allowed = false;
  for (const auto& acl : acls) {
    if (!about(acl, resource, name) || !of_caller(acl, principal, host)) continue;
    const bool same = acl.operation == op || acl.operation == Operation::all;
    if (acl.permission == Permission::deny && same) return false;
    const bool implied = (op == Operation::describe && (acl.operation == Operation::read || acl.operation == Operation::write || acl.operation == Operation::remove || acl.operation == Operation::alter)) ||
                         (op == Operation::describe_configs && acl.operation == Operation::alter_configs);
    if (acl.permission == Permission::allow && (same || implied)) allowed = true;
  }
  return allowed;
}

struct Maker {
  std::mt19937 random;
  template <class T> const T& one_of(const std::vector<T>& all) { return all[random() % all.size()]; }
  Acl acl() {
    Acl out;
    out.resource = one_of<Resource>({Resource::topic, Resource::topic, Resource::group, Resource::transactional_id});
    out.pattern = random() % 2 ? Pattern::literal : Pattern::prefixed;
    out.name = one_of<std::string>({"*", "a", "ab", "abc", "abd", "b", "ba"});
    out.principal = one_of<std::string>({"User:*", "User:ana", "User:bo"});
    out.host = one_of<std::string>({"*", "*", "10.0.0.1", "10.0.0.2"});
    out.operation = random() % 6 == 0 ? Operation::all : calls[random() % std::size(calls)];
    out.permission = random() % 3 == 0 ? Permission::deny : Permission::allow;
    return out;
  }
};

TEST(AclProperty, TheIndexDecidesAsTheDefinition) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Maker make{std::mt19937(seed)};
    AclIndex index;
    std::vector<Acl> acls;
    for (int i = int(make.random() % 12); i > 0; --i) {
      auto acl = make.acl();
      if (index.add(acl)) acls.push_back(acl);
    }
    if (!acls.empty() && make.random() % 2) {   // and after one was taken out again
      const auto gone = acls[make.random() % acls.size()];
      EXPECT_TRUE(index.remove(gone));
      std::erase(acls, gone);
    }
    ASSERT_EQ(index.all().size(), acls.size());
    bool any[2][2][std::size(calls)] = {};   // by principal, host, call: allowed on some topic
    const std::string principals[] = {"User:ana", "User:bo"}, hosts[] = {"10.0.0.1", "10.0.0.3"};
    for (int p = 0; p < 2; ++p)
      for (int h = 0; h < 2; ++h)
        for (std::size_t c = 0; c < std::size(calls); ++c)
          for (const auto resource : {Resource::topic, Resource::group, Resource::transactional_id})
            for (const std::string name : {"a", "ab", "abc", "abcd", "abd", "b", "ba", "bax", "c", "*", "*z", "zz"}) {
              const bool expected = defined(acls, principals[p], hosts[h], calls[c], resource, name);
              ASSERT_EQ(index.allows(principals[p], hosts[h], calls[c], resource, name), expected) << "seed " << seed << " " << principals[p] << " " << name_of(calls[c]) << " " << name;
              if (resource == Resource::topic && expected) any[p][h][c] = true;
            }
    for (int p = 0; p < 2; ++p)
      for (int h = 0; h < 2; ++h)
        for (std::size_t c = 0; c < std::size(calls); ++c)
          if (any[p][h][c]) {   // where some topic is allowed, allows_any says so; it may say yes for one that is not in the list
            EXPECT_TRUE(index.allows_any(principals[p], hosts[h], calls[c], Resource::topic)) << "seed " << seed;
          }
  }
}

TEST(AclProperty, RecordsBringBackTheState) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Maker make{std::mt19937(seed)};
    SecurityState state, replayed;
    for (int i = 0; i < 40; ++i) {
      std::vector<SecurityCommand> commands;
      for (int n = 1 + int(make.random() % 3); n > 0; --n) {
        const std::string user = make.one_of<std::string>({"ana", "bo", "cy"});
        const Credential credential{"salt", Bytes(32, char('a' + make.random() % 26)), Bytes(32, 's'), 4096};
        switch (make.random() % 5) {
          case 0: commands.push_back(SetCredential{user, Mechanism::scram_sha_256, credential}); break;
          case 1: if (state.user(user)) commands.push_back(RemoveCredential{user, Mechanism::scram_sha_256}); break;
          case 2: if (state.user(user)) commands.push_back(RemoveUser{user}); break;
          case 3: commands.push_back(AddAcl{make.acl()}); break;
          default: if (!state.acls.all().empty()) commands.push_back(RemoveAcl{*state.acls.all().begin()});
        }
      }
      const auto records = state.decide(commands);
      if (!records) continue;   // a user removed twice in one request, an operation that means nothing
      for (const auto& record : *records) {
        ASSERT_TRUE(state.apply(record));
        ASSERT_TRUE(replayed.apply(record));
      }
      ASSERT_EQ(state.users, replayed.users);
      ASSERT_EQ(state.acls.all(), replayed.acls.all());
    }
  }
}

TEST(Acl, RefusesWhatMeansNothing) {
  const Acl good{Resource::topic, "orders", Pattern::literal, "User:ana", "*", Operation::read, Permission::allow};
  EXPECT_TRUE(check(good));
  const auto bad = [&](auto change) {
    Acl acl = good;
    change(acl);
    return !check(acl);
  };
  EXPECT_TRUE(bad([](Acl& a) { a.name = ""; }));
  EXPECT_TRUE(bad([](Acl& a) { a.principal = "ana"; }));
  EXPECT_TRUE(bad([](Acl& a) { a.principal = "User:"; }));
  EXPECT_TRUE(bad([](Acl& a) { a.host = ""; }));
  EXPECT_TRUE(bad([](Acl& a) { a.pattern = Pattern::match; }));
  EXPECT_TRUE(bad([](Acl& a) { a.operation = Operation::any; }));
  EXPECT_TRUE(bad([](Acl& a) { a.operation = Operation::idempotent_write; }));
  EXPECT_TRUE(bad([](Acl& a) { a.resource = Resource(6); }));
  EXPECT_TRUE(bad([](Acl& a) { a.resource = Resource::cluster; a.operation = Operation::alter; }));
  EXPECT_TRUE(bad([](Acl& a) { a.permission = Permission::any; }));
  EXPECT_EQ(describe(good), "allow User:ana read of topic orders");
}

TEST(Acl, FiltersMeanWhatKafkasDo) {
  AclIndex index;
  const auto add = [&](std::string name, Pattern pattern) { index.add({Resource::topic, std::move(name), pattern, "User:ana", "*", Operation::read, Permission::allow}); };
  add("orders", Pattern::literal);
  add("*", Pattern::literal);
  add("ord", Pattern::prefixed);
  add("other", Pattern::prefixed);
  const auto count = [&](std::optional<std::string> name, Pattern pattern) {
    AclFilter filter;
    filter.name = std::move(name);
    filter.pattern = pattern;
    return index.find(filter).size();
  };
  EXPECT_EQ(count("orders", Pattern::literal), 1u);
  EXPECT_EQ(count("orders", Pattern::prefixed), 0u);
  EXPECT_EQ(count("orders", Pattern::match), 3u);   // itself, the wildcard, the prefix
  EXPECT_EQ(count("ord", Pattern::any), 1u);
  EXPECT_EQ(count(std::nullopt, Pattern::prefixed), 2u);
  EXPECT_EQ(count(std::nullopt, Pattern::any), 4u);
}

TEST(SecurityState, SaysWhatHappened) {
  SecurityState state;
  const Credentials credentials{{Mechanism::scram_sha_256, {"salt", Bytes(32, 'k'), Bytes(32, 's'), 4096}}};
  const auto made = state.decide({SetUser{"ana", credentials}});
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(describe(state, made->front()).what, "user.created");
  ASSERT_TRUE(state.apply(made->front()));
  EXPECT_EQ(describe(state, state.decide({SetUser{"ana", credentials}})->front()).what, "user.password_changed");
  const auto removed = state.decide({RemoveUser{"ana"}});
  EXPECT_EQ(describe(state, removed->front()).what, "user.removed");
  EXPECT_EQ(state.decide({RemoveUser{"bo"}}).error().code, ErrorCode::not_found);
  for (const char* bad : {"", "a b", "a:b", "anonymous", "*"}) EXPECT_FALSE(state.decide({SetUser{bad, credentials}})) << bad;
  const auto broken = state.apply({R"({"user":"x"})", R"({"credentials":{"SCRAM-SHA-256":{"salt":"AA==","stored_key":"AA==","server_key":"AA==","iterations":1}}})"});
  EXPECT_FALSE(broken);   // a key of one byte
  EXPECT_EQ(state.user("x"), nullptr);
}

}  // namespace
}  // namespace braid::broker
