// The planner's shapes: which steps a query becomes, which columns leave them, and what is refused in which words.
#include "sql/planner.h"

#include <gtest/gtest.h>

#include "sql/parser.h"

namespace braid::sql {
namespace {

struct Registry final : SchemaLookup {
  std::map<std::string, Found, std::less<>> subjects;
  std::map<std::string, std::int32_t, std::less<>> topics;
  std::optional<Found> latest(std::string_view subject) override {
    const auto it = subjects.find(subject);
    return it == subjects.end() ? std::nullopt : std::optional<Found>(it->second);
  }
  std::optional<Found> by_id(SchemaId id) override {
    for (const auto& [subject, found] : subjects)
      if (found.id == id) return found;
    return std::nullopt;
  }
  std::optional<std::int32_t> partitions(std::string_view topic) override {
    if (topic == "absent") return std::nullopt;
    const auto it = topics.find(topic);
    return it == topics.end() ? 1 : it->second;
  }
};

std::string_view kind_name(StepKind k) {
  static constexpr std::string_view names[] = {"source", "filter", "project", "flat_map", "select_key", "group", "aggregate", "stream_stream_join",
                                               "stream_table_join", "table_table_join", "foreign_key_join", "sink"};
  return names[int(k)];
}
std::string shape(const Step& s) {
  std::string out(kind_name(s.kind));
  if (s.repartitions) out += "!";
  if (s.kind == StepKind::source) return out + " " + s.source;
  out += "(";
  for (std::size_t i = 0; i < s.inputs.size(); ++i) out += (i ? ", " : "") + shape(*s.inputs[i]);
  return out + ")";
}

class Planner : public testing::Test {
 protected:
  void SetUp() override {
    run("CREATE STREAM orders (id BIGINT KEY, who STRING, amount INT, price DECIMAL(6, 2), tags ARRAY<STRING>, item STRUCT<name STRING, grade INT>) WITH (kafka_topic='orders', value_format='JSON');"
        "CREATE STREAM clicks (id BIGINT KEY, page STRING, amount INT) WITH (kafka_topic='clicks', value_format='JSON');"
        "CREATE TABLE users (id STRING PRIMARY KEY, city STRING) WITH (kafka_topic='users', value_format='JSON');"
        "CREATE TABLE cities (name STRING PRIMARY KEY, country STRING) WITH (kafka_topic='cities', value_format='JSON');");
  }
  Planned run(std::string_view sql) {
    Planned last;
    const auto script = parse_script(sql);
    EXPECT_TRUE(script) << (script ? "" : script.error().message);
    if (!script) return last;
    for (const auto& s : *script) {
      auto planned = plan(s, {metastore_, properties_, registry_, std::to_string(next_)});
      EXPECT_TRUE(planned) << s.text << "\n" << (planned ? "" : planned.error().message);
      if (!planned) return last;
      if (planned->ddl) metastore_.apply(*planned->ddl);
      if (planned->query && planned->query->root->kind == StepKind::sink) { metastore_.add_query(*planned->query); ++next_; }
      last = *planned;
    }
    return last;
  }
  Error refused(std::string_view sql) {
    const auto s = parse_script(sql);
    if (!s) return s.error();
    auto planned = plan(s->front(), {metastore_, properties_, registry_, "0"});
    EXPECT_FALSE(planned) << sql;
    return planned ? Error{} : planned.error();
  }
  std::string schema(std::string_view name) { return schema_text(metastore_.find(name)->schema, metastore_.find(name)->kind); }

