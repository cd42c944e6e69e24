// Somebody was faster: who changed what, with what one was about to write beside it. Nothing of one's own is lost.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { peopleList, type ApiError } from "../api";
import { Button, Name, Note, ago, listing } from "../ui";

const text = (v: unknown) => (v === null || v === undefined || v === "" ? "nothing" : typeof v === "string" ? v : JSON.stringify(v));
export const isConflict = (e: ApiError) => e.status === 409 && e.revision !== null && e.impact === null;
export function Conflict({ error, mine, onTheirs, onMine }: { error: ApiError; mine: { [field: string]: unknown }; onTheirs: () => void; onMine: () => void }) {
  const [both, setBoth] = useState(false);
  const people = useQuery(peopleList()).data ?? [];
  const events = error.changedSince, last = events[events.length - 1];
  const theirs: { [k: string]: unknown } = Object.assign({}, ...events.map((e) => e.after));
  const who = last ? people.find((p) => p.name === last.by)?.full_name || last.by : "";
  const fields = Object.keys(theirs);
  return (
    <Note kind="acc" role="alert" actions={<><Button small kind="pri" onClick={() => setBoth(!both)} aria-expanded={both}>{both ? "Hide" : "Show both"}</Button><Button small onClick={onTheirs}>Take theirs</Button><Button small onClick={onMine}>Keep mine over theirs</Button></>}>
      <p><b className="b">{who ? <><Name most={40}>{who}</Name> changed this {last ? ago(last.at) : ""}{fields.length ? ":" : "."}</> : "It was changed meanwhile."}</b> {fields.length > 0 && <>{listing(fields, 6)}. </>}What you wrote is kept.</p>
      {both && <table className="bothtab" aria-label="Both versions"><thead><tr><th scope="col">Field</th><th scope="col">Theirs</th><th scope="col">Yours</th></tr></thead><tbody>{[...new Set([...fields, ...Object.keys(mine)])].map((f) => <tr key={f}><td className="b">{f}</td><td><bdi>{f in theirs ? text(theirs[f]) : <span className="muted">not changed</span>}</bdi></td><td><bdi>{f in mine ? text(mine[f]) : <span className="muted">not changed</span>}</bdi></td></tr>)}</tbody></table>}
    </Note>
  );
}
