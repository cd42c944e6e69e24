// What is filled in on the way to a product, what can be derived of it, and what is still missing.
import { ask, call, question, type RunningQuery } from "../../api";
import { noPromises, promisePatch, promisesOf } from "../../parts/promise_fields";
import type { PromiseSet } from "../../api/contract";
import type { DryRun, Product, ProductSummary, WhoAmI, Quality, Sla } from "../../api/schema";

export interface Draft { name: string; domain: string; owner: string; description: string; documentation: string; quality: string; sla: string; tags: string[]; version: string; promises: PromiseSet }
export const draftOf = (p: Product | ProductSummary): Draft => ({ name: p.name, domain: p.domain, owner: p.owner, description: p.description, documentation: "documentation" in p ? p.documentation : "", quality: p.quality, sla: p.sla, tags: [...p.tags], version: p.version, promises: promisesOf(p) });
export const bodyOf = (d: Draft, topic: string) => ({ name: d.name, domain: d.domain || undefined, owner: d.owner || null, description: d.description, documentation: d.documentation, quality: d.quality as Quality, sla: d.sla as Sla, tags: d.tags, version: d.version, ...(promisePatch(noPromises, d.promises) ? { promises: promisePatch(noPromises, d.promises) as unknown as PromiseSet } : {}), ports: [{ name: "records", kind: "topic" as const, topic }] });
// What differs, as a change of a product; empty when nothing does.
export function changeOf(from: Draft, to: Draft): { [k: string]: unknown } {
  const out: { [k: string]: unknown } = {};
  for (const k of ["domain", "owner", "description", "documentation", "quality", "sla", "tags", "version"] as const) if (JSON.stringify(from[k]) !== JSON.stringify(to[k])) out[k] = to[k];
  const promises = promisePatch(from.promises, to.promises);
  if (promises) out.promises = promises;
  return out;
}
export interface Derived { description: { text: string; from: string } | null; tags: string[]; quality: string; sla: string; sources: ProductSummary[]; query: RunningQuery | null }
const comment = (sql: string) => [...sql.matchAll(/^\s*--\s?(.*)$/gm)].map((m) => m[1]!.trim()).filter(Boolean).join(" ");
export function derive(topic: string, queries: readonly RunningQuery[], products: readonly ProductSummary[], schemaDoc: string, useCase = ""): Derived {
  const query = queries.find((q) => q.writes === topic) ?? null;
  const sources = products.filter((p) => query && p.ports.some((x) => query.reads.includes(x.topic)));
  const said = query ? comment(query.statement) : "";
  const where = query ? /\bWHERE\b\s+([\s\S]*?)(?=\bGROUP\b|\bEMIT\b|\bHAVING\b|\bPARTITION\b|;|$)/i.exec(query.statement)?.[1]?.replace(/\s+/g, " ").trim() : "";
  const grouped = query ? /\bGROUP\s+BY\s+([\w.`"]+(?:\s*,\s*[\w.`"]+)*)/i.exec(query.statement)?.[1]?.replace(/\b\w+\./g, "").replace(/[`"]/g, "").toLowerCase() : undefined;
  // One name alone says nothing: a sentence is proposed when there is one.
  const made = sources.length > 1 || where || grouped;
  const text = said || useCase || (sources.length && made ? `${sources.map((s) => s.name).join(" joined with ")}${grouped ? `, by ${grouped}` : ""}${where ? `, where ${where.replace(/^\(|\)$/g, "")}` : ""}` : "") || schemaDoc;
  const lowest = sources.map((s) => s.sla).sort().pop();
  return { description: text ? { text: text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : "."), from: useCase && !said ? "From the use case" : query ? "From its query" : "From its schema" } : null, tags: [...new Set(sources.flatMap((s) => s.tags))], quality: query ? "curated" : "raw", sla: lowest ?? "tier-3", sources, query };
}
export const firstDraft = (topic: string, who: WhoAmI | undefined, d: Derived, teams: readonly { name: string; domain: string }[]): Draft => {
  const domain = who?.domains[0] ?? "";
  return { name: topic, domain, owner: who?.teams[0] ?? teams.find((t) => t.domain === domain)?.name ?? "", description: "", documentation: "", quality: d.quality, sla: d.sla, tags: [...d.tags], version: "1.0.0", promises: noPromises };
};
// The node itself says what is missing: the same call as publishing, as a dry run.
export const missing = (d: Draft, topic: string, stored: boolean) => question(["publish", "dry", stored, JSON.stringify(d), topic], (signal) => {
  const { name, ...rest } = bodyOf(d, topic);
  return stored ? call<Product | DryRun>("POST", `/api/v1/products/${encodeURIComponent(name)}/publish`, { query: { dry_run: true }, body: rest, signal, quiet: true }) : ask("publishProduct", { dry_run: true }, { name, ...rest, state: "published" }, { signal, quiet: true });
}, { staleTime: 0 });
