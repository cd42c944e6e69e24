// /manage and /manage/:domain: what is mine, what could be, what runs for it, and what comes at it from upstream.
import { useMemo } from "react";
import { Link, Navigate, Route, Routes, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { Ellipsis, PackagePlus } from "lucide-react";
import { ask, domainList, nobody, productList, productProfile, queryList, question, sh, topicList, useDomains, useLive, useMay, useSameAs, useTopicRate, useTopicRates, useWho, type RunningQuery } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { DomainName, Mark, PageHead, ProductDialogs, QueryActions, type Doing, Show, queryWord, useAwayReason, useOptional, useThreads, useTitle, schemaKind } from "../../parts";
import { Chip, Empty, IconButton, LinkButton, Menu, Name, Panel, Seg, Spark, Status, Table, count, plural, rate, type Column } from "../../ui";
import { Coming, Selected } from "./Rail";

export function Component() {
  return <Routes><Route path="/" element={<Own />} /><Route path=":domain" element={<Manage />} /></Routes>;
}
function Own() {
  useTitle("Manage");
  useSameAs({ command: "braid domains list", http: { method: "GET", path: "/api/v1/domains" } });
  const who = useWho(), domains = useQuery(domainList());
  const [search] = useSearchParams();
  if (who?.domains[0]) return <Navigate to={`/manage/${encodeURIComponent(who.domains[0])}${search.size ? `?${search.toString()}` : ""}`} replace />;
  return (
    <>
      <PageHead title="Manage" facts={who?.platform ? "You run the platform: choose a domain." : `You are in no domain. Choose one to look at. ${who?.person ? "" : nobody(who)}`} />
      <div className="panel narrowpanel"><Show of={domains}>{(list) => list.length === 0 ? <Empty>This mesh has no domains yet.</Empty> : <ul className="list">{list.map((d) => <li key={d.name} className="row"><Link className="b" to={`/manage/${encodeURIComponent(d.name)}`}><DomainName domain={d.name}>{d.title || d.name}</DomainName></Link><span className="right sub">{plural(d.products.length, "product")}, {plural(d.members.length, "member")}</span></li>)}</ul>}</Show></div>
    </>
  );
}
export const ofDomain = (domain: string) => question(["products", "of", domain], (signal) => ask("listProducts", { domain, state: "any", limit: 1000 }, undefined, { signal }).then((a) => a.products));
type Shown = "" | "published" | "draft" | "deprecated" | "retired";
const words: { [s: string]: string } = { published: "Published", draft: "Draft", deprecated: "Deprecated", retired: "Retired" };
export const StateChip = ({ p }: { p: ProductSummary }) => <Chip kind={p.state === "published" ? "acc" : p.state === "draft" ? "line" : undefined}>{words[p.state] ?? p.state}{p.deprecation && p.state === "deprecated" ? ` until ${p.deprecation.sunset.slice(0, 10)}` : ""}</Chip>;

function Manage() {
  const domain = useParams().domain ?? "";
  useTitle(domain);
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const who = useWho(), domains = useDomains(), away = useAwayReason();
  const here = domains.find((d) => d.name === domain);
  const own = useQuery(ofDomain(domain)), all = useQuery(productList()).data?.products, topics = useQuery(topicList()).data;
  const queries = useOptional({ ...queryList(), refetchInterval: 5_000 });
  const may = useMay(domain, `products of ${domain}`);
  const state = (search.get("state") ?? "") as Shown, products = own.data ?? [];
  const put = (change: { [k: string]: string | null }, replace = true) => setSearch((o) => { const n = new URLSearchParams(o); for (const [k, v] of Object.entries(change)) if (v) n.set(k, v); else n.delete(k); return n; }, { replace });
  const shown = products.filter((p) => (state ? p.state === state : p.state !== "retired"));
  const selected = products.find((p) => p.name === search.get("sel")) ?? shown[0] ?? null;
  const doing = search.get("do") as Doing | null, about = products.find((p) => p.name === (search.get("product") ?? search.get("sel"))) ?? null;
  const act = (what: Doing, p: ProductSummary) => put({ do: what, product: p.name, sel: p.name }, false);
  const number = (s: string) => products.filter((p) => p.state === s).length;
  const mine = (queries.data ?? []).filter((q) => q.owner_domain === domain || products.some((p) => p.ports.some((x) => x.topic === q.writes)));
  const taken = useMemo(() => new Set((all ?? []).flatMap((p) => p.ports.map((x) => x.topic))), [all]);
  const free = (topics ?? []).filter((t) => !t.internal && !taken.has(t.name));
  useSameAs({ command: `braid products list --domain ${sh(domain)}`, http: { method: "GET", path: `/api/v1/products?domain=${encodeURIComponent(domain)}&state=any` } });
  const live = useLive().tick?.queries;

  const columns: Column<ProductSummary>[] = [
    { key: "name", title: "Name", sort: (p) => p.name, cell: (p) => <Link className="tname" to={p.state === "draft" ? `/publish/${encodeURIComponent(p.ports[0]?.topic ?? p.name)}` : `/products/${encodeURIComponent(p.name)}`}><Name most={40}>{p.name}</Name></Link> },
    { key: "state", title: "State", sort: (p) => p.state, cell: (p) => <span className="row"><StateChip p={p} /><span className="mono dim hide-n">{p.state === "draft" ? "" : p.version}</span></span> },
    { key: "rate", title: "Records/s", num: true, cell: (p) => <Rate topic={p.ports[0]?.topic} /> },
    { key: "spark", title: "Last minute", cell: (p) => <Minute topic={p.ports[0]?.topic} />, hideNarrow: true },
    { key: "promises", title: "Promises", cell: (p) => (p.state === "draft" ? <Status state="none">Not promised yet</Status> : <Promises name={p.name} />), hideNarrow: true },
    { key: "consumers", title: "Consumers", sort: (p) => p.consumers, cell: (p) => <span className="muted">{p.consumers ? `${p.consumers} registered` : "none"}</span>, hideNarrow: true },
    { key: "act", word: "", title: <span className="vh">Actions</span>, cell: (p) => <Menu label={`Actions for ${p.name}`} trigger={<IconButton label={`Actions for ${p.name}`}><Ellipsis className="i" /></IconButton>} items={[
      p.state === "draft" ? { label: "Go on publishing", onSelect: () => navigate(`/publish/${encodeURIComponent(p.ports[0]?.topic ?? p.name)}`) } : { label: "Open the product page", onSelect: () => navigate(`/products/${encodeURIComponent(p.name)}`) },
      { label: "Change", why: away || may.why, onSelect: () => act("change", p) }, p.state !== "draft" && { label: "New version", why: away || may.why || (p.state === "retired" ? "It is retired." : ""), onSelect: () => act("version", p) }, "line",
      p.state === "published" && { label: "Deprecate", why: away || may.why, onSelect: () => act("deprecate", p) }, p.state === "deprecated" && { label: "Retire", why: away || may.why, onSelect: () => act("retire", p) },
      { label: p.state === "draft" ? "Remove the draft" : "Remove", danger: true, why: away || may.why, onSelect: () => act("remove", p) },
    ]} /> },
  ];
  const queryColumns: Column<RunningQuery>[] = [
    { key: "id", title: "Query", sort: (q) => q.id, cell: (q) => <Link className="tname mono" to={`/create/${encodeURIComponent(q.id)}`}><Name most={38}>{q.id}</Name></Link> },
    { key: "state", title: "State", sort: (q) => q.state, cell: (q) => <Status state={queryWord(q.state)}>{q.state.charAt(0).toUpperCase() + q.state.slice(1)}</Status> },
    { key: "reads", title: "Reads", text: (q) => q.reads.join(" "), cell: (q) => <span className="row">{q.reads.slice(0, 3).map((t) => <DomainName key={t} domain={all?.find((p) => p.ports.some((x) => x.topic === t))?.domain}><Name most={22}>{t}</Name></DomainName>)}</span>, hideNarrow: true },
    { key: "in", title: "In/s", num: true, cell: (q) => rate(live?.[q.id]?.records_in_per_second ?? q.records_in_per_second), hideNarrow: true },
    { key: "out", title: "Out/s", num: true, cell: (q) => rate(live?.[q.id]?.records_out_per_second ?? q.records_out_per_second) },
    { key: "lag", title: "Lag", num: true, sort: (q) => q.lag, cell: (q) => (q.lag === null ? "" : count(q.lag)), hideNarrow: true },
    { key: "errors", title: "Errors", num: true, sort: (q) => q.errors, cell: (q) => (q.errors ? <b className="b warntx">{count(q.errors)}</b> : "0"), hideNarrow: true },
    { key: "act", word: "", title: <span className="vh">Actions</span>, cell: (q) => <span className="row end"><QueryActions query={q} small /></span>, hideNarrow: true },
  ];
  const thread = useThreads()(domain);
  const facts = own.data && <>{plural(products.length - number("draft") - number("retired"), "product")}, {plural(number("draft"), "draft")}{free.length ? `, ${plural(free.length, "topic")} that ${free.length === 1 ? "is no product" : "are no products"}` : ""}. {may.may ? (who?.domains.includes(domain) ? "You are a member, so you may change all of them." : "You may change all of them.") : may.why}</>;
  if (domains.length > 0 && !here) return <><PageHead title="Manage" /><div className="panel narrowpanel"><Empty action={<LinkButton to="/manage">Choose a domain</LinkButton>}>There is no domain <Name most={60}>{domain}</Name>.</Empty></div></>;
  return (
    <>
      <PageHead title={<span className="row"><Mark domain={domain} large />{here?.title || domain}</span>} facts={facts} actions={<>{domains.length > 1 && <select className="in wsel" aria-label="Domain" value={domain} onChange={(e) => navigate(`/manage/${encodeURIComponent(e.target.value)}`)}>{domains.map((d) => <option key={d.name} value={d.name}>{d.title || d.name}</option>)}</select>}<LinkButton kind="pri" icon={<PackagePlus className="i s" />} to="/publish">Publish a product</LinkButton></>} />
      <div className="home withrail mrail" data-thread={thread ?? undefined}>
        <div className="col g4 mincol">
          <Panel title="Products" id="products" flush actions={<Seg label="Show" value={state} onChange={(v) => put({ state: v })} options={[{ value: "", label: `All ${products.length - number("retired")}` }, { value: "published", label: `Published ${number("published")}` }, ...(number("deprecated") ? [{ value: "deprecated" as const, label: `Deprecated ${number("deprecated")}` }] : []), { value: "draft", label: `Drafts ${number("draft")}` }, ...(number("retired") ? [{ value: "retired" as const, label: `Retired ${number("retired")}` }] : [])]} />}>
            <Show of={own} rows={4}>{() => <Table rows={shown} columns={columns} rowKey={(p) => p.name} rowHeight={40} className="t40" label="Products of the domain" selected={selected?.name ?? null} onSelect={(p) => put({ sel: p.name })} onOpen={(p) => navigate(`/products/${encodeURIComponent(p.name)}`)} empty={<Empty action={<LinkButton to="/publish">Publish a product</LinkButton>}>{state ? `No product of ${domain} is ${state === "draft" ? "a draft" : state}.` : `${domain} has no products yet.`}</Empty>} />}</Show>
          </Panel>
          {free.length > 0 && <Panel title="Topics that are not products" id="topics" sub="others see them, but nobody promises anything" flush><div className="scrollx"><table aria-label="Topics that are not products"><thead><tr><th scope="col">Topic</th><th scope="col" className="hide-n">Written by</th><th scope="col" className="hide-n">Schema</th><th scope="col" className="num">Records</th><th scope="col"><span className="vh">Action</span></th></tr></thead><tbody>{free.slice(0, 50).map((t) => { const q = queries.data?.find((x) => x.writes === t.name); return <tr key={t.name} className="r40"><td><Link className="tname mono" to={`/operations/topics/${encodeURIComponent(t.name)}`}><Name most={44}>{t.name}</Name></Link></td><td className="hide-n muted">{q ? <Link to={`/create/${encodeURIComponent(q.id)}`} className="mono"><Name most={30}>{q.id}</Name></Link> : queries.data ? "not a query" : "not known"}</td><td className="hide-n">{t.value_schema ? `${schemaKind(t.value_schema.type)} v${t.value_schema.version}` : <Status state="warn">none</Status>}</td><td className="num">{count(t.records)}</td><td className="num"><LinkButton small to={`/publish/${encodeURIComponent(t.name)}`}>Publish<span className="vh"> {t.name}</span></LinkButton></td></tr>; })}</tbody></table></div>{free.length > 50 && <div className="tfoot">The first 50 of {count(free.length)}. <Link to="/publish">All of them</Link></div>}</Panel>}
          <Panel title="Running queries" id="queries" flush sub={queries.data ? `${mine.length}, those that write topics of ${domain}` : undefined}>
            {!queries.offered ? <Empty>This node does not list its queries.</Empty> : <Table rows={mine} columns={queryColumns} rowKey={(q) => q.id} label="Queries of the domain" onOpen={(q) => navigate(`/create/${encodeURIComponent(q.id)}`)} empty={<Empty action={<LinkButton to="/create">Write a query</LinkButton>}>No query of {domain} runs.</Empty>} />}
          </Panel>
        </div>
        <aside className="col g4" aria-label="About the selected product">
          {selected && <Selected p={selected} why={away || may.why} onDo={(d) => act(d, selected)} />}
          <Coming domain={domain} queries={mine} products={all ?? []} />
        </aside>
      </div>
      {doing && about && <ProductDialogs doing={doing} product={about.name} onClose={() => put({ do: null, product: null })} />}
    </>
  );
}
function Rate({ topic }: { topic: string | undefined }) { const r = useTopicRate(topic); return r === null ? <span className="dim">not measured</span> : <>{rate(r)}</>; }
function Minute({ topic }: { topic: string | undefined }) { const r = useTopicRates(topic); return r.length > 1 && r.every((x) => x === 0) ? <span className="dim small">at rest</span> : <Spark values={r} />; }
function Promises({ name }: { name: string }) {
  const p = useOptional(productProfile(name));
  const all = p.data?.ports.flatMap((x) => x.promises ?? []) ?? [], broken = all.filter((x) => x.state === "broken").length, close = all.filter((x) => x.state === "close").length, kept = all.filter((x) => x.state === "kept").length;
  if (!p.data) return <Status state="unknown">{p.offered ? "Not measured" : "Not offered"}</Status>;
  return broken ? <Status state="broken">{broken} broken</Status> : close ? <Status state="close">{close} close</Status> : kept ? <Status state="kept" title={`${kept} kept, ${all.length - kept} too early to say`} /> : all.length ? <Status state="early" /> : <Status state="none" />;
}