  Metastore metastore_;
  Registry registry_;
  std::map<std::string, std::string> properties_;
  int next_ = 0;
};

TEST_F(Planner, AProjectionPutsTheKeyFirstUnderItsAlias) {
  const auto p = run("CREATE STREAM o AS SELECT amount * 2 AS twice, id AS k, item->name, price + 1.5 AS p FROM orders WHERE amount > 3 EMIT CHANGES;");
  EXPECT_EQ(shape(*p.query->root), "sink(project(filter(source ORDERS)))");
  EXPECT_EQ(schema("O"), "`K` BIGINT KEY, `TWICE` INTEGER, `NAME` STRING, `P` DECIMAL(7, 2)");
  EXPECT_EQ(p.query->id, "CSAS_O_0");
  EXPECT_EQ(p.topic->name, "O");
  EXPECT_EQ(p.statement, "CREATE STREAM O AS SELECT\n  (ORDERS.AMOUNT * 2) TWICE,\n  ORDERS.ID K,\n  ORDERS.ITEM->NAME NAME,\n  (ORDERS.PRICE + 1.5) P\nFROM ORDERS ORDERS\nWHERE (ORDERS.AMOUNT > 3)\nEMIT CHANGES");
}

TEST_F(Planner, PartitionByKeepsTheOldKeyAsAValue) {
  const auto p = run("CREATE STREAM o AS SELECT * FROM clicks PARTITION BY page;");
  EXPECT_EQ(shape(*p.query->root), "sink(project(select_key(project(source CLICKS))))");
  EXPECT_EQ(schema("O"), "`PAGE` STRING KEY, `AMOUNT` INTEGER, `ID` BIGINT");
  run("CREATE STREAM n AS SELECT * FROM clicks PARTITION BY NULL;");
  EXPECT_EQ(schema("N"), "`PAGE` STRING, `AMOUNT` INTEGER, `ID` BIGINT");
  EXPECT_EQ(metastore_.find("N")->key_format.format, format::Format::none);
}

TEST_F(Planner, AggregatesGroupWindowAndFilter) {
  const auto p = run("CREATE TABLE o AS SELECT who AS w, COUNT(*) AS n, SUM(amount) + 1 AS s, WINDOWSTART AS ws FROM orders WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS) GROUP BY who HAVING COUNT(*) > 1 EMIT FINAL;");
  EXPECT_EQ(shape(*p.query->root), "sink(project(filter(aggregate(group!(project(source ORDERS))))))");
  EXPECT_EQ(schema("O"), "`W` STRING PRIMARY KEY, `N` BIGINT, `S` INTEGER, `WS` BIGINT");
  const auto& aggregate = *p.query->root->inputs[0]->inputs[0]->inputs[0];
  ASSERT_EQ(aggregate.kind, StepKind::aggregate);
  EXPECT_TRUE(aggregate.emit_final);
  EXPECT_EQ(aggregate.window->size_ms, 60'000);
  EXPECT_EQ(aggregate.window->grace_ms, 5'000);
  EXPECT_EQ(aggregate.aggregates.size(), 2u) << "COUNT(*) stands twice in the query and is computed once";
  EXPECT_EQ(metastore_.find("O")->window->size_ms, 60'000);
}

TEST_F(Planner, GroupingByTheKeyMovesNothing) {
  const auto p = run("CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM orders GROUP BY id;");
  EXPECT_EQ(shape(*p.query->root), "sink(project(aggregate(group(project(source ORDERS)))))");
}

TEST_F(Planner, JoinsPrefixTheirSidesAndNameTheKeyByTheProjection) {
  const auto p = run("CREATE STREAM o AS SELECT * FROM orders o JOIN clicks c WITHIN 1 HOUR GRACE PERIOD 1 MINUTE ON o.id = c.id;");
  EXPECT_EQ(shape(*p.query->root), "sink(project(stream_stream_join(project(source ORDERS), project(source CLICKS))))");
  EXPECT_EQ(schema("O"), "`O_ID` BIGINT KEY, `O_WHO` STRING, `O_AMOUNT` INTEGER, `O_PRICE` DECIMAL(6, 2), `O_TAGS` ARRAY<STRING>, `O_ITEM` STRUCT<`NAME` STRING, `GRADE` INTEGER>, `C_ID` BIGINT, `C_PAGE` STRING, `C_AMOUNT` INTEGER");
  const auto q = run("CREATE STREAM q AS SELECT users.id, city, amount FROM orders LEFT JOIN users ON orders.who = users.id;");
  EXPECT_EQ(shape(*q.query->root), "sink(project(stream_table_join(select_key!(project(source ORDERS)), project(source USERS))))");
  EXPECT_EQ(schema("Q"), "`USERS_ID` STRING KEY, `CITY` STRING, `AMOUNT` INTEGER");
  const auto r = run("CREATE TABLE r AS SELECT users.id, country FROM users JOIN cities ON users.city = cities.name;");
  EXPECT_EQ(shape(*r.query->root), "sink(project(foreign_key_join(project(source USERS), project(source CITIES))))");
  EXPECT_EQ(schema("R"), "`ID` STRING PRIMARY KEY, `COUNTRY` STRING");
  const auto n = run("CREATE STREAM n AS SELECT cities.name, page, users.city FROM orders JOIN clicks WITHIN 1 HOUR ON orders.id = clicks.id JOIN users ON orders.who = users.id JOIN cities ON users.city = cities.name;");
  EXPECT_EQ(shape(*n.query->root),
            "sink(project(stream_table_join(select_key!(stream_table_join(select_key!(stream_stream_join(project(source ORDERS), project(source CLICKS))), project(source USERS))), project(source CITIES))))");
}

TEST_F(Planner, AFullJoinHasASyntheticKey) {
  run("CREATE STREAM o AS SELECT * FROM orders o FULL OUTER JOIN clicks c WITHIN 1 HOUR ON o.id = c.id;");
  EXPECT_TRUE(schema("O").starts_with("`ROWKEY` BIGINT KEY, `O_ID` BIGINT, "));
}

TEST_F(Planner, TransientQueriesKeepTheOrderOfTheSelect) {
  const auto push = run("SELECT amount, id, ROWTIME FROM clicks EMIT CHANGES LIMIT 2;");
  EXPECT_FALSE(push.pull);
  EXPECT_EQ(push.query->limit, 2);
  EXPECT_EQ(push.query->root->schema.text(), "`ID` BIGINT KEY, `AMOUNT` INTEGER, `ID` BIGINT, `ROWTIME` BIGINT");
  EXPECT_TRUE(run("SELECT * FROM users WHERE id = 'a';").pull);
}

TEST_F(Planner, ColumnsAreInferredFromTheRegistry) {
  registry_.subjects["trades-value"] = {SchemaId{7}, {"AVRO", R"({"type":"record","name":"T","fields":[{"name":"sym","type":"string"},{"name":"n","type":["null","int"]}]})", {}}};
  run("CREATE STREAM trades WITH (kafka_topic='trades', value_format='AVRO'); CREATE STREAM by_id WITH (kafka_topic='x', value_format='AVRO', value_schema_id=7);");
  EXPECT_EQ(schema("TRADES"), "`SYM` STRING, `N` INTEGER");
  EXPECT_EQ(schema("BY_ID"), "`sym` STRING, `n` INTEGER");
  const auto e = refused("CREATE STREAM nothing WITH (kafka_topic='none', value_format='AVRO');");
  EXPECT_TRUE(e.message.starts_with("Schema for message values on topic 'none' does not exist in the Schema Registry.")) << e.message;
}

TEST_F(Planner, LiteralsFindACommonType) {
  const auto p = run("CREATE STREAM o AS SELECT id, ARRAY[1, '2', 3.5] AS a, MAP('x' := 1, 'y' := 9999999999) AS m, amount IN (1, '2') AS i, CASE WHEN amount = 1 THEN 'a' END AS c FROM orders;");
  EXPECT_EQ(schema("O"), "`ID` BIGINT KEY, `A` ARRAY<DECIMAL(11, 1)>, `M` MAP<STRING, BIGINT>, `I` BOOLEAN, `C` STRING");
}

TEST_F(Planner, InsertValuesConvertsAndChecks) {
  const auto row = [&](std::string_view sql) {
    const auto s = parse_script(sql);
    return plan_insert(std::get<InsertValues>(s->front().tree), {metastore_, properties_, registry_, "0"});
  };
  auto good = row("INSERT INTO orders (id, price, tags, ROWTIME) VALUES (1, 2.5, ARRAY['a'], 42);");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->key[0], Value(std::int64_t(1)));
  EXPECT_EQ(good->value[2].debug_text(), "2.50");
  EXPECT_EQ(good->rowtime, 42);
  EXPECT_TRUE(good->value[0].null());
  EXPECT_EQ(row("INSERT INTO orders (id, amount) VALUES (1, 'x');").error().message, "Failed to insert values into 'ORDERS'. Expected type INTEGER for field `AMOUNT` but got STRING('x')");
  EXPECT_EQ(row("INSERT INTO orders (idd) VALUES (1);").error().hint, "did you mean ID?");
  EXPECT_TRUE(row("INSERT INTO users (city) VALUES ('a');").error().message.find("Value for primary key column(s) ID is required for tables") != std::string::npos);
}

TEST_F(Planner, DropNeedsThatNobodyReads) {
  run("CREATE STREAM o AS SELECT * FROM clicks;");
  EXPECT_TRUE(refused("DROP STREAM clicks;").message.find("The following queries read from this source: [CSAS_O_0]") != std::string::npos);
  EXPECT_EQ(refused("DROP TABLE o;").message, "Incompatible data source type is STREAM, but statement was DROP TABLE");
  EXPECT_TRUE(run("DROP STREAM IF EXISTS nobody;").nothing_to_do);
  run("DROP STREAM o;");
  EXPECT_EQ(metastore_.find("O"), nullptr);
}

TEST_F(Planner, ErrorsPointIntoTheText) {
  const std::string sql = "CREATE STREAM o AS SELECT id,\n  amuont + 1 FROM orders;";
  const auto e = refused(sql);
  EXPECT_EQ(e.message, "Line: 2, Col: 3: SELECT column 'AMUONT' cannot be resolved.");
  EXPECT_EQ(e.hint, "did you mean AMOUNT?");
  ASSERT_TRUE(e.where);
  EXPECT_EQ(sql.substr(e.where->begin, e.where->end - e.where->begin), "amuont");
}

TEST_F(Planner, RulesAreToldInKsqlsWords) {
  const std::pair<const char*, const char*> rules[] = {
      {"CREATE STREAM o AS SELECT who FROM orders;", "must include the key column ID in its projection (eg, SELECT ID...)."},
      {"CREATE STREAM o AS SELECT id, id AS id2, who FROM orders;", "The projection contains a key column (`ID`) more than once, aliased as: ID and ID2."},
      {"CREATE TABLE o AS SELECT id, who FROM orders;", "Your SELECT query produces a STREAM. Please use CREATE STREAM AS SELECT"},
      {"CREATE TABLE o AS SELECT who, amount, COUNT(*) FROM orders GROUP BY who;", "Non-aggregate SELECT expression(s) not part of GROUP BY: AMOUNT\n"},
      {"CREATE TABLE o AS SELECT who, SUM(COUNT(*)) FROM orders GROUP BY who;", "Aggregate functions can not be nested: SUM(COUNT())"},
      {"CREATE STREAM o AS SELECT o.id, c.page FROM orders o JOIN clicks c ON o.id = c.id;", "Stream-Stream joins must have a WITHIN clause specified."},
      {"CREATE STREAM o AS SELECT o.id, city FROM orders o JOIN users u ON o.id = u.id;", "Invalid join condition: types don't match. Got O.ID{BIGINT} = U.ID{STRING}."},
      {"CREATE STREAM o AS SELECT id, amount = 'x' FROM orders;", "Cannot compare AMOUNT (INTEGER) to 'x' (STRING) with EQUAL."},
      {"CREATE STREAM o WITH (value_format='KAFKA') AS SELECT * FROM orders;", "The 'KAFKA' format only supports a single field."},
      {"CREATE STREAM o AS SELECT id, NULL AS n FROM orders;", "Can't infer a type of null."},
      {"CREATE STREAM orders (a INT) WITH (kafka_topic='a', value_format='JSON');", "Cannot add stream 'ORDERS': A stream with the same name already exists"},
      {"CREATE STREAM o (a INT) WITH (kafka_topic='absent', value_format='JSON');", "Topic 'absent' does not exist."},
      {"CREATE STREAM o (a INT) WITH (kafka_topic='a', value_format='JSON', pratitions=1);", "Invalid config variable(s) in the WITH clause: PRATITIONS"},
      {"CREATE TABLE o (a INT) WITH (kafka_topic='a', value_format='JSON');", "Tables require a PRIMARY KEY."},
      {"CREATE STREAM o (a INT PRIMARY KEY) WITH (kafka_topic='a', value_format='JSON');", "please use 'KEY' for streams."},
      {"CREATE STREAM o (a INTT) WITH (kafka_topic='a', value_format='JSON');", "Cannot resolve unknown type: INTT"},
      {"SELECT * FROM orders o JOIN clicks c WITHIN 1 HOUR ON o.id = c.id;", "Pull queries don't support JOIN clauses."},
      {"SELECT TRANSFORM(tags, x => x + 1) FROM orders EMIT CHANGES;", "Unsupported arithmetic types. STRING INTEGER"},
  };
  for (const auto& [sql, words] : rules) EXPECT_NE(refused(sql).message.find(words), std::string::npos) << sql << "\n" << refused(sql).message;
}

}  // namespace
}  // namespace braid::sql
