// One in-memory node for dev and tests: the demo mesh, its calls, live numbers. Routes are functions of (match, query, body); a route may throw { status, ... }.
import { activity, lineage, live, productProfile, topicProfile } from "./observed";
import { mesh, type MockProduct } from "./data";
import { moreRoutes } from "./more";
import { Refused } from "./refused";

export interface MockRequest { params: string[]; query: URLSearchParams; body: { [k: string]: unknown }; as: string | null }
export type Route = [method: string, path: RegExp, answer: (r: MockRequest) => unknown];

const find = (name: string): MockProduct => {
  const p = mesh.products.find((x) => x.name === name);
  if (!p) throw new Refused(404, "not_found", `there is no product ${name}`, "GET /api/v1/products lists them");
  return p;
};
const who = (as: string | null) => {
  const p = mesh.people.find((x) => x.name === as);
  if (as && !p) throw new Refused(401, "unauthenticated", `nobody is called ${as}`, "GET /api/v1/people lists them");
  return { person: p?.name ?? null, full_name: p?.full_name ?? "", teams: p?.teams ?? [], domains: p?.domains ?? [], platform: p?.platform ?? false, unclaimed: false, note: "" };
};
const summary = (p: MockProduct) => { const { documentation: _, readers: __, ...rest } = p; return { ...rest, consumers: p.consumers.length }; };

