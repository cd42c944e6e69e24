// /publish: what can become a product. /publish/:topic: guided, with the card that others will see.
import { Link, Route, Routes, useNavigate } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { productList, queryList, topicList, useSameAs, useTopicRate, useTopicRates } from "../../api";
import type { Topic } from "../../api/schema";
import { DomainName, PageHead, Show, useOptional, useTitle, schemaKind } from "../../parts";
import { Empty, LinkButton, Name, Panel, Spark, Status, Table, count, plural, rate, type Column } from "../../ui";
import { Guide } from "./Guide";

export function Component() {
  return <Routes><Route path="/" element={<Choose />} /><Route path=":topic" element={<Guide />} /><Route path=":topic/:step" element={<Guide />} /></Routes>;
}
function Choose() {
  useTitle("Publish");
  useSameAs({ command: "braid topics list", http: { method: "GET", path: "/api/v1/topics" } });
  const topics = useQuery(topicList()), products = useQuery(productList());
  const taken = new Set((products.data?.products ?? []).filter((p) => p.state !== "draft").flatMap((p) => p.ports.map((x) => x.topic)));
  const drafts = (products.data?.products ?? []).filter((p) => p.state === "draft");
  const free = (topics.data ?? []).filter((t) => !t.internal && !taken.has(t.name));
  const navigate = useNavigate(), queries = useOptional(queryList());
  const columns: Column<Topic>[] = [
    { key: "topic", title: "Topic", sort: (t) => t.name, cell: (t) => <Link className="tname" to={`/operations/topics/${encodeURIComponent(t.name)}`}><Name most={48}>{t.name}</Name></Link> },
    { key: "by", title: "Written by", text: (t) => queries.data?.find((q) => q.writes === t.name)?.id ?? "", cell: (t) => { const q = queries.data?.find((x) => x.writes === t.name); return q ? <Link className="mono small" to={`/create/${encodeURIComponent(q.id)}`}><Name most={34}>{q.id}</Name></Link> : <span className="dim">{queries.data ? "no query" : "not known"}</span>; }, hideNarrow: true },
    { key: "from", title: "Made from", text: (t) => queries.data?.find((q) => q.writes === t.name)?.reads.join(" ") ?? "", cell: (t) => { const q = queries.data?.find((x) => x.writes === t.name); return q ? <span className="row">{q.reads.slice(0, 3).map((r) => <DomainName key={r} domain={products.data?.products.find((p) => p.ports.some((x) => x.topic === r))?.domain ?? null}><Name most={22}>{r}</Name></DomainName>)}</span> : <span className="dim">not known</span>; }, hideNarrow: true },
    { key: "schema", title: "Schema", sort: (t) => t.value_schema?.type ?? "", cell: (t) => (t.value_schema ? `${schemaKind(t.value_schema.type)} v${t.value_schema.version}` : <Status state="warn">none</Status>), hideNarrow: true },
    { key: "records", title: "Records", num: true, sort: (t) => t.records, cell: (t) => count(t.records) },
    { key: "rate", title: "Records/s", num: true, cell: (t) => <Rate topic={t.name} />, hideNarrow: true },
    { key: "minute", title: "Last minute", cell: (t) => <Minute topic={t.name} />, hideNarrow: true },
    { key: "act", word: "", num: true, title: <span className="vh">Action</span>, cell: (t) => <LinkButton small to={`/publish/${encodeURIComponent(t.name)}`}>Publish<span className="vh"> {t.name}</span></LinkButton> },
  ];
  return (
    <>
      <PageHead title="Publish" facts={<>A topic becomes a product that others can find and rely on. <b>{plural(free.length, "topic")}</b> could be one{drafts.length ? <>, <b>{plural(drafts.length, "draft")}</b> {drafts.length === 1 ? "is" : "are"} begun</> : null}.</>} />
      <div className="col g4">
        {drafts.length > 0 && <Panel title="Drafts" id="drafts" sub="only their domain sees them"><ul className="list">{drafts.map((d) => <li key={d.name} className="row wrap"><Link className="b" to={`/publish/${encodeURIComponent(d.ports[0]?.topic ?? d.name)}`}><Name most={48}>{d.name}</Name></Link><DomainName domain={d.domain} /><span className="sub cut grow"><bdi>{d.description || "no description yet"}</bdi></span><LinkButton small to={`/publish/${encodeURIComponent(d.ports[0]?.topic ?? d.name)}`}>Go on</LinkButton></li>)}</ul></Panel>}
        <Panel title="Topics that are not products" id="free" sub="others see them, but nobody promises anything" flush>
          <Show of={topics} rows={4}>{() => free.length === 0 ? <Empty action={<LinkButton to="/create">Write a query</LinkButton>}>{topics.data?.some((t) => !t.internal) ? "Every topic is a product. A query makes a new one." : "There is no topic yet. A file (braid load file.csv), a Kafka client or a query makes one."}</Empty> : (
            <Table label="Topics that are not products" rows={free} columns={columns} rowKey={(t) => t.name} rowHeight={40} className="t40" onOpen={(t) => navigate(`/publish/${encodeURIComponent(t.name)}`)} filterLabel="Filter topics" />
          )}</Show>
        </Panel>
      </div>
    </>
  );
}
const Rate = ({ topic }: { topic: string }) => { const r = useTopicRate(topic); return r === null ? <span className="dim">not measured</span> : <>{rate(r)}</>; };
const Minute = ({ topic }: { topic: string }) => <Spark values={useTopicRates(topic)} width={80} />;
