// Every bound of the product, in one table, with its reason. Reaching one is ErrorCode::overloaded or invalid_input, never growth.
#pragma once
#include <cstddef>
#include <cstdint>

namespace braid::limits {

inline constexpr std::size_t KiB = 1024, MiB = 1024 * KiB;

// Kafka protocol
inline constexpr std::size_t kafka_request_bytes_max = 100 * MiB;   // Kafka's socket.request.max.bytes; checked before allocating
inline constexpr std::size_t kafka_array_elements_max = 1'000'000;  // in one request together: keeps its decoded form under some 200 MiB
inline constexpr std::size_t kafka_batch_bytes_default = 1'048'588; // Kafka's message.max.bytes
inline constexpr std::size_t kafka_fetch_bytes_max = 55 * MiB;      // Kafka's fetch.max.bytes
inline constexpr std::size_t kafka_connections_max = 10'000;        // file descriptors; beyond it new connections are closed
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
inline constexpr std::size_t traffic_entries_max = 10'000;          // (principal, client, topic) that are counted apart, per shard
inline constexpr std::size_t decompressed_batch_bytes_max = 256 * MiB;  // a decompression bomb stops here

// Event log
inline constexpr int partitions_per_topic_max = 10'000;             // what people really make is below 1,000; a typing error stops here
inline constexpr std::size_t partitions_max = 200'000;              // about 1 KiB each at rest
inline constexpr std::size_t commit_group_bytes_max = 1 * MiB;      // more per fdatasync only adds latency (DESIGN section 7)
inline constexpr std::size_t unflushed_bytes_max = 128 * MiB;       // acknowledged but not in segments; then appends wait for the disk
inline constexpr std::size_t tail_cache_bytes_max = 32 * MiB;       // newest batches kept in memory for readers at the end, all partitions
inline constexpr std::size_t open_segments_max = 256;               // file descriptors for reading, all shards

// HTTP
inline constexpr std::size_t http_header_bytes_max = 64 * KiB;      // URLs with SQL inside are long
inline constexpr std::size_t http_body_bytes_max = 16 * MiB;        // the largest schema or script we were shown is under 2 MiB
inline constexpr std::size_t http_connections_max = 4'096;
inline constexpr std::size_t http_client_body_bytes_max = std::size_t(1) << 40;  // a stream of rows that a terminal shows may be long
inline constexpr std::uint32_t http2_streams_max = 128;             // requests at one time on one connection
inline constexpr std::size_t websocket_message_bytes_max = 1 * MiB; // of one message; who sends more is closed with 1009
inline constexpr std::size_t websocket_queue_bytes_max = 4 * MiB;   // that wait for a slow client; then it is closed with 1013
inline constexpr int websocket_ping_ms = 30'000;                    // of silence; a peer that is silent for another one is gone

// Files
inline constexpr std::size_t load_row_bytes_max = 8 * MiB;           // one row of a file that is loaded; an open quote must not eat the memory

// Texts people write
inline constexpr std::size_t sql_text_bytes_max = 1 * MiB;
inline constexpr int sql_nesting_max = 200;                         // keeps the parser's stack under 256 KiB
inline constexpr int sql_tree_depth_max = 190;                     // a + b + c ... leans to the left; below the former, so that what we print can be parsed
inline constexpr int schema_nesting_max = 200;                      // the same, for Avro, JSON Schema and Protobuf
inline constexpr int json_nesting_max = 500;                        // records are read by recursion too

// Registry
inline constexpr std::size_t schema_comparisons_max = 200'000;      // pairs of parts that one compatibility check may look at
inline constexpr std::size_t parsed_schemas_max = 20'000;           // parsed schemas remembered; then the memo starts again

// Records
inline constexpr std::size_t avro_empty_items_max = 1 << 20;        // items of an Avro array that take no bytes: only this bounds them

// Mesh
inline constexpr std::size_t name_characters_max = 300;
inline constexpr std::size_t description_bytes_max = 4 * KiB;
inline constexpr std::size_t documentation_bytes_max = 200 * KiB;   // before and after, escaped, stay below a log's usual 1 MiB per record
inline constexpr std::size_t tags_per_product_max = 100;
inline constexpr std::size_t ports_per_product_max = 100;
inline constexpr std::size_t consumers_per_product_max = 10'000;
inline constexpr std::size_t product_history_max = 500;             // changes per product kept in memory; all of them stay in the log
inline constexpr std::size_t mesh_events_in_memory_max = 10'000;    // for clients that reconnect to the stream of changes
inline constexpr std::size_t audit_entries_in_memory_max = 20'000;  // listed and searched by the API; older ones by SQL over the topic
inline constexpr std::size_t mesh_record_bytes_max = 8 * MiB;       // max.message.bytes of the mesh's own topics

// Search
inline constexpr std::size_t search_text_bytes_max = 1 * KiB;       // of a query
inline constexpr std::size_t search_words_max = 16;                 // of a query
inline constexpr std::size_t search_tokens_max = 20'000;            // of one text; the documentation of a product has at most about 40,000
inline constexpr std::size_t search_page_max = 500;                 // Confluent's limit for catalog searches, too
inline constexpr std::size_t search_ranked_max = 20'000;            // matches ranked by frequency of words; beyond it by type and name only

// Stream catalog
inline constexpr std::size_t tag_definitions_max = 10'000;
inline constexpr std::size_t catalog_name_characters_max = 8'192;   // Confluent's, for tags and business metadata
inline constexpr std::size_t catalog_items_per_call_max = 1'000;
inline constexpr std::size_t schema_fields_max = 10'000;             // of one schema that the catalog shows and finds

}  // namespace braid::limits
