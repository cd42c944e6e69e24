// The parts of a product that people fill in, for Publish and Manage.
import { useState, type ReactNode } from "react";
import { X } from "lucide-react";
import { FieldError, Name } from "../ui";

export const qualities = [["authoritative", "Authoritative", "The source that others must agree with."], ["curated", "Curated", "Checked and documented, derived from named sources."], ["raw", "Raw", "As it arrives. No promise about content."]] as const;
export const tiers = [["tier-1", "Tier 1", "Others run their business on it."], ["tier-2", "Tier 2", "Others rely on it in working hours."], ["tier-3", "Tier 3", "Use it, but nobody is woken for it."]] as const;
export const wordOfQuality = (q: string) => qualities.find(([v]) => v === q)?.[1] ?? q;
export const wordOfTier = (t: string) => tiers.find(([v]) => v === t)?.[1] ?? t;

export function Choices({ name, legend, value, options, onChange }: { name: string; legend: string; value: string; options: readonly (readonly [string, string, string])[]; onChange: (v: string) => void }) {
  return <fieldset className="choices"><legend className="lab">{legend}</legend><div>{options.map(([v, word, about]) => <label key={v} className="opt"><input type="radio" name={name} checked={value === v} onChange={() => onChange(v)} /><b className="b">{word}</b><p>{about}</p></label>)}</div></fieldset>;
}
export function TextField({ id, label, value, onChange, rows, problem, hint, mono, placeholder, max = 20_000 }: { id: string; label: ReactNode; value: string; onChange: (v: string) => void; rows?: number; problem?: string | null; hint?: ReactNode; mono?: boolean; placeholder?: string; max?: number }) {
  const about = [problem ? `${id}-p` : "", hint ? `${id}-h` : ""].filter(Boolean).join(" ") || undefined;
  const common = { id, className: `in${problem ? " err" : ""}${mono ? " mono" : ""}`, value, placeholder, maxLength: max, dir: "auto" as const, "aria-invalid": problem ? true : undefined, "aria-describedby": about, onChange: (e: { target: { value: string } }) => onChange(e.target.value) };
  return <div className="field"><label htmlFor={id}>{label}</label>{rows ? <textarea {...common} rows={rows} /> : <input {...common} />}{problem && <FieldError id={`${id}-p`}>{problem}</FieldError>}{hint && <span className="hint" id={`${id}-h`}>{hint}</span>}</div>;
}
export function Tags({ value, onChange, proposed = [] }: { value: string[]; onChange: (t: string[]) => void; proposed?: string[] }) {
  const [text, setText] = useState("");
  const add = (t: string) => { const v = t.trim(); if (v && !value.includes(v)) onChange([...value, v]); setText(""); };
  return (
    <div className="field"><label htmlFor="tags">Tags</label>
      <div className="row wrap tagsrow">{value.map((t) => <span key={t} className="chip"><Name most={30}>{t}</Name><button type="button" aria-label={`Remove tag ${t}`} onClick={() => onChange(value.filter((x) => x !== t))}><X className="i xs" /></button></span>)}
        <input id="tags" className="in" value={text} placeholder={value.length ? "another" : "trading, pii"} maxLength={80} onChange={(e) => setText(e.target.value)} onKeyDown={(e) => { if (e.key === "Enter" || e.key === ",") { e.preventDefault(); add(text); } else if (e.key === "Backspace" && text === "") onChange(value.slice(0, -1)); }} onBlur={() => add(text)} /></div>
      {proposed.filter((t) => !value.includes(t)).length > 0 && <span className="row wrap sub">From its sources: {proposed.filter((t) => !value.includes(t)).map((t) => <button key={t} type="button" className="btn sm" onClick={() => add(t)}>Add {t}</button>)}</span>}
    </div>
  );
}
