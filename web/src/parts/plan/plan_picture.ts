// Where the steps of a plan stand and how wide the bands between them are. Pure: numbers in, numbers out. Pixels.
import type { PlanStep } from "../../api";
export interface StepCount { in: number; out: number }

export const planWidth = 348, nodeHeight = 46, gap = 38, joinGap = 92, bandWidth = 90;
export interface Placed { step: PlanStep; x: number; y: number; w: number; row: number }
export interface Link { from: Placed; to: Placed; braided: boolean; side: -1 | 1; top: number | null; bottom: number | null; none: boolean }
export interface PlanPicture { nodes: Placed[]; links: Link[]; height: number }

export function arrangePlan(steps: readonly PlanStep[], counts: { [id: number]: StepCount }): PlanPicture {
  const byId = new Map(steps.map((s) => [s.id, s]));
  const depth = new Map<number, number>();
  const depthOf = (s: PlanStep, seen: Set<number>): number => {
    const known = depth.get(s.id);
    if (known !== undefined) return known;
    if (seen.has(s.id)) return 0;
    const d = s.inputs.length ? 1 + Math.max(...s.inputs.map((i) => (byId.has(i) ? depthOf(byId.get(i)!, new Set([...seen, s.id])) : -1))) : 0;
    depth.set(s.id, d);
    return d;
  };
  steps.forEach((s) => depthOf(s, new Set()));
  // A source stands just above what reads it.
  for (const s of steps) if (s.inputs.length === 0) { const readers = steps.filter((r) => r.inputs.includes(s.id)); if (readers.length) depth.set(s.id, Math.min(...readers.map((r) => depth.get(r.id)!)) - 1); }
  const rows: PlanStep[][] = [];
  for (const s of steps) (rows[depth.get(s.id)!] ??= []).push(s);
  // Each source keeps its lane until the join: a step stands in the middle of the lanes that flow into it, so no thread passes behind a step it does not enter.
  const roots = steps.filter((s) => s.inputs.length === 0).map((s) => s.id), laneWidth = planWidth / Math.max(1, roots.length);
  const lanesOf = (s: PlanStep, seen: Set<number>): number[] => (s.inputs.length === 0 ? [roots.indexOf(s.id)] : seen.has(s.id) ? [] : [...new Set(s.inputs.flatMap((i) => (byId.has(i) ? lanesOf(byId.get(i)!, new Set([...seen, s.id])) : [])))]);
  const placed = new Map<number, Placed>();
  let y = 4;
  rows.filter(Boolean).forEach((row, r) => {
    if (r > 0) y += row.some((s) => s.inputs.length > 1) ? joinGap : gap;
    for (const step of row) {
      const lanes = lanesOf(step, new Set()), wide = lanes.length >= roots.length || lanes.length === 0, w = wide ? 220 : Math.min(168, laneWidth * lanes.length - 12);
      const centre = wide ? planWidth / 2 : (lanes.reduce((n, l) => n + l + 0.5, 0) / lanes.length) * laneWidth;
      placed.set(step.id, { step, row: r, w, x: Math.max(0, Math.min(planWidth - w, centre - w / 2)), y });
    }
    y += nodeHeight;
  });
  const most = Math.max(0, ...steps.filter((s) => s.inputs.length > 0).map((s) => counts[s.id]?.in ?? 0));
  const width = (n: number | undefined) => (n === undefined || most === 0 ? null : n === 0 ? 0 : Math.max(2, (bandWidth * Math.min(n, most)) / most));
  const links: Link[] = [];
  for (const s of steps) s.inputs.forEach((i, k) => {
    const from = placed.get(i), to = placed.get(s.id);
    if (!from || !to) return;
    const c = counts[i], source = from.step.inputs.length === 0;
    links.push({ from, to, braided: s.inputs.length > 1, side: k === 0 ? -1 : 1, top: source ? null : width(c?.in), bottom: source ? null : width(c?.out), none: !source && c !== undefined && c.out === 0 && most > 0 });
  });
  return { nodes: [...placed.values()], links, height: y + 4 };
}
const mid = (p: Placed) => p.x + p.w / 2;
export function threadPath(l: Link): string {
  const x0 = mid(l.from), y0 = l.from.y + nodeHeight, x1 = mid(l.to) + (l.braided ? l.side * 8 : 0), y1 = l.braided ? l.to.y - 62 : l.to.y, m = (y0 + y1) / 2;
  return `M${x0} ${y0}C${x0} ${m} ${x1} ${m} ${x1} ${y1}`;
}
export function bandPath(l: Link): string {
  const x = mid(l.from), x1 = mid(l.to), a = (l.top ?? 0) / 2, b = (l.bottom ?? 0) / 2, y0 = l.from.y + nodeHeight, y1 = l.to.y, m = (y0 + y1) / 2;
  return `M${x - a} ${y0}C${x - a} ${m} ${x1 - b} ${m} ${x1 - b} ${y1}H${x1 + b}C${x1 + b} ${m} ${x + a} ${m} ${x + a} ${y0}Z`;
}
// Three half turns of two threads, 62 px down to the join: which is in front changes at every crossing.
export function braidPaths(x: number, y: number): { front: string; back: string; first: boolean }[] {
  const out = [], half = 62 / 3;
  for (let k = 0; k < 3; k++) {
    const part = (s: number) => { let d = ""; for (let i = 0; i <= 14; i++) { const t = k + i / 14, a = 8 * (1 - t / 9); d += `${i ? "L" : "M"}${(x + s * a * Math.cos(Math.PI * t)).toFixed(1)} ${(y + half * t).toFixed(1)}`; } return d; };
    out.push({ front: part(k % 2 ? -1 : 1), back: part(k % 2 ? 1 : -1), first: k % 2 === 1 });
  }
  return out;
}
const upper = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);
export const wholeTitle = (s: PlanStep) => upper(s.title);
// What stands on the step: short enough to be read whole in 26 characters; the whole title is one hover away (and what a screen reader hears).
const fits = 26;
export function titleOf(s: PlanStep): string {
  const t = s.title.replace(/`/g, "").trim();
  if (s.kind === "project" || s.kind === "group" || s.kind === "key") {
    const m = /^(select|group by|partition by|key)\s+(.*)$/i.exec(t), list = m ? listOf(m[2]!) : [];
    if (m && list.length > 1 && t.length > fits) {
      const word = upper(m[1]!.toLowerCase());
      return s.kind === "project" ? `${word} ${list.length} columns` : `${word} ${list.length} keys`;
    }
  }
  if (s.kind === "filter") { const bare = stripped(t.replace(/^(filter|where|having)\s*/i, "")), parts = conditions(bare); return bare.length <= fits ? bare : parts > 1 ? `${parts} conditions` : upper(t.length <= fits ? t : bare); }
  if (/join/i.test(s.kind) || /join/i.test(t)) { const m = /^((?:left|right|full|inner|outer)?\s*(?:outer\s+)?join)\b/i.exec(t); if (m && t.length > fits) return upper(m[1]!.toLowerCase()); }
  return upper(t);
}
// The line below it, when no counts are known: what the short title left out.
export function underOf(s: PlanStep): string {
  const t = s.title.replace(/`/g, "").trim(), short = titleOf(s);
  if (short.toLowerCase() === t.toLowerCase()) return s.kind === short.toLowerCase() ? "" : s.kind.replace("_", " ");
  if (s.kind === "filter") return short === stripped(t.replace(/^(filter|where|having)\s*/i, "")) ? "filter" : stripped(t.replace(/^(filter|where|having)\s*/i, ""));
  return t.replace(/^(select|group by|partition by|key|(?:left|right|full|inner|outer)?\s*(?:outer\s+)?join)\s+/i, "");
}
// Names at the top level of a list: commas within brackets do not count.
function listOf(text: string): string[] { const out: string[] = []; let depth = 0, now = ""; for (const c of text) { if (c === "(" || c === "<") depth++; if (c === ")" || c === ">") depth--; if (c === "," && depth === 0) { out.push(now.trim()); now = ""; } else now += c; } if (now.trim()) out.push(now.trim()); return out; }
function conditions(text: string): number { return 1 + (text.match(/\b(AND|OR)\b/gi)?.length ?? 0); }
// (A > 5) without its outer brackets, owners of columns left out: T.PRICE is PRICE.
function stripped(text: string): string {
  let t = text.trim();
  for (;;) { if (!t.startsWith("(") || !t.endsWith(")")) break; let depth = 0, whole = true; for (let i = 0; i < t.length - 1; i++) { depth += t[i] === "(" ? 1 : t[i] === ")" ? -1 : 0; if (depth === 0) { whole = false; break; } } if (!whole) break; t = t.slice(1, -1).trim(); }
  return t.replace(/\b[A-Za-z_]\w*\.(?=[A-Za-z_`"])/g, "");
}
export const isSource = (s: PlanStep) => s.inputs.length === 0;
