// Same as: the last thing done, or about to be done, as command line, HTTP and file; below, on demand, the log of all calls of this visit.
import { useState } from "react";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { curl, useCallLog, useCurrentSameAs, useSession } from "../api";
import { CodeBlock, IconButton, clock } from "../ui";

export function SameAsDrawer({ onClose }: { onClose: () => void }) {
  const same = useCurrentSameAs();
  const { as } = useSession();
  const log = useCallLog();
  const [calls, setCalls] = useState(false);
  const command = same.command + (same.dry ? " --dry-run" : "") + (as && /^braid (products|publish|sql|load|topics|schemas|groups|queries)/.test(same.command) ? ` --as ${as}` : "");
  return (
    <section className="drawer" id="same-as" aria-label="Same as">
      <div>
        <div className="row"><h2>Same as</h2><span className="sub">{same.dry ? "What is about to be done" : "What this page shows or did last"}, without the portal</span><button type="button" className="btn sm quiet right" onClick={() => setCalls(!calls)} aria-expanded={calls}>{calls ? <ChevronDown className="i s" /> : <ChevronUp className="i s" />}{log.length} calls of this visit</button><IconButton label="Close" onClick={onClose}><X className="i" /></IconButton></div>
        <div className="two">
          <div><h3>Command line</h3><CodeBlock text={command} lang="shell" wrap /></div>
          <div><h3>HTTP</h3>{same.http ? <CodeBlock text={curl(same.http, window.location.origin, as)} lang="shell" wrap /> : <p className="sub">This has no call of its own: it is a choice of view.</p>}</div>
          <div><h3>File for Git</h3>{same.file ? <CodeBlock text={same.file} wrap /> : <p className="sub">Nothing to keep: this only reads.</p>}</div>
        </div>
        {calls && (
          <div className="calls" tabIndex={0} role="region" aria-label="Calls of this visit">
            <table aria-label="Calls of this visit"><thead><tr><th scope="col">Time, UTC</th><th scope="col">Call</th><th scope="col">As</th><th scope="col" className="num">Status</th><th scope="col" className="num">ms</th></tr></thead>
              <tbody>{log.map((l) => <tr key={l.id}><td className="mono">{clock(l.at, true)}</td><td className="mono"><b>{l.method}</b> {l.path}</td><td>{l.as ?? ""}</td><td className={`num${l.status !== null && (l.status === 0 || l.status >= 400) ? " badtx" : ""}`}>{l.status === null ? "…" : l.status === 0 ? "no answer" : l.status}</td><td className="num">{l.ms === null ? "" : l.ms.toFixed(0)}</td></tr>)}</tbody></table>
          </div>
        )}
      </div>
    </section>
  );
}
