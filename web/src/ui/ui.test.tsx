import test from "node:test";
import assert from "node:assert/strict";
import { renderToStaticMarkup } from "react-dom/server";
import { Markdown, safeLink } from "./markdown";
import { arrange, moved } from "./table_order";
import { middle, rate, seconds, compact } from "./format";

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

test("HTML in a description is shown, never run", () => {
  const out = html("Hello <script>alert(1)</script> <img src=x onerror=alert(2)>\n\n<iframe src='//evil'></iframe>");
  assert.ok(!/<(script|img|iframe)/i.test(out), out);
  assert.ok(out.includes("&lt;script&gt;"), out);
});
test("links go to the web, to mail and within the portal only", () => {
  assert.equal(safeLink("javascript:alert(1)"), null);
  assert.equal(safeLink(" JaVaScRiPt:alert(1)"), null);
  assert.equal(safeLink("data:text/html,x"), null);
  assert.equal(safeLink("//evil.example"), null);
  assert.equal(safeLink("/products/users"), "/products/users");
  assert.ok(!html("[x](javascript:alert(1))").includes("href"));
});
test("headings, lists, tables and code", () => {
  const out = html("# Title\n\n- a\n- b **bold** `code`\n  - inner\n\n| x | n |\n|---|--:|\n| 1 | 2 |\n\n```sql\nSELECT 1;\n```");
  for (const part of ["<h3>Title</h3>", "<li>a</li>", "<strong>bold</strong>", "<table>", "<td class=\"num\">2</td>", "<span class=\"k\">SELECT</span>"]) assert.ok(out.includes(part), `${part} in ${out}`);
});
test("what is unknown sorts last, both ways; ties keep their order", () => {
  const rows = [{ n: 2 }, { n: null }, { n: 10 }, { n: 1 }];
  const by = (down: boolean) => arrange(rows, [{ key: "n", down }], (_, r) => r.n).map((r) => r.n);
  assert.deepEqual(by(false), [1, 2, 10, null]);
  assert.deepEqual(by(true), [10, 2, 1, null]);
  assert.equal(moved(["a", "b", "c"], ["a", "c", "b"]), 2);
});
test("numbers keep their width by size", () => {
  assert.deepEqual([rate(4.018), rate(18.44), rate(412.4), rate(12400), rate(null)], ["4.02", "18.4", "412", "12.4 k", ""]);
  assert.deepEqual([seconds(0.9), seconds(6.8), seconds(84), seconds(540000)], ["0.9 s", "6.8 s", "84 s", "6 d 6 h"]);
  assert.equal(compact(2_132_352), "2.13 M");
});
test("a long name is cut in the middle, never inside an emoji", () => {
  assert.equal(middle("customer_interaction_events_enriched", 12), "custome…ched");
  assert.equal([...middle("🧵".repeat(50), 11)].length, 11);
});
