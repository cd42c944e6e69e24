// What is promised beside what is measured, as words and cells. One place, so that every page counts the same.
import { useMemo } from "react";
import { useQueries } from "@tanstack/react-query";
import { allPromises, productProfile } from "../api";
import type { PromiseOf, ProductProfile } from "../api/contract";
import { useOptional } from "./ask_state";
import { moment, number, percent, rate, seconds, type PromiseView, type TableForm } from "../ui";

const words: { [name: string]: string } = { nulls: "Nulls", freshness: "Freshness", volume: "Volume", availability: "Availability", valid: "Valid records", validity: "Valid records", completeness: "Completeness", history: "History", latency: "Latency" };
export const promiseName = (name: string) => words[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replace(/_/g, " ");
export function measuredText(value: number, unit: string): { value: string; unit: string } {
  if (unit === "s") { const [v, ...u] = seconds(value).split(" "); return u.length > 1 ? { value: seconds(value), unit: "" } : { value: v ?? "", unit: u.join(" ") }; }
  if (unit === "/s" || unit === "records/s") return { value: rate(value), unit: "/s" };
  if (unit === "share" || unit === "ratio") { const [v, u] = percent(value).split(" "); return { value: v ?? "", unit: u ?? "%" }; }
  if (unit === "%") return { value: number(value), unit: "%" };
  return { value: number(value), unit };
}
export function promiseView(p: PromiseOf): PromiseView {
  const m = p.measured ? measuredText(p.measured.value, p.measured.unit) : null;
  const early = p.state === "unknown" && /early|so far|yet|first|since|only|known after/i.test(p.why);
  return {
    name: p.field ? `${promiseName(p.name)} of ${p.field}` : promiseName(p.name), state: p.state, stateWord: early ? "Too early" : undefined, value: m?.value ?? null, unit: m?.unit, promised: p.promised ? (/^promised/i.test(p.promised.text) ? p.promised.text : `promised ${p.promised.text}`) : "nothing promised",
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
    head: ["", ...promises.map((p) => (p.field ? `${promiseName(p.name)} of ${p.field}` : promiseName(p.name)))],
    rows: [["Promised", ...promises.map((p) => p.promised?.text ?? "nothing")], ["Now", ...promises.map((p) => `${word[p.state]}${said(p.measured?.value, p)}`)], ...times.map((t) => [`From ${moment(t)}`, ...promises.map((p) => { const h = p.history.find((x) => x.from === t); return h ? `${word[h.state]}${said(h.value, p)}` : ""; })])],
  };
}

// What counts of a promise for how a product stands; its past does not.
type Stated = Omit<PromiseOf, "history">;
export interface Standing { state: "kept" | "close" | "broken" | "unknown" | "none"; broken: Stated[]; close: Stated[]; text: string; ageS: number | null; undecodable: number }
function judge(all: readonly Stated[]): Standing {
  const broken = all.filter((p) => p.state === "broken"), close = all.filter((p) => p.state === "close"), known = all.filter((p) => p.state !== "unknown");
  const state = all.length === 0 ? "none" : broken.length ? "broken" : close.length ? "close" : known.length ? "kept" : "unknown";
  return { state, broken, close, text: { kept: "Kept", close: `${close.length} close`, broken: `${broken.length} broken`, unknown: "Too early", none: "No promise" }[state], ageS: null, undecodable: 0 };
}
function beside(profile: ProductProfile): { ageS: number | null; undecodable: number } {
  const ages = profile.ports.map((p) => p.age_s).filter((a): a is number => typeof a === "number");
  return { ageS: ages.length ? Math.min(...ages) : null, undecodable: profile.ports.reduce((n, p) => n + (p.undecodable ?? 0), 0) };
}
// How products stand: one call for the promises of all, and for the first few what their profiles know beside it (records that cannot be decoded).
const looked = 24;
export function useStandings(names: readonly string[]): { of: Map<string, Standing>; checked: number; offered: boolean } {
  const all = useOptional(allPromises());
  const answers = useQueries({ queries: names.slice(0, looked).map((n) => ({ ...productProfile(n), staleTime: 60_000, refetchInterval: 60_000 })) });
  const profiles = answers.map((a) => a.dataUpdatedAt).join(), key = names.join("\n");
  const of = useMemo(() => {
    const out = new Map<string, Standing>(), asked = new Map(names.slice(0, looked).map((n, i) => [n, answers[i]?.data]));
    for (const p of all.data?.products ?? []) { const more = asked.get(p.product); out.set(p.product, { ...judge(p.promises), ...(more ? beside(more) : {}) }); }
    return new Map(names.flatMap((n) => { const s = out.get(n); return s ? [[n, s] as const] : []; }));
  }, [all.data, profiles, key]);   // eslint-disable-line react-hooks/exhaustive-deps
  return { of, checked: of.size, offered: all.offered };
}
