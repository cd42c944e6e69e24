// /audit and /audit/:entry: everything that happened, filtered, with before and after.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, Route, Routes, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download, Search, Server } from "lucide-react";
import { address, domainList, peopleList, sh, useSameAs } from "../../api";
import type { AuditEntry } from "../../api/schema";
import { Mark, PageHead, Show, useTitle } from "../../parts";
import { Bars, Behind, Button, Chip, CodeBlock, CopyButton, Empty, KeyValue, Live, Loading, Name, Seg, Status, clock, count, day, moment, plural, shortTime, useKeys } from "../../ui";
import { ErrorOf } from "../../parts";
import { auditEntry, auditPage, differences, filterOf, given, verbOf, type Filter, type Page } from "./questions";

export function Component() {
  return <Routes><Route path="/" element={<Audit />} /><Route path=":entry" element={<Audit />} /></Routes>;
}
const kinds = ["product", "consumer", "query", "topic", "schema", "domain", "team", "person", "tag", "group"];
function Audit() {
  useTitle("Audit");
  const { entry } = useParams();
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const filter = filterOf(search), key = JSON.stringify(filter);
  const people = useQuery(peopleList()).data ?? [], domains = useQuery(domainList()).data ?? [];
  const [words, setWords] = useState(filter.q);
  const put = (change: Partial<Filter>, replace = false) => setSearch((o) => { const n = new URLSearchParams(o); for (const [k, v] of Object.entries(change)) if (v) n.set(k, v); else n.delete(k); return n; }, { replace });
  useEffect(() => { if (words === filter.q) return; const t = setTimeout(() => put({ q: words }, true), 250); return () => clearTimeout(t); }, [words]);   // eslint-disable-line react-hooks/exhaustive-deps
  const pages = useInfiniteQuery({ queryKey: ["audit", key], queryFn: ({ pageParam, signal }): Promise<Page> => auditPage(filter, pageParam, signal), initialPageParam: null as number | null, getNextPageParam: (last) => last.next, placeholderData: (o) => o, staleTime: 3_000 });
  const entries = useMemo(() => pages.data?.pages.flatMap((p) => p.entries) ?? [], [pages.data]);
  const total = pages.data?.pages[0]?.total ?? 0;
  const chosen = entry ?? entries[0]?.id ?? null;
  const flags = Object.entries(given(filter)).filter(([k]) => k !== "q").map(([k, v]) => ` --${k} ${sh(String(v))}`).join("");
  useSameAs({ command: `braid audit${filter.q ? ` ${filter.q.split(/\s+/).map(sh).join(" ")}` : ""}${flags}`, http: { method: "GET", path: address("/api/v1/audit", given(filter)) } });
  const peek = useRef<HTMLDivElement>(null);
  const open = (id: string, replace: boolean) => { go(id, replace); if (matchMedia("(max-width: 1180px)").matches) requestAnimationFrame(() => peek.current?.scrollIntoView({ block: "start" })); };
  const go = (id: string, replace: boolean) => navigate({ pathname: `/audit/${encodeURIComponent(id)}`, search: search.toString() }, { replace, preventScrollReset: true });
  const list = useRef<HTMLDivElement>(null);
  const walk = (by: number) => { const i = Math.max(0, Math.min(entries.length - 1, entries.findIndex((e) => e.id === chosen) + by)); const to = entries[i]; if (to) { go(to.id, true); requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(to.id)}"]`)?.focus()); } };
  useKeys({ j: () => walk(1), k: () => walk(-1) });
  const full = new Map(people.map((p) => [p.name, p]));
  const choice = (label: string, k: keyof Filter, any: string, options: [string, string][]) => <select className="in wsel" aria-label={label} value={filter[k]} onChange={(e) => put({ [k]: e.target.value })}><option value="">{any}</option>{filter[k] && !options.some(([v]) => v === filter[k]) && <option value={filter[k]}>{filter[k]}</option>}{options.map(([v, w]) => <option key={v} value={v}>{w}</option>)}</select>;
  let lastDay = "";
  return (
    <>
      <PageHead title="Audit" facts={<>Everything that happened, from the log itself{total > 0 ? <>: <b>{count(total)}</b> {total === 1 ? "entry" : "entries"}{pages.data?.pages[0]?.complete === false ? " at least" : ""}{Object.keys(given(filter)).length ? " that fit" : ""}</> : null}.</>} actions={<><Live /><Button icon={<Download className="i s" />} why={entries.length === 0 ? "There is nothing to export." : ""} onClick={() => exportAs(entries)}>Export</Button></>} />
      <div className="abar">
        <label className="tfilter"><Search className="i s" /><input className="in" type="search" data-filter placeholder="Who, what, or which product" aria-label="Words in the audit" value={words} onChange={(e) => setWords(e.target.value)} /></label>
        {choice("Who", "who", "Anyone", people.map((p) => [p.name, p.full_name || p.name]))}{choice("Domain", "domain", "Any domain", domains.map((d) => [d.name, d.title || d.name]))}{choice("Kind", "kind", "All kinds", kinds.map((k) => [k, k.charAt(0).toUpperCase() + k.slice(1)]))}{choice("Since", "since", "Always", [["1h", "Last hour"], ["24h", "Last day"], ["7d", "Last 7 days"], ["30d", "Last 30 days"]])}
        <Seg label="Outcome" value={filter.outcome} onChange={(outcome) => put({ outcome })} options={[{ value: "", label: "All" }, { value: "done", label: "Done" }, { value: "refused", label: "Refused" }]} />
        {filter.subject && <span className="row"><Chip kind="acc">about <Name most={30}>{filter.subject}</Name></Chip><button type="button" className="lnk" onClick={() => put({ subject: "" })}>all</button></span>}
        <Histogram entries={entries} />
      </div>
      <div className="home withrail arail">
        <section className="panel flush" aria-label="Entries">
          {pages.error && entries.length === 0 ? <div className="pad"><ErrorOf error={pages.error} retry={() => void pages.refetch()} /></div> : pages.isPending ? <Loading rows={8} /> : entries.length === 0 ? <Empty action={Object.keys(given(filter)).length ? <Button onClick={() => { setWords(""); setSearch({}); }}>Show everything</Button> : undefined}>{Object.keys(given(filter)).length ? "Nothing that happened fits this." : "Nothing has happened yet."}</Empty> : (
            <div className="scrollx" ref={list}><table className="atable" aria-label="Audit entries"><thead><tr><th scope="col">Time, UTC</th><th scope="col">Who</th><th scope="col">Did</th><th scope="col" className="hide-n">What</th><th scope="col" className="hide-n">From</th></tr></thead>
              <tbody>{entries.flatMap((e) => {
                const d = day(e.at), head = d !== lastDay;
                lastDay = d;
                const person = full.get(e.who), on = e.id === chosen;
                return [head && <tr key={`d${d}`} className="dayrow"><td colSpan={5}>{shortTime(e.at).includes(":") ? `Today, ${d}` : shortTime(e.at) === "yesterday" ? `Yesterday, ${d}` : d}</td></tr>,
                  <tr key={e.id} data-id={e.id} className="can" aria-selected={on} tabIndex={on ? 0 : -1} onClick={() => open(e.id, entry !== undefined)} onKeyDown={(k) => { if (k.key === "ArrowDown" || k.key === "ArrowUp") { k.preventDefault(); walk(k.key === "ArrowDown" ? 1 : -1); } else if (k.key === "Enter") open(e.id, false); }}>
                    <td className="mono dim nowrap">{clock(e.at)}</td><td className="nowrap"><span className="dom">{person || e.acting_as ? <Mark domain={e.acting_as || person?.domains[0]} /> : <Server className="i xs dim" />}<Name most={22}>{person?.full_name || e.who || "node"}</Name></span></td>
                    <td className="nowrap">{e.outcome === "refused" ? <Status state="refused">Refused</Status> : <b className="b">{verbOf(e.what)}</b>}<span className="only-n sub blk cut"><bdi>{e.kind} {e.subject}</bdi></span></td><td className="cutcell hide-n"><bdi>{e.outcome === "refused" ? e.message : `${e.kind} ${e.subject}`}</bdi></td><td className="mono dim cutcell small hide-n"><bdi>{e.client}</bdi></td></tr>];
              })}</tbody></table></div>
          )}
          {entries.length > 0 && <div className="tfoot"><span>{count(entries.length)} of {plural(total, "entry", "entries")}</span>{pages.hasNextPage && <button type="button" className="lnk" onClick={() => void pages.fetchNextPage()}>{pages.isFetchingNextPage ? "Reading older ones" : "Older ones"}</button>}<span className="right hide-n"><kbd>J</kbd> <kbd>K</kbd> walk</span></div>}
        </section>
        <div ref={peek}>{chosen ? <Entry id={chosen} known={entries.find((e) => e.id === chosen)} name={(n) => full.get(n)?.full_name || n} /> : null}</div>
      </div>
    </>
  );
}
function Entry({ id, known, name }: { id: string; known: AuditEntry | undefined; name: (who: string) => string }) {
  const q = useQuery(auditEntry(id));
  const [whole, setWhole] = useState(false);
  const draw = (e: AuditEntry) => {
    const lines = differences(e.before, e.after, whole), hidden = differences(e.before, e.after, true).length > lines.length;
    const sql = e.after && typeof e.after === "object" ? (e.after as { statement?: unknown }).statement : null;
    const to = e.kind === "product" || e.kind === "consumer" ? `/products/${encodeURIComponent(e.subject.split("/")[0] ?? e.subject)}` : e.kind === "query" ? `/operations/queries/${encodeURIComponent(e.subject)}` : e.kind === "topic" ? `/operations/topics/${encodeURIComponent(e.subject)}` : e.kind === "schema" ? `/operations/schemas/${encodeURIComponent(e.subject)}` : null;
    return (
      <>
        <header><h2 className="cut">{e.outcome === "refused" ? "Refused: " : ""}{verbOf(e.what)} <Name most={32}>{e.subject}</Name></h2><span className="right"><Chip>{e.sequence !== undefined ? count(e.sequence) : e.kind}</Chip></span></header>
        <div className="pad col g3">
          {e.message && <p><bdi>{e.message}</bdi></p>}
          <KeyValue rows={[["Who", <span key="w" className="dom"><Mark domain={e.acting_as} /><span><Name most={40}>{name(e.who) || "node"}</Name>{e.acting_as && <span className="muted">, {e.acting_as}</span>}</span></span>], ["When", `${moment(e.at)}`], ["Outcome", e.outcome === "refused" ? <Status key="o" state="refused">Refused</Status> : <Status key="o" state="done">Done</Status>], ["About", to ? <Link key="a" to={to}>{e.kind} <Name most={40}>{e.subject}</Name></Link> : <span key="a">{e.kind} <Name most={40}>{e.subject}</Name></span>], e.domain !== "" && ["Domain", <span key="d" className="dom"><Mark domain={e.domain} />{e.domain}</span>], e.client !== "" && ["Where from", <bdi key="c" className="mono">{e.client}</bdi>], ["Entry", <code key="i">{e.id}</code>]]} />
          {typeof sql === "string" ? <div><div className="lab lb">Statement</div><CodeBlock text={sql} lang="sql" wrap /></div> : (
            <div><div className="row lb"><span className="lab">Before and after</span>{hidden || whole ? <span className="right"><Seg label="Differences as" value={whole ? "whole" : "changed"} onChange={(v) => setWhole(v === "whole")} options={[{ value: "changed", label: "Changed" }, { value: "whole", label: "Whole" }]} /></span> : null}</div>
              {lines.length === 0 ? <p className="muted">{e.outcome === "refused" ? "Nothing changed." : "No field changed."}</p> : <div className="diff">{lines.map((l, i) => <div key={i} className={l.kind === "same" ? "muted" : l.kind}><span className="vh">{l.kind === "add" ? "after: " : l.kind === "del" ? "before: " : ""}</span><span aria-hidden="true">{l.kind === "add" ? "+ " : l.kind === "del" ? "- " : "  "}</span><bdi>{l.text}</bdi></div>)}</div>}</div>
          )}
          <div className="row wrap"><CopyButton text={JSON.stringify(e, null, 2)}>Copy as JSON</CopyButton><Link className="btn sm quiet" to={`/audit?subject=${encodeURIComponent(e.subject)}`}>Everything about it</Link></div>
        </div>
      </>
    );
  };
  return <aside className="panel peek" aria-label="Entry">{q.data ? draw(q.data) : known ? draw(known) : <Show of={q} rows={4}>{draw}</Show>}</aside>;
}
// Entries per part of the time that is shown: of what was read, so it says so.
function Histogram({ entries }: { entries: AuditEntry[] }) {
  if (entries.length < 3) return null;
  const times = entries.map((e) => new Date(e.at).getTime()), to = Date.now(), from = Math.min(...times), n = 36, bins = Array.from({ length: n }, (_, i) => ({ label: shortTime(from + ((to - from) * i) / n), count: 0 }));
  for (const t of times) bins[Math.min(n - 1, Math.floor(((t - from) / Math.max(1, to - from)) * n))]!.count++;
  return <Behind className="right row abars hide-n" label="When it happened" button={false} table={() => ({ head: ["From", "Entries"], num: [1], rows: bins.filter((b) => b.count > 0).map((b) => [b.label, count(b.count)]) })}><span className="tiny dim">{shortTime(from)}</span><Bars bars={bins} width={216} height={26} label={`When the ${entries.length} entries shown happened, from ${moment(from)} to now`} /><span className="tiny dim">now</span></Behind>;
}
function exportAs(entries: AuditEntry[]) {
  const url = URL.createObjectURL(new Blob([entries.map((e) => JSON.stringify(e)).join("\n") + "\n"], { type: "application/x-ndjson" })), a = document.createElement("a");
  a.href = url;
  a.download = `audit-${new Date().toISOString().slice(0, 19).replace(/:/g, "")}.ndjson`;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
