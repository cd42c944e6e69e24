// Limits: Kafka port. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

inline constexpr std::size_t kafka_request_bytes_max = 100 * MiB;   // Kafka's socket.request.max.bytes; checked before allocating
inline constexpr std::size_t kafka_array_elements_max = 1'000'000;  // in one request together: keeps its decoded form under some 200 MiB
inline constexpr std::size_t kafka_fetch_bytes_max = 55 * MiB;      // Kafka's fetch.max.bytes
inline constexpr std::size_t kafka_connections_max = 10'000;        // file descriptors; beyond it new connections are closed
inline constexpr std::size_t kafka_connections_per_address_max = 2'500; // a quarter, so that one machine cannot take all
inline constexpr std::size_t kafka_request_memory_max = 512 * MiB;  // requests being read or worked on, all connections together; beyond it sockets wait
inline constexpr std::size_t kafka_allocation_ahead_max = 1 * MiB;  // what a length prefix alone may make us allocate
inline constexpr std::size_t kafka_produce_in_flight_max = 64;      // per connection; librdkafka and Java send 5 when idempotent
inline constexpr int kafka_idle_ms_max = 600'000;                   // Kafka's connections.max.idle.ms
inline constexpr int kafka_write_ms_max = 120'000;                  // a peer that takes nothing for so long is gone
inline constexpr int kafka_fetch_wait_ms_max = 300'000;             // a longer max_wait is cut to this
inline constexpr std::size_t kafka_group_members_max = 5'000;       // a rebalance sends every member's metadata to the leader
inline constexpr std::size_t kafka_groups_max = 100'000;            // about 1 KiB each at rest
inline constexpr std::size_t kafka_offset_metadata_bytes_max = 4'096;   // Kafka's offset.metadata.max.bytes
inline constexpr std::size_t kafka_partitions_per_topic_max = 10'000;   // each costs memory and two files
inline constexpr std::size_t transactional_ids_max = 100'000;       // about 300 bytes each; a program that makes up ids stops here
inline constexpr std::size_t transaction_partitions_max = 10'000;   // of one transaction; each gets a marker
inline constexpr std::size_t kafka_added_lines_max = 10'000;        // producers per shard whose added partitions are remembered; beyond it they are asked for again
inline constexpr std::size_t traffic_entries_max = 10'000;          // (principal, client, topic) that are counted apart, per shard
inline constexpr std::size_t decompressed_batch_bytes_max = 256 * MiB;  // a decompression bomb stops here
inline constexpr std::size_t traffic_topics_per_group_max = 1'000;   // of one client in one group; a subscription may name all topics

}  // namespace braid::limits
