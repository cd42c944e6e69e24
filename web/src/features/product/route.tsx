// A product: what it is, who owns it, does it keep its promises, what a record looks like, how I read it. One long page.
import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useNavigate, useParams, useSearchParams, type LoaderFunctionArgs } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { Archive, ChevronRight, CircleArrowUp, Copy, Ellipsis, GitCompareArrows, Pencil, SquareTerminal, Trash2 } from "lucide-react";
import { productByName, productHistory, productProfile, sh, useMay, useSameAs, warm, ApiError } from "../../api";
import type { Product } from "../../api/schema";
import { DomainName, ErrorOf, Mark, ProductDialogs, useAwayReason, type Doing, fieldsOf, flat, promiseTable, promiseView, useOptional, useTitle } from "../../parts";
import { Behind, Chip, Empty, IconButton, LinkButton, Loading, Menu, Name, Note, PromiseCell, Seg, copyText, day, plural, toast } from "../../ui";
import { Consumers } from "./Consumers";
import { Fields } from "./Fields";
import { LineagePanel } from "./LineagePanel";
import { Contract, Docs, History, Owner, Ports, ReadIt } from "./Rail";
import { Sample } from "./Sample";

// /products/users or /products/users@1.0.0
export function parseName(param: string): { name: string; version: string | null } {
  const m = /^(.+)@(\d+\.\d+\.\d+[\w.+-]*)$/.exec(param);
  return m ? { name: m[1]!, version: m[2]! } : { name: param, version: null };
}
export const loader = ({ params }: LoaderFunctionArgs) => { const { name } = parseName(params.name ?? ""); return warm(productByName(name), productProfile(name)); };

export function Component() {
  const { name, version } = parseName(useParams().name ?? "");
  useTitle(name);
  useSameAs({ command: `braid products show ${sh(name)}`, http: { method: "GET", path: `/api/v1/products/${encodeURIComponent(name)}` } });
  const product = useQuery(productByName(name));
  if (product.data) return <ProductPage key={product.data.name} product={product.data} asked={version} error={product.error} />;
  if (product.error) {
    const gone = product.error instanceof ApiError && product.error.status === 404;
    const near = gone ? /Did you mean '([^']+)'/i.exec((product.error as ApiError).hint)?.[1] : undefined;
    return <><div className="lead"><h1><Name>{name}</Name></h1></div><ErrorOf error={product.error} retry={() => void product.refetch()} actions={gone ? <>{near && <LinkButton small kind="pri" to={`/products/${encodeURIComponent(near)}`}>Open <Name most={40}>{near}</Name></LinkButton>}<LinkButton small to={`/explore?q=${encodeURIComponent(name)}`}>Look for what is close to it</LinkButton></> : undefined} />{gone && <GoneHistory product={name} />}</>;
  }
  return <Loading rows={8} what={`Reading ${name}.`} />;
}

