import test from "node:test";
import assert from "node:assert/strict";
import { pack, unpack } from "./packed";
import { completions } from "./complete";
import { arrangePlan, titleOf, underOf } from "../../parts/plan/plan_picture";
import { equals, nearestOf, lineHints } from "./notes";
import { leadingComment, meant, starterOf, tokens, used, utf16At, written } from "./sql";
import type { SqlStatement, SqlWords } from "../../api";

const words: SqlWords = { keywords: [], functions: [], sources: [{ name: "STOCKTRADES", kind: "stream", topic: "stocktrades", product: null, domain: null, columns: [{ name: "PRICE", type: "INTEGER", key: false }, { name: "odd name", type: "VARCHAR", key: false }] }, { name: "USERS", kind: "table", topic: "users", product: null, domain: null, columns: [{ name: "REGIONID", type: "VARCHAR", key: false }] }] };

test("a statement goes into an address and comes out whole", async () => {
  for (const sql of ["", "SELECT 1;", "SELECT '🧵 مبيعات', x FROM y;\n".repeat(80)]) assert.equal(await unpack(await pack(sql)), sql);
  assert.equal(await unpack("SELECT * FROM x;"), "SELECT * FROM x;");
  assert.equal(await unpack("z!!"), "z!!");
  assert.equal(await unpack("zAAAA"), null);
  const long = "SELECT a, b, c FROM stocktrades WHERE price > 500;\n".repeat(40);
  assert.ok((await pack(long)).length < long.length / 5);
});
test("comments and texts hide what is in them", () => {
  assert.deepEqual(tokens("a -- FROM b\n'it''s' `x y`").map((t) => [t.kind, t.text]), [["word", "a"], ["comment", "-- FROM b"], ["string", "'it''s'"], ["name", "`x y`"]]);
  assert.deepEqual(used(tokens("SELECT * FROM stocktrades t JOIN users AS u ON t.a = u.b -- FROM nobody n")), [{ source: "STOCKTRADES", alias: "T" }, { source: "USERS", alias: "U" }]);
  assert.deepEqual(used(tokens("SELECT * FROM `odd one` WHERE x")), [{ source: "odd one", alias: "odd one" }]);
});
test("names are written as one types them", () => {
  assert.deepEqual([written("PRICE"), written("odd name"), meant("price"), meant("`price`")], ["price", "`odd name`", "PRICE", "price"]);
});
test("columns of the alias before the dot, sources after FROM, nothing in a text", () => {
  const at = (sql: string) => completions(sql.replace("|", ""), sql.indexOf("|"), words, true)?.options.map((o) => o.label);
  assert.deepEqual(at("SELECT t.| FROM stocktrades t"), ["price", "`odd name`"]);
  assert.deepEqual(at("SELECT * FROM |"), ["stocktrades", "users"]);
  assert.equal(at("SELECT 'a|' FROM users"), undefined);
  assert.ok(at("SELECT p| FROM stocktrades")!.includes("price"));
  assert.ok(!at("SELECT p| FROM users; SELECT 1 FROM stocktrades")!.includes("price"), "another statement's columns are not offered");
});
test("bytes become UTF-16", () => assert.deepEqual([utf16At("aé🧵b", 0), utf16At("aé🧵b", 3), utf16At("aé🧵b", 7), utf16At("aé🧵b", 99)], [0, 2, 4, 5]));
test("a plan: sources above what reads them, bands as wide as the share", () => {
  const step = (id: number, kind: string, inputs: number[]) => ({ id, kind, title: kind, inputs });
  const p = arrangePlan([step(0, "source", []), step(1, "source", []), step(2, "join", [0, 1]), step(3, "source", []), step(4, "join", [2, 3]), step(5, "filter", [4]), step(6, "sink", [5])], { 0: { in: 100, out: 100 }, 2: { in: 100, out: 100 }, 4: { in: 100, out: 50 }, 5: { in: 50, out: 0 }, 6: { in: 0, out: 0 } });
  const row = (id: number) => p.nodes.find((n) => n.step.id === id)!.row;
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map(row), [0, 0, 1, 1, 2, 3, 4]);
  const link = (from: number) => p.links.find((l) => l.from.step.id === from)!;
  assert.equal(link(4).top, 90);
  assert.equal(link(4).bottom, 45);
  assert.ok(link(5).none);
  assert.ok(link(0).braided && link(0).top === null);
  assert.doesNotThrow(() => arrangePlan([step(0, "a", [1]), step(1, "b", [0])], {}));
});
test("what a filter compares, and the nearest known word", () => {
  const sql = "SELECT 1 WHERE u.regionid = 'REGION_1' AND x = 'it''s'";
  assert.deepEqual(equals(sql, 9, sql.length).map((e) => [e.owner, e.column, e.value, sql.slice(e.from, e.to)]), [["u", "regionid", "REGION_1", "'REGION_1'"], [null, "x", "it's", "'it''s'"]]);
  assert.equal(nearestOf("REGION_1", ["Region_2", "Region_1"]), "Region_1");
  assert.equal(nearestOf("Paris", ["Region_2"]), null);
});
test("counts stand at the line that causes them", () => {
  const s = { plan: { steps: [{ id: 0, kind: "filter", title: "f", inputs: [], utf16_begin: 3, utf16_end: 9 }, { id: 1, kind: "filter", title: "g", inputs: [0], utf16_begin: 10, utf16_end: 20 }] } } as unknown as SqlStatement;
  assert.deepEqual(lineHints(s, "x".repeat(30), { 0: { in: 4, out: 2 }, 1: { in: 2, out: 0 } }).map((h) => [h.at, h.text, h.strong, h.bad ?? false]), [[9, "keeps", "50.0 %", false], [20, "keeps", "none", true]]);
});
test("the comment before a statement is its description", () => assert.equal(leadingComment("-- Trades of\n-- one region\nSELECT 1;"), "Trades of one region"));
test("a step's title can be read whole; what it leaves out stands below it", () => {
  const step = (kind: string, title: string) => ({ id: 0, kind, title, inputs: [1], begin: null, end: null }) as Parameters<typeof titleOf>[0];
  const both = (kind: string, title: string) => [titleOf(step(kind, title)), underOf(step(kind, title))];
  assert.deepEqual(both("project", "select SIDE, QUANTITY, SYMBOL, PRICE, ACCOUNT"), ["Select 5 columns", "SIDE, QUANTITY, SYMBOL, PRICE, ACCOUNT"]);
  assert.deepEqual(both("project", "select F(A, B), CAST(C AS MAP<STRING, INT>)"), ["Select 2 columns", "F(A, B), CAST(C AS MAP<STRING, INT>)"]);
  assert.deepEqual(both("project", "select SYMBOL, QUANTITY"), ["Select SYMBOL, QUANTITY", "project"]);
  assert.deepEqual(both("filter", "filter (T.PRICE > 500) AND (T.QUANTITY > 2500)"), ["2 conditions", "(PRICE > 500) AND (QUANTITY > 2500)"]);
  assert.deepEqual(both("filter", "filter (STOCKTRADES.PRICE > 500)"), ["PRICE > 500", "filter"]);
  assert.deepEqual(both("join", "left join USERS on T.USERID = U.ID"), ["Left join", "USERS on T.USERID = U.ID"]);
  assert.deepEqual(both("aggregate", "SUM in windows of 15 min"), ["SUM in windows of 15 min", "aggregate"]);
});
test("the editor opens with the records of a topic, by the stream there is or one that is made first", () => {
  assert.equal(starterOf("stocktrades", words.sources, "AVRO"), `SELECT *\nFROM ${written("STOCKTRADES")}\nEMIT CHANGES;\n`);
  assert.match(starterOf("3.odd-name's", words.sources, "AVRO"), /CREATE STREAM s_3_odd_name_s\n  WITH \(kafka_topic = '3\.odd-name''s', value_format = 'AVRO'\);/);
  assert.match(starterOf("plain", words.sources, null), /\(line STRING\)[^]*value_format = 'KAFKA'/);
});
