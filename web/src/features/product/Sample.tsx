// Live sample of decoded records: pause by hover or Space, filter, time travel to the start of history, the whole record on demand.
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { Columns3, Filter, KeyRound, Pause, Play } from "lucide-react";
import { topicActivity, topicByName, useLive } from "../../api";
import type { Record as Rec } from "../../api/schema";
import { ErrorOf, useOptional, type Field, schemaKind } from "../../parts";
import { flat } from "../../parts";
import { Button, FieldError, Live, Loading, Note, Status, clock, count, day, rate, useKeys, useTyped, valueText } from "../../ui";
import { flatten, parseFilter } from "./sample_filter";
import { RecordDialog } from "./RecordDialog";
import { Scrub } from "./Scrub";
import { keyOf, shownRows, useSample } from "./use_sample";

const columnsMost = 9;   // beside time and offset; more on demand
const everything = () => true;

export function Sample({ topic, fields, keyFields }: { topic: string; fields: Field[]; keyFields: string[] }) {
  const [params, setParams] = useSearchParams();
  const from = params.get("from"), filter = params.get("filter") ?? "";
  const set = (key: string, value: string | null, push = false) => setParams((old) => { const next = new URLSearchParams(old); if (value) next.set(key, value); else next.delete(key); return next; }, { replace: !push, preventScrollReset: true });
  const [typed, setTyped] = useTyped(filter, (t) => set("filter", t || null));
  const [pressed, setPressed] = useState(false);
  const [over, setOver] = useState(false);
  const [wide, setWide] = useState(false);
  const [open, setOpen] = useState<Rec | null>(null);
  const paused = pressed || over || open !== null;
  const { tick } = useLive();
  const topicInFull = useQuery(topicByName(topic)).data;
  const long = useOptional(topicActivity(topic, 56, "3h")).data;
  // a topic (or a node) that is young has its past in minutes
  const young = long !== undefined && long.periods.filter((p) => p.records !== null).length < 3;
  const minutes = useOptional({ ...topicActivity(topic, 60, "1m"), enabled: young, refetchInterval: 30_000 }).data;
  const activity = young ? minutes : long;

  const leaves = useMemo(() => flat(fields).filter((f) => f.field.fields.length === 0).map((f) => f.field.path), [fields]);
  const parsed = useMemo(() => { try { return { test: parseFilter(filter, leaves), error: "" }; } catch (e) { return { test: null, error: (e as Error).message }; } }, [filter, leaves]);
  const keep = useMemo(() => (parsed.test ? (r: Rec) => parsed.test!(flatten(r.value), () => JSON.stringify([r.key, r.value]).toLowerCase()) : everything), [parsed]);
  const s = useSample(topic, from, paused, keep);
  const start = () => set("from", "beginning", true), now = () => set("from", null, true);
  useKeys({ " ": () => setPressed(!pressed), home: start, end: now });

  const columns = useMemo(() => {
    if (leaves.length) return leaves;
    const seen = new Set<string>();
    for (const r of s.records) for (const k of Object.keys(flatten(r.value))) seen.add(k);
    return [...seen];
  }, [leaves, s.records]);
  const shown = wide ? columns : columns.slice(0, columnsMost);
  const records = tick?.topics[topic]?.records ?? topicInFull?.records ?? null;
  const bad = s.records.filter((r) => r.value_problem || r.key_problem).length;
  const formats = [...new Set(s.records.map((r) => `${r.value_format === "JSON" ? "JSON" : schemaKind(r.value_format ?? "")}${r.value_schema_id ? `, schema ${r.value_schema_id}` : ""}`))].filter(Boolean);
  const live = from === null;
  return (
    <section className="panel" id="sample" aria-labelledby="sample-h">
      <header>
        <h2 id="sample-h">Live sample</h2>
        {s.error && s.records.length === 0 ? null : live ? (paused ? <Status state="paused">{pressed ? "Paused" : "Held"}{s.waiting > 0 ? `, ${count(s.waiting)} new` : ""}</Status> : <Live />) : <Status state="idle">From {from === "beginning" ? "the start of history" : `${day(from)}, ${clock(from)}`}</Status>}
        {records !== null && <span className="sub">{count(records)} records</span>}
        <div className="right">
          <label className="tfilter"><Filter className="i s" /><input className="in" type="search" data-filter placeholder={leaves[0] ? `Filter, e.g. ${leaves.find((l) => /price|quantity|amount|count|time/i.test(l)) ?? leaves[0]} ${/price|quantity|amount|count|time/i.test(leaves.join()) ? "> 500" : "= …"}` : "Filter"} aria-label="Filter the sample" aria-invalid={parsed.error ? true : undefined} aria-describedby={parsed.error ? "sample-filter-error" : undefined} value={typed} onChange={(e) => setTyped(e.target.value)} /></label>
          {live ? <Button onClick={() => setPressed(!pressed)} aria-pressed={pressed} icon={pressed ? <Play className="i s" /> : <Pause className="i s" />}>{pressed ? "Go on" : "Pause"}</Button> : <Button onClick={now} icon={<Play className="i s" />}>Now</Button>}
        </div>
      </header>
      {parsed.error && <div className="pad"><FieldError id="sample-filter-error">{parsed.error}</FieldError></div>}
      {activity && <Scrub activity={activity} from={from} onStart={start} onNow={now} onTime={(t) => set("from", t, true)} />}
      {s.error && <div className="pad"><ErrorOf error={s.error} /></div>}
      {s.error && s.records.length === 0 ? null : s.loading && !s.error ? <Loading rows={6} what={`Reading ${topic}.`} height={shownRows * 27 + 40} /> : (
        <div className="scrollx samplebox" onPointerEnter={() => setOver(true)} onPointerLeave={() => setOver(false)} tabIndex={0} role="region" aria-label="Records">
          <table className="sample" aria-label={`Records of ${topic}`}>
            <thead><tr><th scope="col">Time, UTC</th><th scope="col" className="num x">Offset</th><th scope="col">{keyFields.length === 0 ? <>Key <KeyRound className="i xs" /></> : "Key"}</th>{shown.map((c) => <th key={c} scope="col" className={typeof flatten(s.records[0]?.value)[c] === "number" ? "num" : undefined}>{c}{keyFields.includes(c) && <KeyRound className="i xs" />}</th>)}</tr></thead>
            <tbody>{s.records.map((r) => { const f = flatten(r.value); return (
              <tr key={keyOf(r)} data-record={keyOf(r)} className="can arr" tabIndex={-1} onClick={() => setOpen(r)}>
                <td><button type="button" className="rowb" onClick={() => setOpen(r)}><span className="vh">Record {keyOf(r)}, </span>{live ? clock(r.timestamp, true) : `${day(r.timestamp)} ${clock(r.timestamp, true)}`}</button></td><td className="num x dim">{r.partition}:{count(r.offset)}</td><td>{r.key_problem ? <span className="badtx" title={r.key_problem}>cannot be decoded</span> : <Value v={r.key} />}</td>
                {r.value_problem ? <td colSpan={shown.length} className="badtx" title={r.value_problem}>Cannot be decoded: {r.value_problem}</td> : r.value === null ? <td colSpan={shown.length} className="dim">deleted: this key has no value from here on</td> : shown.map((c) => <td key={c} className={typeof f[c] === "number" ? "num" : undefined}><Value v={f[c]} /></td>)}
              </tr>); })}</tbody>
          </table>
          {s.records.length === 0 && !s.error && <div className="empty"><p>{parsed.test ? "No record in the sample passes the filter. It goes on looking." : live ? "No record yet. The next one appears here." : "There is no record from there on."}</p>{!live && <Button small onClick={now}>Now</Button>}</div>}
        </div>
      )}
      {bad > 0 && <div className="pad"><Note kind="warn">{bad} of these {s.records.length} records cannot be decoded. They are shown raw; open one for its bytes and the reason.</Note></div>}
      <div className="tfoot">
        <span>{formats.length ? `Decoded as ${formats.join("; ")}.` : ""}{live && s.perSecond > shownRows ? ` Showing ${shownRows} of ${rate(s.perSecond)}/s.` : ""}</span>
        {columns.length > columnsMost && <button type="button" className="btn sm quiet" aria-pressed={wide} onClick={() => setWide(!wide)}><Columns3 className="i s" />{wide ? "Fewer columns" : `All ${columns.length} columns`}</button>}
        <span className="right hide-n">Hover pauses. <kbd>Space</kbd> pause <kbd>Home</kbd> start of history</span>
      </div>
      <RecordDialog record={open} topic={topic} onClose={() => setOpen(null)} />
    </section>
  );
}
const Value = ({ v }: { v: unknown }) => (v === null || v === undefined ? <span className="dim">null</span> : typeof v === "object" ? <span className="dim" title={valueText(v, 400)}>{valueText(v, 60)}</span> : <bdi title={String(v).length > 60 ? valueText(v, 400) : undefined}>{valueText(v, 60)}</bdi>);
