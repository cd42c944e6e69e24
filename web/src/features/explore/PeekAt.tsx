// The detail beside the list: enough to decide whether to open it.
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, SquareTerminal } from "lucide-react";
import { ask, call, kindOf, placeOf, productByName, productList, productProfile, question, restOf, schemaVersions, topicByName, useTopicRate, wordOf } from "../../api";
import type { RunningQuery } from "../../api/contract";
import type { SearchResult } from "../../api/schema";
import { Distribution, DomainName, Mark, fieldsOf, flat, rangeWords, useOptional, type Standing, schemaKind } from "../../parts";
import { Chip, CodeBlock, KeyValue, LinkButton, Name, Note, ago, count, day, listing, rate } from "../../ui";

export function PeekAt({ result: r, standing }: { result: SearchResult; standing: Standing | undefined }) {
  const kind = kindOf(r.type);
  return (
    <div className="panel">
      <header className="peekh"><Mark domain={r.domain || null} large /><h2><Name most={30} mono={kind === "field" || kind === "query" || kind === "schema"}>{r.name}</Name></h2><div className="right"><LinkButton small to={placeOf(r)}>Open <ArrowRight className="i s" /></LinkButton></div></header>
      <div className="pad peekb">
        {r.description && <p className="muted anyw"><bdi>{r.description.slice(0, 400)}</bdi></p>}
        {standing?.state === "broken" && <Note kind="bad"><b className="b">{standing.broken[0]!.why.replace(/^./, (c) => c.toUpperCase()) || `${standing.broken[0]!.name} is broken`}</b>{standing.broken.length > 1 ? ` And ${standing.broken.length - 1} more.` : ""}</Note>}
        {kind === "product" ? <ProductPeek name={r.name} /> : kind === "topic" ? <TopicPeek name={r.name} domain={r.domain} /> : kind === "schema" ? <SchemaPeek subject={r.name} /> : kind === "query" ? <QueryPeek id={r.name} /> : kind === "field" ? <KeyValue rows={[["Field of", <code key="f">{restOf(r).split(":").slice(1).join(":").split(".").slice(0, -1).join(".")}</code>], r.domain ? ["Domain", <DomainName key="d" domain={r.domain} />] : null, r.format ? ["Format", r.format] : null]} /> : <KeyValue rows={[["Kind", wordOf(r.type)], r.domain ? ["Domain", <DomainName key="d" domain={r.domain} />] : null]} />}
        <p className="sub keysl"><kbd>↑</kbd> <kbd>↓</kbd> walk, <kbd>↵</kbd> open</p>
      </div>
    </div>
  );
}
function ProductPeek({ name }: { name: string }) {
  const p = useQuery(productByName(name)).data, profile = useOptional(productProfile(name)).data?.ports[0];
  const topic = p?.ports[0]?.topic ?? null, now = useTopicRate(topic);
  if (!p) return null;
  const schema = p.ports[0]?.value_schema, fields = schema ? flat(fieldsOf(schema.type, schema.schema)).filter((f) => f.depth === 0).slice(0, 6) : [];
  return (
    <>
      <KeyValue rows={[
        ["Owner", <span key="o"><DomainName domain={p.domain} />, {p.owner}</span>],
        now !== null || profile ? ["Rate", `${now !== null ? `${rate(now)}/s` : ""}${profile ? `${now !== null ? ", " : ""}${count(profile.records)} records${profile.since ? ` since ${day(profile.since)}` : ""}` : ""}`] : null,
        p.readers.length + p.consumers.length > 0 ? ["Read by", listing([...p.consumers.map((c) => c.name), ...p.readers.map((x) => x.name)], 3)] : ["Read by", <span key="n" className="muted">nobody yet</span>],
        p.tags.length ? ["Tags", <span key="t" className="row wrap">{p.tags.map((t) => <Link key={t} to={`/explore?tag=${encodeURIComponent(t)}`}><Chip>{t}</Chip></Link>)}</span>] : null,
      ]} />
      {fields.length > 0 && <><h3>Schema <span className="sub">v{schema!.version}, {schemaKind(schema!.type)}</span></h3><table className="pfields" aria-label="Fields"><tbody>{fields.map(({ field: f }) => { const m = profile?.fields.find((x) => x.in === "value" && x.path.toLowerCase() === f.path.toLowerCase()); return <tr key={f.path}><td className="mono"><Name most={16}>{f.name}</Name></td><td className="mono dim">{f.type}</td><td>{m && m.count > 0 && !profile?.values_hidden ? <Distribution field={m} width={84} /> : null}</td><td className="sub">{m ? rangeWords(m)[0] : ""}</td></tr>; })}</tbody></table></>}
      {topic && <Latest topic={topic} />}
      <div className="row wrap"><LinkButton to={`/create?of=${encodeURIComponent(topic ?? name)}`} icon={<SquareTerminal className="i s" />}>Query it</LinkButton></div>
    </>
  );
}
function Latest({ topic }: { topic: string }) {
  const r = useQuery(question(["records", topic, "latest"], () => ask("readRecords", { topic, from: "-1", limit: 1 }, undefined, { quiet: true }), { staleTime: 5_000 })).data?.records[0];
  if (!r) return null;
  const text = r.value_problem ? `cannot be decoded: ${r.value_problem}` : JSON.stringify(r.value, null, 2) ?? "null";
  return <><h3>Latest record <span className="sub">{ago(r.timestamp)}</span></h3><CodeBlock text={text.slice(0, 1200)} lang="json" copy={false} /></>;
}
function TopicPeek({ name, domain }: { name: string; domain: string }) {
  const t = useQuery(topicByName(name)).data, now = useTopicRate(name), product = useQuery(productList()).data?.products.find((p) => p.ports.some((x) => x.topic === name));
  return <>{t && <KeyValue rows={[["Domain", <DomainName key="d" domain={domain || null} />], ["Partitions", count(t.partitions)], ["Records", count(t.records)], now !== null ? ["Rate", `${rate(now)}/s`] : null, ["Schema", t.value_schema ? <code key="s">{t.value_schema.subject}</code> : "none"]]} />}<Latest topic={name} /><div className="row">{product ? <LinkButton to={`/products/${encodeURIComponent(product.name)}`}>See the product {product.name.length < 30 ? product.name : ""}</LinkButton> : <LinkButton to={`/publish/${encodeURIComponent(name)}`}>Make it a product</LinkButton>}</div></>;
}
function SchemaPeek({ subject }: { subject: string }) {
  const s = useOptional(schemaVersions(subject)).data, last = s?.versions[s.versions.length - 1];
  return s && last ? <><KeyValue rows={[["Versions", count(s.versions.length)], ["Compatibility", s.compatibility], ["Type", last.type]]} /><table className="pfields" aria-label="Fields"><tbody>{flat(fieldsOf(last.type, last.schema)).slice(0, 14).map(({ field: f }) => <tr key={f.path}><td className="mono">{f.path}</td><td className="mono dim">{f.type}</td></tr>)}</tbody></table></> : null;
}
function QueryPeek({ id }: { id: string }) {
  const q = useOptional(question(["queries", id], (signal) => call<RunningQuery>("GET", `/api/v1/queries/${encodeURIComponent(id)}`, { signal }))).data;
  return q ? <><KeyValue rows={[["State", q.state], ["Reads", listing(q.reads)], q.writes ? ["Writes", q.writes] : null, ["Errors", count(q.errors)]]} /><CodeBlock text={q.statement} lang="sql" wrap /></> : null;
}
