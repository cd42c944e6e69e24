// The few cryptographic functions that passwords need, by OpenSSL. Pure functions over bytes; any thread. A failure of OpenSSL itself (no memory,
// no randomness) ends the process: there is nothing safe to go on with.
#pragma once
#include "base/bytes.h"

namespace braid::broker {

enum class Hash { sha256, sha512 };

Bytes digest(Hash hash, BytesView data);
Bytes hmac(Hash hash, BytesView key, BytesView data);
Bytes pbkdf2(Hash hash, BytesView password, BytesView salt, int iterations);   // as long as the hash
Bytes random_bytes(std::size_t n);
// Takes the same time wherever they differ; only their lengths may be learned from it.
bool same_secret(BytesView a, BytesView b);
void wipe(Bytes& secret);

}  // namespace braid::broker
