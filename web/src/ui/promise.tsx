// Promise cell: name and state; what is measured; the promise in words; bullet with a tick; past periods. What cannot be measured says so.
import type { ReactNode } from "react";
import { Bullet, Cells, type CellState } from "./chart";
import { Status } from "./chip";

export interface PromiseView { name: string; state: CellState; stateWord?: string; value: ReactNode | null; unit?: string; promised: string; aside?: string; measured: number | null; target: number | null; why: string; cells: { state: CellState; title: string }[] }
export function PromiseCell({ p }: { p: PromiseView }) {
  const broken = p.cells.filter((c) => c.state === "broken").length, known = p.cells.filter((c) => c.state !== "unknown").length;
  return (
    <div className="pm" role="group" aria-label={`${p.name}: ${p.why || p.state}`} title={p.why}>
      <div className="h"><span>{p.name}</span><Status state={p.state === "unknown" ? "unknown" : p.state}>{p.stateWord}</Status></div>
      {p.value === null ? <div className="v na">{p.why && p.why.length < 26 ? p.why : p.stateWord === "Too early" ? "Too early to say" : "Not measured yet"}</div> : <div className="v">{p.value} {p.unit && <small>{p.unit}</small>}</div>}
      <div className="p"><span>{p.promised || "nothing promised"}</span>{p.aside && <span>{p.aside}</span>}{p.value === null && p.why.length >= 26 && <span className="pwhy">{p.why.charAt(0).toUpperCase() + p.why.slice(1)}</span>}</div>
      {p.target !== null ? <Bullet value={p.measured} promised={p.target} state={p.state} /> : <div className="bul none" aria-hidden="true" />}
      {p.cells.length > 0 && <Cells cells={p.cells} label={`Past periods: ${known} measured, ${broken} broken`} />}
    </div>
  );
}
