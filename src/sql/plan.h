// The checked plan of a persistent or transient query: a tree of steps from sources to at most one sink. Pure data; the planner makes it, the
// engine (flow/) runs it. Every step says the schema of the rows that leave it. Semantics are Kafka Streams' with caching off (ksqldb.md 5.1).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/serde.h"
#include "sql/expression.h"

namespace braid::sql {

struct FormatInfo {
  format::Format format = format::Format::kafka;
  format::FormatProperties properties{};
  bool wrap = false;                           // WRAP_SINGLES given explicitly (or by default property)
  bool unwrap = false;                         // UNWRAP_SINGLES
  std::optional<SchemaId> schema_id{};         // KEY_SCHEMA_ID / VALUE_SCHEMA_ID
  friend bool operator==(const FormatInfo&, const FormatInfo&) = default;
};

struct TimestampColumn {                       // TIMESTAMP='col' [, TIMESTAMP_FORMAT='...']
  std::string column;
  std::optional<std::string> format{};
  friend bool operator==(const TimestampColumn&, const TimestampColumn&) = default;
};

struct WindowSpec {
  WindowKind kind = WindowKind::tumbling;
  std::int64_t size_ms = 0;                    // session: the gap of inactivity
  std::int64_t advance_ms = 0;                 // hopping; equal to size when tumbling
  std::optional<std::int64_t> grace_ms{};      // absent: 24 h
  std::optional<std::int64_t> retention_ms{};
};

enum class JoinKind { inner, left, right, outer };

enum class StepKind {
  source, filter, project, flat_map, select_key, group, aggregate, stream_stream_join, stream_table_join, table_table_join, foreign_key_join, sink,
};

struct NamedExpression {
  std::string name;
  BoundPtr expression;
};
struct AggregateCall {
  std::string name;                            // of the resulting column
  std::shared_ptr<const ResolvedAggregate> function;
  std::vector<BoundPtr> arguments;             // over the rows that enter the aggregate step
};
struct TableFunctionCall {
  std::string name;
  std::shared_ptr<const ResolvedTableFunction> function;
  std::vector<BoundPtr> arguments;
};

struct Step;
using StepPtr = std::shared_ptr<const Step>;

// One step. Which members are used depends on `kind`; the expressions of a step are bound to the rows that enter it (its input's schema; for
// joins: see there).
struct Step {
  StepKind kind = StepKind::source;
  std::string id;                              // stable inside the query: "Source", "Project", "Join-left"; names stores, topics and metrics
  SourceKind result = SourceKind::stream;      // do its rows mean events or changes of a table?
  Schema schema;                               // of the rows that leave
  bool windowed = false;                       // its rows have a window (start, end) beside their key
  std::vector<StepPtr> inputs{};

  // source
  std::string source{};                        // name of the stream or table
  std::string topic{};
  FormatInfo key_format{}, value_format{};     // also of a sink
  std::optional<WindowInfo> window_info{};     // also of a sink
  std::optional<TimestampColumn> timestamp{};  // also of a sink

  // filter (also HAVING, which is a filter over a table)
  BoundPtr condition{};

  // project: the value columns that leave; key columns that leave are a selection and renaming of those that enter.
  std::vector<NamedExpression> columns{};
  std::vector<int> keep_keys{};                // indices into the input's key; names come from `schema.key`

  // flat_map: `schema.value` is the input's value columns and then one per call
  std::vector<TableFunctionCall> table_functions{};

  // select_key (PARTITION BY, and before joins): the new key. group (GROUP BY): the key of the group. For a table, a change of the key is a
  // delete of the old one and an insert of the new one. Rows whose key is null are dropped by `group`, kept by `select_key`.
  std::vector<NamedExpression> new_keys{};
  bool repartitions = false;                   // false: the key does not change, so no repartition topic would be needed

  // aggregate: input is a `group` step. `schema.value`: first `passed`, then one column per call.
  std::vector<NamedExpression> passed{};       // columns that are part of the group and needed afterwards
  std::vector<AggregateCall> aggregates{};
  std::optional<WindowSpec> window{};
  bool emit_final = false;

  // joins: inputs[0] is the left side, inputs[1] the right one. schema.value is the left side's value columns and then the right side's
  // (each side projects before the join, so names are unique). schema.key is the join key.
  JoinKind join = JoinKind::inner;
  std::int64_t before_ms = 0, after_ms = 0;    // stream-stream: WITHIN
  std::optional<std::int64_t> grace_ms{};      // stream-stream: absent means the eager null results of the old semantics
  BoundPtr foreign_key{};                      // foreign_key_join: over the left side's rows; must equal the right side's primary key

  // sink
  std::string sink{};                          // name of the stream or table; empty: rows go to whoever runs the query
};

struct QueryPlan {
  std::string id;                              // CSAS_X_0
  std::string statement;                       // canonical text
  StepPtr root;                                // the sink, or the last step of a transient query
  std::vector<std::string> sources;            // names, each once
  bool is_table = false;
  std::optional<std::int64_t> limit{};
};

}  // namespace braid::sql
