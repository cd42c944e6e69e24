// Limits: users, passwords, ACLs. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr int scram_iterations_min = 4'096;                  // RFC 7677, and Kafka's smallest
inline constexpr int scram_iterations_max = 16'384;                 // Kafka's largest: every login of a client costs it this many hashes
inline constexpr int scram_iterations_default = 8'192;              // each guess costs 2.0 ms of one core for SHA-256, 4.5 ms for SHA-512 (OpenSSL 3.0, AMD EPYC, median of 70 runs)
inline constexpr std::size_t user_name_bytes_max = 255;             // it is in records, log lines and lineage
inline constexpr std::size_t password_bytes_min = 8;                // for passwords that are set here; Kafka's clients send hashes only
inline constexpr std::size_t password_bytes_max = 1'024;
inline constexpr std::size_t users_max = 10'000;                    // a change copies the table
inline constexpr std::size_t acls_max = 50'000;                     // as above; about 200 bytes each
inline constexpr std::size_t acl_name_bytes_max = 1'024;            // names of resources, principals, hosts
inline constexpr std::size_t sasl_bytes_max = 64 * KiB;             // one request of a client that has not said who it is; SCRAM needs some 200 bytes
inline constexpr int sasl_login_ms_max = 30'000;                    // a connection that has not said who it is ends after this
inline constexpr int sasl_failure_delay_ms = 100;                   // Kafka's connection.failed.authentication.delay.ms: guessing takes time
inline constexpr std::size_t passwords_in_check_max = 64;           // on one shard; more at once are answered "overloaded"
inline constexpr std::size_t passwords_known_max = 4'096;           // verified ones that are remembered (as keyed hashes), on one shard

}  // namespace braid::limits
