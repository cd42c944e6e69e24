// flow_rows [ROWS]: rows per second and CPU-seconds per million rows of a filter, a join with a table and a windowed count, over JSON and AVRO.
// In process: records are decoded, run through the operators and encoded; no log, no disk. One core. Rows are generated from a seed and given in
// batches of 4,096; the result is checked (how many rows came out) before its time is printed.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "flow/records.h"
#include "flow/topology.h"
#include "sql/parser.h"
#include "sql/planner.h"

namespace {

using namespace braid;

double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

class Schemas final : public format::Schemas {
 public:
  const format::SchemaText* by_id(SchemaId id) override { return id.value == 1 ? &source : id.value == 2 ? &sink : nullptr; }
  format::SchemaText source, sink;
};

class Lookup final : public sql::SchemaLookup {
 public:
  std::optional<Found> latest(std::string_view) override { return std::nullopt; }
  std::optional<Found> by_id(SchemaId) override { return std::nullopt; }
  std::optional<std::int32_t> partitions(std::string_view) override { return 1; }
};

constexpr std::size_t pool_rows = 65'536, batch_rows = 4'096, users = 1'000;

struct Pool { std::vector<Bytes> keys, values; };

// Rows of a trade: about 140 bytes of JSON, 60 of AVRO.
Pool make_rows(format::Serde& serde, const std::vector<data::Field>& fields) {
  std::mt19937_64 random(7);
  std::vector<data::Column> columns;
  for (const auto& f : fields) columns.emplace_back(f.type);
  for (std::size_t i = 0; i < pool_rows; ++i) {
    const auto user = random() % users;
    columns[0].append_text("user_" + std::to_string(user));
    columns[1].append_text("SYM" + std::to_string(random() % 100));
    columns[2].append_int(std::int32_t(random() % 1000));
    columns[3].append_double(double(random() % 100'000) / 100);
    columns[4].append_text(random() % 2 ? "BUY" : "SELL");
    columns[5].append_long(std::int64_t(random() % 1'000'000'000));
    columns[6].append_bool(random() % 3 == 0);
  }
  std::vector<const data::Column*> at;
  for (const auto& c : columns) at.push_back(&c);
  Pool out;
  for (std::size_t i = 0; i < pool_rows; ++i) {
    Bytes bytes;
    if (!serde.encode(at, i, bytes)) std::abort();
    out.values.push_back(std::move(bytes));
    out.keys.emplace_back(columns[0].texts()[i]);
  }
  return out;
}

struct Query { const char* name; const char* sql; };

int run(const std::string& format, const Query& query, std::size_t rows) {
  Lookup lookup;
  sql::Metastore metastore;
  const std::map<std::string, std::string> properties;
  const std::string script = "CREATE STREAM trades (k STRING KEY, userid STRING, symbol STRING, quantity INT, price DOUBLE, side STRING, account BIGINT, test BOOLEAN) WITH (kafka_topic='trades', value_format='" + format +
                             "', partitions=1);\nCREATE TABLE people (userid STRING PRIMARY KEY, city STRING, level STRING) WITH (kafka_topic='people', value_format='JSON', partitions=1);\n" + query.sql;
  auto parsed = sql::parse_script(script);
  if (!parsed) return std::fprintf(stderr, "%s\n", parsed.error().text().c_str()), 1;
  std::optional<sql::QueryPlan> plan;
  for (const auto& s : *parsed) {
    auto planned = sql::plan(s, {metastore, properties, lookup});
    if (!planned) return std::fprintf(stderr, "%s\n", planned.error().text().c_str()), 1;
    if (planned->ddl) metastore.apply(*planned->ddl);
    if (planned->query) plan = *planned->query;
  }
  Schemas schemas;
  const sql::Source& trades = *metastore.find("TRADES");
  const sql::Source& sink = *metastore.find(plan->root->sink);
  std::optional<flow::WriteSchema> write;
  auto spec = flow::serde_spec(trades.value_format, trades.schema.value, false);
  if (format == "AVRO") {
    schemas.source = *format::derive_schema(format::Format::avro, trades.schema.value, false, false);
    schemas.sink = *format::derive_schema(format::Format::avro, sink.schema.value, false, false);
    spec.write_schema_id = SchemaId{1};
    spec.write_schema = schemas.source;
    write = flow::WriteSchema{SchemaId{2}, schemas.sink};
  }
  auto generator = format::make_serde(spec, schemas);
  const auto pool = std::make_shared<const Pool>(make_rows(**generator, trades.schema.value));

  flow::Runtime runtime{.stores = flow::StoreSet(false)};
  auto encoder = flow::SinkEncoder::make(*plan->root, schemas, runtime, std::nullopt, write);
  std::vector<flow::OutRecord> out;
  std::size_t written = 0, bytes = 0;
  auto topology = flow::Topology::build(plan->root, runtime, [&](flow::Batch b) { (*encoder)->encode(b, out); });
  std::vector<std::unique_ptr<flow::SourceDecoder>> decoders;
  std::size_t trades_source = 0;
  for (std::size_t i = 0; i < (*topology)->sources().size(); ++i) {
    const auto& s = (*topology)->sources()[i];
    decoders.push_back(*flow::SourceDecoder::make(*s.step, schemas, runtime));
    decoders.back()->only(s.needed);
    if (s.step->topic == "trades") trades_source = i;
    if (s.step->topic != "people") continue;
    for (std::size_t u = 0; u < users; ++u) {
      const std::string key = "user_" + std::to_string(u), value = R"({"CITY":"City)" + std::to_string(u % 50) + R"(","LEVEL":"gold"})";
      const flow::InRecord record{key, value, 0, 0, std::int64_t(u), {}};
      (*topology)->push(i, decoders[i]->decode(std::span(&record, 1), {}));
    }
  }
  const std::shared_ptr<const void> owners[1] = {pool};
  const double cpu = cpu_seconds();
  const auto wall = std::chrono::steady_clock::now();
  std::vector<flow::InRecord> records(batch_rows);
  std::size_t in_bytes = 0;
  for (std::size_t done = 0; done < rows;) {
    const std::size_t n = std::min(batch_rows, rows - done);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = (done + i) % pool_rows;
      records[i] = {pool->keys[at], pool->values[at], std::int64_t(done + i) / 100, 0, std::int64_t(done + i), {}};   // 100,000 rows are a second
      in_bytes += pool->values[at].size();
    }
    (*topology)->push(trades_source, decoders[trades_source]->decode(std::span(records).first(n), owners));
    done += n;
    written += out.size();
    for (const auto& o : out) bytes += o.value ? o.value->size() : 0;
    out.clear();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  const double used = cpu_seconds() - cpu;
  if (written == 0 || runtime.counters.undecodable > 0 || runtime.counters.expression_errors > 0) {
    std::fprintf(stderr, "%s over %s: wrong result: %zu rows out, %lld undecodable\n", query.name, format.c_str(), written, static_cast<long long>(runtime.counters.undecodable));
    return 1;
  }
  std::printf("%-16s %-5s %9zu rows in (%3zu B)  %9zu out  %10.0f rows/s  %6.3f CPU s per million\n", query.name, format.c_str(), rows, in_bytes / rows, written, double(rows) / seconds, used / (double(rows) / 1e6));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const Query queries[] = {
      {"filter", "CREATE STREAM big AS SELECT k, symbol, quantity, price FROM trades WHERE quantity > 900 AND side = 'BUY';"},
      {"project", "CREATE STREAM value AS SELECT k, symbol, quantity * price AS total FROM trades;"},
      {"join", "CREATE STREAM named AS SELECT t.k AS k, symbol, quantity, city FROM trades t JOIN people p ON t.k = p.userid;"},
      {"windowed count", "CREATE TABLE per_user AS SELECT k, COUNT(*) AS n FROM trades WINDOW TUMBLING (SIZE 1 SECONDS) GROUP BY k;"},
  };
  int failed = 0;
  for (const auto& query : queries)
    for (const char* format : {"AVRO", "JSON"}) failed += run(format, query, rows);
  return failed;
}
