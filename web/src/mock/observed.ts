// What a node measures, as the mock plays it: live rates, profiles, promises, lineage.
import type { Activity, FieldProfile, Lineage, LineageEdge, LineageNode, LiveTick, Profile, ProductProfile, PromiseOf } from "../api/contract";
import { mesh, type MockProduct } from "./data";

const rates: { [t: string]: number } = { users: 1, pageviews: 4.01, stocktrades: 4.02, high_value_stock_trades: 1.01, pageviews_enriched: 3.96, trending_stocks: 4.02 };
const now = (t: string) => Math.max(0, (rates[t] ?? 0) * (0.9 + Math.random() * 0.2));
export function live(): LiveTick {
  const topics: LiveTick["topics"] = {};
  for (const t of mesh.topics) topics[t.name] = { records_per_second: now(t.name), bytes_per_second: now(t.name) * 80, records: t.records, last_record_at: new Date().toISOString(), age_s: 0.4 };
  return { at: new Date().toISOString(), node: { records_per_second: 9, bytes_per_second: 900, topics: mesh.topics.length, queries: 3, connections: 4, uptime_s: 100, event_log: "embedded", version: "mock" }, topics, queries: Object.fromEntries(queries.map((q) => [q.id.slice(6), { state: "running", records_in_per_second: 4, records_out_per_second: 3, records_in: 100, records_out: 90, errors: 0, lag: 0 }])) };
}
const seconds = (p: string) => Number.parseFloat(p) * ({ s: 1, m: 60, h: 3600, d: 86400 }[p.at(-1) ?? "h"] ?? 3600);
export function activity(topic: string, periods: number, period: string): Activity {
  const s = seconds(period);
  return { topic, period_s: s, periods: Array.from({ length: periods }, (_, i) => ({ from: new Date(Date.now() - (periods - i) * s * 1000).toISOString(), records: i < periods / 8 ? null : Math.round(now(topic) * s), bytes: null, availability: i < periods / 8 ? null : 1, worst_gap_s: 2 })) };
}
const history = (bad: boolean) => Array.from({ length: 28 }, (_, i) => ({ from: new Date(Date.now() - (28 - i) * 21600e3).toISOString(), state: (i < 5 ? "unknown" : bad && i > 23 ? "broken" : "kept") as "kept", value: 1 }));
export function topicProfile(topic: string): Profile {
  const p = mesh.products.find((x) => x.name === topic), bad = topic === "pageviews";
  const fields = (JSON.parse(p?.ports[0]?.value_schema?.schema ?? '{"fields":[]}') as { fields: { name: string; type: string }[] }).fields.map((f): FieldProfile => {
    const number = f.type !== "string";
    const few = f.name === "side" || f.name === "gender";
    return { path: f.name, in: "value", type: number ? "INTEGER" : "STRING", logical: null, count: 304641, nulls: f.name === "account" ? 262000 : 0, distinct: { estimate: number ? 996 : few ? 2 : 9, error: 0.008 }, min: number ? 1 : null, max: number ? 1000 : null, mean: number ? 502 : null, quantiles: number ? { p01: 10, p05: 50, p25: 250, p50: 502, p75: 750, p95: 950, p99: 990 } : null, histogram: number ? { scale: "linear", bins: Array.from({ length: 40 }, (_, i) => ({ from: i * 25, to: i * 25 + 25, count: Math.round(700 + Math.random() * 100) })) } : null, top: number ? [] : (few ? ["BUY", "SELL"] : Array.from({ length: 9 }, (_, i) => `User_${i + 1}`)).map((value, _, a) => ({ value, count: Math.round(304641 / a.length), share: 1 / a.length })), shapes: number ? [] : [{ shape: few ? "AAA" : "Aaaa_9", count: 304641, share: 1 }], lengths: number ? null : { min: 3, max: 6, mean: 5 } };
  });
  const promises: PromiseOf[] = [
    { name: "freshness", promised: { text: "a record at least every 5 s", value: 5, unit: "s" }, measured: { value: bad ? 6.8 : 0.9, unit: "s" }, state: bad ? "broken" : "kept", why: bad ? "the last record is 6.8 s old" : "a record came 0.9 s ago", history: history(bad) },
    { name: "volume", promised: { text: "at least 2 records a second", value: 2, unit: "/s" }, measured: { value: rates[topic] ?? 0, unit: "/s" }, state: "kept", why: "", history: history(false) },
    { name: "availability", promised: { text: "99.9 % of the time", value: 0.999, unit: "share" }, measured: null, state: "unknown", why: "measured for 2 hours so far", history: history(false).map((h) => ({ ...h, state: "unknown" as const })) },
  ];
  return { topic, since: new Date(Date.now() - 6 * 86400e3).toISOString(), records: 304641, undecodable: 0, records_per_second: rates[topic] ?? null, bytes_per_second: 320, last_record_at: new Date().toISOString(), age_s: 0.4, promises, fields };
}
export const productProfile = (p: MockProduct): ProductProfile => ({ product: p.name, ports: p.ports.map((x) => topicProfile(x.topic)) });