const routes: Route[] = [
  ["GET", /^\/healthz$/, () => ({ status: "ok" })],
  ["GET", /^\/api\/v1\/whoami$/, (r) => who(r.as)],
  ["GET", /^\/api\/v1\/domains$/, () => ({ domains: mesh.domains, total: mesh.domains.length })],
  ["GET", /^\/api\/v1\/people$/, () => ({ people: mesh.people, total: mesh.people.length })],
  ["GET", /^\/api\/v1\/teams$/, () => ({ teams: mesh.teams, total: mesh.teams.length })],
  ["GET", /^\/api\/v1\/products$/, () => ({ products: mesh.products.map(summary), total: mesh.products.length })],
  ["GET", /^\/api\/v1\/products\/([^/]+)$/, (r) => find(r.params[0]!)],
  ["GET", /^\/api\/v1\/products\/([^/]+)\/history$/, (r) => { const events = mesh.events.filter((e) => e.subject === find(r.params[0]!).name); return { product: r.params[0], events, total: events.length }; }],
  ["GET", /^\/api\/v1\/products\/([^/]+)\/profile$/, (r) => productProfile(find(r.params[0]!))],
  ["GET", /^\/api\/v1\/products\/([^/]+)\/impact$/, (r) => { const p = find(r.params[0]!); return { product: p.name, consumers: p.consumers, readers: p.readers, summary: "", confirm: p.consumers.length + p.readers.length ? "mock" : null }; }],
  ["PATCH", /^\/api\/v1\/products\/([^/]+)$/, (r) => {
    const p = find(r.params[0]!), w = who(r.as);
    if (!w.domains.includes(p.domain) && !w.platform) throw new Refused(403, "forbidden", `only ${p.domain} may change ${p.name}`, `act as a member of ${p.domain}`);
    if (typeof r.body.revision === "number" && r.body.revision !== p.revision) throw new Refused(409, "conflict", `${p.name} was changed by ${p.changed_by} meanwhile`, "look at changed_since and send the change again with the new revision", { revision: p.revision, changed_since: mesh.events.filter((e) => e.subject === p.name) });
    const { revision: _, ...change } = r.body;
    Object.assign(p, change, { revision: p.revision + 1, changed_by: w.person ?? "", changed: new Date().toISOString() });
    return p;
  }],
  ["POST", /^\/api\/v1\/products\/([^/]+)\/consumers$/, (r) => { const p = find(r.params[0]!), w = who(r.as); const team = String(r.body.team ?? w.teams[0] ?? ""); if (!team) throw new Refused(403, "forbidden", "nobody may not register", "act as a member of a team"); const c = { product: p.name, name: String(r.body.name ?? team), team, domain: w.domains[0] ?? "", purpose: String(r.body.purpose ?? ""), registered_by: w.person ?? "", since: new Date().toISOString() }; p.consumers.push(c); return { ...c, ports: p.ports }; }],
  ["GET", /^\/api\/v1\/topics$/, () => ({ topics: mesh.topics })],
  ["GET", /^\/api\/v1\/topics\/([^/]+)$/, (r) => { const t = mesh.topics.find((x) => x.name === r.params[0]); if (!t) throw new Refused(404, "not_found", `there is no topic ${r.params[0]}`); return { ...t, bounds: [{ partition: 0, earliest: 0, end: t.records }], configs: { "retention.ms": "604800000" } }; }],
  ["GET", /^\/api\/v1\/topics\/([^/]+)\/profile$/, (r) => topicProfile(r.params[0]!)],
  ["GET", /^\/api\/v1\/topics\/([^/]+)\/activity$/, (r) => activity(r.params[0]!, Number(r.query.get("periods") ?? 28), r.query.get("period") ?? "6h")],
  ["GET", /^\/api\/v1\/topics\/([^/]+)\/records$/, (r) => ({ records: Array.from({ length: Math.min(50, Number(r.query.get("limit") ?? 20)) }, (_, i) => mesh.record(r.params[0]!, Date.now() - i * 700)) })],
  ["GET", /^\/api\/v1\/lineage$/, (r) => lineage(r.query.get("of"), r.query.get("column"))],
  ["GET", /^\/api\/v1\/live\/snapshot$/, () => live()],
  ["GET", /^\/api\/v1\/search$/, (r) => {
    const q = (r.query.get("q") ?? "").toLowerCase(), fixed = q === "pagevews" ? "pageviews" : q;
    const hits = mesh.products.filter((p) => !fixed || `${p.name} ${p.description} ${p.tags.join(" ")}`.toLowerCase().includes(fixed));
    const results = hits.map((p) => ({ type: "data_product", name: p.name, qualified_name: `braid:${p.name}`, description: p.description, domain: p.domain, owner: p.owner, quality: p.quality, format: "AVRO", state: p.state, sla: p.sla, version: p.version, tags: p.tags, matches: fixed ? [{ field: "name", how: q === fixed ? "prefix" : "typo", ...(q === fixed ? {} : { asked: q }), segments: [{ text: p.name, hit: p.name.includes(fixed) }] }] : [] }));
    const facet = (of: (p: MockProduct) => string) => [...new Set(hits.map(of))].map((value) => ({ value, count: hits.filter((p) => of(p) === value).length }));
    return { q, total: results.length, results, facets: { type: [{ value: "data_product", count: results.length }], domain: facet((p) => p.domain), quality: facet((p) => p.quality) }, corrected: q === fixed ? {} : { [q]: fixed }, relaxed: false, took_us: 420 };
  }],
  ["GET", /^\/api\/v1\/audit$/, () => ({ entries: mesh.events.map((e, i) => ({ id: String(i), sequence: i, at: e.at, who: e.by, acting_as: e.acting_as, what: e.type, kind: e.kind, subject: e.subject, domain: e.domain, outcome: "done", message: "", before: e.before, after: e.after, client: "mock" })), total: mesh.events.length, complete: true, next: null })],
  ...moreRoutes,
];

export function answer(method: string, url: string, body: unknown, as: string | null): { status: number; body: unknown } {
  const at = new URL(url, "http://mock");
  for (const [m, path, f] of routes) {
    const hit = m === method ? path.exec(at.pathname) : null;
    if (!hit) continue;
    try {
      return { status: 200, body: f({ params: hit.slice(1).map(decodeURIComponent), query: at.searchParams, body: (body ?? {}) as { [k: string]: unknown }, as }) };
    } catch (e) {
      if (e instanceof Refused) return { status: e.status, body: { error_code: e.status, code: e.code, message: e.message, hint: e.hint, ...e.more } };
      throw e;
    }
  }
  return { status: 404, body: { error_code: 404, code: "not_found", message: `nothing is served at ${at.pathname}`, hint: "/openapi.json lists what there is" } };
}
