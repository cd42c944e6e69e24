// Beside the table: the selected product's promises and consumers, how it ends, and what comes from upstream.
import { Link } from "react-router-dom";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Archive, ArrowUpCircle, SquarePen, Trash2 } from "lucide-react";
import { productByName, productProfile, type ProductProfile, type RunningQuery } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { DomainName, Mark, useOptional } from "../../parts";
import { Button, Cells, Empty, Name, Panel, Status, day, number, plural, seconds } from "../../ui";
import type { Doing } from "../../parts";

export function Selected({ p, why, onDo }: { p: ProductSummary; why: string; onDo: (d: Doing) => void }) {
  const full = useQuery(productByName(p.name)).data;
  const profile = useOptional(productProfile(p.name));
  const promises = profile.data?.ports.flatMap((x) => x.promises ?? []) ?? [];
  const readers = full ? full.consumers.length + full.readers.length : p.consumers;
  const draft = p.state === "draft";
  return (
    <>
      {!draft && <Panel title="Promises" id="promises" sub={<Name most={36}>{p.name}</Name>}>
        {!profile.offered ? <Empty>This node does not measure promises.</Empty> : promises.length === 0 ? <Empty>{profile.data ? "Nothing is promised." : "Not measured yet."}</Empty> : <ul className="list promlist">{promises.map((m, i) => <li key={i} title={m.why}><div className="row"><b className="b">{m.name.charAt(0).toUpperCase() + m.name.slice(1)}</b><span className="right"><Status state={m.state === "unknown" ? "early" : m.state} /></span></div><p className="sub">{m.promised?.text ?? "nothing promised"}{m.measured ? <>; measured <b>{m.measured.unit === "s" ? seconds(m.measured.value) : m.measured.unit === "share" ? `${number(m.measured.value * 100)} %` : `${number(m.measured.value)} ${m.measured.unit}`}</b></> : m.why ? `; ${m.why}` : ""}</p>{m.history.length > 0 && <Cells cells={m.history.map((h) => ({ state: h.state, title: `${day(h.from)}: ${h.state}` }))} label={`${m.name}, past periods: ${m.history.filter((h) => h.state === "broken").length} broken of ${m.history.filter((h) => h.state !== "unknown").length} measured`} />}</li>)}</ul>}
      </Panel>}
      <Panel title="Consumers" id="consumers" sub={<Name most={36}>{p.name}</Name>}>
        {!full ? <Empty>Loading.</Empty> : readers === 0 ? <Empty>{draft ? "A draft has none: nobody sees it." : "No consumers yet. When someone registers or a query reads it, they appear here."}</Empty> : (
          <ul className="list">{full.consumers.map((c) => <li key={c.name}><div className="row"><b className="b"><Name most={34}>{c.name}</Name></b><span className="right"><DomainName domain={c.domain} /></span></div><p className="sub"><bdi>{c.purpose || "no purpose given"}</bdi>, since {day(c.since)}</p></li>)}{full.readers.map((r) => <li key={`${r.kind}${r.name}`} className="row"><Link className="mono" to={r.kind === "query" ? `/operations/queries/${encodeURIComponent(r.name)}` : `/operations/topics/${encodeURIComponent(r.topic)}`}><Name most={36}>{r.name}</Name></Link><span className="right sub">{r.kind}</span></li>)}</ul>
        )}
      </Panel>
      <Panel title={draft ? "This draft" : "Change, deprecate or remove"} id="end"><div className="pad col g2">
        {readers > 0 && <p className="muted small">Each first shows who is affected.</p>}
        <div className="row wrap"><Button icon={<SquarePen className="i s" />} why={why} onClick={() => onDo("change")}>Change</Button>{!draft && <Button icon={<ArrowUpCircle className="i s" />} why={why || (p.state === "retired" ? "It is retired." : "")} onClick={() => onDo("version")}>New version</Button>}</div>
        <div className="row wrap">{p.state === "published" && <Button icon={<Archive className="i s" />} why={why} onClick={() => onDo("deprecate")}>Deprecate</Button>}{p.state === "deprecated" && <Button icon={<Archive className="i s" />} why={why} onClick={() => onDo("retire")}>Retire</Button>}<Button icon={<Trash2 className="i s" />} why={why} onClick={() => onDo("remove")}>{draft ? "Remove the draft" : "Remove"}</Button></div>
        {why && <p className="sub">{why}</p>}
        {!why && p.state === "deprecated" && p.deprecation && <p className="sub">Its sunset is {day(p.deprecation.sunset)}.{p.deprecation.replaced_by ? <> Instead: <Name>{p.deprecation.replaced_by}</Name>.</> : null}</p>}
      </div></Panel>
    </>
  );
}
// Upstream products that this domain's queries read: deprecated ones, and those that break their promises.
export function Coming({ domain, queries, products }: { domain: string; queries: RunningQuery[]; products: readonly ProductSummary[] }) {
  const upstream = products.filter((p) => p.domain !== domain && p.ports.some((x) => queries.some((q) => q.reads.includes(x.topic)))).slice(0, 12);
  const profiles = useQueries({ queries: upstream.map((p) => productProfile(p.name)) });
  const news = upstream.flatMap((p, i) => {
    const readers = queries.filter((q) => p.ports.some((x) => q.reads.includes(x.topic))).map((q) => q.id);
    const broken = ((profiles[i]?.data as ProductProfile | undefined)?.ports ?? []).flatMap((x) => x.promises ?? []).filter((m) => m.state === "broken");
    return [p.state === "deprecated" && p.deprecation ? { p, readers, tone: "warn" as const, title: `${p.name} ends ${day(p.deprecation.sunset)}`, text: `${p.deprecation.notice || `${p.domain} deprecated it.`}${p.deprecation.replaced_by ? ` Use ${p.deprecation.replaced_by}.` : ""}` } : null, broken.length ? { p, readers, tone: "broken" as const, title: `${p.name} breaks ${plural(broken.length, "promise")}`, text: broken.map((b) => b.why || b.name).join("; ") } : null].filter((x) => x !== null);
  });
  return (
    <Panel title="What is coming to you" id="coming">
      {news.length === 0 ? <Empty>{upstream.length ? `Nothing: the ${plural(upstream.length, "product")} of others that your queries read go on as they are.` : "Your queries read no products of other domains."}</Empty> : <ul className="list">{news.map((n, i) => <li key={i}><div className="row"><Mark domain={n.p.domain} /><Link className="b" to={`/products/${encodeURIComponent(n.p.name)}`}><bdi>{n.title}</bdi></Link><span className="right"><Status bare state={n.tone}>{n.tone === "warn" ? "deprecated" : "broken"}</Status></span></div><p className="sub"><bdi>{n.text}{/[.!?]$/.test(n.text) ? "" : "."}</bdi> Read by {n.readers.join(", ")}.</p></li>)}</ul>}
    </Panel>
  );
}
