// What happened, in words: events of the mesh and entries of the audit.
import type { AuditEntry } from "../api/schema";
type Some = Pick<AuditEntry, "what" | "kind" | "subject" | "before" | "after">;
const object = (x: unknown) => (x && typeof x === "object" ? (x as { [k: string]: unknown }) : {});
const shown = (v: unknown) => (typeof v === "string" ? (v.length > 60 ? `${v.slice(0, 60)}…` : v) : JSON.stringify(v)?.slice(0, 60) ?? "nothing");
// "Published 1.0.0", "Changed description and tags": without who and when, which stand beside it.
export function happened(e: Some): string {
  const [kind, verb] = e.what.includes(".") ? e.what.split(".") : [e.kind, e.what.replace(/^(product|consumer|domain|team|person)_/, "")];
  const a = object(e.after), b = object(e.before);
  const fields = Object.keys(a).filter((k) => !["revision", "name", "changed", "changed_by"].includes(k) && JSON.stringify(a[k]) !== JSON.stringify(b[k]));
  if (kind === "consumer") return `${shown(a.name ?? b.name ?? e.subject)} ${verb === "registered" ? "registered as a consumer" : "is no longer a consumer"}`;
  switch (verb) {
    case "published": return `Published${a.version ? ` ${String(a.version)}` : ""}`;
    case "drafted": return "Draft made";
    case "deprecated": return `Deprecated${object(a.deprecation).sunset ?? a.sunset ? ` until ${String(object(a.deprecation).sunset ?? a.sunset).slice(0, 10)}` : ""}`;
    case "retired": return "Retired";
    case "removed": return "Removed";
    case "defined": return `${kind === "domain" ? "Domain" : kind === "team" ? "Team" : kind === "person" ? "Person" : kind} made`;
    case "changed": return fields.length ? `Changed ${fields.length > 3 ? `${fields.slice(0, 2).join(", ")} and ${fields.length - 2} more` : fields.join(" and ")}` : "Changed";
    default: return (verb ?? e.what).replace(/[._]/g, " ").replace(/^./, (c) => c.toUpperCase());
  }
}
// Field by field: what it was, what it is.
export function changes(before: unknown, after: unknown): { field: string; before: string | null; after: string | null }[] {
  const b = object(before), a = object(after), out: { field: string; before: string | null; after: string | null }[] = [];
  const text = (v: unknown) => (v === undefined || v === null || v === "" ? null : typeof v === "string" ? v : JSON.stringify(v));
  for (const k of new Set([...Object.keys(b), ...Object.keys(a)])) if (JSON.stringify(b[k]) !== JSON.stringify(a[k]) && text(b[k]) !== text(a[k])) out.push({ field: k, before: text(b[k]), after: text(a[k]) });
  return out;
}
