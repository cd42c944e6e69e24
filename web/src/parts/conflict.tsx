// Somebody was faster: who changed what, with what one was about to write beside it. Nothing of one's own is lost.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { peopleList, type ApiError } from "../api";
import { Button, Name, Note, ago, listing } from "../ui";

const text = (v: unknown) => (v === null || v === undefined || v === "" ? "nothing" : typeof v === "string" ? v : JSON.stringify(v));
const unsaid = new Set(["revision", "changed", "name"]);
export const isConflict = (e: ApiError) => e.status === 409 && e.revision !== null && e.impact === null;
// events: what happened since one looked, oldest first or newest first; each says who, when, and the fields after it.
export function Conflict({ events, mine, onTheirs, onMine }: { events: readonly { by: string; at: string; before?: unknown; after: unknown }[]; mine: { [field: string]: unknown }; onTheirs: () => void; onMine: () => void }) {
  const [both, setBoth] = useState(false);
  const people = useQuery(peopleList()).data ?? [];
  const inOrder = [...events].sort((a, b) => a.at.localeCompare(b.at)), last = inOrder[inOrder.length - 1];
  const theirs: { [k: string]: unknown } = {}, was: { [k: string]: unknown } = {};
  for (const e of inOrder) {
    const after = (e.after ?? {}) as { [k: string]: unknown }, before = (e.before ?? {}) as { [k: string]: unknown };
    for (const k of Object.keys(after)) if (!unsaid.has(k) && JSON.stringify(after[k]) !== JSON.stringify(before[k])) { if (!(k in was)) was[k] = before[k]; theirs[k] = after[k]; }
  }
  const who = [...new Set(inOrder.map((e) => people.find((p) => p.name === e.by)?.full_name || e.by))].filter(Boolean);
  const fields = Object.keys(theirs), own = Object.keys(mine), meet = own.filter((f) => f in theirs);
  const keep = own.length > 0 && meet.length === 0;
  return (
    <Note kind="acc" role="alert" actions={<><Button small kind="pri" onClick={() => setBoth(!both)} aria-expanded={both}>{both ? "Hide" : "Show both"}</Button><Button small onClick={onTheirs}>Take theirs</Button>{own.length > 0 && <Button small onClick={onMine}>{keep ? "Save mine as well" : "Keep mine over theirs"}</Button>}</>}>
      <p><b className="b">{who.length ? <><Name most={60}>{listing(who, 2)}</Name> changed this {last ? ago(last.at) : ""}{fields.length ? ":" : "."}</> : "It was changed meanwhile."}</b> {fields.length > 0 && <>{listing(fields, 6)}. </>}{own.length === 0 ? "You have changed nothing yet." : keep ? "What you wrote is kept; it is about other fields, so both can stand." : "What you wrote is kept."}</p>
      {both && <table className="bothtab" aria-label="Both versions"><thead><tr><th scope="col">Field</th><th scope="col" className="hide-n">Was</th><th scope="col">Theirs</th><th scope="col">Yours</th></tr></thead><tbody>{[...new Set([...fields, ...own])].map((f) => <tr key={f}><td className="b">{f}</td><td className="muted hide-n"><bdi>{f in was ? text(was[f]) : ""}</bdi></td><td><bdi>{f in theirs ? text(theirs[f]) : <span className="muted">not changed</span>}</bdi></td><td><bdi>{f in mine ? text(mine[f]) : <span className="muted">not changed</span>}</bdi></td></tr>)}</tbody></table>}
    </Note>
  );
}
