// Fields and profile: the schema as a readable tree with what was measured beside each field; its text; the differences of versions.
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { Braces, Calendar, Hash, List, Search, ToggleLeft, Type } from "lucide-react";
import { productProfile, schemaVersions } from "../../api";
import type { FieldProfile } from "../../api/contract";
import { Distribution, distinctText, fieldsOf, flat, nullText, prettySchema, rangeWords, useOptional, type Field } from "../../parts";
import { CodeBlock, Chip, Name, Note, Seg, count, day, plural } from "../../ui";
import { FieldDialog } from "./FieldDialog";
import { SchemaDiffView } from "./SchemaDiffView";
import type { Port } from "./port";

const shownMost = 40;
const icon = (t: string) => (/^(array|repeated)/.test(t) ? List : /record|object|map/.test(t) ? Braces : /bool/.test(t) ? ToggleLeft : /int|long|float|double|decimal|number|fixed/.test(t) ? Hash : /date|time/.test(t) ? Calendar : Type);

export function Fields({ product, port }: { product: string; port: Port }) {
  const [params, setParams] = useSearchParams();
  const [words, setWords] = useState("");
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const profile = useOptional(productProfile(product));
  const versions = useOptional(schemaVersions(port.value_schema?.subject ?? ""));
  const measured = profile.data?.ports.find((p) => p.topic === port.topic) ?? profile.data?.ports[0];
  const schema = port.value_schema;
  const value = useMemo(() => (schema ? fieldsOf(schema.type, schema.schema) : []), [schema]);
  const key = useMemo(() => (port.key_schema ? fieldsOf(port.key_schema.type, port.key_schema.schema) : []), [port.key_schema]);
  const rows = useMemo(() => {
    const byPath = new Map((measured?.fields ?? []).map((f) => [`${f.in}:${f.path}`.toLowerCase(), f]));
    const tree = [...flat(key).map((f) => ({ ...f, in: "key" as const })), ...flat(value).map((f) => ({ ...f, in: "value" as const }))];
    if (tree.length === 0) for (const f of measured?.fields ?? []) tree.push({ depth: 0, in: f.in, field: { name: f.path || `(${f.in})`, path: f.path, type: f.type.toLowerCase(), logical: f.logical, doc: "", optional: f.nulls > 0, fallback: undefined, fields: [] } });
    return tree.map((r) => ({ ...r, profile: byPath.get(`${r.in}:${r.field.path}`.toLowerCase()) }));
  }, [key, value, measured]);
  const view = params.get("schema") ?? "tree", versionCount = versions.data?.versions.length ?? 0;
  const setView = (v: string) => setParams((o) => { const n = new URLSearchParams(o); if (v === "tree") n.delete("schema"); else n.set("schema", v); return n; }, { replace: true, preventScrollReset: true });
  const needle = words.trim().toLowerCase();
  const found = rows.filter((r) => !needle || `${r.field.path} ${r.field.doc} ${r.field.type}`.toLowerCase().includes(needle)), shown = all || needle ? found.slice(0, 1000) : found.slice(0, shownMost);
  const chosen = rows.find((r) => `${r.in}:${r.field.path}` === open);
  const options = [{ value: "tree", label: "Tree" }, ...(schema ? [{ value: "text", label: { AVRO: "Avro", JSON: "JSON Schema", PROTOBUF: "Protobuf" }[schema.type] }] : []), ...(versionCount > 1 ? [{ value: "diff", label: "Versions" }] : [])];
  return (
    <section className="panel" id="fields" aria-labelledby="fields-h">
      <header><h2 id="fields-h">Fields and profile</h2><span className="sub">{plural(rows.length, "field")}{measured?.since ? `, ${count(measured.records)} records since ${day(measured.since)}` : ""}</span>
        <div className="right">{rows.length >= 20 && view === "tree" && <label className="tfilter"><Search className="i s" /><input className="in" type="search" placeholder="Find a field" aria-label="Find a field" value={words} onChange={(e) => setWords(e.target.value)} /></label>}{options.length > 1 && <Seg label="Schema as" value={view} onChange={setView} options={options} />}</div></header>
      {view === "text" && schema ? <div className="pad"><CodeBlock text={prettySchema(schema.schema)} lang={schema.type === "PROTOBUF" ? "text" : "json"} label="Schema" /><p className="sub pad2">Subject <code>{schema.subject}</code>, version {schema.version}, id {schema.id}.</p></div>
        : view === "diff" && versions.data ? <SchemaDiffView versions={versions.data} />
        : rows.length === 0 ? <div className="empty"><p>{schema ? "The schema's text has no fields to show as a tree." : profile.offered ? "No schema is registered, and no record has been seen yet." : "No schema is registered for this topic; its records are shown as they are."}</p></div> : (
          <>
            {measured?.values_hidden && <div className="pad"><Note kind="info">What is in the records is not shown: {measured.values_hidden}.</Note></div>}
            <div className="scrollx fieldbox"><table className="fld" aria-label="Fields"><thead><tr><th scope="col">Field</th><th scope="col" className="hide-n">Type</th><th scope="col">Distribution</th><th scope="col">Range and top values</th><th scope="col" className="num hide-n">Null</th><th scope="col" className="num hide-n">Distinct</th></tr></thead>
              <tbody>{shown.map((r) => <Row key={`${r.in}:${r.field.path}`} field={r.field} depth={r.depth} isKey={r.in === "key"} profile={r.profile} hidden={Boolean(measured?.values_hidden)} offered={profile.offered} onOpen={() => setOpen(`${r.in}:${r.field.path}`)} />)}</tbody></table></div>
            {needle && found.length === 0 && <div className="empty"><p>No field is called “{words}”.</p></div>}
            {(found.length > shown.length || !profile.offered) && <div className="tfoot">{found.length > shown.length && <button type="button" className="btn sm" onClick={() => setAll(true)}>Show all {count(found.length)} fields</button>}{!profile.offered && <span>This node does not measure profiles.</span>}</div>}
          </>
        )}
      {profile.error && profile.offered && !profile.data && <div className="pad"><Note kind="warn">The profile cannot be read: {profile.error.message}</Note></div>}
      <FieldDialog field={chosen?.field ?? null} profile={chosen?.profile} onClose={() => setOpen(null)} />
    </section>
  );
}
function Row({ field: f, depth, isKey, profile, hidden, offered, onOpen }: { field: Field; depth: number; isKey: boolean; profile: FieldProfile | undefined; hidden: boolean; offered: boolean; onOpen: () => void }) {
  const Icon = icon(f.type), [one, two] = profile ? rangeWords(profile) : ["", ""];
  return (
    <tr className={profile ? "can" : undefined} onClick={profile ? onOpen : undefined}>
      <td><div className={`fn d${Math.min(6, depth)}`}><Icon className="tyi" />{profile ? <button type="button" className="rowb" onClick={onOpen}><Name most={34} mono>{f.name}</Name></button> : <Name most={34} mono>{f.name}</Name>}{isKey && <Chip>key</Chip>}{f.optional && <span className="dim tiny">optional</span>}</div>{(f.doc || f.logical) && <div className={`fd d${Math.min(6, depth)}`} title={f.doc}>{f.doc || f.logical}</div>}</td>
      <td className="mono muted hide-n" title={f.logical ?? undefined}>{f.type}</td>
      <td>{profile && hidden ? <span className="dim small">not shown</span> : profile ? <Distribution field={profile} /> : f.fields.length ? null : <span className="dim small">{offered ? "not measured yet" : ""}</span>}</td>
      <td className="rng"><div>{one}</div><div className="muted">{two}</div></td>
      <td className="num hide-n">{profile ? nullText(profile) : ""}</td>
      <td className="num hide-n">{profile ? distinctText(profile) : ""}</td>
    </tr>
  );
}
