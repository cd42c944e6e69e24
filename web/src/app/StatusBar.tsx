// Bottom bar: connection, rates, node and kind of log, Same as.
import { useEffect, useState } from "react";
import { Code, RotateCw } from "lucide-react";
import { useCurrentSameAs, useLive } from "../api";
import { CopyButton, Live, clock, logWords, rate } from "../ui";

export function StatusBar({ drawer, onDrawer }: { drawer: boolean; onDrawer: () => void }) {
  const { tick, connection, receivedAt } = useLive();
  const same = useCurrentSameAs();
  const node = tick?.node;
  const away = connection.state === "away";
  const derived = tick ? Object.values(tick.queries).reduce((n, q) => n + (q.records_out_per_second ?? 0), 0) : 0;
  return (
    <footer className={`status${away ? " away" : ""}`} aria-label="Status">
      <span role="status" className="nw">{away ? <Away retryAt={connection.retryAt} last={receivedAt} /> : connection.state === "live" && tick ? <Live /> : connection.state === "polling" ? <span title="This node has no live numbers: pages ask again by themselves.">Connected</span> : connection.state === "hidden" ? "Paused" : "Connecting"}</span>
      {node && !away && <span className="wide">{node.records_per_second === null ? "measuring" : <><span className="rt">{rate(node.records_per_second)}</span> records/s in{derived > 0 ? <>, <span className="rt">{rate(derived)}</span> derived</> : null}</>}</span>}
      <span className="sep wide" /><span className="wide">{window.location.host}{node ? `, ${logWords(node.event_log)}` : ""}</span>
      <span className="same"><code title={same.command}>$ {same.command}{same.dry ? " --dry-run" : ""}</code><CopyButton text={same.command} label="Copy the command" /><button type="button" onClick={onDrawer} aria-expanded={drawer} aria-controls="same-as" aria-label="Same as"><Code className="i s" /><span className="wide">Same as</span> <kbd className="wide" aria-hidden="true">`</kbd></button></span>
    </footer>
  );
}
function Away({ retryAt, last }: { retryAt: number | null; last: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => { const t = setInterval(() => setNow(Date.now()), 500); return () => clearInterval(t); }, []);
  const left = retryAt ? Math.max(0, Math.ceil((retryAt - now) / 1000)) : 0;
  return <><RotateCw className="i s" /> Node does not answer. <span aria-hidden="true">{left > 0 ? `Trying again in ${left} s.` : "Trying again now."}</span>{last > 0 && <span className="wide"> What you see is from {clock(last)} UTC.</span>}</>;
}
