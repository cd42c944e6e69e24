// What Audit asks: the entries that fit the address, page by page.
import { ask, question, type Query } from "../../api";
import type { AuditEntry } from "../../api/schema";

export interface Filter { q: string; who: string; domain: string; kind: string; outcome: "" | "refused" | "done"; since: string; subject: string; what: string }
export const noFilter: Filter = { q: "", who: "", domain: "", kind: "", outcome: "", since: "", subject: "", what: "" };
export const filterOf = (s: URLSearchParams): Filter => Object.fromEntries(Object.keys(noFilter).map((k) => [k, s.get(k) ?? ""])) as unknown as Filter;
export const given = (f: Filter): Query => Object.fromEntries(Object.entries(f).filter(([, v]) => v !== ""));
export interface Page { entries: AuditEntry[]; total: number; complete: boolean; next: number | null }
export const auditPage = (f: Filter, before: number | null, signal?: AbortSignal) => ask("listAudit", { ...(given(f) as object), before: before ?? undefined, limit: 200 }, undefined, { signal });
export const auditEntry = (id: string) => question(["audit", "entry", id], (signal) => ask("getAuditEntry", { id }, undefined, { signal }), { staleTime: 60_000 });

export const verbOf = (what: string) => { const v = what.split(".").pop() ?? what; return v.charAt(0).toUpperCase() + v.slice(1).replace(/_/g, " "); };
export interface Line { kind: "same" | "add" | "del"; text: string }
const show = (v: unknown): string => (v === null || v === undefined ? "nothing" : typeof v === "string" ? (v === "" ? "nothing" : v) : typeof v === "object" ? JSON.stringify(v) : String(v));
// Before and after, field by field; whole shows also what stayed.
export function differences(before: unknown, after: unknown, whole: boolean): Line[] {
  const a = (before && typeof before === "object" ? before : {}) as { [k: string]: unknown }, b = (after && typeof after === "object" ? after : {}) as { [k: string]: unknown };
  const out: Line[] = [];
  for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const was = show(a[k]), is = show(b[k]);
    if (k in a && k in b && was === is) { if (whole) out.push({ kind: "same", text: `${k}: ${was}` }); continue; }
    if (k in a && (whole || was !== "nothing")) out.push({ kind: "del", text: `${k}: ${was}` });
    if (k in b && (whole || is !== "nothing")) out.push({ kind: "add", text: `${k}: ${is}` });
  }
  return out;
}
