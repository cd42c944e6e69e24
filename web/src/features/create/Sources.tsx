// The left pane: streams, tables and columns (what the statement uses first), the course's use cases, saved queries.
import { useMemo, useState } from "react";
import { Link } from "react-router-dom";
import { ChevronDown, ChevronRight, Combine, Plus, Search, Sigma, TableProperties } from "lucide-react";
import type { RunningQuery, SqlWords, UseCase } from "../../api";
import { Mark } from "../../parts";
import { Name, Status, count, middle, plural, rate } from "../../ui";
import { written, type Used } from "./sql";

const freshMost = 30;   // topics without a stream that are listed; the rest is found by the filter
type Source = SqlWords["sources"][number];
function Branch({ s, open, onToggle, marked, onInsert, needle }: { s: Source; open: boolean; onToggle: () => void; marked: Set<string>; onInsert: (text: string) => void; needle: string }) {
  const Icon = open ? ChevronDown : ChevronRight;
  const columns = needle && !s.name.toLowerCase().includes(needle) ? s.columns.filter((c) => c.name.toLowerCase().includes(needle)) : s.columns;
  return (
    <>
      <li><button type="button" aria-expanded={open} onClick={onToggle} onDoubleClick={() => onInsert(written(s.name))} title={`${s.name}, ${s.kind} on topic ${s.topic}${s.domain ? `, of ${s.domain}` : ""}`}><Icon className="i xs" /><Mark domain={s.domain} /><b className="b cut"><Name most={26}>{written(s.name)}</Name></b><span className="ty">{s.kind}</span></button></li>
      {open && columns.map((c) => <li key={c.name} className={`fi${marked.has(`${s.name}.${c.name}`) ? " used" : ""}`}><button type="button" title={`Insert ${written(c.name)}`} onClick={() => onInsert(written(c.name))}><span className="cut"><Name most={22}>{written(c.name)}</Name></span><span className="ty" title={c.type}>{middle(c.type, 16)}{c.key ? " key" : ""}</span></button></li>)}
    </>
  );
}
export function Sources({ words, offered, used, marked, onInsert, useCases, current, onUseCase, queries, query, topics }: { topics: readonly { name: string }[]; words: SqlWords | undefined; offered: boolean; used: Used[]; marked: Set<string>; onInsert: (text: string) => void; useCases: UseCase[]; current: string | null; onUseCase: (u: UseCase) => void; queries: RunningQuery[] | undefined; query: string | null }) {
  const [text, setText] = useState("");
  const [toggled, setToggled] = useState<{ [name: string]: boolean }>({});
  const needle = text.trim().toLowerCase();
  const names = useMemo(() => new Set(used.map((u) => u.source)), [used]);
  const fits = (s: Source) => !needle || `${s.name} ${s.topic}`.toLowerCase().includes(needle) || s.columns.some((c) => c.name.toLowerCase().includes(needle));
  const all = (words?.sources ?? []).filter(fits), here = all.filter((s) => names.has(s.name)), other = all.filter((s) => !names.has(s.name));
  // What came by a file or a Kafka client: SQL reads it when a stream is made of it.
  const taken = useMemo(() => new Set((words?.sources ?? []).map((s) => s.topic)), [words]);
  const fresh = words ? topics.filter((t) => !taken.has(t.name) && (!needle || t.name.toLowerCase().includes(needle))) : [];
  const branch = (s: Source, open: boolean) => <Branch key={s.name} s={s} open={toggled[s.name] ?? open} onToggle={() => setToggled({ ...toggled, [s.name]: !(toggled[s.name] ?? open) })} marked={marked} onInsert={onInsert} needle={needle} />;
  const running = queries?.filter((q) => q.state === "running").length ?? 0;
  return (
    <aside className="pane scroll" aria-label="Streams, tables and queries">
      <div className="pfilter"><label className="tfilter"><Search className="i s" /><input className="in" type="search" data-filter placeholder="Streams, tables, columns" aria-label="Find streams, tables, columns" value={text} onChange={(e) => setText(e.target.value)} /></label></div>
      {!offered && <p className="sub ppad">This node does not list its streams and columns.</p>}
      {here.length > 0 && <><h2>Used here</h2><ul className="tree">{here.map((s) => branch(s, true))}</ul></>}
      {other.length > 0 && <><h2>{here.length ? "Also readable" : "Readable"}</h2><ul className="tree">{other.map((s) => branch(s, needle !== "" && !s.name.toLowerCase().includes(needle)))}</ul></>}
      {fresh.length > 0 && <><h2>Topics, not yet a stream</h2><ul className="tree">{fresh.slice(0, freshMost).map((t) => <li key={t.name}><Link to={`/create?of=${encodeURIComponent(t.name)}`} title={`Make a stream of topic ${t.name}`}><Plus className="i xs" /><b className="b cut"><Name most={26}>{t.name}</Name></b><span className="ty">topic</span></Link></li>)}</ul>{fresh.length > freshMost && <p className="sub ppad">{count(fresh.length - freshMost)} more: find them above.</p>}</>}
      {words && all.length === 0 && fresh.length === 0 && <p className="sub ppad">{needle ? `No stream, table or column contains “${text.trim()}”.` : "No topic yet, so nothing to read. A file (braid load file.csv) or any Kafka client makes one."}</p>}
      {useCases.length > 0 && <><h2>Start from</h2><ul className="tree">{useCases.map((u) => <li key={u.name} className={current === u.name ? "used" : undefined}><button type="button" title={u.description} onClick={() => onUseCase(u)}>{u.kind === "table" ? <Sigma className="i s" /> : u.inputs.length > 1 ? <Combine className="i s" /> : <TableProperties className="i s" />}<span className="cut">{u.title}</span><span className="ty">{u.kind}</span></button></li>)}</ul></>}
      <div className="pfoot">
        <h2>Saved queries{queries && queries.length > 0 && <span className="sub right">{running === queries.length ? `${running} running` : `${running} of ${queries.length} running`}</span>}</h2>
        {!queries ? <p className="sub ppad">This node does not list its queries.</p> : queries.length === 0 ? <p className="sub ppad">None yet. What you save runs until it is terminated.</p> : (
          <ul className="tree">{queries.map((q) => <li key={q.id} className={q.id === query ? "used" : undefined}><Link to={`/create/${encodeURIComponent(q.id)}`} title={`${q.id}: ${q.state}, ${plural(q.errors, "error")}`}><Status bare state={q.state === "running" ? (q.errors > 0 ? "warn" : "running") : q.state === "paused" ? "paused" : "failed"}>{q.state}</Status><span className="mono">{middle(q.id, 20)}</span><span className="ty">{q.state === "running" ? (q.records_out_per_second !== null ? `${rate(q.records_out_per_second)}/s` : "") : q.state}</span></Link></li>)}</ul>
        )}
      </div>
    </aside>
  );
}
