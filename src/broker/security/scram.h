// SCRAM-SHA-256 and -512, the server's side: messages, keys, and one exchange. Spec: RFC 5802, RFC 7677; as Apache Kafka does it: no channel
// binding, user names are taken as UTF-8 without SASLprep, extensions of the first message are read over.
//
// Plain values and functions without I/O; an exchange belongs to one connection. Errors: invalid_input for what is no SCRAM message,
// unauthenticated for a proof that is wrong. A user who does not exist is given a salt all the same and fails at the end, like a wrong password.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::broker {

enum class Mechanism : std::int8_t { scram_sha_256 = 1, scram_sha_512 = 2 };   // Kafka's numbers
inline constexpr Mechanism mechanisms[] = {Mechanism::scram_sha_256, Mechanism::scram_sha_512};
std::string_view name_of(Mechanism mechanism);                                // SCRAM-SHA-256
std::optional<Mechanism> mechanism_named(std::string_view name);

// What is kept of a password. Nobody who reads it can log in with it, nor learn the password but by guessing.
struct Credential {
  Bytes salt, stored_key, server_key;
  int iterations = 0;
  friend bool operator==(const Credential&, const Credential&) = default;
};
using Credentials = std::map<Mechanism, Credential>;

Credential credential_from(Mechanism mechanism, BytesView salted_password, Bytes salt, int iterations);
Credential make_credential(Mechanism mechanism, BytesView password, int iterations);    // with a fresh salt; costs `iterations` hashes
bool password_matches(Mechanism mechanism, const Credential& credential, BytesView password);   // costs as much
// The same each time for a user who does not exist, and nobody can tell it from a real one. `secret`: of this process.
Credential decoy_credential(Mechanism mechanism, BytesView secret, std::string_view user, int iterations);

struct ScramFirst {                 // client-first-message
  std::string gs2_header;           // "n,," or "y,,", with what may stand in it
  std::string bare;                 // the rest
  std::string authorize_as;         // empty: as the user
  std::string user;
  std::string nonce;
};
Result<ScramFirst> parse_scram_first(BytesView message);
struct ScramFinal {                 // client-final-message
  Bytes channel_binding;            // decoded
  std::string nonce;
  Bytes proof;
  std::string without_proof;
};
Result<ScramFinal> parse_scram_final(BytesView message);

class ScramExchange {
 public:
  ScramExchange(Mechanism mechanism, std::string server_nonce) : mechanism_(mechanism), server_nonce_(std::move(server_nonce)) {}
  // Takes what parse_scram_first gave and the credential of that user (or a decoy); gives the server's first message.
  Result<Bytes> begin(ScramFirst first, Credential credential);
  Result<Bytes> finish(BytesView client_final);   // the server's final message; Error{unauthenticated} for a wrong proof
  Mechanism mechanism() const { return mechanism_; }
  const std::string& user() const { return first_.user; }

 private:
  Mechanism mechanism_;
  std::string server_nonce_;
  ScramFirst first_;
  Credential credential_;
  std::string server_first_;
};

}  // namespace braid::broker
