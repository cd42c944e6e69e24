// What Operations asks the node.
import { ask, call, notOffered, question, type Group, type GroupInFull, type OffsetChanges, type RunningQuery, type SqlWords, type SchemaVersions } from "../../api";
import { fieldsOf } from "../../parts";

export const topics = (internal: boolean) => question(["topics", "all", internal], (signal) => ask("listTopics", internal ? { internal } : {}, undefined, { signal }).then((a) => a.topics), { refetchInterval: 10_000 });
export interface Asked { from: string; partition: number | null; key: string; limit: number }
export const records = (topic: string, a: Asked) => question(["records", topic, a.from, a.partition, a.key, a.limit], (signal) => ask("readRecords", { topic, from: a.from, partition: a.partition ?? undefined, key: a.key || undefined, limit: a.limit }, undefined, { signal }).then((x) => x.records), { staleTime: 60_000 });
export const subjects = () => question(["schemas"], (signal) => call<string[]>("GET", "/subjects", { signal }));
export const groups = () => question(["groups"], (signal) => call<Group[]>("GET", "/api/v1/groups", { signal }), { refetchInterval: 5_000 });
export const group = (name: string) => question(["groups", name], (signal) => call<GroupInFull>("GET", `/api/v1/groups/${encodeURIComponent(name)}`, { signal }), { refetchInterval: 3_000 });
export const queries = () => question(["queries"], (signal) => call<RunningQuery[]>("GET", "/api/v1/queries", { signal }), { refetchInterval: 5_000 });
export const sqlWords = () => question(["sql", "words"], (signal) => call<SqlWords>("GET", "/api/v1/sql/words", { signal }), { staleTime: 10_000 });
export const query = (id: string) => question(["queries", id], (signal) => call<RunningQuery>("GET", `/api/v1/queries/${encodeURIComponent(id)}`, { signal }), { refetchInterval: 3_000 });
export interface Reset { topic: string; partitions: number[] | null; to: string }
export const resetOffsets = (name: string, reset: Reset, dry: boolean) => call<OffsetChanges>("POST", `/api/v1/groups/${encodeURIComponent(name)}/offsets`, { query: { dry_run: dry || undefined }, body: reset });
export const deleteGroup = (name: string) => call<unknown>("DELETE", `/api/v1/groups/${encodeURIComponent(name)}`);

// A node without /api/v1/schemas still has a registry: the same is put together from its calls.
export const versions = (subject: string) => question(["schemas", subject, "versions"], async (signal): Promise<SchemaVersions> => {
  const s = encodeURIComponent(subject);
  try { return await call<SchemaVersions>("GET", `/api/v1/schemas/${s}`, { signal }); } catch (e) { if (!notOffered(e)) throw e; }
  const numbers = await call<number[]>("GET", `/subjects/${s}/versions`, { signal });
  const all = await Promise.all(numbers.map((n) => call<{ version: number; id: number; schemaType?: string; schema: string }>("GET", `/subjects/${s}/versions/${n}`, { signal })));
  const config = await call<{ compatibilityLevel?: string }>("GET", `/config/${s}`, { query: { defaultToGlobal: true }, signal }).catch(() => null);
  return { subject, compatibility: config?.compatibilityLevel ?? "", versions: all.map((v) => ({ version: v.version, id: v.id, type: v.schemaType ?? "AVRO", schema: v.schema, fields: [] })) };
});
export const treeOf = (v: { type: string; schema: string }) => fieldsOf(v.type, v.schema);
