// /publish: what can become a product. /publish/:topic: guided, with the card that others will see.
import { Link, Route, Routes } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { productList, topicList, useSameAs } from "../../api";
import { DomainName, PageHead, Show, useTitle } from "../../parts";
import { Empty, LinkButton, Name, Panel, Status, count, plural } from "../../ui";
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
  return (
    <>
      <PageHead title="Publish" facts={<>A topic becomes a product that others can find and rely on. <b>{plural(free.length, "topic")}</b> could be one{drafts.length ? <>, <b>{plural(drafts.length, "draft")}</b> {drafts.length === 1 ? "is" : "are"} begun</> : null}.</>} />
      <div className="col g4">
        {drafts.length > 0 && <Panel title="Drafts" id="drafts" sub="only their domain sees them"><ul className="list">{drafts.map((d) => <li key={d.name} className="row wrap"><Link className="b" to={`/publish/${encodeURIComponent(d.ports[0]?.topic ?? d.name)}`}><Name most={48}>{d.name}</Name></Link><DomainName domain={d.domain} /><span className="sub cut grow"><bdi>{d.description || "no description yet"}</bdi></span><LinkButton small to={`/publish/${encodeURIComponent(d.ports[0]?.topic ?? d.name)}`}>Go on</LinkButton></li>)}</ul></Panel>}
        <Panel title="Topics that are not products" id="free" sub="others see them, but nobody promises anything" flush>
          <Show of={topics} rows={4}>{() => free.length === 0 ? <Empty action={<LinkButton to="/create">Write a query</LinkButton>}>Every topic is a product. A query makes a new one.</Empty> : (
            <div className="scrollx"><table aria-label="Topics that are not products"><thead><tr><th scope="col">Topic</th><th scope="col" className="hide-n">Schema</th><th scope="col" className="num">Records</th><th scope="col"><span className="vh">Action</span></th></tr></thead><tbody>{free.map((t) => <tr key={t.name} className="r40"><td><Link className="tname" to={`/operations/topics/${encodeURIComponent(t.name)}`}><Name most={48}>{t.name}</Name></Link></td><td className="hide-n">{t.value_schema ? `${t.value_schema.type === "AVRO" ? "Avro" : t.value_schema.type} v${t.value_schema.version}` : <Status state="warn">none</Status>}</td><td className="num">{count(t.records)}</td><td className="num"><LinkButton small to={`/publish/${encodeURIComponent(t.name)}`}>Publish<span className="vh"> {t.name}</span></LinkButton></td></tr>)}</tbody></table></div>
          )}</Show>
        </Panel>
      </div>
    </>
  );
}
