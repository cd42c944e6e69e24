// link: braid_sql braid_format
// Any text that parses is planned, statement by statement, over a few streams and tables: a plan or an error with a message, and what a plan says
// fits together (every step's columns have as many types as expressions; the sink's schema is that of the step before it).
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string_view>

#include "sql/parser.h"
#include "sql/planner.h"

namespace {
using namespace braid;
using namespace braid::sql;

struct NoSchemas final : SchemaLookup {
  std::optional<Found> latest(std::string_view) override { return std::nullopt; }
  std::optional<Found> by_id(SchemaId) override { return std::nullopt; }
  std::optional<std::int32_t> partitions(std::string_view topic) override { return topic == "none" ? std::nullopt : std::optional<std::int32_t>(topic == "two" ? 2 : 1); }
};

constexpr std::string_view setting = R"(
CREATE STREAM A (ID BIGINT KEY, X INT, Y STRING, D DECIMAL(6,2), L ARRAY<STRING>, M MAP<STRING, INT>, S STRUCT<F INT, G STRUCT<H STRING>>, B BOOLEAN, T TIMESTAMP) WITH (kafka_topic='a', value_format='JSON');
CREATE STREAM C (ID BIGINT KEY, X INT, Z DOUBLE, H BYTES HEADER('h')) WITH (kafka_topic='c', value_format='DELIMITED');
CREATE TABLE T1 (ID BIGINT PRIMARY KEY, V STRING, F BIGINT) WITH (kafka_topic='t1', value_format='JSON');
CREATE TABLE T2 (ID BIGINT PRIMARY KEY, W INT) WITH (kafka_topic='t2', format='JSON');
CREATE STREAM W1 (K STRING KEY, V INT) WITH (kafka_topic='w', value_format='JSON', window_type='TUMBLING', window_size='10 SECONDS');
)";

void check(const Step& step) {
  if (step.kind == StepKind::project && (step.columns.size() != step.schema.value.size() || step.keep_keys.size() != step.schema.key.size())) std::abort();
  for (std::size_t i = 0; i < step.columns.size(); ++i)
    if (!(step.columns[i].expression->type == step.schema.value[i].type)) std::abort();
  if (step.kind == StepKind::sink && !(step.inputs[0]->schema.value == step.schema.value && step.inputs[0]->schema.key == step.schema.key)) std::abort();
  for (const auto& input : step.inputs) check(*input);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Metastore base = [] {
    Metastore metastore;
    NoSchemas schemas;
    const std::map<std::string, std::string> none;
    const auto script = parse_script(setting).value();
    for (const auto& s : script) metastore.apply(*plan(s, {metastore, none, schemas}).value().ddl);
    return metastore;
  }();
  auto metastore = base;
  NoSchemas schemas;
  const std::map<std::string, std::string> properties{{"ksql.persistence.default.format.value", "JSON"}};
  const auto script = parse_script({reinterpret_cast<const char*>(data), size});
  if (!script) return 0;
  for (const auto& statement : *script) {
    const PlanContext context{metastore, properties, schemas, "7"};
    canonical_text(statement, metastore);
    if (const auto* insert = std::get_if<InsertValues>(&statement.tree)) {
      if (auto row = plan_insert(*insert, context); !row && row.error().message.empty()) std::abort();
      continue;
    }
    auto planned = plan(statement, context);
    if (!planned) {
      if (planned.error().message.empty() || planned.error().code == ErrorCode::bug) std::abort();
      if (planned.error().where && planned.error().where->end > size) std::abort();
      continue;
    }
    if (planned->query) check(*planned->query->root);
    // What is shown of a statement can be typed in again.
    if (!parse_script(planned->statement + ";")) std::abort();
    if (planned->ddl) metastore.apply(*planned->ddl);
    if (planned->query && planned->query->root->kind == StepKind::sink) metastore.add_query(*planned->query);
  }
  return 0;
}
