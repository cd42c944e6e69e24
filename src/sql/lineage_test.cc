// Column lineage, as text: one line per flow, `SOURCE.COLUMN -> OUTPUT how: words`. What decides about rows goes to `(rows)`.
#include "sql/lineage.h"

#include <gtest/gtest.h>

#include <random>

#include "sql/parser.h"
#include "sql/planner.h"

namespace braid::sql {
namespace {

struct NoSchemas final : SchemaLookup {
  std::optional<Found> latest(std::string_view) override { return std::nullopt; }
  std::optional<Found> by_id(SchemaId) override { return std::nullopt; }
  std::optional<std::int32_t> partitions(std::string_view) override { return 1; }
};

class Lineage : public testing::Test {
 protected:
  void SetUp() override {
    run("CREATE STREAM trades (account STRING KEY, side STRING, quantity INT, symbol STRING, price INT, userid STRING) WITH (kafka_topic='stocktrades', value_format='JSON');"
        "CREATE STREAM orders (id BIGINT KEY, who STRING, amount INT, tags ARRAY<STRING>, item STRUCT<name STRING, maker STRUCT<city STRING, zip INT>>) WITH (kafka_topic='orders', value_format='JSON');"
        "CREATE STREAM clicks (id BIGINT KEY, page STRING, amount INT) WITH (kafka_topic='clicks', value_format='JSON');"
        "CREATE TABLE users (id STRING PRIMARY KEY, regionid STRING, gender STRING) WITH (kafka_topic='users', value_format='JSON');"
        "CREATE TABLE regions (code STRING PRIMARY KEY, country STRING) WITH (kafka_topic='regions', value_format='JSON');");
  }
  StepPtr run(std::string_view sql) {
    StepPtr last;
    const auto script = parse_script(sql);
    EXPECT_TRUE(script) << (script ? "" : script.error().message);
    if (!script) return last;
    for (const auto& s : *script) {
      auto planned = plan(s, {metastore_, {}, schemas_, std::to_string(next_++)});
      EXPECT_TRUE(planned) << s.text << "\n" << (planned ? "" : planned.error().message);
      if (!planned) return last;
      if (planned->ddl) metastore_.apply(*planned->ddl);
      if (planned->query) last = planned->query->root;
    }
    return last;
  }
  static std::string text(const PlanLineage& l) {
    std::string out = "[" + l.sketch + "]\n";
    for (const auto& f : l.flows) {
      out += l.sources[std::size_t(f.source)].name + "." + (f.from.empty() ? "(rows)" : f.from) + " -> " + (f.to.empty() ? "(rows)" : f.to) + " " + std::string(name_of(f.how));
      if (!f.text.empty()) out += ": " + f.text;
      out += f.condition ? " (chooses)" : "";
      out += f.aggregated && f.how == How::computed ? " (of many)\n" : "\n";
    }
    return out;
  }
  std::string of(std::string_view sql) {
    const auto root = run(sql);
    return root ? text(lineage_of(*root)) : "";
  }

  Metastore metastore_;
  NoSchemas schemas_;
  int next_ = 0;
};

TEST_F(Lineage, ProjectionsKeepRenameAndCompute) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT account, price, quantity AS n, price * quantity AS total, UCASE(side) AS side2, 'x' AS constant FROM trades;"),
            "[select]\n"
            "TRADES.ACCOUNT -> ACCOUNT unchanged\n"
            "TRADES.PRICE -> PRICE unchanged\n"
            "TRADES.QUANTITY -> N renamed\n"
            "TRADES.PRICE -> TOTAL computed: PRICE * QUANTITY\n"
            "TRADES.QUANTITY -> TOTAL computed: PRICE * QUANTITY\n"
            "TRADES.SIDE -> SIDE2 computed: UCASE(SIDE)\n");
}

