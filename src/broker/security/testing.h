// For tests: the client's side of SCRAM, written apart from the server's.
#pragma once
#include <charconv>
#include <string>

#include "base/base64.h"
#include "broker/security/crypto.h"
#include "broker/security/scram.h"

namespace braid::broker::testing {

class ScramClient {
 public:
  // `nonce_twice`: as librdkafka before 2.6.1 writes its last message.
  ScramClient(Mechanism mechanism, std::string user, std::string password, bool nonce_twice = false)
      : nonce_twice_(nonce_twice), hash_(mechanism == Mechanism::scram_sha_256 ? Hash::sha256 : Hash::sha512), password_(std::move(password)) {
    bare_ = "n=";
    for (const char c : user) bare_ += c == ',' ? "=2C" : c == '=' ? "=3D" : std::string(1, c);
    bare_ += ",r=" + nonce_;
  }
  std::string first() const { return "n,," + bare_; }
  std::string final(const std::string& server_first) {
    const auto salt_at = server_first.find(",s="), iterations_at = server_first.find(",i=");
    const auto salt = *parse_base64(server_first.substr(salt_at + 3, iterations_at - salt_at - 3));
    int iterations = 0;
    std::from_chars(server_first.data() + iterations_at + 3, server_first.data() + server_first.size(), iterations);
    salted_ = pbkdf2(hash_, password_, salt, iterations);
    const std::string without_proof = "c=biws,r=" + (nonce_twice_ ? nonce_ : "") + server_first.substr(2, salt_at - 2);
    auth_ = bare_ + "," + server_first + "," + without_proof;
    auto proof = hmac(hash_, salted_, "Client Key");
    const auto signature = hmac(hash_, digest(hash_, proof), auth_);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = char(proof[i] ^ signature[i]);
    return without_proof + ",p=" + base64(proof);
  }
  bool accepts(const std::string& server_final) const { return server_final == "v=" + base64(hmac(hash_, hmac(hash_, salted_, "Server Key"), auth_)); }

 private:
  bool nonce_twice_;
  std::string nonce_ = "fyko+d2lbbFgONRv9qkxdawL";
  Hash hash_;
  std::string password_, bare_, auth_;
  Bytes salted_;
};

}  // namespace braid::broker::testing
