// Lines of the map and of lineage: threads, braids, and where a bead is on them. Pure numbers; units are pixels of the drawing.
export interface Point { x: number; y: number }

const steps = 28;
export function bezier(a: Point, b: Point): Point[] {
  const dx = Math.max(36, Math.abs(b.x - a.x) * 0.5);
  const out: Point[] = [];
  for (let i = 0; i <= steps; i++) {
    const t = i / steps, u = 1 - t;
    out.push({ x: u ** 3 * a.x + 3 * u * u * t * (a.x + dx) + 3 * u * t * t * (b.x - dx) + t ** 3 * b.x, y: u ** 3 * a.y + 3 * u * u * t * a.y + 3 * u * t * t * b.y + t ** 3 * b.y });
  }
  return out;
}
// From the right edge of one node to the left edge of another; a line that must go back, or past other cards, runs along a lane below them.
export function route(a: Point, b: Point, lane: number | null): Point[] {
  if (lane === null) return bezier(a, b);
  const out: Point[] = [...bezier(a, { x: a.x + (b.x > a.x ? 90 : 34), y: lane })];
  out.push(...bezier({ x: Math.max(b.x - (b.x > a.x ? 90 : 34), 0), y: lane }, b));
  return out;
}
export const braidLength = 98;
const amplitude = 7.5, halfTurns = 3;
// n strands that run from x to x + braidLength around y; strand k begins at start(k, n) and they come together at the knot.
export const strandStart = (k: number, n: number) => (n < 2 ? 0 : amplitude * Math.cos((k * 2 * Math.PI) / (n === 2 ? 2 : n)));
const strandY = (k: number, n: number, t: number) => amplitude * (1 - 0.45 * t) * Math.cos(Math.PI * halfTurns * t + (k * 2 * Math.PI) / (n === 2 ? 2 : n));
export function strand(x: number, y: number, k: number, n: number, from = 0, to = 1): Point[] {
  const out: Point[] = [];
  for (let i = 0; i <= 14; i++) { const t = from + ((to - from) * i) / 14; out.push({ x: x + braidLength * t, y: y + strandY(k, n, t) }); }
  return out;
}
// Pieces of a braid in the order they are painted: between crossings, which strand is on top alternates.
export function braidPieces(x: number, y: number, n: number): { strand: number; points: Point[]; over: boolean }[] {
  const out: { strand: number; points: Point[]; over: boolean }[] = [];
  const parts = halfTurns * (n === 2 ? 1 : 2);
  for (let p = 0; p < parts; p++) {
    const from = p / parts, to = (p + 1) / parts, mid = (from + to) / 2;
    const depth = (k: number) => Math.sin(Math.PI * halfTurns * mid + (k * 2 * Math.PI) / (n === 2 ? 2 : n)) * (p % 2 ? -1 : 1);
    const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => depth(a) - depth(b));
    order.forEach((k, i) => out.push({ strand: k, points: strand(x, y, k, n, Math.max(0, from - 0.004), Math.min(1, to + 0.004)), over: i > 0 }));
  }
  return out;
}
export const pathOf = (points: readonly Point[]) => points.map((p, i) => `${i ? "L" : "M"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("");

// A line measured once, so that a bead is placed in log n.
export interface Track { points: readonly Point[]; at: Float64Array; length: number }
export function track(points: readonly Point[]): Track {
  const at = new Float64Array(points.length);
  for (let i = 1; i < points.length; i++) at[i] = at[i - 1]! + Math.hypot(points[i]!.x - points[i - 1]!.x, points[i]!.y - points[i - 1]!.y);
  return { points, at, length: at[points.length - 1] ?? 0 };
}
export function along(t: Track, distance: number): Point {
  let lo = 0, hi = t.points.length - 1;
  while (lo + 1 < hi) { const m = (lo + hi) >> 1; if (t.at[m]! <= distance) lo = m; else hi = m; }
  const a = t.points[lo]!, b = t.points[hi] ?? a, span = (t.at[hi] ?? 0) - (t.at[lo] ?? 0), f = span > 0 ? Math.min(1, Math.max(0, (distance - t.at[lo]!) / span)) : 0;
  return { x: a.x + (b.x - a.x) * f, y: a.y + (b.y - a.y) * f };
}
// 2 to 4 px by the logarithm of the rate.
export const threadWidth = (rate: number | null) => (rate === null || rate <= 0 ? 2 : Math.min(4, 2.2 + Math.log10(1 + rate) * 0.75));
