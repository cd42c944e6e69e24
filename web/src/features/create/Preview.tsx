// What the statement would write: rows as they come, what is in them, and the columns. Nothing here is saved.
import { useMemo, useState } from "react";
import { CircleCheck, RotateCw } from "lucide-react";
import type { SqlColumn, SqlStatement, UseCase } from "../../api";
import { ErrorOf } from "../../parts";
import { Bars, Button, Empty, ErrorNote, Live, Loading, Name, Note, Seg, Split, Status, count, listing, number, plural, rate, valueText } from "../../ui";
import type { PreviewState } from "./use_preview";

const isNumber = (c: SqlColumn) => /INT|DOUBLE|DECIMAL/i.test(c.type) && !/ARRAY|MAP|STRUCT/i.test(c.type);
type Way = "rows" | "profile" | "schema";
export function Preview({ statement, preview, paused, onAgain, useCases = [], onUseCase, blank }: { useCases?: readonly UseCase[]; onUseCase?: (u: UseCase) => void; blank?: boolean; statement: SqlStatement | null; preview: PreviewState & { waiting: number }; paused: boolean; onAgain: () => void }) {
  const [way, setWay] = useState<Way>("rows");
  const columns = preview.columns.length ? preview.columns : statement?.columns ?? [];
  const read = useMemo(() => { const sources = (statement?.plan?.steps ?? []).filter((s) => s.inputs.length === 0).map((s) => preview.steps[s.id]?.out); return sources.every((x) => x !== undefined) && sources.length ? Math.max(...(sources as number[])) : null; }, [statement, preview.steps]);
  const live = preview.status === "running" || preview.status === "starting";
  return (
    <div className="pview">
      <div className="row phead2">
        <h2>Preview</h2>
        {live && (paused ? <Status state="paused">Paused</Status> : <Live />)}
        {preview.status !== "idle" && preview.offered && !preview.error && <span className="sub" data-testid="preview-count"><b className="b">{count(preview.total)}</b> {preview.total === 1 ? "row" : "rows"}{read !== null && <> from {count(read)} records</>}{preview.perSecond !== null && preview.total > 0 && <>, {rate(preview.perSecond)}/s</>}{preview.waiting > 0 && <>, {count(preview.waiting)} more while paused</>}</span>}
        {preview.status === "ended" && <><span className="sub">{preview.end === "limit" ? "Enough rows: it stopped." : preview.end === "time" ? "It stopped after 5 minutes." : preview.end === "completed" ? "That is all." : "It stopped."}</span><Button small icon={<RotateCw className="i s" />} onClick={onAgain}>Run again</Button></>}
        <div className="right"><Seg label="Show as" value={way} onChange={setWay} options={[{ value: "rows", label: "Rows" }, { value: "profile", label: "Profile" }, { value: "schema", label: "Schema" }]} /></div>
      </div>
      <div className="pbody">
        {!preview.offered ? <div className="pad"><Note>This node does not offer previews. The statement is checked when you save it.</Note></div>
          : preview.error ? <div className="pad">{"status" in preview.error ? <ErrorOf error={preview.error} retry={onAgain} /> : <ErrorNote failure={preview.error} retry={onAgain} />}</div>
          : preview.status === "idle" && blank && useCases.length > 0 ? <Begin useCases={useCases} onUseCase={onUseCase!} />
          : preview.status === "idle" ? <Empty>{statement && !statement.ok ? "The preview goes on when the statement is right." : statement ? "This statement has no rows to show." : "Write a SELECT, or start from what stands at the left. Its rows appear here before anything is saved."}</Empty>
          : way === "schema" ? <SchemaTable columns={columns} />
          : way === "profile" ? <LocalProfile columns={columns} preview={preview} />
          : preview.rows.length === 0 && preview.nearest ? <Nearest nearest={preview.nearest} statement={statement} />
          : preview.rows.length === 0 ? (preview.status === "starting" || read === null || read === 0 ? <Loading what="Waiting for the first records." /> : <Empty>{plural(read, "record")} read, and none of them comes out. The counts beside the lines say where they stop.</Empty>)
          : <Rows columns={columns} preview={preview} />}
      </div>
      {preview.total > 0 && way === "rows" && <div className="tfoot"><span><CircleCheck className="i s" /> {preview.total > preview.rows.length ? `The newest ${count(preview.rows.length)} of ${plural(preview.total, "row")}` : `All ${plural(preview.total, "row")}`}. Nothing is saved.</span></div>}
    </div>
  );
}
// Nothing is written yet: what others began with, each a statement that runs on this node.
const Begin = ({ useCases, onUseCase }: { useCases: readonly UseCase[]; onUseCase: (u: UseCase) => void }) => (
  <div className="pad begin"><p className="muted">Write a SELECT above, or start from one of these. Its rows appear here before anything is saved.</p>
    <ul>{useCases.slice(0, 6).map((u) => <li key={u.name}><button type="button" onClick={() => onUseCase(u)}><b className="b">{u.title}</b><span className="sub blk">{u.description}</span><span className="sub blk dim">{listing(u.inputs, 3)} to <code>{u.output}</code>, a {u.kind}</span></button></li>)}</ul></div>
);
function Rows({ columns, preview }: { columns: SqlColumn[]; preview: PreviewState }) {
  return (
    <div className="scrollbox grow2" tabIndex={0} role="region" aria-label="Preview rows">
      <table className="sample" aria-label="Preview"><thead><tr><th scope="col" className="num dim">#</th>{columns.map((c) => <th key={c.name} scope="col" className={isNumber(c) ? "num" : undefined} title={c.type}><Name most={28}>{c.name}</Name></th>)}</tr></thead>
        <tbody>{preview.rows.slice(0, 100).map((r) => <tr key={r.n} className={`new-row${r.gone ? " gone" : ""}`}><td className="num dim" title={r.gone ? "The row of this key is gone." : undefined}>{r.n}{r.gone && <span className="vh"> deleted</span>}</td>{columns.map((c, i) => { const v = cell(r, columns, i); return <td key={c.name} className={isNumber(c) ? "num" : undefined} title={typeof v === "object" && v !== null ? JSON.stringify(v).slice(0, 2000) : undefined}>{v === null || v === undefined ? <span className="dim">null</span> : <bdi>{valueText(v, 60)}</bdi>}</td>; })}</tr>)}</tbody>
      </table>
    </div>
  );
}
// Some nodes give the key apart from the row, some within it; columns say which they are.
function cell(r: { row: unknown[]; key: unknown[] | null }, columns: SqlColumn[], i: number): unknown {
  if (r.row.length === columns.length) return r.row[i];
  const keys = columns.filter((c) => c.key);
  const c = columns[i]!;
  return c.key ? r.key?.[keys.indexOf(c)] : r.row[columns.filter((x) => !x.key).indexOf(c)];
}
const SchemaTable = ({ columns }: { columns: SqlColumn[] }) => <div className="scrollx"><table aria-label="Columns of the result"><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Key</th></tr></thead><tbody>{columns.map((c) => <tr key={c.name}><td className="mono b"><Name>{c.name}</Name></td><td className="mono">{c.type}</td><td className="muted">{c.key ? "key" : ""}</td></tr>)}</tbody></table></div>;
function LocalProfile({ columns, preview }: { columns: SqlColumn[]; preview: PreviewState }) {
  const rows = preview.rows;
  if (rows.length === 0) return <Empty>Rows are needed first.</Empty>;
  return (
    <div className="scrollbox grow2" tabIndex={0} role="region" aria-label="Profile of the preview"><table aria-label="Profile of the preview"><thead><tr><th scope="col">Column</th><th scope="col" className="num">Null</th><th scope="col" className="num">Different</th><th scope="col">Values of the newest {count(rows.length)} rows</th></tr></thead>
      <tbody>{columns.map((c, i) => {
        const values = rows.map((r) => cell(r, columns, i)), given = values.filter((v) => v !== null && v !== undefined), texts = given.map((v) => valueText(v, 40));
        const tally = new Map<string, number>();
        for (const t of texts) tally.set(t, (tally.get(t) ?? 0) + 1);
        const top = [...tally].sort((a, b) => b[1] - a[1]);
        const nums = isNumber(c) ? given.map(Number).filter(Number.isFinite) : [];
        const lo = Math.min(...nums), hi = Math.max(...nums);
        const bins = nums.length > 0 && hi > lo ? Array.from({ length: 20 }, (_, k) => ({ label: `${number(lo + ((hi - lo) * k) / 20)} to ${number(lo + ((hi - lo) * (k + 1)) / 20)}`, count: nums.filter((n) => Math.min(19, Math.floor(((n - lo) / (hi - lo)) * 20)) === k).length })) : null;
        return <tr key={c.name} className="tall"><td className="mono b"><Name>{c.name}</Name></td><td className="num">{values.length - given.length}</td><td className="num">{tally.size}</td><td>{bins ? <span className="row"><span className="dim nw">{number(lo)}</span><Bars bars={bins} width={200} height={24} label={`${c.name}: ${number(lo)} to ${number(hi)}`} /><span className="dim nw">{number(hi)}</span></span> : top.length > 0 && top.length <= 4 ? <Split parts={top.map(([label, n]) => ({ label, share: n / given.length }))} label={`${c.name}: ${top.map(([l, n]) => `${l} ${n}`).join(", ")}`} /> : <span className="muted cut">{top.slice(0, 5).map(([l, n]) => `${l} (${n})`).join(", ")}{top.length > 5 ? ", …" : ""}</span>}</td></tr>;
      })}</tbody></table></div>
  );
}
// Nothing passes: what came closest, and which condition stopped it.
interface Near { step: number | null; row: { [column: string]: unknown }; failed: string[] }
function Nearest({ nearest, statement }: { nearest: unknown; statement: SqlStatement | null }) {
  const rows = (Array.isArray(nearest) ? nearest : []) as Near[];
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.row)))].filter((c) => !/^(.*_)?ROW(TIME|PARTITION|OFFSET)$/.test(c)).slice(0, 12);
  const stopped = new Set(rows.flatMap((r) => r.failed).join(" ").toUpperCase().split(/[^\w]+/));
  const of = statement?.plan?.steps.find((x) => x.id === rows[0]?.step);
  return (
    <>
      <p className="pad muted">Nothing passes {of?.kind === "filter" ? "the filter" : "this step"}, so there is nothing to show. These records came closest:</p>
      <div className="scrollbox grow2" tabIndex={0} role="region" aria-label="What came closest"><table className="sample" aria-label="What came closest"><thead><tr>{names.map((c) => <th key={c} scope="col"><Name most={28}>{c}</Name></th>)}<th scope="col">Stopped by</th></tr></thead><tbody>{rows.slice(0, 20).map((r, k) => <tr key={k}>{names.map((c) => <td key={c} className={stopped.has(c) || stopped.has(c.replace(/^[A-Z0-9]+_/, "")) ? "near" : undefined}><bdi>{valueText(r.row[c], 60)}</bdi></td>)}<td className="muted"><bdi>{r.failed.join(" and ")}</bdi></td></tr>)}</tbody></table></div>
    </>
  );
}
