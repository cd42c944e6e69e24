// Every limit of base/limits in the metrics, with what is used of it where that is counted. The one list; tools/lint.py holds it against the pages.
#include "node/limits.h"

#include "base/limits/catalog.h"
#include "base/limits/event_log.h"
#include "base/limits/http.h"
#include "base/limits/upstream.h"
#include "base/limits/kafka.h"
#include "base/limits/mesh.h"
#include "base/limits/net.h"
#include "base/limits/observe.h"
#include "base/limits/promises.h"
#include "base/limits/schemas.h"
#include "base/limits/security.h"
#include "base/limits/texts.h"
#include "node/parts.h"

namespace braid::node {
namespace {

struct Limit {
  std::string_view name;
  double value;
};
#define LIMIT(name) Limit{#name, double(limits::name)}
constexpr std::array all_limits{
    // catalog.h
    LIMIT(search_text_bytes_max), LIMIT(search_words_max), LIMIT(search_tokens_max), LIMIT(search_page_max), LIMIT(search_ranked_max),
    LIMIT(catalog_subjects_at_open), LIMIT(catalog_subjects_at_once), LIMIT(catalog_documents_at_once), LIMIT(tag_definitions_max),
    LIMIT(catalog_name_characters_max), LIMIT(catalog_items_per_call_max), LIMIT(schema_fields_max),
    // event_log.h
    LIMIT(partitions_per_topic_max), LIMIT(partitions_max), LIMIT(commit_group_bytes_max), LIMIT(unflushed_bytes_max), LIMIT(tail_cache_bytes_max),
    LIMIT(node_settings_max), LIMIT(open_segments_max),
    // http.h
    LIMIT(http_header_bytes_max), LIMIT(http_body_bytes_max), LIMIT(http_connections_max), LIMIT(http_connections_per_address_max),
    LIMIT(http_client_body_bytes_max), LIMIT(http2_streams_max), LIMIT(websocket_message_bytes_max), LIMIT(websocket_queue_bytes_max),
    LIMIT(websocket_ping_ms), LIMIT(http_drained_body_bytes_max), LIMIT(http_linger_bytes_max), LIMIT(http_linger_ms),
    // kafka.h
    LIMIT(kafka_request_bytes_max), LIMIT(kafka_array_elements_max), LIMIT(kafka_fetch_bytes_max),
    LIMIT(kafka_connections_max), LIMIT(kafka_connections_per_address_max), LIMIT(kafka_request_memory_max), LIMIT(kafka_allocation_ahead_max),
    LIMIT(kafka_produce_in_flight_max), LIMIT(kafka_idle_ms_max), LIMIT(kafka_write_ms_max), LIMIT(kafka_fetch_wait_ms_max),
    LIMIT(kafka_group_members_max), LIMIT(kafka_groups_max), LIMIT(kafka_offset_metadata_bytes_max), LIMIT(kafka_partitions_per_topic_max),
    LIMIT(transactional_ids_max), LIMIT(transaction_partitions_max), LIMIT(kafka_added_lines_max), LIMIT(traffic_entries_max), LIMIT(decompressed_batch_bytes_max),
    LIMIT(traffic_topics_per_group_max),
    // mesh.h
    LIMIT(name_characters_max), LIMIT(description_bytes_max), LIMIT(documentation_bytes_max), LIMIT(tags_per_product_max),
    LIMIT(ports_per_product_max), LIMIT(consumers_per_product_max), LIMIT(product_history_max), LIMIT(organisation_history_max), LIMIT(mesh_events_in_memory_max),
    LIMIT(audit_entries_in_memory_max), LIMIT(mesh_record_bytes_max), LIMIT(lineage_flows_max), LIMIT(lineage_record_bytes_max),
    LIMIT(openlineage_events_per_call_max),
    // net.h
    LIMIT(tls_handshake_ms_max), LIMIT(tls_file_bytes_max), LIMIT(tls_failures_logged_per_minute_max),
    // observe.h
    LIMIT(profile_fields_max), LIMIT(profile_field_bytes_max), LIMIT(profile_state_bytes_max), LIMIT(profile_memory_max),
    LIMIT(profile_sample_records_max), LIMIT(observed_topics_max), LIMIT(live_streams_max),
    // promises.h
    LIMIT(promised_availability_least), LIMIT(promised_fields_max), LIMIT(promised_freshness_s_max), LIMIT(promised_history_days_max), LIMIT(promised_rate_max),
    // schemas.h
    LIMIT(schema_comparisons_max), LIMIT(parsed_schemas_max), LIMIT(registry_schema_bytes_max), LIMIT(avro_empty_items_max),
    LIMIT(avro_default_bytes_max), LIMIT(avro_defaults_read_max), LIMIT(schema_columns_max), LIMIT(schema_differences_max),
    LIMIT(schema_difference_copies_max), LIMIT(schema_indent_bytes_max), LIMIT(schema_lookup_bytes_max), LIMIT(schema_name_bytes_max),
    LIMIT(example_records_max), LIMIT(example_values_max), LIMIT(example_parts_max), LIMIT(example_bytes_max), LIMIT(example_schema_bytes_max),
    LIMIT(schema_pattern_steps), LIMIT(schema_pattern_ticks), LIMIT(schema_reference_bytes_max),
    LIMIT(json_schema_steps_max), LIMIT(cel_text_bytes_max), LIMIT(cel_nesting_max), LIMIT(cel_steps_max),
    LIMIT(upstream_answer_bytes_max), LIMIT(upstream_patience_ms), LIMIT(upstream_away_ms), LIMIT(upstream_settings_max), LIMIT(upstream_unknown_ids_max), LIMIT(contract_schemas_max), LIMIT(contract_reasons_max),
    LIMIT(contract_reason_bytes_max), LIMIT(contract_faults_kept), LIMIT(contract_topics_seen_max),
    // security.h
    LIMIT(scram_iterations_min), LIMIT(scram_iterations_max), LIMIT(scram_iterations_default), LIMIT(user_name_bytes_max),
    LIMIT(password_bytes_min), LIMIT(password_bytes_max), LIMIT(users_max), LIMIT(acls_max), LIMIT(acl_name_bytes_max), LIMIT(sasl_bytes_max),
    LIMIT(sasl_login_ms_max), LIMIT(sasl_failure_delay_ms), LIMIT(passwords_in_check_max), LIMIT(passwords_known_max),
    // texts.h
    LIMIT(load_row_bytes_max), LIMIT(sql_text_bytes_max), LIMIT(sql_nesting_max), LIMIT(sql_tree_depth_max), LIMIT(schema_nesting_max),
    LIMIT(json_nesting_max),
};
#undef LIMIT

// Which gauges count towards which limit; where there are several (one for each server) the limit is for each, and the fullest is shown.
struct Used {
  std::string_view limit;
  std::vector<const Gauge*> by;
};

std::vector<Used> what_is_used(Metrics& metrics) {
  const auto gauge = [&metrics](const std::string& name, const Labels& labels = {}) -> const Gauge* { return &metrics.gauge(name, "", labels); };
  return {
      {"http_connections_max", {gauge("braid_http_connections", {{"server", "main"}}), gauge("braid_http_connections", {{"server", "registry"}}), gauge("braid_http_connections", {{"server", "ksql"}})}},
      {"kafka_connections_max", {gauge("braid_kafka_connections")}},
      {"kafka_groups_max", {gauge("braid_kafka_groups")}},
      {"kafka_request_memory_max", {gauge("braid_kafka_request_memory_bytes")}},
      {"partitions_max", {gauge("braid_log_partitions")}},
      {"unflushed_bytes_max", {gauge("braid_log_unflushed_bytes")}},
  };
}

}  // namespace

void add_limit_metrics(Parts& parts) {
  Metrics& metrics = parts.metrics;
  const std::string help = "The bound of that name (docs/guide/limits.md): bytes, milliseconds or a number.";
  for (const auto& limit : all_limits) metrics.gauge("braid_limit", help, {{"name", std::string(limit.name)}}).set(limit.value);
  std::vector<std::pair<Gauge*, std::vector<const Gauge*>>> shown;
  if (parts.storage)   // what is counted on a Kafka cluster is counted there
    for (auto& used : what_is_used(metrics)) shown.emplace_back(&metrics.gauge("braid_limit_used", "What is used of the limit of that name.", {{"name", std::string(used.limit)}}), std::move(used.by));
  auto& free = metrics.gauge("braid_disk_free_bytes", "Room on the disk of the data directory. The log takes no records while there is less than braid_disk_free_bytes_min.");
  metrics.gauge("braid_disk_free_bytes_min", "Room that the log leaves on its disk.").set(double(storage::LogOptions{}.free_bytes_min));
  metrics.before_scrape([&parts, &free, shown = std::move(shown)] {
    for (const auto& [gauge, by] : shown) {
      double most = 0;
      for (const auto* one : by) most = std::max(most, one->value());
      gauge->set(most);
    }
    if (const auto bytes = parts.files->free_bytes(parts.config.data)) free.set(double(*bytes));
  });
}

}  // namespace braid::node