TEST_F(Lineage, FiltersAreSaidInWordsOfTheStatement) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT account, symbol FROM trades WHERE price > 500 AND 2500 <= quantity AND side = 'BUY' AND symbol LIKE 'Z%' AND userid IN ('User_1', 'User_2') "
               "AND price BETWEEN 1 AND 9 AND account IS NOT NULL AND NOT (quantity = price);"),
            "[filter]\n"
            "TRADES.ACCOUNT -> ACCOUNT unchanged\n"
            "TRADES.SYMBOL -> SYMBOL unchanged\n"
            "TRADES.PRICE -> (rows) filtered: PRICE over 500\n"
            "TRADES.QUANTITY -> (rows) filtered: QUANTITY at least 2500\n"
            "TRADES.SIDE -> (rows) filtered: SIDE is 'BUY'\n"
            "TRADES.SYMBOL -> (rows) filtered: SYMBOL like 'Z%'\n"
            "TRADES.USERID -> (rows) filtered: USERID one of 'User_1', 'User_2'\n"
            "TRADES.PRICE -> (rows) filtered: PRICE between 1 and 9\n"
            "TRADES.ACCOUNT -> (rows) filtered: ACCOUNT is there\n"
            "TRADES.QUANTITY -> (rows) filtered: not (QUANTITY = PRICE)\n"
            "TRADES.PRICE -> (rows) filtered: not (QUANTITY = PRICE)\n");
}

TEST_F(Lineage, CaseTellsWhatChoosesFromWhatGoesIn) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT account, CASE WHEN price > 500 THEN symbol WHEN side = 'BUY' THEN userid ELSE 'none' END AS what FROM trades;"),
            "[select]\n"
            "TRADES.ACCOUNT -> ACCOUNT unchanged\n"
            "TRADES.PRICE -> WHAT computed: CASE WHEN (PRICE > 500) THEN SYMBOL WHEN (SIDE = 'BUY') THEN USERID ELSE 'none' END (chooses)\n"
            "TRADES.SYMBOL -> WHAT computed: CASE WHEN (PRICE > 500) THEN SYMBOL WHEN (SIDE = 'BUY') THEN USERID ELSE 'none' END\n"
            "TRADES.SIDE -> WHAT computed: CASE WHEN (PRICE > 500) THEN SYMBOL WHEN (SIDE = 'BUY') THEN USERID ELSE 'none' END (chooses)\n"
            "TRADES.USERID -> WHAT computed: CASE WHEN (PRICE > 500) THEN SYMBOL WHEN (SIDE = 'BUY') THEN USERID ELSE 'none' END\n");
}

TEST_F(Lineage, FieldsOfStructsAreFollowed) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT id, item->name, item->maker->city AS town, LCASE(item->maker->city) AS low, tags[1] AS first FROM orders WHERE item->maker->zip > 9;"),
            "[filter]\n"
            "ORDERS.ID -> ID unchanged\n"
            "ORDERS.ITEM->NAME -> NAME renamed\n"
            "ORDERS.ITEM->MAKER->CITY -> TOWN renamed\n"
            "ORDERS.ITEM->MAKER->CITY -> LOW computed: LCASE(ITEM->MAKER->CITY)\n"
            "ORDERS.TAGS -> FIRST computed: TAGS[1]\n"
            "ORDERS.ITEM->MAKER->ZIP -> (rows) filtered: ITEM->MAKER->ZIP over 9\n");
}

TEST_F(Lineage, ExplodeAndLambdas) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT id, EXPLODE(tags) AS tag, TRANSFORM(tags, x => UCASE(x)) AS upper FROM orders;"),
            "[explode]\n"
            "ORDERS.ID -> ID unchanged\n"
            "ORDERS.TAGS -> TAG computed: EXPLODE(TAGS)\n"
            "ORDERS.TAGS -> UPPER computed: TRANSFORM(TAGS, X => UCASE(X))\n");
}

