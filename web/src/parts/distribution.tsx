// How the values of a field are spread, by what kind of field it is (DESIGN 5), and the same in words.
import type { FieldProfile } from "../api/contract";
import { Bars, Split, compact, count, number, percent, plural, valueText } from "../ui";

const cut = (v: unknown, most = 14) => { const t = valueText(v, 200); return [...t].length > most ? `${[...t].slice(0, most).join("")}…` : t; };
const asTime = (f: FieldProfile) => /timestamp|date|time-|epoch-ms/.test(f.logical ?? "");
const point = (v: number | string | null, f: FieldProfile) => (v === null ? "" : typeof v === "number" ? (asTime(f) && v > 1e11 ? new Date(v > 1e14 ? v / 1000 : v).toISOString().slice(0, 16).replace("T", " ") : number(v)) : cut(v, 24));

export function Distribution({ field: f, width = 176 }: { field: FieldProfile; width?: number }) {
  const known = f.count - f.nulls, distinct = f.distinct?.estimate ?? null;
  if (f.count === 0) return <span className="dim">no record yet</span>;
  if (known === 0) return <span className="dim">always null</span>;
  const covered = f.top.reduce((n, t) => n + t.share, 0);
  if (f.top.length > 0 && distinct !== null && Math.round(distinct) <= 4 && covered > 0.97) return <Split parts={f.top.slice(0, 4).map((t) => ({ label: cut(t.value, 12), share: t.share }))} label={`${f.top.slice(0, 4).map((t) => `${cut(t.value)} ${percent(t.share)}`).join(", ")}`} />;
  if (f.histogram && f.histogram.bins.length > 1) return <Bars width={width} bars={f.histogram.bins.map((b) => ({ label: `${number(b.from)} to ${number(b.to)}`, count: b.count }))} label={`Distribution from ${point(f.min, f)} to ${point(f.max, f)}${f.histogram.scale === "log" ? ", logarithmic" : ""}, median ${f.quantiles?.p50 !== undefined ? point(f.quantiles.p50, f) : "unknown"}`} />;
  if (f.top.length > 0) return <Bars width={width} bars={f.top.slice(0, 20).map((t) => ({ label: cut(t.value, 40), count: t.count }))} label={`Most frequent: ${f.top.slice(0, 3).map((t) => `${cut(t.value)} ${percent(t.share)}`).join(", ")}`} />;
  return <span className="dim">{f.shapes[0] ? <code>{f.shapes[0].shape}</code> : "not measured"}</span>;
}
// Two short lines: range or top values, then median or shape.
export function rangeWords(f: FieldProfile): [string, string] {
  if (f.count === 0 || f.count === f.nulls) return ["", ""];
  const distinct = f.distinct ? Math.round(f.distinct.estimate) : null;
  const numeric = typeof f.min === "number" && typeof f.max === "number";
  if (numeric) return [f.min === f.max ? `always ${point(f.min, f)}` : `${point(f.min, f)} to ${point(f.max, f)}`, [f.quantiles?.p50 !== undefined ? `median ${point(f.quantiles.p50, f)}` : "", f.histogram?.scale === "log" ? "log scale" : ""].filter(Boolean).join(", ")];
  const shape = f.shapes[0] ? `shape ${cut(f.shapes[0].shape, 20)}${f.shapes[0].share < 0.995 ? `, ${percent(f.shapes[0].share)}` : ""}` : f.lengths ? `${f.lengths.min} to ${f.lengths.max} characters` : "";
  if (f.top.length === 0) return [shape, f.lengths ? `${f.lengths.min} to ${f.lengths.max} characters` : ""];
  if (distinct !== null && distinct <= 4) return [plural(distinct, "value"), shape];
  const even = f.top.length > 1 && f.top[0]!.share - f.top[f.top.length - 1]!.share < 0.02;
  return [even && distinct !== null && distinct <= 40 ? `${cut(f.top.map((t) => t.value).map(String).sort()[0])} and ${distinct - 1} more` : f.top.slice(0, 2).map((t) => `${cut(t.value, 12)} ${percent(t.share)}`).join(", "), shape];
}
export const distinctText = (f: FieldProfile) => (f.distinct === null ? "" : f.distinct.estimate > 10_000 ? `≈ ${compact(f.distinct.estimate)}` : count(f.distinct.estimate));
export const nullText = (f: FieldProfile) => (f.count === 0 ? "" : f.nulls === 0 ? "0" : percent(f.nulls / f.count));
export { point as profilePoint };
