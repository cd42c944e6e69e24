// Explore: what I can have, whether I typed wrong, why each result matched, whether it keeps its promises.
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams, type LoaderFunctionArgs } from "react-router-dom";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search, SlidersHorizontal } from "lucide-react";
import { ask, kindOf, kinds, placeOf, question, sh, typesOf, useSameAs, warm } from "../../api";
import type { SearchAnswer, SearchResult } from "../../api/schema";
import { ErrorOf, useStandings, useTitle } from "../../parts";
import { Button, Dialog, Empty, Loading, Seg, count, inText, plural, useTyped } from "../../ui";
import { Facets } from "./Facets";
import { Hit } from "./Hit";
import { PeekAt } from "./PeekAt";

const pageSize = 20;
const filters = ["kind", "domain", "owner", "quality", "tag", "format", "state"] as const;
type Asked = { q: string; limit: number } & { [k in (typeof filters)[number]]: string[] };
const askedOf = (p: URLSearchParams, limit: number): Asked => ({ q: p.get("q") ?? "", limit, ...(Object.fromEntries(filters.map((f) => [f, p.getAll(f)])) as { [k in (typeof filters)[number]]: string[] }) });
const shownKinds = kinds.flatMap((k) => k.types);
const search = (a: Asked) => question(["search", a], (signal) => ask("search", { q: a.q, type: (a.kind.length ? a.kind.flatMap(typesOf) : shownKinds), domain: a.domain, owner: a.owner, quality: a.quality as never, tag: a.tag, format: a.format as never, limit: a.limit, ...(a.state.length ? { state: a.state } : {}) } as never, undefined, { signal }), { staleTime: 3_000 });
const everything = () => question(["search", "facets"], (signal) => ask("search", { q: "", limit: 1 }, undefined, { signal }), { staleTime: 60_000 });

export const loader = ({ request }: LoaderFunctionArgs) => warm(search(askedOf(new URL(request.url).searchParams, pageSize)), everything());

