// More than 60 nodes: one box per domain, every product one square in it, threads between domains bundled and as many strands as their rate. Choosing a domain dims what it does not touch.
import { useMemo, useState } from "react";
import { Link } from "react-router-dom";
import { Search, TriangleAlert } from "lucide-react";
import { useLive } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { Mark, useThreads, type Standing } from "../../parts";
import { At, Pane, pathOf, track } from "../../parts/graph";
import { Name, count, plural, rate, threadClass } from "../../ui";
import { bigLayout, cell, columnsOf } from "./big_layout";
import type { Mesh } from "./mesh";

export function BigMap({ mesh, products, standings, domain, onDomain }: { mesh: Mesh; products: readonly ProductSummary[]; standings: Map<string, Standing>; domain: string | null; onDomain: (d: string | null) => void }) {
  const threadOf = useThreads();
  const { tick } = useLive();
  const [words, setWords] = useState("");
  const minute = Math.floor(Date.now() / 5000);   // bundles are counted anew every few seconds, not with each tick
  const layout = useMemo(() => bigLayout(mesh, products, (t) => tick?.topics[t]?.records_per_second ?? null), [mesh, products, minute]);   // eslint-disable-line react-hooks/exhaustive-deps
  const touched = useMemo(() => (domain ? new Set([domain, ...layout.bundles.filter((b) => b.from === domain || b.to === domain).flatMap((b) => [b.from, b.to])]) : null), [domain, layout]);
  const needle = words.trim().toLowerCase(), here = products.filter((p) => p.domain === domain).sort((a, b) => a.name.localeCompare(b.name));
  const beads = layout.bundles.map((b) => ({ id: `${b.from}>${b.to}`, track: track(b.strands[Math.floor(b.strands.length / 2)]!), thread: threadOf(b.from), rate: b.rate ?? 0, dim: Boolean(touched && !(b.from === domain || b.to === domain)) }));
  return (
    <>
      <Pane width={layout.width} height={layout.height} label={`Map of ${plural(layout.boxes.length, "domain")}: ${layout.boxes.map((b) => `${b.domain} with ${plural(b.products.length, "product")}`).join(", ")}`} beads={beads}>
        <svg className="gsvg" width={layout.width} height={layout.height} aria-hidden="true">
          {layout.bundles.map((b) => <g key={`${b.from}>${b.to}`} className={touched && b.from !== domain && b.to !== domain ? "faded" : undefined}>{b.strands.map((s, i) => [<path key={`h${i}`} className="halo" d={pathOf(s)} strokeWidth={4} />, <path key={i} className={`thread ${threadClass(threadOf(b.from))}`} d={pathOf(s)} strokeWidth={1.9} />])}</g>)}
          {layout.boxes.map((b) => <g key={b.domain} className={`${threadClass(threadOf(b.domain))}${touched && !touched.has(b.domain) ? " faded" : ""}`}>
            <rect className={`region${b.domain === domain ? " chosen" : ""}`} x={b.x} y={b.y} width={b.w} height={b.h} rx="10" />
            {b.products.map((p, i) => {
              const x = b.x + 14 + (i % columnsOf) * cell, y = b.y + 34 + Math.floor(i / columnsOf) * cell, bad = standings.get(p.name)?.state === "broken", off = needle !== "" && !`${p.name} ${p.description} ${p.tags.join(" ")}`.toLowerCase().includes(needle);
              return bad ? <path key={p.name} className={`sqbad${off ? " off2" : ""}`} d={`M${x + 4.5} ${y - 1}l5.5 10h-11z`} /> : <rect key={p.name} className={`sqr q-${p.state === "draft" ? "draft" : p.quality}${off ? " off2" : ""}`} x={x} y={y} width="9" height="9" rx="1.5"><title>{p.name}</title></rect>;
            })}
          </g>)}
        </svg>
        {layout.boxes.map((b) => {
          const bad = b.products.filter((p) => standings.get(p.name)?.state === "broken").length;
          return <At key={b.domain} x={b.x} y={b.y} w={b.w} h={b.h}><button type="button" className="dombox" aria-pressed={b.domain === domain} onClick={() => onDomain(b.domain === domain ? null : b.domain)}><span className="rname"><Mark domain={b.domain} /><Name most={18}>{b.domain}</Name><span>{b.products.length}<span className="vh"> products</span></span></span>{bad > 0 && <span className="st bad right"><TriangleAlert className="i s" />{bad} broken</span>}</button></At>;
        })}
      </Pane>
      <div className="bigfoot">
        <label className="tfilter"><Search className="i s" /><input className="in" type="search" placeholder="Light up products" aria-label="Light up products" value={words} onChange={(e) => setWords(e.target.value)} /></label>
        {needle && <span className="sub">{count(products.filter((p) => `${p.name} ${p.description} ${p.tags.join(" ")}`.toLowerCase().includes(needle)).length)} lit</span>}
        {domain && <span className="right row"><Link className="btn sm" to={`/explore?domain=${encodeURIComponent(domain)}&kind=product`}>Explore {domain}</Link><button type="button" className="btn sm quiet" onClick={() => onDomain(null)}>Show all</button></span>}
      </div>
      {domain && here.length > 60 && <p className="sub domnote">60 of {count(here.length)} products of {domain}.</p>}
      {domain && <ul className="domproducts" aria-label={`Products of ${domain}`}>{here.slice(0, 60).map((p) => <li key={p.name}><Link to={`/products/${encodeURIComponent(p.name)}`}><Name most={30}>{p.name}</Name></Link><span className="sub">{((r) => (r === null || r === undefined ? "" : `${rate(r)}/s`))(tick?.topics[p.ports[0]?.topic ?? ""]?.records_per_second)}</span></li>)}</ul>}
    </>
  );
}
