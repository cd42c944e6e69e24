#include "sql/parser.h"

#include <gtest/gtest.h>

namespace braid::sql {
namespace {

std::string printed(std::string_view sql) {
  auto s = parse_script(sql);
  if (!s) return "error: " + s.error().message;
  std::string out;
  for (const auto& statement : *s) out += (out.empty() ? "" : "\n---\n") + print(statement);
  return out;
}
std::string expression_text(std::string_view sql) {
  auto e = parse_expression(sql);
  return e ? print(**e) : "error: " + e.error().message;
}

TEST(Parser, PrecedenceFromOrToPostfix) {
  EXPECT_EQ(expression_text("a + b * c - d"), "((A + (B * C)) - D)");
  EXPECT_EQ(expression_text("not a = 1 and b or c"), "(((NOT (A = 1)) AND B) OR C)");
  EXPECT_EQ(expression_text("-a->b[1] + -2"), "(-A->B[1] + -2)");
  EXPECT_EQ(expression_text("a || b + 1"), "CONCAT(A, (B + 1))");
  EXPECT_EQ(expression_text("x not in (1, 'it''s') and y between 1 and 2"), "((X NOT IN (1, 'it''s')) AND (Y BETWEEN 1 AND 2))");
  EXPECT_EQ(expression_text("transform(m, (k, v) => k + v)"), "TRANSFORM(M, (K, V) => (K + V))");
  EXPECT_EQ(expression_text("case a when 1 then 'x' else 'y' end"), "(CASE A WHEN 1 THEN 'x' ELSE 'y' END)");
  EXPECT_EQ(expression_text("map('a':=1, 'b':=2)['a']"), "MAP('a':=1, 'b':=2)['a']");
  EXPECT_EQ(expression_text("struct(f1 := 1, `f 2` := cast(x as array<struct<a int, b decimal(4,2)>>))"),
            "STRUCT(F1:=1, `f 2`:=CAST(X AS ARRAY<STRUCT<A INT, B DECIMAL(4, 2)>>))");
  EXPECT_EQ(expression_text("1.50 + 1e3 + 9999999999"), "((1.50 + 1000.0E0) + 9999999999)");
}

TEST(Parser, StatementsHaveTheCanonicalLayout) {
  EXPECT_EQ(printed("create table output with (KEY_FORMAT='KAFKA') as select f1 as k1, count(*) from test group by f1 emit changes;"),
            "CREATE TABLE OUTPUT WITH (KEY_FORMAT='KAFKA') AS SELECT\n  F1 K1,\n  COUNT(*)\nFROM TEST TEST\nGROUP BY F1\nEMIT CHANGES");
  EXPECT_EQ(printed("SHOW TOPICS EXTENDED; terminate all;"), "SHOW TOPICS EXTENDED\n---\nTERMINATE ALL");
}

TEST(Parser, KeepsTheTextAndPlaceOfEachStatement) {
  auto s = parse_script("-- first\nSHOW STREAMS;\n  show tables ;");
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ((*s)[0].text, "SHOW STREAMS;");
  EXPECT_EQ((*s)[1].text, "show tables ;");
  EXPECT_EQ((*s)[1].place.line, 3);
  EXPECT_EQ((*s)[1].place.column, 3);
}

TEST(Parser, ErrorsSayLineColumnAndWhatWasExpected) {
  EXPECT_EQ(printed("CREATE STREAM INPUT (K INT (KEY)) WITH (a='b');"), "error: line 1:29: Syntax Error\nExpecting {'STRING', INTEGER_VALUE}");
  EXPECT_EQ(printed("CREATE STREAM INPUT (K VARCHAR(STRING) (KEY)) WITH (a='b');"), "error: line 1:40: Syntax Error\nExpecting {',', ')'}");
  EXPECT_EQ(printed("SELECT 1 FROM A GROUP BY f3, (f2, f1);"), "error: line 1:33: Syntax Error\nmissing ')' at ','");
  EXPECT_EQ(printed("SELECT cast(f0 as NULL) FROM A;"), "error: line 1:19: Syntax Error\nSyntax error at or near 'NULL' at line 1:19");
  EXPECT_EQ(printed("SELECT 9223372036854775808 FROM A;"), "error: Failed to prepare statement: line 1:9: Invalid numeric literal: 9223372036854775808");
  EXPECT_EQ(printed("ASSERT VALUES foo (id INT) VALUES (123);"), "error: line 1:8: Syntax Error\nSyntax error at or near 'VALUES' at line 1:8");
  EXPECT_EQ(printed("SHOW STREAMS"), "error: line 1:13: Syntax Error\nmissing ';' at '<EOF>'");
  auto misspelt = parse_script("SELCT * FROM A;");
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().hint, "did you mean 'SELECT'?");
  EXPECT_EQ(misspelt.error().where, (SourceSpan{0, 5}));
}

TEST(Parser, DeepNestingIsRefusedNotRecursedInto) {
  const std::string open(100'000, '('), brackets(5'000, '[');
  EXPECT_FALSE(parse_expression(open));
  EXPECT_FALSE(parse_expression(std::string(100'000, '-') + "x"));
  std::string nots;
  for (int i = 0; i < 20'000; ++i) nots += "NOT ";
  EXPECT_FALSE(parse_expression(nots + "x"));
  std::string sum = "1";
  for (int i = 0; i < 50'000; ++i) sum += "+1";
  EXPECT_FALSE(parse_expression(sum));
  std::string type = "x";
  for (int i = 0; i < 50'000; ++i) type = type + " ARRAY";
  EXPECT_FALSE(parse_type(type));
}

TEST(Parser, WhatWasPrintedParsesToTheSameTree) {
  for (const auto* sql : {
           "CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS `x y` (id INT PRIMARY KEY, a ARRAY<MAP<STRING, INT>>, s STRUCT<f1 INT, `f2` VARCHAR(10)>, h BYTES HEADER('k')) WITH (kafka_topic='t', partitions=4, b=true, d=1.5);",
           "CREATE STREAM a AS SELECT x.*, y->*, z AS `select`, *, COUNT(*) FROM t1 x LEFT JOIN t2 ON x.a = t2.b FULL JOIN t3 WITHIN (1 HOUR, 2 DAYS) GRACE PERIOD 5 SECONDS ON x.a = t3.c WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 HOUR, RETENTION 7 DAYS, GRACE PERIOD 1 MINUTE) WHERE a LIKE 'x!%' ESCAPE '!' GROUP BY (a, b) HAVING COUNT(*) > 1 EMIT FINAL LIMIT 3;",
           "INSERT INTO s WITH (QUERY_ID='q') SELECT * FROM t PARTITION BY (); INSERT INTO s (a, b) VALUES (1, DATE '2020-01-01');",
           "ALTER STREAM s ADD COLUMN a INT, ADD b STRING; DROP STREAM IF EXISTS s DELETE TOPIC; CREATE TYPE IF NOT EXISTS addr AS STRUCT<a INT>; DROP TYPE addr;",
           "SHOW CONNECTOR PLUGINS; LIST ALL TOPICS; DESCRIBE TABLES EXTENDED; DESCRIBE FUNCTION `len`; PRINT 'my-topic' FROM BEGINNING INTERVAL 2 LIMIT 3;",
           "PAUSE q1; RESUME ALL; SET 'a'='b'; UNSET 'a'; DEFINE v='x'; UNDEFINE v; EXPLAIN CTAS_X_1; EXPLAIN SELECT * FROM a EMIT CHANGES;",
           "CREATE SINK CONNECTOR c WITH ('connector.class'='x'); DROP CONNECTOR IF EXISTS c; ASSERT NOT EXISTS TOPIC t WITH (partitions=1) TIMEOUT 5 SECONDS;",
           "ASSERT SCHEMA SUBJECT s ID 4 TIMEOUT 1 MINUTE; ALTER SYSTEM 'a'='b'; SELECT - (1), - a, + b, -(-2), 1e300, 2.0 FROM x WINDOW w SESSION (5 MINUTES);",
           "SELECT a IS DISTINCT FROM b, a IS NOT NULL, timestampadd(MINUTES, 5, t), filter(a, x => x > reduce(b, 0, (s, y) => s + y)) FROM `emit` EMIT CHANGES;",
       }) {
    auto first = parse_script(sql);
    ASSERT_TRUE(first) << first.error().message << "\n" << sql;
    for (const auto& statement : *first) {
      const auto text = print(statement);
      auto second = parse_script(text + ";");
      ASSERT_TRUE(second) << second.error().message << "\n" << text;
      EXPECT_EQ((*second)[0], statement) << text;
      EXPECT_EQ(print((*second)[0]), text);
    }
  }
}

TEST(Parser, VariablesAreReplacedInTheText) {
  EXPECT_EQ(substitute_variables("SELECT '${a}' FROM ${B} WHERE ${c};", {{"a", "1"}, {"B", "S"}}), "SELECT '1' FROM S WHERE ${c};");
}

TEST(Parser, KnowsWhenAnInteractiveTextIsUnfinished) {
  EXPECT_TRUE(wants_more("SELECT *"));
  EXPECT_TRUE(wants_more("SELECT 'a;"));
  EXPECT_FALSE(wants_more("SELECT 1 FROM a;"));
  EXPECT_FALSE(wants_more("  -- nothing"));
}

}  // namespace
}  // namespace braid::sql
