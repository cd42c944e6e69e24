#include "broker/security/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/error.h"

namespace braid::broker {
namespace {

const EVP_MD* evp(Hash hash) { return hash == Hash::sha256 ? EVP_sha256() : EVP_sha512(); }
std::size_t size_of(Hash hash) { return hash == Hash::sha256 ? 32 : 64; }
unsigned char* raw(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(BytesView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

Bytes digest(Hash hash, BytesView data) {
  Bytes out(size_of(hash), '\0');
  BRAID_ASSERT(EVP_Digest(data.data(), data.size(), raw(out), nullptr, evp(hash), nullptr) == 1);
  return out;
}

Bytes hmac(Hash hash, BytesView key, BytesView data) {
  Bytes out(size_of(hash), '\0');
  BRAID_ASSERT(HMAC(evp(hash), key.data(), int(key.size()), raw(data), data.size(), raw(out), nullptr) != nullptr);
  return out;
}

Bytes pbkdf2(Hash hash, BytesView password, BytesView salt, int iterations) {
  Bytes out(size_of(hash), '\0');
  BRAID_ASSERT(PKCS5_PBKDF2_HMAC(password.data(), int(password.size()), raw(salt), int(salt.size()), iterations, evp(hash), int(out.size()), raw(out)) == 1);
  return out;
}

Bytes random_bytes(std::size_t n) {
  Bytes out(n, '\0');
  BRAID_ASSERT(RAND_bytes(raw(out), int(n)) == 1);
  return out;
}

bool same_secret(BytesView a, BytesView b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

void wipe(Bytes& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace braid::broker
