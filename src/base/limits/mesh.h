// Limits: mesh and its observed lineage. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

// Mesh
inline constexpr std::size_t name_characters_max = 300;
inline constexpr std::size_t description_bytes_max = 4 * KiB;
inline constexpr std::size_t documentation_bytes_max = 200 * KiB;   // before and after, escaped, stay below a log's usual 1 MiB per record
inline constexpr std::size_t tags_per_product_max = 100;
inline constexpr std::size_t ports_per_product_max = 100;
inline constexpr std::size_t consumers_per_product_max = 10'000;
inline constexpr std::size_t product_history_max = 500;             // changes per product kept in memory; all of them stay in the log
inline constexpr std::size_t organisation_history_max = 20;         // changes per domain, team or person kept in memory, to tell who overtook whom
inline constexpr std::size_t mesh_events_in_memory_max = 10'000;    // for clients that reconnect to the stream of changes
inline constexpr std::size_t audit_entries_in_memory_max = 20'000;  // listed and searched by the API; older ones by SQL over the topic
inline constexpr std::size_t mesh_record_bytes_max = 8 * MiB;       // max.message.bytes of the mesh's own topics

// Observed lineage
inline constexpr std::size_t lineage_flows_max = 10'000;             // observed (who, topic, direction); beyond it the one unseen for longest is forgotten
inline constexpr std::size_t lineage_record_bytes_max = 4'096;       // of one of them in the log; clients choose their own names
inline constexpr std::size_t openlineage_events_per_call_max = 1'000;   // a page of events, some 4 KiB each

}  // namespace braid::limits
