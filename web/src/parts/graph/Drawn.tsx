// What a drawing is made of: regions, threads with halos, braids, knots. Cards are the page's own.
import { memo, type ReactNode } from "react";
import { Link } from "react-router-dom";
import { threadClass } from "../../ui";
import { pathOf, threadWidth } from "./geometry";
import type { Drawing, KnotAt } from "./mesh_layout";
import { querySketch } from "./model";

export interface DrawnProps { drawing: Drawing; threadOf: (domain: string | null) => number | null; rate: (id: string) => number | null; lit?: ReadonlySet<number> | null }
const dotted = (status: string) => status === "at_rest" || status === "declared_never_seen";

export const Drawn = memo(function Drawn({ drawing: d, threadOf, rate, lit }: DrawnProps) {
  const dim = (edges: number[]) => (lit && !edges.some((e) => lit.has(e)) ? " dim" : "");
  return (
    <svg className="gsvg" width={d.width} height={d.height} viewBox={`0 0 ${d.width} ${d.height}`} aria-hidden="true">
      {d.regions.map((r) => <rect key={r.domain ?? ""} className={`region ${threadClass(threadOf(r.domain))}${r.domain ? "" : " none"}`} x={r.x} y={r.y} width={r.w} height={r.h} rx="12" />)}
      {d.threads.map((t) => { const w = threadWidth(rate(t.rateOf)), path = pathOf(t.points), off = dotted(t.status); return [t.halo && !off && <path key={`h${t.id}`} className="halo" d={path} strokeWidth={w + 4} />, <path key={t.id} className={`thread ${threadClass(threadOf(t.domain))}${off ? " off" : ""}${t.status === "seen_not_declared" ? " undeclared" : ""}${dim(t.edges)}`} d={path} strokeWidth={w} />]; })}
      {d.braids.map((b) => {
        const byId = new Map(d.threads.map((t) => [t.id, t]));
        return b.pieces.map((p, i) => { const t = byId.get(b.threads[p.strand] ?? ""), w = threadWidth(t ? rate(t.rateOf) : null), path = pathOf(p.points); return [p.over && <path key={`o${b.knot}${i}`} className="halo" d={pathOf(p.points.slice(1, -1))} strokeWidth={w + 3.4} />, <path key={`${b.knot}${i}`} className={`thread ${threadClass(threadOf(b.strands[p.strand] ?? null))}${t ? dim(t.edges) : ""}`} d={path} strokeWidth={w} />]; });
      })}
    </svg>
  );
});

// The knot of a query, with its kind below. A link to the query.
export function Knot({ knot, thread, state, label, dim, href }: { knot: KnotAt; thread: number | null; state: string; label: string; dim?: boolean; href: string }) {
  const sketch = querySketch(knot.node);
  return (
    <Link to={href} className={`gknot ${threadClass(thread)}${state === "failed" ? " failed" : state === "paused" ? " paused" : ""}${dim ? " dim" : ""}`} data-node={knot.node.id} style={{ left: knot.x - 14, top: knot.y - 14 }} aria-label={label} title={knot.node.statement ?? knot.node.name}>
      <svg width="28" height="28" viewBox="-14 -14 28 28" aria-hidden="true"><circle r="10" /><path d="M-5-3.2C-1-3.2 1 3.2 5 3.2M-5 3.2C-3.6 3.2-2.4 2.4-1.3 1.3M1.3-1.3C2.4-2.4 3.6-3.2 5-3.2" /></svg>
      {sketch && <span className="klab">{sketch}</span>}
    </Link>
  );
}
export const At = ({ x, y, w, h, children }: { x: number; y: number; w?: number; h?: number; children: ReactNode }) => <div className="gat" style={{ left: x, top: y, width: w, height: h }}>{children}</div>;
// The two things the map's legend explains.
export const BraidSample = ({ a, b }: { a: number | null; b: number | null }) => (
  <svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true" className="legend">
    <path className={`thread ${threadClass(a)}`} d="M1 10C6 10 7 2 12 2S18 10 23 10s6-8 10-8" strokeWidth="2" /><path className={`thread ${threadClass(b)}`} d="M1 2C6 2 7 10 12 10S18 2 23 2s6 8 10 8" strokeWidth="2" />
  </svg>
);
