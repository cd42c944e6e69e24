// Routes of the mock for Create, Publish, Manage, Operations and Audit.
import type { Group, GroupInFull } from "../api/contract";
import { mesh } from "./data";
import { Refused } from "./refused";
import { check, preview, queries, useCases, words } from "./sql";
import type { Route } from "./server";

const group = (name: string, state: string, topics: string[], lag: number): Group => ({ group: name, state, protocol: "consumer", members: state === "Stable" ? 2 : 0, topics, lag });
const groups = [group("settlement-check", "Stable", ["high_value_stock_trades"], 0), group("risk-notebook", "Empty", ["stocktrades"], 12_874)];
const groupInFull = (g: Group): GroupInFull => ({ group: g.group, state: g.state, protocol: g.protocol, members: g.members ? [0, 1].map((i) => ({ id: `${g.group}-${i}-2f1c`, client_id: g.group, host: "127.0.0.1", assignment: [{ topic: g.topics[0]!, partitions: [i * 3, i * 3 + 1, i * 3 + 2] }] })) : [], offsets: Array.from({ length: 6 }, (_, partition) => ({ topic: g.topics[0]!, partition, committed: partition === 5 ? null : 50_000 - (g.lag ?? 0) / 6, end: 50_773, lag: partition === 5 ? null : Math.round((g.lag ?? 0) / 6) })) });
const found = <T,>(x: T | undefined, what: string): T => { if (!x) throw new Refused(404, "not_found", `there is no ${what}`); return x; };
const query = (id: string) => found(queries.find((q) => q.id === id), `query ${id}`);
const schemaText = (subject: string) => found(mesh.products.find((p) => `${p.name}-value` === subject), `subject ${subject}`).ports[0]!.value_schema!.schema;
const without = (schema: string) => { const s = JSON.parse(schema) as { fields: unknown[] }; return JSON.stringify({ ...s, fields: s.fields.slice(0, -1) }); };

export const moreRoutes: Route[] = [
  ["GET", /^\/api\/v1\/sql\/words$/, () => words()],
  ["GET", /^\/api\/v1\/use-cases$/, () => useCases],
  ["POST", /^\/api\/v1\/sql\/check$/, (r) => ({ statements: check(String(r.body.sql)) })],
  ["POST", /^\/ksql$/, (r) => { const s = check(String(r.body.ksql))[0]!; if (s.error) throw new Refused(400, "invalid_input", s.error.message, s.error.hint); return [{ "@type": "currentStatus", warnings: [], commandStatus: { status: "SUCCESS", message: `Created query with ID CSAS_${s.writes}_9`, queryId: `CSAS_${s.writes}_9` } }]; }],
  ["GET", /^\/api\/v1\/queries$/, () => queries],
  ["GET", /^\/api\/v1\/queries\/([^/]+)$/, (r) => query(r.params[0]!)],
  ["POST", /^\/api\/v1\/queries\/([^/]+)\/(pause|resume|terminate)$/, (r) => {
    const q = query(r.params[0]!);
    if (r.params[1] === "terminate") { if (!r.query.get("confirm")) throw new Refused(409, "conflict", `${q.id} is read by others`, "send it again with confirm", { impact: { product: q.writes, consumers: mesh.products.find((p) => p.name === q.writes)?.consumers ?? [], readers: [], summary: "", confirm: "mock" } }); queries.splice(queries.indexOf(q), 1); return {}; }
    q.state = r.params[1] === "pause" ? "paused" : "running";
    return q;
  }],
  ["GET", /^\/api\/v1\/groups$/, () => groups],
  ["GET", /^\/api\/v1\/groups\/([^/]+)$/, (r) => groupInFull(found(groups.find((g) => g.group === r.params[0]), `group ${r.params[0]}`))],
  ["POST", /^\/api\/v1\/groups\/([^/]+)\/offsets$/, (r) => { const g = groupInFull(found(groups.find((x) => x.group === r.params[0]), "group")); if (g.members.length) throw new Refused(409, "conflict", `group ${g.group} has ${g.members.length} members: ${g.members.map((m) => m.id).join(", ")}`, "stop them first; offsets of a group that reads are its own"); return { dry_run: r.query.get("dry_run") === "true", changes: g.offsets.map((o) => ({ topic: o.topic, partition: o.partition, from: o.committed, to: r.body.to === "earliest" ? 0 : o.end, lag_after: r.body.to === "earliest" ? o.end : 0 })) }; }],
  ["DELETE", /^\/api\/v1\/groups\/([^/]+)$/, (r) => { const i = groups.findIndex((g) => g.group === r.params[0]); if (i >= 0) groups.splice(i, 1); return {}; }],
  ["GET", /^\/subjects$/, () => mesh.products.map((p) => `${p.name}-value`)],
  ["GET", /^\/subjects\/([^/]+)\/versions$/, () => [1, 2]],
  ["GET", /^\/subjects\/([^/]+)\/versions\/(\d+)$/, (r) => ({ subject: r.params[0], version: Number(r.params[1]), id: 3 + Number(r.params[1]), schemaType: "AVRO", schema: r.params[1] === "1" ? without(schemaText(r.params[0]!)) : schemaText(r.params[0]!) })],
  ["GET", /^\/config\/([^/]+)$/, () => ({ compatibilityLevel: "BACKWARD" })],
  ["GET", /^\/api\/v1\/schemas\/([^/]+)$/, (r) => ({ subject: r.params[0], compatibility: "BACKWARD", versions: [1, 2].map((v) => ({ version: v, id: 3 + v, type: "AVRO", schema: v === 1 ? without(schemaText(r.params[0]!)) : schemaText(r.params[0]!), fields: [] })) })],
  ["GET", /^\/api\/v1\/schemas\/([^/]+)\/diff$/, () => ({ differences: [{ path: "userid", kind: "added", text: "userid string, without a default", breaks: "readers" }], compatible: { BACKWARD: false, FORWARD: true, FULL: false } })],
];
// Answers that go on: a line of JSON each time; the returned function ends them.
export const moreStreams: [RegExp, (body: { [k: string]: unknown }, emit: (line: unknown) => void) => () => void][] = [[/^\/api\/v1\/sql\/preview/, (body, emit) => preview(String(body.sql), emit)]];
