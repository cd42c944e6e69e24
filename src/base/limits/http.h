// Limits: HTTP server and client. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr std::size_t http_header_bytes_max = 64 * KiB;      // URLs with SQL inside are long
inline constexpr std::size_t http_body_bytes_max = 16 * MiB;        // the largest schema or script we were shown is under 2 MiB
inline constexpr std::size_t http_drained_body_bytes_max = 64 * KiB; // of a refused call, read past so that its connection can be kept; beyond it a new one is cheaper
inline constexpr std::size_t http_linger_bytes_max = 2 * http_body_bytes_max;   // read past after a last answer, so that it is not lost in a reset: what a client sends before it looks
inline constexpr int http_linger_ms = 5'000;                        // for that, and no longer
inline constexpr std::size_t http_connections_max = 4'096;
inline constexpr std::size_t http_connections_per_address_max = 1'024;   // a quarter, so that one machine cannot take all
inline constexpr std::size_t http_client_body_bytes_max = std::size_t(1) << 40;  // a stream of rows that a terminal shows may be long
inline constexpr std::uint32_t http2_streams_max = 128;             // requests at one time on one connection
inline constexpr std::size_t websocket_message_bytes_max = 1 * MiB; // of one message; who sends more is closed with 1009
inline constexpr std::size_t websocket_queue_bytes_max = 4 * MiB;   // that wait for a slow client; then it is closed with 1013
inline constexpr int websocket_ping_ms = 30'000;                    // of silence; a peer that is silent for another one is gone

}  // namespace braid::limits
