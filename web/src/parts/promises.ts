// What is promised beside what is measured, as words and cells. One place, so that every page counts the same.
import { useQueries } from "@tanstack/react-query";
import { notOffered, productProfile } from "../api";
import type { PromiseOf, ProductProfile } from "../api/contract";
import { moment, number, percent, rate, seconds, type PromiseView, type TableForm } from "../ui";

const words: { [name: string]: string } = { freshness: "Freshness", volume: "Volume", availability: "Availability", valid: "Valid records", validity: "Valid records", completeness: "Completeness", history: "History", latency: "Latency" };
export const promiseName = (name: string) => words[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replace(/_/g, " ");
export function measuredText(value: number, unit: string): { value: string; unit: string } {
  if (unit === "s") { const [v, ...u] = seconds(value).split(" "); return u.length > 1 ? { value: seconds(value), unit: "" } : { value: v ?? "", unit: u.join(" ") }; }
  if (unit === "/s") return { value: rate(value), unit: "/s" };
  if (unit === "share" || unit === "ratio") { const [v, u] = percent(value).split(" "); return { value: v ?? "", unit: u ?? "%" }; }
  if (unit === "%") return { value: number(value), unit: "%" };
  return { value: number(value), unit };
}
export function promiseView(p: PromiseOf): PromiseView {
  const m = p.measured ? measuredText(p.measured.value, p.measured.unit) : null;
  const early = p.state === "unknown" && /early|so far|yet|first|since|only|known after/i.test(p.why);
  return {
    name: promiseName(p.name), state: p.state, stateWord: early ? "Too early" : undefined, value: m?.value ?? null, unit: m?.unit, promised: p.promised ? (/^promised/i.test(p.promised.text) ? p.promised.text : `promised ${p.promised.text}`) : "nothing promised",
    measured: p.measured?.value ?? null, target: p.promised?.value ?? null, why: p.why,
    cells: p.history.slice(-28).map((h) => ({ state: h.state, title: `${moment(h.from)}: ${h.state === "unknown" ? "not measured" : h.state}${h.value === null || h.value === undefined ? "" : `, ${((t) => `${t.value} ${t.unit}`.trim())(measuredText(h.value, p.measured?.unit ?? p.promised?.unit ?? ""))}`}` })),
  };
}

// The same as a table: what is promised, what is measured now, and each past period that was looked at.
export function promiseTable(promises: readonly PromiseOf[]): TableForm {
  const said = (v: number | null | undefined, p: PromiseOf) => { if (v === null || v === undefined) return ""; const t = measuredText(v, p.measured?.unit ?? p.promised?.unit ?? ""); return `, ${t.value} ${t.unit}`.trimEnd(); };
  const word = { kept: "kept", close: "close", broken: "broken", unknown: "not measured" };
  const times = [...new Set(promises.flatMap((p) => p.history.filter((h) => h.state !== "unknown").map((h) => h.from)))].sort().reverse();
  return {
    head: ["", ...promises.map((p) => promiseName(p.name))],
    rows: [["Promised", ...promises.map((p) => p.promised?.text ?? "nothing")], ["Now", ...promises.map((p) => `${word[p.state]}${said(p.measured?.value, p)}`)], ...times.map((t) => [`From ${moment(t)}`, ...promises.map((p) => { const h = p.history.find((x) => x.from === t); return h ? `${word[h.state]}${said(h.value, p)}` : ""; })])],
  };
}

export interface Standing { state: "kept" | "close" | "broken" | "unknown" | "none"; broken: PromiseOf[]; close: PromiseOf[]; text: string; ageS: number | null; undecodable: number }
export function standing(profile: ProductProfile | undefined): Standing {
  const all = profile?.ports.flatMap((p) => p.promises) ?? [];
  const broken = all.filter((p) => p.state === "broken"), close = all.filter((p) => p.state === "close"), known = all.filter((p) => p.state !== "unknown");
  const state = !profile ? "unknown" : all.length === 0 ? "none" : broken.length ? "broken" : close.length ? "close" : known.length ? "kept" : "unknown";
  const text = { kept: "Kept", close: `${close.length} close`, broken: `${broken.length} broken`, unknown: profile ? "Too early" : "Not measured", none: "No promise" }[state];
  const ages = profile?.ports.map((p) => p.age_s).filter((a): a is number => a !== null) ?? [];
  return { state, broken, close, text, ageS: ages.length ? Math.min(...ages) : null, undecodable: profile?.ports.reduce((n, p) => n + p.undecodable, 0) ?? 0 };
}
let offered = true;
const checkedMost = 48;   // profiles one page asks for; a mesh of 1,000 is not asked a thousand questions every half minute
export function useStandings(names: readonly string[]): { of: Map<string, Standing>; checked: number; offered: boolean } {
  const asked = names.slice(0, checkedMost);
  const answers = useQueries({ queries: asked.map((n) => ({ ...productProfile(n), staleTime: 20_000, refetchInterval: 30_000, enabled: offered })) });
  // a node without this call is asked once, not for every product
  if (offered && answers.some((a) => a.error && notOffered(a.error))) offered = false;
  const of = new Map<string, Standing>();
  answers.forEach((a, i) => { if (a.data) of.set(asked[i]!, standing(a.data)); });
  return { of, checked: of.size, offered: answers.length === 0 || answers.some((a) => !a.error) };
}