export function Component() {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const [limit, setLimit] = useState(pageSize);
  const q = params.get("q") ?? "";
  const asked = useMemo(() => askedOf(params, limit), [params, limit]);
  const answer = useQuery({ ...search(asked), placeholderData: keepPreviousData });
  const base = useQuery(everything()).data;
  const input = useRef<HTMLInputElement>(null), list = useRef<HTMLDivElement>(null);
  const [sheet, setSheet] = useState(false);
  useTitle(q ? `${q} · Explore` : "Explore");
  useSameAs({ command: `braid search ${q ? sh(q) : "''"}${params.getAll("domain").map((d) => ` --domain ${sh(d)}`).join("")}`, http: { method: "GET", path: `/api/v1/search?${new URLSearchParams({ q })}` } });

  const change = (f: (n: URLSearchParams) => void, push: boolean) => { setLimit(pageSize); setParams((o) => { const n = new URLSearchParams(o); f(n); return n; }, { replace: !push, preventScrollReset: true }); };
  const type = (text: string) => change((n) => { if (text) n.set("q", text); else n.delete("q"); n.delete("sel"); }, false);
  const [typed, setTyped] = useTyped(q, type);
  const toggle = (f: string, v: string) => change((n) => { const all = n.getAll(f); n.delete(f); n.delete("sel"); (all.includes(v) ? all.filter((x) => x !== v) : [...all, v]).forEach((x) => n.append(f, x)); }, true);
  const sort = params.get("sort") ?? "match";
  const results = useMemo(() => order(fold(answer.data?.results ?? []), sort), [answer.data, sort]);
  const selected = params.get("sel") ?? "", at = Math.max(0, results.findIndex((r) => idOf(r) === selected)), current: SearchResult | undefined = results[at];
  const cursor = useRef(-1);   // ahead of the address while keys repeat
  useEffect(() => { cursor.current = selected ? at : -1; }, [selected, at]);
  const select = (to: number) => { const i = Math.max(0, Math.min(results.length - 1, to)), r = results[i]; if (!r) return; cursor.current = i; setParams((o) => { const n = new URLSearchParams(o); n.set("sel", idOf(r)); return n; }, { replace: true, preventScrollReset: true }); requestAnimationFrame(() => list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" })); };
  const standings = useStandings(useMemo(() => results.filter((r) => kindOf(r.type) === "product").map((r) => r.name), [results]));
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      const typing = e.target === input.current;
      if ((inText(e.target) && !typing) || document.querySelector("dialog[open]") || e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === "ArrowDown" || (!typing && e.key === "j")) { e.preventDefault(); select(cursor.current + 1); }
      else if (e.key === "ArrowUp" || (!typing && e.key === "k")) { e.preventDefault(); select(cursor.current - 1); }
      else if (e.key === "Enter" && current && (typing || document.activeElement === document.body || document.activeElement?.id === "main")) { e.preventDefault(); navigate(placeOf(current)); }
      else if (e.key === "Escape" && !typing) input.current?.focus();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  });
  const chosen = filters.flatMap((f) => params.getAll(f).map((v) => [f, v] as const));
  const facets = <Facets base={base} now={answer.data} params={params} onToggle={toggle} />;
  return (
    <div className="explore">
      <h1 className="vh">Explore</h1>
      <aside aria-label="Filters">{facets}</aside>
      <div className="exmain">
        <label className="bigsearch"><Search className="i" /><input ref={input} type="search" data-search value={typed} onChange={(e) => setTyped(e.target.value)} placeholder="Products, topics, fields, owners, tags" aria-label="Search the mesh" autoFocus={!window.matchMedia("(max-width:720px)").matches} autoComplete="off" spellCheck={false} />{answer.data && <span className="sub nowrap" title="Time the node took">{answer.data.took_us < 1000 ? "under 1 ms" : `${Math.round(answer.data.took_us / 1000)} ms`}</span>}<kbd>/</kbd></label>
        <Corrected answer={answer.data} q={q} />
        {answer.data?.indexing && <p className="did" role="status">The node has just started: {count(answer.data.indexing.done)} of {count(answer.data.indexing.of)} subjects of schemas can be found so far.</p>}
        <div className="row exbar"><h2 aria-live="polite">{answer.data ? (results.length === 0 ? "Nothing found" : answer.data.total > (answer.data.results.length) ? `${count(answer.data.total)} results` : plural(results.length, "result")) : " "}</h2>
          <span className="fbar"><Button small icon={<SlidersHorizontal className="i s" />} onClick={() => setSheet(true)}>Filter{chosen.length ? ` ${chosen.length}` : ""}</Button></span>
          {chosen.map(([f, v]) => <button key={f + v} type="button" className="chip acc btnchip" onClick={() => toggle(f, v)} aria-label={`Remove filter ${f} ${v}`}>{f}: <bdi>{v}</bdi> ×</button>)}
          <span className="right"><Seg label="Order" value={sort} onChange={(s) => change((n) => { if (s === "match") n.delete("sort"); else n.set("sort", s); }, false)} options={[{ value: "match", label: "Best match" }, { value: "name", label: "Name" }]} /></span></div>
        {answer.error && <ErrorOf error={answer.error} retry={() => void answer.refetch()} />}
        {!answer.data && !answer.error && <div className="panel"><Loading rows={6} what="Searching." /></div>}
        {results.length > 0 && <div className="panel hits" ref={list} role="list" aria-label="Results">{results.map((r, i) => <Hit key={idOf(r)} result={r} selected={selected ? i === at : i === 0} standing={standings.of.get(r.name)} onSelect={() => select(i)} onOpen={() => navigate(placeOf(r))} />)}</div>}
        {answer.data && results.length === 0 && <div className="panel"><Empty action={chosen.length ? <Button small onClick={() => change((n) => filters.forEach((f) => n.delete(f)), true)}>Search without filters</Button> : undefined}>{q ? <>Nothing is called <b className="b"><bdi>{q}</bdi></b> and nothing close to it is there{chosen.length ? " with these filters" : ""}.</> : chosen.length ? "Nothing passes these filters." : "Nothing is here to be found yet: no topic, no product. What is made appears here at once."}</Empty></div>}
        {answer.data && answer.data.total > answer.data.results.length && <p className="pad2"><Button onClick={() => setLimit(Math.min(500, limit + 60))}>{count(answer.data.total - answer.data.results.length)} more</Button></p>}
      </div>
      <aside className="peek" aria-label="Selected result">{current && <PeekAt key={idOf(current)} result={current} standing={standings.of.get(current.name)} />}</aside>
      <Dialog open={sheet} onClose={() => setSheet(false)} title="Filter" footer={<Button kind="pri" onClick={() => setSheet(false)}>Show {answer.data ? plural(answer.data.total, "result") : "results"}</Button>}>{facets}</Dialog>
    </div>
  );
}
export const idOf = (r: SearchResult) => `${r.type}:${r.qualified_name}`;
// A topic that is only the port of a product in the list says nothing new.
function fold(results: readonly SearchResult[]): SearchResult[] {
  const products = new Set(results.filter((r) => kindOf(r.type) === "product").map((r) => r.name.toLowerCase()));
  return results.filter((r) => kindOf(r.type) !== null && !(kindOf(r.type) === "topic" && products.has(r.name.toLowerCase())));
}
const order = (r: SearchResult[], by: string) => (by === "name" ? [...r].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })) : r);
function Corrected({ answer, q }: { answer: SearchAnswer | undefined; q: string }) {
  const fixed = Object.entries(answer?.corrected ?? {});
  if (!answer || answer.q !== q) return null;
  if (fixed.length) return <p className="did" role="status">Nothing is called {fixed.map(([was], i) => <span key={was}>{i ? " or " : ""}<span className="wav"><bdi>{was}</bdi></span></span>)}. Showing <b className="b">{fixed.map(([, now]) => now).join(" ")}</b> and what is close to it.</p>;
  if (answer.relaxed) return <p className="did" role="status">No result has all of these words. Showing what has some of them.</p>;
  return null;
}