TEST_F(Lineage, StreamJoinsTable) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT U.id USERID, U.regionid REGION, T.price PRICE FROM trades T LEFT JOIN users U ON T.userid = U.id WHERE T.price > 500;"),
            "[left join, filter]\n"
            "USERS.ID -> USERID renamed\n"
            "USERS.REGIONID -> REGION renamed\n"
            "TRADES.PRICE -> PRICE unchanged\n"
            "TRADES.USERID -> (rows) joined: left join on USERID = ID\n"
            "USERS.ID -> (rows) joined: left join on USERID = ID\n"
            "TRADES.PRICE -> (rows) filtered: PRICE over 500\n");
}

TEST_F(Lineage, StreamsJoinStreamsAndNamesThatMeetAreTold) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT o.id, o.amount + c.amount AS both, c.page FROM orders o JOIN clicks c WITHIN 1 HOUR ON o.id = c.id;"),
            "[join]\n"
            "ORDERS.ID -> O_ID renamed\n"
            "ORDERS.AMOUNT -> BOTH computed: ORDERS.AMOUNT + CLICKS.AMOUNT\n"
            "CLICKS.AMOUNT -> BOTH computed: ORDERS.AMOUNT + CLICKS.AMOUNT\n"
            "CLICKS.PAGE -> PAGE unchanged\n"
            "ORDERS.ID -> (rows) joined: join on ORDERS.ID = CLICKS.ID\n"
            "CLICKS.ID -> (rows) joined: join on ORDERS.ID = CLICKS.ID\n");
  const std::string full = of("CREATE STREAM f AS SELECT ROWKEY, o.who, c.page FROM orders o FULL OUTER JOIN clicks c WITHIN 1 HOUR ON o.id = c.id;");
  EXPECT_NE(full.find("ORDERS.ID -> ROWKEY computed: ORDERS.ID or CLICKS.ID\nCLICKS.ID -> ROWKEY computed: ORDERS.ID or CLICKS.ID\n"), std::string::npos) << full;
  EXPECT_NE(full.find("full join on ORDERS.ID = CLICKS.ID"), std::string::npos) << full;
}

TEST_F(Lineage, TablesJoinTablesByKeyAndByForeignKey) {
  EXPECT_EQ(of("CREATE TABLE o AS SELECT users.id, country FROM users JOIN regions ON users.regionid = regions.code;"),
            "[join]\n"
            "USERS.ID -> ID unchanged\n"
            "REGIONS.COUNTRY -> COUNTRY unchanged\n"
            "USERS.REGIONID -> (rows) joined: join on REGIONID = CODE\n"
            "REGIONS.CODE -> (rows) joined: join on REGIONID = CODE\n");
  EXPECT_EQ(of("CREATE TABLE p AS SELECT u.id, gender, country FROM users u RIGHT JOIN regions r ON u.id = r.code;").find("[right join]\n"), 0u);
}

TEST_F(Lineage, AggregatesWindowsAndHaving) {
  EXPECT_EQ(of("CREATE TABLE o AS SELECT symbol, SUM(quantity) AS total, COUNT(*) AS n, MAX(price) / 2 AS half, WINDOWSTART AS ws FROM trades WINDOW TUMBLING (SIZE 15 MINUTES) "
               "WHERE side = 'BUY' GROUP BY symbol HAVING SUM(quantity) > 100;"),
            "[filter, group by 15 minutes]\n"
            "TRADES.SYMBOL -> SYMBOL unchanged\n"
            "TRADES.QUANTITY -> TOTAL computed: SUM(QUANTITY) (of many)\n"
            "TRADES.(rows) -> N computed: COUNT(*) (of many)\n"
            "TRADES.PRICE -> HALF computed: MAX(PRICE) / 2 (of many)\n"
            "TRADES.ROWTIME -> WS computed: start of windows of 15 minutes (of many)\n"
            "TRADES.SIDE -> (rows) filtered: SIDE is 'BUY'\n"
            "TRADES.SYMBOL -> (rows) grouped: grouped by SYMBOL\n"
            "TRADES.QUANTITY -> (rows) filtered: SUM(QUANTITY) over 100\n");
  EXPECT_EQ(of("CREATE TABLE s AS SELECT UCASE(symbol) AS s, COUNT(price) AS n FROM trades WINDOW SESSION (30 SECONDS) GROUP BY UCASE(symbol);"),
            "[group by session]\n"
            "TRADES.SYMBOL -> S computed: UCASE(SYMBOL)\n"
            "TRADES.PRICE -> N computed: COUNT(PRICE) (of many)\n"
            "TRADES.SYMBOL -> (rows) grouped: grouped by UCASE(SYMBOL)\n");
}

