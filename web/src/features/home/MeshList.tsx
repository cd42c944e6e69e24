// The map as a list: domains, their products, what each is fed by and feeds. What narrow screens and screen readers meet.
import { useMemo } from "react";
import { Link } from "react-router-dom";
import { useLive } from "../../api";
import type { LineageNode } from "../../api/contract";
import { DomainName, type Standing } from "../../parts";
import { isCard, topicOf } from "../../parts/graph";
import { Name, Status, listing, rate } from "../../ui";
import { pageOf, type Mesh } from "./mesh";

const shownMost = 30, fewMost = 6;   // of one domain; of one domain of a large mesh
export function MeshList({ mesh, standings }: { mesh: Mesh; standings: Map<string, Standing> }) {
  const { tick } = useLive();
  const g = mesh.graph;
  const domains = [...new Set(mesh.nodes.filter(isCard).map((n) => n.domain ?? ""))].sort((a, b) => Number(a === "") - Number(b === "") || a.localeCompare(b));   // nobody's topics last
  const through = (n: LineageNode, way: "out" | "into"): string[] => [...new Set((g[way].get(n.id) ?? []).flatMap((e) => { const o = g.nodes.get(way === "out" ? e.to : e.from); if (!o) return []; if (o.kind !== "query") return [o.name]; const far = (g[way].get(o.id) ?? []).map((x) => g.nodes.get(way === "out" ? x.to : x.from)?.name).filter((x): x is string => Boolean(x)); return far.length ? far : [o.name]; }))];
  const large = mesh.product.size > 60, most = large ? fewMost : shownMost;
  // in a large mesh those that flow come first; their order is taken once, so that rows do not move under the eyes
  const flows = useMemo(() => { const now = tick?.topics; return (n: LineageNode) => now?.[topicOf(n) ?? ""]?.records_per_second ?? 0; }, [large, tick !== null && tick !== undefined]);   // eslint-disable-line react-hooks/exhaustive-deps
  const of = (d: string) => mesh.nodes.filter((n) => isCard(n) && (n.domain ?? "") === d).sort((a, b) => (large ? flows(b) - flows(a) : 0) || a.name.localeCompare(b.name));
  return (
    <div className="mlist">
      {domains.map((d) => (
        <section key={d} aria-label={d || "no domain"}>
          <h3><DomainName domain={d || null} /></h3>
          <ul>{of(d).slice(0, most).map((n) => {
            const fed = through(n, "into"), feeds = through(n, "out"), r = tick?.topics[topicOf(n) ?? ""]?.records_per_second ?? null, s = standings.get(n.name);
            return (
              <li key={n.id}>
                <div className="row"><Link className="tname" to={pageOf(n, mesh.product.get(n.id))}><Name most={44}>{n.name}</Name></Link>{n.state === "draft" && <span className="chip line">Draft</span>}<span className="right row">{s && <Status state={s.state}>{s.text}</Status>}<span className="num rt">{r === null ? "" : `${rate(r)}/s`}</span></span></div>
                {(fed.length > 0 || feeds.length > 0) && <p className="sub">{fed.length > 0 && <>fed by {listing(fed, 3)}</>}{fed.length > 0 && feeds.length > 0 && "; "}{feeds.length > 0 && <>feeds {listing(feeds, 3)}</>}</p>}
              </li>
            );
          })}{of(d).length > most && <li><Link to={`/explore?kind=product&domain=${encodeURIComponent(d)}`}>{of(d).length - most} more in Explore</Link></li>}</ul>
        </section>
      ))}
    </div>
  );
}
