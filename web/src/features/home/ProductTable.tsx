// All products in one table: what the map shows, to be compared and sorted.
import { useMemo } from "react";
import { Link, useNavigate } from "react-router-dom";
import { Search } from "lucide-react";
import { useLive, useTopicRate, useTopicRates } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { DomainName, type Standing } from "../../parts";
import { Chip, LinkButton, Name, Spark, Status, Table, plural, rate, seconds, type Column } from "../../ui";
import type { Mesh } from "./mesh";

const topicOf = (p: ProductSummary) => p.ports.find((x) => x.topic)?.topic ?? null;
const Rate = ({ topic }: { topic: string | null }) => { const r = useTopicRate(topic); return <>{r === null ? <span className="dim">not measured</span> : rate(r)}</>; };
const Minute = ({ topic }: { topic: string | null }) => <Spark values={useTopicRates(topic)} width={80} />;
const tier = (sla: string) => sla.replace("tier-", "Tier ");
const cap = (w: string) => w.charAt(0).toUpperCase() + w.slice(1);

export function ProductTable({ products, standings, mesh }: { products: readonly ProductSummary[]; standings: Map<string, Standing>; mesh: Mesh }) {
  const navigate = useNavigate();
  const { tick } = useLive();
  const feeds = useMemo(() => {
    const out = new Map<string, { products: number; topics: number; readers: number }>();
    for (const [id, p] of mesh.product) {
      const targets = (mesh.graph.out.get(id) ?? []).map((e) => mesh.graph.nodes.get(e.to)).filter((n) => n !== undefined);
      const through = targets.filter((n) => n.kind === "query").flatMap((q) => (mesh.graph.out.get(q.id) ?? []).map((e) => e.to));
      const reached = [...new Set(through)], products = reached.filter((t) => mesh.product.has(t)).length;
      out.set(p.name, { products, topics: reached.length - products, readers: targets.filter((n) => n.kind !== "query" && n.kind !== "consumer").length });
    }
    return out;
  }, [mesh]);
  const columns = useMemo<Column<ProductSummary>[]>(() => {
    const live = (p: ProductSummary) => tick?.topics[topicOf(p) ?? ""];
    return [
      { key: "name", title: "Name", sort: (p) => p.name, cell: (p) => <Link className="tname" to={`/products/${encodeURIComponent(p.name)}`}><Name most={42}>{p.name}</Name></Link> },
      { key: "domain", title: "Domain", sort: (p) => p.domain, cell: (p) => <DomainName domain={p.domain} />, hideNarrow: true },
      { key: "quality", title: "Quality", sort: (p) => p.quality, cell: (p) => cap(p.quality), hideNarrow: true },
      { key: "sla", title: "SLA", sort: (p) => p.sla, cell: (p) => tier(p.sla), hideNarrow: true },
      { key: "rate", title: "Records/s", num: true, sort: (p) => live(p)?.records_per_second, cell: (p) => <Rate topic={topicOf(p)} /> },
      { key: "minute", title: "Last minute", cell: (p) => <Minute topic={topicOf(p)} />, hideNarrow: true },
      { key: "age", title: "Last record", num: true, sort: (p) => live(p)?.age_s, cell: (p) => { const a = live(p)?.age_s; return a === null || a === undefined ? <span className="dim">{live(p)?.records === 0 ? "no record yet" : "not seen yet"}</span> : `${seconds(a)} ago`; }, hideNarrow: true },
      { key: "promises", title: "Promises", sort: (p) => standings.get(p.name)?.text ?? "", cell: (p) => { const s = standings.get(p.name); return p.state === "draft" ? <Chip kind="line">Draft</Chip> : p.state === "deprecated" ? <Chip>Deprecated</Chip> : s ? <Status state={s.state} title={s.broken[0]?.why}>{s.text}</Status> : <Status state="unknown" />; } },
      { key: "feeds", title: "Feeds", sort: (p) => (feeds.get(p.name)?.products ?? 0) * 1000 + (feeds.get(p.name)?.topics ?? 0) * 100 + (feeds.get(p.name)?.readers ?? 0) + p.consumers, hideNarrow: true, cell: (p) => { const f = feeds.get(p.name), parts = [f?.products ? plural(f.products, "product") : "", f?.topics ? plural(f.topics, "topic") : "", f?.readers ? plural(f.readers, "reader") : "", p.consumers ? `${p.consumers} registered` : ""].filter(Boolean); return parts.length ? parts.join(", ") : <span className="dim">none yet</span>; } },
      { key: "version", title: "Version", num: true, sort: (p) => p.version, cell: (p) => <span className="mono">{p.version}</span>, hideNarrow: true },
    ];
  }, [tick, standings, feeds]);
  const drafts = products.filter((p) => p.state === "draft").length;
  return (
    <section className="panel flush products" aria-labelledby="products-h">
      <header><h2 id="products-h">Products</h2><span className="sub">{plural(products.length - drafts, "offered", "offered")}{drafts ? `, ${plural(drafts, "draft")}` : ""}</span><div className="right"><LinkButton small to="/explore" icon={<Search className="i s" />}>Explore all</LinkButton></div></header>
      <Table label="Products" rows={products} columns={columns} rowKey={(p) => p.name} onOpen={(p) => navigate(`/products/${encodeURIComponent(p.name)}`)} filterLabel="Filter products" />
    </section>
  );
}