const node = (p: MockProduct): LineageNode => ({ id: `topic:${p.name}`, kind: "product", name: p.name, title: p.name, domain: p.domain, product: p.name, owner: p.owner, state: p.state, columns: [] });
const queries: LineageNode[] = [
  { id: "query:CSAS_PAGEVIEWS_ENRICHED_3", kind: "query", name: "CSAS_PAGEVIEWS_ENRICHED_3", domain: "analytics", state: "running", sketch: "join", statement: "CREATE STREAM pageviews_enriched AS SELECT …" },
  { id: "query:CSAS_HIGH_VALUE_STOCK_TRADES_7", kind: "query", name: "CSAS_HIGH_VALUE_STOCK_TRADES_7", domain: "analytics", state: "running", sketch: "join, filter", statement: "CREATE STREAM high_value_stock_trades AS SELECT …" },
  { id: "query:CTAS_TRENDING_STOCKS_5", kind: "query", name: "CTAS_TRENDING_STOCKS_5", domain: "analytics", state: "running", sketch: "window 15 min", statement: "CREATE TABLE trending_stocks AS SELECT …" },
];
const edge = (from: string, to: string, kind: LineageEdge["kind"], rate: number, status: LineageEdge["status"] = "ok"): LineageEdge => ({ from, to, kind, basis: status === "seen_not_declared" ? "observed" : "both", status, records_per_second: rate, records: 1000, bytes: 80000, columns: from.includes("stocktrades") ? [{ from: "PRICE", to: "PRICE", how: "unchanged", text: "PRICE over 500" }] : [] });
export function lineage(_of: string | null, column: string | null): Lineage {
  const others: LineageNode[] = [
    { id: "client:svc-execution", kind: "client", name: "svc-execution", domain: "execution", state: "seen", client_id: "svc-execution", principal: "anonymous" },
    { id: "group:settlement-check", kind: "group", name: "settlement-check", domain: "accounting", state: "seen" },
    { id: "group:risk-notebook", kind: "group", name: "risk-notebook", domain: null, state: "seen" },
  ];
  const edges = [
    edge("client:svc-execution", "topic:stocktrades", "produces", 4.02),
    edge("topic:pageviews", queries[0]!.id, "reads", 4), edge("topic:users", queries[0]!.id, "reads", 1), edge(queries[0]!.id, "topic:pageviews_enriched", "writes", 3.96),
    edge("topic:users", queries[1]!.id, "reads", 1), edge("topic:stocktrades", queries[1]!.id, "reads", 4), edge(queries[1]!.id, "topic:high_value_stock_trades", "writes", 1),
    edge("topic:stocktrades", queries[2]!.id, "reads", 4), edge(queries[2]!.id, "topic:trending_stocks", "writes", 4),
    edge("topic:high_value_stock_trades", "group:settlement-check", "consumes", 1), edge("topic:stocktrades", "group:risk-notebook", "consumes", 4, "seen_not_declared"),
  ];
  return { nodes: [...mesh.products.map(node), ...queries, ...others], edges, trace: column ? { column, path: [5, 6], notes: { "topic:high_value_stock_trades": `${column} unchanged, over 500` } } : null };
}