// What once was has a history; what never was has none, and saying so twice helps nobody.
function GoneHistory({ product }: { product: string }) {
  const known = useQuery(productHistory(product)).data;
  return known && known.events.length > 0 ? <div className="narrowpanel goneh"><History product={product} /></div> : null;
}
const sections = [["sample", "Live sample"], ["fields", "Fields and profile"], ["lineage", "Lineage"], ["consumers", "Consumers"], ["docs", "Documentation"], ["contract", "Contract"], ["history", "History"]] as const;
function ProductPage({ product: p, asked, error }: { product: Product; asked: string | null; error: Error | null }) {
  const may = useMay(p.domain, p.name);
  const [portName, setPort] = useState(p.ports[0]?.name ?? "");
  const port = p.ports.find((x) => x.name === portName) ?? p.ports[0];
  const profile = useOptional(productProfile(p.name));
  const history = useQuery(productHistory(p.name)).data;
  const measured = profile.data?.ports.find((x) => x.topic === port?.topic) ?? profile.data?.ports[0];
  const promises = measured?.promises ?? [], known = promises.filter((x) => x.state !== "unknown"), kept = known.filter((x) => x.state === "kept" || x.state === "close");
  const fields = useMemo(() => (port?.value_schema ? fieldsOf(port.value_schema.type, port.value_schema.schema) : []), [port]);
  const columns = useMemo(() => flat(fields).filter((f) => f.depth === 0).map((f) => f.field.name), [fields]);
  const old = asked && asked !== p.version ? history?.events.find((e) => (e.after as { version?: string }).version === asked) : null;
  const at = usePlace(), go = useNavigate();
  const [search, setSearch] = useSearchParams(), away = useAwayReason();
  const doing = search.get("do") as Doing | null, doings: readonly string[] = ["change", "version", "deprecate", "retire", "remove"];
  const act = (what: Doing | null) => setSearch((o) => { const n = new URLSearchParams(o); if (what) n.set("do", what); else n.delete("do"); return n; }, { replace: what === null, preventScrollReset: true });
  const mayNot = away || (may.may ? undefined : may.why || "You act as nobody.");
  const query = `/create?of=${encodeURIComponent(port?.topic ?? p.name)}`;
  return (
    <>
      <nav className="crumb" aria-label="Where you are"><Link to="/explore">Explore</Link><ChevronRight className="i xs" /><Link to={`/explore?domain=${encodeURIComponent(p.domain)}`}><DomainName domain={p.domain} /></Link></nav>
      <div className="phead">
        <div><h1><Mark domain={p.domain} large /><span className="pname"><Name most={60}>{p.name}</Name></span><span className="row wrap chips">{p.state === "published" ? <Chip kind="acc">Published</Chip> : <Chip kind={p.state === "draft" ? "line" : undefined}>{p.state === "deprecated" && p.deprecation ? `Deprecated until ${day(p.deprecation.sunset)}` : p.state.replace(/^./, (c) => c.toUpperCase())}</Chip>}<Chip>{p.version}</Chip><Chip>{p.quality.replace(/^./, (c) => c.toUpperCase())}</Chip><Chip>{p.sla.replace("tier-", "Tier ")}</Chip></span></h1></div>
        <div className="row acts"><LinkButton kind="pri" to={query} icon={<SquareTerminal className="i s" />}>Query it</LinkButton>
          <Menu label="More" trigger={<IconButton label="More" className="btn square"><Ellipsis className="i" /></IconButton>} items={[
            { label: "Change", icon: <Pencil className="i s" />, onSelect: () => act("change"), why: mayNot },
            p.state !== "draft" && { label: "New version", icon: <CircleArrowUp className="i s" />, onSelect: () => act("version"), why: mayNot },
            p.state === "published" && { label: "Deprecate", icon: <Archive className="i s" />, onSelect: () => act("deprecate"), why: mayNot },
            p.state === "deprecated" && { label: "Retire", icon: <Archive className="i s" />, onSelect: () => act("retire"), why: mayNot },
            { label: "Remove", icon: <Trash2 className="i s" />, danger: true, onSelect: () => act("remove"), why: mayNot },
            "line",
            { label: "What depends on it", icon: <GitCompareArrows className="i s" />, onSelect: () => go("#lineage") },
            { label: "Copy the command", icon: <Copy className="i s" />, onSelect: () => void copyText(`braid products show ${sh(p.name)}`).then(() => toast("Command copied.")) },
          ]} /></div>
        <p className="pdesc"><bdi>{p.description || "No description yet."}</bdi></p>
      </div>
      {error && <ErrorOf error={error} />}
      {asked && asked !== p.version && <div className="gapb"><Note kind="acc">{old ? <>You asked for version {asked}, published {day(old.at)}. What follows is {p.version}; <a href="#history">History</a> says what has changed since.</> : <>There is no version {asked}. This is {p.version}.</>}</Note></div>}
      {p.state === "deprecated" && p.deprecation && <div className="gapb"><Note kind="warn">It goes on working until {day(p.deprecation.sunset)}{p.sunset_over ? ", which has passed" : ""}. {p.deprecation.notice} {p.deprecation.replaced_by && <>Use <Link to={`/products/${encodeURIComponent(p.deprecation.replaced_by)}`}>{p.deprecation.replaced_by}</Link> instead.</>}</Note></div>}
      <div className="row subhead"><h2>Promised and measured</h2><span className="sub">{!profile.offered ? "this node does not measure promises" : promises.length === 0 ? (profile.loading ? "" : `${p.sla.replace("tier-", "Tier ")} promises nothing that is measured`) : `${kept.length} of ${known.length} measurable promises kept${known.length < promises.length ? `; ${plural(promises.length - known.length, "promise")} cannot be measured yet` : ""}`}</span>{promises.length > 0 && <span className="right sub cellsl"><i className="k" />kept <i className="w" />close <i className="b" />broken</span>}</div>
      {promises.length > 0 && <Behind label="Promises and what was measured" className="behindp" table={() => promiseTable(promises)}><div className={`promises n${Math.min(6, promises.length)}`}>{promises.map((x) => <PromiseCell key={`${x.name}:${x.field ?? ""}`} p={promiseView(x)} />)}</div></Behind>}
      <nav className="tabs subnav" aria-label="On this page">{sections.map(([id, word]) => <a key={id} href={`#${id}`} aria-current={at === id ? "true" : undefined}>{word}{id === "consumers" && p.consumers.length + p.readers.length > 0 ? ` ${p.consumers.length + p.readers.length}` : ""}</a>)}</nav>
      {p.ports.length > 1 && <div className="gapb"><Seg label="Port" value={port?.name ?? ""} onChange={setPort} options={p.ports.slice(0, 6).map((x) => ({ value: x.name, label: x.name }))} /></div>}
      <div className="prod">
        <div className="pmain">
          {port?.topic ? <Sample key={port.topic} topic={port.topic} fields={fields} keyFields={[]} /> : <section className="panel" id="sample"><Empty>It has no port to read from yet.</Empty></section>}
          {port && <Fields product={p.name} port={port} />}
          {port && <LineagePanel product={p.name} topic={port.topic} columns={columns} />}
          <Consumers product={p} />
        </div>
        <div className="side">{port && <ReadIt port={port} />}<Owner product={p} /><Docs product={p} /><Contract product={p} topic={port?.topic ?? null} /><Ports product={p} /><History product={p.name} /></div>
      </div>
      {doing && doings.includes(doing) && <ProductDialogs doing={doing} product={p.name} onClose={() => act(null)} onGone={() => go("/explore")} />}
    </>
  );
}
// Which section is read now: the tabs follow.
function usePlace(): string {
  const [at, setAt] = useState("sample");
  const hash = useLocation().hash;
  useEffect(() => { if (hash) requestAnimationFrame(() => document.getElementById(hash.slice(1))?.scrollIntoView()); }, [hash]);
  useEffect(() => {
    const see = () => {
      let now = "sample";
      for (const [id] of sections) { const e = document.getElementById(id); if (e && e.getBoundingClientRect().top < 200 && !e.closest(".side")) now = id; }
      setAt(now);
    };
    addEventListener("scroll", see, { passive: true });
    return () => removeEventListener("scroll", see);
  }, []);
  return at;
}
