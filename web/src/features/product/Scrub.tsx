// The past of a topic as bars; a click travels there.
import type { Activity } from "../../api/contract";
import { Behind, clock, count, day } from "../../ui";

export function Scrub({ activity, from, onStart, onNow, onTime }: { activity: Activity; from: string | null; onStart: () => void; onNow: () => void; onTime: (t: string) => void }) {
  const p = activity.periods, first = Math.max(0, p.findIndex((x) => x.records !== null)), shown = p.slice(Math.min(first, Math.max(0, p.length - 8))), most = Math.max(1, ...shown.map((x) => x.records ?? 0));
  if (shown.length < 2 || p.every((x) => !x.records)) return null;
  const at = from && from !== "beginning" ? shown.findIndex((x, i) => from >= x.from && (i === shown.length - 1 || from < shown[i + 1]!.from)) : from === "beginning" ? -1 : shown.length - 1;
  const when = (t: string) => (day(t) === day(Date.now()) ? clock(t).slice(0, 5) : `${day(t)}, ${clock(t).slice(0, 5)}`);
  return (
    <Behind className="scrub" label="Records by time" table={() => ({ head: ["From, UTC", "Records"], num: [1], rows: [...shown].reverse().map((x) => [<button key="t" type="button" className="lnk" onClick={() => onTime(x.from)}>{when(x.from)}</button>, x.records === null ? "not measured" : count(x.records)]) })}>
      <div className="scrubbars" role="group" aria-label="Travel in time">{shown.map((x, i) => <button key={x.from} type="button" tabIndex={i === shown.length - 1 || i % 8 === 0 ? 0 : -1} className={`${x.records === null ? "none" : ""}${i === at ? " at" : ""}`} onClick={() => (i === shown.length - 1 ? onNow() : onTime(x.from))} aria-label={`${day(x.from)} ${clock(x.from).slice(0, 5)}: ${x.records === null ? "not measured" : `${count(x.records)} records`}`} title={`${day(x.from)} ${clock(x.from).slice(0, 5)}: ${x.records === null ? "not measured" : `${count(x.records)} records`}`}><i style={{ height: `${x.records === null ? 8 : Math.max(6, (x.records / most) * 100)}%` }} /></button>)}</div>
      <div className="ax"><button type="button" className="lnk" onClick={onStart} aria-current={from === "beginning" ? "true" : undefined}>start of history</button><span>{when(shown[Math.floor(shown.length / 2)]!.from)} UTC</span><button type="button" className="lnk" onClick={onNow} aria-current={from === null ? "true" : undefined}>now</button></div>
    </Behind>
  );
}
