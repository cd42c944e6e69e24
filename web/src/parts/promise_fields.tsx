// What a product promises otherwise than its tier: freshness, availability, records a second, days of history, share of nulls of fields.
// An empty field is no promise of zero: it goes back to what the tier says. What is measured now stands beside each.
import { useEffect, useState, type ReactNode } from "react";
import { Plus, X } from "lucide-react";
import type { PromiseOf, PromiseSet } from "../api/contract";
import { FieldError } from "../ui";
import { measuredText } from "./promises";

export const noPromises: PromiseSet = { freshness_s: null, availability: null, records_per_second_min: null, history_days: null, null_share_max: {} };
export const promisesOf = (p: { promises?: Partial<PromiseSet> | null }): PromiseSet => ({ ...noPromises, ...(p.promises ?? {}), null_share_max: { ...(p.promises?.null_share_max ?? {}) } });
// What differs, as a merge patch: a member that is taken back is null.
export function promisePatch(from: PromiseSet, to: PromiseSet): { [k: string]: unknown } | null {
  const out: { [k: string]: unknown } = {};
  for (const k of ["freshness_s", "availability", "records_per_second_min", "history_days"] as const) if (from[k] !== to[k]) out[k] = to[k];
  const nulls: { [f: string]: number | null } = {};
  for (const f of new Set([...Object.keys(from.null_share_max), ...Object.keys(to.null_share_max)])) if (from.null_share_max[f] !== to.null_share_max[f]) nulls[f] = to.null_share_max[f] ?? null;
  if (Object.keys(nulls).length) out.null_share_max = nulls;
  return Object.keys(out).length ? out : null;
}
// The same for the command line; q quotes a word for the shell.
export function promiseOptions(p: { [k: string]: unknown } | null, q: (s: string) => string): string {
  if (!p) return "";
  const names: { [k: string]: string } = { freshness_s: "freshness", availability: "availability", records_per_second_min: "min-rate", history_days: "history-days" };
  return Object.entries(p).map(([k, v]) => (k === "null_share_max" ? Object.entries(v as { [f: string]: number | null }).map(([f, s]) => ` --null-share ${q(`${f}=${s ?? "tier"}`)}`).join("") : ` --${names[k] ?? k} ${v ?? "tier"}`)).join("");
}

const shares = new Set(["availability"]);
function Amount({ id, value, share, onChange, placeholder, problem, label, unit, hint, whole }: { id: string; value: number | null; share?: boolean; onChange: (v: number | null) => void; placeholder?: string; problem?: string | null; label: string; unit: string; hint?: ReactNode; whole?: boolean }) {
  const shown = (v: number | null) => (v === null ? "" : String(share ? Number((v * 100).toPrecision(12)) : v));
  const [text, setText] = useState(shown(value));
  const parsed = (t: string): number | null | undefined => { if (t.trim() === "") return null; const n = Number(t.trim().replace(",", ".")); return Number.isFinite(n) && (!whole || Number.isInteger(n)) ? (share ? n / 100 : n) : undefined; };
  useEffect(() => { const p = parsed(text); if (p !== undefined && p !== value) setText(shown(value)); }, [value]);   // eslint-disable-line react-hooks/exhaustive-deps
  const wrong = parsed(text) === undefined ? (whole ? "A whole number, or nothing for what the tier says." : "A number, or nothing for what the tier says.") : problem ?? null;
  return (
    <div className="amount"><label htmlFor={id}>{label}</label>
      <span className="row amountin"><input id={id} className={`in${wrong ? " err" : ""}`} inputMode="decimal" value={text} placeholder={placeholder || "as the tier"} aria-invalid={wrong ? true : undefined} aria-describedby={[wrong ? `${id}-p` : "", hint ? `${id}-h` : ""].filter(Boolean).join(" ") || undefined} onChange={(e) => { setText(e.target.value); const v = parsed(e.target.value); if (v !== undefined) onChange(v); }} /><span className="sub">{unit}</span></span>
      {wrong && <FieldError id={`${id}-p`}>{wrong}</FieldError>}{hint && <span className="hint" id={`${id}-h`}>{hint}</span>}</div>
  );
}
export function PromiseFields({ id, value, onChange, judged = [], fields, problem, hints = {} }: { id: string; value: PromiseSet; onChange: (p: PromiseSet) => void; judged?: readonly PromiseOf[]; fields: readonly string[]; problem: (path: string) => string | null; hints?: { [name: string]: ReactNode } }) {
  const [adding, setAdding] = useState(false);
  const put = (c: Partial<PromiseSet>) => onChange({ ...value, ...c });
  const of = (name: string) => judged.find((p) => p.name === name && !p.field);
  const tier = (name: string) => { const p = of(name)?.promised; return p && p.from !== "product" ? String(shares.has(name) ? Number((p.value * 100).toPrecision(12)) : p.value) : ""; };
  const now = (name: string): ReactNode => { const m = of(name)?.measured; if (!m) return hints[name]; const t = measuredText(m.value, m.unit); return <>Measured: {t.value} {t.unit}</>; };
  const free = fields.filter((f) => !(f in value.null_share_max));
  return (
    <div className="amounts" role="group" aria-label="Promises that differ from the tier">
      <Amount id={`${id}-fresh`} label="A record at least every" unit="seconds" whole value={value.freshness_s} onChange={(freshness_s) => put({ freshness_s })} placeholder={tier("freshness")} hint={now("freshness")} problem={problem("/promises/freshness_s")} />
      <Amount id={`${id}-avail`} label="Can be written and read" unit="% of the time" share value={value.availability} onChange={(availability) => put({ availability })} placeholder={tier("availability")} hint={now("availability")} problem={problem("/promises/availability")} />
      <Amount id={`${id}-rate`} label="At least" unit="records a second" value={value.records_per_second_min} onChange={(records_per_second_min) => put({ records_per_second_min })} placeholder={of("volume")?.promised?.unit === "records/s" ? tier("volume") : ""} hint={now("volume")} problem={problem("/promises/records_per_second_min")} />
      <Amount id={`${id}-history`} label="Records are kept at least" unit="days" whole value={value.history_days} onChange={(history_days) => put({ history_days })} placeholder={tier("history")} hint={now("history")} problem={problem("/promises/history_days")} />
      <div className="nullrows">
        {Object.keys(value.null_share_max).map((f) => <div key={f} className="row wrap nullrow"><Amount id={`${id}-null-${f}`} label={`${f} is missing in at most`} unit="% of records" share value={value.null_share_max[f]!} onChange={(v) => { const next = { ...value.null_share_max }; if (v === null) next[f] = 0; else next[f] = v; put({ null_share_max: next }); }} problem={problem(`/promises/null_share_max/${f.replace(/~/g, "~0").replace(/\//g, "~1")}`)} /><button type="button" className="iconb sm" aria-label={`No promise about ${f}`} title="Take this promise away" onClick={() => { const next = { ...value.null_share_max }; delete next[f]; put({ null_share_max: next }); }}><X className="i s" /></button></div>)}
        {free.length > 0 && (adding ? <label className="field nulladd"><span className="lab">Field that is seldom missing</span><select className="in" value="" autoFocus onChange={(e) => { if (e.target.value) put({ null_share_max: { ...value.null_share_max, [e.target.value]: 0.01 } }); setAdding(false); }}><option value="">choose</option>{free.slice(0, 300).map((f) => <option key={f}>{f}</option>)}</select></label>
          : <button type="button" className="btn sm quiet" onClick={() => setAdding(true)}><Plus className="i s" />Promise about a field</button>)}
      </div>
    </div>
  );
}
