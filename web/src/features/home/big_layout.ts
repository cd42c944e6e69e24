// Boxes of domains in columns, and bundles between them. Pure.
import type { ProductSummary } from "../../api/schema";
import { ranks, route, topicOf, type Point } from "../../parts/graph";
import type { Mesh } from "./mesh";

export const cell = 12, columnsOf = 16;
const boxW = columnsOf * cell + 28 - 3, gapX = 168, gapY = 20, perColumn = 780;
export interface BigBox { domain: string; products: ProductSummary[]; x: number; y: number; w: number; h: number }
export interface Bundle { from: string; to: string; rate: number | null; strands: Point[][] }
export function bigLayout(mesh: Mesh, products: readonly ProductSummary[], rateOf: (topic: string) => number | null): { boxes: BigBox[]; bundles: Bundle[]; width: number; height: number } {
  const of = new Map<string, ProductSummary[]>();
  for (const p of products) (of.get(p.domain) ?? of.set(p.domain, []).get(p.domain)!).push(p);
  const domains = [...of.keys()].sort();
  const flows = new Map<string, { from: string; to: string; rate: number; n: number }>();
  for (const q of mesh.nodes) {
    if (q.kind !== "query") continue;
    for (const r of mesh.graph.into.get(q.id) ?? []) for (const w of mesh.graph.out.get(q.id) ?? []) {
      const a = mesh.graph.nodes.get(r.from), from = a?.domain, to = mesh.graph.nodes.get(w.to)?.domain;
      if (!a || !from || !to || from === to || !of.has(from) || !of.has(to)) continue;
      const f = flows.get(`${from}>${to}`) ?? flows.set(`${from}>${to}`, { from, to, rate: 0, n: 0 }).get(`${from}>${to}`)!;
      f.rate += r.records_per_second ?? rateOf(topicOf(a) ?? "") ?? 0;
      f.n++;
    }
  }
  const { rank } = ranks(domains, (d) => [...flows.values()].filter((f) => f.from === d).map((f) => f.to));
  // columns by rank; one that grows too tall goes on beside itself
  const boxes: BigBox[] = [], heightOf = (d: string) => 34 + Math.ceil(of.get(d)!.length / columnsOf) * cell + 10;
  // nothing flows between domains: as many columns as fit beside each other, instead of two tall ones
  const total = domains.reduce((n, d) => n + heightOf(d) + gapY, 0), room = flows.size === 0 ? Math.max(...domains.map(heightOf), total / 4, 260) : perColumn;
  let x = 18, height = 0;
  for (let r = 0; r <= Math.max(0, ...rank.values()); r++) {
    let y = 18;
    const here = domains.filter((d) => rank.get(d) === r).sort((a, b) => of.get(b)!.length - of.get(a)!.length || a.localeCompare(b));
    if (here.length === 0) continue;
    for (const d of here) {
      const h = heightOf(d);
      if (y > 18 && y + h > room) { x += boxW + 40; y = 18; }
      boxes.push({ domain: d, products: of.get(d)!, x, y, w: boxW, h });
      y += h + gapY;
      height = Math.max(height, y);
    }
    x += boxW + gapX;
  }
  for (const column of new Set(boxes.map((b) => b.x))) { const c = boxes.filter((b) => b.x === column), end = Math.max(...c.map((b) => b.y + b.h)); c.forEach((b) => { b.y += Math.max(0, (height - gapY - end) / 2); }); }
  const at = new Map(boxes.map((b) => [b.domain, b]));
  const ports = (list: typeof flows, side: "from" | "to") => { const by = new Map<string, typeof flows extends Map<string, infer F> ? F[] : never>(); for (const f of list.values()) (by.get(f[side]) ?? by.set(f[side], []).get(f[side])!).push(f); for (const l of by.values()) l.sort((a, b) => at.get(a[side === "from" ? "to" : "from"])!.y - at.get(b[side === "from" ? "to" : "from"])!.y); return by; };
  const outs = ports(flows, "from"), ins = ports(flows, "to");
  const spot = (list: { from: string; to: string }[], f: { from: string; to: string }, box: BigBox) => box.y + (box.h * (list.indexOf(f) + 1)) / (list.length + 1);
  const bundles: Bundle[] = [...flows.values()].map((f) => {
    const a = at.get(f.from)!, b = at.get(f.to)!, n = Math.max(1, Math.min(6, Math.round(Math.log2(1 + Math.max(f.rate, f.n * 0.5))))), y1 = spot(outs.get(f.from)!, f, a), y2 = spot(ins.get(f.to)!, f, b);
    const back = b.x <= a.x;
    return { from: f.from, to: f.to, rate: f.rate, strands: Array.from({ length: n }, (_, i) => { const o = (i - (n - 1) / 2) * 4.2; return route({ x: a.x + a.w, y: y1 + o }, { x: b.x, y: y2 + o }, back ? height + 6 + o : null); }) };
  });
  return { boxes, bundles, width: Math.max(...boxes.map((b) => b.x + b.w), 0) + 18, height: height + (bundles.some((b) => at.get(b.to)!.x <= at.get(b.from)!.x) ? 24 : 0) };
}
