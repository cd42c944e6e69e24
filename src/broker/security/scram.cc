#include "broker/security/scram.h"

#include <charconv>

#include "base/base64.h"
#include "base/limits/security.h"
#include "broker/security/crypto.h"

namespace braid::broker {
namespace {

constexpr std::size_t salt_bytes = 24;

Hash hash_of(Mechanism mechanism) { return mechanism == Mechanism::scram_sha_256 ? Hash::sha256 : Hash::sha512; }

// The next attribute of a message, "r=abc": its letter must be that; the rest of the message follows behind a comma.
std::optional<std::string_view> take(BytesView& message, char letter) {
  if (message.size() < 2 || message[0] != letter || message[1] != '=') return std::nullopt;
  const auto comma = message.find(',');
  const auto value = message.substr(2, comma == BytesView::npos ? BytesView::npos : comma - 2);
  message = comma == BytesView::npos ? BytesView() : message.substr(comma + 1);
  return value;
}

// saslname: "=2C" is a comma, "=3D" an equals sign, and nothing else may begin with '='.
std::optional<std::string> decode_name(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    const auto code = text.substr(i + 1, 2);
    if (code == "2C" || code == "2c") out += ',';
    else if (code == "3D" || code == "3d") out += '=';
    else return std::nullopt;
    i += 2;
  }
  return out;
}

// 0x21 to 0x7E without the comma.
bool is_nonce(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (c < 0x21 || c > 0x7e || c == ',') return false;
  return true;
}

std::unexpected<Error> no_scram(std::string_view which, std::string_view why) {
  return fail(ErrorCode::invalid_input, "this is no " + std::string(which) + " message of SCRAM: " + std::string(why));
}

}  // namespace

