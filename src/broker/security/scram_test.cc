// SCRAM: the vector of RFC 7677, both mechanisms against a client written here, and messages that are none.
#include "broker/security/scram.h"

#include <gtest/gtest.h>

#include <random>

#include "base/base64.h"
#include "broker/security/crypto.h"
#include "broker/security/testing.h"

namespace braid::broker {
namespace {

TEST(Scram, KeepsTheVectorOfRfc7677) {
  const Bytes salt = *parse_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  const auto credential = credential_from(Mechanism::scram_sha_256, pbkdf2(Hash::sha256, "pencil", salt, 4096), salt, 4096);
  ScramExchange exchange(Mechanism::scram_sha_256, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  auto first = parse_scram_first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->user, "user");
  EXPECT_EQ(*exchange.begin(*first, credential), "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const auto last = exchange.finish("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  ASSERT_TRUE(last) << last.error().text();
  EXPECT_EQ(*last, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Scram, TakesTheRightPasswordAndNoOther) {
  for (const auto mechanism : mechanisms) {
    const auto credential = make_credential(mechanism, "s3cret, with = and ,", 4096);
    for (const std::string password : {"s3cret, with = and ,", "s3cret", ""}) {
      testing::ScramClient client(mechanism, "we,ird=name", password);
      ScramExchange exchange(mechanism, "server");
      auto first = parse_scram_first(client.first());
      ASSERT_TRUE(first) << first.error().text();
      EXPECT_EQ(first->user, "we,ird=name");
      const auto server_first = exchange.begin(*first, credential);
      const auto last = exchange.finish(client.final(*server_first));
      EXPECT_EQ(bool(last), password.size() > 10);
      EXPECT_EQ(password_matches(mechanism, credential, password), bool(last));
      EXPECT_TRUE(last ? client.accepts(*last) : last.error().code == ErrorCode::unauthenticated);
    }
  }
}

TEST(Scram, EachPasswordHasASaltOfItsOwn) {
  const auto a = make_credential(Mechanism::scram_sha_256, "same password", 4096), b = make_credential(Mechanism::scram_sha_256, "same password", 4096);
  EXPECT_NE(a.salt, b.salt);
  EXPECT_NE(a.stored_key, b.stored_key);
}

TEST(Scram, AUserWhoDoesNotExistLooksLikeOneWhoDoes) {
  const auto a = decoy_credential(Mechanism::scram_sha_512, "secret", "nobody", 8192);
  EXPECT_EQ(a, decoy_credential(Mechanism::scram_sha_512, "secret", "nobody", 8192));   // asked twice: the same salt
  EXPECT_NE(a.salt, decoy_credential(Mechanism::scram_sha_512, "secret", "nobody2", 8192).salt);
  EXPECT_EQ(a.salt.size(), make_credential(Mechanism::scram_sha_512, "x", 4096).salt.size());
  EXPECT_FALSE(password_matches(Mechanism::scram_sha_512, a, ""));
}

TEST(Scram, RefusesWhatIsNoMessage) {
  for (const char* bad : {"", "n", "n,", "n,,", "x,,n=u,r=n", "n,,r=n,n=u", "n,,n=,r=n", "n,,n=u=2Z,r=n", "n,,n=u,r=", "n,b=x,n=u,r=n", "n,,n=u,r=a b", "p=tls-unique,,n=u,r=n", "n,,m=1,n=u,r=n"})
    EXPECT_FALSE(parse_scram_first(bad)) << bad;
  for (const char* good : {"n,,n=u,r=n", "y,,n=u,r=n", "n,a=u,n=u,r=n", "n,,n=u,r=n,tokenauth=true"}) EXPECT_TRUE(parse_scram_first(good)) << good;
  for (const char* bad : {"", "c=biws", "c=biws,r=n", "c=?,r=n,p=AAAA", "c=biws,p=AAAA", "r=n,c=biws,p=AAAA", "c=biws,r=n,p=!"}) EXPECT_FALSE(parse_scram_final(bad)) << bad;
}

TEST(Scram, RefusesAProofForAnotherExchange) {
  const auto credential = make_credential(Mechanism::scram_sha_256, "password", 4096);
  testing::ScramClient client(Mechanism::scram_sha_256, "u", "password");
  ScramExchange one(Mechanism::scram_sha_256, "one"), two(Mechanism::scram_sha_256, "two");
  const auto first = *parse_scram_first(client.first());
  const auto answer = client.final(*one.begin(first, credential));
  (void)two.begin(first, credential);
  EXPECT_FALSE(two.finish(answer));          // its nonce is not ours
  auto other_binding = answer;
  other_binding.replace(0, 6, "c=eSws");     // "y,,": somebody took channel binding out on the way
  EXPECT_FALSE(one.finish(other_binding));
  EXPECT_TRUE(one.finish(answer));
  testing::ScramClient old(Mechanism::scram_sha_256, "u", "password", true);
  ScramExchange three(Mechanism::scram_sha_256, "three");
  const auto server_first = *three.begin(*parse_scram_first(old.first()), credential);
  EXPECT_TRUE(three.finish(old.final(server_first)));   // librdkafka before 2.6.1
}

}  // namespace
}  // namespace braid::broker
