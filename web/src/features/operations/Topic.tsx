// One topic: its records by offset, time or partition, decoded; what cannot be decoded says why, with its bytes.
import { Link, useParams, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ExternalLink, RotateCw, TriangleAlert } from "lucide-react";
import { productList, sh, topicByName, useLive, useSameAs } from "../../api";
import type { Record as Rec, TopicInFull } from "../../api/schema";
import { ContractGate, DomainName, PageHead, Show, gateOn, useOptional, useTitle } from "../../parts";
import { Button, CodeBlock, Empty, KeyValue, LinkButton, Name, Note, Panel, Seg, Table, bytes as sizeOf, clock, count, day, moment, plural, rate, valueText, type Column } from "../../ui";
import { Crumb } from "./Crumb";
import { groups, records, type Asked } from "./questions";
import { hexOf } from "../../parts/hex";

type Mode = "newest" | "beginning" | "offset" | "time";
const modeOf = (from: string): Mode => (from.startsWith("-") ? "newest" : from === "beginning" ? "beginning" : /^\d+$/.test(from) ? "offset" : "time");
const keyOf = (r: Rec) => `${r.partition}:${r.offset}`;
export function TopicPage() {
  const name = useParams().topic ?? "";
  useTitle(name);
  const topic = useQuery({ ...topicByName(name), refetchInterval: 5_000 });   // what the contract has counted goes on
  const product = useQuery(productList()).data?.products.find((p) => p.ports.some((x) => x.topic === name));
  const live = useLive().tick?.topics[name];
  return (
    <>
      <PageHead crumb={<Crumb of="Topics" to="/operations/topics" />} title={<Name most={60}>{name}</Name>} facts={topic.data && <><b>{count(live?.records ?? topic.data.records)}</b> {(live?.records ?? topic.data.records) === 1 ? "record" : "records"} in {plural(topic.data.partitions, "partition")}{live?.records_per_second !== null && live?.records_per_second !== undefined ? <>, <b>{rate(live.records_per_second)}</b> a second</> : null}. {product ? <>Product <Link to={`/products/${encodeURIComponent(product.name)}`}><Name most={40}>{product.name}</Name></Link> of <DomainName domain={product.domain} />.</> : "Not a product."}</>}
        actions={product ? <LinkButton to={`/products/${encodeURIComponent(product.name)}`} icon={<ExternalLink className="i s" />}>Product page</LinkButton> : <LinkButton to={`/publish/${encodeURIComponent(name)}`}>Publish it</LinkButton>} />
      <Show of={topic} rows={6}>{(t) => <div className="home withrail"><Records topic={t} /><Rail topic={t} domain={product?.domain ?? null} product={product?.name} /></div>}</Show>
    </>
  );
}
function Records({ topic }: { topic: TopicInFull }) {
  const [search, setSearch] = useSearchParams();
  const from = search.get("from") ?? search.get("at") ?? (search.get("offset") ? search.get("offset")! : "-50");
  const partition = search.get("partition"), key = search.get("key") ?? "", sel = search.get("sel");
  const asked: Asked = { from, partition: partition === null || partition === "" ? null : Number(partition), key, limit: 100 };
  const [offset, setOffset] = useState(modeOf(from) === "offset" ? from : "0"), [time, setTime] = useState(modeOf(from) === "time" ? from.slice(0, 19) : new Date(Date.now() - 36e5).toISOString().slice(0, 19)), [keyText, setKeyText] = useState(key);
  const put = (change: { [k: string]: string | null }, replace = false) => setSearch((old) => { const n = new URLSearchParams(old); n.delete("at"); n.delete("offset"); for (const [k, v] of Object.entries(change)) if (v === null || v === "") n.delete(k); else n.set(k, v); return n; }, { replace });
  const q = useQuery(records(topic.name, asked));
  useSameAs({ command: `braid consume ${sh(topic.name)} ${from.startsWith("-") ? `--last ${from.slice(1)}` : `--from ${sh(from)}`} --limit 100${asked.partition !== null ? ` --partition ${asked.partition}` : ""}${key ? ` --key ${sh(key)}` : ""}`, http: { method: "GET", path: `/api/v1/topics/${encodeURIComponent(topic.name)}/records?from=${encodeURIComponent(from)}&limit=100${asked.partition !== null ? `&partition=${asked.partition}` : ""}${key ? `&key=${encodeURIComponent(key)}` : ""}` } });
  const mode = modeOf(from);
  // an empty list does not stay behind when the first records come
  const empty = q.data?.length === 0 && topic.records > 0 && mode === "newest" && !key;
  useEffect(() => { if (empty) void q.refetch(); }, [empty, topic.records]);   // eslint-disable-line react-hooks/exhaustive-deps
  const rows = mode === "newest" ? [...(q.data ?? [])].sort((a, b) => b.timestamp.localeCompare(a.timestamp) || b.offset - a.offset) : q.data ?? [];
  const chosen = rows.find((r) => keyOf(r) === sel) ?? null;
  const bad = rows.filter((r) => r.value_problem || r.key_problem).length;
  const last = rows[rows.length - 1];
  const columns: Column<Rec>[] = [
    { key: "time", title: "Time, UTC", sort: (r) => r.timestamp, cell: (r) => <span className="mono dim" title={moment(r.timestamp)}>{day(r.timestamp) === day(Date.now()) ? "" : `${day(r.timestamp)} `}{clock(r.timestamp, true)}</span>, hideNarrow: true },
    { key: "place", title: "Partition, offset", num: true, sort: (r) => r.partition * 1e15 + r.offset, text: (r) => `${r.partition}:${r.offset}`, cell: (r) => <span className="mono">{r.partition}:{count(r.offset)}</span> },
    { key: "key", title: "Key", sort: (r) => valueText(r.key, 80), cell: (r) => (r.key === null ? <span className="dim">null</span> : <bdi className="mono">{valueText(r.key, 40)}</bdi>) },
    { key: "value", title: "Value", sort: (r) => valueText(r.value, 300), cell: (r) => (r.value_problem ? <span className="st warn" title={r.value_problem}><TriangleAlert className="i xs" />cannot be decoded</span> : r.value === null ? <span className="dim">null, a tombstone</span> : <bdi className="mono">{valueText(r.value, 160)}</bdi>) },
  ];
  const bar = (
    <form className="rbar" onSubmit={(e) => { e.preventDefault(); put({ from: mode === "offset" ? offset : mode === "time" ? `${time}Z` : from, key: keyText, sel: null }); }}>
      <Seg label="Read from" value={mode} onChange={(m) => put({ from: m === "newest" ? "-50" : m === "beginning" ? "beginning" : m === "offset" ? offset || "0" : `${time}Z`, sel: null })} options={[{ value: "newest", label: "Newest" }, { value: "beginning", label: "Start" }, { value: "offset", label: "Offset" }, { value: "time", label: "Time" }]} />
      {mode === "offset" && <input className="in w110" type="number" min="0" aria-label="Offset" value={offset} onChange={(e) => setOffset(e.target.value)} />}
      {mode === "time" && <input className="in w190" type="datetime-local" step="1" aria-label="Time, UTC" value={time} onChange={(e) => setTime(e.target.value)} />}
      <select className="in w130" aria-label="Partition" value={partition ?? ""} onChange={(e) => put({ partition: e.target.value, sel: null })}><option value="">All partitions</option>{topic.bounds.map((b) => <option key={b.partition} value={b.partition}>Partition {b.partition}</option>)}</select>
      <input className="in w130" type="search" aria-label="Only with this key" placeholder="Key" value={keyText} onChange={(e) => setKeyText(e.target.value)} />
      <Button small type="submit">Show</Button>
    </form>
  );
  return (
    <div className="col g4 mincol">
      <Panel title="Records" id="records" flush actions={<Button small icon={<RotateCw className="i s" />} busy={q.isFetching && !q.data} onClick={() => void q.refetch()}>Read again</Button>}>
        {q.error && !q.data && <div className="pad">{bar}</div>}
        <Show of={q} rows={8} what={`Reading ${topic.name}.`}>{() => <Table rows={rows} columns={columns} rowKey={keyOf} label="Records" filter={rows.length > 0} toolbar={bar} filterLabel="Filter these" selected={sel} onSelect={(r) => put({ sel: keyOf(r) }, true)} maxHeight="min(64vh, 640px)"
          empty={<Empty>{topic.records === 0 ? "No record yet." : `No record from here on${key ? ` with the key ${key}` : ""}.`}</Empty>}
          foot={<>{bad > 0 && <span className="st warn"><TriangleAlert className="i xs" />{bad} cannot be decoded</span>}<span>{plural(rows.length, "record")}</span>{mode === "offset" || mode === "beginning" ? last && asked.partition !== null && rows.length >= 100 ? <button type="button" className="lnk" onClick={() => { setOffset(String(last.offset + 1)); put({ from: String(last.offset + 1), sel: null }); }}>The next 100</button> : null : last && mode === "time" && rows.length >= 100 ? <button type="button" className="lnk" onClick={() => put({ from: last.timestamp, sel: null })}>Later ones</button> : null}</>} />}</Show>
      </Panel>
      {chosen && <Detail r={chosen} topic={topic.name} onClose={() => put({ sel: null }, true)} />}
    </div>
  );
}
const shownMax = 200_000;   // characters of one record that are drawn; the rest is a download away
function Detail({ r, topic, onClose }: { r: Rec; topic: string; onClose: () => void }) {
  const text = r.value === null ? "null" : typeof r.value === "string" ? r.value : JSON.stringify(r.value, null, 2);
  const [whole, setWhole] = useState(false);
  const cut = text.length > 20_000 && !whole;
  const schema = (id: number | undefined) => (id === undefined ? null : <a key="s" href={`/schemas/ids/${id}`}>schema id {id}</a>);
  return (
    <Panel title={<>Record {r.partition}:{count(r.offset)}</>} id="record" actions={<Button small onClick={onClose}>Close</Button>}>
      <div className="pad col g3">
        <KeyValue rows={[["Time", moment(r.timestamp)], ["Key", <span key="k"><bdi className="mono">{valueText(r.key, 2000)}</bdi>{r.key_format ? <span className="muted"> {r.key_format}</span> : null} {schema(r.key_schema_id)}</span>], ["Value is", <span key="v">{r.value_format ?? "not known"} {schema(r.value_schema_id)}</span>], r.headers && r.headers.length > 0 && ["Headers", <ul key="h">{r.headers.map((h, i) => <li key={i}><bdi className="mono">{h.name}</bdi> <bdi>{valueText(h.value, 300)}</bdi></li>)}</ul>]]} />
        {[["key", r.key_problem, r.key], ["value", r.value_problem, r.value]].map(([side, problem, bytes]) => problem ? <div key={String(side)} className="col g2"><Note kind="warn"><b className="b">The {String(side)} cannot be decoded.</b> <bdi>{String(problem)}</bdi></Note><CodeBlock text={hexOf(bytes, (r as { [k: string]: unknown })[`${String(side)}_hex`])} label={`Bytes of the ${String(side)}`} /></div> : null)}
        {!r.value_problem && <><CodeBlock text={cut ? `${text.slice(0, 20_000)}\n…` : text.slice(0, shownMax)} lang={r.value_format === "TEXT" ? "text" : "json"} wrap label="Value" />{cut && <p className="row"><span className="sub">It has {count(text.length)} characters; the first 20,000 are shown.</span><Button small onClick={() => setWhole(true)}>{text.length > shownMax ? `Show ${count(shownMax)}` : "Show all"}</Button></p>}</>}
        <p className="sub">Same record: <code>braid consume {sh(topic)} --partition {r.partition} --from {r.offset} --limit 1</code></p>
      </div>
    </Panel>
  );
}
// What Kafka counts in milliseconds and bytes, as people say it.
function plainly(name: string, value: string): string {
  const n = Number(value);
  if (value === "" || !Number.isFinite(n)) return "";
  if (n === -1 && /retention/.test(name)) return "no limit";
  if (n >= 9e18) return "never";
  if (/\.ms$/.test(name) && n >= 1000) return n % 86_400_000 === 0 ? plural(n / 86_400_000, "day") : n % 3_600_000 === 0 ? plural(n / 3_600_000, "hour") : n % 60_000 === 0 ? plural(n / 60_000, "minute") : `${count(n / 1000)} s`;
  return /bytes$/.test(name) && n >= 1024 ? sizeOf(n) : "";
}
function Rail({ topic, domain, product }: { topic: TopicInFull; domain: string | null; product: string | undefined }) {
  const readers = useOptional(groups());
  const here = (readers.data ?? []).filter((g) => g.topics.includes(topic.name));
  const [all, setAll] = useState(false);
  const settings = Object.entries(topic.configs), main = settings.filter(([k]) => /^(cleanup.policy|retention\.|max.message.bytes|segment.bytes|flush.policy)/.test(k));
  return (
    <aside className="col g4" aria-label="About the topic">
      <Panel title="Partitions" id="partitions" flush><div className="scrollx"><table aria-label="Partitions"><thead><tr><th scope="col">Partition</th><th scope="col" className="num">First</th><th scope="col" className="num">Next</th><th scope="col" className="num">Records</th></tr></thead><tbody>{topic.bounds.slice(0, 64).map((b) => <tr key={b.partition}><td>{b.partition}</td><td className="num">{count(b.earliest)}</td><td className="num">{count(b.end)}</td><td className="num">{count(b.end - b.earliest)}</td></tr>)}</tbody></table></div>{topic.bounds.length > 64 && <div className="tfoot">The first 64 of {topic.bounds.length}.</div>}</Panel>
      <Panel title="Read by" id="readby">{!readers.offered ? <Empty>This node does not list groups.</Empty> : here.length === 0 ? <Empty>No group has committed an offset here.</Empty> : <ul className="list">{here.map((g) => <li key={g.group} className="row"><Link className="b" to={`/operations/groups/${encodeURIComponent(g.group)}`}><Name most={26}>{g.internal ? g.group.replace(/^.*_query_/, "") : g.group}</Name></Link><span className="right sub nowrap">{g.lag === null ? "" : `${count(g.lag)} behind`}</span></li>)}</ul>}</Panel>
      <Panel title="Schema" id="schema"><div className="pad">{[topic.key_schema, topic.value_schema].some(Boolean) ? <KeyValue rows={[topic.key_schema && ["Key", <Link key="k" to={`/operations/schemas/${encodeURIComponent(topic.key_schema.subject)}`}>{topic.key_schema.subject} v{topic.key_schema.version}</Link>], topic.value_schema && ["Value", <Link key="v" to={`/operations/schemas/${encodeURIComponent(topic.value_schema.subject)}`}><Name most={40}>{topic.value_schema.subject}</Name> v{topic.value_schema.version}</Link>]]} /> : <p className="muted">No schema is registered: records are shown as what they look like.</p>}</div></Panel>
      <Panel title="Contract" id="contract" sub={topic.contract && gateOn(topic.contract) ? "checked at write" : undefined}><ContractGate topic={topic.name} contract={topic.contract} domain={domain} product={product} /></Panel>
      <Panel title="Settings" id="settings" actions={<Button small kind="quiet" onClick={() => setAll(!all)}>{all ? "The main ones" : `All ${settings.length}`}</Button>}><div className="pad"><KeyValue rows={(all ? settings : main).map(([k, v]) => [<code key="k">{k}</code>, <span key="v"><span className="mono">{v === "" ? <span className="dim">not set</span> : v}</span>{plainly(k, v) && <span className="dim"> {plainly(k, v)}</span>}</span>])} /></div></Panel>
    </aside>
  );
}
