import { useCallback, useMemo } from "react";
import { Link, useNavigate, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { productList, useLive, useSameAs } from "../../api";
import type { Topic } from "../../api/schema";
import { DomainName, PageHead, Show, useTitle, schemaKind } from "../../parts";
import { Empty, Name, Seg, Spark, Table, count, plural, rate, seconds, type Column } from "../../ui";
import { topics } from "./questions";

export function Topics() {
  useTitle("Topics");
  const [search, setSearch] = useSearchParams();
  const internal = search.get("internal") === "1";
  useSameAs({ command: "braid topics list", http: { method: "GET", path: `/api/v1/topics${internal ? "?internal=true" : ""}` } });
  const all = useQuery(topics(internal)), products = useQuery(productList()).data?.products;
  const { tick, rates } = useLive();
  const navigate = useNavigate();
  const owner = useMemo(() => new Map((products ?? []).flatMap((p) => p.ports.map((x) => [x.topic, p] as const))), [products]);
  const open = useCallback((t: Topic) => navigate(`/operations/topics/${encodeURIComponent(t.name)}`), [navigate]);
  const columns: Column<Topic>[] = [
    { key: "name", title: "Topic", sort: (t) => t.name, cell: (t) => <Link className="tname" to={`/operations/topics/${encodeURIComponent(t.name)}`}><Name most={44}>{t.name}</Name></Link> },
    { key: "domain", title: "Product of", sort: (t) => owner.get(t.name)?.domain ?? "", cell: (t) => (owner.has(t.name) ? <DomainName domain={owner.get(t.name)!.domain} /> : <span className="muted">{t.internal ? "the node" : "not a product"}</span>), hideNarrow: true },
    { key: "records", title: "Records", num: true, sort: (t) => tick?.topics[t.name]?.records ?? t.records, cell: (t) => count(tick?.topics[t.name]?.records ?? t.records) },
    { key: "rate", title: "Records/s", num: true, sort: (t) => tick?.topics[t.name]?.records_per_second ?? null, cell: (t) => { const r = tick?.topics[t.name]?.records_per_second; return r === null || r === undefined ? <span className="dim">not measured</span> : rate(r); }, hideNarrow: true },
    { key: "spark", title: "Last minute", cell: (t) => <Spark values={rates[t.name] ?? []} />, hideNarrow: true },
    { key: "age", title: "Last record", num: true, sort: (t) => tick?.topics[t.name]?.age_s ?? null, cell: (t) => { const a = tick?.topics[t.name]?.age_s; return a === null || a === undefined ? <span className="dim">{t.records === 0 ? "none yet" : ""}</span> : `${seconds(a)} ago`; }, hideNarrow: true },
    { key: "partitions", title: "Partitions", num: true, sort: (t) => t.partitions, cell: (t) => t.partitions, hideNarrow: true },
    { key: "schema", title: "Schema", sort: (t) => t.value_schema?.type ?? "", cell: (t) => (t.value_schema ? <Link to={`/operations/schemas/${encodeURIComponent(t.value_schema.subject)}`}>{schemaKind(t.value_schema.type)} v{t.value_schema.version}</Link> : <span className="muted">none</span>), hideNarrow: true },
  ];
  return (
    <>
      <PageHead title="Topics" facts={all.data ? <><b>{plural(all.data.length, "topic")}</b>, {count(all.data.reduce((n, t) => n + t.records, 0))} records.</> : undefined} actions={<Seg label="Show" value={internal ? "all" : "own"} onChange={(v) => setSearch(v === "all" ? { internal: "1" } : {}, { replace: true })} options={[{ value: "own", label: "Of the mesh" }, { value: "all", label: "Also the node's own" }]} />} />
      <div className="panel flush"><Show of={all} rows={6}>{(rows) => <Table rows={rows} columns={columns} rowKey={(t) => t.name} label="Topics" filterLabel="Filter topics" onOpen={open} initialSort={[{ key: "name", down: false }]} empty={<Empty>No topic yet. <code>braid load file.csv</code> or any Kafka client makes one.</Empty>} />}</Show></div>
    </>
  );
}
