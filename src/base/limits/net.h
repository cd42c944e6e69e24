// Limits: connections of any protocol. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr int tls_handshake_ms_max = 10'000;                 // two round trips and a signature; who takes longer holds a descriptor for nothing
inline constexpr std::size_t tls_file_bytes_max = 4 * MiB;          // of a certificate, key or list of authorities; the web's whole list is 220 KiB
inline constexpr int tls_failures_logged_per_minute_max = 60;       // a port scanner must not fill the disk with log lines; all are counted

}  // namespace braid::limits
