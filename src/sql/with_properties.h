// The WITH clause: known names, right types, values that make sense together. Internal to the planner.
#pragma once
#include <optional>
#include <string>

#include "sql/ast.h"
#include "sql/plan.h"

namespace braid::sql {

struct WithProperties {
  std::optional<std::string> topic{}, key_format{}, value_format{};
  std::optional<std::string> key_full_name{}, value_full_name{}, key_delimiter{}, value_delimiter{}, key_nullable{}, value_nullable{};
  std::optional<std::string> timestamp_column{}, timestamp_format{}, cleanup_policy{}, query_id{}, connector{};
  std::optional<std::int32_t> partitions{};
  std::optional<std::int16_t> replicas{};
  std::optional<std::int64_t> retention_ms{};
  std::optional<bool> wrap{};
  std::optional<WindowInfo> window{};
  std::optional<SchemaId> key_schema_id{}, value_schema_id{};
  Place key_format_place{}, value_format_place{};
};
enum class WithUse { create, create_as, insert };
Result<WithProperties> read_with(const Properties& with, WithUse use);

// The format's own properties out of the clause; an error where a property does not belong to the format.
// `source_name` names the default record of an AVRO key.
Result<format::FormatProperties> key_format_properties(const WithProperties& with, format::Format format, std::string_view source_name);
Result<format::FormatProperties> value_format_properties(const WithProperties& with, format::Format format);
// Of those, what a query's sink takes over from its source when the format stays the same.
format::FormatProperties inheritable(format::Format format, const format::FormatProperties& properties);
Result<format::Format> known_format(std::string_view name);   // Unknown format: FOO

// Wrapping features, and whether the format can hold the columns at all.
Result<void> set_value_features(FormatInfo& format, std::size_t columns, std::optional<bool> wrap, const std::map<std::string, std::string>& properties);
void set_key_features(FormatInfo& format, std::size_t columns);
Result<void> check_key_format(const FormatInfo& format, const std::vector<Field>& key);
Result<void> check_value_format(const FormatInfo& format, const std::vector<Field>& value);
Result<void> check_timestamp_column(const std::optional<TimestampColumn>& timestamp, const Schema& schema);

}  // namespace braid::sql