TEST_F(Lineage, PartitionByAndInsertInto) {
  EXPECT_EQ(of("CREATE STREAM o AS SELECT * FROM clicks PARTITION BY page;"),
            "[partition by]\n"
            "CLICKS.PAGE -> PAGE unchanged\n"
            "CLICKS.AMOUNT -> AMOUNT unchanged\n"
            "CLICKS.ID -> ID unchanged\n");
  const auto root = run("CREATE STREAM target (k BIGINT KEY, page STRING) WITH (kafka_topic='t', value_format='JSON'); INSERT INTO target SELECT id AS k, page FROM clicks;");
  const auto l = lineage_of(*root);
  EXPECT_EQ(l.sink, "TARGET");
  EXPECT_EQ(l.sink_topic, "t");
  EXPECT_EQ(text(l), "[select]\nCLICKS.ID -> K renamed\nCLICKS.PAGE -> PAGE unchanged\n");
}

TEST_F(Lineage, QueriesOverQueriesWindowedKeysAndTransientOnes) {
  run("CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page;");
  EXPECT_EQ(of("SELECT page, n, WINDOWSTART AS ws FROM counts EMIT CHANGES;"),
            "[select]\nCOUNTS.PAGE -> PAGE unchanged\nCOUNTS.N -> N unchanged\nCOUNTS.WINDOWSTART -> WS renamed\n");
}

// Whatever the query is: a column that is selected as it is comes from that column only, a text literal changes nothing, and every flow names
// columns that the source and the output have.
TEST_F(Lineage, EveryFlowNamesColumnsThatAreThere) {
  std::mt19937 random(7);
  const std::vector<std::string> columns{"side", "quantity", "symbol", "price", "userid"};
  const std::vector<std::string> shapes{"$", "$ + 1", "CONCAT($, 'account price')", "COALESCE($, $)", "CAST($ AS STRING)", "CASE WHEN $ IS NULL THEN 'none' ELSE 'some' END"};
  for (int round = 0; round < 200; ++round) {
    std::string select = "account";
    std::map<std::string, std::set<std::string>> expected;
    for (int i = 0; i < 1 + int(random() % 4); ++i) {
      const auto& column = columns[random() % columns.size()];
      std::string shape = shapes[random() % shapes.size()];
      if (shape.find("+ 1") != shape.npos && column != "price" && column != "quantity") shape = "$";
      if (shape.starts_with("CONCAT") && (column == "price" || column == "quantity")) shape = "$";
      const std::string alias = "C" + std::to_string(i);
      for (std::size_t at; (at = shape.find('$')) != shape.npos;) shape.replace(at, 1, column);
      select += ", " + shape + " AS " + alias;
      std::string upper = column;
      for (char& c : upper) c = char(std::toupper(c));
      expected[alias].insert(upper);
    }
    const auto root = run("SELECT " + select + " FROM trades EMIT CHANGES;");
    ASSERT_TRUE(root) << select;
    std::map<std::string, std::set<std::string>> seen;
    for (const auto& f : lineage_of(*root).flows)
      if (f.to != "ACCOUNT") seen[f.to].insert(f.from);
    EXPECT_EQ(seen, expected) << select;
  }
}

}  // namespace
}  // namespace braid::sql
