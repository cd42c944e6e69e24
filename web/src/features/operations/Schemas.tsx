// Schemas: subjects, their versions, two of them side by side, and whether readers and writers go on working.
import { useMemo, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { schemaDiff, sh, topicList, useSameAs, type SchemaVersions } from "../../api";
import { PageHead, Show, flat, prettySchema, useOptional, useTitle, type Field, schemaKind } from "../../parts";
import { Search } from "lucide-react";
import { Chip, CodeBlock, Empty, Name, Panel, Seg, Status, Table, count, filterFrom, plural, type Column } from "../../ui";
import { Crumb } from "./Crumb";
import { subjects, treeOf, versions } from "./questions";

interface Row { subject: string; topic: string; type: string; version: number | null; id: number | null }
export function Schemas() {
  useTitle("Schemas");
  useSameAs({ command: "braid schemas list", http: { method: "GET", path: "/subjects" } });
  const all = useQuery(subjects()), topics = useQuery(topicList()).data;
  const navigate = useNavigate();
  const known = useMemo(() => new Map((topics ?? []).flatMap((t) => [t.key_schema, t.value_schema].filter((s) => s !== undefined).map((s) => [s.subject, { ...s, topic: t.name }] as const))), [topics]);
  const columns: Column<Row>[] = [
    { key: "subject", title: "Subject", sort: (r) => r.subject, cell: (r) => <Link className="tname" to={`/operations/schemas/${encodeURIComponent(r.subject)}`}><Name most={56}>{r.subject}</Name></Link> },
    { key: "topic", title: "Topic", sort: (r) => r.topic, cell: (r) => (r.topic ? <Link to={`/operations/topics/${encodeURIComponent(r.topic)}`}><Name most={40}>{r.topic}</Name></Link> : <span className="muted">no topic of that name</span>), hideNarrow: true },
    { key: "type", title: "Type", sort: (r) => r.type, cell: (r) => r.type, hideNarrow: true },
    { key: "version", title: "Version", num: true, sort: (r) => r.version, cell: (r) => r.version ?? "" },
    { key: "id", title: "Id", num: true, sort: (r) => r.id, cell: (r) => r.id ?? "", hideNarrow: true },
  ];
  return (
    <>
      <PageHead title="Schemas" facts={all.data && <><b>{plural(all.data.length, "subject")}</b> in the registry.</>} />
      <div className="panel flush"><Show of={all} missing="This node has no registry on this port.">{(list) => <Table rows={list.map((subject): Row => { const k = known.get(subject); return { subject, topic: k?.topic ?? "", type: k ? schemaKind(k.type) : "", version: k?.version ?? null, id: k?.id ?? null }; })} columns={columns} rowKey={(r) => r.subject} label="Schemas" onOpen={(r) => navigate(`/operations/schemas/${encodeURIComponent(r.subject)}`)} initialSort={[{ key: "subject", down: false }]} empty={<Empty>No schema yet. Serializers register theirs at the first record.</Empty>} />}</Show></div>
    </>
  );
}
export function SchemaPage() {
  const subject = useParams().subject ?? "";
  useTitle(subject);
  const q = useQuery(versions(subject));
  const latest = q.data?.versions[q.data.versions.length - 1];
  return (
    <>
      <PageHead crumb={<Crumb of="Schemas" to="/operations/schemas" />} title={<Name most={60}>{subject}</Name>} facts={q.data && latest && <><b>{plural(q.data.versions.length, "version")}</b>, {schemaKind(latest.type)}, id {latest.id}.{q.data.compatibility ? <> New versions must be <b>{q.data.compatibility}</b> compatible.</> : null}</>} />
      <Show of={q} rows={6}>{(v) => (v.versions.length === 0 ? <div className="panel"><Empty>It has no version.</Empty></div> : <Versions all={v} />)}</Show>
    </>
  );
}
interface Line { path: string; depth: number; name: string; left: Field | null; right: Field | null }
export function sideBySide(left: Field[], right: Field[]): Line[] {
  const a = flat(left), b = flat(right), byPath = new Map(a.map((x) => [x.field.path, x.field])), out: Line[] = [];
  for (const { field, depth } of b) out.push({ path: field.path, depth, name: field.name, left: byPath.get(field.path) ?? null, right: field });
  // What is gone stands where it was: after the field that was before it.
  a.forEach(({ field, depth }, i) => { if (b.some((x) => x.field.path === field.path)) return; const before = a[i - 1]?.field.path; const at = before === undefined ? 0 : out.findIndex((l) => l.path === before) + 1; out.splice(at, 0, { path: field.path, depth, name: field.name, left: field, right: null }); });
  return out;
}
const said = (f: Field) => `${f.type}${f.logical ? `, ${f.logical}` : ""}${f.optional ? ", may be null" : ""}${f.fallback !== undefined ? `, default ${JSON.stringify(f.fallback)}` : ""}`;
function Versions({ all }: { all: SchemaVersions }) {
  const [search, setSearch] = useSearchParams();
  const numbers = all.versions.map((v) => v.version), last = numbers[numbers.length - 1]!;
  const to = numbers.includes(Number(search.get("to"))) ? Number(search.get("to")) : last, from = numbers.includes(Number(search.get("from"))) ? Number(search.get("from")) : numbers[numbers.indexOf(to) - 1] ?? to;
  const view = search.get("as") === "text" ? "text" as const : "fields" as const;
  const put = (k: string, v: string) => setSearch((o) => { const n = new URLSearchParams(o); n.set(k, v); return n; }, { replace: true });
  const a = all.versions.find((v) => v.version === from)!, b = all.versions.find((v) => v.version === to)!;
  const diff = useOptional({ ...schemaDiff(all.subject, from, to), enabled: from !== to } as ReturnType<typeof schemaDiff>);
  useSameAs({ command: `braid schemas show ${sh(all.subject)} --version ${to}`, http: { method: "GET", path: from === to ? `/subjects/${encodeURIComponent(all.subject)}/versions/${to}` : `/api/v1/schemas/${encodeURIComponent(all.subject)}/diff?from=${from}&to=${to}` } });
  const rows = sideBySide(treeOf(a), treeOf(b)), changed = rows.filter((r) => !r.left || !r.right || said(r.left) !== said(r.right)).length;
  // Of many fields one is looked for, or only what changed matters.
  const [words, setWords] = useState(""), [onlyChanged, setOnlyChanged] = useState(false);
  const needle = words.trim().toLowerCase(), filtered = view === "fields" && rows.length >= filterFrom;
  const same = (r: Line) => r.left !== null && r.right !== null && said(r.left) === said(r.right);
  const shown = !filtered ? rows : rows.filter((r) => (!onlyChanged || from === to || !same(r)) && (!needle || `${r.path} ${r.right ? said(r.right) : ""} ${r.left ? said(r.left) : ""} ${(r.right ?? r.left)?.doc ?? ""}`.toLowerCase().includes(needle)));
  const why = new Map((diff.data?.differences ?? []).map((d) => [d.path, d]));
  const pick = (label: string, value: number, k: string) => <label className="row"><span className="sub">{label}</span><select className="in w110" value={value} onChange={(e) => put(k, e.target.value)}>{numbers.map((n) => <option key={n} value={n}>Version {n}</option>)}</select></label>;
  return (
    <Panel title={from === to ? `Version ${to}` : `Version ${from} and ${to}`} id="versions" flush sub={from === to ? "there is no other to compare with" : changed === 0 ? "the same fields" : `${plural(changed, "field")} changed`} actions={<>{numbers.length > 1 && <>{pick("from", from, "from")}{pick("to", to, "to")}</>}<Seg label="Show as" value={view} onChange={(v) => put("as", v)} options={[{ value: "fields", label: "Fields" }, { value: "text", label: "Text" }]} /></>}>
      {diff.data && <div className="pad row wrap">{Object.entries(diff.data.compatible).map(([level, ok]) => <Status key={level} state={ok ? "kept" : "broken"}>{level.toLowerCase().replace(/_/g, " ")}{ok ? "" : ": not"}</Status>)}{diff.data.differences.filter((d) => d.breaks !== "nobody").map((d, i) => <Chip key={i} kind="line">breaks {d.breaks === "both" ? "readers and writers" : d.breaks}: {d.path}</Chip>)}</div>}
      {diff.data?.examples?.map((e) => <div className="pad2" key={e.written_with}><p>A record written with version {e.written_with === "from" ? from : to}, which version {e.written_with === "from" ? to : from} does not read as it was written: {e.error}.</p><CodeBlock text={e.record} lang="json" label={`Written with version ${e.written_with === "from" ? from : to}`} /></div>)}
      {filtered && <div className="tbar"><label className="tfilter"><Search className="i s" /><input className="in" type="search" data-filter placeholder="Filter fields" aria-label="Filter fields" value={words} onChange={(e) => setWords(e.target.value)} /></label>{from !== to && <Seg label="Which fields" value={onlyChanged ? "changed" : "all"} onChange={(v) => setOnlyChanged(v === "changed")} options={[{ value: "all", label: `All ${count(rows.length)}` }, { value: "changed", label: `Changed ${count(changed)}` }]} />}<span className="sub right" role="status">{shown.length === rows.length ? plural(rows.length, "field") : `${count(shown.length)} of ${count(rows.length)}`}</span></div>}
      {view === "text" || rows.length === 0 ? <div className="two2 pad"><CodeBlock text={prettySchema(a.schema)} lang="json" label={`Version ${from}`} />{from !== to && <CodeBlock text={prettySchema(b.schema)} lang="json" label={`Version ${to}`} />}</div> : (
        <div className="scrollx"><table className="sdiff" aria-label="Fields side by side"><thead><tr><th scope="col">Field</th>{from !== to && <th scope="col">Version {from}</th>}<th scope="col">Version {to}</th><th scope="col" className="hide-n">{from === to ? "About" : "Means"}</th></tr></thead>
          <tbody>{shown.map((r) => { const kind = !r.left ? "add" : !r.right ? "del" : said(r.left) !== said(r.right) ? "chg" : ""; const d = why.get(r.path); return (
            <tr key={r.path} className={kind}><td className="mono" style={{ paddingLeft: 16 + r.depth * 18 }}><span aria-hidden="true" className="sg">{kind === "add" ? "+" : kind === "del" ? "−" : kind === "chg" ? "±" : ""}</span><Name most={40}>{r.name}</Name>{kind && <span className="vh">{{ add: "added", del: "removed", chg: "changed" }[kind]}</span>}</td>{from !== to && <td className="mono">{r.left ? said(r.left) : ""}</td>}<td className="mono">{r.right ? said(r.right) : ""}</td><td className="hide-n muted">{d ? <>{d.text}{d.breaks !== "nobody" && <> <Status state="broken">breaks {d.breaks === "both" ? "readers and writers" : d.breaks}</Status></>}</> : (r.right ?? r.left)?.doc ?? ""}</td></tr>
          ); })}</tbody></table>{shown.length === 0 && <Empty>{needle ? `No field here contains “${words.trim()}”.` : "No field changed."}</Empty>}</div>
      )}
    </Panel>
  );
}
