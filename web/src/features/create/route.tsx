// /create and /create/:query: write SQL, see what it does to real records before anything is saved, save it.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useNavigation, useParams, useSearchParams, Routes, Route } from "react-router-dom";
import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, FileCode2, Info, PackagePlus, Pause, Play, Plus, TriangleAlert, X } from "lucide-react";
import { productList, queryList, sh, showSameAs, topicProfile, useSameAs, useWho, type SqlStatement, topicByName, topicList } from "../../api";
import { ErrorOf, useAwayReason, useOptional, useTitle } from "../../parts";
import { Plan } from "../../parts/plan";
import { Button, Empty, IconButton, LinkButton, Name, Note, Seg, useKeys } from "../../ui";
import { Editor } from "./Editor";
import type { LineNote, Mounted } from "./codemirror";
import { bare, equals, factsOf, lineHints, nearestOf, placeOf, type Fact } from "./notes";
import { pack, unpack } from "./packed";
import { Divider, Panes, useSize } from "./Panes";
import { Preview } from "./Preview";
import { usePreview } from "./use_preview";
import { queryById, sqlWords, useCaseList, useCheck, useLater } from "./questions";
import { save } from "./save";
import { Saved } from "./Saved";
import { Sources } from "./Sources";
import { previewable, sourceOf, starterOf, statementAt, tokens, used, usedColumns } from "./sql";

