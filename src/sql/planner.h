// A parsed statement and what exists -> what to do: a change of the metastore, a query to run, a topic to make, or an Error.
// Pure: schemas and topics are asked for through SchemaLookup, which answers at once. Semantics and error texts are ksqlDB's; an error's
// `where` counts in the script that the statement was parsed from, and its hint says what to do.
//
//   TRY(auto script, parse_script(sql));
//   TRY(auto planned, plan(script[0], {metastore, properties, lookup, "CSAS_", ...}));
//   if (planned.ddl) metastore.apply(*planned.ddl);
//   if (planned.query) { metastore.add_query(*planned.query); engine.run(*planned.query); }
#pragma once
#include <map>
#include <optional>
#include <string>

#include "sql/ast.h"
#include "sql/metastore.h"
#include "sql/plan.h"

namespace braid::sql {

class SchemaLookup {
 public:
  virtual ~SchemaLookup() = default;
  struct Found { SchemaId id; format::SchemaText text; };
  virtual std::optional<Found> latest(std::string_view subject) = 0;    // "orders-value"
  virtual std::optional<Found> by_id(SchemaId id) = 0;
  virtual std::optional<std::int32_t> partitions(std::string_view topic) = 0;   // empty: there is no such topic
};

struct PlanContext {
  const Metastore& metastore;
  const std::map<std::string, std::string>& properties;   // of the session over those of the server: ksql.persistence.default.format.value, ...
  SchemaLookup& schemas;
  std::string query_number = "0";              // the last part of a new query's id: CSAS_OUTPUT_<number>
};

struct Planned {
  std::optional<DdlCommand> ddl{};             // apply it first
  std::optional<QueryPlan> query{};            // then run this; a transient query (SELECT) has no sink
  std::optional<TopicWish> topic{};            // the topic of the source that was created
  bool pull = false;                           // a SELECT without EMIT
  bool nothing_to_do = false;                  // IF NOT EXISTS / IF EXISTS met what it said; `message` says so
  std::string message{};
  std::string statement{};                     // canonical text, names resolved; what EXPLAIN and the error's "Statement:" show
};

// CREATE, CREATE AS, INSERT INTO, ALTER, DROP, CREATE and DROP TYPE, SELECT. Other statements need no plan: Error{unsupported}.
Result<Planned> plan(const Statement& statement, const PlanContext& context);

// The canonical text with every column qualified and every select item named, as ksqlDB puts it behind "Statement:"; the printed tree when
// names cannot be resolved.
std::string canonical_text(const Statement& statement, const Metastore& metastore);

// INSERT INTO ... VALUES: one value per column of the row, converted to its type. In the order key columns, value columns; absent ones are null.
struct InsertRow {
  const Source* source = nullptr;
  data::Values key, value;
  bool null_value = false;                     // no value column was named for a table: a tombstone is not meant; see README
  std::optional<std::int64_t> rowtime{};
};
Result<InsertRow> plan_insert(const InsertValues& insert, const PlanContext& context);

// The type that a name stands for, custom types included.
Result<Type> resolve_type(const TypeName& name, const Metastore& metastore);
// A JSON value or SQL literal as a value of the column's type (POST /inserts-stream does it through here, too).
Result<Value> coerce_literal(const Value& value, const Type& from, const Type& to);

// `ID` INTEGER KEY, `V` STRING; with PRIMARY KEY for tables.
std::string schema_text(const Schema& schema, SourceKind kind);

// What wrapping a serde of these columns has to use: features given explicitly, else the format's default.
bool unwraps(const FormatInfo& format, std::size_t columns, bool is_key);

}  // namespace braid::sql
