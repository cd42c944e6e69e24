// Facets: what there is in the mesh, counted among the results. Chosen values stay, with a zero when nothing is left.
import { useState } from "react";
import { kindOf, kinds, typesOf } from "../../api";
import type { SearchAnswer } from "../../api/schema";
import { Mark } from "../../parts";
import { Name, count } from "../../ui";

const shownMost = 8;
type Value = { value: string; count: number };
const order = ["kind", "domain", "quality", "format", "tag", "owner", "state"] as const;
const titles = { kind: "Kind", domain: "Domain", quality: "Quality", format: "Format", tag: "Tag", owner: "Owner", state: "State" };
const names: { [v: string]: string } = { authoritative: "Authoritative", curated: "Curated", raw: "Raw", AVRO: "Avro", PROTOBUF: "Protobuf", published: "Published", deprecated: "Deprecated", draft: "Draft" };
export function Facets({ base, now, params, onToggle }: { base: SearchAnswer | undefined; now: SearchAnswer | undefined; params: URLSearchParams; onToggle: (facet: string, value: string) => void }) {
  return <>{order.map((f) => {
    const get = (a: SearchAnswer | undefined): Value[] => (f === "kind" ? byKind(a?.facets.type ?? []) : a?.facets[f] ?? []);
    const current = new Map(get(now).map((v) => [v.value, v.count])), chosen = params.getAll(f);
    const values = [...new Set([...get(base).map((v) => v.value), ...get(now).map((v) => v.value), ...chosen])].filter(Boolean).map((value) => ({ value, count: current.get(value) ?? 0 }));
    if (values.length === 0) return null;
    if (f !== "kind") values.sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
    return <Facet key={f} name={f} title={titles[f]} values={values} chosen={chosen} onToggle={(v) => onToggle(f, v)} />;
  })}</>;
}
function Facet({ name, title, values, chosen, onToggle }: { name: string; title: string; values: Value[]; chosen: string[]; onToggle: (v: string) => void }) {
  const [all, setAll] = useState(false);
  const shown = all ? values.slice(0, 200) : values.slice(0, shownMost);
  return (
    <fieldset className="facet"><legend className="fh">{title}</legend>
      {shown.map((v) => <label key={v.value} className={v.count === 0 && !chosen.includes(v.value) ? "zero" : undefined}><input type="checkbox" checked={chosen.includes(v.value)} onChange={() => onToggle(v.value)} /><span className="fv">{name === "domain" && <Mark domain={v.value} />}<Name most={22}>{name === "kind" ? kinds.find((k) => k.kind === v.value)?.word ?? v.value : names[v.value] ?? (name === "state" ? v.value.charAt(0) + v.value.slice(1).toLowerCase() : v.value)}</Name></span><span className="ct">{count(v.count)}</span></label>)}
      {values.length > shownMost && <button type="button" className="lnk small" onClick={() => setAll(!all)}>{all ? "fewer" : `${values.length - shownMost} more`}</button>}
    </fieldset>
  );
}
function byKind(types: Value[]): Value[] {
  return kinds.map((k) => ({ value: k.kind, count: types.filter((t) => typesOf(k.kind).includes(t.value) && kindOf(t.value) === k.kind).reduce((n, t) => n + t.count, 0) })).filter((k) => k.count > 0);
}
