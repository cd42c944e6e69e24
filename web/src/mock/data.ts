// The demo mesh as the mock knows it.
import type { Consumer, Domain, Event, Person, Product, Reader, Record as Rec, Team, Topic } from "../api/schema";

export type MockProduct = Product;
const day = (n: number) => new Date(Date.now() - n * 86400e3).toISOString();
const domain = (name: string, thread: number, members: string[], products: string[]): Domain => ({ name, title: name, description: "", thread, revision: 1, created: day(11), teams: [`@${name}-team`], members, products });
const person = (name: string, full_name: string, d: string, platform = false): Person => ({ name, full_name, email: `${name}@example.org`, teams: [`@${d}-team`], domains: [d], platform, service: false, revision: 1, created: day(11) });
const avro = (name: string, fields: [string, string][]) => JSON.stringify({ type: "record", name, fields: fields.map(([n, type]) => ({ name: n, type })) });

function product(name: string, d: string, description: string, quality: Product["quality"], sla: Product["sla"], fields: [string, string][], tags: string[], readers: Reader[] = [], consumers: Consumer[] = []): MockProduct {
  return {
    name, domain: d, owner: `@${d}-team`, description, quality, sla, promises: { freshness_s: null, availability: null, records_per_second_min: null, history_days: null, null_share_max: {} }, tags, version: "1.0.0", state: "published", deprecation: null, revision: 3, created: day(10), changed: day(1), changed_by: d === "analytics" ? "tomas" : "priya", sunset_over: false, told: null,
    documentation: `One record of **${name}** is one event. See [users](/products/users).\n\n## Use\n\n- join with \`users\` on \`userid\`\n- prices are in pennies\n\n<script>alert(1)</script>`,
    ports: [{ name: "records", kind: "topic", topic: name, table: "", description: "", lineage: `topic:${name}`, key_schema: null, value_schema: { subject: `${name}-value`, version: 1, id: 3, type: "AVRO", schema: avro(name, fields) }, bootstrap: "localhost:9092", records_url: `/api/v1/topics/${name}/records`, read_with: { kcat: `kcat -b localhost:9092 -t ${name} -C -o end -s value=avro -r http://localhost:8081` } }],
    consumers, readers,
  };
}
const reader = (name: string, topic: string): Reader => ({ kind: "query", name, topic, detail: "" });
const stock: [string, string][] = [["side", "string"], ["quantity", "int"], ["symbol", "string"], ["price", "int"], ["account", "string"], ["userid", "string"]];
const products = [
  product("users", "membership", "All users from all regions (both national and international)", "authoritative", "tier-1", [["registertime", "long"], ["userid", "string"], ["regionid", "string"], ["gender", "string"]], ["pii"], [reader("CSAS_PAGEVIEWS_ENRICHED_3", "users")]),
  product("pageviews", "edge", "Website page views", "curated", "tier-2", [["viewtime", "long"], ["userid", "string"], ["pageid", "string"]], ["web"], [reader("CSAS_PAGEVIEWS_ENRICHED_3", "pageviews")]),
  product("stocktrades", "execution", "Includes all BUY and SELL trades, as well as trades from all regions (both national and international)", "authoritative", "tier-1", stock, ["trading"], [reader("CSAS_HIGH_VALUE_STOCK_TRADES_7", "stocktrades"), reader("CTAS_TRENDING_STOCKS_5", "stocktrades")]),
  product("high_value_stock_trades", "analytics", "Trades above 500 with the user who made them", "curated", "tier-2", [...stock, ["regionid", "string"]], ["trading"], [], [{ product: "high_value_stock_trades", name: "settlement-check", team: "@accounting-team", domain: "accounting", purpose: "Check settlements over 5.00 $", registered_by: "lena", since: day(1) }]),
  product("pageviews_enriched", "analytics", "Page views with the region and gender of the user who made them", "curated", "tier-3", [["viewtime", "long"], ["pageid", "string"], ["regionid", "string"]], ["web"]),
  product("trending_stocks", "analytics", "Trades per symbol in the last 15 minutes", "curated", "tier-3", [["symbol", "string"], ["n", "long"]], ["trading"]),
];
const pick = <T,>(a: T[]): T => a[Math.floor(Math.random() * a.length)]!;
let offset = 304641;
export const mesh = {
  domains: [domain("membership", 0, ["mira"], ["users"]), domain("edge", 1, ["ravi"], ["pageviews"]), domain("execution", 2, ["priya", "jonas"], ["stocktrades"]), domain("analytics", 3, ["tomas"], ["high_value_stock_trades", "pageviews_enriched", "trending_stocks"]), domain("accounting", 4, ["lena"], [])],
  people: [person("tomas", "Tomás Silva", "analytics"), person("mira", "Mira Okafor", "membership"), person("ravi", "Ravi Shah", "edge"), person("priya", "Priya Raman", "execution"), person("jonas", "Jonas Hart", "execution"), person("lena", "Lena Fischer", "accounting"), person("ada", "Ada Platform", "analytics", true)],
  teams: ["membership", "edge", "execution", "analytics", "accounting"].map((d): Team => ({ name: `@${d}-team`, domain: d, description: "", revision: 1, created: day(11), members: [], products: [] })),
  products,
  topics: products.map((p): Topic => ({ name: p.name, partitions: 6, internal: false, id: p.name, records: 304641, value_schema: { subject: `${p.name}-value`, version: 1, id: 3, type: "AVRO" } })),
  events: products.map((p, i): Event => ({ v: 1, type: "product_published", kind: "product", subject: p.name, domain: p.domain, by: p.changed_by, acting_as: p.changed_by, at: day(i), revision: 1, before: {}, after: { version: "1.0.0" }, offset: i })),
  record(topic: string, at: number): Rec {
    const p = products.find((x) => x.name === topic), value: { [k: string]: unknown } = {};
    for (const f of (JSON.parse(p?.ports[0]?.value_schema?.schema ?? '{"fields":[]}') as { fields: { name: string; type: string }[] }).fields) value[f.name] = f.type === "string" ? (f.name === "side" ? pick(["BUY", "SELL"]) : f.name === "symbol" ? pick(["ZTEST", "ZVV", "ZBZX"]) : `User_${Math.ceil(Math.random() * 9)}`) : Math.ceil(Math.random() * 1000);
    return { partition: Math.floor(Math.random() * 6), offset: offset++, timestamp: new Date(at).toISOString(), key: value.userid ?? null, key_format: "TEXT", value, value_format: "AVRO", value_schema_id: 3 };
  },
};