export function Component() {
  return <Routes><Route path="/" element={<Studio />} /><Route path=":query" element={<Studio />} /></Routes>;
}
function Studio() {
  const { query } = useParams();
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const who = useWho();
  const away = useAwayReason();
  const own = who?.domains[0] ?? null;
  useTitle(query ?? "Create");

  // The statement: the address is where it lives, the editor is where it changes.
  const packed = search.get("sql");
  const [sql, setSql] = useState("");
  const [cursor, setCursor] = useState(0);
  const wrote = useRef<string | null>(null);
  const typed = useRef(false);              // only what a person changed goes back into the address
  const shown = useRef("");
  const load = useCallback((text: string) => { typed.current = false; shown.current = text; setSql(text); }, []);
  const stored = useQuery({ ...queryById(query ?? ""), enabled: query !== undefined, refetchInterval: false });
  const storedSql = stored.data ? asReplacement(stored.data.statement) : null;
  useEffect(() => {
    if (packed === wrote.current && packed !== null) return;
    wrote.current = packed;
    if (packed === null) { load(query ? storedSql ?? "" : ""); return; }
    let on = true;
    void unpack(packed).then((text) => { if (on && text !== null) load(text); });
    return () => { on = false; };
  }, [packed, query, storedSql, load]);
  const late = useLater(sql, 500);
  const leaving = useRef(false);            // on the way to another page: an address that is put in now would call it off
  leaving.current = useNavigation().state !== "idle";
  useEffect(() => {
    if (!typed.current || late !== shown.current) return;
    let on = true;
    void pack(late).then((p) => {
      if (!on || leaving.current || p === wrote.current || late !== shown.current) return;
      wrote.current = late === "" ? null : p;
      setSearch((old) => { const n = new URLSearchParams(old); if (late === "") n.delete("sql"); else n.set("sql", p); n.delete("of"); return n; }, { replace: true });
    });
    return () => { on = false; };
  }, [late]);   // eslint-disable-line react-hooks/exhaustive-deps

  const words = useOptional(sqlWords()), cases = useOptional(useCaseList()), queries = useOptional({ ...queryList(), refetchInterval: 5_000 });
  const topics = (useQuery({ ...topicList(), refetchInterval: 10_000 }).data ?? []).filter((t) => !t.internal);
  const products = useQuery(productList()).data?.products ?? [];
  // "Query it" of a product or a topic: the editor opens with its records.
  const of = search.get("of"), ofTopic = useOptional({ ...topicByName(of ?? ""), enabled: of !== null });
  const starter = useMemo(() => (of === null || !words.data || (ofTopic.data === undefined && ofTopic.error === null) ? null : starterOf(of, words.data.sources, ofTopic.data?.value_schema?.type ?? null)), [of, words.data, ofTopic.data, ofTopic.error]);
  useEffect(() => { if (starter !== null && packed === null && !query && (shown.current === "" || !typed.current)) load(starter); }, [starter, packed, query, load]);
  const { check, fresh, offered, error: checkError } = useCheck(sql);
  const statement = check ? statementAt(check.statements, cursor) : null;
  const topic = statement?.sink_topic ?? statement?.writes ?? null;
  const list = useMemo(() => tokens(sql), [sql]);
  const sources = useMemo(() => used(list), [list]);
  const marked = useMemo(() => usedColumns(list, sources, words.data), [list, sources, words.data]);

  const from = search.get("from") === "now" ? "latest" as const : "earliest" as const;
  const [paused, setPaused] = useState(false);
  const [again, setAgain] = useState(0);
  const showable = check && statement && fresh && previewable(statement) ? statement.text : null;
  const asked = useRef<string | null>(null);
  // While one types, the preview of the last right statement goes on.
  if (showable !== null) asked.current = showable; else if (!check || !statement || (fresh && !previewable(statement))) asked.current = statement && !statement.ok ? asked.current : null;
  const preview = usePreview(offered ? asked.current : null, from, paused, again);
  useKeys({ " ": () => setPaused(!paused), "ctrl+enter": () => { setPaused(false); setAgain(again + 1); }, "ctrl+s": () => go() });

  const saving = useMutation({ mutationFn: () => save(sql, from) });
  const problems = useMemo(() => (fresh && !saving.data ? check?.statements ?? [] : []).flatMap((s) => (s.error ? [{ from: Math.min(s.error.utf16_begin, sql.length), to: Math.min(Math.max(s.error.utf16_end, s.error.utf16_begin), sql.length), severity: "error" as const, message: s.error.hint ? `${bare(s.error.message)}\n${sentence(s.error.hint)}` : bare(s.error.message) }] : [])), [check, fresh, sql, saving.data]);
  const hints = useMemo(() => (fresh && asked.current ? lineHints(statement, sql, preview.steps) : []), [fresh, statement, sql, preview.steps]);
  const handle = useRef<Mounted | null>(null);
  const notes = useNotes(fresh ? statement : null, sql, preview.steps, words.data, handle);
  // What has just been saved exists, so checking it again complains; that is no news to who saved it.
  const wrong = saving.data ? [] : check?.statements.filter((s) => s.error) ?? [], firstError = wrong[0];

  useEffect(() => saving.reset(), [sql]);   // eslint-disable-line react-hooks/exhaustive-deps
  const replaces = /^\s*create\s+or\s+replace/im.test(sql);
  const only = statement && /^(query|select|push_query|pull_query)$/i.test(statement.kind);
  const why = away || (query && sql === storedSql ? "It runs as it stands here. Change it to replace it." : saving.data ? "It is saved. Change it to save it again." : sql.trim() === "" ? "There is nothing to save yet." : firstError && fresh ? "Line " + firstError.error!.line + " is not right yet." : only ? "A SELECT shows rows; CREATE STREAM name AS keeps them." : "");
  const go = () => { if (!why && !saving.isPending) { showSameAs({ command: `braid sql -f statement.sql${from === "earliest" ? " --from beginning" : ""}`, http: { method: "POST", path: "/ksql", body: { ksql: sql, streamsProperties: { "auto.offset.reset": from } } }, file: sql }); saving.mutate(); } };
  useSameAs({ command: sql ? `braid sql -e ${sh(oneLine(sql))}` : "braid sql", http: sql ? { method: "POST", path: "/api/v1/sql/preview", body: { sql: statement?.text ?? sql, from, limit: 100, seconds: 10 } } : null, file: sql || null });

  const open = (text: string) => { void pack(text).then((p) => navigate(`/create?sql=${p}${from === "latest" ? "&from=now" : ""}`)); };
  const currentCase = cases.data?.find((u) => u.sql.trim() === sql.trim())?.name ?? null;
  const [height, setHeight] = useSize("create.editor", 290, 120, 900);
  const onChange = useCallback((s: string) => { if (s === shown.current) return; typed.current = true; shown.current = s; setSql(s); }, []);
  const facts = statement && !saving.data ? factsOf(statement, words.data, products, preview.steps, own) : [];

  return (
    <>
      <h1 className="vh">{query ? `Query ${query}` : "Create a stream or table"}</h1>
      <Panes
        left={<Sources topics={topics} words={words.data} offered={words.offered} used={sources} marked={marked} onInsert={(t) => handle.current?.insert(t)} useCases={cases.data ?? []} current={currentCase} onUseCase={(u) => open(u.sql)} queries={queries.offered ? queries.data?.filter((q) => q.kind !== "push") : undefined} query={query ?? null} />}
        centre={
          <section className="pane" aria-label="Editor and preview">
            <div className="etabs"><span className="on">{firstError && fresh ? <TriangleAlert className="i s warntx" /> : <FileCode2 className="i s" />}<Name most={40}>{query ?? (topic ? `${topic}.sql` : "statement.sql")}</Name></span><Link to="/create" aria-label="New statement" title="New statement" ><Plus className="i s" /></Link></div>
            {query && <Saved id={query} onGone={() => navigate("/create")} />}
            <div className="edbox" style={{ height }}><Editor sql={sql} words={words.data} problems={problems} hints={hints} notes={notes} onChange={onChange} onCursor={setCursor} onRun={() => { setPaused(false); setAgain(again + 1); }} onSave={go} handle={handle} /></div>
            <Divider across label="Height of the editor" size={height} onSize={setHeight} least={120} most={900} />
            <div className="bar">
              <Button kind="pri" icon={<Play className="i s" />} why={why} busy={saving.isPending} onClick={go} aria-keyshortcuts="Control+S">{replaces ? "Replace and run" : "Save and run"}</Button>
              <Button icon={paused ? <Play className="i s" /> : <Pause className="i s" />} why={preview.status === "idle" ? "Nothing is previewed." : ""} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause preview"}</Button>
              <span className="sub nwcut">{why && sql.trim() !== "" ? why : saving.isSuccess ? "" : sql ? (query && sql === storedSql ? "" : replaces ? "Not saved. The running query goes on." : "Not saved.") : ""}</span>
              <span className="right row"><span className="sub">from</span><Seg label="Read from" value={from} onChange={(v) => setSearch((old) => { const n = new URLSearchParams(old); if (v === "latest") n.set("from", "now"); else n.delete("from"); return n; }, { replace: true })} options={[{ value: "earliest", label: "Start" }, { value: "latest", label: "Now" }]} /></span>
            </div>
            {fresh && wrong.length > 0 && <ul className="errlines" role="status">{wrong.slice(0, 4).map((s) => <li key={s.begin} className="errline"><TriangleAlert className="i s" /><span><button type="button" className="lnk b" onClick={() => handle.current?.show(Math.min(s.error!.utf16_begin, sql.length), Math.min(s.error!.utf16_end, sql.length))}>Line {s.error!.line}</button><b className="b">: <bdi>{bare(s.error!.message)}</bdi></b>{s.error!.hint ? <> <bdi>{sentence(s.error!.hint)}</bdi></> : null}</span></li>)}{wrong.length > 4 && <li className="errline"><span className="muted">{wrong.length - 4} more statements are not right.</span></li>}</ul>}
            {!offered && sql.trim() !== "" && <Note>This node does not check statements while one writes. They are checked when you save.</Note>}
            {checkError && <div className="pad"><ErrorOf error={checkError} /></div>}
            {saving.error && <div className="pad"><ErrorOf error={saving.error} retry={go} /></div>}
            {saving.data && <Done answer={saving.data} topic={saving.data.topic} onClose={() => saving.reset()} />}
            <Preview statement={statement} preview={preview} paused={paused} onAgain={() => setAgain(again + 1)} useCases={cases.data ?? []} onUseCase={(u) => open(u.sql)} blank={sql.trim() === ""} />
          </section>
        }
        right={
          <aside className="pane scroll" aria-label="Plan">
            <h2>Plan, with what flows through it</h2>
            {statement?.plan && statement.plan.steps.length > 0 ? <Plan steps={statement.plan.steps} sink={statement.sink_topic ?? statement.writes} words={words.data} counts={preview.steps} rows={preview.total} perSecond={preview.perSecond} domain={own} /> : <Empty>{statement && !statement.ok ? "There is a plan when the statement is right." : saving.data ? "It is saved and runs. Open the query for its plan and its numbers." : statement && /\bif\s+not\s+exists\b/i.test(statement.text) ? "What it makes exists already, so this statement changes nothing. CREATE OR REPLACE changes it." : "What a statement does is drawn here, step by step, with the share of records that pass."}</Empty>}
            {facts.length > 0 && <><h2>Before you save</h2><ul className="facts">{facts.map((f, i) => <FactRow key={i} fact={f} />)}</ul></>}
          </aside>
        }
      />
    </>
  );
}
const sentence = (t: string) => t.charAt(0).toUpperCase() + t.slice(1) + (/[.!?]$/.test(t) ? "" : ".");
// What runs already can only be changed as a replacement, so that is what one is given to change.
const asReplacement = (statement: string) => `${statement.trim().replace(/;$/, "").replace(/^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(STREAM|TABLE)\s+(?:IF\s+NOT\s+EXISTS\s+)?/i, "CREATE OR REPLACE $1 ")};`;
// For a command line: a comment would swallow the lines behind it.
const oneLine = (sql: string) => { const said = sql.replace(/^\s*--.*$/gm, "").trim(); return said.includes("--") ? said : said.replace(/\s+/g, " "); };
const icons = { ok: CircleCheck, warn: TriangleAlert, bad: TriangleAlert, info: Info };
function FactRow({ fact }: { fact: Fact }) { const Icon = icons[fact.tone]; return <li><span className={`st ${fact.tone}`}><Icon className="i s" /></span><div className="small"><b className="b"><bdi>{fact.title}</bdi></b>{fact.text && <p className="muted"><bdi>{fact.text}</bdi></p>}</div></li>; }
function Done({ answer, topic, onClose }: { answer: { messages: string[]; queries: string[]; warnings: string[] }; topic: string | null; onClose: () => void }) {
  const id = answer.queries[answer.queries.length - 1];
  return (
    <div className="done" role="status"><CircleCheck className="i" /><div className="grow"><b className="b">{id ? `${id} runs.` : answer.messages[0] ?? "Done."}</b>{topic && id ? <> It writes to topic <Name most={40} mono>{topic}</Name>.</> : null}{answer.warnings.map((w, i) => <p key={i} className="muted"><bdi>{w}</bdi></p>)}
      <div className="row wrap note-act">{topic && id && <LinkButton small kind="pri" icon={<PackagePlus className="i s" />} to={`/publish/${encodeURIComponent(topic)}`}>Publish {topic.length > 30 ? "it" : topic}</LinkButton>}{id && <LinkButton small to={`/create/${encodeURIComponent(id)}`}>Open the query</LinkButton>}</div></div>
      <IconButton className="sm" label="Dismiss" onClick={onClose}><X className="i s" /></IconButton></div>
  );
}
// A filter that lets nothing through: if it compares a column with a word that its profile does not know, say so, with the nearest one.
function useNotes(s: SqlStatement | null, sql: string, steps: { [id: number]: { in: number; out: number } }, words: Parameters<typeof sourceOf>[0], handle: React.RefObject<Mounted | null>): LineNote[] {
  const dead = s?.plan?.steps.find((x) => x.kind === "filter" && (steps[x.id]?.in ?? 0) > 20 && steps[x.id]!.out === 0);
  const at = dead ? placeOf(dead, sql) : null;
  const compared = at ? equals(sql, at.from, at.to) : [];
  const reads = used(tokens(s?.text ?? ""));
  const e = compared[0];
  const source = e ? (e.owner ? sourceOf(words, reads.find((u) => u.alias === e.owner!.toUpperCase())?.source ?? "") : reads.map((u) => sourceOf(words, u.source)).find((x) => x?.columns.some((c) => c.name.toUpperCase() === e.column.toUpperCase()))) : undefined;
  const profile = useOptional({ ...topicProfile(source?.topic ?? ""), enabled: source !== undefined } as ReturnType<typeof topicProfile>).data;
  if (!e || !at || !source) return [];
  const field = profile?.fields.find((f) => f.path.toUpperCase() === e.column.toUpperCase());
  const known = field?.top.map((t) => String(t.value)) ?? [];
  if (!field || known.length === 0 || known.includes(e.value)) return [];
  const near = nearestOf(e.value, known);
  const name = source.name.toLowerCase();
  const all = field.distinct !== null && field.distinct.estimate <= known.length + 0.5;
  return [{
    at: e.to, title: `No record of ${name} has ${e.column} '${e.value}'.`,
    text: `The profile of ${name} knows ${all ? `${known.length} values` : `the most frequent`}: ${known.slice(0, 9).join(", ")}${known.length > 9 ? ", …" : ""}.${near && near.toLowerCase() === e.value.toLowerCase() ? " Upper and lower case differ." : ""}`,
    fixes: near ? [{ label: `Use '${near}'`, main: true, apply: () => handle.current?.replace(e.from, e.to, `'${near.replace(/'/g, "''")}'`) }] : [],
  }];
}
