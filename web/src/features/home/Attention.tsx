// What needs attention: broken promises, failed queries, what ends that mine read, readers nobody knows, my drafts. Mine first.
import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import { CircleDashed, GitCompareArrows, OctagonX, TriangleAlert } from "lucide-react";
import type { RunningQuery } from "../../api";
import type { ProductSummary, WhoAmI } from "../../api/schema";
import type { Standing } from "../../parts";
import { Name, day, plural } from "../../ui";
import type { Mesh } from "./mesh";

interface Item { key: string; icon: ReactNode; title: ReactNode; text: string; to: string; act: string; mine: boolean; weight: number }
const shownMost = 5;
export function Attention({ products, standings, queries, mesh, who }: { products: readonly ProductSummary[]; standings: Map<string, Standing>; queries: readonly RunningQuery[]; mesh: Mesh; who: WhoAmI | undefined }) {
  const my = new Set(who?.domains ?? []), items: Item[] = [];
  const at = (p: string, hash = "") => `/products/${encodeURIComponent(p)}${hash}`;
  for (const p of products) {
    const s = standings.get(p.name), mine = my.has(p.domain);
    if (s?.state === "broken") items.push({ key: `b${p.name}`, icon: <TriangleAlert className="i warnx" />, title: <><Name most={28}>{p.name}</Name> breaks {plural(s.broken.length, "promise")}</>, text: `${s.broken[0]!.why ? s.broken[0]!.why.replace(/\.$/, "") : s.broken[0]!.name}. Owner ${p.owner}.`, to: at(p.name), act: "See what is promised", mine, weight: 9 });
    if ((s?.undecodable ?? 0) > 0) items.push({ key: `u${p.name}`, icon: <TriangleAlert className="i warnx" />, title: <><Name most={28}>{p.name}</Name>: {plural(s!.undecodable, "record")} cannot be decoded</>, text: `Owner ${p.owner}.`, to: at(p.name, "#sample"), act: "See the records", mine, weight: 8 });
    if (p.state === "deprecated" && p.deprecation) {
      const node = [...mesh.product].find(([, x]) => x.name === p.name)?.[0];
      const readsMine = (mesh.graph.out.get(node ?? "") ?? []).some((e) => my.has(mesh.graph.nodes.get(e.to)?.domain ?? ""));
      items.push({ key: `d${p.name}`, icon: <GitCompareArrows className="i accx" />, title: <><Name most={28}>{p.name}</Name> ends on {day(p.deprecation.sunset)}</>, text: `${readsMine ? "You read it. " : ""}${p.deprecation.replaced_by ? `Use ${p.deprecation.replaced_by} instead.` : p.deprecation.notice || `${plural(p.consumers, "consumer")} registered.`}`, to: at(p.name), act: "See the product", mine: mine || readsMine, weight: readsMine ? 7 : 3 });
    }
    if (p.state === "draft" && mine) items.push({ key: `f${p.name}`, icon: <CircleDashed className="i" />, title: <><Name most={28}>{p.name}</Name> is a draft</>, text: "Only your domain sees it.", to: `/publish/${encodeURIComponent(p.ports[0]?.topic || p.name)}`, act: "Go on with it", mine: true, weight: 2 });
  }
  for (const q of queries) {
    const mine = my.has(q.owner_domain ?? "");
    if (q.state === "failed" || q.state === "error") items.push({ key: `q${q.id}`, icon: <OctagonX className="i badx" />, title: <>Query <Name most={26} mono>{q.id}</Name> has failed</>, text: q.last_error?.message ?? "", to: `/operations/queries/${encodeURIComponent(q.id)}`, act: "See why", mine, weight: 9 });
    else if (q.errors > 0) items.push({ key: `q${q.id}`, icon: <TriangleAlert className="i warnx" />, title: <>Query <Name most={26} mono>{q.id}</Name> could not process {plural(q.errors, "record")}</>, text: q.last_error?.message ?? "", to: `/operations/queries/${encodeURIComponent(q.id)}`, act: "See them", mine, weight: 5 });
  }
  for (const e of mesh.graph.edges) if (e.status === "seen_not_declared" && e.kind === "consumes") {
    const from = mesh.graph.nodes.get(e.from), reader = mesh.graph.nodes.get(e.to);
    if (from && reader && mesh.product.has(e.from)) items.push({ key: `r${e.from}${e.to}`, icon: <TriangleAlert className="i warnx" />, title: <><Name most={24}>{reader.name}</Name> reads <Name most={24}>{from.name}</Name> unregistered</>, text: "Its owner cannot tell this reader about changes.", to: at(mesh.product.get(e.from)!.name, "#consumers"), act: "See the consumers", mine: my.has(from.domain ?? ""), weight: 4 });
  }
  items.sort((a, b) => Number(b.mine) - Number(a.mine) || b.weight - a.weight);
  return (
    <section className="panel flush" aria-labelledby="attention-h">
      <header><h2 id="attention-h">Needs attention</h2><div className="right sub">{items.length || ""}</div></header>
      {items.length === 0 ? <div className="empty"><p>Nothing. What breaks, ends or waits for you appears here.</p></div> : (
        <ul className="list att">{items.slice(0, shownMost).map((i) => <li key={i.key}>{i.icon}<div><p className="b at">{i.title}</p>{i.text && <p className="clip2">{i.text}</p>}<p className="act"><Link to={i.to}>{i.act}</Link></p></div></li>)}
          {items.length > shownMost && <li><span /><p><Link to="/manage">{items.length - shownMost} more</Link></p></li>}</ul>
      )}
    </section>
  );
}
