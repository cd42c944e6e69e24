// SQL as the mock plays it: enough to draw every state of the editor; the node does the real thing.
import type { PlanStep, RunningQuery, SqlColumn, SqlStatement, SqlWords, UseCase } from "../api/contract";
import { mesh } from "./data";

const sqlType = (t: string) => ({ string: "VARCHAR", int: "INTEGER", long: "BIGINT", double: "DOUBLE" })[t] ?? "VARCHAR";
const fieldsOf = (topic: string) => (JSON.parse(mesh.products.find((p) => p.name === topic)?.ports[0]?.value_schema?.schema ?? '{"fields":[]}') as { fields: { name: string; type: string }[] }).fields;
export const words = (): SqlWords => ({
  keywords: [],
  functions: [{ name: "UCASE", kind: "scalar", signatures: ["UCASE(VARCHAR) VARCHAR"], summary: "The text in capital letters." }, { name: "COUNT", kind: "aggregate", signatures: ["COUNT(ANY) BIGINT"], summary: "How many records are in the group." }, { name: "EXPLODE", kind: "table", signatures: ["EXPLODE(ARRAY) T"], summary: "One row for each element." }],
  sources: mesh.products.map((p) => ({ name: p.name.toUpperCase(), kind: p.name === "users" || p.name === "trending_stocks" ? "table" : "stream", topic: p.name, product: p.name, domain: p.domain, columns: fieldsOf(p.name).map((f): SqlColumn => ({ name: f.name.toUpperCase(), type: sqlType(f.type), key: p.name === "users" && f.name === "userid" })) })),
});
export const useCases: UseCase[] = [
  { name: "trending_stocks", title: "Trending stocks", description: "Trades per symbol in the last 15 minutes", inputs: ["stocktrades"], output: "trending", kind: "table", sql: "CREATE TABLE trending AS\nSELECT symbol, COUNT(*) AS n\nFROM stocktrades\nWINDOW TUMBLING (SIZE 15 MINUTES)\nGROUP BY symbol\nEMIT CHANGES;" },
  { name: "high_value_stock_trades", title: "High-value trades", description: "Trades above 5.00 $ with the region of the trader", inputs: ["stocktrades", "users"], output: "high_value", kind: "stream", sql: "-- Trades above 5.00 $ a share and 2,500 shares, with the region of the trader\nCREATE STREAM high_value\n  WITH (kafka_topic = 'high_value', value_format = 'AVRO') AS\nSELECT u.userid AS userid, u.regionid AS region,\n       t.side, t.quantity, t.symbol, t.price, t.account\nFROM stocktrades t\nINNER JOIN users u ON t.userid = u.userid\nWHERE t.price > 500\n  AND t.quantity > 2500\nEMIT CHANGES;" },
  { name: "us_trades", title: "Trades of one region", description: "Trades of users from one region", inputs: ["stocktrades", "users"], output: "us_trades", kind: "stream", sql: "-- Trades of users from one region\nCREATE STREAM us_trades AS\nSELECT u.userid AS userid, u.regionid AS region, t.side, t.quantity, t.symbol, t.price\nFROM stocktrades t\nINNER JOIN users u ON t.userid = u.userid\nWHERE u.regionid = 'REGION_1'\nEMIT CHANGES;" },
];
export function check(sql: string): SqlStatement[] {
  const out: SqlStatement[] = [];
  let begin = 0;
  for (const part of sql.split(/(?<=;)/)) {
    const from = begin + (part.length - part.trimStart().length), to = begin + part.trimEnd().length;
    begin += part.length;
    const text = part.trim();
    if (!text) continue;
    const code = text.replace(/--[^\n]*/g, (c) => " ".repeat(c.length));
    const reads = [...code.matchAll(/\b(?:FROM|JOIN)\s+(\w+)/gi)].map((m) => m[1]!.toLowerCase());
    const unknown = reads.find((r) => !mesh.products.some((p) => p.name === r));
    const wrong = /\bPRCE\b/i.exec(text);
    const writes = /CREATE\s+(?:OR\s+REPLACE\s+)?(?:STREAM|TABLE)\s+(\w+)/i.exec(text)?.[1]?.toUpperCase() ?? null;
    const where = wrong ? [wrong.index, wrong.index + 4] as const : unknown ? [text.toLowerCase().indexOf(unknown), text.toLowerCase().indexOf(unknown) + unknown.length] as const : null;
    const line = where ? sql.slice(0, from + where[0]).split("\n").length : 0;
    const error = where ? { message: wrong ? "There is no column PRCE in stocktrades." : `There is no stream or table ${unknown!.toUpperCase()}.`, hint: wrong ? "Did you mean PRICE?" : "SHOW STREAMS lists what there is.", begin: from + where[0], end: from + where[1], utf16_begin: from + where[0], utf16_end: from + where[1], line, column: 1 } : null;
    const steps: PlanStep[] = [];
    const at = (re: RegExp) => { const m = re.exec(text); return m ? { utf16_begin: from + m.index, utf16_end: from + m.index + m[0].trimEnd().length } : {}; };
    reads.forEach((r, i) => steps.push({ id: i, kind: "source", title: r, inputs: [] }));
    let last = 0, id = reads.length;
    const add = (kind: string, title: string, inputs: number[], place: object) => { steps.push({ id, kind, title, inputs, ...place }); last = id++; };
    if (reads.length > 1) add("join", "join on userid", [0, 1], at(/INNER JOIN[^\n]*/i));
    for (const m of text.replace(/--[^\n]*/g, (c) => " ".repeat(c.length)).matchAll(/\b(?:WHERE|AND)\s+([^\n;]*?)(?=\s*(?:\n|;|AND|EMIT|GROUP|WINDOW|$))/gi)) add("filter", `filter ${m[1]!.trim()}`, [last], { utf16_begin: from + m.index, utf16_end: from + m.index + m[0].length });
    if (/GROUP BY/i.test(text)) add("aggregate", "count by symbol, 15 minutes", [last], at(/GROUP BY[^\n]*/i));
    const columns: SqlColumn[] = fieldsOf(reads[0] ?? "").map((f) => ({ name: f.name.toUpperCase(), type: sqlType(f.type), key: false }));
    add("project", `select ${columns.length} columns`, [last], {});
    if (writes) add("sink", `write ${writes.toLowerCase()}`, [last], {});
    out.push({ begin: from, end: to, utf16_begin: from, utf16_end: to, text, kind: writes ? "create_stream_as" : "query", ok: !error, error, reads, writes, sink_topic: writes?.toLowerCase() ?? null, columns, plan: error || reads.length === 0 ? null : { steps } });
  }
  return out;
}
export function preview(sql: string, emit: (line: unknown) => void): () => void {
  const s = check(sql)[0]!, steps = s.plan?.steps ?? [], counts = new Map(steps.map((x) => [x.id, { in: 0, out: 0 }]));
  const never = /REGION_1/.test(sql), source = s.reads[0] ?? "";
  emit({ columns: s.columns });
  const round = (n: number) => {
    for (let k = 0; k < n; k++) {
      let alive = true;
      const record = mesh.record(source, Date.now()).value as { [k: string]: unknown };
      for (const step of steps) {
        const c = counts.get(step.id)!;
        if (step.inputs.length === 0) { c.in += step.id === 0 ? 1 : k % 100 === 0 ? 9 : 0; c.out = c.in; continue; }
        if (!alive) continue;
        c.in++;
        if (step.kind === "filter") alive = /regionid/i.test(step.title) ? !never : Math.random() < 0.5;
        if (alive) c.out++;
      }
      if (alive) emit({ row: Object.values(record), key: null });
    }
    emit({ steps: [...counts].map(([id, c]) => ({ id, ...c })) });
    if (never) emit({ nearest: Array.from({ length: 3 }, () => ({ step: 3, row: Object.fromEntries(Object.entries(mesh.record(source, Date.now()).value as object).map(([k, v]) => [k.toUpperCase(), v as unknown])), failed: ["(U.REGIONID = 'REGION_1')"] })) });
  };
  round(1200);
  const t = setInterval(() => round(4), 1000);
  return () => clearInterval(t);
}
const q = (id: string, state: string, reads: string[], writes: string, rate: number, errors = 0): RunningQuery => ({ id, kind: "persistent", state, statement: useCases[1]!.sql.replace("CREATE STREAM high_value", `CREATE STREAM ${writes}`), reads, writes, stream: writes.toUpperCase(), owner_domain: "analytics", records_in: 304641, records_out: 76160, records_in_per_second: rate * 1.3, records_out_per_second: rate, lag: 0, errors, last_error: errors ? { message: "cannot read record 0:342,720 of pageviews: userid is null", at: new Date(Date.now() - 6e5).toISOString() } : null, started_at: new Date(Date.now() - 86400e3).toISOString() });
export const queries = [q("CSAS_PAGEVIEWS_ENRICHED_3", "running", ["pageviews", "users"], "pageviews_enriched", 3.96, 42), q("CTAS_TRENDING_STOCKS_5", "running", ["stocktrades"], "trending_stocks", 4.02), q("CSAS_HIGH_VALUE_STOCK_TRADES_7", "paused", ["stocktrades", "users"], "high_value_stock_trades", 0)];