std::string_view name_of(Mechanism mechanism) { return mechanism == Mechanism::scram_sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512"; }

std::optional<Mechanism> mechanism_named(std::string_view name) {
  for (const auto m : mechanisms)
    if (name_of(m) == name) return m;
  return std::nullopt;
}

Credential credential_from(Mechanism mechanism, BytesView salted_password, Bytes salt, int iterations) {
  const auto hash = hash_of(mechanism);
  Credential out;
  out.stored_key = digest(hash, hmac(hash, salted_password, "Client Key"));
  out.server_key = hmac(hash, salted_password, "Server Key");
  out.salt = std::move(salt);
  out.iterations = iterations;
  return out;
}

Credential make_credential(Mechanism mechanism, BytesView password, int iterations) {
  auto salt = random_bytes(salt_bytes);
  auto salted = pbkdf2(hash_of(mechanism), password, salt, iterations);
  auto out = credential_from(mechanism, salted, std::move(salt), iterations);
  wipe(salted);
  return out;
}

bool password_matches(Mechanism mechanism, const Credential& credential, BytesView password) {
  auto salted = pbkdf2(hash_of(mechanism), password, credential.salt, credential.iterations);
  const auto same = same_secret(credential_from(mechanism, salted, {}, credential.iterations).stored_key, credential.stored_key);
  wipe(salted);
  return same;
}

Credential decoy_credential(Mechanism mechanism, BytesView secret, std::string_view user, int iterations) {
  const auto hash = hash_of(mechanism);
  Credential out;
  out.salt = hmac(Hash::sha256, secret, "salt " + std::string(user)).substr(0, salt_bytes);
  out.stored_key = hmac(hash, secret, "stored " + std::string(user));   // nobody knows what hashes to it
  out.server_key = hmac(hash, secret, "server " + std::string(user));
  out.iterations = iterations;
  return out;
}

Result<ScramFirst> parse_scram_first(BytesView message) {
  ScramFirst out;
  if (message.size() > limits::sasl_bytes_max) return no_scram("first", "it is too long");
  const auto flag_end = message.find(',');
  const auto header_end = flag_end == BytesView::npos ? BytesView::npos : message.find(',', flag_end + 1);
  if (header_end == BytesView::npos) return no_scram("first", "it has no GS2 header");
  const auto flag = message.substr(0, flag_end);
  if (flag.starts_with("p=")) return fail(ErrorCode::unsupported, "SCRAM with channel binding is not offered", "use SCRAM-SHA-256 or SCRAM-SHA-512, without -PLUS");
  if (flag != "n" && flag != "y") return no_scram("first", "its GS2 header begins with neither 'n' nor 'y'");
  out.gs2_header = message.substr(0, header_end + 1);
  if (auto as = message.substr(flag_end + 1, header_end - flag_end - 1); !as.empty()) {
    const auto named = as.starts_with("a=") ? decode_name(as.substr(2)) : std::nullopt;
    if (!named) return no_scram("first", "its authorization identity cannot be read");
    out.authorize_as = *named;
  }
  out.bare = message.substr(header_end + 1);
  BytesView rest = out.bare;
  if (rest.starts_with("m=")) return fail(ErrorCode::unsupported, "the client wants an extension of SCRAM that is not known here");
  const auto user = take(rest, 'n');
  const auto nonce = take(rest, 'r');
  if (!user || !nonce) return no_scram("first", "it has no user (n=) and nonce (r=)");
  const auto name = decode_name(*user);
  if (!name || name->empty() || name->size() > limits::user_name_bytes_max) return no_scram("first", "its user name cannot be read");
  if (!is_nonce(*nonce)) return no_scram("first", "its nonce is not printable");
  out.user = *name;
  out.nonce = *nonce;
  return out;   // what follows the nonce are extensions
}

Result<ScramFinal> parse_scram_final(BytesView message) {
  ScramFinal out;
  if (message.size() > limits::sasl_bytes_max) return no_scram("final", "it is too long");
  const auto proof_at = message.rfind(",p=");   // the proof comes last
  if (proof_at == BytesView::npos) return no_scram("final", "it has no proof (p=)");
  out.without_proof = message.substr(0, proof_at);
  const auto proof = parse_base64(message.substr(proof_at + 3));
  BytesView rest = out.without_proof;
  const auto binding = take(rest, 'c');
  const auto nonce = take(rest, 'r');
  const auto bound = binding ? parse_base64(*binding) : std::nullopt;
  if (!bound || !nonce || !is_nonce(*nonce) || !proof) return no_scram("final", "its fields c=, r= and p= cannot be read");
  out.channel_binding = *bound;
  out.nonce = *nonce;
  out.proof = *proof;
  return out;
}

Result<Bytes> ScramExchange::begin(ScramFirst first, Credential credential) {
  first_ = std::move(first);
  credential_ = std::move(credential);
  server_first_ = "r=" + first_.nonce + server_nonce_ + ",s=" + base64(credential_.salt) + ",i=" + std::to_string(credential_.iterations);
  return server_first_;
}

Result<Bytes> ScramExchange::finish(BytesView client_final) {
  TRY(const auto last, parse_scram_final(client_final));
  const auto hash = hash_of(mechanism_);
  if (last.channel_binding != first_.gs2_header) return no_scram("final", "its channel binding is not the one it began with");
  // librdkafka before 2.6.1 (its issue 4895; Debian 12 has 2.0.2) puts its own nonce in front once more. The proof covers ours either way.
  const std::string ours = first_.nonce + server_nonce_;
  if (last.nonce != ours && last.nonce != first_.nonce + ours) return no_scram("final", "its nonce is not the one we gave");
  const std::string signed_text = first_.bare + "," + server_first_ + "," + last.without_proof;
  auto client_key = hmac(hash, credential_.stored_key, signed_text);
  if (last.proof.size() != client_key.size()) return no_scram("final", "its proof has the wrong length");
  for (std::size_t i = 0; i < client_key.size(); ++i) client_key[i] = char(client_key[i] ^ last.proof[i]);
  if (!same_secret(digest(hash, client_key), credential_.stored_key)) return fail(ErrorCode::unauthenticated, "the user or the password is wrong");
  return "v=" + base64(hmac(hash, credential_.server_key, signed_text));
}

}  // namespace braid::broker
