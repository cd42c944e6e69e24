// The rail of a product: how to read it, whom to ask, contract, ports, documentation, versions, history.
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { Mail, ScrollText } from "lucide-react";
import { call, peopleList, productHistory, question, teamList, topicByName } from "../../api";
import type { SqlWords } from "../../api/contract";
import type { Product } from "../../api/schema";
import { Avatar, ContractGate, DomainName, Show, useLogin, changes, happened, useOptional, schemaKind } from "../../parts";
import { Button, Chip, CodeBlock, CopyButton, Dialog, Empty, KeyValue, Markdown, Name, Tabs, count, moment, shortTime } from "../../ui";
import { contractText } from "./contract_text";
import type { Port } from "./port";
import { snippets } from "./snippets";

export function ReadIt({ port }: { port: Port }) {
  const [params, setParams] = useSearchParams();
  const words = useOptional(question(["sql", "words"], (signal) => call<SqlWords>("GET", "/api/v1/sql/words", { signal }), { staleTime: 60_000 })).data;
  const login = useLogin();
  const source = words?.sources.find((s) => s.topic === port.topic) ?? null;
  const all = useMemo(() => snippets(port, window.location.origin, source ? { stream: source.name, kind: source.kind } : null, login.required ? login.user ?? "USER" : null), [port, source, login.required, login.user]);
  const value = all.some((s) => s.key === params.get("read")) ? params.get("read")! : "kcat";
  const now = all.find((s) => s.key === value)!;
  return (
    <section className="panel" id="read" aria-labelledby="read-h">
      <header><h2 id="read-h">Read it</h2><div className="right"><CopyButton text={now.text}>Copy</CopyButton></div></header>
      <div className="pad"><Tabs label="Read it with" look="seg" value={value} onChange={(v) => setParams((o) => { const n = new URLSearchParams(o); n.set("read", v); return n; }, { replace: true, preventScrollReset: true })} tabs={all.map((s) => ({ value: s.key, label: s.label, content: <><CodeBlock text={s.text} lang={s.lang} copy={false} label={`Read it with ${s.label}`} className="snippet" />{s.note && <p className="sub pad2">{s.note}</p>}</> }))} /></div>
    </section>
  );
}
export function Owner({ product }: { product: Product }) {
  const people = useQuery(peopleList()).data ?? [], team = useQuery(teamList()).data?.find((t) => t.name === product.owner);
  const members = people.filter((p) => p.teams.includes(product.owner));
  return (
    <section className="panel" id="owner" aria-labelledby="owner-h">
      <header><h2 id="owner-h">Owner</h2><span className="row"><DomainName domain={product.domain} /><span className="muted">{product.owner}</span></span></header>
      {team?.description && <p className="sub padx">{team.description}</p>}
      {members.length === 0 ? <Empty>Nobody is in {product.owner} yet.</Empty> : <ul className="list">{members.slice(0, 5).map((p) => <li key={p.name} className="contact"><Avatar name={p.full_name || p.name} domain={product.domain} large /><div className="b"><Name most={26}>{p.full_name || p.name}</Name>{p.service && <span className="sub"> service</span>}</div>{p.email && <a className="btn sm quiet" href={`mailto:${p.email}?subject=${encodeURIComponent(product.name)}`}><Mail className="i s" />Write</a>}</li>)}{members.length > 5 && <li className="sub">and {members.length - 5} more</li>}</ul>}
    </section>
  );
}
export function Ports({ product }: { product: Product }) {
  return (
    <section className="panel" id="ports" aria-labelledby="ports-h">
      <header><h2 id="ports-h">Ports</h2></header>
      <div className="pad stackl">{product.ports.map((p) => (
        <KeyValue key={p.name} rows={[
          [p.kind === "table" ? "Table" : "Topic", <Link key="t" className="mono" to={`/operations/topics/${encodeURIComponent(p.topic)}`}><Name most={34}>{p.topic || p.table}</Name></Link>],
          p.description ? ["For", p.description] : null,
          p.value_schema ? ["Schema", <span key="s"><Link className="mono" to={`/operations/schemas/${encodeURIComponent(p.value_schema.subject)}`}><Name most={30}>{p.value_schema.subject}</Name></Link> v{p.value_schema.version}, id {p.value_schema.id}, {schemaKind(p.value_schema.type)}</span>] : ["Schema", <span key="s" className="muted">none registered</span>],
          ["Kafka", <code key="k">{p.bootstrap}</code>], ["HTTP", <code key="h">{p.records_url.replace(window.location.origin, "")}</code>],
        ]} />
      ))}{product.ports.length === 0 && <p className="muted">No port yet.</p>}
        {product.tags.length > 0 && <KeyValue rows={[["Tags", <span key="t" className="row wrap">{product.tags.map((t) => <Link key={t} to={`/explore?tag=${encodeURIComponent(t)}`}><Chip><Name most={24}>{t}</Name></Chip></Link>)}</span>]]} />}</div>
    </section>
  );
}
export function Docs({ product }: { product: Product }) {
  const [open, setOpen] = useState(false);
  const text = product.documentation, words = text.split(/\s+/).filter(Boolean).length, long = words > 90;
  return (
    <section className="panel" id="docs" aria-labelledby="docs-h">
      <header><h2 id="docs-h">Documentation</h2>{long && <div className="right"><Button small kind="quiet" onClick={() => setOpen(true)}>Read all, {count(words)} words</Button></div>}</header>
      {text.trim() ? <div className={`pad${long ? " fadeout" : ""}`}><Markdown text={text} /></div> : <Empty>Not documented yet. {product.owner} knows.</Empty>}
      <Dialog open={open} onClose={() => setOpen(false)} className="dialog wide" title={<>Documentation of <Name most={40}>{product.name}</Name></>}><Markdown text={text} /><div /></Dialog>
    </section>
  );
}
export function Contract({ product, topic }: { product: Product; topic: string | null }) {
  const [open, setOpen] = useState(false);
  const text = useMemo(() => contractText(product), [product]);
  const found = useQuery({ ...topicByName(topic ?? ""), enabled: Boolean(topic), refetchInterval: 5_000 });
  return (
    <section className="panel" id="contract" aria-labelledby="contract-h">
      <header><h2 id="contract-h">Contract</h2><span className="sub">ODCS 3.1, version {product.version}</span><div className="right"><Button small kind="quiet" icon={<ScrollText className="i s" />} onClick={() => setOpen(true)}>Full text</Button></div></header>
      {product.deprecation && <div className="pad"><KeyValue rows={[["Ends", moment(product.deprecation.sunset)]]} /></div>}
      {topic && <Show of={found}>{(t) => <ContractGate topic={topic} contract={t.contract} domain={product.domain} product={product.name} />}</Show>}
      <Dialog open={open} onClose={() => setOpen(false)} className="dialog wide" title="Contract" footer={<CopyButton text={text}>Copy</CopyButton>}><p className="muted">Made from what the product says and its registered schema, in the form of the Open Data Contract Standard.</p><CodeBlock text={text} label="Contract" /></Dialog>
    </section>
  );
}
export function History({ product }: { product: string }) {
  const [open, setOpen] = useState<number | null>(null);
  const [all, setAll] = useState(false);
  const history = useQuery(productHistory(product)), people = useQuery(peopleList()).data ?? [];
  const full = (name: string) => people.find((p) => p.name === name)?.full_name || name || "nobody";
  return (
    <section className="panel" id="history" aria-labelledby="history-h">
      <header><h2 id="history-h">History</h2><div className="right"><Link className="small" to={`/audit?q=${encodeURIComponent(product)}`}>Audit trail</Link></div></header>
      <Show of={history}>{(h) => (
        <ul className="list">{h.events.slice(0, all ? 400 : 6).map((e, i) => {
          const rows = changes(e.before, e.after).filter((c) => !["revision"].includes(c.field));
          return (
            <li key={e.offset ?? i} className="hist1">
              <button type="button" className="rowb wide" aria-expanded={open === i} onClick={() => setOpen(open === i ? null : i)}><span className="grow"><b className="b">{happened({ what: e.type, kind: e.kind, subject: e.subject, before: e.before, after: e.after })}</b><span className="sub blk">{full(e.by)}{e.acting_as && e.acting_as !== e.by && !e.acting_as.startsWith("@") ? ` as ${e.acting_as}` : ""}</span></span><time className="sub" dateTime={e.at} title={moment(e.at)}>{shortTime(e.at)}</time></button>
              {open === i && <div className="diff">{rows.length === 0 && <div className="muted">nothing to compare</div>}{rows.map((c) => [c.before !== null && <div key={`b${c.field}`} className="del">- {c.field}: {c.before}</div>, c.after !== null && <div key={`a${c.field}`} className="add">+ {c.field}: {c.after}</div>])}</div>}
            </li>
          );
        })}{!all && h.events.length > 6 && <li><button type="button" className="lnk" onClick={() => setAll(true)}>{h.events.length - 6} more</button></li>}</ul>
      )}</Show>
    </section>
  );
}
